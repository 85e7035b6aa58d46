//! Rates of events over time.
//!
//! Where the versions serve different requests, an hour of each counts with its share of the
//! traffic, so that both rates are those of the whole traffic.

use phasegate_stats::{Question, two_sample};

use super::{Asked, wrong_data};
use crate::comparison::{Comparison, Estimand, Planned, RatioSeen, Refusal, Size, choose, whole};
use crate::observations::{EventCount, MetricData, MetricObservations};
use crate::plan::Margin;
use crate::summaries;

pub(super) fn comparison(
    asked: &Asked<'_>,
    seen: &MetricObservations,
) -> Result<Comparison, Refusal> {
    let MetricData::Events { baseline, candidate } = &seen.data else {
        return Err(wrong_data("rate", &seen.data, "`events`"));
    };
    let fits: &[&'static str] = match asked.claim.margin {
        None | Some(Margin::Relative(_)) => &["poisson_rate_ratio"],
        Some(Margin::Absolute(_)) => &[],
    };
    let method = choose(asked.method, fits)?;
    let [of_baseline, of_candidate] = exposures(*baseline, *candidate, asked.share);
    Ok(Comparison {
        method,
        estimand: Estimand::Ratio,
        size: Size::Arms { baseline: baseline.events, candidate: candidate.events },
        outside: None,
        ask: Box::new(move |question| {
            two_sample::poisson_rate_ratio(&of_baseline, &of_candidate, question)
        }),
        exact: None,
        planning: Box::new(move |question, assumed| {
            further_events(&of_baseline, &of_candidate, question, assumed)
        }),
    })
}

/// Counted in the candidate's events; half an event is added to the baseline's.
fn further_events(
    baseline: &two_sample::Events,
    candidate: &two_sample::Events,
    question: &Question,
    assumed: Option<f64>,
) -> Planned {
    let exposed = baseline.exposure / candidate.exposure;
    let null = question.null;
    // As many events as the candidate would have at the baseline's rate.
    let size = (baseline.count as f64 + 0.5) / exposed;
    let seen = RatioSeen { size, variance: |ratio: f64| ratio + null * null / exposed };
    let (detectable, needed) = seen.plan(question, assumed);
    let further = needed.zip(assumed).and_then(|(needed, ratio)| {
        let more = ratio * (needed - size).max(0.0);
        whole(more)
    });
    Planned { detectable, further }
}

/// Baseline and candidate with what they were exposed to.
pub(crate) fn exposures(
    baseline: EventCount,
    candidate: EventCount,
    share: Option<f64>,
) -> [two_sample::Events; 2] {
    let of_baseline = share.map_or(1.0, |share| 1.0 - share);
    let of_candidate = share.unwrap_or(1.0);
    [summaries::events(baseline, of_baseline), summaries::events(candidate, of_candidate)]
}
