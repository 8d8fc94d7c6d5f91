//! An asset that a client gives, read.

use crate::{
    handlers::{Context, Stop, filter::bindable, filter::records},
    schema::assets::{EVM_CHAINS, TOKEN_KINDS, TYPES, stored_as},
    wire::validate::{Mistyped, Record},
};

/// An asset.
#[derive(Debug, Clone)]
pub(super) struct Given {
    /// Its type, as the wire spells it.
    pub(super) asset_type: String,
    /// Its type, as global.db has it.
    pub(super) stored_type: &'static str,
    /// What identifies it, where something does: a token is identified by its address.
    pub(super) identifier: Option<String>,
    pub(super) name: String,
    pub(super) symbol: Option<String>,
    pub(super) started: Option<i64>,
    pub(super) swapped_for: Option<String>,
    pub(super) forked: Option<String>,
    pub(super) token: Option<Token>,
}

/// What a token has besides.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) address: String,
    /// Its kind, as global.db has it.
    pub(super) kind: &'static str,
    pub(super) decimals: Option<i64>,
    pub(super) protocol: Option<String>,
    /// Where it lives, if that is not Solana.
    pub(super) evm: Option<Evm>,
}

/// What a token of an EVM chain has besides.
#[derive(Debug, Clone)]
pub(super) struct Evm {
    pub(super) chain: i64,
    /// Its chain, as the wire spells it.
    pub(super) chain_name: String,
    pub(super) underlying: Vec<Underlying>,
}

/// A part of a token.
#[derive(Debug, Clone)]
pub(super) struct Underlying {
    pub(super) identifier: String,
    pub(super) address: String,
    /// Its kind, as global.db has it.
    pub(super) kind: &'static str,
    /// 0 to 1.
    pub(super) weight: String,
}

impl Given {
    /// Reads the asset of a request.
    ///
    /// # Errors
    /// The arguments are wrong, or legacy's to judge.
    pub(super) async fn read(context: &Context) -> Result<Self, Stop> {
        let answer = |questions| super::super::crypto::crypto_assets(context, questions);
        let arguments = context.arguments_known(answer).await?;
        let text = |name: &str| arguments.maybe_text(name).map(|text| text.map(str::to_owned));
        let asset_type = arguments.text("asset_type")?.to_owned();
        let token = token(&arguments, &asset_type)?;
        let identifier = match &token {
            Some((identifier, _)) => Some(identifier.clone()),
            None => text("identifier")?,
        };
        if let Some(identifier) = &identifier {
            bindable(identifier)?;
        }
        Ok(Self {
            stored_type: stored_as_type(&asset_type)?,
            asset_type,
            identifier,
            name: arguments.text("name")?.to_owned(),
            symbol: text("symbol")?,
            started: arguments.maybe_int("started")?,
            swapped_for: text("swapped_for")?,
            forked: text("forked")?,
            token: token.map(|(_, token)| token),
        })
    }
}

/// A token's identifier, and what it has besides.
fn token(arguments: &Record, asset_type: &str) -> Result<Option<(String, Token)>, Stop> {
    if !matches!(asset_type, "evm token" | "solana token") {
        return Ok(None);
    }
    let (address, kind) = (arguments.text("address")?, arguments.text("token_kind")?);
    let (identifier, evm) = if asset_type == "evm token" {
        let chain_name = arguments.text("evm_chain")?;
        let chain = stored_as(&EVM_CHAINS, chain_name).ok_or_else(|| unknown("evm_chain"))?;
        let identify = |kind: &str, address: &str| format!("eip155:{chain}/{kind}:{address}");
        let mut underlying = Vec::new();
        for part in records(arguments, "underlying_tokens")? {
            let (address, kind) = (part.text("address")?, part.text("token_kind")?);
            underlying.push(Underlying {
                identifier: identify(kind, address),
                address: address.to_owned(),
                kind: stored_as(&TOKEN_KINDS, kind).ok_or_else(|| unknown("token_kind"))?,
                weight: part.maybe_decimal("weight")?.ok_or_else(|| unknown("weight"))?.to_string(),
            });
        }
        (identify(kind, address), Some(Evm { chain, chain_name: chain_name.to_owned(), underlying }))
    } else {
        (format!("solana/{}:{address}", kind.trim_start_matches("spl ")), None)
    };
    let token = Token {
        address: address.to_owned(),
        kind: stored_as(&TOKEN_KINDS, kind).ok_or_else(|| unknown("token_kind"))?,
        decimals: arguments.maybe_int("decimals")?,
        protocol: arguments.maybe_text("protocol")?.map(str::to_owned),
        evm,
    };
    Ok(Some((identifier, token)))
}

fn stored_as_type(asset_type: &str) -> Result<&'static str, Mistyped> {
    stored_as(&TYPES, asset_type).ok_or_else(|| unknown("asset_type"))
}

fn unknown(name: &str) -> Mistyped {
    Mistyped::Wrong(name.to_owned(), "one that global.db has")
}
