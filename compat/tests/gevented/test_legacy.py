"""The hooks on the modules of compat/legacy itself."""

import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from cutover_compat.package import Package
from cutover_compat.parts import NOTIFIER, TRANSACTIONS
from scripted import ScriptedBridge
from test_session import BEGIN, END

PASSWORD = "p'w"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    yield
    for name in [name for name in sys.modules if name.split('.')[0] == 'legacy']:
        del sys.modules[name]


class Socket:
    closed = False

    def __init__(self, agent: str) -> None:
        self.environ = {'HTTP_USER_AGENT': agent}
        self.sent: list[str] = []

    def send(self, text: str) -> None:
        self.sent.append(text)


@pytest.fixture
def notifier(load: Callable[[str], ModuleType], attached: ScriptedBridge) -> Any:
    return load('legacy.notifier').Notifier()


def subscriber(module: Any, agent: str) -> Any:
    return SimpleNamespace(ws=(socket := Socket(agent)), send=socket.send)


def test_the_sender_of_a_message_hears_what_became_of_it_at_the_bridge(notifier: Any, attached: ScriptedBridge) -> None:
    missed: list[int] = []
    attached.answers['/notify'] = lambda _: (200, {'delivered': 3})
    assert notifier.broadcast('a', {'b': 1}, lambda: missed.append(1)) == (3, 0)
    assert attached.said('/notify') == [{'type': 'a', 'data': {'b': 1}}]
    attached.answers['/notify'] = lambda _: (200, {'delivered': 0})
    assert notifier.broadcast('a', {'b': 1}, lambda: missed.append(1)) == (0, 1)
    attached.answers['/notify'] = lambda _: (500, {'error': 'broken'})
    assert notifier.broadcast('a', {'b': 1}, lambda: missed.append(1)) == (0, 1)
    assert missed == [1, 1]


def test_direct_subscribers_get_it_too_and_closed_ones_are_forgotten(notifier: Any, attached: ScriptedBridge) -> None:
    direct, ours, closed = (subscriber(notifier, agent) for agent in ('a browser', 'cutover/1', 'a browser'))
    closed.ws.closed = True
    notifier.subscribers = [direct, ours, closed]
    assert notifier.broadcast('a', 1, lambda: None) == (2, 0)
    assert (len(direct.ws.sent), len(ours.ws.sent), notifier.subscribers) == (1, 0, [direct, ours])


def test_with_the_part_off_it_is_the_original(package: Package, notifier: Any, attached: ScriptedBridge) -> None:
    package.parts.switch(NOTIFIER, False)
    assert notifier.broadcast('a', 1, lambda: None) == (0, 1)
    assert attached.said('/notify') == []


def test_writes_take_the_lock_at_the_beginning(load: Callable[[str], ModuleType], package: Package, tmp_path: Path) -> None:
    path = tmp_path / 'file.db'
    connection = load('legacy.db.driver').Connection(path)
    connection.script('CREATE TABLE t(v)')

    def locked() -> bool:
        other = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            other.execute('BEGIN IMMEDIATE')
        except sqlite3.OperationalError:
            return True
        finally:
            other.close()
        return False

    for on in (True, False):
        package.parts.switch(TRANSACTIONS, on)
        with connection.write_ctx() as cursor:
            assert locked() is on
            cursor.executemany('INSERT INTO t VALUES (?)', [(1,), (2,)])
            assert [row for row in cursor.execute('SELECT v FROM t LIMIT ?', (1,))] == [(1,)]
    with pytest.raises(ZeroDivisionError), connection.write_ctx() as cursor:
        cursor.execute('DELETE FROM t')
        1 / 0  # noqa: B018
    with connection.read_ctx() as cursor:
        assert cursor.execute('SELECT COUNT(*) FROM t').fetchone() == (4,)


def test_the_session_is_told_from_creation_to_logout(
    load: Callable[[str], ModuleType],
    attached: ScriptedBridge,
    package: Package,
    tmp_path: Path,
) -> None:
    (tmp_path / 'users').mkdir()
    (tmp_path / 'global').mkdir()
    messages = SimpleNamespace(add_message=lambda *_: None)
    module = load('legacy.session')
    global_db = load('legacy.db.globaldb').open_global_db(tmp_path)
    session = module.Session(tmp_path, global_db, messages)
    assert package.logged_in() is None
    session.create('ada', PASSWORD, None)
    assert package.logged_in() == ('ada', PASSWORD)
    session.change_password('ada', PASSWORD, 'new')
    session.backup()
    session.logout()
    assert attached.said('/session') == [
        BEGIN, {'event': 'login', 'user': 'ada', 'password': PASSWORD}, END,
        BEGIN, {'event': 'password', 'user': 'ada', 'password': 'new'}, END,
        BEGIN, END,
        BEGIN, {'event': 'logout'}, END,
    ]
    with pytest.raises(load('legacy.errors').ApiError):
        session.login('ada', PASSWORD, False)
    assert attached.said('/session')[-2:] == [BEGIN, END]
    assert package.backend == 'legacy'
    assert len(package.shown_parts()['caches']) == 5
