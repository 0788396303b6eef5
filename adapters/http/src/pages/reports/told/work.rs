//! What was done with leads: how long they stood where, why they were given up, and by whom.

use qualify_domain::{
    id::{ReasonId, StageId, UserId},
    lead_filter::{Condition, OwnerIs},
    report::{Compared, MemberWork, Stay, share},
};

use super::{Cell, Row, Section, Table, Teller};
use crate::pages::reports::chart::{Bars, Chart, Drawn, Legend};

impl Teller<'_> {
    pub(super) fn stages(&self, found: &Compared<Vec<(StageId, Stay)>>) -> Vec<Section> {
        let pipelines = &self.report.names.pipelines;
        let mut lines = found.lines();
        let all = pipelines.live.iter().chain(&pipelines.retired);
        let order: Vec<_> = all.flat_map(|pipeline| pipeline.stages.iter().chain(&pipeline.retired)).collect();
        let place = |stage: StageId| order.iter().position(|known| known.id == stage);
        lines.sort_by_key(|line| place(line.about).unwrap_or(usize::MAX));
        if lines.is_empty() {
            return Vec::new();
        }
        let several = pipelines.live.len() > 1;
        let name = |id: StageId| {
            let stage = pipelines.stage(id).map(|stage| stage.name.to_string()).unwrap_or_default();
            let home = pipelines.of_stage(id).filter(|_| several);
            home.map_or_else(|| stage.clone(), |home| format!("{} · {stage}", &*home.name))
        };
        let drawn: Vec<Drawn> = lines
            .iter()
            .map(|line| {
                let value = self.t.with_all(
                    "reports-median-and-p90",
                    [("median", &self.span(line.now.median)), ("p90", &self.span(line.now.p90))],
                );
                (name(line.about), value, vec![line.now.p90, line.now.median], line.before.map(|was| was.median))
            })
            .collect();
        let legend = vec![(0, self.t.get("reports-p90")), (1, self.t.get("reports-median"))];
        let title = self.t.get("reports-stages");
        let chart = Bars::of(title.clone(), drawn, legend);
        let rows = lines.iter().map(|line| Row {
            name: name(line.about),
            link: String::new(),
            cells: vec![
                self.count(line.now.times, line.before.map(|was| was.times)),
                self.duration(line.now.median, line.before.map(|was| was.median)),
                self.duration(line.now.p90, line.before.map(|was| was.p90)),
            ],
        });
        let columns = ["reports-times", "reports-median", "reports-p90"];
        let table = Table {
            about: self.t.get("reports-stage"),
            columns: columns.map(|column| self.t.get(column)).to_vec(),
            rows: rows.collect(),
            foot: None,
        };
        vec![Section { title, chart: Some(Chart::Bars(chart)), table }]
    }

    pub(super) fn reasons(&self, found: &Compared<Vec<(ReasonId, u64)>>) -> Vec<Section> {
        let lines = found.lines();
        if lines.is_empty() {
            return Vec::new();
        }
        let all = lines.iter().map(|line| line.now).sum();
        let all_before: u64 = lines.iter().filter_map(|line| line.before).sum();
        let was_all = found.before.as_ref().map(|_| all_before);
        let part = |now: u64, was: Option<u64>| self.share([now, all], was.map(|was| [was, all_before]));
        let name = |id| self.report.names.reason(id).unwrap_or_default().to_owned();
        let drawn = lines.iter().map(|line| {
            let value = share(line.now, all).map_or_else(String::new, |part| format!(" · {}", self.percent(part)));
            (name(line.about), format!("{}{value}", self.t.number(line.now)), vec![line.now], line.before)
        });
        let title = self.t.get("reports-reasons");
        let chart = Bars::of(title.clone(), drawn.collect(), Legend::new());
        let rows = lines.iter().map(|line| Row {
            name: name(line.about),
            link: String::new(),
            cells: vec![self.count(line.now, line.before), part(line.now, line.before)],
        });
        let table = Table {
            about: self.t.get("reports-reason"),
            columns: ["reports-leads-column", "reports-share"].map(|column| self.t.get(column)).to_vec(),
            rows: rows.collect(),
            foot: Some(Row {
                name: self.t.get("reports-all"),
                link: String::new(),
                cells: vec![self.count(all, was_all), part(all, was_all)],
            }),
        };
        vec![Section { title, chart: Some(Chart::Bars(chart)), table }]
    }

    pub(super) fn members(&self, found: &Compared<Vec<(Option<UserId>, MemberWork)>>) -> Vec<Section> {
        let lines = found.lines();
        if lines.is_empty() {
            return Vec::new();
        }
        let columns = [
            "reports-leads-column",
            "reports-qualified",
            "reports-won",
            "reports-conversations",
            "reports-notes",
            "reports-moves",
            "reports-tasks",
        ];
        let row = |name, link, now: MemberWork, was: Option<MemberWork>| Row {
            name,
            link,
            cells: (0..7).map(|place| self.count(now.counts()[place], was.map(|was| was.counts()[place]))).collect(),
        };
        let rows = lines.iter().map(|line| {
            let (name, owner) = match line.about {
                Some(user) => {
                    let name = self.report.names.member(user).unwrap_or_else(|| self.t.get("reports-member-gone"));
                    (name, OwnerIs::Member(user))
                }
                None => (self.t.get("reports-nobody"), OwnerIs::Nobody),
            };
            row(name, self.leads_where(Condition::Owner(vec![owner])), line.now, line.before)
        });
        let sum = |work: &mut dyn Iterator<Item = MemberWork>| work.fold(MemberWork::default(), MemberWork::and);
        let now = sum(&mut lines.iter().map(|line| line.now));
        let was = found.before.as_ref().map(|_| sum(&mut lines.iter().filter_map(|line| line.before)));
        let table = Table {
            about: self.t.get("reports-member"),
            columns: columns.map(|column| self.t.get(column)).to_vec(),
            rows: rows.collect(),
            foot: Some(row(self.t.get("reports-all"), String::new(), now, was)),
        };
        let number = |cell: &Cell| cell.plain.parse().unwrap_or_default();
        let drawn = table.rows.iter().map(|row| {
            let parts = row.cells[..3].iter().map(number).collect();
            let before = row.cells[0].plain_before.as_ref().and_then(|before| before.parse().ok());
            (row.name.clone(), row.cells[0].text.clone(), parts, before)
        });
        let title = self.t.get("reports-members");
        let chart = Bars::of(title.clone(), drawn.collect(), self.legend());
        vec![Section { title, chart: Some(Chart::Bars(chart)), table }]
    }
}
