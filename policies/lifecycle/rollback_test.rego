package lifecycle.rollback_test

import data.lifecycle.promotion_test as runbook
import data.lifecycle.rollback

test_runbook_gives_no_reason if {
	rollback.reasons == set() with input as runbook.document
}

test_security_at_the_floor_stays if {
	rollback.reasons == set() with input as runbook.changed({"metrics": {"security_pass_rate": 0.95}})
}

test_security_below_the_floor_goes_back if {
	facts := runbook.changed({"metrics": {"security_pass_rate": 0.9499}})
	rollback.reasons == {{
		"code": "security_failure",
		"message": "the security pass rate 0.9499 is below 0.95",
		"path": "metrics.security_pass_rate",
	}} with input as facts
}

test_error_rate_at_the_floor_stays if {
	rollback.reasons == set() with input as runbook.changed({"metrics": {"error_rate": 0.1}})
}

test_error_rate_above_the_floor_goes_back if {
	facts := runbook.changed({"metrics": {"error_rate": 0.1001}})
	rollback.reasons == {{
		"code": "error_spike",
		"message": "the error rate 0.1001 is above 0.1",
		"path": "metrics.error_rate",
	}} with input as facts
}

test_latency_at_three_times_its_threshold_stays if {
	rollback.reasons == set() with input as runbook.changed({"metrics": {"p95_latency_ms": 9000}})
}

test_latency_above_three_times_its_threshold_goes_back if {
	facts := runbook.changed({"metrics": {"p95_latency_ms": 9001}})
	rollback.reasons == {{
		"code": "latency_spike",
		"message": "P95 latency 9001 ms is above 9000 ms, 3 times its threshold",
		"path": "metrics.p95_latency_ms",
	}} with input as facts
}

test_latency_spike_follows_its_threshold if {
	facts := runbook.changed({
		"metrics": {"p95_latency_ms": 301},
		"thresholds": {"p95_latency_ms": 100},
	})
	runbook.codes(rollback.reasons) == {"latency_spike"} with input as facts
}

test_two_failed_windows_stay if {
	rollback.reasons == set() with input as runbook.changed({"slo": {"consecutive_failures": 2}})
}

test_three_failed_windows_go_back if {
	facts := runbook.changed({"slo": {"consecutive_failures": 3}})
	rollback.reasons == {{
		"code": "slo_violation",
		"message": "3 SLO windows failed in a row; 3 are a violation",
		"path": "slo.consecutive_failures",
	}} with input as facts
}

test_more_than_three_failed_windows_go_back if {
	facts := runbook.changed({"slo": {"consecutive_failures": 4}})
	rollback.reasons == {{
		"code": "slo_violation",
		"message": "4 SLO windows failed in a row; 3 are a violation",
		"path": "slo.consecutive_failures",
	}} with input as facts
}

test_a_looser_threshold_does_not_move_a_trigger if {
	facts := runbook.changed({
		"metrics": {"security_pass_rate": 0.94, "error_rate": 0.11},
		"thresholds": {"security_pass_rate": 0.5, "error_rate": 0.5},
	})
	runbook.codes(rollback.reasons) == {"error_spike", "security_failure"} with input as facts
}

test_the_floors_are_data if {
	rollback.reasons == set() with input as runbook.changed({"metrics": {
		"security_pass_rate": 0.6,
		"error_rate": 0.3,
	}})
		with data.lifecycle.floors as runbook.other_floors
}

test_beyond_other_floors if {
	facts := runbook.changed({"metrics": {"security_pass_rate": 0.59, "error_rate": 0.31}})
	{r.message | some r in rollback.reasons} == {
		"the security pass rate 0.59 is below 0.6",
		"the error rate 0.31 is above 0.3",
	} with input as facts with data.lifecycle.floors as runbook.other_floors
}

test_every_reason_is_reported_at_once if {
	facts := runbook.changed({
		"metrics": {"p95_latency_ms": 10000, "error_rate": 0.5, "security_pass_rate": 0.5},
		"slo": {"consecutive_failures": 5},
	})
	runbook.codes(rollback.reasons) == {
		"error_spike",
		"latency_spike",
		"security_failure",
		"slo_violation",
	} with input as facts
}
