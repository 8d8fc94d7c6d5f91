//! The live tail at a pace that a page can follow.

use bytes::Bytes;
use serde_json::{Value, json};

use super::wire::event;
use crate::{
    admin::traffic::millis,
    rollout::moment::seconds,
    telemetry::tail::{Ended, Next, Watching},
};

/// Requests that are shown a second; further ones are counted.
const MOST: u32 = 200;

/// One reader's tail.
#[derive(Debug)]
pub(super) struct Requests {
    watching: Watching,
    shown: u32,
    dropped: u64,
}

impl Requests {
    pub(super) fn new(watching: Watching) -> Self {
        Self { watching, shown: 0, dropped: 0 }
    }

    /// The next request that is shown. Cancel-safe.
    pub(super) async fn next(&mut self) -> Bytes {
        loop {
            match self.watching.next().await {
                Some(Next::Ended(ended)) if self.shown < MOST => {
                    self.shown += 1;
                    return event("request", &shown(&ended));
                }
                Some(Next::Ended(_)) => self.dropped += 1,
                Some(Next::Lost(lost)) => self.dropped += lost,
                // The tail is the bridge's own, and outlives its readers.
                None => std::future::pending().await,
            }
        }
    }

    /// A second is over: as many may be shown again, and what was not shown is told.
    pub(super) fn tick(&mut self) -> Option<Bytes> {
        self.shown = 0;
        let dropped = std::mem::take(&mut self.dropped);
        (dropped > 0).then(|| event("dropped", &json!({ "dropped": dropped })))
    }
}

fn shown(ended: &Ended) -> Value {
    json!({
        "at": seconds(ended.at),
        "method": ended.method.as_str(),
        "path": ended.path,
        "route": ended.route,
        "mode": ended.mode,
        "variant": ended.variant,
        "reason": ended.reason,
        "status": ended.status,
        "latency_ms": millis(ended.latency),
        "why": ended.why,
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use futures_util::FutureExt;

    use super::*;
    use crate::telemetry::Tail;

    fn ended() -> Ended {
        Ended {
            at: SystemTime::UNIX_EPOCH,
            method: http::Method::GET,
            path: "/api/1/tags".into(),
            route: Some("tags_list".into()),
            mode: Some("native"),
            variant: "native",
            reason: "STATIC",
            status: 200,
            latency: Duration::from_micros(1250),
            why: None,
        }
    }

    #[test]
    fn a_request_is_shown_without_its_query_and_with_its_words() {
        let event = event("request", &shown(&ended()));
        insta::assert_snapshot!(String::from_utf8_lossy(&event), @r#"
        event: request
        data: {"at":0.0,"method":"GET","path":"/api/1/tags","route":"tags_list","mode":"native","variant":"native","reason":"STATIC","status":200,"latency_ms":1.25,"why":null}
        "#);
    }

    #[test]
    fn two_hundred_are_shown_a_second_and_the_rest_is_counted() {
        let tail = Tail::default();
        let mut requests = Requests::new(tail.watch());
        let mut round = |more: u32| {
            (0..more).for_each(|_| tail.show(ended));
            let mut shown = 0;
            while requests.next().now_or_never().is_some() {
                shown += 1;
            }
            (shown, requests.tick())
        };
        let dropped = |count| Some(Bytes::from(format!("event: dropped\ndata: {{\"dropped\":{count}}}\n\n")));
        assert_eq!(round(MOST), (MOST, None));
        assert_eq!(round(MOST + 30), (MOST, dropped(30)));
        assert_eq!(round(5), (5, None));
        // What pushed others out of the channel is told as well.
        assert_eq!(round(3000), (MOST, dropped(2800)));
    }
}
