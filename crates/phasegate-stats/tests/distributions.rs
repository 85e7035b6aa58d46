//! Tails and quantiles against Arb; the generator stands beside the numbers.

use std::collections::BTreeMap;

use phasegate_stats::Error;
use phasegate_stats::dist::{
    Beta, Binomial, ChiSquared, Continuous, Discrete, FisherF, Hypergeometric, NoncentralT, Normal,
    StudentsT, Tails,
};
use proptest::prelude::*;

const TAILS: &str = include_str!("../../../fixtures/reference/stats/distributions.tsv");

/// One row of the reference: a distribution, its arguments, both tails and their logarithms.
struct Point<'a> {
    name: &'a str,
    arguments: Vec<f64>,
    tails: Tails,
}

fn points() -> impl Iterator<Item = Point<'static>> {
    TAILS.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let fields: Vec<_> = line.split('\t').collect();
        let numbers: Vec<f64> = fields[2..].iter().map(|field| field.parse().unwrap()).collect();
        let [lower, upper, ln_lower, ln_upper] = numbers[..] else { panic!("{line}") };
        Point {
            name: fields[0],
            arguments: fields[1].split(' ').map(|field| field.parse().unwrap()).collect(),
            tails: Tails { lower, upper, ln_lower, ln_upper },
        }
    })
}

fn count(value: f64) -> u64 {
    format!("{value}").parse().unwrap()
}

fn tails(point: &Point<'_>) -> Result<Tails, Error> {
    let a = &point.arguments;
    match point.name {
        "normal" => Normal.tails(a[0]),
        "t" => StudentsT::new(a[0])?.tails(a[1]),
        "chi_squared" => ChiSquared::new(a[0])?.tails(a[1]),
        "f" => FisherF::new(a[0], a[1])?.tails(a[2]),
        "beta" => Beta::new(a[0], a[1])?.tails(a[2]),
        "binomial" => Binomial::new(count(a[0]), a[1])?.tails(count(a[2])),
        "hypergeometric" => {
            Hypergeometric::new(count(a[0]), count(a[1]), count(a[2]))?.tails(count(a[3]))
        }
        other => panic!("unknown distribution {other}"),
    }
}

fn relative(got: f64, want: f64) -> f64 {
    if got == want { 0.0 } else { ((got - want) / want).abs() }
}

#[test]
fn tails_agree_with_arb() {
    let (mut seen, mut faults) = (0, Vec::new());
    let mut worst: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    for point in points() {
        seen += 1;
        let what = format!("{} {:?}", point.name, point.arguments);
        let got = match tails(&point) {
            Ok(got) => got,
            Err(error) => {
                faults.push(format!("{what}: {error}"));
                continue;
            }
        };
        let want = point.tails;
        for (side, got, want, got_ln, want_ln) in [
            ("lower", got.lower, want.lower, got.ln_lower, want.ln_lower),
            ("upper", got.upper, want.upper, got.ln_upper, want.ln_upper),
        ] {
            let (region, tolerance) = if want > 1e-12 { ("body", 1e-12) } else { ("tail", 1e-10) };
            if want > 1e-300 {
                let error = relative(got, want);
                let entry = worst.entry((point.name, region)).or_default();
                *entry = entry.max(error);
                if error.is_nan() || error > tolerance {
                    faults.push(format!("{what} {side}: {got:e}, Arb {want:e}, off by {error:e}"));
                }
            }
            let error = relative(got_ln, want_ln);
            let entry = worst.entry((point.name, "logarithm")).or_default();
            *entry = entry.max(error);
            if error.is_nan() || error > 1e-12 {
                faults.push(format!(
                    "{what} ln {side}: {got_ln:e}, Arb {want_ln:e}, off by {error:e}"
                ));
            }
        }
    }
    println!("{seen} points, worst relative errors {worst:#?}");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(seen >= 2000, "only {seen} points");
}

/// The quantile of the point's smaller tail, by whichever side that is.
fn quantile(point: &Point<'_>) -> Option<Result<f64, Error>> {
    let a = &point.arguments;
    let (p, q) = (point.tails.lower, point.tails.upper);
    let solve = |distribution: &dyn Continuous| {
        if p < q { distribution.quantile(p) } else { distribution.upper_quantile(q) }
    };
    Some(match point.name {
        "normal" => solve(&Normal),
        "t" => StudentsT::new(a[0]).and_then(|t| solve(&t)),
        "chi_squared" => ChiSquared::new(a[0]).and_then(|chi| solve(&chi)),
        "f" => FisherF::new(a[0], a[1]).and_then(|f| solve(&f)),
        "beta" => Beta::new(a[0], a[1]).and_then(|beta| solve(&beta)),
        _ => return None,
    })
}

/// A quantile is right when the tails a few last digits to either side enclose the probability:
/// that holds however flat or steep the distribution is there.
#[test]
fn quantiles_invert_the_tails() {
    let mut seen = 0;
    for point in points() {
        let small = point.tails.lower.min(point.tails.upper);
        let Some(x) = quantile(&point).filter(|_| small > 1e-300) else { continue };
        let what = format!("{} {:?}", point.name, point.arguments);
        let x = x.unwrap_or_else(|error| panic!("{what}: {error}"));
        if x == 0.0 || x.is_infinite() {
            assert!(x.abs() == 0.0 && point.arguments.last().unwrap().abs() < 1e-12, "{what}: {x}");
            continue;
        }
        let at = |x: f64| {
            let mut arguments = point.arguments.clone();
            *arguments.last_mut().unwrap() = x;
            let got = tails(&Point { arguments, ..point }).unwrap();
            if point.tails.lower < point.tails.upper { got.lower } else { got.upper }
        };
        let (left, right) = (at(x * (1.0 - 2e-14)), at(x * (1.0 + 2e-14)));
        let (least, most) = (left.min(right) * (1.0 - 2e-13), left.max(right) * (1.0 + 2e-13));
        assert!(
            least <= small && small <= most,
            "{what}: at {x:e} from {left:e} to {right:e}, expected {small:e}"
        );
        seen += 1;
    }
    assert!(seen >= 1000, "only {seen} points");
}

const QUANTILES: &str = include_str!("../../../fixtures/reference/stats/quantiles.tsv");

#[test]
fn quantiles_agree_with_mpmath() {
    for line in QUANTILES.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<_> = line.split('\t').collect();
        let a: Vec<f64> =
            fields[1].split_whitespace().map(|field| field.parse().unwrap()).collect();
        let (q, want): (f64, f64) = (fields[2].parse().unwrap(), fields[3].parse().unwrap());
        let got = match fields[0] {
            "normal" => Normal.upper_quantile(q),
            "t" => StudentsT::new(a[0]).unwrap().upper_quantile(q),
            "chi_squared" => ChiSquared::new(a[0]).unwrap().upper_quantile(q),
            "f" => FisherF::new(a[0], a[1]).unwrap().upper_quantile(q),
            "beta" => Beta::new(a[0], a[1]).unwrap().upper_quantile(q),
            other => panic!("unknown distribution {other}"),
        };
        let error = relative(got.clone().unwrap(), want);
        assert!(error <= 1e-13, "{line}: {got:?}, off by {error:e}");
    }
}

/// mpmath 1.4.1 at 40 digits: the integral of the scale's density times the normal tail, by
/// `mp.quad`; scipy 1.17.1 `stats.nct.sf` agrees to its 1e-11.
#[test]
fn noncentral_t_agrees_with_mpmath() {
    for (t, df, shift, want) in [
        (2.0, 5.0, 1.0, 0.221_925_337_383_785_13),
        (1.729132811521367, 19.0, 2.23606797749979, 0.695_149_338_244_341_4),
        (1.7, 10.0, 3.0, 0.895_336_931_496_454),
        (0.0, 4.0, 1.5, 0.933_192_798_731_141_9),
        (-1.0, 30.0, 1.0, 0.975_898_773_517_566_9),
        (3.0, 1.0, 2.0, 0.47514283826631215),
        (2.0, 200.0, 4.5, 0.99361377435893),
        (1.96, 1e6, 2.5, 0.7054014739171856),
        (6.313751514675043, 1.0, 0.5, 0.08718896425284364),
        (318.3088389855, 1.0, 3.0, 0.007520719050118539),
        (63.65674116287, 1.0, 40.0, 0.4701877821656888),
        (8.0, 1.5, 2.0, 0.11603108869530819),
        (3.0, 1.5, -1.0, 0.012161372505524163),
        (400.0, 2.3, 10.0, 0.0002294726919431296),
        (20.0, 3.7, 12.0, 0.1796767538833881),
        (250.0, 3.7, 300.0, 0.7787341060559744),
        (-1.0, 9.0, 2.5, 0.9996475872908543),
        (110.0, 30.0, 100.0, 0.2654894807182386),
        (1.645, 1e4, 3.0, 0.9122831708871993),
        (50.5, 1e6, 50.0, 0.308654116359793),
        (1.96, 1e8, 2.8, 0.7995458058516005),
        (1001.0, 1e10, 1e3, 0.1586613212076391),
        (-1.65, 250.0, -3.0, 0.08883152419536025),
    ] {
        let got = NoncentralT::new(df, shift).unwrap().tails(t).unwrap();
        let error = relative(got.upper, want);
        assert!(error <= 1e-11, "t {t}, df {df}, shift {shift}: {got:?}, off by {error:e}");
        assert!((got.lower + got.upper - 1.0).abs() < 1e-11);
    }
}

/// statrs 0.19.1 where it is good: a second opinion from other formulas.
#[test]
fn the_body_agrees_with_statrs() {
    use statrs::distribution::ContinuousCDF;
    use statrs::distribution::DiscreteCDF;

    let close = |what: &str, got: f64, want: f64, tolerance: f64| {
        assert!((got - want).abs() <= tolerance * want, "{what}: {got:e}, statrs {want:e}");
    };
    for df in [1.0, 3.0, 12.5, 200.0] {
        let ours = StudentsT::new(df).unwrap();
        let theirs = statrs::distribution::StudentsT::new(0.0, 1.0, df).unwrap();
        let chi = ChiSquared::new(df).unwrap();
        let their_chi = statrs::distribution::ChiSquared::new(df).unwrap();
        for x in [0.3, 1.0, 2.5, 6.0] {
            close(&format!("t {df} {x}"), ours.sf(x).unwrap(), theirs.sf(x), 1e-9);
            close(&format!("chi {df} {x}"), chi.sf(x * df).unwrap(), their_chi.sf(x * df), 1e-9);
        }
    }
    for (trials, rate) in [(20, 0.5), (100, 0.03), (2000, 0.95)] {
        let ours = Binomial::new(trials, rate).unwrap();
        let theirs = statrs::distribution::Binomial::new(rate, trials).unwrap();
        for k in [1, 3, 10, trials * 19 / 20] {
            let (got, want) = (ours.cdf(k).unwrap(), theirs.cdf(k));
            if want > 1e-9 {
                close(&format!("binomial {trials} {rate} {k}"), got, want, 1e-9);
            }
        }
    }
}

proptest! {
    #[test]
    fn no_argument_panics(
        a in any::<f64>(),
        b in any::<f64>(),
        x in any::<f64>(),
        n in any::<u64>(),
        k in any::<u64>(),
    ) {
        drop(Normal.tails(x));
        drop(Normal.quantile(x));
        for continuous in [
            StudentsT::new(a).map(|d| Box::new(d) as Box<dyn Continuous>),
            ChiSquared::new(a).map(|d| Box::new(d) as Box<dyn Continuous>),
            FisherF::new(a, b).map(|d| Box::new(d) as Box<dyn Continuous>),
            Beta::new(a, b).map(|d| Box::new(d) as Box<dyn Continuous>),
        ]
        .into_iter()
        .flatten()
        {
            drop(continuous.tails(x));
            drop(continuous.quantile(x));
        }
        if let Ok(binomial) = Binomial::new(n, x) {
            drop((binomial.tails(k), binomial.ln_pmf(k)));
        }
        drop(NoncentralT::new(a, b).and_then(|d| d.tails(x)));
    }

    /// Within the region every answer is a probability, the two tails are one together, and nothing
    /// fails to converge.
    #[test]
    fn tails_are_probabilities(
        a in -3.0..9.0f64,
        b in -3.0..9.0f64,
        z in -40.0..40.0f64,
        u in 0.0..1.0f64,
    ) {
        let (a, b) = (10f64.powf(a).max(1e-3), 10f64.powf(b).max(1e-3));
        let mean = a / (a + b);
        let near = (mean + z * (mean * (1.0 - mean) / (a + b + 1.0)).sqrt()).clamp(0.0, 1.0);
        for (what, tails) in [
            ("beta", Beta::new(a, b).unwrap().tails(near)),
            ("beta anywhere", Beta::new(a, b).unwrap().tails(u)),
            ("t", StudentsT::new(a).unwrap().tails(z)),
            ("F", FisherF::new(a, b).unwrap().tails(u * 10.0)),
            ("chi-square", ChiSquared::new(a).unwrap().tails((a + z * (2.0 * a).sqrt()).max(u))),
            ("normal", Normal.tails(z)),
        ] {
            let Tails { lower, upper, ln_lower, ln_upper } =
                tails.unwrap_or_else(|error| panic!("{what} {a} {b} {near} {u} {z}: {error}"));
            prop_assert!(
                (lower + upper - 1.0).abs() <= 1e-12,
                "{what} {a} {b} {near} {u} {z}: {lower} {upper}"
            );
            prop_assert!(ln_lower <= 0.0 && ln_upper <= 0.0);
            prop_assert!(
                (ln_lower.exp() - lower).abs() <= 1e-12 && (ln_upper.exp() - upper).abs() <= 1e-12
            );
        }
    }

    #[test]
    fn quantiles_converge_everywhere(
        a in -3.0..9.0f64,
        b in -3.0..9.0f64,
        p in 0.0..1.0f64,
        far in -300.0..0.0f64,
    ) {
        let (a, b) = (10f64.powf(a).max(1e-3), 10f64.powf(b).max(1e-3));
        for p in [p, 10f64.powf(far)] {
            for (what, distribution) in [
                ("beta", Box::new(Beta::new(a, b).unwrap()) as Box<dyn Continuous>),
                ("t", Box::new(StudentsT::new(a).unwrap())),
                ("F", Box::new(FisherF::new(a, b).unwrap())),
                ("chi-square", Box::new(ChiSquared::new(a).unwrap())),
                ("normal", Box::new(Normal)),
            ] {
                for point in [distribution.quantile(p), distribution.upper_quantile(p)] {
                    let point =
                        point.unwrap_or_else(|error| panic!("{what} {a} {b} at {p:e}: {error}"));
                    prop_assert!(!point.is_nan());
                }
                prop_assert!(
                    distribution.quantile(p).unwrap()
                        <= distribution.quantile((p * 1.5).min(1.0)).unwrap()
                );
            }
        }
    }

    /// The tail of the hypergeometric distribution is the sum of its masses, and swapping the two
    /// margins changes nothing.
    #[test]
    fn hypergeometric_tails_are_sums(
        population in 1u64..200,
        good in 0u64..200,
        draws in 0u64..200,
        k in 0u64..200,
    ) {
        let (good, draws) = (good.min(population), draws.min(population));
        let ours = Hypergeometric::new(population, good, draws).unwrap();
        let swapped = Hypergeometric::new(population, draws, good).unwrap();
        let sum: f64 = (0..=k).map(|i| ours.ln_pmf(i).exp()).sum();
        let tails = ours.tails(k).unwrap();
        prop_assert!((tails.lower - sum).abs() <= 1e-12, "{} {sum}", tails.lower);
        prop_assert!((tails.lower - swapped.cdf(k).unwrap()).abs() <= 1e-12);
    }

    #[test]
    fn discrete_quantiles_are_least(trials in 1u64..5000, rate in 0.0..1.0f64, p in 0.0..1.0f64) {
        let binomial = Binomial::new(trials, rate).unwrap();
        let k = binomial.quantile(p).unwrap();
        prop_assert!(binomial.cdf(k).unwrap() >= p * (1.0 - 1e-11));
        prop_assert!(k == 0 || binomial.cdf(k - 1).unwrap() < p * (1.0 + 1e-11));
    }
}
