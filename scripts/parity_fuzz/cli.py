"""The command line."""

import argparse
import json
import random
import sys
from typing import Any
from urllib.parse import quote, urlsplit

from . import report
from .compare import ASKED_AGAIN, RULES
from .harvest import Harvest, Pool
from .message import Answer, Request, Side, Unreachable
from .routes import ROUTES, chosen
from .run import Plan, Run

PHASES = ('before', 'in', 'after')
DESCRIPTION = """\
Asks the backend (DIRECT_URL) and the bridge in front of it (BRIDGE_URL) the same random reads, and compares
the answers to the byte: status, reason phrase, header names in spelling and order, header values, body. Not
compared: Date, Connection, and the x-cutover-* headers, which are counted instead.

Valid parameters are drawn from what the backend itself answers at the start. About half of the requests are
then spoilt: wrong types, nulls, missing and unknown fields, odd numbers and text, malformed JSON, wrong content
types, near-miss paths. Nothing is sent that writes, starts a task or asks the network, but for the prices of
NFTs that are priced in something else than USD. A difference counts if it shows again at once."""
EPILOGUE = """\
phases, with --login: `before` asks with nobody logged in, `in` with USER logged in, `after` with USER logged out
again, which is how it is left. A backend answers differently before its first login and after a logout; for the
former start it anew. With --premium a user who turns out to have none is an error, so that premium users' answers
are what is compared. The login goes through the bridge, which learns the key of the databases from it; a USER
who is logged in already is logged out first. Without --login everything is asked in the state in which the
backend is, and nothing of it is changed.

the table: `200` counts what the backend answered so; `native` and `forwarded` are the bridge's own word
(x-cutover-variant, x-cutover-reason); `under a rule` is equal under a declared rule; `passing` differed once and
not again.

exit status: 0 no difference, 1 at least one difference, 2 a side can not be reached or the login failed.

examples:
  scripts/parity-fuzz http://127.0.0.1:4242 http://127.0.0.1:4300 --login carol secret
      10 000 requests to all routes
  scripts/parity-fuzz http://127.0.0.1:4242 http://127.0.0.1:4300 --routes '*/assets/*' --requests 2000 --seed 7
      one family of routes; the seed is printed at the start of every run
  scripts/parity-fuzz http://127.0.0.1:4242 http://127.0.0.1:4300 --login carol secret --premium \\
      --routes '*/statistics/*'
      what premium users alone are answered, on a backend that holds a subscription
  scripts/parity-fuzz http://127.0.0.1:4242 http://127.0.0.1:4242
      the backend against itself: shows that the rules suffice"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='parity-fuzz',
        description=DESCRIPTION,
        epilog=EPILOGUE + '\n\ndeclared rules:\n' + _rules(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('direct', metavar='DIRECT_URL', nargs='?', help='base URL of the backend')
    parser.add_argument('bridge', metavar='BRIDGE_URL', nargs='?', help='base URL of the bridge in front of it')
    parser.add_argument('--requests', type=int, default=10_000, metavar='N', help='how many (default: 10000)')
    parser.add_argument('--seed', type=int, metavar='N', help='the same seed asks the same again (default: random)')
    parser.add_argument('--routes', default='*', metavar='GLOB', help="only these, as in 'POST *' or '/tags,/reports*'")
    parser.add_argument('--json', metavar='FILE', help='write counts and all differences there as well')
    parser.add_argument('--concurrency', type=int, default=4, metavar='N', help='requests at a time (default: 4)')
    parser.add_argument('--login', nargs=2, metavar=('USER', 'PASSWORD'), help='log in first, through the bridge')
    parser.add_argument('--phases', default='in', metavar='LIST', help='of before,in,after (default: in)')
    parser.add_argument('--premium', action='store_true', help='the backend has to hold a premium subscription')
    parser.add_argument('--list', action='store_true', help='list the routes and exit')
    given = parser.parse_args()
    given.phases = [phase for phase in PHASES if phase in given.phases.split(',')]
    if not given.list and (given.direct is None or given.bridge is None):
        parser.error('DIRECT_URL and BRIDGE_URL are required')
    if not chosen(given.routes):
        parser.error(f'no route matches {given.routes!r}; --list shows them')
    if not given.phases or (given.phases != ['in'] and not given.login):
        parser.error('--phases is a list of before, in, after, and needs --login')
    return given


def _rules() -> str:
    lines = [f'  {rule.name} ({", ".join(rule.routes)})\n      {rule.reason}' for rule in RULES]
    return '\n'.join([*lines, f'  asked again (*)\n      {ASKED_AGAIN}'])


def main() -> int:
    given = arguments()
    if given.list:
        print('\n'.join(route.name for route in chosen(given.routes)))
        return 0
    try:
        return Session(given).go()
    except Unreachable as failure:
        print(f'parity-fuzz: {failure}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 2


class Refused(Unreachable):
    """The login was refused."""


class Session:
    """All phases of one call."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.given = given
        self.direct, self.bridge = given.direct.rstrip('/'), given.bridge.rstrip('/')
        self.host = urlsplit(self.direct).netloc
        self.seed = given.seed if given.seed is not None else random.randrange(10**9)
        self.pool = Pool()
        self.phases: list[dict[str, Any]] = []

    def go(self) -> int:
        print(f'seed {self.seed}, {len(chosen(self.given.routes))} of {len(ROUTES)} routes', flush=True)
        begin = differing = 0
        for phase, share in self._shares():
            self._enter(phase)
            run = self._phase(phase, range(begin, begin + share))
            begin += share
            differing += len(run.differences)
            self.phases.append(report.as_json(phase, run))
        if self.given.json:
            report.write(self.given.json, self.phases)
        print(f'{differing} differences in {begin} requests' if differing else f'no difference in {begin} requests')
        return 1 if differing else 0

    def _shares(self) -> list[tuple[str, int]]:
        """The phase with a user gets what the others, a tenth each, leave over."""
        phases, requests = self.given.phases, self.given.requests
        main = 'in' if 'in' in phases else phases[-1]
        small = requests // 10
        return [(phase, requests - small * (len(phases) - 1) if phase == main else small) for phase in phases]

    def _enter(self, phase: str) -> None:
        if self.given.login:
            user, password = self.given.login
            self._send('PATCH', user, {'action': 'logout'})
            if phase != 'before':
                answer = self._send('POST', user, {'password': password, 'sync_approval': 'unknown'})
                if answer.status != 200:
                    raise Refused(f'the login of {user} was refused: {answer.status} {answer.body.decode()}')
            if phase == 'after':
                self._send('PATCH', user, {'action': 'logout'})
        if self.given.premium and phase == 'in':
            self._wait_for_premium()
        Harvest(Side(self.direct, self.host), self.pool).gather()
        print(f'\n{phase}: drawn from {self.pool.sizes()}', flush=True)

    def _wait_for_premium(self) -> None:
        """Without premium nothing but refusals would be compared. The bridge learns of it from the settings, and of an
        active subscription from a net value that is older than what is shown without one."""
        for url in (self.direct, self.bridge):
            side = Side(url, self.host)
            settings = json.loads(side.ask(Request('GET', '/api/1/settings')).body)['result'] or {}
            side.ask(Request('GET', '/api/1/statistics/netvalue'))
            side.close()
            if settings.get('have_premium') is not True:
                raise Refused(f'{url} has no user with premium')

    def _send(self, method: str, user: str, body: dict[str, str]) -> Answer:
        text = json.dumps(body).encode()
        side = Side(self.bridge, self.host)
        answer = side.ask(Request(method, f'/api/1/users/{quote(user)}', (('Content-Type', 'application/json'),), text))
        side.close()
        return answer

    def _phase(self, phase: str, numbers: range) -> Run:
        plan = Plan(
            self.direct, self.bridge, self.host, chosen(self.given.routes), self.seed, self.given.concurrency, self.pool
        )
        run = Run(plan, numbers, self._progress)
        run.go()
        self._progress(0, 0)
        if run.differences:
            print('\n' + report.differences(run))
        print(f'\n{report.table(run)}\n\n{phase}: {len(numbers)} requests in {run.seconds:.0f} s', flush=True)
        return run

    @staticmethod
    def _progress(done: int, of: int) -> None:
        if sys.stderr.isatty() and done % 50 == 0:
            print(f'\r{done} of {of} ' if of else '\r\033[K', end='', file=sys.stderr, flush=True)
