"""rotki: `BEGIN` becomes `BEGIN IMMEDIATE` where a write begins.

A deferred transaction that reads first fails at its first write if somebody else has committed in between, at once and
without a wait. One that takes SQLite's lock at the beginning waits for it there, as long as for any lock.

Two cases stay as they were. A connection to an encrypted file that has no key yet can not lock it; its first transaction
is the one that brings the key. And where the lock can not be had (another process keeps it for longer than SQLite waits,
a file that may only be read), the original statement runs, and what it comes to is the original's.
"""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cutover_compat import log
from cutover_compat.guard import replace
from cutover_compat.parts import TRANSACTIONS
from cutover_compat.shape import find, parameters, says

if TYPE_CHECKING:
    from cutover_compat.importing import Finder
    from cutover_compat.package import Package

MODULE = 'rotkehlchen.db.drivers.gevent'
DEFERRED, IMMEDIATE = 'BEGIN TRANSACTION', 'BEGIN IMMEDIATE TRANSACTION'
KEYED = 'cutover_keyed'


def register(finder: 'Finder', package: 'Package') -> None:
    finder.add(MODULE, lambda module: change(module, package))


def change(module: ModuleType, package: 'Package') -> None:
    package.parts.need(TRANSACTIONS, MODULE)
    parameters(module, 'DBCursor.execute', 'self', 'statement', 'bindings')
    parameters(module, 'DBCursor.executescript', 'self', 'script')
    parameters(module, 'DBCursor.__init__', 'self', 'connection', 'cursor')
    says(module, 'DBConnection.write_ctx', DEFERRED)
    find(module, 'DBConnectionType.GLOBAL')
    plain = module.DBConnectionType.GLOBAL
    parts = package.parts

    def make_execute(original: Callable[..., Any]) -> Callable[..., Any]:
        def execute(self: Any, statement: str, *bindings: Any) -> Any:
            if statement == DEFERRED and parts.on(TRANSACTIONS):
                connection = self.connection
                if connection.connection_type is plain or getattr(connection, KEYED, False):
                    try:
                        return original(self, IMMEDIATE)
                    except Exception as e:  # noqa: BLE001
                        log.once('immediate', f'cutover: no lock at the beginning of a transaction, it begins as before: {e}')
            return original(self, statement, *bindings)

        return execute

    def make_script(original: Callable[..., Any]) -> Callable[..., Any]:
        def executescript(self: Any, script: str) -> Any:
            done = original(self, script)
            if script.startswith('PRAGMA key'):
                setattr(self.connection, KEYED, True)
            return done

        return executescript

    replace(module.DBCursor, 'execute', make_execute)
    replace(module.DBCursor, 'executescript', make_script)
    parts.place(TRANSACTIONS, MODULE)
