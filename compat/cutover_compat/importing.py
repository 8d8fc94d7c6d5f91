"""Waits for modules to be imported, and changes them once they are.

A finder at the head of `sys.meta_path` has the others find the module, and puts itself between its loader and the
import system. The module gets its own loader back before its code runs.
"""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from cutover_compat import log
from cutover_compat.shape import UnknownShape

Hook = Callable[[ModuleType], None]


class Patching(importlib.abc.Loader):
    """Runs a module with its own loader, then the hooks."""

    def __init__(self, loader: Any, after: Hook) -> None:
        self.loader = loader
        self.after = after

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self.loader
        module.__loader__ = self.loader
        self.loader.exec_module(module)
        self.after(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)


class Finder(importlib.abc.MetaPathFinder):
    def __init__(self) -> None:
        self.hooks: dict[str, list[Hook]] = {}

    def add(self, name: str, hook: Hook) -> None:
        """The hook runs at the end of the module's import; at once if that is over."""
        self.hooks.setdefault(name, []).append(hook)
        if name in sys.modules:
            attempt(hook, sys.modules[name])

    def install(self) -> None:
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def remove(self) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self.hooks:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, 'find_spec'):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                if hasattr(spec.loader, 'exec_module'):
                    spec.loader = Patching(spec.loader, self.after)
                return spec
        return None

    def after(self, module: ModuleType) -> None:
        for hook in self.hooks.get(module.__name__, ()):
            attempt(hook, module)


def attempt(hook: Callable[..., None], module: ModuleType, *args: Any) -> None:
    """A module that can not be changed stays as it is, and its import goes well."""
    try:
        hook(module, *args)
    except UnknownShape as e:
        log.warn(f'cutover: not the shape that is known, left alone: {e}')
    except Exception as e:  # noqa: BLE001
        log.once(f'hook {module.__name__}', f'cutover: {module.__name__} could not be changed, and is left alone: {e!r}', e)
