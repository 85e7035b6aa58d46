//! Any number of threads may ask one gate, and get what one thread gets.

use phasegate::{Facts, Gate, Request};

#[test]
fn eight_threads_decide_ten_thousand_inputs_as_one_does() {
    let gate = Gate::builder().build().expect("the embedded policies load");
    let facts: Vec<Facts> = phasegate_fixtures::inputs(10_000)
        .map(|text| Facts::from_json(text.as_bytes()).expect("an input"))
        .collect();
    let decide = |facts: &Facts| {
        let decision = gate.decide(&Request::new(facts.clone()));
        decision.to_canonical_bytes().expect("a decision has a canonical form")
    };
    let alone: Vec<Vec<u8>> = facts.iter().map(decide).collect();
    // Each thread goes through all of them from another starting point, so that different inputs
    // meet.
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (facts, alone, decide) = (&facts, &alone, &decide);
            scope.spawn(move || {
                for step in (thread..10_000).step_by(8) {
                    let at = (step * 7919 + thread * 1250) % 10_000;
                    assert_eq!(decide(&facts[at]), alone[at], "thread {thread}, input {at}");
                }
            });
        }
    });
}
