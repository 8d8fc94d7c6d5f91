"""/assets/evm/spam/ - registered with the slash, so without it Flask answers 308."""

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, fields

from legacy.arguments.fields import AssetField
from legacy.arguments.parser import use_kwargs
from legacy.backend import backend
from legacy.guards import require_login
from legacy.wire import ok

SPAM = 'spam'


class SpamTokens(Schema):
    tokens = fields.List(AssetField(), required=True)


class SpamToken(Schema):
    token = AssetField(required=True)


def mark(token: str, protocol: str | None) -> None:
    """Global first, then the user's list of ignored assets: two transactions, no common one."""
    with backend().global_db.write_ctx() as cursor:
        cursor.execute('UPDATE evm_tokens SET protocol=? WHERE identifier=?', (protocol, token))
    with backend().session.db.user_write() as cursor:
        if protocol == SPAM:
            cursor.execute("INSERT OR IGNORE INTO multisettings(name, value) VALUES('ignored_asset', ?)", (token,))
        else:
            cursor.execute("DELETE FROM multisettings WHERE name='ignored_asset' AND value=?", (token,))


class Spam(MethodView):
    @require_login
    @use_kwargs(SpamTokens, 'json')
    def post(self, tokens: list[str]) -> Response:
        for token in tokens:
            mark(token, SPAM)
        return ok(True)

    @require_login
    @use_kwargs(SpamToken, 'json')
    def delete(self, token: str) -> Response:
        mark(token, None)
        return ok(True)
