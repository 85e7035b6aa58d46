//! Shares: paired where traffic is mirrored, of independent arms where it is not.

use phasegate_stats::design::power::{McnemarDesign, PairedRatesDesign, RatesDesign};
use phasegate_stats::summary::Tally;
use phasegate_stats::{Question, paired, two_sample};

use super::{Asked, clusters, wrong_data};
use crate::comparison::{
    Ask, Comparison, Estimand, Planned, RatioSeen, Refusal, Size, choose, planned, whole,
};
use crate::observations::{MetricData, MetricObservations, SeenTwice};
use crate::summaries;

pub(super) fn comparison(
    asked: &Asked<'_>,
    seen: &MetricObservations,
) -> Result<Comparison, Refusal> {
    match &seen.data {
        MetricData::Counts { baseline, candidate } => {
            arms(asked, summaries::tally(*baseline)?, summaries::tally(*candidate)?)
        }
        MetricData::PairedCounts(pairs) => of_pairs(asked, *pairs),
        MetricData::Clusters(totals) => clusters::comparison(asked, totals),
        data => Err(wrong_data("proportion", data, "`counts`, `paired_counts` or `clusters`")),
    }
}

fn arms(asked: &Asked<'_>, baseline: Tally, candidate: Tally) -> Result<Comparison, Refusal> {
    if asked.claim.ratio().is_some() {
        let size = Size::Arms { baseline: baseline.trials(), candidate: candidate.trials() };
        return ratio(asked, baseline, candidate, size);
    }
    let method = choose(asked.method, &["miettinen_nurminen", "farrington_manning"])?;
    let ask: Ask = if method == "farrington_manning" {
        Box::new(move |question| two_sample::farrington_manning(&baseline, &candidate, question))
    } else {
        Box::new(move |question| two_sample::miettinen_nurminen(&baseline, &candidate, question))
    };
    let units = candidate.trials();
    Ok(Comparison {
        method,
        estimand: Estimand::Difference,
        size: Size::Arms { baseline: baseline.trials(), candidate: units },
        outside: None,
        ask,
        exact: None,
        planning: Box::new(move |question, assumed| {
            planned(RatesDesign::observed(&baseline, &candidate, *question), units, assumed)
        }),
    })
}

/// By what factor two shares differ; of pairs as if the arms were independent.
fn ratio(
    asked: &Asked<'_>,
    baseline: Tally,
    candidate: Tally,
    size: Size,
) -> Result<Comparison, Refusal> {
    let method = choose(asked.method, &["koopman"])?;
    Ok(Comparison {
        method,
        estimand: Estimand::Ratio,
        size,
        outside: None,
        ask: Box::new(move |question| two_sample::koopman(&baseline, &candidate, question)),
        exact: None,
        planning: Box::new(move |question, assumed| {
            further_of_ratio(&baseline, &candidate, question, assumed)
        }),
    })
}

/// Half a success and half a failure are added, for none seen is not none possible.
fn further_of_ratio(
    baseline: &Tally,
    candidate: &Tally,
    question: &Question,
    assumed: Option<f64>,
) -> Planned {
    let [of_baseline, of_candidate] = [baseline.trials() as f64, candidate.trials() as f64];
    let rate = (baseline.successes() as f64 + 0.5) / (of_baseline + 1.0);
    let null = question.null;
    let variance = |ratio: f64| {
        let expected = (ratio * rate).min(1.0);
        let of_null = null * null * rate * (1.0 - rate) * of_candidate / of_baseline;
        (expected * (1.0 - expected) + of_null) / (rate * rate)
    };
    let seen = RatioSeen { size: of_candidate, variance };
    let (detectable, needed) = seen.plan(question, assumed);
    let further = needed.and_then(|needed| whole((needed - of_candidate).max(0.0)));
    Planned { detectable, further }
}

/// Of pairs; the gold set's passes too.
pub(super) fn of_pairs(asked: &Asked<'_>, seen: SeenTwice) -> Result<Comparison, Refusal> {
    let pairs = summaries::pair_tally(seen)?;
    let units = pairs.pairs();
    if asked.claim.ratio().is_some() {
        return ratio(asked, pairs.baseline(), pairs.candidate(), Size::Pairs(units));
    }
    let fits: &[&'static str] = match asked.claim.margin {
        None => &["mcnemar_exact", "mcnemar_mid_p", "tango", "newcombe_paired"],
        Some(_) => &["tango", "newcombe_paired"],
    };
    let method = choose(asked.method, fits)?;
    let exact: Option<(&'static str, Ask)> = match method {
        "mcnemar_exact" => {
            Some((method, Box::new(move |question| paired::mcnemar_exact(&pairs, question))))
        }
        "mcnemar_mid_p" => {
            Some((method, Box::new(move |question| paired::mcnemar_mid_p(&pairs, question))))
        }
        _ => None,
    };
    let is_exact = exact.is_some();
    let ask: Ask = if method == "newcombe_paired" {
        Box::new(move |question| paired::newcombe_paired(&pairs, question))
    } else {
        Box::new(move |question| paired::tango(&pairs, question))
    };
    Ok(Comparison {
        method,
        estimand: Estimand::Difference,
        size: Size::Pairs(units),
        outside: None,
        ask,
        exact,
        planning: Box::new(move |question, assumed| {
            if is_exact {
                planned(McnemarDesign::observed(&pairs, *question), units, assumed)
            } else {
                planned(PairedRatesDesign::observed(&pairs, *question), units, assumed)
            }
        }),
    })
}
