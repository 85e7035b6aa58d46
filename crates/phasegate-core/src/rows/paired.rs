//! Rows of mirrored traffic: both answers to one request are compared with each other.
//!
//! Only requests whose answer deadline has passed when observing ends take part, answered or not:
//! otherwise quick answers would be in before slow ones. A candidate that is missing then has
//! failed.

use std::collections::BTreeMap;

use phasegate_stats::summary::{CHUNK, Pair, PairMoments, Summary as _};

use super::cover::Cover;
use super::error::{FoldError, RowError};
use super::spec::{Reads, Spec};
use super::store::{Kept, Side};
use super::{Row, hours};
use crate::observations::{
    ClusterTotal, EventCount, MeanOf, MetricData, MetricObservations, PairAccount,
    PhaseObservations, SeenTwice, SourceRole,
};
use crate::rows::columns::{Columns, ValueKind};

/// What is kept of a phase whose rows are paired: the rows, until all are there.
#[derive(Debug, Clone)]
pub(super) struct Paired {
    baseline: Side,
    candidate: Side,
    cover: Cover,
    baseline_ends: Option<(i64, i64)>,
}

/// A request that is compared: the baseline's row, and the candidate's if there is one.
#[derive(Debug, Clone, Copy)]
struct Request {
    baseline: u32,
    candidate: Option<u32>,
}

/// One metric's values of one request.
enum Seen {
    /// Both.
    Both(Pair),
    /// Both, the candidate's being the deadline.
    Censored(Pair),
    /// Not both; so many were missing in rows that are there.
    Unpaired(u64),
}

impl Paired {
    pub(super) fn new(columns: &Columns) -> Self {
        let flags = || columns.values.iter().map(|column| column.kind == ValueKind::Flag);
        Self {
            baseline: Side::new(flags(), columns.clusters.len()),
            candidate: Side::new(flags(), 0),
            cover: Cover::default(),
            baseline_ends: None,
        }
    }

    pub(super) fn has_room(&self) -> Result<(), RowError> {
        if !(self.baseline.has_room() && self.candidate.has_room()) {
            return Err(RowError::TooMany);
        }
        if self.cover.has_room() { Ok(()) } else { Err(RowError::TooLong) }
    }

    /// Takes a row whose values were checked.
    pub(super) fn push(&mut self, row: &Row<'_>, key: u128, mirrored: bool) {
        let time = row.time.unix_nanos();
        let (side, asked) = match row.arm {
            SourceRole::Baseline => {
                let (first, last) = self.baseline_ends.unwrap_or((time, time));
                self.baseline_ends = Some((first.min(time), last.max(time)));
                (&mut self.baseline, Some((time, mirrored)))
            }
            SourceRole::Candidate => {
                self.cover.add(time);
                (&mut self.candidate, None)
            }
        };
        let (values, clusters) = (row.values, row.clusters);
        side.push(&Kept { key, place: row.place, asked, values, clusters });
    }

    pub(super) fn merge(&mut self, other: &Self) -> Result<(), RowError> {
        let fits = |one: &Side, other: &Side| one.len().checked_add(other.len()).is_some();
        if !(fits(&self.baseline, &other.baseline) && fits(&self.candidate, &other.candidate)) {
            return Err(RowError::TooMany);
        }
        self.baseline.append(&other.baseline);
        self.candidate.append(&other.candidate);
        self.cover.merge(other.cover.clone());
        let ends = self.baseline_ends.into_iter().chain(other.baseline_ends);
        self.baseline_ends = ends.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        Ok(())
    }

    /// The first and the last row.
    pub(super) fn ends(&self) -> impl Iterator<Item = (i64, i64)> {
        self.baseline_ends.into_iter().chain(self.cover.ends())
    }

    /// Pairs the rows: `end` is when observing ended, `deadline` how long an answer may take;
    /// `missed` is told when each request came that the candidate did not answer by then.
    pub(super) fn finish(
        self,
        phase: &str,
        specs: &[Spec],
        [end, deadline]: [i64; 2],
        missed: &mut dyn FnMut(i64),
    ) -> Result<PhaseObservations, FoldError> {
        let (account, requests) = self.join(phase, end.saturating_sub(deadline))?;
        let mut cover = Cover::default();
        for request in &requests {
            let time = self.baseline.times.get(request.baseline).unwrap_or_default();
            cover.add(time);
            if request.candidate.is_none() {
                missed(time);
            }
        }
        let mut metrics = BTreeMap::new();
        for spec in specs {
            let seen = self.metric(spec, &requests, cover.nanos()).map_err(|error| {
                let (metric, phase) = (spec.id.clone(), phase.to_owned());
                FoldError::TooLarge { metric, phase, problem: error.to_string() }
            })?;
            if let Some(seen) = seen {
                metrics.insert(spec.id.clone(), seen);
            }
        }
        Ok(PhaseObservations {
            candidate_requests: u64::from(self.candidate.len()),
            baseline_requests: u64::from(self.baseline.len()),
            weight: None,
            covered_ms: self.cover.nanos() / 1_000_000,
            pairs: Some(account),
            metrics,
        })
    }

    /// What became of each request, and those that are compared, by time and key: an order that
    /// is not that of the rows, but near it, so that their values are read one after the other.
    fn join(&self, phase: &str, due: i64) -> Result<(PairAccount, Vec<Request>), FoldError> {
        let sorted = |side: &Side, arm| {
            side.sorted().map_err(|(first, second)| {
                let mut places = [side.place(first), side.place(second)];
                places.sort_unstable();
                let [first, second] = places;
                FoldError::Duplicate { arm, phase: phase.to_owned(), first, second }
            })
        };
        let baseline = sorted(&self.baseline, SourceRole::Baseline)?;
        let candidate = sorted(&self.candidate, SourceRole::Candidate)?;
        let mut account = PairAccount::default();
        let mut requests = Vec::with_capacity(baseline.len());
        let mut answers = candidate.into_iter().peekable();
        for (prefix, row) in baseline {
            let key = self.baseline.keys.get(row).unwrap_or_default();
            let is_before = |answer: &(u64, u32)| {
                answer.0 < prefix
                    || (answer.0 == prefix && self.candidate.keys.get(answer.1) < Some(key))
            };
            while answers.next_if(is_before).is_some() {
                account.baseline_missing += 1;
            }
            let is_this = |answer: &(u64, u32)| {
                answer.0 == prefix && self.candidate.keys.get(answer.1) == Some(key)
            };
            let answer = answers.next_if(is_this).map(|(_, row)| row);
            let mirrored = self.baseline.mirrored.get(row).unwrap_or(true);
            let time = self.baseline.times.get(row).unwrap_or_default();
            // Whatever answered it: only mirrored requests are compared.
            if !mirrored {
                account.not_mirrored += 1;
                continue;
            }
            // A deadline that ends with the window has passed.
            if time > due {
                account.pending += 1;
                continue;
            }
            if answer.is_some() {
                account.matched += 1;
            } else {
                account.candidate_missing += 1;
            }
            requests.push(Request { baseline: row, candidate: answer });
        }
        account.baseline_missing += answers.count() as u64;
        requests.sort_unstable_by_key(|request| request.baseline);
        let moment = |request: &Request| {
            (self.baseline.times.get(request.baseline), self.baseline.keys.get(request.baseline))
        };
        // Stable, because that sort is quick where rows are in order already.
        requests.sort_by_key(moment);
        Ok((account, requests))
    }

    fn metric(
        &self,
        spec: &Spec,
        requests: &[Request],
        covered: u64,
    ) -> Result<Option<MetricObservations>, phasegate_stats::Error> {
        let mut told = Told::default();
        let data = match spec.reads {
            Reads::Proportion(at) => {
                let missing = Missing::Value(f64::from(u8::from(spec.worse)));
                let pairs = self.pairs(at, missing, requests, &mut told);
                match spec.cluster {
                    Some(cluster) => Some(self.clusters(cluster, pairs)),
                    None => Some(MetricData::PairedCounts(counts(pairs.map(|(_, pair)| pair)))),
                }
            }
            Reads::Mean(at) => {
                let pairs = self.pairs(at, Missing::Unpaired, requests, &mut told);
                Some(self.means(spec.cluster, pairs)?)
            }
            Reads::Quantile(at, deadline) => {
                let missing = deadline.map_or(Missing::Unpaired, Missing::Censored);
                let (baseline, candidate) = self
                    .pairs(at, missing, requests, &mut told)
                    .map(|(_, pair)| (pair.baseline, pair.candidate))
                    .unzip();
                Some(MetricData::PairedValues { baseline, candidate })
            }
            Reads::Ratio(numerator, denominator) => {
                self.ratio(spec, [numerator, denominator], requests, &mut told)?
            }
            Reads::Rate(at) => {
                let missing = Missing::Value(f64::from(u8::from(spec.worse)));
                let events = |count: f64, sum: u64| {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "a count was checked to be whole and within 2^53-1"
                    )]
                    sum.saturating_add(count as u64)
                };
                let (baseline, candidate) = self.pairs(at, missing, requests, &mut told).fold(
                    (0, 0),
                    |(baseline, candidate), (_, pair)| {
                        (events(pair.baseline, baseline), events(pair.candidate, candidate))
                    },
                );
                // The same requests come to both, so that both are covered alike.
                (covered > 0).then(|| MetricData::Events {
                    baseline: EventCount { events: baseline, hours: hours(covered) },
                    candidate: EventCount { events: candidate, hours: hours(covered) },
                })
            }
        };
        let Told { unpaired, censored, missing } = told;
        Ok(data.map(|data| MetricObservations { data, unpaired, censored, missing }))
    }

    /// The pairs of one column, with the baseline's row; what cannot be compared is told.
    fn pairs(
        &self,
        at: usize,
        missing: Missing,
        requests: &[Request],
        told: &mut Told,
    ) -> impl Iterator<Item = (u32, Pair)> {
        requests.iter().filter_map(move |request| {
            let seen = self.seen(at, missing, *request);
            told.tell(&seen);
            match seen {
                Seen::Both(pair) | Seen::Censored(pair) => Some((request.baseline, pair)),
                Seen::Unpaired(_) => None,
            }
        })
    }

    fn seen(&self, at: usize, missing: Missing, request: Request) -> Seen {
        let value = |side: &Side, row| side.values.get(at).and_then(|column| column.get(row));
        let baseline = value(&self.baseline, request.baseline);
        let absent = u64::from(baseline.is_none());
        let Some(row) = request.candidate else {
            return match (baseline, missing) {
                (Some(baseline), Missing::Value(candidate)) => {
                    Seen::Both(Pair { baseline, candidate })
                }
                (Some(baseline), Missing::Censored(candidate)) => {
                    Seen::Censored(Pair { baseline, candidate })
                }
                _ => Seen::Unpaired(absent),
            };
        };
        match (baseline, value(&self.candidate, row)) {
            (Some(baseline), Some(candidate)) => Seen::Both(Pair { baseline, candidate }),
            (_, candidate) => Seen::Unpaired(absent + u64::from(candidate.is_none())),
        }
    }

    /// Means of pairs, or sums of clusters of pairs.
    fn means(
        &self,
        cluster: Option<usize>,
        pairs: impl Iterator<Item = (u32, Pair)>,
    ) -> Result<MetricData, phasegate_stats::Error> {
        match cluster {
            Some(cluster) => Ok(self.clusters(cluster, pairs)),
            None => paired_means(pairs.map(|(_, pair)| pair)),
        }
    }

    fn clusters(&self, cluster: usize, pairs: impl Iterator<Item = (u32, Pair)>) -> MetricData {
        let Some(names) = self.baseline.clusters.get(cluster) else {
            return MetricData::Clusters(Vec::new());
        };
        let mut totals: BTreeMap<u32, (u64, f64, f64)> = BTreeMap::new();
        for (row, pair) in pairs {
            let total = totals.entry(names.of(row)).or_default();
            *total = (total.0 + 1, total.1 + pair.baseline, total.2 + pair.candidate);
        }
        let named = names.names().filter_map(|(name, number)| {
            let (n, baseline, candidate) = totals.get(&number)?;
            Some(ClusterTotal {
                name: name.to_owned(),
                n: *n,
                baseline: *baseline,
                candidate: *candidate,
            })
        });
        MetricData::Clusters(named.collect())
    }

    /// Each version's ratio of sums, and the deviation of each request's part in it by Taylor's
    /// linearization: R + (y - R x) divided by the mean of x, within pairs.
    fn ratio(
        &self,
        spec: &Spec,
        [numerator, denominator]: [usize; 2],
        requests: &[Request],
        told: &mut Told,
    ) -> Result<Option<MetricData>, phasegate_stats::Error> {
        let seen = |request: &Request| {
            let above = self.seen(numerator, Missing::Unpaired, *request);
            let below = self.seen(denominator, Missing::Unpaired, *request);
            match (above, below) {
                (Seen::Both(above), Seen::Both(below)) => Ok((request.baseline, above, below)),
                (Seen::Unpaired(one), Seen::Unpaired(other)) => Err(one.max(other)),
                (Seen::Unpaired(missing), _) | (_, Seen::Unpaired(missing)) => Err(missing),
                (Seen::Censored(_), _) | (_, Seen::Censored(_)) => Err(0),
            }
        };
        let (mut n, mut above, mut below) = (0_u64, [0.0; 2], [0.0; 2]);
        for request in requests {
            match seen(request) {
                Ok((_, y, x)) => {
                    n += 1;
                    above = [above[0] + y.baseline, above[1] + y.candidate];
                    below = [below[0] + x.baseline, below[1] + x.candidate];
                }
                Err(missing) => told.tell(&Seen::Unpaired(missing)),
            }
        }
        if !below.iter().all(|sum| *sum > 0.0) {
            return Ok(None);
        }
        let part = |arm: usize, y: f64, x: f64| {
            let ratio = above[arm] / below[arm];
            ratio + (y - ratio * x) / (below[arm] / n as f64)
        };
        let pairs = requests.iter().filter_map(|request| seen(request).ok()).map(|(row, y, x)| {
            let baseline = part(0, y.baseline, x.baseline);
            (row, Pair { baseline, candidate: part(1, y.candidate, x.candidate) })
        });
        self.means(spec.cluster, pairs).map(Some)
    }
}

/// What the candidate's value is where its answer is missing.
#[derive(Debug, Clone, Copy)]
enum Missing {
    Value(f64),
    Censored(f64),
    Unpaired,
}

/// What could not be compared.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    unpaired: u64,
    censored: u64,
    missing: u64,
}

impl Told {
    fn tell(&mut self, seen: &Seen) {
        match seen {
            Seen::Both(_) => {}
            Seen::Censored(_) => self.censored += 1,
            Seen::Unpaired(missing) => {
                self.unpaired += 1;
                self.missing += missing;
            }
        }
    }
}

fn counts(pairs: impl Iterator<Item = Pair>) -> SeenTwice {
    let mut counts = SeenTwice::default();
    for pair in pairs {
        let count = match (pair.baseline > 0.0, pair.candidate > 0.0) {
            (true, true) => &mut counts.both,
            (true, false) => &mut counts.baseline_only,
            (false, true) => &mut counts.candidate_only,
            (false, false) => &mut counts.neither,
        };
        *count += 1;
    }
    counts
}

/// In chunks that merge in order, as everywhere.
fn paired_means(pairs: impl Iterator<Item = Pair>) -> Result<MetricData, phasegate_stats::Error> {
    let mut sums = PairMoments::default();
    let mut chunk = Vec::new();
    for pair in pairs {
        chunk.push(pair);
        if chunk.len() == CHUNK {
            sums.update_slice(&chunk)?;
            chunk.clear();
        }
    }
    sums.update_slice(&chunk)?;
    let mean = |moments: &phasegate_stats::summary::Moments| MeanOf {
        n: moments.count(),
        mean: moments.mean().unwrap_or_default(),
        sd: moments.variance().map_or(0.0, f64::sqrt),
    };
    Ok(MetricData::PairedMeans {
        baseline: mean(sums.baseline()),
        candidate: mean(sums.candidate()),
        covariance: sums.covariance().unwrap_or_default(),
    })
}
