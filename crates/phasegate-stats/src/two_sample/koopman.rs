//! The score test and interval of a ratio of two rates.

use crate::bracket;
use crate::dist::{Continuous as _, Normal};
use crate::error::{Error, ErrorKind};
use crate::math::{exp, ln};
use crate::outcome::{Degenerate, Note, Outcome, Question};
use crate::significance::normal;
use crate::summary::Tally;
use crate::two_sample::{are_large, sample};

/// By what factor may two rates differ?
///
/// The estimand is the candidate's rate divided by the baseline's. The statistic divides by the
/// standard error of the likeliest rates whose ratio is the null value; the interval inverts the
/// test.
///
/// - Hypotheses: the ratio is `null`; it is less, greater, or differs.
/// - Assumes: independent arms of independent trials.
/// - Documented region: 20 trials in each arm; below it the outcome carries
///   [`SmallSample`](Note::SmallSample). True level of a test at 5 %, every outcome summed:
///
/// | baseline | candidate | baseline's rate | ratio | two-sided | greater | less |
/// |---|---|---|---|---|---|---|
/// | 20 | 20 | 0.5 | 1 | 0.043 | 0.042 | 0.042 |
/// | 20 | 20 | 0.9 | 0.95 | 0.045 | 0.049 | 0.057 |
/// | 20 | 20 | 0.98 | 1 | 0.001 | 0.005 | 0.005 |
/// | 100 | 100 | 0.5 | 1 | 0.056 | 0.052 | 0.052 |
/// | 100 | 100 | 0.9 | 0.95 | 0.049 | 0.049 | 0.052 |
/// | 100 | 100 | 0.98 | 1 | 0.040 | 0.058 | 0.058 |
/// | 200 | 50 | 0.5 | 1 | 0.054 | 0.052 | 0.052 |
/// | 200 | 50 | 0.9 | 0.95 | 0.049 | 0.041 | 0.058 |
/// | 200 | 50 | 0.98 | 1 | 0.049 | 0.001 | 0.064 |
/// | 50 | 200 | 0.5 | 1 | 0.054 | 0.052 | 0.052 |
/// | 50 | 200 | 0.9 | 0.95 | 0.048 | 0.054 | 0.042 |
/// | 50 | 200 | 0.98 | 1 | 0.049 | 0.064 | 0.001 |
/// | 500 | 500 | 0.95 | 0.98 | 0.051 | 0.050 | 0.050 |
/// | 10 | 10 | 0.9 | 1 | 0.009 | 0.025 | 0.025 |
///
/// - Edge cases: no baseline success gives an infinite upper bound and no estimate; no success at
///   all gives the interval from 0 to infinity and p = 1, marked [`AllTied`](Degenerate::AllTied);
///   an empty arm is an error.
/// - Units: the estimate is a factor, without a unit; trials are counted.
/// - Cost: some hundred square roots.
/// - Source: Koopman, "Confidence intervals for the ratio of two binomial proportions" (1984).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::summary::Tally;
/// use phasegate_stats::two_sample::koopman;
///
/// // Koopman (1984), example: 36/40 against 16/80.
/// let (baseline, candidate) = (Tally::new(16, 80)?, Tally::new(36, 40)?);
/// let interval = koopman(&baseline, &candidate, &Question::differs_from(1.0))?.interval.unwrap();
/// assert!((interval.lower - 2.94).abs() < 5e-3 && (interval.upper - 7.15).abs() < 5e-3);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](ErrorKind::TooFew) for an empty arm; [`OutOfRange`](ErrorKind::OutOfRange) unless the
/// null ratio is from 1e-6 to 1e6.
pub fn koopman(baseline: &Tally, candidate: &Tally, question: &Question) -> Result<Outcome, Error> {
    let sample = sample(baseline, candidate)?;
    let Question { null, alternative, alpha } = *question;
    if !(1e-6..=1e6).contains(&null) {
        let message = format!("the null ratio is {null}; it must be from 0.000001 to 1000000");
        return Err(Error::new(ErrorKind::OutOfRange, message));
    }
    let score = ScoreRatio::new(baseline, candidate);
    let no_success = score.good_b + score.good_c == 0.0;
    let statistic = score.statistic(null);
    let interval = alpha.interval(
        alternative,
        (0.0, f64::INFINITY),
        |alpha| score.bound(Normal.upper_quantile(alpha)?),
        |alpha| score.bound(-Normal.upper_quantile(alpha)?),
    )?;
    let all = score.good_b >= score.n_b && score.good_c >= score.n_c;
    let degenerate = (no_success || (all && statistic == 0.0)).then_some(Degenerate::AllTied);
    let mut notes = Note::large_sample(are_large(baseline, candidate));
    if score.good_b == 0.0 || score.good_c == 0.0 {
        notes.push(Note::AtTheEdge);
    }
    let ratio = score.good_c / score.n_c / (score.good_b / score.n_b);
    Ok(Outcome {
        estimate: (score.good_b > 0.0).then_some(ratio),
        interval: Some(interval),
        null: Some(null),
        statistic: Some(statistic),
        degenerate,
        notes,
        ..Outcome::new("koopman", alternative, sample)
    }
    .with_ln_p(normal(statistic, alternative)?))
}

#[derive(Debug, Clone, Copy)]
struct ScoreRatio {
    good_b: f64,
    n_b: f64,
    good_c: f64,
    n_c: f64,
}

impl ScoreRatio {
    fn new(baseline: &Tally, candidate: &Tally) -> Self {
        Self {
            good_b: baseline.successes() as f64,
            n_b: baseline.trials() as f64,
            good_c: candidate.successes() as f64,
            n_c: candidate.trials() as f64,
        }
    }

    /// The candidate's rate less the ratio times the baseline's, divided by its standard error
    /// under that ratio; 0 where both are 0.
    fn statistic(&self, ratio: f64) -> f64 {
        let Self { good_b, n_b, good_c, n_c } = *self;
        let gap = good_c / n_c - ratio * (good_b / n_b);
        if gap == 0.0 {
            return 0.0;
        }
        // The likeliest baseline rate solves N ratio p^2 - (n_c ratio + good_c + n_b + good_b
        // ratio) p + (good_b + good_c) = 0; this form of the smaller root does not subtract.
        let good = good_b + good_c;
        let middle = n_c * ratio + good_c + n_b + good_b * ratio;
        let discriminant = middle * middle - 4.0 * (n_b + n_c) * ratio * good;
        let rate_b = (2.0 * good / (middle + discriminant.max(0.0).sqrt())).min(1.0);
        let rate_c = (ratio * rate_b).min(1.0);
        let variance =
            rate_c * (1.0 - rate_c) / n_c + ratio * ratio * rate_b * (1.0 - rate_b) / n_b;
        gap / variance.sqrt()
    }

    /// The ratio at which the statistic is `z`: a lower bound for positive, an upper bound for
    /// negative `z`.
    fn bound(&self, z: f64) -> Result<f64, Error> {
        // Bounds beyond exp(+-60) are 0 and infinity: 1e10 trials cannot tell such ratios.
        const FAR: f64 = 60.0;
        let Self { good_b, n_b, good_c, n_c } = *self;
        if good_b == 0.0 && good_c == 0.0 {
            return Ok(if z > 0.0 { 0.0 } else { f64::INFINITY });
        }
        if z > 0.0 && good_c == 0.0 {
            return Ok(0.0);
        }
        if z < 0.0 && good_b == 0.0 {
            return Ok(f64::INFINITY);
        }
        let estimate = if good_b == 0.0 || good_c == 0.0 {
            if z > 0.0 { FAR } else { -FAR }
        } else {
            ln(good_c / n_c) - ln(good_b / n_b)
        };
        if z == 0.0 {
            return Ok(exp(estimate));
        }
        let end = if z > 0.0 { -FAR } else { FAR };
        let root = bracket::root("the score interval of a ratio", end, estimate, |ln_ratio| {
            if ln_ratio.total_cmp(&estimate).is_eq() && estimate.abs() < FAR {
                return Ok(-z);
            }
            Ok(self.statistic(exp(ln_ratio)) - z)
        })?;
        Ok(exp(root))
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    koopman: "By what factor may two rates differ?",
    {
        baseline: Tally,
        candidate: Tally,
        question: Question = Question::differs_from(1.0),
    },
    r#"{"baseline": {"successes": 16, "trials": 80}, "candidate": {"successes": 36, "trials": 40}}"#,
    koopman(&baseline, &candidate, &question),
}
