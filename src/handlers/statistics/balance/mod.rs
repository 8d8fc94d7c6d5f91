//! The amounts of an asset over time, or of several that are one to the user, by the snapshots.
//!
//! - `stored`: what the snapshots have of an asset, and when they were taken
//! - `series`: what legacy makes of it: zeros where there was nothing, several balances of a moment as one

mod series;
mod stored;

use serde::Serialize;

use self::series::{Balance, Gaps, merged, with_zeros};
use super::{
    premium::subscriber,
    subject::{ARGUMENTS, Subject},
};
use crate::{
    handlers::{Context, Handler, handler::Outcome, refusals::int, settings::show::Stored},
    wire::{Answer, Gives, Location, gives::key},
};

/// `POST /api/1/statistics/balance`
pub const BALANCE: Handler =
    Handler::reads("statistics_balance", "POST /api/1/statistics/balance", |context| Box::pin(balance(context)))
        .needs_user(&[
            "user_credentials(location)",
            "timed_balances(timestamp, currency, amount, usd_value, category)",
            "settings(name, value)",
        ])
        .needs_global(&[
            "assets(identifier, type)",
            "common_asset_details(identifier)",
            "evm_tokens(identifier, address, chain, token_kind)",
            "asset_types(type)",
            "multiasset_mappings(collection_id, asset)",
        ])
        .long()
        .takes(&ARGUMENTS, Location::Json)
        .refuses(&[401, 403])
        .gives(Gives::List(&Gives::Object(&[
            key("time", Gives::Int),
            key("category", Gives::Text),
            key("amount", Gives::Text),
            key("usd_value", Gives::Text),
        ])));

/// Owned balances only; what is owed is not told. The settings say whether staked ETH is ETH, and where zeros stand.
async fn balance(context: Context) -> Outcome {
    let user = subscriber(&context).await?;
    let arguments = context.arguments_with_assets().await?;
    let subject = Subject::of(&context, &arguments).await?;
    let assets = subject.assets().to_owned();
    if assets.is_empty() {
        return Ok(Answer::ok(&[(); 0])?);
    }
    let period = (int(&arguments, "from_timestamp")?, int(&arguments, "to_timestamp")?);
    let wanted = assets.clone();
    let (settings, found) = context
        .read_user(&user, move |transaction| {
            let settings = Stored::alone(transaction)?;
            // In another form than a plain one the answer is legacy's anyway.
            let on = |name| settings.value(name).is_ok_and(|value| value == true);
            let (staked, zeros) = (on("treat_eth2_as_eth"), on("infer_zero_timed_balances"));
            let found = stored::read(transaction, period, &wanted, staked, zeros)?;
            Ok((settings, found))
        })
        .await?;
    settings.all_read(&context).await?;
    let staked = settings.value("treat_eth2_as_eth")? == true;
    let gaps = Gaps::of(&settings.value("balance_save_frequency")?, &settings.value("ssf_graph_multiplier")?)?;
    let moments = found.moments()?;
    let mut all = Vec::new();
    for (asset, rows) in assets.iter().zip(&found.balances) {
        let balances = rows.iter().map(Balance::of).collect::<Result<Vec<_>, _>>()?;
        let mut balances = gaps.filled(balances)?;
        if let Some(moments) = &moments {
            balances = with_zeros(balances, moments);
        }
        if staked && asset == "ETH" {
            balances = merged(balances)?;
        }
        all.append(&mut balances);
    }
    if let Subject::Collection(_) = subject {
        all.sort_by_key(|balance| balance.time);
        all = merged(all)?;
    }
    Ok(shown(&all)?)
}

fn shown(balances: &[Balance]) -> Result<Answer, serde_json::Error> {
    #[derive(Serialize)]
    struct Shown {
        time: i64,
        category: &'static str,
        amount: String,
        usd_value: String,
    }
    let shown = balances.iter().map(|balance| Shown {
        time: balance.time,
        category: balance.category,
        amount: balance.amount.to_string(),
        usd_value: balance.value.to_string(),
    });
    Answer::ok(&shown.collect::<Vec<_>>())
}
