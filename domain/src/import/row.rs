use std::collections::HashMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{CLEAR, DateOrder, ImportField, ImportSettings};
use crate::{
    csv::{self, Record},
    id::{PropertyId, StageId, UserId},
    language::Language,
    lead::MOST_TAGS,
    person::Person,
    property::{Property, PropertyKind, PropertyValue},
    text::{Email, Message, Name, Phone, Tag},
    violation::Rule,
};

/// What a file says of a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Given<T> {
    /// Nothing: what is known stays.
    #[default]
    Leave,
    /// That nothing is to be known.
    Clear,
    /// This.
    Set(T),
}

impl<T: Clone> Given<T> {
    /// What is known afterwards.
    pub fn over(&self, known: Option<T>) -> Option<T> {
        match self {
            Self::Leave => known,
            Self::Clear => None,
            Self::Set(value) => Some(value.clone()),
        }
    }

    /// The same, but what only writes the same in another way changes nothing.
    fn unless(&self, known: Option<T>, same: impl Fn(&T, &T) -> bool) -> Option<T> {
        match (self, &known) {
            (Self::Set(given), Some(had)) if same(given, had) => known,
            _ => self.over(known),
        }
    }
}

/// A row of a file, as it would be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportRow {
    /// Their name.
    pub name: Given<Name>,
    /// Their e-mail address.
    pub email: Given<Email>,
    /// Their telephone number.
    pub phone: Given<Phone>,
    /// Where they work.
    pub company: Given<Name>,
    /// What else the organization wants to know.
    pub properties: Vec<(PropertyId, Given<PropertyValue>)>,
    /// The words by which the lead is grouped from now on, beside those it has.
    pub tags: Given<Vec<Tag>>,
    /// Where a new lead stands.
    pub stage: Option<StageId>,
    /// Who works on a new lead.
    pub owner: Option<UserId>,
    /// When a new lead was received.
    pub created_at: Option<Timestamp>,
    /// What is written about a new lead.
    pub note: Option<Message>,
}

impl ImportRow {
    /// What is known of the person afterwards.
    pub fn over(&self, known: Person) -> Person {
        let mut properties = known.properties;
        for (id, given) in &self.properties {
            let value = given.over(properties.get(*id).cloned());
            properties.set(*id, value);
        }
        Person {
            name: self.name.over(known.name),
            email: self.email.unless(known.email, |given, known| given.normalized() == known.normalized()),
            phone: self
                .phone
                .unless(known.phone, |given, known| given.e164().is_some() && given.e164() == known.e164()),
            company: self.company.over(known.company),
            properties,
        }
    }

    /// The words by which the lead is grouped afterwards, as many as it may have.
    pub fn tagged(&self, known: &[Tag]) -> Vec<Tag> {
        let given = match &self.tags {
            Given::Clear => return Vec::new(),
            Given::Leave => &[][..],
            Given::Set(given) => given,
        };
        let mut tags = known.to_vec();
        for tag in given {
            if !tags.iter().any(|other| other.to_lowercase() == tag.to_lowercase()) {
                tags.push(tag.clone());
            }
        }
        tags.truncate(MOST_TAGS);
        tags
    }
}

/// What stands where the letters of a file could not be read.
pub const BROKEN: char = '\u{fffd}';

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowFault {
    /// In which column, from 1; 0 if it is the row as a whole.
    pub column: u16,
    /// Which rule, by its stable name.
    pub rule: String,
    /// The limit the rule speaks of.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub limit: Option<usize>,
}

impl RowFault {
    fn of(column: usize, rule: Rule) -> Self {
        Self { column: place(column), rule: rule.code().to_owned(), limit: rule.limit() }
    }

    fn named(column: usize, rule: &str) -> Self {
        Self { column: place(column), rule: rule.to_owned(), limit: None }
    }
}

fn place(column: usize) -> u16 {
    u16::try_from(column + 1).unwrap_or(u16::MAX)
}

/// What must be known in order to read a row.
#[derive(Clone, Debug)]
pub struct Reading {
    /// How the file is read.
    pub settings: ImportSettings,
    /// The language whose country numbers without a prefix belong to.
    pub language: Language,
    /// Where the days of the file begin.
    pub zone: TimeZone,
    /// The stages, by their names in lower case.
    pub stages: HashMap<String, StageId>,
    /// The members to whom leads may be given, by their addresses in lower case.
    pub members: HashMap<String, UserId>,
    /// What the organization itself wants to know.
    pub own: Vec<Property>,
}

/// A row on its way, and what is wrong with it.
struct Taken<'a> {
    settings: &'a ImportSettings,
    cells: &'a [String],
    faults: Vec<RowFault>,
}

impl Reading {
    /// Reads a row.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn read(&self, record: &Record<'_>) -> Result<ImportRow, Vec<RowFault>> {
        let whole = |rule: &str| vec![RowFault { column: 0, rule: rule.to_owned(), limit: None }];
        let Some(cells) = &record.cells else { return Err(whole("unclosed-quote")) };
        let beyond = cells.iter().skip(self.settings.columns.len()).any(|cell| !cell.trim().is_empty());
        if beyond {
            return Err(whole("more-cells"));
        }
        let mut cells = Taken { settings: &self.settings, cells, faults: Vec::new() };
        cells.look_for_broken_signs();
        let row = ImportRow {
            name: cells.name(),
            email: cells.given(ImportField::Email, Email::parse),
            phone: cells.given(ImportField::Phone, |text| Phone::parse(text, self.language)),
            company: cells.given(ImportField::Company, Name::parse),
            properties: cells.properties(&self.own),
            tags: cells.given(ImportField::Tags, read_tags),
            stage: cells.looked_up(ImportField::Stage, &self.stages, "unknown-stage"),
            owner: cells.looked_up(ImportField::Owner, &self.members, "unknown-member"),
            created_at: cells.day(&self.zone),
            note: cells.set(ImportField::Note, Message::parse),
        };
        let says_who = matches!(row.email, Given::Set(_)) || matches!(row.phone, Given::Set(_));
        if !says_who && cells.faults.is_empty() {
            let column = self.settings.column(ImportField::Email).or(self.settings.column(ImportField::Phone));
            cells.faults.push(RowFault::of(column.unwrap_or_default(), Rule::OneOfRequired));
        }
        if cells.faults.is_empty() { Ok(row) } else { Err(cells.faults) }
    }
}

impl<'a> Taken<'a> {
    /// What the letters of the file could not say is not kept.
    fn look_for_broken_signs(&mut self) {
        let meant = self.settings.columns.iter().enumerate().filter(|(_, meaning)| meaning.is_some());
        let broken = |column: &usize| self.cells.get(*column).is_some_and(|cell| cell.contains(BROKEN));
        let columns: Vec<_> = meant.map(|(column, _)| column).filter(broken).collect();
        self.faults.extend(columns.into_iter().map(|column| RowFault::named(column, "broken-sign")));
    }

    /// The column of a meaning, and what stands there; nothing where nothing does.
    fn cell(&self, field: ImportField) -> Option<(usize, &'a str)> {
        let column = self.settings.column(field)?;
        let text = csv::unguarded(self.cells.get(column)?).trim();
        (!text.is_empty()).then_some((column, text))
    }

    fn given<T>(&mut self, field: ImportField, parse: impl Fn(&str) -> Result<T, Rule>) -> Given<T> {
        match self.cell(field) {
            None => Given::Leave,
            Some((_, CLEAR)) => Given::Clear,
            Some((column, text)) => match parse(text) {
                Ok(value) => Given::Set(value),
                Err(rule) => {
                    self.faults.push(match rule {
                        Rule::NotADate => self.no_day(column),
                        rule => RowFault::of(column, rule),
                    });
                    Given::Leave
                }
            },
        }
    }

    /// What stands in the columns of properties; several choices have semicolons or lines between.
    fn properties(&mut self, own: &[Property]) -> Vec<(PropertyId, Given<PropertyValue>)> {
        let mut found = Vec::new();
        for property in own.iter().filter(|property| !property.is_archived) {
            let dates = self.settings.dates;
            let read = |text: &str| {
                let known = match &property.kind {
                    PropertyKind::MultipleChoice(_) => {
                        property.kind.read(&text.split([';', '\n']).collect::<Vec<_>>())?
                    }
                    PropertyKind::Date => {
                        let day = read_day(text, dates).ok_or(Rule::NotADate)?;
                        property.kind.read(&[&day.to_string()])?
                    }
                    _ => property.kind.read(&[text])?,
                };
                known.ok_or(Rule::Required)
            };
            match self.given(ImportField::Property(property.id), read) {
                Given::Leave => {}
                given => found.push((property.id, given)),
            }
        }
        found
    }

    fn set<T>(&mut self, field: ImportField, parse: impl Fn(&str) -> Result<T, Rule>) -> Option<T> {
        match self.given(field, parse) {
            Given::Set(value) => Some(value),
            Given::Leave | Given::Clear => None,
        }
    }

    /// The whole name, or the first and the last one together.
    fn name(&mut self) -> Given<Name> {
        let parts = [ImportField::FirstName, ImportField::LastName].map(|field| self.cell(field));
        if parts.iter().all(Option::is_none) {
            return self.given(ImportField::Name, Name::parse);
        }
        let column = parts.iter().flatten().map(|(column, _)| *column).next().unwrap_or_default();
        let words: Vec<_> = parts.iter().flatten().map(|(_, text)| *text).filter(|text| *text != CLEAR).collect();
        if words.is_empty() {
            return Given::Clear;
        }
        match Name::parse(&words.join(" ")) {
            Ok(name) => Given::Set(name),
            Err(rule) => {
                self.faults.push(RowFault::of(column, rule));
                Given::Leave
            }
        }
    }

    fn looked_up<T: Copy>(&mut self, field: ImportField, known: &HashMap<String, T>, rule: &str) -> Option<T> {
        let (column, text) = self.cell(field).filter(|(_, text)| *text != CLEAR)?;
        let found = known.get(&text.to_lowercase()).copied();
        if found.is_none() {
            self.faults.push(RowFault::named(column, rule));
        }
        found
    }

    /// The beginning of a day, or an instant as programs write it.
    fn day(&mut self, zone: &TimeZone) -> Option<Timestamp> {
        let order = self.settings.dates;
        let (column, text) = self.cell(ImportField::CreatedAt).filter(|(_, text)| *text != CLEAR)?;
        let day = || zone.to_timestamp(read_day(text, order)?.at(0, 0, 0, 0)).ok();
        let read = text.parse::<Timestamp>().ok().or_else(day);
        if read.is_none() {
            self.faults.push(self.no_day(column));
        }
        read
    }

    /// What stands there is no day in the order that was chosen.
    fn no_day(&self, column: usize) -> RowFault {
        RowFault::named(column, &format!("not-a-day-{}", self.settings.dates.code().replace('_', "-")))
    }
}

/// Words with commas, semicolons or lines between.
fn read_tags(text: &str) -> Result<Vec<Tag>, Rule> {
    let tags = text.split([',', ';', '\n']).map(str::trim).filter(|tag| !tag.is_empty()).map(Tag::parse);
    let tags = tags.collect::<Result<Vec<_>, _>>()?;
    if tags.len() > MOST_TAGS { Err(Rule::TooMany(MOST_TAGS)) } else { Ok(tags) }
}

/// A day as people write it: three numbers, with any of `-./` between; a time behind it is left out.
pub fn read_day(text: &str, order: DateOrder) -> Option<Date> {
    let day = text.split([' ', 'T']).next()?;
    let parts: Vec<i16> = day.split(['-', '.', '/']).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [first, second, third] = parts.try_into().ok()?;
    let (year, month, day) = match order {
        DateOrder::Iso => (first, second, third),
        DateOrder::DayFirst => (third, second, first),
        DateOrder::MonthFirst => (third, first, second),
    };
    let year = if (0..100).contains(&year) && order != DateOrder::Iso { year + 2000 } else { year };
    let fits = (1900..2200).contains(&year);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok().filter(|_| fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        csv::Reader,
        import::{Delimiter, Encoding, ImportMode},
    };

    fn property() -> Property {
        Property {
            id: PropertyId(uuid::Uuid::from_u128(7)),
            version: 1,
            key: "budget".parse().unwrap(),
            name: "Budget".parse().unwrap(),
            purpose: "Offers".parse().unwrap(),
            kind: PropertyKind::Number,
            is_archived: false,
        }
    }

    #[test]
    fn company_tags_and_properties_are_read_as_elsewhere() {
        let own = ImportField::Property(property().id);
        let columns = [ImportField::Email, ImportField::Company, ImportField::Tags, own];
        let row = read(&columns, "a@example.com,Berg & Co,\"hot, fair\",\"1 234,5\"").unwrap();
        assert_eq!(row.company.over(None).as_deref(), Some("Berg & Co"));
        let Given::Set(tags) = &row.tags else { unreachable!("they were given") };
        assert_eq!(tags.iter().map(|tag| &**tag).collect::<Vec<_>>(), ["hot", "fair"]);
        let (id, Given::Set(value)) = &row.properties[0] else { unreachable!("it was given") };
        assert_eq!((*id, value.written().as_str()), (property().id, "1234.5"));
        let row = read(&columns, "a@example.com,[clear],[clear],[clear]").unwrap();
        assert_eq!((&row.company, &row.tags, &row.properties[0].1), (&Given::Clear, &Given::Clear, &Given::Clear));
        assert_eq!(read(&columns, "a@example.com,,,much").unwrap_err(), [(4, "not-a-number".to_owned())]);
    }

    fn reading(columns: &[ImportField]) -> Reading {
        let settings = ImportSettings {
            encoding: Encoding::Utf8,
            delimiter: Delimiter::Comma,
            has_header: false,
            columns: columns.iter().copied().map(Some).chain([None]).collect(),
            dates: DateOrder::DayFirst,
            mode: ImportMode::Upsert,
            all_or_nothing: false,
            legal_basis: None,
            source: None,
        };
        let (stages, members) = (HashMap::from([("won".to_owned(), StageId(uuid::Uuid::nil()))]), HashMap::new());
        let own = vec![property()];
        Reading { settings, language: Language::French, zone: TimeZone::UTC, stages, members, own }
    }

    fn read(columns: &[ImportField], line: &str) -> Result<ImportRow, Vec<(u16, String)>> {
        let record = Reader::new(line, ',').next().unwrap();
        let read = reading(columns).read(&record);
        read.map_err(|faults| faults.into_iter().map(|fault| (fault.column, fault.rule)).collect())
    }

    const PERSON: [ImportField; 3] = [ImportField::Name, ImportField::Email, ImportField::Phone];

    #[test]
    fn a_cell_sets_an_empty_one_leaves_and_a_word_clears() {
        let row = read(&PERSON, " Anna Berg , anna@example.com ,").unwrap();
        assert_eq!(row.name, Given::Set(Name::parse("Anna Berg").unwrap()));
        assert_eq!((row.email.over(None).as_deref(), &row.phone), (Some("anna@example.com"), &Given::Leave));
        let row = read(&PERSON, "[clear],anna@example.com,'+33 6 12 34 56 78").unwrap();
        assert_eq!((&row.name, row.name.over(Name::parse("X").ok())), (&Given::Clear, None));
        assert_eq!(row.phone.over(None).unwrap().e164(), Some("+33612345678"), "what we guarded is understood");
    }

    #[test]
    fn all_that_is_wrong_with_a_row_is_told_at_its_column() {
        let faults = read(&PERSON, "a\u{7}b,anna example@example,12").unwrap_err();
        let expected = [(1, "control-character"), (2, "not-an-email"), (3, "not-a-phone")];
        assert_eq!(faults, expected.map(|(column, rule)| (column, rule.to_owned())));
        assert_eq!(read(&PERSON, "Anna,,").unwrap_err(), [(2, "one-of-required".to_owned())]);
        assert_eq!(read(&PERSON, "Anna,[clear],").unwrap_err(), [(2, "one-of-required".to_owned())]);
        assert_eq!(read(&PERSON, "a,b@example.com,,,x").unwrap_err(), [(0, "more-cells".to_owned())]);
        assert_eq!(read(&PERSON, "\"a,b@example.com").unwrap_err(), [(0, "unclosed-quote".to_owned())]);
        assert!(read(&PERSON, "a,b@example.com,,left out,").is_ok());
        assert_eq!(
            read(&PERSON, "Zo\u{fffd},b@example.com,,left \u{fffd}").unwrap_err(),
            [(1, "broken-sign".to_owned())]
        );
    }

    #[test]
    fn first_and_last_name_are_one_name() {
        let columns = [ImportField::LastName, ImportField::FirstName, ImportField::Email];
        assert_eq!(read(&columns, "Berg,Anna,a@example.com").unwrap().name.over(None).as_deref(), Some("Anna Berg"));
        assert_eq!(read(&columns, "Berg,,a@example.com").unwrap().name.over(None).as_deref(), Some("Berg"));
        assert_eq!(read(&columns, ",,a@example.com").unwrap().name, Given::Leave);
        assert_eq!(read(&columns, "[clear],,a@example.com").unwrap().name, Given::Clear);
    }

    #[test]
    fn a_day_is_read_in_the_order_that_was_chosen_and_in_no_other() {
        let day = |text, order| read_day(text, order).map(|day| day.to_string());
        let christmas = Some("2026-12-25".to_owned());
        assert_eq!(day("2026-12-25", DateOrder::Iso), christmas);
        assert_eq!(day("25/12/2026", DateOrder::DayFirst), christmas);
        assert_eq!(day("25.12.26 10:00", DateOrder::DayFirst), christmas);
        assert_eq!(day("12/25/2026", DateOrder::MonthFirst), christmas);
        for (wrong, order) in [
            ("25/12/2026", DateOrder::MonthFirst),
            ("12/25/2026", DateOrder::DayFirst),
            ("25/12/2026", DateOrder::Iso),
            ("2026-12-25", DateOrder::DayFirst),
            ("31/02/2026", DateOrder::DayFirst),
            ("soon", DateOrder::Iso),
            ("", DateOrder::Iso),
            ("1/2/3/4", DateOrder::DayFirst),
            ("99999/1/1", DateOrder::Iso),
        ] {
            assert_eq!(day(wrong, order), None, "{wrong}");
        }
        let columns = [ImportField::Email, ImportField::CreatedAt, ImportField::Stage];
        let row = read(&columns, "a@example.com,25/12/2026,WON").unwrap();
        assert_eq!(row.created_at.unwrap().to_string(), "2026-12-25T00:00:00Z");
        assert!(row.stage.is_some());
        let faults = read(&columns, "a@example.com,2026-12-25,lost").unwrap_err();
        let expected = [(3, "unknown-stage"), (2, "not-a-day-day-first")];
        assert_eq!(faults, expected.map(|(column, rule)| (column, rule.to_owned())));
    }
}
