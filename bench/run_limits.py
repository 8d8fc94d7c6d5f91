"""Puts a bridge through more than it has room for; started by scripts/bench limits, see docs/limits.md.

For each scene a bridge of its own, in front of a backend that answers at once, or never, or without end. Meanwhile
somebody asks a native route all the time, and the most memory that the process ever had is looked up at the end.
"""

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path

from limits.crowds import allow_files
from limits.scenes import FULL, P99_BOUND_MS, QUICK, Outcome, backend, play, scenes
from report import ROOT, heading, machine, table
from rounds import Failure, say

DOCUMENT = ROOT / 'docs' / 'limits.md'
BEGIN, END = '<!-- scripts/bench limits: begin -->', '<!-- scripts/bench limits: end -->'

HEAD = ['scene', 'memory before', 'at most', 'more', 'bound', 'what clients were told', '/ping p50', 'p99', 'longest',
        'asked', '']


def row(outcome: Outcome) -> list[str]:
    seen = outcome.seen
    return [
        outcome.name,
        f'{outcome.before_mib:.1f} MiB',
        f'{outcome.most_mib:.1f} MiB',
        f'{outcome.most_mib - outcome.before_mib:.1f} MiB',
        f'{outcome.bound_mib:.0f} MiB',
        outcome.told,
        f'{seen.p50_ms:.2f} ms',
        f'{seen.p99_ms:.2f} ms',
        f'{seen.longest_ms:.1f} ms',
        f'{seen.asked:,}' + (f', {seen.others} not answered natively' if seen.others else ''),
        'PASS' if outcome.met else 'FAIL',
    ]


def markdown(outcomes: list[Outcome], facts: dict[str, str], command: str) -> str:
    lines = [HEAD, ['---'] * len(HEAD), *(row(outcome) for outcome in outcomes)]
    said = '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines)
    where = '; '.join(f'{name}: {text}' for name, text in facts.items() if name != 'commit')
    return f'{BEGIN}\n\n    {command}\n\n{said}\n\n{where}.\n\n{END}'


def write(text: str) -> None:
    document = DOCUMENT.read_text()
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(before + text + after)
    say(f'{DOCUMENT.relative_to(ROOT)} is written')


def main() -> int:
    parser = argparse.ArgumentParser(description='Measures the limits. Start it with scripts/bench limits.')
    parser.add_argument('--bridge', type=Path, required=True, help='the built program')
    parser.add_argument('--data', type=Path, required=True, help='folder for configuration and logs; emptied first')
    parser.add_argument('--quick', action='store_true', help='fewer clients and smaller bodies')
    parser.add_argument('--write', action='store_true', help='write the table into docs/limits.md')
    parser.add_argument('--json', type=Path, help='file for every figure')
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else FULL
    load_before, began = os.getloadavg()[0], time.monotonic()
    shutil.rmtree(arguments.data, ignore_errors=True)
    arguments.data.mkdir(parents=True)
    try:
        allow_files(max(size.idle, size.loris))
        server, address = backend(arguments.data)
        with server:
            played = [play(scene, number, arguments.bridge, arguments.data, address)
                      for number, scene in enumerate(scenes(size))]
    except Failure as failure:
        say(str(failure))
        return 2
    facts = machine(load_before)
    heading(f'Limits (/ping natively: p99 within {P99_BOUND_MS:g} ms throughout)')
    table(HEAD, [row(outcome) for outcome in played])
    heading('Machine')
    table(['what', 'which'], [[name, text] for name, text in facts.items()], left=2)
    if arguments.write:
        write(markdown(played, facts, 'scripts/bench limits' + (' --quick' if arguments.quick else '')))
    if arguments.json:
        figures = [outcome._asdict() | {'seen': outcome.seen._asdict(), 'p99_bound_ms': P99_BOUND_MS, 'met': outcome.met}
                   for outcome in played]
        arguments.json.write_text(json.dumps({'machine': facts, 'scenes': figures}, indent=2) + '\n')
    missed = [outcome for outcome in played if not outcome.met]
    say(f'done in {time.monotonic() - began:.0f} s; {len(played) - len(missed)} of {len(played)} scenes within their bounds')
    return 1 if missed else 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
