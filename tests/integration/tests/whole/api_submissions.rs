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
