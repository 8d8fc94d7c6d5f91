"""The assets a freshly built global.db knows: a few currencies, coins and ERC-20 tokens."""

from typing import NamedTuple

FIAT, OWN_CHAIN, EVM_TOKEN = 'A', 'B', 'C'


class Asset(NamedTuple):
    identifier: str
    name: str
    symbol: str
    kind: str
    address: str | None = None
    decimals: int | None = None
    usd_price: str | None = None


def token(address: str, name: str, symbol: str, decimals: int, usd_price: str) -> Asset:
    return Asset(f'eip155:1/erc20:{address}', name, symbol, EVM_TOKEN, address, decimals, usd_price)


ASSETS = (
    Asset('USD', 'United States Dollar', 'USD', FIAT),
    Asset('EUR', 'Euro', 'EUR', FIAT, usd_price='1.08'),
    Asset('GBP', 'British Pound', 'GBP', FIAT, usd_price='1.27'),
    Asset('JPY', 'Japanese Yen', 'JPY', FIAT, usd_price='0.0067'),
    Asset('CHF', 'Swiss Franc', 'CHF', FIAT, usd_price='1.10'),
    Asset('BTC', 'Bitcoin', 'BTC', OWN_CHAIN, usd_price='37000.50'),
    Asset('BCH', 'Bitcoin Cash', 'BCH', OWN_CHAIN, usd_price='230'),
    Asset('ETH', 'Ethereum', 'ETH', OWN_CHAIN, usd_price='2000.10'),
    Asset('LTC', 'Litecoin', 'LTC', OWN_CHAIN, usd_price='70'),
    Asset('XMR', 'Monero', 'XMR', OWN_CHAIN, usd_price='165.25'),
    Asset('DOGE', 'Dogecoin', 'DOGE', OWN_CHAIN, usd_price='0.078'),
    Asset('DOT', 'Polkadot', 'DOT', OWN_CHAIN, usd_price='5.20'),
    token('0x6B175474E89094C44Da98b954EedeAC495271d0F', 'Dai Stablecoin', 'DAI', 18, '1'),
    token('0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48', 'USD Coin', 'USDC', 6, '1'),
    token('0xdAC17F958D2ee523a2206206994597C13D831ec7', 'Tether USD', 'USDT', 6, '1'),
    token('0x1f9840a85d5aF5bf1D1762F925BDADdC4201F984', 'Uniswap', 'UNI', 18, '6.05'),
    token('0x514910771AF9Ca656af840dff83E8264EcF986CA', 'Chainlink', 'LINK', 18, '14.40'),
    token('0x2260FAC5E5542a773Aa44fBCfeDf7C193bc2C599', 'Wrapped BTC', 'WBTC', 8, '36990'),
)
