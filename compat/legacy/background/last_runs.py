"""When a task ran last: rows of the user's table of small facts."""

from typing import Any

from legacy.db.driver import Connection


def is_due(db: Connection, name: str, seconds: int, now: int) -> bool:
    with db.read_ctx() as cursor:
        row = cursor.execute('SELECT value FROM key_value_cache WHERE name=?', (name,)).fetchone()
    return row is None or now - int(row[0]) >= seconds


def remember(cursor: Any, name: str, now: int) -> None:
    cursor.execute('INSERT OR REPLACE INTO key_value_cache(name, value) VALUES(?, ?)', (name, str(now)))
