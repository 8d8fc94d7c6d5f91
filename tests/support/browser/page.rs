//! One page: what a person would do with it, and what it says.

use std::sync::Arc;

use serde_json::{Value, json};

use super::devtools::Devtools;
use crate::support::eventually;

/// What the system prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Light,
    Dark,
}

/// A page of a browser. Selectors are CSS; scripts are expressions.
pub struct Page {
    devtools: Arc<Devtools>,
    session: String,
}

impl Page {
    pub(super) async fn new(devtools: Arc<Devtools>, session: &str) -> Self {
        let page = Self { devtools, session: session.to_owned() };
        for domain in ["Page", "Runtime", "Log"] {
            page.call(&format!("{domain}.enable"), json!({})).await;
        }
        page.viewport(1280, 900).await;
        page.scheme(Scheme::Light).await;
        page
    }

    /// Goes to an address and waits until it is loaded.
    pub async fn open(&self, url: &str) {
        // The old document stays complete for a while; the mark goes with it.
        let _ = self.try_evaluate("window.leaving = true").await;
        let gone = self.call("Page.navigate", json!({"url": url})).await;
        assert!(gone["errorText"].is_null(), "{url}: {}", gone["errorText"]);
        self.until("the page is loaded", "!window.leaving && document.readyState === 'complete'").await;
    }

    /// The value of an expression, a promise's if it is one.
    pub async fn evaluate(&self, script: &str) -> Value {
        self.try_evaluate(script).await.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Waits until an expression is true of the page, and gives its value. An error, as between two documents, is not yet.
    pub async fn until(&self, what: &str, condition: &str) -> Value {
        eventually(what, || async { self.try_evaluate(condition).await.ok().filter(truthy) }).await
    }

    /// Waits until an element is there, and gives its text as it is shown.
    pub async fn text(&self, selector: &str) -> String {
        let there = format!("document.querySelector({}) !== null", json!(selector));
        self.until(selector, &there).await;
        let text = self.evaluate(&shown(selector)).await;
        text.as_str().unwrap().to_owned()
    }

    /// Waits until an element shows a text.
    pub async fn until_text(&self, selector: &str, text: &str) {
        let shows = format!("{}.includes({})", shown(selector), json!(text));
        self.until(&format!("{selector} shows {text:?}"), &shows).await;
    }

    /// Clicks where the middle of an element is, once it is there and nothing lies over it.
    pub async fn click(&self, selector: &str) {
        let place = format!(
            "(() => {{
                const element = document.querySelector({});
                if (!element || element.disabled) return null;
                element.scrollIntoView({{block: 'center', behavior: 'instant'}});
                const box = element.getBoundingClientRect();
                const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
                const top = document.elementFromPoint(x, y);
                return top && (element.contains(top) || top.contains(element)) ? [x, y] : null;
            }})()",
            json!(selector)
        );
        let place = self.until(&format!("{selector} can be clicked"), &place).await;
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", event).await;
        }
    }

    /// Types into a field, in place of what is in it.
    pub async fn type_text(&self, selector: &str, text: &str) {
        self.click(selector).await;
        self.evaluate(&format!("document.querySelector({}).select()", json!(selector))).await;
        self.call("Input.insertText", json!({"text": text})).await;
    }

    /// Chooses an option of a select.
    pub async fn select(&self, selector: &str, value: &str) {
        self.text(selector).await;
        let script = format!(
            "(() => {{
                const element = document.querySelector({});
                element.value = {};
                element.dispatchEvent(new Event('change', {{bubbles: true}}));
            }})()",
            json!(selector),
            json!(value)
        );
        self.evaluate(&script).await;
    }

    /// Presses a key by its name in `KeyboardEvent.key`: `Tab`, `Enter`, `Escape`, or a character.
    pub async fn press(&self, key: &str) {
        let code = match key {
            "Tab" => 9,
            "Enter" => 13,
            "Escape" => 27,
            _ => 0,
        };
        let text = match key {
            "Enter" => "\r",
            "Tab" | "Escape" => "",
            character => character,
        };
        let down = json!({"type": "keyDown", "key": key, "text": text, "windowsVirtualKeyCode": code});
        self.call("Input.dispatchKeyEvent", down).await;
        let up = json!({"type": "keyUp", "key": key, "windowsVirtualKeyCode": code});
        self.call("Input.dispatchKeyEvent", up).await;
    }

    /// How large the page is shown, in CSS pixels.
    pub async fn viewport(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// What the system prefers. Motion is always reduced: a test does not wait for an animation.
    pub async fn scheme(&self, scheme: Scheme) {
        let scheme = if scheme == Scheme::Dark { "dark" } else { "light" };
        let features = json!([
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        self.call("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    /// What the page complained of so far: exceptions, errors and warnings of the console, what the policy blocked.
    pub fn complaints(&self) -> Vec<String> {
        self.devtools.events(&self.session).iter().filter_map(complaint).collect()
    }

    async fn try_evaluate(&self, script: &str) -> Result<Value, String> {
        let params = json!({"expression": script, "awaitPromise": true, "returnByValue": true, "userGesture": true});
        let mut said = self.devtools.ask(Some(&self.session), "Runtime.evaluate", params).await?;
        match said.get("exceptionDetails") {
            Some(thrown) => Err(exception(thrown)),
            None => Ok(said["result"]["value"].take()),
        }
    }

    async fn call(&self, method: &str, params: Value) -> Value {
        self.devtools.call(Some(&self.session), method, params).await
    }
}

/// The text of an element as it is shown, with plain blanks for those that do not break.
fn shown(selector: &str) -> String {
    format!(r"document.querySelector({}).innerText.replaceAll('\u00a0', ' ')", json!(selector))
}

fn truthy(value: &Value) -> bool {
    !(value.is_null() || value == false || value == 0 || value == "")
}

fn exception(thrown: &Value) -> String {
    thrown["exception"]["description"].as_str().or(thrown["text"].as_str()).unwrap_or("an exception").to_owned()
}

fn complaint(event: &Value) -> Option<String> {
    let params = &event["params"];
    match event["method"].as_str()? {
        "Runtime.exceptionThrown" => Some(exception(&params["exceptionDetails"])),
        "Runtime.consoleAPICalled" if params["type"] == "error" || params["type"] == "warning" => {
            Some(params["args"].to_string())
        }
        "Log.entryAdded" => {
            let entry = &params["entry"];
            let level = entry["level"].as_str()?;
            let text = entry["text"].as_str()?;
            (level == "error" || level == "warning").then(|| format!("{text} {}", entry["url"].as_str().unwrap_or("")))
        }
        _ => None,
    }
}
