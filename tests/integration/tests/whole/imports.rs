//! A file of people, from the upload to the undoing, over HTTP.

use std::fmt::Write;

use qualify_domain::access::Role;
use qualify_integration::{Answer, House, Organization, Plan};
use reqwest::Method;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::census::capture;

const USUAL: [(&str, &str); 7] = [
    ("encoding", "utf8"),
    ("delimiter", "comma"),
    ("has_header", "1"),
    ("dates", "iso"),
    ("mode", "upsert"),
    ("legal_basis", "legitimate_interest"),
    ("source", "Fair in Lyon"),
];

/// Uploads a file whose columns are name, e-mail and phone; tells where its page is.
pub(crate) async fn upload(north: &mut Organization, file: &str) -> String {
    let answer = north.owner.client.upload("/imports", "people.csv", file.as_bytes()).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.location().to_owned()
}

async fn go_on(north: &mut Organization, place: &str, what: &str) -> Answer {
    let client = &mut north.owner.client;
    let version = client.get(place).await.hidden("version").unwrap();
    let own = [("version", version.as_str()), ("do", what), ("to", "name=1"), ("to", "email=2"), ("to", "phone=3")];
    client.post(place, &[&USUAL[..], &own].concat()).await
}

/// Imports what was uploaded there, and tells what its page says then.
pub(crate) async fn begun(house: &House, north: &mut Organization, place: &str) -> String {
    let begun = go_on(north, place, "begin").await;
    assert_eq!((begun.status, begun.location()), (303, place), "{}", begun.text());
    house.worker.drain(&CancellationToken::new()).await.unwrap();
    north.owner.client.get(place).await.text()
}

/// Imports it, and tells what its page says then.
pub(crate) async fn import(house: &House, north: &mut Organization, file: &str) -> (String, String) {
    let place = upload(north, file).await;
    let page = begun(house, north, &place).await;
    (place, page)
}

/// What the page says of an outcome.
pub(crate) fn told(page: &str, outcome: &str) -> Option<String> {
    let (_, after) = page.split_once(&format!("<dt>{outcome}</dt><dd>"))?;
    after.split_once('<').map(|(times, _)| times.to_owned())
}

async fn resting() -> (House, Organization) {
    let house = House::built(Plan { works: false, ..Plan::default() }).await;
    let north = house.found("North").await;
    (house, north)
}

/// All that is known of people, with the ids of their leads.
async fn people(house: &House) -> Vec<(String, Option<String>, Option<String>, Option<String>)> {
    let query = "SELECT id::text, name, email, phone_e164 FROM leads ORDER BY id";
    sqlx::query_as(query).fetch_all(&mut house.superuser().await).await.unwrap()
}

#[tokio::test]
async fn ten_thousand_rows_twice_make_nobody_twice_and_undoing_brings_every_field_back() {
    let (house, mut north) = resting().await;
    for n in 0..40 {
        capture(&house, &north.public_id, &json!({ "email": format!("person{n}@example.com"), "name": "Known" })).await;
    }
    house.worker.drain(&CancellationToken::new()).await.unwrap();
    let before = people(&house).await;
    assert_eq!(before.len(), 40);
    let mut file = "Name,E-mail,Phone\r\n".to_owned();
    for n in 0..10_000 {
        write!(file, "Person {n},person{n}@example.com,+336{:08}\r\n", 10_000_000 + n).unwrap();
    }
    let (first, page) = import(&house, &mut north, &file).await;
    assert_eq!(told(&page, "New leads").as_deref(), Some("9,960"), "{page}");
    assert_eq!(told(&page, "Changed leads").as_deref(), Some("40"));
    assert_eq!(house.count("SELECT count(*) FROM leads").await, 10_000);
    let between = people(&house).await;
    let (_, page) = import(&house, &mut north, &file).await;
    assert_eq!(told(&page, "Nothing new in them").as_deref(), Some("10,000"), "{page}");
    assert_eq!((told(&page, "New leads"), told(&page, "Changed leads")), (None, None));
    assert_eq!(people(&house).await, between, "the second time creates nobody");
    let undone = north.owner.client.post(&format!("{first}/undo"), &[]).await;
    assert_eq!((undone.status, undone.location()), (303, first.as_str()), "{}", undone.text());
    house.worker.drain(&CancellationToken::new()).await.unwrap();
    let page = north.owner.client.get(&first).await.text();
    assert_eq!(told(&page, "Leads that are gone again").as_deref(), Some("9,960"), "{page}");
    assert_eq!(told(&page, "Leads as they were before").as_deref(), Some("40"));
    assert_eq!(people(&house).await, before, "undo brings every field back");
    let trail = north.owner.client.get("/settings/audit?action=import_leads").await.text();
    assert!(trail.contains("Import"), "{trail}");
}

#[tokio::test]
async fn a_file_is_explained_tried_and_its_faults_are_taken_away_mended_and_imported() {
    let (house, mut north) = resting().await;
    let file = "Name,E-mail,Phone\nAnna,anna@example.com,\n=Eve,eve example.com,12\n";
    let place = upload(&mut north, file).await;
    let page = north.owner.client.get(&place).await.text();
    for words in ["anna@example.com", "Windows-1252", "This is not an e-mail address", "E-mail:", "Phone:"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let tried = go_on(&mut north, &place, "try").await;
    assert_eq!(tried.status, 303, "{}", tried.text());
    let page = north.owner.client.get(&place).await.text();
    assert_eq!(
        (told(&page, "New leads"), told(&page, "Rows with faults, left out")),
        (Some("1".into()), Some("1".into()))
    );
    assert_eq!(house.count("SELECT count(*) FROM leads").await, 0, "nothing has happened");
    assert_eq!(go_on(&mut north, &place, "begin").await.status, 303);
    house.worker.drain(&CancellationToken::new()).await.unwrap();
    let client = &mut north.owner.client;
    let problems = client.get(&format!("{place}/problems")).await;
    let expected = "Name,E-mail,Phone,Line,Column,What is wrong\r\n\'=Eve,eve example.com,12,3,E-mail / Phone,\
        This is not an e-mail address. It looks like name@example.com. / This is not a phone number. Digits\u{2c} spaces and + are welcome.";
    let text = problems.text();
    assert_eq!(text.replace('"', "").trim_end(), expected, "{text}");
    let mended = text.replace("eve example.com,12", "eve@example.com,");
    let answer = client.upload("/imports", "mended.csv", mended.as_bytes()).await;
    let place = answer.location().to_owned();
    assert_eq!(go_on(&mut north, &place, "begin").await.status, 303);
    house.worker.drain(&CancellationToken::new()).await.unwrap();
    let names: Vec<_> = people(&house).await.into_iter().filter_map(|person| person.1).collect();
    assert_eq!(names, ["Anna", "=Eve"], "what we guarded is as it was");
    let anna = people(&house).await.remove(0).0;
    let page = north.owner.client.get(&format!("/leads/{anna}")).await.text();
    assert!(page.contains("Comes from") && page.contains("Fair in Lyon"), "{page}");
    assert!(north.owner.client.get("/imports").await.text().contains("mended.csv"));
}

#[tokio::test]
async fn a_row_whose_lead_somebody_is_changing_is_left_out_and_can_be_imported_again() {
    let (house, mut north) = resting().await;
    for email in ["anna@example.com", "bert@example.com"] {
        capture(&house, &north.public_id, &json!({ "email": email, "name": "Known" })).await;
    }
    house.worker.drain(&CancellationToken::new()).await.unwrap();
    let file = "Name,E-mail,Phone\nAnna,anna@example.com,\nBert,bert@example.com,\nAnna B,anna@example.com,\n";
    let place = upload(&mut north, file).await;
    assert_eq!(go_on(&mut north, &place, "begin").await.status, 303);
    let mut somebody = house.superuser().await;
    sqlx::query("BEGIN").execute(&mut somebody).await.unwrap();
    let change = "UPDATE leads SET version = version + 1 WHERE email_norm = 'anna@example.com'";
    assert_eq!(sqlx::query(change).execute(&mut somebody).await.unwrap().rows_affected(), 1);
    let worker = house.worker.clone();
    let working = tokio::spawn(async move { worker.drain(&CancellationToken::new()).await.unwrap() });
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while house.count(waiting).await == 0 {
        assert!(!working.is_finished(), "it waits for whoever changes the lead");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    sqlx::query("COMMIT").execute(&mut somebody).await.unwrap();
    working.await.unwrap();
    let page = north.owner.client.get(&place).await.text();
    assert_eq!(told(&page, "Changed leads").as_deref(), Some("1"), "{page}");
    assert_eq!(told(&page, "Left out: somebody was changing them").as_deref(), Some("2"), "{page}");
    assert!(page.contains("Download the rows that were left out"), "{page}");
    let left = north.owner.client.get(&format!("{place}/problems")).await.text();
    let why = "Somebody was changing this lead at the same time. Please import the row again.";
    let rows = format!("Anna,anna@example.com,,2,,{why}\r\nAnna B,anna@example.com,,4,,{why}\r\n");
    assert_eq!(left, format!("Name,E-mail,Phone,Line,Column,What is wrong\r\n{rows}"));
    let (_, page) = import(&house, &mut north, &left).await;
    assert_eq!(told(&page, "Changed leads").as_deref(), Some("2"), "{page}");
    let mut names: Vec<_> = people(&house).await.into_iter().filter_map(|person| person.1).collect();
    names.sort_unstable();
    assert_eq!(names, ["Anna B", "Bert"]);
}

#[tokio::test]
async fn what_must_be_said_is_asked_for_at_its_field_and_nothing_typed_is_lost() {
    let (_house, mut north) = resting().await;
    let place = upload(&mut north, "Name,E-mail\nAnna,anna@example.com\n").await;
    let client = &mut north.owner.client;
    let version = client.get(&place).await.hidden("version").unwrap();
    let sent = [("version", version.as_str()), ("do", "begin"), ("source", "Fair"), ("legal_basis", "")];
    let answer = client.post(&place, &[&USUAL[..5], &sent].concat()).await;
    assert_eq!(answer.status, 422);
    let page = answer.text();
    assert!(page.contains("id=\"legal_basis-fault\"") && page.contains("id=\"columns-fault\""), "{page}");
    assert!(page.contains("value=\"Fair\""), "{page}");
    let stale = client.post(&place, &[&USUAL[..], &[("version", "1"), ("do", "save")]].concat()).await;
    assert_eq!(stale.status, 409, "somebody said otherwise meanwhile");
}

#[tokio::test]
async fn web_5_what_is_too_large_or_no_table_is_refused_and_says_why() {
    let (house, mut north) = resting().await;
    let client = &mut north.owner.client;
    for (bytes, words) in [
        (b"PK\x03\x04".to_vec(), "spreadsheet program"),
        (b"".to_vec(), "no rows"),
        (b"\xEF\xBB\xBFname,email\n".to_vec(), "no rows"),
        ("a,".repeat(300).into_bytes(), "more than 100 columns"),
        ("a@b.example\n".repeat(50_001).into_bytes(), "more than 50,000 rows"),
    ] {
        let answer = client.upload("/imports", "people.csv", &bytes).await;
        assert_eq!(answer.status, 422, "{words}");
        assert!(
            answer.text().contains("id=\"file-fault\"") && answer.text().contains(words),
            "{words}: {}",
            answer.text()
        );
    }
    let answer = client.upload("/imports", "people.csv", &vec![b'a'; 5 * 1024 * 1024 + 1]).await;
    assert_eq!(answer.status, 413);
    // One that says it has 100 MB is refused before any of it is read.
    let boundary = "multipart/form-data; boundary=b";
    let request = client.request(Method::POST, "/imports").header("content-type", boundary);
    let request = request.header("origin", client.base().to_owned()).header("content-length", "104857600");
    let endless = futures::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let asked = client.ask(request.body(reqwest::Body::wrap_stream(endless)));
    let answer = tokio::time::timeout(std::time::Duration::from_secs(5), asked).await.expect("an early answer");
    assert_eq!(answer.status, 413);
    assert_eq!(house.count("SELECT count(*) FROM imports").await, 0);
    let agent = house.join(&north, "agent@north.example", &[Role::Agent]).await;
    assert_eq!(agent.client.clone().upload("/imports", "people.csv", b"email\na@example.com\n").await.status, 403);
    let mut elsewhere = north.owner.client.clone();
    assert_eq!(
        elsewhere.upload("/leads/export", "people.csv", b"x").await.status,
        415,
        "files are taken in one place only"
    );
}
