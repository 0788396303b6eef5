//! The worker scores leads: when the scorer fails, when a lead changes meanwhile, when several workers do it at once.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    access::Actor,
    id::LeadId,
    score::{Axis, Basis, Breakdown, Line, RuleNumber, Rulebook, ScoreRule, Trigger},
    text::Message,
};
use qualify_ports::{
    BoxError,
    scorer::{Scorer, ScorerError, Subject},
};
use qualify_usecases::{Edit, NoteKind, NoteLead, Options, Ports, Worker};
use tokio_util::sync::CancellationToken;

use crate::{
    scores::{edit, fact, grade, kept},
    world::{World, from, willing},
};

/// A scorer that fails, or answers with what is no score, until it is mended.
struct Moody {
    well: Arc<AtomicBool>,
    nonsense: bool,
}

#[async_trait]
impl Scorer for Moody {
    async fn score(
        &self,
        subjects: &[Subject],
        book: &Rulebook,
        now: Timestamp,
    ) -> Result<Vec<Breakdown>, ScorerError> {
        if self.well.load(Ordering::Relaxed) {
            return qualify_rules::Rules.score(subjects, book, now).await;
        }
        if !self.nonsense {
            return Err(ScorerError(BoxError::from("out of order")));
        }
        let because = Basis::Rule(RuleNumber(1));
        let line = Line { axis: Axis::Fit, because, points: 500, times: 1, expires_at: None };
        Ok(vec![Breakdown { lines: vec![line], ..Breakdown::default() }; subjects.len()])
    }
}

#[tokio::test]
async fn while_the_scorer_is_out_of_order_leads_wait_and_nothing_else_does() {
    let world = World::new().await;
    let home = world.found("North").await;
    for nonsense in [false, true] {
        let well = Arc::new(AtomicBool::new(false));
        let (mailer, _) = willing();
        let scorer = Arc::new(Moody { well: well.clone(), nonsense });
        let ports = Ports { scorer, mailer: Arc::new(mailer), ..world.ports.clone() };
        let worker = Worker::new(&ports, Options::at("https://crm.example.com"));
        let email = format!("anna{nonsense}@example.com");
        world.submit(home.form, from(&email)).await.unwrap();
        worker.drain(&CancellationToken::new()).await.unwrap_err();
        let row = world.leads(&home).await.into_iter().find(|row| row.email.as_deref() == Some(&*email)).unwrap();
        assert!(world.app.scores.of_lead(&home.owner.actor, row.id).await.unwrap().is_none());
        well.store(true, Ordering::Relaxed);
        worker.drain(&CancellationToken::new()).await.unwrap();
        assert_eq!(grade(&world, &home, row.id).await, "B3");
    }
}

/// A scorer that scores no batch in which a lead has a company.
struct Particular;

#[async_trait]
impl Scorer for Particular {
    async fn score(
        &self,
        subjects: &[Subject],
        book: &Rulebook,
        now: Timestamp,
    ) -> Result<Vec<Breakdown>, ScorerError> {
        if subjects.iter().any(|subject| subject.facts.has_company) {
            return Err(ScorerError(BoxError::from("out of order")));
        }
        qualify_rules::Rules.score(subjects, book, now).await
    }
}

#[tokio::test]
async fn a_batch_that_cannot_be_scored_keeps_the_one_beside_it_from_nothing() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.submit(home.form, from("anna@example.com")).await.unwrap();
    let (mailer, _) = willing();
    let ports = Ports { scorer: Arc::new(Particular), mailer: Arc::new(mailer), ..world.ports.clone() };
    let worker = Worker::new(&ports, Options::at("https://crm.example.com"));
    worker.drain(&CancellationToken::new()).await.unwrap();
    world
        .sql(
            "INSERT INTO leads (organization_id, id, version, name, company, stage_id, form_id, legal_basis, first_touch,
                last_touch, created_at, last_submission_at, rank, stage_entered_at, last_activity_at)
            SELECT organization_id, gen_random_uuid(), 1, name, CASE WHEN n = 1 THEN 'Berg' END, stage_id, form_id,
                legal_basis, first_touch, last_touch, created_at, last_submission_at, rank, stage_entered_at,
                last_activity_at
            FROM leads, generate_series(1, 600) AS n",
        )
        .await;
    worker.drain(&CancellationToken::new()).await.unwrap_err();
    let scored = world.rows("SELECT count(*) FROM lead_scores WHERE version IS NOT NULL").await;
    assert!([101, 501].contains(&scored), "{scored}: Anna, and the batch in which nobody has a company");
}

/// Lets somebody write a note while the leads are being scored, once.
struct Interrupted {
    world: Arc<World>,
    actor: Actor,
    lead: LeadId,
    done: AtomicBool,
}
#[async_trait]
impl Scorer for Interrupted {
    async fn score(
        &self,
        subjects: &[Subject],
        book: &Rulebook,
        now: Timestamp,
    ) -> Result<Vec<Breakdown>, ScorerError> {
        if !self.done.swap(true, Ordering::Relaxed) {
            let note = NoteLead { text: Message::parse("Meanwhile.").unwrap(), kind: NoteKind::Note };
            self.world.app.leads.note(&self.actor, self.lead, note).await.unwrap();
        }
        qualify_rules::Rules.score(subjects, book, now).await
    }
}

#[tokio::test]
async fn a_score_that_was_counted_while_the_lead_changed_is_counted_again() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    let rule = ScoreRule { on: Some(Trigger::Note), when: Vec::new(), ..fact("email", "", 40) };
    edit(&world, &home.owner.actor, Edit::AddRule(rule)).await;
    world.app.scores.publish(&home.owner.actor).await.unwrap();
    let world = Arc::new(world);
    let scorer = Interrupted {
        world: world.clone(),
        actor: home.owner.actor.clone(),
        lead: lead.id,
        done: AtomicBool::new(false),
    };
    let (mailer, _) = willing();
    let ports = Ports { scorer: Arc::new(scorer), mailer: Arc::new(mailer), ..world.ports.clone() };
    let worker = Worker::new(&ports, Options::at("https://crm.example.com"));
    worker.drain(&CancellationToken::new()).await.unwrap();
    assert_eq!(
        kept(&world, &home, lead.id).await.breakdown.sum(Axis::Engagement),
        75,
        "35 for the form, 40 for the note"
    );
}

#[tokio::test]
async fn two_workers_that_score_the_same_leads_tell_of_a_grade_once() {
    let world = World::new().await;
    let home = world.found("North").await;
    for n in 0..40 {
        world.submit(home.form, from(&format!("visitor{n}@example.com"))).await.unwrap();
    }
    world.work().await;
    edit(&world, &home.owner.actor, Edit::AddRule(fact("email", "", -100))).await;
    world.app.scores.publish(&home.owner.actor).await.unwrap();
    tokio::join!(world.work(), world.work(), world.work());
    world.work().await;
    assert_eq!(world.rows("SELECT count(*) FROM activities WHERE kind = 'graded'").await, 40);
    assert_eq!(world.rows("SELECT count(*) FROM lead_scores WHERE version = 2").await, 40);
}
