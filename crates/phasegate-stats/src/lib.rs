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
//! two versions of the same items. The distributions beneath them are in [`dist`].
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
//! | no success, or no failure, in both arms | differences of rates | an interval of positive width; against 0: p = 1 (one-sided 0.5), `all_tied` |
//! | the same | [`two_sample::fisher`] | p = 1, `single_table` |
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
//! | NaN or infinity | all | error `non_finite` or `out_of_range` |

#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

mod bracket;
mod error;
mod math;
mod outcome;
mod quantile_index;
mod random;
mod ratio;
mod significance;
mod standardized;

pub mod dist;
pub mod one_sample;
pub mod paired;
pub mod summary;
pub mod two_sample;

pub use error::{Error, ErrorKind};
pub use outcome::{
    Alpha, Alternative, Degenerate, Interval, Note, Outcome, Question, Sample, Sides,
};
