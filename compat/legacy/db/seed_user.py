"""Rows of a seeded user other than history events, with names chosen to be awkward."""

import random
from typing import Any

from legacy.db.catalogue import ASSETS

FIRST_SAVE = 1_690_000_000
DAY = 24 * 3600
ACCOUNTS = (
    ('ETH', '0x9531C059098e3d194fF87FebB587aB07B30B1306'),
    ('ETH', '0x2B888954421b424C5D3D9Ce9bB67c9bD47537d12'),
    ('OPTIMISM', '0x9531C059098e3d194fF87FebB587aB07B30B1306'),
    ('BTC', '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa'),
)
TAGS = (
    ('Alpha', 'plain'),
    ("O'Neill", "a quote ' and a \"double\" one"),
    ('税金', 'astral 🎉 plane'),
    ('Ελλάδα', None),
    ('ümlaut ß', 'naïve café'),
    ('100%_like', 'back\\slash and per%cent'),
    ('semi;colon--', 'new\nline and tab\there'),
    (' padded ', None),
    ('<b>html</b>', '&amp; entities'),
    ('e\u0301 combining', 'é precomposed'),
    ('\u202eright to left', 'control characters \u0001 too'),
    ('x' * 120, 'long'),
)
IGNORED = ('DOGE', 'eip155:1/erc20:0x514910771AF9Ca656af840dff83E8264EcF986CA')
NOTE_PLACES = ('DASHBOARD', 'HISTORY', 'ACCOUNTS', 'G')
RULES = (
    ('informational', 'none', 'NONE', 0, 0, 0),
    ('spend', 'fee', 'curve', 0, 0, 1),
    ('receive', 'reward', 'aave-v3', 1, 0, 0),
)


def add_user_data(cursor: Any, rng: random.Random) -> None:
    cursor.executemany(
        'INSERT INTO settings(name, value) VALUES(?, ?)',
        [('submit_usage_analytics', 'False'), ('main_currency', 'EUR'), ('ui_floating_precision', '4')],
    )
    cursor.executemany('INSERT INTO blockchain_accounts(blockchain, account) VALUES(?, ?)', ACCOUNTS)
    cursor.executemany(
        'INSERT INTO tags(name, description, background_color, foreground_color) VALUES(?, ?, ?, ?)',
        [(name, description, color(rng), color(rng)) for name, description in TAGS],
    )
    cursor.executemany('INSERT INTO multisettings(name, value) VALUES(?, ?)', [('ignored_asset', asset) for asset in IGNORED])
    cursor.executemany('INSERT INTO ignored_actions(identifier) VALUES(?)', [(f'seed-{i}',) for i in range(0, 60, 7)])
    cursor.executemany(
        'INSERT INTO accounting_rules(type, subtype, counterparty, taxable, count_entire_amount_spend, '
        'count_cost_basis_pnl) VALUES(?, ?, ?, ?, ?, ?)',
        RULES,
    )
    add_notes(cursor, rng)
    add_balances(cursor, rng)


def color(rng: random.Random) -> str:
    return f'{rng.randrange(1 << 24):06x}'


def sentence(rng: random.Random) -> str:
    return ' '.join(rng.choice(TAGS)[0].strip() for _ in range(rng.randint(1, 6)))


def add_notes(cursor: Any, rng: random.Random) -> None:
    cursor.executemany(
        'INSERT INTO user_notes(title, content, location, last_update_timestamp, is_pinned) VALUES(?, ?, ?, ?, ?)',
        [
            (f'Note {i}', sentence(rng), rng.choice(NOTE_PLACES), FIRST_SAVE + i * DAY, int(rng.random() < 0.3))
            for i in range(1, 8)
        ],
    )


def add_balances(cursor: Any, rng: random.Random) -> None:
    """Manual balances with tags, and two months of daily snapshots."""
    for i in range(1, 11):
        asset = rng.choice(ASSETS).identifier
        cursor.execute(
            'INSERT INTO manually_tracked_balances(asset, label, amount, location, category) VALUES(?, ?, ?, ?, ?)',
            (asset, f'{sentence(rng)} {i}', f'{rng.uniform(0, 1000):.6f}', rng.choice('AIJ'), rng.choice('AAAB')),
        )
        tags = rng.sample(TAGS, k=rng.randint(0, 3))
        cursor.executemany(
            'INSERT INTO tag_mappings(object_reference, tag_name) VALUES(?, ?)',
            [(str(i), name) for name, _ in tags],
        )
    for day in range(60):
        timestamp = FIRST_SAVE + day * DAY
        values = {asset: rng.uniform(1, 5000) for asset in ('BTC', 'ETH', 'EUR')}
        cursor.executemany(
            'INSERT INTO timed_balances(category, timestamp, currency, amount, usd_value) VALUES(?, ?, ?, ?, ?)',
            [('A', timestamp, asset, f'{value / 100:.8f}', f'{value:.2f}') for asset, value in values.items()],
        )
        cursor.executemany(
            'INSERT INTO timed_location_data(timestamp, location, usd_value) VALUES(?, ?, ?)',
            [(timestamp, location, f'{sum(values.values()):.2f}') for location in 'JH'],
        )
