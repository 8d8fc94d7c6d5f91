"""The testsuite's program, wstest: where to get it, and one run of it."""

import contextlib
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from stack import STOP_SECONDS, NotRun, Server, plain_environment

VERSION = '25.10.1'
PACKAGE = f'autobahntestsuite=={VERSION}'
VIRTUALENV = 'virtualenv==20.15.1'  # the last that knows Python 2.7
IMAGE = f'crossbario/autobahn-testsuite:{VERSION}'
NEVER = ['12.*', '13.*']
SILENCE_SECONDS = 300  # a case of Autobahn waits up to 100 s for its peer
LOOK_SECONDS = 0.5

Progress = Callable[[int, int, str], None]
"""Told of every case that begins: which it is, of how many, and its number."""

MISSING = f"""\
there is no Python 2.7 and no docker or podman that works; the testsuite needs one of them
  - CPython 2.7 with pip: `pyenv install 2.7.18`, or build it from https://www.python.org/downloads/release/python-2718/
    and set PYTHON27=/path/to/python2.7
  - docker or podman on Linux, with its daemon running; the image is {IMAGE}"""


class Tool(NamedTuple):
    """How wstest is called."""

    command: Callable[[Path, Path], list[str]]
    """From the folder of the specification and the folder of the report."""
    report: str | None
    """The folder of the report as wstest sees it, if it sees another one than we."""
    name: str


class Broken(Exception):
    """A process ended, or nothing happened any more, before all cases were through."""


def find(target: Path) -> Tool:
    """Installs it if need be."""
    python = next((python for python in _candidates() if _is_python27(python)), None)
    if python is not None:
        program = _install(python, target)
        return Tool(lambda work, _: [str(program), *_arguments(str(work))], None, f'{PACKAGE}, {python}')
    for engine in ('docker', 'podman'):
        if _runs([engine, 'info']):
            return Tool(_container(engine), '/report', f'{IMAGE}, {engine}')
    raise NotRun(MISSING)


def _arguments(work: str) -> list[str]:
    return ['-m', 'fuzzingclient', '-s', f'{work}/spec.json']


def _container(engine: str) -> Callable[[Path, Path], list[str]]:
    def command(work: Path, report: Path) -> list[str]:
        # As root podman would be us, and docker would leave files that we can not remove.
        user = [] if engine == 'podman' else ['--user', f'{os.getuid()}:{os.getgid()}']
        return [engine, 'run', '--rm', '--init', '--network', 'host', *user, '--env', 'HOME=/tmp',
                '--env', 'PYTHONUNBUFFERED=1', '--volume', f'{work}:/work', '--volume', f'{report}:/report',
                IMAGE, 'wstest', *_arguments('/work')]

    return command


def _candidates() -> Iterator[str]:
    """Names on PATH come last: they may be shims that do not run."""
    if given := os.environ.get('PYTHON27'):
        if not _is_python27(given):
            raise NotRun(f'PYTHON27={given} does not run, or is not Python 2.7')
        yield given
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        root = subprocess.run(['pyenv', 'root'], capture_output=True, text=True, check=True).stdout.strip()
        yield from sorted((str(python) for python in Path(root).glob('versions/2.7.*/bin/python')), reverse=True)
    if found := shutil.which('python2.7'):
        yield found


def _is_python27(python: str) -> bool:
    return _runs([python, '-c', 'import sys; sys.exit(sys.version_info[:2] != (2, 7))'])


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, env=plain_environment(), capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _install(python: str, target: Path) -> Path:
    """Below `target`, once for every version and interpreter."""
    venv, stamp = target / 'autobahn', target / 'autobahn.installed'
    wanted = f'{PACKAGE} {VIRTUALENV} {python}\n'
    program = venv / 'bin' / 'wstest'
    if program.exists() and stamp.is_file() and stamp.read_text() == wanted:
        return program
    print(f'conformance: installing {PACKAGE} for {python}', file=sys.stderr, flush=True)
    stamp.unlink(missing_ok=True)
    bootstrap = target / 'virtualenv'
    for folder in (venv, bootstrap):
        shutil.rmtree(folder, ignore_errors=True)
    pip = ['-m', 'pip', '--disable-pip-version-check', 'install', '--quiet', '--no-input']
    log = target / 'install.log'
    log.unlink(missing_ok=True)
    for command, path in (
        ([python, *pip, '--no-cache-dir', '--target', str(bootstrap), VIRTUALENV], ''),
        ([python, '-m', 'virtualenv', '--quiet', str(venv)], str(bootstrap)),
        ([str(venv / 'bin' / 'python'), *pip, PACKAGE], ''),
    ):
        environment = {**plain_environment(), **({'PYTHONPATH': path} if path else {})}
        with log.open('ab') as out:
            status = subprocess.run(command, env=environment, stdout=out, stderr=out, check=False).returncode
        if status != 0:
            said = ''.join(f'    {line}\n' for line in log.read_text(errors='replace').splitlines()[-15:])
            raise NotRun(f'the testsuite can not be installed; {command[0]} ended with status {status}\n{said}'
                         f'it needs pip, a package index and a C compiler; all of the output is in {log}')
    stamp.write_text(wanted)
    return program


class Run:
    """One run against one address. `announced` has its cases as soon as wstest has named them."""

    def __init__(self, tool: Tool, mode: str, cases: list[str], url: str, work: Path, report: Path) -> None:
        self.announced: list[str] = []
        self.current: str | None = None
        self.log = work / 'wstest.log'
        (work / 'spec.json').write_text(json.dumps({
            'outdir': tool.report or str(report),
            'servers': [{'agent': mode, 'url': url}],
            'cases': cases,
            'exclude-cases': NEVER,
            'exclude-agent-cases': {},
        }))
        self.command = tool.command(work, report)

    def go(self, servers: list[Server], progress: Progress) -> None:
        """Until it has ended. It ends with status 0 whatever it found, so the report is what counts."""
        process = subprocess.Popen(
            self.command,
            env={**plain_environment(), 'PYTHONUNBUFFERED': '1'},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors='replace',
            start_new_session=True,
        )
        lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._collect, args=(process, lines), daemon=True).start()
        try:
            self._follow(lines, servers, progress)
            status = process.wait(STOP_SECONDS)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._check(servers)
        if status != 0 or not self.announced:
            raise NotRun(f'wstest ended with status {status}; what it said is in {self.log}\n{self._tail()}')

    def _collect(self, process: subprocess.Popen[str], lines: 'queue.Queue[str | None]') -> None:
        assert process.stdout is not None
        with self.log.open('w') as log:
            for line in process.stdout:
                log.write(line)
                log.flush()
                lines.put(line)
        lines.put(None)

    def _follow(self, lines: 'queue.Queue[str | None]', servers: list[Server], progress: Progress) -> None:
        begun, silent = 0, 0.0
        while True:
            try:
                line = lines.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                self._check(servers)
                silent += LOOK_SECONDS
                if silent >= SILENCE_SECONDS:
                    raise Broken(f'nothing has happened for {SILENCE_SECONDS} s, {self._where()}') from None
                continue
            if line is None:
                return
            silent = 0.0
            if line.startswith('Cases = '):
                self.announced = re.findall(r"'([\d.]+)'", line)
                if not self.announced:
                    raise NotRun('no case matches the patterns; 12.* and 13.* are never run')
            elif found := re.match(r'Running test case ID ([\d.]+) ', line):
                self.current = found[1]
                begun += 1
                progress(begun, len(self.announced), self.current)

    def _check(self, servers: list[Server]) -> None:
        for server in servers:
            if said := server.ended():
                name, _, rest = said.partition('\n')
                raise Broken(f'{name}, {self._where()}\n{rest}')

    def _where(self) -> str:
        return f'in case {self.current}' if self.current else 'before the first case'

    def _tail(self) -> str:
        return ''.join(f'    {line}\n' for line in self.log.read_text(errors='replace').splitlines()[-15:])
