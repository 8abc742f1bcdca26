//! The explanation as an indented tree: the result before what it rests on.

use std::fmt;

use crate::explain::{Explanation, ExplanationStep};

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}({})", self.name, self.measure)?;
        write!(f, "依据 《{}》", self.policy)?;
        if let Some(number) = &self.document_number {
            write!(f, "{number}")?;
        }
        writeln!(f, " {}", self.basis.join("、"))?;
        for erratum in &self.errata {
            writeln!(f, "更正 {erratum}")?;
        }
        writeln!(
            f,
            "企业 {} 年度 {} 基准日 {}",
            self.enterprise, self.year, self.as_of
        )?;
        writeln!(f, "{}", self.outcome.summary)?;
        let payable = self.payable.as_ref().map(|payable| &payable.summary);
        if let Some(summary) = payable.filter(|summary| !summary.is_empty()) {
            writeln!(f, "{summary}")?;
        }
        for reason in &self.outcome.reasons {
            for value in &reason.values {
                writeln!(f, "  因 {} = {}", value.name, value.value)?;
            }
        }
        for step in &self.steps {
            write_step(f, step, 1)?;
        }
        Ok(())
    }
}

fn write_step(f: &mut fmt::Formatter<'_>, step: &ExplanationStep, depth: usize) -> fmt::Result {
    for _ in 0..depth {
        f.write_str("  ")?;
    }
    write!(f, "{} ← {}", step.result, step.label)?;
    if !step.written.is_empty() {
        write!(f, " {}", step.written)?;
    }
    let origin: Vec<&str> = [&step.owner, &step.source]
        .into_iter()
        .map(String::as_str)
        .filter(|s| !s.is_empty())
        .collect();
    if !origin.is_empty() {
        write!(f, " [{}]", origin.join(",来源 "))?;
    }
    writeln!(f)?;
    step.children
        .iter()
        .try_for_each(|child| write_step(f, child, depth.saturating_add(1)))
}
