//! `zhida payout proof`: what the log holds, shown to those who do not have it.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use zhida_engine::payouts::PayoutId;

use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::desk::Desk;
use crate::store::{ExportedProof, Proved};
use crate::table::count;

/// 证明:一笔兑付的最后一步确实记在已签名的日志里;或日志从以前的日志头接续而来,没有改写
#[derive(Args, Debug)]
#[command(
    after_help = "证明是一个 JSON 文件,交给企业、审计或法院,用 zhida verify --proof 核验,不需要数据库。\n\
    写编号:证明最后一条改变这笔兑付的日志在日志里。\n\
    写 --from:证明现在的日志完整包含那个日志头当时的日志。"
)]
pub(super) struct Proof {
    /// 兑付事项编号
    #[arg(
        value_name = "编号",
        required_unless_present = "from",
        conflicts_with = "from"
    )]
    payout: Option<String>,
    /// 以前打印或公示过的日志头(签名文本)
    #[arg(long, value_name = "文件")]
    from: Option<PathBuf>,
    /// 证明写到哪个文件
    #[arg(short, long, value_name = "文件")]
    output: PathBuf,
}

impl Proof {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let proof = match (&self.payout, &self.from) {
            (Some(payout), _) => of_payout(desk, payout)?,
            (None, Some(from)) => {
                let head = std::fs::read_to_string(from)
                    .map_err(|error| Failure::file(from, "读取", &error))?;
                desk.wait(desk.store.prove_growth(&head, desk.at))?
            }
            (None, None) => {
                return Err(Failure::usage(
                    "没有写明证明什么",
                    "请写兑付事项编号,或 --from",
                ));
            }
        };
        write(&self.output, &proof)?;
        told(output, &self.output, &proof)?;
        Ok(Status::Done)
    }
}

fn of_payout(desk: &Desk, payout: &str) -> Result<ExportedProof, Failure> {
    let found = desk.wait(desk.store.prove_payout(&PayoutId::new(payout), desk.at))?;
    found.ok_or_else(|| {
        Failure::usage(
            format!("没有兑付事项 {payout}"),
            "用 zhida payout list 查看编号",
        )
    })
}

fn write(path: &Path, proof: &ExportedProof) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(proof);
    let text = text.map_err(|error| Failure::bad_data(format!("证明写不出来:{error}"), ""))?;
    std::fs::write(path, format!("{text}\n")).map_err(|error| Failure::file(path, "写", &error))
}

fn told(output: &mut Output, path: &Path, proof: &ExportedProof) -> Result<(), Failure> {
    let shown = proof.verify(None).map_err(|fault| {
        Failure::said(
            Status::Integrity,
            format!("证明不成立:{fault}"),
            "请运行 zhida verify",
        )
    })?;
    match (output.form(), shown) {
        (Form::Json, Proved::Inclusion { head, sequence, .. }) => output.json(&json!({
            "proof": path, "sequence": sequence, "size": head.size, "root": head.root.to_string(),
        })),
        (Form::Json, Proved::Consistency { older, newer, .. }) => output.json(&json!({
            "proof": path, "from": older.size, "size": newer.size,
            "root": newer.root.to_string(),
        })),
        (Form::People, Proved::Inclusion { head, sequence, .. }) => output.line(format_args!(
            "日志共 {} 条,证明第 {} 条:{}。核验:zhida verify --proof {} --public-key 公钥",
            count(head.size),
            count(sequence),
            path.display(),
            path.display()
        )),
        (Form::People, Proved::Consistency { older, newer, .. }) => output.line(format_args!(
            "日志共 {} 条,证明从前 {} 条接续:{}。核验:zhida verify --proof {} --public-key 公钥",
            count(newer.size),
            count(older.size),
            path.display(),
            path.display()
        )),
    }
}

/// 日志头:签名的日志长度和树根,打印保存后可用来发现整体改写
#[derive(Args, Debug)]
pub(super) struct Head {}

impl Head {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let head = desk.wait(desk.store.head(desk.at))?;
        match output.form() {
            Form::Json => output.json(&json!({
                "size": head.size, "root": head.root.to_string(), "key": head.key_id,
            }))?,
            Form::People => {
                let note = head.note(&desk.store.origin, &desk.store.key.public());
                output.line(note.trim_end())?;
            }
        }
        Ok(Status::Done)
    }
}
