//! Reports of a small world in which everything is known.

use std::sync::Arc;

use futures::future::join_all;
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, date},
    tz::TimeZone,
};
use qualify_domain::{
    access::Role,
    form::LegalBasis,
    id::{LeadId, ReasonId, StageId},
    lead::Lead,
    merge::Choices,
    organization_settings::OrganizationSettings,
    person::WrittenPerson,
    pipeline::{Pipeline, StageKind},
    report::{Channel, Comparison, Funnel, MemberWork, Part, Period, Series, Span, Stay, Steps},
    submission::Attribution,
    task::WrittenTask,
    text::Message,
};
use qualify_postgres::{Postgres, PostgresOptions};
use qualify_usecases::{
    AddLead, Added, App, AskReport, AssignLead, Error, Findings, LeadStart, MergeLeads, MoveLead, NoteKind, NoteLead,
    Ports, Report, SeenPair, SignedIn, Submit, TaskPlace,
};

use crate::world::{Home, World, from};

fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

fn between(first: Date, last: Date) -> Period {
    Period::Between(Span::between(first, last).unwrap())
}

fn march() -> Period {
    between(date(2026, 3, 1), date(2026, 3, 31))
}

fn ask(part: Part, period: Period, comparison: Comparison) -> AskReport {
    AskReport { part, period, comparison, zone: Some(TimeZone::UTC), installation: TimeZone::UTC }
}

async fn read(world: &World, who: &SignedIn, wanted: &AskReport) -> Report {
    world.app.reports.read(&who.actor, wanted).await.unwrap()
}

async fn funnel(world: &World, who: &SignedIn, period: Period) -> Funnel {
    let report = read(world, who, &ask(Part::Funnel, period, Comparison::Nothing)).await;
    let Findings::Funnel(found) = report.findings else { unreachable!("another report") };
    found.now
}

async fn members(world: &World, home: &Home, who: &SignedIn) -> Vec<(&'static str, MemberWork)> {
    let report = read(world, who, &ask(Part::Members, march(), Comparison::Nothing)).await;
    let Findings::Members(found) = report.findings else { unreachable!("another report") };
    let name = |user| match user {
        None => "nobody",
        Some(user) if user == home.owner.user => "owner",
        Some(_) => "mika",
    };
    let mut found: Vec<_> = found.now.into_iter().map(|(user, work)| (name(user), work)).collect();
    found.sort_by_key(|(name, _)| *name);
    found
}

fn steps(submissions: u64, leads: u64, qualified: u64, won: u64) -> Steps {
    Steps { submissions, leads, qualified, won }
}

fn campaign(name: &str) -> Channel {
    Channel::Campaign(name.to_owned())
}

/// What somebody sends who comes from a campaign.
fn by(email: &str, source: &str) -> Submit {
    let attribution = Attribution { source: Some(source.parse().unwrap()), ..Attribution::default() };
    Submit { attribution, ..from(email) }
}

/// What somebody sends who comes from a page.
fn linked(email: &str, referrer: &str) -> Submit {
    let page = |text: &str| Some(text.parse().unwrap());
    let (referrer, landing_page) = (page(referrer), page("https://www.bakery.example/bread"));
    Submit { attribution: Attribution { referrer, landing_page, ..Attribution::default() }, ..from(email) }
}

async fn pipeline(world: &World, home: &Home) -> Pipeline {
    world.app.pipelines.view(&home.owner.actor).await.unwrap().pipelines.live.remove(0)
}

async fn stage(world: &World, home: &Home, kind: StageKind) -> StageId {
    let pipeline = pipeline(world, home).await;
    pipeline.stages.iter().find(|stage| stage.kind == kind).unwrap().id
}

async fn seen(world: &World, home: &Home, lead: LeadId) -> Lead {
    world.app.leads.read(&home.owner.actor, lead).await.unwrap()
}

async fn go(world: &World, home: &Home, who: &SignedIn, lead: LeadId, kind: StageKind, reason: Option<ReasonId>) {
    let (stage, version) = (stage(world, home, kind).await, seen(world, home, lead).await.version);
    let command = MoveLead { stage, reason, note: None, beside: None, version };
    world.app.leads.move_to(&who.actor, lead, command).await.unwrap();
}

/// The lead of an address.
async fn lead_of(world: &World, home: &Home, email: &str) -> LeadId {
    world.work().await;
    world.leads(home).await.iter().find(|row| row.email.as_deref() == Some(email)).unwrap().id
}

/// What happened in March: Anna wrote twice and was won, Bert was given up, Carl was met; somebody sent spam. Mika works on
/// Anna, the owner on Carl, and nobody on Bert.
struct March {
    home: Home,
    mika: SignedIn,
    anna: LeadId,
    reason: ReasonId,
}

async fn march_of(world: &World) -> March {
    world.clock.set(at("2026-03-02T09:00:00Z"));
    let home = world.found("North").await;
    let mika = world.join(&home, "mika@north.example", &[Role::Agent]).await;
    let reason = world.app.pipelines.view(&home.owner.actor).await.unwrap().reasons[0].id;
    let day = SignedDuration::from_hours(24);
    world.submit(home.form, by("anna@example.com", "Newsletter")).await.unwrap();
    world.submit(home.form, from("bert@example.com")).await.unwrap();
    let mut spam = from("spam@example.com");
    spam.spam.insert("website", "https://buy.example".to_owned());
    world.submit(home.form, spam).await.unwrap();
    let (anna, bert) =
        (lead_of(world, &home, "anna@example.com").await, lead_of(world, &home, "bert@example.com").await);
    world.give(&home, anna, mika.user).await;

    world.clock.advance(day);
    world.submit(home.form, by("anna@example.com", "newsletter")).await.unwrap();
    world.work().await;
    let person = WrittenPerson { email: "carl@example.com".to_owned(), ..WrittenPerson::default() };
    let add = AddLead {
        person,
        message: String::new(),
        legal_basis: LegalBasis::LegitimateInterest,
        start: LeadStart::default(),
        anyway: true,
    };
    assert!(matches!(world.app.leads.add(&home.owner.actor, add).await.unwrap(), Added::Made(_)));

    world.clock.advance(day);
    go(world, &home, &mika, anna, StageKind::Qualified, None).await;
    let call = NoteLead { text: Message::parse("Wants an offer.").unwrap(), kind: NoteKind::Call };
    world.app.leads.note(&mika.actor, anna, call).await.unwrap();
    let note = NoteLead { text: Message::parse("Knows Bert.").unwrap(), kind: NoteKind::Note };
    world.app.leads.note(&home.owner.actor, anna, note).await.unwrap();
    let task = WrittenTask { title: "Send it".to_owned(), ..WrittenTask::default() };
    let task = world.app.tasks.make(&mika.actor, anna, &task).await.unwrap();
    world.app.tasks.finish(&mika.actor, TaskPlace { id: task, version: 1 }).await.unwrap();
    go(world, &home, &home.owner, bert, StageKind::Disqualified, Some(reason)).await;

    world.clock.advance(SignedDuration::from_hours(5));
    go(world, &home, &mika, anna, StageKind::Won, None).await;
    March { home, mika, anna, reason }
}

#[tokio::test]
async fn the_funnel_counts_what_came_and_what_became_of_it_and_no_spam() {
    let world = World::new().await;
    let March { home, .. } = march_of(&world).await;
    let south = world.found("South").await;
    world.submit(south.form, from("dora@example.com")).await.unwrap();
    world.work().await;
    let found = funnel(&world, &home.owner, march()).await;
    assert_eq!(found.total, steps(4, 3, 1, 1));
    let expected = [
        (campaign("newsletter"), steps(2, 1, 1, 1)),
        (Channel::Direct, steps(1, 1, 0, 0)),
        (Channel::Member, steps(1, 1, 0, 0)),
    ];
    assert_eq!(found.channels, expected);
    let form = world.app.forms.list(&home.owner.actor).await.unwrap().remove(0).id;
    assert_eq!(found.forms, [(Some(form), steps(3, 2, 1, 1)), (None, steps(1, 1, 0, 0))]);
    assert_eq!(funnel(&world, &south.owner, march()).await.total, steps(1, 1, 0, 0), "each sees its own");
    assert_eq!(funnel(&world, &home.owner, between(date(2026, 2, 1), date(2026, 2, 28))).await, Funnel::default());
    let first = funnel(&world, &home.owner, between(date(2026, 3, 2), date(2026, 3, 2))).await;
    assert_eq!(first.total, steps(2, 2, 1, 1), "what became of them later counts for the day on which they came");
}

#[tokio::test]
async fn rls_13_an_agents_report_counts_no_lead_beyond_their_reach() {
    let world = World::new().await;
    let March { home, mika, .. } = march_of(&world).await;
    // Bert waits in the queue, which agents see; Carl is the owner's.
    let found = funnel(&world, &mika, march()).await;
    assert_eq!(found.total, steps(3, 2, 1, 1));
    assert!(found.channels.iter().all(|(channel, _)| *channel != Channel::Member), "{found:?}");
    let work = members(&world, &home, &mika).await;
    let names: Vec<_> = work.iter().map(|(name, work)| (*name, work.leads)).collect();
    assert_eq!(names, [("mika", 1), ("nobody", 1), ("owner", 0)]);
    let bert = lead_of(&world, &home, "bert@example.com").await;
    world.give(&home, bert, home.owner.user).await;
    assert_eq!(funnel(&world, &mika, march()).await.total, steps(2, 1, 1, 1));
    let reasons = read(&world, &mika, &ask(Part::Reasons, march(), Comparison::Nothing)).await;
    assert!(matches!(reasons.findings, Findings::Reasons(found) if found.now.is_empty()));
    let stages = read(&world, &mika, &ask(Part::Stages, march(), Comparison::Nothing)).await;
    let Findings::Stages(stages) = stages.findings else { unreachable!("another report") };
    assert_eq!(stages.now.iter().map(|(_, stay)| stay.times).sum::<u64>(), 2, "Anna's moves alone");
    let billing = world.join(&home, "billing@north.example", &[Role::Billing]).await;
    let refused = world.app.reports.read(&billing.actor, &ask(Part::Funnel, march(), Comparison::Nothing)).await;
    assert!(matches!(refused.unwrap_err(), Error::Forbidden(_)));
}

#[tokio::test]
async fn stages_reasons_and_members_tell_what_was_done_in_the_period() {
    let world = World::new().await;
    let March { home, reason, .. } = march_of(&world).await;
    let (new, qualified) =
        (stage(&world, &home, StageKind::Open).await, stage(&world, &home, StageKind::Qualified).await);
    let report = read(&world, &home.owner, &ask(Part::Stages, march(), Comparison::Nothing)).await;
    let Findings::Stages(found) = report.findings else { unreachable!("another report") };
    let stay = |stage: StageId| found.now.iter().find(|(found, _)| *found == stage).unwrap().1;
    let two_days = 2 * 86_400;
    assert_eq!(stay(new), Stay { times: 2, median: two_days, p90: two_days }, "Anna's and Bert's");
    assert_eq!(stay(qualified), Stay { times: 1, median: 5 * 3_600, p90: 5 * 3_600 });

    let report = read(&world, &home.owner, &ask(Part::Reasons, march(), Comparison::Nothing)).await;
    assert!(matches!(report.findings, Findings::Reasons(found) if found.now == [(reason, 1)]));
    assert!(report.names.reason(reason).is_some());

    let work = members(&world, &home, &home.owner).await;
    let mika =
        MemberWork { leads: 1, qualified: 1, won: 1, conversations: 1, moves: 2, tasks: 1, ..MemberWork::default() };
    let nobody = MemberWork { leads: 1, ..MemberWork::default() };
    let owner = MemberWork { leads: 1, notes: 1, moves: 1, ..MemberWork::default() };
    assert_eq!(work, [("mika", mika), ("nobody", nobody), ("owner", owner)]);

    // Who is taken up again is not given up any more.
    let bert = lead_of(&world, &home, "bert@example.com").await;
    go(&world, &home, &home.owner, bert, StageKind::Open, None).await;
    let report = read(&world, &home.owner, &ask(Part::Reasons, march(), Comparison::Nothing)).await;
    assert!(matches!(report.findings, Findings::Reasons(found) if found.now.is_empty()));
}

#[tokio::test]
async fn reports_of_members_wait_for_no_second_connection_while_they_hold_one() {
    let world = World::new().await;
    let March { home, .. } = march_of(&world).await;
    let wanted = ask(Part::Members, march(), Comparison::Before);
    let told = read(&world, &home.owner, &wanted).await.findings;
    for connections in [1, 2] {
        let few = PostgresOptions { connections, ..PostgresOptions::new(world.database.app()) };
        let storage = Arc::new(Postgres::new(&few, world.clock.clone()));
        let reports = App::new(&Ports { storage, ..world.ports.clone() }).reports;
        let all = join_all((0..8).map(|_| reports.read(&home.owner.actor, &wanted))).await;
        for report in all {
            assert_eq!(format!("{:?}", report.unwrap().findings), format!("{told:?}"));
        }
    }
}

#[tokio::test]
async fn whoever_gives_leads_and_plans_has_done_no_work_that_a_report_counts() {
    let world = World::new().await;
    let March { home, mika, .. } = march_of(&world).await;
    let bert = lead_of(&world, &home, "bert@example.com").await;
    let adam = world.join(&home, "adam@north.example", &[Role::Admin]).await;
    let found = async || [members(&world, &home, &home.owner).await, members(&world, &home, &mika).await];
    let before = found().await;
    let version = seen(&world, &home, bert).await.version;
    for (owner, version) in [(Some(mika.user), version), (None, version + 1)] {
        world.app.leads.assign(&adam.actor, bert, AssignLead { owner, version }).await.unwrap();
    }
    let task = WrittenTask { title: "Call".to_owned(), ..WrittenTask::default() };
    world.app.tasks.make(&adam.actor, bert, &task).await.unwrap();
    assert_eq!(found().await, before);
}

#[tokio::test]
async fn a_period_is_compared_with_the_one_before_and_the_year_before() {
    let world = World::new().await;
    world.clock.set(at("2025-03-10T12:00:00Z"));
    let home = world.found("North").await;
    let come = async |instant: &str, emails: &[&str]| {
        world.clock.set(at(instant));
        for email in emails {
            world.submit(home.form, from(email)).await.unwrap();
        }
        world.work().await;
    };
    come("2025-03-12T12:00:00Z", &["a@example.com"]).await;
    come("2026-02-20T12:00:00Z", &["b@example.com", "c@example.com"]).await;
    come("2026-03-01T00:00:00Z", &["d@example.com"]).await;
    come("2026-03-20T12:00:00Z", &["e@example.com", "f@example.com"]).await;
    let compared = async |comparison| {
        let report = read(&world, &home.owner, &ask(Part::Leads, march(), comparison)).await;
        let Findings::Leads(found) = report.findings else { unreachable!("another report") };
        (found.now.total()[0], found.before.as_ref().map(|before| before.total()[0]), found.now)
    };
    let (now, before, series) = compared(Comparison::Before).await;
    assert_eq!((now, before), (3, Some(2)));
    assert_eq!(series.points.len(), 31);
    let days: Vec<_> = series.points.iter().filter(|point| point.leads > 0).map(|point| point.first).collect();
    assert_eq!(days, [date(2026, 3, 1), date(2026, 3, 20)], "midnight belongs to the day that begins");
    assert_eq!(compared(Comparison::YearBefore).await.1, Some(1));
    assert_eq!(compared(Comparison::Nothing).await.1, None);
    let wanted = ask(Part::Leads, Period::default(), Comparison::Before);
    let report = read(&world, &home.owner, &wanted).await;
    assert_eq!((report.span.last(), report.span.days()), (date(2026, 3, 20), 30), "seen from today");
}

#[tokio::test]
async fn a_day_begins_where_whoever_asks_or_the_organization_says() {
    let world = World::new().await;
    world.clock.set(at("2026-03-31T22:30:00Z"));
    let home = world.found("North").await;
    world.submit(home.form, from("anna@example.com")).await.unwrap();
    world.work().await;
    let april = between(date(2026, 4, 1), date(2026, 4, 1));
    let paris = TimeZone::get("Europe/Paris").unwrap();
    let leads = async |zone: Option<TimeZone>| {
        let wanted = AskReport { zone, ..ask(Part::Leads, april, Comparison::Nothing) };
        let Findings::Leads(found) = read(&world, &home.owner, &wanted).await.findings else {
            unreachable!("another report")
        };
        found.now.total()[0]
    };
    assert_eq!((leads(Some(TimeZone::UTC)).await, leads(Some(paris)).await), (0, 1));
    assert_eq!(leads(None).await, 0, "the installation's, as nobody says anything");
    let file = world.app.settings.view(&home.owner.actor).await.unwrap();
    let time_zone = Some("Europe/Paris".parse().unwrap());
    let settings = OrganizationSettings { time_zone, ..file.settings };
    world.app.settings.change(&home.owner.actor, &settings, file.version).await.unwrap();
    assert_eq!(leads(None).await, 1);
}

#[tokio::test]
async fn people_are_sorted_by_the_website_that_linked_and_not_by_our_own_pages() {
    let world = World::new().await;
    world.clock.set(at("2026-03-02T09:00:00Z"));
    let home = world.found("North").await;
    let sent = [
        linked("a@example.com", "https://www.News.example/today"),
        linked("b@example.com", "https://bakery.example/"),
        Submit {
            attribution: Attribution { gclid: Some("abc".parse().unwrap()), ..Attribution::default() },
            ..from("c@example.com")
        },
    ];
    for command in sent {
        world.submit(home.form, command).await.unwrap();
    }
    world.work().await;
    let found = funnel(&world, &home.owner, march()).await;
    let mut codes: Vec<_> = found.channels.iter().map(|(channel, _)| channel.to_string()).collect();
    codes.sort();
    assert_eq!(codes, ["ad:google", "direct", "site:news.example"]);
    assert_eq!(found.total, steps(3, 3, 0, 0));
}

#[tokio::test]
async fn what_was_reached_goes_along_with_a_merge_and_comes_back_from_it() {
    let world = World::new().await;
    let March { home, anna, .. } = march_of(&world).await;
    world.submit(home.form, from("twin@example.com")).await.unwrap();
    let twin = lead_of(&world, &home, "twin@example.com").await;
    assert_eq!(funnel(&world, &home.owner, march()).await.total, steps(5, 4, 1, 1));
    let (survivor, other) = (seen(&world, &home, twin).await, seen(&world, &home, anna).await);
    let wish = MergeLeads { other: anna, choices: Choices::new() };
    let pair = SeenPair { survivor: survivor.version, other: other.version };
    let merged = world.app.leads.merge(&home.owner.actor, twin, &wish, pair).await.unwrap();
    assert_eq!(merged.lead.stage, survivor.stage, "it stands where it stood");
    assert_eq!(funnel(&world, &home.owner, march()).await.total, steps(5, 3, 1, 1), "nobody is counted twice");
    let marks = "SELECT count(*) FROM leads WHERE qualified_at IS NOT NULL AND won_at IS NOT NULL";
    assert_eq!(world.rows(marks).await, 1);
    world.app.leads.undo_merge(&home.owner.actor, merged.merge.id).await.unwrap();
    let found = funnel(&world, &home.owner, march()).await;
    assert_eq!(found.total, steps(5, 4, 1, 1));
    let won: Vec<_> = found.channels.iter().filter(|(_, steps)| steps.won > 0).map(|(channel, _)| channel).collect();
    assert_eq!(won, [&campaign("newsletter")], "the one that came back");
}

#[tokio::test]
async fn who_was_qualified_stays_so_and_who_is_won_at_once_was_qualified_too() {
    let world = World::new().await;
    let March { home, mika, anna, .. } = march_of(&world).await;
    go(&world, &home, &mika, anna, StageKind::Open, None).await;
    let bert = lead_of(&world, &home, "bert@example.com").await;
    go(&world, &home, &home.owner, bert, StageKind::Won, None).await;
    assert_eq!(funnel(&world, &home.owner, march()).await.total, steps(4, 3, 2, 2));
    let report = read(&world, &home.owner, &ask(Part::Leads, march(), Comparison::Nothing)).await;
    let Findings::Leads(found) = report.findings else { unreachable!("another report") };
    assert_eq!(Series::total(&found.now), [3, 2, 2]);
}
