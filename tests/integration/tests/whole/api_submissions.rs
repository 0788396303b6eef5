//! What forms received, through the API: quarantine is looked at, released and emptied by a program.

use jiff::SignedDuration;
use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::House;
use reqwest::Method;
use serde_json::json;

use crate::api_calls::held;

#[tokio::test]
async fn a_program_releases_what_is_no_spam_and_deletes_what_is() {
    let house = House::open().await;
    let north = house.found("North").await;
    let key = house.program(&north.owner, Role::Admin, &[KeyScope::SubmissionsWrite]).await;
    let spam = held(&house, &north, &key).await;
    let person = held(&house, &north, &key).await;
    let list = async || key.get(&format!("/api/v1/forms/{}/submissions", north.form)).await.json();
    assert_eq!(list().await["items"].as_array().unwrap().len(), 2);
    assert_eq!(key.post(&format!("/api/v1/submissions/{person}/release"), &json!({})).await.status, 204);
    house.settle().await;
    let released = &list().await["items"][0];
    assert_eq!((&released["is_quarantined"], &released["id"]), (&json!(false), &json!(person)));
    assert!(released["lead"].is_string(), "it became a lead's: {released}");
    let delete =
        async |id: &str| key.ask(key.request(Method::DELETE, &format!("/api/v1/submissions/{id}"))).await.status;
    assert_eq!(delete(&person).await, 404, "what is a lead's is evidence");
    assert_eq!((delete(&spam).await, delete(&spam).await), (204, 404));
    assert_eq!(list().await["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn rls_13_a_key_for_forms_sees_nothing_that_they_received_and_neither_does_another_organization() {
    let house = House::open().await;
    let (north, south) = (house.found("North").await, house.found("South").await);
    let reader = house.program(&north.owner, Role::Admin, &[KeyScope::FormsWrite, KeyScope::LeadsRead]).await;
    let key = house.program(&north.owner, Role::Admin, &[KeyScope::SubmissionsWrite]).await;
    let stranger = house.program(&south.owner, Role::Admin, &[KeyScope::SubmissionsWrite]).await;
    let spam = held(&house, &north, &key).await;
    house.clock.advance(SignedDuration::from_mins(2));
    let list = format!("/api/v1/forms/{}/submissions", north.form);
    let release = format!("/api/v1/submissions/{spam}/release");
    for (program, status) in [(&reader, 403), (&stranger, 404)] {
        assert_eq!(program.get(&list).await.status, status);
        assert_eq!(program.post(&release, &json!({})).await.status, status);
    }
}

#[tokio::test]
async fn what_is_held_back_is_found_under_a_flood_by_programs_and_members() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let key = house.program(&north.owner, Role::Admin, &[KeyScope::SubmissionsWrite]).await;
    let person = held(&house, &north, &key).await;
    let mut database = house.superuser().await;
    // More than a page of others came after it, a third of them held back as well.
    let flood = "INSERT INTO submissions (organization_id, id, form_id, form_version, received_at, email, consented,
            notice, verdict, spam_reasons)
        SELECT organization_id, gen_random_uuid(), form_id, form_version, received_at + n * interval '1 second',
            n || '@example.com', false, notice, CASE WHEN n % 3 = 0 THEN 'quarantined' ELSE 'accepted' END, spam_reasons
        FROM submissions, generate_series(1, 90) AS n";
    sqlx::query(flood).execute(&mut database).await.unwrap();
    let list = format!("/api/v1/forms/{}/submissions", north.form);
    let mut after = String::new();
    let mut found = Vec::new();
    loop {
        let part = key.get(&format!("{list}?quarantined=true&limit=10{after}")).await.json();
        found.extend(part["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        let Some(next) = part["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!((found.len(), found.last()), (31, Some(&person)));
    let all = key.get(&list).await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), 50);
    for (query, fault) in
        [("quarantined=maybe", "not-a-choice"), ("after=0", "not-a-place"), ("limit=0", "out-of-range")]
    {
        let refused = key.get(&format!("{list}?{query}")).await;
        assert_eq!(refused.status, 400, "{query}");
        assert_eq!(refused.json()["errors"][0]["rule"], fault, "{query}");
    }
    let page = format!("/forms/{}/submissions", north.form);
    let client = &mut north.owner.client;
    let release = format!("/{person}/release");
    assert!(!client.get(&page).await.text().contains(&release), "the newest 25 hide it");
    let first = client.get(&format!("{page}?show=quarantine")).await.text();
    assert!(!first.contains(&release) && first.matches("/release?show=quarantine\"").count() >= 25);
    let older = first.split("href=\"").find(|rest| rest.split('>').next().unwrap().contains("rel=\"next\"")).unwrap();
    let older = older.split('"').next().unwrap().replace("&#38;", "&");
    assert!(client.get(&older).await.text().contains(&release), "{older}");
    let place = older.split_once('?').unwrap().1;
    let gone = client.post(&format!("{page}{release}?{place}"), &[]).await;
    assert_eq!(gone.location(), format!("{page}?said=released&{place}"));
    assert_eq!(client.get(&format!("{page}?show=all")).await.status, 400);
}
