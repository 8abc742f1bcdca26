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
}
