"""Legacy and the bridge, killed, stopped, and started again."""

import signal
import threading
import time
from typing import Any, ClassVar

from .. import limits
from ..process import CouldNotRun
from ..weather import Bound
from ..wire import Address, Client, NoAnswer, Request
from .base import Fault

UNDER_WAY = 1.2  # seconds
REFUSED = 2  # the status of a bridge that does not start


class LegacyKill(Fault):
    name = 'legacy-kill'
    what = 'legacy is killed (SIGKILL), and started again on another port behind the link'
    part = 'legacy'
    kills: ClassVar[frozenset[str]] = frozenset({'legacy'})
    cuts = True

    def begin(self) -> None:
        self.session.legacy_goes()
        self.stack.end_legacy(orderly=False)

    def end(self) -> None:
        self.stack.start_legacy()
        self.session.legacy_came()


class LegacyRestart(LegacyKill):
    name = 'legacy-restart'
    what = 'legacy is ended in order (SIGTERM: it logs the user out), and started again'

    def begin(self) -> None:
        self.session.legacy_goes()
        self.stack.end_legacy(orderly=True)


class LegacyStop(Fault):
    name = 'legacy-stop'
    what = 'legacy stands still (SIGSTOP), and goes on (SIGCONT)'
    part = 'legacy'
    seconds = (0.8, 4.0)
    cuts = True

    def begin(self) -> None:
        self.stack.legacy_process.signal(signal.SIGSTOP)

    def end(self) -> None:
        self.stack.legacy_process.signal(signal.SIGCONT)


class LegacyLongStop(LegacyStop):
    name = 'legacy-stop-long'
    what = 'as legacy-stop, for longer than legacy.header_timeout'
    long = True
    seconds = (limits.HEAD + 1.0, limits.HEAD + 4.0)


class BridgeKill(Fault):
    name = 'bridge-kill'
    what = 'the bridge is killed (SIGKILL), and started again'
    part = 'bridge'
    seconds = (0.0, 1.0)
    kills: ClassVar[frozenset[str]] = frozenset({'bridge'})

    def begin(self) -> None:
        self.stack.end_bridge(orderly=False)

    def end(self) -> None:
        """It does not start on a routes.toml that is none, and says so in a line, with status 2."""
        self._refused = False
        try:
            self.stack.start_bridge()
        except CouldNotRun as failure:
            now = time.monotonic()
            garbage = any(spell.fault == 'routes-garbage' for spell in self.stack.weather.during(now, now))
            if not garbage or self.stack.bridge_process.ended_with != REFUSED:
                raise
            self._refused = True
            self.journal.note('the bridge does not start', why=str(failure))

    def after(self) -> None:
        if self._refused:
            self.stack.start_bridge()


class BridgeUpgrade(Fault):
    name = 'bridge-upgrade'
    what = 'another process goes on in the bridge\'s place (`cutover upgrade`): no request fails meanwhile; only websockets break'
    part = 'bridge'
    long = True
    seconds = (0.0, 0.3)
    kills: ClassVar[frozenset[str]] = frozenset({'bridge'})  # websockets end with the old process

    def _asking(self, address: Address, over: threading.Event, failures: list[str]) -> None:
        client = Client()
        while not over.is_set():
            bound = Bound(self.stack.weather, 'body')
            try:
                answer = client.ask(address, Request('GET', '/api/1/ping'), bound)
                if answer.status != 200:
                    failures.append(answer.shown())
            except NoAnswer as failure:
                failures.append(repr(failure))

    def begin(self) -> None:
        began, over = time.monotonic(), threading.Event()
        failures: list[str] = []
        asking = [threading.Thread(target=self._asking, args=(self.stack.bridge, over, failures), daemon=True) for _ in range(4)]
        for each in asking:
            each.start()
        why = self.stack.upgrade_bridge()
        over.set()
        for each in asking:
            each.join(limits.LOAD)
        self.journal.note('upgraded' if why is None else 'not upgraded', why=why, seconds=round(time.monotonic() - began, 2))
        alone = all(spell.fault == self.name for spell in self.stack.weather.during(began, time.monotonic()))
        if failures and alone:
            self.journal.violated('an upgrade fails no request', f'{len(failures)} of GET /ping, the first: {failures[0]}')

    def end(self) -> None:
        pass


class BridgeDrain(BridgeKill):
    name = 'bridge-drain'
    what = 'the bridge is ended in order (SIGTERM): what runs is answered, and its status is 0; and started again'

    def __init__(self, *more: Any) -> None:
        super().__init__(*more)
        self._under_way = threading.Event()

    def _running(self, address: Address, began: float) -> None:
        """A request that is with legacy when the bridge is asked to end."""
        target = f'/api/1/_test/slow?seconds={UNDER_WAY}'
        client = Client()
        threading.Timer(UNDER_WAY / 2, self._under_way.set).start()
        try:
            answer = client.ask(address, Request('GET', target), Bound(self.stack.weather, 'body'), close=True)
            said = '' if answer.status == 200 else answer.shown()
        except NoAnswer as failure:
            said = repr(failure)
        alone = all(spell.fault == self.name for spell in self.stack.weather.during(began, time.monotonic()))
        if said and alone:
            self.journal.violated('what runs is answered', f'{target}, begun before SIGTERM: {said}')

    def begin(self) -> None:
        began = time.monotonic()
        running = threading.Thread(target=self._running, args=(self.stack.bridge, began), daemon=True)
        running.start()
        self._under_way.wait(limits.LOAD)
        status = self.stack.end_bridge(orderly=True)
        running.join(limits.LOAD)
        took = time.monotonic() - began
        self.journal.note('drained', status=status, seconds=round(took, 2))
        if status != 0:
            self.journal.violated(
                'nothing ends by itself', f'the bridge ended with status {status} {took:.1f} s after SIGTERM, not 0 within {limits.DRAIN:.0f} s'
            )
