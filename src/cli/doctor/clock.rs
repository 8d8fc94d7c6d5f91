//! The clocks of bridge and backend, as the `Date` of their answers shows them.

use super::{facts::Facts, finding::Finding};

const CHECK: &str = "clock";
/// Seconds that clocks may differ by: `Date` says no more than the second, and an answer takes its time.
const BOUND: f64 = 5.0;

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let backend = facts.info.as_ref().ok().map(|answer| ("the backend", answer.ahead));
    let bridge = facts.running().map(|running| ("the bridge", running.ahead));
    backend.into_iter().chain(bridge).map(|(who, ahead)| of(who, ahead)).collect()
}

fn of(who: &str, ahead: Option<f64>) -> Finding {
    let Some(ahead) = ahead else { return Finding::note(CHECK, format!("{who} does not say what time it is")) };
    if ahead.abs() <= BOUND {
        return Finding::ok(CHECK, format!("{who} has the same time"));
    }
    let (seconds, side) = (ahead.abs(), if ahead > 0.0 { "ahead of" } else { "behind" });
    let text = format!("the clock of {who} is {seconds:.0} s {side} the one here");
    let remedy =
        "have both kept by NTP: what is written natively carries the bridge's time, and rates and leases go by it";
    Finding::wrong(CHECK, text, remedy)
}

#[cfg(test)]
mod tests {
    use super::{super::finding::Level, *};

    #[test]
    fn a_few_seconds_are_no_difference() {
        let level = |ahead| of("x", ahead).level;
        assert_eq!([level(Some(0.0)), level(Some(-5.0)), level(None)], [Level::Ok, Level::Ok, Level::Note]);
        let said = of("the backend", Some(-61.4));
        assert_eq!(said.text, "the clock of the backend is 61 s behind the one here");
        assert_eq!((said.level, level(Some(6.0))), (Level::Wrong, Level::Wrong));
    }
}
