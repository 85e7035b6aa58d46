//! The score test of a difference of two rates: what the methods that differ by a factor share.

use crate::bracket;
use crate::dist::{Continuous as _, Normal};
use crate::error::{Error, ErrorKind};
use crate::outcome::{Degenerate, Note, Outcome, Question};
use crate::significance::normal;
use crate::summary::Tally;
use crate::two_sample::{are_large, sample};

/// Two tallies with the factor on the variance that tells the methods apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScoreDifference<'a> {
    pub(crate) baseline: &'a Tally,
    pub(crate) candidate: &'a Tally,
    pub(crate) factor: f64,
}

impl ScoreDifference<'_> {
    /// The whole answer.
    pub(super) fn outcome(
        &self,
        method: &'static str,
        question: &Question,
    ) -> Result<Outcome, Error> {
        let sample = sample(self.baseline, self.candidate)?;
        let Question { null, alternative, alpha } = *question;
        if !(null > -1.0 && null < 1.0) {
            let message = format!("the null difference is {null}; it must be above -1 and below 1");
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        let estimate = self.estimate();
        let statistic = self.statistic(null)?;
        let interval = alpha.interval(
            alternative,
            (-1.0, 1.0),
            |alpha| self.bound(Normal.upper_quantile(alpha)?),
            |alpha| self.bound(-Normal.upper_quantile(alpha)?),
        )?;
        let degenerate = (estimate == 0.0 && self.no_variance(null)).then_some(Degenerate::AllTied);
        let mut notes = Note::large_sample(are_large(self.baseline, self.candidate));
        if estimate.abs() >= 1.0 {
            notes.push(Note::AtTheEdge);
        }
        Ok(Outcome {
            estimate: Some(estimate),
            interval: Some(interval),
            null: Some(null),
            statistic: Some(statistic),
            degenerate,
            notes,
            ..Outcome::new(method, alternative, sample)
        }
        .with_ln_p(normal(statistic, alternative)?))
    }

    fn estimate(&self) -> f64 {
        self.candidate.rate_difference(self.baseline)
    }

    fn no_variance(&self, difference: f64) -> bool {
        let successes =
            u128::from(self.baseline.successes()) + u128::from(self.candidate.successes());
        let trials = u128::from(self.baseline.trials()) + u128::from(self.candidate.trials());
        difference == 0.0 && (successes == 0 || successes == trials)
    }

    /// The difference of the rates less the assumed one, divided by its standard error under that
    /// assumption; 0 where both are 0.
    pub(crate) fn statistic(&self, difference: f64) -> Result<f64, Error> {
        let gap = self.estimate() - difference;
        if gap == 0.0 {
            return Ok(0.0);
        }
        let (n_b, n_c) = (self.baseline.trials() as f64, self.candidate.trials() as f64);
        let rates = self.rates_given(difference)?;
        Ok(gap / (self.factor * rates.variance(n_b, n_c)).sqrt())
    }

    fn rates_given(&self, difference: f64) -> Result<Rates, Error> {
        let counts = |tally: &Tally| (tally.successes() as f64, tally.failures() as f64);
        Rates::given(counts(self.baseline), counts(self.candidate), difference)
    }

    /// The difference at which the statistic is `z`: a lower bound for positive, an upper bound for
    /// negative `z`.
    fn bound(&self, z: f64) -> Result<f64, Error> {
        let estimate = self.estimate();
        if z == 0.0 {
            return Ok(estimate);
        }
        let end = if z > 0.0 { -1.0 } else { 1.0 };
        if (z > 0.0 && estimate <= -1.0) || (z < 0.0 && estimate >= 1.0) {
            return Ok(end);
        }
        bracket::root("the score interval of a difference", end, estimate, |difference| {
            if difference.total_cmp(&end).is_eq() {
                // Both rates are at an end there, and their variance vanishes.
                return Ok(z.signum() * f64::INFINITY);
            }
            Ok(self.statistic(difference)? - z)
        })
    }
}

/// Two rates and what each lacks to one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rates {
    baseline: f64,
    candidate: f64,
    baseline_rest: f64,
    candidate_rest: f64,
}

impl Rates {
    /// The likeliest rates that differ by exactly this much.
    ///
    /// The derivative of the likelihood falls along the interval of rates that both fit, so that
    /// its root is found by bracketing, to the last digits and without the cancellation that the
    /// closed solution of the cubic has near the ends.
    pub(crate) fn given(
        (good_b, bad_b): (f64, f64),
        (good_c, bad_c): (f64, f64),
        difference: f64,
    ) -> Result<Self, Error> {
        // Along `step`, from the least rates to the greatest: one of the two begins at 0, and one
        // ends at 1.
        let (start_b, start_c) =
            if difference < 0.0 { (-difference, 0.0) } else { (0.0, difference) };
        let length = 1.0 - difference.abs();
        let rates = |step: f64| Self {
            baseline: start_b + step,
            candidate: start_c + step,
            baseline_rest: start_c + (length - step),
            candidate_rest: start_b + (length - step),
        };
        // An absent count takes its singularity with it.
        let part = |count: f64, rate: f64| if count == 0.0 { 0.0 } else { count / rate };
        let slope = |step: f64| {
            let at = rates(step);
            part(good_b, at.baseline) + part(good_c, at.candidate)
                - part(bad_b, at.baseline_rest)
                - part(bad_c, at.candidate_rest)
        };
        if slope(0.0) <= 0.0 {
            return Ok(rates(0.0));
        }
        if slope(length) >= 0.0 {
            return Ok(rates(length));
        }
        let step = bracket::root("the constrained estimate", 0.0, length, |step| Ok(slope(step)))?;
        Ok(rates(step))
    }

    /// The variance of the difference of what so many trials of each show.
    pub(crate) fn variance(&self, baseline_trials: f64, candidate_trials: f64) -> f64 {
        self.baseline * self.baseline_rest / baseline_trials
            + self.candidate * self.candidate_rest / candidate_trials
    }
}
