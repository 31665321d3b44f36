//! A request that came: when, what for, what was answered, and how it was spoken. Never what was in it.
//!
//! What a request changed is in the ledger. This is the other half of the audit trail: that somebody asked at all.

use db::{Kind, Moment, Reader, Result, Tx, params, sql};

/// `scq_…`
#[derive(Debug)]
pub enum RequestKind {}
impl Kind for RequestKind {
    const PREFIX: &'static str = "scq";
}

/// An audit period and some weeks to look into it.
const DAYS_KEPT: i64 = 400;
/// Rows forgotten in one go, so that nobody waits behind it.
const FORGOTTEN_MAX: i64 = 20_000;
const DAY_MS: i64 = 24 * 3_600_000;

/// What is kept of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub connection: Option<String>,
    pub token: Option<String>,
    pub method: String,
    /// The route: 'Users', 'Users/id'. Never an id or a query.
    pub place: &'static str,
    pub status: u16,
    pub scim_type: Option<&'static str>,
    pub quirks: String,
    pub bytes: usize,
}

/// Keeps it.
///
/// # Errors
/// A fault of the engine.
pub fn keep(tx: &mut Tx, request: &Request) -> Result<()> {
    let id = tx.new_id::<RequestKind>();
    tx.insert(
        sql!(
            "insert into scim_request (id, connection, token, at, method, place, status, scim_type, quirks, bytes)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        &params![
            id,
            &request.connection,
            &request.token,
            tx.now(),
            &request.method,
            request.place,
            i64::from(request.status),
            request.scim_type,
            &request.quirks,
            i64::try_from(request.bytes).unwrap_or(i64::MAX)
        ],
    )
}

/// A request as it is listed.
#[derive(Debug, Clone)]
pub struct Listed {
    pub at: Moment,
    pub method: String,
    pub place: String,
    pub status: i64,
    pub scim_type: Option<String>,
    pub quirks: String,
    pub bytes: i64,
}

/// The newest requests of a connection.
///
/// # Errors
/// A fault of the engine.
pub fn newest(reader: &mut Reader, connection: &str, most: i64) -> Result<Vec<Listed>> {
    reader.rows(
        sql!(
            "select at, method, place, status, scim_type, quirks, bytes
             from scim_request
             where connection = $1
             order by at desc, id desc
             limit $2"
        ),
        &params![connection, most],
        |row| {
            Ok(Listed {
                at: row.get(0)?,
                method: row.get(1)?,
                place: row.get(2)?,
                status: row.get(3)?,
                scim_type: row.get(4)?,
                quirks: row.get(5)?,
                bytes: row.get(6)?,
            })
        },
    )
}

/// When the connection was last asked by anything.
///
/// # Errors
/// A fault of the engine.
pub fn last_at(reader: &mut Reader, connection: &str) -> Result<Option<Moment>> {
    let found = reader.rows(
        sql!(
            "select at
             from scim_request
             where connection = $1
             order by at desc
             limit 1"
        ),
        &params![connection],
        |row| row.get(0),
    )?;
    Ok(found.first().copied())
}

/// Forgets what is older than is kept, some of it; says how many.
///
/// # Errors
/// A fault of the engine.
pub fn forget(tx: &mut Tx) -> Result<u64> {
    let before = Moment(tx.now().0 - DAYS_KEPT * DAY_MS);
    tx.execute(
        sql!(
            "delete from scim_request
             where id in (select id from scim_request where at < $1 order by at limit $2)"
        ),
        &params![before, FORGOTTEN_MAX],
    )
}
