//! Planning a proof of equivalence.

use crate::design::power::{
    Design, ROUNDS, SampleSize, check_side, check_target, least_size, possible,
};
use crate::error::{Error, ErrorKind};
use crate::outcome::{Alpha, Question};

/// How many observations prove that an effect lies between two margins?
///
/// Two one-sided tests (TOST) must both reject; any design serves for them.
///
/// - Hypotheses: the effect is at or beyond one of the margins; it lies between them.
/// - Assumes: what the design assumes.
/// - Power: at least the sum of both powers less one, which is what is given here. It is exact
///   where the two tests cannot both fail, so for the normal distribution, and for all others as
///   soon as it is above one half.
/// - Edge cases: an assumed effect that does not lie between the margins has no sample size.
/// - Units: margins have that of the effect; size counts what the design counts.
/// - Cost: twice that of the design.
/// - Source: Schuirmann (1987); Phillips, "Power of the two one-sided tests procedure in
///   bioequivalence" (1990).
///
/// ```
/// use phasegate_stats::{Alpha, Question};
/// use phasegate_stats::design::power::{EquivalenceDesign, PairedMeansDesign};
///
/// let paired = PairedMeansDesign::new(0.0, 1.0, Question::greater_than(0.0))?;
/// let design = EquivalenceDesign::new(&paired, (-0.3, 0.3), Alpha::FIVE_PERCENT)?;
/// assert_eq!(design.sample_size(0.8)?.size, 97);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EquivalenceDesign<D> {
    above: D,
    below: D,
}

/// The answers of planning an equivalence, of one size and one power.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct EquivalencePlan {
    /// The power of this size.
    pub power: f64,
    /// The size that has the power asked for; absent where the assumed effect does not lie between
    /// the margins, or too near to one.
    pub sample_size: Option<SampleSize>,
}

impl<D: Design> EquivalenceDesign<D> {
    /// Of a design whose question is replaced by the two against the lower and the upper margin.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] unless the lower margin is below the upper one, and for margins
    /// that the design does not take.
    pub fn new(design: &D, (lower, upper): (f64, f64), alpha: Alpha) -> Result<Self, Error> {
        if lower >= upper || lower.is_nan() || upper.is_nan() {
            let message = format!("the margins are {lower} and {upper}; the lower one comes first");
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        Ok(Self {
            above: design.with_question(Question::greater_than(lower).at(alpha))?,
            below: design.with_question(Question::less_than(upper).at(alpha))?,
        })
    }

    /// The probability that equivalence will be proved with so many units.
    ///
    /// # Errors
    ///
    /// As [`Design::power`].
    pub fn power(&self, size: u64) -> Result<f64, Error> {
        Ok((self.above.power(size)? + self.below.power(size)? - 1.0).max(0.0))
    }

    /// The least size from which on the power stays at `target` or above.
    ///
    /// # Errors
    ///
    /// As [`Design::sample_size`].
    pub fn sample_size(&self, target: f64) -> Result<SampleSize, Error> {
        check_target(self.above.question(), target)?;
        check_side(&self.above)?;
        check_side(&self.below)?;
        let mut failing = self.above.least().max(self.below.least()).saturating_sub(1);
        for _ in 0..ROUNDS {
            let size = least_size(failing, target, |size| self.power(size))?;
            let dips = [self.above.dip(size, target)?, self.below.dip(size, target)?];
            match dips.into_iter().flatten().max() {
                Some(low) => failing = low,
                None => return Ok(SampleSize { size, power: self.power(size)? }),
            }
        }
        Err(Error::no_convergence("the sample size", ROUNDS))
    }

    /// The power of `size`, and the size that has power `target`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] for a target that is not above alpha and below 1; otherwise as
    /// [`Design::power`].
    pub fn plan(&self, size: u64, target: f64) -> Result<EquivalencePlan, Error> {
        check_target(self.above.question(), target)?;
        Ok(EquivalencePlan {
            power: self.power(size)?,
            sample_size: possible(self.sample_size(target))?,
        })
    }
}

#[cfg(feature = "registry")]
mod assumed {
    //! The designs that the registry's inputs may name.

    use super::{EquivalenceDesign, EquivalencePlan};
    use crate::design::power::{
        Arm, Design, MeansDesign, PairedMeansDesign, PairedRatesDesign, RatesDesign,
    };
    use crate::error::Error;
    use crate::outcome::{Alpha, Question};
    use crate::registry::{Faults, Field, Object, object};

    /// What is assumed of the data; the question of each is that of the margins.
    pub(super) enum Assumed {
        Rates(RatesDesign),
        PairedRates(PairedRatesDesign),
        Means(MeansDesign),
        PairedMeans(PairedMeansDesign),
    }

    impl Assumed {
        pub(super) fn plan(
            &self,
            margins: (f64, f64),
            alpha: Alpha,
            size: u64,
            target: f64,
        ) -> Result<EquivalencePlan, Error> {
            fn of<D: Design>(
                design: &D,
                margins: (f64, f64),
                alpha: Alpha,
            ) -> Result<EquivalenceDesign<D>, Error> {
                EquivalenceDesign::new(design, margins, alpha)
            }
            match self {
                Self::Rates(design) => of(design, margins, alpha)?.plan(size, target),
                Self::PairedRates(design) => of(design, margins, alpha)?.plan(size, target),
                Self::Means(design) => of(design, margins, alpha)?.plan(size, target),
                Self::PairedMeans(design) => of(design, margins, alpha)?.plan(size, target),
            }
        }
    }

    struct Rates {
        baseline: f64,
        candidate: f64,
        per_candidate: f64,
    }

    struct PairedRates {
        gained: f64,
        lost: f64,
    }

    struct Means {
        baseline: Arm,
        candidate: Arm,
        per_candidate: f64,
    }

    struct PairedMeans {
        effect: f64,
        deviation: f64,
    }

    object! { Rates "rates" { baseline: f64, candidate: f64, per_candidate: f64 = 1.0 } }
    object! { PairedRates "paired rates" { gained: f64, lost: f64 } }
    object! { Means "means" { baseline: Arm, candidate: Arm, per_candidate: f64 = 1.0 } }
    object! { PairedMeans "paired means" { effect: f64, deviation: f64 } }

    impl Field for Assumed {
        const KIND: &'static str = "assumed";
        const FORM: &'static str = r#"{"rates": {"baseline": number, "candidate": number, "per_candidate": number}} | {"paired_rates": {"gained": number, "lost": number}} | {"means": {"baseline": arm, "candidate": arm, "per_candidate": number}} | {"paired_means": {"effect": number, "deviation": number}}"#;

        fn read(
            value: &serde_json::Value,
            _: Option<Self>,
            path: &str,
            faults: &mut Faults,
        ) -> Option<Self> {
            let question = Question::greater_than(0.0);
            let mut object = Object::of(value, path, faults)?;
            let design = if object.has("rates") {
                let Rates { baseline, candidate, per_candidate } =
                    object.take("rates", None, faults)?;
                RatesDesign::new(baseline, candidate, per_candidate, question).map(Self::Rates)
            } else if object.has("paired_rates") {
                let PairedRates { gained, lost } = object.take("paired_rates", None, faults)?;
                PairedRatesDesign::new(gained, lost, question).map(Self::PairedRates)
            } else if object.has("means") {
                let Means { baseline, candidate, per_candidate } =
                    object.take("means", None, faults)?;
                MeansDesign::new(baseline, candidate, 1.0, per_candidate, question).map(Self::Means)
            } else if object.has("paired_means") {
                let PairedMeans { effect, deviation } =
                    object.take("paired_means", None, faults)?;
                PairedMeansDesign::new(effect, deviation, question).map(Self::PairedMeans)
            } else {
                return faults.add(path, format!("names no design; write it as {}", Self::FORM));
            };
            object.close(faults);
            faults.accept(path, design)
        }
    }
}

#[cfg(feature = "registry")]
use assumed::Assumed;

#[cfg(feature = "registry")]
crate::registry::method! {
    equivalence_power: "How many observations prove that an effect lies between two margins?",
    {
        assumed: Assumed,
        lower: f64,
        upper: f64,
        alpha: Alpha = Alpha::FIVE_PERCENT,
        size: u64,
        target: f64 = 0.8,
    },
    r#"{"assumed": {"paired_means": {"effect": 0, "deviation": 1}}, "lower": -0.3, "upper": 0.3, "size": 100}"#,
    assumed.plan((lower, upper), alpha, size, target),
}
