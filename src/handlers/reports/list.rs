//! `/api/1/reports`: all, one.

use serde_json::{Map, Value, json};

use crate::{
    db::{DbError, Transaction},
    handlers::{
        Context, Handler, Unanswered,
        handler::Outcome,
        limited::Allowance,
        refusals::beyond_sqlite,
        rows::{self, Row, odd},
    },
    schema::needs::Tables,
    session::limits::Limited,
    wire::{self, Answer, Gives, gives::key},
};

/// `GET /api/1/reports`
pub const LIST: Handler = Handler::reads("reports_list", "GET /api/1/reports", |context| Box::pin(list(context)))
    .needs_transient(TABLES)
    .refuses(&[401])
    .gives(REPORTS);
/// `GET /api/1/reports/{report_id}`
pub const ONE: Handler =
    Handler::reads("reports_get", "GET /api/1/reports/{report_id:int}", |context| Box::pin(one(context)))
        .needs_transient(TABLES)
        .refuses(&[401])
        .gives(REPORTS);

const REPORT: Gives = Gives::Object(&[
    key("identifier", Gives::Maybe(&Gives::Int)),
    key("timestamp", Gives::Maybe(&Gives::Int)),
    key("start_ts", Gives::Maybe(&Gives::Int)),
    key("end_ts", Gives::Maybe(&Gives::Int)),
    key("first_processed_timestamp", Gives::Maybe(&Gives::Int)),
    key("last_processed_timestamp", Gives::Maybe(&Gives::Int)),
    key("processed_actions", Gives::Maybe(&Gives::Int)),
    key("total_actions", Gives::Maybe(&Gives::Int)),
    key("overview", Gives::Mapping(&Gives::Object(&[key("taxable", Gives::Text), key("free", Gives::Text)]))),
    key("settings", Gives::Mapping(&Gives::Either(&[Gives::Int, Gives::Flag, Gives::Text]))),
]);
const REPORTS: Gives = Gives::Object(&[
    key("entries", Gives::List(&REPORT)),
    key("entries_found", Gives::Int),
    key("entries_limit", Gives::Int),
]);

/// What [`read`] reads.
const TABLES: Tables = &[
    "pnl_reports(identifier, timestamp, start_ts, end_ts, first_processed_timestamp, last_processed_timestamp, \
     processed_actions, total_actions)",
    "pnl_report_totals(report_id, name, taxable_value, free_value)",
    "pnl_report_settings(report_id, name, type, value)",
];

/// A report and what belongs to it.
struct Report {
    row: Row,
    totals: Vec<Row>,
    settings: Vec<Row>,
}

async fn list(context: Context) -> Outcome {
    show(context, None).await
}

async fn one(context: Context) -> Outcome {
    let id = named(&context)?;
    if id.is_none() {
        context.login()?;
        return Ok(beyond_sqlite());
    }
    show(context, id).await
}

/// The report that the path names; none if its number is beyond what a database takes.
pub(super) fn named(context: &Context) -> Result<Option<i64>, Unanswered> {
    match context.variables.first() {
        Some((_, wire::Value::Int(id))) => Ok(i64::try_from(id).ok()),
        _ => Err(Unanswered::Failed("the route has no report_id".into())),
    }
}

/// Reports, the oldest first as many as are shown; one that does not exist is no entry.
async fn show(context: Context, id: Option<i64>) -> Outcome {
    let user = context.login()?;
    let Allowance { most, .. } = Allowance::of(&user, Limited::Reports)?;
    let (reports, found) = context.read_transient(&user, move |transaction| read(transaction, id)).await?;
    // Legacy reads all before it cuts, and fails on any.
    let mut entries = reports.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    entries.truncate(most);
    Ok(Answer::ok(&json!({"entries": entries, "entries_found": found, "entries_limit": most}))?)
}

fn read(transaction: &Transaction<'_>, id: Option<i64>) -> Result<(Vec<Report>, i64), DbError> {
    const COLUMNS: &str = "SELECT identifier, timestamp, start_ts, end_ts, first_processed_timestamp, \
                           last_processed_timestamp, processed_actions, total_actions FROM pnl_reports";
    let rows = match id {
        Some(id) => rows::select(transaction, &format!("{COLUMNS} WHERE identifier=?"), [id])?,
        None => rows::select(transaction, &format!("{COLUMNS} ORDER BY rowid"), [])?,
    };
    let mut reports = Vec::new();
    for row in rows {
        let Ok(id) = row.int(0) else { continue };
        let totals = "SELECT name, taxable_value, free_value FROM pnl_report_totals WHERE report_id=? ORDER BY name";
        let settings = "SELECT name, type, value FROM pnl_report_settings WHERE report_id=? ORDER BY name";
        let totals = rows::select(transaction, totals, [id])?;
        let settings = rows::select(transaction, settings, [id])?;
        reports.push(Report { row, totals, settings });
    }
    Ok((reports, rows::total(transaction, "SELECT COUNT(*) FROM pnl_reports")?))
}

fn entry(report: &Report) -> Result<Value, Unanswered> {
    const NUMBERS: [&str; 8] = [
        "identifier",
        "timestamp",
        "start_ts",
        "end_ts",
        "first_processed_timestamp",
        "last_processed_timestamp",
        "processed_actions",
        "total_actions",
    ];
    let mut entry = Map::new();
    for (at, name) in NUMBERS.into_iter().enumerate() {
        entry.insert(name.to_owned(), json!(report.row.maybe_int(at)?));
    }
    let mut overview = Map::new();
    for row in &report.totals {
        overview.insert(row.text(0)?.to_owned(), json!({"taxable": row.text(1)?, "free": row.text(2)?}));
    }
    entry.insert("overview".to_owned(), overview.into());
    let mut settings = Map::new();
    for row in &report.settings {
        settings.insert(row.text(0)?.to_owned(), setting(row.text(1)?, row.text(2)?)?);
    }
    entry.insert("settings".to_owned(), settings.into());
    Ok(entry.into())
}

fn setting(kind: &str, value: &str) -> Result<Value, Unanswered> {
    match kind {
        "integer" => {
            let digits = value.strip_prefix('-').unwrap_or(value);
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            value.parse::<i64>().ok().filter(|_| plain).map(Value::from).ok_or_else(odd)
        }
        "bool" => Ok(json!(value == "1")),
        _ => Ok(json!(value)),
    }
}
