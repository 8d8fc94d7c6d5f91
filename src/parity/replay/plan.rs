//! What is asked, and what in its order.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    config::{Access, Rule},
    parity::{Rulebook, har::Entry},
    routes::{RouteTable, target::Target as Path},
};

/// One exchange to ask again.
#[derive(Debug)]
pub struct Step {
    /// Its place in the recording.
    pub number: usize,
    /// What was recorded.
    pub entry: Entry,
    /// The route it belongs to.
    pub route: Option<Arc<Ruled>>,
    /// Whether it may change what later ones see.
    pub writes: bool,
    /// Whether it is judged; a write that is not is made all the same, if later steps of its sequence build on it.
    pub wanted: bool,
}

/// A route and its rules.
#[derive(Debug)]
pub struct Ruled {
    /// The route's name.
    pub name: String,
    /// Its rules, as written.
    pub rules: Vec<Rule>,
    /// The same, ready.
    pub book: Rulebook,
}

/// What is asked: exchanges that stand alone, and sequences whose steps build on each other.
#[derive(Debug, Default)]
pub struct Plan {
    /// In any order, side by side.
    pub alone: Vec<Arc<Step>>,
    /// Each in its order, on a state of its own.
    pub sequences: BTreeMap<u64, Vec<Arc<Step>>>,
    /// Requests that may write and are not asked: they belong to no sequence, or sequences were not asked for.
    pub left_out: Vec<Arc<Step>>,
}

impl Plan {
    /// Sorts the entries of a recording out. What may write is asked as part of its sequence or not at all; without
    /// `sequences` the reads of one are asked alone, like all others.
    #[must_use]
    pub fn of(
        entries: impl IntoIterator<Item = (usize, Entry)>,
        table: &RouteTable,
        wanted: impl Fn(&Entry, Option<&str>) -> bool,
        sequences: bool,
    ) -> Self {
        let mut ruled: BTreeMap<String, Arc<Ruled>> = BTreeMap::new();
        let mut plan = Self::default();
        for (number, entry) in entries {
            let method = http::Method::from_bytes(entry.request.method.as_bytes()).unwrap_or_default();
            let found = table.matcher.find(&method, &Path::of(entry.request.path())).map(|found| found.route);
            let wanted = wanted(&entry, found.as_ref().map(|route| route.name.as_str()));
            let writes = found.as_ref().map_or(!method.is_safe(), |route| route.access == Access::Writes);
            let in_sequence = sequences && entry.sequence.is_some();
            if !(wanted || in_sequence && writes) {
                continue;
            }
            let route = found.map(|route| {
                let known = ruled.entry(route.name.clone()).or_insert_with(|| {
                    let book = Rulebook::new(&route.parity);
                    Arc::new(Ruled { name: route.name.clone(), rules: route.parity.clone(), book })
                });
                Arc::clone(known)
            });
            let step = Arc::new(Step { number, entry, route, writes, wanted });
            match step.entry.sequence {
                Some((sequence, _)) if sequences => plan.sequences.entry(sequence).or_default().push(step),
                _ if writes => plan.left_out.push(step),
                _ => plan.alone.push(step),
            }
        }
        for steps in plan.sequences.values_mut() {
            steps.sort_by_key(|step| (step.entry.sequence, step.number));
        }
        plan
    }

    /// How many exchanges it judges.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps().filter(|step| step.wanted).count()
    }

    /// Whether there is nothing to ask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every step.
    pub fn steps(&self) -> impl Iterator<Item = &Arc<Step>> {
        self.alone.iter().chain(self.sequences.values().flatten()).chain(&self.left_out)
    }
}
