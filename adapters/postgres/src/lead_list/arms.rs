//! The arms of the list's query: each finds the first leads of some bucket, in an order that an index has.

use qualify_domain::{
    id::UserId,
    lead_order::{Group, Groups, LeadPlace, SortKey},
    score::Grade,
};
use qualify_ports::storage::LeadQuery;
use uuid::Uuid;

/// Where an arm looks.
pub(super) enum Bucket {
    /// Everywhere.
    Whole,
    /// Where a column holds this, or nothing.
    Of(&'static str, Option<Uuid>),
    /// Where the score comes to this.
    Grade(Grade),
    /// In what each of these owns, all in one order.
    EachOwner(Vec<Uuid>),
}

/// One arm.
pub(super) struct Arm<'a> {
    pub bucket: Bucket,
    /// Where what it finds stands among what the others find.
    pub place: i32,
    /// Whether it finds the leads that have nothing to be sorted by: they stand last.
    pub keyless: bool,
    /// After which place it begins.
    pub after: Option<&'a LeadPlace>,
    /// Whether its bucket says nothing of the reach.
    pub checks_reach: bool,
}

/// A bucket with the place of what it holds, and whether somebody is in the midst of it.
struct Look {
    bucket: Bucket,
    place: i32,
    checks_reach: bool,
    resumes: bool,
}

/// The arms of a query, as far as `owners` reach; none if nothing can be there.
pub(super) fn arms<'a>(owners: Option<&[Uuid]>, query: &LeadQuery<'a>) -> Vec<Arm<'a>> {
    if query.after.is_some_and(|place| !query.order.has(&place.key)) {
        return Vec::new();
    }
    let looks = match query.groups {
        None => ungrouped(owners, query),
        Some(groups) => grouped(groups, query),
    };
    let may_lack = query.order.by.may_lack();
    let mut arms = Vec::with_capacity(looks.len() * 2);
    for look in looks {
        let after = query.after.filter(|_| look.resumes);
        let among_keyless = after.is_some_and(|place| place.key == SortKey::Nothing);
        let Look { bucket, place, checks_reach, .. } = look;
        let late = may_lack.then(|| Arm {
            bucket: bucket.again(),
            place,
            keyless: true,
            after: after.filter(|_| among_keyless),
            checks_reach,
        });
        if !among_keyless {
            arms.push(Arm { bucket, place, keyless: false, after, checks_reach });
        }
        arms.extend(late);
    }
    arms
}

fn ungrouped(owners: Option<&[Uuid]>, query: &LeadQuery<'_>) -> Vec<Look> {
    if query.after.is_some_and(|place| place.group.is_some()) {
        return Vec::new();
    }
    let look = |bucket| Look { bucket, place: 0, checks_reach: false, resumes: true };
    match owners {
        None => vec![look(Bucket::Whole)],
        // The first of the queue, and of each owner within reach; then the first of these.
        Some(owners) => vec![look(Bucket::Of(OWNER, None)), look(Bucket::EachOwner(owners.to_vec()))],
    }
}

const OWNER: &str = "owner_id";

fn grouped(groups: &Groups, query: &LeadQuery<'_>) -> Vec<Look> {
    let all = groups.all();
    let begin = match query.after.map(|place| place.group) {
        None => 0,
        Some(group) => match all.iter().position(|one| Some(*one) == group) {
            Some(at) => at,
            None => return Vec::new(),
        },
    };
    let groups = all.iter().enumerate().skip(begin);
    let look = |(at, group): (usize, &Group)| Look {
        bucket: bucket(*group),
        place: i32::try_from(at).unwrap_or(i32::MAX),
        checks_reach: true,
        resumes: query.after.is_some() && at == begin,
    };
    groups.map(look).collect()
}

fn bucket(group: Group) -> Bucket {
    match group {
        Group::Stage(stage) => Bucket::Of("stage_id", Some(stage.0)),
        Group::Owner(owner) => Bucket::Of(OWNER, owner.map(|UserId(id)| id)),
        Group::Form(form) => Bucket::Of("form_id", form.map(|form| form.0)),
        Group::Grade(grade) => Bucket::Grade(grade),
    }
}

impl Bucket {
    fn again(&self) -> Self {
        match self {
            Self::Whole => Self::Whole,
            Self::Of(column, id) => Self::Of(column, *id),
            Self::Grade(grade) => Self::Grade(*grade),
            Self::EachOwner(owners) => Self::EachOwner(owners.clone()),
        }
    }
}
