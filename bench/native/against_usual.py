"""The same reads of the bridge and of handlers written the usual way (bench/usual), with and without a slow query beside
them."""

import contextlib
import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from asking import NATIVE, NATIVE_WITHIN_SECONDS, Load, Way, ask_natively
from filling import user_file
from judged import Bar, Chart, Requirement, ratios, spread
from reads import Read
from report import heading, table
from rounds import Failure, Rounds, interleave, median
from servers import Bridge, Legacy, Server

CONNECTIONS = 64
BOUND = 3.0
SLOW_ALONE = 5
HERE, ASIDE = 'usual', 'usual, spawn_blocking'
READS = [
    Read('tags_list', 'GET', '/tags', None, 'user', 'one small table'),
    Read('settings_get', 'GET', '/settings', None, 'user', 'many rows, each converted in its own way'),
    Read('notes_list', 'POST', '/notes', '{"limit": 10, "offset": 0}', 'user', 'a page and counts'),
]
# Nothing has this description, and there is no index: every entry is looked at, twice. The zeros are another number each
# time, so that nobody can have kept the answer.
SLOW = Read('calendar_list', 'POST', '/calendar', '{"description": "nothing like 000000", "limit": 10, "offset": 0}', 'user',
            'a search through many rows')
ALONE, BESIDE = 'nothing slow beside it', 'a slow query beside it'


class Usual(Server):
    """bench/usual on a user's file."""

    def __init__(self, binary: Path, data: Path, defaults: dict[str, Any], directory: Path, place: str) -> None:
        file = directory / 'defaults.json'
        file.write_text(json.dumps(defaults))
        command = [str(binary), str(user_file(data)), Legacy.PASSWORD, str(file), place]
        super().__init__(f'usual, {place}', command, directory / f'usual-{place}.log')
        self.address = self.line('listening on ')


class Found(NamedTuple):
    """What was measured."""

    entries: int  # that the slow query looks at
    slow_ms: dict[str, float]  # of it alone, by who answers
    rounds: dict[str, dict[str, Rounds]]  # by whether it is slow beside, by name of the read


def measure(load: Load, bridge: Bridge, legacy: Legacy, usual: Path, directory: Path, entries: int,
            rounds: int, seconds: float) -> Found:
    native = Way(NATIVE, bridge.address, [], NATIVE, 'delayed')
    end = time.monotonic() + NATIVE_WITHIN_SECONDS
    bodies = {read.name: ask_natively(load, native, read, end)['body'] for read in (*READS, SLOW)}
    defaults = json.loads(bodies['settings_get'])['result']
    with contextlib.ExitStack() as stack:
        ways = [(native, bodies)]
        for name, place in ((HERE, 'here'), (ASIDE, 'aside')):
            server = stack.enter_context(Usual(usual, legacy.data, defaults, directory, place))
            way = Way(name, server.address, [], None, 'delayed')
            its = {read.name: equal(read, load.ask_by(way, read), bodies[read.name]) for read in READS}
            ways.append((way, its | {SLOW.name: load.ask_by(way, SLOW)['body']}))
        slow_ms = {way.name: alone(load, way) for way, _ in ways}
        measured: dict[str, dict[str, Rounds]] = {ALONE: {}, BESIDE: {}}
        for read in READS:
            for way, its in ways:
                load.turn(way, read, CONNECTIONS, seconds / 4, its[read.name]).act()
            plain = [load.turn(way, read, CONNECTIONS, seconds, its[read.name]) for way, its in ways]
            measured[ALONE][read.name] = interleave(f'{read.name}, {ALONE}', plain, rounds)
            # Longer: there have to be some slow queries in a round.
            beside = [load.turn(way, read, CONNECTIONS, 2 * seconds, its[read.name], (SLOW, its[SLOW.name]))
                      for way, its in ways]
            measured[BESIDE][read.name] = interleave(f'{read.name}, {BESIDE}', beside, rounds)
    return Found(entries, slow_ms, measured)


def equal(read: Read, answer: dict[str, Any], body: str) -> str:
    if answer['status'] != 200 or json.loads(answer['body']) != json.loads(body):
        raise Failure(f'{read.name}: the usual way answers something else\n  bridge: {body[:500]}\n  '
                      f'usual: {answer["status"]} {answer["body"][:500]}')
    return answer['body']


def alone(load: Load, way: Way) -> float:
    """Milliseconds of the slow query, the median of a few of different numbers."""
    times = []
    for number in range(SLOW_ALONE):
        assert SLOW.body
        began = time.monotonic()
        load.ask_by(way, SLOW._replace(body=SLOW.body.replace('000000', f'9{number:05}')))
        times.append((time.monotonic() - began) * 1e3)
    return statistics.median(times)


def better(rounds: Rounds) -> str:
    """Of the two ways to write it the one with more requests per second."""
    return max((HERE, ASIDE), key=lambda name: median(rounds, name, 'per_second'))


def requirements(found: Found) -> Iterator[Requirement]:
    for beside, bound in ((BESIDE, BOUND), (ALONE, None)):
        for read in READS:
            rounds = found.rounds[beside][read.name]
            other = better(rounds)
            ratio, each = ratios(rounds, NATIVE, rounds, other, 'per_second')
            mine, its = (median(rounds, who, 'per_second') for who in (NATIVE, other))
            yield Requirement(
                f'{read.method} {read.path}, {beside}: requests/s, against the usual way',
                f'≥ {bound:g}×' if bound else 'for the record',
                ratio, f'{ratio:.2f}× ({mine:,.0f} / {its:,.0f}, {other})', each, ratio >= bound if bound else None,
            )


def print_figures(found: Found, rounds: int, seconds: float) -> None:
    alone = ', '.join(f'{name} {ms:,.0f} ms' for name, ms in found.slow_ms.items())
    heading(f'Against the usual way, {CONNECTIONS} connections (medians of {rounds} rounds of {seconds:g} s, beside a slow '
            f'query {2 * seconds:g} s)')
    print(f'  The slow query is {SLOW.method} {SLOW.path} by description over {found.entries:,} entries; by itself: {alone}\n')
    rows = []
    for beside, reads in found.rounds.items():
        for name, each in reads.items():
            for who in each:
                slow = [f'{statistics.median(turn["beside"][figure] * scale for turn in each[who]):,.0f}'
                        for figure, scale in (('mean_us', 1e-3), ('reads', 1))] if beside == BESIDE else ['', '']
                rows.append([
                    name if who == NATIVE else '',
                    beside if who == NATIVE else '',
                    who,
                    f'{median(each, who, "per_second"):,.0f}',
                    *(f'{median(each, who, figure) / 1e3:,.2f}' for figure in ('mean_us', 'p50_us', 'p99_us')),
                    *slow,
                ])
    table(['read', 'with', 'by', 'requests/s', 'mean ms', 'p50 ms', 'p99 ms', 'slow ms', 'slow'], rows, left=3)


def chart(found: Found) -> Chart:
    bars = []
    for read in READS:
        rounds = found.rounds[BESIDE][read.name]
        bars += [Bar(f'{read.method} {read.path}, {who}', median(rounds, who, 'per_second'), spread(rounds, who, 'per_second'))
                 for who in (NATIVE, better(rounds))]
    return Chart(f'Handlers and the usual way: {CONNECTIONS} connections, {BESIDE}', 'requests/s', bars)
