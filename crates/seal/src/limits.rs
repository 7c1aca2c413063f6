//! How much of everything (rule 15).

/// The largest file that is looked at. Offsets in a classic cross-reference table have ten
/// digits, in `lopdf` 32 bits.
pub(crate) const PDF_BYTES_MAX: usize = 1 << 30;

/// What one object stream or cross-reference stream may unpack to.
pub(crate) const DECOMPRESSED_BYTES_MAX: usize = 64 << 20;

/// Indirect objects in a file. Object numbers above 8,388,607 are beyond what readers support.
pub(crate) const OBJECTS_MAX: usize = 1_000_000;
pub(crate) const OBJECT_NUMBER_MAX: u32 = 8_388_607;

/// Objects that one update of ours may add.
pub(crate) const NEW_OBJECTS_MAX: u32 = 1024;

/// Pages in one file.
pub(crate) const PAGES_MAX: usize = 20_000;

/// Signatures in one file; a document passes through far fewer hands.
pub(crate) const SIGNATURES_MAX: usize = 32;

/// Form fields, and how deep their tree may be.
pub(crate) const FIELDS_MAX: usize = 5_000;
pub(crate) const FIELD_DEPTH_MAX: usize = 32;

/// How deep arrays and dictionaries may be nested where we walk them ourselves.
pub(crate) const NESTING_MAX: usize = 128;

/// How many references may be followed to reach a value.
pub(crate) const REFERENCE_HOPS_MAX: usize = 16;

/// One signature's container (CMS), with certificates and perhaps revocation lists in it.
pub(crate) const CMS_BYTES_MAX: usize = 4 << 20;
pub(crate) const CMS_NESTING_MAX: usize = 32;
pub(crate) const CMS_CERTIFICATES_MAX: usize = 32;

/// Time stamps on one signature's value.
pub(crate) const STAMPS_MAX: usize = 4;

/// Room for a time stamp with its authority's certificates: in a signature's placeholder, and as
/// a document time stamp's whole container.
pub(crate) const STAMP_BYTES: usize = 16 << 10;

/// How far a time stamping authority's clock may be ahead of ours.
pub(crate) const CLOCK_SKEW_SECONDS: u64 = 300;

/// What a file's validation data (DSS) may hold of each kind, and in all.
pub(crate) const EVIDENCE_ITEMS_MAX: usize = 256;
pub(crate) const EVIDENCE_BYTES_MAX: usize = 32 << 20;

/// How long an OCSP response is fresh that names no end: newer ones can be had at any time.
pub(crate) const OCSP_AGE_SECONDS_MAX: u64 = 24 * 60 * 60;

/// A co-signer's visible mark may cover at most this share of the page's width and height, in
/// percent: a mark as large as the page could say anything.
pub(crate) const MARK_WIDTH_PERCENT_MAX: f32 = 60.0;
pub(crate) const MARK_HEIGHT_PERCENT_MAX: f32 = 30.0;

/// Room in the signature's placeholder beside the certificates: attributes, names, the value.
pub(crate) const CMS_OVERHEAD_BYTES: usize = 3 << 10;

/// RSA keys below this are not believed.
pub(crate) const RSA_BITS_MIN: usize = 2048;

const _: () = assert!(PDF_BYTES_MAX < u32::MAX as usize);
const _: () = assert!(CMS_BYTES_MAX < DECOMPRESSED_BYTES_MAX);
const _: () = assert!(3 * EVIDENCE_ITEMS_MAX + 16 < NEW_OBJECTS_MAX as usize);
