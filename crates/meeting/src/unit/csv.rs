//! Units from a file: `gso_code,name,kind,parent_gso_code`, a line each.

use std::collections::{BTreeMap, BTreeSet};

use super::day::Period;
use super::tree::UnitFact;
use crate::ids::UnitId;
use crate::limits::{UNIT_NAME_CHARS_MAX, UNIT_ROWS_MAX};

const HEADER: [&str; 4] = ["gso_code", "name", "kind", "parent_gso_code"];

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitRow {
    /// The General Statistics Office's code.
    pub code: String,
    /// The name, as in official papers.
    pub name: String,
    /// What it is: "tỉnh", "phường", "xã" …
    pub kind: String,
    /// The code of the unit above; the top has none.
    pub parent: Option<String>,
}

/// Why a file of units is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct UnitsRefusal {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The first line does not name the columns.
    #[error("the first line must be gso_code,name,kind,parent_gso_code")]
    Header,
    /// A line has another number of columns.
    #[error("4 columns are expected, there are {0}")]
    Columns(usize),
    /// A quotation mark is not closed, or stands inside a field.
    #[error("a quotation mark is not closed")]
    Quote,
    /// The code is not one.
    #[error("the code must be 1 to 10 digits")]
    Code,
    /// The name or the kind is empty or too long.
    #[error("the name or the kind is empty or too long")]
    Name,
    /// The code was used before.
    #[error("the code {0} is on an earlier line too")]
    Twice(String),
    /// There is no line for the unit above.
    #[error("there is no unit {0} to stand above")]
    NoParent(String),
    /// The file is too long.
    #[error("too many lines")]
    TooMany,
}

/// Reads a file of units. Words are expected in NFC, which the edge makes.
pub fn parse_units(text: &str) -> Result<Vec<UnitRow>, UnitsRefusal> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = (1..).zip(text.lines());
    let header = lines.next().map(|(_, line)| line.trim_end().split(',').collect::<Vec<_>>());
    if header.as_deref() != Some(&HEADER) {
        return Err(UnitsRefusal { line: 1, problem: Problem::Header });
    }
    let mut rows = Vec::new();
    let mut codes = BTreeSet::new();
    for (line, text) in lines.filter(|(_, text)| !text.trim().is_empty()) {
        let row = row(text).map_err(|problem| UnitsRefusal { line, problem })?;
        if !codes.insert(row.code.clone()) {
            return Err(UnitsRefusal { line, problem: Problem::Twice(row.code) });
        }
        if rows.len() == UNIT_ROWS_MAX {
            return Err(UnitsRefusal { line, problem: Problem::TooMany });
        }
        rows.push((line, row));
    }
    for (line, row) in &rows {
        let lost = row.parent.as_ref().filter(|parent| !codes.contains(*parent));
        if let Some(parent) = lost {
            return Err(UnitsRefusal { line: *line, problem: Problem::NoParent(parent.clone()) });
        }
    }
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// The facts of a file that describes one period; `ids` knows the unit of each code. A row whose
/// code or parent has no id is left out.
#[must_use]
pub fn facts_of(rows: &[UnitRow], period: Period, ids: &BTreeMap<String, UnitId>) -> Vec<UnitFact> {
    let facts = rows.iter().filter_map(|row| {
        let unit = *ids.get(&row.code)?;
        let parent = match &row.parent {
            Some(code) => Some(*ids.get(code)?),
            None => None,
        };
        let named = UnitFact::Named { unit, name: row.name.clone(), period };
        Some([named, UnitFact::Placed { unit, parent, period }])
    });
    facts.flatten().collect()
}

fn row(line: &str) -> Result<UnitRow, Problem> {
    let fields = fields(line)?;
    let [code, name, kind, parent] = fields.as_slice() else {
        return Err(Problem::Columns(fields.len()));
    };
    let is_code = |text: &str| {
        (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_name = |text: &str| !text.is_empty() && text.chars().count() <= UNIT_NAME_CHARS_MAX;
    if !is_code(code) || !(parent.is_empty() || is_code(parent)) {
        return Err(Problem::Code);
    }
    if !is_name(name) || !is_name(kind) {
        return Err(Problem::Name);
    }
    Ok(UnitRow {
        code: code.clone(),
        name: name.clone(),
        kind: kind.clone(),
        parent: Some(parent.clone()).filter(|parent| !parent.is_empty()),
    })
}

/// Splits a line as RFC 4180 says; a field does not go over several lines.
fn fields(line: &str) -> Result<Vec<String>, Problem> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut marks = line.trim_end().chars().peekable();
    while let Some(mark) = marks.next() {
        let Some(field) = fields.last_mut() else { return Err(Problem::Columns(0)) };
        match mark {
            '"' if quoted && marks.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            '"' => return Err(Problem::Quote),
            ',' if !quoted => fields.push(String::new()),
            other => field.push(other),
        }
    }
    if quoted {
        return Err(Problem::Quote);
    }
    Ok(fields.into_iter().map(|field| field.trim().to_owned()).collect())
}
