//! Legacy and the bridge before one set of files, killed and started again.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use rusqlite::Connection;
use serde_json::json;
use tokio::task::JoinSet;

use super::{
    client::Scene,
    kind::{Kind, Row},
    writer::{Habits, Writer},
};
use crate::support::{
    bridge::{Bridge, Setup},
    files::stranger,
    legacy::{Legacy, PASSWORD, USER},
    package::Place,
    raw::send_json,
};

/// Tags of each writer that others hang on, and how many of those.
const STOCK: usize = 6;
pub const HANGING: i64 = 20;

/// Both, and where they meet.
pub struct Sides {
    pub legacy: Legacy,
    pub bridge: Bridge,
    place: Option<Place>,
    routes: String,
    pub scene: Arc<Scene>,
}

impl Sides {
    /// With the package in legacy, so that clients may go to either.
    pub async fn with_package(disturbed: bool) -> Self {
        let place = Place::new();
        let legacy = Legacy::with_package(&place.path);
        Self::start(legacy, place.routes(), Some(place), disturbed).await
    }

    /// Without it: everybody goes through the bridge.
    pub async fn alone(routes: &str) -> Self {
        Self::start(Legacy::start(), routes.to_owned(), None, false).await
    }

    async fn start(legacy: Legacy, routes: String, place: Option<Place>, disturbed: bool) -> Self {
        let bridge = bridge(&legacy, &routes, place.is_some());
        let scene = Arc::new(Scene {
            legacy: legacy.address,
            bridge: Mutex::new(bridge.address),
            disturbed,
            over: AtomicBool::new(false),
            times: Mutex::new(BTreeMap::new()),
            cuts: Mutex::new(BTreeMap::new()),
            late: Mutex::new(Vec::new()),
        });
        let sides = Self { legacy, bridge, place, routes, scene };
        sides.whole().await;
        sides
    }

    /// The user's database, by a connection of the test's own.
    pub fn database(&self) -> Connection {
        stranger(&self.legacy.data().join("users").join(USER).join("rotkehlchen.db"), Some(PASSWORD))
    }

    /// Makes what writers delete now and then. Nobody may be logged in yet.
    fn stock(connection: &Connection, writer: &str) -> Vec<Row> {
        let mut rows = Vec::new();
        connection.execute_batch("BEGIN").unwrap();
        for number in 0..STOCK {
            let name = format!("stock {writer} {number}");
            connection.execute("INSERT INTO tags VALUES (?, '0', 'ffffff', '000000')", [&name]).unwrap();
            for other in 0..HANGING {
                let mapping = (format!("{name} {other}"), &name);
                connection
                    .execute("INSERT INTO tag_mappings(object_reference, tag_name) VALUES (?, ?)", mapping)
                    .unwrap();
            }
            rows.push(Row { kind: Kind::Tag, name, text: "0".into(), id: 0 });
        }
        connection.execute_batch("COMMIT").unwrap();
        rows
    }

    /// Logs in, and gives writers with these habits.
    pub async fn populate(&self, habits: impl IntoIterator<Item = Habits>) -> Vec<Writer> {
        let connection = self.database();
        let named = habits.into_iter().enumerate().map(|(number, habits)| (format!("w{number}"), habits));
        let stocked: Vec<_> = named.map(|(name, habits)| (Self::stock(&connection, &name), name, habits)).collect();
        drop(connection);
        self.log_in(true).await;
        let writers =
            stocked.into_iter().map(|(stock, name, habits)| Writer::new(Arc::clone(&self.scene), name, habits, stock));
        writers.collect()
    }

    async fn log_in(&self, straight: bool) {
        let address = if straight && self.place.is_some() { self.legacy.address } else { self.bridge.address };
        let login = send_json(address, "POST", &format!("/api/1/users/{USER}"), &json!({"password": PASSWORD})).await;
        assert_eq!(login.status, 200, "{}", login.text());
        self.bridge.until("the bridge has the key", |status| status["session"]["user"] == "user").await;
    }

    /// Waits until each knows the other.
    async fn whole(&self) {
        self.bridge
            .until("they know each other", |status| {
                let attached = self.place.is_none() || status["compat"]["parts"]["transactions"] == true;
                attached && status["legacy"]["away_seconds"].is_null() && status["ready"] == true
            })
            .await;
    }

    /// Has writers write for so long, while one of the sides is killed every few seconds. Gives how often it was legacy,
    /// and how often the bridge.
    pub async fn run_killing(&mut self, writers: Vec<Writer>, time: Duration, seed: u64) -> (Vec<Writer>, [u32; 2]) {
        let writers: JoinSet<Writer> = writers.into_iter().map(Writer::run).collect();
        let killed = self.kill_for(time, seed).await;
        (self.end(writers).await, killed)
    }

    async fn kill_for(&mut self, time: Duration, seed: u64) -> [u32; 2] {
        let (began, mut killed) = (Instant::now(), [0, 0]);
        let mut dice = StdRng::seed_from_u64(seed);
        loop {
            let next = Duration::from_millis(dice.random_range(1500..4000));
            if began.elapsed() + next > time {
                tokio::time::sleep(time.saturating_sub(began.elapsed())).await;
                return killed;
            }
            tokio::time::sleep(next).await;
            let away = Duration::from_millis(dice.random_range(0..400));
            if dice.random() {
                killed[0] += 1;
                self.legacy.kill();
                tokio::time::sleep(away).await;
                self.legacy.restart();
                self.whole().await;
                self.log_in(dice.random()).await;
            } else {
                killed[1] += 1;
                self.bridge.kill();
                tokio::time::sleep(away).await;
                self.bridge = bridge(&self.legacy, &self.routes, true);
                *self.scene.bridge.lock() = self.bridge.address;
                self.whole().await;
                // Nobody logs in: the package says who is in.
                self.bridge.until("the bridge has the key", |status| status["session"]["user"] == "user").await;
            }
        }
    }

    /// Has writers write for so long. The first that fails ends it.
    pub async fn run_for(&self, writers: Vec<Writer>, time: Duration) -> Vec<Writer> {
        let mut writers: JoinSet<Writer> = writers.into_iter().map(Writer::run).collect();
        tokio::select! {
            () = tokio::time::sleep(time) => self.end(writers).await,
            failed = writers.join_next() => panic!("{}", failed.unwrap().err().map_or("it is over".into(), |e| e.to_string())),
        }
    }

    /// Has all writers come to their end.
    async fn end(&self, writers: JoinSet<Writer>) -> Vec<Writer> {
        self.scene.over.store(true, Ordering::Relaxed);
        writers.join_all().await
    }
}

fn bridge(legacy: &Legacy, routes: &str, package: bool) -> Bridge {
    let writes = if package { "guarded" } else { "always" };
    let setup = Setup::before(legacy.address).data(legacy.data()).routes(routes);
    setup
        .arguments(&["--all", "native", "--native-writes", writes])
        .environment("CUTOVER_LOG__LEVEL", "info")
        .start_alone()
}
