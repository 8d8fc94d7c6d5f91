//! Buckets: a route's name and a targeting key, a line each.

use super::line;
use crate::{
    config::{Mode, Percent},
    flags::{
        Variant,
        bucket::{BUCKETS, bucket},
        decide,
        decision::Circumstances,
    },
    routes::Route,
};

/// The bucket is the reference's and in range; whoever a percentage lets in, a higher one does.
pub fn run(data: &[u8]) {
    let (name, key) = line(data);
    let (Ok(name), Ok(key)) = (std::str::from_utf8(name), std::str::from_utf8(key)) else { return };
    let found = bucket(name, key);
    assert!(found < BUCKETS);
    let hash = reference(format!("{name}:{key}").as_bytes());
    assert_eq!(u64::from(found), (u64::from(hash) * u64::from(BUCKETS)) >> 32);
    let mut route = Route::for_test("GET /x");
    name.clone_into(&mut route.name);
    route.mode = Mode::Canary;
    let mut inside = false;
    for points in [0, 1, 50, 100, 2500, 4999, 5000, 9999, 10_000] {
        route.percent = Percent::from_basis_points(points).unwrap();
        let decision = decide(&route, Circumstances { targeting_key: Some(key), ..Circumstances::default() });
        let native = decision.variant == Variant::Native;
        assert_eq!(native, found < points, "{points}");
        assert!(native || !inside, "let in and put out again");
        inside = native;
    }
    assert!(inside);
}

/// `MurmurHash3_x86_32` with seed 0, written down from the published algorithm.
fn reference(bytes: &[u8]) -> u32 {
    let scrambled = |word: u32| word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let mut hash = 0u32;
    let mut words = bytes.chunks_exact(4);
    for word in &mut words {
        hash ^= scrambled(u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        hash = hash.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let rest = words.remainder().iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
    hash ^= scrambled(rest);
    hash ^= u32::try_from(bytes.len()).unwrap();
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}
