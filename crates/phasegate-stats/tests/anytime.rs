//! Anytime-valid methods: values against other sources, and the laws of evidence.

use phasegate_stats::anytime::{
    Arm, Arms, Bernoulli, CategoryCounts, Target, Watch, bernoulli_sequence, event_ratio_sequence,
    mcnemar_sequence, mean_contrast_sequence, mean_sequence, multinomial_sequence,
    paired_mean_sequence, paired_t_sequence, pooled_t_sequence, quantile_sequence, share_intervals,
    t_sequence,
};
use phasegate_stats::summary::{
    LogHistogram, Moments, Pair, PairMoments, PairTally, SortedRun, Summary, Tally,
};
use phasegate_stats::{Alpha, Alternative, Degenerate, Error, ErrorKind, Note, Outcome, Question};
use proptest::prelude::*;
use serde_json::Value;

use crate::reference::compare;

fn target(null: f64, alternative: Alternative, planned: u64) -> Target {
    let question = Question { null, alternative, alpha: Alpha::FIVE_PERCENT };
    Target::new(question, planned).unwrap()
}

fn target_of(value: &Value) -> Target {
    let alternative = match value["alternative"].as_str().unwrap() {
        "two-sided" => Alternative::TwoSided,
        "less" => Alternative::Less,
        "greater" => Alternative::Greater,
        other => panic!("unknown alternative {other}"),
    };
    let alpha = Alpha::new(value["alpha"].as_f64().unwrap()).unwrap();
    let null = value["null"].as_f64().unwrap();
    Target::new(Question { null, alternative, alpha }, value["planned"].as_u64().unwrap())
        .unwrap()
        .starting_at(value["first"].as_u64().unwrap())
}

fn run(method: &str, inputs: &Value, target: &Target) -> Result<Outcome, Error> {
    let count = |name: &str| inputs[name].as_u64().unwrap();
    let number = |name: &str| inputs[name].as_f64().unwrap();
    let moments = |arm: &str| {
        Moments::from_parts(
            count(&format!("{arm}count")),
            number(&format!("{arm}mean")),
            number(&format!("{arm}squares")),
        )
    };
    let arms = || Ok::<_, Error>((moments("baseline_")?, moments("candidate_")?));
    match method {
        "bernoulli_sequence" => {
            bernoulli_sequence(&Tally::new(count("successes"), count("trials"))?, target)
        }
        "mcnemar_sequence" => {
            let pairs = PairTally::new(
                count("both"),
                count("only_baseline"),
                count("only_candidate"),
                count("neither"),
            )?;
            mcnemar_sequence(&pairs, target)
        }
        "event_ratio_sequence" => event_ratio_sequence(
            count("baseline_events"),
            count("candidate_events"),
            number("share"),
            target,
        ),
        "multinomial_sequence" => {
            let list = |name: &str| inputs[name].as_array().unwrap().iter();
            let counts: Vec<_> = list("counts").map(|count| count.as_u64().unwrap()).collect();
            let shares: Vec<_> = list("shares").map(|share| share.as_f64().unwrap()).collect();
            multinomial_sequence(&counts, &shares, target)
        }
        "quantile_sequence" => {
            let values: Vec<_> = (1..=count("count")).map(|value| value as f64).collect();
            quantile_sequence(&SortedRun::try_from(values)?, number("quantile"), target)
        }
        "mean_sequence" => mean_sequence(&moments("")?, target),
        "t_sequence" => t_sequence(&moments("")?, target),
        "pooled_t_sequence" => {
            let (baseline, candidate) = arms()?;
            pooled_t_sequence(&baseline, &candidate, target)
        }
        "mean_contrast_sequence" => {
            let (baseline, candidate) = arms()?;
            mean_contrast_sequence(&baseline, &candidate, number("ratio"), target)
        }
        other => panic!("unknown method {other}"),
    }
}

/// Every value that a case expects, to 1e-11 of its size or of 1; the generator names the sources.
#[test]
fn values_are_those_of_other_sources() {
    let file = include_str!("../../../fixtures/reference/stats/anytime.json");
    let cases: Vec<Value> = serde_json::from_str(file).unwrap();
    let mut faults = Vec::new();
    for case in &cases {
        let method = case["method"].as_str().unwrap();
        let what = format!("{method} {} {}", case["inputs"], case["target"]);
        let outcome = run(method, &case["inputs"], &target_of(&case["target"])).unwrap();
        assert_eq!(outcome.method, method);
        // Ends of intervals keep their relative digits, sums of logarithms their absolute ones.
        compare(&what, &outcome, &case["expect"], &mut faults, |name, want| {
            1e-11 * if name.starts_with("ln") { want.abs().max(1.0) } else { want.abs() }
        });
    }
    assert!(faults.is_empty(), "{} of {} cases:\n{}", faults.len(), cases.len(), faults.join("\n"));
    assert!(cases.len() > 40, "only {} cases", cases.len());
}

/// However strong the improvement, a one-sided watch for harm has less evidence than nothing.
#[test]
fn a_strong_improvement_never_fires() {
    let quiet = |what: &str, outcome: Result<Outcome, Error>| {
        let outcome = outcome.unwrap();
        assert_eq!(outcome.p, Some(1.0), "{what}");
        assert!(outcome.ln_e.unwrap() <= 0.0, "{what}: {:?}", outcome.ln_e);
    };
    let harm = |null: f64| target(null, Alternative::Greater, 1000);
    for n in [1, 10, 1000, 1_000_000, 1_000_000_000] {
        let none = Tally::new(0, n).unwrap();
        quiet("bernoulli", bernoulli_sequence(&none, &harm(0.1)));
        let pairs = PairTally::new(0, 0, n, 0).unwrap();
        quiet("mcnemar", mcnemar_sequence(&pairs, &target(0.5, Alternative::Less, 100)));
        quiet("events", event_ratio_sequence(n, 0, 0.5, &harm(1.0)));
        let squares = (n - 1) as f64;
        let values = Moments::from_parts(n, -1e6, squares).unwrap();
        let steady = Moments::from_parts(n, 0.0, squares).unwrap();
        if n > 1 {
            quiet("t", t_sequence(&values, &harm(0.0)));
            quiet("pooled t", pooled_t_sequence(&steady, &values, &harm(0.0)));
        }
        quiet("mean", mean_sequence(&values, &harm(0.0)));
        quiet("contrast", mean_contrast_sequence(&steady, &values, 1.1, &harm(0.0)));
        if n > 1 && n <= 1000 {
            let pairs: Vec<_> = (0..n)
                .map(|item| Pair { baseline: 1e6 + item as f64, candidate: (item % 3) as f64 })
                .collect();
            let mut sums = PairMoments::default();
            sums.update_slice(&pairs).unwrap();
            quiet("paired t", paired_t_sequence(&sums, 1.0, &harm(0.0)));
            quiet("paired mean", paired_mean_sequence(&sums, 1.0, &harm(0.0)));
            let run = SortedRun::try_from(vec![1.0; usize::try_from(n).unwrap()]).unwrap();
            quiet("quantile", quantile_sequence(&run, 0.95, &harm(2.0)));
        }
    }
}

#[test]
fn nothing_seen_is_no_evidence() {
    let both = target(0.3, Alternative::TwoSided, 100);
    let outcome = bernoulli_sequence(&Tally::default(), &both).unwrap();
    let interval = outcome.interval.unwrap();
    assert_eq!((outcome.p, outcome.ln_e, outcome.estimate), (Some(1.0), Some(0.0), None));
    assert_eq!((interval.lower, interval.upper), (0.0, 1.0));
    let outcome = mcnemar_sequence(&PairTally::new(7, 0, 0, 2).unwrap(), &both).unwrap();
    assert_eq!(outcome.degenerate, Some(Degenerate::NoDiscordantPairs));
    assert_eq!((outcome.p, outcome.estimate), (Some(1.0), None));
    let outcome = event_ratio_sequence(0, 0, 0.5, &both).unwrap();
    assert_eq!((outcome.p, outcome.interval.unwrap().upper), (Some(1.0), f64::INFINITY));
    assert!(outcome.notes.contains(&Note::Unbounded));
    let outcome = multinomial_sequence(&[0, 0], &[0.5, 0.5], &both).unwrap();
    assert_eq!(outcome.ln_e, Some(0.0));
    let intervals = share_intervals(&[0, 0], &[0.5, 0.5], &both).unwrap();
    assert!(intervals.iter().all(|interval| (interval.lower, interval.upper) == (0.0, 1.0)));
    for few in [Moments::default(), Moments::from_parts(99, 5.0, 98.0).unwrap()] {
        let outcome = mean_sequence(&few, &both).unwrap();
        assert_eq!((outcome.p, outcome.ln_e), (Some(1.0), Some(0.0)));
        for note in [Note::SmallSample, Note::Unbounded, Note::LargeSample] {
            assert!(outcome.notes.contains(&note));
        }
    }
}

#[test]
fn what_cannot_be_watched_is_refused() {
    let kind = |outcome: Result<Outcome, Error>| outcome.unwrap_err().kind();
    let tally = Tally::new(3, 10).unwrap();
    for null in [0.0, 1.0, -0.5, 2.0] {
        let target = target(null, Alternative::Greater, 100);
        assert_eq!(kind(bernoulli_sequence(&tally, &target)), ErrorKind::OutOfRange);
    }
    let question = Question::greater_than(0.1);
    assert_eq!(Target::new(question, 0).unwrap_err().kind(), ErrorKind::OutOfRange);
    let question = Question::greater_than(f64::NAN);
    assert_eq!(Target::new(question, 9).unwrap_err().kind(), ErrorKind::NonFinite);
    let harm = target(1.2, Alternative::Greater, 100);
    for share in [0.0, 1.0, f64::NAN] {
        assert_eq!(kind(event_ratio_sequence(5, 5, share, &harm)), ErrorKind::OutOfRange);
    }
    let negative = target(-1.0, Alternative::Greater, 100);
    assert_eq!(kind(event_ratio_sequence(5, 5, 0.5, &negative)), ErrorKind::OutOfRange);
    assert_eq!(kind(event_ratio_sequence(u64::MAX, 5, 0.5, &harm)), ErrorKind::TooLarge);
    assert_eq!(kind(multinomial_sequence(&[1, 2], &[1.0], &harm)), ErrorKind::Mismatch);
    for shares in [[0.5, 0.6], [1.0, 0.0], [f64::NAN, 0.5]] {
        assert_eq!(kind(multinomial_sequence(&[1, 2], &shares, &harm)), ErrorKind::OutOfRange);
    }
    assert_eq!(kind(multinomial_sequence(&[u64::MAX, 2], &[0.5; 2], &harm)), ErrorKind::TooLarge);
    let none = SortedRun::default();
    assert_eq!(kind(quantile_sequence(&none, 0.5, &harm)), ErrorKind::TooFew);
    let some = SortedRun::try_from(vec![1.0, 2.0]).unwrap();
    assert_eq!(kind(quantile_sequence(&some, 1.0, &harm)), ErrorKind::OutOfRange);
    let equal = Moments::from_parts(200, 5.0, 0.0).unwrap();
    let one = Moments::from_parts(1, 5.0, 0.0).unwrap();
    assert_eq!(kind(mean_sequence(&equal, &harm)), ErrorKind::ZeroVariance);
    assert_eq!(kind(mean_contrast_sequence(&equal, &equal, 1.0, &harm)), ErrorKind::ZeroVariance);
    assert_eq!(kind(t_sequence(&equal, &harm)), ErrorKind::ZeroVariance);
    assert_eq!(kind(t_sequence(&one, &harm)), ErrorKind::TooFew);
    assert_eq!(kind(pooled_t_sequence(&one, &equal, &harm)), ErrorKind::TooFew);
    let nan = mean_contrast_sequence(&equal, &equal, f64::NAN, &harm);
    assert_eq!(kind(nan), ErrorKind::NonFinite);
    let mut counts = CategoryCounts::of(2);
    assert_eq!(counts.update(2).unwrap_err().kind(), ErrorKind::OutOfRange);
    let other = CategoryCounts::of(3);
    assert_eq!(counts.merge(&other).unwrap_err().kind(), ErrorKind::Mismatch);
}

/// The bounds of a share are found once for all categories of the same count.
#[test]
fn a_million_categories_are_no_burden() {
    let counts: Vec<u64> = (0..500).cycle().take(1_000_000).collect();
    let shares = vec![1e-6; counts.len()];
    let goal = target(0.0, Alternative::TwoSided, 1_000_000);
    let intervals = share_intervals(&counts, &shares, &goal).unwrap();
    assert_eq!(intervals.len(), counts.len());
    assert!(intervals.chunks(500).all(|chunk| *chunk == intervals[..500]));
    assert!(intervals[499].upper > intervals[498].upper && intervals[0].lower == 0.0);
}

/// Huge error probabilities and sizes end in numbers, not in a panic or a search without end.
#[test]
fn extremes_have_answers() {
    for alpha in [1e-12, 0.5, 0.999] {
        for alternative in [Alternative::TwoSided, Alternative::Less, Alternative::Greater] {
            for planned in [1, 1000, u64::MAX] {
                let question =
                    Question { null: 0.25, alternative, alpha: Alpha::new(alpha).unwrap() };
                let target = Target::new(question, planned).unwrap();
                for (successes, trials) in [(0, 1), (1, 1), (1, 1_000_000), (999_999, 1_000_000)] {
                    let tally = Tally::new(successes, trials).unwrap();
                    let outcome = bernoulli_sequence(&tally, &target).unwrap();
                    assert!(outcome.ln_e.unwrap().is_finite());
                    let interval = outcome.interval.unwrap();
                    assert!(
                        interval.lower <= interval.upper
                            && interval.contains(tally.rate().unwrap())
                    );
                }
                for n in [2, 100, 1_000_000_000] {
                    let values = Moments::from_parts(n, 1e3, n as f64).unwrap();
                    for outcome in [mean_sequence(&values, &target), t_sequence(&values, &target)] {
                        let outcome = outcome.unwrap();
                        assert!(outcome.ln_e.unwrap().is_finite());
                        assert!(!outcome.interval.unwrap().lower.is_nan());
                    }
                }
            }
        }
    }
}

#[test]
fn what_has_moved_is_told() {
    let mut watch =
        Watch::new(Bernoulli {}, target(0.5, Alternative::TwoSided, 200), Tally::default());
    watch.absorb(&Tally::new(190, 200).unwrap()).unwrap();
    let first = watch.look().unwrap();
    assert!(!first.notes.contains(&Note::Moved));
    watch.absorb(&Tally::new(0, 2000).unwrap()).unwrap();
    let second = watch.look().unwrap();
    assert!(second.notes.contains(&Note::Moved));
    let interval = second.interval.unwrap();
    assert!(interval.lower < interval.upper && interval.upper < 0.2);
}

fn any_alternative() -> impl Strategy<Value = Alternative> {
    prop_oneof![Just(Alternative::TwoSided), Just(Alternative::Less), Just(Alternative::Greater)]
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    a == b || (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn success_and_failure_mirror(
        successes in 0_u64..400,
        failures in 0_u64..400,
        null in 0.02..0.98_f64,
        alternative in any_alternative(),
        planned in 1_u64..2000,
    ) {
        let tally = Tally::new(successes, successes + failures).unwrap();
        let aimed = |null: f64| target(null, alternative, planned);
        let target = aimed(null);
        let one = bernoulli_sequence(&tally, &target).unwrap();
        let mirrored = target.mirrored(1.0 - null);
        let other = bernoulli_sequence(&tally.complement(), &mirrored).unwrap();
        prop_assert!(close(one.ln_e.unwrap(), other.ln_e.unwrap(), 1e-10));
        let (a, b) = (one.interval.unwrap(), other.interval.unwrap());
        prop_assert!(close(a.lower, 1.0 - b.upper, 1e-10) && close(a.upper, 1.0 - b.lower, 1e-10));
        // Two categories are the same thing.
        if alternative == Alternative::TwoSided {
            let shares = [null, 1.0 - null];
            let ln_e = multinomial_sequence(&[successes, failures], &shares, &target).unwrap().ln_e;
            prop_assert!(close(one.ln_e.unwrap(), ln_e.unwrap(), 1e-10));
        }
        // Swapping arms of equal traffic inverts the ratio.
        let ratio = null + 0.5;
        let events = |b: u64, c: u64, target: Target| {
            event_ratio_sequence(b, c, 0.5, &target).unwrap()
        };
        let here = events(failures, successes, aimed(ratio));
        let there = events(successes, failures, aimed(ratio).mirrored(1.0 / ratio));
        prop_assert!(close(here.ln_e.unwrap(), there.ln_e.unwrap(), 1e-9));
        // Swapping versions of pairs mirrors the share.
        let pairs = PairTally::new(3, failures, successes, 4).unwrap();
        let here = mcnemar_sequence(&pairs, &target).unwrap();
        let there = mcnemar_sequence(&pairs.swapped(), &mirrored).unwrap();
        prop_assert!(close(here.ln_e.unwrap(), there.ln_e.unwrap(), 1e-10));
    }

    /// The interval holds the null values that the data do not speak against, and no others.
    #[test]
    fn interval_and_evidence_agree(
        successes in 0_u64..300,
        failures in 0_u64..3000,
        null in 0.001..0.999_f64,
        alternative in any_alternative(),
        planned in 1_u64..5000,
    ) {
        prop_assume!(successes + failures > 0);
        let tally = Tally::new(successes, successes + failures).unwrap();
        let outcome = bernoulli_sequence(&tally, &target(null, alternative, planned)).unwrap();
        let speaks = outcome.p.unwrap() < 0.05;
        let interval = outcome.interval.unwrap();
        let near = |end: f64| (end - null).abs() < 1e-9;
        prop_assert!(
            interval.contains(null) != speaks || near(interval.lower) || near(interval.upper),
            "{outcome:?}"
        );
    }

    /// More harm is more evidence of it.
    #[test]
    fn evidence_of_harm_rises_with_harm(
        trials in 1_u64..2000,
        per_mille in 0_u64..=1000,
        limit in 0.01..0.9_f64,
        planned in 1_u64..5000,
    ) {
        let harm = target(limit, Alternative::Greater, planned);
        let (successes, harmed) = (trials * per_mille / 1000, per_mille as f64 / 1000.0);
        let at = |successes: u64| {
            let tally = Tally::new(successes, trials).unwrap();
            bernoulli_sequence(&tally, &harm).unwrap()
        };
        let less = at(successes);
        if successes < trials {
            prop_assert!(at(successes + 1).ln_e.unwrap() > less.ln_e.unwrap());
        }
        // At or below the limit nothing fires.
        if successes as f64 <= limit * trials as f64 {
            prop_assert!(less.ln_e.unwrap() <= 1e-9, "{less:?}");
        }
        let mean = |mean: f64| {
            let values = Moments::from_parts(trials + 1, mean, trials as f64).unwrap();
            [mean_sequence(&values, &harm), t_sequence(&values, &harm)]
                .map(|outcome| outcome.unwrap().ln_e.unwrap())
        };
        let [less, less_t] = mean(limit + harmed - 0.5);
        let [more, more_t] = mean(limit + harmed - 0.4);
        prop_assert!(more >= less && more_t > less_t);
    }

    /// Means mirror, intervals agree with evidence, and a one-sided e-value lies within twice the
    /// two-sided one.
    #[test]
    fn means_keep_the_laws(
        n in 100_u64..5000,
        mean in -0.5..0.5_f64,
        alternative in any_alternative(),
        planned in 1_u64..5000,
    ) {
        let of = |mean: f64| Moments::from_parts(n, mean, (n - 1) as f64).unwrap();
        let goal = target(0.1, alternative, planned);
        for method in [mean_sequence, t_sequence] {
            let one = method(&of(mean), &goal).unwrap();
            let other = method(&of(-mean), &goal.mirrored(-0.1)).unwrap();
            prop_assert!(close(one.ln_e.unwrap(), other.ln_e.unwrap(), 1e-12));
            let interval = one.interval.unwrap();
            prop_assert_eq!(interval, other.interval.unwrap().negated());
            let near = (interval.lower - 0.1).abs().min((interval.upper - 0.1).abs()) < 1e-9;
            prop_assert!(interval.contains(0.1) != (one.p.unwrap() < 0.05) || near);
        }
        let arms = |b: f64, c: f64, target: &Target| {
            let (b, c) = (of(b), of(c));
            (
                pooled_t_sequence(&b, &c, target).unwrap().ln_e.unwrap(),
                mean_contrast_sequence(&b, &c, 1.0, target).unwrap().ln_e.unwrap(),
            )
        };
        let (here, there) = (arms(0.2, mean, &goal), arms(mean, 0.2, &goal.mirrored(-0.1)));
        prop_assert!(close(here.0, there.0, 1e-9) && close(here.1, there.1, 1e-9));
    }

    /// From a histogram the interval is that of the values, widened by its buckets.
    #[test]
    fn a_histogram_widens_the_interval(values in prop::collection::vec(0.1..100.0_f64, 50..300)) {
        let mut histogram = LogHistogram::new(3, 1e-9).unwrap();
        histogram.update_slice(&values).unwrap();
        let run = SortedRun::try_from(values).unwrap();
        let target = target(20.0, Alternative::TwoSided, 200);
        let exact = quantile_sequence(&run, 0.5, &target).unwrap();
        let bucketed = quantile_sequence(&histogram, 0.5, &target).unwrap();
        let (a, b) = (exact.interval.unwrap(), bucketed.interval.unwrap());
        prop_assert!(b.lower <= a.lower && a.upper <= b.upper);
        prop_assert!(bucketed.ln_e.unwrap() <= exact.ln_e.unwrap() + 1e-12);
    }

    /// Simultaneous intervals hold the observed shares, and the given ones unless they are refuted.
    #[test]
    fn share_intervals_agree_with_the_test(counts in prop::collection::vec(0_u64..200, 3)) {
        let shares = [0.5, 0.3, 0.2];
        let goal = target(0.0, Alternative::TwoSided, 100);
        let outcome = multinomial_sequence(&counts, &shares, &goal).unwrap();
        let intervals = share_intervals(&counts, &shares, &goal).unwrap();
        let total: u64 = counts.iter().sum();
        for (count, interval) in counts.iter().zip(&intervals) {
            prop_assert!(total == 0 || interval.contains(*count as f64 / total as f64));
        }
        let all = shares.iter().zip(&intervals).all(|(share, interval)| interval.contains(*share));
        prop_assert!(all || outcome.p.unwrap() < 0.05);
    }

    /// What one look after the other says never gets weaker, and parts of the observations may be
    /// summed elsewhere.
    #[test]
    fn looks_never_weaken(
        items in prop::collection::vec(any::<bool>(), 1..300),
        cut in 1_usize..40,
    ) {
        let goal = target(0.4, Alternative::TwoSided, 100);
        let mut one_by_one = Watch::new(Bernoulli {}, goal, Tally::default());
        let mut summed = one_by_one.clone();
        let mut last: Option<Outcome> = None;
        for part in items.chunks(cut) {
            for item in part {
                one_by_one.update(*item).unwrap();
            }
            let mut tally = Tally::default();
            tally.update_slice(part).unwrap();
            summed.absorb(&tally).unwrap();
            let outcome = one_by_one.look().unwrap();
            prop_assert_eq!(&outcome, &summed.look().unwrap());
            if let Some(last) = last {
                prop_assert!(outcome.p <= last.p);
                let (now, then) = (outcome.interval.unwrap(), last.interval.unwrap());
                let moved = outcome.notes.contains(&Note::Moved);
                prop_assert!(moved || (now.lower >= then.lower && now.upper <= then.upper));
            }
            last = Some(outcome);
        }
    }
}

#[test]
fn arms_are_a_summary() {
    let mut arms = Arms::<Moments>::default();
    let items = [Arm::Baseline(1.0), Arm::Candidate(2.0), Arm::Candidate(4.0), Arm::Baseline(2.5)];
    arms.update_slice(&items).unwrap();
    let mut halves = Arms::default();
    for half in items.chunks(2) {
        let mut part = Arms::<Moments>::default();
        for item in half {
            part.update(*item).unwrap();
        }
        halves.merge(&part).unwrap();
    }
    assert_eq!(arms, halves);
    assert_eq!(Arms::from_bytes(&arms.to_bytes()).unwrap(), arms);
    assert!(Moments::from_bytes(&arms.to_bytes()).is_err());
    let failed = arms.update_slice(&[Arm::Baseline(1.0), Arm::Candidate(f64::NAN)]);
    assert_eq!((failed.unwrap_err().kind(), &arms), (ErrorKind::NonFinite, &halves));
    let mut counts = CategoryCounts::of(3);
    counts.update_slice(&[0, 2, 2]).unwrap();
    assert_eq!(CategoryCounts::from_bytes(&counts.to_bytes()).unwrap(), counts);
}

#[cfg(feature = "serde")]
mod documents {
    use super::*;
    use phasegate_stats::anytime::{
        EventRatio, Mcnemar, Mean, MeanContrast, Multinomial, PairedMean, PairedT, PooledT,
        Quantile, Sequence, T,
    };
    use phasegate_stats::summary::PairedAnswer;
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    /// Stored and read again between any two observations, nothing changes.
    fn check<S>(sequence: S, null: f64, empty: S::Seen, items: &[<S::Seen as Summary>::Item])
    where
        S: Sequence + Clone + Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
        S::Seen: Clone + Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
        <S::Seen as Summary>::Item: Clone,
    {
        let goal = target(null, Alternative::Greater, 50).starting_at(5);
        let mut whole = Watch::new(sequence, goal, empty);
        let mut parts = whole.clone();
        for (index, item) in items.iter().enumerate() {
            whole.update(item.clone()).unwrap();
            parts.update(item.clone()).unwrap();
            if index % 3 != 1 {
                let text = serde_json::to_string(&parts).unwrap();
                parts = serde_json::from_str(&text).unwrap();
                assert_eq!(parts, whole, "{text}");
                assert!(text.contains(S::FORM));
                let other = text.replacen("/1\"", "/2\"", 1);
                assert!(serde_json::from_str::<Watch<S>>(&other).is_err());
            }
            if index % 4 == 3 {
                let (one, other) = (parts.look(), whole.look());
                assert_eq!(one, other, "{index}");
            }
        }
        assert_eq!(parts, whole);
    }

    #[test]
    fn a_state_that_was_stored_goes_on_as_if_it_had_not() {
        let values: Vec<f64> = (0..60).map(|item| f64::from(item * 37 % 23) / 7.0).collect();
        let flags: Vec<bool> = values.iter().map(|value| *value > 1.0).collect();
        let pairs: Vec<Pair> =
            values.windows(2).map(|pair| Pair { baseline: pair[0], candidate: pair[1] }).collect();
        let arms: Vec<Arm<f64>> = values
            .iter()
            .zip(&flags)
            .map(|(value, flag)| if *flag { Arm::Baseline(*value) } else { Arm::Candidate(*value) })
            .collect();
        let answers: Vec<_> = flags
            .windows(2)
            .map(|pair| PairedAnswer { baseline: pair[0], candidate: pair[1] })
            .collect();
        check(Bernoulli {}, 0.3, Tally::default(), &flags);
        check(EventRatio { share: 0.25 }, 1.5, Tally::default(), &flags);
        check(Mcnemar {}, 0.5, PairTally::default(), &answers);
        let categories: Vec<usize> = (0..60).map(|item| item * 5 % 3).collect();
        let shares = vec![0.5, 0.25, 0.25];
        check(Multinomial { shares }, 0.0, CategoryCounts::of(3), &categories);
        check(Quantile::new(0.9), 2.0, SortedRun::default(), &values);
        check(Quantile::new(0.5), 2.0, LogHistogram::new(3, 1e-9).unwrap(), &values);
        check(Mean {}, 1.0, Moments::default(), &values);
        check(T {}, 1.0, Moments::default(), &values);
        check(PairedMean { ratio: 1.1 }, 0.0, PairMoments::default(), &pairs);
        check(PairedT { ratio: 1.0 }, 0.0, PairMoments::default(), &pairs);
        check(MeanContrast { ratio: 1.0 }, 0.0, Arms::<Moments>::default(), &arms);
        check(PooledT {}, 0.0, Arms::<Moments>::default(), &arms);
    }

    #[test]
    fn a_document_has_a_stable_form() {
        let goal = target(0.1, Alternative::Greater, 500);
        let mut watch = Watch::new(Bernoulli {}, goal, Tally::default());
        watch.update(false).unwrap();
        watch.look().unwrap();
        let text = concat!(
            r#"{"form":"bernoulli_sequence/1","target":{"null":0.1,"alternative":"greater","#,
            r#""alpha":0.05,"planned":500,"first":100},"sequence":{},"#,
            r#""seen":{"successes":0,"trials":1},"best":{"ln_e":0.0,"lower":0.0,"upper":null}}"#
        );
        assert_eq!(serde_json::to_string(&watch).unwrap(), text);
        for (from, to) in [("\"ln_e\":0.0", "\"ln_e\":-1.0"), ("500", "0"), ("\"seen\"", "\"saw\"")]
        {
            let text = text.replacen(from, to, 1);
            assert!(serde_json::from_str::<Watch<Bernoulli>>(&text).is_err(), "{text}");
        }
    }
}
