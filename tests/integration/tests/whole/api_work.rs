//! A day's work on leads, by a program alone: tasks, the timeline, the board.

use std::collections::BTreeSet;

use futures::future::join_all;
use jiff::SignedDuration;
use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{House, ProgramClient};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    api_calls::{NOBODYS, errors, furnished, make, member, stage},
    census::capture,
};

/// All parts of a list, put together; how many there were.
async fn whole(program: &ProgramClient, path: &str, limit: u8) -> (Vec<Value>, usize) {
    let (mut all, mut after, mut parts) = (Vec::new(), String::new(), 0);
    loop {
        let sign = if path.contains('?') { '&' } else { '?' };
        let part = program.get(&format!("{path}{sign}limit={limit}{after}")).await;
        assert_eq!(part.status, 200, "{}", part.text());
        let part = part.json();
        let items = part["items"].as_array().unwrap();
        assert!(items.len() <= usize::from(limit));
        all.extend(items.iter().cloned());
        parts += 1;
        match part["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return (all, parts),
        }
    }
}

#[tokio::test]
async fn tasks_are_listed_changed_done_taken_up_again_and_deleted() {
    let house = House::open().await;
    let (north, program) = furnished(&house, "North").await;
    let (_, theirs) = furnished(&house, "South").await;
    let lead = make(&program, "anna@example.com").await;
    let of_lead = format!("/api/v1/leads/{lead}/tasks");
    let owner = member(&program).await;
    for (title, due_on) in [("Later", json!("2026-12-24")), ("Whenever", Value::Null), ("Soon", json!("2026-12-01"))] {
        let task = json!({ "title": title, "due_on": due_on, "owner": owner });
        assert_eq!(program.post(&of_lead, &task).await.status, 201);
    }
    let of_owner = format!("/api/v1/tasks?owner={}", owner.as_str().unwrap());
    let titles =
        |tasks: &[Value]| tasks.iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    for limit in [1, 2, 100] {
        assert_eq!(titles(&whole(&program, &of_owner, limit).await.0), ["Soon", "Later", "Whenever"]);
    }
    assert_eq!(program.get(&format!("/api/v1/tasks?owner={NOBODYS}")).await.json()["items"], json!([]));
    for (query, field, rule) in [
        ("", "owner", "required"),
        ("owner=x", "owner", "not-a-choice"),
        (&format!("owner={NOBODYS}&after=x"), "after", "not-a-place"),
        (&format!("owner={NOBODYS}&limit=0"), "limit", "out-of-range"),
    ] {
        let refused = program.get(&format!("/api/v1/tasks?{query}")).await;
        assert_eq!(refused.status, 400, "{query}");
        assert_eq!(errors(&refused), BTreeSet::from([(field.to_owned(), rule.to_owned())]), "{query}");
    }

    let soon = program.get(&of_lead).await.json()["items"][0].clone();
    let at = format!("/api/v1/tasks/{}", soon["id"].as_str().unwrap());
    let read = program.get(&at).await;
    assert_eq!((read.json(), read.header("etag")), (soon.clone(), "\"1\""));
    assert_eq!(
        (&soon["lead"], &soon["reminder"], &soon["done_at"]),
        (&json!(lead), &json!("on_the_day"), &Value::Null)
    );
    let change = json!({ "title": "Send the offer", "due_on": null, "reminder": "none" });
    let changed = program.send_for(Method::PATCH, &at, "\"1\"", &change).await;
    assert_eq!((changed.status, changed.header("etag")), (200, "\"2\""), "{}", changed.text());
    let task = program.get(&at).await.json();
    assert_eq!((&task["title"], &task["due_on"], &task["owner"]), (&json!("Send the offer"), &Value::Null, &owner));
    let wrong = json!({ "title": "", "due_on": "soon", "reminder": "often", "owner": "x" });
    let fields: BTreeSet<_> =
        errors(&program.send_for(Method::PATCH, &at, "\"2\"", &wrong).await).into_iter().map(|(f, _)| f).collect();
    assert_eq!(fields, ["title", "due_on", "reminder", "owner"].map(str::to_owned).into());
    let nobody = program.send_for(Method::PATCH, &at, "\"2\"", &json!({ "owner": NOBODYS })).await;
    assert_eq!((nobody.status, errors(&nobody).len()), (422, 1));

    let (done, again) = (format!("{at}/completion"), format!("{at}/reopening"));
    for path in [&at, &done, &again] {
        let method = if *path == at { Method::PATCH } else { Method::POST };
        let late = program.send_for(method.clone(), path, "\"1\"", &json!({})).await;
        assert_eq!(late.status, 412, "{path}: {}", late.text());
        assert_eq!(program.ask(program.request(method.clone(), path).json(&json!({}))).await.status, 428);
        assert_eq!(theirs.send_for(method, path, "\"2\"", &json!({})).await.status, 404);
    }
    let finished = program.send_for(Method::POST, &done, "\"2\"", &json!({})).await;
    assert_eq!((finished.status, finished.header("etag")), (200, "\"3\""), "{}", finished.text());
    assert!(program.get(&at).await.json()["done_at"].is_string());
    let twice = program.send_for(Method::POST, &done, "\"2\"", &json!({})).await;
    assert_eq!((twice.status, twice.header("etag")), (200, finished.header("etag")), "done is done");
    let told = program.get(&format!("/api/v1/leads/{lead}/timeline")).await.json();
    assert_eq!((&told["items"][0]["kind"], &told["items"][0]["text"]), (&json!("task_done"), &json!("Send the offer")));
    assert_eq!(titles(&whole(&program, &of_owner, 9).await.0), ["Later", "Whenever"]);
    let open = program.send_for(Method::POST, &again, "\"3\"", &json!({})).await;
    assert_eq!((open.status, &open.json()["version"]), (200, &json!(4)), "{}", open.text());
    assert_eq!(program.get(&at).await.json()["done_at"], Value::Null);

    let reading = house.program(&north.owner, Role::Owner, &[KeyScope::LeadsRead]).await;
    let delete = async |program: &ProgramClient| program.ask(program.request(Method::DELETE, &at)).await.status;
    assert_eq!((reading.get(&at).await.status, delete(&reading).await, delete(&theirs).await), (200, 403, 404));
    assert_eq!((delete(&program).await, delete(&program).await, program.get(&at).await.status), (204, 404, 404));
}

#[tokio::test]
async fn a_timeline_tells_of_everything_once_and_in_parts() {
    let house = House::open().await;
    let (mut north, program) = furnished(&house, "North").await;
    let sent = json!({ "name": "Anna Berg", "email": "anna@example.com", "message": "A big oven" });
    capture(&house, &north.public_id, &sent).await;
    house.settle().await;
    let lead = north.wait_for_leads(1).await.remove(0).id;
    let path = format!("/api/v1/leads/{lead}");
    // What follows has followed before the next thing happens: what fails at once would be tried again later only.
    let tick = async || {
        house.settle().await;
        house.clock.advance(SignedDuration::from_secs(60));
    };
    for kind in ["note", "call", "email", "meeting"] {
        tick().await;
        let note = json!({ "kind": kind, "text": format!("A {kind}.") });
        assert_eq!(program.post(&format!("{path}/notes"), &note).await.status, 204);
    }
    tick().await;
    let version = program.get(&path).await.header("etag").to_owned();
    let changed = program.send_for(Method::PATCH, &path, &version, &json!({ "phone": "+33612345678" })).await;
    tick().await;
    let to = json!({ "stage": stage(&program, 1).await, "note": "Worth it." });
    let moved = program.send_for(Method::POST, &format!("{path}/stage"), changed.header("etag"), &to).await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    tick().await;
    let other = make(&program, "a.berg@example.com").await;
    tick().await;
    let pair = json!({ "other": other, "version": moved.json()["version"], "other_version": 1 });
    let merged = program.post(&format!("{path}/merges"), &pair).await;
    assert_eq!(merged.status, 200, "{}", merged.text());
    // Scores come by themselves: what they have to tell is told by now.
    house.settle().await;

    let (all, _) = whole(&program, &format!("{path}/timeline"), 100).await;
    let of =
        |kind: &str| all.iter().find(|entry| entry["kind"] == kind).unwrap_or_else(|| unreachable!("{kind}: {all:?}"));
    let me = program.get("/api/v1/me").await.json()["id"].clone();
    for kind in ["note", "call", "email", "meeting"] {
        assert_eq!((&of(kind)["text"], &of(kind)["key"]), (&json!(format!("A {kind}.")), &me));
    }
    let form = &of("submitted")["submission"];
    assert_eq!(
        (&form["form"], &form["message"], &form["name"]),
        (&json!(north.form), &json!("A big oven"), &json!("Anna Berg"))
    );
    assert_eq!(of("changed")["fields"], json!(["phone"]));
    assert_eq!((&of("moved")["moved"]["to"], &of("moved")["text"]), (&to["stage"], &json!("Worth it.")));
    assert_eq!(of("merged")["merge"]["other"], json!(other));
    assert!(of("created")["submission"].is_null(), "what came with the other lead is there, too");
    let at: Vec<_> =
        all.iter().map(|entry| entry["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap()).collect();
    assert!(at.is_sorted_by(|newer, older| newer >= older), "newest first");
    for limit in [1, 2, 3, 7] {
        let (again, parts) = whole(&program, &format!("{path}/timeline"), limit).await;
        assert_eq!((again, parts), (all.clone(), all.len().div_ceil(limit.into())), "{limit}");
    }

    assert_eq!(program.get(&format!("/api/v1/leads/{other}/timeline")).await.status, 410, "it was merged");
    for (query, field) in [("after=x", "after"), ("limit=101", "limit"), ("page=1", "page")] {
        let refused = program.get(&format!("{path}/timeline?{query}")).await;
        assert_eq!((refused.status, errors(&refused).len()), (400, 1), "{field}");
    }
    let mut owner = north.owner.client.clone();
    let form = [("owner", north.owner.user.to_string()), ("version", merged.json()["lead"]["version"].to_string())];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    let given = owner.post(&format!("/leads/{lead}/owner"), &form).await;
    assert_eq!(given.status, 303);
    let agent = house.program(&north.owner, Role::Agent, KeyScope::ALL).await;
    for path in [format!("{path}/timeline"), format!("{path}/tasks")] {
        assert_eq!(agent.get(&path).await.status, 404, "out of reach: {path}");
    }
}

#[tokio::test]
async fn a_board_is_read_and_its_cards_are_moved_to_a_place() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    let (_, theirs) = furnished(&house, "South").await;
    let mut leads = Vec::new();
    for name in ["anna", "berta", "clara", "dora", "emma"] {
        leads.push(make(&program, &format!("{name}@example.com")).await);
        house.clock.advance(SignedDuration::from_secs(60));
    }
    let pipeline = program.get("/api/v1/pipelines").await.json()["items"][0].clone();
    let board = format!("/api/v1/pipelines/{}/board", pipeline["id"].as_str().unwrap());
    let column = format!("/api/v1/stages/{}/cards", pipeline["stages"][0]["id"].as_str().unwrap());
    let ids = |cards: &Value| {
        cards.as_array().unwrap().iter().map(|card| card["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let newest: Vec<_> = leads.iter().rev().cloned().collect();
    let read = program.get(&format!("{board}?limit=2")).await;
    assert_eq!(read.status, 200, "{}", read.text());
    let (first, stages) = (read.json()["columns"][0].clone(), pipeline["stages"].as_array().unwrap());
    assert_eq!(
        (&first["count"], &first["more"], ids(&first["items"])),
        (&json!(5), &json!(false), newest[..2].to_vec())
    );
    let columns: Vec<_> = read.json()["columns"].as_array().unwrap().iter().map(|one| one["stage"].clone()).collect();
    assert_eq!(columns, stages.iter().map(|stage| stage["id"].clone()).collect::<Vec<_>>());
    let rest = program.get(&format!("{column}?after={}", first["next"].as_str().unwrap())).await.json();
    assert_eq!((ids(&rest["items"]), &rest["count"], &rest["next"]), (newest[2..].to_vec(), &json!(5), &Value::Null));
    for limit in [1, 2, 5] {
        let (cards, _) = whole(&program, &column, limit).await;
        assert_eq!(ids(&json!(cards)), newest, "each card once");
    }
    let found = program.get(&format!("{board}?q=clara")).await.json()["columns"][0].clone();
    assert_eq!((ids(&found["items"]), &found["count"]), (vec![leads[2].clone()], &json!(1)));
    assert_eq!(program.get(&format!("{column}?form={NOBODYS}")).await.json()["count"], json!(0));

    // The card of the two who want it elsewhere at once moves once.
    let move_to = format!("/api/v1/leads/{}/stage", leads[0]);
    let places = [
        json!({ "stage": stages[0]["id"], "above": leads[3] }),
        json!({ "stage": stages[0]["id"], "below": leads[4] }),
    ];
    let both = places.each_ref().map(|place| program.send_for(Method::POST, &move_to, "\"1\"", place));
    let mut statuses: Vec<_> = join_all(both).await.into_iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    let now = ids(&program.get(&column).await.json()["items"]);
    assert_eq!(
        now,
        [&leads[4], &leads[0], &leads[3], &leads[2], &leads[1]].map(Clone::clone),
        "either place is the same"
    );

    for (path, status) in [
        (format!("/api/v1/pipelines/{NOBODYS}/board"), 404),
        (format!("/api/v1/stages/{NOBODYS}/cards"), 404),
        (format!("{column}?after=x"), 400),
        (format!("{column}?after=3~{NOBODYS}"), 400),
        (format!("{board}?limit=0"), 400),
        (format!("{board}?after=x"), 400),
    ] {
        assert_eq!(program.get(&path).await.status, status, "{path}");
    }
    for path in [&board, &column] {
        assert_eq!(theirs.get(path).await.status, 404, "another organization's");
    }
}

#[tokio::test]
async fn the_board_is_asked_with_the_filter_of_the_list() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    let (_, theirs) = furnished(&house, "South").await;
    let mut leads = Vec::new();
    for (name, tag) in [("Anna", "VIP"), ("Berta", "Fair"), ("Clara", "VIP"), ("Dora", "VIP")] {
        let wish = json!({ "name": name, "email": format!("{name}@example.com") });
        leads.push(program.post("/api/v1/leads", &wish).await.json()["id"].as_str().unwrap().to_owned());
        let tagged = format!("/api/v1/leads/{}", leads[leads.len() - 1]);
        assert_eq!(program.send_for(Method::PATCH, &tagged, "\"1\"", &json!({ "tags": [tag] })).await.status, 200);
        house.clock.advance(SignedDuration::from_secs(60));
    }
    let pipeline = program.get("/api/v1/pipelines").await.json()["items"][0].clone();
    let board = format!("/api/v1/pipelines/{}/board/search", pipeline["id"].as_str().unwrap());
    let cards = format!("/api/v1/stages/{}/cards/search", pipeline["stages"][0]["id"].as_str().unwrap());
    let names = |cards: &Value| {
        cards.as_array().unwrap().iter().map(|card| card["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let vip = json!({ "all": [
        { "field": "tags", "op": "has_any", "value": ["VIP"] },
        { "not": { "field": "name", "op": "begins_with", "value": "d" } },
    ] });
    let found = program.post(&board, &json!({ "filter": vip, "limit": 1 })).await;
    assert_eq!(found.status, 200, "{}", found.text());
    let column = found.json()["columns"][0].clone();
    assert_eq!(
        (names(&column["items"]), &column["count"], &column["more"]),
        (vec!["Clara".into()], &json!(2), &json!(false))
    );
    assert_eq!(found.json()["columns"].as_array().unwrap().len(), pipeline["stages"].as_array().unwrap().len());
    let rest = program.post(&cards, &json!({ "filter": vip, "after": column["next"] })).await.json();
    assert_eq!((names(&rest["items"]), &rest["count"], &rest["next"]), (vec!["Anna".into()], &json!(2), &Value::Null));
    let all = program.post(&board, &json!({})).await.json();
    assert_eq!(names(&all["columns"][0]["items"]), ["Dora", "Clara", "Berta", "Anna"]);
    let both = program.post(&cards, &json!({ "filter": vip, "q": "ann" })).await.json();
    assert_eq!(names(&both["items"]), ["Anna"]);

    let property = json!({ "name": "Seats", "purpose": "To size it", "kind": "number" });
    let property = program.post("/api/v1/properties", &property).await.json();
    let property = format!("property:{}", property["id"].as_str().unwrap());
    let (berta, seats) = (format!("/api/v1/leads/{}", leads[1]), json!({ "properties": { "seats": "12" } }));
    assert_eq!(program.send_for(Method::PATCH, &berta, "\"2\"", &seats).await.status, 200);
    let many = json!({ "filter": { "field": property, "op": "at_least", "value": 10 } });
    assert_eq!(names(&program.post(&cards, &many).await.json()["items"]), ["Berta"]);

    for (body, field, rule) in [
        (json!({ "filter": { "field": "colour", "op": "is", "value": ["red"] } }), "filter", "filter-field"),
        (json!({ "filter": { "field": "tags", "op": "at_least", "value": 1 } }), "filter", "filter-operator"),
        (json!({ "filter": 7 }), "filter", "filter-unreadable"),
        (json!({ "filter": { "field": property, "op": "begins_with", "value": "x" } }), "filter", "filter-gone"),
        (json!({ "q": 7 }), "q", "not-text"),
        (json!({ "q": "a" }), "q", "too-short"),
        (json!({ "limit": 0 }), "limit", "out-of-range"),
    ] {
        for path in [&board, &cards] {
            let refused = program.post(path, &body).await;
            let told: Vec<_> = errors(&refused).into_iter().collect();
            assert_eq!((refused.status, told), (422, vec![(field.to_owned(), rule.to_owned())]), "{path}: {body}");
        }
    }
    let lost = program.post(&cards, &json!({ "after": "x" })).await;
    assert_eq!((lost.status, errors(&lost).into_iter().next().unwrap().0), (422, "after".to_owned()));
    assert_eq!(program.post(&board, &json!({ "after": column["next"] })).await.status, 400, "a board has no parts");
    assert_eq!(program.post(&format!("{board}?q=anna"), &json!({})).await.status, 400);
    for path in [&board, &cards] {
        assert_eq!(theirs.post(path, &json!({})).await.status, 404, "another organization's");
    }
}

#[tokio::test]
async fn a_search_that_is_too_broad_says_so() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    let lead = make(&program, "anna@example.com").await;
    program.post(&format!("/api/v1/leads/{lead}/notes"), &json!({ "text": "Wants a brochure." })).await;
    let board = program.get("/api/v1/pipelines").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let board = format!("/api/v1/pipelines/{board}/board?q=brochure");
    for path in ["/api/v1/leads?q=brochure", &board] {
        assert_eq!(program.get(path).await.json()["found_more"], json!(false), "{path}");
    }
    // A thousand others of whom the same was written.
    house
        .sql(
            "WITH others AS (
                INSERT INTO leads (organization_id, id, version, email, stage_id, source, source_key_id, legal_basis,
                    first_touch, last_touch, created_at, last_submission_at, stage_entered_at, last_activity_at, rank)
                SELECT organization_id, gen_random_uuid(), version, email, stage_id, source, source_key_id, legal_basis,
                    first_touch, last_touch, created_at, last_submission_at, stage_entered_at, last_activity_at, rank
                FROM leads, generate_series(1, 1000) WHERE id = $1 RETURNING id
            )
            INSERT INTO activities (organization_id, id, lead_id, at, author_key_id, kind, note)
            SELECT organization_id, gen_random_uuid(), others.id, at, author_key_id, kind, note
            FROM others, activities WHERE lead_id = $1 AND kind = 'noted'",
            lead.parse().unwrap(),
        )
        .await;
    for path in ["/api/v1/leads?q=brochure", &board] {
        assert_eq!(program.get(path).await.json()["found_more"], json!(true), "{path}");
    }
}
