"""Where a request ends: Transfer-Encoding."""

from expect import clean, refused, rejected
from probes.framing import SMUGGLED, post
from registry import HOUSE, MUST, theme
from trial import Trial, check

probe = theme('codings', 'Transfer-Encoding of requests')


def one_reading(trial: Trial, request: str, body: bytes) -> None:
    """Refused, or forwarded by its chunks alone; in either case the connection ends and nothing is smuggled."""
    outcome = trial.outcome(request)
    check(not any(up.target == '/smuggled' for up in outcome.forwarded), str(outcome))
    check(len(outcome.answers) <= 1, str(outcome))
    if not rejected(outcome):
        check(len(outcome.forwarded) == 1, str(outcome))
        clean(outcome.forwarded[0])
        check(outcome.forwarded[0].body == body, f'upstream got the body {outcome.forwarded[0].body!r}')
        check(not outcome.went_on, f'the connection goes on: {outcome}')


@probe(
    'framing-cl-te',
    'Content-Length before Transfer-Encoding leaves no second request behind',
    level=MUST,
    source='RFC 9112 6.1, 6.3; LESSONS 7',
    expects='refused, or read by its chunks alone; the connection ends',
)
def _(trial: Trial) -> None:
    one_reading(trial, post('Content-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\n' + SMUGGLED), b'')


@probe(
    'framing-te-cl',
    'Transfer-Encoding before Content-Length leaves no second request behind',
    level=MUST,
    source='RFC 9112 6.1, 6.3; LESSONS 7',
    expects='refused, or read by its chunks alone; the connection ends',
)
def _(trial: Trial) -> None:
    one_reading(trial, post('Transfer-Encoding: chunked\r\nContent-Length: 3', '1\r\nx\r\n0\r\n\r\n' + SMUGGLED), b'x')


@probe(
    'framing-both-refused',
    'Two framings in one request are refused, not mended',
    level=HOUSE,
    source='LESSONS 7, CVE-2026-2835',
    expects='400, the connection ends, nothing goes up',
)
def _(trial: Trial) -> None:
    refused(trial, post('Transfer-Encoding: chunked\r\nContent-Length: 4', '5c\r\nGPOST / HTTP/1.1\r\n\r\n'))


@probe(
    'framing-zero-cl-te',
    'Content-Length 0 with Transfer-Encoding is two framings as well',
    level=HOUSE,
    source='LESSONS 7',
    expects='400, the connection ends, nothing goes up',
)
def _(trial: Trial) -> None:
    refused(trial, post('Content-Length: 0\r\nTransfer-Encoding: chunked', '0\r\n\r\n'))


NOT_FINAL = [
    ('identity', 'identity'),
    ('chunked-identity', 'chunked, identity'),
    ('xchunked', 'xchunked'),
    ('chunked-gzip', 'chunked, gzip'),
    ('vt-chunked', '\x0bchunked'),
]


for _id, _value in NOT_FINAL:

    @probe(
        f'framing-te-{_id}',
        f'Transfer-Encoding {_value!r}, which does not end in chunked, is refused',
        level=MUST,
        source='RFC 9112 6.3; LESSONS 8',
        expects='a client error or 501, the connection ends, nothing goes up',
    )
    def _(trial: Trial, value: str = _value) -> None:
        refused(trial, post(f'Transfer-Encoding: {value}', '0\r\n\r\n' + SMUGGLED), 400, 411, 501)


@probe(
    'framing-te-gzip-chunked',
    'A coding before chunked is refused or handed on, never taken for no body',
    level=MUST,
    source='RFC 9112 6.1, 6.3; LESSONS 8',
    expects='refused, or forwarded with both codings',
)
def _(trial: Trial) -> None:
    outcome = trial.outcome(post('Transfer-Encoding: gzip, chunked', '3\r\nabc\r\n0\r\n\r\n'))
    if not rejected(outcome):
        check(len(outcome.forwarded) == 1, str(outcome))
        check(outcome.forwarded[0].tokens('transfer-encoding') == ['gzip', 'chunked'], str(outcome))
        check(outcome.forwarded[0].body == b'abc', str(outcome))


ONLY_CHUNKED = [
    ('gzip', 'gzip, chunked', 'gzip, chunked'),
    ('twice', 'chunked, chunked', 'chunked, chunked'),
    ('lines', 'chunked\r\nTransfer-Encoding: chunked', 'chunked on two lines'),
    ('parameter', 'chunked;q=1', 'chunked;q=1'),
    ('quoted', '"chunked"', '"chunked"'),
    ('comma', 'chunked,', 'chunked and a comma'),
    ('empty', '', 'of nothing'),
]


for _id, _value, _named in ONLY_CHUNKED:

    @probe(
        f'framing-te-only-chunked-{_id}',
        f'Transfer-Encoding {_named} is refused: a WSGI server knows only chunked',
        level=HOUSE,
        source='LESSONS 8',
        expects='a client error or 501, the connection ends, nothing goes up',
    )
    def _(trial: Trial, value: str = _value) -> None:
        refused(trial, post(f'Transfer-Encoding: {value}', '0\r\n\r\n'), 400, 411, 422, 501)


@probe(
    'framing-te-http-1-0',
    'Transfer-Encoding in a request of HTTP/1.0 is taken for a fault',
    level=MUST,
    source='RFC 9112 6.1; LESSONS 8',
    expects='refused, or the connection ends after it',
)
def _(trial: Trial) -> None:
    outcome = trial.outcome(
        post('Connection: keep-alive\r\nTransfer-Encoding: chunked', '3\r\nabc\r\n0\r\n\r\n', '1.0')
    )
    check(rejected(outcome) or not outcome.went_on, str(outcome))
    for request in outcome.forwarded:
        clean(request)


@probe(
    'framing-te-space-before-colon',
    'Whitespace before the colon of Transfer-Encoding is refused',
    level=MUST,
    source='RFC 9112 5.1; LESSONS 8',
    expects='400, the connection ends, nothing goes up',
)
def _(trial: Trial) -> None:
    refused(trial, post('Transfer-Encoding : chunked', '0\r\n\r\n'))
