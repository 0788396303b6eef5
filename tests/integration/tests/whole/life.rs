//! The life of one person in an installation, from the form to the last trace: what is told of them, to whom, and that
//! nothing of them is left (Must-show of privacy; TST-3, DSR-9, DSR-10).

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::SignedDuration;
use qualify_integration::{House, Logs, Organization, PASSWORD, Plan};
use qualify_laws::hooks::Endpoints;
use reqwest::Method;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{
    census::capture,
    imports::{begun, import, told, upload},
    privacy_requests::automatic,
};

const ADDRESS: &str = "canary.mail@birdsong.example";

/// Where they came from (RET-3).
const IP: &str = "203.0.113.77";

/// Every one of these stands in something the person typed, in what was written of them, or in how they came.
const MARKS: [&str; 5] = ["canary", "birdsong", "98 76 54", "698765432", IP];

fn found(text: &str) -> Vec<&'static str> {
    // The islands have a time zone, which stands in a list of all. Bytes are dumped in hexadecimal digits.
    let text = text.to_lowercase().replace("atlantic/canary", "");
    let digits = |mark: &str| mark.bytes().fold(String::new(), |digits, byte| digits + format!("{byte:02x}").as_str());
    MARKS.into_iter().filter(|mark| text.contains(mark) || text.contains(&digits(mark))).collect()
}

/// Which tables of a dump hold something of the person.
async fn tables_that_tell(house: &House) -> Vec<String> {
    let rows = house.dump().await.into_iter().filter(|row| !found(row).is_empty());
    let mut tables: Vec<_> = rows.map(|row| row.split(':').next().unwrap_or_default().to_owned()).collect();
    tables.dedup();
    tables
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// One person of an organization, and a neighbour who stays.
struct Life {
    house: House,
    north: Organization,
    logs: Logs,
    endpoints: Arc<Endpoints>,
}

impl Life {
    async fn begun() -> Self {
        let logs = Logs::capture();
        let endpoints = Arc::new(Endpoints::default());
        let plan = Plan {
            works: false,
            shows_mails: false,
            trusted_proxies: 1,
            hooks: Some(endpoints.clone()),
            ..Plan::default()
        };
        let house = House::built(plan).await;
        let mut north = house.found("North").await;
        automatic(&mut north, &["access", "portability", "erasure"]).await;
        let wish =
            [("url", "https://crm.example.com/in"), ("detail", "full"), ("lead.created", "1"), ("lead.changed", "1")];
        let made = north.owner.client.post("/settings/webhooks", &wish).await;
        assert_eq!(made.status, 200, "{}", made.text());
        let life = Self { house, north, logs, endpoints };
        capture(&life.house, &life.north.public_id, &json!({ "name": "Bert Stone", "email": "bert@stone.example" }))
            .await;
        life.work().await;
        assert_eq!(life.told().len(), 1);
        life
    }

    /// Which tables hold where the person came from.
    async fn tables_with_address(&self) -> Vec<String> {
        let rows = self.house.dump().await.into_iter().filter(|row| found(row).contains(&IP));
        let mut tables: Vec<_> = rows.map(|row| row.split(':').next().unwrap_or_default().to_owned()).collect();
        tables.dedup();
        tables
    }

    /// What the organization's endpoint was told since it was asked for the last time: kinds, and bodies.
    fn told(&self) -> Vec<(String, String)> {
        let told = self.endpoints.take().into_iter().map(|attempt| attempt.body.0);
        let kind =
            |body: &str| serde_json::from_str::<serde_json::Value>(body).unwrap()["type"].as_str().unwrap().to_owned();
        told.map(|body| (kind(&body), body)).collect()
    }

    async fn work(&self) {
        self.house.clock.advance(SignedDuration::from_secs(6));
        self.house.worker.drain(&CancellationToken::new()).await.unwrap();
    }

    async fn page(&mut self, path: &str) -> String {
        let answer = self.north.owner.client.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text()
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.north.owner.client.post(path, fields).await;
        assert_eq!(answer.status, 303, "{path}: {}", answer.text());
        answer.location().to_owned()
    }

    /// From the form to the lead, and to the mail that tells a member of it.
    async fn arrives(&mut self) -> String {
        let body = json!({ "name": "Canaryname Birdsong", "email": ADDRESS, "phone": "+33 6 98 76 54 32",
            "message": "canarymessage sings in the mine", "utm_source": "canarysource",
            "_referrer": "https://canaryreferrer.example/" });
        let client = self.house.client();
        let form = client.request(Method::POST, &format!("/f/{}", self.north.public_id)).json(&body);
        let taken = client.ask(form.header("accept", "application/json").header("x-forwarded-for", IP)).await;
        assert_eq!(taken.status, 201, "{}", taken.text());
        assert_eq!(self.tables_with_address().await, ["public.submissions"], "DAT-4");
        self.work().await;
        assert_eq!(self.tables_with_address().await, ["public.submissions"], "RET-3");
        let lead = self.north.wait_for_leads(2).await.remove(0);
        assert_eq!(lead.label, "Canaryname Birdsong");
        let mails = self.house.mails.to(&self.north.owner.email);
        assert!(mails.iter().any(|mail| mail.text.contains(&lead.id)), "a member is told of the lead");
        let told = self.told();
        assert!(told.iter().any(|(kind, body)| kind == "lead.created" && body.contains(ADDRESS)), "{told:?}");
        assert!(told.iter().all(|(_, body)| !body.contains(IP)), "RET-3");
        assert!(mails.iter().all(|mail| !mail.raw.contains(IP)), "RET-3");
        lead.id
    }

    /// What members write of them and take away.
    async fn is_worked_on(&mut self, lead: &str) -> String {
        self.post(&format!("/leads/{lead}/notes"), &[("note", "canarynote of a call")]).await;
        self.post(&format!("/leads/{lead}/tasks"), &[("title", "Ring canary back")]).await;
        let job = self.post("/leads/export", &[("filter", ""), ("name", "1"), ("email", "1"), ("later", "1")]).await;
        self.work().await;
        let file = self.page(&format!("{job}/file")).await;
        assert!(file.contains(ADDRESS), "{file}");
        job
    }

    /// Stored and nothing else: DSR-10.
    async fn is_restricted(&mut self, lead: &str) {
        self.post(&format!("/leads/{lead}/restriction"), &[("ground", "contested")]).await;
        assert_eq!(self.north.leads().await.len(), 1, "hidden from the list");
        for path in ["/leads?q=canaryname", "/board", "/tasks", "/jobs", "/reports"] {
            let answer = self.north.owner.client.get(path).await;
            // A list says what was searched for.
            let text = answer.text().replace("canaryname", "");
            assert_eq!((answer.status, found(&text)), (200, Vec::new()), "{path}");
        }
        let page = self.north.owner.client.get(&format!("/leads/{lead}")).await;
        assert_eq!((page.status, page.location().split('#').next()), (303, Some("/privacy/restrictions")));
        let taken =
            self.north.owner.client.post("/leads/export", &[("filter", ""), ("name", "1"), ("email", "1")]).await;
        assert_eq!(taken.text(), "Name,E-mail\r\nBert Stone,bert@stone.example\r\n");
        assert!(!tables_that_tell(&self.house).await.is_empty(), "and still kept");
        self.work().await;
        self.recipients_hear("lead.restricted", lead);
    }

    /// Whoever was told of the lead hears of that, and nothing else of the person (DSR-12).
    fn recipients_hear(&self, what: &str, lead: &str) {
        let told = self.told();
        let heard: Vec<_> = told.iter().filter(|(_, body)| body.contains(lead)).map(|(kind, _)| &**kind).collect();
        assert_eq!(heard, [what], "{told:?}");
        assert!(told.iter().all(|(_, body)| found(body).is_empty()), "{told:?}");
    }

    /// Asked for by the person, at the organization's page of rights, and served by itself.
    async fn is_erased(&mut self, lead: &str) {
        let fields = [("email", ADDRESS), ("right", "erasure"), ("words", "Forget canary."), ("lang", "en")];
        assert_eq!(self.house.client().post("/o/north/privacy", &fields).await.status, 303);
        self.work().await;
        let link = self.house.mails.to(ADDRESS).pop().unwrap().link("o/north/privacy");
        let done = self.house.client().post(&format!("/o/north/privacy/{link}"), &[]).await;
        assert_eq!(done.status, 200, "{}", done.text());
        self.work().await;
        let mails = self.house.mails.to(ADDRESS);
        let subjects: Vec<_> = mails.iter().map(|mail| &*mail.subject).collect();
        assert!(subjects.contains(&"North has erased what it kept of you"), "{subjects:?}");
        self.recipients_hear("lead.erased", lead);
    }
}

#[tokio::test]
async fn tst_3_dsr_9_the_life_of_a_person_ends_with_nothing_of_them_left() {
    let mut life = Life::begun().await;
    assert_eq!(tables_that_tell(&life.house).await, Vec::<String>::new(), "nobody knows the person before");
    let early =
        upload(&mut life.north, &format!("Name,E-mail,Phone\r\nEve,{ADDRESS},\r\nZoe,zoe@hill.example,\r\n")).await;
    let lead = life.arrives().await;
    let job = life.is_worked_on(&lead).await;
    let told_of = tables_that_tell(&life.house).await;
    for table in ["public.leads", "public.submissions", "public.activities", "public.tasks"] {
        assert!(told_of.iter().any(|told| told == table), "{table}: {told_of:?}");
    }
    life.is_restricted(&lead).await;
    life.is_erased(&lead).await;

    assert_eq!(tables_that_tell(&life.house).await, Vec::<String>::new(), "a dump holds nothing");
    for path in [format!("/leads/{lead}"), format!("{job}/file"), format!("/leads/{lead}/history")] {
        assert_eq!(life.north.owner.client.get(&path).await.status, 404, "{path}");
    }

    // Neither the file that lay there before nor another brings them back (erasure beats import).
    for place in [Some(early), None] {
        let (house, north) = (&life.house, &mut life.north);
        let again = format!("Name,E-mail,Phone\r\nEve,{ADDRESS},\r\nYves,yves@hill.example,\r\n");
        let page = match place {
            Some(place) => begun(house, north, &place).await,
            None => import(house, north, &again).await.1,
        };
        assert_eq!(told(&page, "New leads").as_deref(), Some("1"), "{page}");
        assert_eq!(found(&page), Vec::<&str>::new());
    }
    assert_eq!(tables_that_tell(&life.house).await, Vec::<String>::new(), "and still nothing");
    assert_eq!(life.north.leads().await.len(), 3, "everybody else is there");

    // What lies beside the database, and what was logged, tells of nobody.
    let files = files_below(&life.house.mails.folder().join("files"));
    assert_eq!(
        files,
        Vec::<PathBuf>::new(),
        "the file that was taken away is gone: it is sealed, and could not be looked into"
    );
    let log = life.logs.text();
    assert!(log.len() > 1_000, "something was logged");
    assert_eq!(log.lines().find(|line| !found(line).is_empty()), None, "LOG-1");
    let confirmed = life.north.owner.client.post("/confirm", &[("password", PASSWORD)]).await;
    assert_eq!(confirmed.status, 303);
    let certificate = life.page(&format!("/erasures/{lead}/file?as=json")).await;
    assert!(certificate.contains(&lead) && found(&certificate).is_empty(), "{certificate}");
}
