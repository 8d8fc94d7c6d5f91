//! `/api/1/notes`: those that match.

use rusqlite::{Row, params_from_iter, types::Value};
use serde::Serialize;

use crate::{
    db::{DbError, Remembered, Transaction},
    handlers::{
        Context, Handler, Stop, Unanswered,
        cells::{self, Halt, Reading, settled},
        filter::Filter,
        handler::Outcome,
        ordering::{self, ASCENDING, LIMIT, OFFSET, ORDER_BY},
        remembered, rows,
    },
    wire::{
        Gives, Location,
        gives::key,
        validate::{Fallback, Kind, Record, Schema, field, texts::STRING_OR_NONE},
    },
};

/// `POST /api/1/notes`
pub const LIST: Handler = Handler::reads("notes_list", "POST /api/1/notes", |context| Box::pin(list(context)))
    .needs_user(&[
        "user_notes(identifier, title, content, location, last_update_timestamp, is_pinned)",
        "user_credentials(location)",
    ])
    .takes(&ARGUMENTS, Location::Json)
    .refuses(&[401])
    .gives(PAGE);

const PAGE: Gives = Gives::Object(&[
    key(
        "entries",
        Gives::List(&Gives::Object(&[
            key("identifier", Gives::Int),
            key("title", Gives::Text),
            key("content", Gives::Text),
            key("location", Gives::Text),
            key("last_update_timestamp", Gives::Int),
            key("is_pinned", Gives::Flag),
        ])),
    ),
    key("entries_found", Gives::Int),
    key("entries_total", Gives::Int),
    key("entries_limit", Gives::Int),
]);

static ARGUMENTS: Schema = Schema::new(&[
    ORDER_BY,
    ASCENDING,
    LIMIT,
    OFFSET,
    field("from_timestamp", Kind::Timestamp(1)).or(Fallback::Int(0)),
    field("to_timestamp", Kind::Timestamp(1)).or(Fallback::Now),
    field("title_substring", STRING_OR_NONE).or(Fallback::Null),
    field("location", STRING_OR_NONE).or(Fallback::Null),
])
.checks(&[ordering::both_or_none]);

const COLUMNS: &[&str] = &["identifier", "title", "content", "location", "last_update_timestamp", "is_pinned"];
/// How many notes there may be without premium, and how many of the newest are shown.
pub(super) const FREE: i64 = 10;
/// Longest text that is looked for; legacy's database takes 50 000 bytes.
const PATTERN: usize = 10_000;

/// Notes that match. Without an active premium subscription only the newest ten are looked at, but all that match are
/// counted; with one that is there, active or not, no limit is told.
async fn list(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let premium = user.premium.ok_or_else(|| Unanswered::declined("whether there is premium is not known"))?;
    let order = ordering::terms(&arguments, COLUMNS, "last_update_timestamp DESC")?;
    let page = ordering::page(&arguments)?;
    let filter = filter(&arguments)?;
    let (from, to) = (arguments.int("from_timestamp")?, arguments.int("to_timestamp")?);
    let (answer, keys, total) = context
        .read_user(&user, move |transaction| {
            let keys = rows::total(transaction, "SELECT COUNT(*) FROM user_credentials WHERE location = 'A'")?;
            let overview = Overview::of(transaction)?;
            // A later end than that of the newest note finds the same, which the present moment, that nobody asks for
            // twice, mostly is.
            let wanted = Wanted { premium, order, page, filter: within(filter, from, to.min(overview.newest)) };
            let answer = remembered::answer(transaction, &format!("notes_list {wanted:?}"), || {
                Ok(Page {
                    entries: notes(transaction, &wanted)?,
                    entries_found: found(transaction, &wanted.filter)?,
                    entries_total: overview.total,
                    entries_limit: if premium { -1 } else { FREE },
                })
            });
            Ok((settled(answer)?, keys, overview.total))
        })
        .await?;
    if !premium && keys > 0 {
        // Keys that are not active at the moment leave the limit away, but not the cut.
        return Err(Stop::declined("whether legacy keeps an inactive premium subscription is not known"));
    }
    if premium && total > FREE && !user.is_active() {
        return Err(Stop::declined("whether the premium subscription is active legacy has not shown yet"));
    }
    Ok(answer?)
}

/// What is asked for.
#[derive(Debug)]
struct Wanted {
    premium: bool,
    order: String,
    /// Limit and offset.
    page: Option<(i64, i64)>,
    filter: Filter,
}

#[derive(Debug, Serialize)]
struct Page {
    entries: Vec<Note>,
    entries_found: i64,
    entries_total: i64,
    entries_limit: i64,
}

#[derive(Debug, Serialize)]
struct Note {
    identifier: i64,
    title: String,
    content: String,
    location: String,
    last_update_timestamp: i64,
    is_pinned: bool,
}

/// All notes at a glance.
#[derive(Debug, Clone, Copy)]
struct Overview {
    total: i64,
    /// No note is newer, as far as times of notes are whole numbers.
    newest: i64,
}

impl Remembered for Overview {
    fn bytes(&self) -> usize {
        0
    }
}

impl Overview {
    fn of(transaction: &Transaction<'_>) -> Result<Self, DbError> {
        let all = "SELECT COUNT(*), MAX(last_update_timestamp) FROM user_notes";
        transaction.remembered(all, || {
            let mut select = transaction.prepare_cached(all)?;
            Ok(select.query_row([], |row| {
                // Of all kinds of values numbers are the least.
                let newest = match row.get(1)? {
                    Value::Integer(newest) => newest,
                    _ => i64::MAX,
                };
                Ok(Self { total: row.get(0)?, newest })
            })?)
        })
    }
}

fn filter(arguments: &Record) -> Result<Filter, Unanswered> {
    let mut filter = Filter::default();
    if let Some(title) = arguments.maybe_text("title_substring")? {
        if title.contains('\0') || title.len() > PATTERN {
            return Err(Unanswered::declined("it looks for a text of an unusual kind"));
        }
        // Its percent signs and underscores are wildcards, as in legacy.
        filter.and_with("title LIKE '%' || ? || '%'", title.to_owned());
    }
    if let Some(location) = arguments.maybe_text("location")? {
        filter.and_with("location = ?", location.to_owned());
    }
    Ok(filter)
}

fn within(mut filter: Filter, from: i64, to: i64) -> Filter {
    filter.and_with("last_update_timestamp >= ?", from);
    filter.and_with("last_update_timestamp <= ?", to);
    filter
}

fn notes(transaction: &Transaction<'_>, wanted: &Wanted) -> Reading<Vec<Note>> {
    let Wanted { premium, order, page, filter } = wanted;
    let columns = COLUMNS.join(",");
    let notes = if *premium {
        "user_notes".to_owned()
    } else {
        format!("(SELECT {columns} FROM user_notes ORDER BY last_update_timestamp DESC LIMIT {FREE})")
    };
    let cut = if page.is_some() { "LIMIT ? OFFSET ?" } else { "" };
    let statement = format!("SELECT {columns} FROM {notes} {} ORDER BY {order} {cut}", filter.clause());
    let page = page.iter().flat_map(|(limit, offset)| [*limit, *offset]).map(Value::from);
    let mut select = transaction.prepare_cached(&statement)?;
    let mut rows = select.query(params_from_iter(filter.values.iter().cloned().chain(page)))?;
    let mut notes = Vec::new();
    while let Some(row) = rows.next()? {
        notes.push(note(row)?);
    }
    Ok(notes)
}

fn note(row: &Row<'_>) -> Reading<Note> {
    Ok(Note {
        identifier: cells::int(row, 0)?,
        title: cells::string(row, 1)?,
        content: cells::string(row, 2)?,
        location: cells::string(row, 3)?,
        last_update_timestamp: cells::int(row, 4)?,
        is_pinned: match cells::int(row, 5)? {
            0 => false,
            1 => true,
            _ => return Err(Halt::Odd("a flag that is neither 0 nor 1")),
        },
    })
}

/// How many match, on whatever page.
fn found(transaction: &Transaction<'_>, filter: &Filter) -> Result<i64, DbError> {
    rows::count(transaction, &format!("SELECT COUNT(*) FROM user_notes {}", filter.clause()), &filter.values)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::db::{Database, Options};

    /// What a statement gives without any of this.
    fn plainly(transaction: &Transaction<'_>, premium: bool, from: i64, to: i64) -> (Vec<i64>, i64, i64) {
        let newest = format!("(SELECT * FROM user_notes ORDER BY last_update_timestamp DESC LIMIT {FREE})");
        let notes = if premium { "user_notes" } else { &newest };
        let times = "last_update_timestamp >= ?1 AND last_update_timestamp <= ?2";
        let page = format!("SELECT identifier FROM {notes} WHERE {times} ORDER BY title ASC LIMIT 3 OFFSET 1");
        let mut page = transaction.prepare(&page).unwrap();
        let page = page.query_map([from, to], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let count = |statement: &str, given: &[i64]| {
            transaction.query_row(statement, params_from_iter(given), |row| row.get(0)).unwrap()
        };
        let found = count(&format!("SELECT COUNT(*) FROM user_notes WHERE {times}"), &[from, to]);
        (page, found, count("SELECT COUNT(*) FROM user_notes", &[]))
    }

    #[tokio::test]
    async fn an_end_later_than_the_newest_note_finds_what_the_newest_ones_own_time_finds() {
        // The last of these are in forms that legacy does not write.
        for newest in ["170", "1700", "170.5", "'late'", "x'00'", "NULL", "9223372036854775807"] {
            let directory = TempDir::new().unwrap();
            let file = directory.path().join("x.db");
            let connection = rusqlite::Connection::open(&file).unwrap();
            let table = "CREATE TABLE user_notes(identifier INTEGER PRIMARY KEY, title, content, location, \
                         last_update_timestamp INTEGER, is_pinned)";
            connection.execute_batch(table).unwrap();
            for at in 0..15 {
                let note = "INSERT INTO user_notes VALUES (NULL, 'x' || ?1 % 4, 'y', 'z', 100 + ?1 / 3, ?1 % 2)";
                connection.execute(note, [at]).unwrap();
            }
            let note = format!("INSERT INTO user_notes VALUES (NULL, 'x', 'y', 'z', {newest}, 0)");
            connection.execute_batch(&note).unwrap();
            let database = Database::open(&file, None, &Options { readers: 1, ..Options::default() }).unwrap();
            let check = move |transaction: &Transaction<'_>| {
                let ends = [0, 99, 100, 104, 105, 169, 170, 171, 1_700, 1_800_000_000, i64::MAX];
                for (premium, from, to) in ends.iter().flat_map(|to| [(true, 0, *to), (false, 101, *to)]) {
                    let overview = Overview::of(transaction)?;
                    let filter = within(Filter::default(), from, to.min(overview.newest));
                    let wanted = Wanted { premium, order: "title ASC".to_owned(), page: Some((3, 1)), filter };
                    let (page, found_plainly, total) = plainly(transaction, premium, from, to);
                    let found = found(transaction, &wanted.filter)?;
                    assert_eq!((found, overview.total), (found_plainly, total), "{newest} {to}");
                    // What is stored in another form is left to legacy.
                    if let Ok(notes) = notes(transaction, &wanted) {
                        let notes: Vec<i64> = notes.iter().map(|note| note.identifier).collect();
                        assert_eq!(notes, page, "{newest} {to}");
                    }
                }
                Ok(())
            };
            database.read(check).await.unwrap();
        }
    }
}
