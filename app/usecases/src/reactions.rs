//! What follows from what happened: event → reaction, one file each. A reaction may run more than once; the event's id
//! makes it count once.

mod enter_passed_on;
mod forget_asker;
mod lift_restriction;
mod mail_account;
mod mail_billing;
mod mail_breach;
mod mail_closing;
mod mail_connection;
mod mail_consent;
mod mail_disabled;
mod mail_farewell;
mod mail_informing;
mod mail_password;
mod mail_rights;
mod mail_second_factor;
mod mail_subprocessors;
mod mail_token;
mod mail_told;
mod mail_turn;
mod open_lead;
mod operator_asked;
mod remind;
mod rewrite_notices;
mod run_job;
mod tell_assigned;
mod tell_endpoints;
mod tell_leads_end;
mod tell_members;
mod watch_informings;
mod watch_rights;

use std::sync::Arc;

use jiff::Timestamp;
use qualify_domain::{
    access::{Actor, Duty, Forbidden, Permission, TenantScope},
    event::Event,
    informing::Reminder,
};
use qualify_ports::{
    BoxError,
    mailer::{MailError, Mailer},
    storage::{Claimed, Storage, StorageError},
    time::{Clock, Ids},
    tokens::Tokens,
};

use tokio::sync::Semaphore;

use self::{mail_told::Post, tell_members::Opening};
use crate::{
    Options, Ports, Rights,
    jobs::pieces::Bench,
    letter::{Letter, Warning},
    marking::Marking,
    throttles::Throttles,
};

/// Why a reaction did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Unfinished {
    /// It may work later.
    #[error("not possible at the moment")]
    Later(#[source] BoxError),
    /// Its turn has not come; it was not tried.
    #[error("not yet")]
    NotYet(Timestamp),
    /// It will never work.
    #[error("not possible: {0}")]
    Never(String),
}

impl From<StorageError> for Unfinished {
    fn from(error: StorageError) -> Self {
        Self::Later(error.into())
    }
}

impl From<Forbidden> for Unfinished {
    fn from(error: Forbidden) -> Self {
        Self::Never(error.to_string())
    }
}

impl From<MailError> for Unfinished {
    fn from(error: MailError) -> Self {
        match error {
            MailError::Rejected(_) => Self::Never("the mail server refused the message for good".to_owned()),
            MailError::Unavailable(_) => Self::Later(error.into()),
        }
    }
}

/// Runs what follows from events.
pub(crate) struct Reactions {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    tokens: Arc<dyn Tokens>,
    mailer: Arc<dyn Mailer>,
    options: Options,
    throttles: Throttles,
    rights: Rights,
    bench: Bench,
    jobs: Semaphore,
    is_billed: bool,
}

impl Reactions {
    pub(crate) fn new(ports: &Ports, options: Options) -> Self {
        Self {
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            tokens: ports.tokens.clone(),
            mailer: Marking::of(ports),
            options,
            throttles: Throttles::new(ports),
            rights: Rights::new(ports),
            bench: Bench::new(ports),
            jobs: Semaphore::new(run_job::AT_ONCE),
            is_billed: ports.payments.provider.is_billed(),
        }
    }

    /// Does what follows from the event, and marks it as dealt with.
    pub(crate) async fn react(&self, claimed: &Claimed) -> Result<(), Unfinished> {
        self.await_turn(claimed).await?;
        self.tell_endpoints(claimed).await?;
        match claimed.event {
            Event::SubmissionReceived { submission, form } => self.open_lead(claimed, submission, form).await,
            Event::LeadCaptured { lead, first, .. } => self.tell_members(claimed, lead, first, Opening::ByForm).await,
            Event::LeadMade { lead, first, by } => self.tell_members(claimed, lead, first, Opening::ByHand(by)).await,
            Event::LeadAssigned { lead, to, by } => self.tell_assigned(claimed, lead, to, by).await,
            Event::TaskPlanned { task, version } => self.remind(claimed, task, version).await,
            Event::TaskGiven { task, to, by } => self.tell_task(claimed, task, to, by).await,
            Event::MemberMentioned { lead, member, by } => self.tell_mentioned(claimed, lead, member, by).await,
            Event::LeadMailDue { member } => self.mail_told(claimed, member, Post::AtOnce).await,
            Event::DigestDue { member } => self.mail_told(claimed, member, Post::Digest).await,
            Event::ConsentAsked { submission, purpose } => self.mail_consent(claimed, submission, purpose).await,
            Event::TokenIssued { token } => self.mail_token(claimed, token).await,
            Event::PasswordReset { user } => self.mail_account(claimed, user, Letter::password_was_reset).await,
            Event::EmailChangeAsked { user } => self.mail_account(claimed, user, Letter::email_change_asked).await,
            Event::SecondFactorChanged { user, change } => self.mail_second_factor(claimed, user, change).await,
            Event::PasswordChanged { user } => self.mail_password(claimed, user).await,
            Event::SignedInAnew { user, connection } => {
                self.mail_connection(claimed, user, connection, Warning::NewDevice).await
            }
            Event::RefreshReused { user, connection } => {
                self.mail_connection(claimed, user, connection, Warning::Copied).await
            }
            Event::AccountDeleted { farewell } | Event::PersonForgotten { farewell } => {
                self.mail_farewell(claimed, farewell).await
            }
            Event::AccountLeft { farewell } => self.rewrite_notices(claimed, farewell).await,
            Event::ClosingNoticeDue { notice } => self.tell_closing(claimed, notice).await,
            Event::ClosingMailDue { owner, notice } => self.mail_closing(claimed, owner, notice).await,
            Event::BillingNewsDue { news } => self.tell_billing(claimed, news).await,
            Event::BillingMailDue { member, news } => self.mail_billing(claimed, member, news).await,
            Event::SubprocessorsAnnounced { owner, announcement } => {
                self.mail_subprocessors(claimed, owner, announcement).await
            }
            Event::LeadsEnding { member, leads, by } => self.tell_leads_end(claimed, member, (leads, by)).await,
            Event::JobDue { job } => self.run_job(claimed, job).await,
            Event::RequestPassedOn { request } => self.enter_passed_on(claimed, request).await,
            Event::OperatorAsked { request, .. } => self.operator_asked(claimed, request).await,
            Event::MemberReceiptDue { request, .. } => self.mail_receipt(claimed, request).await,
            Event::RightsRequestMoved { request, step } => self.mail_rights(claimed, request, step).await,
            Event::AskerToForget { request } => self.forget_asker(claimed, request).await,
            Event::RightsNews { request, member, news } => self.mail_rights_news(claimed, request, member, news).await,
            Event::InformingDue { member, day, is_late } => {
                self.mail_informing(claimed, member, Reminder { day, is_late }).await
            }
            Event::BreachConcerns { breach, is_revised } => self.tell_breach(claimed, breach, is_revised).await,
            Event::BreachMailDue { breach, member, is_revised } => {
                self.mail_breach(claimed, breach, (member, is_revised)).await
            }
            Event::LiftAnnounced { lead } => self.lift_restriction(claimed, lead).await,
            Event::EndpointDisabled { endpoint } => self.tell_disabled(claimed, endpoint).await,
            Event::EndpointMailDue { endpoint, member } => self.mail_disabled(claimed, endpoint, member).await,
            Event::StageChanged { .. }
            | Event::LeadRectified { .. }
            | Event::LeadErased { .. }
            | Event::LeadRestricted { .. }
            | Event::RightsRequestReceived { .. } => self.complete(claimed).await,
        }
    }

    /// Marks the event as dealt with, where nothing else was to be kept.
    async fn complete(&self, claimed: &Claimed) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        tx.outbox().complete(claimed.id).await?;
        Ok(tx.commit().await?)
    }
}

fn scope(claimed: &Claimed, permission: Permission) -> Result<TenantScope, Forbidden> {
    #[expect(clippy::disallowed_methods, reason = "the outbox names the organization in which it happened")]
    let worker = Actor::product(claimed.organization, Duty::React);
    worker.permit(permission)
}
