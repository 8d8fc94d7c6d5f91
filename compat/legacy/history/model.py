"""Names behind the numbers and letters of an event row."""

from enum import Enum

EVENT_TYPES = frozenset((
    'informational', 'receive', 'deposit', 'spend', 'loss', 'withdrawal', 'trade', 'renew', 'staking', 'transfer',
    'adjustment', 'deploy', 'migrate', 'fail', 'mint', 'burn', 'multi trade',
))
EVENT_SUBTYPES = frozenset((
    'airdrop', 'apply', 'approve', 'attest', 'block production', 'bridge', 'burn', 'cancel order', 'cashback',
    'clawback', 'consolidate', 'create', 'delegate', 'deposit asset', 'deposit for wrapped', 'donate', 'fee',
    'generate debt', 'governance', 'grant', 'hack', 'interest', 'liquidate', 'liquidity provision loss', 'mev reward',
    'nft', 'none', 'payback debt', 'payment', 'place order', 'receive', 'receive wrapped', 'redeem wrapped', 'refund',
    'remove asset', 'return wrapped', 'reward', 'spend', 'update',
))


class EntryType(Enum):
    HISTORY_EVENT = 1
    EVM_EVENT = 2
    ETH_WITHDRAWAL_EVENT = 3
    ETH_BLOCK_EVENT = 4
    ETH_DEPOSIT_EVENT = 5
    ASSET_MOVEMENT_EVENT = 6
    SWAP_EVENT = 7
    EVM_SWAP_EVENT = 8

    @property
    def wire_name(self) -> str:
        return self.name.lower().replace('_', ' ')
