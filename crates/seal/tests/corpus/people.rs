//! Who signs in the tests, and whom the tests trust.

use std::sync::OnceLock;

use ring::rand::SystemRandom;
use seal::authority::{Authority, Identity, Subject, Usage};
use seal::{FileKey, RsaPadding, Trust};

/// The time of the tests: 24 November 2026.
pub(crate) const NOW: u64 = 1_795_500_000;
pub(crate) const DAY: u64 = 24 * 60 * 60;
pub(crate) const OFFICE: &str = "Văn phòng UBND tỉnh Hà Nam";
pub(crate) const CHAIR: &str = "Nguyễn Thị Ủ Đễ";

const RSA_KEY: &[u8] = include_bytes!("../data/TEST-ONLY-rsa-2048.pk8");

/// The authority of the tests with everybody it issued a certificate to. One for all tests: keys
/// are slow to make.
pub(crate) struct People {
    /// DER of the anchor.
    pub(crate) root: Vec<u8>,
    pub(crate) lists: Vec<Vec<u8>>,
    /// Lists that ended before the time of the tests.
    pub(crate) stale_lists: Vec<Vec<u8>>,
    /// Lists in which the intermediate authority is revoked.
    pub(crate) lists_without_intermediate: Vec<Vec<u8>>,
    /// The organisation.
    pub(crate) office: Identity,
    /// The organisation with an RSA key.
    pub(crate) office_rsa: Identity,
    /// An official.
    pub(crate) chair: Identity,
    /// An official whose certificate is revoked.
    pub(crate) revoked: Identity,
    pub(crate) expired: Identity,
    pub(crate) future: Identity,
    pub(crate) encipherment: Identity,
    pub(crate) server: Identity,
    /// An official of another province's authority, which has the same names as ours.
    pub(crate) stranger: Identity,
}

/// The people of the tests.
pub(crate) fn people() -> &'static People {
    static PEOPLE: OnceLock<People> = OnceLock::new();
    PEOPLE.get_or_init(|| People::at(NOW))
}

impl People {
    /// New people at a time.
    pub(crate) fn at(now: u64) -> Self {
        let mut authority = Authority::new(now).unwrap();
        let person = |common_name| Subject { common_name, organisation: "UBND tỉnh Hà Nam" };
        let past = now - 2 * DAY..now - DAY;
        let future = now + DAY..now + 2 * DAY;
        let mut people = Self {
            root: authority.root_der().to_vec(),
            lists: Vec::new(),
            stale_lists: Vec::new(),
            lists_without_intermediate: Vec::new(),
            office: authority.issue(person(OFFICE), Usage::Signing).unwrap(),
            office_rsa: authority.certify_key(person(OFFICE), RSA_KEY).unwrap(),
            chair: authority.issue(person(CHAIR), Usage::Signing).unwrap(),
            revoked: authority.issue(person("Bị Thu Hồi"), Usage::Signing).unwrap(),
            expired: authority.issue_for(person("Hết Hạn"), Usage::Signing, past.clone()).unwrap(),
            future: authority.issue_for(person("Chưa Tới"), Usage::Signing, future).unwrap(),
            encipherment: authority.issue(person("Mã Hóa"), Usage::Encipherment).unwrap(),
            server: authority.issue(person("máy chủ"), Usage::Server).unwrap(),
            stranger: Authority::new(now).unwrap().issue(person(OFFICE), Usage::Signing).unwrap(),
        };
        authority.revoke(people.revoked.serial);
        people.lists = authority.revocation_lists().unwrap();
        people.stale_lists = authority.revocation_lists_for(past).unwrap();
        authority.revoke_intermediate();
        people.lists_without_intermediate = authority.revocation_lists().unwrap();
        people
    }

    /// Trust in the root, with its lists.
    pub(crate) fn trust(&self) -> Trust {
        self.anchor_only().with_revocation_lists(&self.lists).unwrap()
    }

    /// Trust in the root, without any list.
    pub(crate) fn anchor_only(&self) -> Trust {
        Trust::new(&[&self.root]).unwrap()
    }
}

/// An identity's key, ready to sign.
pub(crate) fn key(identity: &Identity) -> FileKey {
    padded_key(identity, RsaPadding::Pss)
}

/// The same with a padding.
pub(crate) fn padded_key(identity: &Identity, padding: RsaPadding) -> FileKey {
    let entropy = Box::new(SystemRandom::new());
    FileKey::from_pkcs8(&identity.pkcs8, identity.chain.clone(), padding, entropy).unwrap()
}
