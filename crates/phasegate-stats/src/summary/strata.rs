//! Effects of phases or categories, combined without pooling their rows.

use crate::error::{Error, ErrorKind, finite};

/// The effect within one stratum.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Stratum {
    /// Its share in the combination, in any unit: the number of its candidate observations for an
    /// effect on the traffic as it was.
    pub weight: f64,
    /// The effect, candidate minus baseline.
    pub estimate: f64,
    /// The squared standard error of the effect.
    pub variance: f64,
    /// Degrees of freedom of the variance; infinite, and null or absent in a document, where it is
    /// known.
    #[cfg_attr(
        feature = "serde",
        serde(
            default = "known",
            serialize_with = "crate::document::number",
            deserialize_with = "crate::document::upper"
        )
    )]
    pub df: f64,
}

#[cfg(feature = "serde")]
const fn known() -> f64 {
    f64::INFINITY
}

/// A weighted mean of effects with its own standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Combined {
    /// The weighted mean of the effects.
    pub estimate: f64,
    /// Its squared standard error.
    pub variance: f64,
    /// Its degrees of freedom, after Satterthwaite (1946); infinite where all variances are known
    /// or zero, and then null in a document.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::document::number"))]
    pub df: f64,
}

/// What is the effect over strata that must not be pooled?
///
/// The weighted mean of their effects: traffic shares, days and baselines differ between phases,
/// and pooled rows can reverse every phase's effect (Simpson's paradox). Strata with weight 0 do
/// not count.
///
/// - Hypotheses: none is tested here; hold the estimate against its standard error, with the
///   degrees of freedom that are given.
/// - Assumes: independent strata, whose variances are estimated or known.
/// - Edge cases: one stratum is its own answer; strata without variance have a standard error of 0.
/// - Units: those of the effects; the variance has their square, weights any common one.
/// - Cost: one pass over the strata.
/// - Source: Cochran, "Sampling techniques" (1977), 5.3 and 5.4; degrees of freedom after
///   Satterthwaite (1946).
///
/// ```
/// use phasegate_stats::summary::{Stratum, combine_strata};
///
/// let one = Stratum { weight: 1.0, estimate: 0.02, variance: 0.0004, df: 9.0 };
/// let two = Stratum { weight: 3.0, estimate: 0.06, variance: 0.0004, df: 9.0 };
/// let both = combine_strata(&[one, two])?;
/// assert!((both.estimate - 0.05).abs() < 1e-16);
/// assert!((both.variance - 0.00025).abs() < 1e-18);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::TooFew`] without a positive weight; [`ErrorKind::OutOfRange`] for a negative weight
/// or variance or degrees of freedom that are not positive; [`ErrorKind::NonFinite`] for anything
/// else that is not finite.
pub fn combine_strata(strata: &[Stratum]) -> Result<Combined, Error> {
    let mut total = 0.0;
    for stratum in strata {
        let Stratum { weight, estimate, variance, df } = *stratum;
        finite("a stratum's estimate", estimate)?;
        if finite("a stratum's weight", weight)? < 0.0
            || finite("a stratum's variance", variance)? < 0.0
        {
            let message = format!(
                "a stratum has weight {weight} and variance {variance}; neither may be negative"
            );
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        if df.is_nan() || df <= 0.0 {
            let message = format!("a stratum has {df} degrees of freedom; they must be positive");
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        total += weight;
    }
    if !finite("the sum of weights", total)?.is_normal() {
        let message = "no stratum has a positive weight";
        return Err(Error::new(ErrorKind::TooFew, message));
    }
    let (mut estimate, mut variance, mut spread) = (0.0, 0.0, 0.0);
    for stratum in strata {
        let share = stratum.weight / total;
        let part = share * share * stratum.variance;
        estimate += share * stratum.estimate;
        variance += part;
        spread += part * part / stratum.df;
    }
    let df = if spread > 0.0 { variance * variance / spread } else { f64::INFINITY };
    Ok(Combined {
        estimate: finite("the combined estimate", estimate)?,
        variance: finite("the combined variance", variance)?,
        df,
    })
}

#[cfg(feature = "registry")]
crate::registry::method! {
    combine_strata: "What is the effect over phases or categories whose rows must not be pooled?",
    {
        strata: Vec<Stratum>,
    },
    r#"{"strata": [{"weight": 1, "estimate": 0.02, "variance": 0.0004, "df": 9}, {"weight": 3, "estimate": 0.06, "variance": 0.0004}]}"#,
    combine_strata(&strata),
}
