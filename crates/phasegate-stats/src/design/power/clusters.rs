//! Planning a comparison of pairs that come in clusters.

use crate::design::power::reference::student;
use crate::design::power::{Design, check_size, positive, rate};
use crate::error::{Error, ErrorKind, finite};
use crate::outcome::Question;
use crate::summary::ClusterSums;

/// How many clusters prove it of two means, or of a mean against a multiple of another?
///
/// The effect is mean(candidate) - ratio * mean(baseline) over all pairs. A unit of size is a
/// cluster: more pairs in the same clusters add little. `m` pairs in a cluster whose differences
/// correlate by `icc` are worth m / (1 + (m - 1) icc) independent ones; where sizes vary by a
/// coefficient of variation cv, the design effect is 1 + (m (1 + cv^2) - 1) icc.
///
/// - Hypotheses: those of the question that will be asked, by the method that is planned.
/// - Assumes: independent clusters, differences of the same correlation within each.
/// - Power: noncentral t with G - 1 degrees of freedom for G clusters.
/// - Documented region: 40 clusters, as [`clustered_t`](crate::paired::clustered_t).
/// - Edge cases: an assumed effect on the null side has no sample size; a target that no possible
///   effect reaches has no detectable effect.
/// - Units: the effect and the deviation have that of the values; size counts clusters.
/// - Cost: some 50 microseconds; a sample size takes twenty to forty of these.
/// - Source: Donner and Klar, "Design and analysis of cluster randomization trials in health
///   research" (2000); Eldridge, Ashby and Kerry, "Sample size for cluster randomized trials:
///   effect of coefficient of variation of cluster size and analysis method" (2006).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::design::power::{ClustersDesign, Design as _, PairedMeansDesign};
///
/// // Twenty requests of each user, correlated by 0.05: one is worth 1 / 1.95.
/// let question = Question::greater_than(0.0);
/// let design = ClustersDesign::new(0.1, 1.0, 20.0, 0.0, 0.05, question)?;
/// assert!((design.design_effect() - 1.95).abs() < 1e-15);
/// let clusters = design.sample_size(0.8)?.size;
/// let independent = PairedMeansDesign::new(0.1, 1.0, question)?.sample_size(0.8)?.size;
/// assert_eq!((clusters, independent), (62, 620));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClustersDesign {
    effect: f64,
    /// The standard deviation of a cluster's contribution to the mean.
    deviation: f64,
    design_effect: f64,
    question: Question,
}

impl ClustersDesign {
    /// Assuming the effect, the standard deviation of the differences, the mean number of pairs in
    /// a cluster, the coefficient of variation of that number, and the correlation of differences
    /// within a cluster.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] unless the deviation is positive, the mean size is at least 1, the
    /// coefficient of variation is not negative and the correlation is from 0 to 1;
    /// [`ErrorKind::NonFinite`].
    pub fn new(
        effect: f64,
        deviation: f64,
        size: f64,
        size_variation: f64,
        correlation: f64,
        question: Question,
    ) -> Result<Self, Error> {
        let effect = finite("the effect", effect)?;
        finite("the null value", question.null)?;
        positive("the standard deviation of differences", deviation)?;
        rate("the correlation within clusters", correlation)?;
        if !(size >= 1.0 && size.is_finite() && size_variation >= 0.0 && size_variation.is_finite())
        {
            let message = format!(
                "clusters have {size} pairs with a coefficient of variation of {size_variation}; \
                there must be at least 1, and the variation not negative"
            );
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        let spread = 1.0 + size_variation * size_variation;
        let design_effect = 1.0 + (size * spread - 1.0).max(0.0) * correlation;
        let deviation = deviation * (design_effect / size).sqrt();
        Ok(Self { effect, deviation, design_effect, question })
    }

    /// Assuming what clusters at hand show.
    ///
    /// The design effect is then that of these clusters together with their sizes, and is not told
    /// apart from the deviation: it is given as 1.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooFew`] for fewer than two clusters, [`ErrorKind::ZeroVariance`].
    pub fn observed(pairs: &ClusterSums, ratio: f64, question: Question) -> Result<Self, Error> {
        finite("the null value", question.null)?;
        let observed = crate::paired::clustered_contrast(pairs, ratio)?;
        Ok(Self {
            effect: observed.estimate,
            deviation: observed.standard_error * (pairs.clusters() as f64).sqrt(),
            design_effect: 1.0,
            question,
        })
    }

    /// By how much clustering multiplies the number of pairs that are needed.
    #[must_use]
    pub const fn design_effect(&self) -> f64 {
        self.design_effect
    }
}

impl Design for ClustersDesign {
    fn question(&self) -> &Question {
        &self.question
    }

    fn with_question(&self, question: Question) -> Result<Self, Error> {
        finite("the null value", question.null)?;
        Ok(Self { question, ..*self })
    }

    fn effect(&self) -> f64 {
        self.effect
    }

    fn with_effect(&self, effect: f64) -> Result<Self, Error> {
        Ok(Self { effect: finite("the effect", effect)?, ..*self })
    }

    fn possible(&self) -> (f64, f64) {
        (f64::NEG_INFINITY, f64::INFINITY)
    }

    fn least(&self) -> u64 {
        2
    }

    fn power(&self, size: u64) -> Result<f64, Error> {
        check_size(self, size)?;
        let clusters = size as f64;
        student(&self.question, self.effect, self.deviation / clusters.sqrt(), clusters - 1.0)
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    clusters_power: "How many clusters prove it of two means of the same items?",
    {
        effect: f64,
        deviation: f64,
        per_cluster: f64,
        size_variation: f64 = 0.0,
        correlation: f64,
        question: Question = Question::differs_from(0.0),
        size: u64,
        target: f64 = 0.8,
    },
    r#"{"effect": 0.3, "deviation": 1, "per_cluster": 5, "correlation": 0.3, "question": {"null": 0, "alternative": "greater"}, "size": 40}"#,
    ClustersDesign::new(effect, deviation, per_cluster, size_variation, correlation, question)
        .and_then(|design| design.plan(size, target)),
}
