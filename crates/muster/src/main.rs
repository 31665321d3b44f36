//! The door of the program: reads the command line, does it, and says how it went.

use std::process::ExitCode;

fn main() -> ExitCode {
    muster::cli::run()
}
