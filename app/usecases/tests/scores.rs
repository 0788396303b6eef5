//! Leads are scored by the rules of their organization, and say why; members change the rules and see first what that does.

use jiff::SignedDuration;
use qualify_domain::{
    access::{Actor, Permission, Role},
    activity::{Author, What},
    id::LeadId,
    person::PersonChange,
    pipeline::StageKind,
    score::{
        Axis, Basis, Condition, Effect, Frequency, Grade, Group, GroupNumber, Matter, RuleNumber, ScoreRule, Trigger,
    },
    submission::Sent,
    text::Name,
};
use qualify_ports::storage::KeptScore;
use qualify_usecases::{ChangeLead, Edit, Error, LeadFile, MoveLead, Proposal, Seen};

use crate::world::{Home, World, nobody, saying};

pub(crate) fn fact(code: &str, value: &str, points: i16) -> ScoreRule {
    ScoreRule {
        number: RuleNumber(0),
        when: vec![Condition { matter: Matter::parse(code, value).unwrap(), not: false }],
        on: None,
        effect: Effect::Points(points),
        frequency: Frequency::Once,
        group: None,
        lasts_days: None,
    }
}

pub(crate) async fn file(world: &World, home: &Home, lead: LeadId) -> LeadFile {
    world.app.leads.open(&home.owner.actor, lead).await.unwrap()
}

pub(crate) async fn kept(world: &World, home: &Home, lead: LeadId) -> KeptScore {
    let kept = world.app.scores.of_lead(&home.owner.actor, lead).await.unwrap().unwrap();
    let standing = file(world, home, lead).await.lead.score;
    assert_eq!(kept.breakdown.standing(), standing, "the lines are the score");
    for axis in Axis::ALL {
        assert_eq!(kept.breakdown.sum(axis), i32::from(standing.on(axis)));
    }
    kept
}

pub(crate) async fn grade(world: &World, home: &Home, lead: LeadId) -> String {
    kept(world, home, lead).await.breakdown.standing().grade().to_string()
}

pub(crate) fn grades(file: &LeadFile) -> Vec<(Grade, Grade)> {
    let told = file.activities.iter().filter_map(|activity| match activity.what {
        What::Graded { from, to } => Some((from, to)),
        _ => None,
    });
    told.collect()
}

pub(crate) async fn edit(world: &World, actor: &Actor, edit: Edit) {
    world.app.scores.edit(actor, edit).await.unwrap();
}

/// Another version of the rules, by which everything is scored anew.
async fn publish(world: &World, home: &Home, change: Edit) -> i32 {
    edit(world, &home.owner.actor, change).await;
    let version = world.app.scores.publish(&home.owner.actor).await.unwrap();
    world.work().await;
    version
}

#[tokio::test]
async fn a_lead_is_scored_when_it_comes_and_says_why() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    let score = kept(&world, &home, lead.id).await;
    assert_eq!(score.version, 1, "the rules that come with the organization");
    let points: Vec<_> = score.breakdown.lines.iter().map(|line| (line.axis, line.points)).collect();
    assert_eq!(points, [(Axis::Fit, 15), (Axis::Fit, 35), (Axis::Engagement, 35)]);
    assert_eq!(grade(&world, &home, lead.id).await, "B3");
    assert_eq!(grades(&file(&world, &home, lead.id).await), [], "its first score is no change");
    assert_eq!(world.leads(&home).await[0].score, score.breakdown.standing(), "the list shows it");
}

#[tokio::test]
async fn what_happens_is_scored_and_another_grade_stands_in_the_timeline() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    let pipelines = file(&world, &home, lead.id).await.pipelines;
    let stages = &pipelines.of_stage(lead.stage).unwrap().stages;
    let qualified = stages.iter().find(|stage| stage.kind == StageKind::Qualified).unwrap().id;
    let command = MoveLead { stage: qualified, reason: None, note: None, beside: None, version: lead.version };
    world.app.leads.move_to(&home.owner.actor, lead.id, command).await.unwrap();
    world.work().await;
    assert_eq!(grade(&world, &home, lead.id).await, "B2");
    let file = file(&world, &home, lead.id).await;
    assert_eq!(grades(&file), [("B3".parse().unwrap(), "B2".parse().unwrap())]);
    assert_eq!(file.lead.version, lead.version + 1, "a score is no change that a member could collide with");
    world.work().await;
    assert_eq!(grades(&file).len(), 1, "and is told once");
}

#[tokio::test]
async fn what_is_known_of_the_person_is_scored() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    let before = kept(&world, &home, lead.id).await;
    let person =
        PersonChange { name: Some("Anna".into()), email: Some("anna@gmail.com".into()), ..PersonChange::default() };
    let command = ChangeLead { person, tags: None, seen: Seen::Version(lead.version) };
    world.app.leads.change(&home.owner.actor, lead.id, command).await.unwrap();
    world.work().await;
    let after = kept(&world, &home, lead.id).await;
    assert_eq!((before.breakdown.sum(Axis::Fit), after.breakdown.sum(Axis::Fit)), (50, 25));
}

#[tokio::test]
async fn a_company_and_tags_are_facts_as_soon_as_somebody_says_so() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    publish(&world, &home, Edit::AddRule(fact("company", "", 20))).await;
    publish(&world, &home, Edit::AddRule(fact("tag", "Key Account", 15))).await;
    world.work().await;
    let before = kept(&world, &home, lead.id).await.breakdown.sum(Axis::Fit);
    let person = PersonChange { company: Some("Nordwind".into()), ..PersonChange::default() };
    let tags = Some(vec!["key account".into()]);
    let command = ChangeLead { person, tags, seen: Seen::Version(lead.version) };
    world.app.leads.change(&home.owner.actor, lead.id, command).await.unwrap();
    world.work().await;
    assert_eq!(kept(&world, &home, lead.id).await.breakdown.sum(Axis::Fit), before + 35);
}

#[tokio::test]
async fn engagement_fades_by_itself_and_fit_does_not() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    let mut engagements = Vec::new();
    for days in [0, 30, 30, 1_000] {
        world.clock.advance(SignedDuration::from_hours(24 * days));
        world.work().await;
        let score = kept(&world, &home, lead.id).await;
        assert_eq!(score.breakdown.sum(Axis::Fit), 50);
        engagements.push(score.breakdown.sum(Axis::Engagement));
    }
    assert_eq!(engagements, [35, 18, 9, 0]);
    let still = "SELECT count(*) FROM lead_scores WHERE due_at < 'infinity'";
    assert_eq!(world.rows(still).await, 0, "what does not change any more is not looked at any more");
}

#[tokio::test]
async fn a_draft_counts_for_nothing_until_it_is_put_into_force() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    let other = world.join(&home, "other@north.example", &[Role::Manager]).await;
    edit(&world, &home.owner.actor, Edit::AddRule(fact("email", "", 30))).await;
    world.work().await;
    assert_eq!(grade(&world, &home, lead.id).await, "B3");
    assert!(world.app.scores.view(&home.owner.actor).await.unwrap().draft.is_some());
    assert!(world.app.scores.view(&other.actor).await.unwrap().draft.is_none(), "a draft is its member's own");
    assert_eq!(world.app.scores.publish(&home.owner.actor).await.unwrap(), 2);
    let file = world.app.scores.view(&home.owner.actor).await.unwrap();
    assert_eq!((file.edition.version, file.draft.is_none(), file.scoring.waiting), (2, true, 1));
    world.work().await;
    assert_eq!(grade(&world, &home, lead.id).await, "A3");
    assert_eq!(kept(&world, &home, lead.id).await.version, 2);
    let scoring = world.app.scores.view(&home.owner.actor).await.unwrap().scoring;
    assert_eq!((scoring.all, scoring.waiting), (1, 0));
    let nothing = world.app.scores.publish(&home.owner.actor).await.unwrap_err();
    assert!(matches!(nothing, Error::NotFound("draft")), "{nothing:?}");
}

#[tokio::test]
async fn the_history_tells_who_changed_what_and_earlier_rules_come_back_as_a_new_version() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    assert_eq!(publish(&world, &home, Edit::AddRule(fact("email", "", 30))).await, 2);
    assert_eq!(publish(&world, &home, Edit::HalfLife(7)).await, 3);
    let history = world.app.scores.history(&home.owner.actor, None, 20).await.unwrap();
    let versions: Vec<_> = history.editions.iter().map(|edition| edition.version).collect();
    assert_eq!((versions, history.shown), (vec![3, 2, 1], 3));
    assert_eq!(history.editions[0].made_by, Some(Author::Member(home.owner.user)));
    assert_eq!(history.editions[2].made_by, None);
    assert_eq!(history.editions[2].book.changes_to(&history.editions[1].book).len(), 1);
    let older = world.app.scores.history(&home.owner.actor, Some(2), 20).await.unwrap();
    assert_eq!(older.editions.len(), 1);
    assert_eq!(publish(&world, &home, Edit::Take(1)).await, 4);
    let now = world.app.scores.rules(&home.owner.actor).await.unwrap().edition;
    assert_eq!(history.editions[2].book.changes_to(&now.book), []);
    assert!(now.book.next > history.editions[2].book.next, "a number is never given twice");
    assert_eq!(grade(&world, &home, lead.id).await, "B3");
    let none = world.app.scores.edit(&home.owner.actor, Edit::Take(99)).await.unwrap_err();
    assert!(matches!(none, Error::NotFound("version")), "{none:?}");
}

#[tokio::test]
async fn of_two_who_change_the_rules_the_second_looks_again() {
    let world = World::new().await;
    let home = world.found("North").await;
    let other = world.join(&home, "other@north.example", &[Role::Manager]).await;
    edit(&world, &home.owner.actor, Edit::AddRule(fact("email", "", 30))).await;
    edit(&world, &other.actor, Edit::AddRule(fact("phone", "", 5))).await;
    assert_eq!(world.app.scores.publish(&home.owner.actor).await.unwrap(), 2);
    let late = world.app.scores.publish(&other.actor).await.unwrap_err();
    assert!(matches!(late, Error::Stale), "{late:?}");
    assert!(world.app.scores.view(&other.actor).await.unwrap().is_behind());
    world.app.scores.renew(&other.actor).await.unwrap();
    let file = world.app.scores.view(&other.actor).await.unwrap();
    assert!(!file.is_behind());
    assert_eq!(file.edition.book.changes_to(file.book()).len(), 2, "mine comes, and theirs would go: both are seen");
    assert_eq!(world.app.scores.publish(&other.actor).await.unwrap(), 3);
}

#[tokio::test]
async fn what_is_wrong_with_a_rule_is_told_and_nothing_is_kept() {
    let world = World::new().await;
    let home = world.found("North").await;
    let actor = &home.owner.actor;
    let wrong = ScoreRule { group: Some(GroupNumber(77)), lasts_days: Some(0), ..fact("email", "", 1) };
    let unknown_form = fact("form", &nobody().1.to_string(), 1);
    let of_unknown = ScoreRule {
        on: Some(Trigger::parse("submission_of", &nobody().1.to_string()).unwrap()),
        ..fact("email", "", 1)
    };
    for rule in [wrong, unknown_form, of_unknown] {
        let error = world.app.scores.edit(actor, Edit::AddRule(rule)).await.unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error:?}");
    }
    let gone = Group { number: GroupNumber(77), name: Name::parse("G").unwrap(), cap: 1 };
    for edit in [
        Edit::ChangeRule(ScoreRule { number: RuleNumber(77), ..fact("email", "", 1) }),
        Edit::RemoveRule(RuleNumber(77)),
        Edit::ChangeGroup(gone),
        Edit::RemoveGroup(GroupNumber(77)),
    ] {
        let error = world.app.scores.edit(actor, edit).await.unwrap_err();
        assert!(matches!(error, Error::NotFound(_)), "{error:?}");
    }
    assert!(world.app.scores.view(actor).await.unwrap().draft.is_none());
}

#[tokio::test]
async fn a_change_that_is_taken_back_leaves_no_draft() {
    let world = World::new().await;
    let home = world.found("North").await;
    edit(&world, &home.owner.actor, Edit::HalfLife(7)).await;
    edit(&world, &home.owner.actor, Edit::HalfLife(30)).await;
    assert!(world.app.scores.view(&home.owner.actor).await.unwrap().draft.is_none());
    edit(&world, &home.owner.actor, Edit::HalfLife(7)).await;
    world.app.scores.discard(&home.owner.actor).await.unwrap();
    assert!(world.app.scores.view(&home.owner.actor).await.unwrap().draft.is_none());
}

#[tokio::test]
async fn a_mark_asks_for_a_look_and_refuses_nobody() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    let before = kept(&world, &home, lead.id).await.breakdown.standing();
    let stage = file(&world, &home, lead.id).await.lead.stage;
    let effect = Effect::Mark(Name::parse("Competitor").unwrap());
    publish(&world, &home, Edit::AddRule(ScoreRule { effect, ..fact("email", "", 1) })).await;
    let score = kept(&world, &home, lead.id).await;
    assert_eq!((score.breakdown.marks.len(), score.breakdown.standing()), (1, before));
    assert_eq!(file(&world, &home, lead.id).await.lead.stage, stage);
    assert_eq!(world.rows("SELECT count(*) FROM leads WHERE marked").await, 1);
}

#[tokio::test]
async fn nothing_somebody_wrote_in_their_own_words_plays_a_part() {
    let world = World::new().await;
    let home = world.found("North").await;
    let quiet = world.lead(&home, "anna@example.com").await;
    let sent = Sent { email: "bert@example.com".into(), message: "URGENT, unlimited budget".into(), ..Sent::default() };
    world.submit(home.form, saying(sent)).await.unwrap();
    world.work().await;
    let loud = world.leads(&home).await.into_iter().find(|row| row.id != quiet.id).unwrap();
    let lines = |score: KeptScore| -> Vec<(Basis, i32)> {
        score.breakdown.lines.iter().map(|line| (line.because, line.points)).collect()
    };
    assert_eq!(lines(kept(&world, &home, quiet.id).await), lines(kept(&world, &home, loud.id).await));
}

#[tokio::test]
async fn rls_13_rules_are_for_managers_and_what_if_shows_leads_within_reach_only() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    world.lead(&home, "bert@example.com").await;
    world.give(&home, lead.id, home.owner.user).await;
    for role in [Role::Agent, Role::Viewer, Role::PrivacyOfficer, Role::Billing] {
        let member = world.join(&home, &format!("{role}@north.example"), &[role]).await;
        let refused = [
            world.app.scores.view(&member.actor).await.map(|_| ()).unwrap_err(),
            world.app.scores.edit(&member.actor, Edit::HalfLife(7)).await.unwrap_err(),
            world.app.scores.publish(&member.actor).await.map(|_| ()).unwrap_err(),
            world.app.scores.what_if(&member.actor, Proposal::Draft).await.map(|_| ()).unwrap_err(),
            world.app.scores.movers(&member.actor, Proposal::Draft, None).await.map(|_| ()).unwrap_err(),
            world.app.scores.version(&member.actor, 1).await.map(|_| ()).unwrap_err(),
            world.app.scores.restore(&member.actor, 1, 1).await.map(|_| ()).unwrap_err(),
            world.app.scores.history(&member.actor, None, 20).await.map(|_| ()).unwrap_err(),
        ];
        for error in refused {
            assert!(matches!(error, Error::Forbidden(f) if f.0 == Permission::ManageScore), "{error:?}");
        }
    }
    let manager = world.join(&home, "manager@north.example", &[Role::Manager]).await;
    world.app.members.make_team(&home.owner.actor, Name::parse("Field").unwrap()).await.unwrap();
    let manager = world.sign_in(&manager.email).await;
    let rule = Edit::AddRule(fact("email", "", -100));
    let outlook = world.app.scores.what_if(&manager.actor, Proposal::Edited(rule.clone())).await.unwrap().outlook;
    assert_eq!((outlook.all, outlook.changes()), (1, 1), "the lead of nobody, not the owner's");
    let part = world.app.scores.movers(&manager.actor, Proposal::Edited(rule), None).await.unwrap();
    assert!(part.movers.len() == 1 && part.movers[0].lead.0 != lead.id && part.next.is_none(), "{part:?}");
    let out_of_reach = world.app.scores.of_lead(&manager.actor, lead.id).await.unwrap_err();
    assert!(matches!(out_of_reach, Error::NotFound("lead")), "{out_of_reach:?}");
}

#[tokio::test]
async fn rls_10_scores_and_rules_of_another_organization_are_not_there() {
    let world = World::new().await;
    let (home, other) = (world.found("North").await, world.found("South").await);
    let lead = world.lead(&home, "anna@example.com").await;
    let error = world.app.scores.of_lead(&other.owner.actor, lead.id).await.unwrap_err();
    assert!(matches!(error, Error::NotFound("lead")), "{error:?}");
    publish(&world, &home, Edit::HalfLife(7)).await;
    let theirs = world.app.scores.rules(&other.owner.actor).await.unwrap();
    assert_eq!((theirs.edition.version, theirs.edition.book.half_life_days, theirs.scoring.all), (1, 30, 0));
    let error = world.app.scores.edit(&other.owner.actor, Edit::Take(2)).await.unwrap_err();
    assert!(matches!(error, Error::NotFound("version")), "{error:?}");
}
