//! The arguments of every handler: its name, the query and a path variable, a line each, then the body.

use std::sync::{Arc, LazyLock};

use tokio::runtime::{Builder, Runtime};

use super::line;
use crate::{
    db::{Options, Passphrase},
    handlers::{ALL, Context, Handler, Stop},
    routes::pattern::{Pattern, Segment},
    session::{Session, files::Files},
    wire::{Value, number, parse::parse},
};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_current_thread().enable_all().build().unwrap());

/// Somebody is logged in and there are no databases: a handler reads its arguments, refuses them in the envelope, or
/// leaves the request to legacy. It may not answer a request whose data it can not have.
pub fn run(data: &[u8]) {
    let (name, rest) = line(data);
    let (query, rest) = line(rest);
    let (variable, body) = line(rest);
    let (Ok(query), Ok(variable)) = (std::str::from_utf8(query), std::str::from_utf8(variable)) else { return };
    let handler = chosen(name);
    let Some(variables) = variables(handler, variable) else { return };
    // What is no JSON never comes as far.
    let body = match body {
        [] => None,
        body => match parse(body) {
            Ok(value) => Some(value),
            Err(_) => return,
        },
    };
    let ask = || {
        let session = Session::alone(
            Files::new(None, Options { readers: 1, ..Options::default() }),
            "ada".to_owned(),
            Passphrase::new("correct horse".to_owned()),
        );
        let context = Context::new(query.to_owned(), variables.clone(), body.clone(), Arc::new(session), None);
        RUNTIME.block_on(handler.answer(context))
    };
    match ask() {
        Ok(_) => {}
        Err(Stop::Refused(answer)) => {
            assert!((400..600).contains(&answer.status), "refused with {}", answer.status);
            let text = parse(&answer.body).expect("a refusal is JSON");
            let Value::Dict(envelope) = &text else { panic!("a refusal is no object") };
            assert!(envelope.contains_key("message") && envelope.contains_key("result"));
            let Err(Stop::Refused(again)) = ask() else { panic!("refused once and not again") };
            assert_eq!((again.status, again.body), (answer.status, answer.body));
        }
        Err(Stop::Later(later)) => drop(RUNTIME.block_on(later.0)),
        Err(Stop::Unanswered(_)) => {}
    }
}

/// The handler of this name; of any other text some handler, and always the same one.
fn chosen(name: &[u8]) -> &'static Handler {
    let named = ALL.iter().find(|handler| handler.declared.name.as_bytes() == name);
    let sum = name.iter().fold(0usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    named.unwrap_or(&ALL[sum % ALL.len()])
}

/// The variables of its path, all from one text; none if the path would not have matched.
fn variables(handler: &Handler, text: &str) -> Option<Vec<(String, Value)>> {
    let pattern = Pattern::parse(handler.declared.route).unwrap();
    let mut variables = Vec::new();
    for segment in &pattern.segments {
        let value = match segment {
            Segment::Literal(_) => continue,
            Segment::Int(_) if !text.bytes().all(|b| b.is_ascii_digit()) => return None,
            Segment::Int(_) => match number::int(text, 10) {
                number::Read::Int(int) => Value::Int(int),
                _ => return None,
            },
            Segment::Text(_) | Segment::Path(_) if text.is_empty() || text.contains('/') => return None,
            Segment::Text(_) | Segment::Path(_) => Value::text(text),
        };
        variables.push((segment.name()?.to_owned(), value));
    }
    Some(variables)
}
