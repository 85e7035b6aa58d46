//! The bootstrap of means: its ends lie where scipy's do, within the error of draws, and depend on
//! the values and the seed alone.

use phasegate_stats::one_sample::bca_mean;
use phasegate_stats::summary::SortedRun;
use phasegate_stats::two_sample::bca_difference;
use phasegate_stats::{Alpha, Alternative, Draws, Error, ErrorKind, Note, Outcome, Question};
use proptest::prelude::*;
use serde_json::Value;

const DRAWS: Draws = Draws { seed: 7, count: 999 };

fn run(values: &[f64]) -> SortedRun {
    SortedRun::try_from(values.to_vec()).unwrap()
}

fn given(value: &Value) -> SortedRun {
    let values = value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap());
    SortedRun::try_from(values.collect::<Vec<_>>()).unwrap()
}

/// The generator beside the numbers says how wide the windows are.
#[test]
fn ends_lie_where_those_of_scipy_do() {
    let file = include_str!("../../../fixtures/reference/stats/bootstrap.json");
    let cases: Vec<Value> = serde_json::from_str(file).unwrap();
    for case in &cases {
        let inputs = &case["inputs"];
        let alternative = match case["question"]["alternative"].as_str().unwrap() {
            "less" => Alternative::Less,
            "greater" => Alternative::Greater,
            _ => Alternative::TwoSided,
        };
        let alpha = Alpha::new(case["question"]["alpha"].as_f64().unwrap()).unwrap();
        let question = Question { null: 0.0, alternative, alpha };
        let count = u32::try_from(case["draws"].as_u64().unwrap()).unwrap();
        let draws = Draws { seed: 1, count };
        let outcome = if case["method"] == "bca_mean" {
            bca_mean(&given(&inputs["values"]), &question, draws)
        } else {
            let (b, c) = (given(&inputs["baseline"]), given(&inputs["candidate"]));
            bca_difference(&b, &c, &question, draws)
        };
        let interval = outcome.unwrap().interval.unwrap();
        let ends = [
            ("lower", interval.lower, f64::NEG_INFINITY),
            ("upper", interval.upper, f64::INFINITY),
        ];
        for (name, got, beyond) in ends {
            let Some(window) = case["expect"].get(name) else {
                assert_eq!(got, beyond);
                continue;
            };
            // An end between two resamples of equal value is theirs but for rounding.
            let (low, high) = (window["low"].as_f64().unwrap(), window["high"].as_f64().unwrap());
            assert!(got >= low - 1e-9 && got <= high + 1e-9, "{name} {got} of {case}");
        }
    }
    assert_eq!(cases.len(), 24);
}

#[test]
fn degenerate_data_has_its_defined_answer() {
    let question = Question::differs_from(0.0);
    let kind = |outcome: Result<Outcome, Error>| outcome.unwrap_err().kind();
    let (none, one, tied, two) = (run(&[]), run(&[2.0]), run(&[0.1; 9]), run(&[1.0, 3.0]));
    for few in [&none, &one] {
        assert_eq!(kind(bca_mean(few, &question, DRAWS)), ErrorKind::TooFew);
        assert_eq!(kind(bca_difference(few, &two, &question, DRAWS)), ErrorKind::TooFew);
        assert_eq!(kind(bca_difference(&two, few, &question, DRAWS)), ErrorKind::TooFew);
    }
    assert_eq!(kind(bca_mean(&tied, &question, DRAWS)), ErrorKind::ZeroVariance);
    let outcome = bca_difference(&tied, &tied, &question, DRAWS);
    assert_eq!(kind(outcome), ErrorKind::ZeroVariance);
    assert!(bca_difference(&tied, &two, &question, DRAWS).is_ok());
    let few = Draws { count: 98, ..DRAWS };
    assert_eq!(kind(bca_mean(&two, &question, few)), ErrorKind::OutOfRange);
    let many = run(&(0..20_000).map(f64::from).collect::<Vec<_>>());
    let draws = Draws { seed: 1, count: 1_000_000 };
    assert_eq!(kind(bca_mean(&many, &question, draws)), ErrorKind::TooLarge);
    let huge = run(&[-1.7e308, 1.7e308, 0.0]);
    assert_eq!(kind(bca_mean(&huge, &question, DRAWS)), ErrorKind::TooLarge);
}

#[test]
fn ends_beyond_the_draws_are_infinite() {
    let values = run(&(0..40).map(|i| f64::from(i * i)).collect::<Vec<_>>());
    let question = Question::differs_from(0.0).at(Alpha::new(0.001).unwrap());
    let outcome = bca_mean(&values, &question, Draws { seed: 1, count: 99 }).unwrap();
    let interval = outcome.interval.unwrap();
    assert_eq!((interval.lower, interval.upper), (f64::NEG_INFINITY, f64::INFINITY));
    assert!(outcome.notes.contains(&Note::Unbounded) && outcome.notes.contains(&Note::Randomized));
    let outcome = bca_mean(&values, &Question::differs_from(0.0), DRAWS).unwrap();
    assert!(!outcome.notes.contains(&Note::Unbounded), "{outcome:?}");
    assert!((outcome.p, outcome.null) == (None, None), "{outcome:?}");
}

#[test]
fn draws_depend_on_the_seed_alone() {
    let wave = |count: u32| (0..count).map(|i| f64::from(i * 7919 % 1000)).collect::<Vec<_>>();
    let question = Question::differs_from(0.0);
    let (b, c) = (run(&wave(300)), run(&wave(203)));
    let mut reversed = wave(203);
    reversed.reverse();
    let outcome = bca_difference(&b, &c, &question, DRAWS).unwrap();
    assert_eq!(outcome, bca_difference(&b, &run(&reversed), &question, DRAWS).unwrap());
    let other = bca_difference(&b, &c, &question, Draws { seed: 8, ..DRAWS }).unwrap();
    assert!(outcome.estimate == other.estimate && outcome.interval != other.interval);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// A shift and a stretch of the values move the interval alike.
    #[test]
    fn intervals_move_with_the_values(
        values in prop::collection::vec((-60..60i32).prop_map(f64::from), 2..40),
        shift in -1000..1000i32,
        power in -8..8i32,
    ) {
        let question = Question::differs_from(0.0);
        let factor = f64::from(power).exp2();
        let moved: Vec<_> = values.iter().map(|v| (v + f64::from(shift)) * factor).collect();
        let Ok(one) = bca_mean(&run(&values), &question, DRAWS) else { return Ok(()) };
        let other = bca_mean(&run(&moved), &question, DRAWS).unwrap();
        let (one, other) = (one.interval.unwrap(), other.interval.unwrap());
        for (one, other) in [(one.lower, other.lower), (one.upper, other.upper)] {
            let want = (one + f64::from(shift)) * factor;
            prop_assert!(want == other || (want - other).abs() < 1e-8 * factor, "{want} {other}");
        }
    }

    #[test]
    fn nothing_panics(
        values in prop::collection::vec(any::<f64>(), 0..40),
        alpha in 1e-300..1.0f64,
    ) {
        let finite: Vec<_> = values.into_iter().filter(|value| value.is_finite()).collect();
        let (one, other) = finite.split_at(finite.len() / 2);
        let question = Question::differs_from(0.0).at(Alpha::new(alpha).unwrap());
        let draws = Draws { seed: 0, count: 99 };
        for outcome in [
            bca_mean(&run(one), &question, draws),
            bca_difference(&run(one), &run(other), &question, draws),
        ].into_iter().flatten() {
            let interval = outcome.interval.unwrap();
            prop_assert!(!interval.lower.is_nan() && !interval.upper.is_nan(), "{outcome:?}");
        }
    }
}
