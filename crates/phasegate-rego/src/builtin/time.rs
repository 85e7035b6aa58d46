//! Times: the same on every machine.

use regorus::Value;

use super::{Failure, Limits, bound, over, text_at};

/// Bytes of a layout or a duration.
const MAX_TEXT_BYTES: usize = 1_000;

/// A time may be given as `[ns, zone, layout]`. The zone `Local` is the machine's.
pub(super) fn zone(arguments: &[Value], _: &Limits) -> Result<(), Failure> {
    for argument in arguments {
        let Value::Array(parts) = argument else { continue };
        if text_at(parts.as_slice(), 1) == "Local" {
            return over(
                "is asked for the zone `Local`, which differs between machines; name one"
                    .to_owned(),
            );
        }
        bound(text_at(parts.as_slice(), 2).len(), MAX_TEXT_BYTES, "bytes of layout")?;
    }
    Ok(())
}

pub(super) fn duration(arguments: &[Value], _: &Limits) -> Result<(), Failure> {
    bound(text_at(arguments, 0).len(), MAX_TEXT_BYTES, "bytes")
}
