//! The distribution of two sample quantiles under resampling, without resampling.
//!
//! When a sample of n values is resampled, the rank of its quantile q among the original values is
//! binomial with n + 1 trials and rate q (Schultzberg and Ankargren, "Resampling-free bootstrap
//! inference for quantiles", 2022). So the bootstrap distribution of a difference or a ratio is a
//! sum over pairs of ranks, which is computed here without drawing.
//!
//! Of independent arms the two ranks are independent. Of pairs they are correlated as the events
//! that each value lies at or below its own quantile are; the joint law is then taken to be the two
//! exact binomial ones joined by the normal copula with that correlation, which is their limit for
//! many pairs.

use crate::dist::{Binomial, Continuous as _, Discrete as _, Normal};
use crate::error::{Error, ErrorKind};
use crate::math::{exp, ln};
use crate::one_sample::{checked_quantile, quantile_at};
use crate::outcome::{Alternative, Degenerate, Interval, Note, Outcome, Question, Sample};
use crate::summary::{PairedValues, Ranked, tied};

/// Ranks beyond this tail probability are taken together, at their worst.
const BEYOND: f64 = 1e-40;

/// Fewer expected values beyond the quantile than this are too few.
const FEW: f64 = 30.0;

/// How two values make an effect: increasing in the candidate's, decreasing in the baseline's,
/// never NaN for what the atoms hold.
pub(crate) trait Effect {
    /// Of the least candidate and the greatest baseline value.
    fn least(candidate: f64, baseline: f64) -> f64;
    /// Of the greatest candidate and the least baseline value.
    fn greatest(candidate: f64, baseline: f64) -> f64;
    /// The least and the greatest possible effect.
    const POSSIBLE: (f64, f64);
}

/// Candidate minus baseline.
pub(crate) struct Difference;

impl Effect for Difference {
    const POSSIBLE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

    fn least(candidate: f64, baseline: f64) -> f64 {
        candidate - baseline
    }

    fn greatest(candidate: f64, baseline: f64) -> f64 {
        candidate - baseline
    }
}

/// Candidate divided by baseline.
pub(crate) struct Ratio;

impl Ratio {
    /// The null ratio is one, and no value is negative.
    pub(crate) fn check(
        question: &Question,
        baseline: &impl Ranked,
        candidate: &impl Ranked,
    ) -> Result<(), Error> {
        if !(question.null > 0.0 && question.null.is_finite()) {
            let message =
                format!("the null ratio is {}; it must be positive and finite", question.null);
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        for (arm, below) in
            [("baseline", baseline.surely_below(0.0)), ("candidate", candidate.surely_below(0.0))]
        {
            if below > 0 {
                let message =
                    format!("{below} values of the {arm} are negative; a ratio needs none");
                return Err(Error::new(ErrorKind::OutOfRange, message));
            }
        }
        Ok(())
    }
}

impl Effect for Ratio {
    const POSSIBLE: (f64, f64) = (0.0, f64::INFINITY);

    fn least(candidate: f64, baseline: f64) -> f64 {
        // What may be 0, or is divided by what may be 0 too, may be nothing.
        if candidate > 0.0 && baseline > 0.0 { candidate / baseline } else { 0.0 }
    }

    fn greatest(candidate: f64, baseline: f64) -> f64 {
        if baseline > 0.0 { candidate / baseline } else { f64::INFINITY }
    }
}

/// The weight of ranks that share a bucket.
#[derive(Debug, Clone, Copy)]
struct Atom {
    lower: f64,
    upper: f64,
    weight: f64,
}

/// The whole answer for independent arms.
pub(crate) fn independent<E: Effect>(
    method: &'static str,
    baseline: &impl Ranked,
    candidate: &impl Ranked,
    quantile: f64,
    question: &Question,
) -> Result<Outcome, Error> {
    let sample = Sample::Arms { baseline: baseline.count(), candidate: candidate.count() };
    let outcome = outcome::<E>(method, baseline, candidate, quantile, question, 0.0, sample)?;
    let is_tied = tied(baseline).zip(tied(candidate)).is_some_and(|(b, c)| {
        E::least(c.lower, b.upper) <= question.null
            && question.null <= E::greatest(c.upper, b.lower)
    });
    Ok(Outcome { degenerate: is_tied.then_some(Degenerate::AllTied), ..outcome })
}

/// The whole answer for pairs.
pub(crate) fn paired<E: Effect>(
    method: &'static str,
    pairs: &PairedValues,
    quantile: f64,
    question: &Question,
) -> Result<Outcome, Error> {
    let correlation = pairs.correlation_at(checked_quantile(quantile)?);
    let (baseline, candidate) = (pairs.baseline(), pairs.candidate());
    let sample = Sample::Pairs(pairs.count());
    let outcome =
        outcome::<E>(method, baseline, candidate, quantile, question, correlation, sample)?;
    let is_tied = pairs
        .pairs()
        .iter()
        .all(|(b, c)| E::least(*c, *b) <= question.null && question.null <= E::greatest(*c, *b));
    Ok(Outcome { degenerate: is_tied.then_some(Degenerate::AllTied), ..outcome })
}

fn outcome<E: Effect>(
    method: &'static str,
    baseline: &impl Ranked,
    candidate: &impl Ranked,
    quantile: f64,
    question: &Question,
    correlation: f64,
    sample: Sample,
) -> Result<Outcome, Error> {
    let quantile = checked_quantile(quantile)?;
    let (at_b, bucketed_b) = quantile_at("the baseline", baseline, quantile)?;
    let (at_c, bucketed_c) = quantile_at("the candidate", candidate, quantile)?;
    let (atoms_b, atoms_c) = (atoms(baseline, quantile)?, atoms(candidate, quantile)?);
    let joint = Joint::<E>::new(&atoms_b, &atoms_c, correlation)?;
    let Question { null, alternative, alpha } = *question;
    let interval = alpha.interval(
        alternative,
        E::POSSIBLE,
        |alpha| Ok(joint.lower_bound(alpha)),
        |alpha| Ok(joint.upper_bound(alpha)),
    )?;
    let (greater, less) = (joint.least_at_most(null), joint.greatest_at_least(null));
    let p = match alternative {
        Alternative::Greater => greater,
        Alternative::Less => less,
        Alternative::TwoSided => 2.0 * greater.min(less),
    };
    let mut notes = vec![Note::LargeSample];
    let smallest = baseline.count().min(candidate.count()) as f64;
    if smallest * quantile.min(1.0 - quantile) < FEW {
        notes.push(Note::SmallSample);
    }
    if bucketed_b || bucketed_c {
        notes.push(Note::Bucketed);
    }
    if is_unbounded::<E>(&interval, alternative) {
        notes.push(Note::Unbounded);
    }
    Ok(Outcome {
        estimate: at_b
            .zip(at_c)
            .map(|(b, c)| E::greatest(c, b))
            .filter(|effect| effect.is_finite()),
        interval: Some(interval),
        null: Some(null),
        notes,
        ..Outcome::new(method, alternative, sample)
    }
    .with_ln_p(ln(p.clamp(f64::MIN_POSITIVE, 1.0))))
}

fn is_unbounded<E: Effect>(interval: &Interval, alternative: Alternative) -> bool {
    let (least, greatest) = E::POSSIBLE;
    (alternative != Alternative::Less && interval.lower <= least)
        || (alternative != Alternative::Greater && interval.upper >= greatest)
}

/// The ranks of the resampled quantile with their probabilities, in ascending order of values.
fn atoms(values: &impl Ranked, quantile: f64) -> Result<Vec<Atom>, Error> {
    let n = values.count();
    let ranks = Binomial::new(n.saturating_add(1), quantile)?;
    let first = ranks.quantile(BEYOND)?.max(1);
    let last = ranks.upper_quantile(BEYOND)?.min(n);
    let odds = quantile / (1.0 - quantile);
    let mut atoms = Vec::new();
    // Below the first rank nothing is known but that values are no greater; rank 0 is below all.
    let below = ranks.tails(first - 1)?.lower;
    let lowest = values.run_of_rank(first).map_or(f64::INFINITY, |run| run.upper);
    atoms.push(Atom { lower: f64::NEG_INFINITY, upper: lowest, weight: below });
    let mut rank = first;
    while rank <= last {
        let Some(run) = values.run_of_rank(rank) else { break };
        let end = run.last_rank.min(last);
        let mut mass = exp(ranks.ln_pmf(rank));
        let mut weight = mass;
        for before in rank..end {
            // P(k + 1) / P(k) for n + 1 trials.
            mass *= (n + 1 - before) as f64 / (before + 1) as f64 * odds;
            weight += mass;
        }
        atoms.push(Atom { lower: run.lower, upper: run.upper, weight });
        rank = end + 1;
    }
    let above = ranks.tails(last.max(first - 1))?.upper;
    let highest = values.run_of_rank(last).map_or(f64::NEG_INFINITY, |run| run.lower);
    atoms.push(Atom { lower: highest, upper: f64::INFINITY, weight: above });
    Ok(atoms)
}

/// The joint distribution of both arms' quantiles.
struct Joint<'a, E> {
    baseline: &'a [Atom],
    candidate: &'a [Atom],
    /// The weight of the baseline's atoms from an index on.
    from: Vec<f64>,
    /// The weight of the baseline's atoms before an index.
    before: Vec<f64>,
    dependence: Option<Dependence>,
    effect: std::marker::PhantomData<E>,
}

/// The normal copula between the two ranks.
struct Dependence {
    correlation: f64,
    /// What the candidate leaves of the baseline's standard deviation.
    rest: f64,
    /// The normal scores that cut the baseline's atoms, one more than atoms.
    cuts: Vec<f64>,
    /// For each candidate atom normal scores within it.
    scores: Vec<[f64; 3]>,
}

impl Dependence {
    /// The nodes and weights of the three-point Gauss rule on [0, 1].
    const NODES: [(f64, f64); 3] = [
        (0.112_701_665_379_258_31, 5.0 / 18.0),
        (0.5, 8.0 / 18.0),
        (0.887_298_334_620_741_7, 5.0 / 18.0),
    ];

    fn new(
        candidate: &[Atom],
        before: &[f64],
        from: &[f64],
        correlation: f64,
    ) -> Result<Self, Error> {
        // From the smaller tail, which has the digits.
        let score = |below: f64, above: f64| {
            if below < above {
                Ok(-Normal.upper_quantile(below.clamp(0.0, 1.0))?)
            } else {
                Normal.upper_quantile(above.clamp(0.0, 1.0))
            }
        };
        let cuts =
            before.iter().zip(from).map(|(b, f)| score(*b, *f)).collect::<Result<Vec<_>, _>>()?;
        let mut above: Vec<f64> = candidate
            .iter()
            .rev()
            .scan(0.0, |sum, atom| {
                let beyond = *sum;
                *sum += atom.weight;
                Some(beyond)
            })
            .collect();
        above.reverse();
        let mut below = 0.0;
        let mut scores = Vec::with_capacity(candidate.len());
        for (atom, beyond) in candidate.iter().zip(above) {
            let mut own = [0.0; 3];
            for (slot, (node, _)) in own.iter_mut().zip(Self::NODES) {
                *slot = score(below + node * atom.weight, beyond + (1.0 - node) * atom.weight)?;
            }
            scores.push(own);
            below += atom.weight;
        }
        let rest = ((1.0 - correlation) * (1.0 + correlation)).max(0.0).sqrt();
        Ok(Self { correlation, rest, cuts, scores })
    }

    /// The probability that the baseline's atom is one before `index`, given the candidate's atom;
    /// with `sign` -1 that it is not.
    fn share(&self, atom: usize, index: usize, sign: f64) -> f64 {
        let (Some(scores), Some(cut)) = (self.scores.get(atom), self.cuts.get(index)) else {
            return 0.0;
        };
        let of = |score: f64| {
            let distance = cut - self.correlation * score;
            if distance == 0.0 { 0.5 } else { Normal::upper(-sign * distance / self.rest) }
        };
        scores.iter().zip(Self::NODES).map(|(score, (_, weight))| weight * of(*score)).sum()
    }
}

impl<'a, E: Effect> Joint<'a, E> {
    fn new(baseline: &'a [Atom], candidate: &'a [Atom], correlation: f64) -> Result<Self, Error> {
        let mut before = vec![0.0];
        let mut sum = 0.0;
        for atom in baseline {
            sum += atom.weight;
            before.push(sum);
        }
        let mut from = vec![0.0];
        sum = 0.0;
        for atom in baseline.iter().rev() {
            sum += atom.weight;
            from.push(sum);
        }
        from.reverse();
        let dependence = if correlation == 0.0 {
            None
        } else {
            Some(Dependence::new(candidate, &before, &from, correlation)?)
        };
        let effect = std::marker::PhantomData;
        Ok(Self { baseline, candidate, from, before, dependence, effect })
    }

    /// P(the baseline's atom is at `index` or later | the candidate's atom).
    fn share_from(&self, atom: usize, index: usize) -> f64 {
        match &self.dependence {
            None => self.from.get(index).copied().unwrap_or_default(),
            Some(dependence) => dependence.share(atom, index, -1.0),
        }
    }

    /// P(the baseline's atom is before `index` | the candidate's atom).
    fn share_before(&self, atom: usize, index: usize) -> f64 {
        match &self.dependence {
            None => self.before.get(index).copied().unwrap_or_default(),
            Some(dependence) => dependence.share(atom, index, 1.0),
        }
    }

    /// P(least effect <= limit): the larger the baseline's value the smaller the effect, so that
    /// for each candidate atom all baseline atoms from some index on count, and that index never
    /// moves back.
    fn least_at_most(&self, limit: f64) -> f64 {
        let mut index = 0;
        let mut sum = 0.0;
        for (at, atom) in self.candidate.iter().enumerate() {
            while self
                .baseline
                .get(index)
                .is_some_and(|other| E::least(atom.lower, other.upper) > limit)
            {
                index += 1;
            }
            sum += atom.weight * self.share_from(at, index);
        }
        sum
    }

    /// P(greatest effect >= limit), the mirror image.
    fn greatest_at_least(&self, limit: f64) -> f64 {
        let mut index = 0;
        let mut sum = 0.0;
        for (at, atom) in self.candidate.iter().enumerate() {
            while self
                .baseline
                .get(index)
                .is_some_and(|other| E::greatest(atom.upper, other.lower) >= limit)
            {
                index += 1;
            }
            sum += atom.weight * self.share_before(at, index);
        }
        sum
    }

    /// The least effect with P(least effect <= it) >= alpha.
    fn lower_bound(&self, alpha: f64) -> f64 {
        least_double(|limit| self.least_at_most(limit) >= alpha)
    }

    /// The greatest effect with P(greatest effect >= it) >= alpha.
    fn upper_bound(&self, alpha: f64) -> f64 {
        0.0 - least_double(|limit| self.greatest_at_least(-limit) >= alpha)
    }
}

/// The least double, infinities included, for which a predicate holds that holds from some double
/// on.
fn least_double(holds: impl Fn(f64) -> bool) -> f64 {
    // Doubles in ascending order are these integers in ascending order.
    let of = |key: i64| {
        f64::from_bits(if key < 0 { !key.cast_unsigned() ^ (1 << 63) } else { key.cast_unsigned() })
    };
    let key = |value: f64| {
        let bits = value.to_bits().cast_signed();
        if bits < 0 { !(bits ^ i64::MIN) } else { bits }
    };
    let (mut low, mut high) = (key(f64::NEG_INFINITY), key(f64::INFINITY));
    while low < high {
        // INVARIANT: it holds at `high` or nowhere below it; it fails below `low`.
        let middle = low + (high.wrapping_sub(low).cast_unsigned() / 2).cast_signed();
        if holds(of(middle)) { high = middle } else { low = middle + 1 }
    }
    of(low) + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_double_is_found_exactly() {
        for limit in [
            f64::NEG_INFINITY,
            f64::MIN,
            -1.5,
            -f64::MIN_POSITIVE,
            0.0,
            5e-324,
            0.1,
            1e300,
            f64::INFINITY,
        ] {
            let found = least_double(|value| value >= limit);
            assert!(found.total_cmp(&limit).is_eq(), "{found:e} for {limit:e}");
        }
    }
}
