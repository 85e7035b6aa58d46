//! Apache Parquet: columns by their names, of which only those that the plan reads are unpacked.
//!
//! The tables of a file stand at its end, so that the file is held in memory as it is stored; its
//! rows are not. Pages may be packed with Snappy, gzip or LZ4. A column of timestamps says itself
//! in which unit it is; one without a time zone is refused, for nobody knows which moment it means.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::{Field, Row};
use parquet::schema::types::Type;
use phasegate_core::{Digest, Timestamp};

use super::Intake;
use super::draft::{Bad, Cell, Draft, Named};
use crate::SourceError;
use crate::stream::Stream;

/// How many bytes of Parquet are read: ten million requests are a third of it.
const MAX_PARQUET_BYTES: usize = 1 << 30;

/// Reads all rows into the intake, and gives the digest of the file.
pub(super) fn read(
    mut stream: Stream<'_>,
    name: &str,
    intake: &mut Intake<'_>,
) -> Result<Digest, SourceError> {
    let unusable = |problem: String| SourceError::unusable(name, problem);
    let table = Table::of(&mut stream).map_err(unusable)?;
    let header: Vec<&str> = table.columns().map(|column| column.name()).collect();
    let problems = intake.layout.problems(&header);
    if !problems.is_empty() {
        return Err(unusable(problems.join("; ")));
    }
    let names = intake.layout.names();
    let used: Vec<Column<'_>> =
        table.columns().filter_map(|column| Column::of(column, &names)).collect();
    let mut rows = table.rows(&used).map_err(unusable)?;
    for line in 1.. {
        let row = match contained(|| rows.next().transpose()) {
            Ok(Some(row)) => row,
            Ok(None) => break,
            Err(problem) => return Err(unusable(format!("row {line}: {problem}"))),
        };
        intake.row(line, |intake, place| {
            let layout = &intake.layout;
            let mut draft = Draft::new(&mut intake.space, layout.columns);
            for (column, (_, field)) in used.iter().zip(row.get_column_iter()) {
                for named in &column.named {
                    draft.set(&mut intake.space, layout, *named, column.cell(field)?)?;
                }
            }
            draft.push(&intake.space, layout, place, intake.fold)
        })?;
    }
    stream.finish()
}

/// What the column of this name says in a row, for messages about rows that were read before.
pub(super) fn cell_at(mut stream: Stream<'_>, name: &str, line: u64) -> Option<String> {
    let table = Table::of(&mut stream).ok()?;
    let column = table.columns().find(|column| column.name() == name)?;
    let used = [Column { kind: column, named: Vec::new() }];
    let rows = table.rows(&used).ok()?;
    let at = usize::try_from(line.checked_sub(1)?).ok()?;
    let row = contained(|| { rows }.nth(at).transpose()).ok()??;
    let (_, field) = row.get_column_iter().next()?;
    match used.first()?.cell(field).ok()? {
        Cell::Text(text) => Some(text.into_owned()),
        Cell::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The file.
struct Table(SerializedFileReader<Bytes>);

impl Table {
    fn of(stream: &mut Stream<'_>) -> Result<Self, String> {
        let bytes = stream.read_up_to(MAX_PARQUET_BYTES).map_err(|error| error.to_string())?;
        let bytes = bytes.ok_or("it is larger than 1 GiB; write it as several files")?;
        contained(|| SerializedFileReader::new(Bytes::from(bytes))).map(Self)
    }

    fn columns(&self) -> impl Iterator<Item = &Arc<Type>> {
        self.0.metadata().file_metadata().schema().get_fields().iter()
    }

    /// The rows, with these columns in this order.
    fn rows(
        &self,
        columns: &[Column<'_>],
    ) -> Result<impl Iterator<Item = Result<Row, ParquetError>>, String> {
        let name = self.0.metadata().file_metadata().schema().name();
        let fields = columns.iter().map(|column| Arc::clone(column.kind)).collect();
        contained(|| {
            let projection = Type::group_type_builder(name).with_fields(fields).build()?;
            self.0.get_row_iter(Some(projection))
        })
    }
}

/// A column that the plan reads.
struct Column<'a> {
    kind: &'a Arc<Type>,
    /// What it is to the plan, which may read it for more than one thing.
    named: Vec<Named<'a>>,
}

impl<'a> Column<'a> {
    fn of(kind: &'a Arc<Type>, names: &[Named<'a>]) -> Option<Self> {
        let named: Vec<Named<'a>> =
            names.iter().filter(|(name, _)| *name == kind.name()).copied().collect();
        (!named.is_empty()).then_some(Self { kind, named })
    }

    fn cell<'r>(&self, field: &'r Field) -> Result<Cell<'r>, Bad> {
        let whole = |value: i64| match self.moments() {
            Moments::None if value.unsigned_abs() < 1 << 53 => Ok(Cell::Number(value as f64)),
            Moments::None => Ok(Cell::Text(value.to_string().into())),
            Moments::Nanos(each) => value
                .checked_mul(each)
                .map(|nanos| Cell::Moment(Timestamp::from_unix_nanos(nanos)))
                .ok_or_else(|| self.bad(field, "give a time between 1678 and 2262")),
            Moments::Local => {
                let problem = "its times have no zone; write the column as UTC";
                Err(self.bad(field, problem))
            }
        };
        match field {
            Field::Null => Ok(Cell::Missing),
            Field::Bool(flag) => Ok(Cell::Flag(*flag)),
            Field::Byte(value) => whole((*value).into()),
            Field::Short(value) => whole((*value).into()),
            Field::Int(value) => whole((*value).into()),
            Field::UByte(value) => whole((*value).into()),
            Field::UShort(value) => whole((*value).into()),
            Field::UInt(value) => whole((*value).into()),
            Field::Long(value) | Field::TimestampMillis(value) | Field::TimestampMicros(value) => {
                whole(*value)
            }
            // Kept as they are written: not all of them are doubles.
            Field::ULong(value) => Ok(Cell::Text(value.to_string().into())),
            Field::Decimal(_) => match contained(|| Ok(field.to_string())) {
                Ok(text) => Ok(Cell::Text(text.into())),
                Err(_) => Err(self.bad(field, "its scale does not fit its precision")),
            },
            Field::Float16(value) => Ok(double(value.to_f64())),
            Field::Float(value) => Ok(double((*value).into())),
            Field::Double(value) => Ok(double(*value)),
            Field::Str(text) => Ok(Cell::Text(Cow::Borrowed(text))),
            Field::Bytes(bytes) => bytes
                .as_utf8()
                .map(|text| Cell::Text(Cow::Borrowed(text)))
                .map_err(|_| self.bad(field, "its bytes are not UTF-8; write it as text")),
            Field::Date(_) | Field::TimeMillis(_) | Field::TimeMicros(_) => {
                Err(self
                    .bad(field, "a date or a time of day; give a number, a text or a timestamp"))
            }
            Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => Ok(Cell::Nested),
        }
    }

    #[cold]
    fn bad(&self, field: &Field, problem: &str) -> Bad {
        // Times that no calendar has are not written as such.
        let shown = match field {
            Field::Date(value) | Field::TimeMillis(value) => value.to_string(),
            Field::Long(value)
            | Field::TimeMicros(value)
            | Field::TimestampMillis(value)
            | Field::TimestampMicros(value) => value.to_string(),
            Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned(),
            _ => String::new(),
        };
        Bad::cell(self.kind.name(), &shown, problem)
    }

    /// What whole numbers of the column mean as moments.
    fn moments(&self) -> Moments {
        if !self.kind.is_primitive() {
            return Moments::None;
        }
        if self.kind.get_physical_type() == Physical::INT96 {
            return Moments::Nanos(1_000_000);
        }
        let info = self.kind.get_basic_info();
        match (info.logical_type_ref(), info.converted_type()) {
            (Some(LogicalType::Timestamp(kind)), _) if !kind.is_adjusted_to_u_t_c => Moments::Local,
            (Some(LogicalType::Timestamp(kind)), _) => Moments::Nanos(match kind.unit {
                TimeUnit::MILLIS => 1_000_000,
                TimeUnit::MICROS => 1_000,
                TimeUnit::NANOS => 1,
            }),
            (None, ConvertedType::TIMESTAMP_MILLIS) => Moments::Nanos(1_000_000),
            (None, ConvertedType::TIMESTAMP_MICROS) => Moments::Nanos(1_000),
            _ => Moments::None,
        }
    }
}

/// Infinities are no numbers either, as in the other formats.
fn double<'r>(value: f64) -> Cell<'r> {
    if value.is_finite() { Cell::Number(value) } else { Cell::Text(Cow::Borrowed("NaN")) }
}

/// Whether whole numbers are moments.
enum Moments {
    None,
    /// So many nanoseconds each.
    Nanos(i64),
    /// Without a time zone.
    Local,
}

/// Asks the reader of the format, which may panic on a damaged file.
fn contained<T>(work: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(ParquetError::NYI(_))) => {
            Err("it is packed or encoded in a way that is not read; use Snappy, gzip or LZ4".into())
        }
        Ok(Err(error)) if error.to_string().contains("Disabled feature") => {
            Err("it is packed in a way that is not read; use Snappy, gzip or LZ4".into())
        }
        Ok(Err(_)) | Err(_) => Err("it is not Parquet, or damaged; write it anew".into()),
    }
}
