//! What goes in parts, and what stays beside it.

use jiff::SignedDuration;

use super::{alone, due, plant, rule, sweep, try_sweep};
use crate::world::noon;

#[tokio::test]
async fn what_waits_for_a_mail_is_no_pace_to_forget() {
    let (database, world) = alone().await;
    plant(&database, "mail_pace", noon()).await;
    database.sql("UPDATE mail_paces SET digest_at = full_at").await;
    let late = noon() + SignedDuration::from_hours(365 * 24);
    assert_eq!((due(&world, "mail_pace", late).await, sweep(&world, "mail_pace", late).await), (0, 0));
}

#[tokio::test]
async fn an_import_goes_in_all_its_parts_and_stays_as_such() {
    let (database, world) = alone().await;
    plant(&database, "import", noon()).await;
    for part in [
        "INSERT INTO import_parts SELECT organization_id, id, n, 1, 'a' FROM imports, generate_series(0, 2) AS n",
        "INSERT INTO import_problems SELECT organization_id, id, 1, 'a', '[]' FROM imports",
        "INSERT INTO import_changes (organization_id, import_id, lead_id, version, changed_at)
            SELECT i.organization_id, i.id, l.id, 1, i.created_at FROM imports AS i, leads AS l",
    ] {
        database.sql(part).await;
    }
    let end = rule("import").due_at(noon());
    assert_eq!(due(&world, "import", end).await, 6);
    let mut gone = Vec::new();
    for most in [4, 4, 4] {
        gone.push(try_sweep(&world, "import", end, most).await.unwrap());
    }
    assert_eq!(gone, [4, 2, 0], "no more at a time than was said");
    assert_eq!(database.count("SELECT count(*) FROM imports").await, 1);
}
