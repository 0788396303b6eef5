//! Files in a bucket keep the laws of files, and their own, against a store on this machine that checks every signature.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "laws/store.rs"]
mod store;

use std::{error::Error, fs, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::{StreamExt, stream};
use jiff::SignedDuration;
use qualify_laws::files::{FilesRig, bytes, key, noon, pieces, read};
use qualify_ports::{
    files::{FileError, Files},
    plugin::{BuildError, Settings},
};
use qualify_s3::FILES;

use self::store::{ACCESS_KEY, BUCKET, Mood, REGION, SECRET_KEY, Store};

const PREFIX: &str = "qualify/v1_";

struct Rig {
    store: Store,
    files: Arc<dyn Files>,
}

/// The settings that lead to a store, as the configuration would give them.
fn settings(endpoint: &str) -> Settings {
    let defaults = FILES.keys.iter().filter_map(|key| Some((key.name.to_owned(), key.default?.to_owned())));
    Settings::new("s3", defaults)
        .with("endpoint", endpoint)
        .with("region", REGION)
        .with("bucket", BUCKET)
        .with("prefix", PREFIX)
        .with("access_key", ACCESS_KEY)
        .with("secret_key", SECRET_KEY)
        .with("timeout_seconds", "20")
}

fn build(settings: Settings) -> Result<Arc<dyn Files>, BuildError> {
    (FILES.build)(settings)
}

impl Rig {
    async fn new() -> Self {
        let store = Store::start(false).await;
        Self { files: build(settings(&format!("http://{}", store.address))).unwrap(), store }
    }

    /// The same store, asked with one setting changed.
    fn changed(&self, name: &str, value: &str) -> Arc<dyn Files> {
        build(settings(&format!("http://{}", self.store.address)).with(name, value)).unwrap()
    }
}

#[async_trait]
impl FilesRig for Rig {
    fn files(&self) -> &dyn Files {
        &*self.files
    }

    async fn kept(&self) -> Vec<String> {
        self.store.names().iter().map(|name| name.strip_prefix(PREFIX).unwrap().to_owned()).collect()
    }

    async fn break_link(&self) {
        self.store.stop();
        tokio::task::yield_now().await;
    }
}

qualify_laws::files_laws!(Rig::new());

/// All that an error tells, with its causes.
fn told(error: &FileError) -> String {
    let mut told = format!("{error:?}");
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(error) = cause {
        told.push_str(&error.to_string());
        cause = error.source();
    }
    told
}

fn is_unavailable<T>(result: &Result<T, FileError>) -> bool {
    matches!(result, Err(FileError::Unavailable(_)))
}

#[tokio::test]
async fn a_store_believes_nobody_with_another_key_region_or_bucket() {
    let rig = Rig::new().await;
    rig.files.put(key(1, 1), pieces(b"one", 3)).await.unwrap();
    for (name, value) in
        [("secret_key", "wrong"), ("access_key", "NOBODY"), ("region", "us-east-1"), ("bucket", "other")]
    {
        let files = rig.changed(name, value);
        let read = read(&*files, key(1, 1)).await;
        assert!(is_unavailable(&read), "{name}: an operator can put that right: {read:?}");
        assert!(!told(&read.unwrap_err()).contains("canary"), "the store's sentences are not repeated (LOG-1)");
        assert!(is_unavailable(&files.put(key(1, 2), pieces(b"two", 3)).await), "{name}");
    }
    assert_eq!(rig.kept().await.len(), 1);
}

#[tokio::test]
async fn a_short_file_is_one_request_and_a_long_one_goes_in_parts() {
    let rig = Rig::new().await;
    rig.files.put(key(1, 1), pieces(&bytes(5 << 20), 700_000)).await.unwrap();
    let asked = rig.store.asked();
    assert!(asked.len() == 1 && asked[0].starts_with("PUT "), "{asked:?}");
    let longer = bytes((10 << 20) + 1);
    rig.files.put(key(1, 2), pieces(&longer, 700_000)).await.unwrap();
    let asked = rig.store.asked();
    let methods: Vec<_> = asked.iter().map(|asked| asked.split(' ').next().unwrap()).collect();
    assert_eq!(methods, ["POST", "PUT", "PUT", "PUT", "POST"], "{asked:?}");
    assert!(read(&*rig.files, key(1, 2)).await.unwrap() == longer);
}

#[tokio::test]
async fn parts_that_the_store_lost_are_no_file() {
    let rig = Rig::new().await;
    rig.store.set(Mood::Forgetful);
    let long = bytes(6 << 20);
    assert!(is_unavailable(&rig.files.put(key(1, 1), pieces(&long, 1 << 20)).await));
    assert_eq!(rig.kept().await, [] as [String; 0]);
}

#[tokio::test]
async fn a_file_of_which_a_half_comes_ends_in_an_error() {
    let rig = Rig::new().await;
    rig.files.put(key(1, 1), pieces(&bytes(300_000), 300_000)).await.unwrap();
    rig.store.set(Mood::Halving);
    assert!(is_unavailable(&read(&*rig.files, key(1, 1)).await));
}

#[tokio::test]
async fn a_store_that_is_busy_or_silent_is_asked_again_later() {
    let rig = Rig::new().await;
    rig.store.set(Mood::Busy);
    assert!(is_unavailable(&rig.files.put(key(1, 1), pieces(b"one", 3)).await));
    assert!(is_unavailable(&rig.files.remove_due(noon(), 10).await));
    rig.store.set(Mood::Silent);
    let impatient = rig.changed("timeout_seconds", "1");
    let asked = tokio::time::timeout(Duration::from_secs(10), read(&*impatient, key(1, 1))).await;
    assert!(is_unavailable(&asked.unwrap()), "after a second");
}

#[tokio::test]
async fn a_source_that_never_ends_holds_no_more_than_a_part() {
    let rig = Rig::new().await;
    let endless = stream::repeat_with(|| Ok(vec![7; 1 << 20])).take(11).chain(stream::pending()).boxed();
    let parts = || rig.store.asked().iter().filter(|asked| asked.contains("partNumber=")).count();
    let looking = async {
        let mut sent = 0;
        while sent < 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            sent += parts();
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        sent + parts()
    };
    let sent = tokio::select! {
        outcome = rig.files.put(key(1, 1), endless) => unreachable!("the source has no end: {outcome:?}"),
        sent = looking => sent,
    };
    assert_eq!(sent, 2, "two parts of five went while the rest was waited for");
}

#[tokio::test]
async fn what_is_due_is_found_page_by_page_and_nothing_but_ours() {
    let rig = Rig::new().await;
    for number in 1..=7 {
        rig.files.put(key(1, number), pieces(b"due tomorrow", 3)).await.unwrap();
    }
    rig.files.put(key(3, 9), pieces(b"due later", 3)).await.unwrap();
    let foreign = ["a", "qualify/v1_", "qualify/v1_20200101T000000Z-notes", "qualify/v2_0", "zebra"];
    for name in &foreign {
        rig.store.plant(name);
    }
    let after_a_day = noon() + SignedDuration::from_hours(24);
    assert_eq!(rig.files.remove_due(after_a_day, 100).await.unwrap(), 7);
    let later = format!("{PREFIX}{}", key(3, 9));
    let left: Vec<_> = rig.store.names().into_iter().filter(|name| !foreign.contains(&name.as_str())).collect();
    assert_eq!(left, [later]);
    assert_eq!(rig.store.names().len(), foreign.len() + 1);
}

#[tokio::test]
async fn a_store_with_a_name_is_spoken_to_over_tls_and_its_certificate_is_judged() {
    let store = Store::start(true).await;
    let endpoint = format!("https://localhost:{}", store.address.port());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("authority.pem");
    fs::write(&path, store.certificate.as_ref().unwrap()).unwrap();
    let trusting = build(settings(&endpoint).with("authority", path.to_str().unwrap())).unwrap();
    trusting.put(key(1, 1), pieces(b"one", 3)).await.unwrap();
    assert_eq!(read(&*trusting, key(1, 1)).await.unwrap(), b"one");
    let strict = build(settings(&endpoint)).unwrap();
    assert!(is_unavailable(&read(&*strict, key(1, 1)).await), "nobody vouches for it");
    let elsewhere = endpoint.replace("localhost", "127.0.0.1");
    let strict = build(settings(&elsewhere).with("authority", path.to_str().unwrap())).unwrap();
    assert!(is_unavailable(&read(&*strict, key(1, 1)).await), "it is for another name");
}

#[test]
fn a_setting_that_cannot_work_is_told_by_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "no certificate").unwrap();
    let empty = empty.to_str().unwrap();
    for (name, value) in [
        ("endpoint", "http://s3.example.com"),
        ("endpoint", "ftp://localhost"),
        ("endpoint", "https://s3.example.com/bucket"),
        ("endpoint", "https://user@s3.example.com"),
        ("bucket", "a/b"),
        ("bucket", ".."),
        ("bucket", ""),
        ("prefix", "/a"),
        ("prefix", "a/../b"),
        ("prefix", "a//b"),
        ("prefix", "a b"),
        ("region", "eu west"),
        ("access_key", "a/b"),
        ("secret_key", ""),
        ("authority", "/nowhere.pem"),
        ("authority", empty),
    ] {
        let error = build(settings("https://s3.example.com").with(name, value)).err();
        assert_eq!(error.map(|error| error.key), Some(format!("s3.{name}")), "{name} = {value:?}");
    }
    for endpoint in
        ["https://s3.example.com", "https://s3.example.com:9000", "http://127.0.0.1:9000", "http://[::1]:9000"]
    {
        assert!(build(settings(endpoint).with("prefix", "")).is_ok(), "{endpoint}");
    }
}
