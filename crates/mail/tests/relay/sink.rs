//! A relay that takes letters and keeps them, or does not: Debian's `smtp-sink` on a port of its own.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

const KEEPER: &str = include_str!("sink.sh");

/// A running relay.
pub(crate) struct Sink {
    pub(crate) port: u16,
    folder: TempDir,
    /// Closing its standard input is what stops the relay.
    keeper: Child,
}

impl Drop for Sink {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        self.keeper.wait().expect("the keeper ends with its input");
    }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener
        .local_addr()
        .expect("a bound socket has an address")
        .port()
}

impl Sink {
    /// A relay with these options of `smtp-sink`.
    pub(crate) fn start(port: u16, options: &[&str]) -> Sink {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "sink.sh"])
            .arg(folder.path())
            .arg(port.to_string())
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the system has a shell");
        let stdout = keeper.stdout.take().expect("stdout was asked to be a pipe");
        let mut said = String::new();
        BufReader::new(stdout)
            .read_line(&mut said)
            .expect("the keeper can be heard");
        if said.trim() != "ready" {
            let mut why = String::new();
            let mut stderr = keeper.stderr.take().expect("stderr was asked to be a pipe");
            stderr.read_to_string(&mut why).expect("the keeper can be heard");
            panic!("smtp-sink did not start. {why}");
        }
        Sink { port, folder, keeper }
    }

    /// The letters it was sent to their end, head and text.
    pub(crate) fn texts(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path()).expect("the folder can be listed");
        files
            .map(|file| file.expect("a file of the folder").path())
            .filter(|path| !path.ends_with(".said"))
            .map(|path| std::fs::read_to_string(path).expect("a letter can be read"))
            .filter(|text| text.contains("Message-ID:"))
            .collect()
    }

    /// How often it was sent which letter, by Message-ID.
    pub(crate) fn taken(&self) -> BTreeMap<String, usize> {
        let mut taken = BTreeMap::new();
        for text in self.texts() {
            let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: "));
            *taken
                .entry(id.expect("a letter has an id").trim().to_owned())
                .or_default() += 1;
        }
        taken
    }
}
