//! A quantile, watched.

use std::marker::PhantomData;

use crate::anytime::beta_mixture::{BetaMixture, Counts};
use crate::anytime::{Sequence, Target};
use crate::error::Error;
use crate::math::ln_sum;
use crate::one_sample::{checked_quantile, quantile_at, quantile_tied_with};
use crate::outcome::{Alternative, Degenerate, Note, Outcome, Sample};
use crate::summary::{Ranked, Summary};

/// Where is a quantile, and is it above or below a value, whenever one looks?
///
/// The values above a limit are a Bernoulli sequence, whose rate is at most 1 - q where the q-th
/// quantile is at most the limit: the e-value is that of its beta-binomial mixture, and the
/// interval ends at the order statistics whose ranks the mixture allows, whatever the distribution
/// of the values. From a histogram its ends are those of the buckets that hold these ranks.
///
/// - Hypotheses: the quantile is `null`, or one-sided at most (at least) that; it differs, is
///   greater, or less. The level is guaranteed at all looks together.
/// - Assumes: independent values of one distribution.
/// - Edge cases: values equal to the null value, or in its bucket, count for neither side; where
///   no rank is enough the end is infinite, with the note [`Unbounded`](Note::Unbounded); values
///   that all equal the null value are marked [`AllTied`](Degenerate::AllTied); no values are an
///   error.
/// - Units: estimate, null value and interval have that of the values; p has none.
/// - Cost: some hundred evaluations of the incomplete beta function, up to 1e10 values.
/// - Source: Howard and Ramdas, "Sequential estimation of quantiles with applications to A/B
///   testing and best-arm identification" (2022), with the beta-binomial mixture in place of
///   stitching, which is wider for the sizes of a rollout.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::anytime::{Target, quantile_sequence};
/// use phasegate_stats::summary::{SortedRun, Summary as _};
///
/// let mut latency = SortedRun::default();
/// latency.update_slice(&(1..=1000).map(f64::from).collect::<Vec<_>>())?;
/// let target = Target::new(Question::differs_from(950.0), 1000)?;
/// let interval = quantile_sequence(&latency, 0.95, &target)?.interval.unwrap();
/// // confseq 0.0.11: beta_binomial_mixture_bound gives 22.58 ranks below 950 and 19.21 above; a
/// // single look at the same confidence gives 936 to 964.
/// assert_eq!((interval.lower, interval.upper), (928.0, 970.0));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](crate::ErrorKind::TooFew) without values;
/// [`OutOfRange`](crate::ErrorKind::OutOfRange) unless the quantile is above 0 and below 1.
pub fn quantile_sequence(
    values: &impl Ranked,
    quantile: f64,
    target: &Target,
) -> Result<Outcome, Error> {
    let quantile = checked_quantile(quantile)?;
    let question = target.question();
    let (estimate, is_bucketed) = quantile_at("the sample", values, quantile)?;
    let n = values.count();
    let below = values.surely_below(question.null);
    let above = n - values.possibly_at_most(question.null);
    let mixture = BetaMixture::new(target);
    let counts = |successes: u64| Counts { successes, failures: n - successes };
    // Of those above, and of those below: each as successes that speak for its side.
    let greater = mixture.for_greater();
    let ln_e = match question.alternative {
        Alternative::Greater => greater.ln_e(1.0 - quantile, counts(above))?,
        Alternative::Less => greater.ln_e(quantile, counts(below))?,
        Alternative::TwoSided => ln_sum(
            mixture.ln_above(1.0 - quantile, counts(above))?,
            mixture.ln_above(quantile, counts(below))?,
        ),
    };
    let ln_needed = target.ln_needed();
    let least = |rate: f64| match question.alternative {
        Alternative::TwoSided => mixture.least_successes(rate, n, ln_needed),
        Alternative::Less | Alternative::Greater => greater.least_successes(rate, n, ln_needed),
    };
    let interval = question.alpha.interval(
        question.alternative,
        (f64::NEG_INFINITY, f64::INFINITY),
        |_| {
            let run = least(1.0 - quantile)?.and_then(|most| values.run_of_rank(n - most + 1));
            Ok(run.map_or(f64::NEG_INFINITY, |run| run.lower))
        },
        |_| {
            let run = least(quantile)?.and_then(|rank| values.run_of_rank(rank));
            Ok(run.map_or(f64::INFINITY, |run| run.upper))
        },
    )?;
    let mut notes = vec![Note::Conservative];
    if is_bucketed {
        notes.push(Note::Bucketed);
    }
    if interval.is_unbounded() {
        notes.push(Note::Unbounded);
    }
    Ok(Outcome {
        estimate,
        interval: Some(interval),
        null: Some(question.null),
        statistic: Some(below as f64),
        degenerate: quantile_tied_with(values, question.null).then_some(Degenerate::AllTied),
        notes,
        ..Outcome::new("quantile_sequence", question.alternative, Sample::One(n))
    }
    .with_ln_e(ln_e))
}

/// [`quantile_sequence`], for a [`Watch`](super::Watch) of raw values or of a histogram.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields, bound = "")
)]
pub struct Quantile<S> {
    /// Which quantile, above 0 and below 1: 0.95 for the 95th percentile.
    pub quantile: f64,
    #[cfg_attr(feature = "serde", serde(skip))]
    of: PhantomData<fn() -> S>,
}

impl<S> Quantile<S> {
    /// Of such values.
    #[must_use]
    pub const fn new(quantile: f64) -> Self {
        Self { quantile, of: PhantomData }
    }
}

impl<S: Summary + Ranked> Sequence for Quantile<S> {
    type Seen = S;

    const FORM: &'static str = "quantile_sequence/1";

    fn look(&self, seen: &S, target: &Target) -> Result<Outcome, Error> {
        quantile_sequence(seen, self.quantile, target)
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    quantile_sequence: "Where is a quantile, and is it above or below a value, whenever one looks?",
    {
        values: crate::registry::Ranks,
        quantile: f64,
        target: Target,
    },
    r#"{"values": {"bounds": [0.1, 0.5, 1], "counts": [700, 250, 10, 40]}, "quantile": 0.95, "target": {"null": 1, "alternative": "less", "planned": 1000}}"#,
    quantile_sequence(&values, quantile, &target),
}
