"""/balances and /balances/manual: manually tracked balances with their value in USD, and what they come to."""

from decimal import Decimal
from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import fields

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


class AllQuery(AsyncQuery):
    save_data = fields.Boolean(load_default=False)
    ignore_errors = fields.Boolean(load_default=False)
    ignore_cache = fields.Boolean(load_default=False)


class AllBalances(MethodView):
    @require_login
    @use_kwargs(AllQuery, 'json_and_query')
    def get(self, async_query: bool, **_how: bool) -> Response:
        """There are no others than the manual ones. Background tasks may run from the first time that this is asked for."""
        return answer(all_balances, async_query)


def all_balances() -> dict[str, Any]:
    sides: dict[str, dict[str, list[Decimal]]] = {'asset': {}, 'liability': {}}
    places: dict[str, Decimal] = {}
    for balance in manual_balances()['balances']:
        amount, value = Decimal(balance['amount']), Decimal(balance['usd_value'])
        held = sides[balance['balance_type']].setdefault(balance['asset'], [Decimal(0), Decimal(0)])
        held[0] += amount
        held[1] += value
        if balance['balance_type'] == 'asset':
            places[balance['location']] = places.get(balance['location'], Decimal(0)) + value
    assets, liabilities = sides.values()
    net = sum((value for _, value in assets.values()), Decimal(0)) - sum((value for _, value in liabilities.values()), Decimal(0))
    backend().task_manager.should_schedule = True
    return {
        'assets': shown(assets),
        'liabilities': shown(liabilities),
        'location': {
            place: {'usd_value': format(value, 'f'), 'percentage_of_net_value': f'{value / net:.2%}' if net else '0%'}
            for place, value in places.items()
        },
        'net_usd': format(net, 'f'),
    }


def shown(held: dict[str, list[Decimal]]) -> dict[str, Any]:
    return {asset: {'amount': format(amount, 'f'), 'usd_value': format(value, 'f')} for asset, (amount, value) in held.items()}


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
