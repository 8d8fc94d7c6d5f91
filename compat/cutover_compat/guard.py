"""Hooks around functions of the backend: the original runs whatever becomes of ours, and runs once."""

import functools
from collections.abc import Callable
from typing import Any

from cutover_compat import log


def guarded(key: str, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Does something of ours; gives None if it failed. What ends a greenlet passes."""
    try:
        return act(*args, **kwargs)
    except Exception as e:  # noqa: BLE001
        log.once(key, f'cutover: {key} failed, the backend does without: {e!r}', e)
        return None


def replace(owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Puts a function in the place of a method. The original is kept beside it, and is not wrapped twice."""
    original = owner.__dict__[name]
    if getattr(original, 'cutover_original', None) is not None:
        return
    replacement = functools.wraps(original)(make(original))
    replacement.cutover_original = original  # type: ignore[attr-defined]
    setattr(owner, name, replacement)
