//! Faulty policies, one kind of fault a test.

use super::*;

fn opa(text: &str) -> String {
    findings_of(&[("a.rego", &format!("package a\n{text}"))], &json!({}), OPA)
}

#[test]
fn recursion() {
    insta::assert_snapshot!(gate("f(n) := f(n)"), @r"
    a.rego:2:1: rego_recursion_error: `data.a.f` depends on itself: data.a.f -> data.a.f; break the cycle; a reference with a step that is not constant depends on everything it may reach
    f(n) := f(n)
    ^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(gate("p if q\nq if not r\nr := [x | x := p]\ns if p"), @r"
    a.rego:2:1: rego_recursion_error: `data.a.p` depends on itself: data.a.p -> data.a.q -> data.a.r -> data.a.p; break the cycle; a reference with a step that is not constant depends on everything it may reach
    p if q
    ^
    ");
    insta::assert_snapshot!(gate("p := data.a[input.k]\nq := 1"), @r"
    a.rego:2:1: rego_recursion_error: `data.a.p` depends on itself: data.a.p -> data.a.p; break the cycle; a reference with a step that is not constant depends on everything it may reach
    p := data.a[input.k]
    ^^^^^^^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(gate("p := data[input.k].q"), @r"
    a.rego:2:1: rego_recursion_error: `data.a.p` depends on itself: data.a.p -> data.a.p; break the cycle; a reference with a step that is not constant depends on everything it may reach
    p := data[input.k].q
    ^^^^^^^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(gate("p[x] := 1 if x := data.a.p.y"), @r"
    a.rego:2:1: rego_recursion_error: `data.a.p` depends on itself: data.a.p -> data.a.p; break the cycle; a reference with a step that is not constant depends on everything it may reach
    p[x] := 1 if x := data.a.p.y
    ^^^^^^^^^
    ");
    let sources = [
        ("a.rego", "package a\nimport data.b\np if b.f(1)\nr if every x in [1] { x == data.b.q }"),
        ("b.rego", "package b\nf(x) if data.a.p\nq := data.a"),
    ];
    insta::assert_snapshot!(findings_of(&sources, &json!({}), OPA), @r"
    a.rego:3:1: rego_recursion_error: `data.a.p` depends on itself: data.a.p -> data.b.f -> data.a.p; break the cycle; a reference with a step that is not constant depends on everything it may reach
    p if b.f(1)
    ^
    a.rego:4:1: rego_recursion_error: `data.a.r` depends on itself: data.a.r -> data.b.q -> data.a.r; break the cycle; a reference with a step that is not constant depends on everything it may reach
    r if every x in [1] { x == data.b.q }
    ^
    ");
    // A function is no part of its package's document.
    assert_eq!(gate("package a.lib\nf(x) := data.a.lib[x]\nq := 1"), "");
}

#[test]
fn depth() {
    let chain = |length: usize, value: &str| {
        let mut text = String::new();
        for i in 0..length {
            writeln!(text, "p{i} := {value} if p{}", i + 1).unwrap();
        }
        text + &format!("p{length} := 1\n")
    };
    assert_eq!(gate(&chain(31, "1")), "");
    insta::assert_snapshot!(gate(&chain(32, "1")), @r"
    a.rego:2:1: rego_depth_error: the chain of 33 rules from `data.a.p0` is 33 deep, more than 32: data.a.p0 -> data.a.p1 -> data.a.p2 -> data.a.p3 -> ... 25 more ... -> data.a.p29 -> data.a.p30 -> data.a.p31 -> data.a.p32; shorten the chain, or raise the limit, at most to 256, where the stack is large: `max_depth` of the options, `--max-depth` of the command
    p0 := 1 if p1
    ^^^^^^^
    ");
    insta::assert_snapshot!(gate(&chain(11, "count([x | x := [y | y := input.a]])")), @r"
    a.rego:2:1: rego_depth_error: the chain of 12 rules from `data.a.p0` is 34 deep, more than 32: data.a.p0 -> data.a.p1 -> data.a.p2 -> data.a.p3 -> ... 4 more ... -> data.a.p8 -> data.a.p9 -> data.a.p10 -> data.a.p11; shorten the chain, or raise the limit, at most to 256, where the stack is large: `max_depth` of the options, `--max-depth` of the command
    p0 := count([x | x := [y | y := input.a]]) if p1
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(opa(&chain(5_000, "1")), @r"
    a.rego:2:1: rego_depth_error: the chain of 5001 rules from `data.a.p0` is 5001 deep, more than 32: data.a.p0 -> data.a.p1 -> data.a.p2 -> data.a.p3 -> ... 4993 more ... -> data.a.p4997 -> data.a.p4998 -> data.a.p4999 -> data.a.p5000; shorten the chain, or raise the limit, at most to 256, where the stack is large: `max_depth` of the options, `--max-depth` of the command
    p0 := 1 if p1
    ^^^^^^^
    ");
    let high = format!("1{}", " + 1".repeat(64));
    insta::assert_snapshot!(gate(&chain(4, &high)), @r"
    a.rego:2:1: rego_depth_error: the chain of 5 rules from `data.a.p0` is 37 deep, more than 32: data.a.p0 -> data.a.p1 -> data.a.p2 -> data.a.p3 -> data.a.p4; shorten the chain, or raise the limit, at most to 256, where the stack is large: `max_depth` of the options, `--max-depth` of the command
    p0 := 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 if p1
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    // Whatever is asked for, the stack has an end.
    let modules = parse(&[("a.rego", &format!("package a\n{}", chain(256, "1")))]);
    let options = CheckOptions { profile: Profile::Gate, max_depth: 1_000 };
    assert_eq!(check(&modules, &json!({}), &options).len(), 1);
}

/// OPA's type checker refuses these with `invalid argument(s)`.
#[test]
fn literal_arguments_have_the_type_that_the_builtin_takes() {
    let refused = [
        ("count(1)", "`count` takes an array or a set or an object or a text as argument 1"),
        ("startswith(\"a\", null)", "`startswith` takes a text as argument 2, not null"),
        ("sum({\"a\": 1})", "`sum` takes an array or a set as argument 1, not an object"),
        ("object.get([1], 0, 1)", "`object.get` takes an object as argument 1, not an array"),
        ("array.concat({1}, [1])", "`array.concat` takes an array as argument 1, not a set"),
        ("upper(true)", "`upper` takes a text as argument 1, not a boolean"),
        ("abs({x | x := 1})", "`abs` takes a number as argument 1, not a set"),
    ];
    for (call, message) in refused {
        let told = gate(&format!("p := {call}"));
        assert!(told.starts_with("a.rego:2:") && told.contains(message), "{call}: {told}");
    }
    for call in ["count(\"a\")", "count({})", "max({1})", "sum([])", "object.get({}, [1], 1)"] {
        assert_eq!(gate(&format!("p := {call}")), "", "{call}");
    }
    // A function of the policy, and not the builtin.
    assert_eq!(gate("p := q.count(1)\nq.count(x) := x"), "");
}

#[test]
fn calls() {
    insta::assert_snapshot!(
        gate("import data.lib\np := conut([1]) + foo.bar(1) + lib.f(1) + f(1) + q(1)\nf(x, y) := x\nq := 1\nr := data.a.g(1)"),
        @r"
    a.rego:2:1: rego_type_error: `data.lib` is no rule, no package and no base data; define it, or add the file that does
    import data.lib
    ^^^^^^^^^^^^^^^
    a.rego:3:6: rego_type_error: undefined function `conut`; did you mean `count`?
    p := conut([1]) + foo.bar(1) + lib.f(1) + f(1) + q(1)
         ^^^^^
    a.rego:3:19: rego_type_error: undefined function `foo.bar`; define it, or import the package that does
    p := conut([1]) + foo.bar(1) + lib.f(1) + f(1) + q(1)
                      ^^^^^^^
    a.rego:3:32: rego_type_error: undefined function `lib.f`; define it, or import the package that does
    p := conut([1]) + foo.bar(1) + lib.f(1) + f(1) + q(1)
                                   ^^^^^
    a.rego:3:43: rego_type_error: `f` takes 2 arguments, not 1; give it as many as it takes
    p := conut([1]) + foo.bar(1) + lib.f(1) + f(1) + q(1)
                                              ^
    a.rego:3:50: rego_type_error: `q` is a rule, not a function; refer to it without parentheses
    p := conut([1]) + foo.bar(1) + lib.f(1) + f(1) + q(1)
                                                     ^
    a.rego:6:6: rego_type_error: undefined function `data.a.g`; did you mean `data.a.f`?
    r := data.a.g(1)
         ^^^^^^^^
    "
    );
    insta::assert_snapshot!(
        gate("p if { count(1, 2, 3); object.get({}, 1); time.now_ns(1, 2); f() }\nf(x) := x"),
        @r"
    a.rego:2:8: rego_type_error: `count` takes 1 argument, not 3; give it as many as it takes
    p if { count(1, 2, 3); object.get({}, 1); time.now_ns(1, 2); f() }
           ^^^^^
    a.rego:2:24: rego_type_error: `object.get` takes 3 arguments, not 2; give it as many as it takes
    p if { count(1, 2, 3); object.get({}, 1); time.now_ns(1, 2); f() }
                           ^^^^^^^^^^
    a.rego:2:43: rego_type_error: `time.now_ns` takes 0 arguments, not 2; give it as many as it takes
    p if { count(1, 2, 3); object.get({}, 1); time.now_ns(1, 2); f() }
                                              ^^^^^^^^^^^
    a.rego:2:62: rego_type_error: `f` takes 1 argument, not 0; give it as many as it takes
    p if { count(1, 2, 3); object.get({}, 1); time.now_ns(1, 2); f() }
                                                                 ^
    "
    );
    insta::assert_snapshot!(
        gate("p if { http.send({}); rand.intn(\"a\", 1); walk(input, [_, v]); v; opa.runtime(); regex.template_match(\"\", \"\", \"\", \"\") }"),
        @r#"
    a.rego:2:8: rego_type_error: `http.send` may not be called at the gate; a decision depends on its documents alone: fetch it before and pass it in the input
    p if { http.send({}); rand.intn("a", 1); walk(input, [_, v]); v; opa.runtime(); regex.template_match("", "", "", "") }
           ^^^^^^^^^
    a.rego:2:23: rego_type_error: `rand.intn` may not be called at the gate; a decision is deterministic: pass the number in the input
    p if { http.send({}); rand.intn("a", 1); walk(input, [_, v]); v; opa.runtime(); regex.template_match("", "", "", "") }
                          ^^^^^^^^^
    a.rego:2:42: rego_type_error: `walk` may not be called at the gate; iterate over the collection by its path: the guard must see what is read
    p if { http.send({}); rand.intn("a", 1); walk(input, [_, v]); v; opa.runtime(); regex.template_match("", "", "", "") }
                                             ^^^^
    a.rego:2:66: rego_type_error: `opa.runtime` may not be called at the gate; a decision depends on its documents alone: pass it in the input
    p if { http.send({}); rand.intn("a", 1); walk(input, [_, v]); v; opa.runtime(); regex.template_match("", "", "", "") }
                                                                     ^^^^^^^^^^^
    a.rego:2:81: rego_type_error: `regex.template_match` may not be called at the gate; use `regex.match`
    p if { http.send({}); rand.intn("a", 1); walk(input, [_, v]); v; opa.runtime(); regex.template_match("", "", "", "") }
                                                                                    ^^^^^^^^^^^^^^^^^^^^
    "#
    );
    insta::assert_snapshot!(opa("p if { http.send({}); rand.intn(\"a\", 1); nope(1); count() }"), @r#"
    a.rego:2:8: rego_type_error: undefined function `http.send`: it is not offered; a decision depends on its documents alone: fetch it before and pass it in the input
    p if { http.send({}); rand.intn("a", 1); nope(1); count() }
           ^^^^^^^^^
    a.rego:2:42: rego_type_error: undefined function `nope`; define it, or import the package that does
    p if { http.send({}); rand.intn("a", 1); nope(1); count() }
                                             ^^^^
    a.rego:2:51: rego_type_error: `count` takes 1 argument, not 0; give it as many as it takes
    p if { http.send({}); rand.intn("a", 1); nope(1); count() }
                                                      ^^^^^
    "#);
}

#[test]
fn references() {
    let sources = [
        ("lib.rego", "package a.lib\nlimit := 3\nf(x) := x"),
        (
            "main.rego",
            "package a
import data.a.lib
import data.missing.thing
import data.cfg
p := lib.limits + data.a.lib.limit.x
q := data.nope[input.x]
r := cfg.limits.y + cfg.limits[input.k]
s := thing.x
t := lib.f
u := {x | x := data.a.lib[_]}
v if data.cfg.other with data.cfg as {}",
        ),
    ];
    insta::assert_snapshot!(findings_of(&sources, &json!({"cfg": {"limits": {"x": 1}}}), GATE), @r"
    main.rego:3:1: rego_type_error: `data.missing` is no rule, no package and no base data; define it, or add the file that does
    import data.missing.thing
    ^^^^^^^^^^^^^^^^^^^^^^^^^
    main.rego:5:6: rego_type_error: `data.a.lib.limits` is no rule, no package and no base data; did you mean `data.a.lib.limit`?
    p := lib.limits + data.a.lib.limit.x
         ^^^^^^^^^^
    main.rego:6:6: rego_type_error: `data.nope` is no rule, no package and no base data; did you mean `data.a.p`?
    q := data.nope[input.x]
         ^^^^^^^^^^^^^^^^^^
    main.rego:7:6: rego_type_error: `data.cfg.limits.y` is no rule, no package and no base data; define it, or add the file that does
    r := cfg.limits.y + cfg.limits[input.k]
         ^^^^^^^^^^^^
    main.rego:9:6: rego_type_error: `data.a.lib.f` is a function, and is not called; call it with its arguments
    t := lib.f
         ^^^^^
    ");
    assert_eq!(opa("p := data.nope.x"), "");
}

#[test]
fn conflicts() {
    insta::assert_snapshot!(gate("default p := 1\ndefault p := 2\np := 3"), @r"
    a.rego:3:9: rego_type_error: `data.a.p` has more than one default; keep one of them
    default p := 2
            ^^^^^^
    ");
    insta::assert_snapshot!(gate("p := 1\np contains 2\np[\"x\"] := 3\np[x] := 4 if x := 1\np(x) := x\np(x, y) := y"), @r#"
    a.rego:3:1: rego_type_error: `data.a.p` is a set here and one value in a.rego:2; give one of the two another name
    p contains 2
    ^^^^^^^^^^^^
    a.rego:4:1: rego_type_error: this rule is below `data.a.p`, which is one value; make the outer rule an object by keys, or give one of the two another name
    p["x"] := 3
    ^^^^^^^^^^^
    a.rego:5:1: rego_type_error: `data.a.p` is an object by keys here and one value in a.rego:2; give one of the two another name
    p[x] := 4 if x := 1
    ^^^^^^^^^
    a.rego:6:1: rego_type_error: `data.a.p` is a function of 1 argument here and one value in a.rego:2; give one of the two another name
    p(x) := x
    ^^^^^^^^^
    a.rego:7:1: rego_type_error: `data.a.p` is a function of 2 arguments here and one value in a.rego:2; give one of the two another name
    p(x, y) := y
    ^^^^^^^^^^^^
    "#);
    insta::assert_snapshot!(gate("p := 1\np.q := 2\np.q.r := 3\ns[x] := 1 if x := 1\ns.t := 2"), @r"
    a.rego:3:1: rego_type_error: this rule is below `data.a.p`, which is one value; make the outer rule an object by keys, or give one of the two another name
    p.q := 2
    ^^^^^^^^
    a.rego:4:1: rego_type_error: this rule is below `data.a.p.q`, which is one value; make the outer rule an object by keys, or give one of the two another name
    p.q.r := 3
    ^^^^^^^^^^
    ");
    let sources = [
        ("a.rego", "package a\nb := 1\nc.d := 1"),
        ("b.rego", "package a.b.x\np := 1"),
        ("c.rego", "package a.c\np := 1"),
    ];
    insta::assert_snapshot!(findings_of(&sources, &json!({}), GATE), @r"
    b.rego:1:1: rego_type_error: the package is at or below the rule `data.a.b`; rename the package or the rule
    package a.b.x
    ^^^^^^^^^^^^^
    ");
    let sources = [("a.rego", "package g.a\nallow := false\nlimits[x] := 1 if x := 1\nf(x) := x")];
    let data = |value: Value| findings_of(&sources, &value, GATE);
    insta::assert_snapshot!(data(json!({"g": {"a": {"allow": true}}})), @r"
    a.rego:2:1: rego_conflict_error: base data at `data.g.a.allow` hides the rule `data.g.a.allow`; move the data to another path: the engine would take it for the rule's value
    allow := false
    ^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(data(json!({"g": {"a": {"f": {}, "limits": {"y": 1}}}})), @r"
    a.rego:3:1: rego_conflict_error: base data at `data.g.a.limits` hides the rule `data.g.a.limits`; move the data to another path: the engine would take it for the rule's value
    limits[x] := 1 if x := 1
    ^^^^^^^^^^^^^^
    a.rego:4:1: rego_conflict_error: base data at `data.g.a.f` hides the rule `data.g.a.f`; move the data to another path: the engine would take it for the rule's value
    f(x) := x
    ^^^^^^^^^
    ");
    insta::assert_snapshot!(data(json!({"g": {"a": 1}})), @r"
    a.rego:2:1: rego_conflict_error: base data at `data.g.a` hides the rule `data.g.a.allow`; move the data to another path: the engine would take it for the rule's value
    allow := false
    ^^^^^^^^^^^^^^
    a.rego:3:1: rego_conflict_error: base data at `data.g.a` hides the rule `data.g.a.limits`; move the data to another path: the engine would take it for the rule's value
    limits[x] := 1 if x := 1
    ^^^^^^^^^^^^^^
    a.rego:4:1: rego_conflict_error: base data at `data.g.a` hides the rule `data.g.a.f`; move the data to another path: the engine would take it for the rule's value
    f(x) := x
    ^^^^^^^^^
    ");
    assert_eq!(data(json!({"g": {"a": {"other": 1}, "b": 1}})), "");
}

#[test]
fn unsafe_variables() {
    insta::assert_snapshot!(gate("p := x"), @r"
    a.rego:2:6: rego_unsafe_var_error: the variable `x` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    p := x
         ^
    ");
    insta::assert_snapshot!(gate("p := x if input.y\nq[y] := z if input.x\nr contains w"), @r"
    a.rego:2:6: rego_unsafe_var_error: the variable `x` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    p := x if input.y
         ^
    a.rego:3:3: rego_unsafe_var_error: the variable `y` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    q[y] := z if input.x
      ^
    a.rego:3:9: rego_unsafe_var_error: the variable `z` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    q[y] := z if input.x
            ^
    a.rego:4:12: rego_unsafe_var_error: the variable `w` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    r contains w
               ^
    ");
    insta::assert_snapshot!(gate("p if { x > 1; y == 2; not input.m[k]; not input.xs[_] }"), @r"
    a.rego:2:8: rego_unsafe_var_error: the variable `x` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    p if { x > 1; y == 2; not input.m[k]; not input.xs[_] }
           ^
    a.rego:2:15: rego_unsafe_var_error: the variable `y` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    p if { x > 1; y == 2; not input.m[k]; not input.xs[_] }
                  ^
    a.rego:2:35: rego_unsafe_var_error: the variable `k` is unsafe: nothing gives it a value; give it a value in a statement without `not`
    p if { x > 1; y == 2; not input.m[k]; not input.xs[_] }
                                      ^
    a.rego:2:52: rego_unsafe_var_error: the variable `_` is unsafe: nothing gives it a value; `not` cannot iterate: write `not` before a rule or comprehension that does
    p if { x > 1; y == 2; not input.m[k]; not input.xs[_] }
                                                       ^
    ");
    insta::assert_snapshot!(gate("p if { x = y + 1; y = x - 1 }"), @r"
    a.rego:2:8: rego_unsafe_var_error: the variable `x` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    p if { x = y + 1; y = x - 1 }
           ^
    a.rego:2:12: rego_unsafe_var_error: the variable `y` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    p if { x = y + 1; y = x - 1 }
               ^
    ");
    insta::assert_snapshot!(gate("p if { some x; x > 1 }\nq if { some x in xs; x }"), @r"
    a.rego:2:16: rego_unsafe_var_error: the variable `x` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    p if { some x; x > 1 }
                   ^
    a.rego:3:18: rego_unsafe_var_error: the variable `xs` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    q if { some x in xs; x }
                     ^^
    ");
    insta::assert_snapshot!(gate("p := [x | y := 1] if { z := {k: v | some k in [1]}; z }"), @r"
    a.rego:2:7: rego_unsafe_var_error: the variable `x` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    p := [x | y := 1] if { z := {k: v | some k in [1]}; z }
          ^
    a.rego:2:33: rego_unsafe_var_error: the variable `v` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    p := [x | y := 1] if { z := {k: v | some k in [1]}; z }
                                    ^
    ");
    insta::assert_snapshot!(gate("p if { every x in xs { x > y }; x == 1 }"), @r"
    a.rego:2:19: rego_unsafe_var_error: the variable `xs` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    p if { every x in xs { x > y }; x == 1 }
                      ^^
    a.rego:2:28: rego_unsafe_var_error: the variable `y` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    p if { every x in xs { x > y }; x == 1 }
                               ^
    a.rego:2:33: rego_unsafe_var_error: the variable `x` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    p if { every x in xs { x > y }; x == 1 }
                                    ^
    ");
    insta::assert_snapshot!(gate("f(x) := y\ng(x) := z if { z := x + w }\ng(x) := v if { z := x } else := z"), @r"
    a.rego:2:9: rego_unsafe_var_error: the variable `y` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    f(x) := y
            ^
    a.rego:3:25: rego_unsafe_var_error: the variable `w` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    g(x) := z if { z := x + w }
                            ^
    a.rego:4:9: rego_unsafe_var_error: the variable `v` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    g(x) := v if { z := x } else := z
            ^
    a.rego:4:33: rego_unsafe_var_error: the variable `z` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    g(x) := v if { z := x } else := z
                                    ^
    ");
    insta::assert_snapshot!(gate("p if q with input as x\nq if input"), @r"
    a.rego:2:22: rego_unsafe_var_error: the variable `x` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    p if q with input as x
                         ^
    ");
    insta::assert_snapshot!(gate("p := x if { x := input.x } { y := input.y }"), @r"
    a.rego:2:6: rego_unsafe_var_error: the variable `x` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    p := x if { x := input.x } { y := input.y }
         ^
    ");
    insta::assert_snapshot!(gate("p if { [x, y] = [1, z] }\nq if { x in [1] }\nr if { f(1, x, y) }\nf(x) := x"), @r"
    a.rego:2:12: rego_unsafe_var_error: the variable `y` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    p if { [x, y] = [1, z] }
               ^
    a.rego:2:21: rego_unsafe_var_error: the variable `z` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    p if { [x, y] = [1, z] }
                        ^
    a.rego:3:8: rego_unsafe_var_error: the variable `x` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    q if { x in [1] }
           ^
    a.rego:4:8: rego_type_error: `f` takes 1 argument, not 3; give it as many as it takes
    r if { f(1, x, y) }
           ^
    a.rego:4:13: rego_unsafe_var_error: the variable `x` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    r if { f(1, x, y) }
                ^
    a.rego:4:16: rego_unsafe_var_error: the variable `y` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, correct the name, or import it
    r if { f(1, x, y) }
                   ^
    ");
}

#[test]
fn defaults() {
    insta::assert_snapshot!(gate("q := 1\ndefault p := input.x\ndefault r := [1, {\"a\": q}]\ndefault s := count([1])"), @r#"
    a.rego:3:14: rego_compile_error: a default cannot depend on `input.x`; give a constant; comprehensions are allowed
    default p := input.x
                 ^^^^^^^
    a.rego:4:24: rego_compile_error: a default cannot depend on `q`; give a constant; comprehensions are allowed
    default r := [1, {"a": q}]
                           ^
    a.rego:5:14: rego_compile_error: a default cannot depend on `count([1])`; give a constant; comprehensions are allowed
    default s := count([1])
                 ^^^^^^^^^^
    "#);
}

#[test]
fn all_faults_of_all_files_at_once_and_no_more_than_a_thousand() {
    let sources = [
        ("b.rego", "package b\np := x\nq := data.zzz"),
        ("a.rego", "package a\np := nope(y)\nq if q"),
    ];
    let found = check(&parse(&sources), &json!({}), &GATE);
    let places: Vec<_> = found.iter().map(|d| (d.file.as_str(), d.row, d.code.as_str())).collect();
    assert_eq!(
        places,
        [
            ("a.rego", 2, "rego_type_error"),
            ("a.rego", 2, "rego_unsafe_var_error"),
            ("a.rego", 3, "rego_recursion_error"),
            ("b.rego", 2, "rego_unsafe_var_error"),
            ("b.rego", 3, "rego_type_error"),
        ]
    );
    let many: String =
        (0..1_500).fold("package a\n".to_owned(), |text, i| text + &format!("p{i} := x{i}\n"));
    let found = check(&parse(&[("a.rego", &many)]), &json!({}), &GATE);
    assert_eq!(found.len(), 1_001);
    assert_eq!(found[1_000].message, "500 further findings are left out");
}

#[test]
fn statements_that_wait_for_each_other() {
    insta::assert_snapshot!(gate("p if { {\"a\": x, \"b\": 1} = {\"a\": 1, \"b\": y}; x == y }"), @r#"
    a.rego:2:14: rego_unsafe_var_error: the variable `x` is unsafe: it gets its value from a statement that waits for others; give each variable its value in a statement of its own
    p if { {"a": x, "b": 1} = {"a": 1, "b": y}; x == y }
                 ^
    a.rego:2:41: rego_unsafe_var_error: the variable `y` is unsafe: it gets its value from a statement that waits for others; give each variable its value in a statement of its own
    p if { {"a": x, "b": 1} = {"a": 1, "b": y}; x == y }
                                            ^
    "#);
    for waiting in [
        "[x, z] = [1, y]; y = x; z > 1",
        "[x, z] := [1, y]; y = x; z > 1",
        "[x, {\"a\": z}] = [1, {\"a\": y}]; y = x; z > 1",
        // Each of these made the engine write "could not schedule all statements".
        "some x in y; input.a[y] > x",
        "w := y; count(w) = input.a[y]",
        "z := w; [input.a[w] | z = 1] = [1, input.a[w]]",
        "some y in w; some w in [[y | 1 = y]]",
    ] {
        let found = gate(&format!("p if {{ {waiting} }}"));
        assert!(found.contains("from a statement that waits for others"), "{waiting}: {found}");
    }
}

#[test]
fn an_import_that_names_the_input_as_it_is_named() {
    insta::assert_snapshot!(gate("import input\np if input.x"), @"
    a.rego:2:1: rego_compile_error: `import input` gives `input` the name that it has; remove it
    import input
    ^^^^^^^^^^^^
    ");
}
