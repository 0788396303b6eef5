use jiff::Timestamp;
use qualify_domain::{
    audit::{SecurityEvent, SecurityKind},
    circumstances::Circumstances,
    connection::ConnectionKind,
    event::Event,
    session::{Refresh, RefreshToken, Session},
};
use qualify_ports::storage::{PlatformTask, PlatformTx};

use crate::{
    Error,
    accounts::{Accounts, Granted},
};

/// A request that comes second looks again what the first has left: more often than this nothing changes.
const LOOKS: u8 = 4;

impl Accounts {
    /// Exchanges a refresh token for new tokens; none if it is no longer good (SES-5, SES-6).
    ///
    /// Of many requests that present the same token at once, one rotates it; the others get an access token only. A token
    /// that comes later is good once more if the browser never received the next one. Else somebody has copied it: the
    /// session ends, for the browser and for the thief, and its user is told.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn refresh(&self, secret: &str, from: &Circumstances) -> Result<Option<Granted>, Error> {
        let (now, digest) = (self.clock.now(), self.tokens.digest(secret));
        for _ in 0..LOOKS {
            let mut tx = self.storage.platform(PlatformTask::RefreshSession).await?;
            let Some((session, old)) = tx.sessions().find(&digest, now).await? else { return Ok(None) };
            let judged = old.judge(now);
            match judged {
                Refresh::Refuse => return Ok(None),
                Refresh::Reuse => return self.end_copied(tx, &session, from, now).await,
                Refresh::Grace => {
                    return Ok(Some(Granted { access: self.sign_access(&session, old.id, now)?, refresh: None }));
                }
                Refresh::Rotate | Refresh::Replace(_) => {}
            }
            if let Some(granted) = self.exchange(tx, judged, (&session, &old), from, now).await? {
                return Ok(Some(granted));
            }
        }
        Ok(None)
    }

    /// New tokens in the place of the old one; none if another request was quicker.
    async fn exchange(
        &self,
        mut tx: Box<dyn PlatformTx>,
        judged: Refresh,
        (session, old): (&Session, &RefreshToken),
        from: &Circumstances,
        now: Timestamp,
    ) -> Result<Option<Granted>, Error> {
        let (secret, new) = self.new_refresh(session, now);
        let first = match judged {
            Refresh::Replace(lost) => tx.sessions().replace(session.id, old.id, lost, &new, now).await?,
            _ => tx.sessions().rotate(session.id, old.id, &new, now).await?,
        };
        if !first {
            return Ok(None);
        }
        let entry = self.connection(session.user, Some(session.id), ConnectionKind::Refresh, from);
        tx.connections().append(&entry).await?;
        tx.commit().await?;
        Ok(Some(Granted { access: self.sign_access(session, new.id, now)?, refresh: Some(secret) }))
    }

    async fn end_copied(
        &self,
        mut tx: Box<dyn PlatformTx>,
        session: &Session,
        from: &Circumstances,
        now: Timestamp,
    ) -> Result<Option<Granted>, Error> {
        tx.sessions().revoke(session.id, now).await?;
        let entry = self.connection(session.user, Some(session.id), ConnectionKind::Revoked, from);
        tx.connections().append(&entry).await?;
        let told = SecurityEvent::against(SecurityKind::RefreshReused, session.user);
        tx.security().tell(session.user, &told, now).await?;
        let news = Event::RefreshReused { user: session.user, connection: entry.id };
        self.keep(tx, session.organization, Some(news)).await?;
        Ok(None)
    }
}
