//! The XML of `JUnit`, as CI systems read it: one suite for each package, one case for each test,
//! or for each innermost case of a test that has some.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::test::{Case, Counts, Failure, Status, TestResult};

/// The results as one XML 1.0 document.
#[must_use]
pub fn junit(results: &[TestResult]) -> String {
    let mut suites: BTreeMap<&str, Vec<TestResult>> = BTreeMap::new();
    for result in results {
        suites.entry(&result.package).or_default().push(result.clone());
    }
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a String cannot fail.
    let _ = writeln!(text, "<testsuites{}>", counted(results));
    for (package, results) in suites {
        let _ = writeln!(text, "  <testsuite name=\"{}\"{}>", escape(package), counted(&results));
        for result in &results {
            let leaves = result.cases().into_iter().filter(Case::is_leaf);
            let leaves: Vec<_> = leaves.collect();
            if leaves.is_empty() || result.error.is_some() {
                let output = result.output.as_str();
                let body = body(result, result.status(), result.failure.as_ref());
                case(&mut text, result, &result.name, result.duration, &body, output);
            }
            for (at, leaf) in leaves.iter().enumerate() {
                let name = format!("{}[{}]", result.name, leaf.path.join("]["));
                let body = body(result, leaf.status(), leaf.result.failure.as_ref());
                // The test was run once: its time and its output are told once.
                let (duration, output) = match at {
                    0 => (result.duration, result.output.as_str()),
                    _ => (Duration::ZERO, ""),
                };
                case(&mut text, result, &name, duration, &body, output);
            }
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn counted(results: &[TestResult]) -> String {
    let counts = Counts::of(results);
    let time: Duration = results.iter().map(|result| result.duration).sum();
    format!(
        " tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.6}\"",
        counts.total(),
        counts.fail,
        counts.error,
        counts.skip,
        time.as_secs_f64()
    )
}

fn body(result: &TestResult, status: Status, failure: Option<&Failure>) -> String {
    match status {
        Status::Pass => String::new(),
        Status::Skipped => "      <skipped/>\n".to_owned(),
        Status::Error => {
            let message = result.error.as_ref().map(ToString::to_string).unwrap_or_default();
            let code = result.error.as_ref().map_or("", |error| error.code.as_str());
            let (code, message) = (escape(code), escape(&message));
            format!("      <error type=\"{code}\" message=\"{message}\"/>\n")
        }
        Status::Fail => {
            let location = failure.map_or(&result.location, |failure| &failure.location);
            let statement = failure.map(|failure| failure.lines.join("\n")).unwrap_or_default();
            let at = escape(&format!("{}:{}", location.file, location.row));
            let statement = escape(statement.trim());
            format!("      <failure message=\"{at}\">{statement}</failure>\n")
        }
    }
}

fn case(
    text: &mut String,
    result: &TestResult,
    name: &str,
    duration: Duration,
    body: &str,
    output: &str,
) {
    let _ = write!(
        text,
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.6}\"",
        escape(&result.package),
        escape(name),
        escape(&result.location.file),
        result.location.row,
        duration.as_secs_f64()
    );
    if body.is_empty() && output.is_empty() {
        text.push_str("/>\n");
        return;
    }
    let _ = writeln!(text, ">\n{}", body.trim_end_matches('\n'));
    if body.is_empty() {
        // No empty line where nothing is told.
        text.truncate(text.len() - 1);
    }
    if !output.is_empty() {
        let _ = writeln!(text, "      <system-out>{}</system-out>", escape(output));
    }
    text.push_str("    </testcase>\n");
}

/// Text for elements and attributes. What XML 1.0 has no place for (section 2.2) is replaced.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            '\r' => escaped.push_str("&#13;"),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
