//! Files that a browser keeps instead of showing them.

use http::{HeaderName, header};

/// What a browser is told in order to keep a file of that kind under that name, which is of our making.
pub fn kept_as(kind: &str, name: &str) -> [(HeaderName, String); 2] {
    let disposition = format!("attachment; filename=\"{name}\"");
    [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)]
}
