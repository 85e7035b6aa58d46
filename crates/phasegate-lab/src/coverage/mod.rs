//! What the tests of a project cover: lines as OPA counts them, and what lines do not tell.
//!
//! A line is covered when it was evaluated once. A comparison that was never false, a rule that
//! never failed to fire, a fact that was never missing are gaps that no count of lines shows.

mod instrument;
mod lines;

use std::fmt::Write as _;

use serde::Serialize;

pub(crate) use self::instrument::Instrumented;
pub use self::lines::{FileCoverage, LineCoverage, Range, Row};

use crate::Project;
use crate::test::Location;

/// What was covered. As JSON it has the keys of OPA, and three more.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Coverage {
    /// Lines of all files, tests included, as OPA counts them.
    #[serde(flatten)]
    pub lines: LineCoverage,
    /// The bodies of the rules of policies, in the order of files and rows.
    pub rules: Vec<RuleCoverage>,
    /// The comparisons of policies, in the order of files and rules.
    pub comparisons: Vec<ComparisonCoverage>,
    /// The paths of the input that policies read, sorted.
    pub inputs: Vec<InputCoverage>,
}

/// How a body of a rule was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleCoverage {
    /// Where its head, or its `else`, stands.
    #[serde(flatten)]
    pub location: Location,
    /// The name of the rule.
    pub rule: String,
    /// It held.
    pub fired: bool,
    /// It was asked more often than it held. A body that iterates holds several times when asked
    /// once; it may hide a time when it did not.
    pub not_fired: bool,
}

/// How a comparison was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComparisonCoverage {
    /// Where it begins.
    #[serde(flatten)]
    pub location: Location,
    /// Its text.
    pub text: String,
    /// It was true.
    pub seen_true: bool,
    /// It was false.
    pub seen_false: bool,
}

/// How a path of the input was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputCoverage {
    /// `input.metrics.error_rate`.
    pub path: String,
    /// A rule that reads it was asked while it was there.
    pub seen_present: bool,
    /// A rule that reads it was asked while it was missing.
    pub seen_missing: bool,
}

impl Coverage {
    /// The comparisons that were not seen both ways.
    pub fn one_sided(&self) -> impl Iterator<Item = &ComparisonCoverage> {
        self.comparisons.iter().filter(|one| !one.seen_true || !one.seen_false)
    }

    /// OPA's message when the lines are below a threshold in percent; with the missed lines when
    /// `verbose`.
    #[must_use]
    pub fn below(&self, threshold: f64, verbose: bool) -> Option<String> {
        if self.lines.coverage >= threshold {
            return None;
        }
        let mut text = format!(
            "Code coverage threshold not met: got {:.2} instead of {threshold:.2}",
            self.lines.coverage
        );
        if verbose {
            text.push_str("\nLines not covered:");
            for (file, lines) in &self.lines.files {
                for range in &lines.not_covered {
                    // Writing to a String cannot fail.
                    let _ = match (range.start.row, range.end.row) {
                        (start, end) if start == end => write!(text, "\n\t{file}:{start}"),
                        (start, end) => write!(text, "\n\t{file}:{start}-{end}"),
                    };
                }
            }
        }
        Some(text)
    }

    /// The view for a person: every gap with its source line, then the counts.
    #[must_use]
    pub fn to_text(&self, project: &Project) -> String {
        let mut text = String::new();
        for (file, lines) in &self.lines.files {
            let module = project.modules.iter().find(|module| module.file == *file);
            let rows = lines.not_covered.iter().flat_map(|range| range.start.row..=range.end.row);
            let rows: Vec<usize> = rows.collect();
            let _ = writeln!(text, "{file}: {:.1} % of lines", lines.coverage);
            for row in rows {
                let line = module.map(|module| module.line(row)).unwrap_or_default();
                let _ = writeln!(text, "  {row:>5} | {}", line.replace('\t', "    "));
            }
        }
        let gaps = |title: &str, gaps: Vec<String>, text: &mut String| {
            if !gaps.is_empty() {
                let _ = writeln!(text, "\n{title}");
                for gap in gaps {
                    let _ = writeln!(text, "  {gap}");
                }
            }
        };
        let at = |location: &Location| format!("{}:{}", location.file, location.row);
        let never = |both: (bool, bool), words: [&str; 3]| match both {
            (false, false) => Some(words[2].to_owned()),
            (false, true) => Some(words[0].to_owned()),
            (true, false) => Some(words[1].to_owned()),
            (true, true) => None,
        };
        let rules = self.rules.iter().filter_map(|one| {
            let words = ["never fired", "never seen not to fire", "never asked"];
            let never = never((one.fired, one.not_fired), words)?;
            Some(format!("{}: {} {never}", at(&one.location), one.rule))
        });
        gaps("Rules not seen both ways:", rules.collect(), &mut text);
        let comparisons = self.comparisons.iter().filter_map(|one| {
            let words = ["never true", "never false", "never compared"];
            let never = never((one.seen_true, one.seen_false), words)?;
            Some(format!("{}: {} {never}", at(&one.location), one.text))
        });
        gaps("Comparisons not seen both ways:", comparisons.collect(), &mut text);
        let inputs = self.inputs.iter().filter_map(|one| {
            let words = ["never present", "never missing", "never read"];
            let never = never((one.seen_present, one.seen_missing), words)?;
            Some(format!("{} {never}", one.path))
        });
        gaps("Input not seen both ways:", inputs.collect(), &mut text);
        let both = |seen: usize, all: usize, what: &str| format!("{seen}/{all} {what}");
        let rules = self.rules.iter().filter(|one| one.fired && one.not_fired).count();
        let comparisons = self.comparisons.len() - self.one_sided().count();
        let inputs = self.inputs.iter().filter(|one| one.seen_missing && one.seen_present).count();
        let _ = writeln!(
            text,
            "\nCoverage: {:.1} % of lines; seen both ways: {}, {}, {}",
            self.lines.coverage,
            both(rules, self.rules.len(), "rules"),
            both(comparisons, self.comparisons.len(), "comparisons"),
            both(inputs, self.inputs.len(), "inputs"),
        );
        text
    }
}
