//! `muster serve`, `muster demo`, `muster healthcheck`.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream, ToSocketAddrs as _},
    time::Duration,
};

use clap::Args;
use db::{Actor, Db, Entropy, Fault, Place, Refusal, Result};
use identity::{account, link, setup};
use serde_json::json;
use tokio::{net::TcpListener, sync::watch};

use super::{
    Done,
    out::{problem, say},
};
use crate::{
    app::{App, Purpose},
    config::{Config, Options},
    demo, schedule,
};

const LISTEN: &str = "127.0.0.1:8080";

/// Serves the pages; the first start prints one address with a one-time token.
#[derive(Args)]
pub(super) struct Serve {
    /// Where to listen. [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// The address people type, such as https://training.example.com.
    #[arg(long, env = "MUSTER_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
}

impl Serve {
    pub(super) fn run(&self, options: &Options) -> Result<Done> {
        let config = options.config()?;
        let db = config.create(Entropy::System)?;
        serve(
            &db,
            &config,
            &Wanted {
                listen: self.listen.clone(),
                public_url: self.public_url.clone(),
            },
            Purpose::Real,
        )
    }
}

/// A fictional company with 14 months of history, served at once.
#[derive(Args)]
pub(super) struct Demo {
    /// The same number gives the same company.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// How many people there are today.
    #[arg(long, default_value_t = 250, value_name = "N", value_parser = clap::value_parser!(u32).range(20..=100_000))]
    people: u32,
    /// Only make the data.
    #[arg(long)]
    no_serve: bool,
    /// Where to listen. [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
}

impl Demo {
    pub(super) fn run(&self, options: &Options) -> Result<Done> {
        let mut config = options.config()?;
        if options.data.as_os_str() == "./muster-data" {
            config.data = "./muster-demo".into();
            if let Place::File(path) = &mut config.place {
                *path = config.data.join("muster.db");
            }
        }
        let made = demo::prepare(&config, self.seed, self.people)?;
        let wanted = Wanted {
            listen: self.listen.clone(),
            public_url: None,
        };
        if self.no_serve {
            let text = format!("The company is in {}: {}.", config.data.display(), made.summary());
            return Ok(Done::well(
                text,
                json!({ "data": config.data, "people": made.people, "owner": demo::OWNER }),
            ));
        }
        say(&format!("The fictional company is ready: {}.", made.summary()))?;
        serve(&made.db, &config, &wanted, Purpose::Demonstration)
    }
}

struct Wanted {
    listen: Option<String>,
    public_url: Option<String>,
}

fn serve(db: &Db, config: &Config, wanted: &Wanted, purpose: Purpose) -> Result<Done> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    // A second subscriber cannot be set; that is how a test runs two servers in one process.
    drop(
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .try_init(),
    );
    let listen = wanted
        .listen
        .clone()
        .or(config.file.listen.clone())
        .unwrap_or_else(|| LISTEN.to_owned());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Fault::of("starting the server", e))?;
    let listener = runtime.block_on(TcpListener::bind(&listen)).map_err(|e| {
        Refusal::new(
            "cannot-listen",
            format!("Nothing can be served at {listen}: {e}. Choose another with --listen."),
        )
        .field("--listen")
    })?;
    let address = listener
        .local_addr()
        .map_err(|e| Fault::of("asking where we listen", e))?;
    let public_url = wanted
        .public_url
        .clone()
        .or(config.file.public_url.clone())
        .unwrap_or_else(|| format!("http://{address}"));
    welcome(db, &public_url, purpose)?;
    let mut app = App::new(db.clone(), &public_url, purpose);
    if let Ok(program) = std::env::current_exe() {
        app = app.printing_with(program);
    }
    runtime.block_on(run(app, listener))?;
    Ok(Done::silent())
}

/// Prints the one line that a person needs now.
fn welcome(db: &Db, public_url: &str, purpose: Purpose) -> Result<()> {
    if purpose == Purpose::Demonstration {
        // A company that an earlier version made has no such manager.
        let manages = db
            .read_blocking(|reader| account::by_email(reader, demo::MANAGER))?
            .is_some();
        let doors = [
            ("the owner:  ", demo::OWNER),
            ("a manager:  ", demo::MANAGER),
            ("a learner:  ", demo::LEARNER),
        ];
        for (who, email) in doors
            .into_iter()
            .filter(|(_, email)| manages || *email != demo::MANAGER)
        {
            let link = db.write_blocking(Actor::Operator, |tx| link::for_operator(tx, email))?;
            say(&format!("Sign in as {who}{public_url}/sign-in/{}", link.token))?;
        }
        return Ok(());
    }
    match db.write_blocking(Actor::Setup, setup::token)? {
        Some(token) => say(&format!("Set up muster here, once: {public_url}/set-up/{token}")),
        None => say(&format!("muster serves {public_url}")),
    }
}

async fn run(app: App, listener: TcpListener) -> Result<()> {
    let (stop, stopping) = watch::channel(false);
    let runner = tokio::spawn(schedule::runner(&app.db).run(stopping));
    let service = app.router().into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service)
        .with_graceful_shutdown(asked_to_stop())
        .await;
    stop.send_replace(true);
    if let Err(error) = runner.await {
        tracing::error!(%error, "stopping the job runner");
    }
    served.map_err(|e| Fault::of("serving", e).into())
}

async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    if interrupt.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Asks a running server whether it is ready.
#[derive(Args)]
pub(super) struct Healthcheck {
    /// Where the server listens. [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
}

impl Healthcheck {
    pub(super) fn run(&self, options: &Options) -> Result<Done> {
        let config = options.config()?;
        let listen = self
            .listen
            .clone()
            .or(config.file.listen)
            .unwrap_or_else(|| LISTEN.to_owned());
        match ask(&listen) {
            Ok(answer) if answer.starts_with("HTTP/1.1 200") => {
                Ok(Done::well("ready", json!({ "ready": true, "listen": listen })))
            }
            Ok(answer) => {
                let why = answer.lines().last().unwrap_or_default().to_owned();
                Ok(Done::no(
                    why.clone(),
                    json!({ "ready": false, "listen": listen, "why": why }),
                ))
            }
            Err(error) => {
                problem(&format!("{listen} does not answer: {error}"))
                    .map_err(|e| Fault::of("printing", e))?;
                Ok(Done::no(
                    "",
                    json!({ "ready": false, "listen": listen, "why": error.to_string() }),
                ))
            }
        }
    }
}

fn ask(listen: &str) -> std::io::Result<String> {
    let wait = Duration::from_secs(5);
    let address = listen
        .to_socket_addrs()?
        .next()
        .ok_or(std::io::ErrorKind::AddrNotAvailable)?;
    let mut stream = TcpStream::connect_timeout(&address, wait)?;
    stream.set_read_timeout(Some(wait))?;
    stream.write_all(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(64 * 1024).read_to_string(&mut answer)?;
    Ok(answer)
}
