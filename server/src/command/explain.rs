//! `zhida explain`: how one decision came about.

use clap::Args;
use zhida_policies::measure::Measure;
use zhida_policies::measure::library::Library;

use super::sweep::settled;
use crate::arguments::Common;
use crate::enterprises::{self, Enterprises};
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::{Form, Output};
use crate::views::explained::explained_by;

/// 解释一个结论:每一步的条文、数值和数据来源,直到可付金额
#[derive(Args, Debug)]
#[command(
    after_help = "示例:\n  zhida explain xiangyang-industry-2025/growth-award 91420600MA00000159 \
    --snapshot out/snapshot\n\n\
    已付、名额、就高、限额和资金按快照里的全部企业一起算;只有一家企业时,需要别家的步骤标明未计算。"
)]
pub(crate) struct Explain {
    /// 事项:政策编号/事项编号
    #[arg(value_name = "事项")]
    measure: String,
    /// 统一社会信用代码
    #[arg(value_name = "企业")]
    enterprise: String,
    #[command(flatten)]
    enterprises: Enterprises,
}

impl Explain {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<Status, Failure> {
        let mut library = library::sound(common, output)?;
        if !library::is_draft(&library, find(&library, &self.measure)?) {
            library::without_drafts(&mut library);
        }
        let measure = find(&library, &self.measure)?;
        let (snapshot, context) = self.enterprises.open(&library)?;
        let row = enterprises::find(&snapshot, &self.enterprise)?;
        let explanation = explained_by((&library, &snapshot, context), measure, row, settled)?;
        match output.form() {
            Form::Json => output.json(&explanation)?,
            Form::People => output.line(explanation.to_string().trim_end())?,
        }
        Ok(Status::Done)
    }
}

<<<<<<< HEAD
/// Whether other enterprises are named in an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    /// By code and name.
    Named,
    /// That there are some, and not which.
    Hidden,
}

/// Explains a decision, and its award to the payable amount: the measures that share a fund, a
/// cap or a group with it are decided for all enterprises.
fn explained(
    library: &Library,
    snapshot: &Snapshot,
    context: Context,
    measure: &Measure,
    row: usize,
) -> Result<Explanation, Failure> {
    explained_naming(library, (snapshot, row), context, measure, Others::Named)
}

/// Explains a decision to its payable amount, for somebody who may or may not know of others.
///
/// # Errors
/// What the sweep says of policies and facts that do not fit.
pub(crate) fn explained_naming(
    library: &Library,
    (snapshot, row): (&Snapshot, usize),
    context: Context,
    measure: &Measure,
    others: Others,
) -> Result<Explanation, Failure> {
    let interpreter = Interpreter::new(library);
    let (decision, explanation) = interpreter.explained(measure, &snapshot.row(row), context);
    let who = if snapshot.len() > 1 {
        Who::Several
    } else {
        Who::One
    };
    let place = library.measure_index.get(&measure.id);
    let related = place.and_then(|place| related(library, *place, who));
    let (Some(related), Some(_)) = (related, Claim::of(0, 0, &decision)) else {
        return Ok(explanation);
    };
    let settled = settled(snapshot, &related.library, SweepOptions::new(context))?;
    let named = |row: u32| whose(snapshot, row);
    let hidden = |_: u32| "其他企业 ".to_owned();
    let naming: &dyn Fn(u32) -> String = match others {
        Others::Named => &named,
        Others::Hidden => &hidden,
    };
    Ok(continued_naming(
        explanation,
        (&related.library, &settled),
        (row, related.measure),
        (&related.left_out, naming),
    ))
}

/// An enterprise by code and name.
fn whose(snapshot: &Snapshot, row: u32) -> String {
    let row = usize::try_from(row).unwrap_or(usize::MAX);
    format!("{} {} ", snapshot.uscc(row), snapshot.name(row))
}

/// An explanation with the steps of its award behind those of the decision.
pub(super) fn continued(
    explanation: Explanation,
    (library, snapshot, settled): (&Library, &Snapshot, &Settled),
    place: (usize, usize),
    left_out: &[(Step, String)],
) -> Explanation {
    let named = |row: u32| whose(snapshot, row);
    continued_naming(explanation, (library, settled), place, (left_out, &named))
}

fn continued_naming(
    explanation: Explanation,
    (library, settled): (&Library, &Settled),
    (row, measure): (usize, usize),
    (left_out, whose): (&[(Step, String)], &dyn Fn(u32) -> String),
) -> Explanation {
    let numbers = (u32::try_from(row), u32::try_from(measure));
    let (Ok(row), Ok(measure)) = numbers else {
        return explanation;
    };
    let Some(award) = settled.find(row, measure) else {
        return explanation;
    };
    let steps = award_steps(library, settled, award, whose);
    explanation.settled(award, steps, left_out)
}

=======
>>>>>>> main
/// The measure of a name, or what was probably meant.
fn find<'a>(library: &'a Library, id: &str) -> Result<&'a Measure, Failure> {
    library.measure(id).ok_or_else(|| {
        let own = |measure: &&Measure| measure.id.0.rsplit('/').next() == id.rsplit('/').next();
        let near: Vec<String> = library
            .measures
            .iter()
            .filter(own)
            .map(|measure| measure.id.to_string())
            .collect();
        let help = if near.is_empty() {
            "事项写成 政策编号/事项编号;用 zhida search --kind measure 查找".to_owned()
        } else {
            format!("是不是 {}?", near.join("、"))
        };
        Failure::usage(format!("没有“{id}”这个事项"), help)
    })
}
