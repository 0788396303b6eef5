//! Leads as the lines of a file.

use std::collections::HashMap;

use jiff::{Timestamp, tz::TimeZone};
use qualify_domain::{
    access::TenantScope,
    csv,
    id::{FormId, ReasonId, StageId, UserId},
    import::meant,
    job::{ExportLeads, MOST_NAMED, SheetForm},
    language::Language,
    lead::{Lead, TAG_MARKS},
    lead_column::LeadColumn,
    lead_filter::Viewpoint,
    lead_order::LeadPlace,
    pipeline::Pipelines,
    property::{CHOICE_MARKS, PropertyValue},
    violation::{Rule, Violations},
};
use qualify_ports::storage::{LeadQuery, TenantTx};

use super::list::{refuse_gone, seek};
use crate::Error;

/// What stands above the first lead.
pub(crate) fn head(export: &ExportLeads) -> String {
    match export.form {
        SheetForm::Csv => csv::line(export.header.iter().map(String::as_str)),
        SheetForm::JsonLines => String::new(),
    }
}

/// The columns of a file, and the names that stand in them.
pub(crate) struct Sheet {
    pipelines: Pipelines,
    form: SheetForm,
    columns: Vec<LeadColumn>,
    /// The pipeline and the stage.
    stages: HashMap<StageId, (String, String)>,
    reasons: HashMap<ReasonId, String>,
    /// Their addresses.
    members: HashMap<UserId, String>,
    language: Language,
    forms: HashMap<FormId, String>,
}

impl Sheet {
    /// Whether everything that a file is to hold is there to be asked for.
    ///
    /// # Errors
    /// [`Rule::Gone`] at `filter` or at `columns`; [`Rule::TooMany`] at `leads`.
    pub async fn check(tx: &mut dyn TenantTx, export: &ExportLeads) -> Result<(), Error> {
        if export.these.len() > MOST_NAMED {
            return Err(Violations::one("leads", Rule::TooMany(MOST_NAMED)).into());
        }
        let own = tx.properties().list().await?;
        refuse_gone(&export.filter, &own)?;
        if export.columns.iter().any(|column| column.is_gone(&own)) {
            return Err(Violations::one("columns", Rule::Gone).into());
        }
        Ok(())
    }

    /// Looks up the names.
    pub async fn open(tx: &mut dyn TenantTx, export: &ExportLeads) -> Result<Self, Error> {
        let pipelines = tx.pipelines().all().await?;
        let members = tx.members().list().await?;
        let forms = tx.forms().list().await?;
        let reasons = tx.pipelines().reasons().await?;
        let stages = pipelines.live.iter().flat_map(|pipeline| {
            pipeline.stages.iter().map(move |stage| (stage.id, (pipeline.name.to_string(), stage.name.to_string())))
        });
        Ok(Self {
            form: export.form,
            columns: export.columns.clone(),
            stages: stages.collect(),
            reasons: reasons.into_iter().map(|reason| (reason.id, reason.name.to_string())).collect(),
            members: members.iter().map(|member| (member.membership.user, member.email.to_string())).collect(),
            language: tx.organizations().own().await?.language,
            pipelines,
            forms: forms.into_iter().map(|form| (form.id, form.settings.name.to_string())).collect(),
        })
    }

    /// A lead as a line.
    pub fn line(&self, lead: &Lead) -> String {
        let cells: Vec<_> = self.columns.iter().map(|column| self.cell(*column, lead)).collect();
        match self.form {
            SheetForm::Csv => {
                let cells: Vec<_> = cells.iter().map(|cell| meant(cell)).collect();
                csv::line(cells.iter().map(|cell| &**cell))
            }
            SheetForm::JsonLines => json_line(self.columns.iter().zip(&cells)),
        }
    }

    /// What a column says of a lead, as an import reads it.
    fn cell(&self, column: LeadColumn, lead: &Lead) -> String {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let (first, last) = (&lead.first_touch, &lead.last_touch);
        match column {
            LeadColumn::Id => lead.id.to_string(),
            LeadColumn::Name => text(lead.name.as_deref()),
            LeadColumn::Email => text(lead.email.as_deref()),
            LeadColumn::Phone => text(lead.phone.as_ref().map(|phone| phone.portable(self.language))),
            LeadColumn::Company => text(lead.company.as_deref()),
            LeadColumn::Tags => csv::join(lead.tags.iter().map(|tag| &**tag), &TAG_MARKS),
            LeadColumn::Pipeline => text(self.stages.get(&lead.stage).map(|(pipeline, _)| pipeline.as_str())),
            LeadColumn::Stage => text(self.stages.get(&lead.stage).map(|(_, stage)| stage.as_str())),
            LeadColumn::Reason => text(lead.reason.and_then(|id| self.reasons.get(&id)).map(String::as_str)),
            LeadColumn::Owner => text(lead.owner.and_then(|owner| self.members.get(&owner)).map(String::as_str)),
            LeadColumn::Form => text(lead.form.and_then(|form| self.forms.get(&form)).map(String::as_str)),
            LeadColumn::Source => lead.source.code().to_owned(),
            LeadColumn::Grade => lead.score.grade().to_string(),
            LeadColumn::Fit => lead.score.fit.to_string(),
            LeadColumn::Engagement => lead.score.engagement.to_string(),
            LeadColumn::LegalBasis => lead.legal_basis.code().to_owned(),
            LeadColumn::CreatedAt => lead.created_at.to_string(),
            LeadColumn::LastSubmissionAt => lead.last_submission_at.to_string(),
            LeadColumn::LastActivityAt => lead.last_activity_at.to_string(),
            LeadColumn::UtmSource => text(first.source.as_deref()),
            LeadColumn::UtmMedium => text(first.medium.as_deref()),
            LeadColumn::UtmCampaign => text(first.campaign.as_deref()),
            LeadColumn::UtmTerm => text(first.term.as_deref()),
            LeadColumn::UtmContent => text(first.content.as_deref()),
            LeadColumn::Referrer => text(first.referrer.as_deref()),
            LeadColumn::LandingPage => text(first.landing_page.as_deref()),
            LeadColumn::Gclid => text(first.gclid.as_deref()),
            LeadColumn::Fbclid => text(first.fbclid.as_deref()),
            LeadColumn::Msclkid => text(first.msclkid.as_deref()),
            LeadColumn::LastUtmSource => text(last.source.as_deref()),
            LeadColumn::LastUtmMedium => text(last.medium.as_deref()),
            LeadColumn::LastUtmCampaign => text(last.campaign.as_deref()),
            LeadColumn::LastUtmTerm => text(last.term.as_deref()),
            LeadColumn::LastUtmContent => text(last.content.as_deref()),
            LeadColumn::LastReferrer => text(last.referrer.as_deref()),
            LeadColumn::LastLandingPage => text(last.landing_page.as_deref()),
            LeadColumn::LastGclid => text(last.gclid.as_deref()),
            LeadColumn::LastFbclid => text(last.fbclid.as_deref()),
            LeadColumn::LastMsclkid => text(last.msclkid.as_deref()),
            LeadColumn::Property(id) => lead.properties.get(id).map(in_one_cell).unwrap_or_default(),
        }
    }
}

/// What is known of a property, in one cell.
fn in_one_cell(value: &PropertyValue) -> String {
    match value {
        PropertyValue::Several(chosen) => csv::join(chosen.iter().map(|choice| &**choice), &CHOICE_MARKS),
        one => one.written(),
    }
}

/// An object in one line; what is not known is null.
fn json_line<'a>(cells: impl Iterator<Item = (&'a LeadColumn, &'a String)>) -> String {
    let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
    let fields = cells.map(|(column, cell)| {
        let value = if cell.is_empty() { "null".to_owned() } else { quoted(cell) };
        format!("\"{column}\":{value}")
    });
    format!("{{{}}}\n", fields.collect::<Vec<_>>().join(","))
}

/// A part of the leads that are taken away, whole, and where the next begins.
pub(crate) async fn part(
    tx: &mut dyn TenantTx,
    export: &ExportLeads,
    from: &Viewpoint,
    after: Option<&LeadPlace>,
    limit: u16,
) -> Result<(Vec<Lead>, Option<LeadPlace>), Error> {
    let (ids, next) = if export.these.is_empty() {
        let sought = seek(tx, export.search.as_ref()).await?;
        let newest = LeadQuery::newest(&export.filter, from, limit);
        let rows = tx.leads().page(&LeadQuery { sought: sought.as_ref(), after, ..newest }).await?;
        (rows.items.iter().map(|row| row.id).collect(), rows.next)
    } else {
        // So few can be named that they are one part.
        (export.these.clone(), None)
    };
    let mut found: HashMap<_, _> = tx.leads().all(&ids).await?.into_iter().map(|lead| (lead.id, lead)).collect();
    Ok((ids.iter().filter_map(|id| found.remove(id)).collect(), next))
}

/// From where the filter of an export is looked through.
pub(crate) fn viewpoint(export: &ExportLeads, scope: &TenantScope, sheet: &Sheet, now: Timestamp) -> Viewpoint {
    let zone = TimeZone::get(&export.zone).unwrap_or(TimeZone::UTC);
    Viewpoint::of(now, zone, scope.user(), &sheet.pipelines.live)
}
