package lifecycle.promotion_test

import data.lifecycle.promotion

# ---- What the tests of this folder share ----

# METADATA
# title: The runbook's promotion input
document := {
	"version": {
		"id": "v1-abc123",
		"model": "gpt-4o-2024-05-13",
		"prompt": "code-review-v4-exp",
		"state": "shadow",
	},
	"metrics": {
		"p95_latency_ms": 2500,
		"error_rate": 0.01,
		"accuracy_delta": 0.03,
		"security_pass_rate": 0.995,
		"cost_delta": 0.05,
	},
	"statistical_tests": {
		"accuracy_p_value": 0.02,
		"latency_p_value": 0.15,
		"cost_p_value": 0.08,
	},
	"thresholds": {
		"p95_latency_ms": 3000,
		"error_rate": 0.02,
		"accuracy_delta": 0.02,
		"security_pass_rate": 0.99,
		"cost_increase_max": 0.1,
		"statistical_significance_p": 0.05,
	},
}

# METADATA
# title: The runbook's input with some facts changed or added
changed(facts) := object.union(document, facts)

# METADATA
# title: Floors that all differ
other_floors := {
	"security_pass_rate": 0.6,
	"error_rate": 0.3,
	"cost_increase_max": 0.4,
	"statistical_significance_p": 0.2,
}

# METADATA
# title: Violations by code, effect and path
brief(violations) := {[v.code, v.effect, v.path] | some v in violations}

# METADATA
# title: Codes alone
codes(entries) := {e.code | some e in entries}

# METADATA
# title: A checklist that has nothing against it
checklist := {
	"shadow": {"requests": 1000, "hours": 24},
	"gold_set": {"security_pass_rate": 0.95, "overall_pass_rate": 0.9},
	"incidents": [],
	"evidence": findings([finding("accuracy", "pass")]),
	"quarantine": [],
}

# METADATA
# title: An Evidence document of these findings
findings(list) := {"schema": "phasegate/evidence/v1", "findings": list}

# METADATA
# title: A required finding
finding(id, status) := {"id": id, "status": status, "required": true, "reason": "measured"}

# METADATA
# title: A finding that decides nothing
remark(id, status) := object.union(finding(id, status), {"required": false})

# ---- The answer ----

test_runbook_is_allowed if promotion.allow with input as document

test_runbook_has_no_violation if {
	promotion.violations == set() with input as document
}

test_runbook_has_exactly_one_warning if {
	promotion.warnings == {{
		"code": "checklist_not_evidenced",
		"message": "decided without evidence, gold_set, incidents, quarantine, shadow",
	}} with input as document
}

test_full_checklist_is_allowed_without_a_warning if {
	facts := changed(checklist)
	promotion.allow with input as facts
	promotion.violations == set() with input as facts
	promotion.warnings == set() with input as facts
}

test_gray_is_allowed if {
	promotion.allow with input as changed({"version": {"state": "gray"}})
}

test_a_rejection_is_not_allowed if {
	promotion.allow == false with input as changed({"metrics": {"error_rate": 0.03}})
}

test_a_hold_is_not_allowed if {
	promotion.allow == false with input as changed({"shadow": {"requests": 999, "hours": 24}})
}

test_a_warning_is_allowed if {
	promotion.allow with input as changed({"statistical_tests": {"cost_p_value": 0.01}})
}

test_every_fault_is_reported_at_once if {
	facts := changed({
		"metrics": {"p95_latency_ms": 3001, "error_rate": 0.03, "cost_delta": 0.2},
		"statistical_tests": {"accuracy_p_value": 0.5},
	})
	codes(promotion.violations) == {
		"accuracy_not_significant",
		"cost_increase_exceeded",
		"error_rate_exceeded",
		"p95_latency_exceeded",
	} with input as facts
}

# ---- Thresholds ----

test_security_threshold_below_floor if {
	facts := changed({"thresholds": {"security_pass_rate": 0.9499}})
	promotion.violations == {{
		"code": "threshold_below_floor",
		"effect": "reject",
		"message": "the security threshold 0.9499 is below the floor 0.95",
		"path": "thresholds.security_pass_rate",
	}} with input as facts
}

test_error_threshold_looser_than_floor if {
	facts := changed({"thresholds": {"error_rate": 0.1001}})
	promotion.violations == {{
		"code": "threshold_below_floor",
		"effect": "reject",
		"message": "the error threshold 0.1001 is looser than the floor 0.1",
		"path": "thresholds.error_rate",
	}} with input as facts
}

test_cost_threshold_looser_than_floor if {
	facts := changed({"thresholds": {"cost_increase_max": 0.1001}})
	promotion.violations == {{
		"code": "threshold_below_floor",
		"effect": "reject",
		"message": "the allowed cost increase 0.1001 is looser than the floor 0.1",
		"path": "thresholds.cost_increase_max",
	}} with input as facts
}

test_significance_looser_than_floor if {
	facts := changed({"thresholds": {"statistical_significance_p": 0.0501}})
	promotion.violations == {{
		"code": "threshold_below_floor",
		"effect": "reject",
		"message": "the significance level 0.0501 is looser than the floor 0.05",
		"path": "thresholds.statistical_significance_p",
	}} with input as facts
}

test_thresholds_at_their_floors_are_allowed if {
	promotion.allow with input as changed({"thresholds": {
		"security_pass_rate": 0.95,
		"error_rate": 0.1,
		"cost_increase_max": 0.1,
		"statistical_significance_p": 0.05,
	}})
}

test_floors_are_data if {
	promotion.allow with input as changed({
		"metrics": {"security_pass_rate": 0.6, "error_rate": 0.3, "cost_delta": 0.4},
		"statistical_tests": {"accuracy_p_value": 0.19, "latency_p_value": 0.9},
		"thresholds": other_floors,
	})
		with data.lifecycle.floors as other_floors
}

test_beyond_other_floors if {
	facts := changed({
		"metrics": {"security_pass_rate": 0.59, "error_rate": 0.31, "cost_delta": 0.41},
		"statistical_tests": {"accuracy_p_value": 0.2, "latency_p_value": 0.9},
		"thresholds": {
			"security_pass_rate": 0.59,
			"error_rate": 0.31,
			"cost_increase_max": 0.41,
			"statistical_significance_p": 0.21,
		},
	})
	{v.message | some v in promotion.violations} == {
		"the security threshold 0.59 is below the floor 0.6",
		"the error threshold 0.31 is looser than the floor 0.3",
		"the allowed cost increase 0.41 is looser than the floor 0.4",
		"the significance level 0.21 is looser than the floor 0.2",
		"the security pass rate 0.59 is below the threshold 0.6",
		"the error rate 0.31 is above the threshold 0.3",
		"the cost increase 0.41 is above the maximum 0.4",
		"the accuracy p-value 0.2 is not below 0.2; more data may show it",
	} with input as facts with data.lifecycle.floors as other_floors
}

test_a_looser_threshold_does_not_loosen_its_limit if {
	facts := changed({
		"metrics": {"security_pass_rate": 0.9499, "error_rate": 0.1001, "cost_delta": 0.1001},
		"statistical_tests": {"accuracy_p_value": 0.05, "latency_p_value": 0.9},
		"thresholds": {
			"security_pass_rate": 0.5,
			"error_rate": 0.5,
			"cost_increase_max": 0.5,
			"statistical_significance_p": 0.5,
		},
	})
	brief(promotion.violations) == {
		["threshold_below_floor", "reject", "thresholds.security_pass_rate"],
		["threshold_below_floor", "reject", "thresholds.error_rate"],
		["threshold_below_floor", "reject", "thresholds.cost_increase_max"],
		["threshold_below_floor", "reject", "thresholds.statistical_significance_p"],
		["security_pass_rate_too_low", "reject", "metrics.security_pass_rate"],
		["error_rate_exceeded", "reject", "metrics.error_rate"],
		["cost_increase_exceeded", "reject", "metrics.cost_delta"],
		["accuracy_not_significant", "hold", "statistical_tests.accuracy_p_value"],
	} with input as facts
}

test_a_stricter_threshold_is_the_limit if {
	facts := changed({
		"metrics": {"security_pass_rate": 0.9949, "error_rate": 0.006, "cost_delta": 0.06},
		"statistical_tests": {"accuracy_p_value": 0.01},
		"thresholds": {
			"security_pass_rate": 0.995,
			"error_rate": 0.005,
			"cost_increase_max": 0.05,
			"statistical_significance_p": 0.01,
		},
	})
	brief(promotion.violations) == {
		["security_pass_rate_too_low", "reject", "metrics.security_pass_rate"],
		["error_rate_exceeded", "reject", "metrics.error_rate"],
		["cost_increase_exceeded", "reject", "metrics.cost_delta"],
		["accuracy_not_significant", "hold", "statistical_tests.accuracy_p_value"],
	} with input as facts
}

# ---- The version ----

test_other_states_are_rejected if {
	every state in ["stable", "retired", "V1", "Shadow", ""] {
		facts := changed({
			"version": {"state": state},
			"statistical_tests": {"accuracy_p_value": 0.4},
			"evidence": checklist.evidence,
		})
		codes(promotion.violations) == {"state_not_promotable"} with input as facts
	}
}

test_state_message if {
	facts := changed({"version": {"state": "stable"}})
	promotion.violations == {{
		"code": "state_not_promotable",
		"effect": "reject",
		"message": "a version in state `stable` is not promoted; only shadow and gray are",
		"path": "version.state",
	}} with input as facts
}

test_quarantined_state_is_rejected if {
	facts := changed({"version": {"state": "quarantined"}})
	promotion.violations == {{
		"code": "quarantined",
		"effect": "reject",
		"message": "the version is in quarantine; an operator releases it",
		"path": "version.state",
	}} with input as facts
}

test_live_quarantine_record_is_rejected if {
	facts := changed({"quarantine": [
		{"digest": "sha256:aa", "live": false},
		{"digest": "sha256:bb", "live": true},
	]})
	promotion.violations == {{
		"code": "quarantined",
		"effect": "reject",
		"message": "a live quarantine record keeps sha256:bb out",
		"path": "quarantine",
	}} with input as facts
}

test_released_quarantine_records_are_allowed if {
	facts := changed({"quarantine": [{"digest": "sha256:aa", "live": false}]})
	promotion.allow with input as facts
}

# ---- Metrics ----

test_p95_latency_at_its_threshold_is_allowed if {
	promotion.allow with input as changed({"metrics": {"p95_latency_ms": 3000}})
}

test_p95_latency_above_its_threshold if {
	facts := changed({"metrics": {"p95_latency_ms": 3001}})
	promotion.violations == {{
		"code": "p95_latency_exceeded",
		"effect": "reject",
		"message": "P95 latency 3001 ms is above the threshold 3000 ms",
		"path": "metrics.p95_latency_ms",
	}} with input as facts
}

test_error_rate_at_its_threshold_is_allowed if {
	promotion.allow with input as changed({"metrics": {"error_rate": 0.02}})
}

test_error_rate_above_its_threshold if {
	facts := changed({"metrics": {"error_rate": 0.0201}})
	promotion.violations == {{
		"code": "error_rate_exceeded",
		"effect": "reject",
		"message": "the error rate 0.0201 is above the threshold 0.02",
		"path": "metrics.error_rate",
	}} with input as facts
}

test_security_pass_rate_at_its_threshold_is_allowed if {
	promotion.allow with input as changed({"metrics": {"security_pass_rate": 0.99}})
}

test_security_pass_rate_below_its_threshold if {
	facts := changed({"metrics": {"security_pass_rate": 0.9899}})
	promotion.violations == {{
		"code": "security_pass_rate_too_low",
		"effect": "reject",
		"message": "the security pass rate 0.9899 is below the threshold 0.99",
		"path": "metrics.security_pass_rate",
	}} with input as facts
}

test_accuracy_gain_at_its_threshold_is_allowed if {
	promotion.allow with input as changed({"metrics": {"accuracy_delta": 0.02}})
}

test_accuracy_gain_below_its_threshold if {
	facts := changed({
		"metrics": {"accuracy_delta": 0.0249},
		"thresholds": {"accuracy_delta": 0.025},
	})
	promotion.violations == {{
		"code": "accuracy_gain_too_low",
		"effect": "reject",
		"message": "the accuracy gain 0.0249 is below the threshold 0.025",
		"path": "metrics.accuracy_delta",
	}} with input as facts
}

test_no_gain_is_not_better_even_where_the_threshold_is_zero if {
	facts := changed({"metrics": {"accuracy_delta": 0}, "thresholds": {"accuracy_delta": 0}})
	promotion.violations == {{
		"code": "accuracy_not_better",
		"effect": "reject",
		"message": "accuracy is not better: it changed by 0",
		"path": "metrics.accuracy_delta",
	}} with input as facts
}

test_a_loss_is_not_better_even_where_the_threshold_allows_it if {
	facts := changed({
		"metrics": {"accuracy_delta": -0.01},
		"thresholds": {"accuracy_delta": -0.01},
	})
	codes(promotion.violations) == {"accuracy_not_better"} with input as facts
}

test_any_gain_is_better_where_the_threshold_is_zero if {
	facts := changed({
		"metrics": {"accuracy_delta": 0.0001},
		"thresholds": {"accuracy_delta": 0},
	})
	promotion.allow with input as facts
}

# ---- Proof and alarm ----

test_accuracy_just_significant_is_allowed if {
	promotion.allow with input as changed({"statistical_tests": {"accuracy_p_value": 0.0499}})
}

test_accuracy_at_the_level_is_not_significant if {
	facts := changed({"statistical_tests": {"accuracy_p_value": 0.05}})
	promotion.violations == {{
		"code": "accuracy_not_significant",
		"effect": "hold",
		"message": "the accuracy p-value 0.05 is not below 0.05; more data may show it",
		"path": "statistical_tests.accuracy_p_value",
	}} with input as facts
}

test_accuracy_above_the_level_is_not_significant if {
	facts := changed({
		"statistical_tests": {"accuracy_p_value": 0.4},
		"thresholds": {"statistical_significance_p": 0.01},
	})
	promotion.violations == {{
		"code": "accuracy_not_significant",
		"effect": "hold",
		"message": "the accuracy p-value 0.4 is not below 0.01; more data may show it",
		"path": "statistical_tests.accuracy_p_value",
	}} with input as facts
}

test_gray_without_evidence_requires_significance if {
	facts := changed({
		"version": {"state": "gray"},
		"statistical_tests": {"accuracy_p_value": 0.4},
	})
	codes(promotion.violations) == {"accuracy_not_significant"} with input as facts
}

test_gray_with_evidence_leaves_significance_to_the_findings if {
	facts := changed({
		"version": {"state": "gray"},
		"statistical_tests": {"accuracy_p_value": 0.4},
		"evidence": findings([finding("error_rate", "pass")]),
	})
	promotion.allow with input as facts
}

test_shadow_with_evidence_requires_significance if {
	facts := changed({
		"statistical_tests": {"accuracy_p_value": 0.4},
		"evidence": findings([finding("accuracy", "pass")]),
	})
	codes(promotion.violations) == {"accuracy_not_significant"} with input as facts
}

test_latency_at_the_level_is_no_alarm if {
	promotion.allow with input as changed({"statistical_tests": {"latency_p_value": 0.05}})
}

test_slower_at_or_above_the_level_is_no_alarm if {
	every p in [0.05, 0.9] {
		promotion.allow with input as changed({
			"metrics": {"latency_delta": 0.2},
			"statistical_tests": {"latency_p_value": p},
		})
	}
}

test_significant_latency_without_a_direction_holds if {
	facts := changed({"statistical_tests": {"latency_p_value": 0.0499}})
	promotion.violations == {{
		"code": "latency_direction_unknown",
		"effect": "hold",
		"message": "latency changed at p-value 0.0499; `metrics.latency_delta` must say which way",
		"path": "metrics.latency_delta",
	}} with input as facts
}

test_significantly_slower_is_rejected if {
	facts := changed({
		"metrics": {"latency_delta": 0.2},
		"statistical_tests": {"latency_p_value": 0.0499},
	})
	promotion.violations == {{
		"code": "latency_significantly_worse",
		"effect": "reject",
		"message": "latency changed by 0.2, significant at p-value 0.0499",
		"path": "metrics.latency_delta",
	}} with input as facts
}

test_significant_without_a_size_is_worse if {
	facts := changed({
		"metrics": {"latency_delta": 0},
		"statistical_tests": {"latency_p_value": 0.01},
	})
	codes(promotion.violations) == {"latency_significantly_worse"} with input as facts
}

test_significantly_faster_is_allowed if {
	promotion.allow with input as changed({
		"metrics": {"latency_delta": -0.0001},
		"statistical_tests": {"latency_p_value": 0.0001},
	})
}

test_asking_for_more_proof_keeps_the_alarms if {
	facts := changed({
		"metrics": {"latency_delta": 0.2},
		"statistical_tests": {"accuracy_p_value": 0.001, "latency_p_value": 0.03, "cost_p_value": 0.03},
		"thresholds": {"statistical_significance_p": 0.01},
	})
	codes(promotion.violations) == {"latency_significantly_worse"} with input as facts
	codes(promotion.warnings) == {
		"checklist_not_evidenced",
		"cost_increase_significant",
	} with input as facts
}

test_asking_for_more_proof_still_asks_for_a_direction if {
	facts := changed({
		"statistical_tests": {"accuracy_p_value": 0.001, "latency_p_value": 0.03},
		"thresholds": {"statistical_significance_p": 0.01},
	})
	codes(promotion.violations) == {"latency_direction_unknown"} with input as facts
}

test_a_looser_level_alarms_sooner if {
	facts := changed({
		"metrics": {"latency_delta": 0.2},
		"statistical_tests": {"latency_p_value": 0.06},
		"thresholds": {"statistical_significance_p": 0.07},
	})
	codes(promotion.violations) == {
		"latency_significantly_worse",
		"threshold_below_floor",
	} with input as facts
}

test_cost_increase_at_its_maximum_is_allowed if {
	promotion.allow with input as changed({"metrics": {"cost_delta": 0.1}})
}

test_cost_increase_above_its_maximum if {
	facts := changed({"metrics": {"cost_delta": 0.1001}})
	promotion.violations == {{
		"code": "cost_increase_exceeded",
		"effect": "reject",
		"message": "the cost increase 0.1001 is above the maximum 0.1",
		"path": "metrics.cost_delta",
	}} with input as facts
}

test_cost_increase_above_its_maximum_needs_no_significance if {
	facts := changed({
		"metrics": {"cost_delta": 0.2},
		"statistical_tests": {"cost_p_value": 0.9},
	})
	codes(promotion.violations) == {"cost_increase_exceeded"} with input as facts
}

test_significant_cost_increase_within_its_maximum_is_a_warning if {
	facts := changed(object.union(
		checklist,
		{"statistical_tests": {"cost_p_value": 0.0499}},
	))
	promotion.allow with input as facts
	promotion.warnings == {{
		"code": "cost_increase_significant",
		"message": "the cost increase 0.05 is within its maximum and significant at p-value 0.0499",
		"path": "metrics.cost_delta",
	}} with input as facts
}

test_any_significant_cost_increase_up_to_its_maximum_is_a_warning if {
	every delta in [0.0001, 0.1] {
		facts := changed({
			"metrics": {"cost_delta": delta},
			"statistical_tests": {"cost_p_value": 0.01},
		})
		codes(promotion.warnings) == {
			"checklist_not_evidenced",
			"cost_increase_significant",
		} with input as facts
	}
}

test_cost_at_the_level_is_no_warning if {
	facts := changed({"statistical_tests": {"cost_p_value": 0.05}})
	codes(promotion.warnings) == {"checklist_not_evidenced"} with input as facts
}

test_cheaper_or_equal_is_no_warning if {
	every delta in [-0.2, 0] {
		facts := changed({
			"metrics": {"cost_delta": delta},
			"statistical_tests": {"cost_p_value": 0.01},
		})
		codes(promotion.warnings) == {"checklist_not_evidenced"} with input as facts
	}
}

test_a_violation_of_cost_is_no_warning_besides if {
	facts := changed({
		"metrics": {"cost_delta": 0.2},
		"statistical_tests": {"cost_p_value": 0.01},
	})
	codes(promotion.warnings) == {"checklist_not_evidenced"} with input as facts
}

# ---- Laws ----

# METADATA
# title: For each metric, values that only get worse
worsening := {
	"p95_latency_ms": [0, 2999, 3000, 3001, 1000000],
	"error_rate": [0, 0.0199, 0.02, 0.0201, 0.1, 1],
	"accuracy_delta": [1, 0.0201, 0.02, 0.0199, 0, -1],
	"security_pass_rate": [1, 0.9901, 0.99, 0.9899, 0.95, 0],
	"cost_delta": [-1, 0.0999, 0.1, 0.1001, 10],
}

test_each_metric_is_allowed_up_to_its_limit_and_never_beyond if {
	every metric, values in worsening {
		allowed := [answer |
			some value in values
			answer := promotion.allow with input as changed({"metrics": {metric: value}})
		]
		allowed == array.concat(
			[true, true, true],
			[false | some i; values[i]; i > 2],
		)
	}
}

test_a_smaller_p_value_is_never_worse_for_accuracy if {
	allowed := [answer |
		some p in [1, 0.5, 0.0501, 0.05, 0.0499, 0.001, 0]
		facts := changed({"statistical_tests": {"accuracy_p_value": p}})
		answer := promotion.allow with input as facts
	]
	allowed == [false, false, false, false, true, true, true]
}
