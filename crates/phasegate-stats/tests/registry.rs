//! The registry is complete, its examples run, and no inputs make a method fall over.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use phasegate_stats::registry::{self, Refused};
use phasegate_stats::summary::{
    ClassicHistogram, ClusterSums, ClusteredPair, LogHistogram, Moments, Pair, PairMoments,
    PairTally, PairedAnswer, Summary, Tally,
};
use serde_json::{Value, json};

/// Folders of the crate that are no family of methods.
const NO_FAMILY: [&str; 3] = ["dist", "registry", "summary"];

/// Families with their sources.
fn families() -> Vec<(String, PathBuf)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folders = fs::read_dir(source).unwrap().map(|entry| entry.unwrap().path());
    let folders = folders.filter(|path| path.is_dir());
    let named = folders.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path));
    let mut families: Vec<_> =
        named.filter(|(name, _)| !NO_FAMILY.contains(&name.as_str())).collect();
    families.sort();
    assert!(families.len() >= 3, "{families:?}");
    families
}

/// The public functions of a family, which are its methods.
fn functions(family: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let entries = fs::read_dir(family).unwrap().map(|entry| entry.unwrap().path());
    for file in entries.filter(|path| path.is_file()) {
        for line in fs::read_to_string(file).unwrap().lines() {
            if let Some(rest) = line.strip_prefix("pub fn ") {
                names.insert(rest.split(['(', '<']).next().unwrap().to_owned());
            }
        }
    }
    names
}

#[test]
fn every_public_method_is_registered() {
    for (family, folder) in families() {
        let registered: BTreeSet<_> = registry::methods()
            .filter(|method| method.family() == family)
            .map(|method| method.name().to_owned())
            .collect();
        let missing: Vec<_> = functions(&folder).difference(&registered).cloned().collect();
        assert!(missing.is_empty(), "`{family}` has methods without an entry: {missing:?}");
        let table = fs::read_to_string(folder.join("mod.rs")).unwrap();
        for name in &registered {
            assert!(table.contains(&format!("//! | [`{name}`")), "`{name}` has no row in {family}");
        }
    }
}

/// The documentation of a method: of its function, or of the design that it plans with.
fn documentation(source: &str, name: &str) -> Option<String> {
    let is_start = |line: &str| {
        let of = |keyword: &str| line.strip_prefix(keyword).map(|rest| rest.split(['(', '<', ' ']));
        of("pub fn ").is_some_and(|mut rest| rest.next() == Some(name))
            || name.ends_with("_power")
                && of("pub struct ")
                    .and_then(|mut rest| rest.next()?.strip_suffix("Design"))
                    .is_some()
    };
    let lines: Vec<_> = source.lines().collect();
    let at = lines.iter().position(|line| is_start(line))?;
    let above = lines.get(..at)?.iter().rev();
    let mut doc: Vec<_> = above
        .skip_while(|line| !line.starts_with("///"))
        .map_while(|line| line.strip_prefix("///"))
        .map(str::trim)
        .collect();
    doc.reverse();
    Some(doc.join("\n"))
}

/// Files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Each method says what it answers, hypotheses, assumptions, edge cases, units, cost and source,
/// in bullets that begin with these words, and shows an example that runs.
#[test]
fn every_method_is_documented_in_full() {
    const LABELS: [&str; 6] =
        ["hypotheses", "assumptions", "edge cases", "units", "cost", "source"];
    let files = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let sources: Vec<_> = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let mut missing = Vec::new();
    for method in registry::methods() {
        let name = method.name();
        let entry = format!("  {name}: \"");
        let source = sources
            .iter()
            .find(|source| source.contains("registry::method! {") && source.contains(&entry));
        let doc = documentation(source.unwrap(), name).unwrap_or_else(|| panic!("{name}"));
        let labels = doc.lines().filter_map(|line| line.strip_prefix("- ")?.split_once(':'));
        let labels: BTreeSet<_> = labels
            .flat_map(|(labels, _)| labels.split(','))
            .map(|label| label.trim().to_lowercase().replace("assumes", "assumptions"))
            .collect();
        let absent = LABELS.into_iter().filter(|label| !labels.contains(*label));
        missing.extend(absent.map(|label| format!("{name}: {label}")));
        let question = doc.split("\n\n").next().unwrap();
        if !question.ends_with('?') {
            missing.push(format!("{name}: a question first, not `{question}`"));
        }
        if doc.matches("```").count() != 2 {
            missing.push(format!("{name}: one example"));
        }
    }
    assert!(missing.is_empty(), "not documented:\n{}", missing.join("\n"));
}

#[test]
fn names_are_unique_and_questions_are_one_line() {
    let mut names: Vec<_> = registry::methods().map(|method| method.name()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    for method in registry::methods() {
        assert!(method.question().ends_with('?') && method.question().len() <= 96, "{method:?}");
        assert!(registry::find(method.name()).is_some());
    }
    assert!(registry::find("nothing").is_none());
}

fn example(method: &registry::Method) -> Value {
    assert!(!method.example().contains('\n'), "{}", method.name());
    serde_json::from_str(method.example()).unwrap_or_else(|e| panic!("{}: {e}", method.name()))
}

#[test]
fn every_example_runs_and_its_outcome_is_a_document() {
    for method in registry::methods() {
        let outcome = method.run(&example(&method));
        let outcome = outcome.unwrap_or_else(|error| panic!("{}: {error}", method.name()));
        let text = outcome.to_string();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), outcome, "{}", method.name());
        if let Some(name) = outcome.get("method") {
            assert_eq!(name, method.name());
        }
    }
}

#[test]
fn inputs_are_listed_as_they_are_taken() {
    for method in registry::methods() {
        let example = example(&method);
        let inputs = method.inputs();
        for key in example.as_object().unwrap().keys() {
            assert!(inputs.iter().any(|input| input.name == key), "{}: {key}", method.name());
        }
        for input in &inputs {
            let mut without = example.clone();
            without.as_object_mut().unwrap().remove(input.name);
            let faults = method.run(&without).err().map(|error| error.faults().to_vec());
            let missing =
                faults.is_some_and(|faults| faults.iter().any(|fault| fault.path == input.name));
            assert_eq!(missing, input.default.is_none(), "{}: {}", method.name(), input.name);
            if let Some(default) = &input.default {
                // The default that is shown is the one that is taken.
                without[input.name] = default.clone();
                let mut absent = without.clone();
                absent.as_object_mut().unwrap().remove(input.name);
                assert_eq!(method.run(&without), method.run(&absent), "{}", method.name());
            }
        }
        let mut more = example.clone();
        more["nothing"] = json!(1);
        let error = method.run(&more).unwrap_err();
        assert_eq!(error.faults()[0].path, "nothing", "{}", method.name());
    }
}

/// Runs a method on inputs that it refuses.
fn refused(method: &str, inputs: &Value) -> Refused {
    registry::find(method).unwrap().run(inputs).unwrap_err()
}

#[test]
fn every_fault_is_told_with_its_path() {
    let long: Vec<_> = (0..=registry::MAX_ITEMS).collect();
    let buckets = registry::MAX_BUCKETS + 1;
    let bounds: Vec<_> = (0..buckets - 1).collect();
    let many = json!({"bounds": bounds, "counts": vec![1; buckets]});
    for (method, inputs, want) in [
        ("welch", json!(1), "is a number, not an object"),
        (
            "welch",
            json!({"baseline": [1, "x", null], "candidate": {"count": 2.5, "mean": 1}}),
            "`baseline[1]`: is a text, not a number; `baseline[2]`: is null, not a number; \
             `candidate.count`: is no whole number from 0; give a count; \
             `candidate.sum_of_squared_deviations`: is missing; write it as number",
        ),
        (
            "wilson",
            json!({"tally": {"successes": 3, "trials": 2}, "question": {"alternative": "larger", "alpha": 2}}),
            "`tally`: 3 successes are more than 2 trials; `question.alternative`: is `larger`; give \
             one of `two-sided`, `less`, `greater`; `question.alpha`: alpha is 2; it must be above 0 \
             and below 1",
        ),
        (
            "paired_t",
            json!({"pairs": [[1, 2], [1], [true, 2]], "x y": 1}),
            "`pairs[1]`: is not of the form [number, number]; `pairs[2][0]`: is a boolean, not a \
             number; `[\"x y\"]`: is not known; there is `pairs`, `question`",
        ),
        (
            "quantile_interval",
            json!({"values": {"schema": 3, "positive": {"1": 2, "01": 3}}, "quantile": 0.5}),
            "`values.positive.01`: has a key that is no bucket's index",
        ),
        (
            "quantile_interval",
            json!({"values": many, "quantile": 0.5}),
            "`values`: has 20001 buckets",
        ),
        ("mean_t", json!({"values": long}), "`values`: has 1000001 items"),
    ] {
        let error = refused(method, &inputs);
        assert_eq!(error.code(), "invalid_inputs");
        assert!(error.to_string().starts_with(want), "{error}\n{want}");
    }
    let faults = refused("mean_t", &json!({"values": vec![Value::Null; 1000]})).faults().len();
    assert_eq!(faults, 20);
}

#[test]
fn what_the_method_itself_refuses_keeps_its_code() {
    let error = refused("mean_t", &json!({"values": [1, 1, 1]}));
    assert_eq!((error.code(), error.faults().len()), ("zero_variance", 0));
    let clusters: Vec<_> = (0..100).map(|i| json!([i.to_string(), 0, i % 7])).collect();
    let draws = json!({"seed": 1, "count": 1_000_000});
    let error = refused("wild_cluster", &json!({"pairs": clusters, "draws": draws}));
    assert_eq!(error.code(), "too_large");
}

#[test]
fn infinite_ends_are_null() {
    let values: Vec<_> = (0..10).collect();
    let inputs = json!({"values": values, "quantile": 0.95});
    let outcome = registry::find("quantile_interval").unwrap().run(&inputs).unwrap();
    assert_eq!(outcome["interval"]["upper"], Value::Null);
    assert!(outcome["interval"]["lower"].is_number());
    // No outcome has what its method does not define.
    assert!(outcome.get("df").is_none() && outcome.get("degenerate").is_none());
    let interval: phasegate_stats::Interval =
        serde_json::from_value(outcome["interval"].clone()).unwrap();
    assert_eq!(interval.upper, f64::INFINITY);
}

/// The places of all values within a document.
fn places(value: &Value) -> Vec<String> {
    let below = |key: String, value: &Value| {
        places(value).into_iter().map(move |place| format!("/{key}{place}")).collect::<Vec<_>>()
    };
    let inner: Vec<_> = match value {
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(i, item)| below(i.to_string(), item)).collect()
        }
        Value::Object(map) => map.iter().flat_map(|(key, v)| below(key.clone(), v)).collect(),
        _ => Vec::new(),
    };
    std::iter::once(String::new()).chain(inner).collect()
}

#[test]
fn no_inputs_make_a_method_fall_over() {
    let hostile = [
        json!(null),
        json!(true),
        json!("x"),
        json!([]),
        json!([[]]),
        json!({}),
        json!(0),
        json!(-1),
        json!(1),
        json!(0.5),
        json!(1e308),
        json!(-1e308),
        json!(5e-324),
        json!(1e-300),
        json!(9_007_199_254_740_991_u64),
        json!(u64::MAX),
    ];
    for method in registry::methods() {
        let example = example(&method);
        for place in places(&example) {
            for value in &hostile {
                let mut inputs = example.clone();
                *inputs.pointer_mut(&place).unwrap() = value.clone();
                if let Ok(outcome) = method.run(&inputs) {
                    let p = outcome.get("p").and_then(Value::as_f64).unwrap_or(0.5);
                    assert!((0.0..=1.0).contains(&p), "{}: {inputs}: {outcome}", method.name());
                }
            }
        }
    }
}

#[test]
fn documents_of_summaries_and_raw_observations_give_the_same() {
    fn document<S>(items: &[S::Item]) -> Value
    where
        S: Summary + Default + serde::Serialize,
    {
        let mut summary = S::default();
        summary.update_slice(items).unwrap();
        serde_json::to_value(summary).unwrap()
    }
    let pairs = [(1.0, 1.5), (2.0, 2.0), (3.0, 4.5), (2.5, 3.0)];
    let pair = |(baseline, candidate)| Pair { baseline, candidate };
    let clustered = |(baseline, candidate)| ClusteredPair {
        cluster: format!("at {baseline}"),
        pair: pair((baseline, candidate)),
    };
    let answers = [true, false, true, true];
    let answer = |(baseline, candidate)| PairedAnswer { baseline, candidate };
    let both = [(true, false), (false, true), (false, true), (true, true)];
    let values: Vec<f64> = pairs.iter().map(|(baseline, _)| *baseline).collect();
    let in_clusters: Vec<_> = pairs.iter().map(|(b, c)| json!([format!("at {b}"), b, c])).collect();
    for (method, key, raw, summed) in [
        ("mean_t", "values", json!(values), document::<Moments>(&values)),
        ("paired_t", "pairs", json!(pairs), document::<PairMoments>(&pairs.map(pair))),
        (
            "clustered_t",
            "pairs",
            json!(in_clusters),
            document::<ClusterSums>(&pairs.map(clustered)),
        ),
        ("wilson", "tally", json!(answers), document::<Tally>(&answers)),
        ("tango", "pairs", json!(both), document::<PairTally>(&both.map(answer))),
    ] {
        let method = registry::find(method).unwrap();
        assert_eq!(method.run(&json!({key: raw})), method.run(&json!({key: summed})));
    }
    let mut histogram = LogHistogram::new(3, 0.0).unwrap();
    histogram.update_slice(&values).unwrap();
    let mut classic = ClassicHistogram::new(&[1.0, 2.0]).unwrap();
    classic.update_slice(&values).unwrap();
    for histogram in [serde_json::to_value(histogram), serde_json::to_value(classic)] {
        let inputs = json!({"values": histogram.unwrap(), "quantile": 0.5});
        let outcome = registry::find("quantile_interval").unwrap().run(&inputs).unwrap();
        assert_eq!(outcome["sample"], json!({"one": 4}));
    }
}
