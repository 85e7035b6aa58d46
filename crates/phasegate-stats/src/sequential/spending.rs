//! How the error probability is spent as information comes in.

use crate::dist::{Continuous as _, Normal};
use crate::error::{Error, ErrorKind};
use crate::math::{exp, ln, ln_1p};
use crate::outcome::Alpha;

/// A spending function of Lan and `DeMets`: the error probability that may be gone at a fraction of
/// the planned information.
///
/// It is the one-sided error probability that is spent; a two-sided plan spends half of its own to
/// each side, as R's `gsDesign`, `ldbounds` and `rpact` do.
///
/// Source: Lan and `DeMets`, "Discrete sequential boundaries for clinical trials" (1983); Kim and
/// `DeMets` (1987) for the power family.
///
/// ```
/// use phasegate_stats::Alpha;
/// use phasegate_stats::sequential::Spending;
///
/// let alpha = Alpha::new(0.025)?;
/// // scipy 1.17.1: 2 * stats.norm.sf(stats.norm.isf(0.0125) / 0.5**0.5)
/// let spent = Spending::ObrienFleming.spent(alpha, 0.5)?;
/// assert!((spent - 0.0015253).abs() < 1e-7);
/// assert_eq!(Spending::Power { rho: 1.0 }.spent(alpha, 0.5)?, 0.0125);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum Spending {
    /// Nearly nothing early, nearly all at the end: 2 (1 - Phi(z(alpha / 2) / sqrt(t))), whose
    /// bounds are near those of O'Brien and Fleming. At the last look hardly anything is lost.
    ObrienFleming,
    /// Much of it early: alpha ln(1 + (e - 1) t), whose bounds are near the constant ones of
    /// Pocock.
    Pocock,
    /// alpha t^rho: 1 spends evenly, 3 is near the type of O'Brien and Fleming.
    Power {
        /// The exponent, above 0 and at most 100.
        rho: f64,
    },
}

impl Spending {
    /// The error probability that may be gone at this fraction of the information; beyond 1 it is
    /// all of it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] for a fraction that is not above 0, or an exponent outside of its
    /// range.
    pub fn spent(self, alpha: Alpha, fraction: f64) -> Result<f64, Error> {
        self.checked()?;
        let t = checked_fraction(fraction)?.min(1.0);
        let alpha = alpha.get();
        if t >= 1.0 {
            return Ok(alpha);
        }
        let spent = match self {
            Self::ObrienFleming => {
                2.0 * Normal.sf(Normal.upper_quantile(0.5 * alpha)? / t.sqrt())?
            }
            Self::Pocock => alpha * ln_1p((std::f64::consts::E - 1.0) * t),
            Self::Power { rho } => alpha * exp(rho * ln(t)),
        };
        Ok(spent.min(alpha))
    }

    pub(super) fn checked(self) -> Result<Self, Error> {
        match self {
            Self::Power { rho } if !(rho > 0.0 && rho <= 100.0) => {
                let message = format!(
                    "the exponent of the power family is {rho}; it must be above 0 and at most 100"
                );
                Err(Error::new(ErrorKind::OutOfRange, message))
            }
            _ => Ok(self),
        }
    }
}

pub(super) fn checked_fraction(fraction: f64) -> Result<f64, Error> {
    if fraction > 0.0 && fraction.is_finite() {
        return Ok(fraction);
    }
    let message =
        format!("the fraction of the information is {fraction}; it must be above 0 and finite");
    Err(Error::new(ErrorKind::OutOfRange, message))
}

#[cfg(feature = "registry")]
impl crate::registry::Field for Spending {
    const KIND: &'static str = "spending";
    const FORM: &'static str = r#""obrien_fleming" | "pocock" | {"power": {"rho": number}}"#;

    fn read(
        value: &serde_json::Value,
        _: Option<Self>,
        path: &str,
        faults: &mut crate::registry::Faults,
    ) -> Option<Self> {
        match serde_json::from_value::<Self>(value.clone()) {
            Ok(spending) => faults.accept(path, spending.checked()),
            Err(_) => {
                faults.add(path, format!("is no spending function; write it as {}", Self::FORM))
            }
        }
    }
}
