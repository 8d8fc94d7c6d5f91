"""Reminders of calendar entries, and entries that are over. None of it moves `last_write_ts`."""

from typing import Any

from legacy.background.last_runs import remember
from legacy.db.driver import Connection
from legacy.messages import MessagesAggregator, MessageType

LAST_DELETION = 'last_delete_past_calendar_events'
ALWAYS = ('identifier', 'name', 'description', 'timestamp', 'auto_delete')
OPTIONAL = ('color', 'counterparty', 'address', 'blockchain')
Reminders = dict[int, list[dict[str, Any]]]
"""The messages about an entry, by its identifier: the reminder that is nearest to it first."""


def due_reminders(db: Connection, now: int) -> Reminders:
    """Also acknowledged ones: it is for the client to remove them."""
    columns = (*ALWAYS, *OPTIONAL)
    with db.read_ctx() as cursor:
        rows = cursor.execute(
            f'SELECT {", ".join(f"entry.{column}" for column in columns)}, reminder.identifier, reminder.secs_before '
            'FROM calendar AS entry JOIN calendar_reminders AS reminder ON reminder.event_id = entry.identifier '
            'WHERE entry.timestamp - reminder.secs_before < ? ORDER BY entry.identifier, reminder.secs_before',
            (now,),
        ).fetchall()
    due: Reminders = {}
    for *values, identifier, secs_before in rows:
        message = message_of(dict(zip(columns, values, strict=True)))
        message['reminder'] = {'identifier': identifier, 'secs_before': secs_before}
        due.setdefault(message['identifier'], []).append(message)
    return due


def message_of(entry: dict[str, Any]) -> dict[str, Any]:
    message = {name: entry[name] for name in ALWAYS} | {'auto_delete': bool(entry['auto_delete'])}
    # No colour and no chain may also be spelled as an empty text.
    shown = {**entry, 'color': entry['color'] or None, 'blockchain': entry['blockchain'].lower() if entry['blockchain'] else None}
    return message | {name: shown[name] for name in OPTIONAL if shown[name] is not None}


def notify(db: Connection, messages: MessagesAggregator, reminders: Reminders) -> None:
    """One message for each entry. The reminders that are farther from it than that one have had their time."""
    for nearest, *_ in reminders.values():
        messages.add_message(MessageType.CALENDAR_REMINDER, nearest)
    outrun = [(other['reminder']['identifier'],) for _, *others in reminders.values() for other in others]
    with db.write_ctx() as cursor:
        cursor.executemany('DELETE FROM calendar_reminders WHERE identifier=?', outrun)


def delete_past(db: Connection, now: int) -> None:
    """Only what may go by itself, and has a reminder that was acknowledged."""
    with db.write_ctx() as cursor:
        cursor.execute(
            'DELETE FROM calendar WHERE auto_delete = 1 AND timestamp < ? AND EXISTS (SELECT 1 FROM calendar_reminders '
            'WHERE event_id = calendar.identifier AND acknowledged = 1)',
            (now,),
        )
        remember(cursor, LAST_DELETION, now)
