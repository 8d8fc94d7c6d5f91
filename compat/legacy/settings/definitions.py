"""Every setting in the order the wire has them, with its default and how its row is read.

Rows are text. Booleans are spelled `True` and `False`, lists are JSON, a missing row means the default.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

Reader = Callable[[str | None], Any]

MODULES = frozenset({
    'makerdao_dsr', 'makerdao_vaults', 'uniswap', 'loopring', 'eth2', 'sushiswap', 'liquity', 'pickle_finance', 'nfts',
})
# A tuple made of a set: its order differs from process to process, as it does in the real one.
DEFAULT_MODULES = tuple(MODULES - {'makerdao_dsr'})
CURRENT_PRICE_ORACLES = ('coingecko', 'defillama', 'cryptocompare', 'uniswapv2', 'uniswapv3')
HISTORICAL_PRICE_ORACLES = ('cryptocompare', 'coingecko', 'defillama', 'uniswapv3', 'uniswapv2')
NAME_PRIORITY = (
    'private_addressbook', 'blockchain_account', 'global_addressbook', 'ethereum_tokens', 'hardcoded_mappings', 'ens_names',
)


def text(value: str | None) -> Any:
    return value


def boolean(value: str | None) -> bool:
    return value == 'True'


def integer(value: str | None) -> int | None:
    return None if value is None else int(value)


def json_value(value: str | None) -> Any:
    return json.loads(value or 'null')


class Setting(NamedTuple):
    name: str
    read: Reader
    default: Any


SETTINGS = (
    Setting('version', integer, 49),
    Setting('last_write_ts', integer, 0),
    Setting('premium_should_sync', boolean, False),
    Setting('include_crypto2crypto', boolean, True),
    Setting('ui_floating_precision', integer, 2),
    Setting('taxfree_after_period', integer, 365 * 24 * 3600),
    Setting('balance_save_frequency', integer, 24),
    Setting('include_gas_costs', boolean, True),
    Setting('ksm_rpc_endpoint', text, 'http://localhost:9933'),
    Setting('dot_rpc_endpoint', text, ''),
    Setting('beacon_rpc_endpoint', text, ''),
    Setting('main_currency', text, 'USD'),
    Setting('date_display_format', text, '%d/%m/%Y %H:%M:%S %Z'),
    Setting('submit_usage_analytics', boolean, True),
    Setting('active_modules', json_value, DEFAULT_MODULES),
    Setting('frontend_settings', text, ''),
    Setting('btc_derivation_gap_limit', integer, 20),
    Setting('calculate_past_cost_basis', boolean, True),
    Setting('display_date_in_localtime', boolean, True),
    Setting('current_price_oracles', json_value, CURRENT_PRICE_ORACLES),
    Setting('historical_price_oracles', json_value, HISTORICAL_PRICE_ORACLES),
    Setting('pnl_csv_with_formulas', boolean, True),
    Setting('pnl_csv_have_summary', boolean, False),
    Setting('ssf_graph_multiplier', integer, 0),
    Setting('last_data_migration', integer, 0),
    Setting('non_syncing_exchanges', json_value, ()),
    Setting('evmchains_to_skip_detection', json_value, ()),
    Setting('cost_basis_method', text, 'fifo'),
    Setting('treat_eth2_as_eth', boolean, True),
    Setting('eth_staking_taxable_after_withdrawal_enabled', boolean, True),
    Setting('address_name_priority', json_value, NAME_PRIORITY),
    Setting('include_fees_in_cost_basis', boolean, True),
    Setting('infer_zero_timed_balances', boolean, False),
    Setting('query_retry_limit', integer, 5),
    Setting('connect_timeout', integer, 30),
    Setting('read_timeout', integer, 30),
    Setting('oracle_penalty_threshold_count', integer, 5),
    Setting('oracle_penalty_duration', integer, 1800),
    Setting('auto_delete_calendar_entries', boolean, True),
    Setting('auto_create_calendar_reminders', boolean, True),
    Setting('ask_user_upon_size_discrepancy', boolean, True),
    Setting('auto_detect_tokens', boolean, True),
    Setting('csv_export_delimiter', text, ','),
)
CACHED_TIMESTAMPS = ('last_balance_save', 'last_data_upload_ts')
