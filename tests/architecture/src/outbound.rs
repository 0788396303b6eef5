//! What leaves the house: nothing but SQL to the database, mail to the relay, sealed files to the store that the operator chose,
//! what the payment provider is asked, and what endpoints of organizations are told (PRV-10), and of mails only the letters that are written in one place (PRV-12).

use std::{collections::BTreeSet, slice};

use crate::tree::File;

/// The two crates of the product's that open connections. Their homes are in [`crate::dependencies::ONLY_IN`].
pub const CONNECTING: &[&str] = &["sqlx", "lettre"];

/// Crates whose purpose is to ask somebody else's server.
const CLIENTS: &[&str] = &[
    "async-nats",
    "attohttpc",
    "awc",
    "curl",
    "isahc",
    "minreq",
    "opentelemetry-otlp",
    "quinn",
    "redis",
    "reqwest",
    "sentry",
    "surf",
    "tokio-tungstenite",
    "tonic",
    "trust-dns-resolver",
    "tungstenite",
    "ureq",
];

/// Ways to reach out with what the standard library and the runtime bring.
const CALLS: &[&str] = &[
    "TcpStream::connect",
    "UnixStream::connect",
    "UdpSocket",
    "UnixDatagram",
    "lookup_host",
    "to_socket_addrs",
    "hickory_resolver",
];

/// Where others are spoken to, and how many lines do: the store of files, for which whatever goes there is sealed before; the
/// payment provider, to whom only a reference says which organization pays (BIL-6); and the endpoints of organizations, which are
/// looked up, judged and dialled in one place (WEB-7). The provider that pretends in the demo speaks to this machine only, and only
/// `qualify check` asks the resolver of its machine what is said of the domain that sends mail (MAIL-6).
const WAYS_OUT: &[(&str, usize)] = &[
    ("adapters/s3/src/connection.rs", 1),
    ("adapters/lemonsqueezy/src/connection.rs", 1),
    ("adapters/webhook/src/door.rs", 3),
    ("tests/fake_provider/src/carry.rs", 1),
    ("app/server/src/sending/resolver.rs", 1),
];

/// Where letters are written.
const LETTERS: &str = "app/usecases/src/letter";

/// Reads the crates' names from what `cargo tree --prefix none` prints: one line each, name first.
pub fn built_in(tree: &str) -> BTreeSet<String> {
    tree.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// Names every crate among these that asks other servers.
pub fn clients(crates: &BTreeSet<String>) -> Vec<String> {
    CLIENTS.iter().filter(|name| crates.contains(**name)).map(|name| format!("{name} asks other servers")).collect()
}

/// Names every line of ours that reaches out by itself, but those that are to reach the store of files, the payment provider and the endpoints.
pub fn calls(files: &[File]) -> Vec<String> {
    let of_file = |file: &File| {
        let calls = lines(slice::from_ref(file), |line| CALLS.iter().any(|call| line.contains(call)));
        let meant = WAYS_OUT.iter().find(|(path, _)| *path == file.path).map_or(0, |(_, lines)| *lines);
        calls.into_iter().skip(meant)
    };
    files.iter().flat_map(of_file).collect()
}

/// Names every line that writes a mail elsewhere than among the letters.
pub fn mails(files: &[File]) -> Vec<String> {
    let elsewhere: Vec<File> = files
        .iter()
        .filter(|file| !file.path.starts_with(LETTERS) && file.text.contains("mailer::"))
        .filter(|file| !file.path.starts_with("ports/"))
        .cloned()
        .collect();
    lines(&elsewhere, |line| line.contains("Message {") && !line.contains("fn "))
}

fn lines(files: &[File], is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let of_file = |file: &File| {
        let built = file.text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
        let code = built.enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
        let wrong = code.filter(|(_, line)| is_wrong(line));
        wrong.map(|(number, line)| format!("{}:{}: {}", file.path, number + 1, line.trim())).collect::<Vec<_>>()
    };
    files.iter().flat_map(of_file).collect()
}
