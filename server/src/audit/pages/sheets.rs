//! The calculation sheet of a payout: on a page, as a file, as PDF.
//!
//! # Shape
//! Officials read the sheets of what they see, an enterprise its own; what of others or of persons
//! stands on it depends on who reads.

use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use zhida_engine::payouts::PayoutId;

use super::{look_at_trail, reader};
use crate::audit::sheet::{self, Block, Reader, Sheet};
use crate::console::attached;
use crate::failure::Failure;
use crate::portal::own_payout;
use crate::views::payouts;
use crate::web::{Access, Ask, Page, Place, Section, WebFault, html};

/// The routes.
pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get("/payouts/{id}/sheet", Access::OFFICIALS, official),
        Place::get(
            "/payouts/{id}/files/sheet.pdf",
            Access::OFFICIALS,
            official_pdf,
        ),
        Place::get(
            "/payouts/{id}/files/sheet.html",
            Access::OFFICIALS,
            official_file,
        ),
        Place::get("/my/payouts/{id}/sheet", Access::Enterprise, own),
        Place::get(
            "/my/payouts/{id}/files/sheet.pdf",
            Access::Enterprise,
            own_pdf,
        ),
        Place::get(
            "/my/payouts/{id}/files/sheet.html",
            Access::Enterprise,
            own_file,
        ),
        Place::get(
            "/my/payouts/{id}/files/proof.json",
            Access::Enterprise,
            own_proof,
        ),
    ]
}

#[derive(Template)]
#[template(path = "audit/sheet.html")]
struct SheetPage {
    page: Page,
    sheet: Sheet,
    back: String,
    own: String,
}

async fn made(ask: &Ask, id: &str, reader: Reader) -> Result<Sheet, WebFault> {
    let id = PayoutId::new(id);
    let of = id.clone();
    let sheet = look_at_trail(ask, (&of, reader), move |desk, _| {
        let made = sheet::made(desk, &id, reader)?;
        made.ok_or_else(|| Failure::usage(format!("没有兑付事项 {id}"), "请核对编号"))
    });
    sheet.await
}

fn shown(ask: &Ask, section: Section, sheet: Sheet, back: String) -> Result<Response, WebFault> {
    html(&SheetPage {
        page: ask.page(section, sheet.title.clone()),
        own: ask.path.replace("/sheet", "/files/sheet"),
        sheet,
        back,
    })
}

/// A sheet as PDF.
fn pdf(sheet: &Sheet) -> Result<Response, WebFault> {
    let mut response = sheet::pdf(sheet)?.into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("application/pdf");
    headers.insert(header::CONTENT_TYPE, kind);
    let place = format!("attachment; filename=\"{}.pdf\"", sheet.number);
    if let Ok(place) = HeaderValue::from_str(&place) {
        headers.insert(header::CONTENT_DISPOSITION, place);
    }
    Ok(response)
}

/// A sheet as a file that needs no other.
fn file(sheet: &Sheet) -> Result<Response, WebFault> {
    let text = sheet::page(sheet)?;
    let name = format!("{}.html", sheet.number);
    Ok(attached(&name, text.into_bytes()))
}

/// The sheet of a payout within the sight of an official.
async fn seen(ask: &Ask, id: &str) -> Result<Sheet, WebFault> {
    let scope = &ask.session()?.scope;
    let found = payouts::find(&ask.server.store, scope, &PayoutId::new(id)).await?;
    found.ok_or_else(WebFault::missing)?;
    made(ask, id, reader(ask).await?).await
}

async fn official(ask: Ask, Path(id): Path<String>) -> Result<Response, WebFault> {
    let sheet = seen(&ask, &id).await?;
    let section = match ask
        .page(Section::Audit, "")
        .is_any(&[zhida_engine::payouts::Role::Auditor])
    {
        true => Section::Audit,
        false => Section::Console,
    };
    let back = match section {
        Section::Audit => format!("/audit/payouts/{id}"),
        Section::Portal | Section::Console | Section::Administration | Section::Account => {
            format!("/console/payouts/{id}")
        }
    };
    shown(&ask, section, sheet, back)
}

async fn official_pdf(ask: Ask, Path(id): Path<String>) -> Result<Response, WebFault> {
    pdf(&seen(&ask, &id).await?)
}

async fn official_file(ask: Ask, Path(id): Path<String>) -> Result<Response, WebFault> {
    file(&seen(&ask, &id).await?)
}

async fn own(ask: Ask, Path(id): Path<String>) -> Result<Response, WebFault> {
    own_payout(&ask, &id).await?;
    let sheet = made(&ask, &id, Reader::Enterprise).await?;
    shown(&ask, Section::Portal, sheet, format!("/my/payouts/{id}"))
}

async fn own_pdf(ask: Ask, Path(id): Path<String>) -> Result<Response, WebFault> {
    own_payout(&ask, &id).await?;
    pdf(&made(&ask, &id, Reader::Enterprise).await?)
}

async fn own_file(ask: Ask, Path(id): Path<String>) -> Result<Response, WebFault> {
    own_payout(&ask, &id).await?;
    file(&made(&ask, &id, Reader::Enterprise).await?)
}

async fn own_proof(ask: Ask, Path(id): Path<String>) -> Result<Response, WebFault> {
    own_payout(&ask, &id).await?;
    super::proofs::own(&ask, &id).await
}
