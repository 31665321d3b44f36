//! Channels of Slack and Teams that are told once a working day how the programme stands, in numbers.
//!
//! Nobody is named: who reads a channel is decided elsewhere. The address of a channel is a secret; it is emptied when the
//! channel is ended, and neither shown again nor put into the ledger. What was said and what came of it is a row for each
//! try; a try that may be taken later is repeated by the next look, a few times, and then left for the next day.
//!
//! Not here: the conversation (crate `chat`).

use chat::{Address, Outcome, Service};
use db::{Actor, Day, Db, Id, Kind, Moment, Reader, Refusal, Result, Tx, params, sql};
use jobs::{Failed, Job, Runner};
use ledger::{Act, Entry};

use super::{calendar, setting};
use crate::assignment;

/// The kind of the job.
pub const JOB: &str = "tell-channels";
const EVERY_SECONDS: i64 = 30 * 60;
/// Tries in a day.
const TRIES_MAX: i64 = 6;
/// Channels of an organisation.
const CHANNELS_MAX: i64 = 20;
const NAME_CHARS_MAX: usize = 80;

/// `chn_…`
pub enum ChannelKind {}
impl Kind for ChannelKind {
    const PREFIX: &'static str = "chn";
}

/// A channel that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    pub id: Id<ChannelKind>,
    pub name: String,
    pub service: Service,
    pub address: Address,
    /// The last try, and what came of it.
    pub last: Option<(Moment, String, String)>,
}

/// A channel to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChannel {
    pub name: String,
    pub service: Service,
    pub address: String,
}

/// Adds telling to the runner.
pub fn register(runner: Runner) -> Runner {
    runner.on(JOB, tell).every(JOB, EVERY_SECONDS)
}

/// Adds a channel.
///
/// # Errors
/// A refusal that names the field; a fault of the engine.
pub fn add(tx: &mut Tx, new: &NewChannel) -> Result<Id<ChannelKind>> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        let sentence = format!("Name the channel in up to {NAME_CHARS_MAX} characters.");
        return Err(Refusal::new("channel-name", sentence).field("name").into());
    }
    let address: Address = new.address.parse()?;
    if live(tx)?.len() as i64 >= CHANNELS_MAX {
        return Err(Refusal::new(
            "channels-many",
            "There are twenty channels already. End one first.",
        )
        .field("name")
        .into());
    }
    let id = tx.new_id::<ChannelKind>();
    let (now, by) = (tx.now(), tx.actor().to_string());
    tx.execute(
        sql!("insert into channel (id, name, service, address, made_at, made_by) values ($1, $2, $3, $4, $5, $6)"),
        &params![&id, name, new.service.as_str(), new.address.trim(), now, by],
    )?;
    let payload = serde_json::json!({ "channel": id, "name": name, "service": new.service.as_str(), "host": address.host() });
    ledger::record(tx, Entry::about(Act::ChannelAdded, "reminders").payload(payload))?;
    Ok(id)
}

/// Ends a channel and forgets its address.
///
/// # Errors
/// A refusal when there is no such channel; a fault of the engine.
pub fn end(tx: &mut Tx, id: &Id<ChannelKind>) -> Result<()> {
    let now = tx.now();
    let ended = tx.execute(
        sql!("update channel set ended_at = $1, address = '' where id = $2 and ended_at is null"),
        &params![now, id],
    )?;
    if ended == 0 {
        return Err(Refusal::new("no-channel", "There is no such channel, or it has ended already.").into());
    }
    let payload = serde_json::json!({ "channel": id });
    ledger::record(tx, Entry::about(Act::ChannelEnded, "reminders").payload(payload))?;
    Ok(())
}

/// The channels that are told.
///
/// # Errors
/// A fault of the engine, or of a row that cannot be read.
pub fn live(reader: &mut Reader) -> Result<Vec<Channel>> {
    reader.rows(
        sql!(
            "select c.id, c.name, c.service, c.address, n.said_at, n.outcome, n.reply
             from channel c
             left join channel_notice n on n.channel_id = c.id
                 and n.said_at = (select max(newest.said_at) from channel_notice newest where newest.channel_id = c.id)
             where c.ended_at is null
             order by c.made_at, c.id
             limit $1"
        ),
        &params![CHANNELS_MAX],
        |row| {
            let unknown = || db::Fault::new("reading the service of a channel, which is not known");
            let last = match row.get::<Option<Moment>>(4)? {
                Some(at) => Some((at, row.get(5)?, row.get(6)?)),
                None => None,
            };
            Ok(Channel {
                id: row.get(0)?,
                name: row.get(1)?,
                service: row.str(2)?.and_then(Service::named).ok_or_else(unknown)?,
                address: row.str(3)?.unwrap_or_default().parse()?,
                last,
            })
        },
    )
}

async fn tell(db: Db, _job: Job) -> std::result::Result<(), Failed> {
    let Some((today, words)) = db.read(what_to_say).await? else {
        return Ok(());
    };
    for channel in db.read(live).await? {
        let id = channel.id.clone();
        let Some(number) = db.read(move |r| next_try(r, &id, today)).await? else {
            continue;
        };
        let outcome = chat::post(&channel.address, &channel.service.body(&words)).await;
        db.write(Actor::Job(JOB), move |tx| {
            note(tx, &channel.id, (today, number), &outcome)
        })
        .await?;
    }
    Ok(())
}

/// The day and the words, when it is a day and an hour for them.
fn what_to_say(reader: &mut Reader) -> Result<Option<(Day, String)>> {
    let Some((setting, _)) = setting::current(reader)?.filter(|(setting, _)| setting.on) else {
        return Ok(None);
    };
    let (today, zone, now) = (reader.today()?, reader.zone()?, reader.now());
    let calendars = calendar::all(reader)?;
    let hour = now.hour(&zone);
    if !calendars.of(None).is_working(today) || hour < setting.hours.0 || hour >= setting.hours.1 {
        return Ok(None);
    }
    let organisation = roster::organisation::find(reader)?
        .map(|one| one.name)
        .unwrap_or_default();
    let ageing = assignment::ageing(reader, None)?;
    Ok(Some((today, words(&organisation, &ageing, &setting.address))))
}

/// How it stands, in numbers.
fn words(organisation: &str, ageing: &assignment::Ageing, address: &str) -> String {
    let overdue = ageing.overdue_in_all();
    let late = match (overdue, ageing.waived) {
        (0, _) => "Nothing is overdue".to_owned(),
        (1, 0) => "1 course of a person is overdue".to_owned(),
        (n, 0) => format!("{n} courses of people are overdue"),
        (n, waived) => format!("{n} courses of people are overdue, {waived} of them waived for now"),
    };
    format!(
        "Security training at {organisation}: {late}, and {} to be done in time. Who may see more types {address} into the browser.",
        ageing.in_time
    )
}

/// The number of the next try of the day, or `None` when it has come to its end.
fn next_try(reader: &mut Reader, channel: &Id<ChannelKind>, today: Day) -> Result<Option<i64>> {
    let (tries, ended) = reader
        .one(
            sql!(
                "select cast(count(*) as bigint), cast(count(case when outcome <> 'deferred' then 1 end) as bigint)
                 from channel_notice
                 where channel_id = $1
                   and on_day = $2"
            ),
            &params![channel, today],
            |row| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?)),
        )?
        .unwrap_or_default();
    Ok((ended == 0 && tries < TRIES_MAX).then_some(tries + 1))
}

fn note(tx: &mut Tx, channel: &Id<ChannelKind>, (day, number): (Day, i64), outcome: &Outcome) -> Result<()> {
    let (name, reply) = match outcome {
        Outcome::Accepted(reply) => ("accepted", reply),
        Outcome::Deferred(reply) => ("deferred", reply),
        Outcome::Refused(reply) => ("refused", reply),
    };
    let now = tx.now();
    tx.execute(
        sql!(
            "insert into channel_notice (channel_id, on_day, said_at, outcome, reply, try_number)
             values ($1, $2, $3, $4, $5, $6)"
        ),
        &params![channel, day, now, name, reply, number],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::entries;

    fn slack(address: &str) -> NewChannel {
        NewChannel {
            name: "Security".to_owned(),
            service: Service::Slack,
            address: address.to_owned(),
        }
    }

    #[test]
    fn an_ended_channel_keeps_no_address_and_the_ledger_never_had_it() {
        let db = Db::in_memory_for_tests();
        let id = db
            .write_blocking(Actor::Operator, |tx| {
                add(tx, &slack("https://hooks.chat.example/secret"))
            })
            .expect("a channel");
        assert_eq!(db.read_blocking(live).expect("reading works").len(), 1);
        let gone = id.clone();
        db.write_blocking(Actor::Operator, move |tx| end(tx, &gone))
            .expect("it can be ended");
        assert!(db.read_blocking(live).expect("reading works").is_empty());
        let held = db.read_blocking(|r| {
            r.one(
                sql!(
                    "select cast(count(*) as bigint)
                     from ledger_payload p
                     join channel c on c.address like '%secret%' or cast(p.body as text) like '%secret%'"
                ),
                &[],
                |row| row.get::<i64>(0),
            )
        });
        assert_eq!(held.expect("reading works"), Some(0));
        assert_eq!(
            (entries(&db, Act::ChannelAdded), entries(&db, Act::ChannelEnded)),
            (1, 1)
        );
    }

    #[test]
    fn an_address_inside_is_refused_by_its_field() {
        let db = Db::in_memory_for_tests();
        for address in [
            "http://hooks.chat.example/x",
            "https://127.0.0.1/x",
            "https://localhost/x",
        ] {
            let refused = db.write_blocking(Actor::Operator, move |tx| add(tx, &slack(address)));
            let refused = refused.expect_err("it is refused").to_string();
            assert!(refused.contains("address"), "{refused}");
        }
    }

    #[test]
    fn a_channel_is_told_in_numbers_and_a_day_has_an_end() {
        let ageing = assignment::Ageing {
            overdue: [2, 0, 1, 0],
            waived: 1,
            in_time: 40,
        };
        let said = words("Lake Ltd", &ageing, "https://training.lake.example");
        assert_eq!(
            said,
            "Security training at Lake Ltd: 3 courses of people are overdue, 1 of them waived for now, and 40 to be done in \
             time. Who may see more types https://training.lake.example into the browser."
        );
        let db = Db::in_memory_for_tests();
        let id = db
            .write_blocking(Actor::Operator, |tx| {
                add(tx, &slack("https://hooks.chat.example/x"))
            })
            .expect("a channel");
        let today = Day::ymd(2026, 6, 1);
        for number in 1..=TRIES_MAX {
            let next = id.clone();
            let found = db
                .read_blocking(move |r| next_try(r, &next, today))
                .expect("reading works");
            assert_eq!(found, Some(number));
            let tried = id.clone();
            let later = Outcome::Deferred("503".to_owned());
            db.write_blocking(Actor::Operator, move |tx| {
                note(tx, &tried, (today, number), &later)
            })
            .expect("a try is noted");
        }
        let next = id.clone();
        assert_eq!(
            db.read_blocking(move |r| next_try(r, &next, today))
                .expect("reading works"),
            None
        );
        assert_eq!(
            db.read_blocking(move |r| next_try(r, &id, today + 1))
                .expect("reading works"),
            Some(1)
        );
    }
}
