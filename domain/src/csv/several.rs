//! Several words in one cell.

/// Words in one cell, with the first of the `marks` and a blank between two. A word in which one of the marks stands, or that
/// begins with a quotation mark, is put in quotation marks.
pub fn join<'a>(words: impl IntoIterator<Item = &'a str>, marks: &[char]) -> String {
    let between = marks.first().map(|mark| format!("{mark} ")).unwrap_or_default();
    words.into_iter().map(|word| guarded(word, marks)).collect::<Vec<_>>().join(&between)
}

fn guarded(word: &str, marks: &[char]) -> String {
    if word.starts_with('"') || word.contains(marks) {
        format!("\"{}\"", word.replace('"', "\"\""))
    } else {
        word.to_owned()
    }
}

/// The words of a cell, with any of the `marks` or a line's end between two: what [`join`] wrote, or somebody by hand.
pub fn split(cell: &str, marks: &[char]) -> Vec<String> {
    let ends = |c: char| c == '\n' || marks.contains(&c);
    let (mut words, mut rest) = (Vec::new(), cell);
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() && c != '\n');
        let (word, after) = quoted(rest, ends).unwrap_or_else(|| {
            let (word, after) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
            (word.trim().to_owned(), after)
        });
        if !word.is_empty() {
            words.push(word);
        }
        let mut after = after.chars();
        if after.next().is_none() {
            return words;
        }
        rest = after.as_str();
    }
}

/// A word in quotation marks, with nothing behind it, and what follows.
fn quoted(text: &str, ends: impl Fn(char) -> bool) -> Option<(String, &str)> {
    let (mut word, mut rest) = (String::new(), text.strip_prefix('"')?);
    loop {
        let (before, after) = rest.split_once('"')?;
        word.push_str(before);
        let Some(further) = after.strip_prefix('"') else {
            let after = after.trim_start_matches(|c: char| c.is_whitespace() && c != '\n');
            return (after.is_empty() || after.starts_with(ends)).then_some((word, after));
        };
        word.push('"');
        rest = further;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MARKS: [char; 2] = [',', ';'];

    #[test]
    fn words_are_written_plainly_where_they_can_be() {
        assert_eq!(join(["fair", "hot"], &MARKS), "fair, hot");
        assert_eq!(join(["a; b", "c"], &[';']), "\"a; b\"; c");
        assert_eq!(join(["a, b", "12\" nail", "\"x\""], &[';']), "a, b; 12\" nail; \"\"\"x\"\"\"");
    }

    #[test]
    fn words_are_read_as_people_write_them() {
        let read = |cell| split(cell, &MARKS);
        assert_eq!(read("fair,hot ; vip\nnew"), ["fair", "hot", "vip", "new"]);
        assert_eq!(read(" , fair,, "), ["fair"]);
        assert_eq!(read(""), Vec::<String>::new());
        assert_eq!(read("12\" nail, \"a, b\" , c"), ["12\" nail", "a, b", "c"]);
        assert_eq!(read("\"never closed, c"), ["\"never closed", "c"]);
        assert_eq!(read("\"one\" two, c"), ["\"one\" two", "c"]);
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_again(words in prop::collection::vec("[a-c,;\" ]{1,8}", 0..5), one in any::<bool>()) {
            let words: Vec<_> = words.iter().map(|word| word.trim()).filter(|word| !word.is_empty()).collect();
            let marks = if one { &[';'][..] } else { &MARKS };
            prop_assert_eq!(split(&join(words.iter().copied(), marks), marks), words);
        }
    }
}
