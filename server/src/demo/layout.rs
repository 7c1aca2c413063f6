//! Where every word of a paper stands: A4, the margins and sizes of Nghị định 30/2020.
//!
//! Text goes in, [`Sheet`]s of [`Mark`]s come out; nothing is drawn here. Lengths are points,
//! counted from the upper left corner.

use super::fonts::{Face, Fonts};
use super::markup::{Block, Paper, Table};

/// Width and height of A4.
pub(super) const SHEET: (f32, f32) = (595.28, 841.89);
const LEFT: f32 = 85.0;
const RIGHT: f32 = 595.28 - 48.0;
const TOP: f32 = 68.0;
const BOTTOM: f32 = 841.89 - 62.0;
const BODY: f32 = 14.0;
const CELL: f32 = 11.5;
const CELL_GAP: f32 = 4.0;
/// A column with a longer text than this is a column of words.
const WORDY_LETTERS_MIN: usize = 12;
const INDENT: f32 = 28.35;
const SPACING: f32 = 1.4;
const CELL_SPACING: f32 = 1.3;
const PARAGRAPH_GAP: f32 = 6.0;
/// What recipients and signature take, in lines of the body.
const FOOT_LINES: f32 = 9.0;

/// Something to be drawn.
#[derive(Clone, Debug)]
pub(super) enum Mark {
    /// A text whose baseline begins at `x`, `y`.
    Text { x: f32, y: f32, face: Face, size: f32, text: String },
    /// A straight line.
    Rule { from: (f32, f32), to: (f32, f32) },
}

/// One page.
pub(super) type Sheet = Vec<Mark>;

#[derive(Clone, Copy)]
struct Style {
    face: Face,
    size: f32,
}

#[derive(Clone, Copy)]
enum Align {
    Left,
    Middle,
    Justify,
}

const REGULAR: Style = Style { face: Face::Regular, size: BODY };
const BOLD: Style = Style { face: Face::Bold, size: BODY };

/// Sets a paper; `place_and_date` is the line under the national header.
pub(super) fn set(fonts: &Fonts, paper: &Paper, place_and_date: &str) -> Vec<Sheet> {
    let mut setter = Setter { fonts, sheets: vec![Vec::new()], y: TOP };
    setter.head(paper, place_and_date);
    let last = paper.blocks.len().saturating_sub(1);
    for (index, block) in paper.blocks.iter().enumerate() {
        if index == last {
            // A signature never stands alone on a page.
            setter.keep_together(FOOT_LINES + 3.0);
        }
        setter.block(block);
    }
    setter.foot(paper);
    setter.number_pages();
    setter.sheets
}

/// How a row of a table is set.
struct Frame<'a> {
    edges: &'a [f32],
    wordy: &'a [bool],
    height: f32,
    bold: bool,
}

struct Setter<'a> {
    fonts: &'a Fonts,
    sheets: Vec<Sheet>,
    y: f32,
}

impl Setter<'_> {
    /// Issuer and number on the left, the national header and the date on the right, then kind
    /// and subject.
    fn head(&mut self, paper: &Paper, place_and_date: &str) {
        let (left, right) = ((LEFT - 14.0, 262.0), (268.0, RIGHT + 8.0));
        let mut y = TOP;
        let last = paper.issuer.len().saturating_sub(1);
        for (index, line) in paper.issuer.iter().enumerate() {
            let face = if index == last { Face::Bold } else { Face::Regular };
            self.middle(left, y, Style { face, size: 12.0 }, line);
            y += 15.0;
        }
        self.rule_under(left, y - 11.0, 60.0);
        self.middle(
            left,
            y + 8.0,
            Style { face: Face::Regular, size: 13.0 },
            &format!("Số: {}", paper.number),
        );

        let national = Style { face: Face::Bold, size: 12.0 };
        self.middle(right, TOP, national, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM");
        let motto = Style { face: Face::Bold, size: 13.0 };
        let words = "Độc lập - Tự do - Hạnh phúc";
        self.middle(right, TOP + 15.0, motto, words);
        let width = self.fonts.width(motto.face, motto.size, words);
        self.rule_under(right, TOP + 19.0, width);
        let date = Style { face: Face::Italic, size: 13.0 };
        self.middle(right, TOP + 38.0, date, place_and_date);

        self.y = TOP + 82.0;
        for line in std::iter::once(&paper.kind).chain(&paper.subject) {
            self.middle((LEFT, RIGHT), self.y, BOLD, line);
            self.y += BODY * SPACING;
        }
        self.rule_under((LEFT, RIGHT), self.y - 11.0, 90.0);
        self.y += 14.0;
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(text) | Block::Subheading(text) => {
                self.keep_together(4.0);
                self.y += 3.0;
                self.paragraph(text, BOLD, INDENT);
            }
            Block::Paragraph(text) => self.paragraph(text, REGULAR, INDENT),
            Block::Item(text) => self.paragraph(&format!("- {text}"), REGULAR, INDENT),
            Block::Caption(text) => {
                self.keep_together(7.0);
                self.y += 4.0;
                let style = Style { face: Face::Italic, size: 13.0 };
                self.middle((LEFT, RIGHT), self.y, style, text);
                self.y += 8.0;
            }
            Block::Table(table) => self.table(table),
            Block::Turn => self.turn(),
        }
    }

    fn paragraph(&mut self, text: &str, style: Style, indent: f32) {
        let lines = self.wrap(text, style, RIGHT - LEFT, indent);
        let last = lines.len().saturating_sub(1);
        for (index, words) in lines.iter().enumerate() {
            self.keep_together(1.0);
            let from = if index == 0 { LEFT + indent } else { LEFT };
            let align = if index == last { Align::Left } else { Align::Justify };
            self.line(words, style, (from, RIGHT), align);
            self.y += style.size * SPACING;
        }
        self.y += PARAGRAPH_GAP;
    }

    /// Breaks a text into lines of words.
    fn wrap<'t>(&self, text: &'t str, style: Style, width: f32, indent: f32) -> Vec<Vec<&'t str>> {
        let space = self.fonts.width(style.face, style.size, " ");
        let mut lines: Vec<Vec<&str>> = vec![Vec::new()];
        let mut x = indent;
        for word in text.split_whitespace() {
            let wide = self.fonts.width(style.face, style.size, word);
            let fresh = lines.last().is_none_or(Vec::is_empty);
            if !fresh && x + wide > width {
                lines.push(Vec::new());
                x = 0.0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(word);
            }
            x += wide + space;
        }
        lines
    }

    /// Writes the words of one line between two edges, at the current height.
    fn line(&mut self, words: &[&str], style: Style, (from, to): (f32, f32), align: Align) {
        let space = self.fonts.width(style.face, style.size, " ");
        let text = words.join(" ");
        let rest = to - from - self.fonts.width(style.face, style.size, &text);
        match align {
            Align::Left => self.text(from, self.y, style, &text),
            Align::Middle => self.text(from + rest.max(0.0) / 2.0, self.y, style, &text),
            Align::Justify => {
                let gaps = u16::try_from(words.len().saturating_sub(1)).unwrap_or(u16::MAX);
                let stretch = if gaps == 0 { 0.0 } else { rest / f32::from(gaps) };
                let mut x = from;
                for word in words {
                    self.text(x, self.y, style, word);
                    x += self.fonts.width(style.face, style.size, word) + space + stretch;
                }
            }
        }
    }

    fn table(&mut self, table: &Table) {
        let total: f32 = table.weights.iter().copied().map(f32::from).sum();
        let mut edges = vec![LEFT];
        let wordy = wordy_columns(table);
        for weight in &table.weights {
            let last = edges.last().copied().unwrap_or(LEFT);
            edges.push(last + (RIGHT - LEFT) * f32::from(*weight) / total);
        }
        self.y -= CELL * 0.4;
        let head = table.rows.first();
        for (index, row) in table.rows.iter().enumerate() {
            let bold = index == 0 || row.first().is_some_and(String::is_empty);
            let height = self.row_height(row, &edges, bold);
            if self.y + height > BOTTOM {
                self.turn();
                self.y -= CELL;
                if let Some(head) = head.filter(|_| index > 0) {
                    let height = self.row_height(head, &edges, true);
                    let frame = Frame { edges: &edges, wordy: &[], height, bold: true };
                    self.row(head, &frame);
                }
            }
            let wordy = if index == 0 { &[][..] } else { &wordy };
            self.row(row, &Frame { edges: &edges, wordy, height, bold });
        }
        self.y += BODY * SPACING + 4.0;
    }

    fn row_height(&self, row: &[String], edges: &[f32], bold: bool) -> f32 {
        let lines = row.iter().zip(edges.windows(2)).map(|(cell, edge)| {
            let width =
                edge.last().copied().unwrap_or(RIGHT) - edge.first().copied().unwrap_or(LEFT);
            self.wrap(cell, cell_style(bold), width - 2.0 * CELL_GAP, 0.0).len()
        });
        let lines = u16::try_from(lines.max().unwrap_or(1)).unwrap_or(u16::MAX);
        f32::from(lines) * CELL * CELL_SPACING + CELL_GAP
    }

    fn row(&mut self, row: &[String], frame: &Frame<'_>) {
        let Frame { edges, height, .. } = *frame;
        let style = cell_style(frame.bold);
        let top = self.y;
        for (index, (cell, edge)) in row.iter().zip(edges.windows(2)).enumerate() {
            let [from, to] = *edge else { continue };
            let wordy = frame.wordy.get(index).copied().unwrap_or(false);
            let align = if wordy { Align::Left } else { Align::Middle };
            let lines = self.wrap(cell, style, to - from - 2.0 * CELL_GAP, 0.0);
            let count = u16::try_from(lines.len()).unwrap_or(u16::MAX);
            let free = height - f32::from(count) * CELL * CELL_SPACING;
            self.y = top + free / 2.0 + CELL;
            for line in lines {
                self.line(&line, style, (from + CELL_GAP, to - CELL_GAP), align);
                self.y += CELL * CELL_SPACING;
            }
        }
        for edge in edges {
            self.rule((*edge, top), (*edge, top + height));
        }
        for y in [top, top + height] {
            self.rule((LEFT, y), (RIGHT, y));
        }
        self.y = top + height;
    }

    /// Recipients on the left, the signature on the right.
    fn foot(&mut self, paper: &Paper) {
        self.keep_together(FOOT_LINES);
        self.y += 12.0;
        let top = self.y;
        self.text(LEFT, top, Style { face: Face::Italic, size: 12.0 }, "Nơi nhận:");
        for line in &paper.recipients {
            self.y += 14.0;
            self.text(LEFT, self.y, Style { face: Face::Regular, size: 11.0 }, line);
        }
        self.y = top;
        let Some((name, capacity)) = paper.signature.split_last() else { return };
        for line in capacity {
            self.middle((300.0, RIGHT), self.y, BOLD, line);
            self.y += 18.0;
        }
        self.middle((300.0, RIGHT), self.y + 62.0, BOLD, name);
    }

    /// From the second page on, in the middle of the upper margin.
    fn number_pages(&mut self) {
        for index in 1..self.sheets.len() {
            let text = (index + 1).to_string();
            let width = self.fonts.width(Face::Regular, BODY, &text);
            let x = (SHEET.0 - width) / 2.0;
            let mark = Mark::Text { x, y: 42.0, face: Face::Regular, size: BODY, text };
            if let Some(sheet) = self.sheets.get_mut(index) {
                sheet.push(mark);
            }
        }
    }

    /// Turns the page unless so many lines of the body still fit.
    fn keep_together(&mut self, lines: f32) {
        if self.y + (lines - 1.0) * BODY * SPACING > BOTTOM {
            self.turn();
        }
    }

    fn turn(&mut self) {
        self.sheets.push(Vec::new());
        self.y = TOP;
    }

    fn middle(&mut self, (from, to): (f32, f32), y: f32, style: Style, text: &str) {
        let width = self.fonts.width(style.face, style.size, text);
        self.text(from + (to - from - width) / 2.0, y, style, text);
    }

    fn rule_under(&mut self, (from, to): (f32, f32), y: f32, width: f32) {
        let middle = f32::midpoint(from, to);
        self.rule((middle - width / 2.0, y), (middle + width / 2.0, y));
    }

    fn text(&mut self, x: f32, y: f32, style: Style, text: &str) {
        let Style { face, size } = style;
        if !text.is_empty() {
            self.mark(Mark::Text { x, y, face, size, text: text.to_owned() });
        }
    }

    fn rule(&mut self, from: (f32, f32), to: (f32, f32)) {
        self.mark(Mark::Rule { from, to });
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(sheet) = self.sheets.last_mut() {
            sheet.push(mark);
        }
    }
}

/// Columns of words are set from the left, columns of numbers and units in the middle.
fn wordy_columns(table: &Table) -> Vec<bool> {
    let wordy = |column: usize| {
        let cells = table.rows.iter().skip(1).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().filter(|letter| letter.is_alphabetic()).count()).max()
            > Some(WORDY_LETTERS_MIN)
    };
    (0..table.weights.len()).map(wordy).collect()
}

const fn cell_style(bold: bool) -> Style {
    Style { face: if bold { Face::Bold } else { Face::Regular }, size: CELL }
}
