/// A record has at most so many bytes; a quote that is still open then was never meant to be one.
const MOST_BYTES: usize = 64 * 1024;
/// A record is taken apart into at most so many cells; the last one holds what is left.
const MOST_CELLS: usize = 1_000;

/// A line of a table; a quoted cell may stretch over several lines of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Where it begins, in bytes.
    pub at: usize,
    /// The line of the text on which it begins, from 1.
    pub line: u32,
    /// As it stands there.
    pub raw: &'a str,
    /// Its cells; none if a quote in it is never closed.
    pub cells: Option<Vec<String>>,
}

/// Reads the records of a text, leaving out empty lines. One that cannot be read takes no other with it.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a str,
    length: usize,
    delimiter: char,
    line: u32,
}

impl<'a> Reader<'a> {
    /// A reader at the beginning of a text.
    pub const fn new(text: &'a str, delimiter: char) -> Self {
        Self::at(text, delimiter, 1)
    }

    /// A reader of a part of a text, which begins at that line.
    pub const fn at(text: &'a str, delimiter: char, line: u32) -> Self {
        Self { rest: text, length: text.len(), delimiter, line }
    }

    /// Takes so many bytes, and counts their lines.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        let lines = taken.matches('\n').count() + taken.matches('\r').count() - taken.matches("\r\n").count();
        self.line += u32::try_from(lines).unwrap_or(u32::MAX);
        taken
    }

    /// The cells of the record at the beginning of the rest, and how long it is; none if a quote is never closed.
    fn cells(&self) -> Option<(Vec<String>, usize)> {
        let (mut cells, mut cell, mut chars) = (Vec::new(), String::new(), self.rest.char_indices().peekable());
        let mut is_fresh = true;
        while let Some((at, char)) = chars.next() {
            match char {
                '"' if is_fresh => {
                    quoted(&mut chars, &mut cell)?;
                    is_fresh = false;
                }
                '\r' | '\n' => {
                    let pair = char == '\r' && self.rest[at..].starts_with("\r\n");
                    cells.push(cell);
                    return Some((cells, at + if pair { 2 } else { 1 }));
                }
                char if char == self.delimiter && cells.len() + 1 < MOST_CELLS => {
                    cells.push(std::mem::take(&mut cell));
                    is_fresh = true;
                }
                char => {
                    // Blanks before a quote are no part of the cell.
                    is_fresh = is_fresh && char == ' ';
                    cell.push(char);
                    if is_fresh && self.rest[at + 1..].starts_with('"') {
                        cell.clear();
                    }
                }
            }
        }
        cells.push(cell);
        Some((cells, self.rest.len()))
    }
}

type Chars<'a> = std::iter::Peekable<std::str::CharIndices<'a>>;

/// What stands between two quotes, of which the first is taken; two quotes within are one.
fn quoted(chars: &mut Chars<'_>, cell: &mut String) -> Option<()> {
    while let Some((_, char)) = chars.next() {
        match char {
            '"' if chars.next_if(|(_, next)| *next == '"').is_some() => cell.push('"'),
            '"' => return Some(()),
            char if cell.len() < MOST_BYTES => cell.push(char),
            _ => return None,
        }
    }
    None
}

impl<'a> Iterator for Reader<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        while !self.rest.is_empty() {
            let (at, line) = (self.length - self.rest.len(), self.line);
            if let Some((cells, bytes)) = self.cells() {
                let raw = self.take(bytes).trim_end_matches(['\r', '\n']);
                if cells.iter().any(|cell| !cell.trim().is_empty()) {
                    return Some(Record { at, line, raw, cells: Some(cells) });
                }
            } else {
                let end = self.rest.find(['\r', '\n']).unwrap_or(self.rest.len());
                let pair = self.rest[end..].starts_with("\r\n");
                let after = (end + if pair { 2 } else { 1 }).min(self.rest.len());
                let raw = self.take(after).trim_end_matches(['\r', '\n']);
                return Some(Record { at, line, raw, cells: None });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::csv;

    fn read(text: &str, delimiter: char) -> Vec<(u32, Option<Vec<String>>)> {
        Reader::new(text, delimiter).map(|record| (record.line, record.cells)).collect()
    }

    fn cells(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn records_are_read_however_their_lines_end() {
        let expected = vec![(1, Some(cells(&["a", "b"]))), (2, Some(cells(&["c", ""])))];
        for text in ["a,b\nc,", "a,b\r\nc,\r\n", "a,b\rc,\r"] {
            assert_eq!(read(text, ','), expected, "{text:?}");
        }
        assert_eq!(read("a;\"b;c\"\n\n;\nd;e", ';'), [(1, Some(cells(&["a", "b;c"]))), (4, Some(cells(&["d", "e"])))]);
        assert_eq!(read("", ','), []);
    }

    #[test]
    fn a_quoted_cell_holds_delimiters_quotes_and_lines() {
        let text = "a,\"x\ny \"\"z\"\"\"\nb, \"c\",d\"e";
        assert_eq!(read(text, ','), [(1, Some(cells(&["a", "x\ny \"z\""]))), (3, Some(cells(&["b", "c", "d\"e"])))]);
    }

    #[test]
    fn a_quote_that_is_never_closed_takes_its_own_line_only() {
        let text = "a,b\n\"c,d\ne,f\ng,h";
        let expected =
            [(1, Some(cells(&["a", "b"]))), (2, None), (3, Some(cells(&["e", "f"]))), (4, Some(cells(&["g", "h"])))];
        assert_eq!(read(text, ','), expected);
        let long = format!("\"{}\n{}", "x".repeat(MOST_BYTES + 1), "b,c");
        let records: Vec<_> = Reader::new(&long, ',').collect();
        assert_eq!((records.len(), records[0].cells.clone(), records[1].line), (2, None, 2));
        assert_eq!(records[1].cells, Some(cells(&["b", "c"])));
    }

    #[test]
    fn a_record_has_so_many_cells_at_most_and_loses_nothing() {
        let text = format!("{}a,b\nc", "x,".repeat(MOST_CELLS - 1));
        let read = read(&text, ',');
        let first = read[0].1.as_ref().unwrap();
        assert_eq!((first.len(), first.last().unwrap().as_str()), (MOST_CELLS, "a,b"));
        assert_eq!(read[1], (2, Some(cells(&["c"]))));
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_again(rows in prop::collection::vec(prop::collection::vec("[a-z\",;\n =+é]{1,8}", 1..5), 1..6)) {
            let text: String = rows.iter().map(|row| csv::line(row.iter().map(String::as_str))).collect();
            let kept = rows.into_iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty()));
            let read = Reader::new(&text, ',').map(|record| record.cells.unwrap());
            let read = read.map(|row| row.iter().map(|cell| csv::unguarded(cell).to_owned()).collect::<Vec<_>>());
            prop_assert_eq!(read.collect::<Vec<_>>(), kept.collect::<Vec<_>>());
        }

        #[test]
        fn whatever_it_is_it_is_read_to_its_end(text in "[a\",;\r\n\t é]{0,60}") {
            let lines = text.matches('\n').count() + text.matches('\r').count() + 1;
            for record in Reader::new(&text, ',') {
                prop_assert!(record.line as usize <= lines);
            }
        }
    }
}
