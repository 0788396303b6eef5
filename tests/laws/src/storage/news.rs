use std::time::Duration;

use futures::{StreamExt, stream::BoxStream};
use qualify_domain::{access::Permission, id::LeadId};
use qualify_ports::{live::Change, storage::Storage};
use tokio::time::timeout;

use super::{
    StorageRig,
    tenant::{Tenant, id},
};

const SOON: Duration = Duration::from_secs(20);

async fn announce(storage: &dyn Storage, tenant: &Tenant, change: Change) {
    let mut tx = tenant.work(storage).await;
    tx.announce(change).await.expect("the change is told");
    tx.commit().await.expect("the change is told");
}

/// The news of a tenant, once they are known to arrive: what serves them may still be connecting.
async fn news(rig: &dyn StorageRig, tenant: &Tenant) -> BoxStream<'static, Change> {
    let mut news = rig.live().changes(&tenant.owner(Permission::ReadLeads));
    for _ in 0..100 {
        let first = LeadId(id());
        announce(rig.storage(), tenant, Change::Lead(first)).await;
        let heard = async { while news.next().await.expect("news go on") != Change::Lead(first) {} };
        if timeout(Duration::from_millis(200), heard).await.is_ok() {
            return news;
        }
    }
    panic!("no news arrive");
}

/// The next thing that is told. That something may have been missed may be told at any time.
async fn next(news: &mut BoxStream<'static, Change>) -> Change {
    loop {
        let change = timeout(SOON, news.next()).await.expect("news arrive soon").expect("news go on");
        if change != Change::Missed {
            return change;
        }
    }
}

/// A change is news in its own organization, and nowhere else.
pub async fn changes_reach_their_own_organization_only(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let (ours, theirs) = (Tenant::found(storage).await, Tenant::found(storage).await);
    let (mut our_news, mut their_news) = (news(rig, &ours).await, news(rig, &theirs).await);
    let (one, other) = (Change::Lead(LeadId(id())), Change::Lead(LeadId(id())));
    announce(storage, &ours, one).await;
    announce(storage, &theirs, other).await;
    assert_eq!(next(&mut our_news).await, one);
    assert_eq!(next(&mut their_news).await, other, "the one before it was not theirs");
}

/// A change that was not committed is no news.
pub async fn what_is_not_committed_is_no_news(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let mut news = news(rig, &tenant).await;
    let mut tx = tenant.work(storage).await;
    tx.announce(Change::Lead(LeadId(id()))).await.expect("the change is told");
    drop(tx);
    let kept = Change::Lead(LeadId(id()));
    announce(storage, &tenant, kept).await;
    assert_eq!(next(&mut news).await, kept);
}

/// A submission is news as soon as it is kept.
pub async fn a_submission_is_news(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let mut news = news(rig, &tenant).await;
    tenant.record(storage, tenant.intake(0)).await;
    assert_eq!(next(&mut news).await, Change::Submission(tenant.form.id));
}
