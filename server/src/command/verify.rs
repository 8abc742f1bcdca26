//! `zhida verify`: whether anything that was recorded has been changed.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::audit::bundle::{self, Checked, Edition, ReplayedSeal};
use crate::failure::{Failure, Status};
use crate::output::{Form, Output, note};
use crate::payouts::desk::{Desk, DeskArguments};
use crate::store::{ExportedProof, Proved, PublicKey};
use crate::table::count;
use crate::timings::Timings;

/// 核验:日志、账簿、兑付事项和封存的文件是否被改动过,指出第一处
#[derive(Args, Debug)]
#[command(after_help = "示例:\n  zhida verify --data zhida-data\n  \
    zhida verify --data zhida-data --head 公示上抄下来的日志头.txt\n  \
    zhida verify --proof 证明.json --public-key 保存的公钥\n  \
    zhida verify 审计包.zip --public-key 保存的公钥 --replay\n\n\
    日志从头重放一遍,与数据库里的每一条逐一比较;文件逐个重算 SHA-256。\n\
    连同整条日志一起改写的,只有用外面保存的日志头(--head)才能发现。\n\
    没有改动:退出码 0;有改动:退出码 4,并指出第一处。")]
pub(crate) struct Verify {
    /// 审计包(zhida export --audit 写出的),不需要数据库;不写就核验数据文件夹
    #[arg(value_name = "审计包", conflicts_with = "proof")]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    desk: DeskArguments,
    /// 以前打印或公示过的日志头(签名文本)
    #[arg(long, value_name = "文件")]
    head: Option<PathBuf>,
    /// 只核验一个证明文件(zhida payout proof 写出的),不需要数据库
    #[arg(long, value_name = "文件", conflicts_with = "head")]
    proof: Option<PathBuf>,
    /// 核验证明用的公钥;不写就用证明里自带的,那只能说明证明自身完整
    #[arg(long, value_name = "公钥", value_parser = public_key)]
    public_key: Option<PublicKey>,
    /// 连同审计包里的清算一起重放
    #[arg(long, requires = "bundle")]
    replay: bool,
}

pub(super) fn public_key(text: &str) -> Result<PublicKey, String> {
    let key = PublicKey::from_text(text.trim());
    key.ok_or_else(|| "不是公钥:公钥是 44 个字符的 Base64,zhida payout init 印过".to_owned())
}

impl Verify {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        if let Some(path) = &self.proof {
            return verify_proof(path, self.public_key.as_ref(), output);
        }
        let note = match &self.head {
            Some(path) => Some(
                std::fs::read_to_string(path)
                    .map_err(|error| Failure::file(path, "读取", &error))?,
            ),
            None => None,
        };
        if let Some(bundle) = &self.bundle {
            return self.verify_bundle(bundle, note.as_deref(), output);
        }
        if self.public_key.is_some() {
            return Err(Failure::usage(
                "--public-key 只用于核验审计包或证明",
                "请写明审计包,或加 --proof",
            ));
        }
        let desk = Desk::open(&self.desk)?;
        let found = desk.wait(desk.store.verify(note.as_deref()))?;
        match output.form() {
            Form::Json => output.json(&json!({
                "events": found.events,
                "things": found.things,
                "postings": found.postings,
                "files": found.files,
                "root": found.root.to_string(),
                "fault": found.fault,
            }))?,
            Form::People => {
                output.line(format_args!(
                    "日志 {} 条,事项 {} 条,分录 {} 条,文件 {} 个",
                    count(found.events),
                    count(found.things),
                    count(found.postings),
                    count(found.files)
                ))?;
                output.line(format_args!("日志树根:{}", found.root))?;
                match &found.fault {
                    None => output.line("没有发现改动")?,
                    Some(fault) => output.line(format_args!("发现改动:{fault}"))?,
                }
            }
        }
        Ok(match found.fault {
            None => Status::Done,
            Some(_) => Status::Integrity,
        })
    }
}

impl Verify {
    /// Checks an archive by itself.
    fn verify_bundle(
        &self,
        path: &Path,
        head: Option<&str>,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        let key = self.public_key.as_ref();
        let found =
            bundle::verify(path, key, head).map_err(|error| Failure::file(path, "读取", &error))?;
        let checked = match found {
            Ok(checked) => checked,
            Err(fault) => {
                match output.form() {
                    Form::Json => output.json(&json!({"fault": fault}))?,
                    Form::People => output.line(format_args!("发现改动:{fault}"))?,
                }
                return Ok(Status::Integrity);
            }
        };
        if key.is_none() {
            note("注意:公钥取自审计包本身。请加 --public-key,写审计部门保存的公钥");
        }
        let replayed = match self.replay {
            true => bundle::replay(path, &Timings::start())?,
            false => Vec::new(),
        };
        let differs = replayed.iter().find(|sweep| !sweep.is_equal);
        show_checked(&checked, &replayed, output)?;
        Ok(match differs {
            None => Status::Done,
            Some(_) => Status::Integrity,
        })
    }
}

fn show_checked(
    checked: &Checked,
    replayed: &[ReplayedSeal],
    output: &mut Output,
) -> Result<(), Failure> {
    let manifest = &checked.manifest;
    if output.form() == Form::Json {
        return output.json(&json!({
            "log": manifest.origin, "edition": manifest.edition, "size": manifest.size,
            "root": manifest.root, "public_key": manifest.public_key, "at": manifest.at,
            "entries": manifest.entries.len(), "events": checked.events,
            "executed": checked.executed, "heads": checked.heads, "postings": checked.postings,
            "files": checked.files, "proofs": checked.proofs, "sweeps": replayed, "fault": null,
        }));
    }
    output.line(format_args!(
        "审计包({})“{}”:{} 个条目的摘要都对",
        manifest.edition.chinese(),
        manifest.origin,
        count(manifest.entries.len())
    ))?;
    output.line(format_args!(
        "日志 {} 条,签名的日志头 {} 个,分录 {} 条,文件 {} 个,证明 {} 份",
        count(checked.events),
        count(checked.heads),
        count(checked.postings),
        count(checked.files),
        count(checked.proofs)
    ))?;
    output.line(format_args!("日志树根:{}", manifest.root))?;
    output.line(match manifest.edition {
        Edition::Full => "日志从头重放,与每一条记录一致".to_owned(),
        Edition::Masked => "脱敏版没有日志内容,只核验了散列、日志头和账簿合计".to_owned(),
    })?;
    for sweep in replayed {
        let word = if sweep.is_equal {
            "一致"
        } else {
            "不一致"
        };
        output.line(format_args!(
            "清算重放{word}:{} 结果 {}",
            sweep.seal, sweep.sealed
        ))?;
    }
    output.line("没有发现改动")
}

/// Checks a proof by itself.
fn verify_proof(
    path: &Path,
    key: Option<&PublicKey>,
    output: &mut Output,
) -> Result<Status, Failure> {
    let text =
        std::fs::read_to_string(path).map_err(|error| Failure::file(path, "读取", &error))?;
    let proof: ExportedProof = serde_json::from_str(&text).map_err(|error| {
        Failure::bad_data(
            format!("{} 不是证明文件:{error}", path.display()),
            "请用 zhida payout proof 写出的文件,原样保存",
        )
    })?;
    let proved = proof.verify(key).map_err(|fault| {
        Failure::said(
            Status::Integrity,
            format!("{} 的证明不成立:{fault}", path.display()),
            "文件可能被改动过,或公钥不是这个日志的",
        )
    })?;
    show_proved(output, &proved)?;
    if key.is_none() {
        note("注意:公钥取自证明文件本身。请加 --public-key,写审计部门保存的公钥");
    }
    Ok(Status::Done)
}

fn show_proved(output: &mut Output, proved: &Proved) -> Result<(), Failure> {
    match (output.form(), proved) {
        (
            Form::Json,
            Proved::Inclusion {
                origin,
                head,
                sequence,
            },
        ) => output.json(&json!({
            "log": origin, "sequence": sequence, "size": head.size,
            "root": head.root.to_string(), "key": head.key_id,
        })),
        (
            Form::Json,
            Proved::Consistency {
                origin,
                older,
                newer,
            },
        ) => output.json(&json!({
            "log": origin, "from": older.size, "size": newer.size,
            "root": newer.root.to_string(), "key": newer.key_id,
        })),
        (
            Form::People,
            Proved::Inclusion {
                origin,
                head,
                sequence,
            },
        ) => output.line(format_args!(
            "证明成立:日志“{origin}”共 {} 条,其中第 {} 条就是证明里的这一条",
            count(head.size),
            count(sequence)
        )),
        (
            Form::People,
            Proved::Consistency {
                origin,
                older,
                newer,
            },
        ) => output.line(format_args!(
            "证明成立:日志“{origin}”的前 {} 条没有改动过,现在共 {} 条",
            count(older.size),
            count(newer.size)
        )),
    }
}
