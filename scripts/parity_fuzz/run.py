"""Asks both sides, counts, and asks again where they differ."""

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .compare import Verdict, compare
from .craft import Crafted, craft
from .harvest import Pool
from .message import Answer, Request, Side
from .routes import Route
from .shrink import shrink
from .values import Draw

SHRUNK_PER_ROUTE = 3


@dataclass
class Count:
    """What came of one route's requests."""

    requests: int = 0
    fine: int = 0  # answered 200 by the direct side
    native: int = 0
    forwarded: Counter[str] = field(default_factory=Counter)
    ruled: Counter[str] = field(default_factory=Counter)
    passing: int = 0  # differed, but not when asked again
    differences: int = 0


@dataclass(frozen=True)
class Difference:
    """A request whose answers differ, twice."""

    route: str
    number: int
    kind: str
    request: Request
    smallest: Request
    verdict: Verdict
    direct: Answer
    bridge: Answer


@dataclass(frozen=True)
class Plan:
    """What is to be asked of whom."""

    direct: str
    bridge: str
    host: str
    routes: list[Route]
    seed: int
    concurrency: int
    pool: Pool

    def request(self, number: int) -> tuple[Route, Crafted]:
        """Request number so and so: the same for the same seed, whatever else runs beside it."""
        draw = Draw(random.Random(f'{self.seed}:{number}'), self.pool)
        if number < len(self.routes):
            route = self.routes[number]
        else:
            route = draw.random.choices(self.routes, [route.weight for route in self.routes])[0]
        return route, craft(route, draw)


class Run:
    """One phase: its requests are shared out to threads, each with a connection to either side."""

    def __init__(self, plan: Plan, numbers: range, progress: Callable[[int, int], None]) -> None:
        self.plan, self.numbers, self.progress = plan, numbers, progress
        self.counts: dict[str, Count] = {route.name: Count() for route in plan.routes}
        self.differences: list[Difference] = []
        self.failure: Exception | None = None
        self.seconds = 0.0
        self._lock = threading.Lock()

    def go(self) -> None:
        began = time.monotonic()
        numbers = iter(self.numbers)
        threads = [
            threading.Thread(target=self._work, args=(numbers,), daemon=True) for _ in range(self.plan.concurrency)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.seconds = time.monotonic() - began
        if self.failure:
            raise self.failure

    def _work(self, numbers: Iterator[int]) -> None:
        worker = Worker(self.plan)
        try:
            while self.failure is None:
                with self._lock:
                    chunk = list(itertools.islice(numbers, 1))
                if not chunk:
                    return
                self._one(worker, chunk[0])
        except Exception as failure:  # noqa: BLE001 - raised again by go()
            self.failure = failure
        finally:
            worker.close()

    def _one(self, worker: 'Worker', number: int) -> None:
        route, crafted = self.plan.request(number)
        direct, bridge, verdict = worker.ask(route.name, crafted.request)
        first = verdict
        if verdict.differs:
            direct, bridge, verdict = worker.ask(route.name, crafted.request)
        with self._lock:
            count = self.counts[route.name]
            self._note(count, direct, bridge, verdict)
            count.passing += first.differs and not verdict.differs
            shrinking = count.differences <= SHRUNK_PER_ROUTE
            self.progress(sum(each.requests for each in self.counts.values()), len(self.numbers))
        if verdict.differs:
            smallest = crafted.request
            if shrinking:
                smallest = shrink(smallest, lambda smaller: worker.ask(route.name, smaller)[2].differs)
            found = Difference(route.name, number, crafted.kind, crafted.request, smallest, verdict, direct, bridge)
            with self._lock:
                self.differences.append(found)

    @staticmethod
    def _note(count: Count, direct: Answer, bridge: Answer, verdict: Verdict) -> None:
        count.requests += 1
        count.fine += direct.status == 200
        if bridge.header('x-cutover-variant') == 'native':
            count.native += 1
        else:
            refused = bridge.header('x-cutover-error')
            unrouted = f'refused: {refused}' if refused else 'unmarked'
            count.forwarded[bridge.header('x-cutover-reason') or unrouted] += 1
        if verdict.rule:
            count.ruled[verdict.rule] += 1
        count.differences += verdict.differs


class Worker:
    """One thread's connections."""

    def __init__(self, plan: Plan) -> None:
        self.direct, self.bridge = Side(plan.direct, plan.host), Side(plan.bridge, plan.host)

    def ask(self, route: str, request: Request) -> tuple[Answer, Answer, Verdict]:
        direct, bridge = self.direct.ask(request), self.bridge.ask(request)
        return direct, bridge, compare(route, direct, bridge)

    def close(self) -> None:
        self.direct.close()
        self.bridge.close()
