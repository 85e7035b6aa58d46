//! Rates of events over time.
//!
//! Where the versions serve different requests, an hour of each counts with its share of the
//! traffic, so that both rates are those of the whole traffic.

use phasegate_stats::two_sample;

use super::{Asked, wrong_data};
use crate::comparison::{Comparison, Estimand, Planned, Refusal, Size, choose};
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
        planning: Box::new(|_, _| Planned::default()),
    })
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
