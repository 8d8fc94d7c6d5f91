"""No room on a disk."""

import random
from collections.abc import Callable
from typing import Any

from ..disk import Disk, limit_files
from ..stack import Stack
from .base import Fault


class DataDisk(Fault):
    name = 'disk-data'
    what = "the disk of the users' databases is full"
    part = 'disk'

    def __init__(self, stack: Stack, *more: Any) -> None:
        super().__init__(stack, *more)
        self._back: Callable[[], None] | None = None

    @classmethod
    def draw(cls, dice: random.Random) -> dict[str, Any]:
        return {'leave': dice.choice((0, 0, 5000, 40_000))}

    def disk(self) -> Disk:
        return self.stack.data_disk

    def begin(self) -> None:
        if self.stack.mounted:
            taken = self.disk().fill(self.how['leave'])
            self.journal.note('disk filled', disk=str(self.disk().folder.name), taken=taken)
        else:
            self._back = limit_files(self.stack.bridge_process.pid, self.how['leave'])

    def end(self) -> None:
        if self._back is not None:
            self._back()
        elif self.stack.mounted:
            self.disk().free()


class StateDisk(DataDisk):
    name = 'disk-state'
    what = 'the disk of routes.toml, evidence, journal and state is full'

    def disk(self) -> Disk:
        return self.stack.state_disk

    @classmethod
    def why_not(cls, stack: Stack) -> str | None:
        return None if stack.mounted else 'without a disk of its own it is the same as disk-data'
