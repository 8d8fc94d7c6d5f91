"""Processes that are started, listened to, and ended with all that they started."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

PATIENCE = 60.0  # seconds until something has started
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
LOST = -1  # the status of a process of which nobody can tell


class CouldNotRun(Exception):
    """Something that is needed does not start or does not answer."""


class Process:
    """In a group of its own. What it says goes to a file, to which its successors append."""

    def __init__(self, name: str, command: list[str], folder: Path, **environment: str) -> None:
        self.name = name
        self.output = folder / f'{name}.out'
        self.log = folder / f'{name}.log'
        plain = {key: value for key, value in os.environ.items() if not key.startswith(('CUTOVER_', 'PYTHON'))}
        with self.output.open('wb') as output, self.log.open('ab') as log:
            self.child = subprocess.Popen(
                command,
                cwd=folder,
                env=plain | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                start_new_session=True,
                restore_signals=False,  # SIGXFSZ stays ignored: a file that is too large is an error, not the end
            )
        self.pid = self.child.pid
        self.dismissed = False  # its end is wanted

    def announced(self, prefix: str) -> str:
        """What follows a prefix on one of its lines, once it is there."""

        def line() -> str | None:
            lines = self.output.read_text(errors='replace').splitlines(keepends=True)
            found = [one for one in lines if one.startswith(prefix) and one.endswith('\n')]
            if not found and self.child.poll() is not None:
                raise CouldNotRun(f'{self.name} ended with status {self.child.returncode}: {self.last_lines()}')
            return found[0].removeprefix(prefix).strip() if found else None

        return str(until(f'{self.name} says {prefix!r}', line))

    def signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.dismissed = True
        self.signal(signal.SIGKILL)
        self.child.wait()

    def terminate(self, seconds: float) -> int | None:
        """Its status; none if it had to be killed."""
        self.signal(signal.SIGTERM)
        return self.end_within(seconds)

    def end_within(self, seconds: float) -> int | None:
        """Its status; none if it had to be killed."""
        self.dismissed = True
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def running(self) -> bool:
        return self.child.poll() is None

    @property
    def ended_with(self) -> int | None:
        return self.child.returncode

    def last_lines(self, count: int = 12) -> str:
        lines = self.log.read_text(errors='replace').splitlines()[-count:]
        return '\n'.join(f'    {line}' for line in lines) or '    (it said nothing)'


class Successor(Process):
    """A process that another one started to go on in its place. It is ours once that one has ended (`adopt_orphans`)."""

    def __init__(self, before: Process, pid: int) -> None:
        self.name, self.output, self.log = before.name, before.output, before.log
        self.pid = pid
        self.dismissed = False
        self.status: int | None = None

    def running(self) -> bool:
        if self.status is None:
            try:
                ended, status = os.waitpid(self.pid, os.WNOHANG)
                if ended:
                    self.status = os.waitstatus_to_exitcode(status)
            except ChildProcessError:  # still the other's
                if not Path(f'/proc/{self.pid}').exists():
                    self.status = LOST
        return self.status is None

    @property
    def ended_with(self) -> int | None:
        return self.status

    def ended(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while self.running():
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def kill(self) -> None:
        self.dismissed = True
        self.signal(signal.SIGKILL)
        self.ended(PATIENCE)

    def end_within(self, seconds: float) -> int | None:
        self.dismissed = True
        if self.ended(seconds):
            return self.status
        self.kill()
        return None

    def announced(self, prefix: str) -> str:
        raise NotImplementedError('it is where the one before was')


def adopt_orphans() -> None:
    """Has processes whose parent ends become this process's children, which can ask how they ended."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def until(what: str, condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Asks until there is an answer that is true, and gives that."""
    end = time.monotonic() + seconds
    while True:
        if value := condition():
            return value
        if time.monotonic() > end:
            raise CouldNotRun(f'not within {seconds:.0f} s: {what}')
        time.sleep(0.02)
