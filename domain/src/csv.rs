//! Tables as CSV: written so that a spreadsheet opens them without running anything that stands in them (WEB-9), and read
//! as spreadsheets and other programs write them.

mod reader;

pub use self::reader::{Reader, Record};

const DANGEROUS: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\0'];

/// A line of cells, with its end.
pub fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<_> = cells.into_iter().map(cell).collect();
    cells.join(",") + "\r\n"
}

/// One cell. What a spreadsheet would take for a formula gets an apostrophe in front.
fn cell(text: &str) -> String {
    let formula = text.starts_with(DANGEROUS);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// What a cell held before an apostrophe was put in front of it.
pub fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(DANGEROUS)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_9_a_cell_is_never_a_formula() {
        for start in ["=", "+", "-", "@", "\t", "\0"] {
            assert_eq!(cell(&format!("{start}1")), format!("'{start}1"));
        }
        assert_eq!(cell("\r1"), "\"'\r1\"");
        assert_eq!(cell("=HYPERLINK(\"x\",\"y\")"), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
        assert_eq!(cell("a=1"), "a=1");
    }

    #[test]
    fn what_was_guarded_comes_back_as_it_was() {
        for text in ["=1", "+33 6", "a", "'a", "", "'"] {
            assert_eq!(unguarded(&cell(text)), text);
        }
    }

    #[test]
    fn a_cell_holds_what_it_held() {
        assert_eq!(line(["a", "b,c", "d\"e", "", "f\ng"]), "a,\"b,c\",\"d\"\"e\",,\"f\ng\"\r\n");
    }
}
