//! A whole subscription in the demo, as a person clicks through it: at the product, at the provider that only pretends, and at
//! the provider's desk.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reqwest::{Client, RequestBuilder, header, redirect::Policy};
use serde_json::Value;

/// However long a machine takes: afterwards the test fails instead of hanging.
const PATIENCE: Duration = Duration::from_mins(1);
const BILLING: &str = "/settings/billing";
const GRACE: [(&str, &str); 2] = [("email", "grace@northwind.example.com"), ("password", "lead the way home")];

/// A running demo, which is killed if the test forgets it; its database ends with it.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Demo {
    /// Starts it; tells what it says once it is ready.
    fn start(folder: &Path, arguments: &[&str]) -> (Self, Value) {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_qualify"));
        command.args(["demo", "--json", "--port", &port.to_string(), "--data-dir"]).arg(folder).args(arguments);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        (Self(process), ready)
    }

    fn stop(&mut self) {
        kill(Pid::from_raw(self.0.id().try_into().unwrap()), Signal::SIGINT).unwrap();
        assert!(self.0.wait().unwrap().success());
    }
}

/// A browser at the product and at the provider.
struct Browser {
    client: Client,
    cookies: BTreeMap<String, String>,
    product: String,
    desk: String,
    /// The organization that its tab shows.
    organization: String,
}

/// What came: a status, where to go on, and a page.
type Answer = (u16, String, String);

impl Browser {
    fn new(ready: &Value) -> Self {
        let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        let (product, desk) = (text("url"), text("desk_url"));
        Self { client, cookies: BTreeMap::new(), product, desk, organization: String::new() }
    }

    async fn send(&mut self, request: RequestBuilder) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = request.header(header::ACCEPT, "text/html").header(header::COOKIE, cookies.join("; ")).send();
        let answer = answer.await.unwrap();
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
        }
        let location = answer.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
        (answer.status().as_u16(), location.unwrap_or_default(), answer.text().await.unwrap())
    }

    async fn get(&mut self, url: &str) -> Answer {
        self.send(self.client.get(url)).await
    }

    async fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Answer {
        let origin: Vec<_> = url.splitn(4, '/').take(3).collect();
        self.send(self.client.post(url).header(header::ORIGIN, origin.join("/")).form(fields)).await
    }

    async fn sign_in(&mut self) {
        self.cookies.clear();
        let answer = self.post(&format!("{}/sign-in", self.product), &GRACE).await;
        assert_eq!(answer.0, 303, "{}", answer.2);
        let page = self.page(BILLING).await;
        page.split(r#"name="_organization" value=""#).nth(1).unwrap()[..36].clone_into(&mut self.organization);
    }

    async fn page(&mut self, path: &str) -> String {
        let answer = self.get(&format!("{}{path}", self.product)).await;
        assert_eq!(answer.0, 200, "{path} leads to {}", answer.1);
        answer.2
    }

    /// The link to the provider that the product shows when that is asked for.
    async fn link(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let organization = self.organization.clone();
        let fields = [fields, &[("_organization", &*organization)]].concat();
        let answer = self.post(&format!("{}{BILLING}{path}", self.product), &fields).await;
        assert_eq!(answer.0, 200, "{}", answer.2);
        let mut links = answer.2.split("href=\"").filter_map(|rest| rest.split('"').next());
        let provider = self.desk.trim_end_matches("/desk");
        let link = links.find(|link| link.starts_with(provider)).unwrap();
        link.replace("&#38;", "&").replace("&amp;", "&")
    }

    /// Presses a button of the desk.
    async fn press(&mut self, path: &str, button: &str) {
        let answer = self.post(&format!("{}{path}", self.desk), &[("do", button)]).await;
        assert_eq!((answer.0, answer.1.as_str()), (303, "/desk"), "{}", answer.2);
    }

    /// Looks at the page of billing until it says so.
    async fn see(&mut self, words: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let page = self.page(BILLING).await;
            if page.contains(words) {
                return page;
            }
            assert!(Instant::now() < deadline, "{words:?} is not said: {page}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

#[tokio::test]
async fn a_subscription_begins_fails_recovers_and_ends_on_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    // The database may run as another user, who has to pass through.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
    let data = folder.path().join("demo");
    let (mut demo, ready) = Demo::start(&data, &["--billing", "fake"]);
    let mut browser = Browser::new(&ready);
    browser.sign_in().await;
    browser.see("You try everything that the plan Team contains").await;

    let checkout = browser.link("/checkout", &[("plan", "team")]).await;
    let page = browser.get(&checkout).await.2;
    assert!(page.contains("Qualify Team") && page.contains("€58.80"), "{page}");
    let left = browser.post(&checkout, &[("do", "leave")]).await;
    assert_eq!(left.1, format!("{}{BILLING}/return", browser.product), "whoever leaves comes back, too");
    let page = browser.page("/settings/billing/return").await;
    assert!(page.contains("We wait for the payment provider"), "{page}");
    let paid = browser.post(&checkout, &[("do", "pay")]).await;
    assert_eq!((paid.0, paid.1), (303, left.1));
    browser.see("You have the plan Team, and it is paid").await;
    let desk = browser.get(&browser.desk.clone()).await.2;
    assert!(desk.contains("answered 200"), "{desk}");
    let id = desk.split("/desk/subscriptions/").nth(1).unwrap().split('"').next().unwrap();
    let subscription = format!("/subscriptions/{id}");

    browser.press(&subscription, "fail").await;
    for wait in ["720", "24"] {
        browser.press("/time", wait).await;
    }
    browser.sign_in().await;
    browser.see("Payment failed").await;
    let card = browser.link("/card", &[]).await;
    assert_eq!(browser.post(&card, &[("do", "card")]).await.0, 303);
    browser.see("You have the plan Team, and it is paid").await;

    browser.press(&subscription, "cancel").await;
    browser.see("The plan Team was cancelled").await;
    browser.press("/time", "720").await;
    browser.press("/time", "24").await;
    browser.sign_in().await;
    let page = browser.see("The subscription to Team has ended").await;
    assert!(page.contains("the organization is locked"), "{page}");
    let leads = browser.get(&format!("{}/leads", browser.product)).await;
    assert_eq!((leads.0, leads.1.as_str()), (303, "/locked"));
    demo.stop();

    let (mut plain, ready) = Demo::start(&data, &[]);
    assert_eq!(ready.get("desk_url"), None, "nobody pays there");
    let mut browser = Browser::new(&ready);
    let signed_in = browser.post(&format!("{}/sign-in", browser.product), &GRACE).await;
    assert_eq!(signed_in.0, 303);
    let leads = browser.page("/leads").await;
    assert!(!leads.contains("is locked"), "what ended there has not ended here");
    assert_eq!(browser.get(&format!("{}{BILLING}", browser.product)).await.0, 404);
    plain.stop();
}
