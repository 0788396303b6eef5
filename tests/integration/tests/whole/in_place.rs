//! What is known of a lead, changed in its place on the lead's page by a browser without scripts: every field that every
//! lead has, and a property of every kind.

use qualify_domain::property::PropertyKind;
use qualify_integration::{Answer, Client, House, Organization, Plan};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::census::capture;

/// What breaks a rule of a field.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    /// This, several where several can be chosen.
    Said(&'static [&'static str]),
    /// As many characters as this, which is one too many.
    Long(usize),
}

impl Wrong {
    fn values(self) -> Vec<String> {
        match self {
            Self::Said(values) => values.iter().map(|&value| value.to_owned()).collect(),
            Self::Long(characters) => vec!["x".repeat(characters)],
        }
    }
}

/// A field, and what becomes of it.
#[derive(Debug)]
struct Case {
    /// The word of what every lead has, or the key of a property.
    field: &'static str,
    /// The kind of a property; none for what every lead has.
    kind: &'static str,
    /// What stands in the field's form, by which it is filled in.
    input: &'static str,
    /// What breaks its rule, what is said then, and what still stands in the form.
    wrong: (Wrong, &'static str, &'static str),
    /// What is right, and how the page shows it.
    right: (&'static [&'static str], &'static str),
    /// What somebody else writes meanwhile, and how whoever was slower is told.
    theirs: (&'static str, &'static str),
    /// What is typed at the same time, how it is told beside theirs, and how the page shows it once it is kept.
    mine: (&'static str, &'static str, &'static str),
}

const CASES: &[Case] = &[
    Case {
        field: "name",
        kind: "",
        input: "type=\"text\" value=\"Vera\"",
        wrong: (Wrong::Long(101), "At most 100 characters", "xxxxxxxxxx"),
        right: (&["Anna Berg"], ">Anna Berg<"),
        theirs: ("Anna Lind", "Anna Lind"),
        mine: ("Anna Nova", "Anna Nova", ">Anna Nova<"),
    },
    Case {
        field: "email",
        kind: "",
        input: "type=\"email\" value=\"vera@example.com\"",
        wrong: (Wrong::Said(&["vera at example"]), "not an e-mail address", "value=\"vera at example\""),
        right: (&["anna@berg.example"], "href=\"mailto:anna@berg.example\""),
        theirs: ("anna@lind.example", "anna@lind.example"),
        mine: ("anna@nova.example", "anna@nova.example", "href=\"mailto:anna@nova.example\""),
    },
    Case {
        field: "phone",
        kind: "",
        input: "type=\"tel\" value=\"\"",
        wrong: (Wrong::Said(&["call me"]), "not a phone number", "value=\"call me\""),
        right: (&["+33 1 99 00 11 22"], "href=\"tel:+33199001122\">+33 1 99 00 11 22<"),
        theirs: ("+33 1 99 00 33 44", "+33 1 99 00 33 44"),
        mine: ("+33 1 99 00 55 66", "+33 1 99 00 55 66", "href=\"tel:+33199005566\""),
    },
    Case {
        field: "company",
        kind: "",
        input: "type=\"text\" value=\"\"",
        wrong: (Wrong::Long(101), "At most 100 characters", "xxxxxxxxxx"),
        right: (&["Berg and Co"], ">Berg and Co<"),
        theirs: ("Lind and Co", "Lind and Co"),
        mine: ("Nova and Co", "Nova and Co", ">Nova and Co<"),
    },
    Case {
        field: "tags",
        kind: "",
        input: "<textarea class=\"input\"",
        wrong: (Wrong::Long(41), "At most 40 characters", "xxxxxxxxxx"),
        right: (&["Fair, Oven"], ">Fair</span> <span class=\"badge bare\">Oven</span>"),
        theirs: ("Partner", "Partner"),
        mine: ("Regular, Fair", "Regular\nFair", ">Regular</span>"),
    },
    Case {
        field: "colour",
        kind: "text",
        input: "type=\"text\" value=\"\"",
        wrong: (Wrong::Long(201), "At most 200 characters", "xxxxxxxxxx"),
        right: (&["Dark blue"], ">Dark blue<"),
        theirs: ("Light blue", "Light blue"),
        mine: ("Deep red", "Deep red", ">Deep red<"),
    },
    Case {
        field: "story",
        kind: "long_text",
        input: "<textarea class=\"input\"",
        wrong: (Wrong::Long(5_001), "At most 5", "xxxxxxxxxx"),
        right: (&["They bake.\r\nThey sell."], ">They bake.\nThey sell.<"),
        theirs: ("They moved.", "They moved."),
        mine: ("They bake\r\nat night.", "They bake\nat night.", ">They bake\nat night.<"),
    },
    Case {
        field: "turnover",
        kind: "number",
        input: "type=\"text\" value=\"\"",
        wrong: (Wrong::Said(&["plenty"]), "not a number", "value=\"plenty\""),
        right: (&["1234.5"], ">1,234.5<"),
        theirs: ("7001", "7,001"),
        mine: ("8002", "8,002", ">8,002<"),
    },
    Case {
        field: "opening",
        kind: "date",
        input: "type=\"date\" value=\"\"",
        wrong: (Wrong::Said(&["2027-02-30"]), "not a day of the calendar", "value=\"2027-02-30\""),
        right: (&["2027-03-04"], ">4 Mar 2027<"),
        theirs: ("2027-05-06", "6 May 2027"),
        mine: ("2027-07-08", "8 Jul 2027", ">8 Jul 2027<"),
    },
    Case {
        field: "seats",
        kind: "choice",
        input: "<option>Small</option><option>Middling</option>",
        wrong: (Wrong::Said(&["Huge"]), "choose one of the options", "<option>Small</option>"),
        right: (&["Small"], ">Small<"),
        theirs: ("Middling", "Middling"),
        mine: ("Large", "Large", ">Large<"),
    },
    Case {
        field: "wants",
        kind: "multiple_choice",
        input: "type=\"checkbox\" name=\"value\" value=\"Small\">",
        wrong: (Wrong::Said(&["Small", "Huge"]), "choose one of the options", "value=\"Small\" checked"),
        right: (&["Small", "Large"], ">Large<br>Small<"),
        theirs: ("Middling", "Middling"),
        mine: ("Large", "Large", ">Large<"),
    },
    Case {
        field: "invited",
        kind: "checkbox",
        input: "<option value=\"true\">Yes</option>",
        wrong: (Wrong::Said(&["perhaps"]), "choose one of the options", "<option value=\"true\">Yes</option>"),
        right: (&["true"], ">Yes<"),
        theirs: ("false", "No"),
        mine: ("true", "Yes", ">Yes<"),
    },
    Case {
        field: "homepage",
        kind: "url",
        input: "type=\"url\" value=\"\"",
        wrong: (Wrong::Said(&["javascript:alert(1)"]), "not the address of a page", "value=\"javascript:alert(1)\""),
        right: (
            &["https://berg.example/ovens"],
            "href=\"https://berg.example/ovens\" rel=\"noopener noreferrer nofollow\"",
        ),
        theirs: ("https://lind.example/ovens", "https://lind.example/ovens"),
        mine: ("https://nova.example/ovens", "https://nova.example/ovens", "href=\"https://nova.example/ovens\""),
    },
];

/// A lead and its organization, which wants to know something of every kind.
async fn furnished() -> (House, Organization, String) {
    let house = House::built(Plan { works: false, ..Plan::default() }).await;
    let mut north = house.found("North").await;
    capture(&house, &north.public_id, &json!({ "name": "Vera", "email": "vera@example.com" })).await;
    house.worker.drain(&CancellationToken::new()).await.unwrap();
    let lead = north.wait_for_leads(1).await.remove(0).id;
    for case in CASES.iter().filter(|case| !case.kind.is_empty()) {
        let choices = if case.kind.ends_with("choice") { "Small\nMiddling\nLarge" } else { "" };
        let property = [
            ("name", case.field),
            ("purpose", "To size the offer"),
            ("kind", case.kind),
            ("choices", choices),
            ("key", case.field),
        ];
        let made = north.owner.client.post("/settings/properties", &property).await;
        assert_eq!(made.status, 303, "{}: {}", case.field, made.text());
    }
    (house, north, lead)
}

/// The word by which the page names a field.
async fn word(house: &House, case: &Case) -> String {
    if case.kind.is_empty() {
        return case.field.to_owned();
    }
    let id: String = sqlx::query_scalar("SELECT id::text FROM properties WHERE key = $1")
        .bind(case.field)
        .fetch_one(&mut house.superuser().await)
        .await
        .unwrap();
    format!("property:{id}")
}

/// The row of a field on the page.
fn row(page: &Answer, word: &str) -> String {
    let text = page.text();
    let (_, after) = text.split_once(&format!("id=\"p-{}\"", word.replace(':', "-"))).unwrap();
    let rows = after.split("</dl>").next().unwrap();
    rows.split("<div class=\"property").next().unwrap().to_owned()
}

/// The texts that a form in the row sends unseen under that name.
fn unseen(row: &str, name: &str) -> Vec<String> {
    let area = format!("<textarea hidden name=\"{name}\">");
    let areas = row.split(&area).skip(1);
    let texts = areas.map(|area| area.split("</textarea>").next().unwrap());
    // A line feed that follows the tag is none of the text.
    texts.map(|text| text.strip_prefix('\n').unwrap_or(text).to_owned()).collect()
}

async fn save(client: &mut Client, lead: &str, word: &str, was: &str, values: &[&str]) -> Answer {
    let mut fields = vec![("field", word), ("was", was)];
    fields.extend(values.iter().map(|&value| ("value", value)));
    client.post(&format!("/leads/{lead}/properties"), &fields).await
}

#[test]
fn there_is_a_case_of_every_kind() {
    for kind in PropertyKind::CODES {
        assert!(CASES.iter().any(|case| case.kind == kind), "{kind}");
    }
}

#[tokio::test]
async fn each_field_is_asked_for_kept_and_shown_and_what_is_wrong_is_told_at_its_field() {
    let (house, mut north, lead) = furnished().await;
    let client = &mut north.owner.client;
    let here = format!("/leads/{lead}");
    for case in CASES {
        let (field, word) = (case.field, word(&house, case).await);
        let shown = row(&client.get(&here).await, &word);
        assert!(!shown.contains("<form"), "{field}: {shown}");
        assert!(shown.contains(&format!("href=\"{here}?edit={word}#p-")), "{field}: {shown}");

        let asked = client.get(&format!("{here}?edit={word}")).await;
        assert_eq!(asked.status, 200, "{field}");
        let form = row(&asked, &word);
        assert!(form.contains(&format!("name=\"field\" value=\"{word}\"")), "{field}: {form}");
        assert!(form.contains(case.input) && form.contains("name=\"value\""), "{field}: {form}");
        let was = unseen(&form, "was").remove(0);

        let (wrong, words, kept) = case.wrong;
        let wrong = wrong.values();
        let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
        let told = save(client, &lead, &word, &was, &wrong).await;
        assert_eq!(told.status, 422, "{field}: {}", told.text());
        let form = row(&told, &word);
        assert!(form.contains("id=\"value-fault\"") && form.contains(words), "{field}: {form}");
        assert!(form.contains(kept), "{field}: what was typed is lost: {form}");
        assert_eq!(told.text().matches("id=\"value-fault\"").count(), 1, "{field}");
        assert_eq!(row(&client.get(&here).await, &word), shown, "{field}: nothing wrong is kept");

        let (right, expected) = case.right;
        let saved = save(client, &lead, &word, &was, right).await;
        assert_eq!((saved.status, saved.location()), (303, here.as_str()), "{field}: {}", saved.text());
        let shown = row(&client.get(&here).await, &word);
        assert!(shown.contains(expected) && !shown.contains("<form"), "{field}: {shown}");
    }
    let page = client.get(&here).await.text();
    assert_eq!(page.matches("<li class=\"entry changed").count(), CASES.len(), "one entry for each: {page}");
}

#[tokio::test]
async fn whoever_saw_an_older_value_is_shown_both_and_may_keep_their_own() {
    let (house, mut north, lead) = furnished().await;
    let client = &mut north.owner.client;
    let here = format!("/leads/{lead}");
    for case in CASES {
        let (field, word) = (case.field, word(&house, case).await);
        let seen = row(&client.get(&format!("{here}?edit={word}")).await, &word);
        let was = unseen(&seen, "was").remove(0);
        let (theirs, theirs_told) = case.theirs;
        let first = save(client, &lead, &word, &was, &[theirs]).await;
        assert_eq!(first.status, 303, "{field}: {}", first.text());

        let (mine, mine_told, expected) = case.mine;
        let told = save(client, &lead, &word, &was, &[mine]).await;
        assert_eq!(told.status, 409, "{field}: {}", told.text());
        let conflict = row(&told, &word);
        for words in ["role=\"alert\"", "Odile Owner changed this meanwhile", "Keep mine", "Keep theirs"] {
            assert!(conflict.contains(words), "{field}: {words}: {conflict}");
        }
        for value in [theirs_told, mine_told] {
            assert!(conflict.contains(&format!("<p class=\"words\">{value}</p>")), "{field}: {value}: {conflict}");
        }
        assert_eq!(unseen(&conflict, "was"), [theirs], "{field}");
        let present = unseen(&row(&client.get(&format!("{here}?edit={word}")).await, &word), "was");
        assert_eq!(present, [theirs], "{field}: nothing is written over what was not seen");

        let values = unseen(&conflict, "value");
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let kept = save(client, &lead, &word, &unseen(&conflict, "was").remove(0), &values).await;
        assert_eq!(kept.status, 303, "{field}: {}", kept.text());
        let shown = row(&client.get(&here).await, &word);
        assert!(shown.contains(expected) && !shown.contains("<form"), "{field}: {shown}");
    }
}
