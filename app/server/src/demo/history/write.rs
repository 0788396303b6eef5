use futures::future::try_join_all;
use jiff::SignedDuration;
use qualify_domain::{
    access::{Actor, Duty, Permission},
    activity::{Activity, Author, What},
    form::{Circumstances, Form},
    lead::{Lead, Why},
    pipeline::StageKind,
    spam::Verdict,
    submission::Submission,
    text::Message,
};
use qualify_ports::storage::{Intake, IntakeKey, TenantTx};
use qualify_usecases::Ports;

use super::{
    Broken,
    story::{Act, Letter, Story},
};
use crate::demo::foundation::Foundation;

/// Submissions at first, through the same door as a visitor's; then the leads that came of them.
pub(super) async fn write(ports: &Ports, foundation: &Foundation, stories: Vec<Story>) -> Result<(), Broken> {
    let letters = stories.iter().flat_map(|story| &story.letters);
    let submissions = letters.map(|letter| accept(ports, foundation, letter)).collect::<Result<Vec<_>, _>>()?;
    let recording = submissions.iter().map(|(form, submission)| record(ports, foundation, form, submission));
    try_join_all(recording).await?;
    #[expect(clippy::disallowed_methods, reason = "the demo does what the worker would have done at the time")]
    let worker = Actor::product(foundation.organization, Duty::React);
    let mut tx = ports.storage.tenant(&worker.permit(Permission::ProcessSubmission)?).await?;
    let mut rest = submissions.as_slice();
    for story in &stories {
        let (own, others) = rest.split_at(story.letters.len());
        rest = others;
        if let Some(((form, first), later)) =
            own.split_first().filter(|((_, first), _)| first.verdict == Verdict::Accepted)
        {
            open(ports, &mut *tx, foundation, story, form, first, later).await?;
        }
    }
    Ok(tx.commit().await?)
}

fn accept<'a>(ports: &Ports, foundation: &'a Foundation, letter: &Letter) -> Result<(&'a Form, Submission), Broken> {
    let form = &foundation.forms[letter.form];
    let circumstances = Circumstances {
        shown: None,
        received_at: letter.at,
        ip: letter.ip,
        attribution: letter.attribution.clone(),
        verdict: letter.verdict.clone(),
    };
    // The event is dropped: what follows from it is written by hand, at its time.
    let (submission, _) = form.accept(ports.ids.next(), &letter.sent, circumstances)?;
    Ok((form, submission))
}

async fn record(ports: &Ports, foundation: &Foundation, form: &Form, submission: &Submission) -> Result<(), Broken> {
    #[expect(clippy::disallowed_methods, reason = "the demo plays the visitors")]
    let visitor = Actor::visitor(foundation.organization, form.id);
    let key = IntakeKey {
        key: ports.tokens.digest(&submission.id.to_string()),
        body: ports.tokens.digest(&submission.answers.normalized()),
        expires_at: submission.received_at + SignedDuration::from_mins(1),
    };
    let intake = Intake { submission: submission.clone(), event: None, key, mark: None, undeclared: Vec::new() };
    ports.storage.record(&visitor.permit(Permission::CaptureLead)?, intake).await?;
    Ok(())
}

/// Opens the lead and writes its timeline.
async fn open(
    ports: &Ports,
    tx: &mut dyn TenantTx,
    foundation: &Foundation,
    story: &Story,
    form: &Form,
    first: &Submission,
    later: &[(&Form, Submission)],
) -> Result<(), Broken> {
    let basis = form.settings.legal_basis;
    let (mut lead, _) = Lead::open(ports.ids.next(), first, basis, &foundation.pipeline)?;
    lead.owner = story.owner.map(|place| foundation.members[place]);
    let id = lead.id;
    let activity = |at, author, what| Activity { id: ports.ids.next(), lead: id, at, author, what };
    let mut timeline = vec![activity(first.received_at, None, What::Submitted(first.id))];
    timeline.extend(later.iter().map(|(_, next)| activity(next.received_at, None, What::Submitted(next.id))));
    for deed in &story.deeds {
        let what = match deed.what {
            Act::Note(words) => What::Noted(Message::parse(words)?),
            Act::Move(place) => {
                let to = foundation.stage(place)?;
                // Why nobody was won differs from one to the next.
                let reason = usize::try_from(deed.at.as_second()).unwrap_or_default() % foundation.reasons.len();
                let given_up = to.kind == StageKind::Disqualified;
                let why = Why { reason: given_up.then(|| foundation.reasons[reason].id), note: None };
                What::Moved(lead.move_to(to.id, why, &foundation.pipeline, deed.at)?.0)
            }
        };
        timeline.push(activity(deed.at, Some(Author::Member(foundation.members[deed.by])), what));
    }
    for (_, next) in later {
        lead.append(next);
    }
    tx.leads().insert(&lead).await?;
    for id in std::iter::once(first.id).chain(later.iter().map(|(_, next)| next.id)) {
        tx.submissions().assign(id, lead.id).await?;
    }
    for activity in &timeline {
        tx.activities().insert(activity).await?;
    }
    Ok(())
}
