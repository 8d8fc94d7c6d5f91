//! What the settings are made of, by the table of them.

use crate::{
    schema::settings::{CACHED, Kind, SETTINGS},
    wire::{
        Gives,
        gives::{Key, key},
    },
};

/// All of them by name.
pub(super) const SHOWN: Gives = Gives::Made(keys);

const TEXTS: Gives = Gives::List(&Gives::Text);
const EXCHANGES: Gives = Gives::List(&Gives::Object(&[key("name", Gives::Text), key("location", Gives::Text)]));

fn keys() -> Vec<Key> {
    let settings = SETTINGS.iter().map(|setting| key(setting.name, of(setting.kind)));
    settings.chain(CACHED.iter().map(|name| key(name, Gives::Int))).collect()
}

const fn of(kind: Kind) -> Gives {
    match kind {
        Kind::Premium | Kind::Bool => Gives::Flag,
        Kind::Int => Gives::Int,
        Kind::TaxFreePeriod => Gives::Maybe(&Gives::Int),
        Kind::Text | Kind::Member(_) => Gives::Text,
        // One that the currency of an older version may be shown with.
        Kind::Asset => Gives::Text,
        Kind::Modules | Kind::TextList | Kind::Members(_) => TEXTS,
        Kind::Exchanges => EXCHANGES,
    }
}
