//! Observations that can be judged: the document, and all files that it names read into it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use phasegate_core::document::{self, Document};
use phasegate_core::observations::{
    MAX_OBSERVATIONS_BYTES, MetricData, Observations, PhaseObservations, RawGold, RawLog,
    RawSources, SourceRole, Window,
};
use phasegate_core::plan::{MAX_PLAN_BYTES, Measure, Plan};
use phasegate_core::read::Format;
use phasegate_core::rows::{Columns, FoldError, Folded, Place, RowFold};

use crate::stream::{Progress, STANDARD_INPUT};
use crate::{SourceError, gold, rows, shorten};

/// What a folder of a decision may call its documents, the first one that is there.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// The documents in the folder of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// `plan.yaml` (or `.yml`, `.json`).
    pub plan: PathBuf,
    /// `observations.yaml` (or `.yml`, `.json`).
    pub observations: PathBuf,
    /// `state.json`, if it is there.
    pub state: Option<PathBuf>,
}

impl Folder {
    /// Finds the documents in a folder.
    ///
    /// # Errors
    /// `unusable` when the plan or the observations are missing, or are there twice.
    pub fn find(folder: &Path) -> Result<Self, SourceError> {
        let state = folder.join("state.json");
        Ok(Self {
            plan: document_in(folder, "plan")?,
            observations: document_in(folder, "observations")?,
            state: state.is_file().then_some(state),
        })
    }
}

fn document_in(folder: &Path, name: &str) -> Result<PathBuf, SourceError> {
    let there: Vec<PathBuf> = ENDINGS
        .iter()
        .map(|ending| folder.join(format!("{name}.{ending}")))
        .filter(|path| path.is_file())
        .collect();
    let problem = match there.as_slice() {
        [only] => return Ok(only.clone()),
        [] => format!("the folder has no `{name}.yaml`; add it, or `{name}.json`"),
        _ => format!("the folder has `{name}` more than once; keep one"),
    };
    Err(SourceError::Unusable { path: folder.to_owned(), problem })
}

/// How observations are read.
#[derive(Default)]
#[non_exhaustive]
pub struct ObserveOptions<'a> {
    /// Request logs that the user names beside those of the document; their paths are taken as
    /// they are.
    pub logs: Vec<RawLog>,
    /// Gold-set runs that the user names.
    pub gold: Vec<RawGold>,
    /// How many bad rows each log may have; they are counted in its source.
    pub max_bad_rows: u64,
    /// Who is told how far reading is.
    pub watch: Option<&'a mut dyn FnMut(Progress<'_>)>,
}

impl std::fmt::Debug for ObserveOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ObserveOptions")
            .field("logs", &self.logs)
            .field("gold", &self.gold)
            .field("max_bad_rows", &self.max_bad_rows)
            .finish_non_exhaustive()
    }
}

/// Reads a plan.
///
/// # Errors
/// `io`, `limit`, or `document` with every fault.
pub fn plan(path: &Path) -> Result<Plan, SourceError> {
    read_document(path, MAX_PLAN_BYTES)
}

/// Reads observations and all files that they name: `path` is the document, or the folder that
/// holds it as `observations.yaml`.
///
/// Files of the document are named from its folder and stay within it; `-` is standard input.
/// Those that the user names in the options may be anywhere.
///
/// # Errors
/// [`SourceError`], whose [`code`](SourceError::code) is
///
/// | code | when |
/// |---|---|
/// | `io` | a file is not there or may not be read |
/// | `document` | the document has faults, all of which are told |
/// | `path_escapes` | the document names a file outside of its folder |
/// | `unusable` | a file as a whole: its format, its columns, its compression, a choice left open |
/// | `row` | a row, by line, column and value, beyond `max_bad_rows` |
/// | `conflict` | the same metric is given twice, or a request's key comes twice |
/// | `limit` | too many bytes |
pub fn observe(
    path: &Path,
    plan: &Plan,
    options: ObserveOptions<'_>,
) -> Result<Observations, SourceError> {
    let meta = fs::metadata(path).map_err(SourceError::io(path))?;
    let path = if meta.is_dir() { document_in(path, "observations")? } else { path.to_owned() };
    let observations = read_document(&path, MAX_OBSERVATIONS_BYTES)?;
    close(observations, &path, plan, options)
}

/// Reads all files that observations name, which were read from `path`.
///
/// # Errors
/// As [`observe`].
pub fn close(
    mut observations: Observations,
    path: &Path,
    plan: &Plan,
    mut options: ObserveOptions<'_>,
) -> Result<Observations, SourceError> {
    let raw = observations.raw.take().unwrap_or_default();
    let folder = path.parent().unwrap_or(Path::new(""));
    let files = Files { manifest: path, folder, raw, options: &mut options };
    files.read_into(&mut observations, plan)?;
    let contradictions = observations.contradictions();
    if let Some(first) = contradictions.first() {
        let problem = format!("`{}`: {}", first.path, first.message);
        return Err(SourceError::Conflict { path: path.to_owned(), problem });
    }
    Ok(observations)
}

fn read_document<T: Document>(path: &Path, limit: usize) -> Result<T, SourceError> {
    let meta = fs::metadata(path).map_err(SourceError::io(path))?;
    if meta.len() > limit as u64 {
        let problem = format!("{} bytes are more than the limit of {limit}", meta.len());
        return Err(SourceError::Limit { path: path.to_owned(), problem });
    }
    let bytes = fs::read(path).map_err(SourceError::io(path))?;
    let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let format = if is_json { Format::Json } else { Format::sniff(&bytes) };
    document::read(&bytes, format, limit)
        .map_err(|source| SourceError::Document { path: path.to_owned(), source })
}

struct Files<'f, 'o> {
    manifest: &'f Path,
    folder: &'f Path,
    raw: RawSources,
    options: &'f mut ObserveOptions<'o>,
}

/// A log or a run with where it is; standard input is nowhere.
type Located<T> = (T, Option<PathBuf>);

impl Files<'_, '_> {
    fn read_into(mut self, seen: &mut Observations, plan: &Plan) -> Result<(), SourceError> {
        let raw = std::mem::take(&mut self.raw);
        let given = std::mem::take(&mut self.options.logs);
        let logs = self.locate(raw.logs, given, |log| &log.path)?;
        let given = std::mem::take(&mut self.options.gold);
        let runs = self.locate(raw.gold, given, |run| &run.path)?;
        let is_input = |path: &Option<PathBuf>| path.is_none();
        let inputs = logs.iter().filter(|(_, path)| is_input(path)).count()
            + runs.iter().filter(|(_, path)| is_input(path)).count();
        if inputs > 1 {
            return Err(self.conflict("standard input is named twice; it is read once".to_owned()));
        }
        if !logs.is_empty() {
            self.logs(seen, plan, &logs)?;
        }
        for (run, path) in &runs {
            let watch = self.options.watch.as_deref_mut();
            let (read, source) = gold::read(run, path.as_deref(), watch.map(|watch| watch as _))?;
            let gold = seen.gold.get_or_insert_default();
            match run.arm {
                SourceRole::Baseline => gold.baseline.0.push(read),
                SourceRole::Candidate => gold.candidate.0.push(read),
            }
            seen.sources.push(source);
        }
        Ok(())
    }

    /// The files of the document, then those of the user.
    fn locate<T>(
        &self,
        raw: Vec<T>,
        given: Vec<T>,
        name: fn(&T) -> &String,
    ) -> Result<Vec<Located<T>>, SourceError> {
        let mut located = Vec::new();
        for file in raw {
            let path = self.within(name(&file))?;
            located.push((file, path));
        }
        for file in given {
            let path = (name(&file) != STANDARD_INPUT).then(|| PathBuf::from(name(&file)));
            located.push((file, path));
        }
        Ok(located)
    }

    /// A path that the document names, which leads to a file within its folder.
    fn within(&self, name: &str) -> Result<Option<PathBuf>, SourceError> {
        if name == STANDARD_INPUT {
            return Ok(None);
        }
        let escapes = |problem: &str| SourceError::PathEscapes {
            path: self.manifest.to_owned(),
            problem: format!("`{}` {problem}", shorten(name)),
        };
        let named = Path::new(name);
        if !named.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
        {
            return Err(escapes("leads out of the document's folder; name a file within it"));
        }
        let path = self.folder.join(named);
        let folder = if self.folder.as_os_str().is_empty() { Path::new(".") } else { self.folder };
        let home = folder.canonicalize().map_err(SourceError::io(folder))?;
        let real = path.canonicalize().map_err(SourceError::io(&path))?;
        if !real.starts_with(&home) {
            return Err(escapes("is a link out of the document's folder; copy the file"));
        }
        Ok(Some(path))
    }

    fn logs(
        &mut self,
        seen: &mut Observations,
        plan: &Plan,
        logs: &[Located<RawLog>],
    ) -> Result<(), SourceError> {
        let columns = Columns::of(plan);
        let summed: BTreeSet<&str> = seen
            .phases
            .values()
            .flat_map(|phase| phase.metrics.keys())
            .map(String::as_str)
            .collect();
        let optional = optional(plan, &columns, &summed);
        let mut fold = RowFold::new(plan, seen.window);
        for ((log, path), number) in logs.iter().zip(0..) {
            let request = rows::LogRequest {
                log,
                path: path.as_deref(),
                number,
                columns: &columns,
                optional: &optional,
                max_bad_rows: self.options.max_bad_rows,
            };
            let watch = self.options.watch.as_deref_mut();
            let source = rows::read(&request, &mut fold, watch.map(|watch| watch as _))?;
            seen.sources.push(source);
        }
        let Folded { phases, window, stream, stream_from } =
            fold.finish().map_err(|error| self.conflict(told(&error, logs, &columns)))?;
        // What monitors recorded was observed too.
        let monitored = seen.stream.iter().map(|record| record.time).max();
        let window = window.map(|window| Window {
            end: monitored.map_or(window.end, |time| time.max(window.end)),
            ..window
        });
        seen.window = seen.window.or(window);
        if let Some(one) = stream.first()
            && seen.stream.iter().any(|record| record.source == one.source)
        {
            let problem = format!(
                "`stream` has records of the source `{}`, and the logs make them; keep one",
                one.source
            );
            return Err(self.conflict(problem));
        }
        seen.stream.extend(stream);
        seen.stream_from = stream_from.or(seen.stream_from);
        let summed: BTreeSet<String> = summed.into_iter().map(str::to_owned).collect();
        for (id, mut phase) in phases {
            // A metric that is given summed up, and of which rows hold nothing, is not theirs.
            phase
                .metrics
                .retain(|metric, seen| !(summed.contains(metric) && is_nothing(&seen.data)));
            match seen.phases.remove(&id) {
                None => {}
                Some(given) => {
                    phase = join(given, phase).map_err(|(field, problem)| {
                        self.conflict(format!("`phases.{id}.{field}`: {problem}"))
                    })?;
                }
            }
            seen.phases.insert(id, phase);
        }
        Ok(())
    }

    fn conflict(&self, problem: String) -> SourceError {
        SourceError::Conflict { path: self.manifest.to_owned(), problem }
    }
}

/// The columns that a log may lack, because all metrics that read them are given summed up.
fn optional(plan: &Plan, columns: &Columns, summed: &BTreeSet<&str>) -> Vec<String> {
    let reads = |measure: &Measure, name: &str| match measure {
        Measure::Proportion { column }
        | Measure::Mean { column, .. }
        | Measure::Quantile { column, .. }
        | Measure::Rate { events: column } => column == name,
        Measure::Ratio { numerator, denominator, .. } => numerator == name || denominator == name,
        Measure::GoldPass { .. } | Measure::GoldScore { .. } => false,
    };
    let names = columns.values.iter().map(|column| &column.name);
    let may_lack = |name: &&String| {
        let mut readers = plan.metrics.iter().filter(|metric| reads(&metric.measure, name));
        readers.all(|metric| summed.contains(metric.id.as_str()))
    };
    names.filter(may_lack).cloned().collect()
}

/// Whether a summary is of no values.
fn is_nothing(data: &MetricData) -> bool {
    match data {
        MetricData::Counts { baseline, candidate } => baseline.n + candidate.n == 0,
        MetricData::PairedCounts(counts) => {
            [counts.both, counts.baseline_only, counts.candidate_only, counts.neither]
                .iter()
                .all(|count| *count == 0)
        }
        MetricData::Means { baseline, candidate }
        | MetricData::PairedMeans { baseline, candidate, .. } => baseline.n + candidate.n == 0,
        MetricData::Clusters(clusters) => clusters.is_empty(),
        MetricData::Histograms { baseline, candidate } => {
            use phasegate_core::observations::Histogram;
            let is_empty = |histogram: &Histogram| match histogram {
                Histogram::Classic { counts, .. } => counts.iter().all(|count| *count == 0),
                Histogram::Native { zero_count, positive, .. } => {
                    *zero_count == 0 && positive.is_empty()
                }
            };
            is_empty(baseline) && is_empty(candidate)
        }
        MetricData::Values { baseline, candidate }
        | MetricData::PairedValues { baseline, candidate } => {
            baseline.is_empty() && candidate.is_empty()
        }
        MetricData::Events { baseline, candidate } => baseline.events + candidate.events == 0,
    }
}

/// What the document and the rows say about one phase, together; what contradicts is told by its
/// field.
fn join(
    mut given: PhaseObservations,
    rows: PhaseObservations,
) -> Result<PhaseObservations, (String, String)> {
    for (field, given, counted) in [
        ("candidate_requests", &mut given.candidate_requests, rows.candidate_requests),
        ("baseline_requests", &mut given.baseline_requests, rows.baseline_requests),
        ("covered_ms", &mut given.covered_ms, rows.covered_ms),
    ] {
        if *given != 0 && *given != counted {
            let problem = format!("{given}, and the logs say {counted}; give 0 to take theirs");
            return Err((field.to_owned(), problem));
        }
        *given = counted;
    }
    if given.pairs.is_some() && rows.pairs.is_some() && given.pairs != rows.pairs {
        let problem = "the logs say something else; leave it out to take theirs".to_owned();
        return Err(("pairs".to_owned(), problem));
    }
    given.pairs = given.pairs.or(rows.pairs);
    for (metric, seen) in rows.metrics {
        if given.metrics.contains_key(&metric) {
            let problem = "it is given summed up and in the logs; keep one".to_owned();
            return Err((format!("metrics.{metric}"), problem));
        }
        given.metrics.insert(metric, seen);
    }
    Ok(given)
}

/// What rows contradict, with the names of their files, and the key where it can be read again.
fn told(error: &FoldError, logs: &[Located<RawLog>], columns: &Columns) -> String {
    let FoldError::Duplicate { first, second, .. } = error else { return error.to_string() };
    let log = |place: &Place| usize::try_from(place.source).ok().and_then(|at| logs.get(at));
    let key = columns.key.as_deref().and_then(|key| {
        let (log, path) = log(first)?;
        let value = rows::key_at(log, path.as_deref()?, key, first.row)?;
        Some(format!(" (`{key}` is `{}`)", shorten(&value)))
    });
    let key = key.unwrap_or_default();
    let place = |place: &Place| {
        let name = log(place).map_or("?", |(log, _)| log.path.as_str());
        format!("`{}`, line {}", shorten(name), place.row)
    };
    format!("{error}: {} and {}{key}; keep one", place(first), place(second))
}
