//! The object identifiers that signatures speak in.

use der::asn1::ObjectIdentifier;

macro_rules! oids {
    ($($(#[$doc:meta])* $name:ident = $dotted:literal;)*) => {
        $($(#[$doc])* pub(crate) const $name: ObjectIdentifier =
            ObjectIdentifier::new_unwrap($dotted);)*
    };
}

oids! {
    /// Content types of CMS (RFC 5652).
    DATA = "1.2.840.113549.1.7.1";
    SIGNED_DATA = "1.2.840.113549.1.7.2";

    /// Signed attributes (RFC 5652, RFC 2634, RFC 5035).
    CONTENT_TYPE = "1.2.840.113549.1.9.3";
    MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
    SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
    SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";

    /// Time stamps (RFC 3161): what a token holds, and the attribute that holds a token.
    TST_INFO = "1.2.840.113549.1.9.16.1.4";
    TIME_STAMP_TOKEN = "1.2.840.113549.1.9.16.2.14";

    /// The one kind of answer that OCSP has (RFC 6960).
    OCSP_BASIC = "1.3.6.1.5.5.7.48.1.1";

    /// Hash functions.
    MD5 = "1.2.840.113549.2.5";
    SHA1 = "1.3.14.3.2.26";
    SHA256 = "2.16.840.1.101.3.4.2.1";
    SHA384 = "2.16.840.1.101.3.4.2.2";
    SHA512 = "2.16.840.1.101.3.4.2.3";
    MGF1 = "1.2.840.113549.1.1.8";

    /// RSA keys and signatures (RFC 8017).
    RSA = "1.2.840.113549.1.1.1";
    RSA_MD5 = "1.2.840.113549.1.1.4";
    RSA_SHA1 = "1.2.840.113549.1.1.5";
    RSA_PSS = "1.2.840.113549.1.1.10";
    RSA_SHA256 = "1.2.840.113549.1.1.11";
    RSA_SHA384 = "1.2.840.113549.1.1.12";
    RSA_SHA512 = "1.2.840.113549.1.1.13";

    /// Elliptic curve keys and signatures (RFC 5480, RFC 5758).
    EC_KEY = "1.2.840.10045.2.1";
    ECDSA_SHA1 = "1.2.840.10045.4.1";
    ECDSA_SHA256 = "1.2.840.10045.4.3.2";
    ECDSA_SHA384 = "1.2.840.10045.4.3.3";
    P256 = "1.2.840.10045.3.1.7";
    P384 = "1.3.132.0.34";

    /// Parts of a name (X.520).
    COMMON_NAME = "2.5.4.3";
    ORGANISATION = "2.5.4.10";

    /// What a certificate's key may be used for. Document signing is RFC 9336; the others are
    /// what authorities put into certificates for people who sign documents.
    KP_ANY = "2.5.29.37.0";
    KP_CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
    KP_EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";
    KP_TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
    KP_OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";
    KP_DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36";
    KP_MICROSOFT_DOCUMENT_SIGNING = "1.3.6.1.4.1.311.10.3.12";
    KP_ADOBE_AUTHENTIC_DOCUMENTS = "1.2.840.113583.1.1.5";
}
