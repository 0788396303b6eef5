//! What people do: at the provider, and by way of us.

use jiff::SignedDuration;
use qualify_domain::plan::PlanCode;
use qualify_fake_provider::{Document, DocumentKind, FakeProvider};

use super::{HOUR, story::Story};

impl Story<'_> {
    pub async fn somebody_acts(&mut self) {
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
                _ => {
                    let end = current.and_then(|current| current.ends_at).unwrap_or_default();
                    self.pass(end.duration_since(self.provider.now()) + HOUR).await;
                }
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
        let asked = self.world.app.billing.check_out(&self.owner, plan).await;
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
        let done = self.world.app.billing.cancel(&self.owner).await;
        self.say(format!("it is cancelled here: {done:?}"));
    }

    async fn resume(&mut self) {
        let done = self.world.app.billing.resume(&self.owner).await;
        self.say(format!("the cancellation is taken back here: {done:?}"));
    }

    async fn change_plan(&mut self) {
        let plan = self.chance.pick(&PlanCode::ALL);
        let done = self.world.app.billing.change_plan(&self.owner, plan).await;
        self.say(format!("it is to be {plan}: {done:?}"));
    }

    /// Gives money back on some invoice that was paid: a part, all of it, or too much.
    fn refund(&mut self) {
        let paid = |bill: &Document| bill.kind == DocumentKind::Invoice && bill.status != "pending";
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
}
