//! DMARC (RFC 7489): what receivers do with mails that only pretend, and whether ours pass.

use qualify_postgres::{Finding, Weight};

use super::{Records, Sending, finding, tags::tags, unread};

/// So many domains above the one of the address are asked.
const MOST_PARENTS: usize = 5;

/// What a domain wants done with mails that do not pass.
#[derive(Debug, PartialEq, Eq)]
struct Policy {
    /// Where it says so.
    name: String,
    wish: Wish,
    /// Of how many mails in a hundred.
    percent: u8,
    /// Whether the domain on the envelope must be the very one of the address.
    is_spf_strict: bool,
    /// Whether the domain that signs must be.
    is_dkim_strict: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    None,
    Quarantine,
    Reject,
}

/// Tells whether the domain of the address has a policy, and whether our mails keep to it.
pub(super) async fn judge(sending: &Sending, records: &impl Records) -> Vec<Finding> {
    match find(&sending.from, records).await {
        Ok(policy) => vec![weigh(&policy), align(sending, &policy)],
        Err(finding) => vec![finding],
    }
}

/// The policy of the domain itself, or of the nearest one above it that has one.
async fn find(from: &str, records: &impl Records) -> Result<Policy, Finding> {
    let above = from.match_indices('.').map(|(dot, _)| &from[dot + 1..]).filter(|domain| domain.contains('.'));
    for domain in std::iter::once(from).chain(above.take(MOST_PARENTS)) {
        let name = format!("_dmarc.{domain}");
        let found = records.txt(&name).await.map_err(|why| unread("DMARC", &name, &why))?;
        let own: Vec<&String> = found.iter().filter(|record| is_policy(record)).collect();
        match *own {
            [] => {}
            [record] => return read(&name, record, domain == from),
            _ => {
                let text = format!("DMARC: {} records at {name} begin with v=DMARC1; leave one", own.len());
                return Err(finding(Weight::Refused, text));
            }
        }
    }
    let text = format!(
        "DMARC: there is no record at _dmarc.{from}; add one such as v=DMARC1; p=quarantine, or anybody can write in your name"
    );
    Err(finding(Weight::Refused, text))
}

/// The version comes first, or it is no policy.
fn is_policy(record: &str) -> bool {
    let version = record.split(';').next().and_then(|first| first.split_once('='));
    version.is_some_and(|(name, value)| (name.trim(), value.trim()) == ("v", "DMARC1"))
}

/// `is_own` if the record stands at the very domain of the address: one above it may want something else for those below.
fn read(name: &str, record: &str, is_own: bool) -> Result<Policy, Finding> {
    let refused = |what: &str| finding(Weight::Refused, format!("DMARC: the record at {name} {what}"));
    let tags = tags(record).ok_or_else(|| refused("is no list of tags such as v=DMARC1; p=quarantine"))?;
    let below = tags.get("sp").filter(|_| !is_own);
    let wish = match below.or_else(|| tags.get("p")).map(|wish| wish.to_ascii_lowercase()).as_deref() {
        Some("none") => Wish::None,
        Some("quarantine") => Wish::Quarantine,
        Some("reject") => Wish::Reject,
        Some(_) => return Err(refused("wants something that is none of none, quarantine, reject")),
        None => return Err(refused("has no p=, so receivers do not take it")),
    };
    let is_strict = |tag: &str| tags.get(tag).is_some_and(|mode| mode.eq_ignore_ascii_case("s"));
    Ok(Policy {
        name: name.to_owned(),
        wish,
        // What is no such number counts as if it were not there.
        percent: tags.get("pct").and_then(|raw| raw.parse().ok()).filter(|percent| *percent <= 100).unwrap_or(100),
        is_spf_strict: is_strict("aspf"),
        is_dkim_strict: is_strict("adkim"),
    })
}

fn weigh(policy: &Policy) -> Finding {
    let Policy { name, wish, percent, .. } = policy;
    let about = format!("DMARC: the record at {name}");
    let word = match wish {
        Wish::None => {
            let text =
                format!("{about} says none: mails that only pretend are let through; end at quarantine or reject");
            return finding(Weight::Doubtful, text);
        }
        Wish::Quarantine => "quarantine",
        Wish::Reject => "reject",
    };
    match percent {
        100 => finding(Weight::Fine, format!("{about} says {word}")),
        some => finding(Weight::Doubtful, format!("{about} says {word}, but of {some} mails in a hundred (pct)")),
    }
}

/// Whether the domains by which SPF and DKIM pass are that of the address: without one that is, no mail passes.
fn align(sending: &Sending, policy: &Policy) -> Finding {
    let Sending { from, bounces, signs, .. } = sending;
    let way = |is_strict: bool| if is_strict { "strictly " } else { "" };
    let (spf, dkim) = (way(policy.is_spf_strict), way(policy.is_dkim_strict));
    let by_spf = is_aligned(from, bounces, policy.is_spf_strict);
    let by_dkim = is_aligned(from, signs, policy.is_dkim_strict);
    match (by_spf, by_dkim) {
        (true, true) => {
            finding(Weight::Fine, format!("DMARC: {bounces} (SPF) and {signs} (DKIM) are aligned with {from}"))
        }
        (false, true) => finding(
            Weight::Doubtful,
            format!(
                "DMARC: {bounces} (SPF) is not {spf}aligned with {from}, so only what DKIM signs for {signs} passes"
            ),
        ),
        (true, false) => finding(
            Weight::Doubtful,
            format!(
                "DMARC: {signs} (DKIM) is not {dkim}aligned with {from}, so only what SPF lets pass does: nothing that is forwarded"
            ),
        ),
        (false, false) => finding(
            Weight::Refused,
            format!(
                "DMARC: neither {bounces} (SPF, {spf}) nor {signs} (DKIM, {dkim}) is aligned with {from}: no mail passes"
            ),
        ),
    }
}

/// Which names belong to one organization is known from lists alone; of these two it is plain if one lies below the other.
fn is_aligned(from: &str, other: &str, is_strict: bool) -> bool {
    let is_below = |lower: &str, upper: &str| lower.strip_suffix(upper).is_some_and(|rest| rest.ends_with('.'));
    from == other || (!is_strict && (is_below(from, other) || is_below(other, from)))
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{ByHand, sending},
        *,
    };

    const HERE: &str = "_dmarc.crm.example.com";

    async fn judged(name: &str, records: &[&str]) -> Vec<(Weight, String)> {
        let found = judge(&sending(), &ByHand::default().with(name, records)).await;
        found.into_iter().map(|finding| (finding.weight, finding.text)).collect()
    }

    #[tokio::test]
    async fn mail_6_dmarc_that_keeps_pretenders_out_is_fine_and_none_is_doubtful() {
        for (record, weight, told) in [
            ("v=DMARC1; p=quarantine", Weight::Fine, "quarantine"),
            ("v=DMARC1;p=Reject;rua=mailto:d@example.com", Weight::Fine, "reject"),
            (" v = DMARC1 ; p = reject; pct=100", Weight::Fine, "reject"),
            ("v=DMARC1; p=none", Weight::Doubtful, "none"),
            ("v=DMARC1; p=reject; pct=20", Weight::Doubtful, "20"),
            ("v=DMARC1; p=everything", Weight::Refused, "none of"),
            ("v=DMARC1; rua=mailto:d@example.com", Weight::Refused, "no p="),
            ("v=DMARC1; p=none; p=reject", Weight::Refused, "no list"),
        ] {
            let found = judged(HERE, &["x=y", record]).await;
            assert_eq!((found[0].0, found[0].1.contains(told)), (weight, true), "{record}: {found:?}");
        }
    }

    #[tokio::test]
    async fn mail_6_dmarc_is_missing_if_no_domain_up_to_the_organizations_has_it() {
        for name in ["_dmarc.com", "_dmarc.other.example.com", "crm.example.com"] {
            let found = judged(name, &["v=DMARC1; p=reject"]).await;
            assert_eq!((found.len(), found[0].0, found[0].1.contains(HERE)), (1, Weight::Refused, true), "{found:?}");
        }
        let found = judged(HERE, &["p=reject; v=DMARC1"]).await;
        assert_eq!((found.len(), found[0].0), (1, Weight::Refused), "{found:?}");
    }

    #[tokio::test]
    async fn mail_6_dmarc_of_the_organization_counts_for_what_is_below() {
        let upper = "_dmarc.example.com";
        for (record, weight) in [
            ("v=DMARC1; p=reject", Weight::Fine),
            ("v=DMARC1; p=none; sp=reject", Weight::Fine),
            ("v=DMARC1; p=reject; sp=none", Weight::Doubtful),
        ] {
            let found = judged(upper, &[record]).await;
            assert_eq!((found[0].0, found[0].1.contains(upper)), (weight, true), "{record}: {found:?}");
        }
        // At its own domain, what is meant for those below says nothing.
        assert_eq!(judged(HERE, &["v=DMARC1; p=reject; sp=none"]).await[0].0, Weight::Fine);
    }

    #[tokio::test]
    async fn mail_6_dmarc_is_one_record() {
        let found = judged(HERE, &["v=DMARC1; p=reject", "v=DMARC1; p=none"]).await;
        assert_eq!(
            (found.len(), found[0].0, found[0].1.contains("2 records")),
            (1, Weight::Refused, true),
            "{found:?}"
        );
    }

    #[tokio::test]
    async fn mail_6_domains_are_aligned_as_strictly_as_the_policy_says() {
        for (bounces, signs, modes, weight) in [
            ("crm.example.com", "crm.example.com", "aspf=s; adkim=s", Weight::Fine),
            ("bounce.crm.example.com", "example.com", "", Weight::Fine),
            ("bounce.crm.example.com", "crm.example.com", "aspf=s", Weight::Doubtful),
            ("crm.example.com", "example.com", "adkim=s", Weight::Doubtful),
            ("relay.example", "crm.example.com", "", Weight::Doubtful),
            ("relay.example", "notexample.com", "", Weight::Refused),
            ("bounce.crm.example.com", "example.com", "aspf=s; adkim=S", Weight::Refused),
        ] {
            let sending = Sending { bounces: bounces.to_owned(), signs: signs.to_owned(), ..sending() };
            let records = ByHand::default().with(HERE, &[&format!("v=DMARC1; p=reject; {modes}")]);
            let found = judge(&sending, &records).await;
            assert_eq!(found[1].weight, weight, "{}", found[1].text);
        }
    }
}
