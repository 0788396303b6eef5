//! What a person sees, in a real browser.

use std::time::Duration;

use qualify_integration::{Answer, Browser, House};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::capture::post_json;

pub(crate) async fn send_json(house: &House, public_id: &str, body: &Value) -> Answer {
    post_json(&house.client(), public_id, None, body).await
}

pub(crate) async fn settled(browser: &Browser, condition: &str) {
    let deadline = Instant::now() + Duration::from_secs(15);
    while browser.ask(&format!("return Boolean({condition})")).await != Value::Bool(true) {
        assert!(Instant::now() < deadline, "never true: {condition}");
        sleep(Duration::from_millis(20)).await;
    }
}

fn assert_at_home(addresses: &[String], url: &str) {
    assert!(!addresses.is_empty());
    for address in addresses {
        assert!(address.starts_with(url) || address.starts_with("data:"), "{address}");
    }
}

#[tokio::test]
async fn a_lead_arrives_on_the_open_list_of_its_organization_and_on_no_other() {
    let house = House::open().await;
    let (north, south) = (house.found("North").await, house.found("South").await);
    let (ours, theirs, visitor) = tokio::join!(Browser::open(), Browser::open(), Browser::open());
    ours.sign_in(&house.url, &north.owner.email).await;
    theirs.sign_in(&house.url, &south.owner.email).await;
    ours.ask("window.sameDocument = true").await;

    visitor.show(&format!("{}/f/{}", house.url, north.public_id)).await;
    for (field, text) in [("name", "Vera Visitor"), ("email", "vera@example.com"), ("message", "Please call me.")] {
        visitor.fill(field, text).await;
    }
    house.let_somebody_type();
    visitor.click("main form button").await;
    settled(&visitor, "location.pathname.endsWith('/thanks')").await;

    settled(&ours, "document.querySelector('[data-label=\"Vera Visitor\"]')").await;
    assert_eq!(ours.ask("return window.sameDocument").await, Value::Bool(true), "without a reload");
    house.settle().await;
    sleep(Duration::from_millis(300)).await;
    assert!(!theirs.page.source().await.unwrap().contains("Vera"));
    // Beside it lies the word of a browser that was never used before.
    let mails = house.mails.wait(&north.owner.email, 2).await;
    assert_eq!(mails.iter().filter(|mail| mail.text.contains("Vera")).count(), 1);
    assert!(!house.mails.to(&south.owner.email).iter().any(|mail| mail.raw.contains("Vera")));

    for browser in [&ours, &theirs, &visitor] {
        assert_eq!(browser.console().await, Vec::<String>::new());
        assert_at_home(&browser.traffic().await.addresses, &house.url);
    }
    assert_eq!(visitor.ask("return document.cookie + localStorage.length + sessionStorage.length").await, "00");
    assert!(visitor.page.get_all_cookies().await.unwrap().is_empty(), "PRV-9: visitors get no cookie");
}

#[tokio::test]
async fn the_bell_counts_what_comes_while_one_looks_and_forgets_what_was_read() {
    let house = House::open().await;
    let north = house.found("North").await;
    let browser = Browser::open().await;
    browser.sign_in(&house.url, &north.owner.email).await;
    browser.show(&format!("{}/forms", house.url)).await;
    settled(&browser, "document.querySelector('#bell[hidden][data-count=\"0\"]')").await;
    browser.ask("window.sameDocument = true").await;
    for name in ["Vera", "Anna"] {
        let lead = json!({"name": name, "email": format!("{name}@example.com"), "message": "Hello"});
        assert_eq!(send_json(&house, &north.public_id, &lead).await.status, 201);
    }
    settled(&browser, "document.querySelector('#bell:not([hidden])[data-count=\"2\"]')").await;
    assert_eq!(browser.ask("return window.sameDocument").await, Value::Bool(true), "without a reload");
    let said = "document.getElementById('announcer').textContent.includes('unread')";
    settled(&browser, said).await;
    browser.click("a[href='/notifications']").await;
    settled(&browser, "document.querySelectorAll('.notices .unread').length === 2").await;
    browser.click(".notices [data-label='Vera'] button").await;
    settled(&browser, "location.pathname.startsWith('/leads/') && document.title.includes('Vera')").await;
    settled(&browser, "document.querySelector('#bell[data-count=\"1\"]')").await;
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_form_works_without_any_script() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let browser = Browser::with(&["--blink-settings=scriptEnabled=false"]).await;
    browser.show(&format!("{}/f/{}", house.url, north.public_id)).await;
    browser.fill("name", "Vera Visitor").await;
    browser.fill("phone", "call me").await;
    house.let_somebody_type();
    browser.click("main form button").await;
    browser.wait_for(".fault").await;
    browser.fill("email", "vera@example.com").await;
    let phone = browser.page.find(thirtyfour::By::Css("[name=phone]")).await.unwrap();
    assert_eq!(phone.value().await.unwrap().as_deref(), Some("call me"), "nothing typed is lost");
    phone.clear().await.unwrap();
    browser.click("main form button").await;
    let rows = north.wait_for_leads(1).await;
    assert_eq!(rows[0].label, "Vera Visitor");
}

#[tokio::test]
async fn pages_stay_within_their_budgets() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    for number in 0..50 {
        let lead = json!({"name": format!("Lead {number}"), "email": format!("lead-{number}@example.com"), "message": "Hello"});
        assert_eq!(send_json(&house, &north.public_id, &lead).await.status, 201);
    }
    north.wait_for_leads(50).await;
    let fresh = Browser::open().await;
    fresh.sign_in(&house.url, &north.owner.email).await;
    let list = fresh.traffic().await;
    assert!(
        list.bytes < 100_000.0,
        "the sign-in and the first list page take {} bytes: {:#?}",
        list.bytes,
        list.weights
    );
    assert!(list.script_bytes < 50_000.0, "{} of them scripts", list.script_bytes);
    let shift = "return performance.getEntriesByType('layout-shift').reduce((sum, s) => sum + s.value, 0)";
    assert_eq!(fresh.ask(shift).await.as_f64(), Some(0.0), "no layout shift");

    let visitor = Browser::open().await;
    visitor.show(&format!("{}/f/{}", house.url, north.public_id)).await;
    let form = visitor.traffic().await;
    assert!(form.bytes < 30_000.0, "the public form takes {} bytes: {:#?}", form.bytes, form.weights);
}

#[tokio::test]
async fn the_list_and_the_lead_are_worked_by_keyboard() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    for name in ["Anna", "Berta"] {
        let lead = json!({"name": name, "email": format!("{name}@example.com"), "message": "Hello"});
        assert_eq!(send_json(&house, &north.public_id, &lead).await.status, 201);
        house.settle().await;
        house.let_somebody_type();
    }
    north.wait_for_leads(2).await;
    let browser = Browser::open().await;
    browser.sign_in(&house.url, &north.owner.email).await;
    let body = browser.page.find(thirtyfour::By::Css("body")).await.unwrap();
    body.send_keys("jj").await.unwrap();
    settled(&browser, "document.activeElement.closest('[data-label=Anna]')").await;
    browser.page.active_element().await.unwrap().send_keys("k").await.unwrap();
    settled(&browser, "document.activeElement.closest('[data-label=Berta]')").await;
    browser.page.active_element().await.unwrap().send_keys("/").await.unwrap();
    settled(&browser, "document.activeElement.name === 'q'").await;
    browser.page.active_element().await.unwrap().send_keys("ann").await.unwrap();
    settled(&browser, "document.querySelectorAll('#leads [data-key]').length === 1").await;
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test]
async fn e_edits_the_lead_of_the_current_row_and_the_one_that_is_open() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    for name in ["Anna", "Berta"] {
        let lead = json!({"name": name, "email": format!("{name}@example.com"), "message": "Hello"});
        assert_eq!(send_json(&house, &north.public_id, &lead).await.status, 201);
        house.settle().await;
        house.let_somebody_type();
    }
    let anna = north.wait_for_leads(2).await.remove(1).id;
    let browser = Browser::open().await;
    browser.sign_in(&house.url, &north.owner.email).await;
    let body = browser.page.find(thirtyfour::By::Css("body")).await.unwrap();
    let edits = format!(
        "location.pathname === '/leads/{anna}' && document.activeElement?.matches('#p-name [name=value]') \
         && document.activeElement.value === 'Anna'"
    );
    body.send_keys("jje").await.unwrap();
    settled(&browser, &edits).await;
    let stays = "return location.hash === '#edit' && location.search.startsWith('?in=')";
    assert_eq!(browser.ask(stays).await, true, "on the lead's own page, among those of the list");

    browser.show(&format!("{}/leads/{anna}", house.url)).await;
    let body = browser.page.find(thirtyfour::By::Css("body")).await.unwrap();
    body.send_keys("e").await.unwrap();
    settled(&browser, &edits).await;
    browser.ask("document.activeElement.select()").await;
    let typed = format!("Anna Lind{}", thirtyfour::Key::Enter.value());
    browser.page.active_element().await.unwrap().send_keys(typed).await.unwrap();
    settled(&browser, "document.querySelector('#p-name .value')?.textContent === 'Anna Lind'").await;
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_list_is_worked_by_keyboard_alone_through_selection_filter_palette_and_stage() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    for name in ["Anna", "Berta", "Clara"] {
        let lead =
            json!({"name": name, "email": format!("{name}@example.com"), "message": format!("An oven for {name}")});
        assert_eq!(send_json(&house, &north.public_id, &lead).await.status, 201);
        house.settle().await;
        house.let_somebody_type();
    }
    north.wait_for_leads(3).await;
    let browser = Browser::open().await;
    browser.sign_in(&house.url, &north.owner.email).await;
    let press = async |keys: &str| {
        let focused = browser.page.active_element().await.unwrap();
        focused.send_keys(keys).await.unwrap();
    };
    settled(&browser, "document.querySelector('#total').textContent === '3 leads'").await;
    let body = browser.page.find(thirtyfour::By::Css("body")).await.unwrap();
    body.send_keys("jjx").await.unwrap();
    settled(&browser, "document.querySelector('[data-label=Berta] [data-select]').checked").await;
    settled(
        &browser,
        "document.getElementById('selection').checkVisibility() && document.activeElement.closest('[data-label=Berta]')",
    )
    .await;
    press("kx").await;
    settled(&browser, "document.querySelector('#selection output').textContent === '2 selected'").await;

    // Its stage, from the list: the row is fetched again, and the focus stays where it was.
    let choose = "const list = document.querySelector('[data-label=Clara] select[data-chosen=stage]'); list.focus(); return list.options.length";
    assert!(browser.ask(choose).await.as_u64() > Some(2));
    press(thirtyfour::Key::Down.value().to_string().as_str()).await;
    settled(&browser, "document.querySelector('[data-label=Clara]').dataset.version === '2'").await;
    settled(&browser, "document.activeElement.matches('[data-label=Clara] select[data-chosen=stage]')").await;
    settled(&browser, "document.querySelectorAll('[data-select]:checked').length === 2").await;
    assert_eq!(browser.ask("return document.querySelectorAll('[data-select]:checked').length").await, json!(2));

    // Giving it up asks why; whoever does not say changes nothing.
    let give_up = "const list = document.querySelector('[data-label=Clara] select[data-chosen=stage]'); list.value = [...list.options].find((one) => one.dataset.kind === 'disqualified').value; list.dispatchEvent(new Event('change', { bubbles: true }))";
    browser.ask(give_up).await;
    settled(&browser, "document.getElementById('give-up').open").await;
    browser.ask("document.querySelector('#give-up [formnovalidate]').click()").await;
    let stays = "!document.getElementById('give-up').open && document.querySelector('[data-label=Clara] select[data-chosen=stage]').selectedOptions[0].dataset.kind === 'open'";
    settled(&browser, stays).await;
    browser.ask(give_up).await;
    settled(&browser, "document.getElementById('give-up').open").await;
    browser.ask("document.getElementById('give-up-reason').selectedIndex = 1; document.querySelector('#give-up .primary').click()").await;
    settled(&browser, "document.querySelector('[data-label=Clara]').dataset.version === '3'").await;

    // The palette finds a lead by words of its message, and opens it.
    press(&format!("{}k", thirtyfour::Key::Control.value())).await;
    settled(&browser, "document.getElementById('palette').open && document.activeElement.closest('#palette')").await;
    assert!(browser.ask("return document.querySelectorAll('#palette [role=option]').length").await.as_u64() > Some(3));
    press("berta").await;
    settled(
        &browser,
        "[...document.querySelectorAll('#palette [role=option]')].some(it => it.textContent.includes('Berta'))",
    )
    .await;
    press(thirtyfour::Key::Enter.value().to_string().as_str()).await;
    settled(&browser, "location.pathname.startsWith('/leads/') && document.title.startsWith('Berta')").await;

    // A page by its name, help and back, and the filter's editor.
    let body = browser.page.find(thirtyfour::By::Css("body")).await.unwrap();
    body.send_keys("?").await.unwrap();
    settled(&browser, "document.getElementById('keys').open").await;
    press(thirtyfour::Key::Escape.value().to_string().as_str()).await;
    settled(&browser, "!document.getElementById('keys').open").await;
    body.send_keys("gl").await.unwrap();
    settled(&browser, "location.pathname === '/leads'").await;
    browser.wait_for("#leads").await;
    let body = browser.page.find(thirtyfour::By::Css("body")).await.unwrap();
    body.send_keys(&format!("{}k", thirtyfour::Key::Control.value())).await.unwrap();
    settled(&browser, "document.activeElement.closest('#palette')").await;
    press("filt").await;
    press(thirtyfour::Key::Enter.value().to_string().as_str()).await;
    browser.wait_for("#filter-place #filter-editor").await;
    browser
        .ask("document.getElementById('new-0').value = 'name'; document.querySelector('[value=\"add:0\"]').focus()")
        .await;
    press(thirtyfour::Key::Enter.value().to_string().as_str()).await;
    settled(&browser, "document.activeElement.id === 'op-1'").await;
    browser.ask("document.getElementById('value-1').focus()").await;
    press("clara").await;
    press(thirtyfour::Key::Enter.value().to_string().as_str()).await;
    settled(
        &browser,
        "document.querySelectorAll('#leads [data-key]').length === 1 && location.search.includes('clara')",
    )
    .await;
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_stage_in_the_list_is_as_wide_as_its_name() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let lead = json!({"name": "Vera", "email": "vera@example.com", "message": "Hello"});
    assert_eq!(send_json(&house, &north.public_id, &lead).await.status, 201);
    north.wait_for_leads(1).await;
    let browser = Browser::open().await;
    browser.sign_in(&house.url, &north.owner.email).await;
    browser.widen(1280).await;
    browser.wait_for("select[data-chosen=stage]").await;
    let widths = "const list = document.querySelector('select[data-chosen=stage]'); \
                  list.options[0].textContent = 'New'; list.options[1].textContent = 'In conversation'; \
                  return [0, 1, 0].map((at) => { list.selectedIndex = at; return list.offsetWidth })";
    let widths = browser.ask(widths).await;
    let [short, long, again] = [0_usize, 1, 2].map(|at| widths[at].as_u64().unwrap());
    assert!(short + 30 < long && short == again, "{widths}");
}

#[tokio::test]
async fn the_snippet_is_copied_with_one_click() {
    let house = House::open().await;
    let north = house.found("North").await;
    let browser = Browser::open().await;
    browser.sign_in(&house.url, &north.owner.email).await;
    let allowed = json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"], "origin": house.url});
    browser.command("Browser.grantPermissions", allowed).await;
    browser.show(&format!("{}/forms/{}/embed", house.url, north.form)).await;
    browser.click("[data-copy]").await;
    let copied = "return navigator.clipboard.readText()";
    let shown = "return document.getElementById(document.querySelector('[data-copy]').dataset.copy).textContent";
    let (copied, shown) = (browser.ask(copied).await, browser.ask(shown).await);
    assert_eq!(copied, shown);
    assert!(copied.as_str().unwrap().contains(&north.public_id), "{copied}");
}

#[tokio::test]
async fn the_fields_of_a_form_are_put_in_another_order_by_dragging() {
    let house = House::open().await;
    let north = house.found("North").await;
    let browser = Browser::open().await;
    browser.sign_in(&house.url, &north.owner.email).await;
    browser.show(&format!("{}/forms/{}/fields", house.url, north.form)).await;
    let order = "return [...document.querySelectorAll('[data-sortable] code')].map((key) => key.textContent)";
    assert_eq!(browser.ask(order).await, json!(["name", "email", "phone", "message"]));
    let rows = browser.page.find_all(thirtyfour::By::Css("[data-sortable] code")).await.unwrap();
    browser.page.action_chain().drag_and_drop_element(&rows[0], &rows[2]).perform().await.unwrap();
    settled(&browser, "document.querySelector('[data-sortable] code').textContent === 'email'").await;
    assert_eq!(browser.ask(order).await, json!(["email", "phone", "name", "message"]));
    // The page that came back is the truth, not what the hand left there.
    browser.show(&format!("{}/forms/{}/fields", house.url, north.form)).await;
    assert_eq!(browser.ask(order).await, json!(["email", "phone", "name", "message"]));
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test]
async fn the_mark_beside_leads_counts_ones_own_as_they_come() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let lead = json!({"name": "Vera", "email": "vera@example.com", "message": "Hello"});
    assert_eq!(send_json(&house, &north.public_id, &lead).await.status, 201);
    let lead = north.wait_for_leads(1).await.remove(0).id;
    house.settle().await;
    let browser = Browser::open().await;
    browser.sign_in(&house.url, &north.owner.email).await;
    browser.show(&format!("{}/forms", house.url)).await;
    settled(&browser, "document.querySelector('#leads-mine[hidden] .unseen')").await;
    browser.ask("window.sameDocument = true").await;
    let owner = north.owner.user.to_string();
    let take = [("owner", owner.as_str()), ("version", "1")];
    assert_eq!(north.owner.client.post(&format!("/leads/{lead}/owner"), &take).await.status, 303);
    settled(&browser, "document.querySelector('#leads-mine:not([hidden]) [aria-hidden]')?.textContent === '1'").await;
    assert_eq!(browser.ask("return window.sameDocument").await, Value::Bool(true), "without a reload");
    assert_eq!(browser.console().await, Vec::<String>::new());
}
