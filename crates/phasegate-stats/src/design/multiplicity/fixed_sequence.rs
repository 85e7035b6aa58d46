//! Gatekeeping in a fixed sequence.

use crate::design::multiplicity::{Adjusted, Tested};
use crate::outcome::Alpha;

/// Which of these tests reject, when each is asked only after all before it rejected?
///
/// Each test has the whole of `alpha`, and any false rejection still has at most that probability:
/// accuracy first, then, only if that is proved, cost. The order must be declared before the data
/// are seen; it is that of the list. The adjusted p is the largest so far.
///
/// - Hypotheses: those of the tests that are given; a rejection is of one of them.
/// - Assumes: nothing but the order.
/// - Edge cases: no tests give no answers.
/// - Units: p-values are probabilities from 0 to 1, and so are the adjusted ones.
/// - Cost: one pass.
/// - Source: Maurer, Hothorn and Lehmacher, "Multiple comparisons in drug clinical trials and
///   preclinical assays: a-priori ordered hypotheses" (1995).
///
/// ```
/// use phasegate_stats::Alpha;
/// use phasegate_stats::design::multiplicity::{Tested, fixed_sequence};
///
/// let tests =
///     [Tested::of_p("a", 0.01)?, Tested::of_p("b", 0.06)?, Tested::of_p("c", 0.001)?];
/// let adjusted = fixed_sequence(&tests, Alpha::FIVE_PERCENT);
/// let rejected: Vec<_> = adjusted.iter().map(|test| test.is_rejected).collect();
/// assert_eq!(rejected, [true, false, false]);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[must_use]
pub fn fixed_sequence(tests: &[Tested], alpha: Alpha) -> Vec<Adjusted> {
    let mut largest = f64::NEG_INFINITY;
    let adjust = |test: &Tested| {
        largest = largest.max(test.ln_p);
        Adjusted::new(test, largest, alpha)
    };
    tests.iter().map(adjust).collect()
}

#[cfg(feature = "registry")]
crate::registry::method! {
    fixed_sequence: "Which of these tests reject, when each is asked only after all before it did?",
    {
        tests: Vec<Tested>,
        alpha: Alpha = Alpha::FIVE_PERCENT,
    },
    r#"{"tests": [{"name": "de", "p": 0.01}, {"name": "fr", "p": 0.03}]}"#,
    Ok(fixed_sequence(&tests, alpha)),
}
