//! A real browser: Chromium without a window, driven through its driver.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::Duration,
};

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver, prelude::*};
use tokio::time::{Instant, sleep};

use crate::PASSWORD;

/// It runs as root in containers, reaches nothing but this machine, and updates nothing.
const ARGUMENTS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en",
];

/// What the browser remarks when a script was quicker than `autofocus`.
const ALREADY_FOCUSED: &str = "Autofocus processing was blocked because a document already has a focused element.";

/// A browser with a profile of its own. It ends with this value.
#[derive(Debug)]
pub struct Browser {
    /// The page it shows.
    pub page: WebDriver,
    driver: Child,
    port: u16,
    _profile: TempDir,
}

/// What a page asked for over the network.
#[derive(Debug, Default)]
pub struct Traffic {
    /// The addresses, in order.
    pub addresses: Vec<String>,
    /// Bytes that came over the wire: of everything, and of scripts alone.
    pub bytes: f64,
    /// Bytes of scripts.
    pub script_bytes: f64,
    /// Bytes by address: what to look at when a page has grown too heavy.
    pub weights: BTreeMap<String, f64>,
}

impl Browser {
    /// Opens one.
    ///
    /// # Panics
    /// If Chromium and its driver are not installed; `make test` installs them.
    pub async fn open() -> Self {
        Self::with(&[]).await
    }

    /// Opens one with more arguments.
    ///
    /// # Panics
    /// As [`Self::open`].
    pub async fn with(arguments: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts; `make test` installs it");
        let profile = tempfile::Builder::new().prefix("qualify-browser-").tempdir().expect("a profile");
        let mut wanted = DesiredCapabilities::chrome();
        let own = format!("--user-data-dir={}", profile.path().display());
        for argument in ARGUMENTS.iter().copied().chain([own.as_str()]).chain(arguments.iter().copied()) {
            wanted.add_arg(argument).expect("an argument");
        }
        for log in ["browser", "performance"] {
            wanted.set_logging_prefs(log, LoggingPrefsLogLevel::All).expect("a log");
        }
        let address = format!("http://127.0.0.1:{port}");
        let deadline = Instant::now() + Duration::from_secs(30);
        let page = loop {
            match WebDriver::new(&address, wanted.clone()).await {
                Ok(page) => break page,
                Err(error) => assert!(Instant::now() < deadline, "{error}"),
            }
            sleep(Duration::from_millis(50)).await;
        };
        Self { page, driver, port, _profile: profile }
    }

    /// Shows an address.
    ///
    /// # Panics
    /// If it cannot.
    pub async fn show(&self, address: &str) {
        self.page.goto(address).await.expect("the page is shown");
    }

    /// Fills a field.
    ///
    /// # Panics
    /// If there is none.
    pub async fn fill(&self, field: &str, text: &str) {
        let field = self.page.query(By::Css(format!("[name={field}]"))).first().await.expect("the field");
        field.send_keys(text).await.expect("it takes words");
    }

    /// Clicks what the selector finds.
    ///
    /// # Panics
    /// If there is nothing.
    pub async fn click(&self, selector: &str) {
        self.page.query(By::Css(selector)).first().await.expect("the element").click().await.expect("a click");
    }

    /// Signs in.
    ///
    /// # Panics
    /// If that fails.
    pub async fn sign_in(&self, url: &str, email: &str) {
        self.show(&format!("{url}/sign-in")).await;
        self.fill("email", email).await;
        self.fill("password", PASSWORD).await;
        self.click("main button").await;
        self.wait_for("#leads").await;
    }

    /// Waits for an element.
    ///
    /// # Panics
    /// If it does not come.
    pub async fn wait_for(&self, selector: &str) {
        let query = self.page.query(By::Css(selector)).wait(Duration::from_secs(20), Duration::from_millis(20));
        query.first().await.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// The value of a script.
    ///
    /// # Panics
    /// If the script does.
    pub async fn ask(&self, script: &str) -> Value {
        self.page.execute(script, vec![]).await.expect("the script runs").json().clone()
    }

    /// Makes the page so many pixels wide: a desk's 1280, a telephone's 360.
    ///
    /// # Panics
    /// If it cannot.
    pub async fn widen(&self, width: u32) {
        let metrics = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false});
        self.command("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Gives the page a command of the browser's own protocol.
    ///
    /// # Panics
    /// If the browser refuses it.
    pub async fn command(&self, name: &str, parameters: Value) -> Value {
        self.page.cdp().send_raw(name, parameters).await.expect("the browser obeys")
    }

    /// Gives the browser an authenticator that verifies its user; tells its id.
    ///
    /// # Panics
    /// If the driver has none to give.
    pub async fn add_authenticator(&self) -> String {
        let wanted = json!({
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserVerified": true,
        });
        let id = self.authenticator(Method::POST, "", &wanted).await;
        id.as_str().expect("an id").to_owned()
    }

    /// The passkeys that an authenticator holds.
    ///
    /// # Panics
    /// If there is no such authenticator.
    pub async fn passkeys(&self, authenticator: &str) -> Vec<Value> {
        let path = format!("/{authenticator}/credentials");
        self.authenticator(Method::GET, &path, &Value::Null).await.as_array().expect("a list").clone()
    }

    /// Puts a passkey in the place of all others that an authenticator holds.
    ///
    /// # Panics
    /// If it does not take it.
    pub async fn replace_passkeys(&self, authenticator: &str, passkey: &Value) {
        self.authenticator(Method::DELETE, &format!("/{authenticator}/credentials"), &Value::Null).await;
        self.authenticator(Method::POST, &format!("/{authenticator}/credential"), passkey).await;
    }

    /// Whether an authenticator finds its user to be the right one.
    ///
    /// # Panics
    /// If there is no such authenticator.
    pub async fn verify_user(&self, authenticator: &str, right: bool) {
        let path = format!("/{authenticator}/uv");
        self.authenticator(Method::POST, &path, &json!({ "isUserVerified": right })).await;
    }

    async fn authenticator(&self, method: Method, path: &str, body: &Value) -> Value {
        let session = self.page.session_id();
        let address = format!("http://127.0.0.1:{}/session/{session}/webauthn/authenticator{path}", self.port);
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let request = client.request(method, address);
        let request = if body.is_null() { request } else { request.json(body) };
        let answer: Value = request.send().await.expect("the driver answers").json().await.expect("in JSON");
        assert!(answer["value"]["error"].is_null(), "{answer}");
        answer["value"].clone()
    }

    /// What was written to the console since the last time, but for one remark of the browser's own: that a script has put
    /// the focus where `autofocus` would have put it a moment later.
    ///
    /// # Panics
    /// If there is no log.
    pub async fn console(&self) -> Vec<String> {
        let log = self.page.get_log("browser").await.expect("a log");
        log.into_iter().map(|entry| entry.message).filter(|message| !message.ends_with(ALREADY_FOCUSED)).collect()
    }

    /// What was asked for over the network since the last time.
    ///
    /// # Panics
    /// If there is no log.
    pub async fn traffic(&self) -> Traffic {
        let mut traffic = Traffic::default();
        let mut kinds = BTreeMap::new();
        for entry in self.page.get_log("performance").await.expect("a log") {
            let event: Value = serde_json::from_str(&entry.message).expect("an event");
            let (method, of) = (&event["message"]["method"], &event["message"]["params"]);
            let request = of["requestId"].to_string();
            if method == "Network.requestWillBeSent" {
                let address = of["request"]["url"].as_str().unwrap_or_default();
                // The browser's own pages, such as the empty tab, ask nobody.
                if !address.starts_with("chrome") {
                    traffic.addresses.push(address.to_owned());
                    kinds.insert(request, (address.to_owned(), of["type"] == "Script"));
                }
            } else if method == "Network.loadingFinished"
                && let Some((address, is_script)) = kinds.get(&request)
            {
                let bytes = of["encodedDataLength"].as_f64().unwrap_or_default();
                traffic.bytes += bytes;
                *traffic.weights.entry(address.clone()).or_default() += bytes;
                traffic.script_bytes += if *is_script { bytes } else { 0.0 };
            }
        }
        traffic
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The session ends here and now, in the order that leaves no browser behind: session, driver, profile.
        let _ = self.page.clone().leak();
        let end = format!(
            "DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
            self.page.session_id()
        );
        if let Ok(mut line) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = line.set_read_timeout(Some(Duration::from_secs(10)));
            let _ = line.write_all(end.as_bytes()).and_then(|()| line.read(&mut [0]));
        }
        if let Ok(pid) = i32::try_from(self.driver.id()) {
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGTERM);
        }
        let _ = self.driver.wait();
    }
}
