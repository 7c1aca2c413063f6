//! The binary, as others rely on it.

use std::path::Path;
use std::process::{Command, Output};

use seal::sign_stamped;

use crate::bases::Base;
use crate::forge::{request, sealed};
use crate::people::{NOW, key, people};
use crate::stamps::Stamper;
use crate::times::Times;

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_diemcau-seal")).args(arguments).output().unwrap()
}

/// Writes what the tests need into a folder.
fn lay_out(folder: &Path) {
    let people = people();
    for name in ["anchors", "crls"] {
        std::fs::create_dir(folder.join(name)).unwrap();
    }
    std::fs::write(folder.join("anchors/root.der"), &people.root).unwrap();
    for (number, list) in people.lists.iter().enumerate() {
        std::fs::write(folder.join(format!("crls/{number}.crl")), list).unwrap();
    }
    std::fs::write(folder.join("good.pdf"), sealed(&Base::default())).unwrap();
    std::fs::write(folder.join("plain.pdf"), Base::default().build()).unwrap();
    std::fs::write(folder.join("key.p12"), people.office.pkcs12("mật khẩu").unwrap()).unwrap();
    std::fs::write(folder.join("password"), "mật khẩu\n").unwrap();
    std::fs::write(folder.join("allow"), "Nguyễn Thị Ủ Đễ\n").unwrap();
}

#[test]
fn verify_and_sign_as_others_call_them() {
    let folder = tempfile::tempdir().unwrap();
    lay_out(folder.path());
    let place = |name: &str| folder.path().join(name).display().to_string();
    let (anchors, crls, allow) = (place("anchors"), place("crls"), place("allow"));
    let (good, plain) = (place("good.pdf"), place("plain.pdf"));
    let common = ["verify", "--anchors", &anchors, "--at", "2026-11-24T12:00:00Z"];
    let call = |rest: &[&str]| run(&[&common, rest].concat());

    // Each with the exit code and the codes of its lines.
    let cases: [(&[&str], i32, &[&str]); 6] = [
        (&["--crls", &crls, &good], 0, &[""]),
        (&["--crls", &crls, &good, &plain], 1, &["", "NO_SIGNATURE"]),
        (&[&good], 1, &["REVOCATION_UNKNOWN"]),
        (&["--crls", &crls, "--allow", &allow, &good], 1, &["SIGNER"]),
        (&["--crls", &crls], 2, &[]),
        (&["--crls", "/nowhere", &good], 2, &[]),
    ];
    for (arguments, status, codes) in cases {
        let output = call(arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}");
        let lines: Vec<serde_json::Value> = String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let found: Vec<_> = lines.iter().map(|line| line["code"].as_str().unwrap_or("")).collect();
        assert_eq!(found, codes, "{arguments:?}");
        for line in lines {
            let verdict = if line["code"].is_null() { "accept" } else { "refuse" };
            assert_eq!(line["verdict"], verdict);
            assert_eq!(line["proof"].is_null(), verdict == "refuse");
            assert_eq!(line["meaning"].is_null(), verdict == "refuse");
            assert_eq!(line["reason"].is_null(), verdict == "accept");
        }
    }

    let out = place("out.pdf");
    let sign = ["sign", "--pkcs12", &place("key.p12"), "--password-file", &place("password")];
    let sealed = run(&[&sign[..], &["--pss", &plain, &out]].concat());
    assert_eq!(sealed.status.code(), Some(0), "{}", String::from_utf8_lossy(&sealed.stderr));
    assert_eq!(call(&["--crls", &crls, &out]).status.code(), Some(0));
    let again = run(&[&sign[..], &[&out, &place("again.pdf")]].concat());
    assert_eq!(again.status.code(), Some(1), "a sealed file is not sealed again");
}

#[test]
fn a_proven_time_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let times = Times::at(NOW);
    let write = |name: String, bytes: &[u8]| {
        let place = folder.path().join(name);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, bytes).unwrap();
    };
    write("anchors/root.der".into(), &times.root);
    write("tsa/root.der".into(), &times.stamp_root);
    for (number, list) in times.lists.iter().chain(&times.stamp_lists).enumerate() {
        write(format!("crls/{number}.crl"), list);
    }
    let stamper = Stamper::new(&times.stamper, NOW);
    let key = key(&times.office);
    let pdf = sign_stamped(&Base::default().build(), &request(), &key, &stamper).unwrap();
    write("stamped.pdf".into(), &pdf);
    let place = |name: &str| folder.path().join(name).display().to_string();
    let (anchors, crls, tsa) = (place("anchors"), place("crls"), place("tsa"));
    let common = ["verify", "--at", "2026-11-25T12:00:00Z", "--anchors", &anchors];
    let file = place("stamped.pdf");
    let line = |rest: &[&str]| -> serde_json::Value {
        let output = run(&[&common, rest, &["--crls", &crls, &file]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let proven = line(&["--tsa-anchors", &tsa]);
    assert_eq!(proven["proof"], "VALID_AT_STAMP");
    assert_eq!(proven["signers"][0]["proven"]["at"], NOW);
    assert_eq!(proven["signers"][0]["proven"]["authority"], "Dấu thời gian");
    let not_proven = line(&[]);
    assert_eq!(not_proven["proof"], "VALID_NOW");
    assert!(not_proven["signers"][0]["proven"].is_null());
}
