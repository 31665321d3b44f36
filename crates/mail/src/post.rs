//! The job that posts a letter: one try, one row, and the decision whether to try again.

use std::path::Path;

use db::{Actor, Db, Error, Fault};
use jobs::{Failed, Job};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::{authentication::Credentials, client::Tls, client::TlsParameters},
};

use crate::{
    letter::{self, Outcome, Waiting},
    setting::{self, Relay, Setting},
};

/// The kind of the posting job; its payload is the letter's id.
pub const JOB: &str = "post-letter";
/// With mail off, a waiting letter is looked at again this often.
const OFF_SECONDS: i64 = 60;

/// Tries to post the letter once.
///
/// # Errors
/// `Retry` while the relay may still take it, `GiveUp` when it said no for good.
pub async fn run(db: Db, job: Job) -> Result<(), Failed> {
    let id = job.payload.clone();
    let (letter, setting) = db
        .read(move |r| Ok((letter::find(r, &id)?, setting::current(r)?)))
        .await?;
    let letter = letter.ok_or_else(|| Failed::GiveUp("There is no such letter.".to_owned()))?;
    if letter.until.is_some_and(|until| until < db.now()) {
        note(&db, &letter, Outcome::Refused, "it was no longer worth sending").await?;
        return Ok(());
    }
    let (outcome, reply) = match &setting.relay {
        Relay::Off => return Err(Failed::NotBefore(db.now().plus_seconds(OFF_SECONDS))),
        Relay::Folder(path) => into_folder(Path::new(path), &letter, &setting)?,
        Relay::Smtp { .. } => by_smtp(&letter, &setting).await?,
    };
    note(&db, &letter, outcome, &reply).await?;
    match outcome {
        Outcome::Accepted => Ok(()),
        // The relay's own words may hold an address; they stand in the letter's row, not in a log.
        Outcome::Deferred => Err(Failed::Retry(format!("The relay put letter {} off.", letter.id))),
        Outcome::Refused => Err(Failed::GiveUp(format!("The relay refused letter {}.", letter.id))),
    }
}

async fn note(db: &Db, letter: &Waiting, outcome: Outcome, reply: &str) -> Result<(), Error> {
    let (letter, reply) = (letter.clone(), reply.to_owned());
    db.write(Actor::Job(JOB), move |tx| {
        letter::note(tx, &letter, outcome, &reply)
    })
    .await
}

fn message(letter: &Waiting, sender: &str) -> Result<Message, Failed> {
    let mailbox = |text: &str| {
        text.parse::<Mailbox>()
            .map_err(|e| Failed::GiveUp(format!("The address cannot be written to: {e}.")))
    };
    let date = std::time::UNIX_EPOCH + std::time::Duration::from_millis(letter.queued_at.0.unsigned_abs());
    Message::builder()
        .from(mailbox(&format!("muster <{sender}>"))?)
        .to(mailbox(&letter.to)?)
        .subject(&letter.subject)
        .message_id(Some(letter.message_id.clone()))
        .date(date)
        .header(ContentType::TEXT_PLAIN)
        .body(letter.text.clone())
        .map_err(|e| Failed::GiveUp(format!("The letter cannot be written: {e}.")))
}

fn into_folder(folder: &Path, letter: &Waiting, setting: &Setting) -> Result<(Outcome, String), Failed> {
    let bytes = message(letter, &setting.sender)?.formatted();
    let wrote = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(folder.join(format!("{}.eml", letter.id)), bytes));
    match wrote {
        Ok(()) => Ok((Outcome::Accepted, "written into the folder".to_owned())),
        Err(e) => Err(Error::from(Fault::of("writing a letter into the mail folder", e)).into()),
    }
}

async fn by_smtp(letter: &Waiting, setting: &Setting) -> Result<(Outcome, String), Failed> {
    let Relay::Smtp {
        tls,
        user,
        host,
        port,
    } = &setting.relay
    else {
        return Err(Failed::GiveUp("The relay is not an SMTP relay.".to_owned()));
    };
    let message = message(letter, &setting.sender)?;
    let parameters = TlsParameters::new(host.clone())
        .map_err(|e| Failed::Retry(format!("The relay's name cannot be used: {e}.")))?;
    let security = match (tls, user) {
        (true, _) => Tls::Wrapper(parameters),
        // A password is never sent over a line that anybody can read.
        (false, Some(_)) => Tls::Required(parameters),
        (false, None) => Tls::Opportunistic(parameters),
    };
    let mut relay = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
        .port(*port)
        .tls(security);
    if let Some(user) = user {
        let secret = setting.secret.clone().unwrap_or_default();
        relay = relay.credentials(Credentials::new(user.clone(), secret));
    }
    match relay.build().send(message).await {
        Ok(response) => Ok((
            Outcome::Accepted,
            response.message().collect::<Vec<_>>().join(" "),
        )),
        Err(error) if error.is_permanent() => Ok((Outcome::Refused, error.to_string())),
        Err(error) => Ok((Outcome::Deferred, error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letter::Letter;
    use db::Moment;
    use db::{params, sql};
    use jobs::Runner;

    fn sample(until: Option<Moment>) -> Letter {
        Letter {
            to: "ann@example.com".to_owned(),
            purpose: "sign-in",
            subject: "Sign in – today".to_owned(),
            text: "Your link: https://muster.example/x\n".to_owned(),
            until,
        }
    }

    #[tokio::test]
    async fn with_mail_off_letters_wait_and_with_a_folder_they_go_out() {
        let db = Db::in_memory_for_tests();
        let runner = Runner::new(db.clone()).on(JOB, run);
        let until = db.now().plus_seconds(3600);
        db.write(Actor::Operator, move |tx| letter::post(tx, &sample(Some(until))))
            .await
            .expect("a letter");
        runner.run_all().await.expect("the queue works");
        assert_eq!(db.read(letter::waiting_count).await.expect("reading works"), 1);

        let folder = tempfile::tempdir().expect("a scratch folder");
        let relay = Relay::Folder(folder.path().display().to_string());
        let setting = Setting {
            relay,
            sender: "muster@example.com".to_owned(),
            secret: None,
        };
        db.write(Actor::Operator, move |tx| setting::set(tx, &setting))
            .await
            .expect("a setting");
        db.set_now(db.now().plus_seconds(61));
        runner.run_all().await.expect("the queue works");
        assert_eq!(db.read(letter::waiting_count).await.expect("reading works"), 0);
        let file = std::fs::read_dir(folder.path())
            .expect("the folder")
            .next()
            .expect("one letter")
            .expect("a file");
        let text = std::fs::read_to_string(file.path()).expect("readable");
        assert!(
            text.contains("To: ann@example.com") && text.contains("https://muster.example/x"),
            "{text}"
        );
        let kept: Option<String> = db
            .read(|r| r.one(sql!("select text_body from letter"), &params![], |row| row.get(0)))
            .await
            .expect("reading works");
        assert_eq!(kept.as_deref(), Some(letter::DROPPED), "a secret is not kept");
    }

    #[test]
    fn an_address_that_could_add_a_header_is_refused() {
        for address in ["a@b\r\nBcc: c@d", "a b@c", "a@b@c", "@b", "a@", "a@b,c@d", ""] {
            assert!(letter::check_address(address).is_err(), "{address}");
        }
        assert!(letter::check_address("o'neil+x@exämple.com").is_ok());
    }
}
