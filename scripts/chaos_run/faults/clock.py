"""Another time of the day, for legacy and the bridge alike."""

import random
from typing import Any

from ..stack import Stack
from .base import Fault

HOUR = 3600


class Skew(Fault):
    name = 'clock'
    what = 'the clock of the day is put forward or back, for both processes, and then right again'
    part = 'clock'

    @classmethod
    def why_not(cls, stack: Stack) -> str | None:
        return stack.clock.why_not

    @classmethod
    def draw(cls, dice: random.Random) -> dict[str, Any]:
        return {'seconds': dice.choice((-400 * 24 * HOUR, -2 * HOUR, -30, 30, 2 * HOUR, 400 * 24 * HOUR))}

    def begin(self) -> None:
        self.stack.clock.move(self.how['seconds'])

    def end(self) -> None:
        self.stack.clock.move(0)
