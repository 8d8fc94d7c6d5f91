//! Legacy and the bridge write tags, notes, calendar entries and history events of one user at once, through 16 clients
//! that keep ledgers: nothing is lost, doubled or done by halves, nobody is turned away, and both show the same.
//!
//! `MIXED_SECONDS` says how long each run takes (30 by default, and a third of it without the package),
//! `MIXED_PAUSE_MS` the longest pause of a client between two requests, `MIXED_SEED` which side is killed when.

use std::time::Duration;

use crate::support::mixed::{
    client::Way,
    sides::Sides,
    verdict::{answered, check_shown, check_stored, report, seconds, stamp, status},
    writer::{Habits, Writer},
};

const CLIENTS: usize = 8;
const SECONDS: u64 = 30;
/// What is answered natively.
const WRITES: [&str; 11] = [
    "PUT tags",
    "PATCH tags",
    "DELETE tags",
    "PUT notes",
    "PATCH notes",
    "DELETE notes",
    "PUT calendar",
    "PATCH calendar",
    "DELETE calendar",
    "PUT history/events",
    "DELETE history/events",
];

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// Eight that write by the one way, and eight by the other; all of them read by either.
fn habits(writes: [&[Way]; 2], reads: &[Way]) -> Vec<Habits> {
    let pause = Duration::from_millis(number("MIXED_PAUSE_MS", 40));
    let of = |writes: &[Way]| Habits { writes: writes.to_vec(), reads: reads.to_vec(), pause };
    (0..2 * CLIENTS).map(|client| of(writes[client % 2])).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_write_at_once_and_nothing_is_lost_doubled_or_refused() {
    let sides = Sides::with_package(false).await;
    let writers = sides.populate(habits([&[Way::Straight], &[Way::Bridge]], &[Way::Straight, Way::Bridge])).await;
    undisturbed(sides, writers, seconds(SECONDS), Way::Bridge).await;
}

/// Without the package nobody goes past the bridge, whose gate has native and forwarded writes take turns.
#[tokio::test(flavor = "multi_thread")]
async fn native_and_forwarded_writes_alternate_without_the_package_and_nothing_is_lost_doubled_or_refused() {
    // Longer than anything waits here: at the end of this bound legacy is asked at any rate.
    let sides = Sides::alone("[flags]\noverride_header = true\n[native]\nwrite_wait = \"20s\"\n").await;
    let both: &[Way] = &[Way::Bridge, Way::Forwarded];
    let writers = sides.populate(habits([both, both], both)).await;
    undisturbed(sides, writers, seconds(SECONDS) / 3, Way::Bridge).await;
}

async fn undisturbed(sides: Sides, writers: Vec<Writer>, time: Duration, native: Way) {
    let connection = sides.database();
    let before = stamp(&connection);
    let writers = sides.run_for(writers, time).await;
    println!("{}{}", report(&sides.scene, "nobody killed"), status(&sides).await);
    check_stored(&connection, &writers);
    check_shown(&sides, &writers).await;
    let done: i64 = writers.iter().map(|writer| writer.done).sum();
    assert_eq!(stamp(&connection) - before, done, "each of them was noted once");
    let (natively, forwarded) = (answered(&sides.scene, native, "native"), answered(&sides.scene, native, "legacy"));
    assert!(WRITES.iter().all(|write| natively.contains(*write)), "{natively:?}");
    assert!(forwarded.is_empty(), "{forwarded:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn either_side_is_killed_every_few_seconds_and_what_was_answered_is_there_and_nothing_is_half_done() {
    let seed = number("MIXED_SEED", u64::from(rand::random::<u16>()));
    println!("MIXED_SEED={seed}");
    let mut sides = Sides::with_package(true).await;
    let writers = sides.populate(habits([&[Way::Straight], &[Way::Bridge]], &[Way::Straight, Way::Bridge])).await;
    let (writers, killed) = sides.run_killing(writers, seconds(SECONDS), seed).await;
    println!("{}{killed:?} {}", report(&sides.scene, "killed"), status(&sides).await);
    assert!(killed.iter().sum::<u32>() > 3, "{killed:?}");
    check_stored(&sides.database(), &writers);
    check_shown(&sides, &writers).await;
    let natively = answered(&sides.scene, Way::Bridge, "native");
    assert!(WRITES.iter().all(|write| natively.contains(*write)), "{natively:?}");
}
