//! Endpoints for tests: what they are told is kept, and they answer what a test wants them to.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use qualify_domain::hook::Answer;
use qualify_ports::hooks::{Attempt, HookSender};

/// Endpoints by their machines. One that nothing is said of takes everything.
#[derive(Default)]
pub struct Endpoints {
    told: Mutex<Vec<Attempt>>,
    answers: Mutex<BTreeMap<String, Answer>>,
    slow: Mutex<BTreeMap<String, Duration>>,
}

impl Endpoints {
    /// From now on the endpoints of that machine answer so.
    pub fn answer(&self, host: &str, answer: Answer) {
        open(&self.answers).insert(host.to_owned(), answer);
    }

    /// From now on the endpoints of that machine take so long.
    pub fn slow_down(&self, host: &str, time: Duration) {
        open(&self.slow).insert(host.to_owned(), time);
    }

    /// What they were told, in order.
    pub fn told(&self) -> Vec<Attempt> {
        open(&self.told).clone()
    }

    /// What they were told since they were asked for the last time.
    pub fn take(&self) -> Vec<Attempt> {
        std::mem::take(&mut open(&self.told))
    }
}

fn open<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl HookSender for Endpoints {
    async fn send(&self, attempt: &Attempt) -> Answer {
        let slow = open(&self.slow).get(attempt.url.host()).copied();
        if let Some(time) = slow {
            tokio::time::sleep(time).await;
        }
        open(&self.told).push(attempt.clone());
        open(&self.answers).get(attempt.url.host()).copied().unwrap_or(Answer::Status(204))
    }
}
