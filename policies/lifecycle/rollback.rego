# METADATA
# title: Must this version go back?
# description: |
#   The runbook's rollback triggers, as far as one input can show them. They fire on the observed
#   value, strictly beyond the limit: promotion needs proof, protection does not.
# scope: package
package lifecycle.rollback

# METADATA
# title: P95 latency is a spike beyond this many times its threshold
latency_spike_factor := 3

# METADATA
# title: P95 latency beyond which a version goes back, in milliseconds
latency_spike_limit_ms := latency_spike_factor * input.thresholds.p95_latency_ms

# METADATA
# title: SLO windows that failed in a row and are a violation
slo_violation_windows := 3

# METADATA
# title: Security failure
# description: The runbook aborts and quarantines.
# custom:
#   code: security_failure
reasons contains {
	"code": "security_failure",
	"message": sprintf("the security pass rate %v is below %v", [
		input.metrics.security_pass_rate,
		data.lifecycle.floors.security_pass_rate,
	]),
	"path": "metrics.security_pass_rate",
} if {
	input.metrics.security_pass_rate < data.lifecycle.floors.security_pass_rate
}

# METADATA
# title: Error spike
# description: The runbook aborts.
# custom:
#   code: error_spike
reasons contains {
	"code": "error_spike",
	"message": sprintf("the error rate %v is above %v", [
		input.metrics.error_rate,
		data.lifecycle.floors.error_rate,
	]),
	"path": "metrics.error_rate",
} if {
	input.metrics.error_rate > data.lifecycle.floors.error_rate
}

# METADATA
# title: Latency spike
# description: The runbook aborts.
# custom:
#   code: latency_spike
reasons contains {
	"code": "latency_spike",
	"message": sprintf("P95 latency %v ms is above %v ms, %v times its threshold", [
		input.metrics.p95_latency_ms,
		latency_spike_limit_ms,
		latency_spike_factor,
	]),
	"path": "metrics.p95_latency_ms",
} if {
	input.metrics.p95_latency_ms > latency_spike_limit_ms
}

# METADATA
# title: SLO violation
# description: The runbook aborts the rollout.
# custom:
#   code: slo_violation
reasons contains {
	"code": "slo_violation",
	"message": sprintf("%v SLO windows failed in a row; %v are a violation", [
		input.slo.consecutive_failures,
		slo_violation_windows,
	]),
	"path": "slo.consecutive_failures",
} if {
	# phasegate: ignore unguarded_fact without SLO windows none has failed
	input.slo.consecutive_failures >= slo_violation_windows
}
