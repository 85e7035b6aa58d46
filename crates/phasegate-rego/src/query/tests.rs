//! Queries: what they answer, and what is refused before the engine sees it.

use serde_json::{Value, json};

use super::*;

const MODULE: &str = "package a

p := 1

q if false

s contains x if some x in [2, 1]

o[k] := v if some k, v in {\"z\": 1, \"y\": 2}

f(x) := 2 * x

m(x) := 1 + x % 2
";

fn eval(query: &str, strict: bool) -> Result<QueryAnswer, QueryError> {
    let options = QueryOptions { strict_builtin_errors: strict, ..QueryOptions::default() };
    let data = json!({ "base": { "x": [1, 2, 3], "o": { "k": { "v": 1 } } } });
    let policy = QueryPolicy::from_modules([("a.rego", MODULE)], &data, &options).unwrap();
    policy.eval(query, None, None)
}

/// The answers as `[[value, ...], {name: value}]`.
fn told(answer: &QueryAnswer) -> Value {
    let answers = answer.results.iter().map(|result| {
        let values: Vec<Value> =
            result.expressions.iter().map(|one| one.value.to_value()).collect();
        let bindings: serde_json::Map<_, _> =
            result.bindings.iter().map(|(name, value)| (name.clone(), value.to_value())).collect();
        json!([values, bindings])
    });
    answers.collect()
}

/// The shapes are those of OPA's `rego` package at v1: `rewriteQueryToCaptureValue` and
/// `generateResult` in `v1/rego/rego.go`.
#[test]
fn a_query_gives_all_its_answers() {
    let cases = [
        ("some x in [1, 2, 3]; x > 1", json!([[[true, true], {"x": 2}], [[true, true], {"x": 3}]])),
        ("some x; x = [1, 2][_]; x > 1", json!([[[true, true], {"x": 2}]])),
        ("x = 1\nx + 1 = y", json!([[[true, true], {"x": 1, "y": 2}]])),
        ("1 / 0 = x", json!([])),
        ("x := 7 % 4", json!([[[true], {"x": 3}]])),
        ("x := strings.split_n(\"a.b.c\", \".\", -2)", json!([[[true], {"x": ["b", "c"]}]])),
        ("x := -7 % 4.0", json!([[[true], {"x": -3}]])),
        (
            "x := [7, 5, 4]; y := x[0] * x[1] % x[2]; z := x[0] % x[1] * x[2]",
            json!([[
                [true, true, true],
                {"x": [7, 5, 4], "y": 3, "z": 8}
            ]]),
        ),
        (
            "x := [9, 5, 3]; y := x[0] % x[1] % x[2] * x[1] * x[2]",
            json!([[
                [true, true],
                {"x": [9, 5, 3], "y": 15}
            ]]),
        ),
        ("x := 5.5 % 2", json!([])),
        ("x := 5 % 0", json!([])),
        ("x := to_number(\" 1\")", json!([])),
        ("x := array.flatten([1, [2, [3]]])", json!([[[true], {"x": [1, 2, [3]]}]])),
        ("net.cidr_intersects(\"10.0.0.0/8\", \"10.1.0.0/16\")", json!([[[true], {}]])),
        ("crypto.hmac.equal(\"a\", \"b\")", json!([[[false], {}]])),
        ("array.flatten([1, [2]], x,)", json!([[[true], {"x": [1, 2]}]])),
        ("y = 3; array.flatten([1, [2]] , [x, y - 1])", json!([[[true, true], {"x": 1, "y": 3}]])),
        (
            "y = 2; not array.flatten([y * y], [3]) with input as 1",
            json!([[[true, true], {"y": 2}]]),
        ),
        ("startswith(crypto.sha256(\"abc\"), \"ba7816bf\")", json!([[[true], {}]])),
        ("x = 1;", json!([[[true], {"x": 1}]])),
        ("x = \"ä;\" ; # last;", json!([[[true], {"x": "ä;"}]])),
        ("1 + 2 = x", json!([[[true], {"x": 3}]])),
        ("x := [y | 1 + 1 = y]", json!([[[true], {"x": [2]}]])),
        ("count([1]) + 1 = x; x > 1", json!([[[true, true], {"x": 2}]])),
        ("false", json!([[[false], {}]])),
        ("1 == 2", json!([[[false], {}]])),
        ("1 == 2; true", json!([])),
        ("true; 1 == 2", json!([])),
        ("input.x", json!([])),
        ("not data.a.q", json!([[[true], {}]])),
        ("[1, 1][_]", json!([[[1], {}], [[1], {}]])),
        ("[false, true][i]", json!([[[true], {"i": 1}]])),
        ("data.base.x[i] > 1", json!([[[true], {"i": 1}], [[true], {"i": 2}]])),
        ("data.base.o[k].v", json!([[[1], {"k": "k"}]])),
        ("data.a.s[x]", json!([[[1], {"x": 1}], [[2], {"x": 2}]])),
        ("data.a.o[k] = v", json!([[[true], {"k": "y", "v": 2}], [[true], {"k": "z", "v": 1}]])),
        ("data.a.f(3)", json!([[[6], {}]])),
        ("data.a.f(3, y); y > 5", json!([[[true, true], {"y": 6}]])),
        ("data.a.f(3, y) with input as 1", json!([[[true], {"y": 6}]])),
        ("count([1, 2], n)", json!([[[true], {"n": 2}]])),
        #[cfg(feature = "opa-compat")]
        (
            "walk({\"a\": 1}, [p, v])",
            json!([[[true], {"p": [], "v": {"a": 1}}], [[true], {"p": ["a"], "v": 1}]]),
        ),
        ("x := 1 == 2", json!([[[true], {"x": false}]])),
        ("0, 1 in [1]", json!([[[true], {}]])),
        ("every x in [1, 2] { x > 0 }", json!([[[true], {}]])),
        ("x := [y | y := [1, 2][_]]; count(x) == 2", json!([[[true, true], {"x": [1, 2]}]])),
        ("{\"a\": [x]} = {\"a\": [3]}", json!([[[true], {"x": 3}]])),
        ("x := {2, 1}; x[y]; y > 1", json!([[[true, 2, true], {"x": [1, 2], "y": 2}]])),
        ("data.a.p with data.a.p as 3", json!([[[3], {}]])),
        ("x = 1 # the end", json!([[[true], {"x": 1}]])),
        ("# begin\nx = 1\n", json!([[[true], {"x": 1}]])),
        (
            "phasegate_query := 1; value__0 := 2",
            json!([[[true, true], {"phasegate_query": 1, "value__0": 2}]]),
        ),
        ("data.a", json!([[[{"p": 1, "s": [1, 2], "o": {"y": 2, "z": 1}}], {}]])),
        ("data[x].p", json!([[[1], {"x": "a"}]])),
        ("count(data) = n", json!([[[true], {"n": 2}]])),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .map(|(query, expected)| (query, expected, eval(query, false).map(|answer| told(&answer))))
        .filter(|(_, expected, found)| found.as_ref() != Ok(*expected))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_wrong_is_told_where_it_stands() {
    let cases = [
        ("", "rego_parse_error", "<query.rego>:1:1: the query ends too early"),
        ("# nothing", "rego_parse_error", "<query.rego>:1:10: the query ends too early"),
        ("1 +", "rego_parse_error", "<query.rego>:1:4: the query ends too early"),
        ("true } x if { true", "rego_parse_error", "<query.rego>:1:6: this `}` closes nothing"),
        ("x if true", "rego_parse_error", "<query.rego>:1:3: the statement has ended here"),
        ("\"a\": 1", "rego_parse_error", "<query.rego>:1:4: the statement has ended here"),
        ("1, 2", "rego_parse_error", "<query.rego>:1:5: the query ends too early"),
        ("import data.a", "rego_parse_error", "<query.rego>:1:1: "),
        ("x", "rego_unsafe_var_error", "<query.rego>:1:1: the variable `x` is unsafe"),
        ("y := 1\nz := y + x", "rego_unsafe_var_error", "<query.rego>:2:10: the variable `x`"),
        ("phasegate_query", "rego_unsafe_var_error", "<query.rego>:1:1: "),
        ("not x", "rego_unsafe_var_error", "<query.rego>:1:5: "),
        ("y := 1; nope(1)", "rego_type_error", "<query.rego>:1:9: undefined function `nope`"),
        ("http.send({})", "rego_type_error", "<query.rego>:1:1: undefined function `http.send`"),
        ("data.a.f(1, 2, 3)", "rego_type_error", "<query.rego>:1:1: `data.a.f` takes 1 argument"),
        ("data.a.p(1)", "rego_type_error", "<query.rego>:1:1: `data.a.p` is a rule"),
        ("count(1)", "rego_type_error", "<query.rego>:1:7: `count` takes an array"),
        ("y := 5.5 % 2", "eval_builtin_error", "<query.rego>:1:6: `%` failed"),
        ("x := [\"a\"]\ny := 1 + x[0] % 2", "eval_builtin_error", "<query.rego>:2:10: `%` failed"),
        ("x := \"a\"; y := x * x", "eval_builtin_error", "<query.rego>:1:16: `*` failed"),
        ("x := \"a\"; x * x == 1", "eval_builtin_error", "<query.rego>:1:11: `*` failed"),
        ("y := (1 - 0.5) % (3 % 2)", "eval_builtin_error", "<query.rego>:1:6: `%` failed"),
        ("y := 7 % (3 % 1.5)", "eval_builtin_error", "<query.rego>:1:11: `%` failed"),
        ("x := 0; y := [1 | 4 % x]", "eval_builtin_error", "<query.rego>:1:19: `%` failed"),
        ("data.a.m(\"a\")", "eval_builtin_error", "a.rego:13:13: `%` failed: it takes numbers"),
        ("y := 1\n\tz := 1 / (y - 1)", "eval_builtin_error", "<query.rego>:2:9: divide by zero"),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .map(|case| (case, eval(case.0, true)))
        .filter(|((_, code, says), found)| match found {
            Err(error) => error.code != *code || !error.message.starts_with(says),
            Ok(_) => true,
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn integers_keep_their_digits() {
    let cases = [
        ("x := 18446744073709551616 + 1", "18446744073709551617"),
        ("x := 123456789012345678901234567890 * 10", "1234567890123456789012345678900"),
        ("x := -9223372036854775809", "-9223372036854775809"),
        ("x := 0.1", "0.1"),
        ("x := 1e308", &format!("1{}", "0".repeat(308))),
    ];
    for (query, expected) in cases {
        let answer = eval(query, false).unwrap();
        assert_eq!(answer.results[0].bindings["x"].as_str(), expected, "{query}");
    }
}

#[test]
fn json_is_laid_out_as_serde_lays_it_out() {
    let value = json!({"a": [1, {}, [], "x\"{:,\\"], "b": {"c": null, "d": -1.5}});
    let text = serde_json::to_string(&value).unwrap();
    assert_eq!(crate::engine::pretty(&text), serde_json::to_string_pretty(&value).unwrap());
}

/// What would fill the memory is an error of the query, strict or not, wherever it stands.
#[test]
fn what_would_fill_the_memory_is_refused() {
    let doubled = |first: &str, next: &str| {
        let mut rules = format!("package b\n\nr0 := {first}\n");
        for n in 1..60 {
            let next = next.replace('@', &format!("r{}", n - 1));
            rules.extend(["r", &n.to_string(), " := ", &next, "\n"]);
        }
        rules
    };
    let cases = [
        ("package b\n\nr59 := numbers.range(1, 1000000000)".to_owned(), "gives at most"),
        ("package b\n\nr59 := numbers.range_step(1, 1000000000000, 2)".to_owned(), "gives at most"),
        ("package b\n\nr59 := sprintf(\"%1000000000d\", [1])".to_owned(), "places for one field"),
        ("package b\n\nr59 := sprintf(\"%*d\", [1000000000, 1])".to_owned(), "places for one field"),
        ("package b\n\nf(x) := numbers.range(1, x)\n\nr59 := 1 if not f(1000000000)".to_owned(), "gives at most"),
        ("package b\n\nr59 := bits.lsh(1, 1000000000)".to_owned(), "shifts by at most"),
        (doubled("[1, 2, 3]", "array.concat(@, @)"), "elements"),
        (doubled("\"abc\"", "concat(\"\", [@, @])"), "bytes"),
        (doubled("\"abc\"", "sprintf(\"%s%s\", [@, @])"), "bytes"),
        (doubled("\"abc\"", "replace(@, \"a\", concat(\"\", [@, \"a\"]))"), "bytes"),
        (doubled("3", "@ * @"), "bits"),
        (doubled("3", "product([@, @])"), "bits"),
        ("package b\n\nr59 := count([x | some _ in numbers.range(1, 100000); x := numbers.range(1, 1000000)])".to_owned(), "bytes with what was given before"),
        ("package b\n\nr59 := count([x | some _ in numbers.range(1, 100000); x := sprintf(\"%900000d\", [1])])".to_owned(), "bytes with what was given before"),
    ];
    let mut wrong = Vec::new();
    for (module, says) in cases {
        for strict in [false, true] {
            // The limits refuse it, however slow the machine is.
            let deadline = Duration::from_mins(10);
            let options =
                QueryOptions { strict_builtin_errors: strict, deadline, ..QueryOptions::default() };
            let modules = [("b.rego", module.as_str())];
            let policy = QueryPolicy::from_modules(modules, &json!({}), &options).unwrap();
            match policy.eval("data.b.r59", None, None) {
                Err(error) if error.message.contains(says) => {}
                other => wrong.push((module.clone(), strict, other.map(|answer| told(&answer)))),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
