//! What SQLite reads for the handlers, column by column, and which tables it writes.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use cutover::{
    db::{self, DbError, Options, Transaction},
    schema::{needs::Database, version},
    session::{Observation, Session, Watched, Who, check::Round, files::Files},
};
use http::StatusCode;
use parking_lot::Mutex;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use serde_json::{Value, json};

/// Tables and columns of each database, as declared or as read.
pub type Columns = BTreeSet<(Database, String, String)>;

/// The session of a user who has just logged in, on files that are watched.
pub struct Watch {
    pub session: Arc<Session>,
    read: Arc<Mutex<Columns>>,
    written: Arc<Mutex<Written>>,
    other: Arc<Mutex<BTreeSet<String>>>,
}

/// A commit that changes no row.
fn commit(transaction: &Transaction<'_>) -> Result<(), DbError> {
    let version: i32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok(transaction.execute_batch(&format!("PRAGMA user_version = {}", version + 1))?)
}

/// Tables of each database that statements insert into, update or delete from, those of foreign keys' actions among them.
pub type Written = BTreeSet<(Database, String)>;

impl Watch {
    /// Legacy's settings and the like are taken from its recorded answers.
    pub fn new(data: &Path, user: &str, password: &str, recorded: &[Value]) -> Self {
        // With one reader there is one connection, which keeps what is set on it.
        let options = Options { readers: 1, ..Options::default() };
        let session = Session::new(Files::new(Some(data.to_owned()), options));
        let answered = |path: &str| {
            let entry =
                recorded.iter().find(|entry| entry["request"]["url"] == format!("http://127.0.0.1/api/1/{path}"));
            let text = entry.unwrap()["response"]["content"]["text"].as_str().unwrap();
            serde_json::from_str::<Value>(text).unwrap()["result"].take()
        };
        let password = json!({"password": password}).to_string();
        let login = Observation::begin(Watched::Login(user.to_owned()), password.as_bytes(), None, session.epoch());
        let answer = json!({"result": {"settings": answered("settings")}}).to_string();
        session.observe(login, StatusCode::OK, &answer.into());
        session.apply(&Round {
            epoch: session.epoch(),
            users: Some(serde_json::json!({ user: "loggedin" })),
            inside: Ok(()),
            settings: None,
            counterparties: Some(answered("history/events/counterparties")),
            running: None,
        });
        session.learn(|facts| facts.learn_info(answered("info")));
        Self { session: Arc::new(session), read: Arc::default(), written: Arc::default(), other: Arc::default() }
    }

    /// The user has a premium subscription from now on.
    pub fn subscribe(&self) {
        let shown = Observation::begin(Watched::Settings, b"", None, self.session.epoch());
        self.session.observe(shown, StatusCode::OK, &json!({"result": {"have_premium": true}}).to_string().into());
    }

    /// Legacy has said which exchanges are connected.
    pub fn connected(&self, answer: &str) {
        let shown = Observation::begin(Watched::Exchanges, b"", None, self.session.epoch());
        self.session.observe(shown, StatusCode::OK, &answer.to_owned().into());
    }

    /// Legacy has shown a net value that only an active subscription is shown.
    pub fn prove_premium(&self) {
        let shown = Observation::begin(Watched::NetValue, b"", None, self.session.epoch());
        self.session.observe(
            shown,
            StatusCode::OK,
            &json!({"result": {"times": [1], "data": ["1"]}}).to_string().into(),
        );
    }

    /// Legacy was asked, and the same user is in.
    pub fn settle(&self) {
        let Who::User(user) = self.session.view(None).unwrap().who else { panic!("nobody is logged in") };
        self.session.apply(&Round {
            epoch: self.session.epoch(),
            users: Some(json!({ user.name: "loggedin" })),
            inside: Ok(()),
            settings: None,
            counterparties: None,
            running: None,
        });
    }

    async fn open(&self, database: Database) -> db::Database {
        let Who::User(user) = self.session.view(None).unwrap().who else { panic!("nobody is logged in") };
        match database {
            Database::User => self.session.user_database(&user).await.unwrap(),
            Database::Transient => self.session.transient_database(&user).await.unwrap(),
            Database::Global => self.session.files.global().await.unwrap(),
        }
    }

    /// Has SQLite say what statements read from now on. It says so when it prepares one: those kept are thrown away, but
    /// for the one that asks every database for its version. What is remembered of a database is forgotten as always:
    /// by a commit.
    pub async fn begin(&self) {
        self.session.files.allow_writes();
        for database in Database::ALL {
            let found = loop {
                let watch = self.watching(database);
                let opened = self.open(database).await;
                let asked = match opened.write(commit).await {
                    Ok(()) => opened.read(move |transaction| watch(transaction)).await,
                    Err(error) => Err(error),
                };
                match asked {
                    // A session that has just learnt of its user lets go of what an earlier one had open.
                    Err(DbError::Closed) => {}
                    found => break found.unwrap(),
                }
            };
            assert_eq!(found, Some(database.version()));
        }
        self.forget();
    }

    /// The same, and what they write.
    pub async fn begin_to_write(&self) {
        self.session.files.allow_writes();
        self.begin().await;
        for database in Database::ALL {
            let watch = self.watching(database);
            let found = self.open(database).await.write(move |transaction| watch(transaction)).await.unwrap();
            assert_eq!(found, Some(database.version()));
        }
        self.forget();
    }

    fn watching(
        &self,
        database: Database,
    ) -> impl Fn(&Transaction<'_>) -> Result<Option<i64>, DbError> + Send + 'static {
        let (read, written, other) = (Arc::clone(&self.read), Arc::clone(&self.written), Arc::clone(&self.other));
        move |transaction| {
            let (read, written, other) = (Arc::clone(&read), Arc::clone(&written), Arc::clone(&other));
            transaction.flush_prepared_statement_cache();
            transaction.authorizer(Some(move |context: AuthContext<'_>| {
                match context.action {
                    AuthAction::Read { table_name, column_name } => {
                        read.lock().insert((database, table_name.to_owned(), column_name.to_owned()));
                    }
                    AuthAction::Insert { table_name }
                    | AuthAction::Update { table_name, .. }
                    | AuthAction::Delete { table_name } => {
                        written.lock().insert((database, table_name.to_owned()));
                    }
                    AuthAction::Select => {}
                    action => {
                        other.lock().insert(format!("{action:?}"));
                    }
                }
                Authorization::Allow
            }))?;
            version::of(transaction)
        }
    }

    fn forget(&self) {
        self.read.lock().clear();
        self.written.lock().clear();
        self.other.lock().clear();
    }

    /// What else statements would do: functions they call, schemas they change, files they attach.
    pub fn other(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.other.lock())
    }

    /// What was written.
    pub fn written(&self) -> Written {
        std::mem::take(&mut *self.written.lock())
    }

    /// What was read; texts taken apart as JSON and row numbers are no part of the schema.
    pub fn end(&self) -> Columns {
        let mut read = std::mem::take(&mut *self.read.lock());
        read.retain(|(_, table, column)| table != "json_each" && column != "ROWID");
        read
    }
}
