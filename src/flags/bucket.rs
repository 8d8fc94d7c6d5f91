//! A targeting key's place in 0..10000: `murmur3_32` (seed 0) of `{route}:{key}`, scaled by integers alone.
//!
//! Raising a percentage never removes anyone, because a key's bucket does not depend on the percentage. The vectors in
//! `bucket.vectors.json` let any other implementation agree.

use std::io::Cursor;

/// Number of buckets: one is 0.01 %.
pub const BUCKETS: u16 = 10_000;

/// The bucket of a targeting key on a route, 0 to 9 999.
#[must_use]
pub fn bucket(route: &str, key: &str) -> u16 {
    let text = format!("{route}:{key}");
    // Reading from memory does not fail.
    let hash = murmur3::murmur3_32(&mut Cursor::new(text.as_bytes()), 0).unwrap_or(0);
    let scaled = (u64::from(hash) * u64::from(BUCKETS)) >> 32;
    u16::try_from(scaled).unwrap_or(BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Vector {
        route: String,
        key: String,
        bucket: u16,
    }

    #[test]
    fn the_committed_vectors_hold() {
        let vectors: Vec<Vector> = serde_json::from_str(include_str!("bucket.vectors.json")).unwrap();
        assert!(vectors.len() >= 16);
        for vector in vectors {
            assert_eq!(bucket(&vector.route, &vector.key), vector.bucket, "{}:{}", vector.route, vector.key);
        }
    }

    #[test]
    fn keys_spread_evenly() {
        let mut tenths = [0u32; 10];
        for n in 0..20_000 {
            tenths[usize::from(bucket("tags_list", &format!("user-{n}")) / 1000)] += 1;
        }
        assert!(tenths.iter().all(|count| (1800..2200).contains(count)), "{tenths:?}");
    }

    proptest! {
        #[test]
        fn a_bucket_is_always_in_range(route in "\\PC{0,20}", key in "\\PC{0,40}") {
            prop_assert!(bucket(&route, &key) < BUCKETS);
        }
    }
}
