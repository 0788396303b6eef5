//! Views of the list: whose they are, and who changes them.

use jiff::SignedDuration;
use qualify_domain::{
    access::{Permission, Role},
    id::ViewId,
    lead_filter::{Condition, LeadFilter, OwnerIs},
    lead_order::{LeadOrder, SortBy},
    text::Name,
    view::{MOST_VIEWS, ViewSettings, ViewWish},
    violation::Rule,
};
use qualify_usecases::{ChangeView, Error, SignedIn};

use crate::world::{Home, World};

fn wish(name: &str, shared: bool) -> ViewWish {
    let settings = ViewSettings {
        filter: LeadFilter::only(Condition::Owner(vec![OwnerIs::Me])),
        sort: LeadOrder { by: SortBy::Name, descending: false },
        ..ViewSettings::default()
    };
    ViewWish::parse(name, shared, settings).unwrap()
}

async fn names(world: &World, person: &SignedIn) -> Vec<String> {
    let list = world.app.views.list(&person.actor).await.unwrap();
    list.views.iter().map(|view| view.name.to_string()).collect()
}

async fn two(world: &World) -> (Home, SignedIn) {
    let home = world.found("North").await;
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    (home, agent)
}

#[tokio::test]
async fn rls_13_a_private_view_is_its_makers_and_a_shared_one_is_everybodys() {
    let world = World::new().await;
    let (home, agent) = two(&world).await;
    let stranger = world.found("South").await;
    let mine = world.app.views.make(&agent.actor, wish("Mine", false)).await.unwrap();
    let shared = world.app.views.make(&home.owner.actor, wish("Ours", true)).await.unwrap();
    assert_eq!(names(&world, &agent).await, ["Ours", "Mine"]);
    assert_eq!(names(&world, &home.owner).await, ["Ours"], "not even the owner sees what is private");
    assert_eq!(names(&world, &stranger.owner).await, Vec::<String>::new());
    assert_eq!(world.app.views.open(&agent.actor, shared.id).await.unwrap().settings, wish("Ours", true).settings);
    for actor in [&home.owner.actor, &stranger.owner.actor] {
        assert!(matches!(world.app.views.open(actor, mine.id).await, Err(Error::NotFound("view"))));
        assert!(matches!(world.app.views.remove(actor, mine.id).await, Err(Error::NotFound("view"))));
        let changed = world.app.views.change(actor, mine.id, ChangeView::default()).await;
        assert!(matches!(changed, Err(Error::NotFound("view"))));
    }
}

#[tokio::test]
async fn rls_13_a_shared_view_is_locked_to_who_may_not_manage_views() {
    let world = World::new().await;
    let (home, agent) = two(&world).await;
    let shared = world.app.views.make(&home.owner.actor, wish("Ours", true)).await.unwrap();
    let locked = |outcome: Result<(), Error>| {
        assert!(matches!(outcome, Err(Error::Forbidden(it)) if it.0 == Permission::ManageViews), "{outcome:?}");
    };
    locked(world.app.views.make(&agent.actor, wish("Theirs", true)).await.map(|_| ()));
    locked(world.app.views.change(&agent.actor, shared.id, ChangeView::default()).await.map(|_| ()));
    locked(world.app.views.remove(&agent.actor, shared.id).await);
    let mine = world.app.views.make(&agent.actor, wish("Mine", false)).await.unwrap();
    let share = ChangeView { shared: Some(true), ..ChangeView::default() };
    locked(world.app.views.change(&agent.actor, mine.id, share.clone()).await.map(|_| ()));
    let manager = world.join(&home, "manager@north.example", &[Role::Manager]).await;
    let own = world.app.views.make(&manager.actor, wish("Manager's", false)).await.unwrap();
    assert!(world.app.views.change(&manager.actor, own.id, share).await.unwrap().is_shared());
    assert_eq!(names(&world, &agent).await, ["Manager's", "Ours", "Mine"]);
}

#[tokio::test]
async fn a_view_is_changed_by_one_of_two_who_saw_the_same() {
    let world = World::new().await;
    let (home, _) = two(&world).await;
    let view = world.app.views.make(&home.owner.actor, wish("Ours", true)).await.unwrap();
    let change =
        ChangeView { settings: Some(ViewSettings::default()), version: Some(view.version), ..ChangeView::default() };
    let changed = world.app.views.change(&home.owner.actor, view.id, change.clone()).await.unwrap();
    assert_eq!((changed.version, &changed.settings), (2, &ViewSettings::default()));
    let late = world.app.views.change(&home.owner.actor, view.id, change).await;
    assert!(matches!(late, Err(Error::Stale)), "{late:?}");
    assert_eq!(world.app.views.open(&home.owner.actor, view.id).await.unwrap().version, 2);
}

#[tokio::test]
async fn a_name_stands_once_among_ones_own_views_and_once_among_the_shared_ones() {
    let world = World::new().await;
    let (home, agent) = two(&world).await;
    world.app.views.make(&home.owner.actor, wish("Warm", true)).await.unwrap();
    world.app.views.make(&home.owner.actor, wish("warm", false)).await.unwrap();
    let mine = world.app.views.make(&agent.actor, wish("Warm", false)).await.unwrap();
    let again = world.app.views.make(&agent.actor, wish("WARM", false)).await;
    assert!(matches!(again, Err(Error::Conflict("view"))), "{again:?}");
    world.app.views.remove(&agent.actor, mine.id).await.unwrap();
    world.app.views.make(&agent.actor, wish("Warm", false)).await.unwrap();
    let back = world.app.views.restore(&agent.actor, mine.id).await;
    assert!(matches!(back, Err(Error::Conflict("view"))), "{back:?}");
}

#[tokio::test]
async fn a_view_that_is_deleted_can_be_brought_back_for_a_month() {
    let world = World::new().await;
    let (home, agent) = two(&world).await;
    let view = world.app.views.make(&home.owner.actor, wish("Ours", true)).await.unwrap();
    world.app.views.choose(&agent.actor, Some(view.id)).await.unwrap();
    world.app.views.remove(&home.owner.actor, view.id).await.unwrap();
    let list = world.app.views.list(&agent.actor).await.unwrap();
    assert_eq!((list.views.len(), list.default), (0, None), "nobody begins with what is gone");
    assert!(matches!(world.app.views.restore(&agent.actor, view.id).await, Err(Error::Forbidden(_))));
    world.app.views.restore(&home.owner.actor, view.id).await.unwrap();
    let list = world.app.views.list(&agent.actor).await.unwrap();
    assert_eq!((list.views.len(), list.default), (1, Some(view.id)));

    world.app.views.remove(&home.owner.actor, view.id).await.unwrap();
    let other = world.app.views.make(&home.owner.actor, wish("Other", true)).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(24 * 31));
    world.app.views.remove(&home.owner.actor, other.id).await.unwrap();
    let gone = world.app.views.restore(&home.owner.actor, view.id).await;
    assert!(matches!(gone, Err(Error::NotFound("view"))), "{gone:?}");
}

#[tokio::test]
async fn a_list_begins_with_the_view_its_member_chose() {
    let world = World::new().await;
    let (home, agent) = two(&world).await;
    let view = world.app.views.make(&home.owner.actor, wish("Ours", true)).await.unwrap();
    world.app.views.choose(&agent.actor, Some(view.id)).await.unwrap();
    assert_eq!(world.app.views.list(&agent.actor).await.unwrap().default, Some(view.id));
    assert_eq!(world.app.views.list(&home.owner.actor).await.unwrap().default, None, "each for themselves");
    let nowhere = world.app.views.choose(&agent.actor, Some(ViewId(uuid::Uuid::nil()))).await;
    assert!(matches!(nowhere, Err(Error::NotFound("view"))));
    world.app.views.choose(&agent.actor, None).await.unwrap();
    assert_eq!(world.app.views.list(&agent.actor).await.unwrap().default, None);
}

#[tokio::test]
async fn there_are_not_more_views_than_anybody_can_look_through() {
    let world = World::new().await;
    let (_, agent) = two(&world).await;
    for n in 0..MOST_VIEWS {
        world.app.views.make(&agent.actor, wish(&format!("View {n}"), false)).await.unwrap();
    }
    let Err(Error::Invalid(faults)) = world.app.views.make(&agent.actor, wish("One more", false)).await else {
        panic!("there is room for one more")
    };
    assert_eq!(faults.iter().map(|fault| fault.rule).collect::<Vec<_>>(), [Rule::TooMany(MOST_VIEWS)]);
}

#[tokio::test]
async fn log_3_what_is_done_to_shared_views_is_in_the_trail_and_ones_own_are_ones_own() {
    let world = World::new().await;
    let (home, _) = two(&world).await;
    world.app.views.make(&home.owner.actor, wish("Private words", false)).await.unwrap();
    assert_eq!(world.rows("SELECT count(*) FROM audit_entries WHERE action LIKE '%views'").await, 0);
    let view = world.app.views.make(&home.owner.actor, wish("Shared words", true)).await.unwrap();
    let name = Some(Name::parse("Other words").unwrap());
    world.app.views.change(&home.owner.actor, view.id, ChangeView { name, ..ChangeView::default() }).await.unwrap();
    world.app.views.remove(&home.owner.actor, view.id).await.unwrap();
    assert_eq!(world.rows("SELECT count(*) FROM audit_entries WHERE action = 'manage_views'").await, 3);
    assert_eq!(world.rows("SELECT count(*) FROM audit_entries AS e WHERE e::text LIKE '%words%'").await, 0);
}
