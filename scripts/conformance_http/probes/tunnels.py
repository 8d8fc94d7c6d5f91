"""What goes through once a websocket is granted, where the proxy is a tunnel."""

from expect import same
from probes.upgrades import ACCEPT, ASKED, GRANTED, granting
from registry import HOUSE, MUST, SHOULD, theme
from trial import Trial, check
from upstream import Incoming, Script

probe = theme('tunnels', 'Websockets through the proxy')

CODES = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999)


def granted_then(data: bytes = b'', take: int = 0, seen: list[bytes] | None = None, then: bytes = b'') -> Script:
    """Grants with these bytes in the same packet, takes so many bytes, says something, and waits for the end."""

    def script(incoming: Incoming) -> None:
        if incoming.request() is None:
            return
        incoming.send(GRANTED + data)
        got = incoming.exactly(take)
        if seen is not None:
            seen.append(got)
        incoming.send(then)
        incoming.upstream.changed()
        incoming.rest()

    return script


def masked(payload: bytes, first: int = 0x82) -> bytes:
    """A frame as a client sends it."""
    key = b'\x11\x22\x33\x44'
    return bytes([first, 0x80 | len(payload)]) + key + bytes(b ^ key[at % 4] for at, b in enumerate(payload))


@probe(
    'tunnels-handshake',
    'The handshake goes through both ways',
    level=MUST,
    source='RFC 6455 4.1, 4.2',
    expects='key, version and accept unchanged',
)
def _(trial: Trial) -> None:
    trial.script(granting)
    client = trial.client()
    client.send(f'{ASKED}Origin: http://o.test\r\n\r\n'.encode())
    got = client.answer()
    same('the grant', (got.status, got.all('sec-websocket-accept')), (101, [ACCEPT]))
    check('websocket' in got.tokens('upgrade') and 'upgrade' in got.tokens('connection'), f'{got.raw!r}')
    request = trial.upstream.requests[0]
    same('Origin', request.all('origin'), ['http://o.test'])
    same('version', request.all('sec-websocket-version'), ['13'])
    same('Upgrade', request.tokens('upgrade'), ['websocket'])


@probe(
    'tunnels-one-line',
    'The handshake goes up with one Connection and one Upgrade line',
    level=HOUSE,
    source='LESSONS 11',
    expects='Connection: Upgrade and nothing else in it',
)
def _(trial: Trial) -> None:
    trial.script(granting)
    client = trial.client()
    client.send(ASKED.replace('Connection: Upgrade', 'Connection: keep-alive, Upgrade').encode() + b'\r\n')
    client.answer()
    same('Connection', trial.upstream.requests[0].tokens('connection'), ['upgrade'])


@probe(
    'tunnels-first-down',
    'Bytes that come with the 101 come down first',
    level=MUST,
    source='RFC 9110 7.8; LESSONS 13, golang issue 80924',
    expects='the first frame, then the next',
)
def _(trial: Trial) -> None:
    trial.script(granted_then(b'\x81\x05first', 5, None, b'\x81\x04then'))
    client = trial.client()
    client.send(f'{ASKED}\r\n'.encode())
    client.answer()
    same('the first', client.exactly(7), b'\x81\x05first')
    client.send(b'go on')
    same('the next', client.exactly(6), b'\x81\x04then')


@probe(
    'tunnels-first-up',
    'Bytes that come with the handshake go up first, once it is granted',
    level=SHOULD,
    source='RFC 9110 7.8; LESSONS 13',
    expects='the early frame goes up',
)
def _(trial: Trial) -> None:
    seen: list[bytes] = []
    trial.script(granted_then(take=11, seen=seen))
    client = trial.client()
    client.send(f'{ASKED}\r\nearly frame'.encode())
    same('the status', client.answer().status, 101)
    trial.upstream.wait('the early frame has gone up', lambda: bool(seen))
    same('the early frame', seen, [b'early frame'])


@probe(
    'tunnels-like-requests',
    'Bytes that look like requests are none any more',
    level=MUST,
    source='RFC 9110 7.8',
    expects='they come back as they are',
)
def _(trial: Trial) -> None:
    trial.script(granting)
    client = trial.client()
    client.send(f'{ASKED}\r\n'.encode())
    client.answer()
    text = b'GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\nConnection: close\r\n\r\n' * 20
    client.send(text)
    same('what came back', client.exactly(len(text)), text)


@probe(
    'tunnels-frames',
    'Frames of every kind go through byte for byte',
    level=MUST,
    source='RFC 6455 5; LESSONS WS b',
    expects='text, binary, ping, pong, fragments and reserved bits come back as sent',
)
def _(trial: Trial) -> None:
    trial.script(granting)
    client = trial.client()
    client.send(f'{ASKED}\r\n'.encode())
    client.answer()
    for first in (0x81, 0x82, 0x01, 0x80, 0x89, 0x8A, 0xC1, 0xF3):
        frame = masked(b'payload', first)
        client.send(frame)
        same(f'frame {first:#x}', client.exactly(len(frame)), frame)


@probe(
    'tunnels-close-codes',
    'Close codes go through both ways, those that are rarely seen too',
    level=MUST,
    source='RFC 6455 7.4; LESSONS WS c',
    expects='the same codes, 1012 to 1014 and 3000 to 4999 among them',
)
def _(trial: Trial) -> None:
    for code in CODES:
        seen: list[bytes] = []
        down = b'\x88\x02' + code.to_bytes(2)
        up = masked(code.to_bytes(2), 0x88)
        trial.script(granted_then(down, len(up), seen))
        client = trial.client()
        client.send(f'{ASKED}\r\n'.encode())
        client.answer()
        same('the code down', client.exactly(4), down)
        client.send(up)
        trial.upstream.wait(f'{code} has gone up', lambda seen=seen: bool(seen))
        same('the code up', seen, [up])
        client.close()


@probe(
    'tunnels-revoked',
    'A close of the upstream, 1008 for a session that was revoked, comes down at once, and no frame after it',
    level=MUST,
    source='RFC 6455 5.5.1; LESSONS WS d',
    expects='the close frame, then the end',
)
def _(trial: Trial) -> None:
    def script(incoming: Incoming) -> None:
        if incoming.request() is not None:
            incoming.send(GRANTED + b'\x81\x01a')
            incoming.send(b'\x88\x02' + (1008).to_bytes(2))

    trial.script(script)
    client = trial.client()
    client.send(f'{ASKED}\r\n'.encode())
    client.answer()
    same('the frames', client.exactly(7), b'\x81\x01a\x88\x02\x03\xf0')
    same('after them', client.rest(), b'')


@probe(
    'tunnels-offers',
    'Offers of subprotocols and extensions go through, and the choice comes back',
    level=MUST,
    source='RFC 6455 1.9, 9.1, 11.3.4; LESSONS WS a',
    expects='both lines as sent, and nothing that was not chosen',
)
def _(trial: Trial) -> None:
    chosen = GRANTED[:-2] + b'Sec-WebSocket-Protocol: b\r\n\r\n'

    def script(incoming: Incoming) -> None:
        if incoming.request() is not None:
            incoming.send(chosen)
            incoming.rest()

    trial.script(script)
    client = trial.client()
    client.send(
        f'{ASKED}Sec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Extensions: permessage-deflate; x=1\r\n\r\n'.encode()
    )
    got = client.answer()
    request = trial.upstream.requests[0]
    same('the offer', request.all('sec-websocket-protocol'), ['a, b'])
    same('the extensions', request.all('sec-websocket-extensions'), ['permessage-deflate; x=1'])
    same('the choice', (got.all('sec-websocket-protocol'), got.all('sec-websocket-extensions')), (['b'], []))
