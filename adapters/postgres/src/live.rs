//! News from the database: one connection per process listens, and spreads what it hears.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::{StreamExt, future, stream, stream::BoxStream};
use qualify_domain::{
    access::TenantScope,
    id::{FormId, JobId, LeadId, OrganizationId, UserId},
};
use qualify_ports::live::{Change, Live};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::{
    sync::{Notify, broadcast},
    task::JoinHandle,
};
use uuid::Uuid;

use crate::migrate::IS_UNSETTLED;

const LIVE: &str = "qualify_live";
const OUTBOX: &str = "qualify_outbox";
/// A page that lags behind by more is told that it missed something.
const REMEMBERED: usize = 1_024;
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// A change as it travels: ids only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Announcement {
    /// None if every organization may be concerned.
    organization: Option<OrganizationId>,
    change: Change,
    whose: Whose,
}

/// Whose lead it is that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// Nobody's yet.
    Queue,
    /// A member's.
    Member(UserId),
    /// That is not known: only who reaches all leads may hear of it.
    Unknown,
}

impl Announcement {
    const MISSED: Self = Self { organization: None, change: Change::Missed, whose: Whose::Unknown };

    /// The payload of a change, behind which it is said whose lead it is; none for what is never sent.
    pub(crate) fn of(organization: OrganizationId, change: Change) -> Option<String> {
        match change {
            Change::Lead(id) => Some(format!("{organization} lead {id}")),
            Change::Submission(form) => Some(format!("{organization} submission {form}")),
            Change::Notification(member) => Some(format!("{organization} notification {member}")),
            Change::Job(job, asker) => Some(format!("{organization} job {job} {asker}")),
            Change::Missed => None,
        }
    }

    /// Whether it is for somebody who looks with these: the organization, the owners within reach and the member.
    fn concerns(&self, ours: OrganizationId, owners: Option<&[UserId]>, member: Option<UserId>) -> bool {
        self.organization.is_none_or(|whose| whose == ours)
            && match self.change {
                Change::Lead(_) => match self.whose {
                    Whose::Queue => true,
                    Whose::Member(owner) => owners.is_none_or(|owners| owners.contains(&owner)),
                    Whose::Unknown => owners.is_none(),
                },
                Change::Notification(told) | Change::Job(_, told) => member == Some(told),
                Change::Submission(_) | Change::Missed => true,
            }
    }

    fn read(payload: &str) -> Option<Self> {
        let mut words = payload.split(' ');
        let mut id = || words.next().map(str::to_owned);
        let (organization, kind, id) = (id()?, id()?, id()?);
        let id: Uuid = id.parse().ok()?;
        if kind == "job" {
            let asker = UserId(words.next()?.parse().ok()?);
            let (organization, change) = (organization.parse().ok()?, Change::Job(JobId(id), asker));
            return Some(Self { organization: Some(organization), change, whose: Whose::Unknown });
        }
        let change = match kind.as_str() {
            "lead" => Change::Lead(LeadId(id)),
            "submission" => Change::Submission(FormId(id)),
            "notification" => Change::Notification(UserId(id)),
            _ => return None,
        };
        let whose = match words.next() {
            Some("queue") => Whose::Queue,
            Some(owner) => Whose::Member(owner.parse().ok()?),
            None => Whose::Unknown,
        };
        Some(Self { organization: Some(organization.parse().ok()?), change, whose })
    }
}

/// Hears what every process in front of the database announces.
#[derive(Debug)]
pub struct LiveFeed {
    news: broadcast::Sender<Announcement>,
    work: Arc<Notify>,
    listening: JoinHandle<()>,
}

impl LiveFeed {
    /// Listens from now on, and again after each loss of the connection. Needs a tokio runtime.
    pub fn start(options: PgConnectOptions) -> Self {
        let (news, _) = broadcast::channel(REMEMBERED);
        let work = Arc::new(Notify::new());
        let listening = tokio::spawn(listen(options, news.clone(), work.clone()));
        Self { news, work, listening }
    }
}

impl Drop for LiveFeed {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

#[async_trait]
impl Live for LiveFeed {
    fn changes(&self, scope: &TenantScope) -> BoxStream<'static, Change> {
        let (ours, member) = (scope.organization(), scope.user());
        let owners = scope.owners().map(<[UserId]>::to_vec);
        let news = stream::unfold(self.news.subscribe(), |mut news| async {
            match news.recv().await {
                Ok(announcement) => Some((announcement, news)),
                Err(broadcast::error::RecvError::Lagged(_)) => Some((Announcement::MISSED, news)),
                Err(broadcast::error::RecvError::Closed) => None,
            }
        });
        let concerns = move |news: &Announcement| future::ready(news.concerns(ours, owners.as_deref(), member));
        news.filter(concerns).map(|announcement| announcement.change).boxed()
    }

    async fn work(&self) {
        self.work.notified().await;
    }
}

async fn listen(options: PgConnectOptions, news: broadcast::Sender<Announcement>, work: Arc<Notify>) {
    let mut wait = FIRST_WAIT;
    loop {
        let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
        if let Ok(mut listener) = PgListener::connect_with(&pool).await
            && is_settled(&mut listener).await
            && listener.listen_all([LIVE, OUTBOX]).await.is_ok()
        {
            wait = FIRST_WAIT;
            hear(&mut listener, &news, &work).await;
            tracing::warn!("the connection for live news was lost");
        }
        // None is kept that nobody listens on: it would stand in the way of a restore.
        let _ = tokio::time::timeout(FIRST_WAIT, pool.close()).await;
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// Whether somebody may be served. Where not, the connection is given up at once: a restore goes on only where it is alone.
async fn is_settled(listener: &mut PgListener) -> bool {
    let unsettled = sqlx::query_scalar::<_, bool>(IS_UNSETTLED).fetch_one(listener).await;
    unsettled.is_ok_and(|unsettled| !unsettled)
}

/// Spreads what is heard, until the connection breaks.
async fn hear(listener: &mut PgListener, news: &broadcast::Sender<Announcement>, work: &Notify) {
    // Whatever happened before may have gone unheard.
    let _ = news.send(Announcement::MISSED);
    work.notify_one();
    while let Ok(Some(notification)) = listener.try_recv().await {
        if notification.channel() == OUTBOX {
            work.notify_one();
        } else if let Some(announcement) = Announcement::read(notification.payload()) {
            // Nobody may be looking.
            let _ = news.send(announcement);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_arrives_as_it_was_announced() {
        let organization = OrganizationId(Uuid::from_u128(7));
        for change in [
            Change::Lead(LeadId(Uuid::from_u128(8))),
            Change::Submission(FormId(Uuid::from_u128(9))),
            Change::Notification(UserId(Uuid::from_u128(10))),
        ] {
            let payload = Announcement::of(organization, change).unwrap();
            let owner = UserId(Uuid::from_u128(11));
            for (said, whose) in [
                (String::new(), Whose::Unknown),
                (" queue".to_owned(), Whose::Queue),
                (format!(" {owner}"), Whose::Member(owner)),
            ] {
                let heard = Announcement { organization: Some(organization), change, whose };
                assert_eq!(Announcement::read(&format!("{payload}{said}")), Some(heard));
            }
            assert_eq!(Announcement::read(&format!("{payload} whose")), None);
        }
        let change = Change::Job(JobId(Uuid::from_u128(12)), UserId(Uuid::from_u128(13)));
        let heard = Announcement { organization: Some(organization), change, whose: Whose::Unknown };
        assert_eq!(Announcement::read(&Announcement::of(organization, change).unwrap()), Some(heard));
        assert_eq!(Announcement::read("nonsense"), None);
    }

    #[test]
    fn rls_13_a_change_is_heard_by_those_within_whose_reach_it_is() {
        let user = |n| UserId(Uuid::from_u128(n));
        let home = OrganizationId(Uuid::from_u128(7));
        let heard = |change, whose, owners: Option<&[UserId]>| {
            Announcement { organization: Some(home), change, whose }.concerns(home, owners, Some(user(1)))
        };
        let (own, others) = (Whose::Member(user(1)), Whose::Member(user(2)));
        let lead = Change::Lead(LeadId(Uuid::from_u128(8)));
        assert!(heard(lead, Whose::Queue, Some(&[user(1)])), "the queue is everybody's");
        assert!(heard(lead, own, Some(&[user(1)])));
        assert!(heard(lead, others, None), "who reaches all hears of all");
        assert!(!heard(lead, others, Some(&[user(1)])));
        assert!(!heard(lead, Whose::Unknown, Some(&[user(1)])), "what is not known is not told");
        assert!(heard(Change::Notification(user(1)), Whose::Unknown, None));
        assert!(!heard(Change::Notification(user(2)), Whose::Unknown, None), "what a colleague is told is theirs");
        let job = JobId(Uuid::from_u128(9));
        assert!(heard(Change::Job(job, user(1)), Whose::Unknown, None));
        assert!(!heard(Change::Job(job, user(2)), Whose::Unknown, None), "what a colleague asked for is theirs");
    }
}
