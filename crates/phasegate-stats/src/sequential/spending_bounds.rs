//! The bounds of planned looks, all at once.

use crate::error::Error;
use crate::outcome::{Alpha, Alternative};
use crate::sequential::{Look, Looks, Spending};

/// Which bounds and nominal levels do looks at these fractions of the planned information have?
///
/// For plans and tables; a rollout takes its looks one by one from [`Looks`], of which this is the
/// answer for all fractions in a row.
///
/// - Hypotheses: at each look the effect is its null value; it is less, greater, or differs.
/// - Units: fractions of the planned information; bounds count standard errors.
/// - Assumptions, edge cases, cost, source: as [`Looks`].
///
/// ```
/// use phasegate_stats::sequential::{Spending, spending_bounds};
/// use phasegate_stats::{Alpha, Alternative};
///
/// let phases = [0.01, 0.05, 0.25, 0.5, 1.0];
/// let (alpha, greater) = (Alpha::FIVE_PERCENT, Alternative::Greater);
/// let looks = spending_bounds(Spending::ObrienFleming, alpha, greater, &phases)?;
/// // R's ldbounds 2.0.2: 3.75, 2.54, 1.66 for the last three.
/// assert!((looks[4].bound().unwrap() - 1.66).abs() < 0.005);
/// // At 1 % and 5 % of the information nothing real is significant.
/// assert!(looks[1].bound().unwrap() > 8.0);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// As [`Looks::new`] and [`Looks::take`].
pub fn spending_bounds(
    spending: Spending,
    alpha: Alpha,
    alternative: Alternative,
    fractions: &[f64],
) -> Result<Vec<Look>, Error> {
    Ok(looks_at(spending, alpha, alternative, fractions)?.taken().to_vec())
}

/// The looks at these fractions.
pub(super) fn looks_at(
    spending: Spending,
    alpha: Alpha,
    alternative: Alternative,
    fractions: &[f64],
) -> Result<Looks, Error> {
    Looks::check_number(fractions.len())?;
    let mut looks = Looks::new(spending, alpha, alternative)?;
    for fraction in fractions {
        looks.take(*fraction)?;
    }
    Ok(looks)
}

#[cfg(feature = "registry")]
crate::registry::method! {
    spending_bounds: "Which bounds and nominal levels do looks at these fractions have?",
    {
        spending: Spending = Spending::ObrienFleming,
        alpha: Alpha = Alpha::FIVE_PERCENT,
        alternative: Alternative = Alternative::TwoSided,
        fractions: Vec<f64>,
    },
    r#"{"spending": {"power": {"rho": 3}}, "alternative": "greater", "fractions": [0.25, 0.5, 1]}"#,
    spending_bounds(spending, alpha, alternative, &fractions),
}
