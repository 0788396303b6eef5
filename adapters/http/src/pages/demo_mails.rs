//! The mails of the demo: what would have been sent, read from its maildir. Not there outside the demo.

use std::path::{Path as FilePath, PathBuf};

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{Html, IntoResponse, Response},
};
use http::{HeaderValue, header};
use jiff::Timestamp;
use mail_parser::{Address, MessageParser};
use tokio::fs;

use crate::{
    actor::Reader,
    moment::{Calendar, Moment},
    page::{Page, show},
    problem::Problem,
    web::Web,
};

/// At most so many mails are listed.
const LISTED: usize = 200;
/// The policy of a mail's HTML: it may show itself, and do nothing.
const MAIL_POLICY: &str = "default-src 'none'; img-src data:; frame-ancestors 'self'; sandbox";
/// The policy of the page around it.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                           frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

#[derive(Template)]
#[template(path = "pages/mails.html")]
struct MailsPage {
    page: Page,
    mails: Vec<Mail>,
}

#[derive(Template)]
#[template(path = "pages/mail.html")]
struct MailPage {
    page: Page,
    mail: Mail,
}

struct Mail {
    file: String,
    subject: String,
    from: String,
    to: String,
    at: Moment,
    text: String,
    html: String,
    has_html: bool,
}

/// `GET /demo/mail`
pub async fn list(State(web): State<Web>, Reader(t): Reader) -> Result<Response, Problem> {
    let calendar = web.public_calendar(t);
    let mut found = Vec::new();
    for folder in folders(&web)? {
        let Ok(mut files) = fs::read_dir(folder).await else { continue };
        while let Ok(Some(file)) = files.next_entry().await {
            let modified = file.metadata().await.ok().and_then(|meta| meta.modified().ok());
            found.push((modified, file.path()));
        }
    }
    found.sort();
    let mut mails = Vec::new();
    for (_, path) in found.into_iter().rev().take(LISTED) {
        mails.extend(read(&path, &calendar).await);
    }
    show(&MailsPage { page: Page::plain(t, t.get("mails-title")), mails })
}

/// `GET /demo/mail/{file}`
pub async fn open(State(web): State<Web>, Reader(t): Reader, Path(file): Path<String>) -> Result<Response, Problem> {
    let mail = find(&web, &file, &web.public_calendar(t)).await?;
    let mut response = show(&MailPage { page: Page::plain(t, &mail.subject), mail })?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
    Ok(response)
}

/// `GET /demo/mail/{file}/html`: for the sandboxed frame on the page of the mail.
pub async fn html(State(web): State<Web>, Reader(t): Reader, Path(file): Path<String>) -> Result<Response, Problem> {
    let mail = find(&web, &file, &web.public_calendar(t)).await?;
    let mut response = Html(mail.html).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(MAIL_POLICY));
    Ok(response)
}

fn folders(web: &Web) -> Result<[PathBuf; 2], Problem> {
    let maildir = web.site().demo_mails.as_ref().ok_or_else(Problem::not_found)?;
    Ok([maildir.join("new"), maildir.join("cur")])
}

async fn find(web: &Web, file: &str, calendar: &Calendar) -> Result<Mail, Problem> {
    let plain = !file.starts_with('.') && !file.contains(['/', '\\', '\0']);
    for folder in folders(web)?.into_iter().filter(|_| plain) {
        if let Some(mail) = read(&folder.join(file), calendar).await {
            return Ok(mail);
        }
    }
    Err(Problem::not_found())
}

async fn read(path: &FilePath, calendar: &Calendar) -> Option<Mail> {
    let bytes = fs::read(path).await.ok()?;
    let message = MessageParser::default().parse(&bytes)?;
    let at = message.date().and_then(|date| Timestamp::from_second(date.to_timestamp()).ok()).unwrap_or_default();
    let html = message.body_html(0).map(std::borrow::Cow::into_owned).unwrap_or_default();
    Some(Mail {
        file: path.file_name()?.to_str()?.to_owned(),
        subject: message.subject().unwrap_or_default().to_owned(),
        from: message.from().map(told).unwrap_or_default(),
        to: message.to().map(told).unwrap_or_default(),
        at: calendar.moment(at),
        text: message.body_text(0).map(std::borrow::Cow::into_owned).unwrap_or_default(),
        has_html: !html.is_empty(),
        html,
    })
}

fn told(addresses: &Address<'_>) -> String {
    let one = |address: &mail_parser::Addr<'_>| match (address.name(), address.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (name, address) => name.or(address).unwrap_or_default().to_owned(),
    };
    addresses.iter().map(one).collect::<Vec<_>>().join(", ")
}
