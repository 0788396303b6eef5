//! What to paste into a website.

use std::fmt::Write;

use qualify_domain::{form::Form, submission::Sent};

use crate::{
    public::{
        consents,
        hosted::SHOWN,
        inputs::{Input, inputs},
        notice,
    },
    settings::Site,
    text::Text,
};

/// The ways to put a form on a website.
pub(super) struct Snippets {
    pub own: String,
    pub script: String,
    pub iframe: String,
}

impl Snippets {
    pub(super) fn of(site: &Site, form: &Form, organization: &str) -> Self {
        let (base, id) = (site.origin(), form.public_id);
        let title = escaped(&form.settings.name);
        Self {
            own: own_form(&base, form, organization),
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

fn own_form(base: &str, form: &Form, organization: &str) -> String {
    let (id, settings) = (form.public_id, &form.settings);
    let t = Text::new(settings.language);
    let mut code = format!("<form data-qualify=\"{id}\" action=\"{base}/f/{id}\" method=\"post\">\n");
    let _ = writeln!(code, "  <input name=\"{SHOWN}\" type=\"hidden\" value=\"{}\">", form.version);
    for one in inputs(settings, &Sent::default(), &[], t) {
        let _ = writeln!(code, "  {}", element(&one));
    }
    for one in consents::asked(settings, &[]) {
        let (field, wording) = (one.field, escaped(&one.wording));
        let required = if one.required { " required" } else { "" };
        let _ = writeln!(
            code,
            "  <label><input name=\"{field}\" type=\"checkbox\" value=\"1\"{required}> {wording}</label>"
        );
    }
    let told = notice::parts(settings, organization, t).into_iter();
    let told = told.map(|(name, words)| format!("<dt>{}</dt><dd>{}</dd>", escaped(&name), escaped(&words)));
    let _ = writeln!(code, "  <dl>{}</dl>", told.collect::<String>());
    let _ = write!(code, "  <button>{}</button>\n</form>\n", escaped(&t.get("send")));
    let _ = write!(code, "<script src=\"{base}/embed.js\" async></script>");
    code
}

/// A field as it stands in somebody's own page.
fn element(one: &Input) -> String {
    let (name, label) = (escaped(&one.name), escaped(&one.label));
    let least = one.shortest.map(|least| format!(" minlength=\"{least}\"")).unwrap_or_default();
    let most = one.longest.map(|most| format!(" maxlength=\"{most}\"")).unwrap_or_default();
    let required = format!("{}{least}{most}", if one.required { " required" } else { "" });
    let boxes = one.options.iter().map(|option| {
        let option = escaped(&option.name);
        format!("<label><input name=\"{name}\" type=\"checkbox\" value=\"{option}\"> {option}</label>")
    });
    match one.kind {
        "hidden" => format!("<input name=\"{name}\" type=\"hidden\" value=\"\">"),
        "area" => format!("<label>{label} <textarea name=\"{name}\"{required}></textarea></label>"),
        "checkbox" => format!("<label><input name=\"{name}\" type=\"checkbox\" value=\"1\"{required}> {label}</label>"),
        "choices" => {
            let boxes: Vec<String> = boxes.collect();
            format!("<fieldset><legend>{label}</legend> {}</fieldset>", boxes.join(" "))
        }
        "choice" => {
            let options = one.options.iter().map(|option| format!("<option>{}</option>", escaped(&option.name)));
            let options: String = options.collect();
            format!(
                "<label>{label} <select name=\"{name}\"{required}><option value=\"\"></option>{options}</select></label>"
            )
        }
        "number" => format!("<label>{label} <input name=\"{name}\" inputmode=\"decimal\"{required}></label>"),
        kind => {
            let autocomplete = one.autocomplete;
            format!(
                "<label>{label} <input name=\"{name}\" type=\"{kind}\" autocomplete=\"{autocomplete}\"{required}></label>"
            )
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
