//! A transaction as a job sees it, and its savepoints.

use std::{
    cell::{Cell, RefCell},
    ops::Deref,
};

use rusqlite::Connection;

use super::{
    DbError, Savepoint,
    memory::{Memory, Remembered},
};

/// The transaction that a job runs in. Dereferences to the connection, for statements.
///
/// Its beginning and end are the driver's: COMMIT and ROLLBACK inside a job are errors, and nothing is committed after
/// `SQLite` has rolled it back by itself (disk full, an interrupt).
#[derive(Debug)]
pub struct Transaction<'c> {
    connection: &'c Connection,
    /// Of a connection that reads.
    memory: Option<&'c Memory>,
    /// Names of the open savepoints, outermost first.
    pub(super) open: RefCell<Vec<String>>,
    rollback_only: Cell<bool>,
    /// A part that had to be undone could not be: nothing may be kept.
    doomed: Cell<bool>,
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl<'c> Transaction<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self {
            connection,
            memory: None,
            open: RefCell::default(),
            rollback_only: Cell::new(false),
            doomed: Cell::new(false),
        }
    }

    /// A read, on a connection that can do nothing else.
    pub(super) fn reading(connection: &'c Connection, memory: &'c Memory) -> Self {
        Self { memory: Some(memory), ..Self::new(connection) }
    }

    /// What `find` makes of the database, or made of it when it was last asked for under this key, if nobody has
    /// committed since. Nothing but the database and the key may decide what it gives. Errors are not remembered, and
    /// neither is what a write sees.
    ///
    /// # Errors
    /// Those of `find`, or the database's own.
    pub fn remembered<T, E>(&self, key: &str, find: impl FnOnce() -> Result<T, E>) -> Result<T, E>
    where
        T: Remembered,
        E: From<DbError>,
    {
        let Some(memory) = self.memory else { return find() };
        memory.refresh(self.connection).map_err(DbError::from)?;
        if let Some(known) = memory.get(key) {
            return Ok(known);
        }
        let found = find()?;
        memory.put(key, &found);
        Ok(found)
    }

    /// Runs a part that is kept or undone as a whole: released when it gives `Ok`, rolled back when it gives `Err` or
    /// panics. Nests to any depth. Nothing is committed before the transaction is.
    ///
    /// # Errors
    /// The part's own, or the savepoint could not be opened or released.
    pub fn savepoint<T, E, F>(&self, part: F) -> Result<T, E>
    where
        E: From<DbError>,
        F: FnOnce(&Savepoint<'_, 'c>) -> Result<T, E>,
    {
        // Counted, so that parts which know nothing of each other do not share a name.
        let name = format!("cutover_{}", self.open.borrow().len());
        self.savepoint_named(&name, part)
    }

    /// As [`Transaction::savepoint`], under a name that [`Transaction::rollback_to`] takes.
    ///
    /// # Errors
    /// As there; and [`DbError::Savepoint`] if the name is taken by an open one.
    pub fn savepoint_named<T, E, F>(&self, name: &str, part: F) -> Result<T, E>
    where
        E: From<DbError>,
        F: FnOnce(&Savepoint<'_, 'c>) -> Result<T, E>,
    {
        let savepoint = Savepoint::open(self, name)?;
        // A panic unwinds through the drop of `savepoint`, which rolls back.
        let outcome = part(&savepoint);
        match outcome {
            Ok(value) => {
                savepoint.release()?;
                Ok(value)
            }
            Err(error) => {
                drop(savepoint);
                Err(error)
            }
        }
    }

    /// A write inside a transaction joins it: the same as a savepoint.
    ///
    /// # Errors
    /// As [`Transaction::savepoint`].
    pub fn write<T, E, F>(&self, part: F) -> Result<T, E>
    where
        E: From<DbError>,
        F: FnOnce(&Savepoint<'_, 'c>) -> Result<T, E>,
    {
        self.savepoint(part)
    }

    /// Undoes everything since an open savepoint began. It stays open; those inside it are gone.
    ///
    /// # Errors
    /// [`DbError::Savepoint`] if none of that name is open.
    pub fn rollback_to(&self, name: &str) -> Result<(), DbError> {
        let at = self.open.borrow().iter().position(|open| open == name);
        let Some(at) = at else {
            return Err(DbError::Savepoint { name: name.to_owned(), fault: "none of this name is open" });
        };
        self.run("ROLLBACK TO", name)?;
        self.open.borrow_mut().truncate(at + 1);
        Ok(())
    }

    /// Has the transaction rolled back at its end, whatever the job gives: for a job whose answer is a refusal.
    pub fn set_rollback_only(&self) {
        self.rollback_only.set(true);
    }

    pub(super) fn is_rollback_only(&self) -> bool {
        self.rollback_only.get()
    }

    pub(super) fn is_doomed(&self) -> bool {
        self.doomed.get()
    }

    /// Undoes an open savepoint and is done with it. Should that fail, the whole transaction is: half of it must not be
    /// committed.
    pub(super) fn undo(&self, name: &str) {
        if self.rollback_to(name).and_then(|()| self.release(name)).is_err() {
            self.doomed.set(true);
        }
    }

    /// Names of the open savepoints, outermost first.
    #[must_use]
    pub fn savepoints(&self) -> Vec<String> {
        self.open.borrow().clone()
    }

    /// Opens a savepoint whose end is somebody else's care.
    pub(super) fn open_savepoint(&self, name: &str) -> Result<(), DbError> {
        if self.open.borrow().iter().any(|open| open == name) {
            return Err(DbError::Savepoint { name: name.to_owned(), fault: "one of this name is open already" });
        }
        self.run("SAVEPOINT", name)?;
        self.open.borrow_mut().push(name.to_owned());
        Ok(())
    }

    /// Keeps what was done since an open savepoint began, and those inside it with it.
    pub(super) fn release(&self, name: &str) -> Result<(), DbError> {
        let at = self.open.borrow().iter().position(|open| open == name);
        let Some(at) = at else {
            return Err(DbError::Savepoint { name: name.to_owned(), fault: "none of this name is open" });
        };
        self.run("RELEASE", name)?;
        self.open.borrow_mut().truncate(at);
        Ok(())
    }

    fn run(&self, verb: &'static str, name: &str) -> Result<(), DbError> {
        if self.connection.is_autocommit() {
            // Outside a transaction SAVEPOINT would begin one and RELEASE commit it.
            return Err(DbError::RolledBack);
        }
        let quoted = name.replace('"', "\"\"");
        self.connection
            .execute_batch(&format!("{verb} \"{quoted}\""))
            .map_err(|source| DbError::Sqlite { doing: "handling a savepoint", source })
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    fn database() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE a(b INTEGER PRIMARY KEY); BEGIN IMMEDIATE").unwrap();
        connection
    }

    fn rows(connection: &Connection) -> Vec<i64> {
        let mut select = connection.prepare("SELECT b FROM a ORDER BY b").unwrap();
        select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    fn insert(connection: &Connection, value: i64) {
        connection.execute("INSERT INTO a VALUES (?)", [value]).unwrap();
    }

    #[test]
    fn a_rolled_back_savepoint_stays_open_and_goes_on() {
        let connection = database();
        let transaction = Transaction::new(&connection);
        transaction
            .savepoint(|outer| {
                insert(outer, 1);
                outer.savepoint(|inner| {
                    insert(inner, 2);
                    assert_eq!(rows(inner), [1, 2]);
                    inner.rollback()?;
                    assert_eq!(inner.savepoints().len(), 2, "rolled back, not released");
                    assert_eq!(rows(inner), [1]);
                    insert(inner, 3);
                    Ok::<_, DbError>(())
                })
            })
            .unwrap();
        assert!(transaction.savepoints().is_empty());
        assert_eq!(rows(&connection), [1, 3]);
    }

    #[test]
    fn savepoints_in_sequence_are_kept_or_undone_each_by_itself() {
        let connection = database();
        let transaction = Transaction::new(&connection);
        for value in 1..=4 {
            let outcome = transaction.savepoint(|part| {
                insert(part, value);
                if value % 2 == 0 { Err(DbError::Cancelled) } else { Ok(()) }
            });
            assert_eq!(outcome.is_ok(), value % 2 == 1);
        }
        assert_eq!(rows(&connection), [1, 3]);
    }

    #[test]
    fn an_error_inside_undoes_its_savepoint_and_what_was_nested_in_it_alone() {
        let connection = database();
        let transaction = Transaction::new(&connection);
        insert(&transaction, 1);
        let outcome = transaction.savepoint(|outer| {
            insert(outer, 2);
            outer.write(|inner| {
                insert(inner, 3);
                Ok::<_, DbError>(())
            })?;
            Err::<(), _>(DbError::Cancelled)
        });
        assert!(matches!(outcome, Err(DbError::Cancelled)), "the part's own error comes through");
        assert_eq!(rows(&connection), [1]);
    }

    #[test]
    fn a_panic_inside_undoes_its_savepoint_and_the_transaction_goes_on() {
        let connection = database();
        let transaction = Transaction::new(&connection);
        insert(&transaction, 1);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            transaction.savepoint::<(), DbError, _>(|part| {
                insert(part, 2);
                part.savepoint(|part| {
                    insert(part, 3);
                    panic!("on purpose")
                })
            })
        }));
        assert!(outcome.is_err());
        insert(&transaction, 4);
        assert_eq!((rows(&connection), transaction.savepoints().len()), (vec![1, 4], 0));
    }

    #[test]
    fn names_are_taken_once_quoted_and_told_when_unknown() {
        let connection = database();
        let transaction = Transaction::new(&connection);
        let odd = "a \"quoted\"; DROP TABLE a --";
        transaction
            .savepoint_named(odd, |outer| {
                let again = outer.savepoint_named(odd, |_| Ok::<_, DbError>(()));
                assert!(matches!(again, Err(DbError::Savepoint { .. })));
                assert!(matches!(outer.rollback_to("abc"), Err(DbError::Savepoint { .. })));
                insert(outer, 1);
                Ok::<_, DbError>(())
            })
            .unwrap();
        assert!(matches!(transaction.rollback_to(odd), Err(DbError::Savepoint { .. })), "released at its end");
        assert_eq!(rows(&connection), [1]);
    }

    #[test]
    fn going_back_to_an_outer_savepoint_is_told_to_the_inner_one() {
        let connection = database();
        let transaction = Transaction::new(&connection);
        let outcome = transaction.savepoint_named("outer", |outer| {
            let inner = outer.savepoint(|inner| {
                insert(inner, 1);
                inner.rollback_to("outer")
            });
            assert!(matches!(inner, Err(DbError::Savepoint { .. })));
            insert(outer, 2);
            Ok::<_, DbError>(())
        });
        assert!(outcome.is_ok());
        assert_eq!(rows(&connection), [2]);
    }

    #[test]
    fn after_sqlite_rolled_back_no_savepoint_begins_a_transaction_of_its_own() {
        let connection = database();
        let transaction = Transaction::new(&connection);
        connection.execute_batch("ROLLBACK").unwrap();
        let outcome = transaction.savepoint(|part| {
            insert(part, 1);
            Ok::<_, DbError>(())
        });
        assert!(matches!(outcome, Err(DbError::RolledBack)));
        assert!(rows(&connection).is_empty());
    }
}
