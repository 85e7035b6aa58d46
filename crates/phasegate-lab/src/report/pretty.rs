//! OPA's text: a line for each test that is told, what failed, and the counts.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use crate::test::{Counts, Failure, Status, TestResult, ValueAt};

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PrettyOptions {
    /// Also the tests that passed, and the statements that did not hold.
    pub verbose: bool,
    /// The statements that did not hold, with the values in them.
    pub var_values: bool,
}

/// The results in the form of `opa test`; the engine keeps no trace, so that with `verbose` a
/// failure shows the statement that did not hold.
#[must_use]
pub fn pretty(results: &[TestResult], options: PrettyOptions) -> String {
    let mut text = String::new();
    let mut last_file = "";
    let mut told_any = false;
    for result in results {
        let status = result.status();
        if options.verbose || status != Status::Pass {
            if !last_file.is_empty() && last_file != result.location.file {
                text.push('\n');
            }
            last_file = &result.location.file;
            told_any = true;
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{last_file}:{}:\n{}", result.location.row, headline(result));
            for case in result.cases() {
                if case.result.fail || options.verbose {
                    let indent = "  ".repeat(case.path.len());
                    let word = case.status().as_str();
                    let _ = writeln!(text, "{indent}{}: {word}", case.result.name);
                }
            }
            if !result.output.is_empty() {
                let _ = writeln!(text, "\n{}\n", indented(result.output.trim(), 2));
            }
        }
        if let Some(error) = &result.error {
            let _ = writeln!(text, "  {error}");
        }
    }
    let counts = Counts::of(results);
    if counts.fail > 0 && (options.verbose || options.var_values) {
        let _ = writeln!(text, "{}\nFAILURES\n{}", rule(), rule());
        for result in results.iter().filter(|result| result.status() == Status::Fail) {
            failed(&mut text, result, options.var_values);
        }
    }
    if told_any {
        let _ = writeln!(text, "{}", rule());
    }
    let total = counts.total();
    for (word, count) in [
        ("PASS", counts.pass),
        ("FAIL", counts.fail),
        ("SKIPPED", counts.skip),
        ("ERROR", counts.error),
    ] {
        if count > 0 {
            let _ = writeln!(text, "{word}: {count}/{total}");
        }
    }
    text
}

/// `data.gate_test.test_limit: PASS (1.2ms)`.
#[must_use]
fn headline(result: &TestResult) -> String {
    let (name, word) = (result.full_name(), result.status().as_str());
    match result.status() {
        Status::Skipped => format!("{name}: {word}"),
        _ => format!("{name}: {word} ({})", go_duration(result.duration)),
    }
}

fn failed(text: &mut String, result: &TestResult, with_values: bool) {
    let _ = writeln!(text, "{}", headline(result));
    if let Some(failure) = &result.failure {
        let _ = writeln!(text, "\n{}", indented(&shown(failure, with_values), 2));
    }
    let leaves = result.cases().into_iter().filter(|case| case.is_leaf() && case.result.fail);
    for leaf in leaves {
        text.push('\n');
        for (depth, name) in leaf.path.iter().enumerate() {
            let _ = writeln!(text, "{}{name}: FAIL", "  ".repeat(depth + 1));
        }
        if let Some(failure) = &leaf.result.failure {
            let shown = shown(failure, with_values);
            let _ = writeln!(text, "\n{}", indented(&shown, 2 + 2 * leaf.path.len()));
        }
    }
    text.push('\n');
}

fn rule() -> String {
    "-".repeat(80)
}

fn indented(text: &str, columns: usize) -> String {
    let indent = " ".repeat(columns);
    let lines = text.lines().map(|line| match line {
        "" => String::new(),
        line => format!("{indent}{line}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Where and what, and below it the values.
fn shown(failure: &Failure, with_values: bool) -> String {
    let mut lines = failure.lines.clone();
    let values = if with_values { failure.values.as_slice() } else { &[] };
    if values.iter().all(|value| value.line == 0) {
        let first = failure.lines.first().map(String::as_str).unwrap_or_default();
        lines.extend(gutter(first, values));
    } else {
        lines.extend([String::new(), "Where:".to_owned(), String::new()]);
        let mut values: Vec<&ValueAt> = values.iter().collect();
        values.sort_by_key(|value| (value.line, value.column));
        lines.extend(values.iter().map(|value| format!("{}: {}", value.text, value.value)));
    }
    let statement = indented(&lines.join("\n"), 2);
    format!("{}:{}:\n{statement}", failure.location.file, failure.location.row)
}

/// A bar below each value, then the values from right to left.
fn gutter(line: &str, values: &[ValueAt]) -> Vec<String> {
    let columns: BTreeSet<usize> = values.iter().map(|value| value.column).collect();
    let bars = |below: usize, end: &str| {
        let mut text = String::new();
        for (at, c) in line.chars().enumerate().take(below) {
            text.push(match c {
                _ if columns.contains(&at) => '|',
                '\t' => '\t',
                _ => ' ',
            });
        }
        text.push_str(end);
        text
    };
    let mut lines = Vec::new();
    if let Some(&last) = columns.last() {
        lines.push(bars(last, "|"));
    }
    for &column in columns.iter().rev() {
        let mut here: Vec<&ValueAt> = values.iter().filter(|v| v.column == column).collect();
        // The longest expression that begins here stands first.
        here.sort_by_key(|value| std::cmp::Reverse(value.text.len()));
        here.dedup_by(|one, other| one.text == other.text);
        for value in &here {
            let told = match here.len() {
                1 => value.value.clone(),
                _ => format!("{}: {}", value.text, value.value),
            };
            lines.push(bars(column, &told));
        }
    }
    lines
}

/// A duration as Go writes it: `1.5ms`, `2m3.25s`.
fn go_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let fraction = |unit: u128| {
        let digits = unit.ilog10() as usize;
        let text = format!("{}.{:0digits$}", nanos / unit, nanos % unit);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    match nanos {
        0 => "0s".to_owned(),
        1..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => format!("{}\u{b5}s", fraction(1_000)),
        1_000_000..1_000_000_000 => format!("{}ms", fraction(1_000_000)),
        _ => {
            let minutes = duration.as_secs() / 60;
            let rest = duration.saturating_sub(Duration::from_secs(minutes * 60));
            let text = format!("{}.{:09}", rest.as_secs(), rest.subsec_nanos());
            let seconds = text.trim_end_matches('0').trim_end_matches('.');
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{seconds}s"),
                (0, minutes) => format!("{minutes}m{seconds}s"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts are those of Go 1.23's documentation of `time.Duration.String`.
    #[test]
    fn durations_are_written_as_in_go() {
        for (nanos, want) in [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1\u{b5}s"),
            (2_200_000, "2.2ms"),
            (3_300_000_000, "3.3s"),
            (245_000_000_000, "4m5s"),
            (245_001_000_000, "4m5.001s"),
            (18_367_001_000_000, "5h6m7.001s"),
        ] {
            assert_eq!(go_duration(Duration::from_nanos(nanos)), want);
        }
    }
}
