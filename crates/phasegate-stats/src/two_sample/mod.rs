//! Two independent samples: candidate minus baseline.
//!
//! | method | question | interval | p |
//! |---|---|---|---|
//! | [`miettinen_nurminen`] | do two rates differ by more than a margin | score | score; agrees with the interval |
//! | [`farrington_manning`] | the same, without the small-sample factor | score | score; agrees with the interval |
//! | [`newcombe`] | by how much may two rates differ | Wilson hybrid | none |
//! | [`koopman`] | by what factor may two rates differ | score | score; agrees with the interval |
//! | [`fisher`] | are two rates equal, exactly | none | exact |
//! | [`boschloo`] | the same, with more power, for small arms | none | exact |
//! | [`barnard`] | the same, in another order of tables, for small arms | none | exact |
//! | [`poisson_rate_ratio`] | by what factor may two event rates differ | exact | exact; agrees with the interval |
//! | [`welch`] | do two means differ by more than a margin | Student's t | agrees with the interval |
//! | [`linear_contrast`] | is a mean more than a multiple of another | Student's t | agrees with the interval |
//! | [`fieller`] | by what factor may two means differ | Fieller | agrees with the interval |
//! | [`bca_difference`] | by how much may two means differ, whatever the skew | BCa bootstrap | none |
//! | [`quantile_difference`] | by how much may two quantiles differ | exact bootstrap | agrees with the interval |
//! | [`quantile_ratio`] | by what factor may two quantiles differ | exact bootstrap | agrees with the interval |
//! | [`mann_whitney`] | does one version tend to greater values | none | exact, or normal for large samples |
//! | [`brunner_munzel`] | the same, under unequal spreads | Student's t | agrees with the interval |
//! | [`hodges_lehmann`] | by how much are values shifted | inverts Mann-Whitney | agrees with the interval |
//! | [`permutation`] | do two means differ by more than a margin, exactly | inverts the test | exact, or drawn; agrees with the interval |

mod barnard;
mod bca_difference;
mod boschloo;
mod brunner_munzel;
mod farrington_manning;
mod fieller;
mod fisher;
mod hodges_lehmann;
mod koopman;
mod linear_contrast;
mod mann_whitney;
mod miettinen_nurminen;
mod newcombe;
mod permutation;
mod poisson_rate_ratio;
mod quantile_difference;
mod quantile_ratio;
mod score_difference;
mod unconditional;
mod welch;

pub use crate::rank_sum::RankReference;
pub use barnard::barnard;
pub use bca_difference::bca_difference;
pub use boschloo::boschloo;
pub use brunner_munzel::brunner_munzel;
pub use farrington_manning::farrington_manning;
pub use fieller::fieller;
pub use fisher::fisher;
pub use hodges_lehmann::hodges_lehmann;
pub use koopman::koopman;
pub use linear_contrast::linear_contrast;
pub use mann_whitney::mann_whitney;
pub use miettinen_nurminen::miettinen_nurminen;
pub use newcombe::newcombe;
pub use permutation::permutation;
pub use poisson_rate_ratio::{Events, poisson_rate_ratio};
pub use quantile_difference::quantile_difference;
pub use quantile_ratio::quantile_ratio;
pub use welch::welch;

pub(crate) use linear_contrast::contrast;
pub(crate) use score_difference::{Rates, ScoreDifference};

use crate::error::{Error, ErrorKind};
use crate::outcome::Sample;
use crate::summary::Tally;

#[cfg(feature = "registry")]
pub(crate) const FAMILY: crate::registry::Family = crate::registry::Family {
    name: "two_sample",
    methods: &[
        miettinen_nurminen::METHOD,
        farrington_manning::METHOD,
        newcombe::METHOD,
        koopman::METHOD,
        fisher::METHOD,
        boschloo::METHOD,
        barnard::METHOD,
        poisson_rate_ratio::METHOD,
        welch::METHOD,
        linear_contrast::METHOD,
        fieller::METHOD,
        bca_difference::METHOD,
        quantile_difference::METHOD,
        quantile_ratio::METHOD,
        mann_whitney::METHOD,
        brunner_munzel::METHOD,
        hodges_lehmann::METHOD,
        permutation::METHOD,
    ],
};

/// Whether both arms are large enough for methods on rates that are right for large samples.
fn are_large(baseline: &Tally, candidate: &Tally) -> bool {
    baseline.trials().min(candidate.trials()) >= 20
}

/// The size of both arms, for neither may be empty.
fn sample(baseline: &Tally, candidate: &Tally) -> Result<Sample, Error> {
    for (arm, tally) in [("baseline", baseline), ("candidate", candidate)] {
        if tally.trials() == 0 {
            let message = format!("the {arm} has no trials; a rate needs at least one");
            return Err(Error::new(ErrorKind::TooFew, message));
        }
    }
    Ok(Sample::Arms { baseline: baseline.trials(), candidate: candidate.trials() })
}
