use std::sync::Arc;

use qualify_domain::{
    inventory::Kept,
    processing::{End, MEASURES, processed},
    retention::{Action, Delay, RULES, RetentionRule},
    subprocessor::{Subprocessor, Transfer},
};
use qualify_http::Site;
use qualify_postgres::Postgres;
use qualify_system::SystemClock;
use qualify_usecases::{Controller, Error, ProcessorRecords};
use serde_json::{Value, json};

use crate::{
    Failure,
    config::{Config, Purpose, Sources},
    log, say, wire,
};

/// Prints the register of what the operator does for organizations as processor (GDPR Art. 30(2); PRV-7).
pub(super) async fn print(sources: &Sources, as_json: bool) -> Result<(), Failure> {
    let config = Config::load(sources, Purpose::Look)?;
    log::start(&config.section("log"))?;
    let storage = Arc::new(Postgres::new(&wire::database(&config)?, Arc::new(SystemClock)));
    let controllers = ProcessorRecords::new(storage).controllers().await.map_err(failed())?;
    let document = document(&wire::site(&config)?, &controllers, RULES);
    if as_json {
        say::line(document);
    } else {
        say::line(text(&document).trim_end());
    }
    Ok(())
}

/// The register, from configuration, code and data.
fn document(site: &Site, controllers: &[Controller], rules: &[RetentionRule]) -> Value {
    let outside = site.subprocessors.iter().filter(|one| one.transfer != Transfer::Inside);
    json!({
        "processor": [&site.controller, &site.address, &site.privacy_contact],
        "controllers": controllers.iter().map(controller).collect::<Vec<_>>(),
        "processing": processed(rules).iter().map(category).collect::<Vec<_>>(),
        "subprocessors": site.subprocessors.iter().map(subprocessor).collect::<Vec<_>>(),
        "transfers": outside.map(transfer).collect::<Vec<_>>(),
        "measures": MEASURES.iter().map(|measure| measure.says).collect::<Vec<_>>(),
    })
}

fn controller(one: &Controller) -> Value {
    json!({
        "organization": one.organization.to_string(),
        "name": &*one.name,
        "controller": &one.controllers,
        "contact": &one.contacts,
    })
}

fn category((kept, ends): &(&Kept, Vec<End>)) -> Value {
    json!({ "data": kept.what, "ends": ends.iter().map(ending).collect::<Vec<_>>() })
}

fn ending(end: &End) -> String {
    match end {
        End::Rule(rule) => ended(rule),
        End::Event(event) => event.says().to_owned(),
    }
}

/// What a rule does, and when.
pub(super) fn ended(rule: &RetentionRule) -> String {
    let what = match rule.action {
        Action::Delete => "deleted",
        Action::Empty => "taken out",
    };
    let when = match rule.delay {
        Delay::Time(delay) if delay.is_zero() => format!("as soon as {}", rule.since),
        Delay::Time(delay) => format!("{} days after {}", delay.as_hours() / 24, rule.since),
        Delay::Months(months) => format!("{months} months after {}", rule.since),
        Delay::Years(years) => format!("{years} years after {}", rule.since),
    };
    format!("{}: {what} {when}", rule.what)
}

fn subprocessor(one: &Subprocessor) -> Value {
    json!({
        "name": one.name,
        "purpose": one.purpose.code(),
        "country": one.country,
        "transfer": one.transfer.code(),
        "since": one.since.to_string(),
    })
}

fn transfer(one: &Subprocessor) -> String {
    format!("{}, {}: {}", one.name, one.country, one.transfer.code())
}

/// The same to read: a heading for each part, and a line for each entry.
fn text(document: &Value) -> String {
    let mut text = String::new();
    for (part, entries) in document.as_object().into_iter().flatten() {
        text.push_str(part);
        text.push('\n');
        let entries = entries.as_array().into_iter().flatten().map(line).collect::<Vec<_>>();
        let lines = if entries.is_empty() { vec!["none".to_owned()] } else { entries };
        for line in lines {
            text.extend(["  ", &line.replace('\n', ", "), "\n"]);
        }
        text.push('\n');
    }
    text
}

fn line(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(line).collect::<Vec<_>>().join("; "),
        Value::Object(parts) => {
            parts.iter().map(|(name, value)| format!("{name} {}", line(value))).collect::<Vec<_>>().join("  ")
        }
        other => other.to_string(),
    }
}

fn failed() -> impl FnOnce(Error) -> Failure {
    Failure::because("the organizations cannot be read; is database.url right, and is the server up?")
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, civil::Date};
    use qualify_domain::subprocessor::Purpose as Service;

    use super::*;

    fn site(subprocessors: Vec<Subprocessor>) -> Site {
        Site {
            base_url: "https://crm.example.com".parse().unwrap(),
            controller: "Keeper".to_owned(),
            address: "1 Test Street\nParis".to_owned(),
            privacy_contact: "privacy@keeper.example".to_owned(),
            demo_mails: None,
            subprocessors,
        }
    }

    #[test]
    fn a_retention_rule_that_is_changed_changes_the_register_of_the_operator() {
        let delay = Delay::Time(SignedDuration::from_hours(5 * 24));
        let changed: Vec<_> = RULES.iter().map(|rule| RetentionRule { delay, ..*rule }).collect();
        let said = |rules: &[RetentionRule]| text(&document(&site(vec![]), &[], rules));
        let line = "network addresses of submissions: taken out 5 days after they came";
        assert!(!said(RULES).contains(line) && said(&changed).contains(line), "{}", said(&changed));
    }

    #[test]
    fn subprocessors_are_listed_and_transfers_are_those_to_other_places() {
        let to = |transfer| Subprocessor {
            name: "Post Inc".to_owned(),
            purpose: Service::Mail,
            country: "Canada".to_owned(),
            transfer,
            since: Date::constant(2026, 1, 31),
        };
        let made = |transfer| document(&site(vec![to(transfer)]), &[], RULES);
        assert_eq!(made(Transfer::Inside)["transfers"], json!([]));
        assert_eq!(made(Transfer::Adequacy)["transfers"], json!(["Post Inc, Canada: adequacy"]));
        assert_eq!(made(Transfer::Inside)["subprocessors"][0]["name"], json!("Post Inc"));
        assert!(text(&made(Transfer::Inside)).contains("transfers\n  none\n"));
    }
}
