//! The register of what the organization does with personal data as controller (GDPR Art. 30(1); PRV-7): as a page, as a table
//! and for programs. Who answers, what for and which data follow from forms, inventory and rules; here they get their words.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use jiff::civil::Date;
use qualify_domain::{
    csv,
    inventory::Kept,
    processing::{Activity, Aim, Datum, End, Ground, MEASURES, What},
    subprocessor::{Subprocessor, Transfer},
};
use qualify_usecases::RecordFile;
use serde_json::{Value, json};

use super::{retention, settings};
use crate::{
    actor::Member,
    download::kept_as,
    page::{Page, show},
    problem::Problem,
    settings::Site,
    text::Text,
    web::Web,
};

const HERE: &str = "/privacy/records";

#[derive(Template)]
#[template(path = "pages/records.html")]
struct RecordsPage {
    page: Page,
    records: Vec<Record>,
    measures: Vec<String>,
}

/// An activity in words.
struct Record {
    title: String,
    parts: Vec<Part>,
}

/// What the law wants to be said of it.
struct Part {
    code: &'static str,
    name: String,
    words: Vec<String>,
}

/// `GET /privacy/records`
pub async fn open(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let (t, file) = (member.text(), drawn(&web, &member).await?);
    show(&RecordsPage {
        page: settings::page(&member.0, HERE),
        records: records(&file, web.site(), t),
        measures: measures(&file, t),
    })
}

/// `GET /privacy/records/csv`: a line for each activity.
pub async fn as_csv(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let (t, file) = (member.text(), drawn(&web, &member).await?);
    let table = table(&records(&file, web.site(), t), &measures(&file, t), t);
    Ok(attached(table, "text/csv; charset=utf-8", "csv", web.calendar(&member.0).today()))
}

/// `GET /privacy/records/json`: the same for programs.
pub async fn as_json(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let (t, file) = (member.text(), drawn(&web, &member).await?);
    let today = web.calendar(&member.0).today();
    let document = document(&file, &records(&file, web.site(), t), &measures(&file, t), (t, today));
    Ok(attached(document.to_string(), "application/json", "json", today))
}

async fn drawn(web: &Web, member: &Member) -> Result<RecordFile, Problem> {
    Ok(web.app().records.view(&member.0.actor, member.0.language).await?)
}

fn attached(body: String, kind: &str, ending: &str, today: Date) -> Response {
    (kept_as(kind, &format!("processing-{today}.{ending}")), body).into_response()
}

fn table(records: &[Record], measures: &[String], t: Text) -> String {
    let names = records.first().into_iter().flat_map(|record| &record.parts).map(|part| part.name.clone());
    let head: Vec<_> = [t.get("record-activity")].into_iter().chain(names).chain([t.get("record-measures")]).collect();
    let mut table = csv::line(head.iter().map(String::as_str));
    for record in records {
        let parts = record.parts.iter().map(|part| part.words.join("\n"));
        let cells: Vec<_> = [record.title.clone()].into_iter().chain(parts).chain([measures.join("\n")]).collect();
        table.push_str(&csv::line(cells.iter().map(String::as_str)));
    }
    table
}

fn document(file: &RecordFile, records: &[Record], measures: &[String], (t, today): (Text, Date)) -> Value {
    let activities: Vec<_> = records
        .iter()
        .map(|record| {
            let parts = record.parts.iter().map(|part| (part.code.to_owned(), json!(part.words)));
            Value::Object([("activity".to_owned(), json!(record.title))].into_iter().chain(parts).collect())
        })
        .collect();
    json!({
        "organization": &*file.organization,
        "language": t.code(),
        "drawn_on": today.to_string(),
        "activities": activities,
        "measures": measures,
    })
}

fn records(file: &RecordFile, site: &Site, t: Text) -> Vec<Record> {
    file.activities.iter().map(|activity| record(activity, site, t)).collect()
}

fn record(activity: &Activity, site: &Site, t: Text) -> Record {
    let part = |code, key: &str, words| Part { code, name: t.get(key), words };
    let (title, about) = match &activity.what {
        What::Form(name) => (t.with("record-form", "name", name), "form"),
        What::Leads => (t.get("record-leads"), "leads"),
        What::Members => (t.get("record-members"), "members"),
    };
    let controllers = activity.controllers.iter().cloned().collect();
    let contacts = activity.contacts.iter().cloned().collect();
    let grounds = activity.grounds.iter().map(|ground| basis(*ground, t)).collect();
    Record {
        title,
        parts: vec![
            part("controller", "record-controller", controllers),
            part("contact", "record-contact", contacts),
            part("purposes", "record-purposes", activity.aims.iter().map(|aim| purpose(aim, about, t)).collect()),
            part("legal_basis", "record-basis", grounds),
            part("people", "record-people", vec![t.get(&format!("record-people-{about}"))]),
            part("data", "record-data", activity.data.iter().map(|datum| data(datum, t)).collect()),
            part("recipients", "record-recipients", recipients(activity, site, t)),
            part("transfers", "record-transfers", transfers(&site.subprocessors, t)),
            part("kept", "record-kept", kept(activity, t)),
        ],
    }
}

fn basis(ground: Ground, t: Text) -> String {
    t.get(&format!("record-basis-{}", ground.code().replace('_', "-")))
}

fn purpose(aim: &Aim, about: &str, t: Text) -> String {
    match aim {
        Aim::Usual => t.get(&format!("record-why-{about}")),
        Aim::Told(words) => words.clone(),
        Aim::Asked(what, why) => t.with_all("record-asked", [("what", &**what), ("why", &**why)]),
        Aim::Agreed(purpose, words) => {
            let name = t.get(&format!("purpose-{}", purpose.code().replace('_', "-")));
            t.with_all("record-agreed", [("purpose", &*name), ("words", &**words)])
        }
    }
}

fn data(datum: &Datum, t: Text) -> String {
    match datum {
        Datum::Kept(kept) => t.get(&data_key(kept)),
        Datum::Declared(name) => name.clone(),
        Datum::Work => t.get("record-work"),
    }
}

/// The key of something that may be kept: its name in the inventory.
fn data_key(kept: &Kept) -> String {
    let words: Vec<_> = kept.what.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    format!("data-{}", words.join("-").to_lowercase())
}

fn recipients(activity: &Activity, site: &Site, t: Text) -> Vec<String> {
    let roles: Vec<_> =
        activity.roles.iter().map(|role| t.get(&format!("role-{}", role.code().replace('_', "-")))).collect();
    let members = t.with("record-to-members", "roles", roles.join(", "));
    let operator = t.with("record-to-operator", "name", &site.controller);
    let others = site.subprocessors.iter().map(|one| {
        let purpose = t.get(&format!("subprocessor-{}", one.purpose.code()));
        t.with_all("record-to-subprocessor", [("name", &*one.name), ("purpose", &*purpose)])
    });
    activity.told_recipients.iter().cloned().chain([members, operator]).chain(others).collect()
}

fn transfers(subprocessors: &[Subprocessor], t: Text) -> Vec<String> {
    let outside = subprocessors.iter().filter(|one| one.transfer != Transfer::Inside);
    let words: Vec<_> = outside
        .map(|one| {
            let by = t.get(&format!("transfer-{}", one.transfer.code()));
            format!("{}, {}: {by}", one.name, one.country)
        })
        .collect();
    if words.is_empty() { vec![t.get("transfer-eea")] } else { words }
}

fn kept(activity: &Activity, t: Text) -> Vec<String> {
    let told = activity.told_retention.as_ref().map(|words| t.with("record-told", "words", words));
    told.into_iter().chain(activity.ends.iter().map(|end| ending(end, t))).collect()
}

fn ending(end: &End, t: Text) -> String {
    match end {
        End::Rule(rule) => format!("{}: {}", retention::what(rule, t), retention::time(rule.delay, t)),
        End::Event(event) => t.get(&format!("record-end-{}", event.code().replace('_', "-"))),
    }
}

fn measures(file: &RecordFile, t: Text) -> Vec<String> {
    let usual = MEASURES.iter().map(|measure| t.get(&format!("measure-{}", measure.code.replace('_', "-"))));
    usual.chain([t.get(&format!("record-mfa-{}", file.mfa.code().replace('_', "-")))]).collect()
}

#[cfg(test)]
mod tests {
    use qualify_domain::{
        access::Role,
        inventory::{Category, POLICY, Retention},
        language::Language,
        mfa_policy::MfaPolicy,
        processing::{Said, activities},
        retention::RULES,
        subprocessor::Purpose,
        text::Name,
    };

    use super::*;

    fn site(subprocessors: Vec<Subprocessor>) -> Site {
        Site {
            base_url: "https://crm.example.com".parse().unwrap(),
            controller: "Keeper".to_owned(),
            address: "1 Test Street".to_owned(),
            privacy_contact: "privacy@keeper.example".to_owned(),
            demo_mails: None,
            subprocessors,
        }
    }

    fn of(mfa: MfaPolicy, language: Language) -> RecordFile {
        let said = Said { name: "North", forms: &[], properties: &[], months: 24 };
        let organization = Name::parse("North").unwrap();
        RecordFile { organization, activities: activities(said, RULES, language), mfa }
    }

    fn abroad(transfer: Transfer) -> Subprocessor {
        Subprocessor {
            name: "Post Inc".to_owned(),
            purpose: Purpose::Mail,
            country: "Canada".to_owned(),
            transfer,
            since: Date::constant(2026, 1, 31),
        }
    }

    #[test]
    fn everything_that_a_register_can_say_has_its_words() {
        for t in Language::ALL.map(Text::new) {
            let mut keys: Vec<String> = POLICY
                .iter()
                .filter(|kept| kept.category != Category::Billing)
                .map(data_key)
                .chain(MEASURES.iter().map(|measure| format!("measure-{}", measure.code.replace('_', "-"))))
                .chain(Role::ALL.map(|role| format!("role-{}", role.code().replace('_', "-"))))
                .chain(Purpose::ALL.map(|purpose| format!("subprocessor-{}", purpose.code())))
                .chain(Transfer::ALL.map(|transfer| format!("transfer-{}", transfer.code())))
                .chain(Ground::ALL.map(|ground| format!("record-basis-{}", ground.code().replace('_', "-"))))
                .chain(MfaPolicy::ALL.map(|policy| format!("record-mfa-{}", policy.code().replace('_', "-"))))
                .chain(["form", "leads", "members"].map(|about| format!("record-people-{about}")))
                .chain(["leads", "members"].map(|about| format!("record-why-{about}")))
                .chain([Retention::Hold, Retention::Membership].map(|end| format!("record-end-{}", end.code())))
                .collect();
            keys.extend(RULES.iter().map(|rule| format!("retention-of-{}", rule.code.replace('_', "-"))));
            let missing: Vec<_> = keys.iter().filter(|key| t.find(key).is_none()).collect();
            assert!(missing.is_empty(), "{}: {missing:?}", t.code());
        }
    }

    #[test]
    fn who_gets_data_and_where_they_go_follows_from_the_configuration() {
        let t = Text::new(Language::English);
        let file = of(MfaPolicy::Off, Language::English);
        let words = |site: &Site, code| {
            let records = records(&file, site, t);
            records[0].parts.iter().find(|part| part.code == code).unwrap().words.join("\n")
        };
        let alone = site(vec![]);
        assert!(!words(&alone, "recipients").contains("Post Inc") && words(&alone, "recipients").contains("Keeper"));
        let inside = site(vec![abroad(Transfer::Inside)]);
        assert!(words(&inside, "recipients").contains("Post Inc"));
        assert!(!words(&inside, "transfers").contains("Post Inc"));
        let outside = site(vec![abroad(Transfer::Clauses)]);
        assert!(words(&outside, "transfers").starts_with("Post Inc, Canada: Standard contractual clauses"));
    }

    #[test]
    fn a_second_factor_that_is_asked_for_is_a_measure_of_its_own() {
        let t = Text::new(Language::French);
        let told = |mfa| measures(&of(mfa, Language::French), t);
        assert_ne!(told(MfaPolicy::Off), told(MfaPolicy::Everybody));
        assert_eq!(told(MfaPolicy::Off).len(), MEASURES.len() + 1);
    }

    #[test]
    fn a_cell_of_the_register_is_never_a_formula() {
        let t = Text::new(Language::English);
        let part = Part { code: "purposes", name: "Purposes".to_owned(), words: vec!["=1+1".to_owned()] };
        let records = [Record { title: "@form".to_owned(), parts: vec![part] }];
        let table = table(&records, &["-1".to_owned()], t);
        assert_eq!(table.lines().nth(1), Some("'@form,'=1+1,'-1"), "{table}");
    }

    #[test]
    fn the_document_for_programs_says_the_same_under_codes() {
        let t = Text::new(Language::English);
        let file = of(MfaPolicy::Off, Language::English);
        let made =
            document(&file, &records(&file, &site(vec![]), t), &measures(&file, t), (t, Date::constant(2026, 11, 28)));
        assert_eq!((&made["organization"], &made["drawn_on"]), (&json!("North"), &json!("2026-11-28")));
        assert_eq!(made["activities"][0]["controller"], json!(["North"]));
        let kept = made["activities"][0]["kept"].to_string();
        assert!(kept.contains("Leads, from the last time their person wrote: 24 months"), "{kept}");
    }
}
