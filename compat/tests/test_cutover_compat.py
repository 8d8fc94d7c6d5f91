"""The package in compat/legacy, and the real bridge at the other end of the socket."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import websocket
from bridge import Bridge
from conftest import Start
from harness import COMPAT, Legacy, wait_for

from legacy.db.seed import DEFAULT_PASSWORD, DEFAULT_USER

MESSAGE = {'type': 'refresh_balances', 'data': {'text': 'ö', 'number': 1.0}}
EVERY_CACHE = ['settings', 'assets', 'current_prices', 'accounting_status', 'accounts']


def under(socket: Path, *options: str) -> list[str]:
    return ['-m', 'cutover_compat', '--bridge', f'unix:{socket}', *options, '--']


@pytest.fixture
def legacy(start: Start, data_dir: Path, tmp_path: Path) -> Legacy:
    """With the package in it; the bridge is not there yet."""
    return start(data_dir, under=under(tmp_path / 'bridge.sock'))


@pytest.fixture
def bridge(legacy: Legacy, data_dir: Path, tmp_path: Path) -> Iterator[Bridge]:
    bridge = Bridge(tmp_path, legacy.port, data_dir, '--native-writes', 'guarded')
    bridge.until_attached(transactions=True)
    yield bridge
    bridge.stop()


@contextmanager
def client(port: int) -> Iterator[websocket.WebSocket]:
    connection = websocket.create_connection(f'ws://127.0.0.1:{port}/ws', timeout=20)
    try:
        connection.send('hello')
        assert connection.recv() == 'hello'
        yield connection
    finally:
        connection.close()


def add_tag(target: Any, name: str) -> Any:
    path = '/tags' if isinstance(target, Legacy) else '/api/1/tags'
    return target.call('PUT', path, {'name': name, 'background_color': 'ffffff', 'foreground_color': '000000'})


def user(bridge: Bridge) -> str:
    return bridge.status()['session']['user']


def test_without_a_bridge_the_backend_is_as_it_is(legacy: Legacy) -> None:
    assert legacy.login(DEFAULT_USER, DEFAULT_PASSWORD).status == 200
    with client(legacy.port) as direct:
        assert legacy.call('POST', '/_test/broadcast', MESSAGE).result == {'delivered': 1, 'queued': 0}
        assert '"refresh_balances"' in direct.recv()
    assert add_tag(legacy, 'one').status == 200
    assert legacy.logout(DEFAULT_USER).status == 200
    assert legacy.stop() == 0
    assert sum('no connection to the bridge' in line for line in legacy.errors) == 1


def test_all_parts_attach(bridge: Bridge) -> None:
    compat = bridge.until_attached(notifier=True, session=True, caches=EVERY_CACHE, transactions=True)
    assert compat['backend'] == 'legacy'


def test_each_part_has_its_flag(start: Start, data_dir: Path, tmp_path: Path) -> None:
    socket = tmp_path / 'bridge.sock'
    environment = {'CUTOVER_COMPAT_SESSION': 'off', 'CUTOVER_COMPAT_CACHES': 'off', 'CUTOVER_COMPAT_BRIDGE': f'unix:{socket}'}
    legacy = start(data_dir, env=environment, under=['-m', 'cutover_compat', '--no-notifier', '--caches', '--'])
    bridge = Bridge(tmp_path, legacy.port, data_dir)
    try:
        bridge.until_attached(notifier=False, session=False, caches=EVERY_CACHE, transactions=True)
    finally:
        bridge.stop()


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['--bridge', 'unix:/x'], 'no backend is named'),
        (['--bridge', 'unix:/x', '--', '-m'], 'no backend is named'),
        (['--', '-m', 'legacy'], '--bridge is needed'),
        (['--bridge', '/x', '--', '-m', 'legacy'], '--bridge is needed'),
        (['--tea', '--', '-m', 'legacy'], 'unrecognized arguments'),
    ],
)
def test_what_is_wrong_with_the_command_line_is_said(arguments: list[str], words: str) -> None:
    command = [sys.executable, '-m', 'cutover_compat', *arguments]
    ran = subprocess.run(command, cwd=COMPAT, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout) == (2, '')
    assert words in ran.stderr


def test_the_backend_is_run_as_python_runs_it(tmp_path: Path) -> None:
    script = tmp_path / 'script.py'
    script.write_text('import sys; print(__name__, sys.argv, sys.path[0]); raise SystemExit(7)')
    command = [sys.executable, '-m', 'cutover_compat', '--bridge', 'unix:/x', '--', str(script), '--', 'a']
    ran = subprocess.run(command, cwd=COMPAT, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout) == (7, f"__main__ ['{script}', '--', 'a'] {tmp_path}\n")


def test_a_login_at_the_backend_itself_gives_the_bridge_its_key(legacy: Legacy, bridge: Bridge) -> None:
    def native() -> bool:
        return bridge.call('GET', '/api/1/tags')[:2] == (200, 'native')

    assert legacy.login(DEFAULT_USER, DEFAULT_PASSWORD).status == 200
    assert user(bridge) == 'user'
    assert native(), 'at once'
    password = {'name': DEFAULT_USER, 'current_password': DEFAULT_PASSWORD, 'new_password': 'new'}
    assert legacy.call('PATCH', f'/users/{DEFAULT_USER}/password', password).status == 200
    wait_for(native)
    assert legacy.call('PUT', '/database/backups').status == 200
    wait_for(native)
    assert legacy.logout(DEFAULT_USER).status == 200
    assert user(bridge) == 'nobody'
    assert not list(legacy.data_dir.glob('users/*/*-wal')), 'legacy was alone with the files, and has merged them'
    assert legacy.login(DEFAULT_USER, 'wrong').status == 401
    assert user(bridge) == 'nobody'
    password = {'password': password['new_password']}
    assert bridge.call('POST', f'/api/1/users/{DEFAULT_USER}', password)[0] == 200
    wait_for(native)


def test_a_bridge_that_was_killed_has_its_key_again_without_a_login(legacy: Legacy, bridge: Bridge) -> None:
    assert legacy.login(DEFAULT_USER, DEFAULT_PASSWORD).status == 200
    for _ in range(3):
        bridge.kill()
        assert legacy.call('GET', '/ping').status == 200
        assert add_tag(legacy, f'tag {time.time()}').status == 200
        bridge.start()
        bridge.until_attached()
        wait_for(lambda: user(bridge) == 'user')
        wait_for(lambda: bridge.call('GET', '/api/1/tags')[:2] == (200, 'native'))


def test_a_message_comes_by_the_socket_or_by_the_subscription_and_once(legacy: Legacy, bridge: Bridge) -> None:
    text = '{"type": "refresh_balances", "data": {"text": "\\u00f6", "number": 1.0}}'
    with client(bridge.port) as ours, client(legacy.port) as direct:
        wait_for(lambda: bridge.status()['websocket']['subscription'] == 'up')
        for on in (True, False, True):
            switched = bridge.call('PUT', '/api/compat/parts/notifier', on, admin=True)
            assert (switched[0], switched[2]['parts']['notifier']) == (200, on)
            assert legacy.call('POST', '/_test/broadcast', MESSAGE).result == {'delivered': 2, 'queued': 0}
            assert (ours.recv(), direct.recv()) == (text, text)
        for connection in (ours, direct):
            connection.send('last')
            assert connection.recv() == 'last', 'nothing came twice'
    wait_for(lambda: bridge.status()['websocket']['clients'] == 0)


def test_a_message_for_nobody_is_kept_as_ever(legacy: Legacy, bridge: Bridge) -> None:
    assert legacy.call('POST', '/_test/broadcast', MESSAGE).result == {'delivered': 0, 'queued': 1}
    assert len(bridge.call('GET', '/api/1/messages')[2]['result']['errors']) == 1


def test_caches_are_dropped_when_an_operator_says_so(bridge: Bridge) -> None:
    stale = [{'name': name} for name in EVERY_CACHE]
    status, _, compat = bridge.call('POST', '/api/compat/invalidate', stale, admin=True)
    assert (status, compat['invalidations']['count'], compat['invalidations']['failed']) == (200, 1, 0)
    bridge.call('PUT', '/api/compat/parts/caches', False, admin=True)
    status, _, error = bridge.call('POST', '/api/compat/invalidate', stale, admin=True)
    assert status == 502
    assert 'the part is off' in error['error']


def test_both_sides_write_side_by_side_and_neither_fails(legacy: Legacy, bridge: Bridge) -> None:
    """A note's handler reads before it writes: with a deferred transaction it fails when the bridge commits meanwhile."""
    assert legacy.login(DEFAULT_USER, DEFAULT_PASSWORD).status == 200
    wait_for(lambda: bridge.call('GET', '/api/1/tags')[1] == 'native')
    answers: list[tuple[str, int]] = []
    until = time.monotonic() + 3

    def write_notes() -> None:
        while time.monotonic() < until:
            note = {'title': 'a', 'content': 'b', 'location': '', 'is_pinned': False}
            added = legacy.call('PUT', '/notes', note)
            answers.append(('note', added.status))
            if added.status == 200:
                # There may be ten of them.
                answers.append(('note', legacy.call('DELETE', '/notes', {'identifier': added.result}).status))

    def write_tags(name: str) -> None:
        number = 0
        while time.monotonic() < until:
            number += 1
            status, variant, _ = add_tag(bridge, f'{name} {number}')
            assert variant == 'native'
            answers.append(('tag', status))

    threads = [threading.Thread(target=write_notes), *(threading.Thread(target=write_tags, args=[n]) for n in 'ab')]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for _, status in answers} == {200}
    assert min(sum(kind == wanted for kind, _ in answers) for wanted in ('note', 'tag')) > 5, answers
    gate = bridge.status()['write_gate']['user']
    assert gate['native']['count'] == gate['forwarded']['count'] == 0, 'nobody waited at the gate'
