//! Numbers for whoever watches over the installation. They tell of no organization and of nobody.

use std::fmt::Write;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use qualify_ports::storage::OverdueBreaches;
use qualify_usecases::Due;
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use crate::{problem::Problem, web::Web};

/// `GET /metrics`: what should have gone by now, by rule (RET-16), and who should have been told of breaches (PRV-8). To whoever has no token, or where there is none, it is not
/// there.
pub async fn show(State(web): State<Web>, headers: HeaderMap) -> Result<Response, Problem> {
    if !may_see(web.metrics_token().expose_secret(), &headers) {
        return Err(Problem::not_found());
    }
    let due = web.app().retention.overdue().await?;
    let breaches = web.app().breaches.overdue().await?;
    let waiting = web.app().rights.not_passed_on().await?;
    let unanswered = web.app().member_requests.overdue().await?;
    let kind = (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    Ok(([kind], told(&due) + &untold(breaches) + &not_passed_on(waiting) + &overdue_of_members(unanswered))
        .into_response())
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

/// DSR-2: what reached the operator and should stand in an organization's register by now.
fn not_passed_on(waiting: u64) -> String {
    format!(
        "# HELP dsr_not_passed_on Requests that reached the operator and should stand in an organization's register by now.\n\
        # TYPE dsr_not_passed_on gauge\n\
        dsr_not_passed_on {waiting}\n"
    )
}

/// DSR-6: what members asked of the operator and should have been answered by now.
fn overdue_of_members(unanswered: u64) -> String {
    format!(
        "# HELP dsr_members_overdue Requests of members about their own accounts that the operator should have answered.\n\
        # TYPE dsr_members_overdue gauge\n\
        dsr_members_overdue {unanswered}\n"
    )
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
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
        let due: Vec<_> = RULES.iter().map(|rule| Due { rule, cutoff: jiff::Timestamp::UNIX_EPOCH, rows: 3 }).collect();
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
}
