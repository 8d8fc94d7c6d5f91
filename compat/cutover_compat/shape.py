"""Whether a module is what the hooks were written for. What is not is left alone."""

import inspect
from types import ModuleType
from typing import Any


class UnknownShape(Exception):
    """One line that says what was expected and what is there."""


def find(module: ModuleType, path: str) -> Any:
    """An attribute by its dotted path, as it is stored: functions of classes stay functions, static ones too."""
    found: Any = module
    for name in path.split('.'):
        try:
            found = inspect.getattr_static(found, name)
        except AttributeError:
            raise UnknownShape(f'{module.__name__} has no {path}') from None
    return found


def parameters(module: ModuleType, path: str, *expected: str) -> Any:
    """The function at a path, if its parameters have these names in this order, and no others."""
    function = find(module, path)
    plain = plain_function(module, path)
    found = tuple(inspect.signature(plain).parameters)
    if found != expected:
        raise UnknownShape(f'{module.__name__}.{path} takes ({", ".join(found)}), known is ({", ".join(expected)})')
    return function


def plain_function(module: ModuleType, path: str) -> Any:
    """The function itself, without what decorators put around it."""
    function = find(module, path)
    plain = inspect.unwrap(function.__func__ if isinstance(function, (staticmethod, classmethod)) else function)
    if not inspect.isfunction(plain):
        raise UnknownShape(f'{module.__name__}.{path} is no function')
    return plain


def says(module: ModuleType, path: str, *texts: str) -> None:
    """Whether a function's own code holds these texts or names."""
    code = plain_function(module, path).__code__
    for text in texts:
        if text not in code.co_consts and text not in code.co_names:
            raise UnknownShape(f'{module.__name__}.{path} has no {text!r} in it')
