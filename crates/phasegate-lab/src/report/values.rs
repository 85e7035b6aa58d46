//! What is shown below a statement that did not hold. The cases and their texts are those of OPA's
//! `cmd/test_test.go`, `TestFailVarValues` (commit 01c474d), each named as there.

use crate::Project;
use crate::report::{PrettyOptions, pretty};
use crate::test::{TestOptions, run};

fn shown(module: &str) -> String {
    let files = [
        ("test.rego".to_owned(), format!("package test\n\n{module}\n").into_bytes()),
        ("data.json".to_owned(), br#"{"x": 2, "c": 3}"#.to_vec()),
    ];
    let project = Project::of_files(files).unwrap();
    let mut options = TestOptions::at("2026-03-01T10:00:00Z".parse().unwrap());
    options.failures = true;
    let run = run(&project, &options).unwrap();
    let text = pretty(&run.results, PrettyOptions { verbose: false, var_values: true });
    let lines = text.lines().skip_while(|line| *line != "FAILURES").skip(4);
    let lines: Vec<&str> = lines.take_while(|line| !line.starts_with("---")).collect();
    // The indent of a statement is told by its first line.
    let lines = lines.iter().map(|line| line.strip_prefix("    ").unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

#[track_caller]
fn check(name: &str, module: &str, wanted: &[&str]) {
    assert_eq!(shown(module), wanted.join("\n"), "{name}");
}

#[test]
fn values_stand_below_what_did_not_hold() {
    check(
        "simple",
        "test_foo if {\n\tx := 1\n\ty := 2\n\tz := 3\n\tx == y + z\n}",
        &[
            "  test.rego:7:",
            "\tx == y + z",
            "\t|    |   |",
            "\t|    |   3",
            "\t|    y + z: 5",
            "\t|    y: 2",
            "\t1",
        ],
    );
    check(
        "simple (not)",
        "test_foo if {\n\tx := 5\n\ty := 2\n\tz := 3\n\tnot x == y + z\n}",
        &[
            "  test.rego:7:",
            "\tnot x == y + z",
            "\t    |    |   |",
            "\t    |    |   3",
            "\t    |    y + z: 5",
            "\t    |    y: 2",
            "\t    5",
        ],
    );
    check(
        "array, var key",
        "test_foo if {\n\tx := 1\n\ty := [1, 2, 3]\n\tz := 3\n\ti := 2\n\tx == y[i] + z\n}",
        &[
            "  test.rego:8:",
            "\tx == y[i] + z",
            "\t|    | |    |",
            "\t|    | |    3",
            "\t|    | 2",
            "\t|    y[i] + z: 6",
            "\t|    y[i]: 3",
            "\t|    y: [1, 2, 3]",
            "\t1",
        ],
    );
    check(
        "array containing refs, undefined",
        "a := 1\n\nb := data.b\n\ntest_foo if {\n\t[a, b, data.c] == [4, 5, 6]\n}",
        &["  test.rego:8:", "\t[a, b, data.c] == [4, 5, 6]", "\t |  |", "\t |  undefined", "\t 1"],
    );
    check(
        "nested collections containing vars",
        "test_foo if {\n\tx := 1\n\ty := 2\n\tz := 3\n\t[x, {y, {\"a\": z}}] == [4, {5, {\"a\": 6}}]\n}",
        &[
            "  test.rego:7:",
            "\t[x, {y, {\"a\": z}}] == [4, {5, {\"a\": 6}}]",
            "\t |   |        |",
            "\t |   |        3",
            "\t |   2",
            "\t 1",
        ],
    );
    check(
        "single line expression containing tabs #2",
        "\ttest_foo if {\n\t\tx := 1\n\t\ty := 2\n\t\tz := 3\n\t\tx\t== y +\tz\n\t}",
        &[
            "  test.rego:7:",
            "\t\tx\t== y +\tz",
            "\t\t|\t   |  \t|",
            "\t\t|\t   |  \t3",
            "\t\t|\t   y +\tz: 5",
            "\t\t|\t   y: 2",
            "\t\t1",
        ],
    );
    check(
        "composite rule with ref-head, partial ref",
        "p.q contains v if {\n\tsome v in numbers.range(1, 3)\n}\n\ntest_p if {\n\tp == {\n\t\t\"q\": {4, 5, 6}\n\t}\n}",
        &[
            "  test.rego:8:",
            "\tp == {",
            "\t\t\"q\": {4, 5, 6}",
            "\t}",
            "\t|",
            "\t{\"q\": {1, 2, 3}}",
        ],
    );
    check(
        "rule not defined",
        "p if {\n\tinput.x == 1\n}\n\ntest_p if {\n\tp with input.x as 2\n}",
        &["  test.rego:8:", "\tp with input.x as 2", "\t|", "\tundefined"],
    );
    check(
        "rule defined (not)",
        "p if {\n\tinput.x == 1\n}\n\ntest_p if {\n\tnot p with input.x as 1\n}",
        &["  test.rego:8:", "\tnot p with input.x as 1", "\t    |", "\t    true"],
    );
    check(
        "data ref",
        "test_foo if {\n\ty := 1\n\tdata.x == y\n}",
        &["  test.rego:5:", "\tdata.x == y", "\t|         |", "\t|         1", "\t2"],
    );
    check(
        "in (set)",
        "test_foo if {\n\tl := {\"a\", \"b\", \"c\"}\n\tx := \"q\"\n\tx in l\n}",
        &["  test.rego:6:", "\tx in l", "\t|    |", "\t|    {\"a\", \"b\", \"c\"}", "\t\"q\""],
    );
    check(
        "comprehension (object)",
        "test_foo if {\n\tl := [\"a\", \"b\", \"c\"]\n\t{k: x | x := l[k]} == {3: \"d\", 4: \"e\", 5: \"f\"}\n}",
        &[
            "  test.rego:5:",
            "\t{k: x | x := l[k]} == {3: \"d\", 4: \"e\", 5: \"f\"}",
            "\t|",
            "\t{0: \"a\", 1: \"b\", 2: \"c\"}",
        ],
    );
    check(
        "every",
        "test_foo if {\n\tl := [1, 2, 3]\n\tevery x in l {\n\t\tx == 1\n\t}\n}",
        &["  test.rego:6:", "\t\tx == 1", "\t\t|", "\t\t2"],
    );
    check(
        "nested every",
        "test_foo if {\n\tl := [[1, 2], [3, 4], [5, 6]]\n\tevery x in l {\n\t\tevery y in x {\n\t\t\ty < 4\n\t\t}\n\t}\n}",
        &["  test.rego:7:", "\t\t\ty < 4", "\t\t\t|", "\t\t\t4"],
    );
    check(
        "with, containing local vars",
        "p := input.x\n\ntest_p if {\n\ta := 1\n\tp == 2 with input.x as a\n}",
        &[
            "  test.rego:7:",
            "\tp == 2 with input.x as a",
            "\t|                      |",
            "\t|                      1",
            "\t1",
        ],
    );
    check(
        "with, containing ref",
        "p := input.x\n\ntestInput := {\"x\": 1}\n\ntest_p if {\n\tp == 2 with input as testInput\n}",
        &[
            "  test.rego:8:",
            "\tp == 2 with input as testInput",
            "\t|                    |",
            "\t|                    {\"x\": 1}",
            "\t1",
        ],
    );
    check(
        "multi-line expression containing tabs",
        "\ttest_foo if {\n\t\tx := 1\n\t\tobj := {\"a\": 1, \"b\": 42}\n\t\tobj == {\n\t\t\t\"a\":\t\tx,\n\t\t\t\"b\": 1,\n\t\t}\n\t}",
        &[
            "  test.rego:6:",
            "\t\tobj == {",
            "\t\t\t\"a\":\t\tx,",
            "\t\t\t\"b\": 1,",
            "\t\t}",
            "",
            "Where:",
            "",
            "obj: {\"a\": 1, \"b\": 42}",
            "x: 1",
        ],
    );
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let rules = (0..40).map(|n| format!("test_{n} if {n} % 3 != 0\n\n")).collect::<Vec<_>>();
    let module = format!("package test\n\n{}", rules.concat());
    let project = Project::of_files([("test.rego".to_owned(), module.into_bytes())]).unwrap();
    let told = |threads: usize| {
        let mut options = TestOptions::at("2026-03-01T10:00:00Z".parse().unwrap());
        options.parallel = std::num::NonZeroUsize::new(threads);
        let results = run(&project, &options).unwrap().results;
        results.iter().map(|one| (one.full_name(), one.status())).collect::<Vec<_>>()
    };
    assert_eq!(told(1), told(8));
    assert_eq!(told(1)[2].0, "data.test.test_2");
}
