"""Rows: what a page costs by how many rows its table has."""

import contextlib
import statistics
import time
from pathlib import Path
from typing import Any

from asking import NATIVE, NATIVE_WITHIN_SECONDS, Load, Way, ask_natively, log_in
from filling import filled, user_connection
from reads import Read
from rounds import Turn, interleave, say
from servers import Bridge, Legacy

from .curve import Curve, Point, point

BOUND = 2.0  # a page costs what is on it
WRITES = 9
# Both say how many rows there are and how many match, beside the page.
PAGES = [
    Read('notes', 'POST', '/notes', '{"limit": 10, "offset": 0}', 'user', ''),
    Read('calendar', 'POST', '/calendar', '{"limit": 10, "offset": 0}', 'user', ''),
]


def measure(load: Load, binary: Path, directory: Path, counts: list[int], rounds: int,
            seconds: float) -> tuple[list[Curve], dict[str, Any]]:
    curves, raw = [], {}
    with contextlib.ExitStack() as stack:
        ways, files = {}, {}
        for count in counts:
            say(f'writing {count:,} notes and calendar entries')
            folder = directory / f'rows-{count}'
            folder.mkdir()
            files[count] = filled(folder, notes=count, entries=count)
            legacy = stack.enter_context(Legacy(folder))
            bridge = stack.enter_context(Bridge(binary, folder / 'bridge', legacy.address, legacy.data))
            log_in(load, bridge.address, Legacy.USER, Legacy.PASSWORD)
            bridge.switch('native')
            ways[count] = Way(str(count), bridge.address, [], NATIVE)
        for read in PAGES:
            end = time.monotonic() + NATIVE_WITHIN_SECONDS
            bodies = {count: ask_natively(load, way, read, end)['body'] for count, way in ways.items()}
            turns = [load.turn(way, read, 1, seconds, bodies[count]) for count, way in ways.items()]
            measured = interleave(f'a page of {read.name}', turns, rounds)
            what = f'A page of {read.name}'
            curves.append(Curve(f'{what}, p50', 'rows', 'ms',
                                [point(count, measured, str(count), 'p50_us', 1e-3) for count in counts], BOUND))
            written = {count: after_writes(load, ways[count], read, files[count]) for count in counts}
            curves.append(Curve(f'{what}, the first after a write', 'rows', 'ms',
                                [Point(count, statistics.median(each), (min(each), max(each)))
                                 for count, each in written.items()]))
            raw[read.name] = {'pages': measured, 'after_writes_ms': written}
    return curves, raw


def after_writes(load: Load, way: Way, read: Read, data: Path) -> list[float]:
    """Milliseconds of a page, each after somebody else has written to the file: what was kept of the last one is of no
    use then. On a connection of its own, and with what the load generator needs."""
    connection = user_connection(data)
    times = []
    for number in range(WRITES):
        connection.execute("UPDATE settings SET value = ? WHERE name = 'ui_floating_precision'", (str(number % 3 + 2),))
        connection.commit()
        began = time.monotonic()
        load.ask_by(way, read)
        times.append((time.monotonic() - began) * 1e3)
    connection.close()
    return times
