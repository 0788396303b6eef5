//! SPF (RFC 7208): which servers may send for a domain.

use qualify_postgres::{Finding, Weight};

use super::{Records, domain, finding, unread};

/// So many records are followed from one to the next, as receivers do.
const MOST_REDIRECTS: usize = 10;

/// What a domain says of the servers that may send for it.
#[derive(Debug, PartialEq, Eq)]
enum Policy {
    /// Nothing.
    Absent,
    /// So many things at once: receivers take none of them.
    Several(usize),
    /// What another domain says.
    As(String),
    /// What becomes of a mail from any other server: how the record's `all` is marked, if it has one.
    Others(Option<char>),
}

/// Tells whether receivers can see which servers may send for the domain on the envelope.
pub(super) async fn judge(bounces: &str, records: &impl Records) -> Finding {
    let mut name = bounces.to_owned();
    for _ in 0..=MOST_REDIRECTS {
        match records.txt(&name).await {
            Ok(found) => match read(&found) {
                Policy::As(next) => name = next,
                policy => return weigh(&name, &policy),
            },
            Err(why) => return unread("SPF", &name, &why),
        }
    }
    finding(Weight::Refused, format!("SPF: the record at {bounces} leads on and on to others, so receivers take none"))
}

fn weigh(name: &str, policy: &Policy) -> Finding {
    let about = format!("SPF: the record at {name}");
    match policy {
        Policy::Absent => finding(
            Weight::Refused,
            format!("SPF: no TXT record at {name} begins with v=spf1; add one that names the relay and ends in -all"),
        ),
        Policy::Several(count) => finding(
            Weight::Refused,
            format!("SPF: {count} records at {name} begin with v=spf1, so receivers take none; put them into one"),
        ),
        Policy::Others(Some(mark @ ('-' | '~'))) => finding(Weight::Fine, format!("{about} ends in {mark}all")),
        Policy::Others(Some(mark)) => {
            finding(Weight::Doubtful, format!("{about} has {mark}all: anybody may send for it; end it in -all or ~all"))
        }
        Policy::Others(None) | Policy::As(_) => {
            finding(Weight::Doubtful, format!("{about} says nothing of other servers; end it in -all or ~all"))
        }
    }
}

fn read(records: &[String]) -> Policy {
    let mut own = records.iter().filter_map(|record| terms(record));
    match (own.next(), own.count()) {
        (None, _) => Policy::Absent,
        (Some(terms), 0) => policy(&terms),
        (Some(_), more) => Policy::Several(more + 1),
    }
}

/// What a record says, if it is one of SPF.
fn terms(record: &str) -> Option<Vec<String>> {
    let mut words = record.split(' ').filter(|word| !word.is_empty());
    let is_ours = !record.starts_with(' ') && words.next()?.eq_ignore_ascii_case("v=spf1");
    is_ours.then(|| words.map(str::to_ascii_lowercase).collect())
}

fn policy(terms: &[String]) -> Policy {
    let all = terms.iter().find_map(|term| match term.strip_suffix("all")? {
        "" => Some('+'),
        "+" | "-" | "~" | "?" => term.chars().next(),
        _ => None,
    });
    let next = terms.iter().find_map(|term| term.strip_prefix("redirect="));
    match (all, next.and_then(domain)) {
        (None, Some(next)) => Policy::As(next),
        (all, _) => Policy::Others(all),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::ByHand, *};

    const HERE: &str = "example.com";

    async fn judged(records: &[&str]) -> (Weight, String) {
        let found = judge(HERE, &ByHand::default().with(HERE, records)).await;
        (found.weight, found.text)
    }

    #[tokio::test]
    async fn mail_6_spf_refuses_or_marks_mails_from_other_servers() {
        for fine in ["v=spf1 include:relay.example -all", "V=SPF1  ip4:192.0.2.1 ~ALL"] {
            let (weight, text) = judged(&["some-site-verification=1", fine]).await;
            assert_eq!(weight, Weight::Fine, "{text}");
        }
    }

    #[tokio::test]
    async fn mail_6_spf_that_lets_anybody_send_is_doubtful() {
        for (doubtful, told) in [
            ("v=spf1 +all", "+all"),
            ("v=spf1 all -all", "+all"),
            ("v=spf1 a ?all", "?all"),
            ("v=spf1 include:small", "nothing"),
            ("v=spf1", "nothing"),
        ] {
            let (weight, text) = judged(&[doubtful]).await;
            assert_eq!((weight, text.contains(told)), (Weight::Doubtful, true), "{text}");
        }
    }

    #[tokio::test]
    async fn mail_6_spf_is_one_record_and_no_other() {
        for absent in [&[][..], &["v=spf10 -all"], &["v=spf2.0/pra -all", " v=spf1 -all"]] {
            let (weight, text) = judged(absent).await;
            assert_eq!((weight, text.contains("no TXT record")), (Weight::Refused, true), "{text}");
        }
        let (weight, text) = judged(&["v=spf1 -all", "x", "v=spf1 a -all"]).await;
        assert_eq!((weight, text.contains("2 records")), (Weight::Refused, true), "{text}");
    }

    #[tokio::test]
    async fn mail_6_spf_is_followed_to_where_it_leads() {
        let records = ByHand::default().with(HERE, &["v=spf1 redirect=_spf.relay.example"]);
        let found = judge(HERE, &records).await;
        assert_eq!(
            (found.weight, found.text.contains("_spf.relay.example")),
            (Weight::Refused, true),
            "{}",
            found.text
        );
        let found = judge(HERE, &records.with("_spf.relay.example", &["v=spf1 ip4:192.0.2.1 -all"])).await;
        assert_eq!(found.weight, Weight::Fine, "{}", found.text);
        let round = ByHand::default().with(HERE, &["v=spf1 redirect=example.com"]);
        let found = judge(HERE, &round).await;
        assert_eq!((found.weight, found.text.contains("on and on")), (Weight::Refused, true), "{}", found.text);
        // An `all` leaves nothing to lead on to.
        let (weight, text) = judged(&["v=spf1 redirect=relay.example -all"]).await;
        assert_eq!(weight, Weight::Fine, "{text}");
    }
}
