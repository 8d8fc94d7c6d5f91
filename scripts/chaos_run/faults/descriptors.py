"""No descriptor is left to the bridge."""

import contextlib
import random
import resource
import socket
from pathlib import Path
from typing import Any, ClassVar

from ..stack import Stack
from .base import Fault


class Descriptors(Fault):
    name = 'descriptors'
    what = 'the bridge may open no further file (RLIMIT_NOFILE), and idle clients take what is left'
    part = 'bridge'
    stalls: ClassVar[bool] = True  # who is not accepted waits

    def __init__(self, stack: Stack, *more: Any) -> None:
        super().__init__(stack, *more)
        self._before: tuple[int, int] | None = None
        self._idle: list[socket.socket] = []

    @classmethod
    def draw(cls, dice: random.Random) -> dict[str, Any]:
        return {'spare': dice.choice((0, 2, 8)), 'idle': dice.choice((0, 10, 40))}

    def begin(self) -> None:
        pid = self.stack.bridge_process.pid
        highest = max(int(entry.name) for entry in Path(f'/proc/{pid}/fd').iterdir())
        self._before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (highest + 1 + self.how['spare'], self._before[1]))
        for _ in range(self.how['idle']):
            with contextlib.suppress(OSError):
                self._idle.append(socket.create_connection(self.stack.bridge, 1))

    def end(self) -> None:
        assert self._before is not None
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(self.stack.bridge_process.pid, resource.RLIMIT_NOFILE, self._before)
        for one in self._idle:
            one.close()
