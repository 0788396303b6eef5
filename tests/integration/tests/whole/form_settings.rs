//! How a form is set: what it tells, what it asks consent for, what holds spam back.

use jiff::SignedDuration;
use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{Answer, Browser, FORM_SETTINGS, House, Organization, Plan, ProgramClient};
use reqwest::Method;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{
    api::errors,
    api_calls::{furnished, stage},
    census::capture,
    forms::{drafted, publish, send},
};

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
        let told = format!("“{part}” under “Notice and consent”");
        assert!(refused.text().contains(&told), "{part}: {}", refused.text());
    }
    let notice = format!("/forms/{}/notice", north.form);
    let mend = format!("<a class=\"button\" href=\"{notice}\">Complete the notice</a>");
    assert!(refused.text().contains(&mend), "{}", refused.text());
    let page = north.owner.client.get(&notice).await.text();
    assert!(page.contains("id=\"controller\"") && page.contains("id=\"retention\""), "where it is completed: {page}");
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
    let program = house.program(&north.owner, Role::Admin, &[KeyScope::FormsWrite]).await;
    let made = program.post("/api/v1/forms", &settings("Fair")).await;
    assert_eq!((made.status, made.header("etag")), (201, "\"1\""), "{}", made.text());
    let form = made.json();
    assert_eq!(form["fields"].as_array().unwrap().len(), 4);
    let path = format!("/api/v1/forms/{}/settings", form["id"].as_str().unwrap());
    let put = async |body: &serde_json::Value, version: &str| {
        let request = program.request(Method::PUT, &path).header("if-match", version);
        program.ask(request.json(body)).await
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
    assert_eq!(
        (refused.status, told(&refused)),
        (422, vec!["notice.contact".to_owned(), "notice.retention".to_owned()])
    );
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
    let mut expected = json!([
        { "purpose": "email_marketing", "wording": "News, please.", "agreed": true },
        { "purpose": "sharing", "wording": "Tell your friends.", "agreed": false },
    ]);
    let told = expected.clone();
    for agreed in expected.as_array_mut().unwrap() {
        agreed["is_confirmed"] = json!(false);
    }
    assert_eq!(kept, expected);
    let lead = north.wait_for_leads(1).await.remove(0).id;
    let page = north.owner.client.get(&format!("/leads/{lead}")).await.text();
    let (timeline, standing) = page.split_once("id=\"standing\"").unwrap();
    assert!(timeline.contains("News, please.") && !timeline.contains("Tell your friends."), "{page}");
    assert!(standing.contains("Tell your friends."), "{page}");
    let key = house.program(&north.owner, Role::Admin, &[KeyScope::LeadsRead]).await;
    let timeline = key.get(&format!("/api/v1/leads/{lead}/timeline")).await.json();
    let submission =
        timeline["items"].as_array().unwrap().iter().find_map(|entry| entry["submission"].as_object()).unwrap();
    assert_eq!(submission["purposes"], told, "{timeline}");
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
    let received = format!("/forms/{form}/submissions");
    let page = north.owner.client.get(&received).await.text();
    assert!(page.contains("the work that the form asks for was not done"), "{page}");
    let removal = page.split("action=\"").find(|rest| rest.split('"').next().unwrap().ends_with("/removal")).unwrap();
    let removal = removal.split('"').next().unwrap().to_owned();
    assert_eq!(north.owner.client.post(&removal, &[]).await.location(), format!("{received}?said=discarded"));
    assert_eq!(north.owner.client.post(&removal, &[]).await.status, 404, "it is gone");
    let left: Vec<String> = sqlx::query_scalar("SELECT email FROM submissions").fetch_all(&mut database).await.unwrap();
    assert_eq!(left.len(), 2, "nothing else goes with it: {left:?}");
}

/// Lets one person write to a form twice, wins a lead of theirs and lets them write twice more: how many leads of theirs the
/// list shows each time.
async fn leads_of_one(
    house: &House,
    north: &mut Organization,
    program: &ProgramClient,
    form: &str,
    email: &str,
) -> Vec<usize> {
    let public_id = north.public_id_of(form).await;
    let mut shown = Vec::new();
    for is_to_be_won in [false, true, false, false] {
        house.clock.advance(SignedDuration::from_mins(2));
        capture(house, &public_id, &json!({ "email": email })).await;
        house.worker.drain(&CancellationToken::new()).await.unwrap();
        let theirs: Vec<_> = north.leads().await.into_iter().filter(|row| row.label == email).collect();
        shown.push(theirs.len());
        if is_to_be_won {
            let lead = format!("/api/v1/leads/{}", theirs[0].id);
            let tag = program.get(&lead).await.header("etag").to_owned();
            let to = json!({ "stage": stage(program, 3).await });
            let won = program.send_for(Method::POST, &format!("{lead}/stage"), &tag, &to).await;
            assert_eq!(won.status, 200, "{}", won.text());
        }
    }
    shown
}

#[tokio::test]
async fn each_form_says_what_becomes_of_a_known_person_whether_a_page_or_a_program_sets_it() {
    let house = House::built(Plan { works: false, ..Plan::default() }).await;
    let (mut north, program) = furnished(&house, "North").await;
    let policies: [(&str, [usize; 4]); 3] =
        [("append", [1, 1, 1, 1]), ("always_new", [1, 2, 3, 4]), ("new_if_closed", [1, 1, 2, 2])];
    for (policy, expected) in policies {
        let form = north.new_form(&[]).await;
        let set = [&FORM_SETTINGS[..], &[("version", "1"), ("known_person", policy)]].concat();
        let answer = north.owner.client.post(&format!("/forms/{form}/settings"), &set).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        assert_eq!(program.get(&format!("/api/v1/forms/{form}")).await.json()["known_person"], policy);
        let email = format!("page.{policy}@example.com");
        assert_eq!(leads_of_one(&house, &mut north, &program, &form, &email).await, expected, "{policy}, by the page");

        let made = program.post("/api/v1/forms", &settings("Fair")).await;
        assert_eq!((made.status, &made.json()["known_person"]), (201, &json!("append")), "{}", made.text());
        let form = made.json()["id"].as_str().unwrap().to_owned();
        let mut set = settings("Fair");
        set["known_person"] = json!(policy);
        let path = format!("/api/v1/forms/{form}/settings");
        let answer = program.send_for(Method::PUT, &path, made.header("etag"), &set).await;
        assert_eq!((answer.status, &answer.json()["known_person"]), (200, &json!(policy)), "{}", answer.text());
        let email = format!("program.{policy}@example.com");
        assert_eq!(leads_of_one(&house, &mut north, &program, &form, &email).await, expected, "{policy}, by the API");
    }
    let mut wrong = settings("Fair");
    wrong["known_person"] = json!("sometimes");
    let refused = program.post("/api/v1/forms", &wrong).await;
    let faults: Vec<_> = errors(&refused).into_iter().map(|(field, _)| field).collect();
    assert_eq!((refused.status, faults), (422, vec!["known_person".to_owned()]));
}
