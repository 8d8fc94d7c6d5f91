"""compat/legacy: who is logged in, and when the user's files are worked on. Of the caches it holds the settings alone: all
else that it reads, it reads from its databases.
"""

from types import ModuleType
from typing import TYPE_CHECKING, Any

from cutover_compat.guard import replace
from cutover_compat.hooks.at_work import at_work
from cutover_compat.hooks.rotki_backend import Seen, announcing
from cutover_compat.hooks.rotki_caches import add
from cutover_compat.hooks.rotki_session import remember
from cutover_compat.parts import SESSION
from cutover_compat.shape import parameters

if TYPE_CHECKING:
    from cutover_compat.importing import Finder
    from cutover_compat.package import Keys, Package

MODULE = 'legacy.session'
OTHER_CACHES = ('assets', 'current_prices', 'accounting_status', 'accounts')


def register(finder: 'Finder', package: 'Package') -> None:
    finder.add(MODULE, lambda module: change(module, package))


def user_of(session: Any) -> tuple[str, str] | None:
    return None if session.user is None else (session.user, session.password)


def change(module: ModuleType, package: 'Package') -> None:
    package.backend = 'legacy'
    package.start()
    for cache in OTHER_CACHES:
        add(package, cache, lambda _: None)
    package.parts.need(SESSION, MODULE)
    parameters(module, 'Session.__init__', 'self', 'data_dir', 'global_db', 'messages')
    parameters(module, 'Session._start', 'self', 'name', 'password', 'when_open', 'resume_from_backup')
    parameters(module, 'Session.logout', 'self')
    parameters(module, 'Session.change_password', 'self', 'name', 'current', 'new')
    parameters(module, 'Session.backup', 'self')
    parameters(module, 'Session.cache_settings', 'self')

    def logged_in(session: Any, _: Any) -> None:
        package.say_session('login', lambda: user_of(session))

    def logged_out(session: Any, _: Any) -> None:
        package.say_session('logout', lambda: user_of(session))

    def changed(session: Any, _: Any) -> None:
        package.say_session('password', lambda: user_of(session))

    def cached(seen: Seen) -> None:
        def settings(_: 'Keys') -> None:
            session = seen()
            if session is not None and session.user is not None:
                session.cache_settings()

        add(package, 'settings', settings)

    package.when_made.append(lambda seen: remember(package, seen, user_of))
    package.when_made.append(cached)
    replace(module.Session, '__init__', lambda original: announcing(package, original))
    replace(module.Session, '_start', at_work(package, logged_in))
    replace(module.Session, 'logout', at_work(package, logged_out))
    replace(module.Session, 'change_password', at_work(package, changed))
    replace(module.Session, 'backup', at_work(package))
    package.parts.place(SESSION, MODULE)
