//! The noncentral t distribution, for power.

use crate::dist::gauss::panel;
use crate::dist::incomplete_gamma::GammaShape;
use crate::dist::{Normal, Tails, parameter, point};
use crate::error::{Error, ErrorKind, finite};
use crate::math::{exp, ln, to_count};

/// The distribution of (Z + shift) / sqrt(V / df), with Z standard normal and V chi-square.
///
/// The tails are the integral over the scale sqrt(V / df) of normal tails; absolute error below
/// 1e-12, relative error below 1e-10 for tails above 1e-6, for any degrees of freedom and shift.
///
/// ```
/// use phasegate_stats::dist::NoncentralT;
///
/// // The power of a one-sided t test at 0.05: 20 pairs, a shift of half a standard deviation.
/// let power = NoncentralT::new(19.0, 0.5 * 20f64.sqrt())?.tails(1.729132811521367)?.upper;
/// // scipy 1.17.1: stats.nct.sf(1.729132811521367, 19, 0.5 * 20**0.5)
/// assert!((power - 0.6951493382443414).abs() < 1e-12);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoncentralT {
    df: f64,
    shift: f64,
    shape: GammaShape,
}

impl NoncentralT {
    /// With degrees of freedom from 1 to 1e10 and a finite shift.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] or [`ErrorKind::NonFinite`].
    pub fn new(df: f64, shift: f64) -> Result<Self, Error> {
        let df = parameter("degrees of freedom", df)?;
        if df < 1.0 {
            let message = format!("degrees of freedom are {df}; they must be at least 1");
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        let shift = finite("the shift", shift)?;
        Ok(Self { df, shift, shape: GammaShape::new(0.5 * df) })
    }

    /// Both tails at `t`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NonFinite`] for NaN.
    pub fn tails(&self, t: f64) -> Result<Tails, Error> {
        let t = point(t)?;
        if t.is_infinite() {
            return Ok(if t < 0.0 { Tails::NOTHING_BELOW } else { Tails::NOTHING_ABOVE });
        }
        // On the logarithm of the scale the density is smooth to both sides for any df.
        let density = |ln_scale: f64| {
            let half = 0.5 * self.df * exp(2.0 * ln_scale);
            2.0 * exp(self.shape.ln_kernel(half, ln(half)))
        };
        let (mut lower, mut upper) = (0.0, 0.0);
        let deviation = (0.5 / self.df).sqrt();
        let longest = (1.5 * deviation).min(0.5);
        for [from, to] in self.cuts(t).array_windows() {
            let panels = ((to - from) / longest).ceil().max(1.0);
            let width = (to - from) / panels;
            for index in 0..to_count(panels) {
                let start = from + width * index as f64;
                let end = start + width;
                let gap = |ln_scale: f64| self.shift - t * exp(ln_scale);
                lower += panel(start, end, |at| density(at) * Normal::upper(gap(at)));
                upper += panel(start, end, |at| density(at) * Normal::upper(-gap(at)));
            }
        }
        let (lower, upper) = (lower.min(1.0), upper.min(1.0));
        Ok(Tails { lower, upper, ln_lower: ln(lower), ln_upper: ln(upper) })
    }

    /// The range of the logarithm of the scale that holds all mass but 1e-20, cut where the normal
    /// tail, which may be much steeper than the density, has moved on by one and a half.
    fn cuts(&self, t: f64) -> Vec<f64> {
        const LN_BEYOND: f64 = 46.0;
        const STEPS: i32 = 6;
        // The density at v falls as exp(df (v - (exp(2v) - 1) / 2)); that exponent is below -df v^2
        // above zero and below -df v^2 / (1 + |v|) beneath it.
        let reach = LN_BEYOND / self.df;
        let from = -0.5 * (reach + (reach * reach + 4.0 * reach).sqrt());
        let to = reach.sqrt();
        let mut cuts = vec![from];
        let inside = (-STEPS..=STEPS)
            .map(|step| ln((self.shift - 1.5 * f64::from(step)) / t))
            .filter(|cut| from < *cut && *cut < to);
        cuts.extend(inside);
        cuts.push(to);
        cuts.sort_unstable_by(f64::total_cmp);
        cuts
    }
}
