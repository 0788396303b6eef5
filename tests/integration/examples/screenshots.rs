//! Writes what each page of a member looks like: in both languages, light and dark, at a desk and on a telephone.
//!
//! `cargo run -p qualify-integration --example screenshots -- FOLDER [PART OF AN ADDRESS]`. Pages that are wider than
//! the screen, and what the checker of accessibility finds, are told on the way.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for contributors")]

use std::{env, fs, path::PathBuf, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use qualify_domain::access::Role;
use qualify_http::ROUTES;
use qualify_integration::{Browser, House, Organization, Plan};
use reqwest::Method;
use serde_json::{Value, json};

const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../adapters/http/assets/node_modules/axe-core/axe.min.js");

#[tokio::main]
async fn main() {
    let mut arguments = env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "screenshots".to_owned()));
    let part = arguments.next().unwrap_or_default();
    fs::create_dir_all(&folder).unwrap();
    let house = House::built(Plan { named: true, ..Plan::default() }).await;
    let mut organization = furnished(&house).await;
    let browser = Browser::open().await;
    browser.sign_in(&house.url, &organization.owner.email).await;
    let mut pages = pages(&organization);
    pages.extend(imported(&house, &mut organization).await);
    pages.extend(asked(&mut organization).await);
    let rows = organization.leads().await;
    pages.push(format!("/leads/{}/merge?with={}", rows[0].id, rows[1].id));
    // Last: a reminder waits for its day.
    work(&mut organization).await;
    pages.extend(organization.leads().await.iter().map(|row| format!("/leads/{}", row.id)));
    pages.retain(|page| page.contains(&part));
    for language in ["en", "fr"] {
        for theme in ["light", "dark"] {
            choose(&mut organization, language, theme).await;
            for page in &pages {
                for width in [1280, 360] {
                    let device = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 760});
                    browser.command("Emulation.setDeviceMetricsOverride", device).await;
                    browser.show(&format!("{}{page}", house.url)).await;
                    let name = format!(
                        "{}-{language}-{theme}-{width}.png",
                        page.trim_matches('/').replace(['/', '?', '&', '='], "-")
                    );
                    fs::write(folder.join(&name), picture(&browser).await).unwrap();
                    for fault in faults(&browser).await {
                        println!("{name}: {fault}");
                    }
                }
            }
        }
    }
    println!("{} pages are in {}", 8 * pages.len(), folder.display());
}

/// The addresses of the settings, and of the pages beside them that a member comes by.
fn pages(organization: &Organization) -> Vec<String> {
    let user = organization.owner.user.to_string();
    let settings = ROUTES.iter().filter(|spec| spec.method == Method::GET && spec.path.starts_with("/settings/"));
    let mut pages: Vec<String> = settings.map(|spec| spec.path.replace("{user}", &user)).collect();
    let others = [
        "/leads",
        "/leads?group=stage&density=compact",
        "/leads?group=grade&columns=email,phone,company,tags,stage,owner,form,grade,legal_basis,last_submission,created",
        "/leads?filter=%7B%22field%22%3A%22property:00000000-0000-7000-8000-000000000001%22,%22op%22%3A%22is_empty%22%7D",
        "/leads/changes",
        "/leads/export",
        "/leads/filter",
        "/leads/filter?open=all&field=tags&op=has_any&value=VIP&field=property:00000000-0000-7000-8000-000000000001",
        "/board",
        "/reports",
        "/reports?part=leads",
        "/reports?part=stages",
        "/reports?part=reasons",
        "/reports?part=members",
        "/tasks",
        "/jobs",
        "/imports",
        "/notifications",
        "/departure",
        "/forms",
        "/forms/new",
        "/leads/new",
        "/api/docs",
    ];
    pages.extend(others.map(str::to_owned));
    pages.retain(|page| !page.contains('{'));
    pages
}

/// A form that will ask for more once that is published. Tells where its pages are.
async fn asked(organization: &mut Organization) -> Vec<String> {
    let form = format!("/forms/{}", organization.form);
    let size = [
        ("kind", "choice"),
        ("label_en", "Size of the oven"),
        ("label_fr", "Taille du four"),
        ("help_en", "You can change your mind later."),
        ("choices", "Small\nMedium\nLarge"),
        ("purpose", "To size the offer"),
        ("required", "1"),
    ];
    organization.owner.client.post(&format!("{form}/fields/new"), &size).await;
    let fields = format!("{form}/fields");
    let hosted = format!("/f/{}", organization.public_id);
    let settings = format!("{form}/settings");
    vec![hosted, settings, form, format!("{fields}/new?kind=text"), format!("{fields}/size_of_the_oven"), fields]
}

/// Files of people: one that waits to be explained, and one that became leads where it could. Tells where their pages are.
async fn imported(house: &House, organization: &mut Organization) -> Vec<String> {
    let client = &mut organization.owner.client;
    let file = "Nom;Courriel;Téléphone;Société;Reçu le;Remarques\n\
        Zoé Léger;zoe.leger@example.com;06 12 34 56 78;Boulangerie de la longue avenue;25/12/2025;Salon de Lyon\n\
        Maximiliane von der Langen Straße am Ende des Waldes;maximiliane@example.com;;;;\n\
        Bert;bert example.com;12;;31/02/2026;\n";
    let mut pages = Vec::new();
    for name in ["salon-de-lyon-2026.csv", "contacts.csv"] {
        let answer = client.upload("/imports", name, file.as_bytes()).await;
        pages.push(answer.location().to_owned());
    }
    let version = client.get(&pages[1]).await.hidden("version").unwrap();
    let columns = ["name=1", "email=2", "phone=3", "company=4", "created_at=5", "note=6"].map(|to| ("to", to));
    let said = [
        ("version", version.as_str()),
        ("encoding", "utf8"),
        ("delimiter", "semicolon"),
        ("has_header", "1"),
        ("dates", "day_first"),
        ("mode", "upsert"),
        ("legal_basis", "legitimate_interest"),
        ("source", "Salon de Lyon"),
        ("do", "begin"),
    ];
    let begun = client.post(&pages[1], &[&said[..], &columns[..]].concat()).await;
    assert_eq!(begun.status, 303, "{}", begun.text());
    house.settle().await;
    pages
}

/// An organization with something on each page, and names as long as people have them.
async fn furnished(house: &House) -> Organization {
    let mut organization = house.found("Boulangerie de la longue avenue de Montparnasse").await;
    let people =
        [("anna.berg", Role::Admin), ("marc", Role::Manager), ("a.very.long.address.of.somebody", Role::Agent)];
    for (name, role) in people {
        house.join(&organization, &format!("{name}@boulangerie.example"), &[role]).await;
    }
    for name in ["Anna Berg", "Maximiliane von der Langen Straße am Ende des Waldes", "Zoë"] {
        let (address, email) = (format!("/f/{}", organization.public_id), format!("{}@example.com", name.len()));
        for message in ["Hello", "Hello again"] {
            house.client().post(&address, &[("name", name), ("email", &email), ("message", message)]).await;
        }
    }
    house.settle().await;
    let client = &mut organization.owner.client;
    client.post("/settings/teams", &[("name", "Field")]).await;
    let key = [("name", "Site web"), ("role", "agent"), ("days", "90"), ("leads:read", "1"), ("leads:write", "1")];
    client.post("/settings/api-keys", &key).await;
    for (day, name) in [("2026-12-25", "Noël"), ("2027-01-01", "Jour de l’An")] {
        client.post("/settings/organization/holidays", &[("day", day), ("holiday", name)]).await;
    }
    organization
}

/// What a member does in a day: a lead is moved, noted upon, planned for; leads are taken away.
async fn work(organization: &mut Organization) {
    let leads = organization.leads().await;
    let user = organization.owner.user.to_string();
    let client = &mut organization.owner.client;
    let property =
        [("name", "Seats"), ("purpose", "To size the offer"), ("kind", "number"), ("choices", ""), ("key", "")];
    client.post("/settings/properties", &property).await;
    let lead = format!("/leads/{}", leads[0].id);
    client.post(&format!("{lead}/owner"), &[("owner", &*user), ("version", "1")]).await;
    client.post(&format!("{lead}/notes"), &[("kind", "call"), ("note", "Wants an offer by Friday.")]).await;
    for (title, due) in [("Send the offer", "2026-11-20"), ("Call again", "2026-12-24")] {
        let task = [("title", title), ("due_on", due), ("reminder", "on_the_day"), ("task_owner", "")];
        client.post(&format!("{lead}/tasks"), &task).await;
    }
    client.post("/leads/export", &[("filter", ""), ("email", "1"), ("later", "1")]).await;
    client.post("/leads/changes", &[("act", "tag"), ("tag", "Fair")]).await;
}

async fn choose(organization: &mut Organization, language: &str, theme: &str) {
    let client = &mut organization.owner.client;
    for (name, value) in [("language", language), ("theme", theme)] {
        let answer = client.post(&format!("/settings/profile/{name}"), &[(name, value)]).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
    }
}

async fn picture(browser: &Browser) -> Vec<u8> {
    tokio::time::sleep(Duration::from_millis(250)).await;
    let whole = json!({"format": "png", "captureBeyondViewport": true});
    let shot = browser.command("Page.captureScreenshot", whole).await;
    STANDARD.decode(shot["data"].as_str().unwrap()).unwrap()
}

/// What is wider than the screen, and what people with a screen reader or weak eyes would miss.
async fn faults(browser: &Browser) -> Vec<String> {
    let wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    let mut found = Vec::new();
    let beyond = browser.ask(wide).await.as_i64().unwrap_or_default();
    if beyond > 0 {
        found.push(format!("{beyond} pixels wider than the screen"));
    }
    let Ok(axe) = fs::read_to_string(AXE) else { return found };
    browser.ask(&axe).await;
    browser.ask("window.told = null; axe.run().then(r => { window.told = r.violations })").await;
    let told = loop {
        match browser.ask("return window.told").await {
            Value::Null => tokio::time::sleep(Duration::from_millis(20)).await,
            told => break told,
        }
    };
    let broken = told.as_array().cloned().unwrap_or_default();
    found.extend(broken.iter().map(|rule| format!("{}: {}", rule["id"], rule["nodes"][0]["html"])));
    found
}
