//! One history: what is done at the provider and by it, what of it is told, and what of that is heard.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::{Actor, Duty, Permission, Role},
    closing::UNDOABLE,
    id::{OrganizationId, SessionId, UserId},
    language::Language,
    organization::Organization,
    retention::Swept,
    subscription::TRIAL,
    team::Colleagues,
    text::Name,
};
use qualify_fake_provider::{AfterFailures, Config, Delivery, FakeProvider, Fault, Subscription};
use qualify_ports::time::{Clock, Id};
use qualify_usecases::{App, Ports, Worker};
use tokio_util::sync::CancellationToken;

use super::{
    HOUR, Log, Stage,
    chance::Chance,
    parts::{Fuse, Line, Still},
};
use crate::world::{World, paid_at, scope, willing};

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Nobody is away for longer than this: neither the provider nor our own worker.
const PATCH: SignedDuration = SignedDuration::from_hours(8 * 24);

/// A history as it goes on.
pub struct Story<'a> {
    pub world: &'a mut World,
    pub provider: Arc<FakeProvider>,
    pub line: Arc<Line>,
    pub owner: Actor,
    pub log: Log,
    pub founded_at: Timestamp,
    /// Whether the organization's data went.
    pub is_gone: bool,
    /// What must not be, and was.
    pub faults: Vec<String>,
    clock: Arc<Still>,
    fuse: Arc<Fuse>,
    worker: Worker,
    pub chance: Chance,
    /// By how much our clock runs ahead of the provider's.
    ahead: SignedDuration,
    fault_until: Option<Timestamp>,
    /// Webhooks that are late.
    pub late: Vec<Delivery>,
    /// Webhooks that arrived, and may come again.
    pub arrived: Vec<Delivery>,
}

impl<'a> Story<'a> {
    /// An organization is founded, and a provider.
    pub async fn begin(stage: &'a mut Stage, seed: u64, log: Log) -> Self {
        let mut chance = Chance::new(seed);
        let after_failures = chance.pick(&[AfterFailures::Unpaid, AfterFailures::Expired]);
        let config = Config { after_failures, calls_a_minute: usize::MAX, ..Config::default() };
        let provider = Arc::new(FakeProvider::start(config).await.unwrap());
        let line = Arc::new(Line::to(provider.clone()));
        let ahead = SignedDuration::from_millis(i64::from(chance.below(1_000)));
        let Stage { world, clock, fuse, owner } = stage;
        clock.set(provider.now() + ahead);
        world.ports = Ports { payments: paid_at(line.clone()), ..world.ports.clone() };
        world.app = App::new(&world.ports);
        let owner = found(world, *owner).await;
        let worker = world.worker(willing().0);
        log.add(provider.now(), format!("founded; after failures: {after_failures:?}"));
        Self {
            provider,
            line,
            owner,
            log,
            founded_at: clock.now(),
            is_gone: false,
            faults: Vec::new(),
            clock: clock.clone(),
            fuse: fuse.clone(),
            worker,
            chance,
            ahead,
            fault_until: None,
            late: Vec::new(),
            arrived: Vec::new(),
            world,
        }
    }

    /// Everything that happens.
    pub async fn tell(&mut self) {
        if self.chance.percent(25) {
            let days = self.chance.among(10, 50);
            let hours = days * 24 + self.chance.below(24);
            self.pass(SignedDuration::from_hours(hours.into())).await;
        }
        for _ in 0..self.chance.among(12, 28) {
            if self.is_gone {
                return;
            }
            match self.chance.below(100) {
                0..=25 => self.time_passes().await,
                26..=55 => self.somebody_acts().await,
                56..=73 => self.carry().await,
                74..=83 => self.work().await,
                84..=88 => self.die().await,
                89..=91 => self.restart("the process starts anew"),
                92..=95 => self.provider_fails(),
                _ => self.repeat().await,
            }
        }
        if !self.is_gone {
            self.settle().await;
        }
    }

    /// The provider is well again, and nothing more happens but what it does by itself. What is late comes, or never does. Then
    /// everything was asked for within a day (BIL-4).
    async fn settle(&mut self) {
        self.provider_recovers();
        self.carry().await;
        if self.chance.percent(50) {
            self.advance(HOUR).await;
            self.work().await;
        }
        // A machine that is too slow to answer itself gets another night.
        for _ in 0..5 {
            self.line.unanswered();
            self.advance(DAY + SECOND).await;
            self.work().await;
            if self.line.unanswered() == 0 {
                break;
            }
        }
    }

    pub fn say(&self, what: impl Into<String>) {
        self.log.add(self.provider.now(), what.into());
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The subscription that counts: one that goes on, else the last.
    pub fn current(&self) -> Option<Subscription> {
        let all = self.provider.subscriptions();
        all.iter().rfind(|one| one.status != "expired").or(all.last()).cloned()
    }

    pub async fn time_passes(&mut self) {
        let long = match self.chance.below(10) {
            0 => SECOND * i32::try_from(self.chance.among(1, 90)).unwrap(),
            1..=2 => SignedDuration::from_mins(self.chance.among(2, 59).into()),
            3..=4 => SignedDuration::from_hours(self.chance.among(1, 23).into()),
            5..=7 => SignedDuration::from_hours(self.chance.among(24, 24 * 6).into()),
            _ => SignedDuration::from_hours(self.chance.among(24 * 7, 24 * 35).into()),
        };
        self.pass(long).await;
    }

    pub async fn pass(&mut self, long: SignedDuration) {
        self.say(format!("{long:#} pass"));
        let mut left = long;
        while left > SignedDuration::ZERO && !self.is_gone {
            let piece = left.min(PATCH);
            self.advance(piece).await;
            left -= piece;
            if left > SignedDuration::ZERO || self.chance.percent(25) {
                self.work().await;
            }
        }
    }

    /// Lets both clocks go on; what fails recovers in its time, and what is to go goes.
    pub async fn advance(&mut self, by: SignedDuration) {
        self.provider.advance(by);
        self.clock.set(self.provider.now() + self.ahead);
        if self.fault_until.is_some_and(|until| until <= self.provider.now()) {
            self.provider_recovers();
        }
        self.sweep_if_due().await;
    }

    /// The worker does all that is due.
    pub async fn work(&mut self) {
        let done = self.worker.drain(&CancellationToken::new()).await;
        self.say(format!("worked: {done:?}"));
        if let Err(error) = done {
            self.faults.push(format!("the worker failed: {error:?}"));
        }
    }

    /// The process dies while the worker works, and starts anew: what it held comes back when its lease is over.
    async fn die(&mut self) {
        let left = self.chance.below(14);
        self.fuse.set(left.into());
        let stop = CancellationToken::new();
        let died = tokio::select! {
            biased;
            () = self.fuse.blown() => true,
            _ = self.worker.drain(&stop) => false,
        };
        self.fuse.mend();
        self.rolled_back().await;
        self.restart(if died { "the process dies at its work, and starts anew" } else { "the process starts anew" });
    }

    /// Waits until the database has let go of what nobody will commit.
    async fn rolled_back(&self) {
        let held = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        while self.world.rows(held).await > 0 {
            tokio::task::yield_now().await;
        }
    }

    fn restart(&mut self, why: &str) {
        self.world.app = App::new(&self.world.ports);
        self.worker = self.world.worker(willing().0);
        self.say(why);
    }

    fn provider_fails(&mut self) {
        let fault = self.chance.pick(&[
            Fault::Down,
            Fault::Down,
            Fault::TooOften(60),
            Fault::TooOften(3_600),
            Fault::Html,
            Fault::HtmlMissing,
            Fault::KeyExpired,
        ]);
        let long = SignedDuration::from_mins(self.chance.among(1, 60 * 24 * 4).into());
        self.provider.fail(Some(fault));
        self.fault_until = Some(self.provider.now() + long);
        self.say(format!("the provider fails for {long:#}: {fault:?}"));
    }

    fn provider_recovers(&mut self) {
        if self.fault_until.take().is_some() {
            self.provider.fail(None);
            self.say("the provider is well again");
        }
    }

    /// Lets the organization's data go if it is their turn, after the worker asked for what it asks for before that (RET-8).
    async fn sweep_if_due(&mut self) {
        if self.now() < self.founded_at + TRIAL + UNDOABLE {
            return;
        }
        let overview = self.world.app.billing.overview(&self.owner).await.unwrap();
        if overview.closing.is_none_or(|closing| closing.purge_due_at() > self.now()) {
            return;
        }
        self.work().await;
        let living = self.living();
        let swept = self.world.sweep().await;
        self.is_gone = gone(&swept);
        self.say(format!("swept: {}", if self.is_gone { "its data went" } else { "nothing went" }));
        if self.is_gone && living {
            self.faults.push("WRONG PURGE: the provider says that it goes on".to_owned());
        }
    }

    /// Whether anything goes on, as the provider says.
    fn living(&self) -> bool {
        let now = self.now();
        let goes_on = |one: &Subscription| match one.status.as_str() {
            "expired" => false,
            "cancelled" => one.ends_at.is_none_or(|end| end > now),
            _ => true,
        };
        self.provider.subscriptions().iter().any(goes_on)
    }

    /// What becomes of an organization that has ended, when its time is over: while nobody confirms that it has, nothing (RET-8).
    pub async fn outlive(&mut self) {
        let overview = self.world.app.billing.overview(&self.owner).await.unwrap();
        let Some(closing) = overview.closing else { return };
        if overview.subscription.is_some() && self.chance.percent(50) {
            self.provider.fail(Some(Fault::Down));
            self.fault_until = Some(Timestamp::MAX);
            self.say("the provider fails when the data are to go");
        }
        let is_failing = self.fault_until.is_some();
        let left = closing.purge_due_at().duration_since(self.now()).max(SignedDuration::ZERO);
        self.advance(left + DAY * 2).await;
        if is_failing && self.is_gone {
            self.faults.push("WRONG PURGE: nobody confirmed the end".to_owned());
        }
        self.provider_recovers();
        if !self.is_gone {
            self.advance(SECOND).await;
        }
        if !self.is_gone && !self.living() {
            self.faults.push("the data stay after their time".to_owned());
        }
    }
}

/// Founds an organization of that owner.
#[expect(clippy::disallowed_methods, reason = "the owner signed in for another of their organizations")]
async fn found(world: &World, owner: UserId) -> Actor {
    let id: OrganizationId = world.ports.ids.next();
    let north = Organization { id, name: Name::parse("North").unwrap(), language: Language::English };
    let founding = scope(id, Duty::SignUp, Permission::FoundOrganization);
    let mut tx = world.ports.storage.tenant(&founding).await.unwrap();
    tx.organizations().insert(&north, world.ports.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    world.make_member(id, owner, &[Role::Owner]).await;
    Actor::member(id, owner, SessionId::from_bits(1), &[Role::Owner], Colleagues::default())
}

fn gone(swept: &[Swept]) -> bool {
    swept.iter().any(|swept| swept.rule.code == "organization" && swept.rows > 0)
}
