"""Where a write begins it takes SQLite's lock, and everything else is as it was."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import gevent
import pytest

from cutover_compat.hooks import immediate
from cutover_compat.package import Package
from cutover_compat.parts import TRANSACTIONS

BEGUN = ['BEGIN IMMEDIATE TRANSACTION']


@pytest.fixture
def driver(load: Callable[[str], ModuleType]) -> ModuleType:
    return load('rotkehlchen.db.drivers.gevent')


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / 'file.db'
    connection = sqlite3.connect(path)
    connection.executescript('PRAGMA journal_mode=WAL; CREATE TABLE t(v); INSERT INTO t VALUES (1);')
    connection.close()
    return path


def begun(connection: Any) -> list[str]:
    """The beginnings of its transactions."""
    return [statement for statement in connection.statements if statement.startswith('BEGIN')]


def writes(path: Path) -> None:
    """Somebody else writes; fails at once if the lock is taken."""
    connection = sqlite3.connect(path, timeout=0)
    try:
        connection.execute('INSERT INTO t VALUES (2)')
        connection.commit()
    finally:
        connection.close()


def keyed(driver: ModuleType, path: Path) -> Any:
    connection = driver.DBConnection(path, driver.DBConnectionType.USER)
    with connection.read_ctx() as cursor:
        cursor.executescript("PRAGMA key='x';")
    del connection.statements[:]
    return connection


def test_a_transaction_that_reads_first_does_not_lose_its_chance_to_write(driver: ModuleType, path: Path, package: Package) -> None:
    connection = driver.DBConnection(path, driver.DBConnectionType.GLOBAL)
    with connection.write_ctx() as cursor:
        assert cursor.execute('SELECT COUNT(*) FROM t').fetchone() == (1,)
        with pytest.raises(sqlite3.OperationalError, match='locked'):
            writes(path)
        cursor.execute('UPDATE t SET v = 3')
    assert begun(connection) == BEGUN
    package.parts.switch(TRANSACTIONS, False)
    with pytest.raises(sqlite3.OperationalError, match='locked'), connection.write_ctx() as cursor:
        cursor.execute('SELECT COUNT(*) FROM t').fetchone()
        writes(path)
        cursor.execute('UPDATE t SET v = 4')


def test_a_connection_without_a_key_begins_as_before(driver: ModuleType, path: Path) -> None:
    connection = driver.DBConnection(path, driver.DBConnectionType.USER)
    with connection.write_ctx() as cursor:
        cursor.executescript("PRAGMA key='x';")
    with connection.write_ctx():
        pass
    assert connection.statements[:2] == ['BEGIN TRANSACTION', "PRAGMA key='x';"]
    assert begun(connection)[1:] == BEGUN


def test_a_lock_that_can_not_be_had_leaves_it_to_the_original(
    driver: ModuleType,
    path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(immediate, 'PATIENCE_SECONDS', 0)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute('BEGIN IMMEDIATE')
    connection = keyed(driver, path)
    for _ in range(2):
        with connection.write_ctx() as cursor:
            assert cursor.execute('SELECT COUNT(*) FROM t').fetchone() == (1,)
    assert begun(connection) == [*BEGUN, 'BEGIN TRANSACTION'] * 2
    assert len(caplog.records) == 1
    other.execute('ROLLBACK')
    other.close()
    del connection.statements[:]
    with connection.write_ctx():
        pass
    assert begun(connection) == BEGUN


def test_who_waits_for_the_lock_lets_others_go_on_and_sqlite_waits_as_before(driver: ModuleType, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute('BEGIN IMMEDIATE')
    connection = keyed(driver, path)

    def write() -> None:
        with connection.write_ctx() as cursor:
            cursor.execute('UPDATE t SET v = 8')

    writer = gevent.spawn(write)
    began = time.monotonic()
    for _ in range(20):
        gevent.sleep(0.01)
    assert time.monotonic() - began < 0.4, 'the fake would have stood still for as long as SQLite waits'
    assert not writer.ready()
    other.execute('ROLLBACK')
    other.close()
    writer.get(timeout=2)
    with connection.read_ctx() as cursor:
        cursor.execute('PRAGMA busy_timeout')
        assert cursor.fetchone() == (200,)


def test_a_statement_that_another_greenlet_has_open_is_waited_for(driver: ModuleType, path: Path) -> None:
    connection = keyed(driver, path)
    writes(path)
    with connection.read_ctx() as reader:
        reader.execute('SELECT v FROM t')
        assert reader.fetchone() == (1,)
        writes(path)

        def write() -> None:
            with connection.write_ctx() as cursor:
                cursor.execute('UPDATE t SET v = 7')

        writer = gevent.spawn(write)
        gevent.sleep(0.05)
        assert not writer.ready()
        assert (reader.fetchone(), reader.fetchone()) == ((2,), None)
    writer.get(timeout=2)
    assert 'BEGIN TRANSACTION' not in connection.statements
    with connection.read_ctx() as reader:
        reader.execute('SELECT COUNT(*) FROM t WHERE v = 7')
        assert reader.fetchone() == (3,)


def test_a_transaction_within_another_fails_as_it_did(driver: ModuleType, path: Path) -> None:
    connection = keyed(driver, path)
    with pytest.raises(sqlite3.OperationalError, match='within a transaction'), connection.write_ctx():
        with connection.write_ctx():
            pass
    with connection.write_ctx() as cursor:
        cursor.execute('UPDATE t SET v = ?', (5,))
        assert cursor.execute('SELECT v FROM t').fetchone() == (5,)
