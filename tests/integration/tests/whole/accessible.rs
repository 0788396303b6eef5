//! What everybody can use: pages under the checker of accessibility, wide and narrow, light and dark.

use std::{fs, path::Path, sync::Arc};

use qualify_integration::{Browser, FORM_SETTINGS, House, Plan};
use qualify_laws::till::Till;
use serde_json::{Value, json};

use crate::browser::send_json;

/// The checker of accessibility; the pages' libraries bring it.
const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../adapters/http/assets/node_modules/axe-core/axe.min.js");

#[tokio::test]
async fn what_visitors_and_lost_members_see_is_accessible_in_both_themes_wide_and_narrow() {
    let axe = checker();
    let house = House::built(Plan { shows_mails: true, ..Plan::default() }).await;
    let mut north = house.found("North").await;
    let lead = json!({"name": "Vera", "email": "vera@example.com", "message": "Hello", "undeclared": "x"});
    assert_eq!(send_json(&house, &north.public_id, &lead).await.status, 201);
    let spam = json!({"name": "Spam", "email": "spam@example.com", "website": "x"});
    assert_eq!(send_json(&house, &north.public_id, &spam).await.status, 201);
    let id = north.wait_for_leads(1).await.remove(0).id;
    let settings = [&FORM_SETTINGS[..], &[("version", "1")]].concat();
    assert_eq!(north.owner.client.post(&format!("/forms/{}/settings", north.form), &settings).await.status, 303);
    let pages = [
        "/leads?q=nobody".to_owned(),
        "/leads?group=stage&sort=name&density=compact".to_owned(),
        "/leads/filter?open=all&field=stage&op=is&field=name&op=is&value=a&open=any&field=created&op=since&close="
            .to_owned(),
        "/palette?q=vera".to_owned(),
        "/reports?part=leads&comparison=year_before".to_owned(),
        "/reports?period=between&from=2026-01-02&until=soon".to_owned(),
        format!("/leads/{id}"),
        format!("/forms/{}", north.form),
        format!("/forms/{}/notice", north.form),
        format!("/forms/{}/spam", north.form),
        format!("/forms/{}/embed", north.form),
        format!("/forms/{}/submissions", north.form),
        format!("/forms/{}/submissions?show=quarantine", north.form),
        format!("/forms/{}/editions", north.form),
        format!("/forms/{}/editions/2", north.form),
        "/settings".to_owned(),
        "/privacy".to_owned(),
        "/demo/mail".to_owned(),
        "/nowhere".to_owned(),
        format!("/f/{}", north.public_id),
        format!("/f/{}/thanks", north.public_id),
    ];
    for theme in ["light", "dark"] {
        let browser = themed(theme).await;
        for page in ["/sign-in", "/sign-up"] {
            check(&browser, &axe, &house.url, page, theme).await;
        }
        browser.sign_in(&house.url, &north.owner.email).await;
        for page in &pages {
            check(&browser, &axe, &house.url, page, theme).await;
        }
    }
}

/// Layout does not hang on the theme, nor colours on the width: each page is looked at in two of the four ways.
#[tokio::test]
async fn every_page_of_a_furnished_organization_is_accessible() {
    let axe = checker();
    let till = Arc::new(Till::that_sells());
    let house = House::built(Plan { named: true, billing: Some(till), ..Plan::default() }).await;
    let (organization, pages) = house.furnish().await;
    for (theme, width) in [("light", 1280), ("dark", 360)] {
        let browser = themed(theme).await;
        browser.sign_in(&house.url, &organization.owner.email).await;
        browser.widen(width).await;
        for page in &pages {
            check_at(&browser, &axe, &house.url, page, theme, width).await;
        }
    }
}

fn checker() -> String {
    assert!(Path::new(AXE).is_file(), "the pages' libraries are missing: run `make pages`");
    fs::read_to_string(AXE).unwrap()
}

async fn themed(theme: &str) -> Browser {
    Browser::with(if theme == "dark" { &["--force-dark-mode"] } else { &[] }).await
}

async fn check(browser: &Browser, axe: &str, url: &str, page: &str, theme: &str) {
    for width in [1280, 360] {
        browser.widen(width).await;
        check_at(browser, axe, url, page, theme, width).await;
    }
}

async fn check_at(browser: &Browser, axe: &str, url: &str, page: &str, theme: &str, width: u32) {
    browser.show(&format!("{url}{page}")).await;
    let dark = browser.ask("return matchMedia('(prefers-color-scheme: dark)').matches").await;
    assert_eq!(dark, Value::Bool(theme == "dark"));
    // Nothing is injected into the page's document: the driver runs the checker beside it, under the page's policy.
    let script = format!(
        "{axe}; return axe.run(document, {{ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }}) \
         .then(found => found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', ')))"
    );
    assert_eq!(browser.ask(&script).await, json!([]), "{page} in the {theme} theme");
    let wanted = browser.ask("return document.documentElement.scrollWidth").await;
    assert!(wanted.as_u64() <= Some(width.into()), "{page} is {wanted} pixels wide at {width}");
}
