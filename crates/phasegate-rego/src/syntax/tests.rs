//! Texts in, trees and findings out.

use std::fmt::Write as _;
use std::thread;

use proptest::prelude::*;

use super::limits::{MAX_COLUMNS, MAX_FILE_BYTES, MAX_SET_BYTES};
use super::*;

fn parse(text: &str) -> Module {
    Module::parse("a.rego", text).unwrap_or_else(|faults| panic!("{}\nin\n{text}", render(&faults)))
}

fn render(faults: &[Diagnostic]) -> String {
    let mut out = String::new();
    for fault in faults {
        writeln!(out, "{fault}").unwrap();
        if fault.row > 0 {
            let indent = " ".repeat(fault.col - 1);
            writeln!(out, "{}\n{indent}{}", fault.line, "^".repeat(fault.width)).unwrap();
        }
    }
    out
}

fn faults(text: &str) -> String {
    Module::parse("a.rego", text).map_or_else(|faults| render(&faults), |_| "none".to_owned())
}

/// Every expression of a module with its text, outer ones first.
fn texts(module: &Module) -> Vec<(&'static str, &str)> {
    let mut out = Vec::new();
    each_expr(module, &mut |expr| out.push((kind_name(expr), module.text_of(expr.span))));
    out
}

fn each_expr<'a>(module: &'a Module, f: &mut impl FnMut(&'a Expr)) {
    for rule in &module.rules {
        walk_reference(&rule.head.reference, f);
        match &rule.head.kind {
            HeadKind::Complete => {}
            HeadKind::Set { key } => walk_expr(key, f),
            HeadKind::Function { args } => args.iter().for_each(|arg| walk_expr(arg, f)),
        }
        rule.head.value.iter().for_each(|value| walk_expr(value, f));
        for body in &rule.bodies {
            body.value.iter().for_each(|value| walk_expr(value, f));
            walk_query(&body.query, f);
        }
    }
}

fn kind_name(expr: &Expr) -> &'static str {
    match expr.kind {
        ExprKind::Scalar(_) => "scalar",
        ExprKind::Var(_) => "var",
        ExprKind::Ref(_) => "ref",
        ExprKind::Array(_) => "array",
        ExprKind::Set(_) => "set",
        ExprKind::Object(_) => "object",
        ExprKind::ArrayComprehension { .. } => "array comprehension",
        ExprKind::SetComprehension { .. } => "set comprehension",
        ExprKind::ObjectComprehension { .. } => "object comprehension",
        ExprKind::Call { .. } => "call",
        ExprKind::Compare { .. } => "compare",
        ExprKind::Arithmetic { .. } => "arithmetic",
        ExprKind::SetOperation { .. } => "set operation",
        ExprKind::Assign { .. } => "assign",
        ExprKind::Membership { .. } => "membership",
    }
}

#[test]
fn the_span_of_an_expression_is_its_text() {
    // (value of a rule, the expressions in it that are not scalars or variables)
    let cases: &[(&str, &[(&str, &str)])] = &[
        (
            r#"{"a": 1, "b": 2, "c": [3]}"#,
            &[("object", r#"{"a": 1, "b": 2, "c": [3]}"#), ("array", "[3]")],
        ),
        (
            "{ # why\n (\"a\"): 1, # }\n \"b\": {} }",
            &[("object", "{ # why\n (\"a\"): 1, # }\n \"b\": {} }"), ("object", "{}")],
        ),
        (
            "set( # )\n ) | {1}",
            &[("set operation", "set( # )\n ) | {1}"), ("set", "set( # )\n )"), ("set", "{1}")],
        ),
        (
            "(a + b) * (c - 1)",
            &[
                ("arithmetic", "(a + b) * (c - 1)"),
                ("arithmetic", "a + b"),
                ("arithmetic", "c - 1"),
            ],
        ),
        ("a -1", &[("arithmetic", "a -1")]),
        ("(a)", &[]),
        (r#"input.a["b"][c].d"#, &[("ref", r#"input.a["b"][c].d"#)]),
        ("f(x).a[g(1)]", &[("ref", "f(x).a[g(1)]"), ("call", "f(x)"), ("call", "g(1)")]),
        (
            "[x | x := input.a[_]; x > 1]",
            &[
                ("array comprehension", "[x | x := input.a[_]; x > 1]"),
                ("assign", "x := input.a[_]"),
                ("ref", "input.a[_]"),
                ("compare", "x > 1"),
            ],
        ),
        (
            "{k: v | some k, v in input.m}",
            &[("object comprehension", "{k: v | some k, v in input.m}"), ("ref", "input.m")],
        ),
        ("{x | some x in [1]}", &[("set comprehension", "{x | some x in [1]}"), ("array", "[1]")]),
        ("(1, 2) in [3]", &[]),
        (
            "count({1 | true}) == 1",
            &[
                ("compare", "count({1 | true}) == 1"),
                ("call", "count({1 | true})"),
                ("set comprehension", "{1 | true}"),
            ],
        ),
        (
            "\"é\" in [\"ü\", `\n`]",
            &[("membership", "\"é\" in [\"ü\", `\n`]"), ("array", "[\"ü\", `\n`]")],
        ),
    ];
    for (value, expected) in cases {
        let text = format!("package a\nx := {value}\n");
        if *value == "(1, 2) in [3]" {
            assert!(Module::parse("a.rego", &text).is_err());
            continue;
        }
        let module = parse(&text);
        let found: Vec<_> = texts(&module)
            .into_iter()
            .filter(|(kind, _)| !matches!(*kind, "scalar" | "var"))
            .collect();
        assert_eq!(found, *expected, "{value}");
    }
}

#[test]
fn strings_keep_their_quotes_in_the_span_and_lose_them_in_the_value() {
    let module = parse("package a\nx := [\"a\\\"b\", `c\nd`, a[\"e\\u0066\"]]\n");
    let mut found = Vec::new();
    each_expr(&module, &mut |expr| match &expr.kind {
        ExprKind::Scalar(Scalar::String(value)) => {
            found.push((value.as_str(), module.text_of(expr.span)));
        }
        ExprKind::Ref(Reference { steps, .. }) => {
            for step in steps {
                if let Step::Field(name) = step {
                    found.push((&name.text, module.text_of(name.span)));
                }
            }
        }
        _ => {}
    });
    assert_eq!(found, [("a\"b", "\"a\\\"b\""), ("c\nd", "`c\nd`"), ("ef", "\"e\\u0066\"")]);
}

#[test]
fn numbers_beyond_64_bits_become_the_nearest_float() {
    let huge = format!("-1{}", "0".repeat(350));
    for (text, expected) in [
        ("18446744073709551615", serde_json::Number::from(u64::MAX)),
        ("18446744073709551616", serde_json::Number::from_f64(18446744073709552000.0).unwrap()),
        ("0.1", serde_json::Number::from_f64(0.1).unwrap()),
        ("1e300", serde_json::Number::from_f64(1e300).unwrap()),
    ] {
        let module = parse(&format!("package a\nx := {text}\n"));
        let value = &module.rules[0].head.value.as_ref().unwrap().kind;
        assert_eq!(value, &ExprKind::Scalar(Scalar::Number(expected)), "{text}");
    }
    assert!(faults(&format!("package a\nx := {huge}\n")).contains("out of range"));
}

#[test]
fn statements_rules_and_imports_are_what_was_written() {
    let text = r#"package a["b-c"].d

import data.lib
import data.x.y as z
import input.metrics
import rego.v1

default p := false

p := 1 if { not input.a with input as {} with data.b.c as 2 }
  else := 2 if some x, y in z
  else := 3

s contains {"k": v} if {
	some i, v in [1]
	every k, w in {2} { k < w }
	some j
	i == j
}

t.u[x] := 1 if x := 2

f(a, [b]) := a
"#;
    let module = parse(text);
    assert_eq!(module.package, ["a", "b-c", "d"]);
    assert_eq!(module.text_of(module.package_span), r#"package a["b-c"].d"#);
    let imports: Vec<_> =
        module.imports.iter().map(|i| (i.path.join("."), i.binds.as_deref())).collect();
    assert_eq!(
        imports,
        [
            ("data.lib".to_owned(), Some("lib")),
            ("data.x.y".to_owned(), Some("z")),
            ("input.metrics".to_owned(), Some("metrics")),
            ("rego.v1".to_owned(), None),
        ]
    );
    let heads: Vec<_> = module.rules.iter().map(|rule| module.text_of(rule.head.span)).collect();
    assert_eq!(
        heads,
        ["p := false", "p := 1", r#"s contains {"k": v}"#, "t.u[x] := 1", "f(a, [b]) := a",]
    );
    let [default, p, s, t, f] = module.rules.as_slice() else { panic!("five rules") };
    assert!(default.is_default && default.bodies.is_empty());
    let bodies: Vec<_> =
        p.bodies.iter().map(|b| (b.is_else, module.text_of(b.query.span))).collect();
    assert_eq!(
        bodies,
        [
            (false, "not input.a with input as {} with data.b.c as 2"),
            (true, "some x, y in z"),
            (true, ""),
        ]
    );
    let with = &p.bodies[0].query.statements[0].with;
    assert_eq!(with[1].target, ["data", "b", "c"]);
    assert_eq!(module.text_of(with[1].span), "with data.b.c as 2");
    assert!(matches!(s.head.kind, HeadKind::Set { .. }));
    let statements: Vec<_> =
        s.bodies[0].query.statements.iter().map(|s| module.text_of(s.span)).collect();
    assert_eq!(statements, ["some i, v in [1]", "every k, w in {2} { k < w }", "some j", "i == j"]);
    assert_eq!(t.head.reference.steps.len(), 2);
    assert!(matches!(&f.head.kind, HeadKind::Function { args } if args.len() == 2));
}

#[test]
fn parse_errors_point_at_the_place() {
    insta::assert_snapshot!(faults("package a\nx := 1 +\n\n"), @r"
    a.rego:2:9: rego_parse_error: the text ends too early: expecting expression; complete the last rule
    x := 1 +
            ^
    ");
    insta::assert_snapshot!(faults("package a\np { 1 }"), @r"
    a.rego:2:3: rego_parse_error: the body has no `if` before it; write `if` before the `{`, as Rego v1 demands
    p { 1 }
      ^
    ");
    insta::assert_snapshot!(faults("package a\n\tx := \"é\"\t + ;"), @r#"
    a.rego:2:14: rego_parse_error: expecting expression; correct the text here; it is read as Rego v1
    	x := "é"	 + ;
                 ^
    "#);
    insta::assert_snapshot!(faults("package a\np if {\n every x in [1] { a: b } }"), @r"
    a.rego:3:20: rego_parse_error: a body was expected, not a collection; separate statements by line breaks or `;`
     every x in [1] { a: b } }
                       ^
    ");
    insta::assert_snapshot!(faults("package a\np if { some 1, x }"), @r"
    a.rego:2:13: rego_parse_error: encountered `1` while expecting identifier; correct the text here; it is read as Rego v1
    p if { some 1, x }
                ^
    ");
    insta::assert_snapshot!(faults("package a\nx := [1,\n  {2)"), @r"
    a.rego:3:5: rego_parse_error: this `)` cannot close the `{` of line 3; close brackets in the order in which they were opened
      {2)
        ^
    ");
    insta::assert_snapshot!(faults("package a\nx := [1,\n"), @r"
    a.rego:2:6: rego_parse_error: this `[` is never closed; close it, or remove it
    x := [1,
         ^
    ");
    insta::assert_snapshot!(faults("x := 1"), @r"
    a.rego:1:1: rego_parse_error: the file does not begin with a package; begin it with `package <name>`
    x := 1
    ^
    ");
    insta::assert_snapshot!(faults("package a\nx := -y"), @r"
    a.rego:2:6: rego_parse_error: a sign before something that is no number; write `0 - x`
    x := -y
         ^^
    ");
    insta::assert_snapshot!(faults("package a\np[\"x\"]\nq := 1"), @r#"
    a.rego:2:1: rego_parse_error: the rule has neither a value nor a body; write `name contains value`, or `name[key] := value`
    p["x"]
    ^^^^^^
    "#);
}

#[test]
fn nothing_hides_behind_a_nul() {
    // The engine takes a NUL for the end of the text, in a comment too.
    for text in [
        "package a\n\0\ndeny := 1",
        "package a\n# \0\ndeny := 1",
        "package a\nx := `\0`",
        "package a\nx := \"\0\"",
    ] {
        assert!(faults(text).contains("the text contains a NUL"), "{text:?}");
    }
}

#[test]
fn directives_and_metadata_are_found_outside_strings_only() {
    let text = "# METADATA\n# title: a\n#   b: c\npackage a\n\n# phasegate: unguarded the key comes from a fixed list\n\nx := `\n# phasegate: nonsense\n# METADATA\n`\ny := \"# phasegate: nonsense\" # phasegate: unguarded we know\n  # METADATA\n# title: z\n  # not part of it\n\nz := 1\n# METADATA\n# d: e\n";
    let module = parse(text);
    let directives: Vec<_> = module.directives.iter().map(|d| (&d.kind, d.covers_row)).collect();
    assert_eq!(
        directives,
        [
            (&DirectiveKind::Unguarded { reason: "the key comes from a fixed list".to_owned() }, 8),
            (&DirectiveKind::Unguarded { reason: "we know".to_owned() }, 12),
        ]
    );
    let metadata: Vec<_> =
        module.metadata.iter().map(|m| (m.yaml.as_str(), m.annotates_row)).collect();
    assert_eq!(metadata, [("title: a\n  b: c\n", 4), ("title: z\n", 17), ("d: e\n", 20)]);
    assert_eq!(module.text_of(module.metadata[0].span), "# METADATA\n# title: a\n#   b: c");
    let x = module.rules[0].span.start;
    assert_eq!(module.unguarded_reason(x), Some("the key comes from a fixed list"));
    let y = module.rules[1].span.start;
    assert_eq!(module.unguarded_reason(y), Some("we know"));
    let z = module.rules[2].span.start;
    assert_eq!(module.unguarded_reason(z), None);
}

#[test]
fn directives_say_something_known_and_why() {
    insta::assert_snapshot!(
        faults("package a\n# phasegate: unguarded\n# phasegate: guard x\n#phasegate:\nx := 1 # phasegate: ignore Loud y\ny := [ # phasegate: ignore code\n"),
        @r"
    a.rego:6:6: rego_parse_error: this `[` is never closed; close it, or remove it
    y := [ # phasegate: ignore code
         ^
    "
    );
    insta::assert_snapshot!(
        faults("package a\n# phasegate: unguarded\n# phasegate: guard x\n#phasegate:\nx := 1 # phasegate: ignore Loud y\ny := 1 # phasegate: ignore code\nz"),
        @r"
    a.rego:2:1: directive_error: `unguarded` without a reason; write `# phasegate: unguarded <reason>`
    # phasegate: unguarded
    ^^^^^^^^^^^^^^^^^^^^^^
    a.rego:3:1: directive_error: unknown directive `guard`; a directive begins with `unguarded`, `ignore` or `better`
    # phasegate: guard x
    ^^^^^^^^^^^^^^^^^^^^
    a.rego:4:1: directive_error: a directive that says nothing; a directive begins with `unguarded`, `ignore` or `better`
    #phasegate:
    ^^^^^^^^^^^
    a.rego:5:8: directive_error: `Loud` is no lint that can be ignored; write `# phasegate: ignore <code> <reason>`
    x := 1 # phasegate: ignore Loud y
           ^^^^^^^^^^^^^^^^^^^^^^^^^^
    a.rego:6:8: directive_error: `code` is no lint that can be ignored; write `# phasegate: ignore <code> <reason>`
    y := 1 # phasegate: ignore code
           ^^^^^^^^^^^^^^^^^^^^^^^^
    a.rego:7:1: rego_parse_error: the rule has neither a value nor a body; write `name := value` or `name if { ... }`
    z
    ^
    "
    );
}

#[test]
fn each_limit_is_a_finding() {
    let check = |text: &str, expected: &str| {
        let found = faults(text);
        let line = found.lines().next().unwrap_or_default();
        assert!(line.contains("rego_limit_error") && line.contains(expected), "{line}");
    };
    let rule = |value: &str| format!("package a\nx := {value}\n");
    let body = |statements: &str| format!("package a\nx if {{\n{statements}}}\n");
    check(&" ".repeat(MAX_FILE_BYTES + 1), "bytes");
    check(&"\n".repeat(20_001), "lines");
    check(&rule(&format!("\"{}\"", "é".repeat(MAX_COLUMNS))), "a.rego:2:4097");
    check(&rule(&"a[".repeat(500)), "nested more than");
    check(&rule(&format!("{}1{}", "[".repeat(30), "]".repeat(30))), "take the parser too long");
    check(&rule(&format!("{}1{}", "(".repeat(40), ")".repeat(40))), "too deep");
    check(&rule(&"1 +\n".repeat(200)), "in a row");
    check(&rule(&format!("1{}", "-1".repeat(200))), "in a row");
    check(&rule(&"- ".repeat(200)), "in a row");
    check(&rule(&format!("a{}", " in a".repeat(200))), "in a row");
    check(&rule(&format!("a{}", ".b".repeat(200))), "in a row");
    check(&rule(&format!("1{}", " + contains".repeat(200))), "in a row");
    let chain = "1 + ".repeat(80);
    check(&rule(&format!("{chain}[{chain}1]")), "in a row");
    check(&body(&"x\n".repeat(2_000)), "statements");
    check(&body(&"not x\n".repeat(2_000)), "statements");
    check(&rule(&format!("f({})", "1,".repeat(300))), "arguments");
    check(
        &format!(
            "package a\n{}",
            (0..600).fold(String::new(), |s, i| s + &format!("import data.a{i}\n"))
        ),
        "imports",
    );
    check(&rule("0e2000000000"), "exponent");
    check(&rule(&"9".repeat(500)), "digits");
}

/// Runs on a stack of the size that Rust gives to every thread but the first.
fn on_a_small_stack(f: impl FnOnce() + Send + 'static) {
    thread::Builder::new().stack_size(2 << 20).spawn(f).unwrap().join().unwrap();
}

#[test]
fn hostile_texts_are_refused_on_a_small_stack() {
    on_a_small_stack(|| {
        for opening in [
            "[",
            "{",
            "(",
            "a[",
            "f(",
            "set(",
            "{1:",
            "{1|",
            "[x|",
            "[[1],",
            "{\"a\":{",
            "- ",
            "not ",
            "1+\n",
            "a.",
            "a in ",
            "every x in y {",
            "1,",
            "x[y[",
            "{[(",
            "\"a\":",
            "`",
            "\"",
            "#",
            "\\",
            "a ",
            "if {",
            "else ",
            "with a as {",
        ] {
            for head in [
                "x := ",
                "x if ",
                "x if {",
                "x contains ",
                "f(",
                "default x := ",
                "x[",
                "import ",
                "",
            ] {
                for repeated in [10_usize, 60, MAX_FILE_BYTES / opening.len() - 20] {
                    let text = format!("package a\n{head}{}", opening.repeat(repeated));
                    let broken = text.replace("a.a.a.a.a.a.a.a.", "a.a.a.a.a.a.a.a.\n");
                    drop((Module::parse("a.rego", &text), Module::parse("a.rego", &broken)));
                }
            }
        }
        let file = "[\n".repeat(MAX_SET_BYTES / 32);
        let files: Vec<_> = (0..17).map(|i| format!("{i}.rego")).collect();
        let found = parse_set(files.iter().map(|name| (name.as_str(), file.as_str()))).unwrap_err();
        assert!(found.iter().all(|fault| fault.code == Code::RegoLimitError), "{}", render(&found));
    });
}

#[test]
fn the_highest_tree_fits_a_small_stack() {
    on_a_small_stack(|| {
        let chain =
            |inner: &str, length: u32| format!("[{inner}{}]", "\n+ 1".repeat(length as usize));
        let mut text = "1".to_owned();
        for _ in 0..12 {
            text = chain(&text, 9);
        }
        let module = parse(&format!("package a\nx := {text}\n"));
        let mut count = 0;
        each_expr(&module, &mut |_| count += 1);
        assert!(count > 200);
    });
}

#[test]
fn a_byte_order_mark_may_stand_at_the_head_only() {
    let module = parse("\u{feff}package a\n\nx := 1\n");
    assert_eq!((module.text.as_str(), module.package_span.start), ("package a\n\nx := 1\n", 0));
    assert!(faults("package a\n\u{feff}x := 1\n").contains("a.rego:2:1: rego_parse_error"));
}

#[test]
fn a_set_has_limits_of_its_own() {
    let rules = "x := 1\n".repeat(15_000);
    let text = format!("package a\n{rules}");
    let found = parse_set([("a.rego", text.as_str()), ("b.rego", text.as_str())]).unwrap_err();
    insta::assert_snapshot!(render(&found), @"b.rego: rego_limit_error: the policies have more than 20000 rules with this file; split the set; tables belong into `data.json` or `data.yaml`");
    let found =
        parse_set([("b.rego", "package"), ("a.rego", "package a\nx"), ("c.rego", "package c")])
            .unwrap_err();
    assert_eq!(found.iter().map(|f| f.file.as_str()).collect::<Vec<_>>(), ["a.rego", "b.rego"]);
}

const POLICY: &str = r#"# METADATA
# title: x
package lifecycle.promotion

import data.lib as l

default allow := false

allow if count(violations) == 0

violations contains {"code": "late", "message": sprintf("%v > %v", [m, `raw
text`])} if {
	m := input.metrics.p95_latency_ms # phasegate: unguarded because
	some name, limit in {"a": 1, "b": {"c": -2.5e3}}
	not l.f(m, name)[0].x
	every k, v in [x | x := limit; x > (m + 1) * 2] { k != v }
	set() | {1, 2} & {3} == {y: z | some y, z in input.q with input as {}}
}

small := "a" if "b" else := "c" if input["d"] else := `e`
"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        drop(Module::parse("a.rego", &text));
    }

    #[test]
    fn any_mix_of_tokens_is_answered(
        tokens in prop::collection::vec(prop::sample::select(vec![
            "package a", "\n", "x", ":=", "if", "{", "}", "[", "]", "(", ")", "|", ",", "1", "\"s\"", "`r`", "some", "in",
            "every", "not", "else", "with", "as", "input", ".", "contains", "default", "import", "data", "-", "+", "==",
            "#c\n", "set(", ":", ";", " ", "é", "\t", "\r\n", "_", "true", "null", "# METADATA\n", "# phasegate: unguarded r\n",
        ]), 0..60),
    ) {
        let text = format!("package a\n{}", tokens.join(" "));
        if let Ok(module) = Module::parse("a.rego", &text) {
            check_spans(&module)?;
        }
    }

    #[test]
    fn a_mutated_policy_is_answered(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..8, "[\\[\\]{}()|:=,.\"`#\\n a1é\u{0}-]{0,3}"), 0..6),
    ) {
        let mut text: Vec<char> = POLICY.chars().collect();
        for (at, length, with) in edits {
            let start = at.index(text.len() + 1);
            let end = (start + length).min(text.len());
            text.splice(start..end, with.chars());
        }
        let text: String = text.into_iter().collect();
        match Module::parse("a.rego", &text) {
            Ok(module) => check_spans(&module)?,
            Err(faults) => {
                for fault in faults {
                    prop_assert!(fault.row == 0 || fault.col >= 1 && fault.width >= 1, "{fault}");
                    prop_assert!(fault.row <= text.lines().count().max(1), "{fault}");
                    prop_assert!(!fault.remedy.is_empty() && !fault.message.is_empty());
                }
            }
        }
    }
}

#[test]
fn the_policy_that_is_mutated_parses() {
    check_spans(&parse(POLICY)).unwrap();
}

fn inside(module: &Module, outer: Span, inner: Span) -> Result<(), TestCaseError> {
    prop_assert!(module.text.get(inner.start..inner.end).is_some(), "{inner:?} is no text");
    prop_assert!(
        outer.start <= inner.start && inner.end <= outer.end,
        "`{}` is not inside `{}`",
        module.text_of(inner),
        module.text_of(outer)
    );
    Ok(())
}

/// Every span lies on character boundaries and inside its parent's.
fn check_spans(module: &Module) -> Result<(), TestCaseError> {
    let whole = Span { start: 0, end: module.text.len() };
    for span in module.imports.iter().map(|i| i.span).chain([module.package_span]) {
        inside(module, whole, span)?;
    }
    for span in
        module.directives.iter().map(|d| d.span).chain(module.metadata.iter().map(|m| m.span))
    {
        inside(module, whole, span)?;
    }
    for rule in &module.rules {
        inside(module, whole, rule.span)?;
        inside(module, rule.span, rule.head.span)?;
        reference_spans(module, rule.head.span, &rule.head.reference)?;
        match &rule.head.kind {
            HeadKind::Complete => {}
            HeadKind::Set { key } => expr_spans(module, rule.head.span, key)?,
            HeadKind::Function { args } => {
                args.iter().try_for_each(|arg| expr_spans(module, rule.head.span, arg))?;
            }
        }
        rule.head.value.iter().try_for_each(|value| expr_spans(module, rule.head.span, value))?;
        for body in &rule.bodies {
            inside(module, rule.span, body.span)?;
            body.value.iter().try_for_each(|value| expr_spans(module, body.span, value))?;
            query_spans(module, body.span, &body.query)?;
        }
    }
    Ok(())
}

fn query_spans(module: &Module, outer: Span, query: &Query) -> Result<(), TestCaseError> {
    inside(module, outer, query.span)?;
    for statement in &query.statements {
        let outer = statement.span;
        inside(module, query.span, outer)?;
        for with in &statement.with {
            inside(module, outer, with.span)?;
            expr_spans(module, with.span, &with.value)?;
        }
        match &statement.kind {
            StatementKind::SomeVars(names) => {
                names.iter().try_for_each(|n| inside(module, outer, n.span))?;
            }
            StatementKind::SomeIn { key, value, collection } => {
                key.iter()
                    .chain([value, collection])
                    .try_for_each(|e| expr_spans(module, outer, e))?;
            }
            StatementKind::Expr(expr) | StatementKind::Not(expr) => {
                expr_spans(module, outer, expr)?;
            }
            StatementKind::Every { key, value, domain, query } => {
                key.iter().chain([value]).try_for_each(|n| inside(module, outer, n.span))?;
                expr_spans(module, outer, domain)?;
                query_spans(module, outer, query)?;
            }
        }
    }
    Ok(())
}

fn reference_spans(
    module: &Module,
    outer: Span,
    reference: &Reference,
) -> Result<(), TestCaseError> {
    expr_spans(module, outer, &reference.base)?;
    reference.steps.iter().try_for_each(|step| match step {
        Step::Field(name) => inside(module, outer, name.span),
        Step::Index(index) => expr_spans(module, outer, index),
    })
}

fn expr_spans(module: &Module, outer: Span, expr: &Expr) -> Result<(), TestCaseError> {
    inside(module, outer, expr.span)?;
    let outer = expr.span;
    match &expr.kind {
        ExprKind::Scalar(_) | ExprKind::Var(_) => Ok(()),
        ExprKind::Ref(reference) => reference_spans(module, outer, reference),
        ExprKind::Array(items) | ExprKind::Set(items) => {
            items.iter().try_for_each(|item| expr_spans(module, outer, item))
        }
        ExprKind::Call { function_span, args, .. } => {
            inside(module, outer, *function_span)?;
            args.iter().try_for_each(|arg| expr_spans(module, outer, arg))
        }
        ExprKind::Object(fields) => fields.iter().try_for_each(|(key, value)| {
            expr_spans(module, outer, key)?;
            expr_spans(module, outer, value)
        }),
        ExprKind::ArrayComprehension { term, query }
        | ExprKind::SetComprehension { term, query } => {
            expr_spans(module, outer, term)?;
            query_spans(module, outer, query)
        }
        ExprKind::ObjectComprehension { key, value, query } => {
            expr_spans(module, outer, key)?;
            expr_spans(module, outer, value)?;
            query_spans(module, outer, query)
        }
        ExprKind::Compare { left, right, .. }
        | ExprKind::Arithmetic { left, right, .. }
        | ExprKind::SetOperation { left, right, .. }
        | ExprKind::Assign { left, right, .. } => {
            expr_spans(module, outer, left)?;
            expr_spans(module, outer, right)
        }
        ExprKind::Membership { key, value, collection } => {
            key.iter().try_for_each(|key| expr_spans(module, outer, key))?;
            expr_spans(module, outer, value)?;
            expr_spans(module, outer, collection)
        }
    }
}
