//! A forwarded read goes one of two ways through the bridge, as bytes or through hyper, and its client can not tell which.
//!
//! A request that says `Content-Length: 0` goes through hyper. What legacy gets of a line without a space after its colon
//! shows the way that was taken: hyper puts one there.

use crate::support::{
    self,
    bridge::{Bridge, Setup},
    raw::{Answer, Connection},
    upstream::Upstream,
};

/// Answers that legacy gives and then ends the connection; its date is there, because one is added otherwise.
const ENDING: [&str; 17] = [
    "200 OK|Content-Length: 5\r\n|hello",
    "200 OK|Content-Length: 0\r\n|",
    "200 Very Well|Content-Length: 5\r\nContent-Length: 5\r\nConnection: x-a, close\r\nX-A: b\r\nKeep-Alive: 5\r\n|hello",
    "200 OK||until the end",
    "200 OK|Transfer-Encoding: chunked\r\nTrailer: T\r\n|5;a=b\r\nhello\r\n6 \r\n world\r\n0\r\nT: u\r\n\r\n",
    "200 OK|Transfer-Encoding: chunked\r\nContent-Length: 3\r\n|5\r\nhello\r\n0\r\n\r\n",
    "200 OK|Transfer-Encoding: gzip\r\n|until the end",
    "200 OK|Content-Length: 5\r\n|hell",
    "200 OK|Content-Length: 5\r\n|hello, and more",
    "200 OK|Transfer-Encoding: chunked\r\n|5\r\nhello\r\n",
    "200 OK|Transfer-Encoding: chunked\r\n|5\r\nhello\r\nx\r\n",
    "204 No Content|Content-Length: 5\r\n|hello",
    "304 Not Modified|ETag: \"a\"\r\n|",
    "401 UNAUTHORIZED|Content-Length: 2\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n|no",
    "500 INTERNAL SERVER ERROR|Content-Length: 2\r\nmimetype: application/json\r\n|no",
    "200 OK|Bad Line\r\n|",
    "101 Switching Protocols|Upgrade: x\r\n|",
];

/// The same with lengths that are none. hyper does not look at them in an answer to a HEAD.
const WITHOUT_LENGTH: [&str; 2] =
    ["200 OK|Content-Length: 5\r\nContent-Length: 6\r\n|hello", "200 OK|Content-Length: -5\r\n|hello"];

async fn asked(bridge: &Bridge, method: &str, through_hyper: bool) -> Result<Answer, String> {
    let mut connection = Connection::open(bridge.address).await;
    let length = if through_hyper { "Content-Length: 0\r\n" } else { "" };
    connection.send(format!("{method} /x?y HTTP/1.1\r\nHost: h\r\nAccept:a\r\n{length}\r\n")).await;
    connection.try_answer(method == "HEAD").await
}

/// An answer as far as it has to be the same: legacy's own lines in whatever case hyper writes them.
fn shown(answer: Result<Answer, String>, wanted: &str) -> String {
    let Ok(mut answer) = answer else { return "broken off".into() };
    for (name, _) in &mut answer.headers {
        name.make_ascii_lowercase();
    }
    answer.headers.retain(|(name, _)| name != "date");
    answer.headers.sort();
    // A length that is said twice is passed on once as bytes.
    answer.headers.dedup();
    let headers: Vec<_> = answer.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let headers = headers.join("\n");
    format!("{wanted}\n{} {}\n{headers}\n\n{}", answer.status, answer.reason, answer.text())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_the_same_by_both_ways_however_it_is_framed_and_whatever_is_wrong_with_it() {
    for ending in ENDING.into_iter().chain(WITHOUT_LENGTH) {
        let upstream = Upstream::start(move |mut incoming| async move {
            incoming.request().await;
            let (status, rest) = ending.split_once('|').unwrap();
            let (lines, body) = rest.split_once('|').unwrap();
            let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
            let early = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
            incoming.send(format!("{early}HTTP/1.1 {status}\r\n{date}")).await;
            incoming.send(format!("{lines}\r\n{body}")).await;
        })
        .await;
        let bridge = Setup::before(upstream.address).start().await;
        let methods = if WITHOUT_LENGTH.contains(&ending) { &["GET"][..] } else { &["GET", "HEAD"] };
        for method in methods {
            let fast = shown(asked(&bridge, method, false).await, ending);
            let through_hyper = shown(asked(&bridge, method, true).await, ending);
            assert!(fast == through_hyper, "as bytes:\n{fast}\n\nthrough hyper:\n{through_hyper}");
            let seen = upstream.seen();
            let [.., first, second] = seen.as_slice() else { panic!("{seen:?}") };
            assert!(first.contains("Accept:a"), "not the way it should have gone: {first}");
            assert!(!second.contains("Accept:a"), "not the way it should have gone: {second}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_both_ways_follow_each_other_on_a_connection_and_share_one_to_legacy() {
    let upstream = Upstream::start(|mut incoming| async move {
        while let Some(head) = incoming.request().await {
            let target = head.split(' ').nth(1).unwrap();
            incoming.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{target}", target.len())).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = Connection::open(bridge.address).await;
    let one = |at: usize| {
        let length = ["", "Content-Length: 0\r\n"][at % 3 / 2];
        format!("GET /{at} HTTP/1.1\r\nHost: h\r\n{length}\r\n")
    };
    for at in 0..9 {
        connection.send(one(at)).await;
        assert_eq!(connection.answer().await.text(), format!("/{at}"));
    }
    assert_eq!(upstream.connections(), 1);
    // All at once, and cut where nobody would cut them.
    let all: String = (0..30).map(one).collect();
    for piece in all.as_bytes().chunks(37) {
        connection.send(piece).await;
    }
    for at in 0..30 {
        assert_eq!(connection.answer().await.text(), format!("/{at}"));
    }
    connection
        .send("GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nGET /late HTTP/1.1\r\nHost: h\r\n\r\n")
        .await;
    let last = connection.answer().await;
    assert_eq!((last.text().as_str(), last.header("connection")), ("/last", Some("close")));
    assert!(connection.is_closed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_that_stops_gives_the_answers_of_both_ways_that_were_asked_for() {
    let (go, _) = tokio::sync::broadcast::channel::<()>(1);
    let waits = go.clone();
    let upstream = Upstream::start(move |mut incoming| {
        let mut wait = waits.subscribe();
        async move {
            incoming.request().await;
            wait.recv().await.unwrap();
            incoming.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n").await;
            incoming.send("finished").await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connections = Vec::new();
    for length in ["", "Content-Length: 0\r\n"] {
        let mut connection = Connection::open(bridge.address).await;
        connection.send(format!("GET / HTTP/1.1\r\nHost: h\r\n{length}\r\n")).await;
        connections.push(connection);
    }
    bridge.until("both are asked", |status| status["legacy"]["free_connections"] == 126).await;
    bridge.signal("TERM");
    support::eventually("it stops", || async { bridge.log().contains("stopping").then_some(()) }).await;
    go.send(()).unwrap();
    for mut connection in connections {
        assert_eq!(connection.answer().await.text(), "finished");
        assert!(connection.is_closed().await);
    }
    assert!(bridge.wait());
}
