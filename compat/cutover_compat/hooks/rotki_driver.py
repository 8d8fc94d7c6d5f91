"""rotki: `BEGIN` becomes `BEGIN IMMEDIATE` where a write begins.

A connection to an encrypted file that has no key yet can not lock it; its first transaction is the one that brings the
key, and stays as it was.
"""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cutover_compat.guard import replace
from cutover_compat.hooks import checkpoints
from cutover_compat.hooks.immediate import DEFERRED, begin
from cutover_compat.parts import TRANSACTIONS
from cutover_compat.shape import find, parameters, says

if TYPE_CHECKING:
    from cutover_compat.importing import Finder
    from cutover_compat.package import Package

MODULE = 'rotkehlchen.db.drivers.gevent'
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
            if statement == DEFERRED:
                connection = self.connection
                if connection.connection_type is plain or getattr(connection, KEYED, False):
                    checkpoints.adjust(package.leases, connection, lambda statement: original(self, statement))
                    if parts.on(TRANSACTIONS):
                        return begin(lambda statement: original(self, statement))
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
    package.leases.hooked.add(checkpoints.TASK)
    parts.place(TRANSACTIONS, MODULE)
