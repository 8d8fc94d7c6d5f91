//! What an expression of Prometheus names: as much of the language as it takes to find metrics and labels.
//!
//! <https://prometheus.io/docs/prometheus/latest/querying/basics/>

use std::{iter::Peekable, str::Chars};

/// What is named.
#[derive(Debug, Default)]
pub struct Named {
    pub metrics: Vec<Selector>,
    /// Labels that a result is grouped by: it has no others.
    pub grouped: Vec<String>,
    /// Labels that two sides are matched on.
    pub matched: Vec<String>,
}

/// A metric, and the labels it is asked for by.
#[derive(Debug)]
pub struct Selector {
    pub metric: String,
    pub labels: Vec<(String, String)>,
}

/// Reads an expression.
pub fn named(expression: &str) -> Named {
    let (mut named, mut rest) = (Named::default(), expression.chars().peekable());
    while let Some(&next) = rest.peek() {
        match next {
            '"' => drop(string(&mut rest)),
            '[' => drop(until(&mut rest, ']')),
            // A number, or a duration.
            '0'..='9' => drop(word(&mut rest)),
            _ if begins_a_word(next) => {
                let found = word(&mut rest);
                take_while(&mut rest, char::is_whitespace);
                match (found.as_str(), rest.peek().copied()) {
                    ("by", Some('(')) => named.grouped.extend(labels(&mut rest)),
                    ("on", Some('(')) => named.matched.extend(labels(&mut rest)),
                    ("and" | "or" | "unless" | "offset", _) => {}
                    // Before its grouping it looks like a metric.
                    ("sum" | "max" | "min" | "avg" | "count" | "topk", _) => {}
                    (_, Some('{')) => named.metrics.push(Selector { metric: found, labels: matchers(&mut rest) }),
                    // A function.
                    (_, Some('(')) => {}
                    _ => named.metrics.push(Selector { metric: found, labels: Vec::new() }),
                }
            }
            _ => drop(rest.next()),
        }
    }
    named
}

fn begins_a_word(next: char) -> bool {
    next.is_ascii_alphabetic() || next == '_'
}

fn take_while(rest: &mut Peekable<Chars<'_>>, wanted: impl Fn(char) -> bool) -> String {
    let mut taken = String::new();
    while let Some(next) = rest.next_if(|next| wanted(*next)) {
        taken.push(next);
    }
    taken
}

fn word(rest: &mut Peekable<Chars<'_>>) -> String {
    take_while(rest, |next| next.is_ascii_alphanumeric() || next == '_' || next == '.')
}

/// What lies between the character at hand and this one; both are taken.
fn until(rest: &mut Peekable<Chars<'_>>, end: char) -> String {
    rest.next();
    let inside = take_while(rest, |next| next != end);
    assert_eq!(rest.next(), Some(end), "it never ends: {inside}");
    inside
}

fn string(rest: &mut Peekable<Chars<'_>>) -> String {
    let inside = until(rest, '"');
    assert!(!inside.contains('\\'), "none of ours needs an escape: {inside}");
    inside
}

fn labels(rest: &mut Peekable<Chars<'_>>) -> Vec<String> {
    until(rest, ')').split(',').map(|label| label.trim().to_owned()).collect()
}

/// `{mode="native", route=~"$route"}`
fn matchers(rest: &mut Peekable<Chars<'_>>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    assert_eq!(rest.next(), Some('{'));
    loop {
        take_while(rest, |next| next.is_whitespace() || next == ',');
        if rest.next_if_eq(&'}').is_some() {
            return found;
        }
        let label = word(rest);
        let operator = take_while(rest, |next| "=!~ ".contains(next));
        assert!(["=", "!=", "=~", "!~"].contains(&operator.trim()), "{label}{operator}");
        found.push((label, string(rest)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_and_labels_are_found_and_functions_texts_and_times_are_not() {
        let named = named(
            r#"label_replace(sum by (le, route) (rate(a_bucket{job=~"$job", le="1.0"}[5m])), "route", "none", "route", "") > 0.5
               and on (job) b == 1 unless c offset 15m or vector(0)"#,
        );
        let metrics: Vec<&str> = named.metrics.iter().map(|selector| selector.metric.as_str()).collect();
        assert_eq!(metrics, ["a_bucket", "b", "c"]);
        assert_eq!(
            named.metrics[0].labels,
            [("job", "$job"), ("le", "1.0")].map(|(label, value)| (label.to_owned(), value.to_owned()))
        );
        assert_eq!((named.grouped, named.matched), (vec!["le".to_owned(), "route".to_owned()], vec!["job".to_owned()]));
    }
}
