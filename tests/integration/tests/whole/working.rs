//! Two members at work on one lead, in two browsers.

use std::time::Duration;

use qualify_integration::{Browser, House};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::capture::post_json;

async fn settled(browser: &Browser, condition: &str) {
    let deadline = Instant::now() + Duration::from_secs(15);
    while browser.ask(&format!("return Boolean({condition})")).await != Value::Bool(true) {
        assert!(Instant::now() < deadline, "never true: {condition}: {}", browser.page.source().await.unwrap());
        sleep(Duration::from_millis(20)).await;
    }
}

/// Finds and presses in one go: news may put a new element in the place of the old one at any time.
async fn press(browser: &Browser, selector: &str) {
    settled(browser, &format!("document.querySelector(\"{selector}\")")).await;
    browser.ask(&format!("document.querySelector(\"{selector}\").click()")).await;
}

const COMPANY: &str = "document.querySelector('#p-company .value')?.textContent";

#[tokio::test]
async fn of_two_who_change_one_field_the_second_is_shown_both_and_nothing_is_lost() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let lead = json!({"name": "Vera", "email": "vera@example.com"});
    assert_eq!(post_json(&house.client(), &north.public_id, None, &lead).await.status, 201);
    let lead = north.wait_for_leads(1).await.remove(0).id;
    let (hers, his) = tokio::join!(Browser::open(), Browser::open());
    for browser in [&hers, &his] {
        browser.sign_in(&house.url, &north.owner.email).await;
        browser.show(&format!("{}/leads/{lead}", house.url)).await;
        browser.click("#p-company [data-edit]").await;
        browser.wait_for("#p-company input[name=value]").await;
    }
    his.fill("value", "Lind & Co").await;
    // He looks elsewhere for a moment; what he typed waits for him, whatever news comes.
    his.ask("document.activeElement.blur()").await;
    hers.fill("value", "Berg").await;
    hers.click("#p-company form button").await;
    settled(&hers, &format!("{COMPANY} === 'Berg'")).await;
    settled(&his, "document.querySelectorAll('#timeline .entry').length === 2").await;
    assert_eq!(his.ask("return document.querySelector('#p-company [name=value]')?.value").await, "Lind & Co");

    his.click("#p-company form button").await;
    his.wait_for("#p-company .conflict").await;
    let told = his.ask("return document.querySelector('.conflict').textContent").await;
    for words in ["Odile Owner", "Berg", "Lind & Co"] {
        assert!(told.as_str().unwrap().contains(words), "{words}: {told}");
    }
    his.click("#p-company .conflict button").await;
    settled(&his, &format!("{COMPANY} === 'Lind & Co'")).await;
    settled(&hers, &format!("{COMPANY} === 'Lind & Co'")).await;

    // Giving the lead up asks why, in its place.
    let (gone, chosen) = ("#stage option:last-child", "document.querySelector('#reason')");
    hers.ask(&format!("const s = document.querySelector('#stage'); s.value = document.querySelector('{gone}').value; s.dispatchEvent(new Event('change', {{bubbles: true}}))")).await;
    settled(&hers, chosen).await;
    hers.ask("document.querySelector('#reason').selectedIndex = 2").await;
    press(&hers, "#standing form[action$='/stage'] button").await;
    settled(&hers, "document.querySelector('#timeline').textContent.includes('Not now')").await;

    // What she has unfolded stays so, whatever news comes meanwhile. A task is made, done and told of without leaving the page.
    press(&hers, "#tasks summary").await;
    let note = [("kind", "note"), ("note", "She called back")];
    assert_eq!(north.owner.client.post(&format!("/leads/{lead}/notes"), &note).await.status, 303);
    settled(&hers, "document.querySelector('#timeline').textContent.includes('She called back')").await;
    assert_eq!(hers.ask("return document.querySelector('#tasks details').open").await, true);
    hers.fill("title", "Say goodbye").await;
    press(&hers, "#tasks details button").await;
    settled(&hers, "document.querySelector('#tasks .task a')?.textContent === 'Say goodbye'").await;
    press(&hers, "#tasks .tick").await;
    settled(&hers, "document.querySelector('#tasks .done')").await;
    settled(&his, "document.querySelector('#timeline .finished')").await;
    let noted = his.console().await;
    assert!(
        noted.iter().all(|line| line.contains("409")),
        "the browser notes the conflict, and nothing else: {noted:?}"
    );
}
