use qualify_domain::{
    event::RightsNews,
    id::RightsRequestId,
    member_request::MemberRequest,
    rights_request::{Reminder, RightsRequest},
};
use qualify_ports::{
    mailer::MailError,
    storage::{Claimed, PlatformTask, StorageError},
};
use tracing::error;

use super::{Reactions, Unfinished, watch_rights::news_of};
use crate::{
    letter::Letter,
    operator_requests::{keep_told, mail_due, mail_id},
};

/// Of so many requests the operator is reminded in one round.
const AT_ONCE: u16 = 200;
/// Mails to the operator are counted from here, those to whoever asked from nought: no two of one request are the same.
const TO_OPERATOR: usize = 1 << 32;

impl Reactions {
    /// Tells a member that their request came and by when it is answered.
    pub(super) async fn mail_receipt(&self, claimed: &Claimed, id: RightsRequestId) -> Result<(), Unfinished> {
        let mut tx = self.storage.platform(PlatformTask::TendRequests).await?;
        let due = mail_due(&mut *tx, id, &self.options).await?;
        drop(tx);
        if let Some((mail, steps)) = due {
            self.mailer.send(&mail).await?;
            keep_told(&*self.storage, &*self.clock, (id, steps)).await?;
        }
        self.complete(claimed).await
    }

    /// Tells the operator that a request of a member waits, whatever becomes of the member's receipt.
    pub(super) async fn operator_asked(&self, claimed: &Claimed, id: RightsRequestId) -> Result<(), Unfinished> {
        let mut tx = self.storage.platform(PlatformTask::TendRequests).await?;
        let asked = tx.member_requests().find(id).await?.filter(MemberRequest::is_open);
        drop(tx);
        if let Some(asked) = asked {
            self.tell_operator(&asked.request, RightsNews::New, TO_OPERATOR).await?;
        }
        self.complete(claimed).await
    }

    /// Reminds the operator of what members wait for, and raises the alarm (DSR-6).
    ///
    /// # Errors
    /// [`StorageError`] if nobody can tell of what.
    pub(crate) async fn remind_operator(&self) -> Result<(), StorageError> {
        let mut tx = self.storage.platform(PlatformTask::TendRequests).await?;
        let due = tx.member_requests().to_remind(self.clock.now(), AT_ONCE).await?;
        drop(tx);
        for id in due {
            // One of which no mail goes holds up no other, and comes again in the next round.
            if let Err(unfinished) = self.remind_operator_of(id).await {
                error!(error = &unfinished as &dyn std::error::Error, %id, "the operator could not be reminded of a request");
            }
        }
        Ok(())
    }

    async fn remind_operator_of(&self, id: RightsRequestId) -> Result<(), Unfinished> {
        let now = self.clock.now();
        let mut tx = self.storage.platform(PlatformTask::TendRequests).await?;
        let Some(mut asked) = tx.member_requests().find(id).await?.filter(MemberRequest::is_open) else {
            return Ok(());
        };
        drop(tx);
        let before = asked.reminded.clone();
        let news = news_of(&asked.request, &mut asked.reminded, now);
        if let Some(news) = news {
            self.tell_operator(&asked.request, news, TO_OPERATOR + 1 + before.len()).await?;
        }
        let reminded: Vec<Reminder> = asked.reminded.difference(&before).copied().collect();
        let mut tx = self.storage.platform(PlatformTask::TendRequests).await?;
        if let Some(mut asked) = tx.member_requests().find(id).await? {
            asked.reminded.extend(reminded);
            tx.member_requests().keep(&asked).await?;
        }
        Ok(tx.commit().await?)
    }

    /// A mail to whoever runs the installation, where it says at which address. What their own server refuses for good is logged:
    /// the member is told all the same.
    async fn tell_operator(&self, request: &RightsRequest, news: RightsNews, number: usize) -> Result<(), Unfinished> {
        let Some(contact) = &self.options.contact else { return Ok(()) };
        let letter = Letter::operator_news(request, news, &self.options);
        let mail = letter.to_address(mail_id(request.id, number), contact)?;
        match self.mailer.send(&mail).await {
            Err(MailError::Rejected(_)) => {
                error!(id = %request.id, "controller.privacy_contact takes no mail about a request of a member");
                Ok(())
            }
            other => Ok(other?),
        }
    }
}
