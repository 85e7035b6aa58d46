//! Planning the score test of a difference of rates of independent arms.

use crate::design::power::paired_rates::{EXACT, check_margin, next_dip};
use crate::design::power::reference::normal;
use crate::design::power::region::{at_least, probability, sided};
use crate::design::power::{
    Design, MOST, baseline_size, check_size, observed_rate, positive, rate,
};
use crate::dist::{Binomial, Continuous as _, Normal};
use crate::error::Error;
use crate::math::to_count;
use crate::outcome::Question;
use crate::summary::Tally;
use crate::two_sample::{Rates, ScoreDifference};

/// Above this variance of the baseline's count there are too many outcomes to sum over.
const MANY: f64 = 2_000.0;

/// How many observations prove that two rates differ by more or less than a margin?
///
/// Assumed are both rates; the effect is the candidate's less the baseline's. A unit of size is an
/// observation of the candidate, for each of which there are `per_candidate` ones of the baseline.
///
/// - Hypotheses: those of the question that will be asked, by the method that is planned.
/// - Assumes: independent arms of independent trials.
/// - Power: exact, by summing over all outcomes, while one of the arms expects not more than about
///   400 of its rarer answer; above by the normal approximation with the likeliest rates under the
///   margin, which there is within 0.01. Beyond 2,000 of the baseline's rarer answer it is normal
///   in any case, and good while the candidate expects ten of either.
/// - Edge cases: an assumed effect on the null side has no sample size; a target that no possible
///   effect reaches has no detectable effect.
/// - Units: rates are shares from 0 to 1; size counts observations of the candidate.
/// - Cost: below 5 ms where the rates are alike, at most 100 ms.
/// - Source: Farrington and Manning, "Test statistics and sample size formulae for comparative
///   binomial trials with null hypothesis of non-zero risk difference or non-unity relative risk"
///   (1990), for the approximation.
///
/// ```
/// use phasegate_stats::{Alpha, Question};
/// use phasegate_stats::design::power::{Design as _, RatesDesign};
///
/// // Both versions fail one request in a hundred: is the candidate at most two points worse?
/// let question = Question::less_than(0.02).at(Alpha::FIVE_PERCENT);
/// let design = RatesDesign::new(0.01, 0.01, 1.0, question)?;
/// let needed = design.sample_size(0.8)?;
/// assert!((350..550).contains(&needed.size), "{needed:?}");
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatesDesign {
    baseline: f64,
    candidate: f64,
    per_candidate: f64,
    question: Question,
}

impl RatesDesign {
    /// Assuming both rates.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`](crate::ErrorKind::OutOfRange) unless the rates are from 0 to 1,
    /// `per_candidate` is positive and the null difference is above -1 and below 1.
    pub fn new(
        baseline: f64,
        candidate: f64,
        per_candidate: f64,
        question: Question,
    ) -> Result<Self, Error> {
        rate("the rate of the baseline", baseline)?;
        rate("the rate of the candidate", candidate)?;
        positive("the number of baseline observations per candidate", per_candidate)?;
        check_margin(&question)?;
        Ok(Self { baseline, candidate, per_candidate, question })
    }

    /// Assuming what arms at hand show, in their sizes' proportion, with half a success and half a
    /// failure added to each, for none seen is not none possible.
    ///
    /// # Errors
    ///
    /// [`TooFew`](crate::ErrorKind::TooFew) for an empty arm.
    pub fn observed(
        baseline: &Tally,
        candidate: &Tally,
        question: Question,
    ) -> Result<Self, Error> {
        let per_candidate = baseline.trials() as f64 / candidate.trials() as f64;
        let rate = |tally: &Tally| observed_rate(tally.successes(), tally.trials());
        Self::new(rate(baseline)?, rate(candidate)?, per_candidate, question)
    }

    /// The probability that the statistic lies above its critical value.
    fn above(&self, n_b: u64, n_c: u64, null: f64, critical: f64) -> Result<f64, Error> {
        let candidate = Binomial::new(n_c, self.candidate)?;
        let all = n_b as f64 + n_c as f64;
        let factor = all / (all - 1.0);
        probability(
            &Binomial::new(n_b, self.baseline)?,
            |_| n_c,
            |good_b, good_c| {
                let (baseline, candidate) = (Tally::known(good_b, n_b), Tally::known(good_c, n_c));
                let score = ScoreDifference { baseline: &baseline, candidate: &candidate, factor };
                Ok(score.statistic(null)? > critical)
            },
            |_, good_c| at_least(&candidate, good_c),
        )
    }

    fn last_exact(&self) -> u64 {
        let variance = |rate: f64| rate * (1.0 - rate);
        let of_baseline = self.per_candidate * variance(self.baseline);
        let few = EXACT / of_baseline.min(variance(self.candidate));
        to_count(few.min(MANY / of_baseline)).min(MOST)
    }
}

impl Design for RatesDesign {
    fn question(&self) -> &Question {
        &self.question
    }

    fn with_question(&self, question: Question) -> Result<Self, Error> {
        Self::new(self.baseline, self.candidate, self.per_candidate, question)
    }

    fn effect(&self) -> f64 {
        self.candidate - self.baseline
    }

    /// With the baseline's rate kept.
    fn with_effect(&self, effect: f64) -> Result<Self, Error> {
        Self::new(self.baseline, self.baseline + effect, self.per_candidate, self.question)
    }

    fn possible(&self) -> (f64, f64) {
        (-self.baseline, 1.0 - self.baseline)
    }

    fn power(&self, size: u64) -> Result<f64, Error> {
        check_size(self, size)?;
        let Question { null, alternative, alpha } = self.question;
        let n_b = baseline_size(size, self.per_candidate);
        if size > self.last_exact() {
            let (trials_b, trials_c) = (n_b as f64, size as f64);
            let counts = |rate: f64, weight: f64| (rate * weight, (1.0 - rate) * weight);
            let variance = |b: f64, c: f64| b * (1.0 - b) / trials_b + c * (1.0 - c) / trials_c;
            let at_null = Rates::given(
                counts(self.baseline, self.per_candidate),
                counts(self.candidate, 1.0),
                null,
            )?;
            return normal(
                &self.question,
                self.effect(),
                variance(self.baseline, self.candidate).sqrt(),
                at_null.variance(trials_b, trials_c).max(0.0).sqrt(),
            );
        }
        let critical = Normal.upper_quantile(alpha.per_bound(alternative))?;
        sided(
            alternative,
            || self.above(n_b, size, null, critical),
            || {
                let (baseline, candidate) = (1.0 - self.baseline, 1.0 - self.candidate);
                let mirrored = Self { baseline, candidate, ..*self };
                mirrored.above(n_b, size, -null, critical)
            },
        )
    }

    fn dip(&self, size: u64, target: f64) -> Result<Option<u64>, Error> {
        next_dip(self, size, self.last_exact(), target)
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    rates_power: "How many observations prove it of two rates?",
    {
        baseline: f64,
        candidate: f64,
        per_candidate: f64 = 1.0,
        question: Question = Question::differs_from(0.0),
        size: u64,
        target: f64 = 0.8,
    },
    r#"{"baseline": 0.1, "candidate": 0.15, "size": 400}"#,
    RatesDesign::new(baseline, candidate, per_candidate, question)
        .and_then(|design| design.plan(size, target)),
}
