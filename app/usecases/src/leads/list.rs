use jiff::{Timestamp, tz::TimeZone};
use qualify_domain::{
    access::{Actor, Permission, TenantScope},
    form::Form,
    lead_filter::{Found, LeadFilter, Search, Sought, Viewpoint},
    lead_order::{GroupBy, Groups, LeadOrder, LeadPlace},
    organization::Member,
    pipeline::Pipelines,
    property::Property,
    reason::Reason,
    score::Grade,
    violation::{Rule, Violations},
};
use qualify_ports::storage::{LeadQuery, LeadRow, Slice, TenantTx};

use super::board::offered_reasons;
use crate::Error;

/// How many leads a part of the list has if nothing is said.
const PAGE: u16 = 50;
/// Leads are counted so far; more are so many and more.
pub const MOST_COUNTED: u32 = 10_000;
/// A search in what was written finds at most so many leads.
const MOST_FOUND: u16 = 1_000;

/// What of the list somebody wants to see.
#[derive(Clone, Debug)]
pub struct ListLeads {
    /// Which leads.
    pub filter: LeadFilter,
    /// Only those that this finds.
    pub search: Option<Search>,
    /// In which order, within a group.
    pub order: LeadOrder,
    /// By what they are put together.
    pub group: Option<GroupBy>,
    /// After which place.
    pub after: Option<LeadPlace>,
    /// At most how many.
    pub limit: u16,
    /// How the clocks go where days begin.
    pub zone: TimeZone,
    /// Whether a condition on a property that is gone is refused; else it is left out.
    pub refuses_gone: bool,
}

/// All leads, the newest first.
impl Default for ListLeads {
    fn default() -> Self {
        Self {
            filter: LeadFilter::default(),
            search: None,
            order: LeadOrder::default(),
            group: None,
            after: None,
            limit: PAGE,
            zone: TimeZone::UTC,
            refuses_gone: false,
        }
    }
}

/// A part of the list of leads, and the names that stand in it.
#[derive(Debug)]
pub struct LeadList {
    /// The leads, in their order.
    pub leads: Slice<LeadRow, LeadPlace>,
    /// Whether the search may have found more in messages and notes than it tells.
    pub found_more: bool,
    /// Where they can stand.
    pub pipelines: Pipelines,
    /// The forms that may have brought them.
    pub forms: Vec<Form>,
    /// The members who may work on them.
    pub members: Vec<Member>,
    /// What the organization itself wants to know of them, with what is out of use.
    pub properties: Vec<Property>,
    /// Why they may be given up.
    pub reasons: Vec<Reason>,
}

/// The names that stand in a list, and by which it is grouped.
#[derive(Debug)]
pub struct ListNames {
    /// Where leads can stand.
    pub pipelines: Pipelines,
    /// The forms that may have brought them.
    pub forms: Vec<Form>,
    /// The members who may work on them.
    pub members: Vec<Member>,
    /// What the organization itself wants to know of them, with what is out of use.
    pub properties: Vec<Property>,
}

impl ListNames {
    pub(super) async fn read(tx: &mut dyn TenantTx) -> Result<Self, Error> {
        Ok(Self {
            pipelines: tx.pipelines().all().await?,
            forms: tx.forms().list().await?,
            members: tx.members().list().await?,
            properties: tx.properties().list().await?,
        })
    }

    fn groups(&self, by: GroupBy) -> Groups {
        match by {
            GroupBy::Stage => Groups::Stage(self.pipelines.stages().map(|stage| stage.id).collect()),
            GroupBy::Owner => {
                let members = self.members.iter().map(|member| Some(member.membership.user));
                Groups::Owner(std::iter::once(None).chain(members).collect())
            }
            GroupBy::Form => {
                let forms = self.forms.iter().map(|form| Some(form.id));
                Groups::Form(forms.chain([None]).collect())
            }
            GroupBy::Grade => Groups::Grade(Grade::all().collect()),
        }
    }
}

impl super::Leads {
    /// A part of the list of the leads the actor may see.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] for a place that is not one of that list, and for a property that is gone
    /// where that is refused.
    pub async fn list(&self, actor: &Actor, wanted: &ListLeads) -> Result<LeadList, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let names = ListNames::read(&mut *tx).await?;
        let (leads, found_more) = look(&mut *tx, &scope, wanted, &names, self.clock.now()).await?;
        let ListNames { pipelines, forms, members, properties } = names;
        let reasons = offered_reasons(&mut *tx).await?;
        Ok(LeadList { leads, found_more, pipelines, forms, members, properties, reasons })
    }

    /// The same without the names that stand in it.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub async fn page(&self, actor: &Actor, wanted: &ListLeads) -> Result<Slice<LeadRow, LeadPlace>, Error> {
        Ok(self.list(actor, wanted).await?.leads)
    }

    /// The names that stand in a list of leads.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn names(&self, actor: &Actor) -> Result<ListNames, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        ListNames::read(&mut *tx).await
    }

    /// How many leads the actor may see, counted to [`MOST_COUNTED`]; one more tells that there are more.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn count(&self, actor: &Actor, wanted: &ListLeads) -> Result<u32, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let pipelines = tx.pipelines().all().await?;
        let from = Viewpoint::of(self.clock.now(), wanted.zone.clone(), scope.user(), &pipelines.live);
        let sought = seek(&mut *tx, wanted.search.as_ref()).await?;
        let filter = wanted.filter.sound(&tx.properties().list().await?);
        let query = LeadQuery { sought: sought.as_ref(), ..LeadQuery::newest(&filter, &from, PAGE) };
        Ok(tx.leads().count(&query, MOST_COUNTED + 1).await?)
    }
}

async fn look(
    tx: &mut dyn TenantTx,
    scope: &TenantScope,
    wanted: &ListLeads,
    names: &ListNames,
    now: Timestamp,
) -> Result<(Slice<LeadRow, LeadPlace>, bool), Error> {
    if wanted.refuses_gone {
        refuse_gone(&wanted.filter, &names.properties)?;
    }
    let filter = wanted.filter.sound(&names.properties);
    let groups = wanted.group.map(|by| names.groups(by));
    if !wanted.after.as_ref().is_none_or(|place| fits(place, wanted.order, groups.as_ref())) {
        return Err(Violations::one("after", Rule::NotAPlace).into());
    }
    let from = Viewpoint::of(now, wanted.zone.clone(), scope.user(), &names.pipelines.live);
    let sought = seek(tx, wanted.search.as_ref()).await?;
    let query = LeadQuery {
        filter: &filter,
        from: &from,
        sought: sought.as_ref(),
        order: wanted.order,
        groups: groups.as_ref(),
        after: wanted.after.as_ref(),
        limit: wanted.limit,
    };
    let found_more = sought.as_ref().is_some_and(|sought| sought.found.more);
    Ok((tx.leads().page(&query).await?, found_more))
}

/// Refuses a filter that speaks of a property that is gone: what is done to all leads it shows is done to no others.
pub(crate) fn refuse_gone(filter: &LeadFilter, own: &[Property]) -> Result<(), Violations> {
    if filter.is_sound(own) { Ok(()) } else { Err(Violations::one("filter", Rule::Gone)) }
}

/// Whether a place is one of a list in this order and with these groups.
fn fits(place: &LeadPlace, order: LeadOrder, groups: Option<&Groups>) -> bool {
    let in_group = match (place.group, groups) {
        (None, None) => true,
        (Some(group), Some(groups)) => groups.all().contains(&group),
        (Some(_), None) | (None, Some(_)) => false,
    };
    in_group && order.has(&place.key)
}

pub(crate) async fn seek(tx: &mut dyn TenantTx, search: Option<&Search>) -> Result<Option<Sought>, Error> {
    let Some(search) = search else { return Ok(None) };
    let found = match search.words() {
        Some(words) => tx.leads().find_words(words, MOST_FOUND).await?,
        None => Found::default(),
    };
    Ok(Some(Sought { search: search.clone(), found }))
}
