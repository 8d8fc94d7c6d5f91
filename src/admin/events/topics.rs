//! What a reader asks for.

use crate::config::fault::remedy;

/// Every topic.
const WORDS: [&str; 4] = ["overview", "changes", "requests", "routes"];

/// Some of the topics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Topics {
    /// The bridge at a glance, once a second.
    pub(super) overview: bool,
    /// Changes of the rollout.
    pub(super) changes: bool,
    /// Requests as they end.
    pub(super) requests: bool,
    /// Routes whose numbers changed, every two seconds.
    pub(super) routes: bool,
}

impl Topics {
    /// Reads the parameters of a query: `topics`, words with commas between them. Without it, all of them.
    ///
    /// # Errors
    /// What is wrong, and what was expected.
    pub(super) fn read(query: &[(String, String)]) -> Result<Self, String> {
        if let Some((unknown, _)) = query.iter().find(|(name, _)| name != "topics") {
            return Err(format!("there is no parameter \"{unknown}\"{}", remedy(unknown, &["topics"])));
        }
        let mut topics = Self::default();
        let all = [("topics".to_owned(), WORDS.join(","))];
        let given = if query.is_empty() { &all } else { query };
        for word in given.iter().flat_map(|(_, words)| words.split(',')) {
            *match word.trim() {
                "overview" => &mut topics.overview,
                "changes" => &mut topics.changes,
                "requests" => &mut topics.requests,
                "routes" => &mut topics.routes,
                unknown => return Err(format!("there is no topic \"{unknown}\"{}", remedy(unknown, &WORDS))),
            } = true;
        }
        Ok(topics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &[(&str, &str)]) -> Result<Topics, String> {
        Topics::read(&query.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect::<Vec<_>>())
    }

    #[test]
    fn topics_are_words_with_commas_and_all_of_them_without() {
        let all = Topics { overview: true, changes: true, requests: true, routes: true };
        assert_eq!(read(&[]), Ok(all));
        assert_eq!(read(&[("topics", "overview,changes,requests,routes")]), Ok(all));
        assert_eq!(read(&[("topics", "requests")]), Ok(Topics { requests: true, ..Topics::default() }));
    }

    #[test]
    fn a_misspelled_topic_is_refused_with_the_nearest_one() {
        let shown =
            [("topics", "request"), ("topics", ""), ("topic", "requests")].map(|pair| read(&[pair]).unwrap_err());
        assert_eq!(
            shown,
            [
                "there is no topic \"request\"; did you mean \"requests\"?",
                "there is no topic \"\"; expected one of overview, changes, requests, routes",
                "there is no parameter \"topic\"; did you mean \"topics\"?",
            ]
        );
    }
}
