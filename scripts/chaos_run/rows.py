"""What is written: four kinds of rows. The name of a row says whose it is, and its text changes with each edit."""

import re
from dataclasses import dataclass
from typing import Any

from .wire import Request

KINDS = ('tag', 'note', 'entry', 'event')
PATHS = {'tag': '/api/1/tags', 'note': '/api/1/notes', 'entry': '/api/1/calendar', 'event': '/api/1/history/events'}
MOST = {'tag': 3, 'note': 1, 'entry': 3, 'event': 2}  # of a writer and user at a time
MARK = re.compile(r'(?:only )?(ada|grace)(?::|$)')
STORED = {
    'tag': 'SELECT name, description, 0 FROM tags',
    'note': 'SELECT title, content, identifier FROM user_notes',
    'entry': 'SELECT name, description, identifier FROM calendar',
    'event': 'SELECT event_identifier, notes, identifier FROM history_events',
}
EVER = 4_000_000_000  # the clock may be put back: what was written after now is shown as well


@dataclass(frozen=True)
class Seen:
    """A row in an answer or in a file."""

    name: str
    text: str
    id: int

    @property
    def user(self) -> str | None:
        found = MARK.match(self.name)
        return found.group(1) if found else None


def shows(kind: str, name: str | None = None) -> Request:
    """The request that shows rows of this kind; of events those of this name alone."""
    if kind == 'tag':
        return Request.of('GET', PATHS[kind])
    if kind == 'note':
        return Request.of('POST', PATHS[kind], {'to_timestamp': EVER} | ({'title_substring': name} if name else {}))
    if kind == 'entry':
        return Request.of('POST', PATHS[kind], {'name': name} if name else {})
    return Request.of('POST', PATHS[kind], {'event_identifiers': name or 'none'})


def shown(kind: str, result: Any) -> list[Seen]:
    """The rows of such an answer."""
    if kind == 'tag':
        return [Seen(row['name'], row['description'] or '', 0) for row in result.values()]
    if kind == 'note':
        return [Seen(row['title'], row['content'], row['identifier']) for row in result['entries']]
    if kind == 'entry':
        return [Seen(row['name'], row['description'] or '', row['identifier']) for row in result['entries']]
    entries = [entry['entry'] for entry in result['entries']]
    return [Seen(row['event_identifier'], row['user_notes'] or '', row['identifier']) for row in entries]


def added(kind: str, name: str, text: str) -> Request:
    return Request.of('PUT', PATHS[kind], _body(kind, name, text))


def edited(kind: str, name: str, text: str, id: int) -> Request:
    if kind == 'tag':
        return Request.of('PATCH', PATHS[kind], {'name': name, 'description': text})
    more = {'last_update_timestamp': 1} if kind == 'note' else {}
    return Request.of('PATCH', PATHS[kind], _body(kind, name, text) | more | {'identifier': id})


def deleted(kind: str, name: str, id: int) -> Request:
    body = {'tag': {'name': name}, 'event': {'identifiers': [id]}}.get(kind, {'identifier': id})
    return Request.of('DELETE', PATHS[kind], body)


def id_of(kind: str, result: Any) -> int:
    """The identifier in the answer to an addition. Tags have none."""
    if kind == 'tag':
        return 0
    if kind == 'note':
        return int(result)
    return int(result['entry_id'] if kind == 'entry' else result['identifier'])


def _body(kind: str, name: str, text: str) -> dict[str, Any]:
    if kind == 'tag':
        return {'name': name, 'description': text, 'background_color': 'ffffff', 'foreground_color': '000000'}
    if kind == 'note':
        return {'title': name, 'content': text, 'location': 'G', 'is_pinned': False}
    if kind == 'entry':
        return {'name': name, 'description': text, 'timestamp': 1_900_000_000, 'auto_delete': False}
    return {
        'entry_type': 'history event', 'event_identifier': name, 'user_notes': text,
        'timestamp': 1_790_000_000_000, 'sequence_index': 0, 'asset': 'BTC', 'amount': '1.5',
        'event_type': 'receive', 'event_subtype': 'none', 'location': 'kraken',
    }  # fmt: skip
