//! A lead is erased for good on its pages, as a browser without scripts gets them.

use qualify_domain::access::Role;
use qualify_integration::House;
use serde_json::json;

use crate::census::capture;

#[tokio::test]
async fn a_lead_is_erased_by_who_types_its_name_and_the_certificate_is_taken_away() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    capture(&house, &north.public_id, &json!({ "name": "Anna Berg", "email": "anna@berg.example" })).await;
    let lead = north.wait_for_leads(1).await.remove(0).id;
    let mut agent = house.join(&north, "agent@north.example", &[Role::Agent]).await;
    let address = format!("/leads/{lead}/erasure");
    assert!(!agent.client.get(&format!("/leads/{lead}")).await.text().contains(&address), "not for everybody");
    assert_eq!(agent.client.get(&address).await.status, 403);
    let fields = |name: &'static str, ground: &'static str| [("name", name), ("ground", ground)];
    assert_eq!(agent.client.post(&address, &fields("Anna Berg", "asked")).await.status, 403);

    let client = &mut north.owner.client;
    assert!(client.get(&format!("/leads/{lead}")).await.text().contains(&address));
    let form = client.get(&address).await;
    assert!(form.text().contains("Type: Anna Berg") && form.text().contains("It cannot be undone"), "{}", form.text());
    for (name, ground, fault) in [("Anna", "asked", "name-fault"), ("Anna Berg", "whim", "ground-fault")] {
        let refused = client.post(&address, &fields(name, ground)).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains(fault), "{}", refused.text());
    }
    let erased = client.post(&address, &fields(" anna berg", "withdrawn")).await;
    assert_eq!((erased.status, erased.location()), (303, &*format!("/erasures/{lead}")));
    assert_eq!(client.get(&format!("/leads/{lead}")).await.status, 404);
    let page = client.get(&format!("/erasures/{lead}")).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("They took their consent back") && !page.text().contains("Berg"), "{}", page.text());

    let text = client.get(&format!("/erasures/{lead}/file")).await;
    assert!(text.header("content-disposition").contains(&format!("erasure-{lead}.txt")));
    assert!(text.text().contains(&lead) && text.text().contains("submissions: 1") && !text.text().contains("Berg"));
    let kept = client.get(&format!("/erasures/{lead}/file?as=json")).await.json();
    assert_eq!((kept["lead"].as_str(), kept["ground"].as_str()), (Some(&*lead), Some("withdrawn")));
    assert_eq!((kept["rows"]["leads"].as_u64(), kept["rows"]["submissions"].as_u64()), (Some(1), Some(1)));
    assert_eq!(agent.client.get(&format!("/erasures/{lead}")).await.status, 403);
    let south = house.found("South").await;
    assert_eq!(south.owner.client.clone().get(&format!("/erasures/{lead}")).await.status, 404, "nor another's");
}

#[tokio::test]
async fn many_leads_are_erased_by_who_types_how_many_and_each_leaves_its_certificate() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    for person in ["anna", "bert", "carla"] {
        capture(&house, &north.public_id, &json!({ "email": format!("{person}@berg.example") })).await;
    }
    let rows = north.wait_for_leads(3).await;
    house.settle().await;
    let stays = rows.iter().find(|row| row.label == "bert@berg.example").unwrap().id.clone();
    let chosen: Vec<&str> = rows.iter().map(|row| &*row.id).filter(|id| *id != stays).collect();
    let mut agent = house.join(&north, "agent@north.example", &[Role::Agent]).await;
    let page = format!("/leads/erasure?lead={}&lead={}", chosen[0], chosen[1]);
    assert_eq!(agent.client.get(&page).await.status, 403);

    let client = &mut north.owner.client;
    assert!(client.get("/leads").await.text().contains("formaction=\"/leads/erasure\""), "the list leads there");
    let form = client.get(&page).await;
    assert!(form.text().contains("name=\"number\"") && form.text().contains(chosen[1]), "{}", form.text());
    let fields = |number: &'static str, ground: &'static str| {
        vec![("filter", ""), ("lead", chosen[0]), ("lead", chosen[1]), ("number", number), ("ground", ground)]
    };
    for (number, ground, fault) in [("3", "asked", "number-fault"), ("2", "whim", "ground-fault")] {
        let refused = client.post("/leads/erasure", &fields(number, ground)).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains(fault), "{}", refused.text());
    }
    assert_eq!(agent.client.post("/leads/erasure", &fields("2", "asked")).await.status, 403);
    let begun = client.post("/leads/erasure", &fields("2", "asked")).await;
    assert_eq!(begun.status, 303, "{}", begun.text());
    let job = begun.location().to_owned();
    assert!(job.starts_with("/jobs/"), "{job}");
    let left = north.wait_for_leads(1).await;
    assert_eq!(left[0].id, stays);
    house.settle().await;
    let page = north.owner.client.get(&job).await.text();
    for lead in chosen {
        assert!(page.contains(&format!("/erasures/{lead}")), "{page}");
    }
    assert!(!page.contains("carla"), "{page}");
}
