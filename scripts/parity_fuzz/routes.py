"""The table of what is asked: every read that the databases alone can answer, with its documented parameters."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from . import values as v
from .values import Draw, Kind

PREFIX = '/api/1/'
Group = Callable[[Draw], dict[str, Any]]


@dataclass(frozen=True)
class Field:
    """Parameters that are given together."""

    make: Group
    required: bool = False


def field(name: str, kind: Kind, *, required: bool = False) -> Field:
    return Field(lambda draw: {name: kind(draw)}, required)


def needs(name: str, kind: Kind) -> Field:
    return field(name, kind, required=True)


def paging(draw: Draw) -> dict[str, Any]:
    limit, offset = draw.of((1, 2, 3, 5, 10, 40, 0, -1, '4')), draw.of((0, 1, 2, 3, 7, 500, -1, '1'))
    return draw.of(({'limit': limit, 'offset': offset},) * 4 + ({'limit': limit}, {'offset': offset}))


# Names that no table has, and names that mean something in SQL: with several, it matters which one is looked at first.
NO_COLUMNS = ('', 'zz', 'nothing', 'rowid', 'true', 'null', 'key', 'None', 'evm_chain', 'select', 'ǆ')


def ordering(*columns: str, most: int = 3) -> Field:
    """Some columns with as many directions; at times one of the two alone, or a column that there is not."""

    def make(draw: Draw) -> dict[str, Any]:
        count = draw.random.randint(1, most) if draw.chance(0.4) else 1
        names = [draw.of((*columns, *columns, draw.of(columns).upper(), draw.of(NO_COLUMNS))) for _ in range(count)]
        ways = [v.boolean(draw) for _ in range(count if draw.chance(0.95) else count + 1)]
        spelled = (names, ways) if draw.chance(0.8) else (','.join(names), ','.join(map(str, ways)))
        both = {'order_by_attributes': spelled[0], 'ascending': spelled[1]}
        return both if draw.chance(0.94) else dict([draw.of(list(both.items()))])

    return Field(make)


@dataclass(frozen=True)
class Route:
    """One endpoint. `takes` says where its parameters are read from: nothing, the body, or the body else the query."""

    method: str
    path: str
    takes: str = ''
    fields: tuple[Field, ...] = ()
    arguments: tuple[Kind, ...] = ()

    @property
    def name(self) -> str:
        return f'{self.method} /{self.path}'

    @property
    def weight(self) -> int:
        """Share of the requests: the more there is to vary, the more."""
        return 2 + 2 * min(len(self.fields), 5) + 3 * len(self.arguments)

    def fill(self, parts: list[str]) -> str:
        """The path with its arguments in their places."""
        given = iter(parts)
        return PREFIX + re.sub(r'\{\w+\}', lambda _: next(given), self.path)


PAGING = Field(paging)
ASYNC = field('async_query', v.refusing)
EVM_CHAIN = v.spelled(v.known('evm_chains'))
CHAIN = v.spelled(v.known('chains'))
CUSTOM_COLUMNS = ('name', 'custom_asset_type', 'notes', 'identifier')
SEARCH_COLUMNS = ('name', 'symbol', 'chain', 'coingecko', 'cryptocompare', 'started', 'forked', 'swapped_for', 'type')
ASSET_COLUMNS = (*SEARCH_COLUMNS, 'identifier', 'address', 'decimals', 'protocol', 'token_kind', 'custom_asset_type')
CALENDAR_COLUMNS = ('timestamp', 'name', 'identifier', 'description', 'counterparty', 'address', 'blockchain', 'color')
NOTE_COLUMNS = ('last_update_timestamp', 'title', 'location', 'is_pinned', 'content', 'identifier')
RULE_COLUMNS = ('identifier', 'type', 'subtype', 'counterparty', 'taxable', 'accounting_treatment', 'event_type')
DISTRIBUTION = v.constant('location', 'asset')
IGNORED = v.spelled(v.constant('none', 'exclude', 'show only', 'show_only'))
LPS = ('all nfts', 'only lps', 'exclude lps')
FROM_TO = (field('from_timestamp', v.timestamp), field('to_timestamp', v.timestamp))


def account(draw: Draw) -> dict[str, Any]:
    return v.chain_address(draw) if draw.chance(0.85) else {'blockchain': draw.of(draw.pool.chains)}


ENTRY_TYPES = (
    'history event', 'evm event', 'eth withdrawal event', 'eth block event', 'eth deposit event',
    'asset movement event', 'swap event', 'evm swap event',
)  # fmt: skip


def entry_types(draw: Draw) -> dict[str, Any]:
    chosen = {'values': v.many(v.spelled(v.constant(*ENTRY_TYPES)))(draw)}
    return draw.of((chosen, chosen | {'behaviour': 'include'}, chosen | {'behaviour': 'exclude'}))


def between(draw: Draw) -> dict[str, Any]:
    """Everything, or from one snapshot to another and a little about."""
    names = ('from_timestamp', 'to_timestamp')
    ends = {name: draw.of(draw.pool.snapshots) + draw.of((0, 0, 0, 1, -1)) for name in names}
    return draw.of(({}, {}, ends, ends, dict([draw.of(list(ends.items()))])))


def asset_or_collection(draw: Draw) -> dict[str, Any]:
    """One of both, seldom neither or both."""
    asset = {'asset': draw.of((*draw.pool.held, v.asset(draw)))}
    collection = {'collection_id': draw.of((1, 1, 36, *draw.pool.collections))}
    return draw.of((asset,) * 12 + (collection,) * 6 + (asset | collection, {}))


def priced(draw: Draw) -> list[Any]:
    asset, _, moment = draw.of(draw.pool.prices)
    return [asset if draw.chance(0.8) else v.asset(draw), moment + draw.of((0, 0, 60, -3600, 90_000))]


CONSTANT = (
    'accounting/rules/info', 'assets/types', 'blockchains/eth/modules', 'blockchains/evm/all', 'blockchains/supported',
    'defi/metadata', 'history/events/type_mappings', 'locations/all', 'oracles', 'ping', 'protocols/data/refresh',
    'history/events/counterparties', 'history/events/products', 'assets/custom/types', 'assets/ignored/whitelist',
    'assets/ignored', 'history/skipped_external_events', 'queried_addresses', 'tags', 'external_services',
    'locations/associated', 'locations/labels', 'reports', 'settings', 'settings/configuration', 'database/info',
    'assets', 'users',
)  # fmt: skip

ROUTES = (
    *(Route('GET', path) for path in CONSTANT),
    Route('DELETE', 'reports'),
    Route('DELETE', 'tasks'),
    Route('GET', 'info', 'query', (field('check_for_updates', v.refusing),)),
    Route('GET', 'assets/prices/historical', 'query', (field('from_asset', v.asset), field('to_asset', v.asset))),
    Route('GET', 'oracles/{oracle}/cache', 'query', (ASYNC,), (v.spelled(v.known('oracles', 'xratescom')),)),
    Route('GET', 'blockchains/evmlike/transactions/decode', 'query', (ASYNC,)),
    Route('GET', 'blockchains/evm/transactions/decode', 'query', (ASYNC,)),
    Route('GET', 'blockchains/evm/transactions/status', 'query', (ASYNC,)),
    Route('GET', 'blockchains/{blockchain}/nodes', arguments=(CHAIN,)),
    Route('GET', 'blockchains/{blockchain}/accounts', arguments=(CHAIN,)),
    Route('GET', 'reports/{report_id}', arguments=(v.known('reports', 0, 1, 2, 99, '007'),)),
    Route('GET', 'statistics/netvalue', 'query', (field('include_nfts', v.boolean),)),
    Route('GET', 'statistics/value_distribution', 'query', (needs('distribution_by', DISTRIBUTION),)),
    Route('GET', 'snapshots', 'query', (needs('timestamp', v.known('snapshots')),)),
    Route('GET', 'snapshots/{timestamp}', 'query', (), (v.known('snapshots', 0, 17),)),
    Route('GET', 'exchanges', 'nothing', ()),
    Route(
        'GET', 'exchanges/binance/pairs/{name}', 'query',
        (needs('location', v.spelled(v.constant('binance', 'binanceus'))),), (v.part('titles'),),
    ),
    Route(
        'POST', 'assets/all', 'body',
        (
            PAGING, PAGING, ordering(*ASSET_COLUMNS, most=1), field('name', v.part('words')),
            field('symbol', v.part('words')), field('asset_type', v.spelled(v.known('asset_types'))),
            field('address', v.known('token_addresses')),
            field('evm_chain', EVM_CHAIN), field('ignored_assets_handling', IGNORED),
            field('show_user_owned_assets_only', v.boolean), field('show_whitelisted_assets_only', v.boolean),
            field('identifiers', v.many(v.asset)),
        ),
    ),
    Route(
        'POST', 'assets/search', 'body',
        (
            PAGING, ordering(*SEARCH_COLUMNS), needs('search_column', v.constant('name', 'symbol')),
            needs('value', v.part('words')), field('evm_chain', EVM_CHAIN), field('return_exact_matches', v.boolean),
        ),
    ),
    Route(
        'POST', 'assets/search/levenshtein', 'body',
        (
            needs('limit', v.number(-2, 30)), needs('value', v.part('words')), field('evm_chain', EVM_CHAIN),
            field('address', v.address), field('search_nfts', v.boolean),
        ),
    ),
    Route('POST', 'assets/mappings', 'body', (needs('identifiers', v.many(v.asset, 12)),)),
    Route(
        'POST', 'assets/custom', 'body',
        (
            PAGING, ordering(*CUSTOM_COLUMNS), field('name', v.part('words')),
            field('identifier', v.known('custom_assets')), field('custom_asset_type', v.known('custom_types', '')),
        ),
    ),
    Route(
        'POST', 'assets/locationmappings', 'body',
        (
            PAGING, field('location', v.spelled(v.known('locations'))),
            field('location_symbol', v.part('exchange_symbols')),
        ),
    ),
    Route(
        'POST', 'assets/counterpartymappings', 'body',
        (
            PAGING, field('counterparty', v.known('counterparties')),
            field('counterparty_symbol', v.part('counterparty_symbols')),
        ),
    ),
    Route('POST', 'assets/prices/latest/all', 'body', (field('from_asset', v.asset), field('to_asset', v.asset))),
    Route(
        'POST', 'assets/prices/historical', 'body',
        (
            needs('assets_timestamp', v.listed(priced, 6)), needs('target_asset', v.asset),
            needs('only_cache_period', v.number(1, 10**7)), ASYNC,
        ),
    ),
    Route(
        'POST', 'calendar', 'query',
        (
            PAGING, ordering(*CALENDAR_COLUMNS), *FROM_TO, field('name', v.known('titles')),
            field('description', v.known('titles')), field('counterparty', v.known('counterparties')),
            field('accounts', v.listed(account)), field('identifiers', v.listed(v.known('events'))),
        ),
    ),
    Route('POST', 'calendar/reminders', 'query', (needs('identifier', v.known('events', '1')),)),
    Route(
        'POST', 'notes', 'body',
        (
            PAGING, ordering(*NOTE_COLUMNS), *FROM_TO, field('title_substring', v.part('titles')),
            field('location', v.known('note_locations')),
        ),
    ),
    Route(
        'POST', 'names/addressbook/{book_type}', 'body',
        (
            PAGING, PAGING, ordering('name', 'address', 'blockchain'), field('addresses', v.listed(v.chain_address)),
            field('name_substring', v.part('words')), field('blockchain', CHAIN), field('strict_blockchain', v.boolean),
        ),
        (v.spelled(v.constant('global', 'private')),),
    ),
    Route('POST', 'names', 'body', (needs('addresses', v.listed(v.chain_address, 8)),)),
    Route('POST', 'wallet/interacted', 'body', (needs('from_address', v.address), needs('to_address', v.address))),
    Route(
        'POST', 'accounting/rules', 'query',
        (
            PAGING, ordering(*RULE_COLUMNS), field('event_types', v.many(v.spelled(v.known('event_types')))),
            field('event_subtypes', v.many(v.spelled(v.known('event_subtypes')))),
            field('counterparties', v.many(v.known('counterparties', 'NONE', ''))),
        ),
    ),
    Route(
        'POST', 'history/events', 'body',
        (
            PAGING, PAGING, PAGING, ordering('timestamp', most=2), *FROM_TO,
            field('event_types', v.many(v.spelled(v.known('event_types')), 10)),
            field('event_subtypes', v.many(v.spelled(v.known('event_subtypes')), 10)),
            field('counterparties', v.many(v.known('protocols'), 2)), field('exclude_ignored_assets', v.boolean),
            field('group_by_event_ids', v.boolean), field('event_identifiers', v.many(v.known('groups'))),
            field('location', v.spelled(v.known('locations'))), field('location_labels', v.many(v.known('labels'))),
            field('asset', v.asset), field('entry_types', entry_types), field('customized_events_only', v.boolean),
            field('identifiers', v.many(v.known('history'), 60)), field('notes_substring', v.part('words')),
            field('tx_hashes', v.many(v.known('hashes'))),
            field('products', v.many(v.constant('pool', 'staking', 'gauge', 'bribe', 'lending'))),
            field('addresses', v.many(v.address)), field('validator_indices', v.many(v.known('validators'), 30)),
        ),
    ),
    Route('GET', 'history/events/details', 'query', (needs('identifier', v.known('history', 0, '1', 99_999_999)),)),
    Route('POST', 'statistics/events', 'query', FROM_TO),
    Route(
        'POST', 'reports/{report_id}/data', 'query',
        (PAGING, ordering('timestamp', 'pnl_taxable', 'pnl_free', 'asset'), *FROM_TO),
        (v.known('reports', 0, 1, 2, 99, '007'),),
    ),
    # What NFTs are priced in may be looked up in the network, if that is not USD.
    Route('POST', 'nfts/prices', 'query', (field('lps_handling', v.spelled(v.constant(*LPS))),)),
    # Without premium they are refused before anything is looked at.
    Route('POST', 'balances/historical', 'body', (needs('timestamp', v.timestamp),)),
    Route(
        'POST', 'balances/historical/asset', 'body',
        (*FROM_TO, field('asset', v.asset), field('collection_id', v.known('collections'))),
    ),
    Route('POST', 'balances/historical/netvalue', 'body', FROM_TO),
    Route('POST', 'accounting/rules/conflicts', 'query', (PAGING,)),
    Route('POST', 'accounting/rules/export', 'query', (ASYNC, field('directory_path', v.constant(None)))),
    Route(
        'POST', 'statistics/balance', 'body',
        (Field(between, True), Field(asset_or_collection, True)),
    ),
)  # fmt: skip


def chosen(patterns: str) -> list[Route]:
    """The routes whose name or path matches a shell pattern, or one of several between commas."""
    return [r for r in ROUTES if any(fnmatchcase(as_, pattern.strip()) for pattern in patterns.split(',')
                                     for as_ in (r.name, f'/{r.path}'))]
