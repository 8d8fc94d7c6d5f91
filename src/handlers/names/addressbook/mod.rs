//! `/api/1/names/addressbook/{book_type}`: the user's own address book, and the one that all users share.
//!
//! - [`list`]: entries that match
//! - [`write`](mod@write): several added, edited, deleted
//! - `book`: one entry written, taken away

mod book;
pub mod list;
pub mod write;

use crate::wire::validate::{Field, Kind, Members, field};

static BOOK: Members = Members::of("AddressbookType", &["global", "private"]);

/// Which of the two.
const BOOK_TYPE: Field = field("book_type", Kind::Member(&BOOK)).required();
