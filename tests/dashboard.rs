//! The dashboard in a real browser: its files alone, over an API that says what each test has it say.

use std::path::Path;

use crate::support::{
    browser::{launch::Browser, page::Scheme},
    eventually,
    pages::{
        contract,
        server::{Pages, folder},
    },
};
use parking_lot::Mutex;
use serde_json::{Value, json};

const PATHS: [&str; 8] =
    ["/", "/routes", "/routes/tags_list", "/live", "/journal", "/notifier", "/databases", "/openapi"];
/// Every page draws a heading, and is not busy once its data are there.
const DRAWN: &str = "document.querySelector('main h1') && document.querySelector('main').getAttribute('aria-busy') === 'false' \
                     && document.querySelector('.is-live')";

fn files(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn the_files_parse_no_markup_and_name_nothing_outside() {
    let mut all = Vec::new();
    files(&folder(), &mut all);
    assert!(all.len() > 30, "{}", all.len());
    for (name, text) in all {
        let text = text.replace("http://www.w3.org/2000/svg", "");
        for word in
            ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser"]
        {
            assert!(!text.contains(word), "{name}: {word}");
        }
        for word in ["http://", "https://", "//cdn", "@import", "url("] {
            assert!(!text.contains(word), "{name}: {word}");
        }
        if name.contains("index.html") {
            for word in [" style=", " onclick=", " onload=", "<style", "<script>"] {
                assert!(!text.contains(word), "{name}: {word}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_drawn_without_a_complaint_wide_and_narrow_light_and_dark() {
    let Some(browser) = Browser::start().await else { return };
    let pages = Pages::start(contract::answer).await;
    let page = browser.page().await;
    for (width, scheme) in [(1280, Scheme::Light), (400, Scheme::Dark)] {
        page.viewport(width, 900).await;
        page.scheme(scheme).await;
        for path in PATHS {
            page.open(&pages.url(path)).await;
            page.until(&format!("{path} is drawn"), DRAWN).await;
            let wide = page.evaluate("document.documentElement.scrollWidth - innerWidth").await;
            assert!(wide.as_i64().unwrap() <= 0, "{path} at {width}: {wide} too wide");
            assert_eq!(page.complaints(), Vec::<String>::new(), "{path} at {width}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_api_says_is_text_and_never_markup() {
    const MARKUP: &str = "<img src=x onerror=\"window.struck = true\"><script>window.struck = true</script>";
    fn struck(value: &mut Value) {
        match value {
            Value::String(text)
                if ["first look", "old", "/result/*/name", "the database is locked"].contains(&text.as_str()) =>
            {
                MARKUP.clone_into(text);
            }
            Value::Array(all) => all.iter_mut().for_each(struck),
            Value::Object(all) => all.values_mut().for_each(struck),
            _ => {}
        }
    }
    let Some(browser) = Browser::start().await else { return };
    let pages = Pages::start(|asked| {
        let (status, mut said) = contract::answer(asked);
        struck(&mut said);
        (status, said)
    })
    .await;
    let page = browser.page().await;
    page.open(&pages.url("/routes/tags_list")).await;
    page.click(".place > summary").await;
    page.click(".case > summary").await;
    page.until_text(".sides del", MARKUP).await;
    page.until_text(".place .where", MARKUP).await;
    page.until_text(".stands", MARKUP).await;
    let there =
        page.evaluate("[document.querySelectorAll('main img, main script').length, window.struck ?? null]").await;
    assert_eq!(there, json!([0, null]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mismatch_is_found_by_its_place_and_shown_side_by_side() {
    let Some(browser) = Browser::start().await else { return };
    let pages = Pages::start(contract::answer).await;
    let page = browser.page().await;
    page.open(&pages.url("/")).await;
    page.click(".attention a").await;
    page.until_text("h1", "tags_list").await;
    page.click("[data-path='/result/*/name'] > summary").await;
    page.click("[data-sample=s1] > summary").await;
    page.until_text(".sides del", "old").await;
    page.until_text(".sides ins", "new").await;
    assert_eq!(page.text(".curl pre").await, "curl 'http://127.0.0.1:4300/api/1/tags'");
    assert_eq!(page.complaints(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_routes_is_filtered_and_sorted_by_keyboard_and_its_address_says_so() {
    let Some(browser) = Browser::start().await else { return };
    let pages = Pages::start(contract::answer).await;
    let page = browser.page().await;
    page.open(&pages.url("/routes")).await;
    page.until("both endpoints are there", "document.querySelectorAll('.endpoints tbody tr').length === 2").await;
    page.press("/").await;
    page.until("the filter has the focus", "document.activeElement.type === 'search'").await;
    for character in ["w", "a", "t"] {
        page.press(character).await;
    }
    page.until("one is left", "document.querySelectorAll('.endpoints tbody tr').length === 1").await;
    page.until("the address says so", "location.search === '?q=wat'").await;
    page.click("th.match button").await;
    page.until("it is sorted", "document.querySelector('th.match').getAttribute('aria-sort') === 'ascending'").await;
    page.evaluate("location.reload()").await;
    page.until("still one after a reload", "document.querySelectorAll('.endpoints tbody tr').length === 1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_promotion_is_shown_and_done_anyway_only_with_a_reason() {
    let Some(browser) = Browser::start().await else { return };
    let pages = Pages::start(|asked| {
        if asked.method != "PATCH" {
            return contract::answer(asked);
        }
        if asked.body["force"] != true {
            return (409, json!({"error": "tags_list has not the evidence for native"}));
        }
        (200, json!({"route": contract::route(), "entry": contract::entry()}))
    })
    .await;
    let page = browser.page().await;
    page.open(&pages.url("/routes/tags_list")).await;
    page.click("[data-action=promote]").await;
    page.type_text("dialog [name=by]", "ann").await;
    page.click("dialog button[value=first]").await;
    page.until_text("dialog .refusal", "has not the evidence").await;
    page.type_text("dialog [name=why]", "a quiet night").await;
    page.click("dialog button[value=again]").await;
    page.until("the dialog is gone", "!document.querySelector('dialog')").await;
    let forced = pages.asked().into_iter().rfind(|asked| asked.method == "PATCH").unwrap();
    assert_eq!(forced.target, "/api/routes/tags_list");
    assert_eq!(forced.body, json!({"action": "promote", "why": "a quiet night", "by": "ann", "force": true}));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kill_switch_wants_a_reason_and_the_whole_page_says_that_it_is_engaged() {
    let Some(browser) = Browser::start().await else { return };
    let pages = Pages::start(|asked| match asked.target.as_str() {
        "/api/kill-switch" => (200, json!({"kill_switch": asked.body["engaged"]})),
        _ => contract::answer(asked),
    })
    .await;
    let page = browser.page().await;
    page.open(&pages.url("/")).await;
    page.until_text(".kill button", "Engage").await;
    page.click(".kill button").await;
    page.type_text("dialog [name=by]", "ann").await;
    page.click("dialog button[value=first]").await;
    assert_eq!(page.evaluate("document.querySelector('dialog').open").await, true);
    page.type_text("dialog [name=why]", "balances look wrong").await;
    page.click("dialog button[value=first]").await;
    page.until_text(".strip", "Kill switch engaged. Legacy answers every request.").await;
    page.until("the title says so", "document.title.includes('kill switch')").await;
    let sent: Vec<Value> =
        pages.asked().into_iter().filter(|asked| asked.method == "PUT").map(|asked| asked.body).collect();
    assert_eq!(sent, [json!({"engaged": true, "why": "balances look wrong", "by": "ann"})]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_asked_for_once_and_sent_with_every_request() {
    let Some(browser) = Browser::start().await else { return };
    let pages = Pages::start(|asked| match asked.headers.get("authorization") {
        Some(token) if token == "Bearer open sesame" => contract::answer(asked),
        _ => (401, json!({"error": "this needs the token of admin.token_file"})),
    })
    .await;
    let page = browser.page().await;
    page.open(&pages.url("/routes")).await;
    page.until("it is asked for, once", "document.querySelectorAll('dialog').length === 1").await;
    page.type_text("dialog [name=token]", "open sesame").await;
    page.press("Enter").await;
    page.until("all is read", DRAWN).await;
    assert_eq!(page.evaluate("document.querySelectorAll('dialog').length").await, 0);
    assert_eq!(page.evaluate("document.cookie").await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_by_a_guardrail_appears_as_it_happens() {
    let Some(browser) = Browser::start().await else { return };
    let tripped = std::sync::Arc::new(Mutex::new(false));
    let known = std::sync::Arc::clone(&tripped);
    let rollback = json!({"id": 2, "at": "2026-11-22T01:03:00.000Z", "by": {"kind": "guardrail", "name": "errors"}, "action": "rollback",
        "route": "tags_list", "old": {"mode": "canary", "percent": 10}, "new": {"mode": "legacy", "percent": 0},
        "reason": "GUARDRAIL", "why": "9 of 214 native answers were errors", "evidence": null});
    let entry = rollback.clone();
    let pages = Pages::start(move |asked| {
        let (status, mut said) = contract::answer(asked);
        if *known.lock() && asked.target == "/api/overview" {
            said["changes"] = json!([entry, contract::entry()]);
        }
        (status, said)
    })
    .await;
    let page = browser.page().await;
    page.open(&pages.url("/")).await;
    page.until("it is drawn", DRAWN).await;
    *tripped.lock() = true;
    assert_eq!(pages.tell("change", &rollback), 1);
    page.until_text(".toast.bad", "tags_list rolled back: canary 10 % → legacy, by the guardrail errors").await;
    page.until_text(".entry[data-action=rollback]", "9 of 214 native answers were errors").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_come_live_and_space_holds_them() {
    let Some(browser) = Browser::start().await else { return };
    let pages = Pages::start(contract::answer).await;
    let page = browser.page().await;
    page.open(&pages.url("/live")).await;
    page.until("it is live", DRAWN).await;
    let request = |status: u16| {
        json!({"at": contract::AT, "method": "GET", "path": "/api/1/tags", "route": "tags_list", "mode": "canary",
               "variant": "native", "reason": "SPLIT", "status": status, "latency_ms": 1.5, "why": null})
    };
    // The stream of another set of topics may just be opening.
    eventually("a request is heard", || async {
        pages.tell("request", &request(200));
        let shown = page.evaluate("document.querySelectorAll('.stream tbody tr').length").await;
        (shown != 0).then_some(())
    })
    .await;
    // More than one may have been told until one was heard; they come in order.
    pages.tell("request", &request(404));
    page.until("all of them are shown", "document.querySelectorAll('.stream .s4').length === 1").await;
    page.press(" ").await;
    page.until_text(".pause", "Go on").await;
    pages.tell("request", &request(500));
    page.until_text(".pause", "1 new").await;
    assert_eq!(page.evaluate("document.querySelectorAll('.stream .s5').length").await, 0);
    page.press(" ").await;
    page.until("what was missed is shown", "document.querySelectorAll('.stream .s5').length === 1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_that_is_gone_is_said_and_its_last_numbers_stay() {
    let Some(browser) = Browser::start().await else { return };
    let pages = Pages::start(contract::answer).await;
    let page = browser.page().await;
    page.open(&pages.url("/")).await;
    page.until_text(".total", "42").await;
    drop(pages);
    page.until_text("#lost", "The bridge does not answer.").await;
    assert!(page.text(".total").await.contains("42 of 264"));
    assert_eq!(page.evaluate("document.querySelector('main').classList.contains('stale')").await, true);
}
