//! Conditions in words, and the choices they are made of.

use qualify_domain::{
    form::{Form, LegalBasis},
    id::{PropertyId, UserId},
    lead_filter::{
        Condition, Node, Operator, OwnerIs, PropertyTest, Subject, TagTest, TextField, TextTest, TimeField, TimeTest,
        WrittenValue,
    },
    organization::Member,
    pipeline::{Pipelines, StageKind},
    property::{Property, PropertyKind},
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
    /// The organization's own properties, with those out of use.
    pub properties: &'a [Property],
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

impl<'a> Names<'a> {
    /// A property, whether in use or not.
    pub fn property(&self, id: PropertyId) -> Option<&'a Property> {
        self.properties.iter().find(|property| property.id == id)
    }

    /// What a property is called.
    pub fn property_name(&self, id: PropertyId) -> String {
        self.property(id).map_or_else(|| self.t.get("property-gone"), |property| property.name.to_string())
    }

    /// What a filter can be about, in the order in which it is offered.
    pub fn subjects(&self) -> Vec<Subject> {
        let own = self.properties.iter().filter(|property| !property.is_archived);
        Subject::ALL.iter().copied().chain(own.map(|property| Subject::Property(property.id))).collect()
    }

    /// The kind of the property that something is.
    fn kind_of(&self, subject: Subject) -> Option<&'a PropertyKind> {
        let Subject::Property(id) = subject else { return None };
        let in_use = self.property(id).filter(|property| !property.is_archived);
        in_use.map(|property| &property.kind)
    }

    /// Whether something is a yes or a no.
    pub fn is_yes_or_no(&self, subject: Subject) -> bool {
        subject == Subject::Stale || matches!(self.kind_of(subject), Some(PropertyKind::Checkbox))
    }

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
            Subject::Stale => self.t.get("stale"),
            Subject::Owner => self.t.get("owner"),
            Subject::Form => self.t.get("form"),
            Subject::LegalBasis => self.t.get("legal-basis"),
            Subject::Grade => self.t.get("grade"),
            Subject::Text(TextField::Name) => self.t.get("name"),
            Subject::Text(TextField::Email) => self.t.get("email"),
            Subject::Text(TextField::Phone) => self.t.get("phone"),
            Subject::Time(TimeField::Created) => self.t.get("arrived"),
            Subject::Time(TimeField::LastSubmission) => self.t.get("lead-last-wrote"),
            Subject::Time(TimeField::LastActivity) => self.t.get("lead-last-activity"),
            Subject::Text(TextField::Company) => self.t.get("company"),
            Subject::Tags => self.t.get("tags"),
            Subject::Property(id) => self.property_name(id),
        }
    }

    /// The values of a condition in words, and whether one is no more.
    fn values(&self, condition: &Condition) -> (Vec<String>, bool) {
        let chosen: Vec<String> = match condition {
            Condition::Text(_, TextTest::Is(text) | TextTest::BeginsWith(text)) => {
                return (vec![format!("“{text}”")], false);
            }
            Condition::Stale(yes) => return (vec![self.yes_or_no(*yes)], false),
            Condition::Text(_, TextTest::IsEmpty) | Condition::Tags(TagTest::IsEmpty) => return (Vec::new(), false),
            Condition::Time(_, TimeTest::Before(day) | TimeTest::Since(day)) => return (vec![day.to_string()], false),
            Condition::Time(_, TimeTest::WithinDays(days) | TimeTest::OlderThanDays(days)) => {
                return (vec![self.t.times("filter-days", "", i64::from(*days))], false);
            }
            Condition::Tags(TagTest::HasAny(tags)) => return (tags.clone(), false),
            Condition::Property(_, test) if !matches!(test, PropertyTest::OneOf(_) | PropertyTest::HasAny(_)) => {
                return (self.compared_with(condition), condition.is_gone(self.properties));
            }
            other => match other.written().1 {
                Some(WrittenValue::Texts(texts)) => texts,
                _ => Vec::new(),
            },
        };
        let offered = self.choices(condition.subject());
        let name = |value: &String| offered.iter().find(|(code, _)| code == value).map(|(_, name)| name.clone());
        let names: Vec<Option<String>> = chosen.iter().map(name).collect();
        let is_broken = names.iter().any(Option::is_none);
        (names.into_iter().map(|name| name.unwrap_or_else(|| self.t.get("filter-gone"))).collect(), is_broken)
    }

    /// What a property is compared with, in words.
    fn compared_with(&self, condition: &Condition) -> Vec<String> {
        let (operator, value) = condition.written();
        let days = matches!(operator, Operator::WithinDays | Operator::OlderThanDays | Operator::NextDays);
        match value {
            Some(WrittenValue::Number(number)) if days => {
                vec![self.t.times("filter-days", "", i64::from(number))]
            }
            Some(WrittenValue::Number(number)) => vec![self.t.decimal(f64::from(number))],
            Some(WrittenValue::Decimal(number)) => vec![self.t.decimal(number.get())],
            Some(WrittenValue::Checked(yes)) => vec![self.yes_or_no(yes)],
            Some(WrittenValue::Text(day)) if matches!(operator, Operator::Before | Operator::Since) => vec![day],
            Some(WrittenValue::Text(text)) => vec![format!("“{text}”")],
            Some(WrittenValue::Texts(texts)) => texts,
            None => Vec::new(),
        }
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
            Subject::Stale => self.both(),
            Subject::Property(_) => match self.kind_of(subject) {
                Some(PropertyKind::Checkbox) => self.both(),
                Some(kind) => kind.choices().iter().map(|one| pair(one.to_string(), one.to_string())).collect(),
                None => Vec::new(),
            },
            Subject::Text(_) | Subject::Time(_) | Subject::Tags => Vec::new(),
        }
    }

    /// Yes and no as choices.
    fn both(&self) -> Vec<(String, String)> {
        [true, false].map(|yes| (yes.to_string(), self.yes_or_no(yes))).to_vec()
    }

    fn yes_or_no(&self, yes: bool) -> String {
        self.t.get(if yes { "yes" } else { "no" })
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
            // Moments have an opposite of their own, and so has what is more or less, and yes.
            let has_opposite =
                !matches!(operator, Operator::MoreThan | Operator::AtLeast | Operator::LessThan | Operator::AtMost)
                    && !matches!(subject, Subject::Time(_) | Subject::Stale);
            let opposite = has_opposite.then(|| (format!("not_{code}"), self.t.get(&format!("filter-not-{code}"))));
            [Some(plain), opposite].into_iter().flatten()
        };
        self.compared(subject).iter().flat_map(both).collect()
    }

    /// How something can be compared here; nothing if it is gone.
    pub fn compared(&self, subject: Subject) -> &'static [Operator] {
        match subject {
            Subject::Property(_) => self.kind_of(subject).map(Operator::of_kind).unwrap_or_default(),
            usual => Operator::of(usual),
        }
    }
}
