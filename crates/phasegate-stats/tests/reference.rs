//! Whole methods against the reference numbers; the generators stand beside them and name tool,
//! version and call of each.

use phasegate_stats::one_sample::{
    binomial_exact, clopper_pearson, jeffreys, mean_t, quantile_interval, wilson,
};
use phasegate_stats::paired::{
    Continuity, Draws, clustered_t, mcnemar_chi_square, mcnemar_exact, mcnemar_mid_p,
    newcombe_paired, paired_contrast, paired_quantile_difference, paired_quantile_ratio,
    paired_ratio, paired_t, sign_flip, tango, wild_cluster,
};
use phasegate_stats::summary::{
    ClusterSums, ClusteredPair, Moments, Pair, PairMoments, PairTally, PairedValues, SortedRun,
    Summary, Tally,
};
use phasegate_stats::two_sample::{
    Events, RankReference, barnard, boschloo, brunner_munzel, farrington_manning, fieller, fisher,
    hodges_lehmann, koopman, linear_contrast, mann_whitney, miettinen_nurminen, newcombe,
    permutation, poisson_rate_ratio, quantile_difference, quantile_ratio, welch,
};
use phasegate_stats::{Alpha, Alternative, Error, Outcome, Question};
use serde_json::Value;

/// All that is enumerated is free of it.
const DRAWS: Draws = Draws { seed: 0, count: 99 };

/// The inputs of one case.
struct Inputs<'a>(&'a Value);

impl Inputs<'_> {
    fn count(&self, name: &str) -> u64 {
        self.0[name].as_u64().unwrap_or_else(|| panic!("no count `{name}` in {}", self.0))
    }

    fn number(&self, name: &str) -> f64 {
        self.0[name].as_f64().unwrap_or_else(|| panic!("no number `{name}` in {}", self.0))
    }

    fn tally(&self) -> Result<Tally, Error> {
        Tally::new(self.count("successes"), self.count("trials"))
    }

    fn arm(&self, arm: &str) -> Result<Tally, Error> {
        Tally::new(self.count(&format!("{arm}_successes")), self.count(&format!("{arm}_trials")))
    }

    fn arms(&self) -> Result<(Tally, Tally), Error> {
        Ok((self.arm("baseline")?, self.arm("candidate")?))
    }

    fn events(&self, arm: &str) -> Events {
        Events {
            count: self.count(&format!("{arm}_events")),
            exposure: self.number(&format!("{arm}_exposure")),
        }
    }

    fn values(&self, name: &str) -> Vec<f64> {
        self.0[name].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
    }

    fn moments(&self, name: &str) -> Result<Moments, Error> {
        let mut moments = Moments::default();
        moments.update_slice(&self.values(name))?;
        Ok(moments)
    }

    fn run(&self, name: &str) -> Result<SortedRun, Error> {
        SortedRun::try_from(self.values(name))
    }

    fn pair_values(&self) -> impl Iterator<Item = Pair> {
        let pairs = self.values("baseline").into_iter().zip(self.values("candidate"));
        pairs.map(|(baseline, candidate)| Pair { baseline, candidate })
    }

    fn pair_moments(&self) -> Result<PairMoments, Error> {
        let mut moments = PairMoments::default();
        moments.update_slice(&self.pair_values().collect::<Vec<_>>())?;
        Ok(moments)
    }

    fn paired_values(&self) -> Result<PairedValues, Error> {
        let mut values = PairedValues::default();
        values.update_slice(&self.pair_values().collect::<Vec<_>>())?;
        Ok(values)
    }

    fn clusters(&self) -> Result<ClusterSums, Error> {
        let mut sums = ClusterSums::default();
        let names = self.0["clusters"].as_array().unwrap();
        for (name, pair) in names.iter().zip(self.pair_values()) {
            let cluster = name.as_str().unwrap().to_owned();
            sums.update(ClusteredPair { cluster, pair })?;
        }
        Ok(sums)
    }

    fn ranks(
        &self,
        method: impl Fn(&SortedRun, &SortedRun, &Question, RankReference) -> Result<Outcome, Error>,
        question: &Question,
    ) -> Result<Outcome, Error> {
        let reference = match self.0["reference"].as_str().unwrap() {
            "exact" => RankReference::Exact,
            "normal" => RankReference::Normal,
            other => panic!("unknown reference {other}"),
        };
        method(&self.run("baseline")?, &self.run("candidate")?, question, reference)
    }

    fn pairs(&self) -> Result<PairTally, Error> {
        PairTally::new(
            self.count("both"),
            self.count("only_baseline"),
            self.count("only_candidate"),
            self.count("neither"),
        )
    }
}

fn question(value: &Value) -> Question {
    let alternative = match value["alternative"].as_str().unwrap() {
        "two-sided" => Alternative::TwoSided,
        "less" => Alternative::Less,
        "greater" => Alternative::Greater,
        other => panic!("unknown alternative {other}"),
    };
    let alpha = Alpha::new(value["alpha"].as_f64().unwrap()).unwrap();
    Question { null: value["null"].as_f64().unwrap(), alternative, alpha }
}

fn run(method: &str, inputs: &Inputs<'_>, question: &Question) -> Result<Outcome, Error> {
    let arms = |method: fn(&Tally, &Tally, &Question) -> Result<Outcome, Error>| {
        let (baseline, candidate) = inputs.arms()?;
        method(&baseline, &candidate, question)
    };
    match method {
        "clopper_pearson" => clopper_pearson(&inputs.tally()?, question),
        "binomial_exact" => binomial_exact(&inputs.tally()?, question),
        "wilson" => wilson(&inputs.tally()?, question),
        "jeffreys" => jeffreys(&inputs.tally()?, question),
        "miettinen_nurminen" => arms(miettinen_nurminen),
        "farrington_manning" => arms(farrington_manning),
        "newcombe" => arms(newcombe),
        "koopman" => arms(koopman),
        "fisher" => arms(fisher),
        "boschloo" => arms(boschloo),
        "barnard" => arms(barnard),
        "poisson_rate_ratio" => {
            poisson_rate_ratio(&inputs.events("baseline"), &inputs.events("candidate"), question)
        }
        "mcnemar_exact" => mcnemar_exact(&inputs.pairs()?, question),
        "mcnemar_mid_p" => mcnemar_mid_p(&inputs.pairs()?, question),
        "mcnemar_chi_square" => {
            let corrected = inputs.0["corrected"].as_bool().unwrap();
            let continuity =
                if corrected { Continuity::Corrected } else { Continuity::Uncorrected };
            mcnemar_chi_square(&inputs.pairs()?, question, continuity)
        }
        "tango" => tango(&inputs.pairs()?, question),
        "newcombe_paired" => newcombe_paired(&inputs.pairs()?, question),
        "mean_t" => mean_t(&inputs.moments("values")?, question),
        "welch" => welch(&inputs.moments("baseline")?, &inputs.moments("candidate")?, question),
        "linear_contrast" => linear_contrast(
            &inputs.moments("baseline")?,
            &inputs.moments("candidate")?,
            inputs.number("ratio"),
            question,
        ),
        "fieller" => fieller(&inputs.moments("baseline")?, &inputs.moments("candidate")?, question),
        "paired_t" => paired_t(&inputs.pair_moments()?, question),
        "paired_contrast" => {
            paired_contrast(&inputs.pair_moments()?, inputs.number("ratio"), question)
        }
        "paired_ratio" => paired_ratio(&inputs.pair_moments()?, question),
        "clustered_t" => clustered_t(&inputs.clusters()?, inputs.number("ratio"), question),
        "wild_cluster" => {
            wild_cluster(&inputs.clusters()?, inputs.number("ratio"), question, DRAWS)
        }
        "quantile_interval" => {
            quantile_interval(&inputs.run("values")?, inputs.number("quantile"), question)
        }
        "quantile_difference" => quantile_difference(
            &inputs.run("baseline")?,
            &inputs.run("candidate")?,
            inputs.number("quantile"),
            question,
        ),
        "quantile_ratio" => quantile_ratio(
            &inputs.run("baseline")?,
            &inputs.run("candidate")?,
            inputs.number("quantile"),
            question,
        ),
        "paired_quantile_difference" => paired_quantile_difference(
            &inputs.paired_values()?,
            inputs.number("quantile"),
            question,
        ),
        "paired_quantile_ratio" => {
            paired_quantile_ratio(&inputs.paired_values()?, inputs.number("quantile"), question)
        }
        "mann_whitney" => inputs.ranks(mann_whitney, question),
        "brunner_munzel" => {
            brunner_munzel(&inputs.run("baseline")?, &inputs.run("candidate")?, question)
        }
        "permutation" => {
            permutation(&inputs.run("baseline")?, &inputs.run("candidate")?, question, DRAWS)
        }
        "sign_flip" => sign_flip(&inputs.paired_values()?, question, DRAWS),
        "hodges_lehmann" => inputs.ranks(hodges_lehmann, question),
        other => panic!("unknown method {other}"),
    }
}

/// Every value that a case expects, to 1e-11 of its size; values near zero to 1e-13 in absolute
/// terms.
fn check(file: &str) {
    let cases: Vec<Value> = serde_json::from_str(file).unwrap();
    let mut faults = Vec::new();
    for case in &cases {
        let method = case["method"].as_str().unwrap();
        let what = format!("{method} {} {}", case["inputs"], case["question"]);
        let outcome = match run(method, &Inputs(&case["inputs"]), &question(&case["question"])) {
            Ok(outcome) => outcome,
            Err(error) => {
                faults.push(format!("{what}: {error}"));
                continue;
            }
        };
        assert_eq!(outcome.method, method);
        compare(&what, &outcome, &case["expect"], &mut faults, |_, want| {
            (1e-11 * want.abs()).max(1e-13)
        });
    }
    assert!(faults.is_empty(), "{} of {} cases:\n{}", faults.len(), cases.len(), faults.join("\n"));
    assert!(cases.len() > 40, "only {} cases", cases.len());
}

/// Adds what differs from the expected values by more than is allowed.
pub(crate) fn compare(
    what: &str,
    outcome: &Outcome,
    expected: &Value,
    faults: &mut Vec<String>,
    allowed: impl Fn(&str, f64) -> f64,
) {
    for (name, want) in expected.as_object().unwrap() {
        let want: f64 = want.as_str().unwrap().replace("+inf", "inf").parse().unwrap();
        let got = match name.as_str() {
            "estimate" => outcome.estimate,
            "statistic" => outcome.statistic,
            "p" => outcome.p,
            "ln_p" => outcome.ln_p,
            "ln_e" => outcome.ln_e,
            "df" => outcome.df,
            "lower" => outcome.interval.map(|interval| interval.lower),
            "upper" => outcome.interval.map(|interval| interval.upper),
            other => panic!("unknown value {other}"),
        };
        let close = |got: f64| got == want || (got - want).abs() <= allowed(name, want);
        if !got.is_some_and(close) {
            faults.push(format!("{what}: {name} is {got:?}, expected {want:?}"));
        }
    }
}

#[test]
fn methods_on_counts() {
    check(include_str!("../../../fixtures/reference/stats/counts.json"));
}

#[test]
fn unconditional_methods() {
    check(include_str!("../../../fixtures/reference/stats/unconditional.json"));
}

#[test]
fn methods_on_means() {
    check(include_str!("../../../fixtures/reference/stats/means.json"));
}

#[test]
fn methods_on_quantiles() {
    check(include_str!("../../../fixtures/reference/stats/order.json"));
}

#[test]
fn methods_on_ranks() {
    check(include_str!("../../../fixtures/reference/stats/ranks.json"));
}

#[test]
fn methods_that_rearrange() {
    check(include_str!("../../../fixtures/reference/stats/permutations.json"));
}
