"""The Flask application: hooks, error handlers, routes."""

from flask import Flask
from flask.views import MethodView

from legacy import cors, errors
from legacy.arguments.parser import decode_body_first
from legacy.backend import EXTENSION, Backend
from legacy.resources import (
    balances,
    calendar,
    database,
    history,
    ignored,
    notes,
    oracles,
    premium,
    process,
    queried,
    settings,
    spam,
    tags,
    tasks,
    testing,
    users,
)

PREFIX = '/api/1'

ROUTES: tuple[tuple[str, type[MethodView]], ...] = (
    ('/ping', process.Ping),
    ('/info', process.Info),
    ('/messages', process.Messages),
    ('/periodic', process.Periodic),
    ('/assets/types', process.AssetTypes),
    ('/locations/all', process.Locations),
    ('/premium/devices', premium.PremiumDevices),
    ('/premium/sync', premium.PremiumSync),
    ('/users', users.Users),
    ('/users/<string:name>', users.User),
    ('/users/<string:name>/password', users.UserPassword),
    ('/settings', settings.Settings),
    ('/tags', tags.Tags),
    ('/assets/ignored', ignored.IgnoredAssets),
    ('/assets/evm/spam/', spam.Spam),
    ('/balances', balances.AllBalances),
    ('/balances/manual', balances.ManualBalances),
    ('/calendar', calendar.Calendar),
    ('/queried_addresses', queried.QueriedAddresses),
    ('/history/events', history.HistoryEvents),
    ('/database/info', database.DatabaseInfo),
    ('/database/backups', database.DatabaseBackups),
    ('/notes', notes.Notes),
    ('/oracles/<string:oracle>/cache', oracles.OracleCache),
    ('/tasks', tasks.Tasks),
    ('/tasks/<int:task_id>', tasks.Task),
    ('/_test/premium', testing.Premium),
    ('/_test/slow', testing.Slow),
    ('/_test/busy', testing.Busy),
    ('/_test/chunked', testing.Chunked),
    ('/_test/upload', testing.Upload),
    ('/_test/echo', testing.Echo),
    ('/_test/bytes', testing.Bytes),
    ('/_test/broadcast', testing.Broadcast),
    ('/_test/warn', testing.Warn),
    ('/_test/cached-settings', testing.CachedSettings),
    ('/_test/schedule', testing.Schedule),
    ('/_test/repeat-headers', testing.RepeatHeaders),
)


def create_app(backend: Backend, origins: str) -> Flask:
    app = Flask('legacy', static_folder=None)
    app.extensions[EXTENSION] = backend
    app.before_request(decode_body_first)
    errors.register(app)
    cors.register(app, origins)
    for path, resource in ROUTES:
        app.add_url_rule(PREFIX + path, view_func=resource.as_view(path))
    return app
