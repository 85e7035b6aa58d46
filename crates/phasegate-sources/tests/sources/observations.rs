//! Observations with the files that they name.

use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use phasegate_core::observations::{Count, MetricData, Observations, PairAccount, SeenTwice};
use phasegate_core::plan::{MAX_PLAN_BYTES, Plan, RUNBOOK};
use phasegate_core::read::Format;
use phasegate_core::{Digest, document};
use phasegate_sources::{Folder, ObserveOptions, SourceError, observe};

use crate::support::directory as folder;

pub(crate) fn plan() -> Plan {
    document::read(RUNBOOK.as_bytes(), Format::Yaml, MAX_PLAN_BYTES).expect("a plan")
}

/// The head of observations, and what else stands in them.
pub(crate) fn manifest(rest: &str) -> String {
    format!(
        "schema: phasegate/observations/v1\n\
         candidate: {{id: v2, model: m-2, prompt: p-2}}\n\
         baseline: {{id: v1, model: m-1, prompt: p-1}}\n\
         {rest}\n"
    )
}

fn read(folder: &Path) -> Result<Observations, SourceError> {
    observe(folder, &plan(), ObserveOptions::default())
}

const CSV: &str = "\u{feff}time,arm,phase,request_id,mirrored,latency_ms,error,cost_usd,note\r\n\
    2026-03-01T10:00:00Z,baseline,shadow,a,true,800,false,0.01,\"said \"\"no\"\",\r\nthen\"\r\n\
    2026-03-01T10:00:00Z,candidate,shadow,a,,700.5,0,NaN,\r\n\
    2026-03-01T10:01:00Z,baseline,shadow,b,1,900,True,0.02,x\r\n\
    \r\n\
    2026-03-01T10:02:00Z,baseline,shadow,c,0,,0,,x";

const JSONL: &str = r#"{"time": "2026-03-02T10:00:00Z", "arm": "baseline", "phase": "gray_1", "latency_ms": 800, "error": false, "cost_usd": 0.01, "request_id": "x", "mirrored": null, "more": {"a": NaN}}

{"time": "2026-03-02T10:00:01Z", "arm": "candidate", "phase": "gray_1", "latency_ms": 1e3, "error": true, "cost_usd": -Infinity, "request_id": "y"}
"#;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).expect("it writes");
    encoder.finish().expect("it ends")
}

fn zstd(text: &str) -> Vec<u8> {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    let (head, tail) = text.split_at(text.len() / 2);
    // Two frames, one after the other.
    [head, tail].map(|part| compress_to_vec(part.as_bytes(), CompressionLevel::Fastest)).concat()
}

#[test]
fn files_are_read_into_observations() {
    let manifest = manifest(
        "raw:\n  logs:\n    - {path: logs/shadow.csv}\n    - {path: gray.jsonl}\n  gold:\n    \
         - {path: gold.jsonl, arm: candidate}",
    );
    let gold = "{\"case\": \"a\", \"passed\": true, \"category\": \"security\"}\n\
                {\"case_id\": \"b\", \"score\": 0.5, \"run_index\": 1}\n";
    let folder = folder(&[
        ("observations.yaml", manifest.as_bytes()),
        ("plan.yaml", RUNBOOK.as_bytes()),
        ("logs/shadow.csv", CSV.as_bytes()),
        ("gray.jsonl", JSONL.as_bytes()),
        ("gold.jsonl", gold.as_bytes()),
    ]);
    let found = Folder::find(folder.path()).expect("the documents");
    assert_eq!((found.plan, found.state), (folder.path().join("plan.yaml"), None));
    let seen = read(folder.path()).expect("observations");
    assert_eq!(seen.raw, None);
    let shadow = &seen.phases["shadow"];
    let account =
        PairAccount { matched: 1, candidate_missing: 1, not_mirrored: 1, ..PairAccount::default() };
    assert_eq!(shadow.pairs, Some(account));
    let errors = SeenTwice { both: 1, neither: 1, ..SeenTwice::default() };
    assert_eq!(shadow.metrics["error_rate"].data, MetricData::PairedCounts(errors));
    let count = |k| Count { k, n: 1 };
    let gray = MetricData::Counts { baseline: count(0), candidate: count(1) };
    assert_eq!(seen.phases["gray_1"].metrics["error_rate"].data, gray);
    let window = seen.window.expect("a window");
    assert_eq!(window.start.to_string(), "2026-03-01T10:00:00Z");
    assert_eq!(window.end.to_string(), "2026-03-02T10:00:01Z");
    let told: Vec<_> = seen
        .sources
        .iter()
        .map(|source| {
            (source.path.as_str(), source.format.as_str(), source.rows, source.not_numbers)
        })
        .collect();
    let expected = [
        ("logs/shadow.csv", "csv", 4, 1),
        ("gray.jsonl", "jsonl", 2, 2),
        ("gold.jsonl", "native", 2, 0),
    ];
    assert_eq!(told, expected);
    assert_eq!(seen.sources[0].digest, Digest::of(CSV.as_bytes()));
    let run = &seen.gold.expect("a gold set").candidate.0[0];
    assert_eq!(run.cases.len(), 2);
    assert_eq!(run.cases[0].category.as_deref(), Some("security"));
}

#[test]
fn compression_shows_in_the_digest_alone() {
    let manifest = manifest("raw:\n  logs: [{path: shadow.csv}]");
    let plain =
        folder(&[("observations.yaml", manifest.as_bytes()), ("shadow.csv", CSV.as_bytes())]);
    let expected = read(plain.path()).expect("observations");
    for (bytes, name) in [(gzip(CSV), "gzip"), (zstd(CSV), "zstd")] {
        let packed = folder(&[("observations.yaml", manifest.as_bytes()), ("shadow.csv", &bytes)]);
        let seen = read(packed.path()).expect(name);
        assert_eq!(seen.phases, expected.phases, "{name}");
        assert_eq!(seen.sources[0].digest, Digest::of(&bytes), "{name}");
    }
}

#[test]
fn bad_rows_are_passed_over_as_many_as_allowed() {
    let csv = CSV.replace("700.5", "fast").replace("900", "-9");
    let manifest = manifest("raw:\n  logs: [{path: shadow.csv}]");
    let folder =
        folder(&[("observations.yaml", manifest.as_bytes()), ("shadow.csv", csv.as_bytes())]);
    let read = |max_bad_rows| {
        let mut options = ObserveOptions::default();
        options.max_bad_rows = max_bad_rows;
        observe(folder.path(), &plan(), options)
    };
    let told = |max_bad_rows| read(max_bad_rows).expect_err("refused").to_string();
    assert_eq!(
        told(0),
        "`shadow.csv`, line 4, column `latency_ms`: `fast`: give a number that is not negative"
    );
    assert_eq!(
        told(1),
        "`shadow.csv`, line 5, column `latency_ms`: `-9`: give a number that is not negative (1 \
         bad rows before it were passed over)"
    );
    let seen = read(2).expect("observations");
    assert_eq!((seen.sources[0].rows, seen.sources[0].bad_rows), (4, 2));
    // The candidate's answer was in a bad row, and is missing now.
    let account = PairAccount { candidate_missing: 1, not_mirrored: 1, ..PairAccount::default() };
    assert_eq!(seen.phases["shadow"].pairs, Some(account));
}

#[test]
fn what_is_summed_up_stands_beside_rows() {
    let summed = "phases:\n  gray_1:\n    candidate_requests: 0\n    baseline_requests: 2\n    \
                  metrics:\n      cost: {data: {counts: {baseline: {k: 1, n: 2}, candidate: {k: 1, \
                  n: 2}}}}\nraw:\n  logs: [{path: gray.jsonl, phase: gray_1}]";
    let row =
        r#"{"time": "2026-03-02T10:00:00Z", "arm": "baseline", "latency_ms": 800, "error": 0"#;
    let rows = format!("{row}}}\n{row}}}\n");
    let manifest = manifest(summed);
    let files = |rows: &str| {
        folder(&[("observations.yaml", manifest.as_bytes()), ("gray.jsonl", rows.as_bytes())])
    };
    let seen = read(files(&rows).path()).expect("observations");
    let phase = &seen.phases["gray_1"];
    assert_eq!(phase.metrics.keys().collect::<Vec<_>>(), ["cost", "error_rate", "latency"]);
    assert_eq!((phase.baseline_requests, phase.candidate_requests), (2, 0));
    let twice = files(&format!("{row}, \"cost_usd\": 1}}\n{row}}}\n"));
    let error = read(twice.path()).expect_err("refused").to_string();
    assert!(
        error.ends_with(
            "`phases.gray_1.metrics.cost`: it is given summed up and in the logs; keep one"
        ),
        "{error}"
    );
}

#[test]
fn files_stay_within_the_folder() {
    for path in ["../secret.csv", "/etc/passwd", "logs/../../x.csv"] {
        let manifest = manifest(&format!("raw:\n  logs: [{{path: {path}}}]"));
        let folder = folder(&[("observations.yaml", manifest.as_bytes())]);
        let error = read(folder.path()).expect_err("refused");
        assert_eq!(error.code(), "path_escapes", "{error}");
    }
}
