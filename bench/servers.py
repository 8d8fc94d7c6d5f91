"""What the benchmarks start: legacy, rotki itself, an upstream, the bridge. All of them end with the run."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from report import ROOT
from rounds import Failure

PATIENCE_SECONDS = 20.0
FLUSHED_WITHIN_SECONDS = 1.6  # the bridge writes its evidence once a second


class Server:
    """A process that says where it listens, unless it is silent, and is ended with the `with` that it stands in."""

    def __init__(self, name: str, command: list[str], log: Path, folder: Path | None = None, silent: bool = False,
                 **environment: str) -> None:
        self.name = name
        self.began = time.monotonic()
        with log.open('w') as errors:
            self.process = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.PIPE, stdout=errors if silent else subprocess.PIPE, stderr=errors,
                text=True, env={**clean_environment(), **environment},
            )
        self.log = log

    def line(self, prefix: str) -> str:
        """The next line that it prints, without what it begins with."""
        assert self.process.stdout
        line = self.process.stdout.readline().strip()
        if not line.startswith(prefix):
            self.end()
            raise Failure(f'{self.name} said {line!r} in place of {prefix!r}; its log:\n{self.log.read_text()[-2000:]}')
        return line.removeprefix(prefix)

    def processes(self) -> list[int]:
        """It and those that it started."""
        parents = {}
        for each in Path('/proc').glob('[0-9]*/stat'):
            with contextlib.suppress(OSError):
                parents[int(each.parent.name)] = int(each.read_text().rpartition(')')[2].split()[1])
        found = [self.process.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found

    def processor_us(self) -> float:
        """What all of its threads have used so far."""
        used = 0
        for pid in self.processes():
            for thread in Path(f'/proc/{pid}/task').glob('*/schedstat'):
                with contextlib.suppress(OSError):
                    used += int(thread.read_text().split()[0])
        return used / 1e3

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                stream and stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.end()


def clean_environment() -> dict[str, str]:
    """Without what would configure a bridge."""
    return {name: value for name, value in os.environ.items() if not name.startswith('CUTOVER_')}


class Legacy(Server):
    """compat/legacy on a seeded data directory, which is made if it is not there."""

    USER, PASSWORD = 'ada', "p'w ö 1"

    def __init__(self, directory: Path) -> None:
        self.data = directory / 'legacy-data'
        command = [sys.executable, '-m', 'legacy', '--rest-api-port', '0', '--data-dir', str(self.data),
                   '--seed-data', 'small']
        super().__init__('legacy', command, directory / 'legacy.log', PYTHONPATH=str(ROOT / 'compat'))
        self.address = self.line('legacy listening on http://')


class Rotki(Server):
    """rotki's own backend, of a checkout, on a copy of the corpus: as it is shipped (-O) and as quiet as it can be told to
    be."""

    USER, PASSWORD = 'carol', "p'w 1"
    STARTED_WITHIN_SECONDS = 90.0

    def __init__(self, checkout: Path, python: Path, snapshot: Path, directory: Path,
                 fill: Callable[[Path], None] = lambda data: None) -> None:
        self.data = directory / 'rotki-data'
        shutil.copytree(snapshot, self.data, copy_function=shutil.copyfile)
        for path in [self.data, *self.data.rglob('*')]:
            path.chmod(0o700 if path.is_dir() else 0o600)
        fill(self.data)
        port = free_port()
        command = [str(python), '-O', '-m', 'rotkehlchen', '--rest-api-port', str(port), '--api-host', '127.0.0.1',
                   '--data-dir', str(self.data), '--disable-task-manager', '--logtarget', 'file',
                   '--logfile', str(directory / 'rotki-own.log'), '--loglevel', 'critical']
        super().__init__('rotki', command, directory / 'rotki.log', folder=checkout, silent=True)
        self.address = f'127.0.0.1:{port}'
        while not self.answers():
            if time.monotonic() > self.began + self.STARTED_WITHIN_SECONDS or self.process.poll() is not None:
                self.end()
                raise Failure(f'{checkout} does not start; its log:\n{self.log.read_text()[-2000:]}')
            time.sleep(0.2)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f'http://{self.address}/api/1/ping', timeout=10) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def free_port() -> int:
    with socket.create_server(('127.0.0.1', 0)) as server:
        return int(server.getsockname()[1])


class Upstream(Server):
    """The quick upstream of bench/load."""

    def __init__(self, binary: Path, directory: Path, answers: str) -> None:
        super().__init__('upstream', [str(binary), answers], directory / 'upstream.log')
        self.address = self.line('listening on ')


class Bridge(Server):
    """`cutover serve` in front of one of them."""

    def __init__(self, binary: Path, directory: Path, legacy: str, data: Path | None, parity: str = '',
                 sections: str = '') -> None:
        directory.mkdir()
        self.file = directory / 'routes.toml'
        self.evidence = directory / 'evidence.db'
        self.parity = parity
        self.sections = sections
        self.mode = 'legacy'
        self.file.write_text(self.routes())
        command = [str(binary), 'serve', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--config', str(self.file),
                   '--legacy', f'http://{legacy}', *(['--data-dir', str(data)] if data else [])]
        # What it takes of memory is read off /proc, which is closed to others than root otherwise.
        super().__init__('the bridge', command, directory / 'bridge.log', CUTOVER_PROCESS__DUMPABLE='true')
        self.address = self.line('cutover listening on http://')
        self.started_seconds = time.monotonic() - self.began
        self.admin = self.line('cutover admin on http://')
        self.until('to have asked legacy', lambda: self.status()['ready'])

    def routes(self) -> str:
        return f'[flags]\nall = "{self.mode}"\n\n[parity]\n{self.parity}\n\n{self.sections}'

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f'http://{self.admin}{path}', timeout=10) as answer:
            return json.load(answer)

    def status(self) -> Any:
        return self.get('/api/status')

    def until(self, what: str, condition: Any) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > end or self.process.poll() is not None:
                raise Failure(f'waited in vain for the bridge {what}; its log:\n{self.log.read_text()[-2000:]}')
            time.sleep(0.01)

    def switch(self, mode: str) -> None:
        """Puts every read in a mode, without a restart."""
        if mode == self.mode:
            return
        before = self.status()['configuration']['generation']
        self.mode = mode
        aside = self.file.with_suffix('.new')
        aside.write_text(self.routes())
        aside.rename(self.file)
        self.until(f'to be in mode {mode}', lambda: self.status()['configuration']['generation'] != before)

    def verdicts(self) -> dict[str, int]:
        """How often each came, over all routes; what was skipped with why."""
        counts: dict[str, int] = {}
        for route in self.get('/api/parity')['routes']:
            words = {word: count for word, count in route['verdicts'].items() if word != 'skipped'}
            skipped = {f'skipped, {why}': count for why, count in route['skipped'].items()}
            for word, count in (words | skipped).items():
                counts[word] = counts.get(word, 0) + count
        return {word: count for word, count in counts.items() if count}

    def settled(self, comparisons: int) -> dict[str, int]:
        """The verdicts, once there are so many."""
        found: dict[str, int] = {}

        def all_there() -> bool:
            found.update(self.verdicts())
            return sum(found.values()) >= comparisons

        self.until(f'to come to {comparisons} verdicts, it has {found}', all_there)
        return found

    def at_rest(self, comparisons: int) -> dict[str, int]:
        """The same, once they are in the file as well: nothing of them is left to be done."""
        verdicts = self.settled(comparisons)
        before = self.evidence.stat().st_mtime_ns
        end = time.monotonic() + FLUSHED_WITHIN_SECONDS
        while self.evidence.stat().st_mtime_ns == before and time.monotonic() < end:
            time.sleep(0.02)
        return verdicts
