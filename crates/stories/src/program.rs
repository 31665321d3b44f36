//! The real program, built from this checkout and found where the tests were built.
//!
//! It is built when first asked for, so that a test can never pass on yesterday's program; when nothing has changed
//! that takes a second.
//!
//! Not here: what the program does with its arguments (`tests/cli.rs`, `tests/faults.rs`).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where `muster` is.
///
/// # Panics
/// When it cannot be built.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = std::env::current_exe().expect("the system says where the test is");
        let folder = test
            .parent()
            .and_then(Path::parent)
            .expect("a test stands in target/…/deps");
        let mut build = Command::new(env!("CARGO"));
        build
            .args(["build", "--quiet", "--locked", "-p", "muster"])
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        if folder.file_name().is_some_and(|name| name == "release") {
            build.arg("--release");
        }
        let built = build.status().expect("cargo can be started");
        let program = folder.join("muster");
        assert!(
            built.success() && program.exists(),
            "muster was not built as {}",
            program.display()
        );
        program
    })
}

/// A run of the program with none of the settings this process may have from outside, and its clock set.
pub fn muster(now: &str) -> Command {
    let mut command = Command::new(program());
    for setting in [
        "MUSTER_DATA",
        "MUSTER_DATABASE_URL",
        "MUSTER_PUBLIC_URL",
        "RUST_LOG",
    ] {
        command.env_remove(setting);
    }
    command.env("MUSTER_NOW", now);
    command
}
