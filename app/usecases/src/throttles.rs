//! How often somebody may try (AUTH-7 to AUTH-10): the rules are the domain's, the counts stand in the storage under
//! keyed digests, and what is counted for an address does not depend on whether it has an account.

use std::sync::Arc;

use jiff::SignedDuration;
use qualify_domain::{
    circumstances::{Circumstances, Network},
    id::{OrganizationId, UserId},
    login_throttle::{
        CONSENT_MAILS, COPIES, FREE, INVITATIONS, MAILS_FROM_SOURCE, MAILS_TO_ADDRESS, NETWORK, QUESTIONS, SOURCE,
        Tally, Throttle, Wait,
    },
    text::Email,
};
use qualify_ports::{
    storage::{PlatformTask, PlatformTx, Storage, StorageError},
    time::Clock,
    tokens::Tokens,
};

use crate::{Error, Ports};

/// A count that was asked for and never written is forgotten after this long.
const UNUSED: SignedDuration = SignedDuration::from_hours(1);

/// How often somebody may try. Cheap to make and to clone; each area that needs it has its own.
#[derive(Clone)]
pub(crate) struct Throttles {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    tokens: Arc<dyn Tokens>,
}

/// One try: the rules that hold for it, each with the key under which it is counted.
pub(crate) struct Try {
    rules: Vec<([u8; 32], Throttle)>,
    failures: u32,
}

impl Throttles {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone(), tokens: ports.tokens.clone() }
    }

    /// A try to prove by password who one is: `address` in its normalized form, whether it has an account or not, and
    /// `familiar` if its owner signed in from this network before (AUTH-8).
    pub(crate) fn password(&self, address: &str, from: &Circumstances, familiar: bool) -> Try {
        let mut rules = vec![match from.network() {
            Some(network) if familiar => (self.key("familiar", &format!("{network} {address}")), Throttle::Familiar),
            _ => (self.account(address), Throttle::Account),
        }];
        if let Some(ip) = from.ip {
            rules.push((self.key("source", &Network::of(ip).to_string()), SOURCE));
            rules.push((self.key("network", &Network::around(ip).to_string()), NETWORK));
        }
        Try { rules, failures: 0 }
    }

    /// Counts the try if every rule allows it. To be asked before the password is looked at, and committed at once: what
    /// turns out well is given back by [`Throttles::succeeded`], what was never made by [`Throttles::withdraw`].
    ///
    /// # Errors
    /// [`Error::TooOften`], the same for everybody; then nothing is counted.
    pub(crate) async fn admit(&self, tx: &mut dyn PlatformTx, tried: &mut Try) -> Result<(), Error> {
        let now = self.clock.now();
        let tallies = tx.throttles().hold(&tried.keys(), now + UNUSED).await?;
        let judged = tried.rules.iter().zip(&tallies).map(|((_, throttle), tally)| throttle.admit(tally, now));
        let (counted, waits): (Vec<_>, Vec<_>) = judged.partition(Result::is_ok);
        if let Some(longest) = waits.into_iter().filter_map(Result::err).max_by_key(|Wait(time)| *time) {
            return Err(Error::TooOften(longest.seconds()));
        }
        let counted: Vec<Tally> = counted.into_iter().flatten().collect();
        tried.failures = counted.first().map_or(0, |tally| tally.failures);
        Ok(keep(tx, tried, counted.into_iter()).await?)
    }

    /// Gives back what was counted for a try that proved who it was.
    pub(crate) async fn succeeded(&self, tx: &mut dyn PlatformTx, tried: &Try) -> Result<(), StorageError> {
        let tallies = tx.throttles().hold(&tried.keys(), self.clock.now() + UNUSED).await?;
        let after = tried.rules.iter().zip(&tallies).map(|((_, throttle), tally)| throttle.succeeded(tally));
        keep(tx, tried, after).await
    }

    /// Takes back a try that was counted and never made, because the product itself was too busy.
    pub(crate) async fn withdraw(&self, tried: &Try) -> Result<(), StorageError> {
        let mut tx = self.storage.platform(PlatformTask::Throttle).await?;
        let tallies = tx.throttles().hold(&tried.keys(), self.clock.now() + UNUSED).await?;
        let after = tried.rules.iter().zip(&tallies).map(|((_, throttle), tally)| throttle.withdrawn(tally));
        keep(&mut *tx, tried, after).await?;
        tx.commit().await
    }

    /// Counts a mail that anybody can have sent to an address: a sign-up, a verification, a reset (AUTH-9). To be asked
    /// before it is looked whether the address has an account, so that the answer is the same for all.
    ///
    /// # Errors
    /// [`Error::TooOften`]: five an hour to one address, twenty from one source.
    pub(crate) async fn mail(&self, address: &Email, from: &Circumstances) -> Result<(), Error> {
        let mut rules = vec![(self.key("mails to", &address.normalized()), MAILS_TO_ADDRESS)];
        if let Some(ip) = from.ip {
            rules.push((self.key("mails from", &Network::of(ip).to_string()), MAILS_FROM_SOURCE));
        }
        let mut tx = self.storage.platform(PlatformTask::Throttle).await?;
        self.admit(&mut *tx, &mut Try { rules, failures: 0 }).await?;
        Ok(tx.commit().await?)
    }

    /// Counts a mail that asks to confirm a consent: anybody can have ticked the box, with any address.
    ///
    /// # Errors
    /// [`Error::TooOften`]: six a day to one address, whoever asks.
    pub(crate) async fn consent_mail(&self, address: &Email) -> Result<(), Error> {
        let rules = vec![(self.key("consent mails to", &address.normalized()), CONSENT_MAILS)];
        let mut tx = self.storage.platform(PlatformTask::Throttle).await?;
        self.admit(&mut *tx, &mut Try { rules, failures: 0 }).await?;
        Ok(tx.commit().await?)
    }

    /// Counts a question to an authenticator: anybody can ask for one, and each is kept for a while.
    ///
    /// # Errors
    /// [`Error::TooOften`]: thirty a minute from one source.
    pub(crate) async fn question(&self, tx: &mut dyn PlatformTx, from: &Circumstances) -> Result<(), Error> {
        let Some(ip) = from.ip else { return Ok(()) };
        let rules = vec![(self.key("questions from", &Network::of(ip).to_string()), QUESTIONS)];
        self.admit(tx, &mut Try { rules, failures: 0 }).await
    }

    /// Counts an invitation. Members ask for these, so there may be many from one source; but an organization sends only
    /// so many, and only a few of them to one address.
    ///
    /// # Errors
    /// [`Error::TooOften`].
    pub(crate) async fn invitation(&self, address: &Email, by: OrganizationId) -> Result<(), Error> {
        let to = self.key("invitations to", &format!("{by} {}", address.normalized()));
        let rules = vec![(to, MAILS_TO_ADDRESS), (self.key("invitations from", &by.to_string()), INVITATIONS)];
        let mut tx = self.storage.platform(PlatformTask::Throttle).await?;
        self.admit(&mut *tx, &mut Try { rules, failures: 0 }).await?;
        Ok(tx.commit().await?)
    }

    /// Counts a request of anybody about their rights, which has a mail sent, whether or not the address is known.
    ///
    /// # Errors
    /// [`Error::TooOften`]: five an hour for one address, twenty from one source.
    pub(crate) async fn rights(&self, address: &Email, from: &Circumstances) -> Result<(), Error> {
        let mut rules = vec![(self.key("rights of", &address.normalized()), MAILS_TO_ADDRESS)];
        if let Some(ip) = from.ip {
            rules.push((self.key("rights from", &Network::of(ip).to_string()), MAILS_FROM_SOURCE));
        }
        self.count(rules).await
    }

    /// Counts a request of somebody who is known by now: several at once are usual.
    ///
    /// # Errors
    /// [`Error::TooOften`]: twenty an hour of one address in one organization.
    pub(crate) async fn further_rights(&self, address: &Email, at: OrganizationId) -> Result<(), Error> {
        let of = self.key("further rights of", &format!("{at} {}", address.normalized()));
        self.count(vec![(of, MAILS_FROM_SOURCE)]).await
    }

    /// Counts a request of a member about their own account: it has mails sent, also if it is taken back at once.
    ///
    /// # Errors
    /// [`Error::TooOften`]: five an hour of one account.
    pub(crate) async fn member_request(&self, of: UserId) -> Result<(), Error> {
        self.count(vec![(self.key("requests of", &of.to_string()), MAILS_TO_ADDRESS)]).await
    }

    /// A try to take away what is kept: three a day of each (DSR-13).
    pub(crate) fn copies(&self, of: &[String]) -> Try {
        Try { rules: of.iter().map(|whose| (self.key("copies of", whose), COPIES)).collect(), failures: 0 }
    }

    async fn count(&self, rules: Vec<([u8; 32], Throttle)>) -> Result<(), Error> {
        let mut tx = self.storage.platform(PlatformTask::Throttle).await?;
        self.admit(&mut *tx, &mut Try { rules, failures: 0 }).await?;
        Ok(tx.commit().await?)
    }

    /// Lets strangers try again at an account, because its owner proved by mailbox or passkey who they are (AUTH-8).
    pub(crate) async fn lift(&self, tx: &mut dyn PlatformTx, address: &Email) -> Result<(), StorageError> {
        tx.throttles().forget(&self.account(&address.normalized())).await
    }

    fn account(&self, address: &str) -> [u8; 32] {
        self.key("account", address)
    }

    /// The keyed digest under which something of somebody is counted.
    pub(crate) fn key(&self, what: &str, whose: &str) -> [u8; 32] {
        self.tokens.keyed_digest(&format!("{what}: {whose}"))
    }
}

impl Try {
    /// Whether its failure makes the account wait.
    pub(crate) fn locks(&self) -> bool {
        self.failures > FREE
    }

    fn keys(&self) -> Vec<[u8; 32]> {
        self.rules.iter().map(|(key, _)| *key).collect()
    }
}

async fn keep(
    tx: &mut dyn PlatformTx,
    tried: &Try,
    tallies: impl Iterator<Item = Tally> + Send,
) -> Result<(), StorageError> {
    for ((key, throttle), tally) in tried.rules.iter().zip(tallies) {
        // What counts nothing has no time at which it would expire.
        if tally == Tally::default() {
            tx.throttles().forget(key).await?;
        } else {
            tx.throttles().keep(key, &tally, throttle.expiry(&tally)).await?;
        }
    }
    Ok(())
}
