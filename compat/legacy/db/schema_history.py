"""History events of a user database and what accounting hangs on them."""

HISTORY_TABLES: dict[str, str] = {
    'ignored_actions': """
        identifier TEXT PRIMARY KEY""",
    'skipped_external_events': """
        identifier INTEGER NOT NULL PRIMARY KEY,
        data TEXT NOT NULL,
        location CHAR(1) NOT NULL DEFAULT('A'),
        extra_data TEXT,
        UNIQUE (data, location),
        FOREIGN KEY (location) REFERENCES location(location)""",
    'accounting_rules': """
        identifier INTEGER NOT NULL PRIMARY KEY,
        type TEXT NOT NULL,
        subtype TEXT NOT NULL,
        counterparty TEXT NOT NULL,
        taxable INTEGER NOT NULL CHECK (taxable IN (0, 1)),
        count_entire_amount_spend INTEGER NOT NULL CHECK (count_entire_amount_spend IN (0, 1)),
        count_cost_basis_pnl INTEGER NOT NULL CHECK (count_cost_basis_pnl IN (0, 1)),
        accounting_treatment TEXT,
        UNIQUE (type, subtype, counterparty)""",
    'linked_rules_properties': """
        identifier INTEGER NOT NULL PRIMARY KEY,
        accounting_rule INTEGER,
        property_name TEXT NOT NULL,
        setting_name TEXT NOT NULL,
        FOREIGN KEY (accounting_rule) REFERENCES accounting_rules(identifier),
        FOREIGN KEY (setting_name) REFERENCES settings(name)""",
    'unresolved_remote_conflicts': """
        identifier INTEGER NOT NULL PRIMARY KEY,
        local_id INTEGER NOT NULL,
        remote_data TEXT NOT NULL,
        type INTEGER NOT NULL""",
    'history_events': """
        identifier INTEGER NOT NULL PRIMARY KEY,
        entry_type INTEGER NOT NULL,
        event_identifier TEXT NOT NULL,
        sequence_index INTEGER NOT NULL,
        timestamp INTEGER NOT NULL,
        location CHAR(1) NOT NULL DEFAULT('A'),
        location_label TEXT,
        asset TEXT NOT NULL,
        amount TEXT NOT NULL,
        notes TEXT,
        type TEXT NOT NULL,
        subtype TEXT NOT NULL,
        extra_data TEXT,
        ignored INTEGER NOT NULL DEFAULT 0,
        UNIQUE (event_identifier, sequence_index),
        FOREIGN KEY (location) REFERENCES location(location),
        FOREIGN KEY (asset) REFERENCES assets(identifier) ON UPDATE CASCADE""",
    'evm_events_info': """
        identifier INTEGER PRIMARY KEY,
        tx_hash BLOB NOT NULL,
        counterparty TEXT,
        product TEXT,
        address TEXT,
        FOREIGN KEY (identifier) REFERENCES history_events(identifier) ON DELETE CASCADE ON UPDATE CASCADE""",
    'eth_staking_events_info': """
        identifier INTEGER PRIMARY KEY,
        validator_index INTEGER NOT NULL,
        is_exit_or_blocknumber INTEGER NOT NULL,
        FOREIGN KEY (identifier) REFERENCES history_events(identifier) ON DELETE CASCADE ON UPDATE CASCADE""",
    'history_events_mappings': """
        parent_identifier INTEGER NOT NULL,
        name TEXT NOT NULL,
        value INTEGER NOT NULL,
        PRIMARY KEY (parent_identifier, name, value),
        FOREIGN KEY (parent_identifier) REFERENCES history_events(identifier) ON DELETE CASCADE ON UPDATE CASCADE""",
}

HISTORY_INDEXES: dict[str, str] = {
    'idx_history_events_entry_type': 'history_events(entry_type)',
    'idx_history_events_timestamp': 'history_events(timestamp)',
    'idx_history_events_location': 'history_events(location)',
    'idx_history_events_location_label': 'history_events(location_label)',
    'idx_history_events_asset': 'history_events(asset)',
    'idx_history_events_type': 'history_events(type)',
    'idx_history_events_subtype': 'history_events(subtype)',
    'idx_history_events_ignored': 'history_events(ignored)',
}
