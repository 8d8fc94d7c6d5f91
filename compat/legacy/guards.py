"""Checks before a handler. Stacked outside `use_kwargs`, so they come before validation."""

from collections.abc import Callable
from functools import wraps
from typing import NoReturn, ParamSpec, TypeVar

from legacy.backend import backend
from legacy.errors import ApiError

P = ParamSpec('P')
R = TypeVar('R')


def logged_in_user() -> str:
    user = backend().session.user
    if user is None:
        raise ApiError(401, 'No user is currently logged in')
    return user


def require_login(handler: Callable[P, R]) -> Callable[P, R]:
    @wraps(handler)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        logged_in_user()
        return handler(*args, **kwargs)

    return checked


def refuse_without_premium() -> NoReturn:
    """Nobody can get premium here: it is bought from a server this backend has no way to ask."""
    raise ApiError(403, f'Currently logged in user {logged_in_user()} does not have a premium subscription')
