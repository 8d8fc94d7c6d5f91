"""Compares two answers to the byte; what may differ is declared here, each rule with its reason."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from .message import Answer

Ease = Callable[[bytes], bytes]
UNKNOWN_FIELD = ['Unknown field.']


@dataclass(frozen=True)
class Rule:
    """A way in which two bodies may differ. Only bodies: status, reason phrase and headers have to be equal anyway."""

    name: str
    routes: tuple[str, ...]
    reason: str
    ease: Ease


def _json(body: bytes) -> Any:
    """The value, if these bytes are exactly how legacy writes it; a rule must not hide a difference in style."""
    value = json.loads(body)
    if json.dumps(value).encode() != body:
        raise ValueError('not in the style of normal answers')
    return value


def _sorted(values: list[Any]) -> list[Any]:
    return sorted(values, key=lambda value: json.dumps(value, sort_keys=True))


def as_set(body: bytes) -> bytes:
    answer = _json(body)
    if isinstance(answer['result'], list):
        answer['result'] = _sorted(answer['result'])
    return json.dumps(answer).encode()


def modules_as_set(body: bytes) -> bytes:
    answer = _json(body)
    answer['result']['active_modules'] = _sorted(answer['result']['active_modules'])
    return json.dumps(answer).encode()


def unknown_fields_as_set(body: bytes) -> bytes:
    answer = json.loads(body)
    errors = json.loads(answer['message'])
    style = json.dumps(answer, separators=(',', ':'), sort_keys=True).encode() + b'\n'
    if style != body or json.dumps(errors) != answer['message']:
        raise ValueError('not in the style of validation errors')
    answer['message'] = json.dumps(_tail_sorted(errors))
    return json.dumps(answer).encode()


def _tail_sorted(errors: Any) -> Any:
    """Unknown fields come last; their run is put in order, at every level."""
    if not isinstance(errors, dict):
        return errors
    pairs = [(name, _tail_sorted(value)) for name, value in errors.items()]
    end = len(pairs)
    while end and pairs[end - 1][1] == UNKNOWN_FIELD:
        end -= 1
    return dict(pairs[:end] + sorted(pairs[end:]))


def without_object_addresses(body: bytes) -> bytes:
    return re.sub(rb' at 0x[0-9a-f]{6,16}>', b' at 0x>', body)


RULES = (
    Rule(
        'set order',
        (
            'GET /assets',
            'GET /assets/ignored',
            'GET /locations/associated',
            'GET /history/events/counterparties',
        ),
        'Legacy makes a list of a Python set: the order hangs on the hash seed of the process.',
        as_set,
    ),
    Rule(
        'module order',
        ('GET /settings',),
        'As long as active_modules was never set, legacy lists a Python set; the order hangs on the hash seed.',
        modules_as_set,
    ),
    Rule(
        'order of unknown fields',
        ('*',),
        'With two unknown fields or more, legacy names them in the order of a Python set.',
        unknown_fields_as_set,
    ),
    Rule(
        'object addresses',
        ('*',),
        'A Python object printed in an error message shows where it lies in memory.',
        without_object_addresses,
    ),
)
ASKED_AGAIN = (
    'Values of "now", such as 14 days back from midnight: a difference counts if both sides differ when asked again.'
)


@dataclass(frozen=True)
class Verdict:
    """`rule` is set if the answers are equal under it; `aspects` says what differs."""

    aspects: tuple[str, ...] = ()
    rule: str | None = None

    @property
    def differs(self) -> bool:
        return bool(self.aspects)


def compare(route: str, direct: Answer, bridge: Answer) -> Verdict:
    ours, theirs = direct.contract(), bridge.contract()
    parts = {
        'status': direct.status != bridge.status,
        'reason phrase': direct.reason != bridge.reason,
        'header names or their order': [name for name, _ in ours] != [name for name, _ in theirs],
        'header values': sorted(ours) != sorted(theirs),
        'body': direct.body != bridge.body,
    }
    aspects = tuple(name for name, differs in parts.items() if differs)
    if aspects == ('body',) and (rule := _rule(route, direct.body, bridge.body)):
        return Verdict(rule=rule)
    return Verdict(aspects)


def _rule(route: str, one: bytes, other: bytes) -> str | None:
    for rule in RULES:
        if any(fnmatchcase(route, pattern) for pattern in rule.routes):
            try:
                one, other = rule.ease(one), rule.ease(other)
            except (ValueError, KeyError, TypeError):
                continue
            if one == other:
                return rule.name
    return None
