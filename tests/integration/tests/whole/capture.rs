//! From a form to the list of the right organization, and to nobody else.

use jiff::SignedDuration;
use qualify_integration::{Answer, Client, FORM_SETTINGS, House, Organization, Plan};
use reqwest::{Method, multipart};
use serde_json::{Value, json};

pub(crate) async fn post_json(client: &Client, public_id: &str, key: Option<&str>, body: &Value) -> Answer {
    let request = client.request(Method::POST, &format!("/f/{public_id}")).header("accept", "application/json");
    let request = if let Some(key) = key { request.header("idempotency-key", key) } else { request };
    client.ask(request.json(body)).await
}

pub(crate) async fn post_form(client: &Client, public_id: &str, fields: &[(&str, &str)]) -> Answer {
    let request = client.request(Method::POST, &format!("/f/{public_id}")).header("accept", "text/html");
    client.ask(request.form(fields)).await
}

pub(crate) fn receipt(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["receipt"].as_str().unwrap().to_owned()
}

async fn two(house: &House) -> (Organization, Organization) {
    (house.found("North").await, house.found("South").await)
}

#[tokio::test]
async fn a_visitor_fills_the_hosted_page_and_the_lead_is_in_that_organizations_list_and_mailbox_only() {
    let house = House::open().await;
    let (mut north, mut south) = two(&house).await;
    let mut visitor = house.client();
    let page = visitor.get(&format!("/f/{}", north.public_id)).await;
    assert_eq!(page.status, 200);
    let token = page.hidden("_token").unwrap();
    house.let_somebody_type();
    let fields = [
        ("name", "Anna Berg"),
        ("email", "anna@example.com"),
        ("phone", "+33 6 12 34 56 78"),
        ("message", "Hello,\r\nplease call me."),
        ("website", ""),
        ("_token", token.as_str()),
    ];
    let sent = post_form(&visitor, &north.public_id, &fields).await;
    assert_eq!(
        (sent.status, sent.location()),
        (303, format!("/f/{}/thanks", north.public_id).as_str()),
        "{}",
        sent.text()
    );
    let thanks = visitor.get(sent.location()).await;
    assert!(thanks.status == 200 && thanks.text().contains("North"));

    let lead = north.wait_for_leads(1).await.remove(0);
    assert_eq!(lead.label, "Anna Berg");
    let file = north.owner.client.get(&format!("/leads/{}", lead.id)).await.text();
    for part in ["anna@example.com", "+33 6 12 34 56 78", "please call me."] {
        assert!(file.contains(part), "{part}");
    }
    let mail = house.mails.wait(&north.owner.email, 1).await.remove(0);
    assert!(mail.subject.contains("Anna Berg") && mail.text.contains(&lead.id), "{mail:?}");
    assert!(south.leads().await.is_empty());
    house.settle().await;
    assert!(house.mails.to(&south.owner.email).is_empty());
}

#[tokio::test]
async fn every_way_in_brings_a_lead() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let client = house.client();
    let id = north.public_id.clone();
    let sent = post_form(&client, &id, &[("name", "Urlencoded"), ("email", "u@example.com")]).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let form = multipart::Form::new().text("name", "Multipart").text("email", "m@example.com");
    let request = client.request(Method::POST, &format!("/f/{id}")).header("accept", "text/html").multipart(form);
    assert_eq!(client.ask(request).await.status, 303);
    receipt(&post_json(&client, &id, None, &json!({"name": "Json", "email": "j@example.com"})).await);
    let mut labels: Vec<_> = north.wait_for_leads(3).await.into_iter().map(|row| row.label).collect();
    labels.sort();
    assert_eq!(labels, ["Json", "Multipart", "Urlencoded"]);
}

#[tokio::test]
async fn names_keep_every_letter_and_no_markup_comes_alive() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let names =
        ["Zoë Ōe 大江", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "O'Hara & Sons", "مريم"];
    for (n, name) in names.iter().enumerate() {
        let email = format!("n{n}@example.com");
        receipt(&post_json(&house.client(), &north.public_id, None, &json!({"name": name, "email": email})).await);
    }
    north.wait_for_leads(names.len()).await;
    let page = north.owner.client.get("/leads").await.text();
    assert!(page.contains("Zoë Ōe 大江") && page.contains("مريم"));
    for alive in ["<script>alert", "<img src=x"] {
        assert!(!page.contains(alive), "{alive}");
    }
}

#[tokio::test]
async fn two_forms_ids_do_not_mix_up_their_organizations() {
    let house = House::open().await;
    let (mut north, mut south) = two(&house).await;
    let body = |name: &str| json!({"name": name, "email": "anna@example.com"});
    receipt(&post_json(&house.client(), &north.public_id, Some("k"), &body("To North")).await);
    receipt(&post_json(&house.client(), &south.public_id, Some("k"), &body("To South")).await);
    assert_eq!(north.wait_for_leads(1).await[0].label, "To North");
    assert_eq!(south.wait_for_leads(1).await[0].label, "To South");
}

#[tokio::test]
async fn dat_3_a_field_that_is_not_declared_is_named_on_the_forms_page_and_its_value_is_nowhere() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let body = json!({"email": "anna@example.com", "company": "Canary Undeclared Ltd"});
    receipt(&post_json(&house.client(), &north.public_id, None, &body).await);
    house.settle().await;
    let page = north.owner.client.get(&format!("/forms/{}", north.form)).await.text();
    assert!(page.contains("company"), "the name is told");
    assert_eq!(dump_hits(&house, "Canary Undeclared").await, Vec::<String>::new());
}

#[tokio::test]
async fn dat_3_neither_user_agent_nor_cookies_of_a_visitor_are_kept_and_pages_lose_their_queries() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let client = house.client();
    let request = client
        .request(Method::POST, &format!("/f/{}", north.public_id))
        .header("accept", "application/json")
        .header("user-agent", "CanaryBrowser/1.0")
        .header("cookie", "visitor=CanaryCookie")
        .header("referer", "https://shop.example/contact?secret=CanaryQuery");
    let body = json!({
        "email": "anna@example.com", "utm_source": "newsletter", "utm_campaign": "winter\u{7}sale",
        "_referrer": "https://search.example/find?q=CanaryQuery&utm_source=x#CanaryFragment",
    });
    receipt(&client.ask(request.json(&body)).await);
    let lead = north.wait_for_leads(1).await.remove(0);
    let file = north.owner.client.get(&format!("/leads/{}", lead.id)).await.text();
    for shown in ["newsletter", "wintersale", "search.example/find", "shop.example/contact"] {
        assert!(file.contains(shown), "{shown}");
    }
    assert_eq!(dump_hits(&house, "Canary").await, Vec::<String>::new());
}

#[tokio::test]
async fn what_looks_like_spam_is_thanked_and_held_back_until_a_member_releases_it() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let good = post_form(&house.client(), &north.public_id, &[("email", "good@example.com")]).await;
    let trapped = [("email", "trapped@example.com"), ("website", "https://buy.example")];
    let forged = [("email", "forged@example.com"), ("_token", "v1.1764000000000.abc.def")];
    for fields in [trapped, forged] {
        let answer = post_form(&house.client(), &north.public_id, &fields).await;
        assert_eq!(answer.shape(), good.shape(), "the sender cannot tell");
    }
    let body = json!({"email": "trapped.too@example.com", "website": "x"});
    receipt(&post_json(&house.client(), &north.public_id, None, &body).await);
    house.settle().await;
    assert_eq!(north.leads().await.len(), 1);
    assert_eq!(house.mails.to(&north.owner.email).len(), 1);

    let page = north.owner.client.get(&format!("/forms/{}/submissions", north.form)).await.text();
    let releases: Vec<_> = page.split("action=\"").filter_map(|part| part.split('"').next()).collect();
    let releases: Vec<_> = releases.into_iter().filter(|action| action.ends_with("/release")).collect();
    assert_eq!(releases.len(), 3);
    for action in releases {
        assert_eq!(north.owner.client.post(action, &[]).await.status, 303);
    }
    north.wait_for_leads(4).await;
}

#[tokio::test]
async fn a_hosted_page_that_is_sent_at_once_is_held_back_and_a_second_send_of_the_same_page_is_the_same() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let mut client = house.client();
    let path = format!("/f/{}", north.public_id);
    let hasty = client.get(&path).await.hidden("_token").unwrap();
    let patient = client.get(&path).await.hidden("_token").unwrap();
    let fields = [("email", "hasty@example.com"), ("_token", hasty.as_str())];
    assert_eq!(post_form(&house.client(), &north.public_id, &fields).await.status, 303);
    house.let_somebody_type();
    let fields = [("email", "patient@example.com"), ("_token", patient.as_str())];
    for _ in 0..2 {
        assert_eq!(post_form(&house.client(), &north.public_id, &fields).await.status, 303);
    }
    house.settle().await;
    assert_eq!(north.leads().await.iter().map(|row| row.label.as_str()).collect::<Vec<_>>(), ["patient@example.com"]);
    assert_eq!(house.count("SELECT count(*) FROM submissions").await, 2);
}

#[tokio::test]
async fn auth_9_beyond_the_limit_a_sender_is_asked_to_wait_and_keeps_what_was_typed() {
    let house = House::built(Plan { per_source: 3, ..Plan::default() }).await;
    let north = house.found("North").await;
    for n in 0..3 {
        let email = format!("n{n}@example.com");
        assert_eq!(post_form(&house.client(), &north.public_id, &[("email", &email)]).await.status, 303);
    }
    let fields = [("email", "late@example.com"), ("message", "A long letter")];
    let page = post_form(&house.client(), &north.public_id, &fields).await;
    assert_eq!(page.status, 429);
    assert!(page.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert!(page.text().contains("A long letter") && page.text().contains("late@example.com"));
    let told = post_json(&house.client(), &north.public_id, None, &json!({"email": "late@example.com"})).await;
    assert_eq!(told.status, 429);
    assert!(told.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert_eq!(house.count("SELECT count(*) FROM submissions").await, 3);
}

#[tokio::test]
async fn auth_9_a_sender_cannot_hide_behind_a_made_up_forwarding_header() {
    let house = House::built(Plan { per_source: 1, ..Plan::default() }).await;
    let north = house.found("North").await;
    let client = house.client();
    let mut last = 0;
    for n in 0..3 {
        let request = client.request(Method::POST, &format!("/f/{}", north.public_id));
        let request = request.header("x-forwarded-for", format!("203.0.113.{n}"));
        last = client.ask(request.form(&[("email", &format!("n{n}@example.com"))])).await.status;
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn web_8_a_visitor_lands_on_the_forms_own_page_and_on_no_other_site() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let form = north
        .new_form(&[("thank_you", "https://shop.example/thanks"), ("allowed_origins", "https://shop.example")])
        .await;
    let public_id = north.public_id_of(&form).await;
    let client = house.client();
    let plain = post_form(&client, &public_id, &[("email", "a@example.com")]).await;
    assert_eq!(plain.location(), "https://shop.example/thanks");
    let listed = [("email", "b@example.com"), ("_redirect", "https://shop.example/other?x=1")];
    assert_eq!(post_form(&client, &public_id, &listed).await.location(), "https://shop.example/other?x=1");
    let hostile = [
        "https://evil.example/",
        "https://shop.example.evil.example/",
        "https://shop.example@evil.example/",
        "http://shop.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "https://shop.example\r\nset-cookie: x=y",
    ];
    for (n, target) in hostile.into_iter().enumerate() {
        let email = format!("h{n}@example.com");
        let answer = post_form(&client, &public_id, &[("email", &email), ("_redirect", target)]).await;
        assert_eq!((answer.status, answer.location()), (303, "https://shop.example/thanks"), "{target:?}");
        assert!(answer.set_cookies().is_empty());
    }
}

#[tokio::test]
async fn a_browser_asks_first_and_only_the_forms_own_websites_may_read_the_answer() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let form = north.new_form(&[("allowed_origins", "https://shop.example\nhttps://www.shop.example")]).await;
    let path = format!("/f/{}", north.public_id_of(&form).await);
    let client = house.client();
    for (origin, allowed) in [("https://www.shop.example", true), ("https://evil.example", false), ("null", false)] {
        let preflight = client
            .request(Method::OPTIONS, &path)
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type,idempotency-key");
        let request = client.request(Method::POST, &path).header("origin", origin).header("accept", "application/json");
        let post = client.ask(request.json(&json!({"email": format!("{}@example.com", origin.len())}))).await;
        for answer in [client.ask(preflight).await, post] {
            assert!(matches!(answer.status, 200 | 201 | 204), "{origin}: {}", answer.status);
            let wanted = if allowed { origin } else { "" };
            assert_eq!(answer.header("access-control-allow-origin"), wanted);
            assert_eq!(answer.header("access-control-allow-credentials"), "");
            assert!(answer.header("vary").contains("Origin"), "{}", answer.header("vary"));
        }
    }
}

#[tokio::test]
async fn prv_4_a_form_on_consent_shows_its_box_unticked_and_takes_nothing_without_it() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let settings = [("legal_basis", "consent"), ("consent_wording", "Yes, write to me."), ("purpose", "Our notice.")];
    let form = north.new_form(&settings).await;
    let public_id = north.public_id_of(&form).await;
    let page = house.client().get(&format!("/f/{public_id}")).await.text();
    for shown in ["Yes, write to me.", "Our notice.", "Art. 6(1)(a)", "North"] {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(!page.contains("checked"), "no box is ticked");
    let without = post_form(&house.client(), &public_id, &[("email", "anna@example.com")]).await;
    assert_eq!(without.status, 422);
    assert!(without.text().contains("id=\"consent-fault\""));
    let with = post_form(&house.client(), &public_id, &[("email", "anna@example.com"), ("consent", "1")]).await;
    assert_eq!(with.status, 303);
    let words: String = sqlx::query_scalar("SELECT consent_wording FROM submissions WHERE consented")
        .fetch_one(&mut house.superuser().await)
        .await
        .unwrap();
    assert_eq!(words, "Yes, write to me.");
}

#[tokio::test]
async fn a_form_speaks_the_language_it_was_given() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let form = north.new_form(&[("language", "fr"), ("purpose", "Nous répondons.")]).await;
    let public_id = north.public_id_of(&form).await;
    let page = house.client().get(&format!("/f/{public_id}")).await.text();
    assert!(page.contains("<html lang=\"fr\">") && page.contains("Envoyer"), "{page}");
    let refused = post_form(&house.client(), &public_id, &[("email", "personne")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("<html lang=\"fr\">"));
}

#[tokio::test]
async fn a_form_that_changed_its_address_is_found_at_both_for_a_week_and_then_at_the_new_one_only() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let old = north.public_id.clone();
    let answer = north.owner.client.post(&format!("/forms/{}/public-id", north.form), &[]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let new = north.public_id_of(&north.form.clone()).await;
    assert_ne!(old, new);
    receipt(&post_json(&house.client(), &old, None, &json!({"email": "old@example.com"})).await);
    receipt(&post_json(&house.client(), &new, None, &json!({"email": "new@example.com"})).await);
    house.clock.advance(SignedDuration::from_hours(7 * 24 + 1));
    // What a process remembers of an address lives two seconds of real time.
    tokio::time::sleep(std::time::Duration::from_millis(2_200)).await;
    let gone = post_json(&house.client(), &old, None, &json!({"email": "late@example.com"})).await;
    let unknown =
        post_json(&house.client(), &uuid::Uuid::from_u128(7).to_string(), None, &json!({"email": "late@example.com"}))
            .await;
    assert_eq!((gone.status, gone.shape()), (404, unknown.shape()));
    assert_eq!(gone.body, unknown.body);
    receipt(&post_json(&house.client(), &new, None, &json!({"email": "late@example.com"})).await);
}

/// The tables in which a text stands anywhere, whoever they belong to.
async fn dump_hits(house: &House, text: &str) -> Vec<String> {
    let mut database = house.superuser().await;
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'")
            .fetch_all(&mut database)
            .await
            .unwrap();
    assert!(tables.len() > 10);
    let mut hits = Vec::new();
    for table in tables {
        let query = format!("SELECT count(*) FROM {table} AS t WHERE t::text LIKE '%' || $1 || '%'");
        let found: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(query)).bind(text).fetch_one(&mut database).await.unwrap();
        if found > 0 {
            hits.push(table);
        }
    }
    hits
}

#[tokio::test]
async fn prv_4_a_page_from_before_a_change_keeps_the_words_that_it_showed() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let form = north.new_form(&[("consent_sharing", "Tell Ann.")]).await;
    let public_id = north.public_id_of(&form).await;
    let page = house.client().get(&format!("/f/{public_id}")).await.text();
    assert!(page.contains("name=\"_version\" value=\"1\""), "{page}");
    let settings = [&FORM_SETTINGS[..], &[("consent_sharing", "Tell Ann and Bob."), ("version", "1")]].concat();
    assert_eq!(north.owner.client.post(&format!("/forms/{form}/settings"), &settings).await.status, 303);
    for (version, email) in [("1", "old@example.com"), ("2", "new@example.com"), ("7", "none@example.com")] {
        let sent = [("email", email), ("consent_sharing", "1"), ("_version", version)];
        assert_eq!(post_form(&house.client(), &public_id, &sent).await.status, 303);
    }
    let kept: Vec<(String, i32, String)> =
        sqlx::query_as("SELECT email, form_version, purposes -> 0 ->> 'wording' FROM submissions ORDER BY received_at")
            .fetch_all(&mut house.superuser().await)
            .await
            .unwrap();
    let kept: Vec<_> = kept.iter().map(|(email, version, words)| (email.as_str(), *version, words.as_str())).collect();
    let expected = [
        ("old@example.com", 1, "Tell Ann."),
        ("new@example.com", 2, "Tell Ann and Bob."),
        ("none@example.com", 2, "Tell Ann and Bob."),
    ];
    assert_eq!(kept, expected);
}
