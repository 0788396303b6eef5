//! One history: what is done at the provider and by it, what of it is told, and what of that is heard.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{plan::PlanCode, retention::Swept};
use qualify_fake_provider::{AfterFailures, Config, Delivery, DocumentKind, FakeProvider, Fault, Subscription};
use qualify_ports::time::Clock;
use qualify_usecases::{App, Ports, Worker};
use tokio_util::sync::CancellationToken;

use super::{
    HOUR, Log, Stage,
    chance::Chance,
    parts::{Fuse, Line, Still},
};
use crate::world::{Home, World, paid_at, willing};

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Nobody is away for longer than this: neither the provider nor our own worker.
const PATCH: SignedDuration = SignedDuration::from_hours(8 * 24);

/// A history as it goes on.
pub struct Story<'a> {
    pub world: &'a mut World,
    pub provider: Arc<FakeProvider>,
    pub line: Arc<Line>,
    pub home: Home,
    pub log: Log,
    pub founded_at: Timestamp,
    /// Whether the organization's data went.
    pub is_gone: bool,
    /// What must not be, and was.
    pub faults: Vec<String>,
    clock: Arc<Still>,
    fuse: Arc<Fuse>,
    worker: Worker,
    chance: Chance,
    /// By how much our clock runs ahead of the provider's.
    ahead: SignedDuration,
    fault_until: Option<Timestamp>,
    /// Webhooks that are late.
    late: Vec<Delivery>,
    /// Webhooks that arrived, and may come again.
    arrived: Vec<Delivery>,
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
        let Stage { world, clock, fuse } = stage;
        clock.set(provider.now() + ahead);
        world.ports = Ports { payments: paid_at(line.clone()), ..world.ports.clone() };
        world.app = App::new(&world.ports);
        let home = world.found(&format!("H{seed}")).await;
        let worker = world.worker(willing().0);
        log.add(provider.now(), format!("founded; after failures: {after_failures:?}"));
        Self {
            provider,
            line,
            home,
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
        for _ in 0..self.chance.among(14, 34) {
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
            if self.is_gone {
                return;
            }
        }
        self.settle().await;
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

    fn say(&self, what: impl Into<String>) {
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

    async fn time_passes(&mut self) {
        let long = match self.chance.below(10) {
            0 => SECOND * i32::try_from(self.chance.among(1, 90)).unwrap(),
            1..=2 => SignedDuration::from_mins(self.chance.among(2, 59).into()),
            3..=4 => SignedDuration::from_hours(self.chance.among(1, 23).into()),
            5..=7 => SignedDuration::from_hours(self.chance.among(24, 24 * 6).into()),
            _ => SignedDuration::from_hours(self.chance.among(24 * 7, 24 * 35).into()),
        };
        self.say(format!("{long:#} pass"));
        let mut left = long;
        while left > SignedDuration::ZERO && !self.is_gone {
            let piece = left.min(PATCH);
            self.advance(piece).await;
            left -= piece;
            if left > SignedDuration::ZERO || self.chance.percent(30) {
                self.work().await;
            }
        }
    }

    /// Lets both clocks go on; what fails recovers in its time, and what is to go goes.
    async fn advance(&mut self, by: SignedDuration) {
        self.provider.advance(by);
        self.clock.set(self.provider.now() + self.ahead);
        if self.fault_until.is_some_and(|until| until <= self.provider.now()) {
            self.provider_recovers();
        }
        self.sweep_if_due().await;
    }

    async fn somebody_acts(&mut self) {
        let current = self.current();
        match current.as_ref().map(|current| (current.id, current.status.as_str())) {
            None | Some((_, "expired")) => {
                if current.is_some() && self.chance.percent(20) {
                    self.refund();
                } else {
                    self.buy().await;
                }
            }
            Some((id, "active")) => match self.chance.below(12) {
                0..=3 => self.act("payments fail from now on", |provider| provider.fail_payments(id)),
                4 => self.act("it is cancelled in the portal", |provider| _ = provider.cancel(id)),
                5 => self.cancel().await,
                6 => self.act("it is paused for free", |provider| provider.pause(id, "free")),
                7 => self.act("it is paused", |provider| provider.pause(id, "void")),
                8 => self.change_plan().await,
                9 => self.act("another card is given", |provider| provider.recover(id)),
                _ => self.refund(),
            },
            Some((id, "paused")) => match self.chance.below(6) {
                0 => self.act("it is cancelled in the portal", |provider| _ = provider.cancel(id)),
                1 => self.refund(),
                _ => self.act("it goes on after the pause", |provider| provider.unpause(id)),
            },
            Some((id, "cancelled")) => match self.chance.below(6) {
                0 => self.act("the cancellation is taken back in the portal", |provider| _ = provider.resume(id)),
                1 => self.resume().await,
                2 => self.refund(),
                _ => {}
            },
            Some((id, _)) => match self.chance.below(6) {
                0..=2 => self.act("another card is given", |provider| provider.recover(id)),
                3 => self.act("it is cancelled in the portal", |provider| _ = provider.cancel(id)),
                4 => self.cancel().await,
                _ => self.refund(),
            },
        }
        if self.chance.percent(60) {
            self.carry().await;
        }
    }

    fn act(&self, what: &str, act: impl FnOnce(&FakeProvider)) {
        act(&self.provider);
        self.say(what);
    }

    async fn buy(&mut self) {
        let plan = self.chance.pick(&PlanCode::ALL);
        let before = self.provider.checkouts().len();
        let asked = self.world.app.billing.check_out(&self.home.owner.actor, plan).await;
        let Some(checkout) = self.provider.checkouts().get(before).cloned() else {
            return self.say(format!("{plan} is wanted: {:?}", asked.err()));
        };
        self.say(format!("{plan} is wanted"));
        match self.chance.below(10) {
            0 => return self.say("and not paid"),
            1 => {
                let wait = SignedDuration::from_hours(self.chance.among(1, 26).into());
                self.say(format!("{wait:#} pass before it is paid"));
                self.advance(wait).await;
            }
            _ => {}
        }
        let id = self.provider.pay(&checkout.reference);
        self.say(format!("paid: {id:?}"));
    }

    async fn cancel(&mut self) {
        let done = self.world.app.billing.cancel(&self.home.owner.actor).await;
        self.say(format!("it is cancelled here: {done:?}"));
    }

    async fn resume(&mut self) {
        let done = self.world.app.billing.resume(&self.home.owner.actor).await;
        self.say(format!("the cancellation is taken back here: {done:?}"));
    }

    async fn change_plan(&mut self) {
        let plan = self.chance.pick(&PlanCode::ALL);
        let done = self.world.app.billing.change_plan(&self.home.owner.actor, plan).await;
        self.say(format!("it is to be {plan}: {done:?}"));
    }

    /// Gives money back on some invoice that was paid: a part, all of it, or too much.
    fn refund(&mut self) {
        let paid =
            |bill: &qualify_fake_provider::Document| bill.kind == DocumentKind::Invoice && bill.status != "pending";
        let bills: Vec<_> =
            self.provider.bills().into_iter().filter(paid).map(|bill| (bill.id, bill.total())).collect();
        if bills.is_empty() {
            return;
        }
        let (id, total) = self.chance.pick(&bills);
        let cents = match self.chance.below(5) {
            0 => total,
            1 => total + 1,
            2 => 1,
            _ => total * i64::from(self.chance.among(1, 9)) / 10,
        };
        self.provider.refund(id, cents);
        self.say(format!("{cents} cents are given back on invoice {id}"));
    }

    /// Carries the webhooks that wait, as badly as the network does.
    async fn carry(&mut self) {
        let mut deliveries = self.provider.take_deliveries();
        let late: Vec<_> = std::mem::take(&mut self.late);
        for delivery in late {
            if self.chance.percent(50) { deliveries.push(delivery) } else { self.late.push(delivery) }
        }
        if self.chance.percent(50) {
            self.chance.shuffle(&mut deliveries);
        }
        for delivery in deliveries {
            match self.chance.below(100) {
                0..=17 => self.say(format!("lost: {}", named(&delivery))),
                18..=27 => {
                    self.say(format!("late: {}", named(&delivery)));
                    self.late.push(delivery);
                }
                28..=35 => {
                    self.say(format!("nobody takes {}", named(&delivery)));
                    self.provider.answered(&delivery, 503);
                }
                36..=49 => {
                    self.deliver(&delivery).await;
                    self.deliver(&delivery).await;
                }
                _ => self.deliver(&delivery).await,
            }
        }
        if self.chance.percent(50) {
            self.work().await;
        }
    }

    async fn deliver(&mut self, delivery: &Delivery) {
        let heard = self.world.app.billing.hear(Some(&delivery.signature), &delivery.body).await;
        self.say(format!("heard: {} {heard:?}", named(delivery)));
        self.provider.answered(delivery, if heard.is_ok() { 200 } else { 503 });
        if heard.is_err() {
            self.faults.push(format!("{} was refused: {heard:?}", named(delivery)));
        }
        self.arrived.push(delivery.clone());
    }

    /// Webhooks of long ago come once more.
    async fn repeat(&mut self) {
        for _ in 0..self.chance.among(1, 3) {
            if !self.arrived.is_empty() {
                let which = self.chance.below(u32::try_from(self.arrived.len()).unwrap());
                let again = self.arrived[usize::try_from(which).unwrap()].clone();
                self.deliver(&again).await;
            }
        }
    }

    /// The worker does all that is due.
    async fn work(&mut self) {
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
        let overview = self.world.app.billing.overview(&self.home.owner.actor).await.unwrap();
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
        let overview = self.world.app.billing.overview(&self.home.owner.actor).await.unwrap();
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

fn gone(swept: &[Swept]) -> bool {
    swept.iter().any(|swept| swept.rule.code == "organization" && swept.rows > 0)
}

/// A webhook by its number, and what it tells.
fn named(delivery: &Delivery) -> String {
    let told: serde_json::Value = serde_json::from_slice(&delivery.body).unwrap();
    let number = told.pointer("/meta/webhook_id").and_then(serde_json::Value::as_str).unwrap_or_default();
    let status = told.pointer("/data/attributes/status").and_then(serde_json::Value::as_str).unwrap_or_default();
    format!("{} {} ({status})", number.rsplit('-').next().unwrap_or_default().trim_start_matches('0'), delivery.event)
}
