"""`scripts/conformance http`: puts the probes to the targets, and says what came of it."""

import argparse
import fnmatch
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

import docs
import probes  # noqa: F401  declares them
import report
from registry import FAIL, PROBES, Probe
from report import Outcome
from runner import Result, run
from targets.base import Target
from targets.bridge import Bridge
from targets.command import Command
from targets.haproxy import HAProxy
from targets.nginx import Nginx

PASSED, FAILED, NOT_RUN = 0, 1, 2
NAMES = ('bridge', 'nginx', 'haproxy')


def arguments() -> argparse.Namespace:
    """The front explains them."""
    parser = argparse.ArgumentParser(prog='scripts/conformance http', add_help=False)
    parser.add_argument('--target', choices=(*NAMES, 'all'), default='bridge')
    parser.add_argument('--start', default='')
    parser.add_argument('--probes', default='*')
    parser.add_argument('--bridge', type=Path)
    parser.add_argument('--to', type=Path, required=True)
    parser.add_argument('--jobs', type=int, default=3 * (os.cpu_count() or 2))
    parser.add_argument('--patience', type=float, default=10.0)
    parser.add_argument('--list', action='store_true')
    parser.add_argument('--json', action='store_true')
    parser.add_argument('--write-docs', action='store_true')
    return parser.parse_args()


def chosen(patterns: str) -> list[Probe]:
    wanted = [pattern.strip() for pattern in patterns.split(',') if pattern.strip()]
    return [probe for probe in PROBES.values() if any(fnmatch.fnmatchcase(probe.id, pattern) for pattern in wanted)]


def targets(given: argparse.Namespace) -> list[Target]:
    if given.start:
        return [Command(given.start)]
    made: dict[str, Target] = {
        'bridge': Bridge((given.bridge or Path()).resolve()),
        'nginx': Nginx(),
        'haproxy': HAProxy(),
    }
    return list(made.values()) if given.target == 'all' else [made[given.target]]


def measure(target: Target, asked: list[Probe], given: argparse.Namespace) -> Outcome:
    missing = target.missing()
    if missing is not None:
        return Outcome(target.name, '', [], 0.0, missing)

    def done(result: Result) -> None:
        if result.verdict == FAIL and not given.json:
            print(
                f'conformance: {target.name} fails {result.probe.id} ({result.probe.level})',
                file=sys.stderr,
                flush=True,
            )

    began = time.monotonic()
    results = run(target, asked, given.jobs, given.patience, done)
    return Outcome(target.name, target.version(), results, time.monotonic() - began, '', target.known)


def stopped(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def main() -> int:
    # What runs is ended in order: the proxies are in sessions of their own.
    signal.signal(signal.SIGTERM, stopped)
    signal.signal(signal.SIGHUP, stopped)
    given = arguments()
    asked = chosen(given.probes)
    if not asked:
        print(f'scripts/conformance: no probe is called {given.probes!r}; --list has them', file=sys.stderr)
        return NOT_RUN
    if given.list:
        print(report.listing(asked))
        return PASSED
    outcomes = [measure(target, asked, given) for target in targets(given)]
    given.to.mkdir(parents=True, exist_ok=True)
    (given.to / 'summary.json').write_text(report.as_json(outcomes))
    (given.to / 'summary.md').write_text(report.as_markdown(outcomes))
    print(report.as_json(outcomes) if given.json else report.as_text(outcomes))
    if given.write_docs:
        docs.write(outcomes)
    words = {outcome.word for outcome in outcomes}
    return FAILED if 'FAIL' in words else NOT_RUN if 'NOT RUN' in words else PASSED


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
