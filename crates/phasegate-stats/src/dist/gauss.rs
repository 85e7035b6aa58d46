//! Gauss-Legendre quadrature.

/// The positive nodes and weights of the 16-point rule on [-1, 1]; mpmath 1.4.1: roots of
/// `mp.legendre(16, x)`.
const NODES: [(f64, f64); 8] = [
    (0.095_012_509_837_637_44, 0.189_450_610_455_068_5),
    (0.281_603_550_779_258_9, 0.182_603_415_044_923_6),
    (0.458_016_777_657_227_4, 0.169_156_519_395_002_54),
    (0.617_876_244_402_643_7, 0.149_595_988_816_576_73),
    (0.755_404_408_355_003, 0.124_628_971_255_533_87),
    (0.865_631_202_387_831_7, 0.095_158_511_682_492_78),
    (0.944_575_023_073_232_6, 0.062_253_523_938_647_89),
    (0.989_400_934_991_649_9, 0.027_152_459_411_754_095),
];

/// The integral of `f` from `from` to `to` by one application of the rule; exact for polynomials of
/// degree 31.
pub(crate) fn panel(from: f64, to: f64, mut f: impl FnMut(f64) -> f64) -> f64 {
    let (middle, half) = (f64::midpoint(from, to), 0.5 * (to - from));
    let mut sum = 0.0;
    for (node, weight) in NODES {
        sum += weight * (f(middle - half * node) + f(middle + half * node));
    }
    half * sum
}

/// The points of one application of the rule from `from` to `to`, with their weights.
pub(crate) fn panel_points(from: f64, to: f64) -> impl Iterator<Item = (f64, f64)> {
    let (middle, half) = (f64::midpoint(from, to), 0.5 * (to - from));
    let below = NODES.iter().rev().map(move |(node, weight)| (middle - half * node, half * weight));
    let above = NODES.iter().map(move |(node, weight)| (middle + half * node, half * weight));
    below.chain(above)
}

/// The integral from 0 outward of a decreasing positive function whose logarithm falls by about one
/// over `scale`, up to `end`.
///
/// Panels of twice the scale follow each other until one adds less than a last digit. The functions
/// given here are exponentials of smooth concave functions with relative curvature of order one per
/// `scale`, for which the rule is exact to the last digits.
pub(crate) fn outward(scale: f64, end: f64, mut f: impl FnMut(f64) -> f64) -> Option<f64> {
    const PANELS: u32 = 200;
    let (mut sum, mut from) = (0.0, 0.0);
    for _ in 0..PANELS {
        let to = (from + 2.0 * scale).min(end);
        let part = panel(from, to, &mut f);
        sum += part;
        if part <= 1e-18 * sum || to >= end {
            return Some(sum);
        }
        from = to;
    }
    None
}
