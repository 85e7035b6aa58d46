//! The bodies of the fuzz targets over bytes that are nearly right: good files of every kind, cut,
//! joined and changed.

use phasegate_core::observations::{GoldFormat, RowFormat};
use phasegate_core::plan::RUNBOOK;
use proptest::prelude::*;

#[path = "../../../../tests/fuzz/bodies.rs"]
mod bodies;

const FORMATS: [GoldFormat; 6] = [
    GoldFormat::Native,
    GoldFormat::Promptfoo,
    GoldFormat::Inspect,
    GoldFormat::LmEval,
    GoldFormat::OpenaiEvals,
    GoldFormat::Deepeval,
];

/// Pieces of which files are made; a piece may be cut and a byte of it changed.
fn bytes(pieces: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let piece = (
        prop::sample::select(pieces),
        any::<prop::sample::Index>(),
        prop::option::weighted(0.2, any::<(prop::sample::Index, u8)>()),
        any::<u8>(),
    );
    let piece = piece.prop_map(|(piece, cut, change, odds)| {
        let mut bytes = piece.as_bytes().to_vec();
        if let Some((at, byte)) = change
            && let Some(old) = bytes.get_mut(at.index(piece.len().max(1)))
        {
            *old = byte;
        }
        if odds < 20 {
            bytes.truncate(cut.index(piece.len() + 1));
        }
        bytes
    });
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

const CSV: &[&str] = &[
    "time,arm,phase,request_id,mirrored,latency_ms,error,cost_usd\n",
    "2026-03-01T10:00:00Z,baseline,shadow,a,true,800,false,0.01\n",
    "2026-03-01T10:00:00Z,candidate,shadow,a,,\"7e2\",1,NaN\r\n",
    "2026-03-01T11:00:00+01:00,candidate,gray_1,\"a\nb\",,1e300,True,1e308\n",
    "9999-03-01T11:00:00Z,baseline,gray_1,,,0,,-1e308\n",
    "\"",
    ",",
    "\n",
    "\u{feff}",
];

const JSONL: &[&str] = &[
    "{\"time\": \"2026-03-01T10:00:00Z\", \"arm\": \"baseline\", \"phase\": \"gray_1\", \"latency_ms\": 1e3, \"error\": 0, \"cost_usd\": NaN}\n",
    "{\"time\": \"2026-03-01T10:00:00Z\", \"arm\": \"candidate\", \"phase\": \"shadow\", \"request_id\": 1, \"latency_ms\": 0, \"error\": true, \"cost_usd\": -0.0, \"x\": {\"y\": [Infinity]}}\n",
    "\n",
    "{",
    "}",
    "\"",
    "[[[[",
    "NaN",
];

const GOLD: &[&str] = &[
    "{\"case\": \"a\", \"passed\": true, \"repeat\": 1}\n",
    "{\"case\": \"b\", \"score\": NaN}\n",
    "{\"testIdx\": 0, \"promptIdx\": 0, \"provider\": {\"id\": \"p\"}, \"success\": true, \"testCase\": {\"metadata\": {\"case\": 1}}}\n",
    "{\"doc_id\": 1, \"filter\": \"none\", \"metrics\": [\"acc\"], \"acc\": 0.5}\n",
    "{\"spec\": {}}\n",
    "{\"sample_id\": \"s\", \"type\": \"match\", \"data\": {\"correct\": true}}\n",
    "{\"version\": 2, \"status\": \"success\", \"eval\": {}, \"samples\": [{\"id\": 1, \"epoch\": 1, \"scores\": {\"m\": {\"value\": \"C\"}}}]}",
    "{\"testCases\": [{\"name\": \"t\", \"success\": true, \"metricsData\": []}]}",
    "{\"results\": {\"results\": [",
    "]}}",
    "PK\u{3}\u{4}",
    "PK\u{5}\u{6}",
];

const DOCUMENT: &[&str] = &[
    RUNBOOK,
    "schema: phasegate/observations/v1\ncandidate: {id: v2, model: m, prompt: p}\nbaseline: {id: v1, model: m, prompt: p}\n",
    "window: {start: 2026-03-01T00:00:00Z, end: 2026-03-02T00:00:00Z}\n",
    "phases: {shadow: {candidate_requests: 1, baseline_requests: 9007199254740991}}\n",
    "raw: {logs: [{path: a.csv}]}\n",
    "- ",
    ": ",
    "{",
    "&a *a\n",
];

proptest! {
    #[test]
    fn documents(bytes in bytes(DOCUMENT)) {
        bodies::plan(&bytes);
        bodies::observations(&bytes);
    }

    #[test]
    fn tables(bytes in bytes(CSV)) {
        bodies::log(RowFormat::Csv, &bytes);
    }

    #[test]
    fn lines(bytes in bytes(JSONL)) {
        bodies::log(RowFormat::Jsonl, &bytes);
    }

    #[test]
    fn results(
        bytes in bytes(GOLD),
        format in prop::option::of(prop::sample::select(&FORMATS[..])),
    ) {
        bodies::gold(format, &bytes);
    }

    #[test]
    fn archives(text in "[a-z{}\\[\\]:\" ]{0,40}", at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = crate::golds::zip(&[("header.json", 8, "{\"status\": \"success\"}"), ("summaries.json", 0, &text)]);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bodies::gold(None, &bytes);
    }
}
