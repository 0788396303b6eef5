//! Addresses that take no mail, as members see them (MAIL-6).

use jiff::Timestamp;
use qualify_domain::access::Role;
use qualify_integration::{House, Person};
use qualify_ports::storage::PlatformTask;

async fn mark(house: &House, email: &str, refused_at: Option<Timestamp>) {
    let mut tx = house.ports.storage.platform(PlatformTask::MarkAddresses).await.unwrap();
    tx.accounts().mark_mail(&email.parse().unwrap(), refused_at).await.unwrap();
    tx.commit().await.unwrap();
}

async fn shown(person: &mut Person, page: &str) -> String {
    let answer = person.client.get(page).await;
    assert_eq!(answer.status, 200, "{page}");
    answer.text()
}

#[tokio::test]
async fn mail_6_the_owner_sees_which_members_mail_does_not_reach_and_what_to_do() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let mut agent = house.join(&north, "agent@north.example", &[Role::Agent]).await;
    let (badge, advice) = ("mail refused since", "Tell them otherwise");
    let members = shown(&mut north.owner, "/settings/members").await;
    assert!(!members.contains(badge) && !members.contains(advice));

    mark(&house, "AGENT@north.example", Some("2026-11-20T09:00:00Z".parse().unwrap())).await;
    let members = shown(&mut north.owner, "/settings/members").await;
    assert_eq!(members.matches(badge).count(), 1, "{members}");
    assert!(members.contains("20") && members.contains(advice));
    assert!(shown(&mut north.owner, &format!("/settings/members/{}", agent.user)).await.contains(badge));
    assert!(!shown(&mut north.owner, "/settings/profile").await.contains(badge));
    let own = shown(&mut agent, "/settings/profile").await;
    assert!(own.contains(badge) && own.contains("Give another address"), "{own}");

    mark(&house, "agent@north.example", None).await;
    assert!(!shown(&mut north.owner, "/settings/members").await.contains(badge));
    assert!(!shown(&mut agent, "/settings/profile").await.contains(badge));
}

#[tokio::test]
async fn mail_6_the_owner_sees_which_invitations_mail_does_not_reach() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let invited = [("email", "zoe@elsewhere.example"), ("viewer", "1")];
    assert_eq!(north.owner.client.post("/settings/members/invitations", &invited).await.status, 303);
    // Its mail is taken, which would take the mark away again.
    house.settle().await;
    let (badge, advice) = ("mail refused since", "Look whether it is written correctly");
    assert!(!shown(&mut north.owner, "/settings/members").await.contains(badge));
    house.sql("UPDATE invitations SET mail_refused_at = invited_at WHERE organization_id = $1", north.id.0).await;
    let members = shown(&mut north.owner, "/settings/members").await;
    assert_eq!(members.matches(badge).count(), 1, "{members}");
    assert!(members.contains(advice));
}
