use proptest::prelude::*;

use super::*;
use crate::observations::{
    ClusterTotal, Count, EventCount, MeanOf, MetricData, PairAccount, SeenTwice,
};
use crate::plan::{MAX_PLAN_BYTES, RUNBOOK};
use crate::read::Format;
use crate::{canonical, document};

/// The runbook's plan with every kind of metric on requests, and a cluster.
fn plan() -> Plan {
    let more = "
  - id: cost_per_finding
    measure: {kind: ratio, numerator: cost_usd, denominator: findings, unit: USD}
    better: lower
    hypothesis: non_inferiority
    margin: {relative: 0.1}
  - id: retries
    measure: {kind: rate, events: retries}
    better: lower
    hypothesis: non_inferiority
    margin: {relative: 0.1}
  - id: cost_by_repository
    measure: {kind: mean, column: cost_usd, unit: USD}
    better: lower
    hypothesis: non_inferiority
    margin: {relative: 0.1}
    cluster_by: repository

gold_set:";
    let text = RUNBOOK.replace("\ngold_set:", more);
    document::read(text.as_bytes(), Format::Yaml, MAX_PLAN_BYTES).expect("a plan")
}

/// A row of the plan's columns: latency, error, cost, findings, retries.
#[derive(Debug, Clone)]
struct Line {
    arm: SourceRole,
    phase: &'static str,
    second: i64,
    key: String,
    mirrored: Option<bool>,
    values: [Option<f64>; 5],
    repository: &'static str,
}

impl Line {
    fn push(&self, fold: &mut RowFold, row: u64) -> Result<(), RowError> {
        fold.push(&Row {
            arm: self.arm,
            phase: Some(self.phase),
            time: Timestamp::from_unix_nanos(self.second * 1_000_000_000),
            key: Some(&self.key),
            mirrored: self.mirrored,
            values: &self.values,
            clusters: &[Some(self.repository)],
            place: Place { source: 0, row },
        })
    }
}

fn line(arm: SourceRole, phase: &'static str, second: i64, key: &str, values: [f64; 5]) -> Line {
    let mirrored = Some(true);
    let values = values.map(|value| Some(value).filter(|value| !value.is_nan()));
    Line { arm, phase, second, key: key.to_owned(), mirrored, values, repository: "a" }
}

fn fold(lines: &[Line]) -> Folded {
    let mut fold = RowFold::new(&plan(), None);
    for (line, row) in lines.iter().zip(1..) {
        line.push(&mut fold, row).expect("a row");
    }
    fold.finish().expect("rows")
}

use SourceRole::{Baseline, Candidate};

#[test]
fn what_was_not_mirrored_is_compared_with_nothing() {
    let values = [100.0, 0.0, 1.0, 2.0, 0.0];
    let mut alone = line(Baseline, "shadow", 0, "x", values);
    alone.mirrored = Some(false);
    let seen = fold(&[
        alone,
        line(Candidate, "shadow", 0, "x", values),
        line(Baseline, "shadow", 1, "y", values),
        line(Candidate, "shadow", 1, "y", values),
        line(Baseline, "shadow", 50, "z", values),
    ]);
    let account = seen.phases["shadow"].pairs.expect("pairs");
    assert_eq!((account.matched, account.not_mirrored), (1, 1));

    // Of the candidate's own rows that is a contradiction.
    let mut row = line(Candidate, "shadow", 0, "x", values);
    row.mirrored = Some(false);
    let refused = row.push(&mut RowFold::new(&plan(), None), 1).expect_err("it was not asked");
    assert!(refused.to_string().starts_with("`mirrored` is false for a request"), "{refused}");
}

#[test]
fn mirrored_requests_are_accounted_for() {
    let nothing = f64::NAN;
    let mut not_mirrored = line(Baseline, "shadow", 3, "v", [900.0, 0.0, 9.0, 1.0, 0.0]);
    not_mirrored.mirrored = Some(false);
    let seen = fold(&[
        line(Baseline, "shadow", 0, "x", [100.0, 0.0, 1.0, 2.0, 0.0]),
        line(Candidate, "shadow", 0, "x", [200.0, 1.0, 3.0, 1.0, 4.0]),
        line(Baseline, "shadow", 1, "y", [300.0, 1.0, 5.0, 2.0, 1.0]),
        line(Candidate, "shadow", 1, "y", [400.0, 0.0, nothing, 2.0, 0.0]),
        // The candidate did not answer: an error, at the deadline of 30 s, without a cost.
        line(Baseline, "shadow", 2, "z", [500.0, 0.0, 7.0, 2.0, 0.0]),
        not_mirrored,
        line(Candidate, "shadow", 4, "u", [1.0, 0.0, 1.0, 1.0, 0.0]),
        // The deadline has not passed at the last row: out, answered or not.
        line(Baseline, "shadow", 50, "s", [1.0, 0.0, 1.0, 1.0, 0.0]),
        line(Candidate, "shadow", 50, "s", [1.0, 0.0, 1.0, 1.0, 0.0]),
        line(Baseline, "shadow", 60, "t", [1.0, 0.0, 1.0, 1.0, 0.0]),
    ]);
    let phase = &seen.phases["shadow"];
    assert_eq!((phase.baseline_requests, phase.candidate_requests), (6, 4));
    assert_eq!(phase.covered_ms, 50_000);
    let account = PairAccount {
        matched: 2,
        candidate_missing: 1,
        baseline_missing: 1,
        pending: 2,
        not_mirrored: 1,
    };
    assert_eq!(phase.pairs, Some(account));
    let metric = |id: &str| &phase.metrics[id];
    let errors = SeenTwice { both: 0, baseline_only: 1, candidate_only: 2, neither: 0 };
    assert_eq!(metric("error_rate").data, MetricData::PairedCounts(errors));
    let MetricData::PairedValues { baseline, candidate } = &metric("latency").data else {
        panic!("paired values")
    };
    let mut pairs: Vec<_> = baseline.iter().zip(candidate).collect();
    pairs.sort_by(|one, other| one.0.total_cmp(other.0));
    assert_eq!(pairs, [(&100.0, &200.0), (&300.0, &400.0), (&500.0, &30_000.0)]);
    assert_eq!(metric("latency").censored, 1);
    let alone = |mean| MeanOf { n: 1, mean, sd: 0.0 };
    let cost =
        MetricData::PairedMeans { baseline: alone(1.0), candidate: alone(3.0), covariance: 0.0 };
    assert_eq!(metric("cost").data, cost);
    assert_eq!((metric("cost").unpaired, metric("cost").missing), (2, 1));
    let clusters = vec![ClusterTotal { name: "a".to_owned(), n: 1, baseline: 1.0, candidate: 3.0 }];
    assert_eq!(metric("cost_by_repository").data, MetricData::Clusters(clusters));
    let ratio =
        MetricData::PairedMeans { baseline: alone(0.5), candidate: alone(3.0), covariance: 0.0 };
    assert_eq!(metric("cost_per_finding").data, ratio);
    // A missing answer is an event where fewer are better; three requests cover two seconds.
    let hours = 2.0 / 3600.0;
    let retries = MetricData::Events {
        baseline: EventCount { events: 1, hours },
        candidate: EventCount { events: 5, hours },
    };
    assert_eq!(metric("retries").data, retries);
}

#[test]
fn rows_that_are_not_paired_are_summed_up() {
    let mut lines = Vec::new();
    for (index, (cost, findings)) in
        [(1.0, 1.0), (3.0, 2.0), (2.0, 2.0), (8.0, 3.0)].into_iter().enumerate()
    {
        let second = 60 * i64::try_from(index).expect("small");
        for arm in [Baseline, Candidate] {
            lines.push(line(arm, "gray_1", second, "", [100.0, 0.0, cost, findings, 1.0]));
        }
    }
    let seen = fold(&lines);
    let phase = &seen.phases["gray_1"];
    assert_eq!(phase.pairs, None);
    assert_eq!(phase.covered_ms, 180_000);
    let both = |mean: MeanOf| MetricData::Means { baseline: mean, candidate: mean };
    // Python 3.11.7: math.sqrt(statistics.variance([1, 3, 2, 8])).
    let cost = MeanOf { n: 4, mean: 3.5, sd: 3.1091263510296048 };
    assert_eq!(phase.metrics["cost"].data, both(cost));
    let MetricData::Means { baseline, .. } = &phase.metrics["cost_per_finding"].data else {
        panic!("means")
    };
    assert_eq!((baseline.n, baseline.mean), (4, 1.75));
    assert!((baseline.sd - RATIO_DEVIATION).abs() < 1e-15, "{}", baseline.sd);
    let count = Count { k: 0, n: 4 };
    let errors = MetricData::Counts { baseline: count, candidate: count };
    assert_eq!(phase.metrics["error_rate"].data, errors);
}

/// Python 3.11.7: `y = [1, 3, 2, 8]; x = [1, 2, 2, 3]; R = sum(y) / sum(x);
/// math.sqrt(sum((a - R * b) ** 2 for a, b in zip(y, x)) / 3) / (sum(x) / 4)`.
const RATIO_DEVIATION: f64 = 0.9409658158863512;

#[test]
fn rows_that_contradict_the_plan_are_refused() {
    #[track_caller]
    fn check(change: impl Fn(&mut Line), expected: &str) {
        let mut here = line(Baseline, "shadow", 0, "x", [1.0; 5]);
        change(&mut here);
        let error = here.push(&mut RowFold::new(&plan(), None), 1).expect_err("refused");
        assert_eq!(error.to_string(), expected);
    }
    check(
        |line| line.phase = "grey_1",
        "`grey_1` is not a phase of the plan; give one of `shadow`, `gray_1`, `gray_5`, `gray_25`, \
         `gray_50`, `gray_100`",
    );
    check(
        |line| line.values[0] = Some(-1.0),
        "`-1` may not stand in `latency_ms`; give a number that is not negative",
    );
    check(
        |line| line.values[1] = Some(0.5),
        "`0.5` may not stand in `error`; give `true` or `false`, or 1 or 0",
    );
    check(
        |line| line.values[2] = Some(f64::NAN),
        "`NaN` may not stand in `cost_usd`; give a number",
    );
    check(
        |line| line.mirrored = None,
        "`mirrored` is missing; the baseline's rows say whether a request was mirrored",
    );
}

#[test]
fn a_key_comes_once_in_each_version() {
    let mut fold = RowFold::new(&plan(), None);
    for (key, row) in [("x", 2), ("y", 3), ("x", 7)] {
        line(Candidate, "shadow", 0, key, [1.0; 5]).push(&mut fold, row).expect("a row");
    }
    let error = fold.finish().expect_err("refused");
    let place = |row| Place { source: 0, row };
    let phase = "shadow".to_owned();
    let twice = FoldError::Duplicate { arm: Candidate, phase, first: place(2), second: place(7) };
    assert_eq!(error, twice);
    assert_eq!(error.to_string(), "two rows of the candidate have one key in phase `shadow`");
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let line = (
        any::<bool>(),
        prop::sample::select(vec!["shadow", "gray_1", "gray_25"]),
        0_i64..40_000,
        prop::option::weighted(0.9, 0_u8..=6),
        prop::sample::select(vec!["a", "b", "c"]),
        any::<bool>(),
    );
    prop::collection::vec(line, 0..60).prop_map(|lines| {
        let mut of = std::collections::BTreeSet::new();
        let lines = lines.into_iter().filter_map(
            |(is_candidate, phase, second, value, repository, flag)| {
                let arm = if is_candidate { Candidate } else { Baseline };
                let key = format!("k{}", second % 40);
                if phase == "shadow" && !of.insert((arm, key.clone())) {
                    return None;
                }
                let value = value.map(|power| (0..power).fold(0.1, |value, _| value * 7.3));
                let flag = Some(f64::from(u8::from(flag)));
                let values = [value, flag, value.map(|value| -value), value, flag];
                Some(Line {
                    arm,
                    phase,
                    second,
                    key,
                    mirrored: (arm == Baseline).then_some(second % 7 > 0),
                    values,
                    repository,
                })
            },
        );
        lines.collect()
    })
}

proptest! {
    #[test]
    fn no_order_and_no_cut_shows(
        (here, shuffled) in lines()
            .prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle())),
        cut in 0_usize..60,
    ) {
        let bytes = |seen: &Folded| canonical::to_bytes(&seen.phases).expect("finite numbers");
        let whole = fold(&here);
        let other = fold(&shuffled);
        prop_assert_eq!(bytes(&whole), bytes(&other));
        prop_assert_eq!(whole.window, other.window);
        let (left, right) = shuffled.split_at(cut.min(shuffled.len()));
        let part = |lines: &[Line]| {
            let mut fold = RowFold::new(&plan(), None);
            lines.iter().zip(1..).for_each(|(line, row)| line.push(&mut fold, row).expect("a row"));
            fold
        };
        let mut merged = part(right);
        merged.merge(part(left)).expect("there is room");
        prop_assert_eq!(bytes(&merged.finish().expect("rows")), bytes(&whole));
    }
}
