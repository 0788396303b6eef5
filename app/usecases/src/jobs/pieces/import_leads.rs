use std::collections::{BTreeMap, BTreeSet, HashMap};

use qualify_domain::{
    access::Permission,
    activity::{Activity, What},
    id::{ImportId, LeadId},
    import::{Decision, Import, People, RowFault},
    job::JobFault,
    lead::Lead,
    lead_field::LeadField,
};
use qualify_ports::{
    live::Change,
    storage::{ImportChange, ImportProblem, TenantTx},
};

use super::Piece;
use crate::{
    Error,
    hooks::rectified,
    imports::{
        erased::{ERASED, leave_out, problems, taken_out},
        reading::{RowReader, Rows},
        restricted::{RESTRICTED, set_aside},
    },
};

/// The outcome that counts rows that changed a lead.
const CHANGED: &str = "changed";
/// The outcome that counts rows whose lead somebody else was changing.
const BUSY: &str = "skipped_busy";

/// The people of a part who are known.
struct Known {
    leads: Vec<Lead>,
    /// Those who are known by an address or a number of a lead that was merged into theirs.
    also: Vec<(String, Lead)>,
}

/// A row as it stands in the file, with its line.
type Row = (u32, String);

/// What a part of a file comes to.
#[derive(Default)]
struct Outcome {
    people: People,
    /// The leads as they were before.
    before: HashMap<LeadId, Lead>,
    made: BTreeSet<LeadId>,
    /// The rows that change a lead which was there before.
    changed: BTreeMap<LeadId, Vec<Row>>,
    told: Vec<Activity>,
    problems: Vec<ImportProblem>,
}

impl Piece<'_> {
    /// Takes over the next part of the file.
    pub(super) async fn import_leads(&mut self, id: ImportId) -> Result<(), Error> {
        let now = self.bench.clock.now();
        let scope = self.actor.permit(Permission::ImportLeads)?;
        let mut tx = self.bench.storage.tenant(&scope).await?;
        let import = tx.imports().find(id, None).await?.ok_or(Error::NotFound("import"))?;
        let number: u32 = self.job.place.parse().unwrap_or_default();
        let reader = RowReader::open(&mut *tx, &scope, import.clone()).await?;
        self.job.total = Some(import.rows.into());
        if number == 0 && import.settings.all_or_nothing && self.refuse(&mut *tx, &import, &reader).await? {
            return self.keep(tx).await;
        }
        let Some(part) = tx.imports().part(id, number).await? else {
            self.job.finish(now);
            return self.keep(tx).await;
        };
        let mut rows = reader.read(&part);
        let all = (rows.good.len() + rows.bad.len()) as u64;
        tx.lead_batches().hold_people(&rows.emails, &rows.phones).await?;
        // Looked at only now: whoever erased one of them meanwhile was first.
        let erased = leave_out(&mut *tx, &*self.bench.tokens, scope.organization(), &mut rows).await?;
        let before = if number == 0 { taken_out(&mut *tx, id).await? } else { 0 };
        self.job.report.count(ERASED, before + erased.len() as u64);
        tx.imports().keep_problems(id, &problems(&erased)).await?;
        let restricted = set_aside(&mut *tx, &mut rows).await?;
        self.job.report.count(RESTRICTED, restricted.len() as u64);
        tx.imports().keep_problems(id, &restricted).await?;
        let known = tx.lead_batches().people(&rows.emails, &rows.phones).await?;
        let also = tx.lead_batches().known_as(&rows.emails, &rows.phones).await?;
        let outcome = self.decide(&reader, &import, rows, Known { leads: known, also })?;
        self.write(&mut *tx, id, outcome).await?;
        self.job.advance(all, (number + 1).to_string(), now);
        self.keep(tx).await
    }

    /// Whether a row is faulty, where one faulty row is to stop all; what is wrong is kept then.
    async fn refuse(&mut self, tx: &mut dyn TenantTx, import: &Import, reader: &RowReader) -> Result<bool, Error> {
        for number in 0.. {
            let Some(part) = tx.imports().part(import.id, number).await? else { break };
            let Rows { bad, .. } = reader.read(&part);
            self.job.report.count("faulty", bad.len() as u64);
            tx.imports().keep_problems(import.id, &bad).await?;
        }
        let refused = !self.job.report.is_empty();
        if refused {
            self.job.fail(JobFault::Refused, self.bench.clock.now());
        }
        Ok(refused)
    }

    /// Decides row by row.
    fn decide(&mut self, reader: &RowReader, import: &Import, rows: Rows, known: Known) -> Result<Outcome, Error> {
        let (now, author) = (self.bench.clock.now(), self.job.asker.author());
        let mut outcome = Outcome { problems: rows.bad, ..Outcome::default() };
        for lead in known.leads {
            outcome.before.insert(lead.id, lead.clone());
            outcome.people.meet(lead);
        }
        for (alias, lead) in known.also {
            outcome.before.insert(lead.id, lead.clone());
            outcome.people.meet_as(alias, lead);
        }
        self.job.report.count("faulty", outcome.problems.len() as u64);
        for (line, raw, row) in rows.good {
            let new = self.bench.ids.next();
            let decision =
                outcome.people.take(&row, import.settings.mode, |person| reader.make(new, person, &row, now))?;
            let mut tell = |lead, what| {
                outcome.told.push(Activity { id: self.bench.ids.next(), lead, at: now, author: Some(author), what });
            };
            if let Some(fault) = decision.fault() {
                outcome.problems.push(problem((line, raw), fault));
            } else if let Decision::Changed(lead) = decision
                && !outcome.made.contains(&lead)
            {
                // Counted when it is kept: somebody may be changing the lead in this very moment.
                outcome.changed.entry(lead).or_default().push((line, raw));
                continue;
            } else if let Decision::Created(lead) = decision {
                tell(lead, What::Created);
                if let Some(note) = row.note {
                    tell(lead, What::Noted(note));
                }
                outcome.made.insert(lead);
            }
            self.job.report.count(decision.outcome(), 1);
        }
        Ok(outcome)
    }

    /// Keeps what was decided, and what was before.
    async fn write(&mut self, tx: &mut dyn TenantTx, import: ImportId, outcome: Outcome) -> Result<(), Error> {
        let now = self.bench.clock.now();
        let Outcome { people, before, made, changed: rows, mut told, mut problems } = outcome;
        let made: Vec<_> = made.iter().filter_map(|id| people.lead(*id).cloned()).collect();
        let changed: Vec<_> = rows.keys().filter_map(|id| people.lead(*id).cloned()).collect();
        tx.lead_batches().insert_all(&made).await?;
        let kept: BTreeSet<_> = tx.lead_batches().update_all(&changed).await?.into_iter().collect();
        for (lead, rows) in rows {
            let is_kept = kept.contains(&lead);
            self.job.report.count(if is_kept { CHANGED } else { BUSY }, rows.len() as u64);
            problems.extend(rows.into_iter().filter(|_| !is_kept).map(|row| problem(row, "busy")));
        }
        problems.sort_by_key(|problem| problem.line);
        let was = |lead: &Lead| before.get(&lead.id).filter(|was| was.source.import() != Some(import)).cloned();
        let mut to_undo: Vec<_> = made.iter().map(|lead| ImportChange { lead: lead.clone(), before: None }).collect();
        for lead in changed.into_iter().filter(|lead| kept.contains(&lead.id)) {
            if let Some(was) = was(&lead) {
                let author = Some(self.job.asker.author());
                let id = self.bench.ids.next();
                let what = What::Changed(differing(&was, &lead));
                told.push(Activity { id, lead: lead.id, at: now, author, what });
                let lead = Lead { version: lead.version + 1, ..lead };
                to_undo.push(ImportChange { lead, before: Some(was) });
            } else {
                let lead = Lead { version: lead.version + 1, ..lead };
                to_undo.push(ImportChange { lead, before: None });
            }
        }
        rectified(tx, &kept.into_iter().collect::<Vec<_>>(), now).await?;
        tx.imports().keep_changes(import, &to_undo, now).await?;
        tx.lead_batches().tell_all(&told).await?;
        tx.imports().keep_problems(import, &problems).await?;
        if let Some(change) = to_undo.last() {
            tx.announce(Change::Lead(change.lead.id)).await?;
        }
        Ok(())
    }
}

/// A row of which nothing came, and why.
fn problem((line, raw): Row, fault: &str) -> ImportProblem {
    ImportProblem { line, raw, faults: vec![RowFault::whole(fault)] }
}

/// What of a lead changed.
pub(super) fn differing(before: &Lead, after: &Lead) -> Vec<LeadField> {
    let mut fields = before.clone().change(after.person());
    if before.tags != after.tags {
        fields.push(LeadField::Tags);
    }
    fields
}
