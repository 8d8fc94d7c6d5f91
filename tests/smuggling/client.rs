//! One stream sent to the bridge, and what comes back.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::{io::AsyncWriteExt, net::TcpSocket, time::timeout};

use super::{
    generator::Case,
    oracle::{End, Reading},
};
use crate::support::raw::{Answer, Connection};

/// How a connection went on after the answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// It ended.
    Ended,
    /// It ended, but too early or within an answer.
    Broke(String),
    /// More came.
    More(Vec<u8>),
    /// Nothing happened.
    Hung,
    /// It was given up on purpose.
    Left,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Seen {
    pub answers: Vec<Answer>,
    pub after: After,
}

/// Whether the bridge itself answered that it will not.
pub fn is_refusal(answer: &Answer) -> bool {
    answer.header("x-cutover-error").is_some()
}

/// Sends a case from an address of its own, which the bridge passes on: so whatever it asks of legacy can be told from
/// what others ask, whatever is left of it.
pub async fn send(case: &Case, reading: &Reading, to: SocketAddr, from: Ipv4Addr, patience: Duration) -> Seen {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((from, 0))).unwrap();
    let stream = socket.connect(to).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut connection = Connection::over(stream);
    write(case, &mut connection).await;
    let mut answers = Vec::new();
    let refused = usize::from(matches!(reading.end, End::Refused(..)));
    while answers.len() < reading.requests.len() + refused {
        let asked = reading.requests.get(answers.len()).or_else(|| reading.end.begun());
        let to_head = asked.is_some_and(|asked| asked.method == "HEAD");
        let answer = match timeout(patience, connection.try_answer(to_head)).await {
            Err(_) => return Seen { answers, after: After::Hung },
            Ok(Err(broke)) => return Seen { answers, after: After::Broke(broke) },
            Ok(Ok(answer)) => answer,
        };
        let (refusal, switched) = (is_refusal(&answer), answer.status == 101);
        answers.push(answer);
        if switched {
            return Seen { answers, after: After::Left };
        }
        if refusal {
            // To a HEAD the guard answers as to anything, body included.
            let after = ends(&mut connection, patience).await;
            return Seen { answers, after: if to_head && after != After::Hung { After::Ended } else { after } };
        }
    }
    if matches!(reading.end, End::Clean | End::Partial(_)) {
        // There is no more: whoever waits for the rest hears so.
        let _ = connection.stream.shutdown().await;
        if matches!(reading.end, End::Partial(_)) {
            let to_head = reading.end.begun().is_some_and(|asked| asked.method == "HEAD");
            match timeout(patience, connection.try_answer(to_head)).await {
                Ok(Ok(answer)) => {
                    // The guard refuses a HEAD as anything, body included.
                    let unread = to_head && is_refusal(&answer);
                    answers.push(answer);
                    let after = ends(&mut connection, patience).await;
                    return Seen { answers, after: if unread && after != After::Hung { After::Ended } else { after } };
                }
                Ok(Err(broke)) if !broke.contains("left over: \"\"") && !broke.contains("reset") => {
                    return Seen { answers, after: After::Broke(broke) };
                }
                Ok(Err(_)) => return Seen { answers, after: After::Ended },
                Err(_) => return Seen { answers, after: After::Hung },
            }
        }
    }
    let after = ends(&mut connection, patience).await;
    Seen { answers, after }
}

async fn ends(connection: &mut Connection, patience: Duration) -> After {
    match timeout(patience, connection.rest()).await {
        Err(_) => After::Hung,
        Ok(rest) if rest.is_empty() => After::Ended,
        Ok(rest) => After::More(rest),
    }
}

/// In one piece, or cut somewhere, or byte by byte: where the pieces end must change nothing. A bridge that has refused
/// need not take the rest.
async fn write(case: &Case, connection: &mut Connection) {
    let bytes = case.bytes();
    let mut dice = case.cuts.clone();
    let mut cuts: Vec<usize> = match dice.below(4) {
        0 | 1 => Vec::new(),
        2 => (0..=dice.below(6)).map(|_| dice.below(bytes.len() + 1)).collect(),
        _ if bytes.len() < 600 => (0..bytes.len()).collect(),
        _ => (0..bytes.len()).step_by(101).collect(),
    };
    cuts.sort_unstable();
    cuts.push(bytes.len());
    let mut from = 0;
    for cut in cuts {
        if connection.stream.write_all(&bytes[from..cut]).await.is_err() {
            return;
        }
        from = cut;
        // The bridge runs in a process of its own: what is written it may read by itself.
        tokio::task::yield_now().await;
    }
}
