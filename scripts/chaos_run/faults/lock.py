"""Somebody else holds a database."""

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from .. import database, limits
from ..stack import Stack
from .base import Fault


class Lock(Fault):
    name = 'lock'
    what = 'another process holds the write lock of a database, with something written; it lets go, or is killed'
    part = 'lock'
    seconds = (0.8, 6.0)

    def __init__(self, stack: Stack, *more: Any) -> None:
        super().__init__(stack, *more)
        self._holder: subprocess.Popen[str] | None = None

    @classmethod
    def draw(cls, dice: random.Random) -> dict[str, Any]:
        return {
            'database': dice.choice(('user', 'user', 'user', 'global')),
            'kind': dice.choice(('IMMEDIATE', 'EXCLUSIVE')),
            'crash': dice.random() < 0.5,
        }

    def begin(self) -> None:
        user = next((one for one in self.session.now() if one), 'ada')
        file, key = database.global_file(self.stack.data), ''
        if self.how['database'] == 'user':
            file, key = database.user_file(self.stack.data, user), self.session.password(user)
        program = [sys.executable, str(Path(database.__file__).with_name('holder.py')), str(file), self.how['kind'], self.name]
        self._holder = subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self._holder.stdin is not None and self._holder.stdout is not None
        self._holder.stdin.write(f'{key}\n')
        self._holder.stdin.flush()
        said = self._holder.stdout.readline().strip()
        self.journal.note('locked', file=file.name, user=user, said=said)

    def end(self) -> None:
        assert self._holder is not None
        if self.how['crash']:
            self._holder.kill()
        try:
            self._holder.communicate(timeout=20)  # the end of its input
        except subprocess.TimeoutExpired:
            self._holder.kill()
            self._holder.communicate()


class LongLock(Lock):
    name = 'lock-long'
    what = 'as lock, for longer than a native write waits'
    long = True
    seconds = (limits.BUSY + 1.0, limits.BUSY + 4.0)
