"""RFC 6455 of a proxy that is the endpoint itself: frames, closes, pings."""

from client import Client
from expect import same
from probes.tunnels import masked
from probes.upgrades import ASKED
from reader import Ended
from registry import HOUSE, MUST, theme
from trial import Failed, Trial, check

probe = theme('websocket-frames', 'The proxy as the endpoint of a websocket: frames')


def opened(trial: Trial, narrow: bool = False) -> Client:
    client = trial.client(narrow)
    client.send(f'{ASKED}\r\n'.encode())
    same('the handshake', client.answer().status, 101)
    return client


def frame(client: Client) -> tuple[int, bytes]:
    """The first byte and the payload of the next frame, which must not be masked (RFC 6455 section 5.1)."""
    first, length = client.exactly(2)
    check(not length & 0x80, 'a frame of the proxy is masked')
    if length == 126:
        length = int.from_bytes(client.exactly(2))
    elif length == 127:
        length = int.from_bytes(client.exactly(8))
    return first, client.exactly(length)


def closes(client: Client, *codes: int) -> None:
    """A close frame with one of these codes is next (pings aside), and then the end."""
    try:
        first, payload = frame(client)
        while first == 0x89:
            first, payload = frame(client)
    except Ended as e:
        raise Failed(f'{e}, without a close frame') from None
    check(first == 0x88, f'a frame {first:#x} with {payload[:40]!r}')
    code = int.from_bytes(payload[:2]) if payload else 1005
    check(code in codes, f'closed with {code}')
    client.rest()


@probe(
    'ws-ping',
    'A ping is answered with its payload',
    level=MUST,
    source='RFC 6455 5.5.2, 5.5.3; LESSONS WS b',
    expects='pongs, also of 0 and 125 bytes',
    endpoint=True,
)
def _(trial: Trial) -> None:
    client = opened(trial)
    for payload in (b'', b'hello', b'x' * 125):
        client.send(masked(payload, 0x89))
        same('the pong', frame(client), (0x8A, payload))


@probe(
    'ws-pong',
    'A pong that nobody asked for is passed over',
    level=MUST,
    source='RFC 6455 5.5.3',
    expects='the connection goes on',
    endpoint=True,
)
def _(trial: Trial) -> None:
    client = opened(trial)
    client.send(masked(b'odd', 0x8A) + masked(b'x', 0x89))
    same('the next frame', frame(client), (0x8A, b'x'))


@probe(
    'ws-ping-between',
    'A ping between two fragments is answered',
    level=MUST,
    source='RFC 6455 5.4',
    expects='the pong before the end of the message',
    endpoint=True,
)
def _(trial: Trial) -> None:
    client = opened(trial)
    client.send(masked(b'a', 0x01) + masked(b'x', 0x89))
    same('the next frame', frame(client), (0x8A, b'x'))


VIOLATIONS = [
    ('unmasked', b'\x81\x02hi', (1002,), 'A frame that is not masked', 'RFC 6455 5.1'),
    ('rsv', masked(b'x', 0xC1), (1002,), 'A reserved bit', 'RFC 6455 5.2'),
    ('opcode', masked(b'x', 0x83), (1002,), 'A reserved opcode', 'RFC 6455 5.2'),
    ('control-opcode', masked(b'x', 0x8B), (1002,), 'A reserved control opcode', 'RFC 6455 5.2'),
    ('control-fragment', masked(b'x', 0x09), (1002,), 'A fragmented ping', 'RFC 6455 5.5'),
    ('control-long', b'\x89\xfe\x00\x7e' + b'\0' * 130, (1002,), 'A ping of 126 bytes', 'RFC 6455 5.5'),
    ('continuation', masked(b'x', 0x80), (1002,), 'A continuation of nothing', 'RFC 6455 5.4'),
    ('interleaved', masked(b'a', 0x01) + masked(b'b', 0x81), (1002,), 'A message within a message', 'RFC 6455 5.4'),
    ('utf8', masked(b'\xff\xfe', 0x81), (1007,), 'Text that is no UTF-8', 'RFC 6455 5.6, 8.1'),
    (
        'utf8-split',
        masked(b'\xe2\x82', 0x01) + masked(b'\x28', 0x80),
        (1007,),
        'Text that breaks over fragments',
        'RFC 6455 5.6, 8.1',
    ),
    (
        'length-64',
        b'\x82\xff' + b'\xff' * 8 + b'\0' * 4,
        (1002, 1009),
        'A length with its highest bit set',
        'RFC 6455 5.2',
    ),
    ('close-one-byte', masked(b'x', 0x88), (1002,), 'A close with one byte', 'RFC 6455 5.5.1'),
    ('close-utf8', masked(b'\x03\xe8\xff', 0x88), (1002, 1007), 'A close whose reason is no UTF-8', 'RFC 6455 5.5.1'),
]
for _id, _bytes, _codes, _name, _source in VIOLATIONS:

    @probe(
        f'ws-violation-{_id}',
        f'{_name} fails the connection',
        level=MUST,
        source=_source,
        expects=f'a close frame with {" or ".join(map(str, _codes))}, then the end',
        endpoint=True,
    )
    def _(trial: Trial, data: bytes = _bytes, codes: tuple[int, ...] = _codes) -> None:
        client = opened(trial)
        client.send(data)
        closes(client, *codes)


for _code in (1000, 1001, 1011, 1012, 1013, 1014, 3000, 4999):

    @probe(
        f'ws-close-{_code}',
        f'A close with {_code} is answered with its code',
        level=MUST,
        source='RFC 6455 5.5.1, 7.4; LESSONS WS c',
        expects='the same code, then the end',
        endpoint=True,
    )
    def _(trial: Trial, code: int = _code) -> None:
        client = opened(trial)
        client.send(masked(code.to_bytes(2) + b'why', 0x88))
        closes(client, code)


for _code in (999, 1004, 1005, 1006, 1015, 1016, 2999, 5000):

    @probe(
        f'ws-close-{_code}-refused',
        f'A close with {_code}, which may not be sent, is a violation',
        level=MUST,
        source='RFC 6455 7.4.1, 7.4.2; LESSONS WS c',
        expects='1002, then the end',
        endpoint=True,
    )
    def _(trial: Trial, code: int = _code) -> None:
        client = opened(trial)
        client.send(masked(code.to_bytes(2), 0x88))
        closes(client, 1002)


@probe(
    'ws-close-empty',
    'A close without a code is answered without one',
    level=MUST,
    source='RFC 6455 5.5.1, 7.1.5; LESSONS WS c',
    expects='an empty close or 1000, never 1005',
    endpoint=True,
)
def _(trial: Trial) -> None:
    client = opened(trial)
    client.send(masked(b'', 0x88))
    first, payload = frame(client)
    check(first == 0x88 and payload in (b'', b'\x03\xe8'), f'{first:#x} {payload!r}')


@probe(
    'ws-too-big',
    'A message above the limit is closed with 1009',
    level=MUST,
    source='RFC 6455 7.4.1, 10.4',
    expects='1009, before all of it is there',
    endpoint=True,
    max_message=1024,
)
def _(trial: Trial) -> None:
    client = opened(trial)
    client.send(b'\x82\xfe' + (2000).to_bytes(2) + b'\0' * 4 + b'x' * 500)
    closes(client, 1009)


@probe(
    'ws-pings-sent',
    'A client is asked whether it is there, and stays while it answers',
    level=HOUSE,
    source='LESSONS WS b',
    expects='three pings over three seconds',
    endpoint=True,
    ping_interval=1,
    ping_timeout=3,
)
def _(trial: Trial) -> None:
    client = opened(trial)
    for _ in range(3):
        first, payload = frame(client)
        same('the frame', first, 0x89)
        client.send(masked(payload, 0x8A))


@probe(
    'ws-silent',
    'A client that does not answer is given up',
    level=HOUSE,
    source='LESSONS WS b',
    expects='the end',
    endpoint=True,
    ping_interval=1,
    ping_timeout=2,
)
def _(trial: Trial) -> None:
    opened(trial).rest()


@probe(
    'ws-broadcast',
    'A message of the upstream reaches every client, byte for byte',
    level=HOUSE,
    source='LESSONS WS d',
    expects='the same frame at both',
    endpoint=True,
)
def _(trial: Trial) -> None:
    clients = [opened(trial), opened(trial)]
    trial.upstream.wait('the proxy has subscribed', lambda: bool(trial.upstream.subscriptions))
    text = b'{"type": "x", "data": "\xc3\xa9"}'
    trial.upstream.subscriptions[0].send(bytes([0x81, len(text)]) + text)
    for client in clients:
        same('the message', frame(client), (0x81, text))


@probe(
    'ws-lagging',
    'A client that takes nothing of what it is sent is told 1013, or let go',
    level=HOUSE,
    source='LESSONS WS d',
    expects='1013 or the end, and the other client has every message',
    endpoint=True,
    lag_bytes=65_536,
)
def _(trial: Trial) -> None:
    slow, good = opened(trial, narrow=True), opened(trial)
    trial.upstream.wait('the proxy has subscribed', lambda: bool(trial.upstream.subscriptions))
    text = b'{"type": "x", "data": "%b"}' % (b'y' * 60_000)
    for number in range(200):
        trial.upstream.subscriptions[0].send(b'\x81\x7e' + len(text).to_bytes(2) + text)
        same(f'message {number}', len(frame(good)[1]), len(text))
    got = slow.rest()
    check(len(got) < 200 * len(text), 'it was sent everything')
    check(slow.reader.ended is not None, 'it was not let go')
