"""Upgrades: who switches, and who does not."""

from expect import clean, refused, same, without
from reader import Ended
from registry import HOUSE, MUST, SHOULD, theme
from trial import Trial, check
from upstream import Incoming, Script, answer

probe = theme('upgrades', 'Upgrades')

KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
ASKED = (
    'GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
    f'Sec-WebSocket-Key: {KEY}\r\n'
)
GRANTED = (
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
    f'Sec-WebSocket-Accept: {ACCEPT}\r\n\r\n'
).encode()


def granting(incoming: Incoming) -> None:
    """Grants an upgrade to a websocket, and then sends back what comes; answers everything else with its target."""
    while (request := incoming.request()) is not None:
        if 'websocket' in request.tokens('upgrade'):
            incoming.send(GRANTED)
            while True:
                if incoming.reader.buffer:
                    incoming.send(incoming.exactly(len(incoming.reader.buffer)))
                try:
                    incoming.reader.more()
                except Ended:
                    return
        incoming.send(answer(request.target.encode('latin-1')))


def answering(data: bytes) -> Script:
    """Answers an upgrade with these bytes, everything else with its target."""

    def script(incoming: Incoming) -> None:
        while (request := incoming.request()) is not None:
            if request.target == '/ws':
                incoming.send(data)
                if data.startswith(b'HTTP/1.1 101'):
                    incoming.rest()
                    return
                continue
            incoming.send(answer(request.target.encode('latin-1')))

    return script


def upgraded(trial: Trial, lines: str) -> None:
    """A handshake with these lines is granted, and bytes go through."""
    trial.script(granting)
    client = trial.client()
    client.send(
        f'GET /ws HTTP/1.1\r\nHost: h\r\n{lines}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n'.encode()
    )
    got = client.answer()
    same('the status', got.status, 101)
    client.send(b'\x00\xffping')
    same('what came back', client.exactly(6), b'\x00\xffping')


@probe(
    'upgrades-no-tunnel-before-101',
    'Without a 101 nothing that follows an upgrade is passed up as it is',
    level=MUST,
    source='RFC 9110 7.8; LESSONS 9, CVE-2026-2833',
    expects='a malformed second request is refused, or not read at all',
)
def _(trial: Trial) -> None:
    trial.script(answering(answer(b'no')))
    client = trial.client()
    # Who reads it as a request refuses it.
    client.send(f'{ASKED}\r\nGET /second HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\n'.encode())
    same('the first answer', client.answer().body, b'no')
    client.rest()
    trial.settled()
    for incoming in trial.upstream.connections:
        check(b'/second' not in incoming.received, f'went up: {bytes(incoming.received)!r}')


@probe(
    'upgrades-second-answered',
    'A request behind an upgrade that is not granted is answered',
    level=HOUSE,
    source='LESSONS 9',
    expects='both answers, in order',
)
def _(trial: Trial) -> None:
    trial.script(answering(answer(b'no')))
    client = trial.client()
    client.send(f'{ASKED}\r\nGET /second HTTP/1.1\r\nHost: h\r\n\r\n'.encode())
    same('the answers', [client.answer().body, client.answer().body], [b'no', b'/second'])


for _id, _framing in [
    ('length', 'Content-Length: 37\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n\r\n'),
    ('chunked', 'Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n'),
]:

    @probe(
        f'upgrades-body-{_id}',
        f'An upgrade with a body ({_id}) leaves no second request behind',
        level=MUST,
        source='RFC 9112 6; LESSONS 10, CVE-2026-58055',
        expects='refused, or the body goes up as one',
    )
    def _(trial: Trial, framing: str = _framing) -> None:
        trial.script(answering_with_bodies)
        outcome = trial.outcome(f'{ASKED}{framing}')
        check(not any(request.target == '/smuggled' for request in outcome.forwarded), str(outcome))
        for request in outcome.forwarded:
            clean(request)

    @probe(
        f'upgrades-body-{_id}-refused',
        f'An upgrade with a body ({_id}) is refused',
        level=HOUSE,
        source='LESSONS 10',
        expects='400, the connection ends, nothing goes up',
    )
    def _(trial: Trial, framing: str = _framing) -> None:
        refused(trial, f'{ASKED}{framing}')


def answering_with_bodies(incoming: Incoming) -> None:
    while (request := incoming.request()) is not None:
        incoming.send(answer(request.target.encode('latin-1')))


FORMS = [
    ('plain', 'Connection: Upgrade\r\nUpgrade: websocket\r\n', 'in the plainest form'),
    ('list', 'Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n', 'in a list, as Firefox writes it'),
    ('case', 'Connection: UPGRADE\r\nUpgrade: WebSocket\r\n', 'in another case'),
    ('lines', 'Connection: keep-alive\r\nConnection: upgrade\r\nUpgrade: websocket\r\n', 'on a line of its own'),
    ('spaces', 'Upgrade: websocket\r\nConnection:keep-alive,\t upgrade ,\r\n', 'with whitespace and empty members'),
]
for _id, _lines, _name in FORMS:

    @probe(
        f'upgrades-form-{_id}',
        f'An upgrade that is asked for {_name} is granted',
        level=SHOULD,
        source='RFC 9110 7.8, 5.6.1; RFC 6455 4.2.1; LESSONS 11',
        expects='101, and bytes both ways',
    )
    def _(trial: Trial, lines: str = _lines) -> None:
        upgraded(trial, lines)


NOT_ASKED = [
    ('no-connection', MUST, 'Upgrade: websocket\r\n', '1.1', 'GET', 'Upgrade without Connection: Upgrade'),
    (
        'http-1-0',
        MUST,
        'Connection: Upgrade\r\nUpgrade: websocket\r\n',
        '1.0',
        'GET',
        'Upgrade in a request of HTTP/1.0',
    ),
    ('no-upgrade', MUST, 'Connection: Upgrade\r\n', '1.1', 'GET', 'Connection: Upgrade without Upgrade'),
    (
        'h2c',
        HOUSE,
        'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n',
        '1.1',
        'GET',
        'An upgrade to h2c',
    ),
    ('post', HOUSE, 'Connection: Upgrade\r\nUpgrade: websocket\r\n', '1.1', 'POST', 'An upgrade by POST'),
    (
        'part-of-token',
        MUST,
        'Connection: keep-alive-upgrade\r\nUpgrade: websocket\r\n',
        '1.1',
        'GET',
        'Upgrade named as a part of another token',
    ),
]
for _id, _level, _lines, _version, _method, _name in NOT_ASKED:

    @probe(
        f'upgrades-not-{_id}',
        f'{_name} asks the upstream for nothing',
        level=_level,
        source='RFC 9110 7.8, 7.6.1; LESSONS 11',
        expects='no Upgrade goes up, or nothing does',
    )
    def _(trial: Trial, lines: str = _lines, version: str = _version, method: str = _method) -> None:
        outcome = trial.outcome(f'{method} /x HTTP/{version}\r\nHost: h\r\n{lines}\r\n')
        for request in outcome.forwarded:
            without(request, 'upgrade')
            check('upgrade' not in request.tokens('connection'), f'Connection: {request.all("connection")}')
