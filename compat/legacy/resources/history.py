"""/history/events: a page of events, adding one, and removing some."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, fields

from legacy.arguments.fields import DelimitedList
from legacy.arguments.parser import use_kwargs
from legacy.arguments.schemas import order_clause, page_clause
from legacy.backend import backend
from legacy.db.driver import DatabaseError
from legacy.errors import ApiError
from legacy.guards import require_login
from legacy.history.filter import FREE_GROUPS, Condition, condition_of, newest_groups
from legacy.history.rows import COLUMNS, EventRow, entry_of
from legacy.history.model import EntryType
from legacy.history.schema import EventsFilter, NewEvent
from legacy.locations import CHAR_OF
from legacy.wire import ok

DEFAULT_ORDER = 'timestamp DESC, sequence_index'
PROCESSED = 'processed'
NOT_PROCESSED = 'not processed'


class EventIds(Schema):
    identifiers = DelimitedList(fields.Integer(), required=True)
    force_delete = fields.Boolean(load_default=False)


ADDED = (
    'entry_type', 'event_identifier', 'sequence_index', 'timestamp', 'location', 'location_label', 'asset', 'amount',
    'notes', 'type', 'subtype',
)


class HistoryEvents(MethodView):
    @require_login
    @use_kwargs(EventsFilter, 'json')
    def post(self, **query: Any) -> Response:
        if query['location'] is not None:
            query['location'] = CHAR_OF[query['location']]
        grouped = query['group_by_event_ids']
        condition = condition_of(query)
        order = order_clause(query['order_by_attributes'], query['ascending'], DEFAULT_ORDER)
        premium = backend().session.premium_groups
        limit = FREE_GROUPS if premium is None else premium
        seen = newest_groups(limit)
        entries = page_of(condition, seen, grouped, order, *page_clause(query['limit'], query['offset']))
        found_total = count(condition.sql, condition.bindings, grouped)
        found = found_total
        if found_total > limit:
            found = count(f'{condition.sql} AND {seen}', condition.bindings, grouped)
        return ok({
            'entries': entries,
            'entries_found': found,
            'entries_limit': limit,
            'entries_total': count('1', [], grouped),
            **({'entries_found_total': found_total} if premium is None else {}),
        })

    @require_login
    @use_kwargs(NewEvent, 'json')
    def put(self, **event: Any) -> Response:
        """What a user adds counts as customized. One that is there already is found by the insert, and committed."""
        identifier = None
        try:
            with backend().session.db.user_write() as cursor:
                cursor.execute(
                    f'INSERT OR IGNORE INTO history_events({", ".join(ADDED)}) VALUES({", ".join("?" * len(ADDED))})',
                    row_of(event),
                )
                if cursor.rowcount > 0:
                    identifier = cursor.lastrowid
                    cursor.execute(
                        "UPDATE history_events SET ignored=EXISTS (SELECT 1 FROM multisettings WHERE "
                        "name='ignored_asset' AND value=?) WHERE identifier=?",
                        (event['asset'], identifier),
                    )
                    cursor.execute(
                        "INSERT OR IGNORE INTO history_events_mappings(parent_identifier, name, value) VALUES(?, 'state', 1)",
                        (identifier,),
                    )
        except (*DatabaseError, OverflowError) as e:
            raise ApiError(409, f'Failed to add event to the DB due to a DB error: {e}') from e
        if identifier is None:
            raise ApiError(409, 'Failed to add event to the DB. It already exists')
        return ok({'identifier': identifier})

    @require_login
    @use_kwargs(EventIds, 'json')
    def delete(self, identifiers: list[int], force_delete: bool) -> Response:
        """One transaction each: those before a missing one stay deleted, and `last_write_ts` moves for it too.

        `force_delete` is about the last event of a transaction on a chain, which nothing here decodes.
        """
        for identifier in identifiers:
            with backend().session.db.user_write() as cursor:
                deleted = cursor.execute('DELETE FROM history_events WHERE identifier=?', (identifier,)).rowcount
            if deleted < 1:
                raise ApiError(409, f'Tried to remove history event with id {identifier} which does not exist')
        return ok(True)


def row_of(event: dict[str, Any]) -> tuple[Any, ...]:
    kinds = {'entry_type': EntryType.HISTORY_EVENT.value, 'type': event['event_type'], 'subtype': event['event_subtype']}
    row = {**event, **kinds, 'location': CHAR_OF[event['location']], 'notes': event['user_notes']}
    return tuple(row[column] for column in ADDED)


def page_of(
    condition: Condition, seen: str, grouped: bool, order: str, page: str, page_bindings: list[int],
) -> list[dict[str, Any]]:
    """Grouped, the first matching event of each group stands for it."""
    extra = ', COUNT(*), MIN(sequence_index)' if grouped else ''
    group = ' GROUP BY event_identifier' if grouped else ''
    session = backend().session
    with session.db.read_ctx() as cursor:
        rows = cursor.execute(
            f'SELECT {COLUMNS}{extra} FROM history_events WHERE {condition.sql} AND {seen}{group} {order}{page}',
            [*condition.bindings, *page_bindings],
        ).fetchall()
        customized = {
            row[0] for row in cursor.execute(
                "SELECT parent_identifier FROM history_events_mappings WHERE name='state' AND value=1",
            )
        }
        ignored = {row[0] for row in cursor.execute('SELECT identifier FROM ignored_actions')}
        rules = {tuple(row) for row in cursor.execute("SELECT type, subtype FROM accounting_rules WHERE counterparty='NONE'")}
    width = len(EventRow._fields)
    symbols = symbols_of({row[EventRow._fields.index('asset')] for row in rows})
    entries = []
    for row in rows:
        event = EventRow(*row[:width])
        entry: dict[str, Any] = {'entry': entry_of(event, symbols.get(event.asset, event.asset))}
        if event.event_identifier in ignored:
            entry['ignored_in_accounting'] = True
        if event.identifier in customized:
            entry['customized'] = True
        if grouped:
            entry['grouped_events_num'] = row[width]
        entry['event_accounting_rule_status'] = PROCESSED if (event.type, event.subtype) in rules else NOT_PROCESSED
        entries.append(entry)
    return entries


def symbols_of(assets: set[str]) -> dict[str, str]:
    with backend().global_db.read_ctx() as cursor:
        return dict(cursor.execute(
            f'SELECT identifier, symbol FROM common_asset_details WHERE identifier IN ({", ".join("?" * len(assets))})',
            list(assets),
        ).fetchall())


def count(condition: str, bindings: list[Any], grouped: bool) -> int:
    what = 'COUNT(DISTINCT event_identifier)' if grouped else 'COUNT(*)'
    with backend().session.db.read_ctx() as cursor:
        return cursor.execute(f'SELECT {what} FROM history_events WHERE {condition}', bindings).fetchone()[0]
