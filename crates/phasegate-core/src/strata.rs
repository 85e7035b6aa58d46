//! Strata: the comparisons of several phases, combined without pooling their rows.
//!
//! Traffic shares, days and baselines differ between phases, so that pooled rows can reverse the
//! effect that every phase shows. The effect is the mean of the phases' effects, weighted with the
//! candidate's observations: the effect on the candidate's traffic as it was. Its bounds come from
//! each phase's own bounds, at the same error probability, by the method of variance estimates
//! recovery: the squared distances of a bound from its estimate add up like variances. Methods for
//! shares, ratios and quantiles keep their asymmetric intervals that way, and of a single phase the
//! answer is the method's own.
//!
//! Source: Zou and Donner, "Construction of confidence intervals about effect measures: a general
//! approach" (2008).

use phasegate_stats::dist::{Continuous as _, Normal};
use phasegate_stats::{Alpha, Degenerate, Question};

use crate::comparison::{Claim, Comparison, Estimand, POWER, Planned, Refusal, Size, whole};
use crate::finding::{Scale, Statistics, Status};
use crate::plan::Better;

/// A claim judged.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judged {
    pub status: Status,
    pub reason: &'static str,
    /// The bound that the claim is about, as an effect; infinite where there is none.
    pub bound: f64,
    pub statistics: Statistics,
}

/// Both bounds about an estimate, in the units of the estimand, with the p-value of the claim.
struct Bounds {
    method: String,
    estimate: f64,
    lower: f64,
    upper: f64,
    p: Option<f64>,
    ln_p: Option<f64>,
    no_information: bool,
}

/// Judges a claim from the comparisons of one or more phases; each bound has the error probability
/// `alpha`.
pub(crate) fn judge(claim: Claim, strata: &[Comparison], alpha: Alpha) -> Result<Judged, Refusal> {
    let estimand = combined_estimand(strata)?;
    let size = combined_size(strata)?;
    let null = estimand.value(claim.limit());
    let mut found = match strata {
        [only] => alone(claim, only, null, alpha)?,
        many => together(claim, many, null, alpha)?,
    };
    let [good, bad] = match claim.better {
        Better::Higher => [found.lower > null, found.upper < null],
        Better::Lower => [found.upper < null, found.lower > null],
    };
    let (mut proved, mut disproved) = (good, bad);
    if let ([Comparison { exact: Some((method, exact)), .. }], None) = (strata, claim.margin) {
        let above = exact(&Question::greater_than(0.0).at(alpha))?;
        let below = exact(&Question::less_than(0.0).at(alpha))?;
        let (toward, away) = match claim.better {
            Better::Higher => (above, below),
            Better::Lower => (below, above),
        };
        proved = toward.p.is_some_and(|p| p < alpha.get());
        disproved = away.p.is_some_and(|p| p < alpha.get());
        found.no_information = toward.degenerate == Some(Degenerate::NoDiscordantPairs);
        (found.p, found.ln_p) = (toward.p, toward.ln_p);
        (*method).clone_into(&mut found.method);
    }
    let superiority = claim.margin.is_none();
    let (status, reason) = match (proved, disproved) {
        (true, _) => (Status::Pass, if superiority { "better" } else { "within_margin" }),
        (_, true) => (Status::Fail, if superiority { "worse" } else { "beyond_margin" }),
        _ if found.no_information && superiority => (Status::Inconclusive, "no_difference_seen"),
        _ => (Status::Inconclusive, "not_proved"),
    };
    let planned = if status == Status::Inconclusive {
        plan(claim, strata, &found, null, alpha)
    } else {
        Planned::default()
    };
    let bound = match claim.better {
        Better::Higher => estimand.effect(found.lower),
        Better::Lower => estimand.effect(found.upper),
    };
    let shown = |value: f64| Some(estimand.effect(value)).filter(|effect| effect.is_finite());
    let (pairs, baseline_n, candidate_n) = match size {
        Size::Pairs(pairs) => (Some(pairs), None, None),
        Size::Arms { baseline, candidate } => (None, Some(baseline), Some(candidate)),
    };
    let statistics = Statistics {
        method: found.method,
        scale: if claim.ratio().is_some() { Scale::Relative } else { estimand.scale() },
        effect: shown(found.estimate),
        lower: shown(found.lower),
        upper: shown(found.upper),
        confidence: Some(alpha.confidence()),
        p: found.p,
        ln_p: found.ln_p.filter(|ln_p| ln_p.is_finite()),
        pairs,
        baseline_n,
        candidate_n,
        detectable: planned.detectable.and_then(shown),
        further_n: planned.further,
        look: None,
    };
    Ok(Judged { status, reason, bound, statistics })
}

/// The two-sided p-value of "no difference", from comparisons whose claim has no margin.
pub(crate) fn p_of_no_difference(strata: &[Comparison]) -> Option<f64> {
    let estimand = combined_estimand(strata).ok()?;
    let null = estimand.value(0.0);
    match strata {
        [Comparison { exact: Some((_, exact)), .. }] => exact(&Question::differs_from(0.0)).ok()?.p,
        [only] => {
            // Each side from its own question: they differ where values are censored.
            let greater = (only.ask)(&Question::greater_than(null)).ok()?.p?;
            let less = (only.ask)(&Question::less_than(null)).ok()?.p?;
            let two_sided = (only.ask)(&Question::differs_from(null)).ok()?.p?;
            Some(two_sided.max(2.0 * greater.min(less)).min(1.0))
        }
        many => {
            let claim = Claim { better: Better::Higher, margin: None };
            let alpha = Alpha::new(0.025).ok()?;
            let up = together(claim, many, null, alpha).ok()?.p?;
            let claim = Claim { better: Better::Lower, margin: None };
            let down = together(claim, many, null, alpha).ok()?.p?;
            Some((2.0 * up.min(down)).min(1.0))
        }
    }
}

/// The estimated effect, without a judgement.
pub(crate) fn effect(strata: &[Comparison]) -> Option<f64> {
    let estimand = combined_estimand(strata).ok()?;
    let question = Question::greater_than(estimand.value(0.0));
    let total = total_weight(strata);
    let mut sum = 0.0;
    for stratum in strata {
        sum += weight(stratum) / total * (stratum.ask)(&question).ok()?.estimate?;
    }
    Some(estimand.effect(sum)).filter(|effect| effect.is_finite())
}

fn weight(stratum: &Comparison) -> f64 {
    stratum.size.candidate() as f64
}

fn total_weight(strata: &[Comparison]) -> f64 {
    strata.iter().map(weight).sum()
}

/// What the combination estimates: of contrasts with the mean of the baselines' means.
fn combined_estimand(strata: &[Comparison]) -> Result<Estimand, Refusal> {
    let first = strata
        .first()
        .ok_or_else(|| Refusal::data("too_few", "there are no observations to compare"))?;
    let Estimand::Contrast { ratio, .. } = first.estimand else { return Ok(first.estimand) };
    let total = total_weight(strata);
    let mean = strata.iter().map(|stratum| match stratum.estimand {
        Estimand::Contrast { baseline, .. } => weight(stratum) / total * baseline,
        Estimand::Difference | Estimand::Ratio => 0.0,
    });
    Ok(Estimand::Contrast { ratio, baseline: mean.sum() })
}

fn combined_size(strata: &[Comparison]) -> Result<Size, Refusal> {
    strata
        .iter()
        .map(|stratum| stratum.size)
        .reduce(Size::plus)
        .ok_or_else(|| Refusal::data("too_few", "there are no observations to compare"))
}

fn alone(claim: Claim, only: &Comparison, null: f64, alpha: Alpha) -> Result<Bounds, Refusal> {
    let above = (only.ask)(&Question::greater_than(null).at(alpha))?;
    let below = (only.ask)(&Question::less_than(null).at(alpha))?;
    let (Some(from), Some(to)) = (above.interval, below.interval) else {
        return Err(Refusal::data("no_interval", format!("`{}` gives no bound", only.method)));
    };
    let of_claim = match claim.better {
        Better::Higher => &above,
        Better::Lower => &below,
    };
    Ok(Bounds {
        method: only.method.to_owned(),
        estimate: above.estimate.unwrap_or(f64::NAN),
        lower: from.lower,
        upper: to.upper,
        p: of_claim.p,
        ln_p: of_claim.ln_p,
        no_information: of_claim.degenerate.is_some(),
    })
}

fn together(
    claim: Claim,
    strata: &[Comparison],
    null: f64,
    alpha: Alpha,
) -> Result<Bounds, Refusal> {
    let total = total_weight(strata);
    let (mut estimate, mut down, mut up) = (0.0, 0.0, 0.0);
    for stratum in strata {
        let found = alone(claim, stratum, null, alpha)?;
        if found.estimate.is_nan() {
            let message = "a phase has no estimate: its baseline is 0";
            return Err(Refusal::data("no_estimate", message));
        }
        let share = weight(stratum) / total;
        let [below, above] =
            [found.estimate - found.lower, found.upper - found.estimate].map(|gap| share * gap);
        estimate += share * found.estimate;
        down += below * below;
        up += above * above;
    }
    let (lower, upper) = (estimate - down.sqrt(), estimate + up.sqrt());
    // How many standard errors the null value is away, where the bound at `alpha` is as many as
    // the normal distribution says: p is below alpha exactly where the bound excludes it.
    let z = Normal.upper_quantile(alpha.get())?;
    let (gap, error) = match claim.better {
        Better::Higher => (estimate - null, down.sqrt() / z),
        Better::Lower => (null - estimate, up.sqrt() / z),
    };
    let far = gap / error;
    let (p, ln_p) = if error > 0.0 && far.is_finite() {
        (Some(Normal.sf(far)?), Some(Normal.ln_sf(far)?))
    } else {
        (None, None)
    };
    let names: Vec<&str> = strata.iter().map(|stratum| stratum.method).collect();
    Ok(Bounds {
        method: names.first().copied().unwrap_or_default().to_owned(),
        estimate,
        lower,
        upper,
        p,
        ln_p,
        no_information: false,
    })
}

/// What more data would show. Of several phases by their common standard error.
fn plan(claim: Claim, strata: &[Comparison], found: &Bounds, null: f64, alpha: Alpha) -> Planned {
    // Superiority is hoped for as it was seen, a margin is kept by versions that do not differ.
    let hoped = match claim.margin {
        None => Some(found.estimate).filter(|estimate| estimate.is_finite()),
        Some(_) => None,
    };
    if let [only] = strata {
        let assumed = hoped.or(claim.margin.map(|_| only.estimand.value(0.0)));
        let question = match claim.better {
            Better::Higher => Question::greater_than(null),
            Better::Lower => Question::less_than(null),
        };
        return (only.planning)(&question.at(alpha), assumed);
    }
    of_normal(claim, strata, found, null, alpha, hoped).unwrap_or_default()
}

fn of_normal(
    claim: Claim,
    strata: &[Comparison],
    found: &Bounds,
    null: f64,
    alpha: Alpha,
    hoped: Option<f64>,
) -> Option<Planned> {
    let estimand = combined_estimand(strata).ok()?;
    let z = Normal.upper_quantile(alpha.get()).ok()?;
    let of_power = Normal.upper_quantile(1.0 - POWER).ok()?;
    let (gap, sign) = match claim.better {
        Better::Higher => (found.estimate - found.lower, 1.0),
        Better::Lower => (found.upper - found.estimate, -1.0),
    };
    let reach = (z + of_power) * (gap / z);
    if !reach.is_finite() {
        return None;
    }
    let assumed = hoped.unwrap_or_else(|| estimand.value(0.0));
    let distance = sign * (assumed - null);
    let further = if distance > 0.0 {
        let times = reach / distance;
        let units = total_weight(strata) * (times * times - 1.0).max(0.0);
        whole(units)
    } else {
        None
    };
    Some(Planned { detectable: Some(null + sign * reach), further })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{Asked, comparison};
    use crate::observations::{Count, MetricData, MetricObservations};
    use crate::plan::{Margin, Measure};

    fn errors(baseline: (u64, u64), candidate: (u64, u64), claim: Claim) -> Comparison {
        let of = |(k, n): (u64, u64)| Count { k, n };
        let data = MetricData::Counts { baseline: of(baseline), candidate: of(candidate) };
        let measure = Measure::Proportion { column: "error".to_owned() };
        let asked = Asked { measure: &measure, claim, method: None, seed: 1, share: None };
        let seen = MetricObservations { data, unpaired: 0, censored: 0, missing: 0 };
        comparison(&asked, &seen).map_err(|refusal| format!("{refusal:?}")).expect("counts")
    }

    const WITHIN_A_POINT: Claim =
        Claim { better: Better::Lower, margin: Some(Margin::Absolute(0.01)) };

    #[test]
    fn one_stratum_is_the_method_itself() {
        let only = errors((12, 1000), (13, 1000), WITHIN_A_POINT);
        let judged = judge(WITHIN_A_POINT, &[only], Alpha::FIVE_PERCENT).expect("an answer");
        let (baseline, candidate) = (
            phasegate_stats::summary::Tally::new(12, 1000).expect("a tally"),
            phasegate_stats::summary::Tally::new(13, 1000).expect("a tally"),
        );
        let outcome = phasegate_stats::two_sample::miettinen_nurminen(
            &baseline,
            &candidate,
            &Question::less_than(0.01),
        )
        .expect("an outcome");
        assert_eq!(Some(judged.bound), outcome.interval.map(|interval| interval.upper));
        assert_eq!(judged.statistics.p, outcome.p);
    }

    #[test]
    fn equal_strata_are_as_narrow_as_twice_the_data() {
        let half = || errors((1200, 100_000), (1300, 100_000), WITHIN_A_POINT);
        let whole = errors((2400, 200_000), (2600, 200_000), WITHIN_A_POINT);
        let [two, one] = [
            judge(WITHIN_A_POINT, &[half(), half()], Alpha::FIVE_PERCENT),
            judge(WITHIN_A_POINT, &[whole], Alpha::FIVE_PERCENT),
        ]
        .map(|judged| judged.expect("an answer"));
        assert!((two.bound - one.bound).abs() < 1e-6, "{} and {}", two.bound, one.bound);
        let [two, one] = [two, one].map(|judged| judged.statistics.ln_p.expect("a p-value"));
        // The score test's variance is that at the margin, the interval's that at the bound.
        assert!((two / one - 1.0).abs() < 0.2, "{two} and {one}");
    }

    /// The candidate is better by a point in both phases; the day of the second phase is worse for
    /// both, and has most of the candidate's traffic.
    #[test]
    fn pooling_would_flip_the_sign() {
        let strata = [
            errors((990, 99_000), (0, 1000), WITHIN_A_POINT),
            errors((2500, 50_000), (2000, 50_000), WITHIN_A_POINT),
        ];
        let judged = judge(WITHIN_A_POINT, &strata, Alpha::FIVE_PERCENT).expect("an answer");
        let effect = judged.statistics.effect.expect("an effect");
        assert!((effect + 0.01).abs() < 1e-12, "{effect}");
        let pooled = 2000.0 / 51_000.0 - 3490.0 / 149_000.0;
        assert!(pooled > 0.01, "pooled rows say the opposite: {pooled}");
        assert_eq!((judged.status, judged.reason), (Status::Pass, "within_margin"));
    }

    #[test]
    fn no_errors_anywhere_are_judged_by_the_bound() {
        let strata = || [errors((0, 3000), (0, 1000), WITHIN_A_POINT)];
        let judged = judge(WITHIN_A_POINT, &strata(), Alpha::FIVE_PERCENT).expect("an answer");
        assert_eq!(judged.status, Status::Pass);
        let few = [errors((0, 100), (0, 100), WITHIN_A_POINT)];
        let judged = judge(WITHIN_A_POINT, &few, Alpha::FIVE_PERCENT).expect("an answer");
        assert_eq!(judged.status, Status::Inconclusive);
        assert!(judged.statistics.further_n.is_some_and(|further| further > 0));
    }

    /// What is said to be needed is about what the method then needs.
    #[test]
    fn ratios_say_how_much_more_is_needed() {
        let claim = Claim { better: Better::Lower, margin: Some(Margin::Relative(0.2)) };
        let of = |n: u64| [errors((n / 20, n), (n / 20, n), claim)];
        let few = judge(claim, &of(2000), Alpha::FIVE_PERCENT).expect("an answer");
        assert_eq!((few.status, few.reason), (Status::Inconclusive, "not_proved"));
        assert_eq!(few.statistics.method, "koopman");
        let further = few.statistics.further_n.expect("a number");
        // z = 1.6449 + 0.8416 for 5 % and 80 %; with half a success added to 100 of 2000 the rate
        // is 0.05022: n = 2.4865^2 (0.0477 + 1.44 * 0.0477) / (0.05022 * 0.2)^2 = 7,135.
        assert!((5_000..5_300).contains(&further), "{further}");
        let enough = judge(claim, &of(2000 + further), Alpha::FIVE_PERCENT).expect("an answer");
        assert_eq!(enough.status, Status::Pass);

        let rate = |events: u64| {
            let of = |events| crate::observations::EventCount { events, hours: 100.0 };
            let data = MetricData::Events { baseline: of(events), candidate: of(events) };
            let measure = Measure::Rate { events: "alerts".to_owned() };
            let asked = Asked { measure: &measure, claim, method: None, seed: 1, share: None };
            let seen = MetricObservations { data, unpaired: 0, censored: 0, missing: 0 };
            comparison(&asked, &seen).map_err(|refusal| format!("{refusal:?}")).expect("events")
        };
        let few = judge(claim, &[rate(100)], Alpha::FIVE_PERCENT).expect("an answer");
        // 2.4865^2 (1 + 1.44) / 0.2^2 = 377 events.
        let further = few.statistics.further_n.expect("a number");
        assert!((270..285).contains(&further), "{further}");
        let enough = judge(claim, &[rate(100 + further)], Alpha::FIVE_PERCENT);
        assert_eq!(enough.expect("an answer").status, Status::Pass);
    }
}
