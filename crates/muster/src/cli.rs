//! The command line: a contract that scripts rely on.
//!
//! Exit codes: 0 done and well; 1 the answer is no; 2 usage or bad input; 3 a fault. With `--json` exactly
//! one JSON document goes to standard output and nothing else; problems in words go to standard error.

mod access;
mod course;
mod data;
mod import;
mod init;
mod ledger;
mod link;
mod out;
mod pack;
mod person;
mod roster;
mod serve;
mod status;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use db::Error;

use crate::config::Options;
pub use out::Done;

/// Runs an organisation's security training and proves it to auditors.
#[derive(Parser)]
#[command(name = "muster", version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A fictional company with 14 months of history, served at once.
    Demo(serve::Demo),
    /// Serves the pages; the first start prints one address with a one-time token.
    Serve(serve::Serve),
    /// Sets up an organisation without a browser.
    Init(init::Init),
    /// People from a file: plan, apply, list; and who can get into other systems.
    #[command(subcommand)]
    Roster(roster::Roster),
    /// Courses in folders: lint, publish; and how their questions do.
    #[command(subcommand)]
    Course(course::Course),
    /// History from other systems, marked as imported.
    Import(import::Import),
    /// Computes what is owed; a running server does this by itself.
    Assign,
    /// Every check of the adopted frameworks, as of a date or over a window.
    Status(status::Status),
    /// Lists with the header an auditor needs.
    Export(data::Export),
    /// Evidence packs.
    #[command(subcommand)]
    Pack(pack::Pack),
    /// Checks an evidence pack, offline.
    Verify(pack::Verify),
    /// The record of what happened.
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    /// A consistent copy of everything in one file, while the server runs.
    Backup(data::Backup),
    /// Puts a copy back into an empty data folder.
    Restore(data::Restore),
    /// What is known about somebody; and erasing who they were.
    #[command(subcommand)]
    Person(person::Person),
    /// Tokens for programs: create, list, end.
    #[command(subcommand)]
    Token(token::Token),
    /// A sign-in link, for the operator to hand over.
    Link(link::Link),
    /// Asks a running server whether it is ready.
    Healthcheck(serve::Healthcheck),
    /// Renders one document from standard input; used by muster itself.
    #[command(hide = true)]
    Render,
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            return if error.print().is_ok() {
                ExitCode::from(code)
            } else {
                ExitCode::from(3)
            };
        }
    };
    let json = cli.options.json;
    out::finish(dispatch(cli), json)
}

fn dispatch(cli: Cli) -> Result<Done, Error> {
    let options = &cli.options;
    match cli.command {
        Command::Demo(demo) => demo.run(options),
        Command::Serve(serve) => serve.run(options),
        Command::Init(init) => init.run(options),
        Command::Roster(roster) => roster.run(options),
        Command::Course(course) => course.run(options),
        Command::Import(import) => import.run(options),
        Command::Assign => status::assign(options),
        Command::Status(status) => status.run(options),
        Command::Export(export) => export.run(options),
        Command::Pack(pack) => pack.run(options),
        Command::Verify(verify) => verify.run(),
        Command::Ledger(ledger) => ledger.run(options),
        Command::Backup(backup) => backup.run(options),
        Command::Restore(restore) => restore.run(options),
        Command::Person(person) => person.run(options),
        Command::Token(token) => token.run(options),
        Command::Link(link) => link.run(options),
        Command::Healthcheck(check) => check.run(options),
        Command::Render => pack::render(),
    }
}
