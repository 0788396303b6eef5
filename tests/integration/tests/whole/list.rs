//! The list of leads: filters, orders, groups, columns and views, as a browser without scripts gets them.

use jiff::SignedDuration;
use qualify_domain::access::Role;
use qualify_integration::{Answer, Client, House, Organization, ids_after, rows};
use reqwest::Method;
use serde_json::{Value, json};

use crate::census::capture;

/// An organization with four leads: Anna, Berta and Zoé, and one without a name who wrote last.
async fn furnished(house: &House) -> Organization {
    let mut north = house.found("North").await;
    let people = [
        ("Berta", "berta@example.com", "A big oven"),
        ("Zoé", "zoe@example.com", "An oven, too"),
        ("anna", "anna@example.com", "Croissants"),
        ("", "nameless@example.com", "Nothing much"),
    ];
    for (name, email, message) in people {
        let mut body = json!({ "email": email, "message": message });
        if !name.is_empty() {
            body["name"] = name.into();
        }
        capture(house, &north.public_id, &body).await;
        house.settle().await;
        house.clock.advance(SignedDuration::from_hours(24));
    }
    north.wait_for_leads(4).await;
    north
}

fn labels(page: &Answer) -> Vec<String> {
    rows(page).into_iter().map(|row| row.label).collect()
}

async fn list(client: &mut Client, pairs: &[(&str, &str)]) -> Vec<String> {
    labels(&client.get(&address(pairs)).await)
}

fn address(pairs: &[(&str, &str)]) -> String {
    format!("/leads?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

fn filter(value: &Value) -> String {
    value.to_string()
}

#[tokio::test]
async fn the_list_is_sorted_filtered_searched_and_grouped_by_its_address() {
    let house = House::open().await;
    let mut north = furnished(&house).await;
    let client = &mut north.owner.client;
    let nameless = "nameless@example.com";
    assert_eq!(list(client, &[]).await, [nameless, "anna", "Zoé", "Berta"], "the newest first");
    assert_eq!(list(client, &[("sort", "name")]).await, ["anna", "Berta", "Zoé", nameless]);
    assert_eq!(list(client, &[("sort", "-name")]).await, ["Zoé", "Berta", "anna", nameless], "without a name last");
    assert_eq!(list(client, &[("sort", "created")]).await[0], "Berta");
    assert_eq!(list(client, &[("q", "oven")]).await, ["Zoé", "Berta"], "by words of their messages");
    assert_eq!(list(client, &[("q", "ann")]).await, ["anna"]);
    assert_eq!(list(client, &[("q", ".*")]).await, Vec::<String>::new(), "a pattern is text");
    let begins = json!({ "any": [
        { "field": "name", "op": "begins_with", "value": "AN" }, { "field": "name", "op": "is_empty" },
    ] });
    assert_eq!(list(client, &[("filter", &filter(&begins))]).await, [nameless, "anna"]);
    let not = json!({ "not": begins });
    assert_eq!(list(client, &[("filter", &filter(&not)), ("sort", "name")]).await, ["Berta", "Zoé"]);
    let young = json!({ "field": "created", "op": "within_days", "value": 3 });
    assert_eq!(list(client, &[("filter", &filter(&young))]).await, [nameless, "anna"]);

    let zoe = rows(&client.get("/leads?q=zo").await).remove(0).id;
    let owner = north.owner.user.to_string();
    let taken = [("owner", owner.as_str()), ("version", "1")];
    assert_eq!(client.post(&format!("/leads/{zoe}/owner"), &taken).await.status, 303);
    let mine = json!({ "field": "owner", "op": "is", "value": ["me"] });
    assert_eq!(list(client, &[("filter", &filter(&mine))]).await, ["Zoé"]);
    let page = client.get("/leads?group=owner&sort=name").await;
    assert_eq!(labels(&page), ["anna", "Berta", nameless, "Zoé"]);
    let text = page.text();
    let (nobodys, hers) = (text.find("Nobody yet</th>").unwrap(), text.find("Odile Owner</th>").unwrap());
    assert!(nobodys < hers && text.matches("class=\"group\"").count() == 2, "{text}");
    let count = client.get(&address(&[("filter", &filter(&mine))]).replace("/leads?", "/leads/count?")).await;
    assert!(count.text().contains(">1 lead<"), "{}", count.text());
}

#[tokio::test]
async fn a_further_page_goes_on_in_its_order_and_a_place_of_another_is_refused() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    for n in 0..60 {
        let body = json!({ "name": format!("Lead {n:02}"), "email": format!("lead{n}@example.com") });
        capture(&house, &north.public_id, &body).await;
    }
    house.settle().await;
    north.wait_for_leads(50).await;
    let client = &mut north.owner.client;
    for query in ["sort=name", "sort=-name&group=form", "group=stage&sort=last_submission", "group=owner"] {
        let first = client.get(&format!("/leads?{query}")).await;
        let text = first.text();
        let link = text.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
        let next = link.split('"').next().unwrap().replace("&#38;", "&");
        let mut all = labels(&first);
        all.extend(labels(&client.get(&next).await));
        assert_eq!(all.len(), 60, "{query}");
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 60, "{query}: each once");
        let place = next.split("after=").nth(1).unwrap().to_owned();
        for other in ["sort=-last_submission", "sort=created", "group=stage&sort=-created"] {
            assert_eq!(client.get(&format!("/leads?{other}&after={place}")).await.status, 400, "{query} {other}");
        }
    }
}

#[tokio::test]
async fn a_lead_knows_its_neighbours_in_the_list_one_came_from() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    for n in 0..52 {
        let body = json!({ "name": format!("Lead {n:02}"), "email": format!("lead{n}@example.com") });
        capture(&house, &north.public_id, &body).await;
    }
    house.settle().await;
    north.wait_for_leads(50).await;
    let client = &mut north.owner.client;
    let first = client.get("/leads?sort=name").await.text();
    let link = |page: &str, before: &str| -> Option<String> {
        let (ahead, _) = page.split_once(before)?;
        Some(ahead.rsplit("href=\"").next()?.split('"').next()?.replace("&#38;", "&"))
    };
    let mut address = link(&first, "data-row").unwrap();
    let mut seen = Vec::new();
    for _ in 0..52 {
        let page = client.get(&address).await.text();
        seen.push(page.split("<h1>").nth(1).unwrap().split('<').next().unwrap().to_owned());
        assert_eq!(link(&page, "rel=\"prev\"").is_some(), !matches!(seen.len(), 1 | 51), "{}", seen.len());
        match link(&page, "rel=\"next\"") {
            Some(next) => address = next,
            None => break,
        }
    }
    let all: Vec<_> = (0..52).map(|n| format!("Lead {n:02}")).collect();
    assert_eq!(seen, all, "one after the other, over the end of a part");
    let id = rows(&client.get("/leads").await).remove(0).id;
    // What is done on the page keeps its place, without scripts too.
    let (lead, list) = address.split_once('?').unwrap();
    for (from, then) in [
        (&*address, format!("{lead}?{list}")),
        ("/leads", lead.to_owned()),
        (&*format!("/leads/{id}x?{list}"), lead.to_owned()),
    ] {
        let note = client.request(Method::POST, &format!("{lead}/notes")).header("accept", "text/html");
        let note = note.header("origin", house.url.clone()).header("sec-fetch-site", "same-origin");
        let note = note.header("referer", format!("{}{from}", house.url)).form(&[("note", "Called"), ("kind", "")]);
        assert_eq!(client.send(note).await.location(), then, "from {from}");
    }
    for gone in ["x", "/leads?filter=x", "/leads?after=x", "//elsewhere", "/leads?view=x", "/leads?q=nobody"] {
        let gone = form_urlencoded::byte_serialize(gone.as_bytes()).collect::<String>();
        let page = client.get(&format!("/leads/{id}?in={gone}")).await;
        assert!(page.status == 200 && link(&page.text(), "rel=\"next\"").is_none(), "{gone}");
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_refused_and_what_is_gone_finds_nothing() {
    let house = House::open().await;
    let mut north = furnished(&house).await;
    let client = &mut north.owner.client;
    let deep = format!("{}{{\"all\":[]}}{}", "{\"not\":".repeat(6), "}".repeat(6));
    let deeper = format!("{}{{\"all\":[]}}{}", "{\"not\":".repeat(300), "}".repeat(300));
    let wide = format!("{{\"any\":[{}]}}", vec![r#"{"field":"email","op":"is_empty"}"#; 51].join(","));
    for text in
        [&deep, &deeper, &wide, "x", "[]", r#"{"field":"shoe_size","op":"is","value":["43"]}"#, r#"{"all":[],"x":1}"#]
    {
        let answer = client.get(&address(&[("filter", text)])).await;
        assert!(matches!(answer.status, 400 | 414), "{}: {text:.60}", answer.status);
    }
    for query in ["sort=shoe_size", "group=colour", "columns=email,email", "density=x", "view=x", "after=x"] {
        let status = client.get(&format!("/leads?{query}")).await.status;
        assert!(matches!(status, 400 | 404), "{query}: {status}");
    }
    let gone = json!({ "field": "form", "op": "is", "value": ["0192f7a0-0000-7000-8000-000000000001"] });
    let page = client.get(&address(&[("filter", &filter(&gone))])).await;
    assert_eq!((page.status, rows(&page).len()), (200, 0));
    assert!(page.text().contains("condition broken") && page.text().contains("(deleted)"), "{}", page.text());
}

#[tokio::test]
async fn a_filter_is_made_by_a_form_without_scripts() {
    let house = House::open().await;
    let mut north = furnished(&house).await;
    let client = &mut north.owner.client;
    let page = client.get("/leads/filter?sort=name&open=all&new-0=name&do=add:0").await;
    assert_eq!(page.status, 200);
    for part in ["name=\"field\" value=\"name\"", "name=\"sort\" value=\"name\"", "id=\"op-1\""] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    let empty = client.get("/leads/filter?sort=name&open=all&field=name&op=begins_with&value=&do=apply").await;
    assert_eq!(empty.status, 422);
    assert!(empty.text().contains("id=\"fault-1\""), "{}", empty.text());
    let query = "/leads/filter?sort=name&open=any&field=name&op=begins_with&value=b&field=name&op=is_empty\
                 &open=all&field=email&op=not_is_empty&field=name&op=is&value=zo%C3%A9&close=&do=apply";
    let made = client.get(query).await;
    assert_eq!(made.status, 303, "{}", made.text());
    let there = made.location().to_owned();
    assert_eq!(labels(&client.get(&there).await), ["Berta", "Zoé", "nameless@example.com"]);
    // The list's link to the editor leads back to the same form.
    let editor = client.get(&there.replace("/leads?", "/leads/filter?")).await.text();
    assert_eq!((editor.matches("name=\"field\"").count(), editor.matches("name=\"open\"").count()), (4, 2), "{editor}");
    let clear = client.get(&there.replace("/leads?", "/leads/filter?open=all&do=apply&")).await;
    assert_eq!(labels(&client.get(clear.location()).await).len(), 4);
}

#[tokio::test]
async fn a_view_is_kept_changed_shared_deleted_and_brought_back() {
    let house = House::open().await;
    let mut north = furnished(&house).await;
    let mut agent = house.join(&north, "agent@north.example", &[Role::Agent]).await;
    let client = &mut north.owner.client;
    let changed = client.get("/leads?sort=name&columns=email,created").await.text();
    assert!(changed.contains("Changed for the moment"), "{changed}");
    let settings = changed.split("name=\"settings\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let settings = settings.replace("&#34;", "\"");
    let kept = client.post("/views", &[("name", "By name"), ("shared", "1"), ("settings", &settings)]).await;
    assert_eq!(kept.status, 303, "{}", kept.text());
    let there = kept.location().to_owned();
    let id = there.split('=').nth(1).unwrap().to_owned();
    let page = client.get(&there).await;
    assert_eq!(labels(&page)[0], "anna");
    assert!(!page.text().contains("Changed for the moment") && page.text().contains("<h1>By name</h1>"));
    assert!(!page.text().contains("w-phone"), "only the columns that were chosen");

    let seen = agent.client.get(&there).await;
    assert_eq!(labels(&seen)[0], "anna");
    assert!(!seen.text().contains(&format!("/views/{id}/removal")), "it is locked to the agent");
    let refused = [("name", "Mine now"), ("shared", "1")];
    assert_eq!(agent.client.post(&format!("/views/{id}/name"), &refused).await.status, 403);
    let own = agent.client.post("/views", &[("name", "By name"), ("settings", &settings)]).await;
    assert_eq!(own.status, 303, "a copy of one's own: {}", own.text());
    let same = agent.client.post("/views", &[("name", "by NAME"), ("settings", &settings)]).await;
    assert_eq!(same.status, 409);
    assert!(same.text().contains("id=\"name-fault\"") && same.text().contains("by NAME"), "{}", same.text());

    let chosen = agent.client.post("/views/default", &[("view", &id)]).await;
    assert_eq!((chosen.status, chosen.location()), (303, "/leads"));
    assert_eq!(labels(&agent.client.get("/leads").await)[0], "anna", "the list begins with it");
    assert_eq!(labels(&agent.client.get("/leads?view=none").await)[0], "nameless@example.com");

    let client = &mut north.owner.client;
    let saving = [("settings", "{\"sort\":\"-name\"}"), ("version", "1")];
    assert_eq!(client.post(&format!("/views/{id}"), &saving).await.status, 303);
    assert_eq!(client.post(&format!("/views/{id}"), &saving).await.status, 409, "somebody saw an older one");
    assert_eq!(labels(&client.get(&there).await)[0], "Zoé");
    let removed = client.post(&format!("/views/{id}/removal"), &[]).await;
    assert_eq!(removed.status, 303);
    let after = client.get(removed.location()).await;
    assert!(after.text().contains(&format!("/views/{id}/restoration")), "{}", after.text());
    assert_eq!(client.get(&there).await.status, 404);
    assert_eq!(agent.client.get("/leads").await.status, 200, "whoever began with it begins with everything");
    assert_eq!(client.post(&format!("/views/{id}/restoration"), &[]).await.status, 303);
    assert_eq!(client.get(&there).await.status, 200);
}

#[tokio::test]
async fn a_stage_that_is_changed_in_the_list_leads_back_there_and_nowhere_else() {
    let house = House::open().await;
    let mut north = furnished(&house).await;
    let client = &mut north.owner.client;
    let page = client.get("/leads").await;
    let lead = rows(&page).remove(0).id;
    let stage = ids_after(&page.text(), "<option value=\"").remove(1);
    let moved = [("stage", stage.as_str()), ("version", "1")];
    let answer = client.post(&format!("/leads/{lead}/stage?back=%2Fleads%3Fsort%3Dname"), &moved).await;
    assert_eq!((answer.status, answer.location()), (303, "/leads?sort=name"));
    let late = client.post(&format!("/leads/{lead}/owner?back=%2Fleads"), &[("owner", ""), ("version", "1")]).await;
    assert_eq!(late.status, 409);
    for elsewhere in ["https://evil.example", "//evil.example", "/leadsx", "/settings"] {
        let path = format!(
            "/leads/{lead}/owner?back={}",
            form_urlencoded::byte_serialize(elsewhere.as_bytes()).collect::<String>()
        );
        let answer = client.post(&path, &[("owner", ""), ("version", "2")]).await;
        assert!(
            answer.status != 303 || answer.location() == format!("/leads/{lead}"),
            "{elsewhere}: {}",
            answer.location()
        );
    }
}

#[tokio::test]
async fn programs_search_leads_and_keep_views() {
    let house = House::open().await;
    let north = furnished(&house).await;
    let program = house.program(&north.owner, Role::Owner, qualify_domain::api_key::KeyScope::ALL).await;
    let search = async |body: Value| program.post("/api/v1/leads/search", &body).await;
    let body = json!({ "filter": { "not": { "field": "name", "op": "is_empty" } }, "sort": "name", "limit": 2 });
    let first = search(body.clone()).await.json();
    let names = |part: &Value| {
        part["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|lead| lead["name"].as_str().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&first), ["anna", "Berta"]);
    let mut further = body.clone();
    further["after"] = first["next"].clone();
    assert_eq!(names(&search(further.clone()).await.json()), ["Zoé"]);
    further["sort"] = "-name".into();
    let other = search(further).await;
    assert_eq!((other.status, &other.json()["errors"][0]["field"]), (422, &json!("after")), "{}", other.text());
    assert_eq!(names(&search(json!({ "q": "oven" })).await.json()), ["Zoé", "Berta"]);
    for (body, rule) in [
        (json!({ "filter": { "field": "x", "op": "is", "value": [] } }), "filter-field"),
        (json!({ "filter": { "not": { "not": { "not": { "not": { "not": { "all": [] } } } } } } }), "filter-too-deep"),
        (json!({ "filter": { "all": [], "any": [] } }), "filter-shape"),
        (json!({ "filter": 7 }), "filter-unreadable"),
        (json!({ "sort": "x" }), "not-a-choice"),
        (json!({ "limit": 0 }), "out-of-range"),
        (json!({ "limit": "5" }), "out-of-range"),
        (json!({ "q": "a" }), "too-short"),
    ] {
        let answer = search(body.clone()).await;
        assert_eq!(
            (answer.status, &answer.json()["errors"][0]["rule"]),
            (422, &json!(rule)),
            "{body}: {}",
            answer.text()
        );
    }
    assert_eq!(search(json!({ "colour": "red" })).await.status, 400);

    let made = program.post("/api/v1/views", &json!({ "name": "Open", "sort": "name", "columns": ["stage"] })).await;
    assert_eq!((made.status, made.header("etag")), (201, "\"1\""), "{}", made.text());
    let path = format!("/api/v1/views/{}", made.json()["id"].as_str().unwrap());
    let same = program.post("/api/v1/views", &json!({ "name": "OPEN" })).await;
    assert_eq!((same.status, &same.json()["errors"][0]["rule"]), (422, &json!("same-name")), "{}", same.text());
    let change = json!({ "group": "owner", "density": "compact" });
    let changed = program.send_for(Method::PATCH, &path, "\"1\"", &change).await;
    assert_eq!((changed.status, &changed.json()["columns"]), (200, &json!(["stage"])), "{}", changed.text());
    assert_eq!(program.send_for(Method::PATCH, &path, "\"1\"", &change).await.status, 412);
    assert_eq!(program.get("/api/v1/views").await.json()["items"].as_array().unwrap().len(), 1);
    let restored = format!("{path}/restoration");
    assert_eq!(program.post(&restored, &json!({})).await.status, 200, "it was never deleted");
    assert_eq!(program.ask(program.request(Method::DELETE, &path)).await.status, 204);
    assert_eq!(program.post(&restored, &json!({})).await.status, 200);
    assert_eq!(program.ask(program.request(Method::DELETE, &path)).await.status, 204);
    assert_eq!(program.get(&path).await.status, 404);
}
