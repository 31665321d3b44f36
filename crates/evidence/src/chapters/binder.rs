//! Takes the files of a pack as the chapters write them, while those before are compressed, hashed and written.
//!
//! Two threads: the chapters' own, which reads the database, and the press, which owns the archive. Files arrive in the
//! order they were bound, so the bytes do not depend on who is faster. Long lists are spooled: past some megabytes they
//! go through a temporary file that has no name, so that a crash leaves nothing and memory does not grow with the rows.
//!
//! Not here: what the files say.

use std::{
    io::{self, BufWriter, Seek, SeekFrom, Write},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use db::{Error, Fault, Result};
use paper::{About, Columns, Export, FileFacts, Format};
use serde::Serialize;
use tempfile::SpooledTempFile;

/// Bytes of a list kept in memory before it goes to a temporary file.
const SPOOL_BYTES: usize = 4 << 20;
/// Files that may wait for the press.
const WAITING_MAX: usize = 16;

/// A file that the pack's pages name.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    /// Its path.
    pub path: String,
    /// What it is, in a sentence.
    pub what: String,
    /// Where its rows come from, and how many there are, when it is a list.
    pub list: Option<(About, FileFacts)>,
}

/// Puts files into the pack.
pub(crate) struct Binder {
    press: SyncSender<File>,
    bound: Vec<Bound>,
}

/// A file on its way into the archive.
struct File {
    path: String,
    content: Content,
}

enum Content {
    Bytes(Vec<u8>),
    Spool(SpooledTempFile),
}

/// Lets `fill` bind files into an archive that begins at the start of `out`, and gives the archive, ready to be signed
/// and closed.
pub(crate) fn bound<W: Write + Seek + Send, T>(
    out: W,
    fill: impl FnOnce(&mut Binder) -> Result<T>,
) -> Result<(seal::Writer<W>, T)> {
    thread::scope(|scope| {
        let (send, receive) = sync_channel(WAITING_MAX);
        let press = scope.spawn(move || pressed(out, receive));
        let mut binder = Binder {
            press: send,
            bound: Vec::new(),
        };
        let filled = fill(&mut binder);
        drop(binder);
        let writer = press
            .join()
            .unwrap_or_else(|_| Err(Fault::new("writing an evidence pack, which panicked").into()));
        // Where the press has stopped, the chapters only know that nobody takes their files.
        Ok((writer?, filled?))
    })
}

fn pressed<W: Write + Seek>(out: W, files: Receiver<File>) -> Result<seal::Writer<W>> {
    let mut writer = seal::Writer::new(out);
    for File { path, content } in files {
        let added = match content {
            Content::Bytes(bytes) => writer.add(&path, &bytes),
            Content::Spool(spool) => writer.add_from(&path, spool),
        };
        added.map_err(|e| Fault::of(format!("putting {path} into an evidence pack"), e))?;
    }
    Ok(writer)
}

impl Binder {
    /// What has been bound so far, in order.
    pub(crate) fn bound(&self) -> &[Bound] {
        &self.bound
    }

    /// Adds a file that stands for itself.
    pub(crate) fn add(&mut self, path: &str, what: &str, bytes: &[u8]) -> Result<()> {
        self.quietly(path, bytes)?;
        self.bound.push(Bound {
            path: path.to_owned(),
            what: what.to_owned(),
            list: None,
        });
        Ok(())
    }

    /// Adds a document as JSON, which is written as it is read.
    pub(crate) fn json(&mut self, path: &str, what: &str, document: &impl Serialize) -> Result<()> {
        let failed = |e: io::Error| Fault::of(format!("writing {path} of a pack"), e);
        self.spooled(path, |spool| {
            let mut out = BufWriter::new(spool);
            serde_json::to_writer_pretty(&mut out, document).map_err(|e| failed(e.into()))?;
            out.write_all(b"\n").and_then(|()| out.flush()).map_err(failed)?;
            Ok(())
        })?;
        self.bound.push(Bound {
            path: path.to_owned(),
            what: what.to_owned(),
            list: None,
        });
        Ok(())
    }

    /// Adds a file that is one of many of its kind, or belongs to the file before it.
    pub(crate) fn quietly(&mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Result<()> {
        self.send(path, Content::Bytes(bytes.into()))
    }

    /// Adds what `fill` writes, without listing it.
    pub(crate) fn spooled(
        &mut self,
        path: &str,
        fill: impl FnOnce(&mut SpooledTempFile) -> Result<()>,
    ) -> Result<()> {
        let mut spool = SpooledTempFile::new(SPOOL_BYTES);
        fill(&mut spool)?;
        self.take(path, spool)
    }

    /// Adds a list as CSV, with its metadata beside it.
    pub(crate) fn csv(
        &mut self,
        (path, columns, about): (&str, &Columns, About),
        fill: impl FnOnce(&mut Export<SpooledTempFile>) -> Result<()>,
    ) -> Result<()> {
        let failed = |fault| Fault::of("writing a list of a pack", fault);
        let mut export =
            Export::begin(columns, Format::Csv, &about, SpooledTempFile::new(SPOOL_BYTES)).map_err(failed)?;
        fill(&mut export)?;
        let finished = export.finish().map_err(failed)?;
        let file = finished.facts(path, Format::Csv.media_type());
        self.listed((path, columns, about), file, finished.out)
    }

    /// Adds a list that has been written already.
    pub(crate) fn listed(
        &mut self,
        (path, columns, about): (&str, &Columns, About),
        file: FileFacts,
        spool: SpooledTempFile,
    ) -> Result<()> {
        self.take(path, spool)?;
        let name = path.rsplit('/').next().unwrap_or(path);
        let metadata = serde_json::to_vec_pretty(&columns.csvw(name))
            .map_err(|e| Fault::of("writing the metadata of a list", e))?;
        self.quietly(&format!("{path}-metadata.json"), metadata)?;
        let what = format!("{}.", columns.title);
        self.bound.push(Bound {
            path: path.to_owned(),
            what,
            list: Some((
                about,
                FileFacts {
                    name: path.to_owned(),
                    ..file
                },
            )),
        });
        Ok(())
    }

    fn take(&mut self, path: &str, mut spool: SpooledTempFile) -> Result<()> {
        spool
            .seek(SeekFrom::Start(0))
            .map_err(|e| Fault::of("reading back a list of a pack", e))?;
        self.send(path, Content::Spool(spool))
    }

    fn send(&self, path: &str, content: Content) -> Result<()> {
        let path = path.to_owned();
        self.press.send(File { path, content }).map_err(|_| {
            Error::from(Fault::new(
                "putting a file into an evidence pack that is no longer written",
            ))
        })
    }
}

/// A spool for a list that is written elsewhere.
pub(crate) fn spool() -> SpooledTempFile {
    SpooledTempFile::new(SPOOL_BYTES)
}
