//! Planning a comparison of means of independent arms.

use crate::design::power::reference::student;
use crate::design::power::{Design, baseline_size, check_size, positive};
use crate::error::{Error, ErrorKind, finite};
use crate::outcome::Question;
use crate::summary::Moments;

/// What is assumed of one arm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arm {
    /// The mean.
    pub mean: f64,
    /// The standard deviation, not negative.
    pub deviation: f64,
}

/// How many observations prove it of two means, or of a mean against a multiple of another?
///
/// The effect is mean(candidate) - ratio * mean(baseline). A unit of size is an observation of the
/// candidate, for each of which there are `per_candidate` ones of the baseline.
///
/// - Hypotheses: those of the question that will be asked, by the method that is planned.
/// - Assumes: independent arms of independent normal values, or enough of them.
/// - Power: noncentral t with the degrees of freedom of Welch and Satterthwaite at the assumed
///   deviations, for equal deviations and sizes those of Student's test. For normal values within
///   0.005 from 10 observations an arm on, for the method estimates its degrees of freedom.
/// - Edge cases: an assumed effect on the null side has no sample size; a target that no possible
///   effect reaches has no detectable effect.
/// - Units: means and deviations have that of the values; size counts observations of the
///   candidate.
/// - Cost: some 50 microseconds; a sample size takes twenty to forty of these.
/// - Source: Cohen (1988); Moser, Stevens and Watts, "The two-sample t test versus Satterthwaite's
///   approximate F test" (1989), on how little the random degrees of freedom matter.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::design::power::{Arm, Design as _, MeansDesign};
///
/// // R 4.2, the examples of power.t.test: n = 20, delta = 1, sd = 1 has power 0.8689528 (without
/// // the far side, 2e-7), and power 0.90 needs n = 22.02110.
/// let baseline = Arm { mean: 5.0, deviation: 1.0 };
/// let candidate = Arm { mean: 6.0, deviation: 1.0 };
/// let question = Question::differs_from(0.0);
/// let design = MeansDesign::new(baseline, candidate, 1.0, 1.0, question)?;
/// assert!((design.power(20)? - 0.8689528).abs() < 1e-6);
/// assert_eq!(design.sample_size(0.9)?.size, 23);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeansDesign {
    baseline: Arm,
    candidate: Arm,
    ratio: f64,
    per_candidate: f64,
    question: Question,
}

impl MeansDesign {
    /// Assuming both arms, for the contrast with a ratio (1 for a difference).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] for a deviation that is negative, for two that are 0, and unless
    /// `per_candidate` is positive; [`ErrorKind::NonFinite`].
    pub fn new(
        baseline: Arm,
        candidate: Arm,
        ratio: f64,
        per_candidate: f64,
        question: Question,
    ) -> Result<Self, Error> {
        for (arm, of) in [("baseline", baseline), ("candidate", candidate)] {
            finite("a mean", of.mean)?;
            if !(of.deviation >= 0.0 && of.deviation.is_finite()) {
                let message = format!(
                    "the standard deviation of the {arm} is {}; it must be finite and not negative",
                    of.deviation
                );
                return Err(Error::new(ErrorKind::OutOfRange, message));
            }
        }
        finite("the ratio", ratio)?;
        positive(
            "a standard deviation",
            candidate.deviation.max((ratio * baseline.deviation).abs()),
        )?;
        positive("the number of baseline observations per candidate", per_candidate)?;
        finite("the null value", question.null)?;
        Ok(Self { baseline, candidate, ratio, per_candidate, question })
    }

    /// Assuming what arms at hand show, in their sizes' proportion.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooFew`] for fewer than two values in an arm, [`ErrorKind::ZeroVariance`] for
    /// values that are all equal.
    pub fn observed(
        baseline: &Moments,
        candidate: &Moments,
        ratio: f64,
        question: Question,
    ) -> Result<Self, Error> {
        // The method itself says what is degenerate.
        crate::two_sample::linear_contrast(baseline, candidate, ratio, &question)?;
        let arm = |moments: &Moments| Arm {
            mean: moments.known_mean(),
            deviation: moments.variance().unwrap_or(0.0).sqrt(),
        };
        let per_candidate = baseline.count() as f64 / candidate.count() as f64;
        Self::new(arm(baseline), arm(candidate), ratio, per_candidate, question)
    }
}

impl Design for MeansDesign {
    fn question(&self) -> &Question {
        &self.question
    }

    fn with_question(&self, question: Question) -> Result<Self, Error> {
        Self::new(self.baseline, self.candidate, self.ratio, self.per_candidate, question)
    }

    fn effect(&self) -> f64 {
        self.candidate.mean - self.ratio * self.baseline.mean
    }

    fn with_effect(&self, effect: f64) -> Result<Self, Error> {
        let mean = effect + self.ratio * self.baseline.mean;
        let candidate = Arm { mean, ..self.candidate };
        Self::new(self.baseline, candidate, self.ratio, self.per_candidate, self.question)
    }

    fn possible(&self) -> (f64, f64) {
        (f64::NEG_INFINITY, f64::INFINITY)
    }

    fn least(&self) -> u64 {
        // Two of the baseline too.
        crate::math::to_count((1.5 / self.per_candidate).ceil()).max(2)
    }

    fn power(&self, size: u64) -> Result<f64, Error> {
        check_size(self, size)?;
        let (n_b, n_c) = (baseline_size(size, self.per_candidate) as f64, size as f64);
        let scaled = self.ratio * self.baseline.deviation;
        let part_b = scaled * scaled / n_b;
        let part_c = self.candidate.deviation * self.candidate.deviation / n_c;
        let squared = part_b + part_c;
        let (share_b, share_c) = (part_b / squared, part_c / squared);
        let df = 1.0 / (share_b * share_b / (n_b - 1.0) + share_c * share_c / (n_c - 1.0));
        student(&self.question, self.effect(), squared.sqrt(), df)
    }
}

#[cfg(feature = "registry")]
crate::registry::object! {
    Arm "arm" { mean: f64, deviation: f64 }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    means_power: "How many observations prove it of two means, or of a mean and a multiple of another?",
    {
        baseline: Arm,
        candidate: Arm,
        ratio: f64 = 1.0,
        per_candidate: f64 = 1.0,
        question: Question = Question::differs_from(0.0),
        size: u64,
        target: f64 = 0.8,
    },
    r#"{"baseline": {"mean": 5, "deviation": 1}, "candidate": {"mean": 6, "deviation": 1}, "size": 20}"#,
    MeansDesign::new(baseline, candidate, ratio, per_candidate, question)
        .and_then(|design| design.plan(size, target)),
}
