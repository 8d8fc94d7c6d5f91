"""The walk of scripts/demo: starts a legacy backend and the bridge, and shows step by step what the bridge does.

Every step measures what it claims and raises if that does not hold. Waits are on conditions, never on the clock.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, NoReturn
from urllib.parse import quote, urlsplit

import websocket

ROOT = Path(__file__).resolve().parent.parent
USER, PASSWORD = 'ada', "p'w ö 1"
TAGS = '/api/1/tags'
NOT_MIGRATED = '/api/1/balances/manual'
PATIENCE = 60.0  # longest wait for any condition; reached only when a step fails
SAMPLES = 200
SHADOWED = 20
LADDER = ('shadow 20', 'canary 10% 20', 'canary 50% 40', 'native')
DELAYED_ACKNOWLEDGEMENT = 38.0  # milliseconds
CANARY_USERS = 1000
CANARY_CLIENTS = 8
LOG_LINES = 20


class DoesNotHold(Exception):
    """A step did not show what it should."""


class Interrupted(BaseException):
    """A signal asked for the end."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


# --- terminal -------------------------------------------------------------------------------------------------------

COLOURED = sys.stdout.isatty() and 'NO_COLOR' not in os.environ


def paint(code: str, text: str) -> str:
    return f'\033[{code}m{text}\033[0m' if COLOURED else text


def say(text: str = '') -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Nobody reads any more: say no more, and end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise Interrupted(signal.SIGPIPE) from None


# --- signals --------------------------------------------------------------------------------------------------------


class Signals:
    """Turns signals into an exception, but never between the start of a process and its registration."""

    def __init__(self) -> None:
        self.waiting: int | None = None
        self.held = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._arrived)

    def _arrived(self, number: int, _frame: FrameType | None) -> None:
        if self.held:
            self.waiting = number
        else:
            raise Interrupted(number)

    @contextmanager
    def hold(self) -> Iterator[None]:
        self.held = True
        try:
            yield
        finally:
            self.held = False
        if self.waiting is not None:
            raise Interrupted(self.waiting)

    def ignore(self) -> None:
        """From here on only cleaning up is left, and that is bounded."""
        self.held = True


# --- HTTP -----------------------------------------------------------------------------------------------------------


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def variant(self) -> str | None:
        return self.headers['x-cutover-variant']

    @property
    def outcome(self) -> str:
        """Who answered and why, as the bridge says it."""
        return f'{self.variant} {self.headers["x-cutover-reason"]}'


class Client:
    """One kept connection, so that latencies are those of requests alone."""

    def __init__(self, url: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Underscores of header names stand for hyphens."""
        named = {name.replace('_', '-'): value for name, value in headers.items()}
        payload = None
        if body is not None:
            payload = json.dumps(body).encode()
            named['Content-Type'] = 'application/json'
        try:
            self.connection.request(method, path, payload, named)
            response = self.connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        except BaseException:
            self.connection.close()  # the next request begins on a new connection
            raise

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask('GET', path, **headers)

    def timed(self, path: str, **headers: str) -> tuple[float, Answer]:
        """Milliseconds from the first byte sent to the last one read."""
        began = time.perf_counter()
        answer = self.get(path, **headers)
        return (time.perf_counter() - began) * 1000, answer


def wait_for(what: str, condition: Callable[[], Any]) -> Any:
    """Asks until the condition gives something true, and gives that."""
    end = time.monotonic() + PATIENCE
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < end, f'not within {PATIENCE:.0f} s: {what}')
        time.sleep(0.01)


def check(condition: Any, otherwise: str) -> None:
    if not condition:
        raise DoesNotHold(otherwise)


def expect(answer: Answer, status: int, outcome: str | None, what: str) -> None:
    check(answer.status == status, f'{what}: expected status {status}, got {answer.status}: {answer.body[:300]!r}')
    if outcome is not None:
        check(answer.outcome == outcome, f'{what}: expected {outcome}, got {answer.outcome}')


# --- processes ------------------------------------------------------------------------------------------------------


class Process:
    """A child in a session of its own, so that Ctrl-C reaches this walk alone and nothing ends by accident."""

    def __init__(self, name: str, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.name = name
        self.output = folder / f'{name}.out'
        self.log = folder / f'{name}.log'
        with self.output.open('wb') as output, self.log.open('ab') as log:
            self.child = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                start_new_session=True,
            )

    def announced(self, prefix: str) -> str:
        """What follows a prefix on one of its lines."""
        def line() -> str | None:
            found = re.search(rf'^{re.escape(prefix)}(.+)\n', self.output.read_text(errors='replace'), re.MULTILINE)
            self.must_run()
            return found and found.group(1)

        return str(wait_for(f'{self.name} says {prefix!r}', line))

    def must_run(self) -> None:
        status = self.child.poll()
        check(status is None, f'{self.name} ended with status {status}')

    def signal(self, number: signal.Signals) -> None:
        self.must_run()
        self.child.send_signal(number)

    def kill(self) -> None:
        self.child.kill()
        self.child.wait()

    def stop(self) -> None:
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(5)
            except subprocess.TimeoutExpired:
                self.kill()

    def last_lines(self) -> str:
        lines = self.log.read_text(errors='replace').splitlines()[-LOG_LINES:]
        return '\n'.join(f'  {line}' for line in lines) or '  (nothing)'


class Stage:
    """Everything the steps work with."""

    def __init__(self, bridge_binary: Path, folder: Path, signals: Signals) -> None:
        self.binary = bridge_binary
        self.folder = folder
        self.signals = signals
        self.processes: list[Process] = []
        self.file = folder / 'routes.toml'
        # What the caller's shell configures is not this demo's.
        self.environment = {name: text for name, text in os.environ.items() if not name.startswith('CUTOVER_')}
        self.legacy: Process
        self.bridge: Process
        self.client: Client
        self.admin: Client
        self.socket: websocket.WebSocket
        self.legacy_url = self.bridge_url = self.admin_url = ''

    def start(self, name: str, command: list[str], **more: str) -> Process:
        with self.signals.hold():
            process = Process(name, command, self.folder, {**self.environment, **more})
            self.processes.append(process)
        return process

    def start_legacy(self, port: int = 0) -> None:
        data = str(self.folder / 'data')
        command = [sys.executable, '-m', 'legacy', '--seed-data', 'small', '--rest-api-port', str(port)]
        self.legacy = self.start(
            'legacy', [*command, '--api-cors', '*', '--data-dir', data], PYTHONPATH=str(ROOT / 'compat')
        )
        self.legacy_url = self.legacy.announced('legacy listening on ')

    def start_bridge(self, port: int = 0, admin_port: int = 0, more: Sequence[str] = ()) -> None:
        ports = ['--listen', f'127.0.0.1:{port}', '--admin', f'127.0.0.1:{admin_port}']
        paths = ['--data-dir', str(self.folder / 'data'), '--config', str(self.file)]
        command = [str(self.binary), 'serve', *ports, '--legacy', self.legacy_url, *paths, *more]
        self.bridge = self.start('cutover', command, CUTOVER_LOG__FORMAT='text', NO_COLOR='1')
        self.bridge_url = self.bridge.announced('cutover listening on ')
        self.admin_url = self.bridge.announced('cutover admin on ')
        self.client, self.admin = Client(self.bridge_url), Client(self.admin_url)

    def status(self) -> Any:
        self.bridge.must_run()
        return self.admin.get('/api/status').json

    def until(self, what: str, condition: Callable[[Any], Any]) -> Any:
        """Waits until the bridge's own account of its state is as wanted."""
        def wanted() -> Any:
            status = self.status()
            return status if condition(status) else None

        return wait_for(what, wanted)

    def write(self, text: str) -> None:
        """As editors do it: a new file, renamed over the old one."""
        aside = self.file.with_suffix('.new')
        aside.write_text(text, encoding='utf-8')
        aside.rename(self.file)

    def configure(self, text: str) -> float:
        """Writes routes.toml and waits until it is in force; gives the milliseconds that took."""
        before = self.status()['configuration']['generation']
        began = time.perf_counter()
        self.write(text)
        self.until('the new routes.toml is in force', lambda status: status['configuration']['generation'] > before)
        return (time.perf_counter() - began) * 1000

    def login(self, user: str = USER, password: str = PASSWORD) -> Answer:
        answer = self.client.ask('POST', f'/api/1/users/{quote(user)}', {'password': password})
        expect(answer, 200, None, f'login of {user}')
        self.until('the bridge knows the user and the key', lambda status: status['session']['user'] == 'user')
        return answer

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.stop()


def routes(mode: str, ws: str = 'tunnel', **keys: object) -> str:
    """A routes.toml with the tags in a mode. The override header is on, for the measurements."""
    lines = ['[ws]', f'mode = "{ws}"', '', '[flags]', 'override_header = true', '', '[[route]]', 'name = "tags_list"', f'mode = "{mode}"']
    return '\n'.join([*lines, *(f'{key} = {json.dumps(value)}' for key, value in keys.items()), ''])


# --- steps: each gives the lines to show ----------------------------------------------------------------------------


def start(stage: Stage) -> list[str]:
    """Legacy, the bridge in front of it, and a login through it"""
    stage.write(routes('legacy'))
    stage.start_legacy()
    stage.start_bridge()
    wait_for('the bridge is ready', lambda: stage.admin.get('/readyz').status == 200)
    began = time.perf_counter()
    stage.login()
    took = time.perf_counter() - began
    return [
        f'legacy on {stage.legacy_url}, cutover on {stage.bridge_url}, admin API on {stage.admin_url}',
        f'{USER} logged in at legacy in {took:.1f} s; the bridge saw it and holds the key of the database',
    ]


def forwarded(stage: Stage) -> list[str]:
    """A forwarded request"""
    direct = Client(stage.legacy_url)
    lines = []
    for path, outcome, why in (
        (NOT_MIGRATED, 'legacy DEFAULT', 'not migrated'),
        (TAGS, 'legacy STATIC', 'migrated, mode "legacy"'),
    ):
        through, straight = stage.client.get(path), direct.get(path)
        expect(through, 200, outcome, f'GET {path}')
        check(through.body == straight.body, f'GET {path}: the body is not what legacy answers directly')
        lines.append(f'GET {path}: {through.status}, {outcome} ({why}), the same {len(through.body)} bytes')
    return lines


def natively(stage: Stage) -> list[str]:
    """The same route natively"""
    direct = Client(stage.legacy_url)
    sides: dict[str, Callable[[], tuple[float, Answer]]] = {
        'legacy asked directly': lambda: direct.timed(TAGS),
        'forwarded': lambda: stage.client.timed(TAGS, x_cutover_variant='legacy'),
        'native': lambda: stage.client.timed(TAGS, x_cutover_variant='native'),
    }
    taken: dict[str, list[float]] = {name: [] for name in sides}
    bodies: dict[str, bytes] = {}
    for _ in range(SAMPLES):
        for name, side in sides.items():
            took, answer = side()
            expect(answer, 200, {'native': 'native TARGETING_MATCH', 'forwarded': 'legacy TARGETING_MATCH'}.get(name), name)
            taken[name].append(took)
            bodies[name] = answer.body
    check(len(set(bodies.values())) == 1, f'the bodies differ: {bodies}')
    medians = {name: statistics.median(samples) for name, samples in taken.items()}
    shown = ', '.join(f'{name} {median:.2f} ms' for name, median in medians.items())
    lines = [
        f'GET {TAGS} answered by the handler, from the database: the same {len(bodies["native"])} bytes',
        f'median of {SAMPLES} requests each, one after the other, on this machine: {shown}',
    ]
    if max(medians.values()) > DELAYED_ACKNOWLEDGEMENT:
        lines.append('(legacy sends head and body apart; TCP\'s delayed acknowledgement, 40 ms and no work, can be in its figures)')
    return lines


def shadowed(stage: Stage) -> list[str]:
    """Shadow: legacy answers, the handler is asked beside it, and the two are compared"""
    def verdicts() -> dict[str, int]:
        found = [one for one in stage.admin.get('/api/parity').json['routes'] if one['route'] == 'tags_list']
        return {word: count for word, count in found[0]['verdicts'].items() if count} if found else {}

    stage.configure(routes('shadow'))
    for _ in range(SHADOWED):
        expect(stage.client.get(TAGS), 200, 'legacy STATIC', 'shadowed')
    wait_for('every comparison has its verdict', lambda: sum(verdicts().values()) >= SHADOWED)
    check(verdicts() == {'matched': SHADOWED}, f'the two sides do not agree: {verdicts()}')
    stage.configure(routes('legacy'))
    return [
        f'mode = "shadow": {SHADOWED} times GET {TAGS}, answered by legacy; compared with the handler: {SHADOWED} matched',
        f'counts and samples: cutover parity report, or {stage.admin_url}/api/parity',
    ]


def flipped(stage: Stage) -> list[str]:
    """A flag flipped in routes.toml, picked up live"""
    expect(stage.client.get(TAGS), 200, 'legacy STATIC', 'before')
    took = stage.configure(routes('native'))
    expect(stage.client.get(TAGS), 200, 'native STATIC', 'after')
    generation = stage.status()['configuration']['generation']
    return [
        'mode = "legacy" became mode = "native": GET /api/1/tags went from legacy STATIC to native STATIC',
        f'in force {took:.0f} ms after the file was written, as generation {generation}',
    ]


def canary(stage: Stage) -> list[str]:
    """A canary over 1 000 users"""
    def ask(users: range) -> set[int]:
        client = Client(stage.bridge_url)
        native = set()
        for user in users:
            answer = client.get(TAGS, x_user=f'user-{user}')
            expect(answer, 200, f'{answer.variant} SPLIT', f'user-{user}')
            if answer.variant == 'native':
                native.add(user)
        return native

    def split(percent: int) -> set[int]:
        stage.configure(routes('canary', percent=percent, sticky='header:x-user'))
        shares = [range(first, CANARY_USERS, CANARY_CLIENTS) for first in range(CANARY_CLIENTS)]
        with ThreadPoolExecutor(CANARY_CLIENTS) as clients:
            native = set().union(*clients.map(ask, shares))
        share = len(native) * 100 / CANARY_USERS
        check(abs(share - percent) < 5, f'at {percent} % the share is {share:.1f} %')
        return native

    tenth = split(10)
    third = split(30)
    check(tenth <= third, f'{len(tenth - third)} users went back to legacy when the percentage was raised')
    missing = stage.client.get(TAGS)
    expect(missing, 200, 'legacy TARGETING_KEY_MISSING', 'a request without x-user')
    return [
        f'10 %: {len(tenth)} native, {CANARY_USERS - len(tenth)} legacy; '
        f'30 %: {len(third)} native, {CANARY_USERS - len(third)} legacy',
        f'all {len(tenth)} of the first stayed native; a request without the header is {missing.outcome}',
    ]


def climbed(stage: Stage) -> list[str]:
    """A ladder: a route goes to its handler by itself, as long as nothing speaks against it"""
    def at() -> str:
        route = stage.admin.get('/api/routes/tags_list').json
        return f'{route["mode"]} {route["percent"]:g} %' if route['mode'] == 'canary' else str(route['mode'])

    stage.configure(routes('legacy', sticky='request', ladder=list(LADDER), advance='auto'))
    began = time.monotonic()
    users = Client(stage.bridge_url)
    asked = native = 0
    while at() != 'native':
        for _ in range(20):
            answer = users.get(TAGS)
            check(answer.status == 200, f'a user was answered {answer.status}')
            asked += 1
            native += answer.variant == 'native'
        check(time.monotonic() - began < PATIENCE, f'it is still at {at()}')
    steps = [
        f'{entry["new"]["mode"]} by {entry["by"]["kind"]}'
        for entry in stage.admin.get('/api/journal?route=tags_list&limit=4').json['entries']
    ]
    check(steps[0] == 'native by ladder' and len(steps) == 4, f'the journal says {steps}')
    stage.configure(routes('shadow'))
    return [
        f'ladder = {list(LADDER)}: native after {time.monotonic() - began:.1f} s and {asked} requests,',
        f'{native} of them answered by the handler, all of them 200; each step is in the journal with its evidence',
        f'the dashboard shows it: {stage.admin_url}/routes/tags_list',
    ]


def kill_switch(stage: Stage) -> list[str]:
    """The kill switch"""
    stage.configure(routes('native'))
    expect(stage.client.get(TAGS), 200, 'native STATIC', 'before')
    stage.bridge.signal(signal.SIGUSR1)
    stage.until('the kill switch is engaged', lambda status: status['kill_switch'])
    engaged = stage.client.get(TAGS)
    expect(engaged, 200, 'legacy DISABLED', 'after SIGUSR1')
    stage.bridge.signal(signal.SIGUSR2)
    stage.until('the kill switch is released', lambda status: not status['kill_switch'])
    released = stage.client.get(TAGS)
    expect(released, 200, 'native STATIC', 'after SIGUSR2')
    return [f'SIGUSR1: every request is legacy\'s, {engaged.outcome}; SIGUSR2: back to {released.outcome}']


def refused(stage: Stage) -> list[str]:
    """A bad routes.toml"""
    before = stage.status()['configuration']['generation']
    stage.write(routes('nativ'))
    status = stage.until('the file is refused', lambda status: status['configuration']['refused'])
    configuration = status['configuration']
    check(configuration['generation'] == before, 'a bad file was taken')
    fault = configuration['refused']['faults'][0].replace(f'{stage.folder}{os.sep}', '')
    check('did you mean "native"?' in fault, f'the message offers no remedy: {fault}')
    expect(stage.client.get(TAGS), 200, 'native STATIC', 'the last good file')
    stage.write(routes('native'))
    stage.until('the mended file is accepted', lambda status: not status['configuration']['refused'])
    return [f'refused: {fault}', f'generation {before} stayed in force, and requests went on as native STATIC']


def connect(stage: Stage) -> websocket.WebSocket:
    # Two slashes: that is what rotki's frontend asks for.
    url = f'{stage.bridge_url.replace("http", "ws", 1)}//ws/'
    return websocket.create_connection(url, timeout=PATIENCE, http_no_proxy=['127.0.0.1'])


def echoes(socket: websocket.WebSocket) -> None:
    socket.send('hello')
    check(socket.recv() == 'hello', 'a frame was not echoed')


def hears(stage: Stage, sockets: list[websocket.WebSocket], chain: str) -> None:
    message = {'type': 'refresh_balances', 'data': {'type': 'blockchain_balances', 'blockchain': chain}}
    answer = stage.client.ask('POST', '/api/1/_test/broadcast', message)
    expect(answer, 200, 'legacy DEFAULT', 'the request that makes legacy broadcast')
    for socket in sockets:
        received = json.loads(socket.recv())
        check(received == message, f'another message came: {received}')


def broadcast(stage: Stage) -> list[str]:
    """Websockets, tunnelled and then served by the bridge"""
    tunnelled = connect(stage)
    echoes(tunnelled)
    stage.configure(routes('native', ws='bridge'))
    served = [connect(stage), connect(stage)]
    stage.socket = served[0]
    for socket in served:
        echoes(socket)
    hears(stage, [tunnelled, *served], 'eth')
    status = stage.status()
    check(status['websocket']['clients'] == 2, f'clients: {status["websocket"]}')
    tunnelled.close()
    served[1].close()
    return [
        "a client of //ws/ got its echo and legacy's broadcast through a tunnel of its own",
        'after mode = "bridge" two more got theirs over one subscription; the first connection stayed as it was',
    ]


def killed(stage: Stage) -> list[str]:
    """Legacy killed"""
    stage.legacy.kill()
    stage.until('the bridge has noticed', lambda status: status['legacy']['away_seconds'] is not None)
    counts = Counter(stage.client.get(TAGS).outcome for _ in range(100))
    check(counts == {'native STATIC': 100}, f'native routes with legacy gone: {dict(counts)}')
    took, failed = stage.client.timed(NOT_MIGRATED)
    expect(failed, 503, 'legacy DEFAULT', 'a forwarded request with legacy gone')
    check(failed.headers['x-cutover-error'] == 'upstream-refused', f'marked as {failed.headers["x-cutover-error"]}')
    check(failed.headers['retry-after'], 'there is no Retry-After')
    envelope = failed.json
    check(set(envelope) == {'result', 'message'} and envelope['result'] is None, f'not in the envelope: {envelope}')
    echoes(stage.socket)
    return [
        f'after SIGKILL 100 of 100 requests for {TAGS} were still answered, {counts.most_common(1)[0][0]}',
        f'GET {NOT_MIGRATED}: 503 after {took:.1f} ms, "{envelope["message"]}"',
        'the websocket client is still connected, and gets its echoes',
    ]


def back(stage: Stage) -> list[str]:
    """Legacy back"""
    pid = stage.bridge.child.pid
    stage.start_legacy(urlsplit(stage.legacy_url).port or 0)
    began = time.perf_counter()
    wait_for('a forwarded request is answered', lambda: stage.client.get('/api/1/periodic').status != 503)
    answered = (time.perf_counter() - began) * 1000
    stage.until('the bridge has asked legacy', lambda status: status['legacy']['away_seconds'] is None)
    # The new legacy process knows no user, so neither may the bridge: it stops answering for the one who was in.
    wait_for('user routes are legacy\'s again', lambda: stage.client.get(TAGS).status == 401)
    stage.login()
    wait_for('native routes are back', lambda: stage.client.get(TAGS).outcome == 'native STATIC')
    check(stage.bridge.child.pid == pid and stage.bridge.child.poll() is None, 'the bridge was restarted')
    stage.until('it is subscribed again', lambda status: status['websocket']['subscription'] == 'up')
    hears(stage, [stage.socket], 'optimism')
    stage.socket.close()
    return [
        f'a forwarded request was answered {answered:.0f} ms after legacy listened again; the bridge ran all along',
        f'nobody was logged in there, so {TAGS} said 401; after a new login it is native STATIC again',
        'the websocket client of before got the new legacy\'s broadcast, without having reconnected',
    ]


STEPS = (start, forwarded, natively, shadowed, flipped, canary, climbed, kill_switch, refused, broadcast, killed, back)


# --- the walk -------------------------------------------------------------------------------------------------------


def walk(stage: Stage) -> None:
    for number, step in enumerate(STEPS, 1):
        title = (step.__doc__ or step.__name__).strip()
        say(f'\n{paint("1;36", f"[{number}/{len(STEPS)}]")} {paint("1", title)}')
        try:
            lines = step(stage)
        except (DoesNotHold, OSError, http.client.HTTPException, websocket.WebSocketException, ValueError, KeyError) as e:
            fail(stage, number, title, e)
        for line in lines:
            say(f'       {line}')


def fail(stage: Stage, number: int, title: str, error: Exception) -> NoReturn:
    reason = str(error) if isinstance(error, DoesNotHold) else f'{type(error).__name__}: {error}'
    say(f'\n{paint("1;31", "FAILED")} at step {number}, "{title}": {reason}')
    for name in dict.fromkeys(process.name for process in stage.processes):
        process = next(process for process in reversed(stage.processes) if process.name == name)
        status = process.child.poll()
        state = 'still running' if status is None else f'ended with status {status}'
        say(f'\n{name} ({state}), last lines of its log:\n{process.last_lines()}')
    sys.exit(1)


def stay(stage: Stage) -> None:
    say(f'\n{paint("1", "Still up, until Ctrl-C:")}')
    for name, value in (
        ('the bridge', f'{stage.bridge_url}{TAGS}'),
        ('legacy', f'{stage.legacy_url}{TAGS}'),
        ('admin API', f'{stage.admin_url}/api/status'),
        ('websocket', f'{stage.bridge_url.replace("http", "ws", 1)}/ws'),
        ('routes', f'{stage.file} (edit it; changes are taken at once)'),
        ('kill switch', f'kill -USR1 {stage.bridge.child.pid}; kill -USR2 {stage.bridge.child.pid} releases it'),
        ('user', f'{USER}, password {PASSWORD}'),
    ):
        say(f'  {name:<12} {value}')
    while True:
        for process in (stage.legacy, stage.bridge):
            if process.child.poll() is not None:
                say(f'\n{process.name} ended by itself:\n{process.last_lines()}')
                sys.exit(1)
        time.sleep(0.2)


def main() -> int:
    parser = argparse.ArgumentParser(prog='scripts/demo')
    parser.add_argument('--bridge', type=Path, required=True)
    parser.add_argument('--stay', action='store_true')
    arguments = parser.parse_args()

    signals = Signals()
    began = time.monotonic()
    folder: Path | None = None
    stage: Stage | None = None
    walked = False
    try:
        with signals.hold():
            folder = Path(tempfile.mkdtemp(prefix='cutover-demo-'))
        stage = Stage(arguments.bridge.resolve(), folder, signals)
        walk(stage)
        walked = True
        say(f'\n{paint("1;32", f"All {len(STEPS)} steps held")}, in {time.monotonic() - began:.0f} s.')
        if arguments.stay:
            stay(stage)
        return 0
    except Interrupted as interrupted:
        if walked:
            return 0  # the way --stay ends
        say(f'\ninterrupted by {interrupted}')
        return 128 + interrupted.number
    finally:
        signals.ignore()
        if stage is not None:
            stage.stop()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        if stage is not None and stage.processes:
            say('Everything that was started has ended; its files are removed.')


if __name__ == '__main__':
    sys.exit(main())
