"""Reading and writing settings rows."""

import json
from typing import Any

from legacy.db.driver import UserConnection
from legacy.settings.definitions import CACHED_TIMESTAMPS, NAME_PRIORITY, SETTINGS


def all_settings(db: UserConnection) -> dict[str, Any]:
    """Everything in wire order. Rows nobody knows are ignored; two timestamps come from the cache table."""
    with db.read_ctx() as cursor:
        rows = dict(cursor.execute('SELECT name, value FROM settings').fetchall())
        cached = dict(cursor.execute('SELECT name, value FROM key_value_cache').fetchall())
    return {
        'have_premium': False,
        **{
            setting.name: setting.read(rows[setting.name]) if setting.name in rows else setting.default
            for setting in SETTINGS
        },
        **{name: int(cached.get(name, 0)) for name in CACHED_TIMESTAMPS},
    }


def write_settings(db: UserConnection, changes: dict[str, Any]) -> None:
    """`address_name_priority` is rewritten at every change, to its default unless it is given.

    In the order of the table of settings, so that the rows get their numbers in it.
    """
    changes = {'address_name_priority': list(NAME_PRIORITY), **changes}
    with db.user_write() as cursor:
        cursor.executemany(
            'INSERT OR REPLACE INTO settings(name, value) VALUES(?, ?)',
            [(setting.name, to_row(changes[setting.name])) for setting in SETTINGS if setting.name in changes],
        )


def to_row(value: Any) -> str | None:
    if value is None:
        return None
    return json.dumps(value) if isinstance(value, list) else str(value)
