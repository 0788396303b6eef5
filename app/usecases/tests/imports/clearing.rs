//! What a cell leaves, and what it clears.

use futures::TryStreamExt;

use super::{expected, import, leads};
use crate::world::World;

#[tokio::test]
async fn an_empty_cell_leaves_and_a_word_clears() {
    let world = World::new().await;
    let home = world.found("North").await;
    let first = "name,email,phone\nAnna,anna@example.com,+33612345678\nBert,bert@example.com,+33687654321\n";
    import(&world, &home.owner, first).await;
    let second = "name,email,phone\n,anna@example.com,[clear]\n[clear],bert@example.com,\n";
    assert_eq!(import(&world, &home.owner, second).await.1, expected(&[("changed", 2)]));
    let all = leads(&world, &home).await;
    assert_eq!((all[0].name.as_deref(), all[0].phone.is_none()), (Some("Anna"), true));
    assert_eq!((all[1].name.as_deref(), all[1].phone.is_some()), (None, true));
}

#[tokio::test]
async fn whether_a_left_out_row_would_have_cleared_is_told_as_it_stood() {
    let world = World::new().await;
    let home = world.found("North").await;
    let file = "name,email\n[clear],nobody\n'[clear],nobody\n'=1,nobody\n";
    let (id, outcome) = import(&world, &home.owner, file).await;
    assert_eq!(outcome, expected(&[("faulty", 3)]));
    let problems = world.app.imports.problems(&home.owner.actor, id).await.unwrap();
    let rows: Vec<_> = problems.parts.try_concat().await.unwrap();
    let names: Vec<_> = rows.iter().map(|(cells, _)| cells[0].as_str()).collect();
    assert_eq!(names, ["[clear]", "'[clear]", "=1"]);
}
