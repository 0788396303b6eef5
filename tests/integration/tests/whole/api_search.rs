//! What programs search for: text that looks like a pattern is text, and a filter is no deeper than it may be.

use qualify_integration::{House, ProgramClient};
use serde_json::{Value, json};

use crate::api_calls::{errors, furnished};

/// What a search field may hold that some other program would take for a pattern, and the leads whose names begin so.
const SEARCHES: [(&str, &[&str]); 14] = [
    ("^(a+)+$", &["^(a+)+$ Anna"]),
    ("aaaa", &["aaaaaaaaaaaaaaaaaaaaaaaaaaaa!"]),
    ("%_", &["%_\\d Berta"]),
    (".*", &[]),
    ("a.*", &[]),
    ("(a|aa)+$", &[]),
    ("[a-z]{3,}", &[]),
    ("\\d\\w", &[]),
    ("\\\\", &[]),
    ("%%", &[]),
    ("__", &[]),
    ("(?i)aaaa", &[]),
    ("(((((", &[]),
    ("anna|berta", &[]),
];

async fn named(program: &ProgramClient) {
    for (name, email) in [
        ("^(a+)+$ Anna", "one@example.com"),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "two@example.com"),
        ("%_\\d Berta", "three@example.com"),
    ] {
        let made = program.post("/api/v1/leads", &json!({ "name": name, "email": email })).await;
        assert_eq!(made.status, 201, "{name}: {}", made.text());
    }
}

fn names(items: &Value) -> Vec<String> {
    items.as_array().unwrap().iter().map(|lead| lead["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_looks_like_a_regular_expression_is_searched_for_as_it_is() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    named(&program).await;
    let pipeline = program.get("/api/v1/pipelines").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    for (q, found) in SEARCHES {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", q).finish();
        let listed = program.get(&format!("/api/v1/leads?{query}")).await;
        assert_eq!(listed.status, 200, "{q}: {}", listed.text());
        assert_eq!(names(&listed.json()["items"]), found, "{q}");
        let searched = program.post("/api/v1/leads/search", &json!({ "q": q })).await;
        assert_eq!(searched.status, 200, "{q}: {}", searched.text());
        assert_eq!(names(&searched.json()["items"]), found, "{q}");
        let board = program.get(&format!("/api/v1/pipelines/{pipeline}/board?{query}")).await;
        assert_eq!(board.status, 200, "{q}: {}", board.text());
        assert_eq!(names(&board.json()["columns"][0]["items"]), found, "{q}");
        let file = program.get(&format!("/api/v1/leads/export?columns=name&format=jsonl&{query}")).await;
        assert_eq!((file.status, file.text().lines().count()), (200, found.len()), "{q}: {}", file.text());
        let condition = json!({ "field": "name", "op": "begins_with", "value": q });
        let filtered = program.post("/api/v1/leads/search", &json!({ "filter": condition })).await;
        assert_eq!(names(&filtered.json()["items"]), found, "{q}: {}", filtered.text());
    }
}

#[tokio::test]
async fn web_5_a_filter_that_is_too_deep_is_refused_wherever_a_program_sends_one() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    let deep = |groups: usize| (0..groups).fold(json!({ "all": [] }), |inner, _| json!({ "not": inner }));
    let pipeline = program.get("/api/v1/pipelines").await.json()["items"][0].clone();
    let board = format!("/api/v1/pipelines/{}/board/search", pipeline["id"].as_str().unwrap());
    let cards = format!("/api/v1/stages/{}/cards/search", pipeline["stages"][0]["id"].as_str().unwrap());
    let places: [(&str, Value, u16); 7] = [
        ("/api/v1/views", json!({ "name": "Deep" }), 201),
        ("/api/v1/leads/changes", json!({ "act": { "tag": "deep" } }), 202),
        ("/api/v1/leads/export", json!({ "columns": ["email"] }), 200),
        ("/api/v1/leads/exports", json!({ "columns": ["email"] }), 202),
        ("/api/v1/leads/search", json!({}), 200),
        (&board, json!({}), 200),
        (&cards, json!({}), 200),
    ];
    for (path, body, good) in places {
        let send = async |filter: Value| {
            let mut body = body.clone();
            body["filter"] = filter;
            program.post(path, &body).await
        };
        for groups in [6, 20] {
            let refused = send(deep(groups)).await;
            let told: Vec<_> = errors(&refused).into_iter().collect();
            let expected = vec![("filter".to_owned(), "filter-too-deep".to_owned())];
            assert_eq!((refused.status, told), (422, expected), "{path}: {}", refused.text());
        }
        let malformed = send(deep(60)).await;
        assert_eq!((malformed.status, &malformed.json()["type"]), (400, &json!("/api/docs#json")), "{path}");
        let wide = vec![json!({ "field": "email", "op": "is_empty" }); 51];
        let refused = send(json!({ "any": wide })).await;
        let told: Vec<_> = errors(&refused).into_iter().collect();
        assert_eq!(told, [("filter".to_owned(), "filter-too-many".to_owned())], "{path}: {}", refused.text());
        let taken = send(deep(3)).await;
        assert_eq!(taken.status, good, "{path}: {}", taken.text());
    }
    house.settle().await;
    let views = program.get("/api/v1/views").await.json();
    assert_eq!(views["items"].as_array().unwrap().len(), 1, "{views}");
}
