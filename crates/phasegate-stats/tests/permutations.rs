//! Laws of the methods that rearrange the data: intervals and p agree, swapped arms mirror the
//! answer, draws agree with the enumeration and depend on the seed alone.

use phasegate_stats::paired::sign_flip;
use phasegate_stats::summary::{PairedValues, SortedRun};
use phasegate_stats::two_sample::permutation;
use phasegate_stats::{
    Alpha, Alternative, Degenerate, Draws, Error, ErrorKind, Note, Outcome, Question,
};
use proptest::prelude::*;

const DRAWS: Draws = Draws { seed: 7, count: 999 };

fn run(values: &[f64]) -> SortedRun {
    SortedRun::try_from(values.to_vec()).unwrap()
}

fn asked(null: f64, alternative: Alternative, alpha: f64) -> Question {
    Question { null, alternative, alpha: Alpha::new(alpha).unwrap() }
}

fn alternative() -> impl Strategy<Value = Alternative> {
    prop::sample::select(vec![Alternative::TwoSided, Alternative::Less, Alternative::Greater])
}

/// Values on a grid, so that there are ties and sums are exact.
fn values(most: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec((-60..60i32).prop_map(|value| f64::from(value) / 8.0), 1..most)
}

/// The interval excludes the null value exactly where p is at most alpha, but for its ends.
fn agrees(outcome: &Outcome, alpha: f64) {
    let (interval, p, null) =
        (outcome.interval.unwrap(), outcome.p.unwrap(), outcome.null.unwrap());
    assert!(p > 0.0 && p <= 1.0 && outcome.ln_p.unwrap() <= 0.0, "{outcome:?}");
    assert!(interval.lower <= interval.upper || alpha > 0.3, "{outcome:?}");
    let near = |end: f64| (end - null).abs() <= 1e-9;
    if (p - alpha).abs() < 1e-9 || near(interval.lower) || near(interval.upper) {
        return;
    }
    assert_eq!(p < alpha, !interval.contains(null), "{outcome:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn intervals_hold_what_the_test_does_not_reject(
        b in values(30),
        c in values(30),
        null in -9.0..9.0f64,
        alternative in alternative(),
        alpha in 0.001..0.3f64,
    ) {
        let question = asked(null, alternative, alpha);
        agrees(&permutation(&run(&b), &run(&c), &question, DRAWS).unwrap(), alpha);
        let pairs: Vec<_> = b.into_iter().zip(c).collect();
        let pairs = PairedValues::try_from(pairs).unwrap();
        agrees(&sign_flip(&pairs, &question, DRAWS).unwrap(), alpha);
    }

    #[test]
    fn swapped_arms_mirror_what_is_enumerated(
        b in values(9),
        c in values(9),
        null in (-40..40i32).prop_map(|null| f64::from(null) / 8.0),
        alternative in alternative(),
    ) {
        let question = asked(null, alternative, 0.1);
        let back = question.mirrored(-null);
        let one = permutation(&run(&b), &run(&c), &question, DRAWS).unwrap();
        let other = permutation(&run(&c), &run(&b), &back, DRAWS).unwrap();
        prop_assert_eq!(one.p, other.p);
        let (one, other) = (one.interval.unwrap(), other.interval.unwrap().negated());
        let same = |a: f64, b: f64| a == b || (a - b).abs() < 1e-9;
        prop_assert!(same(one.lower, other.lower) && same(one.upper, other.upper));
        let pairs: Vec<_> = b.iter().copied().zip(c.iter().copied()).collect();
        let swapped: Vec<_> = pairs.iter().map(|(b, c)| (*c, *b)).collect();
        let one = sign_flip(&PairedValues::try_from(pairs).unwrap(), &question, DRAWS).unwrap();
        let other = sign_flip(&PairedValues::try_from(swapped).unwrap(), &back, DRAWS).unwrap();
        prop_assert_eq!(one.p, other.p);
    }

    #[test]
    fn nothing_panics(
        values in prop::collection::vec(any::<f64>(), 0..40),
        null in any::<f64>(),
        alternative in alternative(),
        alpha in 1e-300..1.0f64,
    ) {
        let finite: Vec<_> = values.into_iter().filter(|value| value.is_finite()).collect();
        let (one, other) = finite.split_at(finite.len() / 2);
        let question = asked(null, alternative, alpha);
        let draws = Draws { seed: 0, count: 99 };
        let pairs: Vec<_> = one.iter().copied().zip(other.iter().copied()).collect();
        for outcome in [
            permutation(&run(one), &run(other), &question, draws),
            sign_flip(&PairedValues::try_from(pairs).unwrap(), &question, draws),
        ].into_iter().flatten() {
            prop_assert!(outcome.p.is_some_and(|p| p > 0.0 && p <= 1.0), "{outcome:?}");
        }
    }
}

#[test]
fn degenerate_data_has_its_defined_answer() {
    let question = Question::differs_from(0.0);
    let kind = |outcome: Result<Outcome, Error>| outcome.unwrap_err().kind();
    let (none, one) = (run(&[]), run(&[2.0]));
    assert_eq!(kind(permutation(&none, &one, &question, DRAWS)), ErrorKind::TooFew);
    assert_eq!(kind(permutation(&one, &none, &question, DRAWS)), ErrorKind::TooFew);
    assert_eq!(kind(sign_flip(&PairedValues::default(), &question, DRAWS)), ErrorKind::TooFew);
    let few = Draws { count: 98, ..DRAWS };
    assert_eq!(kind(permutation(&one, &one, &question, few)), ErrorKind::OutOfRange);
    for count in [3, 300] {
        let tied = run(&vec![2.0; count]);
        let pairs = PairedValues::try_from(vec![(2.0, 2.0); count]).unwrap();
        for outcome in [
            permutation(&tied, &tied, &question, DRAWS).unwrap(),
            sign_flip(&pairs, &question, DRAWS).unwrap(),
        ] {
            assert_eq!((outcome.p, outcome.degenerate), (Some(1.0), Some(Degenerate::AllTied)));
        }
    }
    let outcome = permutation(&one, &run(&[3.0]), &question, DRAWS).unwrap();
    assert_eq!(outcome.p, Some(1.0));
    assert!(outcome.notes.contains(&Note::Unbounded), "{outcome:?}");
    let huge = run(&[-1.7e308, 1.7e308]);
    assert_eq!(kind(permutation(&huge, &huge, &question, DRAWS)), ErrorKind::TooLarge);
}

/// Draws estimate what Student's t says of many values, and the same seed gives the same bytes.
#[test]
fn draws_depend_on_the_seed_alone() {
    let wave = |count: u32, shift: f64| -> Vec<f64> {
        (0..count).map(|i| f64::from(i * 7919 % 1000) / 100.0 + shift).collect()
    };
    let (b, c) = (wave(400, 0.0), wave(300, 0.45));
    let question = Question::differs_from(0.0);
    let draws = Draws { seed: 11, count: 9_999 };
    let outcome = permutation(&run(&b), &run(&c), &question, draws).unwrap();
    assert_eq!(outcome, permutation(&run(&b), &run(&c), &question, draws).unwrap());
    let mut moments = [phasegate_stats::summary::Moments::default(); 2];
    for (moments, values) in moments.iter_mut().zip([&b, &c]) {
        phasegate_stats::summary::Summary::update_slice(moments, values).unwrap();
    }
    let [baseline, candidate] = moments;
    let welch = phasegate_stats::two_sample::welch(&baseline, &candidate, &question).unwrap();
    assert!((outcome.p.unwrap() - welch.p.unwrap()).abs() < 0.01, "{outcome:?} {welch:?}");
    let (one, other) = (outcome.interval.unwrap(), welch.interval.unwrap());
    assert!((one.lower - other.lower).abs() < 0.03 && (one.upper - other.upper).abs() < 0.03);
    assert!(outcome.notes.contains(&Note::Randomized));

    let pairs: Vec<_> = b.iter().copied().zip(c.into_iter().rev()).collect();
    let pairs = PairedValues::try_from(pairs).unwrap();
    let outcome = sign_flip(&pairs, &question, draws).unwrap();
    assert_eq!(outcome, sign_flip(&pairs, &question, draws).unwrap());
    let other = sign_flip(&pairs, &question, Draws { seed: 12, ..draws }).unwrap();
    let (one, other) = (outcome.interval.unwrap(), other.interval.unwrap());
    assert!(one != other && (one.lower - other.lower).abs() < 0.05, "{one:?} {other:?}");
}
