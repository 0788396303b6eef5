//! Score rules that ask for an organization's own properties: made on the page without scripts and through the API, and what
//! becomes of one whose property is archived.

use std::collections::{BTreeMap, BTreeSet};

use qualify_integration::{House, Organization, ProgramClient};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    api::{errors, furnished},
    scores::{graded, lead_with},
};

const RULES: &str = "/settings/score/rules";

/// An organization with a lead at B3, and properties that nothing is known of yet.
struct Place {
    north: Organization,
    program: ProgramClient,
    lead: String,
    /// The properties as conditions name them, by their keys.
    own: BTreeMap<String, String>,
    #[expect(dead_code, reason = "it stands as long as the test lasts")]
    house: House,
}

impl Place {
    async fn open() -> Self {
        let house = House::open().await;
        let (mut north, program) = furnished(&house, "North").await;
        for (name, kind, choices) in
            [("Seats", "number", ""), ("Size", "choice", "Small\nLarge"), ("Remark", "long_text", "")]
        {
            let fields =
                [("name", name), ("purpose", "To make offers"), ("kind", kind), ("choices", choices), ("key", "")];
            assert_eq!(north.owner.client.post("/settings/properties", &fields).await.status, 303, "{name}");
        }
        let listed = program.get("/api/v1/properties").await.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let items = listed["items"].as_array().unwrap().iter();
        let own = items.map(|one| (text(&one["key"]), format!("property:{}", text(&one["id"])))).collect();
        let lead = lead_with(&house, &mut north, "anna@company.example", 1).await;
        graded(&mut north, &lead, "B3").await;
        Self { north, program, lead, own, house }
    }

    /// Lets the lead have so many seats.
    async fn seat(&self, seats: u16) {
        let path = format!("/api/v1/leads/{}", self.lead);
        let tag = self.program.get(&path).await.header("etag").to_owned();
        let known = json!({ "properties": { "seats": seats.to_string() } });
        let told = self.program.send_for(Method::PATCH, &path, &tag, &known).await;
        assert_eq!(told.status, 200, "{}", told.text());
    }

    async fn archive_seats(&mut self) {
        let fields =
            [("name", "Seats"), ("purpose", "To make offers"), ("choices", ""), ("archived", "1"), ("version", "1")];
        let path = self.own["seats"].replace("property:", "/settings/properties/");
        assert_eq!(self.north.owner.client.post(&path, &fields).await.status, 303);
    }
}

#[tokio::test]
async fn a_rule_on_a_property_is_made_by_the_form_counts_and_says_when_it_counts_nothing() {
    let mut place = Place::open().await;
    let (seats, size, remark) = (place.own["seats"].clone(), place.own["size"].clone(), place.own["remark"].clone());
    let client = &mut place.north.owner.client;
    let form = client.get(&format!("{RULES}/new")).await.text();
    for said in [
        format!("<option value=\"{seats}=at-least\" class=\"typed\">Seats: at least …</option>"),
        format!("<option value=\"{size}=one-of\" class=\"typed\">Size: one of …</option>"),
        format!("<option value=\"{remark}=filled\">Remark: filled in</option>"),
        "<dt>Size</dt><dd>Small; Large</dd>".to_owned(),
    ] {
        assert!(form.contains(&said), "{said} in {form}");
    }
    assert_eq!(form.matches(&format!("value=\"{remark}=")).count(), 3, "of a text, once in each condition");

    let at_least = format!("{seats}=at-least");
    let rule = [("about_1", &*at_least), ("is_1", "10"), ("points", "40"), ("effect", "points")];
    let none = client.post("/settings/score/what-if", &rule).await.text();
    assert!(none.contains("No lead would change its grade."), "{none}");
    place.seat(12).await;
    let client = &mut place.north.owner.client;
    let one = client.post("/settings/score/what-if", &rule).await.text();
    assert!(one.contains("One lead would change its grade."), "{one}");
    assert_eq!(client.post(RULES, &rule).await.status, 303);
    let page = client.get("/settings/score").await.text();
    assert!(page.contains("Added: Seats: at least 10: +40") && !page.contains("It counts nothing"), "{page}");
    assert_eq!(client.post("/settings/score/publication", &[]).await.status, 303);
    let scored = graded(&mut place.north, &place.lead, "A3").await.text();
    assert!(scored.contains("Seats: at least 10"), "{scored}");
    place.seat(3).await;
    graded(&mut place.north, &place.lead, "B3").await;
    place.seat(30).await;
    graded(&mut place.north, &place.lead, "A3").await;

    place.archive_seats().await;
    graded(&mut place.north, &place.lead, "B3").await;
    let client = &mut place.north.owner.client;
    let page = client.get("/settings/score").await.text();
    assert!(page.contains("Seats: at least 10") && page.contains("It counts nothing"), "{page}");
    let history = client.get("/settings/score/versions").await.text();
    assert!(history.contains("The same rules: a property"), "{history}");
    let form = client.get(&format!("{RULES}/12")).await.text();
    assert!(form.contains("It counts nothing") && form.contains(&format!("value=\"{at_least}\"")), "{form}");
    let kept = client.post(&format!("{RULES}/12"), &rule).await;
    assert_eq!(kept.status, 422);
    assert!(kept.text().contains("id=\"about_1-fault\""), "{}", kept.text());
}

#[tokio::test]
async fn what_a_property_cannot_be_asked_stands_at_its_field_in_the_form() {
    let mut place = Place::open().await;
    let own = place.own.clone();
    let client = &mut place.north.owner.client;
    let never = "property:0192f7a0-0000-7000-8000-000000000001".to_owned();
    for (about, is, at) in [
        (format!("{}=at-least", own["seats"]), "many", "is_2"),
        (format!("{}=at-least", own["seats"]), "", "is_2"),
        (format!("{}=one-of", own["size"]), "Huge", "about_2"),
        (format!("{}=equal", own["remark"]), "5", "about_2"),
        (format!("{}=is", own["remark"]), "Urgent", "about_2"),
        (format!("{never}=filled"), "", "about_2"),
        (own["seats"].clone(), "5", "about_2"),
    ] {
        let rule = [("about_2", &*about), ("is_2", is), ("points", "5"), ("effect", "points")];
        let refused = client.post(RULES, &rule).await;
        assert_eq!(refused.status, 422, "{about}");
        assert!(refused.text().contains(&format!("id=\"{at}-fault\"")), "{about}: {}", refused.text());
        assert_eq!(client.post("/settings/score/what-if", &rule).await.status, 422, "{about}");
    }
}

/// Rules as a program sends them, of one condition.
fn rules(condition: &Value) -> Value {
    json!({ "half_life_days": 30, "groups": [], "rules": [{ "when": [condition], "points": 40 }] })
}

#[tokio::test]
async fn a_program_asks_for_properties_as_a_filter_does_and_reads_what_it_wrote() {
    let place = Place::open().await;
    let own = |key: &str, op: &str, value: Value| json!({ "about": place.own[key], "op": op, "value": value });
    let put =
        async |tag: &str, body: &Value| place.program.send_for(Method::PUT, "/api/v1/score-rules", tag, body).await;
    let at = "rules[0].when[0]";
    let never = "property:0192f7a0-0000-7000-8000-000000000001";
    for (condition, rule) in [
        (json!({ "about": never, "op": "is_empty" }), "filter-gone"),
        (own("size", "at_least", json!(5)), "filter-gone"),
        (own("remark", "is", json!("Urgent")), "free-text"),
        (own("remark", "begins_with", json!("Urg")), "free-text"),
        (own("seats", "at_least", json!("many")), "not-a-choice"),
        (own("seats", "colour", json!(5)), "not-a-choice"),
        (own("size", "is", json!(["Huge"])), "not-a-choice"),
        (json!({ "about": place.own["seats"] }), "required"),
        (json!({ "about": place.own["seats"], "op": "at_least", "value": 5, "is": "5" }), "not-a-choice"),
        (json!({ "about": "email", "op": "is_empty" }), "not-a-choice"),
        (json!({ "about": "property:x", "op": "is_empty" }), "not-a-choice"),
    ] {
        let expected: BTreeSet<_> = [(at.to_owned(), rule.to_owned())].into();
        let tried = place.program.post("/api/v1/score-rules/what-if", &rules(&condition)).await;
        assert_eq!((tried.status, errors(&tried)), (422, expected.clone()), "{condition}");
        let refused = put("\"1\"", &rules(&condition)).await;
        assert_eq!((refused.status, errors(&refused)), (422, expected), "{condition}");
    }

    place.seat(12).await;
    let some = rules(&own("seats", "at_least", json!(10)));
    let outlook = place.program.post("/api/v1/score-rules/what-if", &some).await.json();
    assert_eq!(outlook["leads"], 1, "{outlook}");
    let mut many = some.clone();
    many["rules"][0]["when"] = json!([
        own("seats", "at_least", json!(10)), own("seats", "at_most", json!(99.5)), own("size", "is", json!(["small"])),
        { "about": place.own["remark"], "op": "is_empty", "not": true },
    ]);
    let kept = put("\"1\"", &many).await;
    assert_eq!((kept.status, kept.header("etag")), (200, "\"2\""), "{}", kept.text());
    let read = place.program.get("/api/v1/score-rules").await.json();
    let whole = |key: &str, op: &str, value: Value, not: bool| json!({ "about": place.own[key], "is": "", "op": op, "value": value, "not": not });
    let when = json!([
        whole("seats", "at_least", json!(10), false),
        whole("seats", "at_most", json!(99.5), false),
        whole("size", "is", json!(["Small"]), false),
        whole("remark", "is_empty", Value::Null, true),
    ]);
    assert_eq!(read["rules"][0]["when"], when);
    let again = json!({ "half_life_days": 30, "groups": [], "rules": read["rules"] });
    let unchanged = put("\"2\"", &again).await;
    assert_eq!(
        (unchanged.status, unchanged.header("etag")),
        (200, "\"2\""),
        "what is read can be sent: {}",
        unchanged.text()
    );
}
