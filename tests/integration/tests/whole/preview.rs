//! The preview of a form: it follows what is typed, in either language, keeps nothing, and is for those who may change
//! the form.

use qualify_domain::access::Role;
use qualify_integration::{Answer, Browser, Client, FORM_SETTINGS, House};
use reqwest::Method;
use serde_json::json;

use crate::{browser::settled, forms::drafted};

const CHAIRS: [(&str, &str); 6] = [
    ("kind", "number"),
    ("label_en", "How many chairs?"),
    ("label_fr", "Combien de chaises ?"),
    ("help_en", "At the table"),
    ("purpose", ""),
    ("required", "1"),
];

/// The fields with other words in some.
fn with<'a>(fields: &[(&'a str, &'a str)], changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = fields.iter().filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
    kept.chain(changed).copied().collect()
}

/// What visitors would see, of a page; empty where the page does not tell.
fn seen(answer: &Answer) -> String {
    let page = answer.text();
    let part = page.split_once("id=\"preview-seen\"").map(|(_, rest)| rest.split("</aside>").next().unwrap());
    part.unwrap_or_default().to_owned()
}

/// What the script of a page asks while somebody types.
async fn typing(client: &mut Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    let request = client.request(Method::POST, path).header("hx-request", "true").header("hx-trigger", "preview");
    let request = request.header("origin", client.base().to_owned()).header("sec-fetch-site", "same-origin");
    client.send(request.form(fields)).await
}

#[tokio::test]
async fn a_field_is_seen_as_it_is_typed_in_either_language_and_nothing_is_kept() {
    let house = House::open().await;
    let mut north = drafted(&house).await;
    let fields = format!("/forms/{}/fields", north.form);
    let client = &mut north.owner.client;
    let before = client.get(&fields).await.text();
    let new = format!("{fields}/new/preview");

    let shown = client.post(&new, &CHAIRS).await;
    assert_eq!(shown.status, 200, "what it is for may be said last: {}", shown.text());
    let part = seen(&shown);
    assert!(part.contains("How many chairs?") && part.contains("At the table") && part.contains(" inert"), "{part}");
    assert!(part.contains("How many seats?"), "beside what the draft asks already: {part}");
    assert_eq!(part.matches("class=\"edited\"").count(), 1, "{part}");
    assert!(shown.text().contains("value=\"Combien de chaises ?\""), "nothing typed is lost");
    let french = client.post(&new, &with(&CHAIRS, &[("preview", "fr")])).await;
    let part = seen(&french);
    assert!(part.contains("lang=\"fr\"") && part.contains("Combien de chaises ?"), "{part}");
    assert!(!part.contains("How many chairs?"), "{part}");
    let hidden = [("kind", "text"), ("hidden", "1"), ("required", "")];
    let unseen = client.post(&new, &with(&CHAIRS, &hidden)).await;
    assert!(unseen.text().contains("Visitors do not see this field."), "{}", unseen.text());

    let seats = client.post(&format!("{fields}/seats/preview"), &with(&CHAIRS, &[("key", "seats")])).await;
    let part = seen(&seats);
    assert!(part.contains("How many chairs?") && !part.contains("How many seats?"), "in its place: {part}");
    let open = client.get(&format!("{fields}/seats")).await;
    let part = seen(&open);
    assert!(part.contains("How many seats?") && part.contains("class=\"edited\""), "{part}");
    let property = [("name", "Budget"), ("purpose", "To size it"), ("kind", "number"), ("choices", ""), ("key", "")];
    assert_eq!(client.post("/settings/properties", &property).await.status, 303);
    let offered = client.get(&fields).await.text();
    let (_, rest) = offered.split_once("new?property=").unwrap();
    let begun = client.get(&format!("{fields}/new?property={}", rest.split('"').next().unwrap())).await;
    assert!(seen(&begun).contains("Budget"), "a field that begins with a label is seen at once");

    let asked = |page: &str| page.split("aria-labelledby=\"fields-more\"").next().unwrap().to_owned();
    assert_eq!(asked(&client.get(&fields).await.text()), asked(&before), "nothing was kept");
}

#[tokio::test]
async fn what_is_wrong_is_told_and_what_was_seen_last_stays() {
    let house = House::open().await;
    let mut north = drafted(&house).await;
    let fields = format!("/forms/{}/fields", north.form);
    let client = &mut north.owner.client;
    let new = format!("{fields}/new/preview");
    let nameless = with(&CHAIRS, &[("label_en", ""), ("label_fr", "")]);

    let refused = client.post(&new, &nameless).await;
    assert_eq!(refused.status, 422);
    let page = refused.text();
    assert!(page.contains("id=\"label_en-fault\""), "at its field, where no script shows it: {page}");
    assert!(page.contains("Not shown here yet. Label (English): This is required."), "{page}");
    assert!(seen(&refused).contains("How many seats?"), "the form as it is kept");

    let typed = typing(client, &new, &nameless).await;
    assert_eq!(typed.status, 200, "no failure: {}", typed.text());
    assert!(typed.text().contains("Label (English): This is required."), "{}", typed.text());
    assert_eq!(seen(&typed), "", "what was seen last stays");
    let whole = typing(client, &new, &CHAIRS).await;
    assert!(seen(&whole).contains("How many chairs?"));
    assert!(!whole.text().contains("Not shown here yet"), "{}", whole.text());

    let choiceless = with(&CHAIRS, &[("kind", "choice"), ("choices", "")]);
    assert!(typing(client, &new, &choiceless).await.text().contains("Not shown here yet. Choices: "));
    let taken = with(&CHAIRS, &[("key", "seats")]);
    assert!(client.post(&new, &taken).await.text().contains("id=\"key-fault\""), "as when it is to be kept");
    for (wrong, status) in [(vec![("preview", "fr"), ("preview", "en")], 400), (vec![("labels", "x")], 400)] {
        assert_eq!(client.post(&new, &[&CHAIRS[..], &wrong[..]].concat()).await.status, status);
    }
    assert_eq!(client.post(&format!("{fields}/budget/preview"), &CHAIRS).await.status, 404);
    let other = client.post(&new, &with(&CHAIRS, &[("preview", "de")])).await;
    assert!(seen(&other).contains("lang=\"en\""), "a language that is not ours is the form's");
}

#[tokio::test]
async fn web_3_the_preview_is_for_those_who_may_change_the_form_from_our_own_pages() {
    let house = House::open().await;
    let mut north = drafted(&house).await;
    let form = format!("/forms/{}", north.form);
    let settings = [&FORM_SETTINGS[..], &[("version", "1")]].concat();
    let asked = [
        (format!("{form}/fields/new/preview"), CHAIRS.to_vec()),
        (format!("{form}/fields/seats/preview"), CHAIRS.to_vec()),
        (format!("{form}/settings/preview"), settings),
    ];
    let mut manager = house.join(&north, "manager@north.example", &[Role::Manager]).await;
    let mut south = house.found("South").await;
    for (path, fields) in asked {
        assert_eq!(manager.client.post(&path, &fields).await.status, 403, "{path}");
        assert_eq!(south.owner.client.post(&path, &fields).await.status, 404, "{path}");
        let owner = &mut north.owner.client;
        let request = owner.request(Method::POST, &path).header("origin", "https://evil.example");
        let foreign = owner.send(request.header("accept", "text/html").form(&fields)).await;
        assert_eq!(foreign.status, 403, "{path}");
        assert_eq!(owner.post(&path, &fields).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn what_visitors_will_read_follows_the_settings() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let path = format!("/forms/{}/settings", north.form);
    let ask = format!("{path}/preview");
    let client = &mut north.owner.client;
    let before = client.get(&path).await.text();
    let settings = [&FORM_SETTINGS[..], &[("version", "1")]].concat();

    let words = [("purpose", "We answer you soon."), ("consent_sharing", "Tell your friends.")];
    let part = seen(&client.post(&ask, &with(&settings, &words)).await);
    assert!(part.contains("We answer you soon.") && part.contains("Tell your friends."), "{part}");
    let part = seen(&client.post(&ask, &with(&settings, &[("language", "fr")])).await);
    assert!(part.contains("lang=\"fr\"") && part.contains("Finalité"), "the language that is typed: {part}");
    let part = seen(&client.post(&ask, &with(&settings, &[("language", "fr"), ("preview", "en")])).await);
    assert!(part.contains("lang=\"en\"") && part.contains("Purpose"), "or the one that is asked for: {part}");

    let wordless = with(&settings, &[("legal_basis", "consent"), ("retention", "")]);
    let refused = client.post(&ask, &wordless).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("id=\"consent_wording-fault\""), "{}", refused.text());
    let typed = typing(client, &ask, &wordless).await;
    let told = "Kept for: This is required.";
    assert!(typed.status == 200 && typed.text().contains(told) && seen(&typed).is_empty(), "{}", typed.text());
    assert_eq!(client.get(&path).await.text(), before, "nothing was kept");
}

#[tokio::test]
async fn a_draft_and_an_edition_are_seen_in_either_language() {
    let house = House::open().await;
    let mut north = drafted(&house).await;
    let edition = format!("/forms/{}/editions/1", north.new_form(&[]).await);
    let fields = format!("/forms/{}/fields", north.form);
    let client = &mut north.owner.client;
    let english = seen(&client.get(&fields).await);
    assert!(english.contains("lang=\"en\"") && english.contains("How many seats?"), "{english}");
    let french = seen(&client.get(&format!("{fields}?preview=fr")).await);
    assert!(french.contains("lang=\"fr\"") && french.contains("Combien de places ?"), "{french}");
    assert!(seen(&client.get(&format!("{fields}?preview=de")).await).contains("lang=\"en\""));
    assert_eq!(client.get(&format!("{fields}?preview=fr&preview=en")).await.status, 400);
    let french = seen(&client.get(&format!("{edition}?preview=fr")).await);
    assert!(french.contains("lang=\"fr\"") && french.contains("Finalité"), "{french}");
}

#[tokio::test]
async fn the_preview_follows_the_keys_in_a_browser_and_the_language_that_is_asked_for() {
    let house = House::open().await;
    let north = house.found("North").await;
    let browser = Browser::open().await;
    browser.sign_in(&house.url, &north.owner.email).await;
    browser.widen(1280).await;
    browser.show(&format!("{}/forms/{}/fields/new?kind=text", house.url, north.form)).await;
    browser.fill("label_en", "Budget").await;
    let label = |words: &str| {
        format!("document.querySelector('#preview-seen .edited label')?.textContent.trim() === '{words}'")
    };
    settled(&browser, &label("Budget")).await;
    let focus = "return document.activeElement.name";
    assert_eq!(browser.ask(focus).await, json!("label_en"), "whoever types goes on typing");
    browser.fill("help_en", "Roughly").await;
    settled(&browser, "document.querySelector('#preview-seen .edited .help')?.textContent === 'Roughly'").await;
    browser.click("[name=required]").await;
    settled(&browser, "document.querySelector('#preview-seen .edited .mark')").await;
    browser.click("[name=required]").await;
    settled(&browser, "!document.querySelector('#preview-seen .edited .mark')").await;

    browser.click("#preview-fr").await;
    settled(&browser, "document.querySelector('#preview-seen[lang=fr]')").await;
    settled(&browser, "document.activeElement.id === 'preview-fr'").await;
    browser.fill("label_fr", "Montant").await;
    settled(&browser, &label("Montant")).await;
    assert_eq!(browser.ask("return document.querySelector('[name=label_en]').value").await, json!("Budget"));

    let clear = "for (const name of ['label_en', 'label_fr']) document.querySelector(`[name=${name}]`).value = ''; \
                 document.querySelector('[name=label_fr]').dispatchEvent(new Event('input', { bubbles: true }))";
    browser.ask(clear).await;
    settled(&browser, "document.querySelector('#preview-hint').textContent.includes('Not shown here yet')").await;
    assert_eq!(browser.ask(&format!("return {}", label("Montant"))).await, json!(true), "what was seen last stays");
    let unreachable = "return [...document.querySelectorAll('#preview-seen input')].every((one) => { one.focus(); \
                       return document.activeElement !== one })";
    assert_eq!(browser.ask(unreachable).await, json!(true));
    let order = "return document.querySelector('#preview').getBoundingClientRect().top >= \
                 document.querySelector('#edited').getBoundingClientRect().bottom";
    assert_eq!(browser.ask(order).await, json!(false), "side by side");
    browser.widen(360).await;
    assert_eq!(browser.ask(order).await, json!(true), "one below the other");
    assert_eq!(browser.console().await, Vec::<String>::new());
}
