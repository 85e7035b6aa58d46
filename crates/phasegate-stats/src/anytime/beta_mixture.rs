//! The beta mixture of Bernoulli likelihood ratios, and what follows from it for a rate.

use crate::anytime::Target;
use crate::bracket;
use crate::dist::{BetaPoint, BetaShape, Tails};
use crate::error::{Error, ErrorKind};
use crate::outcome::{Alternative, Note, Outcome, Sample};

/// How the alternatives to a null rate are weighed: a beta distribution about it, whose two shapes
/// sum to `concentration`.
#[derive(Debug, Clone, Copy)]
pub(super) struct BetaMixture {
    concentration: f64,
    alternative: Alternative,
}

/// Successes and failures.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub(super) successes: u64,
    pub(super) failures: u64,
}

impl Counts {
    fn rate(self) -> f64 {
        self.successes as f64 / (self.successes + self.failures) as f64
    }
}

impl BetaMixture {
    pub(super) fn new(target: &Target) -> Self {
        // As confseq has it: one of the planned observations is worth the null variance.
        let concentration = (target.weight() - 1.0).max(1e-3);
        Self { concentration, alternative: target.question().alternative }
    }

    /// The same for rates above the null one alone.
    pub(super) const fn for_greater(self) -> Self {
        Self { alternative: Alternative::Greater, ..self }
    }

    /// The mixture within a part of the categories, which is worth its share of the observations.
    pub(super) fn within(self, share: f64) -> Self {
        Self { concentration: self.concentration * share, ..self }
    }

    /// ln of the e-value against a rate above 0 and below 1.
    ///
    /// A mixture is the density at the null rate before the data over that after them, and its part
    /// on one side is that times the shares of both that lie there: so that no digits are lost
    /// between large logarithms.
    pub(super) fn ln_e(&self, null: f64, counts: Counts) -> Result<f64, Error> {
        let sides = Sides::of(self.concentration, null, counts);
        Ok(match self.alternative {
            Alternative::TwoSided => sides.ln_both,
            Alternative::Greater => {
                sides.ln_both + sides.after()?.ln_upper - sides.before()?.ln_upper
            }
            Alternative::Less => sides.ln_both + sides.after()?.ln_lower - sides.before()?.ln_lower,
        })
    }

    /// ln of the part of the two-sided e-value that speaks for a rate above the null one.
    pub(super) fn ln_above(&self, null: f64, counts: Counts) -> Result<f64, Error> {
        let sides = Sides::of(self.concentration, null, counts);
        Ok(sides.ln_both + sides.after()?.ln_upper)
    }

    /// The least rate that the data do not speak against enough, where the mixture speaks for
    /// greater ones.
    pub(super) fn lower(&self, counts: Counts, ln_needed: f64) -> Result<f64, Error> {
        let rate = counts.rate();
        self.bound(counts, ln_needed, (0.0, 1e-15 * rate), rate.min(1.0 - 1e-14))
    }

    /// The greatest rate, where the mixture speaks for lesser ones.
    pub(super) fn upper(&self, counts: Counts, ln_needed: f64) -> Result<f64, Error> {
        let rate = counts.rate();
        self.bound(
            counts,
            ln_needed,
            (1.0, (1.0 - 1e-15 * (1.0 - rate)).min(1.0 - f64::EPSILON)),
            rate.max(1e-20),
        )
    }

    /// The bound between the rate nearest to the end of what is possible and the observed one.
    fn bound(
        &self,
        counts: Counts,
        ln_needed: f64,
        (end, near_end): (f64, f64),
        observed: f64,
    ) -> Result<f64, Error> {
        // A single success speaks against no rate, however small; none speaks for any.
        let is_open = near_end <= 0.0 || near_end >= 1.0;
        if is_open || self.ln_e(near_end, counts)? <= ln_needed {
            return Ok(end);
        }
        bracket::root("the bound of a rate", near_end, observed, |null| {
            Ok(self.ln_e(null, counts)? - ln_needed)
        })
    }

    /// The least number of successes, in so many trials, that speaks enough for a rate above the
    /// null one; none where even all do not.
    pub(super) fn least_successes(
        &self,
        null: f64,
        trials: u64,
        ln_needed: f64,
    ) -> Result<Option<u64>, Error> {
        let enough = |successes: u64| -> Result<bool, Error> {
            let counts = Counts { successes, failures: trials - successes };
            Ok(self.ln_e(null, counts)? >= ln_needed)
        };
        if !enough(trials)? {
            return Ok(None);
        }
        // INVARIANT: `high` is enough. The mixture is convex in the successes and small about its
        // mean, so that it rises from there.
        let mut low = crate::math::to_count((trials as f64 * null).floor()).min(trials);
        let mut high = trials;
        while low < high {
            let middle = low + (high - low) / 2;
            if enough(middle)? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(Some(high))
    }
}

/// The mixture before and after the data, seen from the null rate.
#[derive(Debug, Clone, Copy)]
struct Sides {
    before: (BetaShape, BetaPoint),
    after: (BetaShape, BetaPoint),
    /// ln of the whole mixture.
    ln_both: f64,
}

impl Sides {
    fn of(concentration: f64, null: f64, counts: Counts) -> Self {
        let (a, b) = (concentration * null, concentration * (1.0 - null));
        let seen = |shape: BetaShape| (shape, shape.at(null));
        let before = seen(BetaShape::new(a, b));
        let after = seen(BetaShape::new(a + counts.successes as f64, b + counts.failures as f64));
        let ln_both = before.0.ln_kernel(&before.1) - after.0.ln_kernel(&after.1);
        Self { before, after, ln_both }
    }

    fn before(&self) -> Result<Tails, Error> {
        self.before.0.tails(&self.before.1)
    }

    fn after(&self) -> Result<Tails, Error> {
        self.after.0.tails(&self.after.1)
    }
}

/// The whole answer about a rate.
pub(super) fn of_rate(
    method: &'static str,
    counts: Counts,
    target: &Target,
    sample: Sample,
) -> Result<Outcome, Error> {
    let question = target.question();
    let null = checked_rate(question.null)?;
    let mixture = BetaMixture::new(target);
    let trials = counts.successes + counts.failures;
    let outcome = Outcome {
        null: Some(null),
        statistic: Some(counts.successes as f64),
        notes: vec![Note::Conservative],
        ..Outcome::new(method, question.alternative, sample)
    };
    let ln_needed = target.ln_needed();
    let interval = question.alpha.interval(
        question.alternative,
        (0.0, 1.0),
        |_| if trials == 0 { Ok(0.0) } else { mixture.lower(counts, ln_needed) },
        |_| if trials == 0 { Ok(1.0) } else { mixture.upper(counts, ln_needed) },
    )?;
    Ok(Outcome {
        estimate: (trials > 0).then(|| counts.rate()),
        interval: Some(interval),
        ..outcome
    }
    .with_ln_e(mixture.ln_e(null, counts)?))
}

pub(super) fn checked_rate(rate: f64) -> Result<f64, Error> {
    if rate > 0.0 && rate < 1.0 {
        return Ok(rate);
    }
    let message = format!("the null rate is {rate}; it must be above 0 and below 1");
    Err(Error::new(ErrorKind::OutOfRange, message))
}
