//! Passkeys in a real browser, with an authenticator that is not.

use std::time::Duration;

use jiff::SignedDuration;
use qualify_integration::{Browser, House, Organization, PASSWORD, Plan};
use serde_json::json;
use tokio::time::{Instant, sleep};

const HERE: &str = "/settings/security/second-factor";

/// A browser whose owner has one passkey and is signed in.
struct Keyed {
    house: House,
    north: Organization,
    browser: Browser,
    authenticator: String,
}

impl Keyed {
    async fn new() -> Self {
        let house = House::built(Plan { named: true, ..Plan::default() }).await;
        let north = house.found("North").await;
        let browser = Browser::open().await;
        let authenticator = browser.add_authenticator().await;
        browser.sign_in(&house.url, &north.owner.email).await;
        browser.show(&format!("{}{HERE}", house.url)).await;
        browser.click("form[data-passkey=new] button").await;
        browser.wait_for("#recovery-codes").await;
        Self { house, north, browser, authenticator }
    }

    async fn sign_out(&self) {
        // Cookies go one by one. A page that asks for something between two of them would get new ones.
        self.browser.show(&format!("{}/privacy", self.house.url)).await;
        self.browser.page.delete_all_cookies().await.unwrap();
        self.browser.show(&format!("{}/sign-in", self.house.url)).await;
    }

    async fn ends_at(&self, path: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let here = self.browser.page.current_url().await.unwrap();
            let here = format!("{}{}", here.path(), here.query().map(|q| format!("?{q}")).unwrap_or_default());
            if here == path {
                return;
            }
            if Instant::now() >= deadline {
                let page = self.browser.ask("return document.body.innerText").await;
                unreachable!("{here} is not {path}: {page}, {:?}", self.browser.console().await);
            }
            sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn auth_14_a_passkey_alone_signs_in() {
    let keyed = Keyed::new().await;
    keyed.sign_out().await;
    keyed.browser.click("form[data-passkey] button").await;
    keyed.ends_at("/leads").await;
    assert_eq!(keyed.browser.console().await, Vec::<String>::new());
    keyed.browser.show(&format!("{}{HERE}", keyed.house.url)).await;
    let page = keyed.browser.page.source().await.unwrap();
    assert!(page.contains("Last used"), "the list tells of the use");
}

#[tokio::test]
async fn auth_16_a_passkey_confirms_who_it_is_and_a_question_on_the_page_leads_there() {
    let keyed = Keyed::new().await;
    keyed.browser.show(&format!("{}{HERE}", keyed.house.url)).await;
    keyed.house.clock.advance(SignedDuration::from_mins(11));
    keyed.browser.click("form[data-passkey=new] button").await;
    keyed.browser.wait_for("form[action='/confirm'] [name=code]").await;
    keyed.browser.click("form[action='/confirm/passkey'] button").await;
    keyed.ends_at(HERE).await;
    keyed.browser.verify_user(&keyed.authenticator, false).await;
    keyed.house.clock.advance(SignedDuration::from_mins(11));
    keyed.browser.show(&format!("{}{HERE}", keyed.house.url)).await;
    keyed.browser.click("form[action='/confirm/passkey'] button").await;
    keyed.browser.wait_for("form[action='/confirm/passkey'] [data-failed]:not([hidden])").await;
}

#[tokio::test]
async fn auth_14_a_passkey_is_the_second_factor_after_a_password() {
    let keyed = Keyed::new().await;
    keyed.sign_out().await;
    keyed.browser.fill("email", &keyed.north.owner.email).await;
    keyed.browser.fill("password", PASSWORD).await;
    keyed.browser.click("form[action='/sign-in'] button").await;
    keyed.browser.wait_for("form[action='/sign-in/second']").await;
    keyed.browser.click("form[data-passkey] button").await;
    keyed.ends_at("/leads").await;
}

#[tokio::test]
async fn auth_14_who_is_not_verified_by_their_authenticator_does_not_come_in() {
    let keyed = Keyed::new().await;
    keyed.browser.verify_user(&keyed.authenticator, false).await;
    keyed.sign_out().await;
    keyed.browser.click("form[data-passkey] button").await;
    keyed.browser.wait_for("form[data-passkey] [data-failed]:not([hidden])").await;
    assert!(keyed.browser.page.get_all_cookies().await.unwrap().is_empty());
}

#[tokio::test]
async fn auth_14_a_passkey_whose_counter_went_back_is_refused() {
    let keyed = Keyed::new().await;
    let mut passkey = keyed.browser.passkeys(&keyed.authenticator).await.remove(0);
    passkey["signCount"] = json!(100);
    keyed.browser.replace_passkeys(&keyed.authenticator, &passkey).await;
    keyed.sign_out().await;
    keyed.browser.click("form[data-passkey] button").await;
    keyed.ends_at("/leads").await;

    passkey["signCount"] = json!(10);
    keyed.browser.replace_passkeys(&keyed.authenticator, &passkey).await;
    keyed.sign_out().await;
    keyed.browser.click("form[data-passkey] button").await;
    keyed.ends_at("/sign-in?after=passkey").await;
    assert!(keyed.browser.page.get_all_cookies().await.unwrap().is_empty());
}

#[tokio::test]
async fn auth_14_a_removed_passkey_opens_nothing_and_the_password_is_enough_again() {
    let keyed = Keyed::new().await;
    keyed.browser.show(&format!("{}{HERE}", keyed.house.url)).await;
    keyed.browser.click("#passkeys li button").await;
    keyed.ends_at(&format!("{HERE}?saved=1")).await;
    keyed.sign_out().await;
    keyed.browser.click("form[data-passkey] button").await;
    keyed.ends_at("/sign-in?after=passkey").await;
    keyed.browser.sign_in(&keyed.house.url, &keyed.north.owner.email).await;
}

#[tokio::test]
async fn without_scripts_no_passkey_is_offered() {
    let house = House::built(Plan { named: true, ..Plan::default() }).await;
    let browser = Browser::with(&["--blink-settings=scriptEnabled=false"]).await;
    browser.show(&format!("{}/sign-in", house.url)).await;
    let form = browser.page.find(thirtyfour::By::Css("form[data-passkey]")).await.unwrap();
    assert!(!form.is_displayed().await.unwrap());
}
