"""Which events a request asks for, as SQL.

Without premium only the hundred newest groups can be seen. The filters then work inside of those, while
the counts tell how much there would be.
"""

from typing import Any, NamedTuple

FREE_GROUPS = 100
CUSTOMIZED = "identifier IN (SELECT parent_identifier FROM history_events_mappings WHERE name='state' AND value=1)"


def newest_groups(limit: int) -> str:
    return (
        'event_identifier IN (SELECT event_identifier FROM history_events '
        f'GROUP BY event_identifier ORDER BY MAX(timestamp) DESC LIMIT {limit})'
    )


class Condition(NamedTuple):
    sql: str
    bindings: list[Any]


def condition_of(query: dict[str, Any]) -> Condition:
    terms: list[str] = []
    bindings: list[Any] = []

    def add(term: str, *values: Any) -> None:
        terms.append(term)
        bindings.extend(values)

    def add_members(column: str, name: str) -> None:
        values = query[name]
        if values is not None:
            add(f'{column} IN ({", ".join("?" * len(values))})', *values)

    if query['from_timestamp'] is not None:
        add('timestamp >= ?', query['from_timestamp'] * 1000)
    if query['to_timestamp'] is not None:
        add('timestamp <= ?', query['to_timestamp'] * 1000)
    add_members('type', 'event_types')
    add_members('subtype', 'event_subtypes')
    add_members('location_label', 'location_labels')
    add_members('identifier', 'identifiers')
    add_members('event_identifier', 'event_identifiers')
    if query['entry_types'] is not None:
        values, excluded = query['entry_types']
        add(f'entry_type {"NOT " if excluded else ""}IN ({", ".join("?" * len(values))})', *values)
    if query['location'] is not None:
        add('location = ?', query['location'])
    if query['asset'] is not None:
        add('asset = ?', query['asset'])
    if query['notes_substring'] is not None:
        add('notes LIKE ?', f'%{query["notes_substring"]}%')
    if query['exclude_ignored_assets']:
        add('ignored = 0')
    if query['customized_events_only']:
        add(CUSTOMIZED)
    return Condition(' AND '.join(terms) or '1', bindings)
