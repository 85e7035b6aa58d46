//! The Bayesian view of two rates, against exact rationals and quadrature, and its laws.

use phasegate_stats::ErrorKind;
use phasegate_stats::bayes::{BetaPrior, beta_binomial};
use phasegate_stats::summary::Tally;
use proptest::prelude::*;

type Counts = (u64, u64);

/// `fixtures/reference/stats/bayes.py`: successes and failures of candidate and baseline, the
/// prior, P(candidate higher), the expected loss of the candidate.
const CASES: [(Counts, Counts, BetaPrior, f64, f64); 5] = [
    ((3, 1), (2, 2), BetaPrior::FLAT, 0.738095238095238, 0.0429292929292929),
    ((95, 5), (90, 10), BetaPrior::FLAT, 0.904268211857696, 0.00174099566647703),
    ((29, 2), (39, 1), BetaPrior::FLAT, 0.219876335639407, 0.0501666312972506),
    ((950, 50), (930, 70), BetaPrior::JEFFREYS, 0.970357245853528, 0.000122286328752138),
    ((0, 10), (3, 7), BetaPrior::JEFFREYS, 0.0237495088236703, 0.274256190734158),
];

fn tally((good, bad): Counts) -> Tally {
    Tally::new(good, good + bad).unwrap()
}

#[test]
fn rates_compare_as_by_other_means() {
    for (candidate, baseline, prior, higher, loss) in CASES {
        let view = beta_binomial(&tally(baseline), &tally(candidate), prior).unwrap();
        assert!((view.candidate_higher - higher).abs() < 1e-13, "{view:?}, expected {higher}");
        assert!((view.loss_of_candidate - loss).abs() < 1e-13, "{view:?}, expected {loss}");
    }
}

#[test]
fn a_prior_must_be_one() {
    let rate = tally((3, 4));
    for successes in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let prior = BetaPrior { successes, failures: 1.0 };
        let kind = beta_binomial(&rate, &rate, prior).unwrap_err().kind();
        assert_eq!(kind, ErrorKind::OutOfRange);
    }
    // No trials leave the prior.
    let none = Tally::default();
    let view = beta_binomial(&none, &none, BetaPrior::FLAT).unwrap();
    // Of two uniform rates the greater exceeds the other by 1/3 on average, half of the time.
    assert!((view.candidate_higher - 0.5).abs() < 1e-13);
    assert!((view.loss_of_candidate - 1.0 / 6.0).abs() < 1e-13);
}

proptest! {
    #[test]
    fn swapped_arms_mirror_the_view(
        b in (0..100_000_u64, 0..1000_u64),
        c in (0..2000_u64, 0..3000_u64),
    ) {
        let (b, c) = (tally(b), tally(c));
        let one = beta_binomial(&b, &c, BetaPrior::JEFFREYS).unwrap();
        let other = beta_binomial(&c, &b, BetaPrior::JEFFREYS).unwrap();
        let same = |a: f64, b: f64| (a - b).abs() < 1e-10;
        prop_assert!(same(one.candidate_higher, 1.0 - other.candidate_higher), "{one:?} {other:?}");
        prop_assert!(same(one.loss_of_candidate, other.loss_of_baseline));
        prop_assert!(same(one.difference, one.loss_of_baseline - one.loss_of_candidate), "{one:?}");
        prop_assert!((0.0..=1.0).contains(&one.candidate_higher));
    }
}
