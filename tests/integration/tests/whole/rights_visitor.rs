//! A visitor on the page of rights, in a real browser that runs no script, in French: what is taken away, taken back, and what
//! waits for a member.

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Read},
    path::Path,
    time::Duration,
};

use jiff::SignedDuration;
use qualify_integration::{Browser, House, Mail, Organization};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::forms::send;

const ANNA: &str = "anna@berg.example";
const NEWS: &str = "Des nouvelles, oui.";
const DONE: &str = "C’est fait. Un message le confirme.";
const TAKEN: &str = "Votre demande est enregistrée. Un message vous dit pour quand vous aurez la réponse.";

/// A person who filled a form in French, and agreed to news.
async fn written(house: &House, north: &mut Organization) {
    let form = north.new_form(&[("language", "fr"), ("consent_email_marketing", NEWS)]).await;
    let public_id = north.public_id_of(&form).await;
    house.clock.advance(SignedDuration::from_mins(2));
    let fields = [("email", ANNA), ("message", "Merci de m’appeler."), ("consent_email_marketing", "1")];
    let sent = send(&house.client(), &public_id, &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    north.wait_for_leads(1).await;
    house.settle().await;
}

/// Asks for the access in a browser, and comes in by the link of the mail.
async fn inside(house: &House) -> Browser {
    let browser = Browser::with(&["--blink-settings=scriptEnabled=false"]).await;
    let before = house.mails.to(ANNA).len();
    browser.show(&format!("{}/o/north/privacy?lang=fr", house.url)).await;
    browser.fill("email", ANNA).await;
    browser.click("main form button").await;
    browser.wait_for(".notice.good").await;
    let mails = house.mails.wait(ANNA, before + 1).await;
    let link = mails.iter().find(|mail| mail.text.contains("/o/north/privacy/")).unwrap().link("o/north/privacy");
    browser.show(&format!("{}/o/north/privacy/{link}", house.url)).await;
    browser.click("main form button").await;
    browser.wait_for("input[name=session]").await;
    browser
}

/// Asks for a right on the page behind the link, and reads what it says then.
async fn ask(browser: &Browser, right: &str) -> String {
    browser.click(&format!("select[name=right] option[value={right}]")).await;
    browser.click("form[action$='/privacy/requests'] button").await;
    browser.wait_for(".notice.good").await;
    browser.page.source().await.unwrap()
}

/// The file that the browser took.
async fn downloaded(folder: &Path) -> Vec<u8> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let mut paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        if let Some(path) = paths.find(|path| path.extension().is_some_and(|kind| kind == "zip")) {
            return fs::read(path).unwrap();
        }
        assert!(Instant::now() < deadline, "nothing was downloaded");
        sleep(Duration::from_millis(50)).await;
    }
}

fn unpacked(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = BTreeMap::new();
    for place in 0..zip.len() {
        let (mut file, mut text) = (zip.by_index(place).unwrap(), String::new());
        file.read_to_string(&mut text).unwrap();
        files.insert(file.name().unwrap().into_owned(), text);
    }
    files
}

/// What the ledger says of news by e-mail, one entry after the other.
async fn ledger(house: &House, north: &Organization) -> Vec<(String, String)> {
    let query = "SELECT kind, method FROM consent_events
        WHERE organization_id = $1 AND matter = 'email_marketing' ORDER BY at, kind";
    let query = sqlx::query_as(query).bind(north.id.0);
    query.fetch_all(&mut house.superuser().await).await.unwrap()
}

#[tokio::test]
async fn dsr_1_a_visitor_in_french_without_scripts_takes_their_data_and_takes_a_consent_back() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    written(&house, &mut north).await;
    let browser = inside(&house).await;
    let page = browser.page.source().await.unwrap();
    assert!(page.contains("Ce que vous avez accepté") && page.contains("Donné le") && page.contains(NEWS), "{page}");

    let folder = tempfile::tempdir().unwrap();
    let allow = json!({ "behavior": "allow", "downloadPath": folder.path() });
    browser.command("Browser.setDownloadBehavior", allow).await;
    browser.click("form[action$='/privacy/copy'] button").await;
    let files = unpacked(&downloaded(folder.path()).await);
    let person: Value = serde_json::from_str(&files["person.json"]).unwrap();
    let (lead, sent) = (&person["data"]["leads"][0], &person["data"]["submissions"][0]);
    assert_eq!((&lead["email"], &sent["message"]), (&json!(ANNA), &json!("Merci de m’appeler.")), "{person:#}");
    assert_eq!(person["data"]["consent_events"][0]["kind"], "given", "{person:#}");
    assert!(files["README.txt"].contains("Copie de vos données") && files["contact.vcf"].contains(ANNA));

    let given = ("given".to_owned(), "form".to_owned());
    assert_eq!(ledger(&house, &north).await, std::slice::from_ref(&given));
    let page = ask(&browser, "withdrawal").await;
    assert!(page.contains(DONE) && page.contains("Retiré ; demandé le"), "{page}");
    assert!(!page.contains("Donné le"), "{page}");
    assert_eq!(ledger(&house, &north).await, [given, ("withdrawn".to_owned(), "rights_page".to_owned())]);
    let kept = "SELECT count(*) FROM suppressions WHERE ground = 'withdrawal'";
    assert_eq!(house.count(kept).await, 1, "no news go to that address");
    let lead = north.leads().await.remove(0).id;
    let shown = north.owner.client.get(&format!("/leads/{lead}")).await.text();
    assert!(shown.contains("Withdrawn"), "members see it: {shown}");
}

#[tokio::test]
async fn dsr_1_what_waits_for_a_member_is_told_to_the_visitor_in_french_until_it_is_done() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    written(&house, &mut north).await;
    let browser = inside(&house).await;
    house.settle().await;
    browser.fill("name", "Anna Berg").await;
    let page = ask(&browser, "rectification").await;
    assert!(page.contains(TAKEN) && !page.contains(DONE), "{page}");
    assert!(!page.contains("Anna Berg"), "nothing is mended yet: {page}");
    house.settle().await;
    let told = |mails: &[Mail], subject: &str, words: &str| {
        mails.iter().filter(|mail| mail.subject == subject && mail.text.contains(words)).count()
    };
    let mails = house.mails.to(ANNA);
    let by_when = told(&mails, "North a reçu votre demande", "North y répondra au plus tard le ");
    assert_eq!((by_when, told(&mails, "North a répondu à votre demande", "C’est corrigé.")), (1, 0), "{mails:?}");

    // A member mends it, and says yes.
    let query =
        "SELECT id::text FROM rights_requests WHERE organization_id = $1 AND kind = 'rectification' AND state = 'open'";
    let query = sqlx::query_scalar(query).bind(north.id.0);
    let request: String = query.fetch_one(&mut house.superuser().await).await.unwrap();
    let request = format!("/privacy-requests/{request}");
    let lead = north.leads().await.remove(0).id;
    let owner = &mut north.owner.client;
    let shown = owner.get(&request).await.text();
    assert!(shown.contains("Anna Berg") && shown.contains(&format!("/leads/{lead}")), "{shown}");
    let change = [("field", "name"), ("was", ""), ("value", "Anna Berg")];
    let mended = owner.post(&format!("/leads/{lead}/properties"), &change).await;
    assert_eq!(mended.status, 303, "{}", mended.text());
    let answered = owner.post(&format!("{request}/answer"), &[("answer", "C’est corrigé.")]).await;
    assert_eq!(answered.status, 303, "{}", answered.text());
    house.settle().await;
    let mails = house.mails.to(ANNA);
    assert_eq!(told(&mails, "North a répondu à votre demande", "C’est corrigé."), 1, "{mails:?}");
    browser.click("form[action$='/privacy/held'] button").await;
    // The page before has the same form: the next one is there when it says something else.
    let mut page = browser.page.source().await.unwrap();
    let begin = Instant::now();
    while !page.contains("Anna Berg") && begin.elapsed() < Duration::from_secs(20) {
        sleep(Duration::from_millis(20)).await;
        page = browser.page.source().await.unwrap_or_default();
    }
    assert!(page.contains("Anna Berg"), "{page}");
    let left = "SELECT count(*) FROM rights_requests WHERE kind = 'rectification' AND state = 'answered'";
    assert_eq!(house.count(left).await, 1);
}
