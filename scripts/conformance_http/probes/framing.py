"""Where a request ends: Content-Length and Transfer-Encoding."""

from expect import clean, refused, rejected_or_clean
from registry import HOUSE, MUST, SHOULD, theme
from trial import Trial, check

probe = theme('framing', 'Where a request ends')

SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n'


def post(lines: str, body: str = '', version: str = '1.1') -> str:
    return f'POST /x HTTP/{version}\r\nHost: h\r\n{lines}\r\n\r\n{body}'


INVALID_LENGTHS = [
    ('plus', '+4'),
    ('minus', '-4'),
    ('hex', '0x4'),
    ('space', '4 4'),
    ('empty', ''),
    ('point', '4.0'),
    ('exponent', '4e0'),
    ('overflow', '18446744073709551620'),
    ('list', '4, 5'),
    ('comma', '4,'),
    ('form-feed', '\x0c4'),
]
for _id, _value in INVALID_LENGTHS:

    @probe(
        f'framing-cl-{_id}',
        f'Content-Length {_value!r} is refused',
        level=MUST,
        source='RFC 9112 6.3; LESSONS 8',
        expects='400 or 413, the connection ends, nothing goes up',
    )
    def _(trial: Trial, value: str = _value) -> None:
        refused(trial, post(f'Content-Length: {value}', 'abcd'), 400, 413)


@probe(
    'framing-cl-lines-differ',
    'Two Content-Length lines that differ are refused',
    level=MUST,
    source='RFC 9112 6.3; LESSONS 8',
    expects='400, the connection ends, nothing goes up',
)
def _(trial: Trial) -> None:
    refused(trial, post('Content-Length: 4\r\nContent-Length: 5', 'abcde'))


@probe(
    'framing-cl-repeated',
    'A Content-Length that is said twice goes up at most once',
    level=MUST,
    source='RFC 9112 6.3; RFC 9110 8.6',
    expects='refused, or forwarded with one valid length',
)
def _(trial: Trial) -> None:
    rejected_or_clean(trial, post('Content-Length: 4, 4', 'abcd'), b'abcd')


@probe(
    'framing-cl-lines-same',
    'Two Content-Length lines of the same value go up as at most one',
    level=MUST,
    source='RFC 9112 6.3; RFC 9110 8.6',
    expects='refused, or forwarded with one valid length',
)
def _(trial: Trial) -> None:
    rejected_or_clean(trial, post('Content-Length: 4\r\nContent-Length: 4', 'abcd'), b'abcd')


@probe(
    'framing-cl-repeated-refused',
    'A Content-Length that is said twice is refused',
    level=HOUSE,
    source='LESSONS 8',
    expects='400, the connection ends, nothing goes up',
)
def _(trial: Trial) -> None:
    refused(trial, post('Content-Length: 4, 4', 'abcd'))


@probe(
    'framing-cl-space-before-colon',
    'Whitespace before the colon of Content-Length is refused',
    level=MUST,
    source='RFC 9112 5.1; LESSONS 8',
    expects='400, the connection ends, nothing goes up',
)
def _(trial: Trial) -> None:
    refused(trial, post('Content-Length : 4', 'abcd'))


@probe(
    'framing-cl-one-reading',
    'A Content-Length with leading zeros or whitespace around it is read as its number',
    level=MUST,
    source='RFC 9110 8.6, 5.5',
    expects='the body of four bytes goes up, and an answer comes back',
)
def _(trial: Trial) -> None:
    for value in ('4', '\t4 ', '00004'):
        request = trial.sent(f'POST /x HTTP/1.1\r\nHost: h\r\nContent-Length:{value}\r\n\r\nabcd')
        check(request.body == b'abcd' and not request.faults, f'{value!r}: {request.body!r} {request.faults}')


@probe(
    'framing-none',
    'A request without framing has no body',
    level=MUST,
    source='RFC 9112 6.3',
    expects='what follows it is the next request',
)
def _(trial: Trial) -> None:
    outcome = trial.outcome('POST /x HTTP/1.1\r\nHost: h\r\n\r\n')
    check(outcome.status < 400 or outcome.status == 411, str(outcome))
    for request in outcome.forwarded:
        clean(request)
        check(request.body == b'', str(outcome))


@probe(
    'framing-get-body',
    'A body of a GET goes up with its framing, or the request is refused',
    level=MUST,
    source='RFC 9110 9.3.1; RFC 9112 6',
    expects='refused, or the body arrives as one',
)
def _(trial: Trial) -> None:
    smuggled = SMUGGLED.encode()
    rejected_or_clean(
        trial, f'GET /x HTTP/1.1\r\nHost: h\r\nContent-Length: {len(smuggled)}\r\n\r\n{SMUGGLED}', smuggled
    )


@probe(
    'framing-pipelined',
    'Pipelined requests are answered in their order',
    level=MUST,
    source='RFC 9112 9.3.2',
    expects='five answers, each of its own request',
)
def _(trial: Trial) -> None:
    client = trial.client()
    client.send(
        b'GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello'
        b'GET /3 HTTP/1.1\r\nHost: h\r\n\r\nPOST /4 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n'
        b'0\r\n\r\nGET /5 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'
    )
    bodies = [client.answer().body for _ in range(5)]
    check(bodies == [b'/1', b'/2', b'/3', b'/4', b'/5'], f'answered {bodies}')


@probe(
    'framing-refused-in-turn',
    'A malformed request behind a good one is refused after the good one is answered',
    level=MUST,
    source='RFC 9112 9.3.2, 2.2',
    expects='the good answer, an error, the end',
)
def _(trial: Trial) -> None:
    outcome = trial.outcome(
        'GET /good HTTP/1.1\r\nHost: h\r\n\r\nGET /bad HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n'
    )
    check([answer.status for answer in outcome.answers] == [200, 400] and not outcome.went_on, str(outcome))
    check([request.target for request in outcome.forwarded] == ['/good'], str(outcome))


@probe(
    'framing-bytewise',
    'A request that comes byte by byte is read as one that comes at once',
    level=MUST,
    source='RFC 9112 2.2',
    expects='the decoded body goes up',
)
def _(trial: Trial) -> None:
    client = trial.client()
    request = post('Transfer-Encoding: chunked', '2\r\nab\r\n00A\r\n0123456789\r\n0\r\n\r\n')
    for byte in request.encode():
        client.send(bytes([byte]))
    check(client.answer().status == 200, 'it was not answered 200')
    clean(trial.upstream.requests[0])
    check(trial.upstream.requests[0].body == b'ab0123456789', f'{trial.upstream.requests[0].body!r}')


@probe(
    'framing-keep-alive',
    'A connection is kept for the next request',
    level=SHOULD,
    source='RFC 9112 9.3',
    expects='ten requests are answered on one connection',
)
def _(trial: Trial) -> None:
    client = trial.client()
    for number in range(10):
        client.send(f'GET /{number} HTTP/1.1\r\nHost: h\r\n\r\n'.encode())
        check(client.answer().body == f'/{number}'.encode(), 'another body')
