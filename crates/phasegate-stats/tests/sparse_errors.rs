//! Sparse errors: Kayenta's judge beside a test of counts that may be looked at always, on the same
//! seeded data. `docs/sparse-errors.md` has the table; `PHASEGATE_MEASURE_TESTS` measures it anew.

use crate::calibration::{Claim, Draw, check_each};
use phasegate_stats::Question;
use phasegate_stats::anytime::{Target, event_ratio_sequence};
use phasegate_stats::judge::{
    Classification, JudgeRules, JudgedMetric, MetricRules, kayenta_judge,
};

/// How many intervals are observed.
const INTERVALS: usize = 60;

/// How many samples the table was measured from.
const SAMPLES: u64 = 10_000;

/// Errors of both arms in each interval, of independent arms with equal traffic.
fn errors(draw: &mut Draw, rates: [f64; 2]) -> Vec<[u64; 2]> {
    (0..INTERVALS).map(|_| rates.map(|rate| draw.poisson(rate))).collect()
}

/// Whether the judge calls the candidate's errors high at the end of all intervals.
fn judged(errors: &[[u64; 2]]) -> bool {
    let of = |arm: usize| errors.iter().map(|seen| seen[arm] as f64).collect();
    let metric = JudgedMetric {
        name: "errors".to_owned(),
        groups: vec!["all".to_owned()],
        baseline: of(0),
        candidate: of(1),
        rules: MetricRules::default(),
    };
    let judgement = kayenta_judge(&[metric], &JudgeRules::new(95.0, 75.0)).unwrap();
    judgement.metrics[0].classification == Classification::High
}

/// At which interval more errors than the baseline's are proved, looking after each.
fn watched(errors: &[[u64; 2]]) -> Option<usize> {
    let target = Target::new(Question::greater_than(1.0).at(alpha()), 20).unwrap();
    let mut total = [0; 2];
    errors.iter().position(|seen| {
        total = [total[0] + seen[0], total[1] + seen[1]];
        let outcome = event_ratio_sequence(total[0], total[1], 0.5, &target).unwrap();
        outcome.p.is_some_and(|p| p <= alpha().get())
    })
}

fn alpha() -> phasegate_stats::Alpha {
    phasegate_stats::Alpha::TWO_PERCENT
}

/// Errors an interval of baseline and candidate, and how often each says that there are more:
/// measured by this test.
const TABLE: [([f64; 2], f64, f64); 11] = [
    ([0.0, 0.3], 0.0, 0.997),
    ([0.0, 0.5], 0.0, 1.0),
    ([0.05, 0.5], 0.0, 0.99),
    ([0.05, 1.0], 0.504, 1.0),
    ([0.2, 1.0], 0.178, 0.999),
    ([1.0, 2.0], 0.384, 0.914),
    ([5.0, 7.0], 0.82, 0.865),
    ([0.05, 0.05], 0.0, 0.001),
    ([0.2, 0.2], 0.0, 0.008),
    ([1.0, 1.0], 0.0, 0.009),
    ([5.0, 5.0], 0.0, 0.005),
];

#[test]
fn sparse_errors_are_seen_by_counting_and_not_by_ranks() {
    for (rates, by_judge, by_count) in TABLE {
        let [baseline, candidate] = rates;
        let what = format!("{baseline} to {candidate} errors an interval");
        let (of_judge, of_count) = (format!("{what}, judge"), format!("{what}, count"));
        let claims = [Claim::Measured(by_judge, SAMPLES), Claim::Measured(by_count, SAMPLES)];
        let mut intervals = Vec::new();
        check_each([&of_judge, &of_count], 100, [&claims[0], &claims[1]], |draw| {
            let errors = errors(draw, rates);
            let proved = watched(&errors);
            intervals.extend(proved);
            [judged(&errors), proved.is_some()]
        });
        intervals.sort_unstable();
        if let Some(median) = intervals.get(intervals.len() / 2) {
            println!("{what}: proved at interval {}, the median", median + 1);
        }
    }
}

/// The error probability of the count holds, however many looks.
#[test]
fn without_a_difference_the_count_keeps_its_level() {
    for (rates, _, by_count) in TABLE.into_iter().filter(|(rates, ..)| rates[0] == rates[1]) {
        assert!(by_count <= alpha().get(), "{rates:?}");
    }
}
