use futures::future::join_all;
use qualify_domain::{
    id::OneTimeTokenId,
    language::Language,
    one_time::{OneTimeToken, Purpose},
    pending_sign_up::PendingSignUp,
};
use qualify_ports::storage::{PlatformTask, PlatformTx, Storage};

use super::{
    StorageRig,
    queue::sweep,
    tenant::{Tenant, account, address, at, digest, id},
};

async fn proving(storage: &dyn Storage) -> Box<dyn PlatformTx> {
    storage.platform(PlatformTask::ProveMailbox).await.expect("work begins")
}

fn token(purpose: Purpose, email: &str) -> OneTimeToken {
    OneTimeToken::issue(OneTimeTokenId(id()), purpose, email.parse().expect("an address"), at(0))
}

async fn kept(storage: &dyn Storage, token: OneTimeToken) -> (OneTimeToken, [u8; 32]) {
    let digest = digest();
    let mut tx = proving(storage).await;
    tx.one_time_tokens().insert(&token, &digest).await.expect("the token is kept");
    tx.commit().await.expect("the token is kept");
    (token, digest)
}

async fn taken(storage: &dyn Storage, token: &OneTimeToken, second: i64) -> bool {
    let mut tx = proving(storage).await;
    let won = tx.one_time_tokens().take(token, at(second)).await.expect("an answer");
    if won {
        tx.commit().await.expect("a commit");
    }
    won
}

async fn lives(storage: &dyn Storage, digest: &[u8; 32], second: i64) -> bool {
    proving(storage).await.one_time_tokens().find(digest, at(second)).await.expect("an answer").is_some()
}

/// A token comes back as it was kept, by its digest and by its id, until it expires; looking uses nothing up.
pub async fn auth_11_a_token_is_found_until_it_expires(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let somebody = account();
    let mut tx = storage.platform(PlatformTask::SignUp).await.expect("work begins");
    tx.accounts().insert(&somebody).await.expect("the account is kept");
    tx.commit().await.expect("the account is kept");
    let change = Purpose::EmailChange(somebody.user.id);
    for purpose in [Purpose::SignUp, Purpose::Reset, change, Purpose::Invitation(tenant.organization)] {
        let (token, digest) = kept(storage, token(purpose, &address().to_string())).await;
        let last = purpose.kind().life().as_secs() - 1;
        for second in [0, last, last] {
            let mut tx = proving(storage).await;
            let found = tx.one_time_tokens().find(&digest, at(second)).await.expect("an answer").expect("the token");
            assert_eq!((found.id, found.purpose, &found.email), (token.id, purpose, &token.email));
            assert_eq!((found.issued_at, found.expires_at), (token.issued_at, token.expires_at));
            let issued = tx.one_time_tokens().issued(token.id, at(second)).await.expect("an answer");
            assert_eq!(issued.expect("the token").1, digest);
        }
        assert!(!lives(storage, &digest, last + 1).await, "{purpose:?}");
        let mut tx = proving(storage).await;
        assert!(tx.one_time_tokens().issued(token.id, at(last + 1)).await.expect("an answer").is_none());
        drop(tx);
        assert!(!taken(storage, &token, last + 1).await, "an expired token is worth nothing");
        assert!(taken(storage, &token, last).await);
        assert!(!lives(storage, &digest, 0).await, "a clock that is set back brings no used token back");
    }
    assert!(!lives(storage, &digest(), 0).await);
}

/// Of many who come with one token at once, one gets it.
pub async fn auth_11_one_winner_of_a_token(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let (token, _) = kept(storage, token(Purpose::Reset, &address().to_string())).await;
    let won = join_all((0..8).map(|_| taken(storage, &token, 1))).await;
    assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
}

/// Who uses a token ends the others that were issued for the same, however the address was written, and no other; of
/// those who come with all of them at once, one wins and nobody waits in a circle.
pub async fn auth_11_a_used_token_ends_its_siblings_only(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let (north, south) = (Tenant::found(storage).await, Tenant::found(storage).await);
    let (email, other) = (address().to_string(), address().to_string());
    let mut siblings = Vec::new();
    for email in [email.clone(), email.to_uppercase(), email.clone(), email.clone()] {
        siblings.push(kept(storage, token(Purpose::Reset, &email)).await);
    }
    let strangers = [
        kept(storage, token(Purpose::Reset, &other)).await,
        kept(storage, token(Purpose::SignUp, &email)).await,
        kept(storage, token(Purpose::Invitation(south.organization), &email)).await,
    ];
    let won = join_all(siblings.iter().map(|(token, _)| taken(storage, token, 1))).await;
    assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
    for (token, digest) in &siblings {
        assert!(!lives(storage, digest, 1).await, "{}", token.id);
    }
    let (invitation, _) = kept(storage, token(Purpose::Invitation(north.organization), &email)).await;
    assert!(taken(storage, &invitation, 1).await);
    for (token, digest) in &strangers {
        assert!(lives(storage, digest, 1).await, "{:?}", token.purpose);
    }
}

/// A sign-up is kept beside its token and goes with it; what has expired is forgotten.
pub async fn a_pending_sign_up_is_forgotten_with_its_token(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let pending = |token: &OneTimeToken| PendingSignUp {
        token: token.id,
        first_name: "Anna".parse().expect("a name"),
        last_name: "Berg".parse().expect("a name"),
        organization: "North".parse().expect("a name"),
        home: qualify_domain::id::OrganizationId(id()),
        language: Language::French,
    };
    let mut waiting = Vec::new();
    for _ in 0..3 {
        let (token, _) = kept(storage, token(Purpose::SignUp, &address().to_string())).await;
        let mut tx = proving(storage).await;
        tx.one_time_tokens().keep_sign_up(&pending(&token)).await.expect("the sign-up is kept");
        tx.commit().await.expect("the sign-up is kept");
        waiting.push(token);
    }
    let mut tx = proving(storage).await;
    let found = tx.one_time_tokens().sign_up(waiting[0].id).await.expect("an answer").expect("the sign-up");
    assert_eq!((&*found.first_name, &*found.last_name, &*found.organization), ("Anna", "Berg", "North"));
    assert_eq!(found.language, Language::French);
    drop(tx);
    assert!(taken(storage, &waiting[0], 1).await);
    let day = 24 * 3_600;
    for (second, most, gone) in [(day - 1, 10, 0), (day, 1, 1), (day, 10, 1), (day, 10, 0)] {
        assert_eq!(sweep(storage, "one_time_token", at(second), most).await, gone);
    }
    for token in &waiting {
        assert!(proving(storage).await.one_time_tokens().sign_up(token.id).await.expect("an answer").is_none());
    }
}
