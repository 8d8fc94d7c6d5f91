"""/users: list, create, login, logout, change of password."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from legacy.arguments.fields import NonEmptyString
from legacy.arguments.parser import use_kwargs
from legacy.arguments.schemas import AsyncQuery
from legacy.backend import backend
from legacy.errors import ApiError
from legacy.guards import require_login
from legacy.resources.base import answer
from legacy.settings.schema import SettingsSchema
from legacy.wire import ok


class NewUser(AsyncQuery):
    name = fields.String(required=True)
    password = NonEmptyString(required=True)
    premium_api_key = fields.String(load_default='')
    premium_api_secret = fields.String(load_default='')
    sync_database = fields.Boolean(load_default=True)
    initial_settings = fields.Nested(SettingsSchema, load_default=None)


class Login(AsyncQuery):
    name = fields.String(required=True)
    password = NonEmptyString(required=True)
    sync_approval = fields.String(load_default='unknown', validate=validate.OneOf(('unknown', 'yes', 'no')))
    resume_from_backup = fields.Boolean(load_default=False)


class UserAction(Schema):
    name = fields.String(required=True)
    action = fields.String(load_default=None, validate=validate.Equal('logout'))
    premium_api_key = fields.String(load_default='')
    premium_api_secret = fields.String(load_default='')

    @validates_schema
    def action_or_keys(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if data['action'] is None and not (data['premium_api_key'] and data['premium_api_secret']):
            raise ValidationError('Without an action premium api key and secret must be provided')


class PasswordChange(Schema):
    name = fields.String(required=True)
    current_password = NonEmptyString(required=True)
    new_password = NonEmptyString(required=True)


class Users(MethodView):
    def get(self) -> Response:
        return ok(backend().session.users())

    @use_kwargs(NewUser, 'json')
    def put(
        self,
        name: str,
        password: str,
        premium_api_key: str,
        premium_api_secret: str,
        sync_database: bool,
        initial_settings: dict[str, Any] | None,
        async_query: bool,
    ) -> Response:
        """`sync_database` only matters with premium, which nobody can get here."""
        if bool(premium_api_key) != bool(premium_api_secret):
            raise ApiError(400, 'Must provide both or neither of api key/secret')
        if premium_api_key:
            raise ApiError(401, 'The premium server can not be reached to verify the given API key')
        session = backend().session
        with session.login_lock:
            return answer(lambda: session.create(name, password, initial_settings), async_query)


class User(MethodView):
    @use_kwargs(Login, 'json_and_view_args')
    def post(
        self,
        name: str,
        password: str,
        sync_approval: str,
        resume_from_backup: bool,
        async_query: bool,
    ) -> Response:
        """`sync_approval` only matters with premium, which nobody can get here."""
        session = backend().session
        with session.login_lock:
            return answer(lambda: session.login(name, password, resume_from_backup), async_query)

    @require_login
    @use_kwargs(UserAction, 'json_and_view_args')
    def patch(self, name: str, action: str | None, premium_api_key: str, premium_api_secret: str) -> Response:
        if name != backend().session.user:
            raise ApiError(409, f'Provided user {name} is not the logged in user')
        if action is None:
            raise ApiError(401, 'The premium server can not be reached to verify the given API key')
        backend().logout()
        return ok(True)


class UserPassword(MethodView):
    @require_login
    @use_kwargs(PasswordChange, 'json')
    def patch(self, name: str, current_password: str, new_password: str) -> Response:
        """`name` comes from the body; the one in the URL is ignored."""
        backend().session.change_password(name, current_password, new_password)
        return ok(True)
