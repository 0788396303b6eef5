//! Keeps files in a bucket of a store that speaks S3: Amazon's, or one of many others, such as one's own.
//!
//! Buckets are addressed by path and requests signed with Signature Version 4. A long file goes in parts that the store
//! puts together at the end, so that nobody sees a file that is not whole.

mod answer;
mod connection;
mod set_up;
mod sign;

use std::sync::Arc;

use async_trait::async_trait;
use http_body_util::Full;
use hyper::{
    Method, Request,
    header::{AUTHORIZATION, CONTENT_LENGTH, ETAG, HOST},
};
use jiff::Timestamp;
use qualify_ports::{
    BoxError,
    files::{FileBytes, FileError, FileKey, Files, Measured},
    plugin::Adapter,
};

use self::{
    answer::{escaped, granted, texts},
    connection::{Answer, Endpoint},
    sign::{Signer, Unsigned, digest_of, encoded},
};

/// Keeps files in a bucket of a store that speaks S3.
pub const FILES: Adapter<dyn Files> =
    Adapter { name: "s3", keys: set_up::KEYS, build: |settings| Ok(Arc::new(S3::build(&settings)?)) };

/// A file that is longer goes in parts of this length: the least that stores take, and all but the last of the same.
const PART: usize = 5 << 20;

/// A bucket of a store that speaks S3.
pub struct S3 {
    endpoint: Endpoint,
    signer: Signer,
    bucket: String,
    prefix: String,
}

/// Files of the bucket, in the order in which they go.
struct Page {
    keys: Vec<FileKey>,
    /// Where the next page begins, if there is one.
    next: Option<String>,
}

impl S3 {
    /// Asks the store about a file, or about the bucket. The names of the query come in their order.
    async fn ask(
        &self,
        method: Method,
        key: Option<FileKey>,
        query: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer, FileError> {
        let path = match key {
            Some(key) => format!("/{}/{}{key}", self.bucket, self.prefix),
            None => format!("/{}", self.bucket),
        };
        let query: Vec<_> = query.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let (query, digest) = (query.join("&"), digest_of(&body));
        let at = wall_clock().strftime("%Y%m%dT%H%M%SZ").to_string();
        let host = self.endpoint.authority.as_str();
        let unsigned = Unsigned { method: method.as_str(), path: &path, query: &query, host, digest: &digest, at: &at };
        let authorization = self.signer.authorization(&unsigned);
        let target = if query.is_empty() { path } else { format!("{path}?{query}") };
        let mut request = Request::builder().method(&method).uri(target);
        // An empty body has to be told where one could be.
        if [Method::PUT, Method::POST].contains(&method) {
            request = request.header(CONTENT_LENGTH, body.len());
        }
        let request = request
            .header(HOST, host)
            .header("x-amz-content-sha256", digest)
            .header("x-amz-date", at)
            .header(AUTHORIZATION, authorization)
            .body(Full::new(body.into()))
            .map_err(unavailable)?;
        granted(self.endpoint.ask(request).await?).await
    }

    /// Sends a long file part by part, of which the first is here already.
    async fn send_parts(
        &self,
        key: FileKey,
        upload: &str,
        first: Vec<u8>,
        mut rest: Measured<'_>,
    ) -> Result<(), FileError> {
        let (mut part, mut list, mut number) = (first, String::new(), 1_u32);
        while !part.is_empty() {
            let which = number.to_string();
            let query = [("partNumber", which.as_str()), ("uploadId", upload)];
            let answer = self.ask(Method::PUT, Some(key), &query, part).await?;
            let tag = answer.response.headers().get(ETAG).and_then(|tag| tag.to_str().ok());
            let tag = escaped(tag.ok_or_else(|| unavailable("the store did not tell the tag of a part"))?);
            list.extend(["<Part><PartNumber>", &which, "</PartNumber><ETag>", &tag, "</ETag></Part>"]);
            part = rest.take(PART).await?;
            number += 1;
        }
        let list = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
        let end = self.ask(Method::POST, Some(key), &[("uploadId", upload)], list.into_bytes()).await?;
        // This answer begins before the store knows how it ends: a good status alone says nothing.
        if end.text().await?.contains("<CompleteMultipartUploadResult") {
            Ok(())
        } else {
            Err(unavailable("the store did not put the parts together"))
        }
    }

    /// So many of our files at most, the longest due first: stores list by name.
    async fn page(&self, from: Option<&str>) -> Result<Page, FileError> {
        let from = from.map(|from| ("continuation-token", from));
        let query = [("list-type", "2"), ("max-keys", "1000"), ("prefix", &*self.prefix)];
        let query: Vec<_> = from.into_iter().chain(query).collect();
        let list = self.ask(Method::GET, None, &query, Vec::new()).await?.text().await?;
        let names = texts(&list, "Key").into_iter();
        let is_more = texts(&list, "IsTruncated") == ["true"];
        Ok(Page {
            keys: names.filter_map(|name| name.strip_prefix(&*self.prefix)?.parse().ok()).collect(),
            next: texts(&list, "NextContinuationToken").into_iter().next().filter(|_| is_more),
        })
    }
}

#[async_trait]
impl Files for S3 {
    async fn put(&self, key: FileKey, bytes: FileBytes<'_>) -> Result<(), FileError> {
        let mut bytes = Measured::new(bytes);
        let first = bytes.take(PART).await?;
        if bytes.is_at_end().await? {
            return self.ask(Method::PUT, Some(key), &[], first).await.map(drop);
        }
        let begun = self.ask(Method::POST, Some(key), &[("uploads", "")], Vec::new()).await?.text().await?;
        let upload = texts(&begun, "UploadId").into_iter().next();
        let upload = upload.ok_or_else(|| unavailable("the store did not begin to take parts"))?;
        let sent = self.send_parts(key, &upload, first, bytes).await;
        if sent.is_err() {
            // If this fails as well, the parts go by the rule that every bucket is to have; see docs/operations.md.
            let _ = self.ask(Method::DELETE, Some(key), &[("uploadId", upload.as_str())], Vec::new()).await;
        }
        sent
    }

    async fn open(&self, key: FileKey) -> Result<FileBytes<'static>, FileError> {
        Ok(self.ask(Method::GET, Some(key), &[], Vec::new()).await?.bytes())
    }

    async fn remove(&self, key: FileKey) -> Result<(), FileError> {
        match self.ask(Method::DELETE, Some(key), &[], Vec::new()).await {
            Ok(_) | Err(FileError::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn remove_due(&self, now: Timestamp, limit: u16) -> Result<u64, FileError> {
        let mut removed = 0;
        let mut page = self.page(None).await?;
        loop {
            for key in page.keys {
                if key.until() > now || removed == u64::from(limit) {
                    return Ok(removed);
                }
                self.remove(key).await?;
                removed += 1;
            }
            let Some(next) = page.next else { return Ok(removed) };
            page = self.page(Some(&next)).await?;
        }
    }

    async fn count_due(&self, now: Timestamp, limit: u32) -> Result<u64, FileError> {
        let mut found = 0;
        let mut page = self.page(None).await?;
        loop {
            for key in page.keys {
                if key.until() > now || found == u64::from(limit) {
                    return Ok(found);
                }
                found += 1;
            }
            let Some(next) = page.next else { return Ok(found) };
            page = self.page(Some(&next)).await?;
        }
    }

    async fn list(&self) -> Result<Vec<FileKey>, FileError> {
        let mut page = self.page(None).await?;
        let mut keys = Vec::new();
        loop {
            keys.append(&mut page.keys);
            let Some(next) = page.next else { return Ok(keys) };
            page = self.page(Some(&next)).await?;
        }
    }
}

/// The time on the wall: the store refuses a signature of another, whatever time it is for the product.
#[expect(clippy::disallowed_methods, reason = "a signature is for the store's clock, not for ours")]
fn wall_clock() -> Timestamp {
    Timestamp::now()
}

pub(crate) fn unavailable(error: impl Into<BoxError>) -> FileError {
    FileError::Unavailable(error.into())
}
