//! How long the program takes from its start to its first answer, and what it then weighs.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use db::{Fault, Result};

use crate::{
    ground::Wanted,
    memory,
    stopwatch::{Measured, Target, start},
};

/// How long it is left alone before it is weighed.
const IDLE: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(30);

/// Measures the program at this path, on a folder that is empty and on the same one again.
///
/// # Errors
/// A fault when the program does not start.
pub fn run(wanted: &Wanted, runs: usize, program: Option<PathBuf>) -> Result<()> {
    let program = match program {
        Some(program) => program,
        None => beside()?,
    };
    let mut measured = Measured::default();
    for _ in 0..runs {
        let scratch = wanted.scratch()?;
        for (name, idle) in [
            ("start to first answer, empty folder, s", false),
            ("start to first answer, s", true),
        ] {
            let started = start();
            let mut serving = Serving::begin(&program, scratch.path())?;
            serving.answer()?;
            measured.seconds(name, started.elapsed());
            measured.target(name, Target::AtMost(1.0));
            if idle {
                std::thread::park_timeout(IDLE);
                weigh(&mut measured, serving.0.id());
            }
        }
    }
    let size = std::fs::metadata(&program)
        .map_err(|e| Fault::of("weighing the program", e))?
        .len();
    measured.add("the program on disk, MB", size as f64 / 1e6);
    measured.target("the program on disk, MB", Target::AtMost(70.0));
    measured.print()
}

fn weigh(measured: &mut Measured, process: u32) {
    for (name, weight) in [
        ("idle memory, MB", memory::of_process(process)),
        ("of it not pages of files, MB", memory::own_of_process(process)),
    ] {
        if let Some(weight) = weight {
            measured.add(name, weight);
        }
    }
    measured.target("idle memory, MB", Target::AtMost(40.0));
}

/// The program that was built with this one.
fn beside() -> Result<PathBuf> {
    let own = std::env::current_exe().map_err(|e| Fault::of("finding the program to start", e))?;
    Ok(own.with_file_name("muster"))
}

/// A running program that ends with this.
struct Serving(Child);

impl Serving {
    fn begin(program: &Path, data: &Path) -> Result<Serving> {
        let child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn();
        Ok(Serving(child.map_err(|e| {
            Fault::of(format!("starting {}", program.display()), e)
        })?))
    }

    /// Asks for a page at the address the program prints.
    fn answer(&mut self) -> Result<()> {
        let failed = |e| Fault::of("asking the program that was started for a page", e);
        let out = self
            .0
            .stdout
            .take()
            .ok_or_else(|| Fault::new("listening to the program that was started"))?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).map_err(failed)?;
        let address = line
            .split("http://")
            .nth(1)
            .and_then(|rest| rest.split(['/', '\n']).next())
            .ok_or_else(|| Fault::new(format!("finding an address in “{}”", line.trim())))?;
        let mut stream = TcpStream::connect(address).map_err(failed)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
        let request = format!(
            "GET /sign-in HTTP/1.1\r\nHost: {address}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).map_err(failed)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map_err(failed)?;
        if !answer.starts_with("HTTP/1.1 200") {
            let first = answer.lines().next().unwrap_or_default();
            return Err(Fault::new(format!("asking for the sign-in page, which answered {first}")).into());
        }
        Ok(())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
