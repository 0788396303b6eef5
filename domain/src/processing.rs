//! The registers of processing (GDPR Art. 30; PRV-7): what an organization does with personal data as controller, and what the
//! operator does for organizations as processor. Nothing in them is typed: they follow from the forms, the properties, the
//! inventory and the rules of retention, as they are.

mod measure;

use std::collections::BTreeSet;

pub use self::measure::{MEASURES, Measure};
use crate::{
    access::{Permission, Role},
    form::{Asks, Form, LegalBasis, Purpose},
    inventory::{Category, Kept, POLICY, Retention, Subject, Tag, columns},
    language::Language,
    property::Property,
    retention::{Delay, LEADS, RetentionRule},
};

/// The columns in which it is kept what a form received.
const RECEIVED: &str = "submissions.";
/// The column of the fields that an organization declares.
const DECLARED: &str = "submissions.own";

/// What somebody does with personal data, for one end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// What it is.
    pub what: What,
    /// Who answers for it, as the notices say.
    pub controllers: BTreeSet<String>,
    /// Where they are reached.
    pub contacts: BTreeSet<String>,
    /// What for.
    pub aims: Vec<Aim>,
    /// On which grounds.
    pub grounds: BTreeSet<Ground>,
    /// Which data.
    pub data: Vec<Datum>,
    /// Who gets them, as a notice says.
    pub told_recipients: Option<String>,
    /// The members who may see them, by role.
    pub roles: Vec<Role>,
    /// How long they are kept, as a notice says.
    pub told_retention: Option<String>,
    /// What ends them.
    pub ends: Vec<End>,
}

/// An activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A form takes in what visitors send.
    Form(String),
    /// Members work on leads.
    Leads,
    /// Members have accounts, and work with them.
    Members,
}

/// An end that data serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aim {
    /// The one for which there is such an activity.
    Usual,
    /// As a notice says.
    Told(String),
    /// Something is asked beyond who the person is: what, and what for.
    Asked(String, String),
    /// Consent is asked for something else: what for, and in which words.
    Agreed(Purpose, String),
}

/// The ground on which it is done (GDPR Art. 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// The person agreed.
    Consent,
    /// Somebody has an interest in it.
    LegitimateInterest,
    /// A contract asks for it.
    Contract,
}

/// A category of data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datum {
    /// Something that the policy lets us keep.
    Kept(&'static Kept),
    /// A field that the organization declares, or one of its properties.
    Declared(String),
    /// Roles, choices and what somebody did, as ids and codes.
    Work,
}

/// What ends data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A rule; of leads with as many months as the organization says.
    Rule(RetentionRule),
    /// Something that no sweep waits for.
    Event(Retention),
}

/// What an organization says of itself, from which its register follows.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Its forms.
    pub forms: &'a [Form],
    /// What it wants to know of leads.
    pub properties: &'a [Property],
    /// For how many months it keeps leads.
    pub months: u16,
}

impl Ground {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Consent, Self::LegitimateInterest, Self::Contract];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::LegitimateInterest => "legitimate_interest",
            Self::Contract => "contract",
        }
    }
}

impl From<LegalBasis> for Ground {
    fn from(basis: LegalBasis) -> Self {
        match basis {
            LegalBasis::Consent => Self::Consent,
            LegalBasis::LegitimateInterest => Self::LegitimateInterest,
        }
    }
}

/// The register of an organization as controller, Art. 30(1): its forms, its work on leads, and its members. Its own words are
/// in that language where it has them.
pub fn activities(said: Said<'_>, rules: &[RetentionRule], language: Language) -> Vec<Activity> {
    let of_forms = said.forms.iter().map(|form| of_form(form, said.months, rules, language));
    of_forms.chain([of_leads(said, rules), of_members(said, rules)]).collect()
}

fn of_form(form: &Form, months: u16, rules: &[RetentionRule], language: Language) -> Activity {
    let (settings, notice) = (&form.settings, &form.settings.notice);
    let own = settings.fields.iter().filter_map(|field| Some((field, field.asks.own()?)));
    let named: Vec<(String, String)> = own
        .map(|(field, own)| {
            let label = field.label.get(language).map_or_else(|| own.key.to_string(), ToString::to_string);
            (label, own.purpose.to_string())
        })
        .collect();
    let asked = named.iter().map(|(label, why)| Aim::Asked(label.clone(), why.clone()));
    let agreed = settings.purposes.iter().map(|one| Aim::Agreed(one.purpose, one.wording.to_string()));
    let told = Aim::Told(notice.purpose.to_string());
    let mut grounds = BTreeSet::from([settings.legal_basis.into()]);
    grounds.extend(settings.purposes.iter().map(|_| Ground::Consent));
    let received: Vec<_> = POLICY.iter().filter(|kept| is_received(kept, form)).collect();
    let columns = received.iter().flat_map(|kept| kept.columns).copied();
    let columns: Vec<_> = columns.filter(|column| column.starts_with(RECEIVED)).collect();
    Activity {
        what: What::Form(settings.name.to_string()),
        controllers: words(notice.controller.as_deref()),
        contacts: words(notice.contact.as_deref()),
        aims: [told].into_iter().chain(asked).chain(agreed).collect(),
        grounds,
        ends: ends(retention_of(&columns), months, rules),
        data: received
            .into_iter()
            .map(Datum::Kept)
            .chain(named.into_iter().map(|(label, _)| Datum::Declared(label)))
            .collect(),
        told_recipients: notice.recipients.as_ref().map(ToString::to_string),
        roles: roles(Permission::ReadLeads),
        told_retention: notice.retention.as_ref().map(ToString::to_string),
    }
}

/// Whether a form brings it along: what it asks, and what comes with every submission. The fields that it declares are told one
/// by one.
fn is_received(kept: &Kept, form: &Form) -> bool {
    let asked = |key: &str| form.settings.fields.iter().any(|field| field.key() == key);
    let comes = |name: &str| {
        let is_built_in = Asks::BUILT_IN.iter().any(|asks| asks.key() == name);
        !is_built_in || asked(name)
    };
    kept.category == Category::Lead
        && !kept.columns.contains(&DECLARED)
        && kept.columns.iter().find_map(|place| place.strip_prefix(RECEIVED)).is_some_and(comes)
}

fn of_leads(said: Said<'_>, rules: &[RetentionRule]) -> Activity {
    let in_use = || said.properties.iter().filter(|property| !property.is_archived);
    let places =
        |kept: &&Kept| kept.category == Category::Lead && kept.columns.iter().any(|place| !place.starts_with(RECEIVED));
    let known: Vec<_> = POLICY.iter().filter(places).collect();
    let named = in_use().map(|property| Datum::Declared(property.name.to_string()));
    let asked = in_use().map(|property| Aim::Asked(property.name.to_string(), property.purpose.to_string()));
    let columns: Vec<_> = known.iter().flat_map(|kept| kept.columns).copied().collect();
    Activity {
        what: What::Leads,
        aims: [Aim::Usual].into_iter().chain(asked).collect(),
        grounds: BTreeSet::from([Ground::Consent, Ground::LegitimateInterest]),
        ends: ends(retention_of(&columns), said.months, rules),
        data: known.into_iter().map(Datum::Kept).chain(named).collect(),
        roles: roles(Permission::ReadLeads),
        ..of_nobody(said)
    }
}

fn of_members(said: Said<'_>, rules: &[RetentionRule]) -> Activity {
    let known: Vec<_> =
        POLICY.iter().filter(|kept| matches!(kept.category, Category::Account | Category::Connection)).collect();
    let places: Vec<_> = known.iter().flat_map(|kept| kept.columns).copied().collect();
    let is_work = |tag: &Tag| tag.subject == Subject::User && tag.category == Category::Technical && tag.is_exported;
    let work = columns().map(|column| column.tag).filter(is_work).flat_map(|tag| tag.retention).copied();
    let retention = retention_of(&places).into_iter().chain(work).collect();
    Activity {
        what: What::Members,
        grounds: BTreeSet::from([Ground::Contract, Ground::LegitimateInterest]),
        ends: ends(retention, said.months, rules),
        data: known.into_iter().map(Datum::Kept).chain([Datum::Work]).collect(),
        roles: roles(Permission::ReadMembers),
        ..of_nobody(said)
    }
}

/// An activity that no notice tells of: who answers for it is who answers for the forms.
fn of_nobody(said: Said<'_>) -> Activity {
    let notices = || said.forms.iter().map(|form| &form.settings.notice);
    let mut controllers: BTreeSet<_> = notices().flat_map(|notice| words(notice.controller.as_deref())).collect();
    if controllers.is_empty() {
        controllers.insert(said.name.to_owned());
    }
    Activity {
        what: What::Members,
        controllers,
        contacts: notices().flat_map(|notice| words(notice.contact.as_deref())).collect(),
        aims: vec![Aim::Usual],
        grounds: BTreeSet::new(),
        data: Vec::new(),
        told_recipients: None,
        roles: Vec::new(),
        told_retention: None,
        ends: Vec::new(),
    }
}

fn words(said: Option<&str>) -> BTreeSet<String> {
    said.map(str::to_owned).into_iter().collect()
}

fn roles(permission: Permission) -> Vec<Role> {
    let may = |role: &Role| role.grants().iter().any(|(granted, _)| *granted == permission);
    Role::ALL.into_iter().filter(may).collect()
}

/// What ends the columns of that name.
fn retention_of(places: &[&str]) -> BTreeSet<Retention> {
    let named = columns().filter(|column| places.contains(&column.to_string().as_str()));
    named.flat_map(|column| column.tag.retention).copied().collect()
}

fn ends(retention: BTreeSet<Retention>, months: u16, rules: &[RetentionRule]) -> Vec<End> {
    let mut ends = Vec::new();
    for one in retention {
        let end = match rules.iter().find(|rule| rule.code == swept_by(one)) {
            Some(rule) if rule.code == LEADS => End::Rule(RetentionRule { delay: Delay::Months(months), ..*rule }),
            Some(rule) => End::Rule(*rule),
            None => End::Event(one),
        };
        ends.push(end);
    }
    ends
}

/// The rule that keeps to it where it is called otherwise.
const fn swept_by(retention: Retention) -> &'static str {
    match retention {
        Retention::Account => "organization",
        Retention::Outbox => "farewell",
        Retention::ImportUndo => "import",
        Retention::MergeUndo => "merge",
        other => other.code(),
    }
}

/// What the operator does for organizations as processor, Art. 30(2): the categories of data that are theirs, and what ends
/// them where no organization says otherwise.
pub fn processed(rules: &[RetentionRule]) -> Vec<(&'static Kept, Vec<End>)> {
    let usual = rules.iter().find_map(|rule| match rule.delay {
        Delay::Months(months) if rule.code == LEADS => Some(months),
        _ => None,
    });
    let theirs = POLICY.iter().filter(|kept| kept.category == Category::Lead);
    theirs.map(|kept| (kept, ends(retention_of(kept.columns), usual.unwrap_or_default(), rules))).collect()
}

#[cfg(test)]
mod tests;
