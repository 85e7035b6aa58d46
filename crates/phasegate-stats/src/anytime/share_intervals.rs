//! The shares of categories, watched.

use std::collections::{BTreeMap, BTreeSet};

use crate::anytime::Target;
use crate::anytime::multinomial::{checked, multinomial_sequence};
use crate::bracket;
use crate::error::Error;
use crate::math::ln;
use crate::outcome::{Alternative, Interval};

/// Which shares of categories do the counts leave open, whenever one looks?
///
/// The intervals hold for all categories and all looks together: they are the shadows of the set of
/// shares against which the Dirichlet mixture about the given ones is not evidence enough.
///
/// - Hypotheses: none is tested; the shares that were given say where the mixture looks closest.
/// - Units: shares from 0 to 1; `planned` counts observations.
/// - Assumptions, source: as [`multinomial_sequence`].
/// - Edge cases: no observations give the whole interval for all; a count of nothing, or of all,
///   one whose lower end is 0, or whose upper end is 1.
/// - Cost: that of [`multinomial_sequence`], and some hundred logarithms for each distinct count:
///   a second or two for a million categories.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::anytime::{Target, share_intervals};
///
/// let target = Target::new(Question::differs_from(0.0), 1000)?;
/// let intervals = share_intervals(&[502, 448, 10], &[0.5, 0.45, 0.05], &target)?;
/// assert!(intervals[0].contains(0.5) && !intervals[2].contains(0.05));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// As [`multinomial_sequence`].
pub fn share_intervals(
    counts: &[u64],
    shares: &[f64],
    target: &Target,
) -> Result<Vec<Interval>, Error> {
    let (total, target) = checked(counts, shares, target)?;
    let alpha = target.question().alpha;
    if total == 0 {
        let whole = |_| alpha.interval(Alternative::TwoSided, (0.0, 1.0), |_| Ok(0.0), |_| Ok(1.0));
        return counts.iter().map(whole).collect();
    }
    // The evidence against the observed shares, which are the least suspect of all.
    let at_given = multinomial_sequence(counts, shares, &target)?.ln_e.unwrap_or(0.0);
    let likelihood =
        |share: f64, count: u64| if count == 0 { 0.0 } else { count as f64 * ln(share) };
    let n = total as f64;
    let excess: f64 = counts
        .iter()
        .zip(shares)
        .map(|(count, share)| likelihood(*share, *count) - likelihood(*count as f64 / n, *count))
        .sum();
    let room = target.ln_needed() - (at_given + excess);
    let interval = |count: u64| {
        let observed = count as f64 / n;
        // The others keep their proportions: what is left is the divergence of this one.
        let divergence = |share: f64| {
            likelihood(observed, count) - likelihood(share, count)
                + likelihood(1.0 - observed, total - count)
                - likelihood(1.0 - share, total - count)
        };
        let bound = |end: f64, near_end: f64| {
            if divergence(near_end) <= room {
                return Ok(end);
            }
            bracket::root("the bound of a share", near_end, observed, |share| {
                Ok(divergence(share) - room)
            })
        };
        alpha.interval(
            Alternative::TwoSided,
            (0.0, 1.0),
            |_| if count == 0 { Ok(0.0) } else { bound(0.0, 1e-15 * observed) },
            |_| if count == total { Ok(1.0) } else { bound(1.0, 1.0 - 1e-15) },
        )
    };
    // Equal counts have equal intervals: of a million categories few counts are distinct, for all
    // of them sum to 1e10 at most.
    let distinct: BTreeSet<u64> = counts.iter().copied().collect();
    let of_count = distinct.into_iter().map(|count| Ok((count, interval(count)?)));
    let of_count = of_count.collect::<Result<BTreeMap<_, _>, Error>>()?;
    Ok(counts.iter().filter_map(|count| of_count.get(count).copied()).collect())
}

#[cfg(feature = "registry")]
crate::registry::method! {
    share_intervals: "Which shares of categories do the counts leave open, whenever one looks?",
    {
        counts: Vec<u64>,
        shares: Vec<f64>,
        target: Target,
    },
    r#"{"counts": [502, 448, 10], "shares": [0.5, 0.45, 0.05], "target": {"null": 0, "planned": 1000}}"#,
    share_intervals(&counts, &shares, &target),
}
