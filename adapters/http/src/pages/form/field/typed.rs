//! A field as it stands in the fields of its page.

use qualify_domain::{
    form::{Asks, FormField, Limits, OwnField, Words, suggest_key},
    language::Language,
    lead_field::LeadField,
    property::{Property, PropertyKind},
    text::{Line, Name},
    violation::{Rule, Violations},
};

use crate::{fields::Posted, filled::Filled, problem::Problem, text::Text};

const NAMES: [&str; 14] = [
    "kind", "key", "label_en", "label_fr", "help_en", "help_fr", "choices", "least", "most", "purpose", "tells",
    "hidden", "required", "seen",
];

/// A field as it was typed.
pub(super) struct Typed {
    values: [String; NAMES.len()],
}

impl Typed {
    /// Reads the fields.
    ///
    /// # Errors
    /// 400 for fields that do not belong there.
    pub(super) fn read(posted: &Posted) -> Result<Self, Problem> {
        Ok(Self { values: posted.only(NAMES)? })
    }

    /// What stands in the fields of a page.
    pub(super) fn of(filled: &Filled) -> Self {
        Self { values: NAMES.map(|name| filled.value(name).to_owned()) }
    }

    /// The same as far as visitors see it: what the answer is for, which no page of theirs shows, may be said last.
    pub(super) fn as_seen(&self) -> Self {
        let mut values = self.values.clone();
        let [.., purpose, _tells, _hidden, _required, _seen] = &mut values;
        if purpose.trim().is_empty() {
            purpose.push('-');
        }
        Self { values }
    }

    /// The fields of the page again.
    pub(super) fn filled(&self) -> Filled {
        NAMES.iter().zip(&self.values).fold(Filled::default(), |filled, (name, value)| filled.with(name, value))
    }

    /// The field as it was shown; none if the page does not tell.
    pub(super) fn seen(&self) -> Result<Option<FormField>, Problem> {
        match self.filled().value("seen") {
            "" => Ok(None),
            seen => serde_json::from_str(seen).map(Some).map_err(|_| Problem::bad_request()),
        }
    }

    /// What was typed, beside what somebody else made of the field meanwhile.
    pub(super) fn beside(&self, present: &FormField, t: Text) -> Filled {
        let theirs = filled_with(present);
        let mine = self.filled().with("seen", theirs.value("seen")).faulty("form", t.get("field-stale"));
        let differing = NAMES.iter().filter(|name| !mine.value(name).trim().lines().eq(theirs.value(name).lines()));
        differing.fold(mine.clone(), |filled, name| {
            let value = match (*name, theirs.value(name)) {
                ("hidden" | "required", "") => t.get("no"),
                ("hidden" | "required", _) => t.get("yes"),
                (_, value) => value.to_owned(),
            };
            filled.faulty(*name, t.with("field-theirs", "value", value))
        })
    }

    /// The field, in the place of `former` if that is there.
    pub(super) fn parse(&self, former: Option<&FormField>, fields: &[FormField]) -> Result<FormField, Violations> {
        let [
            kind,
            key,
            label_en,
            label_fr,
            help_en,
            help_fr,
            choices,
            least,
            most,
            purpose,
            tells,
            hidden,
            required,
            _,
        ] = &self.values;
        let mut faults = Violations::default();
        let words = |en: (&'static str, &String), fr: (&'static str, &String), faults: &mut Violations| {
            let mut line =
                |(name, text): (&'static str, &String)| faults.keep(name, Line::parse_optional(text)).flatten();
            Words::of([(Language::English, line(en)), (Language::French, line(fr))])
        };
        let label = words(("label_en", label_en), ("label_fr", label_fr), &mut faults);
        let help = words(("help_en", help_en), ("help_fr", help_fr), &mut faults);
        let asks = match former.map(|former| &former.asks) {
            Some(built_in @ (Asks::Name | Asks::Email | Asks::Phone | Asks::Message)) => Some(built_in.clone()),
            former => {
                let former = former.and_then(Asks::own);
                let any = label.get(Language::English).map(ToString::to_string).unwrap_or_default();
                let key = match (former, key.trim()) {
                    (Some(own), typed) if typed.is_empty() || typed == own.key.as_str() => Some(own.key.clone()),
                    // What is sent already goes on being understood.
                    (Some(_), _) => faults.keep("key", Err(Rule::NotAKey)),
                    (None, "") => Some(suggest_key(&any, fields)),
                    (None, typed) => faults.keep("key", typed.parse()),
                };
                let code = former.map_or(kind.as_str(), |own| own.kind.code());
                let lines = choices.lines().filter(|line| !line.trim().is_empty());
                let lines: Vec<Name> = lines.filter_map(|line| faults.keep("choices", Name::parse(line))).collect();
                let kind = faults.keep("choices", PropertyKind::of(code, lines));
                let least = faults.keep("least", Limits::parse(least)).flatten();
                let most = faults.keep("most", Limits::parse(most)).flatten();
                let limits = Limits { least, most };
                let purpose = faults.keep("purpose", Line::parse(purpose));
                let tells = match tells.as_str() {
                    "" => Some(None),
                    word => faults.keep("tells", word.parse::<LeadField>()).map(Some),
                };
                if label.is_empty() {
                    faults.add("label_en", Rule::Required);
                }
                let own = key.zip(kind).zip(purpose.zip(tells));
                own.map(|((key, kind), (purpose, tells))| {
                    Asks::Own(OwnField { key, kind, limits, is_hidden: !hidden.is_empty(), purpose, tells })
                })
            }
        };
        let field = asks.map(|asks| FormField { asks, label, help, is_required: !required.is_empty() });
        faults.or(field)
    }
}

/// What stands in the fields of a field that is there.
pub(super) fn filled_with(field: &FormField) -> Filled {
    let words = |words: &Words, language| words.exactly(language).map(ToString::to_string).unwrap_or_default();
    let filled = Filled::default()
        .with("label_en", words(&field.label, Language::English))
        .with("label_fr", words(&field.label, Language::French))
        .with("help_en", words(&field.help, Language::English))
        .with("help_fr", words(&field.help, Language::French))
        .with("required", if field.is_required { "1" } else { "" })
        .with("seen", serde_json::to_string(field).unwrap_or_default());
    let Some(own) = field.asks.own() else { return filled };
    let choices: Vec<&str> = own.kind.choices().iter().map(|choice| &**choice).collect();
    let bound = |bound: Option<u32>| bound.map(|bound| bound.to_string()).unwrap_or_default();
    filled
        .with("least", bound(own.limits.least))
        .with("most", bound(own.limits.most))
        .with("kind", own.kind.code())
        .with("key", own.key.as_str())
        .with("choices", choices.join("\n"))
        .with("purpose", &*own.purpose)
        .with("tells", own.tells.map(|tells| tells.to_string()).unwrap_or_default())
        .with("hidden", if own.is_hidden { "1" } else { "" })
}

/// What stands in the fields of a new field that asks for something the organization wants to know.
pub(super) fn filled_from(property: &Property) -> Filled {
    let choices: Vec<&str> = property.kind.choices().iter().map(|choice| &**choice).collect();
    Filled::default()
        .with("kind", property.kind.code())
        .with("key", property.key.as_str())
        .with("label_en", &*property.name)
        .with("choices", choices.join("\n"))
        .with("purpose", &*property.purpose)
        .with("tells", LeadField::Property(property.id).to_string())
}
