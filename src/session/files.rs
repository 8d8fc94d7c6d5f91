//! The databases, opened on demand and let go of before legacy closes, rekeys or replaces them.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use thiserror::Error;
use tokio::sync::Mutex;

use crate::db::{Access, Database, DbError, Metrics, Options, Passphrase, RawKey};

/// How long running reads may take to end by themselves when the files must be let go of.
const GRACE: Duration = Duration::from_millis(500);

/// Why a database cannot be read just now. Each means: forward.
#[derive(Debug, Error)]
pub enum Unavailable {
    /// No data directory is configured.
    #[error("no data directory is configured")]
    NoDirectory,
    /// Who is logged in is not known.
    #[error("who is logged in is not known")]
    UnknownUser,
    /// The user's login did not pass through this bridge.
    #[error("the login did not pass through this bridge, so there is no key")]
    NoKey,
    /// The files are let go of while legacy closes, rekeys or replaces them.
    #[error("legacy is working on the database files")]
    Released,
    /// Legacy has been unreachable for too long.
    #[error("legacy has been unreachable for too long")]
    Outage,
    /// The user's name is no plain directory name.
    #[error("the user's name is no plain directory name")]
    BadName,
    /// The database cannot be opened.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// One database file, opened on demand.
#[derive(Debug, Default)]
struct Slot {
    open: Option<(PathBuf, Database)>,
    derived: Option<Derived>,
}

/// A key kept for opening the same file again after it was let go of, without deriving it anew.
#[derive(Debug, Clone)]
struct Derived {
    path: PathBuf,
    passphrase: Passphrase,
    key: RawKey,
}

impl Derived {
    fn new(path: PathBuf, passphrase: Passphrase) -> Result<Self, DbError> {
        let key = passphrase.derive(&path)?;
        Ok(Self { path, passphrase, key })
    }

    /// Whether it opens this file with this passphrase: the salt is the file's, and stays through a rekey.
    fn fits(&self, path: &Path, passphrase: &Passphrase) -> bool {
        self.path == path && self.passphrase == *passphrase && self.key.salted_for(path)
    }
}

impl Slot {
    async fn get(
        &mut self,
        path: PathBuf,
        passphrase: Option<Passphrase>,
        options: Options,
    ) -> Result<Database, DbError> {
        if let Some(database) = self.opened(&path, options.access) {
            return Ok(database);
        }
        self.close().await;
        let opening = path.clone();
        let known = self.derived.take();
        let (database, derived) = tokio::task::spawn_blocking(move || {
            let derived = match (passphrase, known) {
                (Some(passphrase), Some(known)) if known.fits(&opening, &passphrase) => Some(known),
                (Some(passphrase), _) => Some(Derived::new(opening.clone(), passphrase)?),
                (None, _) => None,
            };
            let key = derived.as_ref().map(|derived| derived.key.clone());
            Ok((Database::open(&opening, key, &options)?, derived))
        })
        .await
        .unwrap_or(Err(DbError::Closed))?;
        self.derived = derived;
        self.open = Some((path, database.clone()));
        Ok(database)
    }

    /// The database, if it is open for what is wanted and its file is still the one that the path leads to.
    fn opened(&self, path: &Path, access: Access) -> Option<Database> {
        let (open, database) = self.open.as_ref()?;
        let suits = access == Access::ReadOnly || database.is_writable();
        (open == path && suits && !database.replaced()).then(|| database.clone())
    }

    /// Closes, and forgets the key.
    async fn forget(&mut self) {
        self.derived = None;
        self.close().await;
    }

    async fn close(&mut self) {
        if let Some((_, database)) = self.open.take() {
            // A failed join means a panic inside close; the descriptors went with its threads.
            let _ = tokio::task::spawn_blocking(move || database.close(GRACE)).await;
        }
    }
}

/// The files of a data directory.
#[derive(Debug)]
pub struct Files {
    directory: Option<PathBuf>,
    options: Options,
    user: Arc<Mutex<Slot>>,
    transient: Arc<Mutex<Slot>>,
    global: Mutex<Slot>,
    holds: Arc<AtomicUsize>,
    /// Whether they are opened for writes too.
    writable: Arc<AtomicBool>,
}

/// While one of these lives, the user's files stay closed.
#[derive(Debug)]
pub struct Hold {
    holds: Arc<AtomicUsize>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.holds.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Files {
    /// The files of a data directory, none of them open yet.
    #[must_use]
    pub fn new(directory: Option<PathBuf>, options: Options) -> Self {
        Self {
            directory,
            options,
            user: Arc::default(),
            transient: Arc::default(),
            global: Mutex::default(),
            holds: Arc::default(),
            writable: Arc::default(),
        }
    }

    /// Reader threads of each database.
    #[must_use]
    pub fn readers(&self) -> usize {
        self.options.readers
    }

    /// From here on they are opened for writes too; what is open for reads alone is opened anew when it is asked for.
    pub fn allow_writes(&self) {
        self.writable.store(true, Ordering::Release);
    }

    fn options(&self) -> Options {
        let access = if self.writable.load(Ordering::Acquire) { Access::ReadWrite } else { self.options.access };
        Options { access, ..self.options.clone() }
    }

    /// The data directory.
    ///
    /// # Errors
    /// None is configured.
    pub fn directory(&self) -> Result<&Path, Unavailable> {
        self.directory.as_deref().ok_or(Unavailable::NoDirectory)
    }

    /// Whether the files are let go of.
    #[must_use]
    pub fn released(&self) -> bool {
        self.holds.load(Ordering::SeqCst) > 0
    }

    /// A user's main database, opened if it is not, reopened if its file was replaced.
    ///
    /// # Errors
    /// See [`Unavailable`].
    pub async fn user(&self, name: &str, passphrase: &Passphrase) -> Result<Database, Unavailable> {
        self.of_user(&self.user, name, "rotkehlchen.db", passphrase).await
    }

    /// A user's database of what can be calculated anew: reports. It has the same passphrase and a salt of its own.
    ///
    /// # Errors
    /// See [`Unavailable`].
    pub async fn transient(&self, name: &str, passphrase: &Passphrase) -> Result<Database, Unavailable> {
        self.of_user(&self.transient, name, "rotkehlchen_transient.db", passphrase).await
    }

    async fn of_user(
        &self,
        slot: &Arc<Mutex<Slot>>,
        name: &str,
        file: &str,
        passphrase: &Passphrase,
    ) -> Result<Database, Unavailable> {
        if !is_directory_name(name) {
            return Err(Unavailable::BadName);
        }
        let path = self.directory()?.join("users").join(name).join(file);
        {
            let slot = slot.lock().await;
            if self.released() {
                return Err(Unavailable::Released);
            }
            if let Some(database) = slot.opened(&path, self.options().access) {
                return Ok(database);
            }
        }
        // Opening goes on if the one who asked leaves, and holds the lock as long: who releases the files waits for it.
        let (slot, holds) = (Arc::clone(slot), Arc::clone(&self.holds));
        let (passphrase, options) = (passphrase.clone(), self.options());
        let opening = tokio::spawn(async move {
            let mut slot = slot.lock_owned().await;
            if holds.load(Ordering::SeqCst) > 0 {
                return Err(Unavailable::Released);
            }
            Ok(slot.get(path, Some(passphrase), options).await?)
        });
        opening.await.unwrap_or(Err(Unavailable::Database(DbError::Closed)))
    }

    /// global.db.
    ///
    /// # Errors
    /// See [`Unavailable`].
    pub async fn global(&self) -> Result<Database, Unavailable> {
        let path = self.directory()?.join("global").join("global.db");
        Ok(self.global.lock().await.get(path, None, self.options()).await?)
    }

    /// Closes the user's files and keeps them closed while the hold lives. When this returns no descriptor is open.
    pub async fn release(&self) -> Hold {
        self.holds.fetch_add(1, Ordering::SeqCst);
        let hold = Hold { holds: Arc::clone(&self.holds) };
        self.close_user().await;
        hold
    }

    /// Closes the user's files; the next read opens them again.
    pub async fn close_user(&self) {
        // At once: a login waits for this, and running reads have their grace side by side.
        tokio::join!(close(&self.user), close(&self.transient));
    }

    /// Closes the user's files and forgets their key, as soon as the locks are free, without waiting for them.
    pub fn forget_user_soon(&self) {
        for slot in [Arc::clone(&self.user), Arc::clone(&self.transient)] {
            tokio::spawn(async move { slot.lock().await.forget().await });
        }
    }

    /// What the open databases counted since they were opened, by the word for each. One that is being opened or closed
    /// just now is left out.
    #[must_use]
    pub fn metrics(&self) -> Vec<(&'static str, Metrics)> {
        let slots = [("user", &*self.user), ("transient", &*self.transient), ("global", &self.global)];
        let of = |slot: &Mutex<Slot>| slot.try_lock().ok()?.open.as_ref().map(|(_, database)| database.metrics());
        slots.into_iter().filter_map(|(word, slot)| Some((word, of(slot)?))).collect()
    }

    /// Closes everything, at shutdown.
    pub async fn close(&self) {
        self.close_user().await;
        self.global.lock().await.close().await;
    }
}

/// Whether a user's name can be that of a directory, and of no other than one in users/.
#[must_use]
pub fn is_directory_name(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\', '\0'])
}

async fn close(slot: &Mutex<Slot>) {
    slot.lock().await.close().await;
}
