use futures::{StreamExt, stream};
use qualify_domain::{
    job::ExportLeads,
    lead_order::{LeadPlace, SortKey},
};

use super::Piece;
use crate::{
    Error,
    export_limits::is_whole,
    jobs::file,
    leads::sheet::{self, Sheet},
};

/// How many leads a piece writes.
const PART: u16 = 1_000;
/// The outcome that counts them.
const WRITTEN: &str = "written";

impl Piece<'_> {
    /// Writes the next leads into the file.
    pub(super) async fn export_leads(&mut self, export: &ExportLeads) -> Result<(), Error> {
        let (after, part) = read_place(&self.job.place);
        let scope = self.actor.permit(self.job.kind.permission())?;
        if is_whole(export, &scope) {
            self.bench.limits.job_goes_on(scope.organization(), self.job.id).await?;
        }
        let mut tx = self.open(self.job.kind.permission()).await?;
        let sheet = Sheet::open(&mut *tx, export).await?;
        let from = sheet::viewpoint(export, &scope, &sheet, self.job.asked_at);
        let (leads, next) = sheet::part(&mut *tx, export, &from, after.as_ref(), PART).await?;
        drop(tx);
        let mut text = if part == 0 { sheet::head(export) } else { String::new() };
        for lead in &leads {
            text.push_str(&sheet.line(lead));
        }
        // If it is not kept how far the job came, the same part is written once more.
        let bytes = stream::iter([Ok(text.into_bytes())]).boxed();
        self.bench.files.put(file::key(self.job, part), bytes).await?;
        let (written, now) = (leads.len() as u64, self.bench.clock.now());
        self.job.report.count(WRITTEN, written);
        let place = next.as_ref().map_or_else(|| (part + 1).to_string(), |next| write_place(next, part + 1));
        self.job.advance(written, place, now);
        if next.is_none() {
            self.job.finish(now);
        }
        let tx = self.open(self.job.kind.permission()).await?;
        self.keep(tx).await
    }
}

/// The newest come first: a place is how many parts there are, a moment and an id; in the end, how many parts.
pub(super) fn write_place(after: &LeadPlace, part: u32) -> String {
    let SortKey::Instant(created_at) = &after.key else { return String::new() };
    format!("{part}/{}/{}", created_at.as_microsecond(), after.id)
}

pub(super) fn read_place(place: &str) -> (Option<LeadPlace>, u32) {
    let mut words = place.split('/');
    let part = words.next().and_then(|part| part.parse().ok()).unwrap_or_default();
    let mut after = || {
        let created_at = jiff::Timestamp::from_microsecond(words.next()?.parse().ok()?).ok()?;
        Some(LeadPlace { group: None, key: SortKey::Instant(created_at), id: words.next()?.parse().ok()? })
    };
    (after(), part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_in_the_list_is_found_again() {
        let at = LeadPlace {
            group: None,
            key: SortKey::Instant("2026-11-24T12:00:00.123456Z".parse().unwrap()),
            id: "01939c5e-0000-7000-8000-000000000001".parse().unwrap(),
        };
        assert_eq!(read_place(&write_place(&at, 7)), (Some(at), 7));
        assert_eq!(read_place(""), (None, 0));
    }
}
