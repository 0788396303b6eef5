use qualify_domain::{
    access::{Actor, Permission},
    id::OrganizationId,
    plan::PlanCode,
    subscription::{Checkout, Fetched, PaymentLink, Status, Subscription},
};
use qualify_ports::billing::AskCheckout;
use secrecy::ExposeSecret;

use super::{Follower, follow::Source};
use crate::{Broken, Error};

impl super::Billing {
    /// Begins to subscribe, and tells where to pay. Nothing is subscribed to by that: the provider's word is awaited.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for a plan that cannot be bought; [`Broken::Subscribed`] if there is a
    /// subscription that has not ended; [`Broken::Closed`] if its data may be going already; [`Broken::ProviderAway`].
    pub async fn check_out(&self, actor: &Actor, plan: PlanCode) -> Result<PaymentLink, Error> {
        let scope = actor.permit(Permission::ManageBilling)?;
        self.require_billed()?;
        if !self.plans().contains(&plan) {
            return Err(Error::NotFound("plan"));
        }
        let now = self.clock.now();
        let user = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        let record = tx.billing().record_locked().await?;
        let subscription = record.as_ref().and_then(|record| record.subscription.as_ref());
        if subscription.is_some_and(|subscription| subscription.ended_at(now).is_none()) {
            return Err(Broken::Subscribed.into());
        }
        if tx.organizations().closing().await?.is_some_and(|closing| closing.purge_due_at() <= now) {
            return Err(Broken::Closed.into());
        }
        let member = tx.members().find(user).await?.ok_or(Error::NotFound("member"))?;
        let reference = self.tokens.secret().expose_secret().to_owned();
        let checkout = Checkout { reference, plan, by: Some(user), created_at: now };
        tx.billing().insert_checkout(&checkout).await?;
        // Whatever the provider said before, somebody may be paying now (RET-8).
        tx.organizations().confirm_end(None).await?;
        // Nothing may be heard of what is paid: then it is asked for soon.
        if let Some(record) = &record {
            tx.billing().keep(record, Follower::soon(now)).await?;
        }
        tx.commit().await?;
        let asked = AskCheckout {
            expires_at: checkout.expires_at(),
            reference: checkout.reference,
            plan,
            email: member.email,
            return_to: self.payments.return_to.clone(),
            language: member.language,
        };
        Ok(self.payments.provider.check_out(&asked).await?)
    }

    /// Changes the plan; the provider settles the difference.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for a plan that cannot be bought; [`Broken::NoSubscription`];
    /// [`Broken::ProviderAway`].
    pub async fn change_plan(&self, actor: &Actor, plan: PlanCode) -> Result<(), Error> {
        let (home, subscription) = self.subscribed(actor).await?;
        if !self.plans().contains(&plan) {
            return Err(Error::NotFound("plan"));
        }
        let answer = self.payments.provider.change_plan(&subscription.id, plan).await?;
        self.keep(home, &answer).await
    }

    /// Cancels at the end of what is paid for.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Broken::NoSubscription`]; [`Broken::ProviderAway`].
    pub async fn cancel(&self, actor: &Actor) -> Result<(), Error> {
        let (home, subscription) = self.subscribed(actor).await?;
        let answer = self.payments.provider.cancel(&subscription.id).await?;
        self.keep(home, &answer).await
    }

    /// Takes a cancellation back.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Broken::NoSubscription`] if none is cancelled; [`Broken::ProviderAway`].
    pub async fn resume(&self, actor: &Actor) -> Result<(), Error> {
        let (home, subscription) = self.subscribed(actor).await?;
        if subscription.status != Status::Cancelled {
            return Err(Broken::NoSubscription.into());
        }
        let answer = self.payments.provider.resume(&subscription.id).await?;
        self.keep(home, &answer).await
    }

    /// The subscription of the actor's organization, which has not ended.
    async fn subscribed(&self, actor: &Actor) -> Result<(OrganizationId, Subscription), Error> {
        let scope = actor.permit(Permission::ManageBilling)?;
        self.require_billed()?;
        // That somebody asked for it is in the trail before the provider is asked.
        let mut tx = self.storage.tenant(&scope).await?;
        let subscription = tx.billing().record().await?.and_then(|record| record.subscription);
        tx.commit().await?;
        let living = subscription.filter(|subscription| subscription.ended_at(self.clock.now()).is_none());
        Ok((scope.organization(), living.ok_or(Broken::NoSubscription)?))
    }

    async fn keep(&self, home: OrganizationId, answer: &Fetched) -> Result<(), Error> {
        Ok(self.follower.follow(home, answer, Source::Asked).await?)
    }
}
