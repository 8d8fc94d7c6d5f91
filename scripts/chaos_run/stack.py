"""What is broken and watched: legacy with the package in it, the bridge, and the link between them."""

import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import database, limits
from .clock import Clock
from .disk import Disk
from .journal import Journal
from .link import Link
from .process import Process, Successor, adopt_orphans, until
from .weather import Bound, Weather
from .wire import Address, Answer, Client, NoAnswer, Request

ROOT = Path(__file__).resolve().parent.parent.parent
DATA_DISK = 24 << 20
STATE_DISK = 8 << 20


@dataclass
class Life:
    """One process of the bridge, and what it held when it was first calm and at its end."""

    pid: int
    memory: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)


class Stack:
    def __init__(self, binary: Path, folder: Path, mounted: bool, seed: str, journal: Journal, weather: Weather) -> None:
        self.binary, self.folder, self.journal, self.weather = binary, folder, journal, weather
        self.data_disk = Disk(folder / 'data', DATA_DISK, mounted)
        self.state_disk = Disk(folder / 'state', STATE_DISK, mounted)
        self.mounted = mounted
        self.data = self.data_disk.folder
        self.file = self.state_disk.folder / 'routes.toml'
        self.socket = Path(tempfile.mkdtemp(prefix='chaos-')) / 'bridge.sock'  # short: a path of a socket may have 107 bytes
        self.clock = Clock(folder)
        self.link = Link(f'{seed}:link')
        self.good = limits.routes(str(self.socket))
        self.generation = self.quiet = 0
        self.lives: list[Life] = []
        self._lock = threading.Lock()
        self._legacy: Process | None = None
        self._bridge: Process | None = None
        self._addresses: dict[str, Address] = {}
        self.restarts = {'legacy': 0, 'bridge': 0}

    # --- legacy ---

    @property
    def legacy(self) -> Address | None:
        """Its own port; none while it is not there."""
        return self._addresses.get('legacy')

    @property
    def legacy_process(self) -> Process:
        assert self._legacy is not None
        return self._legacy

    def start_legacy(self, seed: bool = False) -> None:
        command = [
            sys.executable, '-m', 'cutover_compat', '--bridge', f'unix:{self.socket}', '--', '-m', 'legacy',
            '--rest-api-port', '0', '--api-cors', '*', '--data-dir', str(self.data),
            *(['--seed-data', 'small'] if seed else []),
        ]  # fmt: skip
        environment = {'PYTHONPATH': str(ROOT / 'compat'), 'PYTHONDONTWRITEBYTECODE': '1', **self.clock.environment}
        self._legacy = Process('legacy', command, self.folder, **environment)
        address = _address(self._legacy.announced('legacy listening on http://'))
        self._addresses['legacy'] = address
        self.link.target = address
        self.link.accept('no legacy')
        self.restarts['legacy'] += 1

    def end_legacy(self, orderly: bool) -> None:
        """Whoever is connected is reset, and whoever comes refused."""
        if orderly:
            self.legacy_process.terminate(20)
        else:
            self.legacy_process.kill()
        self._addresses.pop('legacy', None)
        self.link.refuse('no legacy')
        self.link.cut()

    # --- the bridge ---

    @property
    def bridge(self) -> Address | None:
        return self._addresses.get('bridge')

    @property
    def admin(self) -> Address | None:
        return self._addresses.get('admin')

    @property
    def bridge_process(self) -> Process:
        assert self._bridge is not None
        return self._bridge

    def start_bridge(self) -> None:
        command = [
            str(self.binary), 'serve', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0',
            '--legacy', f'http://127.0.0.1:{self.link.port}', '--data-dir', str(self.data), '--config', str(self.file),
        ]  # fmt: skip
        environment = {
            'CUTOVER_LOG__FORMAT': 'json',
            'CUTOVER_PROCESS__DUMPABLE': 'true',  # its descriptors are looked at
            'RUST_BACKTRACE': '1',
            **self.clock.environment,
        }
        process = Process('bridge', command, self.folder, **environment)
        process.dismissed = True  # until it has started its end is told by who waits for that
        self._bridge = process
        listening = _address(process.announced('cutover listening on http://'))
        self._addresses['admin'] = _address(process.announced('cutover admin on http://'))
        process.dismissed = False
        self._addresses['bridge'] = listening
        with self._lock:
            self.lives.append(Life(process.pid))
        self.restarts['bridge'] += 1

    def end_bridge(self, orderly: bool) -> int | None:
        """Gives its status. Clients that come while it ends in order are refused by it."""
        process = self.bridge_process
        if orderly:
            status = process.terminate(limits.DRAIN + limits.LOAD + 4.0)
        else:
            process.kill()
            status = -signal.SIGKILL
        self._addresses.pop('bridge', None)
        self._addresses.pop('admin', None)
        return status

    def upgrade_bridge(self) -> str | None:
        """Has another process go on in its place, where it is; gives why not, if it does not."""
        assert self.admin is not None
        before = self.bridge_process
        command = [str(self.binary), 'upgrade', '--json', '--patience', '3', '--admin', 'http://{}:{}'.format(*self.admin)]
        asked = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if asked.returncode:
            return asked.stderr.strip()
        process = Successor(before, json.loads(asked.stdout)['to']['pid'])
        before.dismissed = True
        self._bridge = process
        with self._lock:
            self.lives.append(Life(process.pid))
        self.restarts['bridge'] += 1
        status = before.end_within(limits.DRAIN + limits.LOAD + 4.0)
        if status != 0:
            self.journal.violated('nothing ends by itself', f'the process before an upgrade ended with status {status}, not 0')
        return None

    def status(self, path: str = '/api/status') -> Any:
        """The bridge's own account of its state; none if there is none."""
        answer = self.ask_admin(path)
        return None if answer is None or answer.status != 200 else answer.json

    def ask_admin(self, path: str) -> Answer | None:
        address = self.admin
        if address is None:
            return None
        bound = Bound(self.weather, 'body')
        bound.seconds = limits.ADMIN
        try:
            return Client().ask(address, Request('GET', path), bound, close=True)
        except NoAnswer:
            return None

    def write_routes(self, content: bytes) -> None:
        """As editors do it: a new file, renamed over the old one."""
        aside = self.file.with_suffix('.new')
        aside.write_bytes(content)
        aside.rename(self.file)

    # --- both ---

    def start(self) -> None:
        adopt_orphans()
        self.start_legacy(seed=True)
        self.end_legacy(orderly=True)
        for user in database.PASSWORDS:
            database.mark(self.data, user)
        self.write_routes(self.good.encode())
        self.start_legacy()
        self.start_bridge()
        until('the bridge knows legacy, and the package the bridge', self.whole)
        self.quiet = len(self.descriptors())  # nobody is in, and no client is there

    def whole(self) -> bool:
        """Each knows the other."""
        status = self.status()
        return bool(
            status
            and status['ready']
            and status['legacy']['away_seconds'] is None
            and status['compat']['attached']
            and status['compat']['parts']['transactions']
            and status['configuration']['refused'] is None
        )

    def measure(self) -> None:
        """Notes what the bridge holds now."""
        with self._lock:
            life = self.lives[-1]
        try:
            memory = _resident(life.pid)
            descriptors = len(self.descriptors())
        except OSError:
            return
        life.memory.append(memory)
        life.descriptors.append(descriptors)

    def descriptors(self) -> list[str]:
        """What the bridge has open."""
        opened = []
        for entry in Path(f'/proc/{self.bridge_process.pid}/fd').iterdir():
            with suppress(OSError):
                opened.append(str(entry.readlink()))
        return opened

    def watch(self) -> None:
        """Whatever ended without being asked to."""
        for process in (self._legacy, self._bridge):
            if process is not None and not process.dismissed and not process.running():
                process.dismissed = True
                self.journal.violated(
                    'nothing ends by itself',
                    f'{process.name} (process {process.pid}) ended with status {process.ended_with}:\n{process.last_lines()}',
                )

    def close(self) -> None:
        for process in (self._bridge, self._legacy):
            if process is not None and process.running():
                process.signal(signal.SIGCONT)
                process.kill()
        self.link.close()
        self.socket.unlink(missing_ok=True)
        self.socket.parent.rmdir()


def _address(text: str) -> Address:
    host, _, port = text.rpartition(':')
    return host, int(port)


def _resident(pid: int) -> int:
    for line in Path(f'/proc/{pid}/status').read_text().splitlines():
        if line.startswith('VmRSS:'):
            return int(line.split()[1]) << 10
    return 0


def wait(stop: threading.Event, seconds: float) -> bool:
    """Waits, and gives whether it is over."""
    return stop.wait(max(0.0, seconds))


def now() -> float:
    return time.monotonic()
