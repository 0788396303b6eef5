//! How every route is asked: the ids in its address and the fields it takes. A new route finds its fields in [`Ids::fields`].

pub(crate) mod settings;

use qualify_domain::access::Role;
use qualify_http::RouteSpec;
use qualify_integration::{Answer, Client, FORM_SETTINGS, House, Organization};
use qualify_ports::time::Clock;
use reqwest::Method;
use serde_json::json;

/// What stands in the places of the addresses.
#[derive(Clone)]
pub(crate) struct Ids {
    pub(crate) organization: String,
    pub(crate) lead: String,
    pub(crate) form: String,
    pub(crate) submission: String,
    pub(crate) public_id: String,
    pub(crate) stage: String,
    pub(crate) pipeline: String,
    pub(crate) property: String,
    pub(crate) reason: String,
    pub(crate) task: String,
    /// A member of the organization who is nobody in particular.
    pub(crate) user: String,
    pub(crate) team: String,
    pub(crate) session: String,
    pub(crate) invitation: String,
    pub(crate) passkey: String,
    pub(crate) key: String,
    /// A webhook, and something that it was told.
    pub(crate) hook: String,
    pub(crate) delivery: String,
    pub(crate) notification: String,
    /// A job of the organization's owner.
    pub(crate) job: String,
    /// A legal hold on somebody's account.
    pub(crate) hold: String,
    pub(crate) breach: String,
    /// A lead that is restricted, of somebody without an address.
    pub(crate) restricted: String,
    /// A merge into a lead of nobody.
    pub(crate) merge: String,
    /// A lead that was erased.
    pub(crate) erasure: String,
    /// A view that the owner keeps for themselves.
    pub(crate) view: String,
    /// What somebody asked about their own data.
    pub(crate) request: String,
    /// The word in the organization's public address.
    pub(crate) slug: String,
    /// A file of people that waits to be imported.
    pub(crate) import: String,
    /// What a form says it saw: a change of what has gone on since is refused as stale.
    pub(crate) version: String,
}

impl Ids {
    pub(crate) async fn of(house: &House, organization: &Organization) -> Self {
        let colleague =
            house.join(organization, &format!("colleague@{}.example", organization.id), &[Role::Viewer]).await;
        let made = organization.owner.client.clone().post("/settings/teams", &[("name", "Field")]).await;
        assert_eq!(made.status, 303, "{}", made.text());
        let task = [("title", "Call"), ("due_on", ""), ("reminder", ""), ("task_owner", "")];
        let lead: uuid::Uuid = sqlx::query_scalar("SELECT id FROM leads WHERE organization_id = $1 LIMIT 1")
            .bind(organization.id.0)
            .fetch_one(&mut house.superuser().await)
            .await
            .unwrap();
        let made = organization.owner.client.clone().post(&format!("/leads/{lead}/tasks"), &task).await;
        assert_eq!(made.status, 303, "{}", made.text());
        let property =
            [("name", "Budget"), ("purpose", "To size the offer"), ("kind", "number"), ("choices", ""), ("key", "")];
        let made = organization.owner.client.clone().post("/settings/properties", &property).await;
        assert_eq!(made.status, 303, "{}", made.text());
        settings::key(&mut organization.owner.client.clone()).await;
        let (hook, delivery) = settings::hook(&mut organization.owner.client.clone()).await;
        settings::view(&mut organization.owner.client.clone()).await;
        let email = format!("guest@{}.example", organization.id);
        let invite = [("email", email.as_str()), ("viewer", "1")];
        let sent = organization.owner.client.clone().post("/settings/members/invitations", &invite).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        let today = house.clock.now().strftime("%Y-%m-%d").to_string();
        let request = [("email", email.as_str()), ("right", "erasure"), ("received_on", &today)];
        let taken = organization.owner.client.clone().post("/privacy-requests", &request).await;
        assert_eq!(taken.status, 303, "{}", taken.text());
        let file = "Name,E-mail\nAnna Berg,imported@example.com\n";
        let import = organization.owner.client.clone().upload("/imports", "people.csv", file.as_bytes()).await;
        assert_eq!(import.status, 303, "{}", import.text());
        let mut database = house.superuser().await;
        let job = sqlx::query(
            "INSERT INTO jobs (organization_id, id, user_id, session_id, kind, state, place, done, report, asked_at, ended_at, version)
            SELECT current_organization_id, gen_random_uuid(), user_id, id,
                '{\"kind\": \"export_leads\", \"filter\": {}, \"columns\": [], \"header\": []}', 'done', '', 0, '{}', created_at,
                created_at, 1
            FROM sessions WHERE user_id = $1 LIMIT 1",
        );
        job.bind(organization.owner.user.0).execute(&mut database).await.unwrap();
        let merge = sqlx::query(
            "INSERT INTO merges (organization_id, id, lead_id, survivor_id, merged_id, at)
            SELECT organization_id, gen_random_uuid(), id, id, gen_random_uuid(), created_at
            FROM leads WHERE organization_id = $1 AND owner_id IS NULL LIMIT 1",
        );
        merge.bind(organization.id.0).execute(&mut database).await.unwrap();
        let erasure = sqlx::query(
            "INSERT INTO erasures (organization_id, id, at, ground, counts, expires_at)
            SELECT organization_id, gen_random_uuid(), created_at, 'asked', '{}', created_at + interval '5 years'
            FROM organizations WHERE organization_id = $1",
        );
        erasure.bind(organization.id.0).execute(&mut database).await.unwrap();
        hold_and_breach(house, organization, &colleague.user.to_string()).await;
        let session = sqlx::query_scalar("SELECT id::text FROM sessions WHERE user_id = $1");
        let session = session.bind(colleague.user.0).fetch_one(&mut database).await.unwrap();
        let restricted = restricted(&mut database, organization).await;
        let slug: String = sqlx::query_scalar("SELECT slug FROM organizations WHERE organization_id = $1")
            .bind(organization.id.0)
            .fetch_one(&mut database)
            .await
            .unwrap();
        let mut one = async |table: &str| -> String {
            let query = format!("SELECT id::text FROM {table} WHERE organization_id = $1 ORDER BY id DESC LIMIT 1");
            let query = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).bind(organization.id.0);
            query.fetch_one(&mut database).await.unwrap()
        };
        Self {
            organization: organization.id.to_string(),
            version: "1".to_owned(),
            lead: one("leads").await,
            form: one("forms").await,
            submission: one("submissions").await,
            stage: one("stages").await,
            pipeline: one("pipelines").await,
            property: one("properties").await,
            reason: one("reasons").await,
            task: one("tasks").await,
            notification: one("notifications").await,
            job: one("jobs").await,
            hold: one("holds").await,
            breach: one("breaches").await,
            restricted,
            merge: one("merges").await,
            erasure: one("erasures").await,
            view: one("views").await,
            import: one("imports").await,
            request: one("rights_requests").await,
            slug,
            public_id: organization.public_id.clone(),
            team: one("teams").await,
            invitation: one("invitations").await,
            user: colleague.user.to_string(),
            session,
            passkey: uuid::Uuid::from_u128(0x0192_f7a0 << 96).to_string(),
            key: one("api_keys").await,
            hook,
            delivery,
        }
    }

    pub(crate) fn nobodys() -> Self {
        let id = |n: u128| uuid::Uuid::from_u128((0x0192_f7a0 << 96) | n).to_string();
        Self {
            organization: id(10),
            version: "1".to_owned(),
            lead: id(1),
            form: id(2),
            submission: id(3),
            public_id: id(4),
            stage: id(5),
            pipeline: id(13),
            property: id(14),
            reason: id(15),
            task: id(16),
            user: id(6),
            team: id(7),
            session: id(8),
            invitation: id(12),
            passkey: id(9),
            key: id(10),
            hook: id(21),
            delivery: id(22),
            notification: id(11),
            job: id(13),
            hold: id(18),
            breach: id(20),
            restricted: id(19),
            merge: id(17),
            erasure: id(18),
            view: id(14),
            import: id(17),
            request: id(18),
            slug: "nobody".to_owned(),
        }
    }

    pub(crate) fn address(&self, spec: &RouteSpec) -> String {
        let whose = match spec.path {
            path if path.starts_with("/leads") => &self.lead,
            path if path.starts_with("/jobs") => &self.job,
            path if path.starts_with("/merges") => &self.merge,
            path if path.starts_with("/erasures") => &self.erasure,
            path if path.starts_with("/privacy/holds") => &self.hold,
            path if path.starts_with("/privacy/breaches") => &self.breach,
            path if path.starts_with("/privacy/restrictions") => &self.restricted,
            path if path.starts_with("/tasks") => &self.task,
            path if path.starts_with("/imports") => &self.import,
            path if path.starts_with("/notifications") => &self.notification,
            path if path.starts_with("/views") => &self.view,
            path if path.starts_with("/privacy-requests") => &self.request,
            path if path.starts_with("/organizations") => &self.organization,
            path if path.starts_with("/settings/members/invitations") => &self.invitation,
            path if path.starts_with("/settings/teams") => &self.team,
            path if path.starts_with("/settings/pipelines") => &self.pipeline,
            path if path.starts_with("/settings/properties") => &self.property,
            path if path.starts_with("/settings/reasons") => &self.reason,
            path if path.starts_with("/settings/api-keys") => &self.key,
            path if path.starts_with("/settings/webhooks") => &self.hook,
            path if path.starts_with("/settings/security/sessions") => &self.session,
            path if path.starts_with("/settings/security/passkeys") => &self.passkey,
            _ => &self.form,
        };
        spec.path
            .replace("{id}", whose)
            .replace("{submission}", &self.submission)
            .replace("{delivery}", &self.delivery)
            .replace("{stage}", &self.stage)
            .replace("{public_id}", &self.public_id)
            .replace("{user}", &self.user)
            .replace("{number}", if spec.path.contains("/groups/") { "1" } else { "3" })
            .replace("{version}", "1")
            .replace("{key}", "message")
            .replace("{day}", "2030-05-01")
            .replace("{file}", "nothing")
            .replace("{token}", "nothing")
            .replace("{slug}", &self.slug)
    }

    pub(crate) fn fields(&self, spec: &RouteSpec) -> Vec<(&'static str, String)> {
        let settings = FORM_SETTINGS.map(|(name, value)| (name, value.to_owned()));
        match spec.path {
            "/leads/export" => vec![("filter", String::new()), ("email", "1".to_owned())],
            "/leads/changes" => vec![("act", "tag".to_owned()), ("tag", "Fair".to_owned())],
            "/leads/erasure" => vec![("number", "0".to_owned()), ("ground", "asked".to_owned())],
            "/informing" => {
                let batch = [("source", ""), ("day", "2026-11-23"), ("told_on", "2026-11-23")];
                batch.map(|(name, value)| (name, value.to_owned())).to_vec()
            }
            "/leads/{id}/consents" => vec![("matter", String::new()), ("sure", "1".to_owned())],
            "/privacy/holds" => vec![("kind", "lead".to_owned()), ("record", self.lead.clone())],
            "/privacy/agreement" => vec![("version", "2".to_owned()), ("language", "en".to_owned())],
            "/privacy/breaches" => vec![("aware_at", "2026-01-05T10:00".to_owned()), ("happened", "A loss".to_owned())],
            "/privacy/breaches/{id}" => vec![("happened", "A loss".to_owned())],
            "/privacy/breaches/{id}/cnil" => vec![("cnil_at", "2026-01-05T10:30".to_owned())],
            "/privacy/breaches/{id}/people" => vec![("people_at", "2026-01-05T10:30".to_owned())],
            "/privacy/support" => vec![("hours", "1".to_owned()), ("reason", "A list".to_owned())],
            "/privacy/holds/{id}/lift" => vec![("sure", "1".to_owned())],
            "/privacy/holds/{id}/review" => vec![("next", "2030-01-01".to_owned())],
            "/leads/{id}/notes" => vec![("note", "A note.".to_owned())],
            "/leads/new" => vec![("email", "new@example.com".to_owned()), ("anyway", "1".to_owned())],
            "/leads/{id}/merge" => {
                let itself = [("other", &self.lead), ("version", &self.version), ("other_version", &self.version)];
                itself.map(|(name, value)| (name, value.clone())).to_vec()
            }
            // Not its name: it is there for the routes that come after.
            "/leads/{id}/erasure" => vec![("ground", "asked".to_owned()), ("name", "Somebody".to_owned())],
            "/leads/{id}/properties" => {
                let field = [("field", "company"), ("was", ""), ("value", "Berg & Co")];
                field.map(|(name, value)| (name, value.to_owned())).to_vec()
            }
            "/leads/{id}/tasks" => vec![("title", "Call".to_owned())],
            "/leads/{id}/pipeline" => vec![("pipeline", self.pipeline.clone()), ("version", self.version.clone())],
            "/tasks/{id}" => vec![("title", "Call".to_owned()), ("version", self.version.clone())],
            "/tasks/{id}/completion" | "/tasks/{id}/reopening" | "/forms/{id}/editions/{version}/restoration" => {
                vec![("version", self.version.clone())]
            }
            "/leads/{id}/stage" => vec![("stage", self.stage.clone()), ("version", self.version.clone())],
            "/views" => vec![("name", "Probe".to_owned()), ("settings", "{}".to_owned())],
            "/views/{id}" => vec![("settings", "{}".to_owned()), ("version", self.version.clone())],
            "/views/{id}/name" => vec![("name", "Probed".to_owned()), ("shared", String::new())],
            "/forms" => settings.to_vec(),
            "/forms/{id}/settings" | "/forms/{id}/settings/preview" => {
                [&settings[..], &[("version", self.version.clone())]].concat()
            }
            "/forms/{id}/fields" => vec![("asks", "name".to_owned())],
            "/forms/{id}/fields/new"
            | "/forms/{id}/fields/{key}"
            | "/forms/{id}/fields/new/preview"
            | "/forms/{id}/fields/{key}/preview" => {
                let field = [("kind", "text"), ("label_en", "Budget"), ("purpose", "To size it")];
                field.map(|(name, value)| (name, value.to_owned())).to_vec()
            }
            "/forms/{id}/fields/{key}/place" => vec![("direction", "earlier".to_owned())],
            "/forms/{id}/publication" => vec![("version", self.version.clone()), ("draft", "1".to_owned())],
            "/leads/{id}/owner" => vec![("owner", String::new()), ("version", self.version.clone())],
            "/privacy/retention" => vec![("months", "24".to_owned()), ("justification", String::new())],
            "/confirm" => vec![("password", qualify_integration::PASSWORD.to_owned())],
            "/f/{public_id}" => vec![("email", "probe@example.com".to_owned())],
            "/o/{slug}/privacy" | "/privacy-requests" => {
                let asked = [("email", "probe@example.com"), ("right", "access"), ("received_on", "2026-11-23")];
                let asked =
                    asked.into_iter().filter(|(name, _)| spec.path == "/privacy-requests" || *name != "received_on");
                asked.map(|(name, value)| (name, value.to_owned())).collect()
            }
            "/o/{slug}/privacy/held" | "/o/{slug}/privacy/copy" | "/o/{slug}/privacy/requests" => {
                let asked = [("session", "nothing"), ("right", "access")];
                let asked = asked.into_iter().filter(|(name, _)| spec.path.ends_with("requests") || *name != "right");
                asked.map(|(name, value)| (name, value.to_owned())).collect()
            }
            "/privacy-requests/settings" => vec![("slug", self.slug.clone()), ("access", "1".to_owned())],
            "/privacy-requests/{id}/extension" => vec![("reasons", "Many".to_owned())],
            "/privacy-requests/{id}/refusal" => vec![("reason", "identity_not_proven".to_owned())],
            settings if settings.starts_with("/settings/") => self.settings_fields(settings),
            _ => vec![],
        }
    }
}

/// A hold on somebody's account, and a breach in the log.
async fn hold_and_breach(house: &House, organization: &Organization, user: &str) {
    let hold = [("kind", "account"), ("record", user), ("reason", "A claim"), ("review_on", &in_a_month(house))];
    let placed = organization.owner.client.clone().post("/privacy/holds", &hold).await;
    assert_eq!(placed.status, 303, "{}", placed.text());
    let breach = [
        ("aware_at", "2026-01-05T10:00"),
        ("happened", "A backup lay open."),
        ("categories", "Names"),
        ("people", ""),
        ("effects", "Unwanted mail"),
        ("measures", "It was taken away."),
    ];
    let logged = organization.owner.client.clone().post("/privacy/breaches", &breach).await;
    assert_eq!(logged.status, 303, "{}", logged.text());
}

/// A further lead, the last by its id, that nobody finds.
async fn restricted(database: &mut sqlx::PgConnection, organization: &Organization) -> String {
    let lead = sqlx::query_scalar(
        "INSERT INTO leads (organization_id, id, version, stage_id, legal_basis, first_touch, last_touch, created_at,
            last_submission_at, stage_entered_at, last_activity_at, rank)
        SELECT organization_id, overlay(gen_random_uuid()::text PLACING '00000000' FROM 1)::uuid, 1, stage_id, legal_basis,
            first_touch, last_touch, created_at, last_submission_at, stage_entered_at, last_activity_at, rank
        FROM leads WHERE organization_id = $1 LIMIT 1 RETURNING id::text",
    );
    let lead: String = lead.bind(organization.id.0).fetch_one(&mut *database).await.unwrap();
    let restriction = sqlx::query(
        "INSERT INTO restrictions (organization_id, lead_id, ground, names_ip, since)
        SELECT organization_id, id, 'contested', false, created_at FROM leads WHERE id = $1::uuid",
    );
    restriction.bind(&lead).execute(database).await.unwrap();
    lead
}

/// A day in about a month.
pub(crate) fn in_a_month(house: &House) -> String {
    let then = house.clock.now() + jiff::SignedDuration::from_hours(24 * 30);
    jiff::tz::TimeZone::UTC.to_datetime(then).date().to_string()
}

pub(crate) async fn ask(client: &Client, spec: &RouteSpec, ids: &Ids) -> Answer {
    let request = client.request(spec.method.clone(), &ids.address(spec));
    let request = request.header("accept", "text/html").header("origin", client.base());
    let request = if spec.method == Method::POST { request.form(&ids.fields(spec)) } else { request };
    if spec.path != "/live" {
        return client.ask(request).await;
    }
    // A stream does not end: its beginning is the answer.
    let cookies: Vec<_> = client.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let response = request.header("cookie", cookies.join("; ")).send().await.unwrap();
    Answer { status: response.status().as_u16(), headers: response.headers().clone(), body: Vec::new() }
}

pub(crate) async fn capture(house: &House, public_id: &str, body: &serde_json::Value) {
    let client = house.client();
    let request = client.request(Method::POST, &format!("/f/{public_id}")).header("accept", "application/json");
    let answer = client.ask(request.json(body)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}

/// An organization with a lead and a submission that is held back.
pub(crate) async fn furnished(house: &House, name: &str) -> Organization {
    let mut organization = house.found(name).await;
    capture(house, &organization.public_id, &json!({"email": "lead@example.com"})).await;
    organization.wait_for_leads(1).await;
    capture(house, &organization.public_id, &json!({"email": "spam@example.com", "website": "x"})).await;
    house.settle().await;
    organization
}
