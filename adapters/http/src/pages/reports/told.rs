//! What a report found, in words: for each of its tables a picture and lines.

mod numbers;
mod work;

use form_urlencoded::Serializer;
use jiff::civil::Date;
use qualify_domain::{
    lead_filter::{Condition, LeadFilter, Node, TimeField, TimeTest},
    report::{AdNetwork, Channel, Compared, Funnel, Grain, Series, Steps, share},
};
use qualify_usecases::{Findings, Report};

use super::chart::{Bars, Chart, Columns, Legend, Stood};
use crate::{moment::Calendar, pages::leads::written, text::Text};

/// A table with its picture.
#[derive(Clone, Debug)]
pub struct Section {
    /// What it shows.
    pub title: String,
    /// The picture; none where there is nothing to see.
    pub chart: Option<Chart>,
    /// The table.
    pub table: Table,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// What its lines are about.
    pub about: String,
    /// What stands above its numbers.
    pub columns: Vec<String>,
    /// Its lines.
    pub rows: Vec<Row>,
    /// All of them together.
    pub foot: Option<Row>,
}

/// A line of a table.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is about.
    pub name: String,
    /// Where the leads it counts are listed; empty if they cannot be.
    pub link: String,
    /// Its numbers.
    pub cells: Vec<Cell>,
}

/// A number.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// In words.
    pub text: String,
    /// How it changed; empty if nothing is compared.
    pub change: String,
    /// What it was; empty if nothing is compared.
    pub before: String,
    /// For machines.
    pub plain: String,
    /// What it was, for machines.
    pub plain_before: Option<String>,
}

/// Tells a report to somebody.
pub struct Teller<'a> {
    t: Text,
    calendar: &'a Calendar,
    report: &'a Report,
}

impl<'a> Teller<'a> {
    /// Tells a report in somebody's words and days.
    pub const fn new(t: Text, calendar: &'a Calendar, report: &'a Report) -> Self {
        Self { t, calendar, report }
    }

    /// The tables; none if nothing was found at all.
    pub fn sections(&self) -> Vec<Section> {
        match &self.report.findings {
            Findings::Funnel(found) => self.funnel(found),
            Findings::Leads(found) => self.series(found),
            Findings::Stages(found) => self.stages(found),
            Findings::Reasons(found) => self.reasons(found),
            Findings::Members(found) => self.members(found),
        }
    }

    fn funnel(&self, found: &Compared<Funnel>) -> Vec<Section> {
        let before = found.before.as_ref();
        let (now, was) = (found.now.total, before.map(|before| before.total));
        if now == Steps::default() && was.unwrap_or_default() == Steps::default() {
            return Vec::new();
        }
        let channels = Compared { now: found.now.channels.clone(), before: before.map(|other| other.channels.clone()) };
        let forms = Compared { now: found.now.forms.clone(), before: before.map(|other| other.forms.clone()) };
        let channels =
            channels.lines().into_iter().map(|line| (self.channel(&line.about), String::new(), line.now, line.before));
        let forms = forms.lines().into_iter().map(|line| {
            let name = match line.about {
                Some(form) => {
                    self.report.names.form(form).map_or_else(|| self.t.get("reports-form-gone"), str::to_owned)
                }
                None => self.t.get("reports-no-form"),
            };
            (name, self.leads_where(Condition::Form(vec![line.about])), line.now, line.before)
        });
        let by_channel = self.steps_table("reports-source", channels.collect());
        let by_form = self.steps_table("reports-form", forms.collect());
        let total = vec![(self.t.get("reports-all"), self.leads_of(self.report.span.first(), None), now, was)];
        vec![
            Section {
                title: self.t.get("reports-funnel"),
                chart: Some(Chart::Bars(self.funnel_chart(now, was))),
                table: self.steps_table("reports-name", total),
            },
            self.with_bars("reports-by-source", by_channel),
            self.with_bars("reports-by-form", by_form),
        ]
    }

    fn funnel_chart(&self, now: Steps, was: Option<Steps>) -> Bars {
        let names = ["reports-submissions", "reports-leads-column", "reports-qualified", "reports-won"];
        let mut wider = None;
        let drawn = names.into_iter().zip(now.counts()).enumerate().map(|(place, (name, count))| {
            let of_wider = wider.and_then(|wider| share(count, wider)).map(|part| self.percent(part));
            wider = Some(count);
            let number = self.t.number(count);
            let value = of_wider.map_or_else(|| number.clone(), |part| format!("{number} · {part}"));
            (self.t.get(name), value, vec![count], was.map(|was| was.counts()[place]))
        });
        Bars::of(self.t.get("reports-funnel"), drawn.collect(), Legend::new())
    }

    fn steps_table(&self, about: &str, lines: Vec<(String, String, Steps, Option<Steps>)>) -> Table {
        let columns = [
            "reports-submissions",
            "reports-leads-column",
            "reports-qualified",
            "reports-won",
            "reports-qualified-share",
            "reports-won-share",
        ];
        let row = |(name, link, now, was): (String, String, Steps, Option<Steps>)| Row {
            name,
            link,
            cells: (0..4)
                .map(|place| self.count(now.counts()[place], was.map(|was| was.counts()[place])))
                .chain([
                    self.share([now.qualified, now.leads], was.map(|was| [was.qualified, was.leads])),
                    self.share([now.won, now.leads], was.map(|was| [was.won, was.leads])),
                ])
                .collect(),
        };
        Table {
            about: self.t.get(about),
            columns: columns.map(|column| self.t.get(column)).to_vec(),
            rows: lines.into_iter().map(row).collect(),
            foot: None,
        }
    }

    /// A table of steps with a bar for each line: leads, and within them the qualified and the won.
    fn with_bars(&self, title: &str, table: Table) -> Section {
        let number = |cell: &Cell| cell.plain.parse().unwrap_or_default();
        let drawn = table.rows.iter().map(|row| {
            let parts = row.cells[1..4].iter().map(number).collect();
            let before = row.cells[1].plain_before.as_ref().and_then(|before| before.parse().ok());
            (row.name.clone(), row.cells[1].text.clone(), parts, before)
        });
        let title = self.t.get(title);
        let chart = Bars::of(title.clone(), drawn.collect(), self.legend());
        Section { title, chart: Some(Chart::Bars(chart)), table }
    }

    fn legend(&self) -> Legend {
        let names = ["reports-leads-column", "reports-qualified", "reports-won"];
        (0..).zip(names.map(|name| self.t.get(name))).collect()
    }

    fn series(&self, found: &Compared<Series>) -> Vec<Section> {
        let total = found.now.total();
        let was = found.before.as_ref().map(Series::total);
        if total == [0; 3] && was.unwrap_or_default() == [0; 3] {
            return Vec::new();
        }
        let before = |place: usize| {
            let points = found.before.as_ref().map(|before| &before.points)?;
            Some(points.get(place).map_or([0; 3], |point| [point.leads, point.qualified, point.won]))
        };
        let points = &found.now.points;
        let ends = points.iter().skip(1).map(|point| Some(point.first)).chain([None]);
        let rows = points.iter().zip(ends).enumerate().map(|(place, (point, end))| {
            let now = [point.leads, point.qualified, point.won];
            let cells = (0..3).map(|which| self.count(now[which], before(place).map(|before| before[which])));
            Row {
                name: self.step(point.first, found.now.grain),
                link: self.leads_of(point.first, end),
                cells: cells.collect(),
            }
        });
        let stood: Vec<Stood> = points
            .iter()
            .enumerate()
            .map(|(place, point)| {
                let parts = vec![point.leads, point.qualified, point.won];
                (self.step(point.first, found.now.grain), parts, before(place).map(|before| before[0]))
            })
            .collect();
        let title = self.t.get("reports-leads");
        let chart = Columns::of(title.clone(), &stood, self.legend(), |number| self.t.number(number));
        let all = (0..3).map(|which| self.count(total[which], was.map(|was| was[which])));
        let foot = Row {
            name: self.t.get("reports-all"),
            link: self.leads_of(self.report.span.first(), None),
            cells: all.collect(),
        };
        let columns = ["reports-leads-column", "reports-qualified", "reports-won"];
        let table = Table {
            about: self.t.get(&format!("reports-grain-{}", found.now.grain.code())),
            columns: columns.map(|column| self.t.get(column)).to_vec(),
            rows: rows.collect(),
            foot: Some(foot),
        };
        vec![Section { title, chart: Some(Chart::Columns(chart)), table }]
    }

    fn step(&self, first: Date, grain: Grain) -> String {
        match grain {
            Grain::Day | Grain::Week => self.calendar.date(first),
            Grain::Month => self.calendar.month_of(first),
            Grain::Year => first.year().to_string(),
        }
    }

    fn channel(&self, channel: &Channel) -> String {
        match channel {
            Channel::Campaign(name) => self.t.with("reports-source-campaign", "name", name),
            Channel::Site(name) => name.clone(),
            Channel::Ad(network) => {
                let network = match network {
                    AdNetwork::Google => "Google",
                    AdNetwork::Facebook => "Facebook",
                    AdNetwork::Microsoft => "Microsoft",
                };
                self.t.with("reports-source-ad", "name", network)
            }
            Channel::Direct => self.t.get("reports-source-direct"),
            Channel::Program => self.t.get("reports-source-api"),
            Channel::File => self.t.get("reports-source-import"),
            Channel::Member => self.t.get("reports-source-member"),
        }
    }

    /// The list of the leads that were opened from a day on, and before another or to the end.
    fn leads_of(&self, first: Date, end: Option<Date>) -> String {
        listed(first, end.unwrap_or_else(|| self.end()), None)
    }

    /// The list of the leads of the period of which that is true.
    fn leads_where(&self, condition: Condition) -> String {
        listed(self.report.span.first(), self.end(), Some(condition))
    }

    fn end(&self) -> Date {
        let last = self.report.span.last();
        last.tomorrow().unwrap_or(last)
    }
}

fn listed(first: Date, end: Date, condition: Option<Condition>) -> String {
    let opened = [TimeTest::Since(first), TimeTest::Before(end)].map(|test| Condition::Time(TimeField::Created, test));
    let filter = LeadFilter::of(opened.into_iter().chain(condition).map(Node::Is).collect()).unwrap_or_default();
    let pairs = [("view", "none"), ("filter", &*written(&filter))];
    format!("/leads?{}", Serializer::new(String::new()).extend_pairs(pairs).finish())
}
