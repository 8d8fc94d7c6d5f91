"""Asking legacy and a bridge for the same answers, every one of which is checked; what reads, native and growth share."""

import json
import os
import time
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from reads import Read
from rounds import Failure, Refusal, Subject, Turn, say

LEGACY, NATIVE = 'legacy', 'native'
NATIVE_WITHIN_SECONDS = 15.0  # after a login the bridge opens the files first

REMEDIES = {
    'DEFAULT': 'the bridge has no such route',
    'STATIC': "the route's mode is legacy: start the bridge with --all native",
    'DISABLED': 'the kill switch is engaged',
    'DECLINED': 'the handler can not answer: without a login through the bridge it has no key (--login), without '
                '--data-dir no data; or it meets data that it leaves to legacy. Started with '
                'CUTOVER_LOG__LEVEL=cutover=debug the bridge logs which',
    'ERROR': 'the handler failed; the log of the bridge says how',
}


class Way(NamedTuple):
    """One of the ways to an answer."""

    name: str
    address: str
    headers: list[tuple[str, str]]
    variant: str | None  # who has to have answered, where there is a bridge to say it
    acknowledging: str = 'quick'

    def request(self, read: Read) -> dict[str, Any]:
        return {'method': read.method, 'target': f'/api/1{read.path}', 'headers': self.headers, 'body': read.body}


class Load:
    """The load generator."""

    def __init__(self, binary: Path) -> None:
        self.subject = Subject('load', [str(binary)])
        self.busiest = 0.0  # its largest share of a core in any round

    def ask(self, address: str, method: str, path: str, body: str | None = None) -> dict[str, Any]:
        request = {'method': method, 'target': f'/api/1{path}', 'headers': [], 'body': body}
        return self.subject.ask('ask', address=address, request=request)

    def ask_by(self, way: Way, read: Read) -> dict[str, Any]:
        try:
            return self.subject.ask('ask', address=way.address, request=way.request(read))
        except Refusal as refusal:
            raise Failure(f'{read.name}, {way.name}: {refusal.error}') from None

    def turn(self, way: Way, read: Read, connections: int, seconds: float, body: str,
             beside: tuple[Read, str] | None = None) -> Turn:
        """A round in which every answer has to have this body. Beside it, if wanted, one more connection asks something
        slow all the time, whose answer is given too."""
        expected = {'status': 200, 'variant': way.variant}
        order = {
            'address': way.address,
            'request': way.request(read),
            'connections': connections,
            'acknowledging': way.acknowledging,
            'seconds': seconds,
            'expected': {**expected, 'body': body},
            'beside': beside and {'request': way.request(beside[0]), 'expected': {**expected, 'body': beside[1]}},
        }

        def act() -> dict[str, Any]:
            before = self.processor_seconds()
            try:
                summary = self.subject.ask('load', **order)
            except Refusal as refusal:
                raise Failure(f'{read.name}, {way.name}: {refusal.error}') from None
            self.busiest = max(self.busiest, (self.processor_seconds() - before) / summary['seconds'])
            return summary

        return Turn(way.name, act)

    def processor_seconds(self) -> float:
        """What it has used so far; 0 on systems without /proc."""
        try:
            fields = Path(f'/proc/{self.subject.process.pid}/stat').read_text().rsplit(')', 1)[1].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def address(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port or 80
    except ValueError:
        parts, port = urlsplit(''), 0
    if parts.scheme != 'http' or not parts.hostname or parts.path.strip('/') or parts.query or '@' in parts.netloc:
        raise Failure(f'{url} is not of the form http://HOST:PORT')
    host = f'[{parts.hostname}]' if ':' in parts.hostname else parts.hostname
    return f'{host}:{port}'


def log_in(load: Load, bridge: str, user: str, password: str) -> None:
    """Logs in through the bridge, which learns the key by it; not if the user is in already."""
    known = json.loads(load.ask(bridge, 'GET', '/users')['body'])['result'] or {}
    if user not in known:
        raise Failure(f'there is no user {user}; legacy knows {", ".join(known) or "none"}')
    if known[user] == 'loggedin':
        say(f'{user} is logged in already')
        return
    say(f'logging {user} in through the bridge')
    body = json.dumps({'password': password, 'sync_approval': 'unknown'})
    answer = load.ask(bridge, 'POST', f'/users/{quote(user, safe="")}', body)
    if answer['status'] != 200:
        raise Failure(f'the login was refused with {answer["status"]}: {json.loads(answer["body"])["message"]}')


def ask_natively(load: Load, way: Way, read: Read, end: float) -> dict[str, Any]:
    """Asks until the handler answers."""
    while (answer := load.ask_by(way, read))['variant'] != NATIVE:
        if answer['variant'] is None:
            raise Failure(f'{way.address} sends no x-cutover-variant: it is no bridge, or flags.answer_headers is off')
        if time.monotonic() > end:
            reason = answer['reason']
            remedy = REMEDIES.get(reason, 'docs/routes.md lists the reasons')
            raise Failure(f'{read.name} is not answered natively, reason {reason}: {remedy}')
        time.sleep(0.2)
    return answer


def same(read: Read, one: str, other: str, way: Way) -> None:
    if one != other:
        at = len(os.path.commonprefix([one, other]))
        here = slice(max(at - 40, 0), at + 40)
        raise Failure(
            f'{read.name}: {way.name} and legacy differ at character {at}, nothing is measured\n'
            f'  legacy: {one[here]!r}\n  {way.name}: {other[here]!r}'
        )
