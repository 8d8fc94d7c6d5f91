"""HTTP/1.0 on either side, and the end of connections."""

from expect import same
from registry import HOUSE, MUST, SHOULD, theme
from trial import Trial, check
from upstream import always

probe = theme('versions', 'HTTP/1.0, and the end of connections')

CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n'


@probe(
    'versions-own',
    'A request of HTTP/1.0 goes up in the version of the proxy',
    level=MUST,
    source='RFC 9110 2.5, 7.6; LESSONS 35',
    expects='HTTP/1.1 goes up',
)
def _(trial: Trial) -> None:
    same('the version', trial.sent('GET /x HTTP/1.0\r\nHost: h\r\n\r\n').version, '1.1')


@probe(
    'versions-own-down',
    'An answer of HTTP/1.0 comes down in the version of the proxy',
    level=MUST,
    source='RFC 9110 2.5, 7.6; LESSONS 35',
    expects='HTTP/1.1 comes down',
)
def _(trial: Trial) -> None:
    trial.script(always(b'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok'))
    same('the version', trial.ask('GET /x HTTP/1.1\r\nHost: h\r\n\r\n').version, '1.1')


@probe(
    'versions-answer-to-1-0',
    'A client of HTTP/1.0 is answered in HTTP/1.1',
    level=SHOULD,
    source='RFC 9110 2.5',
    expects='HTTP/1.1 in the status line',
)
def _(trial: Trial) -> None:
    same('the version', trial.ask('GET /x HTTP/1.0\r\nHost: h\r\n\r\n').version, '1.1')


@probe(
    'versions-no-chunks',
    'A client of HTTP/1.0 is sent no chunks',
    level=MUST,
    source='RFC 9112 6.1; LESSONS 35',
    expects='the decoded body, ended by its length or the connection',
)
def _(trial: Trial) -> None:
    trial.script(always(CHUNKED))
    for line in ('', 'Connection: keep-alive\r\n'):
        got = trial.ask(f'GET /x HTTP/1.0\r\nHost: h\r\n{line}\r\n')
        check(not got.has('transfer-encoding') and got.body == b'hello world', f'{got.raw!r} {got.body!r}')
        check(got.framing == 'length' or 'keep-alive' not in got.tokens('connection'), f'{got.raw!r}')


@probe(
    'versions-1-0-ends',
    'A connection of HTTP/1.0 ends after its answer',
    level=MUST,
    source='RFC 9112 9.3',
    expects='the end',
)
def _(trial: Trial) -> None:
    client = trial.client()
    client.send(b'GET /x HTTP/1.0\r\nHost: h\r\n\r\n')
    client.answer()
    same('behind it', client.rest(), b'')


@probe(
    'versions-1-0-kept',
    'A client of HTTP/1.0 that asks for it keeps its connection',
    level=HOUSE,
    source='RFC 9112 9.3, C.2.2; LESSONS 35',
    expects='Connection: keep-alive, twice',
)
def _(trial: Trial) -> None:
    client = trial.client()
    for _ in range(2):
        client.send(b'GET /x HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n')
        same('Connection', client.answer().tokens('connection'), ['keep-alive'])


@probe(
    'versions-close',
    'Connection: close of a client ends its connection after the answer',
    level=MUST,
    source='RFC 9112 9.6',
    expects='one answer, then the end; what followed is not served',
)
def _(trial: Trial) -> None:
    client = trial.client()
    client.send(b'GET /x HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\nGET /after HTTP/1.1\r\nHost: h\r\n\r\n')
    same('the answer', client.answer().body, b'/x')
    same('behind it', client.rest(), b'')
    check(all(request.target != '/after' for request in trial.settled()), 'what followed went up')


@probe(
    'versions-close-said',
    'The last answer says that it is',
    level=SHOULD,
    source='RFC 9112 9.6',
    expects='Connection: close',
)
def _(trial: Trial) -> None:
    check(
        'close' in trial.ask('GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n').tokens('connection'),
        'it does not',
    )


@probe(
    'versions-close-up',
    'Connection: close of a client is not of the connection upstream',
    level=HOUSE,
    source='RFC 9110 7.6.1; LESSONS 19',
    expects='the upstream connection is kept for another client',
)
def _(trial: Trial) -> None:
    for _ in range(3):
        client = trial.client()
        client.send(b'GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
        client.answer()
        client.rest()
    same('connections upstream', len({request.connection for request in trial.upstream.requests}), 1)


@probe(
    'versions-close-of-upstream',
    'Connection: close of the upstream does not end that of the client',
    level=HOUSE,
    source='RFC 9110 7.6.1',
    expects='the next request is answered on the same connection',
)
def _(trial: Trial) -> None:
    trial.script(always(b'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'))
    client = trial.client()
    client.send(b'GET /x HTTP/1.1\r\nHost: h\r\n\r\n')
    check('close' not in client.answer().tokens('connection'), 'it says that it ends')
