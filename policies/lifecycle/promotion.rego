# METADATA
# title: May this version move forward?
# description: |
#   The runbook's promotion decision over the runbook's field names. A violation with the effect
#   `reject` is something bad; one with the effect `hold` is only not yet true. Here are the limits
#   and what the metrics say; evidence and checklist are in the file beside. The contract of the
#   input, and what to do about each code, is the README above this folder.
# scope: package
package lifecycle.promotion

# ---- The answer ----

# METADATA
# title: The version may move forward
# description: Exactly when nothing speaks against it.
# entrypoint: true
default allow := false

allow if count(violations) == 0

# ---- Limits: of the input's threshold and the floor, the stricter ----

# METADATA
# title: The lowest security pass rate that may be promoted
min_security_pass_rate := max([
	input.thresholds.security_pass_rate,
	data.lifecycle.floors.security_pass_rate,
])

# METADATA
# title: The highest error rate that may be promoted
max_error_rate := min([input.thresholds.error_rate, data.lifecycle.floors.error_rate])

# METADATA
# title: The largest cost increase that may be promoted
max_cost_increase := min([
	input.thresholds.cost_increase_max,
	data.lifecycle.floors.cost_increase_max,
])

# METADATA
# title: The level below which a p-value proves an improvement
proof_level := min([
	input.thresholds.statistical_significance_p,
	data.lifecycle.floors.statistical_significance_p,
])

# METADATA
# title: The level below which a p-value gives an alarm
# description: |
#   A smaller level is stricter about a proof and laxer about an alarm: asking for more proof must
#   not switch an alarm off.
alarm_level := max([
	input.thresholds.statistical_significance_p,
	data.lifecycle.floors.statistical_significance_p,
])

# ---- Thresholds ----

# METADATA
# title: The security threshold is not below its floor
# custom:
#   code: threshold_below_floor
#   effect: reject
violations contains {
	"code": "threshold_below_floor",
	"effect": "reject",
	"message": sprintf("the security threshold %v is below the floor %v", [
		input.thresholds.security_pass_rate,
		data.lifecycle.floors.security_pass_rate,
	]),
	"path": "thresholds.security_pass_rate",
} if {
	input.thresholds.security_pass_rate < data.lifecycle.floors.security_pass_rate
}

# METADATA
# title: The error threshold is not looser than its floor
# custom:
#   code: threshold_below_floor
#   effect: reject
violations contains {
	"code": "threshold_below_floor",
	"effect": "reject",
	"message": sprintf("the error threshold %v is looser than the floor %v", [
		input.thresholds.error_rate,
		data.lifecycle.floors.error_rate,
	]),
	"path": "thresholds.error_rate",
} if {
	input.thresholds.error_rate > data.lifecycle.floors.error_rate
}

# METADATA
# title: The allowed cost increase is not looser than its floor
# custom:
#   code: threshold_below_floor
#   effect: reject
violations contains {
	"code": "threshold_below_floor",
	"effect": "reject",
	"message": sprintf("the allowed cost increase %v is looser than the floor %v", [
		input.thresholds.cost_increase_max,
		data.lifecycle.floors.cost_increase_max,
	]),
	"path": "thresholds.cost_increase_max",
} if {
	input.thresholds.cost_increase_max > data.lifecycle.floors.cost_increase_max
}

# METADATA
# title: The significance level is not looser than its floor
# custom:
#   code: threshold_below_floor
#   effect: reject
violations contains {
	"code": "threshold_below_floor",
	"effect": "reject",
	"message": sprintf("the significance level %v is looser than the floor %v", [
		input.thresholds.statistical_significance_p,
		data.lifecycle.floors.statistical_significance_p,
	]),
	"path": "thresholds.statistical_significance_p",
} if {
	input.thresholds.statistical_significance_p > data.lifecycle.floors.statistical_significance_p
}

# ---- The version ----

# METADATA
# title: Only shadow and gray move forward
# description: A quarantined version has a code of its own.
# custom:
#   code: state_not_promotable
#   effect: reject
violations contains {
	"code": "state_not_promotable",
	"effect": "reject",
	"message": sprintf("a version in state `%v` is not promoted; only shadow and gray are", [
		input.version.state,
	]),
	"path": "version.state",
} if {
	not input.version.state in {"shadow", "gray", "quarantined"}
}

# METADATA
# title: A quarantined version stays out
# custom:
#   code: quarantined
#   effect: reject
violations contains {
	"code": "quarantined",
	"effect": "reject",
	"message": "the version is in quarantine; an operator releases it",
	"path": "version.state",
} if {
	input.version.state == "quarantined"
}

# METADATA
# title: No live quarantine record
# custom:
#   code: quarantined
#   effect: reject
violations contains {
	"code": "quarantined",
	"effect": "reject",
	"message": sprintf("a live quarantine record keeps %v out", [record.digest]),
	"path": "quarantine",
} if {
	some record in input.quarantine
	record.live
}

# ---- Metrics ----

# METADATA
# title: P95 latency meets its threshold
# custom:
#   code: p95_latency_exceeded
#   effect: reject
violations contains {
	"code": "p95_latency_exceeded",
	"effect": "reject",
	"message": sprintf("P95 latency %v ms is above the threshold %v ms", [
		input.metrics.p95_latency_ms,
		input.thresholds.p95_latency_ms,
	]),
	"path": "metrics.p95_latency_ms",
} if {
	input.metrics.p95_latency_ms > input.thresholds.p95_latency_ms
}

# METADATA
# title: The error rate meets its threshold
# custom:
#   code: error_rate_exceeded
#   effect: reject
violations contains {
	"code": "error_rate_exceeded",
	"effect": "reject",
	"message": sprintf("the error rate %v is above the threshold %v", [
		input.metrics.error_rate,
		max_error_rate,
	]),
	"path": "metrics.error_rate",
} if {
	input.metrics.error_rate > max_error_rate
}

# METADATA
# title: The security pass rate meets its threshold
# custom:
#   code: security_pass_rate_too_low
#   effect: reject
violations contains {
	"code": "security_pass_rate_too_low",
	"effect": "reject",
	"message": sprintf("the security pass rate %v is below the threshold %v", [
		input.metrics.security_pass_rate,
		min_security_pass_rate,
	]),
	"path": "metrics.security_pass_rate",
} if {
	input.metrics.security_pass_rate < min_security_pass_rate
}

# METADATA
# title: The accuracy gain meets its threshold
# custom:
#   code: accuracy_gain_too_low
#   effect: reject
violations contains {
	"code": "accuracy_gain_too_low",
	"effect": "reject",
	"message": sprintf("the accuracy gain %v is below the threshold %v", [
		input.metrics.accuracy_delta,
		input.thresholds.accuracy_delta,
	]),
	"path": "metrics.accuracy_delta",
} if {
	input.metrics.accuracy_delta < input.thresholds.accuracy_delta
}

# METADATA
# title: Accuracy is better
# description: Even where the threshold of the gain is zero or negative.
# custom:
#   code: accuracy_not_better
#   effect: reject
violations contains {
	"code": "accuracy_not_better",
	"effect": "reject",
	"message": sprintf("accuracy is not better: it changed by %v", [input.metrics.accuracy_delta]),
	"path": "metrics.accuracy_delta",
} if {
	input.metrics.accuracy_delta <= 0
}

# ---- Proof and alarm ----

# METADATA
# title: Significance is required
# description: |
#   Always in shadow. In gray the findings say what their phase requires; without evidence the
#   p-value does.
significance_required if input.version.state == "shadow"

significance_required if not input.evidence

# METADATA
# title: The change of accuracy is significant
# custom:
#   code: accuracy_not_significant
#   effect: hold
violations contains {
	"code": "accuracy_not_significant",
	"effect": "hold",
	"message": sprintf("the accuracy p-value %v is not below %v; more data may show it", [
		input.statistical_tests.accuracy_p_value,
		proof_level,
	]),
	"path": "statistical_tests.accuracy_p_value",
} if {
	significance_required
	# phasegate: ignore p_value_alone `accuracy_not_better` asks for the direction
	input.statistical_tests.accuracy_p_value >= proof_level
}

# METADATA
# title: Latency is not significantly worse
# custom:
#   code: latency_significantly_worse
#   effect: reject
violations contains {
	"code": "latency_significantly_worse",
	"effect": "reject",
	"message": sprintf("latency changed by %v, significant at p-value %v", [
		input.metrics.latency_delta,
		input.statistical_tests.latency_p_value,
	]),
	"path": "metrics.latency_delta",
} if {
	input.statistical_tests.latency_p_value < alarm_level
	input.metrics.latency_delta >= 0
	not "latency" in required_findings
}

# METADATA
# title: A significant change of latency has a direction
# custom:
#   code: latency_direction_unknown
#   effect: hold
violations contains {
	"code": "latency_direction_unknown",
	"effect": "hold",
	"message": sprintf("latency changed at p-value %v; `metrics.latency_delta` must say which way", [
		input.statistical_tests.latency_p_value,
	]),
	"path": "metrics.latency_delta",
} if {
	input.statistical_tests.latency_p_value < alarm_level
	not input.metrics.latency_delta
	not "latency" in required_findings
}

# METADATA
# title: The cost increase is within its maximum
# custom:
#   code: cost_increase_exceeded
#   effect: reject
violations contains {
	"code": "cost_increase_exceeded",
	"effect": "reject",
	"message": sprintf("the cost increase %v is above the maximum %v", [
		input.metrics.cost_delta,
		max_cost_increase,
	]),
	"path": "metrics.cost_delta",
} if {
	input.metrics.cost_delta > max_cost_increase
	not "cost" in required_findings
}

# METADATA
# title: A significant cost increase within its maximum is worth knowing
# custom:
#   code: cost_increase_significant
warnings contains {
	"code": "cost_increase_significant",
	"message": sprintf("the cost increase %v is within its maximum and significant at p-value %v", [
		input.metrics.cost_delta,
		input.statistical_tests.cost_p_value,
	]),
	"path": "metrics.cost_delta",
} if {
	input.statistical_tests.cost_p_value < alarm_level
	input.metrics.cost_delta > 0
	input.metrics.cost_delta <= max_cost_increase
	not "cost" in required_findings
}
