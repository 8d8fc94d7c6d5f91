"""Connections to the upstream: kept, shared, and given up."""

import threading

from expect import gateway_error, same
from registry import HOUSE, MUST, SHOULD, theme
from trial import NotApplicable, Trial, check
from upstream import Incoming, Script, answer

probe = theme('pool', 'Connections to the upstream')

GET = 'GET /x HTTP/1.1\r\nHost: h\r\n\r\n'
POST = 'POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello'


def lets_down(requests: list[int], how: str) -> Script:
    """Answers the first request of the first connection, and lets the second down; later connections are good."""

    def script(incoming: Incoming) -> None:
        first = not requests
        while (request := incoming.request()) is not None:
            requests.append(incoming.number)
            if first and len(requests) == 2:
                if how == 'reset':
                    incoming.reset()
                elif how == 'begun':
                    incoming.send(b'HTTP/1.1 200 OK\r\nContent-')
                return
            incoming.send(answer(request.target.encode()))

    return script


def reused(requests: list[int]) -> None:
    """The second request rode the connection of the first."""
    if requests[:1] != requests[1:2]:
        raise NotApplicable('it did not use the connection again')


@probe(
    'pool-kept',
    'A connection upstream is kept for the next request',
    level=HOUSE,
    source='RFC 9112 9.3; LESSONS 19',
    expects='ten clients, one connection',
)
def _(trial: Trial) -> None:
    for _ in range(10):
        client = trial.client()
        client.send(GET.encode())
        client.answer()
        client.close()
    same('connections', len({request.connection for request in trial.upstream.requests}), 1)


@probe(
    'pool-stale-get',
    'A GET on a kept connection that ends without a word is asked again',
    level=HOUSE,
    source='RFC 9112 9.3.1; RFC 9110 9.2.2; LESSONS 19',
    expects='200, of the second connection',
)
def _(trial: Trial) -> None:
    requests: list[int] = []
    trial.script(lets_down(requests, 'end'))
    same('the first', trial.ask(GET).status, 200)
    same('the second', trial.ask(GET).status, 200)
    reused(requests)
    same('requests', len(requests), 3)


for _how in ('end', 'reset'):

    @probe(
        f'pool-stale-post-{_how}',
        f'A POST on a kept connection that ends ({_how}) is not asked twice',
        level=MUST,
        source='RFC 9110 9.2.2 (of a proxy); LESSONS 19',
        expects='a gateway error, two requests upstream in all',
    )
    def _(trial: Trial, how: str = _how) -> None:
        requests: list[int] = []
        trial.script(lets_down(requests, how))
        same('the first', trial.ask(GET).status, 200)
        got = trial.ask(POST)
        posts = [request for request in trial.ended() if request.method == 'POST']
        same('how often it went up', len(posts), 1)
        reused(requests)
        gateway_error(got)


@probe(
    'pool-begun',
    'A request whose answer has begun is not asked twice',
    level=MUST,
    source='RFC 9110 9.2.2; LESSONS 19',
    expects='a gateway error or a cut answer, two requests upstream in all',
)
def _(trial: Trial) -> None:
    requests: list[int] = []
    trial.script(lets_down(requests, 'begun'))
    same('the first', trial.ask(GET).status, 200)
    client = trial.client()
    client.send(POST.encode())
    got = client.answer_if_any()
    reused(requests)
    check(got is None or got.status >= 500, f'{got}')
    same('requests', len(requests), 2)


@probe(
    'pool-fresh',
    'A fresh connection that ends without a word is not tried for ever',
    level=MUST,
    source='RFC 9110 9.2.2',
    expects='a gateway error, at most five requests upstream',
)
def _(trial: Trial) -> None:
    def script(incoming: Incoming) -> None:
        incoming.request()

    trial.script(script)
    gateway_error(trial.ask(GET), 502)
    check(len(trial.upstream.requests) <= 5, f'{len(trial.upstream.requests)} requests')


@probe(
    'pool-fresh-once',
    'A fresh connection that ends without a word is not tried again',
    level=HOUSE,
    source='LESSONS 19',
    expects='502, one request upstream',
)
def _(trial: Trial) -> None:
    def script(incoming: Incoming) -> None:
        incoming.request()

    trial.script(script)
    gateway_error(trial.ask(GET), 502)
    same('requests', len(trial.upstream.requests), 1)


@probe(
    'pool-idle-ended',
    'A connection that the upstream ended while it was unused costs nobody an answer',
    level=SHOULD,
    source='RFC 9112 9.5, 9.6; LESSONS 19',
    expects='200, fifty times',
)
def _(trial: Trial) -> None:
    def script(incoming: Incoming) -> None:
        if incoming.request() is not None:
            incoming.send(answer(b'ok'))

    trial.script(script)
    client = trial.client()
    for number in range(50):
        client.send(GET.encode())
        got = client.answer()
        check(got.status == 200, f'request {number} was answered {got}')


@probe(
    'pool-capped',
    'No more connections upstream than allowed, and the other clients wait',
    level=HOUSE,
    source='LESSONS 20',
    expects='24 clients are answered 200, at most 4 connections at once',
    pool=4,
    queue_timeout=9,
)
def _(trial: Trial) -> None:
    lock, state = threading.Lock(), {'now': 0, 'most': 0}

    def script(incoming: Incoming) -> None:
        with lock:
            state['now'] += 1
            state['most'] = max(state['most'], state['now'])
        try:
            while (request := incoming.request()) is not None:
                incoming.send(answer(request.target.encode()))
        finally:
            with lock:
                state['now'] -= 1

    trial.script(script)
    clients = [trial.client() for _ in range(24)]
    for client in clients:
        client.send(GET.encode())
    same('the answers', [client.answer().status for client in clients], [200] * 24)
    check(state['most'] <= 4, f'{state["most"]} connections at once')


@probe(
    'pool-idle-closed',
    'A connection upstream that is not used any more is closed',
    level=HOUSE,
    source='LESSONS 20',
    expects='its end',
    upstream_idle=1,
)
def _(trial: Trial) -> None:
    trial.ask(GET)
    trial.upstream.wait('it has ended', lambda: trial.upstream.connections[0].over)


@probe(
    'pool-parallel',
    'A request that takes long holds up no other one',
    level=MUST,
    source='RFC 9112 9.4',
    expects='the second client is answered while the first one waits',
)
def _(trial: Trial) -> None:
    over: list[int] = []

    def script(incoming: Incoming) -> None:
        while (request := incoming.request()) is not None:
            if request.target == '/long':
                incoming.upstream.wait('the other one was answered', lambda: bool(over))
            incoming.send(answer(request.target.encode()))

    trial.script(script)
    first = trial.client()
    first.send(b'GET /long HTTP/1.1\r\nHost: h\r\n\r\n')
    trial.upstream.wait('the first one has gone up', lambda: bool(trial.upstream.requests))
    same('the second', trial.ask('GET /short HTTP/1.1\r\nHost: h\r\n\r\n').body, b'/short')
    over.append(1)
    trial.upstream.changed()
    same('the first', first.answer().body, b'/long')
