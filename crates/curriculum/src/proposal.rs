//! A proposal: somebody says that a draft is ready, and somebody else who wrote none of it publishes it or sends it back.
//!
//! A proposal is for exactly the files it was made of: a text that is saved afterwards makes it void, and what is published is
//! what the second person saw. Nobody publishes what they wrote a word of. A new edition resets nobody's completion; who is
//! in the middle of an attempt goes on with the edition they began.
//!
//! Not here: what comes with the program, and what an operator publishes from files (`edition::publish`).

use db::{Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::Act;
use serde_json::json;

use crate::{
    draft::{self, Draft, DraftKind},
    edition::{self, Edition, EditionKind},
    folder::{Folder, content_sha256},
    lint::lint,
};

const NOTE_LENGTH_MAX: usize = 2_000;
/// Proposals of one draft that are listed.
const LISTED_MAX: i64 = 100;

/// The id kind of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProposalKind;
impl Kind for ProposalKind {
    const PREFIX: &'static str = "prp";
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub id: Id<ProposalKind>,
    pub draft: Id<DraftKind>,
    /// Of the files it is for.
    pub content_sha256: String,
    /// What has changed, and why.
    pub note: String,
    pub at: Moment,
    /// The actor's name in the ledger.
    pub by: String,
    pub review: Option<Review>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    pub note: String,
    /// What it became; `None` when it was sent back.
    pub edition: Option<Id<EditionKind>>,
    pub at: Moment,
    pub by: String,
}

impl Proposal {
    /// Whether it waits for a second person: nobody has reviewed it, nothing was saved after it, and the draft is open.
    /// Only the newest proposal of a draft can.
    pub fn waits(&self, draft: &Draft, folder: &Folder) -> bool {
        draft.ended_at.is_none() && self.review.is_none() && self.is_of(folder)
    }

    /// Whether these are the files it was made of.
    fn is_of(&self, folder: &Folder) -> bool {
        self.content_sha256 == content_sha256(folder)
    }
}

/// Says that the draft is ready.
///
/// # Errors
/// Refuses a draft that has ended, that says nothing new, whose course has errors, or under which a newer edition has been
/// published; and a note that is empty or too long.
pub fn propose(tx: &mut Tx, draft: &Draft, note: &str) -> Result<Proposal> {
    if draft.ended_at.is_some() {
        return Err(draft::has_ended().into());
    }
    let note = checked(note)?;
    let folder = draft::folder(tx, draft)?;
    let (base, current) = (draft::base(tx, draft)?, edition::current(tx, &draft.course_id)?);
    if draft::is_behind(base.as_ref(), current.as_ref()) {
        return Err(is_behind().into());
    }
    let sha256 = content_sha256(&folder);
    if current.is_some_and(|current| current.content_sha256 == sha256) {
        return Err(nothing_new().into());
    }
    let today = tx.today()?;
    let errors = lint(&folder, today)
        .iter()
        .filter(|fault| fault.is_error())
        .count();
    if errors > 0 {
        return Err(has_errors(errors).into());
    }
    let course = crate::Course::parse(&folder).map_err(|errors| has_errors(errors.len()))?;
    if course.id != draft.course_id {
        return Err(other_course(&draft.course_id).into());
    }
    let proposal = Proposal {
        id: tx.new_id(),
        draft: draft.id.clone(),
        content_sha256: sha256,
        note,
        at: tx.now(),
        by: tx.actor().to_string(),
        review: None,
    };
    insert(tx, &proposal)?;
    let payload = json!({
        "content_sha256": proposal.content_sha256,
        "draft": draft.id.as_str(),
        "note": proposal.note,
        "proposal": proposal.id.as_str(),
    });
    ledger::record(tx, draft.entry(Act::DraftProposed).payload(payload))?;
    Ok(proposal)
}

/// Publishes what was proposed, as the course's next edition.
///
/// # Errors
/// Refuses whoever wrote or proposed it, a proposal that was reviewed or is void, and a course that has errors by now.
pub fn publish(tx: &mut Tx, (draft, proposal): (&Draft, &Proposal), note: &str) -> Result<Edition> {
    let writers = may_review(tx, (draft, proposal))?;
    let folder = draft::folder(tx, draft)?;
    let today = tx.today()?;
    let edition = edition::publish(tx, &folder, today)?;
    let note = note.trim();
    if note.chars().count() > NOTE_LENGTH_MAX {
        return Err(too_long().into());
    }
    keep_review(tx, proposal, ("published", note, Some(&edition)))?;
    draft::end(tx, draft)?;
    tell(tx, (draft, proposal), (note, Some(&edition), &writers))?;
    Ok(edition)
}

/// Sends it back: the draft stays open, and its writers read why.
///
/// # Errors
/// As [`publish`]; and a note that is empty.
pub fn send_back(tx: &mut Tx, (draft, proposal): (&Draft, &Proposal), note: &str) -> Result<()> {
    let writers = may_review(tx, (draft, proposal))?;
    let note = checked(note)?;
    keep_review(tx, proposal, ("sent-back", &note, None))?;
    tell(tx, (draft, proposal), (&note, None, &writers))
}

/// Every proposal of a draft, the newest first.
pub fn of_draft(reader: &mut Reader, draft: &Draft) -> Result<Vec<Proposal>> {
    let sql = sql!(
        "select p.id, p.draft_id, p.content_sha256, p.note, p.proposed_at, p.proposed_by,
                r.note, r.edition_id, r.reviewed_at, r.reviewed_by
         from proposal p
         left join proposal_review r on r.proposal_id = p.id
         where p.draft_id = $1
         order by p.proposed_at desc, p.id desc
         limit $2"
    );
    reader.rows(sql, &params![&draft.id, LISTED_MAX], read)
}

/// How an edition came about, when it was written here.
pub fn of_edition(reader: &mut Reader, edition: &Id<EditionKind>) -> Result<Option<Proposal>> {
    let sql = sql!(
        "select p.id, p.draft_id, p.content_sha256, p.note, p.proposed_at, p.proposed_by,
                r.note, r.edition_id, r.reviewed_at, r.reviewed_by
         from proposal_review r
         join proposal p on p.id = r.proposal_id
         where r.edition_id = $1
         limit 1"
    );
    reader.one(sql, &params![edition], read)
}

/// Whether the account wrote something of the draft, or proposed it.
pub fn is_own(writers: &[String], proposal: &Proposal, actor: &str) -> bool {
    proposal.by == actor || writers.iter().any(|writer| writer == actor)
}

fn may_review(tx: &mut Tx, (draft, proposal): (&Draft, &Proposal)) -> Result<Vec<String>> {
    if draft.ended_at.is_some() {
        return Err(draft::has_ended().into());
    }
    if proposal.review.is_some() {
        return Err(was_reviewed().into());
    }
    let folder = draft::folder(tx, draft)?;
    if !proposal.is_of(&folder) {
        return Err(is_void().into());
    }
    let (base, current) = (draft::base(tx, draft)?, edition::current(tx, &draft.course_id)?);
    if draft::is_behind(base.as_ref(), current.as_ref()) {
        return Err(is_behind().into());
    }
    let writers = draft::writers(tx, draft)?;
    if is_own(&writers, proposal, &tx.actor().to_string()) {
        return Err(own_work().into());
    }
    Ok(writers)
}

fn tell(
    tx: &mut Tx,
    (draft, proposal): (&Draft, &Proposal),
    (note, edition, writers): (&str, Option<&Edition>, &[String]),
) -> Result<()> {
    let payload = json!({
        "content_sha256": proposal.content_sha256,
        "draft": draft.id.as_str(),
        "edition": edition.map(|edition| edition.id.as_str()),
        "note": note,
        "outcome": if edition.is_some() { "published" } else { "sent-back" },
        "proposal": proposal.id.as_str(),
        "written_by": writers,
    });
    ledger::record(tx, draft.entry(Act::DraftReviewed).payload(payload))?;
    Ok(())
}

fn insert(tx: &mut Tx, proposal: &Proposal) -> Result<()> {
    tx.execute(
        sql!(
            "insert into proposal (id, draft_id, content_sha256, note, proposed_at, proposed_by)
             values ($1, $2, $3, $4, $5, $6)"
        ),
        &params![
            &proposal.id,
            &proposal.draft,
            &proposal.content_sha256,
            &proposal.note,
            proposal.at,
            &proposal.by
        ],
    )?;
    Ok(())
}

fn keep_review(
    tx: &mut Tx,
    proposal: &Proposal,
    (outcome, note, edition): (&str, &str, Option<&Edition>),
) -> Result<()> {
    let done = tx.execute(
        sql!(
            "insert into proposal_review (proposal_id, outcome, note, edition_id, reviewed_at, reviewed_by)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (proposal_id) do nothing"
        ),
        &params![
            &proposal.id,
            outcome,
            note,
            edition.map(|edition| &edition.id),
            tx.now(),
            tx.actor().to_string()
        ],
    )?;
    if done == 0 {
        return Err(was_reviewed().into());
    }
    Ok(())
}

fn read(row: &Row) -> Result<Proposal> {
    let review = match row.get::<Option<Moment>>(8)? {
        Some(at) => Some(Review {
            note: row.get(6)?,
            edition: row.get(7)?,
            at,
            by: row.get(9)?,
        }),
        None => None,
    };
    Ok(Proposal {
        id: row.get(0)?,
        draft: row.get(1)?,
        content_sha256: row.get(2)?,
        note: row.get(3)?,
        at: row.get(4)?,
        by: row.get(5)?,
        review,
    })
}

fn checked(note: &str) -> std::result::Result<String, Refusal> {
    let note = note.trim();
    match note.chars().count() {
        0 => Err(Refusal::new(
            "note-missing",
            "Say in a sentence what it is about; the other person reads it.",
        )
        .field("note")),
        count if count > NOTE_LENGTH_MAX => Err(too_long()),
        _ => Ok(note.to_owned()),
    }
}

fn too_long() -> Refusal {
    Refusal::new(
        "note-too-long",
        format!("Write at most {NOTE_LENGTH_MAX} characters."),
    )
    .field("note")
}

fn own_work() -> Refusal {
    Refusal::new(
        "own-work",
        "You wrote or proposed some of this, so somebody else has to publish it: another editor, or an owner.",
    )
}

fn is_void() -> Refusal {
    Refusal::new(
        "proposal-void",
        "The draft was changed after it was proposed. Look at it as it is now, and let its writers propose it again.",
    )
}

fn was_reviewed() -> Refusal {
    Refusal::new(
        "proposal-reviewed",
        "Somebody has published this or sent it back already.",
    )
}

fn is_behind() -> Refusal {
    Refusal::new(
        "draft-behind",
        "Another edition of the course was published since this draft was begun. Bring that edition into the draft first.",
    )
}

fn nothing_new() -> Refusal {
    Refusal::new(
        "draft-unchanged",
        "The draft says what the current edition says. Change something first, or give the draft up.",
    )
}

fn has_errors(errors: usize) -> Refusal {
    let sentence = match errors {
        1 => "One error stands in the way. Mend it, then propose the draft.".to_owned(),
        _ => format!("{errors} errors stand in the way. Mend them, then propose the draft."),
    };
    Refusal::new("course-has-errors", sentence)
}

fn other_course(course_id: &str) -> Refusal {
    Refusal::new(
        "course-id-changed",
        format!("course.toml names another course. Write id = \"{course_id}\" again; a course keeps its id."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{draft::Save, sample};
    use db::{Actor, Db, Error};

    fn as_person<T: Send + 'static>(
        db: &Db,
        account: &str,
        run: impl Fn(&mut Tx, &Draft) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        db.write_blocking(Actor::Person(account.to_owned()), move |tx| {
            let draft = draft::open_of(tx, "T01")?.expect("the draft is open");
            run(tx, &draft)
        })
    }

    /// The sample is published, and Edda has changed a lesson of it.
    fn written() -> Db {
        let db = Db::in_memory_for_tests();
        db.set_now(sample::today().start(&db::Zone::utc()));
        let made = db.write_blocking(Actor::Operator, |tx| {
            let today = tx.today()?;
            edition::publish(tx, &sample::folder(), today)
        });
        made.expect("the sample publishes");
        let begun = db.write_blocking(Actor::Person("acc_edda".into()), |tx| draft::begin(tx, "T01"));
        begun.expect("begun");
        write(&db, "acc_edda", "not from the message");
        db
    }

    fn write(db: &Db, account: &str, words: &'static str) {
        let saved = as_person(db, account, move |tx, draft| {
            let path = "lessons/02-second.md";
            let seen = draft::saved(tx, draft)?.get(path).map_or(0, |saved| saved.number);
            let folder = sample::changed(path, "never from the message", words);
            let body = folder.files.get(path).cloned();
            draft::save(
                tx,
                draft,
                &Save {
                    path: path.into(),
                    body,
                    seen,
                },
            )
        });
        saved.expect("saved");
    }

    fn proposed(db: &Db, account: &str) -> Result<Proposal> {
        as_person(db, account, |tx, draft| propose(tx, draft, "Plainer words."))
    }

    fn published(db: &Db, account: &str) -> Result<Edition> {
        as_person(db, account, |tx, draft| {
            let newest = of_draft(tx, draft)?.remove(0);
            publish(tx, (draft, &newest), "")
        })
    }

    fn code<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
        match result.expect_err("refused") {
            Error::Refused(refusal) => refusal.code,
            Error::Fault(fault) => panic!("{fault}"),
        }
    }

    #[test]
    fn who_wrote_a_word_of_it_cannot_publish_it_and_somebody_else_can() {
        let db = written();
        write(&db, "acc_otto", "hardly from the message");
        write(&db, "acc_edda", "not from the message");
        proposed(&db, "acc_anna").expect("proposed");
        for account in ["acc_edda", "acc_otto", "acc_anna"] {
            assert_eq!(code(published(&db, account)), "own-work", "{account}");
        }
        let edition = published(&db, "acc_mona").expect("published");
        assert_eq!(
            (edition.number, edition.published_by.as_str()),
            (2, "person:acc_mona")
        );
        let review = db
            .read_blocking(move |r| of_edition(r, &edition.id))
            .expect("read");
        assert_eq!(review.expect("reviewed").note, "Plainer words.");
    }

    #[test]
    fn what_is_saved_after_the_proposal_makes_it_void() {
        let db = written();
        proposed(&db, "acc_edda").expect("proposed");
        write(&db, "acc_edda", "hardly from the message");
        assert_eq!(code(published(&db, "acc_mona")), "proposal-void");
        proposed(&db, "acc_edda").expect("proposed again");
        published(&db, "acc_mona").expect("published");
    }

    #[test]
    fn what_was_sent_back_is_not_published_and_can_be_proposed_again() {
        let db = written();
        proposed(&db, "acc_edda").expect("proposed");
        let back = as_person(&db, "acc_mona", |tx, draft| {
            let newest = of_draft(tx, draft)?.remove(0);
            send_back(tx, (draft, &newest), "Say how to find the bookmark.")
        });
        back.expect("sent back");
        assert_eq!(code(published(&db, "acc_mona")), "proposal-reviewed");
        proposed(&db, "acc_edda").expect("proposed again");
        published(&db, "acc_mona").expect("published");
    }

    #[test]
    fn errors_and_nothing_new_are_not_proposed() {
        let db = written();
        write(&db, "acc_edda", "never from the message");
        assert_eq!(code(proposed(&db, "acc_edda")), "draft-unchanged");
        as_person(&db, "acc_edda", |tx, draft| {
            draft::save(
                tx,
                draft,
                &Save {
                    path: "questions/judge.toml".into(),
                    body: Some(b"x = 1".to_vec()),
                    seen: 0,
                },
            )
        })
        .expect("a draft may be wrong while it is written");
        assert_eq!(code(proposed(&db, "acc_edda")), "course-has-errors");
    }

    #[test]
    fn an_edition_published_meanwhile_has_to_be_brought_in_first() {
        let db = written();
        proposed(&db, "acc_edda").expect("proposed");
        let other = db.write_blocking(Actor::Operator, |tx| {
            let today = tx.today()?;
            edition::publish(
                tx,
                &sample::changed("lessons/01-first.md", "Report it.", "Report it now."),
                today,
            )
        });
        let other = other.expect("published");
        assert_eq!(code(published(&db, "acc_mona")), "draft-behind");
        assert_eq!(code(proposed(&db, "acc_edda")), "draft-behind");
        as_person(&db, "acc_edda", move |tx, draft| {
            draft::take_base(tx, draft, &other)
        })
        .expect("brought in");
        proposed(&db, "acc_edda").expect("proposed");
        let edition = published(&db, "acc_mona").expect("published");
        let files = db
            .read_blocking(move |r| edition::files(r, &edition.id))
            .expect("read");
        let text = |path: &str| files.text(path).expect("there").to_owned();
        assert!(text("lessons/01-first.md").contains("Report it now."), "theirs");
        assert!(
            text("lessons/02-second.md").contains("not from the message"),
            "ours"
        );
    }
}
