use qualify_domain::{
    access::Permission,
    consent::{Kind, LinkUse, Matter, Standing},
    form::Purpose,
    id::SubmissionId,
    submission::Submission,
    text::Email,
};
use qualify_ports::{
    mailer::Message,
    storage::{Claimed, TenantTx},
};

use super::{Reactions, Unfinished, scope};
use crate::{
    Error,
    consents::{ConsentLinks, language, wording},
    letter::ConsentLetter,
};

impl Reactions {
    /// Asks who ticked a box to confirm it. What was confirmed or taken back meanwhile, or can be confirmed no more, is not
    /// asked about; nor is an address that was asked too often.
    pub(super) async fn mail_consent(
        &self,
        claimed: &Claimed,
        submission: SubmissionId,
        purpose: Purpose,
    ) -> Result<(), Unfinished> {
        let matter = Matter::Further(purpose);
        let mut tx = self.storage.tenant(&scope(claimed, Permission::ProcessSubmission)?).await?;
        let asked = asked(&mut *tx, submission, matter).await?;
        drop(tx);
        if let Some((address, is_new)) = asked
            && (!is_new || self.admits(&address).await?)
            && let Some(message) = self.consent_message(claimed, submission, matter, &address).await?
        {
            self.mailer.send(&message).await?;
        }
        self.complete(claimed).await
    }

    async fn admits(&self, address: &Email) -> Result<bool, Unfinished> {
        match self.throttles.consent_mail(address).await {
            Ok(()) => Ok(true),
            Err(Error::TooOften(_)) => Ok(false),
            Err(error) => Err(Unfinished::Later(error.into())),
        }
    }

    async fn consent_message(
        &self,
        claimed: &Claimed,
        submission: SubmissionId,
        matter: Matter,
        address: &Email,
    ) -> Result<Option<Message>, Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::ProcessSubmission)?).await?;
        let Some(received) = tx.submissions().find(submission).await? else { return Ok(None) };
        let (clock, ids, tokens) = (&self.clock, &self.ids, &self.tokens);
        let maker = ConsentLinks { clock, ids, tokens, base_url: &self.options.base_url };
        let links = maker.both(&mut *tx, submission, matter).await?;
        let organization = tx.organizations().own().await?.name;
        let language = language(&mut *tx, &received).await?;
        tx.commit().await?;
        let Some(confirm) = &links.confirm else { return Ok(None) };
        let letter = ConsentLetter {
            organization: &organization,
            language,
            wording: &wording(&received, matter),
            confirm,
            withdraw: &links.withdraw,
        };
        Ok(Some(letter.to_address(claimed.id, address)?))
    }
}

/// Who is to be asked, and whether for the first time; nobody if there is nothing to confirm any more.
async fn asked(
    tx: &mut dyn TenantTx,
    submission: SubmissionId,
    matter: Matter,
) -> Result<Option<(Email, bool)>, Unfinished> {
    let Some(received) = tx.submissions().find(submission).await? else { return Ok(None) };
    let Submission { lead, answers, .. } = received;
    let Some(address) = answers.email else { return Ok(None) };
    let mine = tx.consents().of_submission(submission).await?;
    if mine.iter().any(|one| one.matter == matter && one.kind == Kind::Confirmed) {
        return Ok(None);
    }
    let entries = match lead {
        Some(lead) => tx.consents().of_lead(lead).await?,
        None => mine,
    };
    let standings = Standing::all(&entries);
    if !Standing::of(matter, &standings).is_some_and(Standing::can_be_withdrawn) {
        return Ok(None);
    }
    let is_new = tx.consents().link(submission, matter, LinkUse::Confirm).await?.is_none();
    Ok(Some((address, is_new)))
}
