"""Background tasks that the bridge does in place of the backend, for as long as it holds a lease of them.

The backend leaves a leased task alone until the lease ends, by itself if the bridge says nothing more. So a task is done by
one of them, and there is always one. Nothing here switches to other greenlets.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from cutover_compat.parts import TASKS, Parts

LONGEST_SECONDS = 600.0
LAST_RUNS = {'trigger_calendar_reminder': 'last_calendar_reminder_check'}
"""Where the backend's task manager keeps in memory when it did a task last. The other tasks have it in the database."""


class Scheduler(NamedTuple):
    manager: Any
    """The backend's task manager, if there is one: rotki has none while nobody is logged in."""
    greenlets: Any
    """Its greenlet manager."""
    loops: bool
    """Whether the manager has its turns at all."""


class Leases:
    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.hooked: set[str] = set()
        """The tasks that can be leased."""
        self.scheduler: Callable[[], Scheduler | None] = lambda: None
        self.leased: frozenset[str] = frozenset()
        self.until = 0.0
        """By the monotonic clock."""
        self.renewed: dict[str, int] = {}
        """When the bridge said last that it does a task, by the clock on the wall. Until the backend has it back."""
        self.at_work: Counter[str] = Counter()
        self.greenlets: dict[str, list[Any]] = {}

    def names(self) -> list[str]:
        return sorted(self.hooked) if self.parts.on(TASKS) else []

    def holds(self, name: str) -> bool:
        return name in self.leased and time.monotonic() < self.until and self.parts.on(TASKS)

    def take(self, names: list[str], seconds: float) -> dict[str, Any]:
        """In place of the lease before. Gives what the bridge has to know before it starts any of them. What can not be
        leased as a whole changes nothing: the lease before may still be relied on.
        """
        if not self.parts.on(TASKS):
            raise RuntimeError('the part is off')
        if unknown := sorted(set(names) - self.hooked):
            raise RuntimeError(f'no hooks for {", ".join(unknown)}')
        if not 0 <= seconds <= LONGEST_SECONDS:
            raise ValueError(f'a lease of {seconds} seconds; at most {LONGEST_SECONDS:.0f} are given')
        scheduler = self.scheduler()
        manager = None if scheduler is None else scheduler.manager
        schedules = scheduler is not None and scheduler.loops and manager is not None and bool(manager.should_schedule)
        self._settle_ended(manager)
        self.leased, self.until = frozenset(names), time.monotonic() + seconds
        self._settle_ended(manager)
        self.renewed.update(dict.fromkeys(self.leased, math.floor(time.time())))
        return {
            'scheduling': schedules,
            'busy': sorted(name for name in self.leased if self.busy(name)),
            'last': {} if manager is None else self._last_runs(manager),
        }

    def end(self) -> None:
        """At once."""
        self.leased = frozenset()

    def changed_hands(self) -> None:
        """Another bridge, or the same one again: what the one before may have done last it learns as the backend's."""
        scheduler = self.scheduler()
        if scheduler is not None and scheduler.manager is not None:
            for name in list(self.renewed):
                self._settle(name, scheduler.manager)

    def withheld(self, name: str, manager: Any) -> bool:
        """Whether the backend is not to start a task. If it may, and could not before, it knows when that was last done."""
        if self.holds(name):
            return True
        self._settle(name, manager)
        return False

    def busy(self, name: str) -> bool:
        """Whether the backend is at a task, or about to start it."""
        return self.at_work[name] > 0 or any(not greenlet.dead for greenlet in self.greenlets.get(name, ()))

    @contextmanager
    def working(self, name: str) -> Iterator[None]:
        self.at_work[name] += 1
        try:
            yield
        finally:
            self.at_work[name] -= 1

    def began(self, name: str, greenlets: list[Any] | None) -> None:
        if greenlets:
            self.greenlets[name] = list(greenlets)

    def _last_runs(self, manager: Any) -> dict[str, int]:
        return {name: int(getattr(manager, kept)) for name, kept in LAST_RUNS.items() if name in self.hooked}

    def _settle_ended(self, manager: Any) -> None:
        if manager is not None:
            for name in list(self.renewed):
                if not self.holds(name):
                    self._settle(name, manager)

    def _settle(self, name: str, manager: Any) -> None:
        at, kept = self.renewed.pop(name, None), LAST_RUNS.get(name)
        if at is not None and kept is not None:
            setattr(manager, kept, max(getattr(manager, kept), at))
