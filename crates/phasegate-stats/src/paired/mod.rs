//! Two samples of the same items: candidate minus baseline.
//!
//! | method | question | interval | p |
//! |---|---|---|---|
//! | [`mcnemar_exact`] | are two rates of the same items equal | none | exact |
//! | [`mcnemar_mid_p`] | the same, right on average | none | mid-p |
//! | [`mcnemar_chi_square`] | the same, for large samples | none | chi-square |
//! | [`tango`] | do they differ by more than a margin | score | score; agrees with the interval |
//! | [`newcombe_paired`] | by how much may they differ | Wilson hybrid | none |
//! | [`paired_t`] | do two means differ by more than a margin | Student's t | agrees with the interval |
//! | [`paired_contrast`] | is a mean more than a multiple of another | Student's t | agrees with the interval |
//! | [`paired_ratio`] | by what factor may two means differ | Fieller | agrees with the interval |
//! | [`paired_quantile_difference`] | by how much may two quantiles differ | bootstrap without resampling | agrees with the interval |
//! | [`paired_quantile_ratio`] | by what factor may two quantiles differ | bootstrap without resampling | agrees with the interval |
//! | [`clustered_t`] | the contrast, of items that come in clusters | cluster-robust t | agrees with the interval |
//! | [`wild_cluster`] | the same, of few clusters | bootstrap | agrees with the interval |
//! | [`sign_flip`] | do two means differ by more than a margin, exactly | inverts the test | exact, or drawn; agrees with the interval |

mod clustered_t;
mod mcnemar_chi_square;
mod mcnemar_exact;
mod mcnemar_mid_p;
mod newcombe_paired;
mod paired_contrast;
mod paired_quantile_difference;
mod paired_quantile_ratio;
mod paired_ratio;
mod paired_t;
mod sign_flip;
mod tango;
mod wild_cluster;

pub use crate::random::Draws;
pub use clustered_t::clustered_t;
pub use mcnemar_chi_square::{Continuity, mcnemar_chi_square};
pub use mcnemar_exact::mcnemar_exact;
pub use mcnemar_mid_p::mcnemar_mid_p;
pub use newcombe_paired::newcombe_paired;
pub use paired_contrast::paired_contrast;
pub use paired_quantile_difference::paired_quantile_difference;
pub use paired_quantile_ratio::paired_quantile_ratio;
pub use paired_ratio::paired_ratio;
pub use paired_t::paired_t;
pub use sign_flip::sign_flip;
pub use tango::tango;
pub use wild_cluster::wild_cluster;

pub(crate) use clustered_t::contrast as clustered_contrast;
pub(crate) use tango::PairedScore;

use crate::error::{Error, ErrorKind};
use crate::outcome::{Degenerate, Outcome, Question, Sample};
use crate::summary::PairTally;

#[cfg(feature = "registry")]
pub(crate) const FAMILY: crate::registry::Family = crate::registry::Family {
    name: "paired",
    methods: &[
        mcnemar_exact::METHOD,
        mcnemar_mid_p::METHOD,
        mcnemar_chi_square::METHOD,
        tango::METHOD,
        newcombe_paired::METHOD,
        paired_t::METHOD,
        paired_contrast::METHOD,
        paired_ratio::METHOD,
        paired_quantile_difference::METHOD,
        paired_quantile_ratio::METHOD,
        clustered_t::METHOD,
        wild_cluster::METHOD,
        sign_flip::METHOD,
    ],
};

/// Whether there are enough pairs for methods on rates that are right for large samples.
fn are_many(pairs: &PairTally) -> bool {
    pairs.pairs() >= 20
}

/// The estimate, the size and the mark for no discordant pairs, which all methods on the four
/// counts share.
fn outcome(method: &'static str, pairs: &PairTally, question: &Question) -> Result<Outcome, Error> {
    let estimate = pairs.difference().ok_or_else(|| {
        Error::new(ErrorKind::TooFew, "there are no pairs; a difference needs at least one")
    })?;
    Ok(Outcome {
        estimate: Some(estimate),
        degenerate: (pairs.discordant() == 0).then_some(Degenerate::NoDiscordantPairs),
        ..Outcome::new(method, question.alternative, Sample::Pairs(pairs.pairs()))
    })
}
