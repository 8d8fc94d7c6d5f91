"""/balances/manual: manually tracked balances with their value in USD."""

from decimal import Decimal
from typing import Any

from flask import Response
from flask.views import MethodView

from legacy.arguments.parser import use_kwargs
from legacy.arguments.schemas import AsyncQuery
from legacy.backend import backend
from legacy.guards import require_login
from legacy.locations import NAME_OF
from legacy.messages import MessageType
from legacy.resources.base import answer

BALANCE_TYPES = {'A': 'asset', 'B': 'liability'}


class ManualBalances(MethodView):
    @require_login
    @use_kwargs(AsyncQuery, 'json_and_query')
    def get(self, async_query: bool) -> Response:
        return answer(manual_balances, async_query)


def manual_balances() -> dict[str, Any]:
    """In the order of the labels. Every valued row is announced, as slow price queries are."""
    with backend().session.db.read_ctx() as cursor:
        rows = cursor.execute(
            'SELECT id, asset, label, amount, location, category FROM manually_tracked_balances ORDER BY label',
        ).fetchall()
        tags: dict[str, list[str]] = {}
        for reference, name in cursor.execute('SELECT object_reference, tag_name FROM tag_mappings'):
            tags.setdefault(reference, []).append(name)
    balances = []
    for processed, (identifier, asset, label, amount, location, category) in enumerate(rows, start=1):
        balances.append({
            'identifier': identifier,
            'asset': asset,
            'label': label,
            'amount': amount,
            'location': NAME_OF[location],
            'tags': tags.get(str(identifier)),
            'balance_type': BALANCE_TYPES[category],
            'usd_value': format(Decimal(amount) * usd_price(asset), 'f'),
        })
        backend().messages.add_message(
            MessageType.PROGRESS_UPDATES,
            {'subtype': 'multiple_prices_query_status', 'total': len(rows), 'processed': processed},
        )
    return {'balances': balances}


def usd_price(asset: str) -> Decimal:
    """The newest one in global.db; without one an asset is worth nothing."""
    if asset == 'USD':
        return Decimal(1)
    with backend().global_db.read_ctx() as cursor:
        row = cursor.execute(
            "SELECT price FROM price_history WHERE from_asset=? AND to_asset='USD' ORDER BY timestamp DESC LIMIT 1",
            (asset,),
        ).fetchone()
    return Decimal(0) if row is None else Decimal(row[0])
