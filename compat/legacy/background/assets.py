"""Assets that a user owns are known to global.db, and tokens that look like spam are ignored."""

from legacy.background.last_runs import remember
from legacy.background.spam import looks_like_spam
from legacy.db import userdb
from legacy.db.driver import Connection
from legacy.messages import MessagesAggregator, MessageType

LAST_OWNED, LAST_SPAM = 'last_owned_assets_update', 'last_spam_assets_detect_key'
SPAM = 'spam'
# Spam by their names, and none.
GENUINE = {
    'eip155:1/erc20:0xA0b73E1Ff0B80914AB6fe0444E65848C4C34450b',
    'eip155:1/erc20:0xB63B606Ac810a52cCa15e44bB630fd42D8d1d83d',
}
CHAINS = {
    1: 'eth', 10: 'optimism', 56: 'binance_sc', 100: 'gnosis', 137: 'polygon_pos', 8453: 'base', 42161: 'arbitrum_one',
    43114: 'avax', 534352: 'scroll',
}


def update_owned(db: Connection, global_db: Connection, now: int) -> None:
    with db.read_ctx() as cursor:
        owned = userdb.owned_assets(cursor)
    userdb.add_owned(global_db, owned)
    with db.write_ctx() as cursor:
        remember(cursor, LAST_OWNED, now)


def detect_spam(db: Connection, global_db: Connection, messages: MessagesAggregator, now: int) -> None:
    """Within the user's transaction there is one of global.db, which is committed first."""
    spam = spam_tokens(global_db)
    with db.write_ctx() as cursor:
        if spam:
            with global_db.write_ctx() as global_cursor:
                global_cursor.executemany(
                    f"UPDATE evm_tokens SET protocol='{SPAM}' WHERE identifier=?", [(token,) for token, _ in spam],
                )
            for token, _ in spam:
                cursor.execute("INSERT OR IGNORE INTO multisettings(name, value) VALUES('ignored_asset', ?)", (token,))
                cursor.execute('UPDATE history_events SET ignored=1 WHERE asset=?', (token,))
        remember(cursor, LAST_SPAM, now)
    for chain in {chain for _, chain in spam} & CHAINS.keys():
        messages.add_message(MessageType.REFRESH_BALANCES, {'type': 'blockchain_balances', 'blockchain': CHAINS[chain]})


def spam_tokens(global_db: Connection) -> list[tuple[str, int]]:
    """Identifiers and chains of those that are not marked yet, in the order of their symbols."""
    with global_db.read_ctx() as cursor:
        wanted = cursor.execute("SELECT value FROM general_cache WHERE key='SPAM_ASSET_FALSE_POSITIVE'").fetchall()
        tokens = cursor.execute(
            'SELECT identifier, chain, symbol, name FROM evm_tokens JOIN assets USING(identifier) '
            'LEFT JOIN common_asset_details USING(identifier) WHERE protocol IS NOT ? ORDER BY symbol',
            (SPAM,),
        ).fetchall()
    genuine = GENUINE | {token for token, in wanted}
    return [(token, chain) for token, chain, *texts in tokens if token not in genuine and any(map(looks_like_spam, texts))]
