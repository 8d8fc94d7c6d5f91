"""One side: a backend on a fresh copy of the data, perhaps with a bridge before it, and a user who is logged in."""

import json
import shlex
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from parity_fuzz import message
from parity_fuzz.message import Answer, Request, Unreachable

from .dump import Databases
from .process import CouldNotRun, Process, free_port
from .sequences import JSON

HOST = '127.0.0.1'
DETAIL = 'x-cutover-detail'  # as a bridge without a legacy calls it; here it is taken from the log
LOG = {'CUTOVER_LOG__LEVEL': 'cutover=debug', 'CUTOVER_LOG__FORMAT': 'json'}


@dataclass(frozen=True)
class Setting:
    """What a side is made of."""

    backend: str  # a shell command with {port} and {data}
    data: Path
    user: str
    password: str
    bridge: Path | None
    package: str | None = None  # likewise, with {socket} too: the backend behind the bridge, with the package in it


class Side:
    """Started when it is made; `stop` ends all of it and removes the copy."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._directory = Path(tempfile.mkdtemp(prefix='write-parity-'))
        self._processes: list[Process] = []
        self._log: Path | None = None  # the bridge's
        self._read = 0
        self.databases: Databases | None = None
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        self.data = data = self._directory / 'data'
        copy(self.setting.data, data)
        packaged = self.setting.bridge is not None and self.setting.package
        command = packaged or self.setting.backend
        self._base = f'http://127.0.0.1:{self._backend(data, command)}'
        if self.setting.bridge is not None:
            self._base = self._bridge(data, self.setting.bridge, bool(packaged))
        self._login()
        self.databases = Databases(data, self.setting.user, self.setting.password)

    @property
    def _socket(self) -> Path:
        return self._directory / 'bridge.sock'

    def _backend(self, data: Path, command: str) -> int:
        port = free_port()
        for name, value in {'port': port, 'data': data, 'socket': self._socket}.items():
            command = command.replace('{' + name + '}', shlex.quote(str(value)))
        process = self._run(command, 'backend')
        ping = Request('GET', '/api/1/ping', (('Connection', 'close'),))

        def answers() -> bool | None:
            try:
                return message.Side(f'http://127.0.0.1:{port}', HOST).ask(ping).status == 200 or None
            except Unreachable:
                return None

        process.until('the backend does not answer a ping', answers)
        return port

    def _bridge(self, data: Path, binary: Path, packaged: bool) -> str:
        options = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--legacy', self._base, '--data-dir', str(data)]
        command = [str(binary), 'serve', *options, '--all', 'native', '--native-writes', 'always']
        socket = {'CUTOVER_COMPAT__SOCKET': str(self._socket)} if packaged else {}
        process = self._run(command, 'bridge', **LOG, **socket)
        self._log = process.log
        listening, admin = (
            process.until('the bridge does not start', lambda mark=mark: _after(process.log, mark))
            for mark in ('cutover listening on ', 'cutover admin on ')
        )
        status = Request('GET', '/api/status', (('Connection', 'close'),))

        def ready() -> bool | None:
            said = json.loads(message.Side(admin, urlsplit(admin).netloc).ask(status).body)
            attached = not packaged or said['compat']['attached']
            return True if said['ready'] and said['legacy']['away_seconds'] is None and attached else None

        process.until('the bridge does not become ready', ready)
        return listening

    def _run(self, command: str | list[str], name: str, **environment: str) -> Process:
        process = Process(command, self._directory / f'{name}.log', self._directory, **environment)
        self._processes.append(process)
        return process

    def _login(self) -> None:
        body: dict[str, Any] = {'password': self.setting.password, 'sync_approval': 'unknown'}
        path = f'/api/1/users/{quote(self.setting.user)}'
        answer = self.ask(Request('POST', path, JSON, json.dumps(body).encode()))
        if answer.status != 200:
            raise CouldNotRun(f'the login of {self.setting.user} was refused: {answer.status} {answer.body.decode()}')

    def ask(self, request: Request) -> Answer:
        """On a connection of its own, so that nothing is ever sent twice."""
        side = message.Side(self._base, HOST)
        try:
            return self._explained(side.ask(request))
        except Unreachable as failure:
            raise CouldNotRun(f'{request.method} {request.target}: {failure}') from failure
        finally:
            side.close()

    def _explained(self, answer: Answer) -> Answer:
        """With why no handler answered, which the bridge has logged before it answered."""
        if self._log is None:
            return answer
        with self._log.open(errors='replace') as log:
            log.seek(self._read)
            lines = log.readlines()
            self._read = log.tell()
        told = [json.loads(line) for line in lines if line.startswith('{') and '"unanswered"' in line]
        why = told[-1]['unanswered'] if told else None
        return answer if why is None else replace(answer, headers=(*answer.headers, (DETAIL, why)))

    def stop(self) -> None:
        if self.databases is not None:
            self.databases.close()
        for process in reversed(self._processes):
            process.stop()
        shutil.rmtree(self._directory, ignore_errors=True)


def copy(data: Path, to: Path) -> None:
    """A copy that can be written to, even of what can not."""
    shutil.copytree(data, to, copy_function=shutil.copyfile)
    for path in [to, *to.rglob('*')]:
        path.chmod(0o700 if path.is_dir() else 0o600)


def _after(file: Path, mark: str) -> str | None:
    lines = file.read_text(errors='replace').splitlines()
    return next((line.removeprefix(mark).strip() for line in lines if line.startswith(mark)), None)
