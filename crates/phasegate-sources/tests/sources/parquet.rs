//! Request logs as Parquet come to the same as the CSV with the same rows.

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{ByteArray, Int96};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use phasegate_core::document;
use phasegate_core::observations::{RawLog, RowFormat};
use phasegate_core::plan::{MAX_PLAN_BYTES, Plan, RUNBOOK};
use phasegate_core::read::Format;
use phasegate_core::rows::{Folded, RowFold};
use phasegate_sources::{SourceError, rows};

const CSV: &str = "\
time,arm,phase,request_id,mirrored,latency_ms,error,cost_usd
2026-03-01T10:00:00Z,baseline,shadow,a,true,800,false,0.25
2026-03-01T10:00:00Z,candidate,shadow,a,,700,true,
2026-03-01T10:00:01Z,baseline,shadow,b,true,900,false,0.5
2026-03-01T10:00:01Z,candidate,shadow,b,,650,false,0.75
";

/// 2026-03-01T10:00:00Z in seconds, by `date -u -d 2026-03-01T10:00:00Z +%s`.
const BEGIN: i64 = 1_772_359_200;

/// The values of a column, each of them present or not.
enum Values {
    Text(Vec<Option<&'static str>>),
    Long(Vec<Option<i64>>),
    Int(Vec<Option<i32>>),
    Double(Vec<Option<f64>>),
    Flag(Vec<Option<bool>>),
    Int96(Vec<Option<Int96>>),
}

/// A column by its type, as the text form of schemas has it, with its values.
type Column = (&'static str, Values);

/// The rows of the CSV, with the times as this column.
fn columns(time: Column) -> Vec<Column> {
    vec![
        ("optional binary unused (UTF8)", Values::Text(vec![Some("x"); 4])),
        (
            "required double latency_ms",
            Values::Double([800.0, 700.0, 900.0, 650.0].map(Some).into()),
        ),
        (
            "optional binary arm (UTF8)",
            Values::Text(["baseline", "candidate", "baseline", "candidate"].map(Some).into()),
        ),
        ("required binary phase", Values::Text(vec![Some("shadow"); 4])),
        ("required binary request_id (UTF8)", Values::Text(["a", "a", "b", "b"].map(Some).into())),
        ("optional boolean mirrored", Values::Flag(vec![Some(true), None, Some(true), None])),
        ("required int32 error (INTEGER(8,true))", Values::Int([0, 1, 0, 0].map(Some).into())),
        time,
        (
            "optional int64 cost_usd (DECIMAL(10,2))",
            Values::Long(vec![Some(25), None, Some(50), Some(75)]),
        ),
    ]
}

fn texts() -> Column {
    let texts = ["2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z", "2026-03-01T10:00:01Z"];
    let last = Some("2026-03-01T10:00:01Z");
    (
        "required binary time (UTF8)",
        Values::Text(texts.into_iter().map(Some).chain([last]).collect()),
    )
}

/// Moments of so many units a second.
fn moments(kind: &'static str, units: i64) -> Column {
    (kind, Values::Long([0, 0, 1, 1].map(|after| Some((BEGIN + after) * units)).into()))
}

fn written(columns: &[Column], packed: Compression) -> Vec<u8> {
    let fields: Vec<String> = columns.iter().map(|(kind, _)| format!("{kind};")).collect();
    let schema = parse_message_type(&format!("message log {{ {} }}", fields.join(" "))).unwrap();
    let properties = WriterProperties::builder().set_compression(packed).build();
    let mut file =
        SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties)).unwrap();
    let mut group = file.next_row_group().unwrap();
    for (kind, values) in columns {
        let mut writer = group.next_column().unwrap().unwrap();
        let optional = kind.starts_with("optional");
        match (writer.untyped(), values) {
            (ColumnWriter::ByteArrayColumnWriter(writer), Values::Text(values)) => {
                let (levels, given) =
                    split(values, |text| ByteArray::from(text.as_bytes().to_vec()));
                writer.write_batch(&given, optional.then_some(&levels[..]), None).unwrap();
            }
            (ColumnWriter::Int64ColumnWriter(writer), Values::Long(values)) => {
                let (levels, given) = split(values, |value| *value);
                writer.write_batch(&given, optional.then_some(&levels[..]), None).unwrap();
            }
            (ColumnWriter::Int32ColumnWriter(writer), Values::Int(values)) => {
                let (levels, given) = split(values, |value| *value);
                writer.write_batch(&given, optional.then_some(&levels[..]), None).unwrap();
            }
            (ColumnWriter::DoubleColumnWriter(writer), Values::Double(values)) => {
                let (levels, given) = split(values, |value| *value);
                writer.write_batch(&given, optional.then_some(&levels[..]), None).unwrap();
            }
            (ColumnWriter::BoolColumnWriter(writer), Values::Flag(values)) => {
                let (levels, given) = split(values, |value| *value);
                writer.write_batch(&given, optional.then_some(&levels[..]), None).unwrap();
            }
            (ColumnWriter::Int96ColumnWriter(writer), Values::Int96(values)) => {
                let (levels, given) = split(values, |value| *value);
                writer.write_batch(&given, optional.then_some(&levels[..]), None).unwrap();
            }
            _ => panic!("{kind} has values of another type"),
        }
        writer.close().unwrap();
    }
    group.close().unwrap();
    file.into_inner().unwrap()
}

fn split<T, U>(values: &[Option<T>], of: impl Fn(&T) -> U) -> (Vec<i16>, Vec<U>) {
    let levels = values.iter().map(|value| i16::from(value.is_some())).collect();
    (levels, values.iter().flatten().map(of).collect())
}

fn read(format: RowFormat, bytes: &[u8]) -> Result<Folded, SourceError> {
    let plan: Plan = document::read(RUNBOOK.as_bytes(), Format::Yaml, MAX_PLAN_BYTES).unwrap();
    let path = "requests".to_owned();
    let log = RawLog { path, format: Some(format), compression: None, arm: None, phase: None };
    let mut fold = RowFold::new(&plan, None);
    let source = rows::from_reader(&log, bytes, 0, &plan, &mut fold)?;
    assert_eq!(source.digest, phasegate_core::Digest::of(bytes), "of the bytes as they are stored");
    Ok(fold.finish().unwrap())
}

#[test]
fn the_rows_are_those_of_the_same_csv() {
    let expected = read(RowFormat::Csv, CSV.as_bytes()).unwrap();
    let nanos = (BEGIN % 86_400) * 1_000_000_000;
    // The day of 1970-01-01 is 2,440,588 in Julian days.
    let day = u32::try_from(2_440_588 + BEGIN / 86_400).unwrap();
    let int96 = |after: i64| {
        let nanos = u64::try_from(nanos + after * 1_000_000_000).unwrap();
        let mut value = Int96::new();
        value.set_data(
            u32::try_from(nanos & 0xffff_ffff).unwrap(),
            u32::try_from(nanos >> 32).unwrap(),
            day,
        );
        Some(value)
    };
    let times = [
        texts(),
        moments("required int64 time (TIMESTAMP(MILLIS,true))", 1_000),
        moments("optional int64 time (TIMESTAMP(MICROS,true))", 1_000_000),
        moments("required int64 time (TIMESTAMP(NANOS,true))", 1_000_000_000),
        moments("required int64 time (TIMESTAMP_MICROS)", 1_000_000),
        ("required int96 time", Values::Int96([0, 0, 1, 1].map(int96).into())),
    ];
    for time in times {
        let kind = time.0;
        let columns = columns(time);
        let packings = [
            Compression::UNCOMPRESSED,
            Compression::SNAPPY,
            Compression::GZIP(parquet::basic::GzipLevel::default()),
            Compression::LZ4_RAW,
        ];
        for packed in packings {
            let found = read(RowFormat::Parquet, &written(&columns, packed));
            let found = found.unwrap_or_else(|error| panic!("{kind}, {packed}: {error}"));
            assert_eq!(found.phases, expected.phases, "{kind}, {packed}");
            assert_eq!(found.window, expected.window, "{kind}, {packed}");
        }
    }
}

#[track_caller]
fn refused(columns: &[Column], expected: &str) {
    match read(RowFormat::Parquet, &written(columns, Compression::SNAPPY)) {
        Ok(_) => panic!("it was read: {expected}"),
        Err(error) => assert_eq!(error.to_string(), expected),
    }
}

#[test]
fn what_cannot_be_read_is_told_with_its_row_and_column() {
    refused(
        &columns(moments("required int64 time (TIMESTAMP(MICROS,false))", 1_000_000)),
        "`requests`, line 1, column `time`: `1772359200000000`: its times have no zone; \
         write the column as UTC",
    );
    refused(
        &columns(("required int32 time (DATE)", Values::Int(vec![Some(20_513); 4]))),
        "`requests`, line 1, column `time`: `20513`: a date or a time of day; give a \
         number, a text or a timestamp",
    );
    let late = Values::Long(vec![Some(i64::MAX); 4]);
    refused(
        &columns(("required int64 time (TIMESTAMP(MILLIS,true))", late)),
        "`requests`, line 1, column `time`: `9223372036854775807`: give a time between 1678 and \
         2262",
    );
    refused(
        &columns(("required int32 time (DATE)", Values::Int(vec![Some(i32::MAX); 4]))),
        "`requests`, line 1, column `time`: `2147483647`: a date or a time of day; give a number, \
         a text or a timestamp",
    );
    let mut lacking = columns(texts());
    lacking.remove(2);
    refused(&lacking, "`requests` cannot be used: there is no column `arm`");
    let mut negative = columns(texts());
    negative[1].1 = Values::Double([800.0, -1.0, 900.0, 650.0].map(Some).into());
    refused(
        &negative,
        "`requests`, line 2, column `latency_ms`: `-1`: give a number that is not \
         negative",
    );
}

#[test]
fn numbers_that_are_none_are_missing_and_counted() {
    let mut columns = columns(texts());
    columns[1].1 = Values::Double([f64::NAN, f64::INFINITY, 900.0, 650.0].map(Some).into());
    let plan: Plan = document::read(RUNBOOK.as_bytes(), Format::Yaml, MAX_PLAN_BYTES).unwrap();
    let log = RawLog {
        path: "requests.parquet".to_owned(),
        format: None,
        compression: None,
        arm: None,
        phase: None,
    };
    let bytes = written(&columns, Compression::SNAPPY);
    let mut fold = RowFold::new(&plan, None);
    let source = rows::from_reader(&log, &bytes[..], 0, &plan, &mut fold).unwrap();
    assert_eq!((source.rows, source.not_numbers, source.format.as_str()), (4, 2, "parquet"));
}

/// Whatever byte is changed and wherever the file is cut, it is read or refused.
#[test]
fn a_damaged_file_is_read_or_refused() {
    let good = written(&columns(texts()), Compression::SNAPPY);
    for at in 0..good.len() {
        drop(read_any(&good[..at]));
        let mut bytes = good.clone();
        bytes[at] ^= 0xff;
        drop(read_any(&bytes));
    }
    let cut = read_any(&good[..good.len() / 2]).expect_err("half of a file");
    assert_eq!(
        cut.to_string(),
        "`requests` cannot be used: it is not Parquet, or damaged; write it anew"
    );
}

fn read_any(bytes: &[u8]) -> Result<(), SourceError> {
    let plan: Plan = document::read(RUNBOOK.as_bytes(), Format::Yaml, MAX_PLAN_BYTES).unwrap();
    let log = RawLog {
        path: "requests".to_owned(),
        format: Some(RowFormat::Parquet),
        compression: None,
        arm: None,
        phase: None,
    };
    let mut fold = RowFold::new(&plan, None);
    rows::from_reader(&log, bytes, 0, &plan, &mut fold).map(drop)
}
