//! Which tasks clients have asked for, whose they are, and what came of them. No time passes here and nothing runs.

use std::collections::BTreeMap;

use super::Outcome;

/// A task of a client's.
#[derive(Debug)]
struct Entry {
    /// The login in which it was asked for.
    login: u64,
    /// None while it runs.
    outcome: Option<Outcome>,
}

/// The tasks of a process, by id: that is, in the order in which they were asked for.
#[derive(Debug, Default)]
pub struct Table {
    entries: BTreeMap<u64, Entry>,
    bytes: usize,
}

/// What asking for a task's outcome gives.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// There is none of that id, or no more.
    Unknown,
    /// It runs.
    Pending,
    /// It is done. Whoever asks next finds nothing.
    Done(Outcome),
}

/// The ids of a login's tasks, oldest first.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Those that run.
    pub pending: Vec<u64>,
    /// Those that are done and were not asked for.
    pub completed: Vec<u64>,
}

impl Table {
    /// A task that begins.
    pub fn begin(&mut self, id: u64, login: u64) {
        self.entries.insert(id, Entry { login, outcome: None });
    }

    /// A task is done. Nobody is interested if it was cancelled, or its user has left.
    pub fn complete(&mut self, id: u64, outcome: Outcome) {
        if let Some(entry) = self.entries.get_mut(&id).filter(|entry| entry.outcome.is_none()) {
            self.bytes += outcome.size();
            entry.outcome = Some(outcome);
        }
    }

    /// The outcome of a task, if it has one; then the task is gone.
    pub fn take(&mut self, id: u64, login: u64) -> Taken {
        let Some(entry) = self.entries.get_mut(&id).filter(|entry| entry.login == login) else {
            return Taken::Unknown;
        };
        let Some(outcome) = entry.outcome.take() else { return Taken::Pending };
        self.bytes -= outcome.size();
        self.entries.remove(&id);
        Taken::Done(outcome)
    }

    /// An outcome that was taken and did not reach its client.
    pub fn put_back(&mut self, id: u64, login: u64, outcome: Outcome) {
        self.bytes += outcome.size();
        self.entries.insert(id, Entry { login, outcome: Some(outcome) });
    }

    /// Forgets a task that runs; one that is done stays, as legacy has it. Whether there was one.
    pub fn cancel(&mut self, id: u64, login: u64) -> bool {
        let running = self.entries.get(&id).is_some_and(|entry| entry.login == login && entry.outcome.is_none());
        if running {
            self.entries.remove(&id);
        }
        running
    }

    /// The tasks of a login.
    #[must_use]
    pub fn list(&self, login: u64) -> Listed {
        let mut listed = Listed::default();
        for (id, entry) in self.entries.iter().filter(|(_, entry)| entry.login == login) {
            if entry.outcome.is_none() { &mut listed.pending } else { &mut listed.completed }.push(*id);
        }
        listed
    }

    /// Forgets the tasks of other logins; gives those that still run.
    pub fn keep_only(&mut self, login: u64) -> Vec<u64> {
        let mut running = Vec::new();
        let bytes = &mut self.bytes;
        self.entries.retain(|id, entry| {
            if entry.login != login {
                match &entry.outcome {
                    Some(outcome) => *bytes -= outcome.size(),
                    None => running.push(*id),
                }
            }
            entry.login == login
        });
        running
    }

    /// Those of a login that are done, with their outcomes.
    pub fn done(&self, login: u64) -> impl Iterator<Item = (u64, &Outcome)> {
        let of = self.entries.iter().filter(move |(_, entry)| entry.login == login);
        of.filter_map(|(id, entry)| Some((*id, entry.outcome.as_ref()?)))
    }

    /// How many there are, and the bytes of their outcomes.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.entries.len(), self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Begin,
        Complete(usize),
        Take(usize, u64),
        TakeAndLose(usize, u64),
        Cancel(usize, u64),
        Logout,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => Just(Step::Begin),
            4 => any::<usize>().prop_map(Step::Complete),
            3 => (any::<usize>(), 0_u64..3).prop_map(|(at, back)| Step::Take(at, back)),
            1 => (any::<usize>(), 0_u64..3).prop_map(|(at, back)| Step::TakeAndLose(at, back)),
            2 => (any::<usize>(), 0_u64..3).prop_map(|(at, back)| Step::Cancel(at, back)),
            1 => Just(Step::Logout),
        ];
        proptest::collection::vec(step, 0..60)
    }

    /// Written for clarity: a list of all tasks that ever were, each with what it is now.
    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Is {
        Running,
        Done,
        Gone,
    }

    proptest! {
        #[test]
        fn the_table_is_what_a_list_of_all_tasks_says(steps in steps()) {
            let (mut table, mut model, mut login) = (Table::default(), Vec::<(u64, Is)>::new(), 0_u64);
            for step in steps {
                let known = model.len();
                let at = |at: usize| if known == 0 { 0 } else { at % known };
                let whose = |back: u64| login.saturating_sub(back);
                match step {
                    Step::Begin => {
                        table.begin(known as u64, login);
                        model.push((login, Is::Running));
                    }
                    Step::Complete(task) => {
                        let id = at(task);
                        table.complete(id as u64, Outcome::died(&id.to_string()));
                        if let Some((_, is @ Is::Running)) = model.get_mut(id) {
                            *is = Is::Done;
                        }
                    }
                    Step::Take(task, back) | Step::TakeAndLose(task, back) => {
                        let id = at(task);
                        let taken = table.take(id as u64, whose(back));
                        let expected = match model.get_mut(id) {
                            Some((of, is)) if *of == whose(back) && *is != Is::Gone => match is {
                                Is::Running => Taken::Pending,
                                _ => {
                                    *is = Is::Gone;
                                    Taken::Done(Outcome::died(&id.to_string()))
                                }
                            },
                            _ => Taken::Unknown,
                        };
                        prop_assert_eq!(&taken, &expected);
                        if let (Step::TakeAndLose(..), Taken::Done(outcome)) = (step, taken) {
                            table.put_back(id as u64, whose(back), outcome);
                            model[id].1 = Is::Done;
                        }
                    }
                    Step::Cancel(task, back) => {
                        let id = at(task);
                        let cancelled = table.cancel(id as u64, whose(back));
                        let running = model.get(id) == Some(&(whose(back), Is::Running));
                        prop_assert_eq!(cancelled, running);
                        if running {
                            model[id].1 = Is::Gone;
                        }
                    }
                    Step::Logout => {
                        login += 1;
                        let running: Vec<u64> = (0..known).filter(|id| model[*id].1 == Is::Running).map(|id| id as u64).collect();
                        prop_assert_eq!(table.keep_only(login), running);
                        for (_, is) in &mut model {
                            *is = Is::Gone;
                        }
                    }
                }
                let of = |wanted: Is| {
                    let ids = (0..model.len()).filter(|id| model[*id] == (login, wanted));
                    ids.map(|id| id as u64).collect::<Vec<_>>()
                };
                let listed = table.list(login);
                let bytes: usize = of(Is::Done).iter().map(|id| Outcome::died(&id.to_string()).size()).sum();
                prop_assert_eq!(&listed, &Listed { pending: of(Is::Running), completed: of(Is::Done) });
                prop_assert_eq!(table.size(), (listed.pending.len() + listed.completed.len(), bytes));
            }
        }
    }
}
