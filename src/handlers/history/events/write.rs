//! Events added and edited.

use num_bigint::BigInt;
use serde_json::json;

use super::{
    event::Event,
    evm_swaps, grouped,
    kinds::{Editing, KINDS, Kind},
    transactions,
    unwritten::Unwritten,
};
use crate::{
    db::Transaction,
    handlers::{Context, Handler, Stop, gate::Stamp, handler::Outcome, refusals::beyond_sqlite},
    schema::{
        events,
        needs::{Database, Tables},
    },
    wire::{
        Answer, Gives, Location,
        gives::key,
        validate::{Field, Item, Kind as ArgumentKind, Members, Mistyped, Schema, field},
    },
};

/// `PUT /api/1/history/events`
pub const ADD: Handler =
    Handler::writes("history_events_add", "PUT /api/1/history/events", |context| Box::pin(add(context)))
        .needs_user(NEEDS)
        .needs_global(&["assets(identifier)"])
        .changes(CHANGES)
        .takes(&ADDED, Location::JsonOfResource)
        .refuses(&[401, 409])
        .gives(Gives::Object(&[key("identifier", Gives::Int)]));
/// `PATCH /api/1/history/events`
pub const EDIT: Handler =
    Handler::writes("history_events_edit", "PATCH /api/1/history/events", |context| Box::pin(edit(context)))
        .needs_user(EDIT_NEEDS)
        .needs_global(&["assets(identifier)"])
        .changes(CHANGES)
        .takes(&EDITED, Location::JsonOfResource)
        .refuses(&[401, 409])
        .gives(Gives::Flag);

const NEEDS: Tables = &[
    "history_events(identifier, event_identifier, sequence_index)",
    "multisettings(name, value)",
    "blockchain_accounts(blockchain, account)",
    "evm_transactions(tx_hash)",
    "zksynclite_transactions(tx_hash)",
    // Read for foreign keys, as all that follow.
    "assets(identifier)",
    "location(location)",
];
const EDIT_NEEDS: Tables = &[
    "history_events(identifier, event_identifier, sequence_index, subtype)",
    "multisettings(name, value)",
    "blockchain_accounts(blockchain, account)",
    "evm_transactions(tx_hash)",
    "zksynclite_transactions(tx_hash)",
    "eth_staking_events_info(identifier)",
    "assets(identifier)",
    "location(location)",
    "evm_events_info(identifier)",
    "history_events_mappings(parent_identifier)",
];
const CHANGES: &[(Database, &str)] = &[
    (Database::User, "history_events"),
    (Database::User, "history_events_mappings"),
    (Database::User, "eth_staking_events_info"),
    (Database::User, "evm_events_info"),
];

static ENTRY_TYPES: Members = Members::of("HistoryBaseEntryType", events::ENTRY_TYPES);
/// Which kind of entry it is about decides what the rest has to look like.
static ADDED: Schema = Schema::new(&[ENTRY_TYPE]).chosen_by("entry_type", |name| kind(name).map(|kind| &kind.added));
static EDITED: Schema = Schema::new(&[ENTRY_TYPE]).chosen_by("entry_type", |name| kind(name).map(|kind| &kind.edited));
const ENTRY_TYPE: Field = field("entry_type", ArgumentKind::Member(&ENTRY_TYPES)).required();

fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// What is to be written.
struct Asked {
    editing: Editing,
    events: Vec<Event>,
    /// `identifiers`, of an EVM swap.
    identifiers: Vec<BigInt>,
}

impl Asked {
    async fn read(context: &Context) -> Result<Self, Stop> {
        let arguments = context.arguments_with_assets().await?;
        let kind = kind(arguments.text("entry_type")?);
        let kind = kind.ok_or_else(|| Mistyped::Wrong("entry_type".into(), "a kind of entry"))?;
        let events = (kind.events)(&arguments)?;
        events.iter().try_for_each(Event::bindable)?;
        let identifiers =
            arguments.maybe_list("identifiers")?.unwrap_or_default().iter().filter_map(|item| match item {
                Item::Int(identifier) => Some(identifier.clone()),
                _ => None,
            });
        Ok(Self { editing: kind.editing, events, identifiers: identifiers.collect() })
    }

    fn edit(&mut self, transaction: &Transaction<'_>) -> Result<(), Unwritten> {
        match self.editing {
            Editing::Single => self.events.iter().try_for_each(|event| event.edit(transaction)),
            Editing::Grouped(without_fee) => grouped::edit(&mut self.events, without_fee, transaction),
            Editing::Swap => evm_swaps::edit(&self.events, &self.identifiers, transaction),
        }
    }
}

/// All of them in one transaction, which is committed although one is there already. What the answer is about is the
/// first.
async fn add(context: Context) -> Outcome {
    let user = context.login()?;
    let Asked { events, .. } = Asked::read(&context).await?;
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            if let Some(Err(stop)) = events.first().map(|event| transactions::known(event, transaction)).transpose()? {
                return Ok(Err(stop));
            }
            let mut first = None;
            for (at, event) in events.iter().enumerate() {
                let added = match event.add(transaction) {
                    Ok(added) => added,
                    Err(Unwritten::Failed(error)) => return Err(error),
                    Err(Unwritten::TooLarge) => {
                        return Ok(Err(unadded("Python int too large to convert to SQLite INTEGER")));
                    }
                    Err(Unwritten::Broken(why) | Unwritten::Refused(why)) => return Ok(Err(unadded(&why))),
                };
                if at == 0 {
                    first = added;
                }
            }
            Ok(match first {
                Some(identifier) => Answer::ok(&json!({"identifier": identifier})).map_err(Stop::from),
                None => Ok(Answer::failure(409, "Failed to add event to the DB. It already exists")),
            })
        })
        .await
}

fn unadded(why: &str) -> Stop {
    Stop::Refused(Answer::failure(409, &format!("Failed to add event to the DB due to a DB error: {why}")))
}

async fn edit(context: Context) -> Outcome {
    let user = context.login()?;
    let mut asked = Asked::read(&context).await?;
    let stamp = match asked.editing {
        Editing::Single => Stamp::LastWrite,
        Editing::Grouped(_) | Editing::Swap => Stamp::None,
    };
    context
        .write_user(&user, stamp, move |transaction| {
            let first = asked.events.first();
            if let Some(Err(stop)) = first.map(|event| transactions::known(event, transaction)).transpose()? {
                return Ok(Err(stop));
            }
            match asked.edit(transaction) {
                Ok(()) => Ok(Answer::ok(&true).map_err(Stop::from)),
                Err(Unwritten::Failed(error)) => Err(error),
                Err(unwritten) => Ok(Err(unedited(&unwritten))),
            }
        })
        .await
}

/// What legacy expects is a conflict; the rest it does not catch.
fn unedited(why: &Unwritten) -> Stop {
    Stop::Refused(match why {
        Unwritten::Refused(message) => Answer::failure(409, message),
        Unwritten::Broken(message) => Answer::failure(500, message),
        Unwritten::TooLarge | Unwritten::Failed(_) => beyond_sqlite(),
    })
}
