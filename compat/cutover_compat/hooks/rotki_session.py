"""rotki: the bridge is told who is logged in, and when the user's files are closed, rekeyed, copied or replaced.

The password is read from rotki's own database handler each time it is told; this package keeps none.
"""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cutover_compat.guard import replace
from cutover_compat.hooks.at_work import at_work
from cutover_compat.hooks.rotki_backend import MODULE, Seen
from cutover_compat.parts import SESSION
from cutover_compat.shape import parameters, says

if TYPE_CHECKING:
    from cutover_compat.importing import Finder
    from cutover_compat.package import Package

HANDLER = 'rotkehlchen.db.dbhandler'


def register(finder: 'Finder', package: 'Package') -> None:
    finder.add(MODULE, lambda module: change_session(module, package))
    finder.add(HANDLER, lambda module: change_handler(module, package))


def user_of(rotki: Any) -> tuple[str, str] | None:
    if not rotki.user_is_logged_in or not rotki.data.logged_in or not rotki.data.db.password:
        return None
    return rotki.data.username, rotki.data.db.password


def change_session(module: ModuleType, package: 'Package') -> None:
    package.parts.need(SESSION, MODULE)
    parameters(
        module, 'Rotkehlchen.unlock_user', 'self', 'user', 'password', 'create_new', 'sync_approval',
        'premium_credentials', 'resume_from_backup', 'initial_settings', 'sync_database',
    )
    says(module, 'Rotkehlchen.unlock_user', 'user_is_logged_in')
    parameters(module, 'Rotkehlchen.logout', 'self')

    def logged_in(rotki: Any, _: Any) -> None:
        package.say_session('login', lambda: user_of(rotki))

    def logged_out(rotki: Any, _: Any) -> None:
        package.say_session('logout', lambda: user_of(rotki))

    package.when_made.append(lambda seen: remember(package, seen, user_of))
    replace(module.Rotkehlchen, 'unlock_user', at_work(package, logged_in))
    replace(module.Rotkehlchen, 'logout', at_work(package, logged_out))
    package.parts.place(SESSION, MODULE)


def remember(package: 'Package', seen: Seen, user: Callable[[Any], tuple[str, str] | None]) -> None:
    package.logged_in = lambda: None if (alive := seen()) is None else user(alive)


def change_handler(module: ModuleType, package: 'Package') -> None:
    package.parts.need(SESSION, HANDLER)
    parameters(module, 'DBHandler.change_password', 'self', 'new_password')
    parameters(module, 'DBHandler.import_unencrypted', 'self', 'unencrypted_db_data')
    parameters(module, 'DBHandler.create_db_backup', 'self')
    says(module, 'DBHandler.__init__', 'password', 'user_data_dir')

    def changed(handler: Any, done: Any) -> None:
        # A half of it may be done when it says no; then the bridge finds out by the key that opens nothing any more.
        if done:
            package.say_session('password', lambda: (handler.user_data_dir.name, handler.password))

    replace(module.DBHandler, 'change_password', at_work(package, changed))
    replace(module.DBHandler, 'import_unencrypted', at_work(package))
    replace(module.DBHandler, 'create_db_backup', at_work(package))
    package.parts.place(SESSION, HANDLER)
