//! Somebody who belongs to several organizations: one session, which shows one of them at a time, and tabs that act where
//! they are or not at all.

use qualify_domain::{
    access::Role,
    id::{OrganizationId, SessionId},
};
use qualify_integration::{Browser, Client, FORM_SETTINGS, House, Organization, Person};
use qualify_ports::storage::PlatformTask;
use reqwest::Method;

/// A form by which one sees where it was made.
fn where_am_i() -> Vec<(&'static str, &'static str)> {
    [&[("name", "Where am I")], &FORM_SETTINGS[1..]].concat()
}

/// North and South, and somebody who is an admin of both and shown North.
async fn both(house: &House) -> (Organization, Organization, Person) {
    let (north, south) = (house.found("North").await, house.found("South").await);
    let person = house.join(&north, "both@north.example", &[Role::Admin]).await;
    house.admit(&south, person.user, &[Role::Admin]).await;
    (north, south, person)
}

async fn enter(client: &mut Client, organization: OrganizationId) -> u16 {
    client.post(&format!("/organizations/{organization}/entry"), &[]).await.status
}

/// The organization that the page names in its title.
async fn where_is(client: &mut Client) -> String {
    let page = client.get("/forms").await;
    assert_eq!(page.status, 200, "{}", page.location());
    let text = page.text();
    let (_, title) = text.split_once("<title>").unwrap();
    let (title, _) = title.split_once("</title>").unwrap();
    title.rsplit(" · ").next().unwrap().to_owned()
}

#[tokio::test]
async fn ses_4_a_session_shows_the_organization_that_was_entered_and_a_refresh_keeps_it() {
    let house = House::open().await;
    let (north, south, mut person) = both(&house).await;
    let page = person.client.get("/organizations").await.text();
    assert!(page.contains("North") && page.contains("South"));
    assert_eq!(where_is(&mut person.client).await, "North");
    assert_eq!(enter(&mut person.client, south.id).await, 303);
    assert_eq!(where_is(&mut person.client).await, "South");
    person.client.lose("__Host-qc_at");
    assert_eq!(where_is(&mut person.client).await, "South", "the refresh keeps it");
    let mut again = house.sign_in(&person.email).await;
    assert_eq!(where_is(&mut again.client).await, "South", "the one that was shown last");
    assert_eq!(enter(&mut again.client, north.id).await, 303);
    assert_eq!(where_is(&mut person.client).await, "South", "each session for itself");
    let trails =
        house.count("SELECT count(DISTINCT organization_id) FROM audit_entries WHERE action = 'organization_entered'");
    assert_eq!(trails.await, 2, "each organization knows who came");
    let seen = "SELECT count(*) FROM audit_entries WHERE action = 'organization_entered' AND target_kind <> 'member'";
    assert_eq!(house.count(seen).await, 0, "and not from where");
}

#[tokio::test]
async fn ses_6_a_token_that_is_renewed_on_the_way_into_another_organization_is_not_lost() {
    let house = House::open().await;
    let (_, south, mut person) = both(&house).await;
    person.client.lose("__Host-qc_at");
    let before = person.client.cookies()["__Host-qc_rt"].clone();
    assert_eq!(enter(&mut person.client, south.id).await, 303);
    assert_ne!(person.client.cookies()["__Host-qc_rt"], before);
    assert_eq!(where_is(&mut person.client).await, "South");
    person.client.lose("__Host-qc_at");
    assert_eq!(where_is(&mut person.client).await, "South");
}

#[tokio::test]
async fn rls_10_nobody_enters_an_organization_they_do_not_belong_to() {
    let house = House::open().await;
    let (mut north, south) = (house.found("North").await, house.found("South").await);
    let nobodys = OrganizationId(uuid::Uuid::from_u128(0x0192_f7a0 << 96));
    for strange in [south.id, nobodys] {
        assert_eq!(enter(&mut north.owner.client, strange).await, 404);
    }
    assert_eq!(north.owner.client.post("/organizations/nonsense/entry", &[]).await.status, 404);
    assert_eq!(where_is(&mut north.owner.client).await, "North");
    assert!(!north.owner.client.get("/organizations").await.text().contains("South"));
    let tried = "SELECT count(*) FROM audit_entries WHERE action = 'object_not_found' AND target_kind = 'organization'";
    assert_eq!(house.count(tried).await, 1, "it stands in the trail, told once a minute");
    assert_eq!(house.count("SELECT count(*) FROM audit_entries WHERE action = 'organization_entered'").await, 0);
}

#[tokio::test]
async fn a_tab_of_another_organization_changes_nothing_and_says_which_it_showed() {
    let house = House::open().await;
    let (north, mut south, mut person) = both(&house).await;
    let stale = person.client.get("/forms/new").await.hidden("_organization").expect("a field in the form");
    assert_eq!(stale, north.id.to_string());
    assert_eq!(enter(&mut person.client, south.id).await, 303);

    // The tab speaks with the cookies of today and the page of yesterday.
    let tab = person.client.empty_tab();
    let send = |fields: Vec<(&'static str, String)>| {
        let request = tab.request(Method::POST, "/forms").header("accept", "text/html").header("origin", tab.base());
        tab.ask(request.form(&fields))
    };
    let fields = |organizations: &[&str]| {
        let told = organizations.iter().map(|organization| ("_organization", (*organization).to_owned()));
        where_am_i().iter().map(|(name, value)| (*name, (*value).to_owned())).chain(told).collect::<Vec<_>>()
    };
    let here = south.id.to_string();
    let refused = send(fields(&[&stale])).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("This tab showed North, and you are in South now."), "{}", refused.text());
    assert!(refused.text().contains(&format!("/organizations/{stale}/entry")), "there is a way back");
    for unclear in [&[][..], &["nonsense"], &[&here, &stale], &[&stale, &here]] {
        let refused = send(fields(unclear)).await;
        assert_eq!(refused.status, 409, "{unclear:?}");
        assert!(refused.text().contains("does not say"), "{unclear:?}");
    }
    let strange = house.found("West").await.id.to_string();
    assert!(!send(fields(&[&strange])).await.text().contains("West"), "what they do not belong to has no name");
    assert_eq!(south.forms().await.len(), 1, "nothing was made");
    assert_eq!(send(fields(&[&here])).await.status, 303);
    assert_eq!(south.forms().await.len(), 2);
}

#[tokio::test]
async fn scripts_of_a_tab_of_another_organization_are_shown_nothing_of_this_one() {
    let house = House::open().await;
    let (north, south, mut person) = both(&house).await;
    assert_eq!(enter(&mut person.client, south.id).await, 303);
    let tab = person.client.empty_tab();
    let ask = |organization: OrganizationId, accept: &'static str| {
        let request = tab.request(Method::GET, "/forms").header("qualify-organization", organization.to_string());
        tab.ask(request.header("accept", accept))
    };
    let refused = ask(north.id, "text/html").await;
    assert_eq!(refused.status, 409);
    assert!(!refused.text().contains("/f/"), "{}", refused.text());
    let refused = ask(north.id, "application/json").await;
    assert_eq!((refused.status, refused.header("content-type")), (409, "application/problem+json"));
    assert_eq!(ask(south.id, "text/html").await.status, 200);
    let page = tab.ask(tab.request(Method::GET, "/forms").header("accept", "text/html")).await;
    assert_eq!(page.status, 200, "whoever types an address sees where they are");
    assert!(page.text().contains(&format!(r#"data-organization="{}""#, south.id)));
}

#[tokio::test]
async fn every_form_of_every_page_says_which_organization_it_is_of() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let member = house.join(&north, "member@north.example", &[Role::Agent]).await;
    let (form, user) = (format!("/forms/{}", north.form), format!("/settings/members/{}", member.user));
    let [notice, embed] = ["notice", "embed"].map(|part| format!("{form}/{part}"));
    let field = format!(r#"<input type="hidden" name="_organization" value="{}">"#, north.id);
    let mut forms = 0;
    for page in [
        "/leads",
        "/forms",
        "/forms/new",
        &form,
        &notice,
        &embed,
        "/organizations",
        "/departure",
        "/settings/notifications",
        "/settings/security",
        "/settings/security/second-factor",
        "/settings/members",
        &user,
        "/settings/teams",
        "/settings/audit",
    ] {
        let answer = north.owner.client.get(page).await;
        assert_eq!(answer.status, 200, "{page}");
        for form in answer.text().split("<form ").skip(1).filter(|form| form.contains(r#"method="post""#)) {
            let (_, inside) = form.split_once('>').unwrap();
            assert!(inside.starts_with(&field), "{page}: {form}");
            forms += 1;
        }
    }
    assert!(forms > 25, "{forms} forms were looked at");
    for page in ["/sign-in", "/sign-up", "/privacy", &format!("/f/{}", north.public_id)] {
        assert!(!north.owner.client.get(page).await.text().contains("_organization"), "{page} is for anybody");
    }
}

#[tokio::test]
async fn auth_15_what_an_organization_asks_of_its_members_holds_from_the_next_request_on() {
    let house = House::open().await;
    let (north, south, mut person) = both(&house).await;
    let policy =
        "UPDATE organizations SET mfa_policy = 'everybody', mfa_since = '2020-01-01' WHERE organization_id = $1";
    house.sql(policy, south.id.0).await;
    house.sql("UPDATE memberships SET joined_at = '2020-01-01' WHERE organization_id = $1", south.id.0).await;
    assert_eq!(where_is(&mut person.client).await, "North");
    assert_eq!(enter(&mut person.client, south.id).await, 303);
    let asked = person.client.get("/forms").await;
    assert_eq!((asked.status, asked.location()), (303, "/settings/security/second-factor"));
    assert_eq!(enter(&mut person.client, north.id).await, 303, "and there is a way back to where it is not asked");
    assert_eq!(where_is(&mut person.client).await, "North");
}

#[tokio::test]
async fn ses_8_who_is_removed_from_one_organization_stays_signed_in_to_the_others() {
    let house = House::open().await;
    let (_, mut south, mut north_browser) = both(&house).await;
    let mut south_browser = house.sign_in(&north_browser.email).await;
    assert_eq!(enter(&mut south_browser.client, south.id).await, 303);
    let removal = format!("/settings/members/{}/removal", north_browser.user);
    assert_eq!(south.owner.client.post(&removal, &[("heir", "")]).await.status, 303);
    assert!(south_browser.client.get("/forms").await.location().starts_with("/sign-in"));
    assert_eq!(where_is(&mut north_browser.client).await, "North");
    assert_eq!(enter(&mut north_browser.client, south.id).await, 404);
    let mut again = house.sign_in(&north_browser.email).await;
    assert_eq!(where_is(&mut again.client).await, "North", "to where they still belong");
}

#[tokio::test]
async fn ses_8_who_enters_while_they_are_removed_is_signed_out_whoever_comes_first() {
    let house = House::open().await;
    let (_, mut south, person) = both(&house).await;
    let session = "SELECT id FROM sessions WHERE user_id = $1";
    let session =
        sqlx::query_scalar(session).bind(person.user.0).fetch_one(&mut house.superuser().await).await.unwrap();
    let now = house.ports.clock.now();
    let mut tx = house.ports.storage.platform(PlatformTask::EnterOrganization).await.unwrap();
    let shown = tx.sessions().show(person.user, SessionId(session), south.id, now).await.unwrap();
    assert_eq!(shown.unwrap().organization, south.id);
    let removal = format!("/settings/members/{}/removal", person.user);
    let removed = tokio::spawn(async move { south.owner.client.post(&removal, &[("heir", "")]).await.status });
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DELETE FROM memberships%'";
    while house.count(waits).await == 0 {
        assert!(!removed.is_finished(), "the removal waits for whoever is on the way in");
        tokio::task::yield_now().await;
    }
    tx.commit().await.unwrap();
    assert_eq!(removed.await.unwrap(), 303);
    let ghosts = "SELECT count(*) FROM sessions AS s WHERE revoked_at IS NULL AND NOT EXISTS (
        SELECT FROM memberships AS m WHERE m.user_id = s.user_id AND m.organization_id = s.current_organization_id)";
    assert_eq!(house.count(ghosts).await, 0, "no session shows what its user does not belong to");
}

#[tokio::test]
async fn the_menu_leads_to_another_organization_and_a_tab_that_was_left_open_acts_in_neither() {
    let house = House::open().await;
    let (_, mut south, person) = both(&house).await;
    let browser = Browser::open().await;
    browser.sign_in(&house.url, &person.email).await;
    browser.show(&format!("{}/forms/new", house.url)).await;
    let left_open = browser.page.window().await.unwrap();

    let other = browser.page.new_tab().await.unwrap();
    browser.page.switch_to_window(other).await.unwrap();
    browser.show(&format!("{}/leads", house.url)).await;
    browser.click(".rail-organization > a").await;
    browser.wait_for("#organizations-menu:popover-open button").await;
    browser.click(&format!("#organizations-menu form[action*='{}'] button", south.id)).await;
    browser.wait_for(&format!("body[data-organization='{}'] #leads", south.id)).await;
    assert!(browser.page.title().await.unwrap().ends_with("· South"));

    browser.page.switch_to_window(left_open).await.unwrap();
    assert!(browser.page.title().await.unwrap().ends_with("· North"), "it says where it is");
    browser.fill("name", "Where am I").await;
    browser.fill("purpose", "n").await;
    browser.click("main form button.primary").await;
    browser.wait_for(".notice.warn").await;
    let told = browser.page.source().await.unwrap();
    assert!(told.contains("This tab showed North, and you are in South now."), "{told}");
    assert_eq!(south.forms().await.len(), 1);
    assert!(told.contains("Where am I"), "what was typed is not lost");
    let errors = browser.console().await;
    assert!(errors.iter().all(|error| error.contains("409 (Conflict)")), "{errors:?}");
}
