"""What resources have in common."""

from collections.abc import Callable
from typing import Any

from flask import Response, current_app

from legacy.backend import backend
from legacy.wire import ok


def answer(work: Callable[[], Any], async_query: bool = False) -> Response:
    """Run the work now, or as a task whose id is the answer. Tasks get the app's context, not the request's."""
    if not async_query:
        return ok(work())
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def in_context() -> Any:
        with app.app_context():
            return work()

    return ok({'task_id': backend().tasks.spawn(in_context)})
