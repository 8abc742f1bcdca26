//! The kinds of jobs: what is written down of each, and how it is done.

use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zhida_engine::diff::policies_digest;
use zhida_engine::payouts::{Actor, Digest, Moment};

use super::answer::OutputFile;
use super::audit::AuditWork;
use super::pulse::Pulse;
use super::queue;
use crate::arguments::Common;
use crate::command::import::Import;
use crate::command::payout::Seal;
use crate::command::sweep::{Sweep, Watch};
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::Output;
use crate::payment_files::WrittenFile;
use crate::payouts::desk::Desk;
use crate::payouts::keys::Keys;
use crate::store::Answered;
use crate::store::encoding::hex;
use crate::store::jobs::{Job, Lease};

/// How much of a file is read at once.
const BUFFER_BYTES: usize = 1 << 16;

/// What a job is to do.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// Read a file into a snapshot; the result is the digest of the snapshot.
    Import(ImportWork),
    /// Decide everything; the result is the digest of the sweep.
    Sweep(Box<SweepWork>),
    /// Make the files of a batch and seal it; the result is the digest of their digests.
    Seal(SealWork),
    /// Execute the log again and compare everything; the result is the root of the log.
    Verify(VerifyWork),
    /// Answer an auditor; the result is the digest of the answer.
    Audit(Box<AuditWork>),
}

/// A verification: everything is looked at.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VerifyWork {
    /// 以前打印或公示过的日志头(签名文本)
    #[arg(long, value_name = "文本")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    head: Option<String>,
}

/// An import.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportWork {
    pub(super) import: Import,
    pub(super) policies: Option<PathBuf>,
    pub(super) vocabulary: Option<PathBuf>,
    /// The SHA-256 of the file when it was asked for.
    pub(super) source: String,
    /// The SHA-256 of what was paid, if that was given.
    pub(super) ledger: Option<String>,
}

/// A sweep.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SweepWork {
    pub(super) sweep: Sweep,
    pub(super) policies: Option<PathBuf>,
    pub(super) vocabulary: Option<PathBuf>,
    /// The digest of the policies when it was asked for.
    pub(super) library: String,
    /// The digest of the snapshot, if it was there when the sweep was asked for.
    pub(super) snapshot: Option<String>,
}

/// The sealing of a batch.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SealWork {
    pub(super) seal: Seal,
    pub(super) actor: Actor,
    /// The idempotency key: whoever does the job again gives the same order.
    pub(super) key: String,
}

const IMPORT: &str = "import";
const SWEEP: &str = "sweep";
const SEAL: &str = "seal";
const VERIFY: &str = "verify";
const AUDIT: &str = "audit";

impl Work {
    /// The word in the database.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Import(_) => IMPORT,
            Self::Sweep(_) => SWEEP,
            Self::Seal(_) => SEAL,
            Self::Verify(_) => VERIFY,
            Self::Audit(_) => AUDIT,
        }
    }

    /// What people call it.
    pub(super) fn chinese(&self) -> &'static str {
        match self {
            Self::Import(_) => "导入",
            Self::Sweep(_) => "清算",
            Self::Seal(_) => "封批",
            Self::Verify(_) => "核验",
            Self::Audit(work) => work.chinese(),
        }
    }

    /// What is written down.
    pub(super) fn arguments(&self) -> Result<String, Failure> {
        let text = match self {
            Self::Import(work) => serde_json::to_string(work),
            Self::Sweep(work) => serde_json::to_string(work),
            Self::Seal(work) => serde_json::to_string(work),
            Self::Verify(work) => serde_json::to_string(work),
            Self::Audit(work) => serde_json::to_string(work),
        };
        text.map_err(|error| Failure::usage(format!("任务不能登记:{error}"), "路径须是 UTF-8"))
    }

    /// Reads what was written down.
    pub(super) fn of(job: &Job) -> Result<Self, Failure> {
        let read = match job.kind.as_str() {
            IMPORT => serde_json::from_str(&job.arguments).map(Self::Import),
            SWEEP => serde_json::from_str(&job.arguments).map(Self::Sweep),
            SEAL => serde_json::from_str(&job.arguments).map(Self::Seal),
            VERIFY => serde_json::from_str(&job.arguments).map(Self::Verify),
            AUDIT => serde_json::from_str(&job.arguments).map(Self::Audit),
            other => {
                return Err(Failure::bad_data(
                    format!("没有“{other}”这一种任务"),
                    "请用不旧于提出任务的程序运行",
                ));
            }
        };
        read.map_err(|error| {
            Failure::said(
                Status::Integrity,
                format!("任务 {} 的内容读不出来:{error}", job.id),
                "请重新提出这个任务",
            )
        })
    }

    /// Does it; the same work comes to the same digest, however often it was begun.
    pub(super) fn carry_out(
        &self,
        (job, lease): (&Job, &Lease),
        desk: &mut Desk,
        pulse: &Pulse,
        output: &mut Output,
    ) -> Result<[u8; 32], Failure> {
        match self {
            Self::Import(work) => work.carry_out(pulse),
            Self::Sweep(work) => work.carry_out(Moment(job.created_at), pulse, output),
            Self::Seal(work) => work.carry_out(Moment(job.created_at), lease, desk),
            Self::Verify(work) => work.carry_out(desk, pulse),
            Self::Audit(work) => work.carry_out(&job.id, desk, pulse),
        }
    }

    /// What is left to do once everybody is told that it is done.
    pub(super) fn settle(&self, job: &Job) -> Result<(), Failure> {
        match self {
            Self::Audit(work) => OutputFile::settle(work.output(), &job.id),
            Self::Import(_) | Self::Sweep(_) | Self::Seal(_) | Self::Verify(_) => Ok(()),
        }
    }
}

impl ImportWork {
    fn carry_out(&self, pulse: &Pulse) -> Result<[u8; 32], Failure> {
        let common = Common::with(self.policies.clone(), self.vocabulary.clone());
        let vocabulary = library::vocabulary(&common)?;
        let unless = |fits: bool, what: &str| fits.then_some(()).ok_or_else(|| changed(what));
        let file = self.import.file.display().to_string();
        unless(sha256(&self.import.file)? == self.source, &file)?;
        let ledger = self.import.ledger.as_deref().map(sha256).transpose()?;
        unless(ledger == self.ledger, "已付记录")?;
        let (snapshot, report) = self.import.read(&vocabulary, &mut |at| {
            pulse.tell(at.bytes, at.bytes_total);
            match pulse.is_stopped() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })?;
        // Nor while it was read.
        unless(report.source.sha256 == self.source, &file)?;
        let manifest = self.import.write(&snapshot, &report)?;
        digest_bytes(&manifest.digest)
    }
}

impl SweepWork {
    fn carry_out(
        &self,
        asked: Moment,
        pulse: &Pulse,
        output: &mut Output,
    ) -> Result<[u8; 32], Failure> {
        let common = Common::with(self.policies.clone(), self.vocabulary.clone());
        let mut library = library::sound(&common, output)?;
        library::without_drafts(&mut library);
        if policies_digest(&library) != self.library {
            return Err(changed("政策"));
        }
        // The day on which the job was asked for, on whatever day it is done.
        let today = asked.business_date();
        let (snapshot, context) = self.sweep.enterprises.open_on(&library, today)?;
        if self
            .snapshot
            .as_ref()
            .is_some_and(|digest| digest != snapshot.digest())
        {
            return Err(changed("快照"));
        }
        let folder = self.sweep.out.clone().unwrap_or_default();
        let watch = Watch {
            stop: pulse.stop(),
            tell: &|done, total| pulse.tell(done, total),
        };
        let opened = (&library, &snapshot, context);
        let summary = self.sweep.write_folder(&common, opened, &folder, watch)?;
        digest_bytes(&summary.digest)
    }
}

impl SealWork {
    fn carry_out(
        &self,
        asked: Moment,
        lease: &Lease,
        desk: &mut Desk,
    ) -> Result<[u8; 32], Failure> {
        // Who slept through the end of his claim does not seal.
        queue::check(desk, lease)?;
        let keys = Keys::new(Some(&self.key))?;
        let actor = std::mem::replace(&mut desk.actor, self.actor.clone());
        let keys = std::mem::replace(&mut desk.keys, keys);
        let at = std::mem::replace(&mut desk.at, asked);
        let sealed = self.seal.seal(desk);
        (desk.actor, desk.keys, desk.at) = (actor, keys, at);
        let (answered, files) = sealed?;
        for answer in answered {
            if let Answered::Refused { code, message, .. } = answer {
                return Err(Failure::refused(format!("[{code}] {message}"), ""));
            }
        }
        Ok(digest_of_files(&files))
    }
}

impl VerifyWork {
    /// Verifies everything; what was changed ends the job with the first place.
    fn carry_out(&self, desk: &Desk, pulse: &Pulse) -> Result<[u8; 32], Failure> {
        let tell = |done, total| pulse.tell(done, total);
        let found = desk.store.verify_watched(self.head.as_deref(), &tell);
        let found = desk.wait(found)?;
        match found.fault {
            None => Ok(found.root.0),
            Some(fault) => Err(Failure::said(
                Status::Integrity,
                format!("发现改动:{fault}"),
                "请停止办理,保全数据文件夹,报告审计部门",
            )),
        }
    }
}

/// The digest of a list as `sha256sum` prints it, in the order of the files.
fn digest_of_files(files: &[WrittenFile]) -> [u8; 32] {
    let lines = files
        .iter()
        .map(|file| format!("{}  {}\n", file.sha256, file.name));
    Sha256::digest(lines.collect::<String>()).into()
}

fn changed(what: &str) -> Failure {
    Failure::said(
        Status::Refused,
        format!("{what} 在提出任务以后被改动过,没有继续"),
        "请核对后重新提出任务",
    )
}

pub(super) fn digest_bytes(hex: &str) -> Result<[u8; 32], Failure> {
    Digest::new(hex).bytes().ok_or_else(|| {
        Failure::said(
            Status::Integrity,
            format!("“{hex}”不是摘要"),
            "这是程序错误,请附上日志报告",
        )
    })
}

/// The SHA-256 of a file in hexadecimal digits.
pub(super) fn sha256(path: &Path) -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::file(path, "读取", &error);
    let mut file = File::open(path).map_err(failed)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(hex(&hash.finalize())),
            count => hash.update(buffer.get(..count).unwrap_or_default()),
        }
    }
}
