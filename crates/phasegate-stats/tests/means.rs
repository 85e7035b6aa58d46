//! Laws of the methods on means: mirrored arms mirror the answer, intervals and p agree, units do
//! not matter, degenerate data has its defined answer.

use phasegate_stats::one_sample::mean_t;
use phasegate_stats::paired::{
    Draws, clustered_t, paired_contrast, paired_ratio, paired_t, wild_cluster,
};
use phasegate_stats::summary::{ClusterSums, ClusteredPair, Moments, Pair, PairMoments, Summary};
use phasegate_stats::two_sample::{fieller, linear_contrast, welch};
use phasegate_stats::{Alpha, Alternative, ErrorKind, Note, Outcome, Question};
use proptest::prelude::*;

fn moments(values: &[f64]) -> Moments {
    let mut moments = Moments::default();
    moments.update_slice(values).unwrap();
    moments
}

fn pairs(baseline: &[f64], candidate: &[f64]) -> PairMoments {
    let mut moments = PairMoments::default();
    for (baseline, candidate) in baseline.iter().zip(candidate) {
        moments.update(Pair { baseline: *baseline, candidate: *candidate }).unwrap();
    }
    moments
}

fn clusters(baseline: &[f64], candidate: &[f64], groups: usize) -> ClusterSums {
    let mut sums = ClusterSums::default();
    for (index, (baseline, candidate)) in baseline.iter().zip(candidate).enumerate() {
        let cluster = format!("{}", index % groups);
        let pair = Pair { baseline: *baseline, candidate: *candidate };
        sums.update(ClusteredPair { cluster, pair }).unwrap();
    }
    sums
}

fn asked(null: f64, alternative: Alternative, alpha: f64) -> Question {
    Question { null, alternative, alpha: Alpha::new(alpha).unwrap() }
}

const DRAWS: Draws = Draws { seed: 42, count: 199 };

/// The interval excludes the null value exactly where p is below alpha.
fn agrees(outcome: &Outcome, alpha: f64) {
    let (interval, p, null) =
        (outcome.interval.unwrap(), outcome.p.unwrap(), outcome.null.unwrap());
    assert!((0.0..=1.0).contains(&p) && outcome.ln_p.unwrap() <= 0.0, "{outcome:?}");
    assert!(interval.lower <= interval.upper, "{outcome:?}");
    let near = |end: f64| (end - null).abs() <= 1e-9 * (1.0 + null.abs());
    if (p - alpha).abs() < 1e-9 || near(interval.lower) || near(interval.upper) {
        return;
    }
    assert_eq!(p < alpha, !interval.contains(null), "{outcome:?}");
}

fn close(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-8 * (1.0 + a.abs())
}

fn mirrored(one: &Outcome, other: &Outcome) {
    assert!(close(one.ln_p.unwrap(), other.ln_p.unwrap()), "{one:?} {other:?}");
    let (a, b) = (one.interval.unwrap(), other.interval.unwrap().negated());
    assert!(close(a.lower, b.lower) && close(a.upper, b.upper), "{one:?} {other:?}");
}

fn alternative() -> impl Strategy<Value = Alternative> {
    prop::sample::select(vec![Alternative::TwoSided, Alternative::Less, Alternative::Greater])
}

prop_compose! {
    fn arms()(
        pairs in prop::collection::vec((0.1..10.0f64, 0.1..12.0f64), 3..40),
    ) -> (Vec<f64>, Vec<f64>) {
        pairs.into_iter().unzip()
    }
}

proptest! {
    #[test]
    fn outcomes_are_sound(
        (b, c) in arms(),
        null in -2.0..2.0f64,
        alternative in alternative(),
        alpha in 0.001..0.4f64,
    ) {
        let question = asked(null, alternative, alpha);
        let back = asked(-null, alternative.mirrored(), alpha);
        let (mb, mc, both) = (moments(&b), moments(&c), pairs(&b, &c));
        agrees(&mean_t(&mc, &question).unwrap(), alpha);
        let outcome = welch(&mb, &mc, &question).unwrap();
        agrees(&outcome, alpha);
        mirrored(&outcome, &welch(&mc, &mb, &back).unwrap());
        let outcome = paired_t(&both, &question).unwrap();
        agrees(&outcome, alpha);
        mirrored(&outcome, &paired_t(&pairs(&c, &b), &back).unwrap());
        agrees(&linear_contrast(&mb, &mc, 1.1, &question).unwrap(), alpha);
        agrees(&paired_contrast(&both, 0.9, &question).unwrap(), alpha);
        agrees(&clustered_t(&clusters(&b, &c, 3), 1.0, &question).unwrap(), alpha);
    }

    #[test]
    fn ratios_are_sound(
        (b, c) in arms(),
        null in 0.2..5.0f64,
        alternative in alternative(),
        alpha in 0.001..0.4f64,
    ) {
        let question = asked(null, alternative, alpha);
        for outcome in [
            fieller(&moments(&b), &moments(&c), &question),
            paired_ratio(&pairs(&b, &c), &question),
        ] {
            let outcome = outcome.unwrap();
            agrees(&outcome, alpha);
            // p is that of the contrast at the null ratio.
            let contrast = if outcome.method == "fieller" {
                linear_contrast(&moments(&b), &moments(&c), null, &asked(0.0, alternative, alpha))
            } else {
                paired_contrast(&pairs(&b, &c), null, &asked(0.0, alternative, alpha))
            };
            prop_assert!(close(outcome.ln_p.unwrap(), contrast.unwrap().ln_p.unwrap()));
        }
        // Swapping the arms inverts the ratio.
        let one = fieller(&moments(&b), &moments(&c), &question).unwrap();
        let other =
            fieller(&moments(&c), &moments(&b), &asked(1.0 / null, alternative.mirrored(), alpha))
                .unwrap();
        prop_assert!(close(one.ln_p.unwrap(), other.ln_p.unwrap()));
    }

    /// Another unit multiplies estimate and interval, and leaves p alone.
    #[test]
    fn units_do_not_matter((b, c) in arms(), power in -60i32..60) {
        let unit = 2f64.powi(power);
        let scaled = |values: &[f64]| values.iter().map(|value| value * unit).collect::<Vec<_>>();
        let question = Question::differs_from(0.0);
        let one = welch(&moments(&b), &moments(&c), &question).unwrap();
        let other = welch(&moments(&scaled(&b)), &moments(&scaled(&c)), &question).unwrap();
        prop_assert_eq!(one.p, other.p);
        prop_assert_eq!(one.estimate.map(|estimate| estimate * unit), other.estimate);
    }

    #[test]
    fn nothing_panics(
        values in prop::collection::vec((any::<f64>(), any::<f64>()), 0..12),
        null in any::<f64>(),
        ratio in any::<f64>(),
        alpha in 1e-300..1.0f64,
    ) {
        let mut both = PairMoments::default();
        let mut sums = ClusterSums::default();
        for (index, (baseline, candidate)) in values.into_iter().enumerate() {
            let pair = Pair { baseline, candidate };
            drop(both.update(pair));
            drop(sums.update(ClusteredPair { cluster: format!("{}", index % 4), pair }));
        }
        for alternative in [Alternative::TwoSided, Alternative::Less, Alternative::Greater] {
            let question = asked(null, alternative, alpha);
            let outcomes = [
                mean_t(both.baseline(), &question),
                welch(both.baseline(), both.candidate(), &question),
                linear_contrast(both.baseline(), both.candidate(), ratio, &question),
                fieller(both.baseline(), both.candidate(), &question),
                paired_t(&both, &question),
                paired_contrast(&both, ratio, &question),
                paired_ratio(&both, &question),
                clustered_t(&sums, ratio, &question),
                wild_cluster(&sums, ratio, &question, DRAWS),
            ];
            for outcome in outcomes.into_iter().flatten() {
                prop_assert!(outcome.p.is_some_and(|p| (0.0..=1.0).contains(&p)), "{outcome:?}");
                prop_assert!(outcome.estimate.is_some_and(f64::is_finite), "{outcome:?}");
                let interval = outcome.interval.unwrap();
                prop_assert!(!interval.lower.is_nan() && !interval.upper.is_nan(), "{outcome:?}");
            }
        }
    }
}

proptest! {
    // Each case tries up to 2^14 patterns a hundred times.
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn wild_outcomes_are_sound(
        (b, c) in arms(),
        null in -2.0..2.0f64,
        alternative in alternative(),
        alpha in 0.02..0.4f64,
        groups in 3usize..20,
    ) {
        let question = asked(null, alternative, alpha);
        let sums = clusters(&b, &c, groups);
        let Ok(outcome) = wild_cluster(&sums, 1.0, &question, DRAWS) else { return Ok(()) };
        prop_assert!(outcome.p.unwrap() > 0.0 && outcome.p.unwrap() <= 1.0);
        // The same seed gives the same answer.
        prop_assert_eq!(&outcome, &wild_cluster(&sums, 1.0, &question, DRAWS).unwrap());
        let interval = outcome.interval.unwrap();
        prop_assert!(interval.lower <= interval.upper);
    }
}

#[test]
fn degenerate_data_has_its_defined_answer() {
    let question = Question::differs_from(0.0);
    let kind = |outcome: Result<Outcome, phasegate_stats::Error>| outcome.unwrap_err().kind();
    // 0.1 summed a hundred times is not 10: the rounding must not pass for variance.
    for constant in [0.0, 0.1, 1e9 + 0.3] {
        let (one, same) = (moments(&[1.0]), moments(&[constant; 100]));
        let other = moments(&[1.0, 2.0, 4.0]);
        assert_eq!(kind(mean_t(&moments(&[]), &question)), ErrorKind::TooFew);
        assert_eq!(kind(mean_t(&one, &question)), ErrorKind::TooFew);
        assert_eq!(kind(mean_t(&same, &question)), ErrorKind::ZeroVariance, "{constant}");
        assert_eq!(kind(welch(&one, &other, &question)), ErrorKind::TooFew);
        assert_eq!(kind(welch(&other, &one, &question)), ErrorKind::TooFew);
        assert_eq!(kind(welch(&same, &same, &question)), ErrorKind::ZeroVariance);
        // One arm may be constant: the other's variance decides.
        let outcome = welch(&same, &other, &question).unwrap();
        assert!((outcome.df.unwrap() - 2.0).abs() < 1e-12);
        let values = [1.0, 2.0, 4.0].map(|value| value + constant);
        let shifted = pairs(&[1.0, 2.0, 4.0], &values);
        assert_eq!(kind(paired_t(&shifted, &question)), ErrorKind::ZeroVariance, "{constant}");
        let sums = clusters(&[1.0; 20], &[1.0 + constant; 20], 5);
        assert_eq!(kind(clustered_t(&sums, 1.0, &question)), ErrorKind::ZeroVariance);
        assert_eq!(kind(wild_cluster(&sums, 1.0, &question, DRAWS)), ErrorKind::ZeroVariance);
    }
    let single = clusters(&[1.0, 2.0], &[2.0, 2.5], 1);
    assert_eq!(kind(clustered_t(&single, 1.0, &question)), ErrorKind::TooFew);
    let ratio = Question::differs_from(1.0);
    let negative = moments(&[-1.0, -2.0, 1.0]);
    let positive = moments(&[1.0, 2.0, 4.0]);
    assert_eq!(kind(fieller(&negative, &positive, &ratio)), ErrorKind::OutOfRange);
    assert_eq!(kind(fieller(&positive, &positive, &question)), ErrorKind::OutOfRange);
    // A baseline that is not told from zero bounds nothing above.
    let vague = moments(&[0.1, -3.0, 4.0, -2.0, 2.0]);
    let outcome = fieller(&vague, &positive, &ratio).unwrap();
    assert_eq!(outcome.interval.unwrap().upper, f64::INFINITY);
    assert!(outcome.notes.contains(&Note::Unbounded));
}

#[test]
fn small_samples_say_so() {
    let few = moments(&[1.0, 2.0, 4.0]);
    let outcome = mean_t(&few, &Question::differs_from(0.0)).unwrap();
    assert_eq!(outcome.notes, [Note::LargeSample, Note::SmallSample, Note::NotSkewed]);
    let many = moments(&[1.0, 2.0, 4.0].repeat(20));
    let outcome = welch(&many, &few, &Question::differs_from(0.0)).unwrap();
    assert!(outcome.notes.contains(&Note::UnequalArms));
    let outcome = welch(&many, &many, &Question::differs_from(0.0)).unwrap();
    assert_eq!(outcome.notes, [Note::LargeSample]);
    // 40 values against 44 are arms of like size, against 45 they are not.
    for (size, is_unequal) in [(44, false), (45, true)] {
        let other = moments(&[1.0, 2.0, 4.0].repeat(15)[..size]);
        let forty = moments(&[1.0, 2.0, 4.0, 3.0].repeat(10));
        for outcome in [
            welch(&forty, &other, &Question::differs_from(0.0)).unwrap(),
            fieller(&other, &forty, &Question::differs_from(1.0)).unwrap(),
        ] {
            assert_eq!(outcome.notes.contains(&Note::UnequalArms), is_unequal, "{size}");
        }
    }
    let sums = clusters(&[1.0, 2.0, 3.0, 4.0], &[2.0, 2.5, 3.0, 6.0], 4);
    let outcome = clustered_t(&sums, 1.0, &Question::differs_from(0.0)).unwrap();
    assert!(outcome.notes.contains(&Note::FewClusters));
    let outcome = wild_cluster(&sums, 1.0, &Question::differs_from(0.0), DRAWS).unwrap();
    assert!(outcome.notes.contains(&Note::FewClusters) && outcome.notes.contains(&Note::Unbounded));
}
