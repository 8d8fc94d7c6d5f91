//! The rollout: a route goes up its ladder by what is seen of it, and comes down by itself when that is bad.

use std::{path::Path, time::Duration};

use crate::support::{
    self,
    bridge::{Bridge, Setup},
    eventually,
    legacy::Legacy,
    raw,
    rollout::{Users, action, change, changed, journal, position, route, to, until_at},
    upstream::Upstream,
};
use serde_json::{Value, json};
use tempfile::TempDir;

const PING: &str = "/api/1/ping";
const PONG: &str = "{\"result\": true, \"message\": \"\"}";

fn routes(of: &str) -> String {
    format!("[guardrails]\nmin_requests = 20\n[[route]]\nname = \"ping\"\nsticky = \"request\"\n{of}")
}

/// A bridge whose handlers fail as a file says, from one moment to the next.
fn setup(legacy: &Legacy, place: &Path) -> Setup {
    let fault = place.join("fault");
    Setup::before(legacy.address).within(place).environment("TEST_FAULT_FILE_OF_CUTOVER", fault.to_str().unwrap())
}

fn fault(place: &Path, fault: &str) {
    std::fs::write(place.join("fault"), fault).unwrap();
}

async fn ask(bridge: &Bridge, times: usize) -> Vec<String> {
    let mut reasons = Vec::new();
    for _ in 0..times {
        let answer = raw::get(bridge.address, PING).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, PONG));
        reasons.push(answer.header("x-cutover-reason").unwrap().to_owned());
    }
    reasons
}

async fn compared(bridge: &Bridge, name: &str, wanted: u64) -> Value {
    eventually("the comparisons are through", || async {
        let route = route(bridge, name).await;
        let all: u64 = route["verdicts"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
        (all >= wanted).then_some(route)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ladder_takes_a_route_from_shadow_to_native_under_load_and_no_user_notices() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    let ladder = "ladder = [\"shadow 40\", \"canary 1% 5\", \"canary 10% 30\", \"canary 50% 1s\", \"native\"]\nadvance = \"auto\"\nguardrails = { min_requests = 5 }\n";
    let bridge = setup(&legacy, place.path()).routes(&routes(ladder)).start().await;
    let users = Users::ask(&bridge, 8, PING, PONG);
    let native = until_at(&bridge, "ping", "native").await;
    assert_eq!((&native["reason"], &native["by"]["kind"]), (&json!("LADDER"), &json!("ladder")));
    let seen = users.end().await;
    assert!(seen.iter().flatten().all(|(status, _)| *status == 200));
    assert_eq!(
        journal(&bridge).await,
        [
            "1 promote ping legacy > shadow LADDER by ladder",
            "2 promote ping shadow > canary 1.0 LADDER by ladder",
            "3 promote ping canary 1.0 > canary 10.0 LADDER by ladder",
            "4 promote ping canary 10.0 > canary 50.0 LADDER by ladder",
            "5 promote ping canary 50.0 > native LADDER by ladder",
        ]
    );
    let page = raw::get(bridge.admin, "/api/journal?route=ping&limit=4").await.json();
    let shadow = &page["entries"][3]["evidence"];
    assert!(shadow["verdicts"]["matched"].as_u64().unwrap() >= 40, "{shadow}");
    assert_eq!(page["next"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_begins_to_fail_at_half_is_rolled_back_by_itself_and_no_user_notices() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    let ladder = "ladder = [\"shadow 40\", \"canary 50% 40 pause\", \"native\"]\nadvance = \"auto\"\n";
    let bridge = setup(&legacy, place.path()).routes(&routes(ladder)).start().await;
    let users = Users::ask(&bridge, 8, PING, PONG);
    until_at(&bridge, "ping", "canary 50.0").await;
    eventually("some are answered natively", || async {
        (route(&bridge, "ping").await["native"]["requests"].as_u64() >= Some(60)).then_some(())
    })
    .await;
    fault(place.path(), "panic@ping");
    let tripped = until_at(&bridge, "ping", "legacy").await;
    assert_eq!(tripped["tripped"]["guardrail"], "errors", "{tripped}");
    eventually("users are told so", || async { (ask(&bridge, 1).await == ["GUARDRAIL"]).then_some(()) }).await;
    let seen = users.end().await;
    assert!(seen.iter().flatten().all(|(status, _)| *status == 200), "legacy answers what the handler fails");
    // What was under way when the evidence crossed the bound may still meet the handler, and nothing after it.
    for user in &seen {
        let rolled_back = user.iter().position(|(_, reason)| reason == "GUARDRAIL").unwrap_or(user.len());
        assert!(user[rolled_back..].iter().all(|(_, reason)| reason == "GUARDRAIL"), "{user:?}");
    }
    let entry = &raw::get(bridge.admin, "/api/journal?limit=1").await.json()["entries"][0];
    assert_eq!((&entry["reason"], &entry["action"]), (&json!("GUARDRAIL"), &json!("rollback")));
    let guardrail = &entry["evidence"]["guardrail"];
    assert_eq!((&guardrail["name"], &guardrail["verdict"]), (&json!("errors"), &json!("fail")));
    let metrics = raw::get(bridge.admin, "/metrics").await.text();
    assert!(metrics.contains("cutover_rollbacks_total{guardrail=\"errors\",route=\"ping\"} 1"), "{metrics}");
    // It stays there, whatever the ladder says, until somebody re-arms it.
    fault(place.path(), "");
    let refused = change(&bridge, "ping", &action("promote")).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    let refused = change(&bridge, "ping", &action("rearm")).await;
    assert!(refused.text().contains("cools down for"), "{}", refused.text());
    changed(&bridge, "ping", &json!({"action": "rearm", "force": true})).await;
    let users = Users::ask(&bridge, 4, PING, PONG);
    until_at(&bridge, "ping", "canary 50.0").await;
    users.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_answers_and_slow_ones_roll_a_canary_back_too() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    for (fails, guardrail, own) in
        [("space@ping", "mismatch", "p95_ratio = \"off\""), ("slow@ping", "p95", "errors = 100")]
    {
        fault(place.path(), "");
        let bridge = setup(&legacy, place.path())
            .routes(&routes(&format!("mode = \"canary\"\npercent = 50\nguardrails = {{ {own} }}\n")))
            .start()
            .await;
        ask(&bridge, 30).await;
        fault(place.path(), fails);
        let mut asked = 0;
        let tripped = loop {
            raw::get(bridge.address, PING).await;
            let route = route(&bridge, "ping").await;
            if !route["tripped"].is_null() {
                break route;
            }
            asked += 1;
            assert!(asked < 1000, "{route}");
        };
        assert_eq!((&tripped["tripped"]["guardrail"], position(&tripped).as_str()), (&json!(guardrail), "legacy"));
        let reset = changed(&bridge, "ping", &json!({"action": "reset", "force": true})).await;
        assert_eq!((position(&reset["route"]).as_str(), &reset["route"]["tripped"]), ("canary 50.0", &Value::Null));
        bridge.stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_can_be_sent_one_step_back_instead_of_to_legacy_or_only_be_told_of() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    let of = |rollback: &str| {
        routes(&format!(
            "mode = \"native\"\nladder = [\"shadow 10\", \"canary 10% 10\", \"native\"]\nguardrails = {{ rollback = \"{rollback}\" }}\n"
        ))
    };
    fault(place.path(), "panic@ping");
    let bridge =
        setup(&legacy, place.path()).environment("CUTOVER_NATIVE__BREAKER", "0").routes(&of("step")).start().await;
    ask(&bridge, 20).await;
    let tripped = route(&bridge, "ping").await;
    assert_eq!((position(&tripped).as_str(), tripped["tripped"].is_null()), ("canary 10.0", false), "{tripped}");
    changed(&bridge, "ping", &json!({"action": "reset", "force": true})).await;
    bridge.reconfigure(&of("off")).await;
    ask(&bridge, 30).await;
    let told = route(&bridge, "ping").await;
    assert_eq!((position(&told).as_str(), &told["guardrails"][1]["verdict"]), ("native", &json!("fail")));
    let overview = raw::get(bridge.admin, "/api/overview").await.json();
    assert!(overview["attention"].to_string().contains("ping is beyond guardrail errors"), "{overview}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_of_a_ladder_goes_on_with_its_evidence() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    let ladder = "ladder = [\"shadow 5\", \"canary 50% 1000\", \"native\"]\nadvance = \"auto\"\nguardrails = { min_requests = 5 }\n";
    let bridge = setup(&legacy, place.path()).routes(&routes(ladder)).start().await;
    let users = Users::ask(&bridge, 2, PING, PONG);
    until_at(&bridge, "ping", "canary 50.0").await;
    users.end().await;
    ask(&bridge, 40).await;
    let before = eventually("every request that legacy answered is compared", || async {
        let route = route(&bridge, "ping").await;
        let of = |variant: &str, what: &str| route[variant][what].as_u64().unwrap();
        (of("native", "requests") == of("native", "served") + of("legacy", "served")).then_some(route)
    })
    .await;
    bridge.stop();
    let mut bridge = setup(&legacy, place.path()).start().await;
    let after = route(&bridge, "ping").await;
    assert_eq!(position(&after), "canary 50.0");
    assert_eq!((&after["native"], &after["since"]), (&before["native"], &before["since"]), "{after}");
    assert_eq!(after["ladder"]["progress"]["requests"]["done"], before["native"]["served"]);
    // A crash loses a second of evidence at most, and no change.
    changed(&bridge, "ping", &action("hold")).await;
    bridge.kill();
    drop(bridge);
    let bridge = setup(&legacy, place.path()).start().await;
    let after = route(&bridge, "ping").await;
    assert_eq!((position(&after).as_str(), after["hold"]["why"].as_str()), ("canary 50.0", Some("a test")));
    assert_eq!(after["native"]["requests"], before["native"]["requests"]);
    assert_eq!(journal(&bridge).await.last().unwrap(), "3 hold ping canary 50.0 > canary 50.0 MANUAL by person");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_can_not_be_read_is_set_aside_and_said_and_the_bridge_starts() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    std::fs::write(place.path().join("routes.state.toml"), "version = 1\n[route.ping.moved").unwrap();
    std::fs::write(place.path().join("routes.journal.jsonl"), "{\"id\": 1, half a li").unwrap();
    let bridge = setup(&legacy, place.path()).routes(&routes("mode = \"shadow\"\n")).start().await;
    assert_eq!(position(&route(&bridge, "ping").await), "shadow");
    assert!(place.path().join("routes.state.toml.corrupt-1").exists());
    let overview = raw::get(bridge.admin, "/api/overview").await.json();
    assert!(overview["attention"].to_string().contains("routes.state.toml can not be used"), "{overview}");
    changed(&bridge, "ping", &to("native")).await;
    let written = std::fs::read_to_string(place.path().join("routes.journal.jsonl")).unwrap();
    let lines: Vec<bool> = written.lines().map(|line| serde_json::from_str::<Value>(line).is_ok()).collect();
    assert_eq!(lines, [false, true, true], "half a line stays as it is: {written}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_in_force_and_written_down_when_it_is_answered_and_survives_a_crash() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    let mut bridge = setup(&legacy, place.path()).routes(&routes("")).start().await;
    let made = changed(&bridge, "ping", &json!({"mode": "native", "by": "ann", "why": "it is only a ping"})).await;
    assert_eq!(ask(&bridge, 1).await, ["STATIC"]);
    assert_eq!((&made["route"]["overridden"], &made["route"]["configured"]["mode"]), (&json!(true), &json!("legacy")));
    assert_eq!((&made["entry"]["why"], &made["entry"]["by"]["name"]), (&json!("it is only a ping"), &json!("ann")));
    let again = changed(&bridge, "ping", &to("native")).await;
    assert_eq!(again["entry"], Value::Null, "it is so already");
    bridge.kill();
    drop(bridge);
    let text = std::fs::read_to_string(place.path().join("routes.toml")).unwrap();
    assert_eq!(text, routes(""), "nobody's file is touched");
    let bridge = setup(&legacy, place.path()).start().await;
    let kept = route(&bridge, "ping").await;
    assert_eq!((position(&kept).as_str(), &kept["why"]), ("native", &json!("it is only a ping")));
    let answer = raw::send_json(bridge.admin, "POST", "/api/reset", &json!({"by": "ann", "why": "enough"})).await;
    assert_eq!((answer.status, &answer.json()["routes"]), (200, &json!(1)));
    assert_eq!(position(&route(&bridge, "ping").await), "legacy");
    assert!(!place.path().join("routes.state.toml").exists());
    assert_eq!(
        journal(&bridge).await,
        ["1 set ping legacy > native MANUAL by person", "2 reset ping native > legacy MANUAL by person",]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_writes_into_routes_toml_is_journalled_and_stronger_than_what_was_changed_before() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    let bridge = setup(&legacy, place.path()).routes(&routes("mode = \"shadow\"\n")).start().await;
    changed(&bridge, "ping", &to("native")).await;
    bridge.reconfigure(&routes("mode = \"shadow\"\nguardrails = { errors = 5 }\n")).await;
    assert_eq!(position(&route(&bridge, "ping").await), "native", "its mode is as it was");
    bridge.reconfigure(&routes("mode = \"canary\"\npercent = 5\n")).await;
    let moved = until_at(&bridge, "ping", "canary 5.0").await;
    assert_eq!(moved["overridden"], false);
    bridge.stop();
    std::fs::write(place.path().join("routes.toml"), routes("mode = \"verify\"\n")).unwrap();
    let bridge = setup(&legacy, place.path()).arguments(&["--all", "shadow"]).start().await;
    assert_eq!(
        journal(&bridge).await,
        [
            "1 configure ping legacy > shadow CONFIG by start",
            "2 set ping shadow > native MANUAL by person",
            "3 configure ping native > canary 5.0 CONFIG by file",
            "4 configure ping canary 5.0 > verify CONFIG by start",
            "5 all - - > shadow CONFIG by start",
        ]
    );
    assert_eq!(position(&route(&bridge, "ping").await), "shadow", "flags.all is in force");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_takes_the_steps_of_a_ladder_that_does_not_go_by_itself() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    let ladder = "ladder = [\"shadow 5\", \"canary 50% 5 pause\", \"native\"]\nguardrails = { min_requests = 5 }\n";
    let bridge = setup(&legacy, place.path()).routes(&routes(ladder)).start().await;
    changed(&bridge, "ping", &action("promote")).await;
    let refused = change(&bridge, "ping", &action("promote")).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("5 more comparisons"), "{}", refused.text());
    ask(&bridge, 5).await;
    compared(&bridge, "ping", 5).await;
    eventually("it may be promoted", || async {
        let overview = raw::get(bridge.admin, "/api/overview").await.json();
        overview["attention"].to_string().contains("ping is through with").then_some(())
    })
    .await;
    assert_eq!(position(&changed(&bridge, "ping", &action("promote")).await["route"]), "canary 50.0");
    let refused = change(&bridge, "ping", &action("promote")).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert_eq!(
        position(&changed(&bridge, "ping", &json!({"action": "promote", "force": true})).await["route"]),
        "native"
    );
    assert!(change(&bridge, "ping", &action("promote")).await.text().contains("at the top of its ladder"));
    assert_eq!(position(&changed(&bridge, "ping", &action("step_back")).await["route"]), "canary 50.0");
    assert_eq!(position(&changed(&bridge, "ping", &action("rollback")).await["route"]), "legacy");
    let none = change(&bridge, "tags_list", &action("promote")).await;
    assert!(none.status == 409 && none.text().contains("has no ladder"), "{}", none.text());
    let write = change(&bridge, "tags_add", &to("shadow")).await;
    assert!(write.status == 409 && write.text().contains("a write can not be asked of both sides"), "{}", write.text());
    let unknown = change(&bridge, "pin", &to("native")).await;
    assert_eq!(
        (unknown.status, unknown.text().contains("did you mean \\\"ping\\\"")),
        (404, true),
        "{}",
        unknown.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_a_route_down_or_holds_it_does_not_see_it_climb() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    let ladder = "ladder = [\"shadow 5\", \"canary 100% 5\", \"native\"]\nadvance = \"auto\"\nguardrails = { min_requests = 1 }\n";
    let bridge = setup(&legacy, place.path()).routes(&routes(ladder)).start().await;
    until_at(&bridge, "ping", "shadow").await;
    changed(&bridge, "ping", &action("hold")).await;
    ask(&bridge, 8).await;
    let held = compared(&bridge, "ping", 8).await;
    assert_eq!((position(&held).as_str(), &held["ladder"]["progress"]["verdict"]), ("shadow", &json!("pass")));
    let overview = raw::get(bridge.admin, "/api/overview").await.json();
    assert!(overview["attention"].to_string().contains("and held"), "{overview}");
    changed(&bridge, "ping", &action("resume")).await;
    until_at(&bridge, "ping", "canary 100.0").await;
    let down = changed(&bridge, "ping", &action("rollback")).await;
    assert_eq!(down["route"]["hold"]["by"]["name"], "ann", "{down}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kill_switch_stays_engaged_over_a_restart_until_somebody_releases_it() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    let bridge = setup(&legacy, place.path()).routes(&routes("mode = \"native\"\n")).start().await;
    bridge.signal("USR1");
    bridge.until("the switch is engaged", |status| status["kill_switch"] == true).await;
    eventually("it is written down", || async {
        std::fs::read_to_string(place.path().join("routes.state.toml")).ok().filter(|text| text.contains("SIGUSR1"))
    })
    .await;
    bridge.stop();
    let bridge = setup(&legacy, place.path()).start().await;
    assert_eq!(ask(&bridge, 1).await, ["DISABLED"]);
    let released =
        raw::send_json(bridge.admin, "PUT", "/api/kill-switch", &json!({"engaged": false, "by": "ann"})).await;
    assert_eq!((released.status, &released.json()["kill_switch"]), (200, &json!(false)));
    assert_eq!(ask(&bridge, 1).await, ["STATIC"]);
    assert!(!place.path().join("routes.state.toml").exists());
    let journal = journal(&bridge).await;
    assert_eq!(&journal[1..], ["2 kill - - > - SIGNAL by signal", "3 release - - > - MANUAL by person"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_fails_again_and_again_is_left_alone_for_a_while_and_tried_then() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    let of =
        "mode = \"native\"\nguardrails = { rollback = \"off\" }\n[native]\nbreaker = 3\nbreaker_pause = \"500ms\"\n";
    let bridge = setup(&legacy, place.path()).routes(&routes(of)).start().await;
    fault(place.path(), "panic@ping");
    assert_eq!(ask(&bridge, 5).await, ["ERROR", "ERROR", "ERROR", "BREAKER", "BREAKER"]);
    assert_eq!(route(&bridge, "ping").await["breaker"]["state"], "open");
    eventually("one is tried", || async { (ask(&bridge, 1).await == ["ERROR"]).then_some(()) }).await;
    assert_eq!(ask(&bridge, 1).await, ["BREAKER"], "it failed");
    fault(place.path(), "");
    eventually("one is tried, and does well", || async { (ask(&bridge, 1).await == ["STATIC"]).then_some(()) }).await;
    assert_eq!(ask(&bridge, 2).await, ["STATIC", "STATIC"]);
    assert_eq!(route(&bridge, "ping").await["breaker"]["state"], "closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_is_not_done_in_time_leaves_the_request_to_legacy() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    let of = "mode = \"native\"\n[native]\ndeadline = \"50ms\"\n";
    let bridge = setup(&legacy, place.path()).routes(&routes(of)).start().await;
    fault(place.path(), "stuck@ping");
    assert_eq!(ask(&bridge, 1).await, ["ERROR"]);
    eventually("its log says so", || async { bridge.log().contains("was not done in time").then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_told_to_the_webhook() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    let (tell, mut told) = tokio::sync::mpsc::channel(8);
    let hook = Upstream::start(move |mut incoming| {
        let tell = tell.clone();
        async move {
            while let Some(head) = incoming.request().await {
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap();
                let body = incoming.body(length).await;
                incoming.send("HTTP/1.1 204 No Content\r\n\r\n").await;
                tell.send((head, body)).await.unwrap();
            }
        }
    })
    .await;
    let of = format!("mode = \"native\"\n[rollout]\nwebhook = \"http://{}/hook?token=x\"\n", hook.address);
    let bridge =
        setup(&legacy, place.path()).environment("CUTOVER_NATIVE__BREAKER", "0").routes(&routes(&of)).start().await;
    fault(place.path(), "panic@ping");
    ask(&bridge, 25).await;
    let (head, body) = support::told(&mut told).await;
    assert!(head.starts_with("POST /hook?token=x HTTP/1.1\r\n"), "{head}");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&body["route"], &body["reason"]), (&json!("ping"), &json!("GUARDRAIL")));
    assert!(body["text"].as_str().unwrap().starts_with("cutover: rollback of ping from native to legacy"), "{body}");
    assert!(!bridge.log().contains("token=x"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_written_down_does_not_go_further_but_always_comes_back() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    // A directory where the journal should be.
    std::fs::create_dir(place.path().join("journal")).unwrap();
    let of = "mode = \"shadow\"\n[rollout]\njournal = \"journal\"\n";
    let bridge = setup(&legacy, place.path()).routes(&routes(of)).start().await;
    let refused = change(&bridge, "ping", &to("native")).await;
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.text().contains("the journal can not be written"), "{}", refused.text());
    assert_eq!(position(&route(&bridge, "ping").await), "shadow");
    assert_eq!(position(&changed(&bridge, "ping", &to("legacy")).await["route"]), "legacy");
    let overview = raw::get(bridge.admin, "/api/overview").await.json();
    assert!(overview["attention"].to_string().contains("the journal can not be written"), "{overview}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_bridges_do_not_write_the_same_state() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    let first = setup(&legacy, place.path()).routes(&routes("")).start().await;
    changed(&first, "ping", &to("shadow")).await;
    let second = setup(&legacy, place.path()).start().await;
    assert_eq!(position(&route(&second, "ping").await), "shadow", "it reads what is there");
    changed(&second, "ping", &to("native")).await;
    let overview = raw::get(second.admin, "/api/overview").await.json();
    assert!(overview["attention"].to_string().contains("another bridge writes"), "{overview}");
    let text = std::fs::read_to_string(place.path().join("routes.state.toml")).unwrap();
    assert!(text.contains("shadow") && !text.contains("native"), "{text}");
    assert_eq!(journal(&first).await.len(), 1);
    tokio::time::timeout(Duration::from_secs(5), async { second.stop() }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_guardrail_rolled_back_does_not_come_back_by_a_reset_or_by_lowering_its_mode() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    let of = |mode: &str| {
        routes(&format!("mode = \"{mode}\"\nladder = [\"canary 50% 20\", \"native\"]\nadvance = \"auto\"\n"))
    };
    let setup = || setup(&legacy, place.path()).environment("CUTOVER_NATIVE__BREAKER", "0");
    fault(place.path(), "panic@ping");
    let bridge = setup().routes(&of("native")).start().await;
    ask(&bridge, 20).await;
    assert!(!route(&bridge, "ping").await["tripped"].is_null());
    let refused = change(&bridge, "ping", &action("reset")).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    let all = raw::send_json(bridge.admin, "POST", "/api/reset", &json!({})).await;
    assert_eq!((&all.json()["routes"], &all.json()["rolled_back"]), (&json!(0), &json!(1)));
    bridge.reconfigure(&of("shadow")).await;
    let lowered = until_at(&bridge, "ping", "shadow").await;
    assert!(!lowered["tripped"].is_null(), "{lowered}");
    bridge.stop();
    let bridge = setup().start().await;
    assert!(!route(&bridge, "ping").await["tripped"].is_null(), "nor by a restart");
    bridge.reconfigure(&of("native")).await;
    let raised = until_at(&bridge, "ping", "native").await;
    assert!(
        raised["tripped"].is_null(),
        "whoever writes that it is to be as far up as it was has decided so: {raised}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_hangs_is_seen_though_its_clients_leave() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    let of = "mode = \"native\"\n[native]\ndeadline = \"300ms\"\n";
    let bridge = setup(&legacy, place.path()).routes(&routes(of)).start().await;
    fault(place.path(), "stuck@ping");
    for _ in 0..5 {
        let mut connection = raw::Connection::open(bridge.address).await;
        connection.send(format!("GET {PING} HTTP/1.1\r\nHost: {}\r\n\r\n", bridge.address)).await;
        assert!(connection.is_silent(Duration::from_millis(200)).await);
    }
    eventually("its breaker is open", || async {
        (route(&bridge, "ping").await["breaker"]["state"] == "open").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_that_could_not_be_written_is_written_as_soon_as_it_can_be() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    std::fs::create_dir(place.path().join("journal")).unwrap();
    let of = "mode = \"shadow\"\n[rollout]\njournal = \"journal\"\n";
    let bridge = setup(&legacy, place.path()).routes(&routes(of)).start().await;
    changed(&bridge, "ping", &to("legacy")).await;
    std::fs::remove_dir(place.path().join("journal")).unwrap();
    eventually("it is written", || async {
        std::fs::read_to_string(place.path().join("journal"))
            .ok()
            .filter(|text| text.contains("\"new\":{\"mode\":\"legacy\""))
    })
    .await;
    eventually("nobody has to see to it any more", || async {
        let overview = raw::get(bridge.admin, "/api/overview").await.json();
        (!overview["attention"].to_string().contains("can not be written")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_that_climbs_and_is_lowered_in_routes_toml_is_held_and_one_that_is_given_its_ladder_climbs() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    let ladder = "ladder = [\"shadow 1000\", \"native\"]\nadvance = \"auto\"\n";
    let bridge = setup(&legacy, place.path()).routes(&routes("mode = \"native\"\n")).start().await;
    bridge.reconfigure(&routes(&format!("mode = \"legacy\"\n{ladder}"))).await;
    until_at(&bridge, "ping", "shadow").await;
    bridge.reconfigure(&routes(&format!("mode = \"native\"\n{ladder}"))).await;
    until_at(&bridge, "ping", "native").await;
    bridge.reconfigure(&routes(&format!("mode = \"legacy\"\n{ladder}"))).await;
    let lowered = until_at(&bridge, "ping", "legacy").await;
    assert_eq!(lowered["hold"]["by"]["kind"], "file", "{lowered}");
    changed(&bridge, "ping", &action("resume")).await;
    until_at(&bridge, "ping", "shadow").await;
}
