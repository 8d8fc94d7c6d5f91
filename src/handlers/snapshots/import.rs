//! A snapshot of two tables: its balances, and what there was at each location.

use std::collections::HashMap;

use num_bigint::BigInt;
use num_traits::ToPrimitive as _;

use super::{
    rows::{Balance, Place},
    write::{READ, STORED, put_balances, put_places},
};
use crate::{
    handlers::{
        Context, Handler, Stop, Unanswered, asset_arguments::NFT, filter::bindable, gate::Stamp, handler::Outcome,
        rows::odd, shared, upload::named,
    },
    schema::{
        enums::member,
        locations::{NAMES, letter_of},
    },
    session::who::User,
    wire::{
        Answer, Decimal, Gives, Location,
        csv::{self, Table},
        decimal::read::Unread,
        number::{self, Read},
        validate::{Field, Item, Kind, Question, Record, Schema, Shape, field},
    },
};

/// `PUT /api/1/snapshots`, with the paths of two files.
pub const NAMED: Handler =
    Handler::writes("snapshots_import", "PUT /api/1/snapshots", |context| Box::pin(of_paths(context)))
        .needs_user(READ)
        .needs_global(&["assets(identifier)"])
        .changes(STORED)
        .takes(&PATHS, Location::Json)
        .refuses(&[401, 409])
        .gives(Gives::Flag);
/// `POST /api/1/snapshots`, with the files as parts of a form.
pub const UPLOADED: Handler =
    Handler::writes("snapshots_upload", "POST /api/1/snapshots", |context| Box::pin(of_form(context)))
        .needs_user(READ)
        .needs_global(&["assets(identifier)"])
        .changes(STORED)
        .takes(&FORM, Location::Form)
        .refuses(&[401, 409])
        .gives(Gives::Flag);
/// `PUT /api/1/snapshots/{timestamp}`, over which legacy falls as soon as it has looked at its arguments.
pub const NAMED_ONE: Handler = Handler::reads("snapshot_import", "PUT /api/1/snapshots/{timestamp:int}", |context| {
    Box::pin(of_paths_one(context))
})
.takes(&PATHS, Location::Json)
.refuses(&[401]);
/// `POST /api/1/snapshots/{timestamp}`, likewise.
pub const UPLOADED_ONE: Handler =
    Handler::reads("snapshot_upload", "POST /api/1/snapshots/{timestamp:int}", |context| {
        Box::pin(of_form_one(context))
    })
    .takes(&FORM, Location::Form)
    .refuses(&[401]);

const BALANCES: &str = "balances_snapshot_file";
const PLACES: &str = "location_data_snapshot_file";
const ENDING: &str = ".csv";

const UPLOAD: Kind = Kind::Scalar(Shape::File, |name, _| named(name, ENDING));
const fn file(name: &'static str, kind: Kind) -> Field {
    field(name, kind).required()
}
/// `SnapshotImportingSchema`, with paths
static PATHS: Schema = Schema::new(&[file(BALANCES, shared::FILE), file(PLACES, shared::FILE)]);
/// `SnapshotImportingSchema`, with a form
static FORM: Schema = Schema::new(&[file(BALANCES, UPLOAD), file(PLACES, UPLOAD)]);

async fn of_paths(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = paths(&context).await?;
    let balances = shared::read(&context, arguments.text(BALANCES)?).await?;
    let places = shared::read(&context, arguments.text(PLACES)?).await?;
    import(&context, &user, &balances, &places).await
}

async fn of_form(context: Context) -> Outcome {
    let user = context.login()?;
    let (arguments, form) = context.form()?;
    // Legacy puts both into one directory, by their names.
    let names = [arguments.text(BALANCES)?, arguments.text(PLACES)?].map(str::to_ascii_lowercase);
    if names[0] == names[1] || names.iter().any(|name| name.contains('/') || name.len() > 200) {
        return Err(Stop::declined("files of unusual names, which legacy may put in each other's place"));
    }
    import(&context, &user, &form.file(BALANCES)?, &form.file(PLACES)?).await
}

async fn of_paths_one(context: Context) -> Outcome {
    context.login()?;
    paths(&context).await?;
    Ok(fallen("put"))
}

async fn of_form_one(context: Context) -> Outcome {
    context.login()?;
    context.form()?;
    Ok(fallen("post"))
}

async fn paths(context: &Context) -> Result<Record, Stop> {
    context.arguments_known(|questions| shared::known(context, questions, ENDING)).await
}

fn fallen(method: &str) -> Answer {
    Answer::failure(500, &format!("DBSnapshotsResource.{method}() got an unexpected keyword argument 'timestamp'"))
}

async fn import(context: &Context, user: &User, balances: &[u8], places: &[u8]) -> Outcome {
    let Tables { time, balances, places } = Tables::read(balances, places)?;
    let spellings = Spellings::of(context, &balances).await?;
    let balances = balances.into_iter().map(|row| balance(time, row, &spellings)).collect::<Result<Vec<_>, _>>()?;
    let places = places.into_iter().map(|row| place(time, row)).collect::<Result<Vec<_>, _>>()?;
    context
        .write_user(user, Stamp::LastWrite, move |transaction| {
            if let Err(refused) = put_balances(transaction, &balances)? {
                return Ok(Err(refused));
            }
            put_places(transaction, &places)
        })
        .await?;
    Ok(Answer::ok(&true)?)
}

/// Two tables of one moment.
#[derive(Debug, PartialEq, Eq)]
struct Tables {
    /// None if it is beyond 64 bits.
    time: Option<i64>,
    balances: Vec<[String; 5]>,
    places: Vec<[String; 3]>,
}

impl Tables {
    fn read(balances: &[u8], places: &[u8]) -> Result<Self, Stop> {
        let table = |file| csv::table(file).ok_or_else(|| Unanswered::declined("a table of an unusual form"));
        let balances = lines(table(balances)?, ["timestamp", "category", "asset_identifier", "amount", "usd_value"])?;
        let places = lines(table(places)?, ["timestamp", "location", "usd_value"])?;
        let texts = || balances.iter().map(|row| &row[0]).chain(places.iter().map(|row| &row[0]));
        let moments = texts().map(|text| moment(text)).collect::<Result<Vec<_>, _>>()?;
        if moments.iter().any(|moment| *moment != moments[0]) {
            return Err(refused("csv file has different timestamps"));
        }
        // Legacy reads them once more, as ints, and falls over any other number.
        if texts().any(|text| !matches!(number::int(text, 10), Read::Int(_))) {
            return Err(Stop::declined("a timestamp of an unusual form"));
        }
        let time = moments.first().and_then(BigInt::to_i64);
        Ok(Self { time, balances, places })
    }
}

/// The rows of a table with these columns. Legacy takes the first row's for those of all.
fn lines<const N: usize>(Table { header, rows }: Table, columns: [&str; N]) -> Result<Vec<[String; N]>, Stop> {
    let Some(first) = rows.first() else {
        return Err(Stop::Refused(Answer::failure(500, "list index out of range")));
    };
    if header != columns || first.len() > N {
        let is_twice = |(at, name): (usize, &String)| header[..at].contains(name);
        if header.iter().enumerate().any(is_twice) {
            return Err(Stop::declined("a table with two columns of one name"));
        }
        return Err(refused("csv file has invalid headers"));
    }
    let row = |mut row: Vec<String>| {
        row.truncate(N);
        <[String; N]>::try_from(row).map_err(|_| Stop::declined("a row lacks a column"))
    };
    rows.into_iter().map(row).collect()
}

/// Exponents may make a number much longer than it is written; few are.
const EXPONENT: u64 = 100;

/// Whether a number is written out, or not much longer where it is.
fn is_short(number: &Decimal, text: &str) -> bool {
    match number {
        Decimal::Finite { exponent, .. } => exponent.unsigned_abs() <= EXPONENT.max(text.len() as u64),
        _ => true,
    }
}

fn moment(text: &str) -> Result<BigInt, Stop> {
    match Decimal::read(text) {
        Ok(decimal) if !(decimal.is_finite() && is_short(&decimal, text)) => {
            Err(Stop::declined("a timestamp that is no number, or a very long one"))
        }
        Ok(decimal) => decimal.to_int().filter(|moment| *moment >= BigInt::ZERO).ok_or_else(no_moment),
        Err(Unread::Invalid) => Err(no_moment()),
        Err(Unread::Odd) => Err(Stop::declined("a timestamp of an unusual kind")),
    }
}

fn no_moment() -> Stop {
    refused("csv file contains invalid timestamp format")
}

/// Assets as global.db spells them; none for those that it does not know.
struct Spellings(HashMap<String, Option<String>>);

impl Spellings {
    async fn of(context: &Context, balances: &[[String; 5]]) -> Result<Self, Unanswered> {
        let mut spelled = HashMap::new();
        let mut questions: Vec<Question> = Vec::new();
        for [_, _, asset, ..] in balances {
            // An NFT is taken as it comes.
            let is_nft = asset.starts_with(NFT);
            if spelled.insert(asset.clone(), is_nft.then(|| asset.clone())).is_none() && !is_nft {
                questions.push(Question { hook: "asset", value: asset.clone() });
            }
        }
        let answers = context.assets(questions.clone()).await?;
        for (Question { value, .. }, answer) in questions.into_iter().zip(answers) {
            if let Ok(Item::Text(spelling)) = answer {
                spelled.insert(value, Some(spelling));
            }
        }
        Ok(Self(spelled))
    }

    fn spell(&self, asset: &str) -> Result<String, Stop> {
        self.0.get(asset).cloned().flatten().ok_or_else(|| {
            refused(&format!("snapshot contains an unknown asset ({asset}). Try adding this asset manually."))
        })
    }
}

/// What is wrong with a row is looked for in this order.
fn balance(time: Option<i64>, row: [String; 5], spellings: &Spellings) -> Result<Balance, Stop> {
    let [_, category, asset, of_asset, of_value] = row;
    let category = if known("BalanceType", &category, &["asset", "liability"])? == "asset" { "A" } else { "B" };
    let asset = bindable(&spellings.spell(&asset)?)?.to_owned();
    Ok(Balance { time, category, asset, amount: amount(&of_asset, "amount")?, value: amount(&of_value, "usd_value")? })
}

fn place(time: Option<i64>, row: [String; 3]) -> Result<Place, Stop> {
    let [_, location, value] = row;
    let name = known("Location", &location, NAMES)?;
    Ok(Place { time, name, letter: letter_of(name).ok_or_else(odd)?.to_string(), value: amount(&value, "usd_value")? })
}

fn known(class: &str, text: &str, members: &'static [&'static str]) -> Result<&'static str, Stop> {
    if !text.is_ascii() {
        return Err(Stop::declined("a name in letters of other scripts"));
    }
    member(text, members).ok_or_else(|| wrong(&format!("Failed to deserialize {class} value {text}")))
}

fn amount(text: &str, name: &str) -> Result<String, Stop> {
    match Decimal::read(text) {
        Ok(amount) if is_short(&amount, text) => Ok(amount.to_string()),
        Ok(_) => Err(Stop::declined("a very long amount")),
        Err(Unread::Odd) => Err(Stop::declined("an amount of an unusual kind")),
        Err(Unread::Invalid) => Err(wrong(&format!(
            "Failed to deserialize value entry: Expected string, int, float, or Decimal to initialize an FVal.\
             Found <class 'str'>. for {name} during snapshot import"
        ))),
    }
}

fn wrong(why: &str) -> Stop {
    refused(&format!("Error occurred while importing snapshot due to: {why}"))
}

fn refused(message: &str) -> Stop {
    Stop::Refused(Answer::failure(409, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BALANCES: &str = "timestamp,category,asset_identifier,amount,usd_value\n5,asset,ETH,1,2\n";
    const PLACES: &str = "timestamp,location,usd_value\n5,kraken,3\n";

    fn said(balances: &str, places: &str) -> String {
        match Tables::read(balances.as_bytes(), places.as_bytes()) {
            Ok(tables) => format!("{:?}: {} and {}", tables.time, tables.balances.len(), tables.places.len()),
            Err(Stop::Refused(answer)) => String::from_utf8_lossy(&answer.body).into_owned(),
            Err(stop) => format!("{stop:?}"),
        }
    }

    #[test]
    fn two_tables_of_one_moment_are_read_and_others_are_refused_in_legacys_order() {
        assert_eq!(said(BALANCES, PLACES), "Some(5): 1 and 1");
        assert_eq!(said(&BALANCES.replace("5,", " 0_5,"), PLACES), "Some(5): 1 and 1");
        let [twice, huge] = [BALANCES.replace('5', "9"), PLACES.replace('5', "9")]
            .map(|text| text.replace('9', "99999999999999999999"));
        assert_eq!(said(&twice, &huge), "None: 1 and 1");
        let (format, different) = ("invalid timestamp format", "different timestamps");
        for (from, to, expected) in [
            ("5,asset,ETH,1,2\n", "", "list index out of range"),
            ("category", "kind", "invalid headers"),
            ("amount", "category", "two columns"),
            ("1,2\n", "1,2,3\n", "invalid headers"),
            ("1,2\n", "1,2\n5,asset,BTC,1,2,3\n", "Some(5): 2 and 1"),
            ("1,2\n", "1,2\n5,asset,BTC,1\n", "lacks a column"),
            ("5,", "x,", format),
            ("5,", "-5,", format),
            ("5,", "5.5,", format),
            ("5,", "inf,", "no number"),
            ("5,", "6,", different),
            ("5,", "5e0,", "of an unusual form"),
            ("5,", "5e999,", "very long"),
            ("ETH", "\"ETH\"", "of an unusual form"),
        ] {
            let changed = BALANCES.replacen(from, to, 1);
            assert!(
                changed != BALANCES && said(&changed, PLACES).contains(expected),
                "{to}: {}",
                said(&changed, PLACES)
            );
        }
        assert_eq!(amount("1.5e-7", "amount").unwrap(), "0.00000015");
        assert!(matches!(amount("1e4000", "amount"), Err(Stop::Unanswered(_))));
        // The balances are looked at first.
        assert!(said(&BALANCES.replace("category", "x"), "").contains("invalid headers"));
        assert!(said(BALANCES, "").contains("list index out of range"));
        assert!(said(BALANCES, &PLACES.replace("location", "x")).contains("invalid headers"));
        assert!(said(BALANCES, &PLACES.replace('5', "7")).contains(different));
    }
}
