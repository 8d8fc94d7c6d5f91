"""/assets/ignored. The list is a set: its order differs from process to process."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, fields

from legacy.arguments.fields import AssetField
from legacy.arguments.parser import use_kwargs
from legacy.backend import backend
from legacy.guards import require_login
from legacy.wire import ok


class Assets(Schema):
    assets = fields.List(AssetField(), required=True)


def ignored_assets(cursor: Any) -> set[str]:
    return {row[0] for row in cursor.execute("SELECT value FROM multisettings WHERE name='ignored_asset'")}


def outcome(changed: set[str], unchanged: set[str]) -> Response:
    return ok({'successful': list(changed), 'no_action': list(unchanged)})


class IgnoredAssets(MethodView):
    @require_login
    def get(self) -> Response:
        with backend().session.db.read_ctx() as cursor:
            return ok(list(ignored_assets(cursor)))

    @require_login
    @use_kwargs(Assets, 'json')
    def put(self, assets: list[str]) -> Response:
        """Moves `last_write_ts` even if there is nothing to do."""
        with backend().session.db.user_write() as cursor:
            before = ignored_assets(cursor)
            added = set(assets) - before
            for asset in added:
                cursor.execute("INSERT INTO multisettings(name, value) VALUES('ignored_asset', ?)", (asset,))
                cursor.execute('UPDATE history_events SET ignored=1 WHERE asset=?', (asset,))
        return outcome(added, set(assets) & before)

    @require_login
    @use_kwargs(Assets, 'json')
    def delete(self, assets: list[str]) -> Response:
        with backend().session.db.user_write() as cursor:
            before = ignored_assets(cursor)
            removed = set(assets) & before
            for asset in removed:
                cursor.execute("DELETE FROM multisettings WHERE name='ignored_asset' AND value=?", (asset,))
                cursor.execute('UPDATE history_events SET ignored=0 WHERE asset=?', (asset,))
        return outcome(removed, set(assets) - before)
