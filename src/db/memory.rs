//! What a reading connection remembers of its database, for as long as nobody commits to it.
//!
//! `PRAGMA data_version` is another number whenever another connection, of this process or any other, has committed since
//! this one last looked: <https://sqlite.org/pragma.html#pragma_data_version>. It is the mark by which SQLite throws its
//! own pages away, so what is remembered is as old as they are, and inside a transaction both belong to its snapshot. A
//! connection's own commits do not change it; one that reads has none.

use std::{any::Any, cell::RefCell, collections::HashMap, fmt};

use rusqlite::Connection;

/// Most bytes that one connection keeps, keys included; one more and it begins anew.
const ALL: usize = 512 * 1024;
/// Most bytes of one value; a larger one takes long to find and is rarely asked for twice.
const ONE: usize = 64 * 1024;
/// What an entry takes besides.
const ENTRY: usize = 128;

/// A value that can be remembered.
pub trait Remembered: Clone + Send + 'static {
    /// About how many bytes it takes on the heap.
    fn bytes(&self) -> usize;
}

impl Remembered for i64 {
    fn bytes(&self) -> usize {
        0
    }
}

impl Remembered for bool {
    fn bytes(&self) -> usize {
        0
    }
}

impl Remembered for String {
    fn bytes(&self) -> usize {
        self.len()
    }
}

impl<T: Remembered> Remembered for Option<T> {
    fn bytes(&self) -> usize {
        self.as_ref().map_or(0, Remembered::bytes)
    }
}

/// What a connection remembers.
#[derive(Default)]
pub(super) struct Memory(RefCell<Kept>);

#[derive(Default)]
struct Kept {
    version: Option<i64>,
    values: HashMap<String, Box<dyn Any + Send>>,
    bytes: usize,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("values", &self.0.borrow().values.len()).finish_non_exhaustive()
    }
}

impl Memory {
    /// Forgets everything if somebody has committed. To be called inside a transaction.
    pub(super) fn refresh(&self, connection: &Connection) -> rusqlite::Result<()> {
        let version = connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        let mut kept = self.0.borrow_mut();
        if kept.version != Some(version) {
            *kept = Kept { version: Some(version), ..Kept::default() };
        }
        Ok(())
    }

    pub(super) fn get<T: Remembered>(&self, key: &str) -> Option<T> {
        self.0.borrow().values.get(key)?.downcast_ref().cloned()
    }

    pub(super) fn put<T: Remembered>(&self, key: &str, value: &T) {
        let bytes = value.bytes() + key.len() + ENTRY;
        if bytes > ONE {
            return;
        }
        let mut kept = self.0.borrow_mut();
        if kept.bytes + bytes > ALL {
            *kept = Kept { version: kept.version, ..Kept::default() };
        }
        if kept.values.insert(key.to_owned(), Box::new(value.clone())).is_none() {
            kept.bytes += bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_has_a_bound_and_large_values_are_not_kept_at_all() {
        let memory = Memory::default();
        memory.put("large", &"x".repeat(ONE));
        assert_eq!((memory.get::<String>("large"), memory.0.borrow().bytes), (None, 0));
        for n in 0..1_000 {
            let key = format!("key {n}");
            memory.put(&key, &"x".repeat(ONE / 2));
            assert_eq!(memory.get::<String>(&key).map(|text| text.len()), Some(ONE / 2), "the latest is there");
            assert!(memory.0.borrow().bytes <= ALL);
        }
        assert!(memory.0.borrow().values.len() > 8);
    }

    #[test]
    fn a_value_of_another_type_is_another_value() {
        let memory = Memory::default();
        memory.put("key", &1_i64);
        assert_eq!((memory.get::<i64>("key"), memory.get::<bool>("key")), (Some(1), None));
    }
}
