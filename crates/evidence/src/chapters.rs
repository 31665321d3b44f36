//! The chapters of an evidence pack, one file each, and the binder they are put into.
//!
//! A chapter adds files and remembers nothing. What the binder has bound is what the pack's own pages list. Long
//! lists are spooled: past some megabytes they go through a temporary file that has no name, so that a crash leaves
//! nothing and memory does not grow with the rows.
//!
//! Not here: signing and the bag itself (`seal`).

pub mod curriculum;
pub mod lists;
pub mod procedure;
pub mod readme;
pub mod record;
pub mod report;
pub mod results;
pub mod roster;

use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use controls::Framework;
use db::{Fault, Moment, Result, Window, Zone};
use paper::{About, Columns, Export, FileFacts, Format};
use serde::Serialize;
use tempfile::SpooledTempFile;

use crate::{
    exports::{Terms, names::Names},
    facts::Facts,
    status::Status,
};

/// Bytes of a list kept in memory before it goes to a temporary file.
const SPOOL_BYTES: usize = 4 << 20;

/// What a pack is about.
pub(crate) struct Subject<'a> {
    /// The framework that asks.
    pub framework: &'static Framework,
    /// The organisation's name.
    pub organisation: &'a str,
    /// Its zone.
    pub zone: &'a Zone,
    /// The days asked about.
    pub window: Window,
    /// The days whose completions may still count in the window, and the window.
    pub reach: Window,
    /// When it was asked.
    pub run_at: Moment,
    /// The program's version.
    pub version: &'a str,
    /// What happened.
    pub facts: &'a Facts,
    /// What follows from it.
    pub status: &'a Status,
    /// Who is who.
    pub names: &'a Names,
    /// The ledger's checkpoint the pack is under.
    pub checkpoint: Option<&'a ledger::proof::Latest>,
}

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
pub(crate) struct Binder<W: Write + Seek> {
    writer: seal::Writer<W>,
    bound: Vec<Bound>,
}

impl Subject<'_> {
    pub(crate) fn terms(&self) -> Terms {
        Terms {
            window: self.window,
            known_at: self.run_at,
        }
    }

    /// What is said of every list of the pack.
    pub(crate) fn about(&self, title: &str, query: &str, sources: &[&str]) -> About {
        About {
            title: title.to_owned(),
            query: query.to_owned(),
            sources: sources.iter().map(|&source| source.to_owned()).collect(),
            window: Some(format!("{} to {}", self.window.from, self.window.to - 1)),
            run_at: self.run_at.to_string(),
            run_by: "evidence pack".to_owned(),
            version: self.version.to_owned(),
            checkpoint: self
                .checkpoint
                .map(|c| format!("{} entries, root {}", c.size, c.root.base64())),
            ..About::default()
        }
    }
}

impl<W: Write + Seek> Binder<W> {
    pub(crate) fn new(out: W) -> Self {
        Self {
            writer: seal::Writer::new(out),
            bound: Vec::new(),
        }
    }

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
    pub(crate) fn quietly(&mut self, path: &str, bytes: impl AsRef<[u8]>) -> Result<()> {
        self.writer
            .add(path, bytes.as_ref())
            .map_err(|e| binding(path, e).into())
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

    pub(crate) fn finish(
        self,
        info: &seal::BagInfo,
        signer: &seal::PackSigner,
    ) -> Result<seal::pack::Finished<W>> {
        self.writer
            .finish(info, signer)
            .map_err(|e| Fault::of("closing an evidence pack", e).into())
    }

    fn take(&mut self, path: &str, mut spool: SpooledTempFile) -> Result<()> {
        spool
            .seek(SeekFrom::Start(0))
            .map_err(|e| Fault::of("reading back a list of a pack", e))?;
        self.writer
            .add_from(path, Read::by_ref(&mut spool))
            .map_err(|e| binding(path, e).into())
    }
}

/// A spool for a list that is written elsewhere.
pub(crate) fn spool() -> SpooledTempFile {
    SpooledTempFile::new(SPOOL_BYTES)
}

fn binding(path: &str, error: seal::Error) -> Fault {
    Fault::of(format!("putting {path} into an evidence pack"), error)
}
