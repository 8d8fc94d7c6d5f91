"""The ten reads that scripts/bench reads measures, and why these."""

from typing import NamedTuple


class Read(NamedTuple):
    """A request, under the name of its route."""

    name: str
    method: str
    path: str  # below /api/1
    body: str | None
    data: str  # where its answer comes from
    why: str


READS = [
    Read('ping', 'GET', '/ping', None, 'constant', 'no work at all: what the two servers cost'),
    Read('history_event_types', 'GET', '/history/events/type_mappings', None, 'constant', 'a large constant'),
    Read('tags_list', 'GET', '/tags', None, 'user', 'one small table'),
    Read('settings_get', 'GET', '/settings', None, 'user', 'many rows, each converted in its own way'),
    Read('blockchain_accounts', 'GET', '/blockchains/eth/accounts', None, 'user', 'a join, with tags gathered'),
    Read('notes_list', 'POST', '/notes', '{"limit": 10, "offset": 0}', 'user', 'a body; filter, page and counts'),
    Read('accounting_rules', 'POST', '/accounting/rules', '{"limit": 10, "offset": 0}', 'user',
         'a page, and more queries for each of its rows'),
    Read('assets_locationmappings', 'POST', '/assets/locationmappings', '{"limit": 10, "offset": 0}', 'global.db',
         'global.db alone, which is not encrypted'),
    Read('assets_all', 'POST', '/assets/all', '{"limit": 10, "offset": 0}', 'both', 'a page of the largest table'),
    Read('assets_search', 'POST', '/assets/search', '{"value": "eth", "search_column": "name", "limit": 25}', 'both',
         'a search through every asset, sorted'),
]
