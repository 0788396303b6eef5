//! What visitors see of a form, beside where members work on it: as it is kept, or as it is just typed.

use http::{HeaderMap, StatusCode};
use qualify_domain::{form::FormSettings, language::Language, submission::Sent, violation::Violations};
use serde::Deserialize;

use crate::{
    fields::Posted,
    pages::choices,
    problem::Problem,
    public::{
        consents::{self, Consent},
        inputs::{Input, inputs},
        notice::{self, Part},
    },
    text::Text,
};

/// The part of the page that scripts fetch again while somebody types.
const PART: &str = "preview";

/// In which language an address asks for the preview.
#[derive(Debug, Default, Deserialize)]
pub struct Wish {
    #[serde(default)]
    preview: String,
}

impl Wish {
    /// The language; none where it is not said, or not one of ours.
    pub(super) fn language(&self) -> Option<Language> {
        self.preview.parse().ok()
    }
}

/// The language that is asked for together with what is typed, and the rest of what was sent.
pub(super) fn wish(posted: Posted) -> Result<(Option<Language>, Posted), Problem> {
    let (wish, posted) = posted.apart("preview")?;
    Ok((wish.parse().ok(), posted))
}

/// The preview of a form.
pub(super) struct Preview {
    pub(super) title: String,
    /// The address that shows it in the language it is asked for.
    pub(super) at: String,
    /// Whether what is being typed is sent there, and not a language alone.
    pub(super) follows: bool,
    /// The language that was asked for; empty where it is that of the form.
    pub(super) wish: &'static str,
    /// Why it is not what its reader expects; empty where it is.
    pub(super) hint: String,
    /// None where what is shown already stays.
    pub(super) seen: Option<Seen>,
}

/// A form as visitors see it.
pub(super) struct Seen {
    pub(super) t: Text,
    pub(super) inputs: Vec<SeenInput>,
    pub(super) consents: Vec<Consent>,
    pub(super) notice: Vec<Part>,
}

/// A field as visitors see it.
pub(super) struct SeenInput {
    pub(super) input: Input,
    /// Whether it is the one that is worked on.
    pub(super) is_edited: bool,
}

impl Seen {
    /// The languages to choose from: code, name, and whether it is the one that is shown.
    pub(super) fn languages(&self) -> [(&'static str, &'static str, bool); 2] {
        choices::languages().map(|(code, name)| (code, name, code == self.t.code()))
    }
}

impl Preview {
    /// A form in the language that is asked for, or else in its own, as its hosted page shows it.
    pub(super) fn of(
        title: String,
        at: String,
        settings: &FormSettings,
        organization: &str,
        wish: Option<Language>,
    ) -> Self {
        let t = Text::new(wish.unwrap_or(settings.language));
        let inputs = inputs(settings, &Sent::default(), &[], t)
            .into_iter()
            .map(|input| SeenInput { input: Input { name: beside(&input.name), ..input }, is_edited: false });
        let seen = Seen {
            t,
            inputs: inputs.collect(),
            consents: consents::asked(settings, &[]),
            notice: notice::parts(settings, organization, t),
        };
        let wish = wish.map(Language::code).unwrap_or_default();
        Self { title, at, follows: false, wish, hint: String::new(), seen: Some(seen) }
    }

    /// The same beside a form that is sent there while it is typed.
    pub(super) fn following(self) -> Self {
        Self { follows: true, ..self }
    }

    /// The same without the fields: what visitors read, not what they are asked.
    pub(super) fn without_fields(mut self) -> Self {
        self.seen.iter_mut().for_each(|seen| seen.inputs.clear());
        self
    }

    /// The same in which the field with that word is the one that is worked on.
    pub(super) fn editing(mut self, key: &str, t: Text) -> Self {
        let name = beside(key);
        let inputs = self.seen.iter_mut().flat_map(|seen| &mut seen.inputs);
        for one in inputs.filter(|one| one.input.name == name) {
            if one.input.kind == "hidden" {
                self.hint = t.get("preview-hidden");
            } else {
                one.is_edited = true;
            }
        }
        self
    }

    /// The same where something is wrong with what was typed. While somebody types, what they saw last stays.
    pub(super) fn faulty(self, words: String, headers: &HeaderMap) -> Self {
        let seen = self.seen.filter(|_| !is_typing(headers));
        Self { hint: words, seen, ..self }
    }
}

/// By what a field is told from those of the page beside which it is shown.
fn beside(key: &str) -> String {
    format!("visitor-{key}")
}

/// Whether a script asks because somebody types, and not because they asked for another language.
fn is_typing(headers: &HeaderMap) -> bool {
    headers.get("hx-trigger").and_then(|id| id.to_str().ok()) == Some(PART)
}

/// How a page with a preview is answered. Half of what one types is wrong while one types it: a script that asks is told
/// so in the page, and no browser takes it for a failure.
pub(super) fn status(headers: &HeaderMap, faults: &Violations) -> StatusCode {
    if faults.is_empty() || headers.contains_key("hx-request") {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// What is wrong with what was typed, each fault behind what its part is called; empty for a part without a name.
pub(super) fn told(faults: &Violations, t: Text, part: impl Fn(&str) -> String) -> String {
    let told = faults.iter().map(|fault| {
        let (part, rule) = (part(&fault.field), t.rule(&fault.field, fault.rule));
        if part.is_empty() { rule } else { t.with_all("preview-fault", [("part", &*part), ("rule", &*rule)]) }
    });
    t.with("preview-faulty", "faults", told.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use qualify_domain::violation::Rule;

    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_fault_is_a_failure_only_where_no_script_asks() {
        let (none, one) = (Violations::default(), Violations::one("label_en", Rule::Required));
        let (browser, script) = (headers(&[]), headers(&[("hx-request", "true")]));
        assert_eq!(status(&browser, &none), StatusCode::OK);
        assert_eq!(status(&browser, &one), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(status(&script, &one), StatusCode::OK);
    }

    #[test]
    fn what_was_shown_stays_while_one_types_and_not_when_one_asks_for_a_language() {
        assert!(is_typing(&headers(&[("hx-trigger", "preview")])));
        assert!(!is_typing(&headers(&[("hx-trigger", "preview-fr")])) && !is_typing(&headers(&[])));
    }

    #[test]
    fn each_fault_is_told_behind_its_part() {
        let mut faults = Violations::one("label_en", Rule::Required);
        faults.add("form", Rule::TooMany(30));
        let part = |name: &str| if name == "form" { String::new() } else { "Label".to_owned() };
        let words = told(&faults, Text::new(Language::English), part);
        assert!(words.contains("Label: This is required. There are 30 already."), "{words}");
    }
}
