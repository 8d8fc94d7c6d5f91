//! Samples: which are kept, and how they come back.

use super::*;
use crate::parity::evidence::place::HANDLER_FAILED;

#[tokio::test]
async fn a_sample_comes_back_as_it_was_after_a_restart() {
    let (_folder, path) = place();
    let long = b"{\"result\": [1, 2]}".repeat(1000);
    let noise = Verdict::Noise(vec![difference(Kind::Order, "/a"), difference(Kind::Value, "/b")]);
    let verdicts = [mismatch("/x"), noise, Verdict::HandlerFailed("no such table".into())]
        .map(|verdict| (verdict, exchange(&long)));
    let evidence = open(&path);
    for (verdict, exchange) in &verdicts {
        let actual = if verdict.differences().is_empty() { None } else { exchange.actual.clone() };
        note(&evidence, "a", verdict.clone(), Some(Exchange { actual, ..exchange.clone() }));
    }
    drop(evidence);
    let evidence = open(&path);
    let heads = evidence.samples(Some("a".into())).await.unwrap();
    assert_eq!(heads.len(), 3);
    for (head, (verdict, given)) in heads.iter().rev().zip(verdicts) {
        let failed = verdict.differences().is_empty();
        assert_eq!(head.place.kind == HANDLER_FAILED, failed);
        assert_eq!(head.place.verdict(), verdict.as_str());
        assert_eq!((head.method.as_str(), head.target.as_str(), head.mode), ("POST", "/api/1/x?y=%20", Mode::Shadow));
        assert!(head.bytes < 2000, "large bodies are deflated: {}", head.bytes);
        let sample = evidence.sample(head.id).await.unwrap().unwrap();
        let actual = if failed { None } else { given.actual.clone() };
        let exchange = Exchange { actual, ..given };
        assert_eq!(without_id(sample), Sample { id: 0, route: "a".into(), verdict, exchange });
    }
    assert_eq!(evidence.samples(Some("b".into())).await.unwrap(), []);
    assert_eq!(evidence.sample(77).await.unwrap(), None);
}

#[tokio::test]
async fn the_first_and_the_latest_samples_of_a_place_are_kept() {
    let (_folder, path) = place();
    let few = Limits { samples_per_place: 3, ..limits() };
    let evidence = Evidence::open(Some(&path), few).unwrap();
    for number in 0..20 {
        note(&evidence, "a", mismatch("/x"), Some(exchange(format!("x{number}").as_bytes())));
    }
    assert_eq!(kept(&evidence).await, ["x0", "x18", "x19"]);
    assert_eq!(route(&evidence, "a").places[0].samples, 3);
    drop(evidence);
    let evidence = Evidence::open(Some(&path), few).unwrap();
    assert_eq!(route(&evidence, "a").places[0].samples, 3, "the counts of samples come back too");
    note(&evidence, "a", mismatch("/x"), Some(exchange(b"x20")));
    assert_eq!(kept(&evidence).await, ["x0", "x19", "x20"]);
    assert_eq!(route(&evidence, "a").dropped, 0, "what made way for a later one was not dropped");
}

#[tokio::test]
async fn a_sample_is_wanted_as_long_as_its_place_has_too_few() {
    let evidence = Evidence::open(None, Limits { samples_per_place: 2, ..limits() }).unwrap();
    let wants = |verdict: &Verdict| evidence.wants_sample("a", verdict);
    assert!(!wants(&Verdict::Matched) && !wants(&Verdict::Dirty) && !wants(&Verdict::HandlerDeclined("x".into())));
    for _ in 0..2 {
        assert!(wants(&mismatch("/x")));
        note(&evidence, "a", mismatch("/x"), Some(exchange(b"x")));
    }
    assert!(!wants(&mismatch("/x")), "those on their way count");
    evidence.flush().await.unwrap();
    assert!(!wants(&mismatch("/x")), "as those that are stored do");
    assert!(wants(&mismatch("/y")) && wants(&Verdict::HandlerFailed("x".into())));
    assert!(wants(&Verdict::Noise(vec![difference(Kind::Value, "/x")])), "noise takes nothing from mismatches");
    assert!(evidence.wants_sample("b", &mismatch("/x")));
    evidence.reset(Some("a".into())).await.unwrap();
    assert!(wants(&mismatch("/x")));
}

#[tokio::test]
async fn the_latest_sample_of_a_place_that_has_enough_is_refreshed_now_and_then() {
    let evidence = Evidence::open(None, Limits { refresh: Duration::ZERO, samples_per_place: 2, ..limits() }).unwrap();
    for _ in 0..5 {
        assert!(evidence.wants_sample("a", &mismatch("/x")));
        note(&evidence, "a", mismatch("/x"), Some(exchange(b"x")));
    }
    let first_only = Limits { refresh: Duration::ZERO, samples_per_place: 1, ..limits() };
    let evidence = Evidence::open(None, first_only).unwrap();
    note(&evidence, "a", mismatch("/x"), Some(exchange(b"x")));
    assert!(!evidence.wants_sample("a", &mismatch("/x")), "of one that keeps the first alone, none is latest");
    let none = Evidence::open(None, Limits { samples_per_place: 0, ..limits() }).unwrap();
    assert!(!none.wants_sample("a", &mismatch("/x")));
}
