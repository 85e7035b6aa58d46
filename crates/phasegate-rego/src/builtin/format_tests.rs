//! `sprintf`, against what Go prints.

use regorus::Value;

use super::format::sprintf;
use super::{Failure, Limits};

fn printed(format: &str, arguments: &str, strict: bool) -> Result<String, Failure> {
    let arguments = Value::from_json_str(arguments).unwrap();
    let limits = if strict { &Limits::GATE } else { &Limits::QUERY };
    sprintf(format, arguments.as_array().unwrap().as_slice(), strict, limits)
}

/// `(format, arguments, text)`: the texts follow the documentation of Go's package `fmt` and its
/// tests (`fmt_test.go`, go1.22), for the types that OPA hands over.
const CASES: &[(&str, &str, &str)] = &[
    ("%d", "[7]", "7"),
    ("%05d|%-5d|%+d|% d|%5d", "[7, 7, 7, 7, -7]", "00007|7    |+7| 7|   -7"),
    ("%05d", "[-7]", "-0007"),
    ("%.3d|%8.3d|%08.3d", "[7, -7, 7]", "007|    -007|     007"),
    (
        "%x %X %#x %o %#o %O %b %#b",
        "[255, 255, 255, 8, 8, 8, 5, 5]",
        "ff FF 0xff 10 010 0o10 101 0b101",
    ),
    ("%c%c %q %U %#U", "[72, 228, 120, 8984, 8984]", "Hä 'x' U+2318 U+2318 '⌘'"),
    (
        "%s|%10s|%-10s|%.2s|%q",
        "[\"ab\", \"ab\", \"ab\", \"abc\", \"a\\\"b\"]",
        "ab|        ab|ab        |ab|\"a\\\"b\"",
    ),
    ("%x % X %#x", "[\"hi\", \"hi\", \"hi\"]", "6869 68 69 0x6869"),
    (
        "%f %.2f %8.3f %-8.1f| %08.3f %+.1f",
        "[1.5, 1.239, 3.14159, 2.55, -3.14159, 1.5]",
        "1.500000 1.24    3.142 2.5     | -003.142 +1.5",
    ),
    ("%e %.3e %E", "[1234.5, 1234.5, 0.00012345]", "1.234500e+03 1.234e+03 1.234500E-04"),
    (
        "%g %g %g %g %.3g %G",
        "[0.1, 1234567.5, 0.00001, 100000.5, 1234.5, 1.5e-9]",
        "0.1 1.2345675e+06 1e-05 100000.5 1.23e+03 1.5E-09",
    ),
    ("%v %v %v %v %v", "[1, 1.5, \"a\", true, null]", "1 1.5 a true null"),
    ("%v %s", "[[1, \"a\"], {\"b\": [2]}]", "[1, \"a\"] {\"b\": [2]}"),
    ("%d%%", "[5]", "5%"),
    ("%*d|%-*d|%.*f", "[5, 42, 5, 42, 2, 3.14159]", "   42|42   |3.14"),
    ("%[2]d %[1]d", "[1, 2]", "2 1"),
    ("%6.2f%%", "[12.345]", " 12.35%"),
    ("%T %T %T %T", "[1, 1.5, \"a\", true]", "int float64 string string"),
    ("%d", "[\"a\"]", "%!d(string=a)"),
    ("%s", "[1]", "%!s(int=1)"),
    ("%t", "[true]", "%!t(string=true)"),
    ("%d", "[3500.5]", "%!d(float64=3500.5)"),
    ("%d %d", "[1]", "1 %!d(MISSING)"),
    ("%d", "[1, 2, \"a\"]", "1%!(EXTRA int=2, string=a)"),
    ("%", "[]", "%!(NOVERB)"),
    ("%!", "[1]", "%!!(int=1)"),
    ("%[5]d", "[1]", "%!d(BADINDEX)"),
    ("%*d", "[\"a\", 1]", "%!(BADWIDTH)1"),
    ("é%3sé", "[\"ä\"]", "é  äé"),
    ("no verbs", "[]", "no verbs"),
];

#[test]
fn sprintf_prints_what_go_prints() {
    let wrong: Vec<_> = CASES
        .iter()
        .map(|case| (case, printed(case.0, case.1, false)))
        .filter(|((_, _, text), found)| found.as_deref() != Ok(*text))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_gate_refuses_what_go_writes_into_the_text() {
    for &(format, arguments, text) in CASES.iter().filter(|(_, _, text)| text.contains("%!")) {
        match (format, printed(format, arguments, true)) {
            // More readable than right: a message says what was meant.
            ("%s", found) => assert_eq!(found.as_deref(), Ok("1")),
            ("%t", found) => assert_eq!(found.as_deref(), Ok("true")),
            (_, found) => assert!(matches!(found, Err(Failure::Failed(_))), "{text}: {found:?}"),
        }
    }
}
