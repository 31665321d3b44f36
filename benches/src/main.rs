//! Measures how long muster takes for an organisation of a hundred thousand people.
//!
//! Each subcommand makes its own data through the functions the program itself uses, runs several times, and
//! prints every run and the median. Nothing fails for being slow. How to repeat what docs/benchmarks.md says is
//! written there. Reading order: [`stopwatch`], [`ground`], then one file for each subcommand.

mod access;
mod answers;
mod client;
mod export;
mod ground;
mod lanes;
mod memory;
mod organisation;
mod pack;
mod pages;
mod quiz;
mod reconcile;
mod reminders;
mod roster;
mod scim;
mod start;
mod status;
mod stopwatch;
mod verify;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use db::Result;

#[derive(Parser)]
#[command(about = "Measures muster. Prints the runs and their medians; judges nothing.")]
struct Cli {
    /// How often each thing is measured.
    #[arg(long, global = true, default_value_t = 5)]
    runs: usize,
    /// PostgreSQL instead of SQLite; everything in this database is dropped.
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// Where SQLite files are made. [default: the folder for temporary files]
    #[arg(long, global = true, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// How many people there are.
    #[arg(long, global = true, default_value_t = 100_000)]
    people: usize,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Recomputing the ledger.
    Verify {
        #[arg(long, default_value_t = 1_000_000)]
        entries: usize,
    },
    /// Durable writes a second.
    Lanes,
    /// Bringing in a roster file.
    Roster,
    /// Holding a list of accounts against the roster.
    Access,
    /// Making assignments agree with the rules.
    Reconcile,
    /// Deciding whom to remind.
    Reminders,
    /// Answering every check of a framework.
    Status,
    /// The owner's and a manager's pages over HTTP. `--runs 9` for the figures in docs/benchmarks.md.
    Pages,
    /// Writing the list of completions.
    Export,
    /// Building an evidence pack and checking it.
    Pack {
        /// The muster program, which then typesets the report in a process of its own.
        #[arg(long, value_name = "FILE")]
        muster: Option<PathBuf>,
    },
    /// Answers that learners give over HTTP.
    Answers {
        #[arg(long, default_value_t = 64)]
        clients: usize,
    },
    /// Everybody taking a quiz of 16 questions at once over HTTP. Each has a connection: `ulimit -n 8192` for 2,000.
    Quiz {
        #[arg(long, default_value_t = 2_000)]
        takers: usize,
        /// From one answer of a person to the next.
        #[arg(long, default_value_t = 10)]
        seconds: u64,
    },
    /// Users that an identity provider makes, changes and looks for over HTTP.
    Scim {
        #[arg(long, default_value_t = 32)]
        clients: usize,
    },
    /// From start to first answer, and what the program weighs.
    Start {
        /// The muster program. [default: the one beside this]
        #[arg(long, value_name = "FILE")]
        muster: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match measure(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where there is nowhere to say it, the exit code says it.
            drop(stopwatch::say(&format!("error: {error}")));
            ExitCode::FAILURE
        }
    }
}

fn measure(cli: Cli) -> Result<()> {
    let wanted = ground::Wanted {
        database: cli.database,
        folder: cli.folder,
    };
    match cli.what {
        What::Verify { entries } => verify::run(&wanted, (entries, cli.runs)),
        What::Lanes => lanes::run(&wanted, cli.runs),
        What::Roster => roster::run(&wanted, (cli.people, cli.runs)),
        What::Access => access::run(&wanted, (cli.people, cli.runs)),
        What::Reconcile => reconcile::run(&wanted, (cli.people, cli.runs)),
        What::Reminders => reminders::run(&wanted, (cli.people, cli.runs)),
        What::Status => status::run(&wanted, (cli.people, cli.runs)),
        What::Pages => pages::run(&wanted, (cli.people, cli.runs)),
        What::Export => export::run(&wanted, (cli.people, cli.runs)),
        What::Pack { muster } => pack::run(&wanted, (cli.people, cli.runs), muster),
        What::Answers { clients } => answers::run(
            &wanted,
            answers::Crowd {
                people: cli.people,
                clients,
                runs: cli.runs,
            },
        ),
        What::Quiz { takers, seconds } => quiz::run(
            &wanted,
            quiz::Room {
                people: cli.people,
                takers,
                seconds,
                runs: cli.runs,
            },
        ),
        What::Scim { clients } => scim::run(
            &wanted,
            answers::Crowd {
                people: cli.people,
                clients,
                runs: cli.runs,
            },
        ),
        What::Start { muster } => start::run(&wanted, cli.runs, muster),
    }
}
