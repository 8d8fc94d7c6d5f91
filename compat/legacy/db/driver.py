"""One connection per database file, shared by all greenlets of the process.

The faults people migrate away from are kept on purpose: reads are no snapshots, SQLite's busy wait
blocks the whole loop, and a failed write leaves the progress handler off until the next good one.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gevent
from gevent.lock import Semaphore

try:
    from pysqlcipher3 import dbapi2 as sqlcipher
except ImportError:  # Python 3.13 and later have no wheel of it
    from sqlcipher3 import dbapi2 as sqlcipher

INSTRUCTIONS_PER_YIELD = 5000
DatabaseError = (sqlite3.DatabaseError, sqlcipher.DatabaseError)
IntegrityError = (sqlite3.IntegrityError, sqlcipher.IntegrityError)
OperationalError = sqlcipher.OperationalError


def quote_key(password: str) -> str:
    """The only escaping the key gets. So a password `x'<64 hex>'` acts as a raw key."""
    return password.replace("'", "''")


class Connection:
    def __init__(self, path: Path, password: str | None = None) -> None:
        self.path = path
        self._in_callback = Semaphore()
        self._in_critical_section = Semaphore()
        self._transaction_lock = Semaphore()
        self._handler = self._progress  # one object for good: pysqlcipher3 keeps no reference to an equal second one
        module = sqlite3 if password is None else sqlcipher
        self._raw = module.connect(str(path), check_same_thread=False, isolation_level=None)
        try:
            self._open(password)
        except Exception:
            self._raw.close()
            raise
        self._yield_while_running(True)

    def _open(self, password: str | None) -> None:
        if password is not None:
            self._raw.executescript(f"PRAGMA key='{quote_key(password)}';")
            self._raw.execute('PRAGMA schema_version').fetchone()  # fails on a wrong password
        self._raw.execute('PRAGMA foreign_keys=ON')
        if password is not None:
            self._raw.execute('PRAGMA cache_size = -32768')
        self._raw.execute('PRAGMA journal_mode=WAL').fetchone()

    def close(self) -> None:
        """Waits for the statement another greenlet is in the middle of; closing under it would crash."""
        with self._in_critical_section, self._transaction_lock, self._in_callback:
            self._yield_while_running(False)
            self._raw.close()

    def _yield_while_running(self, on: bool) -> None:
        self._raw.set_progress_handler(self._handler if on else None, INSTRUCTIONS_PER_YIELD)

    def _progress(self) -> int:
        """Let other greenlets run in the middle of a long statement; one at a time, and none beside a write."""
        if not (self._in_callback.locked() or self._in_critical_section.locked()):
            with self._in_callback:
                gevent.sleep(0)
        return 0

    @contextmanager
    def read_ctx(self) -> Iterator[Any]:
        """A cursor and nothing more: two statements may see different states, also uncommitted ones."""
        cursor = self._raw.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    @contextmanager
    def write_ctx(self) -> Iterator[Any]:
        """A deferred transaction. The write lock is taken at the first write statement only."""
        with self._in_critical_section:
            with self._in_callback:  # the statement that lets others run goes on first, and then to its end
                self._yield_while_running(False)
            with self._transaction_lock, self.read_ctx() as cursor:
                cursor.execute('BEGIN TRANSACTION')
                try:
                    yield cursor
                except Exception:
                    cursor.execute('ROLLBACK')
                    raise
                cursor.execute('COMMIT')
                self._yield_while_running(True)

    def script(self, sql: str) -> None:
        """Several statements, outside of a transaction of ours."""
        with self._transaction_lock:
            self._raw.executescript(sql)

    def checkpoint(self) -> None:
        """FULL: waits for readers that still look at an old snapshot, five seconds at a time."""
        with self._in_callback:
            self._raw.execute('PRAGMA wal_checkpoint(FULL)').fetchone()

    def rekey(self, password: str) -> None:
        self.script(f"PRAGMA rekey='{quote_key(password)}';")


class UserConnection(Connection):
    """A user's main database, which remembers when it was last written to."""

    @contextmanager
    def user_write(self) -> Iterator[Any]:
        """As `write_ctx`, and `last_write_ts` moves even if nothing else did: premium sync compares it."""
        with self.write_ctx() as cursor:
            yield cursor
            cursor.execute(
                'INSERT OR REPLACE INTO settings(name, value) VALUES(?, ?)',
                ('last_write_ts', str(int(time.time()))),
            )
