"""While the bridge has a lease of checkpoints the backend's connections make none, and with its next write they do again."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cutover_compat.hooks.checkpoints import TASK
from cutover_compat.package import Package
from cutover_compat.parts import TASKS, TRANSACTIONS

PRAGMA = 'PRAGMA wal_autocheckpoint'


@pytest.fixture
def driver(load: Callable[[str], ModuleType]) -> ModuleType:
    # Without these the part that has leases is not in place.
    load('rotkehlchen.tasks.manager')
    load('rotkehlchen.rotkehlchen')
    return load('rotkehlchen.db.drivers.gevent')


@pytest.fixture
def connection(driver: ModuleType, tmp_path: Path) -> Any:
    path = tmp_path / 'file.db'
    made = sqlite3.connect(path)
    made.executescript('PRAGMA journal_mode=WAL; CREATE TABLE t(v);')
    made.close()
    return driver.DBConnection(path, driver.DBConnectionType.GLOBAL)


def write(connection: Any) -> list[str]:
    """A write; what was said about checkpoints on its way, and what holds after it."""
    del connection.statements[:]
    with connection.write_ctx() as cursor:
        cursor.execute('INSERT INTO t VALUES (1)')
    said = [statement for statement in connection.statements if statement.startswith(PRAGMA)]
    with connection.read_ctx() as cursor:
        said.append(str(cursor.execute(PRAGMA).fetchone()[0]))
    return said


def test_checkpoints_are_left_to_the_bridge_and_taken_back(connection: Any, package: Package) -> None:
    assert write(connection) == ['1000']
    package.leases.take([TASK], 60)
    assert write(connection) == [PRAGMA, f'{PRAGMA}=0', '0']
    assert write(connection) == ['0'], 'it is said once'
    package.leases.take([], 60)
    assert write(connection) == [f'{PRAGMA}=1000', '1000']


def test_the_end_of_a_lease_and_of_the_part_end_it(connection: Any, package: Package) -> None:
    package.leases.take([TASK], 60)
    write(connection)
    package.leases.until = 0.0
    assert write(connection)[-1] == '1000'
    package.leases.take([TASK], 60)
    assert write(connection)[-1] == '0'
    package.parts.switch(TASKS, False)
    assert write(connection)[-1] == '1000'


def test_it_does_not_need_the_transactions_to_be_immediate(connection: Any, package: Package) -> None:
    package.parts.switch(TRANSACTIONS, False)
    package.leases.take([TASK], 60)
    assert write(connection)[-1] == '0'
    assert [statement for statement in connection.statements if statement.startswith('BEGIN')] == ['BEGIN TRANSACTION']


def test_a_write_does_not_suffer_when_it_can_not_be_said(connection: Any, package: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError('a deliberate fault')

    monkeypatch.setattr(type(package.leases), 'holds', broken)
    with connection.write_ctx() as cursor:
        cursor.execute('INSERT INTO t VALUES (1)')
    with connection.read_ctx() as cursor:
        assert cursor.execute('SELECT COUNT(*) FROM t').fetchone() == (1,)
