//! Rules of a score in the reader's words: the same on the page of a lead and in the settings.

use qualify_domain::{
    form::Form,
    id::FormId,
    language::Language,
    lead_filter::{DayTest, PropertyTest},
    pipeline::StageKind,
    property::Property,
    score::{
        Axis, Basis, Change, Condition, Effect, Frequency, Grade, Group, Letter, Line, Matter, PropertyFact, Rulebook,
        ScoreRule, Trigger,
    },
};

use crate::{
    moment::Calendar,
    pages::{choices, score_property::Way},
    text::Text,
};

/// What it takes to tell rules in words.
#[derive(Clone, Copy)]
pub struct Teller<'a> {
    /// The reader's language.
    pub t: Text,
    /// How the reader is told days.
    pub calendar: &'a Calendar,
    /// The forms that rules may speak of.
    pub forms: &'a [Form],
    /// The organization's own properties that rules may ask for, with those out of use.
    pub own: &'a [Property],
}

impl Teller<'_> {
    /// When a rule counts.
    pub fn rule(self, rule: &ScoreRule) -> String {
        let conditions: Vec<_> = rule.when.iter().map(|condition| self.condition(condition)).collect();
        let conditions = conditions.join(&self.t.get("score-and"));
        let told = match rule.on {
            None => conditions,
            Some(trigger) if conditions.is_empty() => self.trigger(trigger),
            Some(trigger) => {
                self.t.with_all("score-on-if", [("on", &*self.trigger(trigger)), ("conditions", &*conditions)])
            }
        };
        capital(&told)
    }

    /// How often it counts and for how long.
    pub fn measures(self, rule: &ScoreRule, book: &Rulebook) -> String {
        let often = rule.on.map(|_| self.frequency(rule.frequency));
        let long = rule.lasts_days.map(|days| self.t.times("score-lasts", "", days.into()));
        let group = rule.group.and_then(|number| book.group(number)).map(|group| group.name.to_string());
        [often, long, group].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// What a rule does, in a few characters or its reason.
    pub fn effect(self, rule: &ScoreRule) -> String {
        match &rule.effect {
            Effect::Points(points) => signed((*points).into()),
            Effect::Mark(reason) => reason.to_string(),
        }
    }

    /// A line of a breakdown, without its points.
    pub fn line(self, line: &Line, book: &Rulebook) -> String {
        match line.because {
            Basis::Rule(number) => {
                let told = book.rule(number).map(|rule| self.rule(rule)).unwrap_or_default();
                if line.times > 1 { format!("{told} × {}", line.times) } else { told }
            }
            Basis::Group(number) => match book.group(number) {
                Some(Group { name, cap, .. }) => {
                    self.t.with_all("score-because-group", [("name", &**name), ("cap", &*cap.to_string())])
                }
                None => self.t.get("score-because-bounds"),
            },
            Basis::Bounds => self.t.get("score-because-bounds"),
        }
    }

    /// One thing that differs between two rulebooks, told with the names of the first or the second.
    pub fn change(self, change: &Change, from: &Rulebook, to: &Rulebook) -> String {
        let whole = |rule: &ScoreRule, book| {
            let measures = self.measures(rule, book);
            let head = format!("{}: {}", self.rule(rule), self.effect(rule));
            if measures.is_empty() { head } else { format!("{head} ({measures})") }
        };
        let group = |group: &Group| {
            self.t.with_all("score-group-told", [("name", &*group.name), ("cap", &*group.cap.to_string())])
        };
        match change {
            Change::HalfLife { from, to } => {
                self.t.with_all("score-diff-half-life", [("from", &*from.to_string()), ("to", &*to.to_string())])
            }
            Change::RuleAdded(rule) => self.t.with("score-diff-added", "what", whole(rule, to)),
            Change::RuleRemoved(rule) => self.t.with("score-diff-removed", "what", whole(rule, from)),
            Change::RuleChanged { from: before, to: after } => {
                let (before, after) = (whole(before, from), whole(after, to));
                self.t.with_all("score-diff-changed", [("from", &*before), ("to", &*after)])
            }
            Change::GroupAdded(new) => self.t.with("score-diff-added", "what", group(new)),
            Change::GroupRemoved(gone) => self.t.with("score-diff-removed", "what", group(gone)),
            Change::GroupChanged { from, to } => {
                self.t.with_all("score-diff-changed", [("from", &*group(from)), ("to", &*group(to))])
            }
        }
    }

    /// What must be known.
    pub fn condition(self, condition: &Condition) -> String {
        if let Some(fact) = condition.property_fact() {
            return self.property(fact, condition.not);
        }
        let how = if condition.not { "not" } else { "is" };
        let key = format!("score-{how}-{}", condition.matter.code().replace('_', "-"));
        self.t.with(&key, "value", self.value(&condition.matter))
    }

    fn property(self, fact: &PropertyFact, not: bool) -> String {
        let way = Way::of(fact);
        let how = if not == way.is_turned() { "is" } else { "not" };
        let property = self.own.iter().find(|property| property.id == fact.property());
        let name = property.map_or_else(|| self.t.get("property-gone"), |property| property.name.to_string());
        let key = format!("score-{how}-own-{}", way.code());
        self.t.with_all(&key, [("name", &*name), ("value", &*self.compared_with(fact.test()))])
    }

    /// What a property is compared with, in words.
    fn compared_with(self, test: &PropertyTest) -> String {
        match test {
            PropertyTest::Number(_, number) => self.t.decimal(number.get()),
            PropertyTest::Day(DayTest::Before(day) | DayTest::Since(day)) => self.calendar.date(*day),
            PropertyTest::Day(DayTest::WithinDays(days) | DayTest::OlderThanDays(days) | DayTest::NextDays(days)) => {
                self.t.times("filter-days", "", i64::from(*days))
            }
            PropertyTest::OneOf(chosen) | PropertyTest::HasAny(chosen) => {
                chosen.iter().map(|choice| &**choice).collect::<Vec<_>>().join(", ")
            }
            PropertyTest::Checked(_) | PropertyTest::IsEmpty | PropertyTest::Is(_) | PropertyTest::BeginsWith(_) => {
                String::new()
            }
        }
    }

    /// What must have happened.
    pub fn trigger(self, trigger: Trigger) -> String {
        let of = match trigger {
            Trigger::SubmissionOf(form) => self.form(form),
            Trigger::MoveTo(kind) => self.stage_kind(kind),
            _ => String::new(),
        };
        self.t.with(&format!("score-on-{}", trigger.code().replace('_', "-")), "of", of)
    }

    /// A kind of stage.
    pub fn stage_kind(self, kind: StageKind) -> String {
        self.t.get(match kind {
            StageKind::Open => "score-stage-open",
            StageKind::Qualified => "score-stage-qualified",
            StageKind::Won => "score-stage-won",
            StageKind::Disqualified => "score-stage-disqualified",
        })
    }

    /// How often.
    pub fn frequency(self, frequency: Frequency) -> String {
        match frequency {
            Frequency::Once => self.t.get("score-once"),
            Frequency::Each => self.t.get("score-each"),
            Frequency::AtMost { times, days } => {
                self.t.with_all("score-at-most", [("times", &*times.to_string()), ("days", &*days.to_string())])
            }
        }
    }

    fn value(self, matter: &Matter) -> String {
        match matter {
            Matter::Form(form) => self.form(*form),
            Matter::Language(language) => match language {
                Language::English | Language::French => choices::language_name(*language).to_owned(),
            },
            Matter::Source(source) => self.t.get(&format!("score-source-{source}")),
            other => other.value(),
        }
    }

    fn form(self, id: FormId) -> String {
        let form = self.forms.iter().find(|form| form.id == id);
        form.map_or_else(|| self.t.get("score-form-gone"), |form| form.settings.name.to_string())
    }
}

/// Points with their sign, and a minus that is as wide as a plus.
pub fn signed(points: i32) -> String {
    match points {
        0 => "0".to_owned(),
        1.. => format!("+{points}"),
        _ => format!("\u{2212}{}", points.unsigned_abs()),
    }
}

/// A grade in words: how well the lead fits, how engaged its person is.
pub fn grade(t: Text, grade: Grade) -> String {
    let fit = t.get(match grade.letter() {
        Letter::A => "score-fit-a",
        Letter::B => "score-fit-b",
        Letter::C => "score-fit-c",
        Letter::D => "score-fit-d",
    });
    let engagement = t.get(match grade.number() {
        1 => "score-engagement-1",
        2 => "score-engagement-2",
        3 => "score-engagement-3",
        _ => "score-engagement-4",
    });
    t.with_all("score-grade-words", [("fit", &*fit), ("engagement", &*engagement)])
}

/// An axis in words.
pub fn axis(t: Text, axis: Axis) -> String {
    t.get(match axis {
        Axis::Fit => "score-fit",
        Axis::Engagement => "score-engagement",
    })
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::TimeZone};
    use qualify_domain::{id::PropertyId, property::PropertyKind};
    use uuid::Uuid;

    use super::*;

    fn calendar(language: Language) -> Calendar {
        Calendar::new(language, TimeZone::UTC, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn what_is_asked_of_a_property_is_told_with_its_name() {
        let seats = Property {
            id: PropertyId(Uuid::from_u128(1)),
            version: 1,
            key: "seats".parse().unwrap(),
            name: "Seats".parse().unwrap(),
            purpose: "To size the offer".parse().unwrap(),
            kind: PropertyKind::Number,
            is_archived: false,
        };
        let told = |language, way: Way, typed: &str, not| {
            let matter = Matter::Property(way.read(seats.id, typed).unwrap());
            let own = std::slice::from_ref(&seats);
            let teller = Teller { t: Text::new(language), calendar: &calendar(language), forms: &[], own };
            teller.condition(&Condition { matter, not })
        };
        assert_eq!(told(Language::English, Way::AtLeast, "1200", false), "Seats: at least 1,200");
        assert_eq!(told(Language::English, Way::Filled, "", true), "Seats: filled in");
        assert_eq!(told(Language::English, Way::Filled, "", false), "Seats: not filled in");
        assert_eq!(told(Language::French, Way::AtLeast, "10", false), "Seats : au moins 10");
        assert_eq!(told(Language::English, Way::Since, "2026-11-26", false), "Seats: since 26 Nov 2026");
        assert_eq!(told(Language::French, Way::Before, "2027-08-03", true), "Seats : pas avant le 3 août 2027");
        assert_eq!(told(Language::English, Way::NextDays, "30", true), "Seats: not in the next 30 days");
    }

    #[test]
    fn every_rule_that_can_be_written_has_words() {
        for language in Language::ALL {
            let calendar = calendar(language);
            let teller = Teller { t: Text::new(language), calendar: &calendar, forms: &[], own: &[] };
            for way in Way::ALL {
                let typed = match way {
                    Way::Since | Way::Before => "2026-11-26",
                    Way::OneOf | Way::HasAny => "Small; Large",
                    _ => "10",
                };
                let matter = Matter::Property(way.read(PropertyId(Uuid::nil()), typed).unwrap());
                let said = [false, true].map(|not| teller.condition(&Condition { matter: matter.clone(), not }));
                assert!(said.iter().all(|words| !words.starts_with("score-")), "{said:?}");
                assert_ne!(said[0], said[1]);
                let about = teller.t.with(&format!("score-about-own-{}", way.code()), "name", "Seats");
                assert!(about.starts_with("Seats") || !way.is_typed(), "{about}");
            }
            for code in Matter::CODES {
                let value = match code {
                    "calling_code" => "+33",
                    "language" => "fr",
                    "form" => "00000000-0000-0000-0000-000000000001",
                    "source" => "form",
                    _ => "spring",
                };
                let matter = Matter::parse(code, value).unwrap();
                let said = [false, true].map(|not| teller.condition(&Condition { matter: matter.clone(), not }));
                assert!(said.iter().all(|words| !words.starts_with("score-")), "{said:?}");
                assert_ne!(said[0], said[1]);
            }
            for code in Trigger::CODES {
                let of = if code == "move_to" { "won" } else { "00000000-0000-0000-0000-000000000001" };
                let words = teller.trigger(Trigger::parse(code, of).unwrap());
                assert!(!words.starts_with("score-"), "{words}");
            }
            for found in Grade::all() {
                assert!(!grade(teller.t, found).contains("score-"));
            }
        }
    }

    #[test]
    fn a_rule_is_one_sentence() {
        let calendar = calendar(Language::English);
        let teller = Teller { t: Text::new(Language::English), calendar: &calendar, forms: &[], own: &[] };
        let rule = Rulebook::standard(Language::English).rules[0].clone();
        let both = ScoreRule {
            on: Some(Trigger::Submission),
            when: vec![rule.when[0].clone(), Condition { matter: Matter::Phone, not: true }],
            ..rule
        };
        assert_eq!(teller.rule(&both), "They send a form, if the name is known and no telephone number is known");
        assert_eq!([signed(5), signed(-5)], ["+5", "\u{2212}5"]);
    }
}
