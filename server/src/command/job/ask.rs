//! `zhida job ask`: what is to be done, written down.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use zhida_engine::diff::policies_digest;
use zhida_engine::snapshot::MANIFEST_NAME;

use super::answer::taken;
use super::audit::{AuditWork, Question};
use super::queue;
use super::work::{ImportWork, SealWork, SweepWork, VerifyWork, Work, sha256};
use crate::arguments::Common;
use crate::command::import::Import;
use crate::command::payout::Seal;
use crate::command::sweep::Sweep;
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::{Form, Output};
use crate::payouts::desk::Desk;

/// 提出任务:只登记要做什么,由 zhida job run 去做;同一个 --key 只登记一次
#[derive(Args, Debug)]
#[command(
    subcommand_help_heading = "任务",
    subcommand_value_name = "任务",
    override_usage = "zhida job ask <任务> [选项]"
)]
pub(super) struct Ask {
    #[command(subcommand)]
    kind: Kind,
}

/// What is to be done, with the options of the command that does it at once.
#[derive(Debug, Subcommand)]
enum Kind {
    /// 导入企业数据;选项与 zhida import 相同
    #[command(after_help = "示例:\n  zhida job ask import 企业.csv --year 2025 -o out/snapshot")]
    Import(Import),
    /// 清算;选项与 zhida sweep 相同,必须写 --out
    #[command(after_help = "示例:\n  zhida job ask sweep --snapshot out/snapshot --out out/sweep")]
    Sweep(Box<Sweep>),
    /// 封批,由 --as 的账号办理;选项与 zhida payout seal 相同
    #[command(
        after_help = "示例:\n  zhida job ask seal 批次 --count 200 --total 3000000.00 --as zhifu2"
    )]
    Seal(Seal),
    /// 核验:日志、账簿、兑付事项和封存的文件是否被改动过
    #[command(after_help = "示例:\n  zhida job ask verify")]
    Verify(VerifyWork),
    /// 审计:重放、假设重算、抽样、重复核对、导出
    #[command(subcommand)]
    Audit(Question),
}

impl Ask {
    pub(super) fn run(
        self,
        desk: &Desk,
        common: &Common,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        let id = desk.keys.name("J");
        let work = match self.kind {
            Kind::Import(import) => import_work(import, common)?,
            Kind::Sweep(sweep) => sweep_work(*sweep, common, output)?,
            Kind::Seal(seal) => Work::Seal(SealWork {
                seal,
                actor: desk.actor.clone(),
                key: format!("job/{id}"),
            }),
            Kind::Verify(work) => Work::Verify(work),
            Kind::Audit(question) => Work::Audit(Box::new(audit_work(question, desk, &id)?)),
        };
        let job = queue::ask(desk, &id, &work)?;
        match output.form() {
            Form::Json => output.json(&json!({
                "job": job.id, "kind": job.kind, "state": job.state.word(),
            }))?,
            Form::People => output.line(format_args!(
                "任务 {}:{}已登记。下一步:zhida job run",
                job.id,
                work.chinese()
            ))?,
        }
        Ok(Status::Done)
    }
}

/// A question of an auditor: refused where something lies where its answer is to go, unless this
/// is the job that it came of.
fn audit_work(question: Question, desk: &Desk, id: &str) -> Result<AuditWork, Failure> {
    let work = AuditWork::new(question, desk)?;
    match work.output().symlink_metadata() {
        Ok(_) if !queue::is_known(desk, id)? => Err(taken(work.output())),
        Ok(_) | Err(_) => Ok(work),
    }
}

fn import_work(mut import: Import, common: &Common) -> Result<Work, Failure> {
    make_absolute(&mut import.file)?;
    make_absolute(&mut import.output)?;
    for place in [&mut import.report, &mut import.ledger]
        .into_iter()
        .flatten()
    {
        make_absolute(place)?;
    }
    let source = sha256(&import.file)?;
    let ledger = import.ledger.as_deref().map(sha256).transpose()?;
    let (policies, vocabulary) = places(common)?;
    Ok(Work::Import(ImportWork {
        import,
        policies,
        vocabulary,
        source,
        ledger,
    }))
}

fn sweep_work(mut sweep: Sweep, common: &Common, output: &mut Output) -> Result<Work, Failure> {
    let out = sweep
        .out
        .as_mut()
        .ok_or_else(|| Failure::usage("清算任务没有写明结果写到哪里", "请加 --out 文件夹"))?;
    make_absolute(out)?;
    let place = &mut sweep.enterprises.snapshot;
    make_absolute(place)?;
    if place.is_file() && place.file_name().is_none_or(|name| name != MANIFEST_NAME) {
        return Err(Failure::usage(
            format!("{} 不是快照", place.display()),
            "清算任务只接受快照:请先 zhida job ask import",
        ));
    }
    let snapshot = digest_of(place)?;
    let mut library = library::sound(common, output)?;
    library::without_drafts(&mut library);
    let (policies, vocabulary) = places(common)?;
    Ok(Work::Sweep(Box::new(SweepWork {
        sweep,
        policies,
        vocabulary,
        library: policies_digest(&library),
        snapshot,
    })))
}

/// The digest of a snapshot that is there already; it may be the work of an earlier job.
fn digest_of(place: &Path) -> Result<Option<String>, Failure> {
    let manifest = if place.is_file() {
        place.to_owned()
    } else {
        place.join(MANIFEST_NAME)
    };
    if !manifest.exists() {
        return Ok(None);
    }
    let failed = |error: std::io::Error| Failure::file(&manifest, "读取", &error);
    let text = std::fs::read(&manifest).map_err(failed)?;
    let manifest: Value =
        serde_json::from_slice(&text).map_err(|error| failed(std::io::Error::from(error)))?;
    Ok(manifest
        .get("digest")
        .and_then(Value::as_str)
        .map(str::to_owned))
}

/// The policies and the vocabulary that the command was given.
fn places(common: &Common) -> Result<(Option<PathBuf>, Option<PathBuf>), Failure> {
    let (mut policies, mut vocabulary) = (common.policies.clone(), common.vocabulary.clone());
    for place in [&mut policies, &mut vocabulary].into_iter().flatten() {
        make_absolute(place)?;
    }
    Ok((policies, vocabulary))
}

fn make_absolute(path: &mut PathBuf) -> Result<(), Failure> {
    let absolute = std::path::absolute(&path);
    *path = absolute.map_err(|error| Failure::file(path, "定位", &error))?;
    Ok(())
}
