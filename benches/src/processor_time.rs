//! Time that a program computes, for benchmarks on a machine that does other things too.

use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};

/// Processor time; the time on the clock where the system does not tell it.
#[derive(Debug, Clone, Copy)]
pub enum ProcessorTime {
    /// Of the thread that measures.
    Thread,
    /// Of all threads of the program together.
    Program,
}

impl Measurement for ProcessorTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        self.now()
    }

    fn end(&self, start: Duration) -> Duration {
        self.now().saturating_sub(start)
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        value.as_nanos() as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

impl ProcessorTime {
    /// So much was computed so far; only differences mean something.
    #[cfg(unix)]
    #[must_use]
    pub fn now(self) -> Duration {
        use rustix::time::{ClockId, clock_gettime};
        let clock = match self {
            Self::Thread => ClockId::ThreadCPUTime,
            Self::Program => ClockId::ProcessCPUTime,
        };
        Duration::try_from(clock_gettime(clock)).unwrap_or_default()
    }

    /// So much was computed so far; only differences mean something.
    #[cfg(not(unix))]
    #[must_use]
    pub fn now(self) -> Duration {
        use std::sync::OnceLock;
        use std::time::Instant;
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}
