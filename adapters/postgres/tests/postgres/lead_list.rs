//! The list of leads shows what `LeadFilter::matches` says, in order, in parts of any size.

mod generated;
mod own;
mod plans;
mod words;

use std::cmp::Ordering;

use jiff::tz::TimeZone;
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, TestRunner},
};
use qualify_domain::{
    access::{Permission, Role},
    id::{LeadId, PipelineId, StageId, UserId},
    language::Language,
    lead::Lead,
    lead_filter::{LeadFilter, Search, Sought, Viewpoint},
    lead_order::{Group, GroupBy, Groups, LeadOrder, LeadPlace, SortBy, SortKey},
    pipeline::{Pipeline, Stage, StageKind},
    score::Grade,
    text::Phone,
};
use qualify_ports::storage::{BoardQuery, LeadQuery, LeadStore, Storage};
use uuid::Uuid;

use self::generated::{Asked, Choices, asked, leads};
use crate::world::{World, after, eye, form, id, name, noon};

/// How many filters are tried.
const CASES: usize = 3_000;

async fn listed(store: &mut dyn LeadStore, query: &LeadQuery<'_>) -> Vec<LeadId> {
    let (mut ids, mut after): (Vec<LeadId>, Option<LeadPlace>) = (vec![], None);
    loop {
        let slice = store.page(&LeadQuery { after: after.as_ref(), ..*query }).await.unwrap();
        assert!(slice.items.len() <= usize::from(query.limit));
        assert!(slice.next.is_none() || slice.items.len() == usize::from(query.limit), "only the last part is short");
        ids.extend(slice.items.iter().map(|row| row.id));
        after = slice.next;
        if after.is_none() {
            return ids;
        }
        assert!(ids.len() < 1_000, "the list goes in a circle");
    }
}

/// An organization with leads of every kind, and a neighbour with some more.
struct Place {
    world: World,
    kept: Vec<Lead>,
    pipelines: Vec<Pipeline>,
    choices: Choices,
}

impl Place {
    async fn filled(runner: &mut TestRunner) -> Self {
        let (world, neighbour) = (World::new().await, World::new().await);
        let second_form = form();
        let mut tx = world.begin(Permission::ManageForms).await;
        tx.forms().insert(&second_form).await.unwrap();
        tx.commit().await.unwrap();
        let colleague = world.join(Role::Agent).await;
        // A pipeline that no lead stands in: its stages are true of none.
        let stage = Stage::new(StageId(id()), name("Later"), StageKind::Open);
        let other = Pipeline::new(PipelineId(id()), name("Other"), vec![stage]);
        let mut pipelines = vec![world.pipeline.clone(), other];
        // Stages that allow as many days, another number, and any; where nobody works on leads no number says anything.
        let days = [Some(5), Some(40), Some(5), Some(1), Some(5)];
        let stages = pipelines.iter_mut().flat_map(|pipeline| &mut pipeline.stages);
        for (stage, days) in stages.zip(days) {
            stage.stale_after_days = days;
        }
        let choices = Choices {
            stages: world.pipeline.stages.iter().map(|stage| stage.id).collect(),
            pipelines: pipelines.iter().map(|pipeline| pipeline.id).collect(),
            forms: vec![world.form.id, second_form.id],
            users: vec![world.user, colleague],
        };
        let mut kept = leads(&choices).new_tree(runner).unwrap().current();
        let mut tx = world.begin(Permission::ProcessSubmission).await;
        for lead in &mut kept {
            lead.id = LeadId(id());
            tx.leads().insert(lead).await.unwrap();
        }
        tx.commit().await.unwrap();
        neighbour.keep_lead(&neighbour.lead(noon(), "aa@aa.com")).await;
        Self { world, kept, pipelines, choices }
    }

    fn groups(&self, by: GroupBy) -> Groups {
        match by {
            GroupBy::Stage => Groups::Stage(self.choices.stages.clone()),
            GroupBy::Owner => {
                Groups::Owner(std::iter::once(None).chain(self.choices.users.iter().copied().map(Some)).collect())
            }
            GroupBy::Form => Groups::Form(self.choices.forms.iter().copied().map(Some).chain([None]).collect()),
            GroupBy::Grade => Groups::Grade(Grade::all().collect()),
        }
    }

    /// What the specification says.
    fn expected(&self, asked: &Asked, from: &Viewpoint, groups: Option<&Groups>) -> Vec<LeadId> {
        let reached = |lead: &&Lead| !asked.own || lead.owner.is_none_or(|owner| owner == self.world.user);
        let found = |lead: &&Lead| asked.sought.as_ref().is_none_or(|sought| sought.finds(lead));
        let mut shown: Vec<&Lead> =
            self.kept.iter().filter(reached).filter(|lead| asked.filter.matches(lead, from)).filter(found).collect();
        let place = |lead: &Lead| {
            groups.map(|groups| {
                let group = Group::of(groups.by(), lead.stage, lead.owner, lead.form, lead.score.grade());
                groups.all().iter().position(|one| *one == group).unwrap()
            })
        };
        shown.sort_by(|one, other| match place(one).cmp(&place(other)) {
            Ordering::Equal => asked.order.compare(one, other),
            way => way,
        });
        shown.into_iter().map(|lead| lead.id).collect()
    }
}

#[tokio::test]
async fn rls_8_the_list_shows_what_the_filter_matches_in_any_order_and_in_parts_of_any_size() {
    let mut runner = TestRunner::new(Config::default());
    let place = Place::filled(&mut runner).await;
    let asked = asked(&place.choices);
    let (mut found, mut halves) = (0, 0);
    for _ in 0..CASES {
        let asked = asked.new_tree(&mut runner).unwrap().current();
        let role = if asked.own { Role::Agent } else { Role::Owner };
        let scope = place.world.member(role).permit(Permission::ReadLeads).unwrap();
        let me = if asked.is_program { None } else { Some(place.world.user) };
        let from = Viewpoint::of(asked.now, TimeZone::get("Europe/Paris").unwrap(), me, &place.pipelines);
        let groups = asked.group.map(|by| place.groups(by));
        let expected = place.expected(&asked, &from, groups.as_ref());
        found += usize::from(!expected.is_empty());
        halves += usize::from(expected.len() > place.kept.len() / 2);
        let query = LeadQuery {
            sought: asked.sought.as_ref(),
            order: asked.order,
            groups: groups.as_ref(),
            ..LeadQuery::newest(&asked.filter, &from, asked.part)
        };
        let mut tx = place.world.storage.tenant(&scope).await.unwrap();
        assert_eq!(listed(tx.leads(), &query).await, expected, "{asked:?}");
        let counted = tx.leads().count(&query, 100).await.unwrap();
        assert_eq!(usize::try_from(counted).unwrap(), expected.len().min(100), "{asked:?}");
    }
    assert!(found > CASES / 3, "only {found} filters found anything");
    assert!(halves < CASES * 2 / 3, "{halves} filters found nearly everything");
}

#[tokio::test]
async fn a_place_of_another_order_or_of_no_group_finds_nothing() {
    let world = World::new().await;
    world.keep_lead(&world.lead(noon(), "anna@example.com")).await;
    let groups = Groups::Owner(vec![None, Some(world.user)]);
    let by_name = LeadOrder { by: SortBy::Name, descending: false };
    let place = |group, key| LeadPlace { group, key, id: LeadId(Uuid::nil()) };
    let at = SortKey::Instant(noon() + jiff::SignedDuration::from_hours(1));
    let stranger = Some(Group::Owner(Some(UserId(id()))));
    let cases = [
        (LeadOrder::default(), None, place(None, at.clone()), 1),
        (LeadOrder::default(), None, place(None, SortKey::Nothing), 0),
        (by_name, None, place(None, at.clone()), 0),
        (LeadOrder::default(), None, place(Some(Group::Owner(None)), at.clone()), 0),
        (LeadOrder::default(), Some(&groups), place(None, at.clone()), 0),
        (LeadOrder::default(), Some(&groups), place(stranger, at.clone()), 0),
        (LeadOrder::default(), Some(&groups), place(Some(Group::Owner(None)), at), 1),
    ];
    for (order, groups, after, expected) in cases {
        let (filter, from) = (LeadFilter::default(), eye());
        let query = LeadQuery { order, groups, after: Some(&after), ..LeadQuery::newest(&filter, &from, 10) };
        let mut tx = world.begin(Permission::ReadLeads).await;
        assert_eq!(tx.leads().page(&query).await.unwrap().items.len(), expected, "{order} {after:?}");
    }
}

#[tokio::test]
async fn a_search_finds_the_same_whether_few_leads_have_it_or_very_many() {
    let world = World::new().await;
    // Those of whom there are few are among the oldest.
    let called =
        |n: i64| if n % 2 == 0 && n < 100 { format!("rare{n}@example.com") } else { format!("person{n}@example.com") };
    let mut leads: Vec<Lead> = (0..5_300).map(|n| world.lead(after(n), &called(n))).collect();
    for lead in leads.iter_mut().step_by(3) {
        lead.owner = Some(world.user);
    }
    let mut tx = world.begin(Permission::ImportLeads).await;
    for some in leads.chunks(1_000) {
        tx.lead_batches().insert_all(some).await.unwrap();
    }
    tx.commit().await.unwrap();
    let (filter, from) = (LeadFilter::default(), eye());
    for (text, hits) in [("person", 5_250), ("rare", 50)] {
        let sought = Sought::by_prefix(Search::parse(text).unwrap());
        for (by, role) in [(SortBy::Created, Role::Owner), (SortBy::Name, Role::Owner), (SortBy::Created, Role::Agent)]
        {
            let order = LeadOrder { by, descending: by == SortBy::Created };
            let mut expected: Vec<&Lead> = leads.iter().filter(|lead| sought.finds(lead)).collect();
            assert_eq!(expected.len(), hits);
            expected.sort_by(|one, other| order.compare(one, other));
            let query = LeadQuery { sought: Some(&sought), order, ..LeadQuery::newest(&filter, &from, 20) };
            let scope = world.member(role).permit(Permission::ReadLeads).unwrap();
            let mut tx = world.storage.tenant(&scope).await.unwrap();
            let first = tx.leads().page(&query).await.unwrap();
            let second = tx.leads().page(&LeadQuery { after: first.next.as_ref(), ..query }).await.unwrap();
            let found: Vec<LeadId> = first.items.iter().chain(&second.items).map(|row| row.id).collect();
            let expected: Vec<LeadId> = expected.into_iter().map(|lead| lead.id).collect();
            assert_eq!(found, expected[..40], "{text}, {order}, {role:?}");
            let board = BoardQuery { stages: &[world.pipeline.stages[0].id], leads: query, below: None };
            let cards = tx.leads().cards(&board).await.unwrap();
            assert!(cards[0].items.len() == 20 && cards[0].items.iter().all(|card| expected.contains(&card.lead.id)));
        }
    }
}

#[tokio::test]
async fn the_oldest_leads_of_each_mark_are_possible_duplicates_however_many_bear_it() {
    let world = World::new().await;
    let phone: Phone = Phone::parse("+33 6 12 34 56 78", Language::French).unwrap();
    let mut leads: Vec<Lead> = (0..300).rev().map(|n| world.lead(after(n), &format!("p{n}@example.com"))).collect();
    for lead in &mut leads {
        lead.phone = Some(phone.clone());
    }
    let mut own = world.lead(after(500), "anna@example.com");
    own.phone = Some(phone);
    let same_address = world.lead(after(400), "Anna@Example.com");
    leads.extend([own.clone(), same_address.clone()]);
    let mut tx = world.begin(Permission::ImportLeads).await;
    tx.lead_batches().insert_all(&leads).await.unwrap();
    let found = tx.merges().alike(&own.person(), Some(own.id), 10).await.unwrap();
    let expected: Vec<LeadId> = leads[..300].iter().rev().take(10).map(|lead| lead.id).collect();
    assert_eq!(found.iter().map(|lead| lead.id).collect::<Vec<_>>(), expected, "the oldest first");
    let all = tx.merges().alike(&own.person(), Some(own.id), 1_000).await.unwrap();
    assert_eq!((all.len(), all.last().map(|lead| lead.id)), (301, Some(same_address.id)), "by any mark, each once");
}
