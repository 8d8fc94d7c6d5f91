"""The bridge."""

import base64
import hashlib
import json
import re
import subprocess
from pathlib import Path

from targets.base import Address, NotStarted, Running, Settings, Target, said_by, spawn

# By setting: the section of routes.toml, the key, and how the value is written.
KEYS = {
    'header_timeout': ('listen', 'header_timeout', 'time'),
    'body_timeout': ('listen', 'body_timeout', 'time'),
    'idle_timeout': ('listen', 'keep_alive_timeout', 'time'),
    'write_timeout': ('listen', 'write_timeout', 'time'),
    'max_body': ('listen', 'max_body', 'number'),
    'max_connections': ('listen', 'max_connections', 'number'),
    'connect_timeout': ('legacy', 'connect_timeout', 'time'),
    'answer_timeout': ('legacy', 'header_timeout', 'time'),
    'frame_timeout': ('legacy', 'frame_timeout', 'time'),
    'upstream_idle': ('legacy', 'idle_timeout', 'time'),
    'pool': ('legacy', 'max_connections', 'number'),
    'queue_timeout': ('legacy', 'queue_timeout', 'time'),
    'endpoint': ('ws', 'mode', 'endpoint'),
    'ping_interval': ('ws', 'ping_interval', 'time'),
    'ping_timeout': ('ws', 'ping_timeout', 'time'),
    'max_message': ('ws', 'max_message', 'number'),
    'lag_bytes': ('ws', 'queue_bytes', 'number'),
}

AWAY = b'HTTP/1.1 404 NOT FOUND\r\nContent-Length: 0\r\n\r\n'


class Bridge(Target):
    name = 'bridge'
    settings = frozenset(KEYS)
    known = {
        'heads-version-1-2': 'there is no HTTP/1.2; the bridge answers 505 to every version that it was not tested with',
        'interim-103-forwarded': 'interim answers are passed over (LESSONS 22); legacy sends none',
        'versions-answer-to-1-0': 'hyper answers in the version of the request',
    }

    def __init__(self, binary: Path) -> None:
        self.binary = binary

    def missing(self) -> str | None:
        return None if self.binary.is_file() else f'there is no {self.binary}; build it, or name one by --bridge'

    def version(self) -> str:
        return said_by(str(self.binary), '--version')

    def start(self, folder: Path, upstream: Address, settings: Settings, patience: float) -> Running:
        (folder / 'routes.toml').write_text(routes(upstream, settings))
        command = [str(self.binary), 'serve', '--config', str(folder / 'routes.toml')]
        running = spawn(command, folder, stdout=subprocess.PIPE)
        running.address = said(running, 'cutover listening on http://')
        said(running, 'cutover admin on http://')
        return running

    def own(self, head: bytes) -> bytes | None:
        """It asks who is logged in, and in mode `bridge` subscribes to the websocket."""
        if b'\r\nuser-agent: cutover/' not in head.lower():
            return None
        key = re.search(rb'\r\nSec-WebSocket-Key: ([^\r]+)\r\n', head, re.IGNORECASE)
        return AWAY if key is None else granted(key[1])


def granted(key: bytes) -> bytes:
    """The 101 to a handshake with this key, RFC 6455 section 4.2.2."""
    digest = hashlib.sha1(key + b'258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest()  # the standard wants it
    return (
        b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: '
        + base64.b64encode(digest)
        + b'\r\n\r\n'
    )


def said(running: Running, prefix: str) -> Address:
    assert running.process.stdout is not None
    line = running.process.stdout.readline().strip()
    if not line.startswith(prefix):
        running.kill()
        raise NotStarted(f'it said {line!r}, not {prefix!r}: {running.tail()}')
    host, _, port = line.removeprefix(prefix).rpartition(':')
    return host, int(port)


def routes(upstream: Address, settings: Settings) -> str:
    sections: dict[str, list[str]] = {
        'legacy': [f'url = "http://{upstream[0]}:{upstream[1]}"'],
        'listen': ['address = "127.0.0.1:0"'],
        'admin': ['address = "127.0.0.1:0"'],
        'session': ['check_interval = "1h"'],
        'parity': ['evidence = ""'],
        'rollout': ['state = ""', 'journal = ""'],
    }
    for name, value in settings.items():
        section, key, kind = KEYS[name]
        written = {'time': f'"{round(value * 1000)}ms"', 'number': json.dumps(value), 'endpoint': '"bridge"'}[kind]
        sections.setdefault(section, []).append(f'{key} = {written}')
    if 'ws' in sections:
        # A client that is let go is told so: without a close frame there would be nothing to see.
        sections['ws'].append('let_go = "close"')
    return '\n'.join(f'[{name}]\n' + '\n'.join(lines) + '\n' for name, lines in sections.items())
