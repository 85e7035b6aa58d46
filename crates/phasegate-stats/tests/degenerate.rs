//! The table of degenerate data in the crate's documentation: each row has its cases here, and each
//! method that a row names has one.

use phasegate_stats::anytime::{Bernoulli, Target, Watch};
use phasegate_stats::design::power::{
    Design, McnemarDesign, PairedMeansDesign, PairedRatesDesign, RateDesign, RatesDesign,
};
use phasegate_stats::design::{Better, Hypothesis, multiplicity};
use phasegate_stats::paired::mcnemar_exact;
use phasegate_stats::registry;
use phasegate_stats::sequential::{Looks, Spending};
use phasegate_stats::summary::{PairTally, Tally};
use phasegate_stats::{Alpha, Alternative, ErrorKind, Note, Question};
use serde_json::{Value, json};

/// How one row is shown.
enum Shown {
    /// Methods of the registry, their inputs, and what their answers say.
    By(&'static [Case]),
    /// What has no inputs in JSON.
    Else(fn()),
    /// Both.
    Both(&'static [Case], fn()),
}

/// A method, its inputs, and what its answer says, by commas.
type Case = (&'static str, &'static str, &'static str);

use Shown::{Both, By, Else};

/// The rows in the table's order: the first cell, and how the row is shown.
const ROWS: &[(&str, Shown)] = &[
    ("no trials, no pairs, an empty arm", Else(nothing_is_too_few)),
    (
        "no success, or no failure",
        By(&[
            ("clopper_pearson", r#"{"tally": {"successes": 0, "trials": 9}}"#, "lower 0, wide"),
            ("clopper_pearson", r#"{"tally": {"successes": 9, "trials": 9}}"#, "upper 1, wide"),
            ("binomial_exact", r#"{"tally": {"successes": 0, "trials": 9}}"#, "lower 0, wide"),
            ("wilson", r#"{"tally": {"successes": 0, "trials": 9}}"#, "lower 0, wide"),
            ("wilson", r#"{"tally": {"successes": 9, "trials": 9}}"#, "upper 1, wide"),
            ("jeffreys", r#"{"tally": {"successes": 0, "trials": 9}}"#, "lower 0, wide"),
            ("jeffreys", r#"{"tally": {"successes": 9, "trials": 9}}"#, "upper 1, wide"),
        ]),
    ),
    (
        "a success where the null rate is 0, or a failure where it is 1",
        By(&[
            (
                "clopper_pearson",
                r#"{"tally": {"successes": 1, "trials": 9}, "question": {"null": 0}}"#,
                "p 0, ln_p null",
            ),
            (
                "clopper_pearson",
                r#"{"tally": {"successes": 8, "trials": 9}, "question": {"null": 1, "alternative": "less"}}"#,
                "p 0, ln_p null",
            ),
            (
                "binomial_exact",
                r#"{"tally": {"successes": 1, "trials": 9}, "question": {"null": 0}}"#,
                "p 0, ln_p null",
            ),
            (
                "binomial_exact",
                r#"{"tally": {"successes": 8, "trials": 9}, "question": {"null": 1}}"#,
                "p 0, ln_p null",
            ),
            (
                "wilson",
                r#"{"tally": {"successes": 1, "trials": 9}, "question": {"null": 0}}"#,
                "error out_of_range",
            ),
        ]),
    ),
    (
        "no success, or no failure, in both arms",
        By(&[
            ("miettinen_nurminen", NO_SUCCESS, "p 1, all_tied, wide"),
            ("miettinen_nurminen", NO_SUCCESS_GREATER, "p 0.5, all_tied, wide"),
            ("farrington_manning", NO_SUCCESS, "p 1, all_tied, wide"),
            ("newcombe", NO_SUCCESS, "wide"),
        ]),
    ),
    ("the same", By(&[("fisher", NO_SUCCESS, "p 1, single_table")])),
    (
        "the same",
        By(&[
            ("boschloo", NO_SUCCESS, "p 1, all_tied"),
            ("barnard", NO_SUCCESS, "p 1, all_tied"),
            ("barnard", NO_SUCCESS_GREATER, "p 1, all_tied"),
        ]),
    ),
    (
        "no success in either arm",
        By(&[
            ("koopman", NO_SUCCESS, "p 1, all_tied, lower 0, upper null"),
            (
                "koopman",
                r#"{"baseline": {"successes": 0, "trials": 30}, "candidate": {"successes": 0, "trials": 40}, "question": {"null": 1, "alternative": "greater"}}"#,
                "p 0.5, all_tied",
            ),
        ]),
    ),
    (
        "no success in the baseline",
        By(&[(
            "koopman",
            r#"{"baseline": {"successes": 0, "trials": 30}, "candidate": {"successes": 3, "trials": 40}}"#,
            "no estimate, upper null",
        )]),
    ),
    (
        "no event in either arm",
        By(&[(
            "poisson_rate_ratio",
            r#"{"baseline": {"count": 0, "exposure": 2}, "candidate": {"count": 0, "exposure": 3}}"#,
            "p 1, all_tied, lower 0, upper null",
        )]),
    ),
    (
        "no discordant pairs",
        By(&[
            ("mcnemar_exact", NO_DISCORDANT, "p 1, no_discordant_pairs"),
            ("mcnemar_exact", NO_DISCORDANT_GREATER, "p 1, no_discordant_pairs"),
            ("mcnemar_mid_p", NO_DISCORDANT, "p 1, no_discordant_pairs"),
            ("mcnemar_chi_square", NO_DISCORDANT, "p 1, no_discordant_pairs"),
        ]),
    ),
    (
        "the same",
        By(&[
            ("tango", NO_DISCORDANT, "p 1, no_discordant_pairs, wide"),
            ("tango", NO_DISCORDANT_GREATER, "p 0.5, no_discordant_pairs, wide"),
            ("newcombe_paired", NO_DISCORDANT, "no_discordant_pairs, wide"),
        ]),
    ),
    (
        "fewer than two values or clusters",
        By(&[
            ("mean_t", r#"{"values": [1]}"#, "error too_few"),
            ("welch", r#"{"baseline": [1, 2], "candidate": [1]}"#, "error too_few"),
            ("fieller", r#"{"baseline": [1], "candidate": [1, 2]}"#, "error too_few"),
            ("paired_t", r#"{"pairs": [[1, 2]]}"#, "error too_few"),
            ("paired_ratio", r#"{"pairs": [[1, 2]]}"#, "error too_few"),
            ("clustered_t", r#"{"pairs": [["a", 1, 2], ["a", 2, 4]]}"#, "error too_few"),
            ("wild_cluster", r#"{"pairs": [["a", 1, 2], ["a", 2, 4]]}"#, "error too_few"),
        ]),
    ),
    (
        "equal values in a sample, in both arms, or equal differences",
        By(&[
            ("mean_t", r#"{"values": [0.1, 0.1, 0.1]}"#, "error zero_variance"),
            ("welch", r#"{"baseline": [1, 1], "candidate": [2, 2]}"#, "error zero_variance"),
            ("paired_t", r#"{"pairs": [[1, 2], [3, 4]]}"#, "error zero_variance"),
            ("clustered_t", r#"{"pairs": [["a", 1, 2], ["b", 3, 4]]}"#, "error zero_variance"),
            ("wild_cluster", r#"{"pairs": [["a", 1, 2], ["b", 3, 4]]}"#, "error zero_variance"),
        ]),
    ),
    (
        "a baseline mean not told from 0",
        By(&[
            (
                "fieller",
                r#"{"baseline": [0.1, -3, 4, -2, 2], "candidate": [1, 2, 4]}"#,
                "upper null, unbounded",
            ),
            (
                "paired_ratio",
                r#"{"pairs": [[0.1, 1], [-3, 2], [4, 4], [-2, 1], [2, 2]]}"#,
                "upper null, unbounded",
            ),
        ]),
    ),
    (
        "too few clusters for a small enough p",
        By(&[(
            "wild_cluster",
            r#"{"pairs": [["a", 1, 2], ["b", 2, 4], ["c", 1, 1.5]]}"#,
            "lower null, upper null, unbounded",
        )]),
    ),
    (
        "too few values for a rank to bound a quantile",
        By(&[
            (
                "quantile_interval",
                r#"{"values": [1, 2, 3], "quantile": 0.9}"#,
                "upper null, unbounded",
            ),
            ("quantile_difference", FEW_IN_ARMS, "upper null, unbounded"),
            ("quantile_ratio", FEW_IN_ARMS, "upper null, unbounded"),
            ("paired_quantile_difference", FEW_PAIRS, "upper null, unbounded"),
            ("paired_quantile_ratio", FEW_PAIRS, "upper null, unbounded"),
        ]),
    ),
    (
        "a baseline quantile of 0",
        By(&[
            (
                "quantile_ratio",
                r#"{"baseline": [0, 0, 0, 0, 0, 0], "candidate": [1, 2, 3, 4, 5, 6], "quantile": 0.5}"#,
                "no estimate, upper null",
            ),
            (
                "paired_quantile_ratio",
                r#"{"pairs": [[0, 1], [0, 2], [0, 3], [0, 4], [0, 5]], "quantile": 0.5}"#,
                "no estimate, upper null",
            ),
        ]),
    ),
    (
        "a null value or margin given to a test that has another one or none",
        Both(
            &[
                ("mcnemar_exact", MARGIN_OF_PAIRS, "error mismatch"),
                ("mcnemar_mid_p", MARGIN_OF_PAIRS, "error mismatch"),
                ("mcnemar_chi_square", MARGIN_OF_PAIRS, "error mismatch"),
                ("fisher", MARGIN_OF_ARMS, "error mismatch"),
                ("boschloo", MARGIN_OF_ARMS, "error mismatch"),
                ("barnard", MARGIN_OF_ARMS, "error mismatch"),
                (
                    "mann_whitney",
                    r#"{"baseline": [1, 2], "candidate": [2, 3], "question": {"null": 0.6}}"#,
                    "error mismatch",
                ),
            ],
            a_margin_without_a_test,
        ),
    ),
    ("an assumed effect on the null side", Else(an_effect_on_the_null_side)),
    ("no success or failure, no gain or loss", Else(nothing_observed)),
    ("no tests", Else(no_tests)),
    (
        "units in an arm of weight 0",
        By(&[(
            "sample_ratio",
            r#"{"arms": [{"count": 5, "weight": 1}, {"count": 1, "weight": 0}]}"#,
            "p 0, ln_p null",
        )]),
    ),
    (
        "a covariate that does not vary",
        By(&[(
            "cuped",
            r#"{"baseline": [[1, 2], [1, 3], [1, 5]], "candidate": [[1, 4], [1, 3], [1, 6]]}"#,
            "no theta",
        )]),
    ),
    (
        "a covariate that determines the metric",
        By(&[(
            "cuped",
            r#"{"baseline": [[1, 2], [2, 4], [3, 6]], "candidate": [[1, 3], [2, 5], [3, 7]]}"#,
            "error zero_variance",
        )]),
    ),
    (
        "nothing seen yet",
        By(&[
            (
                "bernoulli_sequence",
                r#"{"tally": {"successes": 0, "trials": 0}, "target": {"null": 0.3, "planned": 100}}"#,
                "p 1, ln_e 0, lower 0, upper 1",
            ),
            (
                "event_ratio_sequence",
                r#"{"baseline": 0, "candidate": 0, "share": 0.5, "target": {"null": 1, "planned": 100}}"#,
                "p 1, ln_e 0, lower 0, upper null",
            ),
            (
                "multinomial_sequence",
                r#"{"counts": [0, 0], "shares": [0.5, 0.5], "target": {"null": 0, "planned": 100}}"#,
                "p 1, ln_e 0",
            ),
            (
                "share_intervals",
                r#"{"counts": [0, 0], "shares": [0.5, 0.5], "target": {"null": 0, "planned": 100}}"#,
                "first whole",
            ),
        ]),
    ),
    (
        "no discordant pairs",
        By(&[(
            "mcnemar_sequence",
            r#"{"pairs": {"both": 7, "only_baseline": 0, "only_candidate": 0, "neither": 2}, "target": {"null": 0.5, "planned": 100}}"#,
            "p 1, ln_e 0, lower 0, upper 1, no_discordant_pairs",
        )]),
    ),
    (
        "no event in the baseline",
        By(&[(
            "event_ratio_sequence",
            r#"{"baseline": 0, "candidate": 4, "share": 0.5, "target": {"null": 1, "planned": 100}}"#,
            "no estimate, upper null",
        )]),
    ),
    (
        "fewer values than the first look's",
        By(&[
            (
                "mean_sequence",
                r#"{"values": [1, 2, 4], "target": {"null": 0, "planned": 1000}}"#,
                "p 1, ln_e 0, lower null, upper null, small_sample, unbounded",
            ),
            (
                "mean_contrast_sequence",
                r#"{"baseline": [1, 2, 4], "candidate": [2, 3], "ratio": 1, "target": {"null": 0, "planned": 1000}}"#,
                "p 1, ln_e 0, lower null, upper null, small_sample, unbounded",
            ),
            (
                "paired_mean_sequence",
                r#"{"pairs": [[1, 2], [2, 4]], "ratio": 1, "target": {"null": 0, "planned": 1000}}"#,
                "p 1, ln_e 0, lower null, upper null, small_sample, unbounded",
            ),
        ]),
    ),
    (
        "values that no rank or t can refute",
        By(&[
            (
                "quantile_sequence",
                r#"{"values": [1, 2, 3], "quantile": 0.95, "target": {"null": 0, "planned": 1000}}"#,
                "upper null, unbounded",
            ),
            (
                "t_sequence",
                r#"{"values": [1, 2], "target": {"null": 0, "planned": 1000}}"#,
                "lower null, upper null, unbounded",
            ),
            (
                "paired_t_sequence",
                r#"{"pairs": [[1, 2], [2, 4]], "ratio": 1, "target": {"null": 0, "planned": 1000}}"#,
                "lower null, upper null, unbounded",
            ),
            (
                "pooled_t_sequence",
                r#"{"baseline": [1, 2], "candidate": [2, 4], "target": {"null": 0, "planned": 1000}}"#,
                "lower null, upper null, unbounded",
            ),
        ]),
    ),
    ("looks that no value agrees with", Else(moved)),
    ("a look that may spend nothing", Else(a_look_that_spends_nothing)),
    ("a look after the error probability is spent", Else(a_look_after_all_is_spent)),
    (
        "all values equal to the null value, or in its bucket",
        By(&[
            ("quantile_interval", TIED_VALUES, "p 1, all_tied"),
            (
                "quantile_interval",
                r#"{"values": {"bounds": [2, 4], "counts": [0, 9, 0]}, "quantile": 0.5, "question": {"null": 3}}"#,
                "p 1, all_tied",
            ),
            (
                "quantile_sequence",
                r#"{"values": [3, 3, 3, 3], "quantile": 0.5, "target": {"null": 3, "planned": 100}}"#,
                "p 1, all_tied",
            ),
        ]),
    ),
    (
        "arms of equal values that differ by what the null value says",
        By(&[
            (
                "quantile_difference",
                r#"{"baseline": [3, 3, 3], "candidate": [6, 6], "quantile": 0.5, "question": {"null": 3}}"#,
                "p 1, all_tied",
            ),
            (
                "quantile_ratio",
                r#"{"baseline": [3, 3, 3], "candidate": [6, 6], "quantile": 0.5, "question": {"null": 2}}"#,
                "p 1, all_tied",
            ),
        ]),
    ),
    (
        "pairs that all differ by what the null value says",
        By(&[
            (
                "paired_quantile_difference",
                r#"{"pairs": [[1, 2], [4, 5], [2, 3]], "quantile": 0.5, "question": {"null": 1}}"#,
                "p 1, all_tied",
            ),
            (
                "paired_quantile_ratio",
                r#"{"pairs": [[1, 2], [4, 8], [2, 4]], "quantile": 0.5, "question": {"null": 2}}"#,
                "p 1, all_tied",
            ),
        ]),
    ),
    (
        "all values equal",
        By(&[
            ("mann_whitney", TIED_ARMS, "p 1, all_tied"),
            (
                "mann_whitney",
                r#"{"baseline": [3, 3, 3], "candidate": [3, 3], "question": {"null": 0.5, "alternative": "greater"}, "reference": "normal"}"#,
                "p 0.5, all_tied",
            ),
            ("hodges_lehmann", TIED_ARMS, "p 1, all_tied"),
        ]),
    ),
    (
        "too few values for a difference to bound a shift",
        By(&[(
            "hodges_lehmann",
            r#"{"baseline": [1], "candidate": [2]}"#,
            "lower null, upper null, unbounded",
        )]),
    ),
    (
        "no two arms' values interleave, or all are equal",
        By(&[
            (
                "brunner_munzel",
                r#"{"baseline": [1, 2], "candidate": [3, 4]}"#,
                "error zero_variance",
            ),
            ("brunner_munzel", TIED_ARMS, "error zero_variance"),
        ]),
    ),
    (
        "all values or differences equal to what the null value says",
        By(&[
            ("permutation", TIED_ARMS, "p 1, all_tied"),
            ("sign_flip", r#"{"pairs": [[1, 1], [2, 2], [5, 5]]}"#, "p 1, all_tied"),
        ]),
    ),
    (
        "too few values for a small enough p",
        By(&[
            ("permutation", r#"{"baseline": [1], "candidate": [2]}"#, "upper null, unbounded"),
            ("sign_flip", r#"{"pairs": [[1, 2], [2, 4]]}"#, "upper null, unbounded"),
        ]),
    ),
    (
        "fewer than two values in an arm",
        By(&[
            ("bca_mean", r#"{"values": [1]}"#, "error too_few"),
            ("bca_difference", r#"{"baseline": [1, 2], "candidate": [1]}"#, "error too_few"),
        ]),
    ),
    (
        "all values equal, or those of each arm",
        By(&[
            ("bca_mean", r#"{"values": [1, 1, 1]}"#, "error zero_variance"),
            (
                "bca_difference",
                r#"{"baseline": [1, 1], "candidate": [2, 2]}"#,
                "error zero_variance",
            ),
        ]),
    ),
    (
        "too few draws for an end, or a bias that has none",
        By(&[
            (
                "bca_mean",
                r#"{"values": [1, 2, 4, 9], "question": {"null": 0, "alpha": 0.001}, "draws": {"seed": 1, "count": 99}}"#,
                "upper null, unbounded",
            ),
            (
                "bca_difference",
                r#"{"baseline": [1, 2, 4, 9], "candidate": [1, 3, 5], "question": {"null": 0, "alpha": 0.001}, "draws": {"seed": 1, "count": 99}}"#,
                "upper null, unbounded",
            ),
        ]),
    ),
    ("NaN or infinity", Else(what_is_not_finite)),
];

const NO_SUCCESS: &str =
    r#"{"baseline": {"successes": 0, "trials": 30}, "candidate": {"successes": 0, "trials": 40}}"#;
const NO_SUCCESS_GREATER: &str = r#"{"baseline": {"successes": 0, "trials": 30}, "candidate": {"successes": 0, "trials": 40}, "question": {"null": 0, "alternative": "greater"}}"#;
const NO_DISCORDANT: &str =
    r#"{"pairs": {"both": 40, "only_baseline": 0, "only_candidate": 0, "neither": 10}}"#;
const NO_DISCORDANT_GREATER: &str = r#"{"pairs": {"both": 40, "only_baseline": 0, "only_candidate": 0, "neither": 10}, "question": {"null": 0, "alternative": "greater"}}"#;
const MARGIN_OF_PAIRS: &str = r#"{"pairs": {"both": 40, "only_baseline": 3, "only_candidate": 5, "neither": 10}, "question": {"null": -0.02}}"#;
const MARGIN_OF_ARMS: &str = r#"{"baseline": {"successes": 3, "trials": 30}, "candidate": {"successes": 4, "trials": 40}, "question": {"null": 0.02}}"#;
const FEW_IN_ARMS: &str = r#"{"baseline": [1, 2, 3], "candidate": [2, 3, 5], "quantile": 0.9}"#;
const FEW_PAIRS: &str = r#"{"pairs": [[1, 2], [2, 2], [3, 5]], "quantile": 0.9}"#;
const TIED_VALUES: &str = r#"{"values": [3, 3, 3, 3], "quantile": 0.5, "question": {"null": 3}}"#;
const TIED_ARMS: &str = r#"{"baseline": [3, 3, 3], "candidate": [3, 3]}"#;

/// Whether an answer says this.
fn says(answer: &Result<Value, registry::Refused>, what: &str) -> bool {
    let outcome = match (answer, what.strip_prefix("error ")) {
        (Err(refused), Some(code)) => return refused.code() == code,
        (Ok(outcome), None) => outcome,
        _ => return false,
    };
    // An adjusted answer has its outcome within.
    let within = outcome.get("outcome").unwrap_or(outcome);
    let end = |name: &str| &within["interval"][name];
    let is_null = |name: &str| within["interval"].get(name).is_some_and(Value::is_null);
    match what.split_once(' ') {
        Some(("no", field)) => outcome.get(field).is_none_or(Value::is_null),
        Some(("ln_p", "null")) => within.get("ln_p").is_some_and(Value::is_null),
        Some((field @ ("p" | "ln_e"), number)) => within[field].as_f64() == number.parse().ok(),
        Some((name @ ("lower" | "upper"), "null")) => is_null(name),
        Some((name @ ("lower" | "upper"), number)) => end(name).as_f64() == number.parse().ok(),
        Some(("first", "whole")) => {
            outcome[0]["lower"].as_f64() == Some(0.0) && outcome[0]["upper"].as_f64() == Some(1.0)
        }
        None if what == "wide" => end("upper").as_f64() > end("lower").as_f64().map(|at| at + 0.01),
        None => {
            let notes = within["notes"].as_array().into_iter().flatten();
            within["degenerate"] == what || notes.into_iter().any(|note| note == what)
        }
        Some(_) => panic!("nothing is said by `{what}`"),
    }
}

/// The table's rows: cells.
fn table() -> Vec<[&'static str; 3]> {
    let section = include_str!("../src/lib.rs").split("# Degenerate data").nth(1).unwrap();
    let rows = section.lines().skip_while(|line| !line.starts_with("//! |---"));
    let rows = rows.skip(1).map_while(|line| line.strip_prefix("//! | ")?.strip_suffix(" |"));
    rows.map(|row| row.split(" | ").collect::<Vec<_>>().try_into().unwrap()).collect()
}

#[test]
fn every_row_of_the_table_is_shown() {
    let table = table();
    let told: Vec<_> = table.iter().map(|[data, ..]| *data).collect();
    let shown: Vec<_> = ROWS.iter().map(|(data, _)| *data).collect();
    assert_eq!(told, shown);
    let (mut named, mut faults) = ("", Vec::new());
    for ([data, methods, _], (_, shown)) in table.iter().zip(ROWS) {
        if *methods != "the same" {
            named = methods;
        }
        let (cases, other) = match shown {
            By(cases) => (*cases, None),
            Else(other) => (&[][..], Some(other)),
            Both(cases, other) => (*cases, Some(other)),
        };
        for (method, inputs, wanted) in cases {
            let found = registry::find(method).unwrap_or_else(|| panic!("no method {method}"));
            let mut given: Value = serde_json::from_str(inputs).unwrap();
            if found.inputs().iter().any(|input| input.name == "draws") && given["draws"].is_null()
            {
                given["draws"] = json!({"seed": 1, "count": 999});
            }
            let answer = found.run(&given);
            for wanted in wanted.split(", ").filter(|wanted| !says(&answer, wanted)) {
                faults.push(format!("{data}: {method} {inputs}: {wanted}: {answer:?}"));
            }
        }
        if let Some(other) = other {
            other();
            continue;
        }
        // What the row links to by name is among the cases.
        for name in named.split("[`").skip(1).filter_map(|link| link.split('`').next()) {
            let name = name.rsplit("::").next().unwrap();
            let is_method = registry::find(name).is_some();
            let has_case = cases.iter().any(|(method, ..)| *method == name);
            assert!(has_case || !is_method, "{data}: no case of {name}");
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Every method that takes tallies, pairs or values refuses none of them, or says that it has seen
/// nothing.
fn nothing_is_too_few() {
    let mut refused = 0;
    for method in registry::methods() {
        let mut inputs: Value = serde_json::from_str(method.example()).unwrap();
        for input in method.inputs() {
            let none = match input.kind {
                "tally" => r#"{"successes": 0, "trials": 0}"#,
                "pair tally" => {
                    r#"{"both": 0, "only_baseline": 0, "only_candidate": 0, "neither": 0}"#
                }
                "moments" | "pair moments" | "paired values" | "values" | "numbers"
                | "clusters" => "[]",
                _ => continue,
            };
            inputs[input.name] = serde_json::from_str(none).unwrap();
        }
        let is_sequence = method.family() == "anytime";
        let is_changed = inputs != serde_json::from_str::<Value>(method.example()).unwrap();
        // The prior, the shares that p-values have, and looks are no data.
        let needs_none =
            ["bayes", "multiplicity", "power", "sequential"].contains(&method.family());
        if is_changed && !is_sequence && !needs_none {
            let code = method.run(&inputs).err().map(|error| error.code());
            assert_eq!(code, Some("too_few"), "{} of {inputs}", method.name());
            refused += 1;
        }
    }
    assert!(refused > 30, "{refused}");
}

fn a_margin_without_a_test() {
    let pairs = PairTally::new(80, 4, 12, 4).unwrap();
    let margin = Hypothesis::non_inferiority(Better::Higher, 0.02).unwrap();
    let judged = margin.assess(Alpha::FIVE_PERCENT, |question| mcnemar_exact(&pairs, question));
    assert_eq!(judged.unwrap_err().kind(), ErrorKind::Mismatch);
}

fn an_effect_on_the_null_side() {
    let design = PairedMeansDesign::new(-0.5, 1.0, Question::greater_than(0.0)).unwrap();
    assert_eq!(design.sample_size(0.8).unwrap_err().kind(), ErrorKind::OutOfRange);
}

/// Half an observation more of each: 0.5 of 51, and as many lost as gained.
fn nothing_observed() {
    let none = Tally::new(0, 50).unwrap();
    let rate = RateDesign::observed(&none, Question::less_than(0.1)).unwrap();
    assert!((rate.effect() - 0.5 / 51.0).abs() < 1e-15);
    let rates = RatesDesign::observed(&none, &none, Question::less_than(0.05)).unwrap();
    assert_eq!(rates.effect(), 0.0);
    assert!(rates.power(50).unwrap() < 1.0);
    let same = PairTally::new(50, 0, 0, 0).unwrap();
    let pairs = PairedRatesDesign::observed(&same, Question::greater_than(-0.05)).unwrap();
    let mcnemar = McnemarDesign::observed(&same, Question::greater_than(0.0)).unwrap();
    assert_eq!((pairs.effect(), mcnemar.effect()), (0.0, 0.0));
    assert!(pairs.power(50).unwrap() < 1.0);
}

fn no_tests() {
    for adjust in [multiplicity::holm, multiplicity::hochberg, multiplicity::fixed_sequence] {
        assert!(adjust(&[], Alpha::FIVE_PERCENT).is_empty());
    }
}

/// First nothing fails, then everything does.
fn moved() {
    let question = Question::differs_from(0.5);
    let target = Target::new(question, 100).unwrap();
    let mut watch = Watch::new(Bernoulli {}, target, Tally::default());
    watch.absorb(&Tally::new(0, 400).unwrap()).unwrap();
    let first = watch.look().unwrap();
    assert!(!first.notes.contains(&Note::Moved));
    watch.absorb(&Tally::new(4000, 4000).unwrap()).unwrap();
    let second = watch.look().unwrap();
    assert!(second.notes.contains(&Note::Moved), "{second:?}");
    assert!(second.interval.unwrap().lower > first.interval.unwrap().upper);
}

fn plan() -> Looks {
    Looks::new(Spending::ObrienFleming, Alpha::FIVE_PERCENT, Alternative::Greater).unwrap()
}

fn a_look_that_spends_nothing() {
    let (mut with, mut without) = (plan(), plan());
    assert_eq!(with.take(1e-4).unwrap().bound(), None);
    assert_eq!(with.take(0.5).unwrap().bound(), without.take(0.5).unwrap().bound());
}

fn a_look_after_all_is_spent() {
    let mut looks = plan();
    assert!(looks.take(1.0).unwrap().bound().is_some());
    assert_eq!(looks.take(1.1).unwrap().bound(), None);
}

/// JSON has neither; in Rust they are refused where they enter.
fn what_is_not_finite() {
    use phasegate_stats::summary::{LogHistogram, Moments, SortedRun, Summary};
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let kinds = [
            Moments::default().update(value).unwrap_err().kind(),
            SortedRun::try_from(vec![value]).unwrap_err().kind(),
            LogHistogram::new(3, 0.0).unwrap().update(value).unwrap_err().kind(),
        ];
        assert_eq!(kinds, [ErrorKind::NonFinite; 3]);
        let tally = Tally::new(1, 2).unwrap();
        let asked = Question::differs_from(value);
        let error = phasegate_stats::one_sample::wilson(&tally, &asked).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutOfRange);
    }
}
