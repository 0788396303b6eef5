//! What to paste into a website.

use std::fmt::Write;

use qualify_domain::form::{Form, LegalBasis};

use crate::{settings::Site, text::Text};

/// The ways to put a form on a website.
pub(super) struct Snippets {
    pub own: String,
    pub script: String,
    pub iframe: String,
}

impl Snippets {
    pub(super) fn of(site: &Site, form: &Form) -> Self {
        let (base, id) = (site.origin(), form.public_id);
        let title = escaped(&form.settings.name);
        Self {
            own: own_form(&base, form),
            script: format!(
                "<script src=\"{base}/embed.js\" data-form=\"{id}\" data-title=\"{title}\" async></script>"
            ),
            iframe: format!(
                "<iframe src=\"{base}/f/{id}\" title=\"{title}\" width=\"100%\" height=\"760\" style=\"border:0\"></iframe>"
            ),
        }
    }
}

/// The address of the hosted page.
pub(super) fn hosted_url(site: &Site, form: &Form) -> String {
    format!("{}/f/{}", site.origin(), form.public_id)
}

fn own_form(base: &str, form: &Form) -> String {
    let (id, settings) = (form.public_id, &form.settings);
    let t = Text::new(settings.language);
    let fields = [("name", "text", "name"), ("email", "email", "email"), ("phone", "tel", "tel")];
    let mut code = format!("<form data-qualify=\"{id}\" action=\"{base}/f/{id}\" method=\"post\">\n");
    for (name, kind, autocomplete) in fields {
        let label = escaped(&t.get(name));
        let _ = writeln!(
            code,
            "  <label>{label} <input name=\"{name}\" type=\"{kind}\" autocomplete=\"{autocomplete}\"></label>"
        );
    }
    let _ = writeln!(code, "  <label>{} <textarea name=\"message\"></textarea></label>", escaped(&t.get("message")));
    if let (LegalBasis::Consent, Some(wording)) = (settings.legal_basis, &settings.consent_wording) {
        let wording = escaped(wording);
        let _ = writeln!(
            code,
            "  <label><input name=\"consent\" type=\"checkbox\" value=\"1\" required> {wording}</label>"
        );
    }
    let _ = writeln!(code, "  <p>{}</p>", escaped(&settings.notice));
    let _ = write!(code, "  <button>{}</button>\n</form>\n", escaped(&t.get("send")));
    let _ = write!(code, "<script src=\"{base}/embed.js\" async></script>");
    code
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
