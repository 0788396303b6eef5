//! Two members who merge the same two leads at the same moment: one merge happens, the other is refused in words, and nothing
//! that was known is lost.

use std::time::Duration;

use jiff::SignedDuration;
use qualify_domain::access::Role;
use qualify_integration::{Answer, Client, House, Organization, Plan};
use serde_json::json;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::census::capture;

/// What each of the two wrote.
const WRITTEN: [&str; 2] = ["A big oven, please", "And a small one, too"];

/// An organization with two leads of one person, whose addresses differ.
async fn furnished() -> (House, Organization, Client, [String; 2]) {
    let house = House::built(Plan { works: false, ..Plan::default() }).await;
    let mut north = house.found("North").await;
    let mika = house.join(&north, "mika@north.example", &[Role::Admin]).await.client;
    for (email, message) in ["anna@berg.example", "a.berg@berg.example"].into_iter().zip(WRITTEN) {
        capture(&house, &north.public_id, &json!({ "name": "Anna Berg", "email": email, "message": message })).await;
        house.worker.drain(&CancellationToken::new()).await.unwrap();
        house.clock.advance(SignedDuration::from_mins(2));
    }
    let leads: Vec<String> = north.wait_for_leads(2).await.into_iter().map(|row| row.id).collect();
    (house, north, mika, leads.try_into().unwrap())
}

/// The form that merges, as it stands in somebody's browser.
struct Ready {
    client: Client,
    path: String,
    fields: Vec<(&'static str, String)>,
}

impl Ready {
    /// Looks at both leads, to merge the second into the first as they are.
    async fn looked(mut client: Client, survivor: &str, other: &str) -> Self {
        let page = client.get(&format!("/leads/{survivor}/merge?with={other}")).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let fields = ["other", "version", "other_version"].map(|name| (name, page.hidden(name).unwrap()));
        Self { client, path: format!("/leads/{survivor}/merge"), fields: fields.to_vec() }
    }

    /// Presses the button.
    async fn press(mut self) -> Answer {
        let fields: Vec<(&str, &str)> = self.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.client.post(&self.path, &fields).await
    }
}

/// Both press the button while somebody else holds the leads, so that each has begun before the other is done.
async fn at_once(house: &House, leads: &[String; 2], two: [Ready; 2]) -> [Answer; 2] {
    let mut somebody = house.superuser().await;
    sqlx::query("BEGIN").execute(&mut somebody).await.unwrap();
    let held = sqlx::query("SELECT id FROM leads WHERE id::text = ANY ($1) FOR UPDATE").bind(leads.to_vec());
    assert_eq!(held.execute(&mut somebody).await.unwrap().rows_affected(), 2);
    let working = two.map(|one| tokio::spawn(one.press()));
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let deadline = Instant::now() + Duration::from_secs(20);
    while house.count(waiting).await < 2 {
        assert!(!working.iter().any(tokio::task::JoinHandle::is_finished), "both wait for whoever holds the leads");
        assert!(Instant::now() < deadline, "both have begun");
        sleep(Duration::from_millis(10)).await;
    }
    sqlx::query("COMMIT").execute(&mut somebody).await.unwrap();
    let [first, second] = working;
    [first.await.unwrap(), second.await.unwrap()]
}

/// One merged, the other was refused; the first of the leads that are told is the one that stayed.
async fn assert_merged_once(house: &House, north: &mut Organization, answers: &[Answer; 2], stayed: [&str; 2]) {
    let [survivor, gone] = stayed;
    let refused: Vec<&Answer> = answers.iter().filter(|answer| answer.status != 303).collect();
    assert_eq!(refused.len(), 1, "{:?}", answers.each_ref().map(|answer| answer.status));
    let refused = refused[0];
    let words = match refused.status {
        409 => "has been merged already",
        410 => "was merged into another",
        _ => "a refusal that says why",
    };
    assert!(refused.text().contains(words), "{}: {}", refused.status, refused.text());
    assert!(refused.status != 410 || refused.text().contains(&format!("href=\"/leads/{survivor}\"")), "where it is");

    assert_eq!(house.count("SELECT count(*) FROM merges WHERE undone_at IS NULL").await, 1);
    assert_eq!(house.count("SELECT count(DISTINCT lead_id) FROM submissions").await, 1, "all hang on one lead");
    assert_eq!(house.count("SELECT count(*) FROM submissions").await, 2);
    let rows: Vec<String> = north.leads().await.into_iter().map(|row| row.id).collect();
    assert_eq!(rows, [survivor]);
    let client = &mut north.owner.client;
    let file = client.get(&format!("/leads/{survivor}")).await.text();
    for words in WRITTEN.iter().chain(&["Anna Berg", "merged “Anna Berg” into this lead"]) {
        assert!(file.contains(words), "{words}: {file}");
    }
    assert_eq!(file.matches("into this lead").count(), 1, "it happened once: {file}");
    let old = client.get(&format!("/leads/{gone}")).await;
    assert_eq!((old.status, old.location()), (303, format!("/leads/{survivor}?from={gone}").as_str()));
}

#[tokio::test]
async fn of_two_who_merge_the_same_way_at_once_one_does_and_the_other_is_told() {
    let (house, mut north, mika, leads) = furnished().await;
    let [newer, older] = leads.clone();
    let hers = Ready::looked(north.owner.client.clone(), &older, &newer).await;
    let his = Ready::looked(mika, &older, &newer).await;
    let answers = at_once(&house, &leads, [hers, his]).await;
    let refused = answers.iter().find(|answer| answer.status != 303).map(|answer| answer.status);
    assert_eq!(refused, Some(409), "the lead that stays is there to be shown again");
    assert_merged_once(&house, &mut north, &answers, [&older, &newer]).await;
    let file = north.owner.client.get(&format!("/leads/{older}")).await.text();
    assert!(file.contains("anna@berg.example"), "{file}");
}

#[tokio::test]
async fn of_two_who_merge_in_opposite_ways_at_once_one_does_and_the_other_is_shown_where_the_lead_is() {
    let (house, mut north, mika, leads) = furnished().await;
    let [newer, older] = leads.clone();
    let hers = Ready::looked(north.owner.client.clone(), &older, &newer).await;
    let his = Ready::looked(mika, &newer, &older).await;
    let answers = at_once(&house, &leads, [hers, his]).await;
    let stayed = if answers[0].status == 303 { [&*older, &*newer] } else { [&*newer, &*older] };
    assert_merged_once(&house, &mut north, &answers, stayed).await;
}

#[tokio::test]
async fn whoever_is_refused_can_separate_the_leads_and_merge_them_the_other_way() {
    let (house, mut north, mut mika, leads) = furnished().await;
    let [newer, older] = leads.clone();
    let hers = Ready::looked(north.owner.client.clone(), &older, &newer).await;
    let his = Ready::looked(mika.clone(), &newer, &older).await;
    let answers = at_once(&house, &leads, [hers, his]).await;
    let done = answers.iter().find(|answer| answer.status == 303).unwrap();
    let merge = done.location().split("merge=").nth(1).unwrap();
    let undone = mika.post(&format!("/merges/{merge}/undo"), &[]).await;
    assert_eq!(undone.status, 303, "{}", undone.text());
    for (lead, email, written) in
        [(&older, "anna@berg.example", WRITTEN[0]), (&newer, "a.berg@berg.example", WRITTEN[1])]
    {
        let file = mika.get(&format!("/leads/{lead}")).await;
        assert_eq!(file.status, 200);
        assert!(file.text().contains(email) && file.text().contains(written), "{email}: {}", file.text());
    }
    let again = Ready::looked(mika, &newer, &older).await.press().await;
    assert_eq!(again.status, 303, "{}", again.text());
    assert_eq!(north.wait_for_leads(1).await.remove(0).id, newer);
}
