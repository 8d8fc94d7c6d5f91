"""How much a client may send."""

from expect import same
from probes.upgrades import ASKED, granting
from registry import HOUSE, MUST, SHOULD, theme
from trial import Trial, check

probe = theme('limits', 'Limits of size')


def line(length: int) -> str:
    """A request line of so many bytes, its line end not counted."""
    return f'GET /{"x" * (length - len("GET / HTTP/1.1"))} HTTP/1.1'


def headers(count: int, length: int) -> str:
    lines = ''.join(f'X-{number}: {"y" * length}\r\n' for number in range(count))
    return f'GET /x HTTP/1.1\r\nHost: h\r\n{lines}\r\n'


@probe('limits-line-8000', 'A request line of 8000 bytes goes up', level=SHOULD, source='RFC 9112 3', expects='200')
def _(trial: Trial) -> None:
    same('the status', trial.ask(f'{line(8000)}\r\nHost: h\r\n\r\n').status, 200)


@probe(
    'limits-line-100000',
    'A request line of 100 000 bytes is answered 414',
    level=MUST,
    source='RFC 9112 3; LESSONS 31',
    expects='414, nothing goes up',
)
def _(trial: Trial) -> None:
    outcome = trial.outcome(f'{line(100_000)}\r\nHost: h\r\n\r\n')
    check(outcome.status == 414 and not outcome.forwarded, str(outcome))


@probe(
    'limits-line-9000',
    'A request line above the 8192 bytes of gevent is answered 414',
    level=HOUSE,
    source='LESSONS 31',
    expects='414 though the head does not end, nothing goes up',
)
def _(trial: Trial) -> None:
    client = trial.client()
    client.send(line(9000).encode())
    same('the status', client.answer().status, 414)


@probe(
    'limits-head-large',
    'A head that is larger than the proxy takes is answered with a client error',
    level=MUST,
    source='RFC 9110 5.4',
    expects='a client error, nothing goes up',
)
def _(trial: Trial) -> None:
    outcome = trial.outcome(headers(50, 60_000))
    check(400 <= outcome.status < 500 and not outcome.forwarded, str(outcome))


@probe(
    'limits-head-431',
    'A head of 80 kB is answered 431',
    level=HOUSE,
    source='RFC 6585 5; LESSONS 31',
    expects='431, nothing goes up',
)
def _(trial: Trial) -> None:
    outcome = trial.outcome(headers(80, 1000))
    check(outcome.status == 431 and not outcome.forwarded, str(outcome))


@probe(
    'limits-lines-431',
    'A head of 101 lines is answered 431, one of 100 goes up',
    level=HOUSE,
    source='LESSONS 31',
    expects='200 and 431',
)
def _(trial: Trial) -> None:
    same('of 100', trial.ask(headers(99, 10)).status, 200)
    same('of 101', trial.ask(headers(100, 10)).status, 431)


@probe(
    'limits-head-no-end',
    'A header line without an end is refused when it is too large, not when it ends',
    level=HOUSE,
    source='LESSONS 31',
    expects='a client error before the end',
)
def _(trial: Trial) -> None:
    client = trial.client()
    client.send(b'GET /x HTTP/1.1\r\nHost: h\r\nX-A: ' + b'y' * 70_000)
    check(400 <= client.answer().status < 500, 'another answer')


@probe(
    'limits-body-announced',
    'A body that is announced too large is answered 413 before it is sent',
    level=SHOULD,
    source='RFC 9110 15.5.14; LESSONS 31',
    expects='413 at once, nothing goes up',
    max_body=1024,
)
def _(trial: Trial) -> None:
    client = trial.client()
    client.send(b'POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1025\r\n\r\n')
    same('the status', client.answer().status, 413)
    same('what went up', trial.ended(), [])


@probe(
    'limits-body-expect',
    'A body that is announced too large is not waved through by a 100',
    level=SHOULD,
    source='RFC 9110 10.1.1; LESSONS 21',
    expects='413 and no 100 before it',
    max_body=1024,
)
def _(trial: Trial) -> None:
    got = trial.ask('POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1025\r\nExpect: 100-continue\r\n\r\n')
    check(got.status == 413 and not got.interim, f'{got} after {len(got.interim)} interim answers')


@probe(
    'limits-body-chunked',
    'A body of unknown length is counted as it comes',
    level=SHOULD,
    source='RFC 9110 15.5.14; LESSONS 31',
    expects='413, and no whole body goes up',
    max_body=1024,
)
def _(trial: Trial) -> None:
    client = trial.client()
    chunk = b'400\r\n' + b'x' * 1024 + b'\r\n'
    client.send(b'POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n' + chunk * 3 + b'0\r\n\r\n')
    same('the status', client.answer().status, 413)
    check(not any(request.complete for request in trial.ended()), 'a whole body went up')


@probe(
    'limits-body-largest',
    'A body of the largest size goes up',
    level=MUST,
    source='RFC 9110 15.5.14',
    expects='200 with either framing',
    max_body=1024,
)
def _(trial: Trial) -> None:
    body = 'x' * 1024
    for framing in (
        f'Content-Length: 1024\r\n\r\n{body}',
        f'Transfer-Encoding: chunked\r\n\r\n400\r\n{body}\r\n0\r\n\r\n',
    ):
        same('the status', trial.ask(f'POST /x HTTP/1.1\r\nHost: h\r\n{framing}').status, 200)


@probe(
    'limits-refusal-read',
    'A refusal reaches a client that is still sending',
    level=SHOULD,
    source='RFC 9112 9.6',
    expects='413 is read whole, not lost in a reset',
    max_body=1024,
)
def _(trial: Trial) -> None:
    for _ in range(5):
        client = trial.client()
        client.send(b'POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 400000\r\n\r\n' + b'x' * 400_000)
        same('the status', client.answer().status, 413)


@probe(
    'limits-connections',
    'Websockets count as connections, and one too many is told so',
    level=HOUSE,
    source='LESSONS 33',
    expects='503 for the third, and room again once one is gone',
    max_connections=2,
)
def _(trial: Trial) -> None:

    trial.script(granting)
    sockets = []
    for _ in range(2):
        client = trial.client()
        client.send(f'{ASKED}\r\n'.encode())
        same('the handshake', client.answer().status, 101)
        sockets.append(client)
    same('one more', trial.ask('GET /x HTTP/1.1\r\nHost: h\r\n\r\n').status, 503)
    sockets[0].close()
    trial.upstream.wait('the websocket has ended', lambda: any(up.over for up in trial.upstream.connections))
    statuses = []
    for _ in range(200):
        statuses.append(trial.ask('GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n').status)
        if statuses[-1] == 200:
            break
    same('once one is gone', statuses[-1], 200)
