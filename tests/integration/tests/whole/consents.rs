//! What a person agreed to, as their lead tells it: on its page and through the API.

use jiff::SignedDuration;
use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{Client, House, Organization, ProgramClient};
use serde_json::{Value, json};

use crate::{api_calls::make, forms::send};

const NEWS: &str = "News, please.";
const FRIENDS: &str = "Tell your friends.";

/// A form with a box for news and one for handing the answers on: its id and its address.
async fn form(north: &mut Organization) -> (String, String) {
    let form = north.new_form(&[("consent_email_marketing", NEWS), ("consent_sharing", FRIENDS)]).await;
    let public_id = north.public_id_of(&form).await;
    (form, public_id)
}

/// Fills a form, and waits until the lead has it.
async fn fill(house: &House, public_id: &str, fields: &[(&str, &str)]) {
    house.clock.advance(SignedDuration::from_mins(2));
    let sent = send(&house.client(), public_id, fields).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    house.settle().await;
}

async fn consents(program: &ProgramClient, lead: &str) -> Value {
    let read = program.get(&format!("/api/v1/leads/{lead}")).await;
    assert_eq!(read.status, 200, "{}", read.text());
    read.json()["consents"].clone()
}

/// Each consent: for what, with which words it was given last, and whether the box was ticked the last time.
fn told(consents: &Value) -> Vec<(&str, Option<&str>, bool)> {
    let all = consents.as_array().unwrap().iter();
    let told = all.map(|one| {
        let given = one["last_given"]["wording"].as_str();
        assert_eq!(one["is_given"], json!(given.is_some()));
        (one["purpose"].as_str().unwrap(), given, one["last_asked"]["agreed"].as_bool().unwrap())
    });
    told.collect()
}

/// The part of a lead's page that tells of consents.
async fn panel(client: &mut Client, lead: &str) -> String {
    let page = client.get(&format!("/leads/{lead}")).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    let (_, after) = text.split_once("id=\"consents\"").unwrap();
    after.split("</section>").next().unwrap().to_owned()
}

#[tokio::test]
async fn a_lead_tells_each_consent_that_was_asked_for_and_what_came_of_it() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let key = house.program(&north.owner, Role::Admin, &[KeyScope::LeadsRead]).await;
    let (form, public_id) = form(&mut north).await;
    fill(&house, &public_id, &[("email", "anna@example.com"), ("consent_email_marketing", "1")]).await;
    let lead = north.wait_for_leads(1).await.remove(0).id;

    let first = consents(&key, &lead).await;
    assert_eq!(told(&first), [("email_marketing", Some(NEWS), true), ("sharing", None, false)]);
    let asked = &first[1]["last_asked"];
    assert_eq!((&asked["wording"], &asked["form"]), (&json!(FRIENDS), &json!(form)), "{first}");
    let shown = panel(&mut north.owner.client, &lead).await;
    for words in ["News and offers by e-mail", NEWS, FRIENDS, "Words beside the box", &format!("/forms/{form}")] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let badges = |shown: &str| [">Given<", ">Not given<", "left empty"].map(|words| shown.matches(words).count());
    assert_eq!(badges(&shown), [1, 1, 0], "{shown}");

    let again = [("email", "anna@example.com"), ("message", "Once more"), ("consent_sharing", "1")];
    fill(&house, &public_id, &again).await;
    let second = consents(&key, &lead).await;
    assert_eq!(told(&second), [("email_marketing", Some(NEWS), false), ("sharing", Some(FRIENDS), true)]);
    assert_eq!(second[0]["last_given"], first[0]["last_given"], "an empty box takes nothing back");
    let shown = panel(&mut north.owner.client, &lead).await;
    assert_eq!(badges(&shown), [2, 0, 1], "{shown}");
    north.owner.client.post("/settings/profile/language", &[("language", "fr")]).await;
    let shown = panel(&mut north.owner.client, &lead).await;
    assert!(shown.contains("Consentements") && shown.contains("la case laissée vide"), "{shown}");
}

#[tokio::test]
async fn a_form_that_collects_on_consent_tells_of_its_own_box_first() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let key = house.program(&north.owner, Role::Admin, &[KeyScope::LeadsRead]).await;
    let settings =
        [("legal_basis", "consent"), ("consent_wording", "Yes, write to me."), ("consent_email_marketing", NEWS)];
    let form = north.new_form(&settings).await;
    let public_id = north.public_id_of(&form).await;
    fill(&house, &public_id, &[("email", "anna@example.com"), ("consent", "1")]).await;
    let lead = north.wait_for_leads(1).await.remove(0).id;
    let expected = [("request", Some("Yes, write to me."), true), ("email_marketing", None, false)];
    assert_eq!(told(&consents(&key, &lead).await), expected);
    let shown = panel(&mut north.owner.client, &lead).await;
    assert!(shown.contains("The request itself") && shown.contains("Yes, write to me."), "{shown}");
}

#[tokio::test]
async fn who_was_asked_nothing_has_no_consents() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let key = house.program(&north.owner, Role::Admin, &[KeyScope::LeadsRead, KeyScope::LeadsWrite]).await;
    let lead = make(&key, "anna@example.com").await;
    assert_eq!(consents(&key, &lead).await, json!([]));
    assert!(panel(&mut north.owner.client, &lead).await.contains("No consent was asked for."));
}

#[tokio::test]
async fn a_merged_lead_tells_the_consents_of_both() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let scopes = [KeyScope::LeadsRead, KeyScope::LeadsWrite, KeyScope::LeadsMerge];
    let key = house.program(&north.owner, Role::Admin, &scopes).await;
    let (_, public_id) = form(&mut north).await;
    for (name, email, agreed) in [
        ("Anna Berg", "anna@berg.example", "consent_email_marketing"),
        ("A. Berg", "a.berg@berg.example", "consent_sharing"),
    ] {
        fill(&house, &public_id, &[("name", name), ("email", email), (agreed, "1")]).await;
    }
    let rows = north.wait_for_leads(2).await;
    let id = |name: &str| rows.iter().find(|row| row.label == name).unwrap().id.clone();
    let (stays, goes) = (id("Anna Berg"), id("A. Berg"));
    assert_eq!(
        told(&consents(&key, &stays).await),
        [("email_marketing", Some(NEWS), true), ("sharing", None, false)],
        "before"
    );
    let version = async |lead: &str| key.get(&format!("/api/v1/leads/{lead}")).await.json()["version"].clone();
    let (own, other) = (version(&stays).await, version(&goes).await);
    let body = json!({ "other": goes, "version": own, "other_version": other });
    let merged = key.post(&format!("/api/v1/leads/{stays}/merges"), &body).await;
    assert_eq!(merged.status, 200, "{}", merged.text());
    let expected = [("email_marketing", Some(NEWS), false), ("sharing", Some(FRIENDS), true)];
    assert_eq!(told(&consents(&key, &stays).await), expected);
    let shown = panel(&mut north.owner.client, &stays).await;
    assert_eq!([">Given<", ">Not given<"].map(|words| shown.matches(words).count()), [2, 0], "{shown}");
}
