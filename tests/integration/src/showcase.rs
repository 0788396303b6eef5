//! An organization with something on each page, for whoever looks at all of them.

use qualify_domain::access::Role;
use qualify_http::ROUTES;
use reqwest::Method;

use crate::{FORM_SETTINGS, House, Organization};
use qualify_laws::till::Till;

impl House {
    /// Founds an organization at work, with names as long as people have them, and tells the addresses of its pages.
    ///
    /// # Panics
    /// If anything that it needs is refused.
    pub async fn furnish(&self) -> (Organization, Vec<String>) {
        let mut organization = furnished(self).await;
        let mut pages = pages(&organization);
        pages.extend(imported(self, &mut organization).await);
        pages.extend(asked(&mut organization).await);
        pages.push(hooked(&mut organization).await);
        pages.extend(subscribed(self, &mut organization).await);
        let rows = organization.leads().await;
        pages.push(format!("/leads/{}/merge?with={}", rows[0].id, rows[1].id));
        pages.push(format!("/leads/{}/erasure", rows[0].id));
        pages.push(format!("/leads/{}/restriction", rows[0].id));
        // Last: a reminder waits for its day.
        work(&mut organization).await;
        pages.extend(organization.leads().await.iter().map(|row| format!("/leads/{}", row.id)));
        (organization, pages)
    }
}

/// The addresses of the settings, and of the pages beside them that a member comes by.
fn pages(organization: &Organization) -> Vec<String> {
    let user = organization.owner.user.to_string();
    let settings = ROUTES.iter().filter(|spec| spec.method == Method::GET && spec.path.starts_with("/settings/"));
    // Where nobody pays, there are none of these.
    let settings = settings.filter(|spec| !spec.path.starts_with("/settings/billing"));
    let mut pages: Vec<String> = settings.map(|spec| spec.path.replace("{user}", &user)).collect();
    let others = [
        "/leads",
        "/leads?group=stage&density=compact",
        "/leads?group=grade&columns=email,phone,company,tags,stage,owner,form,grade,legal_basis,last_submission,created",
        "/leads?filter=%7B%22field%22%3A%22property:00000000-0000-7000-8000-000000000001%22,%22op%22%3A%22is_empty%22%7D",
        "/leads/changes",
        "/leads/erasure",
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
        "/privacy/restrictions",
        "/privacy/holds",
        "/privacy/breaches",
        "/privacy/agreement",
        "/privacy/retention",
        "/privacy/records",
        "/privacy/support",
        "/informing",
        "/privacy-requests",
        "/privacy-requests/new",
        "/privacy-requests/settings",
        "/forms",
        "/forms/new",
        "/leads/new",
        "/api/docs",
    ];
    pages.extend(others.map(str::to_owned));
    pages.retain(|page| !page.contains('{'));
    pages
}

/// A webhook that is tried. Tells where its page is.
async fn hooked(organization: &mut Organization) -> String {
    let wish = [
        ("url", "https://hooks.boulangerie-de-la-longue-avenue.example/qualify/leads?source=site"),
        ("detail", "full"),
        ("lead.created", "1"),
        ("lead.moved", "1"),
    ];
    let made = organization.owner.client.post("/settings/webhooks", &wish).await.text();
    let page = made.split("href=\"").map(|rest| rest.split('"').next().unwrap_or_default());
    let page =
        page.filter(|address| address.starts_with("/settings/webhooks/")).last().expect("it has a page").to_owned();
    let tried = organization.owner.client.post(&format!("{page}/test"), &[]).await;
    assert_eq!(tried.status, 303, "{}", tried.text());
    page
}

/// Where organizations pay, one that does, at a till that sells at once. Tells where its pages are.
async fn subscribed(house: &House, organization: &mut Organization) -> Vec<String> {
    if !house.ports.payments.provider.is_billed() {
        return Vec::new();
    }
    let client = &mut organization.owner.client;
    let answer = client.post("/settings/billing/checkout", &[("plan", "team")]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(house.hear(&Till::told(1, "s1")).await, 200);
    let waits = "SELECT count(*) FROM billing_hints WHERE settled_at IS NULL";
    while house.count(waits).await > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let pages = ["", "/return", "/plan?to=business", "/cancellation", "/bills"];
    pages.map(|page| format!("/settings/billing{page}")).to_vec()
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
    // Another version, with other words, to compare with the first.
    let said = [&FORM_SETTINGS[..], &[("version", "1")]].concat();
    organization.owner.client.post(&settings, &said).await;
    let editions = format!("{form}/editions");
    let of_fields = [format!("{fields}/new?kind=text"), format!("{fields}/size_of_the_oven"), fields];
    let parts = ["notice", "spam", "after", "embed", "submissions"].map(|part| format!("{form}/{part}"));
    let of_form = [hosted, settings, form, format!("{editions}/2"), editions];
    of_form.into_iter().chain(parts).chain(of_fields).collect()
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
    let version = client.get(&pages[1]).await.hidden("version").expect("the page has a version");
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
