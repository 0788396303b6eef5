//! The tabs of a form: each is an address of its own and shows its part only; what the settings' tabs do not show stays as
//! it was, and what is wrong there is shown.

use qualify_domain::access::Role;
use qualify_integration::{Answer, Browser, FORM_SETTINGS, House, Organization};
use serde_json::{Value, json};

use crate::forms::send;

/// The tabs: the last part of the address, the name, and what stands in that part and in no other.
const TABS: [(&str, &str, &str); 9] = [
    ("", "Overview", "id=\"set-title\""),
    ("/settings", "General", "<textarea class=\"input\" id=\"allowed_origins\""),
    ("/fields", "Fields", "id=\"fields-more\""),
    ("/notice", "Notice and consent", "id=\"controller\""),
    ("/spam", "Spam", "id=\"requires_token\""),
    ("/after", "After sending", "id=\"thank_you\""),
    ("/embed", "Embed", "id=\"snippet-own\""),
    ("/submissions", "Submissions", "id=\"submissions\""),
    ("/editions", "Versions", "id=\"edition-1\""),
];

/// Settings of a form with something in each of their sections.
const ALL: [(&str, &str); 6] = [
    ("allowed_origins", "https://a.example\nhttps://b.example"),
    ("consent_sharing", "Tell <your>\n\"friends\" & us."),
    ("requires_token", "1"),
    ("thank_you", "https://a.example/thanks"),
    ("known_person", "always_new"),
    ("consent_wording", ""),
];

/// The names of the tabs that a page has, and the one that is open.
fn tabs(page: &str) -> (Vec<String>, String) {
    let (_, rest) = page.split_once("<nav class=\"tabs across\" aria-label=\"Parts of the form\">").unwrap();
    let links: Vec<&str> = rest.split("</nav>").next().unwrap().split("<a ").skip(1).collect();
    let name = |link: &str| link.split_once('>').unwrap().1.split("</a>").next().unwrap().to_owned();
    let open: Vec<String> =
        links.iter().filter(|link| link.contains("aria-current=\"page\"")).map(|link| name(link)).collect();
    assert_eq!(open.len(), 1, "{rest}");
    (links.iter().map(|link| name(link)).collect(), open.concat())
}

/// All that is kept of a form but its version.
async fn kept(house: &House, form: &str) -> Value {
    let mut kept: Value = sqlx::query_scalar("SELECT to_jsonb(f) FROM forms f WHERE id = $1::uuid")
        .bind(form)
        .fetch_one(&mut house.superuser().await)
        .await
        .unwrap();
    let fields = kept.as_object_mut().unwrap();
    fields.retain(|name, _| name != "version" && !name.ends_with("_at"));
    kept
}

/// The fields of the settings that a tab sends, as its page in a browser has them.
async fn of_tab(browser: &Browser, at: &str) -> Vec<(String, String)> {
    browser.show(at).await;
    let fields = browser.ask("return [...new FormData(document.getElementById('edited'))]").await;
    let pair = |one: &Value| (one[0].as_str().unwrap().to_owned(), one[1].as_str().unwrap().to_owned());
    fields.as_array().unwrap().iter().map(pair).collect()
}

async fn set(north: &mut Organization, form: &str, fields: &[(&str, &str)]) -> Answer {
    north.owner.client.post(&format!("/forms/{form}/settings"), fields).await
}

#[tokio::test]
async fn each_tab_is_a_link_to_its_part_and_shows_no_other() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let form = format!("/forms/{}", north.new_form(&[]).await);
    let mut pages = Vec::new();
    for (part, name, _) in TABS {
        let answer = north.owner.client.get(&format!("{form}{part}")).await;
        assert_eq!(answer.status, 200, "{part}");
        let page = answer.text();
        let (names, open) = tabs(&page);
        assert_eq!(names, TABS.map(|(_, name, _)| name), "{part}");
        assert_eq!(open, name);
        for (other, _, _) in TABS {
            assert!(page.contains(&format!("href=\"{form}{other}\"")), "{part} links to {other}");
        }
        pages.push((part, page));
    }
    for (part, page) in &pages {
        for (other, _, mark) in TABS {
            assert_eq!(page.contains(mark), *part == other, "{mark} in {part}: {page}");
        }
    }
    let french = [("language", "fr")];
    assert_eq!(north.owner.client.post("/settings/profile/language", &french).await.status, 303);
    let page = north.owner.client.get(&format!("{form}/notice")).await.text();
    assert!(page.contains("aria-current=\"page\">Information et consentement</a>"), "{page}");
}

#[tokio::test]
async fn whoever_may_only_look_has_the_tabs_that_are_for_them() {
    let house = House::open().await;
    let north = house.found("North").await;
    let manager = house.join(&north, "manager@north.example", &[Role::Manager]).await;
    let mut client = manager.client;
    let form = format!("/forms/{}", north.form);
    for (part, name) in
        [("", "Overview"), ("/embed", "Embed"), ("/submissions", "Submissions"), ("/editions", "Versions")]
    {
        let page = client.get(&format!("{form}{part}")).await.text();
        let (names, open) = tabs(&page);
        assert_eq!(names, ["Overview", "Embed", "Submissions", "Versions"], "{part}");
        assert_eq!(open, name);
        assert!(!page.contains("method=\"post\" action=\"/forms/"), "nothing to change: {page}");
    }
    for part in ["settings", "fields", "notice", "spam", "after"] {
        assert_eq!(client.get(&format!("{form}/{part}")).await.status, 403, "{part}");
    }
}

#[tokio::test]
async fn what_is_saved_on_one_tab_changes_nothing_of_the_others() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let form = north.new_form(&ALL).await;
    let browser = Browser::open().await;
    browser.sign_in(&house.url, &north.owner.email).await;
    let before = kept(&house, &form).await;
    let changes = [
        ("settings", "name", "Fair"),
        ("notice", "retention", "5 years"),
        ("spam", "requires_work", "1"),
        ("after", "known_person", "append"),
    ];
    for (part, _, _) in changes {
        let fields = of_tab(&browser, &format!("{}/forms/{form}/{part}", house.url)).await;
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let saved = set(&mut north, &form, &fields).await;
        assert_eq!(saved.location(), format!("/forms/{form}/{part}?said=saved"), "{}", saved.text());
        assert_eq!(kept(&house, &form).await, before, "sent as it came: {part}");
        let page = north.owner.client.get(saved.location()).await.text();
        assert!(page.contains("The form is saved."), "{page}");
    }
    for (part, touched, value) in changes {
        let fields = of_tab(&browser, &format!("{}/forms/{form}/{part}", house.url)).await;
        let others: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(|one| one.0 != touched).collect();
        let saved = set(&mut north, &form, &[&others[..], &[(touched, value)]].concat()).await;
        assert_eq!(saved.status, 303, "{part}: {}", saved.text());
    }
    let after = kept(&house, &form).await;
    let (before, after) = (before.as_object().unwrap(), after.as_object().unwrap());
    let mut touched: Vec<&str> =
        after.iter().filter(|(name, value)| before.get(*name) != Some(*value)).map(|(name, _)| name.as_str()).collect();
    touched.sort_unstable();
    assert_eq!(touched, ["known_person", "name", "notice", "notice_parts", "requires_work"], "{after:?}");
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_wrong_opens_the_tab_where_it_stands_with_what_was_typed() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let form = north.new_form(&[]).await;
    let common = [("version", "1"), ("name", "Typed name"), ("language", "en"), ("legal_basis", "consent")];
    let notice = &FORM_SETTINGS[3..];

    let unworded = [&common[..], notice, &[("tab", "spam"), ("requires_work", "1")]].concat();
    let refused = set(&mut north, &form, &unworded).await;
    let page = refused.text();
    assert_eq!((refused.status, tabs(&page).1.as_str()), (422, "Notice and consent"));
    assert!(page.contains("id=\"consent_wording-fault\""), "{page}");
    assert!(!page.contains("id=\"requires_work\""), "its own part is in order: {page}");
    for (name, value) in [("tab", "notice"), ("requires_work", "1"), ("name", "Typed name")] {
        assert_eq!(refused.hidden(name).as_deref(), Some(value), "nothing typed is lost");
    }

    let both = [&unworded[..], &[("thank_you", "http://plain.example/")]].concat();
    let refused = set(&mut north, &form, &both).await;
    let page = refused.text();
    assert_eq!((refused.status, tabs(&page).1.as_str()), (422, "Notice and consent"));
    assert!(page.contains("id=\"consent_wording-fault\"") && page.contains("id=\"thank_you-fault\""), "{page}");
    assert!(page.contains("value=\"http://plain.example/\""), "{page}");

    let here = [&common[..3], &[("legal_basis", "legitimate_interest"), ("tab", "after")], notice].concat();
    let refused = set(&mut north, &form, &[&here[..], &[("thank_you", "http://plain.example/")]].concat()).await;
    let page = refused.text();
    assert_eq!((refused.status, tabs(&page).1.as_str()), (422, "After sending"));
    assert!(!page.contains("id=\"controller\"") && page.contains("id=\"thank_you-fault\""), "{page}");

    assert_eq!(refused.hidden("version").as_deref(), Some("1"), "nobody's change is taken for seen");

    // What a colleague published meanwhile is shown, wherever it stands.
    let stale = [&here[1..], &[("version", "7")]].concat();
    let refused = set(&mut north, &form, &stale).await;
    let page = refused.text();
    assert_eq!((refused.status, tabs(&page).1.as_str()), (409, "After sending"));
    assert!(page.contains("id=\"name\"") && page.contains("value=\"Typed name\""), "{page}");
    assert!(!page.contains("id=\"requires_work\""), "what is the same on both sides stays unseen: {page}");
    let nowhere = [&here[..], &[("tab", "nowhere")]].concat();
    assert_eq!(set(&mut north, &form, &nowhere).await.status, 400, "twice");
    let nowhere: Vec<_> = nowhere.into_iter().filter(|one| *one != ("tab", "after")).collect();
    assert_eq!(set(&mut north, &form, &nowhere).await.status, 400, "no tab of ours");
}

#[tokio::test]
async fn whoever_has_made_a_form_pastes_it_and_sees_the_first_submission_arrive_beside_it() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let made = north.owner.client.post("/forms", &FORM_SETTINGS).await;
    let at = made.location().to_owned();
    assert!(at.ends_with("/embed?said=created"), "{at}");
    let page = north.owner.client.get(&at).await.text();
    assert!(page.contains("id=\"snippet-own\"") && page.contains("Waiting for the first one"), "{page}");
    let form = at.split('?').next().unwrap().trim_end_matches("/embed");
    let public_id = north.public_id_of(form.trim_start_matches("/forms/")).await;
    assert_eq!(send(&house.client(), &public_id, &[("email", "anna@example.com")]).await.status, 303);
    north.wait_for_leads(1).await;
    let page = north.owner.client.get(&at).await.text();
    assert!(page.contains("anna@example.com") && !page.contains("Waiting for the first one"), "{page}");
    assert!(page.contains(&format!("href=\"{form}/submissions\">All submissions</a>")), "{page}");
    let rotated = north.owner.client.post(&format!("{form}/public-id"), &[]).await;
    assert_eq!(rotated.location(), format!("{form}/embed?said=rotated"));
    assert!(north.owner.client.get(rotated.location()).await.text().contains("The form has a new address."));
}

#[tokio::test]
async fn on_a_telephone_the_open_tab_is_in_sight_and_the_page_as_wide_as_the_screen() {
    let house = House::open().await;
    let north = house.found("North").await;
    let browser = Browser::open().await;
    browser.sign_in(&house.url, &north.owner.email).await;
    browser.widen(360).await;
    for (part, name, _) in TABS {
        browser.show(&format!("{}/forms/{}{part}", house.url, north.form)).await;
        let place = "const open = document.querySelector('.tabs.across [aria-current]'); \
                     const { left, right } = open.getBoundingClientRect(); \
                     return [open.textContent, left >= 0 && right <= innerWidth, document.documentElement.scrollWidth <= 360]";
        assert_eq!(browser.ask(place).await, json!([name, true, true]), "{part}");
    }
}
