"""Answers to upgrades: a 101 that is none, and refusals."""

from expect import same, without
from probes.upgrades import ASKED, GRANTED, answering, answering_with_bodies
from reader import Malformed
from registry import HOUSE, MUST, theme
from trial import Failed, Trial, check
from upstream import Incoming, answer

probe = theme('grants', 'Answers to upgrades')


for _id, _said, _name in [
    ('bare', b'HTTP/1.1 101 Switching Protocols\r\n\r\n', 'A bare 101'),
    ('granted', GRANTED, 'A 101'),
]:

    @probe(
        f'upgrades-unasked-{_id}',
        f'{_name} to a request that asked for no upgrade is no answer',
        level=MUST,
        source='RFC 9110 7.8, 15.2.2; LESSONS 12',
        expects='a gateway error or the end, no 101',
    )
    def _(trial: Trial, said: bytes = _said) -> None:
        def script(incoming: Incoming) -> None:
            while incoming.request() is not None:
                incoming.send(said)

        trial.script(script)
        client = trial.client()
        client.send(b'GET /x HTTP/1.1\r\nHost: h\r\n\r\n')
        try:
            got = client.answer_if_any()
        except Malformed as e:
            raise Failed(f'the answer is malformed: {e}') from None
        check(got is None or (got.status in (502, 500) and not any(i.status == 101 for i in got.interim)), f'{got}')


for _id, _said, _name in [
    ('other', b'HTTP/1.1 101 X\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n', 'to another protocol'),
    ('no-upgrade', b'HTTP/1.1 101 X\r\nConnection: Upgrade\r\n\r\n', 'that does not say to what'),
]:

    @probe(
        f'upgrades-wrong-{_id}',
        f'A 101 {_name} is no grant',
        level=MUST,
        source='RFC 9110 7.8; LESSONS 12',
        expects='a gateway error or the end, no 101',
    )
    def _(trial: Trial, said: bytes = _said) -> None:
        trial.script(answering(said))
        client = trial.client()
        client.send(f'{ASKED}\r\n'.encode())
        got = client.answer_if_any()
        check(got is None or got.status in (502, 500), f'{got}')


@probe(
    'upgrades-rejected',
    'A rejection of an upgrade comes down with its status and body, and hop-by-hop lines end',
    level=MUST,
    source='RFC 9110 7.8, 7.6.1; LESSONS 14',
    expects='403, its body, nothing that Connection names',
)
def _(trial: Trial) -> None:
    trial.script(
        answering(
            answer(
                b'nope',
                'Keep-Alive: timeout=5',
                'Connection: keep-alive, x-hop',
                'X-Hop: 1',
                'X-Why: origin',
                status='403 FORBIDDEN',
            )
        )
    )
    client = trial.client()
    client.send(f'{ASKED}\r\n'.encode())
    got = client.answer()
    same('the answer', (got.status, got.body, got.all('x-why')), (403, b'nope', ['origin']))
    without(got, 'x-hop')


@probe(
    'upgrades-rejected-ends',
    'A rejection of an upgrade ends the connection',
    level=HOUSE,
    source='LESSONS 14',
    expects='Connection: close, and what followed is not served',
)
def _(trial: Trial) -> None:
    trial.script(answering(answer(b'nope', status='403 FORBIDDEN')))
    outcome = trial.outcome(f'{ASKED}\r\n')
    check(outcome.status == 403 and not outcome.went_on, str(outcome))
    same('Connection', outcome.answers[0].all('connection'), ['close'])


@probe(
    'upgrades-426',
    'A 426 comes down with what it names',
    level=MUST,
    source='RFC 9110 15.5.22; RFC 6455 4.4',
    expects='426, Sec-WebSocket-Version',
)
def _(trial: Trial) -> None:
    trial.script(
        answering(
            answer(
                b'',
                'Upgrade: websocket',
                'Connection: Upgrade',
                'Sec-WebSocket-Version: 13, 8',
                status='426 Upgrade Required',
            )
        )
    )
    client = trial.client()
    client.send(f'{ASKED}\r\n'.encode())
    got = client.answer()
    same('the answer', (got.status, got.all('sec-websocket-version')), (426, ['13, 8']))


@probe(
    'upgrades-own-connection',
    'A request after an upgrade that was not granted rides another connection',
    level=HOUSE,
    source='LESSONS 10',
    expects='two connections upstream',
)
def _(trial: Trial) -> None:
    trial.script(answering_with_bodies)
    trial.ask(f'{ASKED}\r\n')
    trial.ask('GET /next HTTP/1.1\r\nHost: h\r\n\r\n')
    first, second = trial.upstream.requests
    check(first.connection != second.connection, 'they rode the same one')
