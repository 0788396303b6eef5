//! What is wrong is answered with its status and words that help; nothing is our fault, and nothing typed is lost.

use std::sync::Arc;

use proptest::{prelude::*, test_runner::TestRunner};
use qualify_integration::{Answer, Client, FORM_SETTINGS, House, Organization};
use reqwest::Method;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Sends a body as it is, under that content type.
async fn send(client: &Client, path: &str, kind: &str, accept: &str, body: impl Into<reqwest::Body>) -> Answer {
    let request = client.request(Method::POST, path).header("accept", accept);
    let request = if kind.is_empty() { request } else { request.header("content-type", kind) };
    client.ask(request.body(body)).await
}

/// A problem in words: of that status, told as JSON or as a page, with something to go by.
fn assert_helps(answer: &Answer, status: u16, about: &str) {
    assert_eq!(answer.status, status, "{about}: {}", answer.text());
    match answer.header("content-type") {
        "application/problem+json" => {
            let told = answer.json();
            assert_eq!(told["status"], status, "{about}");
            for part in ["title", "detail"] {
                assert!(told[part].as_str().is_some_and(|words| words.len() > 10), "{about}: {told}");
            }
        }
        kind => {
            assert!(kind.starts_with("text/html"), "{about}: {kind}");
            assert!(answer.text().contains("<h1"), "{about}");
        }
    }
}

async fn form_path(house: &House) -> (Organization, String) {
    let north = house.found("North").await;
    let path = format!("/f/{}", north.public_id);
    (north, path)
}

#[tokio::test]
async fn every_body_that_is_not_what_it_says_has_its_status_and_words_that_help() {
    let house = House::open().await;
    let (_, path) = form_path(&house).await;
    let client = house.client();
    let many = |n: usize| (0..n).map(|n| format!("f{n}=x")).collect::<Vec<_>>().join("&");
    let latin = b"name=Zo\xeb&email=z%40example.com".to_vec();
    let wrong: Vec<(&str, &str, Vec<u8>, u16)> = vec![
        ("no content type", "", b"email=a@example.com".to_vec(), 415),
        ("text", "text/plain", b"email=a@example.com".to_vec(), 415),
        ("xml", "application/xml", b"<email>a@example.com</email>".to_vec(), 415),
        ("a picture", "image/png", vec![0x89, 0x50], 415),
        ("nonsense as a type", ";;;", b"email=a".to_vec(), 415),
        ("another charset", "application/x-www-form-urlencoded; charset=iso-8859-1", latin.clone(), 415),
        ("another charset of JSON", "application/json; charset=utf-16", b"{}".to_vec(), 415),
        ("bytes that are no UTF-8", FORM, latin, 422),
        ("JSON that ends early", JSON, br#"{"email":"a@example"#.to_vec(), 400),
        ("JSON that is a list", JSON, b"[1,2]".to_vec(), 400),
        ("JSON that is a text", JSON, br#""email""#.to_vec(), 400),
        ("JSON that is no UTF-8", JSON, b"{\"email\":\"\xff\"}".to_vec(), 400),
        ("a form under JSON's name", JSON, b"email=a%40example.com".to_vec(), 400),
        ("JSON under a form's name", FORM, br#"{"email":"a@example.com"}"#.to_vec(), 400),
        ("an empty body as JSON", JSON, vec![], 400),
        ("multipart without a boundary", "multipart/form-data", b"--x--".to_vec(), 400),
        ("multipart with another boundary", "multipart/form-data; boundary=b", b"--c\r\n\r\n--c--".to_vec(), 400),
        ("JSON too deep", JSON, format!("{{\"x\":{}{}}}", "[".repeat(40), "]".repeat(40)).into_bytes(), 400),
        ("more than 64 KiB", FORM, format!("message={}", "a".repeat(64 * 1024)).into_bytes(), 413),
        ("more than 64 KiB of JSON", JSON, format!("{{\"message\":\"{}\"}}", "a".repeat(64 * 1024)).into_bytes(), 413),
        ("51 fields", FORM, many(51).into_bytes(), 413),
        ("nothing at all", FORM, vec![], 422),
        ("a list for a name", JSON, br#"{"name":["a"],"email":"a@example.com"}"#.to_vec(), 422),
        ("one field twice", FORM, b"email=a%40example.com&email=b%40example.com".to_vec(), 422),
    ];
    for (about, kind, body, status) in wrong {
        for accept in ["application/json", "text/html"] {
            assert_helps(
                &send(&client, &path, kind, accept, body.clone()).await,
                status,
                &format!("{about} ({accept})"),
            );
        }
    }
    assert_eq!(house.count("SELECT count(*) FROM submissions").await, 0);
    let fifty = format!("{}&email=a%40example.com", many(49));
    assert_eq!(send(&client, &path, FORM, "text/html", fifty).await.status, 303, "50 fields are fine");
}

#[tokio::test]
async fn dat_6_what_a_field_cannot_hold_is_told_at_the_field_and_all_that_was_typed_is_still_there() {
    let house = House::open().await;
    let (_, path) = form_path(&house).await;
    let client = house.client();
    let long = "x".repeat(5_001);
    let wrong: [(&str, &str, &str); 9] = [
        ("name", "An\u{0}na", "control-character"),
        ("name", "An\u{1b}[31mna", "control-character"),
        ("name", &"x".repeat(101), "too-long"),
        ("email", "nobody", "not-an-email"),
        ("email", "a@example.com\r\nBcc: b@example.com", "control-character"),
        ("phone", "call me maybe", "not-a-phone"),
        ("phone", &"1".repeat(33), "too-long"),
        ("message", "with a\u{7} bell", "control-character"),
        ("message", &long, "too-long"),
    ];
    for (field, value, rule) in wrong {
        let mut fields = vec![("name", "Anna"), ("email", "anna@example.com"), ("phone", ""), ("message", "Keep me")];
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let object: serde_json::Map<_, _> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        let told = send(&client, &path, JSON, JSON, serde_json::to_vec(&object).unwrap()).await;
        assert_helps(&told, 422, field);
        let errors = told.json()["errors"].clone();
        let found = errors.as_array().unwrap().iter().find(|error| error["field"] == field);
        assert_eq!(found.unwrap()["rule"], rule, "{errors}");
        let request = client.request(Method::POST, &path).header("accept", "text/html").form(&fields);
        let page = client.ask(request).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains(&format!("id=\"{field}-fault\"")), "{field}");
        let (other, kept) = if field == "message" { ("name", "Anna") } else { ("message", "Keep me") };
        assert!(page.text().contains(kept), "{other} is still there beside a wrong {field}");
        if rule == "too-long" {
            assert!(page.text().contains(value), "what is too long is still there, to be shortened");
        }
    }
    assert_eq!(house.count("SELECT count(*) FROM submissions").await, 0);
}

#[tokio::test]
async fn all_faults_are_told_at_once() {
    let house = House::open().await;
    let (_, path) = form_path(&house).await;
    let body = r#"{"name":"a\u0000","email":"nobody","phone":"x","message":"b\u0001"}"#;
    let told = send(&house.client(), &path, JSON, JSON, body).await;
    let errors = told.json()["errors"].clone();
    let fields: Vec<_> = errors.as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["name", "email", "phone", "message"]);
}

#[tokio::test]
async fn an_address_that_is_no_form_is_404_for_every_method_in_the_same_words() {
    let house = House::open().await;
    let (north, _) = form_path(&house).await;
    let client = house.client();
    let unknown = uuid::Uuid::from_u128(0x1234).to_string();
    // Neither a form's own id nor anything else opens its public address.
    let mut bodies = Vec::new();
    for id in [unknown.as_str(), north.form.as_str(), "not-an-id", "%00", "..%2f..%2fetc%2fpasswd"] {
        for method in [Method::GET, Method::POST, Method::OPTIONS] {
            let request = client.request(method.clone(), &format!("/f/{id}")).header("accept", "application/json");
            let answer = client.ask(request.form(&[("email", "a@example.com")])).await;
            assert_helps(&answer, 404, &format!("{method} {id}"));
            bodies.push(answer.body);
        }
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn pages_of_the_app_answer_nonsense_with_words_too() {
    let house = House::open().await;
    let north = house.found("North").await;
    let client = &north.owner.client;
    let own = |path: &str, kind: &str, body: &'static str| {
        let request = client.request(Method::POST, path).header("accept", "text/html").header("origin", client.base());
        client.ask(request.header("content-type", kind.to_owned()).body(body))
    };
    assert_helps(&own("/forms", JSON, "{}").await, 415, "JSON to a page");
    assert_helps(&own("/forms", "text/plain", "x").await, 415, "text to a page");
    assert_helps(&own("/forms", FORM, "unknown=1").await, 400, "an unknown field");
    assert_helps(&own("/forms", FORM, "name=a&name=b").await, 400, "a field twice");
    for path in ["/leads/nonsense", "/forms/nonsense", "/nowhere", "/leads/1/2/3"] {
        assert_helps(&client.ask(client.request(Method::GET, path).header("accept", "text/html")).await, 404, path);
    }
    for path in ["/leads?stage=nonsense", "/leads?after=nonsense", "/leads?form=x&form=y"] {
        assert_helps(&client.ask(client.request(Method::GET, path).header("accept", "text/html")).await, 400, path);
    }
    for path in ["/leads?q=a", "/leads?q=%00%01", "/leads?q=%25%5f%27%22"] {
        let answer = client.ask(client.request(Method::GET, path).header("accept", "text/html")).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
    assert_helps(
        &client.ask(client.request(Method::DELETE, "/leads").header("accept", "text/html")).await,
        405,
        "DELETE",
    );
}

#[tokio::test]
async fn a_form_that_cannot_be_saved_is_shown_again_with_what_was_typed() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let fields = [
        ("name", "Typed name"),
        ("language", "en"),
        ("legal_basis", "consent"),
        ("purpose", "Typed notice"),
        ("allowed_origins", "https://fine.example\nnot an origin"),
        ("thank_you", "http://not-https.example/"),
    ];
    for path in ["/forms".to_owned(), format!("/forms/{}/settings", north.form)] {
        let mut fields = fields.to_vec();
        if path != "/forms" {
            fields.push(("version", "1"));
        }
        let page = north.owner.client.post(&path, &fields).await;
        assert_eq!(page.status, 422, "{}", page.text());
        for field in ["controller", "allowed_origins", "thank_you"] {
            assert!(page.text().contains(&format!("id=\"{field}-fault\"")), "{path}: {field}");
        }
        for typed in ["Typed name", "Typed notice", "not an origin", "http://not-https.example/"] {
            assert!(page.text().contains(typed), "{path}: {typed}");
        }
    }
    let mut stale = vec![("version", "7")];
    stale.extend([&[("name", "Kept")], &FORM_SETTINGS[1..]].concat());
    let page = north.owner.client.post(&format!("/forms/{}/settings", north.form), &stale).await;
    assert_eq!(page.status, 409);
    assert!(page.text().contains("Kept"));
}

#[tokio::test]
async fn web_5_addresses_and_headers_that_are_too_long_are_refused_with_words() {
    let house = House::open().await;
    let client = house.client();
    let get = |path: String| client.request(Method::GET, &path).header("accept", "text/html");
    assert_helps(&client.ask(get(format!("/sign-in?next=/{}", "a".repeat(8 * 1024)))).await, 414, "a long address");
    assert_helps(
        &client.ask(get("/sign-in".into()).header("x-long", "a".repeat(17 * 1024))).await,
        431,
        "a long header",
    );
    let many = (0..70).fold(get("/sign-in".into()), |request, n| request.header(format!("x-h{n}"), "1"));
    assert_helps(&client.ask(many).await, 431, "many headers");
    assert_eq!(client.ask(get("/sign-in".into()).header("x-fine", "a".repeat(8 * 1024))).await.status, 200);
}

#[tokio::test]
async fn web_5_a_body_of_our_own_pages_has_its_limit_too() {
    let house = House::open().await;
    let client = house.client();
    let request =
        client.request(Method::POST, "/sign-in").header("origin", client.base()).header("accept", "text/html");
    let answer = client.ask(request.form(&[("email", "x".repeat(256 * 1024).as_str())])).await;
    assert_helps(&answer, 413, "a long sign-in");
}

/// Bodies that are nearly right: fields we know and fields we do not, with anything in them.
fn bodies() -> impl Strategy<Value = (String, Vec<u8>)> {
    let name = prop_oneof![
        Just("name".to_owned()),
        Just("email".to_owned()),
        Just("phone".to_owned()),
        Just("message".to_owned()),
        Just("consent".to_owned()),
        Just("_token".to_owned()),
        Just("_sid".to_owned()),
        Just("_redirect".to_owned()),
        Just("utm_source".to_owned()),
        Just("_referrer".to_owned()),
        any::<String>(),
    ];
    let value = prop_oneof![
        any::<String>(),
        "[a-z]{1,8}@[a-z]{1,8}\\.[a-z]{2,3}",
        "\\+?[0-9 ().-]{0,20}",
        "https?://[a-z]{1,9}\\.[a-z]{2}/[ -~]{0,30}",
        "[\\x00-\\x1f\\x7f-\\xa0\u{200b}-\u{202e}\u{fff0}-\u{ffff}]{0,12}",
    ];
    let fields = prop::collection::vec((name, value), 0..12);
    let kinds = prop_oneof![Just(0_u8), Just(1), Just(2), Just(3), Just(4)];
    (fields, kinds, any::<Vec<u8>>()).prop_map(|(fields, kind, noise)| match kind {
        0 => {
            let object: serde_json::Map<_, _> = fields.into_iter().map(|(name, value)| (name, value.into())).collect();
            (JSON.to_owned(), serde_json::to_vec(&object).unwrap())
        }
        1 => {
            let part = |(name, value): (String, String)| {
                format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
            };
            let parts: String = fields.into_iter().map(part).collect();
            ("multipart/form-data; boundary=b".to_owned(), format!("{parts}--b--\r\n").into_bytes())
        }
        2 => (FORM.to_owned(), noise),
        3 => (JSON.to_owned(), noise),
        _ => {
            let mut body = form_urlencoded::Serializer::new(String::new());
            body.extend_pairs(fields);
            (FORM.to_owned(), body.finish().into_bytes())
        }
    })
}

#[test]
fn rel_7_no_body_whatsoever_makes_the_intake_fail() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (house, path) = runtime.block_on(async {
        let house = House::open().await;
        let (_, path) = form_path(&house).await;
        (house, path)
    });
    let client = Arc::new(house.client());
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() });
    let outcome = runner.run(&bodies(), |(kind, body)| {
        let answer = runtime.block_on(send(&client, &path, &kind, "text/html", body));
        prop_assert!(matches!(answer.status, 200..500), "{}: {}", answer.status, answer.text());
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    runtime.block_on(house.settle());
    runtime.block_on(async {
        assert!(house.worker.parked(1).await.unwrap().is_empty(), "nothing that was taken cannot be worked on");
        drop(house);
    });
}
