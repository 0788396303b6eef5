//! What members ask of the operator on the page of their account, in both languages and without scripts.

use qualify_domain::access::Role;
use qualify_integration::{Client, House};

const PAGE: &str = "/settings/privacy";

async fn page(client: &mut Client) -> String {
    let page = client.get(PAGE).await;
    assert_eq!(page.status, 200);
    page.text()
}

async fn speak(client: &mut Client, language: &str) {
    assert_eq!(client.post("/settings/profile/language", &[("language", language)]).await.status, 303);
}

#[tokio::test]
async fn dsr_1_a_member_objects_and_has_their_data_restricted_on_the_page_of_their_account() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let mut agent = house.join(&north, "agent@north.example", &[Role::Agent]).await.client;
    for (language, none, objects, waits, back) in [
        ("en", "You have not objected to anything", "What you object to", "You asked for this", "taken back"),
        ("fr", "Vous ne vous êtes opposé à rien", "Ce à quoi vous vous opposez", "Vous l’avez demandé", "retirée"),
    ] {
        let client = if language == "en" { &mut agent } else { &mut north.owner.client };
        speak(client, language).await;
        let empty = page(client).await;
        assert!(empty.contains(none) && empty.contains(objects) && !empty.contains("mailto:"), "{empty}");
        for (path, field) in [("objection", "objection"), ("restriction", "restriction")] {
            let path = format!("{PAGE}/{path}");
            for wrong in ["", " ", &"x".repeat(20_000)] {
                let refused = client.post(&path, &[(field, wrong)]).await;
                assert_eq!(refused.status, 422, "{}", refused.text());
                assert!(refused.text().contains(&format!("id=\"{field}-fault\"")), "{}", refused.text());
            }
            let asked = client.post(&path, &[(field, "No <b>statistics</b>.")]).await;
            assert_eq!((asked.status, asked.location()), (303, "/settings/privacy#requests"), "{}", asked.text());
            assert_eq!(client.post(&path, &[(field, "Again.")]).await.status, 409);
        }
        let shown = page(client).await;
        assert_eq!(shown.matches(waits).count(), 2, "{shown}");
        assert!(shown.contains("No &#60;b&#62;statistics") && !shown.contains(none) && !shown.contains(objects));
        let taken_back = client.post(&format!("{PAGE}/objection/withdrawal"), &[]).await;
        assert_eq!(taken_back.status, 303);
        let shown = page(client).await;
        assert!(shown.contains(back) && shown.contains(objects) && shown.matches(waits).count() == 1, "{shown}");
        let again = client.post(&format!("{PAGE}/objection/withdrawal"), &[]).await;
        assert_eq!(again.status, 303, "the page shows that it was done before");
    }
    house.settle().await;
    let mails = house.mails.wait("agent@north.example", 1).await;
    assert!(mails.iter().any(|mail| mail.text.contains("restriction")), "{mails:?}");
    assert_eq!(house.count("SELECT count(*) FROM member_requests WHERE is_open").await, 2);
    assert_eq!(house.count("SELECT count(*) FROM member_requests WHERE words IS NULL").await, 2);
}
