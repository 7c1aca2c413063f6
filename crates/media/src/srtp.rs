//! Sealing outgoing packets in place (RFC 3711, RFC 7714).
//!
//! `rtc` does the handshake and keeps SRTCP; forwarded RTP leaves through here, sealed where it
//! will be sent from. The keys come from where `rtc` makes its own: it derives them with the
//! crypto provider of the connection, and ours listens to the first derivation, which is that of
//! the outgoing side.
//!
//! Invariant: no packet of these streams is ever sealed by `rtc`, so that no key meets a nonce
//! twice; a packet that is sent again is the same packet, bit by bit.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rtc::crypto::{
    ActiveKeyExchange, AeadAlgorithm, AeadCipher, BlockCipherAlgorithm, CbcAlgorithm, CbcCipher,
    CryptoAlgorithm, CryptoError, HashAlgorithm, HmacAlgorithm, KeyExchangeAlgorithm, Mac,
    PublicKey, RTCCrypto, RTCCryptoProvider, RTCRandom, SecretVec, SignatureScheme, SigningKey,
    StreamCipher, StreamCipherAlgorithm,
};

/// Bytes of the fixed header of an RTP packet (RFC 3550 §5.1).
pub(crate) const HEADER_BYTES: usize = 12;
/// Bytes of the longest authentication tag, that of AES-GCM.
pub(crate) const TAG_BYTES_MAX: usize = 16;
/// Bytes of the tag of `AES128_CM_HMAC_SHA1_80`.
const HMAC_TAG_BYTES: usize = 10;
const BLOCK_BYTES: usize = 16;

/// The labels of key derivation (RFC 3711 §4.3.1).
const LABEL_KEY: u8 = 0;
const LABEL_AUTHENTICATION: u8 = 1;
const LABEL_SALT: u8 = 2;

/// Reports that may wait: two blocks of the first key, and which cipher it was for.
const REPORTS_MAX: usize = 4;

/// What the provider heard.
enum Heard {
    /// A block was encrypted: the first is the master salt, under the master key.
    Block {
        key: SecretVec,
        block: [u8; BLOCK_BYTES],
    },
    /// A cipher was made with what was derived.
    Aead,
    Stream,
}

/// The crypto provider of one connection: the usual one, listened to.
pub(crate) struct Listening {
    provider: Arc<dyn RTCCryptoProvider>,
    has_begun: AtomicBool,
    heard: SyncSender<Heard>,
}

/// The end at which the keys come out.
pub(crate) struct Keys {
    provider: Arc<dyn RTCCryptoProvider>,
    heard: Receiver<Heard>,
}

/// Listens to a provider.
pub(crate) fn listen(provider: Arc<dyn RTCCryptoProvider>) -> (Arc<Listening>, Keys) {
    let (heard, told) = sync_channel(REPORTS_MAX);
    let listening =
        Listening { provider: Arc::clone(&provider), has_begun: AtomicBool::new(false), heard };
    (Arc::new(listening), Keys { provider, heard: told })
}

impl Listening {
    fn crypto(&self) -> &dyn RTCCrypto {
        self.provider.crypto()
    }

    /// Whoever listens has heard enough when the queue is full.
    fn tell(&self, heard: Heard) {
        let _ = self.heard.try_send(heard);
    }

    fn tell_cipher(&self, heard: Heard) {
        // DTLS makes ciphers too, before any key of SRTP is derived.
        if self.has_begun.load(Ordering::Relaxed) {
            self.tell(heard);
        }
    }
}

impl RTCCryptoProvider for Listening {
    fn name(&self) -> &'static str {
        self.provider.name()
    }

    fn crypto(&self) -> &dyn RTCCrypto {
        self
    }

    fn random(&self) -> &dyn RTCRandom {
        self.provider.random()
    }
}

impl RTCCrypto for Listening {
    fn supports(&self, algorithm: CryptoAlgorithm) -> bool {
        self.crypto().supports(algorithm)
    }

    fn hash(&self, algorithm: HashAlgorithm, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.crypto().hash(algorithm, data)
    }

    fn block_encrypt(
        &self,
        algorithm: BlockCipherAlgorithm,
        key: &[u8],
        block: &mut [u8],
    ) -> Result<(), CryptoError> {
        if let Ok(block) = <[u8; BLOCK_BYTES]>::try_from(&*block) {
            self.has_begun.store(true, Ordering::Relaxed);
            self.tell(Heard::Block { key: SecretVec::new(key.to_vec()), block });
        }
        self.crypto().block_encrypt(algorithm, key, block)
    }

    fn new_hmac(&self, algorithm: HmacAlgorithm, key: &[u8]) -> Result<Box<dyn Mac>, CryptoError> {
        self.crypto().new_hmac(algorithm, key)
    }

    fn new_stream_cipher(
        &self,
        algorithm: StreamCipherAlgorithm,
        key: &[u8],
    ) -> Result<Box<dyn StreamCipher>, CryptoError> {
        self.tell_cipher(Heard::Stream);
        self.crypto().new_stream_cipher(algorithm, key)
    }

    fn new_aead(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
    ) -> Result<Box<dyn AeadCipher>, CryptoError> {
        self.tell_cipher(Heard::Aead);
        self.crypto().new_aead(algorithm, key)
    }

    fn new_cbc(
        &self,
        algorithm: CbcAlgorithm,
        key: &[u8],
    ) -> Result<Box<dyn CbcCipher>, CryptoError> {
        self.crypto().new_cbc(algorithm, key)
    }

    fn start_key_exchange(
        &self,
        algorithm: KeyExchangeAlgorithm,
    ) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        self.crypto().start_key_exchange(algorithm)
    }

    fn generate_signing_key(
        &self,
        scheme: SignatureScheme,
    ) -> Result<Arc<dyn SigningKey>, CryptoError> {
        self.crypto().generate_signing_key(scheme)
    }

    fn import_signing_key(
        &self,
        scheme: SignatureScheme,
        pkcs8_der: &[u8],
    ) -> Result<Arc<dyn SigningKey>, CryptoError> {
        self.crypto().import_signing_key(scheme, pkcs8_der)
    }

    fn verify_signature(
        &self,
        scheme: SignatureScheme,
        public_key: PublicKey<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        self.crypto().verify_signature(scheme, public_key, message, signature)
    }
}

impl Keys {
    /// The outgoing side, once DTLS is up.
    pub(crate) fn sealer(&self) -> Option<Sealer> {
        let Heard::Block { key, block } = self.heard.try_recv().ok()? else { return None };
        let mut heard = std::iter::from_fn(|| self.heard.try_recv().ok());
        let cipher = heard.find(|heard| !matches!(heard, Heard::Block { .. }))?;
        let master = Master { crypto: self.provider.crypto(), key: key.as_ref(), salt: block };
        match cipher {
            Heard::Aead => master.authenticated().ok(),
            Heard::Stream => master.counter_mode().ok(),
            Heard::Block { .. } => None,
        }
    }
}

/// Master key and salt of one direction.
struct Master<'a> {
    crypto: &'a dyn RTCCrypto,
    key: &'a [u8],
    /// Filled up with zeros.
    salt: [u8; BLOCK_BYTES],
}

impl Master<'_> {
    fn authenticated(&self) -> Result<Sealer, CryptoError> {
        let mut key = [0; 32];
        let key = &mut key[..self.key.len().min(32)];
        self.derive(LABEL_KEY, key)?;
        let algorithm = match key.len() {
            16 => AeadAlgorithm::Aes128Gcm,
            _ => AeadAlgorithm::Aes256Gcm,
        };
        let mut salt = [0; 12];
        self.derive(LABEL_SALT, &mut salt)?;
        Ok(Sealer::Authenticated { cipher: self.crypto.new_aead(algorithm, key)?, salt })
    }

    fn counter_mode(&self) -> Result<Sealer, CryptoError> {
        let (mut key, mut authentication, mut salt) = ([0; 16], [0; 20], [0; 14]);
        self.derive(LABEL_KEY, &mut key)?;
        self.derive(LABEL_AUTHENTICATION, &mut authentication)?;
        self.derive(LABEL_SALT, &mut salt)?;
        Ok(Sealer::CounterMode {
            cipher: self.crypto.new_stream_cipher(StreamCipherAlgorithm::Aes128Ctr, &key)?,
            mac: self.crypto.new_hmac(HmacAlgorithm::Sha1, &authentication)?,
            salt,
        })
    }

    /// The pseudo-random function of RFC 3711 §4.3.3 and RFC 6188 §3.
    fn derive(&self, label: u8, derived: &mut [u8]) -> Result<(), CryptoError> {
        let algorithm = match self.key.len() {
            16 => BlockCipherAlgorithm::Aes128,
            _ => BlockCipherAlgorithm::Aes256,
        };
        for (count, part) in (0_u16..).zip(derived.chunks_mut(BLOCK_BYTES)) {
            let mut block = self.salt;
            block[7] ^= label;
            let [high, low] = count.to_be_bytes();
            (block[14], block[15]) = (high, low);
            self.crypto.block_encrypt(algorithm, self.key, &mut block)?;
            part.copy_from_slice(&block[..part.len()]);
        }
        Ok(())
    }
}

/// Seals the packets of one peer.
pub(crate) enum Sealer {
    /// `AEAD_AES_128_GCM` or `AEAD_AES_256_GCM`.
    Authenticated { cipher: Box<dyn AeadCipher>, salt: [u8; 12] },
    /// `AES128_CM_HMAC_SHA1_80`.
    CounterMode { cipher: Box<dyn StreamCipher>, mac: Box<dyn Mac>, salt: [u8; 14] },
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authenticated { .. } => "Authenticated",
            Self::CounterMode { .. } => "CounterMode",
        })
    }
}

/// A packet to be sealed: where its header ends, and the upper half of its index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet {
    /// Bytes of the header with its extensions.
    pub(crate) header: usize,
    /// Bytes of header and payload.
    pub(crate) length: usize,
    /// How often its sequence number has come round.
    pub(crate) rollovers: u32,
}

impl Sealer {
    /// Seals the packet that begins `buffer`, in place; its length then. Nothing when the buffer
    /// has no room for the tag.
    pub(crate) fn seal(&mut self, buffer: &mut [u8], packet: Packet) -> Option<usize> {
        let fixed = buffer.first_chunk::<HEADER_BYTES>()?;
        let (sequence, ssrc) = ([fixed[2], fixed[3]], [fixed[8], fixed[9], fixed[10], fixed[11]]);
        let rollovers = packet.rollovers.to_be_bytes();
        let (header, rest) = buffer.split_at_mut_checked(packet.header)?;
        let (payload, rest) = rest.split_at_mut_checked(packet.length - packet.header)?;
        match self {
            Self::Authenticated { cipher, salt } => {
                let mut nonce = [0; 12];
                nonce[2..6].copy_from_slice(&ssrc);
                nonce[6..10].copy_from_slice(&rollovers);
                nonce[10..].copy_from_slice(&sequence);
                mix(&mut nonce, salt);
                let tag = rest.get_mut(..TAG_BYTES_MAX)?;
                cipher.seal_in_place(&nonce, header, payload, tag).ok()?;
                Some(packet.length + TAG_BYTES_MAX)
            }
            Self::CounterMode { cipher, mac, salt } => {
                let mut counter = [0; 16];
                counter[4..8].copy_from_slice(&ssrc);
                counter[8..12].copy_from_slice(&rollovers);
                counter[12..14].copy_from_slice(&sequence);
                mix(&mut counter, salt);
                cipher.apply_keystream(&counter, payload).ok()?;
                let mut tag = [0; 20];
                mac.sign(&[header, payload, &rollovers], &mut tag).ok()?;
                rest.get_mut(..HMAC_TAG_BYTES)?.copy_from_slice(&tag[..HMAC_TAG_BYTES]);
                Some(packet.length + HMAC_TAG_BYTES)
            }
        }
    }
}

fn mix(block: &mut [u8], salt: &[u8]) {
    for (byte, salt) in block.iter_mut().zip(salt) {
        *byte ^= salt;
    }
}

#[cfg(test)]
mod tests {
    use rtc::srtp::context::Context;
    use rtc::srtp::protection_profile::ProtectionProfile;

    use super::*;

    /// Two sides of `rtc`'s own SRTP made through a listened provider: the first is the sealer's.
    fn sides(profile: ProtectionProfile) -> (Sealer, Context) {
        let (listening, keys) = listen(rtc::crypto::default_provider().unwrap());
        let crypto: &dyn RTCCrypto = &*listening;
        // As DTLS does before.
        crypto.new_aead(AeadAlgorithm::Aes128Gcm, &[9; 16]).unwrap();
        let (key, salt) = (vec![7; profile.key_len()], vec![3; profile.salt_len()]);
        let context =
            |key: &[u8]| Context::new(key, &salt, profile, None, None, crypto).expect("a context");
        context(&key);
        context(&vec![8; profile.key_len()]);
        let receiver = {
            let plain = rtc::crypto::default_provider().unwrap();
            Context::new(&key, &salt, profile, None, None, plain.crypto()).unwrap()
        };
        (keys.sealer().expect("the keys were heard"), receiver)
    }

    fn check(profile: ProtectionProfile) {
        let (mut sealer, mut receiver) = sides(profile);
        for round in 0..3_u32 {
            for sequence in [0_u16, 1, 0x7fff, 0xfffe, 0xffff] {
                let mut buffer = vec![0x80, 96];
                buffer.extend(sequence.to_be_bytes());
                buffer.extend([0, 0, 0, 1, 0xde, 0xad, 0xbe, 0xef]);
                buffer.extend(b"a payload of some length");
                let (plain, length) = (buffer.clone(), buffer.len());
                buffer.resize(length + TAG_BYTES_MAX, 0);
                let packet = Packet { header: HEADER_BYTES, length, rollovers: round };
                let size = sealer.seal(&mut buffer, packet).unwrap();
                let opened = receiver.decrypt_rtp(&buffer[..size]).unwrap();
                assert_eq!(&opened[..], &plain[..], "{round} {sequence}");
            }
        }
    }

    #[test]
    fn what_is_sealed_is_opened_by_another() {
        check(ProtectionProfile::AeadAes128Gcm);
        check(ProtectionProfile::AeadAes256Gcm);
        check(ProtectionProfile::Aes128CmHmacSha1_80);
    }

    #[test]
    fn a_buffer_without_room_is_refused() {
        let (mut sealer, _) = sides(ProtectionProfile::AeadAes128Gcm);
        for size in 0..HEADER_BYTES + 4 + TAG_BYTES_MAX {
            let packet = Packet { header: HEADER_BYTES, length: HEADER_BYTES + 4, rollovers: 0 };
            assert_eq!(sealer.seal(&mut vec![0; size], packet), None, "{size}");
        }
    }
}
