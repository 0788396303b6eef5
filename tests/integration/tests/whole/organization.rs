//! What an organization says of itself: who may change it, what is refused, and what follows.

use qualify_domain::access::Role;
use qualify_integration::{Answer, House};

const PAGE: &str = "/settings/organization";
const HOLIDAYS: &str = "/settings/organization/holidays";

const CHOSEN: [(&str, &str); 8] = [
    ("version", "1"),
    ("name", "Maison du Nord"),
    ("language", "fr"),
    ("time_zone", "america/st johns"),
    ("monday_from", "9:00"),
    ("monday_until", "17:30"),
    ("sunday_from", "00:00"),
    ("sunday_until", "24:00"),
];

fn with<'a>(field: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let usual = CHOSEN.into_iter().filter(|(name, _)| *name != field);
    usual.chain([(field, value)]).collect()
}

fn value(page: &Answer, field: &str) -> String {
    let text = page.text();
    let (_, after) = text.split_once(&format!("name=\"{field}\"")).unwrap();
    let (_, after) = after.split_once("value=\"").unwrap();
    after.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn owners_and_admins_change_what_the_organization_says_of_itself_and_it_acts() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let mut admin = house.join(&north, "admin@north.example", &[Role::Admin]).await.client;
    let before = admin.get(PAGE).await;
    assert_eq!((before.status, value(&before, "monday_from")), (200, "09:00".to_owned()), "{}", before.text());
    assert_eq!(value(&before, "saturday_from"), "", "a day off");
    let saved = admin.post(PAGE, &CHOSEN).await;
    assert_eq!((saved.status, saved.location()), (303, "/settings/organization?saved=1"), "{}", saved.text());
    let after = north.owner.client.get(PAGE).await;
    for (field, kept) in [
        ("name", "Maison du Nord"),
        ("time_zone", "America/St_Johns"),
        ("monday_from", "09:00"),
        ("monday_until", "17:30"),
        ("tuesday_from", ""),
        ("sunday_until", "24:00"),
        ("version", "2"),
    ] {
        assert_eq!(value(&after, field), kept, "{field}");
    }
    assert!(after.text().contains("<html lang=\"en\">"), "members read their own language");
    let form = north.owner.client.get("/forms/new").await.text();
    assert!(form.contains("<option value=\"fr\" selected>"), "new forms speak the organization's");
    assert!(north.owner.client.get("/leads").await.text().contains("Maison du Nord"));
}

#[tokio::test]
async fn a_change_that_another_overtook_is_told_and_what_was_typed_is_not_lost() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    assert_eq!(north.owner.client.post(PAGE, &CHOSEN).await.status, 303);
    let late = north.owner.client.post(PAGE, &with("name", "Late")).await;
    assert_eq!((late.status, value(&late, "name"), value(&late, "version")), (409, "Late".into(), "2".into()));
    assert!(late.text().contains("notice bad"), "{}", late.text());
    assert_eq!(value(&north.owner.client.get(PAGE).await, "name"), "Maison du Nord");
    let again: Vec<_> = with("name", "Late")
        .into_iter()
        .map(|(name, kept)| (name, if name == "version" { "2" } else { kept }))
        .collect();
    assert_eq!(north.owner.client.post(PAGE, &again).await.status, 303, "on purpose, now");
}

#[tokio::test]
async fn what_an_organization_cannot_say_is_told_at_its_field_and_changes_nothing() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let long = "x".repeat(101);
    for (field, wrong) in [
        ("name", ""),
        ("name", &*long),
        ("name", "a\u{0}"),
        ("language", "de"),
        ("time_zone", "Europe/Atlantis"),
        ("monday_from", "nine"),
        ("monday_from", ""),
        ("monday_from", "24:30"),
        ("monday_until", "9:00"),
        ("monday_until", "08:59"),
        ("tuesday_until", "12:00\u{1}"),
    ] {
        let answer = north.owner.client.post(PAGE, &with(field, wrong)).await;
        assert_eq!(answer.status, 422, "{field}: {}", answer.text());
        assert!(answer.text().contains(&format!("id=\"{field}-fault\"")), "{field} {wrong:?}: {}", answer.text());
        let (other, kept) =
            if field == "sunday_until" { ("name", "Maison du Nord") } else { ("sunday_until", "24:00") };
        assert_eq!(value(&answer, other), kept, "what was typed is still there");
    }
    for version in ["", "one", "99999999999999"] {
        assert_eq!(north.owner.client.post(PAGE, &with("version", version)).await.status, 400, "{version}");
    }
    let unchanged = "SELECT count(*) FROM organizations WHERE name = 'North' AND version = 1 AND time_zone IS NULL";
    assert_eq!(house.count(unchanged).await, 1);
}

#[tokio::test]
async fn a_holiday_is_added_once_and_taken_away_again() {
    let house = House::open().await;
    let (mut north, mut south) = (house.found("North").await, house.found("South").await);
    let holiday = [("day", "2026-12-25"), ("holiday", "Christmas <b>")];
    assert_eq!(north.owner.client.post(HOLIDAYS, &holiday).await.status, 303);
    let page = north.owner.client.get(PAGE).await.text();
    assert!(page.contains("Christmas &#60;b&#62;") && page.contains("25 Dec 2026"), "{page}");
    let twice = north.owner.client.post(HOLIDAYS, &[("day", "2026-12-25"), ("holiday", "Noël")]).await;
    assert_eq!((twice.status, value(&twice, "holiday")), (409, "Noël".into()));
    assert!(twice.text().contains("id=\"day-fault\""));
    for (day, name, field) in [("2026-02-29", "x", "day"), ("", "x", "day"), ("2026-02-28", "", "holiday")] {
        let wrong = north.owner.client.post(HOLIDAYS, &[("day", day), ("holiday", name)]).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text().contains(&format!("id=\"{field}-fault\"")), "{day} {name}");
    }
    let removal = format!("{HOLIDAYS}/2026-12-25/removal");
    assert_eq!(south.owner.client.post(&removal, &[]).await.status, 404, "it is not theirs");
    assert_eq!(north.owner.client.post(&removal, &[]).await.status, 303);
    assert_eq!(north.owner.client.post(&removal, &[]).await.status, 404);
    assert_eq!(north.owner.client.post(&format!("{HOLIDAYS}/nonsense/removal"), &[]).await.status, 404);
    assert_eq!(house.count("SELECT count(*) FROM holidays").await, 0);
}

#[tokio::test]
async fn two_who_add_the_same_holiday_at_once_make_one() {
    let house = House::open().await;
    let north = house.found("North").await;
    let add = || async {
        let mut client = north.owner.client.clone();
        client.post(HOLIDAYS, &[("day", "2027-05-01"), ("holiday", "May Day")]).await.status
    };
    let mut statuses = [(); 4].map(|()| add()).into_iter().collect::<futures::stream::FuturesUnordered<_>>();
    let mut answers = Vec::new();
    while let Some(status) = futures::StreamExt::next(&mut statuses).await {
        answers.push(status);
    }
    answers.sort_unstable();
    assert_eq!(answers, [303, 409, 409, 409]);
}

#[tokio::test]
async fn log_3_the_trail_names_what_changed_and_none_of_it() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    north.owner.client.post(PAGE, &CHOSEN).await;
    north.owner.client.post(HOLIDAYS, &[("day", "2026-12-25"), ("holiday", "Christmas")]).await;
    let mut database = house.superuser().await;
    let query = "SELECT changes FROM audit_entries WHERE organization_id = $1 AND action = 'manage_organization' ORDER BY sequence";
    let entries: Vec<Vec<String>> = sqlx::query_scalar(query).bind(north.id.0).fetch_all(&mut database).await.unwrap();
    assert_eq!(entries, [vec!["name", "language:en>fr", "time_zone", "working_hours"], vec!["holidays"]]);
}
