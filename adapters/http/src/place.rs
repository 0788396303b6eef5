//! Places in lists of leads, as addresses and programs carry them. Worth nothing to whoever changes one.

use jiff::Timestamp;
use qualify_domain::{
    id::LeadId,
    lead_order::{Group, LeadOrder, LeadPlace, SortKey},
};

/// A place has at most so many characters.
pub const LONGEST: usize = 400;

/// The place as text. It names its order, so that it is never taken for one of another.
pub fn written(place: &LeadPlace, order: LeadOrder) -> String {
    let group = match place.group {
        None => String::new(),
        Some(Group::Stage(stage)) => format!("stage.{stage}"),
        Some(Group::Owner(owner)) => format!("owner.{}", owner.map(|owner| owner.to_string()).unwrap_or_default()),
        Some(Group::Form(form)) => format!("form.{}", form.map(|form| form.to_string()).unwrap_or_default()),
        Some(Group::Grade(grade)) => format!("grade.{grade}"),
    };
    let key = match &place.key {
        SortKey::Instant(at) => format!("t{}", at.as_microsecond()),
        SortKey::Text(text) => format!("s{text}"),
        SortKey::Nothing => String::new(),
    };
    format!("{order}~{group}~{}~{key}", place.id)
}

/// The place that a text stands for, if it is one of that order.
pub fn read(text: &str, order: LeadOrder) -> Option<LeadPlace> {
    let parts: Vec<&str> = text.splitn(4, '~').collect();
    let [of, group, id, key] = parts[..] else { return None };
    if text.len() > 4 * LONGEST || text.chars().any(char::is_control) || of.parse() != Ok(order) {
        return None;
    }
    let key = match (key, key.strip_prefix('t'), key.strip_prefix('s')) {
        ("", ..) => SortKey::Nothing,
        (_, Some(at), _) => SortKey::Instant(Timestamp::from_microsecond(at.parse().ok()?).ok()?),
        (_, _, Some(text)) => SortKey::Text(text.to_owned()),
        (_, None, None) => return None,
    };
    let id = LeadId(id.parse().ok()?);
    let place = LeadPlace { group: read_group(group)?, key, id };
    order.has(&place.key).then_some(place)
}

#[expect(clippy::option_option, reason = "no group is a group's absence, nothing is one that cannot be read")]
fn read_group(text: &str) -> Option<Option<Group>> {
    fn or_nothing<I: std::str::FromStr>(id: &str) -> Option<Option<I>> {
        if id.is_empty() { Some(None) } else { id.parse().ok().map(Some) }
    }
    match text.split_once('.') {
        None if text.is_empty() => Some(None),
        Some(("stage", id)) => id.parse().ok().map(|stage| Some(Group::Stage(stage))),
        Some(("owner", id)) => or_nothing(id).map(|owner| Some(Group::Owner(owner))),
        Some(("form", id)) => or_nothing(id).map(|form| Some(Group::Form(form))),
        Some(("grade", grade)) => grade.parse().ok().map(|grade| Some(Group::Grade(grade))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use qualify_domain::{
        id::{FormId, StageId, UserId},
        lead_order::SortBy,
    };
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_place_survives_being_written_and_is_one_of_its_order_only() {
        let id = Uuid::from_u128(7);
        let groups = [
            None,
            Some(Group::Stage(StageId(id))),
            Some(Group::Owner(Some(UserId(id)))),
            Some(Group::Owner(None)),
            Some(Group::Form(Some(FormId(id)))),
            Some(Group::Form(None)),
            Some(Group::Grade("B2".parse().unwrap())),
        ];
        let keys = [
            SortKey::Instant("2026-11-24T12:00:00.123456Z".parse().unwrap()),
            SortKey::Text("anna ~ & co".to_owned()),
            SortKey::Text(String::new()),
            SortKey::Nothing,
        ];
        for group in groups {
            for key in &keys {
                let place = LeadPlace { group, key: key.clone(), id: LeadId(id) };
                for by in SortBy::ALL {
                    let order = LeadOrder { by: *by, descending: true };
                    let text = written(&place, order);
                    assert_eq!(read(&text, order), order.has(key).then(|| place.clone()), "{text}");
                    assert_eq!(read(&text, LeadOrder { by: *by, descending: false }), None);
                }
            }
        }
    }

    #[test]
    fn what_is_no_place_is_none() {
        let id = Uuid::nil();
        for text in [
            "",
            "~~~",
            "-created",
            &format!("-created~~{id}~x5"),
            &format!("-created~team.{id}~{id}~t5"),
            &format!("-created~grade.E9~{id}~t5"),
        ] {
            assert_eq!(read(text, LeadOrder::default()), None, "{text}");
        }
        assert_eq!(
            read(&format!("-created~~{id}~t99999999999999999999"), LeadOrder::default()),
            None,
            "beyond all time"
        );
    }
}
