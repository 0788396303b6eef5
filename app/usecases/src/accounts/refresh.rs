use qualify_domain::{circumstances::Circumstances, session::Refresh};
use qualify_ports::storage::PlatformTask;

use crate::{
    Error,
    accounts::{Accounts, Granted},
};

impl Accounts {
    /// Exchanges a refresh token for new tokens; none if it is no longer good.
    ///
    /// Of many requests that present the same token at once, one rotates it; the others get an access token only.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn refresh(&self, secret: &str, _from: &Circumstances) -> Result<Option<Granted>, Error> {
        let now = self.clock.now();
        let mut tx = self.storage.platform(PlatformTask::RefreshSession).await?;
        let Some((session, old)) = tx.sessions().find(&self.tokens.digest(secret), now).await? else {
            return Ok(None);
        };
        if old.judge(now) == Refresh::Refuse {
            return Ok(None);
        }
        if old.judge(now) == Refresh::Rotate {
            let (secret, new) = self.new_refresh(&session, now);
            if tx.sessions().rotate(session.id, old.id, &new, now).await? {
                tx.commit().await?;
                return Ok(Some(Granted { access: self.sign_access(&session, &new, now)?, refresh: Some(secret) }));
            }
        }
        Ok(Some(Granted { access: self.sign_access(&session, &old, now)?, refresh: None }))
    }
}
