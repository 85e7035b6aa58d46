//! Two independent samples: candidate minus baseline.
//!
//! | method | question | interval | p |
//! |---|---|---|---|
//! | [`miettinen_nurminen`] | do two rates differ by more than a margin | score | score; agrees with the interval |
//! | [`farrington_manning`] | the same, without the small-sample factor | score | score; agrees with the interval |
//! | [`newcombe`] | by how much may two rates differ | Wilson hybrid | none |
//! | [`koopman`] | by what factor may two rates differ | score | score; agrees with the interval |
//! | [`fisher`] | are two rates equal, exactly | none | exact |
//! | [`poisson_rate_ratio`] | by what factor may two event rates differ | exact | exact; agrees with the interval |
//! | [`welch`] | do two means differ by more than a margin | Student's t | agrees with the interval |
//! | [`linear_contrast`] | is a mean more than a multiple of another | Student's t | agrees with the interval |
//! | [`fieller`] | by what factor may two means differ | Fieller | agrees with the interval |
//! | [`quantile_difference`] | by how much may two quantiles differ | exact bootstrap | agrees with the interval |
//! | [`quantile_ratio`] | by what factor may two quantiles differ | exact bootstrap | agrees with the interval |

mod farrington_manning;
mod fieller;
mod fisher;
mod koopman;
mod linear_contrast;
mod miettinen_nurminen;
mod newcombe;
mod poisson_rate_ratio;
mod quantile_difference;
mod quantile_ratio;
mod score_difference;
mod welch;

pub use farrington_manning::farrington_manning;
pub use fieller::fieller;
pub use fisher::fisher;
pub use koopman::koopman;
pub use linear_contrast::linear_contrast;
pub use miettinen_nurminen::miettinen_nurminen;
pub use newcombe::newcombe;
pub use poisson_rate_ratio::{Events, poisson_rate_ratio};
pub use quantile_difference::quantile_difference;
pub use quantile_ratio::quantile_ratio;
pub use welch::welch;

use crate::error::{Error, ErrorKind};
use crate::outcome::Sample;
use crate::summary::Tally;

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
