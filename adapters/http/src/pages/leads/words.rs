//! Conditions in words, and the choices they are made of.

use qualify_domain::{
    form::{Form, LegalBasis},
    id::UserId,
    lead_filter::{Condition, Node, Operator, OwnerIs, Subject, TextTest, TimeTest},
    organization::Member,
    pipeline::{Pipelines, StageKind},
    score::Grade,
};

use crate::{
    pages::{choices, score_words},
    text::Text,
};

/// The names that stand in a list.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    /// The words.
    pub t: Text,
    /// The stages.
    pub pipelines: &'a Pipelines,
    /// The forms.
    pub forms: &'a [Form],
    /// The members.
    pub members: &'a [Member],
}

/// A part of a filter, as a chip tells it.
pub struct Told {
    /// What it is about.
    pub subject: String,
    /// What is said of that.
    pub says: String,
    /// Whether it speaks of something that is no more.
    pub is_broken: bool,
}

impl Names<'_> {
    /// What a member is called.
    pub fn member(&self, user: UserId) -> Option<String> {
        let member = self.members.iter().find(|member| member.membership.user == user)?;
        Some(format!("{} {}", member.first_name, member.last_name))
    }

    /// A part of a filter in few words.
    pub fn part(&self, part: &Node) -> Told {
        match part {
            Node::Is(condition) => self.condition(condition, false),
            Node::Not(inner) => match &**inner {
                Node::Is(condition) => self.condition(condition, true),
                _ => self.group("filter-mode-none", inner),
            },
            Node::Any(_) => self.group("filter-mode-any", part),
            Node::All(_) => self.group("filter-mode-all", part),
        }
    }

    fn group(&self, key: &str, part: &Node) -> Told {
        let conditions = part.conditions();
        let count = i64::try_from(conditions.len()).unwrap_or_default();
        let is_broken = conditions.iter().any(|condition| self.condition(condition, false).is_broken);
        Told { subject: self.t.get(key), says: self.t.times("filter-conditions", "", count), is_broken }
    }

    fn condition(&self, condition: &Condition, negated: bool) -> Told {
        let (operator, _) = condition.written();
        let key =
            if negated { format!("filter-not-{}", operator.code()) } else { format!("filter-op-{}", operator.code()) };
        let (values, is_broken) = self.values(condition);
        let says =
            if values.is_empty() { self.t.get(&key) } else { format!("{} {}", self.t.get(&key), values.join(", ")) };
        Told { subject: self.subject(condition.subject()), says, is_broken }
    }

    /// What a field is called.
    pub fn subject(&self, subject: Subject) -> String {
        match subject {
            Subject::Stage => self.t.get("stage"),
            Subject::StageKind => self.t.get("filter-field-stage-kind"),
            Subject::Pipeline => self.t.get("filter-field-pipeline"),
            Subject::Owner => self.t.get("owner"),
            Subject::Form => self.t.get("form"),
            Subject::LegalBasis => self.t.get("legal-basis"),
            Subject::Grade => self.t.get("grade"),
            Subject::Text(qualify_domain::lead_filter::TextField::Name) => self.t.get("name"),
            Subject::Text(qualify_domain::lead_filter::TextField::Email) => self.t.get("email"),
            Subject::Text(qualify_domain::lead_filter::TextField::Phone) => self.t.get("phone"),
            Subject::Time(qualify_domain::lead_filter::TimeField::Created) => self.t.get("arrived"),
            Subject::Time(qualify_domain::lead_filter::TimeField::LastSubmission) => self.t.get("lead-last-wrote"),
        }
    }

    /// The values of a condition in words, and whether one is no more.
    fn values(&self, condition: &Condition) -> (Vec<String>, bool) {
        let chosen: Vec<String> = match condition {
            Condition::Text(_, TextTest::Is(text) | TextTest::BeginsWith(text)) => {
                return (vec![format!("“{text}”")], false);
            }
            Condition::Text(_, TextTest::IsEmpty) => return (Vec::new(), false),
            Condition::Time(_, TimeTest::Before(day) | TimeTest::Since(day)) => return (vec![day.to_string()], false),
            Condition::Time(_, TimeTest::WithinDays(days) | TimeTest::OlderThanDays(days)) => {
                return (vec![self.t.times("filter-days", "", i64::from(*days))], false);
            }
            other => match other.written().1 {
                Some(qualify_domain::lead_filter::WrittenValue::Texts(texts)) => texts,
                _ => Vec::new(),
            },
        };
        let offered = self.choices(condition.subject());
        let name = |value: &String| offered.iter().find(|(code, _)| code == value).map(|(_, name)| name.clone());
        let names: Vec<Option<String>> = chosen.iter().map(name).collect();
        let is_broken = names.iter().any(Option::is_none);
        (names.into_iter().map(|name| name.unwrap_or_else(|| self.t.get("filter-gone"))).collect(), is_broken)
    }

    /// What a field can be one of: code and name; nothing where it is typed.
    pub fn choices(&self, subject: Subject) -> Vec<(String, String)> {
        let pair = |code: String, name: String| (code, name);
        match subject {
            Subject::Stage => {
                let stages = self.pipelines.stages();
                stages.map(|stage| pair(stage.id.to_string(), stage.name.to_string())).collect()
            }
            Subject::StageKind => {
                let kinds = [StageKind::Open, StageKind::Qualified, StageKind::Won, StageKind::Disqualified];
                kinds.map(|kind| pair(kind.code().to_owned(), self.kind(kind))).to_vec()
            }
            Subject::Pipeline => {
                let pipelines = self.pipelines.live.iter();
                pipelines.map(|pipeline| pair(pipeline.id.to_string(), pipeline.name.to_string())).collect()
            }
            Subject::Owner => {
                let me = [(OwnerIs::Me, "filter-me"), (OwnerIs::Nobody, "owner-none")];
                let first = me.map(|(owner, key)| pair(owner.written(), self.t.get(key))).into_iter();
                let users = self.members.iter().map(|member| member.membership.user);
                first.chain(users.filter_map(|user| Some((user.to_string(), self.member(user)?)))).collect()
            }
            Subject::Form => {
                let forms = self.forms.iter().map(|form| pair(form.id.to_string(), form.settings.name.to_string()));
                forms.chain([pair("none".to_owned(), self.t.get("filter-form-none"))]).collect()
            }
            Subject::LegalBasis => [LegalBasis::LegitimateInterest, LegalBasis::Consent]
                .map(|basis| pair(basis.code().to_owned(), choices::legal_basis(self.t, basis)))
                .to_vec(),
            Subject::Grade => {
                let words = |grade| format!("{grade}: {}", score_words::grade(self.t, grade));
                Grade::all().map(|grade| pair(grade.to_string(), words(grade))).collect()
            }
            Subject::Text(_) | Subject::Time(_) => Vec::new(),
        }
    }

    fn kind(&self, kind: StageKind) -> String {
        match kind {
            StageKind::Open => self.t.get("stage-kind-open"),
            StageKind::Qualified => self.t.get("stage-kind-qualified"),
            StageKind::Won => self.t.get("stage-kind-won"),
            StageKind::Disqualified => self.t.get("stage-kind-disqualified"),
        }
    }

    /// How something can be compared, plainly and the other way round: code and words.
    pub fn operators(&self, subject: Subject) -> Vec<(String, String)> {
        let both = |operator: &Operator| {
            let code = operator.code();
            let plain = (code.to_owned(), self.t.get(&format!("filter-op-{code}")));
            // Moments have an opposite of their own.
            let opposite = (!matches!(subject, Subject::Time(_)))
                .then(|| (format!("not_{code}"), self.t.get(&format!("filter-not-{code}"))));
            [Some(plain), opposite].into_iter().flatten()
        };
        Operator::of(subject).iter().flat_map(both).collect()
    }
}
