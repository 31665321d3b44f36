//! Makes a document in a child process, so that what typesetting takes is given back when it ends.
//!
//! - The parent is any program of ours that answers `render` with [`serve_render`]; the child gets no environment,
//!   one description on its input, and a bounded time.
//! - One child runs at a time; others wait, and are told when the wait is too long.
//! - Memory is bounded by what a document may hold ([`crate::document::ROWS_MAX`], [`DESCRIPTION_MAX`]), not by the
//!   system: setting a limit on a process needs unsafe code, which this workspace forbids.
//!
//! Blocking: a server calls it from a thread that may wait.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::PaperFault;
use crate::document::Document;

/// The word after the program's name.
pub const SUBCOMMAND: &str = "render";
/// Bytes of a description; 2,000 rows of ordinary text are under one tenth of it.
pub const DESCRIPTION_MAX: usize = 8 << 20;
const ANSWER_MAX: u64 = 64 << 20;
const RENDER_SECONDS: u64 = 60;
/// Long enough for a few reports before this one; shorter than a visitor's patience.
const WAIT_SECONDS: u64 = 90;

/// Renders `document` by running `program render`.
///
/// # Errors
/// When the renderer is busy for too long, takes too long, or refuses the document.
pub fn render_in_child(program: &Path, document: &Document) -> Result<Vec<u8>, PaperFault> {
    let description = serde_json::to_vec(document).map_err(PaperFault::json("describing a document"))?;
    if description.len() > DESCRIPTION_MAX {
        return Err(PaperFault::TooLarge {
            what: "the description in bytes",
            limit: DESCRIPTION_MAX,
        });
    }
    let _turn = Turn::take(&DESK, Duration::from_secs(WAIT_SECONDS))?;
    let mut command = Command::new(program);
    command.arg(SUBCOMMAND);
    run(command, description, Duration::from_secs(RENDER_SECONDS))
}

/// What `program render` does: reads one description, writes one PDF.
///
/// # Errors
/// When the description is not one, or cannot be typeset; the caller prints the fault and ends with a failure.
pub fn serve_render(input: impl Read, mut output: impl Write) -> Result<(), PaperFault> {
    let mut description = Vec::new();
    let limit = DESCRIPTION_MAX as u64 + 1;
    input
        .take(limit)
        .read_to_end(&mut description)
        .map_err(PaperFault::io("reading a document description"))?;
    if description.len() > DESCRIPTION_MAX {
        return Err(PaperFault::TooLarge {
            what: "the description in bytes",
            limit: DESCRIPTION_MAX,
        });
    }
    let document: Document =
        serde_json::from_slice(&description).map_err(PaperFault::json("reading a document description"))?;
    let bytes = document.render()?;
    output
        .write_all(&bytes)
        .and_then(|()| output.flush())
        .map_err(PaperFault::io("writing a PDF"))
}

/// Whether somebody is at the desk, and a bell for those who wait.
static DESK: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

struct Turn<'a>(&'a (Mutex<bool>, Condvar));

impl<'a> Turn<'a> {
    fn take(desk: &'a (Mutex<bool>, Condvar), patience: Duration) -> Result<Turn<'a>, PaperFault> {
        let taken = desk.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut taken, waited) = desk
            .1
            .wait_timeout_while(taken, patience, |taken| *taken)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() && *taken {
            return Err(PaperFault::Busy {
                seconds: patience.as_secs(),
            });
        }
        *taken = true;
        Ok(Turn(desk))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.0.1.notify_one();
    }
}

fn run(mut command: Command, description: Vec<u8>, limit: Duration) -> Result<Vec<u8>, PaperFault> {
    // No environment: it holds secrets that a renderer of people's text has no need of.
    command
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(PaperFault::io("starting the renderer"))?;
    let (Some(mut input), Some(output), Some(words)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        end(&mut child)?;
        return Err(PaperFault::Child("it has no pipes".to_owned()));
    };
    // Each pipe has its own thread: a child that writes before it has read everything would otherwise stand still.
    let feeding = std::thread::spawn(move || input.write_all(&description));
    let listening = std::thread::spawn(move || read_bounded(words, 4_096));
    let (answered, answer) = channel();
    let reading = std::thread::spawn(move || answered.send(read_bounded(output, ANSWER_MAX)).is_ok());
    let bytes = match answer.recv_timeout(limit) {
        Ok(read) => read.map_err(PaperFault::io("reading from the renderer")),
        Err(RecvTimeoutError::Timeout) => Err(PaperFault::TimedOut {
            seconds: limit.as_secs(),
        }),
        Err(RecvTimeoutError::Disconnected) => Err(PaperFault::Child("its answer was lost".to_owned())),
    };
    let status = match &bytes {
        Ok(_) => child
            .wait()
            .map_err(PaperFault::io("waiting for the renderer to end"))?,
        Err(_) => end(&mut child)?,
    };
    let heard = reading.join().unwrap_or(false);
    let fed = feeding.join().is_ok_and(|written| written.is_ok());
    let words = listening.join().ok().and_then(Result::ok).unwrap_or_default();
    let bytes = bytes?;
    if status.success() && heard && fed && bytes.starts_with(b"%PDF") {
        return Ok(bytes);
    }
    Err(PaperFault::Child(
        String::from_utf8_lossy(&words).trim().to_owned(),
    ))
}

fn read_bounded(from: impl Read, limit: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn end(child: &mut Child) -> Result<std::process::ExitStatus, PaperFault> {
    // It may have ended by itself between the last look and now; then there is nothing to stop.
    child
        .kill()
        .or_else(|error| match error.kind() {
            std::io::ErrorKind::InvalidInput => Ok(()),
            _ => Err(error),
        })
        .and_then(|()| child.wait())
        .map_err(PaperFault::io("stopping the renderer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn an_answer_is_handed_on() {
        let bytes =
            run(shell("cat"), b"%PDF-1.7 \xff".to_vec(), Duration::from_secs(20)).expect("cat answers");
        assert_eq!(bytes, b"%PDF-1.7 \xff");
    }

    #[test]
    fn a_renderer_that_hangs_is_stopped() {
        let fault = run(
            shell("exec /bin/sleep 600"),
            vec![b'x'; 1 << 20],
            Duration::from_millis(50),
        )
        .expect_err("it never answers");
        assert!(matches!(fault, PaperFault::TimedOut { .. }), "{fault}");
    }

    #[test]
    fn a_renderer_that_fails_is_quoted() {
        let fault = run(
            shell("cat > /dev/null; echo 'no room' >&2; exit 3"),
            b"{}".to_vec(),
            Duration::from_secs(20),
        )
        .expect_err("it failed");
        assert_eq!(
            fault.to_string(),
            "rendering a document in a child process: no room"
        );
    }

    #[test]
    fn one_renders_at_a_time_and_waiting_has_an_end() {
        let desk = (Mutex::new(false), Condvar::new());
        let first = Turn::take(&desk, Duration::from_millis(10)).expect("nobody is at the desk");
        assert!(matches!(
            Turn::take(&desk, Duration::from_millis(10)),
            Err(PaperFault::Busy { .. })
        ));
        drop(first);
        assert!(Turn::take(&desk, Duration::from_millis(10)).is_ok());
    }

    #[test]
    fn a_description_that_is_not_one_is_refused() {
        let mut output = Vec::new();
        let fault =
            serve_render(&b"{\"document\":\"poem\"}"[..], &mut output).expect_err("a poem is no document");
        assert!(matches!(fault, PaperFault::Json { .. }));
        assert!(output.is_empty());
    }
}
