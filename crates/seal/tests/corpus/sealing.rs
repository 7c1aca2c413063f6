//! What may be sealed, and how a sealed file looks.

use seal::{
    Code, FileKey, RsaPadding, SealRequest, SignError, SignRefusal, Signer, SignerError, sign,
};

use crate::bases::{Base, Layout};
use crate::forge::{Signature, find, request, sealed, signed};
use crate::people::{key, people};

#[test]
fn files_that_must_not_be_sealed() {
    let base = Base::default();
    let encrypted = Base {
        trailer: "/Encrypt<</Filter/Standard/V 1/R 2/O<00>/U<00>/P -4>>/ID[<00><00>]".into(),
        ..Base::default()
    };
    let script = Base { catalog: "/OpenAction<</S/JavaScript/JS(x)>>".into(), ..Base::default() };
    let certified = signed(
        &base.build(),
        &Signature {
            entries: "/Reference[<</TransformMethod/DocMDP/TransformParams<</P 1>>>>]",
            ..Signature::default()
        },
    );
    let mut moved = base.build();
    moved.splice(9..9, *b"% moved\n");
    let cases = [
        ("encrypted", encrypted.build(), "ENCRYPTED"),
        ("a script", script.build(), "ACTIVE"),
        ("not a PDF", b"PK\x03\x04".to_vec(), "MALFORMED"),
        ("offsets that are wrong", moved, "MALFORMED"),
        ("certified", certified, "Certified"),
        ("sealed already", sealed(&base), "AlreadySigned"),
    ];
    for (name, pdf, expected) in cases {
        let refusal = match sign(&pdf, &request(), &key(&people().office)) {
            Err(SignError::Refused(SignRefusal::File(refused))) => refused.code.to_string(),
            Err(SignError::Refused(refusal)) => format!("{refusal:?}"),
            other => panic!("{name}: {:?}", other.map(|pdf| pdf.len())),
        };
        assert_eq!(refusal, expected, "{name}");
    }
}

#[test]
fn the_files_own_bytes_stay() {
    for layout in [Layout::Table, Layout::Stream, Layout::ObjectStream] {
        let base = Base { layout, pages: 3, ..Base::default() };
        let (plain, sealed) = (base.build(), sealed(&base));
        assert!(sealed.starts_with(&plain), "{layout:?}");
        assert!(sealed.len() < plain.len() + 20_000, "{layout:?}: {} bytes", sealed.len());
    }
}

#[test]
fn the_reason_is_written_and_read() {
    let reason = Some("Xác thực toàn vẹn tài liệu họp".to_owned());
    let request = SealRequest { reason: reason.clone(), ..request() };
    let sealed = sign(&Base::default().build(), &request, &key(&people().office)).unwrap();
    let verified = seal::verify(&sealed, &people().trust(), crate::people::NOW).unwrap();
    assert_eq!(verified.signers[0].reason, reason);
    find(&sealed, b"/SubFilter/ETSI.CAdES.detached");
}

/// A key's keeper that has its own ideas.
struct Keeper {
    key: FileKey,
    answer: fn(Vec<u8>) -> Result<Vec<u8>, SignerError>,
}

impl Signer for Keeper {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        (self.answer)(self.key.sign(message)?)
    }

    fn algorithm(&self) -> seal::Algorithm {
        self.key.algorithm()
    }

    fn chain(&self) -> &[Vec<u8>] {
        self.key.chain()
    }
}

#[test]
fn a_key_that_fails_gives_no_file() {
    let keeper = |answer| Keeper { key: key(&people().office), answer };
    let broken = keeper(|mut signature| {
        *signature.last_mut().unwrap() ^= 1;
        Ok(signature)
    });
    let absent = keeper(|_| Err(SignerError { message_bytes: 0, reason: "gone".to_owned() }));
    let huge = keeper(|_| Ok(vec![0; 1 << 20]));
    let pdf = Base::default().build();
    let result = |keeper: &Keeper| sign(&pdf, &request(), keeper);
    assert!(
        matches!(result(&broken), Err(SignError::SelfCheck(refused)) if refused.code == Code::Signature)
    );
    assert!(matches!(result(&absent), Err(SignError::Signer(_))));
    assert!(matches!(result(&huge), Err(SignError::Container(_))));
}

#[test]
fn keys_come_from_pkcs12() {
    let entropy = || Box::new(ring::rand::SystemRandom::new());
    for identity in [&people().office, &people().office_rsa] {
        let file = identity.pkcs12("mật khẩu").unwrap();
        let opened = FileKey::from_pkcs12(&file, "mật khẩu", RsaPadding::Pss, entropy()).unwrap();
        assert_eq!(opened.chain(), &identity.chain[..2], "the anchor is left out");
        sign(&Base::default().build(), &request(), &opened).unwrap();
        let wrong = FileKey::from_pkcs12(&file, "khác", RsaPadding::Pss, entropy());
        assert!(matches!(wrong, Err(seal::KeyFileError::Open(_))));
    }
}
