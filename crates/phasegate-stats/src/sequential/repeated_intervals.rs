//! The intervals of several looks, all at once.

use crate::error::Error;
use crate::outcome::{Alpha, Alternative, Interval};
use crate::sequential::{Spending, looks_at};

/// What a look has seen: an estimate and how far it scatters.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct LookEstimate {
    /// The fraction of the planned information that was seen.
    pub fraction: f64,
    /// The estimate from all observations so far.
    pub estimate: f64,
    /// Its standard error, not negative.
    pub standard_error: f64,
}

/// Where is the effect, after each of these looks, if one may stop at any of them?
///
/// All the intervals together cover the effect with the confidence of the plan. For reports and
/// tables; where looks are kept as [`Looks`](super::Looks) ask
/// [`Look::repeated_interval`](super::Look::repeated_interval), of which this is the answer, or run
/// any method at [`Look::question`](super::Look::question).
///
/// - Hypotheses: none is tested; an interval excludes a null value where the bound of its look is
///   crossed against it.
/// - Assumes: as [`Looks`](super::Looks); estimates that are normal.
/// - Edge cases: a look that may spend nothing has an interval without ends; no looks have no
///   intervals.
/// - Units: those of the estimate.
/// - Cost: about a millisecond a look.
/// - Source: Jennison and Turnbull, "Interim analyses: the repeated confidence interval approach"
///   (1989).
///
/// ```
/// use phasegate_stats::sequential::{LookEstimate, Spending, repeated_intervals};
/// use phasegate_stats::{Alpha, Alternative};
///
/// let looks = [(0.5, 0.021, 0.008), (1.0, 0.018, 0.006)].map(
///     |(fraction, estimate, standard_error)| LookEstimate { fraction, estimate, standard_error },
/// );
/// let both = Alternative::TwoSided;
/// let intervals =
///     repeated_intervals(Spending::ObrienFleming, Alpha::FIVE_PERCENT, both, &looks)?;
/// // R's ldbounds 2.0.2: ldBounds(c(0.5, 1))$upper.bounds is 2.963 and 1.969.
/// assert!(intervals[0].contains(0.0) && !intervals[1].contains(0.0));
/// assert!((intervals[1].lower - (0.018 - 1.969 * 0.006)).abs() < 1e-5);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// As [`Looks::new`](super::Looks::new), [`Looks::take`](super::Looks::take) and
/// [`Look::repeated_interval`](super::Look::repeated_interval).
pub fn repeated_intervals(
    spending: Spending,
    alpha: Alpha,
    alternative: Alternative,
    looks: &[LookEstimate],
) -> Result<Vec<Interval>, Error> {
    let fractions: Vec<_> = looks.iter().map(|look| look.fraction).collect();
    let taken = looks_at(spending, alpha, alternative, &fractions)?;
    let of_each = taken.taken().iter().zip(looks);
    of_each.map(|(look, seen)| look.repeated_interval(seen.estimate, seen.standard_error)).collect()
}

#[cfg(feature = "registry")]
crate::registry::object! {
    LookEstimate "look" { fraction: f64, estimate: f64, standard_error: f64 }
}

#[cfg(feature = "registry")]
impl crate::registry::ItemField for LookEstimate {
    const MANY: &'static str = "looks";
    const ARRAY: &'static str =
        r#"[{"fraction": number, "estimate": number, "standard_error": number}, ...]"#;
}

#[cfg(feature = "registry")]
crate::registry::method! {
    repeated_intervals: "Where is the effect after each look, if one may stop at any of them?",
    {
        spending: Spending = Spending::ObrienFleming,
        alpha: Alpha = Alpha::FIVE_PERCENT,
        alternative: Alternative = Alternative::TwoSided,
        looks: Vec<LookEstimate>,
    },
    r#"{"looks": [{"fraction": 0.5, "estimate": 0.021, "standard_error": 0.008}, {"fraction": 1, "estimate": 0.018, "standard_error": 0.006}]}"#,
    repeated_intervals(spending, alpha, alternative, &looks),
}
