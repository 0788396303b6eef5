//! Whether the clock by which the program decides what goes, and the one of the database, tell the same time. One of them is wrong
//! if they differ, and data may go too early or too late. Nothing is decided by the database's clock: here alone it is asked.

use jiff::{SignedDuration, Timestamp};
use qualify_ports::time::Clock;
use sqlx::PgPool;

use super::{Finding, Weight, finding};

/// They may differ by so much.
const MOST: SignedDuration = SignedDuration::from_secs(5);

/// Compares the two.
///
/// # Errors
/// If the database cannot be reached.
pub async fn clocks(pool: &PgPool, clock: &dyn Clock) -> Result<Finding, sqlx::Error> {
    // The way there and back is not counted: only what lies outside it.
    let mut sql = pool.acquire().await?;
    let before = clock.now();
    let there: i64 = sqlx::query_scalar("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        .fetch_one(&mut *sql)
        .await?;
    Ok(compared(before, clock.now(), Timestamp::from_microsecond(there).unwrap_or(Timestamp::MAX)))
}

/// What the database's clock told between two looks at ours.
fn compared(before: Timestamp, after: Timestamp, there: Timestamp) -> Finding {
    let (apart, what) = if there < before {
        (before.duration_since(there), "behind")
    } else {
        (there.duration_since(after), "ahead of")
    };
    if apart <= MOST {
        return finding(Weight::Fine, "the clocks of this machine and of the database tell the same time");
    }
    let seconds = apart.as_secs();
    finding(
        Weight::Refused,
        format!(
            "the database's clock is {seconds} s {what} the one of this machine ({there:.0} there, {after:.0} here): one of them is \
             wrong. What is kept for its time goes by the clock of this machine; set both right (by NTP) before a worker goes on"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn five_seconds_are_let_pass_and_a_slow_answer_is_no_fault_of_the_clocks() {
        for (before, after, there) in [(0, 0, 0), (0, 0, 5), (0, 0, -5), (0, 60, 30), (0, 60, 65)] {
            assert_eq!(compared(at(before), at(after), at(there)).weight, Weight::Fine, "{before} {after} {there}");
        }
        let ahead = compared(at(0), at(1), at(7));
        assert!(ahead.weight == Weight::Refused && ahead.text.contains("clock is 6 s ahead of the one"), "{ahead}");
        let behind = compared(at(0), at(1), at(-3_600));
        assert!(behind.weight == Weight::Refused && behind.text.contains("clock is 3600 s behind the one"), "{behind}");
        assert!(behind.text.contains("2027-01-15T07:00:00Z there, 2027-01-15T08:00:01Z here"), "{behind}");
    }
}
