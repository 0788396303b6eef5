use qualify_domain::{access::Permission, event::RightsNews, id::RightsRequestId};
use qualify_ports::storage::Claimed;

use super::{Reactions, Unfinished, scope};
use crate::rights::plan;

impl Reactions {
    /// Does what nobody asks for about a request: reminds members, raises the alarm (DSR-6), lays aside what nobody confirmed.
    /// What was told is kept with it, so that each is told once. If its moment was moved meanwhile, a later event does it.
    pub(super) async fn watch_rights(&self, claimed: &Claimed, request: RightsRequestId) -> Result<(), Unfinished> {
        let now = self.clock.now();
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        if !tx.outbox().complete(claimed.id).await? {
            return Ok(());
        }
        let found = tx.rights().find(request).await?;
        let Some(mut kept) = found.filter(|kept| kept.next_at.is_some_and(|next| next <= now)) else {
            return Ok(tx.commit().await?);
        };
        if kept.request.lapse(now).is_err() {
            let reminders = kept.request.reminders_due(now, &kept.told);
            // Of several at once the last tells all there is to say.
            let reminder = reminders.last().map(|last| RightsNews::Due(last.days_before));
            let alarm = kept.request.alarm_due(now, &kept.told);
            let news = reminder.or(alarm.map(|_| RightsNews::Overdue));
            kept.told.extend(reminders.into_iter().chain(alarm));
            if let Some(news) = news {
                self.tell_register(&mut *tx, request, news).await?;
            }
        }
        plan(&mut *tx, &mut kept).await?;
        tx.rights().keep(&kept).await?;
        Ok(tx.commit().await?)
    }
}
