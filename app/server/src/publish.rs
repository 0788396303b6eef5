//! The privacy policy and the subprocessors that it names, beside what this configuration says: published by whoever serves
//! pages, compared by all others.

use std::fmt::Display;

use qualify_crypto::sha256;
use qualify_domain::{
    retention::RULES,
    subprocessor::{Changes, NOTICE_DAYS, earliest},
};
use qualify_http::{Site, policies};
use qualify_ports::time::Clock;
use qualify_postgres::{Finding, Weight};
use qualify_usecases::{AnnounceError, Policies};

use crate::Failure;

/// Announces subprocessors that are new, and publishes the privacy policy where what it follows from has changed (PRV-2, PRV-3).
///
/// # Errors
/// [`Failure`] if a subprocessor begins too soon, or the storage cannot keep it.
pub(crate) async fn publish(policy: &Policies, site: &Site) -> Result<(), Failure> {
    let listed = policy.announce(&site.subprocessors).await.map_err(|error| match error {
        AnnounceError::TooSoon { .. } => Failure::plain(error.to_string()),
        AnnounceError::Failed(cause) => Failure::because("the subprocessors cannot be announced")(cause),
    })?;
    let texts = policies(site, &listed, RULES).map_err(Failure::because("the privacy policy cannot be written"))?;
    let published = policy.publish(texts, sha256).await;
    published.map_err(Failure::because("the privacy policy cannot be published; is database.url right?"))
}

/// Tells what publishing would change, or refuse. Only looks.
pub(crate) async fn compare(policy: &Policies, site: &Site, clock: &dyn Clock) -> Vec<Finding> {
    let changes = match policy.changes(&site.subprocessors).await {
        Ok(changes) => changes,
        Err(error) => return vec![unknown(error)],
    };
    if !changes.is_empty() {
        return told(&changes, clock);
    }
    let is_said = async {
        let listed = policy.published(&site.subprocessors).await.map_err(|error| error.to_string())?;
        let texts = policies(site, &listed, RULES).map_err(|error| error.to_string())?;
        policy.are_in_force(&texts, sha256).await.map_err(|error| error.to_string())
    };
    let (weight, text) = match is_said.await {
        Ok(true) => (Weight::Fine, "the privacy policy in force is the one of this configuration"),
        Ok(false) => (
            Weight::Doubtful,
            "the privacy policy in force is not the one of this configuration: `qualify serve` publishes that at its next start",
        ),
        Err(error) => return vec![unknown(error)],
    };
    vec![Finding { weight, text: text.to_owned() }]
}

fn unknown(error: impl Display) -> Finding {
    Finding { weight: Weight::Doubtful, text: format!("the privacy policy cannot be compared: {error}") }
}

fn told(changes: &Changes, clock: &dyn Clock) -> Vec<Finding> {
    let hasty = changes.hasty.iter().map(|(one, first)| {
        let (name, since) = (&one.name, one.since);
        let text = format!("the subprocessor {name} begins too soon, on {since}: it may begin on {first}");
        Finding { weight: Weight::Refused, text }
    });
    let first = earliest(clock.now());
    let timely = changes.new.iter().filter(|one| changes.hasty.iter().all(|(hasty, _)| hasty != *one));
    let new = timely.map(|one| {
        let (name, since) = (&one.name, one.since);
        // What may begin sooner is named with the first policy, and announced to nobody.
        let notice = if since < first { String::new() } else { format!("; announced today, it may begin on {first}") };
        let text = format!(
            "the subprocessor {name} is new: the next start of `qualify serve` names it, from {since} on{notice}"
        );
        Finding { weight: Weight::Doubtful, text }
    });
    let gone = changes.gone.iter().map(|one| {
        let text = format!(
            "the subprocessor {} is not in this configuration: the next start of `qualify serve` takes it off the privacy page. \
             If it comes back within {NOTICE_DAYS} days it is there again as before, and later it is announced anew",
            one.name
        );
        Finding { weight: Weight::Doubtful, text }
    });
    let back = changes.back.iter().filter(|one| changes.hasty.iter().all(|(hasty, _)| hasty != *one)).map(|one| {
        let text = format!(
            "the subprocessor {} left lately and is in this configuration again: the next start of `qualify serve` names it as before",
            one.name
        );
        Finding { weight: Weight::Doubtful, text }
    });
    hasty.chain(new).chain(gone).chain(back).collect()
}
