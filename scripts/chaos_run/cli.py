"""The command line."""

import argparse
import random
import shlex
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType

from . import faults, report
from .disk import own_mounts
from .journal import Journal
from .process import CouldNotRun
from .run import Run
from .stack import ROOT, Stack
from .weather import Weather

DESCRIPTION = """\
Starts the small legacy backend of compat/ with the package in it, the bridge before it and a link between them that can
be broken; then breaks one thing after the other, by a schedule drawn from the seed, while clients that know what they
were told check every answer. docs/chaos.md says what is broken, what has to hold, and by when."""
EPILOGUE = """\
Left behind in target/chaos: seed-N.jsonl, the timeline, and seed-N.json, the summary; with a violation, or --keep, the
logs and configurations in seed-N/ as well.

exit status: 0 everything held, 1 something did not, 2 it could not be run.

examples:
  scripts/chaos
  scripts/chaos --seed 7 --minutes 10
  scripts/chaos --seed 7 --seconds 60 --faults link-cut,lock"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='scripts/chaos', description=DESCRIPTION, epilog=EPILOGUE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('--seed', type=int, metavar='N', help='of the schedule; drawn, and said, if it is not given')
    time = parser.add_mutually_exclusive_group()
    time.add_argument('--minutes', type=float, metavar='N', help='how long things are broken (default: 3)')
    time.add_argument('--seconds', type=float, metavar='N')
    add('--faults', '--only', metavar='NAMES', help='only these, comma separated')
    add('--list', action='store_true', help='the faults there are')
    add('--bridge', type=Path, metavar='BINARY', help='default: the newest build in target/')
    add('--keep', action='store_true', help='leave logs and configurations')
    add('-v', '--verbose', action='store_true', help='count answers and log messages at the end')
    return parser.parse_args()


def main() -> int:
    given = arguments()
    if given.list:
        for fault in faults.ALL:
            print(f'{fault.name:18} {fault.what}')
        return 0
    names = given.faults.split(',') if given.faults else None
    if unknown := sorted(set(names or []) - set(faults.BY_NAME)):
        return fail(f'there is no fault {", ".join(unknown)}; there are: {", ".join(faults.BY_NAME)}')
    bridge = given.bridge or newest()
    if bridge is None or not bridge.is_file():
        return fail('there is no bridge; cargo build, or name one with --bridge')
    seed = random.randrange(100_000) if given.seed is None else given.seed
    seconds = given.seconds or (given.minutes or 3.0) * 60
    ways = own_mounts()  # may not return: this starts again where it may mount
    return go(bridge.resolve(), seed, names, seconds, ways, given)


def newest() -> Path | None:
    builds = [path for kind in ('debug', 'release') if (path := ROOT / 'target' / kind / 'cutover').is_file()]
    return max(builds, key=lambda path: path.stat().st_mtime, default=None)


def fail(message: str) -> int:
    print(f'scripts/chaos: {message}', file=sys.stderr)
    return 2


def interrupted(number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def go(bridge: Path, seed: int, names: list[str] | None, seconds: float, ways: str, given: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, interrupted)
    kept = ROOT / 'target' / 'chaos'
    kept.mkdir(parents=True, exist_ok=True)
    only = ['--faults', ','.join(names)] if names else []
    command = shlex.join(['scripts/chaos', '--seed', str(seed), '--seconds', f'{seconds:g}', *only])
    print(f'{command}\nfull disks by: {ways}', flush=True)
    journal = Journal(kept / f'seed-{seed}.jsonl')
    journal.note('run', command=command, disks=ways, bridge=str(bridge))
    folder = Path(tempfile.mkdtemp(prefix='cutover-chaos-'))
    stack: Stack | None = None
    run: Run | None = None
    try:
        stack = Stack(bridge, folder, ways == 'tmpfs', str(seed), journal, Weather())
        run = Run(stack, seed, names, seconds)
        if not run.kinds:
            return fail(f'none of these faults can be had here: {run.tally.missing}')
        run.go()
    except CouldNotRun as failure:
        # In the middle of a run it is a finding: what is needed did start before.
        if run is None or not run.tally.steps:
            return fail(str(failure))
        journal.violated('recovery', str(failure))
    except KeyboardInterrupt:
        print('interrupted')
        return 2
    finally:
        if run is not None:
            run.over.set()
            run.abort.set()
        if stack is not None:
            stack.close()
        if given.keep or journal.findings:
            keep(folder, kept / f'seed-{seed}')
        if stack is not None:
            for disk in (stack.data_disk, stack.state_disk):
                disk.close()
        shutil.rmtree(folder, ignore_errors=True)
    assert run is not None
    found = report.summary(run, command)
    report.write(found, kept / f'seed-{seed}.json')
    journal.close()
    print(report.text(found, given.verbose), flush=True)
    if journal.findings:
        print(f'\n{len(journal.findings)} violations, the first: {journal.findings[0]["invariant"]}: {journal.findings[0]["what"]}')
        print(f'timeline: {journal.file}\nagain: {command}')
        return 1
    print(f'\neverything held; seed {seed}')
    return 0


def keep(folder: Path, to: Path) -> None:
    """Logs and what is beside routes.toml; not the databases."""
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    for pattern in ('*.log', '*.out', 'state/routes.*', 'state/evidence.db*'):
        for path in folder.glob(pattern):
            if path.is_file():
                shutil.copy(path, to)
