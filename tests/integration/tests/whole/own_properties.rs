//! What an organization itself wants to know of its leads, shaped on the page of the settings by a browser without scripts,
//! and what the page of a lead makes of it.

use qualify_integration::{Answer, Client, House, Organization, Plan, ids_after};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::census::capture;

const SETTINGS: &str = "/settings/properties";

/// An organization that asks for the seats and the colour, its lead, and the ids of both properties.
async fn furnished() -> (House, Organization, String, [String; 2]) {
    let house = House::built(Plan { works: false, ..Plan::default() }).await;
    let mut north = house.found("North").await;
    capture(&house, &north.public_id, &json!({ "name": "Vera", "email": "vera@example.com" })).await;
    house.worker.drain(&CancellationToken::new()).await.unwrap();
    let lead = north.wait_for_leads(1).await.remove(0).id;
    for (name, kind, choices) in [("Seats", "choice", "Small\nLarge"), ("Colour", "text", "")] {
        let property = [("name", name), ("purpose", "To size it"), ("kind", kind), ("choices", choices), ("key", "")];
        assert_eq!(north.owner.client.post(SETTINGS, &property).await.status, 303, "{name}");
    }
    let ids = order(&mut north.owner.client).await;
    (house, north, lead, ids.try_into().unwrap())
}

/// The ids of the properties, in the order of the settings.
async fn order(client: &mut Client) -> Vec<String> {
    ids_after(&client.get(SETTINGS).await.text(), "/settings/properties/")
}

/// Changes a property as it is now.
async fn change(client: &mut Client, id: &str, fields: [(&str, &str); 3]) -> Answer {
    let here = format!("{SETTINGS}/{id}");
    let version = client.get(&here).await.hidden("version").unwrap();
    let rest = [("purpose", "To size it"), ("version", version.as_str())];
    client.post(&here, &[&fields[..], &rest].concat()).await
}

fn named<'a>(name: &'a str, choices: &'a str, archived: &'a str) -> [(&'a str, &'a str); 3] {
    [("name", name), ("choices", choices), ("archived", archived)]
}

/// What a lead's page, or the form on it, shows of a property; nothing where it shows none.
async fn shown(client: &mut Client, lead: &str, query: &str, id: &str) -> String {
    let page = client.get(&format!("/leads/{lead}{query}")).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    let (_, after) = text.split_once(&format!("id=\"p-property-{id}\"")).unwrap_or_default();
    let rows = after.split("</dl>").next().unwrap_or_default();
    rows.split("<div class=\"property").next().unwrap_or_default().to_owned()
}

async fn save(client: &mut Client, lead: &str, id: &str, was: &str, value: &str) -> Answer {
    let field = format!("property:{id}");
    let fields = [("field", field.as_str()), ("was", was), ("value", value)];
    client.post(&format!("/leads/{lead}/properties"), &fields).await
}

#[tokio::test]
async fn other_choices_are_offered_from_then_on_and_what_was_chosen_stays_known() {
    let (_house, mut north, lead, [seats, _]) = furnished().await;
    let client = &mut north.owner.client;
    assert_eq!(save(client, &lead, &seats, "", "Small").await.status, 303);
    let asked = client.get(&format!("{SETTINGS}/{seats}")).await.text();
    assert!(asked.contains("Small\nLarge</textarea>") && asked.contains("value=\"Seats\""), "{asked}");

    for (choices, words) in [("", "This is required"), ("Large\nLARGE", "id=\"choices-fault\"")] {
        let told = change(client, &seats, named("Places", choices, "")).await;
        assert_eq!(told.status, 422, "{choices}: {}", told.text());
        let page = told.text();
        assert!(page.contains("id=\"choices-fault\"") && page.contains(words), "{choices}: {page}");
        assert!(page.contains("value=\"Places\""), "{choices}: what was typed is lost: {page}");
    }
    let told = change(client, &seats, named("", "Large", "")).await;
    assert!(told.status == 422 && told.text().contains("id=\"name-fault\""), "{}", told.text());
    let late = [&named("Places", "Large", "")[..], &[("purpose", "To size it"), ("version", "77")]].concat();
    let told = client.post(&format!("{SETTINGS}/{seats}"), &late).await;
    assert_eq!(told.status, 409, "{}", told.text());
    assert!(told.text().contains("has changed meanwhile") && told.text().contains("value=\"Places\""));
    assert!(client.get(SETTINGS).await.text().contains("<strong>Seats</strong>"), "nothing has happened");

    let changed = change(client, &seats, named("Places", "Large\nHuge", "")).await;
    assert_eq!((changed.status, changed.location()), (303, SETTINGS), "{}", changed.text());
    let page = client.get(SETTINGS).await.text();
    assert!(page.contains("<strong>Places</strong>") && page.contains("<code>seats</code>"), "its word stays: {page}");
    let row = shown(client, &lead, "", &seats).await;
    assert!(row.contains("<dt>Places</dt>") && row.contains(">Small<"), "{row}");
    let form = shown(client, &lead, &format!("?edit=property:{seats}"), &seats).await;
    assert!(form.contains(">Large</option>") && form.contains(">Huge</option>"), "{form}");
    assert!(!form.contains(">Small</option>"), "{form}");
    assert_eq!(save(client, &lead, &seats, "Small", "Small").await.status, 422);
    assert_eq!(save(client, &lead, &seats, "Small", "Huge").await.status, 303);
    assert!(shown(client, &lead, "", &seats).await.contains(">Huge<"));
}

#[tokio::test]
async fn a_lead_tells_of_them_in_the_order_of_the_settings() {
    let (_house, mut north, lead, [seats, colour]) = furnished().await;
    let client = &mut north.owner.client;
    let file = format!("/leads/{lead}");
    assert_eq!(ids_after(&client.get(&file).await.text(), "id=\"p-property-"), [seats.as_str(), &colour]);
    for (direction, expected) in [("later", [&colour, &seats]), ("earlier", [&seats, &colour])] {
        let path = format!("{SETTINGS}/{seats}/place");
        let moved = client.post(&path, &[("direction", direction)]).await;
        assert_eq!((moved.status, moved.location()), (303, SETTINGS), "{direction}");
        assert_eq!(order(client).await.iter().collect::<Vec<_>>(), expected, "{direction}");
        let page = client.get(&file).await.text();
        assert_eq!(ids_after(&page, "id=\"p-property-").iter().collect::<Vec<_>>(), expected, "{direction}");
    }
    let wrong = client.post(&format!("{SETTINGS}/{seats}/place"), &[("direction", "sideways")]).await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn what_is_out_of_use_is_asked_no_more_and_what_is_known_of_it_stays() {
    let (_house, mut north, lead, [seats, colour]) = furnished().await;
    let client = &mut north.owner.client;
    assert_eq!(save(client, &lead, &seats, "", "Small").await.status, 303);
    assert!(client.get("/leads/new").await.text().contains("name=\"properties.seats\""));
    for (id, fields) in [(&seats, named("Seats", "Small\nLarge", "on")), (&colour, named("Colour", "", "on"))] {
        assert_eq!(change(client, id, fields).await.status, 303);
    }
    let page = client.get(SETTINGS).await.text();
    assert_eq!(page.matches("<span class=\"badge bare\">Out of use</span>").count(), 2, "{page}");
    let asked = client.get(&format!("{SETTINGS}/{seats}")).await.text();
    assert!(asked.contains("name=\"archived\" checked"), "{asked}");
    for gone in ["name=\"properties.seats\"", "name=\"properties.colour\""] {
        assert!(!client.get("/leads/new").await.text().contains(gone), "{gone}");
    }

    assert_eq!(shown(client, &lead, "", &colour).await, "", "nothing is known of it");
    for query in [String::new(), format!("?edit=property:{seats}")] {
        let row = shown(client, &lead, &query, &seats).await;
        assert!(row.contains(">Small<"), "{row}");
        assert!(!row.contains("?edit=") && !row.contains("<form"), "there is nothing to change it by: {row}");
    }
    let told = save(client, &lead, &seats, "Small", "Large").await;
    assert_eq!(told.status, 422, "{}", told.text());

    assert_eq!(change(client, &seats, named("Seats", "Small\nLarge", "")).await.status, 303);
    let row = shown(client, &lead, "", &seats).await;
    assert!(row.contains(">Small<") && row.contains("?edit="), "{row}");
    assert_eq!(save(client, &lead, &seats, "Small", "Large").await.status, 303);
}
