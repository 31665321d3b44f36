//! How many requests a second an identity provider gets done by SCIM over HTTP: users made, changed, and looked for.
//!
//! The server is the real one, with its job runner beside it. The provider is so many keep-alive connections with one token,
//! each waiting for its answer before it asks again. There are a hundred thousand users before anything is measured.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use db::{Actor, Db, Fault, Result};
use muster::app::App;
use roster::engagement::EngagementKind;
use scim::{
    act::{self, Asking, Wish},
    connection::{self, Connection, NewConnection, Newcomers},
    pick::Picked,
    quirk::{Profile, Quirks},
    schema::Kind,
};
use serde_json::{Value, json};

use crate::{
    answers::{Crowd, Served, runtime},
    client::Client,
    ground::Wanted,
    organisation::set_up,
    stopwatch::{Measured, Target, median, say, start, timed},
};

/// How long each thing is done in a run.
const RUN: Duration = Duration::from_secs(10);
/// Users made in one transaction while there is nothing to measure.
const AT_ONCE: usize = 500;
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    Create,
    Patch,
    Find,
}

/// What each client needs to write a request.
struct Provider {
    address: SocketAddr,
    token: String,
    ids: Vec<String>,
    /// Users made so far.
    made: AtomicUsize,
    asked: AtomicUsize,
}

/// Measures requests a second.
///
/// # Errors
/// A fault of the engine or of a connection; any answer but the expected one.
pub fn run(wanted: &Wanted, crowd: Crowd) -> Result<()> {
    let ground = wanted.live_ground()?;
    set_up(&ground.db)?;
    let (connection, token) = connected(&ground.db)?;
    say("Making the users; this is not measured.")?;
    let (took, ids) = timed(|| users(&ground.db, &connection, crowd.people))?;
    say(&format!("It took {} s.", took.as_secs()))?;
    // What follows from so many newcomers is work for minutes, and not what is measured.
    App::settle(&ground.db)?;
    let served = Served::begin(&ground.db)?;
    let provider = Arc::new(Provider {
        address: served.address,
        token,
        made: AtomicUsize::new(ids.len()),
        ids,
        asked: AtomicUsize::new(0),
    });
    let clients = runtime(1)?;
    let mut measured = Measured::default();
    for _ in 0..crowd.runs {
        for (doing, name) in [
            (Doing::Find, "users found by name, 1/s"),
            (Doing::Patch, "users changed, 1/s"),
            (Doing::Create, "users made, 1/s"),
        ] {
            App::settle(&ground.db)?;
            let started = start();
            let waits = clients.block_on(crowded(&provider, crowd.clients, doing))?;
            measured.add(name, waits.len() as f64 / started.elapsed().as_secs_f64());
            measured.add(&format!("{name}: median wait, ms"), median(&waits));
            measured.target(name, Target::AtLeast(1_000.0));
        }
    }
    measured.print()
}

fn connected(db: &Db) -> Result<(Connection, String)> {
    db.write_blocking(Actor::Operator, |tx| {
        let new = NewConnection {
            name: "bench".to_owned(),
            profile: Profile::Okta,
            kind: EngagementKind::Employee,
            newcomers: Some(Newcomers::Join),
        };
        let connection = connection::set(tx, &new)?;
        let (_, token) = connection::new_token(tx, &connection, None)?;
        Ok((connection, token))
    })
}

fn user(n: usize) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "externalId": format!("00u{n:017x}"),
        "userName": format!("person.{n:06}@bench.example"),
        "active": true,
        "displayName": format!("Person {n}"),
        "name": { "givenName": "Person", "familyName": format!("Number {n}") },
        "emails": [{ "primary": true, "type": "work", "value": format!("person.{n:06}@bench.example") }],
        "title": "Developer",
        "locale": "en-GB",
        ENTERPRISE: { "employeeNumber": n.to_string(), "department": format!("Department {}", n % 40) },
    })
}

fn users(db: &Db, connection: &Connection, people: usize) -> Result<Vec<String>> {
    let mut ids = Vec::with_capacity(people);
    for from in (0..people).step_by(AT_ONCE) {
        let connection = connection.clone();
        let made = db.write_blocking(Actor::Operator, move |tx| {
            let asking = Asking {
                connection: &connection,
                base: "",
                picked: &Picked::All,
                if_match: None,
            };
            let mut made = Vec::new();
            for n in from..people.min(from + AT_ONCE) {
                let done = act::run(
                    tx,
                    &asking,
                    Wish::Create(Kind::User, user(n)),
                    &mut Quirks::default(),
                )?;
                let done = done.map_err(|wrong| Fault::of("making a user", wrong))?;
                let id = done
                    .body
                    .as_ref()
                    .and_then(|body| body["id"].as_str())
                    .unwrap_or_default();
                made.push(id.to_owned());
            }
            Ok(made)
        })?;
        ids.extend(made);
    }
    Ok(ids)
}

async fn crowded(provider: &Arc<Provider>, clients: usize, doing: Doing) -> Result<Vec<f64>> {
    let stop = Arc::new(AtomicBool::new(false));
    let mut tasks = Vec::new();
    for _ in 0..clients {
        let (provider, stop) = (provider.clone(), stop.clone());
        let client = Client::open(provider.address).await?;
        tasks.push(tokio::spawn(ask_until(client, provider, (doing, stop))));
    }
    tokio::time::sleep(RUN).await;
    stop.store(true, Ordering::Relaxed);
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await.map_err(|e| Fault::of("waiting for a client", e))??);
    }
    Ok(waits)
}

async fn ask_until(
    mut client: Client,
    provider: Arc<Provider>,
    (doing, stop): (Doing, Arc<AtomicBool>),
) -> Result<Vec<f64>> {
    let mut waits = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let (request, status) = provider.request(doing);
        let started = start();
        client.exchange(&request, status).await?;
        waits.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(waits)
}

impl Provider {
    fn request(&self, doing: Doing) -> (Vec<u8>, u16) {
        let n = self.asked.fetch_add(1, Ordering::Relaxed);
        // A walk through all of them in an order that no cache expects.
        let one = n.wrapping_mul(48_271) % self.ids.len();
        match doing {
            Doing::Create => {
                let new = user(self.made.fetch_add(1, Ordering::Relaxed));
                (self.written("POST /scim/v2/Users", &new.to_string()), 201)
            }
            Doing::Patch => {
                let body = json!({
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                    "Operations": [{ "op": "replace", "path": "title", "value": format!("Developer {n}") }],
                });
                let line = format!("PATCH /scim/v2/Users/{}", self.ids[one]);
                (self.written(&line, &body.to_string()), 200)
            }
            Doing::Find => {
                let line = format!(
                    "GET /scim/v2/Users?filter=userName%20eq%20%22person.{one:06}%40bench.example%22"
                );
                (self.written(&line, ""), 200)
            }
        }
    }

    fn written(&self, line: &str, body: &str) -> Vec<u8> {
        format!(
            "{line} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nAccept: application/scim+json\r\n\
             Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            self.token,
            body.len()
        )
        .into_bytes()
    }
}
