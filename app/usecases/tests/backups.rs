//! What went is written down beside the backups, and goes again if a backup brings it back (RET-17).

mod again;

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use jiff::SignedDuration;
use qualify_crypto::{KeyRing, SealedFiles};
use qualify_domain::{
    access::Role,
    erasure::Ground,
    gone::Gone,
    hold::Held,
    id::{LeadId, UserId},
    merge::Choices,
    suppression::{self, Suppression},
    text::{Email, Message},
};
use qualify_laws::files::Memory;
use qualify_ports::files::{FileKey, Files};
use qualify_usecases::{Backups, Endings, MergeLeads, PlaceHold, SeenPair, Settled, Settling, Written};
use tokio_util::sync::CancellationToken;

use crate::world::{Home, World, from};

/// Backups beside a world, and what lies there.
struct Shelf {
    backups: Backups,
    sealed: Arc<SealedFiles>,
    gone: Arc<Memory>,
}

impl Shelf {
    fn beside(world: &World) -> Self {
        let (dumps, gone) = (Arc::new(Memory::default()), Arc::new(Memory::default()));
        let sealed = Arc::new(SealedFiles::new(gone.clone(), &KeyRing::generate()));
        let ports = &world.ports;
        let (storage, clock, ids) = (ports.storage.clone(), ports.clock.clone(), ports.ids.clone());
        Self { backups: Backups::new(dumps, sealed.clone(), storage, clock, ids), sealed, gone }
    }

    /// Writes these down as if they had gone after a backup was made in which they still are.
    async fn say(&self, world: &World, gone: &[Gone]) {
        let lines = gone.iter().map(|gone| Ok(format!("{}\n", serde_json::to_string(gone).unwrap()).into_bytes()));
        let now = world.ports.clock.now();
        let key = FileKey::made(now, now + SignedDuration::from_hours(24), 1);
        self.sealed.put(key, stream::iter(lines.collect::<Vec<_>>()).boxed()).await.unwrap();
    }

    async fn settle(&self, world: &World) -> Settled {
        let settling = Settling::new(&world.ports, self.backups.clone());
        settling.settle(&Endings::default(), &CancellationToken::new()).await.unwrap()
    }
}

fn lead(world: &World, home: &Home, id: LeadId) -> Gone {
    Gone::Lead { organization: home.id, id, at: world.ports.clock.now(), ground: Ground::Asked }
}

#[tokio::test]
async fn ret_17_whatever_went_is_written_down_beside_the_backups_and_goes_again() {
    let world = World::new().await;
    let (home, south) = (world.found("North").await, world.found("South").await);
    let shelf = Shelf::beside(&world);
    let mut written = Written::default();
    shelf.backups.write_down(&mut written).await.unwrap();
    assert_eq!(shelf.gone.keys(), [], "nothing went");

    let anna = world.lead(&home, "anna@canarella.example").await;
    world.app.leads.erase(&home.owner.actor, anna.id, Ground::Unlawful).await.unwrap();
    shelf.backups.write_down(&mut written).await.unwrap();
    let keys = shelf.gone.keys();
    assert_eq!(keys.len(), 1);
    let bytes = shelf.gone.bytes(keys[0]);
    assert!(!bytes.windows(4).any(|window| window == b"gone"), "sealed");
    let gone = shelf.backups.written_down().await.unwrap();
    let is_there = |wanted: &dyn Fn(&Gone) -> bool| gone.iter().filter(|gone| wanted(gone)).count();
    let the_lead = |gone: &Gone| match gone {
        Gone::Lead { organization, id, ground, .. } => {
            (*organization, *id, *ground) == (home.id, anna.id, Ground::Unlawful)
        }
        _ => false,
    };
    assert_eq!(is_there(&the_lead), 1);
    assert_eq!(is_there(&|gone| matches!(gone, Gone::Submission { .. })), 1, "what she sent");
    assert_eq!(is_there(&|gone| matches!(gone, Gone::Address { .. })), 1, "and that nothing goes to her");
    assert_eq!(gone.len(), 3);

    shelf.backups.write_down(&mut written).await.unwrap();
    assert_eq!(shelf.gone.keys().len(), 1, "what is written down is not written down again");
    world.app.accounts.delete(&south.owner, "owner@south.example").await.unwrap_err();
    let mika = world.join(&south, "mika@example.com", &[Role::Agent]).await;
    world.app.accounts.delete(&mika, "mika@example.com").await.unwrap();
    shelf.backups.write_down(&mut written).await.unwrap();
    let gone = shelf.backups.written_down().await.unwrap();
    assert!(gone.iter().any(|gone| matches!(gone, Gone::Account { id, .. } if *id == mika.user)));
    world.clock.advance(SignedDuration::from_hours(46 * 24));
    shelf.backups.remove_due().await.unwrap();
    assert_eq!(shelf.gone.keys(), [], "45 days after the day on which it went");
}

#[tokio::test]
async fn ret_17_held_or_merged_or_loose_it_goes_again() {
    let world = World::new().await;
    let home = world.found("North").await;
    let shelf = Shelf::beside(&world);
    // Held in the backup: the hold was over when she was erased.
    let anna = world.lead(&home, "anna@canarella.example").await;
    let reason = Message::parse("A claim.").unwrap();
    let records = [Held::Lead(anna.id)].into();
    let review_on = jiff::tz::TimeZone::UTC.to_datetime(world.ports.clock.now()).date() + jiff::Span::new().days(20);
    world.app.holds.place(&home.owner.actor, PlaceHold { records, reason, review_on }).await.unwrap();
    // Part of another in the backup: they were parted before she was erased.
    let cora = world.lead(&home, "cora@canarella.example").await;
    let bert = world.lead(&home, "bert@example.com").await;
    let seen = SeenPair { survivor: bert.version, other: cora.version };
    let merge = MergeLeads { other: cora.id, choices: Choices::new() };
    world.app.leads.merge(&home.owner.actor, bert.id, &merge, seen).await.unwrap();
    // On no lead yet in the backup: the worker did not come to it.
    let sent = world.submit(home.form, from("late@canarella.example")).await.unwrap().id;
    let address = Email::parse("carla@example.com").unwrap();
    let address = world.ports.tokens.address_hash(home.id, &address);
    let suppression = Suppression { address, ground: suppression::Ground::Objection, since: world.ports.clock.now() };
    let at = world.ports.clock.now();
    let nobody = Gone::Account { organization: home.id, id: UserId(anna.id.0), at };
    shelf
        .say(
            &world,
            &[
                lead(&world, &home, anna.id),
                lead(&world, &home, cora.id),
                Gone::Submission { organization: home.id, id: sent, at },
                Gone::Address { organization: home.id, suppression: suppression.clone() },
                nobody,
            ],
        )
        .await;
    let settled = shelf.settle(&world).await;
    assert_eq!((settled.leads, settled.submissions, settled.accounts, settled.addresses), (2, 1, 0, 1));
    let dump = world.dump().await.to_lowercase();
    assert!(!dump.contains("canarella"), "{dump}");
    assert!(dump.contains("bert@example.com") && world.leads(&home).await[0].id == bert.id, "nobody else went");
    let scope = home.owner.actor.permit(qualify_domain::access::Permission::EraseLead).unwrap();
    let mut tx = world.ports.storage.tenant(&scope).await.unwrap();
    assert!(tx.suppressions().find(address).await.unwrap().is_some());
    drop(tx);
    assert_eq!(shelf.settle(&world).await.leads, 0, "done again, it changes nothing");
}

#[tokio::test]
async fn ret_17_accounts_and_organizations_go_again_too() {
    let world = World::new().await;
    let (home, south) = (world.found("North").await, world.found("South").await);
    let shelf = Shelf::beside(&world);
    let mika = world.join(&home, "mika@canarella.example", &[Role::Manager]).await;
    world.lead(&south, "anna@canarella.example").await;
    let at = world.ports.clock.now();
    let closed_at = at - SignedDuration::from_hours(31 * 24);
    let gone = [
        Gone::Account { organization: home.id, id: mika.user, at },
        Gone::Organization { organization: south.id, closed_at, at },
    ];
    shelf.say(&world, &gone).await;
    let settled = tokio::time::timeout(Duration::from_mins(2), shelf.settle(&world)).await.unwrap();
    assert_eq!((settled.accounts, settled.organizations), (1, 1));
    let dump = world.dump().await.to_lowercase();
    assert!(!dump.contains("canarella") && !dump.contains("owner@south.example"), "{dump}");
    assert!(dump.contains("owner@north.example"));
}
