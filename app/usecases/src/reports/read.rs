use futures::future::try_join;
use jiff::tz::TimeZone;
use qualify_domain::{
    access::{Actor, Permission, TenantScope},
    form::Form,
    id::{FormId, ReasonId, StageId, UserId},
    organization::Member,
    pipeline::Pipelines,
    reason::Reason,
    report::{Compared, Comparison, Funnel, MemberWork, Part, Period, Series, Span, Stay},
    zone::Zone,
};
use qualify_ports::storage::{Storage, TenantTx};

use crate::Error;

/// Which report, and of when.
#[derive(Clone, Debug)]
pub struct AskReport {
    /// Which.
    pub part: Part,
    /// Of when.
    pub period: Period,
    /// With what it is compared.
    pub comparison: Comparison,
    /// How the clocks go where its days begin; if nothing is said, as the organization says.
    pub zone: Option<TimeZone>,
    /// How they go where the installation is, if the organization says nothing.
    pub installation: TimeZone,
}

/// What a report found.
#[derive(Clone, Debug)]
pub enum Findings {
    /// From what people sent to what was won.
    Funnel(Compared<Funnel>),
    /// Leads over time; what is compared has steps as long, and perhaps not as many.
    Leads(Compared<Series>),
    /// How long leads stood in the stages that they left.
    Stages(Compared<Vec<(StageId, Stay)>>),
    /// Why leads were given up that still are.
    Reasons(Compared<Vec<(ReasonId, u64)>>),
    /// What members work on and did; nobody is the queue.
    Members(Compared<Vec<(Option<UserId>, MemberWork)>>),
}

/// A report, and the names that stand in it.
#[derive(Clone, Debug)]
pub struct Report {
    /// The days of which it tells.
    pub span: Span,
    /// The days with which they are compared.
    pub against: Option<Span>,
    /// How the clocks go where its days begin.
    pub zone: TimeZone,
    /// What was found.
    pub findings: Findings,
    /// The names.
    pub names: ReportNames,
}

/// The names that stand in a report.
#[derive(Clone, Debug, Default)]
pub struct ReportNames {
    /// The forms, in a funnel.
    pub forms: Vec<Form>,
    /// The pipelines, where stages are told of.
    pub pipelines: Pipelines,
    /// The reasons, where they are told of.
    pub reasons: Vec<Reason>,
    /// The members, where they are told of.
    pub members: Vec<Member>,
}

impl super::Reports {
    /// A report about the leads that the actor may see.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn read(&self, actor: &Actor, wanted: &AskReport) -> Result<Report, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let zone = if let Some(zone) = &wanted.zone {
            zone.clone()
        } else {
            let (settings, _) = tx.settings().settings().await?;
            settings.time_zone.map_or_else(|| wanted.installation.clone(), Zone::rules)
        };
        let today = zone.to_datetime(self.clock.now()).date();
        let (span, against) = (wanted.period.span(today), wanted.period.compared(wanted.comparison, today));
        let look = Look { span, against, zone: &zone, storage: &*self.storage, scope: &scope };
        let findings = look.at(&mut *tx, wanted.part).await?;
        let names = ReportNames::read(&mut *tx, wanted.part).await?;
        Ok(Report { span, against, zone, findings, names })
    }
}

/// At which days is looked.
struct Look<'a> {
    span: Span,
    against: Option<Span>,
    zone: &'a TimeZone,
    storage: &'a dyn Storage,
    scope: &'a TenantScope,
}

/// The same look at the days and at those they are compared with.
macro_rules! both {
    ($look:ident.$at:ident($tx:ident)) => {{
        let before = match $look.against {
            Some(span) => Some($look.$at($tx, span).await?),
            None => None,
        };
        Compared { now: $look.$at($tx, $look.span).await?, before }
    }};
}

impl Look<'_> {
    async fn at(&self, tx: &mut dyn TenantTx, part: Part) -> Result<Findings, Error> {
        Ok(match part {
            Part::Funnel => Findings::Funnel(both!(self.funnel(tx))),
            Part::Leads => Findings::Leads(both!(self.series(tx))),
            Part::Stages => Findings::Stages(both!(self.stays(tx))),
            Part::Reasons => Findings::Reasons(both!(self.given_up(tx))),
            Part::Members => Findings::Members(both!(self.members(tx))),
        })
    }

    async fn funnel(&self, tx: &mut dyn TenantTx, span: Span) -> Result<Funnel, Error> {
        let (from, until) = span.instants(self.zone);
        Ok(Funnel::of(tx.reports().funnel(from, until).await?))
    }

    async fn series(&self, tx: &mut dyn TenantTx, span: Span) -> Result<Series, Error> {
        let grain = self.span.grain();
        Ok(Series::of(span, grain, tx.reports().series(&span.bounds(grain, self.zone)).await?))
    }

    async fn stays(&self, tx: &mut dyn TenantTx, span: Span) -> Result<Vec<(StageId, Stay)>, Error> {
        let (from, until) = span.instants(self.zone);
        Ok(Stay::of(tx.reports().stays(from, until).await?))
    }

    async fn given_up(&self, tx: &mut dyn TenantTx, span: Span) -> Result<Vec<(ReasonId, u64)>, Error> {
        let (from, until) = span.instants(self.zone);
        Ok(tx.reports().given_up(from, until).await?)
    }

    /// What belongs to members and what they did take as long to count as each other: they are counted at once where they
    /// can be.
    async fn members(&self, tx: &mut dyn TenantTx, span: Span) -> Result<Vec<(Option<UserId>, MemberWork)>, Error> {
        let (from, until) = span.instants(self.zone);
        let (owned, done) = match self.storage.beside(self.scope).await? {
            Some(mut beside) => try_join(tx.reports().owned(from, until), beside.reports().done(from, until)).await?,
            None => (tx.reports().owned(from, until).await?, tx.reports().done(from, until).await?),
        };
        Ok(MemberWork::of(owned, done))
    }
}

impl ReportNames {
    async fn read(tx: &mut dyn TenantTx, part: Part) -> Result<Self, Error> {
        let mut names = Self::default();
        match part {
            Part::Funnel => names.forms = tx.forms().list().await?,
            Part::Leads => {}
            Part::Stages => names.pipelines = tx.pipelines().all().await?,
            Part::Reasons => names.reasons = tx.pipelines().reasons().await?,
            Part::Members => names.members = tx.members().list().await?,
        }
        Ok(names)
    }

    /// What a form is called, if it is still there.
    pub fn form(&self, id: FormId) -> Option<&str> {
        self.forms.iter().find(|form| form.id == id).map(|form| &*form.settings.name)
    }

    /// What a reason is called, if it is still there.
    pub fn reason(&self, id: ReasonId) -> Option<&str> {
        self.reasons.iter().find(|reason| reason.id == id).map(|reason| &*reason.name)
    }

    /// What a member is called, if they still are one.
    pub fn member(&self, user: UserId) -> Option<String> {
        let found = self.members.iter().find(|member| member.membership.user == user)?;
        Some(format!("{} {}", found.first_name, found.last_name))
    }
}
