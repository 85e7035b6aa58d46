//! Laws of the unconditional exact tests of two rates.

use phasegate_stats::summary::Tally;
use phasegate_stats::two_sample::{barnard, boschloo, fisher};
use phasegate_stats::{Alternative, Error, ErrorKind, Outcome, Question};
use proptest::prelude::*;

type OnArms = fn(&Tally, &Tally, &Question) -> Result<Outcome, Error>;

const METHODS: [(&str, OnArms); 2] = [("boschloo", boschloo), ("barnard", barnard)];
const ALTERNATIVES: [Alternative; 3] =
    [Alternative::TwoSided, Alternative::Less, Alternative::Greater];

fn tally() -> impl Strategy<Value = Tally> {
    (1..25u64)
        .prop_flat_map(|trials| (0..=trials, Just(trials)))
        .prop_map(|(successes, trials)| Tally::new(successes, trials).unwrap())
}

fn asked(alternative: Alternative) -> Question {
    Question { alternative, ..Question::differs_from(0.0) }
}

fn ln_p(method: OnArms, baseline: &Tally, candidate: &Tally, alternative: Alternative) -> f64 {
    ln_p_of(&method(baseline, candidate, &asked(alternative)).unwrap())
}

fn ln_p_of(outcome: &Outcome) -> f64 {
    let (p, ln_p) = (outcome.p.unwrap(), outcome.ln_p.unwrap());
    assert!((0.0..=1.0).contains(&p) && (p - ln_p.exp()).abs() <= 1e-12 * p, "{outcome:?}");
    ln_p
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn arms_that_change_places_mirror_the_answer(baseline in tally(), candidate in tally()) {
        for (name, method) in METHODS {
            for alternative in ALTERNATIVES {
                let here = ln_p(method, &baseline, &candidate, alternative);
                let (bad_b, bad_c) = (baseline.complement(), candidate.complement());
                for there in [
                    ln_p(method, &candidate, &baseline, alternative.mirrored()),
                    ln_p(method, &bad_b, &bad_c, alternative.mirrored()),
                ] {
                    prop_assert!((here - there).abs() < 1e-9, "{name} {alternative:?} {here} {there}");
                }
            }
        }
    }

    /// What is given away by conditioning on the margins is won back.
    #[test]
    fn boschloo_is_never_weaker_than_fisher(baseline in tally(), candidate in tally()) {
        for alternative in [Alternative::Less, Alternative::Greater] {
            let ours = ln_p(boschloo, &baseline, &candidate, alternative);
            let odds = Question { alternative, ..Question::differs_from(1.0) };
            let fishers = ln_p_of(&fisher(&baseline, &candidate, &odds).unwrap());
            prop_assert!(ours <= fishers + 1e-9, "{ours} {fishers}");
        }
    }

    #[test]
    fn more_successes_are_more_evidence(baseline in tally(), candidate in tally()) {
        prop_assume!(candidate.failures() > 0);
        let more = Tally::new(candidate.successes() + 1, candidate.trials()).unwrap();
        let before = ln_p(boschloo, &baseline, &candidate, Alternative::Greater);
        let after = ln_p(boschloo, &baseline, &more, Alternative::Greater);
        prop_assert!(after <= before + 1e-9, "{before} {after}");
    }
}

/// The level holds for every common rate: all tables are summed, nothing is drawn.
#[test]
fn the_level_holds_exactly() {
    let (n_b, n_c) = (7u64, 10u64);
    let mass = |k: u64, n: u64, rate: f64| {
        let ways: f64 = (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product();
        ways * rate.powf(k as f64) * (1.0 - rate).powf((n - k) as f64)
    };
    for (name, method) in METHODS {
        for alternative in ALTERNATIVES {
            let tables = (0..=n_b).flat_map(|b| (0..=n_c).map(move |c| (b, c)));
            let rejected: Vec<(u64, u64)> = tables
                .filter(|&(b, c)| {
                    let arms = (Tally::new(b, n_b).unwrap(), Tally::new(c, n_c).unwrap());
                    ln_p(method, &arms.0, &arms.1, alternative) <= 0.05f64.ln()
                })
                .collect();
            assert!(!rejected.is_empty(), "{name} {alternative:?} never rejects");
            for rate in [0.02, 0.2, 0.5, 0.77, 0.99] {
                let level: f64 =
                    rejected.iter().map(|&(b, c)| mass(b, n_b, rate) * mass(c, n_c, rate)).sum();
                assert!(level <= 0.05 + 1e-9, "{name} {alternative:?} {rate}: {level}");
            }
        }
    }
}

#[test]
fn what_they_do_not_take_is_refused() {
    let (none, some) = (Tally::new(0, 0).unwrap(), Tally::new(3, 9).unwrap());
    let many = Tally::new(500, 1001).unwrap();
    for (name, method) in METHODS {
        for (baseline, candidate, kind) in [
            (&none, &some, ErrorKind::TooFew),
            (&some, &none, ErrorKind::TooFew),
            (&many, &some, ErrorKind::TooLarge),
            (&some, &many, ErrorKind::TooLarge),
        ] {
            let outcome = method(baseline, candidate, &Question::differs_from(0.0));
            assert_eq!(outcome.unwrap_err().kind(), kind, "{name}");
        }
    }
}
