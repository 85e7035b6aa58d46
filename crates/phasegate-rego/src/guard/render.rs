//! Requirements as a table for people, at most 100 columns wide.

use std::{collections::BTreeMap, fmt};

use super::requirement::{Requirement, Requirements, RuleRow};

const WIDTH: usize = 100;
/// Longer cells are broken, so that one long path does not push the rest of the table aside.
const COLUMN_WIDTHS: [usize; 3] = [36, 24, 20];
const GAP: usize = 2;

impl fmt::Display for Requirements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = format!("data.{}", self.package);
        if self.requirements.is_empty() {
            return writeln!(f, "{entry} reads no input");
        }
        let files = self.files();
        writeln!(f, "{entry}: {}", self.names.join(", "))?;
        if let [only] = files.as_slice() {
            writeln!(f, "rows are of {only}")?;
        } else {
            for (number, file) in (1..).zip(&files) {
                let note = if number == 1 { ", meant where no file is" } else { "" };
                writeln!(f, "file {number} is {file}{note}")?;
            }
        }
        writeln!(f)?;
        let heads = ["path", "type", "required", "read by"].map(|head| vec![head.to_owned()]);
        let rows: Vec<[Vec<String>; 4]> = std::iter::once(heads)
            .chain(self.requirements.iter().map(|requirement| self.cells(requirement, &files)))
            .collect();
        let mut widths = [0; 3];
        for row in &rows {
            for ((width, cell), limit) in widths.iter_mut().zip(row).zip(COLUMN_WIDTHS) {
                let longest = cell.iter().map(|word| length(word)).max().unwrap_or(0);
                let whole = length(&cell.join(" "));
                *width = (*width).max(whole.min(limit).max(longest.min(limit)));
            }
        }
        let last = WIDTH - widths.iter().sum::<usize>() - GAP * widths.len();
        let [path, types, required] = widths;
        let widths = [path, types, required, last];
        for row in &rows {
            write_row(f, row, widths)?;
        }
        Ok(())
    }
}

impl Requirements {
    /// The words of each cell; a line may be broken between words only, unless one is too long by
    /// itself.
    fn cells(&self, requirement: &Requirement, files: &[&str]) -> [Vec<String>; 4] {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let mut types = words(&requirement.types.to_string());
        if requirement.not_empty {
            types.extend(words("not empty"));
        }
        if let Some(range) = &requirement.range {
            if let Some(last) = types.last_mut() {
                last.push(',');
            }
            types.extend(words(&range.to_string()));
        }
        if !requirement.same_type_as.is_empty() {
            if let Some(last) = types.last_mut() {
                last.push(',');
            }
            types.extend(words("same as"));
            types.extend(requirement.same_type_as.iter().map(ToString::to_string));
        }
        let required = match (requirement.optional, &requirement.required_with) {
            (true, _) => words("optional"),
            (false, None) => words("always"),
            (false, Some(section)) => vec!["with".to_owned(), section.to_string()],
        };
        [vec![requirement.path.to_string()], types, required, self.read_by(requirement, files)]
    }

    /// `rule:row, row, lib.rule (2:row)`: a rule of the asked package by its name alone, a row of
    /// the file that is read most by its number alone, of another after the file's number.
    fn read_by(&self, requirement: &Requirement, files: &[&str]) -> Vec<String> {
        let same_rule = |a: &RuleRow, b: &RuleRow| {
            (&a.package, &a.rule, &a.file) == (&b.package, &b.rule, &b.file)
        };
        let mut words = Vec::new();
        for rows in requirement.needed_by.chunk_by(same_rule) {
            let Some(RuleRow { package, rule, file, .. }) = rows.first() else { continue };
            let own = *package == self.package;
            let name = if own { rule.clone() } else { format!("{package}.{rule}") };
            let number = 1 + files.iter().position(|known| known == file).unwrap_or(0);
            let mut numbers: Vec<String> = rows.iter().map(|row| format!("{},", row.row)).collect();
            if let Some(first) = numbers.first_mut() {
                if number == 1 {
                    first.insert_str(0, &format!("{name}:"));
                } else {
                    first.insert_str(0, &format!("({number}:"));
                    words.push(name);
                }
            }
            words.append(&mut numbers);
            if number > 1
                && let Some(last) = words.last_mut()
            {
                last.pop();
                last.push_str("),");
            }
        }
        if let Some(last) = words.last_mut() {
            last.pop();
        }
        words
    }

    /// The files in which reads stand, the one with most of them first.
    fn files(&self) -> Vec<&str> {
        let mut reads: BTreeMap<&str, usize> = BTreeMap::new();
        for row in self.requirements.iter().flat_map(|requirement| &requirement.needed_by) {
            *reads.entry(&row.file).or_default() += 1;
        }
        let mut files: Vec<_> = reads.into_iter().collect();
        files.sort_by_key(|(file, count)| (std::cmp::Reverse(*count), *file));
        files.into_iter().map(|(file, _)| file).collect()
    }
}

fn write_row(
    f: &mut fmt::Formatter<'_>,
    cells: &[Vec<String>; 4],
    widths: [usize; 4],
) -> fmt::Result {
    let columns: Vec<Vec<String>> =
        cells.iter().zip(widths).map(|(cell, width)| broken(cell, width)).collect();
    let height = columns.iter().map(Vec::len).max().unwrap_or(0);
    for line in 0..height {
        let mut text = String::new();
        for (column, width) in columns.iter().zip(widths) {
            let cell = column.get(line).map_or("", String::as_str);
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', (width + GAP).saturating_sub(length(cell))));
        }
        writeln!(f, "{}", text.trim_end())?;
    }
    Ok(())
}

/// The words of a cell in lines of a width.
fn broken(words: &[String], width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words {
        if !line.is_empty() && length(&line) + 1 + length(word) > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        let mut rest = word.as_str();
        while length(rest) > width {
            let (head, tail) = split(rest, width);
            lines.push(head.to_owned());
            rest = tail;
        }
        line.push_str(rest);
    }
    lines.push(line);
    lines
}

/// The part of a word that fits, up to a dot or underscore where there is one.
fn split(word: &str, width: usize) -> (&str, &str) {
    let fits = word.char_indices().nth(width).map_or(word.len(), |(end, _)| end);
    let head = word.get(..fits).unwrap_or(word);
    let end = head.rfind(['.', '_', '/', ':']).map_or(fits, |at| at + 1);
    word.split_at_checked(end).unwrap_or((word, ""))
}

fn length(text: &str) -> usize {
    text.chars().count()
}
