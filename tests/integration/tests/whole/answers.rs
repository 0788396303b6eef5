//! What holds for every answer, whoever asked for what.

use qualify_crypto::sha256;
use qualify_domain::language::Language;
use qualify_http::{Access, ROUTES};
use qualify_integration::{Answer, House};
use reqwest::Method;

fn assert_headers(answer: &Answer, about: &str) {
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{about}");
    assert!(["same-origin", "no-referrer"].contains(&answer.header("referrer-policy")), "{about}");
    assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{about}");
    assert!(!answer.header("cross-origin-resource-policy").is_empty(), "{about}");
    assert!(!answer.header("permissions-policy").is_empty(), "{about}");
    assert_eq!(answer.header("strict-transport-security"), "max-age=63072000; includeSubDomains", "{about}");
    let policy = answer.header("content-security-policy");
    for wanted in
        ["default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'", "object-src 'none'"]
    {
        assert!(policy.contains(wanted), "{about}: {wanted} in {policy}");
    }
    for forbidden in ["unsafe-inline", "unsafe-eval", "*"] {
        assert!(!policy.contains(forbidden), "{about}: {forbidden} in {policy}");
    }
    let framed = policy.split(';').find(|part| part.trim().starts_with("frame-ancestors")).unwrap_or_default();
    assert!(!framed.is_empty(), "{about}: {policy}");
    assert_eq!(answer.header("server"), "", "{about}");
}

#[tokio::test]
async fn web_2_every_answer_of_every_route_bears_the_security_headers_errors_included() {
    let house = House::open().await;
    let north = house.found("North").await;
    let id = uuid::Uuid::from_u128(9).to_string();
    for spec in ROUTES.iter().filter(|spec| spec.path != "/live") {
        let known = spec.path.replace("{public_id}", &north.public_id).replace("{file}", "style.css");
        let known = known.replace("{id}", &north.form).replace("{submission}", &id);
        for client in [&house.client(), &north.owner.client] {
            let request = client.request(spec.method.clone(), &known).header("origin", client.base());
            let answer = client.ask(request.header("accept", "text/html")).await;
            assert_headers(&answer, &format!("{} {known}: {}", spec.method, answer.status));
        }
    }
    let client = house.client();
    for (method, path) in [(Method::GET, "/nowhere"), (Method::PATCH, "/leads"), (Method::GET, "/f/x")] {
        let answer = client.ask(client.request(method.clone(), path)).await;
        assert!(answer.status >= 400);
        assert_headers(&answer, &format!("{method} {path}"));
    }
}

#[tokio::test]
async fn web_2_what_members_see_is_stored_nowhere() {
    let house = House::open().await;
    let north = house.found("North").await;
    for path in ["/leads", "/forms", "/settings", "/leads/0193abcd-0000-7000-8000-000000000000"] {
        let client = &north.owner.client;
        let answer = client.ask(client.request(Method::GET, path).header("accept", "text/html")).await;
        assert!(answer.header("cache-control").contains("no-store"), "{path}");
    }
}

#[tokio::test]
async fn pages_travel_compressed_to_those_who_ask_from_our_own_pages() {
    let house = House::open().await;
    let north = house.found("North").await;
    let client = &north.owner.client;
    for (site, encoding) in [("same-origin", "gzip"), ("none", "gzip"), ("same-site", ""), ("cross-site", "")] {
        let request = client.request(Method::GET, "/leads").header("accept-encoding", "gzip, br");
        let answer = client.ask(request.header("sec-fetch-site", site)).await;
        assert_eq!((answer.status, answer.header("content-encoding")), (200, encoding), "{site}");
    }
}

#[tokio::test]
async fn web_2_a_form_may_be_framed_by_its_own_websites_only() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let form = north.new_form(&[("allowed_origins", "https://shop.example")]).await;
    let public_id = north.public_id_of(&form).await;
    let answer = house.client().get(&format!("/f/{public_id}")).await;
    assert!(answer.header("content-security-policy").contains("frame-ancestors 'self' https://shop.example;"));
    assert_eq!(answer.header("x-frame-options"), "");
}

#[tokio::test]
async fn prv_9_no_public_page_sets_a_cookie_or_names_another_site() {
    let house = House::open().await;
    let north = house.found("North").await;
    let mut client = house.client();
    let form = format!("/f/{}", north.public_id);
    let thanks = format!("{form}/thanks");
    for path in
        [form.as_str(), &thanks, "/privacy", "/privacy?for=visitors", "/sign-in", "/sign-up", "/embed.js", "/nowhere"]
    {
        let answer = client.get(path).await;
        assert!(answer.set_cookies().is_empty(), "{path}: {:?}", answer.set_cookies());
        let page = answer.text();
        for attribute in ["src=\"http", "src=\"//", "<link rel=\"stylesheet\" href=\"http", "@import", "url(http"] {
            assert!(!page.contains(attribute), "{path}: {attribute}");
        }
    }
    let request = client.request(Method::POST, &form).form(&[("email", "anna@example.com")]);
    assert!(client.ask(request).await.set_cookies().is_empty());
}

#[tokio::test]
async fn the_process_tells_that_it_lives_and_that_it_can_serve() {
    let house = House::open().await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(house.client().get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn prv_1_the_privacy_page_names_who_answers_and_where_they_are() {
    let house = House::open().await;
    let page = house.client().get("/privacy").await;
    assert_eq!(page.status, 200);
    for named in ["Keeper of the Tests", "75001 Paris", "privacy@keeper.example"] {
        assert!(page.text().contains(named), "{named}");
    }
}

#[tokio::test]
async fn the_privacy_policy_is_kept_in_versions_that_stay_readable() {
    let house = House::open().await;
    let policy = |words: &str| vec![(Language::English, format!("[{{\"text\":\"{words}\"}}]"))];
    let count = "SELECT count(*) FROM policy_versions WHERE language = 'en'";
    let (first, second) = tokio::join!(
        house.app.policies.publish(policy("<b>Newer</b>"), sha256),
        house.app.policies.publish(policy("<b>Newer</b>"), sha256)
    );
    first.unwrap();
    second.unwrap();
    assert_eq!(house.count(count).await, 2, "one at the start, and the newer one once");
    let mut client = house.client();
    let newest = client.get("/privacy").await;
    assert!(newest.text().contains("Version 2.") && !newest.text().contains("<b>Newer</b>"));
    assert!(newest.text().contains("Newer") && !newest.text().contains("Keeper of the Tests\n"));
    let earlier = client.get("/privacy/versions/1").await;
    assert!(earlier.text().contains("Keeper of the Tests\n") && earlier.text().contains("This is an earlier version."));
    let list = client.get("/privacy/versions").await;
    for number in [1, 2] {
        assert!(list.text().contains(&format!("href=\"/privacy/versions/{number}\"")), "{number}");
    }
    assert_eq!(client.get("/privacy/versions/3").await.status, 404);
}

#[tokio::test]
async fn web_3_asking_changes_nothing_on_any_route() {
    let house = House::open().await;
    let north = house.found("North").await;
    house.settle().await;
    let client = &north.owner.client;
    let tables = ["forms", "form_addresses", "leads", "memberships", "outbox", "submissions", "users", "sessions"];
    let before = fingerprint(&house, &tables).await;
    for spec in ROUTES.iter().filter(|spec| spec.method == Method::GET && spec.path != "/live") {
        let path = spec.path.replace("{id}", &north.form).replace("{public_id}", &north.public_id);
        for method in [Method::GET, Method::HEAD] {
            client.ask(client.request(method, &path.replace("{file}", "x"))).await;
        }
    }
    for spec in ROUTES.iter().filter(|spec| spec.method == Method::POST && spec.access != Access::Visitor) {
        let path = spec.path.replace("{id}", &north.form).replace("{submission}", &north.form);
        client.ask(client.request(Method::GET, &path)).await;
    }
    assert_eq!(fingerprint(&house, &tables).await, before);
}

async fn fingerprint(house: &House, tables: &[&str]) -> Vec<String> {
    let mut database = house.superuser().await;
    let mut all = Vec::new();
    for table in tables {
        let query = format!(
            "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, '' ORDER BY t::text)), '') FROM {table} t"
        );
        all.push(sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(&mut database).await.unwrap());
    }
    all
}
