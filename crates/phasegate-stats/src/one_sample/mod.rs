//! One sample: rates, quantiles and means against a value.
//!
//! | method | question | interval | p |
//! |---|---|---|---|
//! | [`binomial_exact`] | does a rate differ from a value | Clopper-Pearson | exact; two-sided as R and scipy |
//! | [`clopper_pearson`] | how low or high may a rate be, guaranteed | Clopper-Pearson | exact; agrees with the interval |
//! | [`wilson`] | the same, right on average | Wilson | score |
//! | [`jeffreys`] | the same, right on average | Jeffreys | none |
//! | [`quantile_interval`] | where is a quantile | order statistics | exact; agrees with the interval |
//! | [`mean_t`] | does a mean differ from a value | Student's t | agrees with the interval |
//! | [`bca_mean`] | how low or high may a mean be, whatever the skew | BCa bootstrap | none |
//! | [`exceedance`] | is a quantile above a limit | Clopper-Pearson of the share above it | exact |

mod bca_mean;
mod binomial_exact;
mod clopper_pearson;
mod exceedance;
mod jeffreys;
mod mean_t;
mod quantile_interval;
mod wilson;

pub use bca_mean::bca_mean;
pub use binomial_exact::binomial_exact;
pub use clopper_pearson::clopper_pearson;
pub use exceedance::exceedance;
pub use jeffreys::jeffreys;
pub use mean_t::mean_t;
pub use quantile_interval::quantile_interval;
pub use wilson::wilson;

pub(crate) use clopper_pearson::bounds as clopper_pearson_bounds;
pub(crate) use mean_t::of_moments as mean_of_moments;
pub(crate) use quantile_interval::{
    at as quantile_at, checked as checked_quantile, tied_with as quantile_tied_with,
};
pub(crate) use wilson::bounds as wilson_bounds;

use crate::error::{Error, ErrorKind};
use crate::outcome::Question;
use crate::summary::Tally;

#[cfg(feature = "registry")]
pub(crate) const FAMILY: crate::registry::Family = crate::registry::Family {
    name: "one_sample",
    methods: &[
        binomial_exact::METHOD,
        clopper_pearson::METHOD,
        wilson::METHOD,
        jeffreys::METHOD,
        quantile_interval::METHOD,
        mean_t::METHOD,
        bca_mean::METHOD,
        exceedance::METHOD,
    ],
};

/// Whether there are enough of either answer for intervals that are right on average only.
fn has_both(tally: &Tally) -> bool {
    tally.successes() >= 5 && tally.failures() >= 5
}

/// The tally has trials, and the null value is a rate.
fn checked(tally: &Tally, question: &Question) -> Result<f64, Error> {
    if !(0.0..=1.0).contains(&question.null) {
        let message = format!("the null rate is {}; it must be from 0 to 1", question.null);
        return Err(Error::new(ErrorKind::OutOfRange, message));
    }
    tally.rate().ok_or_else(|| {
        Error::new(ErrorKind::TooFew, "there are no trials; a rate needs at least one")
    })
}
