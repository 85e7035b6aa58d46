//! A rate, watched.

use crate::anytime::beta_mixture::{Counts, of_rate};
use crate::anytime::{Sequence, Target};
use crate::error::Error;
use crate::outcome::{Outcome, Sample};
use crate::summary::Tally;

/// Is a rate above, below, or different from a value, whenever one looks?
///
/// The e-value mixes the likelihood ratios of all rates against the null one, with a beta
/// distribution about it; one-sided it mixes those on the side of the alternative alone, and then
/// every rate on the other side makes it fall. The interval holds the rates that the data do not
/// speak against enough.
///
/// - Hypotheses: the rate is `null`, or one-sided at most (at least) `null`; it differs, is
///   greater, or less. The level is guaranteed at all looks together.
/// - Assumes: trials that are independent, or at least have the null rate given those before.
/// - Edge cases: no trials give an e-value of 1 and the whole interval.
/// - Units: the rate is a share from 0 to 1; `planned` counts trials.
/// - Cost: some hundred evaluations of the incomplete beta function, up to 1e10 trials.
/// - Source: Howard, Ramdas, `McAuliffe` and Sekhon, "Time-uniform, nonparametric, nonasymptotic
///   confidence sequences" (2021), beta-binomial mixture; the `confseq` package gives the same
///   two-sided interval for its `t_opt` = `planned` and equal error probabilities.
///
/// ```
/// use phasegate_stats::anytime::{Target, bernoulli_sequence};
/// use phasegate_stats::summary::Tally;
/// use phasegate_stats::{Alpha, Question};
///
/// // Errors of a canary, watched for a rate above 10 %.
/// let harm = Target::new(Question::greater_than(0.10), 500)?;
/// let outcome = bernoulli_sequence(&Tally::new(62, 400)?, &harm)?;
/// assert!(outcome.p.unwrap() < 0.05 && outcome.interval.unwrap().lower > 0.10);
/// // 20 in 400 are no reason to stop, and never count as one.
/// assert!(bernoulli_sequence(&Tally::new(20, 400)?, &harm)?.ln_e.unwrap() < 0.0);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`OutOfRange`](crate::ErrorKind::OutOfRange) unless the null rate is above 0 and below 1.
pub fn bernoulli_sequence(tally: &Tally, target: &Target) -> Result<Outcome, Error> {
    let counts = Counts { successes: tally.successes(), failures: tally.failures() };
    of_rate("bernoulli_sequence", counts, target, Sample::One(tally.trials()))
}

/// [`bernoulli_sequence`], for a [`Watch`](super::Watch).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Bernoulli {}

impl Sequence for Bernoulli {
    type Seen = Tally;

    const FORM: &'static str = "bernoulli_sequence/1";

    fn look(&self, seen: &Tally, target: &Target) -> Result<Outcome, Error> {
        bernoulli_sequence(seen, target)
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    bernoulli_sequence: "Is a rate above or below a value, whenever one looks?",
    {
        tally: Tally,
        target: Target,
    },
    r#"{"tally": {"successes": 62, "trials": 400}, "target": {"null": 0.1, "alternative": "greater", "planned": 500}}"#,
    bernoulli_sequence(&tally, &target),
}
