"""compat/legacy: `BEGIN` becomes `BEGIN IMMEDIATE` where a write begins. Its cursors are the database's own, which can
not be changed, so a thin one stands before them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cutover_compat.guard import replace
from cutover_compat.hooks import checkpoints
from cutover_compat.hooks.immediate import DEFERRED, begin
from cutover_compat.parts import TRANSACTIONS
from cutover_compat.shape import parameters, says

if TYPE_CHECKING:
    from cutover_compat.importing import Finder
    from cutover_compat.package import Package

MODULE = 'legacy.db.driver'


def register(finder: 'Finder', package: 'Package') -> None:
    finder.add(MODULE, lambda module: change(module, package))


class Cursor:
    """A cursor that begins at once."""

    def __init__(self, cursor: Any, connection: Any, package: 'Package') -> None:
        self._cursor = cursor
        self._connection = connection
        self._package = package

    def execute(self, statement: str, *bindings: Any) -> Any:
        if statement == DEFERRED:
            checkpoints.adjust(self._package.leases, self._connection, self._cursor.execute)
            if self._package.parts.on(TRANSACTIONS):
                return begin(self._cursor.execute)
        return self._cursor.execute(statement, *bindings)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._cursor)


def change(module: ModuleType, package: 'Package') -> None:
    package.parts.need(TRANSACTIONS, MODULE)
    parameters(module, 'Connection.read_ctx', 'self')
    says(module, 'Connection.write_ctx', DEFERRED, 'read_ctx')
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        @contextmanager
        def read_ctx(self: Any) -> Iterator[Any]:
            with original(self) as cursor:
                yield Cursor(cursor, self, package)

        return read_ctx

    replace(module.Connection, 'read_ctx', make)
    package.leases.hooked.add(checkpoints.TASK)
    package.parts.place(TRANSACTIONS, MODULE)
