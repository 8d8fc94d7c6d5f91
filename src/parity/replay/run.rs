//! All of it, to a report.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Instant, SystemTime},
};

use tokio::{sync::Semaphore, task::JoinSet};

use super::{
    Asked, Plan, Stage, Target,
    once::{Against, ask, unasked},
    plan::{Ruled, Step},
};
use crate::parity::{Case, RuleUse, Run, Skip, Verdict};

/// How a recording is asked again.
#[derive(Debug, Clone)]
pub struct Options {
    /// The target, as reports name it.
    pub target: String,
    /// What it is compared with, likewise.
    pub against: String,
    /// The recording, likewise.
    pub source: String,
    /// Requests, or sequences, at once.
    pub jobs: usize,
    /// Further names of fields whose values are never shown, in lower case.
    pub redact: Vec<String>,
}

/// Asks all of a plan, and calls `done` after each exchange.
///
/// # Errors
/// The target cannot be started.
pub async fn run<S, A, F>(
    plan: Plan,
    stage: Arc<S>,
    against: Option<Arc<A>>,
    options: Options,
    done: F,
) -> Result<Run, String>
where
    S: Stage,
    A: Target,
    F: Fn(&Case) + Send + Sync + 'static,
{
    let (began, started) = (SystemTime::now(), Instant::now());
    let mut ruled: BTreeMap<String, Arc<Ruled>> = BTreeMap::new();
    for route in plan.steps().filter_map(|step| step.route.as_ref()) {
        ruled.entry(route.name.clone()).or_insert_with(|| Arc::clone(route));
    }
    let done = Arc::new(done);
    let places = Arc::new(Semaphore::new(options.jobs.max(1)));
    let names: Arc<[String]> = options.redact.into();
    let mut cases = Vec::new();
    for step in &plan.left_out {
        let case = unasked(step, Verdict::Skipped(Skip::Unsequenced), &names);
        done(&case);
        cases.push(case);
    }
    let mut tasks: JoinSet<Result<Vec<Case>, String>> = JoinSet::new();
    if !plan.alone.is_empty() {
        let target = Arc::new(stage.shared().await?);
        for step in plan.alone {
            let (target, against, names) = (Arc::clone(&target), against.clone(), Arc::clone(&names));
            let (done, places) = (Arc::clone(&done), Arc::clone(&places));
            tasks.spawn(async move {
                let _place = places.acquire_owned().await;
                let against = against.as_deref().map_or(Against::Recorded, Against::Live);
                let case = ask(&step, &*target, &against, &names).await;
                done(&case);
                Ok(vec![case])
            });
        }
    }
    // Sequences change what they find, and a server has one state: the others come first.
    while let Some(task) = tasks.join_next().await {
        cases.extend(task.map_err(|error| format!("a replay broke off: {error}"))??);
    }
    for (number, steps) in plan.sequences {
        let (stage, against, names) = (Arc::clone(&stage), against.clone(), Arc::clone(&names));
        let (done, places) = (Arc::clone(&done), Arc::clone(&places));
        tasks.spawn(async move {
            let _place = places.acquire_owned().await;
            let target = stage.fresh(number).await?;
            let against = against.as_deref().map_or(Against::Recorded, Against::Live);
            Ok(sequence(&steps, &target, &against, &names, &*done).await)
        });
    }
    while let Some(task) = tasks.join_next().await {
        cases.extend(task.map_err(|error| format!("a replay broke off: {error}"))??);
    }
    cases.sort_by_key(|case| case.number);
    let rules = ruled.values().flat_map(|ruled| uses(ruled, &cases)).collect();
    let Options { target, against, source, .. } = Options {
        redact: Vec::new(),
        target: options.target,
        against: options.against,
        source: options.source,
        jobs: 0,
    };
    Ok(Run { target, against, source, began, took: started.elapsed(), cases, rules })
}

/// A step that was not made leaves another state than the recording's: what comes after it would be compared with nothing.
async fn sequence<T: Target, A: Target>(
    steps: &[Arc<Step>],
    target: &T,
    against: &Against<'_, A>,
    names: &[String],
    done: &(impl Fn(&Case) + Sync),
) -> Vec<Case> {
    let mut cases = Vec::with_capacity(steps.len());
    let mut whole = true;
    for step in steps {
        if !step.wanted {
            whole &= whole && matches!(target.ask(&step.entry.request).await, Asked::Answered(..));
            continue;
        }
        let case = if whole {
            ask(step, target, against, names).await
        } else {
            unasked(step, Verdict::Skipped(Skip::AfterUnmade), names)
        };
        whole &= case.actual.is_some() || !step.writes;
        done(&case);
        cases.push(case);
    }
    cases
}

fn uses(ruled: &Ruled, cases: &[Case]) -> Vec<RuleUse> {
    let of_route: Vec<&Case> = cases.iter().filter(|case| case.route.as_deref() == Some(&ruled.name)).collect();
    let compared = of_route.iter().filter(|case| case.verdict.agrees() == Some(true)).count() as u64;
    let hits = |number: usize| {
        of_route
            .iter()
            .filter(|case| matches!(&case.verdict, Verdict::Ignored(rules) if rules.contains(&number)))
            .count() as u64
    };
    let one = |(number, rule): (usize, &crate::config::Rule)| RuleUse {
        route: ruled.name.clone(),
        rule: rule.clone(),
        compared,
        hits: hits(number),
    };
    ruled.rules.iter().enumerate().map(one).collect()
}
