//! The versions of a form: what each held, what was different before it, and the way back, for members and programs.

use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{FORM_SETTINGS, House, Organization};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    api_calls::{NOBODYS, errors, furnished},
    form_settings::settings,
    forms::{declare, publish, send},
};

/// The settings of the form's page with other words in it.
async fn set(north: &mut Organization, changed: &[(&'static str, &'static str)], version: &'static str) {
    let kept = FORM_SETTINGS.into_iter().filter(|(name, _)| !changed.iter().any(|(other, _)| other == name));
    let fields: Vec<_> = kept.chain(changed.iter().copied()).chain([("version", version)]).collect();
    let set = north.owner.client.post(&format!("/forms/{}/settings", north.form), &fields).await;
    assert_eq!(set.status, 303, "{}", set.text());
}

/// A form of three versions: as it was made, asking for seats and sizes, then with another purpose and name.
async fn thrice_published(house: &House) -> Organization {
    let mut north = house.found("North").await;
    north.form = north.new_form(&[]).await;
    north.public_id = north.public_id_of(&north.form.clone()).await;
    declare(&mut north).await;
    assert_eq!(publish(&mut north, "1").await.status, 303);
    set(&mut north, &[("purpose", "We answer you <soon>."), ("name", "Fair")], "2").await;
    north
}

/// The cells of a row of the comparison, as they stand in the page.
fn row<'a>(page: &'a str, name: &str) -> (&'a str, &'a str) {
    let (_, rest) =
        page.split_once(&format!("<th scope=\"row\">{name}</th>")).unwrap_or_else(|| unreachable!("{name}: {page}"));
    let mut cells = rest
        .split("</tr>")
        .next()
        .unwrap()
        .split("<td ")
        .skip(1)
        .map(|cell| cell.split_once('>').unwrap().1.split("</td>").next().unwrap());
    (cells.next().unwrap(), cells.next().unwrap())
}

#[tokio::test]
async fn a_version_shows_what_it_held_and_what_it_was_before_word_by_word() {
    let house = House::open().await;
    let mut north = thrice_published(&house).await;
    let at = format!("/forms/{}/editions", north.form);
    let page = north.owner.client.get(&format!("{at}/3")).await.text();
    let (before, after) = row(&page, "Purpose");
    let plain = |cell: &str| {
        ["<del>", "</del>", "<ins>", "</ins>"].iter().fold(cell.to_owned(), |cell, tag| cell.replace(tag, ""))
    };
    assert_eq!((plain(before).as_str(), plain(after).as_str()), ("We answer.", "We answer you &#60;soon&#62;."));
    assert!(after.contains("<ins>") && !after.contains("<del>"), "{after}");
    let (_, name) = row(&page, "Name");
    assert_eq!(name, "<ins>Fair</ins>");
    assert!(!page.contains("<th scope=\"row\">Legal basis</th>"), "what stayed is not compared: {page}");
    assert!(page.contains("How many seats?") && !page.contains("Publish again"), "it is current: {page}");

    let page = north.owner.client.get(&format!("{at}/2")).await.text();
    assert_eq!(row(&page, "Label (English)"), ("<span class=\"quiet\">Nothing</span>", "<ins>How many seats?</ins>"));
    assert_eq!(row(&page, "Label (Français)").1, "<ins>Combien de places ?</ins>");
    assert_eq!(row(&page, "Choices").1, "<ins>Small\nLarge &#38; long</ins>");
    assert!(page.contains("Added") && page.contains("Publish again"), "{page}");
    assert!(page.contains(&format!("{at}/1\"")) && page.contains(&format!("{at}/3\"")), "its neighbours: {page}");

    let first = north.owner.client.get(&format!("{at}/1")).await.text();
    assert!(first.contains("The first version") && !first.contains("<table"), "{first}");
    let again = north.owner.client.post(&format!("{at}/1/restoration"), &[("version", "3")]).await;
    assert_eq!(again.location(), format!("/forms/{}?said=restored", north.form));
    let page = north.owner.client.get(&format!("{at}/4")).await.text();
    assert!(page.contains("Removed"), "{page}");
    assert_eq!(row(&page, "Label (English)").0, "<del>How many seats?</del>");

    for (gone, status) in [("0", 404), ("9", 404), ("x", 404), ("99999999999", 404), ("?before=x", 400)] {
        let path = if gone.starts_with('?') { format!("{at}{gone}") } else { format!("{at}/{gone}") };
        assert_eq!(north.owner.client.get(&path).await.status, status, "{gone}");
    }
}

#[tokio::test]
async fn older_versions_are_a_click_away_however_many_there_are() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let key = house.program(&north.owner, Role::Admin, &[KeyScope::FormsWrite]).await;
    let form = format!("/api/v1/forms/{}", north.form);
    for version in 1..=24 {
        let mut wish = settings(&format!("Form {version}"));
        wish["purposes"] = json!([]);
        let put = key.send_for(Method::PUT, &format!("{form}/settings"), &format!("\"{version}\""), &wish).await;
        assert_eq!(put.status, 200, "{}", put.text());
    }
    let at = format!("/forms/{}/editions", north.form);
    let overview = north.owner.client.get(&format!("/forms/{}", north.form)).await.text();
    assert!(overview.contains(&format!("{at}/21\"")) && !overview.contains(&format!("{at}/20\"")), "{overview}");
    assert!(overview.contains("All versions") && overview.matches("Name changed").count() == 5, "{overview}");
    let newest = north.owner.client.get(&at).await.text();
    assert!(newest.contains(&format!("{at}/25\"")) && newest.contains(&format!("{at}?before=6\"")), "{newest}");
    assert_eq!(newest.matches("Name changed").count(), 20, "the last that is shown is compared as well");
    let oldest = north.owner.client.get(&format!("{at}?before=6")).await.text();
    assert!(oldest.contains(&format!("{at}/1\"")) && !oldest.contains("before="), "{oldest}");

    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let part = key.get(&format!("{form}/editions?limit=7{after}")).await.json();
        seen.extend(part["items"].as_array().unwrap().iter().map(|one| one["version"].as_i64().unwrap()));
        let Some(next) = part["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(seen, (1..=25).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_program_reads_versions_compares_them_and_publishes_one_again() {
    let house = House::open().await;
    let north = thrice_published(&house).await;
    let key = house.program(&north.owner, Role::Admin, &[KeyScope::FormsWrite]).await;
    let reader = house.program(&north.owner, Role::Admin, &[KeyScope::FormsRead]).await;
    let (_, theirs) = furnished(&house, "South").await;
    let form = format!("/api/v1/forms/{}", north.form);
    let all = reader.get(&format!("{form}/editions")).await.json();
    let faces: Vec<_> =
        all["items"].as_array().unwrap().iter().map(|one| (&one["version"], &one["is_current"])).collect();
    assert_eq!(faces, [(&json!(3), &json!(true)), (&json!(2), &json!(false)), (&json!(1), &json!(false))], "{all}");
    assert_eq!(
        (&all["items"][0]["changes"], &all["items"][2]["changes"]),
        (&json!(["name", "notice.purpose"]), &json!([]))
    );
    assert_eq!(all["items"][0]["member"], json!(north.owner.user.to_string()));
    let third = reader.get(&format!("{form}/editions/3")).await.json();
    let change = json!({ "at": "notice.purpose", "before": "We answer.", "after": "We answer you <soon>." });
    assert_eq!((&third["changes"][1], &third["held"]["name"]), (&change, &json!("Fair")), "{third}");
    let second = reader.get(&format!("{form}/editions/2")).await.json();
    let label = json!({ "at": "fields.seats.label.fr", "before": null, "after": "Combien de places ?" });
    assert!(second["changes"].as_array().unwrap().contains(&label), "{second}");

    let restoration = format!("{form}/editions/1/restoration");
    let post = async |tag: &str, body: &Value| key.send_for(Method::POST, &restoration, tag, body).await;
    assert_eq!(key.post(&restoration, &json!({})).await.status, 428);
    assert_eq!(post("\"2\"", &json!({})).await.status, 412);
    assert_eq!(post("\"3\"", &json!({ "version": 3 })).await.status, 400);
    assert_eq!(reader.send_for(Method::POST, &restoration, "\"3\"", &json!({})).await.status, 403);
    let again = post("\"3\"", &json!({})).await;
    assert_eq!((again.status, again.header("etag")), (200, "\"4\""), "{}", again.text());
    assert_eq!(again.json()["fields"].as_array().unwrap().len(), 4, "as it was made");
    assert!(!house.client().get(&format!("/f/{}", north.public_id)).await.text().contains("How many seats?"));

    for (path, status) in [
        (format!("{form}/editions/9"), 404),
        (format!("{form}/editions/0"), 404),
        (format!("{form}/editions/01"), 404),
        (format!("{form}/editions?after=0"), 400),
        (format!("{form}/editions?limit=101"), 400),
        (format!("{form}/editions?before=2"), 400),
        (format!("/api/v1/forms/{NOBODYS}/editions"), 404),
        (format!("/api/v1/forms/{NOBODYS}/editions/1"), 404),
        (format!("/api/v1/forms/{NOBODYS}/undeclared"), 404),
    ] {
        assert_eq!(key.get(&path).await.status, status, "{path}");
    }
    for path in ["editions", "editions/1", "undeclared"] {
        assert_eq!(theirs.get(&format!("{form}/{path}")).await.status, 404, "another organization's: {path}");
    }
    for path in ["editions/1/restoration", "public-id"] {
        let foreign = theirs.send_for(Method::POST, &format!("{form}/{path}"), "\"4\"", &json!({})).await;
        assert_eq!(foreign.status, 404, "{path}");
    }
}

#[tokio::test]
async fn prv_4_a_version_whose_notice_is_not_complete_is_not_published_again_by_a_program() {
    let house = House::open().await;
    let north = house.found("North").await;
    let key = house.program(&north.owner, Role::Admin, &[KeyScope::FormsWrite]).await;
    let hollow = "UPDATE form_editions SET settings = settings #- '{notice,contact}'";
    sqlx::query(hollow).execute(&mut house.superuser().await).await.unwrap();
    let restoration = format!("/api/v1/forms/{}/editions/1/restoration", north.form);
    let refused = key.send_for(Method::POST, &restoration, "\"1\"", &json!({})).await;
    let told: Vec<_> = errors(&refused).into_iter().collect();
    assert_eq!((refused.status, told), (422, vec![("notice.contact".to_owned(), "required".to_owned())]));
}

#[tokio::test]
async fn a_program_gives_a_form_another_address_and_hears_what_is_sent_undeclared() {
    let house = House::open().await;
    let north = house.found("North").await;
    let key = house.program(&north.owner, Role::Admin, &[KeyScope::FormsWrite]).await;
    let form = format!("/api/v1/forms/{}", north.form);
    let sent = [("email", "anna@example.com"), ("budget", "secret-word")];
    assert_eq!(send(&house.client(), &north.public_id, &sent).await.status, 303);
    house.settle().await;
    let undeclared = key.get(&format!("{form}/undeclared")).await;
    let found = undeclared.json();
    assert_eq!((&found["items"][0]["name"], &found["items"][0]["times"]), (&json!("budget"), &json!(1)), "{found}");
    assert!(!undeclared.text().contains("secret-word"));

    let before = key.get(&form).await.json();
    let rotated = key.post(&format!("{form}/public-id"), &json!({})).await;
    assert_eq!(rotated.status, 200, "{}", rotated.text());
    let now = rotated.json();
    assert_ne!(now["public_id"], before["public_id"]);
    assert_eq!(now["version"], before["version"]);
    for public_id in [&before["public_id"], &now["public_id"]] {
        let hosted = house.client().get(&format!("/f/{}", public_id.as_str().unwrap())).await;
        assert_eq!(hosted.status, 200, "both addresses work for now");
    }
}
