"""Normal answers. Validation failures have another JSON style and are made in `arguments.parser`."""

import json
from typing import Any

from flask import Response


def body_of(result: Any, message: str = '') -> dict[str, Any]:
    return {'result': result, 'message': message}


def respond(body: dict[str, Any], status: int = 200) -> Response:
    """Default `json.dumps` style, no trailing newline, and a header that is literally called `mimetype`."""
    return Response(
        response=json.dumps(body),
        status=status,
        headers={'mimetype': 'application/json', 'Content-Type': 'application/json'},
    )


def ok(result: Any) -> Response:
    return respond(body_of(result))
