//! The shape of answers: status, headers and body, as a browser or a script sees them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::{fmt::Write, num::NonZeroU32, sync::Arc};

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode, header, request::Builder},
};
use http_body_util::BodyExt;
use qualify_crypto::{Bcrypt, Jwt, KeyRing, SealedVault};
use qualify_domain::{
    circumstances::Circumstances,
    language::Language,
    one_time::OneTimeKind,
    text::{Email, HttpsUrl, Name, Origin},
};
use qualify_http::{Options, Site, Web};
use qualify_ports::{
    plugin::{Adapter, Settings},
    spam::SpamCheck,
};
use qualify_postgres::{LiveFeed, Postgres, PostgresOptions, testing::TestDatabase};
use qualify_system::{SystemClock, Uuidv7};
use qualify_usecases::{App, Payments, Ports, SignIn, SignInOutcome, SignUp};
use qualify_webauthn::WebauthnPasskeys;
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

const BASE: &str = "https://crm.example.com";
const PASSWORD: &str = "a long walk along the river";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// An organization with one form, and the web in front of it.
struct World {
    router: Router,
    form: String,
    cookie: String,
}

impl World {
    async fn new() -> Self {
        Self::with_limit(1_000_000).await
    }

    async fn with_limit(per_form: u32) -> Self {
        let database = TestDatabase::shared().await;
        let keys = KeyRing::generate();
        let ports = ports(database, &keys);
        let app = App::new(&ports);
        let owner = sign_up(&app, &ports).await;
        let member = app.access.member(&owner).await.unwrap().unwrap();
        let form = app.forms.list(&member.actor).await.unwrap().remove(0);
        let mut settings = form.settings.clone();
        settings.allowed_origins = vec![Origin::parse("https://shop.example").unwrap()];
        settings.thank_you = HttpsUrl::parse_optional("https://shop.example/thanks").unwrap();
        app.forms.change(&member.actor, form.id, form.version, settings).await.unwrap();
        let per_form = NonZeroU32::new(per_form).unwrap();
        let options = Options { intake_per_form: per_form, ..Options::defaults().unwrap() };
        let site = Site {
            base_url: BASE.parse().unwrap(),
            controller: "Keeper".to_owned(),
            address: "1 Test Street".to_owned(),
            privacy_contact: "privacy@keeper.example".to_owned(),
            demo_mails: None,
            subprocessors: Vec::new(),
        };
        let web = Web::new(app, Arc::new(SystemClock), site, options, CancellationToken::new());
        Self { router: web.router(), form: form.public_id.to_string(), cookie: format!("__Host-qc_at={owner}") }
    }

    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn submit(&self, kind: &str, accept: &str, body: &str) -> Response<Body> {
        let request = Request::post(format!("/f/{}", self.form)).header("content-type", kind).header("accept", accept);
        self.send(request.body(body.to_owned().into()).unwrap()).await
    }

    /// The answer as a text to compare: what differs from run to run is named.
    async fn told(&self, response: Response<Body>) -> String {
        let mut told = format!("{}\n", response.status());
        let mut headers: Vec<_> =
            response.headers().iter().map(|(n, v)| (n.to_string(), v.to_str().unwrap())).collect();
        headers.retain(|(name, _)| name != "content-length");
        headers.sort_unstable();
        for (name, value) in headers {
            writeln!(told, "{name}: {value}").unwrap();
        }
        let body = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().ends_with(b"json"));
        if body {
            writeln!(told, "\n{}", text(response).await).unwrap();
        }
        let told = told.replace(&self.form, "FORM");
        match told.split_once("\"receipt\":\"") {
            Some((before, after)) => format!("{before}\"receipt\":\"RECEIPT{}", &after[36..]),
            None => told,
        }
    }
}

fn ports(database: &TestDatabase, keys: &KeyRing) -> Ports {
    let secret = keys.derive("form-token");
    Ports {
        storage: Arc::new(Postgres::new(&PostgresOptions::new(database.app()), Arc::new(SystemClock))),
        live: Arc::new(LiveFeed::start(database.app())),
        clock: Arc::new(SystemClock),
        ids: Arc::new(Uuidv7),
        passwords: Arc::new(Bcrypt::quick(keys)),
        tokens: Arc::new(Jwt::new(keys, BASE).unwrap()),
        passkeys: Arc::new(WebauthnPasskeys::new(&BASE.parse().unwrap())),
        vault: Arc::new(SealedVault::new(keys)),
        mailer: adapter(&qualify_maildir::MAILER, "path", &std::env::temp_dir().to_string_lossy()),
        files: Arc::new(qualify_laws::files::Memory::default()),
        hooks: Arc::new(qualify_laws::hooks::Endpoints::default()),
        payments: Payments {
            provider: Arc::new(qualify_unbilled::Unbilled),
            return_to: format!("{BASE}/settings/billing/return"),
            fiscal_year: "12-31".parse().unwrap(),
        },
        scorer: Arc::new(qualify_rules::Rules),
        spam: Arc::new([
            adapter::<dyn SpamCheck>(&qualify_honeypot::SPAM, "", ""),
            adapter(&qualify_form_token::SPAM, "secret", secret.expose_secret()),
        ]),
    }
}

fn adapter<P: ?Sized>(adapter: &Adapter<P>, name: &str, value: &str) -> Arc<P> {
    let defaults = adapter.keys.iter().filter_map(|key| Some((key.name.to_owned(), key.default?.to_owned())));
    let settings = Settings::new(adapter.name, defaults).with(name, value);
    (adapter.build)(settings).unwrap_or_else(|error| panic!("{error}"))
}

async fn sign_up(app: &App, ports: &Ports) -> String {
    let email = format!("{:x}@keeper.example", ports.ids.next_bits());
    let command = SignUp {
        first_name: Name::parse("Anna").unwrap(),
        last_name: Name::parse("Berg").unwrap(),
        email: Email::parse(&email).unwrap(),
        organization: Name::parse("Keeper").unwrap(),
        language: Language::English,
        from: Circumstances::default(),
    };
    let token = app.accounts.sign_up(command).await.unwrap();
    let link = ports.tokens.derive(&OneTimeKind::SignUp.seed(token));
    app.accounts.confirm_sign_up(link.expose_secret(), PASSWORD.to_owned()).await.unwrap();
    let password = SecretString::from(PASSWORD);
    let command = SignIn { email, password, from: Circumstances::default() };
    let Ok(SignInOutcome::Granted(granted)) = app.accounts.sign_in(command).await else { panic!("no session") };
    granted.access.expose_secret().to_owned()
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

fn get(path: &str) -> Builder {
    Request::get(path).header("accept", "text/html")
}

#[tokio::test]
async fn a_submission_is_answered_by_a_receipt_or_a_way_on() {
    let world = World::new().await;
    let json = world.submit(JSON, JSON, r#"{"email":"anna@example.com","name":"Anna"}"#).await;
    insta::assert_snapshot!("json_created", world.told(json).await);
    let page = world.submit(FORM, "text/html", "email=anna%40example.com").await;
    insta::assert_snapshot!("page_see_other", world.told(page).await);
}

#[tokio::test]
async fn a_submission_with_faults_is_answered_with_all_of_them() {
    let world = World::new().await;
    let json =
        world.submit(JSON, JSON, r#"{"email":"anna","phone":"call me","name":"a\u0000b","message":["x"]}"#).await;
    insta::assert_snapshot!("json_invalid", world.told(json).await);
    let page = world.submit(FORM, "text/html", "email=anna&message=Hello+%3Cb%3E&utm_source=news").await;
    assert_eq!(page.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = text(page).await;
    assert!(page.contains("Hello &#60;b&#62;"), "what was typed is kept, and harmless");
    assert!(page.contains(r#"name="utm_source" value="news""#));
    assert!(page.contains(r#"aria-invalid="true""#));
}

#[tokio::test]
async fn dat_6_control_characters_are_told_at_their_field() {
    let world = World::new().await;
    let answer = text(world.submit(FORM, JSON, "email=a%40example.com&name=a%00b&phone=%01&message=x%07").await).await;
    for field in ["name", "phone", "message"] {
        assert!(answer.contains(&format!(r#"{{"field":"{field}","rule":"control-character""#)), "{answer}");
    }
}

#[tokio::test]
async fn web_11_one_key_is_one_submission_and_other_words_a_conflict() {
    let world = World::new().await;
    let send = |body: &'static str| {
        let request = Request::post(format!("/f/{}", world.form))
            .header("content-type", JSON)
            .header("accept", JSON)
            .header("idempotency-key", "k-1")
            .body(Body::from(body));
        world.send(request.unwrap())
    };
    let first = text(send(r#"{"email":"anna@example.com"}"#).await).await;
    assert_eq!(text(send(r#"{"email":"anna@example.com"}"#).await).await, first);
    insta::assert_snapshot!("json_conflict", world.told(send(r#"{"email":"berta@example.com"}"#).await).await);
}

#[tokio::test]
async fn a_conflict_on_a_page_keeps_the_words_and_offers_another_try() {
    let world = World::new().await;
    world.submit(FORM, "text/html", "_sid=s&email=anna%40example.com").await;
    let page = world.submit(FORM, "text/html", "_sid=s&email=anna%40example.com&message=More").await;
    assert_eq!(page.status(), StatusCode::CONFLICT);
    let page = text(page).await;
    assert!(page.contains("More") && page.contains(r#"name="_token""#) && !page.contains(r#"name="_sid""#));
}

#[tokio::test]
async fn auth_9_above_the_limit_a_visitor_is_told_when_and_loses_nothing() {
    let world = World::with_limit(1).await;
    world.submit(FORM, "text/html", "email=a%40example.com").await;
    let page = world.submit(FORM, "text/html", "email=a%40example.com&message=Precious").await;
    assert_eq!(page.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(page.headers().contains_key(header::RETRY_AFTER));
    assert!(text(page).await.contains("Precious"));
    let json = world.submit(JSON, JSON, r#"{"email":"a@example.com"}"#).await;
    assert!(json.headers().contains_key(header::RETRY_AFTER));
}

#[tokio::test]
async fn the_list_of_websites_decides_who_may_send_by_script_and_show_the_form() {
    let world = World::new().await;
    let preflight = |origin: &'static str| {
        let request = Request::options(format!("/f/{}", world.form)).header("origin", origin);
        world.send(request.header("access-control-request-method", "POST").body(Body::empty()).unwrap())
    };
    insta::assert_snapshot!("preflight_listed", world.told(preflight("https://shop.example").await).await);
    let other = preflight("https://evil.example").await;
    assert!(!other.headers().contains_key("access-control-allow-origin"));
    assert_eq!(other.headers()["vary"], "Origin");
    insta::assert_snapshot!(
        "hosted_form",
        world.told(world.send(get(&format!("/f/{}", world.form)).body(Body::empty()).unwrap()).await).await
    );
}

#[tokio::test]
async fn web_8_a_way_on_in_the_body_is_taken_to_listed_websites_only() {
    let world = World::new().await;
    let way = |target: &str| format!("email=a%40example.com&_redirect={}", target.replace(':', "%3A"));
    let listed = world.submit(FORM, "text/html", &way("https://shop.example/merci?x=1")).await;
    assert_eq!(listed.headers()[header::LOCATION], "https://shop.example/merci?x=1");
    for elsewhere in ["https://evil.example/", "//evil.example", "https://shop.example.evil.example/", "javascript:1"] {
        let answer = world.submit(FORM, "text/html", &way(elsewhere)).await;
        assert_eq!(answer.headers()[header::LOCATION], "https://shop.example/thanks", "{elsewhere}");
    }
}

#[tokio::test]
async fn an_unknown_form_is_404_with_words_that_help() {
    let world = World::new().await;
    for id in ["01939c5e-0000-7000-8000-000000000001", "nonsense"] {
        let request = Request::post(format!("/f/{id}")).header("content-type", JSON).header("accept", JSON);
        let answer = world.send(request.body("{}".into()).unwrap()).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        insta::assert_snapshot!("unknown_form", world.told(answer).await);
    }
}

#[tokio::test]
async fn web_2_every_answer_bears_the_headers_errors_included() {
    let world = World::new().await;
    for path in ["/nowhere", "/sign-in", "/privacy", "/leads", "/assets/none.css", "/healthz", "/f/nonsense", "/live"] {
        let answer = world.send(get(path).body(Body::empty()).unwrap()).await;
        for name in
            ["content-security-policy", "x-content-type-options", "referrer-policy", "strict-transport-security"]
        {
            assert!(answer.headers().contains_key(name), "{path} lacks {name}");
        }
        assert!(!answer.headers().contains_key(header::SET_COOKIE), "{path}");
    }
    insta::assert_snapshot!("not_found_json", {
        let answer = world.send(Request::get("/nowhere").body(Body::empty()).unwrap()).await;
        world.told(answer).await
    });
}

#[tokio::test]
async fn web_3_a_change_from_elsewhere_is_refused() {
    let world = World::new().await;
    let post = |site: Option<&'static str>| {
        let mut request = Request::post("/sign-out").header("cookie", &world.cookie).header("content-type", FORM);
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        world.send(request.body(Body::empty()).unwrap())
    };
    for site in [None, Some("same-site"), Some("cross-site")] {
        assert_eq!(post(site).await.status(), StatusCode::FORBIDDEN, "{site:?}");
    }
    let answer = post(Some("same-origin")).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers().get_all(header::SET_COOKIE).iter().count(), 2);
    let after = world.send(get("/leads").header("cookie", &world.cookie).body(Body::empty()).unwrap()).await;
    assert_eq!(after.headers()[header::LOCATION], "/sign-in?next=%2Fleads", "a signed-out token is worth nothing");
}

#[tokio::test]
async fn web_5_what_is_too_long_is_refused_with_its_own_status() {
    let world = World::new().await;
    let long = get(&format!("/leads?q={}", "a".repeat(9_000))).body(Body::empty()).unwrap();
    assert_eq!(world.send(long).await.status(), StatusCode::URI_TOO_LONG);
    let wide = get("/sign-in").header("x-wide", "a".repeat(17_000)).body(Body::empty()).unwrap();
    assert_eq!(world.send(wide).await.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    let big = world.submit(FORM, JSON, &format!("message={}", "a".repeat(70_000))).await;
    insta::assert_snapshot!("too_large", world.told(big).await);
    let media = world.submit("text/plain", JSON, "hello").await;
    assert_eq!(media.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn pages_of_members_are_not_stored() {
    let world = World::new().await;
    for path in ["/leads", "/forms", "/settings", "/forms/new", "/"] {
        let answer = world.send(get(path).header("cookie", &world.cookie).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store", "{path}");
        assert!(answer.status().is_success() || answer.status() == StatusCode::SEE_OTHER, "{path}");
    }
}

#[tokio::test]
async fn auth_5_a_wrong_password_and_an_unknown_address_look_the_same() {
    let world = World::new().await;
    let try_in = |email: &'static str| {
        let request = Request::post("/sign-in").header("content-type", FORM).header("sec-fetch-site", "same-origin");
        let body = format!("email={email}&password=a+wrong+password+at+least");
        world.send(request.header("accept", "text/html").body(body.into()).unwrap())
    };
    let (first, second) = (try_in("nobody%40a.example").await, try_in("nobody%40b.example").await);
    assert_eq!(first.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(format!("{:?}", first.headers()), format!("{:?}", second.headers()));
}
