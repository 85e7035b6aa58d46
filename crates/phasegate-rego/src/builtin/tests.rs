//! Every builtin of the gate's list, with good and hostile arguments, as a policy calls it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use regorus::{Engine, Value};

use super::{Calling, GUARDED};
use crate::check::{Availability, Gives, builtin, builtins};

/// An engine as the gate has it.
fn engine() -> Engine {
    let mut engine = Engine::new();
    engine.set_strict_builtin_errors(true);
    engine.set_gather_prints(true);
    for guarded in GUARDED {
        let extension = |arguments: Vec<Value>| {
            Calling::Gate.settle(guarded.call(&arguments, Calling::Gate)).map_err(anyhow_of)
        };
        engine.add_extension(guarded.name.to_owned(), guarded.arity, Box::new(extension)).unwrap();
    }
    engine
}

fn anyhow_of(message: String) -> anyhow::Error {
    anyhow::Error::msg(message)
}

/// What an expression gives: its value as JSON, `undefined`, or the last line of its error.
fn evaluate(engine: &Engine, expr: &str) -> String {
    let mut engine = engine.clone();
    engine.add_policy("a.rego".to_owned(), format!("package a\nanswer := {expr}\n")).unwrap();
    match catch_unwind(AssertUnwindSafe(|| engine.eval_rule("data.a.answer".to_owned()))) {
        Ok(Ok(Value::Undefined)) => "undefined".to_owned(),
        Ok(Ok(value)) => value.to_json_str().unwrap().split_whitespace().collect(),
        Ok(Err(error)) => {
            let text = error.to_string();
            format!("error: {}", text.rsplit("error: ").next().unwrap_or_default().trim())
        }
        Err(_) => "panic".to_owned(),
    }
}

/// `(expression, what it gives)`; an error is told by the beginning of its message. The values are
/// OPA's, from its policy reference and built-in documentation at v1.
const CASES: &[(&str, &str)] = &[
    ("abs(-1.5)", "1.5"),
    ("abs(\"1\")", "error: "),
    ("array.concat([1], [2])", "[1,2]"),
    ("array.concat([1], {2})", "error: "),
    ("array.concat(input.wide, input.wide)", "error: `array.concat` would take"),
    ("array.reverse([1, 2])", "[2,1]"),
    ("array.reverse(1)", "error: "),
    ("array.slice([1, 2, 3], 1, 2)", "[2]"),
    ("array.slice([1, 2, 3], 1.5, 2)", "error: `array.slice` "),
    ("base64.decode(\"YQ==\")", "\"a\""),
    ("base64.decode(\"%\")", "error: "),
    ("base64.encode(\"a\")", "\"YQ==\""),
    ("base64.encode(input.longest)", "error: `base64.encode` would take"),
    ("base64.encode(1)", "error: "),
    ("base64.is_valid(\"YQ==\")", "true"),
    ("base64.is_valid(1)", "error: "),
    ("bits.and(6, 3)", "2"),
    ("bits.and(input.huge, 1)", "error: `bits.and` has no result"),
    ("bits.lsh(1, 3)", "8"),
    ("bits.lsh(1, 1000000000)", "error: `bits.lsh` shifts by at most 1000 places"),
    ("bits.lsh(input.huge, 1)", "error: `bits.lsh` has no result"),
    ("bits.negate(1)", "-2"),
    ("bits.negate(input.huge)", "error: "),
    ("bits.or(4, 1)", "5"),
    ("bits.or(1.5, 1)", "error: "),
    ("bits.rsh(8, 2)", "2"),
    ("bits.rsh(8, 1e30)", "error: "),
    ("bits.xor(6, 3)", "5"),
    ("bits.xor(input.huge, 3)", "error: "),
    ("ceil(1.2)", "2"),
    ("ceil(null)", "error: "),
    ("concat(\",\", [\"a\", \"b\"])", "\"a,b\""),
    ("concat(input.long, input.many)", "error: `concat` would take"),
    ("concat(\",\", [1])", "error: "),
    ("contains(\"abc\", \"b\")", "true"),
    ("contains(1, \"b\")", "error: "),
    ("count([1, 2])", "2"),
    ("count(1)", "error: "),
    ("endswith(\"abc\", \"c\")", "true"),
    ("endswith(1, \"c\")", "error: "),
    ("floor(1.8)", "1"),
    ("floor({})", "error: "),
    ("format_int(10, 2)", "\"1010\""),
    ("format_int(10, 3)", "error: "),
    ("format_int(input.huge, 2)", "error: `format_int` formats integers of 64 bits"),
    ("glob.match(\"a.*\", [\".\"], \"a.b\")", "true"),
    ("glob.match(\"a\", null, input.long)", "error: `glob.match` would take"),
    ("glob.match(\"[\", [], \"a\")", "error: "),
    ("glob.quote_meta(\"a*\")", "\"a\\\\*\""),
    ("glob.quote_meta(input.long)", "error: "),
    ("indexof(\"abc\", \"c\")", "2"),
    ("indexof(input.long, input.long)", "error: `indexof` would take"),
    ("indexof_n(\"aba\", \"a\")", "[0,2]"),
    ("indexof_n(input.long, input.long)", "error: "),
    ("intersection({{1, 2}, {2}})", "[2]"),
    ("intersection([1])", "error: "),
    ("is_array([])", "true"),
    ("is_boolean(1)", "false"),
    ("is_null(null)", "true"),
    ("is_number(\"1\")", "false"),
    ("is_object({})", "true"),
    ("is_set(set())", "true"),
    ("is_string(1)", "false"),
    ("json.filter({\"a\": {\"b\": 1, \"c\": 2}}, [\"a/b\"])", "{\"a\":{\"b\":1}}"),
    ("json.filter(1, [\"a\"])", "error: "),
    ("json.is_valid(\"{}\")", "true"),
    ("json.is_valid(1)", "error: "),
    ("json.marshal({\"a\": 1})", "\"{\\\"a\\\":1}\""),
    (
        "json.marshal([x | some _ in numbers.range(1, 200); x := input.long])",
        "error: `json.marshal` would take",
    ),
    ("json.marshal(input.shared)", "error: `json.marshal` would take"),
    ("json.marshal(input.squared)", "error: `json.marshal` would write a number beyond a double"),
    ("json.is_valid(input.longest)", "error: `json.is_valid` would take"),
    ("json.unmarshal(input.longest)", "error: `json.unmarshal` would take"),
    ("json.remove({\"a\": 1, \"b\": 2}, [\"a\"])", "{\"b\":2}"),
    ("json.remove(1, [\"a\"])", "error: "),
    ("json.unmarshal(\"[1]\")", "[1]"),
    ("json.unmarshal(\"[\")", "error: "),
    ("json.unmarshal(concat(\"\", [\"[\" | some x in numbers.range(1, 50000)]))", "error: "),
    ("lower(\"A\")", "\"a\""),
    ("lower(1)", "error: "),
    ("max([1, 3, 2])", "3"),
    ("max([])", "error: `max` has no result"),
    ("max(set())", "error: `max` has no result"),
    ("max(1)", "error: "),
    ("min({1, 3, 2})", "1"),
    ("min([])", "error: `min` has no result"),
    ("numbers.range(1, 3)", "[1,2,3]"),
    ("numbers.range(3, 1)", "[3,2,1]"),
    ("numbers.range(1, 100000000)", "error: `numbers.range` gives at most 100000 integers"),
    ("numbers.range(-9223372036854775808, 9223372036854775807)", "error: "),
    ("numbers.range(1, 1e300)", "error: "),
    ("numbers.range(1, 1.5)", "error: "),
    ("numbers.range(\"a\", 1)", "error: "),
    ("numbers.range_step(1, 5, 2)", "[1,3,5]"),
    ("numbers.range_step(1, 5, 0)", "error: `numbers.range_step` takes a positive integer"),
    ("numbers.range_step(1, 100000000, 1)", "error: "),
    ("object.filter({\"a\": 1, \"b\": 2}, [\"a\"])", "{\"a\":1}"),
    ("object.filter(1, [])", "error: "),
    ("object.get({\"a\": {\"b\": 1}}, [\"a\", \"b\"], 0)", "1"),
    ("object.get({}, \"a\", 0)", "0"),
    ("object.get(1, \"a\", 0)", "error: "),
    ("object.keys({\"a\": 1})", "[\"a\"]"),
    ("object.keys([])", "error: "),
    ("object.remove({\"a\": 1, \"b\": 2}, [\"a\"])", "{\"b\":2}"),
    ("object.remove(1, [])", "error: "),
    ("object.subset({\"a\": 1, \"b\": 2}, {\"a\": 1})", "true"),
    ("object.subset([1, 2], [])", "error: `object.subset` is given an empty array"),
    ("object.subset(numbers.range(1, 10000), numbers.range(1, 9000))", "error: "),
    ("object.union({\"a\": 1}, {\"b\": 2})", "{\"a\":1,\"b\":2}"),
    ("object.union(input.shared, {})", "error: `object.union` would take"),
    ("object.union_n([{\"a\": input.shared}])", "error: `object.union_n` would take"),
    ("object.union({}, 1)", "error: "),
    ("object.union_n([{\"a\": 1}, {\"b\": 2}])", "{\"a\":1,\"b\":2}"),
    ("object.union_n([1])", "error: "),
    ("print(1, input.missing)", "true"),
    ("product([2, 3])", "6"),
    ("product(numbers.range(1, 2000))", "error: `product` would take 2000 factors"),
    ("product([input.squared, input.squared])", "error: `product` takes factors of at most"),
    ("product([\"a\"])", "error: "),
    ("regex.find_all_string_submatch_n(\"a(b)\", \"ab ab\", 1)", "[[\"ab\",\"b\"]]"),
    ("regex.find_all_string_submatch_n(\"a\", input.long, -1)", "error: "),
    ("regex.find_n(\"a.\", \"ab ac\", 1)", "[\"ab\"]"),
    ("regex.find_n(\".*[^A-Z]b|[a-z]\", input.long, -1)", "error: "),
    ("regex.is_valid(\"[\")", "false"),
    ("regex.is_valid(input.long)", "error: "),
    ("regex.match(\"^a+$\", \"aa\")", "true"),
    ("regex.match(\"[\", \"aa\")", "error: "),
    ("regex.match(\"((a{100}){100}){100}\", \"aa\")", "error: "),
    ("regex.match(\"a\", input.long)", "error: `regex.match` would take"),
    ("regex.replace(\"aXb\", \"X\", \"-\")", "\"a-b\""),
    ("regex.replace(\"a\", \"[\", \"-\")", "error: `regex.replace` has no result"),
    ("regex.replace(input.long, \"a\", \"$0$0\")", "error: "),
    ("regex.split(\",\", \"a,b\")", "[\"a\",\"b\"]"),
    ("regex.split(\"a\", input.long)", "error: "),
    ("replace(\"aa\", \"a\", \"b\")", "\"bb\""),
    ("replace(input.long, \"\", input.long)", "error: `replace` would take"),
    ("replace(1, \"a\", \"b\")", "error: "),
    ("round(1.5)", "2"),
    ("round(\"a\")", "error: "),
    ("semver.compare(\"1.2.3\", \"1.10.0\")", "-1"),
    ("semver.compare(\"1\", \"2\")", "error: "),
    ("semver.is_valid(\"1.2.3\")", "true"),
    ("semver.is_valid(1)", "error: "),
    ("sort([2, 1])", "[1,2]"),
    ("sort(1)", "error: "),
    ("split(\"a,b\", \",\")", "[\"a\",\"b\"]"),
    ("split(replace(input.long, \"a\", input.ten), \"\")", "error: `split` would take"),
    ("sprintf(\"%s %d %v %.2f %5d|%%\", [\"a\", 1, [2], 1.239, 42])", "\"a1[2]1.2442|%\""),
    ("sprintf(\"%200000000d\", [1])", "error: `sprintf` would take"),
    ("sprintf(\"%.400000000f\", [1])", "error: `sprintf` would take"),
    ("sprintf(\"%99999999999999999999d\", [1])", "error: `sprintf` would take"),
    ("sprintf(\"%²d\", [1])", "error: `sprintf` failed: the format has the verb `%²`"),
    ("sprintf(\"%s\", [input.shared])", "error: `sprintf` would take"),
    ("sprintf(\"%d\", [input.squared])", "error: `sprintf` would write a number"),
    ("sprintf(\"%d\", [36893488147419103232])", "\"36893488147419103232\""),
    ("sprintf(\"%d\", [3500.5])", "error: "),
    ("sprintf(\"%d\", [])", "error: "),
    ("startswith(\"abc\", \"a\")", "true"),
    ("startswith(\"abc\", 1)", "error: "),
    ("strings.any_prefix_match(\"abc\", [\"x\", \"a\"])", "true"),
    ("strings.any_prefix_match(input.many, input.many)", "error: "),
    ("strings.any_suffix_match(\"abc\", {\"x\", \"c\"})", "true"),
    ("strings.any_suffix_match(input.many, input.many)", "error: "),
    ("strings.count(\"aba\", \"a\")", "2"),
    ("strings.count(\"aba\", \"\")", "error: `strings.count` is given an empty text"),
    ("strings.count(input.long, input.long)", "error: "),
    ("strings.reverse(\"ab\")", "\"ba\""),
    ("strings.reverse(1)", "error: "),
    ("substring(\"abc\", 1, 1)", "\"b\""),
    ("substring(\"abc\", 1, -1)", "\"bc\""),
    ("substring(\"abc\", -1, 1)", "error: "),
    ("sum([1, 2])", "3"),
    ("sum([\"a\"])", "error: "),
    ("time.add_date(0, 0, 1, 0)", "2678400000000000"),
    ("time.add_date(0, 2000000, 0, 0)", "error: `time.add_date` has no result"),
    ("time.add_date(0, 500, 0, 0)", "error: "),
    ("time.clock(0)", "[0,0,0]"),
    ("time.clock([0, \"Local\"])", "error: `time.clock` is asked for the zone `Local`"),
    ("time.clock([0, \"Nowhere\"])", "error: "),
    ("time.date([0, \"Europe/Berlin\"])", "[1970,1,1]"),
    ("time.date(1e300)", "error: "),
    ("time.diff(0, 86400000000000)", "[0,0,1,0,0,0]"),
    ("time.diff(\"a\", 1)", "error: "),
    ("time.format(0)", "\"1970-01-01T00:00:00Z\""),
    ("time.format([0, \"UTC\", input.long])", "error: "),
    ("time.now_ns(1)", "error: "),
    ("time.parse_duration_ns(\"1h\")", "3600000000000"),
    ("time.parse_duration_ns(\"x\")", "error: "),
    ("time.parse_duration_ns(\"999999999h\")", "error: "),
    ("time.parse_rfc3339_ns(\"1970-01-01T00:00:01Z\")", "1000000000"),
    ("time.parse_rfc3339_ns(\"1\")", "error: "),
    ("time.parse_rfc3339_ns(\"9999-01-01T00:00:01Z\")", "error: "),
    ("time.weekday(0)", "\"Thursday\""),
    ("time.weekday([0, \"Local\"])", "error: "),
    ("to_number(\"12\")", "12"),
    ("to_number(\"12ms\")", "error: "),
    ("to_number(\"1e2000000000\")", "error: `to_number` takes an exponent"),
    ("to_number(input.long)", "error: `to_number` would take"),
    ("to_number(\"1e999\")", "error: "),
    ("to_number([])", "error: "),
    // OPA gives true; any text is as good in a rule.
    ("trace(\"a\")", "\"a\""),
    ("trace(1)", "error: "),
    ("trim(\" a \", \" \")", "\"a\""),
    ("trim(input.long, input.long)", "error: "),
    ("trim_left(\"aab\", \"a\")", "\"b\""),
    ("trim_left(input.long, input.long)", "error: "),
    ("trim_prefix(\"abc\", \"a\")", "\"bc\""),
    ("trim_prefix(1, \"a\")", "error: "),
    ("trim_right(\"baa\", \"a\")", "\"b\""),
    ("trim_right(input.long, input.long)", "error: "),
    ("trim_space(\" a \")", "\"a\""),
    ("trim_space(1)", "error: "),
    ("trim_suffix(\"abc\", \"c\")", "\"ab\""),
    ("trim_suffix(\"abc\", 1)", "error: "),
    ("type_name(1)", "\"number\""),
    ("union({{1}, {2}})", "[1,2]"),
    ("union([1])", "error: "),
    ("units.parse(\"1.5K\")", "1500"),
    ("units.parse(\"10KB\")", "error: `units.parse` has no result"),
    ("units.parse(\"1e2000000000\")", "error: `units.parse` takes an exponent"),
    ("units.parse(\"x\")", "error: "),
    ("units.parse_bytes(\"10KB\")", "10000"),
    ("units.parse_bytes(\"10KiB\")", "10240"),
    ("units.parse_bytes(\"10XB\")", "error: `units.parse_bytes` has no result"),
    ("units.parse_bytes(\"0e2000000000\")", "error: `units.parse_bytes` takes an exponent"),
    ("upper(\"a\")", "\"A\""),
    ("upper(1)", "error: "),
];

#[test]
fn each_builtin_of_the_gate_gives_a_value_or_an_error() {
    let mut engine = engine();
    let long = "a".repeat(200_000);
    let many: Vec<_> = (0..3_000).map(|i| Value::from(format!("{}{i}", "a".repeat(40)))).collect();
    let mut input = Value::new_object();
    let object = input.as_object_mut().unwrap();
    object.insert(Value::from("long"), Value::from(long));
    object.insert(Value::from("ten"), Value::from("a".repeat(10)));
    object.insert(Value::from("many"), Value::from(many));
    object.insert(Value::from("longest"), Value::from("1".repeat(13 << 20)));
    object.insert(Value::from("wide"), Value::from(vec![Value::Null; 600_000]));
    // 2^64 leaves in a kilobyte.
    let shared = (0..64).fold(Value::from(1), |part, _| {
        let mut both = Value::new_object();
        let fields = both.as_object_mut().unwrap();
        fields.insert(Value::from("a"), part.clone());
        fields.insert(Value::from("b"), part);
        both
    });
    object.insert(Value::from("shared"), shared);
    object.insert(Value::from("squared"), squared(17));
    object.insert(Value::from("huge"), Value::from(1e300));
    engine.set_input(input);
    let wrong: Vec<_> = CASES
        .iter()
        .map(|&(expr, expected)| (expr, expected, evaluate(&engine, expr)))
        .filter(|(_, expected, found)| match expected.strip_prefix("error: ") {
            Some(_) => !found.starts_with(expected),
            None => found != expected,
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for builtin in builtins().filter(|b| on_the_list(b.availability)) {
        // The clock is the decision's, and registered on each call.
        let called = CASES.iter().any(|(expr, _)| expr.starts_with(&format!("{}(", builtin.name)));
        assert!(called, "`{}` has no case", builtin.name);
    }
}

/// 2 squared so many times.
fn squared(times: usize) -> Value {
    (0..times).fold(Value::from(2_u64), |value, _| match value {
        Value::Number(number) => Value::Number(number.mul(&number).unwrap()),
        other => other,
    })
}

fn on_the_list(availability: Availability) -> bool {
    matches!(availability, Availability::Allowed | Availability::Guarded)
}

/// Values of every type, and those at the edges of each.
const POOL: &[&str] = &[
    "null",
    "true",
    "0",
    "-1",
    "1",
    "2",
    "2.5",
    "-0.5",
    "64",
    "1e300",
    "1e18",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "\"\"",
    "\"abc\"",
    "\"12\"",
    "\"é²x\"",
    "\"1.2.3\"",
    "\"2020-01-01T00:00:00Z\"",
    "\"%s %d %v\"",
    "\"%5é\"",
    "\"[a\"",
    "\"1h\"",
    "[\"a\", \"b\"]",
    "[]",
    "[1, 2]",
    "[[1], [2]]",
    "{\"a\": 1}",
    "{}",
    "{\"a\": {\"b\": 2}}",
    "[\"a\", 1, null]",
    "[1600000000000000000, \"UTC\"]",
    "[0, \"Local\", \"2006\"]",
    "\"10KB\"",
    "\"1E\"",
    "set()",
    "{1, \"a\"}",
    "{set()}",
];

#[test]
fn no_argument_makes_a_builtin_of_the_gate_undefined_or_panic() {
    let engine = engine();
    let pool: Vec<Value> = {
        let mut engine = engine.clone();
        engine
            .add_policy("a.rego".to_owned(), format!("package a\nx := [{}]", POOL.join(", ")))
            .unwrap();
        let values = engine.eval_rule("data.a.x".to_owned()).unwrap();
        values.as_array().unwrap().iter().cloned().collect()
    };
    for guarded in GUARDED {
        let arity = usize::from(guarded.arity);
        let gives = builtin(guarded.name).map(|b| b.gives);
        each_tuple(&pool, arity, &mut |arguments| {
            let outcome = catch_unwind(AssertUnwindSafe(|| guarded.call(arguments, Calling::Gate)));
            let outcome = outcome.unwrap_or_else(|_| panic!("{}{arguments:?}", guarded.name));
            if let Ok(value) = outcome {
                assert!(
                    gives.is_some_and(|gives| is(gives, &value)),
                    "{}{arguments:?}: {value}",
                    guarded.name
                );
            }
        });
    }
    // The others, as the engine has them.
    let span = super::PLACE.as_ref().unwrap();
    for allowed in builtins().filter(|b| b.availability == Availability::Allowed) {
        let arity = *allowed.arity().end();
        let (function, _) = super::engine::BUILTINS[allowed.name];
        each_tuple(&pool, arity, &mut |arguments| {
            let call = || function(&span.0, &span.1[..arity], arguments, true);
            let outcome = catch_unwind(AssertUnwindSafe(call));
            let outcome = outcome.unwrap_or_else(|_| panic!("{}{arguments:?}", allowed.name));
            if let Ok(value) = outcome {
                let trace = allowed.name == "trace" && matches!(value, Value::String(_));
                assert!(
                    is(allowed.gives, &value) || trace,
                    "{}{arguments:?}: {value}",
                    allowed.name
                );
            }
        });
    }
}

fn is(gives: Gives, value: &Value) -> bool {
    match gives {
        Gives::Number => matches!(value, Value::Number(_)),
        Gives::String => matches!(value, Value::String(_)),
        Gives::Boolean => matches!(value, Value::Bool(_)),
        Gives::Array => matches!(value, Value::Array(_)),
        Gives::Set => matches!(value, Value::Set(_)),
        Gives::Object => matches!(value, Value::Object(_)),
        Gives::Any => *value != Value::Undefined,
    }
}

/// All tuples of values of the pool; for four arguments the last two are the same.
fn each_tuple(pool: &[Value], arity: usize, f: &mut impl FnMut(&[Value])) {
    let free = arity.min(3);
    let mut at = vec![0; free];
    loop {
        let mut arguments: Vec<Value> = at.iter().map(|&i: &usize| pool[i].clone()).collect();
        if arity == 4 {
            arguments.push(arguments[2].clone());
        }
        f(&arguments);
        let Some(place) = at.iter().position(|&i| i + 1 < pool.len()) else { return };
        at[..place].fill(0);
        at[place] += 1;
    }
}
