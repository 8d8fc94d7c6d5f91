//! Which chains and modules there are.

use crate::{
    handlers::{Context, Handler, handler::Outcome},
    schema::constants::{ETH_MODULES, EVM_CHAINS, SUPPORTED_CHAINS},
    wire::Answer,
};

/// `GET /api/1/blockchains/supported`
pub const SUPPORTED: Handler =
    Handler::reads("blockchains_supported", "GET /api/1/blockchains/supported", |context| Box::pin(supported(context)));

async fn supported(_: Context) -> Outcome {
    Ok(Answer::ok(&*SUPPORTED_CHAINS)?)
}

/// `GET /api/1/blockchains/evm/all`
pub const EVM: Handler =
    Handler::reads("blockchains_evm_all", "GET /api/1/blockchains/evm/all", |context| Box::pin(evm(context)));

async fn evm(_: Context) -> Outcome {
    Ok(Answer::ok(&*EVM_CHAINS)?)
}

/// `GET /api/1/blockchains/eth/modules`
pub const MODULES: Handler =
    Handler::reads("blockchains_eth_modules", "GET /api/1/blockchains/eth/modules", |context| {
        Box::pin(modules(context))
    });

async fn modules(_: Context) -> Outcome {
    Ok(Answer::ok(&*ETH_MODULES)?)
}
