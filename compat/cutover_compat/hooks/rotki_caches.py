"""rotki: what it holds in memory of its databases, dropped or read anew when the bridge has changed them.

The accounts of each chain are none of these: balances, token detection and decoders are derived from them at login, and
to exchange them under a running query is not safe.
"""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

from cutover_compat.hooks.rotki_backend import MODULE, Seen
from cutover_compat.parts import CACHES
from cutover_compat.shape import find, parameters, says

if TYPE_CHECKING:
    from cutover_compat.importing import Finder
    from cutover_compat.package import Keys, Package

RESOLVER = 'rotkehlchen.assets.resolver'
INQUIRER = 'rotkehlchen.inquirer'


def register(finder: 'Finder', package: 'Package') -> None:
    finder.add(RESOLVER, lambda module: add(package, 'assets', assets(module)))
    finder.add(INQUIRER, lambda module: add(package, 'current_prices', current_prices(module)))
    finder.add(MODULE, lambda module: change(module, package))


def add(package: 'Package', name: str, drop: Callable[['Keys'], None]) -> None:
    package.caches[name] = drop
    package.parts.place(CACHES, name)


def assets(module: ModuleType) -> Callable[['Keys'], None]:
    """The last assets and their types, by identifier in lower case."""
    parameters(module, 'AssetResolver.clean_memory_cache', 'identifier')
    find(module, 'AssetResolver.assets_cache')
    find(module, 'AssetResolver.types_cache')
    resolver = module.AssetResolver

    def drop(keys: 'Keys') -> None:
        if resolver._AssetResolver__instance is None:
            return  # it holds nothing yet
        for key in [None] if keys is None else keys:
            resolver.clean_memory_cache(key)

    find(module, 'AssetResolver._AssetResolver__instance')
    return drop


def current_prices(module: ModuleType) -> Callable[['Keys'], None]:
    """Prices of the last minutes, by pairs of assets. A key is an asset's identifier."""
    parameters(module, 'Inquirer.remove_cache_prices_for_asset', 'assets_to_invalidate')
    says(module, 'Inquirer.__new__', '_cached_current_price')
    inquirer = module.Inquirer

    def drop(keys: 'Keys') -> None:
        cache = getattr(inquirer, '_cached_current_price', None)
        if cache is None:
            return
        if keys is None:
            cache.clear()
            return
        for pair in list(cache.cache):
            if any(asset.identifier in keys for asset in pair):
                cache.remove(pair)

    return drop


def change(module: ModuleType, package: 'Package') -> None:
    """What hangs on the one object of the process."""
    parameters(module, 'Rotkehlchen.get_settings', 'self', 'cursor')
    find(module, 'CachedSettings.update_entry')
    find(module, 'CachedSettings.get_settings')
    package.when_made.append(lambda seen: place(package, module, seen))


def place(package: 'Package', module: ModuleType, seen: Seen) -> None:
    def settings(_: 'Keys') -> None:
        """Read anew, field by field: what is kept beside the fields stays."""
        alive = seen()
        if alive is None or not alive.user_is_logged_in:
            return
        with alive.data.db.conn.read_ctx() as cursor:
            fresh = alive.get_settings(cursor)
        cached = module.CachedSettings()
        for name, value in vars(fresh).items():
            cached.update_entry(name, value)

    def accounting_status(keys: 'Keys') -> None:
        """By the identifier of the event."""
        accountant = getattr(seen(), 'accountant', None)
        if accountant is None:
            return
        if keys is None:
            accountant.processable_events_cache.clear()
            accountant.processable_events_cache_signatures.clear()
            return
        for key in keys:
            accountant.processable_events_cache.remove(int(key))

    add(package, 'settings', settings)
    add(package, 'accounting_status', accounting_status)
