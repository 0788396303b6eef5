//! How webhooks come: twice, late, in any order, after they were turned away, again long afterwards, or never.

use qualify_fake_provider::Delivery;
use serde_json::Value;

use super::story::Story;

impl Story<'_> {
    /// Carries the webhooks that wait, as badly as the network does.
    pub async fn carry(&mut self) {
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
        if self.chance.percent(40) {
            self.work().await;
        }
    }

    pub async fn deliver(&mut self, delivery: &Delivery) {
        let heard = self.world.app.billing.hear(Some(&delivery.signature), &delivery.body).await;
        self.say(format!("heard: {} {heard:?}", named(delivery)));
        self.provider.answered(delivery, if heard.is_ok() { 200 } else { 503 });
        if heard.is_err() {
            self.faults.push(format!("{} was refused: {heard:?}", named(delivery)));
        }
        self.arrived.push(delivery.clone());
    }

    /// Webhooks of long ago come once more.
    pub async fn repeat(&mut self) {
        for _ in 0..self.chance.among(1, 3) {
            if !self.arrived.is_empty() {
                let which = self.chance.below(u32::try_from(self.arrived.len()).unwrap());
                let again = self.arrived[usize::try_from(which).unwrap()].clone();
                self.deliver(&again).await;
            }
        }
    }
}

/// A webhook by its number, and what it tells.
fn named(delivery: &Delivery) -> String {
    let told: Value = serde_json::from_slice(&delivery.body).unwrap();
    let number = told.pointer("/meta/webhook_id").and_then(Value::as_str).unwrap_or_default();
    let status = told.pointer("/data/attributes/status").and_then(Value::as_str).unwrap_or_default();
    format!("{} {} ({status})", number.rsplit('-').next().unwrap_or_default().trim_start_matches('0'), delivery.event)
}
