use qualify_domain::{
    access::{Actor, Permission},
    activity::{Activity, What},
    event::Event,
    id::LeadId,
    mention::mentioned,
    text::Message,
};
use qualify_ports::live::Change;

use crate::Error;

/// Something to write into a lead's timeline.
pub struct NoteLead {
    /// The words.
    pub text: Message,
    /// What they are about.
    pub kind: NoteKind,
}

/// What a note is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoteKind {
    /// Anything.
    #[default]
    Note,
    /// A call.
    Call,
    /// An e-mail.
    Mail,
    /// A meeting.
    Meeting,
}

impl NoteKind {
    /// Every kind, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Note, Self::Call, Self::Mail, Self::Meeting];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Call => "call",
            Self::Mail => "email",
            Self::Meeting => "meeting",
        }
    }

    /// The kind of that name.
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    const fn about(self, text: Message) -> What {
        match self {
            Self::Note => What::Noted(text),
            Self::Call => What::Called(text),
            Self::Mail => What::Mailed(text),
            Self::Meeting => What::Met(text),
        }
    }
}

impl super::Leads {
    /// Writes into a lead's timeline, and tells the members who are named in it.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn note(&self, actor: &Actor, id: LeadId, command: NoteLead) -> Result<(), Error> {
        let scope = actor.permit(Permission::NoteLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        super::found(&mut *tx, id).await?;
        let (at, by) = (self.clock.now(), scope.user());
        let named = if command.text.contains('@') {
            mentioned(&command.text, &tx.members().list().await?)
        } else {
            std::collections::BTreeSet::new()
        };
        let what = command.kind.about(command.text);
        let entry = Activity { id: self.ids.next(), lead: id, at, author: scope.author(), what };
        tx.activities().insert(&entry).await?;
        for member in named.into_iter().filter(|member| Some(*member) != by) {
            tx.outbox().append(&Event::MemberMentioned { lead: id, member, by }, at).await?;
        }
        tx.announce(Change::Lead(id)).await?;
        Ok(tx.commit().await?)
    }
}
