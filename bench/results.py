"""Runs one benchmark after another and writes what came of them: bench/results.json, and docs/benchmarks.md with its table
of requirements and its charts. Started by scripts/bench all.

One that could not be measured, or was left out, keeps what an earlier run has written, with that run's date and commit.
"""

import argparse
import json
import re
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any, NamedTuple

from charts import svg
from judged import Bar, Chart, short
from report import ROOT
from rounds import say

RESULTS = ROOT / 'bench' / 'results.json'
DOCUMENT = ROOT / 'docs' / 'benchmarks.md'
CHARTS = ROOT / 'docs' / 'benchmarks'
BEGIN, END = '<!-- scripts/bench all: begin -->', '<!-- scripts/bench all: end -->'
WORDS = {True: 'met', False: '**missed**', None: ''}


# Options that say where something is on this machine; the page has the words in their place.
PLACES = {'--bridge': 'BINARY', '--rotki': 'DIR', '--rotki-python': 'PYTHON'}


class Bench(NamedTuple):
    """One of them, as it is run."""

    name: str
    title: str
    arguments: list[str]
    options: list[str]
    """Of `PLACES`, those that it has."""


# Those that take longest have fewer rounds: all together are to stay within half an hour.
BENCHES = [
    Bench('proxy', 'Forwarding, beside nginx and HAProxy', [], ['--bridge']),
    Bench('native', 'Answering natively', [], [*PLACES]),
    Bench('shadow', 'What mode shadow costs', ['--quick'], []),
    Bench('ws', 'The websocket', ['--quick'], []),
    Bench('db', 'The database driver', ['--quick'], []),
    Bench('footprint', 'What it takes to be there', [], ['--bridge']),
    Bench('limits', 'More than there is room for', ['--quick'], ['--bridge']),
    Bench('growth', 'With more of everything', [], ['--bridge']),
]


# --- running --------------------------------------------------------------------------------------------------------


def run(bench: Bench, places: dict[str, str], directory: Path) -> dict[str, Any] | None:
    """What it says of itself, in the shape that all have here; None if it could not be measured. `places` are those that
    only this machine has, by option."""
    command = ['scripts/bench', bench.name, *bench.arguments]
    file = directory / f'{bench.name}.json'
    file.unlink(missing_ok=True)
    more = [option for option in bench.options if option in places]
    given = [word for option in more for word in (option, places[option])]
    shown = ' '.join([*command, *(f'{option} {PLACES[option]}' for option in more)])
    say(shown)
    began = time.monotonic()
    with (directory / f'{bench.name}.txt').open('w') as output:
        status = subprocess.run([*command, *given, '--json', str(file)], cwd=ROOT, stdout=output, check=False).returncode
    if status not in (0, 1) or not file.exists():
        say(f'{bench.name} could not be measured, exit status {status}')
        return None
    return in_one_shape(json.loads(file.read_text())) | {
        'title': bench.title, 'command': shown, 'seconds': round(time.monotonic() - began),
    }


def in_one_shape(report: dict[str, Any]) -> dict[str, Any]:
    """Date, commit, machine, requirements and charts. Some benchmarks have words of their own for them."""
    machine = dict(report['machine'])
    date, commit = machine.pop('date'), machine.pop('commit')
    requirements = [requirement(each) for each in report.get('requirements', [])]
    requirements += [scene(each) for each in report.get('scenes', [])]
    return {'date': date, 'commit': commit, 'machine': machine, 'requirements': requirements,
            'charts': report.get('charts', [])}


def requirement(each: dict[str, Any]) -> dict[str, Any]:
    if 'requirement' in each:
        return each
    found = re.match(r'[\d,]*\.?\d+', each['measured'])
    return {
        'requirement': each['text'],
        'bound': each['bound'],
        'figure': float(found[0].replace(',', '')) if found else None,
        'text': f'{each["measured"]}: {each["figures"]}' if each['figures'] else each['measured'],
        'spread': None,
        'passed': each['met'],
    }


def scene(each: dict[str, Any]) -> dict[str, Any]:
    """One of limits."""
    more = each['most_mib'] - each['before_mib']
    return {
        'requirement': each['name'],
        'bound': f'≤ {each["bound_mib"]:.0f} MiB more, /ping p99 ≤ {each["p99_bound_ms"]:g} ms',
        'figure': more,
        'text': f'{more:.1f} MiB more, {each["told"]}; /ping p99 {each["seen"]["p99_ms"]:.2f} ms',
        'spread': None,
        'passed': each['met'],
    }


# --- writing --------------------------------------------------------------------------------------------------------


def section(name: str, result: dict[str, Any]) -> str:
    rows = [
        [each['requirement'], each['bound'], each['text'],
         '–'.join(map(short, each['spread'])) if each['spread'] else '', WORDS[each['passed']]]
        for each in result['requirements']
    ]
    head = ['requirement', 'bound', 'measured', 'by round', '']
    lines = [head, ['---'] * len(head), *rows]
    table = '\n'.join('| ' + ' | '.join(cell.replace('|', '\\|') for cell in line) + ' |' for line in lines)
    pictures = ''.join(f'![{chart["title"]}, {chart["unit"]}](benchmarks/{picture(name, number)})\n\n'
                       for number, chart in enumerate(result['charts'], 1))
    machine = '; '.join(f'{what}: {text}' for what, text in result['machine'].items())
    where = textwrap.fill(f'{result["date"]}, commit {result["commit"]}; {machine}.', 120)
    return f'## {result["title"]}\n\n    {result["command"]}\n\n{table}\n\n{pictures}{where}\n'


def picture(name: str, number: int) -> str:
    return f'{name}-{number}.svg'


def draw(results: dict[str, Any]) -> None:
    CHARTS.mkdir(exist_ok=True)
    for old in CHARTS.glob('*.svg'):
        old.unlink()
    for name, result in results.items():
        for number, chart in enumerate(result['charts'], 1):
            bars = [Bar(bar['label'], bar['value'], bar['spread'] and tuple(bar['spread'])) for bar in chart['bars']]
            (CHARTS / picture(name, number)).write_text(svg(Chart(chart['title'], chart['unit'], bars)))


def write(results: dict[str, Any]) -> None:
    RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False) + '\n')
    draw(results)
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    sections = '\n'.join(section(name, result) for name, result in results.items())
    DOCUMENT.write_text(f'{before}{BEGIN}\n\n{sections}\n{END}{after}')
    say(f'{RESULTS.relative_to(ROOT)}, {DOCUMENT.relative_to(ROOT)} and {CHARTS.relative_to(ROOT)}/ are written')


def main() -> int:
    parser = argparse.ArgumentParser(description='Runs the benchmarks. Start it with scripts/bench all.')
    parser.add_argument('--data', type=Path, required=True, help="folder for every benchmark's output")
    parser.add_argument('--bridge', help='the program to measure, for those that can be told')
    parser.add_argument('--rotki', help='a checkout of rotki, for native')
    parser.add_argument('--rotki-python', help='a Python with what it requires')
    parser.add_argument('--only', action='append', default=[], metavar='NAME', choices=[each.name for each in BENCHES],
                        help='run this one alone, and keep what there is of the others')
    parser.add_argument('--again', action='store_true', help='run nothing: write the page anew')
    arguments = parser.parse_args()
    arguments.data.mkdir(parents=True, exist_ok=True)
    directory = arguments.data.resolve()
    began = time.monotonic()
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    wanted = [] if arguments.again else [each for each in BENCHES if not arguments.only or each.name in arguments.only]
    given = {option: getattr(arguments, option.lstrip('-').replace('-', '_')) for option in PLACES}
    places = {option: place for option, place in given.items() if place}
    failed = []
    for bench in wanted:
        result = run(bench, places, directory)
        if result:
            results[bench.name] = result
        else:
            failed.append(bench.name)
    names = [each.name for each in BENCHES]
    write({name: results[name] for name in names if name in results})
    judged = [each for bench in wanted if bench.name not in failed for each in results[bench.name]['requirements']]
    missed = [each['requirement'] for each in judged if each['passed'] is False]
    for each in missed:
        say(f'missed: {each}')
    say(f'done in {time.monotonic() - began:.0f} s; {sum(each["passed"] is True for each in judged)} bounds met, '
        f'{len(missed)} missed, not measured: {", ".join(failed) or "none"}')
    return 2 if failed else 1 if missed else 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
