"""Clients: what an idle connection takes of memory, and how many requests there are by how many ask at once."""

import asyncio
import time
from pathlib import Path
from typing import Any

from asking import LEGACY, NATIVE, Load, Way
from limits.crowds import answer, opened
from limits.watch import memory_mib
from reads import Read
from rounds import Failure, interleave, say
from servers import Bridge

from .curve import Curve, Point, point

IDLE = 'Idle clients, memory of each'
REQUEST = b'GET /api/1/ping HTTP/1.1\r\nHost: bridge\r\n\r\n'
PING = Read('ping', 'GET', '/ping', None, 'constant', '')
SETTLED_KIB = 16
SETTLED_WITHIN_SECONDS = 10.0


def settled_kib(pid: int) -> float:
    """Resident memory, once it does not change any more."""
    end = time.monotonic() + SETTLED_WITHIN_SECONDS
    before = memory_mib(pid, 'VmRSS') * 1024
    while True:
        time.sleep(0.3)
        now = memory_mib(pid, 'VmRSS') * 1024
        if abs(now - before) <= SETTLED_KIB or time.monotonic() > end:
            return now
        before = now


async def crowds(bridge: Bridge, counts: list[int]) -> list[float]:
    """More and more clients, each of which asks once, natively, and stays. Gives what there is of memory at each count;
    the first is without any."""
    clients = []
    memory = [settled_kib(bridge.process.pid)]
    for count in counts:
        more = await opened(bridge.address, count - len(clients), REQUEST)
        told = await asyncio.gather(*(answer(reader) for reader, _ in more))
        if any(each.status != 200 for each in told):
            raise Failure(f'of {count} clients some were told {next(each for each in told if each.status != 200)}')
        clients += more
        memory.append(settled_kib(bridge.process.pid))
    for _, writer in clients:
        writer.close()
    return memory


def idle(binary: Path, directory: Path, upstream: str, counts: list[int]) -> tuple[Curve, list[float]]:
    say(f'{counts[-1]:,} idle clients')
    room = f'[listen]\nmax_connections = {counts[-1] + 100}\n'
    with Bridge(binary, directory / 'idle', upstream, None, sections=room) as bridge:
        bridge.switch('native')
        memory = asyncio.run(crowds(bridge, counts))
    points = [Point(count, (kib - memory[0]) / count) for count, kib in zip(counts, memory[1:], strict=True)]
    return Curve(IDLE, 'clients', 'KiB', points, states_last=True), memory


def active(load: Load, binary: Path, directory: Path, upstream: str, counts: list[int], rounds: int,
           seconds: float) -> tuple[list[Curve], dict[str, Any]]:
    room = f'[listen]\nmax_connections = {counts[-1] + 100}\n\n[legacy]\nmax_waiting = {counts[-1]}\n'
    curves, raw = [], {}
    with Bridge(binary, directory / 'active', upstream, None, sections=room) as bridge:
        for what, mode, variant in (('native', 'native', NATIVE), ('forwarded', 'legacy', LEGACY)):
            bridge.switch(mode)
            way = Way(what, bridge.address, [], variant)
            body = load.ask_by(way, PING)['body']
            load.turn(way, PING, counts[-1], seconds / 4, body).act()
            turns = [load.turn(way._replace(name=str(count)), PING, count, seconds, body) for count in counts]
            measured = interleave(f'active clients, {what}', turns, rounds)
            of = 'clients'
            curves.append(Curve(f'Ping {what}, requests per second', of, '/s',
                                [point(count, measured, str(count), 'per_second') for count in counts]))
            curves.append(Curve(f'Ping {what}, p99', of, 'ms',
                                [point(count, measured, str(count), 'p99_us', 1e-3) for count in counts],
                                states_last=True))
            raw[what] = measured
    return curves, raw
