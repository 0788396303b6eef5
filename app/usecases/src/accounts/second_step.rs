use jiff::Timestamp;
use qualify_domain::{
    audit::{SecurityEvent, SecurityKind},
    circumstances::Circumstances,
    connection::ConnectionKind,
    event::{Event, SecondFactorChange},
    id::{SessionId, UserId},
    recovery_code::RecoveryCode,
    totp::{TotpCode, TotpRefusal},
    violation::Violations,
};
use qualify_ports::storage::{PlatformTask, PlatformTx};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    Broken, Error,
    accounts::{Accounts, Granted},
    second_factors::owner,
};

/// What somebody types after the right password, where that is not enough.
pub struct SecondStep {
    /// The reference of the challenge, as the page held it.
    pub reference: SecretString,
    /// A code of the authenticator app, or a recovery code, as typed.
    pub code: String,
    /// From where.
    pub from: Circumstances,
}

/// A code, as it may be typed.
pub(super) enum Answer {
    App(TotpCode),
    Recovery(RecoveryCode),
}

/// What an answer is worth.
pub(super) enum Judged {
    Right(Option<SecondFactorChange>),
    Wrong(Broken, Option<SecondFactorChange>),
}

impl Accounts {
    /// Begins the session for which a challenge asked a second factor (AUTH-13, AUTH-14).
    ///
    /// # Errors
    /// [`Error::Invalid`] for what cannot be a code, which is no try; [`Broken::WrongCode`], [`Broken::AppDisabled`];
    /// [`Broken::ChallengeOver`] if the password is to be given again.
    pub async fn sign_in_second(&self, command: SecondStep) -> Result<Granted, Error> {
        let answer = Answer::parse(&command.code)?;
        let now = self.clock.now();
        let digest = self.tokens.digest(command.reference.expose_secret());
        let mut tx = self.storage.platform(PlatformTask::SignIn).await?;
        let user = tx.second_factors().try_challenge(&digest, now).await?.ok_or(Broken::ChallengeOver)?;
        let judged = self.judge(&mut *tx, user, &answer, now).await?;
        let home = tx.accounts().organizations(user).await?.first().copied().ok_or(Broken::NoOrganization)?;
        let told = |change: Option<_>| change.map(|change| Event::SecondFactorChanged { user, change });
        match judged {
            Judged::Wrong(refusal, change) => {
                self.note_failed_factor(&mut *tx, user, &command.from).await?;
                self.keep(tx, home, told(change)).await?;
                Err(refusal.into())
            }
            Judged::Right(change) => {
                tx.second_factors().end_challenges(user, now).await?;
                self.tell_code_used(&mut *tx, user, None, change).await?;
                let (granted, news) = self.begin_session(&mut *tx, (user, home), &command.from).await?;
                self.keep(tx, home, news.into_iter().chain(told(change))).await?;
                Ok(granted)
            }
        }
    }

    /// Writes down that a second factor failed, in the user's log and for the watch (LOG-3).
    pub(super) async fn note_failed_factor(
        &self,
        tx: &mut dyn PlatformTx,
        user: UserId,
        from: &Circumstances,
    ) -> Result<(), Error> {
        let failure = self.connection(user, None, ConnectionKind::Failure, from);
        tx.connections().append(&failure).await?;
        let failed = SecurityEvent::against(SecurityKind::FactorFailed, user);
        Ok(tx.security().tell(user, &failed, self.clock.now()).await?)
    }

    /// Tells the watch of a recovery code that was used, if one was (LOG-3).
    pub(super) async fn tell_code_used(
        &self,
        tx: &mut dyn PlatformTx,
        user: UserId,
        session: Option<SessionId>,
        change: Option<SecondFactorChange>,
    ) -> Result<(), Error> {
        if matches!(change, Some(SecondFactorChange::CodeUsed(_))) {
            let event = SecurityEvent::by(SecurityKind::RecoveryCodeUsed, user, session);
            tx.security().tell(user, &event, self.clock.now()).await?;
        }
        Ok(())
    }

    pub(super) async fn judge(
        &self,
        tx: &mut dyn PlatformTx,
        user: UserId,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<Judged, Error> {
        match answer {
            Answer::App(code) => self.judge_app(tx, user, *code, now).await,
            Answer::Recovery(code) => {
                let digest = self.tokens.digest(code.expose());
                if !tx.second_factors().use_recovery_code(user, &digest, now).await? {
                    return Ok(Judged::Wrong(Broken::WrongCode, None));
                }
                let left = tx.second_factors().factors(user).await?.recovery_codes;
                Ok(Judged::Right(Some(SecondFactorChange::CodeUsed(left))))
            }
        }
    }

    async fn judge_app(
        &self,
        tx: &mut dyn PlatformTx,
        user: UserId,
        code: TotpCode,
        now: Timestamp,
    ) -> Result<Judged, Error> {
        let kept = tx.second_factors().totp(user).await?.filter(|kept| kept.totp.confirmed_at.is_some());
        let Some(mut kept) = kept else { return Ok(Judged::Wrong(Broken::WrongCode, None)) };
        let secret = self.vault.open(&kept.secret, &owner(user))?;
        let was_disabled = kept.totp.is_disabled();
        let judged = kept.totp.judge(code, now, |step| self.vault.totp(&secret, step));
        tx.second_factors().update_totp(user, &kept.totp).await?;
        let disabled = kept.totp.is_disabled() && !was_disabled;
        Ok(match judged {
            Ok(()) => Judged::Right(None),
            Err(TotpRefusal::Wrong) => {
                Judged::Wrong(Broken::WrongCode, disabled.then_some(SecondFactorChange::AppDisabled))
            }
            Err(TotpRefusal::Disabled) => Judged::Wrong(Broken::AppDisabled, None),
        })
    }
}

impl Answer {
    /// A recovery code is never six digits, so each is known by its shape.
    pub(super) fn parse(typed: &str) -> Result<Self, Violations> {
        let code = TotpCode::parse(typed).map(Self::App).or_else(|_| RecoveryCode::parse(typed).map(Self::Recovery));
        let mut faults = Violations::default();
        let code = faults.keep("code", code);
        faults.or(code)
    }
}
