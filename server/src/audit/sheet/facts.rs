//! Steps and facts of an explanation as a sheet shows them.

use zhida_engine::explain::ExplanationStep;

use super::SheetStep;

/// All steps, outermost first.
pub(super) fn steps(steps: &[ExplanationStep]) -> Vec<SheetStep> {
    let mut found = Vec::new();
    add(steps, 0, &mut found);
    found
}

fn add(steps: &[ExplanationStep], depth: u16, into: &mut Vec<SheetStep>) {
    for step in steps {
        into.push(SheetStep {
            depth,
            label: step.label.clone(),
            written: step.written.clone(),
            result: step.result.clone(),
        });
        add(&step.children, depth.saturating_add(1), into);
    }
}

/// The facts that were read, each once: name, value, department, source.
pub(super) fn facts(steps: &[ExplanationStep]) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    read(steps, &mut found);
    found
}

fn read(steps: &[ExplanationStep], into: &mut Vec<Vec<String>>) {
    for step in steps {
        if !step.owner.is_empty() {
            let row = vec![
                step.label.clone(),
                step.result.clone(),
                step.owner.clone(),
                step.source.clone(),
            ];
            if !into.contains(&row) {
                into.push(row);
            }
        }
        read(&step.children, into);
    }
}
