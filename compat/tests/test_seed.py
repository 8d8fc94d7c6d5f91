"""Seeded data: the same everywhere, in the real tables, and quick to make."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from legacy.db.driver import Connection
from legacy.db.seed import DEFAULT_PASSWORD, DEFAULT_USER, SECOND_PASSWORD, SECOND_USER, SIZES, seed

Query = Callable[[str], list[tuple[Any, ...]]]


@contextmanager
def opened(path: Path, password: str | None = None) -> Iterator[Query]:
    connection = Connection(path, password)
    try:
        with connection.read_ctx() as cursor:
            yield lambda sql: [tuple(row) for row in cursor.execute(sql).fetchall()]
    finally:
        connection.close()


def main_file(data_dir: Path, user: str) -> Path:
    return data_dir / 'users' / user / 'rotkehlchen.db'


def tables(query: Query) -> list[str]:
    return [name for (name,) in query("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")]


def dump(path: Path, password: str | None) -> dict[str, list[tuple[Any, ...]]]:
    with opened(path, password) as query:
        return {table: query(f'SELECT rowid, * FROM {table} ORDER BY rowid') for table in tables(query)}


def make(path: Path, size: str) -> Path:
    for name in ('users', 'global'):
        (path / name).mkdir(parents=True)
    seed(path, SIZES[size])
    return path


def test_same_rows_in_every_directory(seeded: Path, tmp_path: Path) -> None:
    other = make(tmp_path / 'other', 'small')
    for user, password in ((DEFAULT_USER, DEFAULT_PASSWORD), (SECOND_USER, SECOND_PASSWORD)):
        assert dump(main_file(seeded, user), password) == dump(main_file(other, user), password)
    assert dump(seeded / 'global' / 'global.db', None) == dump(other / 'global' / 'global.db', None)


def test_what_is_there_stays(tmp_path: Path) -> None:
    path = make(tmp_path / 'data', 'small')
    before = main_file(path, DEFAULT_USER).read_bytes()
    seed(path, SIZES['large'])
    assert main_file(path, DEFAULT_USER).read_bytes() == before


def test_large(tmp_path: Path) -> None:
    begin = time.monotonic()
    path = make(tmp_path / 'data', 'large')
    assert time.monotonic() - begin < 30
    with opened(main_file(path, DEFAULT_USER), DEFAULT_PASSWORD) as query:
        assert query('SELECT COUNT(*) FROM history_events') == [(100_000,)]
        assert query('PRAGMA foreign_key_check') == []


def test_files_are_encrypted(seeded: Path) -> None:
    for name in ('rotkehlchen.db', 'rotkehlchen_transient.db'):
        with pytest.raises(sqlite3.DatabaseError):
            sqlite3.connect(seeded / 'users' / DEFAULT_USER / name).execute('PRAGMA schema_version').fetchone()


def columns(query: Query, table: str) -> Any:
    described = query(f'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(\'{table}\')')
    keys = sorted(row[2:7] for row in query(f'PRAGMA foreign_key_list({table})'))
    indexes = []
    for row in query(f'PRAGMA index_list({table})'):
        indexes.append((row[2], row[3], [info[2] for info in query(f'PRAGMA index_info("{row[1]}")')]))
    return described, keys, sorted(indexes)


def test_tables_match_the_real_ones(corpus: Path, seeded: Path, tmp_path: Path) -> None:
    """Columns, types, defaults, keys, references and indexes; the wording of the DDL may differ."""
    for relative, real_password, password in (
        ('users/{}/rotkehlchen.db', "p'w 1", DEFAULT_PASSWORD),
        ('users/{}/rotkehlchen_transient.db', "p'w 1", DEFAULT_PASSWORD),
        ('global/global.db', None, None),
    ):
        copy = tmp_path / Path(relative).name
        copy.write_bytes((corpus / 'snapshot' / relative.format('carol')).read_bytes())
        with opened(copy, real_password) as real, opened(seeded / relative.format(DEFAULT_USER), password) as ours:
            assert set(tables(ours)) <= set(tables(real))
            for table in tables(ours):
                assert columns(ours, table) == columns(real, table), table
