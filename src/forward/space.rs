//! Where a thread reads to. An idle connection has no room of its own, and the room is not made anew for each read.

use std::cell::RefCell;

/// Bytes read at once. Of 10 MiB in one answer, 64 KiB at a time took a quarter more processor time than 128 or 256.
const STEP: usize = 256 * 1024;

thread_local! {
    static SPACE: RefCell<Box<[u8]>> = RefCell::new(vec![0; STEP].into_boxed_slice());
}

/// Lends the room of this thread. What is in it is of no meaning, and is gone with the next loan.
pub fn with<R>(read: impl FnOnce(&mut [u8]) -> R) -> R {
    SPACE.with_borrow_mut(|space| read(space))
}
