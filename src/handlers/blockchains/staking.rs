//! `/api/1/blockchains/eth2/stake/events`: all of one kind forgotten.

use crate::{
    handlers::{Context, Handler, Stop, gate::Stamp, handler::Outcome},
    schema::needs::Database,
    wire::{
        Answer, Gives, Location,
        validate::{Kind, Limit, Members, Schema, field, members::NOT_FOR_THIS_ENDPOINT},
    },
};

/// `DELETE /api/1/blockchains/eth2/stake/events`
pub const DELETE_EVENTS: Handler =
    Handler::writes("eth2_stake_events_delete", "DELETE /api/1/blockchains/eth2/stake/events", |context| {
        Box::pin(delete(context))
    })
    .needs_user(&[
        "history_events(identifier, entry_type)",
        "key_value_cache(name)",
        // Read for foreign keys, as all that follow.
        "assets(identifier)",
        "location(location)",
        "evm_events_info(identifier)",
        "eth_staking_events_info(identifier)",
        "history_events_mappings(parent_identifier)",
    ])
    .changes(&[
        (Database::User, "history_events"),
        (Database::User, "evm_events_info"),
        (Database::User, "eth_staking_events_info"),
        (Database::User, "history_events_mappings"),
        (Database::User, "key_value_cache"),
    ])
    .takes(&ARGUMENTS, Location::Json)
    .refuses(&[401])
    .gives(Gives::Flag);

const WITHDRAWAL: &str = "eth withdrawal event";
const BLOCK: &str = "eth block event";

static KIND: Members = Members::of(
    "HistoryBaseEntryType",
    &[
        "history event",
        "evm event",
        WITHDRAWAL,
        BLOCK,
        "eth deposit event",
        "asset movement event",
        "swap event",
        "evm swap event",
    ],
)
.limited(Limit::Only(&[BLOCK, WITHDRAWAL], NOT_FOR_THIS_ENDPOINT));
static ARGUMENTS: Schema = Schema::new(&[field("entry_type", Kind::Member(&KIND)).required()]);

/// Forgets the events, and up to when they were queried, so that legacy queries them anew. Its transaction does not count
/// as the user's last write.
async fn delete(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    // Patterns as legacy has them: an underscore stands for anything.
    let (stored, queried) = match arguments.text("entry_type")? {
        BLOCK => (4, &["last_produced_blocks_query_ts_%"][..]),
        _ => (3, &["ethwithdrawalsts%", "ethwithdrawalsidx%"][..]),
    };
    let done = Answer::ok(&true)?;
    context
        .write_user(&user, Stamp::None, move |transaction| {
            transaction.prepare_cached("DELETE FROM history_events WHERE entry_type = ?")?.execute([stored])?;
            for pattern in queried {
                transaction.prepare_cached("DELETE FROM key_value_cache WHERE name LIKE ?")?.execute([pattern])?;
            }
            Ok(Ok::<_, Stop>(done.clone()))
        })
        .await
}
