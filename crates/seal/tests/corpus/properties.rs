//! What must hold for any file.

use std::sync::OnceLock;

use proptest::prelude::*;
use seal::{Code, Trust, sentence, verify};

use crate::bases::{Base, Layout};
use crate::forge::{Signature, gap, sealed, signed};
use crate::people::{NOW, people};

fn trust() -> &'static Trust {
    static TRUST: OnceLock<Trust> = OnceLock::new();
    TRUST.get_or_init(|| people().trust())
}

/// A sealed file of each layout, and one that was signed twice.
fn files() -> &'static [Vec<u8>] {
    static FILES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    FILES.get_or_init(|| {
        let mut files: Vec<Vec<u8>> = [Layout::Table, Layout::Stream, Layout::ObjectStream]
            .map(|layout| sealed(&Base { layout, ..Base::default() }))
            .to_vec();
        files.push(signed(&files[0], &Signature::default()));
        files
    })
}

#[test]
fn no_changed_byte_outside_the_container_is_accepted() {
    for file in &files()[..3] {
        let (gap_start, gap_end) = gap(file);
        for at in (0..file.len()).filter(|at| !(gap_start..gap_end).contains(at)) {
            let mut changed = file.clone();
            changed[at] ^= 1 << (at % 8);
            assert!(verify(&changed, trust(), NOW).is_err(), "byte {at}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_flipped_bit_never_changes_what_is_accepted(file in 0usize..3, at: usize, bit in 0u8..8) {
        let file = &files()[file];
        let at = at % file.len();
        let mut changed = file.clone();
        changed[at] ^= 1 << bit;
        if verify(&changed, trust(), NOW).is_ok() {
            let (gap_start, gap_end) = gap(file);
            prop_assert!((gap_start..gap_end).contains(&at), "byte {at}");
        }
    }

    #[test]
    fn mangled_files_are_judged_without_panic(
        file in 0usize..4,
        cuts in proptest::collection::vec((any::<usize>(), 0usize..40, any::<Vec<u8>>()), 1..6),
    ) {
        let mut changed = files()[file].clone();
        for (at, length, new) in cuts {
            let at = at % changed.len();
            let end = (at + length).min(changed.len());
            changed.splice(at..end, new);
        }
        let _ = verify(&changed, trust(), NOW);
    }

    #[test]
    fn anything_is_judged_without_panic(bytes: Vec<u8>) {
        let _ = verify(&[b"%PDF-1.7\n", bytes.as_slice()].concat(), trust(), NOW);
    }
}

#[test]
fn every_code_has_its_own_name_and_sentence() {
    let names: std::collections::BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let sentences: std::collections::BTreeSet<_> =
        Code::ALL.iter().map(|code| sentence(*code)).collect();
    assert_eq!((names.len(), sentences.len()), (19, 19));
    for code in Code::ALL {
        let json = serde_json::to_string(code).unwrap();
        assert_eq!(json, format!("\"{code}\""));
        assert_eq!(serde_json::from_str::<Code>(&json).unwrap(), *code);
        // What is wrong, and what to do next.
        assert!(sentence(*code).matches(". ").count() == 1 && sentence(*code).ends_with('.'));
    }
}
