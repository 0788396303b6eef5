use qualify_ports::time::Ids;
use uuid::Uuid;

/// UUIDs of version 7: made in order, even within one millisecond.
#[derive(Clone, Copy, Debug, Default)]
pub struct Uuidv7;

impl Ids for Uuidv7 {
    #[expect(clippy::disallowed_methods, reason = "this is the Ids port's adapter")]
    fn next_bits(&self) -> u128 {
        Uuid::now_v7().as_u128()
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, thread};

    use qualify_domain::id::LeadId;

    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let ids: Vec<LeadId> = (0..10_000).map(|_| (&Uuidv7 as &dyn Ids).next()).collect();
        assert!(ids.is_sorted());
        assert!(ids.iter().all(|id| id.0.get_version_num() == 7));
    }

    #[test]
    fn ids_never_repeat_across_threads() {
        let makers: Vec<_> =
            (0..4).map(|_| thread::spawn(|| (0..5_000).map(|_| Uuidv7.next_bits()).collect::<Vec<_>>())).collect();
        let ids: HashSet<u128> = makers.into_iter().flat_map(|maker| maker.join().unwrap()).collect();
        assert_eq!(ids.len(), 20_000);
    }
}
