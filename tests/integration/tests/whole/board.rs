//! The board: over HTTP, and in a browser by mouse and by keyboard.

use std::time::Duration;

use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{Answer, Browser, House, Organization, Plan};
use reqwest::Method;
use serde_json::{Value, json};
use thirtyfour::Key;
use tokio::time::{Instant, sleep};

use crate::{api_calls, census::capture};

async fn furnished(house: &House) -> Organization {
    let mut north = house.found("North").await;
    for name in ["Anna", "Berta", "Clara"] {
        let email = format!("{}@example.com", name.to_lowercase());
        capture(house, &north.public_id, &json!({ "name": name, "email": email })).await;
        house.settle().await;
        house.clock.advance(jiff::SignedDuration::from_secs(60));
    }
    north.wait_for_leads(3).await;
    north
}

/// The names in each column that has cards.
fn columns(page: &Answer) -> Vec<Vec<String>> {
    let text = page.text();
    let columns = text.split("<ol class=\"board-cards\"").skip(1).map(|column| column.split("</ol>").next().unwrap());
    let names = |column: &str| -> Vec<String> {
        column.split("data-label=\"").skip(1).map(|card| card.split('"').next().unwrap().to_owned()).collect()
    };
    columns.map(names).filter(|names| !names.is_empty()).collect()
}

#[tokio::test]
async fn the_board_shows_what_its_address_asks_for() {
    let house = House::open().await;
    let mut north = furnished(&house).await;
    let client = &mut north.owner.client;
    let page = client.get("/board").await;
    assert_eq!(columns(&page), [["Clara", "Berta", "Anna"]]);
    assert_eq!(page.text().matches("class=\"board-column\"").count(), 5);
    assert_eq!(columns(&client.get("/board?q=ann").await), [["Anna"]]);
    let filter = r#"{"field":"name","op":"begins_with","value":"b"}"#;
    let filter = form_urlencoded::byte_serialize(filter.as_bytes()).collect::<String>();
    let page = client.get(&format!("/board?filter={filter}")).await;
    assert_eq!(columns(&page), [["Berta"]]);
    assert!(page.text().contains("href=\"/leads?filter="), "the same leads are there as a list");

    let settings = r#"{"layout":"board"}"#;
    let kept = client.post("/views", &[("name", "Funnel"), ("settings", settings)]).await;
    let view = kept.location().to_owned();
    let board = client.get(&view).await.location().to_owned();
    assert_eq!(board, view.replace("/leads?", "/board?"), "a view that is a board opens as one");
    assert_eq!(columns(&client.get(&board).await), [["Clara", "Berta", "Anna"]]);
    for wrong in ["column=x", "below=x", "below=8~x", "filter=x"] {
        assert_eq!(client.get(&format!("/board?{wrong}")).await.status, 400, "{wrong}");
    }
    assert_eq!(client.get(&format!("/board?column={}", uuid::Uuid::from_u128(9))).await.status, 422);
}

#[tokio::test]
async fn a_program_gives_a_lead_up_with_a_reason_and_puts_it_beside_another() {
    let house = House::open().await;
    let mut north = furnished(&house).await;
    let rows = north.wait_for_leads(3).await;
    let id = |name: &str| rows.iter().find(|row| row.label == name).unwrap().id.clone();
    let program = house.program(&north.owner, Role::Owner, &[KeyScope::LeadsRead, KeyScope::LeadsWrite]).await;
    let stages = program.get("/api/v1/stages").await.json();
    let of_kind = |kind: &str| {
        let all = stages["items"].as_array().unwrap();
        all.iter().find(|stage| stage["kind"] == kind).unwrap()["id"].clone()
    };
    let send = async |lead: &str, version: &str, body: Value| {
        let request = program.request(Method::POST, &format!("/api/v1/leads/{lead}/stage"));
        program.ask(request.header("if-match", format!("\"{version}\"")).json(&body)).await
    };
    let reasons = program.get("/api/v1/reasons").await.json();
    let reason = reasons["items"][0]["id"].clone();
    assert_eq!(send(&id("Anna"), "1", json!({ "stage": of_kind("disqualified") })).await.status, 422);
    let given_up = json!({ "stage": of_kind("disqualified"), "reason": reason, "note": "Too small" });
    assert_eq!(send(&id("Anna"), "1", given_up).await.status, 200);
    let both = json!({ "stage": of_kind("open"), "above": id("Clara"), "below": id("Clara") });
    assert_eq!(send(&id("Berta"), "1", both).await.status, 422);
    let above = json!({ "stage": of_kind("open"), "above": id("Clara") });
    assert_eq!(send(&id("Berta"), "1", above).await.status, 200);
    let page = north.owner.client.get("/board").await;
    assert_eq!(columns(&page), [vec!["Berta", "Clara"], vec!["Anna"]]);
}

/// How many cards each column says it has.
fn counts(page: &Answer) -> Vec<String> {
    let text = page.text();
    let columns = text.split("class=\"board-column\"").skip(1);
    let count = |column: &str| {
        let (_, after) = column.split_once("<span class=\"quiet number\">").unwrap();
        after.split_once('<').unwrap().0.to_owned()
    };
    columns.map(count).collect()
}

/// Makes so many other leads that stand where that one does.
async fn copy(house: &House, lead: &str, times: i32) {
    let copies = "INSERT INTO leads (organization_id, id, version, email, stage_id, source, source_key_id, legal_basis,
            first_touch, last_touch, created_at, last_submission_at, stage_entered_at, last_activity_at, rank)
        SELECT organization_id, gen_random_uuid(), version, email, stage_id, source, source_key_id, legal_basis,
            first_touch, last_touch, created_at, last_submission_at, stage_entered_at, last_activity_at, rank
        FROM leads, generate_series(1, $2) WHERE id = $1::uuid";
    sqlx::query(copies).bind(lead).bind(times).execute(&mut house.superuser().await).await.unwrap();
}

#[tokio::test]
async fn a_column_counts_its_cards_exactly_to_10_000_and_then_says_that_there_are_more() {
    // Nobody is to score so many leads.
    let house = House::built(Plan { works: false, ..Plan::default() }).await;
    let (mut north, program) = api_calls::furnished(&house, "North").await;
    let lead = api_calls::make(&program, "anna@example.com").await;
    let pipeline = program.get("/api/v1/pipelines").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    for (others, english, french, more) in
        [(9_999, "10,000", "10\u{202f}000", false), (1, "10,000+", "10\u{202f}000+", true)]
    {
        copy(&house, &lead, others).await;
        for (language, shown) in [("en", english), ("fr", french)] {
            let client = &mut north.owner.client;
            assert_eq!(client.post("/settings/profile/language", &[("language", language)]).await.status, 303);
            assert_eq!(counts(&client.get("/board").await), [shown, "0", "0", "0", "0"], "{language}");
        }
        let board = program.get(&format!("/api/v1/pipelines/{pipeline}/board")).await.json();
        let column = &board["columns"][0];
        assert_eq!((&column["count"], &column["more"]), (&json!(10_000), &json!(more)), "{column}");
        let (shown, next) = (column["items"].as_array().unwrap().len(), &column["next"]);
        assert!(shown < 10_000 && next.is_string(), "the cards come in parts: {shown}, {next}");
        assert_eq!((&board["columns"][1]["count"], &board["columns"][1]["more"]), (&json!(0), &json!(false)));
    }
}

async fn settled(browser: &Browser, condition: &str) {
    let deadline = Instant::now() + Duration::from_secs(15);
    while browser.ask(&format!("return Boolean({condition})")).await != Value::Bool(true) {
        assert!(Instant::now() < deadline, "never true: {condition}: {}", browser.page.source().await.unwrap());
        sleep(Duration::from_millis(20)).await;
    }
}

/// Presses keys where the focus is: news may put another element in the place of the one that has it.
async fn press(browser: &Browser, keys: &[Key]) {
    for key in keys {
        browser.page.action_chain().send_keys(key.value().to_string()).perform().await.unwrap();
    }
}

/// Where the middle of a card is on the screen.
async fn middle(browser: &Browser, name: &str) -> (i64, i64) {
    let place = format!(
        "const r = document.querySelector('#board [data-label={name}]').getBoundingClientRect(); \
         return [Math.round(r.x + r.width / 2), Math.round(r.y + r.height / 2)]"
    );
    let [x, y] = serde_json::from_value(browser.ask(&place).await).unwrap();
    (x, y)
}

/// The names in a column, in order, once the board is at rest.
fn stands(column: usize, names: &[&str]) -> String {
    let names = json!(names).to_string();
    format!(
        "!document.querySelector('#board .lifted') && JSON.stringify([...document.querySelectorAll('#board ol')[{column}].querySelectorAll('.board-card')].map(card => card.dataset.label)) === '{names}'"
    )
}

#[tokio::test]
async fn cards_are_moved_by_keyboard_and_by_mouse_and_never_past_somebody_elses_move() {
    let house = House::open().await;
    let north = furnished(&house).await;
    let (hers, his) = tokio::join!(Browser::open(), Browser::open());
    for browser in [&hers, &his] {
        browser.sign_in(&house.url, &north.owner.email).await;
        browser.show(&format!("{}/board", house.url)).await;
        browser.widen(1280).await;
        settled(browser, &stands(0, &["Clara", "Berta", "Anna"])).await;
    }
    // By keyboard: down one card, lifted, two columns on, put down. The other browser sees it.
    hers.ask("document.querySelector('#board [data-label=Clara] [data-row]').focus()").await;
    press(&hers, &[Key::Down, Key::Space, Key::Right, Key::Right, Key::Space]).await;
    settled(&hers, &stands(2, &["Berta"])).await;
    settled(&hers, "document.activeElement.closest('[data-label=Berta]')").await;
    settled(&his, &stands(2, &["Berta"])).await;
    // Lifted and put back: nothing has happened.
    press(&hers, &[Key::Space, Key::Left, Key::Escape]).await;
    settled(&hers, &stands(2, &["Berta"])).await;

    // By mouse, within the column: his lead goes below the other one, and does not open.
    let ((x, y), (to_x, to_y)) = (middle(&his, "Clara").await, middle(&his, "Anna").await);
    let pull = his.page.action_chain().move_to(x, y).click_and_hold().move_to(x, y + 10).move_to(to_x, to_y + 12);
    pull.release().perform().await.unwrap();
    settled(&his, &stands(0, &["Anna", "Clara"])).await;
    settled(&hers, &stands(0, &["Anna", "Clara"])).await;
    assert_eq!(his.ask("return location.pathname").await, "/board");

    // Into the last column: it asks why, and takes no for an answer.
    hers.ask("document.querySelector('#board [data-label=Anna] [data-row]').focus()").await;
    let to_the_end = [Key::Space, Key::Right, Key::Right, Key::Right, Key::Right, Key::Enter];
    press(&hers, &to_the_end).await;
    settled(&hers, "document.getElementById('give-up').open").await;
    press(&hers, &[Key::Escape]).await;
    settled(&hers, &stands(0, &["Anna", "Clara"])).await;
    press(&hers, &to_the_end).await;
    settled(&hers, "document.getElementById('give-up').open").await;
    hers.ask("document.getElementById('give-up-reason').selectedIndex = 1; document.querySelector('#give-up .primary').click()").await;
    settled(&hers, &stands(4, &["Anna"])).await;
    settled(&his, &stands(4, &["Anna"])).await;

    // The same card in two hands: the second is told, and the card stands where the first put it.
    his.ask("document.querySelector('#board [data-label=Clara] [data-row]').focus()").await;
    press(&his, &[Key::Space]).await;
    hers.ask("document.querySelector('#board [data-label=Clara] [data-row]').focus()").await;
    press(&hers, &[Key::Space, Key::Right, Key::Enter]).await;
    settled(&hers, &stands(1, &["Clara"])).await;
    press(&his, &[Key::Right, Key::Right, Key::Right, Key::Enter]).await;
    settled(&his, "document.querySelector('.toast')").await;
    settled(&his, &stands(1, &["Clara"])).await;
    let noted = his.console().await;
    assert!(noted.iter().all(|line| line.contains("409")), "the browser notes the conflict only: {noted:?}");
}
