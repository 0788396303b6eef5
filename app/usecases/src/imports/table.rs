//! A file as a table: its letters, its delimiter, its header, its rows. What is taken is told, and can be chosen otherwise.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use qualify_domain::{
    csv::{Reader, Record},
    import::{DateOrder, Delimiter, Encoding, ImportField, ImportMode, ImportSettings, is_usual, read_day, suggest},
    property::{Property, PropertyKind},
};
use qualify_ports::storage::ImportPart;

/// So many rows are read at once.
pub(super) const PART: usize = 250;
/// With this begins a first line that names the delimiter for spreadsheets.
const ANNOUNCED: &str = "sep=";
/// By so many rows is told how a file is written.
const LOOKED_AT: usize = 200;

/// A file that was read as it is said to be written.
pub(super) struct Table {
    /// How many rows there are, the header not counted.
    pub rows: u32,
    /// The rows.
    pub parts: Vec<ImportPart>,
}

/// In which letters a file seems to be written: as its first bytes say, else UTF-8 if it can be, else as its empty bytes lie.
pub(super) fn encoding_of(bytes: &[u8]) -> Encoding {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => return Encoding::Utf8,
        [0xFF, 0xFE, ..] => return Encoding::Utf16Le,
        [0xFE, 0xFF, ..] => return Encoding::Utf16Be,
        _ => {}
    }
    let head = &bytes[..bytes.len().min(1_000)];
    let empty = |odd: usize| head.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count() * 4 > head.len();
    match (empty(1), empty(0)) {
        (true, false) => Encoding::Utf16Le,
        (false, true) => Encoding::Utf16Be,
        _ if std::str::from_utf8(bytes).is_ok() => Encoding::Utf8,
        _ => Encoding::Windows1252,
    }
}

/// The text of a file. What is none in those letters becomes a sign that says so.
pub(super) fn text_of(bytes: &[u8], encoding: Encoding) -> String {
    let encoding = match encoding {
        Encoding::Utf8 => UTF_8,
        Encoding::Utf16Le => UTF_16LE,
        Encoding::Utf16Be => UTF_16BE,
        Encoding::Windows1252 => WINDOWS_1252,
    };
    let (text, _) = encoding.decode_with_bom_removal(bytes);
    text.replace('\0', "\u{fffd}")
}

/// What seems to stand between the cells of a text: what gives the most rows the same number of cells.
pub(super) fn delimiter_of(text: &str) -> Delimiter {
    let announced = text.strip_prefix(ANNOUNCED).and_then(|rest| rest.chars().next());
    if let Some(delimiter) = Delimiter::ALL.iter().find(|delimiter| announced == Some(delimiter.char())) {
        return *delimiter;
    }
    let text = table_text(text).0;
    let fit = |delimiter: &Delimiter| {
        let counts: Vec<_> = records(text, *delimiter).take(LOOKED_AT).map(|cells| cells.len()).collect();
        let first = counts.first().copied().unwrap_or_default();
        let same = counts.iter().filter(|count| **count == first).count();
        if first < 2 { (0, 0) } else { (same, first) }
    };
    let best = Delimiter::ALL.iter().copied().rev().max_by_key(fit);
    best.filter(|delimiter| fit(delimiter).0 > 0).unwrap_or(Delimiter::Comma)
}

/// How a text seems to be written and what its columns seem to mean.
pub(super) fn settings_of(text: &str, encoding: Encoding, delimiter: Delimiter, own: &[Property]) -> ImportSettings {
    let first = records(table_text(text).0, delimiter).next().unwrap_or_default();
    let named = suggest(&first, own).iter().any(Option::is_some);
    let has_header = named || !first.iter().any(|cell| cell.contains('@') || cell.chars().any(|c| c.is_ascii_digit()));
    let columns = columns_of(text, delimiter, has_header, own);
    let mut settings = ImportSettings {
        encoding,
        delimiter,
        has_header,
        columns,
        dates: DateOrder::Iso,
        mode: ImportMode::Upsert,
        all_or_nothing: false,
        legal_basis: None,
        source: None,
    };
    settings.dates = dates_of(text, &settings, own);
    settings
}

/// What the columns seem to mean.
pub(super) fn columns_of(
    text: &str,
    delimiter: Delimiter,
    has_header: bool,
    own: &[Property],
) -> Vec<Option<ImportField>> {
    let text = table_text(text).0;
    let first = records(text, delimiter).next().unwrap_or_default();
    if has_header {
        return suggest(&first, own);
    }
    let width = records(text, delimiter).map(|cells| cells.len()).max().unwrap_or_default();
    let mut columns = vec![None; width];
    let mail = first.iter().position(|cell| cell.contains('@'));
    if let Some(column) = mail.and_then(|at| columns.get_mut(at)) {
        *column = Some(ImportField::Email);
    }
    columns
}

/// In which order the days of a text seem to be written: the one that reads the most of them as usual days, and of several
/// such the one that reads the most at all.
pub(super) fn dates_of(text: &str, settings: &ImportSettings, own: &[Property]) -> DateOrder {
    let days = own.iter().filter(|property| matches!(property.kind, PropertyKind::Date));
    let days = days.map(|property| ImportField::Property(property.id)).chain([ImportField::CreatedAt]);
    let columns: Vec<_> = days.filter_map(|day| settings.column(day)).collect();
    let rows = records(table_text(text).0, settings.delimiter).skip(usize::from(settings.has_header));
    let of_row =
        |cells: Vec<String>| columns.iter().filter_map(|column| cells.get(*column).cloned()).collect::<Vec<_>>();
    let days: Vec<_> = rows.take(LOOKED_AT).flat_map(of_row).collect();
    let read = |order: &DateOrder| {
        let found: Vec<_> = days.iter().filter_map(|day| read_day(day.trim(), *order)).collect();
        (found.iter().filter(|day| is_usual(**day)).count(), found.len())
    };
    let best = DateOrder::ALL.iter().copied().rev().max_by_key(read);
    best.filter(|order| read(order) > (0, 0)).unwrap_or(settings.dates)
}

/// The names of the columns of a text; none where it has no header.
pub(super) fn header_of(text: &str, settings: &ImportSettings) -> Vec<String> {
    let first = || Reader::new(table_text(text).0, settings.delimiter.char()).next()?.cells;
    if settings.has_header { first().unwrap_or_default() } else { Vec::new() }
}

/// The table that a text is, as it is said to be written.
pub(super) fn table_of(text: &str, delimiter: Delimiter, has_header: bool) -> Table {
    let (text, line) = table_text(text);
    let mut reader = Reader::at(text, delimiter.char(), line);
    if has_header {
        reader.next();
    }
    let (mut begins, mut rows) = (Vec::new(), 0);
    for Record { at, line, .. } in reader {
        if rows % PART == 0 {
            begins.push((at, line));
        }
        rows += 1;
    }
    let ends = begins.iter().skip(1).map(|(at, _)| *at).chain([text.len()]);
    let parts =
        begins.iter().zip(ends).map(|((at, line), end)| ImportPart { line: *line, text: text[*at..end].to_owned() });
    Table { rows: u32::try_from(rows).unwrap_or(u32::MAX), parts: parts.collect() }
}

/// The text without a first line that names the delimiter for spreadsheets, and the line on which it begins.
fn table_text(text: &str) -> (&str, u32) {
    let first = text.lines().next().unwrap_or_default();
    if first.len() <= 6 && first.starts_with(ANNOUNCED) {
        (text[first.len()..].trim_start_matches('\r').trim_start_matches('\n'), 2)
    } else {
        (text, 1)
    }
}

/// The rows that can be read.
fn records(text: &str, delimiter: Delimiter) -> impl Iterator<Item = Vec<String>> {
    Reader::new(text, delimiter.char()).filter_map(|record| record.cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEOPLE: &str = "Prénom;Nom;Courriel;Reçu le\nZoé;Léger;zoe@example.com;25/12/2026\n";

    fn utf16(text: &str, order: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
        let mark = mark.then_some(0xFEFF);
        mark.into_iter().chain(text.encode_utf16()).flat_map(order).collect()
    }

    #[test]
    fn the_letters_of_a_file_are_told_and_read() {
        let latin = WINDOWS_1252.encode(PEOPLE).0.into_owned();
        let with_mark = [&[0xEF, 0xBB, 0xBF], PEOPLE.as_bytes()].concat();
        for (bytes, encoding) in [
            (PEOPLE.as_bytes().to_vec(), Encoding::Utf8),
            (with_mark, Encoding::Utf8),
            (latin, Encoding::Windows1252),
            (utf16(PEOPLE, u16::to_le_bytes, true), Encoding::Utf16Le),
            (utf16(PEOPLE, u16::to_be_bytes, true), Encoding::Utf16Be),
            (utf16(PEOPLE, u16::to_le_bytes, false), Encoding::Utf16Le),
            (utf16(PEOPLE, u16::to_be_bytes, false), Encoding::Utf16Be),
        ] {
            assert_eq!(encoding_of(&bytes), encoding);
            assert_eq!(text_of(&bytes, encoding), PEOPLE, "{encoding:?}");
        }
        assert!(text_of(b"Zo\xe9", Encoding::Utf8).contains('\u{fffd}'), "what is none says so");
        assert!(!text_of(b"a\0b", Encoding::Utf8).contains('\0'));
    }

    #[test]
    fn the_delimiter_the_header_the_columns_and_the_days_are_told() {
        let settings = settings_of(PEOPLE, Encoding::Utf8, delimiter_of(PEOPLE), &[]);
        assert_eq!((settings.delimiter, settings.has_header), (Delimiter::Semicolon, true));
        assert_eq!(settings.columns.iter().flatten().count(), 4);
        assert_eq!(settings.dates, DateOrder::DayFirst);
        assert_eq!(delimiter_of("a\tb,c\nd\te,f,g\n"), Delimiter::Tab);
        assert_eq!(delimiter_of("\"a;b\",c\n\"d;e;f\",g"), Delimiter::Comma);
        assert_eq!(delimiter_of("a|b"), Delimiter::Pipe);
        assert_eq!(delimiter_of("sep=;\na,b;c"), Delimiter::Semicolon);
        assert_eq!(delimiter_of("one"), Delimiter::Comma);
        let bare = settings_of("Anna,anna@example.com\nBert,bert@example.com", Encoding::Utf8, Delimiter::Comma, &[]);
        assert_eq!((bare.has_header, bare.columns), (false, vec![None, Some(ImportField::Email)]));
        let american = settings_of("email,date\na@example.com,12/25/2026", Encoding::Utf8, Delimiter::Comma, &[]);
        assert_eq!(american.dates, DateOrder::MonthFirst);
    }

    #[test]
    fn usual_days_tell_the_order_before_others_do() {
        let order = |days: &[&str]| {
            let rows: Vec<_> = days.iter().map(|day| format!("a@example.com,{day}\n")).collect();
            let text = format!("email,date\n{}", rows.concat());
            settings_of(&text, Encoding::Utf8, Delimiter::Comma, &[]).dates
        };
        assert_eq!(order(&["2026-12-25", "25/12/1850", "31/12/1850"]), DateOrder::Iso);
        assert_eq!(order(&["01/02/2026", "12/25/1850"]), DateOrder::MonthFirst);
        assert_eq!(order(&["25/12/1850"]), DateOrder::DayFirst);
        assert_eq!(order(&["25/12/26", "99-12-31"]), DateOrder::DayFirst, "two digits in front are no year");
        assert_eq!(order(&["46000", "99-12-31"]), DateOrder::Iso, "nothing is told by them");
    }

    #[test]
    fn a_table_is_read_in_parts_that_begin_where_rows_do() {
        let rows: Vec<_> = (0..1_200).map(|n| format!("{n},\"a\nb\"\n")).collect();
        let rows = rows.concat();
        let table = table_of(&format!("sep=,\nn,text\n\n{rows}"), Delimiter::Comma, true);
        assert_eq!((table.rows, table.parts.len()), (1_200, 5));
        let read = table.parts.iter().flat_map(|part| {
            Reader::at(&part.text, ',', part.line)
                .map(|record| (record.line, record.cells.unwrap()[0].clone()))
                .collect::<Vec<_>>()
        });
        let expected = (0..1_200).map(|n| (4 + 2 * n, n.to_string()));
        assert!(read.eq(expected));
    }
}
