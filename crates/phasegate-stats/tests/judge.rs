//! The judge of Kayenta: intervals and classes against R, scores against its rules.

use phasegate_stats::ErrorKind;
use phasegate_stats::judge::{
    Classification, Direction, EffectMeasure, EffectSize, JudgeRules, JudgedMetric, Judgement,
    JudgementReason, MetricRules, MissingValues, Outliers, ScoreClass, kayenta_judge,
};
use serde_json::Value;

fn metric(name: &str, groups: &[&str], baseline: &[f64], candidate: &[f64]) -> JudgedMetric {
    JudgedMetric {
        name: name.to_owned(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        baseline: baseline.to_vec(),
        candidate: candidate.to_vec(),
        rules: MetricRules::default(),
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

#[test]
fn metrics_are_classified_as_by_the_interval_of_r() {
    let file = include_str!("../../../fixtures/reference/stats/judge.json");
    let cases: Vec<Value> = serde_json::from_str(file).unwrap();
    assert!(cases.len() > 30);
    for case in &cases {
        let (allowed, critical) = (numbers(&case["allowed"]), numbers(&case["critical"]));
        let outliers = case["outlier_factor"].as_f64();
        let rules = MetricRules {
            direction: match case["direction"].as_str().unwrap() {
                "increase" => Direction::Increase,
                "decrease" => Direction::Decrease,
                _ => Direction::Either,
            },
            outliers: outliers.map_or(Outliers::Keep, |factor| Outliers::Remove { factor }),
            critical: true,
            effect: EffectSize {
                measure: match case["measure"].as_str().unwrap() {
                    "mean_ratio" => EffectMeasure::MeanRatio,
                    _ => EffectMeasure::CommonLanguage,
                },
                allowed_decrease: allowed[0],
                allowed_increase: allowed[1],
                critical_decrease: critical[0],
                critical_increase: critical[1],
            },
            ..MetricRules::default()
        };
        let (baseline, candidate) = (numbers(&case["baseline"]), numbers(&case["candidate"]));
        let one = JudgedMetric { rules, ..metric("m", &["g"], &baseline, &candidate) };
        let judgement = kayenta_judge(&[one], &JudgeRules::new(95.0, 75.0)).unwrap();
        let (got, want) = (&judgement.metrics[0], &case["expect"]);
        let shift = got.shift.unwrap();
        for (what, got) in
            [("lower", shift.lower), ("upper", shift.upper), ("estimate", shift.estimate)]
        {
            // R's root finder was asked for 1e-10, and stops within some of it.
            let want = want[what].as_f64().unwrap();
            assert!((got - want).abs() <= 1e-8, "{what} is {got}, expected {want}: {case}");
        }
        match (got.effect, want["effect"].as_f64()) {
            (None, None) => {}
            (Some(got), Some(want)) => assert!((got / want - 1.0).abs() < 1e-12, "{case}"),
            other => panic!("{other:?}: {case}"),
        }
        let class = match want["classification"].as_str().unwrap() {
            "high" => Classification::High,
            "low" => Classification::Low,
            _ => Classification::Pass,
        };
        assert_eq!(got.classification, class, "{case}");
        assert_eq!(got.critical_failure, want["critical_failure"].as_bool().unwrap(), "{case}");
    }
}

const STEADY: [f64; 6] = [10.0, 11.0, 12.0, 10.5, 11.5, 12.5];
const RISEN: [f64; 6] = [20.0, 21.0, 22.0, 20.5, 21.5, 22.5];

fn judged(metrics: &[JudgedMetric], weights: &[(&str, f64)]) -> Judgement {
    let mut rules = JudgeRules::new(95.0, 75.0);
    rules.group_weights = weights.iter().map(|(name, w)| ((*name).to_owned(), *w)).collect();
    kayenta_judge(metrics, &rules).unwrap()
}

#[test]
fn missing_values_have_their_class() {
    let class = |baseline: &[f64], candidate: &[f64], rules: MetricRules| {
        let one = JudgedMetric { rules, ..metric("m", &["g"], baseline, candidate) };
        let judgement = judged(&[one], &[]);
        (judgement.metrics[0].classification, judgement.metrics[0].critical_failure)
    };
    let rules = MetricRules::default();
    let critical = MetricRules { critical: true, ..rules };
    let needed = MetricRules { must_have_data: true, ..rules };
    let zeros = MetricRules { missing: MissingValues::Zero, ..rules };
    let nan = [f64::NAN; 4];
    assert_eq!(class(&[], &STEADY, rules), (Classification::Nodata, false));
    assert_eq!(class(&nan, &STEADY, critical), (Classification::Nodata, true));
    assert_eq!(class(&STEADY, &nan, needed), (Classification::NodataFailMetric, false));
    let both = MetricRules { critical: true, ..needed };
    assert_eq!(class(&STEADY, &nan, both), (Classification::Nodata, true));
    assert_eq!(class(&[], &STEADY, zeros), (Classification::Pass, false));
    // Zeros that stand for what is missing are low.
    assert_eq!(class(&STEADY, &nan, zeros), (Classification::Low, false));
    // The same values in another order, and one value everywhere.
    let mut turned = STEADY;
    turned.reverse();
    assert_eq!(class(&STEADY, &turned, critical), (Classification::Pass, false));
    assert_eq!(class(&[3.0; 4], &[3.0; 7], critical), (Classification::Pass, false));
    // Constant and different: no noise, the same every time.
    assert_eq!(class(&[3.0; 9], &[4.0; 9], critical), (Classification::High, true));
    // A baseline of zeros has no mean ratio: it does not hinder, and is not critical.
    assert_eq!(class(&[0.0; 9], &[4.0; 9], critical), (Classification::High, false));
}

#[test]
fn groups_are_weighed() {
    let metrics = [
        metric("a", &["speed"], &STEADY, &RISEN),
        metric("b", &["speed"], &STEADY, &STEADY),
        metric("c", &["speed", "cost"], &STEADY, &STEADY),
        metric("d", &["errors"], &[], &STEADY),
    ];
    // speed 2/3, cost 1, errors without data counts as 1; each a third.
    let judgement = judged(&metrics, &[]);
    let scores: Vec<_> = judgement.groups.iter().map(|g| (g.name.as_str(), g.score)).collect();
    assert_eq!(
        scores,
        [("cost", Some(100.0)), ("errors", None), ("speed", Some(2.0 / 3.0 * 100.0))]
    );
    assert_eq!((judgement.score, judgement.class), (88.89, ScoreClass::Marginal));
    // speed 50 %, the others share the rest.
    assert_eq!(judged(&metrics, &[("speed", 50.0)]).score, 83.33);
    assert_eq!(judged(&metrics, &[("speed", 0.0)]).class, ScoreClass::Pass);
    assert_eq!(judged(&metrics, &[("speed", 90.0)]).class, ScoreClass::Fail);

    // A muted metric is shown and not scored.
    let mut muted = metrics.clone();
    muted[0].rules.muted = true;
    let judgement = judged(&muted, &[]);
    assert_eq!((judgement.score, judgement.class), (100.0, ScoreClass::Pass));
    assert_eq!(judgement.metrics[0].classification, Classification::High);

    // A critical failure, and half of the metrics without data, make the score 0.
    let mut critical = metrics.clone();
    critical[0].rules.critical = true;
    let judgement = judged(&critical, &[]);
    assert_eq!((judgement.score, judgement.class), (0.0, ScoreClass::Fail));
    assert_eq!(judgement.reason, Some(JudgementReason::CriticalMetric("a".to_owned())));
    let judgement = judged(&metrics[2..], &[]);
    assert_eq!(judgement.reason, Some(JudgementReason::TooMuchMissing));
    assert_eq!(judgement.score, 0.0);
}

#[test]
fn what_cannot_be_judged_is_refused() {
    let kind = |metrics: &[JudgedMetric], rules: &JudgeRules| {
        kayenta_judge(metrics, rules).unwrap_err().kind()
    };
    let rules = JudgeRules::new(95.0, 75.0);
    assert_eq!(kind(&[], &rules), ErrorKind::TooFew);
    let infinite = metric("m", &["g"], &[f64::INFINITY], &STEADY);
    assert_eq!(kind(&[infinite], &rules), ErrorKind::NonFinite);
    let huge = metric("m", &["g"], &[-1.7e308], &[1.7e308]);
    assert_eq!(kind(&[huge], &rules), ErrorKind::TooLarge);
    let one = metric("m", &["g"], &STEADY, &RISEN);
    for (name, weight) in [("a", -1.0), ("a", 60.0), ("a", f64::NAN)] {
        let mut rules = rules.clone();
        rules.group_weights = [(name.to_owned(), weight), ("b".to_owned(), 50.0)].into();
        assert_eq!(kind(std::slice::from_ref(&one), &rules), ErrorKind::OutOfRange);
    }
    let mut factor = one;
    factor.rules.outliers = Outliers::Remove { factor: 0.0 };
    assert_eq!(kind(&[factor], &rules), ErrorKind::OutOfRange);
}
