//! How many durable answers a second learners can give over HTTP, all pages and manners included.
//!
//! The server is the real one: its router on a socket, its job runner beside it. The learners are keep-alive
//! HTTP/1.1 connections on a thread of their own, each in its own session, each answering the questions of its own
//! attempt as a browser does, and asking for nothing but that. They share the machine with the server.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use db::{Actor, Db, Fault, Place, Result, sql};
use identity::{account, session};
use learning::{
    attempt::{self, Start},
    taker::Taker,
};
use muster::{
    app::{App, Purpose},
    schedule,
};
use tokio::{net::TcpListener, runtime::Runtime, sync::watch};

use crate::{
    client::{Client, Learner, Post},
    ground::Wanted,
    organisation::{apply_roster, roster_file, set_up},
    stopwatch::{Measured, Target, median, start},
};

/// How long each run answers.
const RUN: Duration = Duration::from_secs(10);
/// Before each run, so that connections and caches are warm.
const WARM_UP: Duration = Duration::from_secs(2);
/// The course whose questions are answered.
const COURSE: &str = "B02";

/// What to measure with.
#[derive(Debug, Clone, Copy)]
pub struct Crowd {
    pub people: usize,
    pub clients: usize,
    pub runs: usize,
}

/// Measures answers a second, and checks that every one that was acknowledged is in the database.
///
/// # Errors
/// A fault of the engine or of a connection; an answer that is missing.
pub fn run(wanted: &Wanted, crowd: Crowd) -> Result<()> {
    let mut measured = Measured::default();
    let ground = wanted.live_ground()?;
    set_up(&ground.db)?;
    apply_roster(&ground.db, &roster_file(crowd.people, 0))?;
    // What follows from a hundred thousand joiners is not what is measured.
    App::settle(&ground.db)?;
    let learners: Vec<Learner> = (0..crowd.clients)
        .map(|n| learner(&ground.db, n, COURSE))
        .collect::<Result<Vec<Learner>>>()?;
    let served = Served::begin(&ground.db)?;
    let clients = runtime(1)?;
    for _ in 0..crowd.runs {
        clients.block_on(answer(&served, &learners, WARM_UP))?;
        let before = kept(&ground.db)?;
        let given = clients.block_on(answer(&served, &learners, RUN))?;
        let kept = kept(&ground.db)? - before;
        if kept != given.waits.len() as i64 {
            return Err(Fault::new(format!(
                "finding {kept} answers where {} were acknowledged",
                given.waits.len()
            ))
            .into());
        }
        measured.add(
            &format!("answers by {} clients, 1/s", crowd.clients),
            given.waits.len() as f64 / given.seconds,
        );
        measured.add("median wait, ms", median(&given.waits));
        measured.add(
            "wait of the slowest hundredth, ms",
            slowest_hundredth(&given.waits),
        );
    }
    let least = if matches!(ground.place, Place::File(_)) {
        10_000.0
    } else {
        3_000.0
    };
    measured.target(
        &format!("answers by {} clients, 1/s", crowd.clients),
        Target::AtLeast(least),
    );
    measured.print()
}

pub(crate) fn runtime(threads: usize) -> Result<Runtime> {
    let built = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build();
    built.map_err(|e| Fault::of("starting a runtime", e).into())
}

pub(crate) fn kept(db: &Db) -> Result<i64> {
    let count = db.read_blocking(|reader| {
        reader.one(sql!("select cast(count(*) as bigint) from answer"), &[], |row| {
            row.get::<i64>(0)
        })
    })?;
    Ok(count.unwrap_or(0))
}

/// The wait that one answer in a hundred exceeds.
fn slowest_hundredth(waits: &[f64]) -> f64 {
    let mut sorted = waits.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() * 99 / 100).copied().unwrap_or(0.0)
}

/// The real server, until this is dropped.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    stop: watch::Sender<bool>,
    runtime: Option<Runtime>,
}

impl Served {
    pub(crate) fn begin(db: &Db) -> Result<Served> {
        let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = built.map_err(|e| Fault::of("starting the server", e))?;
        let failed = |e| Fault::of("listening on loopback", e);
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let app = App::new(db.clone(), &format!("http://{address}"), Purpose::Real);
        let (stop, stopping) = watch::channel(false);
        runtime.spawn(schedule::runner(db).run(stopping));
        let service = app.router().into_make_service_with_connect_info::<SocketAddr>();
        runtime.spawn(async move { axum::serve(listener, service).await });
        Ok(Served {
            address,
            stop,
            runtime: Some(runtime),
        })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }
}

/// What the clients saw.
struct Given {
    seconds: f64,
    /// Milliseconds from question to acknowledgement, one for each answer.
    waits: Vec<f64>,
}

async fn answer(served: &Served, learners: &[Learner], time: Duration) -> Result<Given> {
    let stop = Arc::new(AtomicBool::new(false));
    let started = start();
    let mut tasks = Vec::new();
    for learner in learners {
        let client = Client::connect(served.address, learner).await?;
        tasks.push(tokio::spawn(client.answer_until(stop.clone())));
    }
    tokio::time::sleep(time).await;
    stop.store(true, Ordering::Relaxed);
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await.map_err(|e| Fault::of("waiting for a client", e))??);
    }
    Ok(Given {
        seconds: started.elapsed().as_secs_f64(),
        waits,
    })
}

/// Somebody signed in, with a form drawn.
pub(crate) fn learner(db: &Db, number: usize, course_id: &'static str) -> Result<Learner> {
    let email = format!("person.{number:06}@bench.example");
    let (taker, secret) = db.write_blocking(Actor::Job("sign-in"), move |tx| {
        let nobody = || Fault::new("signing in somebody who is not on the roster");
        let account = account::admit(tx, &email)?.ok_or_else(nobody)?;
        let secret = session::start(tx, &account, session::Method::Link)?;
        let visitor = session::visitor(tx, &secret)?.ok_or_else(nobody)?;
        let taker = Taker {
            person: visitor.person.ok_or_else(nobody)?.parse()?,
            account: visitor.account,
            session: visitor.session,
            method: visitor.method,
            authenticated_at: visitor.authenticated_at,
        };
        Ok((taker, secret))
    })?;
    let posts = db.write_blocking(taker.actor(), move |tx| {
        let Start::Answer(id) = attempt::start(tx, &taker, course_id)? else {
            return Err(Fault::new("starting an attempt that is over").into());
        };
        let attempt =
            attempt::find(tx, &taker.person, &id)?.ok_or_else(|| Fault::new("finding the attempt"))?;
        let course = curriculum::edition::load(tx, &attempt.edition)?;
        let mut posts = Vec::new();
        for (place, asked) in attempt.form.questions.iter().enumerate() {
            let question = attempt::question_of(&course, asked)?;
            posts.push(Post::new(
                &format!("/attempts/{id}/questions/{}", place + 1),
                question,
            ));
        }
        Ok(posts)
    })?;
    Ok(Learner {
        secret,
        posts,
        given: Arc::default(),
    })
}
