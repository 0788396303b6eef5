//! What is typed is not lost without a word: a page on which something is typed that was not sent asks before it is left.

use qualify_integration::{Browser, FORM_SETTINGS, House};
use serde_json::{Value, json};

use crate::browser::settled;

/// Whether the page, if it were left now, would ask.
async fn asks(browser: &Browser) -> bool {
    let leave = "const leaving = new Event('beforeunload', { cancelable: true }); dispatchEvent(leaving); \
                 return leaving.defaultPrevented";
    browser.ask(leave).await == Value::Bool(true)
}

/// Sends the form as far as the scripts of the page see, or has another script hold it back: it goes nowhere.
async fn pretend_to_send(browser: &Browser, is_held: bool) {
    let send = format!(
        "const form = document.getElementById('edited'); \
         form.addEventListener('submit', (event) => {is_held} && event.preventDefault(), {{ once: true }}); \
         form.dispatchEvent(new SubmitEvent('submit', {{ bubbles: true, cancelable: true }}))"
    );
    browser.ask(&send).await;
}

#[tokio::test]
async fn a_form_that_differs_from_how_it_came_is_not_left_without_a_question() {
    let house = House::open().await;
    let north = house.found("North").await;
    let browser = Browser::open().await;
    browser.sign_in(&house.url, &north.owner.email).await;
    let form = format!("{}/forms/{}", house.url, north.form);
    browser.show(&format!("{form}/settings")).await;
    assert!(!asks(&browser).await, "it is as it came");
    browser.fill("name", "!").await;
    assert!(asks(&browser).await, "typed");
    browser.fill("name", &thirtyfour::Key::Backspace.value().to_string()).await;
    assert!(!asks(&browser).await, "taken back");

    let tick = "document.getElementById('requires_token').click()";
    let choose = "document.getElementById('known_person').selectedIndex = 2";
    let write = "document.querySelector('[data-guard] textarea').value += '!'";
    let type_in = "document.querySelector('[data-guard] input[type=text]').value += '!'";
    let of_form = |part: &str| format!("{form}/{part}");
    for (at, change) in [
        (of_form("spam"), tick),
        (of_form("after"), choose),
        (of_form("notice"), write),
        (of_form("fields/email"), type_in),
        (of_form("fields/new?kind=choice"), write),
        (format!("{}/forms/new", house.url), type_in),
        (format!("{}/settings/score/rules/new", house.url), type_in),
        (format!("{}/leads/new", house.url), type_in),
    ] {
        browser.show(&at).await;
        assert!(!asks(&browser).await, "{at}: it is as it came");
        browser.ask(change).await;
        assert!(asks(&browser).await, "{at}");
        browser.ask("document.querySelector('[data-guard]').reset()").await;
        assert!(!asks(&browser).await, "{at}: it is as it came again");
    }
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_sent_is_let_go_and_what_came_back_with_faults_is_not_saved_yet() {
    let house = House::open().await;
    let north = house.found("North").await;
    let browser = Browser::open().await;
    browser.sign_in(&house.url, &north.owner.email).await;
    browser.show(&format!("{}/forms/{}/settings", house.url, north.form)).await;
    browser.fill("name", "!").await;
    pretend_to_send(&browser, true).await;
    assert!(asks(&browser).await, "held back");
    pretend_to_send(&browser, false).await;
    assert!(!asks(&browser).await, "sent");
    browser.fill("name", "!").await;
    assert!(asks(&browser).await, "typed since");

    let watch = "addEventListener('submit', () => { const leaving = new Event('beforeunload', { cancelable: true }); \
                 dispatchEvent(leaving); window.name = `asks: ${leaving.defaultPrevented}` })";
    browser.fill("name", &"x".repeat(101)).await;
    browser.ask(watch).await;
    browser.click("#edited .primary").await;
    settled(&browser, "document.readyState === 'complete' && document.getElementById('name-fault')").await;
    assert_eq!(browser.ask("return window.name").await, json!("asks: false"), "on its way");
    assert!(asks(&browser).await, "nothing is kept of it");
    browser.ask("document.getElementById('name').value = 'Fair'").await;
    browser.click("#edited .primary").await;
    settled(&browser, "document.readyState === 'complete' && location.search === '?said=saved'").await;
    assert!(!asks(&browser).await, "saved");
}

#[tokio::test]
async fn each_page_that_shows_what_was_typed_again_says_that_it_is_not_saved() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let form = format!("/forms/{}", north.form);
    let client = &mut north.owner.client;
    let rule = client.post("/settings/score/rules", &[("effect", "points")]).await;
    let field = client.post(&format!("{form}/fields/new"), &[("kind", "text")]).await;
    let new = client.post("/forms", &[]).await;
    let settings = client.post(&format!("{form}/settings"), &[("version", "1")]).await;
    let nobody = client.post("/leads/new", &[]).await;
    for answer in [rule, field, new, settings, nobody] {
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert!(answer.text().contains(" data-guard=\"unsaved\">"), "{}", answer.text());
    }
    let stale = [&FORM_SETTINGS[..], &[("version", "7")]].concat();
    let stale = client.post(&format!("{form}/settings"), &stale).await;
    let anna = [("email", "anna@example.com")];
    assert_eq!(client.post("/leads/new", &anna).await.status, 303);
    let alike = client.post("/leads/new", &anna).await;
    for answer in [stale, alike] {
        assert_eq!(answer.status, 409, "{}", answer.text());
        assert!(answer.text().contains(" data-guard=\"unsaved\">"), "{}", answer.text());
    }
    let page = client.get(&format!("{form}/settings")).await.text();
    assert!(page.contains(" data-guard=\"\">"), "{page}");
}
