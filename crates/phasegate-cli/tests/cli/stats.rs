//! `phasegate stats`: every question has its answer or its error, in order.

use insta::assert_snapshot;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::support::{Folder, joined, run, run_with};

#[test]
fn a_method_is_listed_with_its_inputs_and_an_example() {
    assert_snapshot!(run(&["stats", "--list", "mcnemar_chi_square"]), @r#"
    exit 0
    --- stdout
    paired:
      mcnemar_chi_square
        Are the rates of two versions on the same items equal, for many discordant pairs?
        pairs:pair-tally question={"alpha":0.05,"alternative":"two-sided","null":0}
        continuity="corrected"
        {"method": "mcnemar_chi_square", "inputs": {"pairs": {"both": 794, "only_baseline": 86, "only_candidate": 150, "neither": 570}}}

    forms:
      continuity: corrected | uncorrected
      pair-tally: {"both": count, "only_baseline": count, "only_candidate": count, "neither": count} |
      [[true, false], ...]
      question: {"null": number, "alternative": two-sided | less | greater, "alpha": probability}

    The last line of a method is an example, which `phasegate stats -` answers. What has a value
    behind `=` may be left out.
    "#);
    assert_snapshot!(run(&["stats", "--list", "exceedance", "--output", "json"]), @r#"
    exit 0
    --- stdout
    {"methods":[{"example":{"inputs":{"above":{"successes":80,"trials":1000},"quantile":0.95},"method":"exceedance"},"family":"one_sample","inputs":[{"form":"{\"successes\": count, \"trials\": count} | [true, false, ...]","kind":"tally","name":"above"},{"form":"number","kind":"number","name":"quantile"},{"default":"greater","form":"two-sided | less | greater","kind":"alternative","name":"alternative"},{"default":0.05,"form":"above 0 and below 1","kind":"probability","name":"alpha"}],"name":"exceedance","question":"Is a quantile above, or below, a limit?"}]}
    "#);
}

#[test]
fn the_list_fits_a_screen_and_its_examples_run() {
    let list = run(&["stats", "--list"]);
    assert_eq!((list.code, list.stderr.as_str()), (0, ""), "{list}");
    let (examples, rest): (Vec<_>, Vec<_>) =
        list.stdout.lines().partition(|line| line.starts_with(r#"    {"method""#));
    assert!(examples.len() >= 30, "{list}");
    for line in rest {
        assert!(line.width() <= 100, "{line}");
    }
    let answers = run_with(&["stats", "-"], examples.join("\n"));
    assert_eq!((answers.code, answers.stderr.as_str()), (0, ""), "{answers}");
    assert_eq!(answers.json_lines().len(), examples.len());

    let document = run(&["stats", "--list", "-o", "json"]).json();
    let methods = document["methods"].as_array().expect("a list");
    assert_eq!(methods.len(), examples.len());
    let examples: Vec<_> = methods.iter().map(|method| method["example"].to_string()).collect();
    assert_eq!(run_with(&["stats", "-"], examples.join("\n")).stdout, answers.stdout);
}

#[test]
fn lines_are_answered_in_order_and_bad_ones_with_an_error() {
    let lines = r#"{"id": 1.50, "method": "mcnemar_exact", "inputs": {"pairs": {"both": 80, "only_baseline": 4, "only_candidate": 12, "neither": 4}}}

nope
{"id": "open", "method": "quantile_interval", "inputs": {"values": [1, 2, 3], "quantile": 0.9}}
{"id": 2, "method": "mcnemar", "inputs": {}}
{"id": 3, "method": 1, "unknown": 2}
{"id": 4, "method": "mean_t", "inputs": {"values": [1, 2, "x", 1e400], "alpha": 0.1}}
{"id": 5, "method": "mean_t", "inputs": {"values": [1, 2, "x"], "alpha": 0.1}}
{"id": 6, "method": "mean_t", "inputs": {"values": [1, NaN]}}
{"id": 7, "method": "mean_t", "inputs": {"values": [1, 2], "values": [2, 3]}}
{"id": 8, "method": "mean_t", "inputs": {"values": [1, 1, 1]}}
[8]
{"method": "wilson", "inputs": 3}"#;
    assert_snapshot!(run_with(&["stats", "-"], lines), @r#"
    exit 1
    --- stdout
    {"id":1.50,"outcome":{"alternative":"two-sided","estimate":0.08,"ln_p":-2.566384713263864,"method":"mcnemar_exact","notes":["conservative"],"null":0,"p":0.07681274414062497,"sample":{"pairs":100},"statistic":12}}
    {"id":null,"line":3,"error":{"code":"invalid_line","message":"column 2: not valid JSON: expected ident"}}
    {"id":"open","outcome":{"alternative":"two-sided","estimate":3,"interval":{"confidence":0.95,"lower":1,"sides":"both","upper":null},"ln_p":-6.214608098422194,"method":"quantile_interval","notes":["conservative","unbounded"],"null":0,"p":0.0019999999999999953,"sample":{"one":3},"statistic":0}}
    {"id":2,"line":5,"error":{"code":"unknown_method","message":"there is no method of this name; see `phasegate stats --list`, or ask `mcnemar_exact`"}}
    {"id":3,"line":6,"error":{"code":"invalid_line","message":"`unknown`: is not known; a line has id, method, inputs; `method`: is not the name of a method; see `phasegate stats --list`; `inputs`: is missing; give an object of the method's inputs","faults":[{"path":"unknown","message":"is not known; a line has id, method, inputs"},{"path":"method","message":"is not the name of a method; see `phasegate stats --list`"},{"path":"inputs","message":"is missing; give an object of the method's inputs"}]}}
    {"id":4,"line":7,"error":{"code":"invalid_line","message":"column 68: `inputs.values[3]`: the number is beyond the range of a double; give a finite one","faults":[{"path":"inputs.values[3]","message":"the number is beyond the range of a double; give a finite one"}]}}
    {"id":5,"line":8,"error":{"code":"invalid_inputs","message":"`inputs.values[2]`: is a text, not a number; `inputs.alpha`: is not known; there is `question`, `values`","faults":[{"path":"inputs.values[2]","message":"is a text, not a number"},{"path":"inputs.alpha","message":"is not known; there is `question`, `values`"}]}}
    {"id":null,"line":9,"error":{"code":"invalid_line","message":"column 56: `inputs.values[1]`: not valid JSON: expected value","faults":[{"path":"inputs.values[1]","message":"not valid JSON: expected value"}]}}
    {"id":7,"line":10,"error":{"code":"invalid_line","message":"column 70: `inputs.values`: key given twice; remove one","faults":[{"path":"inputs.values","message":"key given twice; remove one"}]}}
    {"id":8,"line":11,"error":{"code":"zero_variance","message":"the values are equal, or as good as equal to a double; the method divides by their variance"}}
    {"id":null,"line":12,"error":{"code":"invalid_line","message":"the line is not an object; it has id, method, inputs"}}
    {"id":null,"line":13,"error":{"code":"invalid_inputs","message":"`inputs`: is a number, not an object","faults":[{"path":"inputs","message":"is a number, not an object"}]}}
    "#);
}

#[test]
fn a_line_has_a_limit_and_the_next_is_read() {
    let question =
        r#"{"id": 2, "method": "wilson", "inputs": {"tally": {"successes": 1, "trials": 2}}}"#;
    let long = format!(r#"{{"id": 1, "method": "{}"}}"#, "x".repeat(32 << 20));
    let answers = run_with(&["stats", "-"], format!("{long}\n{question}\n"));
    assert_eq!(answers.code, 1);
    let [first, second] = answers.json_lines().try_into().expect("two answers");
    let message = "the line has more than the limit of 33554432 bytes";
    let error = json!({"code": "invalid_line", "message": message});
    assert_eq!(first, json!({"id": null, "line": 1, "error": error}));
    assert_eq!(second["outcome"]["estimate"], json!(0.5));
}

#[test]
fn equal_questions_have_equal_bytes() {
    let line = |n: i32| {
        let baseline: Vec<_> = (0..n).map(|i| f64::from(i * i % 97) / 7.0).collect();
        let inputs = json!({"baseline": baseline, "candidate": [1, 2.5, 4, 8], "quantile": 0.5});
        format!("{}\n", json!({"id": n, "method": "quantile_difference", "inputs": inputs}))
    };
    let lines = joined((1..200).map(line));
    let first = run_with(&["stats", "-"], &lines);
    assert_eq!(first.stdout, run_with(&["stats", "-"], &lines).stdout);
    let ids: Vec<Value> = first.json_lines().iter().map(|line| line["id"].clone()).collect();
    assert_eq!(ids, (1..200).map(Value::from).collect::<Vec<_>>());
}

#[test]
fn what_cannot_be_read_is_said() {
    let folder = Folder::of(&[("empty.jsonl", "\n\n")]);
    let empty = run(&["stats", &folder.path("empty.jsonl")]);
    assert_eq!((empty.code, empty.stdout.as_str(), empty.stderr.as_str()), (0, "", ""));
    run(&["stats", &folder.path("none.jsonl")]).fails(2, "cannot read");
    run(&["stats"]).fails(2, "required");
    run(&["stats", "-", "-o", "json"]).fails(2, "cannot be used with");
    run(&["stats", "--list", "nope"]).fails(2, "there is no method or family `nope`");
    run(&["stats", "--list", "tnago"]).fails(2, "names all, or ask `tango`");
}

/// A slip of the keys, a part and a whole with more to it find the method that was meant.
#[test]
fn the_nearest_method_is_suggested() {
    for (name, near) in [
        ("mcnemar_exat", Some("mcnemar_exact")),
        ("wlison", Some("wilson")),
        ("miettinen-nurminen", Some("miettinen_nurminen")),
        ("quantile_diff", Some("quantile_difference")),
        ("welch_t_test", Some("welch")),
        ("nope", None),
        ("zz", None),
    ] {
        let question = json!({"method": name, "inputs": {}});
        let answer = run_with(&["stats", "-"], question.to_string()).json_lines().remove(0);
        let message = answer["error"]["message"].as_str().expect("a message").to_owned();
        let told =
            message.strip_prefix("there is no method of this name; see `phasegate stats --list`");
        let told = told.unwrap_or_else(|| panic!("{message}"));
        assert_eq!(told, near.map_or_else(String::new, |near| format!(", or ask `{near}`")));
    }
}
