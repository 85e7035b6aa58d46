//! Ratios of two sums, such as cost per finding: judged like means, for the readers give the
//! linearized deviation of each observation (Taylor's method) with them.

use super::{Asked, mean};
use crate::comparison::{Comparison, Refusal};
use crate::observations::MetricObservations;

pub(super) fn comparison(
    asked: &Asked<'_>,
    seen: &MetricObservations,
) -> Result<Comparison, Refusal> {
    mean::comparison(asked, seen)
}
