//! The smallest part of a failing stream that still fails.

use super::{arena::Arena, generator::Case};

/// Most tries.
const TRIES: usize = 150;

/// Leaves out what is not needed: pieces first, then single bytes. Gives the case and why it fails; `None` if it does
/// not fail by itself.
pub async fn shrink(arena: &mut Arena, case: &Case) -> Option<(Case, String)> {
    let mut why = arena.alone(case).await.err()?;
    let mut best = case.clone();
    let mut tries = 0;
    for by_bytes in [false, true] {
        if by_bytes {
            best.pieces = best.bytes().into_iter().map(|byte| vec![byte]).collect();
        }
        let mut size = best.pieces.len().div_ceil(2);
        while size > 0 && tries < TRIES {
            let mut from = 0;
            let before = best.pieces.len();
            while from < best.pieces.len() && tries < TRIES {
                let mut smaller = best.clone();
                smaller.pieces.drain(from..(from + size).min(best.pieces.len()));
                tries += 1;
                match arena.alone(&smaller).await {
                    Err(still) => (best, why) = (smaller, still),
                    Ok(()) => from += size,
                }
            }
            if size == 1 && best.pieces.len() == before {
                break;
            }
            size = if size == 1 { 1 } else { size.div_ceil(2) };
        }
    }
    Some((best, why))
}
