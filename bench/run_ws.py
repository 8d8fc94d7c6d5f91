"""Measures the websocket notifier in bridge mode; started by scripts/bench, see bench/README.md.

One server after another publishes the same messages to clients of its own: the legacy notifier on gevent-websocket,
`broadcast` of Python's websockets, a bare tungstenite loop, and the bridge, which gets them from an upstream that takes
no time. In turns, first as fast as they can, then at a pace that the slowest can keep.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from report import heading, machine, table
from rounds import Failure, Rounds, Turn, interleave, median, say
from ws_servers import Clients, Started, memory_kb, unsent

# --- what is measured -----------------------------------------------------------------------------------------------

CUTOVER, GEVENT, WEBSOCKETS = 'cutover', 'gevent-websocket', 'websockets'
CORES = len(os.sched_getaffinity(0))
LIMITS = {f'tungstenite, {threads} thread{"s" * (threads > 1)}': threads for threads in sorted({1, CORES})}
# The bridge writes so many frames at once if they are there, and the limit has to be able to do what the bridge does.
BATCH = 64
BATCHED = {f'{name}, {BATCH} at once': name for name in LIMITS}

CLIENTS = 1000
IDLE_CLIENTS = 10_000
IDLE_BROADCASTS = 20
SPARE_FILES = 200

# The pace, of what gevent-websocket can do. It is the slowest by far, or was until somebody made it quicker.
PACE = 0.5
# Published at a time until a client that does not read is stalled, that is until the kernel takes no more for it.
UNTIL_STALLED = 1000
# A bridge is to keep what a burst brings, see BRIDGE_SECTIONS.
MOST_MESSAGES = 30_000

DELIVERIES_BOUNDS = {GEVENT: 20.0, WEBSOCKETS: 5.0}
LIMIT_BOUND = 0.8
P99_BOUND = 1.0
STALLED_BOUND = 1.10
IDLE_BOUND_KIB = 24.0

READING, STALLED, AGAIN = 'all read', 'one more does not', 'all read, again'


class Size(NamedTuple):
    """How much is measured."""

    rounds: int
    burst_seconds: float  # of one turn
    paced_seconds: float  # likewise


FULL = Size(rounds=9, burst_seconds=1.0, paced_seconds=4.0)
QUICK = Size(rounds=3, burst_seconds=0.4, paced_seconds=1.5)


class Idle(NamedTuple):
    """Memory of a bridge with clients that have nothing to do."""

    clients: int
    before: dict[str, int]  # kilobytes, before there was any
    idle: dict[str, int]
    after: dict[str, int]  # after some messages to everybody

    def kib(self, then: dict[str, int], figure: str = 'Rss') -> float:
        return (then[figure] - self.before[figure]) / self.clients


class Measurements(NamedTuple):
    """Everything that was measured."""

    burst: Rounds
    paced: Rounds
    per_second: float  # messages, of the pace
    stalled: Rounds | None
    idle: Idle | None


# --- measuring ------------------------------------------------------------------------------------------------------


def burst_turn(name: str, clients: Clients, size: Size, batch: int | None = None) -> Turn:
    messages = min(MOST_MESSAGES, max(20, int(clients.rate(batch) * size.burst_seconds)))
    return Turn(name, lambda: clients.pass_messages(messages, batch=batch))


def stall(clients: Clients) -> int:
    """Opens a client that does not read, and publishes until the kernel is full and the bridge has to keep the rest. Gives
    its port."""
    port = clients.load.ask('stall', address=clients.address, number=clients.publisher.published + 1)['port']
    held, more = -1, 0
    for _ in range(MOST_MESSAGES // UNTIL_STALLED):
        clients.pass_messages(UNTIL_STALLED)
        held, more = more, unsent(clients.address, port)
        if held == more > 0:
            return port
    raise Failure(f'a client that does not read is not stalled: {more} bytes are on their way to it')


def stalled_turns(clients: Clients, messages: int, per_second: float) -> list[Turn]:
    """The same clients with and without one more that does not read."""
    def without() -> dict[str, Any]:
        return clients.pass_messages(messages, per_second)

    def beside() -> dict[str, Any]:
        before = clients.publisher.published
        port = stall(clients)
        held = unsent(clients.address, port)
        figures = clients.pass_messages(messages, per_second)
        if unsent(clients.address, port) != held:
            raise Failure('the client that does not read was given up')
        last = clients.publisher.published
        resumed = clients.load.ask('resume', last=last, within_seconds=20)
        if resumed['ended']:
            say(f'the client that did not read got {resumed["received"]} messages: {resumed["ended"]}')
        return figures | {'missed': last - before, 'late': resumed['received'], 'kernel_bytes': held}

    return [Turn(READING, without), Turn(STALLED, beside), Turn(AGAIN, without)]


def idle(started: Started) -> Idle:
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE_FILES
    count = min(IDLE_CLIENTS, allowed)
    if count < IDLE_CLIENTS:
        say(f'this system allows {count} clients of {IDLE_CLIENTS}: ulimit -n')
    say(f'{count} idle clients')
    clients = started.cutover('idle')
    clients.quiet()
    before = memory_kb(clients.pid)
    clients.connect(count)
    clients.quiet()
    connected = memory_kb(clients.pid)
    for _ in range(IDLE_BROADCASTS):
        clients.pass_messages(1)
    clients.quiet()
    return Idle(count, before, connected, memory_kb(clients.pid))


def measure(started: Started, size: Size, with_cutover: bool) -> Measurements:
    servers = {
        GEVENT: started.python(GEVENT, 'ws_gevent.py'),
        WEBSOCKETS: started.python(WEBSOCKETS, 'ws_websockets.py'),
        **{name: started.limit(name, threads) for name, threads in LIMITS.items()},
        **({CUTOVER: started.cutover(CUTOVER)} if with_cutover else {}),
    }
    for name, clients in servers.items():
        say(f'{CLIENTS} clients of {name}')
        clients.connect(CLIENTS)
    turns = [burst_turn(name, clients, size) for name, clients in servers.items()]
    turns += [burst_turn(name, servers[of], size, BATCH) for name, of in BATCHED.items()]
    burst = interleave('as fast as they can', turns, size.rounds)
    per_second = PACE * median(burst, GEVENT, 'per_second') / CLIENTS
    messages = max(10, int(per_second * size.paced_seconds))
    turns = [Turn(name, lambda clients=clients: clients.pass_messages(messages, per_second))
             for name, clients in servers.items()]
    paced = interleave(f'at {per_second:.1f} messages a second', turns, size.rounds)
    if not with_cutover:
        return Measurements(burst, paced, per_second, None, None)
    turns = stalled_turns(servers[CUTOVER], messages, per_second)
    stalled = interleave('one client that does not read', turns, size.rounds)
    return Measurements(burst, paced, per_second, stalled, idle(started))


# --- what the figures say -------------------------------------------------------------------------------------------


class Requirement(NamedTuple):
    """A bound, and what was measured."""

    text: str
    bound: str
    measured: str
    figures: str
    met: bool | None
    """None where the figure is there for the record, without a bound."""


def ratios(rounds: Rounds, figure: str, name: str, other: str) -> list[float]:
    """In the single rounds."""
    return [one[figure] / two[figure] for one, two in zip(rounds[name], rounds[other], strict=True)]


def span(values: list[float], digits: int = 2) -> str:
    return f'{min(values):.{digits}f}–{max(values):.{digits}f}'


def best(rounds: Rounds, names: list[str], figure: str, pick: Callable[..., str]) -> str:
    return pick(names, key=lambda name: median(rounds, name, figure))


def deliveries(m: Measurements, text: str, other: str, bound: float | None) -> Requirement:
    ours, theirs = (median(m.burst, name, 'per_second') for name in (CUTOVER, other))
    ratio = ours / theirs
    return Requirement(
        f'Deliveries per second, against {text}',
        f'≥ {bound:g}×' if bound else 'for the record',
        f'{ratio:.2f}×',
        f'{ours:,.0f} / {theirs:,.0f}, by round {span(ratios(m.burst, "per_second", CUTOVER, other))}',
        ratio >= bound if bound else None,
    )


def p99(m: Measurements, text: str, other: str, bound: float | None) -> Requirement:
    ours, theirs = (median(m.paced, name, 'p99_us') for name in (CUTOVER, other))
    ratio = ours / theirs
    return Requirement(
        f'p99 from publishing to receipt at {m.per_second:.0f} messages a second, against {text}',
        f'≤ {bound:.2f}×' if bound else 'for the record',
        f'{ratio:.2f}×',
        f'{ours / 1e3:.1f} / {theirs / 1e3:.1f} ms, by round {span(ratios(m.paced, "p99_us", CUTOVER, other))}',
        ratio <= bound if bound else None,
    )


def requirements(m: Measurements) -> Iterator[Requirement]:
    if m.stalled is None or m.idle is None:
        return
    for other, bound in DELIVERIES_BOUNDS.items():
        yield deliveries(m, other, other, bound)
    limit = best(m.burst, [*LIMITS, *BATCHED], 'per_second', max)
    yield deliveries(m, f'the limit ({limit})', limit, LIMIT_BOUND)
    other = best(m.burst, [*LIMITS], 'per_second', max)
    yield deliveries(m, f'a system call for each ({other})', other, None)
    for other in DELIVERIES_BOUNDS:
        yield p99(m, other, other, P99_BOUND)
    limit = best(m.paced, [*LIMITS], 'p99_us', min)
    yield p99(m, f'the limit ({limit})', limit, None)
    first, beside, again = (median(m.stalled, name, 'p99_us') for name in (READING, STALLED, AGAIN))
    without = statistics.median(turn['p99_us'] for name in (READING, AGAIN) for turn in m.stalled[name])
    late, missed = (sum(turn[figure] for turn in m.stalled[STALLED]) for figure in ('late', 'missed'))
    yield Requirement(
        f'p99 of {CLIENTS:,} clients beside one that does not read, against without it',
        f'≤ {STALLED_BOUND:.2f}×',
        f'{beside / without:.2f}×',
        f'{beside / 1e3:.1f} / {without / 1e3:.1f} ms, by round {span(ratios(m.stalled, "p99_us", STALLED, READING))}; '
        f'without it before {first / 1e3:.1f}, after {again / 1e3:.1f} ms',
        beside / without <= STALLED_BOUND,
    )
    kernel = max(turn['kernel_bytes'] for turn in m.stalled[STALLED])
    yield Requirement(
        'Messages that it gets once it reads, in order',
        'all',
        'all' if late == missed else f'{late:,}',
        f'of {missed:,}; the kernel held at most {kernel / 2**20:.1f} MiB for it, the bridge the rest',
        late == missed,
    )
    for text, then in (('idle', m.idle.idle), (f'after {IDLE_BROADCASTS} messages to all of them', m.idle.after)):
        yield Requirement(
            f'Memory of a client, {m.idle.clients:,} clients, {text}',
            f'≤ {IDLE_BOUND_KIB:g} KiB',
            f'{m.idle.kib(then):.1f} KiB',
            f'{m.idle.before["Rss"] / 1024:.1f} MiB before, {then["Rss"] / 1024:.1f} MiB then; by proportional memory '
            f'{m.idle.kib(then, "Pss"):.1f} KiB; at most {then["VmHWM"] / 1024:.1f} MiB until then',
            m.idle.kib(then) <= IDLE_BOUND_KIB,
        )


# --- output ---------------------------------------------------------------------------------------------------------


def print_burst(m: Measurements) -> None:
    heading(f'As fast as they can; {CLIENTS:,} clients, 1 KiB (medians of rounds; ratios to {GEVENT})')
    head = ['server', 'messages', 'deliveries/s', 'ratio', 'by round', 'server µs', 'server cores', 'clients cores',
            'a read', 'p50 ms', 'p99 ms']
    rows = [
        [
            name,
            f'{sum(turn["messages"] for turn in turns):,}',
            f'{median(m.burst, name, "per_second"):,.0f}',
            f'{median(m.burst, name, "per_second") / median(m.burst, GEVENT, "per_second"):.2f}×',
            span(ratios(m.burst, 'per_second', name, GEVENT)),
            *(f'{median(m.burst, name, figure):.2f}' for figure in ('server_us', 'server_cores', 'clients_cores')),
            f'{statistics.median(turn["reads"] / turn["calls"] for turn in turns):.1f}',
            *(f'{median(m.burst, name, figure) / 1e3:.1f}' for figure in ('p50_us', 'p99_us')),
        ]
        for name, turns in m.burst.items()
    ]
    table(head, rows)


def print_paced(text: str, rounds: Rounds, base: str) -> None:
    heading(f'{text} (medians of rounds; pace and max the worst of all; ratios to {base})')
    head = ['server', 'messages', 'pace', 'p50 ms', 'p99 ms', 'p99.9 ms', 'max ms', 'p99', 'by round', 'server µs',
            'server cores', 'clients cores']
    rows = [
        [
            name,
            f'{sum(turn["messages"] for turn in turns):,}',
            f'{min(turn["pace"] for turn in turns):.0%}',
            *(f'{median(rounds, name, figure) / 1e3:.1f}' for figure in ('p50_us', 'p99_us', 'p999_us')),
            f'{max(turn["max_us"] for turn in turns) / 1e3:.1f}',
            f'{median(rounds, name, "p99_us") / median(rounds, base, "p99_us"):.2f}×',
            span(ratios(rounds, 'p99_us', name, base)),
            *(f'{median(rounds, name, figure):.2f}' for figure in ('server_us', 'server_cores', 'clients_cores')),
        ]
        for name, turns in rounds.items()
    ]
    table(head, rows)


def print_report(m: Measurements, checked: list[Requirement], facts: dict[str, str], size: Size) -> None:
    if checked:
        heading(f'Requirements (medians of {size.rounds} rounds)')
        table(
            ['requirement', 'bound', 'measured', '', 'figures'],
            [[each.text, each.bound, each.measured, {True: 'PASS', False: 'FAIL', None: ''}[each.met], each.figures]
             for each in checked],
            left=5,
        )
    print_burst(m)
    pace = f'{m.per_second:.1f} messages a second'
    print_paced(f'At {pace}; {CLIENTS:,} clients, 1 KiB', m.paced, GEVENT)
    if m.stalled:
        print_paced(f'Beside a client that does not read, at {pace}; {CLIENTS:,} clients of {CUTOVER}', m.stalled, READING)
    heading('Machine')
    table(['what', 'which'], [[name, text] for name, text in facts.items()], left=2)


def main() -> int:
    parser = argparse.ArgumentParser(description='Measures the websocket notifier. Start it with scripts/bench ws.')
    parser.add_argument('--bridge', type=Path, required=True, help='the built program')
    parser.add_argument('--binaries', type=Path, required=True, help='folder of the other built programs')
    parser.add_argument('--data', type=Path, required=True, help='folder for configuration and logs; emptied first')
    parser.add_argument('--quick', action='store_true', help='fewer and shorter rounds')
    parser.add_argument('--without', choices=[CUTOVER], help='measure the others alone; no requirement is judged')
    parser.add_argument('--json', type=Path, help='file for every figure of every round')
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else FULL
    load_before = os.getloadavg()[0]
    began = time.monotonic()
    shutil.rmtree(arguments.data, ignore_errors=True)
    arguments.data.mkdir(parents=True)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with Started(arguments.binaries, arguments.bridge, arguments.data) as started:
            measurements = measure(started, size, not arguments.without)
    except Failure as failure:
        say(str(failure))
        return 2
    checked = list(requirements(measurements))
    facts = machine(load_before)
    print_report(measurements, checked, facts, size)
    if arguments.json:
        report = {
            'machine': facts,
            'size': size._asdict(),
            'requirements': [each._asdict() for each in checked],
            'burst': measurements.burst,
            'paced': measurements.paced,
            'per_second': measurements.per_second,
            'stalled': measurements.stalled,
            'idle': measurements.idle and measurements.idle._asdict(),
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
