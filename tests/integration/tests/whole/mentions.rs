//! Colleagues who are named in a note.

use qualify_domain::access::Role;
use qualify_integration::{Browser, House, Person};
use serde_json::json;
use thirtyfour::Key;

use crate::{
    api_calls::{furnished, make},
    browser::{send_json, settled},
};

async fn read_all(person: &mut Person) {
    assert_eq!(person.client.post("/notifications/read", &[]).await.status, 303);
}

async fn assert_mentioned_once(house: &House, person: &mut Person, words: &str) {
    house.settle().await;
    let bell = person.client.get("/notifications/count").await.text();
    assert!(bell.contains("data-count=\"1\""), "{}: {bell}", person.email);
    let page = person.client.get("/notifications").await.text();
    assert!(page.contains(words), "{}: {page}", person.email);
}

/// The names that are offered now.
fn offers(names: &str) -> String {
    format!(
        "[...document.querySelectorAll('#mentions:popover-open [role=option]:not([hidden])')]
            .map((option) => option.textContent).join() === '{names}'"
    )
}

/// Whom a key would take, as it is told to those who do not see it.
fn points_at(name: &str) -> String {
    format!(
        "document.getElementById(document.getElementById('note').getAttribute('aria-activedescendant'))?.textContent === '{name}'"
    )
}

fn note_says(words: &str) -> String {
    format!("document.getElementById('note').value === '{words}' && document.activeElement.id === 'note'")
}

#[tokio::test]
async fn a_program_that_names_members_tells_all_who_bear_the_name() {
    let house = House::open().await;
    let (north, program) = furnished(&house, "North").await;
    let mut namesakes = [
        house.join(&north, "mika@north.example", &[Role::Agent]).await,
        house.join(&north, "mika.member@north.example", &[Role::Agent]).await,
    ];
    let lead = make(&program, "anna@example.com").await;
    house.settle().await;
    for person in &mut namesakes {
        read_all(person).await;
    }
    let note = json!({ "text": "Please call them, @mika member." });
    assert_eq!(program.post(&format!("/api/v1/leads/{lead}/notes"), &note).await.status, 204);
    for person in &mut namesakes {
        assert_mentioned_once(&house, person, "You were mentioned").await;
    }
}

#[tokio::test]
async fn a_few_letters_find_a_colleague_to_mention() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let mut mika = house.join(&north, "mika@north.example", &[Role::Agent]).await;
    house.let_somebody_type();
    let mut elodie = house.join(&north, "elodie@north.example", &[Role::Agent]).await;
    house.sql("UPDATE users SET first_name = 'Élodie' WHERE id = $1", elodie.user.0).await;
    let vera = json!({"name": "Vera", "email": "vera@example.com", "message": "Hello"});
    assert_eq!(send_json(&house, &north.public_id, &vera).await.status, 201);
    let lead = north.wait_for_leads(1).await.remove(0).id;
    house.settle().await;
    for person in [&mut mika, &mut elodie] {
        read_all(person).await;
    }
    let browser = Browser::open().await;
    browser.sign_in(&house.url, &north.owner.email).await;
    browser.show(&format!("{}/leads/{lead}", house.url)).await;
    let note = browser.page.find(thirtyfour::By::Css("#note")).await.unwrap();
    let press = async |keys: &str| note.send_keys(keys).await.unwrap();
    let key = |key: Key| key.value().to_string();

    // Any word of a name; arrows go round, and the writer is not among them.
    press("@me").await;
    settled(&browser, &offers("Mika Member,Élodie Member")).await;
    settled(&browser, &points_at("Mika Member")).await;
    press(&key(Key::Down)).await;
    settled(&browser, &points_at("Élodie Member")).await;
    press(&key(Key::Down)).await;
    settled(&browser, &points_at("Mika Member")).await;
    press("mo").await;
    settled(&browser, &offers("")).await;
    assert_eq!(browser.ask("return document.getElementById('note').hasAttribute('role')").await, false);
    press(&key(Key::Backspace)).await;
    settled(&browser, &offers("Mika Member,Élodie Member")).await;

    // Escape declines, does not leave the field, and is not asked again.
    press(&key(Key::Escape)).await;
    settled(&browser, &offers("")).await;
    press("b").await;
    settled(&browser, &note_says("@memb")).await;
    assert_eq!(browser.ask(&format!("return {}", offers(""))).await, true);

    // A click takes, and so does Enter, which sends nothing yet.
    press(&key(Key::Backspace).repeat(5)).await;
    press("Please look, @EL").await;
    settled(&browser, &offers("Élodie Member")).await;
    browser.click("#mentions [role=option]:not([hidden])").await;
    settled(&browser, &note_says("Please look, @Élodie Member ")).await;
    press("or @mi").await;
    settled(&browser, &offers("Mika Member")).await;
    press(&key(Key::Enter)).await;
    settled(&browser, &note_says("Please look, @Élodie Member or @Mika Member ")).await;
    settled(&browser, &offers("")).await;
    press(&format!("{}{}", Key::Control.value(), Key::Enter.value())).await;
    let marked = "[...document.querySelectorAll('#timeline .mention')].map((one) => one.textContent).join()";
    settled(&browser, &format!("{marked} === '@Élodie Member,@Mika Member'")).await;
    for person in [&mut mika, &mut elodie] {
        assert_mentioned_once(&house, person, "Odile Owner mentioned you").await;
    }
    assert_eq!(browser.console().await, Vec::<String>::new());
}
