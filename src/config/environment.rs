//! `CUTOVER_*` to checked values: `CUTOVER_LEGACY__URL`, `CUTOVER_LISTEN`, `CUTOVER_ROUTE__TAGS_LIST__MODE`.

use figment::value::{Dict, Value};

use super::{
    fault::{Fault, nearest},
    keys,
};

/// What every variable of ours begins with.
pub const PREFIX: &str = "CUTOVER_";
/// Those of the package inside legacy, which may share an environment with us.
const OF_THE_PACKAGE: [&str; 5] =
    ["COMPAT_BRIDGE", "COMPAT_NOTIFIER", "COMPAT_SESSION", "COMPAT_CACHES", "COMPAT_TRANSACTIONS"];

/// Reads the given variables; other people's are passed over.
#[must_use]
pub fn read(variables: impl IntoIterator<Item = (String, String)>) -> (Dict, Vec<Fault>) {
    let mut sections = Dict::new();
    let mut faults = Vec::new();
    for (name, text) in variables {
        let Some(rest) = name.strip_prefix(PREFIX).filter(|rest| !OF_THE_PACKAGE.contains(rest)) else { continue };
        match place(rest) {
            Some((path, key)) => match key.kind.read_text(&text) {
                Ok(value) => insert(&mut sections, &path, value),
                Err(message) => faults.push(Fault::plain("environment", format!("{name}: {message}"))),
            },
            None => faults.push(Fault::plain("environment", unknown(&name))),
        }
    }
    (sections, faults)
}

/// The path in the configuration and the key that a variable's name stands for.
fn place(rest: &str) -> Option<(Vec<String>, &'static keys::Key)> {
    let lower = rest.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split("__").collect();
    match parts.as_slice() {
        [section] => {
            let (section, name) = keys::SHORTHANDS.iter().find(|(short, _)| short == section)?;
            Some((vec![(*section).to_owned(), (*name).to_owned()], keys::find(section, name)?))
        }
        [section, one, name] if keys::LISTED.contains(section) && *name != "name" => {
            Some((vec![(*section).to_owned(), (*one).to_owned(), (*name).to_owned()], keys::find(section, name)?))
        }
        [section, name] if !keys::LISTED.contains(section) => {
            Some((vec![(*section).to_owned(), (*name).to_owned()], keys::find(section, name)?))
        }
        _ => None,
    }
}

fn unknown(name: &str) -> String {
    let valid: Vec<String> = keys::KEYS
        .iter()
        .filter(|key| !keys::LISTED.contains(&key.section))
        .map(|key| format!("{PREFIX}{}__{}", key.section, key.name).to_ascii_uppercase())
        .chain(keys::SHORTHANDS.iter().map(|(section, _)| format!("{PREFIX}{section}").to_ascii_uppercase()))
        .collect();
    // Distances are counted on lower-case text, as everywhere.
    let lower: Vec<String> = valid.iter().map(|name| name.to_ascii_lowercase()).collect();
    match nearest(name, lower.iter().map(String::as_str)) {
        Some(near) => format!("{name} is no variable of cutover; did you mean {}?", near.to_ascii_uppercase()),
        None => format!(
            "{name} is no variable of cutover; they are named {PREFIX}<SECTION>__<KEY> and {PREFIX}ROUTE__<ROUTE>__<KEY>"
        ),
    }
}

fn insert(into: &mut Dict, path: &[String], value: Value) {
    match path {
        [] => {}
        [last] => {
            into.insert(last.clone(), value);
        }
        [first, rest @ ..] => {
            let slot = into.entry(first.clone()).or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, inner) = slot {
                insert(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(pairs: &[(&str, &str)]) -> (Dict, Vec<Fault>) {
        read(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn a_variable_sets_its_key_and_others_are_passed_over() {
        let (read, faults) = vars(&[
            ("CUTOVER_LISTEN", "127.0.0.1:1"),
            ("CUTOVER_LEGACY__URL", "http://h:2"),
            ("CUTOVER_ROUTE__TAGS_LIST__MODE", "native"),
            ("PATH", "/bin"),
            ("CUTOVER_COMPAT_NOTIFIER", "off"),
        ]);
        assert!(faults.is_empty(), "{faults:?}");
        let text = |path: &str| Value::from(read.clone()).find(path).and_then(|v| v.as_str().map(str::to_owned));
        assert_eq!(text("listen.address").as_deref(), Some("127.0.0.1:1"));
        assert_eq!(text("legacy.url").as_deref(), Some("http://h:2"));
        assert_eq!(text("route.tags_list.mode").as_deref(), Some("native"));
    }

    #[test]
    fn an_unknown_variable_or_a_bad_value_is_a_fault_with_a_remedy() {
        let (_, faults) =
            vars(&[("CUTOVER_LEGACY__URI", "http://h"), ("CUTOVER_ROUTE__X__MODE", "nativ"), ("CUTOVER_ZZZ", "1")]);
        let shown: Vec<String> = faults.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(shown.join("\n"));
    }
}
