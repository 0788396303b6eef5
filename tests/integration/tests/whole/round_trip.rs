//! What is taken away as a file comes back by import as it was.

use qualify_domain::{import::ImportField, lead_column::LeadColumn};
use qualify_integration::{House, Organization, ProgramClient};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api_calls::{furnished, make, member, upload};

/// An organization that asks for things of its own, has two pipelines whose stages have the same names, and four leads of
/// which all is known that can be.
struct Place {
    house: House,
    north: Organization,
    program: ProgramClient,
    /// The properties' ids, in order.
    own: Vec<String>,
}

const OWN: [(&str, &str, &str); 8] = [
    ("Seats", "number", ""),
    ("Size", "choice", "Small; cheap\nLarge, dear"),
    ("Interests", "multiple_choice", "Ovens; gas\nMixers, large\n\"Fridges\"\nPans"),
    ("Customer", "checkbox", ""),
    ("Renewal", "date", ""),
    ("Remark", "long_text", ""),
    ("Status", "text", ""),
    ("Site", "url", ""),
];

impl Place {
    async fn filled() -> Self {
        let house = House::open().await;
        let (mut north, program) = furnished(&house, "North").await;
        for (name, kind, choices) in OWN {
            let fields =
                [("name", name), ("purpose", "To make offers"), ("kind", kind), ("choices", choices), ("key", "")];
            assert_eq!(north.owner.client.post("/settings/properties", &fields).await.status, 303, "{name}");
        }
        let listed = program.get("/api/v1/properties").await.json();
        let ids = listed["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned());
        let place = Self { own: ids.collect(), house, north, program };
        place.fill().await;
        place.house.settle().await;
        place
    }

    async fn fill(&self) {
        let lists = self.program.get("/api/v1/pipelines").await.json();
        let stages = lists["items"][0]["stages"].as_array().unwrap().iter();
        let same: Vec<_> = stages.map(|stage| json!({ "name": stage["name"], "kind": stage["kind"] })).collect();
        let partners = json!({ "name": "Partners", "stages": same });
        let partners = self.program.post("/api/v1/pipelines", &partners).await.json();
        let reason = self.program.get("/api/v1/reasons").await.json()["items"][1]["id"].clone();
        let lost = |pipeline: &Value| {
            let stages = pipeline["stages"].as_array().unwrap().iter();
            stages.into_iter().find(|stage| stage["kind"] == "disqualified").unwrap()["id"].clone()
        };
        let touched = json!({ "name": "=1+1", "email": "Anna@example.com", "phone": "+33 6 12 34 56 78",
            "utm_source": "fair", "utm_medium": "-stand", "utm_campaign": "Lyon, 2026", "utm_term": "\"ovens\"", "utm_content": "'=x",
            "gclid": "g1", "fbclid": "f1", "msclkid": "m1" });
        let first = self.lead(touched).await;
        let known = json!({ "company": "'=Odd; \"Berg\", Sons", "tags": ["a, b", "c; d", "\"e\"", "VIP"], "properties": {
            "seats": "-1200.5", "size": "Large, dear", "interests": ["Ovens; gas", "Mixers, large", "\"Fridges\""],
            "customer": "yes", "renewal": "9999-12-31", "remark": "Likes ^(a+)+$\n\nand, \"more\"; so",
            "status": "+good", "site": "https://example.com/a?b=c,d" } });
        self.told(&first, Method::PATCH, "", &known).await;
        self.told(&first, Method::POST, "/owner", &json!({ "owner": member(&self.program).await })).await;
        let lost_first = json!({ "stage": lost(&lists["items"][0]), "reason": reason });
        self.told(&first, Method::POST, "/stage", &lost_first).await;
        let second = self.lead(json!({ "name": "Zoé \"Z\", Léger", "email": "zoe@example.com" })).await;
        let choices = json!({ "properties": { "interests": ["Pans"], "size": "Small; cheap", "customer": "no",
            "renewal": "0001-01-01" } });
        self.told(&second, Method::PATCH, "", &choices).await;
        self.told(&second, Method::POST, "/pipeline", &json!({ "pipeline": partners["id"] })).await;
        let third = json!({ "name": "[clear]", "email": "given.up@example.com", "utm_term": "[clear]" });
        let third = self.lead(third).await;
        let words = json!({ "company": "'[clear]", "tags": ["[clear]"], "properties": { "status": "[clear]",
            "remark": "''[clear]" } });
        self.told(&third, Method::PATCH, "", &words).await;
        self.told(&third, Method::POST, "/pipeline", &json!({ "pipeline": partners["id"] })).await;
        let lost_there = json!({ "stage": lost(&partners), "reason": reason });
        self.told(&third, Method::POST, "/stage", &lost_there).await;
        make(&self.program, "bare@example.com").await;
    }

    async fn lead(&self, body: Value) -> String {
        let made = self.program.post("/api/v1/leads", &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        made.json()["id"].as_str().unwrap().to_owned()
    }

    /// Tells something of a lead as it is now.
    async fn told(&self, lead: &str, method: Method, what: &str, body: &Value) {
        let path = format!("/api/v1/leads/{lead}");
        let version = self.program.get(&path).await.header("etag").to_owned();
        let told = self.program.send_for(method, &format!("{path}{what}"), &version, body).await;
        assert_eq!(told.status, 200, "{what}: {}", told.text());
    }

    /// All that a file can say of leads, in the order of their addresses.
    async fn leads(&self) -> Vec<Value> {
        let mut leads = Vec::new();
        for lead in self.program.get("/api/v1/leads").await.json()["items"].as_array().unwrap() {
            let path = format!("/api/v1/leads/{}", lead["id"].as_str().unwrap());
            let lead = self.program.get(&path).await.json();
            let mut said = serde_json::Map::new();
            for field in [
                "name",
                "email",
                "phone",
                "company",
                "tags",
                "properties",
                "stage",
                "reason",
                "owner",
                "first_touch",
                "created_at",
            ] {
                said.insert(field.to_owned(), lead[field].clone());
            }
            leads.push(Value::Object(said));
        }
        leads.sort_by_key(|lead| lead["email"].to_string());
        leads
    }

    /// The file of all columns, from the page.
    async fn file(&mut self) -> String {
        let columns = LeadColumn::ALL.iter().map(|column| (column.code(), "1"));
        let own = self.own.iter().map(|id| ("own", id.as_str()));
        let wanted: Vec<_> = [("filter", "")].into_iter().chain(columns).chain(own).collect();
        let file = self.north.owner.client.post("/leads/export", &wanted).await;
        assert_eq!(file.status, 200, "{}", file.text());
        file.text()
    }

    /// Imports a file as it was understood, and tells what came of it.
    async fn import(&self, file: &str, mode: &str) -> Value {
        let uploaded = upload(&self.program, file).await;
        let usual = LeadColumn::ALL.iter().map(|column| {
            let code = column.code();
            code.parse::<ImportField>().map_or(Value::Null, |_| code.into())
        });
        let own = self.own.iter().map(|id| Value::from(format!("property:{id}")));
        let meant: Value = usual.chain(own).collect();
        assert_eq!(uploaded.json()["columns"], meant, "each column is understood");
        let path = uploaded.location();
        let meant = self.program.send_for(Method::PATCH, path, "\"1\"", &json!({ "mode": mode })).await;
        assert_eq!(meant.status, 200, "{}", meant.text());
        let begun = self.program.post(&format!("{path}/run"), &json!({})).await;
        assert_eq!(begun.status, 202, "{}", begun.text());
        self.house.settle().await;
        let job = begun.json()["job"].as_str().unwrap().to_owned();
        let report = self.program.get(&format!("/api/v1/jobs/{job}")).await.json()["report"].clone();
        let problems = self.program.get(&format!("{path}/problems")).await;
        assert_eq!(report["faulty"], Value::Null, "{}", problems.text());
        report
    }
}

#[tokio::test]
async fn leads_that_are_exported_with_all_columns_come_back_by_import_as_they_were() {
    let mut place = Place::filled().await;
    let (before, file) = (place.leads().await, place.file().await);
    assert_eq!(before.len(), 4);
    assert!(file.contains("owner@north.example") && file.contains("Reason for giving up"), "{file}");
    for lead in &before {
        assert!(file.contains(lead["created_at"].as_str().unwrap()), "to the last digit: {file}");
    }
    let by_program = {
        let codes = LeadColumn::ALL.iter().map(ToString::to_string);
        let own = place.own.iter().map(|id| format!("property:{id}"));
        let codes: Vec<_> = codes.chain(own).collect();
        place.program.get(&format!("/api/v1/leads/export?columns={}", codes.join(","))).await.text()
    };
    for file in [&file, &by_program] {
        assert_eq!(place.import(file, "upsert").await, json!({ "unchanged": 4 }), "where they are, nothing is new");
    }
    assert_eq!(place.leads().await, before);
    for file in [file, by_program] {
        sqlx::query("DELETE FROM leads").execute(&mut place.house.superuser().await).await.unwrap();
        assert_eq!(place.leads().await, Vec::<Value>::new());
        assert_eq!(place.import(&file, "create").await, json!({ "created": 4 }), "{file}");
        let after = place.leads().await;
        for (was, is) in before.iter().zip(&after) {
            assert_eq!(is, was, "{file}");
        }
        assert_eq!(after.len(), before.len());
        assert_eq!(place.import(&file, "create").await, json!({ "skipped_already_there": 4 }));
    }
}
