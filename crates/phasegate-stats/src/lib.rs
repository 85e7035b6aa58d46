//! Numbers in, named results out: the statistics that a gate stands on.
//!
//! The crate is useful alone. It reads no clock, no files and no randomness, starts no threads and
//! does not panic; equal input gives equal bytes on every platform, for every elementary function
//! comes from one pinned source.
//!
//! # From numbers to an answer
//!
//! Observations are folded into a mergeable [`summary`]. A method takes summaries and a
//! [`Question`] (which value, which direction, which error probability) and gives an [`Outcome`]:
//! estimate, interval, statistic, p and its logarithm, and how many observations it rests on.
//! Methods live in families: [`one_sample`], [`two_sample`] for independent arms, [`paired`] for
//! two versions of the same items. What is claimed and how an interval answers it, how much must be
//! observed, families of tests and the check of the arms' sizes are in [`design`]. To look more
//! than once there are [`sequential`], for looks at planned fractions of the data, and [`anytime`],
//! for looks whenever one likes. [`judge`] gives the answers of Kayenta's, [`bayes`] an explanation
//! in other words. The distributions beneath them are in [`dist`]. With the feature `registry`
//! every method can be found and run by its name, with JSON in and out.
//!
//! ```
//! use phasegate_stats::summary::{PairTally, PairedAnswer, Summary as _};
//! use phasegate_stats::{Alpha, Question, paired};
//!
//! let mut gold = PairTally::default();
//! for item in 0..100 {
//!     gold.update(PairedAnswer { baseline: item % 10 != 0, candidate: item % 20 != 0 })?;
//! }
//! // Is the candidate at most two points worse?
//! let question = Question::greater_than(-0.02).at(Alpha::FIVE_PERCENT);
//! let outcome = paired::tango(&gold, &question)?;
//! assert_eq!(outcome.estimate, Some(0.05));
//! assert!(outcome.interval.unwrap().lower > -0.02);
//! # Ok::<(), phasegate_stats::Error>(())
//! ```
//!
//! # Conventions
//!
//! - Orientation is candidate minus baseline, or candidate divided by baseline.
//! - Alternatives have scipy's names. The interval goes with the alternative: `greater` gives a
//!   lower bound, `less` an upper bound at the whole error probability, `two-sided` both at half of
//!   it. statsmodels' `proportion_confint` gives the opposite bound for an alternative of the same
//!   meaning.
//! - Every p comes from a survival function, never from one minus a probability, and `ln_p` goes on
//!   where p underflows.
//! - NaN and infinity are refused where they enter, never dropped.
//!
//! # Degenerate data
//!
//! Data without information about a question have an answer that says so: a typed [`Error`] where
//! nothing can be said, or an outcome marked [`Degenerate`].
//!
//! | data | methods | answer |
//! |---|---|---|
//! | no trials, no pairs, an empty arm | all | error `too_few` |
//! | no success, or no failure | one-sample intervals | one end is 0 or 1, the other a bound |
//! | a success where the null rate is 0, or a failure where it is 1 | [`one_sample::clopper_pearson`], [`one_sample::binomial_exact`] | p = 0, `ln_p` minus infinity: that is impossible; [`one_sample::wilson`]: error `out_of_range` |
//! | no success, or no failure, in both arms | differences of rates | an interval of positive width; against 0: p = 1 (one-sided 0.5), `all_tied` |
//! | the same | [`two_sample::fisher`] | p = 1, `single_table` |
//! | the same | [`two_sample::boschloo`], [`two_sample::barnard`] | p = 1, `all_tied` |
//! | no success in either arm | [`two_sample::koopman`] | the interval from 0 to infinity, p = 1 (one-sided 0.5), `all_tied` |
//! | no success in the baseline | [`two_sample::koopman`] | no estimate, no upper bound |
//! | no event in either arm | [`two_sample::poisson_rate_ratio`] | the interval from 0 to infinity, p = 1, `all_tied` |
//! | no discordant pairs | [`paired::mcnemar_exact`] and its kin | p = 1, `no_discordant_pairs` |
//! | the same | [`paired::tango`], [`paired::newcombe_paired`] | an interval of positive width; against 0: p = 1 (one-sided 0.5), `no_discordant_pairs` |
//! | fewer than two values or clusters | methods on means | error `too_few` |
//! | equal values in a sample, in both arms, or equal differences | methods on means | error `zero_variance`; what rounding leaves of equal values does not pass for variance |
//! | a baseline mean not told from 0 | [`two_sample::fieller`], [`paired::paired_ratio`] | an interval without an end, note `unbounded` |
//! | too few clusters for a small enough p | [`paired::wild_cluster`] | an interval without ends, note `unbounded` |
//! | too few values for a rank to bound a quantile | [`one_sample::quantile_interval`], [`two_sample::quantile_difference`], [`paired::paired_quantile_difference`] and the ratios | an infinite end, note `unbounded` |
//! | a baseline quantile of 0 | [`two_sample::quantile_ratio`], [`paired::paired_quantile_ratio`] | no estimate, no upper bound |
//! | a null value or margin given to a test that has another one or none | [`paired::mcnemar_exact`] and its kin, [`two_sample::fisher`], [`two_sample::boschloo`], [`two_sample::barnard`], [`two_sample::mann_whitney`], [`Hypothesis::assess`](design::Hypothesis::assess) | error `mismatch` |
//! | an assumed effect on the null side | [`Design::sample_size`](design::power::Design::sample_size) | error `out_of_range` |
//! | no success or failure, no gain or loss | the `observed` designs of [`design::power`] | half an observation is added to each |
//! | no tests | [`design::multiplicity`] | no answers |
//! | units in an arm of weight 0 | [`design::sample_ratio`] | p = 0, `ln_p` minus infinity |
//! | a covariate that does not vary | [`design::cuped`] | Welch's answer, no `theta` |
//! | a covariate that determines the metric | [`design::cuped`] | error `zero_variance` |
//! | nothing seen yet | [`anytime`] methods on counts | an e-value of 1, the whole interval |
//! | no discordant pairs | [`anytime::mcnemar_sequence`] | the same, `no_discordant_pairs` |
//! | no event in the baseline | [`anytime::event_ratio_sequence`] | no estimate, no upper bound |
//! | fewer values than the first look's | asymptotic [`anytime`] methods | an e-value of 1, an interval without ends, notes `small_sample`, `unbounded` |
//! | values that no rank or t can refute | [`anytime::quantile_sequence`], [`anytime::t_sequence`] and its kin | an infinite end, note `unbounded` |
//! | looks that no value agrees with | [`anytime::Watch`] | the interval of the last look, note `moved` |
//! | a look that may spend nothing | [`sequential::Looks`] | no bound; the look leaves no trace |
//! | a look after the error probability is spent | [`sequential::Looks`] | no bound |
//! | all values equal to the null value, or in its bucket | [`one_sample::quantile_interval`], [`anytime::quantile_sequence`] | p = 1, `all_tied` |
//! | arms of equal values that differ by what the null value says | [`two_sample::quantile_difference`], [`two_sample::quantile_ratio`] | p = 1, `all_tied` |
//! | pairs that all differ by what the null value says | [`paired::paired_quantile_difference`], [`paired::paired_quantile_ratio`] | p = 1 (one-sided at least 0.5), `all_tied` |
//! | all values equal | [`two_sample::mann_whitney`], [`two_sample::hodges_lehmann`] | p = 1 (one-sided 0.5 from the normal distribution), `all_tied` |
//! | too few values for a difference to bound a shift | [`two_sample::hodges_lehmann`] | an infinite end, note `unbounded` |
//! | no two arms' values interleave, or all are equal | [`two_sample::brunner_munzel`] | error `zero_variance` |
//! | all values or differences equal to what the null value says | [`two_sample::permutation`], [`paired::sign_flip`] | p = 1, `all_tied` |
//! | too few values for a small enough p | [`two_sample::permutation`], [`paired::sign_flip`] | an infinite end, note `unbounded` |
//! | fewer than two values in an arm | [`one_sample::bca_mean`], [`two_sample::bca_difference`] | error `too_few` |
//! | all values equal, or those of each arm | the same | error `zero_variance` |
//! | too few draws for an end, or a bias that has none | the same | an infinite end, note `unbounded` |
//! | NaN or infinity | all | error `non_finite` or `out_of_range` |

#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

mod bootstrap;
mod bracket;
#[cfg(feature = "serde")]
mod document;
mod error;
mod math;
mod outcome;
mod pair_differences;
mod quantile_index;
mod random;
mod rank_sum;
mod ratio;
mod rearrangement;
mod significance;
mod standardized;
mod subset_sums;

pub mod anytime;
pub mod bayes;
pub mod design;
pub mod dist;
pub mod judge;
pub mod one_sample;
pub mod paired;
#[cfg(feature = "registry")]
pub mod registry;
pub mod sequential;
pub mod summary;
pub mod two_sample;

pub use error::{Error, ErrorKind};
pub use outcome::{
    Alpha, Alternative, Degenerate, Interval, Note, Outcome, Question, Sample, Sides,
};
pub use random::Draws;
