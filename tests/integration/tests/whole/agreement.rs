//! The processing agreement on its page.

use qualify_domain::{
    access::Role,
    agreement::{AGREEMENTS, CURRENT},
    language::Language,
};
use qualify_integration::House;

const PAGE: &str = "/privacy/agreement";

#[tokio::test]
async fn prv_7_an_owner_is_asked_for_the_agreement_until_one_accepts_it() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let mut officer = house.join(&north, "priya@north.example", &[Role::PrivacyOfficer]).await;
    let asked = "Please read the processing agreement";
    let client = &mut north.owner.client;
    for page in [PAGE, "/privacy/breaches"] {
        assert!(client.get(page).await.text().contains(asked), "{page}");
        assert!(!officer.client.get(page).await.text().contains(asked), "{page}: it is for owners");
    }
    let (version, english) = (CURRENT.version.to_string(), CURRENT.wording(Language::English));
    assert!(client.get(PAGE).await.text().contains(english.hash));
    let file = client.get(&format!("{PAGE}/{version}?lang=en")).await;
    assert_eq!((file.status, file.text().as_str()), (200, english.text));
    assert!(file.header("content-disposition").starts_with("attachment; "));
    let french = client.get(&format!("{PAGE}/{version}?lang=fr")).await;
    assert_eq!(french.text(), CURRENT.wording(Language::French).text);
    assert_eq!(client.get(&format!("{PAGE}/999")).await.status, 404);
    assert_eq!(client.get(&format!("{PAGE}/{version}?lang=xx")).await.status, 400);

    for earlier in AGREEMENTS.iter().filter(|one| one.version < CURRENT.version) {
        let address = format!("{PAGE}/{}", earlier.version);
        assert!(client.get(PAGE).await.text().contains(&format!("href=\"{address}\"")), "{address}");
        let kept = client.get(&format!("{address}?lang=fr")).await;
        assert_eq!(kept.text(), earlier.wording(Language::French).text, "{address}");
        let number = earlier.version.to_string();
        assert_eq!(
            client.post(PAGE, &[("version", &*number), ("language", "en")]).await.status,
            409,
            "{address} is not the one in force"
        );
    }

    let fields = [("version", &*version), ("language", "en")];
    assert_eq!(officer.client.post(PAGE, &fields).await.status, 403);
    assert_eq!(client.post(PAGE, &[("version", "999"), ("language", "en")]).await.status, 409);
    assert_eq!(client.post(PAGE, &fields).await.status, 303);
    for page in [PAGE, "/privacy/breaches"] {
        assert!(!client.get(page).await.text().contains(asked), "{page}");
    }
    let shown = officer.client.get(PAGE).await.text();
    assert!(shown.contains("Odile Owner") && !shown.contains("No version was accepted"), "{shown}");
}
