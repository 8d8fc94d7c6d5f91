//! Whether anything is left to compare.

use crate::parity::{
    Response, Rulebook,
    coding::decoded,
    path::Path,
    rulebook::Action,
    tree::{self, Content, Node},
};

/// Whether rules ignore all that an answer says: every number, every word and every text that is not empty. An envelope
/// around nothing says nothing. What is no JSON is not looked into, and not silent.
pub(super) fn silent(response: &Response, rules: &Rulebook) -> bool {
    let Ok(body) = decoded(response) else { return false };
    let Some(document) = std::str::from_utf8(&body).ok().and_then(tree::read) else { return false };
    !speaks(&document.root, &mut Path::default(), rules)
}

fn speaks<'t>(node: &'t Node<'t>, path: &mut Path<'t>, rules: &Rulebook) -> bool {
    let ignore = |action: &Action| matches!(action, Action::Ignore).then_some(());
    if rules.at(&path.texts(), ignore).is_some() {
        return false;
    }
    let child = |node: &'t Node<'t>, walked: &mut Path<'t>| {
        let speaks = speaks(node, walked, rules);
        walked.back();
        speaks
    };
    match &node.content {
        Content::List(items, _) => items.iter().enumerate().any(|(at, item)| {
            path.index(at);
            child(&item.value, path)
        }),
        Content::Object(members, _) => members.iter().any(|member| {
            path.key(&member.key);
            child(&member.value, path)
        }),
        Content::Text(text) => !text.is_empty(),
        Content::Word => node.text != "null",
        Content::Int | Content::Float => true,
    }
}
