//! Files of people as programs write them: in whichever letters, with a quotation mark too few, with days in whichever order;
//! how they are announced on the page and to programs, and what arrives.

use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{Answer, House, Organization, Plan, ProgramClient};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::api_calls::errors;

async fn furnished() -> (House, Organization, ProgramClient) {
    let house = House::built(Plan { works: false, ..Plan::default() }).await;
    let north = house.found("North").await;
    let program = house.program(&north.owner, Role::Owner, KeyScope::ALL).await;
    (house, north, program)
}

fn utf16(text: &str, order: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
    mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16()).flat_map(order).collect()
}

/// As a spreadsheet in the West writes it. What is beyond Latin-1 has places of its own.
fn windows(text: &str) -> Vec<u8> {
    let byte = |char| match char {
        '€' => 0x80,
        'œ' => 0x9C,
        '’' => 0x92,
        char => u8::try_from(char).unwrap(),
    };
    text.chars().map(byte).collect()
}

/// How a text becomes the bytes of a file.
type Write = fn(&str) -> Vec<u8>;

/// The letters: their code, their words, and how a text is written in them.
const LETTERS: [(&str, &str, Write); 6] = [
    ("utf8", "UTF-8", |text| [&b"\xEF\xBB\xBF"[..], text.as_bytes()].concat()),
    ("utf8", "UTF-8", |text| text.as_bytes().to_vec()),
    ("utf16_le", "UTF-16 (little-endian)", |text| utf16(text, u16::to_le_bytes, true)),
    ("utf16_le", "UTF-16 (little-endian)", |text| utf16(text, u16::to_le_bytes, false)),
    ("utf16_be", "UTF-16 (big-endian)", |text| utf16(text, u16::to_be_bytes, true)),
    ("windows1252", "Windows-1252", windows),
];

/// Uploads a file on the page, and tells where its page is.
async fn upload(north: &mut Organization, bytes: &[u8]) -> String {
    let answer = north.owner.client.upload("/imports", "people.csv", bytes).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.location().to_owned()
}

/// Says what the file is and means, and goes on from there.
async fn go_on(north: &mut Organization, place: &str, encoding: &str, dates: &str, rest: &[(&str, &str)]) -> Answer {
    let client = &mut north.owner.client;
    let version = client.get(place).await.hidden("version").unwrap();
    let usual = [
        ("version", version.as_str()),
        ("encoding", encoding),
        ("delimiter", "comma"),
        ("has_header", "1"),
        ("dates", dates),
        ("mode", "upsert"),
        ("legal_basis", "legitimate_interest"),
        ("source", "Fair in Lyon"),
    ];
    client.post(place, &[&usual[..], rest].concat()).await
}

/// The same by a program: uploads, and tells how it was understood.
async fn hand_in(program: &ProgramClient, bytes: &[u8]) -> Value {
    let path = "/api/v1/imports?file=people.csv&legal_basis=consent&source=Fair";
    let request = program.request(Method::POST, path).header("content-type", "text/csv").body(bytes.to_vec());
    let answer = program.ask(request).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

/// Runs an import of the program, and tells what came of it.
async fn run(house: &House, program: &ProgramClient, import: &Value) -> Value {
    let path = format!("/api/v1/imports/{}", import["id"].as_str().unwrap());
    let begun = program.post(&format!("{path}/run"), &json!({})).await;
    assert_eq!(begun.status, 202, "{}", begun.text());
    house.worker.drain(&CancellationToken::new()).await.unwrap();
    program.get(&path).await.json()["report"].clone()
}

/// What is known of the person with that address: the id of the lead, the name and the company.
async fn known(house: &House, email: &str) -> (String, String, String) {
    let query = "SELECT id::text, coalesce(name, ''), coalesce(company, '') FROM leads WHERE email_norm = $1";
    sqlx::query_as(query).bind(email).fetch_one(&mut house.superuser().await).await.unwrap()
}

#[tokio::test]
async fn a_file_arrives_in_the_letters_in_which_it_was_written_and_they_are_announced() {
    let (house, mut north, program) = furnished().await;
    for (at, (code, words, write)) in LETTERS.into_iter().enumerate() {
        let email = format!("zoe{at}@example.com");
        let bytes = write(&format!("Name,E-mail,Company\r\nZoé Lœwe,{email},Café à 5 €\r\n"));
        let place = upload(&mut north, &bytes).await;
        let page = north.owner.client.get(&place).await.text();
        let announced = format!("<option value=\"{code}\" selected>{words}</option>");
        for words in [announced.as_str(), "<td>Zoé Lœwe</td>", "<td>Café à 5 €</td>"] {
            assert!(page.contains(words), "{at}: {code}: {words}: {page}");
        }
        assert!(!page.contains('\u{fffd}') && !page.contains('\u{feff}'), "{at}: {code}: {page}");
        let columns = [("do", "begin"), ("to", "name=1"), ("to", "email=2"), ("to", "company=3")];
        let begun = go_on(&mut north, &place, code, "iso", &columns).await;
        assert_eq!(begun.status, 303, "{at}: {code}: {}", begun.text());
        house.worker.drain(&CancellationToken::new()).await.unwrap();
        let (_, name, company) = known(&house, &email).await;
        assert_eq!((name.as_str(), company.as_str()), ("Zoé Lœwe", "Café à 5 €"), "{at}: {code}");

        let import = hand_in(&program, &bytes).await;
        assert_eq!((&import["encoding"], &import["has_broken_signs"]), (&json!(code), &json!(false)), "{import}");
        assert_eq!(import["header"], json!(["Name", "E-mail", "Company"]), "{at}: {code}");
        let kept = json!({ "name": "Zoé Lœwe", "email": email, "company": "Café à 5 €" });
        assert_eq!(import["preview"][0]["kept"], kept, "{at}: {code}");
        assert_eq!(run(&house, &program, &import).await, json!({ "unchanged": 1 }), "{at}: {code}: it is all known");
    }
}

#[tokio::test]
async fn letters_that_are_wrong_are_told_and_can_be_chosen_otherwise() {
    let (house, mut north, program) = furnished().await;
    let bytes = windows("Name,E-mail\nZoé,zoe@example.com\n");
    let place = upload(&mut north, &bytes).await;
    let columns = [("to", "name=1"), ("to", "email=2")];
    let wrong = go_on(&mut north, &place, "utf8", "iso", &[&columns[..], &[("do", "save")]].concat()).await;
    assert_eq!(wrong.status, 303, "{}", wrong.text());
    let page = north.owner.client.get(&place).await.text();
    for words in ["Some signs cannot be read in this encoding", "<option value=\"utf8\" selected>", "\u{fffd}"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let unknown = go_on(&mut north, &place, "latin", "iso", &[&columns[..], &[("do", "save")]].concat()).await;
    assert_eq!(unknown.status, 422);
    assert!(unknown.text().contains("id=\"encoding-fault\""), "{}", unknown.text());
    let right = go_on(&mut north, &place, "windows1252", "iso", &[&columns[..], &[("do", "begin")]].concat()).await;
    assert_eq!(right.status, 303, "{}", right.text());
    house.worker.drain(&CancellationToken::new()).await.unwrap();
    assert_eq!(known(&house, "zoe@example.com").await.1, "Zoé");

    let import = hand_in(&program, &bytes).await;
    let path = format!("/api/v1/imports/{}", import["id"].as_str().unwrap());
    let wrong = program.send_for(Method::PATCH, &path, "\"1\"", &json!({ "encoding": "utf8" })).await;
    assert_eq!(wrong.status, 200, "{}", wrong.text());
    let wrong = wrong.json();
    assert_eq!((&wrong["encoding"], &wrong["has_broken_signs"]), (&json!("utf8"), &json!(true)), "{wrong}");
    assert_eq!(wrong["preview"][0]["errors"][0]["rule"], "broken-sign", "{wrong}");
    let unknown = program.send_for(Method::PATCH, &path, "\"2\"", &json!({ "encoding": "latin" })).await;
    assert_eq!(unknown.status, 422);
    assert!(errors(&unknown).contains(&("encoding".to_owned(), "not-a-choice".to_owned())), "{}", unknown.text());
}

#[tokio::test]
async fn a_quotation_mark_that_is_never_closed_costs_its_own_row_only() {
    let (house, mut north, program) = furnished().await;
    let file = "Name,E-mail\nAnna,anna@example.com\n\"Bert,bert@example.com\nCarla,carla@example.com\n";
    let place = upload(&mut north, file.as_bytes()).await;
    let page = north.owner.client.get(&place).await.text();
    for words in ["A quotation mark in this row is never closed.", "<td>Anna</td>", "<td>Carla</td>"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let import = hand_in(&program, file.as_bytes()).await;
    assert_eq!(import["rows"], 3, "{import}");
    let bert = &import["preview"][1];
    assert_eq!((&bert["line"], &bert["errors"][0]["rule"]), (&json!(3), &json!("unclosed-quote")), "{import}");
    assert_eq!(import["preview"][2]["kept"]["email"], "carla@example.com", "{import}");

    let columns = [("do", "begin"), ("to", "name=1"), ("to", "email=2")];
    let begun = go_on(&mut north, &place, "utf8", "iso", &columns).await;
    assert_eq!(begun.status, 303, "{}", begun.text());
    house.worker.drain(&CancellationToken::new()).await.unwrap();
    let labels: Vec<String> = north.leads().await.into_iter().map(|row| row.label).collect();
    assert!(
        labels.len() == 2 && labels.contains(&"Anna".to_owned()) && labels.contains(&"Carla".to_owned()),
        "{labels:?}"
    );
    let problems = north.owner.client.get(&format!("{place}/problems")).await.text();
    assert!(problems.contains("bert@example.com"), "what stood there is given back: {problems}");
    assert!(problems.contains(",3,,A quotation mark in this row is never closed."), "{problems}");
    assert_eq!(problems.lines().count(), 2, "the header and the one row: {problems}");
    assert_eq!(run(&house, &program, &import).await, json!({ "unchanged": 2, "faulty": 1 }));
}

/// The orders of days: the code, the words, Christmas, and the order that cannot read it with what is said then.
const ORDERS: [(&str, &str, &str, (&str, &str)); 3] = [
    ("iso", "2026-12-25", "2024-12-25", ("day_first", "This is not a day like 25/12/2026.")),
    ("day_first", "25/12/2026", "25/12/2024", ("month_first", "This is not a day like 12/25/2026.")),
    ("month_first", "12/25/2026", "12/25/2024", ("iso", "This is not a day like 2026-12-25.")),
];

#[tokio::test]
async fn days_are_read_in_the_order_in_which_they_are_written() {
    let (house, mut north, program) = furnished().await;
    for (code, words, christmas, (wrong, fault)) in ORDERS {
        let email = format!("{}@example.com", code.replace('_', "."));
        let file = format!("E-mail,Received\n{email},{christmas}\n");
        let place = upload(&mut north, file.as_bytes()).await;
        let page = north.owner.client.get(&place).await.text();
        let announced = format!("<option value=\"{code}\" selected>{words}</option>");
        assert!(page.contains(&announced) && page.contains("<td>2024-12-25</td>"), "{code}: {page}");
        let columns = [("to", "email=1"), ("to", "created_at=2")];
        let saved = go_on(&mut north, &place, "utf8", wrong, &[&columns[..], &[("do", "save")]].concat()).await;
        assert_eq!(saved.status, 303, "{code}: {}", saved.text());
        let page = north.owner.client.get(&place).await.text();
        assert!(page.contains(fault), "{code}: {page}");
        let begun = go_on(&mut north, &place, "utf8", code, &[&columns[..], &[("do", "begin")]].concat()).await;
        assert_eq!(begun.status, 303, "{code}: {}", begun.text());
        house.worker.drain(&CancellationToken::new()).await.unwrap();
        let (lead, ..) = known(&house, &email).await;
        let file_of_lead = north.owner.client.get(&format!("/leads/{lead}")).await.text();
        assert!(file_of_lead.contains("25 Dec 2024"), "{code}: {file_of_lead}");

        let import = hand_in(&program, file.as_bytes()).await;
        assert_eq!((&import["dates"], &import["columns"]), (&json!(code), &json!(["email", "created_at"])), "{import}");
        assert_eq!(import["preview"][0]["kept"]["created_at"], "2024-12-25", "{import}");
    }
}

#[tokio::test]
async fn a_day_that_two_orders_can_read_is_the_one_that_is_said() {
    let (_house, mut north, program) = furnished().await;
    let file = "E-mail,Received\nanna@example.com,03/04/2024\n";
    let place = upload(&mut north, file.as_bytes()).await;
    let import = hand_in(&program, file.as_bytes()).await;
    let path = format!("/api/v1/imports/{}", import["id"].as_str().unwrap());
    for ((dates, day), tag) in
        [("month_first", "2024-03-04"), ("day_first", "2024-04-03")].into_iter().zip(["\"1\"", "\"2\""])
    {
        let columns = [("do", "save"), ("to", "email=1"), ("to", "created_at=2")];
        assert_eq!(go_on(&mut north, &place, "utf8", dates, &columns).await.status, 303, "{dates}");
        let page = north.owner.client.get(&place).await.text();
        assert!(page.contains(&format!("<td>{day}</td>")), "{dates}: {page}");
        let said = program.send_for(Method::PATCH, &path, tag, &json!({ "dates": dates })).await;
        assert_eq!(said.status, 200, "{dates}: {}", said.text());
        assert_eq!(said.json()["preview"][0]["kept"]["created_at"], day, "{dates}");
    }
}
