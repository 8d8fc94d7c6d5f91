//! `/api/1/reports/{report_id}/data`: what was processed for a report.

use std::collections::BTreeSet;

use super::{
    list::named,
    processed::{self, Processed},
};
use crate::{
    db::{DbError, Transaction},
    handlers::{
        Context, Handler, Stop, Unanswered,
        handler::Outcome,
        identifiers::Spellings,
        limited::Allowance,
        ordering::{self, ASCENDING, Columns, LIMIT, OFFSET, ORDER_BY},
        refusals::{beyond_sqlite, int},
        rows,
    },
    session::limits::Limited,
    wire::{
        Answer, Gives, Location, Value,
        gives::key,
        validate::{Fallback, Fault, Item, Kind, Members, Pass, Record, Schema, field, texts::INTEGER},
        value::Dict,
    },
};

/// `POST /api/1/reports/{report_id}/data`
pub const DATA: Handler =
    Handler::reads("reports_data", "POST /api/1/reports/{report_id:int}/data", |context| Box::pin(data(context)))
        .needs_transient(&[
            "pnl_reports(identifier)",
            "pnl_events(report_id, timestamp, data, pnl_taxable, pnl_free, asset)",
        ])
        .needs_global(&["assets(identifier)"])
        .long()
        .takes(&ARGUMENTS, Location::JsonOrQueryAndPath)
        .refuses(&[401])
        .gives(PAGE);

const PAGE: Gives = Gives::Object(&[
    key("entries", Gives::List(&processed::EVENT)),
    key("entries_found", Gives::Int),
    key("entries_total", Gives::Int),
    key("entries_limit", Gives::Int),
]);

static KIND: Members = Members::of("SchemaEventType", &["accounting event"]);

/// `AccountingReportDataSchema`
static ARGUMENTS: Schema = Schema::new(&[
    ORDER_BY,
    ASCENDING,
    LIMIT,
    OFFSET,
    field("from_timestamp", Kind::Timestamp(1)).or(Fallback::Int(0)),
    field("to_timestamp", Kind::Timestamp(1)).or(Fallback::Now),
    field("report_id", INTEGER).or(Fallback::Null),
    field("event_type", Kind::Member(&KIND)).or(Fallback::Null),
])
.checks(&[ordering::both_or_none, by_what_there_is]);

/// Amounts are stored as text and ordered as numbers.
static COLUMNS: Columns = Columns {
    known: &[
        ("timestamp", "timestamp"),
        ("pnl_taxable", "CAST(pnl_taxable AS REAL)"),
        ("pnl_free", "CAST(pnl_free AS REAL)"),
        ("asset", "asset"),
    ],
    ambiguous: &[],
    collation: "",
};

/// Legacy names all that are unknown, out of a set.
fn by_what_there_is(record: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    let by = record.maybe_list(ORDER_BY.name).map_err(|error| Fault::legacy(error.to_string()))?;
    let names = by.unwrap_or_default().iter().filter_map(Item::as_text);
    let mut unknown: Vec<&str> = names.filter(|name| COLUMNS.known.iter().all(|(known, _)| known != name)).collect();
    unknown.sort_unstable();
    unknown.dedup();
    match unknown[..] {
        [] => Ok(()),
        [name] => {
            Err(Fault::at(ORDER_BY.name, format!("order_by_attributes for accounting report data can not be {name}")))
        }
        _ => Err(Fault::legacy("it orders by several unknown attributes, which legacy names in no fixed order")),
    }
}

/// What is asked for, or what SQLite refuses in it.
struct Wanted {
    from: i64,
    to: i64,
    /// Order and page.
    end: String,
}

/// What was found.
struct Found {
    /// Those that are shown.
    events: Vec<Processed>,
    /// Of all events that were read.
    assets: BTreeSet<String>,
    /// On all pages together.
    matching: i64,
    /// Of all reports.
    total: i64,
}

/// The events of one report, the newest first.
async fn data(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let Allowance { most, .. } = Allowance::of(&user, Limited::ReportEvents)?;
    let Some(report) = named(&context)? else { return Ok(beyond_sqlite()) };
    let paged = !arguments.is_null(LIMIT.name) && !arguments.is_null(OFFSET.name);
    // Legacy looks for the report first.
    let wanted = match wanted(&arguments) {
        Ok(wanted) => Ok(wanted),
        Err(Stop::Refused(answer)) => Err(answer),
        Err(stop) => return Err(stop),
    };
    let read = context.read_transient(&user, move |transaction| {
        if rows::count(transaction, "SELECT COUNT(*) FROM pnl_reports WHERE identifier=?", &[report])? != 1 {
            let message = format!("Tried to get PnL events from non existing report with id {report}");
            return Ok(Err(Stop::Refused(Answer::failure(400, &message))));
        }
        match wanted {
            Ok(wanted) => found(transaction, report, &wanted, (paged, most)),
            Err(refusal) => Ok(Err(Stop::Refused(refusal))),
        }
    });
    let found = read.await??;
    let spellings = Spellings::of(&context, found.assets).await?;
    let shown = |event: Processed| Ok(Value::Dict(event.shown(&spellings)?));
    let entries = found.events.into_iter().map(shown).collect::<Result<_, Unanswered>>()?;
    Ok(Answer::ok_value(&Value::Dict(Dict::from_iter([
        ("entries".to_owned(), Value::List(entries)),
        ("entries_found".to_owned(), found.matching.into()),
        ("entries_total".to_owned(), found.total.into()),
        ("entries_limit".to_owned(), i64::try_from(most).unwrap_or(i64::MAX).into()),
    ]))))
}

/// Refusals stand in SQLite's order: columns, bound values, the page.
fn wanted(arguments: &Record) -> Result<Wanted, Stop> {
    if !arguments.is_null("event_type") {
        // There is no such column any more.
        return Err(Stop::Refused(Answer::failure(500, "no such column: event_type")));
    }
    COLUMNS.terms(arguments, "")?;
    let (from, to) = (int(arguments, "from_timestamp")?, int(arguments, "to_timestamp")?);
    Ok(Wanted { from, to, end: COLUMNS.clause(arguments, "timestamp DESC")? })
}

fn found(
    transaction: &Transaction<'_>,
    report: i64,
    wanted: &Wanted,
    (paged, most): (bool, usize),
) -> Result<Result<Found, Stop>, DbError> {
    let Wanted { from, to, end } = wanted;
    let condition = "report_id=? AND timestamp >= ? AND timestamp <= ?";
    let mut select =
        transaction.prepare_cached(&format!("SELECT timestamp, data FROM pnl_events WHERE {condition}{end}"))?;
    let mut rows = select.query((report, from, to))?;
    let (mut events, mut assets, mut read) = (Vec::new(), BTreeSet::new(), 0);
    while let Some(row) = rows.next()? {
        read += 1;
        // All are read, for legacy leaves out what it can not read, and says so elsewhere.
        let Some(event) = Processed::read(row) else { return Ok(Err(rows::odd().into())) };
        if !assets.contains(&event.asset) {
            assets.insert(event.asset.clone());
        }
        if events.len() < most {
            events.push(event);
        }
    }
    let count = format!("SELECT COUNT(*) FROM pnl_events WHERE {condition}");
    let matching = if paged { rows::count(transaction, &count, &[report, *from, *to])? } else { read };
    let total = rows::total(transaction, "SELECT COUNT(*) FROM pnl_events")?;
    Ok(Ok(Found { events, assets, matching, total }))
}
