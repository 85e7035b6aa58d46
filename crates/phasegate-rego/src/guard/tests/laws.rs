//! What holds for every input and for any policy.

use proptest::{prelude::*, strategy::ValueTree as _};
use serde_json::{Map, Value as Json, json};

use super::policy;
use crate::guard::{InputPath, Operand, Requirements, Step};
use crate::syntax::CompareOp;

/// Policies of which exactly one of `deny` and `ok` holds when no comparison is undefined.
const OPPOSITES: [&str; 18] = [
    "deny if input.a.x > 3\nok if input.a.x <= 3",
    "deny if input.a.x > input.b.x\nok if input.a.x <= input.b.x",
    "deny if not input.a.x > 3\nok if input.a.x > 3",
    "deny if { some x in input.xs; x > 3 }\nok if every x in input.xs { x <= 3 }",
    "deny if input.xs[_].x > input.a.x\nok if every one in input.xs { one.x <= input.a.x }",
    "deny if object.get(input.a, \"x\", 5) > 3\nok if object.get(input.a, \"x\", 5) <= 3",
    "s := object.get(input, \"a\", {\"x\": 2})\ndeny if s.x > 3\nok if s.x <= 3",
    "f(m) := m.x - 1\ndeny if f(input.a) >= f(input.b)\nok if f(input.a) < f(input.b)",
    "deny if max(input.xs) > 3\nok if max(input.xs) <= 3",
    "deny if { some n in [\"x\", \"y\"]; input.a[n] > 3 }
ok if every n in [\"x\", \"y\"] { input.a[n] <= 3 }",
    "deny if { some n, v in input.a; v > {\"x\": 3}[n] }\nok if input.a.x <= 3",
    "deny if { some n, v in input.a; n in {\"x\"}; v > 3 }\nok if input.a.x <= 3",
    "bad contains n if { some n; input.a[n] > 3 }\ndeny if \"x\" in bad\nok if input.a.x <= 3",
    "bad(\"x\", v) if v > 3\ndeny if { some n, v in input.a; bad(n, v) }\nok if input.a.x <= 3",
    "deny if [9, 8, 7, 6, 5, 4, 3, 2][input.b.x] > 3\nok if [9, 8, 7, 6, 5, 4, 3, 2][input.b.x] <= 3",
    "f(1) := 2\nf(2) := 7\nf(3) := 1\nf(4) := 9\nf(5) := 9\ndeny if f(input.b.x) > 3\nok if f(input.b.x) <= 3",
    "deny if [1, input.a.x] > [1.0, 3]\nok if [1, input.a.x] <= [1, 3.0]",
    "deny if object.subset(input.a, {\"x\": 1})\nok if input.a.x != 1",
];

/// What the engine says of `data.p`, whether `deny` and whether `ok` hold.
fn verdict(policy: &str, input: &Json) -> (bool, bool) {
    let mut engine = regorus::Engine::new();
    engine.add_policy("p.rego".to_owned(), format!("package p\n{policy}")).expect("it parses");
    engine.set_input_json(&input.to_string()).expect("it is JSON");
    let mut holds = |rule: &str| {
        let value = engine.eval_rule(format!("data.p.{rule}")).expect("the guard leaves no error");
        value == regorus::Value::Bool(true)
    };
    (holds("deny"), holds("ok"))
}

fn leaf() -> impl Strategy<Value = Json> {
    prop_oneof![
        6 => (-10_i64..10).prop_map(Json::from),
        1 => (-10.0..10.0).prop_map(Json::from),
        1 => Just(Json::Null),
        1 => any::<bool>().prop_map(Json::from),
        1 => "[a-z0-9]{0,3}".prop_map(Json::from),
    ]
}

fn any_json() -> impl Strategy<Value = Json> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map("[abxy]|xs", inner, 0..4)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

/// An input that has most of what the sample policies read.
fn likely_input() -> impl Strategy<Value = Json> {
    let object = prop_oneof![
        8 => (leaf(), leaf()).prop_map(|(x, y)| json!({"x": x, "y": y})),
        1 => any_json(),
    ];
    let items = prop_oneof![
        4 => prop::collection::vec(leaf(), 0..4).prop_map(Json::from),
        4 => prop::collection::vec(leaf().prop_map(|x| json!({"x": x})), 0..4).prop_map(Json::from),
        1 => any_json(),
    ];
    (prop::option::weighted(0.9, object.clone()), object, items).prop_map(|(a, b, xs)| {
        let mut input = Map::new();
        input.extend(a.map(|a| ("a".to_owned(), a)));
        input.insert("b".to_owned(), b);
        input.insert("xs".to_owned(), xs);
        Json::Object(input)
    })
}

fn values<'a>(input: &'a Json, path: &InputPath) -> Vec<&'a Json> {
    path.steps.iter().fold(vec![input], |here, step| {
        here.into_iter()
            .flat_map(|value| match (step, value) {
                (Step::Field(name), _) => value.get(&**name).into_iter().collect(),
                (Step::Index(index), _) => value.get(*index).into_iter().collect(),
                (Step::Each, Json::Array(items)) => items.iter().collect(),
                (Step::Each, Json::Object(members)) => members.values().collect::<Vec<_>>(),
                (Step::Each, _) => Vec::new(),
            })
            .collect()
    })
}

fn side(operand: &Operand, input: &Json) -> Vec<Json> {
    match operand {
        Operand::Input(path) => values(input, path).into_iter().cloned().collect(),
        Operand::Const(json) => vec![json.clone()],
        Operand::OneOf(operands) => operands.iter().flat_map(|one| side(one, input)).collect(),
        Operand::Other => Vec::new(),
    }
}

/// Both sides of every ordering comparison have one type, in an input that passes.
fn orderings_are_of_one_type(requirements: &Requirements, input: &Json) -> bool {
    requirements.comparisons().iter().all(|one| {
        let ordering = !matches!(one.op, CompareOp::Equal | CompareOp::NotEqual);
        let sides = [side(&one.left, input), side(&one.right, input)].concat();
        let kinds: Vec<_> = sides.iter().map(super::super::JsonType::of).collect();
        !ordering || kinds.windows(2).all(|pair| pair.first() == pair.last())
    })
}

fn samples() -> Vec<(&'static str, Requirements)> {
    OPPOSITES
        .iter()
        .map(|text| {
            let extraction = policy(text).extract();
            assert_eq!(extraction.diagnostics, [], "{text}");
            (*text, extraction.requirements)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 192,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_passes_is_never_undefined(input in likely_input()) {
        for (text, requirements) in samples() {
            if requirements.check(&input).is_empty() {
                let (deny, ok) = verdict(text, &input);
                prop_assert!(deny != ok, "{text}\n{input}");
                prop_assert!(orderings_are_of_one_type(&requirements, &input), "{text}\n{input}");
            }
        }
    }

    #[test]
    fn any_input_has_an_answer(input in any_json()) {
        for (_, requirements) in samples() {
            let blocks = requirements.check(&input);
            prop_assert_eq!(blocks.is_empty(), blocks.blocks.is_empty());
            prop_assert_eq!(requirements.check(&input), blocks);
        }
    }

    /// Text that still parses after a piece of it was moved or lost: no panic, and the same answer
    /// twice.
    #[test]
    fn any_policy_has_an_answer(from in 0_usize..800, length in 0_usize..30, to in 0_usize..800) {
        let text = format!("package p\n{}", include_str!("sample.rego"));
        let cut = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
        let (start, end, to) = (cut(from), cut(from + length), cut(to));
        let (Some(start), Some(end), Some(to)) = (start, end, to) else { return Ok(()) };
        let mut changed = text.clone();
        changed.replace_range(start..end, "");
        if changed.is_char_boundary(to) && to <= changed.len() {
            changed.insert_str(to, &text[start..end]);
        }
        if let Ok(module) = crate::syntax::Module::parse("p.rego", &changed) {
            let sample = policy("").data(json!({"limits": {"a": 1}}));
            let once = sample.extract_from(std::slice::from_ref(&module));
            let twice = sample.extract_from(std::slice::from_ref(&module));
            prop_assert_eq!(once.requirements.requirements, twice.requirements.requirements);
            prop_assert_eq!(once.diagnostics, twice.diagnostics);
        }
    }
}

#[test]
fn the_laws_are_tried_in_earnest() {
    // A share of the likely inputs passes and a share does not, for each policy.
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let samples = samples();
    let mut passed = vec![0_u32; samples.len()];
    for _ in 0..300 {
        let input = likely_input().new_tree(&mut runner).expect("a value").current();
        for (count, (_, requirements)) in passed.iter_mut().zip(&samples) {
            *count += u32::from(requirements.check(&input).is_empty());
        }
    }
    assert!(passed.iter().all(|count| (30..=270).contains(count)), "{passed:?}");
}
