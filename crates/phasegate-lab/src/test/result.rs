//! What became of a test, in the shape of OPA's `tester.Result`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::failing::Failure;

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The file, as it was given.
    pub file: String,
    /// From 1.
    pub row: usize,
    /// In characters, from 1.
    pub col: usize,
}

/// Why a test could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{}{code}: {message}", .location.as_ref().map(|at| format!("{}:{}: ", at.file, at.row)).unwrap_or_default())]
pub struct TestError {
    /// OPA's code: `eval_conflict_error`, `eval_cancel_error`, `eval_builtin_error`, ...
    pub code: String,
    /// One sentence fragment.
    pub message: String,
    /// Where, as far as the engine knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

/// The outcome of a test, in OPA's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is true.
    Pass,
    /// It is undefined or not true.
    Fail,
    /// It is not run yet.
    Skipped,
    /// It could not be evaluated.
    Error,
}

impl Status {
    /// The word that is printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Skipped => "SKIPPED",
            Self::Error => "ERROR",
        }
    }
}

/// What became of one test.
#[derive(Debug, Clone, Serialize)]
pub struct TestResult {
    /// Why it could not be evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<TestError>,
    /// Where its rule stands.
    pub location: Location,
    /// Its cases, by name, when it has some.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sub_results: BTreeMap<String, SubResult>,
    /// `data.gate_test`.
    pub package: String,
    /// `test_limit`.
    pub name: String,
    /// What it printed; as JSON in base 64, as OPA has it.
    #[serde(skip_serializing_if = "String::is_empty", serialize_with = "base64")]
    pub output: String,
    /// How long it took; as JSON in nanoseconds.
    #[serde(serialize_with = "nanoseconds")]
    pub duration: Duration,
    /// It is undefined or not true, or one of its cases is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fail: bool,
    /// It is not run yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub skip: bool,
    /// What did not hold, where that was asked for.
    #[serde(skip)]
    pub failure: Option<Failure>,
}

impl TestResult {
    /// The outcome.
    #[must_use]
    pub fn status(&self) -> Status {
        match (self.fail, self.skip, self.error.is_some()) {
            (true, ..) => Status::Fail,
            (_, true, _) => Status::Skipped,
            (_, _, true) => Status::Error,
            _ => Status::Pass,
        }
    }

    /// `data.gate_test.test_limit`.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.package, self.name)
    }

    /// The cases, outer ones first, in the order of their names.
    #[must_use]
    pub fn cases(&self) -> Vec<Case<'_>> {
        let mut cases = Vec::new();
        collect(&self.sub_results, &mut Vec::new(), &mut cases);
        cases
    }
}

/// A case, possibly within others.
#[derive(Debug, Clone, PartialEq)]
pub struct Case<'a> {
    /// The names, outermost first.
    pub path: Vec<&'a str>,
    /// What became of it.
    pub result: &'a SubResult,
}

impl Case<'_> {
    /// Whether no other case is within it: these are counted.
    #[must_use]
    pub fn is_leaf(&self) -> bool {
        self.result.sub_results.is_empty()
    }

    /// The outcome.
    #[must_use]
    pub fn status(&self) -> Status {
        if self.result.fail { Status::Fail } else { Status::Pass }
    }
}

fn collect<'a>(
    results: &'a BTreeMap<String, SubResult>,
    path: &mut Vec<&'a str>,
    cases: &mut Vec<Case<'a>>,
) {
    for (name, result) in results {
        path.push(name);
        cases.push(Case { path: path.clone(), result });
        collect(&result.sub_results, path, cases);
        path.pop();
    }
}

/// What became of one case of a test.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct SubResult {
    /// The cases within it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sub_results: BTreeMap<String, Self>,
    /// What it is called.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// It does not hold, or one within it does not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fail: bool,
    /// What did not hold, where that was asked for.
    #[serde(skip)]
    pub failure: Option<Failure>,
}

/// How many tests came out how; of a test with cases each innermost one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Held.
    pub pass: usize,
    /// Did not.
    pub fail: usize,
    /// Were not run.
    pub skip: usize,
    /// Could not be evaluated.
    pub error: usize,
}

impl Counts {
    /// Counts results.
    #[must_use]
    pub fn of(results: &[TestResult]) -> Self {
        let mut counts = Self::default();
        for result in results {
            let leaves: Vec<_> = result.cases().into_iter().filter(Case::is_leaf).collect();
            match result.status() {
                Status::Skipped => counts.skip += 1,
                Status::Error => counts.error += 1,
                status if leaves.is_empty() => counts.add(status),
                _ => leaves.iter().for_each(|leaf| counts.add(leaf.status())),
            }
        }
        counts
    }

    fn add(&mut self, status: Status) {
        if status == Status::Fail {
            self.fail += 1;
        } else {
            self.pass += 1;
        }
    }

    /// All of them.
    #[must_use]
    pub fn total(self) -> usize {
        self.pass + self.fail + self.skip + self.error
    }
}

fn nanoseconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
}

/// RFC 4648, section 4.
fn base64<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = (0..3)
            .fold(0_usize, |bits, at| bits << 8 | usize::from(chunk.get(at).copied().unwrap_or(0)));
        for place in 0..4 {
            let digit = DIGITS.get(bits >> (18 - 6 * place) & 63).copied().unwrap_or(b'=');
            encoded.push(if place > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    serializer.serialize_str(&encoded)
}
