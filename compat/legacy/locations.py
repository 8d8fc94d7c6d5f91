"""Locations: the name on the wire, one character in the database."""

_NAMES = (
    'external', 'kraken', 'poloniex', 'bittrex', 'binance', 'bitmex', 'coinbase', 'total', 'banks', 'blockchain',
    'coinbasepro', 'gemini', 'equities', 'realestate', 'commodities', 'cryptocom', 'uniswap', 'bitstamp', 'binanceus',
    'bitfinex', 'bitcoinde', 'iconomi', 'kucoin', 'balancer', 'loopring', 'ftx', 'nexo', 'blockfi',
    'independentreserve', 'gitcoin', 'sushiswap', 'shapeshift', 'uphold', 'bitpanda', 'bisq', 'ftxus', 'okx',
    'ethereum', 'optimism', 'polygon pos', 'arbitrum one', 'base', 'gnosis', 'woo', 'bybit', 'scroll', 'zksync lite',
    'htx', 'bitcoin', 'bitcoin cash', 'polkadot', 'kusama', 'coinbaseprime', 'binance sc', 'solana',
)
NAME_OF = {chr(ord('A') + i): name for i, name in enumerate(_NAMES)}
CHAR_OF = {name: char for char, name in NAME_OF.items()}


def title_of(char: str) -> str:
    """As it is spelled in sentences."""
    return NAME_OF[char].title()
