//! Malformed files, each with the very text that a user sees.

use std::fmt::Write as _;
use std::io::Write as _;

use phasegate_core::observations::{Compression, GoldFormat, RawLog, RowFormat};
use phasegate_core::rows::RowFold;
use phasegate_sources::{ObserveOptions, observe, rows};

use crate::golds::{read, zip};
use crate::observations::{manifest, plan};
use crate::support::directory;

const HEADER: &str = "time,arm,phase,request_id,mirrored,latency_ms,error,cost_usd\n";
const ROW: &str = "2026-03-01T10:00:00Z,baseline,shadow,a,true,800,false,0.01\n";

/// What is wrong with a log of this name.
fn log(name: &str, bytes: &[u8], change: impl FnOnce(&mut RawLog)) -> String {
    let mut log =
        RawLog { path: name.into(), format: None, compression: None, arm: None, phase: None };
    change(&mut log);
    let mut fold = RowFold::new(&plan(), None);
    rows::from_reader(&log, bytes, 0, &plan(), &mut fold).expect_err("refused").to_string()
}

fn csv(text: impl AsRef<[u8]>) -> String {
    log("a.csv", text.as_ref(), |_| {})
}

/// A log of the header and one row, in which one text is another.
fn cell(old: &str, new: &str) -> String {
    assert!(ROW.contains(old), "{old}");
    csv(format!("{HEADER}{}", ROW.replacen(old, new, 1)))
}

fn jsonl(text: &str) -> String {
    log("a.jsonl", text.as_bytes(), |_| {})
}

fn gold(text: &str) -> String {
    read(text.as_bytes(), None, &[]).expect_err("refused")
}

/// What is wrong with observations that have this, beside files of their folder.
fn observations(rest: &str, files: &[(&str, &[u8])]) -> String {
    let manifest = manifest(rest);
    let all = [&[("observations.yaml", manifest.as_bytes())], files].concat();
    let folder = directory(&all);
    let error = observe(folder.path(), &plan(), ObserveOptions::default()).expect_err("refused");
    // The folder's name is another each time.
    error.to_string().replace(&folder.path().display().to_string(), "FOLDER")
}

#[test]
fn every_fault_is_told_with_its_place() {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(HEADER.as_bytes()).expect("it writes");
    let gz = gz.finish().expect("it ends");
    let row = r#"{"time": "2026-03-01T10:00:00Z", "arm": "baseline", "phase": "gray_1", "latency_ms": 1, "error": 0, "cost_usd": 0, "request_id": "x", "mirrored": 1"#;
    let long = format!("{HEADER}{}\n", "x".repeat(2 << 20));
    let open = format!("{HEADER}\"{}", "x\n".repeat(1 << 20));
    let two_rows = format!("{HEADER}{ROW}{ROW}");
    let bomb = zip(&[("header.json", 8, &" ".repeat(200 << 20))]);
    let mut cut_off = zip(&[("header.json", 8, "{}")]);
    cut_off.truncate(40);
    let mut damaged = zip(&[("header.json", 0, "{\"status\": 1}")]);
    damaged[45] ^= 1;
    let archive = |bytes: &[u8]| read(bytes, None, &[]).expect_err("refused");
    let table = [
        ("an empty file", csv("")),
        ("a header alone is not wrong, one of another log is", csv("a,b,c\n1,2,3\n")),
        ("a misspelled column", csv(HEADER.replace("latency_ms", "latency"))),
        ("a column in capitals", csv(HEADER.replace("cost_usd", "Cost USD"))),
        ("a column that is there twice", csv(HEADER.replace("error", "cost_usd"))),
        ("semicolons", csv(HEADER.replace(',', ";"))),
        ("tabs", csv(HEADER.replace(',', "\t"))),
        ("too few fields", csv(format!("{HEADER}a,b\n"))),
        ("too many fields", csv(format!("{HEADER}{},more\n", ROW.trim()))),
        ("a text for a number", cell("800", "fast")),
        ("a decimal comma", cell("800", "\"800,5\"")),
        ("a number with its unit", cell("800", "800ms")),
        ("a negative latency", cell("800", "-800")),
        ("a number beyond the doubles", cell("0.01", "1e999")),
        ("a word for a flag", cell("false", "no")),
        ("a number for a flag", cell("false", "2")),
        ("a local time", cell("2026-03-01T10:00:00Z", "2026-03-01 10:00")),
        ("a day that there is not", cell("2026-03-01T", "2026-02-30T")),
        ("no time", cell("2026-03-01T10:00:00Z", "")),
        ("another arm", cell("baseline", "control")),
        ("no arm", cell("baseline", "")),
        ("another phase", cell("shadow", "canary")),
        ("no phase", cell("shadow", "")),
        ("no key", cell(",a,", ",,")),
        ("not said whether mirrored", cell("true", "")),
        ("a control character in a cell", cell("800", "8\u{1b}[31m00")),
        ("a long cell", cell("800", &"8x".repeat(500))),
        ("a quote within a field", cell("800", "8\"00")),
        ("text after a quote", cell("800", "\"8\"00")),
        ("an open quote", cell("800", "\"800")),
        ("an open quote in a large file", csv(open)),
        ("a long line", csv(long)),
        ("Latin-1", csv([HEADER.as_bytes(), b"caf\xe9\n"].concat())),
        ("UTF-16", csv(b"\xff\xfet\0i\0")),
        ("Parquet by another name", csv(b"PAR1....")),
        ("bzip2", csv(b"BZh91AY")),
        ("a gzip file that is cut off", log("a.csv.gz", &gz[..gz.len() - 4], |_| {})),
        (
            "a gzip file that is none",
            log("a.csv.gz", HEADER.as_bytes(), |log| {
                log.compression = Some(Compression::Gzip);
            }),
        ),
        ("a Zstandard file that is cut off", log("a.csv.zst", b"\x28\xb5\x2f\xfd\x04", |_| {})),
        ("an unknown ending", log("a.txt", ROW.as_bytes(), |_| {})),
        ("standard input of unknown format", log("-", ROW.as_bytes(), |_| {})),
        (
            "an arm that is said twice",
            log("a.csv", HEADER.as_bytes(), |log| {
                log.arm = Some(phasegate_core::observations::SourceRole::Candidate);
            }),
        ),
        ("JSON Lines that are a list", jsonl("[1, 2]\n")),
        ("JSON Lines that are one document", jsonl("{\n  \"time\": 1\n}\n")),
        (
            "JSON Lines that are CSV",
            log("a.csv", HEADER.as_bytes(), |log| {
                log.format = Some(RowFormat::Jsonl);
            }),
        ),
        ("a key given twice", jsonl(&format!("{row}, \"error\": 1}}\n"))),
        ("a list for a number", jsonl(&row.replace("\"latency_ms\": 1", "\"latency_ms\": [1]"))),
        (
            "a flag for a number",
            jsonl(&format!("{}}}", row.replace("\"latency_ms\": 1", "\"latency_ms\": true"))),
        ),
        (
            "a number beyond the doubles in JSON",
            jsonl(&format!("{}}}", row.replace("\"cost_usd\": 0", "\"cost_usd\": 1e999"))),
        ),
        ("a line that is cut off", jsonl(row)),
        ("a key that no row has", jsonl(&format!("{}}}", row.replace("latency_ms", "latency")))),
        ("deep nesting", jsonl(&"[".repeat(10_000))),
        ("a gold set of no format", gold("{\"id\": 1}")),
        ("an empty gold set", gold(" \n")),
        ("a gold set that is text", gold("case,passed\n")),
        ("a case without an answer", gold("{\"case\": \"a\"}\n{\"case\": \"b\"}\n")),
        ("a misspelled field", gold("{\"case\": \"a\", \"pass\": true}")),
        (
            "a case of two categories",
            gold(
                "{\"case\": \"a\", \"passed\": true, \"category\": \"x\"}\n{\"case\": \"a\", \"passed\": true}\n",
            ),
        ),
        ("a word for a pass", gold("{\"case\": \"a\", \"passed\": \"yes\"}")),
        ("a repeat that is none", gold("{\"case\": \"a\", \"passed\": true, \"repeat\": -1}")),
        ("a gold line that is no object", gold("{\"case\": \"a\", \"passed\": true}\n3\n")),
        (
            "a gold set nested too deep",
            gold(&format!("{{\"case\": {}{}}}", "[".repeat(80), "]".repeat(80))),
        ),
        ("no results", gold("{\"results\": {\"results\": []}}")),
        (
            "a selection that means nothing",
            read(b"{\"case\": \"a\", \"passed\": true}", None, &[("scorer", "x")])
                .expect_err("refused"),
        ),
        (
            "a format that it is not",
            read(b"{\"case\": \"a\", \"passed\": true}", Some(GoldFormat::LmEval), &[])
                .expect_err("refused"),
        ),
        ("an archive that is cut off", archive(&cut_off)),
        ("an archive whose member is damaged", archive(&damaged)),
        ("an archive that unpacks to too much", archive(&bomb)),
        ("an archive with a member twice", archive(&zip(&[("a", 0, ""), ("a", 0, "")]))),
        ("an archive packed in another way", archive(&zip(&[("header.json", 14, "{}")]))),
        ("a file that is not there", observations("raw:\n  logs: [{path: a.csv}]", &[])),
        ("a file outside of the folder", observations("raw:\n  logs: [{path: ../a.csv}]", &[])),
        (
            "standard input twice",
            observations("raw:\n  logs: [{path: '-', format: csv}, {path: '-', format: csv}]", &[]),
        ),
        (
            "a request's key twice",
            observations("raw:\n  logs: [{path: a.csv}]", &[("a.csv", two_rows.as_bytes())]),
        ),
        (
            "a row outside of the window",
            observations(
                "window: {start: 2026-03-02T00:00:00Z, end: 2026-03-03T00:00:00Z}\nraw:\n  logs: [{path: a.csv}]",
                &[("a.csv", format!("{HEADER}{ROW}").as_bytes())],
            ),
        ),
        ("a misspelled field of observations", observations("windows: 1", &[])),
    ];
    let mut told = String::new();
    for (what, error) in table {
        writeln!(told, "{what}:\n  {error}").expect("a text");
    }
    insta::assert_snapshot!(told);
}
