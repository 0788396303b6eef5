//! Other people in what is kept of a person: their colleagues of the organization are told by what they are there and
//! their initials, and addresses of anybody else are taken out of what members wrote (DSR-8).

use std::collections::BTreeMap;

use crate::text::Email;

/// What stands where an address stood.
const TAKEN_OUT: &str = "[…]";
/// What a member is called who is gone.
const FORMER: &str = "former member";

/// A member of the organization.
#[derive(Clone, Debug)]
pub struct Colleague {
    /// Their id, as rows bear it.
    pub id: String,
    /// What they are in the organization, by its stable name.
    pub role: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Their address.
    pub email: String,
}

impl Colleague {
    fn label(&self) -> String {
        let initial = |name: &str| name.chars().next().map(|first| format!(" {first}.")).unwrap_or_default();
        format!("{}{}{}", self.role, initial(&self.first_name), initial(&self.last_name))
    }
}

/// Who is not to be told of.
#[derive(Clone, Debug, Default)]
pub struct Redaction {
    /// What stands for a member's id.
    labels: BTreeMap<String, String>,
    /// What stands for a member's name, or address; the longest first.
    words: Vec<(String, String)>,
    /// The person's own addresses, which stay.
    own: Vec<String>,
}

impl Redaction {
    /// Takes out these members, and every address but the person's own.
    pub fn new<'a>(colleagues: &[Colleague], own: impl IntoIterator<Item = &'a str>) -> Self {
        let labels = colleagues.iter().map(|colleague| (colleague.id.clone(), colleague.label())).collect();
        let mut words: Vec<_> = colleagues
            .iter()
            .flat_map(|colleague| {
                let name = format!("{} {}", colleague.first_name, colleague.last_name);
                [(name, colleague.label()), (colleague.email.clone(), colleague.label())]
            })
            .collect();
        words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        Self { labels, words, own: own.into_iter().map(str::to_lowercase).collect() }
    }

    /// What stands for a member, by their id.
    pub fn member(&self, id: &str) -> &str {
        self.labels.get(id).map_or(FORMER, String::as_str)
    }

    /// A value that may be the id of a member, without telling whose.
    pub fn id<'a>(&'a self, value: &'a str) -> &'a str {
        self.labels.get(value).map_or(value, String::as_str)
    }

    /// What members wrote, without other people's names and addresses.
    pub fn text(&self, written: &str) -> String {
        let mut text = written.to_owned();
        for (word, label) in &self.words {
            if !self.own.contains(&word.to_lowercase()) {
                text = replaced(&text, word, label);
            }
        }
        self.without_addresses(&text)
    }

    fn without_addresses(&self, text: &str) -> String {
        let is_apart = |character: char| character.is_whitespace() || "<>()[]{}\"',;:|".contains(character);
        let mut out = String::with_capacity(text.len());
        for piece in text.split_inclusive(is_apart) {
            let word = piece.trim_end_matches(is_apart);
            let address = word.trim_matches(['.', '!', '?']);
            if Email::parse(address).is_ok() && !self.own.contains(&address.to_lowercase()) {
                out.push_str(&piece.replacen(address, TAKEN_OUT, 1));
            } else {
                out.push_str(piece);
            }
        }
        out
    }
}

/// A text with a word replaced wherever it stands, in upper or lower case; a word within another stays.
fn replaced(text: &str, word: &str, label: &str) -> String {
    let is_here = |rest: &str| {
        let mut written = rest.chars();
        let same = word.chars().all(|wanted| {
            written.next().is_some_and(|found| found == wanted || found.to_lowercase().eq(wanted.to_lowercase()))
        });
        same.then(|| rest.len() - written.as_str().len()).filter(|_| !written.next().is_some_and(char::is_alphanumeric))
    };
    if word.trim().is_empty() {
        return text.to_owned();
    }
    let (mut out, mut rest, mut before) = (String::with_capacity(text.len()), text, None::<char>);
    while let Some(first) = rest.chars().next() {
        let found = if before.is_some_and(char::is_alphanumeric) { None } else { is_here(rest) };
        let length = found.unwrap_or(first.len_utf8());
        out.push_str(if found.is_some() { label } else { &rest[..length] });
        before = rest[..length].chars().next_back();
        rest = &rest[length..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redaction() -> Redaction {
        let colleague = |id: &str, role: &str, first: &str, last: &str| Colleague {
            id: id.into(),
            role: role.into(),
            first_name: first.into(),
            last_name: last.into(),
            email: format!("{}@seller.example", first.to_lowercase()),
        };
        let colleagues = [colleague("1", "agent", "Odile", "Martin"), colleague("2", "owner", "Odile", "Martinez")];
        Redaction::new(&colleagues, ["Anna@example.com"])
    }

    #[test]
    fn dsr_8_a_member_is_told_by_role_and_initials() {
        let redaction = redaction();
        assert_eq!(redaction.member("1"), "agent O. M.");
        assert_eq!(redaction.member("9"), FORMER);
        assert_eq!((redaction.id("2"), redaction.id("9")), ("owner O. M.", "9"));
    }

    #[test]
    fn dsr_8_other_people_are_taken_out_of_what_members_wrote() {
        let redaction = redaction();
        for (written, told) in [
            ("Called by Odile Martin.", "Called by agent O. M.."),
            ("@odile martinez, please", "@owner O. M., please"),
            ("ODILE MARTIN", "agent O. M."),
            ("Odile Martinson", "Odile Martinson"),
            ("xOdile Martin", "xOdile Martin"),
            ("ask odile@seller.example!", "ask agent O. M.!"),
            ("her friend <eve@other.example>, too", "her friend <[…]>, too"),
            ("eve@other.example.", "[…]."),
            ("write to anna@example.com", "write to anna@example.com"),
            ("", ""),
            ("100 @ 3 €", "100 @ 3 €"),
        ] {
            assert_eq!(redaction.text(written), told, "{written}");
        }
    }

    #[test]
    fn somebody_without_a_name_takes_nothing_out() {
        let nameless = Colleague {
            id: "1".into(),
            role: "agent".into(),
            first_name: String::new(),
            last_name: String::new(),
            email: String::new(),
        };
        assert_eq!(Redaction::new(&[nameless], []).text("a b  c"), "a b  c");
    }
}
