use super::{Condition, Effect, Frequency, Group, GroupNumber, Matter, RuleNumber, Rulebook, ScoreRule, Trigger};
use crate::{language::Language, pipeline::StageKind, text::Name};

impl Rulebook {
    /// The rules with which an organization of that language begins: somebody who can be reached at a company and wrote
    /// lately is what most organizations look for.
    pub fn standard(language: Language) -> Self {
        let words = match language {
            Language::English => ["Contact details", "Conversation"],
            Language::French => ["Coordonnées", "Échanges"],
        };
        let [contact, conversation] = [GroupNumber(1), GroupNumber(2)];
        let groups = [(contact, words[0], 45), (conversation, words[1], 60)];
        let groups = groups
            .into_iter()
            .filter_map(|(number, name, cap)| Name::parse(name).ok().map(|name| Group { number, name, cap }));
        let weekly = Frequency::AtMost { times: 2, days: 7 };
        let rules = [
            fact(Matter::Name, 10, Some(contact)),
            fact(Matter::Email, 15, Some(contact)),
            fact(Matter::Phone, 20, Some(contact)),
            fact(Matter::CompanyEmail, 35, None),
            happening(Trigger::Submission, 35, weekly, None),
            happening(Trigger::Mail, 15, weekly, Some(conversation)),
            happening(Trigger::Call, 25, weekly, Some(conversation)),
            happening(Trigger::Meeting, 40, weekly, Some(conversation)),
            happening(Trigger::MoveTo(StageKind::Qualified), 30, Frequency::Once, None),
        ];
        let rules: Vec<_> =
            rules.into_iter().zip(3..).map(|(rule, number)| ScoreRule { number: RuleNumber(number), ..rule }).collect();
        let next = rules.last().map_or(3, |rule| rule.number.0 + 1);
        Self { half_life_days: 30, groups: groups.collect(), rules, next }
    }
}

fn fact(matter: Matter, points: i16, group: Option<GroupNumber>) -> ScoreRule {
    ScoreRule {
        number: RuleNumber(0),
        when: vec![Condition { matter, not: false }],
        on: None,
        effect: Effect::Points(points),
        frequency: Frequency::Once,
        group,
        lasts_days: None,
    }
}

fn happening(on: Trigger, points: i16, frequency: Frequency, group: Option<GroupNumber>) -> ScoreRule {
    let effect = Effect::Points(points);
    ScoreRule { number: RuleNumber(0), when: Vec::new(), on: Some(on), effect, frequency, group, lasts_days: None }
}
