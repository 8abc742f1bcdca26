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
