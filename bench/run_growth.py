"""Measures curves: what should not grow, or no more than what it depends on; started by scripts/bench, see
bench/README.md.

Each size of something has a bridge of its own where they can not share one, and they take turns. It starts all that it
measures.
"""

import argparse
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from asking import Load
from growth import clients, databases, routes, rows
from growth.curve import Curve
from judged import print_machine, print_requirements, verdict, write
from limits.crowds import allow_files
from report import heading, machine, table
from rounds import Failure, say
from servers import Upstream


class Size(NamedTuple):
    """How much is measured."""

    rounds: int
    seconds: float  # of one round of one size
    starts: int
    routes: list[int]
    idle: list[int]
    active: list[int]
    rows: list[int]
    databases: list[int]


FULL = Size(rounds=5, seconds=1.0, starts=5, routes=[10, 100, 1_000, 10_000], idle=[1, 10, 100, 1_000, 10_000],
            active=[1, 16, 64, 256, 1_024], rows=[1_000, 10_000, 100_000, 1_000_000], databases=[1, 10, 100])
QUICK = Size(rounds=3, seconds=0.3, starts=3, routes=[10, 1_000, 10_000], idle=[1, 100, 2_000],
             active=[1, 16, 64, 256, 1_024], rows=[1_000, 10_000, 100_000], databases=[1, 10, 100])


def measure(load: Load, arguments: argparse.Namespace, size: Size) -> tuple[dict[str, list[Curve]], dict[str, Any]]:
    bridge, directory = arguments.bridge, arguments.data
    with Upstream(arguments.upstream, directory, 'same') as upstream:
        of_routes, raw_routes = routes.measure(load, bridge, directory, upstream.address, size.routes, size.rounds,
                                               size.seconds, size.starts)
        idle, memory = clients.idle(bridge, directory, upstream.address, size.idle)
        active, raw_active = clients.active(load, bridge, directory, upstream.address, size.active, size.rounds, size.seconds)
    of_rows, raw_rows = rows.measure(load, bridge, directory, size.rows, size.rounds, size.seconds)
    curves = {'Routes in routes.toml, beside those of the handlers': of_routes, 'Idle clients': [idle],
              'Active clients': active, 'Rows of the table that a page is of': of_rows}
    raw = {'routes': raw_routes, 'idle_kib': memory, 'active': raw_active, 'rows': raw_rows}
    if arguments.databases:
        curves['Open databases, the driver alone'], raw['databases'] = databases.measure(
            arguments.databases, directory, size.databases, size.starts)
    return curves, raw


def print_curves(curves: dict[str, list[Curve]]) -> None:
    for title, each in curves.items():
        heading(title)
        sizes = [f'{point.size:,}' for point in each[0].points]
        table(['figure', '', *sizes, 'growth'], [curve.row() for curve in each], left=2)


def main() -> int:
    parser = argparse.ArgumentParser(description='Measures curves. Start it with scripts/bench growth.')
    for name in ('bridge', 'load', 'upstream'):
        parser.add_argument(f'--{name}', type=Path, required=True, help='the built program')
    parser.add_argument('--databases', type=Path, help='the built program; without it there is no curve of databases')
    parser.add_argument('--data', type=Path, required=True, help='folder for data, logs and configuration; emptied first')
    parser.add_argument('--quick', action='store_true', help='fewer and shorter rounds, fewer sizes')
    parser.add_argument('--json', type=Path, help='file for every figure of every round')
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else FULL
    load_before, began = os.getloadavg()[0], time.monotonic()
    shutil.rmtree(arguments.data, ignore_errors=True)
    arguments.data.mkdir(parents=True)
    load = Load(arguments.load)
    try:
        allow_files(size.idle[-1])
        curves, raw = measure(load, arguments, size)
    except Failure as failure:
        say(str(failure))
        return 2
    finally:
        load.subject.end()
    everything = [curve for each in curves.values() for curve in each]
    checked = [curve.requirement() for curve in everything]
    facts = machine(load_before)
    print_requirements(f'Requirements (medians of {size.rounds} rounds of {size.seconds:g} s)', checked)
    print_curves(curves)
    print_machine(facts)
    if arguments.json:
        write(arguments.json, 'growth', facts, checked, [curve.chart() for curve in everything], raw)
    return verdict(checked, time.monotonic() - began)


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
