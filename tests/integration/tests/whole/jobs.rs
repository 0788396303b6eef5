//! Long work, from the page that asks for it to the file at its end.

use std::{collections::BTreeSet, time::Duration};

use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{House, Organization, Plan, rows};
use serde_json::json;

use crate::{
    api_calls::{NOBODYS, errors},
    census::capture,
};

async fn with_leads(house: &House) -> Organization {
    let mut north = house.found("North").await;
    for (email, name) in [("anna@example.com", "Anna Berg"), ("eve@example.com", "=1+1")] {
        capture(house, &north.public_id, &json!({ "email": email, "name": name })).await;
    }
    north.wait_for_leads(2).await;
    house.settle().await;
    north
}

#[tokio::test]
async fn leads_are_taken_away_at_once_as_the_list_shows_them() {
    let house = House::open().await;
    let mut north = with_leads(&house).await;
    let client = &mut north.owner.client;
    let list = client.get("/leads?q=eve").await;
    assert_eq!(rows(&list).len(), 1);
    assert!(list.text().contains("href=\"/leads/export?q=eve\""), "the list leads there");
    let page = client.get("/leads/export?q=eve").await;
    assert_eq!(page.hidden("filter").as_deref(), Some("q=eve"));
    let nothing = client.post("/leads/export", &[("filter", "q=eve")]).await;
    assert_eq!(nothing.status, 422);
    assert!(nothing.text().contains("at least one column"), "{}", nothing.text());
    let chosen = [("filter", "q=eve"), ("name", "1"), ("email", "1")];
    let file = client.post("/leads/export", &chosen).await;
    assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"), "{}", file.text());
    assert!(file.header("content-disposition").starts_with("attachment; filename=\"leads-"));
    assert_eq!(file.text(), "Name,E-mail\r\n'=1+1,eve@example.com\r\n");
    let trail = client.get("/settings/audit").await.text();
    assert!(trail.contains("exported leads"), "{trail}");
    let agent = house.join(&north, "agent@north.example", &[Role::Agent]).await;
    let list = agent.client.clone().get("/leads").await.text();
    assert!(!list.contains("/leads/export"), "what one may not do is not offered");
}

#[tokio::test]
async fn leads_are_prepared_in_the_background_and_fetched_when_the_job_is_done() {
    let house = House::built(Plan { works: false, ..Plan::default() }).await;
    let mut north = house.found("North").await;
    capture(&house, &north.public_id, &json!({ "email": "anna@example.com" })).await;
    let drain = async || house.worker.drain(&tokio_util::sync::CancellationToken::new()).await.unwrap();
    drain().await;
    let mut news = north.owner.client.listen("/live").await;
    let colleague = house.join(&north, "colleague@north.example", &[Role::Admin]).await;
    let mut others = colleague.client.listen("/live").await;
    let client = &mut north.owner.client;
    let asked = client.post("/leads/export", &[("filter", ""), ("email", "1"), ("later", "1")]).await;
    assert_eq!(asked.status, 303, "{}", asked.text());
    let place = asked.location().to_owned();
    let waiting = client.get(&place).await;
    let text = waiting.text();
    assert!(
        text.contains("Waiting") && text.contains("http-equiv=\"refresh\"") && text.contains("/cancellation"),
        "{text}"
    );
    assert_eq!(client.get(&format!("{place}/file")).await.status, 404, "there is no file yet");
    house.clock.advance(jiff::SignedDuration::from_secs(6));
    drain().await;
    let job = place.trim_start_matches("/jobs/");
    assert_eq!(news.next("changed", Duration::from_secs(2)).await.unwrap(), "bell");
    assert_eq!(news.next("changed", Duration::from_secs(2)).await.unwrap(), format!("jobs job:{job}"));
    assert_eq!(others.next("changed", Duration::from_millis(500)).await, None, "it is nobody else's business");
    let done = client.get(&place).await.text();
    assert!(done.contains("Done") && done.contains("Leads written") && !done.contains("refresh"), "{done}");
    let file = client.get(&format!("{place}/file")).await;
    assert_eq!((file.status, file.text().as_str()), (200, "E-mail\r\nanna@example.com\r\n"));
    assert!(client.get("/jobs").await.text().contains(&place));
    let bell = client.get("/notifications").await.text();
    assert!(bell.contains("Export of leads"), "{bell}");
    let id = bell.split("/notifications/").find_map(|rest| rest.split_once("/open")).unwrap().0.to_owned();
    let opened = client.post(&format!("/notifications/{id}/open"), &[]).await;
    assert_eq!(opened.location(), place);
    assert_eq!(colleague.client.clone().get(&place).await.status, 404);
}

#[tokio::test]
async fn a_job_is_stopped_from_its_page() {
    let house = House::built(Plan { works: false, ..Plan::default() }).await;
    let mut north = house.found("North").await;
    let client = &mut north.owner.client;
    let asked = client.post("/leads/export", &[("filter", ""), ("email", "1"), ("later", "1")]).await;
    let place = asked.location().to_owned();
    assert_eq!(client.post(&format!("{place}/cancellation"), &[]).await.location(), place);
    let stopping = client.get(&place).await.text();
    assert!(stopping.contains("Stopping") && !stopping.contains("/cancellation"), "{stopping}");
    house.worker.drain(&tokio_util::sync::CancellationToken::new()).await.unwrap();
    assert!(client.get(&place).await.text().contains("Stopped"));
    assert_eq!(client.get(&format!("{place}/file")).await.status, 404);
}

#[tokio::test]
async fn a_program_takes_leads_away_in_either_form() {
    let house = House::open().await;
    let north = with_leads(&house).await;
    let program = house.program(&north.owner, Role::Owner, &[KeyScope::LeadsExport]).await;
    let csv = program.get("/api/v1/leads/export?columns=email,name&q=eve").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.text(), "email,name\r\neve@example.com,'=1+1\r\n");
    let lines = program.get("/api/v1/leads/export?format=jsonl&columns=name,owner").await;
    assert_eq!(lines.header("content-type"), "application/jsonl");
    let text = lines.text();
    let both: BTreeSet<&str> = text.split_terminator('\n').collect();
    let expected = [r#"{"name":"=1+1","owner":null}"#, r#"{"name":"Anna Berg","owner":null}"#];
    assert_eq!(both, BTreeSet::from(expected), "two that came at the same moment come in either order");
    let once = program.get("/api/v1/leads/export?columns=email,email&q=eve").await;
    assert_eq!(once.text(), "email\r\neve@example.com\r\n", "a column that is named twice stands there once");
    for wrong in ["columns=ip", "format=xls", "stage=x"] {
        assert_eq!(program.get(&format!("/api/v1/leads/export?{wrong}")).await.status, 400, "{wrong}");
    }
    let reader = house.program(&north.owner, Role::Owner, &[KeyScope::LeadsRead]).await;
    assert_eq!(reader.get("/api/v1/leads/export").await.status, 403);
}

#[tokio::test]
async fn whoever_ticks_nothing_is_asked_to_choose_and_all_of_a_list_is_meant_by_its_own_links_only() {
    let house = House::open().await;
    let mut north = with_leads(&house).await;
    let client = &mut north.owner.client;
    let list = client.get("/leads?density=compact").await.text();
    let bar = list.split("id=\"selection\"").nth(1).unwrap().split("</form>").next().unwrap();
    let sent = "name=\"density\" value=\"compact\"><input type=\"hidden\" name=\"selected\" value=\"1\">";
    assert!(bar.contains(sent), "{bar}");
    let eve = rows(&client.get("/leads?q=eve").await).remove(0).id;
    for (path, one, all) in [
        ("/leads/changes", "One lead is changed.", "all are changed"),
        ("/leads/export", "The lead that you chose goes into the file.", "All leads that you may see go into the file"),
    ] {
        let refused = client.get(&format!("{path}?density=compact&selected=1")).await;
        let page = refused.text();
        assert_eq!(refused.status, 422, "{path}: {page}");
        assert!(page.contains("<h1>Choose leads first</h1>") && page.contains("No lead is ticked"), "{path}: {page}");
        assert!(page.contains("href=\"/leads?density=compact\">Back to the list</a>"), "{path}: {page}");
        assert!(!page.contains("<form class=\"stack"), "{path}: there is nothing to send: {page}");
        let chosen = client.get(&format!("{path}?density=compact&selected=1&lead={eve}")).await;
        assert_eq!(chosen.status, 200, "{path}: {}", chosen.text());
        assert!(chosen.text().contains(one), "{path}: {}", chosen.text());
        assert_eq!(chosen.hidden("filter").as_deref(), Some("density=compact"), "{path}");
        assert!(list.contains(&format!("href=\"{path}?density=compact\"")), "{path}: {list}");
        let page = client.get(&format!("{path}?density=compact")).await.text();
        assert!(page.contains(all), "{path}: {page}");
    }
}

#[tokio::test]
async fn leads_that_were_selected_are_taken_away_alone() {
    let house = House::open().await;
    let mut north = with_leads(&house).await;
    let client = &mut north.owner.client;
    let list = client.get("/leads").await;
    assert!(list.text().contains("formaction=\"/leads/export\""), "the bar of what is selected leads there");
    let eve = rows(&client.get("/leads?q=eve").await).remove(0).id;
    let tick = format!("<input type=\"checkbox\" form=\"selection\" name=\"lead\" value=\"{eve}\"");
    assert!(list.text().contains(&tick), "what is ticked is sent without scripts, too");
    let page = client.get(&format!("/leads/export?stage=&lead={eve}")).await;
    assert_eq!(page.hidden("leads").as_deref(), Some(&*eve));
    assert!(page.text().contains("The lead that you chose goes into the file."), "{}", page.text());
    let all = client.get("/leads/export").await.text();
    assert!(all.contains("All leads that you may see go into the file: 2 leads."), "{all}");
    let nothing = client.post("/leads/export", &[("filter", ""), ("leads", eve.as_str())]).await;
    assert_eq!((nothing.status, nothing.hidden("leads").as_deref()), (422, Some(&*eve)), "the choice is kept");
    let chosen = [("filter", ""), ("leads", eve.as_str()), ("email", "1")];
    assert_eq!(client.post("/leads/export", &chosen).await.text(), "E-mail\r\neve@example.com\r\n");
    let later = client.post("/leads/export", &[&chosen[..], &[("later", "1")]].concat()).await;
    house.settle().await;
    let file = client.get(&format!("{}/file", later.location())).await;
    assert_eq!(file.text(), "E-mail\r\neve@example.com\r\n");
    assert_eq!(client.post("/leads/export", &[("leads", "nobody"), ("email", "1")]).await.status, 400);
}

#[tokio::test]
async fn a_file_is_in_the_form_that_was_chosen_at_once_or_later() {
    let house = House::open().await;
    let mut north = with_leads(&house).await;
    let client = &mut north.owner.client;
    let page = client.get("/leads/export").await.text();
    assert!(page.contains("<option value=\"csv\" selected>") && page.contains("<option value=\"jsonl\">"), "{page}");
    let wanted = [("filter", "q=eve"), ("format", "jsonl"), ("name", "1"), ("email", "1")];
    let nothing = client.post("/leads/export", &wanted[..2]).await;
    assert!(nothing.text().contains("<option value=\"jsonl\" selected>"), "the choice is kept: {}", nothing.text());
    let now = client.post("/leads/export", &wanted).await;
    let later = client.post("/leads/export", &[&wanted[..], &[("later", "1")]].concat()).await;
    house.settle().await;
    let later = client.get(&format!("{}/file", later.location())).await;
    for file in [now, later] {
        assert_eq!((file.status, file.header("content-type")), (200, "application/jsonl"), "{}", file.text());
        assert!(file.header("content-disposition").ends_with(".jsonl\""), "{}", file.header("content-disposition"));
        assert_eq!(file.text(), "{\"name\":\"=1+1\",\"email\":\"eve@example.com\"}\n");
    }
    let wrong = [("filter", ""), ("format", "xls"), ("email", "1")];
    assert_eq!(client.post("/leads/export", &wrong).await.status, 400);
}

#[tokio::test]
async fn the_page_of_a_change_of_many_names_the_leads_it_left_as_they_are() {
    let house = House::open().await;
    let mut north = with_leads(&house).await;
    let client = &mut north.owner.client;
    let eve = rows(&client.get("/leads?q=eve").await).remove(0).id;
    let tag = [("filter", ""), ("act", "tag"), ("tag", "Fair"), ("lead", eve.as_str())];
    assert_eq!(client.post("/leads/changes", &tag).await.status, 303);
    house.settle().await;
    let begun = client.post("/leads/changes", &tag[..3]).await;
    house.settle().await;
    let page = client.get(begun.location()).await.text();
    assert!(page.contains("Left out") && page.contains(&format!("href=\"/leads/{eve}\">=1+1</a>")), "{page}");
    assert!(!page.contains("Anna Berg"), "who was changed is not among them: {page}");
}

#[tokio::test]
async fn a_program_exports_what_a_filter_finds_at_once_or_in_the_background() {
    let house = House::open().await;
    let north = with_leads(&house).await;
    let program = house.program(&north.owner, Role::Owner, &[KeyScope::LeadsExport]).await;
    let named = json!({ "field": "name", "op": "begins_with", "value": "anna" });
    let file = program.post("/api/v1/leads/export", &json!({ "filter": named, "columns": ["email", "name"] })).await;
    assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"), "{}", file.text());
    assert_eq!(file.text(), "email,name\r\nanna@example.com,Anna Berg\r\n");
    let found = json!({ "q": "eve", "format": "jsonl", "columns": ["name"] });
    let lines = program.post("/api/v1/leads/export", &found).await;
    assert_eq!((lines.header("content-type"), &*lines.text()), ("application/jsonl", "{\"name\":\"=1+1\"}\n"));
    let none = program.post("/api/v1/leads/export", &json!({ "filter": named, "q": "eve", "columns": ["name"] })).await;
    assert_eq!(none.text(), "name\r\n", "both must hold");

    let begun = program.post("/api/v1/leads/exports", &json!({ "filter": named, "columns": ["email"] })).await;
    assert_eq!(begun.status, 202, "{}", begun.text());
    let (job, file) = (begun.json()["job"].clone(), begun.json()["file"].as_str().unwrap().to_owned());
    assert_eq!(begun.location(), format!("/api/v1/jobs/{}", job.as_str().unwrap()));
    house.settle().await;
    let made = program.get(&file).await;
    assert_eq!((made.status, made.header("content-type")), (200, "text/csv; charset=utf-8"), "{}", made.text());
    assert_eq!(made.text(), "email\r\nanna@example.com\r\n");
    let lines = json!({ "filter": named, "columns": ["email"], "format": "jsonl" });
    let begun = program.post("/api/v1/leads/exports", &lines).await.json();
    house.settle().await;
    let made = program.get(begun["file"].as_str().unwrap()).await;
    assert_eq!((made.status, made.header("content-type")), (200, "application/jsonl"), "{}", made.text());
    assert_eq!(made.text(), "{\"email\":\"anna@example.com\"}\n");
    let other = house.program(&north.owner, Role::Owner, KeyScope::ALL).await;
    assert_eq!(other.get(&file).await.status, 404, "a job is its asker's");
    let leads = other.get("/api/v1/leads").await.json()["items"].clone();
    let chosen = json!({ "leads": [leads[0]["id"]], "columns": ["id"] });
    let only = other.post("/api/v1/leads/export", &chosen).await.text();
    assert_eq!(only, format!("id\r\n{}\r\n", leads[0]["id"].as_str().unwrap()));
    for (field, rule, wrong) in [
        ("columns", "not-a-choice", json!({ "columns": ["ip"] })),
        ("columns", "required", json!({ "columns": [] })),
        ("format", "not-a-choice", json!({ "format": "xls" })),
        ("leads", "required", json!({ "leads": [] })),
        ("leads", "one-of-required", json!({ "leads": [leads[0]["id"]], "q": "eve" })),
        ("q", "too-short", json!({ "q": "e" })),
    ] {
        let refused = program.post("/api/v1/leads/export", &wrong).await;
        let expected = [(field.to_owned(), rule.to_owned())].into();
        assert_eq!((refused.status, errors(&refused)), (422, expected), "{wrong}: {}", refused.text());
    }
    let twice = json!({ "filter": { "field": "ip" }, "columns": [7] });
    let refused = program.post("/api/v1/leads/exports", &twice).await;
    assert_eq!((refused.status, errors(&refused).len()), (422, 2), "all at once: {}", refused.text());
    let reader = house.program(&north.owner, Role::Owner, &[KeyScope::LeadsRead]).await;
    assert_eq!(reader.post("/api/v1/leads/exports", &json!({})).await.status, 403);
    assert_eq!(reader.get(&file).await.status, 403);
}

#[tokio::test]
async fn a_program_changes_what_a_search_finds_and_hears_which_leads_were_left_out() {
    let house = House::open().await;
    let north = with_leads(&house).await;
    let program = house.program(&north.owner, Role::Owner, KeyScope::ALL).await;
    let all = async |body| {
        let begun = program.post("/api/v1/leads/changes", &body).await;
        assert_eq!(begun.status, 202, "{}", begun.text());
        house.settle().await;
        program.get(begun.location()).await.json()
    };
    let found = all(json!({ "q": "eve", "act": { "tag": "Fair" } })).await;
    assert_eq!((&found["report"], found.get("left_out")), (&json!({ "changed": 1 }), None), "{found}");
    let rest = all(json!({ "filter": { "all": [] }, "act": { "tag": "fair" } })).await;
    let eve = program.get("/api/v1/leads?q=eve").await.json()["items"][0]["id"].clone();
    assert_eq!(rest["report"], json!({ "changed": 1, "skipped_same": 1 }), "{rest}");
    assert_eq!(rest["left_out"], json!([{ "lead": eve, "why": "skipped_same" }]));
    let wrong = json!({ "leads": [eve], "q": "eve", "act": { "tag": "x" } });
    assert_eq!(program.post("/api/v1/leads/changes", &wrong).await.status, 422);
}

#[tokio::test]
async fn many_leads_go_into_another_pipeline_by_a_page_and_by_the_api() {
    let house = House::open().await;
    let mut north = with_leads(&house).await;
    let program = house.program(&north.owner, Role::Owner, KeyScope::ALL).await;
    let client = &mut north.owner.client;
    let page = client.get("/leads/changes").await.text();
    assert!(!page.contains("name=\"there\""), "there is no other pipeline: {page}");
    let wish = json!({ "name": "Partners", "stages": [
        { "name": "Talking", "kind": "open" }, { "name": "Offered", "kind": "qualified" }, { "name": "Lost", "kind": "disqualified" },
    ] });
    let partners = program.post("/api/v1/pipelines", &wish).await.json();
    let stage = |place: usize| partners["stages"][place]["id"].as_str().unwrap().to_owned();
    let (offered, lost) = (stage(1), stage(2));
    let page = client.get("/leads/changes?q=eve").await.text();
    assert!(page.contains(&format!("<option value=\"{offered}\">Partners: Offered</option>")), "{page}");
    assert!(page.contains("Leads of other pipelines stay as they are."), "{page}");

    // The plain move leaves leads of another pipeline as they are.
    let fields = [("filter", "q=eve"), ("act", "move"), ("stage", &*offered)];
    let begun = client.post("/leads/changes", &fields).await;
    house.settle().await;
    house.clock.advance(jiff::SignedDuration::from_mins(2));
    let left = client.get(begun.location()).await.text();
    assert!(left.contains("Left as they are: in another pipeline"), "{left}");
    for (there, reason, words) in [
        (&*lost, "", "id=\"there_reason-fault\""),
        ("", "", "id=\"there-fault\""),
        ("nonsense", "", "id=\"there-fault\""),
        (NOBODYS, "", "id=\"there-fault\""),
        (&*lost, "nonsense", "id=\"there_reason-fault\""),
    ] {
        let fields = [("filter", "q=eve"), ("act", "transfer"), ("there", there), ("there_reason", reason)];
        let refused = client.post("/leads/changes", &fields).await;
        assert_eq!(refused.status, 422, "{there} {reason}: {}", refused.text());
        assert!(refused.text().contains(words), "{there} {reason}: {}", refused.text());
    }
    let fields = [("filter", "q=eve"), ("act", "transfer"), ("there", &*offered), ("there_reason", "")];
    let begun = client.post("/leads/changes", &fields).await;
    assert_eq!(begun.status, 303, "{}", begun.text());
    house.settle().await;
    let eve = program.get("/api/v1/leads?q=eve").await.json()["items"][0].clone();
    assert_eq!(eve["stage"], json!(offered));

    let act = json!({ "transfer": { "pipeline": partners["id"] } });
    let begun = program.post("/api/v1/leads/changes", &json!({ "filter": { "all": [] }, "act": act })).await;
    assert_eq!(begun.status, 202, "{}", begun.text());
    house.settle().await;
    let job = program.get(begun.location()).await.json();
    assert_eq!(job["report"], json!({ "changed": 1, "skipped_in_pipeline": 1 }), "{job}");
    assert_eq!(job["left_out"], json!([{ "lead": eve["id"], "why": "skipped_in_pipeline" }]));
    let anna = program.get("/api/v1/leads?q=anna").await.json()["items"][0].clone();
    assert_eq!(anna["stage"], json!(stage(0)), "where new leads enter");
    let timeline = program.get(&format!("/api/v1/leads/{}/timeline", anna["id"].as_str().unwrap())).await.json();
    let mut moves = timeline["items"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "moved");
    assert_eq!(moves.next().unwrap()["moved"]["to"], json!(stage(0)), "{timeline}");
    for (act, field, rule) in [
        (json!({ "pipeline": NOBODYS }), "pipeline", "not-a-choice"),
        (json!({ "pipeline": partners["id"], "stage": NOBODYS }), "stage", "not-a-choice"),
        (json!({ "pipeline": partners["id"], "stage": lost }), "reason", "required"),
        (json!({ "stage": offered }), "act", "not-a-choice"),
    ] {
        let body = json!({ "leads": [eve["id"]], "act": { "transfer": act } });
        let refused = program.post("/api/v1/leads/changes", &body).await;
        let expected = [(field.to_owned(), rule.to_owned())].into();
        assert_eq!((refused.status, errors(&refused)), (422, expected), "{body}: {}", refused.text());
    }
}
