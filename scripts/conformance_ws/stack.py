"""What is measured: the bridge, with the legacy backend of compat/ behind it, on free ports."""

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parent.parent.parent
STOP_SECONDS = 10
TAIL_LINES = 20

# Autobahn sends messages of up to 16 MiB, which the limits of a bridge that is in use need not allow.
ROUTES = {
    'tunnel': '# the default\n',
    'bridge': '[ws]\nmode = "bridge"\nmax_message = "64MiB"\nmax_frame = "64MiB"\nqueue_bytes = "64MiB"\n',
}


class NotRun(Exception):
    """The suite could not be run; the text says what to do about it."""


class Server:
    """A process that says where it listens, and ends with the `with` that it stands in."""

    def __init__(self, name: str, command: list[str], log: Path, **environment: str) -> None:
        self.name = name
        self.log = log
        with log.open('wb') as errors:
            self.process = subprocess.Popen(
                command,
                cwd=log.parent,
                env={**plain_environment(), **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,  # Ctrl-C is for the run, which ends them in order
            )

    def said(self, prefix: str) -> str:
        """What follows on the next line that it prints."""
        assert self.process.stdout is not None
        try:
            line = self.process.stdout.readline().rstrip('\n')
        except BaseException:  # a signal: nobody else ends it yet
            self.end()
            raise
        if not line.startswith(prefix):
            self.end()
            did = f'said {line!r}, not {prefix!r}' if line else f'ended with status {self.process.returncode}'
            raise NotRun(f'{self.name} does not start: it {did}\n{self.tail()}')
        return line.removeprefix(prefix)

    def ended(self) -> str | None:
        """What to say if it no longer runs."""
        status = self.process.poll()
        return None if status is None else f'{self.name} ended with status {status}\n{self.tail()}'

    def tail(self) -> str:
        lines = self.log.read_text(errors='replace').splitlines()
        if not lines:
            return f'it has logged nothing ({self.log})'
        return '\n'.join([f'the end of {self.log}:', *(f'    {line}' for line in lines[-TAIL_LINES:])])

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.end()


def plain_environment() -> dict[str, str]:
    """Without what would configure a bridge, or mislead a Python."""
    return {name: value for name, value in os.environ.items() if not name.startswith(('CUTOVER_', 'PYTHON'))}


def start_legacy(work: Path) -> tuple[Server, str]:
    """With an empty data directory: nobody logs in. Gives its address as well."""
    command = [sys.executable, '-m', 'legacy', '--rest-api-port', '0', '--data-dir', str(work / 'legacy-data')]
    server = Server('legacy', command, work / 'legacy.log', PYTHONPATH=str(ROOT / 'compat'))
    return server, server.said('legacy listening on ')


def start_bridge(binary: Path, mode: str, legacy: str, work: Path) -> tuple[Server, str]:
    """Gives its address as well, without the scheme."""
    routes = work / 'routes.toml'
    routes.write_text(ROUTES[mode])
    command = [str(binary), 'serve', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--legacy', legacy]
    server = Server('the bridge', [*command, '--config', str(routes)], work / 'bridge.log')
    address = server.said('cutover listening on http://')
    server.said('cutover admin on http://')
    return server, address
