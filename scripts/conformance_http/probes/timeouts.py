"""How long a client may take. The limits are a second here."""

from expect import same
from probes.tunnel_ends import silent
from reader import Ended
from registry import HOUSE, MUST, theme
from trial import Trial, check
from upstream import Incoming

probe = theme('timeouts', 'Limits of time')

GET = b'GET /x HTTP/1.1\r\nHost: h\r\n\r\n'


@probe(
    'timeouts-head',
    'A head that does not come to its end is not waited for',
    level=HOUSE,
    source='RFC 9110 15.5.9; LESSONS 32',
    expects='408 or the end, nothing goes up',
    header_timeout=1,
)
def _(trial: Trial) -> None:
    client = trial.client()
    client.send(b'GET /x HTTP/1.1\r\nHost: h\r\n')
    got = client.answer_if_any()
    check(got is None or got.status == 408, f'{got}')
    client.rest()
    same('what went up', trial.ended(), [])


@probe(
    'timeouts-head-408',
    'A head that does not come to its end is answered 408',
    level=HOUSE,
    source='RFC 9110 15.5.9; LESSONS 32',
    expects='408, then the end',
    header_timeout=1,
)
def _(trial: Trial) -> None:
    client = trial.client()
    client.send(b'GET /x HTTP/1.1\r\nHost: h\r\n')
    same('the status', client.answer().status, 408)
    client.rest()


@probe(
    'timeouts-head-drip',
    'Dripping a head gains no time',
    level=HOUSE,
    source='LESSONS 32',
    expects='the end within five seconds',
    header_timeout=1,
)
def _(trial: Trial) -> None:
    client = trial.client()
    client.send(b'GET /x HTTP/1.1\r\nHost: h\r\nX-A: ')
    check(client.drip(b'y', 0.1, 5), 'it was still let in after five seconds')


@probe(
    'timeouts-body',
    'A body that stops coming is not waited for, and the upstream is left',
    level=HOUSE,
    source='RFC 9110 15.5.9; LESSONS 32',
    expects='408 or the end; no whole body goes up',
    body_timeout=1,
)
def _(trial: Trial) -> None:
    client = trial.client()
    client.send(b'POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello')
    got = client.answer_if_any()
    check(got is None or got.status in (408, 502, 504), f'{got}')
    check(not any(request.complete for request in trial.ended()), 'a whole body went up')


@probe(
    'timeouts-body-slow',
    'A body that comes slowly, but comes, goes up',
    level=HOUSE,
    source='LESSONS 32',
    expects='200 though it takes longer than a silence may',
    body_timeout=1,
)
def _(trial: Trial) -> None:
    client = trial.client()
    client.send(b'POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\n')
    for _ in range(6):
        # The pause is what is tested; an answer in it would be a fault.
        check(silent(client, 0.3), 'it was not waited for')
        client.send(b'x')
    same('the status', client.answer().status, 200)


@probe(
    'timeouts-idle',
    'A connection on which nothing is asked any more ends without a word',
    level=HOUSE,
    source='RFC 9112 9.5, 9.3; LESSONS 32',
    expects='the end, and no bytes before it',
    idle_timeout=1,
)
def _(trial: Trial) -> None:
    client = trial.client()
    client.send(GET)
    client.answer()
    same('behind the answer', client.rest(), b'')


@probe(
    'timeouts-reader',
    'A client that takes nothing of its answer is let go, and the upstream is left',
    level=HOUSE,
    source='LESSONS 32',
    expects='the connection upstream ends',
    write_timeout=1,
)
def _(trial: Trial) -> None:
    gone: list[int] = []

    def script(incoming: Incoming) -> None:
        if incoming.request() is None:
            return
        incoming.socket.settimeout(30)
        incoming.send(b'HTTP/1.1 200 OK\r\nContent-Length: 268435456\r\n\r\n')
        for _ in range(4096):
            if not incoming.send(b'x' * 65_536):
                gone.append(1)
                incoming.upstream.changed()
                return

    trial.script(script)
    client = trial.client(narrow=True)
    client.send(GET)
    trial.upstream.wait('the connection upstream has ended', lambda: bool(gone))


@probe(
    'timeouts-long-answer',
    'No limit of a client cuts an answer that takes long to begin',
    level=HOUSE,
    source='LESSONS 32',
    expects='200',
    header_timeout=1,
    body_timeout=1,
    idle_timeout=1,
    write_timeout=1,
)
def _(trial: Trial) -> None:
    begun: list[int] = []

    def script(incoming: Incoming) -> None:
        while incoming.request() is not None:
            incoming.upstream.wait('the client has waited', lambda: bool(begun))
            incoming.send(b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')

    trial.script(script)
    client = trial.client()
    client.send(GET)
    check(silent(client, 2.5), 'it was answered, or its connection ended')
    begun.append(1)
    trial.upstream.changed()
    same('the status', client.answer().status, 200)


@probe(
    'timeouts-answer-stops',
    'An answer that stops coming does not end in good order',
    level=MUST,
    source='RFC 9112 8; LESSONS 25, 32',
    expects='a body that is known to be cut',
    frame_timeout=1,
)
def _(trial: Trial) -> None:
    def script(incoming: Incoming) -> None:
        if incoming.request() is not None:
            incoming.send(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
            incoming.rest()

    trial.script(script)
    client = trial.client()
    client.send(GET)
    try:
        got = client.answer()
    except Ended:
        return
    check(got.status >= 500 or not got.complete, f'{got}')
