//! Keys and certificates of the sample province: a three-level authority, the organisation's
//! seal, an official's signature, and https for a demo on several machines.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use seal::authority::{Authority, Identity, Subject, Usage};
use seal::{FileKey, RsaPadding};

use crate::edge::Edge;
use crate::papers::write_secret;

/// Whose certificate signs the first paper.
const OFFICIAL: Subject<'_> =
    Subject { common_name: "Nguyễn Đức Thịnh", organisation: "UBND tỉnh Hà Nam" };
/// Whose certificate seals what comes unsigned.
const OFFICE: Subject<'_> =
    Subject { common_name: "Văn phòng UBND tỉnh Hà Nam", organisation: "UBND tỉnh Hà Nam" };

/// Fills the folder of the server's keys and gives the official's key, which is also left in
/// `official` beside it, so that one can sign papers of one's own.
pub(super) fn write(folder: &Path, edge: &Edge) -> anyhow::Result<FileKey> {
    let keys = folder.join("keys");
    let now = u64::try_from(edge.now().millis().div_euclid(1000)).unwrap_or(0);
    let mut authority = Authority::named(now, "trình diễn Điểm Cầu")?;
    let office = authority.issue(OFFICE, Usage::Signing)?;
    let official = authority.issue(OFFICIAL, Usage::Signing)?;
    for (name, der) in [
        ("anchors/root.der", authority.root_der()),
        ("intermediates/authority.der", authority.intermediate_der()),
    ] {
        put(&keys.join(name), der)?;
    }
    for (index, list) in authority.revocation_lists()?.iter().enumerate() {
        put(&keys.join(format!("crls/{index}.crl")), list)?;
    }
    write_identity(&keys, "seal", &office, edge)?;
    write_identity(&folder.join("official"), "official", &official, edge)?;
    let entropy = Box::new(ring::rand::SystemRandom::new());
    Ok(FileKey::from_pkcs8(&official.pkcs8, official.chain, RsaPadding::Pss, entropy)?)
}

/// Certificates for https, and who vouches for them.
pub(super) struct Https {
    /// The server's chain, PEM.
    pub(super) cert: PathBuf,
    /// The server's key, PEM.
    pub(super) key: PathBuf,
    /// The authority to trust, PEM.
    pub(super) authority: PathBuf,
}

/// Makes an authority of its own and a certificate for this host. It never signs a document.
pub(super) fn write_https(folder: &Path, host: &str) -> anyhow::Result<Https> {
    let folder = folder.join("https");
    let https = Https {
        cert: folder.join("server.pem"),
        key: folder.join("server.key"),
        authority: folder.join("authority.pem"),
    };
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "CA https trình diễn Điểm Cầu");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let root = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let mut params =
        CertificateParams::new(vec![host.to_owned(), "localhost".into(), "127.0.0.1".into()])?;
    params.distinguished_name.push(DnType::CommonName, host);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.signed_by(&key, &root)?;
    put(&https.cert, format!("{}{}", certificate.pem(), root.pem()).as_bytes())?;
    put(&https.authority, root.pem().as_bytes())?;
    write_secret(&https.key, key.serialize_pem().as_bytes())?;
    Ok(https)
}

/// Whether a host is an address that others can reach.
pub(super) fn address(host: &str) -> Option<IpAddr> {
    host.parse().ok()
}

fn write_identity(
    folder: &Path,
    name: &str,
    identity: &Identity,
    edge: &Edge,
) -> anyhow::Result<()> {
    let password = edge.token();
    make(folder)?;
    write_secret(&folder.join(format!("{name}.p12")), &identity.pkcs12(&password)?)?;
    write_secret(&folder.join(format!("{name}.password")), password.as_bytes())?;
    Ok(())
}

/// Writes a file that everybody may read, and the folders above it.
pub(super) fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        make(folder)?;
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

pub(super) fn make(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}
