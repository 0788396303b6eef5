//! Files of people without those who were erased: they are taken out of the files that are there, and no file brings them back.

use std::collections::{BTreeMap, BTreeSet};

use qualify_domain::{
    access::TenantScope,
    csv::{Reader, Record},
    erasure::Marks,
    id::{ImportId, OrganizationId},
    import::{Encoding, Import, ImportState, RowFault, addresses, names, without},
    suppression::Ground,
    text::Email,
};
use qualify_ports::{
    storage::{ImportPart, ImportProblem, Storage, TenantTx},
    tokens::Tokens,
};

use super::{reading::Rows, table::text_of};
use crate::Error;

/// The outcome that counts rows of somebody who was erased.
pub(crate) const ERASED: &str = "skipped_erased";
/// Why nothing came of them, as the file of such rows tells it.
const FAULT: &str = "erased";
/// A file that was rewritten says in which letters it is.
const MARKED: &str = "\u{feff}";
/// So many problems are looked at at once.
const PART: u16 = 1_000;

/// The files out of which a person was taken before they are erased, each at the version it had then.
#[derive(Default)]
pub(crate) struct Emptied {
    files: BTreeMap<ImportId, i32>,
    rows: u64,
    of: Marks,
}

/// Takes a person out of every file that is kept, before they are erased: in work of its own for each, since files are large.
/// What is changed meanwhile is left to the erasure itself.
pub(crate) async fn empty_files(storage: &dyn Storage, scope: &TenantScope, marks: &Marks) -> Result<Emptied, Error> {
    let mut emptied = Emptied { of: marks.clone(), ..Emptied::default() };
    let mut tx = storage.tenant(scope).await?;
    let all: Vec<_> = tx.imports().with_files().await?.iter().map(|import| import.id).collect();
    drop(tx);
    for id in all {
        let mut tx = storage.tenant(scope).await?;
        tx.imports().hold(id).await?;
        let Some(mut import) = tx.imports().find(id, None).await? else { continue };
        emptied.rows += forget_in_import(&mut *tx, &mut import, marks).await?;
        tx.commit().await?;
        emptied.files.insert(id, import.version);
    }
    Ok(emptied)
}

/// Takes a person out of every file that is kept and was not emptied of them before: what came since, or is read at this very
/// moment. Tells how many rows went, those from before among them.
pub(crate) async fn forget_person(tx: &mut dyn TenantTx, marks: &Marks, emptied: &Emptied) -> Result<u64, Error> {
    let mut gone = emptied.rows;
    // By what became known meanwhile, nothing was taken out.
    let is_known = marks.emails.is_subset(&emptied.of.emails) && marks.phones.is_subset(&emptied.of.phones);
    for mut import in tx.imports().with_files().await? {
        let is_read = matches!(import.state, ImportState::Running | ImportState::Undoing);
        if is_read || !is_known || emptied.files.get(&import.id) != Some(&import.version) {
            gone += forget_in_import(tx, &mut import, marks).await?;
        }
    }
    Ok(gone)
}

async fn forget_in_import(tx: &mut dyn TenantTx, import: &mut Import, marks: &Marks) -> Result<u64, Error> {
    let gone = forget_in_file(tx, import, marks).await?;
    forget_in_problems(tx, import, marks).await?;
    Ok(gone)
}

async fn forget_in_file(tx: &mut dyn TenantTx, import: &mut Import, marks: &Marks) -> Result<u64, Error> {
    let delimiter = import.settings.delimiter.char();
    let is_theirs = |record: &Record<'_>| names(record.raw, record.cells.as_deref(), &marks.emails, &marks.phones);
    let Some(bytes) = tx.imports().file(import.id).await? else { return Ok(0) };
    let Some((text, lines)) = without(&text_of(&bytes, import.settings.encoding), delimiter, 1, is_theirs) else {
        return Ok(0);
    };
    tx.imports().replace_file(import.id, &file_of(&text)).await?;
    let mut parts = Vec::new();
    for number in 0.. {
        let Some(part) = tx.imports().part(import.id, number).await? else { break };
        let text = without(&part.text, delimiter, part.line, is_theirs).map_or(part.text, |(text, _)| text);
        parts.push(ImportPart { text, ..part });
    }
    tx.imports().keep_parts(import.id, &parts).await?;
    import.settings.encoding = Encoding::Utf8;
    tx.imports().update(import).await?;
    if import.state == ImportState::Draft {
        tx.imports().keep_problems(import.id, &problems(&lines)).await?;
    }
    Ok(lines.len() as u64)
}

async fn forget_in_problems(tx: &mut dyn TenantTx, import: &Import, marks: &Marks) -> Result<(), Error> {
    let delimiter = import.settings.delimiter.char();
    let is_theirs = |problem: &&ImportProblem| {
        let cells = Reader::new(&problem.raw, delimiter).next().and_then(|record| record.cells);
        names(&problem.raw, cells.as_deref(), &marks.emails, &marks.phones)
    };
    let mut after = 0;
    loop {
        let part = tx.imports().problems(import.id, after, PART).await?;
        let Some(last) = part.last() else { return Ok(()) };
        after = last.line;
        let lines: Vec<_> = part.iter().filter(is_theirs).map(|problem| problem.line).collect();
        tx.imports().blank_problems(import.id, &lines).await?;
    }
}

/// That rows name somebody who was erased: nothing else is kept of them.
pub(crate) fn problems(lines: &[u32]) -> Vec<ImportProblem> {
    let problem = |line: &u32| ImportProblem { line: *line, raw: String::new(), faults: vec![RowFault::whole(FAULT)] };
    lines.iter().map(problem).collect()
}

/// How many rows of a file were taken out before anything came of it.
pub(crate) async fn taken_out(tx: &mut dyn TenantTx, import: ImportId) -> Result<u64, Error> {
    let (mut rows, mut after) = (0, 0);
    loop {
        let part = tx.imports().problems(import, after, PART).await?;
        let Some(last) = part.last() else { return Ok(rows) };
        after = last.line;
        rows += part.iter().filter(|problem| problem.faults.iter().any(|fault| fault.rule == FAULT)).count() as u64;
    }
}

/// Which addresses of a text are those of people who were erased, as they are compared.
pub(crate) async fn erased_in(
    tx: &mut dyn TenantTx,
    tokens: &dyn Tokens,
    organization: OrganizationId,
    emails: impl IntoIterator<Item = Email>,
) -> Result<BTreeSet<String>, Error> {
    let emails: BTreeSet<_> = emails.into_iter().map(|email| email.normalized()).collect();
    let hash = |email: &String| Email::parse(email).ok().map(|email| tokens.address_hash(organization, &email));
    let hashes: Vec<_> = emails.iter().filter_map(hash).collect();
    if hashes.is_empty() {
        return Ok(BTreeSet::new());
    }
    let all = tx.suppressions().all(&hashes).await?;
    let gone: BTreeSet<_> = all.iter().filter(|one| one.ground == Ground::Erasure).map(|one| one.address).collect();
    Ok(emails.into_iter().filter(|email| hash(email).is_some_and(|hash| gone.contains(&hash))).collect())
}

/// Takes the rows out that name somebody who was erased, and tells on which lines they stood.
pub(crate) async fn leave_out(
    tx: &mut dyn TenantTx,
    tokens: &dyn Tokens,
    organization: OrganizationId,
    rows: &mut Rows,
) -> Result<Vec<u32>, Error> {
    let good = rows.good.iter().map(|(_, raw, _)| raw);
    let lines_of_file = good.chain(rows.bad.iter().map(|problem| &problem.raw));
    let gone = erased_in(tx, tokens, organization, lines_of_file.flat_map(|raw| addresses(raw))).await?;
    let mut lines = Vec::new();
    if gone.is_empty() {
        return Ok(lines);
    }
    let mut stays = |line: u32, raw: &str| {
        let stays = !names(raw, None, &gone, &BTreeSet::new());
        if !stays {
            lines.push(line);
        }
        stays
    };
    rows.good.retain(|(line, raw, _)| stays(*line, raw));
    rows.bad.retain(|problem| stays(problem.line, &problem.raw));
    Ok(lines)
}

/// A text without the rows that name somebody who was erased, and the lines on which they stood; none if it names nobody.
pub(crate) fn text_without(text: &str, delimiter: char, gone: &BTreeSet<String>) -> Option<(String, Vec<u32>)> {
    if gone.is_empty() {
        return None;
    }
    without(text, delimiter, 1, |record| names(record.raw, None, gone, &BTreeSet::new()))
}

/// A text as a file of it is kept.
pub(crate) fn file_of(text: &str) -> Vec<u8> {
    format!("{MARKED}{text}").into_bytes()
}
