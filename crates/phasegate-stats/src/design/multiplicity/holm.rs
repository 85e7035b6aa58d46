//! Holm's adjustment.

use crate::design::multiplicity::{Adjusted, Tested, step_down};
use crate::outcome::Alpha;

/// Which of these tests reject, when any false rejection shall have at most the probability
/// `alpha`?
///
/// The smallest p is multiplied by the number of tests, the next by one less, and so on; none is
/// less than the one before it. The default: it needs no assumption and rejects at least as much as
/// [`bonferroni`](super::bonferroni).
///
/// - Hypotheses: those of the tests that are given; a rejection is of one of them.
/// - Assumes: nothing.
/// - Edge cases: no tests give no answers; equal p-values have equal answers.
/// - Units: p-values are probabilities from 0 to 1, and so are the adjusted ones.
/// - Cost: that of sorting.
/// - Source: Holm, "A simple sequentially rejective multiple test procedure" (1979); R's
///   `p.adjust(method = "holm")`.
///
/// ```
/// use phasegate_stats::Alpha;
/// use phasegate_stats::design::multiplicity::{Tested, holm};
///
/// let tests = [Tested::of_p("it", 0.4)?, Tested::of_p("fr", 0.02)?, Tested::of_p("de", 0.01)?];
/// let adjusted = holm(&tests, Alpha::FIVE_PERCENT);
/// assert_eq!((adjusted[1].name.as_str(), adjusted[1].is_rejected), ("fr", true));
/// assert!((adjusted[1].adjusted_p - 0.04).abs() < 1e-15);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[must_use]
pub fn holm(tests: &[Tested], alpha: Alpha) -> Vec<Adjusted> {
    let all = tests.len() as f64;
    step_down(tests, alpha, |rank| all - rank as f64)
}

#[cfg(feature = "registry")]
crate::registry::method! {
    holm: "Which of these tests reject by Holm, so that any false one is rare?",
    {
        tests: Vec<Tested>,
        alpha: Alpha = Alpha::FIVE_PERCENT,
    },
    r#"{"tests": [{"name": "de", "p": 0.01}, {"name": "fr", "p": 0.03}]}"#,
    Ok(holm(&tests, alpha)),
}
