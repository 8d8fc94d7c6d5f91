//! The page that shows what the native routes take and give, in a real browser.

use crate::support::{
    browser::{launch::Browser, page::Page},
    pages::{contract, server::Pages},
};

async fn left(page: &Page, count: usize) {
    let are = format!("document.querySelectorAll('.operation').length === {count}");
    page.until(&format!("{count} are left"), &are).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_is_found_by_a_word_of_it_and_opens_to_what_it_takes_and_gives() {
    let Some(browser) = Browser::start().await else { return };
    let pages = Pages::start(contract::answer).await;
    let page = browser.page().await;
    page.open(&pages.url("/openapi")).await;
    left(&page, cutover::handlers::ALL.len()).await;
    page.type_text("input[type=search]", "tags_add").await;
    left(&page, 1).await;
    page.until("the address says so", "location.search === '?q=tags_add'").await;
    page.click("[data-operation=tags_add] > summary").await;
    page.until_text(".schema", "background_color").await;
    let told = page.text(".inside").await;
    for word in ["Body", "application/json, required", "like ^[0-9a-fA-F]{6}$", "Answers", "409", "any name"] {
        assert!(told.contains(word), "{word} is not in {told}");
    }
    page.evaluate("location.reload()").await;
    left(&page, 1).await;
    assert_eq!(page.complaints(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn those_in_a_mode_are_chosen_and_lead_to_their_routes() {
    let Some(browser) = Browser::start().await else { return };
    let pages = Pages::start(contract::answer).await;
    let page = browser.page().await;
    page.open(&pages.url("/openapi")).await;
    left(&page, cutover::handlers::ALL.len()).await;
    page.until("modes are there", "document.querySelector('.operation .mode') !== null").await;
    page.click("[data-mode=canary]").await;
    left(&page, 1).await;
    page.click(".operation .mode").await;
    page.until_text("h1", contract::ROUTE).await;
    page.click(".route-title a").await;
    page.until("it is shown again", "document.querySelector('[data-operation=tags_list]') !== null").await;
    assert_eq!(page.complaints(), Vec::<String>::new());
}
