//! Whether tags that an object is to have exist.

use std::collections::BTreeSet;

use super::list;
use crate::{
    db::{DbError, Transaction},
    handlers::Stop,
    wire::{Answer, casefold::lowered},
};

/// Refuses tags that do not exist, whatever their case. Legacy names them in an order by chance, if they are several. It is
/// left to it too where lower case is in doubt. `what` is edited.
///
/// # Errors
/// The database's.
pub(in crate::handlers) fn all<'a>(
    transaction: &Transaction<'_>,
    given: impl Iterator<Item = &'a str>,
    what: &str,
) -> Result<Result<(), Stop>, DbError> {
    let Some(existing) = list::all(transaction)? else {
        return Ok(Err(Stop::declined("a tag is stored in a form that legacy warns about")));
    };
    let set = |tags: &mut dyn Iterator<Item = &str>| tags.map(lowered).collect::<Option<BTreeSet<String>>>();
    let (Some(existing), Some(given)) = (set(&mut existing.keys().map(String::as_str)), set(&mut given.into_iter()))
    else {
        return Ok(Err(Stop::declined("a tag whose lower case is legacy's to say")));
    };
    let mut unknown = given.difference(&existing);
    Ok(match (unknown.next(), unknown.next()) {
        (None, _) => Ok(()),
        (Some(tag), None) => {
            let message = format!("When editing {what}, unknown tags {tag} were found");
            Err(Stop::Refused(Answer::failure(409, &message)))
        }
        _ => Err(Stop::declined("legacy names several tags in no fixed order")),
    })
}
