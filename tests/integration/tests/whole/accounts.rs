//! Sign-up, sign-in, sign-out, and who may still come in afterwards.

use jiff::SignedDuration;
use qualify_domain::access::Role;
use qualify_integration::{Answer, Client, FORM_SETTINGS, House, PASSWORD};
use reqwest::Method;

const ACCESS: &str = "__Host-qc_at";
const REFRESH: &str = "__Host-qc_rt";

fn sign_up_fields<'a>(email: &'a str, organization: &'a str) -> [(&'a str, &'a str); 4] {
    [("first_name", "Nina"), ("last_name", "New"), ("email", email), ("organization", organization)]
}

async fn sign_in(client: &mut Client, email: &str, password: &str) -> Answer {
    client.post("/sign-in", &[("email", email), ("password", password)]).await
}

#[tokio::test]
async fn somebody_who_signs_up_and_in_finds_a_list_and_a_form() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    assert!(north.leads().await.is_empty());
    let page = house.client().get(&format!("/f/{}", north.public_id)).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("North"), "the form says who asks");
}

#[tokio::test]
async fn auth_5_sign_up_answers_the_same_for_a_known_address_and_tells_its_owner_by_mail() {
    let house = House::open().await;
    let north = house.found("North").await;
    let known = house.client().post("/sign-up", &sign_up_fields(&north.owner.email, "Impostors")).await;
    let unknown = house.client().post("/sign-up", &sign_up_fields("someone@nowhere.example", "Impostors")).await;
    let (known_page, again) = known.location().split_once("?again=").expect("a reference");
    let (unknown_page, other) = unknown.location().split_once("?again=").expect("a reference");
    assert_eq!((known.status, known_page, again.len()), (unknown.status, unknown_page, other.len()));
    let names = |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&known), names(&unknown));
    assert_eq!(known.body.len(), unknown.body.len());
    for _ in 0..2 {
        let known = house.client().post("/sign-up/again", &[("again", again)]).await;
        let unknown = house.client().post("/sign-up/again", &[("again", other)]).await;
        assert_eq!((known.status, known.body.len()), (unknown.status, unknown.body.len()));
    }
    let mail = house.mails.wait(&north.owner.email, 3).await.remove(0);
    assert!(mail.subject.contains("already have an account"), "{}", mail.subject);
    assert!(!mail.text.contains("/sign-up/"), "{}", mail.text);
    let mail = house.mails.wait("someone@nowhere.example", 3).await.remove(0);
    assert_eq!(mail.subject, "Confirm your e-mail address");
    let again = sign_in(&mut house.client(), &north.owner.email, PASSWORD).await;
    assert_eq!(again.status, 303, "the account is what it was");
}

#[tokio::test]
async fn auth_5_sign_in_answers_the_same_for_an_unknown_address() {
    let house = House::open().await;
    let north = house.found("North").await;
    let unknown = north.owner.email.replace("owner", "other");
    let wrong = sign_in(&mut house.client(), &north.owner.email, "not the right password").await;
    let nobody = sign_in(&mut house.client(), &unknown, "not the right password").await;
    assert!(matches!(wrong.status, 401 | 422), "{}", wrong.status);
    assert_eq!(wrong.shape(), nobody.shape());
    assert_eq!(wrong.body.len(), nobody.body.len());
    assert!(wrong.set_cookies().is_empty() && nobody.set_cookies().is_empty());
    assert!(wrong.text().contains(&north.owner.email), "what was typed is still there");
}

#[tokio::test]
async fn auth_5_a_password_that_cannot_be_one_is_answered_like_a_wrong_one() {
    let house = House::open().await;
    let north = house.found("North").await;
    let wrong = sign_in(&mut house.client(), &north.owner.email, "not the right password").await;
    for odd in ["short", "", "with\u{0}nul in the middle", &"long ".repeat(200)] {
        let answer = sign_in(&mut house.client(), &north.owner.email, odd).await;
        assert!(answer.status < 500, "{odd:?}: {}", answer.text());
        assert_eq!(answer.status, wrong.status, "{odd:?}");
        assert!(answer.set_cookies().is_empty());
    }
}

#[tokio::test]
async fn auth_2_a_sign_up_with_faults_is_shown_again_with_all_of_them_and_without_the_password() {
    let house = House::open().await;
    let fields = [
        ("first_name", "Nina Typed"),
        ("last_name", ""),
        ("email", "not an address"),
        ("organization", "Typed & Sons\u{0}"),
    ];
    let answer = house.client().post("/sign-up", &fields).await;
    assert_eq!(answer.status, 422);
    let page = answer.text();
    for field in ["last_name", "email", "organization"] {
        assert!(page.contains(&format!("id=\"{field}-fault\"")), "{field} in {page}");
    }
    assert!(page.contains("Nina Typed") && page.contains("not an address"), "what was typed is still there");
    let link = house.sign_up("nina@typed.example", "Typed").await;
    let answer = house.client().post(&format!("/sign-up/{link}"), &[("password", "too short")]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("id=\"password-fault\"") && answer.text().contains("nina@typed.example"));
    assert!(!answer.text().contains("too short\""), "the password is not");
}

#[tokio::test]
async fn ses_7_signing_in_sets_exactly_two_cookies_that_scripts_and_other_sites_cannot_reach() {
    let house = House::open().await;
    let north = house.found("North").await;
    let answer = sign_in(&mut house.client(), &north.owner.email, PASSWORD).await;
    let cookies = answer.set_cookies();
    let names: Vec<_> = cookies.iter().map(|cookie| cookie.split('=').next().unwrap()).collect();
    assert_eq!(names, [ACCESS, REFRESH]);
    for cookie in cookies {
        let attributes: Vec<_> = cookie.split(';').skip(1).map(|part| part.trim().to_lowercase()).collect();
        for wanted in ["secure", "httponly", "samesite=lax", "path=/"] {
            assert!(attributes.iter().any(|attribute| attribute == wanted), "{wanted} in {cookie}");
        }
        assert!(!attributes.iter().any(|attribute| attribute.starts_with("domain")), "{cookie}");
    }
    assert!(answer.body.is_empty() || !answer.text().contains("eyJ"), "no token in the body");
    assert!(!answer.location().contains("eyJ"), "no token in an address");
}

#[tokio::test]
async fn ses_8_signing_out_ends_the_session_at_once_for_whoever_kept_the_cookies() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let mut thief = north.owner.client.clone();
    assert_eq!(thief.get("/leads").await.status, 200);
    let out = north.owner.client.post("/sign-out", &[]).await;
    assert_eq!(out.status, 303);
    assert!(north.owner.client.cookies().is_empty(), "{:?}", out.set_cookies());
    assert_to_sign_in(&thief.get("/leads").await);
    thief.lose(ACCESS);
    assert_to_sign_in(&thief.get("/leads").await);
}

#[tokio::test]
async fn ses_8_signing_out_in_one_browser_leaves_the_others_signed_in() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let mut elsewhere = house.sign_in(&north.owner.email).await;
    north.owner.client.post("/sign-out", &[]).await;
    assert_eq!(elsewhere.client.get("/leads").await.status, 200);
}

#[tokio::test]
async fn signing_out_without_being_signed_in_does_no_harm() {
    let house = House::open().await;
    let answer = house.client().post("/sign-out", &[]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
}

#[tokio::test]
async fn ses_4_a_membership_that_ended_is_felt_on_the_next_request() {
    let house = House::open().await;
    let north = house.found("North").await;
    let mut agent = house.join(&north, "agent@north.example", &[Role::Manager]).await;
    assert_eq!(agent.client.get("/leads").await.status, 200);
    house.sql("DELETE FROM memberships WHERE user_id = $1", agent.user.0).await;
    assert_to_sign_in(&agent.client.get("/leads").await);
}

#[tokio::test]
async fn ses_4_a_role_that_was_taken_away_is_felt_on_the_next_request() {
    let house = House::open().await;
    let north = house.found("North").await;
    let mut admin = house.join(&north, "admin@north.example", &[Role::Admin]).await;
    assert_eq!(admin.client.get("/forms/new").await.status, 200);
    house.sql("UPDATE memberships SET roles = '{billing}' WHERE user_id = $1", admin.user.0).await;
    assert_eq!(admin.client.get("/forms/new").await.status, 403);
    assert_eq!(admin.client.get("/leads").await.status, 403);
}

#[tokio::test]
async fn ses_5_an_access_token_that_ended_is_renewed_without_a_word_and_the_refresh_token_with_it() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let before = north.owner.client.cookies().clone();
    house.clock.advance(SignedDuration::from_mins(11));
    let answer = north.owner.client.get("/leads").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.set_cookies().len(), 2, "{:?}", answer.set_cookies());
    let after = north.owner.client.cookies();
    assert!(after[ACCESS] != before[ACCESS] && after[REFRESH] != before[REFRESH]);
    let next = north.owner.client.get("/leads").await;
    assert!(next.set_cookies().is_empty(), "a good token is not renewed");
}

#[tokio::test]
async fn auth_3_ses_8_another_password_is_chosen_by_the_rules_of_any_and_signs_out_elsewhere() {
    const HERE: &str = "/settings/security/password";
    const OTHER: &str = "three herons over the marsh";
    let house = House::open().await;
    let mut north = house.found("North").await;
    let mut elsewhere = house.sign_in(&north.owner.email).await.client;
    let browser = &mut north.owner.client;
    assert!(browser.get("/settings/security").await.text().contains(&format!("href=\"{HERE}\"")));
    assert_eq!(browser.get(HERE).await.status, 200);
    for (current, new, field) in [
        (PASSWORD, "short", "new"),
        (PASSWORD, "", "new"),
        (PASSWORD, PASSWORD, "new"),
        (PASSWORD, "Odile-Owner-North-1", "new"),
        ("", OTHER, "current"),
        ("a long walk along the rover", OTHER, "current"),
    ] {
        let refused = browser.post(HERE, &[("current", current), ("new", new)]).await;
        assert_eq!(refused.status, 422, "{current} {new}");
        assert!(refused.text().contains(&format!("id=\"{field}-fault\"")), "{}", refused.text());
        assert!(!refused.text().contains("river") && !refused.text().contains("herons"));
    }
    let changed = browser.post(HERE, &[("current", PASSWORD), ("new", OTHER)]).await;
    assert_eq!((changed.status, changed.location()), (303, "/settings/security?changed=1"));
    assert!(browser.get("/settings/security?changed=1").await.text().contains("Your password has been changed"));
    assert_to_sign_in(&elsewhere.get("/leads").await);
    let mut anew = house.client();
    let fields = |password| [("email", north.owner.email.as_str()), ("password", password)];
    assert_eq!(anew.post("/sign-in", &fields(PASSWORD)).await.status, 401);
    assert_eq!(anew.post("/sign-in", &fields(OTHER)).await.status, 303);
}

#[tokio::test]
async fn ses_5_an_answer_that_says_no_renews_both_tokens_like_any_other() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    for _ in 0..2 {
        house.clock.advance(SignedDuration::from_mins(11));
        let answer = north.owner.client.get("/leads/0192f7a0-0000-7000-8000-000000000000").await;
        assert_eq!((answer.status, answer.set_cookies().len()), (404, 2), "{:?}", answer.set_cookies());
    }
    house.clock.advance(SignedDuration::from_mins(11));
    assert_eq!(north.owner.client.get("/leads").await.status, 200, "and the session goes on");
}

#[tokio::test]
async fn ses_5_a_browser_that_lost_its_access_cookie_goes_on_with_the_other_one() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    north.owner.client.lose(ACCESS);
    assert_eq!(north.owner.client.get("/leads").await.status, 200);
    assert!(north.owner.client.cookies().contains_key(ACCESS));
}

#[tokio::test]
async fn ses_5_a_refresh_token_is_worth_nothing_after_seven_days() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    house.clock.advance(SignedDuration::from_hours(7 * 24));
    assert_to_sign_in(&north.owner.client.get("/leads").await);
}

#[tokio::test]
async fn rel_3_a_hundred_parallel_requests_rotate_once_and_sign_nobody_out() {
    let house = House::open().await;
    let north = house.found("North").await;
    house.clock.advance(SignedDuration::from_mins(11));
    let client = &north.owner.client;
    let requests = (0..100).map(|_| client.ask(client.request(Method::GET, "/leads").header("accept", "text/html")));
    let answers = futures::future::join_all(requests).await;
    // A busy machine may ask some of them to come again; none is sent to sign in, and none fails.
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert!(statuses.iter().all(|status| [200, 503].contains(status)) && statuses.contains(&200), "{statuses:?}");
    let rotated = |answer: &&Answer| answer.set_cookies().iter().any(|cookie| cookie.starts_with(REFRESH));
    assert_eq!(answers.iter().filter(rotated).count(), 1, "one of them got a new refresh token");
    assert_eq!(house.count("SELECT count(*) FROM refresh_tokens WHERE rotated_at IS NULL").await, 1);
}

#[tokio::test]
async fn ses_2_a_token_that_is_not_ours_opens_nothing() {
    let house = House::open().await;
    let north = house.found("North").await;
    let good = north.owner.client.cookies()[ACCESS].clone();
    let mut parts: Vec<_> = good.split('.').map(str::to_owned).collect();
    let flipped = if parts[2].starts_with('A') { "B" } else { "A" };
    parts[2].replace_range(0..1, flipped);
    for forged in [parts.join("."), "eyJhbGciOiJub25lIn0.e30.".to_owned(), "x".to_owned(), "\"; DROP".to_owned()] {
        let client = house.client();
        let request = client.request(Method::GET, "/leads").header("accept", "text/html");
        let answer = client.ask(request.header("cookie", format!("{ACCESS}={forged}"))).await;
        assert_to_sign_in(&answer);
    }
}

#[tokio::test]
async fn web_3_a_change_that_does_not_come_from_our_own_pages_is_refused_and_changes_nothing() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let client = &north.owner.client;
    let fields = [&[("name", "Smuggled")], &FORM_SETTINGS[1..]].concat();
    let foreign: [&[(&str, &str)]; 5] = [
        &[],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
    ];
    for headers in foreign {
        let mut request = client.request(Method::POST, "/forms").header("accept", "text/html").form(&fields);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        assert_eq!(client.ask(request).await.status, 403, "{headers:?}");
    }
    assert_eq!(north.forms().await.len(), 1);
    assert!(!north.owner.client.get("/forms").await.text().contains("Smuggled"));
}

#[tokio::test]
async fn web_3_nobody_is_signed_in_or_out_by_another_site() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let client = &north.owner.client;
    for path in ["/sign-in", "/sign-up", "/sign-out"] {
        let request = client.request(Method::POST, path).header("origin", "https://evil.example");
        let request = request.form(&[("email", north.owner.email.as_str()), ("password", PASSWORD)]);
        assert_eq!(client.ask(request).await.status, 403, "{path}");
    }
    assert_eq!(north.owner.client.get("/leads").await.status, 200);
}

#[tokio::test]
async fn web_8_after_signing_in_nobody_is_sent_to_another_site() {
    let house = House::open().await;
    let north = house.found("North").await;
    let hostile = [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "leads",
        "/%0d%0aset-cookie:x=y",
        "/\r\nset-cookie: x=y",
        "",
    ];
    for next in hostile {
        let fields = [("email", north.owner.email.as_str()), ("password", PASSWORD), ("next", next)];
        let answer = house.client().post("/sign-in", &fields).await;
        assert_eq!(answer.status, 303, "{next:?}");
        let base = reqwest::Url::parse(&house.url).unwrap();
        let target = base.join(answer.location()).unwrap();
        assert_eq!(target.origin(), base.origin(), "{next:?} leads to {target}");
        assert_eq!(answer.set_cookies().len(), 2, "{next:?}");
    }
    let fields = [("email", north.owner.email.as_str()), ("password", PASSWORD), ("next", "/forms?x=1")];
    assert_eq!(house.client().post("/sign-in", &fields).await.location(), "/forms?x=1", "our own pages are fine");
}

#[tokio::test]
async fn somebody_who_is_not_signed_in_comes_back_to_the_page_they_wanted() {
    let house = House::open().await;
    let north = house.found("North").await;
    let asked = house.client().get("/forms").await;
    assert_to_sign_in(&asked);
    let page = house.client().get(asked.location()).await;
    assert_eq!(page.status, 200);
    let next = page.hidden("next").unwrap_or_default();
    let fields = [("email", north.owner.email.as_str()), ("password", PASSWORD), ("next", next.as_str())];
    assert_eq!(house.client().post("/sign-in", &fields).await.location(), "/forms");
}

fn assert_to_sign_in(answer: &Answer) {
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert!(answer.location().starts_with("/sign-in"), "{}", answer.location());
    assert!(answer.body.len() < 200, "nothing is shown on the way");
}
