//! Pipelines, their stages and the reasons for giving leads up, shaped on the pages of the settings by a browser without
//! scripts, and what the board shows of it.

use jiff::SignedDuration;
use qualify_integration::{Answer, Client, House, Organization, Plan, ids_after};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::census::capture;

const SETTINGS: &str = "/settings/pipelines";

/// A house in which nothing happens by itself.
async fn founded() -> (House, Organization) {
    let house = House::built(Plan { works: false, ..Plan::default() }).await;
    let north = house.found("North").await;
    (house, north)
}

/// Somebody of that name writes, and becomes a lead.
async fn comes(house: &House, north: &Organization, name: &str) {
    let email = format!("{}@example.com", name.to_lowercase());
    capture(house, &north.public_id, &json!({ "name": name, "email": email })).await;
    house.worker.drain(&CancellationToken::new()).await.unwrap();
    house.clock.advance(SignedDuration::from_mins(2));
}

/// What stands between two marks, the first time it does.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_default();
    rest.split(after).next().unwrap_or_default()
}

/// A stage as the page of its pipeline shows it.
#[derive(Debug)]
struct Shown {
    id: String,
    name: String,
    kind: String,
    about: String,
}

/// The stages of a pipeline's page, in order.
fn stages(page: &Answer) -> Vec<Shown> {
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    let rows = text.split("<span class=\"dot ").skip(1).filter(|row| row.contains("/stages/"));
    let shown = rows.map(|row| Shown {
        id: between(row, "/stages/", "\"").to_owned(),
        name: between(row, "<strong>", "</strong>").to_owned(),
        kind: row.split('"').next().unwrap_or_default().to_owned(),
        about: between(row, "<span class=\"small quiet\">", "</span>").to_owned(),
    });
    shown.collect()
}

/// The names and kinds of the stages of a pipeline, as its page shows them.
async fn drawn(client: &mut Client, pipeline: &str) -> Vec<(String, String)> {
    let stages = stages(&client.get(&format!("{SETTINGS}/{pipeline}")).await);
    stages.into_iter().map(|stage| (stage.name, stage.kind)).collect()
}

/// The id of the stage of that name.
async fn stage(client: &mut Client, pipeline: &str, name: &str) -> String {
    let stages = stages(&client.get(&format!("{SETTINGS}/{pipeline}")).await);
    stages.into_iter().find(|stage| stage.name == name).unwrap().id
}

/// Sends a form of a pipeline's page as the page is now.
async fn send(client: &mut Client, pipeline: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    let here = format!("{SETTINGS}/{pipeline}");
    let version = client.get(&here).await.hidden("version").unwrap();
    client.post(&format!("{here}{path}"), &[fields, &[("version", version.as_str())]].concat()).await
}

/// Sends it, and it is done.
async fn done(client: &mut Client, pipeline: &str, path: &str, fields: &[(&str, &str)]) {
    let answer = send(client, pipeline, path, fields).await;
    assert_eq!((answer.status, answer.location()), (303, format!("{SETTINGS}/{pipeline}").as_str()), "{path}");
}

fn written<'a>(name: &'a str, kind: &'a str, days: &'a str) -> [(&'a str, &'a str); 3] {
    [("name", name), ("kind", kind), ("stale_after_days", days)]
}

/// The columns of a board: name, kind and how many leads stand there.
fn columns(page: &Answer) -> Vec<(String, String, String)> {
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    let heads = text.split("<h2 id=\"head-").skip(1).map(|head| head.split("</h2>").next().unwrap_or_default());
    let column = |head: &str| {
        let kind = between(head, "class=\"dot ", "\"");
        let (name, count) = (between(head, "<span>", "</span>"), between(head, "number\">", "</span>"));
        (name.to_owned(), kind.to_owned(), count.to_owned())
    };
    heads.map(column).collect()
}

/// The board of the pipeline of that name, by the link that leads to it.
async fn board(client: &mut Client, pipeline: &str) -> Answer {
    let page = client.get("/board").await.text();
    let links = page.split("<a class=\"chip\" href=\"").skip(1);
    let link = links.map(|link| link.split('"').next().unwrap_or_default().to_owned());
    let named = page.split("<a class=\"chip\" href=\"").skip(1).map(|link| between(link, ">", "<").to_owned());
    let address = link.zip(named).find(|(_, name)| name == pipeline).map(|(address, _)| address);
    client.get(&address.unwrap().replace("&#38;", "&")).await
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(name, kind)| (name.to_owned(), kind.to_owned())).collect()
}

fn counted(columns: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    columns.iter().map(|&(name, kind, count)| (name.to_owned(), kind.to_owned(), count.to_owned())).collect()
}

async fn made(client: &mut Client, name: &str) -> String {
    let made = client.post(SETTINGS, &[("name", name)]).await;
    assert_eq!(made.status, 303, "{}", made.text());
    made.location().trim_start_matches("/settings/pipelines/").to_owned()
}

#[tokio::test]
async fn a_pipeline_is_drawn_stage_by_stage_and_the_board_has_its_columns() {
    let (_house, mut north) = founded().await;
    let client = &mut north.owner.client;
    let partners = made(client, "Partners").await;
    assert_eq!(drawn(client, &partners).await, owned(&[("Partners", "open")]), "leads can enter it at once");
    assert!(client.get(SETTINGS).await.text().contains("<strong>Partners</strong>"));

    done(client, &partners, "/stages", &written("Pitch", "open", "7")).await;
    done(client, &partners, "/stages", &written("Signed", "won", "")).await;
    done(client, &partners, "/stages", &written("Lost", "disqualified", "")).await;
    let drawn_so = [("Partners", "open"), ("Pitch", "open"), ("Signed", "won"), ("Lost", "disqualified")];
    assert_eq!(drawn(client, &partners).await, owned(&drawn_so));
    let page = client.get(&format!("{SETTINGS}/{partners}")).await;
    let abouts: Vec<String> = stages(&page).into_iter().map(|stage| stage.about).collect();
    assert_eq!(abouts[1], "Open: being worked on · stale after 7 days");
    assert_eq!(abouts[2], "Won: became a customer");

    let pitch = stage(client, &partners, "Pitch").await;
    let path = format!("/stages/{pitch}");
    let asked = client.get(&format!("{SETTINGS}/{partners}{path}")).await.text();
    for field in ["name=\"name\" type=\"text\" value=\"Pitch\"", "<option value=\"open\" selected>", "value=\"7\""] {
        assert!(asked.contains(field), "{field}: {asked}");
    }
    done(client, &partners, &path, &written("Offer", "qualified", "14")).await;
    let changed = stages(&client.get(&format!("{SETTINGS}/{partners}")).await).remove(1);
    assert_eq!((changed.id.as_str(), changed.name.as_str(), changed.kind.as_str()), (&*pitch, "Offer", "qualified"));
    assert!(changed.about.ends_with("stale after 14 days"), "{changed:?}");

    done(client, &partners, &format!("{path}/place"), &[("direction", "later")]).await;
    let drawn_so = [("Partners", "open"), ("Signed", "won"), ("Offer", "qualified"), ("Lost", "disqualified")];
    assert_eq!(drawn(client, &partners).await, owned(&drawn_so));
    let shown = drawn_so.map(|(name, kind)| (name, kind, "0"));
    assert_eq!(columns(&board(client, "Partners").await), counted(&shown));
    done(client, &partners, &format!("{path}/place"), &[("direction", "earlier")]).await;
    assert_eq!(stages(&client.get(&format!("{SETTINGS}/{partners}")).await).remove(1).name, "Offer");

    done(client, &partners, "/name", &[("pipeline", "Resellers")]).await;
    assert!(client.get(SETTINGS).await.text().contains("<strong>Resellers</strong>"));
    assert_eq!(columns(&board(client, "Resellers").await).len(), 4);
}

#[tokio::test]
async fn what_is_wrong_with_a_stage_is_told_and_nothing_typed_is_lost() {
    let (_house, mut north) = founded().await;
    let client = &mut north.owner.client;
    let partners = made(client, "Partners").await;
    let only = stage(client, &partners, "Partners").await;
    let before = drawn(client, &partners).await;
    for path in ["/stages".to_owned(), format!("/stages/{only}")] {
        for (fields, field) in [
            (written("", "won", "21"), "name"),
            (written("Signed", "lucky", "21"), "kind"),
            (written("Signed", "open", "soon"), "stale_after_days"),
        ] {
            let told = send(client, &partners, &path, &fields).await;
            assert_eq!(told.status, 422, "{path}: {field}");
            let page = told.text();
            assert!(page.contains(&format!("id=\"{field}-fault\"")), "{path}: {field}: {page}");
            for (_, typed) in fields.iter().filter(|(name, typed)| *name != "kind" && !typed.is_empty()) {
                assert!(page.contains(&format!("value=\"{typed}\"")), "{path}: {field}: {typed} is lost: {page}");
            }
        }
        let late = [&written("Late", "open", "")[..], &[("version", "77")]].concat();
        let late = client.post(&format!("{SETTINGS}/{partners}{path}"), &late).await;
        assert_eq!(late.status, 409, "{path}: {}", late.text());
        assert!(late.text().contains("has changed meanwhile") && late.text().contains("value=\"Late\""), "{path}");
    }
    let told = send(client, &partners, &format!("/stages/{only}"), &written("Signed", "won", "")).await;
    assert_eq!(told.status, 422);
    assert!(told.text().contains("A pipeline needs an open stage"), "{}", told.text());
    let told = send(client, &partners, "/name", &[("pipeline", "")]).await;
    assert!(told.status == 422 && told.text().contains("id=\"pipeline-fault\""), "{}", told.text());
    let told = client.post(SETTINGS, &[("name", " ")]).await;
    assert!(told.status == 422 && told.text().contains("id=\"name-fault\""), "{}", told.text());
    assert_eq!(drawn(client, &partners).await, before, "nothing wrong is kept");
}

#[tokio::test]
async fn the_leads_of_a_stage_that_goes_stand_where_somebody_said() {
    let (house, mut north) = founded().await;
    for name in ["Anna", "Berta"] {
        comes(&house, &north, name).await;
    }
    let lead = north.wait_for_leads(2).await.remove(0).id;
    let client = &mut north.owner.client;
    let sales = ids_after(&client.get(SETTINGS).await.text(), "/settings/pipelines/").remove(0);
    let usual = [("New", "open"), ("In conversation", "open"), ("Qualified", "qualified"), ("Won", "won")];
    let usual = owned(&[&usual[..], &[("Not a fit", "disqualified")]].concat());
    assert_eq!(drawn(client, &sales).await, usual);
    let new = stage(client, &sales, "New").await;

    let asked = client.get(&format!("{SETTINGS}/{sales}/stages/{new}")).await.text();
    assert!(asked.contains("Where do its leads go?"), "{asked}");
    let heirs = between(&asked, "<select class=\"input\" id=\"heir\"", "</select>");
    assert!(!heirs.contains(&new), "not to itself: {heirs}");
    for (name, _) in usual.iter().skip(1) {
        assert!(heirs.contains(&format!(">{name}</option>")), "{name}: {heirs}");
    }

    let path = format!("/stages/{new}/removal");
    let given_up = stage(client, &sales, "Not a fit").await;
    for (heir, words) in [(given_up.as_str(), "that takes a reason"), (new.as_str(), "is not one of this pipeline")] {
        let told = send(client, &sales, &path, &[("heir", heir)]).await;
        assert_eq!(told.status, 422, "{words}: {}", told.text());
        assert!(told.text().contains(words), "{words}: {}", told.text());
    }
    let heir = stage(client, &sales, "In conversation").await;
    let stale = [("heir", heir.as_str()), ("version", "77")];
    assert_eq!(client.post(&format!("{SETTINGS}/{sales}{path}"), &stale).await.status, 409);
    assert_eq!(drawn(client, &sales).await, usual, "nothing has happened");
    assert_eq!(columns(&client.get("/board").await)[0].2, "2");

    done(client, &sales, &path, &[("heir", heir.as_str())]).await;
    assert_eq!(drawn(client, &sales).await, usual[1..]);
    let shown = counted(&[
        ("In conversation", "open", "2"),
        ("Qualified", "qualified", "0"),
        ("Won", "won", "0"),
        ("Not a fit", "disqualified", "0"),
    ]);
    assert_eq!(columns(&client.get("/board").await), shown);
    let file = client.get(&format!("/leads/{lead}")).await.text();
    assert!(file.contains("moved it from New to In conversation"), "{file}");
    let gone = client.get(&format!("{SETTINGS}/{sales}/stages/{new}")).await;
    assert_eq!(gone.status, 404);
    comes(&house, &north, "Clara").await;
    assert_eq!(columns(&north.owner.client.get("/board").await)[0].2, "3", "who comes now enters the next open one");
}

/// The ids of the pipelines, in order.
async fn order(north: &mut Organization) -> Vec<String> {
    ids_after(&north.owner.client.get(SETTINGS).await.text(), "/settings/pipelines/")
}

#[tokio::test]
async fn a_pipeline_goes_first_and_goes_once_nobody_stands_in_it() {
    let (house, mut north) = founded().await;
    let sales = ids_after(&north.owner.client.get(SETTINGS).await.text(), "/settings/pipelines/").remove(0);
    let page = north.owner.client.get(&format!("{SETTINGS}/{sales}")).await.text();
    assert!(!page.contains("Take the pipeline out of use"), "the only one stays: {page}");
    let told = north.owner.client.post(&format!("{SETTINGS}/{sales}/removal"), &[]).await;
    assert!(told.status == 422 && told.text().contains("The last one stays"), "{}", told.text());
    let partners = made(&mut north.owner.client, "Partners").await;
    assert_eq!(order(&mut north).await, [sales.as_str(), &partners]);
    let first = north.owner.client.post(&format!("{SETTINGS}/{partners}/place"), &[("direction", "earlier")]).await;
    assert_eq!((first.status, first.location()), (303, SETTINGS));
    assert_eq!(order(&mut north).await, [partners.as_str(), &sales]);
    let text = north.owner.client.get(SETTINGS).await.text();
    assert!(text.contains("<strong>Partners</strong></a> <span class=\"badge bare\">New leads</span>"), "{text}");

    comes(&house, &north, "Anna").await;
    let lead = north.wait_for_leads(1).await.remove(0).id;
    let client = &mut north.owner.client;
    assert_eq!(columns(&client.get("/board").await), counted(&[("Partners", "open", "1")]));
    let told = client.post(&format!("{SETTINGS}/{partners}/removal"), &[]).await;
    assert_eq!(told.status, 422, "{}", told.text());
    assert!(told.text().contains("Leads still stand in it"), "{}", told.text());

    let page = client.get(&format!("/leads/{lead}")).await;
    let version = page.hidden("version").unwrap();
    let over = [("pipeline", sales.as_str()), ("version", version.as_str())];
    assert_eq!(client.post(&format!("/leads/{lead}/pipeline"), &over).await.status, 303);
    let gone = client.post(&format!("{SETTINGS}/{partners}/removal"), &[]).await;
    assert_eq!((gone.status, gone.location()), (303, SETTINGS), "{}", gone.text());
    assert_eq!(order(&mut north).await, [sales.as_str()]);
    assert_eq!(north.owner.client.get(&format!("{SETTINGS}/{partners}")).await.status, 404);
    let page = north.owner.client.get("/board").await;
    assert_eq!(columns(&page)[0], ("New".to_owned(), "open".to_owned(), "1".to_owned()));
    assert!(!page.text().contains(">Partners<"), "{}", page.text());
}

#[tokio::test]
async fn reasons_are_added_and_taken_off_and_what_the_board_asks_follows() {
    let (_house, mut north) = founded().await;
    let client = &mut north.owner.client;
    let added = client.post("/settings/reasons", &[("reason", "Moved away")]).await;
    assert_eq!((added.status, added.location()), (303, "/settings/pipelines#reasons"));
    let reasons = listed(client).await;
    assert_eq!(reasons.last().unwrap().1, "Moved away", "at the end: {reasons:?}");
    assert!(client.get("/board").await.text().contains(">Moved away</option>"));
    let twice = client.post("/settings/reasons", &[("reason", "moved AWAY")]).await;
    assert_eq!(twice.status, 409);
    let text = twice.text();
    assert!(text.contains("id=\"reason-fault\"") && text.contains("value=\"moved AWAY\""), "{text}");

    let moved = reasons.last().unwrap().0.clone();
    let off = client.post(&format!("/settings/reasons/{moved}/removal"), &[]).await;
    assert_eq!((off.status, off.location()), (303, "/settings/pipelines#reasons"));
    assert!(!client.get(SETTINGS).await.text().contains("Moved away"));
    assert!(!client.get("/board").await.text().contains("Moved away"));
    assert_eq!(client.post("/settings/reasons", &[("reason", "Moved away")]).await.status, 303);
    assert!(listed(client).await.contains(&(moved, "Moved away".to_owned())), "the one it was");

    let mut left = listed(client).await;
    let last = left.pop().unwrap().0;
    for (id, name) in left {
        assert_eq!(client.post(&format!("/settings/reasons/{id}/removal"), &[]).await.status, 303, "{name}");
    }
    let told = client.post(&format!("/settings/reasons/{last}/removal"), &[]).await;
    assert_eq!(told.status, 422);
    assert!(told.text().contains("The last one stays"), "{}", told.text());
}

/// The reasons on the list: id and name.
async fn listed(client: &mut Client) -> Vec<(String, String)> {
    let page = client.get(SETTINGS).await.text();
    let reasons = between(&page, "id=\"reasons\"", "<form class=\"row\"");
    ids_after(reasons, "/settings/reasons/").into_iter().zip(names(reasons)).collect()
}

/// The names of the reasons, in the order of the page.
fn names(reasons: &str) -> Vec<String> {
    reasons.split("<li class=\"row apart\">").skip(1).map(|row| between(row, "<span>", "</span>").to_owned()).collect()
}
