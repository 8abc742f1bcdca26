//! Where bureaus stand: what decides what they see.

use askama::Template;
use axum::extract::Form;
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::{BureauId, Role};

use super::SYSTEM;
use crate::accounts::pages::Come;
use crate::accounts::{By, Office};
use crate::library;
use crate::web::{Access, Ask, Page, Place, Section, WebFault, html, see_other};

pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get("/administration/offices", Access::ADMINISTRATORS, offices),
        Place::post("/administration/offices", SYSTEM, set_office).stepped_up(),
    ]
}

/// An office as the list shows it.
struct OfficeRow {
    bureau: String,
    region: String,
    region_name: String,
    department: String,
    is_finance: bool,
}

#[derive(Template)]
#[template(path = "administration/offices.html")]
struct OfficesPage {
    page: Page,
    offices: Vec<OfficeRow>,
    without: Vec<String>,
    may_set: bool,
}

async fn offices(ask: Ask) -> Result<Response, WebFault> {
    let codes = library::codes()?;
    let offices = ask.server.accounts.offices().await?;
    let without = ask.server.accounts.bureaus_without_office().await?;
    let row = |office: &Office| OfficeRow {
        bureau: office.bureau.to_string(),
        region: office.region.as_str().to_owned(),
        region_name: match office.region.is_nation() {
            true => "全国".to_owned(),
            false => {
                let name = codes.regions().name(office.region.as_str());
                name.unwrap_or_default().to_owned()
            }
        },
        department: office.department.clone(),
        is_finance: office.is_finance,
    };
    html(&OfficesPage {
        page: ask.page(Section::Administration, "单位"),
        offices: offices.values().map(row).collect(),
        without: without.iter().map(ToString::to_string).collect(),
        may_set: ask.session()?.is_any(&[Role::SystemAdministrator]),
    })
}

#[derive(Deserialize)]
struct Asked {
    bureau: String,
    region: String,
    department: String,
    #[serde(default)]
    is_finance: Option<String>,
}

async fn set_office(ask: Ask, come: Come, Form(asked): Form<Asked>) -> Result<Response, WebFault> {
    let (_, session) = come.session(&ask).await?;
    let region = library::codes()?.region(asked.region.trim()).map_err(|_| {
        WebFault::bad(
            format!("“{}”不是地区代码", asked.region),
            "请写 GB/T 2260 的代码,如 4206 或 420606",
        )
    })?;
    let (bureau, department) = (asked.bureau.trim(), asked.department.trim());
    if bureau.is_empty() || department.is_empty() {
        return Err(WebFault::bad("没有写单位或部门", "请填写后重新提交"));
    }
    let office = Office {
        bureau: BureauId::new(bureau),
        region,
        department: department.to_owned(),
        is_finance: asked.is_finance.is_some(),
    };
    ask.server
        .accounts
        .set_office(By::Session(&session), &office, ask.at)
        .await?;
    Ok(see_other("/administration/offices"))
}
