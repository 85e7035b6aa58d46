//! The adjustment of Benjamini and Yekutieli.

use crate::design::multiplicity::{Adjusted, Tested, step_up};
use crate::outcome::Alpha;

/// Which of these tests reject, when the expected share of false ones among the rejections shall be
/// at most `alpha`, however the tests depend on each other?
///
/// As [`benjamini_hochberg`](super::benjamini_hochberg) with p multiplied by 1 + 1/2 + ... + 1/m.
///
/// - Hypotheses: those of the tests that are given; a rejection is of one of them.
/// - Assumes: nothing.
/// - Edge cases: no tests give no answers; equal p-values have equal answers.
/// - Units: p-values are probabilities from 0 to 1, and so are the adjusted ones.
/// - Cost: that of sorting.
/// - Source: Benjamini and Yekutieli, "The control of the false discovery rate in multiple testing
///   under dependency" (2001); R's `p.adjust(method = "BY")`.
///
/// ```
/// use phasegate_stats::Alpha;
/// use phasegate_stats::design::multiplicity::{Tested, benjamini_yekutieli};
///
/// let tests = [Tested::of_p("de", 0.01)?, Tested::of_p("fr", 0.03)?];
/// let adjusted = benjamini_yekutieli(&tests, Alpha::FIVE_PERCENT);
/// assert!((adjusted[0].adjusted_p - 0.03).abs() < 1e-15);
/// assert!((adjusted[1].adjusted_p - 0.045).abs() < 1e-15);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[must_use]
pub fn benjamini_yekutieli(tests: &[Tested], alpha: Alpha) -> Vec<Adjusted> {
    let all = tests.len() as f64;
    let harmonic: f64 = (1..=tests.len()).map(|rank| 1.0 / rank as f64).sum();
    step_up(tests, alpha, |rank| harmonic * (all / (rank as f64 + 1.0)))
}

#[cfg(feature = "registry")]
crate::registry::method! {
    benjamini_yekutieli: "Which of these tests reject, so that few are false, however they depend?",
    {
        tests: Vec<Tested>,
        alpha: Alpha = Alpha::FIVE_PERCENT,
    },
    r#"{"tests": [{"name": "de", "p": 0.01}, {"name": "fr", "p": 0.03}]}"#,
    Ok(benjamini_yekutieli(&tests, alpha)),
}
