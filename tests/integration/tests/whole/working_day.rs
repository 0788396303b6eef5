//! A working day of a member who never touches the mouse.

use std::time::Duration;

use qualify_integration::{Browser, House};
use serde_json::{Value, json};
use thirtyfour::Key;
use tokio::time::{Instant, sleep};

use crate::census::capture;

/// Somebody at a keyboard.
struct Hands<'a>(&'a Browser);

impl Hands<'_> {
    async fn settled(&self, condition: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.0.ask(&format!("return Boolean({condition})")).await != Value::Bool(true) {
            let page = self.0.page.source().await.unwrap();
            assert!(Instant::now() < deadline, "never true: {condition}: {page}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Types where the focus is: news may put another element in the place of the one that has it.
    async fn type_in(&self, text: &str) {
        self.0.page.action_chain().send_keys(text).perform().await.unwrap();
    }

    async fn press(&self, key: Key) {
        self.type_in(&key.value().to_string()).await;
    }

    /// Presses a key while Ctrl is held.
    async fn control(&self, key: &str) {
        let chain = self.0.page.action_chain().key_down(Key::Control).send_keys(key).key_up(Key::Control);
        chain.perform().await.unwrap();
    }

    /// Presses Tab until the focus is there.
    async fn go_to(&self, selector: &str) {
        self.settled(&format!("document.querySelector(\"{selector}\")")).await;
        for _ in 0..120 {
            if self.0.ask(&format!("return document.activeElement.matches(\"{selector}\")")).await == true {
                return;
            }
            self.press(Key::Tab).await;
        }
        let focused = self.0.ask("return document.activeElement.outerHTML").await;
        assert_eq!(focused, Value::Null, "Tab never comes to {selector}");
    }
}

#[tokio::test]
async fn a_working_day_is_done_by_keyboard_alone() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    for (name, email) in
        [("Zoé", "zoe@berg.example"), ("Anna Berg", "anna@berg.example"), ("Anna Berg", "a.berg@berg.example")]
    {
        capture(&house, &north.public_id, &json!({ "name": name, "email": email, "message": "Hello" })).await;
        house.settle().await;
        house.clock.advance(jiff::SignedDuration::from_secs(60));
    }
    north.wait_for_leads(3).await;
    let browser = Browser::open().await;
    browser.sign_in(&house.url, &north.owner.email).await;
    let hands = Hands(&browser);

    // The list, and its first lead.
    browser.wait_for("#leads [data-row]").await;
    hands.type_in("j").await;
    hands.settled("document.activeElement.matches('[data-row]')").await;
    hands.press(Key::Enter).await;
    hands.settled("document.querySelector('#timeline') && document.title.startsWith('Anna Berg')").await;

    // A note, a task, another stage.
    hands.go_to("#note").await;
    hands.type_in("Wants an offer by Friday.").await;
    hands.control(&Key::Enter.value().to_string()).await;
    hands.settled("document.querySelector('#timeline').textContent.includes('Wants an offer')").await;
    hands.go_to("#tasks summary").await;
    hands.press(Key::Enter).await;
    hands.go_to("#tasks [name=title]").await;
    hands.type_in("Send the offer").await;
    hands.press(Key::Enter).await;
    hands.settled("document.querySelector('#tasks .task a')?.textContent === 'Send the offer'").await;
    hands.go_to("#stage").await;
    hands.press(Key::Down).await;
    hands.settled("document.querySelector('#timeline').textContent.includes('In conversation')").await;

    // On to the next lead of the list; by the palette to the board.
    hands.press(Key::Escape).await;
    hands.settled("!document.activeElement.matches('select')").await;
    let first = browser.ask("return location.pathname").await;
    hands.type_in("j").await;
    hands.settled(&format!("location.pathname !== {first} && document.querySelector('#timeline')")).await;
    hands.control("k").await;
    hands.settled("document.activeElement.closest('#palette')").await;
    hands.type_in("board").await;
    hands.settled("document.querySelector('#palette [aria-selected=true]')").await;
    hands.press(Key::Enter).await;
    hands.settled("location.pathname === '/board' && document.querySelector('#board .board-card')").await;

    // A card goes on by one stage.
    hands.go_to("#board [data-label='Anna Berg'] [data-row]").await;
    let card = browser.ask("return document.activeElement.closest('.board-card').dataset.key").await;
    for key in [Key::Space, Key::Right, Key::Space] {
        hands.press(key).await;
    }
    let there = format!(
        "document.querySelectorAll('#board ol')[1].querySelector('[data-key={card}]') && !document.querySelector('.lifted')"
    );
    hands.settled(&there).await;
    hands.settled(&format!("document.activeElement.closest('[data-key={card}]')")).await;

    // It opens; it is one person with another lead, and the two become one, and two again.
    hands.press(Key::Enter).await;
    hands.settled("document.querySelector('#timeline')").await;
    hands.go_to("#duplicates a.button").await;
    hands.press(Key::Enter).await;
    hands.settled("document.querySelector('form.merge')").await;
    hands.go_to("form.merge .button.primary").await;
    hands.press(Key::Enter).await;
    hands.settled("document.querySelector('.notice form[action$=undo]')").await;
    assert_eq!(north.leads().await.len(), 2, "one is gone");
    hands.go_to(".notice form[action$=undo] button").await;
    hands.press(Key::Enter).await;
    hands.settled("document.querySelector('#duplicates')").await;
    north.wait_for_leads(3).await;
    assert_eq!(browser.console().await, Vec::<String>::new());
}
