//! Programs, with an API key.

use qualify_domain::{
    access::Role,
    api_key::{KeyScope, KeyWish, USUAL_DAYS},
    text::Name,
};
use qualify_usecases::NewKey;
use reqwest::{Method, RequestBuilder};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::{Answer, Client, House, Person};

/// A program with a key of an organization.
#[derive(Clone, Debug)]
pub struct ProgramClient {
    client: Client,
    /// The secret of its key.
    pub secret: String,
}

impl House {
    /// A program with a key that a member made.
    ///
    /// # Panics
    /// If the member may not.
    pub async fn program(&self, maker: &Person, role: Role, scopes: &[KeyScope]) -> ProgramClient {
        let made = self.key(maker, role, scopes).await;
        ProgramClient { client: self.client(), secret: made.secret.expose_secret().to_owned() }
    }

    /// A key that a member made.
    ///
    /// # Panics
    /// If the member may not.
    pub async fn key(&self, maker: &Person, role: Role, scopes: &[KeyScope]) -> NewKey {
        let token = maker.client.cookies().get("__Host-qc_at").expect("a session");
        let member = self.app.access.member(token).await.expect("storage").expect("a member");
        let name = Name::parse("Website").expect("a name");
        let wish = KeyWish { name, role, scopes: scopes.to_vec(), days: USUAL_DAYS };
        self.app.api_keys.make(&member.actor, wish).await.expect("a key")
    }
}

impl ProgramClient {
    /// A program with any secret.
    pub fn with(client: Client, secret: &str) -> Self {
        Self { client, secret: secret.to_owned() }
    }

    /// A request that shows the key.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, path).header("authorization", format!("Bearer {}", self.secret))
    }

    /// Sends a request.
    pub async fn ask(&self, request: RequestBuilder) -> Answer {
        self.client.ask(request).await
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(self.request(Method::GET, path)).await
    }

    /// Sends a body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(self.request(Method::POST, path).json(body)).await
    }

    /// Sends a body for a version.
    pub async fn send_for(&self, method: Method, path: &str, tag: &str, body: &Value) -> Answer {
        self.ask(self.request(method, path).header("if-match", tag).json(body)).await
    }
}
