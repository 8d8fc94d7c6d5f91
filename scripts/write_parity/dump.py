"""What is in the three databases of a data directory: every table, every row with its rowid."""

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

try:
    from pysqlcipher3 import dbapi2 as sqlcipher
except ImportError:
    try:
        from sqlcipher3 import dbapi2 as sqlcipher  # Python 3.13 and later
    except ImportError:
        sqlcipher = None

from .process import CouldNotRun

FILES = {
    'user': ('users/{user}/rotkehlchen.db', True),
    'transient': ('users/{user}/rotkehlchen_transient.db', True),
    'global': ('global/global.db', False),
}
OperationalError = (sqlite3.OperationalError, *([sqlcipher.OperationalError] if sqlcipher else []))
Row = tuple[Any, ...]


class Table:
    """One table at one moment."""

    def __init__(self, columns: list[str], rows: dict[int, Row]) -> None:
        self.columns, self.rows = columns, rows


Tables = dict[str, Table]  # by 'user.tags' and the like


class Databases:
    """The databases of a side. Their connections stay open, and read a file again only when it has changed."""

    def __init__(self, directory: Path, user: str, password: str) -> None:
        if sqlcipher is None:
            raise CouldNotRun('no binding of SQLCipher is installed; scripts/setup makes a .venv that has one')
        self._files = [
            _File(name, directory / path.format(user=user), password if encrypted else None)
            for name, (path, encrypted) in FILES.items()
        ]

    def read(self) -> Tables:
        tables: Tables = {}
        for file in self._files:
            tables |= file.read()
        return tables

    def close(self) -> None:
        for file in self._files:
            file.close()


class _File:
    def __init__(self, name: str, path: Path, password: str | None) -> None:
        self.name = name
        module = sqlite3 if password is None else sqlcipher
        self._connection = module.connect(str(path), isolation_level=None, check_same_thread=False)
        if password is not None:
            quoted = password.replace("'", "''")
            self._connection.execute(f"PRAGMA key='{quoted}'")
        self._version: int | None = None
        self._tables: Tables = {}

    def read(self) -> Tables:
        version = self._connection.execute('PRAGMA data_version').fetchone()[0]
        if version != self._version:
            self._connection.execute('BEGIN')
            try:
                self._tables = self._all()
            finally:
                self._connection.execute('COMMIT')
            self._version = version
        return self._tables

    def _all(self) -> Tables:
        names = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return {f'{self.name}.{name}': self._table(name) for name in ['sqlite_master', *(n for (n,) in names)]}

    def _table(self, name: str) -> Table:
        try:
            return self._select(name)
        except (UnicodeDecodeError, OperationalError):  # a text that is no UTF-8
            self._connection.text_factory = bytes
            try:
                return self._select(name)
            finally:
                self._connection.text_factory = str

    def _select(self, name: str) -> Table:
        cursor = self._connection.execute(f'SELECT rowid, * FROM "{name}"')
        columns = [column[0] for column in cursor.description[1:]]
        return Table(columns, {row[0]: row[1:] for row in cursor})

    def close(self) -> None:
        with suppress(Exception):
            self._connection.close()
