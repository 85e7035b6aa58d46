//! What is wrong with observations of the right shape.

use super::{Histogram, MeanOf, MetricData, Observations};
use crate::document::{Contradiction, Document as _};
use crate::path::Path;

/// Every contradiction, in the order of the document's fields.
pub(super) fn contradictions(seen: &Observations) -> Vec<Contradiction> {
    let mut faults = Vec::new();
    let mut tell = |path: String, message: &str| {
        faults.push(Contradiction {
            path: path.parse::<Path>().unwrap_or_default(),
            message: message.to_owned(),
        });
    };
    if seen.window.is_some_and(|window| window.end < window.start) {
        tell("window.end".to_owned(), "it is before the start; exchange them");
    }
    if let Some(phase) = &seen.phase
        && !seen.phases.contains_key(phase)
        && seen.raw.is_none()
    {
        tell("phase".to_owned(), "there are no observations of this phase; give some");
    }
    for (index, record) in seen.stream.iter().enumerate() {
        for Contradiction { path, message } in record.contradictions() {
            tell(format!("stream[{index}].{path}"), &message);
        }
    }
    for (id, phase) in &seen.phases {
        for (metric, observed) in &phase.metrics {
            let at = format!("phases.{id}.metrics.{metric}.data");
            for (field, message) in of_data(&observed.data) {
                tell(format!("{at}.{field}"), message);
            }
        }
    }
    faults
}

fn of_data(data: &MetricData) -> Vec<(&'static str, &'static str)> {
    let mut faults = Vec::new();
    let more = "more than `n`; a part is at most the whole";
    match data {
        MetricData::Counts { baseline, candidate } => {
            if baseline.k > baseline.n {
                faults.push(("counts.baseline.k", more));
            }
            if candidate.k > candidate.n {
                faults.push(("counts.candidate.k", more));
            }
        }
        MetricData::PairedCounts(_) | MetricData::Events { .. } | MetricData::Values { .. } => {}
        MetricData::Means { baseline, candidate } => {
            faults.extend(lonely(baseline, "means.baseline.sd"));
            faults.extend(lonely(candidate, "means.candidate.sd"));
        }
        MetricData::PairedMeans { baseline, candidate, covariance } => {
            faults.extend(lonely(baseline, "paired_means.baseline.sd"));
            faults.extend(lonely(candidate, "paired_means.candidate.sd"));
            if baseline.n != candidate.n {
                faults.push(("paired_means.candidate.n", "pairs have one `n`; give both the same"));
            }
            // A little beyond is rounding.
            if covariance.abs() > baseline.sd * candidate.sd * (1.0 + 1e-9) {
                let message = "more than the product of both `sd`; no data have such a covariance";
                faults.push(("paired_means.covariance", message));
            }
        }
        MetricData::Clusters(clusters) => {
            let ascend = clusters.windows(2).all(|pair| matches!(pair, [a, b] if a.name < b.name));
            if !ascend {
                faults.push(("clusters", "sort the clusters by name, each once"));
            }
        }
        MetricData::Histograms { baseline, candidate } => {
            let same = match (baseline, candidate) {
                (Histogram::Classic { bounds, .. }, Histogram::Classic { bounds: other, .. }) => {
                    bounds == other
                }
                (Histogram::Native { schema, .. }, Histogram::Native { schema: other, .. }) => {
                    schema == other
                }
                _ => false,
            };
            if !same {
                let message = "other buckets than the baseline's; give both the same";
                faults.push(("histograms.candidate", message));
            }
        }
        MetricData::PairedValues { baseline, candidate } => {
            if baseline.len() != candidate.len() {
                let message = "not as many as the baseline's; values of pairs come in pairs";
                faults.push(("paired_values.candidate", message));
            }
        }
    }
    faults
}

/// A single value has no deviation.
fn lonely(mean: &MeanOf, field: &'static str) -> Option<(&'static str, &'static str)> {
    (mean.n < 2 && mean.sd != 0.0).then_some((field, "fewer than two values deviate by 0"))
}
