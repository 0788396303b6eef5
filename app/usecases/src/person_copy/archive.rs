use std::io::{Cursor, Write};

use jiff::{Timestamp, tz::TimeZone};
use qualify_domain::{
    audit::hex,
    person_copy::{Listed, Manifest, SCHEMA_VERSION},
};
use sha2::{Digest, Sha256};
use zip::{CompressionMethod, DateTime, ZipWriter, result::ZipError, write::SimpleFileOptions};

use crate::Error;

/// A file of a copy.
pub(super) struct File {
    /// What it is called.
    pub name: String,
    /// How many records are in it.
    pub count: usize,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Packs the files behind a manifest that tells of each.
pub(super) fn pack(files: &[File], now: Timestamp) -> Result<Vec<u8>, Error> {
    let listed = |file: &File| Listed {
        name: file.name.clone(),
        sha256: hex(&Sha256::digest(&file.bytes)),
        bytes: file.bytes.len(),
        count: file.count,
    };
    let manifest = Manifest {
        schema_version: SCHEMA_VERSION,
        made_at: now.to_string(),
        authoritative: "person.json",
        files: files.iter().map(listed).collect(),
    };
    let manifest = serde_json::to_vec_pretty(&manifest).map_err(|error| Error::Failed(error.into()))?;
    zipped(&manifest, files, now).map_err(|error| Error::Failed(error.into()))
}

fn zipped(manifest: &[u8], files: &[File], now: Timestamp) -> Result<Vec<u8>, ZipError> {
    let options =
        SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).last_modified_time(moment(now));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let rest = files.iter().map(|file| (file.name.as_str(), file.bytes.as_slice()));
    for (name, bytes) in std::iter::once(("manifest.json", manifest)).chain(rest) {
        zip.start_file(name, options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// The time as a ZIP keeps it: to two seconds, without a zone. What it cannot keep is its first moment.
fn moment(now: Timestamp) -> DateTime {
    let at = TimeZone::UTC.to_datetime(now);
    let small = |number: i8| u8::try_from(number).unwrap_or_default();
    let year = u16::try_from(at.year()).unwrap_or_default();
    DateTime::from_date_and_time(
        year,
        small(at.month()),
        small(at.day()),
        small(at.hour()),
        small(at.minute()),
        small(at.second()),
    )
    .unwrap_or_default()
}
