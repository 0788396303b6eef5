//! A timeline longer than a page, read to its end by its links.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use qualify_integration::{Answer, House};

const NOTES: usize = 104;

/// What the page shows of the timeline.
fn timeline(page: &Answer) -> String {
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    let (_, rest) = text.split_once("id=\"timeline\"").unwrap();
    let (timeline, _) = rest.split_once("id=\"standing\"").unwrap();
    timeline.to_owned()
}

fn entries(page: &Answer) -> Vec<String> {
    let timeline = timeline(page);
    timeline.split("data-key=\"").skip(1).filter_map(|rest| rest.split('"').next().map(str::to_owned)).collect()
}

/// Where a link of the timeline leads, if it is there.
fn link(page: &Answer, words: &str) -> Option<String> {
    let timeline = timeline(page);
    let mut links = timeline.split("<a class=\"button\" href=\"").skip(1).filter_map(|rest| rest.split_once("</a>"));
    let (link, _) = links.find(|(link, _)| link.contains(words))?;
    let address = link.split("#timeline").next()?;
    Some(address.replace("&amp;", "&").replace("&#38;", "&"))
}

#[tokio::test]
async fn every_entry_of_a_long_timeline_is_reached_once_by_its_links() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let sent = [("email", "anna@example.com"), ("message", "The very first words")];
    assert_eq!(house.client().post(&format!("/f/{}", north.public_id), &sent).await.status, 303);
    let lead = north.wait_for_leads(1).await.remove(0).id;
    house.settle().await;
    let mut owner = north.owner.client.clone();
    let path = format!("/leads/{lead}");
    let short = owner.get(&path).await;
    assert_eq!((link(&short, "Older"), link(&short, "Newest")), (None, None), "all is shown");
    for count in 0..NOTES {
        house.clock.advance(SignedDuration::from_secs(1));
        let note = format!("Note {count:03}.");
        assert_eq!(owner.post(&format!("{path}/notes"), &[("note", &note), ("kind", "note")]).await.status, 303);
    }
    // Scores come by themselves: nothing more is told while the pages are read.
    house.settle().await;

    let newest = owner.get(&format!("{path}?in=%2Fleads%3Fq%3Danna")).await;
    let first = entries(&newest);
    assert_eq!((first.len(), link(&newest, "Newest")), (100, None));
    assert!(!timeline(&newest).contains("The very first words") && timeline(&newest).contains("Note 103."));
    let address = link(&newest, "Older").unwrap();
    assert!(address.contains("in=%2Fleads%3Fq%3Danna"), "the list one comes from is kept: {address}");

    let oldest = owner.get(&address).await;
    let second = entries(&oldest);
    assert_eq!(link(&oldest, "Older"), None, "nothing is older");
    for words in ["The very first words", "Note 000."] {
        assert!(timeline(&oldest).contains(words), "{words}: {}", oldest.text());
    }
    let all: BTreeSet<_> = first.iter().chain(&second).collect();
    assert_eq!(all.len(), first.len() + second.len(), "each once");
    assert!(second.len() > NOTES - 100, "the notes, and what the person sent");
    let back = link(&oldest, "Newest").unwrap();
    assert_eq!(entries(&owner.get(&back).await), first);

    for nonsense in ["x", "00", "zz05e3f3b8a4c00001939c5e000070008000000000000001"] {
        assert_eq!(owner.get(&format!("{path}?after={nonsense}")).await.status, 400, "{nonsense}");
    }
}
