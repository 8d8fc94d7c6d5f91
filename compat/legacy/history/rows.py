"""A row of history_events on the wire."""

import json
from decimal import Decimal
from typing import Any, NamedTuple

from legacy.history.model import EntryType
from legacy.locations import NAME_OF, title_of


class EventRow(NamedTuple):
    identifier: int
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


COLUMNS = ', '.join(EventRow._fields)


def entry_of(row: EventRow, symbol: str) -> dict[str, Any]:
    """The time stays in milliseconds; the amount is fixed point even where the row has an exponent."""
    amount = format(Decimal(row.amount), 'f')
    entry = {
        'timestamp': row.timestamp,
        'event_type': row.type,
        'event_subtype': row.subtype,
        'location': NAME_OF[row.location],
        'location_label': row.location_label,
        'asset': row.asset,
        'amount': amount,
        'identifier': row.identifier,
        'entry_type': EntryType(row.entry_type).wire_name,
        'event_identifier': row.event_identifier,
        'sequence_index': row.sequence_index,
        'extra_data': None if row.extra_data is None else json.loads(row.extra_data),
    }
    if row.notes is not None:
        entry['user_notes'] = row.notes
    automatic = automatic_notes(row, f'{amount} {symbol}')
    if automatic is not None:
        entry['auto_notes'] = automatic
    return entry


def automatic_notes(row: EventRow, quantity: str) -> str | None:
    """Swaps explain themselves, and so do staking rewards at Kraken."""
    place = title_of(row.location)
    if row.entry_type == EntryType.SWAP_EVENT.value:
        return {
            'spend': f'Swap {quantity} in {place}',
            'receive': f'Receive {quantity} after a swap in {place}',
            'fee': f'Spend {quantity} as {place} swap fee',
        }.get(row.subtype)
    if place == 'Kraken' and (row.type, row.subtype) == ('staking', 'reward'):
        return f'Gain {quantity} from Kraken staking'
    return None
