use std::collections::HashMap;

use crate::{
    id::{ReasonId, StageId, UserId},
    organization::Member,
    pipeline::{Pipeline, Pipelines, StageKind},
    reason::Reason,
};

/// What the names in a file stand for.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pipelines: Vec<KnownPipeline>,
    reasons: HashMap<String, ReasonId>,
    members: HashMap<String, Bearer>,
}

#[derive(Clone, Debug)]
struct KnownPipeline {
    name: String,
    entry: Option<StageId>,
    stages: Vec<(String, Place)>,
}

/// A stage into which a row can bring a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub stage: StageId,
    /// Whether leads are given up there.
    pub needs_reason: bool,
}

/// Who bears a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bearer {
    /// This member.
    One(UserId),
    /// More than one.
    Several,
}

/// Which name of a place is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    Pipeline,
    Stage,
}

impl Known {
    /// The names that an organization uses. A reason that was taken off the list is known while no other has its name: what
    /// a file tells may be long past. A member is known by their address, or by a name that nobody else bears, if
    /// whoever imports `may_give` leads to them.
    pub fn of(
        pipelines: &Pipelines,
        reasons: &[Reason],
        members: &[Member],
        may_give: impl Fn(UserId) -> bool,
    ) -> Self {
        let (past, offered): (Vec<_>, Vec<_>) = reasons.iter().partition(|reason| reason.is_archived);
        let reasons = past.into_iter().chain(offered).map(|reason| (reason.name.to_lowercase(), reason.id));
        Self {
            pipelines: pipelines.live.iter().map(KnownPipeline::of).collect(),
            reasons: reasons.collect(),
            members: bearers(members, may_give),
        }
    }

    /// Where a lead stands that is said to stand there: in the first pipeline that has such a stage, or at the entry of the
    /// pipeline if that is all that is said.
    pub(super) fn place(&self, pipeline: Option<&str>, stage: Option<&str>) -> Result<Option<Place>, Unknown> {
        let (pipeline, stage) = (pipeline.map(str::to_lowercase), stage.map(str::to_lowercase));
        let fits = |known: &&KnownPipeline| pipeline.as_ref().is_none_or(|name| known.name == *name);
        let mut fitting = self.pipelines.iter().filter(fits).peekable();
        if pipeline.is_some() && fitting.peek().is_none() {
            return Err(Unknown::Pipeline);
        }
        let Some(stage) = stage else {
            let entry = fitting.next().filter(|_| pipeline.is_some()).and_then(|known| known.entry);
            return Ok(entry.map(|stage| Place { stage, needs_reason: false }));
        };
        let mut stages = fitting.flat_map(|known| &known.stages);
        let found = stages.find(|(name, _)| *name == stage).map(|(_, place)| *place);
        found.map(Some).ok_or(Unknown::Stage)
    }

    /// The reason of that name.
    pub(super) fn reason(&self, name: &str) -> Option<ReasonId> {
        self.reasons.get(&name.to_lowercase()).copied()
    }

    /// The member of that address or name.
    pub(super) fn member(&self, name: &str) -> Option<Bearer> {
        self.members.get(&words(name)).copied()
    }
}

impl KnownPipeline {
    fn of(pipeline: &Pipeline) -> Self {
        let place = |stage, kind| Place { stage, needs_reason: kind == StageKind::Disqualified };
        let stages = pipeline.stages.iter().map(|stage| (stage.name.to_lowercase(), place(stage.id, stage.kind)));
        Self {
            name: pipeline.name.to_lowercase(),
            entry: pipeline.entry().map(|stage| stage.id),
            stages: stages.collect(),
        }
    }
}

fn bearers(members: &[Member], may_give: impl Fn(UserId) -> bool) -> HashMap<String, Bearer> {
    let mut found = HashMap::new();
    for member in members {
        let name = words(&format!("{} {}", member.first_name, member.last_name));
        let one = Bearer::One(member.membership.user);
        found.entry(name).and_modify(|bearer| *bearer = Bearer::Several).or_insert(one);
    }
    found.retain(|_, bearer| !matches!(bearer, Bearer::One(user) if !may_give(*user)));
    let reached = members.iter().filter(|member| may_give(member.membership.user));
    found.extend(reached.map(|member| (member.email.normalized(), Bearer::One(member.membership.user))));
    found
}

/// A name in lower case, with one blank between two words.
fn words(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::{
        access::Role,
        id::PipelineId,
        language::Language,
        organization::Membership,
        pipeline::Stage,
        text::{Email, Name},
    };

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    fn pipeline(called: &str, first: u128) -> Pipeline {
        let kinds = [("New", StageKind::Open), ("Won", StageKind::Won), ("Lost", StageKind::Disqualified)];
        let stage = |((called, kind), n)| Stage::new(stage(n), name(called), kind);
        Pipeline::new(
            PipelineId(Uuid::from_u128(first)),
            name(called),
            kinds.into_iter().zip(first..).map(stage).collect(),
        )
    }

    fn member(n: u128, first: &str, last: &str) -> Member {
        Member {
            membership: Membership { user: user(n), roles: vec![Role::Agent] },
            first_name: name(first),
            last_name: name(last),
            joined_at: Timestamp::UNIX_EPOCH,
            email: Email::parse(&format!("{first}{n}@north.example")).unwrap(),
            language: Language::English,
            mail_refused_at: None,
        }
    }

    pub fn stage(n: u128) -> StageId {
        StageId(Uuid::from_u128(n))
    }

    pub fn reason(n: u128) -> ReasonId {
        ReasonId(Uuid::from_u128(n))
    }

    pub fn user(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    /// Two pipelines, `Sales` with the stages 10 to 12 and `Partners` from 20; the reasons 1 and, long past, 2 and 3; Carl 3,
    /// Eve 4 out of reach, and two of one name.
    pub fn known() -> Known {
        let pipelines = Pipelines { live: vec![pipeline("Sales", 10), pipeline("Partners", 20)], retired: Vec::new() };
        let reason = |(called, n, is_archived)| Reason { id: reason(n), name: name(called), is_archived };
        let reasons = [("No budget", 1, false), ("No budget", 2, true), ("Moved away", 3, true)].map(reason);
        let members =
            [member(1, "Anna", "Berg"), member(2, "Anna", "berg"), member(3, "Carl", "Dahl"), member(4, "Eve", "Eck")];
        Known::of(&pipelines, &reasons, &members, |member| member != user(4))
    }

    #[test]
    fn a_stage_is_one_of_its_pipeline_or_of_the_first_that_has_it() {
        let known = known();
        let place =
            |pipeline, stage| known.place(pipeline, stage).map(|place| place.map(|it| (it.stage, it.needs_reason)));
        assert_eq!(place(None, None), Ok(None));
        assert_eq!(place(None, Some("won")), Ok(Some((stage(11), false))));
        assert_eq!(place(Some("PARTNERS"), Some("Won")), Ok(Some((stage(21), false))));
        assert_eq!(place(Some("Partners"), Some("Lost")), Ok(Some((stage(22), true))));
        assert_eq!(place(Some("Partners"), None), Ok(Some((stage(20), false))), "where new leads enter");
        assert_eq!(place(Some("Nobody"), Some("Won")), Err(Unknown::Pipeline));
        assert_eq!(place(None, Some("Nowhere")), Err(Unknown::Stage));
        assert_eq!(place(Some("Sales"), Some("Nowhere")), Err(Unknown::Stage));
    }

    #[test]
    fn a_reason_of_the_list_goes_before_one_of_the_past() {
        let known = known();
        assert_eq!(known.reason("NO BUDGET"), Some(reason(1)));
        assert_eq!(known.reason("Moved away"), Some(reason(3)));
        assert_eq!(known.reason("Other"), None);
    }

    #[test]
    fn a_member_is_known_by_their_address_or_by_a_name_of_their_own() {
        let known = known();
        assert_eq!(known.member("CARL3@north.example"), Some(Bearer::One(user(3))));
        assert_eq!(known.member("carl  Dahl"), Some(Bearer::One(user(3))));
        assert_eq!(known.member("Anna Berg"), Some(Bearer::Several));
        assert_eq!(known.member("anna2@north.example"), Some(Bearer::One(user(2))));
        for beyond in ["Eve Eck", "eve4@north.example", "Dahl"] {
            assert_eq!(known.member(beyond), None, "{beyond}");
        }
    }
}
