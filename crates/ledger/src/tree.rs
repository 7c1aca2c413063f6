//! Merkle tree hashing and the making of proofs, RFC 9162, section 2.1.
//!
//! Own code rather than the crate `ct-merkle`: the tree is what the product's word rests on, the
//! RFC's algorithms are a page long and come with test vectors, the browser needs the very same
//! page in TypeScript, and the crate (unaudited, 0.3) would keep entries where we keep hashes.

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use crate::hexadecimal;
use crate::proof::{ConsistencyProof, InclusionProof};

/// A node of the tree: SHA-256, 64 hexadecimal digits in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hash(#[serde(with = "hexadecimal")] pub [u8; 32]);

/// The hash of a leaf: `SHA-256(0x00 ‖ data)`.
#[must_use]
pub fn leaf_hash(data: &[u8]) -> Hash {
    hash(&[&[0], data])
}

/// The hash of an inner node: `SHA-256(0x01 ‖ left ‖ right)`.
pub(crate) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    hash(&[&[1], &left.0, &right.0])
}

/// Leaf hashes in order, and the hash of every complete subtree over them, so that appending,
/// the root and a proof cost a few hashes whatever the size. 64 bytes of memory an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// `levels[k][i]` is the root over the `2^k` leaves from `i · 2^k` on.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// The tree over leaf hashes as they were stored.
    pub fn from_leaves(leaves: impl IntoIterator<Item = Hash>) -> Self {
        let mut tree = Self::default();
        for leaf in leaves {
            tree.push(leaf);
        }
        tree
    }

    /// How many leaves there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Appends a leaf; its index is the size before.
    pub fn push(&mut self, leaf: Hash) {
        let mut node = leaf;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let nodes = &mut self.levels[level];
            nodes.push(node);
            match nodes.as_slice() {
                [.., left, right] if nodes.len().is_multiple_of(2) => {
                    node = node_hash(left, right);
                }
                _ => return,
            }
        }
    }

    /// The root over all leaves; of an empty tree the hash of nothing, as the RFC says.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.range_root(0, self.length())
    }

    /// The root as it was when the tree had `size` leaves; `None` when it never had so many.
    #[must_use]
    pub fn root_at(&self, size: u64) -> Option<Hash> {
        let size = usize::try_from(size).ok().filter(|size| *size <= self.length())?;
        Some(self.range_root(0, size))
    }

    /// The proof that the leaf at `index` is under the present root (RFC 9162, 2.1.3.1).
    #[must_use]
    pub fn inclusion_proof(&self, index: u64) -> Option<InclusionProof> {
        let target = usize::try_from(index).ok().filter(|target| *target < self.length())?;
        let (mut start, mut end) = (0, self.length());
        let mut path = Vec::new();
        while end - start > 1 {
            let middle = start + split(end - start);
            if target < middle {
                path.push(self.range_root(middle, end));
                end = middle;
            } else {
                path.push(self.range_root(start, middle));
                start = middle;
            }
        }
        path.reverse();
        Some(InclusionProof { index, path })
    }

    /// The proof that the first `old_size` leaves are still the same (RFC 9162, 2.1.4.1).
    #[must_use]
    pub fn consistency_proof(&self, old_size: u64) -> Option<ConsistencyProof> {
        let old = usize::try_from(old_size).ok().filter(|old| *old <= self.length())?;
        let mut path = Vec::new();
        if old == 0 || old == self.length() {
            return Some(ConsistencyProof { path });
        }
        let (mut start, mut end) = (0, self.length());
        while old != end {
            let middle = start + split(end - start);
            if old <= middle {
                path.push(self.range_root(middle, end));
                end = middle;
            } else {
                path.push(self.range_root(start, middle));
                start = middle;
            }
        }
        if start != 0 {
            path.push(self.range_root(start, end));
        }
        path.reverse();
        Some(ConsistencyProof { path })
    }

    fn length(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    /// The root over the leaves from `start` to before `end`. `start` is a multiple of the
    /// greatest power of two that the range can hold, as all ranges of the RFC's algorithms are.
    fn range_root(&self, start: usize, end: usize) -> Hash {
        let mut complete = Vec::new();
        let mut from = start;
        while from < end {
            let level = (end - from).ilog2();
            complete.push(self.levels[level as usize][from >> level]);
            from += 1 << level;
        }
        complete
            .into_iter()
            .rev()
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(|| hash(&[]))
    }
}

/// The greatest power of two smaller than `length`, which is at least 2.
fn split(length: usize) -> usize {
    1 << (length - 1).ilog2()
}

fn hash(parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.finish().as_ref());
    Hash(bytes)
}
