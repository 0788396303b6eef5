//! Open pages hear of what concerns them, and of nothing else.

use std::time::{Duration, Instant};

use qualify_domain::access::Role;
use qualify_integration::House;
use reqwest::Method;

async fn submit(house: &House, public_id: &str, email: &str) {
    let client = house.client();
    let request = client.request(Method::POST, &format!("/f/{public_id}"));
    assert_eq!(client.ask(request.form(&[("email", email)])).await.status, 303);
}

#[tokio::test]
async fn a_new_lead_is_announced_to_its_organization_within_a_second_and_to_no_other() {
    let house = House::open().await;
    let (mut north, south) = (house.found("North").await, house.found("South").await);
    let mut ours = north.owner.client.listen("/live").await;
    let mut theirs = south.owner.client.listen("/live").await;
    let start = Instant::now();
    submit(&house, &north.public_id, "anna@example.com").await;
    let mut heard = Vec::new();
    while !heard.iter().any(|topics: &String| topics.contains("leads")) {
        heard.push(ours.next("changed", Duration::from_secs(3)).await.expect("news of the lead"));
    }
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    let lead = north.leads().await.remove(0);
    assert!(heard.iter().any(|topics| topics.contains(&lead.id)), "{heard:?}");
    assert!(heard.iter().all(|topics| !topics.contains("anna")), "ids only");
    assert_eq!(theirs.next("changed", Duration::from_millis(700)).await, None);
}

#[tokio::test]
async fn a_note_and_a_move_are_announced_to_whoever_has_the_lead_open() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    submit(&house, &north.public_id, "anna@example.com").await;
    let lead = north.wait_for_leads(1).await.remove(0);
    house.settle().await;
    let colleague = house.join(&north, "colleague@north.example", &[Role::Viewer]).await;
    let mut stream = colleague.client.listen("/live").await;
    let noted = north.owner.client.post(&format!("/leads/{}/notes", lead.id), &[("note", "Called.")]).await;
    assert_eq!(noted.status, 303, "{}", noted.text());
    let topics = stream.next("changed", Duration::from_secs(2)).await.expect("news of the note");
    assert!(topics.contains(&format!("lead:{}", lead.id)), "{topics}");
}

#[tokio::test]
async fn rls_13_a_stream_tells_of_leads_within_the_members_reach_only() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    submit(&house, &north.public_id, "anna@example.com").await;
    let lead = north.wait_for_leads(1).await.remove(0);
    house.settle().await;
    let [one, other] = ["one@north.example", "other@north.example"];
    let one = house.join(&north, one, &[Role::Agent]).await;
    let other = house.join(&north, other, &[Role::Agent]).await;
    let (mut ones, mut others) = (one.client.listen("/live").await, other.client.listen("/live").await);
    let topic = format!("lead:{}", lead.id);
    let give = [("owner", one.user.to_string()), ("version", "1".to_owned())];
    let give: Vec<_> = give.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(north.owner.client.post(&format!("/leads/{}/owner", lead.id), &give).await.status, 303);
    for stream in [&mut ones, &mut others] {
        let topics = stream.next("changed", Duration::from_secs(2)).await.expect("it leaves the queue they both see");
        assert!(topics.contains(&topic), "{topics}");
    }
    assert_eq!(ones.next("changed", Duration::from_secs(2)).await.as_deref(), Some(&*format!("leads {topic}")));
    assert_eq!(ones.next("changed", Duration::from_secs(2)).await.as_deref(), Some("bell"), "they are told");
    let noted = north.owner.client.post(&format!("/leads/{}/notes", lead.id), &[("note", "Called.")]).await;
    assert_eq!(noted.status, 303, "{}", noted.text());
    assert!(ones.next("changed", Duration::from_secs(2)).await.is_some());
    assert_eq!(others.next("changed", Duration::from_millis(700)).await, None, "it is beyond their reach now");
}

#[tokio::test]
async fn who_may_not_see_leads_hears_nothing() {
    let house = House::open().await;
    let north = house.found("North").await;
    let billing = house.join(&north, "billing@north.example", &[Role::Billing]).await;
    let client = &billing.client;
    assert_eq!(client.ask(client.request(Method::GET, "/live")).await.status, 403);
}
