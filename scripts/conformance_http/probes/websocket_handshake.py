"""RFC 6455 of a proxy that is the endpoint itself: the handshake."""

import re

from expect import same
from probes.tunnels import masked
from probes.upgrades import ACCEPT, ASKED, KEY
from registry import HOUSE, MUST, SHOULD, theme
from trial import Trial, check

probe = theme('websocket-handshake', 'The proxy as the endpoint of a websocket: handshake')


@probe(
    'ws-accept',
    'The key is answered with its accept',
    level=MUST,
    source='RFC 6455 4.2.2',
    expects='101 with it',
    endpoint=True,
)
def _(trial: Trial) -> None:
    got = trial.ask(f'{ASKED}\r\n')
    same('the answer', (got.status, got.all('sec-websocket-accept')), (101, [ACCEPT]))
    check(got.tokens('upgrade') == ['websocket'] and 'upgrade' in got.tokens('connection'), f'{got.raw!r}')


@probe(
    'ws-no-offers',
    'No extension and no subprotocol is chosen that the proxy does not speak',
    level=MUST,
    source='RFC 6455 4.2.2, 9.1; LESSONS WS a',
    expects='neither line comes down',
    endpoint=True,
)
def _(trial: Trial) -> None:
    got = trial.ask(f'{ASKED}Sec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n')
    same('the status', got.status, 101)
    check(not got.has('sec-websocket-protocol') and not got.has('sec-websocket-extensions'), f'{got.raw!r}')


for _id, _from, _to, _name in [
    ('no-key', f'Sec-WebSocket-Key: {KEY}\r\n', '', 'without a key'),
    ('two-keys', f'Sec-WebSocket-Key: {KEY}\r\n', f'Sec-WebSocket-Key: {KEY}\r\n' * 2, 'with two keys'),
    ('short-key', KEY, 'c2hvcnQ=', 'with a key that is not of 16 bytes'),
    ('odd-key', KEY, '!!!', 'with a key that is no base64'),
]:

    @probe(
        f'ws-{_id}',
        f'A handshake {_name} is refused',
        level=MUST,
        source='RFC 6455 4.2.1, 4.2.2',
        expects='400',
        endpoint=True,
    )
    def _(trial: Trial, old: str = _from, new: str = _to) -> None:
        same('the status', trial.ask(f'{ASKED.replace(old, new)}\r\n').status, 400)


for _id, _version in [('12', 'Sec-WebSocket-Version: 12\r\n'), ('none', '')]:

    @probe(
        f'ws-version-{_id}',
        f'A handshake with version {_id} is told which there is',
        level=MUST,
        source='RFC 6455 4.2.2, 4.4',
        expects='426 or 400, with Sec-WebSocket-Version',
        endpoint=True,
    )
    def _(trial: Trial, version: str = _version) -> None:
        got = trial.ask(ASKED.replace('Sec-WebSocket-Version: 13\r\n', version) + '\r\n')
        check(got.status in (400, 426), f'{got}')
        check(
            not version or any(re.search(r'\b13\b', value) for value in got.all('sec-websocket-version')),
            f'{got.raw!r}',
        )


@probe(
    'ws-first-frame',
    'A frame that comes with the handshake is read',
    level=SHOULD,
    source='RFC 6455 4.1, 5.5.2; LESSONS 13',
    expects='the pong to it',
    endpoint=True,
)
def _(trial: Trial) -> None:

    client = trial.client()
    client.send(f'{ASKED}\r\n'.encode() + masked(b'early', 0x89))
    same('the status', client.answer().status, 101)
    same('the pong', client.exactly(7), b'\x8a\x05early')


@probe(
    'ws-origin',
    'A page of any origin may connect while none is listed',
    level=HOUSE,
    source='RFC 6455 10.2',
    expects='101',
    endpoint=True,
)
def _(trial: Trial) -> None:
    same('the status', trial.ask(f'{ASKED}Origin: http://evil.test\r\n\r\n').status, 101)
