//! The log, files and jobs.

use serde::Serialize;
use utoipa::ToSchema;
use zhida_engine::payouts::Moment;

use super::moment;
use crate::store::encoding::hex;
use crate::store::files::FileRecord;
use crate::store::jobs::Job;
use crate::store::log::{EventRecord, SignedHead};

/// 日志头:签名的日志长度和树根
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct HeadShown {
    /// 日志有多少条
    size: u64,
    /// 树根
    root: String,
    /// 签名公钥的摘要
    key: String,
    /// 签名文本(C2SP signed note),可打印保存
    note: String,
}

impl HeadShown {
    /// A head with its note.
    pub(in crate::api) fn of(head: &SignedHead, note: String) -> Self {
        Self {
            size: head.size,
            root: head.root.to_string(),
            key: head.key_id.clone(),
            note,
        }
    }
}

/// 日志的一条
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct EventRow {
    /// 序号,从 1 起没有空缺
    sequence: u64,
    /// 时刻
    at: String,
    /// 种类
    kind: String,
    /// 内容的字节数
    length: usize,
    /// 树叶的哈希
    leaf: String,
}

impl EventRow {
    /// An event as it is shown: its content belongs to the bureau that gave the order.
    pub(in crate::api) fn of(event: &EventRecord) -> Self {
        Self {
            sequence: event.sequence,
            at: moment(Moment(event.at)),
            kind: event.kind.clone(),
            length: event.body.len(),
            leaf: event.leaf.to_string(),
        }
    }
}

/// 一个登记过的文件
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FileRow {
    /// SHA-256
    digest: String,
    /// 种类
    kind: String,
    /// 文件名
    name: String,
    /// 字节数
    length: u64,
    /// 登记时刻
    at: String,
}

impl FileRow {
    /// A file as it is shown.
    pub(in crate::api) fn of(file: &FileRecord) -> Self {
        Self {
            digest: hex(&file.digest),
            kind: file.kind.clone(),
            name: file.name.clone(),
            length: file.length,
            at: moment(Moment(file.at)),
        }
    }
}

/// 一项任务
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct JobRow {
    /// 任务编号
    job: String,
    /// 种类:import 导入、sweep 清算、seal 封批、verify 核验、audit 审计
    kind: String,
    /// 状态:queued、running、done、failed、cancelled
    state: &'static str,
    /// 做了多少
    done: u64,
    /// 一共多少;0 为还不知道
    total: u64,
    /// 结果的摘要
    digest: Option<String>,
    /// 没有办成的原因;核验和审计的只给看得到它所涉单位的审计账号
    message: Option<String>,
    /// 开始过几次
    claims: i64,
    /// 何时提出
    asked: String,
    /// 何时变动
    changed: String,
}

impl JobRow {
    /// A job as it is shown, without the paths that it works with.
    pub(in crate::api) fn of(job: &Job) -> Self {
        Self {
            job: job.id.clone(),
            kind: job.kind.clone(),
            state: job.state.word(),
            done: job.done,
            total: job.total,
            digest: job.result.map(|digest| hex(&digest)),
            message: job.message.clone(),
            claims: job.fence,
            asked: moment(Moment(job.created_at)),
            changed: moment(Moment(job.changed_at)),
        }
    }

    /// Without why it failed, for those who may not know of what it names.
    pub(in crate::api) fn without_reason(mut self) -> Self {
        self.message = None;
        self
    }
}
