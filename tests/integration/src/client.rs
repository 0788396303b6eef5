//! A browser without pages: sends requests, keeps cookies as they come, follows nothing.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Method, RequestBuilder, header::HeaderMap, redirect::Policy};
use serde_json::Value;

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    /// A header, or the empty text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Where it sends the browser.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// The `Set-Cookie` headers.
    pub fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()).collect()
    }

    /// The value of the hidden field of that name in the page.
    pub fn hidden(&self, name: &str) -> Option<String> {
        let page = self.text();
        let (_, after) = page.split_once(&format!("name=\"{name}\" value=\""))?;
        after.split_once('"').map(|(value, _)| value.to_owned())
    }

    /// What two answers must share to be the same to somebody who compares them: all but the date.
    pub fn shape(&self) -> (u16, Vec<(String, Vec<u8>)>) {
        let headers = self.headers.iter().filter(|(name, _)| *name != "date");
        let mut headers: Vec<_> = headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
        headers.sort();
        (self.status, headers)
    }
}

/// A browser without pages.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    cookies: BTreeMap<String, String>,
    tab: Option<String>,
}

impl Client {
    /// A browser that knows nothing yet, in front of the product at `base`.
    ///
    /// # Panics
    /// Never.
    pub fn new(base: &str) -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().expect("a client");
        Self { http, base: base.to_owned(), cookies: BTreeMap::new(), tab: None }
    }

    /// The origin it talks to.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The cookies it holds.
    pub fn cookies(&self) -> &BTreeMap<String, String> {
        &self.cookies
    }

    /// Loses a cookie, as when it expires.
    pub fn lose(&mut self, name: &str) {
        self.cookies.remove(name);
    }

    /// Another tab of the same browser, as it is before it has shown anything: it says nothing of an organization.
    #[must_use]
    pub fn empty_tab(&self) -> Self {
        Self { tab: None, ..self.clone() }
    }

    /// Gets a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        let request = self.request(Method::GET, path).header("accept", "text/html");
        self.send(request).await
    }

    /// Sends a form of one of our own pages.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header("accept", "text/html")
            .header("origin", self.base.clone())
            .header("sec-fetch-site", "same-origin")
            .form(fields);
        self.send(request).await
    }

    /// Sends a file with a form of one of our own pages.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn upload(&mut self, path: &str, name: &str, bytes: &[u8]) -> Answer {
        let file = reqwest::multipart::Part::bytes(bytes.to_vec()).file_name(name.to_owned());
        let request = self
            .request(Method::POST, path)
            .header("accept", "text/html")
            .header("origin", self.base.clone())
            .header("sec-fetch-site", "same-origin")
            .multipart(reqwest::multipart::Form::new().part("file", file));
        self.send(request).await
    }

    /// A request to be completed and given to [`Self::send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// Sends a request with the cookies, and keeps those that come back.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn send(&mut self, request: RequestBuilder) -> Answer {
        let answer = self.ask(request).await;
        for cookie in answer.set_cookies() {
            let (name, rest) = cookie.split_once('=').expect("a cookie has a name");
            let value = rest.split(';').next().unwrap_or_default();
            if value.is_empty() || rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
                if name == "__Host-qc_at" {
                    self.tab = organization_of(value);
                }
            }
        }
        answer
    }

    /// Sends a request with the cookies, and forgets those that come back.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn ask(&self, request: RequestBuilder) -> Answer {
        self.try_ask(request).await.expect("an answer")
    }

    /// Like [`Self::ask`], where there may be nobody to answer.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn try_ask(&self, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        let jar: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if jar.is_empty() { request } else { request.header("cookie", jar.join("; ")) };
        let request = match &self.tab {
            Some(organization) => request.header("qualify-organization", organization),
            None => request,
        };
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, body: response.bytes().await?.to_vec() })
    }

    /// Opens a stream of server-sent events.
    ///
    /// # Panics
    /// If there is none.
    pub async fn listen(&self, path: &str) -> Events {
        let jar: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.request(Method::GET, path).header("accept", "text/event-stream");
        let response = request.header("cookie", jar.join("; ")).send().await.expect("an answer");
        assert_eq!(response.status(), 200, "{path} streams");
        Events { response, rest: String::new() }
    }
}

/// The organization for which an access token was signed, or a secret of support made. A page tells its scripts; here, the
/// token does.
fn organization_of(token: &str) -> Option<String> {
    if let Some(secret) = token.strip_prefix("qcs_") {
        return Some(secret.split_once('.')?.0.to_owned());
    }
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    Some(serde_json::from_slice::<Value>(&claims).ok()?["org"].as_str()?.to_owned())
}

/// A stream of server-sent events.
#[derive(Debug)]
pub struct Events {
    response: reqwest::Response,
    rest: String,
}

impl Events {
    /// The data of the next event of that name; none if `patience` ends before.
    ///
    /// # Panics
    /// If the stream breaks.
    pub async fn next(&mut self, name: &str, patience: std::time::Duration) -> Option<String> {
        tokio::time::timeout(patience, self.wait(name)).await.ok()
    }

    async fn wait(&mut self, name: &str) -> String {
        loop {
            while let Some((event, rest)) = self.rest.clone().split_once("\n\n") {
                rest.clone_into(&mut self.rest);
                let line = |key: &str| event.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
                if line("event:") == Some(name) {
                    return line("data:").unwrap_or_default().to_owned();
                }
            }
            let chunk = self.response.chunk().await.expect("the stream holds").expect("the stream goes on");
            self.rest.push_str(&String::from_utf8_lossy(&chunk));
        }
    }
}
