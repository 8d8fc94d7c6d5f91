"""What a fault is."""

import random
from typing import Any, ClassVar

from ..session import Session
from ..stack import Stack
from ..weather import Spell


class Fault:
    """Begun, lasting, ended. The bridge has to be whole again by itself after the end."""

    name: ClassVar[str]
    what: ClassVar[str]  # for --list and the docs
    part: ClassVar[str]  # two faults of one part do not go together
    alone: ClassVar[bool] = False
    long: ClassVar[bool] = False  # longer than a timeout of the bridge: in runs of two minutes or more
    seconds: ClassVar[tuple[float, float]] = (0.8, 3.0)
    stalls: ClassVar[bool] = False
    kills: ClassVar[frozenset[str]] = frozenset()
    cuts: ClassVar[bool] = False

    def __init__(self, stack: Stack, session: Session, how: dict[str, Any]) -> None:
        self.stack, self.session, self.how = stack, session, how
        self.journal = stack.journal

    @classmethod
    def why_not(cls, stack: Stack) -> str | None:  # noqa: ARG003
        """Why this machine does not allow it."""
        return None

    @classmethod
    def draw(cls, dice: random.Random) -> dict[str, Any]:  # noqa: ARG003
        """How it is done, beyond for how long."""
        return {}

    @classmethod
    def goes_with(cls, other: type['Fault']) -> bool:
        return cls.part != other.part and not (cls.alone or other.alone)

    def spell(self) -> Spell:
        return Spell(self.name, self.stalls, self.kills, self.cuts)

    def begin(self) -> None:
        raise NotImplementedError

    def end(self) -> None:
        raise NotImplementedError

    def after(self) -> None:
        """Once the others of its step have ended as well."""
