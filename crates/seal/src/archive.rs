//! The ZIP around a pack has no room for anything but the files in it: every byte follows from them.
//!
//! Invariants: entries lie one after another from the first byte, in the order they were added; no gaps, no comments,
//! no extra fields, no encryption, no ZIP64; the time is always 1980-01-01 00:00:00; the mode is always 0644. Headers
//! are made by one pair of functions, which the reader uses to compare what it finds, byte for byte. Everything read
//! has a limit that is checked against the declared sizes before anything is unpacked.
//!
//! Not here: what the files are (`pack`). A general ZIP reader: archives made by others are refused.

use std::collections::HashSet;
use std::io::{Read, Seek, SeekFrom, Write};

use flate2::{Compress, Compression, Crc, Decompress, FlushCompress, FlushDecompress, Status};
use sha2::{Digest, Sha256};

use crate::{Error, Result};

mod header;

pub use header::{BYTES_MAX, FILES_MAX, Member, PATH_MAX, check_path};
use header::{DEFLATED, STORED, check_ratio, end_record, u16_at, u32_at};

/// zlib level 6: the usual trade, and one level only, so that the same files give the same bytes.
const LEVEL: u32 = 6;
const CHUNK: usize = 64 * 1024;

/// The digests of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digests {
    /// SHA-256 of the file.
    pub content: [u8; 32],
    /// SHA-256 of its bytes as they lie in the archive, that is compressed.
    pub packed: [u8; 32],
}

/// Makes an archive, one file after another.
pub struct ArchiveWriter<W: Write + Seek> {
    sink: W,
    members: Vec<Member>,
    seen: HashSet<String>,
    at: u64,
    unpacked: u64,
}

/// An archive whose structure has been checked to the byte.
#[derive(Debug)]
pub struct Archive<R: Read + Seek> {
    source: R,
    members: Vec<Member>,
    /// Kept from file to file: making one costs more than unpacking a small file.
    inflate: Decompress,
}

impl<W: Write + Seek> ArchiveWriter<W> {
    /// An archive that begins where `sink` stands, which must be its start.
    pub fn new(sink: W) -> ArchiveWriter<W> {
        ArchiveWriter {
            sink,
            members: Vec::new(),
            seen: HashSet::new(),
            at: 0,
            unpacked: 0,
        }
    }

    /// Adds a file, compressed.
    ///
    /// # Errors
    /// A path that is not allowed or already there, a limit, or the disk.
    pub fn add(&mut self, path: &str, content: impl Read) -> Result<Digests> {
        self.append(path, DEFLATED, content)
    }

    /// Adds a file as it is, so that its bytes in the archive are its own.
    ///
    /// # Errors
    /// As [`ArchiveWriter::add`].
    pub fn add_stored(&mut self, path: &str, content: impl Read) -> Result<Digests> {
        self.append(path, STORED, content)
    }

    /// Unpacked length of everything added so far.
    pub fn unpacked(&self) -> u64 {
        self.unpacked
    }

    /// Writes the directory and gives the sink back.
    ///
    /// # Errors
    /// A limit, or the disk.
    pub fn finish(mut self) -> Result<W> {
        check_ratio(self.unpacked, self.at)?;
        let start = self.at;
        let directory: Vec<u8> = self.members.iter().flat_map(Member::central_record).collect();
        self.write(&directory)?;
        let end = end_record(self.members.len(), directory.len() as u32, start as u32);
        self.write(&end)?;
        self.sink.flush().map_err(Error::io("writing the pack"))?;
        Ok(self.sink)
    }

    fn append(&mut self, path: &str, method: u16, mut content: impl Read) -> Result<Digests> {
        check_path(path)?;
        if !self.seen.insert(path.to_ascii_lowercase()) {
            return Err(Error::pack(
                path,
                format!("{path} is in the pack already; give each file its own name."),
            ));
        }
        if self.members.len() == FILES_MAX {
            return Err(Error::pack(
                "pack",
                format!("The pack has more than {FILES_MAX} files; split it."),
            ));
        }
        let offset = self.at;
        let mut member = Member {
            path: path.to_owned(),
            length: 0,
            method,
            crc: 0,
            packed: 0,
            offset: offset as u32,
        };
        self.write(&member.local_header())?;
        let digests = self.pack_content(&mut member, &mut content)?;
        // The header goes first but its numbers are known last; this is why the sink must be able to seek.
        self.sink
            .seek(SeekFrom::Start(offset))
            .map_err(Error::io("writing the pack"))?;
        self.sink
            .write_all(&member.local_header())
            .map_err(Error::io("writing the pack"))?;
        self.sink
            .seek(SeekFrom::Start(self.at))
            .map_err(Error::io("writing the pack"))?;
        self.unpacked += u64::from(member.length);
        self.members.push(member);
        Ok(digests)
    }

    fn pack_content(&mut self, member: &mut Member, content: &mut impl Read) -> Result<Digests> {
        let start = self.at;
        let (mut crc, mut plain, mut packed) = (Crc::new(), Sha256::new(), Sha256::new());
        let mut deflate = Compress::new(Compression::new(LEVEL), false);
        let (mut input, mut output) = (vec![0; CHUNK], vec![0; CHUNK]);
        let mut length = 0_u64;
        loop {
            let read = read_some(content, &mut input)?;
            let chunk = &input[..read];
            crc.update(chunk);
            plain.update(chunk);
            length += read as u64;
            if length > BYTES_MAX {
                return Err(Error::pack(
                    &member.path,
                    format!("{} is larger than 4 GiB; split it.", member.path),
                ));
            }
            if member.method == STORED {
                packed.update(chunk);
                self.write(chunk)?;
            } else {
                let flush = if read == 0 {
                    FlushCompress::Finish
                } else {
                    FlushCompress::None
                };
                self.deflate(&mut deflate, (chunk, flush), &mut output, &mut packed)?;
            }
            if read == 0 {
                break;
            }
        }
        member.crc = crc.sum();
        member.length = length as u32;
        member.packed = (self.at - start) as u32;
        Ok(Digests {
            content: plain.finalize().into(),
            packed: packed.finalize().into(),
        })
    }

    fn deflate(
        &mut self,
        deflate: &mut Compress,
        (mut chunk, flush): (&[u8], FlushCompress),
        output: &mut [u8],
        packed: &mut Sha256,
    ) -> Result<()> {
        loop {
            let (taken, given) = (deflate.total_in(), deflate.total_out());
            let status = deflate
                .compress(chunk, output, flush)
                .map_err(|source| Error::io("compressing a file of the pack")(source.into()))?;
            chunk = &chunk[(deflate.total_in() - taken) as usize..];
            let made = &output[..(deflate.total_out() - given) as usize];
            packed.update(made);
            self.write(made)?;
            let more = !chunk.is_empty() || made.len() == output.len();
            let done = match flush {
                FlushCompress::Finish => status == Status::StreamEnd,
                _ => !more,
            };
            if done {
                return Ok(());
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.at += bytes.len() as u64;
        if self.at > BYTES_MAX {
            return Err(Error::pack(
                "pack",
                "The pack is larger than 4 GiB; split it by framework or by period.",
            ));
        }
        self.sink.write_all(bytes).map_err(Error::io("writing the pack"))
    }
}

impl<R: Read + Seek> Archive<R> {
    /// Reads the directory and compares every byte outside the files' contents with what it has to be.
    ///
    /// # Errors
    /// Anything that our writer would not have written, naming the file it is about, or the disk.
    pub fn open(mut source: R) -> Result<Archive<R>> {
        let total = source
            .seek(SeekFrom::End(0))
            .map_err(Error::io("reading the pack"))?;
        if !(22..=BYTES_MAX).contains(&total) {
            return Err(Error::pack(
                "pack",
                "The file is too short or too long to be a pack; ask for it again.",
            ));
        }
        let end = read_at(&mut source, total - 22, 22)?;
        let (count, size, start) = (u16_at(&end, 10), u32_at(&end, 12), u32_at(&end, 16));
        let expected = end_record(usize::from(count), size, start);
        if end != expected || u64::from(start) + u64::from(size) + 22 != total {
            return Err(Error::pack(
                "pack",
                "The end of the archive is not as the pack was written; the file is cut off, added to or altered there.",
            ));
        }
        if usize::from(count) > FILES_MAX || u64::from(size) > u64::from(count) * (46 + PATH_MAX as u64) {
            return Err(Error::pack(
                "pack",
                "The archive's directory is larger than a pack's can be.",
            ));
        }
        let directory = read_at(&mut source, u64::from(start), size as usize)?;
        let mut archive = Archive {
            source,
            members: Vec::with_capacity(usize::from(count)),
            inflate: Decompress::new(false),
        };
        archive.read_directory(&directory, usize::from(count), start)?;
        let unpacked = archive
            .members
            .iter()
            .map(|member| u64::from(member.length))
            .sum();
        check_ratio(unpacked, total)?;
        Ok(archive)
    }

    /// The files, in the order they lie.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Unpacks a file piece by piece, checking its length and CRC on the way.
    ///
    /// # Errors
    /// Contents that do not unpack to what the headers say, whatever `each` returns, or the disk.
    pub fn unpack(&mut self, at: usize, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<Digests> {
        let member = self.members[at].clone();
        let altered =
            |how: &str| Error::pack(&member.path, format!("{} has been altered: {how}.", member.path));
        let start = u64::from(member.offset) + 30 + member.path.len() as u64;
        self.source
            .seek(SeekFrom::Start(start))
            .map_err(Error::io("reading the pack"))?;
        let (mut crc, mut plain, mut packed) = (Crc::new(), Sha256::new(), Sha256::new());
        let inflate = &mut self.inflate;
        inflate.reset(false);
        let (mut input, mut output) = (vec![0; CHUNK], vec![0; CHUNK]);
        let (mut left, mut length, mut ended) = (u64::from(member.packed), 0_u64, member.method == STORED);
        let mut deliver = |bytes: &[u8]| {
            length += bytes.len() as u64;
            if length > u64::from(member.length) {
                return Err(altered("it unpacks to more than its stated length"));
            }
            crc.update(bytes);
            plain.update(bytes);
            each(bytes)
        };
        while left > 0 {
            let most = left.min(CHUNK as u64) as usize;
            let read = read_some(&mut self.source, &mut input[..most])?;
            if read == 0 {
                return Err(altered("its bytes end too early"));
            }
            left -= read as u64;
            packed.update(&input[..read]);
            if member.method == STORED {
                deliver(&input[..read])?;
                continue;
            }
            let mut chunk = &input[..read];
            loop {
                if ended {
                    if chunk.is_empty() {
                        break;
                    }
                    return Err(altered("there are bytes after its end"));
                }
                let (taken, given) = (inflate.total_in(), inflate.total_out());
                let status = inflate
                    .decompress(chunk, &mut output, FlushDecompress::None)
                    .map_err(|_| altered("its compressed bytes make no sense"))?;
                chunk = &chunk[(inflate.total_in() - taken) as usize..];
                let made = &output[..(inflate.total_out() - given) as usize];
                if made.is_empty() && inflate.total_in() == taken && !chunk.is_empty() {
                    return Err(altered("its compressed bytes lead nowhere"));
                }
                deliver(made)?;
                ended = status == Status::StreamEnd;
                if !ended && chunk.is_empty() && made.len() < output.len() {
                    break;
                }
            }
        }
        if !ended || length != u64::from(member.length) || crc.sum() != member.crc {
            return Err(altered("its contents do not match its checksum or length"));
        }
        Ok(Digests {
            content: plain.finalize().into(),
            packed: packed.finalize().into(),
        })
    }

    /// A whole file in memory, if it is not longer than `limit` bytes.
    ///
    /// # Errors
    /// As [`Archive::unpack`], or a file that is too long.
    pub fn read(&mut self, at: usize, limit: usize) -> Result<Vec<u8>> {
        let member = &self.members[at];
        if member.length as usize > limit {
            let sentence = format!("{} is longer than the {limit} bytes that it may be.", member.path);
            return Err(Error::pack(&member.path, sentence));
        }
        let mut bytes = Vec::with_capacity(member.length as usize);
        self.unpack(at, |chunk| {
            bytes.extend_from_slice(chunk);
            Ok(())
        })?;
        Ok(bytes)
    }

    /// The position of a path.
    pub fn find(&self, path: &str) -> Option<usize> {
        self.members.iter().position(|member| member.path == path)
    }

    /// Walks the directory and, beside it, the files' own headers: neither is believed without the other.
    fn read_directory(&mut self, directory: &[u8], count: usize, start: u32) -> Result<()> {
        let (mut rest, mut offset) = (directory, 0_u64);
        for _ in 0..count {
            let own = self.header_at(offset, start);
            let Some(member) = Member::from_central(rest) else {
                return Err(disagreement(None, &own));
            };
            let record = member.central_record();
            let sound = check_path(&member.path).is_ok()
                && rest[..record.len()] == record
                && u64::from(member.offset) == offset
                && own == member.local_header();
            if !sound {
                return Err(disagreement(Some(&member), &own));
            }
            rest = &rest[record.len()..];
            offset += (own.len() + member.packed as usize) as u64;
            self.members.push(member);
        }
        if !rest.is_empty() || offset != u64::from(start) {
            return Err(Error::pack(
                "pack",
                "There are bytes in the archive that belong to no file.",
            ));
        }
        let mut seen = HashSet::new();
        match self
            .members
            .iter()
            .find(|member| !seen.insert(member.path.to_ascii_lowercase()))
        {
            Some(twice) => Err(Error::pack(
                &twice.path,
                format!("{} is in the archive twice.", twice.path),
            )),
            None => Ok(()),
        }
    }

    /// The header and name that lie at `offset`, or nothing when there is no header.
    fn header_at(&mut self, offset: u64, start: u32) -> Vec<u8> {
        let mut header = match read_at(&mut self.source, offset, 30) {
            Ok(header) if offset < u64::from(start) => header,
            _ => return Vec::new(),
        };
        let name = usize::from(u16_at(&header, 26)).min(PATH_MAX);
        header.extend(read_at(&mut self.source, offset + 30, name).unwrap_or_default());
        header
    }
}

/// One of the two descriptions of a file has been altered; nobody can say which, so both names are told.
fn disagreement(claimed: Option<&Member>, own: &[u8]) -> Error {
    let own = own
        .get(30..)
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .filter(|name| check_path(name).is_ok());
    let claimed = claimed
        .map(|member| member.path.clone())
        .filter(|path| check_path(path).is_ok());
    let (subject, sentence) = match (claimed, own) {
        (Some(claimed), Some(own)) if claimed != own => {
            let sentence =
                format!("The archive's directory says {claimed} where the file itself says {own}.");
            (claimed, sentence)
        }
        (Some(path), _) | (None, Some(path)) => {
            let sentence = format!(
                "The two descriptions of {path} in the archive disagree, or are not as a pack is written."
            );
            (path, sentence)
        }
        (None, None) => ("pack".into(), "The archive's directory makes no sense.".into()),
    };
    Error::pack(subject, sentence)
}

fn read_at(source: &mut (impl Read + Seek), at: u64, length: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    source
        .seek(SeekFrom::Start(at))
        .map_err(Error::io("reading the pack"))?;
    source
        .read_exact(&mut bytes)
        .map_err(Error::io("reading the pack"))?;
    Ok(bytes)
}

fn read_some(source: &mut impl Read, buffer: &mut [u8]) -> Result<usize> {
    loop {
        match source.read(buffer) {
            Err(source) if source.kind() == std::io::ErrorKind::Interrupted => {}
            read => return read.map_err(Error::io("reading a file of the pack")),
        }
    }
}
