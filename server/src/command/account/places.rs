//! Where bureaus stand, and who somebody is for an outside identity service.

use clap::Args;
use serde_json::json;
use zhida_engine::payouts::BureauId;

use super::Counter;
use crate::accounts::{By, Identity};
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::{Form, Output};
use crate::table::{Side, table};

/// 写明单位的地区和部门:决定它看得到哪些单位的事项
#[derive(Args, Debug)]
pub(super) struct Office {
    /// 单位
    #[arg(value_name = "单位")]
    bureau: String,
    /// 地区代码(GB/T 2260),如 4206
    #[arg(long, value_name = "代码")]
    region: String,
    /// 部门,如 财政、科技
    #[arg(long, value_name = "部门")]
    department: String,
    /// 看本地区全部部门(财政部门)
    #[arg(long)]
    finance: bool,
}

impl Office {
    pub(super) fn run(self, counter: &Counter, output: &mut Output) -> Result<Status, Failure> {
        let region = library::codes()?.region(&self.region).map_err(|_| {
            Failure::usage(
                format!("“{}”不是地区代码", self.region),
                "请写 GB/T 2260 的代码,如 4206 或 420606",
            )
        })?;
        let office = crate::accounts::Office {
            bureau: BureauId::new(self.bureau),
            region,
            department: self.department,
            is_finance: self.finance,
        };
        let (accounts, at) = (&counter.accounts, counter.desk.at);
        counter.wait(accounts.set_office(By::Console, &office, at))?;
        match output.form() {
            Form::Json => output.json(&json!({"bureau": office.bureau}))?,
            Form::People => output.line(format_args!("已写明单位“{}”的所在", office.bureau))?,
        }
        Ok(Status::Done)
    }
}

/// 列出单位的地区和部门
#[derive(Args, Debug)]
pub(super) struct Offices {}

impl Offices {
    pub(super) fn run(self, counter: &Counter, output: &mut Output) -> Result<Status, Failure> {
        let offices = counter.desk.wait(counter.accounts.offices())?;
        if output.form() == Form::Json {
            for office in offices.values() {
                output.json(&json!({
                    "bureau": office.bureau, "region": office.region.as_str(),
                    "department": office.department, "finance": office.is_finance,
                }))?;
            }
            return Ok(Status::Done);
        }
        let headings = ["单位", "地区", "部门", "看全部部门"];
        let mut shown = table(&headings.map(|name| (name, Side::Left)));
        for office in offices.values() {
            shown.add_row([
                office.bureau.to_string(),
                office.region.as_str().to_owned(),
                office.department.clone(),
                if office.is_finance { "是" } else { "否" }.to_owned(),
            ]);
        }
        output.line(shown)?;
        Ok(Status::Done)
    }
}

/// 关联:统一身份认证(OpenID Connect)里的身份属于这个账号
#[derive(Args, Debug)]
pub(super) struct Link {
    /// 账号
    #[arg(value_name = "账号")]
    account: String,
    /// 身份服务的地址(issuer)
    #[arg(long, value_name = "地址")]
    issuer: String,
    /// 身份服务里的编号(subject)
    #[arg(long, value_name = "编号")]
    subject: String,
}

impl Link {
    pub(super) fn run(self, counter: &Counter, output: &mut Output) -> Result<Status, Failure> {
        let identity = Identity {
            issuer: self.issuer,
            subject: self.subject,
        };
        let (accounts, at) = (&counter.accounts, counter.desk.at);
        counter.wait(accounts.link(By::Console, &self.account, &identity, at))?;
        match output.form() {
            Form::Json => output.json(&json!({"linked": self.account}))?,
            Form::People => output.line(format_args!("已关联账号 {}", self.account))?,
        }
        Ok(Status::Done)
    }
}

/// 列出外部身份与账号的关联
#[derive(Args, Debug)]
pub(super) struct Links {
    /// 只看这个账号
    #[arg(value_name = "账号")]
    account: Option<String>,
}

impl Links {
    pub(super) fn run(self, counter: &Counter, output: &mut Output) -> Result<Status, Failure> {
        let links = counter.wait(counter.accounts.links(self.account.as_deref()))?;
        if output.form() == Form::Json {
            for link in &links {
                output.json(&json!({
                    "account": link.account, "issuer": link.identity.issuer,
                    "subject": link.identity.subject, "enterprise": link.enterprise,
                }))?;
            }
            return Ok(Status::Done);
        }
        let headings = ["账号", "身份服务", "编号", "企业"];
        let mut shown = table(&headings.map(|name| (name, Side::Left)));
        for link in links {
            let Identity { issuer, subject } = link.identity;
            shown.add_row([link.account, issuer, subject, link.enterprise]);
        }
        output.line(shown)?;
        Ok(Status::Done)
    }
}

/// 解除一个身份的关联
#[derive(Args, Debug)]
pub(super) struct Unlink {
    /// 身份服务的地址(issuer)
    #[arg(long, value_name = "地址")]
    issuer: String,
    /// 身份服务里的编号(subject)
    #[arg(long, value_name = "编号")]
    subject: String,
    /// 只解除与这个账号的关联;不写则全部解除
    #[arg(long, value_name = "账号")]
    account: Option<String>,
}

impl Unlink {
    pub(super) fn run(self, counter: &Counter, output: &mut Output) -> Result<Status, Failure> {
        let identity = Identity {
            issuer: self.issuer,
            subject: self.subject,
        };
        let (accounts, at) = (&counter.accounts, counter.desk.at);
        let which = (self.account.as_deref(), &identity);
        counter.wait(accounts.unlink(By::Console, which, at))?;
        match output.form() {
            Form::Json => output.json(&json!({"unlinked": identity.subject}))?,
            Form::People => output.line(format_args!("已解除身份 {} 的关联", identity.subject))?,
        }
        Ok(Status::Done)
    }
}
