//! A filter while it is being edited. A form's fields come in the order of the page; read one after the other they are
//! the tree: `open` begins a group, `field` with its `op` and `value`s is a condition, `close` ends the group.

use qualify_domain::{
    lead_filter::{Condition, FilterFault, LeadFilter, MOST_DEPTH, MOST_NODES, Node, Operator, Subject, WrittenValue},
    property::{Number, Property, PropertyKind},
};

/// How the parts of a group count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// All must hold.
    All,
    /// One must hold.
    Any,
    /// None may hold.
    None,
}

impl Mode {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::All, Self::Any, Self::None];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Any => "any",
            Self::None => "none",
        }
    }

    fn read(code: &str) -> Self {
        Self::ALL.into_iter().find(|mode| mode.code() == code).unwrap_or(Self::All)
    }
}

/// A condition while it is being edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub subject: Subject,
    /// How it compares.
    pub operator: Operator,
    /// Whether the opposite must be true.
    pub negated: bool,
    /// With what.
    pub values: Vec<String>,
    /// What is wrong with it.
    pub fault: Option<FilterFault>,
    /// Whether it was just added.
    pub is_new: bool,
}

/// A group while it is being edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// How its parts count.
    pub mode: Mode,
    /// Its parts.
    pub parts: Vec<Part>,
}

/// A part of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A condition.
    Line(Line),
    /// A group.
    Group(Draft),
}

/// What a button of the form does, to the node of that number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Takes it out.
    Drop(usize),
    /// Puts a condition into it, compared in this way at first.
    Add(usize, Subject, Operator),
    /// Puts a group into it.
    Group(usize),
}

impl Line {
    /// A condition that says nothing yet, compared in the first of some ways.
    fn blank(subject: Subject, ways: &[Operator]) -> Self {
        let operator = ways.first().copied().unwrap_or(Operator::Is);
        Self { subject, operator, negated: false, values: Vec::new(), fault: None, is_new: true }
    }

    fn of(condition: &Condition, negated: bool) -> Self {
        let (operator, value) = condition.written();
        let values = match value {
            None => Vec::new(),
            Some(WrittenValue::Number(number)) => vec![number.to_string()],
            Some(WrittenValue::Decimal(number)) => vec![number.to_string()],
            Some(WrittenValue::Checked(yes)) => vec![yes.to_string()],
            Some(WrittenValue::Text(text)) => vec![text],
            Some(WrittenValue::Texts(texts)) => texts,
        };
        Self { subject: condition.subject(), operator, negated, values, fault: None, is_new: false }
    }

    /// How it compares, as the form names it.
    pub fn op(&self) -> String {
        format!("{}{}", if self.negated { "not_" } else { "" }, self.operator.code())
    }

    fn compare(&mut self, op: &str) {
        let (negated, code) = op.strip_prefix("not_").map_or((false, op), |code| (true, code));
        if let Some(operator) = Operator::of_code(code).filter(|found| Operator::of(self.subject).contains(found)) {
            (self.operator, self.negated) = (operator, negated);
        }
    }

    /// The condition, or what is wrong with it.
    fn node(&mut self, own: &[Property]) -> Option<Node> {
        match Condition::read(self.subject, self.operator, self.value(own)) {
            Ok(condition) if condition.is_gone(own) => self.fault = Some(FilterFault::Gone),
            Ok(condition) if self.negated => return Some(Node::Not(Box::new(Node::Is(condition)))),
            Ok(condition) => return Some(Node::Is(condition)),
            Err(_) if self.is_gone(own) => self.fault = Some(FilterFault::Gone),
            Err(fault) => self.fault = Some(fault),
        }
        None
    }

    fn kind<'a>(&self, own: &'a [Property]) -> Option<&'a PropertyKind> {
        let Subject::Property(id) = self.subject else { return None };
        own.iter().find(|property| property.id == id && !property.is_archived).map(|property| &property.kind)
    }

    /// Whether it is about a property that is out of use or not there.
    pub fn is_gone(&self, own: &[Property]) -> bool {
        matches!(self.subject, Subject::Property(_)) && self.kind(own).is_none()
    }

    /// What was typed, as it is compared with.
    fn value(&self, own: &[Property]) -> Option<WrittenValue> {
        let first = self.values.first().map(|text| text.trim());
        match (self.operator, self.subject) {
            (Operator::IsEmpty, _) => None,
            (Operator::WithinDays | Operator::OlderThanDays | Operator::NextDays, _) => {
                first.and_then(|days| days.parse().ok()).map(WrittenValue::Number)
            }
            (Operator::HasAny, Subject::Tags) => {
                let tags = self.values.iter().flat_map(|typed| typed.split(',')).map(str::trim);
                Some(WrittenValue::Texts(tags.filter(|tag| !tag.is_empty()).map(str::to_owned).collect()))
            }
            (Operator::HasAny, _) => Some(WrittenValue::Texts(self.values.clone())),
            (Operator::MoreThan | Operator::AtLeast | Operator::LessThan | Operator::AtMost, _) => number(first),
            (Operator::Is, Subject::Stale) => checked(first),
            (Operator::Is, Subject::Property(_)) => match self.kind(own) {
                Some(PropertyKind::Number) => number(first),
                Some(PropertyKind::Checkbox) => checked(first),
                Some(PropertyKind::Choice(_)) => Some(WrittenValue::Texts(self.values.clone())),
                _ => first.map(|text| WrittenValue::Text(text.to_owned())),
            },
            (Operator::Is, subject) if !matches!(subject, Subject::Text(_)) => {
                Some(WrittenValue::Texts(self.values.clone()))
            }
            (Operator::Is | Operator::BeginsWith | Operator::Before | Operator::Since, _) => {
                first.map(|text| WrittenValue::Text(text.to_owned()))
            }
        }
    }
}

/// A yes or a no, as the form names them.
fn checked(chosen: Option<&str>) -> Option<WrittenValue> {
    chosen.and_then(|yes| yes.parse().ok()).map(WrittenValue::Checked)
}

/// A number as English or French write it.
fn number(typed: Option<&str>) -> Option<WrittenValue> {
    typed.and_then(|text| Number::read(text).ok()).map(WrittenValue::Decimal)
}

impl Draft {
    /// The draft of a filter that is there.
    pub fn of(filter: &LeadFilter) -> Self {
        match filter.parts() {
            [only] => match Part::of(only) {
                Part::Group(group) => group,
                line @ Part::Line(_) => Self { mode: Mode::All, parts: vec![line] },
            },
            parts => Self { mode: Mode::All, parts: parts.iter().map(Part::of).collect() },
        }
    }

    /// The draft that a form's fields are. What is not of the draft is passed over.
    pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<Self> {
        let mut open: Vec<Self> = Vec::new();
        let mut nodes = 0;
        for (name, value) in pairs {
            match name {
                "open" if open.len() <= MOST_DEPTH && nodes <= MOST_NODES => {
                    open.push(Self { mode: Mode::read(value), parts: Vec::new() });
                    nodes += 1;
                }
                "close" if open.len() > 1 => {
                    let group = open.pop()?;
                    open.last_mut()?.parts.push(Part::Group(group));
                }
                "field" if nodes <= MOST_NODES => {
                    let line = {
                        let subject = Subject::of_code(value)?;
                        Line { is_new: false, ..Line::blank(subject, Operator::of(subject)) }
                    };
                    open.last_mut()?.parts.push(Part::Line(line));
                    nodes += 1;
                }
                "op" => {
                    if let Some(Part::Line(line)) = open.last_mut()?.parts.last_mut() {
                        line.compare(value);
                    }
                }
                "value" => {
                    if let Some(Part::Line(line)) = open.last_mut()?.parts.last_mut() {
                        line.values.push(value.to_owned());
                    }
                }
                _ => {}
            }
        }
        // A group that was not closed ends with the form.
        while open.len() > 1 {
            let group = open.pop()?;
            open.last_mut()?.parts.push(Part::Group(group));
        }
        open.pop()
    }

    /// Does what a button says.
    pub fn edit(&mut self, edit: Edit) {
        self.edit_from(edit, &mut 0);
    }

    fn edit_from(&mut self, edit: Edit, number: &mut usize) {
        let own = *number;
        match edit {
            Edit::Add(at, subject, operator) if at == own => {
                return self.parts.push(Part::Line(Line::blank(subject, &[operator])));
            }
            Edit::Group(at) if at == own => {
                return self.parts.push(Part::Group(Self { mode: Mode::Any, parts: Vec::new() }));
            }
            _ => {}
        }
        let mut dropped = None;
        for (place, part) in self.parts.iter_mut().enumerate() {
            *number += 1;
            if edit == Edit::Drop(*number) {
                dropped = Some(place);
                break;
            }
            if let Part::Group(group) = part {
                group.edit_from(edit, number);
            }
        }
        if let Some(place) = dropped {
            self.parts.remove(place);
            // Nothing else has that number.
            *number = usize::MAX / 2;
        }
    }

    /// The filter, if nothing is wrong; else what is, in the draft or with the whole.
    ///
    /// # Errors
    /// What is wrong with the whole; nothing if the faults stand at their conditions.
    pub fn filter(&mut self, own: &[Property]) -> Result<LeadFilter, Option<FilterFault>> {
        let root = self.node(own).ok_or(None)?;
        let parts = match root {
            Node::All(parts) => parts,
            other => vec![other],
        };
        LeadFilter::of(parts).map_err(|error| Some(error.fault))
    }

    fn node(&mut self, own: &[Property]) -> Option<Node> {
        let nodes: Vec<Option<Node>> = self
            .parts
            .iter_mut()
            .filter_map(|part| match part {
                Part::Line(line) => Some(line.node(own)),
                // A group of nothing says nothing.
                Part::Group(group) if group.parts.is_empty() => None,
                Part::Group(group) => Some(group.node(own)),
            })
            .collect();
        let nodes: Vec<Node> = nodes.into_iter().collect::<Option<_>>()?;
        Some(match self.mode {
            _ if nodes.is_empty() => Node::All(nodes),
            Mode::All => Node::All(nodes),
            Mode::Any => Node::Any(nodes),
            Mode::None => Node::Not(Box::new(Node::Any(nodes))),
        })
    }
}

impl Part {
    fn of(node: &Node) -> Self {
        let group = |mode, parts: &[Node]| Self::Group(Draft { mode, parts: parts.iter().map(Self::of).collect() });
        match node {
            Node::Is(condition) => Self::Line(Line::of(condition, false)),
            Node::All(parts) => group(Mode::All, parts),
            Node::Any(parts) => group(Mode::Any, parts),
            Node::Not(inner) => match &**inner {
                Node::Is(condition) => Self::Line(Line::of(condition, true)),
                Node::Any(parts) => group(Mode::None, parts),
                other => group(Mode::None, std::slice::from_ref(other)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use qualify_domain::{
        id::PropertyId,
        lead_filter::{Comparison, DayTest, OwnerIs, PropertyTest, TagTest, TextField, TextTest, TimeField, TimeTest},
    };

    use super::*;

    const FORM: [(&str, &str); 15] = [
        ("view", "none"),
        ("open", "all"),
        ("field", "owner"),
        ("op", "not_is"),
        ("value", "me"),
        ("value", "nobody"),
        ("open", "none"),
        ("field", "created"),
        ("op", "older_than_days"),
        ("value", "30"),
        ("close", ""),
        ("field", "email"),
        ("op", "is_empty"),
        ("value", "left over"),
        ("close", ""),
    ];

    fn filter() -> LeadFilter {
        let owner = Node::Is(Condition::Owner(vec![OwnerIs::Me, OwnerIs::Nobody]));
        let old = Node::Is(Condition::Time(TimeField::Created, TimeTest::OlderThanDays(30)));
        let email = Node::Is(Condition::Text(TextField::Email, TextTest::IsEmpty));
        let not = |node| Node::Not(Box::new(node));
        LeadFilter::of(vec![not(owner), not(Node::Any(vec![old])), email]).unwrap()
    }

    #[test]
    fn the_fields_of_a_form_are_a_filter_in_their_order() {
        let mut draft = Draft::read(FORM).unwrap();
        assert_eq!(draft.filter(&[]).unwrap(), filter());
        let mut again = Draft::of(&filter());
        assert_eq!(again.filter(&[]).unwrap(), filter());
    }

    #[test]
    fn what_is_typed_of_a_property_is_read_by_its_kind_and_one_that_is_gone_is_told() {
        let id = PropertyId(uuid::Uuid::from_u128(7));
        let property = |kind, is_archived| Property {
            id,
            version: 1,
            key: "own".parse().unwrap(),
            name: "Own".parse().unwrap(),
            purpose: "To know".parse().unwrap(),
            kind,
            is_archived,
        };
        let read = |kind: &PropertyKind, op, value| {
            let field = format!("property:{id}");
            let pairs = [("open", "all"), ("field", &*field), ("op", op), ("value", value)];
            Draft::read(pairs).unwrap().filter(&[property(kind.clone(), false)])
        };
        let is = |test| Ok(LeadFilter::only(Condition::Property(id, test)));
        let choices = || vec!["Small".parse().unwrap(), "Large".parse().unwrap()];
        let number = PropertyTest::Number(Comparison::AtLeast, Number::read("1234.5").unwrap());
        assert_eq!(read(&PropertyKind::Number, "at_least", "1 234,5"), is(number));
        assert_eq!(read(&PropertyKind::Number, "at_least", "much"), Err(None));
        assert_eq!(read(&PropertyKind::Checkbox, "is", "false"), is(PropertyTest::Checked(false)));
        assert_eq!(read(&PropertyKind::Text, "is", "12"), is(PropertyTest::Is("12".into())));
        assert_eq!(read(&PropertyKind::Date, "next_days", "30"), is(PropertyTest::Day(DayTest::NextDays(30))));
        let small = vec!["Small".parse().unwrap()];
        assert_eq!(read(&PropertyKind::Choice(choices()), "is", "Small"), is(PropertyTest::OneOf(small.clone())));
        assert_eq!(read(&PropertyKind::MultipleChoice(choices()), "has_any", "Small"), is(PropertyTest::HasAny(small)));
        assert_eq!(read(&PropertyKind::Checkbox, "at_least", "5"), Err(None), "it is of another kind");
        let mut draft = Draft::of(&LeadFilter::only(Condition::Property(id, PropertyTest::IsEmpty)));
        assert_eq!(draft.filter(&[property(PropertyKind::Text, true)]), Err(None));
        assert!(matches!(&draft.parts[..], [Part::Line(line)] if line.fault == Some(FilterFault::Gone)));
        let pairs = [("open", "all"), ("field", "tags"), ("op", "not_has_any"), ("value", "VIP, fair,")];
        let tags = Condition::Tags(TagTest::HasAny(vec!["vip".into(), "fair".into()]));
        let none_of = LeadFilter::of(vec![Node::Not(Box::new(Node::Is(tags)))]).unwrap();
        assert_eq!(Draft::read(pairs).unwrap().filter(&[]), Ok(none_of));
    }

    #[test]
    fn buttons_add_and_drop_what_they_stand_beside() {
        let mut draft = Draft::read(FORM).unwrap();
        draft.edit(Edit::Drop(3));
        draft.edit(Edit::Add(2, Subject::StageKind, Operator::Is));
        let Part::Group(group) = &draft.parts[1] else { unreachable!("{draft:?}") };
        assert!(matches!(&group.parts[..], [Part::Line(line)] if line.subject == Subject::StageKind && line.is_new));
        assert_eq!(draft.filter(&[]), Err(None), "it says nothing yet");
        draft.edit(Edit::Drop(2));
        draft.edit(Edit::Group(0));
        assert_eq!(draft.parts.len(), 3);
        assert_eq!(draft.filter(&[]).unwrap().parts().len(), 2, "a group of nothing says nothing");
        draft.edit(Edit::Drop(77));
        assert_eq!(draft.parts.len(), 3);
    }

    #[test]
    fn a_form_that_is_none_or_too_large_is_no_danger() {
        assert_eq!(Draft::read([("value", "x"), ("close", "")]), None);
        assert_eq!(Draft::read([("open", "all"), ("field", "shoe_size")]), None);
        let deep = vec![("open", "any"); 3_000];
        let wide = [vec![("open", "any")], vec![("field", "email"); 3_000]].concat();
        for form in [deep, wide] {
            let mut draft = Draft::read(form).unwrap();
            assert!(draft.filter(&[]).is_err() || draft.filter(&[]).unwrap().is_empty());
        }
    }
}
