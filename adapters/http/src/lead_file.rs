//! Leads as a file, for pages and programs.

use http::HeaderName;
use jiff::civil::Date;
use qualify_domain::job::SheetForm;

use crate::download::kept_as;

/// What a file in that form is.
pub const fn media_type(form: SheetForm) -> &'static str {
    match form {
        SheetForm::Csv => "text/csv; charset=utf-8",
        SheetForm::JsonLines => "application/jsonl",
    }
}

/// What a browser is told in order to keep a file in that form, under that name and day.
pub fn attachment(form: SheetForm, name: &str, day: Date) -> [(HeaderName, String); 2] {
    kept_as(media_type(form), &format!("{name}-{day}.{}", form.code()))
}
