"""/notes: the user's own notes, ten for those without premium."""

import time
from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, fields

from legacy.arguments.fields import NonEmptyString, TimestampField
from legacy.arguments.parser import use_kwargs
from legacy.arguments.schemas import Paging, order_clause, page_clause
from legacy.backend import backend
from legacy.errors import ApiError
from legacy.guards import require_login
from legacy.wire import ok

FREE_NOTES = 10
COLUMNS = ('identifier', 'title', 'content', 'location', 'last_update_timestamp', 'is_pinned')


class NotesFilter(Paging):
    from_timestamp = TimestampField(load_default=0)
    to_timestamp = TimestampField(load_default=lambda: int(time.time()))
    title_substring = fields.String(load_default=None)
    location = fields.String(load_default=None)


class NewNote(Schema):
    title = NonEmptyString(required=True)
    content = NonEmptyString(required=True)
    location = fields.String(required=True)
    is_pinned = fields.Boolean(required=True)


class NoteEdit(Schema):
    identifier = fields.Integer(required=True)
    title = NonEmptyString(required=True)
    content = NonEmptyString(required=True)
    location = fields.String(required=True)
    last_update_timestamp = TimestampField(required=True)
    is_pinned = fields.Boolean(required=True)


class NoteId(Schema):
    identifier = fields.Integer(required=True)


class Notes(MethodView):
    @require_login
    @use_kwargs(NotesFilter, 'json')
    def post(self, **query: Any) -> Response:
        where = ['last_update_timestamp >= ?', 'last_update_timestamp <= ?']
        bindings: list[Any] = [query['from_timestamp'], query['to_timestamp']]
        if query['title_substring']:
            where.append('title LIKE ?')
            bindings.append(f'%{query["title_substring"]}%')
        if query['location']:
            where.append('location = ?')
            bindings.append(query['location'])
        condition = ' AND '.join(where)
        order = order_clause(query['order_by_attributes'], query['ascending'], 'last_update_timestamp DESC')
        page, page_bindings = page_clause(query['limit'], query['offset'])
        with backend().session.db.read_ctx() as cursor:
            rows = cursor.execute(
                f'SELECT {", ".join(COLUMNS)} FROM (SELECT * FROM user_notes LIMIT {FREE_NOTES}) '
                f'WHERE {condition} {order}{page}',
                [*bindings, *page_bindings],
            ).fetchall()
            found = cursor.execute(f'SELECT COUNT(*) FROM user_notes WHERE {condition}', bindings).fetchone()[0]
            total = cursor.execute('SELECT COUNT(*) FROM user_notes').fetchone()[0]
        entries = [{**dict(zip(COLUMNS, row, strict=True)), 'is_pinned': bool(row[-1])} for row in rows]
        return ok({'entries': entries, 'entries_found': found, 'entries_total': total, 'entries_limit': FREE_NOTES})

    @require_login
    @use_kwargs(NewNote, 'json')
    def put(self, title: str, content: str, location: str, is_pinned: bool) -> Response:
        """Counts before it inserts, in one deferred transaction: a commit from elsewhere in between fails it."""
        with backend().session.db.user_write() as cursor:
            if cursor.execute('SELECT COUNT(*) FROM user_notes').fetchone()[0] >= FREE_NOTES:
                raise ApiError(409, f'The limit of {FREE_NOTES} user notes has been reached without premium')
            cursor.execute(
                'INSERT INTO user_notes(title, content, location, last_update_timestamp, is_pinned) VALUES(?, ?, ?, ?, ?)',
                (title, content, location, int(time.time()), is_pinned),
            )
            return ok(cursor.lastrowid)

    @require_login
    @use_kwargs(NoteEdit, 'json')
    def patch(self, identifier: int, title: str, content: str, is_pinned: bool, **_ignored: Any) -> Response:
        """`location` and the time are required, and ignored."""
        with backend().session.db.user_write() as cursor:
            cursor.execute(
                'UPDATE user_notes SET title=?, content=?, last_update_timestamp=?, is_pinned=? WHERE identifier=?',
                (title, content, int(time.time()), is_pinned, identifier),
            )
            if cursor.rowcount < 1:
                raise ApiError(409, f'User note with identifier {identifier} does not exist')
        return ok(True)

    @require_login
    @use_kwargs(NoteId, 'json')
    def delete(self, identifier: int) -> Response:
        with backend().session.db.user_write() as cursor:
            cursor.execute('DELETE FROM user_notes WHERE identifier=?', (identifier,))
            if cursor.rowcount < 1:
                raise ApiError(409, f'User note with identifier {identifier} not found in database')
        return ok(True)
