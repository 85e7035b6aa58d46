//! What an interval says of a claim.

use crate::design::{Better, Hypothesis};
use crate::error::{Error, ErrorKind};
use crate::outcome::{Alpha, Interval, Outcome, Question, Sides};

/// Whether a claim is proved, disproved, or neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Conclusion {
    /// The whole interval lies where the claim allows.
    Pass,
    /// The whole interval lies where it does not: proved bad.
    Fail,
    /// The interval holds both.
    Inconclusive,
}

/// What was found of a claim, and how far from its margin.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Judgement {
    /// What follows.
    pub conclusion: Conclusion,
    /// The value that the bound must pass; of an equivalence the one that is nearer to failing.
    pub boundary: f64,
    /// The confidence bound that is held against it; absent where the method has no interval, so
    /// that its p decided.
    pub bound: Option<f64>,
    /// How far the bound lies on the good side of the boundary, in the units of the effect; not
    /// positive unless the claim passes.
    pub margin_left: Option<f64>,
    /// The point estimate.
    pub estimate: Option<f64>,
    /// Both bounds, each at the error probability of the question.
    pub interval: Option<Interval>,
    /// The p-value of the claim: small where it is proved. Of an equivalence the larger one of its
    /// two tests.
    pub p: Option<f64>,
    /// The natural logarithm of p.
    pub ln_p: Option<f64>,
    /// The method; absent where an interval alone was judged.
    pub method: Option<&'static str>,
}

impl Hypothesis {
    /// Judges an interval, such as one of a sequential method, by its bounds alone.
    ///
    /// A bound on the boundary proves nothing. A claim can fail only where the other end of the
    /// interval is a bound too.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Mismatch`] where the end that the claim needs is no bound;
    /// [`ErrorKind::NonFinite`] for an interval with NaN.
    pub fn judge(&self, interval: &Interval) -> Result<Judgement, Error> {
        if interval.lower.is_nan() || interval.upper.is_nan() {
            let message = "an end of the interval is `NaN`; nothing follows from it";
            return Err(Error::new(ErrorKind::NonFinite, message));
        }
        let (least, most) = self.allowed();
        let has_lower = interval.sides != Sides::Upper;
        let has_upper = interval.sides != Sides::Lower;
        if (least.is_finite() && !has_lower) || (most.is_finite() && !has_upper) {
            let message = "the interval has no bound on the side that the claim is about; \
                ask for the alternative that the hypothesis gives";
            return Err(Error::new(ErrorKind::Mismatch, message));
        }
        let above = interval.lower - least;
        let below = most - interval.upper;
        let proved = above > 0.0 && below > 0.0;
        let disproved =
            (has_upper && interval.upper < least) || (has_lower && interval.lower > most);
        // Of two boundaries the one that is nearer to failing; of one the other is infinitely far.
        let (boundary, bound, margin_left) = if most.is_infinite() || above < below {
            (least, interval.lower, above)
        } else {
            (most, interval.upper, below)
        };
        Ok(Judgement {
            conclusion: if proved {
                Conclusion::Pass
            } else if disproved {
                Conclusion::Fail
            } else {
                Conclusion::Inconclusive
            },
            boundary,
            bound: Some(bound),
            margin_left: Some(margin_left),
            estimate: None,
            interval: Some(*interval),
            p: None,
            ln_p: None,
            method: None,
        })
    }

    /// Judges what a method says, asked in both directions: each bound of the interval has the
    /// error probability `alpha`.
    ///
    /// An equivalence is judged by two one-sided tests (TOST): it passes where both reject, and its
    /// p is the larger one. Of a method without an interval, such as
    /// [`mcnemar_exact`](crate::paired::mcnemar_exact), p decides: below `alpha` for the claim, or
    /// below `alpha` for its opposite.
    ///
    /// Source of TOST: Schuirmann, "A comparison of the two one-sided tests procedure and the power
    /// approach for assessing the equivalence of average bioavailability" (1987).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] for an `alpha` of one half or more; [`ErrorKind::Mismatch`] where
    /// the method answers another question than it was asked (McNemar's test has no margin) or has
    /// neither interval nor p; otherwise as the method.
    pub fn assess(
        &self,
        alpha: Alpha,
        mut method: impl FnMut(&Question) -> Result<Outcome, Error>,
    ) -> Result<Judgement, Error> {
        if alpha.get() >= 0.5 {
            let message = format!("alpha is {}; both bounds need one below 0.5", alpha.get());
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        let (least, most) = self.allowed();
        let mut ask = |question: Question| {
            let outcome = method(&question)?;
            check_answered(&question, &outcome)?;
            Ok(outcome)
        };
        let one = if least.is_finite() { least } else { most };
        let greater = ask(Question::greater_than(one).at(alpha))?;
        let less = ask(Question::less_than(if most.is_finite() { most } else { least }).at(alpha))?;
        let mut judgement = match (greater.interval, less.interval) {
            (Some(from), Some(to)) => self.judge(&Interval {
                lower: from.lower,
                upper: to.upper,
                confidence: 1.0 - 2.0 * alpha.get(),
                sides: Sides::Both,
            })?,
            _ => self.by_p(alpha, &greater, &less)?,
        };
        let claim = match (least.is_finite(), most.is_finite()) {
            (true, true) if greater.ln_p > less.ln_p => &greater,
            (true, false) => &greater,
            _ => &less,
        };
        judgement.p = claim.p;
        judgement.ln_p = claim.ln_p;
        judgement.estimate = claim.estimate;
        judgement.method = Some(claim.method);
        Ok(judgement)
    }

    /// For methods that have no interval: a claim of one boundary.
    fn by_p(&self, alpha: Alpha, greater: &Outcome, less: &Outcome) -> Result<Judgement, Error> {
        let (least, most) = self.allowed();
        let (Some(above), Some(below)) = (greater.p, less.p) else {
            let message = format!("`{}` has neither an interval nor a p-value", greater.method);
            return Err(Error::new(ErrorKind::Mismatch, message));
        };
        if least.is_finite() && most.is_finite() {
            let message = format!("`{}` has no interval; equivalence needs one", greater.method);
            return Err(Error::new(ErrorKind::Mismatch, message));
        }
        let (good, bad) = match self.better {
            Better::Higher => (above, below),
            Better::Lower => (below, above),
        };
        let conclusion = if good < alpha.get() {
            Conclusion::Pass
        } else if bad < alpha.get() {
            Conclusion::Fail
        } else {
            Conclusion::Inconclusive
        };
        Ok(Judgement {
            conclusion,
            boundary: if least.is_finite() { least } else { most },
            bound: None,
            margin_left: None,
            estimate: None,
            interval: None,
            p: None,
            ln_p: None,
            method: None,
        })
    }
}

/// A method that tests another value than it was asked for would prove something else.
fn check_answered(question: &Question, outcome: &Outcome) -> Result<(), Error> {
    let is_other = outcome.null.is_some_and(|null| (null - question.null).abs() > 0.0);
    if outcome.alternative == question.alternative && !is_other {
        return Ok(());
    }
    let message = format!(
        "`{}` was asked about {} and answered about {}; use a method that takes the margin",
        outcome.method,
        question.null,
        outcome.null.unwrap_or(f64::NAN)
    );
    Err(Error::new(ErrorKind::Mismatch, message))
}
