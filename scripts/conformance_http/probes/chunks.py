"""The chunked coding of requests."""

from expect import clean, rejected
from registry import HOUSE, MUST, SHOULD, theme
from trial import Trial, check

probe = theme('chunks', 'Chunked requests')

HEAD = 'POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n'


def broken(trial: Trial, body: str, *, strictly: bool = False) -> None:
    """A body that breaks the grammar: refused, or (unless strictly) what goes up is well formed all the same."""
    outcome = trial.outcome(HEAD + body, patient=not strictly)
    whole = [request for request in outcome.forwarded if request.complete]
    check(not any('smuggled' in request.target for request in outcome.forwarded), str(outcome))
    check(
        not any(fault for request in outcome.forwarded for fault in request.faults if 'head' not in fault), str(outcome)
    )
    if strictly:
        check(not whole, f'upstream got a whole body: {outcome}')
        check(not outcome.went_on and outcome.status in (0, 400), str(outcome))


@probe(
    'chunks-extension',
    'Chunk extensions that are not known are passed over',
    level=MUST,
    source='RFC 9112 7.1.1',
    expects='the body goes up without a change',
)
def _(trial: Trial) -> None:
    request = trial.sent(HEAD + '2;x="y;z";a\r\nab\r\n3;b=c\r\ncde\r\n0\r\n\r\n')
    clean(request)
    check(request.body == b'abcde', f'{request.body!r}')


@probe(
    'chunks-extension-dropped',
    'Chunk extensions end at the proxy',
    level=HOUSE,
    source='RFC 9112 7.1.1',
    expects='none goes up',
)
def _(trial: Trial) -> None:
    trial.sent(HEAD + '2;x=y\r\nab\r\n0\r\n\r\n')
    raw = bytes(trial.upstream.connections[0].received)
    check(b'x=y' not in raw, f'{raw!r}')


@probe(
    'chunks-size-forms',
    'Chunk sizes in either case and with leading zeros are read',
    level=MUST,
    source='RFC 9112 7.1',
    expects='the body goes up without a change',
)
def _(trial: Trial) -> None:
    request = trial.sent(HEAD + '0000A\r\n0123456789\r\na\r\n0123456789\r\n000\r\n\r\n')
    clean(request)
    check(request.body == b'0123456789' * 2, f'{request.body!r}')


for _id, _name, _body in [
    ('overflow', 'that overflows 64 bits', 'ffffffffffffffff1\r\nabc\r\n0\r\n\r\n'),
    ('wraps', 'that is 3 modulo 2^64', '10000000000000003\r\nabc\r\n0\r\n\r\n'),
]:

    @probe(
        f'chunks-size-{_id}',
        f'A chunk size {_name} is refused',
        level=MUST,
        source='RFC 9112 7.1',
        expects='400 or the end, and no whole body goes up',
    )
    def _(trial: Trial, body: str = _body) -> None:
        outcome = trial.outcome(HEAD + body)
        check(outcome.status in (0, 400, 413) and not outcome.went_on, str(outcome))
        check(not any(request.complete for request in outcome.forwarded), str(outcome))


BROKEN = [
    ('size-word', 'A chunk size that is no number', 'x\r\nabc\r\n0\r\n\r\n'),
    ('size-minus', 'A negative chunk size', '-1\r\n\r\n0\r\n\r\n'),
    ('size-0x', 'A chunk size with 0x before it', '0x3\r\nabc\r\n0\r\n\r\n'),
    ('size-empty', 'An empty chunk size', '\r\nabc\r\n0\r\n\r\n'),
    ('data-long', 'A chunk that is longer than its size', '3\r\nabcd\r\n0\r\n\r\n'),
    ('size-lf', 'A chunk size that ends with a bare LF', '3\nabc\r\n0\r\n\r\n'),
    ('data-lf', 'A chunk that ends with a bare LF', '3\r\nabc\n0\r\n\r\n'),
    ('data-no-end', 'A chunk without an end', '3\r\nabc0\r\n\r\n'),
    ('extension-lf', 'A chunk extension with a bare LF in it', '3;a\nabc\r\n0\r\n\r\n'),
    ('extension-cr', 'A chunk extension with a bare CR in it', '3;a\rb\r\nabc\r\n0\r\n\r\n'),
    ('extension-nul', 'A chunk extension with a NUL in it', '3;a\0b\r\nabc\r\n0\r\n\r\n'),
    ('trailer-lf', 'A trailer that ends with a bare LF', '3\r\nabc\r\n0\r\nT: v\n\r\n'),
]
for _id, _name, _body in BROKEN:

    @probe(
        f'chunks-{_id}',
        f'{_name} never goes up as it came',
        level=MUST,
        source='RFC 9112 7.1; LESSONS 8',
        expects='refused, or forwarded in chunks that are well formed',
    )
    def _(trial: Trial, body: str = _body) -> None:
        broken(trial, body)

    @probe(
        f'chunks-{_id}-refused',
        f'{_name} is refused',
        level=HOUSE if 'lf' in _id else SHOULD,
        source='RFC 9112 2.2, 7.1; LESSONS 8',
        expects='400 or the end, and no whole body goes up',
    )
    def _(trial: Trial, body: str = _body) -> None:
        broken(trial, body, strictly=True)


@probe(
    'chunks-terminator-smuggle',
    'A request hidden behind a bare LF in a chunk size is not one',
    level=MUST,
    source='RFC 9112 7.1 (TERM.EXT and EXT.TERM of 2025)',
    expects='no second request goes up',
)
def _(trial: Trial) -> None:
    hidden = 'GET /smuggled HTTP/1.1\r\nHost: h\r\nX: '
    outcome = trial.outcome(f'{HEAD}2;\nxx\r\n{len(hidden) + 7:x}\r\n0\r\n\r\n{hidden}\r\n0\r\n\r\n')
    check(not any(request.target == '/smuggled' for request in outcome.forwarded), str(outcome))


@probe(
    'chunks-unfinished',
    'A chunked body that never ends never goes up as a whole one',
    level=MUST,
    source='RFC 9112 8; LESSONS 17',
    expects='the upstream sees no end of the body',
)
def _(trial: Trial) -> None:
    client = trial.client()
    client.send((HEAD + '5\r\nhello\r\n').encode())
    client.end_sending()
    client.rest()
    for request in trial.ended():
        check(not request.complete, f'upstream got the whole of {request}')


@probe(
    'chunks-trailers',
    'Trailers of a request are never taken for its header',
    level=MUST,
    source='RFC 9110 6.5.1; LESSONS 28, CVE-2023-41419',
    expects='no trailer in the header that goes up',
)
def _(trial: Trial) -> None:
    request = trial.sent(
        'POST /x HTTP/1.1\r\nHost: h\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n'
        '5\r\nhello\r\n0\r\nX-Sum: 1\r\nContent-Length: 99\r\nHost: evil\r\n\r\n'
    )
    clean(request)
    check(request.body == b'hello' and not request.has('x-sum'), f'{request.raw!r}')


@probe(
    'chunks-trailers-dropped',
    'Trailers of a request and their announcement end at the proxy',
    level=HOUSE,
    source='LESSONS 28',
    expects='neither goes up',
)
def _(trial: Trial) -> None:
    request = trial.sent(
        'POST /x HTTP/1.1\r\nHost: h\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n'
        '5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n'
    )
    check(not request.trailers and not request.has('trailer'), f'{request.raw!r} {request.trailers}')


@probe(
    'chunks-rest-is-a-request',
    'What follows the last chunk is judged as the next request',
    level=MUST,
    source='RFC 9112 6.3, 2.2',
    expects='an error for it, and it does not go up',
)
def _(trial: Trial) -> None:
    outcome = trial.outcome(HEAD + '0\r\n\r\nGARBAGE\r\n\r\n')
    check(len(outcome.forwarded) == 1 and not outcome.went_on, str(outcome))
    check([answer.status for answer in outcome.answers] in ([200, 400], [200]) or rejected(outcome), str(outcome))
