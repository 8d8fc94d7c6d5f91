"""The command line."""

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import effects, report
from .answers import RULES
from .dump import Databases
from .masks import REASONS
from .process import CouldNotRun
from .run import Outcome, run
from .sequences import Malformed, Sequence, recorded, written
from .side import Setting, copy

DESCRIPTION = """\
Sends sequences of requests twice: to a backend on a fresh copy of the data, and through a bridge that answers
natively what it can (--all native --native-writes always) to another backend on another fresh copy. Compares each
answer to the byte (status, reason phrase, headers in spelling and order, body; not Date, Connection and
x-cutover-*), and at the end of each sequence every table of the user's, the transient and the global database: all
rows by rowid, all columns by value and type."""
EPILOGUE = """\
files of requests: a JSON object in each line. A blank line, or {"sequence": "name"}, begins a new sequence, on fresh
copies. "body" is sent as JSON, "text" as it is, "headers" replace the usual ones. "save" takes parts of the answer
for later {{name}} in paths and bodies, on each side of its own answer; {{data}} is the side's copy of the data:
  {"method": "PUT", "path": "/api/1/notes", "body": {"title": "a"}, "save": {"id": "/result"}}
  {"method": "DELETE", "path": "/api/1/notes", "text": "{\\"identifier\\": {{id}}}"}

exit status: 0 no difference, 1 at least one difference, 2 something could not be run.

examples:
  scripts/write-parity --backend 'legacy --rest-api-port {port} --data-dir {data}' --data SNAPSHOT \\
      --user carol --password secret --har writes.har --only 'PUT /api/1/notes'
      the sequences of a recording with such a request in them
  … --requests mine.jsonl --compare-each -v
      one's own, with the databases compared after each request, and who answered which
  … --package 'PYTHONPATH=compat python -m cutover_compat --bridge unix:{socket} -- -m … --data-dir {data}'
      routes too that are native only while the package drops legacy's caches
  … --har writes.har --without-bridge
      the backend against itself: shows that rules and masks suffice"""


def arguments() -> argparse.Namespace:
    rules = [f'  {rule.name} ({", ".join(rule.routes)})\n      {rule.reason}' for rule in RULES]
    masks = [f'  {name} (answers and tables)\n      {reason}' for name, reason in REASONS.items()]
    parser = argparse.ArgumentParser(
        prog='write-parity',
        description=DESCRIPTION,
        epilog='\n'.join([EPILOGUE, '\nrules and masks:', *masks, *rules]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--backend', required=True, metavar='COMMAND', help='shell command with {port} and {data}')
    parser.add_argument(
        '--package', metavar='COMMAND', help='likewise, with {socket} too: the backend behind the bridge, with the package'
    )
    parser.add_argument('--data', required=True, type=Path, metavar='DIR', help='data directory to copy; never changed')
    parser.add_argument('--user', required=True)
    parser.add_argument('--password', required=True)
    parser.add_argument('--har', type=Path, metavar='FILE', help='recording with _sequence and _step')
    parser.add_argument('--requests', type=Path, metavar='FILE', help='requests of your own, see below')
    parser.add_argument('--sequences', metavar='NAMES', help='only these: 1,5,7-9')
    parser.add_argument('--only', action='append', default=[], metavar='GLOB', help='only sequences with such a request')
    parser.add_argument('--bridge', type=Path, default=Path('target/debug/cutover'), metavar='FILE', help='the binary')
    parser.add_argument('--without-bridge', action='store_true', help='compare the backend with itself')
    parser.add_argument('--compare-each', action='store_true', help='compare the databases after each request')
    parser.add_argument('--effects', type=Path, metavar='FILE', help='only write what the backend itself changes, there')
    parser.add_argument('--jobs', type=int, default=1, metavar='N', help='sequences at a time (default: 1)')
    parser.add_argument('--show', type=int, default=8, metavar='N', help='differences shown in full (default: 8)')
    parser.add_argument('-v', '--verbose', action='store_true', help='a line for each request')
    given = parser.parse_args()
    if (given.har is None) == (given.requests is None):
        parser.error('either --har or --requests is required')
    return given


def chosen(given: argparse.Namespace) -> list[Sequence]:
    if given.har is not None:
        found = recorded(given.har)
    else:
        found = written(given.requests.read_text().splitlines())
    if given.sequences:
        wanted = _names(given.sequences)
        found = [sequence for sequence in found if sequence.name in wanted]
    return [sequence for sequence in found if sequence.touches(given.only)]


def _names(text: str) -> set[str]:
    names: set[str] = set()
    for part in text.split(','):
        first, dash, last = part.partition('-')
        if dash and first.isdigit() and last.isdigit():
            names.update(map(str, range(int(first), int(last) + 1)))
        else:
            names.add(part)
    return names


def main() -> int:
    given = arguments()
    try:
        return go(given)
    except (CouldNotRun, Malformed, OSError) as failure:
        print(f'write-parity: {failure}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 2


def go(given: argparse.Namespace) -> int:
    sequences = chosen(given)
    if not sequences:
        raise Malformed('there is no such sequence')
    if given.effects:
        return write_effects(given, sequences)
    if not given.without_bridge and not given.bridge.is_file():
        raise CouldNotRun(f'{given.bridge} is missing; build it, or name another with --bridge')
    bridge = None if given.without_bridge else given.bridge.resolve()
    setting = Setting(given.backend, given.data, given.user, given.password, bridge, given.package)
    began = time.monotonic()
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(given.jobs) as pool:
        for outcome in pool.map(lambda sequence: run(sequence, setting, given.compare_each), sequences):
            outcomes.append(outcome)
            if told := report.outcome(outcome, given.show, given.verbose):
                print(told, flush=True)
            if sys.stderr.isatty():
                print(f'\r{len(outcomes)} of {len(sequences)} sequences ', end='', file=sys.stderr, flush=True)
    print(f'\n{report.table(outcomes)}\n\n{report.summary(outcomes, time.monotonic() - began)}')
    return 1 if any(one.mismatched or one.changed for one in outcomes) else 0


def write_effects(given: argparse.Namespace, sequences: list[Sequence]) -> int:
    """No bridge and no comparison: what the backend leaves behind, for `tests/writes.rs`."""
    setting = Setting(given.backend, given.data, given.user, given.password, None)
    with tempfile.TemporaryDirectory() as folder:
        copy(given.data, Path(folder) / 'data')
        data = Databases(Path(folder) / 'data', given.user, given.password)
        snapshot = data.read()
        data.close()
    with ThreadPoolExecutor(given.jobs) as pool:
        of = pool.map(lambda sequence: effects.of(sequence, setting, snapshot), sequences)
        found = dict(zip((sequence.name for sequence in sequences), of, strict=True))
    effects.write(given.effects, found)
    changed = sum(len(rows) for _, steps in found.values() for step in steps for rows in step.values())
    print(f'{changed} changed rows of {len(found)} sequences in {given.effects}')
    return 0
