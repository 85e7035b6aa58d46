//! Anytime-valid evidence: look as often as you like, stop whenever you like.
//!
//! Each method gives an e-value, whose expectation is at most 1 under the null hypothesis whenever
//! one stops; a p, its inverse, for which the same holds of the smallest one ever seen; and a
//! confidence sequence, intervals that all together cover the estimand with their confidence.
//!
//! | method | question | level |
//! |---|---|---|
//! | [`bernoulli_sequence`] | is a rate above a value | guaranteed |
//! | [`event_ratio_sequence`] | by what factor do two arms' event rates differ | guaranteed |
//! | [`multinomial_sequence`] | do categories have given shares | guaranteed |
//! | [`share_intervals`] | which shares are left open | guaranteed |
//! | [`mcnemar_sequence`] | does the candidate lose more of the pairs that differ | guaranteed |
//! | [`quantile_sequence`] | is a quantile above a value | guaranteed |
//! | [`t_sequence`] | is a mean above a value, of normal values | exact for normal values |
//! | [`paired_t_sequence`] | the same of a contrast within pairs | exact for normal differences |
//! | [`pooled_t_sequence`] | the same of the difference of two arms | exact for normal values of one variance |
//! | [`mean_sequence`] | is a mean above a value | for large samples |
//! | [`paired_mean_sequence`] | the same of a contrast within pairs | for large samples |
//! | [`mean_contrast_sequence`] | the same of a contrast of two arms | for large samples |
//!
//! A method alone is one look. A [`Watch`] keeps what was seen and the strongest evidence of all
//! looks, as one value that may be stored between any two observations.
//!
//! # Harm
//!
//! To watch for harm ask one-sided against the limit. The alternatives that the e-value mixes over
//! are then those on the harmful side alone: data on the other side make it fall below 1, and no
//! improvement fires. Start a new watch in each phase.
//!
//! # Effective size
//!
//! For two arms the planned size is that of a single sample whose mean is as uncertain as their
//! difference: 1 / (1 / n(baseline) + 1 / n(candidate)). For a canary that is much smaller than its
//! baseline it is the canary's size, for equal arms half of one arm.
//!
//! # How far the asymptotic methods hold
//!
//! False alarms of one-sided 5 % watches with the first look at 100 values of each arm, over 1,000
//! looks from there to 10,000 values, for lognormal values, from 10,000 seeded samples each; sigma
//! is the standard deviation of the logarithm:
//!
//! | sigma | first look | one mean, watched for more | for less | two equal arms |
//! |---|---|---|---|---|
//! | 0.5 | 100 | 0.023 | 0.042 | 0.023 |
//! | 1.0 | 100 | 0.013 | 0.088 | 0.027 |
//! | 1.0 | 1000 | 0.012 | 0.050 | 0.020 |
//! | 1.5 | 100 | 0.003 | 0.200 | 0.021 |
//! | 1.5 | 1000 | 0.003 | 0.110 | 0.019 |
//! | 1.5 | 4000 | 0.002 | 0.048 | 0.012 |
//!
//! Costs and latencies, which are watched for more, keep their level from the first look on, and
//! so do equal arms. A mean of values with a long tail that is watched for less does not: set the
//! first look to 1000 ([`Target::starting_at`]), to 4000 where sigma is 1.5, or watch a share above
//! a limit instead. Where arms differ much in size the smaller one decides, as a single mean would.

mod arms;
mod bernoulli;
mod beta_mixture;
mod event_ratio;
mod mcnemar;
mod mean;
mod mean_contrast;
mod multinomial;
mod paired_mean;
mod paired_t;
mod pooled_t;
mod quantile;
mod share_intervals;
mod standard_mixture;
mod t;
mod target;
mod watch;

pub use arms::{Arm, Arms};
pub use bernoulli::{Bernoulli, bernoulli_sequence};
pub use event_ratio::{EventRatio, event_ratio_sequence};
pub use mcnemar::{Mcnemar, mcnemar_sequence};
pub use mean::{Mean, mean_sequence};
pub use mean_contrast::{MeanContrast, mean_contrast_sequence};
pub use multinomial::{CategoryCounts, Multinomial, multinomial_sequence};
pub use paired_mean::{PairedMean, paired_mean_sequence};
pub use paired_t::{PairedT, paired_t_sequence};
pub use pooled_t::{PooledT, pooled_t_sequence};
pub use quantile::{Quantile, quantile_sequence};
pub use share_intervals::share_intervals;
pub use t::{T, t_sequence};
pub use target::Target;
pub use watch::{Sequence, Watch};

#[cfg(feature = "registry")]
pub(crate) const FAMILY: crate::registry::Family = crate::registry::Family {
    name: "anytime",
    methods: &[
        bernoulli::METHOD,
        event_ratio::METHOD,
        multinomial::METHOD,
        share_intervals::METHOD,
        mcnemar::METHOD,
        quantile::METHOD,
        t::METHOD,
        paired_t::METHOD,
        pooled_t::METHOD,
        mean::METHOD,
        paired_mean::METHOD,
        mean_contrast::METHOD,
    ],
};
