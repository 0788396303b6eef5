//! Stylesheet, scripts and icons: embedded, named after their content, kept by browsers for ever.
//!
//! What Node bundles lies in `assets/dist`. Where it was not bundled, pages go without: they work unenhanced.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write as _, io::Write as _, sync::LazyLock};

use axum::{
    body::Bytes,
    extract::Path,
    response::{IntoResponse, Response},
};
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::{Embed, EmbeddedFile};

#[derive(Embed)]
#[folder = "assets/"]
#[include = "style.css"]
#[include = "mark.svg"]
#[include = "js/embed.js"]
#[include = "js/frame.js"]
#[include = "js/passkey.js"]
#[include = "dist/app.js"]
#[include = "dist/board.js"]
#[include = "dist/embed.js"]
#[include = "dist/frame.js"]
#[include = "dist/passkey.js"]
#[include = "dist/icons.svg"]
struct Folder;

struct Asset {
    url: String,
    body: Cow<'static, [u8]>,
    packed: Option<Bytes>,
    kind: &'static str,
}

/// Each asset under its plain name; the bundled form wins.
static ASSETS: LazyLock<BTreeMap<&'static str, Asset>> = LazyLock::new(|| {
    let sources = [
        ("style.css", "text/css; charset=utf-8", &["style.css"][..]),
        ("mark.svg", "image/svg+xml", &["mark.svg"]),
        ("icons.svg", "image/svg+xml", &["dist/icons.svg"]),
        ("app.js", "text/javascript; charset=utf-8", &["dist/app.js"]),
        ("board.js", "text/javascript; charset=utf-8", &["dist/board.js"]),
        ("embed.js", "text/javascript; charset=utf-8", &["dist/embed.js", "js/embed.js"]),
        ("frame.js", "text/javascript; charset=utf-8", &["dist/frame.js", "js/frame.js"]),
        ("passkey.js", "text/javascript; charset=utf-8", &["dist/passkey.js", "js/passkey.js"]),
    ];
    let found = |(name, kind, paths): (&'static str, _, &[&str])| {
        let file = paths.iter().find_map(|path| Folder::get(path))?;
        let (url, packed) = (named_after_content(name, &file), packed(&file.data).ok());
        Some((name, Asset { url, body: file.data, packed, kind }))
    };
    sources.into_iter().filter_map(found).collect()
});

fn packed(body: &[u8]) -> std::io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body)?;
    encoder.finish().map(Bytes::from)
}

fn named_after_content(name: &str, file: &EmbeddedFile) -> String {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let hash = file.metadata.sha256_hash().iter().take(6).fold(String::new(), |mut hash, byte| {
        let _ = write!(hash, "{byte:02x}");
        hash
    });
    format!("/assets/{stem}-{hash}.{ending}")
}

/// The address of an asset that is always there.
pub fn url(name: &str) -> &'static str {
    ASSETS.get(name).map_or("", |asset| &asset.url)
}

/// The address of a script, if it was bundled.
pub fn script(name: &str) -> Option<&'static str> {
    ASSETS.get(name).map(|asset| asset.url.as_str())
}

/// The address of the icons, if they were bundled.
pub fn icons() -> Option<&'static str> {
    script("icons.svg")
}

/// `GET /assets/{file}`
pub async fn show(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let address = format!("/assets/{file}");
    match ASSETS.values().find(|asset| asset.url == address) {
        Some(asset) => asset.answer(&headers, "public, max-age=31536000, immutable"),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `GET /embed.js`: the script that customers' websites load. Its address never changes, so it is asked for again daily.
pub async fn embed(headers: HeaderMap) -> Response {
    match ASSETS.get("embed.js") {
        Some(asset) => {
            let mut response = asset.answer(&headers, "public, max-age=86400, stale-while-revalidate=604800");
            let open = HeaderValue::from_static("cross-origin");
            response.headers_mut().insert("cross-origin-resource-policy", open);
            response
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

impl Asset {
    fn answer(&self, asked: &HeaderMap, caching: &'static str) -> Response {
        let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let headers =
            [(header::CONTENT_TYPE, self.kind), (header::CACHE_CONTROL, caching), (header::VARY, "Accept-Encoding")];
        match self.packed.clone().filter(|_| accepted.contains("gzip")) {
            Some(packed) => (headers, [(header::CONTENT_ENCODING, "gzip")], packed).into_response(),
            None => (headers, self.body.clone()).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_named_after_its_content() {
        assert!(url("style.css").starts_with("/assets/style-"), "{}", url("style.css"));
        assert_ne!(url("style.css"), url("mark.svg"));
    }

    #[test]
    fn the_stylesheet_loads_nothing_from_elsewhere() {
        let style = String::from_utf8(ASSETS["style.css"].body.to_vec()).unwrap();
        assert!(!style.contains("@import") && !style.contains("url(\"http") && !style.contains("url(http"));
    }

    #[test]
    fn scripts_and_icons_keep_nothing_in_the_browser() {
        for name in ["embed.js", "frame.js", "passkey.js"] {
            let script = String::from_utf8(ASSETS[name].body.to_vec()).unwrap();
            for storage in ["localStorage", "sessionStorage", "indexedDB", "document.cookie"] {
                assert!(!script.contains(storage), "{name} uses {storage}");
            }
        }
    }
}
