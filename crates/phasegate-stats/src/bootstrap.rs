//! The bias-corrected and accelerated bootstrap of means: what its methods share.
//!
//! For means the jackknife has a closed form: what a value does to the estimate when it is left out
//! is its deviation from the mean, but for a factor.

use crate::dist::{Continuous as _, Normal};
use crate::error::{Error, ErrorKind};
use crate::math::to_count;
use crate::outcome::{Note, Outcome, Question, Sample};
use crate::random::{Draws, Random};
use crate::standardized::{squared_error_of_mean, standard_error};
use crate::summary::{Moments, SortedRun, Summary as _};

/// How many values all resamples together may have.
const MOST_STEPS: u64 = 10_000_000_000;

/// One arm: its mean, and what its values deviate from it.
#[derive(Debug)]
pub(crate) struct ResampledArm {
    mean: f64,
    squared_error: f64,
    deviations: Vec<f64>,
}

impl ResampledArm {
    /// `what` is named where there are fewer than two values.
    pub(crate) fn new(what: &str, values: &SortedRun) -> Result<Self, Error> {
        let mut moments = Moments::default();
        moments.update_slice(values.values())?;
        let squared_error = squared_error_of_mean(what, &moments)?;
        let mean = moments.known_mean();
        let deviations = values.values().iter().map(|value| value - mean).collect();
        Ok(Self { mean, squared_error, deviations })
    }

    fn largest(&self) -> f64 {
        self.deviations.iter().fold(0.0, |largest: f64, deviation| largest.max(deviation.abs()))
    }

    /// The mean's sum of squared and of cubed influences, of deviations in units of `scale`.
    fn influences(&self, scale: f64) -> (f64, f64) {
        let n = self.deviations.len() as f64;
        let (mut squares, mut cubes) = (0.0, 0.0);
        for deviation in &self.deviations {
            let scaled = deviation / scale / n;
            squares += scaled * scaled;
            cubes += scaled * scaled * scaled;
        }
        (squares, cubes)
    }

    /// By how much the mean of one resample is above that of the arm.
    fn resampled(&self, random: &mut Random) -> f64 {
        // Sums in lanes wait less for each other.
        const LANES: usize = 8;
        let values = self.deviations.as_slice();
        let end = u32::try_from(values.len()).unwrap_or(u32::MAX);
        let value = |index: u32| values.get(index as usize).copied().unwrap_or_default();
        let mut sums = [0.0; LANES];
        for _ in 0..values.len() / LANES {
            for pair in sums.as_chunks_mut::<2>().0 {
                let [first, second] = random.two_below([end, end]);
                pair[0] += value(first);
                pair[1] += value(second);
            }
        }
        let mut sum: f64 = sums.iter().sum();
        for _ in 0..values.len() % LANES {
            let [first, _] = random.two_below([end, end]);
            sum += value(first);
        }
        sum / values.len() as f64
    }
}

/// The whole answer on the candidate's mean, less the baseline's where there is one.
pub(crate) fn outcome(
    method: &'static str,
    candidate: &ResampledArm,
    baseline: Option<&ResampledArm>,
    question: &Question,
    draws: Draws,
    sample: Sample,
) -> Result<Outcome, Error> {
    const ENOUGH: usize = 100;
    let draws = draws.checked()?;
    let arms = || std::iter::once(candidate).chain(baseline);
    let estimate = candidate.mean - baseline.map_or(0.0, |arm| arm.mean);
    standard_error(arms().map(|arm| arm.squared_error).sum())?;
    let values: u64 = arms().map(|arm| arm.deviations.len() as u64).sum();
    if values.saturating_mul(u64::from(draws.count)) > MOST_STEPS {
        let message = format!(
            "{values} values with {} draws are too many; ask for fewer draws, or for Student's t",
            draws.count
        );
        return Err(Error::new(ErrorKind::TooLarge, message));
    }
    let scale = arms().map(ResampledArm::largest).fold(0.0, f64::max);
    if !(estimate.is_finite() && (scale * values as f64).is_finite()) {
        let message = "a sum leaves the range of doubles; scale the values down";
        return Err(Error::new(ErrorKind::TooLarge, message));
    }

    let mut resampled = Vec::with_capacity(draws.count as usize);
    for (mut random, count) in draws.blocks() {
        for _ in 0..count {
            let of_baseline = baseline.map_or(0.0, |arm| arm.resampled(&mut random));
            resampled.push(candidate.resampled(&mut random) - of_baseline);
        }
    }
    resampled.sort_unstable_by(f64::total_cmp);
    // Sums in another order differ in the last digits; what is equal but for them counts as equal.
    let slack = 1e-11 * scale;
    let below = resampled.partition_point(|shift| *shift < -slack);
    let up_to = resampled.partition_point(|shift| *shift <= slack);
    let share = 0.5 * (below + up_to) as f64 / resampled.len() as f64;

    let (squares, cubes) = candidate.influences(scale);
    let (more_squares, more_cubes) = baseline.map_or((0.0, 0.0), |arm| arm.influences(scale));
    let squares = squares + more_squares;
    let adjusted = Adjusted {
        bias: Normal.quantile(share)?,
        acceleration: (cubes - more_cubes) / (6.0 * squares * squares.sqrt()),
    };
    let end = |z: f64, beyond: f64| {
        let rank = adjusted.share(z)?.map(|share| share * (resampled.len() as f64 + 1.0));
        Ok(rank.and_then(|rank| at_rank(&resampled, rank)).map_or(beyond, |shift| estimate + shift))
    };
    let interval = question.alpha.interval(
        question.alternative,
        (f64::NEG_INFINITY, f64::INFINITY),
        |alpha| end(-Normal.upper_quantile(alpha)?, f64::NEG_INFINITY),
        |alpha| end(Normal.upper_quantile(alpha)?, f64::INFINITY),
    )?;
    let mut notes = vec![Note::LargeSample, Note::Randomized];
    if arms().any(|arm| arm.deviations.len() < ENOUGH) {
        notes.push(Note::SmallSample);
    }
    if interval.is_unbounded() {
        notes.push(Note::Unbounded);
    }
    Ok(Outcome {
        estimate: Some(estimate),
        interval: Some(interval),
        notes,
        ..Outcome::new(method, question.alternative, sample)
    })
}

/// What shares of the resamples the interval ends at.
#[derive(Debug)]
struct Adjusted {
    /// The normal quantile of the share of resamples below the estimate.
    bias: f64,
    /// How fast the standard error grows with the estimand.
    acceleration: f64,
}

impl Adjusted {
    /// For an end at this normal quantile; none where the adjustment has no answer.
    fn share(&self, z: f64) -> Result<Option<f64>, Error> {
        let moved = self.bias + z;
        let shrunk = 1.0 - self.acceleration * moved;
        let point = self.bias + moved / shrunk;
        if shrunk > 0.0 && point.is_finite() { Ok(Some(Normal.cdf(point)?)) } else { Ok(None) }
    }
}

/// Between order statistics, counted from 1, by the straight line; none outside of them.
fn at_rank(sorted: &[f64], rank: f64) -> Option<f64> {
    let index = usize::try_from(to_count(rank.floor())).ok()?.checked_sub(1)?;
    let (below, part) = (*sorted.get(index)?, rank - rank.floor());
    if part > 0.0 { Some(below + part * (sorted.get(index + 1)? - below)) } else { Some(below) }
}
