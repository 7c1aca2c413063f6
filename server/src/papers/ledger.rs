//! The ledger service: entries in the transaction of their event, signed heads, proofs.
//!
//! The tree in memory is a cache of the table: it is brought up to date before it is used, so
//! that nothing has to be told when an entry was appended.

use std::sync::{Arc, Mutex, PoisonError};

use ledger::{Entry, InclusionProof, KeyError, SignedHead, Tree};
use meeting::{Digest, MeetingId, PaperId, Timestamp};
use ring::rand::SystemRandom;

use super::Keys;
use crate::store::ledger as table;
use crate::store::{self, Db};

/// Leaves read at a time.
const LEAVES_MAX: i64 = 10_000;
/// A head of the same tree is signed anew after this.
const HEAD_MILLIS_MAX: i64 = 60_000;

/// Appends to the one ledger of the server and proves what is in it.
#[derive(Clone)]
pub(crate) struct Ledger {
    db: Db,
    keys: Arc<Keys>,
    cache: Arc<Mutex<Cache>>,
}

#[derive(Default)]
struct Cache {
    tree: Tree,
    head: Option<SignedHead>,
}

/// That an entry is in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proven {
    /// The entry.
    pub(crate) entry: Entry,
    /// The way from the entry to the root of the head.
    pub(crate) proof: InclusionProof,
}

/// The ledger failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LedgerError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The head key failed.
    #[error("ledger: the head cannot be signed")]
    Key(#[from] KeyError),
    /// An entry that was appended is not under the head.
    #[error("ledger: entry {index} is not under a head of {size} entries")]
    Missing {
        /// Its place.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
}

impl Ledger {
    /// Over the table of `db`, signed with the head key of `keys`.
    pub(crate) fn new(db: Db, keys: Arc<Keys>) -> Self {
        Self { db, keys, cache: Arc::default() }
    }

    /// A signed head that is not old, and proofs under it for these versions of papers, in their
    /// order; `None` for one that was not issued.
    pub(crate) async fn prove(
        &self,
        papers: &[(MeetingId, PaperId, u32)],
        now: Timestamp,
    ) -> Result<(SignedHead, Vec<Option<Proven>>), LedgerError> {
        let mut placed = Vec::with_capacity(papers.len());
        {
            let mut reader = self.db.read().await?;
            for (meeting, paper, version) in papers {
                placed.push(table::find(&mut reader, *meeting, *paper, *version).await?);
            }
        }
        self.under_head(placed, now).await
    }

    /// The same for every entry about some bytes.
    pub(crate) async fn prove_file(
        &self,
        sha256: &Digest,
        now: Timestamp,
    ) -> Result<(SignedHead, Vec<Proven>), LedgerError> {
        let placed = table::find_by_sha256(&mut *self.db.read().await?, sha256).await?;
        let (head, proven) = self.under_head(placed.into_iter().map(Some).collect(), now).await?;
        Ok((head, proven.into_iter().flatten().collect()))
    }

    async fn under_head(
        &self,
        placed: Vec<Option<table::Placed>>,
        now: Timestamp,
    ) -> Result<(SignedHead, Vec<Option<Proven>>), LedgerError> {
        self.catch_up().await?;
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let head = cache.head(&self.keys, now)?;
        let tree = &cache.tree;
        let prove = |found: Option<table::Placed>| {
            let Some(table::Placed { index, entry }) = found else { return Ok(None) };
            let proof = tree.inclusion_proof(index);
            let proof = proof.ok_or(LedgerError::Missing { index, size: tree.size() })?;
            Ok(Some(Proven { entry, proof }))
        };
        let proven = placed.into_iter().map(prove).collect::<Result<_, LedgerError>>()?;
        Ok((head, proven))
    }

    /// Reads the leaves that the tree does not have yet.
    async fn catch_up(&self) -> Result<(), LedgerError> {
        let mut reader = self.db.read().await?;
        loop {
            let from = self.cache.lock().unwrap_or_else(PoisonError::into_inner).tree.size();
            let leaves = table::leaves_from(&mut reader, from, LEAVES_MAX).await?;
            if leaves.is_empty() {
                return Ok(());
            }
            let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
            // Two readers may have read the same leaves; each place is pushed once.
            for (index, leaf) in (from..).zip(leaves) {
                if index == cache.tree.size() {
                    cache.tree.push(leaf);
                }
            }
        }
    }
}

impl Cache {
    fn head(&mut self, keys: &Keys, now: Timestamp) -> Result<SignedHead, KeyError> {
        let fresh = |head: &&SignedHead| {
            head.size == self.tree.size()
                && now.millis() - head.signed_at < HEAD_MILLIS_MAX
                && now.millis() >= head.signed_at
        };
        if let Some(head) = self.head.as_ref().filter(fresh) {
            return Ok(head.clone());
        }
        let head = keys.head.sign_head(&self.tree, now.millis(), &SystemRandom::new())?;
        self.head = Some(head.clone());
        Ok(head)
    }
}
