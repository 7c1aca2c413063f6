//! Frames as text. Changes are put together out of sections that are JSON already, so that what
//! readers share is written once for all of them.

use protocol::live::{ServerFrame, Topic};

use super::topics::Diff;

/// Any frame but changes.
pub(super) fn text(frame: &ServerFrame) -> Result<String, serde_json::Error> {
    serde_json::to_string(frame)
}

/// [`ServerFrame::Changes`].
pub(super) fn changes(
    topic: Topic,
    cursor: &str,
    diff: &Diff<'_>,
) -> Result<String, serde_json::Error> {
    let sections: usize = diff.changed.iter().map(|(key, json)| key.len() + json.len() + 4).sum();
    let mut text = String::with_capacity(sections + cursor.len() + 128);
    text.push_str(r#"{"type":"changes","topic":"#);
    text.push_str(&serde_json::to_string(&topic)?);
    text.push_str(r#","cursor":"#);
    text.push_str(&serde_json::to_string(cursor)?);
    text.push_str(r#","changed":{"#);
    for (place, (key, json)) in diff.changed.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(&serde_json::to_string(key)?);
        text.push(':');
        text.push_str(json);
    }
    text.push_str(r#"},"removed":"#);
    text.push_str(&serde_json::to_string(&diff.removed)?);
    text.push('}');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use meeting::{Floor, Section};
    use protocol::live::{Changes, Cursor, TopicSection};

    use super::*;

    #[test]
    fn changes_read_as_the_protocol_says() {
        let floor = Section::Floor(Floor { holder: None, queue: vec![] });
        let json = serde_json::to_string(&floor).expect("JSON");
        let diff = Diff { changed: vec![("floor", &json)], removed: vec!["head", "a\"b"] };
        let text = changes(Topic::Home, "c.d", &diff).expect("JSON");
        let expected = ServerFrame::Changes(Box::new(Changes {
            topic: Topic::Home,
            cursor: Cursor("c.d".into()),
            changed: BTreeMap::from([("floor".into(), TopicSection::Meeting(floor))]),
            removed: vec!["head".into(), "a\"b".into()],
        }));
        let read: ServerFrame = serde_json::from_str(&text).expect("a frame");
        assert_eq!(read, expected);
    }
}
