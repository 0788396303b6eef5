//! What comes while one looks at another part of the list: a pill counts it, and leads to it.

use qualify_integration::{Browser, House, Organization};
use serde_json::json;

use crate::browser::{send_json, settled};

async fn arrive(house: &House, north: &Organization, name: &str) {
    house.let_somebody_type();
    let lead = json!({"name": name, "email": format!("{name}@example.com"), "message": "Hello"});
    assert_eq!(send_json(house, &north.public_id, &lead).await.status, 201);
    house.settle().await;
}

/// Shows a part of the list in which Berta stands alone, and waits until it hears of what comes: the bell is asked for
/// after the stream is.
async fn show_berta(browser: &Browser, house: &House, query: &str, leads: usize) {
    browser.show(&format!("{}/leads?{query}", house.url)).await;
    assert_eq!(browser.ask(SHOWN).await, "Berta");
    settled(browser, &format!("document.querySelector('#bell[data-count=\"{leads}\"]')")).await;
}

const SHOWN: &str = "return [...document.querySelectorAll('#leads [data-key]')].map((row) => row.dataset.label).join()";

fn pill_says(words: &str) -> String {
    format!("document.querySelector('#pill:not([hidden])')?.textContent.trim() === '{words}'")
}

#[tokio::test]
async fn a_pill_counts_each_lead_that_came_once_and_leads_to_it() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    for name in ["Anna", "Berta"] {
        arrive(&house, &north, name).await;
    }
    let rows = north.wait_for_leads(2).await;
    let (berta, anna) = (&rows[0].id, &rows[1].id);
    let browser = Browser::open().await;
    browser.sign_in(&house.url, &north.owner.email).await;

    // Beyond the beginning of a list by name, with two columns of times. That something happens to a known lead is no news.
    let beyond = format!("columns=created,last_activity&sort=name&after=name~~{anna}~sanna");
    show_berta(&browser, &house, &beyond, 2).await;
    let noted = north.owner.client.post(&format!("/leads/{berta}/notes"), &[("note", "Called.")]).await;
    assert_eq!(noted.status, 303, "{}", noted.text());
    arrive(&house, &north, "Clara").await;
    settled(&browser, &pill_says("1 new lead")).await;
    // Whoever counted the note, or a lead once for each of its times, would never say two.
    arrive(&house, &north, "Dora").await;
    settled(&browser, &pill_says("2 new leads")).await;
    assert_eq!(browser.ask(SHOWN).await, "Berta", "nothing is pushed away");
    browser.click("#pill").await;
    settled(&browser, "document.querySelectorAll('#leads [data-key]').length === 4").await;
    assert_eq!(browser.ask(SHOWN).await, "Dora,Clara,Berta,Anna", "the newest first");
    let columns = "return new URLSearchParams(location.search).get('columns')";
    assert_eq!(browser.ask(columns).await, "created,last_activity", "looked at as before");

    // In a search, without any time to see. Without the search there is nothing to remind of.
    show_berta(&browser, &house, "columns=email&q=berta", 4).await;
    arrive(&house, &north, "Emil").await;
    settled(&browser, &pill_says("1 new lead")).await;
    browser.ask("const q = document.getElementById('q'); q.value = ''; q.dispatchEvent(new Event('input', { bubbles: true }))").await;
    settled(&browser, "document.querySelectorAll('#leads [data-key]').length === 5").await;
    settled(&browser, "document.getElementById('pill').hidden").await;
    assert_eq!(browser.console().await, Vec::<String>::new());
}
