//! The privacy policy of the installation follows what it does, and what was published stays readable.

use jiff::{SignedDuration, ToSpan};
use qualify_domain::{
    retention::{Delay, RULES, RetentionRule},
    subprocessor::{Purpose, Subprocessor, Transfer, earliest},
};
use qualify_integration::{Answer, House};
use qualify_ports::time::Clock;
use qualify_usecases::AnnounceError;
use reqwest::Method;

async fn privacy(house: &House, path: &str, language: &str) -> Answer {
    let client = house.client();
    let answer = client.ask(client.request(Method::GET, path).header("accept-language", language)).await;
    assert!(answer.set_cookies().is_empty(), "{path}: {:?}", answer.set_cookies());
    answer
}

async fn text(house: &House, path: &str, language: &str) -> String {
    let answer = privacy(house, path, language).await;
    assert_eq!(answer.status, 200, "{path}");
    answer.text()
}

/// The rules, if the log of connections were kept for so many days.
fn rules(days: i64) -> Vec<RetentionRule> {
    let delay = Delay::Time(SignedDuration::from_hours(24 * days));
    RULES.iter().map(|rule| if rule.code == "connection" { RetentionRule { delay, ..*rule } } else { *rule }).collect()
}

fn relay(house: &House) -> Subprocessor {
    Subprocessor {
        name: "Relais & Fils <SAS>".to_owned(),
        purpose: Purpose::Mail,
        country: "Canada".to_owned(),
        transfer: Transfer::Clauses,
        since: earliest(house.clock.now()),
    }
}

#[tokio::test]
async fn prv_2_another_rule_or_subprocessor_makes_another_version_of_the_privacy_page() {
    let house = House::open().await;
    let first = text(&house, "/privacy", "en").await;
    assert!(
        first.contains("Version 1.")
            && first.contains("<td>90 days</td>")
            && first.contains("makes use of no subprocessor")
    );
    let french = text(&house, "/privacy", "fr").await;
    assert!(french.contains("<html lang=\"fr\"") && french.contains("<td>90 jours</td>"));
    house.publish(&[], RULES).await.unwrap();
    assert_eq!(text(&house, "/privacy", "en").await, first, "nothing changed");

    house.clock.advance(SignedDuration::from_hours(48));
    house.publish(&[], &rules(60)).await.unwrap();
    let second = text(&house, "/privacy", "en").await;
    assert!(
        second.contains("Version 2.") && second.contains("<td>60 days</td>") && !second.contains("<td>90 days</td>")
    );
    let french = text(&house, "/privacy", "fr").await;
    assert!(french.contains("Version 2.") && french.contains("<td>60 jours</td>"));

    house.publish(&[relay(&house)], &rules(60)).await.unwrap();
    let third = text(&house, "/privacy", "en").await;
    for named in
        ["Version 3.", "Relais &#38; Fils &#60;SAS&#62;", "Delivery of e-mail", "Canada", "Standard contractual"]
    {
        assert!(third.contains(named) && !second.contains(named), "{named}");
    }
    let french = text(&house, "/privacy", "fr").await;
    for named in ["Version 3.", "Relais &#38; Fils", "Envoi d’e-mails", "Clauses contractuelles types"] {
        assert!(french.contains(named), "{named}");
    }
}

#[tokio::test]
async fn prv_2_each_version_stays_readable_in_its_language_with_its_day_and_its_hash() {
    let house = House::open().await;
    let first = text(&house, "/privacy", "en").await;
    house.clock.advance(SignedDuration::from_hours(48));
    house.publish(&[], &rules(60)).await.unwrap();
    let list = text(&house, "/privacy/versions", "de").await;
    let [mut hashes, mut days] = [Vec::new(), Vec::new()];
    for (language, number, days_kept) in
        [("en", 1, "90 days"), ("en", 2, "60 days"), ("fr", 1, "90 jours"), ("fr", 2, "60 jours")]
    {
        let path = format!("/privacy/versions/{language}/{number}");
        assert!(list.contains(&format!("href=\"{path}\"")), "{path}");
        // Whatever the browser asks for: it is the version that it is.
        let page = text(&house, &path, if language == "en" { "fr" } else { "en" }).await;
        assert!(page.contains(&format!("<html lang=\"{language}\"")) && page.contains(days_kept), "{path}");
        let earlier = ["This is an earlier version.", "Ceci est une version antérieure."];
        assert_eq!(earlier.iter().any(|words| page.contains(words)), number == 1, "{path}");
        let (_, after) = page.split_once("SHA-256 <code>").unwrap();
        hashes.push(after.split('<').next().unwrap().to_owned());
        let (_, after) = page.split_once(&format!("Version {number}. ")).unwrap();
        days.push(after.split(" <").next().unwrap().to_owned());
    }
    assert!(hashes.iter().all(|hash| hash.len() == 64 && list.contains(hash)));
    assert_eq!(hashes.iter().collect::<std::collections::BTreeSet<_>>().len(), 4, "{hashes:?}");
    assert!(days[0].starts_with("In force since ") && days[2].starts_with("En vigueur depuis le "), "{days:?}");
    assert_ne!(days[0], days[1], "two days lie between them");
    assert!(first.contains(&hashes[0]) && first.contains(&days[0]));
    for nothing in ["en/3", "en/0", "en/x", "de/1", "en/-1"] {
        assert_eq!(privacy(&house, &format!("/privacy/versions/{nothing}"), "en").await.status, 404, "{nothing}");
    }
}

#[tokio::test]
async fn prv_3_a_subprocessor_is_on_the_page_and_in_the_mails_of_owners_thirty_days_before_it_begins() {
    let house = House::open().await;
    let north = house.found("North").await;
    let on_time = relay(&house);
    let hasty = Subprocessor { since: on_time.since.saturating_sub(1.day()), ..on_time.clone() };
    let refused = house.publish(&[hasty], RULES).await.unwrap_err();
    assert!(matches!(refused, AnnounceError::TooSoon { .. }), "{refused:?}");
    assert!(text(&house, "/privacy", "en").await.contains("Version 1."), "nothing is published that may not begin");
    let before = house.mails.to(&north.owner.email).len();
    house.publish(&[on_time], RULES).await.unwrap();
    assert!(text(&house, "/privacy", "en").await.contains("Relais &#38; Fils"), "before its day");
    let mails = house.mails.wait(&north.owner.email, before + 1).await;
    let mail = mails.last().unwrap();
    assert!(mail.text.contains("Relais & Fils <SAS>") && mail.text.contains("/privacy"), "{}", mail.text);
}
