//! Laws of the methods on ranks: intervals and p agree, swapped arms mirror the answer, what does
//! not change the order changes nothing.

use phasegate_stats::summary::SortedRun;
use phasegate_stats::two_sample::{RankReference, hodges_lehmann, mann_whitney};
use phasegate_stats::{Alpha, Alternative, Degenerate, Error, ErrorKind, Note, Outcome, Question};
use proptest::prelude::*;

fn run(values: &[f64]) -> SortedRun {
    SortedRun::try_from(values.to_vec()).unwrap()
}

fn asked(null: f64, alternative: Alternative, alpha: f64) -> Question {
    Question { null, alternative, alpha: Alpha::new(alpha).unwrap() }
}

fn alternative() -> impl Strategy<Value = Alternative> {
    prop::sample::select(vec![Alternative::TwoSided, Alternative::Less, Alternative::Greater])
}

fn reference() -> impl Strategy<Value = RankReference> {
    use RankReference::{Automatic, Exact, Normal};
    prop::sample::select(vec![Automatic, Exact, Normal])
}

/// Values on a grid, so that there are ties and sums are exact.
fn values() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec((-100..100i32).prop_map(|value| f64::from(value) / 8.0), 1..20)
}

fn same(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-12 * (1.0 + a.abs())
}

proptest! {
    #[test]
    fn swapped_arms_mirror_the_answer(
        b in values(),
        c in values(),
        null in (-80..80i32).prop_map(|null| f64::from(null) / 8.0),
        alternative in alternative(),
        reference in reference(),
        alpha in 0.001..0.4f64,
    ) {
        let (b, c) = (run(&b), run(&c));
        let question = asked(null, alternative, alpha);
        let back = question.mirrored(-null);
        let even = asked(0.5, alternative, alpha);
        let one = mann_whitney(&b, &c, &even, reference).unwrap();
        let other = mann_whitney(&c, &b, &even.mirrored(0.5), reference).unwrap();
        prop_assert!(same(one.estimate.unwrap(), 1.0 - other.estimate.unwrap()));
        prop_assert!(same(one.ln_p.unwrap(), other.ln_p.unwrap()), "{one:?} {other:?}");
        let one = hodges_lehmann(&b, &c, &question, reference).unwrap();
        let other = hodges_lehmann(&c, &b, &back, reference).unwrap();
        prop_assert_eq!(one.estimate.unwrap(), 0.0 - other.estimate.unwrap());
        prop_assert!(same(one.ln_p.unwrap(), other.ln_p.unwrap()), "{one:?} {other:?}");
        prop_assert_eq!(one.interval.unwrap(), other.interval.unwrap().negated());
    }

    #[test]
    fn the_interval_holds_what_the_test_does_not_reject(
        b in values(),
        c in values(),
        // Never a difference of two values of the grid: there the interval is closed.
        null in (-200..200i32).prop_map(|null| f64::from(null) / 8.0 + 1.0 / 16.0),
        alternative in alternative(),
        reference in reference(),
        alpha in 0.001..0.4f64,
    ) {
        let question = asked(null, alternative, alpha);
        let outcome = hodges_lehmann(&run(&b), &run(&c), &question, reference).unwrap();
        let (p, interval) = (outcome.p.unwrap(), outcome.interval.unwrap());
        prop_assert!((0.0..=1.0).contains(&p) && interval.lower <= interval.upper, "{outcome:?}");
        prop_assume!((p - alpha).abs() > 1e-9);
        prop_assert_eq!(p < alpha, !interval.contains(null), "{:?}", outcome);
    }

    #[test]
    fn only_the_order_matters(
        b in values(),
        c in values(),
        alternative in alternative(),
        reference in reference(),
    ) {
        let question = asked(0.5, alternative, 0.05);
        let stretched = |values: &[f64]| -> SortedRun {
            run(&values.iter().map(|value| value * value * value + 7.0).collect::<Vec<_>>())
        };
        let one = mann_whitney(&run(&b), &run(&c), &question, reference).unwrap();
        let other = mann_whitney(&stretched(&b), &stretched(&c), &question, reference).unwrap();
        prop_assert_eq!(one, other);
    }

    #[test]
    fn nothing_panics(
        values in prop::collection::vec(any::<f64>(), 0..30),
        null in any::<f64>(),
        alternative in alternative(),
        reference in reference(),
        alpha in 1e-300..1.0f64,
    ) {
        let finite: Vec<_> = values.into_iter().filter(|value| value.is_finite()).collect();
        let (one, other) = finite.split_at(finite.len() / 2);
        let question = asked(null, alternative, alpha);
        for outcome in [
            mann_whitney(&run(one), &run(other), &Question { null: 0.5, ..question }, reference),
            hodges_lehmann(&run(one), &run(other), &question, reference),
        ].into_iter().flatten() {
            prop_assert!(outcome.p.is_some_and(|p| (0.0..=1.0).contains(&p)), "{outcome:?}");
            prop_assert!(outcome.ln_p.unwrap() <= 0.0);
        }
    }
}

#[test]
fn degenerate_data_has_its_defined_answer() {
    let (none, one) = (run(&[]), run(&[2.0]));
    let question = Question::differs_from(0.0);
    let even = Question::differs_from(0.5);
    let kind = |outcome: Result<Outcome, Error>| outcome.unwrap_err().kind();
    assert_eq!(
        kind(mann_whitney(&one, &one, &question, RankReference::Normal)),
        ErrorKind::Mismatch
    );
    for reference in [RankReference::Exact, RankReference::Normal] {
        assert_eq!(kind(mann_whitney(&none, &one, &even, reference)), ErrorKind::TooFew);
        assert_eq!(kind(hodges_lehmann(&one, &none, &question, reference)), ErrorKind::TooFew);
        let tied = run(&[2.0; 9]);
        for outcome in [
            mann_whitney(&tied, &tied, &even, reference).unwrap(),
            hodges_lehmann(&tied, &tied, &question, reference).unwrap(),
        ] {
            assert_eq!((outcome.p, outcome.degenerate), (Some(1.0), Some(Degenerate::AllTied)));
        }
        let outcome = hodges_lehmann(&one, &one, &question, reference).unwrap();
        assert!(outcome.notes.contains(&Note::Unbounded), "{outcome:?}");
    }
    let greater = Question::greater_than(0.5);
    let outcome = mann_whitney(&one, &one, &greater, RankReference::Normal).unwrap();
    assert_eq!(outcome.p, Some(0.5));
    let null = Question::differs_from(f64::NAN);
    assert_eq!(
        kind(hodges_lehmann(&one, &one, &null, RankReference::default())),
        ErrorKind::NonFinite
    );
    let huge = run(&[-1.7e308, 1.7e308]);
    assert_eq!(
        kind(hodges_lehmann(&huge, &huge, &question, RankReference::default())),
        ErrorKind::TooLarge
    );
    let many = run(&(0..2000).map(f64::from).collect::<Vec<_>>());
    assert_eq!(kind(mann_whitney(&many, &many, &even, RankReference::Exact)), ErrorKind::TooLarge);
}

/// The tail goes on far below the smallest double; the ends of a shift of many values are those of
/// the sorted matrix.
#[test]
fn many_values_are_no_burden() {
    let ascending =
        |from: u32, count: u32| run(&(from..from + count).map(f64::from).collect::<Vec<_>>());
    let (baseline, candidate) = (ascending(0, 20_000), ascending(100_000, 30_000));
    let question = Question::differs_from(0.5);
    let outcome = mann_whitney(&baseline, &candidate, &question, RankReference::Automatic).unwrap();
    assert_eq!((outcome.estimate, outcome.p), (Some(1.0), Some(0.0)));
    // mpmath 1.4.1: n, m = 20000, 30000; z = (mpf(n*m)/2 - 0.5) / sqrt(mpf(n*m)*(n+m+1)/12);
    // log(erfc(z / sqrt(2)))
    let want = -18_005.111_393_437_26;
    assert!((outcome.ln_p.unwrap() / want - 1.0).abs() < 1e-12, "{:?}", outcome.ln_p);
    let outcome =
        hodges_lehmann(&baseline, &candidate, &question, RankReference::Automatic).unwrap();
    // The differences are symmetric about 100,000 + (29,999 - 19,999) / 2.
    assert_eq!(outcome.estimate, Some(105_000.0));
    let interval = outcome.interval.unwrap();
    assert_eq!(interval.lower + interval.upper, 210_000.0);
}
