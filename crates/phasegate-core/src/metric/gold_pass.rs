//! The share of gold-set cases that pass: each case is a pair, judged by McNemar's exact test, or
//! in clusters where the plan names them.

use std::collections::BTreeMap;

use super::{Asked, clusters, proportion, wrong_data};
use crate::comparison::{Comparison, Refusal};
use crate::gold::GoldCase;
use crate::observations::{ClusterTotal, MetricData, MetricObservations, SeenTwice};

pub(super) fn comparison(
    asked: &Asked<'_>,
    seen: &MetricObservations,
) -> Result<Comparison, Refusal> {
    match &seen.data {
        MetricData::PairedCounts(pairs) => proportion::of_pairs(asked, *pairs),
        MetricData::Clusters(totals) => clusters::comparison(asked, totals),
        data => Err(wrong_data("gold-set pass rate", data, "`paired_counts` or `clusters`")),
    }
}

/// Whether a case passes: most of its answers do. Absent where the answers have only scores, or
/// one was not graded.
pub(crate) fn passes(case: &GoldCase) -> Option<bool> {
    let mut passed = 0_usize;
    for answer in &case.answers {
        if answer.ungraded {
            return None;
        }
        // No answer is no pass.
        let verdict = answer.passed.or(answer.error.is_some().then_some(false));
        passed += usize::from(verdict?);
    }
    (!case.answers.is_empty()).then_some(passed * 2 > case.answers.len())
}

/// The cases that both versions answered, counted.
pub(crate) fn data(
    pairs: &[(&GoldCase, &GoldCase)],
    in_clusters: bool,
) -> Result<MetricData, Refusal> {
    let mut seen = SeenTwice::default();
    let mut totals = Totals::default();
    for (baseline, candidate) in pairs {
        let (Some(was), Some(is)) = (passes(baseline), passes(candidate)) else {
            return Err(Refusal::data(
                "gold_not_graded",
                format!("case `{}` has scores and no `passed`; use `gold_score`", candidate.id),
            ));
        };
        let count = match (was, is) {
            (true, true) => &mut seen.both,
            (true, false) => &mut seen.baseline_only,
            (false, true) => &mut seen.candidate_only,
            (false, false) => &mut seen.neither,
        };
        *count += 1;
        totals.add(candidate, f64::from(u8::from(was)), f64::from(u8::from(is)));
    }
    Ok(if in_clusters { totals.finish() } else { MetricData::PairedCounts(seen) })
}

/// Sums of clusters; a case without one is its own.
#[derive(Debug, Default)]
pub(super) struct Totals(BTreeMap<String, ClusterTotal>);

impl Totals {
    pub(super) fn add(&mut self, case: &GoldCase, baseline: f64, candidate: f64) {
        let name = match &case.cluster {
            Some(cluster) => format!("cluster {cluster}"),
            None => format!("case {}", case.id),
        };
        let total = self.0.entry(name.clone()).or_insert_with(|| ClusterTotal {
            name,
            n: 0,
            baseline: 0.0,
            candidate: 0.0,
        });
        total.n += 1;
        total.baseline += baseline;
        total.candidate += candidate;
    }

    pub(super) fn finish(self) -> MetricData {
        MetricData::Clusters(self.0.into_values().collect())
    }
}
