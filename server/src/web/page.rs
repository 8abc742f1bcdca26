//! The frame of every page: title, navigation, language, who is signed in.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use zhida_engine::payouts::Role;

use super::ask::Ask;
use super::fault::WebFault;
use super::language::{Language, translated};
use super::place::{ADMINISTRATORS, OFFICIALS};
use super::visitor::Visitor;

/// Which part of the site a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// For enterprises and everybody.
    Portal,
    /// For a bureau.
    Console,
    /// For auditors.
    Audit,
    /// For administrators.
    Administration,
    /// One's own account.
    Account,
}

impl Section {
    /// The part of the site that a path lies in.
    pub(super) fn of(path: &str) -> Self {
        match path.split('/').nth(1) {
            Some("console") => Self::Console,
            Some("administration") => Self::Administration,
            Some("account" | "sign-in" | "set-up" | "step-up") => Self::Account,
            Some(_) | None => Self::Portal,
        }
    }
}

/// An entry of the navigation.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Where it leads.
    pub(crate) path: &'static str,
    /// What it says.
    pub(crate) text: &'static str,
    /// Whether the page belongs to it.
    pub(crate) is_here: bool,
}

/// What every template has as `page`.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// What the page is called.
    pub(crate) title: String,
    /// In which language.
    pub(crate) language: Language,
    /// To which part it belongs.
    pub(crate) section: Section,
    /// Who looks at it.
    pub(crate) visitor: Visitor,
    /// Its path.
    pub(crate) path: String,
    /// The entry that it belongs to, where its path does not say so.
    pub(crate) entry: Option<&'static str>,
}

const PORTAL: &[(&str, &str)] = &[
    ("/", "首页"),
    ("/policies", "查政策"),
    ("/measures", "免申即享目录"),
    ("/calculator", "算一算"),
    ("/notices", "公示"),
];
const ENTERPRISE: &[(&str, &str)] = &[
    ("/my/measures", "我能享受"),
    ("/my/payouts", "我的兑付"),
    ("/my/account", "收款账户"),
    ("/my/messages", "消息"),
];
const CONSOLE: &[(&str, &str)] = &[
    ("/console", "总览"),
    ("/console/imports", "数据"),
    ("/console/policies", "政策"),
    ("/console/sweeps", "清算"),
    ("/console/forecasts", "测算"),
    ("/console/review", "审核"),
    ("/console/notices", "公示"),
    ("/console/letters", "异议来信"),
    ("/console/batches", "支付"),
    ("/console/reconciliation", "对账"),
    ("/console/recoveries", "追回"),
    ("/console/enterprises", "一企一策"),
    ("/console/limits", "时限"),
    ("/console/settings", "资金与日历"),
    ("/inbox", "消息"),
];
const AUDIT: &[(&str, &str)] = &[
    ("/audit", "审计总览"),
    ("/audit/sweeps", "封存的清算"),
    ("/audit/payouts", "追查兑付"),
    ("/audit/overlaps", "重复核对"),
    ("/audit/proofs", "证明"),
    ("/audit/exports", "审计包"),
];
/// Pages that are no entry themselves, and the entry that they belong to.
const BELONG: &[(&str, &str)] = &[
    ("/console/payouts", "/console/review"),
    ("/console/publications", "/console/policies"),
    ("/console/payees", "/console/batches"),
    ("/console/answers", "/console/batches"),
    ("/console/motions", "/console/batches"),
    ("/console/jobs", "/console/imports"),
    ("/objections", "/notices"),
    ("/audit/jobs", "/audit/sweeps"),
];
const ADMINISTRATION: &[(&str, &str)] = &[
    ("/administration", "管理总览"),
    ("/administration/users", "用户与职责"),
    ("/administration/identities", "外部身份"),
    ("/administration/offices", "单位"),
];
const SECURITY: &[(&str, &str)] = &[("/administration/security", "安全日志")];
const RUNNING: &[(&str, &str)] = &[("/administration/deliveries", "没有送达的消息")];

impl Page {
    pub(super) fn new(ask: &Ask, section: Section, title: String) -> Self {
        Self {
            title,
            language: ask.language,
            section,
            visitor: ask.visitor.clone(),
            path: ask.path.clone(),
            entry: None,
        }
    }

    /// A text in the language of the page.
    pub(crate) fn t<'a>(&self, text: &'a str) -> &'a str {
        translated(text, self.language)
    }

    /// The tag of the language.
    pub(crate) fn tag(&self) -> &'static str {
        self.language.tag()
    }

    /// Whether the page is in English.
    pub(crate) fn is_english(&self) -> bool {
        self.language == Language::English
    }

    /// What the forms of the page carry back.
    pub(crate) fn csrf(&self) -> &str {
        match &self.visitor {
            Visitor::Person(session) => &session.csrf,
            Visitor::Nobody => "",
        }
    }

    /// A name for what a form asks for, so that sending it twice asks once.
    pub(crate) fn key(&self) -> String {
        let mut bytes = [0u8; 16];
        // Without randomness the form is still sent, and its order gets a key of its own.
        match getrandom::fill(&mut bytes) {
            Ok(()) => crate::store::encoding::hex(&bytes),
            Err(_) => String::new(),
        }
    }

    /// The account that is signed in.
    pub(crate) fn account(&self) -> Option<String> {
        match &self.visitor {
            Visitor::Person(session) => {
                Some(format!("{} {}", session.user.person, session.user.id))
            }
            Visitor::Nobody => None,
        }
    }

    /// Whether one of these roles is held.
    pub(crate) fn is_any(&self, roles: &[Role]) -> bool {
        match &self.visitor {
            Visitor::Person(session) => session.is_any(roles),
            Visitor::Nobody => false,
        }
    }

    /// Whether what is one's own as an enterprise is worth offering: to enterprises, and to whoever
    /// has not said yet who he is.
    pub(crate) fn may_be_enterprise(&self) -> bool {
        match &self.visitor {
            Visitor::Person(session) => session.enterprise().is_some(),
            Visitor::Nobody => true,
        }
    }

    /// The parts of the site that the visitor may enter.
    pub(crate) fn sections(&self) -> Vec<Entry> {
        let mut entries = vec![("/", "企业服务", Section::Portal)];
        if self.is_any(OFFICIALS) {
            entries.push(("/console", "工作台", Section::Console));
        }
        if self.is_any(&[Role::Auditor]) {
            entries.push(("/audit", "审计", Section::Audit));
        }
        if self.is_any(ADMINISTRATORS) {
            entries.push(("/administration", "系统管理", Section::Administration));
        }
        let entry = |(path, text, section)| Entry {
            path,
            text,
            is_here: section == self.section,
        };
        entries.into_iter().map(entry).collect()
    }

    /// The pages of this part of the site.
    pub(crate) fn navigation(&self) -> Vec<Entry> {
        let is_enterprise = match &self.visitor {
            Visitor::Person(session) => session.enterprise().is_some(),
            Visitor::Nobody => false,
        };
        let lists: Vec<&[(&'static str, &'static str)]> = match self.section {
            Section::Portal if is_enterprise => vec![PORTAL, ENTERPRISE],
            Section::Portal | Section::Account => vec![PORTAL],
            Section::Console => vec![CONSOLE],
            Section::Audit => vec![AUDIT],
            Section::Administration if self.is_any(&[Role::SystemAdministrator]) => {
                vec![ADMINISTRATION, RUNNING]
            }
            Section::Administration => vec![ADMINISTRATION, SECURITY],
        };
        let all: Vec<(&'static str, &'static str)> = lists.concat();
        let own = BELONG.iter().find(|(path, _)| lies_under(&self.path, path));
        let own = own.map_or(self.path.as_str(), |(_, entry)| entry);
        let own = self.entry.unwrap_or(own);
        let here = all
            .iter()
            .filter(|(path, _)| lies_under(own, path))
            .max_by_key(|(path, _)| path.len())
            .map(|(path, _)| *path);
        let entry = |(path, text)| Entry {
            path,
            text,
            is_here: here == Some(path),
        };
        all.into_iter().map(entry).collect()
    }
}

fn lies_under(path: &str, entry: &str) -> bool {
    path == entry
        || (entry != "/"
            && path
                .strip_prefix(entry)
                .is_some_and(|rest| rest.starts_with('/')))
}

/// A page as a reply.
///
/// # Errors
/// What the template says.
pub(crate) fn html(template: &impl Template) -> Result<Response, WebFault> {
    Ok(Html(template.render()?).into_response())
}

/// Sends the visitor on after something was done.
pub(crate) fn see_other(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let is_own = path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/\\");
    let place = if is_own { path } else { "/" };
    let encoded = encoded(place);
    if let Ok(value) = HeaderValue::from_str(&encoded) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

/// A path whose letters beyond ASCII are written as a header can carry them.
fn encoded(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_graphic() {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_of_the_navigation_leads_to_a_page() {
        let places = crate::site::places();
        let lists = [
            PORTAL,
            ENTERPRISE,
            CONSOLE,
            AUDIT,
            ADMINISTRATION,
            SECURITY,
            RUNNING,
        ];
        for (path, text) in lists.concat() {
            let mut found = places.iter().filter(|place| place.path == path);
            assert!(
                found.any(|place| place.method == axum::http::Method::GET),
                "{text} {path}"
            );
        }
    }
}
