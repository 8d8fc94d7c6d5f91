"""What is asked through each proxy, and what is looked at meanwhile."""

import contextlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from proxy.generator import VARIANT, Asked, Generator
from proxy.rivals import Rival, Running
from rounds import Failure, Rounds, Turn, interleave
from servers import Bridge, Legacy, Server, Upstream

DIRECT, CUTOVER = 'direct', 'cutover'
SMALL, LARGE, PING = '/api/1/small', '/api/1/large', '/api/1/ping'
# Computes for so long, in which nobody else is answered: about what rotki takes for a small answer.
SLOW, SLOW_BEGINS = '/api/1/_test/busy?seconds=0.003', '{"result": {"rounds": '
MIB = 1 << 20
BODY = 10 * MIB
CONNECTIONS = {'small': 64, 'one': 1, 'large': 4, 'legacy': 16}


class Size(NamedTuple):
    """How much is measured."""

    rounds: int
    seconds: float  # of one turn


FULL = Size(rounds=9, seconds=1.5)
QUICK = Size(rounds=3, seconds=0.4)


class Way(NamedTuple):
    """A proxy, or none."""

    name: str
    address: str
    server: Server | None


class Memory(NamedTuple):
    """Resident memory of a proxy, kilobytes: before the first large body, and the most since."""

    before: int
    most: int

    @property
    def growth_mib(self) -> float:
        return (self.most - self.before) / 1024


class Measurements(NamedTuple):
    """Everything that was measured."""

    small: Rounds
    one: Rounds
    download: Rounds
    upload: Rounds
    memory: dict[str, Memory]
    slow: Rounds
    ping: Rounds


class Programs(NamedTuple):
    """What there is to start."""

    bridge: Path | None
    upstream: Path
    rivals: list[Rival]


@contextlib.contextmanager
def in_front_of(address: str, programs: Programs, directory: Path, large: bool = False) -> Iterator[list[Way]]:
    """Every proxy in front of the same upstream, none of which knows of the others."""
    directory.mkdir()
    with ExitStack() as stack:
        ways = [Way(DIRECT, address, None)]
        if programs.bridge:
            bridge = stack.enter_context(Bridge(programs.bridge, directory / CUTOVER, address, None))
            ways.append(Way(CUTOVER, bridge.address, bridge))
        for rival in programs.rivals:
            running = stack.enter_context(Running(rival, directory / rival.name.lower(), address, large))
            ways.append(Way(rival.name, running.address, running))
        yield ways


def scene(what: str, generator: Generator, ways: list[Way], upstream: Server, asked: Asked, connections: int,
          size: Size) -> Rounds:
    """Rounds in which every way has its turn."""
    def turn(way: Way) -> Turn:
        def act() -> dict[str, Any]:
            before = way.server.processor_us() if way.server else 0.0
            upstream_before = upstream.processor_us()
            figures = generator.closed_loop(way.name, way.address, asked, connections, size.seconds)
            # Each connection has asked once before the clock starts.
            requests = figures['reads'] + connections
            figures['upstream_us'] = (upstream.processor_us() - upstream_before) / requests
            figures['processor_us'] = (way.server.processor_us() - before) / requests if way.server else None
            return figures

        return Turn(way.name, act)

    return interleave(what, [turn(way) for way in ways], size.rounds)


def same_answer(generator: Generator, ways: list[Way], target: str) -> str:
    """The body that everybody has to give. That of the bridge has to be legacy's, and not its own."""
    answers = {way.name: generator.ask(way.address, target) for way in ways}
    direct = answers[DIRECT]
    for name, answer in answers.items():
        if (answer['status'], answer['body']) != (200, direct['body']):
            raise Failure(f'{target}, {name}: another answer than directly: {answer["status"]} {answer["body"]}')
        if name == CUTOVER and answer['variant'] != VARIANT:
            raise Failure(f'{target} is answered by {answer["variant"]} in place of {VARIANT}')
    return direct['body']


def resident(ways: list[Way], word: str) -> dict[str, int]:
    """Kilobytes by name of the way, all of its processes."""
    found = {}
    for way in ways:
        if way.server:
            found[way.name] = sum(status(pid, word) for pid in way.server.processes())
    return found


def status(pid: int, word: str) -> int:
    lines = Path(f'/proc/{pid}/status').read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f'{word}:'))


def forget_peaks(ways: list[Way]) -> None:
    """Has the kernel take the most that there was from now on."""
    for pid in (pid for way in ways if way.server for pid in way.server.processes()):
        with contextlib.suppress(OSError):
            Path(f'/proc/{pid}/clear_refs').write_text('5')


def large(generator: Generator, ways: list[Way], upstream: Server, size: Size) -> tuple[Rounds, Rounds, dict[str, Memory]]:
    connections = CONNECTIONS['large']
    same_answer(generator, ways, SMALL)
    forget_peaks(ways)
    before = resident(ways, 'VmRSS')
    download = Asked('GET', LARGE, {'payload': BODY}, bytes=BODY)
    upload = Asked('POST', LARGE, {'text': f'{{"result": {BODY}, "message": ""}}'}, upload=BODY, bytes=BODY)
    down = scene('10 MiB down', generator, ways, upstream, download, connections, size)
    up = scene('10 MiB up', generator, ways, upstream, upload, connections, size)
    most = resident(ways, 'VmHWM')
    return down, up, {name: Memory(before[name], most[name]) for name in before}


def measure(generator: Generator, programs: Programs, directory: Path, size: Size) -> Measurements:
    with Upstream(programs.upstream, directory, 'bodies') as upstream:
        with in_front_of(upstream.address, programs, directory / 'small') as ways:
            small = Asked('GET', SMALL, {'text': same_answer(generator, ways, SMALL)})
            many, one = (scene(f'1 KiB, connections: {CONNECTIONS[which]}', generator, ways, upstream, small,
                               CONNECTIONS[which], size) for which in ('small', 'one'))
        with in_front_of(upstream.address, programs, directory / 'large', large=True) as ways:
            down, up, memory = large(generator, ways, upstream, size)
    with Legacy(directory) as legacy, in_front_of(legacy.address, programs, directory / 'legacy') as ways:
        ping = Asked('GET', PING, {'text': same_answer(generator, ways, PING)}, acknowledging='quick')
        slow = Asked('GET', SLOW, {'begins': SLOW_BEGINS}, acknowledging='quick')
        waiting, quick = (scene(f'{asked.target} of legacy', generator, ways, legacy, asked, CONNECTIONS['legacy'], size)
                          for asked in (slow, ping))
    return Measurements(many, one, down, up, memory, waiting, quick)
