//! Legacy killed, legacy back: nothing hangs, native routes go on, and nobody is answered for a user who is gone.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::support::{
    self,
    bridge::{Bridge, Setup},
    legacy::{Legacy, PASSWORD},
    raw,
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

async fn with_user(routes: &str) -> (Legacy, Bridge) {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address)
        .inspected()
        .data(legacy.data())
        .arguments(&["--all", "native"])
        .routes(routes)
        .start()
        .await;
    assert_eq!(login(&bridge).await.status, 200);
    (legacy, bridge)
}

async fn login(bridge: &Bridge) -> raw::Answer {
    raw::send_json(bridge.address, "POST", "/api/1/users/ada", &json!({"password": PASSWORD})).await
}

fn variant(answer: &raw::Answer) -> &str {
    answer.header("x-cutover-variant").unwrap_or("-")
}

#[tokio::test(flavor = "multi_thread")]
async fn native_routes_go_on_while_legacy_is_gone_and_forwarded_ones_say_why_not() {
    let (mut legacy, bridge) = with_user("").await;
    let before = raw::get(bridge.address, "/api/1/tags").await;
    assert_eq!(variant(&before), "native");
    legacy.kill();
    bridge.until("the bridge has noticed", |status| !status["legacy"]["away_seconds"].is_null()).await;
    for target in ["/api/1/tags", "/api/1/settings", "/api/1/users", "/api/1/info", "/api/1/ping"] {
        let answer = raw::get(bridge.address, target).await;
        assert_eq!((answer.status, variant(&answer)), (200, "native"), "{target}");
    }
    assert_eq!(raw::get(bridge.address, "/api/1/tags").await.body, before.body);
    let refused = raw::get(bridge.address, "/api/1/periodic").await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    assert_eq!(refused.header("x-cutover-error"), Some("upstream-refused"));
    assert!(
        refused.json()["result"].is_null() && refused.json()["message"].as_str().unwrap().contains("is it running?")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_legacy_is_not_answered_for_until_the_user_is_in_again() {
    let (mut legacy, bridge) = with_user("").await;
    assert_eq!(variant(&raw::get(bridge.address, "/api/1/tags").await), "native");
    legacy.restart();
    bridge.until("the bridge has heard that nobody is in", |status| status["session"]["user"] == "unknown").await;
    let answer = raw::get(bridge.address, "/api/1/tags").await;
    assert_eq!((answer.status, variant(&answer)), (401, "legacy"), "legacy itself says that nobody is in");
    assert_eq!(
        bridge.open_files("rotkehlchen.db"),
        Vec::<String>::new(),
        "the files of the user who was in are let go of"
    );
    assert_eq!(login(&bridge).await.status, 200);
    let answer = raw::get(bridge.address, "/api/1/tags").await;
    assert_eq!((answer.status, variant(&answer)), (200, "native"));
}

#[tokio::test(flavor = "multi_thread")]
async fn answering_for_an_absent_legacy_is_bounded() {
    let (mut legacy, bridge) = with_user("[session]\noutage = \"1ms\"\n").await;
    legacy.kill();
    bridge
        .until("the bridge has noticed", |status| {
            status["legacy"]["away_seconds"].as_f64().is_some_and(|away| away > 0.001)
        })
        .await;
    let answer = raw::get(bridge.address, "/api/1/tags").await;
    assert_eq!((answer.status, variant(&answer)), (503, "legacy"));
    assert_eq!(answer.header("x-cutover-reason"), Some("DECLINED"));
    assert_eq!(raw::get(bridge.address, "/api/1/ping").await.status, 200, "a constant is not the user's");
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_legacy_under_load_leaves_no_request_without_an_answer() {
    let (mut legacy, bridge) = with_user("").await;
    let (stop, native, forwarded, refused) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicUsize::new(0)),
    );
    let mut clients = Vec::new();
    for client in 0..8 {
        let (stop, native, forwarded, refused, address) =
            (Arc::clone(&stop), Arc::clone(&native), Arc::clone(&forwarded), Arc::clone(&refused), bridge.address);
        clients.push(tokio::spawn(async move {
            let targets = ["/api/1/tags", "/api/1/periodic", "/api/1/_test/bytes?n=20000&seed=1", "/api/1/ping"];
            let mut connection = raw::Connection::open(address).await;
            let mut turn = client;
            while !stop.load(Ordering::SeqCst) {
                turn += 1;
                let target = targets[turn % targets.len()];
                connection.send(format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n")).await;
                // Every request is answered, or broken off in the middle of a body that had begun.
                match connection.try_answer(false).await {
                    Ok(answer) if variant(&answer) == "native" => {
                        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
                        native.fetch_add(1, Ordering::SeqCst);
                    }
                    Ok(answer) => match answer.status {
                        200 | 401 => {
                            forwarded.fetch_add(1, Ordering::SeqCst);
                        }
                        502..=504 => {
                            assert!(answer.header("x-cutover-error").is_some(), "{answer:?}");
                            assert!(
                                answer.json()["message"]
                                    .as_str()
                                    .is_some_and(|message| message.starts_with("cutover: "))
                            );
                            refused.fetch_add(1, Ordering::SeqCst);
                        }
                        other => panic!("{target}: {other} {}", answer.text()),
                    },
                    Err(_) => connection = raw::Connection::open(address).await,
                }
            }
        }));
    }
    let reach = |counter: &Arc<AtomicUsize>, more: usize| {
        let (counter, goal) = (Arc::clone(counter), counter.load(Ordering::SeqCst) + more);
        async move {
            support::eventually("requests of this kind", || async {
                (counter.load(Ordering::SeqCst) >= goal).then_some(())
            })
            .await;
        }
    };
    reach(&forwarded, 50).await;
    legacy.kill();
    reach(&refused, 20).await;
    reach(&native, 50).await;
    legacy.restart();
    reach(&forwarded, 50).await;
    stop.store(true, Ordering::SeqCst);
    for client in clients {
        tokio::time::timeout(Duration::from_secs(30), client).await.expect("no client hangs").unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_bridge_finishes_what_runs_and_takes_nothing_new() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).inspected().data(legacy.data()).start().await;
    let address = bridge.address;
    let slow = tokio::spawn(async move { raw::get(address, "/api/1/_test/slow?seconds=1").await });
    support::eventually("the slow request is under way", || async {
        let free = bridge.status().await["legacy"]["free_connections"].as_u64().unwrap();
        (free < 128).then_some(())
    })
    .await;
    bridge.signal("TERM");
    support::eventually("the listener is closed", || async {
        tokio::net::TcpStream::connect(address).await.is_err().then_some(())
    })
    .await;
    assert_eq!(slow.await.unwrap().status, 200);
    assert!(bridge.wait(), "an orderly end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_legacy_that_hangs_up_on_every_question_is_asked_again_with_pauses() {
    let asked = Arc::new(AtomicUsize::new(0));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let counted = Arc::clone(&asked);
    let answering = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nnull").await;
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    let _bridge = Setup::before(address).start_alone();
    support::eventually("it was asked", || async { (asked.load(Ordering::SeqCst) > 2).then_some(()) }).await;
    // The time is what is measured: without pauses there are thousands in it.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let count = asked.load(Ordering::SeqCst);
    assert!(count < 40, "{count} questions within a second");
    answering.abort();
}
