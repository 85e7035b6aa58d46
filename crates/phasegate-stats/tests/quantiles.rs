//! Laws of the methods on quantiles: intervals and p agree, swapped arms mirror the answer, buckets
//! only widen it, units do not matter.

use phasegate_stats::anytime::{Target, quantile_sequence};
use phasegate_stats::one_sample::quantile_interval;
use phasegate_stats::paired::{paired_quantile_difference, paired_quantile_ratio};
use phasegate_stats::summary::{
    ClassicHistogram, LogHistogram, PairedValues, Ranked, SortedRun, Summary,
};
use phasegate_stats::two_sample::{quantile_difference, quantile_ratio};
use phasegate_stats::{Alpha, Alternative, Degenerate, ErrorKind, Note, Outcome, Question};
use proptest::prelude::*;

fn run(values: &[f64]) -> SortedRun {
    SortedRun::try_from(values.to_vec()).unwrap()
}

fn asked(null: f64, alternative: Alternative, alpha: f64) -> Question {
    Question { null, alternative, alpha: Alpha::new(alpha).unwrap() }
}

/// The interval excludes the null value exactly where p is below alpha.
fn agrees(outcome: &Outcome, alpha: f64) {
    let (interval, p, null) =
        (outcome.interval.unwrap(), outcome.p.unwrap(), outcome.null.unwrap());
    assert!(p > 0.0 && p <= 1.0 && outcome.ln_p.unwrap() <= 0.0, "{outcome:?}");
    assert!(interval.lower <= interval.upper, "{outcome:?}");
    let near = |end: f64| (end - null).abs() <= 1e-12 * (1.0 + null.abs());
    if (p - alpha).abs() < 1e-9 || near(interval.lower) || near(interval.upper) {
        return;
    }
    assert_eq!(p < alpha, !interval.contains(null), "{outcome:?}");
}

fn same(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-9 * a.abs()
}

fn alternative() -> impl Strategy<Value = Alternative> {
    prop::sample::select(vec![Alternative::TwoSided, Alternative::Less, Alternative::Greater])
}

/// Positive values with ties.
fn values() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec((1u32..400).prop_map(|value| f64::from(value) / 8.0), 1..80)
}

proptest! {
    #[test]
    fn intervals_are_sound(
        values in values(),
        quantile in 0.02..0.98f64,
        null in 0.0..50.0f64,
        alternative in alternative(),
        alpha in 0.001..0.4f64,
    ) {
        let question = asked(null, alternative, alpha);
        let values_run = run(&values);
        let outcome = quantile_interval(&values_run, quantile, &question).unwrap();
        agrees(&outcome, alpha);
        // Mirrored values mirror the answer; the order statistics of 1 - q are those of q from
        // above.
        let negated: Vec<_> = values.iter().map(|value| -value).collect();
        let mirrored = quantile_interval(
            &run(&negated),
            1.0 - quantile,
            &asked(-null, alternative.mirrored(), alpha),
        )
        .unwrap();
        prop_assert!(
            same(outcome.ln_p.unwrap() - 1.0, mirrored.ln_p.unwrap() - 1.0),
            "{outcome:?} {mirrored:?}"
        );
        let (one, other) = (outcome.interval.unwrap(), mirrored.interval.unwrap().negated());
        prop_assert!(one.lower == other.lower && one.upper == other.upper, "{one:?} {other:?}");
        // What buckets leave open only widens the interval and raises p.
        let mut log = LogHistogram::new(2, 0.0).unwrap();
        log.update_slice(&values).unwrap();
        let mut classic = ClassicHistogram::new(&[1.0, 5.0, 20.0]).unwrap();
        classic.update_slice(&values).unwrap();
        for bucketed in [
            quantile_interval(&log, quantile, &question).unwrap(),
            quantile_interval(&classic, quantile, &question).unwrap(),
        ] {
            agrees(&bucketed, alpha);
            let wide = bucketed.interval.unwrap();
            prop_assert!(wide.lower <= one.lower && one.upper <= wide.upper, "{wide:?} {one:?}");
            prop_assert!(bucketed.ln_p.unwrap() >= outcome.ln_p.unwrap() - 1e-9);
        }
    }

    #[test]
    fn differences_are_sound(
        b in values(),
        c in values(),
        quantile in 0.02..0.98f64,
        null in 0.05..3.0f64,
        alternative in alternative(),
        alpha in 0.001..0.4f64,
    ) {
        let question = asked(null, alternative, alpha);
        let (rb, rc) = (run(&b), run(&c));
        let (mut lb, mut lc) =
            (LogHistogram::new(3, 0.0).unwrap(), LogHistogram::new(3, 0.0).unwrap());
        lb.update_slice(&b).unwrap();
        lc.update_slice(&c).unwrap();
        let exact = [
            quantile_difference(&rb, &rc, quantile, &question).unwrap(),
            quantile_ratio(&rb, &rc, quantile, &question).unwrap(),
        ];
        let bucketed = [
            quantile_difference(&lb, &lc, quantile, &question).unwrap(),
            quantile_ratio(&lb, &lc, quantile, &question).unwrap(),
        ];
        let swapped = [
            quantile_difference(&rc, &rb, quantile, &asked(-null, alternative.mirrored(), alpha))
                .unwrap(),
            quantile_ratio(&rc, &rb, quantile, &asked(1.0 / null, alternative.mirrored(), alpha))
                .unwrap(),
        ];
        for ((exact, bucketed), swapped) in exact.iter().zip(&bucketed).zip(&swapped) {
            agrees(exact, alpha);
            agrees(bucketed, alpha);
            let (one, wide, back) =
                (exact.interval.unwrap(), bucketed.interval.unwrap(), swapped.interval.unwrap());
            // Weights that sum to alpha but for rounding may cut at the neighbor; a little slack in
            // alpha covers that.
            let slack = |alpha: f64| {
                let question = asked(null, alternative, alpha);
                let outcome = if exact.method == "quantile_ratio" {
                    quantile_ratio(&rb, &rc, quantile, &question)
                } else {
                    quantile_difference(&rb, &rc, quantile, &question)
                };
                outcome.unwrap().interval.unwrap()
            };
            let inner = slack(alpha * (1.0 + 1e-9));
            prop_assert!(
                wide.lower <= inner.lower && inner.upper <= wide.upper,
                "{wide:?} {one:?}"
            );
            prop_assert!(bucketed.ln_p.unwrap() >= exact.ln_p.unwrap() - 1e-9);
            let (lower, upper) = if exact.method == "quantile_ratio" {
                (1.0 / back.upper, 1.0 / back.lower)
            } else {
                (-back.upper, -back.lower)
            };
            let outer = slack(alpha * (1.0 - 1e-9));
            prop_assert!(
                outer.lower <= lower * (1.0 + 1e-12 * lower.signum())
                    && lower * (1.0 - 1e-12 * lower.signum()) <= inner.lower
                    || lower.is_infinite() && outer.lower == lower,
                "{lower} {outer:?} {inner:?}"
            );
            prop_assert!(
                inner.upper <= upper * (1.0 + 1e-12 * upper.signum())
                    && upper * (1.0 - 1e-12 * upper.signum()) <= outer.upper
                    || upper.is_infinite() && outer.upper == upper,
                "{upper} {outer:?} {inner:?}"
            );
        }
    }

    #[test]
    fn pairs_are_sound(
        pairs in prop::collection::vec((1u32..400, 1u32..400), 1..80),
        noise in 0.0..1.0f64,
        quantile in 0.02..0.98f64,
        null in 0.05..3.0f64,
        alternative in alternative(),
        alpha in 0.001..0.4f64,
    ) {
        let mix = |a: u32, b: u32| (f64::from(a) * (1.0 - noise) + f64::from(b) * noise) / 8.0;
        let pairs: Vec<_> =
            pairs.into_iter().map(|(a, b)| (f64::from(a) / 8.0, mix(a, b))).collect();
        let values = PairedValues::try_from(pairs).unwrap();
        let question = asked(null, alternative, alpha);
        agrees(&paired_quantile_difference(&values, quantile, &question).unwrap(), alpha);
        agrees(&paired_quantile_ratio(&values, quantile, &question).unwrap(), alpha);
    }

    #[test]
    fn nothing_panics(
        values in prop::collection::vec(any::<f64>(), 0..20),
        quantile in any::<f64>(),
        share in 0.0..1.0f64,
        null in any::<f64>(),
        alpha in 1e-300..1.0f64,
    ) {
        let finite: Vec<_> = values.into_iter().filter(|value| value.is_finite()).collect();
        let (one, other) = finite.split_at(finite.len() / 2);
        let both = PairedValues::try_from(
            one.iter().copied().zip(other.iter().copied()).collect::<Vec<_>>(),
        )
        .unwrap();
        let (one, other) = (run(one), run(other));
        let mut log = LogHistogram::new(8, 0.0).unwrap();
        log.update_slice(&finite).unwrap();
        for alternative in [Alternative::TwoSided, Alternative::Less, Alternative::Greater] {
            for quantile in [quantile, share] {
                let question = asked(null, alternative, alpha);
                let outcomes = [
                    quantile_interval(&one, quantile, &question),
                    quantile_interval(&log, quantile, &question),
                    quantile_difference(&one, &other, quantile, &question),
                    quantile_difference(&one, &log, quantile, &question),
                    quantile_ratio(&one, &other, quantile, &question),
                    quantile_ratio(&log, &other, quantile, &question),
                    paired_quantile_difference(&both, quantile, &question),
                    paired_quantile_ratio(&both, quantile, &question),
                ];
                for outcome in outcomes.into_iter().flatten() {
                    prop_assert!(
                        outcome.p.is_some_and(|p| (0.0..=1.0).contains(&p)),
                        "{outcome:?}"
                    );
                    let interval = outcome.interval.unwrap();
                    prop_assert!(interval.lower <= interval.upper, "{outcome:?}");
                }
            }
        }
    }
}

#[test]
fn degenerate_data_has_its_defined_answer() {
    let question = Question::differs_from(1.0);
    let (none, one) = (run(&[]), run(&[2.0]));
    let kind = |outcome: Result<Outcome, phasegate_stats::Error>| outcome.unwrap_err().kind();
    assert_eq!(kind(quantile_interval(&none, 0.5, &question)), ErrorKind::TooFew);
    assert_eq!(kind(quantile_difference(&none, &one, 0.5, &question)), ErrorKind::TooFew);
    assert_eq!(kind(quantile_ratio(&one, &none, 0.5, &question)), ErrorKind::TooFew);
    for quantile in [0.0, 1.0, f64::NAN] {
        assert_eq!(kind(quantile_interval(&one, quantile, &question)), ErrorKind::OutOfRange);
        assert_eq!(
            kind(quantile_difference(&one, &one, quantile, &question)),
            ErrorKind::OutOfRange
        );
    }
    assert_eq!(
        kind(quantile_ratio(&run(&[-1.0, 2.0]), &one, 0.5, &question)),
        ErrorKind::OutOfRange
    );
    // One value bounds nothing.
    for outcome in
        [quantile_interval(&one, 0.5, &question), quantile_difference(&one, &one, 0.5, &question)]
    {
        let outcome = outcome.unwrap();
        let interval = outcome.interval.unwrap();
        assert_eq!((interval.lower, interval.upper), (f64::NEG_INFINITY, f64::INFINITY));
        assert!(outcome.notes.contains(&Note::Unbounded));
    }
    let empty = PairedValues::default();
    assert_eq!(kind(paired_quantile_difference(&empty, 0.5, &question)), ErrorKind::TooFew);
    assert_eq!(kind(paired_quantile_ratio(&empty, 0.5, &question)), ErrorKind::TooFew);
    // Values that are all equal differ by nothing, surely.
    let tied = run(&[3.0; 500]);
    let outcome = quantile_difference(&tied, &tied, 0.5, &Question::differs_from(0.0)).unwrap();
    let interval = outcome.interval.unwrap();
    assert_eq!((interval.lower, interval.upper, outcome.p), (0.0, 0.0, Some(1.0)));
    tied_values_are_marked(&tied);
    let zeros = run(&[0.0; 500]);
    let outcome = quantile_ratio(&zeros, &tied, 0.5, &question).unwrap();
    assert_eq!((outcome.estimate, outcome.interval.unwrap().upper), (None, f64::INFINITY));
}

/// Values that all are what the null value says are no evidence of anything; against any other
/// null value the same values have an ordinary answer.
fn tied_values_are_marked(threes: &SortedRun) {
    type Method<'a> = &'a dyn Fn(&Question) -> Result<Outcome, phasegate_stats::Error>;
    let pairs = |ratio: f64| {
        let pairs = (1..=700).map(|i| (f64::from(i), ratio * f64::from(i)));
        PairedValues::try_from(pairs.collect::<Vec<_>>()).unwrap()
    };
    let (same, twice) = (pairs(1.0), pairs(2.0));
    let mut bucket = LogHistogram::new(3, 0.0).unwrap();
    bucket.update_slice(&[3.0; 500]).unwrap();
    let sixes = run(&[6.0; 40]);
    let target = |question| Target::new(question, 100).unwrap();
    let methods: [(f64, f64, Method<'_>); 10] = [
        (3.0, 1.0, &|question| quantile_interval(threes, 0.5, question)),
        (3.0, 1.0, &|question| quantile_interval(&bucket, 0.5, question)),
        (3.0, 1.0, &|question| quantile_sequence(threes, 0.5, &target(*question))),
        (3.0, 1.0, &|question| quantile_difference(threes, &sixes, 0.5, question)),
        (2.0, 1.0, &|question| quantile_ratio(threes, &sixes, 0.5, question)),
        (0.0, 1.0, &|question| quantile_difference(&bucket, &bucket, 0.5, question)),
        (0.0, 1.0, &|question| quantile_difference(&bucket, threes, 0.5, question)),
        (0.0, 0.5, &|question| paired_quantile_difference(&same, 0.5, question)),
        (1.0, 0.5, &|question| paired_quantile_ratio(&same, 0.9999, question)),
        (2.0, 0.5, &|question| paired_quantile_ratio(&twice, 0.5, question)),
    ];
    for (index, (null, least_p, method)) in methods.into_iter().enumerate() {
        for alternative in [Alternative::TwoSided, Alternative::Less, Alternative::Greater] {
            let outcome = method(&asked(null, alternative, 0.05)).unwrap();
            let least_p = if alternative == Alternative::TwoSided { 1.0 } else { least_p };
            assert_eq!(outcome.degenerate, Some(Degenerate::AllTied), "{index}: {outcome:?}");
            assert!(outcome.p.unwrap() >= least_p - 1e-12, "{index}: {outcome:?}");
            let other = method(&asked(null + 1.0, alternative, 0.05)).unwrap();
            assert_eq!(other.degenerate, None, "{index}: {other:?}");
        }
    }
}

/// A histogram of a billion values answers, and much as the law of large numbers says.
#[test]
fn a_billion_values_are_no_burden() {
    let counts = [(0, 500_000_000), (8, 450_000_000), (9, 40_000_000), (16, 10_000_000)];
    let histogram = LogHistogram::from_buckets(3, 0.0, 0, counts.into(), [].into()).unwrap();
    assert_eq!(Ranked::count(&histogram), 1_000_000_000);
    let question = Question::differs_from(2.0);
    let outcome = quantile_interval(&histogram, 0.9, &question).unwrap();
    let interval = outcome.interval.unwrap();
    assert!(interval.upper == 2.0 && interval.lower > 1.8);
    let outcome =
        quantile_difference(&histogram, &histogram, 0.9, &Question::differs_from(0.0)).unwrap();
    assert!(outcome.interval.unwrap().contains(0.0) && outcome.notes.contains(&Note::Bucketed));
}

/// What is the same on every item but for a factor has that factor at every quantile.
#[test]
fn a_common_factor_is_certain() {
    let pairs: Vec<_> = (1..=700).map(|i| (f64::from(i), 1.25 * f64::from(i))).collect();
    let values = PairedValues::try_from(pairs).unwrap();
    for quantile in [0.1, 0.5, 0.95] {
        let outcome =
            paired_quantile_ratio(&values, quantile, &Question::differs_from(1.0)).unwrap();
        let interval = outcome.interval.unwrap();
        assert_eq!((interval.lower, interval.upper), (1.25, 1.25));
        assert!(outcome.p.unwrap() < 1e-9);
    }
}
