//! Free text on its way into the store: NFC, an id, a salt and a hash.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use meeting::{Command, Digest, Refusal, TextId, Written};
use ring::digest::{Context, SHA256};
use unicode_normalization::UnicodeNormalization as _;

use crate::edge::Edge;
use crate::limits::WORDS_BYTES_MAX;
use crate::store::texts::Salted;

/// A command whose free text has ids, with the salts that belong to them.
pub(crate) struct Prepared {
    /// To be decided.
    pub(crate) command: Command,
    /// To be kept beside the log, if it is not refused.
    pub(crate) texts: Vec<Salted>,
}

/// Gives the words of a command their ids, salts and hashes.
pub(crate) fn prepare(edge: &Edge, command: Command<String>) -> Result<Prepared, Refusal> {
    let mut texts = Vec::new();
    let command = command.try_map_text(|words| {
        if words.len() > WORDS_BYTES_MAX {
            return Err(Refusal::BadTitle);
        }
        let words: String = words.trim().nfc().collect();
        let salt: [u8; 16] = edge.bytes();
        let written =
            Written { id: TextId::new(edge.uuid()), digest: digest_of(salt, &words), words };
        texts.push(Salted { written: written.clone(), salt: STANDARD_NO_PAD.encode(salt) });
        Ok(written)
    })?;
    Ok(Prepared { command, texts })
}

fn digest_of(salt: [u8; 16], words: &str) -> Digest {
    let mut context = Context::new(&SHA256);
    context.update(&salt);
    context.update(words.as_bytes());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.finish().as_ref());
    Digest::new(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_have_another_hash_each_time() {
        let edge = Edge::real();
        let command = || Command::<String>::Amend {
            title: " Ho\u{323}p ".into(),
            starts_at: meeting::Timestamp::from_millis(0),
            minutes: 60,
        };
        let (one, other) = (prepare(&edge, command()), prepare(&edge, command()));
        let (one, other) = (one.expect("it is short"), other.expect("it is short"));
        assert_eq!(one.texts[0].written.words, "H\u{1ecd}p", "trimmed, and in NFC");
        assert_ne!(one.texts[0].written.digest, other.texts[0].written.digest);
        assert_ne!(one.texts[0].written.id, other.texts[0].written.id);
    }

    #[test]
    fn words_without_end_are_refused() {
        let title = "x".repeat(WORDS_BYTES_MAX + 1);
        let starts_at = meeting::Timestamp::from_millis(0);
        let command = Command::Amend { title, starts_at, minutes: 60 };
        assert_eq!(prepare(&Edge::real(), command).err(), Some(Refusal::BadTitle));
    }
}
