use qualify_domain::{
    access::Permission,
    event::{Event, RightsNews},
    id::{RightsRequestId, UserId},
    organization::Membership,
    rights_request::What,
};
use qualify_ports::storage::{Claimed, KeptRequest, TenantTx};
use secrecy::ExposeSecret;

use super::{Reactions, Unfinished, scope};
use crate::{
    letter::{Letter, RightsPost},
    rights::link_seed,
};

impl Reactions {
    /// Tells whoever asks what became of their request, and the members who answer that somebody is known by now.
    pub(super) async fn mail_rights(
        &self,
        claimed: &Claimed,
        request: RightsRequestId,
        step: u32,
    ) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::PrepareMail)?).await?;
        let Some(kept) = tx.rights().find(request).await? else {
            drop(tx);
            return self.complete(claimed).await;
        };
        let letter = self.rights_letter(&mut *tx, &kept, step).await?;
        drop(tx);
        if let (Some(letter), Some(address)) = (letter, kept.request.address()) {
            self.mailer.send(&letter.to_address(claimed.id, address)?).await?;
        }
        if !is_news(&kept, step) {
            return self.complete(claimed).await;
        }
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        if tx.outbox().complete(claimed.id).await? {
            self.tell_register(&mut *tx, request, RightsNews::New).await?;
        }
        Ok(tx.commit().await?)
    }

    /// What is written about a step; nothing where there is nothing to say, or not any more.
    async fn rights_letter(
        &self,
        tx: &mut dyn TenantTx,
        kept: &KeptRequest,
        step: u32,
    ) -> Result<Option<Letter>, Unfinished> {
        let place = usize::try_from(step).unwrap_or(usize::MAX);
        let Some(step) = kept.request.steps.get(place) else { return Ok(None) };
        let organization = tx.organizations().own().await?;
        let page = format!("{}/o/{}/privacy", self.options.base_url, tx.rights().slug().await?);
        let post = RightsPost { request: &kept.request, language: kept.language, home: &organization.name, page };
        Ok(match &step.what {
            // The mail dies with its link (MAIL-2).
            What::IdentityAsked { .. } => match tx.rights().link_of(kept.request.id, self.clock.now()).await? {
                None => None,
                Some(link) => {
                    let secret = self.tokens.derive_again(&link_seed(link.request), &link.digest);
                    let secret = secret.ok_or_else(|| Unfinished::Never("its key has left the ring".to_owned()))?;
                    let secret = secret.expose_secret();
                    Some(match kept.passed_on_at {
                        None => post.link(secret),
                        Some(_) => post.passed_on(secret, &self.options.base_url),
                    })
                }
            },
            // What was answered at once needs no promise of an answer.
            What::IdentityProven(_) => (!kept.request.state().is_over()).then(|| post.acknowledgement()),
            What::Extended { reasons } => reasons.as_ref().map(|reasons| post.extension(reasons)),
            What::Answered { words } => Some(post.answer(words.as_ref())),
            What::Refused { reason, words } => Some(post.refusal(*reason, words.as_ref())),
            What::Lapsed | What::Withdrawn => None,
        })
    }

    /// Tells each member who keeps the register.
    pub(super) async fn tell_register(
        &self,
        tx: &mut dyn TenantTx,
        request: RightsRequestId,
        news: RightsNews,
    ) -> Result<(), Unfinished> {
        let granted = tx.members().grants().await?;
        for member in tx.members().list().await? {
            let user = member.membership.user;
            let grants = granted.iter().find(|(of, _)| *of == user).map_or(&[][..], |(_, grants)| grants.as_slice());
            if keeps_register(&member.membership, grants) {
                tx.outbox().append(&Event::RightsNews { request, member: user, news }, self.clock.now()).await?;
            }
        }
        Ok(())
    }

    /// Tells one member of a request, if it still waits and they still are one.
    pub(super) async fn mail_rights_news(
        &self,
        claimed: &Claimed,
        request: RightsRequestId,
        member: UserId,
        news: RightsNews,
    ) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::PrepareMail)?).await?;
        let kept = tx.rights().find(request).await?.filter(|kept| !kept.request.state().is_over());
        let member = tx.members().find(member).await?;
        drop(tx);
        if let (Some(kept), Some(member)) = (kept, member) {
            let letter = Letter::rights_news(&kept.request, news, &member, &self.options.base_url);
            self.mailer.send(&letter.to(claimed.id, &member.email, &member.first_name, &member.last_name)?).await?;
        }
        self.complete(claimed).await
    }
}

/// Whether members hear of a step: somebody proved who they are, and waits.
fn is_news(kept: &KeptRequest, step: u32) -> bool {
    let step = usize::try_from(step).ok().and_then(|place| kept.request.steps.get(place));
    let is_proof = step.is_some_and(|step| matches!(step.what, What::IdentityProven(_)));
    is_proof && !kept.request.state().is_over()
}

pub(super) fn keeps_register(member: &Membership, grants: &[Permission]) -> bool {
    let by_role = member.roles.iter().flat_map(|role| role.grants());
    let granted = grants.contains(&Permission::EraseLead) && Permission::EraseLead.granted_to(&member.roles).is_some();
    granted || by_role.into_iter().any(|(permission, _)| *permission == Permission::EraseLead)
}
