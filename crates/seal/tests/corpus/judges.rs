//! What we seal is judged by two outsiders, pyHanko and pdfsig, in `tests/judges`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use seal::{RsaPadding, SealRequest, sign, sign_stamped, verify};

use crate::bases::{Base, Layout};
use crate::people::{People, padded_key};
use crate::stamps::Stamper;
use crate::times::Times;

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The judges' interpreter; `None` where they are neither installed nor required.
pub(crate) fn python() -> Option<PathBuf> {
    let python = root().join("target/judges-venv/bin/python");
    if python.exists() {
        return Some(python);
    }
    let required = std::env::var("DIEMCAU_JUDGES").is_ok_and(|value| value == "required");
    assert!(!required, "the judges are required, and {} is missing", python.display());
    None
}

#[test]
fn outsiders_call_every_sealed_file_valid() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    lay_out(folder.path());
    let output = Command::new(python)
        .arg(root().join("tests/judges/judge.py"))
        .args(["--anchors", "anchors", "--crls", "crls", "files"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complaints}");
    assert!(said.contains("22 valid, 0 invalid"), "{said}");
}

/// Eleven sealed files, their anchor and its lists, as of the clock: pdfsig knows no other time.
#[expect(clippy::disallowed_methods, reason = "rule 9: pdfsig judges by the machine's clock")]
fn lay_out(folder: &Path) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let people = People::at(now);
    let base = Base::default;
    let form = Base {
        catalog: "/AcroForm 6 0 R".to_owned(),
        more: vec!["<</Fields[7 0 R]>>".to_owned(), "<</FT/Tx/T(x)/V(y)>>".to_owned()],
        ..base()
    };
    let annotations = Base { page: "/Annots 6 0 R".into(), more: vec!["[]".into()], ..base() };
    let (ecdsa, rsa) = (&people.office, &people.office_rsa);
    let (pss, pkcs1) = (RsaPadding::Pss, RsaPadding::Pkcs1);
    let files = [
        ("table-ecdsa", base(), ecdsa, pss),
        ("table-pss", base(), rsa, pss),
        ("table-pkcs1", base(), rsa, pkcs1),
        ("stream-ecdsa", Base { layout: Layout::Stream, ..base() }, ecdsa, pss),
        ("stream-pss", Base { layout: Layout::Stream, ..base() }, rsa, pss),
        ("packed-ecdsa", Base { layout: Layout::ObjectStream, ..base() }, ecdsa, pss),
        ("100-pages", Base { pages: 100, ..base() }, ecdsa, pss),
        ("form", form, ecdsa, pss),
        ("annotations", annotations, ecdsa, pss),
    ];
    for name in ["anchors", "crls", "files"] {
        std::fs::create_dir(folder.join(name)).unwrap();
    }
    std::fs::write(folder.join("anchors/root.der"), &people.root).unwrap();
    for (number, list) in people.lists.iter().enumerate() {
        std::fs::write(folder.join(format!("crls/{number}.crl")), list).unwrap();
    }
    let request = SealRequest {
        field: "Xác thực toàn vẹn".to_owned(),
        signed_at: now,
        reason: Some("Tài liệu họp".to_owned()),
    };
    for (name, base, identity, padding) in files {
        let sealed = sign(&base.build(), &request, &padded_key(identity, padding)).unwrap();
        verify(&sealed, &people.trust(), now).unwrap();
        std::fs::write(folder.join(format!("files/{name}.pdf")), sealed).unwrap();
    }
    lay_out_stamped(folder, &people, now, &request);
}

/// Two sealed files with time stamps; their authority is an anchor beside the other.
fn lay_out_stamped(folder: &Path, people: &People, now: u64, request: &SealRequest) {
    let times = Times::at(now);
    std::fs::write(folder.join("anchors/stamps.der"), &times.stamp_root).unwrap();
    for (number, list) in times.stamp_lists.iter().enumerate() {
        std::fs::write(folder.join(format!("crls/stamps-{number}.crl")), list).unwrap();
    }
    let stamper = Stamper::new(&times.stamper, now);
    for (name, identity) in [("stamped-ecdsa", &people.office), ("stamped-pss", &people.office_rsa)]
    {
        let key = padded_key(identity, RsaPadding::Pss);
        let sealed = sign_stamped(&Base::default().build(), request, &key, &stamper).unwrap();
        std::fs::write(folder.join(format!("files/{name}.pdf")), sealed).unwrap();
    }
}
