"""`BEGIN IMMEDIATE` in place of `BEGIN`.

A deferred transaction that reads first fails at its first write if somebody else has committed in between, at once and
without a wait. One that takes SQLite's lock at the beginning waits for it there, as long as for any lock.

The wait is a greenlet's. SQLite's own stops the whole process and looks for the lock in pauses of up to 100 ms, in which
a bridge that writes without a break is seldom caught. And it does not wait at all while a statement of the same
connection is open, as that of another greenlet may be which waits between two rows; only this process can end that.

Where the lock can not be had all the same (another process keeps it for longer than SQLite waits, a file that may only be
read), the original statement runs, and what it comes to is the original's.
"""

import time
from collections.abc import Callable
from typing import Any

import gevent

from cutover_compat import log

DEFERRED, IMMEDIATE = 'BEGIN TRANSACTION', 'BEGIN IMMEDIATE TRANSACTION'
# As long as SQLite waits by default.
PATIENCE_SECONDS = 5.0
PAUSE_SECONDS = 0.001


def begin(execute: Callable[[str], Any]) -> Any:
    """`execute` runs a statement and returns its cursor."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return begin_now(execute)
        except Exception as e:  # noqa: BLE001
            if 'locked' not in str(e) or time.monotonic() >= until:
                log.once('immediate', f'cutover: no lock at the beginning of a transaction, it begins as before: {e}')
                return execute(DEFERRED)
        gevent.sleep(PAUSE_SECONDS)


def begin_now(execute: Callable[[str], Any]) -> Any:
    """Nothing else of this process runs before SQLite waits again as it did."""
    usual = execute('PRAGMA busy_timeout').fetchall()[0][0]
    execute('PRAGMA busy_timeout=0').fetchall()
    try:
        return execute(IMMEDIATE)
    finally:
        execute(f'PRAGMA busy_timeout={usual}').fetchall()
