//! The last mails to somebody who is erased: what they were answered, and that it is done.

use qualify_domain::{erasure::Ground, merge::Choices};
use qualify_ports::mailer::MailError;
use qualify_usecases::{MergeLeads, SeenPair};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::world::MockMailer;

#[tokio::test]
async fn dsr_7_an_answer_goes_out_before_whoever_asked_is_forgotten() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, ANNA).await;
    proven(&world, Right::Restriction).await;
    let id = only(&world, &home, RequestList::Waiting).await.request.id;
    proven(&world, Right::Erasure).await;
    world.app.rights.answer(&home.owner.actor, id, Some(words("Voilà ce que nous savons."))).await.unwrap();
    // The mail server is down while a member erases them.
    let mut down = MockMailer::new();
    down.expect_send().returning(|_| Err(MailError::Unavailable("down".into())));
    world.worker(down).drain(&CancellationToken::new()).await.unwrap();
    world.app.leads.erase(&home.owner.actor, lead.id, Ground::Asked).await.unwrap();
    let mut mails = Vec::new();
    for _ in 0..3 {
        world.clock.advance(DAY / 2);
        mails.extend(world.work().await);
    }
    let to_anna: Vec<_> = mails.iter().filter(|mail| *mail.to == *ANNA).collect();
    assert_eq!(to_anna.len(), 2, "the answer, and that all is erased");
    assert!(to_anna[0].text.contains("Voilà ce que nous savons."), "{}", to_anna[0].text);
    assert!(to_anna[1].subject.contains("a effacé"), "{}", to_anna[1].subject);
    let dump = world.dump().await;
    for trace in [ANNA, "Voilà"] {
        assert!(!dump.contains(trace), "{trace}");
    }
}

#[tokio::test]
async fn dsr_9_whoever_is_erased_hears_of_it_at_each_address_that_is_surely_theirs() {
    let world = World::new().await;
    let home = world.found("North").await;
    let anna = world.lead(&home, ANNA).await;
    let twin = world.lead(&home, "anna@home.example").await;
    world.clock.advance(SECOND);
    let read = async |lead| world.app.leads.read(&home.owner.actor, lead).await.unwrap().version;
    let seen = SeenPair { survivor: read(anna.id).await, other: read(twin.id).await };
    let merge = MergeLeads { other: twin.id, choices: Choices::new() };
    world.app.leads.merge(&home.owner.actor, anna.id, &merge, seen).await.unwrap();
    proven(&world, Right::Erasure).await;
    world.app.leads.erase(&home.owner.actor, anna.id, Ground::Asked).await.unwrap();
    let mails = world.work().await;
    let mut told: Vec<_> = mails.iter().map(|mail| mail.to.to_string()).collect();
    told.sort();
    assert_eq!(told, [ANNA, "anna@home.example"]);
    assert!(mails.iter().all(|mail| mail.subject == "North a effacé ce qui vous concernait"));
    assert_eq!(world.rows("SELECT count(*) FROM farewells").await, 0);
    assert!(!world.dump().await.contains("anna@"));
}
