//! The privacy policy is published in versions, and subprocessors are announced before they begin.

use jiff::{SignedDuration, ToSpan, civil::date};
use qualify_crypto::sha256;
use qualify_domain::{
    access::Role,
    language::Language,
    subprocessor::{Purpose, Subprocessor, Transfer, earliest},
};
use qualify_ports::storage::PlatformTask;
use qualify_usecases::{AnnounceError, Error};

use crate::world::World;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn hosting() -> Subprocessor {
    Subprocessor {
        name: "Cloud SAS".to_owned(),
        purpose: Purpose::Hosting,
        country: "France".to_owned(),
        transfer: Transfer::Inside,
        since: date(2020, 2, 29),
    }
}

async fn publish(world: &World, text: &str) {
    let texts = Language::ALL.map(|language| (language, text.to_owned())).to_vec();
    world.app.policies.publish(texts, sha256).await.unwrap();
}

#[tokio::test]
async fn prv_2_a_version_is_kept_once_with_its_hash_and_its_moment() {
    let world = World::new().await;
    let policies = &world.app.policies;
    let none = policies.in_force(Language::French).await.unwrap_err();
    assert!(matches!(none, Error::NotFound(_)), "{none:?}");
    publish(&world, "first").await;
    let first = policies.in_force(Language::French).await.unwrap();
    world.clock.advance(DAY);
    tokio::join!(publish(&world, "second"), publish(&world, "second"));
    publish(&world, "second").await;
    let second = policies.in_force(Language::French).await.unwrap();
    assert_eq!((first.number, first.hash, &*first.text), (1, sha256("first"), "first"));
    assert_eq!((second.number, second.hash, &*second.text), (2, sha256("second"), "second"));
    assert!(second.effective_from >= first.effective_from + DAY);
    let all: Vec<_> = policies.versions().await.unwrap();
    let all: Vec<_> = all.iter().map(|version| (version.language.code(), version.number)).collect();
    assert_eq!(all, [("en", 2), ("fr", 2), ("en", 1), ("fr", 1)]);
    // What was said once and is said again is a version of its own: it was not in force meanwhile.
    publish(&world, "first").await;
    assert_eq!(policies.in_force(Language::French).await.unwrap().number, 3);
    assert_eq!(policies.version(Language::French, 1).await.unwrap(), first);
}

#[tokio::test]
async fn prv_3_who_is_there_when_the_first_policy_is_published_is_named_and_announced_to_nobody() {
    let world = World::new().await;
    world.found("North").await;
    let named = world.app.policies.announce(&[hosting()]).await.unwrap();
    assert_eq!(named.iter().map(|one| (&one.subprocessor, one.announced_at)).collect::<Vec<_>>(), [(&hosting(), None)]);
    publish(&world, "first").await;
    assert_eq!(world.app.policies.announce(&[hosting()]).await.unwrap(), named, "as often as one starts");
    assert!(world.work().await.is_empty());
}

#[tokio::test]
async fn prv_3_a_change_of_subprocessors_is_announced_to_every_owner_thirty_days_ahead() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.found("South").await;
    world.join(&home, "second@north.example", &[Role::Owner]).await;
    world.join(&home, "ada@north.example", &[Role::Admin]).await;
    world.app.policies.announce(&[hosting()]).await.unwrap();
    publish(&world, "first").await;
    let first_day = earliest(world.ports.clock.now());
    let relay = Subprocessor {
        name: "Relay Inc.".to_owned(),
        purpose: Purpose::Mail,
        country: "Canada".to_owned(),
        transfer: Transfer::Adequacy,
        since: first_day,
    };
    let day_early = first_day.saturating_sub(1.day());
    for hasty in [
        Subprocessor { since: day_early, ..relay.clone() },
        Subprocessor { country: "Japan".to_owned(), ..hosting() },
        Subprocessor { transfer: Transfer::Clauses, ..hosting() },
        Subprocessor { purpose: Purpose::Storage, ..hosting() },
    ] {
        // With it nothing else is announced.
        let refused = world.app.policies.announce(&[relay.clone(), hasty.clone()]).await.unwrap_err();
        let AnnounceError::TooSoon { name, earliest } = &refused else { unreachable!("{refused:?}") };
        assert_eq!((name, *earliest), (&hasty.name, first_day));
        assert!(refused.to_string().contains(&first_day.to_string()), "{refused}");
    }
    assert!(world.work().await.is_empty());

    let listed = [hosting(), relay.clone()];
    let (one, other) = tokio::join!(world.app.policies.announce(&listed), world.app.policies.announce(&listed));
    let announced = one.unwrap();
    assert_eq!(announced, other.unwrap());
    assert_eq!(announced[1].announced_on().map(|day| day.saturating_add(30.days())), Some(first_day));
    let mails = world.work().await;
    let mut told: Vec<_> = mails.iter().map(|mail| mail.to.to_string()).collect();
    told.sort();
    assert_eq!(told, ["owner@north.example", "owner@south.example", "second@north.example"]);
    for mail in &mails {
        let is_french = mail.to.starts_with("second");
        let day = first_day.strftime(if is_french { "%d/%m/%Y" } else { "%Y-%m-%d" }).to_string();
        let purpose = if is_french { "e-mails" } else { "e-mail" };
        for part in ["Relay Inc.", "Canada", purpose, &day, "https://crm.example.com/privacy"] {
            assert!(mail.text.contains(part), "{part} in {}", mail.text);
        }
        assert!(!mail.text.contains("Cloud SAS"), "it was named before");
    }
    // What was announced may be listed for as long as it is so, and none is told twice.
    world.clock.advance(DAY * 40);
    assert_eq!(world.app.policies.announce(&listed).await.unwrap(), announced);
    assert!(world.work().await.is_empty());
}

#[tokio::test]
async fn prv_3_what_left_the_list_and_comes_back_is_announced_anew() {
    let world = World::new().await;
    world.found("North").await;
    let policies = &world.app.policies;
    policies.announce(&[hosting()]).await.unwrap();
    publish(&world, "first").await;
    assert!(policies.announce(&[]).await.unwrap().is_empty());
    world.clock.advance(DAY * 30 + SignedDuration::from_secs(1));
    let first_day = earliest(world.ports.clock.now());
    assert_eq!(policies.changes(&[hosting()]).await.unwrap().hasty, [(hosting(), first_day)]);
    let hasty = policies.announce(&[hosting()]).await.unwrap_err();
    assert!(matches!(hasty, AnnounceError::TooSoon { earliest, .. } if earliest == first_day), "{hasty:?}");
    let back = Subprocessor { since: first_day, ..hosting() };
    let named = policies.announce(std::slice::from_ref(&back)).await.unwrap();
    assert_eq!(named[0].announced_on().map(|day| day.saturating_add(30.days())), Some(first_day));
    assert_eq!(world.work().await.len(), 1);
    // From now on it is one of those that are published, and may begin later than it was told.
    let later = Subprocessor { since: first_day.saturating_add(1.day()), ..hosting() };
    let named = policies.announce(std::slice::from_ref(&later)).await.unwrap();
    assert_eq!(named[0].subprocessor, later);
    assert!(world.work().await.is_empty());
}

#[tokio::test]
async fn prv_3_a_list_that_was_cut_short_by_mistake_is_mended_without_thirty_days_more() {
    let world = World::new().await;
    world.found("North").await;
    let policies = &world.app.policies;
    policies.announce(&[hosting()]).await.unwrap();
    publish(&world, "first").await;
    let coming = Subprocessor { name: "Relay".to_owned(), since: earliest(world.ports.clock.now()), ..hosting() };
    let whole = [hosting(), coming];
    let announced = policies.announce(&whole).await.unwrap();
    assert_eq!(world.work().await.len(), 1);
    // The one was named from the beginning, the other is announced and has not begun: both are back as they were, twice.
    for days in [0, 29] {
        assert!(policies.announce(&[]).await.unwrap().is_empty());
        world.clock.advance(DAY * days);
        let changes = policies.changes(&whole).await.unwrap();
        assert!(changes.back == whole && changes.new.is_empty() && changes.hasty.is_empty(), "{changes:?}");
        let (one, other) = tokio::join!(policies.announce(&whole), policies.announce(&whole));
        assert_eq!((one.unwrap(), other.unwrap()), (announced.clone(), announced.clone()));
        assert!(policies.changes(&whole).await.unwrap().is_empty());
    }
    assert!(world.work().await.is_empty(), "nobody is told of it");
    assert_eq!(world.rows("SELECT count(*) FROM subprocessors").await, 2, "and nothing is announced anew");
    // Nor does that shorten what was told: it may not begin sooner than it might have.
    policies.announce(&whole[..1]).await.unwrap();
    let sooner = Subprocessor { since: whole[1].since.saturating_sub(1.day()), ..whole[1].clone() };
    let hasty = policies.announce(&[hosting(), sooner]).await.unwrap_err();
    assert!(matches!(hasty, AnnounceError::TooSoon { earliest, .. } if earliest == whole[1].since), "{hasty:?}");
}

#[tokio::test]
async fn prv_3_what_was_announced_before_a_restore_is_not_new_after_it() {
    let world = World::new().await;
    world.found("North").await;
    publish(&world, "first").await;
    let coming = Subprocessor { since: earliest(world.ports.clock.now()), ..hosting() };
    world.app.policies.announce(std::slice::from_ref(&coming)).await.unwrap();
    world.work().await;
    world.clock.advance(DAY * 31);
    // Somebody wrote the day down as it is told elsewhere: a later one is no other subprocessor.
    let told = Subprocessor { since: coming.since.saturating_add(1.day()), ..coming.clone() };
    for listed in [coming, told] {
        assert!(world.app.policies.changes(std::slice::from_ref(&listed)).await.unwrap().is_empty(), "{listed:?}");
        world.app.policies.announce(&[listed]).await.unwrap();
    }
    assert!(world.work().await.is_empty());
}

#[tokio::test]
async fn prv_2_a_start_that_changes_nothing_waits_for_no_other_and_writes_nothing() {
    let world = World::new().await;
    let policies = &world.app.policies;
    policies.announce(&[hosting()]).await.unwrap();
    publish(&world, "first").await;
    // While somebody else publishes, and where nothing can be written at all.
    let mut other = world.ports.storage.platform(PlatformTask::PublishPolicy).await.unwrap();
    other.policies().hold().await.unwrap();
    let start = async {
        policies.announce(&[hosting()]).await.unwrap();
        publish(&world, "first").await;
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), start).await.unwrap();
    drop(other);
    let texts = |text: &str| Language::ALL.map(|language| (language, text.to_owned())).to_vec();
    assert!(policies.are_in_force(&texts("first"), sha256).await.unwrap());
    assert!(!policies.are_in_force(&texts("second"), sha256).await.unwrap());
    assert_eq!(policies.published(&[hosting()]).await.unwrap().len(), 1);
    assert_eq!(policies.in_force(Language::French).await.unwrap().number, 1, "to look publishes nothing");
}
