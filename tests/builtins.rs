//! The page that says which builtins of OPA there are; it is written from the table that the checks
//! read, which a test of theirs holds against what OPA 1.20.2 declares.

use std::fmt::Write as _;
use std::path::Path;

use phasegate::rego::check::{Availability, Builtin, builtins};

const HEAD: &str = "# Builtins

Which builtins of OPA 1.20.2 may be called where.
The gate calls what is on its list and nothing else: each was tried with good and hostile arguments and gives a value or an error, in bounded time and memory.
`phasegate eval` and `phasegate test` offer more, so that a policy written for OPA gives the same answers; builds with `--no-default-features` leave out what is marked.
Calling what is absent is a `rego_type_error` when the policy is loaded, with the remedy beside it.

`phasegate check` tests against the gate's list.
Operators (`+`, `==`, `in`) are written as operators; the names that OPA gives them (`plus`, `equal`) are no functions here, and neither are its deprecated builtins (`any`, `all`, `re_match`, `cast_array`).
";

const TAIL: &str = "
## Where the answers differ

- `sprintf` at the gate is an error where Go would write `%!d(...)`; `eval` writes what Go writes.
- `print` at the gate does not load; `eval` and `test` write its lines to standard error.
- `trace` gives its text, OPA gives true.
- `time.now_ns` answers the decision's `now`, and never the clock of the machine; `eval` takes `--now`, else the present.
- `strings.replace_n` replaces in what it has replaced.
- Arithmetic is that of doubles and of exact integers; OPA's has more digits (`0.1 + 0.2 == 0.3` is false here).
- `json.match_schema` gives null where OPA gives no faults as `[]`, and one text where OPA lists them; `json.verify_schema` words its text differently.
- `json.is_valid` and `yaml.is_valid` fail for what is no text, OPA gives false.
- `rand.intn` gives other numbers.
";

fn where_to(builtin: &Builtin) -> [&'static str; 2] {
    match builtin.availability {
        Availability::Allowed | Availability::Guarded => ["yes", "yes"],
        Availability::OpaOnly { .. } => ["no", "yes"],
        Availability::Feature { .. } => ["no", "default features"],
        Availability::Never { .. } => ["no", "absent"],
    }
}

fn remedy(builtin: &Builtin) -> &'static str {
    match builtin.availability {
        Availability::OpaOnly { remedy }
        | Availability::Feature { remedy }
        | Availability::Never { remedy } => remedy,
        Availability::Allowed | Availability::Guarded => "",
    }
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    let absent: Vec<&Builtin> = builtins()
        .filter(|builtin| matches!(builtin.availability, Availability::Never { .. }))
        .collect();
    let _ = writeln!(page, "\n## Absent\n\n{} of {}:\n", absent.len(), builtins().count());
    page.push_str("| builtin | instead |\n|---|---|\n");
    for builtin in absent {
        let _ = writeln!(page, "| `{}` | {} |", builtin.name, remedy(builtin));
    }
    page.push_str("\n## Present\n\n| builtin | arguments | gate | `eval`, `test` | at the gate instead |\n|---|---|---|---|---|\n");
    for builtin in builtins() {
        let [gate, eval] = where_to(builtin);
        if eval == "absent" {
            continue;
        }
        let (least, most) = (*builtin.arity().start(), *builtin.arity().end());
        let arity = if least == most { most.to_string() } else { "any".to_owned() };
        let remedy = remedy(builtin);
        let _ = writeln!(page, "| `{}` | {arity} | {gate} | {eval} | {remedy} |", builtin.name);
    }
    page + TAIL
}

#[test]
fn the_page_of_builtins_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/builtins.md");
    let current = page();
    if std::env::var_os("PHASEGATE_UPDATE").is_some() {
        std::fs::write(&path, &current).expect("the folder is there");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == current, "it is not current: run the tests with PHASEGATE_UPDATE=1");
}
