"""Where an answer ends, and what of a malformed one reaches a client."""

from expect import gateway_error, same
from reader import Ended
from registry import HOUSE, MUST, SHOULD, theme
from trial import Trial, check
from upstream import Incoming, always, once

probe = theme('answers', 'Where an answer ends')

GET = 'GET /x HTTP/1.1\r\nHost: h\r\n\r\n'


@probe(
    'answers-truncated-length',
    'An answer that is shorter than its length does not end in good order',
    level=MUST,
    source='RFC 9112 8; LESSONS 25',
    expects='a gateway error, or a body that is known to be cut',
)
def _(trial: Trial) -> None:
    trial.script(once(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello'))
    cut(trial, GET)


@probe(
    'answers-truncated-chunked',
    'An answer without its last chunk does not end in good order',
    level=MUST,
    source='RFC 9112 8; LESSONS 25',
    expects='a gateway error, or a body that is known to be cut',
)
def _(trial: Trial) -> None:
    trial.script(once(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'))
    cut(trial, GET)


@probe(
    'answers-truncated-http-1-0',
    'A cut answer is one for a client of HTTP/1.0 too',
    level=HOUSE,
    source='LESSONS 25',
    expects='a gateway error, a length that is not reached, or a reset',
)
def _(trial: Trial) -> None:
    trial.script(once(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'))
    cut(trial, 'GET /x HTTP/1.0\r\nHost: h\r\n\r\n')


def cut(trial: Trial, request: str) -> None:
    client = trial.client()
    client.send(request.encode())
    try:
        got = client.answer()
    except Ended:
        return
    check(got.status >= 500 or not got.complete, f'it was answered {got} with the whole body {got.body[:80]!r}')


@probe(
    'answers-until-close',
    'An answer that ends with its connection arrives as a whole',
    level=MUST,
    source='RFC 9112 6.3',
    expects='the body, and an end that is known',
)
def _(trial: Trial) -> None:
    trial.script(once(b'HTTP/1.1 200 OK\r\n\r\nhello'))
    got = trial.ask(GET)
    same('the answer', (got.status, got.body, got.complete), (200, b'hello', True))


@probe(
    'answers-two-framings',
    'An answer with both framings comes down with one, by its chunks',
    level=MUST,
    source='RFC 9112 6.3; LESSONS 26',
    expects='the decoded body, or a gateway error',
)
def _(trial: Trial) -> None:
    trial.script(
        always(b'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n')
    )
    got = trial.ask(GET)
    check(got.status == 502 or got.body == b'hello', f'{got} {got.body!r}')


for _id, _length, _name in [
    ('differ', '3\r\nContent-Length: 5', 'two lengths that differ'),
    ('word', 'abc', 'a word'),
    ('minus', '-5', 'a negative length'),
    ('plus', '+5', 'a sign'),
    ('overflow', '18446744073709551621', 'a number above 64 bits'),
]:

    @probe(
        f'answers-length-{_id}',
        f'An answer whose Content-Length is {_name} is none',
        level=MUST,
        source='RFC 9112 6.3',
        expects='502',
    )
    def _(trial: Trial, length: str = _length) -> None:
        trial.script(once(f'HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\nhello'.encode()))
        gateway_error(trial.ask(GET), 502)


@probe(
    'answers-length-twice',
    'An answer that says its length twice comes down with one valid length',
    level=MUST,
    source='RFC 9112 6.3; RFC 9110 8.6',
    expects='one length, or a gateway error',
)
def _(trial: Trial) -> None:
    trial.script(always(b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello'))
    got = trial.ask(GET)
    check(got.status == 502 or (got.body, got.complete) == (b'hello', True), f'{got} {got.body!r}')


for _id, _head in [
    ('fold', b'HTTP/1.1 200 OK\r\nX-A: b\r\n X-Injected: c\r\nContent-Length: 2\r\n\r\nok'),
    ('space-before-colon', b'HTTP/1.1 200 OK\r\nX-A : b\r\nContent-Length: 2\r\n\r\nok'),
    ('cr', b'HTTP/1.1 200 OK\r\nX-A: b\rX-Injected: c\r\nContent-Length: 2\r\n\r\nok'),
    ('nul', b'HTTP/1.1 200 OK\r\nX-A: b\0c\r\nContent-Length: 2\r\n\r\nok'),
]:

    @probe(
        f'answers-head-{_id}',
        f'An answer with a malformed line ({_id}) is mended or replaced',
        level=MUST,
        source='RFC 9112 5.1, 5.2, 2.2; RFC 9110 5.5',
        expects='502, or a head that is well formed',
    )
    def _(trial: Trial, head: bytes = _head) -> None:
        trial.script(always(head))
        client = trial.client()
        client.send(GET.encode())
        try:
            got = client.answer()
        except Ended:
            return
        check(not got.has('x-injected'), f'{got.raw!r}')
        # Reading it strictly was the test.
        check(got.status in (200, 502), f'{got}')


for _id, _said in [
    ('garbage', b'garbage\r\n\r\n'),
    ('other-protocol', b'SSH-2.0-OpenSSH_9.2\r\n'),
    ('no-status', b'HTTP/1.1 OK\r\n\r\n'),
    ('long-status', b'HTTP/1.1 2000 OK\r\n\r\n'),
    ('http-2', b'HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok'),
]:

    @probe(
        f'answers-no-http-{_id}',
        f'Bytes that are no answer of HTTP/1 ({_id}) do not come down',
        level=SHOULD,
        source='RFC 9110 15.6.3; LESSONS 36',
        expects='502',
    )
    def _(trial: Trial, said: bytes = _said) -> None:
        trial.script(once(said))
        got = trial.ask(GET)
        gateway_error(got, 502)
        check(said[:12] not in got.raw + got.body, f'{got.body!r}')


@probe(
    'answers-chunk-broken',
    'An answer whose chunks are malformed does not end in good order',
    level=MUST,
    source='RFC 9112 7.1, 8',
    expects='a gateway error, or a body that is known to be cut',
)
def _(trial: Trial) -> None:
    trial.script(once(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n0\r\n\r\n'))
    cut(trial, GET)


@probe(
    'answers-chunk-huge',
    'A chunk size above 64 bits in an answer does not end in good order',
    level=MUST,
    source='RFC 9112 7.1',
    expects='a gateway error, or a body that is known to be cut',
)
def _(trial: Trial) -> None:
    trial.script(once(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n'))
    cut(trial, GET)


@probe(
    'answers-head-endless',
    'A head of an answer without an end is cut off',
    level=HOUSE,
    source='LESSONS 31',
    expects='502',
)
def _(trial: Trial) -> None:
    def script(incoming: Incoming) -> None:
        if incoming.request() is not None:
            incoming.send(b'HTTP/1.1 200 OK\r\n')
            for _ in range(50_000):
                if not incoming.send(b'X-A: ' + b'b' * 200 + b'\r\n'):
                    return

    trial.script(script)
    gateway_error(trial.ask(GET), 502)
