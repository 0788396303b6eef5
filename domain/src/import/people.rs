use std::collections::HashMap;

use super::{ImportMode, ImportRow};
use crate::{id::LeadId, lead::Lead, person::Person, text::Phone};

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A lead is made.
    Created(LeadId),
    /// Something that is known of a person changes.
    Changed(LeadId),
    /// All of it is known already.
    Unchanged(LeadId),
    /// The person is known, and those who are stay as they are.
    AlreadyThere(LeadId),
    /// The person is not known, and only those who are were asked for.
    NotThere,
    /// It would leave nothing by which the person can be answered.
    Nameless(LeadId),
}

impl Decision {
    /// Under which name the report counts it.
    pub const fn outcome(self) -> &'static str {
        match self {
            Self::Created(_) => "created",
            Self::Changed(_) => "changed",
            Self::Unchanged(_) => "unchanged",
            Self::AlreadyThere(_) => "skipped_already_there",
            Self::NotThere => "skipped_not_there",
            Self::Nameless(_) => "faulty",
        }
    }

    /// Why nothing came of the row, as the file of such rows tells it.
    pub const fn fault(self) -> Option<&'static str> {
        match self {
            Self::Created(_) | Self::Changed(_) | Self::Unchanged(_) => None,
            Self::AlreadyThere(_) => Some("already-there"),
            Self::NotThere => Some("not-there"),
            Self::Nameless(_) => Some("one-of-required"),
        }
    }
}

/// The people among whom the person of a row is looked for: those who are known, and those the file has brought so far.
#[derive(Debug, Default)]
pub struct People {
    leads: HashMap<LeadId, Lead>,
    by_email: HashMap<String, Vec<LeadId>>,
    by_phone: HashMap<String, Vec<LeadId>>,
    /// The addresses and numbers of leads that were merged into one of these.
    aliases: HashMap<String, LeadId>,
}

impl People {
    /// Adds a lead, unless it is among them already: what the file changed counts.
    pub fn meet(&mut self, lead: Lead) {
        if !self.leads.contains_key(&lead.id) {
            self.put(lead);
        }
    }

    /// Adds a lead that is known by an address or a number of another that was merged into it.
    pub fn meet_as(&mut self, alias: String, lead: Lead) {
        self.aliases.insert(alias, lead.id);
        self.meet(lead);
    }

    /// The lead of that id.
    pub fn lead(&self, id: LeadId) -> Option<&Lead> {
        self.leads.get(&id)
    }

    /// Decides what becomes of a row, and lets it become that. `make` makes the lead of somebody new.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn take<E>(
        &mut self,
        row: &ImportRow,
        mode: ImportMode,
        make: impl FnOnce(Person) -> Result<Lead, E>,
    ) -> Result<Decision, E> {
        Ok(match (self.find(row), mode) {
            (None, ImportMode::Update) => Decision::NotThere,
            (None, _) => {
                let mut lead = make(row.over(Person::default()))?;
                lead.tag(row.tagged(&[]));
                let id = lead.id;
                self.put(lead);
                Decision::Created(id)
            }
            (Some(id), ImportMode::Create) => Decision::AlreadyThere(id),
            (Some(id), _) => self.change(id, row),
        })
    }

    /// The oldest lead with the address or the number of the row, else the one that a lead with it was merged into.
    fn find(&self, row: &ImportRow) -> Option<LeadId> {
        let email = row.email.over(None).map(|email| email.normalized());
        let phone = row.phone.over(None).and_then(|phone| phone.e164().map(str::to_owned));
        let with_email = email.as_ref().and_then(|email| self.by_email.get(email));
        let with_phone = phone.as_ref().and_then(|phone| self.by_phone.get(phone));
        let both = with_email.into_iter().chain(with_phone).flatten().filter_map(|id| self.leads.get(id));
        let own = both.min_by_key(|lead| (lead.created_at, lead.id)).map(|lead| lead.id);
        own.or_else(|| email.iter().chain(&phone).find_map(|alias| self.aliases.get(alias)).copied())
    }

    fn change(&mut self, id: LeadId, row: &ImportRow) -> Decision {
        let Some(mut lead) = self.leads.get(&id).cloned() else { return Decision::NotThere };
        let person = row.over(lead.person());
        if person.email.is_none() && person.phone.is_none() {
            return Decision::Nameless(id);
        }
        let is_changed = !lead.change(person).is_empty();
        let is_tagged = lead.tag(row.tagged(&lead.tags));
        if !is_changed && !is_tagged {
            return Decision::Unchanged(id);
        }
        self.forget(id);
        self.put(lead);
        Decision::Changed(id)
    }

    fn put(&mut self, lead: Lead) {
        if let Some(email) = &lead.email {
            self.by_email.entry(email.normalized()).or_default().push(lead.id);
        }
        if let Some(phone) = lead.phone.as_ref().and_then(Phone::e164) {
            self.by_phone.entry(phone.to_owned()).or_default().push(lead.id);
        }
        self.leads.insert(lead.id, lead);
    }

    fn forget(&mut self, id: LeadId) {
        let Some(lead) = self.leads.remove(&id) else { return };
        let with_email = lead.email.as_ref().and_then(|email| self.by_email.get_mut(&email.normalized()));
        let with_phone = lead.phone.as_ref().and_then(Phone::e164).and_then(|phone| self.by_phone.get_mut(phone));
        for ids in with_email.into_iter().chain(with_phone) {
            ids.retain(|other| *other != id);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use uuid::Uuid;

    use super::*;
    use crate::{
        form::LegalBasis,
        id::{PipelineId, StageId},
        import::Given,
        language::Language,
        lead::Source,
        pipeline::{Pipeline, Stage, StageKind},
        text::{Email, Name},
    };

    fn pipeline() -> Pipeline {
        let name = Name::parse("New").unwrap();
        let stage = Stage::new(StageId(Uuid::nil()), name.clone(), StageKind::Open);
        Pipeline::new(PipelineId(Uuid::nil()), name, vec![stage])
    }

    fn lead(number: u128, person: Person) -> Lead {
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(i64::try_from(number).unwrap());
        let id = LeadId(Uuid::from_u128(number));
        Lead::make(id, person, Source::Form, LegalBasis::Consent, &pipeline(), at).unwrap()
    }

    fn row(name: &str, email: &str, phone: &str) -> ImportRow {
        let given = |text: &str| if text.is_empty() { Given::Leave } else { Given::Set(text.to_owned()) };
        let map = |given: Given<String>| match given {
            Given::Set(text) => Given::Set(Email::parse(&text).unwrap()),
            Given::Leave | Given::Clear => Given::Leave,
        };
        let phone =
            if phone.is_empty() { Given::Leave } else { Given::Set(Phone::parse(phone, Language::French).unwrap()) };
        let name = if name.is_empty() { Given::Leave } else { Given::Set(Name::parse(name).unwrap()) };
        ImportRow { name, email: map(given(email)), phone, ..ImportRow::default() }
    }

    /// Takes the rows, with new leads numbered from 100.
    fn taken(people: &mut People, mode: ImportMode, rows: &[ImportRow]) -> Vec<(&'static str, u128)> {
        let mut next = 99;
        let decide = |row: &ImportRow| {
            let make = |person| {
                next += 1;
                Ok::<_, ()>(lead(next, person))
            };
            let decision = people.take(row, mode, make).unwrap();
            let id = match decision {
                Decision::Created(id)
                | Decision::Changed(id)
                | Decision::Unchanged(id)
                | Decision::AlreadyThere(id)
                | Decision::Nameless(id) => id.0.as_u128(),
                Decision::NotThere => 0,
            };
            (decision.outcome(), id)
        };
        rows.iter().map(decide).collect()
    }

    fn known() -> People {
        let mut people = People::default();
        let person = |email: &str, phone: &str| Person {
            name: None,
            email: Some(Email::parse(email).unwrap()),
            phone: Phone::parse_optional(phone, Language::French).unwrap(),
            ..Person::default()
        };
        people.meet(lead(2, person("Anna@example.com", "06 12 34 56 78")));
        people.meet(lead(1, person("bert@example.com", "")));
        people
    }

    #[test]
    fn who_was_merged_into_another_does_not_come_back_from_a_file() {
        let mut people = known();
        let survivor = people.lead(LeadId(Uuid::from_u128(1))).cloned().unwrap();
        people.meet_as("former@example.com".to_owned(), survivor.clone());
        people.meet_as("+33699999999".to_owned(), survivor);
        let rows = [
            row("", "FORMER@example.com", ""),
            row("", "", "06 99 99 99 99"),
            row("", "former@example.com", "06 12 34 56 78"),
        ];
        let expected = [1, 1, 2].map(|lead| ("skipped_already_there", lead));
        assert_eq!(taken(&mut people, ImportMode::Create, &rows), expected, "an address of one's own goes first");
    }

    #[test]
    fn the_same_address_or_number_is_the_same_person() {
        let rows = [
            row("Anna", "anna@EXAMPLE.com", ""),
            row("Anna", "", "+33612345678"),
            row("", "carl@example.com", "06 99 99 99 99"),
            row("Carl", "", "+33 6 99 99 99 99"),
            row("Carl", "carl@example.com", ""),
        ];
        let expected = [("changed", 2), ("unchanged", 2), ("created", 100), ("changed", 100), ("unchanged", 100)];
        assert_eq!(taken(&mut known(), ImportMode::Upsert, &rows), expected);
        let expected = [
            "skipped_already_there",
            "skipped_already_there",
            "created",
            "skipped_already_there",
            "skipped_already_there",
        ];
        let outcomes: Vec<_> =
            taken(&mut known(), ImportMode::Create, &rows).into_iter().map(|(outcome, _)| outcome).collect();
        assert_eq!(outcomes, expected);
        let expected = ["changed", "unchanged", "skipped_not_there", "skipped_not_there", "skipped_not_there"];
        let outcomes: Vec<_> =
            taken(&mut known(), ImportMode::Update, &rows).into_iter().map(|(outcome, _)| outcome).collect();
        assert_eq!(outcomes, expected);
    }

    #[test]
    fn a_person_is_found_by_what_is_known_of_them_now() {
        let rows = [
            row("", "anna.berg@example.com", "06 12 34 56 78"),
            row("Anna", "anna@example.com", ""),
            row("Anna", "anna.berg@example.com", ""),
        ];
        assert_eq!(taken(&mut known(), ImportMode::Upsert, &rows), [("changed", 2), ("created", 100), ("changed", 2)]);
    }

    #[test]
    fn of_two_that_fit_the_older_is_taken_and_nobody_loses_every_way_to_be_answered() {
        let both = row("Bert", "bert@example.com", "06 12 34 56 78");
        assert_eq!(taken(&mut known(), ImportMode::Upsert, &[both]), [("changed", 1)]);
        let mut people = People::default();
        people.meet(lead(
            1,
            Person { phone: Phone::parse_optional("06 12 34 56 78", Language::French).unwrap(), ..Person::default() },
        ));
        let clears = ImportRow { phone: Given::Clear, ..row("", "", "") };
        assert_eq!(people.change(LeadId(Uuid::from_u128(1)), &clears), Decision::Nameless(LeadId(Uuid::from_u128(1))));
    }
}
