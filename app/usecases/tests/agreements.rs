//! The processing agreement: which text it is, and who accepted it for an organization.

use qualify_domain::{
    access::Role,
    agreement::{AGREEMENTS, CURRENT},
    language::Language,
};
use qualify_usecases::Error;
use sha2::{Digest, Sha256};

use crate::world::World;

#[test]
fn no_text_is_changed_that_somebody_may_have_accepted() {
    for agreement in AGREEMENTS {
        for language in [Language::French, Language::English] {
            let wording = agreement.wording(language);
            let hash = qualify_domain::audit::hex(&Sha256::digest(wording.text));
            assert_eq!(
                hash, wording.hash,
                "version {} is another text now: it needs another number",
                agreement.version
            );
        }
    }
}

#[tokio::test]
async fn prv_7_an_owner_accepts_the_current_version_once_for_the_organization() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let officer = world.join(&north, "priya@north.example", &[Role::PrivacyOfficer]).await;
    let other = world.join(&north, "olga@north.example", &[Role::Owner]).await;
    let agreements = &world.app.agreements;
    assert!(agreements.asks(&north.owner.actor).await.unwrap());
    assert!(!agreements.asks(&officer.actor).await.unwrap(), "it is for owners to accept");
    let refused = agreements.accept(&officer.actor, CURRENT.version, Language::French).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden(_)), "{refused:?}");
    for wrong in [0, CURRENT.version + 1] {
        let stale = agreements.accept(&north.owner.actor, wrong, Language::French).await.unwrap_err();
        assert!(matches!(stale, Error::Stale), "{stale:?}");
    }

    agreements.accept(&north.owner.actor, CURRENT.version, Language::French).await.unwrap();
    agreements.accept(&other.actor, CURRENT.version, Language::English).await.unwrap();
    let seen = agreements.view(&officer.actor).await.unwrap().accepted;
    assert_eq!(seen.len(), 1, "the first counts");
    let kept = (seen[0].version, seen[0].language, seen[0].by, &*seen[0].hash);
    let hash = CURRENT.wording(Language::French).hash;
    assert_eq!(kept, (CURRENT.version, Language::French, north.owner.user, hash));
    assert!(!agreements.asks(&other.actor).await.unwrap());
    assert!(agreements.asks(&south.owner.actor).await.unwrap(), "another organization accepts for itself");
}
