# The sections that evidence a promotion: its findings and its checklist.

package lifecycle.promotion

# ---- Evidence ----

# METADATA
# title: The findings that the decision needs
# description: |
#   A required finding named `latency` or `cost` decides that metric alone: the p-values and the
#   observed cost increase are then not asked.
required_findings contains finding.id if {
	some finding in input.evidence.findings
	finding.required
}

# METADATA
# title: No required finding is proved bad
# custom:
#   code: finding_failed
#   effect: reject
violations contains {
	"code": "finding_failed",
	"effect": "reject",
	"message": sprintf("finding `%v` fails: %v", [finding.id, finding.reason]),
	"path": "evidence.findings",
} if {
	some finding in input.evidence.findings
	finding.required
	finding.status == "fail"
}

# METADATA
# title: No required finding is still open
# custom:
#   code: finding_inconclusive
#   effect: hold
violations contains {
	"code": "finding_inconclusive",
	"effect": "hold",
	"message": sprintf("finding `%v` is inconclusive: %v", [finding.id, finding.reason]),
	"path": "evidence.findings",
} if {
	some finding in input.evidence.findings
	finding.required
	finding.status == "inconclusive"
}

# METADATA
# title: Every required finding can carry a verdict
# description: A status that is none of the known ones carries none either.
# custom:
#   code: finding_invalid
#   effect: hold
violations contains {
	"code": "finding_invalid",
	"effect": "hold",
	"message": sprintf("finding `%v` is %v: %v", [finding.id, finding.status, finding.reason]),
	"path": "evidence.findings",
} if {
	some finding in input.evidence.findings
	finding.required
	not finding.status in {"pass", "fail", "inconclusive"}
}

# METADATA
# title: Evidence requires something
# description: A list in which nothing is required would pass whatever it says.
# custom:
#   code: evidence_requires_nothing
#   effect: hold
violations contains {
	"code": "evidence_requires_nothing",
	"effect": "hold",
	"message": "the evidence has no required finding, so that it proves nothing",
	"path": "evidence.findings",
} if {
	input.evidence
	count(required_findings) == 0
}

# ---- The checklist ----

# METADATA
# title: Shadow requests before anything is decided
min_shadow_requests := 1000

# METADATA
# title: Hours in shadow before anything is decided
min_shadow_hours := 24

# METADATA
# title: The lowest pass rate over the whole gold set
min_gold_set_overall_pass_rate := 0.9

# METADATA
# title: Every section of the checklist must be there
checklist_required if is_string(input.plan)

checklist_required if input.options.require_checklist

# METADATA
# title: The sections of the checklist that are not there
absent_sections contains "shadow" if not input.shadow

absent_sections contains "gold_set" if not input.gold_set

absent_sections contains "incidents" if not input.incidents

absent_sections contains "evidence" if not input.evidence

absent_sections contains "quarantine" if not input.quarantine

# METADATA
# title: A required checklist is complete
# custom:
#   code: section_missing
#   effect: hold
violations contains {
	"code": "section_missing",
	"effect": "hold",
	"message": sprintf("the checklist is required, and `%v` is absent", [section]),
	"path": section,
} if {
	checklist_required
	some section in absent_sections
}

# METADATA
# title: A checklist that is not required and not complete is worth knowing
# custom:
#   code: checklist_not_evidenced
warnings contains {
	"code": "checklist_not_evidenced",
	"message": sprintf("decided without %v", [concat(", ", absent_sections)]),
} if {
	not checklist_required
	count(absent_sections) > 0
}

# METADATA
# title: Enough shadow requests
# custom:
#   code: shadow_requests_too_few
#   effect: hold
violations contains {
	"code": "shadow_requests_too_few",
	"effect": "hold",
	"message": sprintf("%v shadow requests of the %v needed", [
		input.shadow.requests,
		min_shadow_requests,
	]),
	"path": "shadow.requests",
} if {
	input.shadow.requests < min_shadow_requests
}

# METADATA
# title: Long enough in shadow
# custom:
#   code: shadow_hours_too_few
#   effect: hold
violations contains {
	"code": "shadow_hours_too_few",
	"effect": "hold",
	"message": sprintf("%v hours in shadow of the %v needed", [
		input.shadow.hours,
		min_shadow_hours,
	]),
	"path": "shadow.hours",
} if {
	input.shadow.hours < min_shadow_hours
}

# METADATA
# title: The gold set's security cases pass
# custom:
#   code: gold_set_security_too_low
#   effect: reject
violations contains {
	"code": "gold_set_security_too_low",
	"effect": "reject",
	"message": sprintf("the gold set's security pass rate %v is below %v", [
		input.gold_set.security_pass_rate,
		data.lifecycle.floors.security_pass_rate,
	]),
	"path": "gold_set.security_pass_rate",
} if {
	input.gold_set.security_pass_rate < data.lifecycle.floors.security_pass_rate
}

# METADATA
# title: The gold set passes as a whole
# custom:
#   code: gold_set_overall_too_low
#   effect: reject
violations contains {
	"code": "gold_set_overall_too_low",
	"effect": "reject",
	"message": sprintf("the gold set's overall pass rate %v is below %v", [
		input.gold_set.overall_pass_rate,
		min_gold_set_overall_pass_rate,
	]),
	"path": "gold_set.overall_pass_rate",
} if {
	input.gold_set.overall_pass_rate < min_gold_set_overall_pass_rate
}

# METADATA
# title: No active incident where versions serve
# description: A place that is neither V1 nor V3 counts as V2.
# custom:
#   code: incident_active
#   effect: hold
violations contains {
	"code": "incident_active",
	"effect": "hold",
	"message": sprintf("incident %v is active in %v", [incident.id, incident.version_place]),
	"path": "incidents",
} if {
	some incident in input.incidents
	incident.active
	not incident.version_place in {"V1", "V3"}
}

# METADATA
# title: Within the day's budget
# description: The runbook pauses evaluation here; what is paused is not promoted either.
# custom:
#   code: daily_budget_exceeded
#   effect: hold
violations contains {
	"code": "daily_budget_exceeded",
	"effect": "hold",
	"message": sprintf("%v spent today of the %v allowed", [
		input.budget.spent_today,
		input.budget.daily_limit,
	]),
	"path": "budget.spent_today",
} if {
	# phasegate: ignore unguarded_fact a service without a budget cannot exceed it
	input.budget.spent_today > input.budget.daily_limit
}
