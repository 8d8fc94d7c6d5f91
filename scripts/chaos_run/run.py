"""One run: everything is started, broken by the schedule, and looked at until the time is over."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from . import faults, limits
from .clients.bulk import Bulk
from .clients.comparer import Comparer
from .clients.listener import Listener
from .clients.reader import Reader
from .clients.settings import Settings
from .clients.speaker import Speaker
from .clients.writer import Writer
from .faults.base import Fault
from .final import Final
from .ledger import Ledger
from .recovery import Recovery
from .scene import Scene, Worker
from .schedule import Planned, Step, steps
from .session import Session
from .stack import Stack, wait
from .weather import Spell

WRITERS, READERS, LISTENERS = 4, 2, 4
LONG = 120.0  # seconds of a run that has long faults too
JOIN = limits.ANSWER['write'] + limits.DELIVERY + limits.LOAD


@dataclass
class Done:
    """A fault, and how long it took until everything worked again."""

    fault: str
    recovered: float


@dataclass
class Tally:
    steps: int = 0
    done: list[Done] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)


class Run:
    def __init__(self, stack: Stack, seed: int, names: list[str] | None, seconds: float) -> None:
        self.stack, self.seed, self.seconds = stack, seed, seconds
        self.journal, self.weather = stack.journal, stack.weather
        self.over, self.abort = threading.Event(), threading.Event()
        self.session = Session(stack, str(seed), self.abort)
        self.ledger = Ledger()
        self.scene = Scene(stack, self.session, self.ledger, str(seed), self.over)
        self.recovery = Recovery(self.scene)
        self.final = Final(self.scene)
        self.tally = Tally()
        possible, self.tally.missing = faults.available(stack)
        wanted = names or [fault.name for fault in faults.ALL if seconds >= LONG or not fault.long]
        self.kinds = {name: possible[name] for name in faults.BY_NAME if name in possible and name in wanted}
        self.speaker = Speaker(self.scene)
        self.comparer, self.bulk = Comparer(self.scene), Bulk(self.scene)
        self.listeners = [Listener(self.scene, number, self.speaker) for number in range(1, LISTENERS + 1)]
        self.workers: list[Worker] = [
            *(Writer(self.scene, f'writer{number}') for number in range(1, WRITERS + 1)),
            *(Reader(self.scene, f'reader{number}') for number in range(1, READERS + 1)),
            Settings(self.scene), self.comparer, self.bulk, self.speaker, *self.listeners,
        ]  # fmt: skip

    def go(self) -> None:
        """Ends early when something did not hold: what follows from it says nothing new."""
        self.stack.start()
        began = time.monotonic()
        watching = self._thread('watch', self._watch)
        self.session.ensure('ada')
        conducting = self._thread('conductor', self.session.conduct_until, self.over)
        for worker in self.workers:
            worker.start()
        if self.recovery.within(limits.RECOVERY) is not None:
            self.weather.settled()
            self.stack.measure()
            for step in steps(self.seed, self.kinds):
                if time.monotonic() - began > self.seconds or not self._step(step):
                    break
        self.over.set()
        self._join(conducting)
        if not self.journal.found.is_set():
            self.final.check()
        if not self.journal.found.is_set():
            self.final.end()
        self.abort.set()
        watching.join(5)

    def _join(self, conducting: threading.Thread) -> None:
        """Each has its answer within its bound, and then ends."""
        end = time.monotonic() + (5.0 if self.journal.found.is_set() else JOIN)
        for thread in (*self.workers, conducting):
            thread.join(max(0.0, end - time.monotonic()))
            if thread.is_alive() and not self.journal.found.is_set():
                self.journal.violated('no hang', f'{thread.name} does not come to its end within {JOIN:.0f} s')

    def _step(self, step: Step) -> bool:
        """False if the run is over."""
        wait(self.journal.found, step.calm)
        if self.journal.found.is_set():
            return False
        self.tally.steps += 1
        shown = ' and '.join(planned.shown() for planned in step.faults)
        self.journal.say('step', f'step {step.number}: {shown}', number=step.number)
        self._break(step.faults)
        took = self.recovery.within(limits.RECOVERY)
        if took is None or self.journal.found.is_set():
            return False
        self.weather.settled()
        self.stack.measure()
        self.tally.done += [Done(planned.fault, took) for planned in step.faults]
        self.journal.say('recovered', f'        whole again after {took:.2f} s', number=step.number, seconds=round(took, 3))
        return True

    def _break(self, planned: tuple[Planned, ...]) -> None:
        began = time.monotonic()
        events: list[tuple[float, Callable[[], None]]] = []
        begun: list[tuple[Fault, Spell]] = []
        for one in planned:
            fault: Fault = self.kinds[one.fault](self.stack, self.session, one.how)
            spell = fault.spell()
            begun.append((fault, spell))

            def begin(fault: Fault = fault, spell: Spell = spell) -> None:
                self.weather.begin(spell)
                self.journal.note('begins', fault=fault.name)
                fault.begin()

            def end(fault: Fault = fault, spell: Spell = spell) -> None:
                fault.end()
                self.weather.end(spell)
                self.journal.note('ends', fault=fault.name)

            events += [(one.after, begin), (one.after + one.seconds, end)]
        for at, event in sorted(events, key=lambda event: event[0]):
            # What was begun is ended, whatever was found meanwhile.
            wait(self.journal.found, began + at - time.monotonic())
            event()
        for fault, spell in begun:
            fault.after()
            self.weather.end(spell)

    def _watch(self) -> None:
        while not wait(self.abort, 0.1):
            self.weather.beat()
            self.stack.watch()

    def _thread(self, name: str, what: Callable[..., None], *arguments: object) -> threading.Thread:
        def guarded() -> None:
            try:
                what(*arguments)
            except Exception as e:  # noqa: BLE001
                import traceback

                self.journal.violated('the run itself', f'{name}: {e!r}\n{traceback.format_exc()}')

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        thread.start()
        return thread
