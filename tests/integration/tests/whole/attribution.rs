//! Where a person came from, the first time and the latest: carried by the hosted page without scripts, told on the page of
//! the lead.

use jiff::SignedDuration;
use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{Answer, House, Organization, Plan};
use reqwest::Method;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::capture::post_form;

/// What the page carries unseen.
fn carried(page: &Answer) -> Vec<(String, String)> {
    let text = page.text();
    let fields = text.split("<input type=\"hidden\" name=\"").skip(1).map(|field| {
        let (name, rest) = field.split_once("\" value=\"").unwrap();
        (name.to_owned(), rest.split('"').next().unwrap().to_owned())
    });
    fields.collect()
}

/// Somebody follows a link from a page to the form, fills it and sends it.
async fn comes(house: &House, north: &Organization, email: &str, link: &str, from: &str) {
    let visitor = house.client();
    let request = visitor.request(Method::GET, &format!("/f/{}{link}", north.public_id)).header("accept", "text/html");
    let request = if from.is_empty() { request } else { request.header("referer", from) };
    let page = visitor.ask(request).await;
    assert_eq!(page.status, 200, "{}", page.text());
    house.let_somebody_type();
    let carried = carried(&page);
    let mut fields: Vec<(&str, &str)> = carried.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.push(("email", email));
    let sent = post_form(&visitor, &north.public_id, &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    house.worker.drain(&CancellationToken::new()).await.unwrap();
    house.clock.advance(SignedDuration::from_mins(2));
}

/// What the page tells under that heading, if it has it.
fn told(page: &str, heading: &str) -> Option<Vec<(String, String)>> {
    let (_, after) = page.split_once(&format!("<h2>{heading}</h2>"))?;
    let section = after.split("<div class=\"section\">").next()?;
    let facts = section.split("<div><dt>").skip(1).filter_map(|fact| {
        let (word, rest) = fact.split_once("</dt><dd>")?;
        Some((word.to_owned(), rest.split("</dd>").next()?.to_owned()))
    });
    Some(facts.collect())
}

fn facts(facts: &[(&str, &str)]) -> Vec<(String, String)> {
    facts.iter().map(|&(word, value)| (word.to_owned(), value.to_owned())).collect()
}

const FIRST: [(&str, &str); 6] = [
    ("Source", "fair"),
    ("Medium", "stand"),
    ("Campaign", "winter"),
    ("Landed on", "shop.example/ovens"),
    ("Referrer", "search.example/find"),
    ("Google click", "g-1"),
];
const FIRST_LINK: &str = "?utm_source=fair&utm_medium=stand&utm_campaign=winter&gclid=g-1\
    &_landing=https%3A%2F%2Fshop.example%2Fovens%3Fsecret%3D1";

#[tokio::test]
async fn dat_3_a_lead_tells_of_the_first_visit_and_of_the_latest() {
    let house = House::built(Plan { works: false, ..Plan::default() }).await;
    let mut north = house.found("North").await;
    comes(&house, &north, "anna@example.com", FIRST_LINK, "https://search.example/find?q=secret").await;
    let lead = north.wait_for_leads(1).await.remove(0).id;
    let here = format!("/leads/{lead}");
    let page = north.owner.client.get(&here).await.text();
    assert_eq!(told(&page, "First visit"), Some(facts(&FIRST)), "{page}");
    assert_eq!(told(&page, "Latest visit"), None, "there was one visit only");

    comes(&house, &north, "anna@example.com", "?utm_source=newsletter&fbclid=f-2", "https://news.example/").await;
    assert_eq!(north.wait_for_leads(1).await.remove(0).id, lead);
    let second = [("Source", "newsletter"), ("Referrer", "news.example"), ("Facebook click", "f-2")];
    let page = north.owner.client.get(&here).await.text();
    assert_eq!(told(&page, "First visit"), Some(facts(&FIRST)), "the first one stays the first");
    assert_eq!(told(&page, "Latest visit"), Some(facts(&second)), "{page}");

    comes(&house, &north, "anna@example.com", "?utm_source=partner&utm_term=ovens&msclkid=m-3", "").await;
    let third = [("Source", "partner"), ("Term", "ovens"), ("Microsoft click", "m-3")];
    let page = north.owner.client.get(&here).await.text();
    assert_eq!(told(&page, "First visit"), Some(facts(&FIRST)));
    assert_eq!(told(&page, "Latest visit"), Some(facts(&third)), "{page}");
    assert!(!page.contains("secret"), "no page is kept with its query");

    let program = house.program(&north.owner, Role::Owner, &[KeyScope::LeadsRead]).await;
    let lead = program.get(&format!("/api/v1/leads/{lead}")).await.json();
    assert_eq!(lead["first_touch"]["referrer"], "https://search.example/find", "{lead}");
    assert_eq!(
        (&lead["first_touch"]["utm_source"], &lead["last_touch"]["utm_source"], &lead["last_touch"]["msclkid"]),
        (&json!("fair"), &json!("partner"), &json!("m-3"))
    );
}

#[tokio::test]
async fn of_a_visit_from_nowhere_nothing_is_told_until_one_from_somewhere() {
    let house = House::built(Plan { works: false, ..Plan::default() }).await;
    let mut north = house.found("North").await;
    comes(&house, &north, "anna@example.com", "", "").await;
    let here = format!("/leads/{}", north.wait_for_leads(1).await.remove(0).id);
    let page = north.owner.client.get(&here).await.text();
    assert_eq!(told(&page, "First visit"), Some(facts(&[])));
    assert!(page.contains("Nothing is known about it.") && !page.contains("Latest visit"), "{page}");

    comes(&house, &north, "anna@example.com", "?utm_source=fair", "").await;
    let page = north.owner.client.get(&here).await.text();
    assert!(page.contains("Nothing is known about it."), "of the first, as before: {page}");
    assert_eq!(told(&page, "Latest visit"), Some(facts(&[("Source", "fair")])));
    let speaks = north.owner.client.post("/settings/profile/language", &[("language", "fr")]).await;
    assert_eq!(speaks.status, 303);
    let page = north.owner.client.get(&here).await.text();
    assert_eq!(told(&page, "Dernière visite"), Some(facts(&[("Source", "fair")])), "{page}");
}
