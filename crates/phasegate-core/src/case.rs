//! The case: what is judged, where the rollout is in its plan, and which data speak of a metric
//! there.

use crate::comparison::{Claim, Comparison, Refusal};
use crate::metric::{self, Asked};
use crate::observations::{Observations, PhaseObservations};
use crate::plan::{Concludes, Hypothesis, Measure, Metric, Phase, Plan, Stage};
use crate::{Digest, Timestamp, check};

/// More than this share of mirrored requests without a pair of values is too much for a mean.
const MOST_UNPAIRED: f64 = 0.01;

/// What is judged.
pub(crate) struct Case<'a> {
    pub plan: &'a Plan,
    pub seen: &'a Observations,
    /// The digest of the observations, to which looks belong.
    pub digest: Digest,
    /// The phase that the candidate is in, by its place in the plan.
    pub current: usize,
    /// The moment of the decision: the given one, else the end of the observations.
    pub now: Option<Timestamp>,
}

/// A phase that was reached, with what was seen in it.
#[derive(Clone, Copy)]
pub(crate) struct Reached<'a> {
    pub phase: &'a Phase,
    pub seen: &'a PhaseObservations,
}

impl Reached<'_> {
    /// The candidate's share of the traffic as it was.
    pub(crate) fn weight(&self) -> f64 {
        self.seen.weight.unwrap_or(self.phase.weight)
    }

    /// How many candidate requests count: in shadow those that take part in comparisons.
    pub(crate) fn units(&self) -> u64 {
        match (&self.seen.pairs, self.phase.stage) {
            (Some(pairs), Stage::Shadow) => pairs.compared(),
            _ => self.seen.candidate_requests,
        }
    }

    /// Whether requests of the baseline at the same time are there to compare with.
    fn has_baseline(&self) -> bool {
        self.phase.stage == Stage::Shadow || self.weight() < 1.0
    }
}

impl<'a> Case<'a> {
    /// The phase that the candidate is in.
    pub(crate) fn phase(&self) -> &'a Phase {
        // Proved where the case is made: `current` is a place in the plan's phases.
        &self.plan.phases[self.current]
    }

    /// What was seen in the phase that the candidate is in.
    pub(crate) fn here(&self) -> Option<Reached<'a>> {
        let phase = self.phase();
        self.seen.phases.get(&phase.id).map(|seen| Reached { phase, seen })
    }

    /// The phases of a stage that were reached, in the order of the plan.
    pub(crate) fn reached(&self, stage: Stage) -> impl Iterator<Item = Reached<'a>> {
        let reached = self.plan.phases.iter().take(self.current + 1);
        reached
            .filter(move |phase| phase.stage == stage)
            .filter_map(|phase| self.seen.phases.get(&phase.id).map(|seen| Reached { phase, seen }))
    }

    /// How many candidate requests a stage has had.
    pub(crate) fn units(&self, stage: Stage) -> u64 {
        self.reached(stage).fold(0, |sum, reached| sum.saturating_add(reached.units()))
    }

    /// The ids of the phases for which this holds.
    pub(crate) fn phases_where(&self, which: impl Fn(&Phase) -> bool) -> Vec<String> {
        let phases = self.plan.phases.iter().filter(|phase| which(phase));
        phases.map(|phase| phase.id.clone()).collect()
    }

    /// The phases that require a metric to be proved. Better is proved at the shadow gate, where
    /// the plan has one; that nothing suffers, wherever all is concluded.
    pub(crate) fn phases_of(&self, metric: &Metric) -> Vec<String> {
        if let Some(phases) = &metric.required_in {
            return self.phases_where(|phase| phases.contains(&phase.id));
        }
        let has_shadow = self.plan.phases.iter().any(|phase| phase.stage == Stage::Shadow);
        let at_shadow = has_shadow && metric.hypothesis == Hypothesis::Superiority;
        self.phases_where(|phase| {
            phase.concludes == Concludes::All && (!at_shadow || phase.stage == Stage::Shadow)
        })
    }

    /// The comparisons from which a metric is judged in the present stage, one per phase.
    ///
    /// Phases in which only harm is concluded and phases without a baseline at the same time are
    /// left out, and so is a phase with too little for the method while another has enough.
    pub(crate) fn strata(&self, metric: &Metric, claim: Claim) -> Result<Vec<Comparison>, Refusal> {
        let all = |reached: &Reached<'_>| reached.phase.concludes == Concludes::All;
        for reached in self.reached(self.phase().stage).filter(|one| all(one)) {
            believable(metric, &reached)?;
        }
        let strata = self.comparisons(metric, claim, metric.method.as_deref(), all)?;
        let compared = strata.iter().fold(0_u64, |sum, one| sum.saturating_add(one.size.smaller()));
        if let Some(least) = metric.min_n
            && compared < least
        {
            return Err(Refusal::data(
                "too_few",
                format!("{compared} observations of the {least} that the plan asks for"),
            ));
        }
        let mut outside = None;
        let mut within = Vec::new();
        for stratum in strata {
            match &stratum.outside {
                Some(reason) => outside = Some(reason.clone()),
                None => within.push(stratum),
            }
        }
        match outside {
            Some(reason) if within.is_empty() => Err(Refusal::data("too_few", reason)),
            _ => Ok(within),
        }
    }

    /// The comparisons of the present stage whatever may be concluded from them: what the policy's
    /// facts are computed from. Where they are not to be believed the finding says so; a fact that
    /// was missing for that reason would hide what else is proved bad.
    pub(crate) fn observed(
        &self,
        metric: &Metric,
        claim: Claim,
    ) -> Result<Vec<Comparison>, Refusal> {
        self.strata(&Metric { min_n: None, method: None, ..metric.clone() }, claim)
            .or_else(|_| {
                self.comparisons(metric, claim, None, |one| one.phase.concludes == Concludes::All)
            })
            .or_else(|_| self.comparisons(metric, claim, None, |_| true))
    }

    fn comparisons(
        &self,
        metric: &Metric,
        claim: Claim,
        method: Option<&str>,
        counts: impl Fn(&Reached<'_>) -> bool,
    ) -> Result<Vec<Comparison>, Refusal> {
        let mut strata = Vec::new();
        for reached in self.reached(self.phase().stage) {
            let Some(seen) = reached.seen.metrics.get(&metric.id) else { continue };
            if !counts(&reached) || !reached.has_baseline() {
                continue;
            }
            let share = (reached.phase.stage == Stage::Gray).then(|| reached.weight());
            let asked =
                Asked { measure: &metric.measure, claim, method, seed: self.digest.seed(), share };
            strata.push(metric::comparison(&asked, seen)?);
        }
        if strata.is_empty() {
            return Err(Refusal::data("no_data", "there are no observations to compare"));
        }
        Ok(strata)
    }
}

/// Whether the comparison of a metric in a phase may be believed. Requests whose cost is not known
/// are rarely the cheap ones.
fn believable(metric: &Metric, reached: &Reached<'_>) -> Result<(), Refusal> {
    if let Some(message) = check::ratio_of(reached).err() {
        return Err(Refusal::data("sample_ratio_mismatch", message));
    }
    let is_mean = matches!(metric.measure, Measure::Mean { .. } | Measure::Ratio { .. });
    let (Some(pairs), Some(seen), true) =
        (reached.seen.pairs, reached.seen.metrics.get(&metric.id), is_mean)
    else {
        return Ok(());
    };
    let (compared, unpaired) = (pairs.compared(), seen.unpaired);
    if unpaired as f64 <= MOST_UNPAIRED * compared as f64 {
        return Ok(());
    }
    let message =
        format!("{unpaired} of {compared} mirrored requests have no pair of values, more than 1 %");
    Err(Refusal::data("unpaired", message))
}
