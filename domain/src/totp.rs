//! Codes of an authenticator app (AUTH-13): RFC 6238 with 6 digits and steps of 30 seconds.

use jiff::Timestamp;

use crate::violation::Rule;

/// A code is good for this many seconds, and for the same time before and after.
pub const STEP_SECONDS: i64 = 30;
/// Bytes of a secret: 160 bits.
pub const SECRET_BYTES: usize = 20;
/// So many digits has a code.
pub const DIGITS: usize = 6;
/// After so many wrong codes in a row no code is accepted any more.
pub const MOST_FAILURES: u32 = 100;

/// A code as somebody types it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TotpCode(u32);

impl TotpCode {
    /// Reads six digits, with or without spaces between them.
    ///
    /// # Errors
    /// Nothing at all, or anything but six digits.
    pub fn parse(typed: &str) -> Result<Self, Rule> {
        let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        if digits.is_empty() {
            return Err(Rule::Required);
        }
        let fits = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        if fits { digits.parse().map(Self).map_err(|_| Rule::NotACode) } else { Err(Rule::NotACode) }
    }
}

/// Why a code was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TotpRefusal {
    /// It is not the code of this moment, or was used before.
    #[error("the code is not right")]
    Wrong,
    /// Too many wrong codes in a row: the app has to be set up anew.
    #[error("the authenticator app is disabled after too many wrong codes")]
    Disabled,
}

/// What is known of somebody's authenticator app beside its secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totp {
    /// When its first code was right; none while it is being set up.
    pub confirmed_at: Option<Timestamp>,
    /// The step of the last accepted code; a code of this or an earlier step is never accepted again.
    pub last_step: i64,
    /// Wrong codes since the last right one.
    pub failures: u32,
}

impl Totp {
    /// An app that is being set up.
    pub const fn begin() -> Self {
        Self { confirmed_at: None, last_step: 0, failures: 0 }
    }

    /// Whether too many wrong codes came in a row.
    pub const fn is_disabled(&self) -> bool {
        self.failures >= MOST_FAILURES
    }

    /// Judges a code at `now`. `code_at` computes the right code of a step from the secret.
    ///
    /// # Errors
    /// [`TotpRefusal`]; the state has counted the failure.
    pub fn judge(&mut self, typed: TotpCode, now: Timestamp, code_at: impl Fn(u64) -> u32) -> Result<(), TotpRefusal> {
        if self.is_disabled() {
            return Err(TotpRefusal::Disabled);
        }
        let current = now.as_second().div_euclid(STEP_SECONDS);
        // All three are computed whatever matches, so that the time taken tells nothing.
        let matched = [current - 1, current, current + 1].map(|step| {
            let right = u64::try_from(step).is_ok_and(|step| code_at(step) == typed.0);
            (right && step > self.last_step).then_some(step)
        });
        let Some(step) = matched.into_iter().flatten().max() else {
            self.failures += 1;
            return Err(TotpRefusal::Wrong);
        };
        self.last_step = step;
        self.failures = 0;
        self.confirmed_at = self.confirmed_at.or(Some(now));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stand-in for the computation: the code of a step is its number.
    fn code_at(step: u64) -> u32 {
        u32::try_from(step % 1_000_000).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn code(of_step: i64) -> TotpCode {
        TotpCode::parse(&format!("{of_step:06}")).unwrap()
    }

    #[test]
    fn auth_13_a_code_is_six_digits_and_spaces_do_not_matter() {
        assert_eq!(TotpCode::parse("123 456"), Ok(TotpCode(123_456)));
        assert_eq!(TotpCode::parse(" 000001\n"), Ok(TotpCode(1)));
        assert_eq!(TotpCode::parse("  "), Err(Rule::Required));
        for odd in ["12345", "1234567", "12345a", "+12345", "１２３４５６", "12-456"] {
            assert_eq!(TotpCode::parse(odd), Err(Rule::NotACode), "{odd}");
        }
    }

    #[test]
    fn auth_13_the_step_before_and_the_step_after_are_accepted_and_no_other() {
        let now = at(1000 * STEP_SECONDS + 7);
        for (step, right) in [(998, false), (999, true), (1000, true), (1001, true), (1002, false)] {
            let judged = Totp::begin().judge(code(step), now, code_at);
            assert_eq!(judged.is_ok(), right, "step {step}");
        }
    }

    #[test]
    fn auth_13_a_code_is_accepted_once_and_never_an_older_one() {
        let now = at(1000 * STEP_SECONDS);
        let mut totp = Totp::begin();
        assert_eq!(totp.judge(code(1000), now, code_at), Ok(()));
        assert_eq!(totp.judge(code(1000), now, code_at), Err(TotpRefusal::Wrong));
        assert_eq!(totp.judge(code(999), now, code_at), Err(TotpRefusal::Wrong));
        assert_eq!(totp.judge(code(1001), now, code_at), Ok(()));
    }

    #[test]
    fn auth_13_a_clock_that_is_set_back_brings_no_old_code_back() {
        let mut totp = Totp::begin();
        assert_eq!(totp.judge(code(1000), at(1000 * STEP_SECONDS), code_at), Ok(()));
        let earlier = at(990 * STEP_SECONDS);
        assert_eq!(totp.judge(code(990), earlier, code_at), Err(TotpRefusal::Wrong));
        assert_eq!(totp.judge(code(991), earlier, code_at), Err(TotpRefusal::Wrong));
    }

    #[test]
    fn auth_13_a_hundred_wrong_codes_in_a_row_disable_it_and_a_right_one_begins_anew() {
        let now = at(1000 * STEP_SECONDS);
        let mut totp = Totp::begin();
        let fail = |totp: &mut Totp, times| {
            for _ in 0..times {
                assert_eq!(totp.judge(code(1), now, code_at), Err(TotpRefusal::Wrong));
            }
        };
        fail(&mut totp, 99);
        assert_eq!(totp.judge(code(1000), now, code_at), Ok(()), "the hundredth is right");
        fail(&mut totp, 100);
        assert_eq!(totp.judge(code(1001), now, code_at), Err(TotpRefusal::Disabled), "even a right one");
    }
}
