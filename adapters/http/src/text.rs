//! Words of the pages, in the reader's language, from the catalogue in `locales/`.

use std::sync::LazyLock;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use http::{HeaderMap, header};
use qualify_domain::{language::Language, violation::Rule};
use unic_langid::LanguageIdentifier;

const ENGLISH: &str = include_str!("../locales/en.ftl");
const FRENCH: &str = include_str!("../locales/fr.ftl");

static CATALOGUE: LazyLock<[FluentBundle<FluentResource>; 2]> =
    LazyLock::new(|| [bundle(Language::English, ENGLISH), bundle(Language::French, FRENCH)]);

fn bundle(language: Language, source: &str) -> FluentBundle<FluentResource> {
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(readable, _)| readable);
    let identifier = language.code().parse::<LanguageIdentifier>().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
    bundle.set_use_isolating(false);
    match language {
        Language::English => bundle.set_formatter(Some(|value, _| Text(Language::English).counted(value))),
        Language::French => bundle.set_formatter(Some(|value, _| Text(Language::French).counted(value))),
    }
    bundle.add_resource_overriding(resource);
    bundle
}

/// The catalogue in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text(Language);

impl Text {
    /// The words in `language`.
    pub const fn new(language: Language) -> Self {
        Self(language)
    }

    /// The words in the language a browser asks for; English if it knows neither of ours.
    pub fn accepted(headers: &HeaderMap) -> Self {
        let wishes = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut best = (0.0, Language::default());
        for wish in wishes.split(',') {
            let (tag, weight) = wish.split_once(";q=").unwrap_or((wish, "1"));
            let weight = weight.trim().parse().unwrap_or(0.0_f32);
            let spoken = tag.trim().get(..2).and_then(|code| code.to_ascii_lowercase().parse().ok());
            if let Some(language) = spoken.filter(|_| weight > best.0) {
                best = (weight, language);
            }
        }
        Self(best.1)
    }

    /// The language.
    pub const fn language(self) -> Language {
        self.0
    }

    /// The language's code, for `lang` attributes.
    pub const fn code(self) -> &'static str {
        self.0.code()
    }

    /// The words of a key.
    pub fn get(self, key: &str) -> String {
        self.format(key, None)
    }

    /// The words of a key, if there are any: for codes that were kept by another version of this program.
    pub fn find(self, key: &str) -> Option<String> {
        let pattern = self.bundle().get_message(key)?.value()?;
        Some(self.bundle().format_pattern(pattern, None, &mut Vec::new()).into_owned())
    }

    /// The words of a key around one value.
    pub fn with(self, key: &str, name: &str, value: impl std::fmt::Display) -> String {
        self.format(key, Some(&FluentArgs::from_iter([(name, value.to_string())])))
    }

    /// The words of a key around several values.
    pub fn with_all<const N: usize>(self, key: &str, values: [(&str, &str); N]) -> String {
        self.format(key, Some(&FluentArgs::from_iter(values)))
    }

    /// The words of a key that counts something called `name`.
    pub fn times(self, key: &str, name: &str, times: i64) -> String {
        let mut args = FluentArgs::new();
        args.set("times", FluentValue::from(times));
        args.set("name", name);
        self.format(key, Some(&args))
    }

    /// A number, its digits in groups of three.
    pub fn number(self, number: u64) -> String {
        let between = match self.0 {
            Language::English => ',',
            Language::French => '\u{202f}',
        };
        let digits = number.to_string();
        let mut grouped = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                grouped.push(between);
            }
            grouped.push(digit);
        }
        grouped
    }

    /// A number with what stands behind its point: `1,234.5`, `1 234,5`.
    pub fn decimal(self, number: f64) -> String {
        let plain = number.abs().to_string();
        let (whole, rest) = plain.split_once('.').unwrap_or((&plain, ""));
        // What has more digits than that is not read in groups.
        let whole = whole.parse().map_or_else(|_| whole.to_owned(), |whole| self.number(whole));
        let (sign, point) = (if number < 0.0 { "-" } else { "" }, if rest.is_empty() { "" } else { self.point() });
        format!("{sign}{whole}{point}{rest}")
    }

    /// A number in the words of a key, as it is read; nothing else is written in another way.
    fn counted(self, value: &FluentValue<'_>) -> Option<String> {
        match value {
            FluentValue::Number(number) => Some(self.decimal(number.value)),
            _ => None,
        }
    }

    const fn point(self) -> &'static str {
        match self.0 {
            Language::English => ".",
            Language::French => ",",
        }
    }

    /// What to say about a value that broke a rule.
    pub fn rule(self, field: &str, rule: Rule) -> String {
        match (field, rule) {
            ("consent", Rule::Required) => self.get("consent-required"),
            _ => self.with(&format!("rule-{}", rule.code()), "limit", rule.limit().unwrap_or_default()),
        }
    }

    fn bundle(self) -> &'static FluentBundle<FluentResource> {
        match self.0 {
            Language::English => &CATALOGUE[0],
            Language::French => &CATALOGUE[1],
        }
    }

    fn format(self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let bundle = self.bundle();
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            tracing::error!(key, language = self.code(), "the catalogue has no such key");
            return key.to_owned();
        };
        bundle.format_pattern(pattern, args, &mut Vec::new()).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    fn keys(source: &str) -> BTreeSet<&str> {
        source
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
            .filter_map(|line| line.split_once(" =").map(|(key, _)| key))
            .collect()
    }

    /// All strings between `opening` and the next quote, in every file below `folder`.
    fn mentioned(folder: &Path, openings: &[&str], into: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                mentioned(&path, openings, into);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for opening in openings {
                into.extend(text.split(opening).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
            }
        }
    }

    #[test]
    fn decimals_are_read_in_the_language() {
        let told = |language, number| Text::new(language).decimal(number);
        assert_eq!(told(Language::English, 1_234_567.5), "1,234,567.5");
        assert_eq!(told(Language::French, -1234.25), "-1\u{202f}234,25");
        assert_eq!(told(Language::English, 999.0), "999");
    }

    #[test]
    fn counts_are_read_in_the_language() {
        let told = |language, count| Text::new(language).times("leads-count", "", count);
        assert_eq!([1, 999, 9_876].map(|count| told(Language::English, count)), ["1 lead", "999 leads", "9,876 leads"]);
        assert_eq!(told(Language::French, 9_876), "9\u{202f}876 leads");
    }

    #[test]
    fn every_language_has_the_same_keys_once_each() {
        let (english, french) = (keys(ENGLISH), keys(FRENCH));
        assert_eq!(english, french);
        for source in [ENGLISH, FRENCH] {
            let lines = source.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase())).count();
            assert_eq!(lines, keys(source).len(), "a key stands twice");
            assert!(FluentResource::try_new(source.to_owned()).is_ok());
        }
    }

    #[test]
    fn every_key_that_a_page_uses_is_in_the_catalogue() {
        let mut used = BTreeSet::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let openings = ["t.get(\"", "t.with(\"", "t.with_all(\"", "t.times(\"", "text.get(\"", "text.with(\""];
        mentioned(&root.join("templates"), &openings, &mut used);
        mentioned(&root.join("src"), &openings, &mut used);
        let known: BTreeSet<String> = keys(ENGLISH).into_iter().map(str::to_owned).collect();
        let missing: Vec<_> = used.difference(&known).filter(|key| !key.contains(['{', '\\'])).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(used.len() > 100);
    }

    #[test]
    fn every_rule_has_words() {
        let text = Text::new(Language::French);
        let rules = [
            Rule::Required,
            Rule::TooShort(2),
            Rule::TooLong(100),
            Rule::ControlCharacter,
            Rule::NotAnEmail,
            Rule::NotAPhone,
            Rule::NotAnHttpsUrl,
            Rule::NotAnOrigin,
            Rule::NotASlug,
            Rule::NotAChoice,
            Rule::OneOfRequired,
            Rule::Guessable,
            Rule::OwnWords,
            Rule::Unchanged,
            Rule::AlreadyMember,
            Rule::NotACode,
            Rule::NotATimeZone,
            Rule::NotATime,
            Rule::NotLater,
            Rule::NotADate,
            Rule::TooMany(200),
            Rule::NotPoints,
            Rule::NotAPlace,
            Rule::OutOfRange(100),
            Rule::AtLeast(2),
            Rule::AtMost(9),
            Rule::Gone,
            Rule::FreeText,
        ];
        for rule in rules {
            assert!(!text.rule("email", rule).starts_with("rule-"), "{rule:?}");
        }
        assert_eq!(text.rule("name", Rule::TooLong(100)), "Au plus 100 caractères, s’il vous plaît.");
    }

    #[test]
    fn the_browser_chooses_among_our_languages() {
        let accepted = |wishes: &str| {
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, wishes.parse().unwrap())]);
            Text::accepted(&headers).code()
        };
        assert_eq!(accepted("fr-FR,fr;q=0.9,en;q=0.8"), "fr");
        assert_eq!(accepted("de,en;q=0.5,fr;q=0.7"), "fr");
        assert_eq!(accepted("de"), "en");
        assert_eq!(accepted("é;q=x,,;"), "en");
    }

    #[test]
    fn plurals_follow_the_language() {
        let english = Text::new(Language::English);
        assert!(english.times("undeclared-hint", "company", 1).contains("once"));
        assert!(english.times("undeclared-hint", "company", 3).contains("3 times"));
    }
}
