//! Mentions: members who are named in a note, as `@Anna Berg`.

use std::collections::{BTreeMap, BTreeSet};

use crate::{id::UserId, organization::Member};

/// The members whose full name stands behind an `@` in the text; upper and lower case are the same. Of several who bear one
/// name each is meant.
pub fn mentioned(text: &str, members: &[Member]) -> BTreeSet<UserId> {
    parts(text, members).into_iter().flat_map(|part| part.members).collect()
}

/// A part of a text: a mention, or what stands between two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The part.
    pub text: &'a str,
    /// Who is mentioned: all who bear the name; nobody between two mentions.
    pub members: BTreeSet<UserId>,
}

impl<'a> Part<'a> {
    const fn between(text: &'a str) -> Self {
        Self { text, members: BTreeSet::new() }
    }

    /// Whether it is a mention.
    pub fn is_mention(&self) -> bool {
        !self.members.is_empty()
    }
}

/// The text in parts, in their order; put together they are the text.
pub fn parts<'a>(text: &'a str, members: &[Member]) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    let (mut begin, mut at) = (0, 0);
    while let Some(found) = text[at..].find('@') {
        let place = at + found;
        match named(&text[place + 1..], members).filter(|_| stands_alone(text, place)) {
            Some((length, members)) => {
                let end = place + 1 + length;
                parts.push(Part::between(&text[begin..place]));
                parts.push(Part { text: &text[place..end], members });
                (begin, at) = (end, end);
            }
            None => at = place + 1,
        }
    }
    parts.push(Part::between(&text[begin..]));
    parts.retain(|part| !part.text.is_empty());
    parts
}

/// Whether nothing that belongs to an address stands before the `@`.
fn stands_alone(text: &str, place: usize) -> bool {
    text[..place].chars().next_back().is_none_or(|before| !before.is_alphanumeric())
}

/// How long the name is with which the text begins, and which members bear it; the longest name if several fit.
fn named(text: &str, members: &[Member]) -> Option<(usize, BTreeSet<UserId>)> {
    let mut fits = BTreeMap::<usize, BTreeSet<UserId>>::new();
    for member in members {
        let name = format!("{} {}", member.first_name, member.last_name).to_lowercase();
        let length = prefix(text, &name).filter(|length| !text[*length..].starts_with(char::is_alphanumeric));
        if let Some(length) = length {
            fits.entry(length).or_default().insert(member.membership.user);
        }
    }
    fits.pop_last()
}

/// How many bytes of the text are that name in lower case.
fn prefix(text: &str, name: &str) -> Option<usize> {
    let mut rest = name;
    for (at, letter) in text.char_indices() {
        if rest.is_empty() {
            return Some(at);
        }
        let lower: String = letter.to_lowercase().collect();
        rest = rest.strip_prefix(lower.as_str())?;
    }
    rest.is_empty().then_some(text.len())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{language::Language, organization::Membership};

    fn members() -> Vec<Member> {
        let member = |n: u128, first: &str, last: &str| Member {
            membership: Membership { user: UserId(Uuid::from_u128(n)), roles: vec![] },
            first_name: first.parse().unwrap(),
            last_name: last.parse().unwrap(),
            email: "a@example.com".parse().unwrap(),
            language: Language::English,
            joined_at: Timestamp::UNIX_EPOCH,
            mail_refused_at: None,
        };
        vec![
            member(1, "Anna", "Berg"),
            member(2, "Anna", "Berg Lind"),
            member(3, "Élodie", "Noël"),
            member(4, "anna", "berg"),
        ]
    }

    fn who(text: &str) -> Vec<u128> {
        mentioned(text, &members()).into_iter().map(|user| user.0.as_u128()).collect()
    }

    #[test]
    fn a_member_is_mentioned_by_their_whole_name() {
        assert_eq!(who("@Élodie Noël, please look."), [3]);
        assert_eq!(who("@anna berg lind and @ÉLODIE NOËL"), [2, 3]);
        assert!(who("@Anna").is_empty() && who("@Anna Bergson").is_empty() && who("Anna Berg").is_empty());
        assert!(who("write to me@Anna Berg").is_empty(), "that is an address");
    }

    #[test]
    fn of_several_who_bear_one_name_each_is_mentioned() {
        assert_eq!(who("Please look, @Anna Berg."), [1, 4]);
        let members = members();
        let parts = parts("Hello @ANNA BERG!", &members);
        let told: Vec<_> = parts.iter().map(|part| (part.text, part.is_mention())).collect();
        assert_eq!(told, [("Hello ", false), ("@ANNA BERG", true), ("!", false)]);
    }

    proptest! {
        #[test]
        fn the_parts_of_a_text_are_the_text(text in "[@ aA.éÉ]{0,8}(@Anna Berg| |@élodie noël){0,3}[@ a]{0,4}") {
            let members = members();
            let parts = parts(&text, &members);
            prop_assert_eq!(parts.iter().map(|part| part.text).collect::<String>(), text);
        }
    }
}
