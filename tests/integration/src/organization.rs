//! Organizations and people, as they come to be: by signing up over HTTP.

use jiff::Timestamp;
use qualify_domain::{
    access::{Actor, Duty, Permission, Role},
    id::{OrganizationId, UserId},
    language::Language,
    one_time::{OneTimeToken, Purpose},
    organization::Membership,
    password::Password,
    pending_sign_up::PendingSignUp,
    text::{Email, Name},
    user::User,
};
use qualify_ports::storage::{Account, PlatformTask};
use secrecy::ExposeSecret;

use crate::{Client, House};

/// The password of everybody in the tests.
pub const PASSWORD: &str = "a long walk along the river";

/// A person with a login, in front of their browser.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their address.
    pub email: String,
    /// Their user id.
    pub user: UserId,
    /// Their browser.
    pub client: Client,
}

/// An organization.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Who signed up.
    pub owner: Person,
    /// The id of its first form.
    pub form: String,
    /// The public id of that form.
    pub public_id: String,
}

/// A lead, as a row of the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub label: String,
}

impl House {
    /// Somebody signs up with an organization of that name, signs in and looks at the first form.
    ///
    /// # Panics
    /// If any of that fails.
    pub async fn found(&self, name: &str) -> Organization {
        let email = format!("owner@{}.example", name.to_lowercase().replace(' ', "-"));
        let link = self.sign_up(&email, name).await;
        let answer = self.client().post(&format!("/sign-up/{link}"), &[("password", PASSWORD)]).await;
        assert_eq!((answer.status, answer.location().split('?').next()), (303, Some("/sign-in")), "{}", answer.text());
        let owner = self.sign_in(&email).await;
        let id = self.home_of(owner.user).await;
        let mut organization =
            Organization { id, name: name.to_owned(), owner, form: String::new(), public_id: String::new() };
        organization.form = organization.forms().await.pop().expect("a first form");
        organization.public_id = organization.public_id_of(&organization.form.clone()).await;
        organization
    }

    /// Somebody signs up: what the form leaves behind, but for the mail, which would lie in everybody's way. Tells what
    /// its link would carry.
    ///
    /// # Panics
    /// If that fails.
    pub async fn sign_up(&self, email: &str, organization: &str) -> String {
        let ids = &self.ports.ids;
        let email = Email::parse(email).expect("an address");
        let token = OneTimeToken::issue(ids.next(), Purpose::SignUp, email, self.ports.clock.now());
        let link = self.ports.tokens.derive(&token.seed()).expose_secret().to_owned();
        let pending = PendingSignUp {
            token: token.id,
            first_name: Name::parse("Odile").expect("a name"),
            last_name: Name::parse("Owner").expect("a name"),
            organization: Name::parse(organization).expect("a name"),
            home: ids.next(),
            language: Language::English,
        };
        let mut tx = self.ports.storage.platform(PlatformTask::SignUp).await.expect("storage");
        tx.one_time_tokens().insert(&token, &self.ports.tokens.digest(&link)).await.expect("a new token");
        tx.one_time_tokens().keep_sign_up(&pending).await.expect("a new sign-up");
        tx.commit().await.expect("a commit");
        link
    }

    /// Somebody with that address signs in.
    ///
    /// # Panics
    /// If that fails.
    pub async fn sign_in(&self, email: &str) -> Person {
        let mut client = self.client();
        let answer = client.post("/sign-in", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        let mut tx = self.ports.storage.platform(PlatformTask::SignIn).await.expect("storage");
        let parsed = Email::parse(email).expect("an address");
        let account = tx.accounts().find(&parsed).await.expect("storage").expect("an account");
        Person { email: email.to_owned(), user: account.user.id, client }
    }

    /// Makes a member with these roles, who signs in. Invitations are not part of the product yet.
    ///
    /// # Panics
    /// If that fails.
    pub async fn join(&self, organization: &Organization, email: &str, roles: &[Role]) -> Person {
        let now = self.ports.clock.now();
        let password = Password::parse(PASSWORD.to_owned()).expect("a password");
        let password = self.ports.passwords.hash(&password).await.expect("a hash");
        let user = new_user(self.ports.ids.next(), email, now);
        let membership = Membership { user: user.id, roles: roles.to_vec() };
        let mut tx = self.ports.storage.platform(PlatformTask::SignUp).await.expect("storage");
        tx.accounts().insert(&Account { user, password }).await.expect("a new account");
        #[expect(clippy::disallowed_methods, reason = "what an invitation will do")]
        let actor = Actor::product(organization.id, Duty::SignUp);
        let scope = actor.permit(Permission::FoundOrganization).expect("the permission of that duty");
        let mut tx = tx.into_tenant(&scope).await.expect("storage");
        tx.members().insert(&membership, now).await.expect("a new member");
        tx.commit().await.expect("a commit");
        self.sign_in(email).await
    }

    /// Makes somebody who is a member elsewhere a member here too.
    ///
    /// # Panics
    /// If that fails.
    pub async fn admit(&self, organization: &Organization, user: UserId, roles: &[Role]) {
        #[expect(clippy::disallowed_methods, reason = "what an invitation does")]
        let actor = Actor::product(organization.id, Duty::Join);
        let scope = actor.permit(Permission::JoinOrganization).expect("the permission of that duty");
        let membership = Membership { user, roles: roles.to_vec() };
        let mut tx = self.ports.storage.tenant(&scope).await.expect("storage");
        tx.members().insert(&membership, self.ports.clock.now()).await.expect("a new member");
        tx.commit().await.expect("a commit");
    }

    async fn home_of(&self, user: UserId) -> OrganizationId {
        let mut tx = self.ports.storage.platform(PlatformTask::SignIn).await.expect("storage");
        tx.accounts().organizations(user).await.expect("storage").first().copied().expect("an organization")
    }
}

fn new_user(id: UserId, email: &str, now: Timestamp) -> User {
    User {
        id,
        first_name: Name::parse("Mika").expect("a name"),
        last_name: Name::parse("Member").expect("a name"),
        email: Email::parse(email).expect("an address"),
        language: Language::English,
        created_at: now,
    }
}

impl Organization {
    /// The ids of its forms.
    pub async fn forms(&mut self) -> Vec<String> {
        ids_after(&self.owner.client.get("/forms").await.text(), "href=\"/forms/")
    }

    /// The public id of a form.
    ///
    /// # Panics
    /// If the form's page does not tell it.
    pub async fn public_id_of(&mut self, form: &str) -> String {
        let page = self.owner.client.get(&format!("/forms/{form}")).await;
        assert_eq!(page.status, 200, "{}", page.text());
        ids_after(&page.text(), "/f/").pop().expect("a public address on the form's page")
    }

    /// The first page of its leads.
    ///
    /// # Panics
    /// If it is not shown.
    pub async fn leads(&mut self) -> Vec<Row> {
        rows(&self.owner.client.get("/leads").await)
    }

    /// Waits until the first page shows `count` leads.
    ///
    /// # Panics
    /// If that does not happen.
    pub async fn wait_for_leads(&mut self, count: usize) -> Vec<Row> {
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(15);
        loop {
            let rows = self.leads().await;
            if rows.len() == count {
                return rows;
            }
            assert!(tokio::time::Instant::now() < deadline, "{count} leads are expected, not {rows:?}");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// Makes a form with these settings beyond the usual ones, and tells its id.
    ///
    /// # Panics
    /// If it is not made.
    pub async fn new_form(&mut self, settings: &[(&str, &str)]) -> String {
        let mut fields = FORM_SETTINGS.to_vec();
        fields.retain(|(name, _)| settings.iter().all(|(other, _)| other != name));
        fields.extend(settings);
        let answer = self.owner.client.post("/forms", &fields).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        let path = answer.location().split('?').next().unwrap_or_default();
        path.trim_start_matches("/forms/").trim_end_matches("/embed").to_owned()
    }
}

/// The settings of a form whose notice is complete.
pub const FORM_SETTINGS: [(&str, &str); 8] = [
    ("name", "Another"),
    ("language", "en"),
    ("legal_basis", "legitimate_interest"),
    ("controller", "North Ltd, York"),
    ("contact", "privacy@north.example"),
    ("purpose", "We answer."),
    ("retention", "3 years"),
    ("recipients", "Our team"),
];

/// The rows of a list page.
///
/// # Panics
/// If it is none.
pub fn rows(page: &crate::Answer) -> Vec<Row> {
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    let part = |row: &str, name: &str| {
        let (_, after) = row.split_once(&format!("{name}=\""))?;
        Some(after.split_once('"')?.0.to_owned())
    };
    text.split("<tr ")
        .skip(1)
        .filter_map(|row| Some(Row { id: part(row, "data-key")?, label: part(row, "data-label")? }))
        .collect()
}

/// The ids that follow `before` in a page, each once, in order.
pub fn ids_after(page: &str, before: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for after in page.split(before).skip(1) {
        let id: String = after.chars().take(36).collect();
        if uuid::Uuid::try_parse(&id).is_ok() && !found.contains(&id) {
            found.push(id);
        }
    }
    found
}
