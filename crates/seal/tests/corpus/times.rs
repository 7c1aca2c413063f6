//! Times that are proven, times that are only said, and what certificates were worth then.

use std::process::Command;
use std::sync::OnceLock;

use seal::authority::{Authority, Identity, Subject, Usage};
use seal::{
    Code, Evidence, Proof, Revocation, SealRequest, SignError, Trust, Verified, add_evidence, sign,
    sign_stamped, stamp_document, verify,
};

use crate::bases::{Base, CONTENT, stream};
use crate::forge::{Signature, find, gap, request, signed, update};
use crate::judges;
use crate::people::{DAY, NOW, key};
use crate::responses::Response;
use crate::stamps::{Fault, Stamper, time};

pub(crate) const YEAR: u64 = 365 * DAY;

/// A province's authority, a time stamping authority, and a stranger with their names.
pub(crate) struct Times {
    pub(crate) root: Vec<u8>,
    /// The lists on the day of signing, good for a week: of the root, of the authority.
    pub(crate) lists: Vec<Vec<u8>>,
    /// The same a fortnight later, for a year: `revoked` is revoked since ten days after signing.
    later_lists: Vec<Vec<u8>>,
    /// Of an authority with our names and other keys: one without, one with the office in it.
    forged_lists: [Vec<Vec<u8>>; 2],
    pub(crate) office: Identity,
    revoked: Identity,
    /// An official whose certificate ends a day after signing.
    brief: Identity,
    issuer: Identity,
    responder: Identity,
    stranger: Identity,
    pub(crate) stamp_root: Vec<u8>,
    pub(crate) stamp_lists: Vec<Vec<u8>>,
    /// Stamps for fifteen years.
    pub(crate) stamper: Identity,
    /// Stamps for a year.
    brief_stamper: Identity,
    revoked_stamper: Identity,
    /// Of the time stamping authority, and not for time stamps.
    not_for_stamps: Identity,
    /// For time stamps, and not critically; and for others, too.
    loose_stamper: Identity,
    mixed_stamper: Identity,
    strange_stamper: Identity,
}

fn times() -> &'static Times {
    static TIMES: OnceLock<Times> = OnceLock::new();
    TIMES.get_or_init(|| Times::at(NOW))
}

const fn subject(common_name: &str) -> Subject<'_> {
    Subject { common_name, organisation: "UBND tỉnh Hà Nam" }
}

const STAMPER: &str = "Dấu thời gian";

impl Times {
    pub(crate) fn at(now: u64) -> Self {
        let mut ours = Authority::new(now).unwrap();
        let mut stamping = Authority::for_years(now, "cấp dấu thời gian", 20).unwrap();
        let mut strange = Authority::for_years(now, "cấp dấu thời gian", 20).unwrap();
        let begin = now - DAY;
        let stamper = |authority: &mut Authority, years: u64| {
            let valid = begin..begin + years * YEAR;
            authority.issue_for(subject(STAMPER), Usage::TimeStamping, valid).unwrap()
        };
        let mut times = Self {
            root: ours.root_der().to_vec(),
            lists: ours.revocation_lists_for(begin..now + 7 * DAY).unwrap(),
            later_lists: Vec::new(),
            forged_lists: [Vec::new(), Vec::new()],
            office: ours.issue(subject("Văn phòng"), Usage::Signing).unwrap(),
            revoked: ours.issue(subject("Bị Thu Hồi"), Usage::Signing).unwrap(),
            brief: ours.issue_for(subject("Hết Hạn"), Usage::Signing, begin..now + DAY).unwrap(),
            issuer: ours.intermediate(),
            responder: ours.issue(subject("OCSP"), Usage::Responding).unwrap(),
            stranger: Authority::new(now)
                .unwrap()
                .issue(subject("OCSP"), Usage::Responding)
                .unwrap(),
            stamp_root: stamping.root_der().to_vec(),
            stamp_lists: Vec::new(),
            stamper: stamper(&mut stamping, 15),
            brief_stamper: stamper(&mut stamping, 1),
            revoked_stamper: stamper(&mut stamping, 15),
            not_for_stamps: stamping.issue(subject(STAMPER), Usage::Signing).unwrap(),
            loose_stamper: stamping.issue(subject(STAMPER), Usage::LooseTimeStamping).unwrap(),
            mixed_stamper: stamping.issue(subject(STAMPER), Usage::MixedTimeStamping).unwrap(),
            strange_stamper: stamper(&mut strange, 15),
        };
        let mut forger = Authority::new(now).unwrap();
        times.forged_lists[0] = forger.revocation_lists_for(begin..now + YEAR).unwrap();
        forger.revoke(times.office.serial);
        times.forged_lists[1] = forger.revocation_lists_for(begin..now + YEAR).unwrap();
        ours.revoke(times.revoked.serial);
        times.later_lists = ours.revocation_lists_for(now + 10 * DAY..now + YEAR).unwrap();
        stamping.revoke(times.revoked_stamper.serial);
        times.stamp_lists = stamping.revocation_lists_for(begin..now + 15 * YEAR).unwrap();
        times
    }

    /// Trust in both authorities, with these lists of the first.
    pub(crate) fn trust(&self, lists: &[Vec<u8>]) -> Trust {
        self.without_stamps(lists)
            .with_revocation_lists(&self.stamp_lists)
            .unwrap()
            .with_time_stamp_anchors(&[&self.stamp_root])
            .unwrap()
    }

    /// Trust that no time stamp concerns.
    fn without_stamps(&self, lists: &[Vec<u8>]) -> Trust {
        Trust::new(&[&self.root]).unwrap().with_revocation_lists(lists).unwrap()
    }

    /// What goes into a file for later.
    pub(crate) fn evidence(&self) -> Evidence {
        Evidence {
            certificates: vec![self.office.chain[1].clone(), self.stamper.chain[1].clone()],
            revocation_lists: [self.lists.as_slice(), &self.stamp_lists].concat(),
            ocsp_responses: Vec::new(),
        }
    }
}

fn honest(at: u64) -> Stamper<'static> {
    Stamper::new(&times().stamper, at)
}

/// Signed by somebody and stamped at a time (B-T).
fn stamped(by: &Identity, at: u64) -> Vec<u8> {
    stamped_by(by, &honest(at))
}

fn stamped_by(by: &Identity, stamper: &Stamper<'_>) -> Vec<u8> {
    sign_stamped(&Base::default().build(), &request(), &key(by), stamper).unwrap()
}

fn unstamped(by: &Identity) -> Vec<u8> {
    sign(&Base::default().build(), &request(), &key(by)).unwrap()
}

/// Signed by hand, with any stamp.
fn forged(stamper: Stamper<'_>) -> Vec<u8> {
    let signature =
        Signature { identity: &times().office, stamper: Some(stamper), ..Signature::default() };
    signed(&Base::default().build(), &signature)
}

/// With what was known on the day of signing (B-LT).
fn with_evidence(pdf: &[u8]) -> Vec<u8> {
    add_evidence(pdf, &times().evidence()).unwrap()
}

/// What must be said: what is proven and as of when, or the code of a refusal.
type Expected = Result<(Proof, Option<u64>), Code>;

fn outcome(verdict: &Result<Verified, seal::Refused>) -> Expected {
    match verdict {
        Ok(verified) => {
            let proven = verified.signers[0].proven.as_ref();
            assert!(proven.is_none_or(|proven| proven.authority == STAMPER));
            Ok((verified.proof, proven.map(|proven| proven.at)))
        }
        Err(refused) => Err(refused.code),
    }
}

fn check(trust: &Trust, at: u64, cases: &[(&str, Vec<u8>, Expected)]) {
    for (name, pdf, expected) in cases {
        let verdict = verify(pdf, trust, at);
        assert_eq!(outcome(&verdict), *expected, "{name}: {verdict:?}");
    }
}

const NOT_PROVEN: Expected = Ok((Proof::Now, None));
const STAMPED: Expected = Ok((Proof::Stamped, Some(NOW)));
const ARCHIVED: Expected = Ok((Proof::Archived, Some(NOW)));

#[test]
fn stamps_are_good_or_refuse() {
    let times = times();
    let trust = times.trust(&times.lists);
    let bad = Err(Code::Timestamp);
    let stranger = Stamper::new(&times.strange_stamper, NOW);
    let purpose = Stamper::new(&times.not_for_stamps, NOW);
    let revoked = Stamper::new(&times.revoked_stamper, NOW);
    let office = &times.office;
    check(
        &trust,
        NOW,
        &[
            ("no stamp", unstamped(office), NOT_PROVEN),
            ("a good one", stamped(office, NOW), STAMPED),
            ("a good one, by hand", forged(honest(NOW)), STAMPED),
            ("on something else", forged(honest(NOW).with(Fault::OtherImprint)), bad),
            ("another value", forged(honest(NOW).with(Fault::FlippedValue)), bad),
            ("names another", forged(honest(NOW).with(Fault::NamesAnother)), bad),
            ("not a time stamp", forged(honest(NOW).with(Fault::OtherContentType)), bad),
            ("without certificate", forged(honest(NOW).with(Fault::NoCertificate)), bad),
            ("a stranger's", forged(stranger), bad),
            ("by somebody who does not stamp", forged(purpose), bad),
            ("for stamps, not critically", forged(Stamper::new(&times.loose_stamper, NOW)), bad),
            ("for stamps and servers", forged(Stamper::new(&times.mixed_stamper, NOW)), bad),
            ("by somebody who is revoked", forged(revoked), bad),
            ("of tomorrow", forged(honest(NOW + DAY)), bad),
            ("before its authority began", forged(honest(NOW - 2 * DAY)), bad),
        ],
    );
    // Without anchors nobody is asked who made a stamp, but it must be on what it is on.
    check(
        &times.without_stamps(&times.lists),
        NOW,
        &[
            ("a good one", stamped(office, NOW), NOT_PROVEN),
            ("a stranger's", forged(stranger), NOT_PROVEN),
            ("on something else", forged(honest(NOW).with(Fault::OtherImprint)), bad),
            ("by somebody who does not stamp", forged(purpose), bad),
        ],
    );
    let unknown = times.without_stamps(&times.lists);
    let unknown = unknown.with_time_stamp_anchors(&[&times.stamp_root]).unwrap();
    check(&unknown, NOW, &[("whose revocation is unknown", stamped(office, NOW), bad)]);
}

#[test]
fn a_certificate_that_ended_is_judged_as_of_the_stamp() {
    let times = times();
    let brief = |at| with_evidence(&stamped(&times.brief, at));
    check(
        &times.trust(&times.later_lists),
        NOW + 20 * DAY,
        &[
            ("stamped in time", brief(NOW), STAMPED),
            (
                "stamped in time, no evidence",
                stamped(&times.brief, NOW),
                Err(Code::RevocationUnknown),
            ),
            ("stamped after its end", brief(NOW + 2 * DAY), Err(Code::Expired)),
            ("dated and not stamped", with_evidence(&unstamped(&times.brief)), Err(Code::Expired)),
        ],
    );
    let blind = times.without_stamps(&times.later_lists);
    check(&blind, NOW + 20 * DAY, &[("nobody to believe", brief(NOW), Err(Code::Expired))]);
}

#[test]
fn a_certificate_that_was_revoked_is_judged_as_of_the_stamp() {
    let times = times();
    let at = NOW + 20 * DAY;
    let by_revoked = |at| stamped(&times.revoked, at);
    let revoked = Err(Code::Revoked);
    check(
        &times.trust(&times.later_lists),
        at,
        &[
            ("stamped before", by_revoked(NOW), STAMPED),
            ("stamped before, with evidence", with_evidence(&by_revoked(NOW)), STAMPED),
            ("stamped in the second", by_revoked(NOW + 10 * DAY), revoked),
            ("stamped after", by_revoked(NOW + 15 * DAY), revoked),
            ("stamped after, old lists", with_evidence(&by_revoked(NOW + 15 * DAY)), revoked),
            ("dated before", unstamped(&times.revoked), revoked),
            ("dated before, old lists", with_evidence(&unstamped(&times.revoked)), revoked),
        ],
    );
    let unknown = Err(Code::RevocationUnknown);
    // Nothing but the file's own lists: they count for the time that is proven.
    check(
        &times.trust(&[]),
        NOW + DAY,
        &[
            ("stamped", with_evidence(&stamped(&times.office, NOW)), STAMPED),
            ("stamped, no lists", stamped(&times.office, NOW), unknown),
            ("not stamped", with_evidence(&unstamped(&times.office)), unknown),
        ],
    );
    // Lists in the file may always say what is bad.
    let late = Evidence { revocation_lists: times.later_lists.clone(), ..Evidence::default() };
    let told = add_evidence(&unstamped(&times.revoked), &late).unwrap();
    let lenient = times.trust(&[]).with_revocation(Revocation::RefuseOnlyRevoked);
    check(&lenient, at, &[("the file itself says it", told, revoked)]);
}

#[test]
fn lists_of_others_say_nothing() {
    let times = times();
    let [clean, accusing] = &times.forged_lists;
    let unknown = Err(Code::RevocationUnknown);
    check(&times.trust(clean), NOW, &[("given", unstamped(&times.office), unknown)]);
    let forged = Evidence { revocation_lists: clean.clone(), ..Evidence::default() };
    let in_file = add_evidence(&stamped(&times.office, NOW), &forged).unwrap();
    check(&times.trust(&[]), NOW, &[("in the file", in_file, unknown)]);
    let both = [times.lists.as_slice(), accusing].concat();
    check(&times.trust(&both), NOW, &[("accusing", stamped(&times.office, NOW), STAMPED)]);
}

#[test]
fn answers_about_single_certificates() {
    let times = times();
    let good = Response {
        about: &times.office,
        by: &times.issuer,
        made_at: NOW - DAY,
        revoked_since: None,
    };
    let unknown = Err(Code::RevocationUnknown);
    let cases: [(&str, Response<'_>, Expected); 9] = [
        ("by the issuer", good, NOT_PROVEN),
        ("by a responder", Response { by: &times.responder, ..good }, NOT_PROVEN),
        ("by a stranger", Response { by: &times.stranger, ..good }, unknown),
        ("by an official", Response { by: &times.revoked, ..good }, unknown),
        ("by himself", Response { by: &times.office, ..good }, unknown),
        ("about another", Response { about: &times.revoked, ..good }, unknown),
        ("stale", Response { made_at: NOW - 8 * DAY, ..good }, unknown),
        ("of tomorrow", Response { made_at: NOW + DAY, ..good }, unknown),
        ("revoked", Response { revoked_since: Some(NOW - DAY), ..good }, Err(Code::Revoked)),
    ];
    let pdf = unstamped(&times.office);
    for (name, response, expected) in cases {
        // Of the authority itself the root's list speaks.
        let trust = times.trust(&times.lists[..1]);
        let trust = trust.with_ocsp_responses(&[response.der()]).unwrap();
        check(&trust, NOW, &[(name, pdf.clone(), expected)]);
        let evidence = Evidence { ocsp_responses: vec![response.der()], ..Evidence::default() };
        let archived = add_evidence(&stamped(&times.office, NOW), &evidence).unwrap();
        let expected = expected.and(STAMPED);
        check(&times.trust(&times.lists[..1]), NOW, &[(name, archived, expected)]);
    }
    let mut changed = good.der();
    let made = find(&changed, &time(good.made_at)) + 2;
    changed[made + 13] ^= 1;
    let trust = times.trust(&times.lists[..1]).with_ocsp_responses(&[changed]).unwrap();
    check(&trust, NOW, &[("made at another time", pdf, unknown)]);
    let later = Response { revoked_since: Some(NOW + 10 * DAY), made_at: NOW + 12 * DAY, ..good };
    let trust = times.trust(&times.lists[..1]).with_ocsp_responses(&[later.der()]).unwrap();
    check(
        &trust,
        NOW + 15 * DAY,
        &[("revoked after the stamp", with_evidence(&stamped(&times.office, NOW)), STAMPED)],
    );
    assert!(times.trust(&[]).with_ocsp_responses(&[[0x30, 3, 10, 1, 6]]).is_err(), "no answer");
}

#[test]
fn archives_hold_for_ten_years() {
    let times = times();
    let ahead = NOW + 10 * YEAR;
    let with_lists = with_evidence(&stamped(&times.office, NOW));
    let archive = |pdf: &[u8]| stamp_document(pdf, &honest(NOW)).unwrap();
    let only_document = archive(&with_evidence(&unstamped(&times.office)));
    let strange = Stamper::new(&times.strange_stamper, NOW);
    let by_stranger = stamp_document(&with_lists, &strange).unwrap();
    let evil = vec![(CONTENT, stream("", "0 0 595 842 re f"))];
    let changed = update(&archive(&with_lists), &evil, "");
    let other_token = {
        let mut pdf = archive(&with_lists);
        let (start, end) = gap(&pdf);
        let token = hex::encode(honest(NOW).token(&[7; 32]));
        let padded = format!("<{token:0<width$}>", width = end - start - 2);
        pdf[start..end].copy_from_slice(padded.as_bytes());
        pdf
    };
    let late_lists = with_evidence(&archive(&stamped(&times.office, NOW)));
    let bad = Err(Code::Timestamp);
    check(
        &times.trust(&[]),
        ahead,
        &[
            ("B-LTA", archive(&with_lists), ARCHIVED),
            ("a document time stamp alone", only_document, ARCHIVED),
            ("stamped twice", archive(&archive(&with_lists)), ARCHIVED),
            ("by a stranger", by_stranger, bad),
            ("on something else", other_token, bad),
            ("changed afterwards", changed, Err(Code::Modified)),
            // The authority's own certificate ended: its key could be anybody's now.
            ("lists that nobody stamped", with_lists.clone(), Err(Code::RevocationUnknown)),
            ("lists after the stamp", late_lists.clone(), Err(Code::RevocationUnknown)),
        ],
    );
    let nine = NOW + 9 * YEAR;
    check(
        &times.trust(&[]),
        nine,
        &[("B-LT", with_lists, STAMPED), ("lists after the stamp", late_lists, ARCHIVED)],
    );
}

#[test]
fn a_later_stamp_carries_an_earlier_one() {
    let times = times();
    let brief = Stamper::new(&times.brief_stamper, NOW);
    let first = with_evidence(&stamped_by(&times.office, &brief));
    let first = stamp_document(&first, &brief).unwrap();
    let renewed = stamp_document(&first, &honest(NOW + 300 * DAY)).unwrap();
    let too_late = stamp_document(&first, &honest(NOW + 500 * DAY)).unwrap();
    let bad = Err(Code::Timestamp);
    check(
        &times.trust(&[]),
        NOW + 10 * YEAR,
        &[
            ("renewed in time", renewed, ARCHIVED),
            ("not renewed", first.clone(), bad),
            ("renewed too late", too_late, bad),
        ],
    );
    check(&times.trust(&[]), NOW + 200 * DAY, &[("before its end", first, ARCHIVED)]);
}

#[test]
fn a_stamp_proves_nothing_of_what_comes_after_it() {
    let times = times();
    let first = stamp_document(&unstamped(&times.office), &honest(NOW)).unwrap();
    let signed_by = |identity| signed(&first, &Signature { identity, ..Signature::default() });
    let cases = [
        ("alone", first.clone(), ARCHIVED),
        ("then signed by somebody who was revoked", signed_by(&times.revoked), Err(Code::Revoked)),
        // The whole is worth what its weakest signature is.
        ("then signed", signed_by(&times.office), Ok((Proof::Now, Some(NOW)))),
    ];
    check(&times.trust(&times.later_lists), NOW + 20 * DAY, &cases);
}

#[test]
fn an_authority_that_cheats_gives_no_file() {
    let times = times();
    let base = Base::default().build();
    let sign =
        |stamper: &Stamper<'_>| sign_stamped(&base, &request(), &key(&times.office), stamper);
    let signed = unstamped(&times.office);
    let not_for_stamps = Stamper::new(&times.not_for_stamps, NOW);
    for stamper in [honest(NOW).with(Fault::OtherImprint), not_for_stamps] {
        for result in [sign(&stamper), stamp_document(&signed, &stamper)] {
            assert!(matches!(result, Err(SignError::BadTimeStamp(_))), "{:?}", stamper.fault);
        }
    }
    for result in [add_evidence(&base, &times.evidence()), stamp_document(&base, &honest(NOW))] {
        let refusal = result.unwrap_err().to_string();
        assert!(refusal.starts_with("NO_SIGNATURE"), "{refusal}");
    }
    let request = SealRequest { field: "Con dấu".to_owned(), ..request() };
    let pdf = sign_stamped(&base, &request, &key(&times.office), &honest(NOW)).unwrap();
    assert!(pdf.starts_with(&base));
}

/// Files with what we say about them, as pyHanko is to judge them: a name, a time, and whether
/// they are good. In every case the operator has today's lists.
fn judged() -> Vec<(&'static str, u64, bool, Vec<u8>)> {
    let times = times();
    let office = |at| with_evidence(&stamped(&times.office, at));
    let archive = |pdf: &[u8]| stamp_document(pdf, &honest(NOW)).unwrap();
    let brief = |at| {
        let pdf = with_evidence(&stamped(&times.brief, at));
        stamp_document(&pdf, &honest(at)).unwrap()
    };
    let (soon, later, ahead) = (NOW + 3600, NOW + 20 * DAY, NOW + 10 * YEAR);
    let strange = forged(Stamper::new(&times.strange_stamper, NOW));
    let other = forged(honest(NOW).with(Fault::OtherImprint));
    let purpose = forged(Stamper::new(&times.not_for_stamps, NOW));
    vec![
        ("b-t", soon, true, stamped(&times.office, NOW)),
        ("b-lt", soon, true, office(NOW)),
        ("b-lta", soon, true, archive(&office(NOW))),
        ("b-lta-ahead", ahead, true, archive(&office(NOW))),
        ("ended", later, true, brief(NOW)),
        ("stamped-after-its-end", later, false, brief(NOW + 2 * DAY)),
        ("revoked-later", later, true, archive(&with_evidence(&stamped(&times.revoked, NOW)))),
        ("stamped-after-revocation", later, false, stamped(&times.revoked, NOW + 15 * DAY)),
        ("not-stamped", later, false, with_evidence(&unstamped(&times.revoked))),
        ("strange-stamp", soon, false, with_evidence(&strange)),
        ("other-imprint", soon, false, other),
        ("not-for-stamps", soon, false, purpose),
    ]
}

#[test]
fn an_outsider_agrees_about_times() {
    let times = times();
    let Some(python) = judges::python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: String, bytes: &[u8]| {
        let place = folder.path().join(name);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, bytes).unwrap();
    };
    write("anchors/root.der".into(), &times.root);
    write("tsa/root.der".into(), &times.stamp_root);
    let lists = [times.lists.as_slice(), &times.later_lists, &times.stamp_lists].concat();
    for (number, list) in lists.iter().enumerate() {
        write(format!("crls/{number}.crl"), list);
    }
    let mut expected = Vec::new();
    for (name, at, good, pdf) in judged() {
        let verdict = verify(&pdf, &times.trust(&lists[..4]), at);
        assert_eq!(verdict.is_ok(), good, "{name}: {verdict:?}");
        write(format!("files/{name}@{at}.pdf"), &pdf);
        expected.push((name, good));
    }
    let output = Command::new(python)
        .arg(judges::root().join("tests/judges/archive.py"))
        .args(["--anchors", "anchors", "--tsa-anchors", "tsa", "--crls", "crls", "files"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaints}");
    for (name, good) in expected {
        let line = said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('\t'));
        assert_eq!(line == Some("valid"), good, "{name}: {line:?}\n{said}");
    }
}
