"""`scripts/screenshots`: starts what is pictured, waits until there is something to see, and takes the pictures."""

import argparse
import shutil
import socket
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.dont_write_bytecode = True  # this folder stays as it is

from browser import Browser  # noqa: E402 - the path has to be set first
from demo_walk import ROOT, Interrupted, Signals, Stage, wait_for  # noqa: E402
from shots import SHOTS, take  # noqa: E402
from story import ROUTES, Story  # noqa: E402
from traffic import Traffic  # noqa: E402

PER_SECOND = 30.0
LAST = 25.0  # seconds that the end of the story takes
SETTLED = 6.0  # seconds until the pages have it all


def arguments() -> argparse.Namespace:
    """The front explains them."""
    parser = argparse.ArgumentParser(prog='scripts/screenshots', add_help=False)
    parser.add_argument('--bridge', type=Path, required=True)
    parser.add_argument('--chromium', required=True)
    parser.add_argument('--minutes', type=float, default=9.0)
    parser.add_argument('--to', type=Path, default=ROOT / 'docs/screenshots')
    parser.add_argument('--only', default='')
    return parser.parse_args()


def free(port: int) -> int:
    """The port, or 0 for any, if somebody has it."""
    with socket.socket() as probe:
        try:
            probe.bind(('127.0.0.1', port))
        except OSError:
            return 0
    return port


def say(text: str) -> None:
    print(f'screenshots: {text}', file=sys.stderr, flush=True)


def run(stage: Stage, given: argparse.Namespace) -> None:
    fault = stage.folder / 'fault'
    fault.touch()
    stage.environment['TEST_FAULT_FILE_OF_CUTOVER'] = str(fault)
    stage.write(ROUTES)
    stage.start_legacy(free(4242))
    stage.start_bridge(free(4300), free(4301))
    wait_for('the bridge is ready', lambda: stage.admin.get('/readyz').status == 200)
    stage.login()
    began = time.monotonic()
    given.to.mkdir(parents=True, exist_ok=True)
    with Traffic(stage.bridge_url, PER_SECOND):
        say(f'traffic through {stage.bridge_url}; the dashboard is at {stage.admin_url}/')
        story = Story(stage, fault)
        story.tell()
        say(f'told in {time.monotonic() - began:.0f} s; waiting until there are {given.minutes:g} minutes of traffic')
        while (left := began + given.minutes * 60 - LAST - time.monotonic()) > 0:
            stage.bridge.must_run()
            time.sleep(min(1.0, left))
        story.end()
        time.sleep(SETTLED)
        with Browser(given.chromium) as browser:
            for shot in SHOTS:
                for scheme in shot.schemes:
                    if given.only in f'{shot.name}-{scheme}':
                        file = take(browser, stage.admin_url, shot, scheme, given.to)
                        say(f'{file} ({file.stat().st_size // 1000} kB)')


def main() -> int:
    given = arguments()
    signals = Signals()
    folder = Path(tempfile.mkdtemp(prefix='cutover-screenshots-'))
    stage = Stage(given.bridge.resolve(), folder, signals)
    try:
        run(stage, given)
        return 0
    except Interrupted as interrupted:
        return 128 + interrupted.number
    finally:
        signals.ignore()
        stage.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == '__main__':
    sys.exit(main())
