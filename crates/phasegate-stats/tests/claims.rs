//! Claims, families of tests, sizes of arms and adjusted means: laws.

use phasegate_stats::design::multiplicity::{
    Adjusted, Tested, benjamini_hochberg, benjamini_yekutieli, bonferroni, fixed_sequence,
    hochberg, holm,
};
use phasegate_stats::design::{
    ArmCount, Better, Claim, Conclusion, Hypothesis, cuped, sample_ratio,
};
use phasegate_stats::paired::{mcnemar_exact, paired_t, tango};
use phasegate_stats::summary::{Moments, PairTally, Summary, Tally};
use phasegate_stats::two_sample::{miettinen_nurminen, welch};
use phasegate_stats::{Alpha, ErrorKind, Interval, Question, Sides};
use proptest::prelude::*;

use crate::design::pair_moments;

// --- Claims --------------------------------------------------------------------------------------

fn both(lower: f64, upper: f64) -> Interval {
    Interval { lower, upper, confidence: 0.9, sides: Sides::Both }
}

#[test]
fn bounds_decide_claims() {
    use Conclusion::{Fail, Inconclusive, Pass};
    let superior = Hypothesis::superiority;
    let margin = |better, margin| Hypothesis::non_inferiority(better, margin).unwrap();
    let same = Hypothesis::equivalence(Better::Higher, 0.1, 0.2).unwrap();
    for (hypothesis, lower, upper, conclusion, left) in [
        (superior(Better::Higher), 0.01, 0.05, Pass, 0.01),
        (superior(Better::Higher), 0.0, 0.05, Inconclusive, 0.0),
        (superior(Better::Higher), -0.05, -0.01, Fail, -0.05),
        (superior(Better::Lower), -0.05, -0.01, Pass, 0.01),
        (superior(Better::Lower), 0.01, 0.05, Fail, -0.05),
        (margin(Better::Higher, 0.02), -0.01, 0.05, Pass, 0.01),
        (margin(Better::Higher, 0.02), -0.05, -0.03, Fail, -0.03),
        (margin(Better::Lower, 0.02), -0.05, 0.01, Pass, 0.01),
        (margin(Better::Lower, 0.02), 0.01, 0.03, Inconclusive, -0.01),
        (margin(Better::Lower, 0.1).about(1.0).unwrap(), 0.95, 1.05, Pass, 0.05),
        (same, -0.05, 0.1, Pass, 0.05),
        (same, -0.15, 0.1, Inconclusive, -0.05),
        (same, 0.25, 0.3, Fail, -0.1),
        (same, -0.3, -0.15, Fail, -0.2),
    ] {
        let judged = hypothesis.judge(&both(lower, upper)).unwrap();
        assert_eq!(judged.conclusion, conclusion, "{hypothesis:?} {lower} {upper}");
        let margin_left = judged.margin_left.unwrap();
        assert!((margin_left - left).abs() < 1e-12, "{hypothesis:?} {judged:?}");
    }
    let lower = Interval { sides: Sides::Lower, upper: 1.0, ..both(0.01, 1.0) };
    assert_eq!(superior(Better::Higher).judge(&lower).unwrap().conclusion, Pass);
    let error = superior(Better::Lower).judge(&lower).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Mismatch);
    assert!(superior(Better::Lower).judge(&both(f64::NAN, 1.0)).is_err());
    assert!(Hypothesis::non_inferiority(Better::Lower, -0.1).is_err());
    assert!(Hypothesis::equivalence(Better::Lower, 0.0, 0.0).is_err());
    assert!(Hypothesis::new(Better::Lower, Claim::NonInferiority { margin: f64::NAN }).is_err());
}

#[cfg(feature = "serde")]
#[test]
fn claims_are_documents() {
    for (hypothesis, text) in [
        (Hypothesis::superiority(Better::Higher), r#"{"better":"higher","claim":"superiority"}"#),
        (
            Hypothesis::non_inferiority(Better::Lower, 0.1).unwrap().about(1.0).unwrap(),
            r#"{"better":"lower","claim":{"non_inferiority":{"margin":0.1}},"no_effect":1.0}"#,
        ),
        (
            Hypothesis::equivalence(Better::Lower, 0.1, 0.2).unwrap(),
            r#"{"better":"lower","claim":{"equivalence":{"worse":0.1,"better":0.2}}}"#,
        ),
    ] {
        assert_eq!(serde_json::to_string(&hypothesis).unwrap(), text);
        assert_eq!(serde_json::from_str::<Hypothesis>(text).unwrap(), hypothesis);
    }
    for text in [
        r#"{"better":"higher","claim":{"non_inferiority":{"margin":-0.1}}}"#,
        r#"{"better":"higher","claim":{"equivalence":{"worse":0,"better":0}}}"#,
        r#"{"better":"higher","claim":{"non_inferiority":{"margin":0.1,"gain":1}}}"#,
        r#"{"better":"higher","claim":"superiority","level":1}"#,
    ] {
        assert!(serde_json::from_str::<Hypothesis>(text).is_err(), "{text}");
    }
}

#[test]
fn exact_mcnemar_decides_superiority_by_p() {
    let pairs = |lost, gained| PairTally::new(80, lost, gained, 4).unwrap();
    let superior = Hypothesis::superiority(Better::Higher);
    let alpha = Alpha::new(0.025).unwrap();
    for (lost, gained, conclusion) in
        [(2, 14, Conclusion::Pass), (14, 2, Conclusion::Fail), (5, 6, Conclusion::Inconclusive)]
    {
        let tally = pairs(lost, gained);
        let judged = superior.assess(alpha, |question| mcnemar_exact(&tally, question)).unwrap();
        assert_eq!(judged.conclusion, conclusion, "{judged:?}");
        assert!(judged.interval.is_none() && judged.p.is_some());
    }
    // No discordant pairs: no evidence of anything.
    let tally = pairs(0, 0);
    let judged = superior.assess(alpha, |question| mcnemar_exact(&tally, question)).unwrap();
    assert_eq!(judged.conclusion, Conclusion::Inconclusive);
    // It has no margin, and says so rather than testing another one.
    let margin = Hypothesis::non_inferiority(Better::Higher, 0.02).unwrap();
    let error = margin.assess(alpha, |question| mcnemar_exact(&tally, question)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Mismatch);
    let judged = margin.assess(alpha, |question| tango(&tally, question)).unwrap();
    assert_eq!(judged.conclusion, Conclusion::Inconclusive);
}

proptest! {
    /// Conclusion and p agree; swapping the arms and the direction changes nothing; TOST passes
    /// where both tests do, and its p is the larger one.
    #[test]
    fn claims_are_sound(
        (good_b, good_c) in (0..60u64, 0..60u64),
        margin in 0.0..0.3f64,
        gain in 0.05..0.3f64,
        alpha in 0.01..0.2f64,
    ) {
        let (b, c) = (Tally::new(good_b, 60).unwrap(), Tally::new(good_c, 60).unwrap());
        let level = Alpha::new(alpha).unwrap();
        let ask = |hypothesis: Hypothesis, b: &Tally, c: &Tally| {
            hypothesis.assess(level, |question| miettinen_nurminen(b, c, question)).unwrap()
        };
        let higher = Hypothesis::non_inferiority(Better::Higher, margin).unwrap();
        let lower = Hypothesis::non_inferiority(Better::Lower, margin).unwrap();
        let judged = ask(higher, &b, &c);
        let left = judged.margin_left.unwrap();
        if left.abs() > 1e-9 {
            prop_assert_eq!(judged.conclusion == Conclusion::Pass, left > 0.0);
            prop_assert_eq!(judged.p.unwrap() < alpha, left > 0.0);
        }
        let mirrored = ask(lower, &b.complement(), &c.complement());
        if left.abs() > 1e-9 {
            prop_assert_eq!(mirrored.conclusion, judged.conclusion);
        }
        prop_assert!((mirrored.margin_left.unwrap() - left).abs() < 1e-9);
        prop_assert!((mirrored.ln_p.unwrap() - judged.ln_p.unwrap()).abs() < 1e-7);
        let same = Hypothesis::equivalence(Better::Higher, margin, gain).unwrap();
        let tost = ask(same, &b, &c);
        let p = same.questions(level).iter()
            .map(|question| miettinen_nurminen(&b, &c, question).unwrap().p.unwrap())
            .fold(0.0, f64::max);
        prop_assert_eq!(tost.p.unwrap(), p);
        if tost.margin_left.unwrap().abs() > 1e-9 {
            prop_assert_eq!(tost.conclusion == Conclusion::Pass, p < alpha);
        }
        // What is equivalent is not inferior.
        if tost.conclusion == Conclusion::Pass {
            prop_assert_eq!(judged.conclusion, Conclusion::Pass);
        }
    }
}

// --- Multiplicity --------------------------------------------------------------------------------

pub(super) type Procedure = fn(&[Tested], Alpha) -> Vec<Adjusted>;

pub(super) const PROCEDURES: [(&str, Procedure); 6] = [
    ("bonferroni", bonferroni),
    ("holm", holm),
    ("hochberg", hochberg),
    ("benjamini_hochberg", benjamini_hochberg),
    ("benjamini_yekutieli", benjamini_yekutieli),
    ("fixed_sequence", fixed_sequence),
];

pub(super) fn family(p: &[f64]) -> Vec<Tested> {
    let named = p.iter().enumerate();
    named.map(|(index, p)| Tested::of_p(format!("test {index}"), *p).unwrap()).collect()
}

proptest! {
    #[test]
    fn adjustments_are_sound(
        p in prop::collection::vec(prop_oneof![0.0..=1.0f64, 0.0..0.05f64, Just(0.03)], 1..12),
        at in any::<prop::sample::Index>(),
        turn in 0..12usize,
        alpha in 0.001..0.3f64,
    ) {
        let level = Alpha::new(alpha).unwrap();
        let tests = family(&p);
        let mut turned = tests.clone();
        turned.rotate_left(turn % tests.len());
        let at = at.index(p.len());
        let mut smaller = p.clone();
        smaller[at] *= 0.5;
        for (name, adjust) in PROCEDURES {
            let adjusted = adjust(&tests, level);
            for (test, own) in adjusted.iter().zip(&p) {
                prop_assert!(test.adjusted_p >= own * (1.0 - 1e-12) && test.adjusted_p <= 1.0);
                prop_assert_eq!(test.is_rejected, test.adjusted_p < alpha);
            }
            // Less p anywhere is no more adjusted p anywhere.
            for (less, more) in adjust(&family(&smaller), level).iter().zip(&adjusted) {
                prop_assert!(less.ln_adjusted_p <= more.ln_adjusted_p + 1e-12, "{}", name);
            }
            if name == "fixed_sequence" {
                continue;
            }
            // The order of questions does not matter, and that of p is kept.
            for test in adjust(&turned, level) {
                let same = adjusted.iter().find(|other| other.name == test.name).unwrap();
                prop_assert_eq!(same, &test);
            }
            for one in &adjusted {
                for other in &adjusted {
                    prop_assert!(one.ln_p > other.ln_p || one.ln_adjusted_p <= other.ln_adjusted_p);
                }
            }
        }
        let by = |adjust: Procedure| adjust(&tests, level).into_iter().map(|t| t.ln_adjusted_p);
        let at_most = |one: Procedure, other: Procedure| {
            by(one).zip(by(other)).all(|(a, b)| a <= b + 1e-12)
        };
        prop_assert!(at_most(holm, bonferroni) && at_most(hochberg, holm));
        prop_assert!(at_most(benjamini_hochberg, hochberg));
        prop_assert!(at_most(benjamini_hochberg, benjamini_yekutieli));
    }
}

#[test]
fn adjustments_go_on_where_p_underflows() {
    let tests: Vec<_> = [-5000.0, -4999.0, -1.0]
        .iter()
        .enumerate()
        .map(|(index, ln_p)| Tested::of_ln_p(index.to_string(), *ln_p).unwrap())
        .collect();
    let adjusted = holm(&tests, Alpha::FIVE_PERCENT);
    assert!((adjusted[0].ln_adjusted_p - (3_f64.ln() - 5000.0)).abs() < 1e-12);
    assert!((adjusted[1].ln_adjusted_p - (2_f64.ln() - 4999.0)).abs() < 1e-12);
    assert!(adjusted[0].is_rejected && adjusted[1].is_rejected && !adjusted[2].is_rejected);
    for (_, adjust) in PROCEDURES {
        assert!(adjust(&[], Alpha::FIVE_PERCENT).is_empty());
    }
    assert!(Tested::of_p("nan", f64::NAN).is_err() && Tested::of_p("two", 2.0).is_err());
    assert!(Tested::of_ln_p("nan", f64::NAN).is_err() && Tested::of_ln_p("one", 1.0).is_err());
}

// --- Sample ratio, CUPED -------------------------------------------------------------------------

fn counts(counts: &[u64], weights: &[f64]) -> Vec<ArmCount> {
    let arms = counts.iter().zip(weights);
    arms.map(|(count, weight)| ArmCount { count: *count, weight: *weight }).collect()
}

#[test]
fn degenerate_ratios_have_answers() {
    let p = |c: &[u64], w: &[f64]| sample_ratio(&counts(c, w)).unwrap();
    assert_eq!(p(&[5, 0], &[1.0, 0.0]).p, Some(1.0));
    let impossible = p(&[5, 1], &[1.0, 0.0]);
    assert_eq!((impossible.p, impossible.ln_p), (Some(0.0), Some(f64::NEG_INFINITY)));
    assert_eq!(p(&[5, 5], &[1.0, 1.0]).p, Some(1.0));
    assert_eq!(p(&[3, 3, 3], &[1.0, 1.0, 1.0]).p, Some(1.0));
    // An arm without weight and units leaves the two others.
    assert_eq!(p(&[5, 9, 0], &[1.0, 1.0, 0.0]).p, p(&[5, 9], &[1.0, 1.0]).p);
    // Far beyond the range of doubles, by chi-square and by the sum.
    assert!(p(&[1_000_000, 0, 0], &[1.0, 1.0, 1.0]).ln_p.unwrap() < -900_000.0);
    let far = p(&[500, 0, 0], &[1.0, 10.0, 10.0]);
    assert!((far.ln_p.unwrap() + 500.0 * 21_f64.ln()).abs() < 1.0, "{far:?}");
    for (c, w, kind) in [
        (vec![1], vec![1.0], ErrorKind::TooFew),
        (vec![0, 0], vec![1.0, 1.0], ErrorKind::TooFew),
        (vec![1, 1], vec![0.0, 0.0], ErrorKind::TooFew),
        (vec![1, 1], vec![-1.0, 1.0], ErrorKind::OutOfRange),
        (vec![1, 1], vec![f64::NAN, 1.0], ErrorKind::OutOfRange),
        (vec![u64::MAX, 1], vec![1.0, 1.0], ErrorKind::TooLarge),
        (vec![1, 1], vec![f64::MAX, f64::MAX], ErrorKind::TooLarge),
    ] {
        assert_eq!(sample_ratio(&counts(&c, &w)).unwrap_err().kind(), kind, "{c:?} {w:?}");
    }
}

proptest! {
    /// The order of arms and the unit of weights do not matter.
    #[test]
    fn ratios_are_sound(c in prop::collection::vec(0..40u64, 2..4), scale in 0.1..10.0f64) {
        let weights: Vec<_> = (1..=c.len()).map(|weight| weight as f64).collect();
        prop_assume!(c.iter().sum::<u64>() > 0);
        let one = sample_ratio(&counts(&c, &weights)).unwrap();
        let scaled: Vec<_> = weights.iter().map(|weight| weight * scale).collect();
        let (mut back, mut back_weights) = (c.clone(), scaled);
        back.reverse();
        back_weights.reverse();
        let other = sample_ratio(&counts(&back, &back_weights)).unwrap();
        prop_assert!((one.ln_p.unwrap() - other.ln_p.unwrap()).abs() < 1e-8);
        prop_assert!((0.0..=1.0).contains(&one.p.unwrap()));
    }

    /// A covariate that says nothing changes little, one that is constant nothing; swapping the
    /// arms mirrors; units of the covariate do not matter.
    #[test]
    fn cuped_is_sound(
        b in prop::collection::vec((0.0..10.0f64, 0.0..10.0f64), 4..30),
        c in prop::collection::vec((0.0..10.0f64, 0.0..12.0f64), 4..30),
        unit in 0.01..100.0f64,
    ) {
        let question = Question::greater_than(0.3);
        let moments = |rows: &[(f64, f64)], unit: f64| {
            pair_moments(rows.iter().map(|(covariate, metric)| (covariate * unit + 5.0, *metric)))
        };
        let (mb, mc) = (moments(&b, 1.0), moments(&c, 1.0));
        let one = cuped(&mb, &mc, &question).unwrap();
        let scaled = cuped(&moments(&b, unit), &moments(&c, unit), &question).unwrap();
        let close = |a: f64, b: f64| (a - b).abs() < 1e-6 * (1.0 + a.abs());
        prop_assert!(close(one.outcome.ln_p.unwrap(), scaled.outcome.ln_p.unwrap()));
        prop_assert!(close(one.variance_reduction, scaled.variance_reduction));
        let back = Question::less_than(-0.3);
        let mirrored = cuped(&mc, &mb, &back).unwrap();
        prop_assert!(close(one.outcome.ln_p.unwrap(), mirrored.outcome.ln_p.unwrap()));
        prop_assert!(one.variance_reduction <= 1.0);
        // Constant: Welch's answer.
        let plain = cuped(&moments(&b, 0.0), &moments(&c, 0.0), &question).unwrap();
        let unadjusted = welch(mb.candidate(), mc.candidate(), &question).unwrap();
        prop_assert_eq!(plain.theta, None);
        prop_assert_eq!(plain.outcome.p, unadjusted.p);
    }
}

#[test]
fn a_covariate_that_determines_all_is_refused() {
    let rows =
        |shift: f64| pair_moments((0..50).map(move |i| (f64::from(i), 0.1 * f64::from(i) + shift)));
    let error = cuped(&rows(0.0), &rows(1.0), &Question::differs_from(0.0)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ZeroVariance);
    let few = pair_moments([(1.0, 1.0)].into_iter());
    let error = cuped(&few, &rows(1.0), &Question::differs_from(0.0)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooFew);
    // Equal values in the metric, too.
    let flat = || pair_moments((0..50).map(|i| (f64::from(i % 7), 2.0)));
    let error = cuped(&flat(), &flat(), &Question::differs_from(0.0)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ZeroVariance);
}

/// A judgement through another family, with its own interval.
#[test]
fn means_are_judged_in_their_units() {
    let mut moments = Moments::default();
    moments.update_slice(&(0..100).map(|i| f64::from(i % 10)).collect::<Vec<_>>()).unwrap();
    let same = Hypothesis::equivalence(Better::Lower, 1.0, 1.0).unwrap();
    let judged =
        same.assess(Alpha::FIVE_PERCENT, |question| welch(&moments, &moments, question)).unwrap();
    assert_eq!(judged.conclusion, Conclusion::Pass);
    let interval = judged.interval.unwrap();
    assert!((interval.confidence - 0.9).abs() < 1e-15 && interval.sides == Sides::Both);
    let pairs = pair_moments((0..30).map(|i| (f64::from(i), f64::from(i + i % 3))));
    let worse = Hypothesis::superiority(Better::Lower);
    let judged = worse.assess(Alpha::FIVE_PERCENT, |question| paired_t(&pairs, question)).unwrap();
    assert_eq!(judged.conclusion, Conclusion::Fail);
    assert!(worse.assess(Alpha::new(0.5).unwrap(), |q| paired_t(&pairs, q)).is_err());
}
