"""Tables of a user database, version 49: the ones that endpoints of this backend or of the bridge touch.

Names, columns, types and keys are those of the real file, so that one handler works on both.
"""

from legacy.db.schema_history import HISTORY_INDEXES, HISTORY_TABLES

GENERAL_TABLES: dict[str, str] = {
    'settings': """
        name VARCHAR[24] NOT NULL PRIMARY KEY,
        value TEXT""",
    'key_value_cache': """
        name TEXT NOT NULL PRIMARY KEY,
        value TEXT""",
    'multisettings': """
        name VARCHAR[24] NOT NULL,
        value TEXT,
        UNIQUE (name, value)""",
    'location': """
        location CHAR(1) NOT NULL PRIMARY KEY,
        seq INTEGER UNIQUE""",
    'balance_category': """
        category CHAR(1) NOT NULL PRIMARY KEY,
        seq INTEGER UNIQUE""",
    'assets': """
        identifier TEXT NOT NULL PRIMARY KEY""",
    'user_credentials': """
        name TEXT NOT NULL,
        location CHAR(1) NOT NULL DEFAULT('A'),
        api_key TEXT,
        api_secret TEXT,
        passphrase TEXT,
        PRIMARY KEY (name, location),
        FOREIGN KEY (location) REFERENCES location(location)""",
    'user_credentials_mappings': """
        credential_name TEXT NOT NULL,
        credential_location CHAR(1) NOT NULL DEFAULT('A'),
        setting_name TEXT NOT NULL,
        setting_value TEXT NOT NULL,
        PRIMARY KEY (credential_name, credential_location, setting_name),
        FOREIGN KEY (credential_location) REFERENCES location(location),
        FOREIGN KEY (credential_name, credential_location) REFERENCES user_credentials(name, location) ON DELETE CASCADE ON UPDATE CASCADE""",
    'external_service_credentials': """
        name VARCHAR[30] NOT NULL PRIMARY KEY,
        api_key TEXT NOT NULL,
        api_secret TEXT""",
    'tags': """
        name TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
        description TEXT,
        background_color TEXT,
        foreground_color TEXT""",
    'tag_mappings': """
        object_reference TEXT,
        tag_name TEXT,
        PRIMARY KEY (object_reference, tag_name),
        FOREIGN KEY (tag_name) REFERENCES tags(name)""",
    'user_notes': """
        identifier INTEGER NOT NULL PRIMARY KEY,
        title TEXT NOT NULL,
        content TEXT NOT NULL,
        location TEXT NOT NULL,
        last_update_timestamp INTEGER NOT NULL,
        is_pinned INTEGER NOT NULL CHECK (is_pinned IN (0, 1))""",
    'blockchain_accounts': """
        blockchain VARCHAR[24] NOT NULL,
        account TEXT NOT NULL,
        PRIMARY KEY (blockchain, account)""",
    'xpubs': """
        xpub TEXT NOT NULL,
        derivation_path TEXT NOT NULL,
        label TEXT,
        blockchain TEXT NOT NULL,
        PRIMARY KEY (xpub, derivation_path, blockchain)""",
    'xpub_mappings': """
        address TEXT NOT NULL,
        xpub TEXT NOT NULL,
        derivation_path TEXT NOT NULL,
        account_index INTEGER,
        derived_index INTEGER,
        blockchain TEXT NOT NULL,
        PRIMARY KEY (address, xpub, derivation_path, blockchain),
        FOREIGN KEY (blockchain, address) REFERENCES blockchain_accounts(blockchain, account) ON DELETE CASCADE,
        FOREIGN KEY (xpub, derivation_path, blockchain) REFERENCES xpubs(xpub, derivation_path, blockchain) ON DELETE CASCADE""",
    'address_book': """
        address TEXT NOT NULL,
        blockchain TEXT NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (address, blockchain)""",
    'ens_mappings': """
        address TEXT NOT NULL PRIMARY KEY,
        ens_name TEXT UNIQUE,
        last_update INTEGER NOT NULL,
        last_avatar_update INTEGER NOT NULL DEFAULT 0""",
    'rpc_nodes': """
        identifier INTEGER NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        endpoint TEXT NOT NULL,
        owned INTEGER NOT NULL CHECK (owned IN (0, 1)),
        active INTEGER NOT NULL CHECK (active IN (0, 1)),
        weight TEXT NOT NULL,
        blockchain TEXT NOT NULL,
        UNIQUE (endpoint, blockchain)""",
    'manually_tracked_balances': """
        id INTEGER PRIMARY KEY,
        asset TEXT NOT NULL,
        label TEXT NOT NULL,
        amount TEXT,
        location CHAR(1) NOT NULL DEFAULT('A'),
        category CHAR(1) NOT NULL DEFAULT('A'),
        FOREIGN KEY (location) REFERENCES location(location),
        FOREIGN KEY (category) REFERENCES balance_category(category),
        FOREIGN KEY (asset) REFERENCES assets(identifier) ON UPDATE CASCADE""",
    'timed_balances': """
        category CHAR(1) NOT NULL DEFAULT('A'),
        timestamp INTEGER,
        currency TEXT,
        amount TEXT,
        usd_value TEXT,
        PRIMARY KEY (timestamp, currency, category),
        FOREIGN KEY (category) REFERENCES balance_category(category),
        FOREIGN KEY (currency) REFERENCES assets(identifier) ON UPDATE CASCADE""",
    'timed_location_data': """
        timestamp INTEGER,
        location CHAR(1) NOT NULL DEFAULT('A'),
        usd_value TEXT,
        PRIMARY KEY (timestamp, location),
        FOREIGN KEY (location) REFERENCES location(location)""",
    'margin_positions': """
        id TEXT PRIMARY KEY,
        location CHAR(1) NOT NULL DEFAULT('A'),
        open_time INTEGER,
        close_time INTEGER,
        profit_loss TEXT,
        pl_currency TEXT NOT NULL,
        fee TEXT,
        fee_currency TEXT,
        link TEXT,
        notes TEXT,
        FOREIGN KEY (location) REFERENCES location(location),
        FOREIGN KEY (pl_currency) REFERENCES assets(identifier) ON UPDATE CASCADE,
        FOREIGN KEY (fee_currency) REFERENCES assets(identifier) ON UPDATE CASCADE""",
    'used_query_ranges': """
        name VARCHAR[24] NOT NULL PRIMARY KEY,
        start_ts INTEGER,
        end_ts INTEGER""",
    'nfts': """
        identifier TEXT NOT NULL PRIMARY KEY,
        name TEXT,
        last_price TEXT NOT NULL,
        last_price_asset TEXT NOT NULL,
        manual_price INTEGER NOT NULL CHECK (manual_price IN (0, 1)),
        owner_address TEXT,
        blockchain TEXT GENERATED ALWAYS AS ('ETH') VIRTUAL,
        is_lp INTEGER NOT NULL CHECK (is_lp IN (0, 1)),
        image_url TEXT,
        collection_name TEXT,
        usd_price REAL NOT NULL DEFAULT 0,
        FOREIGN KEY (blockchain, owner_address) REFERENCES blockchain_accounts(blockchain, account) ON DELETE CASCADE,
        FOREIGN KEY (identifier) REFERENCES assets(identifier) ON UPDATE CASCADE,
        FOREIGN KEY (last_price_asset) REFERENCES assets(identifier) ON UPDATE CASCADE""",
    'calendar': """
        identifier INTEGER NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        timestamp INTEGER NOT NULL,
        description TEXT,
        counterparty TEXT,
        address TEXT,
        blockchain TEXT,
        color TEXT,
        auto_delete INTEGER NOT NULL CHECK (auto_delete IN (0, 1)),
        UNIQUE (name, address, blockchain),
        FOREIGN KEY (blockchain, address) REFERENCES blockchain_accounts(blockchain, account) ON DELETE CASCADE""",
    'calendar_reminders': """
        identifier INTEGER NOT NULL PRIMARY KEY,
        event_id INTEGER NOT NULL,
        secs_before INTEGER NOT NULL,
        acknowledged INTEGER NOT NULL DEFAULT 0 CHECK (acknowledged IN (0, 1)),
        FOREIGN KEY (event_id) REFERENCES calendar(identifier) ON DELETE CASCADE""",
}

USER_TABLES = {**GENERAL_TABLES, **HISTORY_TABLES}
USER_INDEXES = HISTORY_INDEXES
