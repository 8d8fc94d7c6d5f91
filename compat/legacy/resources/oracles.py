"""/oracles/{oracle}/cache: which pairs have prices of an oracle, and from when to when."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import fields, validate

from legacy.arguments.parser import use_kwargs
from legacy.arguments.schemas import AsyncQuery
from legacy.backend import backend
from legacy.guards import require_login
from legacy.resources.base import answer

LETTER_OF = {'manual': 'A', 'coingecko': 'B', 'cryptocompare': 'C', 'manual current': 'E', 'defillama': 'F'}


class Oracle(AsyncQuery):
    oracle = fields.String(required=True, validate=validate.OneOf(tuple(LETTER_OF)))


class OracleCache(MethodView):
    @require_login
    @use_kwargs(Oracle, 'json_or_query_and_view_args')
    def get(self, async_query: bool, oracle: str) -> Response:
        return answer(lambda: cached(LETTER_OF[oracle]), async_query)


def cached(letter: str) -> list[dict[str, Any]]:
    with backend().global_db.read_ctx() as cursor:
        rows = cursor.execute(
            'SELECT from_asset, to_asset, MIN(timestamp), MAX(timestamp) FROM price_history'
            ' WHERE source_type=? GROUP BY from_asset, to_asset ORDER BY from_asset, to_asset',
            (letter,),
        ).fetchall()
    keys = ('from_asset', 'to_asset', 'from_timestamp', 'to_timestamp')
    return [dict(zip(keys, row, strict=True)) for row in rows]
