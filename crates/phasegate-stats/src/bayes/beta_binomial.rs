//! Two rates with beta priors.

use crate::dist::Beta;
use crate::error::{Error, ErrorKind};
use crate::summary::Tally;

/// A beta prior of a rate, as successes and failures seen before.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BetaPrior {
    /// The first shape, above 0.
    pub successes: f64,
    /// The second shape, above 0.
    pub failures: f64,
}

impl BetaPrior {
    /// All rates equally likely.
    pub const FLAT: Self = Self { successes: 1.0, failures: 1.0 };
    /// Jeffreys' prior, free of the scale on which a rate is written.
    pub const JEFFREYS: Self = Self { successes: 0.5, failures: 0.5 };

    /// The shapes of the posterior.
    fn shapes(self, tally: &Tally) -> Result<(f64, f64), Error> {
        for shape in [self.successes, self.failures] {
            if !(shape > 0.0 && shape.is_finite()) {
                let message = format!("a shape of the prior is {shape}; it must be above 0");
                return Err(Error::new(ErrorKind::OutOfRange, message));
            }
        }
        let (good, bad) = (tally.successes() as f64, tally.failures() as f64);
        Ok((self.successes + good, self.failures + bad))
    }
}

/// What data and prior together say of two rates.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BetaBinomialView {
    /// The probability that the candidate's rate is higher.
    pub candidate_higher: f64,
    /// By how much the candidate's rate is expected to lie below the baseline's, counting 0 where
    /// it does not: what choosing the candidate is expected to lose where more is better.
    pub loss_of_candidate: f64,
    /// The same of choosing the baseline.
    pub loss_of_baseline: f64,
    /// The expected difference, candidate less baseline.
    pub difference: f64,
}

/// How probable is it that the candidate's rate is higher, and what is lost if it is not?
///
/// An explanation, not a test: see [the family](super).
///
/// - Hypotheses: none is tested; what is given is the posterior probability that the candidate's
///   rate is higher.
/// - Assumes: independent arms of independent trials; rates independent a priori.
/// - Edge cases: no trials leave the prior, which is said without complaint.
/// - Accuracy: 1e-10 in absolute terms, by quadrature on the logit scale.
/// - Units: probabilities and shares from 0 to 1; a loss of 0.01 is one point.
/// - Cost: some hundred beta tails.
/// - Source: Gelman et al., "Bayesian data analysis" (2013), section 2; expected loss as in
///   Stucchio, "Bayesian A/B testing at VWO" (2015).
///
/// ```
/// use phasegate_stats::bayes::{BetaPrior, beta_binomial};
/// use phasegate_stats::summary::Tally;
///
/// let (baseline, candidate) = (Tally::new(2, 4)?, Tally::new(3, 4)?);
/// let view = beta_binomial(&baseline, &candidate, BetaPrior::FLAT)?;
/// // Of whole shapes a rational, here by Python's Fraction over the binomial expansion.
/// assert!((view.candidate_higher - 31.0 / 42.0).abs() < 1e-12);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`OutOfRange`](ErrorKind::OutOfRange) for a prior that is none, or shapes beyond 1e10;
/// [`NoConvergence`](ErrorKind::NoConvergence) where a tail does not converge.
pub fn beta_binomial(
    baseline: &Tally,
    candidate: &Tally,
    prior: BetaPrior,
) -> Result<BetaBinomialView, Error> {
    let (b, c) = (prior.shapes(baseline)?, prior.shapes(candidate)?);
    let beta = |(good, bad): (f64, f64)| Beta::new(good, bad);
    let mean = |(good, bad): (f64, f64)| good / (good + bad);
    let candidate_higher = beta(c)?.probability_greater(&beta(b)?)?;
    // A rate weighed into its density is a success more: E[rate; event] = E[rate] P'(event).
    let more = |(good, bad): (f64, f64)| Beta::new(good + 1.0, bad);
    let loss = |chosen: (f64, f64), other: (f64, f64)| -> Result<f64, Error> {
        let gained = mean(other) * more(other)?.probability_greater(&beta(chosen)?)?;
        let kept = mean(chosen) * beta(other)?.probability_greater(&more(chosen)?)?;
        Ok((gained - kept).max(0.0))
    };
    Ok(BetaBinomialView {
        candidate_higher,
        loss_of_candidate: loss(c, b)?,
        loss_of_baseline: loss(b, c)?,
        difference: mean(c) - mean(b),
    })
}

#[cfg(feature = "registry")]
crate::registry::object! {
    BetaPrior "beta prior" { successes: f64, failures: f64 }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    beta_binomial: "How probable is it that the candidate's rate is higher, and what is lost if not?",
    {
        baseline: Tally,
        candidate: Tally,
        prior: BetaPrior = BetaPrior::FLAT,
    },
    r#"{"baseline": {"successes": 2, "trials": 4}, "candidate": {"successes": 3, "trials": 4}}"#,
    beta_binomial(&baseline, &candidate, prior),
}
