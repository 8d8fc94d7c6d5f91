//! The legacy wire format: Python's JSON, decimals, the envelope, what arguments look like and how wrong ones are refused.
//!
//! - [`value`]: a Python value as JSON can hold one, and how Python prints it
//! - [`mod@parse`]: what Python's `json.loads` reads, and nothing else
//! - [`json`]: `json.dumps` with its default separators and ASCII escapes, and Flask's `jsonify`
//! - [`number`], [`float`]: Python's `int()`, and its floats printed
//! - [`mod@hex`]: bytes as hexadecimal digits
//! - [`casefold`]: Python's `casefold()` and `strip()`
//! - [`decimal`]: Python's `Decimal` with 78 digits, legacy's amounts
//! - [`answer`]: the envelope, and an answer as a handler gives it
//! - [`gives`]: what the result of an answer is made of
//! - [`validate`]: arguments as legacy checks them, its messages to the letter
//! - [`address`]: which addresses are valid on which chain
//! - [`location`]: where an endpoint takes its arguments from
//! - [`pep440`]: versions of Python packages, which of two is newer
//! - [`query`]: a query string as Werkzeug reads it
//! - [`multipart`]: a form with files
//! - [`mod@csv`]: a table with commas
//! - [`status`]: reason phrases as the legacy server writes them
//! - [`cors`]: what legacy's CORS configuration makes of an Origin

pub mod address;
pub mod answer;
pub mod casefold;
pub mod cors;
pub mod csv;
pub mod decimal;
pub mod float;
pub mod gives;
pub mod hex;
pub mod json;
pub mod location;
pub mod multipart;
pub mod number;
pub mod parse;
pub mod pep440;
pub mod query;
pub mod status;
pub mod validate;
pub mod value;

pub use answer::{Answer, Style};
pub use cors::Cors;
pub use decimal::Decimal;
pub use gives::Gives;
pub use location::Location;
pub use value::{Dict, Value};
