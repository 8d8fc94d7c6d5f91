"""The link between the bridge and legacy."""

import random
from typing import Any

from .. import limits
from .base import Fault


class _OnLink(Fault):
    part = 'link'
    cuts = True


class Cut(_OnLink):
    name = 'link-cut'
    what = 'every connection between bridge and legacy is reset, and new ones are refused'

    def begin(self) -> None:
        self.stack.link.refuse(self.name)
        self.stack.link.cut()

    def end(self) -> None:
        self.stack.link.accept(self.name)


class Delay(_OnLink):
    name = 'link-delay'
    what = 'every piece between bridge and legacy comes late, each way'

    @classmethod
    def draw(cls, dice: random.Random) -> dict[str, Any]:
        return {'milliseconds': dice.choice((30, 100, 300))}

    def begin(self) -> None:
        self.stack.link.delay = self.how['milliseconds'] / 1000

    def end(self) -> None:
        self.stack.link.delay = 0.0


class Throttle(_OnLink):
    name = 'link-throttle'
    what = 'a connection between bridge and legacy carries so many bytes a second'

    @classmethod
    def draw(cls, dice: random.Random) -> dict[str, Any]:
        return {'rate': dice.choice((20_000, 100_000, 400_000))}

    def begin(self) -> None:
        self.stack.link.rate = self.how['rate']

    def end(self) -> None:
        self.stack.link.rate = 0.0


class Blackhole(_OnLink):
    name = 'link-blackhole'
    what = 'nothing passes between bridge and legacy, and nobody is told; then it goes on'
    seconds = (0.8, 4.0)

    def begin(self) -> None:
        self.stack.link.hold()

    def end(self) -> None:
        self.stack.link.let_go()


class Resets(_OnLink):
    name = 'link-resets'
    what = 'new connections between bridge and legacy are reset after so many bytes; those there are at once'

    @classmethod
    def draw(cls, dice: random.Random) -> dict[str, Any]:
        return {'bytes': dice.choice((150, 1500, 60_000, 400_000))}

    def begin(self) -> None:
        self.stack.link.resets = (1, self.how['bytes'])
        self.stack.link.cut()

    def end(self) -> None:
        self.stack.link.resets = None
        # Those that are to be reset later are it now: after the end nothing breaks any more.
        self.stack.link.cut()


class LongBlackhole(Blackhole):
    name = 'link-blackhole-long'
    what = 'as link-blackhole, for longer than legacy.header_timeout'
    long = True
    seconds = (limits.HEAD + 1.0, limits.HEAD + 4.0)
