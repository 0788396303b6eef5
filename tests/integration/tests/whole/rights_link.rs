//! What somebody learns who asks for what is not theirs: from a link that is used up, or of an address that nobody has.

use qualify_integration::{Answer, House, Logs, Organization, Plan};
use reqwest::Method;

use crate::browser::send_json;

const ANNA: &str = "anna@berg.example";
/// As long as hers, and nobody's.
const NOBODY: &str = "nobo@berg.example";

/// Asks for the access under an address.
async fn ask(house: &House, address: &str) -> Answer {
    let fields = [("email", address), ("right", "access"), ("words", ""), ("lang", "fr")];
    house.client().post("/o/north/privacy", &fields).await
}

async fn known(house: &House) -> Organization {
    let north = house.found("North").await;
    send_json(house, &north.public_id, &serde_json::json!({"email": ANNA, "message": "Merci de m’appeler."})).await;
    house.worker.drain(&tokio_util::sync::CancellationToken::new()).await.unwrap();
    north
}

#[tokio::test]
async fn dsr_5_a_used_link_tells_another_browser_what_to_do_and_nothing_else() {
    let house = House::open().await;
    known(&house).await;
    assert_eq!(ask(&house, ANNA).await.status, 303);
    let link = house.mails.wait(ANNA, 1).await[0].link("o/north/privacy");
    let page = format!("/o/north/privacy/{link}");
    let shown = house.client().post(&page, &[("lang", "fr")]).await;
    assert!(shown.text().contains("Merci de m’appeler."), "{}", shown.text());
    // There is no cookie that could tell the two apart: the secret stands in the page of the first.
    assert_eq!(shown.set_cookies(), Vec::<&str>::new());
    for (method, language, title, action) in [
        (Method::GET, "fr", "Ce lien ne fonctionne plus", "Demander un nouveau lien"),
        (Method::POST, "fr", "Ce lien ne fonctionne plus", "Demander un nouveau lien"),
        (Method::GET, "en", "This link does not work any more", "Ask for a new link"),
        (Method::POST, "en", "This link does not work any more", "Ask for a new link"),
    ] {
        let other = house.client();
        let request = other.request(method.clone(), &page).header("accept", "text/html");
        let request = request.header("accept-language", language).header("origin", house.url.clone());
        let request = if method == Method::POST { request.form(&[("lang", language)]) } else { request };
        let answer = other.ask(request).await;
        let text = answer.text();
        assert_eq!(answer.status, 410, "{method} {language}: {text}");
        assert!(text.contains(title) && text.contains(action), "{method} {language}: {text}");
        assert!(text.contains("href=\"/o/north/privacy\""), "the way on is a link: {text}");
        for theirs in ["Merci de m’appeler.", ANNA, "name=\"session\""] {
            assert!(!text.contains(theirs), "{method} {language}: {text}");
        }
        assert_eq!(answer.set_cookies(), Vec::<&str>::new());
    }
    let session = shown.hidden("session").unwrap();
    let still = house.client().post("/o/north/privacy/held", &[("session", &session), ("lang", "fr")]).await;
    assert_eq!(still.status, 200, "whoever came in first stays in");
}

/// What was asked of the database since `before`: the beginning of each statement, and how many rows it met.
fn statements(log: &str) -> Vec<String> {
    let part = |text: &str, name: &str| {
        let (_, after) = text.split_once(&format!("{name}="))?;
        Some(after.split([' ', '\n']).next().unwrap_or_default().to_owned())
    };
    let one = |text: &str| {
        let (_, after) = text.split_once("summary=\"")?;
        let summary = after.split('"').next().unwrap_or_default();
        Some(format!("{summary}: {:?} {:?}", part(after, "rows_affected"), part(after, "rows_returned")))
    };
    log.split("sqlx::query").skip(1).filter_map(one).collect()
}

#[tokio::test]
async fn dsr_2_an_address_that_nobody_has_gets_the_same_answer_after_the_same_work() {
    let logs = Logs::capture();
    let house = House::built(Plan { works: false, ..Plan::default() }).await;
    known(&house).await;
    // What is prepared once is prepared.
    assert_eq!(ask(&house, "somebody@else.example").await.status, 303);
    let tables = ["rights_requests", "rights_links", "outbox", "throttles", "notifications", "audit_entries"];
    let rows = async || {
        let mut rows = Vec::new();
        for table in tables {
            let query = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
            let count: i64 = sqlx::query_scalar(query).fetch_one(&mut house.superuser().await).await.unwrap();
            rows.push(count);
        }
        rows
    };
    let mut seen = Vec::new();
    for address in [ANNA, NOBODY] {
        let (before, heard) = (rows().await, logs.text().len());
        let answer = ask(&house, address).await;
        let work = statements(&logs.text()[heard..]);
        let made: Vec<_> = rows().await.iter().zip(before).map(|(after, before)| after - before).collect();
        seen.push((answer.shape(), answer.text(), work, made));
    }
    let [known, unknown] = &seen[..] else { unreachable!("two") };
    assert!(known.2.len() > 5, "what was asked of the database is in the log: {:?}", known.2);
    assert_eq!(known.3[..3], [1, 1, 2], "a request, its link, and who is to be told");
    assert_eq!(known, unknown);
    let page = house.client().get("/o/north/privacy?asked=1&lang=fr").await;
    assert!(page.text().contains("que des données y soient associées ou non"), "{}", page.text());
    // And what goes out afterwards is one mail each, which differs in the secret of its link alone.
    house.worker.drain(&tokio_util::sync::CancellationToken::new()).await.unwrap();
    let mail = |address: &str| {
        let mails = house.mails.to(address);
        let mail = mails.iter().find(|mail| mail.text.contains("/o/north/privacy/")).unwrap();
        (mails.len(), mail.subject.clone(), mail.text.replace(&mail.link("o/north/privacy"), "…"))
    };
    assert_eq!(mail(ANNA), mail(NOBODY));
}
