"""Starting, refusing to start, stopping."""

import socket
import subprocess
import sys
from pathlib import Path

from conftest import Start
from harness import COMPAT, wait_for

from legacy.db.seed import DEFAULT_PASSWORD, DEFAULT_USER


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, '-m', 'legacy', *arguments],
        cwd=COMPAT, capture_output=True, text=True, timeout=60, check=False,
    )


def test_help_names_the_seeded_user() -> None:
    answer = run('--help')
    assert answer.returncode == 0
    assert repr(DEFAULT_USER) in answer.stdout


def test_busy_port(tmp_path: Path) -> None:
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
        answer = run('--data-dir', str(tmp_path / 'data'), '--rest-api-port', str(port))
    assert (answer.returncode, answer.stdout) == (2, '')
    assert answer.stderr.count('\n') == 1
    assert answer.stderr.startswith(f'legacy: cannot listen on 127.0.0.1:{port}: ')


def test_bad_data_dir(tmp_path: Path) -> None:
    (tmp_path / 'file').touch()
    answer = run('--data-dir', str(tmp_path / 'file'))
    assert (answer.returncode, answer.stdout) == (2, '')
    assert answer.stderr.startswith('legacy: cannot use data directory ')
    assert answer.stderr.count('\n') == 1


def test_broken_global_db(tmp_path: Path) -> None:
    (tmp_path / 'global').mkdir()
    (tmp_path / 'global' / 'global.db').write_bytes(b'no database' * 1000)
    answer = run('--data-dir', str(tmp_path))
    assert answer.returncode == 2
    assert answer.stderr.startswith('legacy: cannot use data directory ')
    assert answer.stderr.count('\n') == 1


def test_sigterm_logs_out_and_exits_with_zero(start: Start, data_dir: Path) -> None:
    legacy = start(data_dir)
    legacy.login(DEFAULT_USER, DEFAULT_PASSWORD)
    assert legacy.stop() == 0
    assert legacy.process.stdout is not None
    assert legacy.process.stdout.read() == ''
    assert not list(data_dir.rglob('*-wal'))


def test_sigterm_does_not_wait_for_open_websockets_and_tasks(start: Start, data_dir: Path) -> None:
    legacy = start(data_dir)
    legacy.call('GET', '/_test/slow?seconds=600&async_query=true')
    with socket.create_connection(('127.0.0.1', legacy.port)) as idle:
        idle.sendall(b'GET /api/1/_test/slow?seconds=600 HTTP/1.1\r\nHost: a\r\n\r\n')
        wait_for(lambda: legacy.call('GET', '/ping').status == 200)
        assert legacy.stop() == 0


def test_empty_data_dir_is_enough(start: Start, tmp_path: Path) -> None:
    legacy = start(tmp_path / 'deep' / 'data')
    assert legacy.call('GET', '/users').result == {}
    assert legacy.call('PUT', '/users', {'name': 'first', 'password': 'p'}).status == 200
