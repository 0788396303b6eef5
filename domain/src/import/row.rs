use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{
    ImportField, ImportSettings, Known, clear,
    day::{is_usual, read_day},
    known::{Bearer, Unknown},
};
use crate::{
    csv::{self, Record},
    id::{PropertyId, ReasonId, StageId, UserId},
    language::Language,
    lead::{MOST_TAGS, TAG_MARKS},
    person::Person,
    property::{CHOICE_MARKS, Property, PropertyKind, PropertyValue},
    submission::Attribution,
    text::{CampaignTag, Email, Message, Name, PageUrl, Phone, Tag},
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
    /// Why a new lead was given up, where it stands in such a stage.
    pub reason: Option<ReasonId>,
    /// Who works on a new lead.
    pub owner: Option<UserId>,
    /// When a new lead was received.
    pub created_at: Option<Timestamp>,
    /// What is written about a new lead.
    pub note: Option<Message>,
    /// Where the first visit of a new lead came from.
    pub first_touch: Attribution,
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

    /// What is wrong with the row as a whole.
    pub fn whole(rule: &str) -> Self {
        Self { column: 0, rule: rule.to_owned(), limit: None }
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
    /// What the names in the file stand for.
    pub known: Known,
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
    /// All that is wrong with it, column by column.
    pub fn read(&self, record: &Record<'_>) -> Result<ImportRow, Vec<RowFault>> {
        let whole = |rule: &str| vec![RowFault::whole(rule)];
        let Some(cells) = &record.cells else { return Err(whole("unclosed-quote")) };
        let beyond = cells.iter().skip(self.settings.columns.len()).any(|cell| !cell.trim().is_empty());
        if beyond {
            return Err(whole("more-cells"));
        }
        let mut cells = Taken { settings: &self.settings, cells, faults: Vec::new() };
        cells.look_for_broken_signs();
        let (stage, reason) = cells.place(&self.known);
        let row = ImportRow {
            name: cells.name(),
            email: cells.given(ImportField::Email, Email::parse),
            phone: cells.given(ImportField::Phone, |text| Phone::parse(text, self.language)),
            company: cells.given(ImportField::Company, Name::parse),
            properties: cells.properties(&self.own),
            tags: cells.given(ImportField::Tags, read_tags),
            stage,
            reason,
            owner: cells.owner(&self.known),
            created_at: cells.day(&self.zone),
            note: cells.set(ImportField::Note, Message::parse),
            first_touch: cells.visit(),
        };
        let says_who = matches!(row.email, Given::Set(_)) || matches!(row.phone, Given::Set(_));
        if !says_who && cells.faults.is_empty() {
            let column = self.settings.column(ImportField::Email).or(self.settings.column(ImportField::Phone));
            cells.faults.push(RowFault::of(column.unwrap_or_default(), Rule::OneOfRequired));
        }
        cells.faults.sort_by_key(|fault| fault.column);
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

    /// The column of a meaning, and what is said there, which is nothing where it clears; nothing where nothing stands.
    fn cell(&self, field: ImportField) -> Option<(usize, Option<&'a str>)> {
        let column = self.settings.column(field)?;
        let text = clear::said(csv::unguarded(self.cells.get(column)?)).map(str::trim);
        (text != Some("")).then_some((column, text))
    }

    fn given<T>(&mut self, field: ImportField, parse: impl Fn(&str) -> Result<T, Rule>) -> Given<T> {
        match self.cell(field) {
            None => Given::Leave,
            Some((_, None)) => Given::Clear,
            Some((column, Some(text))) => match parse(text) {
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

    /// What stands in the columns of properties; several choices have semicolons or lines between, and one in which such a
    /// sign stands has quotation marks around it.
    fn properties(&mut self, own: &[Property]) -> Vec<(PropertyId, Given<PropertyValue>)> {
        let mut found = Vec::new();
        for property in own.iter().filter(|property| !property.is_archived) {
            let dates = self.settings.dates;
            let read = |text: &str| {
                let known = match &property.kind {
                    PropertyKind::MultipleChoice(_) => {
                        let chosen = csv::split(text, &CHOICE_MARKS);
                        property.kind.read(&chosen.iter().map(String::as_str).collect::<Vec<_>>())?
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
        let words: Vec<_> = parts.iter().flatten().filter_map(|(_, text)| *text).collect();
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

    /// What stands in a column that speaks of new leads only: there is nothing to clear.
    fn said(&self, field: ImportField) -> Option<(usize, &'a str)> {
        let (column, text) = self.cell(field)?;
        Some((column, text?))
    }

    /// Where a new lead stands, and why it is given up if it stands in such a stage.
    fn place(&mut self, known: &Known) -> (Option<StageId>, Option<ReasonId>) {
        let [pipeline, stage, reason] =
            [ImportField::Pipeline, ImportField::Stage, ImportField::Reason].map(|field| self.said(field));
        let why = reason.and_then(|(column, name)| {
            let found = known.reason(name);
            self.faults.extend(found.is_none().then(|| RowFault::named(column, "unknown-reason")));
            found
        });
        let text = |said: Option<(usize, &'a str)>| said.map(|(_, text)| text);
        let column = |said: Option<(usize, &'a str)>| said.map(|(column, _)| column).unwrap_or_default();
        match known.place(text(pipeline), text(stage)) {
            Err(Unknown::Pipeline) => self.faults.push(RowFault::named(column(pipeline), "unknown-pipeline")),
            Err(Unknown::Stage) => self.faults.push(RowFault::named(column(stage), "unknown-stage")),
            Ok(Some(place)) if place.needs_reason && reason.is_none() => {
                let at = self.settings.column(ImportField::Reason).unwrap_or_else(|| column(stage));
                self.faults.push(RowFault::named(at, "reason-needed"));
            }
            Ok(place) => {
                return (place.map(|place| place.stage), why.filter(|_| place.is_some_and(|it| it.needs_reason)));
            }
        }
        (None, None)
    }

    /// Who works on a new lead.
    fn owner(&mut self, known: &Known) -> Option<UserId> {
        let (column, name) = self.said(ImportField::Owner)?;
        let rule = match known.member(name) {
            Some(Bearer::One(user)) => return Some(user),
            Some(Bearer::Several) => "ambiguous-member",
            None => "unknown-member",
        };
        self.faults.push(RowFault::named(column, rule));
        None
    }

    /// Where the first visit of a new lead came from.
    fn visit(&mut self) -> Attribution {
        Attribution {
            page: None,
            landing_page: self.set(ImportField::LandingPage, PageUrl::parse),
            referrer: self.set(ImportField::Referrer, PageUrl::parse),
            source: self.set(ImportField::UtmSource, CampaignTag::parse),
            medium: self.set(ImportField::UtmMedium, CampaignTag::parse),
            campaign: self.set(ImportField::UtmCampaign, CampaignTag::parse),
            term: self.set(ImportField::UtmTerm, CampaignTag::parse),
            content: self.set(ImportField::UtmContent, CampaignTag::parse),
            gclid: self.set(ImportField::Gclid, CampaignTag::parse),
            fbclid: self.set(ImportField::Fbclid, CampaignTag::parse),
            msclkid: self.set(ImportField::Msclkid, CampaignTag::parse),
        }
    }

    /// The beginning of a day, or an instant as programs write it.
    fn day(&mut self, zone: &TimeZone) -> Option<Timestamp> {
        let order = self.settings.dates;
        let (column, text) = self.said(ImportField::CreatedAt)?;
        let day = || zone.to_timestamp(read_day(text, order).filter(|day| is_usual(*day))?.at(0, 0, 0, 0)).ok();
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
    let tags = csv::split(text, &TAG_MARKS).iter().map(|tag| Tag::parse(tag)).collect::<Result<Vec<_>, _>>()?;
    if tags.len() > MOST_TAGS { Err(Rule::TooMany(MOST_TAGS)) } else { Ok(tags) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        csv::Reader,
        import::{
            DateOrder, Delimiter, Encoding, ImportMode,
            known::tests::{known, reason, stage, user},
        },
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

    fn several() -> Property {
        let choices = ["Small; cheap", "Large, dear", "\"Odd\""].map(|choice| choice.parse().unwrap());
        Property {
            id: PropertyId(uuid::Uuid::from_u128(8)),
            kind: PropertyKind::MultipleChoice(choices.to_vec()),
            ..property()
        }
    }

    fn renewal() -> Property {
        Property { id: PropertyId(uuid::Uuid::from_u128(9)), kind: PropertyKind::Date, ..property() }
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
        let own = vec![property(), several(), renewal()];
        Reading { settings, language: Language::French, zone: TimeZone::UTC, known: known(), own }
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
    fn behind_an_apostrophe_the_word_that_clears_is_a_word() {
        let columns = [ImportField::Name, ImportField::Email, ImportField::Tags, ImportField::UtmTerm];
        let row = read(&columns, "'[clear],a@example.com,'[clear],''[clear]").unwrap();
        assert_eq!(row.name.over(None).as_deref(), Some("[clear]"));
        assert_eq!(row.tags, Given::Set(vec![Tag::parse("[clear]").unwrap()]));
        assert_eq!(row.first_touch.term.as_deref(), Some("'[clear]"), "each apostrophe is undone once");
        let parts = [ImportField::FirstName, ImportField::LastName, ImportField::Email];
        let row = read(&parts, "[clear],'[clear],a@example.com").unwrap();
        assert_eq!(row.name.over(None).as_deref(), Some("[clear]"));
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
    fn the_day_of_a_row_is_read_in_the_order_that_was_chosen() {
        let columns = [ImportField::Email, ImportField::CreatedAt, ImportField::Stage];
        let row = read(&columns, "a@example.com,25/12/2026,WON").unwrap();
        assert_eq!(row.created_at.unwrap().to_string(), "2026-12-25T00:00:00Z");
        assert!(row.stage.is_some());
        let faults = read(&columns, "a@example.com,2026-12-25,mislaid").unwrap_err();
        let expected = [(2, "not-a-day-day-first"), (3, "unknown-stage")];
        assert_eq!(faults, expected.map(|(column, rule)| (column, rule.to_owned())));
    }

    #[test]
    fn an_instant_is_read_to_its_last_digit() {
        let columns = [ImportField::Email, ImportField::CreatedAt];
        for instant in ["2026-12-25T10:00:00Z", "2026-12-25T10:00:00.5Z", "2026-12-25T10:00:00.123456Z"] {
            let row = read(&columns, &format!("a@example.com,{instant}")).unwrap();
            assert_eq!(row.created_at.unwrap().to_string(), instant);
        }
    }

    #[test]
    fn a_property_holds_each_day_that_it_may_hold_and_a_lead_was_received_on_a_usual_one() {
        let renewal = ImportField::Property(renewal().id);
        let held = |text: &str| {
            let row = read(&[ImportField::Email, renewal], &format!("a@example.com,{text}"));
            row.map(|row| row.properties[0].1.over(None).map(|day| day.written()).unwrap_or_default())
        };
        for (text, day) in [
            ("01/01/0001", "0001-01-01"),
            ("31/12/1899", "1899-12-31"),
            ("01/01/2200", "2200-01-01"),
            ("31/12/9999", "9999-12-31"),
            ("31/12/99", "2099-12-31"),
        ] {
            assert_eq!(held(text).as_deref(), Ok(day), "{text}");
        }
        for text in ["31/12/0000", "31/12/999", "01/01/10000", "45000"] {
            assert_eq!(held(text), Err(vec![(2, "not-a-day-day-first".to_owned())]), "{text}");
        }
        let received =
            |text: &str| read(&[ImportField::Email, ImportField::CreatedAt], &format!("a@example.com,{text}")).is_ok();
        let days = ["31/12/1899", "01/01/1900", "31/12/2199", "01/01/2200"];
        assert_eq!(days.map(received), [false, true, true, false]);
    }

    #[test]
    fn what_is_written_into_one_cell_is_read_again_word_by_word() {
        let PropertyKind::MultipleChoice(choices) = several().kind else { unreachable!("several can be chosen") };
        let written = csv::join(choices.iter().map(|choice| &**choice), &CHOICE_MARKS);
        let tags = csv::join(["a, b", "c; d", "e"], &TAG_MARKS);
        let line = csv::line(["a@example.com", written.as_str(), tags.as_str()]);
        let columns = [ImportField::Email, ImportField::Property(several().id), ImportField::Tags];
        let row = read(&columns, line.trim_end()).unwrap();
        let chosen = PropertyValue::Several(choices.into_iter().collect());
        assert_eq!(row.properties, [(several().id, Given::Set(chosen))]);
        assert_eq!(row.tags, Given::Set(["a, b", "c; d", "e"].map(|tag| Tag::parse(tag).unwrap()).to_vec()));
        let by_hand = read(&columns, "a@example.com,\"large, dear;\",").unwrap();
        assert_eq!(by_hand.properties[0].1.over(None).map(|value| value.written()).as_deref(), Some("Large, dear"));
    }

    #[test]
    fn a_lead_that_was_given_up_comes_with_its_reason() {
        let columns = [ImportField::Email, ImportField::Pipeline, ImportField::Stage, ImportField::Reason];
        let place = |line: &str| read(&columns, line).map(|row| (row.stage, row.reason));
        assert_eq!(place("a@example.com,,Lost,no budget"), Ok((Some(stage(12)), Some(reason(1)))));
        assert_eq!(place("a@example.com,Partners,Lost,Moved away"), Ok((Some(stage(22)), Some(reason(3)))));
        assert_eq!(place("a@example.com,,Won,No budget"), Ok((Some(stage(11)), None)), "nobody gave it up");
        assert_eq!(place("a@example.com,[clear],[clear],[clear]"), Ok((None, None)));
        let fault = |line: &str| place(line).unwrap_err();
        assert_eq!(fault("a@example.com,,Lost,"), [(4, "reason-needed".to_owned())]);
        assert_eq!(fault("a@example.com,,Lost,Because"), [(4, "unknown-reason".to_owned())]);
        assert_eq!(fault("a@example.com,Nobody,Lost,No budget"), [(2, "unknown-pipeline".to_owned())]);
        assert_eq!(fault("a@example.com,Sales,Nowhere,"), [(3, "unknown-stage".to_owned())]);
        let bare = read(&[ImportField::Email, ImportField::Stage], "a@example.com,Lost").unwrap_err();
        assert_eq!(bare, [(2, "reason-needed".to_owned())]);
    }

    #[test]
    fn an_owner_is_named_by_their_address_or_their_name() {
        let columns = [ImportField::Email, ImportField::Owner];
        let owner = |line: &str| read(&columns, line).map(|row| row.owner);
        assert_eq!(owner("a@example.com,carl3@north.example"), Ok(Some(user(3))));
        assert_eq!(owner("a@example.com,Carl Dahl"), Ok(Some(user(3))));
        assert_eq!(owner("a@example.com,Anna Berg"), Err(vec![(2, "ambiguous-member".to_owned())]));
        assert_eq!(owner("a@example.com,Nobody"), Err(vec![(2, "unknown-member".to_owned())]));
    }

    #[test]
    fn where_a_first_visit_came_from_is_taken_over() {
        let columns = [ImportField::Email, ImportField::UtmSource, ImportField::LandingPage, ImportField::Gclid];
        let visit = read(&columns, "a@example.com,fair,https://example.com/a?b=c,x1").unwrap().first_touch;
        assert_eq!(visit.source.as_deref(), Some("fair"));
        assert_eq!(visit.landing_page.as_deref(), Some("https://example.com/a"));
        assert_eq!((visit.gclid.as_deref(), visit.campaign), (Some("x1"), None));
        assert_eq!(read(&columns, "a@example.com,fair,nowhere,").unwrap_err(), [(3, "not-an-https-url".to_owned())]);
    }
}
