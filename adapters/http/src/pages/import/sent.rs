use qualify_domain::{
    form::LegalBasis,
    import::{DateOrder, Delimiter, Encoding, ImportField, ImportMode, ImportSettings, MOST_COLUMNS},
    text::Name,
    violation::{Rule, Violations},
};

use crate::{fields::Posted, filled::Filled, problem::Problem};

const FIELDS: [&str; 10] = [
    "version",
    "encoding",
    "delimiter",
    "has_header",
    "dates",
    "mode",
    "all_or_nothing",
    "legal_basis",
    "source",
    "do",
];

/// What was sent, by the names of its fields, and which column has which meaning, from 1.
pub(super) struct Sent {
    values: [String; 10],
    pub columns: Vec<(ImportField, usize)>,
}

impl Sent {
    pub fn read(posted: &Posted) -> Result<Self, Problem> {
        let (values, to) = posted.only_with(FIELDS, "to")?;
        let meaning = |said: &String| {
            let (field, column) = said.split_once('=')?;
            let column = column.parse().ok().filter(|column| (1..=MOST_COLUMNS).contains(column))?;
            Some((field.parse().ok()?, column))
        };
        let said = to.iter().filter(|said| !said.is_empty());
        let columns = said.map(meaning).collect::<Option<_>>().ok_or_else(Problem::bad_request)?;
        Ok(Self { values, columns })
    }

    pub fn of(&self, name: &str) -> &str {
        FIELDS.iter().position(|field| *field == name).and_then(|at| self.values.get(at)).map_or("", String::as_str)
    }

    pub fn version(&self) -> Result<i32, Problem> {
        self.of("version").parse().map_err(|_| Problem::bad_request())
    }

    pub fn filled(&self) -> Filled {
        FIELDS.iter().zip(&self.values).fold(Filled::default(), |filled, (name, value)| filled.with(name, value))
    }

    pub fn settings(&self) -> Result<ImportSettings, Violations> {
        let mut faults = Violations::default();
        let width = self.columns.iter().map(|(_, column)| *column).max().unwrap_or_default();
        let mut columns = vec![None; width];
        for (field, column) in &self.columns {
            match columns.get_mut(column - 1) {
                Some(place) if place.is_none() => *place = Some(*field),
                _ => faults.add("columns", Rule::Duplicate),
            }
        }
        let basis = Some(self.of("legal_basis")).filter(|basis| !basis.is_empty());
        let settings = ImportSettings {
            encoding: faults.keep("encoding", self.of("encoding").parse()).unwrap_or(Encoding::Utf8),
            delimiter: faults.keep("delimiter", self.of("delimiter").parse()).unwrap_or(Delimiter::Comma),
            has_header: !self.of("has_header").is_empty(),
            columns,
            dates: faults.keep("dates", self.of("dates").parse()).unwrap_or(DateOrder::Iso),
            mode: faults.keep("mode", self.of("mode").parse()).unwrap_or(ImportMode::Upsert),
            all_or_nothing: !self.of("all_or_nothing").is_empty(),
            legal_basis: faults.keep("legal_basis", basis.map(str::parse::<LegalBasis>).transpose()).flatten(),
            source: faults.keep("source", Name::parse_optional(self.of("source"))).flatten(),
        };
        faults.or(Some(settings))
    }
}
