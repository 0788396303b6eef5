use qualify_domain::{
    access::Who,
    audit::{SecurityEvent, SecurityKind},
    challenge::{CHALLENGE_LIFE, Factors},
    circumstances::Circumstances,
    connection::ConnectionKind,
    event::Event,
    id::{SessionId, UserId},
    violation::{Rule, Violations},
};
use qualify_ports::{
    passwords::PasswordHash,
    storage::{PlatformTask, PlatformTx},
};
use secrecy::{ExposeSecret, SecretString};

use super::second_step::{Answer, Judged};
use crate::{Broken, Error, PasskeyAnswer, PasskeyQuestion, SignedIn, accounts::Accounts, throttles::Try};

/// What a member types to prove once more who they are.
pub struct Confirmation {
    /// Their password, as typed.
    pub password: SecretString,
    /// A code of the authenticator app, or a recovery code, as typed; empty where the account has no second factor.
    pub code: String,
    /// From where.
    pub from: Circumstances,
}

/// One try to prove who it is.
pub(super) struct Approach {
    pub(super) password: PasswordHash,
    factors: Factors,
    pub(super) tried: Try,
}

impl Accounts {
    /// What the member has beside a password: all that guards the account has to be shown (AUTH-16).
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn factors(&self, member: &SignedIn) -> Result<Factors, Error> {
        let mut tx = self.storage.platform(PlatformTask::ConfirmIdentity).await?;
        Ok(tx.second_factors().factors(member.user).await?)
    }

    /// Takes a password, with a code where the account has a second factor, as the proof of who it is (AUTH-16).
    ///
    /// A try is counted like one to sign in, under the same key: a session that was taken over gives no further guesses.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a code that is missing or can be none, which is no try; [`Broken::WrongCredentials`],
    /// whichever of the two is wrong; [`Broken::AppDisabled`]; [`Error::TooOften`], told before the password is looked
    /// at; [`Error::Limit`] if too many passwords are being checked.
    pub async fn confirm(&self, member: &SignedIn, command: Confirmation) -> Result<(), Error> {
        let (user, session) = seat(member)?;
        let answer = if command.code.trim().is_empty() { None } else { Some(Answer::parse(&command.code)?) };
        let begun = self.approach_again(member, session, answer.is_some(), &command.from).await?;
        let right = self.matches(&command.password, Some(&begun.password), &begun.tried).await?;
        let mut tx = self.storage.platform(PlatformTask::ConfirmIdentity).await?;
        let judged = match answer.filter(|_| begun.factors.guard()) {
            _ if !right => Judged::Wrong(Broken::WrongCredentials, None),
            Some(answer) => self.judge(&mut *tx, user, &answer, self.clock.now()).await?,
            None => Judged::Right(None),
        };
        let told = |change: Option<_>| change.map(|change| Event::SecondFactorChanged { user, change });
        match judged {
            Judged::Right(change) => {
                self.throttles.succeeded(&mut *tx, &begun.tried).await?;
                tx.sessions().prove(user, session, self.clock.now()).await?;
                self.tell_code_used(&mut *tx, user, Some(session), change).await?;
                self.keep(tx, member.actor.organization(), told(change)).await
            }
            Judged::Wrong(refusal, change) => {
                self.note_wrong_in(&mut *tx, member, &begun.tried, &command.from).await?;
                self.keep(tx, member.actor.organization(), told(change)).await?;
                Err(if refusal == Broken::AppDisabled { refusal } else { Broken::WrongCredentials }.into())
            }
        }
    }

    /// What the password is compared with, once the try is counted; `has_code` if a second factor comes with it or before.
    pub(super) async fn approach_again(
        &self,
        member: &SignedIn,
        session: SessionId,
        has_code: bool,
        from: &Circumstances,
    ) -> Result<Approach, Error> {
        let mut tx = self.storage.platform(PlatformTask::ConfirmIdentity).await?;
        let account = tx.accounts().account(member.user).await?.ok_or(Error::NotFound("member"))?;
        let factors = tx.second_factors().factors(member.user).await?;
        if factors.guard() && !has_code {
            let mut faults = Violations::default();
            faults.keep("code", Err::<(), _>(Rule::Required));
            return Err(Error::Invalid(faults));
        }
        let places = tx.connections().places(member.user, self.clock.now()).await?;
        let mut tried = self.throttles.password(&account.user.email.normalized(), from, from.is_familiar(&places));
        if let Err(error) = self.throttles.admit(&mut *tx, &mut tried).await {
            drop(tx);
            let mut tx = self.storage.platform(PlatformTask::ConfirmIdentity).await?;
            let held_off = SecurityEvent::by(SecurityKind::SignInThrottled, member.user, Some(session));
            tx.security().tell(member.user, &held_off, self.clock.now()).await?;
            tx.commit().await?;
            return Err(error);
        }
        tx.commit().await?;
        Ok(Approach { password: account.password, factors, tried })
    }

    /// Asks the member's authenticator for one of their passkeys.
    ///
    /// # Errors
    /// [`Broken::Passkey`] where there can be none; [`Error::TooOften`].
    pub async fn ask_own_passkey(&self, member: &SignedIn, from: &Circumstances) -> Result<PasskeyQuestion, Error> {
        let begun = self.passkeys.begin_assertion()?;
        let (reference, now) = (self.tokens.secret(), self.clock.now());
        let digest = self.tokens.digest(reference.expose_secret());
        let mut tx = self.storage.platform(PlatformTask::ConfirmIdentity).await?;
        self.throttles.question(&mut *tx, from).await?;
        tx.passkeys().begin(&digest, Some(member.user), &begun.state, now, now + CHALLENGE_LIFE).await?;
        tx.commit().await?;
        Ok(PasskeyQuestion { reference, options: begun.options })
    }

    /// Takes a passkey of the member as the proof of who it is: it is two factors in one (AUTH-14, AUTH-16).
    ///
    /// # Errors
    /// [`Broken::ChallengeOver`] if the question was answered before, too late, or was another's; [`Broken::Passkey`].
    pub async fn confirm_passkey(
        &self,
        member: &SignedIn,
        answered: PasskeyAnswer,
        from: &Circumstances,
    ) -> Result<(), Error> {
        let ((user, session), now) = (seat(member)?, self.clock.now());
        let digest = self.tokens.digest(answered.reference.expose_secret());
        let mut tx = self.storage.platform(PlatformTask::ConfirmIdentity).await?;
        let state = tx.passkeys().take(&digest, Some(user), now).await?.ok_or(Broken::ChallengeOver)?;
        let judged = self.judge_passkey(&mut *tx, &state, &answered.answer, Some(user)).await?;
        let credential = match judged {
            Ok((_, credential)) => credential,
            Err((refused, _)) => {
                self.note_unproven(&mut *tx, member, from).await?;
                tx.commit().await?; // a question is asked once, whatever the answer
                return Err(refused.into());
            }
        };
        tx.passkeys().used(&credential, now).await?;
        tx.sessions().prove(user, session, now).await?;
        self.throttles.lift(&mut *tx, &member.email).await?;
        Ok(tx.commit().await?)
    }

    /// Writes down that what a member typed was wrong. Whoever guesses at the second factor, too, begins again (AUTH-10).
    async fn note_wrong_in(
        &self,
        tx: &mut dyn PlatformTx,
        member: &SignedIn,
        tried: &Try,
        from: &Circumstances,
    ) -> Result<(), Error> {
        self.note_unproven(tx, member, from).await?;
        if tried.locks() {
            tx.second_factors().end_challenges(member.user, self.clock.now()).await?;
        }
        Ok(())
    }

    /// The same as all that is done.
    pub(super) async fn note_wrong(&self, member: &SignedIn, tried: &Try, from: &Circumstances) -> Result<(), Error> {
        let mut tx = self.storage.platform(PlatformTask::ConfirmIdentity).await?;
        self.note_wrong_in(&mut *tx, member, tried, from).await?;
        Ok(tx.commit().await?)
    }

    /// Writes down that a member did not prove who they are, in their log and for the watch (LOG-3).
    async fn note_unproven(
        &self,
        tx: &mut dyn PlatformTx,
        member: &SignedIn,
        from: &Circumstances,
    ) -> Result<(), Error> {
        let (user, session) = seat(member)?;
        let failure = self.connection(user, Some(session), ConnectionKind::Failure, from);
        tx.connections().append(&failure).await?;
        let failed = SecurityEvent::by(SecurityKind::StepUpFailed, user, Some(session));
        Ok(tx.security().tell(user, &failed, self.clock.now()).await?)
    }
}

/// Who it is, and in which session.
pub(super) fn seat(member: &SignedIn) -> Result<(UserId, SessionId), Error> {
    match member.actor.who() {
        Who::Member(user, session) => Ok((user, session)),
        _ => Err(Error::NotFound("session")),
    }
}
