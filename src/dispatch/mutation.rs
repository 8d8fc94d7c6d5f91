//! Deliberate faults of handlers, so that tests can see them caught. Debug builds alone have this; in a release build
//! there is nothing to switch on.

use bytes::Bytes;

use crate::{
    handlers::{Stop, handler::Answering},
    parity::tree::{self, Content, Node},
    wire::Answer,
};

/// `FAULT` or `FAULT@ROUTE`: which fault the handler of which route has; all of them if none is named.
const VARIABLE: &str = "TEST_FAULT_OF_CUTOVER";

/// The same, as what a file of this name has in it: it may come and go while the bridge runs.
const FILE: &str = "TEST_FAULT_FILE_OF_CUTOVER";

/// The fault of a route's handler, if it is to have one.
#[must_use]
pub(super) fn of(route: &str) -> Option<String> {
    let written = || std::fs::read_to_string(std::env::var_os(FILE)?).ok();
    let given = std::env::var(VARIABLE).ok().or_else(written)?;
    let given = given.trim();
    if given.is_empty() {
        return None;
    }
    match given.split_once('@') {
        Some((fault, of)) => (of == route).then(|| fault.to_owned()),
        None => Some(given.to_owned()),
    }
}

/// Whether its handler is to be one that leaves every cache stale, and answers well.
#[must_use]
pub(super) fn leaves_stale(route: &str) -> bool {
    of(route).as_deref() == Some("leaves-stale")
}

/// A handler that takes its time, or all of it.
pub(super) async fn delay(fault: &str) {
    match fault {
        "slow" => tokio::time::sleep(std::time::Duration::from_millis(300)).await,
        "stuck" => std::future::pending().await,
        _ => {}
    }
}

/// Work to be done as a task, with its fault.
pub(super) fn spoil_later(work: Answering, fault: &str) -> Answering {
    match fault {
        "task-forever" => Box::pin(async move {
            std::future::pending::<()>().await;
            work.await
        }),
        "task-declined" => Box::pin(async { Err(Stop::declined("a deliberate fault")) }),
        _ => work,
    }
}

/// Spoils an answer.
#[must_use]
#[allow(clippy::panic, reason = "one of the faults")]
pub(super) fn spoil(mut answer: Answer, fault: &str) -> Answer {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let spoilt = |change: &dyn Fn(&Node<'_>) -> Option<String>| {
        let document = tree::read(&text)?;
        // Within the result, where there is one: that is the handler's own.
        let own = match &document.root.content {
            Content::Object(members, _) => {
                members.iter().find(|member| member.key == "result").map(|member| &member.value)
            }
            _ => None,
        };
        let within = |node: &Node<'_>| {
            Some((node.text.as_ptr() as usize - text.as_ptr() as usize, node.text.len(), first(node, change)?))
        };
        let (at, length, with) = own.and_then(within).or_else(|| within(&document.root))?;
        Some(format!("{}{with}{}", &text[..at], &text[at + length..]))
    };
    let body = match fault {
        "panic" => panic!("a deliberate fault"),
        "status" => {
            answer.status += 1;
            None
        }
        "key-order" => spoilt(&|node| match &node.content {
            Content::Object(members, _) if members.len() > 1 => {
                let shown =
                    |at: usize| format!("{}{}{}", members[at].written, members[at].colon, members[at].value.text);
                Some(node.text.replacen(&shown(0), "\0", 1).replacen(&shown(1), &shown(0), 1).replacen(
                    '\0',
                    &shown(1),
                    1,
                ))
            }
            _ => None,
        }),
        "dropped-field" => spoilt(&|node| match &node.content {
            Content::Object(members, close) if members.len() > 1 => {
                let last = members.last()?;
                let tail = format!("{}{}{}{}{close}}}", last.glue, last.written, last.colon, last.value.text);
                Some(format!("{}}}", node.text.strip_suffix(&tail)?))
            }
            _ => None,
        }),
        "row-order" => spoilt(&|node| match &node.content {
            Content::List(items, _) if items.len() > 1 && items[0].value.text != items[1].value.text => {
                let (first, second) = (items[0].value.text, items[1].value.text);
                let head = format!("{}{first}{}{second}", items[0].glue, items[1].glue);
                let swapped = format!("{}{second}{}{first}", items[0].glue, items[1].glue);
                Some(node.text.replacen(&head, &swapped, 1))
            }
            _ => None,
        }),
        "float" => spoilt(&|node| (node.type_name() == "int").then(|| format!("{}.0", node.text))),
        "space" => spoilt(&|node| match &node.content {
            Content::List(..) | Content::Object(..) => Some(format!("{} {}", &node.text[..1], &node.text[1..])),
            _ => None,
        })
        .or_else(|| Some(text.replacen(',', " ,", 1))),
        "invalid-utf8" => {
            answer.body = Bytes::from_static(b"{\"result\": \"\xff\xfe\", \"message\": \"\"}");
            None
        }
        "huge" => Some("x".repeat(100 << 20)),
        "different" => Some(format!("{{\"result\": \"{:x}\", \"message\": \"\"}}", rand::random::<u128>())),
        _ => None,
    };
    if let Some(body) = body {
        answer.body = body.into();
    }
    answer
}

/// The text of a value with the first place changed that can be.
fn first(node: &Node<'_>, change: &dyn Fn(&Node<'_>) -> Option<String>) -> Option<String> {
    if let Some(changed) = change(node) {
        return Some(changed);
    }
    let inner: Vec<&Node<'_>> = match &node.content {
        Content::List(items, _) => items.iter().map(|item| &item.value).collect(),
        Content::Object(members, _) => members.iter().map(|member| &member.value).collect(),
        _ => Vec::new(),
    };
    inner.into_iter().find_map(|inner| {
        let changed = first(inner, change)?;
        let at = inner.text.as_ptr() as usize - node.text.as_ptr() as usize;
        Some(format!("{}{changed}{}", &node.text[..at], &node.text[at + inner.text.len()..]))
    })
}
