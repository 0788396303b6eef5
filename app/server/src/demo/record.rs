use std::{fmt::Write, path::Path};

use qualify_domain::id::PublicFormId;
use qualify_ports::time::Ids;
use qualify_system::Uuidv7;
use serde::{Deserialize, Serialize};

use super::folder::Folder;
use crate::cli::DemoArgs;

/// What a start of the demo made, for the next ones.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    /// The database in which it is. A start that was interrupted leaves one behind that nobody names.
    pub database: String,
    /// The form that is shown first.
    pub form: PublicFormId,
    /// Who can sign in.
    pub accounts: Vec<Login>,
}

/// With what somebody can sign in.
#[derive(Serialize, Deserialize)]
pub(super) struct Login {
    pub organization: String,
    pub email: String,
    pub password: String,
    pub roles: Vec<String>,
}

/// What programs are told.
#[derive(Serialize)]
struct Ready<'a> {
    url: &'a str,
    form_url: &'a str,
    accounts: &'a [Login],
    mail_dir: &'a Path,
    #[serde(skip_serializing_if = "Option::is_none")]
    desk_url: Option<&'a str>,
}

impl Record {
    /// A name for the database of a new record.
    pub fn fresh_database() -> String {
        format!("demo_{:x}", Uuidv7.next_bits() >> 64)
    }

    /// Where everything is: for people, or one line for programs. `desk` is that of the payment provider, if there is one.
    pub fn announce(&self, arguments: &DemoArgs, folder: &Folder, desk: Option<&str>) -> String {
        let url = format!("http://127.0.0.1:{}", arguments.port);
        let form_url = format!("{url}/f/{}", self.form);
        if arguments.json {
            let (accounts, mail_dir) = (&*self.accounts, &*folder.mails());
            let ready = Ready { url: &url, form_url: &form_url, accounts, mail_dir, desk_url: desk };
            return serde_json::to_string(&ready).unwrap_or_default();
        }
        let (mails, data) = (folder.mails(), folder.path());
        let next = if desk.is_some() { "begins anew" } else { "resumes the same data" };
        let mut page = format!(
            "Qualify CRM is ready. Ctrl-C stops it; the next start {next}.\n\n\
             \x20 open         {url}\n\
             \x20 public form  {form_url}\n\
             \x20 mails        {url}/demo/mail, as files in {}\n\
             \x20 data         {}\n",
            mails.display(),
            data.display()
        );
        if let Some(desk) = desk {
            let _ = writeln!(page, "  payments     {desk}: let time pass, and see what becomes of the trial");
        }
        page.push('\n');
        if let Some(first) = self.accounts.first() {
            let _ = write!(page, "Sign in with the password `{}` as one of:\n\n", first.password);
        }
        for login in &self.accounts {
            let _ = writeln!(page, "  {:32} {:18} {}", login.email, login.organization, login.roles.join(", "));
        }
        page
    }
}
