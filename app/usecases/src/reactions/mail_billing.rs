use qualify_domain::{
    access::{Permission, Role},
    event::{BillingNews, Event},
    id::UserId,
    subscription::{Status, Step},
};
use qualify_ports::storage::Claimed;

use super::{Reactions, Unfinished, scope};
use crate::letter::{BillingFacts, Letter};

impl Reactions {
    /// Lets each of those be told who pay: owners, and members with the role for it.
    pub(super) async fn tell_billing(&self, claimed: &Claimed, news: BillingNews) -> Result<(), Unfinished> {
        let now = self.clock.now();
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        if !tx.outbox().complete(claimed.id).await? {
            return Ok(());
        }
        // Of the end of a subscription the owners hear as of every end, with the day on which the data go.
        let record = tx.billing().record().await?;
        let has_subscribed = record.is_some_and(|record| record.subscription.is_some());
        let is_news = match news {
            BillingNews::Step(step) => step != Step::Expired,
            BillingNews::TrialEnds(_) => !has_subscribed,
        };
        if is_news {
            for member in tx.members().list().await? {
                let is_told = |role: &Role| matches!(role, Role::Owner | Role::Billing);
                if member.membership.roles.iter().any(is_told) {
                    let member = member.membership.user;
                    tx.outbox().append(&Event::BillingMailDue { member, news }, now).await?;
                }
            }
        }
        Ok(tx.commit().await?)
    }

    /// Tells one of them, as it stands by now.
    pub(super) async fn mail_billing(
        &self,
        claimed: &Claimed,
        member: UserId,
        news: BillingNews,
    ) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::PrepareMail)?).await?;
        let member = tx.members().find(member).await?;
        let record = tx.billing().record().await?;
        let organization = tx.organizations().own().await?.name;
        drop(tx);
        if let (Some(member), Some(record)) = (member, record) {
            let subscription = record.subscription.as_ref();
            // What was mended before the mail went is no alarm any more.
            let is_over = match news {
                BillingNews::Step(Step::PaymentFailed) => {
                    subscription.is_some_and(|subscription| subscription.status != Status::PastDue)
                }
                BillingNews::Step(Step::Unpaid) => {
                    subscription.is_some_and(|subscription| subscription.status != Status::Unpaid)
                }
                _ => false,
            };
            if !is_over {
                let facts = BillingFacts {
                    organization: &organization,
                    plan: subscription.map(|subscription| subscription.plan),
                    ends_at: subscription.and_then(|subscription| subscription.ends_at),
                    trial_ends_at: record.trial_ends_at,
                };
                let letter = Letter::billing(news, &facts, &member, &self.options);
                self.mailer.send(&letter.to(claimed.id, &member.email, &member.first_name, &member.last_name)?).await?;
            }
        }
        self.complete(claimed).await
    }
}
