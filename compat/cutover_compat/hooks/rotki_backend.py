"""rotki: the one object of the process, and the moment to connect."""

import weakref
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cutover_compat.guard import guarded, replace
from cutover_compat.shape import parameters

if TYPE_CHECKING:
    from cutover_compat.importing import Finder
    from cutover_compat.package import Package

MODULE = 'rotkehlchen.rotkehlchen'
Seen = Callable[[], Any]


def register(finder: 'Finder', package: 'Package') -> None:
    finder.add(MODULE, lambda module: change(module, package))


def change(module: ModuleType, package: 'Package') -> None:
    package.backend = ' '.join(['rotki', *version()])
    package.start()
    parameters(module, 'Rotkehlchen.__init__', 'self', 'args')
    replace(module.Rotkehlchen, '__init__', lambda original: announcing(package, original))


def announcing(package: 'Package', original: Callable[..., None]) -> Callable[..., None]:
    """A constructor whose objects are made known. Who hears of one keeps no hold on it."""

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        for heard in package.when_made:
            guarded('looking at the backend', heard, weakref.ref(self))

    return init


def version() -> list[str]:
    """None where it runs from a checkout. rotki itself would complain of that in its log."""
    from importlib import metadata

    try:
        return [metadata.version('rotkehlchen')]
    except metadata.PackageNotFoundError:
        return []
