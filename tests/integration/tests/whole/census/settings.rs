//! The fields that the pages of settings take.

use qualify_integration::Client;

use super::Ids;

/// Where a webhook of the showcase and of tests goes: to nobody.
const NOWHERE: &str = "https://hooks.example.com/in?of=tests";

/// A key of a program.
pub(crate) async fn key(client: &mut Client) {
    let wish = [("name", "Website"), ("role", "agent"), ("days", "90"), ("leads:read", "1")];
    let made = client.post("/settings/api-keys", &wish).await;
    assert_eq!(made.status, 200, "{}", made.text());
}

/// A view of one's own.
pub(crate) async fn view(client: &mut Client) {
    let kept = client.post("/views", &[("name", "Mine"), ("settings", "{}")]).await;
    assert_eq!(kept.status, 303, "{}", kept.text());
}

/// A webhook, and something that it is told.
pub(crate) async fn hook(client: &mut Client) -> (String, String) {
    let wish = [("url", NOWHERE), ("detail", "thin"), ("lead.created", "1")];
    let made = client.post("/settings/webhooks", &wish).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let hook = between(&made.text(), "href=\"/settings/webhooks/", "\"");
    let path = format!("/settings/webhooks/{hook}");
    let told = client.post(&format!("{path}/test"), &[]).await;
    assert_eq!(told.status, 303, "{}", told.text());
    let delivery = between(&client.get(&path).await.text(), "id=\"delivery-", "\"");
    (hook, delivery)
}

/// What stands first between two texts.
fn between(page: &str, before: &str, after: &str) -> String {
    let found = page.split(before).nth(1).and_then(|rest| rest.split(after).next());
    found.unwrap_or_default().to_owned()
}

impl Ids {
    pub(super) fn settings_fields(&self, path: &str) -> Vec<(&'static str, String)> {
        match path {
            "/settings/notifications" => ["assignment", "mention", "task", "reminder", "new_lead", "answer"]
                .map(|kind| (kind, "at_once".to_owned()))
                .to_vec(),
            "/settings/members/{user}/ownership" => vec![("sure", String::new())],
            "/settings/members/{user}/removal" => vec![("heir", "nobody".to_owned())],
            "/settings/api-keys" => {
                let wish = [("name", "Probe"), ("role", "viewer"), ("days", "30"), ("leads:read", "1")];
                wish.map(|(name, value)| (name, value.to_owned())).to_vec()
            }
            "/settings/webhooks" | "/settings/webhooks/{id}" => {
                let wish = [("url", NOWHERE), ("detail", "thin"), ("lead.created", "1")];
                wish.map(|(name, value)| (name, value.to_owned())).to_vec()
            }
            // Not its host: it is there for the routes that come after.
            "/settings/webhooks/{id}/removal" => vec![("host", "elsewhere.example".to_owned())],
            "/settings/organization" => {
                let settings = [("version", "1"), ("name", "North"), ("language", "en"), ("monday_from", "9:00")];
                let settings = settings.into_iter().chain([("monday_until", "17:00"), ("time_zone", "")]);
                settings.map(|(name, value)| (name, value.to_owned())).collect()
            }
            "/settings/organization/holidays" => {
                vec![("day", "2030-05-01".to_owned()), ("holiday", "A day".to_owned())]
            }
            "/settings/score/rules" | "/settings/score/rules/{number}" | "/settings/score/what-if" => {
                [("about_1", "phone"), ("points", "5")].map(|(name, value)| (name, value.to_owned())).to_vec()
            }
            "/settings/score/groups" | "/settings/score/groups/{number}" => {
                [("name", "Group"), ("cap", "20")].map(|(name, value)| (name, value.to_owned())).to_vec()
            }
            "/settings/score/half-life" => vec![("half_life", "21".to_owned())],
            "/settings/profile" => {
                let names = [("first_name", "P"), ("last_name", "Q"), ("language", "en"), ("theme", "system")];
                names.map(|(name, value)| (name, value.to_owned())).to_vec()
            }
            "/settings/privacy/objection" => vec![("objection", "No statistics.".to_owned())],
            "/settings/privacy/restriction" => vec![("restriction", "Keep the log.".to_owned())],
            "/settings/profile/language" => vec![("language", "en".to_owned())],
            "/settings/profile/theme" => vec![("theme", "dark".to_owned())],
            "/settings/properties" => {
                let property = [("name", "Seats"), ("purpose", "To size it"), ("kind", "number")];
                property.map(|(name, value)| (name, value.to_owned())).to_vec()
            }
            "/settings/properties/{id}" => {
                let property = [("name", "Budget"), ("purpose", "To size it"), ("version", &*self.version)];
                property.map(|(name, value)| (name, value.to_owned())).to_vec()
            }
            "/settings/properties/{id}/place" | "/settings/pipelines/{id}/place" => {
                vec![("direction", "later".to_owned())]
            }
            "/settings/pipelines" => vec![("name", "Partners".to_owned())],
            "/settings/pipelines/{id}/name" => {
                vec![("pipeline", "Sales".to_owned()), ("version", self.version.clone())]
            }
            "/settings/pipelines/{id}/stages" | "/settings/pipelines/{id}/stages/{stage}" => {
                let stage = [("name", "Call"), ("kind", "open"), ("version", &*self.version)];
                stage.map(|(name, value)| (name, value.to_owned())).to_vec()
            }
            "/settings/pipelines/{id}/stages/{stage}/place" => {
                vec![("direction", "later".to_owned()), ("version", self.version.clone())]
            }
            "/settings/pipelines/{id}/stages/{stage}/removal" => {
                vec![("heir", self.stage.clone()), ("version", self.version.clone())]
            }
            "/settings/billing/checkout" | "/settings/billing/plan" => vec![("plan", "team".to_owned())],
            "/settings/reasons" => vec![("reason", "Moved away".to_owned())],
            "/settings/teams" => vec![("name", "Inside".to_owned())],
            "/settings/teams/{id}/name" => vec![("name", "Outside".to_owned()), ("leader", String::new())],
            "/settings/teams/{id}/members" => vec![("user", self.user.clone())],
            _ => vec![],
        }
    }
}
