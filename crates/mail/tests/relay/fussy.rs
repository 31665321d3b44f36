//! A relay that does what `smtp-sink` cannot: puts each recipient off the first time, or takes a letter and is gone before
//! it has said so.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Result, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What it does the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// As greylisting does: who comes back is let in.
    PutsOffEachRecipient,
    /// The letter is kept, the line breaks, and nobody has said 250.
    KeepsAndIsGone,
}

#[derive(Default)]
struct Seen {
    recipients: BTreeSet<String>,
    /// How often it kept which letter, by Message-ID.
    taken: BTreeMap<String, usize>,
}

/// A running relay; it ends with the test.
pub(crate) struct Fussy {
    pub(crate) port: u16,
    seen: Arc<Mutex<Seen>>,
}

impl Fussy {
    pub(crate) fn start(habit: Habit) -> Fussy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            for line in listener.incoming() {
                // A line that breaks is what this relay is for.
                drop(line.and_then(|line| serve(&line, habit, &shared)));
            }
        });
        Fussy {
            port: address.port(),
            seen,
        }
    }

    /// How often it was sent which letter to its end, by Message-ID.
    pub(crate) fn taken(&self) -> BTreeMap<String, usize> {
        self.seen.lock().expect("nobody panics").taken.clone()
    }
}

fn serve(line: &TcpStream, habit: Habit, seen: &Mutex<Seen>) -> Result<()> {
    let mut reader = BufReader::new(line);
    let say = |words: &str| (&*line).write_all(format!("{words}\r\n").as_bytes());
    say("220 fussy.example ESMTP")?;
    let mut command = String::new();
    while reader.read_line(&mut command)? > 0 {
        let verb = command.trim_end().to_uppercase();
        if verb.starts_with("RCPT") && habit == Habit::PutsOffEachRecipient {
            let fresh = seen.lock().expect("nobody panics").recipients.insert(verb);
            say(if fresh {
                "451 4.7.1 Greylisted, come back"
            } else {
                "250 2.1.5 Ok"
            })?;
        } else if verb == "DATA" {
            say("354 Go on")?;
            let times = keep(&mut reader, seen)?;
            if habit == Habit::KeepsAndIsGone && times == 1 {
                return Ok(());
            }
            say("250 2.0.0 Ok")?;
        } else if verb == "QUIT" {
            return say("221 2.0.0 Bye");
        } else {
            say("250 Ok")?;
        }
        command.clear();
    }
    Ok(())
}

/// Reads a letter to its end; how often it has come by now.
fn keep(reader: &mut BufReader<&TcpStream>, seen: &Mutex<Seen>) -> Result<usize> {
    let (mut line, mut id) = (String::new(), String::new());
    while reader.read_line(&mut line)? > 0 && line != ".\r\n" {
        if let Some(found) = line.strip_prefix("Message-ID: ") {
            id = found.trim().to_owned();
        }
        line.clear();
    }
    let mut seen = seen.lock().expect("nobody panics");
    let times = seen.taken.entry(id).or_default();
    *times += 1;
    Ok(*times)
}
