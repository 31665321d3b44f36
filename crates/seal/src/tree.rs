//! A million entries are summed up in 32 bytes, and any one of them, or any later growth, is proved in a few lines.
//!
//! Invariants: hashing is RFC 6962 §2.1 with SHA-256; proofs are those of RFC 6962 §2.1.1 and §2.1.2, checked by the
//! algorithms of RFC 9162 §2.1.3.2 and §2.1.4.2; tiles are C2SP tlog-tiles, 256 wide.
//!
//! Not here: what a leaf says (`commitment`), who signs a root (`checkpoint`), where tiles are kept.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// Width of a full tile, in hashes.
pub const TILE_WIDTH: u64 = 256;

/// A SHA-256 value: a leaf, a node or a root. Displayed as lower-case hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

/// The right edge of a growing tree: all that is needed to add leaves and know the root.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    /// Roots of the complete subtrees, widest first: one for each 1 in the binary form of `size`.
    peaks: Vec<Hash>,
}

/// Every complete subtree of a tree, so that each proof is a matter of look-ups.
///
/// Holds about 64 bytes a leaf.
#[derive(Clone, Debug, Default)]
pub struct Levels(Vec<Vec<Hash>>);

/// One tile of C2SP tlog-tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    /// 0 holds leaf hashes; each level above is 256 times coarser.
    pub level: u8,
    /// Position within the level, from 0.
    pub n: u64,
    /// Hashes in it: 256, or 1 to 255 in a partial tile.
    pub width: u16,
}

/// RFC 6962: `SHA-256(0x00 || entry)`.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
}

/// RFC 6962: `SHA-256(0x01 || left || right)`.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1_u8; 65];
    bytes[1..33].copy_from_slice(&left.0);
    bytes[33..].copy_from_slice(&right.0);
    Hash(Sha256::digest(bytes).into())
}

/// The root of a tree without leaves: `SHA-256("")`.
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

/// The root over leaf hashes. For a full tile's 256 hashes it is the hash that stands for it one tile level up.
pub fn root(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::default();
    for leaf in leaves {
        frontier.push(*leaf);
    }
    frontier.root()
}

/// Whether `leaf` is entry `index` of the tree of `size` entries with this root.
pub fn check_inclusion(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut running) = (index, size - 1, *leaf);
    for sibling in path {
        if last == 0 {
            return false; // longer than the tree is high
        }
        if at & 1 == 1 || at == last {
            running = node_hash(sibling, &running);
            // The right edge has no sibling on these levels: the node is carried up unhashed.
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            running = node_hash(&running, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && running == *root
}

/// Whether the tree of `new_size` entries begins with the tree of `old_size`, so that nothing was rewritten.
///
/// An empty old tree is consistent with everything, with an empty path, provided its root is that of an empty tree.
pub fn check_consistency(old: (u64, &Hash), new: (u64, &Hash), path: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size > new_size {
        return false;
    }
    if old_size == new_size {
        return path.is_empty() && old_root == new_root;
    }
    if old_size == 0 {
        return path.is_empty() && *old_root == empty_root();
    }
    let (first, rest) = match (old_size.is_power_of_two(), path) {
        (true, _) => (old_root, path),
        (false, [first, rest @ ..]) => (first, rest),
        (false, []) => return false,
    };
    let (mut at, mut last) = (old_size - 1, new_size - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (mut old_running, mut new_running) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            old_running = node_hash(sibling, &old_running);
            new_running = node_hash(sibling, &new_running);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            new_running = node_hash(&new_running, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && old_running == *old_root && new_running == *new_root
}

/// Where a tile lies: `tile/0/x001/x234/067`, with `.p/<width>` when it is partial.
pub fn tile_path(level: u8, n: u64, width: u16) -> String {
    let mut groups = vec![format!("{:03}", n % 1000)];
    let mut left = n / 1000;
    while left > 0 {
        groups.push(format!("x{:03}", left % 1000));
        left /= 1000;
    }
    groups.reverse();
    let partial = if u64::from(width) < TILE_WIDTH { format!(".p/{width}") } else { String::new() };
    format!("tile/{level}/{}{partial}", groups.join("/"))
}

/// The tiles to write when a tree grows: each that is new or wider, lowest level first.
pub fn tiles_for(old_size: u64, new_size: u64) -> Vec<Tile> {
    let mut tiles = Vec::new();
    for level in 0..8_u8 {
        let (old, new) = (old_size >> (8 * level), new_size >> (8 * level));
        if new == 0 {
            break;
        }
        if old >= new {
            continue;
        }
        for n in old / TILE_WIDTH..new / TILE_WIDTH {
            tiles.push(Tile { level, n, width: TILE_WIDTH as u16 });
        }
        if !new.is_multiple_of(TILE_WIDTH) {
            tiles.push(Tile { level, n: new / TILE_WIDTH, width: (new % TILE_WIDTH) as u16 });
        }
    }
    tiles
}

impl Hash {
    /// Standard base64 with padding, as in checkpoints and proofs.
    pub fn base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// Reads standard base64, refusing every spelling but the one [`Hash::base64`] writes.
    ///
    /// # Errors
    /// Anything that is not the canonical base64 of 32 bytes.
    pub fn from_base64(text: &str) -> Result<Hash> {
        let bytes = STANDARD.decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.map(Hash).ok_or_else(|| Error::Proof("A hash is not the base64 of 32 bytes.".into()))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for Hash {
    type Err = Error;

    /// Reads 64 lower-case hex digits.
    fn from_str(text: &str) -> Result<Hash> {
        let mut bytes = [0; 32];
        let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        match hex::decode_to_slice(text, &mut bytes) {
            Ok(()) if lower => Ok(Hash(bytes)),
            _ => Err(Error::Proof("A hash is not 64 lower-case hex digits.".into())),
        }
    }
}

impl Frontier {
    /// The frontier of a tree without leaves.
    pub fn new() -> Frontier {
        Frontier::default()
    }

    /// Adds the next leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut carried = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                carried = node_hash(&left, &carried);
            }
        }
        self.peaks.push(carried);
        self.size += 1;
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree as it stands.
    pub fn root(&self) -> Hash {
        let mut from_the_right = self.peaks.iter().rev();
        match from_the_right.next() {
            None => empty_root(),
            Some(last) => from_the_right.fold(*last, |right, left| node_hash(left, &right)),
        }
    }

    /// The size as eight big-endian bytes, then the peaks, widest first, 32 bytes each.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        for peak in &self.peaks {
            bytes.extend_from_slice(&peak.0);
        }
        bytes
    }

    /// Reads what [`Frontier::to_bytes`] wrote.
    ///
    /// # Errors
    /// A length that does not go with the size.
    pub fn from_bytes(bytes: &[u8]) -> Result<Frontier> {
        let refused = || Error::Proof("The saved frontier has the wrong length; rebuild it from the leaves.".into());
        let (size, rest) = bytes.split_first_chunk::<8>().ok_or_else(refused)?;
        let size = u64::from_be_bytes(*size);
        let (peaks, left_over) = rest.as_chunks::<32>();
        if !left_over.is_empty() || peaks.len() != size.count_ones() as usize {
            return Err(refused());
        }
        Ok(Frontier { size, peaks: peaks.iter().map(|peak| Hash(*peak)).collect() })
    }
}

impl Levels {
    /// Builds every complete subtree in one pass: n − 1 hashes for n leaves at most.
    pub fn build(leaves: &[Hash]) -> Levels {
        let mut levels = vec![leaves.to_vec()];
        while let Some(below) = levels.last().filter(|below| below.len() > 1) {
            let above = below.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
            levels.push(above);
        }
        Levels(levels)
    }

    /// Adds the next leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut carried = leaf;
        for height in 0.. {
            if self.0.len() == height {
                self.0.push(Vec::new());
            }
            let level = &mut self.0[height];
            level.push(carried);
            match level.as_slice() {
                [.., left, right] if level.len().is_multiple_of(2) => carried = node_hash(left, right),
                _ => return,
            }
        }
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.0.first().map_or(0, Vec::len) as u64
    }

    /// The root of the first `size` leaves, or `None` when there are not that many.
    pub fn root(&self, size: u64) -> Option<Hash> {
        match size {
            0 => Some(empty_root()),
            _ if size > self.size() => None,
            _ => Some(self.range(0, size)),
        }
    }

    /// The inclusion proof of leaf `index` in the tree of the first `size` leaves: the leaf's sibling first.
    ///
    /// `None` when there is no such leaf in such a tree.
    pub fn inclusion(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        if index >= size || size > self.size() {
            return None;
        }
        let mut path = Vec::new();
        let (mut start, mut width) = (0, size);
        while width > 1 {
            let left = left_width(width);
            if index < start + left {
                path.push(self.range(start + left, width - left));
                width = left;
            } else {
                path.push(self.range(start, left));
                start += left;
                width -= left;
            }
        }
        path.reverse();
        Some(path)
    }

    /// The proof that the first `new_size` leaves begin with the first `old_size`.
    ///
    /// `None` when the sizes are in the wrong order or there are not that many leaves.
    pub fn consistency(&self, old_size: u64, new_size: u64) -> Option<Vec<Hash>> {
        if old_size > new_size || new_size > self.size() {
            return None;
        }
        if old_size == 0 || old_size == new_size {
            return Some(Vec::new());
        }
        let mut path = Vec::new();
        let (mut start, mut width, mut old) = (0, new_size, old_size);
        while old != width {
            let left = left_width(width);
            if old <= left {
                path.push(self.range(start + left, width - left));
                width = left;
            } else {
                path.push(self.range(start, left));
                start += left;
                width -= left;
                old -= left;
            }
        }
        if start != 0 {
            path.push(self.range(start, width));
        }
        path.reverse();
        Some(path)
    }

    /// The bytes of a tile, or `None` when the tree does not reach so far.
    pub fn tile(&self, tile: &Tile) -> Option<Vec<u8>> {
        let level = self.0.get(usize::from(tile.level) * 8)?;
        let from = usize::try_from(tile.n.checked_mul(TILE_WIDTH)?).ok()?;
        let hashes = level.get(from..from.checked_add(usize::from(tile.width))?)?;
        Some(hashes.iter().flat_map(|hash| hash.0).collect())
    }

    /// The root of the `width` leaves from `start`, which the split rule of RFC 6962 keeps aligned. `width` is not 0.
    fn range(&self, start: u64, width: u64) -> Hash {
        if width.is_power_of_two() {
            let height = width.trailing_zeros();
            return self.0[height as usize][(start >> height) as usize];
        }
        let left = left_width(width);
        node_hash(&self.range(start, left), &self.range(start + left, width - left))
    }
}

/// RFC 6962: the largest power of two smaller than `width`, which is at least 2.
fn left_width(width: u64) -> u64 {
    1 << (63 - (width - 1).leading_zeros())
}
