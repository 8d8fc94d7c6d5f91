"""The same reads of legacy and of the bridge in front of it."""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from asking import LEGACY, NATIVE, NATIVE_WITHIN_SECONDS, Load, Way, ask_natively, same
from judged import Bar, Chart, Requirement, ratios, spread
from reads import Read
from report import heading, table
from rounds import Failure, Rounds, Turn, interleave, median
from servers import Bridge

QUICK = 'legacy, acknowledged at once'
CONNECTIONS = 64
# Legacy answers so few of them that a round is long.
ROUNDS_OF_LARGE = 3
P99_BOUND_MS = 10.0
SMALL, LARGE = 100.0, 20.0


class Work(NamedTuple):
    """A read, and how many times legacy's requests per second it is to have; one that legacy takes long for is asked by one
    client at a time, and is to be as many times faster at p50."""

    read: Read
    bound: float
    in_compat: bool  # whether the backend of compat/ has it
    connections: int = CONNECTIONS

    @property
    def by_time(self) -> bool:
        return self.connections == 1


# As the frontend asks for the first page.
PAGE = ('{"limit": 10, "offset": 0, "group_by_event_ids": true, "order_by_attributes": ["timestamp"], "ascending": [false], '
        '"exclude_ignored_assets": true}')
TOKENS = '["ETH", "BTC", "EUR", "eip155:1/erc20:0x6B175474E89094C44Da98b954EedeAC495271d0F"]'
WORK = [
    Work(Read('ping', 'GET', '/ping', None, 'constant', 'no work at all'), SMALL, True),
    Work(Read('tags_list', 'GET', '/tags', None, 'user', 'one small table'), SMALL, True),
    Work(Read('settings_get', 'GET', '/settings', None, 'user', 'many rows, each converted in its own way'), SMALL, True),
    Work(Read('notes_list', 'POST', '/notes', '{"limit": 10, "offset": 0}', 'user', 'filter, page and counts'), SMALL, True),
    Work(Read('assets_mappings', 'POST', '/assets/mappings', f'{{"identifiers": {TOKENS}}}', 'both', 'four assets by name'),
         SMALL, False),
    Work(Read('assets_search', 'POST', '/assets/search', '{"value": "eth", "search_column": "name", "limit": 25}', 'both',
              'a search through every asset, sorted'), LARGE, False),
    Work(Read('assets_all', 'POST', '/assets/all', '{"limit": 10, "offset": 0}', 'both', 'a page of the largest table'),
         LARGE, False),
    Work(Read('history_events', 'POST', '/history/events', PAGE, 'user', 'a page of many events'), LARGE, True, 1),
]


class Found(NamedTuple):
    """What was measured."""

    backend: str
    rounds: dict[str, Rounds]  # by name of the read
    bytes: dict[str, int]  # of its answer


def measure(load: Load, bridge: Bridge, direct: str, backend: str, whole: bool, rounds: int, seconds: float) -> Found:
    """Every read of legacy and natively in turns, after both have given the same bytes."""
    # Both by a client that asks the kernel for nothing special; legacy besides by one that acknowledges at once, which
    # spares it a wait that is no work (see bench/README.md, reads).
    legacy, native = Way(LEGACY, direct, [], None, 'delayed'), Way(NATIVE, bridge.address, [], NATIVE, 'delayed')
    quick = Way(QUICK, direct, [], None)
    works = [work for work in WORK if whole or work.in_compat]
    end = time.monotonic() + NATIVE_WITHIN_SECONDS
    bodies = {}
    for work in works:
        answer = load.ask_by(legacy, work.read)
        if answer['status'] != 200:
            raise Failure(f'{work.read.name}: {backend} answers {answer["status"]}: {answer["body"][:200]}')
        same(work.read, answer['body'], ask_natively(load, native, work.read, end)['body'], native)
        bodies[work.read.name] = answer['body']
    measured = {}
    for work in (work for work in works if work.read.name in bodies):
        body = bodies[work.read.name]
        # Once unmeasured: caches and statements are made then. Legacy's requests before its clock starts are enough.
        clients = work.connections
        load.turn(native, work.read, clients, seconds / 4, body).act()
        turns = [with_processor(bridge, load.turn(native, work.read, clients, seconds, body), clients),
                 *(load.turn(way, work.read, clients, seconds, body) for way in (legacy, quick))]
        often = rounds if work.bound == SMALL or work.by_time else min(rounds, ROUNDS_OF_LARGE)
        measured[work.read.name] = interleave(f'{work.read.name}, connections: {clients}', turns, often)
    return Found(backend, measured, {name: len(body.encode()) for name, body in bodies.items()})


def with_processor(bridge: Bridge, turn: Turn, clients: int) -> Turn:
    """The same, with what the bridge used of the processor for each request."""
    def act() -> dict[str, Any]:
        before = bridge.processor_us()
        summary = turn.act()
        return {**summary, 'processor_us': (bridge.processor_us() - before) / (summary['reads'] + clients)}

    return Turn(turn.name, act)


def requirements(found: Found) -> Iterator[Requirement]:
    for work in WORK:
        name, read = work.read.name, work.read
        figure = 'p50 of one client' if work.by_time else 'requests/s'
        what = f'{read.method} {read.path}: {figure}, against'
        if name not in found.rounds:
            why = f'{found.backend} does not have it; use --rotki'
            yield Requirement(f'{what} {LEGACY}', f'≥ {work.bound:g}×', None, f'not measured: {why}', None, None)
            continue
        rounds = found.rounds[name]
        for who, bound in ((LEGACY, work.bound), (QUICK, None)):
            if work.by_time:
                ratio, each = ratios(rounds, who, rounds, NATIVE, 'p50_us')
                mine, its = (median(rounds, name, 'p50_us') / 1e3 for name in (NATIVE, who))
                figures = f'{its:,.1f} ms / {mine:,.2f} ms'
            else:
                ratio, each = ratios(rounds, NATIVE, rounds, who, 'per_second')
                mine, its = (median(rounds, name, 'per_second') for name in (NATIVE, who))
                figures = f'{mine:,.0f} / {its:,.1f}'
            yield Requirement(f'{what} {who}', f'≥ {bound:g}×' if bound else 'for the record', ratio,
                              f'{ratio:.1f}× ({figures})', each, ratio >= bound if bound else None)
    for work in WORK:
        if (name := work.read.name) not in found.rounds or work.by_time:
            continue
        p99 = median(found.rounds[name], NATIVE, 'p99_us') / 1e3
        yield Requirement(f'{work.read.method} {work.read.path}: p99 of {CONNECTIONS} connections', f'≤ {P99_BOUND_MS:g} ms',
                          p99, f'{p99:.2f} ms', spread(found.rounds[name], NATIVE, 'p99_us', 1e-3), p99 <= P99_BOUND_MS)


def print_figures(found: Found, rounds: int, seconds: float) -> None:
    heading(f'Against {found.backend}, {CONNECTIONS} connections, or one (medians of {rounds} rounds of {seconds:g} s; max: worst '
            'of all)')
    rows = []
    for name, each in found.rounds.items():
        for who in (LEGACY, QUICK, NATIVE):
            rows.append([
                name if who == LEGACY else '',
                f'{found.bytes[name]:,}' if who == LEGACY else '',
                who,
                f'{median(each, who, "per_second"):,.1f}',
                *(f'{median(each, who, figure) / 1e3:,.2f}' for figure in ('mean_us', 'p50_us', 'p99_us')),
                f'{max(turn["max_us"] for turn in each[who]) / 1e3:,.1f}',
                f'{median(each, who, "processor_us"):,.0f}' if who == NATIVE else '',
            ])
    table(['read', 'bytes', 'by', 'requests/s', 'mean ms', 'p50 ms', 'p99 ms', 'max ms', 'bridge µs'], rows, left=1)


def chart(found: Found) -> Chart:
    bars = []
    for work in WORK:
        if work.read.name in found.rounds and not work.by_time:
            rounds = found.rounds[work.read.name]
            bars.append(Bar(f'{work.read.method} {work.read.path}', *ratios(rounds, NATIVE, rounds, LEGACY, 'per_second')))
    return Chart(f'Requests per second of handlers, against {found.backend}', '× legacy', bars)
