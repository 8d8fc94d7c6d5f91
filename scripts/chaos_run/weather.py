"""Which faults are in force when, and when it is calm."""

import threading
import time
from dataclasses import dataclass, field

from . import limits

LONGEST_BEAT = 0.5  # seconds
STARVED = 3.0  # this process, the link and the bridge, one after the other


@dataclass
class Spell:
    """A fault, from before its first effect until after its last."""

    fault: str
    stalls: bool  # clients may get no answer while it lasts
    kills: frozenset[str] = frozenset()  # whose memory is lost: 'legacy', 'bridge'
    cuts: bool = False  # connections to legacy break
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None


class Weather:
    """Asked by clients, told by the schedule."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spells: list[Spell] = []
        self._beat = time.monotonic()
        self._starved: list[tuple[float, float]] = []
        self._calm: list[list[float | None]] = []  # [from, to], the last one open or not

    def begin(self, spell: Spell) -> None:
        with self._lock:
            if self._calm and self._calm[-1][1] is None:
                self._calm[-1][1] = time.monotonic()
            self._spells.append(spell)

    def end(self, spell: Spell) -> None:
        spell.ended = time.monotonic()

    def settled(self) -> None:
        """Everything works again."""
        with self._lock:
            if not self._calm or self._calm[-1][1] is not None:
                self._calm.append([time.monotonic(), None])

    def calm(self, began: float, ended: float) -> bool:
        """Whether it was calm for all of this time."""
        with self._lock:
            return any(a is not None and a <= began and (b is None or ended <= b) for a, b in self._calm[-4:])

    def is_calm(self) -> bool:
        now = time.monotonic()
        return self.calm(now, now)

    def during(self, began: float, ended: float) -> list[Spell]:
        """Faults that were in force in some of this time."""
        with self._lock:
            return [s for s in self._spells if s.began <= ended and (s.ended is None or s.ended >= began)]

    def beat(self) -> None:
        """Called ten times a second; where it is not, the machine had no time for anybody, the bridge included."""
        now = time.monotonic()
        with self._lock:
            if now - self._beat > LONGEST_BEAT:
                self._starved.append((self._beat, now))
            self._beat = now

    def starved(self, began: float, ended: float) -> float:
        """For how much of this time the machine had no time for us."""
        with self._lock:
            spans = [*self._starved, *([(self._beat, ended)] if ended - self._beat > LONGEST_BEAT else [])]
            return sum(max(0.0, min(b, ended) - max(a, began)) for a, b in spans)

    def stalled(self, began: float, ended: float) -> float:
        """For how long of this time clients could get no answer. After it they have their bound anew."""
        spells = [s for s in self.during(began, ended) if s.stalls]
        if not spells:
            return 0.0
        last = max(s.ended or ended for s in spells)
        return min(last, ended) - began


class Bound:
    """How long a request may take. It is extended by what keeps everybody from an answer."""

    def __init__(self, weather: Weather, kind: str) -> None:
        self._weather = weather
        self.seconds = limits.ANSWER[kind]
        self.kind = kind
        self.began = time.monotonic()

    def over(self) -> bool:
        now = time.monotonic()
        if now - self.began <= self.seconds:
            return False
        more = self._weather.stalled(self.began, now) + STARVED * self._weather.starved(self.began, now)
        return now - self.began > self.seconds + more
