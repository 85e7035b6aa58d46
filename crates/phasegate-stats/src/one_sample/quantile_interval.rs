//! The order-statistic interval of a quantile.

use crate::dist::{Binomial, Discrete as _};
use crate::error::{Error, ErrorKind, finite};
use crate::outcome::{Alternative, Degenerate, Note, Outcome, Question, Sample};
use crate::significance::ln_at_most_at_least;
use crate::summary::{Ranked, Run, tied};

/// Where is a quantile, and is it above or below a value?
///
/// The interval ends at order statistics whose ranks follow from the binomial law, whatever the
/// distribution of the values; it is exact for continuous ones and conservative with ties. Read
/// from a histogram, its ends are those of the buckets that hold these ranks. The estimate is the
/// order statistic of rank ceil(n q), or the middle of its bucket.
///
/// - Hypotheses: the quantile is `null`; it is less, greater, or differs. Two-sided p is twice the
///   smaller tail.
/// - Assumes: independent values of one distribution.
/// - Edge cases: where the sample is too small for a bound the end is infinite, and the outcome
///   carries [`Unbounded`](Note::Unbounded): for the 95th percentile at 97.5 % above that is below
///   72 values. Values that all equal the null value have p = 1, marked
///   [`AllTied`](Degenerate::AllTied). No values are an error.
/// - Units: estimate, null value and interval have that of the values; p has none.
/// - Cost: some hundred evaluations of the binomial distribution, up to 1e10 values.
/// - Source: David and Nagaraja, "Order Statistics", 7.1; scipy's `quantile_test` is the same.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::one_sample::quantile_interval;
/// use phasegate_stats::summary::{SortedRun, Summary as _};
///
/// let mut latency = SortedRun::default();
/// latency.update_slice(&(1..=1000).map(f64::from).collect::<Vec<_>>())?;
/// let outcome = quantile_interval(&latency, 0.95, &Question::less_than(1000.0))?;
/// assert_eq!(outcome.estimate, Some(950.0));
/// let outcome = quantile_interval(&latency, 0.95, &Question::differs_from(0.0))?;
/// let interval = outcome.interval.unwrap();
/// // scipy 1.17.1: stats.binom.ppf([0.025, 0.975], 1000, 0.95) is 936 and 963;
/// // the upper rank is one more.
/// assert_eq!((interval.lower, interval.upper), (936.0, 964.0));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](ErrorKind::TooFew) without values; [`OutOfRange`](ErrorKind::OutOfRange) unless the
/// quantile is above 0 and below 1; [`NonFinite`](ErrorKind::NonFinite) for such a null value.
pub fn quantile_interval(
    values: &impl Ranked,
    quantile: f64,
    question: &Question,
) -> Result<Outcome, Error> {
    let quantile = checked(quantile)?;
    let null = finite("the null value", question.null)?;
    let (estimate, is_bucketed) = at("the sample", values, quantile)?;
    let n = values.count();
    let below = Binomial::new(n, quantile)?;
    // The lower bound has rank l when P(fewer than l values lie below the quantile) <= alpha.
    let interval = question.alpha.interval(
        question.alternative,
        (f64::NEG_INFINITY, f64::INFINITY),
        |alpha| {
            let run = values.run_of_rank(below.quantile(alpha)?);
            Ok(run.map_or(f64::NEG_INFINITY, |run| run.lower))
        },
        |alpha| {
            let run = values.run_of_rank(below.upper_quantile(alpha)? + 1);
            Ok(run.map_or(f64::INFINITY, |run| run.upper))
        },
    )?;
    // Values at the null value, or in its bucket, count against either alternative.
    let (least, most) = (values.surely_below(null), values.possibly_at_most(null));
    let ln_greater = ln_at_most_at_least(&below, most)?.0;
    let ln_less = ln_at_most_at_least(&below, least)?.1;
    let ln_p = match question.alternative {
        Alternative::Less => ln_less,
        Alternative::Greater => ln_greater,
        Alternative::TwoSided => std::f64::consts::LN_2 + ln_less.min(ln_greater),
    };
    let mut notes = vec![Note::Conservative];
    if is_bucketed {
        notes.push(Note::Bucketed);
    }
    let open = |bounded: bool, end: f64| bounded && end.is_infinite();
    let is_lower = question.alternative != Alternative::Less;
    let is_upper = question.alternative != Alternative::Greater;
    if open(is_lower, interval.lower) || open(is_upper, interval.upper) {
        notes.push(Note::Unbounded);
    }
    Ok(Outcome {
        estimate,
        interval: Some(interval),
        null: Some(null),
        statistic: Some(least as f64),
        degenerate: tied_with(values, null).then_some(Degenerate::AllTied),
        notes,
        ..Outcome::new("quantile_interval", question.alternative, Sample::One(n))
    }
    .with_ln_p(ln_p))
}

/// Whether all values equal the null value, or lie in its bucket.
pub(crate) fn tied_with(values: &impl Ranked, null: f64) -> bool {
    tied(values).is_some_and(|run| run.lower <= null && null <= run.upper)
}

/// A quantile above 0 and below 1.
pub(crate) fn checked(quantile: f64) -> Result<f64, Error> {
    if quantile > 0.0 && quantile < 1.0 {
        return Ok(quantile);
    }
    let message = format!("the quantile is {quantile}; it must be above 0 and below 1");
    Err(Error::new(ErrorKind::OutOfRange, message))
}

/// The sample's own quantile: a value, or the middle of a bucket and whether it is one; absent
/// where the bucket has no end.
pub(crate) fn at(
    what: &str,
    values: &impl Ranked,
    quantile: f64,
) -> Result<(Option<f64>, bool), Error> {
    let rank = crate::math::to_count((values.count() as f64 * quantile).ceil()).max(1);
    let Some(Run { lower, upper, .. }) = values.run_of_rank(rank.min(values.count())) else {
        let message = format!("{what} has no values; a quantile needs at least one");
        return Err(Error::new(ErrorKind::TooFew, message));
    };
    let middle = f64::midpoint(lower, upper);
    Ok((middle.is_finite().then_some(middle), lower < upper))
}

#[cfg(feature = "registry")]
crate::registry::method! {
    quantile_interval: "Where is a quantile, and is it above or below a value?",
    {
        values: crate::registry::Ranks,
        quantile: f64,
        question: Question = Question::differs_from(0.0),
    },
    r#"{"values": {"bounds": [0.1, 0.5, 1], "counts": [70, 25, 4, 1]}, "quantile": 0.95, "question": {"null": 1, "alternative": "less"}}"#,
    quantile_interval(&values, quantile, &question),
}
