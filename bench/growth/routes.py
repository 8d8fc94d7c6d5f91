"""Routes: what a request and a start cost by how many there are."""

from pathlib import Path
from typing import Any

from asking import LEGACY, NATIVE, Load, Way
from limits.watch import memory_mib
from reads import Read
from rounds import Rounds, Turn, interleave
from servers import Bridge

from .curve import Curve, point

CONNECTIONS = 16
BOUND = 1.5  # matching depends on the path alone


def sections(count: int) -> str:
    """Half of them are constant paths, half have a variable. A route has a handler; all of these share one."""
    constant = ((f'constant_{number}', f'GET /api/1/constant/{number}/all') for number in range(count // 2))
    variable = ((f'variable_{number}', f'GET /api/1/variable/{number}/{{id:int}}') for number in range(count // 2))
    return ''.join(f'[[route]]\nname = "{name}"\nmatch = "{match}"\nhandler = "ping"\n\n'
                   for name, match in (*constant, *variable))


def reads(count: int) -> dict[str, Read]:
    """The last of each kind, and a path that no pattern has, as long as theirs."""
    last = count // 2 - 1
    return {
        'native, constant path': Read('constant', 'GET', f'/constant/{last}/all', None, '', ''),
        'native, path with a variable': Read('variable', 'GET', f'/variable/{last}/7', None, '', ''),
        'forwarded, no route': Read('none', 'GET', '/variable/none/at-all', None, '', ''),
    }


def measure(load: Load, binary: Path, directory: Path, upstream: str, counts: list[int], rounds: int, seconds: float,
            starts: int) -> tuple[list[Curve], dict[str, Any]]:
    folders = iter(range(1_000_000))

    def bridge(count: int) -> Bridge:
        return Bridge(binary, directory / f'routes-{count}-{next(folders)}', upstream, None, sections=sections(count))

    def start(count: int) -> Turn:
        def act() -> dict[str, Any]:
            with bridge(count) as started:
                return {'seconds': started.started_seconds, 'memory_mib': memory_mib(started.process.pid, 'VmRSS')}

        return Turn(str(count), act)

    started = interleave('starts by number of routes', [start(count) for count in counts], starts)
    bridges = {}
    try:
        for count in counts:
            bridges[count] = bridge(count)
            bridges[count].switch('native')
        asked = ask_all(load, bridges, rounds, seconds)
    finally:
        for each in bridges.values():
            each.end()
    of = 'routes'
    curves = [
        Curve(f'{what}, time of a request', of, 'µs', [point(count, by, str(count), 'us') for count in counts], BOUND)
        for what, by in asked.items()
    ]
    curves += [
        Curve(f'{what}, processor of the bridge', of, 'µs', [point(count, by, str(count), 'processor_us') for count in counts])
        for what, by in asked.items()
    ]
    curves.append(Curve('From the start until it listens', of, 'ms',
                        [point(count, started, str(count), 'seconds', 1e3) for count in counts]))
    curves.append(Curve('Memory after the start', of, 'MiB', [point(count, started, str(count), 'memory_mib') for count in counts]))
    return curves, {'starts': started, 'requests': asked}


def ask_all(load: Load, bridges: dict[int, Bridge], rounds: int, seconds: float) -> dict[str, Rounds]:
    """Every kind of request of every bridge, in turns."""
    measured = {}
    for what in reads(2):
        turns = []
        for count, bridge in bridges.items():
            way = Way(str(count), bridge.address, [], LEGACY if what.startswith('forwarded') else NATIVE)
            read = reads(count)[what]
            body = load.ask_by(way, read)['body']
            load.turn(way, read, CONNECTIONS, seconds / 4, body).act()
            turns.append(timed(bridge, load.turn(way, read, CONNECTIONS, seconds, body)))
        measured[what] = interleave(what, turns, rounds)
    return measured


def timed(bridge: Bridge, turn: Turn) -> Turn:
    """The same, with how long each request took of the machine's time, and of the bridge's processor time."""
    def act() -> dict[str, Any]:
        before = bridge.processor_us()
        summary = turn.act()
        used = (bridge.processor_us() - before) / (summary['reads'] + CONNECTIONS)
        return {**summary, 'us': 1e6 / summary['per_second'], 'processor_us': used}

    return Turn(turn.name, act)
