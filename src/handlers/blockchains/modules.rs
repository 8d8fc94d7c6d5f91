//! `/api/1/blockchains/eth/modules/data` and `/api/1/blockchains/eth/modules/{module_name}/data`: data of modules
//! forgotten.

use crate::{
    handlers::{Context, Handler, Stop, gate::Stamp, handler::Outcome},
    schema::needs::{Database, Tables},
    session::who::User,
    wire::{
        Answer, Gives, Location,
        validate::{Schema, Validator, field, texts::STRING},
    },
};

/// `DELETE /api/1/blockchains/eth/modules/data`
pub const DELETE_ALL_DATA: Handler =
    Handler::writes("eth_modules_data_delete", "DELETE /api/1/blockchains/eth/modules/data", |context| {
        Box::pin(delete_all(context))
    })
    .needs_user(READ)
    .changes(CHANGED)
    .gives(Gives::Flag);
/// `DELETE /api/1/blockchains/eth/modules/{module_name}/data`
pub const DELETE_DATA: Handler =
    Handler::writes("eth_module_data_delete", "DELETE /api/1/blockchains/eth/modules/{module_name}/data", |context| {
        Box::pin(delete(context))
    })
    .needs_user(READ)
    .changes(CHANGED)
    .takes(&ARGUMENTS, Location::Path)
    .refuses(&[401])
    .gives(Gives::Flag);

const READ: Tables = &["multisettings(name)", "key_value_cache(name)"];
const CHANGED: &[(Database, &str)] = &[
    (Database::User, "multisettings"),
    (Database::User, "cowswap_orders"),
    (Database::User, "key_value_cache"),
    (Database::User, "gnosispay_data"),
];

/// `NamedEthereumModuleDataSchema`
static ARGUMENTS: Schema = Schema::new(&[field("module_name", STRING).check(&[Validator::OneOf {
    choices: &[
        "makerdao_dsr",
        "makerdao_vaults",
        "uniswap",
        "loopring",
        "eth2",
        "sushiswap",
        "liquity",
        "pickle_finance",
        "nfts",
        "gnosis_pay",
        "cowswap",
    ],
    error: None,
}])]);

const LOOPRING: &[&str] = &["DELETE FROM multisettings WHERE name LIKE 'loopring\\_%' ESCAPE '\\'"];
const COWSWAP: &[&str] = &["DELETE FROM cowswap_orders"];
const GNOSIS_PAY: &[&str] =
    &["DELETE FROM key_value_cache WHERE name = 'last_gnosispay_query_ts'", "DELETE FROM gnosispay_data"];

/// Legacy does not ask who is logged in.
async fn delete_all(context: Context) -> Outcome {
    let user = context.user()?;
    forgotten(&context, &user, &[LOOPRING, COWSWAP, GNOSIS_PAY]).await
}

/// Most modules have no data of their own; their time of the last write is noted all the same.
async fn delete(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let deletions: &[_] = match arguments.text("module_name")? {
        "loopring" => &[LOOPRING],
        "cowswap" => &[COWSWAP],
        "gnosis_pay" => &[GNOSIS_PAY],
        _ => &[],
    };
    forgotten(&context, &user, deletions).await
}

async fn forgotten(context: &Context, user: &User, deletions: &'static [&[&str]]) -> Outcome {
    let done = Answer::ok(&true)?;
    context
        .write_user(user, Stamp::LastWrite, move |transaction| {
            for delete in deletions.iter().copied().flatten() {
                transaction.prepare_cached(delete)?.execute([])?;
            }
            Ok(Ok::<_, Stop>(done.clone()))
        })
        .await
}
