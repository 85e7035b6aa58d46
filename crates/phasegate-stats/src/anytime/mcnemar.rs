//! Pairs of yes-or-no answers, watched.

use crate::anytime::beta_mixture::{Counts, of_rate};
use crate::anytime::{Sequence, Target};
use crate::error::Error;
use crate::outcome::{Degenerate, Outcome, Sample};
use crate::summary::PairTally;

/// Does the candidate win or lose more of the pairs that differ, whenever one looks?
///
/// Of the pairs in which the two versions differ, those that the candidate gained are a Bernoulli
/// sequence, with rate one half where both versions are equally good. The estimand is that rate:
/// `null` is 0.5 for equality, and `Question::less_than(0.5)` watches for a candidate that is
/// worse. With a null of 0.4 harm is a candidate that gains fewer than two for every three it
/// loses.
///
/// - Hypotheses: the candidate's share of the discordant pairs is `null`, or one-sided at least
///   (at most) that. The level is guaranteed at all looks together.
/// - Assumes: independent items.
/// - Edge cases: without discordant pairs the e-value is 1 and the interval whole, marked
///   [`NoDiscordantPairs`](Degenerate::NoDiscordantPairs).
/// - `planned` counts discordant pairs.
/// - Units: the estimate is the share of gains among discordant pairs, from 0 to 1; `planned`
///   counts these.
/// - Cost: as [`bernoulli_sequence`](super::bernoulli_sequence).
/// - Source: the mixture of Robbins, "Statistical methods related to the law of the iterated
///   logarithm" (1970), on McNemar's conditional binomial.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::anytime::{Target, mcnemar_sequence};
/// use phasegate_stats::summary::PairTally;
///
/// let worse = Target::new(Question::less_than(0.5), 50)?;
/// let outcome = mcnemar_sequence(&PairTally::new(900, 35, 10, 55)?, &worse)?;
/// assert!(outcome.p.unwrap() < 0.05);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`OutOfRange`](crate::ErrorKind::OutOfRange) unless the null share is above 0 and below 1.
pub fn mcnemar_sequence(pairs: &PairTally, target: &Target) -> Result<Outcome, Error> {
    let counts = Counts { successes: pairs.only_candidate(), failures: pairs.only_baseline() };
    let outcome = of_rate("mcnemar_sequence", counts, target, Sample::Pairs(pairs.pairs()))?;
    let degenerate = (pairs.discordant() == 0).then_some(Degenerate::NoDiscordantPairs);
    Ok(Outcome { degenerate, ..outcome })
}

/// [`mcnemar_sequence`], for a [`Watch`](super::Watch).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Mcnemar {}

impl Sequence for Mcnemar {
    type Seen = PairTally;

    const FORM: &'static str = "mcnemar_sequence/1";

    fn look(&self, seen: &PairTally, target: &Target) -> Result<Outcome, Error> {
        mcnemar_sequence(seen, target)
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    mcnemar_sequence: "Does the candidate win or lose more of the pairs that differ, whenever one looks?",
    {
        pairs: PairTally,
        target: Target,
    },
    r#"{"pairs": {"both": 900, "only_baseline": 35, "only_candidate": 10, "neither": 55}, "target": {"null": 0.5, "alternative": "less", "planned": 50}}"#,
    mcnemar_sequence(&pairs, &target),
}
