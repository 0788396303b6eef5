//! A file that somebody uploads with a form of one of our own pages.

use axum::{
    body::{Body, Bytes},
    extract::FromRequestParts,
};
use futures::stream;
use http::{HeaderMap, StatusCode, header, request::Parts};
use qualify_domain::import::MOST_BYTES;

use crate::{fields::collect, problem::Problem, web::Web};

/// Where files are taken.
pub const PLACE: &str = "/imports";
/// What stands around a file in the body that carries it.
const AROUND: usize = 16 * 1024;
/// A form with a file has at most this many fields.
const MOST_FIELDS: usize = 10;

/// A form with a file. The layer around all routes of members has read it.
#[derive(Clone, Default)]
pub struct Upload {
    texts: Vec<(String, String)>,
    file: Option<(String, Bytes)>,
}

impl Upload {
    /// Reads a request's body: no more than a file may have, and nothing of it if it says that it has more.
    ///
    /// # Errors
    /// 413 beyond the limit, 415 for other kinds of content, 400 if it is not what it says.
    pub async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Problem> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let boundary = multer::parse_boundary(kind).map_err(|_| Problem::status(StatusCode::UNSUPPORTED_MEDIA_TYPE))?;
        let bytes = collect(headers, body, MOST_BYTES + AROUND).await?;
        let once = stream::once(async move { Ok::<_, std::convert::Infallible>(bytes) });
        let (mut parts, mut upload) = (multer::Multipart::new(once, boundary), Self::default());
        let unreadable = |_| Problem::bad_request();
        while let Some(part) = parts.next_field().await.map_err(unreadable)? {
            let (name, file) = (part.name().unwrap_or_default().to_owned(), part.file_name().map(str::to_owned));
            let bytes = part.bytes().await.map_err(unreadable)?;
            match file {
                Some(_) if upload.file.is_some() => return Err(Problem::bad_request()),
                Some(_) if bytes.len() > MOST_BYTES => return Err(Problem::too_large(MOST_BYTES)),
                Some(file) => upload.file = Some((file, bytes)),
                None => {
                    let text = String::from_utf8(bytes.into()).map_err(|_| Problem::bad_request())?;
                    upload.texts.push((name, text));
                }
            }
            if upload.texts.len() > MOST_FIELDS {
                return Err(Problem::bad_request());
            }
        }
        Ok(upload)
    }

    /// Takes a field out, however often it came.
    pub fn take(&mut self, name: &str) -> Vec<String> {
        self.texts.extract_if(.., |(found, _)| found == name).map(|(_, text)| text).collect()
    }

    /// The file with its name, if there is one that is not empty; no other field is known.
    ///
    /// # Errors
    /// 400 for fields that are not known.
    pub fn file(self) -> Result<Option<(String, Bytes)>, Problem> {
        if !self.texts.is_empty() {
            return Err(Problem::bad_request());
        }
        Ok(self.file.filter(|(_, bytes)| !bytes.is_empty()))
    }
}

/// A file hides itself: it is about people.
impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Upload({} bytes)", self.file.as_ref().map(|(_, bytes)| bytes.len()).unwrap_or_default())
    }
}

impl FromRequestParts<Web> for Upload {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Problem> {
        parts.extensions.remove().ok_or_else(|| Problem::status(StatusCode::UNSUPPORTED_MEDIA_TYPE))
    }
}
