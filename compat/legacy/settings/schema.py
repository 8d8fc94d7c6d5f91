"""What `PUT /settings` and the initial settings of a new user may contain."""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from legacy.arguments.fields import AssetField
from legacy.settings.definitions import CURRENT_PRICE_ORACLES, HISTORICAL_PRICE_ORACLES, MODULES, NAME_PRIORITY

NO_TAXFREE_PERIOD = -1


def at_least(minimum: int, message: str) -> Callable[[int], None]:
    def check(value: int) -> None:
        if value < minimum:
            raise ValidationError(message)

    return check


def oracles(kind: str, known: tuple[str, ...]) -> fields.List:
    def check(value: list[str]) -> None:
        if not value or len(value) != len(set(value)):
            raise ValidationError(f'{kind.capitalize()} price oracles list should not be empty and should have no repeated entries')

    def check_member(name: str) -> None:
        if name not in known:
            raise ValidationError(f'Invalid {kind} price oracle: {name}')

    return fields.List(fields.String(validate=check_member), validate=check)


def precision(value: int) -> None:
    if not 0 <= value <= 8:
        raise ValidationError('Floating numbers precision in the UI must be between 0 and 8')


def taxfree_period(value: int) -> None:
    if value < NO_TAXFREE_PERIOD:
        raise ValidationError(
            'The taxfree_after_period value can not be negative, except for the value of -1 to disable the setting',
        )


POSITIVE = 'The value should be >= 1'


class SettingsSchema(Schema):
    premium_should_sync = fields.Boolean()
    include_crypto2crypto = fields.Boolean()
    ui_floating_precision = fields.Integer(validate=precision)
    taxfree_after_period = fields.Integer(validate=taxfree_period)
    balance_save_frequency = fields.Integer(
        validate=at_least(1, 'The number of hours after which balances should be saved should be >= 1'),
    )
    include_gas_costs = fields.Boolean()
    ksm_rpc_endpoint = fields.String()
    dot_rpc_endpoint = fields.String()
    beacon_rpc_endpoint = fields.String()
    main_currency = AssetField()
    date_display_format = fields.String()
    submit_usage_analytics = fields.Boolean()
    active_modules = fields.List(fields.String(validate=validate.OneOf(sorted(MODULES))))
    frontend_settings = fields.String()
    btc_derivation_gap_limit = fields.Integer(validate=at_least(1, POSITIVE))
    calculate_past_cost_basis = fields.Boolean()
    display_date_in_localtime = fields.Boolean()
    current_price_oracles = oracles('current', CURRENT_PRICE_ORACLES)
    historical_price_oracles = oracles('historical', HISTORICAL_PRICE_ORACLES)
    pnl_csv_with_formulas = fields.Boolean()
    pnl_csv_have_summary = fields.Boolean()
    ssf_graph_multiplier = fields.Integer(validate=at_least(0, 'The value should be >= 0'))
    non_syncing_exchanges = fields.List(fields.Dict())
    evmchains_to_skip_detection = fields.List(fields.String())
    cost_basis_method = fields.String(validate=validate.OneOf(('fifo', 'lifo', 'hifo', 'acb')))
    treat_eth2_as_eth = fields.Boolean()
    eth_staking_taxable_after_withdrawal_enabled = fields.Boolean()
    address_name_priority = fields.List(fields.String(validate=validate.OneOf(NAME_PRIORITY)))
    include_fees_in_cost_basis = fields.Boolean()
    infer_zero_timed_balances = fields.Boolean()
    query_retry_limit = fields.Integer(validate=at_least(1, POSITIVE))
    connect_timeout = fields.Integer(validate=at_least(1, POSITIVE))
    read_timeout = fields.Integer(validate=at_least(1, POSITIVE))
    oracle_penalty_threshold_count = fields.Integer(validate=at_least(1, POSITIVE))
    oracle_penalty_duration = fields.Integer(validate=at_least(1, POSITIVE))
    auto_delete_calendar_entries = fields.Boolean()
    auto_create_calendar_reminders = fields.Boolean()
    ask_user_upon_size_discrepancy = fields.Boolean()
    auto_detect_tokens = fields.Boolean()
    csv_export_delimiter = fields.String()

    @post_load
    def disable_taxfree_period(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """-1 is stored as NULL."""
        if data.get('taxfree_after_period') == NO_TAXFREE_PERIOD:
            return {**data, 'taxfree_after_period': None}
        return data
