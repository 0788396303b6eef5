//! API keys: made once, known by their digest, and gone on the next request.

use jiff::SignedDuration;
use qualify_domain::{
    access::{Permission, Role},
    api_key::{KeyScope, KeyState, KeyWish, MOST_DAYS, USUAL_DAYS},
    audit::EntryFilter,
    text::Name,
};
use qualify_usecases::{Error, NewKey, SignedIn};
use secrecy::ExposeSecret;

use crate::world::{Home, World};

fn wish(role: Role, scopes: &[KeyScope]) -> KeyWish {
    KeyWish { name: Name::parse("Website").unwrap(), role, scopes: scopes.to_vec(), days: USUAL_DAYS }
}

async fn make(world: &World, by: &SignedIn, role: Role) -> NewKey {
    world.app.api_keys.make(&by.actor, wish(role, KeyScope::ALL)).await.unwrap()
}

async fn works(world: &World, key: &NewKey) -> bool {
    world.app.access.program(key.secret.expose_secret()).await.unwrap().is_ok()
}

async fn trail(world: &World, home: &Home) -> Vec<String> {
    let page = world.app.audit.list(&home.owner.actor, &EntryFilter::default(), None).await.unwrap();
    page.entries.items.into_iter().map(|entry| entry.action).collect()
}

#[tokio::test]
async fn a_key_is_found_by_its_secret_and_acts_for_its_role_and_scopes() {
    let world = World::new().await;
    let home = world.found("North").await;
    let made = world.app.api_keys.make(&home.owner.actor, wish(Role::Manager, &[KeyScope::LeadsRead])).await.unwrap();
    let secret = made.secret.expose_secret();
    assert!(secret.starts_with("qck_") && secret.len() == 47, "{} characters", secret.len());
    let program = world.app.access.program(secret).await.unwrap().unwrap();
    assert_eq!((program.key.id, program.actor.organization()), (made.key.id, home.id));
    let allowed: Vec<_> = Permission::ALL.iter().filter(|permission| program.actor.may(**permission)).collect();
    assert_eq!(allowed, [&Permission::ReadLeads]);
    assert!(world.app.leads.list(&program.actor, &qualify_usecases::ListLeads::default()).await.is_ok());
}

#[tokio::test]
async fn an_unknown_a_revoked_and_an_expired_key_are_all_nobody() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (revoked, expiring) =
        (make(&world, &home.owner, Role::Agent).await, make(&world, &home.owner, Role::Agent).await);
    for nonsense in ["", "qck_", "Bearer", &"q".repeat(47), &format!("qck_{}", "a".repeat(43)), "qck_é\0"] {
        assert!(world.app.access.program(nonsense).await.unwrap().is_err(), "{nonsense}");
    }
    world.app.api_keys.revoke(&home.owner.actor, revoked.key.id).await.unwrap();
    assert!(!works(&world, &revoked).await);
    assert!(works(&world, &expiring).await);
    let again = world.app.api_keys.revoke(&home.owner.actor, revoked.key.id).await.unwrap_err();
    assert!(matches!(again, Error::NotFound("api_key")), "{again:?}");
    world.clock.advance(SignedDuration::from_hours(24 * i64::from(USUAL_DAYS)));
    assert!(!works(&world, &expiring).await);
}

#[tokio::test]
async fn log_3_making_revoking_and_a_late_use_of_a_key_are_in_the_trail() {
    let world = World::new().await;
    let home = world.found("North").await;
    let key = make(&world, &home.owner, Role::Agent).await;
    world.app.api_keys.revoke(&home.owner.actor, key.key.id).await.unwrap();
    let access = &world.app.access;
    let refused = access.program(key.secret.expose_secret()).await.unwrap().unwrap_err();
    access.tell_refused(refused).await.unwrap();
    assert_eq!(trail(&world, &home).await[..3], ["api_key_refused", "manage_api_keys", "manage_api_keys"]);
}

#[tokio::test]
async fn rls_13_a_key_can_neither_make_nor_see_nor_end_keys() {
    let world = World::new().await;
    let home = world.found("North").await;
    let made = make(&world, &home.owner, Role::Owner).await;
    let program = world.app.access.program(made.secret.expose_secret()).await.unwrap().unwrap();
    let keys = &world.app.api_keys;
    for refused in [
        keys.make(&program.actor, wish(Role::Viewer, KeyScope::ALL)).await.err(),
        keys.list(&program.actor).await.err(),
        keys.revoke(&program.actor, made.key.id).await.err(),
    ] {
        assert!(matches!(refused, Some(Error::Forbidden(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn rls_13_a_key_rests_when_its_maker_is_demoted_and_goes_when_they_are_removed() {
    let world = World::new().await;
    let home = world.found("North").await;
    let admin = world.join(&home, "admin@north.example", &[Role::Admin]).await;
    let key = make(&world, &admin, Role::Admin).await;
    assert!(works(&world, &key).await);
    world.app.members.change_roles(&home.owner.actor, admin.user, &[Role::Agent]).await.unwrap();
    assert!(!works(&world, &key).await);
    let listed = world.app.api_keys.list(&home.owner.actor).await.unwrap().keys;
    assert_eq!(listed.iter().map(|(_, state)| *state).collect::<Vec<_>>(), [KeyState::Withheld]);
    world.app.members.change_roles(&home.owner.actor, admin.user, &[Role::Owner]).await.unwrap();
    assert!(works(&world, &key).await);
    world.app.members.remove(&home.owner.actor, admin.user, None).await.unwrap();
    assert!(!works(&world, &key).await);
    assert!(world.app.api_keys.list(&home.owner.actor).await.unwrap().keys.is_empty());
}

#[tokio::test]
async fn rls_10_the_keys_of_another_organization_are_not_there() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let theirs = make(&world, &south.owner, Role::Agent).await;
    assert!(world.app.api_keys.list(&north.owner.actor).await.unwrap().keys.is_empty());
    let foreign = world.app.api_keys.revoke(&north.owner.actor, theirs.key.id).await.unwrap_err();
    assert!(matches!(foreign, Error::NotFound("api_key")), "{foreign:?}");
    assert!(works(&world, &theirs).await);
}

#[tokio::test]
async fn the_last_use_of_a_key_is_written_once_an_hour() {
    let world = World::new().await;
    let home = world.found("North").await;
    let key = make(&world, &home.owner, Role::Agent).await;
    let used = async || world.app.api_keys.list(&home.owner.actor).await.unwrap().keys[0].0.last_used_at;
    assert_eq!(used().await, None);
    works(&world, &key).await;
    let first = used().await.unwrap();
    world.clock.advance(SignedDuration::from_mins(30));
    works(&world, &key).await;
    assert_eq!(used().await, Some(first), "not again within the hour");
    world.clock.advance(SignedDuration::from_mins(31));
    works(&world, &key).await;
    assert!(used().await > Some(first));
}

#[tokio::test]
async fn a_wish_for_too_much_is_told_all_at_once() {
    let world = World::new().await;
    let home = world.found("North").await;
    let admin = world.join(&home, "admin@north.example", &[Role::Admin]).await;
    let wish = KeyWish { days: MOST_DAYS + 1, ..wish(Role::Owner, &[]) };
    let refused = world.app.api_keys.make(&admin.actor, wish).await.unwrap_err();
    let Error::Invalid(faults) = refused else { unreachable!("{refused:?}") };
    assert_eq!(faults.iter().map(|fault| &*fault.field).collect::<Vec<_>>(), ["role", "scopes", "days"]);
}
