//! The table: a file, and what must be said about it.

use std::fmt::Write as _;

use seal::{Code, Revocation, Trust, verify};

use crate::bases::{Base, CONTENT, Layout, PAGE, stream};
use crate::container::Shape;
use crate::forge::{
    Signature, find, gap, highest, replaced, rfind, sealed, sealed_by, signed, update,
};
use crate::people::{CHAIR, DAY, NOW, OFFICE, padded_key, people};

/// A file, and the code that it must be refused with; `None` when it must be accepted.
type Case = (&'static str, Vec<u8>, Option<Code>);

fn check(cases: Vec<Case>) {
    let trust = people().trust();
    check_with(&trust, NOW, cases);
}

fn check_with(trust: &Trust, at: u64, cases: Vec<Case>) {
    for (name, pdf, expected) in cases {
        match (verify(&pdf, trust, at), expected) {
            (Ok(verified), None) => assert!(!verified.signers.is_empty(), "{name}"),
            (Err(refused), Some(code)) => assert_eq!(refused.code, code, "{name}: {refused}"),
            (Ok(_), Some(code)) => panic!("{name}: accepted instead of {code}"),
            (Err(refused), None) => panic!("{name}: {refused}"),
        }
    }
}

fn base() -> Base {
    Base::default()
}

fn with_shape(shape: Shape) -> Vec<u8> {
    signed(&base().build(), &Signature { shape, ..Signature::default() })
}

fn with_format(format: &'static str, shape: Shape) -> Vec<u8> {
    signed(&base().build(), &Signature { shape, format, ..Signature::default() })
}

#[test]
fn sealed_files_are_accepted() {
    let form = Base {
        catalog: "/AcroForm 6 0 R".to_owned(),
        more: vec![
            "<</Fields[7 0 R]/DA(/Helv 0 Tf)>>".to_owned(),
            "<</FT/Tx/T(x)/V(y)>>".to_owned(),
        ],
        ..base()
    };
    let empty_field = Base {
        catalog: "/AcroForm<</Fields[6 0 R]>>".to_owned(),
        more: vec!["<</FT/Sig/T(Seal)>>".to_owned()],
        ..base()
    };
    let annotations =
        Base { page: "/Annots 6 0 R".to_owned(), more: vec!["[]".to_owned()], ..base() };
    let rsa = &people().office_rsa;
    let pkcs1 = padded_key(rsa, seal::RsaPadding::Pkcs1);
    check(vec![
        ("table", sealed(&base()), None),
        ("stream", sealed(&Base { layout: Layout::Stream, ..base() }), None),
        ("object stream", sealed(&Base { layout: Layout::ObjectStream, ..base() }), None),
        ("100 pages", sealed(&Base { pages: 100, ..base() }), None),
        ("a form beside the catalog", sealed(&form), None),
        ("an empty signature field", sealed(&empty_field), None),
        ("annotations beside the page", sealed(&annotations), None),
        ("RSASSA-PSS", sealed_by(&base(), rsa), None),
        (
            "RSASSA-PKCS1",
            seal::sign(&base().build(), &crate::forge::request(), &pkcs1).unwrap(),
            None,
        ),
        ("white space at the end", [sealed(&base()), b"\r\n \n".to_vec()].concat(), None),
    ]);
}

#[test]
fn signers_are_named() {
    let pdf = signed(
        &sealed(&base()),
        &Signature { entries: "/M(D:20261124100000+07'00')", ..Signature::default() },
    );
    let verified = verify(&pdf, &people().trust(), NOW).unwrap();
    let names: Vec<_> = verified.signers.iter().map(|signer| &*signer.common_name).collect();
    assert_eq!(names, [OFFICE, CHAIR]);
    assert_eq!(verified.signers[0].claimed_at, Some(i64::try_from(NOW).unwrap()));
    assert_eq!(verified.signers[1].claimed_at, Some(1_795_489_200));
    assert_eq!(verified.signers[1].organisation.as_deref(), Some("UBND tỉnh Hà Nam"));
    assert_eq!(verified.signers[1].issuer, "CA thử nghiệm");
    assert_eq!(verified.signed_bytes, pdf.len() as u64);
}

#[test]
fn what_is_not_signed_is_refused() {
    let dangling = {
        let pdf = sealed(&base());
        let catalog = "<</Type/Catalog/Pages 2 0 R>>".to_owned();
        update(&pdf, &[(1, catalog)], "")
    };
    let empty_field = Base {
        catalog: "/AcroForm<</Fields[6 0 R]>>".to_owned(),
        more: vec!["<</FT/Sig/T(Seal)>>".to_owned()],
        ..base()
    };
    check(vec![
        ("unsigned", base().build(), Some(Code::NoSignature)),
        ("an empty field", empty_field.build(), Some(Code::NoSignature)),
        ("form dropped", dangling, Some(Code::NoSignature)),
    ]);
}

#[test]
fn changed_bytes_are_refused() {
    let pdf = sealed(&base());
    let flipped = |at: usize| {
        let mut pdf = pdf.clone();
        pdf[at] ^= 1;
        pdf
    };
    let (gap_start, gap_end) = gap(&pdf);
    let mut zero_container = pdf.clone();
    zero_container[gap_start + 1..gap_end - 1].fill(b'0');
    check(vec![
        ("content", flipped(find(&pdf, b"trang 1")), Some(Code::Digest)),
        ("time", flipped(find(&pdf, b"/M(D:") + 8), Some(Code::Digest)),
        ("value", with_shape(Shape::FlippedValue), Some(Code::Signature)),
        ("digest of another file", with_shape(Shape::OtherDigest), Some(Code::Digest)),
        ("container of zeros", zero_container, Some(Code::Cms)),
        ("bytes before", [b"x", pdf.as_slice()].concat(), Some(Code::Malformed)),
        ("truncated", pdf[..pdf.len() - 40].to_vec(), Some(Code::Malformed)),
        ("half", pdf[..pdf.len() / 2].to_vec(), Some(Code::Malformed)),
        ("nothing", Vec::new(), Some(Code::Malformed)),
        ("bytes behind", [&pdf, &b"x"[..]].concat(), Some(Code::ByteRange)),
        ("itself behind", [pdf.as_slice(), &pdf].concat(), Some(Code::ByteRange)),
        (
            "an object behind",
            [&pdf, &b"99 0 obj\n<<>>\nendobj\n"[..]].concat(),
            Some(Code::ByteRange),
        ),
        (
            "an object and an end behind",
            [&pdf, &b"99 0 obj\n<<>>\nendobj\n%%EOF\n"[..]].concat(),
            Some(Code::Malformed),
        ),
    ]);
}

#[test]
fn updates_after_signing_are_refused() {
    let pdf = sealed(&base());
    let new = highest(&pdf) + 1;
    let page = |entries: &str| {
        format!("<</Type/Page/Parent 2 0 R/Resources<</Font<</F1 3 0 R>>>>{entries}>>")
    };
    let annots = format!("/Annots[{} 0 R]", new - 1);
    let overlay = page(&format!("/Contents[5 0 R {new} 0 R]{annots}"));
    let evil = stream("", "0 0 595 842 re f");
    let dangling = Base { page: "/Extra[77 0 R]".to_owned(), ..base() };
    let note = "<</Type/Annot/Subtype/FreeText/Rect[0 0 500 500]/Contents(x)>>".to_owned();
    let unsigned_mark =
        format!("<</Type/Annot/Subtype/Widget/FT/Sig/T(z)/Rect[0 0 500 500]/P {PAGE} 0 R>>");
    let annotated = page(&format!("/Contents 5 0 R/Annots[{} 0 R {new} 0 R]", new - 1));
    let catalog =
        format!("<</Type/Catalog/Pages 2 0 R/AcroForm<</SigFlags 3/Fields[{} 0 R]>>>>", new - 1);
    let modified = Some(Code::Modified);
    check(vec![
        ("content replaced", update(&pdf, &[(CONTENT, evil.clone())], ""), modified),
        ("overlay", update(&pdf, &[(PAGE, overlay), (new, evil.clone())], ""), modified),
        (
            "font replaced",
            update(&pdf, &[(3, "<</Type/Font/Subtype/Type1/BaseFont/Courier>>".into())], ""),
            modified,
        ),
        (
            "page removed",
            update(&pdf, &[(2, "<</Type/Pages/Kids[]/Count 0>>".into())], ""),
            modified,
        ),
        (
            "page rotated",
            update(&pdf, &[(PAGE, page(&format!("/Contents 5 0 R/Rotate 90{annots}")))], ""),
            modified,
        ),
        ("annotation", update(&pdf, &[(PAGE, annotated.clone()), (new, note)], ""), modified),
        (
            "mark of an empty field",
            update(&pdf, &[(PAGE, annotated), (new, unsigned_mark)], ""),
            modified,
        ),
        ("nothing but an unused object", update(&pdf, &[(new, "<<>>".into())], ""), modified),
        (
            "an object that was named and not there",
            update(&sealed(&dangling), &[(77, evil)], ""),
            modified,
        ),
        (
            "another catalog",
            replaced(
                &update(&pdf, &[(new, catalog)], ""),
                "/Root 1 0 R/Prev",
                &format!("/Root {new} 0 R/Prev"),
            ),
            modified,
        ),
    ]);
}

#[test]
fn proofs_after_signing_are_accepted() {
    let described = Base {
        catalog: "/Metadata 6 0 R".to_owned(),
        trailer: "/Info 7 0 R".to_owned(),
        more: vec![stream("/Type/Metadata/Subtype/XML", "<x/>"), "<</Title(a)>>".to_owned()],
        ..base()
    };
    for layout in [Layout::Table, Layout::Stream] {
        check(proofs_after(&sealed(&Base { layout, ..described.clone() })));
    }
}

/// Updates of a sealed file that has descriptions in its objects 6 and 7.
fn proofs_after(pdf: &[u8]) -> Vec<Case> {
    let new = highest(pdf) + 1;
    let document = lopdf::Document::load_mem(pdf).unwrap();
    let is_widget = |object: &lopdf::Object| object.as_dict().is_ok_and(|field| field.has(b"FT"));
    let (widget, _) = document.objects.iter().find(|(_, object)| is_widget(object)).unwrap();
    let catalog = format!(
        "<</Type/Catalog/Pages 2 0 R/Metadata 6 0 R/DSS {new} 0 R\
         /AcroForm<</SigFlags 3/Fields[{} 0 R]>>>>",
        widget.0
    );
    let with = |more: &[(u32, &str)]| {
        let mut objects = vec![(1, catalog.clone()), (new, "<</Type/DSS/Certs[]>>".to_owned())];
        objects.extend(more.iter().map(|(number, body)| (*number, (*body).to_owned())));
        update(pdf, &objects, "/Info 7 0 R")
    };
    let metadata = stream("/Type/Metadata/Subtype/XML", "<y/>");
    let evil = stream("", "0 0 595 842 re f");
    vec![
        ("validation data", with(&[]), None),
        ("with descriptions", with(&[(6, &metadata), (7, "<</Title(b)>>")]), None),
        ("with other content", with(&[(CONTENT, &evil)]), Some(Code::Modified)),
    ]
}

#[test]
fn texts_may_be_written_otherwise() {
    let spoken = Base { catalog: "/Lang<feff00760069>".to_owned(), ..base() };
    let with = |text: &str| {
        let catalog = format!(
            "<</Type/Catalog/Pages 2 0 R/Lang{text}\
             /AcroForm<</SigFlags 3/Fields[7 0 R 9 0 R]>>>>"
        );
        let replaced = vec![(1, catalog)];
        signed(&sealed(&spoken), &Signature { replaced, ..Signature::default() })
    };
    check(vec![
        ("the same text", with("(vi)"), None),
        ("another text", with("(en)"), Some(Code::Modified)),
    ]);
}

#[test]
fn co_signatures() {
    let pdf = sealed(&base());
    let by = |signature: Signature<'_>| signed(&pdf, &signature);
    let usual = Signature::default;
    let evil = vec![(CONTENT, stream("", "0 0 595 842 re f"))];
    let mut first_broken = by(usual());
    let at = find(&first_broken, b"trang 1");
    first_broken[at] ^= 1;
    let certified = signed(
        &base().build(),
        &Signature {
            entries: "/Reference[<</TransformMethod/DocMDP/TransformParams<</P 1>>>>]",
            ..usual()
        },
    );
    let metadata_page = Base { catalog: "/Metadata 5 0 R".to_owned(), ..base() };
    let twice_named =
        signed(&sealed(&metadata_page), &Signature { replaced: evil.clone(), ..usual() });
    check(vec![
        ("another official", by(usual()), None),
        ("a modest mark", by(Signature { rect: "400 700 550 760", ..usual() }), None),
        (
            "a mark over the page",
            by(Signature { rect: "0 0 595 842", ..usual() }),
            Some(Code::Modified),
        ),
        (
            "content changed, signed again",
            by(Signature { replaced: evil, ..usual() }),
            Some(Code::Modified),
        ),
        ("page content that is also metadata", twice_named, Some(Code::Modified)),
        ("first broken, second good", first_broken, Some(Code::Digest)),
        (
            "by a stranger",
            by(Signature { identity: &people().stranger, ..usual() }),
            Some(Code::Untrusted),
        ),
        ("certified alone", certified.clone(), None),
        ("certified, signed again", signed(&certified, &usual()), Some(Code::Modified)),
    ]);
}

#[test]
fn byte_ranges_that_lie_are_refused() {
    let pdf = with_shape(Shape::Usual);
    let (gap_start, gap_end) = gap(&pdf);
    let range = rfind(&pdf, b"/ByteRange[");
    let with_range = |text: String| {
        let mut pdf = pdf.clone();
        let end = range + pdf[range..].iter().position(|byte| *byte == b']').unwrap() + 1;
        let padded = format!("{text:<width$}", width = end - range);
        pdf.splice(range..end, padded.into_bytes());
        pdf
    };
    let after = pdf.len() - gap_end;
    // The container again as a short literal string, and room for a page in the gap.
    let literal = {
        let mut pdf = pdf.clone();
        let bytes = hex::decode(&pdf[gap_start + 1..gap_end - 1]).unwrap();
        let text = bytes[..1800].iter().fold(String::new(), |mut text, byte| {
            write!(text, "\\{byte:03o}").unwrap();
            text
        });
        let text = format!("({text})");
        let padded = format!("{text:<width$}", width = gap_end - gap_start);
        pdf.splice(gap_start..gap_end, padded.into_bytes());
        pdf
    };
    let byte_range = Some(Code::ByteRange);
    let mut spaced = pdf.clone();
    spaced[gap_end - 2] = b' ';
    check(vec![
        ("as made", pdf.clone(), None),
        ("the container as a literal string", literal, byte_range),
        ("a space in the container", spaced, byte_range),
        (
            "wider gap",
            with_range(format!("/ByteRange[0 {} {gap_end} {after}]", gap_start - 4)),
            byte_range,
        ),
        (
            "narrower gap",
            with_range(format!("/ByteRange[0 {} {gap_end} {after}]", gap_start + 4)),
            byte_range,
        ),
        (
            "not from 0",
            with_range(format!("/ByteRange[9 {gap_start} {gap_end} {after}]")),
            byte_range,
        ),
        (
            "short",
            with_range(format!("/ByteRange[0 {gap_start} {gap_end} {}]", after - 9)),
            byte_range,
        ),
        (
            "too long",
            with_range(format!("/ByteRange[0 {gap_start} {gap_end} {}]", after + 1)),
            byte_range,
        ),
        ("zeros", with_range("/ByteRange[0 0 0 0]".into()), byte_range),
        ("negative", with_range(format!("/ByteRange[0 -1 {gap_end} {after}]")), byte_range),
        ("two numbers", with_range("/ByteRange[0 9]".into()), byte_range),
        ("another name", replaced(&pdf, "/ByteRange[", "/Byterange["), byte_range),
        ("wrapped", wrapped(&pdf), byte_range),
        ("said twice", said_twice(), byte_range),
    ]);
}

/// Signature wrapping, for which no key is needed: the signed tail is moved back, and the room
/// before it holds another page, the signature with a byte range of its own, and a table that
/// leads readers to both.
fn wrapped(pdf: &[u8]) -> Vec<u8> {
    let (gap_start, gap_end) = gap(pdf);
    let container = &pdf[gap_start..gap_end];
    let after = pdf.len() - gap_end;
    let document = lopdf::Document::load_mem(pdf).unwrap();
    let signature = document.max_id - 1;
    let mut out = pdf[..gap_end].to_vec();
    out.extend(b">>\nendobj\n");
    let page_at = out.len();
    let evil = stream("", "0 0 595 842 re f");
    out.extend(format!("{CONTENT} 0 obj\n{evil}\nendobj\n").bytes());
    let signature_at = out.len();
    let tail_at = out.len() + container.len() + 1000;
    out.extend(
        format!(
            "{signature} 0 obj\n<</Type/Sig/SubFilter/ETSI.CAdES.detached\
             /ByteRange[0 {gap_start} {tail_at} {after}]/Contents"
        )
        .bytes(),
    );
    out.extend(container);
    out.extend(b">>\nendobj\n");
    let start = out.len();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", document.max_id + 1);
    for number in 1..=document.max_id {
        let offset = match document.reference_table.get(number) {
            _ if number == CONTENT => page_at,
            _ if number == signature => signature_at,
            Some(lopdf::xref::XrefEntry::Normal { offset, .. }) => {
                let offset = *offset as usize;
                if offset < gap_end { offset } else { offset + tail_at - gap_end }
            }
            other => panic!("{other:?}"),
        };
        writeln!(table, "{offset:010} 00000 n ").unwrap();
    }
    let size = document.max_id + 1;
    out.extend(format!("{table}trailer\n<</Size {size}/Root 1 0 R>>\n").bytes());
    assert!(out.len() <= tail_at, "the room is too small: {} {tail_at}", out.len());
    out.resize(tail_at, b' ');
    let mut tail = pdf[gap_end..].to_vec();
    // Readers start from the end: the last number must lead to the forger's table.
    let number = rfind(&tail, b"startxref") + "startxref\n".len();
    tail.truncate(number);
    out.extend(tail);
    out.extend(format!("{start}\n%%EOF\n").bytes());
    out
}

/// A signature dictionary with two byte ranges, of which readers take the first or the last.
fn said_twice() -> Vec<u8> {
    signed(&base().build(), &Signature { entries: "/ByteRange[0 1 2 3]", ..Signature::default() })
}

#[test]
fn containers_of_another_shape_are_refused() {
    let cms = Some(Code::Cms);
    check(vec![
        ("usual", with_shape(Shape::Usual), None),
        ("open lengths", with_shape(Shape::Ber), None),
        ("two signers", with_shape(Shape::TwoSigners), cms),
        ("no signer", with_shape(Shape::NoSigner), cms),
        ("PAdES that names nobody", with_shape(Shape::NamesNobody), cms),
        (
            "detached CMS that names nobody",
            with_format("adbe.pkcs7.detached", Shape::NamesNobody),
            None,
        ),
        ("names another", with_shape(Shape::NamesAnother), cms),
        (
            "names another, detached CMS",
            with_format("adbe.pkcs7.detached", Shape::NamesAnother),
            cms,
        ),
        ("content inside", with_shape(Shape::WithContent), cms),
        ("another content type", with_shape(Shape::OtherContentType), cms),
        ("no attributes", with_shape(Shape::NoAttributes), cms),
        ("no certificate", with_shape(Shape::NoCertificate), cms),
        ("digest repeated", with_shape(Shape::RepeatedDigest), cms),
        ("algorithm against digest", with_shape(Shape::OtherAlgorithm), cms),
        ("dirty padding", with_shape(Shape::DirtyPadding), cms),
        ("unknown format", with_format("made.up", Shape::Usual), cms),
        ("SHA-1", with_shape(Shape::Sha1), Some(Code::Weak)),
        ("a format on SHA-1", with_format("adbe.pkcs7.sha1", Shape::Usual), Some(Code::Weak)),
    ]);
}

#[test]
fn certificates_are_judged() {
    let people = people();
    let by = |identity| sealed_by(&base(), identity);
    check(vec![
        ("a stranger with our names", by(&people.stranger), Some(Code::Untrusted)),
        ("expired", by(&people.expired), Some(Code::Expired)),
        ("not valid yet", by(&people.future), Some(Code::NotYetValid)),
        ("revoked", by(&people.revoked), Some(Code::Revoked)),
        ("encipherment", by(&people.encipherment), Some(Code::KeyUsage)),
        ("a server", by(&people.server), Some(Code::KeyUsage)),
    ]);
    let good = || by(&people.office);
    let stale = people.anchor_only().with_revocation_lists(&people.stale_lists).unwrap();
    let half = people.anchor_only().with_revocation_lists(&people.lists[1..]).unwrap();
    let no_intermediate =
        people.anchor_only().with_revocation_lists(&people.lists_without_intermediate).unwrap();
    let unknown = Some(Code::RevocationUnknown);
    check_with(&people.anchor_only(), NOW, vec![("no list", good(), unknown)]);
    check_with(&stale, NOW, vec![("a list that ended", good(), unknown)]);
    check_with(&half, NOW, vec![("no list of the root", good(), unknown)]);
    check_with(&no_intermediate, NOW, vec![("authority revoked", good(), Some(Code::Revoked))]);
    check_with(
        &people.anchor_only().with_revocation(Revocation::RefuseOnlyRevoked),
        NOW,
        vec![("revocation not required", good(), None)],
    );
    check_with(
        &people.trust().with_revocation(Revocation::RefuseOnlyRevoked),
        NOW,
        vec![("known to be revoked", by(&people.revoked), Some(Code::Revoked))],
    );
    check_with(
        &people.trust(),
        NOW + 4 * 365 * DAY,
        vec![("after four years", good(), Some(Code::Expired))],
    );
    check_with(
        &people.trust().with_allowed_signers([OFFICE]),
        NOW,
        vec![("allowed", good(), None), ("not allowed", by(&people.chair), Some(Code::Signer))],
    );
}

#[test]
fn active_and_encrypted_files_are_refused() {
    let script = "<</S/JavaScript/JS(app.alert\\(1\\))>>".to_owned();
    let actions = [
        ("script", Base { catalog: "/OpenAction 6 0 R".into(), more: vec![script], ..base() }),
        ("launch", Base { catalog: "/AA<</WC<</S/Launch/F(x)>>>>".into(), ..base() }),
        ("submit", Base { more: vec!["[<</S/SubmitForm/F(x)>>]".into()], ..base() }),
        ("XML form", Base { catalog: "/AcroForm<</Fields[]/XFA(x)>>".into(), ..base() }),
    ];
    for (name, base) in actions {
        let replaced = vec![(1, catalog_of(&base))];
        // The product would not sign such a file; somebody else does.
        let pdf = signed(&base.build(), &Signature { replaced, ..Signature::default() });
        check(vec![(name, pdf, Some(Code::Active))]);
    }
    let encrypted = Base {
        trailer: "/Encrypt<</Filter/Standard/V 1/R 2/O<00>/U<00>/P -4>>/ID[<00><00>]".into(),
        ..base()
    };
    check(vec![("encrypted", encrypted.build(), Some(Code::Encrypted))]);
}

/// The base's catalog with the form of [`signed`]; the fields' numbers are those it will give.
fn catalog_of(base: &Base) -> String {
    let widget = highest(&base.build()) + 2;
    let fields = format!("/Fields[{widget} 0 R]>>");
    let form = if base.catalog.contains("XFA") {
        format!("/AcroForm<</XFA(x){fields}")
    } else {
        format!("{}/AcroForm<<{fields}", base.catalog)
    };
    format!("<</Type/Catalog/Pages 2 0 R{form}>>")
}
