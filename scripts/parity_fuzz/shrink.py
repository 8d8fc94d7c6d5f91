"""Makes a request that shows a difference small: takes away what is not needed for it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from .harmless import harmless
from .message import Request

TRIES = 60


def shrink(request: Request, differs: Callable[[Request], bool]) -> Request:
    """The smallest request found that still differs."""
    tries = 0
    again = True
    while again and tries < TRIES:
        again = False
        for smaller in _smaller(request):
            tries += 1
            if harmless(smaller) and differs(smaller):
                request, again = smaller, True
                break
            if tries >= TRIES:
                break
    return request


def _smaller(request: Request) -> Iterator[Request]:
    if request.body is not None:
        bodiless = tuple(pair for pair in request.headers if pair[0].lower() != 'content-type')
        yield replace(request, headers=bodiless, body=None)
    for name, _ in request.headers:
        if name.lower() != 'content-type' or request.body is None:
            yield replace(request, headers=tuple(pair for pair in request.headers if pair[0] != name))
    path, _, query = request.target.partition('?')
    if query:
        pairs = query.split('&')
        for at in range(len(pairs)):
            rest = '&'.join(pairs[:at] + pairs[at + 1 :])
            yield replace(request, target=f'{path}?{rest}' if rest else path)
    for body in _smaller_bodies(request.body):
        yield replace(request, body=body)


def _smaller_bodies(body: bytes | None) -> Iterator[bytes]:
    try:
        value = json.loads(body or b'')
    except (ValueError, RecursionError):
        return
    if isinstance(value, dict):
        plain = json.dumps(value).encode()
        if body is not None and len(plain) < len(body):
            yield plain
        for smaller in _without_one(value):
            yield json.dumps(smaller).encode()


def _without_one(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, entry in value.items():
        yield {known: kept for known, kept in value.items() if known != name}
        if isinstance(entry, list) and len(entry) > 1:
            for at in range(min(len(entry), 8)):
                yield value | {name: entry[:at] + entry[at + 1 :]}
