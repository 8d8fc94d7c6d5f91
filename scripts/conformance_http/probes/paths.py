"""Targets go up as they came."""

from expect import rejected
from registry import HOUSE, MUST, SHOULD, theme
from trial import Trial, check, encoded

probe = theme('paths', 'Paths and queries')

KEPT = [
    ('encoded-slash', '/a%2fb', 'an encoded slash'),
    ('encoded-case', '/%2F%2f%c3%A9', 'the case of percent-encodings'),
    ('unreserved', '/%7Ea%61', 'percent-encodings that need not be'),
    ('double-slash', '//a//b', 'repeated slashes'),
    ('dots', '/a/../b/./c', 'dot segments'),
    ('encoded-dots', '/a/%2e%2e/b', 'encoded dot segments'),
    ('above-root', '/../a', 'a dot segment above the root'),
    ('parameter', '/a;b=c/d;e', 'parameters'),
    ('encoded-nul', '/a%00b', 'an encoded NUL'),
    ('not-encoded', '/a%zz%', 'a percent sign that encodes nothing'),
    ('encoded-question', '/a%3Fb%23c', 'encoded delimiters'),
    ('encoded-newline', '/a%0d%0ab', 'an encoded line end'),
    ('odd', '/a"<>\\^`{|}', 'characters that have no place in a URI'),
]
for _id, _target, _name in KEPT:

    @probe(
        f'paths-{_id}',
        f'A path goes up with {_name} as it came, or not at all',
        level=SHOULD,
        source='RFC 9110 7.7 (of a proxy); LESSONS 29',
        expects='refused, or the same bytes go up',
    )
    def _(trial: Trial, target: str = _target) -> None:
        outcome = trial.outcome(f'GET {target} HTTP/1.1\r\nHost: h\r\n\r\n')
        up = [request.target for request in outcome.forwarded]
        check(up == [target] or (not up and 400 <= outcome.status < 500), f'{target} went up as {up}; {outcome}')


@probe(
    'paths-all-kept',
    'Every odd path that is a URI goes up',
    level=HOUSE,
    source='LESSONS 29',
    expects='the same bytes, each time',
)
def _(trial: Trial) -> None:
    client = trial.client()
    for _, target, _ in KEPT[:-1]:
        client.send(f'GET {target} HTTP/1.1\r\nHost: h\r\n\r\n'.encode())
        answer = client.answer()
        check(answer.body == target.encode(), f'{target} was answered {answer} {answer.body[:80]!r}')


for _id, _query, _name in [
    ('order', '?b=1&a=2&b=3', 'its order and duplicate keys'),
    ('plus', '?a=b+c%20d', 'plus signs'),
    ('empty', '?', 'nothing behind the question mark'),
    ('again', '?a?b=/c/../d', 'further question marks and slashes'),
    ('semicolon', '?a;b=&&=', 'semicolons and empty pairs'),
    ('encoded', '?%41=%zz&%', 'percent signs'),
]:

    @probe(
        f'paths-query-{_id}',
        f'A query goes up with {_name}',
        level=SHOULD,
        source='RFC 9110 7.7 (of a proxy); LESSONS 30',
        expects='the same bytes go up',
    )
    def _(trial: Trial, query: str = _query) -> None:
        target = trial.sent(f'GET /x{query} HTTP/1.1\r\nHost: h\r\n\r\n').target
        check(target == f'/x{query}', f'went up as {target}')


for _id, _bytes, _name in [
    ('fragment', b'/a#b', 'a fragment'),
    ('raw', b'/a\xc3\xa9', 'a byte that is no ASCII'),
    ('control', b'/a\x01b', 'a control character'),
    ('nul', b'/a\0b', 'a NUL'),
]:

    @probe(
        f'paths-refused-{_id}',
        f'A target with {_name} is refused',
        level=SHOULD,
        source='RFC 9112 3, 3.2',
        expects='400, nothing goes up',
    )
    def _(trial: Trial, target: bytes = _bytes) -> None:
        outcome = trial.outcome(encoded('GET ') + target + b' HTTP/1.1\r\nHost: h\r\n\r\n')
        check(rejected(outcome) and outcome.status in (0, 400), str(outcome))


@probe(
    'paths-options-star',
    'OPTIONS * is answered, and if it goes up it goes up as it is',
    level=MUST,
    source='RFC 9112 3.2.4',
    expects='any answer; * or nothing goes up',
)
def _(trial: Trial) -> None:
    outcome = trial.outcome('OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n')
    check(outcome.status and [request.target for request in outcome.forwarded] in ([], ['*']), str(outcome))
