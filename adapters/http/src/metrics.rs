//! Numbers for whoever watches over the installation. They tell of no organization and of nobody.

use std::fmt::Write;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use jiff::Timestamp;
use qualify_ports::storage::OverdueBreaches;
use qualify_usecases::{Due, Watched, WatchedPayments};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use crate::{problem::Problem, web::Web};

/// `GET /metrics`: what should have gone by now, by rule (RET-16), who should have been told of breaches (PRV-8), which requests
/// about rights wait for too long, whether workers work, and whether payments are looked after. To whoever has no token, or where
/// there is none, it is not there. docs/alerts.yaml asks for each of them.
pub async fn show(State(web): State<Web>, headers: HeaderMap) -> Result<Response, Problem> {
    if !may_see(web.metrics_token().expose_secret(), &headers) {
        return Err(Problem::not_found());
    }
    let due = web.app().retention.overdue().await?;
    let breaches = web.app().breaches.overdue().await?;
    let unanswered = web.app().rights.overdue().await?;
    let waiting = web.app().rights.not_passed_on().await?;
    let of_members = web.app().member_requests.overdue().await?;
    let watched = web.app().retention.watched().await?;
    let kind = (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    let paid = paid(web.app().billing.watched().await?);
    let text = [told(&due), untold(breaches), asked(unanswered, waiting, of_members), worked(&watched), paid].concat();
    Ok(([kind], text).into_response())
}

fn may_see(token: &str, headers: &HeaderMap) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|given| given.as_bytes().strip_prefix(b"Bearer "));
    !token.is_empty() && given.is_some_and(|given| bool::from(given.ct_eq(token.as_bytes())))
}

fn told(due: &[Due]) -> String {
    let mut text = "# HELP retention_overdue_rows What is there an hour after it was to go.\n\
        # TYPE retention_overdue_rows gauge\n"
        .to_owned();
    for Due { rule, rows, .. } in due {
        // Writing to a text does not fail.
        let _ = writeln!(text, "retention_overdue_rows{{rule=\"{}\"}} {rows}", rule.code);
    }
    text
}

fn untold(breaches: OverdueBreaches) -> String {
    let OverdueBreaches { of_service, of_organizations, untold } = breaches;
    format!(
        "# HELP breach_overdue Breaches of which the CNIL should know, and organizations that should know of one.\n\
        # TYPE breach_overdue gauge\n\
        breach_overdue{{of=\"service\"}} {of_service}\n\
        breach_overdue{{of=\"organization\"}} {of_organizations}\n\
        breach_overdue{{of=\"notice\"}} {untold}\n"
    )
}

/// DSR-6, DSR-2: what organizations should have answered, what reached the operator and should stand in an organization's
/// register by now, and what the operator should have answered to members.
fn asked(unanswered: u64, waiting: u64, of_members: u64) -> String {
    format!(
        "# HELP dsr_overdue Requests about rights that should have been answered by now.\n\
        # TYPE dsr_overdue gauge\n\
        dsr_overdue {unanswered}\n\
        # HELP dsr_not_passed_on Requests that reached the operator and should stand in an organization's register by now.\n\
        # TYPE dsr_not_passed_on gauge\n\
        dsr_not_passed_on {waiting}\n\
        # HELP dsr_members_overdue Requests of members about their own accounts that the operator should have answered by now.\n\
        # TYPE dsr_members_overdue gauge\n\
        dsr_members_overdue {of_members}\n"
    )
}

/// Whether workers work.
fn worked(Watched { swept, waited, parked }: &Watched) -> String {
    let mut text =
        "# HELP retention_swept_timestamp_seconds When the last sweep began; 0 if there was none, or if it failed.\n\
        # TYPE retention_swept_timestamp_seconds gauge\n"
            .to_owned();
    for (rule, began_at) in swept {
        let second = began_at.map_or(0, Timestamp::as_second);
        let _ = writeln!(text, "retention_swept_timestamp_seconds{{rule=\"{}\"}} {second}", rule.code);
    }
    let seconds = waited.as_secs();
    let _ = write!(
        text,
        "# HELP outbox_oldest_seconds For how long the event has been due that waits longest for a worker.\n\
        # TYPE outbox_oldest_seconds gauge\n\
        outbox_oldest_seconds {seconds}\n\
        # HELP outbox_parked Events that a worker gave up on.\n\
        # TYPE outbox_parked gauge\n\
        outbox_parked {parked}\n"
    );
    text
}

/// BIL-3, WEB-10: whether what the payment provider tells is followed, and until when it can be asked.
fn paid(WatchedPayments { unfollowed, differing, key_expires_at }: WatchedPayments) -> String {
    let mut text = format!(
        "# HELP payment_hints_unfollowed Webhooks of the payment provider that should have been followed by now.\n\
        # TYPE payment_hints_unfollowed gauge\n\
        payment_hints_unfollowed {unfollowed}\n\
        # HELP payment_ledgers_differing Organizations of which ledger and payment provider say something else about what was paid.\n\
        # TYPE payment_ledgers_differing gauge\n\
        payment_ledgers_differing {differing}\n\
        # HELP payment_key_expires_timestamp_seconds When the key of the payment provider expires, if that is known.\n\
        # TYPE payment_key_expires_timestamp_seconds gauge\n"
    );
    if let Some(at) = key_expires_at {
        let _ = writeln!(text, "payment_key_expires_timestamp_seconds {}", at.as_second());
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use http::HeaderValue;
    use jiff::SignedDuration;
    use qualify_domain::retention::RULES;

    use super::*;

    #[test]
    fn nobody_sees_them_without_the_token() {
        let given = |given| HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(given))]);
        assert!(may_see("secret", &given("Bearer secret")));
        for wrong in ["Bearer secre", "Bearer secrets", "Bearer ", "secret", "Basic secret"] {
            assert!(!may_see("secret", &given(wrong)), "{wrong}");
        }
        assert!(!may_see("secret", &HeaderMap::new()));
        assert!(!may_see("", &given("Bearer ")) && !may_see("", &HeaderMap::new()), "there is no token");
    }

    #[test]
    fn each_rule_is_a_line() {
        let due: Vec<_> = RULES.iter().map(|rule| Due { rule, cutoff: Timestamp::UNIX_EPOCH, rows: 3 }).collect();
        let text = told(&due);
        assert_eq!(text.lines().count(), RULES.len() + 2);
        assert!(text.contains("\nretention_overdue_rows{rule=\"lead_ip\"} 3\n"), "{text}");
    }

    #[test]
    fn prv_8_what_is_overdue_of_breaches_is_three_numbers() {
        let text = untold(OverdueBreaches { of_service: 1, of_organizations: 2, untold: 3 });
        let numbers: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let told = ["service", "organization", "notice"].iter().zip(1..);
        let told: Vec<_> = told.map(|(of, count)| format!("breach_overdue{{of=\"{of}\"}} {count}")).collect();
        assert_eq!(numbers, told);
    }

    fn watched() -> Watched {
        let swept = RULES.iter().enumerate().map(|(place, rule)| (rule, (place > 0).then_some(Timestamp::UNIX_EPOCH)));
        Watched { swept: swept.collect(), waited: SignedDuration::from_millis(61_500), parked: 2 }
    }

    #[test]
    fn what_was_swept_and_what_waits_is_told() {
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let swept = vec![(&RULES[0], None), (&RULES[1], Some(at))];
        let text = worked(&Watched { swept, ..watched() });
        let numbers: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            numbers,
            [
                "retention_swept_timestamp_seconds{rule=\"lead_ip\"} 0",
                "retention_swept_timestamp_seconds{rule=\"quarantine\"} 1800000000",
                "outbox_oldest_seconds 61",
                "outbox_parked 2",
            ]
        );
    }

    #[test]
    fn web_10_until_when_the_payment_provider_can_be_asked_is_told_if_it_is_known() {
        let numbers = |key_expires_at| {
            let text = paid(WatchedPayments { unfollowed: 3, differing: 1, key_expires_at });
            text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(numbers(None), ["payment_hints_unfollowed 3", "payment_ledgers_differing 1"]);
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        assert_eq!(numbers(Some(at))[2], "payment_key_expires_timestamp_seconds 1800000000");
    }

    /// The names that stand in the expressions of docs/alerts.yaml: what is longer than one word is one.
    fn asked_for() -> BTreeSet<&'static str> {
        let alerts = include_str!("../../../docs/alerts.yaml").lines();
        let expressions = alerts.filter_map(|line| line.trim_start().strip_prefix("expr: "));
        let words = expressions.flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
        words.filter(|word| word.contains('_')).collect()
    }

    #[test]
    fn ret_16_every_alert_asks_for_what_is_told() {
        let due: Vec<_> = RULES.iter().map(|rule| Due { rule, cutoff: Timestamp::UNIX_EPOCH, rows: 0 }).collect();
        let breaches = OverdueBreaches { of_service: 0, of_organizations: 0, untold: 0 };
        let paid = paid(WatchedPayments { unfollowed: 0, differing: 0, key_expires_at: None });
        let text = [told(&due), untold(breaches), asked(0, 0, 0), worked(&watched()), paid].concat();
        let kinds = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
        assert_eq!(asked_for(), kinds.collect::<BTreeSet<_>>(), "and all that is told is asked for");
    }
}
