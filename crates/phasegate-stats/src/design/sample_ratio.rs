//! Did the arms get the shares of traffic that were declared?

use crate::dist::{Binomial, ChiSquared, Continuous as _};
use crate::error::{Error, ErrorKind};
use crate::math::{exp, ln, ln_gamma};
use crate::outcome::{Alternative, Note, Outcome, Sample};
use crate::significance::no_likelier;

/// How many units an arm got, and its declared weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArmCount {
    /// How many units it got.
    pub count: u64,
    /// Its declared share, in any unit.
    pub weight: f64,
}

/// Up to so many ways to share the units among the arms all are looked at.
const ENUMERATED: f64 = 200_000.0;

/// Below this expected count of an arm the chi-square approximation is not to be trusted.
const FEW: f64 = 5.0;

/// Did the arms get the shares of traffic that were declared (sample-ratio mismatch)?
///
/// A small p says that units were lost or misrouted, and then nothing that compares the arms can be
/// believed, however good it looks. Customary is to stop below 0.001. For pairs, the two counts are
/// the answers that each version gave to the mirrored requests. Of two arms the estimate is the
/// second one's share of the units, candidate after baseline, and the null value its declared
/// share.
///
/// - Hypotheses: the shares are the declared ones; they differ.
/// - Assumes: units assigned independently of each other: requests of one user that stay with their
///   arm count as one.
/// - Method: for two arms the exact binomial test, two-sided as in R and scipy; for more the exact
///   multinomial test while there are at most 200,000 ways to share the units, else Pearson's
///   chi-square, which carries [`LargeSample`](Note::LargeSample), and
///   [`SmallSample`](Note::SmallSample) where an arm expects fewer than five.
/// - Edge cases: units in an arm of weight 0 contradict the declaration: p = 0 and `ln_p` minus
///   infinity. An arm of weight 0 without units does not count. No units are an error.
/// - Units: counts of units, and weights in any unit that is common to the arms.
/// - Cost: some microseconds; the multinomial test up to 20 ms.
/// - Source: Fabijan and others, "Diagnosing sample ratio mismatch in online controlled
///   experiments" (2019); Pearson (1900).
///
/// ```
/// use phasegate_stats::design::{ArmCount, sample_ratio};
///
/// // 5 % were declared for the candidate.
/// let baseline = ArmCount { count: 95_300, weight: 95.0 };
/// let candidate = ArmCount { count: 4_700, weight: 5.0 };
/// let outcome = sample_ratio(&[baseline, candidate])?;
/// // scipy 1.17.1: stats.binomtest(4700, 100000, 0.05).pvalue
/// assert!((outcome.p.unwrap() / 1.1748551880553755e-05 - 1.0).abs() < 1e-9);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](ErrorKind::TooFew) for fewer than two arms, without units, and without a positive
/// weight; [`OutOfRange`](ErrorKind::OutOfRange) for a weight that is negative or not finite;
/// [`TooLarge`](ErrorKind::TooLarge) for more than 1e10 units.
pub fn sample_ratio(arms: &[ArmCount]) -> Result<Outcome, Error> {
    let (units, weights) = totals(arms)?;
    let sample = match arms {
        [baseline, candidate] => {
            Sample::Arms { baseline: baseline.count, candidate: candidate.count }
        }
        _ => Sample::One(units),
    };
    let outcome = Outcome::new("sample_ratio", Alternative::TwoSided, sample);
    let outcome = match arms {
        [_, candidate] => Outcome {
            estimate: Some(candidate.count as f64 / units as f64),
            null: Some(candidate.weight / weights),
            ..outcome
        },
        _ => outcome,
    };
    let impossible = arms.iter().any(|arm| arm.weight == 0.0 && arm.count > 0);
    if impossible {
        return Ok(outcome.with_ln_p(f64::NEG_INFINITY));
    }
    let arms: Vec<ArmCount> = arms.iter().copied().filter(|arm| arm.weight > 0.0).collect();
    match arms.as_slice() {
        [] | [_] => Ok(outcome.with_ln_p(0.0)),
        [_, second] => {
            let share = second.weight / weights;
            let counts = Binomial::new(units, share)?;
            let mean = units as f64 * share;
            let ln_p = no_likelier(&counts, second.count, mean, Alternative::TwoSided)?;
            Ok(Outcome { statistic: Some(second.count as f64), ..outcome.with_ln_p(ln_p) })
        }
        arms if ways(units, arms.len()) <= ENUMERATED => {
            Ok(outcome.with_ln_p(multinomial(arms, units, weights)))
        }
        arms => chi_square(outcome, arms, units, weights),
    }
}

/// The numbers of units and the sum of weights.
fn totals(arms: &[ArmCount]) -> Result<(u64, f64), Error> {
    const MOST: u64 = 10_000_000_000;
    if arms.len() < 2 {
        let message = format!("there are {} arms; a ratio needs two", arms.len());
        return Err(Error::new(ErrorKind::TooFew, message));
    }
    let (mut units, mut weights) = (0_u64, 0.0);
    for arm in arms {
        if !(arm.weight >= 0.0 && arm.weight.is_finite()) {
            let message = format!("a weight is {}; it must be finite and not negative", arm.weight);
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        units = units.saturating_add(arm.count);
        weights += arm.weight;
    }
    if units == 0 || weights == 0.0 {
        let message =
            format!("there are {units} units and weights of {weights}; both must be more");
        return Err(Error::new(ErrorKind::TooFew, message));
    }
    if units > MOST || weights.is_infinite() {
        let message = format!("there are {units} units and weights of {weights}; that is too much");
        return Err(Error::new(ErrorKind::TooLarge, message));
    }
    Ok((units, weights))
}

/// In how many ways so many units fall into so many arms.
fn ways(units: u64, arms: usize) -> f64 {
    (1..arms).map(|arm| (units as f64 + arm as f64) / arm as f64).product()
}

/// ln of the probability of all ways to share the units that are no likelier than the observed one,
/// where what is equal but for rounding counts as equal (as in R and scipy for two arms).
fn multinomial(arms: &[ArmCount], units: u64, weights: f64) -> f64 {
    const SLACK: f64 = 1e-7;
    let factorials: Vec<f64> = (0..=units).map(|count| ln_gamma(count as f64 + 1.0)).collect();
    let ln_factorial = |count: u64| -> f64 {
        usize::try_from(count).ok().and_then(|at| factorials.get(at)).copied().unwrap_or(0.0)
    };
    let shares: Vec<f64> = arms.iter().map(|arm| ln(arm.weight / weights)).collect();
    let part = |arm: usize, count: u64| count as f64 * shares[arm] - ln_factorial(count);
    let observed: f64 = arms.iter().enumerate().map(|(at, arm)| part(at, arm.count)).sum();
    // The units that the arms before the last hold, counted like the digits of a number.
    let mut held = vec![0_u64; arms.len() - 1];
    let mut as_unlikely = 0.0;
    loop {
        let rest = units - held.iter().sum::<u64>();
        let front: f64 = held.iter().enumerate().map(|(at, count)| part(at, *count)).sum();
        let ln_mass = front + part(arms.len() - 1, rest);
        if ln_mass <= observed + SLACK {
            // Relative to the observed one, so that nothing underflows.
            as_unlikely += exp(ln_mass - observed);
        }
        let mut rest = rest;
        let mut digits = held.iter_mut();
        loop {
            let Some(digit) = digits.next() else {
                return ln(as_unlikely) + observed + ln_factorial(units);
            };
            if rest > 0 {
                *digit += 1;
                break;
            }
            rest += *digit;
            *digit = 0;
        }
    }
}

/// Pearson's chi-square.
fn chi_square(
    outcome: Outcome,
    arms: &[ArmCount],
    units: u64,
    weights: f64,
) -> Result<Outcome, Error> {
    let expected = |arm: &ArmCount| units as f64 * (arm.weight / weights);
    let statistic: f64 = arms
        .iter()
        .map(|arm| {
            let gap = arm.count as f64 - expected(arm);
            gap * gap / expected(arm)
        })
        .sum();
    let df = arms.len() as f64 - 1.0;
    let mut notes = vec![Note::LargeSample];
    if arms.iter().any(|arm| expected(arm) < FEW) {
        notes.push(Note::SmallSample);
    }
    let ln_p = ChiSquared::new(df)?.ln_sf(statistic)?;
    Ok(Outcome { statistic: Some(statistic), df: Some(df), notes, ..outcome.with_ln_p(ln_p) })
}

#[cfg(feature = "registry")]
impl crate::registry::ItemField for ArmCount {
    const MANY: &'static str = "arms";
    const ARRAY: &'static str = r#"[{"count": count, "weight": number}, ...]"#;
}

#[cfg(feature = "registry")]
crate::registry::object! {
    ArmCount "arm" { count: u64, weight: f64 }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    sample_ratio: "Did the arms get the shares of traffic that were declared?",
    {
        arms: Vec<ArmCount>,
    },
    r#"{"arms": [{"count": 95300, "weight": 95}, {"count": 4700, "weight": 5}]}"#,
    sample_ratio(&arms),
}
