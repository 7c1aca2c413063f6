//! What must hold for every tree, place and key.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test would")]

use ledger::{
    ConsistencyProof, Entry, Hash, Head, HeadSigner, InclusionProof, LedgerRefusal, SignedHead,
    Tree, verify_consistency, verify_inclusion,
};
use proptest::prelude::*;
use ring::rand::SystemRandom;

fn entry(number: u32) -> Entry {
    Entry::PaperIssued {
        meeting: [1; 16],
        paper: [2; 16],
        version: number,
        sha256: [3; 32],
        bytes: u64::from(number),
        issued_at: i64::from(number),
    }
}

fn tree(size: u32) -> Tree {
    Tree::from_leaves((0..size).map(|number| entry(number).leaf_hash()))
}

fn signer() -> HeadSigner {
    let entropy = SystemRandom::new();
    HeadSigner::from_pkcs8(&HeadSigner::generate_pkcs8(&entropy).unwrap(), &entropy).unwrap()
}

fn signed(signer: &HeadSigner, tree: &Tree) -> SignedHead {
    signer.sign_head(tree, 1_000, &SystemRandom::new()).unwrap()
}

fn head(signer: &HeadSigner, tree: &Tree) -> Head {
    signer.verifier().verify_head(&signed(signer, tree)).unwrap()
}

#[test]
fn every_leaf_of_every_tree_proves_and_no_other_does() {
    let signer = signer();
    for size in 1..=70 {
        let tree = tree(size);
        let head = head(&signer, &tree);
        for number in 0..size {
            let proof = tree.inclusion_proof(u64::from(number)).unwrap();
            assert_eq!(verify_inclusion(&entry(number), &proof, &head), Ok(()));
            let other = entry((number + 1) % (size + 1));
            let refused = Err(LedgerRefusal::NotIncluded);
            assert_eq!(verify_inclusion(&other, &proof, &head), refused);
            for index in (0..u64::from(size) + 2).filter(|index| *index != u64::from(number)) {
                let moved = InclusionProof { index, ..proof.clone() };
                assert_eq!(verify_inclusion(&entry(number), &moved, &head), refused, "{index}");
            }
        }
        assert_eq!(tree.inclusion_proof(u64::from(size)), None);
    }
}

#[test]
fn every_prefix_is_consistent_and_no_other_tree_is() {
    let signer = signer();
    let heads: Vec<Head> = (0..=40).map(|size| head(&signer, &tree(size))).collect();
    let honest = (0..40).map(|number| entry(number).leaf_hash()).collect::<Vec<_>>();
    let mut changed = honest.clone();
    changed[0] = entry(99).leaf_hash();
    for (new_size, new) in heads.iter().enumerate() {
        let tree = Tree::from_leaves(honest[..new_size].to_vec());
        for old_size in 0..=new_size {
            let old = &heads[old_size];
            let proof = tree.consistency_proof(old_size as u64).unwrap();
            assert_eq!(verify_consistency(old, new, &proof), Ok(()), "{old_size} {new_size}");
            if old_size == 0 {
                continue;
            }
            let forged = Tree::from_leaves(changed[..old_size].to_vec());
            let refused = Err(LedgerRefusal::NotConsistent);
            assert_eq!(verify_consistency(&head(&signer, &forged), new, &proof), refused);
            if old_size < new_size {
                assert_eq!(verify_consistency(new, old, &proof), refused, "backwards");
            }
        }
    }
}

#[test]
fn growing_equals_building() {
    let mut grown = Tree::default();
    for size in 0..200 {
        assert_eq!(grown, tree(size));
        grown.push(entry(size).leaf_hash());
    }
}

fn flip(bytes: &mut [u8], bit: usize) {
    let bit = bit % (bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
}

proptest! {
    #[test]
    fn a_flipped_bit_in_a_proof_fails(size in 2u32..300, place: u32, hash: usize, bit: usize) {
        let signer = signer();
        let tree = tree(size);
        let head = head(&signer, &tree);
        let place = place % size;
        let mut proof = tree.inclusion_proof(u64::from(place)).unwrap();
        let hash = hash % proof.path.len();
        flip(&mut proof.path[hash].0, bit);
        prop_assert!(verify_inclusion(&entry(place), &proof, &head).is_err());
        proof.path.remove(hash);
        prop_assert!(verify_inclusion(&entry(place), &proof, &head).is_err());
        proof.path.resize(400, Hash([0; 32]));
        prop_assert!(verify_inclusion(&entry(place), &proof, &head).is_err());

        let old_size = place.max(1);
        let old = signer.verifier().verify_head(&signed(&signer, &self::tree(old_size))).unwrap();
        let proof = tree.consistency_proof(u64::from(old_size)).unwrap();
        let mut flipped = proof.clone();
        let hash = hash % proof.path.len();
        flip(&mut flipped.path[hash].0, bit);
        prop_assert!(verify_consistency(&old, &head, &flipped).is_err());
        let cut = ConsistencyProof { path: proof.path[1..].to_vec() };
        prop_assert!(verify_consistency(&old, &head, &cut).is_err());
    }

    #[test]
    fn a_flipped_bit_in_an_entry_fails(bit: usize, size in 1u32..50) {
        let signer = signer();
        let tree = tree(size);
        let head = head(&signer, &tree);
        let proof = tree.inclusion_proof(0).unwrap();
        let mut bytes = entry(0).to_bytes();
        flip(&mut bytes, bit);
        match Entry::from_bytes(&bytes) {
            Ok(other) => prop_assert!(verify_inclusion(&other, &proof, &head).is_err()),
            Err(refusal) => prop_assert_eq!(refusal, LedgerRefusal::Entry),
        }
    }

    #[test]
    fn a_flipped_bit_in_a_head_fails(bit: usize, size in 1u32..50) {
        let signer = signer();
        let good = signed(&signer, &tree(size));
        let refused = Err(LedgerRefusal::Signature);
        let mut root = good.clone();
        flip(&mut root.root.0, bit);
        prop_assert_eq!(signer.verifier().verify_head(&root), refused);
        let larger = SignedHead { size: good.size ^ (1 << (bit % 64)), ..good.clone() };
        prop_assert_eq!(signer.verifier().verify_head(&larger), refused);
        let later = SignedHead { signed_at: good.signed_at ^ (1 << (bit % 63)), ..good.clone() };
        prop_assert_eq!(signer.verifier().verify_head(&later), refused);
        let mut bytes = hex::decode(&good.signature).unwrap();
        flip(&mut bytes, bit);
        let resigned = SignedHead { signature: hex::encode(bytes), ..good };
        prop_assert_eq!(signer.verifier().verify_head(&resigned), refused);
    }

    #[test]
    fn a_signature_is_good_for_its_context_and_body_only(
        context in "[a-z0-9-]{1,40}", other in "[a-z0-9-]{1,40}", body: Vec<u8>, bit: usize,
    ) {
        let signer = signer();
        let signature = signer.sign(&context, &body, &SystemRandom::new()).unwrap();
        prop_assert_eq!(signer.verifier().verify(&context, &body, &signature), Ok(()));
        let stranger = self::signer();
        prop_assert!(stranger.verifier().verify(&context, &body, &signature).is_err());
        if other != context {
            prop_assert!(signer.verifier().verify(&other, &body, &signature).is_err());
        }
        let mut changed = body.clone();
        changed.push(0);
        prop_assert!(signer.verifier().verify(&context, &changed, &signature).is_err());
        flip(&mut changed, bit);
        prop_assert!(signer.verifier().verify(&context, &changed, &signature).is_err());
        // Moving a byte from the body to the context is another message.
        let longer = format!("{context}a");
        let shifted = [b"a", body.as_slice()].concat();
        let signature = signer.sign(&context, &shifted, &SystemRandom::new()).unwrap();
        prop_assert!(signer.verifier().verify(&longer, &body, &signature).is_err());
    }
}

#[test]
fn contexts_have_1_to_255_bytes() {
    let signer = signer();
    for (length, good) in [(0, false), (1, true), (255, true), (256, false)] {
        let result = signer.sign(&"c".repeat(length), b"body", &SystemRandom::new());
        assert_eq!(result.is_ok(), good, "{length} bytes");
    }
}
