use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    form::Purpose,
    spam::{SpamReason, Verdict},
    submission::{Attribution, IP_KEPT, OwnTexts, Sent},
    text::{CampaignTag, PageUrl},
};

use crate::demo::{cast::Cast, chance::Chance};

/// Quarantine has something to show, too.
const SPAM: &[&str] = &[
    "Dear Sir, we can bring your website to the first page of every search engine within 48 hours. Reply for price list.",
    "CONGRATULATIONS your domain was selected for a business loan of 500.000 without guarantee!!!",
    "I saw your site and have some ideas, 10,000 visitors a day, click here to see the video.",
];

/// One time that somebody wrote.
pub(super) struct Letter {
    pub form: usize,
    pub at: Timestamp,
    pub sent: Sent,
    pub attribution: Attribution,
    pub ip: Option<IpAddr>,
    pub verdict: Verdict,
}

/// Something a member did about a lead.
pub(super) struct Deed {
    pub at: Timestamp,
    /// The place of the member in the cast.
    pub by: usize,
    pub what: Act,
}

/// What a member did.
pub(super) enum Act {
    Note(&'static str),
    /// To the stage at this place of the pipeline.
    Move(usize),
}

/// Somebody who wrote, and what became of it.
pub(super) struct Story {
    /// The first one opened the lead; none of spam does.
    pub letters: Vec<Letter>,
    /// The place in the cast of the member who works on it.
    pub owner: Option<usize>,
    pub deeds: Vec<Deed>,
}

impl Story {
    /// As many stories as there are people, the oldest first.
    pub fn all(cast: &Cast, people: u32, now: Timestamp, chance: &mut Chance) -> Vec<Self> {
        let mut starts: Vec<Timestamp> = (0..people).map(|_| chance.instant(now)).collect();
        starts.sort_unstable();
        starts.into_iter().map(|at| Self::of_somebody(cast, at, now, chance)).collect()
    }

    fn of_somebody(cast: &Cast, at: Timestamp, now: Timestamp, chance: &mut Chance) -> Self {
        if chance.percent(5) {
            return Self { letters: vec![Letter::spam(cast, at, now, chance)], owner: None, deeds: Vec::new() };
        }
        let first = Letter::write(cast, at, now, chance);
        let again = chance.later(at, 24 * 20);
        let mut letters = vec![first];
        if chance.percent(14) && again < now {
            let mut second = Letter::write(cast, again, now, chance);
            second.sent.clone_from(&letters[0].sent);
            (*chance.pick(cast.messages)).clone_into(&mut second.sent.message);
            second.sent.consent = second.form == 1;
            letters.push(second);
        }
        let path = path(now.duration_since(at), chance);
        let owner = owner(&path, chance);
        let deeds = deeds(cast, &path, owner, at, now, chance);
        Self { letters, owner, deeds }
    }
}

impl Letter {
    fn write(cast: &Cast, at: Timestamp, now: Timestamp, chance: &mut Chance) -> Self {
        let somebody = chance.somebody(cast.language);
        let form = usize::from(chance.percent(25));
        let talks = form == 0 || chance.percent(30);
        let beginning = *chance.pick(cast.phones);
        let agreed = cast.forms[form].news.filter(|_| chance.percent(60)).map(|_| Purpose::EmailMarketing);
        let sent = Sent {
            name: if chance.percent(97) { somebody.name } else { String::new() },
            email: somebody.email,
            phone: if chance.percent(55) { chance.phone(beginning) } else { String::new() },
            message: if talks { (*chance.pick(cast.messages)).to_owned() } else { String::new() },
            consent: cast.forms[form].consent.is_some(),
            purposes: agreed.into_iter().collect(),
            own: OwnTexts::new(),
        };
        let ip = Some(chance.address()).filter(|_| now.duration_since(at) < IP_KEPT);
        Self { form, at, sent, attribution: attribution(cast, form, chance), ip, verdict: Verdict::Accepted }
    }

    fn spam(cast: &Cast, at: Timestamp, now: Timestamp, chance: &mut Chance) -> Self {
        let reasons =
            [&[SpamReason::Honeypot][..], &[SpamReason::TooFast], &[SpamReason::Honeypot, SpamReason::TooFast]];
        let mut letter = Self::write(cast, at, now, chance);
        letter.form = 0;
        letter.sent.consent = false;
        (*chance.pick(SPAM)).clone_into(&mut letter.sent.message);
        letter.verdict = Verdict::of(chance.pick(&reasons).to_vec());
        letter
    }
}

fn attribution(cast: &Cast, form: usize, chance: &mut Chance) -> Attribution {
    let page = |path: &str| PageUrl::parse(&format!("{}{path}", cast.site)).ok();
    let here = page(cast.forms[form].page);
    if !chance.percent(65) {
        return Attribution { landing_page: page("/"), page: here, ..Attribution::default() };
    }
    let campaign = chance.pick(cast.campaigns);
    let tag = |text: &str| CampaignTag::parse(text).ok();
    Attribution {
        page: here,
        landing_page: page(campaign.landing),
        referrer: campaign.referrer.and_then(|referrer| PageUrl::parse(referrer).ok()),
        source: tag(campaign.source),
        medium: tag(campaign.medium),
        campaign: tag(campaign.name),
        ..Attribution::default()
    }
}

/// Through which stages a lead of that age went, by their places; empty if it still stands in the first.
fn path(age: SignedDuration, chance: &mut Chance) -> Vec<usize> {
    // Of a hundred: still new, in conversation, qualified, won; the others are not a fit.
    let shares = match age.as_hours() / 24 {
        0..2 => [85, 15, 0, 0],
        2..14 => [34, 36, 20, 2],
        _ => [8, 22, 25, 22],
    };
    let mut roll = chance.below(100);
    let mut place = 0;
    for share in shares {
        if roll < share {
            break;
        }
        roll -= share;
        place += 1;
    }
    match place {
        0 => vec![],
        1 => vec![1],
        2 => vec![1, 2],
        3 => vec![1, 2, 3],
        _ if chance.percent(60) => vec![1, 4],
        _ => vec![4],
    }
}

/// Who is new waits in the queue for a while; the agent, third in the cast, takes the most.
fn owner(path: &[usize], chance: &mut Chance) -> Option<usize> {
    let taken = !path.is_empty() || chance.percent(35);
    taken.then(|| *chance.pick(&[0, 1, 2, 2, 2]))
}

fn deeds(
    cast: &Cast,
    path: &[usize],
    owner: Option<usize>,
    at: Timestamp,
    now: Timestamp,
    chance: &mut Chance,
) -> Vec<Deed> {
    let Some(by) = owner else { return Vec::new() };
    let mut deeds = Vec::new();
    let mut time = at;
    for place in path {
        time = chance.later(time, 60);
        if chance.percent(55) {
            deeds.push(Deed { at: time, by, what: Act::Note(chance.pick::<&str>(cast.notes)) });
        }
        time = chance.later(time, 4);
        deeds.push(Deed { at: time, by, what: Act::Move(*place) });
    }
    // What would happen tomorrow has not happened.
    deeds.retain(|deed| deed.at < now);
    deeds
}
