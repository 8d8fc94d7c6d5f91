"""webargs with the backend's own locations and its second JSON style for refusals."""

import json
from typing import Any, NoReturn

import marshmallow
from flask import Request, Response, abort, request
from flask.json import jsonify
from webargs.core import missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest


def first_values(req: Request) -> dict[str, str]:
    """Of a repeated key in the query the first one counts."""
    return req.args.to_dict()


class Parser(FlaskParser):
    """Unknown fields are refused wherever they come from."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {}

    def handle_error(self, error: marshmallow.ValidationError, *_args: Any, **_kwargs: Any) -> NoReturn:
        """JSON inside JSON: the message is the error dict in the normal style, without the location level."""
        messages = error.messages
        if isinstance(messages, dict) and len(messages) == 1:
            messages = next(iter(messages.values()))
        response: Response = jsonify(result=None, message=json.dumps(messages))
        response.status_code = 400
        abort(response)


parser = Parser()


@parser.location_loader('json_and_query')
def load_json_or_query(req: Request, schema: marshmallow.Schema) -> Any:
    """Never merged: a request with a JSON body is read from its body only."""
    return parser.load_json(req, schema) if req.is_json else first_values(req)


@parser.location_loader('json_or_query_and_view_args')
def load_json_or_query_and_view_args(req: Request, schema: marshmallow.Schema) -> Any:
    return {**load_json_or_query(req, schema), **(req.view_args or {})}


@parser.location_loader('json_and_view_args')
def load_json_and_view_args(req: Request, schema: marshmallow.Schema) -> Any:
    """The URL wins over the body. A body that is no object fails here, as a 500."""
    data = parser.load_json(req, schema)
    data = {} if data is missing else data
    for name, value in (req.view_args or {}).items():
        data[name] = value
    return data


def use_kwargs(schema: type[marshmallow.Schema] | marshmallow.Schema, location: str) -> Any:
    return parser.use_kwargs(schema, location=location)


def decode_body_first() -> None:
    """Before routing: a body that claims to be JSON has to be JSON, also on GET and on unknown paths.

    Strictly UTF-8. `get_json` alone would guess other encodings and skip a byte order mark.
    """
    if request.is_json:
        try:
            json.loads(request.get_data().decode())
        except ValueError as e:
            raise BadRequest from e
