"""What valid parameters look like on the backend at hand: drawn from its own answers at the start.

Each entry has a fallback, so that something can be asked of an empty or logged-out backend as well.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from .message import Request, Side

ADDRESS = '0x' + 'ab' * 20
PAGE = {'limit': 400, 'offset': 0}


@dataclass
class Pool:
    """Everything that generators draw from."""

    assets: list[Any] = field(default_factory=lambda: ['ETH', 'BTC', 'EUR', 'USD'])
    asset_types: list[Any] = field(default_factory=lambda: ['fiat', 'evm token', 'own chain'])
    custom_assets: list[Any] = field(default_factory=lambda: ['00000000-0000-0000-0000-000000000000'])
    custom_types: list[Any] = field(default_factory=lambda: ['real estate'])
    words: list[Any] = field(default_factory=lambda: ['dai', 'bitcoin', 'é', 'ETH'])
    token_addresses: list[Any] = field(default_factory=lambda: [ADDRESS])
    addresses: list[Any] = field(default_factory=lambda: [ADDRESS])
    book: list[Any] = field(default_factory=lambda: [{'address': ADDRESS, 'blockchain': 'eth'}])
    chains: list[Any] = field(default_factory=lambda: ['eth', 'btc', 'eth2'])
    evm_chains: list[Any] = field(default_factory=lambda: ['ethereum', 'optimism'])
    locations: list[Any] = field(default_factory=lambda: ['external', 'kraken'])
    labels: list[Any] = field(default_factory=lambda: [ADDRESS])
    oracles: list[Any] = field(default_factory=lambda: ['manual', 'coingecko'])
    counterparties: list[Any] = field(default_factory=lambda: ['uniswap-v2'])
    event_types: list[Any] = field(default_factory=lambda: ['trade', 'spend'])
    event_subtypes: list[Any] = field(default_factory=lambda: ['fee', 'none'])
    exchange_symbols: list[Any] = field(default_factory=lambda: ['XBT'])
    counterparty_symbols: list[Any] = field(default_factory=lambda: ['UNI'])
    titles: list[Any] = field(default_factory=lambda: ['ledger'])
    note_locations: list[Any] = field(default_factory=lambda: ['HISTORY'])
    held: list[Any] = field(default_factory=lambda: ['ETH', 'ETH2', 'BTC'])
    prices: list[Any] = field(default_factory=lambda: [('ETH', 'EUR', 1_600_000_000)])
    snapshots: list[Any] = field(default_factory=lambda: [100_000_000 * n for n in range(14, 18)])
    timestamps: list[Any] = field(default_factory=lambda: [0, 1_500_000_000, 1_700_000_000])
    events: list[Any] = field(default_factory=lambda: [1])
    reports: list[Any] = field(default_factory=lambda: [1])
    collections: list[Any] = field(default_factory=lambda: [1])
    history: list[Any] = field(default_factory=lambda: [1, 2, 3])
    groups: list[Any] = field(default_factory=lambda: ['zz'])
    hashes: list[Any] = field(default_factory=lambda: ['0x' + 'cd' * 32])
    validators: list[Any] = field(default_factory=lambda: [1, 42])
    protocols: list[Any] = field(default_factory=lambda: ['gas', 'curve', 'uniswap-v2', 'eth2'])

    def add(self, name: str, found: Iterator[Any] | list[Any]) -> None:
        """More values of one kind, each kept once."""
        known: list[Any] = getattr(self, name)
        seen = {json.dumps(value) for value in known}
        for value in found:
            if value is not None and (shown := json.dumps(value)) not in seen:
                seen.add(shown)
                known.append(value)

    def sizes(self) -> str:
        return ', '.join(f'{len(getattr(self, entry.name))} {entry.name}' for entry in fields(self))


class Harvest:
    """Fills a pool from one side."""

    def __init__(self, side: Side, pool: Pool) -> None:
        self.side, self.pool = side, pool

    def gather(self) -> None:
        for step in (self._constants, self._assets, self._prices, self._accounts, self._user, self._events):
            try:
                step()
            except (AttributeError, KeyError, TypeError, ValueError) as oddity:
                print(f'parity-fuzz: not drawn from, {step.__name__}: {oddity!r}', file=sys.stderr)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        """The result of an answer; an empty one if there is none."""
        headers = () if body is None else (('Content-Type', 'application/json'),)
        text = None if body is None else json.dumps(body).encode()
        answer = self.side.ask(Request(method, f'/api/1/{path}', headers, text))
        return (json.loads(answer.body).get('result') if answer.status == 200 else None) or {}

    def _get(self, path: str) -> Any:
        return self._ask('GET', path)

    def _entries(self, path: str, body: Any = None) -> list[dict[str, Any]]:
        found = self._ask('POST', path, PAGE | (body or {}))
        return found.get('entries', []) if isinstance(found, dict) else []

    def _constants(self) -> None:
        add = self.pool.add
        add('asset_types', list(self._get('assets/types')))
        add('locations', list((self._get('locations/all') or {}).get('locations', {})))
        add('chains', [chain['id'] for chain in self._get('blockchains/supported')])
        add('evm_chains', [chain['name'] for chain in self._get('blockchains/evm/all')])
        add('oracles', [oracle['id'] for oracle in self._get('oracles').get('history', [])])
        mappings = self._get('history/events/type_mappings').get('global_mappings', {})
        add('event_types', list(mappings))
        add('event_subtypes', [subtype for subtypes in mappings.values() for subtype in subtypes])
        add('counterparties', [entry['identifier'] for entry in self._get('history/events/counterparties')])

    def _assets(self) -> None:
        add = self.pool.add
        everything = self._entries('assets/all', {'limit': 100_000})
        for kind in self.pool.asset_types:
            of_kind = [asset for asset in everything if asset.get('asset_type') == kind]
            add('assets', [asset['identifier'] for asset in of_kind[:: max(1, len(of_kind) // 60)]])
        chosen = everything[:: max(1, len(everything) // 300)]
        add('words', [word for asset in chosen for word in (asset.get('name'), asset.get('symbol')) if word])
        add('token_addresses', [asset.get('address') for asset in chosen])
        custom = self._entries('assets/custom')
        add('custom_assets', [asset['identifier'] for asset in custom])
        add('custom_types', list(self._get('assets/custom/types')))
        add('words', [asset['name'] for asset in custom])
        add('assets', list(self._get('assets')) + list(self._get('assets/ignored')))
        add('exchange_symbols', [e['location_symbol'] for e in self._entries('assets/locationmappings')])
        add('counterparty_symbols', [e['counterparty_symbol'] for e in self._entries('assets/counterpartymappings')])
        mapped = self._ask('POST', 'assets/mappings', {'identifiers': self.pool.assets})
        add('collections', [int(number) for number in (mapped or {}).get('asset_collections', {})])

    def _prices(self) -> None:
        prices = self._get('assets/prices/historical')
        self.pool.add('prices', [[p['from_asset'], p['to_asset'], p['timestamp']] for p in prices])
        for oracle in self.pool.oracles:
            pairs = self._get(f'oracles/{oracle.replace(" ", "%20")}/cache')
            self.pool.add('prices', [[p['from_asset'], p['to_asset'], p['to_timestamp']] for p in list(pairs)[:50]])
        self.pool.add('timestamps', [price[2] for price in self.pool.prices])

    def _accounts(self) -> None:
        add = self.pool.add
        for chain in self.pool.chains:
            accounts = self._get(f'blockchains/{chain}/accounts')
            if isinstance(accounts, dict):
                accounts = accounts.get('standalone', [])
            add('addresses', [account['address'] for account in accounts])
            add('book', [{'address': account['address'], 'blockchain': chain} for account in accounts])
        for book in ('global', 'private'):
            named = self._entries(f'names/addressbook/{book}')
            add('book', [{'address': e['address'], 'blockchain': e['blockchain']} for e in named])
            add('addresses', [e['address'] for e in named[:150]])
            add('words', [e['name'] for e in named[:40]])

    def _user(self) -> None:
        add = self.pool.add
        add('labels', [label['location_label'] for label in self._get('locations/labels')])
        add('titles', list(self._get('tags')))
        for note in self._entries('notes'):
            add('titles', [note['title']])
            add('note_locations', [note['location']])
            add('timestamps', [note['last_update_timestamp']])
        for event in self._entries('calendar'):
            add('events', [event['identifier']])
            add('titles', [event['name'], event['description']])
            add('timestamps', [event['timestamp']])
        add('counterparties', [rule['counterparty'] for rule in self._entries('accounting/rules')])
        add('reports', [report['identifier'] for report in self._get('reports').get('entries', [])])
        times = self._get('statistics/netvalue').get('times', [])
        add('snapshots', times)
        for time in times[:: max(1, len(times) // 20)]:
            add('held', [b['asset_identifier'] for b in self._get(f'snapshots/{time}').get('balances_snapshot', [])])
        add('timestamps', times)

    def _events(self) -> None:
        add = self.pool.add
        entries = self._entries('history/events', {'exclude_ignored_assets': False})
        # Swaps are lists in the list.
        rows = [row for entry in entries for row in (entry if isinstance(entry, list) else [entry])]
        for event in (row.get('entry', {}) for row in rows):
            add('addresses', [event.get('address')])
            add('labels', [event.get('location_label')])
            add('timestamps', [event.get('timestamp', 0) // 1000])
            add('history', [event.get('identifier')])
            add('groups', [event.get('event_identifier')])
            add('hashes', [event.get('tx_hash')])
            add('validators', [event.get('validator_index')])
            add('protocols', [event.get('counterparty')])
            add('words', (event.get('user_notes') or '').split()[:3])
