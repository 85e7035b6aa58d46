//! Gold-set results: what one version answered to the cases of the gold set.
//!
//! Readers parse; answers enter through [`GoldFold`] one by one, in any order.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One run of a version over the gold set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoldRun {
    /// Why the run did not come to its end; a run with an error is never judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The cases, by their names in ascending order.
    pub cases: Vec<GoldCase>,
}

/// One case with its answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoldCase {
    /// Its name, the same in every run.
    pub id: String,
    /// What it is a case of: `security`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The group of cases that are alike: a repository, a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// One answer per repeat, in their order.
    pub answers: Vec<GoldAnswer>,
}

/// One answer to a case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoldAnswer {
    /// Whether it passed; absent when the tool gave a score alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<bool>,
    /// Its grade; absent when there is none, or when the tool wrote one that is not a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Why there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Whether there was an answer that nobody graded: the tool wrote a grade that is not a number.
    /// It speaks neither for nor against the version, and its case is not judged.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ungraded: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// One answer with what it is an answer to, as a reader found it.
#[derive(Debug, Clone, PartialEq)]
pub struct GoldRow {
    /// The case.
    pub case: String,
    /// What it is a case of.
    pub category: Option<String>,
    /// The group of cases that are alike.
    pub cluster: Option<String>,
    /// Which repeat it is; repeats without a number are counted in the order they come.
    pub repeat: Option<u32>,
    /// The answer.
    pub answer: GoldAnswer,
}

/// Why a row cannot be part of a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GoldRowError {
    /// It says nothing.
    #[error("case `{case}` has neither `passed`, `score` nor `error`; give one")]
    NoAnswer {
        /// The case.
        case: String,
    },
    /// It comes twice.
    #[error("case `{case}`, repeat {repeat} comes twice; remove one, or number the repeats")]
    Twice {
        /// The case.
        case: String,
        /// The repeat.
        repeat: u32,
    },
    /// Some rows of the case have a number, some have not.
    #[error("case `{case}` has repeats with and without a number; number all or none")]
    MixedRepeats {
        /// The case.
        case: String,
    },
    /// Two rows of one case say different things about it.
    #[error("case `{case}` has the {field} {first} and {second}; a case has one")]
    Differs {
        /// The case.
        case: String,
        /// `category` or `cluster`.
        field: &'static str,
        /// What the first row says.
        first: String,
        /// What this one says.
        second: String,
    },
}

/// Folds rows into a run.
///
/// ```
/// use phasegate_core::gold::{GoldAnswer, GoldFold, GoldRow};
/// let mut fold = GoldFold::default();
/// for (case, passed) in [("b", true), ("a", false)] {
///     let answer = GoldAnswer { passed: Some(passed), ..GoldAnswer::default() };
///     let case = case.to_owned();
///     let row = GoldRow { case, category: None, cluster: None, repeat: None, answer };
///     fold.push(row).unwrap();
/// }
/// assert_eq!(fold.finish(None).cases[0].id, "a");
/// ```
#[derive(Debug, Clone, Default)]
pub struct GoldFold {
    cases: BTreeMap<String, Open>,
}

/// A case while its answers come in.
#[derive(Debug, Clone)]
struct Open {
    category: Option<String>,
    cluster: Option<String>,
    numbered: bool,
    answers: BTreeMap<u32, GoldAnswer>,
}

impl GoldFold {
    /// Takes one row.
    ///
    /// # Errors
    /// When it contradicts what came before, or says nothing; the fold is then as it was.
    pub fn push(&mut self, row: GoldRow) -> Result<(), GoldRowError> {
        let GoldRow { case, category, cluster, repeat, answer } = row;
        let GoldAnswer { passed, score, error, ungraded } = &answer;
        if passed.is_none() && score.is_none() && error.is_none() && !ungraded {
            return Err(GoldRowError::NoAnswer { case });
        }
        let Some(open) = self.cases.get_mut(&case) else {
            let answers = BTreeMap::from([(repeat.unwrap_or(0), answer)]);
            let open = Open { category, cluster, numbered: repeat.is_some(), answers };
            self.cases.insert(case, open);
            return Ok(());
        };
        for (field, first, second) in
            [("category", &open.category, &category), ("cluster", &open.cluster, &cluster)]
        {
            if first != second {
                let [first, second] = [first, second].map(|name| match name {
                    Some(name) => format!("`{name}`"),
                    None => "none".to_owned(),
                });
                return Err(GoldRowError::Differs { case, field, first, second });
            }
        }
        if repeat.is_some() != open.numbered {
            return Err(GoldRowError::MixedRepeats { case });
        }
        let next = || open.answers.last_key_value().map_or(0, |(last, _)| last.saturating_add(1));
        let repeat = repeat.unwrap_or_else(next);
        if open.answers.contains_key(&repeat) {
            return Err(GoldRowError::Twice { case, repeat });
        }
        open.answers.insert(repeat, answer);
        Ok(())
    }

    /// The run; with why it did not come to its end, when it did not.
    #[must_use]
    pub fn finish(self, error: Option<String>) -> GoldRun {
        let cases = self.cases.into_iter().map(|(id, open)| GoldCase {
            id,
            category: open.category,
            cluster: open.cluster,
            answers: open.answers.into_values().collect(),
        });
        GoldRun { error, cases: cases.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(case: &str, repeat: Option<u32>) -> GoldRow {
        let answer = GoldAnswer { passed: Some(true), ..GoldAnswer::default() };
        GoldRow { case: case.into(), category: None, cluster: None, repeat, answer }
    }

    #[track_caller]
    fn check(rows: &[GoldRow], expected: &str) {
        let mut fold = GoldFold::default();
        let outcome = rows.iter().cloned().try_for_each(|row| fold.push(row));
        assert_eq!(outcome.expect_err("the last row is refused").to_string(), expected);
    }

    #[test]
    fn rows_come_in_any_order() {
        let rows = [row("b", Some(1)), row("a", Some(0)), row("b", Some(0)), row("c", None)];
        let fold = |order: &[usize]| {
            let mut fold = GoldFold::default();
            for &index in order {
                fold.push(rows[index].clone()).expect("a row");
            }
            fold.finish(None)
        };
        assert_eq!(fold(&[0, 1, 2, 3]), fold(&[3, 2, 1, 0]));
        let lengths: Vec<usize> =
            fold(&[0, 1, 2, 3]).cases.iter().map(|case| case.answers.len()).collect();
        assert_eq!(lengths, [1, 2, 1]);
    }

    #[test]
    fn rows_that_contradict_are_refused() {
        let twice = "case `a`, repeat 1 comes twice; remove one, or number the repeats";
        check(&[row("a", Some(1)), row("a", Some(1))], twice);
        let mixed = "case `a` has repeats with and without a number; number all or none";
        check(&[row("a", Some(1)), row("a", None)], mixed);
        let named = GoldRow { category: Some("security".into()), ..row("a", None) };
        let differs = "case `a` has the category none and `security`; a case has one";
        check(&[row("a", None), named], differs);
        let mut silent = row("a", None);
        silent.answer.passed = None;
        check(&[silent], "case `a` has neither `passed`, `score` nor `error`; give one");
    }
}
