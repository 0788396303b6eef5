//! Two texts side by side, with the words marked that are in one of them only.

use similar::{ChangeTag, TextDiff};

/// Texts with more words than that, spaces among them, are marked whole: a comparison takes the square of them at worst.
const MOST_WORDS: usize = 4_000;

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    /// The words.
    pub text: String,
    /// Whether they stand in this text only.
    pub is_marked: bool,
}

/// Both texts in pieces. Where there is none there are no pieces.
pub fn marked(before: Option<&str>, after: Option<&str>) -> (Vec<Piece>, Vec<Piece>) {
    let whole = |text: Option<&str>| {
        let piece = |text: &str| Piece { text: text.to_owned(), is_marked: true };
        text.map(piece).into_iter().collect::<Vec<_>>()
    };
    let (Some(old), Some(new)) = (before, after) else { return (whole(before), whole(after)) };
    if words(old) + words(new) > MOST_WORDS {
        return (whole(before), whole(after));
    }
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for change in TextDiff::from_words(old, new).iter_all_changes() {
        match change.tag() {
            ChangeTag::Delete => put(&mut left, change.value(), true),
            ChangeTag::Insert => put(&mut right, change.value(), true),
            ChangeTag::Equal => {
                put(&mut left, change.value(), false);
                put(&mut right, change.value(), false);
            }
        }
    }
    (left, right)
}

/// How many words there are, with what stands between them.
fn words(text: &str) -> usize {
    2 * text.split_whitespace().count()
}

/// Adds words to the last piece if they are of its kind.
fn put(pieces: &mut Vec<Piece>, text: &str, is_marked: bool) {
    match pieces.last_mut() {
        Some(last) if last.is_marked == is_marked => last.text.push_str(text),
        _ => pieces.push(Piece { text: text.to_owned(), is_marked }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[Piece]) -> String {
        let one = |piece: &Piece| if piece.is_marked { format!("[{}]", piece.text) } else { piece.text.clone() };
        pieces.iter().map(one).collect()
    }

    fn both(before: Option<&str>, after: Option<&str>) -> (String, String) {
        let (left, right) = marked(before, after);
        (shown(&left), shown(&right))
    }

    #[test]
    fn words_that_went_and_came_are_marked_and_nothing_is_lost() {
        let pair = both(Some("We answer you soon."), Some("We answer you and call."));
        assert_eq!(pair, ("We answer you [soon.]".to_owned(), "We answer you [and call.]".to_owned()));
        assert_eq!(both(Some("36 months"), Some("36 months")), ("36 months".to_owned(), "36 months".to_owned()));
        assert_eq!(both(None, Some("New")), (String::new(), "[New]".to_owned()));
        assert_eq!(both(Some("Old"), None), ("[Old]".to_owned(), String::new()));
        assert_eq!(both(None, None), (String::new(), String::new()));
        let (left, right) = marked(Some("Écrivez à  Zoé\nou pas 🙂"), Some("Écrivez à Zoé\net à Léo 🙂"));
        let text = |pieces: &[Piece]| pieces.iter().map(|piece| &*piece.text).collect::<String>();
        assert_eq!(
            (text(&left), text(&right)),
            ("Écrivez à  Zoé\nou pas 🙂".into(), "Écrivez à Zoé\net à Léo 🙂".into())
        );
    }

    #[test]
    fn texts_that_would_take_too_long_are_marked_whole() {
        let (long, other) = ("a b ".repeat(1_000), "b a ".repeat(1_000));
        let (left, right) = marked(Some(&long), Some(&other));
        assert_eq!((left.len(), right.len()), (1, 1));
        assert!(left[0].is_marked && right[0].is_marked && left[0].text == long && right[0].text == other);
    }
}
