"""`scripts/conformance ws`: starts what is measured, lets Autobahn at it, and says what came of it."""

import argparse
import datetime
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

import report
import verdict
import wstest
from report import Outcome
from stack import ROOT, NotRun, start_bridge, start_legacy
from wstest import Broken, Run, Tool

MODES = ('tunnel', 'bridge')
PASSED, FAILED, NOT_RUN = 0, 1, 2


def arguments() -> argparse.Namespace:
    """The front explains them, and has looked at them."""
    parser = argparse.ArgumentParser(prog='scripts/conformance ws', add_help=False)
    parser.add_argument('--mode', choices=(*MODES, 'both'), required=True)
    parser.add_argument('--cases', required=True)
    parser.add_argument('--bridge', type=Path, required=True)
    parser.add_argument('--target', type=Path, required=True)
    return parser.parse_args()


def progress_of(mode: str) -> wstest.Progress:
    """One line that changes, on a terminal; elsewhere one at the beginning of every group."""
    groups: set[str] = set()

    def show(number: int, count: int, case: str) -> None:
        group = case.partition('.')[0]
        text = f'conformance: {mode}, case {number} of {count} ({case})'
        if sys.stderr.isatty():
            print(f'\r\033[K{text}', end='\n' if number == count else '', file=sys.stderr, flush=True)
        elif group not in groups:
            print(text, file=sys.stderr, flush=True)
        groups.add(group)

    return show


def measure(mode: str, tool: Tool, bridge: Path, cases: list[str], folder: Path) -> Outcome:
    """One mode from start to end; what is of an earlier run goes first."""
    work, to = folder / 'work' / mode, folder / mode
    for old in (work, to):
        shutil.rmtree(old, ignore_errors=True)
        old.mkdir(parents=True)
    index = to / 'index.html'
    try:
        legacy, legacy_url = start_legacy(work)
        with legacy:
            server, address = start_bridge(bridge, mode, legacy_url, work)
            with server:
                run = Run(tool, mode, cases, f'ws://{address}/ws/', work, to)
                began, broken = time.monotonic(), ''
                try:
                    run.go([server, legacy], progress_of(mode))
                except Broken as e:
                    broken = str(e)
                seconds = time.monotonic() - began
    except NotRun as e:
        return Outcome(mode, [], 0.0, index, not_run=str(e))
    return Outcome(mode, verdict.read(mode, run.announced, to), seconds, index, broken)


def said_by(*command: str) -> str:
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return 'unknown'


def main() -> int:
    signal.signal(signal.SIGTERM, stopped)
    signal.signal(signal.SIGHUP, stopped)
    given = arguments()
    target, bridge = given.target.resolve(), given.bridge.resolve()
    folder = target / 'ws'
    folder.mkdir(parents=True, exist_ok=True)
    try:
        tool = wstest.find(target)
    except NotRun as e:
        print(f'scripts/conformance: {e}', file=sys.stderr)
        return NOT_RUN
    about = {
        'date': datetime.datetime.now(datetime.UTC).strftime('%Y-%m-%d %H:%M UTC'),
        'commit of this folder': said_by('git', 'describe', '--always', '--dirty'),
        'bridge': f'{said_by(str(bridge), "--version")}, {bridge}',
        'testsuite': tool.name,
        'cases': f'{given.cases}, without {", ".join(wstest.NEVER)}',
    }
    cases = [pattern.strip() for pattern in given.cases.split(',') if pattern.strip()]
    outcomes = []
    for mode in MODES if given.mode == 'both' else (given.mode,):
        outcomes.append(measure(mode, tool, bridge, cases, folder))
        report.show(outcomes[-1], given.target / 'ws' / mode)
    (folder / 'summary.json').write_text(report.as_json(outcomes, about))
    (folder / 'summary.md').write_text(report.as_markdown(outcomes, about))
    report.show_end(outcomes, given.target / 'ws')
    words = {outcome.word for outcome in outcomes}
    return FAILED if 'FAIL' in words else NOT_RUN if 'NOT RUN' in words else PASSED


def stopped(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


try:
    sys.exit(main())
except KeyboardInterrupt:
    sys.exit(128 + signal.SIGINT)
