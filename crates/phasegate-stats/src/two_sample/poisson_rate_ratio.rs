//! The exact comparison of two event rates.

use crate::dist::Binomial;
use crate::error::{Error, ErrorKind};
use crate::one_sample::clopper_pearson_bounds;
use crate::outcome::{Degenerate, Interval, Note, Outcome, Question, Sample};
use crate::significance::doubled;
use crate::summary::Tally;

/// Events and the exposure in which they were seen.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Events {
    /// How many events.
    pub count: u64,
    /// How much time, or traffic; of both arms in the same unit.
    pub exposure: f64,
}

/// By what factor may two event rates differ?
///
/// The estimand is the candidate's rate of events per exposure divided by the baseline's. Given the
/// sum of events, those of the candidate are binomial; the interval is that of Clopper and Pearson
/// carried over, the two-sided p twice the smaller tail, so that both agree.
///
/// - Hypotheses: the ratio is `null`; it is less, greater, or differs.
/// - Assumes: events come independently at constant rates (Poisson).
/// - Edge cases: no baseline event gives an infinite upper bound and no estimate; no event at all
///   gives the interval from 0 to infinity and p = 1, marked [`AllTied`](Degenerate::AllTied).
/// - Units: exposures of both arms in one and the same, such as hours or requests; the ratio has
///   none.
/// - Cost: constant, some microseconds, up to 1e10 events.
/// - Source: Przyborowski and Wilenski (1940); R 4.2 `poisson.test`.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::two_sample::{Events, poisson_rate_ratio};
///
/// let baseline = Events { count: 4, exposure: 10.0 };
/// let candidate = Events { count: 15, exposure: 10.0 };
/// let outcome = poisson_rate_ratio(&baseline, &candidate, &Question::greater_than(1.0))?;
/// // scipy 1.17.1: stats.binomtest(15, 19, 0.5, alternative="greater").pvalue
/// assert!((outcome.p.unwrap() - 0.009605407714843751).abs() < 1e-14);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`OutOfRange`](ErrorKind::OutOfRange) for a null ratio or an exposure that is not positive and
/// finite, and for more than 1e10 events.
pub fn poisson_rate_ratio(
    baseline: &Events,
    candidate: &Events,
    question: &Question,
) -> Result<Outcome, Error> {
    let Question { null, alternative, .. } = *question;
    for (what, value) in [
        ("the null ratio", null),
        ("the baseline's exposure", baseline.exposure),
        ("the candidate's exposure", candidate.exposure),
    ] {
        if !(value > 0.0 && value.is_finite()) {
            let message = format!("{what} is {value}; it must be positive and finite");
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
    }
    let events = baseline.count.saturating_add(candidate.count);
    let exposures = candidate.exposure / baseline.exposure;
    // The candidate's share of events under a ratio, and the ratio of a share.
    let odds = null * exposures;
    let share = if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 };
    let ratio_of = |share: f64| share / (1.0 - share) / exposures;
    let sample = Sample::Arms { baseline: baseline.count, candidate: candidate.count };
    let outcome = Outcome {
        null: Some(null),
        statistic: Some(candidate.count as f64),
        notes: vec![Note::Conservative],
        ..Outcome::new("poisson_rate_ratio", alternative, sample)
    };
    if events == 0 {
        let interval = question.alpha.interval(
            alternative,
            (0.0, f64::INFINITY),
            |_| Ok(0.0),
            |_| Ok(f64::INFINITY),
        )?;
        return Ok(Outcome {
            interval: Some(interval),
            degenerate: Some(Degenerate::AllTied),
            ..outcome.with_ln_p(0.0)
        });
    }
    let ln_p = doubled(&Binomial::new(events, share)?, candidate.count, alternative)?;
    let bounds = clopper_pearson_bounds(&Tally::known(candidate.count, events), question)?;
    let interval =
        Interval { lower: ratio_of(bounds.lower), upper: ratio_of(bounds.upper), ..bounds };
    let rates =
        (candidate.count as f64 / candidate.exposure, baseline.count as f64 / baseline.exposure);
    Ok(Outcome {
        estimate: (baseline.count > 0).then(|| rates.0 / rates.1),
        interval: Some(interval),
        ..outcome.with_ln_p(ln_p)
    })
}

#[cfg(feature = "registry")]
crate::registry::object! {
    Events "events" { count: u64, exposure: f64 }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    poisson_rate_ratio: "By what factor may two event rates differ?",
    {
        baseline: Events,
        candidate: Events,
        question: Question = Question::differs_from(1.0),
    },
    r#"{"baseline": {"count": 4, "exposure": 10}, "candidate": {"count": 15, "exposure": 10}}"#,
    poisson_rate_ratio(&baseline, &candidate, &question),
}
