//! The score test and interval of a paired difference of rates.

use crate::bracket;
use crate::dist::{Continuous as _, Normal};
use crate::error::{Error, ErrorKind};
use crate::outcome::{Note, Outcome, Question};
use crate::paired::{are_many, outcome};
use crate::significance::normal;
use crate::summary::PairTally;

/// Do the rates of two versions on the same items differ, or differ by more than a margin?
///
/// The estimand is the candidate's rate less the baseline's. The statistic divides by the standard
/// error of the likeliest discordant rates that differ by exactly the null value; at a null value
/// of 0 it is the signed root of McNemar's chi-square. The interval inverts the test. For
/// non-inferiority with margin 0.02 ask for `greater` than -0.02.
///
/// - Hypotheses: the difference is `null`; it is less, greater, or differs.
/// - Assumes: independent items.
/// - Documented region: 20 pairs; below it the outcome carries
///   [`SmallSample`](Note::SmallSample). True level of a test at 5 %, every outcome summed:
///
/// | pairs | discordant | difference | two-sided | greater | less |
/// |---|---|---|---|---|---|
/// | 20 | 0.2 | 0 | 0.044 | 0.051 | 0.051 |
/// | 20 | 0.15 | -0.05 | 0.018 | 0.042 | 0.056 |
/// | 20 | 0.04 | -0.02 | 0.000 | 0.001 | 0.002 |
/// | 100 | 0.2 | 0 | 0.052 | 0.049 | 0.049 |
/// | 100 | 0.15 | -0.05 | 0.046 | 0.050 | 0.052 |
/// | 100 | 0.04 | -0.02 | 0.048 | 0.044 | 0.073 |
/// | 300 | 0.2 | 0 | 0.049 | 0.050 | 0.050 |
/// | 300 | 0.15 | -0.05 | 0.050 | 0.050 | 0.052 |
/// | 300 | 0.04 | -0.02 | 0.052 | 0.045 | 0.061 |
///
/// - Edge cases: without discordant pairs the interval still has positive width, and a null
///   difference of 0 has p = 1; such outcomes are marked
///   [`NoDiscordantPairs`](crate::Degenerate::NoDiscordantPairs). No pairs is an error.
/// - Units: rates are shares from 0 to 1, their difference from -1 to 1: 0.02 is two points.
/// - Cost: some hundred square roots.
/// - Source: Tango, "Equivalence test and confidence interval for the difference in proportions for
///   the paired-sample design" (1998).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::paired::tango;
/// use phasegate_stats::summary::PairTally;
///
/// // No pair of 100 differs: the candidate is not worse by more than four points.
/// let outcome = tango(&PairTally::new(97, 0, 0, 3)?, &Question::greater_than(-0.04))?;
/// assert!(outcome.interval.unwrap().lower > -0.04 && outcome.p.unwrap() < 0.05);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](ErrorKind::TooFew) without pairs; [`OutOfRange`](ErrorKind::OutOfRange) unless the
/// null difference is above -1 and below 1.
pub fn tango(pairs: &PairTally, question: &Question) -> Result<Outcome, Error> {
    let outcome = outcome("tango", pairs, question)?;
    let Question { null, alternative, alpha } = *question;
    if !(null > -1.0 && null < 1.0) {
        let message = format!("the null difference is {null}; it must be above -1 and below 1");
        return Err(Error::new(ErrorKind::OutOfRange, message));
    }
    let score = PairedScore::new(pairs);
    let statistic = score.statistic(null);
    let interval = alpha.interval(
        alternative,
        (-1.0, 1.0),
        |alpha| score.bound(Normal.upper_quantile(alpha)?),
        |alpha| score.bound(-Normal.upper_quantile(alpha)?),
    )?;
    Ok(Outcome {
        interval: Some(interval),
        null: Some(null),
        statistic: Some(statistic),
        notes: Note::large_sample(are_many(pairs)),
        ..outcome.with_ln_p(normal(statistic, alternative)?)
    })
}

/// The discordant counts and the number of pairs, or the rates of the former for one pair.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PairedScore {
    pub(crate) gained: f64,
    pub(crate) lost: f64,
    pub(crate) pairs: f64,
}

impl PairedScore {
    fn new(pairs: &PairTally) -> Self {
        Self {
            gained: pairs.only_candidate() as f64,
            lost: pairs.only_baseline() as f64,
            pairs: pairs.pairs() as f64,
        }
    }

    /// The difference less the assumed one, divided by its standard error under that assumption; 0
    /// where both are 0.
    pub(crate) fn statistic(&self, difference: f64) -> f64 {
        let Self { gained, lost, pairs } = *self;
        let gap = gained - lost - pairs * difference;
        if gap == 0.0 { 0.0 } else { gap / self.variance(difference).sqrt() }
    }

    /// The variance of the difference of the counts if the rates differ by exactly this much.
    pub(crate) fn variance(&self, difference: f64) -> f64 {
        let Self { gained, lost, pairs } = *self;
        // The likeliest rate of losses solves 2n q^2 + linear q - lost difference (1 - difference)
        // = 0.
        let linear = (2.0 * pairs - gained + lost) * difference - gained - lost;
        let constant = lost * difference * (1.0 - difference);
        let root = (linear * linear + 8.0 * pairs * constant).max(0.0).sqrt();
        // Of the two forms of the larger root the one that does not subtract.
        let losses = if linear > 0.0 {
            2.0 * constant / (linear + root)
        } else {
            (root - linear) / (4.0 * pairs)
        };
        (pairs * (2.0 * losses + difference * (1.0 - difference))).max(0.0)
    }

    /// The difference at which the statistic is `z`: a lower bound for positive, an upper bound for
    /// negative `z`.
    fn bound(&self, z: f64) -> Result<f64, Error> {
        let estimate = (self.gained - self.lost) / self.pairs;
        let end = if z > 0.0 { -1.0 } else { 1.0 };
        if z == 0.0 || estimate.total_cmp(&end).is_eq() {
            return Ok(estimate);
        }
        bracket::root("the score interval of a paired difference", end, estimate, |difference| {
            if difference.total_cmp(&end).is_eq() {
                // All pairs would differ in one direction, without variance.
                return Ok(z.signum() * f64::INFINITY);
            }
            if difference.total_cmp(&estimate).is_eq() {
                return Ok(-z);
            }
            Ok(self.statistic(difference) - z)
        })
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    tango: "Do the rates of two versions on the same items differ by more than a margin?",
    {
        pairs: PairTally,
        question: Question = Question::differs_from(0.0),
    },
    r#"{"pairs": {"both": 97, "only_baseline": 0, "only_candidate": 0, "neither": 3}, "question": {"null": -0.04, "alternative": "greater"}}"#,
    tango(&pairs, &question),
}
