//! The life of a membership, in two browsers: from the mail that proves an address to the click after the removal.

use std::time::Duration;

use qualify_integration::{Browser, House, PASSWORD};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::capture::post_json;

const OLGA: &str = "olga@north.example";
const HUGO: &str = "hugo@north.example";

async fn wait_for_path(browser: &Browser, path: &str) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let here = browser.page.current_url().await.unwrap();
        if here.path() == path {
            return;
        }
        assert!(Instant::now() < deadline, "{here} is not {path}");
        sleep(Duration::from_millis(20)).await;
    }
}

async fn status(browser: &Browser) -> Value {
    browser.ask("return performance.getEntriesByType('navigation')[0].responseStatus").await
}

/// The leads on the open list, by their names.
async fn listed(browser: &Browser) -> Value {
    browser
        .ask("return [...document.querySelectorAll('#leads [data-label]')].map(row => row.dataset.label).sort()")
        .await
}

async fn choose(browser: &Browser, field: &str, option: &str) {
    let chosen = format!("[name={field}] option[value='{option}']");
    browser.click(&chosen).await;
}

/// Signs up and proves the address by the link that was mailed to it.
async fn sign_up(browser: &Browser, house: &House) {
    browser.show(&format!("{}/sign-up", house.url)).await;
    for (field, text) in [("first_name", "Olga"), ("last_name", "Owner"), ("organization", "North"), ("email", OLGA)] {
        browser.fill(field, text).await;
    }
    browser.click("main form button").await;
    wait_for_path(browser, "/sign-up/sent").await;
    let mails = house.mails.wait(OLGA, 1).await;
    browser.show(&format!("{}/sign-up/{}", house.url, mails[0].link("sign-up"))).await;
    browser.fill("password", PASSWORD).await;
    browser.click("main form button").await;
    wait_for_path(browser, "/sign-in").await;
    browser.sign_in(&house.url, OLGA).await;
}

async fn invite(browser: &Browser, house: &House) {
    browser.show(&format!("{}/settings/members", house.url)).await;
    browser.fill("email", HUGO).await;
    browser.click("#invitations [name=manager]").await;
    browser.click("#invitations form .primary").await;
    browser.wait_for("#invitations td").await;
}

async fn accept(browser: &Browser, house: &House) {
    let mails = house.mails.wait(HUGO, 1).await;
    browser.show(&format!("{}/invitations/{}", house.url, mails[0].link("invitations"))).await;
    for (field, text) in [("first_name", "Hugo"), ("last_name", "Helper"), ("password", PASSWORD)] {
        browser.fill(field, text).await;
    }
    browser.click("main form button").await;
    wait_for_path(browser, "/sign-in").await;
    browser.sign_in(&house.url, HUGO).await;
}

/// Ticks the other role instead of the one that is ticked.
async fn change_role(browser: &Browser, member: &str, from: &str, to: &str) {
    browser.show(member).await;
    browser.click(&format!("[name={from}]")).await;
    browser.click(&format!("[name={to}]")).await;
    browser.click("form[action$='/roles'] .button").await;
    // The page that answers says so by the attribute; a tick of ours sets no attribute.
    browser.wait_for(&format!("[name={to}][checked]")).await;
}

#[tokio::test]
async fn a_member_is_verified_invited_restricted_demoted_and_removed() {
    let house = House::open().await;
    let (hers, his) = tokio::join!(Browser::open(), Browser::open());
    sign_up(&hers, &house).await;
    invite(&hers, &house).await;
    accept(&his, &house).await;
    assert_eq!(listed(&his).await, json!([]));

    // Two leads come in, one for each of them; a manager sees both.
    hers.show(&format!("{}/forms", house.url)).await;
    hers.click("a.tile").await;
    hers.click("nav.tabs a[href$='/embed']").await;
    hers.wait_for("[data-copy]").await;
    let form = hers.ask("return document.body.innerHTML.match(/\\/f\\/([0-9a-f-]{36})/)[1]").await;
    for (name, email) in [("Ada", "ada@example.com"), ("Bea", "bea@example.com")] {
        let lead = json!({"name": name, "email": email, "message": "Hello"});
        assert_eq!(post_json(&house.client(), form.as_str().unwrap(), None, &lead).await.status, 201);
        house.settle().await;
    }
    his.show(&format!("{}/leads", house.url)).await;
    assert_eq!(listed(&his).await, json!(["Ada", "Bea"]));
    hers.show(&format!("{}/settings/members", house.url)).await;
    let hugo = "return [...document.querySelectorAll('tr[data-row] a')].find(a => a.textContent.includes('Hugo')).href";
    let member = hers.ask(hugo).await.as_str().unwrap().to_owned();
    let (hugo, olga) = (member.rsplit('/').next().unwrap().to_owned(), user_of(&house, OLGA).await);
    for (name, owner) in [("Ada", &olga), ("Bea", &hugo)] {
        hers.show(&format!("{}/leads", house.url)).await;
        hers.click(&format!("#leads [data-label={name}] a")).await;
        hers.wait_for("#standing [name=owner]").await;
        choose(&hers, "owner", owner).await;
        hers.click("form[action$='/owner'] button").await;
        hers.wait_for(&format!("#standing [name=owner] option[value='{owner}'][selected]")).await;
    }

    // Restricted to an agent, he sees his own leads only, and knows of the other by no address either.
    change_role(&hers, &member, "manager", "agent").await;
    his.show(&format!("{}/leads", house.url)).await;
    assert_eq!(listed(&his).await, json!(["Bea"]));
    let ada = hers_lead(&hers, &house, "Ada").await;
    his.show(&ada).await;
    assert_eq!(status(&his).await, 404);

    // Demoted while he writes: his next click refuses, and changes nothing.
    his.show(&format!("{}/leads", house.url)).await;
    his.click("#leads [data-label=Bea] a").await;
    his.fill("note", "She wants an offer.").await;
    change_role(&hers, &member, "agent", "billing").await;
    his.click(".composer button").await;
    let deadline = Instant::now() + Duration::from_secs(20);
    while !refused(&his).await {
        assert!(Instant::now() < deadline, "the demoted member is not told: {}", his.page.source().await.unwrap());
        sleep(Duration::from_millis(50)).await;
    }
    his.show(&format!("{}/leads", house.url)).await;
    assert_eq!(status(&his).await, 403, "a click beyond his role is refused");
    let bea = hers_lead(&hers, &house, "Bea").await;
    hers.show(&bea).await;
    assert!(!hers.page.source().await.unwrap().contains("She wants an offer."));

    // Removed: his next click signs him out.
    his.show(&format!("{}/settings", house.url)).await;
    hers.show(&member).await;
    choose(&hers, "heir", &olga).await;
    hers.click("form[action$='/removal'] button").await;
    wait_for_path(&hers, "/settings/members").await;
    his.click(".rail a[href='/settings']").await;
    wait_for_path(&his, "/sign-in").await;
    assert!(!hers.page.source().await.unwrap().contains("Hugo"));
}

/// Whether the page says that something is beyond the member's role: as a toast over what was typed, or as a page.
async fn refused(browser: &Browser) -> bool {
    let words = "return document.body.innerText";
    browser.ask(words).await.as_str().is_some_and(|text| text.contains("You may not do this"))
}

async fn hers_lead(browser: &Browser, house: &House, name: &str) -> String {
    browser.show(&format!("{}/leads", house.url)).await;
    let address = format!("return document.querySelector('#leads [data-label={name}] a').href");
    browser.ask(&address).await.as_str().unwrap().to_owned()
}

async fn user_of(house: &House, email: &str) -> String {
    let found = sqlx::query_scalar("SELECT id::text FROM users WHERE email_norm = $1").bind(email);
    found.fetch_one(&mut house.superuser().await).await.unwrap()
}
