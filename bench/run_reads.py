"""Measures reads: legacy against the bridge; started by scripts/bench, see bench/README.md.

The ways to the same answer take turns in every round: legacy asked directly, by a client that acknowledges at once and
by one that does not, the bridge answering natively, and the bridge forwarding to legacy. The requests are made by a
process of its own (bench/load), one way at a time.
"""

import argparse
import getpass
import json
import os
import sys
import time
from pathlib import Path
from typing import NamedTuple

from asking import LEGACY, NATIVE, NATIVE_WITHIN_SECONDS, Load, Way, address, ask_natively, log_in, same
from reads import READS
from report import heading, machine, table
from rounds import Failure, Rounds, interleave, median, say

FORWARDED, DELAYED = 'forwarded', 'legacy, delayed'
ENOUGH = 100  # requests in a round for a 99th percentile that is not simply the worst


class Size(NamedTuple):
    """How much is measured."""

    rounds: int
    seconds: float  # of one round of one way
    warming_seconds: float


FULL = Size(rounds=5, seconds=1.0, warming_seconds=0.2)
QUICK = Size(rounds=3, seconds=0.2, warming_seconds=0.1)

# --- before measuring -----------------------------------------------------------------------------------------------


class Checked(NamedTuple):
    """What was found before measuring."""

    ways: list[Way]
    bodies: dict[str, str]  # by name of the read


def check(load: Load, direct: str, bridge: str) -> Checked:
    """Every read once by every way: who answers, and that all say the same."""
    legacy = Way(LEGACY, direct, [], None)
    native = Way(NATIVE, bridge, [], NATIVE)
    forwarded = Way(FORWARDED, bridge, [('x-cutover-variant', 'legacy')], LEGACY)
    ways = [legacy, native, forwarded, Way(DELAYED, direct, [], None, 'delayed')]
    if load.ask_by(forwarded, READS[0])['variant'] == NATIVE:
        say('no figures for forwarding: the bridge honours no x-cutover-variant on requests; '
            'CUTOVER_FLAGS__OVERRIDE_HEADER=true at its start changes that')
        ways.remove(forwarded)
    bodies = {}
    end = time.monotonic() + NATIVE_WITHIN_SECONDS
    for read in READS:
        answer = load.ask_by(legacy, read)
        if answer['variant'] is not None:
            raise Failure(f'{direct} is a bridge; DIRECT_URL is the address of legacy itself')
        if answer['status'] != 200:
            hint = '; nobody is logged in, use --login' if answer['status'] == 401 else ''
            raise Failure(f'{read.name}: legacy answers {answer["status"]}{hint}')
        bodies[read.name] = answer['body']
        same(read, answer['body'], ask_natively(load, native, read, end)['body'], native)
        if forwarded in ways:
            same(read, answer['body'], load.ask_by(forwarded, read)['body'], forwarded)
    return Checked(ways, bodies)


# --- measuring ------------------------------------------------------------------------------------------------------

Measured = dict[int, dict[str, Rounds]]  # by number of connections, then by name of the read


def measure(load: Load, checked: Checked, size: Size, connections: list[int]) -> Measured:
    measured: Measured = {}
    for count in connections:
        measured[count] = {}
        for read in READS:
            body = checked.bodies[read.name]
            # Once unmeasured: caches and statements are made then.
            for way in checked.ways:
                load.turn(way, read, count, size.warming_seconds, body).act()
            turns = [load.turn(way, read, count, size.seconds, body) for way in checked.ways]
            measured[count][read.name] = interleave(f'{read.name}, {plural(count)}', turns, size.rounds)
    return measured


# --- output ---------------------------------------------------------------------------------------------------------


def plural(connections: int) -> str:
    return f'{connections} connection{"s" * (connections > 1)}'


def ratio(rounds: Rounds, name: str, figure: str) -> str:
    """Against legacy, medians."""
    return f'{median(rounds, name, figure) / median(rounds, LEGACY, figure):.3g}×'


def by_round(rounds: Rounds, name: str) -> str:
    each = [a['per_second'] / b['per_second'] for a, b in zip(rounds[name], rounds[LEGACY], strict=True)]
    return f'{min(each):.3g}–{max(each):.3g}'


def print_reads(checked: Checked) -> None:
    heading('The reads; all ways gave the same bodies')
    table(
        ['read', 'request', 'data', 'why', 'bytes'],
        [[each.name, f'{each.method} {each.path}', each.data, each.why, f'{len(checked.bodies[each.name].encode()):,}']
         for each in READS],
        left=4,
    )


def print_ratios(measured: Measured) -> None:
    counts = ' and '.join(map(str, measured))
    heading(f'Native ÷ legacy, connections: {counts}. Of requests/s more is better, of p50 and p99 less (medians)')
    figures = {'requests/s': 'per_second', 'p50': 'p50_us', 'p99': 'p99_us'}
    head = ['read', *(f'{name}, {count}' for count in measured for name in figures)]
    rows = [
        [each.name, *(ratio(measured[count][each.name], NATIVE, figure)
                      for count in measured for figure in figures.values())]
        for each in READS
    ]
    table(head, rows)


def print_figures(measured: Measured, checked: Checked, size: Size) -> None:
    few = False
    for count, reads in measured.items():
        heading(f'{plural(count)} (medians of {size.rounds} rounds of {size.seconds:g} s; max: worst of all)')
        rows = []
        for read in READS:
            rounds = reads[read.name]
            for way in checked.ways:
                its = rounds[way.name]
                scarce = min(each['reads'] for each in its) < ENOUGH
                few = few or scarce
                rows.append([
                    read.name if way.name == LEGACY else '',
                    way.name,
                    f'{sum(each["reads"] for each in its):,}',
                    f'{median(rounds, way.name, "per_second"):,.1f}',
                    *(['', ''] if way.name == LEGACY
                      else [ratio(rounds, way.name, 'per_second'), by_round(rounds, way.name)]),
                    *(f'{median(rounds, way.name, figure) / 1e3:,.3f}' for figure in ('mean_us', 'p50_us')),
                    f'{"*" * scarce}{median(rounds, way.name, "p99_us") / 1e3:,.3f}',
                    f'{max(each["max_us"] for each in its) / 1e3:,.3f}',
                ])
        head = ['read', 'by', 'requests', 'requests/s', '÷ legacy', 'by round', 'mean ms', 'p50 ms', 'p99 ms', 'max ms']
        table(head, rows, left=2)
    if few:
        print(f'  * fewer than {ENOUGH} requests in a round: the 99th percentile is its worst\n')


def main() -> int:
    parser = argparse.ArgumentParser(description='Measures reads. Start it with scripts/bench reads.')
    parser.add_argument('direct_url')
    parser.add_argument('bridge_url')
    parser.add_argument('--binary', type=Path, required=True, help='the built load generator')
    parser.add_argument('--login', nargs=2, metavar=('USER', 'PASSWORD'), help='log in through the bridge')
    parser.add_argument('--quick', action='store_true', help='fewer and shorter rounds')
    parser.add_argument('--connections', type=int, default=16, help='the larger number of connections')
    parser.add_argument('--json', type=Path, help='file for every figure of every round')
    arguments = parser.parse_args()
    if arguments.connections < 1:
        parser.error('--connections takes a whole number from 1')
    size = QUICK if arguments.quick else FULL
    connections = sorted({1, arguments.connections})
    load_before = os.getloadavg()[0]
    began = time.monotonic()
    load = Load(arguments.binary)
    try:
        direct, bridge = address(arguments.direct_url), address(arguments.bridge_url)
        if arguments.login:
            user, password = arguments.login
            log_in(load, bridge, user, getpass.getpass(f'password of {user}: ') if password == '-' else password)
        checked = check(load, direct, bridge)
        info = json.loads(load.ask(direct, 'GET', '/info')['body'])['result']
        measured = measure(load, checked, size, connections)
    except Failure as failure:
        say(str(failure))
        return 2
    finally:
        load.subject.end()
    facts = {
        **machine(load_before),
        'legacy': f'version {info["version"]["our_version"]}',
        'load generator': f'busy for {load.busiest:.0%} of a core at most, of the same cores',
    }
    print_reads(checked)
    print_ratios(measured)
    print_figures(measured, checked, size)
    heading('Machine')
    table(['what', 'which'], [[name, text] for name, text in facts.items()], left=2)
    if arguments.json:
        report = {
            'machine': facts,
            'size': size._asdict(),
            'reads': [{**each._asdict(), 'bytes': len(checked.bodies[each.name].encode())} for each in READS],
            'rounds': measured,
        }
        arguments.json.write_text(json.dumps(report, indent=2, ensure_ascii=False) + '\n')
    say(f'done in {time.monotonic() - began:.0f} s')
    return 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
