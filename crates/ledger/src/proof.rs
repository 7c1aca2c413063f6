//! The checking of proofs, RFC 9162, sections 2.1.3.2 and 2.1.4.2.

use serde::{Deserialize, Serialize};

use crate::entry::Entry;
use crate::head::Head;
use crate::limits::{CONSISTENCY_HASHES_MAX, PATH_HASHES_MAX};
use crate::refusal::LedgerRefusal;
use crate::tree::{Hash, node_hash};

/// That an entry is the one at `index` under a head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InclusionProof {
    /// Its place, from 0.
    pub index: u64,
    /// The sibling hashes from leaf to root.
    pub path: Vec<Hash>,
}

/// That one head's entries are the first entries of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsistencyProof {
    /// The hashes in the order of RFC 9162, 2.1.4.1.
    pub path: Vec<Hash>,
}

/// Checks that the entry is in the ledger that the head speaks of. The head was verified before:
/// nothing else makes one.
pub fn verify_inclusion(
    entry: &Entry,
    proof: &InclusionProof,
    head: &Head,
) -> Result<(), LedgerRefusal> {
    let leaf = entry.leaf_hash();
    match root_of_path(leaf, proof.index, head.size(), &proof.path) {
        Some(root) if root == head.root() => Ok(()),
        _ => Err(LedgerRefusal::NotIncluded),
    }
}

/// Checks that the newer head only added to the older one. Two heads of one size must be one.
pub fn verify_consistency(
    old: &Head,
    new: &Head,
    proof: &ConsistencyProof,
) -> Result<(), LedgerRefusal> {
    let holds = if old.size() > new.size() {
        false
    } else if old.size() == new.size() {
        old.root() == new.root() && proof.path.is_empty()
    } else if old.size() == 0 {
        // Every ledger begins empty; there is nothing to prove.
        proof.path.is_empty()
    } else {
        roots_of_proof(old, new.size(), &proof.path) == Some((old.root(), new.root()))
    };
    if holds { Ok(()) } else { Err(LedgerRefusal::NotConsistent) }
}

/// The root that a path leads to; `None` when the path is too long or too short for the place.
fn root_of_path(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if index >= size || path.len() > PATH_HASHES_MAX {
        return None;
    }
    let (mut node, mut last) = (index, size - 1);
    let mut root = leaf;
    for sibling in path {
        if last == 0 {
            return None;
        }
        if node & 1 == 1 || node == last {
            root = node_hash(sibling, &root);
            // A node without a right sibling moves up until it has a left one.
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            root = node_hash(&root, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    (last == 0).then_some(root)
}

/// The old and the new root that a consistency proof leads to, for `0 < old.size < new_size`.
fn roots_of_proof(old: &Head, new_size: u64, path: &[Hash]) -> Option<(Hash, Hash)> {
    if path.is_empty() || path.len() > CONSISTENCY_HASHES_MAX {
        return None;
    }
    let (first, rest) = if old.size().is_power_of_two() {
        // The old root is itself a node of the new tree and is left out of the proof.
        (old.root(), path)
    } else {
        let (first, rest) = path.split_first()?;
        (*first, rest)
    };
    let (mut node, mut last) = (old.size() - 1, new_size - 1);
    while node & 1 == 1 {
        (node, last) = (node >> 1, last >> 1);
    }
    let (mut old_root, mut new_root) = (first, first);
    for sibling in rest {
        if last == 0 {
            return None;
        }
        if node & 1 == 1 || node == last {
            old_root = node_hash(sibling, &old_root);
            new_root = node_hash(sibling, &new_root);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            new_root = node_hash(&new_root, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    (last == 0).then_some((old_root, new_root))
}
