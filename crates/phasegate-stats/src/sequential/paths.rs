//! The probability of paths that have not stopped yet.
//!
//! The score at information I is a sum of independent increments, normal with mean 0 and variance
//! I. Its density on the paths that crossed no bound before is carried from look to look by
//! quadrature (Armitage, `McPherson` and Rowe 1969; Jennison and Turnbull 2000, chapter 19), on
//! Gauss-Legendre panels no wider than four standard deviations of the narrower of the two
//! increments that meet at a look, where the rule is exact to the last digits. All terms are
//! positive: small probabilities keep their digits.

use std::ops::Range;

use crate::dist::{Continuous as _, Normal, panel_points};
use crate::error::{Error, ErrorKind};
use crate::math::{LN_SQRT_2PI, exp, ln, ln_sum};

/// Below this many standard deviations no path matters that could still cross an upper bound.
const LOWEST: f64 = 9.0;

/// A look that may have ended a path: its information and the scores between which paths went on.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stage {
    information: f64,
    lower: f64,
    upper: f64,
}

/// The density of the score at one look, as point masses for quadrature.
#[derive(Debug, Clone, PartialEq)]
struct Masses {
    information: f64,
    points: Vec<(f64, f64)>,
}

/// The paths that have not stopped.
///
/// A look that stopped nothing leaves no trace, for the increments on either side of it are one
/// increment.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Paths {
    /// The look before the last, whose grid knows the increments on both of its sides.
    before: Option<Masses>,
    last: Option<Stage>,
}

impl Paths {
    /// What can be asked at a look with this much information.
    pub(super) fn at(&self, information: f64) -> Result<Reach, Error> {
        let masses = self.masses_of_last(information)?;
        Ok(Reach { information, masses })
    }

    /// Paths went on between these scores.
    pub(super) fn stop_outside(&mut self, reach: Reach, lower: f64, upper: f64) {
        self.before = reach.masses;
        let lower = lower.max(-LOWEST * reach.information.sqrt());
        self.last = Some(Stage { information: reach.information, lower, upper });
    }

    fn masses_of_last(&self, next: f64) -> Result<Option<Masses>, Error> {
        /// Enough for increments of a millionth.
        const MOST: f64 = 4000.0;
        let Some(Stage { information, lower, upper }) = self.last else {
            return Ok(None);
        };
        let earlier = self.before.as_ref().map_or(0.0, |before| before.information);
        let narrow = (information - earlier).min(next - information).sqrt();
        let panels = ((upper - lower) / (4.0 * narrow)).ceil().max(1.0);
        if panels > MOST || panels.is_nan() {
            let message = format!(
                "a look at the fraction {next} follows the one at {information} too closely"
            );
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        let width = (upper - lower) / panels;
        let mut points = Vec::new();
        for index in 0..crate::math::to_count(panels) {
            let from = lower + index as f64 * width;
            for (score, weight) in panel_points(from, from + width) {
                points.push((score, weight * self.density(information, score)));
            }
        }
        Ok(Some(Masses { information, points }))
    }

    /// The density at the last look.
    fn density(&self, information: f64, score: f64) -> f64 {
        let Some(before) = &self.before else {
            return normal_density(score, information);
        };
        let variance = information - before.information;
        let near = before.points.get(before.near(score, information)).unwrap_or_default();
        near.iter().map(|(from, mass)| mass * normal_density(score - from, variance)).sum()
    }
}

impl Masses {
    /// The points that matter to a score at a later look: those around the bridge from 0 to it.
    fn near(&self, score: f64, information: f64) -> Range<usize> {
        let share = self.information / information;
        let spread = 10.0 * (self.information * (1.0 - share)).sqrt();
        let index = |limit: f64| self.points.partition_point(|(at, _)| *at < limit);
        // Where the bridge lies outside of the grid its nearest end matters.
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else {
            return 0..0;
        };
        let middle = (score * share).clamp(first.0, last.0);
        index(middle - spread)..index(middle + spread)
    }
}

/// One look, before it is known where its bounds are.
#[derive(Debug)]
pub(super) struct Reach {
    information: f64,
    masses: Option<Masses>,
}

impl Reach {
    /// ln of the probability that a path reaches the look with a standardized score above `z`.
    pub(super) fn ln_above(&self, z: f64) -> Result<f64, Error> {
        let Some(masses) = &self.masses else {
            return Normal.ln_sf(z);
        };
        let score = z * self.information.sqrt();
        let deviation = (self.information - masses.information).sqrt();
        let sum: f64 = masses
            .points
            .iter()
            .map(|(from, mass)| mass * Normal::upper((score - from) / deviation))
            .sum();
        if sum > 1e-290 {
            return Ok(ln(sum));
        }
        let mut ln_above = f64::NEG_INFINITY;
        for (from, mass) in &masses.points {
            let ln_tail = Normal.ln_sf((score - from) / deviation)?;
            ln_above = ln_sum(ln_above, ln(*mass) + ln_tail);
        }
        Ok(ln_above)
    }
}

fn normal_density(distance: f64, variance: f64) -> f64 {
    exp(-0.5 * distance * distance / variance - LN_SQRT_2PI) / variance.sqrt()
}
