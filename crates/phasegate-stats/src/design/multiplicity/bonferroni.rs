//! Bonferroni's adjustment.

use crate::design::multiplicity::{Adjusted, Tested, step_up};
use crate::outcome::Alpha;

/// Which of these tests reject, when any false rejection shall have at most the probability
/// `alpha`?
///
/// Every p is multiplied by their number. [`holm`](super::holm) promises the same and rejects at
/// least as much; this one is for whoever needs intervals at a common level.
///
/// - Hypotheses: those of the tests that are given; a rejection is of one of them.
/// - Assumes: nothing.
/// - Edge cases: no tests give no answers; equal p-values have equal answers.
/// - Units: p-values are probabilities from 0 to 1, and so are the adjusted ones.
/// - Cost: that of sorting.
/// - Source: Dunn, "Multiple comparisons among means" (1961); R's `p.adjust(method =
///   "bonferroni")`.
///
/// ```
/// use phasegate_stats::Alpha;
/// use phasegate_stats::design::multiplicity::{Tested, bonferroni};
///
/// let tests = [Tested::of_p("de", 0.01)?, Tested::of_p("fr", 0.03)?, Tested::of_p("it", 0.4)?];
/// let adjusted = bonferroni(&tests, Alpha::FIVE_PERCENT);
/// assert!((adjusted[0].adjusted_p - 0.03).abs() < 1e-15 && adjusted[0].is_rejected);
/// assert!((adjusted[1].adjusted_p - 0.09).abs() < 1e-15 && !adjusted[1].is_rejected);
/// assert_eq!(adjusted[2].adjusted_p, 1.0);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[must_use]
pub fn bonferroni(tests: &[Tested], alpha: Alpha) -> Vec<Adjusted> {
    let all = tests.len() as f64;
    step_up(tests, alpha, |_| all)
}

#[cfg(feature = "registry")]
crate::registry::method! {
    bonferroni: "Which of these tests reject by Bonferroni, so that any false one is rare?",
    {
        tests: Vec<Tested>,
        alpha: Alpha = Alpha::FIVE_PERCENT,
    },
    r#"{"tests": [{"name": "de", "p": 0.01}, {"name": "fr", "p": 0.03}]}"#,
    Ok(bonferroni(&tests, alpha)),
}
