//! The run without a fuzzer: every seed, and inputs made of them, through the same functions. A test like any other, so
//! that no second build of the tree is needed.
//!
//! `CUTOVER_FUZZ_ROUNDS` is the number of made inputs per target, `CUTOVER_FUZZ_SEED` the number that they are made from.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rand::{SeedableRng as _, rngs::StdRng};

use super::{
    buckets, chunks, cpython, har, head, headers, json, matcher, mutate, numbers, routes_toml, schemas, websocket,
    werkzeug,
};

/// One input takes less than this, on a machine that is busy.
const LONGEST: Duration = Duration::from_secs(10);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{variable}={text}")))
}

/// Seeds and dictionary of `seeds`, then so many inputs made of them.
fn run(target: &str, seeds: &str, rounds: u64, run: fn(&[u8])) {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder().join("seeds").join(seeds)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "no seeds for {target}");
    let dictionary = std::fs::read_to_string(folder().join("dictionaries").join(format!("{seeds}.dict")));
    let material = mutate::Material {
        seeds: files.iter().map(|path| std::fs::read(path).unwrap()).collect(),
        words: mutate::words(&dictionary.unwrap_or_default()),
    };
    for (path, seed) in files.iter().zip(&material.seeds) {
        one(target, seed, run, &path.display().to_string());
    }
    let mut random = StdRng::seed_from_u64(number("CUTOVER_FUZZ_SEED", 1));
    for round in 0..number("CUTOVER_FUZZ_ROUNDS", rounds) {
        let input = material.draw(&mut random);
        one(target, &input, run, &format!("round {round}"));
    }
}

fn one(target: &str, input: &[u8], run: fn(&[u8]), what: &str) {
    let began = Instant::now();
    let ended = catch_unwind(AssertUnwindSafe(|| run(input)));
    let took = began.elapsed();
    if ended.is_ok() && took < LONGEST {
        return;
    }
    let folder = folder().join("artifacts").join(target);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("bounded");
    std::fs::write(&path, input).unwrap();
    let path = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
    panic!("{what} failed after {took:?}; its input is {0}: scripts/fuzz {target} --input {0}", path.display());
}

/// A test for each target: its name, the folder of its seeds, and how many inputs are made where nobody says.
macro_rules! targets {
    ($($name:ident, $seeds:literal, $rounds:literal, $run:path;)*) => { $(
        #[test]
        fn $name() {
            run(stringify!($name), $seeds, $rounds, $run);
        }
    )* };
}

targets! {
    routes_toml, "routes_toml", 300, routes_toml::run;
    matcher, "matcher", 10_000, matcher::run;
    matcher_werkzeug, "matcher", 3_000, werkzeug::matcher;
    query_werkzeug, "query", 3_000, werkzeug::query;
    headers, "headers", 10_000, headers::run;
    json, "json", 10_000, json::run;
    json_cpython, "json", 5_000, cpython::json;
    numbers, "numbers", 10_000, numbers::run;
    numbers_cpython, "numbers", 5_000, cpython::numbers;
    schemas, "schemas", 3_000, schemas::run;
    har, "har", 3_000, har::run;
    websocket, "websocket", 10_000, websocket::run;
    buckets, "buckets", 10_000, buckets::run;
    head, "head", 10_000, head::run;
    chunks, "chunks", 10_000, chunks::run;
}

/// Every target of the fuzzer is in the list above, and has a test.
#[test]
fn each_target_of_the_fuzzer_is_run_here() {
    let mut names: Vec<String> = std::fs::read_dir(folder().join("targets"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    let own = include_str!("bounded.rs");
    let listed = own.split_once("targets! {\n").unwrap().1.split_once("\n}").unwrap().0;
    let mut listed: Vec<&str> = listed.lines().map(|line| line.trim().split(',').next().unwrap()).collect();
    listed.sort_unstable();
    assert_eq!(names, listed);
}
