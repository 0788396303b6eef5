//! The list of leads by company, tags, last activity and an organization's own properties: in pages, in views and in the
//! API, and what becomes of a list whose property is gone.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use qualify_integration::{Answer, Client, House, Organization, ProgramClient, rows};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::{errors, furnished};

/// An organization that asks for six things of its own, and knows them of two of its three leads.
struct Place {
    house: House,
    north: Organization,
    program: ProgramClient,
    /// The properties' ids, by their keys.
    own: BTreeMap<String, String>,
}

impl Place {
    async fn filled() -> Self {
        // It is much to hold for whoever waits.
        Box::pin(Self::fill()).await
    }

    async fn fill() -> Self {
        let house = House::open().await;
        let (mut north, program) = furnished(&house, "North").await;
        for (name, kind, choices) in [
            ("Seats", "number", ""),
            ("Size", "choice", "Small\nLarge"),
            ("Interests", "multiple_choice", "Ovens\nMixers\nFridges"),
            ("Customer", "checkbox", ""),
            ("Renewal", "date", ""),
            ("Remark", "long_text", ""),
        ] {
            let fields =
                [("name", name), ("purpose", "To make offers"), ("kind", kind), ("choices", choices), ("key", "")];
            assert_eq!(north.owner.client.post("/settings/properties", &fields).await.status, 303, "{name}");
        }
        let listed = program.get("/api/v1/properties").await.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let own = listed["items"].as_array().unwrap().iter().map(|one| (text(&one["key"]), text(&one["id"])));
        let place = Self { house, own: own.collect(), north, program };
        place.lead("Cleo", &json!({})).await;
        place
            .lead(
                "Berta",
                &json!({ "company": "zwilling", "tags": ["Fair"], "properties": {
                    "seats": "7.5", "size": "Small", "interests": ["Mixers"], "customer": "no", "renewal": "2020-02-29",
                } }),
            )
            .await;
        place
            .lead(
                "Anna",
                &json!({ "company": "Éclair & Fils", "tags": ["VIP", "fair"], "properties": {
                    "seats": "1200", "size": "Large", "interests": ["Ovens", "Fridges"], "customer": "yes",
                    "renewal": "2999-01-01", "remark": "Likes ^(a+)+$\nand more",
                } }),
            )
            .await;
        place
    }

    /// Makes a lead that is known so.
    async fn lead(&self, name: &str, known: &Value) {
        let body = json!({ "name": name, "email": format!("{name}@example.com") });
        let made = self.program.post("/api/v1/leads", &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        if known.as_object().is_some_and(|known| !known.is_empty()) {
            let path = format!("/api/v1/leads/{}", made.json()["id"].as_str().unwrap());
            let told = self.program.send_for(Method::PATCH, &path, "\"1\"", known).await;
            assert_eq!(told.status, 200, "{}", told.text());
        }
        self.house.settle().await;
        self.house.clock.advance(SignedDuration::from_mins(1));
    }

    fn property(&self, key: &str) -> String {
        format!("property:{}", self.own[key])
    }

    /// A condition on a property.
    fn on(&self, key: &str, op: &str, value: impl Into<Value>) -> Value {
        json!({ "field": self.property(key), "op": op, "value": value.into() })
    }

    /// Whom a filter shows, by name: the same in the page and in the API.
    async fn shown(&mut self, filter: &Value) -> Vec<String> {
        let page = self.north.owner.client.get(&address(&[("filter", &filter.to_string()), ("sort", "name")])).await;
        let listed: Vec<String> = rows(&page).into_iter().map(|row| row.label).collect();
        let found = self.program.post("/api/v1/leads/search", &json!({ "filter": filter, "sort": "name" })).await;
        assert_eq!(found.status, 200, "{filter}: {}", found.text());
        assert_eq!(names(&found), listed, "{filter}");
        listed
    }

    /// Takes a property out of use.
    async fn archive(&mut self, key: &str, name: &str) {
        let fields =
            [("name", name), ("purpose", "To make offers"), ("choices", ""), ("archived", "1"), ("version", "1")];
        let path = format!("/settings/properties/{}", self.own[key]);
        assert_eq!(self.north.owner.client.post(&path, &fields).await.status, 303);
    }
}

fn names(found: &Answer) -> Vec<String> {
    let items = found.json()["items"].as_array().cloned().unwrap();
    items.iter().map(|lead| lead["name"].as_str().unwrap().to_owned()).collect()
}

fn address(pairs: &[(&str, &str)]) -> String {
    format!("/leads?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

#[tokio::test]
async fn leads_are_filtered_by_all_that_is_known_of_them_in_pages_and_in_the_api_alike() {
    let mut place = Place::filled().await;
    let plain = |field: &str, op: &str, value: Value| json!({ "field": field, "op": op, "value": value });
    let not = |part: Value| json!({ "not": part });
    let empty = |field: &str| json!({ "field": field, "op": "is_empty" });
    let property = |key: &str| place.property(key);
    let cases = [
        (plain("company", "is", json!("éclair & fils")), "Anna"),
        (plain("company", "begins_with", json!("ZW")), "Berta"),
        (empty("company"), "Cleo"),
        (plain("tags", "has_any", json!(["fair"])), "Anna Berta"),
        (plain("tags", "has_any", json!(["vip", "nobody’s"])), "Anna"),
        (not(plain("tags", "has_any", json!(["VIP"]))), "Berta Cleo"),
        (empty("tags"), "Cleo"),
        (plain("last_activity", "within_days", json!(1)), "Anna Berta Cleo"),
        (plain("last_activity", "older_than_days", json!(1)), ""),
        (place.on("seats", "at_least", 7.5), "Anna Berta"),
        (place.on("seats", "more_than", 7.5), "Anna"),
        (place.on("seats", "less_than", 1200), "Berta"),
        (place.on("seats", "is", 1200), "Anna"),
        (empty(&property("seats")), "Cleo"),
        (place.on("size", "is", json!(["Small", "Medium"])), "Berta"),
        (place.on("interests", "has_any", json!(["Fridges", "Mixers"])), "Anna Berta"),
        (place.on("customer", "is", true), "Anna"),
        (place.on("customer", "is", false), "Berta"),
        (not(place.on("customer", "is", true)), "Berta Cleo"),
        (place.on("renewal", "before", "2020-03-01"), "Berta"),
        (place.on("renewal", "since", "2020-03-01"), "Anna"),
        (place.on("renewal", "older_than_days", 30), "Berta"),
        (place.on("renewal", "next_days", 30), ""),
        (place.on("remark", "begins_with", "LIKES ^(a+)+$"), "Anna"),
        (not(empty(&property("remark"))), "Anna"),
    ];
    for (filter, expected) in cases {
        let expected: Vec<_> = expected.split_whitespace().collect();
        assert_eq!(place.shown(&filter).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn leads_are_sorted_by_company_and_activity_grouped_by_grade_and_shown_by_chosen_columns() {
    let mut place = Place::filled().await;
    let client = &mut place.north.owner.client;
    for (sort, expected) in [
        ("company", ["Berta", "Anna", "Cleo"]),
        ("-company", ["Anna", "Berta", "Cleo"]),
        ("last_activity", ["Cleo", "Berta", "Anna"]),
        ("-last_activity", ["Anna", "Berta", "Cleo"]),
    ] {
        let page = client.get(&address(&[("sort", sort)])).await;
        assert_eq!(rows(&page).into_iter().map(|row| row.label).collect::<Vec<_>>(), expected, "{sort}");
        let search = json!({ "sort": sort, "limit": 2 });
        let first = place.program.post("/api/v1/leads/search", &search).await;
        let next = json!({ "sort": sort, "limit": 2, "after": first.json()["next"] });
        let rest = place.program.post("/api/v1/leads/search", &next).await;
        assert_eq!([names(&first), names(&rest)].concat(), expected, "{sort}");
    }
    let grouped = client.get("/leads?group=grade").await;
    assert_eq!(rows(&grouped).len(), 3);
    assert!(
        grouped.text().contains("class=\"group\"") && grouped.text().contains(">B4: Fits well"),
        "{}",
        grouped.text()
    );

    let own = |key: &str| format!("property:{}", place.own[key]);
    let plain = client.get("/leads").await.text();
    for code in ["company", "tags", "last_activity", &*own("seats")] {
        assert!(plain.contains(&format!("name=\"column\" value=\"{code}\"")), "{code} can be chosen");
    }
    let columns = ["company".to_owned(), "tags".to_owned(), own("seats"), own("interests"), own("customer")].join(",");
    let page = client.get(&address(&[("columns", &columns), ("q", "anna")])).await.text();
    for said in ["Éclair", "fair, VIP", "1,200", "Fridges, Ovens", "Yes", ">Seats<", ">Interests<"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let refused = client.get(&address(&[("columns", "property:x")])).await;
    assert_eq!(refused.status, 400);

    let settings = json!({ "columns": ["company", own("seats")], "sort": "company", "group": "grade" });
    let kept = client.post("/views", &[("name", "Seats"), ("settings", &settings.to_string())]).await;
    assert_eq!(kept.status, 303, "{}", kept.text());
    let view = client.get(kept.location()).await.text();
    assert!(view.contains(">Seats<") && !view.contains("Changed for the moment"), "{view}");
    let export = client.get(&kept.location().replace("/leads?", "/leads/export?")).await.text();
    let (seats, interests) = (place.own["seats"].clone(), place.own["interests"].clone());
    assert!(export.contains(&format!("name=\"own\" value=\"{seats}\" checked")), "what the list shows: {export}");
    let chosen = [("filter", "q=anna"), ("name", "1"), ("company", "1"), ("own", &*seats), ("own", &*interests)];
    let file = client.post("/leads/export", &chosen).await;
    assert_eq!(file.text(), "Name,Company,Seats,Interests\r\nAnna,Éclair & Fils,1200,Fridges; Ovens\r\n");
    let lines =
        place.program.get(&format!("/api/v1/leads/export?format=jsonl&q=anna&columns=name,property:{seats}")).await;
    assert_eq!(lines.text(), format!("{{\"name\":\"Anna\",\"property:{seats}\":\"1200\"}}\n"));
}

/// What a list says whose property is gone.
const LEFT_OUT: &str = "A property that this list asks for is gone";

async fn left_out(client: &mut Client, address: &str) -> bool {
    let page = client.get(address).await;
    assert_eq!(page.status, 200, "{address}: {}", page.text());
    page.text().contains(LEFT_OUT)
}

#[tokio::test]
async fn a_view_whose_property_is_gone_opens_without_it_and_says_so_and_the_api_refuses_it_at_its_field() {
    let mut place = Place::filled().await;
    let seats = place.property("seats");
    let few =
        json!({ "all": [place.on("seats", "less_than", 100), { "field": "name", "op": "begins_with", "value": "b" }] });
    let settings = json!({ "filter": few, "columns": ["email", seats] });
    let client = &mut place.north.owner.client;
    let kept = client.post("/views", &[("name", "Few"), ("shared", "1"), ("settings", &settings.to_string())]).await;
    let there = kept.location().to_owned();
    let id = there.split('=').nth(1).unwrap().to_owned();
    assert!(!left_out(client, &there).await);
    place.archive("seats", "Seats").await;

    // The page opens, says what is missing, and is about what it shows from there on.
    let client = &mut place.north.owner.client;
    let page = client.get(&there).await;
    assert_eq!(rows(&page).into_iter().map(|row| row.label).collect::<Vec<_>>(), ["Berta"]);
    let text = page.text();
    assert!(text.contains(LEFT_OUT) && text.contains("Changed for the moment") && !text.contains(&seats), "{text}");
    assert!(left_out(client, &there.replace("/leads?", "/board?")).await);
    let only = json!({ "not": { "field": seats, "op": "is_empty" } }).to_string();
    let all = client.get(&address(&[("filter", &only)])).await;
    assert_eq!(rows(&all).len(), 3, "a condition that is left out takes nobody away");
    let counted = client.get(&address(&[("filter", &only)]).replace('?', "/count?")).await;
    assert!(counted.text().contains(">3 leads<"), "{}", counted.text());

    // The editor names it, and takes it no more.
    let editor = client.get(&there.replace("/leads?", "/leads/filter?")).await.text();
    assert!(editor.contains("Remove the condition") && editor.contains(&seats), "{editor}");
    let fields = format!("open=all&field={seats}&op=less_than&value=100&close=&do=apply");
    let refused = client.get(&format!("/leads/filter?{fields}")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("id=\"fault-1\""), "{}", refused.text());

    // What would be done to all that it shows is not done to others.
    let posted = [("filter", there.split('?').nth(1).unwrap()), ("name", "1")];
    assert_eq!(client.post("/leads/export", &posted).await.status, 422);
    let again = client.post("/views", &[("name", "Again"), ("settings", &settings.to_string())]).await;
    assert_eq!(again.status, 422, "{}", again.text());

    // Saved as it is shown, it is whole again.
    let sound = page.hidden("settings").unwrap().replace("&#34;", "\"");
    assert_eq!(client.post(&format!("/views/{id}"), &[("settings", &sound), ("version", "1")]).await.status, 303);
    assert!(!left_out(client, &there).await);
}

#[tokio::test]
async fn the_api_refuses_a_property_that_is_gone_or_of_another_kind_at_its_field() {
    let mut place = Place::filled().await;
    let seats = place.property("seats");
    let view = json!({ "name": "Few", "filter": place.on("seats", "less_than", 100), "columns": [seats] });
    let made = place.program.post("/api/v1/views", &view).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.json()["filter"]["all"][0]["value"], json!(100));
    let path = format!("/api/v1/views/{}", made.json()["id"].as_str().unwrap());
    place.archive("seats", "Seats").await;
    let never = "property:0192f7a0-0000-7000-8000-000000000001";
    let gone = [
        place.on("seats", "less_than", 100),
        place.on("size", "at_least", 5),
        place.on("interests", "is", json!(["Ovens"])),
        place.on("renewal", "is", "2026-01-01"),
        json!({ "field": never, "op": "is_empty" }),
        json!({ "any": [{ "field": "name", "op": "is_empty" }, { "not": place.on("seats", "is", 5) }] }),
    ];
    let at = |field: &str| [(field.to_owned(), "filter-gone".to_owned())].into();
    for filter in gone {
        let page = place.north.owner.client.get(&address(&[("filter", &filter.to_string())])).await;
        assert!(page.text().contains(LEFT_OUT) && rows(&page).len() <= 3, "{filter}");
        for (route, body) in [
            ("/api/v1/leads/search", json!({ "filter": filter })),
            ("/api/v1/views", json!({ "name": "Other", "filter": filter })),
            ("/api/v1/leads/changes", json!({ "filter": filter, "act": { "tag": "x" } })),
        ] {
            let refused = place.program.post(route, &body).await;
            assert_eq!((refused.status, errors(&refused)), (422, at("filter")), "{route} {filter}");
        }
    }
    let columns = place.program.post("/api/v1/views", &json!({ "name": "Other", "columns": ["email", seats] })).await;
    assert_eq!((columns.status, errors(&columns)), (422, at("columns")));
    let export = place.program.get(&format!("/api/v1/leads/export?columns=name,{never}")).await;
    assert_eq!((export.status, errors(&export)), (422, at("columns")));

    // The view itself is read as it is kept, and changed where it is sound.
    let read = place.program.get(&path).await;
    assert_eq!((read.status, &read.json()["columns"]), (200, &json!([seats])));
    let renamed = place.program.send_for(Method::PATCH, &path, "\"1\"", &json!({ "name": "Fewer" })).await;
    assert_eq!(renamed.status, 200, "{}", renamed.text());
    let filtered = json!({ "filter": { "all": [place.on("seats", "less_than", 50)] } });
    let refused = place.program.send_for(Method::PATCH, &path, "\"2\"", &filtered).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let mended = json!({ "filter": {}, "columns": ["email"] });
    assert_eq!(place.program.send_for(Method::PATCH, &path, "\"2\"", &mended).await.status, 200);
}

#[tokio::test]
async fn a_condition_on_a_property_is_made_by_a_form_without_scripts() {
    let mut place = Place::filled().await;
    let (seats, customer, size) = (place.property("seats"), place.property("customer"), place.property("size"));
    let client = &mut place.north.owner.client;
    let offered = client.get("/leads/filter").await.text();
    for code in ["company", "tags", "last_activity", &*seats] {
        assert!(offered.contains(&format!("<option value=\"{code}\"")), "{code}: {offered}");
    }
    let added = client.get(&format!("/leads/filter?open=all&new-0={seats}&do=add:0")).await.text();
    assert!(added.contains("value=\"at_least\" selected") && added.contains("inputmode=\"decimal\""), "{added}");
    let yes_or_no = client.get(&format!("/leads/filter?open=all&field={customer}&op=is&do=look")).await.text();
    assert!(yes_or_no.contains("<option value=\"true\">Yes</option>"), "{yes_or_no}");
    let sizes = client.get(&format!("/leads/filter?open=all&field={size}&op=is&do=look")).await.text();
    assert!(sizes.contains("type=\"checkbox\" name=\"value\" value=\"Large\""), "{sizes}");
    let wrong = client.get(&format!("/leads/filter?open=all&field={seats}&op=at_least&value=many&do=apply")).await;
    assert_eq!(wrong.status, 422);
    let query = format!(
        "/leads/filter?open=any&field={seats}&op=at_least&value=1+200%2C0&field=tags&op=has_any&value=FAIR%2C+x\
         &field={customer}&op=is&value=true&do=apply"
    );
    let made = client.get(&query).await;
    assert_eq!(made.status, 303, "{}", made.text());
    let page = client.get(made.location()).await;
    assert_eq!(rows(&page).len(), 2, "{}", page.text());
    for (field, op, value) in [(&*seats, "at_least", 5), ("created", "within_days", 7)] {
        let not = json!({ "not": { "field": field, "op": op, "value": value } }).to_string();
        let editor = client.get(&address(&[("filter", &not)]).replace('?', "/filter?")).await.text();
        assert!(editor.contains(&format!("value=\"not_{op}\" selected")), "what only a program says is kept: {editor}");
    }
    let only = client.get(&format!("/leads/filter?open=all&field={seats}&op=at_least&value=1200&do=apply")).await;
    let chips = client.get(only.location()).await.text();
    assert!(chips.contains("<strong>Seats</strong> is at least 1,200"), "{chips}");
}
