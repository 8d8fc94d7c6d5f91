"""Seeded history events: plain ones in groups of one to three, and swaps with an optional fee."""

import hashlib
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

from legacy.db.catalogue import ASSETS
from legacy.db.seed_user import IGNORED
from legacy.history.model import EntryType

FIRST_EVENT_MS = 1_500_000_000_000
LAST_EVENT_MS = 1_699_999_999_999
KINDS = (
    ('receive', 'none'),
    ('receive', 'reward'),
    ('receive', 'airdrop'),
    ('spend', 'none'),
    ('spend', 'fee'),
    ('deposit', 'deposit asset'),
    ('withdrawal', 'remove asset'),
    ('staking', 'reward'),
    ('informational', 'none'),
)
NOTES = (None, None, 'gas', 'rent for März', "O'Neill's share", '税金 🎉', 'per%cent under_score', 'new\nline "quoted"')
LABELS = (None, 'main', 'kr 1', '0x9531C059098e3d194fF87FebB587aB07B30B1306')
PLAIN_LOCATIONS = 'ABEGLR'
SWAP_LOCATIONS = 'BEG'
ASSET_IDS = tuple(asset.identifier for asset in ASSETS)


class EventRow(NamedTuple):
    entry_type: int
    event_identifier: str
    sequence_index: int
    timestamp: int
    location: str
    location_label: str | None
    asset: str
    amount: str
    notes: str | None
    type: str
    subtype: str
    extra_data: str | None
    ignored: int


def add_events(cursor: Any, rng: random.Random, count: int) -> None:
    """Exactly `count` rows. A few are marked as edited by the user."""
    rows: list[EventRow] = []
    group = 0
    while len(rows) < count:
        make = swap_group if rng.random() < 0.15 else plain_group
        rows.extend(make(rng, group))
        group += 1
    rows = rows[:count]
    columns = ', '.join(EventRow._fields)
    marks = ', '.join('?' * len(EventRow._fields))
    cursor.executemany(f'INSERT INTO history_events({columns}) VALUES({marks})', rows)
    cursor.executemany(
        "INSERT INTO history_events_mappings(parent_identifier, name, value) VALUES(?, 'state', 1)",
        [(identifier,) for identifier in range(1, count + 1, 23)],
    )


def plain_group(rng: random.Random, group: int) -> Iterator[EventRow]:
    timestamp = rng.randint(FIRST_EVENT_MS, LAST_EVENT_MS)
    location, label = rng.choice(PLAIN_LOCATIONS), rng.choice(LABELS)
    for index in range(rng.randint(1, 3)):
        kind, subkind = rng.choice(KINDS)
        yield event(
            EntryType.HISTORY_EVENT, f'seed-{group}', index, timestamp, location, label,
            rng.choice(ASSET_IDS), amount(rng), rng.choice(NOTES), kind, subkind,
        )


def swap_group(rng: random.Random, group: int) -> Iterator[EventRow]:
    timestamp = rng.randint(FIRST_EVENT_MS, LAST_EVENT_MS)
    identifier = hashlib.sha256(f'swap {group}'.encode()).hexdigest()
    location = rng.choice(SWAP_LOCATIONS)
    subkinds = ('spend', 'receive', 'fee') if rng.random() < 0.5 else ('spend', 'receive')
    for index, subkind in enumerate(subkinds):
        yield event(
            EntryType.SWAP_EVENT, identifier, index, timestamp, location, None,
            rng.choice(ASSET_IDS), amount(rng), None, 'trade', subkind,
        )


def event(
    entry_type: EntryType,
    group: str,
    index: int,
    timestamp: int,
    location: str,
    label: str | None,
    asset: str,
    quantity: str,
    notes: str | None,
    kind: str,
    subkind: str,
) -> EventRow:
    return EventRow(
        entry_type.value, group, index, timestamp, location, label, asset, quantity, notes, kind, subkind,
        None, int(asset in IGNORED),
    )


def amount(rng: random.Random) -> str:
    """Whole, with trailing zeros, tiny, or with eighteen digits: all are kept as text."""
    shape = rng.randrange(4)
    if shape == 0:
        return str(rng.randint(1, 1_000_000))
    if shape == 1:
        return f'{rng.randint(1, 999)}.{rng.randint(1, 9)}0'
    if shape == 2:
        return f'0.{"0" * rng.randint(5, 12)}{rng.randint(1, 9)}'
    return f'{rng.randint(0, 99)}.{rng.randrange(10**18):018d}'
