//! What was typed into the form of a rule.

use qualify_domain::{
    lead_filter::Subject,
    score::{Condition, Effect, Frequency, GroupNumber, Matter, RuleNumber, ScoreRule, Trigger},
    text::Name,
    violation::{Rule, Violations},
};

use crate::{
    fields::Posted,
    filled::Filled,
    pages::score_property::{self, Way},
    problem::Problem,
};

/// How many conditions the form has room for: what it is about, whether it must not be so, what it must be.
pub const CONDITIONS: [(&str, &str, &str); 3] =
    [("about_1", "not_1", "is_1"), ("about_2", "not_2", "is_2"), ("about_3", "not_3", "is_3")];

const OTHERS: [&str; 8] = ["on", "effect", "points", "reason", "frequency", "times", "days", "lasts"];

/// What was typed.
pub struct Typed(Vec<(&'static str, String)>);

impl Typed {
    /// The fields of the form.
    pub fn read(posted: &Posted) -> Result<Self, Problem> {
        let names: [&'static str; 19] = std::array::from_fn(|n| match n {
            0..9 => {
                let (about, not, is) = CONDITIONS[n / 3];
                [about, not, is][n % 3]
            }
            9..17 => OTHERS[n - 9],
            17 => "group",
            _ => "number",
        });
        Ok(Self(names.into_iter().zip(posted.only(names)?).collect()))
    }

    /// The fields as a rule would fill them.
    pub fn of(rule: &ScoreRule) -> Self {
        let mut fields = Vec::new();
        for (condition, (about, not, is)) in rule.when.iter().zip(CONDITIONS) {
            let not_so = |yes: bool| (not, if yes { "1" } else { "" }.to_owned());
            if let Some(fact) = condition.property_fact() {
                let turned = condition.not != Way::of(fact).is_turned();
                fields.extend([
                    (about, score_property::written(fact)),
                    (is, score_property::typed(fact)),
                    not_so(turned),
                ]);
                continue;
            }
            let (code, value) = (condition.matter.code(), condition.matter.value());
            if takes_text(code) {
                fields.extend([(about, code.to_owned()), (is, value)]);
            } else {
                fields.push((about, joined(code, &value)));
            }
            fields.push(not_so(condition.not));
        }
        let (times, days) = match rule.frequency {
            Frequency::AtMost { times, days } => (times.to_string(), days.to_string()),
            Frequency::Once | Frequency::Each => (String::new(), String::new()),
        };
        let (effect, points, reason) = match &rule.effect {
            Effect::Points(points) => ("points", points.to_string(), String::new()),
            Effect::Mark(reason) => ("mark", String::new(), reason.to_string()),
        };
        fields.extend([
            ("on", rule.on.map(|on| joined(on.code(), &on.of())).unwrap_or_default()),
            ("effect", effect.to_owned()),
            ("points", points),
            ("reason", reason),
            ("frequency", rule.frequency.code().to_owned()),
            ("times", times),
            ("days", days),
            ("lasts", rule.lasts_days.map(|days| days.to_string()).unwrap_or_default()),
            ("group", rule.group.map(|group| group.to_string()).unwrap_or_default()),
            ("number", rule.number.to_string()),
        ]);
        Self(fields)
    }

    /// What a field holds.
    pub fn value(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| *found == name).map_or("", |(_, value)| value)
    }

    /// The rule, with that number.
    pub fn parse(&self, number: RuleNumber) -> Result<ScoreRule, Violations> {
        let mut faults = Violations::default();
        let when = CONDITIONS.into_iter().filter_map(|fields| self.condition(fields, &mut faults)).collect();
        let on = match self.value("on") {
            "" => None,
            written => {
                let (code, of) = written.split_once('=').unwrap_or((written, ""));
                faults.keep("on", Trigger::parse(code, of))
            }
        };
        let effect = match self.value("effect") {
            "mark" => faults.keep("reason", Name::parse(self.value("reason"))).map(Effect::Mark),
            "" | "points" => faults.keep("points", ScoreRule::parse_points(self.value("points"))).map(Effect::Points),
            _ => {
                faults.add("effect", Rule::NotAChoice);
                None
            }
        };
        // A fact is what it is: how often is asked of what happens only.
        let frequency = if self.value("on").is_empty() { "" } else { self.value("frequency") };
        let frequency = ScoreRule::parse_frequency(frequency, self.value("times"), self.value("days"), &mut faults);
        let lasts_days = faults.keep("lasts", ScoreRule::parse_days(self.value("lasts")));
        let group = match self.value("group") {
            "" => None,
            written => faults.keep("group", written.parse::<GroupNumber>()),
        };
        let rule = match (effect, frequency, lasts_days) {
            (Some(effect), Some(frequency), Some(lasts_days)) => {
                Some(ScoreRule { number, when, on, effect, frequency, group, lasts_days })
            }
            _ => None,
        };
        faults.or(rule)
    }

    fn condition(
        &self,
        (about, not, is): (&'static str, &'static str, &'static str),
        faults: &mut Violations,
    ) -> Option<Condition> {
        let written = self.value(about);
        if written.is_empty() {
            return None;
        }
        let (code, chosen) = written.split_once('=').unwrap_or((written, ""));
        let not = !self.value(not).is_empty();
        if let Some(Subject::Property(property)) = Subject::of_code(code) {
            let way = faults.keep(about, Way::of_code(chosen).ok_or(Rule::NotAChoice))?;
            let fact = way.read(property, self.value(is));
            let fact = faults.keep(if way.is_typed() { is } else { about }, fact)?;
            return Some(Condition { matter: Matter::Property(fact), not: not != way.is_turned() });
        }
        let (field, value) = if takes_text(code) { (is, self.value(is)) } else { (about, chosen) };
        let matter = faults.keep(field, Matter::parse(code, value))?;
        Some(Condition { matter, not })
    }

    /// The field of the condition at a place such as `when[1]`: those left empty are no conditions.
    pub fn place(&self, place: &str) -> Option<&'static str> {
        let filled = CONDITIONS.into_iter().map(|(about, ..)| about).filter(|about| !self.value(about).is_empty());
        filled.enumerate().find(|(at, _)| place == format!("when[{at}]")).map(|(_, about)| about)
    }

    /// What stands in the fields.
    pub fn filled(&self) -> Filled {
        self.0.iter().fold(Filled::default(), |filled, (name, value)| filled.with(name, value))
    }
}

/// Whether what it must be is typed, not chosen.
pub fn takes_text(code: &str) -> bool {
    code.starts_with("utm_") || matches!(code, "calling_code" | "tag")
}

/// A choice that names what it is about and what that must be.
pub fn joined(code: &str, value: &str) -> String {
    if value.is_empty() { code.to_owned() } else { format!("{code}={value}") }
}

#[cfg(test)]
mod tests {
    use qualify_domain::{language::Language, score::Rulebook};

    use super::*;

    #[test]
    fn a_rule_that_is_shown_is_read_as_it_was() {
        for rule in Rulebook::standard(Language::English).rules {
            assert_eq!(Typed::of(&rule).parse(rule.number), Ok(rule));
        }
        let rule = ScoreRule {
            number: RuleNumber(7),
            when: vec![
                Condition { matter: Matter::parse("utm_source", "a=b").unwrap(), not: true },
                Condition { matter: Matter::parse("language", "fr").unwrap(), not: false },
            ],
            on: Some(Trigger::parse("move_to", "won").unwrap()),
            effect: Effect::Mark(Name::parse("Look").unwrap()),
            frequency: Frequency::AtMost { times: 2, days: 7 },
            group: Some(GroupNumber(1)),
            lasts_days: Some(30),
        };
        assert_eq!(Typed::of(&rule).parse(rule.number), Ok(rule));
    }

    #[test]
    fn what_is_asked_of_a_property_is_shown_and_read_as_it_was() {
        let about = "property:00000000-0000-0000-0000-000000000007";
        let cases = [("at-least", "12.5", ""), ("one-of", "Small; Large", "1"), ("filled", "", ""), ("yes", "", "1")];
        for (way, is, not) in cases {
            let typed = Typed(vec![
                ("about_2", format!("{about}={way}")),
                ("is_2", is.to_owned()),
                ("not_2", not.to_owned()),
                ("points", "5".to_owned()),
            ]);
            let rule = typed.parse(RuleNumber(1)).unwrap();
            assert_eq!((typed.place("when[0]"), typed.place("when[1]")), (Some("about_2"), None));
            let shown = Typed::of(&rule);
            let first = [shown.value("about_1"), shown.value("is_1"), shown.value("not_1")];
            assert_eq!(first, [&*format!("{about}={way}"), is, not]);
            assert_eq!(shown.parse(RuleNumber(1)), Ok(rule));
        }
        let wrong = [("at-least", "many", "is_1"), ("at-least", "", "is_1"), ("begins_with", "x", "about_1")];
        for (way, is, field) in wrong {
            let typed =
                Typed(vec![("about_1", format!("{about}={way}")), ("is_1", is.to_owned()), ("points", "5".to_owned())]);
            let faults = typed.parse(RuleNumber(1)).unwrap_err();
            assert_eq!(faults.iter().map(|fault| &*fault.field).collect::<Vec<_>>(), [field], "{way} {is}");
        }
    }

    #[test]
    fn faults_stand_at_their_fields() {
        let typed = Typed(vec![
            ("about_1", "utm_source".to_owned()),
            ("about_2", "religion".to_owned()),
            ("on", "nothing".to_owned()),
            ("effect", "points".to_owned()),
            ("points", "0".to_owned()),
            ("frequency", "at_most".to_owned()),
            ("lasts", "x".to_owned()),
            ("group", "x".to_owned()),
        ]);
        let faults = typed.parse(RuleNumber(0)).unwrap_err();
        let fields: Vec<_> = faults.iter().map(|fault| &*fault.field).collect();
        assert_eq!(fields, ["is_1", "about_2", "on", "points", "times", "days", "lasts", "group"]);
    }
}
