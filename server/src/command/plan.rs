//! `zhida plan`: what the columns do for a library, and what they leave to the reference.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use zhida_engine::explain::{place_of, text_at};
use zhida_engine::interpreter::Context;
use zhida_engine::plan::{self, PlanSummary, ReferenceUse, Schema};
use zhida_policies::measure::library::Library;
use zhida_policies::values::Date;

use crate::arguments::Common;
use crate::enterprises::Enterprises;
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::{Form, Output};

/// 计算计划:全部事项合成多少个节点,共享多少,估计工作量,哪些留给逐户解释
#[derive(Args, Debug)]
#[command(after_help = "示例:\n  zhida plan --year 2025\n  \
    zhida plan --snapshot 企业.csv --year 2025 --as-of 2026-06-30 --json\n\n\
    计划只看政策和数据的形式,不看任何一家企业的数值,也不影响结论。\n\
    留给逐户解释的节点逐个列出:在哪个事项、哪一条、哪一行。")]
pub(crate) struct Plan {
    /// 按哪份企业数据的列来计划:快照文件夹或 CSV;不写按词汇表里的形式
    #[arg(long, value_name = "快照")]
    snapshot: Option<PathBuf>,
    /// 评定年度,即“本年”;有快照时不写用快照里的年度
    #[arg(
        long,
        value_name = "年份",
        value_parser = clap::value_parser!(i32).range(1900..=2999),
        required_unless_present = "snapshot"
    )]
    year: Option<i32>,
    /// 基准日;不写用快照里的日期,再没有用今天
    #[arg(long, value_name = "日期", value_parser = super::day)]
    as_of: Option<Date>,
    /// 把每个节点也列出来
    #[arg(long)]
    nodes: bool,
}

impl Plan {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<Status, Failure> {
        let mut library = library::sound(common, output)?;
        library::without_drafts(&mut library);
        let shows_nodes = self.nodes;
        let (schema, context) = self.forms(&library)?;
        let plan = plan::Plan::new(&library, context, schema);
        let (summary, uses) = (plan.summary(), plan.reference_uses());
        match output.form() {
            Form::Json => {
                for used in &uses {
                    output.json(&use_as_data(&library, used))?;
                }
                output.json(&json!({"totals": totals(&library, context, &summary)}))?;
            }
            Form::People => {
                output.heading(format_args!(
                    "评定年度 {},基准日 {}",
                    context.year, context.as_of
                ))?;
                if shows_nodes {
                    output.line(plan.to_string().trim_end())?;
                } else {
                    output.line(&summary)?;
                }
                let idle = library.measures.len().saturating_sub(summary.measures);
                if idle > 0 {
                    output.line(format_args!(
                        "另有 {idle} 个事项在这一年度不适用,不在计划里"
                    ))?;
                }
                for used in &uses {
                    output.line(shown(&library, used))?;
                }
            }
        }
        Ok(Status::Done)
    }

    /// The forms of columns and the moment of assessment.
    fn forms(self, library: &Library) -> Result<(Schema, Context), Failure> {
        match (self.snapshot, self.year) {
            (Some(snapshot), year) => {
                let enterprises = Enterprises {
                    snapshot,
                    year,
                    as_of: self.as_of,
                };
                let (snapshot, context) = enterprises.open(library)?;
                Ok((Schema::of(&snapshot), context))
            }
            (None, Some(year)) => {
                let as_of = self.as_of.unwrap_or_else(library::today);
                Ok((Schema::default(), Context { year, as_of }))
            }
            (None, None) => Err(Failure::usage(
                "没有写明评定年度",
                "请加 --year,如 --year 2025",
            )),
        }
    }
}

fn totals(library: &Library, context: Context, summary: &PlanSummary) -> Value {
    json!({
        "year": context.year,
        "as_of": context.as_of,
        "measures": library.measures.len(),
        "measures_valid": summary.measures,
        "nodes": summary.nodes,
        "tree_nodes": summary.tree_nodes,
        "sharing_percent": summary.sharing_percent(),
        "cost": summary.cost,
        "by_work": summary.by_work,
        "reference_nodes": summary.reference_nodes,
    })
}

fn use_as_data(library: &Library, used: &ReferenceUse) -> Value {
    let measure = library.measures.get(used.measure);
    json!({"reference": {
        "node": used.node.index(),
        "measure": measure.map(|measure| measure.id.to_string()),
        "basis": measure.map(|measure| measure.basis.as_slice()),
        "part": measure.map(|measure| used.part.name(measure)),
        "text": text_at(library, used.span),
        "place": place_of(library, used.span),
    }})
}

/// A node, the measure and clause it stands in, and its text.
fn shown(library: &Library, used: &ReferenceUse) -> String {
    let measure = library.measures.get(used.measure);
    let place = place_of(library, used.span);
    let place = place.map_or_else(String::new, |place| {
        format!("({}:{})", place.path, place.line)
    });
    let (name, basis, part) = measure.map_or_else(Default::default, |measure| {
        let basis = measure.basis.join("、");
        let name = format!("{} {}", measure.name, measure.id);
        (name, basis, used.part.name(measure))
    });
    format!(
        "  {name} {basis} {part}:{}{place}",
        text_at(library, used.span)
    )
}
