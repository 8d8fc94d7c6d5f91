"""Measures what mode shadow costs; started by scripts/bench, see bench/README.md.

One bridge forwards, first without and then with comparisons, and so on in turns: its routes.toml is rewritten in between.
So nothing but the mode differs. Beside them legacy is asked directly. The requests are made by a process of its own
(bench/load), one way at a time, a fixed number each, so that checksums of all answers can be compared.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from report import heading, machine, table
from rounds import Failure, Rounds, Subject, Turn, interleave, say
from servers import Bridge, Legacy, Upstream

# --- what is measured -----------------------------------------------------------------------------------------------

# What compat/legacy and the handlers both have.
LEGACY_ROUTES = {
    'ping': '/api/1/ping',
    'info': '/api/1/info',
    'users_list': '/api/1/users',
    'settings_get': '/api/1/settings',
    'tags_list': '/api/1/tags',
    'assets_types': '/api/1/assets/types',
    'locations_all': '/api/1/locations/all',
}
PING = {'ping': '/api/1/ping'}
LEGACY_CONNECTIONS = [1, 8]
QUICK_CONNECTIONS = 16

DIRECT, FORWARDED, SHADOW, AGAIN = 'direct', 'forwarded', 'shadow', 'forwarded again'

# Verdicts of shadowed requests that both sides answer alike.
EXPECTED = ['matched', 'skipped, overload']

COST_BOUND = 1.10
GROWTH_BOUND_KB = 8 * 1024

# Small, so that it is reached; and legacy asked again about every difference, so that it is judged.
EVIDENCE_BYTES = 64 << 10
MEMORY_PARITY = 'max_evidence = "64KiB"\nlegacy_rate = 10000'
# What the file has besides samples: counts of at most 400 places, and up to 1 MiB of pages that are free.
EVIDENCE_BESIDES = 2 << 20
# So that most are judged and few skipped for overload, which would take no memory.
DIFFERENT_PER_SECOND = 2500
HANDLERS_WITHIN_SECONDS = 15.0
MEMORY_EVERY = 500


class Size(NamedTuple):
    """How much is measured."""

    rounds: int
    seconds: float  # of one route in one turn, asked directly
    least: int  # requests of one route in one turn
    different: int  # requests of which memory is measured
    settled: int  # after so many of them it may not grow much


FULL = Size(rounds=9, seconds=0.4, least=200, different=100_000, settled=20_000)
QUICK = Size(rounds=5, seconds=0.1, least=100, different=20_000, settled=5_000)


class Load:
    """The load generator."""

    def __init__(self, binary: Path) -> None:
        self.subject = Subject('load', [str(binary)])

    def ask(self, address: str, method: str, target: str, body: str | None = None) -> dict[str, Any]:
        request = {'method': method, 'target': target, 'headers': [], 'body': body}
        return self.subject.ask('ask', address=address, request=request)

    def ask_often(self, address: str, target: str, connections: int, requests: int, first: int | None = None,
                  per_second: float | None = None, watched: dict[str, int] | None = None) -> dict[str, Any]:
        request = {'method': 'GET', 'target': target, 'headers': [], 'body': None}
        return self.subject.ask('pass', address=address, request=request, connections=connections, requests=requests,
                                acknowledging='quick', first=first, per_second=per_second, watched=watched)


class Cost(NamedTuple):
    """What was measured in front of one backend with some connections."""

    backend: str
    connections: int
    requests: dict[str, int]  # of each route in a turn
    rounds: Rounds  # by way; each with the figures of every route
    verdicts: dict[str, int]

    def p(self, figure: str, way: str, route: str) -> float:
        return statistics.median(turn[route][figure] for turn in self.rounds[way])

    def by_round(self, figure: str, way: str, route: str) -> list[float]:
        """Against forwarding in the same round."""
        pairs = zip(self.rounds[way], self.rounds[FORWARDED], strict=True)
        return [one[route][figure] / other[route][figure] for one, other in pairs]

    def ratio(self, figure: str, way: str, route: str) -> float:
        return self.p(figure, way, route) / self.p(figure, FORWARDED, route)


class Memory(NamedTuple):
    """What was measured of the bridge's memory and its evidence file."""

    samples: list[list[int]]  # answers so far, kilobytes
    verdicts: dict[str, int]
    stored: int  # bytes of all samples
    file: int  # bytes
    per_second: float


# --- measuring ------------------------------------------------------------------------------------------------------


def log_in(load: Load, bridge: Bridge) -> None:
    body = json.dumps({'password': Legacy.PASSWORD})
    answer = load.ask(bridge.address, 'POST', f'/api/1/users/{Legacy.USER}', body)
    if answer['status'] != 200:
        raise Failure(f'the login was refused with {answer["status"]}: {answer["body"]}')


def handlers_run(load: Load, bridge: Bridge, routes: dict[str, str]) -> int:
    """Asks until every handler agrees with legacy: files are opened after a login. Gives the comparisons there were."""
    bridge.switch('shadow')
    end = time.monotonic() + HANDLERS_WITHIN_SECONDS
    asked = 0
    while True:
        before = bridge.verdicts().get('matched', 0)
        for target in routes.values():
            load.ask(bridge.address, 'GET', target)
        asked += len(routes)
        verdicts = bridge.settled(asked)
        if verdicts.get('matched', 0) - before == len(routes):
            return asked
        if time.monotonic() > end:
            raise Failure(f'not every handler agrees with what it is compared with: {verdicts}')
        time.sleep(0.1)


def cost(load: Load, bridge: Bridge, backend: str, address: str, routes: dict[str, str], connections: int,
         size: Size) -> Cost:
    asked = sum(bridge.verdicts().values())
    before = bridge.verdicts()

    def requests_of(target: str) -> int:
        """So many that a turn of one route takes its time. As many for all ways: their checksums are compared."""
        load.ask_often(address, target, connections, 50)
        rate = load.ask_often(address, target, connections, 50 * connections)['per_second']
        return max(size.least, int(rate * size.seconds))

    requests = {route: requests_of(target) for route, target in routes.items()}

    def turn(name: str, mode: str | None) -> Turn:
        def act() -> dict[str, Any]:
            nonlocal asked
            if mode:
                bridge.switch(mode)
            to = bridge.address if mode else address
            figures = {}
            for route, target in routes.items():
                # Once unmeasured: connections and statements are made then.
                load.ask_often(to, target, connections, 4 * connections)
                before = bridge.processor_us()
                figures[route] = load.ask_often(to, target, connections, requests[route])
                figures[route]['processor_us'] = (bridge.processor_us() - before) / requests[route]
            if mode == 'shadow':
                asked += sum(requests.values()) + 4 * connections * len(routes)
                bridge.at_rest(asked)
            return figures

        return Turn(name, act)

    turns = [turn(DIRECT, None), turn(FORWARDED, 'legacy'), turn(SHADOW, 'shadow'), turn(AGAIN, 'legacy')]
    rounds = interleave(f'{backend}, {plural(connections)}', turns, size.rounds)
    verdicts = {word: count - before.get(word, 0) for word, count in bridge.verdicts().items()}
    verdicts = {word: count for word, count in verdicts.items() if count}
    # Handlers that do not run cost nothing.
    if not verdicts.keys() <= set(EXPECTED):
        raise Failure(f'{backend}: comparisons came to something else than {" or ".join(EXPECTED)}: {words(verdicts)}')
    return Cost(backend, connections, requests, rounds, verdicts)


def memory(load: Load, bridge: Bridge, size: Size) -> Memory:
    say(f'{size.different} requests with different answers')
    bridge.switch('shadow')
    watched = {'pid': bridge.process.pid, 'every': MEMORY_EVERY}
    passed = load.ask_often(bridge.address, PING['ping'], QUICK_CONNECTIONS, size.different, first=1,
                            per_second=DIFFERENT_PER_SECOND, watched=watched)
    verdicts = bridge.at_rest(size.different)
    stored = sum(sample['bytes'] for sample in bridge.get('/api/samples'))
    return Memory(passed['memory'], verdicts, stored, bridge.evidence.stat().st_size, passed['per_second'])


class Measurements(NamedTuple):
    """Everything that was measured."""

    costs: list[Cost]
    memory: Memory


def measure(load: Load, binaries: dict[str, Path], directory: Path, size: Size) -> Measurements:
    costs = []
    with Legacy(directory) as legacy, Bridge(binaries['bridge'], directory / 'before-legacy', legacy.address,
                                             legacy.data) as bridge:
        log_in(load, bridge)
        handlers_run(load, bridge, LEGACY_ROUTES)
        for connections in LEGACY_CONNECTIONS:
            costs.append(cost(load, bridge, 'legacy', legacy.address, LEGACY_ROUTES, connections, size))
    with Upstream(binaries['upstream'], directory, 'same') as upstream, Bridge(
            binaries['bridge'], directory / 'before-same', upstream.address, None) as bridge:
        handlers_run(load, bridge, PING)
        costs.append(cost(load, bridge, 'quick upstream', upstream.address, PING, QUICK_CONNECTIONS, size))
    with Upstream(binaries['upstream'], directory, 'different') as upstream, Bridge(
            binaries['bridge'], directory / 'before-different', upstream.address, None, MEMORY_PARITY) as bridge:
        return Measurements(costs, memory(load, bridge, size))


# --- what the figures say -------------------------------------------------------------------------------------------


class Requirement(NamedTuple):
    """A bound, and what was measured."""

    text: str
    bound: str
    measured: str
    figures: str
    met: bool | None
    """None where the figure is there for the record, without a bound."""


def against_forwarding(each: Cost, name: str, figure: str, bounded: bool) -> Requirement:
    """Over all routes, as their geometric mean. Beside it the same ratio of forwarding and forwarding again, and the route
    that comes off worst."""
    def overall(way: str) -> float:
        return statistics.geometric_mean(each.ratio(figure, way, route) for route in each.requests)

    worst = max(each.requests, key=lambda route: each.ratio(figure, SHADOW, route))
    rounds = each.by_round(figure, SHADOW, worst)
    ratio = overall(SHADOW)
    of = '' if len(each.requests) == 1 else f', {len(each.requests)} routes'
    return Requirement(
        f'{each.backend}, {plural(each.connections)}: {name} with shadow, against forwarding{of}',
        f'≤ {COST_BOUND:.2f}×' if bounded else 'for the record',
        f'{ratio:.3f}×',
        f'forwarding again {overall(AGAIN):.3f}×; worst {worst}: {each.p(figure, SHADOW, worst):,.0f} / '
        f'{each.p(figure, FORWARDED, worst):,.0f} µs, by round {min(rounds):.2f}–{max(rounds):.2f}, '
        f'forwarding again {each.ratio(figure, AGAIN, worst):.3f}×',
        ratio <= COST_BOUND if bounded else None,
    )


def requirements(m: Measurements, size: Size) -> Iterator[Requirement]:
    for each in m.costs:
        # The bound is about a user's request. With more connections than gevent has threads, or a backend that takes no
        # time, the machine is full, and the figures say what it has left.
        yield against_forwarding(each, 'p50', 'p50_us', each.connections == 1)
        # See bench/README.md: in front of gevent p50 jumps between two values.
        if each.connections > 1 and each.backend == 'legacy':
            yield against_forwarding(each, 'mean', 'mean_us', False)
    passes = [(turn[route]['checksum'], each, route) for each in m.costs for way in (FORWARDED, SHADOW, AGAIN)
              for turn in each.rounds[way] for route in each.requests]
    different = sum(len({checksum for checksum, one, name in passes if one is each and name == route}) > 1
                    for each in m.costs for route in each.requests)
    answers = sum(sum(each.requests.values()) * len(each.rounds[SHADOW]) for each in m.costs)
    yield Requirement(
        'Answers with shadow, byte for byte those of forwarding',
        'all',
        'all' if not different else f'not on {different} routes',
        f'{answers:,} answers; checksums of {len(passes)} passes',
        not different,
    )
    counted = sum(m.memory.verdicts.values())
    yield Requirement('Verdicts of as many requests with different answers', f'{size.different:,}', f'{counted:,}',
                      words(m.memory.verdicts), counted == size.different)
    settled = max(kilobytes for answers, kilobytes in m.memory.samples if answers <= size.settled)
    most = max(kilobytes for answers, kilobytes in m.memory.samples if answers > size.settled)
    yield Requirement(
        f'Memory: growth from request {size.settled:,} to {size.different:,}',
        f'≤ {GROWTH_BOUND_KB / 1024:g} MiB',
        f'{(most - settled) / 1024:.1f} MiB',
        f'at most {settled / 1024:.1f} MiB until then, {most / 1024:.1f} MiB after',
        most - settled <= GROWTH_BOUND_KB,
    )
    bound = EVIDENCE_BYTES + EVIDENCE_BESIDES
    yield Requirement(
        'Evidence: samples, and the file',
        f'≤ {EVIDENCE_BYTES >> 10:,}, {bound >> 10:,} KiB',
        f'{m.memory.stored / 1024:,.0f}, {m.memory.file / 1024:,.0f} KiB',
        MEMORY_PARITY.replace('\n', ', '),
        m.memory.stored <= EVIDENCE_BYTES and m.memory.file <= bound,
    )


# --- output ---------------------------------------------------------------------------------------------------------


def plural(connections: int) -> str:
    return f'{connections} connection{"s" * (connections > 1)}'


def words(verdicts: dict[str, int]) -> str:
    return ', '.join(f'{word} {count:,}' for word, count in verdicts.items())


def print_cost(each: Cost) -> None:
    heading(f'{each.backend}, {plural(each.connections)}; ratios to forwarding (medians of rounds)')
    rows = []
    for route in each.requests:
        for way in (DIRECT, FORWARDED, SHADOW, AGAIN):
            rounds = each.by_round('p50_us', way, route)
            rows.append([
                route if way == DIRECT else '',
                way,
                f'{sum(turn[route]["reads"] for turn in each.rounds[way]):,}',
                *(f'{each.p(figure, way, route):,.0f}' for figure in ('mean_us', 'p50_us', 'p99_us')),
                '' if way == DIRECT else f'{each.p("processor_us", way, route):,.0f}',
                *([''] * 4 if way == FORWARDED else [
                    f'{each.ratio("p50_us", way, route):.3f}×',
                    f'{min(rounds):.2f}–{max(rounds):.2f}',
                    f'{each.ratio("mean_us", way, route):.3f}×',
                    f'{each.ratio("p99_us", way, route):.2f}×',
                ]),
            ])
    head = ['route', 'way', 'requests', 'mean µs', 'p50 µs', 'p99 µs', 'bridge µs', 'p50', 'by round', 'mean', 'p99']
    table(head, rows, left=2)
    print(f'  comparisons: {words(each.verdicts)}\n')


def print_memory(each: Memory, size: Size) -> None:
    heading(f'Memory of the bridge; {size.different:,} requests with different answers, {QUICK_CONNECTIONS} connections, '
            f'{each.per_second:,.0f} per second')
    step = size.different // 10
    rows = [
        [f'{until:,}', *(f'{pick(kb for answers, kb in each.samples if until - step < answers <= until) / 1024:.1f}'
                         for pick in (min, max))]
        for until in range(step, size.different + 1, step)
    ]
    table(['requests until', 'least MiB', 'most MiB'], rows)


def print_report(m: Measurements, checked: list[Requirement], facts: dict[str, str], size: Size) -> None:
    heading(f'Requirements (medians of {size.rounds} rounds)')
    table(
        ['requirement', 'bound', 'measured', '', 'figures'],
        [[each.text, each.bound, each.measured, {True: 'PASS', False: 'FAIL', None: ''}[each.met], each.figures] for each in checked],
        left=5,
    )
    for each in m.costs:
        print_cost(each)
    print_memory(m.memory, size)
    heading('Machine')
    table(['what', 'which'], [[name, text] for name, text in facts.items()], left=2)


def main() -> int:
    parser = argparse.ArgumentParser(description='Measures what mode shadow costs. Start it with scripts/bench shadow.')
    for name in ('bridge', 'load', 'upstream'):
        parser.add_argument(f'--{name}', type=Path, required=True, help='the built program')
    parser.add_argument('--data', type=Path, required=True, help='folder for data, logs and evidence; emptied first')
    parser.add_argument('--quick', action='store_true', help='fewer and shorter rounds')
    parser.add_argument('--json', type=Path, help='file for every figure of every round')
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else FULL
    load_before = os.getloadavg()[0]
    began = time.monotonic()
    shutil.rmtree(arguments.data, ignore_errors=True)
    arguments.data.mkdir(parents=True)
    load = Load(arguments.load)
    try:
        binaries = {'bridge': arguments.bridge, 'upstream': arguments.upstream}
        measurements = measure(load, binaries, arguments.data, size)
    except Failure as failure:
        say(str(failure))
        return 2
    finally:
        load.subject.end()
    checked = list(requirements(measurements, size))
    facts = machine(load_before)
    print_report(measurements, checked, facts, size)
    if arguments.json:
        report = {
            'machine': facts,
            'size': size._asdict(),
            'requirements': [each._asdict() for each in checked],
            'costs': [each._asdict() for each in measurements.costs],
            'memory': measurements.memory._asdict(),
        }
        arguments.json.write_text(json.dumps(report, indent=2, ensure_ascii=False) + '\n')
    bounded = [each for each in checked if each.met is not None]
    missed = [each for each in bounded if not each.met]
    say(f'done in {time.monotonic() - began:.0f} s; {len(bounded) - len(missed)} of {len(bounded)} bounds met')
    return 1 if missed else 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
