//! Tables as CSV: written so that a spreadsheet opens them without running anything that stands in them (WEB-9), and read
//! as spreadsheets and other programs write them.

mod reader;
mod several;

pub use self::{
    reader::{Reader, Record},
    several::{join, split},
};

const DANGEROUS: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\0'];

/// A line of cells, with its end.
pub fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<_> = cells.into_iter().map(cell).collect();
    cells.join(",") + "\r\n"
}

/// One cell. What a spreadsheet would take for a formula gets an apostrophe in front; so does what would look as if it had
/// got one.
fn cell(text: &str) -> String {
    let text = if is_dangerous(text) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// What a cell held before an apostrophe was put in front of it.
pub fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_dangerous(rest)).unwrap_or(cell)
}

fn is_dangerous(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(DANGEROUS)
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
        for text in ["=1", "+33 6", "a", "'a", "", "'", "'=1", "''+1"] {
            assert_eq!(unguarded(&cell(text)), text);
        }
    }

    #[test]
    fn a_cell_holds_what_it_held() {
        assert_eq!(line(["a", "b,c", "d\"e", "", "f\ng"]), "a,\"b,c\",\"d\"\"e\",,\"f\ng\"\r\n");
    }
}
