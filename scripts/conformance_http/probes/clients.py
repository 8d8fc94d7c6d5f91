"""Clients that go away."""

from registry import HOUSE, MUST, theme
from trial import Trial, check
from upstream import Incoming

probe = theme('clients', 'Clients that go away')


def waiting(incoming: Incoming) -> None:
    """Reads and never answers."""
    if incoming.request() is not None:
        incoming.rest()


@probe(
    'clients-gone',
    'Who is gone needs no answer: the upstream is left',
    level=HOUSE,
    source='LESSONS 16',
    expects='the connection upstream ends',
)
def _(trial: Trial) -> None:
    trial.script(waiting)
    client = trial.client()
    client.send(b'GET /x HTTP/1.1\r\nHost: h\r\n\r\n')
    trial.upstream.wait('it has gone up', lambda: bool(trial.upstream.requests))
    client.reset()
    trial.upstream.wait('the connection upstream has ended', lambda: trial.upstream.connections[0].over)


@probe(
    'clients-gone-in-answer',
    'Who goes in the middle of an answer leaves no upstream behind',
    level=HOUSE,
    source='LESSONS 16',
    expects='the connection upstream ends',
)
def _(trial: Trial) -> None:
    gone: list[int] = []

    def script(incoming: Incoming) -> None:
        if incoming.request() is None:
            return
        incoming.send(b'HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n')
        while incoming.send(b'x' * 65_536):
            pass
        gone.append(1)
        incoming.upstream.changed()

    trial.script(script)
    client = trial.client()
    client.send(b'GET /x HTTP/1.1\r\nHost: h\r\n\r\n')
    client.reader.until(b'\r\n\r\n')
    client.reset()
    trial.upstream.wait('the connection upstream has ended', lambda: bool(gone))


for _id, _head, _sent in [
    ('length', 'Content-Length: 10', b'hello'),
    ('chunked', 'Transfer-Encoding: chunked', b'5\r\nhello\r\n'),
]:
    for _way in ('end', 'reset'):

        @probe(
            f'clients-half-body-{_id}-{_way}',
            f'A body that is cut off ({_id}, {_way}) is never taken for a whole one',
            level=MUST,
            source='RFC 9112 8; LESSONS 17, hyper issue 4017',
            expects='no whole body goes up',
        )
        def _(trial: Trial, head: str = _head, sent: bytes = _sent, way: str = _way) -> None:
            client = trial.client()
            client.send(f'POST /x HTTP/1.1\r\nHost: h\r\n{head}\r\n\r\n'.encode() + sent)
            if way == 'end':
                client.end_sending()
                client.rest()
            else:
                client.reset()
            check(not any(request.complete for request in trial.settled()), 'a whole body went up')


@probe(
    'clients-pipelined-gone',
    'Who goes away with requests unanswered leaves the proxy working',
    level=MUST,
    source='RFC 9112 9.5',
    expects='the next client is answered',
)
def _(trial: Trial) -> None:
    for _ in range(20):
        client = trial.client()
        client.send(b'GET /x HTTP/1.1\r\nHost: h\r\n\r\n' * 10)
        client.reset()
    check(trial.ask('GET /x HTTP/1.1\r\nHost: h\r\n\r\n').status == 200, 'it was not')
