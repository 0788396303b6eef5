//! The board: columns, their cards in their order, and how a card is put between two others.

use jiff::{SignedDuration, tz::TimeZone};
use qualify_domain::{
    access::{Duty, Permission, Role},
    id::{LeadId, StageId},
    lead::Lead,
    lead_filter::{Condition, LeadFilter, OwnerIs, TextField, TextTest},
    rank::Rank,
};
use qualify_ports::storage::{Beside, CardPlace};
use qualify_usecases::{Board, Error, MoveLead, ShowBoard};

use crate::world::{Home, World, scope};

fn all() -> ShowBoard {
    ShowBoard {
        pipeline: None,
        filter: LeadFilter::default(),
        search: None,
        column: None,
        below: None,
        limit: 40,
        zone: TimeZone::UTC,
        refuses_gone: false,
    }
}

async fn board(world: &World, home: &Home, wanted: ShowBoard) -> Board {
    world.app.leads.board(&home.owner.actor, &wanted).await.unwrap()
}

async fn order(world: &World, home: &Home, column: usize) -> Vec<LeadId> {
    board(world, home, all()).await.columns[column].cards.items.iter().map(|card| card.lead.id).collect()
}

async fn three(world: &World, home: &Home) -> [Lead; 3] {
    let mut leads = Vec::new();
    for email in ["anna@example.com", "berta@example.com", "clara@example.com"] {
        leads.push(world.lead(home, email).await);
        world.clock.advance(SignedDuration::from_secs(60));
    }
    leads.try_into().unwrap()
}

async fn put(world: &World, home: &Home, lead: &Lead, stage: StageId, beside: Beside) -> Result<(), Error> {
    let version = world.app.leads.open(&home.owner.actor, lead.id).await.unwrap().lead.version;
    let command = MoveLead { stage, reason: None, note: None, beside: Some(beside), version };
    world.app.leads.move_to(&home.owner.actor, lead.id, command).await
}

#[tokio::test]
async fn the_board_shows_the_newest_first_and_a_card_where_it_was_put() {
    let world = World::new().await;
    let home = world.found("North").await;
    let [anna, berta, clara] = three(&world, &home).await;
    let (open, next) = {
        let board = board(&world, &home, all()).await;
        assert_eq!(board.columns.iter().map(|column| column.count).collect::<Vec<_>>(), [3, 0, 0, 0, 0]);
        assert_eq!(board.reasons.len(), world.app.pipelines.view(&home.owner.actor).await.unwrap().reasons.len());
        (board.columns[0].stage, board.columns[1].stage)
    };
    assert_eq!(order(&world, &home, 0).await, [clara.id, berta.id, anna.id]);
    put(&world, &home, &anna, open, Beside::Below(clara.id)).await.unwrap();
    assert_eq!(order(&world, &home, 0).await, [clara.id, anna.id, berta.id]);
    put(&world, &home, &anna, open, Beside::Above(clara.id)).await.unwrap();
    assert_eq!(order(&world, &home, 0).await, [anna.id, clara.id, berta.id]);
    let file = world.app.leads.open(&home.owner.actor, anna.id).await.unwrap();
    assert_eq!(file.activities.len(), 1, "another place in the column is no move");

    put(&world, &home, &berta, next, Beside::Below(anna.id)).await.unwrap();
    put(&world, &home, &anna, next, Beside::Below(berta.id)).await.unwrap();
    assert_eq!(
        order(&world, &home, 1).await,
        [berta.id, anna.id],
        "a neighbour that is not there leaves it at the top"
    );
    assert_eq!(world.app.leads.open(&home.owner.actor, anna.id).await.unwrap().activities.len(), 2);
    let old = MoveLead { stage: open, reason: None, note: None, beside: Some(Beside::Above(clara.id)), version: 1 };
    let error = world.app.leads.move_to(&home.owner.actor, anna.id, old).await.unwrap_err();
    assert!(matches!(error, Error::Stale), "the same card was pulled in two browsers: {error:?}");
    assert_eq!(order(&world, &home, 1).await, [berta.id, anna.id]);
}

#[tokio::test]
async fn a_column_goes_on_below_a_card_and_the_board_shows_what_a_filter_lets_through() {
    let world = World::new().await;
    let home = world.found("North").await;
    let [anna, berta, clara] = three(&world, &home).await;
    let first = board(&world, &home, ShowBoard { limit: 2, ..all() }).await;
    let (column, next) = (first.columns[0].stage, first.columns[0].cards.next.clone().unwrap());
    assert_eq!((first.columns[0].count, next.id), (3, berta.id));
    let rest = ShowBoard { column: Some(column), below: Some(next), limit: 2, ..all() };
    let rest = board(&world, &home, rest).await;
    assert_eq!(rest.columns.len(), 1);
    assert_eq!(rest.columns[0].cards.items.iter().map(|card| card.lead.id).collect::<Vec<_>>(), [anna.id]);
    assert!(rest.columns[0].cards.next.is_none());

    world.give(&home, clara.id, home.owner.user).await;
    let mine = LeadFilter::only(Condition::Owner(vec![OwnerIs::Me]));
    let mine = board(&world, &home, ShowBoard { filter: mine, ..all() }).await;
    assert_eq!((mine.columns[0].count, mine.columns[0].cards.items[0].lead.id), (1, clara.id));
    let named = LeadFilter::only(Condition::Text(TextField::Email, TextTest::BeginsWith("ber".to_owned())));
    assert_eq!(board(&world, &home, ShowBoard { filter: named, ..all() }).await.columns[0].count, 1);

    let other = world.found("South").await;
    let foreign = board(&world, &other, all()).await;
    assert!(foreign.columns.iter().all(|column| column.count == 0 && column.cards.items.is_empty()), "RLS-10");
    let stage = foreign.columns[0].stage;
    let error =
        world.app.leads.board(&home.owner.actor, &ShowBoard { column: Some(stage), ..all() }).await.unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "{error:?}");
    let gone = ShowBoard { pipeline: Some(foreign.pipeline), ..all() };
    let error = world.app.leads.board(&home.owner.actor, &gone).await.unwrap_err();
    assert!(matches!(error, Error::NotFound("pipeline")), "{error:?}");
}

#[tokio::test]
async fn rls_13_the_board_of_an_agent_holds_their_own_leads_and_those_of_nobody() {
    let world = World::new().await;
    let home = world.found("North").await;
    let [anna, berta, clara] = three(&world, &home).await;
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    world.give(&home, anna.id, home.owner.user).await;
    world.give(&home, berta.id, agent.user).await;
    let seen = world.app.leads.board(&agent.actor, &all()).await.unwrap();
    let ids: Vec<_> = seen.columns[0].cards.items.iter().map(|card| card.lead.id).collect();
    assert_eq!((ids, seen.columns[0].count), (vec![clara.id, berta.id], 2));
}

#[tokio::test]
async fn a_gap_that_was_halved_until_it_is_crowded_is_spread_out() {
    let world = World::new().await;
    let home = world.found("North").await;
    let [anna, berta, clara] = three(&world, &home).await;
    let stage = anna.stage;
    // As after a thousand moves into the same gap.
    let deep = |last: &str| -> Rank { format!("{}{last}", "1".repeat(240)).parse().unwrap() };
    for (lead, rank) in [(&anna, deep("1")), (&berta, deep("2"))] {
        let scope = scope(home.id, Duty::React, Permission::ProcessSubmission);
        let mut tx = world.ports.storage.tenant(&scope).await.unwrap();
        tx.leads().update(&Lead { rank, ..lead.clone() }).await.unwrap();
        tx.commit().await.unwrap();
    }
    put(&world, &home, &clara, stage, Beside::Below(anna.id)).await.unwrap();
    assert_eq!(order(&world, &home, 0).await, [anna.id, clara.id, berta.id]);
    let cards = board(&world, &home, all()).await.columns.remove(0).cards.items;
    let longest = cards.iter().map(|card| card.rank.as_str().len()).max();
    assert!(longest < Some(20), "{longest:?}");
    let below = CardPlace { rank: cards[0].rank.clone(), id: anna.id };
    let rest = board(&world, &home, ShowBoard { column: Some(stage), below: Some(below), ..all() }).await;
    assert_eq!(rest.columns[0].cards.items.len(), 2);
}
