"""The real bridge as a process, if it is built."""

import http.client
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from harness import COMPAT, wait_for

STOP_SECONDS = 20
OF_THE_TESTS = ('CUTOVER_BIN', 'CUTOVER_SHARED')
"""Variables that the bridge would take for its own, and refuse."""


def binary() -> Path:
    """The newest build; skips, saying so, if there is none."""
    named = os.environ.get('CUTOVER_BIN')
    builds = [Path(named)] if named else [COMPAT.parent / 'target' / kind / 'cutover' for kind in ('debug', 'release')]
    built = [path for path in builds if path.is_file()]
    if not built:
        pytest.skip('the bridge is not built: cargo build, or name one with CUTOVER_BIN')
    return max(built, key=lambda path: path.stat().st_mtime)


class Bridge:
    """In front of a legacy on `port`, with its socket at `socket`. `restart` keeps its addresses."""

    def __init__(self, directory: Path, port: int, data_dir: Path, *arguments: str) -> None:
        self.socket = directory / 'bridge.sock'
        routes = directory / 'routes.toml'
        routes.write_text(f'[ws]\nmode = "bridge"\n[compat]\nsocket = {json.dumps(str(self.socket))}\n')
        self.directory = directory
        self.command = [
            str(binary()), 'serve', '--config', str(routes), '--legacy', f'http://127.0.0.1:{port}',
            '--data-dir', str(data_dir), '--all', 'native', *arguments,
        ]
        self.port = self.admin = 0
        self.start()

    def start(self) -> None:
        self.log = (self.directory / 'bridge.log').open('a')
        listen = ['--listen', f'127.0.0.1:{self.port}', '--admin', f'127.0.0.1:{self.admin}']
        self.process = subprocess.Popen(
            [*self.command, *listen],
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env={name: value for name, value in os.environ.items() if name not in OF_THE_TESTS},
        )
        assert self.process.stdout is not None
        self.port, self.admin = (int(self.process.stdout.readline().rpartition(':')[2]) for _ in range(2))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def call(self, method: str, path: str, body: Any = None, admin: bool = False) -> tuple[int, str | None, Any]:
        """Status, who answered, and what."""
        connection = http.client.HTTPConnection('127.0.0.1', self.admin if admin else self.port, timeout=60)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {'Content-Type': 'application/json'} if text else {})
            response = connection.getresponse()
            said = response.read()
            return response.status, response.headers.get('x-cutover-variant'), json.loads(said) if said else None
        finally:
            connection.close()

    def status(self) -> Any:
        return self.call('GET', '/api/status', admin=True)[2]

    def until_attached(self, **parts: Any) -> Any:
        """Waits for the package, and for parts to be as given."""
        def attached() -> Any:
            compat = self.status()['compat']
            return compat if compat['attached'] and parts.items() <= compat['parts'].items() else None

        return wait_for(attached)
