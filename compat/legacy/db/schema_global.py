"""Tables of global.db, version 13: assets, prices and other facts that belong to no user."""

GLOBAL_TABLES: dict[str, str] = {
    'settings': """
        name VARCHAR[24] NOT NULL PRIMARY KEY,
        value TEXT""",
    'asset_types': """
        type CHAR(1) NOT NULL PRIMARY KEY,
        seq INTEGER UNIQUE""",
    'token_kinds': """
        token_kind CHAR(1) NOT NULL PRIMARY KEY,
        seq INTEGER UNIQUE""",
    'price_history_source_types': """
        type CHAR(1) NOT NULL PRIMARY KEY,
        seq INTEGER UNIQUE""",
    'assets': """
        identifier TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
        name TEXT,
        type CHAR(1) NOT NULL DEFAULT('A'),
        FOREIGN KEY (type) REFERENCES asset_types(type)""",
    'common_asset_details': """
        identifier TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
        symbol TEXT,
        coingecko TEXT,
        cryptocompare TEXT,
        forked TEXT,
        started INTEGER,
        swapped_for TEXT,
        FOREIGN KEY (forked) REFERENCES assets(identifier) ON DELETE SET NULL ON UPDATE CASCADE,
        FOREIGN KEY (identifier) REFERENCES assets(identifier) ON DELETE CASCADE ON UPDATE CASCADE,
        FOREIGN KEY (swapped_for) REFERENCES assets(identifier) ON DELETE SET NULL ON UPDATE CASCADE""",
    'evm_tokens': """
        identifier TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
        token_kind CHAR(1) NOT NULL DEFAULT('A'),
        chain INTEGER NOT NULL,
        address VARCHAR[42] NOT NULL,
        decimals INTEGER,
        protocol TEXT,
        FOREIGN KEY (token_kind) REFERENCES token_kinds(token_kind),
        FOREIGN KEY (identifier) REFERENCES assets(identifier) ON DELETE CASCADE ON UPDATE CASCADE""",
    'solana_tokens': """
        identifier TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
        token_kind CHAR(1) NOT NULL DEFAULT('D'),
        address VARCHAR[44] NOT NULL,
        decimals INTEGER,
        protocol TEXT,
        FOREIGN KEY (token_kind) REFERENCES token_kinds(token_kind),
        FOREIGN KEY (identifier) REFERENCES assets(identifier) ON DELETE CASCADE ON UPDATE CASCADE""",
    'custom_assets': """
        identifier TEXT NOT NULL PRIMARY KEY,
        notes TEXT,
        type TEXT NOT NULL COLLATE NOCASE,
        FOREIGN KEY (identifier) REFERENCES assets(identifier) ON DELETE CASCADE ON UPDATE CASCADE""",
    'underlying_tokens_list': """
        identifier TEXT NOT NULL,
        weight TEXT NOT NULL,
        parent_token_entry TEXT NOT NULL,
        PRIMARY KEY (identifier, parent_token_entry),
        FOREIGN KEY (parent_token_entry) REFERENCES evm_tokens(identifier) ON DELETE CASCADE ON UPDATE CASCADE,
        FOREIGN KEY (identifier) REFERENCES evm_tokens(identifier) ON DELETE CASCADE ON UPDATE CASCADE""",
    'user_owned_assets': """
        asset_id VARCHAR[24] NOT NULL PRIMARY KEY,
        FOREIGN KEY (asset_id) REFERENCES assets(identifier) ON DELETE CASCADE ON UPDATE CASCADE""",
    'asset_collections': """
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        symbol TEXT NOT NULL,
        main_asset TEXT NOT NULL UNIQUE,
        UNIQUE (name, symbol),
        FOREIGN KEY (main_asset) REFERENCES assets(identifier) ON DELETE CASCADE ON UPDATE CASCADE""",
    'multiasset_mappings': """
        collection_id INTEGER NOT NULL,
        asset TEXT NOT NULL,
        PRIMARY KEY (collection_id, asset),
        FOREIGN KEY (collection_id) REFERENCES asset_collections(id) ON DELETE CASCADE ON UPDATE CASCADE,
        FOREIGN KEY (asset) REFERENCES assets(identifier) ON DELETE CASCADE ON UPDATE CASCADE""",
    'price_history': """
        from_asset TEXT NOT NULL COLLATE NOCASE,
        to_asset TEXT NOT NULL COLLATE NOCASE,
        source_type CHAR(1) NOT NULL DEFAULT('A'),
        timestamp INTEGER NOT NULL,
        price TEXT NOT NULL,
        PRIMARY KEY (from_asset, to_asset, source_type, timestamp),
        FOREIGN KEY (source_type) REFERENCES price_history_source_types(type),
        FOREIGN KEY (from_asset) REFERENCES assets(identifier) ON DELETE CASCADE ON UPDATE CASCADE,
        FOREIGN KEY (to_asset) REFERENCES assets(identifier) ON DELETE CASCADE ON UPDATE CASCADE""",
    'general_cache': """
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        last_queried_ts INTEGER NOT NULL,
        PRIMARY KEY (key, value)""",
    'unique_cache': """
        key TEXT NOT NULL PRIMARY KEY,
        value TEXT NOT NULL,
        last_queried_ts INTEGER NOT NULL""",
    'default_rpc_nodes': """
        identifier INTEGER NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        endpoint TEXT NOT NULL,
        owned INTEGER NOT NULL CHECK (owned IN (0, 1)),
        active INTEGER NOT NULL CHECK (active IN (0, 1)),
        weight TEXT NOT NULL,
        blockchain TEXT NOT NULL""",
    'address_book': """
        address TEXT NOT NULL,
        blockchain TEXT NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (address, blockchain)""",
    'location_asset_mappings': """
        location TEXT,
        exchange_symbol TEXT NOT NULL,
        local_id TEXT NOT NULL COLLATE NOCASE,
        UNIQUE (location, exchange_symbol)""",
    'location_unsupported_assets': """
        location CHAR(1) NOT NULL,
        exchange_symbol TEXT NOT NULL,
        UNIQUE (location, exchange_symbol)""",
    'counterparty_asset_mappings': """
        counterparty TEXT NOT NULL,
        symbol TEXT NOT NULL,
        local_id TEXT NOT NULL COLLATE NOCASE,
        PRIMARY KEY (counterparty, symbol)""",
    'binance_pairs': """
        pair TEXT NOT NULL,
        base_asset TEXT NOT NULL,
        quote_asset TEXT NOT NULL,
        location TEXT NOT NULL,
        PRIMARY KEY (pair, location),
        FOREIGN KEY (base_asset) REFERENCES assets(identifier) ON DELETE CASCADE ON UPDATE CASCADE,
        FOREIGN KEY (quote_asset) REFERENCES assets(identifier) ON DELETE CASCADE ON UPDATE CASCADE""",
}

GLOBAL_INDEXES: dict[str, str] = {
    'idx_assets_identifier': 'assets (identifier)',
    'idx_evm_tokens_identifier': 'evm_tokens (identifier, chain, protocol)',
    'idx_multiasset_mappings_asset': 'multiasset_mappings (asset)',
    'idx_asset_collections_main_asset': 'asset_collections (main_asset)',
    'idx_user_owned_assets_asset_id': 'user_owned_assets (asset_id)',
    'idx_common_assets_identifier': 'common_asset_details (identifier)',
    'idx_price_history_identifier': 'price_history (from_asset, to_asset)',
    'idx_location_mappings_identifier': 'location_asset_mappings (local_id)',
    'idx_underlying_tokens_lists_identifier': 'underlying_tokens_list (identifier, parent_token_entry)',
    'idx_binance_pairs_identifier': 'binance_pairs (base_asset, quote_asset)',
    'idx_multiasset_mappings_identifier': 'multiasset_mappings (asset)',
    'idx_solana_tokens_identifier': 'solana_tokens (identifier, protocol)',
}
