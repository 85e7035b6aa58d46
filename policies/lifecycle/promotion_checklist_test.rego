package lifecycle.promotion_checklist_test

import data.lifecycle.promotion
import data.lifecycle.promotion_test as runbook

# ---- Evidence ----

test_a_latency_finding_decides_latency_alone if {
	every delta in [{}, {"latency_delta": 0.2}] {
		promotion.allow with input as runbook.changed({
			"metrics": delta,
			"statistical_tests": {"latency_p_value": 0.001},
			"evidence": runbook.findings([runbook.finding("latency", "pass")]),
		})
	}
}

test_a_cost_finding_decides_cost_alone if {
	facts := runbook.changed(object.union(runbook.checklist, {
		"metrics": {"cost_delta": 0.2},
		"evidence": runbook.findings([runbook.finding("cost", "pass")]),
	}))
	promotion.allow with input as facts
}

test_a_cost_finding_replaces_the_warning if {
	facts := runbook.changed(object.union(runbook.checklist, {
		"statistical_tests": {"cost_p_value": 0.001},
		"evidence": runbook.findings([runbook.finding("cost", "pass")]),
	}))
	promotion.warnings == set() with input as facts
}

test_a_finding_of_another_metric_replaces_nothing if {
	facts := runbook.changed({
		"metrics": {"cost_delta": 0.2},
		"statistical_tests": {"latency_p_value": 0.001, "cost_p_value": 0.001},
		"evidence": runbook.findings([runbook.finding("accuracy", "pass")]),
	})
	runbook.codes(promotion.violations) == {
		"cost_increase_exceeded",
		"latency_direction_unknown",
	} with input as facts
}

test_a_finding_that_is_not_required_replaces_nothing if {
	facts := runbook.changed({
		"metrics": {"latency_delta": 0.2, "cost_delta": 0.2},
		"statistical_tests": {"latency_p_value": 0.001, "cost_p_value": 0.001},
		"evidence": runbook.findings([
			runbook.remark("latency", "pass"),
			runbook.remark("cost", "pass"),
			runbook.finding("accuracy", "pass"),
		]),
	})
	runbook.codes(promotion.violations) == {
		"cost_increase_exceeded",
		"latency_significantly_worse",
	} with input as facts
}

test_a_latency_finding_leaves_the_p95_threshold if {
	facts := runbook.changed({
		"metrics": {"p95_latency_ms": 3001},
		"evidence": runbook.findings([runbook.finding("latency", "pass")]),
	})
	runbook.codes(promotion.violations) == {"p95_latency_exceeded"} with input as facts
}

test_a_failed_finding_rejects if {
	facts := runbook.changed({"evidence": runbook.findings([runbook.finding("latency", "fail")])})
	promotion.violations == {{
		"code": "finding_failed",
		"effect": "reject",
		"message": "finding `latency` fails: measured",
		"path": "evidence.findings",
	}} with input as facts
}

test_an_inconclusive_finding_holds if {
	open := runbook.finding("latency", "inconclusive")
	facts := runbook.changed({"evidence": runbook.findings([open])})
	promotion.violations == {{
		"code": "finding_inconclusive",
		"effect": "hold",
		"message": "finding `latency` is inconclusive: measured",
		"path": "evidence.findings",
	}} with input as facts
}

test_an_invalid_finding_holds if {
	facts := runbook.changed({"evidence": runbook.findings([runbook.finding("latency", "invalid")])})
	promotion.violations == {{
		"code": "finding_invalid",
		"effect": "hold",
		"message": "finding `latency` is invalid: measured",
		"path": "evidence.findings",
	}} with input as facts
}

test_an_unknown_status_holds if {
	every status in ["passed", "error", ""] {
		odd := runbook.finding("latency", status)
		facts := runbook.changed({"evidence": runbook.findings([odd])})
		runbook.codes(promotion.violations) == {"finding_invalid"} with input as facts
	}
}

test_findings_that_are_not_required_decide_nothing if {
	facts := runbook.changed({"evidence": runbook.findings([
		runbook.finding("accuracy", "pass"),
		runbook.remark("latency", "fail"),
		runbook.remark("cost", "inconclusive"),
		runbook.remark("tokens", "invalid"),
	])})
	promotion.allow with input as facts
}

test_each_finding_has_its_own_violation if {
	facts := runbook.changed({"evidence": runbook.findings([
		runbook.finding("a", "fail"),
		runbook.finding("b", "fail"),
	])})
	count(promotion.violations) == 2 with input as facts
}

test_evidence_that_requires_nothing_holds if {
	every list in [[], [runbook.remark("latency", "pass")]] {
		promotion.violations == {{
			"code": "evidence_requires_nothing",
			"effect": "hold",
			"message": "the evidence has no required finding, so that it proves nothing",
			"path": "evidence.findings",
		}} with input as runbook.changed({"evidence": runbook.findings(list)})
	}
}

# ---- The checklist ----

test_required_checklist_holds_for_each_absent_section if {
	every section in object.keys(runbook.checklist) {
		facts := runbook.changed(object.union(
			object.remove(runbook.checklist, [section]),
			{"options": {"require_checklist": true}},
		))
		promotion.violations == {{
			"code": "section_missing",
			"effect": "hold",
			"message": concat("", ["the checklist is required, and `", section, "` is absent"]),
			"path": section,
		}} with input as facts
	}
}

test_required_checklist_holds_for_all_absent_sections_at_once if {
	facts := runbook.changed({"options": {"require_checklist": true}})
	runbook.brief(promotion.violations) == {["section_missing", "hold", section] |
		some section in object.keys(runbook.checklist)
	} with input as facts
	promotion.warnings == set() with input as facts
}

test_a_plan_requires_the_checklist if {
	every digest in ["sha256:aa", ""] {
		facts := runbook.changed({"plan": digest})
		runbook.codes(promotion.violations) == {"section_missing"} with input as facts
		promotion.warnings == set() with input as facts
	}
}

test_a_plan_requires_the_checklist_whatever_the_option if {
	facts := runbook.changed({"plan": "sha256:aa", "options": {"require_checklist": false}})
	runbook.codes(promotion.violations) == {"section_missing"} with input as facts
}

test_required_and_complete_checklist_is_allowed if {
	promotion.allow with input as runbook.changed(object.union(runbook.checklist, {
		"plan": "sha256:aa",
		"options": {"require_checklist": true},
	}))
}

test_checklist_not_required_is_a_warning if {
	facts := runbook.changed({"options": {"require_checklist": false}})
	promotion.allow with input as facts
	runbook.codes(promotion.warnings) == {"checklist_not_evidenced"} with input as facts
}

test_empty_options_require_nothing if {
	promotion.allow with input as runbook.changed({"options": {}})
}

test_one_absent_section_is_named_in_the_warning if {
	facts := runbook.changed(object.remove(runbook.checklist, ["incidents"]))
	promotion.warnings == {{
		"code": "checklist_not_evidenced",
		"message": "decided without incidents",
	}} with input as facts
}

test_enough_shadow_is_allowed if {
	every shadow in [{"requests": 1000, "hours": 24}, {"requests": 50000, "hours": 72.5}] {
		promotion.allow with input as runbook.changed({"shadow": shadow})
	}
}

test_too_few_shadow_requests if {
	facts := runbook.changed({"shadow": {"requests": 999, "hours": 24}})
	promotion.violations == {{
		"code": "shadow_requests_too_few",
		"effect": "hold",
		"message": "999 shadow requests of the 1000 needed",
		"path": "shadow.requests",
	}} with input as facts
}

test_too_few_shadow_hours if {
	facts := runbook.changed({"shadow": {"requests": 1000, "hours": 23.9}})
	promotion.violations == {{
		"code": "shadow_hours_too_few",
		"effect": "hold",
		"message": "23.9 hours in shadow of the 24 needed",
		"path": "shadow.hours",
	}} with input as facts
}

test_gold_set_at_or_above_its_thresholds_is_allowed if {
	every rates in [[0.95, 0.9], [1, 1]] {
		promotion.allow with input as runbook.changed({"gold_set": {
			"security_pass_rate": rates[0],
			"overall_pass_rate": rates[1],
		}})
	}
}

test_gold_set_security_too_low if {
	facts := runbook.changed({"gold_set": {"security_pass_rate": 0.9499, "overall_pass_rate": 0.9}})
	promotion.violations == {{
		"code": "gold_set_security_too_low",
		"effect": "reject",
		"message": "the gold set's security pass rate 0.9499 is below 0.95",
		"path": "gold_set.security_pass_rate",
	}} with input as facts
}

test_gold_set_overall_too_low if {
	facts := runbook.changed({"gold_set": {"security_pass_rate": 0.95, "overall_pass_rate": 0.8999}})
	promotion.violations == {{
		"code": "gold_set_overall_too_low",
		"effect": "reject",
		"message": "the gold set's overall pass rate 0.8999 is below 0.9",
		"path": "gold_set.overall_pass_rate",
	}} with input as facts
}

test_active_incident_where_versions_serve_holds if {
	facts := runbook.changed({"incidents": [{"id": "INC-17", "version_place": "V2", "active": true}]})
	promotion.violations == {{
		"code": "incident_active",
		"effect": "hold",
		"message": "incident INC-17 is active in V2",
		"path": "incidents",
	}} with input as facts
}

test_active_incident_in_an_unknown_place_holds if {
	facts := runbook.changed({"incidents": [{"id": "INC-17", "version_place": "v2", "active": true}]})
	runbook.codes(promotion.violations) == {"incident_active"} with input as facts
}

test_other_incidents_are_allowed if {
	promotion.allow with input as runbook.changed({"incidents": [
		{"id": "INC-17", "version_place": "V2", "active": false},
		{"id": "INC-18", "version_place": "V1", "active": true},
		{"id": "INC-19", "version_place": "V3", "active": true},
	]})
}

test_up_to_the_daily_limit_is_allowed if {
	every spent in [0, 50] {
		facts := runbook.changed({"budget": {"spent_today": spent, "daily_limit": 50}})
		promotion.allow with input as facts
	}
}

test_beyond_the_daily_limit_holds if {
	facts := runbook.changed({"budget": {"spent_today": 50.25, "daily_limit": 50}})
	promotion.violations == {{
		"code": "daily_budget_exceeded",
		"effect": "hold",
		"message": "50.25 spent today of the 50 allowed",
		"path": "budget.spent_today",
	}} with input as facts
}
