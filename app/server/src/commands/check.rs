use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use qualify_domain::deadline::paris_day;
use qualify_http::Site;
use qualify_ports::{files::Files, storage::Storage};
use qualify_postgres::{Finding, Postgres, Weight, clocks, fitness};
use qualify_system::SystemClock;
use qualify_usecases::{
    Policies, Retention, overdue_breaches, overdue_member_requests, overdue_operator_requests, overdue_requests,
    watched_payments,
};
use url::{Host, Url};

use crate::{
    Failure,
    config::{Config, Purpose, Sources},
    publish, say, sending,
    wire::{self, System},
};

/// So long before the key of the payment provider expires that is told (WEB-10).
const KEY_ALARM: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Tells whether configuration and database are fit to run, finding by finding.
pub(super) async fn check(sources: &Sources) -> Result<(), Failure> {
    let configuration = of_configuration(sources);
    configuration.iter().for_each(tell);
    let delivery = of_delivery(sources).await;
    delivery.iter().for_each(tell);
    let database = of_database(sources).await;
    database.iter().for_each(tell);
    let refused = |findings: &[Finding]| findings.iter().any(|finding| finding.weight == Weight::Refused);
    match (refused(&configuration), refused(&database)) {
        (false, false) if refused(&delivery) => Err(Failure::plain("Mails would not arrive, or not everywhere.")),
        (false, false) => Ok(()),
        (configuration, _) => Err(Failure::Told { configuration }),
    }
}

fn tell(finding: &Finding) {
    let mark = match finding.weight {
        Weight::Fine => '✓',
        Weight::Doubtful => '!',
        Weight::Refused => '✗',
    };
    say::line(format!("{mark} {finding}"));
}

fn finding(weight: Weight, text: impl Into<String>) -> Finding {
    Finding { weight, text: text.into() }
}

fn of_configuration(sources: &Sources) -> Vec<Finding> {
    let config = match Config::load(sources, Purpose::Run) {
        Ok(config) => config,
        Err(faults) => return faults.0.iter().map(|fault| finding(Weight::Refused, fault.to_string())).collect(),
    };
    let built = wire::database(&config).map_err(Failure::from).and_then(|database| System::build(&config, &database));
    let system = match built {
        Ok(system) => system,
        Err(failure) => return vec![finding(Weight::Refused, failure.message().replace('\n', " "))],
    };
    let mut findings = vec![finding(Weight::Fine, "the configuration has no fault")];
    findings.extend(doubts(&config, &system.site.base_url));
    let adapter = config.section("billing").get::<String>("adapter").unwrap_or_default();
    let provider = &*system.ports.payments.provider;
    findings.push(paid(&adapter, provider.is_billed(), provider.key_expires_at(), system.ports.clock.now()));
    findings
}

/// WEB-10: where organizations pay, and for how long the provider can still be asked.
fn paid(adapter: &str, is_billed: bool, key_expires_at: Option<Timestamp>, now: Timestamp) -> Finding {
    if !is_billed {
        return finding(Weight::Fine, format!("billing.adapter is {adapter}: nobody pays, and everything is entitled"));
    }
    let about = format!("organizations pay by {adapter}");
    let Some(expires_at) = key_expires_at else {
        let text = format!("{about}; when its key expires is not known, so nobody is told before");
        return finding(Weight::Doubtful, text);
    };
    let day = paris_day(expires_at);
    match expires_at.duration_since(now) {
        left if left <= SignedDuration::ZERO => {
            finding(Weight::Doubtful, format!("{about}; its key expired on {day}: it cannot be asked any more"))
        }
        left if left <= KEY_ALARM => {
            finding(Weight::Doubtful, format!("{about}; its key expires on {day}: make a new one there before"))
        }
        _ => finding(Weight::Fine, format!("{about}; its key is good until {day}")),
    }
}

/// What is allowed, and right on one's own machine, but rarely meant elsewhere.
fn doubts(config: &Config, base_url: &Url) -> Vec<Finding> {
    let mut doubts = Vec::new();
    if base_url.scheme() != "https" {
        let host = base_url.host().map(|host: Host<&str>| host.to_string()).unwrap_or_default();
        let text = format!("http.base_url is at {host}: nobody but this machine can use it, links in mails included");
        doubts.push(finding(Weight::Doubtful, text));
    }
    if config.section("mailer").get::<String>("adapter").is_ok_and(|name| name == "maildir") {
        doubts.push(finding(Weight::Doubtful, "mailer.adapter is maildir: mails become files, nobody receives them"));
    }
    doubts
}

/// MAIL-6: whether whoever receives a mail can tell that it is ours. Files need no proof.
async fn of_delivery(sources: &Sources) -> Vec<Finding> {
    match Config::load(sources, Purpose::Run) {
        Ok(config) if config.section("mailer").get::<String>("adapter").is_ok_and(|name| name == "smtp") => {
            sending::look(&config.section("smtp")).await
        }
        // Faults are told already.
        _ => Vec::new(),
    }
}

async fn of_database(sources: &Sources) -> Vec<Finding> {
    let config = Config::load(sources, Purpose::Look).ok();
    let database = config.and_then(|config| Some((wire::database(&config).ok()?, wire::keeper(&config), config)));
    let Some((options, files, config)) = database else {
        // If nothing else is wrong, something besides the database is: its own faults are told already.
        return vec![finding(Weight::Doubtful, "the database was not looked at, since the configuration has faults")];
    };
    let storage = Postgres::new(&options, Arc::new(SystemClock));
    match fitness(storage.pool(), true).await {
        Ok(mut findings) => {
            findings.push(told_by_clocks(&storage).await);
            // On another schema there is nothing to count by.
            if storage.ready().await.is_ok() {
                let storage = Arc::new(storage);
                findings.extend(match files {
                    Ok(files) => overdue(storage.clone(), files).await,
                    Err(failure) => vec![finding(Weight::Doubtful, failure.message().replace('\n', " "))],
                });
                findings.push(unanswered(storage.clone()).await);
                findings.push(not_passed_on(storage.clone()).await);
                findings.push(unanswered_members(storage.clone()).await);
                findings.extend(untold(storage.clone()).await);
                findings.extend(unsettled(storage.clone()).await);
                findings.push(backed_up(&config, storage.clone()).await);
                findings.extend(unpublished(storage, wire::site(&config).ok()).await);
            }
            findings
        }
        Err(error) => {
            let text =
                format!("the database cannot be looked at; is database.url right, and is the server up? {error}");
            vec![finding(Weight::Refused, text)]
        }
    }
}

/// CLK-1: whether what goes by this machine's clock goes in time.
async fn told_by_clocks(storage: &Postgres) -> Finding {
    match clocks(storage.pool(), &SystemClock).await {
        Ok(finding) => finding,
        Err(error) => finding(Weight::Doubtful, format!("the clocks cannot be compared: {error}")),
    }
}

/// RET-16: what is kept for longer than it may be.
async fn overdue(storage: Arc<Postgres>, files: Arc<dyn Files>) -> Vec<Finding> {
    let due = match Retention::new(storage, files, Arc::new(SystemClock)).overdue().await {
        Ok(due) => due,
        Err(error) => return vec![finding(Weight::Doubtful, format!("what is overdue cannot be counted: {error}"))],
    };
    let late = due.iter().filter(|due| due.rows > 0).map(|due| {
        let text = format!(
            "retention_overdue_rows{{rule=\"{}\"}} {}: {}, an hour after they were to go; is a worker running?",
            due.rule.code, due.rows, due.rule.what
        );
        finding(Weight::Refused, text)
    });
    let late: Vec<_> = late.collect();
    if late.is_empty() { vec![finding(Weight::Fine, "retention_overdue_rows is 0 for every rule")] } else { late }
}

/// DSR-6: requests about rights that should have been answered.
async fn unanswered(storage: Arc<Postgres>) -> Finding {
    match overdue_requests(storage, &SystemClock).await {
        Ok(0) => finding(Weight::Fine, "dsr_overdue is 0"),
        Ok(overdue) => {
            let text = format!("dsr_overdue {overdue}: requests about rights that should have been answered");
            finding(Weight::Doubtful, text)
        }
        Err(error) => finding(Weight::Doubtful, format!("overdue requests cannot be counted: {error}")),
    }
}

/// DSR-2: requests that reached the operator, who has not passed them on in time.
async fn not_passed_on(storage: Arc<Postgres>) -> Finding {
    match overdue_operator_requests(storage, &SystemClock).await {
        Ok(0) => finding(Weight::Fine, "dsr_not_passed_on is 0"),
        Ok(overdue) => {
            let text = format!(
                "dsr_not_passed_on {overdue}: requests about rights that should stand in an organization's register by now; see \
                 qualify admin requests list"
            );
            finding(Weight::Refused, text)
        }
        Err(error) => finding(Weight::Doubtful, format!("what was not passed on cannot be counted: {error}")),
    }
}

/// DSR-6: what members asked about their own accounts, and is the operator's to answer.
async fn unanswered_members(storage: Arc<Postgres>) -> Finding {
    match overdue_member_requests(storage, &SystemClock).await {
        Ok(0) => finding(Weight::Fine, "dsr_members_overdue is 0"),
        Ok(overdue) => {
            let text = format!(
                "dsr_members_overdue {overdue}: requests of members that you should have answered; see qualify admin requests list"
            );
            finding(Weight::Refused, text)
        }
        Err(error) => finding(Weight::Doubtful, format!("overdue requests of members cannot be counted: {error}")),
    }
}

/// What the payment provider told and nobody asked about (BIL-3), and where it says something else than the ledger (BIL-9).
async fn unsettled(storage: Arc<Postgres>) -> Vec<Finding> {
    let counted = |name: &str, count: u64, advice: &str| match count {
        0 => finding(Weight::Fine, format!("{name} is 0")),
        _ => finding(Weight::Doubtful, format!("{name} {count}: {advice}")),
    };
    match watched_payments(storage, &SystemClock, None).await {
        Ok(watched) => vec![
            counted(
                "payment_hints_unfollowed",
                watched.unfollowed,
                "webhooks of the payment provider that should have been followed; is a worker running, and does the provider \
                 answer?",
            ),
            counted(
                "payment_ledgers_differing",
                watched.differing,
                "organizations of which the ledger and the payment provider say something else about what was paid; the log of \
                 the worker names the documents",
            ),
        ],
        Err(error) => vec![finding(Weight::Doubtful, format!("payments cannot be looked at: {error}"))],
    }
}

/// PRV-8: breaches of which somebody should have been told.
async fn untold(storage: Arc<Postgres>) -> Vec<Finding> {
    let overdue = match overdue_breaches(storage, &SystemClock).await {
        Ok(overdue) => overdue,
        Err(error) => return vec![finding(Weight::Doubtful, format!("overdue breaches cannot be counted: {error}"))],
    };
    let late = [
        ("service", overdue.of_service, "breaches of the service of which the CNIL should have been told"),
        ("organization", overdue.of_organizations, "breaches of organizations of which the CNIL should have been told"),
        ("notice", overdue.untold, "organizations that should have been told of a breach of the service"),
    ];
    let late = late.into_iter().filter(|(_, count, _)| *count > 0);
    let late = late.map(|(of, count, what)| (of, format!("breach_overdue{{of=\"{of}\"}} {count}: {what}")));
    // Their own breaches are for organizations to tell of.
    let weight = |of| if of == "organization" { Weight::Doubtful } else { Weight::Refused };
    let late: Vec<_> = late.map(|(of, text)| finding(weight(of), text)).collect();
    if late.is_empty() { vec![finding(Weight::Fine, "breach_overdue is 0")] } else { late }
}

/// PRV-2, PRV-3: what a start would publish, or refuse to.
async fn unpublished(storage: Arc<Postgres>, site: Option<Site>) -> Vec<Finding> {
    let Some(site) = site else {
        let text = "the privacy policy was not compared, since the configuration has faults";
        return vec![finding(Weight::Doubtful, text)];
    };
    publish::compare(&Policies::new(storage, Arc::new(SystemClock)), &site, &SystemClock).await
}

/// RET-17: backups that are kept for longer than they may be.
async fn backed_up(config: &Config, storage: Arc<Postgres>) -> Finding {
    let backups = match wire::listed_backups(config, storage, Arc::new(SystemClock)) {
        Ok(backups) => backups,
        Err(failure) => return finding(Weight::Doubtful, failure.message().replace('\n', " ")),
    };
    match (backups.overdue().await, backups.list().await) {
        (Err(error), _) | (_, Err(error)) => {
            finding(Weight::Doubtful, format!("the backups cannot be counted; is [backups] right? {error}"))
        }
        (Ok(late @ 1..), _) => {
            let text = format!(
                "backup_overdue {late}: backups that should have been removed an hour ago or more; is a worker running?"
            );
            finding(Weight::Refused, text)
        }
        (Ok(0), Ok(all)) => match all.first() {
            Some(newest) => {
                finding(Weight::Fine, format!("backup_overdue is 0; the newest backup was made {:.0}", newest.made_at))
            }
            None => finding(Weight::Doubtful, "no backup lies where [backups] says: `qualify admin backup` makes one"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_10_the_key_of_the_payment_provider_is_told_of_30_days_before_it_expires() {
        let now: Timestamp = "2026-11-29T12:00:00Z".parse().unwrap();
        let told = |left: Option<SignedDuration>| {
            let found = paid("lemonsqueezy", true, left.map(|left| now + left), now);
            (found.weight, found.text)
        };
        let (weight, text) = told(Some(KEY_ALARM + SignedDuration::from_secs(1)));
        assert_eq!((weight, text.contains("is good until 2026-12-29")), (Weight::Fine, true), "{text}");
        let (weight, text) = told(Some(KEY_ALARM));
        assert_eq!((weight, text.contains("expires on 2026-12-29")), (Weight::Doubtful, true), "{text}");
        let (weight, text) = told(Some(SignedDuration::ZERO));
        assert_eq!((weight, text.contains("expired on 2026-11-29")), (Weight::Doubtful, true), "{text}");
        let (weight, text) = told(None);
        assert_eq!((weight, text.contains("is not known")), (Weight::Doubtful, true), "{text}");
        assert_eq!(paid("none", false, None, now).weight, Weight::Fine);
    }
}
