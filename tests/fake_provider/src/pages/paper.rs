//! On what the pages are written.

use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{CACHE_CONTROL, HeaderValue, LOCATION},
};
use jiff::Timestamp;

use crate::server::response;

pub(super) type Answer = Response<Full<Bytes>>;

const STYLE: &str = "
:root { color-scheme: light dark; --line: light-dark(#d8d8e0, #3a3a46); --quiet: light-dark(#5c5c6b, #a3a3b2);
  --soft: light-dark(#f5f5f9, #22222b); --accent: light-dark(#4a3fc4, #a9a1ff); --on: light-dark(#fff, #16161d);
  --bad: light-dark(#b3261e, #ff9c94); --good: light-dark(#1b6b43, #7fd6a6); --warn: light-dark(#8a5200, #f0bd6b); }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px 16px 64px; max-width: 960px; font: 15px/1.5 ui-sans-serif, system-ui, sans-serif;
  background: light-dark(#fff, #18181f); color: light-dark(#1d1d26, #ececf2); }
h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 0 0 12px; } h3 { font-size: 15px; margin: 0 0 8px; }
p { margin: 0 0 12px; } a { color: var(--accent); } .quiet { color: var(--quiet); }
section { border: 1px solid var(--line); border-radius: 8px; padding: 16px; margin: 16px 0; }
section section { background: var(--soft); margin: 12px 0 0; }
form { display: flex; flex-wrap: wrap; gap: 8px; margin: 12px 0 0; }
form + * { margin-top: 12px; } section > :last-child { margin-bottom: 0; } caption { text-align: left; }
button, .button { font: inherit; color: inherit; padding: 6px 12px; border-radius: 6px; border: 1px solid light-dark(#8c8c99, #7b7b8a);
  background: light-dark(#fff, #2a2a34); cursor: pointer; text-decoration: none; }
button:hover, .button:hover { border-color: var(--accent); }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 16px; margin: 0; } dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
.badge { font-weight: 600; } .bad { color: var(--bad); } .good { color: var(--good); } .warn { color: var(--warn); }
.time { font-size: 20px; font-variant-numeric: tabular-nums; margin: 0; }
.across { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
";

/// A text as it stands in a page.
pub(super) fn escaped(text: &str) -> String {
    let mut page = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            '\'' => page.push_str("&#39;"),
            sign => page.push(sign),
        }
    }
    page
}

/// A moment for people.
pub(super) fn moment(moment: Timestamp) -> String {
    moment.strftime("%-d %B %Y, %H:%M UTC").to_string()
}

/// Cents for people.
pub(super) fn money(cents: i64) -> String {
    let sign = if cents < 0 { "−" } else { "" };
    format!("{sign}€{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

/// A row of a list of properties.
pub(super) fn row(term: &str, value: &str) -> String {
    format!("<dt>{term}</dt><dd>{value}</dd>")
}

/// A button that says what it does when it is pressed.
pub(super) fn button(name: &str, value: &str, label: &str) -> String {
    format!(r#"<button name="{name}" value="{value}">{label}</button>"#)
}

/// A page.
pub(super) fn page(title: &str, body: &str) -> Answer {
    sheet(StatusCode::OK, title, body)
}

/// A page that says why there is no other.
pub(super) fn refused(status: StatusCode, why: &str) -> Answer {
    sheet(status, why, "")
}

fn sheet(status: StatusCode, title: &str, body: &str) -> Answer {
    let title = escaped(title);
    let text = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} · Pretended payments</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{STYLE}</style></head>\
         <body><main><h1>{title}</h1><p class=\"quiet\">A payment provider that only pretends: no money moves, and no card is \
         asked for.</p>{body}</main></body></html>"
    );
    let mut answer = response(status, "text/html; charset=utf-8", text);
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// Sends the browser on.
pub(super) fn go(to: &str) -> Answer {
    let Ok(to) = HeaderValue::from_str(to) else { return refused(StatusCode::NOT_FOUND, "Nothing here") };
    let mut answer = response(StatusCode::SEE_OTHER, "text/plain", String::new());
    answer.headers_mut().insert(LOCATION, to);
    answer
}
