//! Scores and the rules they come from, in the words of the API.

use jiff::Timestamp;
use qualify_domain::{
    id::LeadId,
    lead_filter::WrittenValue,
    score::{Axis, Basis, Breakdown, Condition, Effect, Frequency, Group, Mark, Mover, Rulebook, ScoreRule, Standing},
};
use qualify_ports::storage::KeptScore;
use qualify_usecases::{ScoreMovers, ScoreOutlook, ScoreRules};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::FilterValue;

/// Where a lead stands: the sum of the points its score is made of.
#[derive(Debug, Serialize, ToSchema)]
pub struct StandingBody {
    /// How well it fits.
    #[schema(minimum = 0, maximum = 100, example = 80)]
    fit: u8,
    /// How engaged its person is.
    #[schema(minimum = 0, maximum = 100, example = 35)]
    engagement: u8,
    /// Both at a glance: fit from A to D, engagement from 1 to 4; A1 is the best.
    #[schema(pattern = "^[A-D][1-4]$", example = "A3")]
    grade: String,
}

impl From<Standing> for StandingBody {
    fn from(standing: Standing) -> Self {
        Self { fit: standing.fit, engagement: standing.engagement, grade: standing.grade().to_string() }
    }
}

/// What a line counts on.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AxisCode {
    /// How well the lead fits.
    Fit,
    /// How engaged its person is.
    Engagement,
}

impl From<Axis> for AxisCode {
    fn from(axis: Axis) -> Self {
        match axis {
            Axis::Fit => Self::Fit,
            Axis::Engagement => Self::Engagement,
        }
    }
}

/// Why a line is there.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// A rule counted.
    Rule,
    /// The limit of a group takes back what lies beyond it.
    Group,
    /// A score goes from 0 to 100; this takes back what lies beyond.
    Bounds,
}

/// One line of a score.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineBody {
    /// What it counts on.
    axis: AxisCode,
    /// What it adds.
    #[schema(example = 20)]
    points: i32,
    /// Why it is there.
    because: ReasonCode,
    /// The number of the rule or the group.
    number: Option<u16>,
    /// How often what the rule counts happened; 1 for a fact, 0 for a limit.
    times: u32,
    /// When nothing of it will be left, if nothing new happens.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// A rule that asks somebody to look at the lead.
#[derive(Debug, Serialize, ToSchema)]
pub struct MarkBody {
    /// The number of the rule.
    rule: u16,
    /// When the mark goes by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

impl From<&Mark> for MarkBody {
    fn from(mark: &Mark) -> Self {
        Self { rule: mark.rule.0, expires_at: mark.expires_at }
    }
}

/// A lead's score, line by line. It is the sum of its lines, on each axis.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScoreBody {
    /// Where the lead stands.
    #[serde(flatten)]
    standing: StandingBody,
    /// By which version of the rules; null until it is scored.
    #[schema(minimum = 1)]
    version: Option<i32>,
    /// When it was scored; null until it is.
    #[schema(value_type = Option<String>, format = DateTime)]
    scored_at: Option<Timestamp>,
    /// The lines.
    lines: Vec<LineBody>,
    /// What somebody should look at.
    marks: Vec<MarkBody>,
}

impl From<Option<&KeptScore>> for ScoreBody {
    fn from(kept: Option<&KeptScore>) -> Self {
        let unscored = Breakdown::default();
        let breakdown = kept.map_or(&unscored, |kept| &kept.breakdown);
        let lines = breakdown.lines.iter().map(|line| {
            let (because, number) = match line.because {
                Basis::Rule(number) => (ReasonCode::Rule, Some(number.0)),
                Basis::Group(number) => (ReasonCode::Group, Some(number.0)),
                Basis::Bounds => (ReasonCode::Bounds, None),
            };
            let (axis, points, times, expires_at) = (line.axis.into(), line.points, line.times, line.expires_at);
            LineBody { axis, points, because, number, times, expires_at }
        });
        Self {
            standing: breakdown.standing().into(),
            version: kept.map(|kept| kept.version),
            scored_at: kept.map(|kept| kept.scored_at),
            lines: lines.collect(),
            marks: breakdown.marks.iter().map(Into::into).collect(),
        }
    }
}

/// What must be known of a lead, or must not.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConditionBody {
    /// What it is about; of a property `property:` and its id.
    #[schema(example = "utm_source")]
    about: String,
    /// What that must be; empty where there is nothing to say, and of a property.
    #[schema(example = "newsletter")]
    is: String,
    /// How a property is compared, as in a filter.
    #[schema(example = "at_least")]
    op: Option<String>,
    /// What a property is compared with, as in a filter.
    #[schema(value_type = Option<FilterValue>)]
    value: Option<WrittenValue>,
    /// Whether it must not be so.
    not: bool,
}

impl From<&Condition> for ConditionBody {
    fn from(condition: &Condition) -> Self {
        let (about, op, value) = match condition.property_fact() {
            None => (condition.matter.code().to_owned(), None, None),
            Some(fact) => {
                let (operator, value) = fact.test().written();
                (fact.about(), Some(operator.code().to_owned()), value)
            }
        };
        Self { about, is: condition.matter.value(), op, value, not: condition.not }
    }
}

/// What must have happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriggerBody {
    /// What.
    #[schema(example = "submission")]
    signal: &'static str,
    /// Which form or kind of stage; empty where there is nothing to say.
    of: String,
}

/// One rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleBody {
    /// Its number, the same in all versions.
    number: u16,
    /// What must be known of the lead, all of it.
    when: Vec<ConditionBody>,
    /// What must have happened; null for a rule about facts alone.
    on: Option<TriggerBody>,
    /// The points it gives or takes; null if it marks.
    #[schema(minimum = -100, maximum = 100)]
    points: Option<i16>,
    /// The reason for which it marks a lead for somebody to look at; null if it gives points.
    mark: Option<String>,
    /// How often: `once`, `each` or `at_most`.
    #[schema(example = "once")]
    frequency: &'static str,
    /// How many times at most.
    times: Option<u16>,
    /// Within how many days.
    days: Option<u16>,
    /// The number of the group whose limit it shares.
    group: Option<u16>,
    /// For how many days it counts.
    lasts_days: Option<u16>,
}

impl From<&ScoreRule> for RuleBody {
    fn from(rule: &ScoreRule) -> Self {
        let (times, days) = match rule.frequency {
            Frequency::AtMost { times, days } => (Some(times), Some(days)),
            Frequency::Once | Frequency::Each => (None, None),
        };
        let mark = match &rule.effect {
            Effect::Mark(reason) => Some(reason.to_string()),
            Effect::Points(_) => None,
        };
        Self {
            number: rule.number.0,
            when: rule.when.iter().map(Into::into).collect(),
            on: rule.on.map(|on| TriggerBody { signal: on.code(), of: on.of() }),
            points: rule.points(),
            mark,
            frequency: rule.frequency.code(),
            times,
            days,
            group: rule.group.map(|group| group.0),
            lasts_days: rule.lasts_days,
        }
    }
}

/// Rules that share a limit.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupBody {
    /// Its number.
    number: u16,
    /// What it is called.
    #[schema(example = "Contact details")]
    name: String,
    /// The most its rules count for together, either way.
    #[schema(minimum = 1, maximum = 100)]
    cap: u8,
}

impl From<&Group> for GroupBody {
    fn from(group: &Group) -> Self {
        Self { number: group.number.0, name: group.name.to_string(), cap: group.cap }
    }
}

/// The rules by which leads are scored.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesBody {
    /// Their version; 0 until the first leads are scored.
    #[schema(minimum = 0)]
    version: i32,
    /// In how many days half of the weight is gone of what happened.
    #[schema(minimum = 1, maximum = 365)]
    half_life_days: u16,
    /// The groups.
    groups: Vec<GroupBody>,
    /// The rules.
    rules: Vec<RuleBody>,
    /// How many leads there are within the key's reach.
    leads: u64,
    /// How many of them are not scored by this version yet.
    waiting: u64,
}

impl From<&ScoreRules> for RulesBody {
    fn from(found: &ScoreRules) -> Self {
        let Rulebook { half_life_days, groups, rules, .. } = &found.edition.book;
        Self {
            version: found.edition.version,
            half_life_days: *half_life_days,
            groups: groups.iter().map(Into::into).collect(),
            rules: rules.iter().map(Into::into).collect(),
            leads: found.scoring.all,
            waiting: found.scoring.waiting,
        }
    }
}

/// How many leads have a grade, by the rules in force and by the others.
#[derive(Debug, Serialize, ToSchema)]
pub struct GradeShareBody {
    /// The grade.
    #[schema(pattern = "^[A-D][1-4]$", example = "A3")]
    grade: String,
    /// How many of those looked at have it now.
    now: u64,
    /// How many of them would have it.
    then: u64,
}

/// A lead that would have another grade.
#[derive(Debug, Serialize, ToSchema)]
pub struct MoverBody {
    /// The lead's id.
    lead: Uuid,
    /// Where it stands by the rules in force.
    now: StandingBody,
    /// Where it would stand.
    then: StandingBody,
}

/// What other rules would do to the grades of the leads within the key's reach.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutlookBody {
    /// How many leads there are.
    leads: u64,
    /// How many of them were scored by both; of more than 10,000, some that chance picked.
    looked_at: u64,
    /// How many would have another grade; an estimate if not all were looked at.
    changes: u64,
    /// How many have which grade, now and then, among those looked at.
    grades: Vec<GradeShareBody>,
    /// The first 50 of those that would have another grade.
    movers: Vec<MoverBody>,
}

impl From<&Mover<(LeadId, String)>> for MoverBody {
    fn from(mover: &Mover<(LeadId, String)>) -> Self {
        Self { lead: mover.lead.0.0, now: mover.before.into(), then: mover.after.into() }
    }
}

/// A part of the leads that would have another grade.
#[derive(Debug, Serialize, ToSchema)]
pub struct MoversPart {
    /// The leads, at most 50. There may be few or none of them although there is a next part: so many leads are looked at
    /// for one.
    items: Vec<MoverBody>,
    /// What to send as `after` for the next part; null if this is the last.
    next: Option<Uuid>,
}

impl From<&ScoreMovers> for MoversPart {
    fn from(found: &ScoreMovers) -> Self {
        Self { items: found.movers.iter().map(Into::into).collect(), next: found.next.map(|lead| lead.0) }
    }
}

impl From<&ScoreOutlook> for OutlookBody {
    fn from(found: &ScoreOutlook) -> Self {
        let outlook = &found.outlook;
        let grades = outlook.grades.iter();
        let grades =
            grades.map(|(grade, (now, then))| GradeShareBody { grade: grade.to_string(), now: *now, then: *then });
        Self {
            leads: outlook.all,
            looked_at: outlook.looked_at,
            changes: outlook.changes(),
            grades: grades.collect(),
            movers: outlook.movers.iter().map(Into::into).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_without_a_score_stands_at_nought() {
        let body = serde_json::to_value(ScoreBody::from(None)).unwrap();
        assert_eq!(
            (&body["fit"], &body["grade"], &body["version"]),
            (&0.into(), &"D4".into(), &serde_json::Value::Null)
        );
    }
}
