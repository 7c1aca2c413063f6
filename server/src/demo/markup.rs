//! The form in which the demo's papers are written down (`server/demo/papers/*.txt`).
//!
//! One block a line: `@name value` sets a field of the paper's head, `# ` and `## ` are headings,
//! `---` turns the page, `- ` is an item of a list, `! ` the caption of a table, `|= 1 2` the
//! weights of its columns, `| a | b` one of its rows (the first is its head); anything else is a
//! paragraph.

/// A paper in the form of Nghị định 30/2020.
#[derive(Debug, Default)]
pub(super) struct Paper {
    /// Who issues it, the last line in bold.
    pub(super) issuer: Vec<String>,
    /// Number and notation (số, ký hiệu).
    pub(super) number: String,
    /// The name of its kind (tên loại).
    pub(super) kind: String,
    /// What it is about (trích yếu), in the lines it is broken into.
    pub(super) subject: Vec<String>,
    /// Capacity and position above the signature, the signer's name last.
    pub(super) signature: Vec<String>,
    /// Who gets it (nơi nhận).
    pub(super) recipients: Vec<String>,
    /// What it says.
    pub(super) blocks: Vec<Block>,
}

/// A part of a paper's text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Block {
    Heading(String),
    Subheading(String),
    Paragraph(String),
    Item(String),
    Caption(String),
    Table(Table),
    Turn,
}

/// A table whose first row is its head.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// Relative widths of the columns.
    pub(super) weights: Vec<u16>,
    /// Rows of cells, as many as there are weights.
    pub(super) rows: Vec<Vec<String>>,
}

/// Reads a paper; `{year}` in the text becomes `year`.
pub(super) fn parse(text: &str, year: i16) -> anyhow::Result<Paper> {
    let mut paper = Paper::default();
    for (index, line) in text.replace("{year}", &year.to_string()).lines().enumerate() {
        read(&mut paper, line)
            .map_err(|wrong| anyhow::anyhow!("line {} of the paper: {wrong}", index + 1))?;
    }
    Ok(paper)
}

fn read(paper: &mut Paper, line: &str) -> Result<(), String> {
    if let Some(field) = line.strip_prefix('@') {
        return set(paper, field);
    }
    if let Some(weights) = line.strip_prefix("|= ") {
        let weights = weights.split_whitespace().map(str::parse).collect::<Result<_, _>>();
        let weights = weights.map_err(|_| "a weight is not a number".to_owned())?;
        paper.blocks.push(Block::Table(Table { weights, rows: Vec::new() }));
        return Ok(());
    }
    if let Some(cells) = line.strip_prefix('|') {
        let Some(Block::Table(table)) = paper.blocks.last_mut() else {
            return Err("a row without a table".into());
        };
        let row = pieces(cells);
        if row.len() != table.weights.len() {
            return Err(format!("{} cells for {} columns", row.len(), table.weights.len()));
        }
        table.rows.push(row);
        return Ok(());
    }
    if line == "---" {
        paper.blocks.push(Block::Turn);
        return Ok(());
    }
    paper.blocks.push(match line.split_once(' ') {
        Some(("#", rest)) => Block::Heading(rest.into()),
        Some(("##", rest)) => Block::Subheading(rest.into()),
        Some(("-", rest)) => Block::Item(rest.into()),
        Some(("!", rest)) => Block::Caption(rest.into()),
        _ => Block::Paragraph(line.into()),
    });
    Ok(())
}

fn set(paper: &mut Paper, field: &str) -> Result<(), String> {
    let (name, value) = field.split_once(' ').ok_or("a field without a value")?;
    match name {
        "issuer" => paper.issuer = pieces(value),
        "number" => paper.number = value.into(),
        "kind" => paper.kind = value.into(),
        "subject" => paper.subject = pieces(value),
        "signature" => paper.signature = pieces(value),
        "recipients" => paper.recipients = pieces(value),
        _ => return Err(format!("there is no field {name}")),
    }
    Ok(())
}

fn pieces(text: &str) -> Vec<String> {
    text.split('|').map(|piece| piece.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_block() {
        let table = Table { weights: vec![1, 3], rows: vec![vec!["TT".into(), "Tên".into()]] };
        let cases = [
            ("# I. Một", Block::Heading("I. Một".into())),
            ("## 1. Hai", Block::Subheading("1. Hai".into())),
            ("- ba", Block::Item("ba".into())),
            ("! Bảng 1", Block::Caption("Bảng 1".into())),
            ("Năm {year}.", Block::Paragraph("Năm 2026.".into())),
            ("---", Block::Turn),
            ("|= 1 3\n| TT | Tên", Block::Table(table)),
        ];
        for (text, block) in cases {
            assert_eq!(parse(text, 2026).expect(text).blocks, [block], "{text}");
        }
    }

    #[test]
    fn what_is_written_wrong_is_named() {
        for (text, part) in [
            ("@colour red", "no field colour"),
            ("| a", "without a table"),
            ("|= 1 2\n| a", "1 cells for 2"),
            ("|= x", "not a number"),
        ] {
            let wrong = parse(text, 2026).expect_err(text).to_string();
            assert!(wrong.contains(part), "{text}: {wrong}");
        }
    }
}
