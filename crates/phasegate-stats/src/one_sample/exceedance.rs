//! A quantile against a limit, as a count.

use crate::error::{Error, ErrorKind};
use crate::one_sample::clopper_pearson;
use crate::outcome::{Alpha, Alternative, Outcome, Question};
use crate::summary::Tally;

/// Is a quantile above, or below, a limit?
///
/// "The 95th percentile exceeds T" says the same as "more than 5 % of the values exceed T": an
/// exact test of two counters, which merge, need no raw values, and are exact from the buckets of a
/// histogram when T is one of its bounds
/// ([`ClassicHistogram::exceeding`](crate::summary::ClassicHistogram::exceeding)).
///
/// The estimand is the share of values above the limit, its null value 1 - `quantile`. The
/// alternative is about that share: `greater` is evidence that the quantile exceeds the limit,
/// `less` that it does not.
///
/// - Hypotheses: the quantile is the limit; it is above (`greater`), below (`less`), or differs.
/// - Assumes: independent values of one distribution, continuous at the limit or counted as "above"
///   exactly when larger.
/// - Units: the estimate is the share of values above the limit, from 0 to 1.
/// - Edge cases, cost: as [`clopper_pearson`].
/// - Source: the sign test of a quantile (Conover, "Practical Nonparametric Statistics", 3.2).
///
/// ```
/// use phasegate_stats::one_sample::exceedance;
/// use phasegate_stats::summary::Tally;
/// use phasegate_stats::{Alpha, Alternative};
///
/// // 80 of 1000 requests took longer than the limit: is the 95th percentile above it?
/// let slow = Tally::new(80, 1000)?;
/// let outcome = exceedance(&slow, 0.95, Alternative::Greater, Alpha::FIVE_PERCENT)?;
/// // scipy 1.17.1: stats.binomtest(80, 1000, 1 - 0.95, alternative="greater").pvalue
/// assert!((outcome.p.unwrap() / 3.4886449757935225e-5 - 1.0).abs() < 1e-9);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`OutOfRange`](ErrorKind::OutOfRange) unless the quantile is above 0 and below 1; otherwise as
/// [`clopper_pearson`].
pub fn exceedance(
    above: &Tally,
    quantile: f64,
    alternative: Alternative,
    alpha: Alpha,
) -> Result<Outcome, Error> {
    if !(quantile > 0.0 && quantile < 1.0) {
        let message = format!("the quantile is {quantile}; it must be above 0 and below 1");
        return Err(Error::new(ErrorKind::OutOfRange, message));
    }
    let question = Question { null: 1.0 - quantile, alternative, alpha };
    Ok(Outcome { method: "exceedance", ..clopper_pearson(above, &question)? })
}

#[cfg(feature = "registry")]
crate::registry::method! {
    exceedance: "Is a quantile above, or below, a limit?",
    {
        above: Tally,
        quantile: f64,
        alternative: Alternative = Alternative::Greater,
        alpha: Alpha = Alpha::FIVE_PERCENT,
    },
    r#"{"above": {"successes": 80, "trials": 1000}, "quantile": 0.95}"#,
    exceedance(&above, quantile, alternative, alpha),
}
