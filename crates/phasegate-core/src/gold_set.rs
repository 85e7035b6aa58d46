//! The gold set: pass rates against their thresholds, the paired comparison with the baseline, and
//! which cases changed.
//!
//! A run is one look: the first complete run of each version counts, whatever later ones show.

use std::collections::{BTreeMap, BTreeSet};

use phasegate_stats::design::power::RateDesign;
use phasegate_stats::one_sample::clopper_pearson;
use phasegate_stats::summary::Tally;
use phasegate_stats::{Alpha, Question};

use crate::canonical::{self, CanonicalError};
use crate::case::Case;
use crate::check::{found, measured};
use crate::comparison::{Claim, Comparison, Refusal, planned};
use crate::evidence::GoldChanges;
use crate::finding::{Finding, Scale, Statistics, Status};
use crate::gold::{GoldCase, GoldRun};
use crate::looks;
use crate::metric::{self, Asked, gold_passes, gold_scores, passes};
use crate::observations::{GoldRuns, MetricObservations};
use crate::plan::{Measure, Metric, PassRate};
use crate::state::{GoldEffect, GoldRecord};
use crate::trigger::SecurityChecks;
use crate::{Digest, strata};

/// How many changed cases are named of each kind and category.
const NAMED: usize = 20;

/// Under which name cases without a category are listed.
const UNCATEGORIZED: &str = "uncategorized";

/// All cases together, among the pass rates.
pub(crate) const OVERALL: &str = "overall";

/// The category that the runbook's security facts and trigger are about.
pub(crate) const SECURITY: &str = "security";

/// Judges the gold set, or gives what the first complete runs have shown.
pub(crate) fn judge(case: &Case<'_>, former: Option<&GoldRecord>) -> Result<GoldRecord, Failure> {
    let none = GoldRuns::default();
    let (candidates, baselines) = match &case.seen.gold {
        Some(gold) => (&gold.candidate, &gold.baseline),
        None => (&none, &none),
    };
    let [candidate, baseline] = [first(candidates)?, first(baselines)?];
    if let Some(former) = former
        && former.candidate.is_some()
    {
        let others = |now: Option<Digest>, counted: Option<Digest>| {
            now.filter(|now| counted.is_some_and(|counted| counted != *now))
        };
        let digest = |run: &Option<(&GoldRun, Digest)>| run.as_ref().map(|(_, digest)| *digest);
        let later = [
            others(digest(&candidate), former.candidate),
            others(digest(&baseline), former.baseline),
        ];
        let comes_now = former.baseline.is_none() && baseline.is_some();
        let is_same = digest(&candidate) == former.candidate;
        // The baseline's first run may come after the candidate's; the comparison is then made.
        if !(comes_now && is_same) {
            let mut record = former.clone();
            for rerun in later.into_iter().flatten() {
                if !record.reruns.contains(&rerun) {
                    record.reruns.push(rerun);
                }
            }
            return Ok(record);
        }
    }
    let mut record = GoldRecord {
        candidate: candidate.map(|(_, digest)| digest),
        baseline: baseline.map(|(_, digest)| digest),
        ..GoldRecord::default()
    };
    let arms = Arms {
        candidate: candidate.map(|(run, _)| run).ok_or_else(|| absent("candidate", candidates)),
        baseline: baseline.map(|(run, _)| run).ok_or_else(|| absent("baseline", baselines)),
    };
    for metric in case.plan.metrics.iter().filter(|metric| metric.measure.is_gold()) {
        record.findings.push(of_metric(case, metric, &arms, &mut record.effects)?);
    }
    if let Some(gold) = &case.plan.gold_set {
        let rates = gold.categories.iter().map(|(name, rate)| (name.as_str(), Some(name), rate));
        for (name, category, rate) in rates.chain([(OVERALL, None, &gold.overall)]) {
            let category = category.map(String::as_str);
            record.findings.push(threshold(name, category, *rate, gold.repeats, &arms));
        }
    }
    if let Ok(run) = &arms.candidate {
        record.pass_rates = pass_rates(run);
        record.security = counted(run, Some(SECURITY));
        if let Ok(baseline) = &arms.baseline {
            record.changes = changes(baseline, run);
        }
    }
    Ok(record)
}

/// Why the gold set could not be judged at all.
#[derive(Debug)]
pub(crate) enum Failure {
    Canonical(CanonicalError),
    /// The plan asks for a method that does not fit.
    Method {
        metric: String,
        asked: String,
        fits: Vec<&'static str>,
    },
}

impl From<CanonicalError> for Failure {
    fn from(error: CanonicalError) -> Self {
        Self::Canonical(error)
    }
}

struct Arms<'a> {
    candidate: Result<&'a GoldRun, Refusal>,
    baseline: Result<&'a GoldRun, Refusal>,
}

fn first(runs: &GoldRuns) -> Result<Option<(&GoldRun, Digest)>, CanonicalError> {
    runs.first_complete().map(|run| Ok((run, canonical::digest(run)?))).transpose()
}

fn absent(arm: &str, runs: &GoldRuns) -> Refusal {
    let error = runs.0.iter().find_map(|run| run.error.as_deref());
    match error {
        Some(error) => {
            Refusal::data("gold_run_error", format!("no run of the {arm} came to its end: {error}"))
        }
        None => Refusal::data("gold_missing", format!("the {arm} was not run over the gold set")),
    }
}

fn of_metric(
    case: &Case<'_>,
    metric: &Metric,
    arms: &Arms<'_>,
    effects: &mut BTreeMap<String, GoldEffect>,
) -> Result<Finding, Failure> {
    let repeats = case.plan.gold_set.as_ref().map_or(1, |gold| gold.repeats);
    let comparison = |claim: Claim, method: Option<&str>| -> Result<Comparison, Refusal> {
        let seen = observations(metric, arms, repeats)?;
        let seed = case.digest.seed();
        let asked = Asked { measure: &metric.measure, claim, method, seed, share: None };
        let comparison = metric::comparison(&asked, &seen)?;
        Ok(comparison)
    };
    let outcome = comparison(Claim::of(metric), metric.method.as_deref()).and_then(|one| {
        if let Some(least) = metric.min_n
            && one.size.smaller() < least
        {
            let compared = one.size.smaller();
            let message = format!("{compared} cases of the {least} that the plan asks for");
            return Err(Refusal::data("too_few", message));
        }
        if let Some(reason) = &one.outside {
            return Err(Refusal::data("too_few", reason.clone()));
        }
        looks::judged(metric, &[one], Alpha::new(looks::alpha(metric))?)
    });
    // The facts of the policy are about "no difference", whatever the claim is.
    if let Ok(one) = comparison(Claim { margin: None, ..Claim::of(metric) }, None) {
        let one = [one];
        if let (Some(effect), Some(p)) = (strata::effect(&one), strata::p_of_no_difference(&one)) {
            effects.insert(metric.id.clone(), GoldEffect { effect, p });
        }
    }
    match outcome {
        Ok(finding) => Ok(finding),
        Err(Refusal::Data { code, message }) => {
            Ok(found(metric.id.as_str(), Status::Invalid, &code, message))
        }
        Err(Refusal::Method { asked, fits }) => {
            Err(Failure::Method { metric: metric.id.clone(), asked, fits })
        }
    }
}

/// The pairs of cases of a metric, as observations.
fn observations(
    metric: &Metric,
    arms: &Arms<'_>,
    repeats: u32,
) -> Result<MetricObservations, Refusal> {
    let candidate = arms.candidate.clone()?;
    let baseline = arms.baseline.clone()?;
    same_cases(baseline, candidate)?;
    let (Measure::GoldPass { category } | Measure::GoldScore { category }) = &metric.measure else {
        return Err(Refusal::data("wrong_data", "the metric is not measured on the gold set"));
    };
    let belongs = |one: &&GoldCase| category.is_none() || one.category == *category;
    let by_id: BTreeMap<&str, &GoldCase> =
        baseline.cases.iter().map(|one| (one.id.as_str(), one)).collect();
    let pairs: Vec<(&GoldCase, &GoldCase)> = candidate
        .cases
        .iter()
        .filter(belongs)
        .filter_map(|one| by_id.get(one.id.as_str()).map(|other| (*other, one)))
        .collect();
    for (one, other) in &pairs {
        complete(one, repeats)?;
        complete(other, repeats)?;
    }
    let in_clusters = metric.cluster_by.is_some();
    let data = match &metric.measure {
        Measure::GoldPass { .. } => gold_passes(&pairs, in_clusters)?,
        _ => gold_scores(&pairs, in_clusters)?,
    };
    Ok(MetricObservations { data, unpaired: 0, censored: 0, missing: 0 })
}

/// Repeats are declared beforehand: fewer are not the whole run, more were added to it.
fn complete(one: &GoldCase, repeats: u32) -> Result<(), Refusal> {
    let answers = one.answers.len();
    if u32::try_from(answers) == Ok(repeats) {
        return Ok(());
    }
    Err(Refusal::data(
        "gold_repeats_differ",
        format!("case `{}` has {answers} answers; the plan asks for {repeats}", one.id),
    ))
}

fn same_cases(baseline: &GoldRun, candidate: &GoldRun) -> Result<(), Refusal> {
    let names = |run: &GoldRun| -> BTreeSet<String> {
        run.cases.iter().map(|one| one.id.clone()).collect()
    };
    let (of_baseline, of_candidate) = (names(baseline), names(candidate));
    if of_baseline == of_candidate {
        return Ok(());
    }
    let listed = |names: Vec<&String>| {
        let shown: Vec<String> = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
        match names.len().saturating_sub(NAMED) {
            0 => shown.join(", "),
            more => format!("{} and {more} more", shown.join(", ")),
        }
    };
    let mut parts = Vec::new();
    for (arm, mine, other) in
        [("baseline", &of_baseline, &of_candidate), ("candidate", &of_candidate, &of_baseline)]
    {
        let only: Vec<&String> = mine.difference(other).collect();
        if !only.is_empty() {
            parts.push(format!("the {arm} alone has {}", listed(only)));
        }
    }
    Err(Refusal::data("gold_sets_differ", parts.join("; ")))
}

/// A pass rate is proved where its lower confidence bound is at least the threshold.
fn threshold(
    name: &str,
    category: Option<&str>,
    rate: PassRate,
    repeats: u32,
    arms: &Arms<'_>,
) -> Finding {
    let id = format!("gold_set.{name}");
    let tally = arms.candidate.clone().and_then(|run| count(run, category, repeats));
    match tally.and_then(|tally| of_tally(&id, tally, rate)) {
        Ok(finding) => finding,
        Err(Refusal::Data { code, message }) => found(id, Status::Invalid, &code, message),
        // No method is asked for here.
        Err(Refusal::Method { asked, .. }) => found(id, Status::Invalid, "method", asked),
    }
}

fn count(run: &GoldRun, category: Option<&str>, repeats: u32) -> Result<Tally, Refusal> {
    let (mut passed, mut all) = (0, 0);
    for one in &run.cases {
        if category.is_some() && one.category.as_deref() != category {
            continue;
        }
        complete(one, repeats)?;
        let passes = passes(one).ok_or_else(|| {
            Refusal::data("gold_not_graded", format!("case `{}` has no `passed`", one.id))
        })?;
        passed += u64::from(passes);
        all += 1;
    }
    Ok(Tally::new(passed, all)?)
}

fn of_tally(id: &str, tally: Tally, rate: PassRate) -> Result<Finding, Refusal> {
    let alpha = Alpha::new(1.0 - rate.confidence)?;
    let above = Question::greater_than(rate.threshold).at(alpha);
    let below = Question::less_than(rate.threshold).at(alpha);
    let (from, to) = (clopper_pearson(&tally, &above)?, clopper_pearson(&tally, &below)?);
    let (Some(lower), Some(upper)) = (from.interval, to.interval) else {
        return Err(Refusal::data("no_interval", "the pass rate has no bound"));
    };
    let (lower, upper) = (lower.lower, upper.upper);
    let (status, reason) = if lower >= rate.threshold {
        (Status::Pass, "threshold_proved")
    } else if upper < rate.threshold {
        (Status::Fail, "below_threshold")
    } else {
        (Status::Inconclusive, "threshold_not_proved")
    };
    let (passed, all) = (tally.successes(), tally.trials());
    let mut message = format!(
        "{passed} of {all} cases pass, proved at least {:.2} %, to be {:.2} %",
        100.0 * lower,
        100.0 * rate.threshold
    );
    let seen = tally.rate().unwrap_or_default();
    let plan = if status == Status::Inconclusive {
        planned(RateDesign::observed(&tally, above), all, Some(seen))
    } else {
        crate::comparison::Planned::default()
    };
    if let Some(more) = plan.further.filter(|more| *more > 0) {
        message = format!("{message}; about {more} more cases are needed");
    }
    let finding =
        measured(found(id, status, reason, message), seen, rate.threshold, lower - rate.threshold);
    let statistics = Statistics {
        method: from.method.to_owned(),
        scale: Scale::Absolute,
        effect: Some(seen),
        lower: Some(lower),
        upper: Some(upper),
        confidence: Some(rate.confidence),
        p: from.p,
        ln_p: from.ln_p.filter(|ln_p| ln_p.is_finite()),
        pairs: None,
        baseline_n: None,
        candidate_n: Some(all),
        detectable: plan.detectable,
        further_n: plan.further,
        look: None,
    };
    Ok(Finding { statistics: Some(statistics), ..finding })
}

/// The pass rate of each category and of all cases; absent where a case is not graded.
fn pass_rates(run: &GoldRun) -> BTreeMap<String, f64> {
    let categories: BTreeSet<&str> =
        run.cases.iter().filter_map(|one| one.category.as_deref()).collect();
    let names = categories.into_iter().map(Some).chain([None]);
    let mut rates = BTreeMap::new();
    for category in names {
        if let Some(counted) = counted(run, category) {
            let rate = counted.passed as f64 / counted.total as f64;
            rates.insert(category.unwrap_or(OVERALL).to_owned(), rate);
        }
    }
    rates
}

/// How many cases of a category, or of all, pass; none where there is no case, or one that is not
/// graded.
fn counted(run: &GoldRun, category: Option<&str>) -> Option<SecurityChecks> {
    let belongs = |one: &&GoldCase| category.is_none() || one.category.as_deref() == category;
    let verdicts: Vec<bool> =
        run.cases.iter().filter(belongs).map(passes).collect::<Option<_>>()?;
    let passed = verdicts.iter().filter(|passes| **passes).count() as u64;
    (!verdicts.is_empty()).then_some(SecurityChecks { passed, total: verdicts.len() as u64 })
}

/// The cases that one version passes and the other fails, by category.
fn changes(baseline: &GoldRun, candidate: &GoldRun) -> BTreeMap<String, GoldChanges> {
    let before: BTreeMap<&str, Option<bool>> =
        baseline.cases.iter().map(|one| (one.id.as_str(), passes(one))).collect();
    let mut changes: BTreeMap<String, GoldChanges> = BTreeMap::new();
    for one in &candidate.cases {
        let (Some(Some(was)), Some(is)) = (before.get(one.id.as_str()).copied(), passes(one))
        else {
            continue;
        };
        if was == is {
            continue;
        }
        let name = one.category.as_deref().unwrap_or(UNCATEGORIZED).to_owned();
        let of = changes.entry(name).or_default();
        let (count, names) = if is {
            (&mut of.newly_passing, &mut of.passing_cases)
        } else {
            (&mut of.newly_failing, &mut of.failing_cases)
        };
        *count += 1;
        if names.len() < NAMED {
            names.push(one.id.clone());
        }
    }
    changes
}
