//! A certificate as a badge, for its person; and, for anybody, who issues badges and what a badge is for.

use axum::{
    Router,
    extract::{Extension, Path, State},
    http::header,
    response::IntoResponse,
    routing::{get, post},
};
use curriculum::edition;
use db::{Actor, Db, Fault};
use identity::{Door, account::normal};
use serde_json::{Value, json};
use web::{Answer, Error, Filled, Learner, Place};

use crate::{
    badge::{self, Issuer, Key, Parts, Score},
    certificate::{self, Certificate, Code},
};

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/certificates/{code}/badge", post(take))
        .route("/badges/issuer", get(issuer))
        .route("/badges/achievements/{course}/{edition}", get(achievement))
}

fn issued_by(place: &Place, door: &Door) -> Issuer {
    Issuer {
        address: door.public_url().to_owned(),
        name: if place.organisation.is_empty() {
            "muster".to_owned()
        } else {
            place.organisation.clone()
        },
    }
}

/// POST /certificates/{code}/badge
async fn take(
    (place, learner): (Place, Learner),
    Extension(door): Extension<Door>,
    State(db): State<Db>,
    Path(code): Path<String>,
    filled: Filled,
) -> Answer {
    let code = Code::read(&code).ok_or(Error::Missing)?;
    let found = db.read(move |reader| certificate::find(reader, &code)).await?;
    let certificate = found
        .filter(|certificate| certificate.person.as_str() == learner.person())
        .ok_or(Error::Missing)?;
    let key = key(&db, &learner.account).await?;
    let (issuer, email) = (issued_by(&place, &door), normal(&learner.email));
    let score = if filled.one("score").is_empty() {
        Score::Unsaid
    } else {
        Score::Said
    };
    let name = format!("attachment; filename=\"badge-{}.jwt\"", certificate.code);
    let token = db
        .write(Actor::Person(learner.account.clone()), move |tx| {
            issue(tx, &key, (&certificate, &issuer), (&email, score))
        })
        .await?;
    let headers = [
        (header::CONTENT_TYPE, "application/vc+jwt".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, token).into_response())
}

fn issue(
    tx: &mut db::Tx,
    key: &Key,
    (certificate, issuer): (&Certificate, &Issuer),
    (email, score): (&str, Score),
) -> db::Result<String> {
    let (valid_until, zone) = (badge::valid_until(tx, certificate)?, tx.zone()?);
    let salt = tx.random::<16>().map(|byte| format!("{byte:02x}")).concat();
    let parts = Parts {
        certificate,
        issuer,
        email: Some(email).filter(|email| email.contains('@')),
        salt: &salt,
        valid_until,
        score,
        zone: &zone,
    };
    badge::issue(tx, key, &parts)
}

/// The key that signs; made before the first badge, off the lanes, because that takes a second.
async fn key(db: &Db, account: &str) -> Result<Key, Error> {
    if let Some(key) = db.read(badge::key).await? {
        return Ok(key);
    }
    let actor = Actor::Person(account.to_owned());
    let seed = db.write(actor.clone(), |tx| Ok(tx.random::<32>())).await?;
    let made = tokio::task::spawn_blocking(move || Key::from_seed(seed)).await;
    let made = made.map_err(|e| Fault::of("waiting for the key of the badges", e))??;
    Ok(db
        .write(actor, move |tx| badge::keep_key(tx, made.clone()))
        .await?)
}

/// GET /badges/issuer
async fn issuer(place: Place, Extension(door): Extension<Door>, State(db): State<Db>) -> Answer {
    let key = db.read(badge::key).await?;
    Ok(public(&issued_by(&place, &door).profile(key.as_ref())))
}

/// GET /badges/achievements/{course}/{edition}
async fn achievement(
    place: Place,
    Extension(door): Extension<Door>,
    State(db): State<Db>,
    Path((course, number)): Path<(String, i64)>,
) -> Answer {
    let wanted = course.clone();
    let listed = db.read(edition::courses).await?;
    let listed = listed
        .into_iter()
        .find(|listed| listed.edition.course_id == wanted && (1..=listed.edition.number).contains(&number))
        .ok_or(Error::Missing)?;
    let issuer = issued_by(&place, &door);
    Ok(public(&json!({
        "achievementType": "CertificateOfCompletion",
        "creator": issuer.profile(None),
        "criteria": { "narrative": badge::CRITERIA },
        "description": format!("The course {}, edition {number}.", listed.edition.title),
        "id": format!("{}/badges/achievements/{course}/{number}", issuer.address),
        "name": listed.edition.title,
        "type": ["Achievement"],
        "version": number.to_string(),
    })))
}

fn public(document: &Value) -> axum::response::Response {
    let headers = [(header::CONTENT_TYPE, "application/json")];
    (headers, document.to_string()).into_response()
}
