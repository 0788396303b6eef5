//! A second factor, from its set-up to the sign-in that asks for it.

use jiff::SignedDuration;
use qualify_domain::{access::Role, totp::STEP_SECONDS};
use qualify_integration::{Answer, Client, House, Organization, PASSWORD};
use qualify_ports::vault::TotpSecret;
use secrecy::SecretBox;

const HERE: &str = "/settings/security/second-factor";

/// The owner of an organization with an authenticator app, and what the pages told them.
struct Guarded {
    house: House,
    north: Organization,
    app: TotpSecret,
    codes: Vec<String>,
}

impl Guarded {
    async fn new() -> Self {
        let house = House::open().await;
        let mut north = house.found("North").await;
        let browser = &mut north.owner.client;
        assert_eq!(browser.post("/settings/security/totp", &[]).await.location(), "/settings/security/totp");
        let app = shown_secret(&browser.get("/settings/security/totp").await);
        let code = code(&house, &app);
        let codes = browser.post("/settings/security/totp/confirmation", &[("code", &code)]).await;
        assert_eq!(codes.status, 200);
        let codes = shown_codes(&codes);
        house.clock.advance(SignedDuration::from_secs(STEP_SECONDS));
        Self { house, north, app, codes }
    }

    fn code(&self) -> String {
        code(&self.house, &self.app)
    }

    /// A right password in a new browser.
    async fn challenge(&self) -> (Client, Answer) {
        let mut browser = self.house.client();
        let answer = browser.post("/sign-in", &[("email", &self.north.owner.email), ("password", PASSWORD)]).await;
        (browser, answer)
    }

    async fn come_in(&self, code: &str) -> (Client, Answer) {
        let (mut browser, asked) = self.challenge().await;
        let reference = asked.hidden("reference").unwrap();
        let answer = browser.post("/sign-in/second", &[("reference", &reference), ("code", code)]).await;
        (browser, answer)
    }
}

fn code(house: &House, app: &TotpSecret) -> String {
    let step = u64::try_from(house.ports.clock.now().as_second() / STEP_SECONDS).unwrap();
    format!("{:06}", house.ports.vault.totp(app, step))
}

fn shown(answer: &Answer, id: &str) -> String {
    let page = answer.text();
    let (_, after) = page.split_once(&format!("<pre id=\"{id}\" tabindex=\"0\">")).unwrap();
    after.split_once("</pre>").unwrap().0.to_owned()
}

fn shown_secret(answer: &Answer) -> TotpSecret {
    let letters = shown(answer, "totp-secret").replace(' ', "");
    let value = |letter: u8| u128::from(if letter >= b'A' { letter - b'A' } else { letter - b'2' + 26 });
    let mut bytes = Vec::new();
    for half in letters.as_bytes().chunks(16) {
        let bits = half.iter().fold(0, |bits, letter| (bits << 5) | value(*letter));
        bytes.extend_from_slice(&bits.to_be_bytes()[6..]);
    }
    SecretBox::new(Box::new(<[u8; 20]>::try_from(bytes).unwrap()))
}

fn shown_codes(answer: &Answer) -> Vec<String> {
    shown(answer, "recovery-codes").lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn auth_13_a_right_password_gives_no_session_before_the_code_of_the_app() {
    let guarded = Guarded::new().await;
    let (mut browser, asked) = guarded.challenge().await;
    assert_eq!(asked.status, 200);
    assert!(asked.set_cookies().is_empty() && browser.cookies().is_empty());
    assert_eq!(asked.header("cache-control"), "no-store");
    assert!(browser.get("/leads").await.location().starts_with("/sign-in"));

    let (mut browser, answer) = guarded.come_in(&guarded.code()).await;
    assert_eq!((answer.status, answer.location()), (303, "/"));
    assert_eq!(browser.get("/leads").await.status, 200);
}

#[tokio::test]
async fn auth_13_a_replayed_code_is_refused_at_its_field() {
    let guarded = Guarded::new().await;
    let code = guarded.code();
    assert_eq!(guarded.come_in(&code).await.1.status, 303);
    let (browser, refused) = guarded.come_in(&code).await;
    assert_eq!(refused.status, 401);
    assert!(refused.text().contains("id=\"code-fault\"") && browser.cookies().is_empty());
    assert!(refused.hidden("reference").is_some(), "another try can be made on the same page");
}

#[tokio::test]
async fn auth_13_the_sixth_try_sends_back_to_the_password() {
    let guarded = Guarded::new().await;
    let (mut browser, asked) = guarded.challenge().await;
    let reference = asked.hidden("reference").unwrap();
    let wrong = guarded.codes[0].replace(|c: char| c != '-', "0");
    for _ in 0..5 {
        let answer = browser.post("/sign-in/second", &[("reference", &reference), ("code", &wrong)]).await;
        assert_eq!(answer.status, 401);
    }
    let right = guarded.code();
    let answer = browser.post("/sign-in/second", &[("reference", &reference), ("code", &right)]).await;
    assert_eq!((answer.status, answer.location()), (303, "/sign-in?after=challenge"));
    assert!(browser.get("/sign-in?after=challenge").await.text().contains("role=\"status\""));
}

#[tokio::test]
async fn auth_14_a_recovery_code_lets_in_once_and_a_mail_tells_of_it() {
    let guarded = Guarded::new().await;
    assert_eq!(guarded.codes.len(), 10);
    assert_eq!(guarded.come_in(&guarded.codes[2]).await.1.status, 303);
    assert_eq!(guarded.come_in(&guarded.codes[2]).await.1.status, 401);
    let mails = guarded.house.mails.wait(&guarded.north.owner.email, 2).await;
    let subjects: Vec<_> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    assert!(subjects.contains(&"A recovery code was used") && subjects.contains(&"Authenticator app added"));
}

#[tokio::test]
async fn auth_14_the_codes_are_shown_once_and_can_be_taken_away_as_a_file() {
    let mut guarded = Guarded::new().await;
    let browser = &mut guarded.north.owner.client;
    let page = browser.get(HERE).await.text();
    assert!(guarded.codes.iter().all(|code| !page.contains(code)));
    assert!(page.contains("10 recovery codes"), "{page}");
    let again = browser.post("/settings/security/totp/confirmation", &[("code", "123456")]).await;
    assert_eq!(again.location(), HERE, "a reload shows nothing");

    let anew = browser.post("/settings/security/recovery-codes", &[]).await;
    let codes = shown_codes(&anew);
    let file = codes[0].replace('-', "%2D");
    assert!(anew.text().contains("download=\"qualify-recovery-codes.txt\"") && anew.text().contains(&file));
    assert_eq!(guarded.come_in(&guarded.codes[0]).await.1.status, 401, "the earlier codes died");
    assert_eq!(guarded.come_in(&codes[0]).await.1.status, 303);
}

#[tokio::test]
async fn auth_14_few_codes_left_are_told_on_the_page() {
    let mut guarded = Guarded::new().await;
    for code in &guarded.codes[..7] {
        assert_eq!(guarded.come_in(code).await.1.status, 303);
    }
    let page = guarded.north.owner.client.get(HERE).await.text();
    assert!(page.contains("3 recovery codes are left") && page.contains("notice warn"), "{page}");
}

#[tokio::test]
async fn auth_13_a_wrong_code_keeps_the_set_up_and_its_secret() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let browser = &mut north.owner.client;
    browser.post("/settings/security/totp", &[]).await;
    let before = shown(&browser.get("/settings/security/totp").await, "totp-secret");
    for (typed, status) in [("", 422), ("12345", 422), ("000000", 422)] {
        let answer = browser.post("/settings/security/totp/confirmation", &[("code", typed)]).await;
        assert_eq!(answer.status, status);
        assert!(answer.text().contains("id=\"code-fault\""));
        assert_eq!(shown(&answer, "totp-secret"), before);
    }
    let mut again = house.sign_in(&north.owner.email).await.client;
    assert_eq!(again.get("/leads").await.status, 200, "nothing is asked for yet");
}

#[tokio::test]
async fn auth_14_a_passkey_answer_that_is_none_opens_nothing() {
    let house = House::built(qualify_integration::Plan { named: true, ..Default::default() }).await;
    let mut browser = house.client();
    let asked = browser.post("/sign-in/passkey/question", &[]).await;
    let reference = asked.json()["reference"].as_str().unwrap().to_owned();
    for (reference, answer) in [(reference.as_str(), "{}"), (&reference, "{}"), ("made up", "no JSON"), ("", "")] {
        let refused = browser.post("/sign-in/passkey", &[("reference", reference), ("answer", answer)]).await;
        assert_eq!((refused.status, refused.location()), (303, "/sign-in?after=passkey"));
        assert!(browser.cookies().is_empty());
    }
}

#[tokio::test]
async fn auth_15_an_owner_is_urged_until_they_say_later_and_again_at_the_next_sign_in() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let browser = &mut north.owner.client;
    assert!(browser.get("/leads").await.text().contains("class=\"urge\""));
    assert_eq!(browser.post("/settings/security/second-factor/later", &[]).await.status, 303);
    assert!(!browser.get("/leads").await.text().contains("class=\"urge\""));
    let mut again = house.sign_in(&north.owner.email).await.client;
    assert!(again.get("/leads").await.text().contains("class=\"urge\""));
    let mut agent = house.join(&north, "agent@north.example", &[Role::Agent]).await.client;
    assert!(!agent.get("/leads").await.text().contains("class=\"urge\""));
}

#[tokio::test]
async fn web_8_auth_15_later_leads_back_to_the_page_one_was_on_and_to_no_other_site() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let browser = &mut north.owner.client;
    let own = browser.base().to_owned();
    for (page, back) in [
        (format!("{own}/forms?after=1"), "/forms?after=1"),
        ("https://evil.example/forms".to_owned(), "/"),
        (format!("{own}//evil.example"), "/"),
    ] {
        let request = browser.request(reqwest::Method::POST, "/settings/security/second-factor/later");
        let request = request.header("origin", &own).header("referer", page).form::<[(&str, &str); 0]>(&[]);
        let answer = browser.send(request).await;
        assert_eq!((answer.status, answer.location()), (303, back));
    }
    assert_eq!(browser.post("/settings/security/second-factor/later", &[]).await.location(), "/");
}

#[tokio::test]
async fn auth_9_questions_to_authenticators_are_limited_by_source() {
    let house = House::built(qualify_integration::Plan { named: true, ..Default::default() }).await;
    let mut browser = house.client();
    for _ in 0..30 {
        assert_eq!(browser.post("/sign-in/passkey/question", &[]).await.status, 200);
    }
    let refused = browser.post("/sign-in/passkey/question", &[]).await;
    assert_eq!(refused.status, 429);
    assert!((1..=60).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
    assert_eq!(house.count("SELECT count(*) FROM passkey_ceremonies").await, 30, "nothing more is kept");
    house.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(browser.post("/sign-in/passkey/question", &[]).await.status, 200);
}

#[tokio::test]
async fn auth_15_the_switch_gives_seven_days_and_then_opens_nothing_but_the_set_up() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let agent = house.join(&north, "agent@north.example", &[Role::Agent]).await;
    let asked = north.owner.client.post("/settings/security/second-factor/policy", &[("policy", "everybody")]).await;
    assert_eq!(asked.status, 303);
    let page = house.sign_in(&agent.email).await.client.get("/leads").await.text();
    assert!(page.contains("7 days left") && !page.contains("/later\""), "{page}");

    house.clock.advance(SignedDuration::from_hours(7 * 24));
    let mut late = house.sign_in(&agent.email).await.client;
    for path in ["/leads", "/settings/notifications", "/"] {
        let answer = late.get(path).await;
        assert_eq!((answer.status, answer.location()), (303, HERE), "{path}");
    }
    let json = late.request(reqwest::Method::GET, "/leads").header("accept", "application/json");
    assert_eq!(late.ask(json).await.status, 403);
    assert_eq!(late.get(HERE).await.status, 200);
    late.post("/settings/security/totp", &[]).await;
    let app = shown_secret(&late.get("/settings/security/totp").await);
    let code = code(&house, &app);
    assert_eq!(late.post("/settings/security/totp/confirmation", &[("code", &code)]).await.status, 200);
    assert_eq!(late.get("/leads").await.status, 200, "all is open again");
}

#[tokio::test]
async fn auth_15_only_owners_and_admins_switch_it_and_nonsense_changes_nothing() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let path = "/settings/security/second-factor/policy";
    let mut manager = house.join(&north, "manager@north.example", &[Role::Manager]).await.client;
    assert_eq!(manager.post(path, &[("policy", "everybody")]).await.status, 403);
    assert_eq!(manager.get("/settings/organization").await.status, 403);
    let nonsense = north.owner.client.post(path, &[("policy", "nonsense")]).await;
    assert!(nonsense.status == 422 && nonsense.text().contains("id=\"policy-fault\""), "{}", nonsense.text());
    assert_eq!(house.count("SELECT count(*) FROM organizations WHERE mfa_policy <> 'off'").await, 0);
    let mut admin = house.join(&north, "admin@north.example", &[Role::Admin]).await.client;
    assert_eq!(admin.post(path, &[("policy", "owners_and_admins")]).await.status, 303);
    assert_eq!(house.count("SELECT count(*) FROM organizations WHERE mfa_policy <> 'off'").await, 1);
}

#[tokio::test]
async fn auth_16_a_password_alone_does_not_confirm_an_account_with_an_app() {
    let mut guarded = Guarded::new().await;
    guarded.house.clock.advance(SignedDuration::from_mins(11));
    let code = guarded.code();
    let browser = &mut guarded.north.owner.client;
    assert!(browser.get("/confirm?next=%2Fsettings").await.text().contains("name=\"code\""));
    let password = ("password", PASSWORD);
    for (typed, status) in [("", 422), ("12 34", 422), (&*guarded.codes[0].replace(|c: char| c != '-', "0"), 401)] {
        let answer = browser.post("/confirm", &[password, ("code", typed)]).await;
        assert_eq!(answer.status, status, "{typed}");
        assert!(browser.get(HERE).await.location().starts_with("/confirm"), "{typed}");
    }
    let confirmed = browser.post("/confirm", &[password, ("code", &code), ("next", HERE)]).await;
    assert_eq!((confirmed.status, confirmed.location()), (303, HERE));
    assert_eq!(browser.get(HERE).await.status, 200);
}

#[tokio::test]
async fn ses_8_a_change_of_second_factors_ends_the_other_sessions_at_once() {
    let mut guarded = Guarded::new().await;
    let (mut elsewhere, _) = guarded.come_in(&guarded.code()).await;
    assert_eq!(elsewhere.get("/leads").await.status, 200);
    let here = &mut guarded.north.owner.client;
    assert_eq!(here.post("/settings/security/recovery-codes", &[]).await.status, 200);
    assert!(elsewhere.get("/leads").await.location().starts_with("/sign-in"));
    assert_eq!(here.get("/leads").await.status, 200, "the session that changed it goes on");

    guarded.house.clock.advance(SignedDuration::from_secs(STEP_SECONDS));
    let (mut again, _) = guarded.come_in(&guarded.code()).await;
    assert_eq!(again.get("/leads").await.status, 200);
    let here = &mut guarded.north.owner.client;
    assert_eq!(here.post("/settings/security/totp/removal", &[]).await.status, 303);
    assert!(again.get("/leads").await.location().starts_with("/sign-in"));
}
