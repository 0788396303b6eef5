//! What a form asks: declared on its pages, published, answered by visitors, kept with the lead.

use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{Answer, Browser, Client, FORM_SETTINGS, House, Organization};
use reqwest::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::{api::errors, census::capture};

const SEATS: [(&str, &str); 8] = [
    ("kind", "number"),
    ("label_en", "How many seats?"),
    ("label_fr", "Combien de places ?"),
    ("help_en", "Roughly"),
    ("purpose", "To size the offer"),
    ("tells", ""),
    ("key", "seats"),
    ("required", "1"),
];

pub(crate) async fn send(client: &Client, public_id: &str, fields: &[(&str, &str)]) -> Answer {
    let request = client.request(Method::POST, &format!("/f/{public_id}")).header("accept", "text/html");
    client.ask(request.form(fields)).await
}

pub(crate) async fn drafted(house: &House) -> Organization {
    let mut north = house.found("North").await;
    declare(&mut north).await;
    north
}

/// Drafts two more fields of the organization's form.
pub(crate) async fn declare(north: &mut Organization) {
    let fields = format!("/forms/{}/fields", north.form);
    let added = north.owner.client.post(&format!("{fields}/new"), &SEATS).await;
    assert_eq!((added.status, added.location()), (303, fields.as_str()), "{}", added.text());
    let sizes = [
        ("kind", "multiple_choice"),
        ("label_en", "Sizes"),
        ("choices", "Small\nLarge & long"),
        ("purpose", "To size the offer"),
        ("key", ""),
    ];
    assert_eq!(north.owner.client.post(&format!("{fields}/new"), &sizes).await.status, 303);
}

pub(crate) async fn publish(north: &mut Organization, version: &str) -> Answer {
    let page = north.owner.client.get(&format!("/forms/{}/fields", north.form)).await.text();
    let draft = page.split_once("name=\"draft\" value=\"").map(|(_, rest)| rest.split('"').next().unwrap().to_owned());
    publish_draft(north, version, &draft.unwrap_or_default()).await
}

async fn publish_draft(north: &mut Organization, version: &str, draft: &str) -> Answer {
    let versions = [("version", version), ("draft", draft)];
    north.owner.client.post(&format!("/forms/{}/publication", north.form), &versions).await
}

#[tokio::test]
async fn a_field_is_declared_previewed_published_asked_and_shown_with_the_lead() {
    let house = House::open().await;
    let mut north = drafted(&house).await;
    let page = north.owner.client.get(&format!("/forms/{}/fields", north.form)).await.text();
    assert!(page.contains("Not published yet") && page.contains("Field “seats” added"), "{page}");
    assert!(page.contains("Large &#38; long"), "the preview shows what will be asked: {page}");
    let hosted = format!("/f/{}", north.public_id);
    assert!(!house.client().get(&hosted).await.text().contains("How many seats?"), "visitors see nothing of it");
    assert_eq!(publish(&mut north, "7").await.status, 409, "somebody else's version");
    assert_eq!(publish_draft(&mut north, "1", "1").await.status, 409, "a draft that somebody has changed since");
    let published = publish(&mut north, "1").await;
    assert_eq!(published.location(), format!("/forms/{}?said=published", north.form));

    let shown = house.client().get(&hosted).await.text();
    assert!(
        shown.contains("How many seats?") && shown.contains("id=\"seats-help\"") && shown.contains("value=\"Small\"")
    );
    let without = send(&house.client(), &north.public_id, &[("email", "anna@example.com"), ("sizes", "Small")]).await;
    assert_eq!(without.status, 422);
    let again = without.text();
    assert!(again.contains("id=\"seats-fault\"") && again.contains("value=\"Small\" checked"), "{again}");
    let answers = [("email", "anna@example.com"), ("seats", "1 200"), ("sizes", "Small"), ("sizes", "Large & long")];
    assert_eq!(send(&house.client(), &north.public_id, &answers).await.status, 303);
    let lead = north.wait_for_leads(1).await.remove(0).id;
    let page = north.owner.client.get(&format!("/leads/{lead}")).await.text();
    assert!(
        page.contains("How many seats?") && page.contains("1,200") && page.contains("Large &#38; long, Small"),
        "{page}"
    );
    let page = north.owner.client.get(&format!("/forms/{}", north.form)).await.text();
    assert!(page.contains("Version 2") && page.contains("Field “sizes” added"), "{page}");
    let page = north.owner.client.get(&format!("/forms/{}/embed", north.form)).await.text();
    assert!(
        page.contains("name=&#34;seats&#34; inputmode=&#34;decimal&#34; required"),
        "the snippet asks it, too: {page}"
    );
}

#[tokio::test]
async fn dat_3_programs_answer_what_is_declared_and_what_is_not_asked_any_more_is_not_kept() {
    let house = House::open().await;
    let mut north = drafted(&house).await;
    let phone = format!("/forms/{}/fields/phone/removal", north.form);
    assert_eq!(north.owner.client.post(&phone, &[]).await.status, 303);
    assert_eq!(publish(&mut north, "1").await.status, 303);
    let body =
        json!({ "email": "anna@example.com", "phone": "+33 6 12 34 56 78", "seats": 3, "sizes": ["Large & long"] });
    capture(&house, &north.public_id, &body).await;
    house.settle().await;
    let mut database = house.superuser().await;
    let kept: (Option<String>, serde_json::Value) =
        sqlx::query_as("SELECT phone, own FROM submissions").fetch_one(&mut database).await.unwrap();
    assert_eq!(kept, (None, json!({ "seats": 3.0, "sizes": ["Large & long"] })));
    let page = north.owner.client.get(&format!("/forms/{}", north.form)).await.text();
    assert!(page.contains("The field “phone” was sent once but is not declared."), "{page}");
    let wrong = json!({ "email": "anna@example.com", "seats": { "many": 1 }, "sizes": ["Huge"] });
    let request = house.client().request(Method::POST, &format!("/f/{}", north.public_id)).json(&wrong);
    let refused = house.client().ask(request.header("accept", "application/json")).await;
    let faults: Vec<_> = refused.json()["errors"].as_array().unwrap().iter().map(|one| one["field"].clone()).collect();
    assert_eq!((refused.status, faults), (422, vec!["seats".into(), "sizes".into()]));
}

#[tokio::test]
async fn who_changes_a_field_that_a_colleague_changed_sees_both_and_loses_nothing() {
    let house = House::open().await;
    let mut north = drafted(&house).await;
    let seats = format!("/forms/{}/fields/seats", north.form);
    let client = &mut north.owner.client;
    let shown = |page: &str| {
        let value = page.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        value.replace("&#34;", "\"").replace("&#38;", "&")
    };
    let seen = shown(&client.get(&seats).await.text());
    let typed = |label: &'static str| {
        let others = SEATS.into_iter().filter(|(name, _)| !matches!(*name, "label_en" | "required"));
        others.chain([("label_en", label)]).collect::<Vec<_>>()
    };
    let theirs = [&typed("Chairs")[..], &[("seen", &*seen), ("required", "1")]].concat();
    assert_eq!(client.post(&seats, &theirs).await.status, 303);
    let late = client.post(&seats, &[&typed("Places")[..], &[("seen", &*seen)]].concat()).await;
    assert_eq!(late.status, 409);
    let page = late.text();
    assert!(page.contains("value=\"Places\"") && page.contains("Now there: Chairs"), "{page}");
    assert!(page.contains("Now there: Yes"), "a box as well: {page}");
    assert!(client.get(&seats).await.text().contains("value=\"Chairs\""), "nothing is overwritten unseen");
    let seen = shown(&page);
    assert_eq!(client.post(&seats, &[&typed("Places")[..], &[("seen", &*seen)]].concat()).await.status, 303);
    assert!(client.get(&seats).await.text().contains("value=\"Places\""));
    let garbled = client.post(&seats, &[&typed("Places")[..], &[("seen", "what was")]].concat()).await;
    assert_eq!(garbled.status, 400);
}

#[tokio::test]
async fn fields_change_places_and_what_is_wrong_with_one_is_told_at_its_part() {
    let house = House::open().await;
    let mut north = drafted(&house).await;
    let fields = format!("/forms/{}/fields", north.form);
    let client = &mut north.owner.client;
    for (key, place) in [("message", ("direction", "earlier")), ("sizes", ("to", "0"))] {
        assert_eq!(client.post(&format!("{fields}/{key}/place"), &[place]).await.status, 303);
    }
    let page = client.get(&fields).await.text();
    let places = ["sizes", "name", "email", "message", "phone", "seats"]
        .map(|key| page.find(&format!("{fields}/{key}/place")).unwrap());
    assert!(places.is_sorted(), "{places:?}");
    let hidden = [&SEATS[1..6], &[("kind", "text"), ("key", "page_seen"), ("required", "1"), ("hidden", "1")]].concat();
    let unseen = client.post(&format!("{fields}/new"), &hidden).await;
    assert!(unseen.status == 422 && unseen.text().contains("id=\"hidden-fault\""), "nobody could answer it");
    let nowhere = client.post(&format!("{fields}/sizes/place"), &[("to", "first")]).await;
    assert_eq!(nowhere.status, 400);
    let wrong =
        [("kind", "choice"), ("label_en", ""), ("choices", ""), ("purpose", ""), ("key", "email"), ("tells", "tags")];
    let told = client.post(&format!("{fields}/new"), &wrong).await;
    assert_eq!(told.status, 422);
    let page = told.text();
    for part in ["label_en", "choices", "purpose", "key"] {
        assert!(page.contains(&format!("id=\"{part}-fault\"")), "{part}: {page}");
    }
    let twice = client.post(&format!("{fields}/new"), &SEATS).await;
    assert!(twice.status == 422 && twice.text().contains("id=\"key-fault\""), "the word is taken");
    assert_eq!(client.get(&format!("{fields}/budget")).await.status, 404);
    assert_eq!(client.get(&format!("{fields}/new?kind=magic")).await.status, 404);
    let nobody = ["email", "phone"].map(|key| format!("{fields}/{key}/removal"));
    for removal in nobody {
        assert_eq!(client.post(&removal, &[]).await.status, 303);
    }
    let refused = publish(&mut north, "1").await;
    assert!(refused.status == 422 && refused.text().contains("class=\"notice bad\""), "nobody could be answered");
    let discarded = north.owner.client.post(&format!("/forms/{}/draft/removal", north.form), &[]).await;
    assert_eq!(discarded.status, 303);
    assert!(!north.owner.client.get(&fields).await.text().contains("Not published yet"));
}

#[tokio::test]
async fn a_program_publishes_what_a_form_asks_and_is_told_what_is_wrong() {
    let house = House::open().await;
    let north = house.found("North").await;
    let key = house.program(&north.owner, Role::Admin, &[KeyScope::FormsWrite]).await;
    let path = format!("/api/v1/forms/{}", north.form);
    let read = key.get(&path).await;
    assert_eq!((read.status, read.header("etag")), (200, "\"1\""), "{}", read.text());
    let mut fields = read.json()["fields"].as_array().unwrap().clone();
    assert_eq!(fields.len(), 4);
    fields.push(json!({ "key": "size", "kind": "choice", "choices": ["S", "L"], "label": { "fr": "Taille" },
        "purpose": "To size it", "tells": "company", "is_required": true }));
    let put = async |tag: &str, fields: &[serde_json::Value]| {
        key.send_for(Method::PUT, &format!("{path}/fields"), tag, &json!({ "fields": fields })).await
    };
    let refused = put("\"1\"", &fields).await;
    assert_eq!(errors(&refused), [("fields.size.tells".to_owned(), "not-a-choice".to_owned())].into());
    fields[4]["tells"] = serde_json::Value::Null;
    let kept = put("\"1\"", &fields).await;
    assert_eq!((kept.status, kept.header("etag")), (200, "\"2\""), "{}", kept.text());
    assert_eq!(key.get(&path).await.json()["fields"].as_array().unwrap(), kept.json()["fields"].as_array().unwrap());
    assert!(house.client().get(&format!("/f/{}", north.public_id)).await.text().contains("Taille"));
    assert_eq!(put("\"1\"", &fields).await.status, 412);
    let wrong =
        [json!({ "key": "email", "colour": 1 }), json!({ "key": "A", "kind": "magic", "label": { "en": "A\u{7}" } })];
    let told = errors(&put("\"2\"", &wrong).await).into_iter().map(|(field, _)| field).collect::<Vec<_>>();
    assert_eq!(told, ["fields[0]", "fields[1].key", "fields[1].kind", "fields[1].label.en", "fields[1].purpose"]);
}

/// A website of somebody else's, with one page, for as long as the test runs.
async fn website(page: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 4096];
            let _ = stream.read(&mut asked).await;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n", page.len());
            let _ = stream.write_all(format!("{head}connection: close\r\n\r\n{page}").as_bytes()).await;
        }
    });
    origin
}

#[tokio::test]
async fn a_form_on_somebody_elses_page_sends_each_box_of_a_group_that_is_ticked() {
    let house = House::open().await;
    let mut north = drafted(&house).await;
    assert_eq!(publish(&mut north, "1").await.status, 303);
    let form = format!(
        "<form data-qualify='{id}' action='{url}/f/{id}' method='post'><input name='email'><input name='seats'>\
         <fieldset><label><input type='checkbox' name='sizes' value='Small'> S</label>\
         <label><input type='checkbox' name='sizes' value='Large &amp; long'> L</label></fieldset>\
         <button>Send</button></form><script src='{url}/embed.js'></script>",
        id = north.public_id,
        url = house.url,
    );
    let site = website(form).await;
    let settings = [&FORM_SETTINGS[..], &[("allowed_origins", &*site), ("version", "2")]].concat();
    assert_eq!(north.owner.client.post(&format!("/forms/{}/settings", north.form), &settings).await.status, 303);
    let browser = Browser::open().await;
    browser.show(&site).await;
    browser.fill("email", "anna@example.com").await;
    browser.fill("seats", "3").await;
    for number in [1, 2] {
        browser.click(&format!("label:nth-of-type({number}) input")).await;
    }
    browser.click("button").await;
    browser.wait_for(".qualify-thanks").await;
    let kept: serde_json::Value =
        sqlx::query_scalar("SELECT own FROM submissions").fetch_one(&mut house.superuser().await).await.unwrap();
    assert_eq!(kept, json!({ "seats": 3.0, "sizes": ["Large & long", "Small"] }));
}

#[tokio::test]
async fn an_answer_beyond_its_limits_is_told_at_its_field() {
    let house = House::open().await;
    let north = house.found("North").await;
    let key = house.program(&north.owner, Role::Admin, &[KeyScope::FormsWrite]).await;
    let path = format!("/api/v1/forms/{}/fields", north.form);
    let field = |kind: &str, more: serde_json::Value| {
        let mut field = json!({ "key": kind, "kind": kind, "label": { "en": kind }, "purpose": "To size it" });
        field.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        field
    };
    let fields = |most: u32| {
        let sizes = json!({ "choices": ["S", "M", "L"], "least": 2 });
        let asked = [
            json!({ "key": "email" }),
            field("number", json!({ "least": 3, "most": most })),
            field("text", json!({ "most": 4 })),
            field("multiple_choice", sizes),
        ];
        json!({ "fields": asked })
    };
    let crossed = key.send_for(Method::PUT, &path, "\"1\"", &fields(2)).await;
    assert_eq!(errors(&crossed), [("fields.number.most".to_owned(), "at-least".to_owned())].into());
    assert_eq!(key.send_for(Method::PUT, &path, "\"1\"", &fields(9)).await.status, 200);
    let page = house.client().get(&format!("/f/{}", north.public_id)).await.text();
    assert!(page.contains("maxlength=\"4\""), "{page}");
    let sent = async |number: &str, text: &str, sizes: &[&str]| {
        let body = json!({ "email": "anna@example.com", "number": number, "text": text, "multiple_choice": sizes });
        let request = house.client().request(Method::POST, &format!("/f/{}", north.public_id)).json(&body);
        house.client().ask(request.header("accept", "application/json")).await
    };
    assert_eq!(sent("3", "four", &["S", "M"]).await.status, 201);
    let beyond = sent("9.5", "fives", &["S"]).await;
    let told = [("number", "at-most"), ("text", "too-long"), ("multiple_choice", "at-least")];
    assert_eq!(errors(&beyond), told.map(|(field, rule)| (field.to_owned(), rule.to_owned())).into());
}
