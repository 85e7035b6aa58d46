//! Gold-set results of every tool. The files are written by hand after the structure that each tool
//! documents and its writer's source has; none is copied.
//!
//! Digits of case names are Python 3.11.7's: `sha256(json.dumps(identity, sort_keys=True,
//! separators=(",", ":")).encode()).hexdigest()[:8]`.

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Crc;
use flate2::write::DeflateEncoder;
use phasegate_core::gold::GoldRun;
use phasegate_core::observations::{GoldFormat, RawGold, SourceRole};
use phasegate_sources::gold::from_bytes;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

pub(crate) fn read(
    bytes: &[u8],
    format: Option<GoldFormat>,
    select: &[(&str, &str)],
) -> Result<(GoldRun, String), String> {
    let select: BTreeMap<String, String> =
        select.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    let gold = RawGold { path: "gold".into(), arm: SourceRole::Candidate, format, select };
    from_bytes(&gold, bytes)
        .map(|(run, source)| (run, source.format))
        .map_err(|error| error.to_string())
}

/// The format, the run's error, and each case with its category and answers: `+`, `-` or `?` for
/// passed, failed or neither said, the score, `!` with an error, and whether it is ungraded.
fn show(bytes: &[u8], select: &[(&str, &str)]) -> String {
    let (run, format) = match read(bytes, None, select) {
        Ok(read) => read,
        Err(error) => return error,
    };
    let cases = run.cases.iter().map(|case| {
        let answers = case.answers.iter().map(|answer| {
            let passed = answer.passed.map_or("?", |passed| if passed { "+" } else { "-" });
            let score = answer.score.map_or_else(String::new, |score| score.to_string());
            let error = answer.error.as_ref().map_or_else(String::new, |error| format!("!{error}"));
            let ungraded = if answer.ungraded { "ungraded" } else { "" };
            format!(" {passed}{score}{error}{ungraded}")
        });
        let category =
            case.category.as_deref().map_or_else(String::new, |name| format!(" ({name})"));
        format!("\n{}{category}:{}", case.id, answers.collect::<String>())
    });
    let error = run.error.map_or_else(String::new, |error| format!(" [{error}]"));
    format!("{format}{error}{}", cases.collect::<String>())
}

#[track_caller]
fn check(text: &str, select: &[(&str, &str)], expected: &str) {
    assert_eq!(show(text.as_bytes(), select), expected);
}

#[test]
fn native() {
    check(
        "{\"case\": \"b\", \"passed\": true, \"repeat\": 1}\n{\"case\": \"b\", \"passed\": false, \
         \"repeat\": 0}\n{\"case\": \"a\", \"score\": NaN, \"category\": \"security\"}\n",
        &[],
        "native\na (security): ?ungraded\nb: - +",
    );
    check(
        "{\"case\": \"a\", \"passed\": true}\n{\"run_error\": \"out of quota\"}",
        &[],
        "native [out of quota]\na: +",
    );
}

/// Rows of promptfoo for these (test, provider, prompt, success).
fn promptfoo(rows: &[(u32, &str, u32, bool)]) -> Vec<String> {
    let row = |(test, provider, prompt, success): &(u32, &str, u32, bool)| {
        format!(
            r#"{{"testIdx": {test}, "promptIdx": {prompt}, "provider": {{"id": "{provider}", "label": ""}}, "success": {success}, "score": 0.5, "failureReason": 0, "vars": {{"q": "t{test}"}}, "testCase": {{"assert": [], "metadata": {{"category": "security"}}}}}}"#
        )
    };
    rows.iter().map(row).collect()
}

#[test]
fn promptfoo_results() {
    let rows = promptfoo(&[(0, "p1", 0, true), (1, "p1", 0, false)]);
    let expected = "promptfoo\nt0 [854597ef] (security): +0.5\nt1 [0e59d42b] (security): -0.5";
    check(&rows.join("\n"), &[], expected);
    let whole = format!(
        r#"{{"evalId": "e", "results": {{"version": 3, "results": [{}], "stats": {{}}}}}}"#,
        rows.join(",")
    );
    check(&whole, &[], expected);
    let several = promptfoo(&[(0, "p1", 0, true), (0, "p2", 1, false)]).join("\n");
    check(
        &several,
        &[],
        "`gold` cannot be used: it holds several; select one: `select.provider` is one of `p1`, \
         `p2`",
    );
    check(&several, &[("provider", "p2")], "promptfoo\nt0 [854597ef] (security): -0.5");
    check(
        &several,
        &[("provider", "p3")],
        "`gold` cannot be used: `select.provider`: there is no `p3`; there is `p1`, `p2`",
    );
    let broke =
        rows[0].replace("\"failureReason\": 0", "\"failureReason\": 2, \"error\": \"timeout\"");
    check(&broke, &[], "promptfoo\nt0 [854597ef] (security): ?!timeout");
    // The same test again is a repeat of it.
    let repeats = promptfoo(&[(0, "p1", 0, true)]).join("")
        + "\n"
        + &rows[0]
            .replace("\"testIdx\": 0", "\"testIdx\": 7")
            .replace("\"success\": true", "\"success\": false");
    check(&repeats, &[], "promptfoo\nt0 [854597ef] (security): +0.5 -0.5");
}

const SAMPLES: &str = r#"[{"id": 1, "epoch": 1, "scores": {"match": {"value": "C"}, "f1": {"value": 0.25}}, "metadata": {"category": "security"}}, {"id": 1, "epoch": 2, "scores": {"match": {"value": "P"}, "f1": {"value": NaN}}, "metadata": {"category": "security"}}, {"id": "b", "epoch": 1, "error": {"message": "refused"}, "scores": null}]"#;

#[test]
fn inspect_logs() {
    let log = |status: &str, samples: &str| {
        format!(
            r#"{{"version": 2, "status": "{status}", "eval": {{}}, "error": {{"message": "no key"}}, "samples": {samples}}}"#
        )
    };
    let success = log("success", SAMPLES);
    check(&success, &[("scorer", "match")], "inspect\n1 (security): +1 -0.5\nb: ?!refused");
    check(&success, &[("scorer", "f1")], "inspect\n1 (security): ?0.25 ?ungraded\nb: ?!refused");
    check(
        &success,
        &[],
        "`gold` cannot be used: it holds several; select one: `select.scorer` is one of `f1`, \
         `match`",
    );
    // A run that failed has no results, and is never a pass.
    check(&log("error", "[]"), &[], "inspect [the run's status is `error`: no key]");
    check(
        &log("cancelled", SAMPLES),
        &[("scorer", "match")],
        "inspect [the run's status is `cancelled`: no key]\n1 (security): +1 -0.5\nb: ?!refused",
    );
}

/// A zip archive of members: name, method and what it unpacks to.
pub(crate) fn zip(members: &[(&str, u16, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    let short = |number: usize| u16::try_from(number).expect("small").to_le_bytes();
    let long = |number: usize| u32::try_from(number).expect("small").to_le_bytes();
    for (name, method, text) in members {
        let packed = match method {
            0 => text.as_bytes().to_vec(),
            8 => {
                let mut encoder = DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(text.as_bytes()).expect("it writes");
                encoder.finish().expect("it ends")
            }
            _ => compress_to_vec(text.as_bytes(), CompressionLevel::Fastest),
        };
        let mut check = Crc::new();
        check.update(text.as_bytes());
        let at = bytes.len();
        // From "version needed" to "extra field length", which both headers have.
        let common = [
            &[20, 0, 0, 0][..],
            &method.to_le_bytes(),
            &[0; 4],
            &check.sum().to_le_bytes(),
            &long(packed.len()),
            &long(text.len()),
            &short(name.len()),
            &short(0),
        ]
        .concat();
        bytes.extend([b"PK\x03\x04", &common[..], name.as_bytes(), &packed].concat());
        let rest = [0; 10];
        let entry = [b"PK\x01\x02", &[20, 0][..], &common, &rest, &long(at), name.as_bytes()];
        directory.extend(entry.concat());
    }
    let (at, count) = (bytes.len(), short(members.len()));
    let end =
        [&b"PK\x05\x06"[..], &[0; 4], &count, &count, &long(directory.len()), &long(at), &[0; 2]];
    [bytes, directory, end.concat()].concat()
}

#[test]
fn inspect_archives() {
    let header = ("header.json", 93, r#"{"version": 2, "status": "success", "eval": {}}"#);
    let select = [("scorer", "match")];
    let expected = "inspect\n1 (security): +1 -0.5\nb: ?!refused";
    let packed = zip(&[("summaries.json", 93, SAMPLES), header]);
    assert_eq!(show(&packed, &select), expected);
    let samples: Vec<String> =
        SAMPLES.trim_matches(['[', ']']).split("}, {\"id\"").map(str::to_owned).collect();
    let members: Vec<(String, String)> = samples
        .iter()
        .enumerate()
        .map(|(index, sample)| {
            let start = if index == 0 { "" } else { "{\"id\"" };
            let end = if index + 1 == samples.len() { "" } else { "}" };
            (format!("samples/{index}_epoch_1.json"), format!("{start}{sample}{end}"))
        })
        .collect();
    let mut apart: Vec<(&str, u16, &str)> =
        members.iter().map(|(name, text)| (name.as_str(), 8, text.as_str())).collect();
    apart.push(header);
    assert_eq!(show(&zip(&apart), &select), expected);
    // Without its header the log was cut off.
    let unfinished = zip(&[("summaries.json", 0, SAMPLES)]);
    assert_eq!(
        show(&unfinished, &select),
        "inspect [the run did not come to its end: the log has no header]\n1 (security): +1 \
         -0.5\nb: ?!refused"
    );
}

#[test]
fn lm_eval_samples() {
    let row = |id: u32, filter: &str, value: &str| {
        format!(
            r#"{{"doc_id": {id}, "doc": {{"category": "security"}}, "doc_hash": "0123456789ab", "filter": "{filter}", "metrics": ["exact_match"], "exact_match": {value}}}"#
        )
    };
    let rows =
        [row(0, "strict", "1.0"), row(0, "loose", "1.0"), row(1, "strict", "0.5")].join("\n");
    check(
        &rows,
        &[("filter", "strict")],
        "lm_eval\n0 [01234567] (security): +1\n1 [01234567] (security): ?0.5",
    );
    check(
        &rows,
        &[],
        "`gold` cannot be used: it holds several; select one: `select.filter` is one of `loose`, \
         `strict`",
    );
    check(
        &[row(0, "none", "1"), row(0, "none", "0")].join("\n"),
        &[],
        "`gold`, line 2: case `0 [01234567]`, repeat 0 comes twice; remove one, or number the \
         repeats",
    );
}

#[test]
fn openai_evals_events() {
    let events = "{\"spec\": {\"eval_name\": \"e\"}}\n{\"sample_id\": \"s.0\", \"type\": \"match\", \
                  \"data\": {\"correct\": true}}\n{\"sample_id\": \"s.1\", \"type\": \"sampling\", \
                  \"data\": {}}\n{\"sample_id\": \"s.1\", \"type\": \"error\", \"data\": \
                  {\"message\": \"timeout\"}}\n";
    let report = "{\"final_report\": {\"accuracy\": 1}}\n";
    check(&format!("{events}{report}"), &[], "openai_evals\ns.0: +\ns.1: ?!timeout");
    check(
        events,
        &[],
        "openai_evals [the run did not come to its end: the log has no final report]\ns.0: \
         +\ns.1: ?!timeout",
    );
    let metrics = "{\"spec\": {}}\n{\"sample_id\": \"s.0\", \"type\": \"metrics\", \"data\": \
                   {\"f1\": 0.25, \"em\": 0}}\n{\"final_report\": {}}\n";
    check(metrics, &[("metric", "f1")], "openai_evals\ns.0: ?0.25");
    check(
        metrics,
        &[],
        "`gold` cannot be used: it holds several; select one: `select.metric` is one of `em`, `f1`",
    );
}

#[test]
fn deepeval_runs() {
    let run = r#"{"testCases": [{"name": "t", "input": "q", "success": false, "additionalMetadata": {"category": "security"}, "metricsData": [{"name": "Bias", "score": 0.25, "success": true}, {"name": "Toxicity", "score": 1, "success": false, "error": ""}]}, {"name": "u", "input": "q", "success": false, "metricsData": [{"name": "Bias", "success": false, "error": "no judge"}]}]}"#;
    check(run, &[], "deepeval\nt [b1b9bccc] (security): -\nu [efe8af80]: ?!no judge");
    check(
        run,
        &[("metric", "Bias")],
        "deepeval\nt [b1b9bccc] (security): +0.25\nu [efe8af80]: ?!no judge",
    );
    check(
        &format!(r#"{{"testRunData": {run}}}"#),
        &[("metric", "Bias")],
        "deepeval\nt [b1b9bccc] (security): +0.25\nu [efe8af80]: ?!no judge",
    );
}
