"""What the bridge is put through, each with a bridge of its own."""

import asyncio
import collections
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from report import ROOT
from rounds import say
from servers import Bridge, Server

from . import crowds
from .watch import Seen, Watch, memory_mib

GIB = 1 << 30
HEADER_TIMEOUT = 10
QUEUE_TIMEOUT = 10
P99_BOUND_MS = 50.0


class Size(NamedTuple):
    """How much there is of everything."""

    idle: int
    loris: int
    crowd: int
    body: int  # bytes
    slow: int  # bytes a second
    stay: float  # seconds that the idle ones stay


FULL = Size(idle=10_000, loris=5_000, crowd=1_000, body=2 * GIB, slow=100 << 20, stay=20)
QUICK = Size(idle=2_000, loris=1_000, crowd=300, body=GIB // 4, slow=100 << 20, stay=3)


class Outcome(NamedTuple):
    """What came of one of them."""

    name: str
    before_mib: float
    most_mib: float
    bound_mib: float
    told: str  # what the clients were told
    right: bool  # whether that is what they should be told
    seen: Seen

    @property
    def met(self) -> bool:
        return (self.right and self.most_mib - self.before_mib <= self.bound_mib and self.seen.p99_ms <= P99_BOUND_MS
                and self.seen.others == 0)


class Scene(NamedTuple):
    """One of them."""

    name: str
    sections: str  # of routes.toml
    bound_mib: float  # how much more memory it may take
    run: Callable[[str], tuple[str, bool]]


def told(statuses: collections.Counter[int]) -> str:
    return ', '.join(f'{count:,} × {status or "no answer"}' for status, count in sorted(statuses.items()))


def scenes(size: Size) -> list[Scene]:
    """The bounds are stated per connection, or as what a body may have on its way at once."""
    room = f'[listen]\nmax_connections = {size.idle + 100}\n'

    def idle(address: str) -> tuple[str, bool]:
        statuses = asyncio.run(crowds.idle(address, size.idle, size.stay))
        return told(statuses), statuses == {200: 2 * size.idle}

    def loris(address: str) -> tuple[str, bool]:
        statuses, last = asyncio.run(crowds.slow_loris(address, size.loris))
        return f'{told(statuses)}, the last after {last:.0f} s', statuses == {408: size.loris}

    def crowd(address: str) -> tuple[str, bool]:
        statuses, last = asyncio.run(crowds.crowd(address, size.crowd))
        right = set(statuses) == {503, 504} and statuses[503] + statuses[504] == size.crowd
        return f'{told(statuses)}, the last after {last:.0f} s', right

    def upload(address: str) -> tuple[str, bool]:
        status, body = asyncio.run(crowds.upload(address, size.body))
        return f'{status}, legacy got {int(body or 0):,} bytes', (status, body) == (200, b'%d' % size.body)

    def download(address: str) -> tuple[str, bool]:
        got = asyncio.run(crowds.download(address, size.body, size.slow))
        return f'{got:,} bytes', got == size.body

    gib = f'{size.body / GIB:g} GiB'
    return [
        # They come all at once, and each asks first: all of them may wait for that.
        Scene(f'{size.idle:,} idle connections', f'{room}[legacy]\nmax_waiting = {size.idle}\n', 16 * size.idle / 1024,
              idle),
        Scene(f'slow loris of {size.loris:,}, a byte of the head a second',
              f'{room}header_timeout = "{HEADER_TIMEOUT}s"\n', 16 * size.loris / 1024, loris),
        Scene(f'{size.crowd:,} clients of a legacy that stands still',
              f'{room}[legacy]\nqueue_timeout = "{QUEUE_TIMEOUT}s"\nheader_timeout = "{QUEUE_TIMEOUT + 5}s"\n',
              48 * size.crowd / 1024, crowd),
        Scene(f'{gib} up', f'{room}max_body = "4GiB"\n', 8, upload),
        Scene(f'{gib} down, to a reader of {size.slow >> 20} MiB/s', room, 8, download),
    ]


def play(scene: Scene, number: int, binary: Path, directory: Path, upstream: str) -> Outcome:
    say(scene.name)
    sections = f'{scene.sections}\n[session]\ncheck_interval = "1s"\n'
    bridge = Bridge(binary, directory / f'bridge-{number}', upstream, None, sections=sections)
    with bridge:
        bridge.switch('native')
        before = memory_mib(bridge.process.pid, 'VmRSS')
        with Watch(bridge.address) as watch:
            text, right = scene.run(bridge.address)
        most = memory_mib(bridge.process.pid, 'VmHWM')
    assert watch.seen
    return Outcome(scene.name, before, most, scene.bound_mib, text, right, watch.seen)


def backend(directory: Path) -> tuple[Server, str]:
    server = Server('the backend', [sys.executable, str(ROOT / 'bench/limits/upstream.py')], directory / 'upstream.log')
    return server, server.line('listening on ')
