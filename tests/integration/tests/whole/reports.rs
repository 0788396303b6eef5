//! Reports through the pages, as files and through the API.

use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{House, Organization, ProgramClient};
use serde_json::{Value, json};

use crate::{
    api_calls::{errors, furnished, stage},
    census::capture,
};

const PARTS: [&str; 5] = ["funnel", "leads", "stages", "reasons", "members"];

/// Two people who sent the form, one of them from a campaign, and one whom a program told of; the one from the campaign is
/// won, the program's is given up.
async fn worked(house: &House) -> (Organization, ProgramClient) {
    let (mut north, program) = furnished(house, "North").await;
    let from = json!({ "email": "anna@example.com", "name": "Anna Berg", "utm_source": "=cmd|x" });
    capture(house, &north.public_id, &from).await;
    capture(house, &north.public_id, &json!({ "email": "bert@example.com" })).await;
    let rows = north.wait_for_leads(2).await;
    let anna = rows.iter().find(|row| row.label.contains("Anna Berg")).unwrap().id.clone();
    let carl = program.post("/api/v1/leads", &json!({ "email": "carl@example.com" })).await.json();
    house.settle().await;
    let stages = program.get("/api/v1/stages").await.json();
    let of = |kind: &str| {
        let items = stages["items"].as_array().unwrap();
        items.iter().find(|stage| stage["kind"] == kind).unwrap()["id"].clone()
    };
    let version = async |lead: &str| program.get(&format!("/api/v1/leads/{lead}")).await.header("etag").to_owned();
    let won = format!("/api/v1/leads/{anna}/stage");
    let seen = version(&anna).await;
    let moved = program.send_for(reqwest::Method::POST, &won, &seen, &json!({ "stage": of("won") })).await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    let carl = carl["id"].as_str().unwrap();
    let reason = program.get("/api/v1/reasons").await.json()["items"][0]["id"].clone();
    let lost = json!({ "stage": of("disqualified"), "reason": reason });
    let seen = version(carl).await;
    let moved = program.send_for(reqwest::Method::POST, &format!("/api/v1/leads/{carl}/stage"), &seen, &lost).await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    (north, program)
}

fn steps(body: &Value) -> [u64; 4] {
    ["submissions", "leads", "qualified", "won"].map(|step| body[step].as_u64().unwrap())
}

#[tokio::test]
async fn each_report_is_a_picture_with_its_table_and_how_it_is_counted() {
    let house = House::open().await;
    let (mut north, _) = worked(&house).await;
    let client = &mut north.owner.client;
    for part in PARTS {
        let page = client.get(&format!("/reports?part={part}&comparison=year_before")).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let text = page.text();
        for there in ["<svg class=\"chart\" role=\"img\" aria-label=", "<title>", "<table class=\"numbers\">"] {
            assert!(text.contains(there), "{part}: {there} in {text}");
        }
        assert!(text.contains("How this is counted") && text.contains(&format!("/reports/file?part={part}")), "{text}");
        assert!(!text.contains("style="), "{part}");
    }
    let funnel = client.get("/reports").await.text();
    for words in ["=cmd|x", "Direct or unknown", "A program", "Without a form"] {
        assert!(funnel.contains(words), "{words} in {funnel}");
    }
    // A number leads to the leads it counts.
    let link = funnel.split("href=\"/leads?view=none").nth(1).unwrap().split('"').next().unwrap();
    let listed = client.get(&format!("/leads?view=none{}", link.replace("&#38;", "&").replace("&amp;", "&"))).await;
    assert_eq!(listed.status, 200);
    assert!(listed.text().contains("anna@example.com"), "{}", listed.text());
}

#[tokio::test]
async fn days_that_cannot_be_read_are_told_at_their_field_and_nothing_found_says_what_to_do() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let client = &mut north.owner.client;
    let wrong = client.get("/reports?part=leads&period=between&from=2026-03-02&until=2026-03-01").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("id=\"until-fault\"") && wrong.text().contains("value=\"2026-03-02\""));
    for unknown in ["part=x", "period=x", "comparison=x"] {
        assert_eq!(client.get(&format!("/reports?{unknown}")).await.status, 400, "{unknown}");
    }
    let nothing = client.get("/reports?period=between&from=2020-01-01&until=2020-12-31").await.text();
    assert!(nothing.contains("Nothing in this period") && nothing.contains("href=\"/forms\""), "{nothing}");
    let nav = client.get("/leads").await.text();
    assert!(nav.contains("href=\"/reports\""));
}

#[tokio::test]
async fn web_9_a_report_as_a_file_runs_nothing_in_a_spreadsheet() {
    let house = House::open().await;
    let (mut north, _) = worked(&house).await;
    let mut database = house.superuser().await;
    sqlx::query("UPDATE forms SET name = '=cmd|y'").execute(&mut database).await.unwrap();
    let client = &mut north.owner.client;
    let file = client.get("/reports/file?part=funnel&period=this_year").await;
    assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert!(file.header("content-disposition").starts_with("attachment; filename=\"funnel-"));
    let text = file.text();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("Table,Name,Submissions,Submissions (before),Leads,"), "{text}");
    assert!(lines.iter().any(|line| line.starts_with("Funnel,Total,3,0,3,0,1,0,1,0,0.3333,,0.3333,")), "{text}");
    let campaign = "By source,Campaign “=cmd|x”,1,0,1,0,1,0,1,0,1.0000,,1.0000,";
    assert!(lines.iter().any(|line| line.starts_with(campaign)), "{text}");
    assert!(lines.iter().any(|line| line.starts_with("By form,'=cmd|y,2,0,2,0,1,0,1,0,0.5000,,0.5000,")), "{text}");
    for part in PARTS {
        let file = client.get(&format!("/reports/file?part={part}&comparison=none")).await.text();
        let columns: Vec<_> = file.lines().map(|line| line.matches(',').count()).collect();
        assert!(columns.len() > 1 && columns.iter().all(|count| *count == columns[0]), "{part}: {file}");
    }
    let wrong = client.get("/reports/file?period=between&from=2026-03-02").await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn a_program_reads_each_report() {
    let house = House::open().await;
    let (north, program) = worked(&house).await;
    let read = async |part: &str| program.get(&format!("/api/v1/reports/{part}?comparison=before")).await.json();
    let funnel = read("funnel").await;
    assert_eq!((steps(&funnel["total"]), steps(&funnel["total_before"])), ([3, 3, 1, 1], [0; 4]));
    assert_eq!(funnel["time_zone"], "Europe/Paris", "the installation's, as the organization says nothing");
    let source = |name: &str| {
        let rows = funnel["by_source"].as_array().unwrap();
        steps(rows.iter().find(|row| row["source"] == name).unwrap())
    };
    assert_eq!(
        (source("campaign:=cmd|x"), source("direct"), source("api")),
        ([1, 1, 1, 1], [1, 1, 0, 0], [1, 1, 0, 0])
    );
    let form = &funnel["by_form"].as_array().unwrap()[0];
    assert_eq!((form["form"].as_str(), steps(form)), (Some(&*north.form), [2, 2, 1, 1]));

    let leads = read("leads").await;
    assert_eq!((&leads["grain"], leads["points"].as_array().unwrap().len()), (&json!("day"), 30));
    assert_eq!(leads["points"][29]["leads"], 3, "today is the last");
    let stages = read("stages").await;
    let new = stage(&program, 0).await;
    assert_eq!((&stages["items"][0]["stage"], &stages["items"][0]["times"]), (&json!(new), &json!(2)));
    let reasons = read("reasons").await;
    assert_eq!((&reasons["items"][0]["leads"], &reasons["items"][0]["before"]), (&json!(1), &json!(0)));
    assert_eq!(reasons["items"][0]["name"], "No budget");
    let members = read("members").await;
    assert_eq!((&members["items"][0]["member"], &members["items"][0]["leads"]), (&Value::Null, &json!(3)));
}

#[tokio::test]
async fn a_program_gets_the_file_of_each_report_that_members_get() {
    let house = House::open().await;
    let (mut north, program) = worked(&house).await;
    for part in PARTS {
        let days = "period=this_year&comparison=before";
        let page = north.owner.client.get(&format!("/reports/file?part={part}&{days}")).await;
        let file = program.get(&format!("/api/v1/reports/{part}?format=csv&{days}")).await;
        assert_eq!((page.status, file.status), (200, 200), "{part}: {}", file.text());
        assert_eq!((file.header("content-type"), file.text()), ("text/csv; charset=utf-8", page.text()), "{part}");
        assert_eq!(file.header("content-disposition"), page.header("content-disposition"), "{part}");
        assert!(file.text().lines().count() > 1, "{part}: {}", file.text());
        assert!(
            program.get(&format!("/api/v1/reports/{part}?format=json")).await.json()["period"].is_object(),
            "{part}"
        );
    }
    let alone = program.get("/api/v1/reports/funnel?format=csv").await.text();
    assert!(alone.starts_with("Table,Name,Submissions,Leads,"), "nothing is compared if nothing is said: {alone}");
    let french = program.request(reqwest::Method::GET, "/api/v1/reports/funnel?format=csv");
    let french = program.ask(french.header("accept-language", "fr")).await.text();
    assert!(french.starts_with("Tableau,"), "{french}");
    for wrong in ["format=xlsx", "format=", "format=csv&format=json"] {
        assert_eq!(program.get(&format!("/api/v1/reports/funnel?{wrong}")).await.status, 400, "{wrong}");
    }
    let late = program.get("/api/v1/reports/leads?format=csv&from=2026-01-02&until=2026-01-01").await;
    assert_eq!(late.status, 422, "{}", late.text());
}

#[tokio::test]
async fn a_program_is_told_what_is_wrong_with_its_days() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    let asked = async |query: &str| program.get(&format!("/api/v1/reports/leads?{query}")).await;
    let days = asked("from=2026-01-01&until=2026-06-30&time_zone=Europe/Paris").await.json();
    assert_eq!((&days["grain"], &days["time_zone"]), (&json!("week"), &json!("Europe/Paris")));
    assert_eq!(days["period"], json!({ "from": "2026-01-01", "until": "2026-06-30" }));
    for (query, field, rule) in [
        ("from=2026-01-01", "until", "required"),
        ("until=2026-01-01", "from", "required"),
        ("from=2026-01-02&until=2026-01-01", "until", "not-later"),
        ("from=0001-01-01&until=2026-01-01", "until", "not-a-date"),
        ("period=this_year&from=2026-01-01&until=2026-01-02", "period", "not-a-choice"),
        ("time_zone=Mars", "time_zone", "not-a-time-zone"),
    ] {
        let answer = asked(query).await;
        assert_eq!(answer.status, 422, "{query}: {}", answer.text());
        assert!(errors(&answer).contains(&(field.to_owned(), rule.to_owned())), "{query}: {}", answer.text());
    }
    for query in ["from=2026-1-1&until=2026-01-02", "period=always", "comparison=me", "x=1"] {
        assert_eq!(asked(query).await.status, 400, "{query}");
    }
}

#[tokio::test]
async fn rls_13_a_key_reads_no_further_than_its_role_and_scopes() {
    let house = House::open().await;
    let (mut north, _) = worked(&house).await;
    let south = house.found("South").await;
    let other = house.program(&south.owner, Role::Owner, &[KeyScope::LeadsRead]).await;
    let total = other.get("/api/v1/reports/funnel").await.json();
    assert_eq!(steps(&total["total"]), [0; 4], "another organization's leads are not counted");
    let billing = house.program(&north.owner, Role::Billing, &[KeyScope::LeadsRead]).await;
    assert_eq!(billing.get("/api/v1/reports/funnel").await.status, 403);
    let mut agent = house.join(&north, "agent@north.example", &[Role::Agent]).await;
    let rows = north.owner.client.get("/leads").await;
    let anna = qualify_integration::rows(&rows).into_iter().find(|row| row.label.contains("Anna Berg")).unwrap().id;
    let user = north.owner.user.to_string();
    let file = async |client: &mut qualify_integration::Client| {
        client.get("/reports/file?part=leads&comparison=none&period=last_7_days").await.text()
    };
    assert!(file(&mut agent.client).await.lines().last().unwrap().starts_with("Total,3,"));
    let version = north.owner.client.get(&format!("/leads/{anna}")).await.hidden("version").unwrap();
    let given = [("owner", &*user), ("version", &*version)];
    assert_eq!(north.owner.client.post(&format!("/leads/{anna}/owner"), &given).await.status, 303);
    assert!(file(&mut agent.client).await.lines().last().unwrap().starts_with("Total,2,0,0"));
    assert!(file(&mut north.owner.client).await.lines().last().unwrap().starts_with("Total,3,1,1"));
}
