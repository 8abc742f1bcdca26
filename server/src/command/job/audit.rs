//! Long work of auditors: sealed sweeps run again, asked about, sampled and compared, and all of
//! it exported. The answer is a file; the result of the job is its digest.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;
use zhida_engine::replay::{Correction, SampleOptions, Sealed};
use zhida_engine::sweep::Evaluator;
use zhida_policies::check::PolicyText;
use zhida_policies::load;

use super::answer::{OneByOne, OutputFile, OverlapAnswer, SampleAnswer, TRACES_KEPT, WhatIfAnswer};
use super::pulse::Pulse;
use super::work::sha256;
use crate::audit::bundle::Edition;
use crate::audit::{answers, sealed};
use crate::command::replay::replay_watched;
use crate::command::sweep::Watch;
use crate::failure::Failure;
use crate::payouts::desk::Desk;
use crate::scratch::Scratch;
use crate::timings::Timings;

/// What an auditor asks.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[command(
    subcommand_help_heading = "问题",
    subcommand_value_name = "问题",
    override_usage = "zhida job ask audit <问题> [选项]"
)]
pub(super) enum Question {
    /// 重放一次封存的清算
    Replay(ReplayQuestion),
    /// 假如一项数据改正、一份政策换掉,哪些付款会变
    WhatIf(WhatIfQuestion),
    /// 按风险抽样
    Sample(SampleQuestion),
    /// 查同一张发票、设备、人员、专利、贷款是否支撑了几笔奖补
    Overlap(OverlapQuestion),
    /// 导出审计包
    Export(ExportQuestion),
}

/// Where the answer is written, and whom it may name.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    /// 结果写到哪个文件
    #[arg(short, long, value_name = "文件")]
    output: PathBuf,
    /// 只看这些单位应付的企业;可写多次,不写看全部
    #[arg(long, value_name = "单位")]
    within: Vec<String>,
}

/// A replay.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplayQuestion {
    /// 数据文件夹保存的封存的摘要,或 zhida sweep --out 写出的文件夹
    #[arg(value_name = "封存")]
    sealed: String,
    /// 改用逐户解释计算
    #[arg(long)]
    reference: bool,
    #[command(flatten)]
    answer: Answer,
}

/// What would be paid otherwise.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WhatIfQuestion {
    /// 数据文件夹保存的封存的摘要,或 zhida sweep --out 写出的文件夹
    #[arg(value_name = "封存")]
    sealed: String,
    /// 假如这项数据改正:“统一社会信用代码:数据@年度=值”;可写多次
    #[arg(long, value_name = "改正")]
    fact: Vec<String>,
    /// 假如换上这份政策(按政策编号替换);可写多次
    #[arg(long, value_name = "文件")]
    policy: Vec<PathBuf>,
    #[command(flatten)]
    answer: Answer,
}

/// A sample.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SampleQuestion {
    /// 数据文件夹保存的封存的摘要,或 zhida sweep --out 写出的文件夹
    #[arg(value_name = "封存")]
    sealed: String,
    /// 每种风险最多抽几笔
    #[arg(long, value_name = "笔数", default_value_t = 10)]
    each: usize,
    /// 种子:同一个种子对同一份封存总抽出同样的笔
    #[arg(long, value_name = "文字", default_value = "1")]
    seed: String,
    /// 数据差千分之几以内算接近门槛
    #[arg(long, value_name = "千分数", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=500))]
    margin: u16,
    #[command(flatten)]
    answer: Answer,
}

/// Things behind several awards.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OverlapQuestion {
    /// 数据文件夹保存的封存的摘要,或 zhida sweep --out 写出的文件夹;可写多个
    #[arg(value_name = "封存", required = true)]
    sealed: Vec<String>,
    #[command(flatten)]
    answer: Answer,
}

/// One archive of everything.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportQuestion {
    /// 脱敏版:略去人员、账号和企业文件
    #[arg(long)]
    masked: bool,
    /// 写到哪个文件
    #[arg(short, long, value_name = "文件")]
    output: PathBuf,
}

/// A question with what it was about when it was asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditWork {
    question: Question,
    /// The digests of the seals.
    seals: Vec<String>,
    /// The SHA-256 of the policies that are tried.
    policies: Vec<String>,
}

impl Question {
    fn seals(&mut self) -> Vec<&mut String> {
        match self {
            Self::Replay(one) => vec![&mut one.sealed],
            Self::WhatIf(one) => vec![&mut one.sealed],
            Self::Sample(one) => vec![&mut one.sealed],
            Self::Overlap(several) => several.sealed.iter_mut().collect(),
            Self::Export(_) => Vec::new(),
        }
    }

    /// The same sweep named twice is asked about once.
    fn drop_repeated(&mut self) {
        if let Self::Overlap(several) = self {
            let mut known = BTreeSet::new();
            several.sealed.retain(|place| known.insert(place.clone()));
        }
    }

    fn policies(&mut self) -> &mut [PathBuf] {
        match self {
            Self::WhatIf(one) => &mut one.policy,
            Self::Replay(_) | Self::Sample(_) | Self::Overlap(_) | Self::Export(_) => &mut [],
        }
    }

    fn output_mut(&mut self) -> &mut PathBuf {
        match self {
            Self::Replay(one) => &mut one.answer.output,
            Self::WhatIf(one) => &mut one.answer.output,
            Self::Sample(one) => &mut one.answer.output,
            Self::Overlap(one) => &mut one.answer.output,
            Self::Export(one) => &mut one.output,
        }
    }
}

impl AuditWork {
    /// Writes a question down with what it is about now.
    pub(super) fn new(mut question: Question, desk: &Desk) -> Result<Self, Failure> {
        question.drop_repeated();
        make_absolute(question.output_mut())?;
        let mut seals = Vec::new();
        for place in question.seals() {
            seals.push(sealed::seal(desk, place)?.1);
            if sealed::digest_of(place).is_none() {
                let mut path = PathBuf::from(&*place);
                make_absolute(&mut path)?;
                *place = path
                    .to_str()
                    .map(str::to_owned)
                    .ok_or_else(|| Failure::usage(format!("{place} 不能登记"), "路径须是 UTF-8"))?;
            }
        }
        let mut policies = Vec::new();
        for path in question.policies() {
            make_absolute(path)?;
            policies.push(sha256(path)?);
        }
        if let Question::WhatIf(asked) = &question {
            corrections(&asked.fact)?;
            if asked.fact.is_empty() && asked.policy.is_empty() {
                return Err(Failure::usage(
                    "没有写明假如什么",
                    "请写一项改正的数据(--fact)或一份政策(--policy)",
                ));
            }
        }
        Ok(Self {
            question,
            seals,
            policies,
        })
    }

    /// What people call it.
    pub(super) fn chinese(&self) -> &'static str {
        match &self.question {
            Question::Replay(_) => "重放",
            Question::WhatIf(_) => "假设重算",
            Question::Sample(_) => "审计抽样",
            Question::Overlap(_) => "重复核对",
            Question::Export(_) => "导出审计包",
        }
    }

    /// Where the answer goes.
    pub(super) fn output(&self) -> &Path {
        match &self.question {
            Question::Replay(one) => &one.answer.output,
            Question::WhatIf(one) => &one.answer.output,
            Question::Sample(one) => &one.answer.output,
            Question::Overlap(one) => &one.answer.output,
            Question::Export(one) => &one.output,
        }
    }

    /// Answers the question; the same question comes to the same bytes, an archive apart, which
    /// says when it was made.
    pub(super) fn carry_out(
        &self,
        job: &str,
        desk: &Desk,
        pulse: &Pulse,
    ) -> Result<[u8; 32], Failure> {
        let stop = pulse.stop();
        let place = OutputFile::of(self.output(), job)?;
        match &self.question {
            Question::Replay(asked) => self.replay(asked, desk, pulse, &place),
            Question::WhatIf(asked) => self.what_if(asked, desk, stop, &place),
            Question::Sample(asked) => self.sample(asked, desk, stop, &place),
            Question::Overlap(asked) => self.overlap(asked, desk, stop, &place),
            Question::Export(asked) => export(asked, desk, &place),
        }
    }

    /// Opens a sealed sweep; refused where it is not the one that was asked about.
    fn open(
        &self,
        number: usize,
        place: &str,
        (desk, scratch): (&Desk, &Scratch),
    ) -> Result<Sealed, Failure> {
        let opened = sealed::open(desk, place, scratch)?;
        match self.seals.get(number) {
            Some(digest) if *digest == opened.digest => Ok(opened),
            Some(_) | None => Err(sealed::changed("封存")),
        }
    }

    fn replay(
        &self,
        asked: &ReplayQuestion,
        desk: &Desk,
        pulse: &Pulse,
        place: &OutputFile,
    ) -> Result<[u8; 32], Failure> {
        let (kept, scratch) = (desk.scratch()?, desk.scratch()?);
        let sealed = self.open(0, &asked.sealed, (desk, &kept))?;
        let evaluator = match asked.reference {
            true => Evaluator::Reference,
            false => Evaluator::Columns,
        };
        let watch = Watch {
            stop: pulse.stop(),
            tell: &|done, total| pulse.tell(done, total),
        };
        let options = (evaluator, None);
        let work = (&Timings::start(), &scratch);
        let replayed = replay_watched(&sealed, options, work, watch)?;
        let seen = sealed::enterprises(desk, &asked.answer.within)?;
        let mut value = answers::replay(&sealed, &replayed, seen.as_ref());
        if let Some(fields) = value.as_object_mut() {
            fields.insert("reference".to_owned(), json!(asked.reference));
        }
        place.write(&value)
    }

    fn what_if(
        &self,
        asked: &WhatIfQuestion,
        desk: &Desk,
        stop: &AtomicBool,
        place: &OutputFile,
    ) -> Result<[u8; 32], Failure> {
        let scratch = desk.scratch()?;
        let sealed = self.open(0, &asked.sealed, (desk, &scratch))?;
        let mut texts: Vec<PolicyText> = Vec::new();
        for (number, path) in asked.policy.iter().enumerate() {
            if self.policies.get(number) != Some(&sha256(path)?) {
                return Err(sealed::changed("换上的政策"));
            }
            texts.extend(load::read_policies(path)?);
        }
        let facts = corrections(&asked.fact)?;
        let seen = sealed::enterprises(desk, &asked.answer.within)?;
        let supposed = answers::suppose(&sealed, (&facts, &texts), seen.as_ref())?;
        let found = answers::what_if(&supposed, seen.as_ref(), stop)?;
        let changes = answers::traced(&supposed, &found.changes, TRACES_KEPT);
        place.write(&WhatIfAnswer {
            seal: &sealed.digest,
            facts: &asked.fact,
            policies: texts.iter().map(|text| text.path.as_str()).collect(),
            before: found.before,
            after: found.after,
            count: found.changes.len(),
            changes: OneByOne::new(changes),
        })
    }

    fn sample(
        &self,
        asked: &SampleQuestion,
        desk: &Desk,
        stop: &AtomicBool,
        place: &OutputFile,
    ) -> Result<[u8; 32], Failure> {
        let scratch = desk.scratch()?;
        let sealed = self.open(0, &asked.sealed, (desk, &scratch))?;
        let seen = sealed::enterprises(desk, &asked.answer.within)?;
        let changed = answers::changed_accounts(desk)?;
        let options = SampleOptions {
            each: asked.each,
            seed: &asked.seed,
            margin_permille: asked.margin,
            changed_accounts: &changed,
            among: seen.as_ref(),
        };
        let sampled = answers::sample(&sealed, options, stop)?;
        place.write(&SampleAnswer {
            seal: &sealed.digest,
            seed: &asked.seed,
            each: asked.each,
            margin: asked.margin,
            count: sampled.len(),
            sampled: &sampled,
        })
    }

    fn overlap(
        &self,
        asked: &OverlapQuestion,
        desk: &Desk,
        stop: &AtomicBool,
        place: &OutputFile,
    ) -> Result<[u8; 32], Failure> {
        // One at a time: each is the facts of a whole city.
        let sweeps = asked.sealed.iter().enumerate();
        let sweeps = sweeps.map(|(number, sealed)| {
            let scratch = desk.scratch()?;
            self.open(number, sealed, (desk, &scratch))
        });
        let seen = sealed::enterprises(desk, &asked.answer.within)?;
        let found = answers::overlap(sweeps, seen.as_ref(), stop)?;
        place.write(&OverlapAnswer {
            seals: &self.seals,
            count: found.len(),
            uses: found.iter().map(|overlap| overlap.uses.len()).sum(),
            overlaps: &found,
        })
    }
}

fn export(asked: &ExportQuestion, desk: &Desk, place: &OutputFile) -> Result<[u8; 32], Failure> {
    let edition = match asked.masked {
        true => Edition::Masked,
        false => Edition::Full,
    };
    let exported = desk.wait(desk.store.export(place.passing(), edition, desk.at))?;
    place.publish()?;
    super::work::digest_bytes(&exported.digest)
}

fn corrections(texts: &[String]) -> Result<Vec<Correction>, Failure> {
    let read = texts.iter().map(|text| Correction::parse(text));
    read.map(|one| one.map_err(crate::audit::failed)).collect()
}

fn make_absolute(path: &mut PathBuf) -> Result<(), Failure> {
    let absolute = std::path::absolute(&path);
    *path = absolute.map_err(|error| Failure::file(path, "定位", &error))?;
    Ok(())
}
