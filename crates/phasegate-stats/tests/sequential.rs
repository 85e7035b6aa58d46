//! Group sequential looks: bounds against other programs, and the laws of spending.

use phasegate_stats::sequential::{
    LookEstimate, Looks, Spending, repeated_intervals, spending_bounds, stagewise_p,
};
use phasegate_stats::{Alpha, Alternative, ErrorKind, Sides};
use proptest::prelude::*;
use serde_json::Value;

fn spending(name: &str, rho: Option<f64>) -> Spending {
    match name {
        "obrien_fleming" => Spending::ObrienFleming,
        "pocock" => Spending::Pocock,
        "power" => Spending::Power { rho: rho.unwrap() },
        other => panic!("unknown spending {other}"),
    }
}

fn alternative(name: &str) -> Alternative {
    match name {
        "two-sided" => Alternative::TwoSided,
        "less" => Alternative::Less,
        "greater" => Alternative::Greater,
        other => panic!("unknown alternative {other}"),
    }
}

fn looks(spending: Spending, alpha: f64, alternative: Alternative) -> Looks {
    Looks::new(spending, Alpha::new(alpha).unwrap(), alternative).unwrap()
}

/// Bounds, spending, nominal levels and stagewise p; `fixtures/reference/stats/looks.py` names the
/// three sources of each.
#[test]
fn bounds_are_those_of_other_programs() {
    let file = include_str!("../../../fixtures/reference/stats/looks.json");
    let cases: Vec<Value> = serde_json::from_str(file).unwrap();
    assert!(cases.len() >= 14);
    for case in &cases {
        let alternative = alternative(case["alternative"].as_str().unwrap());
        let name = case["spending"].as_str().unwrap();
        let spending = spending(name, case["rho"].as_f64());
        let mut looks = looks(spending, case["alpha"].as_f64().unwrap(), alternative);
        let fractions = case["fractions"].as_array().unwrap();
        let expect = case["looks"].as_array().unwrap();
        for (index, (fraction, want)) in fractions.iter().zip(expect).enumerate() {
            let fraction = fraction.as_f64().unwrap();
            let is_last = case["last"] == true && index + 1 == fractions.len();
            let look = if is_last { looks.take_last(fraction) } else { looks.take(fraction) };
            let look = look.unwrap();
            let what = format!("{name} {alternative:?} {fractions:?} at {fraction}");
            let close = |name: &str, got: f64, want: &Value, relative: f64| {
                let want = want.as_f64().unwrap();
                let off = (got / want - 1.0).abs();
                assert!(off < relative, "{what}: {name} is {got:e}, expected {want:e}");
            };
            close("bound", look.bound().unwrap(), &want["bound"], 1e-10);
            close("spent", look.spent(), &want["spent"], 1e-11);
            close("nominal", look.nominal().unwrap().get(), &want["nominal"], 1e-8);
            for pair in want["p"].as_array().unwrap() {
                let sign = if alternative == Alternative::Less { -1.0 } else { 1.0 };
                let p = looks.stagewise_p(sign * pair[0].as_f64().unwrap()).unwrap();
                close("p", p.p, &pair[1], 1e-9);
                assert!((p.ln_p - p.p.ln()).abs() < 1e-12);
            }
        }
    }
}

/// The Lan-DeMets program, as reprinted in the manual of R's ldbounds (two-sided 0.05, equal
/// fifths; printed digits of O'Brien-Fleming and Pocock type).
#[test]
fn bounds_are_those_of_the_published_table() {
    for (spending, published) in [
        (Spending::ObrienFleming, [4.88, 3.36, 2.68, 2.29, 2.03]),
        (Spending::Pocock, [2.44, 2.43, 2.41, 2.40, 2.39]),
    ] {
        let mut looks = looks(spending, 0.05, Alternative::TwoSided);
        for (index, bound) in published.into_iter().enumerate() {
            let found = looks.take((index + 1) as f64 / 5.0).unwrap().bound().unwrap();
            assert!((found - bound).abs() < 0.0051, "{spending:?} {index}: {found}");
        }
    }
}

#[test]
fn an_overrun_spends_what_is_left_and_then_nothing() {
    let mut looks = looks(Spending::ObrienFleming, 0.05, Alternative::Greater);
    looks.take(0.5).unwrap();
    let last = looks.take(1.2).unwrap();
    assert_eq!(last.spent(), 0.05);
    let after = looks.take(1.3).unwrap();
    assert_eq!((after.bound(), after.nominal(), after.spent()), (None, None, 0.05));
    assert!(after.question(0.0).is_none() && !after.is_crossed(f64::INFINITY));
    let interval = after.repeated_interval(1.0, 0.1).unwrap();
    assert_eq!((interval.lower, interval.sides), (f64::NEG_INFINITY, Sides::Lower));
    // At the look after there is nothing left to find.
    assert!(looks.stagewise_p(9.0).unwrap().p >= 0.05);
}

#[test]
fn a_look_that_can_spend_nothing_leaves_no_trace() {
    let mut with = looks(Spending::ObrienFleming, 0.05, Alternative::Greater);
    // 2 (1 - Phi(1.96 / sqrt(0.0001))) is below 1e-300.
    assert_eq!(with.take(1e-4).unwrap().bound(), None);
    let mut without = looks(Spending::ObrienFleming, 0.05, Alternative::Greater);
    for fraction in [0.25, 0.7, 1.0] {
        let bound = without.take(fraction).unwrap().bound();
        assert_eq!(with.take(fraction).unwrap().bound(), bound);
    }
}

#[test]
fn what_is_no_look_is_refused() {
    let plan = looks(Spending::Pocock, 0.05, Alternative::TwoSided);
    let refused = |looks: &Looks, fraction: f64| {
        looks.clone().take(fraction).map_err(|error| error.kind()).unwrap_err()
    };
    for fraction in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(refused(&plan, fraction), ErrorKind::OutOfRange);
    }
    let mut taken = plan.clone();
    taken.take(0.5).unwrap();
    for fraction in [0.5, 0.4, 0.500_000_01] {
        assert_eq!(refused(&taken, fraction), ErrorKind::OutOfRange);
    }
    for rho in [0.0, -1.0, 101.0, f64::NAN] {
        let alpha = Alpha::FIVE_PERCENT;
        let error = Looks::new(Spending::Power { rho }, alpha, Alternative::Less).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutOfRange);
    }
    assert_eq!(plan.stagewise_p(1.0).unwrap_err().kind(), ErrorKind::TooFew);
    assert_eq!(taken.stagewise_p(f64::NAN).unwrap_err().kind(), ErrorKind::NonFinite);
    // Too many looks are refused before any bound is found: a thousand of them take seconds.
    let many: Vec<f64> = (1..=1001).map(f64::from).collect();
    let (pocock, both) = (Spending::Pocock, Alternative::TwoSided);
    let error = spending_bounds(pocock, Alpha::FIVE_PERCENT, both, &many).unwrap_err();
    let message = "1001 looks are too many; a plan may have 1000";
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::TooLarge, message));
    let look = taken.taken()[0];
    assert_eq!(look.repeated_interval(f64::NAN, 1.0).unwrap_err().kind(), ErrorKind::NonFinite);
    assert_eq!(look.repeated_interval(0.0, -1.0).unwrap_err().kind(), ErrorKind::OutOfRange);
}

/// All at once is one after the other.
#[test]
fn several_looks_are_looks_in_a_row() {
    let seen = [(0.3, 0.5, 0.4), (0.6, 0.9, 0.3), (1.2, 0.7, 0.2)];
    let fractions = seen.map(|(fraction, ..)| fraction);
    for alternative in [Alternative::TwoSided, Alternative::Less, Alternative::Greater] {
        let (spending, alpha) = (Spending::Pocock, Alpha::FIVE_PERCENT);
        let mut looks = looks(spending, 0.05, alternative);
        let one_by_one = seen.map(|(fraction, estimate, error)| {
            looks.take(fraction).unwrap().repeated_interval(estimate, error).unwrap()
        });
        let at_once = seen.map(|(fraction, estimate, standard_error)| LookEstimate {
            fraction,
            estimate,
            standard_error,
        });
        let at_once = repeated_intervals(spending, alpha, alternative, &at_once).unwrap();
        assert_eq!(at_once, one_by_one);
        let p = stagewise_p(spending, alpha, alternative, &fractions, 1.7).unwrap();
        assert_eq!(p, looks.stagewise_p(1.7).unwrap());
    }
    let none = repeated_intervals(Spending::Pocock, Alpha::FIVE_PERCENT, Alternative::Less, &[]);
    assert_eq!(none.unwrap(), []);
}

/// Far tails keep their digits: with hardly anything spent before, the stagewise p is the tail
/// itself.
#[test]
fn a_stagewise_p_goes_on_where_p_underflows() {
    let mut looks = looks(Spending::ObrienFleming, 0.05, Alternative::Greater);
    looks.take(0.01).unwrap();
    let p = looks.stagewise_p(50.0).unwrap();
    // scipy 1.17.1: stats.norm.logsf(50)
    assert_eq!(p.p, 0.0);
    assert!((p.ln_p / -1254.8313611394199 - 1.0).abs() < 1e-14);
}

fn any_spending() -> impl Strategy<Value = Spending> {
    prop_oneof![
        Just(Spending::ObrienFleming),
        Just(Spending::Pocock),
        (0.5..6.0).prop_map(|rho| Spending::Power { rho }),
    ]
}

fn any_alternative() -> impl Strategy<Value = Alternative> {
    prop_oneof![Just(Alternative::TwoSided), Just(Alternative::Less), Just(Alternative::Greater)]
}

fn any_fractions() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(0.02..0.4_f64, 1..6).prop_map(|steps| {
        steps
            .into_iter()
            .scan(0.0, |at, step| {
                *at += step;
                Some(*at)
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn spending_grows_to_alpha_and_bounds_agree_with_p(
        spending in any_spending(),
        alternative in any_alternative(),
        alpha in 0.001..0.3_f64,
        fractions in any_fractions(),
    ) {
        let mut looks = looks(spending, alpha, alternative);
        let mut spent = 0.0;
        for fraction in fractions {
            let look = looks.take(fraction).unwrap();
            prop_assert!(look.spent() >= spent && look.spent() <= alpha * (1.0 + 1e-12));
            spent = look.spent();
            let Some(bound) = look.bound() else { continue };
            // A look alone costs no more than all looks so far.
            prop_assert!(look.nominal().unwrap().get() <= spent * (1.0 + 1e-9));
            // On the bound the stagewise p is what is spent, beyond it less.
            let sign = if alternative == Alternative::Less { -1.0 } else { 1.0 };
            let at = looks.stagewise_p(sign * bound).unwrap().p;
            prop_assert!((at / spent - 1.0).abs() < 1e-9, "{at} {spent}");
            prop_assert!(looks.stagewise_p(sign * (bound + 0.1)).unwrap().p < spent);
            prop_assert!(look.is_crossed(sign * bound));
            prop_assert!(!look.is_crossed(sign * (bound - 1e-9)));
            // The repeated interval excludes the null value where the bound is crossed.
            let interval = look.repeated_interval(sign * (bound + 0.01) * 3.0, 3.0).unwrap();
            prop_assert!(!interval.contains(0.0));
        }
        prop_assert!(looks.take_last(5.0).unwrap().spent() <= alpha * (1.0 + 1e-12));
    }

    #[test]
    fn directions_mirror(spending in any_spending(), fractions in any_fractions()) {
        let mut less = looks(spending, 0.05, Alternative::Less);
        let mut greater = looks(spending, 0.05, Alternative::Greater);
        for fraction in fractions {
            let (low, high) = (less.take(fraction).unwrap(), greater.take(fraction).unwrap());
            prop_assert_eq!(low.bound(), high.bound());
            prop_assert_eq!(less.stagewise_p(-1.3).unwrap(), greater.stagewise_p(1.3).unwrap());
            let (a, b) = (low.repeated_interval(-2.0, 0.5), high.repeated_interval(2.0, 0.5));
            prop_assert_eq!(a.unwrap().negated(), b.unwrap());
        }
    }
}

#[cfg(feature = "serde")]
mod documents {
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Stored and read again after any look, the looks that follow are the same to the bit.
        #[test]
        fn a_state_that_was_stored_goes_on_as_if_it_had_not(
            spending in any_spending(),
            alternative in any_alternative(),
            fractions in any_fractions(),
            split in 0_usize..6,
        ) {
            let mut whole = looks(spending, 0.05, alternative);
            let mut parts = whole.clone();
            for (index, fraction) in fractions.into_iter().enumerate() {
                whole.take(fraction).unwrap();
                parts.take(fraction).unwrap();
                if index >= split {
                    let text = serde_json::to_string(&parts).unwrap();
                    parts = serde_json::from_str(&text).unwrap();
                }
                prop_assert_eq!(&whole, &parts);
            }
        }
    }

    #[test]
    fn a_look_is_shown_with_both_sides_and_its_level() {
        let (alpha, both) = (Alpha::FIVE_PERCENT, Alternative::TwoSided);
        let looks = spending_bounds(Spending::ObrienFleming, alpha, both, &[1.0, 2.0]).unwrap();
        let text = concat!(
            r#"[{"fraction":1.0,"spent":0.05,"bound":1.9599639845400543,"nominal":0.05},"#,
            r#"{"fraction":2.0,"spent":0.05,"bound":null,"nominal":null}]"#
        );
        assert_eq!(serde_json::to_string(&looks).unwrap(), text);
    }

    #[test]
    fn a_document_has_a_stable_form() {
        let text = concat!(
            r#"{"spending":{"power":{"rho":1.0}},"alpha":0.05,"alternative":"greater","#,
            r#""looks":[{"fraction":0.5,"spent":0.025,"bound":1.9599639845400543}]}"#
        );
        let mut plan = looks(Spending::Power { rho: 1.0 }, 0.05, Alternative::Greater);
        plan.take(0.5).unwrap();
        assert_eq!(serde_json::to_string(&plan).unwrap(), text);
        for (from, to) in
            [("0.025", "0.06"), ("0.5", "0"), ("1.9", "-9.9"), ("\"looks\"", "\"look\"")]
        {
            assert!(serde_json::from_str::<Looks>(&text.replacen(from, to, 1)).is_err(), "{from}");
        }
    }
}
