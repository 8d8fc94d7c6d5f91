"""Who copies the log back into a database: by default each process after its own commits, and the bridge alone while it has
a lease of that. Two that do it at once can wake an old error of SQLite's (fixed in 3.51.3), which the backend may carry.

It is looked at where a write begins, so a backend whose bridge is gone copies again with its next write.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cutover_compat.guard import guarded

if TYPE_CHECKING:
    from cutover_compat.leases import Leases

TASK = 'checkpoints'
USUAL, NOW = 'cutover_autocheckpoint', 'cutover_autocheckpoint_now'
Execute = Callable[[str], Any]


def adjust(leases: 'Leases', connection: Any, execute: Execute) -> None:
    """`execute` runs a statement on that connection and returns its cursor."""
    guarded('looking who empties a log', set_pages, leases, connection, execute)


def set_pages(leases: 'Leases', connection: Any, execute: Execute) -> None:
    leased = leases.holds(TASK)
    usual = getattr(connection, USUAL, None)
    if usual is None:
        if not leased:
            return
        usual = execute('PRAGMA wal_autocheckpoint').fetchall()[0][0]
        setattr(connection, USUAL, usual)
    wanted = 0 if leased else usual
    if getattr(connection, NOW, usual) != wanted:
        execute(f'PRAGMA wal_autocheckpoint={wanted}').fetchall()
        setattr(connection, NOW, wanted)
