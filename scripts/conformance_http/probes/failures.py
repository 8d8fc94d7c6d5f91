"""What a client is told when the upstream gives no answer."""

import json

from expect import gateway_error, same
from registry import HOUSE, MUST, SHOULD, theme
from trial import Trial, check
from upstream import Incoming, Script, always, answer
from wire import Answer

probe = theme('failures', 'Failures of the upstream')

GET = 'GET /x HTTP/1.1\r\nHost: h\r\n\r\n'


def envelope(answer: Answer) -> None:
    """The form in which a client of the bridge's legacy reads errors, and the mark of the bridge's own ones."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        body = None
    check(
        isinstance(body, dict) and body.get('result', 0) is None and str(body.get('message', '')),
        f'the body is {answer.body[:80]!r}',
    )
    check(answer.has('x-cutover-error'), 'it bears no mark')


def breaking(how: str) -> Script:
    def script(incoming: Incoming) -> None:
        if incoming.request() is not None:
            if how == 'reset':
                incoming.reset()
            elif how != 'end':
                incoming.send(how.encode())

    return script


@probe(
    'failures-refused',
    'An upstream that refuses the connection is a gateway error',
    level=SHOULD,
    source='RFC 9110 15.6.3, 15.6.4; LESSONS 36',
    expects='502 or 503',
    upstream='refusing',
)
def _(trial: Trial) -> None:
    gateway_error(trial.ask(GET), 502, 503)


@probe(
    'failures-refused-503',
    'An upstream that refuses the connection is a 503 that asks to come back, in the form of legacy',
    level=HOUSE,
    source='LESSONS 36',
    expects='503, Retry-After, the envelope',
    upstream='refusing',
)
def _(trial: Trial) -> None:
    got = trial.ask(GET)
    same('the status', got.status, 503)
    check(got.has('retry-after'), 'no Retry-After')
    envelope(got)


@probe(
    'failures-head',
    'A failure is told to HEAD without a body, and the connection goes on',
    level=MUST,
    source='RFC 9110 9.3.2',
    expects='the next answer comes right behind the head',
    upstream='refusing',
)
def _(trial: Trial) -> None:
    client = trial.client()
    client.send(b'HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n')
    got = client.answer('HEAD')
    check(got.status >= 500, f'{got}')
    client.send(b'GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
    if 'close' not in got.tokens('connection'):
        check(client.answer().status >= 500, 'another answer')
    else:
        same('behind it', client.rest(), b'')


@probe(
    'failures-connect-timeout',
    'A connection to the upstream that is not made in time is a gateway error',
    level=SHOULD,
    source='RFC 9110 15.6; LESSONS 36',
    expects='502, 503 or 504',
    upstream='full',
    connect_timeout=1,
)
def _(trial: Trial) -> None:
    gateway_error(trial.ask(GET), 502, 503, 504)


@probe(
    'failures-connect-timeout-504',
    'A connection to the upstream that is not made in time is a 504',
    level=HOUSE,
    source='RFC 9110 15.6.5; LESSONS 36',
    expects='504',
    upstream='full',
    connect_timeout=1,
)
def _(trial: Trial) -> None:
    gateway_error(trial.ask(GET), 504)


@probe(
    'failures-answer-timeout',
    'An answer that does not begin in time is a 504, and the upstream is left',
    level=SHOULD,
    source='RFC 9110 15.6.5; LESSONS 36',
    expects='504, and the end upstream',
    answer_timeout=1,
)
def _(trial: Trial) -> None:
    def script(incoming: Incoming) -> None:
        if incoming.request() is not None:
            incoming.rest()

    trial.script(script)
    gateway_error(trial.ask(GET), 504)
    trial.upstream.wait('the connection upstream has ended', lambda: trial.upstream.connections[0].over)
    same('requests upstream', len(trial.upstream.requests), 1)


for _id, _how, _name in [
    ('end', 'end', 'ends before it answers'),
    ('reset', 'reset', 'is reset before it answers'),
    ('within-line', 'HTTP/1.1 2', 'ends within the status line'),
    ('within-head', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n', 'ends within the head'),
    ('after-100', 'HTTP/1.1 100 Continue\r\n\r\n', 'ends behind an interim answer'),
]:

    @probe(
        f'failures-{_id}',
        f'A connection upstream that {_name} is a 502',
        level=SHOULD,
        source='RFC 9110 15.6.3; LESSONS 36',
        expects='502',
    )
    def _(trial: Trial, how: str = _how) -> None:
        trial.script(breaking(how))
        gateway_error(trial.ask(GET), 502)


@probe(
    'failures-envelope',
    'A failure is told in the form of legacy',
    level=HOUSE,
    source='LESSONS 36',
    expects='the envelope and a mark',
)
def _(trial: Trial) -> None:
    trial.script(breaking('end'))
    envelope(trial.ask(GET))


@probe(
    'failures-of-upstream',
    'A failure that the upstream tells of is passed on as it is',
    level=MUST,
    source='RFC 9110 7.6, 15.6',
    expects='its status, its body, no mark',
)
def _(trial: Trial) -> None:

    trial.script(always(answer(b'mine', status='503 BUSY')))
    got = trial.ask(GET)
    same('the answer', (got.status, got.body, got.has('x-cutover-error')), (503, b'mine', False))


@probe(
    'failures-queue',
    'No free connection upstream in time is a 503',
    level=SHOULD,
    source='RFC 9110 15.6.4; LESSONS 36',
    expects='503',
    pool=1,
    queue_timeout=1,
)
def _(trial: Trial) -> None:
    over: list[int] = []

    def script(incoming: Incoming) -> None:
        while incoming.request() is not None:
            incoming.upstream.wait('the second one was answered', lambda: bool(over))
            incoming.send(b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')

    trial.script(script)
    first = trial.client()
    first.send(GET.encode())
    trial.upstream.wait('the first one has gone up', lambda: bool(trial.upstream.requests))
    try:
        gateway_error(trial.ask(GET), 503)
    finally:
        over.append(1)
        trial.upstream.changed()
    same('the first one', first.answer().status, 200)


@probe(
    'failures-still-sending',
    'A failure reaches a client that is still sending',
    level=SHOULD,
    source='RFC 9112 9.6',
    expects='the error is read whole, not lost in a reset',
    upstream='refusing',
)
def _(trial: Trial) -> None:
    for _ in range(5):
        client = trial.client()
        client.send(b'POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 400000\r\n\r\n' + b'x' * 400_000)
        gateway_error(client.answer(), 502, 503)
