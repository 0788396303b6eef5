//! An organization that ends, as its visitors, programs and members meet it; and members who delete their accounts.

use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::House;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn an_organization_is_closed_from_its_page_and_opened_again_from_any_page() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let mut agent = house.join(&north, "agent@north.example", &[Role::Agent]).await;
    let program = house.program(&north.owner, Role::Owner, KeyScope::ALL).await;
    let owner = &mut north.owner.client;
    let wrong = owner.post("/settings/organization/deletion", &[("name", "South")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("This is not the name of the organization."));
    assert!(!owner.get("/leads").await.text().contains("will be deleted on"));
    assert_eq!(agent.client.get("/settings/organization/deletion").await.status, 403);
    assert_eq!(owner.post("/settings/organization/deletion", &[("name", "North")]).await.status, 303);

    let form = format!("/f/{}", north.public_id);
    let page = house.client().get(&form).await;
    assert_eq!(page.status, 410);
    assert!(page.text().contains("This form is closed"), "{}", page.text());
    let client = house.client();
    let request = client.request(Method::POST, &form).header("accept", "application/json");
    let refused = client.ask(request.json(&json!({"email": "anna@example.com"}))).await;
    assert_eq!((refused.status, refused.json()["type"].as_str()), (410, Some("/api/docs#form-closed")));
    assert_eq!(house.count("SELECT count(*) FROM submissions").await, 0);

    for (client, undoes) in [(&mut *owner, true), (&mut agent.client, false)] {
        let page = client.get("/leads").await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("This organization is closed and will be deleted on"));
        assert_eq!(page.text().contains("/settings/organization/reopening"), undoes);
        let refused = client.post("/leads/new", &[("email", "berta@example.com")]).await;
        assert_eq!(refused.status, 403);
        assert!(refused.text().contains("This organization is closed"), "{}", refused.text());
    }
    assert_eq!(program.ask(program.request(Method::GET, "/api/v1/leads")).await.status, 200);
    let made = program.request(Method::POST, "/api/v1/leads").json(&json!({"email": "carla@example.com"}));
    let made = program.ask(made).await;
    assert_eq!((made.status, made.json()["type"].as_str()), (403, Some("/api/docs#closed")));
    assert_eq!(agent.client.post("/settings/organization/reopening", &[]).await.status, 403);
    assert_eq!(owner.post("/settings/organization/reopening", &[]).await.status, 303);
    assert!(!owner.get("/leads").await.text().contains("will be deleted on"));
    assert_eq!(house.client().get(&form).await.status, 200);
}

#[tokio::test]
async fn a_member_sees_what_is_kept_and_deletes_their_account_unless_nobody_else_owns_the_organization() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let mut agent = house.join(&north, "agent@north.example", &[Role::Agent]).await;
    let page = agent.client.get("/settings/privacy").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("90 days") || page.text().contains("90 jours"), "{}", page.text());
    let owner = &mut north.owner.client;
    let kept = owner.get("/settings/privacy/deletion").await.text();
    assert!(
        kept.contains("North") && kept.contains("/settings/organization/deletion") && !kept.contains("name=\"email\"")
    );
    let email = north.owner.email.clone();
    assert_eq!(owner.post("/settings/privacy/deletion", &[("email", email.as_str())]).await.status, 422);
    let fields = [("email", "agent@north.example")];
    assert_eq!(agent.client.post("/settings/privacy/deletion", &[("email", "x@example.com")]).await.status, 422);
    let mut elsewhere = house.sign_in("agent@north.example").await.client;
    let gone = agent.client.post("/settings/privacy/deletion", &fields).await;
    assert_eq!((gone.status, gone.location()), (303, "/sign-in?after=sign-out"));
    assert!(elsewhere.get("/leads").await.location().starts_with("/sign-in"), "every session has ended");
    house.settle().await;
    assert_eq!(house.mails.wait("agent@north.example", 1).await.len(), 1);
    assert_eq!(house.count("SELECT count(*) FROM users WHERE email LIKE 'agent@%'").await, 0);
}
