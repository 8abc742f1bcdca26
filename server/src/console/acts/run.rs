//! The one handler behind all acts.

use std::collections::BTreeMap;
use std::path::PathBuf;

use askama::Template;
use axum::extract::{Form, RawPathParams};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::PayoutState;
use zhida_policies::values::Uscc;

use super::{Act, Goes, Names, Weight, lies_within, list};
use crate::console::bulk;
use crate::console::sources;
use crate::scratch::Scratch;
use crate::web::{
    Access, Acted, Ask, Page, Place, Section, Typed, Upload, WebFault, act_typed, html, see_other,
};

/// The greatest file that comes with an act.
const FILE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The fields of a form in their order.
type Pairs = Vec<(String, String)>;

/// The routes of all acts.
pub(in crate::console) fn places() -> Vec<Place> {
    list::all().map(place).collect()
}

/// A folder for the files of a request.
fn scratch(ask: &Ask) -> Result<Scratch, WebFault> {
    Scratch::within(&ask.server.folder).map_err(WebFault::broken)
}

fn place(act: &'static Act) -> Place {
    let access = Access::Roles(act.roles);
    let place = if act.has_files() {
        let handler = move |ask: Ask, path: RawPathParams, upload: Upload| async move {
            let scratch = scratch(&ask)?;
            let given = Given::of_upload(&path, upload, scratch).await?;
            run(act, ask, given).await
        };
        Place::post(act.path, access, handler).takes(FILE_BYTES_MAX)
    } else {
        let handler = move |ask: Ask, path: RawPathParams, form: Form<Pairs>| async move {
            let scratch = scratch(&ask)?;
            run(act, ask, Given::of_form(&path, form.0, scratch)).await
        };
        Place::post(act.path, access, handler)
    };
    if act.weight == Weight::Money {
        place.stepped_up()
    } else {
        place
    }
}

/// What a request gives: the names of its path, its fields and its files.
pub(in crate::console) struct Given {
    fields: Vec<(String, String)>,
    files: BTreeMap<String, PathBuf>,
    /// Where files of the request lie.
    pub(in crate::console) scratch: Scratch,
}

impl Given {
    fn of_form(path: &RawPathParams, form: Vec<(String, String)>, scratch: Scratch) -> Self {
        // What the path names cannot be named otherwise by a field.
        let mut fields = named(path);
        fields.extend(form);
        Self {
            fields,
            files: BTreeMap::new(),
            scratch,
        }
    }

    /// Reads the fields and files of an upload.
    ///
    /// # Errors
    /// A bad request where it breaks off, a fault where the disk is full.
    pub(in crate::console) async fn of_upload(
        path: &RawPathParams,
        mut upload: Upload,
        scratch: Scratch,
    ) -> Result<Self, WebFault> {
        let unread = |error: axum::extract::multipart::MultipartError| {
            WebFault::bad(
                format!("上传的内容没有收完整:{error}"),
                "请重新选择文件上传;单个文件不超过 32 MB",
            )
        };
        let (mut fields, mut files) = (named(path), BTreeMap::new());
        while let Some(field) = upload.0.next_field().await.map_err(unread)? {
            let name = field.name().unwrap_or_default().to_owned();
            let file = field.file_name().map(str::to_owned);
            let bytes = field.bytes().await.map_err(unread)?;
            match file {
                Some(file) if !bytes.is_empty() => {
                    let place = scratch.file(&file);
                    tokio::fs::write(&place, &bytes)
                        .await
                        .map_err(WebFault::broken)?;
                    files.insert(name, place);
                }
                Some(_) => {}
                None => fields.push((name, String::from_utf8_lossy(&bytes).into_owned())),
            }
        }
        Ok(Self {
            fields,
            files,
            scratch,
        })
    }

    /// The first value of a field, without blanks around it.
    pub(in crate::console) fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        let found = fields.find(|(field, _)| field == name);
        let value = found.map(|(_, value)| value.trim());
        value.filter(|value| !value.is_empty())
    }

    /// All values of a field that is there several times.
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.fields.iter().filter(move |(field, _)| field == name);
        let values = named.map(|(_, value)| value.trim());
        values.filter(|value| !value.is_empty())
    }

    /// A field that must be filled in.
    ///
    /// # Errors
    /// A bad request that names it.
    pub(in crate::console) fn needed(&self, name: &str, label: &str) -> Result<&str, WebFault> {
        self.field(name).ok_or_else(|| {
            let label = if label.is_empty() { name } else { label };
            WebFault::bad(format!("没有填写“{label}”"), "请填写后重新提交")
        })
    }

    /// A file that must be there.
    ///
    /// # Errors
    /// A bad request that names it.
    pub(in crate::console) fn file(&self, name: &str, label: &str) -> Result<&PathBuf, WebFault> {
        self.files.get(name).ok_or_else(|| {
            WebFault::bad(
                format!("没有选择“{label}”的文件,或文件是空的"),
                "请选择文件后重新提交",
            )
        })
    }

    /// The filter of a list, as the page had it.
    pub(in crate::console) fn query(
        &self,
        states: &[PayoutState],
    ) -> Result<crate::views::payouts::PayoutQuery, WebFault> {
        let enterprise = self.field("enterprise").map(Uscc::parse).transpose();
        let enterprise = enterprise.map_err(|error| {
            WebFault::bad(error.to_string(), "统一社会信用代码是 18 位数字和大写字母")
        })?;
        Ok(crate::views::payouts::PayoutQuery {
            states: states.to_vec(),
            measure: self.field("measure").map(str::to_owned),
            enterprise: enterprise.map(|(uscc, _)| uscc),
            line: None,
        })
    }

    fn key(&self) -> Option<String> {
        self.field("key").map(str::to_owned)
    }

    /// Where to go on.
    fn back(&self, act: &Act) -> String {
        let mut back = act.back.to_owned();
        for (name, value) in &self.fields {
            back = back.replace(&format!("{{{name}}}"), value);
        }
        back
    }
}

fn named(path: &RawPathParams) -> Vec<(String, String)> {
    path.iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

async fn run(act: &'static Act, ask: Ask, given: Given) -> Result<Response, WebFault> {
    for word in act.words.iter().filter(|word| word.names != Names::Nothing) {
        for name in given.values(word.field) {
            lies_within(&ask, word.names, name).await?;
        }
    }
    let mut typed = Typed::verb(act.verb);
    for word in act.words {
        typed = match word.goes {
            Goes::Itself => {
                given.needed(word.field, word.label)?;
                let mut each = given.values(word.field);
                // Only payouts come by several, ticked one by one.
                if word.names == Names::Payout {
                    each.fold(typed, |typed, value| typed.of(value))
                } else {
                    typed.of(each.next().unwrap_or_default())
                }
            }
            Goes::Option(name) if word.input == super::Input::Maybe => {
                typed.maybe(name, given.field(word.field))
            }
            Goes::Option(name) => typed.option(name, given.needed(word.field, word.label)?),
            Goes::Flag(name) => match given.field(word.field) {
                Some(_) => typed.flag(name),
                None => typed,
            },
            Goes::OneOf(flags) => {
                let picked = given.needed(word.field, word.label)?;
                let flag = flags.iter().find(|(value, _)| *value == picked);
                let (_, flag) = flag.ok_or_else(|| {
                    WebFault::bad(format!("“{}”不能是“{picked}”", word.label), "请重新选择")
                })?;
                typed.flag(flag)
            }
            Goes::File => typed.of(given.file(word.field, word.label)?.display()),
            Goes::Paper(name) => {
                let file = given.file(word.field, word.label)?;
                typed.option(name, file.display())
            }
            Goes::OwnBureau(name) => typed.option(name, &ask.session()?.user.bureau),
            Goes::Folder(name, folder) => {
                typed.option(name, ask.server.folder.join(folder).display())
            }
            Goes::Settings => {
                let settings = sources::settings(&ask, &given.scratch)?;
                typed.option("--settings", settings.display())
            }
            Goes::Sweep => sources::sweep(&ask, given.field("sweep"), typed).await?,
            Goes::Filtered(states) => {
                let names = bulk::names(&ask, &given, states).await?;
                names.into_iter().fold(typed, |typed, name| typed.of(name))
            }
            Goes::Counted(states) => {
                bulk::counted(&ask, &given, states).await?;
                typed.maybe("--measure", given.field("measure"))
            }
        };
    }
    let acted = act_typed(&ask, given.key(), typed).await?;
    answered(&ask, act.title, &given.back(act), &acted)
}

/// Everything done leads back; what was refused is said, each with its number.
///
/// # Errors
/// What the template says.
pub(in crate::console) fn answered(
    ask: &Ask,
    title: &'static str,
    back: &str,
    acted: &Acted,
) -> Result<Response, WebFault> {
    let refusals = acted.refusals();
    let is_done = |value: &&serde_json::Value| {
        value.get("answer").and_then(serde_json::Value::as_str) == Some("done")
    };
    let done = acted.values.iter().filter(is_done).count();
    let of = |name: &str| {
        acted
            .values
            .iter()
            .find_map(|value| value.get(name)?.as_str())
    };
    let alarms = acted
        .values
        .iter()
        .filter_map(|value| value.get("alarm")?.as_str());
    let alarms: Vec<String> = alarms.map(str::to_owned).collect();
    if refusals.is_empty() && alarms.is_empty() {
        let mut path = back.to_owned();
        path.push(if path.contains('?') { '&' } else { '?' });
        path.push_str(&format!("done={done}"));
        if let Some(motion) = of("motion") {
            path.push_str(&format!("&motion={motion}"));
        }
        return Ok(see_other(&path));
    }
    let mut page = html(&ActedPage {
        page: ask.page(Section::Console, title),
        title,
        back: back.to_owned(),
        done,
        more: refusals.len().saturating_sub(REFUSALS_LISTED),
        refusals: refusals.into_iter().take(REFUSALS_LISTED).collect(),
        alarms,
    })?;
    if done == 0 {
        *page.status_mut() = StatusCode::CONFLICT;
    }
    Ok(page)
}

/// How many refusals are listed.
const REFUSALS_LISTED: usize = 50;

/// What was refused.
#[derive(Template)]
#[template(path = "console/acted.html")]
struct ActedPage {
    page: Page,
    title: &'static str,
    back: String,
    done: usize,
    refusals: Vec<(u64, String)>,
    more: usize,
    alarms: Vec<String>,
}

/// What a page is told of what was done just now: `?done=3&motion=M…`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(in crate::console) struct Done {
    /// How many orders were carried out.
    #[serde(default, deserialize_with = "counted")]
    pub(in crate::console) done: Option<u32>,
    /// What now waits for signatures.
    #[serde(default)]
    pub(in crate::console) motion: Option<String>,
}

/// A number of a query. Where this is part of a greater query, serde hands over texts alone; what
/// is no number says nothing of what was done.
fn counted<'de, D: serde::Deserializer<'de>>(query: D) -> Result<Option<u32>, D::Error> {
    let text = Option::<String>::deserialize(query)?;
    Ok(text.and_then(|text| text.parse().ok()))
}
