use std::collections::BTreeSet;

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{Condition, Facts, Matter, Rulebook, ScoreRule};
use crate::{
    id::PropertyId,
    lead_filter::{
        Condition as Wanted, LeadFilter, Node, Operator, PropertyTest, Subject, Viewpoint, WrittenFilter, WrittenValue,
    },
    property::{Property, PropertyValue, one_of},
    text::Name,
    violation::{Rule, Violations},
};

/// What a rule asks of a property of the organization's own: all that a list can be asked for, except what somebody wrote
/// in their own words. Of that it can only ask whether there is anything. Days begin at midnight UTC.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "WrittenFilter", into = "WrittenFilter")]
pub struct PropertyFact {
    property: PropertyId,
    test: PropertyTest,
}

impl PropertyFact {
    /// What these words ask of a property.
    ///
    /// # Errors
    /// [`Rule::NotAChoice`] if nothing is compared so with that value; [`Rule::FreeText`] if it would be a text.
    pub fn read(property: PropertyId, operator: Operator, value: Option<WrittenValue>) -> Result<Self, Rule> {
        match PropertyTest::read(operator, value) {
            Ok(PropertyTest::Is(_) | PropertyTest::BeginsWith(_)) => Err(Rule::FreeText),
            Ok(test) => Ok(Self { property, test }),
            Err(_) => Err(Rule::NotAChoice),
        }
    }

    /// The same from the words that name the property and the comparison, such as `property:0192…` and `at_least`.
    ///
    /// # Errors
    /// As of [`Self::read`]; [`Rule::NotAChoice`] if there are no such words.
    pub fn parse(about: &str, op: &str, value: Option<WrittenValue>) -> Result<Self, Rule> {
        match (Subject::of_code(about), Operator::of_code(op)) {
            (Some(Subject::Property(property)), Some(operator)) => Self::read(property, operator, value),
            _ => Err(Rule::NotAChoice),
        }
    }

    /// Which property it asks for.
    pub const fn property(&self) -> PropertyId {
        self.property
    }

    /// What must be true of it.
    pub const fn test(&self) -> &PropertyTest {
        &self.test
    }

    /// The word that names the property, such as `property:0192…`.
    pub fn about(&self) -> String {
        Subject::Property(self.property).to_string()
    }

    /// Whether its property is out of use or of another kind, where an organization has these.
    pub fn is_gone(&self, own: &[Property]) -> bool {
        self.test.is_gone(self.property, own)
    }

    /// The same with each choice spelled as its property spells it.
    fn settled(self, own: &[Property]) -> Result<Self, Rule> {
        if self.is_gone(own) {
            return Err(Rule::Gone);
        }
        let property = own.iter().find(|property| property.id == self.property);
        let choices = property.map(|property| property.kind.choices()).unwrap_or_default();
        let spelled = |chosen: &[Name]| chosen.iter().map(|name| one_of(choices, name)).collect::<Result<Vec<_>, _>>();
        let test = match &self.test {
            PropertyTest::OneOf(chosen) => PropertyTest::OneOf(spelled(chosen)?),
            PropertyTest::HasAny(chosen) => PropertyTest::HasAny(spelled(chosen)?),
            other => other.clone(),
        };
        Ok(Self { test, ..self })
    }

    /// Whether it is so. Capitals of choices do not count, as where they are chosen: what was chosen stays spelled as its
    /// property spelled it then.
    pub(super) fn holds(&self, facts: &Facts, now: Timestamp) -> bool {
        match (&self.test, facts.properties.get(self.property)) {
            (PropertyTest::OneOf(wanted), Some(PropertyValue::Text(chosen))) => one_of(wanted, chosen).is_ok(),
            (PropertyTest::HasAny(wanted), Some(PropertyValue::Several(chosen))) => {
                chosen.iter().any(|one| one_of(wanted, one).is_ok())
            }
            (test, known) => test.holds(known, &viewpoint(now)),
        }
    }

    pub(super) fn turns_at(&self, facts: &Facts, now: Timestamp) -> Option<Timestamp> {
        self.test.turns_at(facts.properties.get(self.property), &viewpoint(now))
    }
}

/// From where days are counted: nobody looks, and it is the same day for every lead.
fn viewpoint(now: Timestamp) -> Viewpoint {
    Viewpoint { now, zone: TimeZone::UTC, me: None, stages: Vec::new() }
}

impl TryFrom<WrittenFilter> for PropertyFact {
    type Error = Rule;

    fn try_from(written: WrittenFilter) -> Result<Self, Rule> {
        let filter = LeadFilter::try_from(written).map_err(|_| Rule::NotAChoice)?;
        match filter.parts() {
            [Node::Is(Wanted::Property(property, test))] => {
                let (operator, value) = test.written();
                Self::read(*property, operator, value)
            }
            _ => Err(Rule::NotAChoice),
        }
    }
}

impl From<PropertyFact> for WrittenFilter {
    fn from(fact: PropertyFact) -> Self {
        Self::from(&Node::Is(Wanted::Property(fact.property, fact.test)))
    }
}

impl Condition {
    /// What it asks of a property of the organization's own.
    pub const fn property_fact(&self) -> Option<&PropertyFact> {
        match &self.matter {
            Matter::Property(fact) => Some(fact),
            _ => None,
        }
    }

    fn settled(self, own: &[Property]) -> Result<Self, Rule> {
        match self.matter {
            Matter::Property(fact) => Ok(Self { matter: Matter::Property(fact.settled(own)?), not: self.not }),
            _ => Ok(self),
        }
    }
}

impl ScoreRule {
    fn property_facts(&self) -> impl Iterator<Item = &PropertyFact> {
        self.when.iter().filter_map(Condition::property_fact)
    }

    /// Whether it asks for a property that is out of use or of another kind, where an organization has these. Such a rule
    /// counts nothing.
    pub fn is_gone(&self, own: &[Property]) -> bool {
        self.property_facts().any(|fact| fact.is_gone(own))
    }

    /// The same with each choice spelled as its property spells it.
    ///
    /// # Errors
    /// At each condition, [`Rule::Gone`] if its property is out of use or of another kind, [`Rule::NotAChoice`] if its
    /// property has no such choice.
    pub fn settled(mut self, own: &[Property]) -> Result<Self, Violations> {
        let mut faults = Violations::default();
        let mut when = Vec::with_capacity(self.when.len());
        for (at, condition) in std::mem::take(&mut self.when).into_iter().enumerate() {
            when.extend(faults.keep(format!("when[{at}]"), condition.settled(own)));
        }
        faults.or(Some(Self { when, ..self }))
    }
}

impl Rulebook {
    /// The properties that its rules ask for.
    pub fn properties(&self) -> BTreeSet<PropertyId> {
        self.rules.iter().flat_map(ScoreRule::property_facts).map(PropertyFact::property).collect()
    }

    /// What counts of it: all but the rules that ask for a property that is out of use or of another kind, where an
    /// organization has these.
    #[must_use]
    pub fn sound(&self, own: &[Property]) -> Self {
        let mut sound = self.clone();
        sound.rules.retain(|rule| !rule.is_gone(own));
        sound
    }

    /// The same with each choice spelled as its property spells it.
    ///
    /// # Errors
    /// As of [`ScoreRule::settled`], each at its place.
    pub fn settled(mut self, own: &[Property]) -> Result<Self, Violations> {
        let mut faults = Violations::default();
        let mut rules = Vec::with_capacity(self.rules.len());
        for (at, rule) in std::mem::take(&mut self.rules).into_iter().enumerate() {
            match rule.settled(own) {
                Ok(rule) => rules.push(rule),
                Err(found) => {
                    for fault in found.iter() {
                        faults.add(format!("rules[{at}].{}", fault.field), fault.rule);
                    }
                }
            }
        }
        faults.or(Some(Self { rules, ..self }))
    }
}
