//! A lead that is made whole: on the page as a browser without scripts gets it, and through the API.

use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{House, ProgramClient};
use serde_json::{Value, json};

use crate::api_calls::{NOBODYS, errors, furnished};

/// What an organization wants to know: a number, one of three, any of two, and something that is out of use.
async fn wishes(program: &ProgramClient) {
    for wish in [
        json!({ "name": "Seats", "purpose": "To size it", "kind": "number" }),
        json!({ "name": "Size", "purpose": "To size it", "kind": "choice", "choices": ["Small", "Large & long"] }),
        json!({ "name": "Colours", "purpose": "To paint it", "kind": "multiple_choice", "choices": ["Red", "Blue"] }),
        json!({ "name": "Former", "purpose": "To know", "kind": "text" }),
    ] {
        let made = program.post("/api/v1/properties", &wish).await;
        assert_eq!(made.status, 201, "{}", made.text());
    }
    let all = program.get("/api/v1/properties").await.json();
    let former = all["items"].as_array().unwrap().iter().find(|one| one["name"] == "Former").unwrap();
    let path = format!("/api/v1/properties/{}", former["id"].as_str().unwrap());
    let archived = program.send_for(reqwest::Method::PATCH, &path, "\"1\"", &json!({ "archived": true })).await;
    assert_eq!(archived.status, 200, "{}", archived.text());
}

async fn partners(program: &ProgramClient) -> (String, Value) {
    let made = program.post("/api/v1/pipelines", &json!({ "name": "Partners" })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let pipeline = made.json();
    (pipeline["id"].as_str().unwrap().to_owned(), pipeline["stages"][0]["id"].clone())
}

#[tokio::test]
async fn a_member_makes_a_lead_with_all_that_is_known_of_it() {
    let house = House::open().await;
    let (mut north, program) = furnished(&house, "North").await;
    let mika = house.join(&north, "mika@north.example", &[Role::Agent]).await;
    wishes(&program).await;
    let client = &mut north.owner.client;
    let page = client.get("/leads/new").await.text();
    assert!(page.contains("name=\"properties.seats\"") && page.contains("Large &#38; long"), "{page}");
    assert!(!page.contains("properties.former") && !page.contains("name=\"pipeline\""), "nothing to choose: {page}");
    let (partners, entry) = partners(&program).await;
    assert!(client.get("/leads/new").await.text().contains("name=\"pipeline\""));

    let owner = mika.user.to_string();
    let typed = [
        ("email", "anna@example.com"),
        ("properties.seats", "twelve"),
        ("properties.size", "Large & long"),
        ("properties.colours", "Red"),
        ("properties.colours", "Blue"),
        ("tags", "fair, VIP"),
        ("owner", owner.as_str()),
        ("pipeline", partners.as_str()),
    ];
    let refused = client.post("/leads/new", &typed).await;
    assert_eq!(refused.status, 422);
    let shown = refused.text();
    assert!(shown.contains("id=\"properties.seats-fault\"") && shown.contains("This is not a number"), "{shown}");
    for kept in
        ["value=\"twelve\"", "fair, VIP", "value=\"Red\" checked", "value=\"Blue\" checked", "<option selected>Large"]
    {
        assert!(shown.contains(kept), "{kept} is lost: {shown}");
    }
    for chosen in [&owner, &partners] {
        assert!(shown.contains(&format!("value=\"{chosen}\" selected")), "{chosen} is lost: {shown}");
    }
    let mut right = typed;
    right[1] = ("properties.seats", "12");
    let made = client.post("/leads/new", &right).await;
    assert_eq!(made.status, 303, "{}", made.text());
    let id = made.location().trim_start_matches("/leads/").to_owned();
    let lead = program.get(&format!("/api/v1/leads/{id}")).await.json();
    let known = json!({ "seats": "12", "size": "Large & long", "colours": ["Blue", "Red"] });
    assert_eq!((&lead["properties"], &lead["tags"]), (&known, &json!(["fair", "VIP"])), "{lead}");
    assert_eq!((&lead["owner"], &lead["stage"]), (&json!(owner), &entry), "{lead}");
}

#[tokio::test]
async fn what_cannot_be_kept_of_a_new_lead_is_told_on_its_page() {
    let house = House::open().await;
    let (mut north, program) = furnished(&house, "North").await;
    wishes(&program).await;
    let owner = north.owner.user.to_string();
    let client = &mut north.owner.client;
    let told = [("tags", "x".repeat(41)), ("owner", NOBODYS.to_owned()), ("pipeline", NOBODYS.to_owned())];
    for (field, value) in &told {
        let refused = client.post("/leads/new", &[("email", "anna@example.com"), (*field, value.as_str())]).await;
        assert_eq!(refused.status, 422, "{field}");
        assert!(refused.text().contains(&format!("id=\"{field}-fault\"")), "{field}: {}", refused.text());
    }
    let gone = client.post("/leads/new", &[("email", "anna@example.com"), ("properties.former", "x")]).await;
    assert!(gone.status == 422 && gone.text().contains("“former” is out of use by now"), "{}", gone.text());
    let twice = [("email", "anna@example.com"), ("properties.seats", "1"), ("properties.seats", "2")];
    assert_eq!(client.post("/leads/new", &twice).await.status, 400);
    assert!(north.leads().await.is_empty(), "nothing was made");

    let mut agent = house.join(&north, "agent@north.example", &[Role::Agent]).await;
    let page = agent.client.get("/leads/new").await.text();
    assert!(page.contains("value=\"nobody\"") && !page.contains(&owner), "only what an agent may do: {page}");
    let beyond = [("email", "anna@example.com"), ("name", "Anna Berg"), ("owner", owner.as_str())];
    let refused = agent.client.post("/leads/new", &beyond).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("You may not give the lead") && refused.text().contains("Anna Berg"));
    let queue = [("email", "anna@example.com"), ("owner", "nobody"), ("properties.former", "")];
    assert_eq!(agent.client.post("/leads/new", &queue).await.status, 303, "what is left empty asks for nothing");
    let rows = north.leads().await;
    assert_eq!(program.get(&format!("/api/v1/leads/{}", rows[0].id)).await.json()["owner"], Value::Null);
}

#[tokio::test]
async fn a_program_makes_a_lead_with_all_that_is_known_of_it() {
    let house = House::open().await;
    let (north, program) = furnished(&house, "North").await;
    wishes(&program).await;
    let (partners, entry) = partners(&program).await;
    let owner = json!(north.owner.user.to_string());
    let body = json!({
        "email": "anna@example.com",
        "tags": ["VIP", "fair"],
        "properties": { "seats": "12", "colours": ["Red"] },
        "owner": owner,
        "pipeline": partners,
    });
    let made = program.post("/api/v1/leads", &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let lead = program.get(made.location()).await.json();
    assert_eq!((&lead["owner"], &lead["stage"], &lead["tags"]), (&owner, &entry, &json!(["fair", "VIP"])), "{lead}");
    assert_eq!(lead["properties"], json!({ "seats": "12", "colours": ["Red"] }));

    let again = json!({ "email": "anna@example.com", "tags": ["again"], "owner": null });
    let known = program.post("/api/v1/leads", &again).await;
    assert_eq!((known.status, &known.json()["id"]), (200, &lead["id"]), "{}", known.text());
    let lead = program.get(made.location()).await.json();
    assert_eq!((&lead["owner"], &lead["tags"]), (&owner, &json!(["again", "fair", "VIP"])));
}

#[tokio::test]
async fn rls_13_a_program_is_told_each_fault_of_a_new_lead_and_gives_it_to_nobody_beyond_its_reach() {
    let house = House::open().await;
    let (mut north, program) = furnished(&house, "North").await;
    wishes(&program).await;
    let fields = async |body: Value| {
        let refused = program.post("/api/v1/leads", &body).await;
        assert_eq!(refused.status, 422, "{body}: {}", refused.text());
        errors(&refused).into_iter().map(|(field, _)| field).collect::<Vec<_>>()
    };
    let shape = json!({ "email": "a@example.com", "tags": "VIP", "properties": [], "owner": 7, "pipeline": 7 });
    assert_eq!(fields(shape).await, ["owner", "pipeline", "properties", "tags"]);
    let strange = json!({ "email": "nobody", "tags": [""], "properties": { "seats": "many", "former": "x", "new": "1" },
        "owner": NOBODYS, "pipeline": NOBODYS });
    let expected = ["email", "owner", "pipeline", "properties.former", "properties.new", "properties.seats"];
    assert_eq!(fields(strange).await, expected);
    let nothing = json!({ "email": "a@example.com", "tags": null, "properties": null, "pipeline": null });
    assert_eq!(program.post("/api/v1/leads", &nothing).await.status, 201);

    let agent = house.program(&north.owner, Role::Agent, &[KeyScope::LeadsWrite, KeyScope::LeadsRead]).await;
    let lead = json!({ "email": "b@example.com", "owner": north.owner.user.to_string() });
    let refused = agent.post("/api/v1/leads", &lead).await;
    let made = agent.post("/api/v1/leads", &json!({ "email": "c@example.com", "owner": null })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let assignment = json!({ "owner": north.owner.user.to_string() });
    let path = format!("{}/owner", made.location());
    let assigned = agent.send_for(reqwest::Method::POST, &path, made.header("etag"), &assignment).await;
    assert_eq!((refused.status, refused.json()["type"].clone()), (assigned.status, assigned.json()["type"].clone()));
    assert_eq!(north.leads().await.len(), 2, "and nothing was made");
}
