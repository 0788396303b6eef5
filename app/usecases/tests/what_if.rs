//! Whoever changes the rules of the score sees first which leads would have another grade.

use qualify_domain::{
    id::LeadId,
    score::{Basis, Condition, Matter, ScoreRule},
};
use qualify_usecases::{Edit, Proposal};

use crate::{
    scores::{edit, fact, file, grades, kept},
    world::{World, from},
};

#[tokio::test]
async fn what_would_change_is_what_changes() {
    let world = World::new().await;
    let home = world.found("North").await;
    for name in ["anna@example.com", "bert@gmail.com", "carl@gmail.com"] {
        world.lead(&home, name).await;
    }
    let rule = Edit::AddRule(ScoreRule {
        when: vec![Condition { matter: Matter::CompanyEmail, not: true }],
        ..fact("email", "", 60)
    });
    let asked = world.app.scores.what_if(&home.owner.actor, Proposal::Edited(rule.clone())).await.unwrap();
    assert!(world.app.scores.view(&home.owner.actor).await.unwrap().draft.is_none(), "asking keeps nothing");
    edit(&world, &home.owner.actor, rule).await;
    let found = world.app.scores.what_if(&home.owner.actor, Proposal::Draft).await.unwrap().outlook;
    assert_eq!((found.changes(), asked.outlook.changes(), found.all, found.is_estimate()), (2, 2, 3, false));
    world.app.scores.publish(&home.owner.actor).await.unwrap();
    world.work().await;
    for mover in found.movers {
        assert!(mover.lead.1.ends_with("@gmail.com"));
        assert_eq!(file(&world, &home, mover.lead.0).await.lead.score, mover.after);
    }
}

#[tokio::test]
async fn a_rule_that_divides_the_organization_changes_everybody() {
    let world = World::new().await;
    let home = world.found("North").await;
    for n in 0..30 {
        world.submit(home.form, from(&format!("visitor{n}@example.com"))).await.unwrap();
    }
    world.work().await;
    edit(&world, &home.owner.actor, Edit::AddRule(fact("email", "", -100))).await;
    let outlook = world.app.scores.what_if(&home.owner.actor, Proposal::Draft).await.unwrap().outlook;
    assert_eq!((outlook.changes(), outlook.all), (30, 30));
    world.app.scores.publish(&home.owner.actor).await.unwrap();
    world.work().await;
    for row in world.leads(&home).await {
        let score = kept(&world, &home, row.id).await;
        assert_eq!(score.breakdown.standing().fit, 0);
        let bounds = score.breakdown.lines.iter().find(|line| line.because == Basis::Bounds).unwrap();
        assert_eq!(bounds.points, 50, "what lies below nought is told");
        assert_eq!(grades(&file(&world, &home, row.id).await).len(), 1);
    }
    assert_eq!(world.rows("SELECT count(*) FROM activities WHERE kind = 'graded'").await, 30);
}

#[tokio::test]
async fn all_leads_that_would_change_are_named_part_by_part_each_once() {
    let world = World::new().await;
    let home = world.found("North").await;
    let owner = &home.owner.actor;
    for n in 0..56 {
        let mail = if n % 8 == 0 { "company.example" } else { "gmail.com" };
        world.submit(home.form, from(&format!("visitor{n}@{mail}"))).await.unwrap();
    }
    world.lead(&home, "last@gmail.com").await;
    let rule = |points| ScoreRule {
        when: vec![Condition { matter: Matter::CompanyEmail, not: true }],
        ..fact("email", "", points)
    };
    let all = async |proposal: Proposal| {
        let (mut named, mut parts, mut after) = (Vec::new(), Vec::new(), None);
        loop {
            let part = world.app.scores.movers(owner, proposal.clone(), after).await.unwrap();
            parts.push(part.movers.len());
            named.extend(part.movers.iter().map(|mover| mover.lead.clone()));
            after = part.next;
            if after.is_none() {
                return (named, parts);
            }
        }
    };
    let few = world.app.scores.what_if(owner, Proposal::Edited(Edit::AddRule(rule(100)))).await.unwrap().outlook;
    let (named, parts) = all(Proposal::Edited(Edit::AddRule(rule(100)))).await;
    assert_eq!((parts, named.len() as u64), (vec![50], few.changes()));
    assert!(few.changes() == 50 && named.iter().all(|(_, title)| title.ends_with("@gmail.com")), "{named:?}");

    edit(&world, owner, Edit::AddRule(fact("email", "", 100))).await;
    let (named, parts) = all(Proposal::Draft).await;
    let outlook = world.app.scores.what_if(owner, Proposal::Draft).await.unwrap().outlook;
    assert_eq!((parts, outlook.changes(), outlook.movers.len()), (vec![50, 7], 57, 50));
    let mut known: Vec<LeadId> = world.leads(&home).await.iter().map(|row| row.id).collect();
    known.sort_unstable();
    let found: Vec<LeadId> = named.iter().map(|(lead, _)| *lead).collect();
    assert!(known.iter().all(|lead| found.contains(lead)) && found.is_sorted() && found.len() == 57);
    assert_eq!(all(Proposal::Version(1)).await, (Vec::new(), vec![0]), "what is in force moves nobody");
}
