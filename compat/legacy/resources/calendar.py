"""/calendar: entries of the user's own calendar."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validates_schema

from legacy.arguments.fields import ColorField, EmptyAsNoneString, NamedField, NonEmptyString, TimestampField
from legacy.arguments.parser import use_kwargs
from legacy.arguments.schemas import Paging, order_clause, page_clause
from legacy.backend import backend
from legacy.db.driver import IntegrityError
from legacy.errors import ApiError
from legacy.guards import require_login
from legacy.wire import body_of, ok, respond

COLUMNS = ('identifier', 'name', 'description', 'timestamp', 'auto_delete', 'color', 'counterparty', 'address', 'blockchain')
WRITTEN = ('name', 'timestamp', 'description', 'address', 'blockchain', 'color', 'auto_delete')
OPTIONAL = ('color', 'counterparty', 'address', 'blockchain')


class EntriesFilter(Paging):
    from_timestamp = TimestampField(load_default=0)
    to_timestamp = TimestampField(load_default=None, allow_none=True)
    name = EmptyAsNoneString(load_default=None, allow_none=True)
    description = EmptyAsNoneString(load_default=None, allow_none=True)
    identifiers = fields.List(fields.Integer(), load_default=None, allow_none=True)


class EntryId(Schema):
    identifier = fields.Integer(required=True)


class NewEntry(Schema):
    """Whether an address is one of its chain is not looked at, and counterparties are not known."""

    address = EmptyAsNoneString(load_default=None, allow_none=True)
    blockchain = NamedField('SupportedBlockchain', ('eth', 'optimism', 'btc'), load_default=None, allow_none=True)
    name = NonEmptyString(required=True)
    description = EmptyAsNoneString(load_default=None, allow_none=True)
    color = ColorField(load_default=None, allow_none=True)
    auto_delete = fields.Boolean(required=True)
    timestamp = TimestampField(required=True)

    @validates_schema
    def is_about_a_whole_account(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if (data['address'] is None) != (data['blockchain'] is None):
            raise ValidationError('If any of address or blockchain is provided both need to be provided')


class EntryEdit(NewEntry, EntryId):
    pass


class Calendar(MethodView):
    @require_login
    @use_kwargs(EntriesFilter, 'json_and_query')
    def post(self, **query: Any) -> Response:
        where, bindings = ['timestamp >= ?'], [query['from_timestamp']]
        if query['to_timestamp'] is not None:
            where.append('timestamp <= ?')
            bindings.append(query['to_timestamp'])
        for column in ('name', 'description'):
            if query[column] is not None:
                where.append(f'{column} = ?')
                bindings.append(query[column])
        if query['identifiers'] is not None:
            where.append(f'identifier IN ({", ".join("?" * len(query["identifiers"]))})')
            bindings.extend(query['identifiers'])
        condition = ' AND '.join(where)
        order = order_clause(query['order_by_attributes'], query['ascending'], 'timestamp DESC')
        page, page_bindings = page_clause(query['limit'], query['offset'])
        with backend().session.db.read_ctx() as cursor:
            rows = cursor.execute(
                f'SELECT {", ".join(COLUMNS)} FROM calendar WHERE {condition} {order}{page}',
                [*bindings, *page_bindings],
            ).fetchall()
            found = cursor.execute(f'SELECT COUNT(*) FROM calendar WHERE {condition}', bindings).fetchone()[0]
            total = cursor.execute('SELECT COUNT(*) FROM calendar').fetchone()[0]
        entries = [entry_of(dict(zip(COLUMNS, row, strict=True))) for row in rows]
        result = {'entries': entries, 'entries_found': found, 'entries_total': total, 'entries_limit': -1}
        # This one shows the status in the body too.
        return respond({**body_of(result), 'status_code': 200})

    @require_login
    @use_kwargs(NewEntry, 'json_and_query')
    def put(self, **entry: Any) -> Response:
        marks = ', '.join('?' * len(WRITTEN))
        with backend().session.db.user_write() as cursor:
            row = cursor.execute(
                f'INSERT OR IGNORE INTO calendar({", ".join(WRITTEN)}) VALUES({marks}) RETURNING identifier',
                values_of(entry),
            ).fetchone()
            if row is None:
                raise ApiError(
                    400,
                    'Could not add the calendar entry because an event with the same name, address and '
                    'blockchain already exist',
                )
        return ok({'entry_id': row[0]})

    @require_login
    @use_kwargs(EntryEdit, 'json_and_query')
    def patch(self, identifier: int, **entry: Any) -> Response:
        """One that does not exist is edited with success."""
        assignments = ', '.join(f'{column}=?' for column in WRITTEN)
        with backend().session.db.user_write() as cursor:
            try:
                cursor.execute(
                    f'UPDATE calendar SET {assignments}, counterparty=NULL WHERE identifier=?',
                    (*values_of(entry), identifier),
                )
            except IntegrityError as e:
                raise ApiError(400, f'Could not update calendar entry due to {e}') from e
        return ok({'entry_id': identifier})

    @require_login
    @use_kwargs(EntryId, 'json_and_query')
    def delete(self, identifier: int) -> Response:
        with backend().session.db.user_write() as cursor:
            cursor.execute('DELETE FROM calendar WHERE identifier=?', (identifier,))
            if cursor.rowcount != 1:
                raise ApiError(400, 'Tried to delete a non existent calendar entry')
        return ok(True)


def values_of(entry: dict[str, Any]) -> tuple[Any, ...]:
    chain = entry['blockchain']
    entry = {**entry, 'blockchain': chain and chain.upper(), 'auto_delete': int(entry['auto_delete'])}
    return tuple(entry[column] for column in WRITTEN)


def entry_of(row: dict[str, Any]) -> dict[str, Any]:
    """What is always shown, and the rest where there is any."""
    entry = {name: value for name, value in row.items() if name not in OPTIONAL or value}
    if 'blockchain' in entry:
        entry['blockchain'] = entry['blockchain'].lower()
    return {**entry, 'auto_delete': bool(entry['auto_delete'])}
