//! The pages that the links of mails about consents open: in the form's language, without a cookie or a script.

use jiff::SignedDuration;
use qualify_integration::{Answer, Client, House};

use crate::forms::send;

const NEWS: &str = "Des nouvelles, oui.";

fn assert_plain(page: &Answer) {
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.headers.get("set-cookie").is_none(), "no cookie");
    assert!(!page.text().contains("<script"), "no script");
    assert_eq!(page.headers.get("referrer-policy").unwrap(), "no-referrer");
}

/// What stands behind the links of a mail: what confirms and what takes back.
fn links(text: &str) -> Vec<String> {
    let is_secret = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let link = |after: &str| format!("/c/{}", after.chars().take_while(is_secret).collect::<String>());
    text.split("/c/").skip(1).map(link).collect()
}

async fn panel(client: &mut Client, lead: &str) -> String {
    let page = client.get(&format!("/leads/{lead}")).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    let (_, after) = text.split_once("id=\"consents\"").unwrap();
    after.split("</section>").next().unwrap().to_owned()
}

#[tokio::test]
async fn prv_5_a_visitor_confirms_a_consent_and_takes_it_back_by_the_links_of_a_mail() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    for (language, confirm, confirmed, back, taken) in [
        (
            "fr",
            "Confirmez votre consentement",
            "votre consentement est confirmé",
            "Retirez votre consentement",
            "est retiré",
        ),
        ("en", "Confirm your consent", "your consent is confirmed", "Take your consent back", "is taken back"),
    ] {
        let settings = [("language", language), ("consent_email_marketing", NEWS), ("confirm_email_marketing", "1")];
        let form = north.new_form(&settings).await;
        let public_id = north.public_id_of(&form).await;
        house.clock.advance(SignedDuration::from_mins(2));
        let (address, visitor) = (format!("anna@{language}.example"), house.client());
        let sent = send(&visitor, &public_id, &[("email", &address), ("consent_email_marketing", "1")]).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        let mail = house.mails.wait(&address, 1).await.remove(0);
        let links = links(&mail.text);
        let mut visitor = house.client();
        let page = visitor.get(&links[0]).await;
        assert_plain(&page);
        assert!(page.text().contains(confirm) && page.text().contains(NEWS), "{}", page.text());
        let done = visitor.post(&links[0], &[]).await;
        assert_plain(&done);
        assert!(done.text().contains(confirmed), "{}", done.text());
        assert_eq!(visitor.post(&links[0], &[]).await.status, 410, "once");
        assert_eq!(visitor.get(&links[0]).await.status, 410);
        let page = visitor.get(&links[1]).await;
        assert_plain(&page);
        assert!(page.text().contains(back), "{}", page.text());
        for _ in 0..2 {
            let done = visitor.post(&links[1], &[]).await;
            assert_plain(&done);
            assert!(done.text().contains(taken), "{}", done.text());
        }
    }
    assert_eq!(house.client().get("/c/nothing").await.status, 410);
    house.settle().await;
    let lead = north.leads().await.remove(0).id;
    let shown = panel(&mut north.owner.client, &lead).await;
    assert!(shown.contains("Withdrawn") && shown.contains("Do not contact them for this."), "{shown}");
}

#[tokio::test]
async fn prv_5_a_member_writes_down_what_somebody_told_them() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let form = north.new_form(&[("consent_email_marketing", NEWS)]).await;
    let public_id = north.public_id_of(&form).await;
    house.clock.advance(SignedDuration::from_mins(2));
    send(&house.client(), &public_id, &[("email", "anna@example.com"), ("consent_email_marketing", "1")]).await;
    house.settle().await;
    let lead = north.wait_for_leads(1).await.remove(0).id;
    let owner = &mut north.owner.client;
    let shown = panel(owner, &lead).await;
    assert!(shown.contains("You may contact them for this.") && shown.contains("They take it back"), "{shown}");
    let path = format!("/leads/{lead}/consents");
    let done = owner.post(&path, &[("matter", "email_marketing")]).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let shown = panel(owner, &lead).await;
    assert!(shown.contains("Withdrawn") && shown.contains("told a member"), "{shown}");
    assert_eq!(owner.post(&path, &[("matter", "whim")]).await.status, 400);
    assert_eq!(owner.post(&path, &[("matter", "email_marketing")]).await.status, 422, "nothing is left to take back");
    assert_eq!(owner.post(&path, &[("matter", "")]).await.status, 422, "are they sure?");
    assert!(!panel(owner, &lead).await.contains("Objected"));
    assert_eq!(owner.post(&path, &[("matter", ""), ("sure", "1")]).await.status, 303);
    assert!(panel(owner, &lead).await.contains("Objected"));
}
