//! Staying signed in: a random token in a cookie, its hash in a row, killed in one click.

use db::{Day, Id, Kind, Moment, Reader, Result, Row, Tx, Zone, params, sql};
use ledger::{Act, Entry};
use web::visitor::{Role, Roles, Visitor};

use crate::{
    account::{self, Account, AccountKind},
    link::{hash, secret},
    role,
};

/// `ses_…`
pub enum SessionKind {}
impl Kind for SessionKind {
    const PREFIX: &'static str = "ses";
}

/// A learner's device is remembered for a month.
const LEARNER_SECONDS: i64 = 30 * 24 * 3600;
/// Who can change something for others signs in every working day.
const ROLE_SECONDS: i64 = 12 * 3600;
/// Sessions shown to their owner; who has more than this many devices ends some.
const SESSIONS_MAX: i64 = 100;

/// How somebody got in, in the words that evidence will carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Link,
    Code,
    /// A link that the operator made and handed over: weaker, because the operator has seen it.
    OperatorLink,
    Setup,
}

impl Method {
    pub fn text(self) -> &'static str {
        match self {
            Method::Link => "a link by mail",
            Method::Code => "a code by mail",
            Method::OperatorLink => "a link from the operator",
            Method::Setup => "the set-up token",
        }
    }
}

/// Starts a session and returns its secret, for the cookie.
///
/// # Errors
/// A fault of the engine.
pub fn start(tx: &mut Tx, account: &Account, method: Method) -> Result<String> {
    let token = secret(tx);
    let id = tx.new_id::<SessionKind>();
    let seconds = if role::held(tx, &account.id)?.is_empty() {
        LEARNER_SECONDS
    } else {
        ROLE_SECONDS
    };
    tx.execute(
        sql!(
            "insert into session (id, account_id, token_hash, method, started_at, expires_at)
             values ($1, $2, $3, $4, $5, $6)"
        ),
        &params![
            &id,
            &account.id,
            hash(&token),
            method.text(),
            tx.now(),
            tx.now().plus_seconds(seconds)
        ],
    )?;
    let payload = serde_json::json!({ "session": id, "method": method.text() });
    ledger::record(
        tx,
        Entry::about(Act::SignedIn, format!("account:{}", account.id)).payload(payload),
    )?;
    Ok(token)
}

/// Roles times engagements of one person: more rows than anybody has.
const ROWS_MAX: i64 = 1_000;

/// Who asks for a page, and of whom.
#[derive(Debug, Default)]
pub struct Caller {
    pub visitor: Option<Visitor>,
    /// The organisation's name, once it has one.
    pub organisation: Option<String>,
}

/// Who is behind the cookie's secret; `None` when the session has ended or its person has left.
///
/// # Errors
/// A fault of the engine.
pub fn visitor(reader: &mut Reader, token: &str) -> Result<Option<Visitor>> {
    Ok(caller(reader, token)?.visitor)
}

/// The [`visitor`], and where they are.
///
/// Asked before every page, so it is one statement: on PostgreSQL each costs a round trip.
///
/// # Errors
/// A fault of the engine.
pub fn caller(reader: &mut Reader, token: &str) -> Result<Caller> {
    let now = reader.now();
    let (mut found, mut organisation): (Option<Visitor>, _) = (None, None);
    // With engagements and all of them over, somebody has left: whatever role they held, it is over too.
    let (mut here, mut gone, mut kept_out) = (false, None, false);
    reader.each(
        sql!(
            "select s.id, s.method, s.started_at, a.id, a.email, a.name, a.person_id, g.role, e.start_on, e.end_on,
                    (select value from meta where name = 'zone'),
                    (select name from organisation order by set_at desc, id desc limit 1), x.id
             from (select 1 as one) asked
             left join session s on s.token_hash = $1 and s.ended_at is null and s.expires_at > $2
             left join account a on a.id = s.account_id
             left join role_grant g on g.account_id = a.id and g.ended_at is null
             left join engagement e on e.person_id = a.person_id and e.superseded_at is null
             left join suspension x on x.person_id = a.person_id
                                   and not exists (select 1 from suspension_end y where y.suspension_id = x.id)
             limit $3"
        ),
        &params![hash(token), now, ROWS_MAX],
        |row| {
            organisation = row.get(11)?;
            if row.get::<Option<String>>(0)?.is_none() {
                return Ok(());
            }
            kept_out = kept_out || row.get::<Option<String>>(12)?.is_some();
            if found.is_none() {
                found = Some(seen(row)?);
            }
            let granted = row.get::<Option<String>>(7)?.and_then(|role| role::grantable(&role));
            if let (Some(visitor), Some(role)) = (&mut found, granted) {
                visitor.roles = visitor.roles.with(role);
            }
            if let Some(start_on) = row.get::<Option<Day>>(8)? {
                let zone = row.get::<Option<String>>(10)?.and_then(|name| Zone::named(&name)).unwrap_or_else(Zone::utc);
                let (end_on, today) = (row.get::<Option<Day>>(9)?, now.day(&zone));
                here = here || account::is_current(start_on, end_on, today);
                gone = Some(gone.unwrap_or(true) && end_on.is_some_and(|end| end < today));
            }
            Ok(())
        },
    )?;
    if let Some(visitor) = &mut found {
        if here {
            visitor.roles = visitor.roles.with(Role::Learner);
        } else {
            visitor.person = None;
        }
    }
    Ok(Caller {
        visitor: found.filter(|visitor| visitor.roles != Roles::none() && gone != Some(true) && !kept_out),
        organisation,
    })
}

fn seen(row: &Row) -> Result<Visitor> {
    Ok(Visitor {
        account: row.get(3)?,
        person: row.get(6)?,
        name: row.get(5)?,
        email: row.get(4)?,
        roles: Roles::none(),
        session: row.get(0)?,
        method: row.get(1)?,
        authenticated_at: row.get(2)?,
    })
}

/// A session as its owner sees it.
#[derive(Debug, Clone)]
pub struct Listed {
    pub id: Id<SessionKind>,
    pub method: String,
    pub started_at: Moment,
    pub expires_at: Moment,
}

/// The sessions of an account that still hold, newest first.
///
/// # Errors
/// A fault of the engine.
pub fn open(reader: &mut Reader, account: &Id<AccountKind>) -> Result<Vec<Listed>> {
    let now = reader.now();
    reader.rows(
        sql!(
            "select id, method, started_at, expires_at
             from session
             where account_id = $1
               and ended_at is null
               and expires_at > $2
             order by started_at desc, id desc
             limit $3"
        ),
        &params![account, now, SESSIONS_MAX],
        |row| {
            Ok(Listed {
                id: row.get(0)?,
                method: row.get(1)?,
                started_at: row.get(2)?,
                expires_at: row.get(3)?,
            })
        },
    )
}

/// Ends a session of this account; ending it again, or another's, changes nothing.
///
/// # Errors
/// A fault of the engine.
pub fn end(tx: &mut Tx, account: &Id<AccountKind>, session: &Id<SessionKind>) -> Result<()> {
    let ended = tx.execute(
        sql!("update session set ended_at = $1 where id = $2 and account_id = $3 and ended_at is null"),
        &params![tx.now(), session, account],
    )?;
    if ended > 0 {
        let payload = serde_json::json!({ "session": session });
        ledger::record(
            tx,
            Entry::about(Act::SignedOut, format!("account:{account}")).payload(payload),
        )?;
    }
    Ok(())
}
