use jiff::{Timestamp, civil::Date};
use qualify_domain::{
    access::{Actor, Permission},
    retention::{LeadMonths, MOST_LEAD_MONTHS, NoLeadMonths, RULES, RetentionRule, Run, months_after},
    text::Message,
    violation::{Rule, Violations},
};
use qualify_ports::storage::PlatformTask;

use super::{Due, Retention};
use crate::Error;

/// So far ahead the page tells which leads go.
const AHEAD_MONTHS: u16 = 12;

/// How a rule is kept to, in the whole installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleState {
    /// Which rule.
    pub rule: &'static RetentionRule,
    /// When it is swept next, or from when on; nothing, if it never was.
    pub next_at: Option<Timestamp>,
    /// The last proof that it was.
    pub last: Option<Run>,
    /// How many rows were due within the last minute, up to [`MOST_SHOWN`](super::MOST_SHOWN).
    pub due: u64,
    /// How many of them should have gone by now.
    pub overdue: u64,
}

/// For how long data are kept, and the proofs that they go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetentionFile {
    /// For how long the organization keeps its leads.
    pub months: LeadMonths,
    /// How many months count at this moment.
    pub counting: u16,
    /// How many of its leads go in the next twelve months, by the first day of the month.
    pub ending: Vec<(Date, u64)>,
    /// Every rule.
    pub rules: Vec<RuleState>,
}

impl Retention {
    /// Shows for how long data are kept, and the proofs that they go.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Failed`] if storage or files do.
    pub async fn view(&self, actor: &Actor) -> Result<RetentionFile, Error> {
        let scope = actor.permit(Permission::ReadRetention)?;
        let now = self.clock.now();
        let mut tx = self.storage.tenant(&scope).await?;
        let months = tx.lead_months().find().await?;
        let ending = tx.lead_months().ending(months_after(now, AHEAD_MONTHS)).await?;
        drop(tx);
        let (due, overdue) = self.counted().await?;
        let mut tx = self.storage.platform(PlatformTask::ReadRetention).await?;
        let mut turns = tx.retention().turns().await?;
        let rows = |of: &[Due], rule| of.iter().find(|one| one.rule == rule).map_or(0, |one| one.rows);
        let rules = RULES.iter().map(|rule| {
            let turn = turns.iter().position(|turn| turn.rule == rule.code).map(|place| turns.swap_remove(place));
            let (next_at, last) = turn.map_or((None, None), |turn| (Some(turn.next_at), turn.last));
            RuleState { rule, next_at, last, due: rows(&due, rule), overdue: rows(&overdue, rule) }
        });
        let rules = rules.collect();
        Ok(RetentionFile { counting: months.at(now), months, ending, rules })
    }

    /// Keeps the leads of the organization for another number of months (RET-12).
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] if there are too many, none, as many as before, or more than usual without a
    /// word why.
    pub async fn keep_leads(&self, actor: &Actor, months: u16, justification: Option<Message>) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageRetention)?;
        let by = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        let kept = tx.lead_months().find().await?;
        let changed = kept.change(months, justification, by, self.clock.now()).map_err(|fault| match fault {
            NoLeadMonths::OutOfRange => Violations::one("months", Rule::OutOfRange(MOST_LEAD_MONTHS.into())),
            NoLeadMonths::Unchanged => Violations::one("months", Rule::Unchanged),
            NoLeadMonths::NotJustified => Violations::one("justification", Rule::Required),
        })?;
        tx.lead_months().keep(&changed).await?;
        Ok(tx.commit().await?)
    }
}
