/// A measure by which data are kept safe, with the rules of privacy and security that ask for it. It is told of once each of
/// those is shown by a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// The stable name.
    pub code: &'static str,
    /// What it is.
    pub says: &'static str,
    /// The rules.
    pub rules: &'static [&'static str],
}

const fn measure(code: &'static str, says: &'static str, rules: &'static [&'static str]) -> Measure {
    Measure { code, says, rules }
}

/// Every measure (GDPR Art. 30(1)(g), 30(2)(d), 32).
pub const MEASURES: &[Measure] = &[
    measure("isolation", "each organization kept apart from the others by the database itself", &["RLS-1", "RLS-2"]),
    measure("roles", "access by role, denied by default and checked with each request", &["RLS-13", "SES-4"]),
    measure("transport", "encrypted connections, for pages and for mail", &["WEB-1", "MAIL-2"]),
    measure("passwords", "passwords kept as salted hashes only, and refused when easy to guess", &["AUTH-1", "AUTH-3"]),
    measure("second_factor", "a second factor for every account that wants one or has to", &["AUTH-13", "AUTH-15"]),
    measure("sessions", "short sessions that end at once when they are ended", &["SES-1", "SES-5", "SES-8"]),
    measure("throttles", "limits on attempts to sign in and on what is sent", &["AUTH-7", "AUTH-9"]),
    measure("audit", "an append-only trail of who did what", &["LOG-3"]),
    measure("logs", "logs without personal data", &["LOG-1"]),
    measure("little", "nothing kept of visitors that no form declares: no cookie, no browser", &["DAT-3"]),
    measure("sweeps", "data deleted by themselves when their time is over, with a proof of it", &["RET-14", "RET-15"]),
    measure("erasure", "erasure that is checked, and leaves nothing that leads to the person", &["DSR-9"]),
];
