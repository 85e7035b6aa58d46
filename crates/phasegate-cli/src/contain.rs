//! A fault of ours is told in a sentence: panics are contained, and work that recurses has a stack
//! that is deep enough.

use std::panic::{PanicHookInfo, resume_unwind, set_hook};
use std::sync::Mutex;

use crate::output::Problem;

/// The latest panic, by what it said and where.
static LATEST: Mutex<Option<String>> = Mutex::new(None);

/// Keeps panics from printing: those inside the policy engine are contained there and become an
/// error of the evaluation; any other is told by [`on_stack`].
pub(crate) fn silence_panics() {
    set_hook(Box::new(|panic| {
        if let Ok(mut latest) = LATEST.lock() {
            *latest = Some(told(panic));
        }
    }));
}

fn told(panic: &PanicHookInfo<'_>) -> String {
    let message = panic.payload_as_str().unwrap_or("no message");
    match panic.location() {
        Some(place) => format!("{message} ({}:{})", place.file(), place.line()),
        None => message.to_owned(),
    }
}

/// Does work on a thread with a stack of so many bytes, whatever the stack of the main thread is.
///
/// The stack is address space: what is not touched takes no memory.
pub(crate) fn on_stack<T: Send>(
    bytes: usize,
    work: impl FnOnce() -> T + Send,
) -> Result<T, Problem> {
    let outcome = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(bytes).spawn_scoped(scope, work)?;
        Ok(thread.join())
    });
    match outcome {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(panic)) => {
            let latest = LATEST.lock().ok().and_then(|mut latest| latest.take());
            // Without a message there is nothing to tell that the payload does not tell better.
            let Some(latest) = latest else { resume_unwind(panic) };
            Err(Problem::new(format!(
                "phasegate itself failed: {latest}; please report this with what you gave it"
            )))
        }
        Err(error) => {
            let error: std::io::Error = error;
            Err(Problem::new(format!(
                "a thread with a stack of {} MiB cannot be started: {error}; allow more memory",
                bytes >> 20
            )))
        }
    }
}
