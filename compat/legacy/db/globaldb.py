"""global.db: open it, or build it with a small catalogue of assets."""

from pathlib import Path
from typing import Any

from legacy.db.catalogue import ASSETS, Asset
from legacy.db.driver import Connection
from legacy.db.schema import GLOBAL_VERSION, statements
from legacy.db.schema_global import GLOBAL_INDEXES, GLOBAL_TABLES

ASSETS_VERSION = 18
LAST_GLOBAL_MIGRATION = 3
DEFAULT_NODES = (
    ('local ethereum', 'http://localhost:8545', '0.60', 'ETH'),
    ('spare ethereum', 'http://localhost:8546', '0.40', 'ETH'),
    ('local optimism', 'http://localhost:9545', '1.00', 'OPTIMISM'),
)


def open_global_db(data_dir: Path) -> Connection:
    """Opened once per process and kept open across users."""
    path = data_dir / 'global' / 'global.db'
    fresh = not path.exists()
    connection = Connection(path)
    if fresh:
        create(connection)
    return connection


def create(connection: Connection) -> None:
    with connection.write_ctx() as cursor:
        for statement in statements(GLOBAL_TABLES, GLOBAL_INDEXES):
            cursor.execute(statement)
        cursor.executemany(
            'INSERT INTO settings(name, value) VALUES(?, ?)',
            [
                ('assets_version', str(ASSETS_VERSION)),
                ('version', str(GLOBAL_VERSION)),
                ('last_data_migration', str(LAST_GLOBAL_MIGRATION)),
            ],
        )
        add_enum(cursor, 'asset_types', 'type', 'ABCDEFGHIJKLMNOPQRSTUVWY[')
        add_enum(cursor, 'token_kinds', 'token_kind', 'ABCDE')
        add_enum(cursor, 'price_history_source_types', 'type', 'ABCDEFGHI')
        for asset in ASSETS:
            add_asset(cursor, asset)
        cursor.executemany(
            'INSERT INTO default_rpc_nodes(name, endpoint, owned, active, weight, blockchain) VALUES(?, ?, 0, 1, ?, ?)',
            DEFAULT_NODES,
        )


def add_enum(cursor: Any, table: str, column: str, members: str) -> None:
    """Enum tables hold one character per member; its number follows from the character."""
    cursor.executemany(
        f'INSERT INTO {table}({column}, seq) VALUES(?, ?)',
        [(member, ord(member) - ord('A') + 1) for member in members],
    )


def add_asset(cursor: Any, asset: Asset) -> None:
    cursor.execute('INSERT INTO assets(identifier, name, type) VALUES(?, ?, ?)', (asset.identifier, asset.name, asset.kind))
    cursor.execute('INSERT INTO common_asset_details(identifier, symbol) VALUES(?, ?)', (asset.identifier, asset.symbol))
    if asset.address is not None:
        cursor.execute(
            "INSERT INTO evm_tokens(identifier, token_kind, chain, address, decimals) VALUES(?, 'A', 1, ?, ?)",
            (asset.identifier, asset.address, asset.decimals),
        )
    if asset.usd_price is not None:
        cursor.execute(
            'INSERT INTO price_history(from_asset, to_asset, source_type, timestamp, price) VALUES(?, ?, ?, ?, ?)',
            (asset.identifier, 'USD', 'A', 1700000000, asset.usd_price),
        )
