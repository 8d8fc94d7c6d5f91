"""Processes that are started, listened to, and ended with all that they started."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

PATIENCE = 60.0  # seconds until something has started


class CouldNotRun(Exception):
    """Something that is needed does not start or does not answer."""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


class Process:
    """A process in a group of its own; what it says goes to a file, of which the end is shown if it fails."""

    def __init__(self, command: str | list[str], log: Path, directory: Path, **more: str) -> None:
        self.log = log
        # Both sides hash alike, so that sets have one order in both.
        environment = {name: value for name, value in os.environ.items() if not name.startswith('CUTOVER_')}
        environment |= {'PYTHONHASHSEED': '0', **more}
        with log.open('wb') as out:
            self._child = subprocess.Popen(
                command,
                shell=isinstance(command, str),
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def until(self, what: str, ready: Callable[[], Any]) -> Any:
        """Asks again and again until there is an answer."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if (answer := ready()) is not None:
                return answer
            if self._child.poll() is not None:
                raise CouldNotRun(f'{what}: it ended with status {self._child.returncode}: {self.said()}')
            time.sleep(0.05)
        raise CouldNotRun(f'{what}: not within {PATIENCE:.0f} s: {self.said()}')

    def said(self) -> str:
        lines = self.log.read_text(errors='replace').strip().splitlines()
        return ' | '.join(lines[-5:]) or 'it said nothing'

    def stop(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
