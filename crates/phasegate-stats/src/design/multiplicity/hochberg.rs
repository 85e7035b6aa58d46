//! Hochberg's adjustment.

use crate::design::multiplicity::{Adjusted, Tested, step_up};
use crate::outcome::Alpha;

/// Which of these tests reject, when any false rejection shall have at most the probability
/// `alpha`, and the tests do not work against each other?
///
/// The factors are Holm's, but the walk begins at the largest p: a test is rejected as soon as one
/// with a larger p is.
///
/// - Hypotheses: those of the tests that are given; a rejection is of one of them.
/// - Assumes: independent tests, or positively dependent ones (as of one effect seen in overlapping
///   segments).
/// - Edge cases: no tests give no answers; equal p-values have equal answers.
/// - Units: p-values are probabilities from 0 to 1, and so are the adjusted ones.
/// - Cost: that of sorting.
/// - Source: Hochberg, "A sharper Bonferroni procedure for multiple tests of significance" (1988);
///   R's `p.adjust(method = "hochberg")`.
///
/// ```
/// use phasegate_stats::Alpha;
/// use phasegate_stats::design::multiplicity::{Tested, hochberg};
///
/// let tests = [Tested::of_p("de", 0.04)?, Tested::of_p("fr", 0.045)?];
/// let adjusted = hochberg(&tests, Alpha::FIVE_PERCENT);
/// assert!(adjusted.iter().all(|test| test.is_rejected && test.adjusted_p <= 0.045 + 1e-15));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[must_use]
pub fn hochberg(tests: &[Tested], alpha: Alpha) -> Vec<Adjusted> {
    let all = tests.len() as f64;
    step_up(tests, alpha, |rank| all - rank as f64)
}

#[cfg(feature = "registry")]
crate::registry::method! {
    hochberg: "Which of these tests reject by Hochberg, so that any false one is rare?",
    {
        tests: Vec<Tested>,
        alpha: Alpha = Alpha::FIVE_PERCENT,
    },
    r#"{"tests": [{"name": "de", "p": 0.01}, {"name": "fr", "p": 0.03}]}"#,
    Ok(hochberg(&tests, alpha)),
}
