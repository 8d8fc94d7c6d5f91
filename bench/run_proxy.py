"""Measures forwarding beside nginx and HAProxy; started by scripts/bench, see bench/README.md.

Every proxy stands in front of the same upstream, and they take turns: small answers, large bodies both ways, and a
backend that takes its time. The requests are made by a process of its own (bench/load), which checks every answer.
"""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from charts import bars
from judged import Chart, Requirement, print_machine, print_requirements, ratios, verdict, write
from proxy.generator import Generator
from proxy.rivals import CORES, HAPROXY, NGINX, Rival, find
from proxy.scenes import CONNECTIONS, CUTOVER, DIRECT, FULL, QUICK, Measurements, Programs, Size, measure
from report import heading, machine, table
from rounds import Failure, Rounds, median, say

SPEED_BOUND = 1.0
PROCESSOR_BOUND = 1.0
ADDED_BOUND_US = 100.0
P99_BOUND = 1.0
GROWTH_BOUND_MIB = 16.0
LEGACY_BOUND = 0.98
SLOW, PING = '3 ms', 'a ping'

MANY, FEW, SOME = CONNECTIONS['small'], CONNECTIONS['large'], CONNECTIONS['legacy']

# --- what the figures say -------------------------------------------------------------------------------------------


def better(rounds: Rounds, figure: str, most: bool) -> str | None:
    """Of those it is compared with; None if there is none."""
    names = [name for name in (NGINX, HAPROXY) if name in rounds]
    return (max if most else min)(names, key=lambda name: median(rounds, name, figure), default=None)


def against(text: str, rounds: Rounds, figure: str, other: str | None, bound: float | None, unit: str, digits: int = 0,
            most: bool = True) -> Requirement:
    """A figure of the bridge, divided by that of somebody else."""
    bounded = f'{"≥" if most else "≤"} {bound:.2f}×' if bound else 'for the record'
    if other not in rounds:
        return Requirement(text, bounded, None, 'not measured: who it is compared with is not there', None, None)
    value, spread = ratios(rounds, CUTOVER, rounds, other, figure)
    ours, theirs = (f'{median(rounds, name, figure):,.{digits}f}' for name in (CUTOVER, other))
    return Requirement(text, bounded, value, f'{value:.2f}×: {ours} / {theirs} {unit}, {other}',
                       spread,
                       (value >= bound if most else value <= bound) if bound else None)


def added(rounds: Rounds) -> Requirement:
    """What p50 has more than asked directly, where nobody else is asking."""
    def more(name: str) -> float:
        return median(rounds, name, 'p50_us') - median(rounds, DIRECT, 'p50_us')

    value = more(CUTOVER)
    others = ''.join(f', {name} {more(name):.0f}' for name in (NGINX, HAPROXY) if name in rounds)
    by_round = [one['p50_us'] - two['p50_us'] for one, two in zip(rounds[CUTOVER], rounds[DIRECT], strict=True)]
    return Requirement('p50 added over direct, 1 KiB, 1 connection', f'≤ {ADDED_BOUND_US:.0f} µs', value,
                       f'{value:.0f} µs: {median(rounds, CUTOVER, "p50_us"):.0f} / '
                       f'{median(rounds, DIRECT, "p50_us"):.0f} µs{others} more', (min(by_round), max(by_round)), value <= ADDED_BOUND_US)


def requirements(m: Measurements) -> Iterator[Requirement]:
    if CUTOVER not in m.small:
        return
    many = f'1 KiB JSON, {MANY} connections'
    yield against(f'Requests per second, {many}, against the better of the two', m.small, 'per_second',
                  better(m.small, 'per_second', True), SPEED_BOUND, 'requests/s')
    yield against(f'Processor time of a request, {many}, against the better of the two', m.small, 'processor_us',
                  better(m.small, 'processor_us', False), PROCESSOR_BOUND, 'µs', 1, most=False)
    yield added(m.one)
    nginx = NGINX if NGINX in m.small else None
    yield against(f'p99, {many}, against nginx', m.small, 'p99_us', nginx, P99_BOUND, 'µs', most=False)
    yield against('p99, 1 KiB JSON, 1 connection, against nginx', m.one, 'p99_us', nginx, None, 'µs', most=False)
    for word, rounds in (('down', m.download), ('up', m.upload)):
        text = f'10 MiB {word}, {FEW} connections'
        yield against(f'MiB per second, {text}, against the better of the two', rounds, 'mib_per_second',
                      better(rounds, 'mib_per_second', True), SPEED_BOUND, 'MiB/s')
        yield against(f'Processor time of a body, {text}, against the better of the two', rounds, 'processor_us',
                      better(rounds, 'processor_us', False), None, 'µs', most=False)
    memory = m.memory[CUTOVER]
    others = ''.join(f', {name} {each.growth_mib:.1f}' for name, each in m.memory.items() if name != CUTOVER)
    yield Requirement('Memory: growth by all bodies of 10 MiB', f'≤ {GROWTH_BOUND_MIB:g} MiB', memory.growth_mib,
                      f'{memory.growth_mib:.1f} MiB: from {memory.before / 1024:.1f} to {memory.most / 1024:.1f} at '
                      f'most{others}', None, memory.growth_mib <= GROWTH_BOUND_MIB)
    for text, rounds in ((SLOW, m.slow), (PING, m.ping)):
        yield against(f'Requests per second through legacy, {text}, {SOME} connections, against direct', rounds, 'per_second',
                      DIRECT, LEGACY_BOUND, 'requests/s')


def charts(m: Measurements) -> list[Chart]:
    return [
        Chart(f'1 KiB JSON, {MANY} connections', 'requests/s', bars(m.small, 'per_second')),
        Chart(f'Processor time of a request, 1 KiB JSON, {MANY} connections', 'µs', bars(m.small, 'processor_us')),
        Chart('p50, 1 KiB JSON, 1 connection', 'µs', bars(m.one, 'p50_us')),
        Chart(f'10 MiB down, {FEW} connections', 'MiB/s', bars(m.download, 'mib_per_second')),
        Chart(f'10 MiB up, {FEW} connections', 'MiB/s', bars(m.upload, 'mib_per_second')),
        Chart(f'Through legacy, {SLOW} each, {SOME} connections', 'requests/s', bars(m.slow, 'per_second')),
    ]


# --- output ---------------------------------------------------------------------------------------------------------


def print_rounds(text: str, rounds: Rounds, large: bool = False) -> None:
    heading(f'{text} (medians of rounds; ratios to direct)')
    speed = 'mib_per_second' if large else 'per_second'
    rows = []
    for name, turns in rounds.items():
        ratio, each = ratios(rounds, name, rounds, DIRECT, speed)
        rows.append([
            name,
            f'{sum(turn["reads"] for turn in turns):,}',
            f'{median(rounds, name, speed):,.0f}',
            *(['', ''] if name == DIRECT else [f'{ratio:.2f}×', f'{each[0]:.2f}–{each[1]:.2f}']),
            *(f'{median(rounds, name, figure):,.0f}' for figure in ('mean_us', 'p50_us', 'p99_us')),
            '' if name == DIRECT else f'{median(rounds, name, "processor_us"):,.1f}',
            *(f'{median(rounds, name, figure):,.1f}' for figure in ('upstream_us', 'generator_us')),
        ])
    table(['by', 'requests', 'MiB/s' if large else 'per second', 'ratio', 'by round', 'mean µs', 'p50 µs', 'p99 µs',
           'its processor µs', "upstream's", "generator's"], rows)


def print_memory(m: Measurements) -> None:
    heading('Resident memory of all processes, with bodies of 10 MiB')
    table(['of', 'before MiB', 'at most MiB', 'growth MiB'],
          [[name, f'{each.before / 1024:.1f}', f'{each.most / 1024:.1f}', f'{each.growth_mib:.1f}']
           for name, each in m.memory.items()])


def print_report(m: Measurements, checked: list[Requirement], facts: dict[str, str], size: Size) -> None:
    if checked:
        print_requirements(f'Requirements (medians of {size.rounds} rounds)', checked)
    print_rounds(f'1 KiB JSON, {MANY} connections', m.small)
    print_rounds('1 KiB JSON, 1 connection', m.one)
    print_rounds(f'10 MiB down, {FEW} connections', m.download, large=True)
    print_rounds(f'10 MiB up, {FEW} connections', m.upload, large=True)
    print_memory(m)
    for text, rounds in ((SLOW, m.slow), (PING, m.ping)):
        print_rounds(f'{text} of the legacy of compat/, {SOME} connections', rounds)
    print_machine(facts)


def versions(rivals: list[Rival | None], without: list[str]) -> dict[str, str]:
    threads = {NGINX: f'{CORES} processes', HAPROXY: f'{CORES} threads'}
    there = {each.name: f'{each.version}, {threads[each.name]}' for each in rivals if each}
    return {name: there.get(name, 'left out' if name.lower() in without else 'not installed') for name in (NGINX, HAPROXY)}


def main() -> int:
    parser = argparse.ArgumentParser(description='Measures forwarding. Start it with scripts/bench proxy.')
    for name in ('bridge', 'load', 'upstream'):
        parser.add_argument(f'--{name}', type=Path, required=True, help='the built program')
    parser.add_argument('--data', type=Path, required=True, help='folder for configuration and logs; emptied first')
    parser.add_argument('--packages', type=Path, required=True, help='folder for nginx and HAProxy, if they are fetched')
    parser.add_argument('--quick', action='store_true', help='fewer and shorter rounds')
    parser.add_argument('--without', action='append', default=[], choices=[CUTOVER, NGINX, HAPROXY.lower()],
                        help='leave one out')
    parser.add_argument('--json', type=Path, help='file for every figure of every round')
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else FULL
    load_before, began = os.getloadavg()[0], time.monotonic()
    directory = arguments.data.resolve()
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    rivals = [find(name, arguments.packages.resolve()) for name in (NGINX, HAPROXY)
              if name.lower() not in arguments.without]
    bridge = None if CUTOVER in arguments.without else arguments.bridge.resolve()
    generator = Generator(arguments.load)
    try:
        programs = Programs(bridge, arguments.upstream, [rival for rival in rivals if rival])
        measurements = measure(generator, programs, directory, size)
    except Failure as failure:
        say(str(failure))
        return 2
    finally:
        generator.subject.end()
    checked = list(requirements(measurements))
    facts = machine(load_before) | versions(rivals, arguments.without)
    facts['load generator'] = f'busy for {generator.busiest:.0%} of a core at most, of the same cores'
    print_report(measurements, checked, facts, size)
    if arguments.json:
        rounds = measurements._asdict() | {'memory': {name: each._asdict() for name, each in measurements.memory.items()}}
        write(arguments.json, 'proxy', facts, checked, charts(measurements), rounds | {'size': size._asdict()})
    return verdict(checked, time.monotonic() - began)


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
