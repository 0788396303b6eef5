use qualify_domain::{access::Permission, event::Event, id::OneTimeTokenId, mail_lane::Lane, one_time::Purpose};
use qualify_ports::storage::{Claimed, PlatformTask};

use super::{Reactions, Unfinished, scope};

impl Reactions {
    /// Takes a token for a mail that goes by itself, or says when its turn comes (MAIL-3). A mail that is tried again is
    /// another mail to whoever counts.
    pub(super) async fn await_turn(&self, claimed: &Claimed) -> Result<(), Unfinished> {
        let Some(lane) = self.lane(&claimed.event).await? else { return Ok(()) };
        let now = self.clock.now();
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        let mut bucket = tx.paces().organization(now).await?;
        let turn = bucket.draw(lane, self.options.mails, now);
        tx.paces().keep_organization(bucket).await?;
        tx.commit().await?;
        turn.map_err(Unfinished::NotYet)
    }

    /// The lane of the mail that follows from an event. Those about leads gather, and take their turn where they do.
    async fn lane(&self, event: &Event) -> Result<Option<Lane>, Unfinished> {
        match event {
            Event::SecondFactorChanged { .. }
            | Event::PasswordChanged { .. }
            | Event::PasswordReset { .. }
            | Event::EmailChangeAsked { .. }
            | Event::SignedInAnew { .. }
            | Event::RefreshReused { .. }
            // It is to be there within a day, whatever else is sent.
            | Event::BreachMailDue { .. }
            | Event::AccountDeleted { .. } => Ok(Some(Lane::Security)),
            Event::ConsentAsked { .. }
            | Event::ClosingMailDue { .. }
            | Event::BillingMailDue { .. }
            | Event::LeadsEnding { .. }
            | Event::SubprocessorsAnnounced { .. }
            | Event::LiftAnnounced { .. }
            | Event::RightsRequestMoved { .. }
            | Event::OperatorAsked { .. }
            | Event::MemberReceiptDue { .. }
            | Event::RightsNews { .. }
            | Event::InformingDue { .. }
            | Event::EndpointMailDue { .. }
            | Event::PersonForgotten { .. } => Ok(Some(Lane::Affairs)),
            Event::TokenIssued { token } => self.lane_of_token(*token).await,
            Event::SubmissionReceived { .. }
            | Event::LeadCaptured { .. }
            | Event::LeadMade { .. }
            | Event::LeadErased { .. }
            | Event::AccountLeft { .. }
            | Event::LeadRectified { .. }
            | Event::EndpointDisabled { .. }
            | Event::JobDue { .. }
            | Event::StageChanged { .. }
            | Event::LeadRestricted { .. }
            | Event::RightsRequestReceived { .. }
            | Event::AskerToForget { .. }
            | Event::RequestPassedOn { .. }
            | Event::LeadAssigned { .. }
            | Event::TaskPlanned { .. }
            | Event::TaskGiven { .. }
            | Event::MemberMentioned { .. }
            | Event::LeadMailDue { .. }
            | Event::ClosingNoticeDue { .. }
            | Event::BillingNewsDue { .. }
            | Event::BreachConcerns { .. }
            | Event::DigestDue { .. } => Ok(None),
        }
    }

    /// An invitation can wait for a new password; what carries no token any more is no mail.
    async fn lane_of_token(&self, id: OneTimeTokenId) -> Result<Option<Lane>, Unfinished> {
        let mut tx = self.storage.platform(PlatformTask::MailToken).await?;
        let issued = tx.one_time_tokens().issued(id, self.clock.now()).await?;
        Ok(issued.map(|(token, _)| match token.purpose {
            Purpose::SignUp | Purpose::Reset | Purpose::EmailChange(_) => Lane::Security,
            Purpose::Invitation(_) => Lane::Affairs,
        }))
    }
}
