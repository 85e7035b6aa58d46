//! The adjustment of Benjamini and Hochberg.

use crate::design::multiplicity::{Adjusted, Tested, step_up};
use crate::outcome::Alpha;

/// Which of these tests reject, when the expected share of false ones among the rejections shall be
/// at most `alpha`?
///
/// Weaker than the promise of [`holm`](super::holm) and therefore more powerful: right for a list
/// of findings that somebody will look at, wrong for an alarm that must not be false.
///
/// - Hypotheses: those of the tests that are given; a rejection is of one of them.
/// - Assumes: independent tests, or positively dependent ones.
/// - Edge cases: no tests give no answers; equal p-values have equal answers.
/// - Units: p-values are probabilities from 0 to 1, and so are the adjusted ones.
/// - Cost: that of sorting.
/// - Source: Benjamini and Hochberg, "Controlling the false discovery rate: a practical and
///   powerful approach to multiple testing" (1995); R's `p.adjust(method = "BH")`.
///
/// ```
/// use phasegate_stats::Alpha;
/// use phasegate_stats::design::multiplicity::{Tested, benjamini_hochberg};
///
/// let tests = [Tested::of_p("de", 0.01)?, Tested::of_p("fr", 0.03)?, Tested::of_p("it", 0.4)?];
/// let adjusted = benjamini_hochberg(&tests, Alpha::FIVE_PERCENT);
/// assert!((adjusted[1].adjusted_p - 0.045).abs() < 1e-15 && adjusted[1].is_rejected);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[must_use]
pub fn benjamini_hochberg(tests: &[Tested], alpha: Alpha) -> Vec<Adjusted> {
    let all = tests.len() as f64;
    step_up(tests, alpha, |rank| all / (rank as f64 + 1.0))
}

#[cfg(feature = "registry")]
crate::registry::method! {
    benjamini_hochberg: "Which of these tests reject, so that few of the rejections are false?",
    {
        tests: Vec<Tested>,
        alpha: Alpha = Alpha::FIVE_PERCENT,
    },
    r#"{"tests": [{"name": "de", "p": 0.01}, {"name": "fr", "p": 0.03}]}"#,
    Ok(benjamini_hochberg(&tests, alpha)),
}
