"""`scripts/conformance api`: legacy and the bridge, every route native, and schemathesis in front of them."""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.dont_write_bytecode = True  # this folder stays as it is

from demo_walk import PASSWORD, USER, DoesNotHold, Interrupted, Signals, Stage, wait_for  # noqa: E402 - the path has to be set first

COLOUR = re.compile('\x1b\\[[0-9;]*m')
HERE = Path(__file__).resolve().parent
PASSED, FAILED, NOT_RUN = 0, 1, 2
# A look for updates would ask GitHub, and is off by default. No route goes back to legacy, whatever becomes of it, and the
# log has every request.
ROUTES = """
[flags]
native_writes = "always"
answer_headers = true
[guardrails]
rollback = "off"
[native]
breaker = 0
[log]
level = "cutover=debug"
"""
LEAST = 0.5  # of the operations have to be answered natively at least once
# The databases of the small legacy have no more tables than it needs.
LACKING = re.compile('no such (table|column)')
FAILURES = re.compile(r'route="?(\w+)"?.*unanswered="failed: ([^"]*)')
PATIENCE = 900.0  # longest run, in seconds


def arguments() -> argparse.Namespace:
    """The front explains them, and has looked at them."""
    parser = argparse.ArgumentParser(prog='scripts/conformance api', add_help=False)
    parser.add_argument('--bridge', type=Path, required=True)
    parser.add_argument('--schemathesis', type=Path, required=True)
    parser.add_argument('--to', type=Path, required=True)
    parser.add_argument('--cases', type=int, required=True)
    parser.add_argument('--seed', type=int, required=True)
    parser.add_argument('--data', type=Path)
    parser.add_argument('--user', default=USER)
    parser.add_argument('--password-file', type=Path)
    return parser.parse_args()


def start(given: argparse.Namespace, stage: Stage) -> None:
    if given.data:
        shutil.copytree(given.data, stage.folder / 'data', copy_function=shutil.copyfile)
        for folder in (stage.folder / 'data').rglob('*/'):
            folder.chmod(0o755)
    stage.write(ROUTES)
    stage.start_legacy()
    stage.start_bridge(more=['--all', 'native'])
    wait_for('the bridge is ready', lambda: stage.admin.get('/readyz').status == 200)
    password = given.password_file.read_text().rstrip('\n') if given.password_file else PASSWORD
    stage.login(given.user, password)


def failures(log: Path) -> dict[tuple[str, str], int]:
    """Which handlers failed, why, and how often."""
    lines = COLOUR.sub('', log.read_text(errors='replace')).splitlines()
    return Counter(found.groups() for line in lines if (found := FAILURES.search(line)))  # type: ignore[misc]


def fetched(given: argparse.Namespace, stage: Stage) -> bool:
    """Keeps both documents, and says whether they are valid OpenAPI."""
    files = []
    for name, path in (('openapi', '/openapi/native.json'), ('admin', '/openapi.json')):
        files.append(given.to / f'{name}.json')
        files[-1].write_bytes(stage.admin.get(path).body)
    python = given.schemathesis.with_name('python')
    return subprocess.run([str(python), str(HERE / 'valid.py'), *map(str, files)], check=False).returncode == 0


def judged(given: argparse.Namespace, stage: Stage) -> tuple[int, str]:
    """Runs schemathesis, and gives its status and all that it said."""
    document = given.to / 'openapi.json'
    command = [
        str(given.schemathesis), '--config-file', str(HERE / 'schemathesis.toml'), 'run', str(document),
        '--url', stage.bridge_url, '--checks', 'native_conformance', '--seed', str(given.seed),
        '--max-examples', str(given.cases), '--phases', 'examples,coverage,fuzzing', '--workers', '1',
        '--suppress-health-check', 'all', '--warnings', 'off', '--continue-on-failure',
        '--report', 'junit', '--report-junit-path', str(given.to / 'junit.xml'),
    ]
    environment = {
        **os.environ, 'SCHEMATHESIS_HOOKS': 'hooks', 'PYTHONPATH': str(HERE), 'PYTHONDONTWRITEBYTECODE': '1',
        'CONFORMANCE_COUNTS': str(given.to / 'counts.json'), 'NO_COLOR': '1', 'COLUMNS': '150',
    }
    log = given.to / 'schemathesis.log'
    with log.open('wb') as output:
        # In the folder of the run: it keeps its examples where it runs.
        child = subprocess.Popen(
            command, cwd=stage.folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            status = child.wait(PATIENCE)
        except BaseException:
            child.kill()
            child.wait()
            raise
    return status, log.read_text(errors='replace')


def told(to: Path, seconds: float) -> tuple[str, bool]:
    """What came of it in a few lines, and whether no handler failed and enough was judged."""
    rows = json.loads((to / 'counts.json').read_text())
    operations = [
        f'{method.upper()} {path}'
        for path, of in json.loads((to / 'openapi.json').read_text())['paths'].items() for method in of
    ]
    by: Counter[str] = Counter()
    native: set[str] = set()
    statuses: Counter[int] = Counter()
    for operation, who, status, number in rows:
        by[who] += number
        if who == 'native':
            native.add(operation)
            statuses[status] += number
    never = sorted(set(operations) - native)
    failed = failures(to / 'cutover.log')
    lines = [
        f'{sum(by.values())} requests to {len(operations)} operations in {seconds:.0f} s: '
        f'{by["native"]} answered natively and judged, {by["legacy"] + by["failed"]} left to legacy and '
        f'{by["bridge"]} refused by the bridge, which are not',
        'native statuses: ' + ', '.join(f'{status} {number} times' for status, number in sorted(statuses.items())),
        f'{len(native)} operations answered natively at least once; never: {", ".join(never) or "none"}',
    ]
    lacking = {route for route, why in failed if LACKING.search(why)}
    if lacking:
        lines.append(f'handlers that lack tables in these databases: {", ".join(sorted(lacking))}')
    enough = len(native) >= LEAST * len(operations)
    for (route, why), number in sorted(failed.items()):
        if route not in lacking:
            lines.append(f'the handler of {route} failed {number} times: {why}')
            enough = False
    if len(native) < LEAST * len(operations):
        lines.append(f'that is less than {LEAST:.0%}: too little was judged')
    return '\n'.join(lines), enough


def main() -> int:
    given = arguments()
    given.to = given.to.resolve()
    given.to.mkdir(parents=True, exist_ok=True)
    for old in ('counts.json', 'junit.xml', 'schemathesis.log'):
        (given.to / old).unlink(missing_ok=True)
    signals = Signals()
    folder = Path(tempfile.mkdtemp(prefix='cutover-conformance-'))
    stage = Stage(given.bridge.resolve(), folder, signals)
    try:
        start(given, stage)
        if not fetched(given, stage):
            print('FAILED; that is no OpenAPI 3.1')
            return FAILED
        began = time.monotonic()
        status, log = judged(given, stage)
        stage.bridge.must_run()
        shutil.copy(stage.bridge.log, given.to / 'cutover.log')
        if status not in (PASSED, FAILED) or not (given.to / 'counts.json').exists():
            print(f'{log}\nscripts/conformance: schemathesis ended with status {status}', file=sys.stderr)
            return NOT_RUN
        summary, enough = told(given.to, time.monotonic() - began)
        if status == FAILED:
            print(log)
        print(summary)
        print('passed' if status == PASSED and enough else f'FAILED; {given.to / "schemathesis.log"} has it all')
        return PASSED if status == PASSED and enough else FAILED
    except DoesNotHold as e:
        print(f'scripts/conformance: {e}', file=sys.stderr)
        return NOT_RUN
    except Interrupted as interrupted:
        return 128 + interrupted.number
    finally:
        signals.ignore()
        for process in stage.processes:
            shutil.copy(process.log, given.to / f'{process.name}.log')
        stage.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == '__main__':
    sys.exit(main())
