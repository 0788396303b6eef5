//! Nothing leaves the house but SQL, letters, sealed files and what endpoints are told.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{collections::BTreeSet, env, process::Command};

use qualify_architecture::{
    outbound::{CONNECTING, built_in, calls, clients, mails},
    tree::{File, files, root},
};

const NONE: &[String] = &[];

fn production() -> Vec<File> {
    let sources = files(&root(), &[".rs"]).unwrap().into_iter();
    // The demo brings the provider of the tests along.
    let is_built = |path: &str| path.starts_with("tests/fake_provider/src/") || !path.starts_with("tests/");
    sources.filter(|file| is_built(&file.path) && !file.path.contains("/tests/")).collect()
}

#[test]
fn prv_10_only_the_database_the_relay_and_the_store_are_spoken_to() {
    let asked = ["tree", "--offline", "--package", "qualify-server", "--edges", "normal", "--prefix", "none"];
    let tree = Command::new(env::var_os("CARGO").unwrap()).args(asked).current_dir(root()).output().unwrap();
    let built = built_in(&String::from_utf8(tree.stdout).unwrap());
    for name in CONNECTING {
        assert!(built.contains(*name), "{name} is not found, so nothing would be");
    }
    assert!(!built.contains("thirtyfour"), "what tests use is not built in");
    assert_eq!(clients(&built), NONE);
    assert_eq!(calls(&production()), NONE);
}

#[test]
fn prv_10_another_way_out_is_reported() {
    let with_client = BTreeSet::from(["axum".to_owned(), "reqwest".to_owned()]);
    assert_eq!(clients(&with_client), ["reqwest asks other servers"]);
    for call in ["TcpStream::connect(address).await?", "let socket = UdpSocket::bind(any)?;", "use hickory_resolver::{"]
    {
        assert_eq!(calls(&[File::new("adapters/smtp/src/lib.rs", call)]).len(), 1, "{call}");
    }
    assert_eq!(calls(&[File::new("adapters/smtp/src/lib.rs", "// not TcpStream::connect")]), NONE);
    let twice = "TcpStream::connect(store).await?\nTcpStream::connect(elsewhere).await?";
    assert_eq!(calls(&[File::new("adapters/s3/src/connection.rs", twice)]).len(), 1, "the store is one connection");
    let once_more =
        "use tokio::net::lookup_host;\nlookup_host(name)\nTcpStream::connect(judged)\nTcpStream::connect(name)";
    assert_eq!(calls(&[File::new("adapters/webhook/src/door.rs", once_more)]).len(), 1, "nothing is dialled unjudged");
}

#[test]
fn prv_12_only_letters_are_mailed() {
    let production = production();
    assert!(production.iter().any(|file| file.path.starts_with("app/usecases/src/letter")));
    assert_eq!(mails(&production), NONE);
}

#[test]
fn prv_12_a_mail_that_is_no_letter_is_reported() {
    let text = "use qualify_ports::mailer::Message;\nlet mail = Message { id, ..other };";
    assert_eq!(mails(&[File::new("app/usecases/src/reactions/tell.rs", text)]).len(), 1);
    assert_eq!(mails(&[File::new("app/usecases/src/letter/lead.rs", text)]), NONE);
}
