use std::{collections::BTreeMap, net::IpAddr};

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::{Permission, TenantScope},
    form::{Circumstances, Form, FormSettings},
    id::SubmissionId,
    spam::{SpamReason, Verdict},
    submission::{Attribution, Sent, Submission},
    text::HttpsUrl,
};
use qualify_ports::{
    spam::{Attempt, SpamFieldKind},
    storage::{Intake, IntakeKey, Recorded},
};
use tracing::warn;

use crate::{Error, Visitor};

/// A sender's key is remembered this long (WEB-11).
const KEY_MEMORY: SignedDuration = SignedDuration::from_hours(48);
/// The same answers without a key are the same submission for this long.
const CONTENT_MEMORY: SignedDuration = SignedDuration::from_secs(60);

/// What came in through a form.
#[derive(Debug)]
pub struct Submit {
    /// The answers, as they came.
    pub sent: Sent,
    /// Where the visit came from.
    pub attribution: Attribution,
    /// The network address it came from.
    pub ip: Option<IpAddr>,
    /// The sender's own key for this submission.
    pub key: Option<String>,
    /// The version of the form that the sender says was shown.
    pub version: Option<i32>,
    /// The spam checks' fields.
    pub spam: BTreeMap<&'static str, String>,
    /// The names of fields that came but are not declared.
    pub undeclared: Vec<String>,
}

/// What the sender gets: the same, whether the submission is new, known, quarantined or sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The submission's id.
    pub id: SubmissionId,
    /// Where the visitor lands; our own page if none.
    pub thank_you: Option<HttpsUrl>,
}

impl super::Submissions {
    /// Keeps what a visitor sent. It is committed when this returns; the lead is opened afterwards.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all faults; [`Error::Conflict`] if the key was used for other answers; [`Error::Limit`]
    /// if too much waits already; [`Broken::Closed`](crate::Broken::Closed) if the organization takes nothing in any more (RET-7).
    pub async fn submit(&self, visitor: &Visitor, command: Submit) -> Result<Receipt, Error> {
        let scope = visitor.actor.permit(Permission::CaptureLead)?;
        let Submit { sent, attribution, ip, key, version, spam, undeclared } = command;
        let received_at = self.clock.now();
        let meter = self.meters.of(scope.organization(), received_at).await;
        let is_sealed = meter.as_ref().map_or(Ok(false), |meter| meter.seals(received_at))?;
        let attempt = Attempt { form: &visitor.form, received_at, fields: &spam };
        let verdict = self.verdict(&attempt).await;
        // What is no good is no work, so it cannot be used up.
        let is_good = !verdict.reasons().contains(&SpamReason::WorkInvalid);
        let verdict = if is_sealed { verdict.sealed() } else { verdict };
        let mark = self.spam.iter().filter(|_| is_good).find_map(|check| check.mark(&attempt));
        let mark = mark.map(|mark| self.tokens.digest(&format!("mark\u{0}{mark}")));
        let token = self.token(&spam);
        let circumstances = Circumstances {
            received_at,
            ip,
            attribution,
            verdict,
            shown: self.shown(&scope, &visitor.form, version).await?,
        };
        let (submission, event) = visitor.form.accept(self.ids.next(), &sent, circumstances)?;
        let key = self.key(key.or(token), &submission, received_at);
        let event = (submission.verdict == Verdict::Accepted).then_some(event);
        let is_accepted = event.is_some();
        let recorded = self.storage.record(&scope, Intake { submission, event, key, mark, undeclared }).await?;
        if let (Recorded::Kept(_), Some(meter), true) = (recorded, meter, is_accepted) {
            meter.count();
        }
        match recorded {
            Recorded::Kept(id) | Recorded::Known(id) => {
                Ok(Receipt { id, thank_you: visitor.form.settings.thank_you.clone() })
            }
            Recorded::OtherBody => Err(Error::Conflict("submission")),
        }
    }

    /// The edition that was shown, if it is another than the form is now. One that never was counts for nothing.
    async fn shown(
        &self,
        scope: &TenantScope,
        form: &Form,
        version: Option<i32>,
    ) -> Result<Option<(i32, FormSettings)>, Error> {
        let Some(version) = version.filter(|version| *version != form.version) else { return Ok(None) };
        let mut tx = self.storage.tenant(scope).await?;
        Ok(tx.forms().edition(form.id, version).await?.map(|settings| (version, settings)))
    }

    /// Asks every check. One that cannot tell finds nothing: a visitor never pays for our fault.
    async fn verdict(&self, attempt: &Attempt<'_>) -> Verdict {
        let mut reasons: Vec<SpamReason> = Vec::new();
        for check in &*self.spam {
            match check.check(attempt).await {
                Ok(found) => reasons.extend(found),
                Err(error) => warn!(%error, "a spam check could not be made"),
            }
        }
        Verdict::of(reasons)
    }

    /// The hidden values that were sent back: they were made for one showing of the form, so they are as good as a key.
    fn token(&self, spam: &BTreeMap<&'static str, String>) -> Option<String> {
        let hidden = self.spam_fields().filter(|field| field.kind == SpamFieldKind::Hidden);
        let values: Vec<_> = hidden.filter_map(|field| spam.get(field.name)).map(String::as_str).collect();
        let token = values.join("\u{0}");
        (!token.is_empty()).then_some(token)
    }

    /// By what a second try of the same submission is known.
    fn key(&self, key: Option<String>, submission: &Submission, now: Timestamp) -> IntakeKey {
        let content = submission.answers.normalized();
        let body = self.tokens.digest(&content);
        let (key, memory) = match key {
            Some(key) => (format!("key\u{0}{key}"), KEY_MEMORY),
            None => (format!("content\u{0}{content}"), CONTENT_MEMORY),
        };
        IntakeKey { key: self.tokens.digest(&key), body, expires_at: now + memory }
    }
}
