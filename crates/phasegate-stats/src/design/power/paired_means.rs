//! Planning a comparison of means of the same items.

use crate::design::power::reference::student;
use crate::design::power::{Design, check_size, positive, rate};
use crate::error::{Error, ErrorKind, finite};
use crate::outcome::Question;
use crate::summary::PairMoments;

use super::Arm;

/// How many pairs prove it of two means, or of a mean against a multiple of another?
///
/// The effect is mean(candidate) - ratio * mean(baseline), and its spread is the standard deviation
/// of these differences item by item. A unit of size is a pair.
///
/// - Hypotheses: those of the question that will be asked, by the method that is planned.
/// - Assumes: independent pairs, whose differences are normal, or enough of them.
/// - Power: noncentral t with n - 1 degrees of freedom; exact for normal differences.
/// - Edge cases: an assumed effect on the null side has no sample size; a target that no possible
///   effect reaches has no detectable effect.
/// - Units: the effect and the deviation have that of the values; size counts pairs.
/// - Cost: some 50 microseconds; a sample size takes twenty to forty of these.
/// - Source: Cohen (1988); R's `power.t.test(type = "paired")` is the same.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::design::power::{Design as _, PairedMeansDesign};
///
/// // statsmodels 0.15.0: TTestPower().power(1, 20, 0.05, alternative="two-sided")
/// let design = PairedMeansDesign::new(1.0, 1.0, Question::differs_from(0.0))?;
/// assert!((design.power(20)? - 0.9885912947787757).abs() < 1e-9);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedMeansDesign {
    effect: f64,
    deviation: f64,
    question: Question,
}

impl PairedMeansDesign {
    /// Assuming a mean difference and the standard deviation of the differences.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] unless the deviation is positive; [`ErrorKind::NonFinite`].
    pub fn new(effect: f64, deviation: f64, question: Question) -> Result<Self, Error> {
        let deviation = positive("the standard deviation of differences", deviation)?;
        finite("the null value", question.null)?;
        Ok(Self { effect: finite("the effect", effect)?, deviation, question })
    }

    /// Assuming both arms and how they go together, for the contrast with a ratio (1 for a
    /// difference).
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and [`ErrorKind::OutOfRange`] for a correlation beyond -1 and 1.
    pub fn of_arms(
        baseline: Arm,
        candidate: Arm,
        correlation: f64,
        ratio: f64,
        question: Question,
    ) -> Result<Self, Error> {
        rate("the size of the correlation", correlation.abs())?;
        let scaled = ratio * baseline.deviation;
        let variance = candidate.deviation * candidate.deviation + scaled * scaled
            - 2.0 * correlation * scaled * candidate.deviation;
        let effect = candidate.mean - ratio * baseline.mean;
        Self::new(effect, variance.max(0.0).sqrt(), question)
    }

    /// Assuming what pairs at hand show.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooFew`] for fewer than two pairs, [`ErrorKind::ZeroVariance`] for equal
    /// differences.
    pub fn observed(pairs: &PairMoments, ratio: f64, question: Question) -> Result<Self, Error> {
        let outcome = crate::paired::paired_contrast(pairs, ratio, &question)?;
        let differences = pairs.contrast(ratio)?;
        let missing = || Error::new(ErrorKind::TooFew, "there are no pairs to learn from");
        let deviation = differences.variance().ok_or_else(missing)?.sqrt();
        Self::new(outcome.estimate.ok_or_else(missing)?, deviation, question)
    }
}

impl Design for PairedMeansDesign {
    fn question(&self) -> &Question {
        &self.question
    }

    fn with_question(&self, question: Question) -> Result<Self, Error> {
        Self::new(self.effect, self.deviation, question)
    }

    fn effect(&self) -> f64 {
        self.effect
    }

    fn with_effect(&self, effect: f64) -> Result<Self, Error> {
        Self::new(effect, self.deviation, self.question)
    }

    fn possible(&self) -> (f64, f64) {
        (f64::NEG_INFINITY, f64::INFINITY)
    }

    fn least(&self) -> u64 {
        2
    }

    fn power(&self, size: u64) -> Result<f64, Error> {
        check_size(self, size)?;
        let n = size as f64;
        student(&self.question, self.effect, self.deviation / n.sqrt(), n - 1.0)
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    paired_means_power: "How many pairs prove it of two means of the same items?",
    {
        effect: f64,
        deviation: f64,
        question: Question = Question::differs_from(0.0),
        size: u64,
        target: f64 = 0.8,
    },
    r#"{"effect": 0, "deviation": 0.4, "question": {"null": 0.1, "alternative": "less"}, "size": 100}"#,
    PairedMeansDesign::new(effect, deviation, question)
        .and_then(|design| design.plan(size, target)),
}
