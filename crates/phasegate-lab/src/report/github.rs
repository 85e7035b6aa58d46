//! Annotations of GitHub Actions: one for each test that did not pass.

use std::fmt::Write as _;

use crate::test::{Counts, Failure, Location, Status, TestResult};

/// Workflow commands (`::error file=...::...`), then one line of counts.
#[must_use]
pub fn github(results: &[TestResult]) -> String {
    let mut text = String::new();
    for result in results {
        let name = result.full_name();
        match result.status() {
            Status::Pass => {}
            Status::Skipped => command(&mut text, "warning", &result.location, &name, "SKIPPED"),
            Status::Error => {
                let message = result.error.as_ref().map(ToString::to_string).unwrap_or_default();
                command(&mut text, "error", &result.location, &name, &format!("ERROR: {message}"));
            }
            Status::Fail => {
                let failed = result.cases().into_iter();
                let failed: Vec<_> =
                    failed.filter(|case| case.is_leaf() && case.result.fail).collect();
                for case in &failed {
                    let title = format!("{name}: {}", case.path.join(": "));
                    failure(&mut text, result, case.result.failure.as_ref(), &title);
                }
                if failed.is_empty() {
                    failure(&mut text, result, result.failure.as_ref(), &name);
                }
            }
        }
    }
    let counts = Counts::of(results);
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{} passed, {} failed, {} skipped, {} errors",
        counts.pass, counts.fail, counts.skip, counts.error
    );
    text
}

fn failure(text: &mut String, result: &TestResult, failure: Option<&Failure>, title: &str) {
    let location = failure.map_or(&result.location, |failure| &failure.location);
    let statement = failure.map(|failure| format!(": {}", failure.lines.join("\n").trim()));
    let message = format!("FAIL{}", statement.unwrap_or_default());
    command(text, "error", location, title, &message);
}

fn command(text: &mut String, kind: &str, at: &Location, title: &str, message: &str) {
    let Location { file, row, col } = at;
    let (file, title) = (property(file), property(title));
    let message = escape(message);
    let _ = writeln!(text, "::{kind} file={file},line={row},col={col},title={title}::{message}");
}

/// As GitHub's own toolkit escapes data: percent signs and line ends.
fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// As it escapes properties, which end at a comma or a colon.
fn property(text: &str) -> String {
    escape(text).replace(':', "%3A").replace(',', "%2C")
}
