//! Events of two arms, watched.

use crate::anytime::beta_mixture::{Counts, of_rate};
use crate::anytime::{Sequence, Target};
use crate::error::{Error, ErrorKind};
use crate::outcome::{Interval, Note, Outcome, Sample};
use crate::summary::Tally;

/// By what factor does the candidate's rate of events exceed the baseline's, whenever one looks?
///
/// Where each request goes to the candidate with probability `share`, an event comes from it with
/// probability `share` r / (`share` r + 1 - `share`), whatever the rate of events does over the
/// day: r is the ratio of the two rates, of errors per request or of any count per unit of traffic.
/// Only the events are looked at, so that quiet requests need not be counted.
///
/// - Hypotheses: the ratio of candidate to baseline is `null`, or one-sided at most (at least)
///   that: `greater` than 1.2 watches for more than a fifth more events.
/// - Assumes: requests assigned at random with the given share, which must be the one that the
///   traffic was split by, and events that are independent of each other.
/// - `planned` counts events of both arms.
/// - Edge cases: without events the e-value is 1 and the interval whole; an arm without events
///   gives an end at 0 or infinity, and then the note [`Unbounded`](Note::Unbounded).
/// - Units: the ratio has none: 1.5 is half as many again; `planned` counts events.
/// - Cost: as [`bernoulli_sequence`](super::bernoulli_sequence).
/// - Source: Lindon and Malek, "Anytime-valid inference for multinomial count data" (2022).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::anytime::{Target, event_ratio_sequence};
///
/// // The canary has 5 % of the traffic, but 28 of 168 errors.
/// let harm = Target::new(Question::greater_than(1.5), 200)?;
/// let outcome = event_ratio_sequence(140, 28, 0.05, &harm)?;
/// assert!((outcome.estimate.unwrap() - 3.8).abs() < 1e-12);
/// assert!(outcome.interval.unwrap().lower > 1.5);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`OutOfRange`](ErrorKind::OutOfRange) unless the share is above 0 and below 1 and the null ratio
/// is positive; [`TooLarge`](ErrorKind::TooLarge) for more than 1e10 events.
pub fn event_ratio_sequence(
    baseline: u64,
    candidate: u64,
    share: f64,
    target: &Target,
) -> Result<Outcome, Error> {
    const MOST: u64 = 10_000_000_000;
    let null = target.question().null;
    if !(share > 0.0 && share < 1.0) {
        let message = format!(
            "the candidate's share of the traffic is {share}; it must be above 0 and below 1"
        );
        return Err(Error::new(ErrorKind::OutOfRange, message));
    }
    if !(null > 0.0 && null < 1e100) {
        let message = format!("the null ratio is {null}; it must be positive");
        return Err(Error::new(ErrorKind::OutOfRange, message));
    }
    if baseline > MOST || candidate > MOST {
        let message = format!("there are more than {MOST} events in an arm");
        return Err(Error::new(ErrorKind::TooLarge, message));
    }
    let odds = share / (1.0 - share);
    let of_events = odds * null / (1.0 + odds * null);
    let sample = Sample::Arms { baseline, candidate };
    let counts = Counts { successes: candidate, failures: baseline };
    let outcome = of_rate("event_ratio_sequence", counts, &target.with_null(of_events), sample)?;
    let ratio = |of_events: f64| of_events / (1.0 - of_events) / odds;
    let interval = outcome.interval.map(|interval| Interval {
        lower: ratio(interval.lower),
        upper: ratio(interval.upper),
        ..interval
    });
    let mut notes = outcome.notes.clone();
    if interval.is_some_and(|interval| interval.is_unbounded()) {
        notes.push(Note::Unbounded);
    }
    let estimate = candidate as f64 / baseline as f64 / odds;
    Ok(Outcome {
        estimate: estimate.is_finite().then_some(estimate),
        interval,
        null: Some(null),
        notes,
        ..outcome
    })
}

/// [`event_ratio_sequence`], for a [`Watch`](super::Watch): each item is an event, true where it
/// came from the candidate.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct EventRatio {
    /// The candidate's share of the traffic, above 0 and below 1.
    pub share: f64,
}

impl Sequence for EventRatio {
    type Seen = Tally;

    const FORM: &'static str = "event_ratio_sequence/1";

    fn look(&self, seen: &Tally, target: &Target) -> Result<Outcome, Error> {
        event_ratio_sequence(seen.failures(), seen.successes(), self.share, target)
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    event_ratio_sequence: "By what factor do the event rates of two arms differ, whenever one looks?",
    {
        baseline: u64,
        candidate: u64,
        share: f64,
        target: Target,
    },
    r#"{"baseline": 140, "candidate": 28, "share": 0.05, "target": {"null": 1.5, "alternative": "greater", "planned": 200}}"#,
    event_ratio_sequence(baseline, candidate, share, &target),
}
