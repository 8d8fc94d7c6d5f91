"""Measures native handlers: against legacy, and against the usual way to write them; started by scripts/bench, see
bench/README.md.

It starts all that it measures. Legacy is rotki itself where --rotki says where it is, else the backend of compat/.
"""

import argparse
import os
import shutil
import sys
import time
from pathlib import Path
from typing import NamedTuple

from asking import Load, log_in
from filling import add_events, filled
from judged import print_machine, print_requirements, verdict, write
from native import against_legacy, against_usual
from report import ROOT, machine
from rounds import Failure, say
from servers import Bridge, Legacy, Rotki

COMPAT = 'the backend of compat/'
SNAPSHOT = ROOT.parent / 'shared' / 'corpus' / 'snapshot'


class Size(NamedTuple):
    """How much is measured."""

    rounds: int
    seconds: float  # of one round of one way
    entries: int  # of the calendar that the slow query looks at
    events: int  # of the history that a page is shown of


FULL = Size(rounds=5, seconds=1.0, entries=1_000_000, events=100_000)
QUICK = Size(rounds=3, seconds=0.3, entries=300_000, events=100_000)


def of_legacy(load: Load, arguments: argparse.Namespace, size: Size) -> against_legacy.Found:
    folder = arguments.data / 'legacy'
    folder.mkdir()
    if arguments.rotki:
        say(f'starting rotki of {arguments.rotki}, with {size.events:,} history events')
        legacy = Rotki(arguments.rotki, arguments.rotki_python, arguments.snapshot, folder, lambda data: add_events(
            data / 'users' / Rotki.USER / 'rotkehlchen.db', Rotki.PASSWORD, size.events, chains=True))
    else:
        say(f'writing {size.events:,} history events')
        filled(folder, events=size.events)
        legacy = Legacy(folder)
    with legacy, Bridge(arguments.bridge, folder / 'bridge', legacy.address, legacy.data) as bridge:
        log_in(load, bridge.address, legacy.USER, legacy.PASSWORD)
        bridge.switch('native')
        name = 'rotki' if arguments.rotki else COMPAT
        return against_legacy.measure(load, bridge, legacy.address, name, bool(arguments.rotki), size.rounds, size.seconds)


def of_usual(load: Load, arguments: argparse.Namespace, size: Size) -> against_usual.Found:
    folder = arguments.data / 'usual'
    folder.mkdir()
    say(f'writing {size.entries:,} calendar entries')
    filled(folder, entries=size.entries)
    with Legacy(folder) as legacy, Bridge(arguments.bridge, folder / 'bridge', legacy.address, legacy.data) as bridge:
        log_in(load, bridge.address, legacy.USER, legacy.PASSWORD)
        bridge.switch('native')
        return against_usual.measure(load, bridge, legacy, arguments.usual, folder, size.entries, size.rounds,
                                     size.seconds)


def main() -> int:
    parser = argparse.ArgumentParser(description='Measures native handlers. Start it with scripts/bench native.')
    for name in ('bridge', 'load', 'usual'):
        parser.add_argument(f'--{name}', type=Path, required=True, help='the built program')
    parser.add_argument('--data', type=Path, required=True, help='folder for data, logs and configuration; emptied first')
    parser.add_argument('--rotki', type=Path, help='a checkout of rotki')
    parser.add_argument('--rotki-python', type=Path, help='a Python with what it requires')
    parser.add_argument('--snapshot', type=Path, default=SNAPSHOT, help='the data directory that rotki gets a copy of')
    parser.add_argument('--quick', action='store_true', help='fewer and shorter rounds')
    parser.add_argument('--json', type=Path, help='file for every figure of every round')
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else FULL
    load_before, began = os.getloadavg()[0], time.monotonic()
    arguments.data = arguments.data.absolute()  # rotki is started elsewhere
    shutil.rmtree(arguments.data, ignore_errors=True)
    arguments.data.mkdir(parents=True)
    load = Load(arguments.load)
    try:
        if arguments.rotki:
            arguments.rotki = arguments.rotki.resolve()
            python = arguments.rotki_python or arguments.rotki.parent / 'venv' / 'bin' / 'python'
            arguments.rotki_python = python.absolute()  # and not what it is a link to: that would have no packages
            for path in (arguments.rotki / 'rotkehlchen', arguments.rotki_python, arguments.snapshot):
                if not path.exists():
                    raise Failure(f'--rotki: there is no {path}')
        legacy = of_legacy(load, arguments, size)
        usual = of_usual(load, arguments, size)
    except Failure as failure:
        say(str(failure))
        return 2
    finally:
        load.subject.end()
    checked = [*against_legacy.requirements(legacy), *against_usual.requirements(usual)]
    facts = {**machine(load_before), 'legacy': legacy.backend,
             'load generator': f'busy for {load.busiest:.0%} of a core at most, of the same cores'}
    print_requirements(f'Requirements (medians of {size.rounds} rounds)', checked)
    against_legacy.print_figures(legacy, size.rounds, size.seconds)
    against_usual.print_figures(usual, size.rounds, size.seconds)
    print_machine(facts)
    if arguments.json:
        charts = [against_legacy.chart(legacy), against_usual.chart(usual)]
        write(arguments.json, 'native', facts, checked, charts, {'legacy': legacy._asdict(), 'usual': usual._asdict()})
    return verdict(checked, time.monotonic() - began)


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
