import sqlite3
from contextlib import contextmanager
from enum import Enum, auto


class DBConnectionType(Enum):
    USER = auto()
    GLOBAL = auto()


class DBCursor:
    def __init__(self, connection, cursor):
        self.connection = connection
        self._cursor = cursor

    def execute(self, statement, *bindings):
        self.connection.statements.append(statement)
        self._cursor.execute(statement, *bindings)
        return self

    def executescript(self, script):
        self.connection.statements.append(script)
        return self

    def fetchone(self):
        return self._cursor.fetchone()

    def fetchall(self):
        return self._cursor.fetchall()


class DBConnection:
    def __init__(self, path, connection_type):
        self.connection_type = connection_type
        self.statements = []
        self._conn = sqlite3.connect(path, isolation_level=None, timeout=0.2)

    @contextmanager
    def read_ctx(self):
        yield DBCursor(self, self._conn.cursor())

    @contextmanager
    def write_ctx(self, commit_ts=False):
        cursor = DBCursor(self, self._conn.cursor())
        cursor.execute('BEGIN TRANSACTION')
        try:
            yield cursor
        except Exception:
            self._conn.rollback()
            raise
        self._conn.commit()
