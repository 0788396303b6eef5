//! What must be known in order to read the rows of a file, and what becomes of them.

use jiff::{Timestamp, tz::TimeZone};
use qualify_domain::{
    access::TenantScope,
    csv::Reader,
    form::LegalBasis,
    id::LeadId,
    import::{Given, Import, ImportRow, Known, Reading},
    lead::{Lead, Source},
    person::Person,
    pipeline::Pipeline,
    zone::Zone,
};
use qualify_ports::storage::{ImportPart, ImportProblem, TenantTx};

use crate::Error;

/// Reads the rows of one import.
pub(crate) struct RowReader {
    pub reading: Reading,
    pipeline: Pipeline,
    import: Import,
}

/// A part of a file, row by row.
pub(crate) struct Rows {
    /// What could be read, with its line and how it stands there.
    pub good: Vec<(u32, String, ImportRow)>,
    /// What could not.
    pub bad: Vec<ImportProblem>,
    /// All addresses, as they are compared.
    pub emails: Vec<String>,
    /// All numbers, as they are compared.
    pub phones: Vec<String>,
}

impl RowReader {
    /// Looks up the names that may stand in the file.
    pub async fn open(tx: &mut dyn TenantTx, scope: &TenantScope, import: Import) -> Result<Self, Error> {
        let pipelines = tx.pipelines().all().await?;
        let pipeline = pipelines.first().cloned().ok_or(Error::NotFound("pipeline"))?;
        let (organization, _) = tx.settings().settings().await?;
        let members = tx.members().list().await?;
        let reasons = tx.pipelines().reasons().await?;
        let reading = Reading {
            settings: import.settings.clone(),
            language: tx.organizations().own().await?.language,
            zone: organization.time_zone.map_or(TimeZone::UTC, Zone::rules),
            known: Known::of(&pipelines, &reasons, &members, |member| scope.may_give_to(Some(member))),
            own: tx.properties().list().await?,
        };
        Ok(Self { reading, pipeline, import })
    }

    /// Reads a part.
    pub fn read(&self, part: &ImportPart) -> Rows {
        let mut rows = Rows { good: Vec::new(), bad: Vec::new(), emails: Vec::new(), phones: Vec::new() };
        for record in Reader::at(&part.text, self.import.settings.delimiter.char(), part.line) {
            match self.reading.read(&record) {
                Ok(row) => {
                    if let Given::Set(email) = &row.email {
                        rows.emails.push(email.normalized());
                    }
                    if let Given::Set(phone) = &row.phone {
                        rows.phones.extend(phone.e164().map(str::to_owned));
                    }
                    rows.good.push((record.line, record.raw.to_owned(), row));
                }
                Err(faults) => rows.bad.push(ImportProblem { line: record.line, raw: record.raw.to_owned(), faults }),
            }
        }
        rows
    }

    /// The lead of somebody new.
    pub fn make(&self, id: LeadId, person: Person, row: &ImportRow, now: Timestamp) -> Result<Lead, Error> {
        let basis = self.import.settings.legal_basis.unwrap_or(LegalBasis::LegitimateInterest);
        let at = row.created_at.filter(|at| *at <= now).unwrap_or(now);
        let mut lead = Lead::make(id, person, Source::Import(self.import.id), basis, &self.pipeline, at)?;
        lead.stage = row.stage.unwrap_or(lead.stage);
        (lead.reason, lead.owner) = (row.reason, row.owner);
        (lead.first_touch, lead.last_touch) = (row.first_touch.clone(), row.first_touch.clone());
        Ok(lead)
    }
}
