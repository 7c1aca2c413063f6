//! The layouts and the RFC's numbers, committed: whoever changes one breaks every proof that is
//! already in the world.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test would")]

use ledger::canonical::{head_bytes, recording_link_bytes, signed_bytes};
use ledger::{Entry, Hash, HeadVerifier, RecordingLink, SignedHead, Tree, leaf_hash};

fn paper() -> Entry {
    Entry::PaperIssued {
        meeting: [0x11; 16],
        paper: [0x22; 16],
        version: 3,
        sha256: [0x33; 32],
        bytes: 1_048_577,
        issued_at: 1_795_496_400_000,
    }
}

#[test]
fn an_entry_has_these_bytes() {
    let golden = concat!(
        "6469656d6361752d656e7472792d3100",
        "01",
        "11111111111111111111111111111111",
        "22222222222222222222222222222222",
        "00000003",
        "3333333333333333333333333333333333333333333333333333333333333333",
        "0000000000100001",
        "000001a20becd480",
    );
    assert_eq!(hex::encode(paper().to_bytes()), golden);
    assert_eq!(Entry::from_bytes(&hex::decode(golden).unwrap()), Ok(paper()));
}

#[test]
fn v11_recording_has_these_bytes() {
    let entry = Entry::RecordingKept {
        meeting: [0x11; 16],
        recording: 9,
        links: 258,
        head: [0x33; 32],
        closed_at: 1_795_496_400_000,
    };
    let golden = concat!(
        "6469656d6361752d656e7472792d3100",
        "02",
        "11111111111111111111111111111111",
        "0000000000000009",
        "0000000000000102",
        "3333333333333333333333333333333333333333333333333333333333333333",
        "000001a20becd480",
    );
    assert_eq!(hex::encode(entry.to_bytes()), golden);
    assert_eq!(Entry::from_bytes(&entry.to_bytes()), Ok(entry.clone()));
    assert!(Entry::from_bytes(&entry.to_bytes()[..88]).is_err());
    assert!(Entry::from_bytes(&[paper().to_bytes(), vec![0]].concat()).is_err());

    let link = RecordingLink { part: [0x22; 16], offset: 260, length: 7, sha256: [0x44; 32] };
    let golden = concat!(
        "6469656d6361752d7265636f72642d31",
        "5555555555555555555555555555555555555555555555555555555555555555",
        "22222222222222222222222222222222",
        "0000000000000104",
        "0000000000000007",
        "4444444444444444444444444444444444444444444444444444444444444444",
    );
    assert_eq!(hex::encode(recording_link_bytes(&Hash([0x55; 32]), &link)), golden);
}

#[test]
fn an_entry_has_this_json() {
    let golden = format!(
        r#"{{"entry":"paper_issued","meeting":"{}","paper":"{}","version":3,"sha256":"{}","bytes":1048577,"issued_at":1795496400000}}"#,
        "11".repeat(16),
        "22".repeat(16),
        "33".repeat(32),
    );
    assert_eq!(serde_json::to_string(&paper()).unwrap(), golden);
    assert_eq!(serde_json::from_str::<Entry>(&golden).unwrap(), paper());
}

#[test]
fn a_hash_is_64_digits_in_json() {
    let digits = format!("\"{}\"", "ab".repeat(32));
    assert_eq!(serde_json::to_string(&Hash([0xab; 32])).unwrap(), digits);
    assert_eq!(serde_json::from_str::<Hash>(&digits).unwrap(), Hash([0xab; 32]));
    assert!(serde_json::from_str::<Hash>("\"abcd\"").is_err());
}

#[test]
fn a_signed_head_has_these_bytes() {
    let body = head_bytes(5, &Hash([0x44; 32]), 1_795_496_400_000);
    let message = signed_bytes("diemcau-head-1", &body).unwrap();
    let golden = concat!(
        "6469656d6361752d7369676e65642d31",
        "0e",
        "6469656d6361752d686561642d31",
        "0000000000000005",
        "4444444444444444444444444444444444444444444444444444444444444444",
        "000001a20becd480",
    );
    assert_eq!(hex::encode(message), golden);
}

/// Signed once with a key that was thrown away; checks that today's code believes old heads.
#[test]
fn a_head_of_the_past_is_believed() {
    let verifier = HeadVerifier::from_public_key(&hex::decode(OLD_KEY).unwrap()).unwrap();
    let head: SignedHead = serde_json::from_str(OLD_HEAD).unwrap();
    assert_eq!(verifier.verify_head(&head).unwrap().size(), 8);
}

const OLD_KEY: &str = concat!(
    "046954ff8cea04637bfa3af4cc18bed13ead57281ed645a1c597a2bd3a6f1f7468",
    "02eb86cf85c3dea535c61c06d63e0d8e8f4ee0975d39e24555817dfa839f5402",
);
const OLD_HEAD: &str = concat!(
    r#"{"size":8,"root":"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad"#,
    r#"2f4960cfe370eff4604328","signed_at":1795496400000,"signature":"30450220178cf6c17"#,
    r#"4250be06eec10ddc5e65c00fa8f7a24331fccd9df4bdb0880662b14022100a5eda40fb858acae127"#,
    r#"05cf1b984cb79469ac09b571d50ebcda257f4b8c75beb"}"#,
);

/// The eight leaves that Certificate Transparency's implementations test with.
fn leaves() -> Vec<Hash> {
    [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    .map(|data| leaf_hash(&hex::decode(data).unwrap()))
    .to_vec()
}

fn digits(path: &[Hash]) -> Vec<String> {
    path.iter().map(|hash| hex::encode(hash.0)).collect()
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    let roots = [
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
    let tree = Tree::from_leaves(leaves());
    for (size, root) in roots.iter().enumerate() {
        let grown = Tree::from_leaves(leaves().into_iter().take(size)).root();
        assert_eq!(hex::encode(grown.0), *root, "{size} leaves");
        assert_eq!(tree.root_at(size as u64), Some(grown), "{size} leaves, looking back");
    }
}

#[test]
fn proofs_are_those_of_certificate_transparency() {
    let tree = Tree::from_leaves(leaves());
    let first = [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ];
    let six = [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];
    assert_eq!(digits(&tree.inclusion_proof(0).unwrap().path), first);
    assert_eq!(digits(&tree.consistency_proof(1).unwrap().path), first);
    assert_eq!(digits(&tree.consistency_proof(6).unwrap().path), six);
}
