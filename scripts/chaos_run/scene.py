"""What all clients share: whom they ask, and what holds for every answer."""

import threading
import time
from collections import Counter

from .journal import Journal
from .ledger import Ledger
from .session import NOBODY, Session
from .stack import Stack
from .weather import Bound, Weather
from .wire import Answer, Broken, Client, Hung, Malformed, NoAnswer, Request, Unsent

DIRECT = 'direct'  # legacy's own port
BRIDGE = 'bridge'  # through the bridge, which answers natively what it can
FORWARD = 'forward'  # through the bridge, which is asked to forward it
NATIVE = 'native'  # through the bridge, which is asked not to


class Scene:
    def __init__(self, stack: Stack, session: Session, ledger: Ledger, seed: str, stop: threading.Event) -> None:
        self.stack, self.session, self.ledger, self.seed, self.stop = stack, session, ledger, seed, stop
        self.journal: Journal = stack.journal
        self.weather: Weather = stack.weather
        self.counts: Counter[str] = Counter()
        self.longest: dict[str, tuple[float, str]] = {}  # by kind of bound
        self._lock = threading.Lock()

    def ask(self, client: Client, way: str, request: Request, kind: str = 'read') -> Answer:
        """Raises NoAnswer. What may not happen is noted, whatever the caller makes of the answer."""
        address = self.stack.legacy if way == DIRECT else self.stack.bridge
        if address is None:
            raise Unsent('nobody is there')
        if way in (FORWARD, NATIVE):
            variant = 'legacy' if way == FORWARD else 'native'
            request = Request(request.method, request.target, request.body, (*request.headers, ('x-cutover-variant', variant)))
        bound = Bound(self.weather, kind)
        shown = f'{request.method} {request.target} ({way})'
        try:
            answer = client.ask(address, request, bound, close=way == DIRECT)
        except Hung as hung:
            # Legacy has no bound of its own, and stands still now and then.
            if way != DIRECT or self.weather.calm(bound.began, time.monotonic()):
                took = time.monotonic() - bound.began
                self.journal.violated('no hang', f'{shown}: {hung} for {took:.1f} s, bound {bound.seconds:.1f} s')
            self._count(way, 'hung')
            raise
        except Malformed as malformed:
            self.journal.violated('no wrong byte', f'{shown}: {malformed}')
            raise
        except (Unsent, Broken) as failure:
            self._count(way, type(failure).__name__.lower())
            if self.weather.calm(bound.began, time.monotonic()) and not self.stop.is_set():
                self.journal.violated('calm', f'{shown}: no answer although nothing is broken: {failure!r}')
            raise
        self._timed(kind if way != DIRECT else f'{kind} at legacy', answer.ended - bound.began, shown)
        self._count(way, f'{answer.status} {answer.own_failure or answer.variant}')
        self._judge(answer, shown)
        return answer

    def _judge(self, answer: Answer, shown: str) -> None:
        who = self.session.may_be(answer.began, answer.ended)
        certain = len(who) == 1
        if answer.status >= 500 and certain and self.weather.calm(answer.began, answer.ended):
            self.journal.violated('calm', f'{shown}: a failure although nothing is broken: {answer.shown()}')
        if answer.own_failure and not answer.body.startswith(b'{"result": null, "message": "cutover: '):
            self.journal.violated('no wrong byte', f'{shown}: a failure without its envelope: {answer.shown()}')

    def unauthorised(self, answer: Answer, shown: str) -> None:
        """A 401 of a route behind the login: somebody may have to be out for that."""
        if NOBODY not in self.session.may_be(answer.began, answer.ended):
            self.journal.violated('who is in is followed', f'{shown}: refused although somebody is in: {answer.shown()}')

    def someone(self, answer: Answer, users: set[str], shown: str) -> None:
        """Rows of these users in an answer of a route behind the login."""
        may = self.session.may_be(answer.began, answer.ended)
        if not users <= may:
            invariant = 'nobody after a logout' if may == {NOBODY} else 'nobody else\'s rows'
            self.journal.violated(invariant, f'{shown}: rows of {sorted(users)} while only {sorted(map(str, may))} may be in: {answer.shown()}')
        if len(users) > 1:
            self.journal.violated('nobody else\'s rows', f'{shown}: rows of several users: {answer.shown()}')

    def _count(self, way: str, what: str) -> None:
        with self._lock:
            self.counts[f'{way} {what}'] += 1

    def _timed(self, kind: str, seconds: float, shown: str) -> None:
        with self._lock:
            if seconds > self.longest.get(kind, (0.0, ''))[0]:
                self.longest[kind] = (seconds, shown)


class Worker(threading.Thread):
    """A client. What it did not expect of itself ends the run as well."""

    def __init__(self, scene: Scene, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.scene = scene
        self.client = Client()

    def run(self) -> None:
        try:
            while not self.scene.stop.is_set():
                self.step()
            self.end()
        except Exception as e:  # noqa: BLE001
            import traceback

            self.scene.journal.violated('the run itself', f'{self.name}: {e!r}\n{traceback.format_exc()}')
        finally:
            self.client.close()

    def step(self) -> None:
        raise NotImplementedError

    def end(self) -> None:
        """After the last step."""

    def pause(self, seconds: float) -> None:
        self.scene.stop.wait(seconds)


__all__ = ['BRIDGE', 'DIRECT', 'FORWARD', 'NATIVE', 'NOBODY', 'NoAnswer', 'Scene', 'Worker']
