"""What is changed in which module of which backend."""

from typing import TYPE_CHECKING

from cutover_compat.hooks import (
    legacy_driver,
    legacy_notifier,
    legacy_session,
    legacy_tasks,
    rotki_backend,
    rotki_caches,
    rotki_driver,
    rotki_notifier,
    rotki_session,
    rotki_tasks,
)
from cutover_compat.parts import CACHES, NOTIFIER, SESSION, TASKS, TRANSACTIONS

if TYPE_CHECKING:
    from cutover_compat.importing import Finder
    from cutover_compat.package import Package

WHAT = {
    NOTIFIER: "the backend's websocket messages go to the bridge",
    SESSION: 'the bridge is told of logins, logouts, passwords and files at work',
    CACHES: 'what the bridge changes in the databases is dropped from memory',
    TRANSACTIONS: 'write transactions take their lock at the beginning',
    TASKS: 'background tasks that the bridge has a lease of are left to it',
}


def register(finder: 'Finder', package: 'Package') -> None:
    for hook in (
        rotki_backend,
        rotki_notifier,
        rotki_driver,
        rotki_session,
        rotki_caches,
        rotki_tasks,
        legacy_notifier,
        legacy_driver,
        legacy_session,
        legacy_tasks,
    ):
        hook.register(finder, package)
