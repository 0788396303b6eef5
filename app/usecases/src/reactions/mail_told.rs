use qualify_domain::{
    access::Permission,
    id::UserId,
    mail_lane::{Lane, Turn},
    notification::Choice,
};
use qualify_ports::storage::{Claimed, MemberPace, TenantTx};

use super::{Reactions, Unfinished, scope, tell_members::sees};
use crate::letter::Letter;

/// Which mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Post {
    /// What is to be told at once.
    AtOnce,
    /// What is to be told once a day.
    Digest,
}

impl Post {
    const fn choice(self) -> Choice {
        match self {
            Self::AtOnce => Choice::AtOnce,
            Self::Digest => Choice::Digest,
        }
    }
}

impl Reactions {
    /// Mails a member all that waits for them, when it is their turn (MAIL-3). Nothing is open while the mail server is
    /// talked to; what goes into the mail is settled before, so that a second try is the same mail.
    pub(super) async fn mail_told(&self, claimed: &Claimed, member: UserId, post: Post) -> Result<(), Unfinished> {
        if !self.gather(claimed, member, post).await? {
            return Ok(());
        }
        if let Some(letter) = self.letter(claimed, member, post).await? {
            self.mailer.send(&letter).await?;
        }
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        tx.notifications().mailed(claimed.id).await?;
        tx.outbox().complete(claimed.id).await?;
        Ok(tx.commit().await?)
    }

    /// Puts what waits into this mail, and takes the tokens for it; false if there is nothing to mail, or another event
    /// will.
    async fn gather(&self, claimed: &Claimed, member: UserId, post: Post) -> Result<bool, Unfinished> {
        let now = self.clock.now();
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        if tx.notifications().is_in_mail(claimed.id).await? {
            return Ok(true);
        }
        let mut pace = tx.paces().member(member, now).await?;
        let turn = if tx.notifications().waits(member, post.choice()).await? {
            self.turn(&mut *tx, claimed, (member, &mut pace), post).await?
        } else {
            forget_plan(claimed, &mut pace, post);
            Turn::Anothers
        };
        if turn == Turn::Now {
            tx.notifications().put_in_mail(member, post.choice(), claimed.id).await?;
        }
        tx.paces().keep_member(member, &pace).await?;
        if turn == Turn::Anothers {
            tx.outbox().complete(claimed.id).await?;
        }
        tx.commit().await?;
        match turn {
            Turn::Now => Ok(true),
            Turn::Anothers => Ok(false),
            Turn::At(at) => Err(Unfinished::NotYet(at)),
        }
    }

    async fn turn(
        &self,
        tx: &mut dyn TenantTx,
        claimed: &Claimed,
        (member, pace): (UserId, &mut MemberPace),
        post: Post,
    ) -> Result<Turn, Unfinished> {
        let (now, allowance) = (self.clock.now(), self.options.mails);
        let mut house = tx.paces().organization(now).await?;
        let turn = match post {
            Post::AtOnce => pace.pace.ask(claimed.id, &mut house, allowance, now),
            Post::Digest => house.draw(Lane::Leads, allowance, now).map_or_else(Turn::At, |()| Turn::Now),
        };
        if (post, turn) == (Post::Digest, Turn::Now) {
            pace.digests.done(&self.zone(tx, member).await?, now);
        }
        tx.paces().keep_organization(house).await?;
        Ok(turn)
    }

    /// The mail, if anybody is left to read it and anything is left to tell: what has moved beyond their reach, or is no
    /// longer wished for, is not told.
    async fn letter(
        &self,
        claimed: &Claimed,
        member: UserId,
        post: Post,
    ) -> Result<Option<qualify_ports::mailer::Message>, Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::PrepareMail)?).await?;
        let Some(member) = tx.members().find(member).await? else { return Ok(None) };
        let teams = tx.teams().list().await?;
        let wishes = tx.notifications().wishes(member.membership.user).await?;
        let organization = tx.organizations().own().await?;
        let mut told = tx.notifications().in_mail(claimed.id).await?;
        drop(tx);
        told.retain(|told| {
            wishes.of(told.notification.kind) != Choice::Off && sees(&member.membership, told.owner, &teams)
        });
        let Some(letter) = Letter::told(&told, post == Post::Digest, &member, &organization, &self.options) else {
            return Ok(None);
        };
        letter.to(claimed.id, &member.email, &member.first_name, &member.last_name).map(Some)
    }
}

/// An event that finds nothing to mail gives up its place.
fn forget_plan(claimed: &Claimed, pace: &mut MemberPace, post: Post) {
    match post {
        Post::AtOnce if pace.pace.waiting.is_some_and(|(waiting, _)| waiting == claimed.id) => pace.pace.waiting = None,
        Post::AtOnce => (),
        Post::Digest => pace.digests.due_at = None,
    }
}
