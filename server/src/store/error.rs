//! What can go wrong in the store, in words for the people who run it.

use std::io;
use std::path::PathBuf;

use crate::failure::{Failure, Status};
use crate::store::database::DatabaseFault;

/// Why the store could not do what it was asked to.
///
/// After any of these nothing of the transaction is in the database, except for
/// [`StoreError::Uncertain`], where nobody can know.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The address of the database cannot be read.
    #[error("数据库地址“{address}”无法识别:{problem}")]
    Address {
        /// The address without its password.
        address: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The database is older than the store needs.
    #[error("{system} 的版本是 {found},至少要 {least}")]
    Version {
        /// SQLite or PostgreSQL.
        system: &'static str,
        /// The version there is.
        found: String,
        /// The oldest that will do.
        least: &'static str,
    },
    /// Another process holds the lock.
    #[error("另一个直达进程正在使用这里的数据,锁文件 {path}{holder}", path = path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// The process that wrote itself into it, with words around.
        holder: String,
    },
    /// A file or folder of the data folder cannot be used.
    #[error("{doing} {path} 失败:{source}", path = path.display())]
    File {
        /// What was being done.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database refused a statement.
    #[error("数据库{doing}时出错:{source}")]
    Database {
        /// What was being done, with the table where there is one.
        doing: String,
        /// What the database said.
        source: DatabaseFault,
    },
    /// The tables could not be brought to this version of the program.
    #[error("数据库表结构升级失败:{0}")]
    Migration(#[source] Box<sqlx::migrate::MigrateError>),
    /// A value in the database is not of the kind that belongs there.
    #[error("表 {table} 的列 {column} 不对:{problem}")]
    Row {
        /// The first table of the query.
        table: String,
        /// The column.
        column: String,
        /// What is wrong with the value.
        problem: String,
    },
    /// A number is beyond what a column can hold.
    #[error("数值 {0} 超出数据库整数的范围")]
    Range(String),
    /// A statement before this one failed, so that the transaction can only be undone.
    #[error("这个事务中已有一步失败,不能再继续或提交")]
    Broken,
    /// A change was asked for in a transaction that only reads.
    #[error("这个事务只供读取")]
    Reading,
    /// Too many others are writing.
    #[error("数据库正忙,等候写入超时")]
    Busy,
    /// There is no room; everything before this transaction is in order.
    #[error("磁盘已满,这一步没有写入")]
    Full,
    /// Nobody knows whether the transaction is in the database.
    #[error("提交没有得到确认,不能断定是否已写入:{0}")]
    Uncertain(String),
    /// After a write of which nobody knows the outcome nothing more is written.
    #[error("存储已转为只读,因为此前写入出错:{0}")]
    ReadOnly(String),
    /// An idempotency key was used before, for another command.
    #[error("幂等键“{0}”已用于另一条内容不同的指令")]
    KeyReused(String),
    /// There is no such job.
    #[error("没有编号为“{0}”的任务")]
    UnknownJob(String),
    /// Somebody else has taken the job over, or it has ended.
    #[error("任务“{job}”的租约 {fence} 已失效,现在是 {now}")]
    StaleLease {
        /// The job.
        job: String,
        /// The fencing number shown.
        fence: i64,
        /// The state and the fencing number there are.
        now: String,
    },
    /// There is no recorded file of this digest.
    #[error("没有登记摘要为 {0} 的文件")]
    UnknownFile(String),
    /// A name, kind or key that cannot be stored.
    #[error("{what}“{value}”不能使用:{problem}")]
    Name {
        /// What it is the name of.
        what: &'static str,
        /// The name.
        value: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The log or a file is not what was recorded.
    #[error("{0}")]
    Integrity(String),
    /// A key of the data folder cannot be used.
    #[error("密钥文件 {path} 不能使用:{problem}", path = path.display())]
    Key {
        /// The key file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The data folder was not set up, or was set up already.
    #[error("数据文件夹 {path}:{problem}", path = path.display())]
    Folder {
        /// The data folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A setting of the environment cannot be read.
    #[error("环境变量 {name} 应为正整数,现在是“{value}”")]
    Environment {
        /// The variable.
        name: &'static str,
        /// What it holds.
        value: String,
    },
}

impl StoreError {
    /// For a file or folder that cannot be used.
    pub(crate) fn file(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File {
            doing,
            path,
            source,
        }
    }

    /// Whether a key that must be unique is there already.
    #[cfg(test)]
    pub(crate) fn is_duplicate(&self) -> bool {
        matches!(self, Self::Database { source, .. } if source.is_duplicate())
    }

    /// The exit code of a command that ends with this.
    pub(crate) fn status(&self) -> Status {
        match self {
            Self::Address { .. } | Self::Folder { .. } | Self::Environment { .. } => Status::Usage,
            Self::Locked { .. }
            | Self::Reading
            | Self::Busy
            | Self::ReadOnly(_)
            | Self::KeyReused(_)
            | Self::UnknownJob(_)
            | Self::StaleLease { .. }
            | Self::UnknownFile(_)
            | Self::Name { .. } => Status::Refused,
            Self::Version { .. }
            | Self::File { .. }
            | Self::Database { .. }
            | Self::Migration(_)
            | Self::Range(_)
            | Self::Broken
            | Self::Full
            | Self::Uncertain(_) => Status::BadData,
            Self::Row { .. } | Self::Integrity(_) | Self::Key { .. } => Status::Integrity,
        }
    }

    /// What to do about it.
    pub(crate) fn help(&self) -> &'static str {
        match self {
            Self::Address { .. } => "请写 sqlite:文件路径 或 postgres://用户@主机/库名",
            Self::Version { .. } => "请升级数据库后重试",
            Self::Locked { .. } => "请先停止另一个进程;锁随进程结束自动释放,不要删除锁文件",
            Self::File { .. } => "请检查磁盘和文件权限后重试",
            Self::Database { .. } => "请检查数据库是否运行、能否连接",
            Self::Migration(_) => "请用不旧于数据的程序打开;数据未被改动",
            Self::Row { .. } | Self::Integrity(_) => {
                "数据可能被改动;请停止付款,保留现场,用备份和已打印的日志头核对"
            }
            Self::Range(_) | Self::Name { .. } => "请检查输入",
            Self::Broken | Self::Reading => "这是程序错误,请附上日志报告",
            Self::Busy => "请稍后重试",
            Self::Full => "请腾出磁盘空间后重试,不必重启",
            Self::Uncertain(_) | Self::ReadOnly(_) => {
                "请检查磁盘或数据库服务器,然后重启;用同一幂等键重发即可知道是否已写入"
            }
            Self::KeyReused(_) => "请换一个新的幂等键,或原样重发第一次的指令",
            Self::UnknownJob(_) | Self::UnknownFile(_) => "请检查编号是否写对",
            Self::StaleLease { .. } => "任务已由别的进程接手或已结束,这里的结果作废",
            Self::Key { .. } => "请从备份恢复密钥文件;不要用新密钥代替",
            Self::Folder { .. } => "请检查路径是否写对",
            Self::Environment { .. } => "请改正或删去这个环境变量",
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::said(error.status(), error.to_string(), error.help())
    }
}
