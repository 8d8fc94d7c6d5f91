"""Runs the backend as a process and talks to it without any help that would hide what is on the wire."""

import http.client
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

COMPAT = Path(__file__).resolve().parent.parent
PREFIX = 'legacy listening on '
START_SECONDS = 60
STOP_SECONDS = 20


class Answer(NamedTuple):
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def result(self) -> Any:
        return json.loads(self.body)['result']

    @property
    def message(self) -> str:
        return json.loads(self.body)['message']

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def contract(self) -> tuple[int, str, list[tuple[str, str]], str]:
        """Everything but the clock."""
        return self.status, self.reason, [header for header in self.headers if header[0] != 'Date'], self.text


class Legacy:
    """One process. `stop` is safe to call twice."""

    def __init__(
        self,
        data_dir: Path,
        *arguments: str,
        env: dict[str, str] | None = None,
        under: Sequence[str] = (),
    ) -> None:
        """`under` are arguments of Python that have the backend run by something else."""
        self.data_dir = data_dir
        self.process = subprocess.Popen(
            [sys.executable, *under, '-m', 'legacy', '--rest-api-port', '0', '--data-dir', str(data_dir), *arguments],
            cwd=COMPAT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(env or {})},
        )
        self.errors: list[str] = []
        threading.Thread(target=self._collect_errors, daemon=True).start()
        self.url = self._await_line().removeprefix(PREFIX)
        self.port = int(self.url.rpartition(':')[2])

    def _collect_errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.errors.append(line)

    def _await_line(self) -> str:
        lines: queue.Queue[str] = queue.Queue()
        assert self.process.stdout is not None
        threading.Thread(target=lambda out=self.process.stdout: lines.put(out.readline()), daemon=True).start()
        line = lines.get(timeout=START_SECONDS).rstrip('\n')
        assert line.startswith(PREFIX), f'no start: {line!r} {"".join(self.errors)}'
        return line

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def raw(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: list[tuple[str, str]] | None = None,
        timeout: float = 60,
    ) -> Answer:
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=timeout)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            given = headers or []
            if not any(name.lower() == 'host' for name, _ in given):
                connection.putheader('Host', '127.0.0.1')
            for name, value in given:
                connection.putheader(name, value)
            if body is not None and not any(name.lower() in ('content-length', 'transfer-encoding') for name, _ in given):
                connection.putheader('Content-Length', str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            return Answer(response.status, response.reason, response.getheaders(), response.read())
        finally:
            connection.close()

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """Below `/api/1`; a body goes out as JSON."""
        if body is None:
            return self.raw(method, f'/api/1{path}', **options)
        return self.raw(
            method,
            f'/api/1{path}',
            json.dumps(body).encode(),
            [('Content-Type', 'application/json')],
            **options,
        )

    def login(self, name: str, password: str, **extra: Any) -> Answer:
        return self.call('POST', f'/users/{quote(name)}', {'password': password, **extra})

    def logout(self, name: str) -> Answer:
        return self.call('PATCH', f'/users/{quote(name)}', {'action': 'logout'})

    def completed(self, task_id: int) -> dict[str, Any]:
        """Waits for a task and takes its outcome, with what stands beside it."""
        def finished() -> dict[str, Any] | None:
            result = self.call('GET', f'/tasks/{task_id}').result
            return result if result['status'] == 'completed' else None

        return wait_for(finished)

    def outcome(self, task_id: int) -> dict[str, Any]:
        return self.completed(task_id)['outcome']


def wait_for(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """Polls until the condition is true, and returns what it returned."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, 'condition did not come true in time'
        time.sleep(0.02)


def raw_exchange(port: int, request: bytes) -> bytes:
    """Sends bytes, reads until the server closes."""
    with socket.create_connection(('127.0.0.1', port), timeout=30) as connection:
        connection.sendall(request)
        pieces = []
        while piece := connection.recv(65536):
            pieces.append(piece)
    return b''.join(pieces)
