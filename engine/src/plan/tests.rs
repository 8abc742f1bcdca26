//! The plan of the library, and what is shared in it.

use std::path::Path;
use std::sync::Arc;

use zhida_policies::check::{CheckOptions, check};
use zhida_policies::load::{read_policies, read_vocabulary};
use zhida_policies::values::Codes;

use crate::interpreter::Context;
use crate::plan::{Plan, Schema};

#[test]
fn the_library_shares_what_measures_say_alike() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/library");
    let vocabulary = read_vocabulary(&root.join("vocabulary.toml")).unwrap();
    let library = check(
        read_policies(&root).unwrap(),
        vocabulary,
        Arc::new(Codes::built_in().unwrap()),
        CheckOptions::default(),
    );
    let context = Context {
        year: 2025,
        as_of: "2025-12-31".parse().unwrap(),
    };
    let plan = Plan::new(&library, context, Schema::default());
    let summary = plan.summary();
    assert!(summary.measures > 50, "{summary}");
    assert!(summary.sharing_percent() > 200, "{summary}");
    // Operands come before what is made of them.
    for (place, node) in plan.graph().nodes().iter().enumerate() {
        assert!(
            node.op
                .operands()
                .iter()
                .all(|operand| operand.index() < place)
        );
    }
    // What is left to the reference interpreter is shown with its text.
    let shown = plan.to_string();
    for node in plan.reference_nodes() {
        assert!(shown.contains(plan.reference_text(node).unwrap()));
    }
    assert!(summary.reference_nodes * 50 < summary.nodes, "{summary}");
    // Every such node stands in a measure, within the measure's own text or a definition's.
    let uses = plan.reference_uses();
    for node in plan.reference_nodes() {
        let used = uses.iter().find(|used| used.node == node).unwrap();
        let measure = &library.measures[used.measure];
        assert!(!used.part.name(measure).is_empty());
        let text = crate::explain::text_at(&library, used.span);
        let shown = plan.reference_text(node).unwrap();
        assert!(shown.split_whitespace().eq(text.split_whitespace()));
    }
}
