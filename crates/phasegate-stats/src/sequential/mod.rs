//! Group sequential looks: how small a p must be at each look, so that all looks together keep
//! their level.
//!
//! | item | answers |
//! |---|---|
//! | [`Spending`] | how much of the error probability may be gone at a fraction of the information |
//! | [`spending_bounds`] | the bounds of planned looks, all at once |
//! | [`repeated_intervals`] | the intervals of several looks, all at once |
//! | [`stagewise_p`] | the p-value at the last of several looks |
//! | [`Looks`] | the looks taken so far; each new one gets its bound, whenever it comes |
//! | [`Look`] | the bound, the nominal level at which any method runs there, the repeated interval |
//! | [`StagewiseP`] | the p-value after stopping, which accounts for the looks before |
//!
//! The fraction of the information is that of the planned maximum which has been seen: samples so
//! far over planned samples, never the share of traffic. Where the bounds are known nothing else
//! about the data is: at each look any method runs at [`Look::question`], whose error probability
//! is the nominal level of the bound, and its interval is then the repeated confidence interval.
//!
//! How far that carries: error of [`miettinen_nurminen`](crate::two_sample::miettinen_nurminen),
//! one-sided at 5 %, at 200, 500, 1000 and 2200 observations an arm of 2000 that were planned, for
//! two arms of this rate, from 40,000 seeded samples each:
//!
//! | rate | Pocock type | O'Brien-Fleming type |
//! |---|---|---|
//! | 0.5 | 0.048 | 0.048 |
//! | 0.9 | 0.051 | 0.051 |
//! | 0.99 | 0.045 | 0.050 |
//!
//! ```
//! use phasegate_stats::sequential::{Looks, Spending};
//! use phasegate_stats::summary::Tally;
//! use phasegate_stats::two_sample::miettinen_nurminen;
//! use phasegate_stats::{Alpha, Alternative};
//!
//! let mut looks =
//!     Looks::new(Spending::ObrienFleming, Alpha::FIVE_PERCENT, Alternative::Greater)?;
//! // A quarter of 4000 planned requests are in.
//! let look = looks.take(0.25)?;
//! let question = look.question(0.0).unwrap();
//! let baseline = Tally::new(440, 500)?;
//! let candidate = Tally::new(470, 500)?;
//! let outcome = miettinen_nurminen(&baseline, &candidate, &question)?;
//! // p is 0.0005: enough for one look at 5 %, not for the first of several.
//! assert!(outcome.p.unwrap() < 0.05 && outcome.p.unwrap() > question.alpha.get());
//! # Ok::<(), phasegate_stats::Error>(())
//! ```

mod look;
mod looks;
mod paths;
mod repeated_intervals;
mod spending;
mod spending_bounds;
mod stagewise;

pub use look::Look;
pub use looks::Looks;
pub use repeated_intervals::{LookEstimate, repeated_intervals};
pub use spending::Spending;
pub use spending_bounds::spending_bounds;
pub use stagewise::{StagewiseP, stagewise_p};

use spending_bounds::looks_at;

#[cfg(feature = "registry")]
pub(crate) const FAMILY: crate::registry::Family = crate::registry::Family {
    name: "sequential",
    methods: &[spending_bounds::METHOD, repeated_intervals::METHOD, stagewise::METHOD],
};
