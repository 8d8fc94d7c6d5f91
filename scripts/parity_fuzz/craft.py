"""Makes a request of a route: a valid one, one with spoilt parameters, or one that is odd as a request."""

import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from .harmless import harmless
from .message import Request
from .routes import Route
from .values import WRONG, Draw, spoil

JSON = 'application/json'
TYPES = (
    'application/json; charset=utf-8', 'APPLICATION/JSON', 'application/vnd.api+json',
    'application/json;charset=latin-1', ' application/json ', 'text/json', 'text/plain',
    'application/x-www-form-urlencoded', 'application/jsonx', '', 'json', 'multipart/form-data; boundary=x',
)  # fmt: skip
LOCAL = 'http://localhost:4200'
ORIGINS = (None,) * 6 + (LOCAL, LOCAL, LOCAL.upper(), 'https://example.org', 'null')
UNKNOWN = ('foo', 'Limit', 'limits', 'name ', '', 'é', 'order_by', '_schema', 'result', 'a.b', 'x' * 80)
MALFORMED = (
    b'', b' ', b'{', b'{"a": 1,}', b"{'a': 1}", b'{"a" 1}', b'\xef\xbb\xbf{}', b'{"a": "\xff"}', '{}'.encode('utf-16'),
    b'{} {}', b'// x\n{}', b'{"a": 01}', b'{"a": .5}', b'{"a": tru}', b'[' * 60, b'{"a": "\n"}', b'NaN',
    b'{"a": +1}', b'\0',
)  # fmt: skip
EXTRAS = ('foo=1', '', '&', '=', 'a', 'a=b=c', '%zz=1', 'limit', 'é=1', '_=1700000000', 'x=%00', ';')
ENDINGS = ('%20', '%00', ';a=b', '%2F', '%zz', '%ff', '.')
NOT_OBJECTS = (b'[]', b'[{}]', b'null', b'"x"', b'5', b'1.5', b'true', b'""', b'[["a", 1]]')


@dataclass(frozen=True)
class Crafted:
    """A request, and in a word what is special about it."""

    request: Request
    kind: str


def craft(route: Route, draw: Draw) -> Crafted:
    """The next request of a route that can do no harm."""
    while True:
        made = _craft(route, draw)
        if harmless(made.request):
            return made


def _craft(route: Route, draw: Draw) -> Crafted:
    given = _parameters(route, draw)
    path = route.fill([_segment(draw, str(kind(draw))) for kind in route.arguments])
    in_query = route.takes == 'query' and draw.chance(0.5 if route.method == 'POST' else 0.85)
    if draw.chance(0.45):
        return Crafted(_with_origin(_request(route, draw, path, given, in_query), draw), 'valid')
    kind, request = _odd(route, draw, path, given, in_query)
    return Crafted(_with_origin(request, draw), kind)


def _odd(route: Route, draw: Draw, path: str, given: dict[str, Any], in_query: bool) -> tuple[str, Request]:
    choice = draw.random.random()
    if choice < 0.45 and (given or route.arguments):
        if route.arguments and draw.chance(0.4 if given else 1):
            parts = [_segment(draw, _plain(spoil(draw, str(kind(draw))))) for kind in route.arguments]
            return 'spoilt argument', _request(route, draw, route.fill(parts), given, in_query)
        return 'spoilt value', _request(route, draw, path, _spoilt(draw, given), in_query)
    if choice < 0.65 and route.takes:
        return 'other fields', _request(route, draw, path, _other_fields(draw, given), in_query)
    if choice < 0.8:
        return 'odd body', _odd_body(draw, _request(route, draw, path, given, False), given)
    if choice < 0.9:
        return 'other place', _other_place(route, draw, path, given)
    return 'odd path', _odd_path(draw, _request(route, draw, path, given, in_query))


def _parameters(route: Route, draw: Draw) -> dict[str, Any]:
    given: dict[str, Any] = {}
    # Of many parameters a few: with all of them at once nothing is left to be found.
    share = min(0.3, 3 / max(1, len(route.fields)))
    for field in route.fields:
        if field.required or draw.chance(share):
            given |= field.make(draw)
    return given


def _request(route: Route, draw: Draw, path: str, given: dict[str, Any], in_query: bool) -> Request:
    if not given and (not route.takes or draw.chance(0.4)):
        return Request(route.method, path)
    if in_query:
        return Request(route.method, f'{path}?{_query(draw, given)}')
    return Request(route.method, path, (('Content-Type', JSON),), _text(draw, given))


def _text(draw: Draw, value: Any) -> bytes:
    """JSON in one of the ways it is written."""
    match draw.random.randrange(8):
        case 0:
            return json.dumps(value, indent=1).encode()
        case 1:
            return json.dumps(value, separators=(',', ':')).encode()
        case 2:
            return json.dumps(value, ensure_ascii=False).encode(errors='replace')
        case _:
            return json.dumps(value).encode()


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _query(draw: Draw, given: dict[str, Any]) -> str:
    pairs: list[tuple[str, str]] = []
    for name, value in given.items():
        if isinstance(value, list) and draw.chance(0.4):
            pairs += [(name, _plain(each)) for each in value]
        elif isinstance(value, list):
            pairs.append((name, ','.join(map(_plain, value))))
        elif value is not None:
            pairs.append((name, _plain(value)))
    if draw.chance(0.05) and pairs:
        pairs.append((pairs[0][0], _plain(draw.of(WRONG))))
    return urlencode([(name, value.encode(errors='replace')) for name, value in pairs])


def _segment(draw: Draw, text: str) -> str:
    """A path argument as it is written in a path."""
    safe = draw.of(('', '', "!$&'()*+,;=:@"))
    return quote(text.encode(errors='replace'), safe=safe) or '%20'


def _spoilt(draw: Draw, given: dict[str, Any]) -> dict[str, Any]:
    changed = dict(given)
    for name in draw.random.sample(list(given), min(len(given), draw.of((1, 1, 1, 2, 3)))):
        changed[name] = spoil(draw, changed[name])
    return changed


def _other_fields(draw: Draw, given: dict[str, Any]) -> dict[str, Any]:
    changed = dict(given)
    match draw.random.randrange(6):
        case 0 | 1 if changed:
            changed.pop(draw.of(list(changed)))
        case 2 if changed:
            name = draw.of(list(changed))
            changed[draw.of((name.upper(), f'{name}s', f' {name}', name[:-1], f'{name}[]'))] = changed.pop(name)
        case 3:
            return {'data': given}
        case 4:
            changed |= {draw.of(UNKNOWN): draw.of(WRONG) for _ in range(3)}
        case _:
            changed[draw.of(UNKNOWN)] = draw.of(WRONG)
    return dict(draw.random.sample(list(changed.items()), len(changed)))


def _odd_body(draw: Draw, request: Request, given: dict[str, Any]) -> Request:
    body = request.body or b'{}'
    kind: str | None = JSON
    match draw.random.randrange(6):
        case 0 | 1:
            body = draw.of((*MALFORMED, body[: draw.random.randrange(len(body))]))
        case 2:
            body = draw.of(NOT_OBJECTS)
        case 3:
            twice = [json.dumps(name) + ': ' + json.dumps(draw.of(WRONG)) for name in given]
            once = [json.dumps(name) + ': ' + json.dumps(value) for name, value in given.items()]
            body = ('{' + ', '.join(draw.of((twice + once, once + twice))) + '}').encode()
        case 4:
            kind = draw.of(TYPES)
        case _:
            kind = None
    return replace(request, headers=() if kind is None else (('Content-Type', kind),), body=body)


def _other_place(route: Route, draw: Draw, path: str, given: dict[str, Any]) -> Request:
    """Parameters where they are not expected, or in two places at once."""
    query = _query(draw, given or {'limit': 1})
    match draw.random.randrange(4):
        case 0:
            return Request(route.method, f'{path}?{query}')
        case 1:
            return Request(route.method, f'{path}?{query}', (('Content-Type', JSON),), _text(draw, given))
        case 2:
            return Request(route.method, f'{path}?{quote(draw.of(EXTRAS), safe="%&=;")}')
        case _:
            return Request(route.method, path, (('Content-Type', JSON),), b'{}')


def _odd_path(draw: Draw, request: Request) -> Request:
    path, mark, query = request.target.partition('?')
    at = draw.random.randrange(len('/api/1/'), len(path))
    while not path[at].isalpha() or '%' in path[at - 2 : at]:
        at -= 1
    match draw.random.randrange(9):
        case 0 | 1:
            method = 'HEAD' if request.method == 'GET' or draw.chance(0.3) else request.method
            return replace(request, method=method if draw.chance(0.85) else 'OPTIONS')
        case 2:
            path += '/'
        case 3:
            path = f'{path[:at]}%{ord(path[at]):02{draw.of("xX")}}{path[at + 1 :]}'
        case 4:
            path = path[:at] + path[at].swapcase() + path[at + 1 :]
        case 5:
            path = draw.of(('/' + path, path.replace('/api/1/', '/api/1//'), path.replace('/api', '/api/')))
        case 6:
            path += '/zz'
        case 7:
            path += draw.of(ENDINGS)
        case _:
            return replace(request, method='GET') if request.method == 'POST' else replace(request, target=path + '?')
    return replace(request, target=path + mark + query)


def _with_origin(request: Request, draw: Draw) -> Request:
    accept = draw.of(((), (('Accept', '*/*'),), (('Accept', 'text/html'),)))
    origin = draw.of(ORIGINS)
    headers = (*accept, *request.headers, *([] if origin is None else [('Origin', origin)]))
    return replace(request, headers=headers)
