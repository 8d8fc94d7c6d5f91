"""What every target has: a version, a way to start it, and what of the probes' settings it can be told.

Settings are neutral; a target writes them into its own configuration. Seconds and bytes:

- `header_timeout`, `body_timeout`, `idle_timeout`, `write_timeout`: of clients, see routes.md under `listen`
- `max_body`, `max_connections`: the same
- `connect_timeout`, `answer_timeout`, `frame_timeout`, `upstream_idle`, `pool`, `queue_timeout`: towards the upstream
- `endpoint`: the proxy itself is the endpoint of websockets; `ping_interval`, `ping_timeout`, `max_message`, `lag_bytes`
"""

import itertools
import os
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Settings = Mapping[str, Any]
Address = tuple[str, int]


class NotStarted(Exception):
    """The proxy did not come up; the text says why, as far as it said."""


class Running:
    """A proxy that runs."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process = process
        self.log = log
        self.address: Address = ('127.0.0.1', 0)

    def kill(self) -> None:
        """Ends it at once. What it has written to sockets still arrives."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def tail(self) -> str:
        lines = self.log.read_text(errors='replace').splitlines()
        return '\n'.join(lines[-10:])

    def reached(self, patience: float) -> None:
        """Waits until it takes connections.

        :raises NotStarted: it ended, or does not within the patience of the run.
        """
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise NotStarted(f'ended with status {self.process.returncode}: {self.tail()}')
            try:
                socket.create_connection(self.address, timeout=1).close()
            except OSError:
                time.sleep(0.01)  # nothing tells of it: it is asked again
                continue
            return
        raise NotStarted(f'takes no connection at port {self.address[1]}: {self.tail()}')


class Target(ABC):
    """A kind of proxy."""

    name: str
    settings: frozenset[str] = frozenset()
    """What of the probes' settings it can be told."""
    known: Mapping[str, str] = {}
    """Probes that it fails for a known reason."""

    @abstractmethod
    def missing(self) -> str | None:
        """Why it can not be run here, and what to do about it."""

    @abstractmethod
    def version(self) -> str: ...

    @abstractmethod
    def start(self, folder: Path, upstream: Address, settings: Settings, patience: float) -> Running:
        """:raises NotStarted: it does not come up."""

    def lacks(self, settings: Settings) -> str | None:
        """Why a probe that needs these settings can not be put to it."""
        lacking = sorted(name for name in settings if name not in self.settings)
        return f'{self.name} has no setting here for {", ".join(lacking)}' if lacking else None

    def own(self, _head: bytes) -> bytes | None:
        """The answer to a request of the proxy's own, or `None` if this is one of a client's."""
        return None


def spawn(command: list[str], folder: Path, within: Path | None = None, **pipes: Any) -> Running:
    """Starts a process, in that folder or another one. Its words go into a log below the folder."""
    log = folder / 'log'
    environment = {name: value for name, value in os.environ.items() if not name.startswith(('CUTOVER_', 'PYTHON'))}
    try:
        with log.open('wb') as words:
            process = subprocess.Popen(
                command,
                cwd=within or folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stderr=words,
                stdout=pipes.get('stdout', words),
                text=True,
                start_new_session=True,
            )
    except OSError as e:
        raise NotStarted(f'{command[0]}: {e.strerror}') from None
    return Running(process, log)


# Below the ports that the system gives to clients, so that none of those can take one first.
_PORTS = itertools.cycle(range(15_000 + os.getpid() % 10_000, 32_000))


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens at, and that is given once in a run."""
    for port in _PORTS:
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind(('127.0.0.1', port))
            except OSError:
                continue
            return port
    raise NotStarted('there is no free port')


def said_by(*command: str) -> str:
    """The first line that it prints, on whichever stream."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    return (done.stdout + done.stderr).strip().partition('\n')[0]
