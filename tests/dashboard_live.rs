//! The dashboard as the bridge serves it, over a real rollout: what a person does there is in force, and what the bridge
//! does by itself appears there.

use std::{os::unix::fs::PermissionsExt, path::Path};

use crate::support::{
    bridge::{Bridge, Setup},
    browser::{launch::Browser, page::Page},
    eventually,
    legacy::Legacy,
    raw,
    rollout::{Users, journal, route},
};
use serde_json::json;
use tempfile::TempDir;

const PATHS: [&str; 8] = ["/", "/routes", "/routes/ping", "/live", "/journal", "/notifier", "/databases", "/openapi"];
/// Every page draws a heading, and is not busy once its data are there.
const DRAWN: &str = "document.querySelector('main h1') && document.querySelector('main').getAttribute('aria-busy') === 'false' \
                     && document.querySelector('.is-live')";
const PING: &str = "/api/1/ping";
const PONG: &str = "{\"result\": true, \"message\": \"\"}";

/// A bridge before the real legacy, whose handlers fail as a file says, from one moment to the next.
struct Stage {
    browser: Browser,
    bridge: Bridge,
    place: TempDir,
    _legacy: Legacy,
}

impl Stage {
    /// With one route in routes.toml. None, said in one line, where there is no browser.
    async fn set(ping: &str) -> Option<Self> {
        let browser = Browser::start().await?;
        let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
        let fault = place.path().join("fault");
        let routes =
            format!("[guardrails]\nmin_requests = 20\n[[route]]\nname = \"ping\"\nsticky = \"request\"\n{ping}");
        let bridge = Setup::before(legacy.address)
            .within(place.path())
            .environment("TEST_FAULT_FILE_OF_CUTOVER", fault.to_str().unwrap())
            .routes(&routes)
            .start()
            .await;
        Some(Self { browser, bridge, place, _legacy: legacy })
    }

    async fn page(&self, path: &str) -> Page {
        let page = self.browser.page().await;
        open(&page, &self.bridge, path).await;
        page
    }

    fn fault(&self, fault: &str) {
        std::fs::write(self.place.path().join("fault"), fault).unwrap();
    }
}

async fn open(page: &Page, bridge: &Bridge, path: &str) {
    page.open(&format!("http://{}{path}", bridge.admin)).await;
    page.until(&format!("{path} is drawn"), DRAWN).await;
}

fn calm(page: &Page) {
    assert_eq!(page.complaints(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_served_under_its_policy_and_drawn_without_a_complaint() {
    let Some(stage) = Stage::set("ladder = [\"shadow 40\", \"canary 10% 30\", \"native\"]\n").await else { return };
    for path in PATHS {
        let served = raw::get(stage.bridge.admin, path).await;
        let policy = served.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{path}: {policy}");
    }
    let page = stage.browser.page().await;
    for width in [1280, 400] {
        page.viewport(width, 900).await;
        for path in PATHS {
            open(&page, &stage.bridge, path).await;
            let wide = page.evaluate("document.documentElement.scrollWidth - innerWidth").await;
            assert!(wide.as_i64().unwrap() <= 0, "{path} at {width}: {wide} too wide");
            assert_eq!(page.complaints(), Vec::<String>::new(), "{path} at {width}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mode_that_is_set_on_the_page_is_in_force_for_the_next_request() {
    let Some(stage) = Stage::set("").await else { return };
    let before = raw::get(stage.bridge.address, PING).await;
    assert_eq!(before.header("x-cutover-variant"), Some("legacy"));
    let page = stage.page("/routes/ping").await;
    page.until_text(".route-title .mode", "legacy").await;
    page.select("form.set [name=mode]", "native").await;
    page.click("form.set button[type=submit]").await;
    page.type_text("dialog [name=why]", "it is only a ping").await;
    page.type_text("dialog [name=by]", "ann").await;
    page.click("dialog button[value=first]").await;
    page.until("the dialog is gone", "!document.querySelector('dialog')").await;
    let after = raw::get(stage.bridge.address, PING).await;
    assert_eq!((after.header("x-cutover-variant"), after.text().as_str()), (Some("native"), PONG));
    page.until_text(".route-title .mode", "native").await;
    page.until_text(".entry[data-action=set]", "by ann: it is only a ping").await;
    assert_eq!(journal(&stage.bridge).await, ["1 set ping legacy > native MANUAL by person"]);
    page.click("nav a[href='/journal']").await;
    page.until_text(".entry[data-action=set] .what a", "ping").await;
    page.until_text(".entry[data-action=set] .move", "native").await;
    page.click("nav a[href='/routes']").await;
    page.until_text("tr[data-route=ping] .mode", "native").await;
    calm(&page);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_found_by_its_place_and_shown_side_by_side() {
    let Some(stage) = Stage::set("mode = \"shadow\"\n").await else { return };
    stage.fault("dropped-field@ping");
    for _ in 0..3 {
        assert_eq!(raw::get(stage.bridge.address, PING).await.text(), PONG, "legacy answers");
    }
    let page = stage.page("/routes/ping").await;
    page.until_text(".place > summary", "/message").await;
    page.click(".place > summary").await;
    page.until_text(".case > summary", "GET /api/1/ping").await;
    page.click(".case > summary").await;
    page.until_text(".differences [data-side=actual]", "not there").await;
    let rows = "[...[...document.querySelectorAll('.sides')].at(-1).tBodies[0].rows]";
    let shown = page.evaluate(&format!("{rows}.map((row) => [...row.cells].map((cell) => cell.textContent))")).await;
    let expected = json!([
        ["1", "{", "1", "{"],
        ["2", "  \"result\": true,", "2", "  \"result\": true"],
        ["3", "  \"message\": \"\"", "", ""],
        ["4", "}", "3", "}"],
    ]);
    assert_eq!(shown, expected);
    page.until_text(".curl pre", PING).await;
    page.until_text(".tiles .mismatched", "3").await;
    calm(&page);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_that_begins_to_fail_under_load_is_seen_rolled_back_without_a_reload() {
    let Some(stage) = Stage::set("mode = \"canary\"\npercent = 50\n").await else { return };
    let users = Users::ask(&stage.bridge, 4, PING, PONG);
    let (page, overview) = (stage.page("/routes/ping").await, stage.page("/").await);
    for page in [&page, &overview] {
        page.evaluate("window.same = true").await;
    }
    page.until_text(".route-title .mode", "canary 50 %").await;
    eventually("some are answered natively", || async {
        (route(&stage.bridge, "ping").await["native"]["requests"].as_u64() >= Some(60)).then_some(())
    })
    .await;
    stage.fault("panic@ping");
    page.until_text(".notices .bad", "Rolled back by the guardrail errors").await;
    page.until_text(".route-title .mode", "legacy").await;
    page.until_text(".entry[data-action=rollback]", "canary 50 %").await;
    page.until_text(".entry[data-action=rollback]", "by the guardrail errors").await;
    overview.until_text(".attention [data-kind=tripped]", "ping was rolled back from canary 50% to legacy").await;
    overview.until_text(".toast.bad", "ping rolled back: canary 50 % → legacy, by the guardrail errors").await;
    overview.until_text("nav .number", "1").await;
    overview.until_text(".entry[data-action=rollback] .what a", "ping").await;
    for page in [&page, &overview] {
        assert_eq!(page.evaluate("window.same === true").await, true, "it was not loaded anew");
        calm(page);
    }
    assert!(
        users.end().await.iter().flatten().all(|(status, _)| *status == 200),
        "legacy answers what the handler fails"
    );
    // Re-arming it before its cool-down is over is refused, in the words of the bridge.
    page.click(".notices [data-action=rearm]").await;
    page.click("dialog button[value=first]").await;
    page.until_text("dialog .refusal", "cools down for").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_with_a_token_is_used_once_the_token_is_given() {
    const TOKEN: &str = "0123456789abcdef0123";
    let Some(browser) = Browser::start().await else { return };
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    let file = token_file(place.path(), TOKEN);
    let bridge = Setup::before(legacy.address).routes(&format!("[admin]\ntoken_file = {file:?}\n")).start_alone();
    let page = browser.page().await;
    page.open(&format!("http://{}/routes/ping", bridge.admin)).await;
    page.until("it is asked for, once", "document.querySelectorAll('dialog').length === 1").await;
    page.type_text("dialog [name=token]", "not this one, it is another").await;
    page.press("Enter").await;
    page.until_text("dialog", "The token was refused").await;
    page.type_text("dialog [name=token]", TOKEN).await;
    page.press("Enter").await;
    page.until("the page is drawn", DRAWN).await;
    page.until("nothing is asked any more", "!document.querySelector('dialog')").await;
    page.click("[data-action=hold]").await;
    page.type_text("dialog [name=by]", "ann").await;
    page.click("dialog button[value=first]").await;
    page.until_text(".notices", "Held by ann").await;
    assert_eq!(page.evaluate("document.cookie").await, "");
}

fn token_file(place: &Path, token: &str) -> String {
    let file = place.join("admin.token");
    std::fs::write(&file, format!("{token}\n")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    file.to_str().unwrap().to_owned()
}
