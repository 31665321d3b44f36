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
    Hash(
        Sha256::new()
            .chain_update([0])
            .chain_update(entry)
            .finalize()
            .into(),
    )
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
    let partial = if u64::from(width) < TILE_WIDTH {
        format!(".p/{width}")
    } else {
        String::new()
    };
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
            tiles.push(Tile {
                level,
                n,
                width: TILE_WIDTH as u16,
            });
        }
        if !new.is_multiple_of(TILE_WIDTH) {
            tiles.push(Tile {
                level,
                n: new / TILE_WIDTH,
                width: (new % TILE_WIDTH) as u16,
            });
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
        let bytes = STANDARD
            .decode(text)
            .ok()
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes
            .map(Hash)
            .ok_or_else(|| Error::Proof("A hash is not the base64 of 32 bytes.".into()))
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
        let refused =
            || Error::Proof("The saved frontier has the wrong length; rebuild it from the leaves.".into());
        let (size, rest) = bytes.split_first_chunk::<8>().ok_or_else(refused)?;
        let size = u64::from_be_bytes(*size);
        let (peaks, left_over) = rest.as_chunks::<32>();
        if !left_over.is_empty() || peaks.len() != size.count_ones() as usize {
            return Err(refused());
        }
        Ok(Frontier {
            size,
            peaks: peaks.iter().map(|peak| Hash(*peak)).collect(),
        })
    }
}

impl Levels {
    /// Builds every complete subtree in one pass: n − 1 hashes for n leaves at most.
    pub fn build(leaves: &[Hash]) -> Levels {
        let mut levels = vec![leaves.to_vec()];
        while let Some(below) = levels.last().filter(|below| below.len() > 1) {
            let above = below
                .as_chunks::<2>()
                .0
                .iter()
                .map(|[left, right]| node_hash(left, right))
                .collect();
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

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;
    use sha2_next::Sha256 as OracleHash;

    use super::*;

    /// The leaves of the test vectors that the Certificate Transparency implementations share.
    const LEAVES: [&str; 8] = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    /// Their roots, for trees of 0 to 8 leaves.
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
    }

    fn oracle(count: u64) -> MemoryBackedTree<OracleHash, [u8; 8]> {
        let mut tree = MemoryBackedTree::new();
        for n in 0..count {
            tree.push(n.to_be_bytes());
        }
        tree
    }

    fn joined(path: &[Hash]) -> Vec<u8> {
        path.iter().flat_map(|hash| hash.0).collect()
    }

    #[test]
    fn roots_are_those_of_the_published_vectors() {
        let hashes: Vec<Hash> = LEAVES
            .iter()
            .map(|leaf| leaf_hash(&hex::decode(leaf).expect("the vectors are hex")))
            .collect();
        let levels = Levels::build(&hashes);
        for (size, expected) in ROOTS.iter().enumerate() {
            assert_eq!(root(&hashes[..size]).to_string(), *expected);
            assert_eq!(
                levels
                    .root(size as u64)
                    .expect("the tree is that large")
                    .to_string(),
                *expected
            );
        }
    }

    #[test]
    fn every_proof_of_every_small_tree_agrees_with_ct_merkle_and_holds() {
        let hashes = leaves(70);
        let levels = Levels::build(&hashes);
        for size in 1..=70 {
            let tree = oracle(size);
            let top = levels.root(size).expect("the tree is that large");
            assert_eq!(top.0, <[u8; 32]>::from(*tree.root().as_bytes()));
            for index in 0..size {
                let path = levels.inclusion(index, size).expect("the leaf is there");
                assert_eq!(joined(&path), tree.prove_inclusion(index as usize).as_bytes());
                assert!(check_inclusion(&hashes[index as usize], index, size, &path, &top));
            }
            for old in 1..size {
                let path = levels.consistency(old, size).expect("the sizes are in order");
                assert_eq!(
                    joined(&path),
                    tree.prove_consistency((size - old) as usize).as_bytes()
                );
                let before = levels.root(old).expect("it was that large");
                assert!(check_consistency((old, &before), (size, &top), &path));
            }
        }
    }

    #[test]
    fn consistency_from_nothing_and_to_itself_needs_no_path() {
        let levels = Levels::build(&leaves(5));
        let top = levels.root(5).expect("five leaves");
        assert!(check_consistency((0, &empty_root()), (5, &top), &[]));
        assert!(
            !check_consistency((0, &top), (5, &top), &[]),
            "an empty tree has one root only"
        );
        assert!(check_consistency((5, &top), (5, &top), &[]));
        assert!(!check_consistency((5, &top), (5, &top), &[top]));
        assert!(!check_consistency((6, &top), (5, &top), &[]));
        assert!(!check_consistency((3, &top), (5, &top), &[]));
        assert_eq!(levels.consistency(4, 6), None);
        assert_eq!(levels.inclusion(5, 5), None);
    }

    /// The example of C2SP tlog-tiles: a tree of 70,000 entries.
    #[test]
    fn tiles_are_those_of_the_specification() {
        let tiles = tiles_for(0, 70_000);
        let of = |level| tiles.iter().filter(move |tile| tile.level == level);
        assert_eq!(of(0).filter(|tile| tile.width == 256).count(), 273);
        assert_eq!(of(0).next_back().map(|tile| tile.width), Some(112));
        assert_eq!(of(1).map(|tile| tile.width).collect::<Vec<_>>(), [256, 17]);
        assert_eq!(of(2).map(|tile| tile.width).collect::<Vec<_>>(), [1]);
        assert_eq!(tile_path(0, 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(tile_path(1, 0, 17), "tile/1/000.p/17");
        assert_eq!(tiles_for(256, 256), []);
    }

    #[test]
    fn a_full_tile_is_one_hash_of_the_level_above() {
        let hashes = leaves(700);
        let levels = Levels::build(&hashes);
        let above = levels
            .tile(&Tile {
                level: 1,
                n: 0,
                width: 2,
            })
            .expect("700 leaves fill two tiles");
        assert_eq!(above[..32], root(&hashes[..256]).0);
        assert_eq!(above[32..], root(&hashes[256..512]).0);
        assert_eq!(
            levels
                .tile(&Tile {
                    level: 0,
                    n: 2,
                    width: 188
                })
                .map(|tile| tile.len()),
            Some(188 * 32)
        );
        assert_eq!(
            levels.tile(&Tile {
                level: 0,
                n: 2,
                width: 189
            }),
            None
        );
        assert_eq!(
            levels.tile(&Tile {
                level: 9,
                n: u64::MAX,
                width: 1
            }),
            None
        );
    }

    #[test]
    fn a_hash_has_one_spelling() {
        let hash = leaf_hash(b"x");
        assert_eq!(hash.to_string().parse::<Hash>().expect("hex"), hash);
        assert_eq!(Hash::from_base64(&hash.base64()).expect("base64"), hash);
        assert!(hash.to_string().to_uppercase().parse::<Hash>().is_err());
        assert!(Hash::from_base64(hash.base64().trim_end_matches('=')).is_err());
        assert!("00".parse::<Hash>().is_err());
    }

    proptest! {
        #[test]
        fn a_frontier_goes_on_where_it_was_saved(first in 0_u64..600, more in 0_u64..600) {
            let hashes = leaves(first + more);
            let mut frontier = Frontier::new();
            let mut levels = Levels::default();
            for hash in &hashes[..first as usize] {
                frontier.push(*hash);
                levels.push(*hash);
            }
            prop_assert_eq!(Some(frontier.root()), levels.root(first));
            let mut frontier = Frontier::from_bytes(&frontier.to_bytes()).expect("it was written by us");
            for hash in &hashes[first as usize..] {
                frontier.push(*hash);
                levels.push(*hash);
            }
            let built = Levels::build(&hashes);
            prop_assert_eq!(Some(frontier.root()), built.root(first + more));
            prop_assert_eq!(Some(frontier.root()), levels.root(first + more));
            prop_assert_eq!(frontier.size(), first + more);
        }

        #[test]
        fn no_proof_holds_for_anything_else(size in 2_u64..300, seed in any::<u64>(), flip in 0_usize..256) {
            let hashes = leaves(size);
            let levels = Levels::build(&hashes);
            let (index, old) = (seed % size, 1 + seed % (size - 1));
            let top = levels.root(size).expect("built of that size");
            let leaf = hashes[index as usize];
            let path = levels.inclusion(index, size).expect("it is there");
            prop_assert!(check_inclusion(&leaf, index, size, &path, &top));
            prop_assert!(!check_inclusion(&leaf, (index + 1) % size, size, &path, &top));
            prop_assert!(!check_inclusion(&leaf, index, size, &path[1..], &top));
            let mut longer = path.clone();
            longer.push(top);
            prop_assert!(!check_inclusion(&leaf, index, size, &longer, &top));
            let mut wrong = path.clone();
            let at = (seed as usize / 7) % wrong.len();
            wrong[at].0[flip / 8] ^= 1 << (flip % 8);
            prop_assert!(!check_inclusion(&leaf, index, size, &wrong, &top));
            let before = levels.root(old).expect("smaller");
            let path = levels.consistency(old, size).expect("in order");
            prop_assert!(check_consistency((old, &before), (size, &top), &path));
            let mut wrong = path.clone();
            let at = (seed as usize / 7) % wrong.len();
            wrong[at].0[flip / 8] ^= 1 << (flip % 8);
            prop_assert!(!check_consistency((old, &before), (size, &top), &wrong));
            prop_assert!(!check_consistency((old, &before), (size, &top), &path[1..]));
        }

        #[test]
        fn hostile_proofs_and_frontiers_are_refused_without_panic(
            index in any::<u64>(), size in any::<u64>(), count in 0_usize..70, bytes in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let path = vec![empty_root(); count];
            prop_assert!(!check_inclusion(&empty_root(), index, size, &path, &empty_root()));
            check_consistency((index, &empty_root()), (size, &empty_root()), &path);
            if let Ok(frontier) = Frontier::from_bytes(&bytes) {
                prop_assert_eq!(frontier.to_bytes(), bytes);
            }
        }
    }
}
