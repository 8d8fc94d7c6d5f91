"""Who is logged in, as far as clients were told; and the one who logs them in and out."""

import json
import random
import threading
import time
from urllib.parse import quote

from . import limits
from .database import PASSWORDS
from .gate import Gate
from .stack import Stack, wait
from .weather import Bound
from .wire import Answer, Client, Hung, Malformed, NoAnswer, Request

NOBODY = None
PAUSE = 0.05
Who = frozenset[str | None]


class Session:
    """Kept as spans of time, each with those whose answers may be seen in it."""

    def __init__(self, stack: Stack, seed: str, stop: threading.Event) -> None:
        self.stack, self.journal, self.weather, self.stop = stack, stack.journal, stack.weather, stop
        self.gate = Gate()  # writers pass it; who changes the user is alone in it
        self.conducting = threading.RLock()
        self.changes = 0
        self.unconfirmed = 0
        self._random = random.Random(f'{seed}:session')
        self._lock = threading.Lock()
        self._spans: list[tuple[float, Who]] = [(time.monotonic(), frozenset([NOBODY]))]
        self._legacy = 0  # counts the processes of legacy, and those that went
        self._gone = False
        self._password = dict(PASSWORDS)

    # --- what may be seen ---

    def may_be(self, began: float, ended: float) -> Who:
        """Those whose answers may be seen by who asks then."""
        with self._lock:
            spans = self._spans
            users: set[str | None] = set()
            for at, (since, who) in enumerate(spans):
                until = spans[at + 1][0] if at + 1 < len(spans) else ended
                if since <= ended and until >= began:
                    users |= who
            return frozenset(users)

    def now(self) -> Who:
        with self._lock:
            return self._spans[-1][1]

    @property
    def user(self) -> str | None:
        """Who is in, if that is certain and somebody is."""
        who = self.now()
        return next(iter(who)) if len(who) == 1 else None

    def _set(self, who: Who) -> None:
        with self._lock:
            if who != self._spans[-1][1]:
                self._spans.append((time.monotonic(), who))
        self.journal.note('session', may_be=sorted(map(str, who)))

    def legacy_goes(self) -> None:
        """Before legacy ends: its memory of who is in goes with it."""
        with self._lock:
            self._legacy += 1
            self._gone = True
        self._set(self.now() | {NOBODY})

    def legacy_came(self) -> None:
        with self._lock:
            self._gone = False

    # --- logins and logouts ---

    def ask(self, request: Request, direct: bool = False) -> Answer | None:
        """None if there was no answer, or nobody to ask."""
        address = self.stack.legacy if direct else self.stack.bridge
        if address is None:
            return None
        client = Client()
        bound = Bound(self.weather, 'session')
        try:
            return client.ask(address, request, bound, close=True)
        except NoAnswer as failure:
            if isinstance(failure, Hung | Malformed):
                self.journal.violated(
                    'no hang' if isinstance(failure, Hung) else 'no wrong byte',
                    f'{request.method} {request.target} through {"legacy" if direct else "the bridge"}: {failure!r} '
                    f'after {time.monotonic() - bound.began:.1f} s, bound {bound.seconds:.1f} s',
                )
            return None
        finally:
            client.close()

    def login(self, user: str, direct: bool = False, **more: object) -> Answer | None:
        with self.conducting:
            before, legacy = self.now(), self._legacy
            self._set(before | {user})
            body = {'password': self._password[user], 'sync_approval': 'unknown', **more}
            answer = self.ask(Request.of('POST', f'/api/1/users/{user}', body), direct)
            self.journal.note('login', user=user, direct=direct, answer=answer and answer.shown()[:160])
            if answer is not None and answer.status == 200:
                self.changes += 1
                self._confirm({user}, legacy, direct)
            elif answer is not None and answer.status == 409 and _already(answer) in PASSWORDS:
                self._confirm({_already(answer)}, legacy, direct)
            else:
                self.unconfirmed += 1
            return answer

    def logout(self, direct: bool = False) -> Answer | None:
        with self.conducting:
            before, legacy = self.now(), self._legacy
            user = next((one for one in before if one), 'ada')
            self._set(before | {NOBODY})
            answer = self.ask(Request.of('PATCH', f'/api/1/users/{user}', {'action': 'logout'}), direct)
            self.journal.note('logout', user=user, direct=direct, answer=answer and answer.shown()[:160])
            if answer is not None and answer.status == 200:
                self.changes += 1
                self._confirm({NOBODY}, legacy, direct)
            elif answer is not None and answer.status == 401 and answer.variant == 'legacy':
                self._confirm({NOBODY}, legacy, direct)  # nobody was in
            else:
                self.unconfirmed += 1
            return answer

    def _confirm(self, who: set[str | None], legacy: int, direct: bool) -> None:
        """What legacy says holds from now on, unless its process has gone since it was asked."""
        if direct:
            self._followed(who)
        with self._lock:
            lasting = legacy == self._legacy and not self._gone
        self._set(frozenset(who) if lasting else frozenset(who) | {NOBODY})

    def _followed(self, who: set[str | None]) -> None:
        """The bridge hears of it from the package, or when it asks legacy the next time."""
        wanted = ('user',) if who != {NOBODY} else ('nobody', 'unknown')
        end = time.monotonic() + limits.FOLLOWED
        while not self.stop.is_set():
            status = self.stack.status()
            if status and status['session']['user'] in wanted:
                return
            if not self.weather.is_calm():
                wait(self.stop, limits.CHECK + limits.HELD_BY_PACKAGE)
                return
            if time.monotonic() > end:
                said = status and status['session']
                self.journal.violated('who is in is followed', f'past the bridge: {who}; it says {said}')
                return
            wait(self.stop, PAUSE)

    def ensure(self, user: str) -> bool:
        """Has this user logged in, whoever may be in now. False if it is over, or legacy is away for long."""
        end = time.monotonic() + 60.0
        with self.conducting:
            while not self.stop.is_set() and time.monotonic() < end:
                who = self.now()
                if who == {user}:
                    return True
                others = who - {user, NOBODY}
                if others:
                    self.logout()
                    if self.now() - {NOBODY}:
                        wait(self.stop, PAUSE)
                    continue
                self.login(user)
                if self.now() != {user}:
                    wait(self.stop, PAUSE)
        return self.now() == {user}

    def switch(self) -> None:
        """Out, and the other one in; what was said after the logout is looked at in between."""
        with self.conducting:
            user = self.user
            if user is None:
                self.ensure(self._random.choice(sorted(PASSWORDS)))
                return
            other = next(one for one in sorted(PASSWORDS) if one != user)
            direct = self.weather.is_calm() and self._random.random() < 0.25
            self.logout(direct)
            if self.now() == {NOBODY}:
                self._nobody_is_in()
            self.ensure(other)

    def _nobody_is_in(self) -> None:
        began = time.monotonic()
        for target in ('/api/1/tags', '/api/1/settings'):
            answer = self.ask(Request('GET', target))
            if answer is not None and answer.status < 500 and answer.status != 401:
                self.journal.violated('nobody after a logout', f'{target} after an acknowledged logout: {answer.shown()}')
        users = self.ask(Request('GET', '/api/1/users'))
        if users is not None and users.status == 200 and 'loggedin' in users.json['result'].values():
            self.journal.violated('nobody after a logout', f'/users after an acknowledged logout: {users.shown()}')
        self.journal.note('looked after a logout', seconds=round(time.monotonic() - began, 3))

    def change_password(self, new: str, direct: bool = False) -> bool:
        """Of the user who is in."""
        with self.conducting:
            user = self.user
            if user is None:
                return False
            body = {'name': user, 'current_password': self._password[user], 'new_password': new}
            answer = self.ask(Request.of('PATCH', f'/api/1/users/{quote(user)}/password', body), direct)
            self.journal.note('password', user=user, direct=direct, answer=answer and answer.shown()[:160])
            if answer is not None and answer.status == 200:
                self._password[user] = new
                return True
            return False

    def password(self, user: str) -> str:
        return self._password[user]

    # --- the conductor ---

    def conduct_until(self, over: threading.Event) -> None:
        """Changes the user every few seconds, and brings somebody in where nobody is."""
        due = time.monotonic() + self._random.uniform(3, 7)
        while not wait(over, PAUSE):
            if self.stack.legacy is None or self.stack.bridge is None:
                continue
            user = self.user
            if user is None:
                with self.conducting:
                    if self.user is None:
                        wanted = next((one for one in self.now() if one), None)
                        if wanted is None or self._random.random() < 0.5:
                            wanted = self._random.choice(sorted(PASSWORDS))
                        with self.gate.alone(5.0):
                            self._one_try(wanted)
            elif time.monotonic() > due:
                with self.conducting, self.gate.alone(5.0) as alone:
                    if alone:
                        self.switch()
                due = time.monotonic() + self._random.uniform(3, 7)

    def _one_try(self, user: str) -> None:
        """A step towards this user: others may want to conduct in between."""
        others = self.now() - {user, NOBODY}
        answer = self.logout() if others else self.login(user)
        if answer is None or answer.status >= 500:
            wait(self.stop, 0.2)


def _already(answer: Answer) -> str | None:
    """The user who is in, of the refusal of another login."""
    try:
        message = json.loads(answer.body)['message']
    except (ValueError, KeyError, TypeError):
        return None
    before, found, rest = str(message).partition(' because user ')
    return rest.split(' ', 1)[0] if found and before else None
