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
    north
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
async fn prv_4_a_form_from_before_is_not_published_anew_until_its_notice_is_complete() {
    let house = House::open().await;
    let mut north = drafted(&house).await;
    let mut database = house.superuser().await;
    sqlx::query("UPDATE forms SET notice = 'We answer.', notice_parts = NULL").execute(&mut database).await.unwrap();
    let hosted = house.client().get(&format!("/f/{}", north.public_id)).await;
    assert!(hosted.status == 200 && hosted.text().contains("We answer."), "it goes on as it was");
    let refused = publish(&mut north, "1").await;
    assert_eq!(refused.status, 422);
    for part in ["Responsible", "Contact for privacy", "Kept for", "Who sees it"] {
        assert!(
            refused.text().contains(&format!("“{part}” in the notice under Settings")),
            "{part}: {}",
            refused.text()
        );
    }
    let complete = [&FORM_SETTINGS[..], &[("version", "1")]].concat();
    assert_eq!(north.owner.client.post(&format!("/forms/{}/settings", north.form), &complete).await.status, 303);
    assert_eq!(publish(&mut north, "2").await.status, 303, "the draft was kept meanwhile");
}

/// The settings of a form whose notice is complete, as a program sends them.
pub(crate) fn settings(name: &str) -> serde_json::Value {
    json!({
        "name": name,
        "language": "en",
        "legal_basis": "legitimate_interest",
        "notice": {
            "controller": "North Ltd, York",
            "contact": "privacy@north.example",
            "purpose": "We answer.",
            "retention": "3 years",
            "recipients": "Our team",
        },
        "purposes": [{ "purpose": "email_marketing", "wording": "News, please." }],
    })
}

#[tokio::test]
async fn prv_4_a_form_is_made_and_set_by_a_program_and_published_with_a_complete_notice_only() {
    let house = House::open().await;
    let north = house.found("North").await;
    let key = house.program(&north.owner, Role::Admin, &[KeyScope::FormsWrite]).await;
    let path = format!("/api/v1/forms/{}/fields", north.form);
    let field = |kind: &str, more: serde_json::Value| {
        let mut field = json!({ "key": kind, "kind": kind, "label": { "en": kind }, "purpose": "To size it" });
        field.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        field
    };
    let mut body = settings("Fair");
    body["requires_work"] = json!(true);
    body["purposes"] = json!([]);
    let set = put(&body, "\"1\"").await;
    assert_eq!((set.status, set.header("etag")), (200, "\"2\""), "{}", set.text());
    assert_eq!((&set.json()["requires_work"], &set.json()["purposes"]), (&json!(true), &json!([])));
    assert_eq!(put(&body, "\"1\"").await.status, 412);
    body["notice"]["retention"] = json!(null);
    body["notice"]["contact"] = json!(" ");
    let refused = put(&body, "\"2\"").await;
    let told = |answer: &Answer| errors(answer).into_iter().map(|(field, _)| field).collect::<Vec<_>>();
    assert_eq!((refused.status, told(&refused)), (422, vec!["contact".to_owned(), "retention".to_owned()]));
    body["notice"] = json!("We answer.");
    body["purposes"] = json!([{ "purpose": "anything", "wording": "" }]);
    let refused = put(&body, "\"2\"").await;
    let wrong = ["notice", "purposes[0].purpose", "purposes[0].wording"].map(str::to_owned);
    assert_eq!((refused.status, told(&refused)), (422, wrong.to_vec()));
}

#[tokio::test]
async fn each_box_is_kept_with_its_words_ticked_or_not() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let boxes = [("consent_email_marketing", "News, please."), ("consent_sharing", "Tell your friends.")];
    let form = north.new_form(&boxes).await;
    let public_id = north.public_id_of(&form).await;
    let page = house.client().get(&format!("/f/{public_id}")).await.text();
    for shown in
        ["News, please.", "Tell your friends.", "North Ltd, York", "privacy@north.example", "3 years", "Our team"]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(page.contains("CNIL") && !page.contains(" checked"), "no box is ticked beforehand");
    let sent = [("email", "anna@example.com"), ("consent_email_marketing", "1"), ("consent_profiling", "1")];
    assert_eq!(send(&house.client(), &public_id, &sent).await.status, 303);
    let kept: serde_json::Value =
        sqlx::query_scalar("SELECT purposes FROM submissions").fetch_one(&mut house.superuser().await).await.unwrap();
    let expected = json!([
        { "purpose": "email_marketing", "wording": "News, please.", "agreed": true },
        { "purpose": "sharing", "wording": "Tell your friends.", "agreed": false },
    ]);
    assert_eq!(kept, expected);
    let lead = north.wait_for_leads(1).await.remove(0).id;
    let page = north.owner.client.get(&format!("/leads/{lead}")).await.text();
    assert!(page.contains("News, please.") && !page.contains("Tell your friends."), "{page}");
    let key = house.program(&north.owner, Role::Admin, &[KeyScope::LeadsRead]).await;
    let timeline = key.get(&format!("/api/v1/leads/{lead}/timeline")).await.json();
    let told = timeline["items"].as_array().unwrap().iter().find_map(|entry| entry["submission"].as_object()).unwrap();
    assert_eq!(told["purposes"], expected, "{timeline}");
}

#[tokio::test]
async fn a_form_is_read_in_the_language_that_its_address_asks_for() {
    let house = House::open().await;
    let north = house.found("North").await;
    let path = format!("/f/{}", north.public_id);
    let french = house.client().get(&format!("{path}?lang=fr")).await.text();
    assert!(french.contains("<html lang=\"fr\">") && french.contains("name=\"lang\" value=\"fr\""), "{french}");
    for other in ["?lang=en", "?lang=xx", ""] {
        let page = house.client().get(&format!("{path}{other}")).await.text();
        assert!(page.contains("<html lang=\"en\">") && !page.contains("name=\"lang\""), "{other}");
    }
    let refused = send(&house.client(), &north.public_id, &[("email", "personne"), ("lang", "fr")]).await;
    assert!(refused.status == 422 && refused.text().contains("<html lang=\"fr\">"));
    let sent = send(&house.client(), &north.public_id, &[("email", "anna@example.com"), ("lang", "fr")]).await;
    assert_eq!(sent.location(), format!("{path}/thanks?lang=fr"));
    assert!(house.client().get(sent.location()).await.text().contains("Merci"));
    let twice = house.client().get(&format!("{path}/thanks?lang=fr&lang=en")).await;
    assert_eq!(twice.status, 200, "a strange address is no reason not to thank");
}

#[tokio::test]
async fn a_browser_does_the_work_that_a_form_asks_for_once_for_each_submission() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let form = north.new_form(&[("requires_work", "1")]).await;
    let public_id = north.public_id_of(&form).await;
    let browser = Browser::open().await;
    let hosted = format!("{}/f/{public_id}", house.url);
    browser.show(&hosted).await;
    browser.fill("email", "anna@example.com").await;
    house.clock.advance(SignedDuration::from_secs(3));
    let watch = "document.querySelector('form').addEventListener('formdata', (event) => (window.name = event.formData.get('_work')))";
    browser.page.execute(watch, Vec::new()).await.unwrap();
    browser.click("button").await;
    browser.wait_for(".big-mark").await;
    let work = browser.page.execute("return window.name", Vec::new()).await.unwrap().convert::<String>().unwrap();
    let again = [("email", "eve@example.com"), ("message", "Once more"), ("_work", &work)];
    assert_eq!(send(&house.client(), &public_id, &again).await.status, 303);
    let without = [("email", "robot@example.com"), ("message", "Buy this")];
    assert_eq!(send(&house.client(), &public_id, &without).await.status, 303, "a robot sees success");
    let mut database = house.superuser().await;
    let verdicts: Vec<(String, String, Vec<String>)> =
        sqlx::query_as("SELECT email, verdict, spam_reasons FROM submissions ORDER BY received_at")
            .fetch_all(&mut database)
            .await
            .unwrap();
    let expected = [
        ("anna@example.com".to_owned(), "accepted".to_owned(), vec![]),
        ("eve@example.com".to_owned(), "quarantined".to_owned(), vec!["work-reused".to_owned()]),
        ("robot@example.com".to_owned(), "quarantined".to_owned(), vec!["work-missing".to_owned()]),
    ];
    assert_eq!(verdicts, expected);
    let page = north.owner.client.get(&format!("/forms/{form}")).await.text();
    assert!(page.contains("the work that the form asks for was not done"), "{page}");
    let removal = page.split("action=\"").find(|rest| rest.split('"').next().unwrap().ends_with("/removal")).unwrap();
    let removal = removal.split('"').next().unwrap().to_owned();
    assert_eq!(north.owner.client.post(&removal, &[]).await.location(), format!("/forms/{form}?said=discarded"));
    assert_eq!(north.owner.client.post(&removal, &[]).await.status, 404, "it is gone");
    let left: Vec<String> = sqlx::query_scalar("SELECT email FROM submissions").fetch_all(&mut database).await.unwrap();
    assert_eq!(left.len(), 2, "nothing else goes with it: {left:?}");
}
