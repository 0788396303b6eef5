//! Writes what each page of a member looks like: in both languages, light and dark, at a desk and on a telephone.
//!
//! `cargo run -p qualify-integration --example screenshots -- FOLDER [PART OF AN ADDRESS]`. Pages that are wider than
//! the screen, and what the checker of accessibility finds, are told on the way.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for contributors")]

use std::{env, fs, path::PathBuf, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use qualify_integration::{Browser, House, Organization, Plan};
use qualify_laws::till::Till;
use serde_json::{Value, json};

const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../adapters/http/assets/node_modules/axe-core/axe.min.js");

#[tokio::main]
async fn main() {
    let mut arguments = env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "screenshots".to_owned()));
    let part = arguments.next().unwrap_or_default();
    fs::create_dir_all(&folder).unwrap();
    let till = Arc::new(Till::that_sells());
    let house = House::built(Plan { named: true, billing: Some(till), ..Plan::default() }).await;
    let (mut organization, mut pages) = house.furnish().await;
    let browser = Browser::open().await;
    browser.sign_in(&house.url, &organization.owner.email).await;
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
