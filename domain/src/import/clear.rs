//! The word that clears, and how a cell says that word without meaning it.

use std::borrow::Cow;

/// A cell that says this clears what is known; an empty one leaves it.
pub const CLEAR: &str = "[clear]";

/// A cell that means what it says: one that would clear gets an apostrophe in front; so does one that would look as if it had
/// got one.
pub fn meant(text: &str) -> Cow<'_, str> {
    if would_clear(text) { format!("'{text}").into() } else { text.into() }
}

/// What a cell says, as it was before an apostrophe was put in front of it; nothing if it clears.
pub(super) fn said(cell: &str) -> Option<&str> {
    let said = cell.strip_prefix('\'').filter(|rest| would_clear(rest)).unwrap_or(cell);
    (cell.trim() != CLEAR).then_some(said)
}

fn would_clear(text: &str) -> bool {
    text.trim_start_matches('\'').trim() == CLEAR
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv;

    #[test]
    fn the_word_alone_clears() {
        for cell in ["[clear]", " [clear] "] {
            assert_eq!(said(cell), None, "{cell:?}");
        }
        for cell in ["[Clear]", "clear", "[clear] it", "", "'", "'a"] {
            assert_eq!((said(cell), &*meant(cell)), (Some(cell), cell));
        }
    }

    #[test]
    fn what_is_meant_is_said() {
        assert_eq!((&*meant("[clear]"), &*meant("'[clear]")), ("'[clear]", "''[clear]"));
        for text in ["[clear]", " [clear]", "'[clear]", "''[clear]", "' [clear]", "\t[clear]", "=[clear]", "'=1", "a"] {
            let line = csv::line([&*meant(text)]);
            let cells = csv::Reader::new(&line, ',').next().unwrap().cells.unwrap();
            assert_eq!(said(csv::unguarded(&cells[0])), Some(text));
        }
    }
}
