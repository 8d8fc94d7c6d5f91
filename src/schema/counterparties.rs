//! Counterparties of EVM chains, as legacy's decoders bring them along.

/// Known in every session.
#[rustfmt::skip] // names in lines, not one a line
pub const ALWAYS: &[&str] = &[
    "0x", "1inch", "1inch-v1", "1inch-v2", "1inch-v3", "1inch-v4", "1inch-v5", "1inch-v6", "aave", "aave-v1",
    "aave-v2", "aave-v3", "account delegation", "aerodrome", "arbitrum_one", "aura-finance", "badger",
    "balancer-v1", "balancer-v2", "base", "basenames", "blur", "cctp", "compound", "compound-v3", "convex",
    "cowswap", "curve", "defisaver", "degen", "digixdao", "diva", "drips", "dxdaomesa", "eas", "echo", "efp",
    "eigenlayer", "element-finance", "ens", "eth2", "extrafi", "firebird-finance", "fluence", "frax", "gas",
    "gearbox", "gitcoin", "giveth", "gmx", "gnosis-chain", "gnosis_pay", "golem", "harvest finance", "hedgey",
    "hop", "hyperliquid", "juicebox", "kraken", "kyber", "kyber legacy", "lido", "liquity", "llamazip", "magpie",
    "makerdao dsr", "makerdao migration", "makerdao sai", "makerdao vault", "merkl", "metamask_swaps", "monerium",
    "morpho", "octant", "odos-v1", "odos-v2", "omni", "openocean", "optimism", "paladin", "paraswap", "pendle",
    "pickle finance", "poloniex", "polygon", "puffer", "rainbow_swaps", "safe-multisig", "scroll", "shapeshift",
    "shutter", "sky", "socket", "spark", "stakedao", "summer-fi", "sushiswap-v2", "thegraph", "umami", "uniswap",
    "uniswap-v1", "uniswap-v2", "uniswap-v3", "uphold", "velodrome", "votium", "walletconnect", "weth", "wmatic",
    "wxdai", "yearn-v1", "yearn-v2", "yearn-v3", "ygov", "zksync",
];

/// Known if certain assets were in global.db when the user logged in, which it does not say any more.
pub const AT_TIMES: &[&str] = &["Locked GNO", "beefy_finance", "clrfund", "safe"];
