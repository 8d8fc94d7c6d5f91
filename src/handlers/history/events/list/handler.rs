//! The endpoint.

use super::{arguments::ARGUMENTS, assets::Assets, page::Page, shown, wanted::Wanted};
use crate::{
    handlers::{Context, Handler, cells::settled, handler::Outcome, limited::Allowance},
    session::limits::Limited,
    wire::Location,
};

/// `POST /api/1/history/events`, which reads.
pub const LIST: Handler =
    Handler::reads("history_events", "POST /api/1/history/events", |context| Box::pin(list(context)))
        .needs_user(&[
            "history_events(identifier, entry_type, event_identifier, sequence_index, timestamp, location, \
             location_label, asset, amount, notes, type, subtype, extra_data, ignored)",
            "evm_events_info(identifier, tx_hash, counterparty, product, address)",
            "eth_staking_events_info(identifier, validator_index, is_exit_or_blocknumber)",
            "history_events_mappings(parent_identifier, name, value)",
            "blockchain_accounts(blockchain, account)",
            "accounting_rules(type, subtype, counterparty, accounting_treatment)",
            "ignored_actions(identifier)",
        ])
        .needs_global(&["assets(identifier, type, name)", "common_asset_details(identifier, symbol)"])
        .long()
        .takes(&ARGUMENTS, Location::Json)
        .refuses(&[401])
        .gives(shown::PAGE);

async fn list(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments_with_assets().await?;
    let Allowance { most, premium } = Allowance::of(&user, Limited::Events)?;
    let wanted = Wanted::of(&arguments)?;
    let page = context.read_user(&user, move |transaction| settled(Page::read(transaction, &wanted, most))).await??;
    let assets = Assets::of(&context, &page.events).await?;
    Ok(page.answer(&assets, most, premium)?)
}
