"""/settings: read all, change some."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, fields

from legacy.arguments.parser import use_kwargs
from legacy.backend import backend
from legacy.guards import require_login
from legacy.settings.schema import SettingsSchema
from legacy.settings.store import write_settings
from legacy.wire import ok


class SettingsChange(Schema):
    settings = fields.Nested(SettingsSchema, required=True)


class Settings(MethodView):
    @require_login
    def get(self) -> Response:
        return ok(backend().session.settings())

    @require_login
    @use_kwargs(SettingsChange, 'json')
    def put(self, settings: dict[str, Any]) -> Response:
        write_settings(backend().session.db, settings)
        backend().session.cache_settings()
        return ok(backend().session.settings())
