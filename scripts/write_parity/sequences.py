"""What is asked: sequences of requests, each of which begins on a fresh copy of the data."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from parity_fuzz.message import Answer, Request

JSON = (('Connection', 'close'), ('Accept', '*/*'), ('Content-Type', 'application/json'))
NOT_SENT = {'host', 'content-length'}  # added when a request is sent
SAVED = re.compile(r'\{\{(\w+)\}\}')


class Malformed(Exception):
    """A file of requests is not as it should be."""


@dataclass(frozen=True)
class Recorded:
    """What was answered when it was recorded; a volatile answer is not repeated by another process."""

    answer: Answer
    volatile: bool


@dataclass(frozen=True)
class Step:
    """One request. `save` names parts of its answer, for `{{name}}` in later ones."""

    number: int
    request: Request
    save: dict[str, str] = field(default_factory=dict)
    recorded: Recorded | None = None

    @property
    def route(self) -> str:
        return f'{self.request.method} {self.request.target.partition("?")[0]}'

    def filled(self, saved: dict[str, Any]) -> Request:
        """The request with what was saved of this side's own answers."""

        def fill(text: str) -> str:
            return SAVED.sub(lambda found: str(saved.get(found[1], found[0])), text)

        body = self.request.body
        text = None if body is None else fill(body.decode(errors='surrogateescape')).encode(errors='surrogateescape')
        return Request(self.request.method, fill(self.request.target), self.request.headers, text)

    def kept(self, answer: Answer) -> dict[str, Any]:
        """What is to be saved of an answer; what is not there is not saved."""
        found = {}
        for name, pointer in self.save.items():
            try:
                value = json.loads(answer.body)
                for part in pointer.strip('/').split('/'):
                    value = value[int(part)] if isinstance(value, list) else value[part]
                found[name] = value
            except (ValueError, KeyError, IndexError, TypeError):
                continue
        return found


@dataclass(frozen=True)
class Sequence:
    name: str
    steps: tuple[Step, ...]

    def touches(self, patterns: list[str]) -> bool:
        return not patterns or any(fnmatchcase(step.route, pattern) for pattern in patterns for step in self.steps)


def recorded(file: Path) -> list[Sequence]:
    """Of a recording, in the order of their numbers; what stands in no sequence is left out."""
    found: dict[int, list[Step]] = {}
    for entry in json.loads(file.read_text())['log']['entries']:
        if entry.get('_sequence') is not None:
            recorded = Recorded(_answer(entry['response']), entry.get('_volatile', False))
            step = Step(entry['_step'], _request(entry['request']), recorded=recorded)
            found.setdefault(entry['_sequence'], []).append(step)
    return [
        Sequence(str(name), tuple(sorted(steps, key=lambda step: step.number)))
        for name, steps in sorted(found.items())
    ]


def _request(recorded: dict[str, Any]) -> Request:
    url = urlsplit(recorded['url'])
    target = f'{url.path}?{url.query}' if url.query else url.path
    headers = [(header['name'], header['value']) for header in recorded['headers']]
    body = recorded['postData']['text'].encode() if 'postData' in recorded else None
    return Request(
        recorded['method'], target, tuple((n, value) for n, value in headers if n.lower() not in NOT_SENT), body
    )


def _answer(recorded: dict[str, Any]) -> Answer:
    headers = tuple((header['name'], header['value']) for header in recorded['headers'])
    return Answer(recorded['status'], recorded['statusText'], headers, recorded['content'].get('text', '').encode())


def written(lines: Iterable[str]) -> list[Sequence]:
    """Of lines of JSON: a request each; a blank line, or {"sequence": "name"}, begins the next sequence."""
    found: list[tuple[str, list[Step]]] = []
    fresh, name = True, ''
    for at, line in enumerate(lines, 1):
        try:
            given = json.loads(line) if line.strip() else {'sequence': ''}
            if 'sequence' in given:
                fresh, name = True, str(given['sequence'])
                continue
            if fresh:
                found.append((name or str(len(found)), []))
                fresh = False
            steps = found[-1][1]
            steps.append(Step(len(steps), _written(given), given.get('save', {})))
        except (ValueError, KeyError, TypeError) as fault:
            raise Malformed(f'line {at}: {fault!r}') from fault
    return [Sequence(name, tuple(steps)) for name, steps in found]


def _written(given: dict[str, Any]) -> Request:
    """`body` is sent as JSON, `text` as it is; neither: no body. `headers` replace the usual ones of their name."""
    body = given['text'] if 'text' in given else json.dumps(given['body']) if 'body' in given else None
    own = given.get('headers', {})
    usual = [(n, value) for n, value in JSON if n.lower() not in {name.lower() for name in own}]
    if body is None:
        usual = [(n, value) for n, value in usual if n != 'Content-Type']
    text = None if body is None else body.encode(errors='surrogateescape')
    return Request(given['method'], given['path'], (*usual, *own.items()), text)
