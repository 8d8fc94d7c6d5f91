"""The tests of `gevented/`, each file in a process that gevent has patched before anything else: as in the backend."""

import subprocess
import sys
from pathlib import Path

import pytest
from harness import COMPAT

GEVENTED = Path(__file__).parent / 'gevented'
RUN = 'from gevent import monkey; monkey.patch_all(); import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))'


@pytest.mark.parametrize('name', sorted(file.name for file in GEVENTED.glob('test_*.py')))
def test_passes_under_gevent(name: str) -> None:
    command = [sys.executable, '-c', RUN, '-q', '-p', 'no:cacheprovider', '-p', 'no:xdist', f'--confcutdir={GEVENTED}', str(GEVENTED / name)]
    ran = subprocess.run(command, cwd=COMPAT, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
