"""What goes wrong here is said once, and the backend goes on as it would without this package.

`logging` is imported late: it makes a lock, and the backend patches locks first.
"""

_said: set[str] = set()


def _logger():
    import logging

    return logging.getLogger('cutover_compat')


def info(text: str) -> None:
    _logger().info(text)


def warn(text: str) -> None:
    _logger().warning(text)


def once(key: str, text: str, error: BaseException | None = None) -> None:
    """Says it the first time. A traceback goes along for what nobody expected; never what a request or message held."""
    if key in _said:
        return
    _said.add(key)
    trace = None if error is None else (type(error), error, error.__traceback__)
    _logger().warning(text, exc_info=trace)


def again(key: str) -> None:
    """What has got better may be said anew when it gets worse."""
    _said.discard(key)
