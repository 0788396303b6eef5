//! Rules of a score as a program writes them.

use qualify_domain::{
    lead_filter::WrittenValue,
    score::{
        Condition, Effect, Frequency, Group, GroupNumber, Matter, PropertyFact, RuleNumber, Rulebook, ScoreRule,
        Trigger,
    },
    text::Name,
    violation::{Rule, Violations},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::{body::Object, wire::FilterValue};

/// What a program sends of rules.
pub const FIELDS: [&str; 3] = ["half_life_days", "groups", "rules"];

/// All rules, in place of those in force.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct NewRules {
    /// In how many days half of the weight is gone of what happened.
    #[schema(minimum = 1, maximum = 365, example = 30)]
    half_life_days: u16,
    /// The groups whose limit rules share.
    #[schema(max_items = 12)]
    groups: Vec<NewGroup>,
    /// The rules.
    #[schema(max_items = 60)]
    rules: Vec<NewRule>,
}

/// Rules that share a limit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGroup {
    /// Its number, by which rules name it. No rule has the same one.
    #[schema(minimum = 1, maximum = 60_000, example = 1)]
    number: u16,
    /// What it is called.
    #[schema(min_length = 1, max_length = 100, example = "Contact details")]
    name: String,
    /// The most its rules count for together, either way.
    #[schema(minimum = 1, maximum = 100, example = 40)]
    cap: u8,
}

/// One rule.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRule {
    /// The number of a rule that is there already; a new one gets its own if it is left out.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 60_000)]
    number: Option<u16>,
    /// What must be known of the lead, all of it.
    #[serde(default)]
    #[schema(max_items = 5)]
    when: Vec<NewCondition>,
    /// What must have happened; nothing for a rule about facts alone.
    #[serde(default)]
    on: Option<NewTrigger>,
    /// The points it gives or takes; not together with `mark`.
    #[serde(default)]
    #[schema(minimum = -100, maximum = 100, example = 20)]
    points: Option<i16>,
    /// The reason for which it marks a lead for somebody to look at; not together with `points`.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    mark: Option<String>,
    /// How often what happened gives its points: `once` if nothing is said.
    #[serde(default)]
    frequency: Option<FrequencyCode>,
    /// How many times at most, with `at_most`.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100)]
    times: Option<u16>,
    /// Within how many days, with `at_most`.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000)]
    days: Option<u16>,
    /// The number of the group whose limit it shares.
    #[serde(default)]
    group: Option<u16>,
    /// For how many days it counts.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000)]
    lasts_days: Option<u16>,
}

/// How often a rule counts.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FrequencyCode {
    /// The latest time only.
    Once,
    /// Each time.
    Each,
    /// So many times within so many days.
    AtMost,
}

/// What must be known of a lead, or must not.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCondition {
    /// What it is about: `name`, `email`, `phone`, `company`, `tag`, `company_email`, `calling_code`, `language`, `form`,
    /// `source`, `utm_source`, `utm_medium`, `utm_campaign`, `utm_term` or `utm_content`; or `property:` with the id of one
    /// of `GET /api/v1/properties`.
    #[schema(example = "utm_source")]
    about: String,
    /// What that must be, where there is something to say; nothing of a property.
    #[serde(default)]
    #[schema(max_length = 255, example = "newsletter")]
    is: String,
    /// How a property is compared, as in a filter: it can be `is_empty`, and by its kind: numbers `is`, `more_than`,
    /// `at_least`, `less_than` and `at_most`; days `before`, `since`, `within_days`, `older_than_days` and `next_days`; a
    /// choice `is` (a list), a multiple choice `has_any`; a checkbox `is`. Texts and addresses can only be `is_empty`.
    #[serde(default)]
    #[schema(example = "at_least")]
    op: Option<String>,
    /// What a property is compared with, as in a filter: a number or a number of days, a day such as `2026-11-26`, a list of
    /// choices, `true` or `false`.
    #[serde(default)]
    #[schema(value_type = Option<FilterValue>)]
    value: Option<WrittenValue>,
    /// Whether it must not be so.
    #[serde(default)]
    not: bool,
}

/// What must have happened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTrigger {
    /// What: `submission`, `submission_of`, `note`, `call`, `mail`, `meeting` or `move_to`.
    #[schema(example = "submission")]
    signal: String,
    /// Which form, or which kind of stage, where there is something to say.
    #[serde(default)]
    of: String,
}

/// Reads the rules of an object, with all that is wrong. `next` is the number that the next new rule gets.
///
/// # Errors
/// [`Violations`], each at its place.
pub fn book(object: &Object, next: u16) -> Result<Rulebook, Violations> {
    let mut faults = Violations::default();
    let half_life = object.value("half_life_days").and_then(Value::as_u64).and_then(|days| u16::try_from(days).ok());
    let half_life = faults.keep("half_life_days", half_life.ok_or(Rule::Required));
    let groups: Vec<(usize, NewGroup)> = several(object, "groups", &mut faults);
    let rules: Vec<(usize, NewRule)> = several(object, "rules", &mut faults);
    let given =
        groups.iter().map(|(_, group)| group.number).chain(rules.iter().filter_map(|(_, rule)| rule.number)).max();
    let mut next = next.max(given.map_or(0, |most| most.saturating_add(1)));
    let groups: Vec<Group> = groups
        .into_iter()
        .filter_map(|(at, group)| {
            let name = faults.keep(format!("groups[{at}].name"), Name::parse(&group.name));
            faults.keep(format!("groups[{at}].number"), counted(group.number))?;
            let name = name?;
            Some(Group { number: GroupNumber(group.number), name, cap: group.cap })
        })
        .collect();
    let mut read = Vec::with_capacity(rules.len());
    for (at, rule) in rules {
        let number = rule.number.unwrap_or(next);
        faults.keep(format!("rules[{at}].number"), counted(number));
        if rule.number.is_none() {
            next = next.saturating_add(1);
        }
        read.extend(rule.read(RuleNumber(number), &format!("rules[{at}]"), &mut faults));
    }
    let half_life_days = half_life.unwrap_or_default();
    faults.or(Some(()))?;
    Rulebook { half_life_days, groups, rules: read, next }.checked().map_err(|faults| in_words_of_the_api(&faults))
}

/// Rules and groups are counted from 1 to 60,000, as the document says.
fn counted(number: u16) -> Result<u16, Rule> {
    if (1..=60_000).contains(&number) { Ok(number) } else { Err(Rule::NotAChoice) }
}

/// Faults at the fields as the API calls them.
fn in_words_of_the_api(faults: &Violations) -> Violations {
    let mut told = Violations::default();
    for fault in faults.iter() {
        let days = matches!(&*fault.field, "half_life") || fault.field.ends_with(".lasts");
        told.add(if days { format!("{}_days", fault.field).into() } else { fault.field.clone() }, fault.rule);
    }
    told
}

/// The things of a list that can be read, each with its place.
fn several<T: DeserializeOwned>(object: &Object, name: &'static str, faults: &mut Violations) -> Vec<(usize, T)> {
    let Some(items) = object.value(name).and_then(Value::as_array) else {
        faults.add(name, Rule::Required);
        return Vec::new();
    };
    let items = items.iter().enumerate();
    let read = |(at, item): (usize, &Value)| {
        let read = faults.keep(format!("{name}[{at}]"), T::deserialize(item).map_err(|_| Rule::NotAChoice))?;
        Some((at, read))
    };
    items.filter_map(read).collect()
}

impl NewCondition {
    fn read(self) -> Result<Condition, Rule> {
        let is_compared = self.op.is_some() || self.value.is_some();
        let matter = if self.about.starts_with("property:") {
            if !self.is.is_empty() {
                return Err(Rule::NotAChoice);
            }
            let op = self.op.ok_or(Rule::Required)?;
            Matter::Property(PropertyFact::parse(&self.about, &op, self.value)?)
        } else if is_compared {
            return Err(Rule::NotAChoice);
        } else {
            Matter::parse(&self.about, &self.is)?
        };
        Ok(Condition { matter, not: self.not })
    }
}

impl NewRule {
    fn read(self, number: RuleNumber, place: &str, faults: &mut Violations) -> Option<ScoreRule> {
        let mut when = Vec::with_capacity(self.when.len());
        for (at, condition) in self.when.into_iter().enumerate() {
            when.extend(faults.keep(format!("{place}.when[{at}]"), condition.read()));
        }
        let on = self.on.and_then(|on| faults.keep(format!("{place}.on"), Trigger::parse(&on.signal, &on.of)));
        let effect = match (self.points, self.mark) {
            (Some(points), None) => Some(Effect::Points(points)),
            (None, Some(reason)) => faults.keep(format!("{place}.mark"), Name::parse(&reason)).map(Effect::Mark),
            (None, None) => faults.keep(format!("{place}.points"), Err(Rule::Required)),
            (Some(_), Some(_)) => faults.keep(format!("{place}.mark"), Err(Rule::NotAChoice)),
        };
        let frequency = match (self.frequency, self.times, self.days) {
            (None | Some(FrequencyCode::Once), None, None) => Some(Frequency::Once),
            (Some(FrequencyCode::Each), None, None) => Some(Frequency::Each),
            (Some(FrequencyCode::AtMost), Some(times), Some(days)) => Some(Frequency::AtMost { times, days }),
            (Some(FrequencyCode::AtMost), ..) => faults.keep(format!("{place}.times"), Err(Rule::Required)),
            _ => faults.keep(format!("{place}.times"), Err(Rule::NotAChoice)),
        };
        let group = self.group.map(GroupNumber);
        Some(ScoreRule { number, when, on, effect: effect?, frequency: frequency?, group, lasts_days: self.lasts_days })
    }
}
