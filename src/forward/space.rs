//! Where a thread reads to. An idle connection has no room of its own, and the room is not made anew for each read.

use std::cell::RefCell;

/// Bytes read at once.
const STEP: usize = 128 * 1024;

thread_local! {
    static SPACE: RefCell<Box<[u8]>> = RefCell::new(vec![0; STEP].into_boxed_slice());
}

/// Lends the room of this thread. What is in it is of no meaning, and is gone with the next loan.
pub fn with<R>(read: impl FnOnce(&mut [u8]) -> R) -> R {
    SPACE.with_borrow_mut(|space| read(space))
}
