//! Which chains and modules there are.

use crate::{
    handlers::{Context, Handler, handler::Outcome},
    schema::constants::{ETH_MODULES, EVM_CHAINS, SUPPORTED_CHAINS},
    wire::{
        Answer, Gives,
        gives::{at_times, key},
    },
};

/// `GET /api/1/blockchains/supported`
pub const SUPPORTED: Handler =
    Handler::reads("blockchains_supported", "GET /api/1/blockchains/supported", |context| Box::pin(supported(context)))
        .gives(Gives::List(&Gives::Object(&[
            key("id", Gives::Text),
            key("name", Gives::Text),
            key("type", Gives::Text),
            key("native_token", Gives::Text),
            key("image", Gives::Text),
            at_times("evm_chain_name", Gives::Text),
        ])));

async fn supported(_: Context) -> Outcome {
    Ok(Answer::ok(&*SUPPORTED_CHAINS)?)
}

/// `GET /api/1/blockchains/evm/all`
pub const EVM: Handler =
    Handler::reads("blockchains_evm_all", "GET /api/1/blockchains/evm/all", |context| Box::pin(evm(context))).gives(
        Gives::List(&Gives::Object(&[key("id", Gives::Int), key("name", Gives::Text), key("label", Gives::Text)])),
    );

async fn evm(_: Context) -> Outcome {
    Ok(Answer::ok(&*EVM_CHAINS)?)
}

/// `GET /api/1/blockchains/eth/modules`
pub const MODULES: Handler =
    Handler::reads("blockchains_eth_modules", "GET /api/1/blockchains/eth/modules", |context| {
        Box::pin(modules(context))
    })
    .gives(Gives::List(&Gives::Object(&[key("id", Gives::Text), key("name", Gives::Text)])));

async fn modules(_: Context) -> Outcome {
    Ok(Answer::ok(&*ETH_MODULES)?)
}
